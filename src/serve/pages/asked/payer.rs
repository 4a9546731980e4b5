//! Who pays, as people type it: a programme or the name of a plan.

use serde_json::{Value, json};

use super::Fault;
use crate::coverage::Plans;
use crate::coverage::names::{Resolved, in_full, resolve};
use crate::place::{State, ZipTable};

/// The coverage `typed` stands for, in the form of the API; null where nothing was typed. `near` is what was typed as the place: its
/// state is offered to who forgot one.
///
/// # Errors
/// No plan is called that, or several; or Medicaid without a state.
pub fn coverage(typed: &str, plans: &Plans, near: &str) -> Result<Value, Fault> {
    let words = typed.to_lowercase().replace(['-', '_', ',', '.'], " ");
    let words: Vec<&str> = words.split_whitespace().collect();
    match words[..] {
        [] => return Ok(Value::Null),
        ["medicare"] | ["original" | "traditional", "medicare"] => return Ok(json!({"program": "medicare"})),
        ["selfpay"] | ["self" | "private", "pay"] => return Ok(json!({"program": "self_pay"})),
        ["medicaid", state] | [state, "medicaid"] if state.parse::<State>().is_ok() => {
            return Ok(json!({"program": "medicaid", "state": state}));
        }
        ["medicaid"] => return Err(which_state(near)),
        _ => {}
    }
    let named = |places: Vec<usize>| {
        let plans = places.into_iter().filter_map(|at| Some(in_full(plans.plans.get(at)?, plans)));
        plans.collect::<Vec<_>>()
    };
    match resolve(typed, plans) {
        Resolved::One(_) => Ok(json!({"plan": typed})),
        Resolved::Several(places) => {
            Err(Fault::of("coverage", "More than one plan fits that name. Which one?").offering(named(places)))
        }
        Resolved::None(_) if plans.plans.is_empty() => Err(Fault::of("coverage", "This directory holds no plan.")
            .hint("Type Medicare, Medicaid and the state, or self pay; or leave it empty.")),
        Resolved::None(places) => Err(Fault::of("coverage", "This directory holds no plan of that name.")
            .hint("Type the name as on the card, Medicare, Medicaid and the state, or self pay; or leave it empty and ask the plan.")
            .offering(named(places))),
    }
}

fn which_state(near: &str) -> Fault {
    let zips = ZipTable::curated();
    let place = super::near::zip(near, zips).ok().and_then(|(zip, _)| zips.get(zip.parse().ok()?));
    let fault = Fault::of("coverage", "Which state's Medicaid?").hint("Type Medicaid and the state: Medicaid SC.");
    fault.offering(place.map(|place| format!("Medicaid {}", place.state)))
}
