//! The insurance as typed: a program or the name of a plan.

use serde_json::{Value, json};

use crate::coverage::PlanDirectory;
use crate::coverage::names::{PlanLookup, plan_with_payer, resolve_plan};
use crate::place::{State, ZipTable};
use crate::serve::pages::form_parsing::form_error::FormError;
use crate::serve::pages::form_parsing::near;
use crate::text::fold_words;

/// The coverage that `typed` means, in the form of the API; null if nothing was typed. `near` is the typed location: its state is offered
/// if Medicaid has none.
///
/// # Errors
/// No plan has that name, or several have; Medicaid without a state; two programs at once.
pub(crate) fn coverage(typed: &str, plans: &PlanDirectory, near: &str) -> Result<Value, FormError> {
    let words = fold_words(typed);
    let words: Vec<&str> = words.split_whitespace().collect();
    match words[..] {
        [] => return Ok(Value::Null),
        ["medicaid"] => return Err(which_state(near)),
        _ => {}
    }
    if let Some(program) = program_of(&words) {
        return Ok(program);
    }
    if is_both(&words) {
        return Err(both(near));
    }
    let named = |places: Vec<usize>| {
        let plans = places.into_iter().filter_map(|at| Some(plan_with_payer(plans.plans.get(at)?, plans)));
        plans.collect::<Vec<_>>()
    };
    match resolve_plan(typed, plans) {
        PlanLookup::One(_) => Ok(json!({"plan": typed})),
        PlanLookup::Several(places) => {
            Err(FormError::of("coverage", "Several plans match that name. Which one?").offering(named(places)))
        }
        PlanLookup::None(_) if words.first() == Some(&"medicaid") => Err(no_such_state(&words[1..].join(" "), near)),
        PlanLookup::None(_) if plans.plans.is_empty() => Err(FormError::of("coverage", "This directory has no plans.")
            .hint("Enter Medicare, Medicaid and the state, or self-pay. Leave blank if unknown.")),
        PlanLookup::None(places) => Err(FormError::of("coverage", "This directory has no plan with that name.")
            .hint("Enter the name on the insurance card. Or leave blank and call the plan to verify coverage.")
            .offering(named(places))),
    }
}

/// The program that `typed` names, in the form of the API.
pub(crate) fn program(typed: &str) -> Option<Value> {
    program_of(&fold_words(typed).split_whitespace().collect::<Vec<_>>())
}

fn program_of(words: &[&str]) -> Option<Value> {
    match *words {
        ["medicare"] | ["original" | "traditional", "medicare"] => Some(json!({"program": "medicare"})),
        ["original" | "traditional", "medicare", ref part @ ..] | ["medicare", ref part @ ..] if is_original(part) => {
            Some(json!({"program": "medicare"}))
        }
        ["selfpay" | "uninsured" | "cash"] | ["self" | "private" | "cash", "pay"] => Some(json!({"program": "self_pay"})),
        _ => medicaid_of(words).map(|state| json!({"program": "medicaid", "state": state.as_str()})),
    }
}

/// Whether the words after "Medicare" mean Original Medicare (parts A and B); parts C and D are plans.
fn is_original(part: &[&str]) -> bool {
    let letters: Vec<&&str> = part.iter().filter(|word| !["part", "parts", "and"].contains(*word)).collect();
    !letters.is_empty() && letters.iter().all(|letter| ["a", "b", "ab"].contains(*letter))
}

/// The state of "Medicaid SC", "Medicaid of Missouri" and "Missouri Medicaid".
fn medicaid_of(words: &[&str]) -> Option<State> {
    match words {
        ["medicaid", "of", state @ ..] | ["medicaid", state @ ..] | [state @ .., "medicaid"] => {
            State::named(&state.join(" "))
        }
        _ => None,
    }
}

/// Whether the words are Medicare and Medicaid, with at most a state.
fn is_both(words: &[&str]) -> bool {
    const SAID: [&str; 7] = ["medicare", "medicaid", "and", "plus", "dual", "eligible", "both"];
    let rest: Vec<&str> = words.iter().copied().filter(|word| !SAID.contains(word)).collect();
    let named = words.contains(&"medicare") && words.contains(&"medicaid") || words.contains(&"dual");
    named && (rest.is_empty() || State::named(&rest.join(" ")).is_some())
}

fn both(near: &str) -> FormError {
    let fault = FormError::of("coverage", "Enter one payer at a time.").hint("Search with Medicare, then with Medicaid.");
    fault.offering(["Medicare".to_owned()]).offering(medicaid_near(near))
}

fn no_such_state(typed: &str, near: &str) -> FormError {
    let fault = FormError::of("coverage", format!("\u{201c}{typed}\u{201d} is not a state."));
    fault.hint("Enter Medicaid and the state. Example: Medicaid SC.").offering(medicaid_near(near))
}

fn which_state(near: &str) -> FormError {
    let fault =
        FormError::of("coverage", "Which state's Medicaid?").hint("Enter Medicaid and the state. Example: Medicaid SC.");
    fault.offering(medicaid_near(near))
}

/// Medicaid of the state of the location.
fn medicaid_near(near: &str) -> Option<String> {
    let zips = ZipTable::curated();
    let (zip, _) = near::zip(near, zips).ok()?;
    let place = zips.get(zip.parse().ok()?)?;
    Some(format!("Medicaid {}", place.state))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_read_as_people_type_them() {
        let medicare = json!({"program": "medicare"});
        let self_pay = json!({"program": "self_pay"});
        let medicaid = |state: &str| json!({"program": "medicaid", "state": state});
        for (typed, expected) in [
            ("", Ok(Value::Null)),
            ("Medicare", Ok(medicare.clone())),
            ("Medicare Part A", Ok(medicare.clone())),
            ("Medicare A", Ok(medicare.clone())),
            ("medicare a/b", Ok(medicare.clone())),
            ("Original Medicare", Ok(medicare.clone())),
            ("traditional medicare part b", Ok(medicare)),
            ("Medicaid MO", Ok(medicaid("MO"))),
            ("Medicaid Missouri", Ok(medicaid("MO"))),
            ("medicaid of south carolina", Ok(medicaid("SC"))),
            ("Missouri Medicaid", Ok(medicaid("MO"))),
            ("uninsured", Ok(self_pay.clone())),
            ("cash", Ok(self_pay.clone())),
            ("private pay", Ok(self_pay.clone())),
            ("self-pay", Ok(self_pay)),
            ("medicaid", Err("Which state's Medicaid? Medicaid MO")),
            ("medicaid zz", Err("\u{201c}zz\u{201d} is not a state. Medicaid MO")),
            ("medicare and medicaid", Err("Enter one payer at a time. Medicare, Medicaid MO")),
            ("Medicare/Medicaid MO", Err("Enter one payer at a time. Medicare, Medicaid MO")),
            ("dual", Err("Enter one payer at a time. Medicare, Medicaid MO")),
            ("Medicare Part C", Err("This directory has no plans. ")),
        ] {
            let read = coverage(typed, &PlanDirectory::default(), "64108").map_err(|fault| {
                let offers: Vec<String> = fault.offers.into_iter().map(|offer| offer.value).collect();
                format!("{} {}", fault.detail, offers.join(", "))
            });
            assert_eq!(read, expected.map_err(str::to_owned), "{typed:?}");
        }
    }
}
