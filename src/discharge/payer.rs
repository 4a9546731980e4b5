//! Who pays, read: a name resolved to its networks, or a programme.

use crate::coverage::names::{PlanLookup, plan_with_payer, resolve_plan};
use crate::coverage::{Coverage, NetworkId};
use crate::discharge::fields::{FieldErrors, ObjectReader};
use crate::discharge::{Notice, ParseContext};
use crate::fuzzy::did_you_mean;
use crate::place::State;

pub(crate) fn read_coverage(
    fields: &ObjectReader<'_>,
    words: &ParseContext<'_>,
    faults: &mut FieldErrors,
    remarks: &mut Vec<Notice>,
) -> Option<Coverage> {
    let (value, _) = fields.get("coverage")?;
    let coverage = ObjectReader::from_value(value, "/coverage", &["plan", "network", "payer", "program", "state"], faults)?;
    let named: Vec<&str> = ["plan", "network", "payer", "program"].into_iter().filter(|n| coverage.is_present(n)).collect();
    let [by] = named[..] else {
        let code = if named.is_empty() { "missing" } else { "conflict" };
        faults.add("/coverage", code, "give exactly one of plan, network, payer and program", None);
        return None;
    };
    if by != "program" && coverage.is_present("state") {
        faults.add("/coverage/state", "does_not_apply", "only the medicaid program takes a state", None);
    }
    match by {
        "program" => read_program(&coverage, faults),
        "plan" => named_plan(&coverage, words, faults, remarks),
        "network" => {
            let names = words.plans.networks.iter().map(|network| network.name.as_str());
            let at = find_name("network", &coverage, names.collect(), faults)?;
            let name = words.plans.networks.get(at)?.name.clone();
            let networks = vec![NetworkId(u32::try_from(at).ok()?)];
            Some(Coverage::Networks { named_by: "network", name, networks })
        }
        _ => {
            let names = words.plans.payers.iter().map(|payer| payer.name.as_str());
            let at = find_name("payer", &coverage, names.collect(), faults)?;
            let name = words.plans.payers.get(at)?.name.clone();
            let networks = words.plans.networks_of(u32::try_from(at).ok()?);
            Some(Coverage::Networks { named_by: "payer", name, networks })
        }
    }
}

/// A plan by its name or by words that only it has; an ambiguous name offers the candidates.
fn named_plan(
    coverage: &ObjectReader<'_>,
    words: &ParseContext<'_>,
    faults: &mut FieldErrors,
    remarks: &mut Vec<Notice>,
) -> Option<Coverage> {
    let (typed, pointer) = coverage.text("plan", faults)?;
    let plans = words.plans;
    let offer = |places: &[usize]| {
        let names: Vec<String> =
            places.iter().filter_map(|at| plans.plans.get(*at)).map(|plan| plan_with_payer(plan, plans)).collect();
        did_you_mean(&names.iter().map(String::as_str).collect::<Vec<_>>())
    };
    match resolve_plan(typed, plans) {
        PlanLookup::One(at) => {
            let plan = plans.plans.get(at)?;
            if !plan.name.eq_ignore_ascii_case(typed.trim()) {
                let text = format!("The plan was read as {}.", plan_with_payer(plan, plans));
                remarks.push(Notice { code: "plan_read_as", text });
            }
            Some(Coverage::Networks { named_by: "plan", name: plan.name.clone(), networks: plan.networks.clone() })
        }
        PlanLookup::Several(places) => {
            faults.add(&pointer, "ambiguous", "more than one plan fits that name", offer(&places));
            None
        }
        PlanLookup::None(_) if plans.plans.is_empty() => {
            nothing_loaded("plan", &pointer, faults);
            None
        }
        PlanLookup::None(alike) => {
            let hint = offer(&alike).unwrap_or_else(|| ANOTHER_WAY.to_owned());
            faults.add(&pointer, "no_such_coverage", "this directory holds no plan of that name", Some(hint));
            None
        }
    }
}

/// What to do where no name is like the one typed.
const ANOTHER_WAY: &str = "load a payer's directory with the next refresh, or ask by program";

fn nothing_loaded(field: &str, pointer: &str, faults: &mut FieldErrors) {
    faults.add(pointer, "nothing_loaded", format!("this directory holds no {field}"), Some(ANOTHER_WAY.to_owned()));
}

/// The place of the name that is the one typed; letter case aside where none is it to the letter and only one is it so.
fn find_name(field: &'static str, coverage: &ObjectReader<'_>, names: Vec<&str>, faults: &mut FieldErrors) -> Option<usize> {
    let (typed, pointer) = coverage.text(field, faults)?;
    let typed = typed.trim();
    if let Some(at) = names.iter().position(|name| *name == typed) {
        return Some(at);
    }
    let same: Vec<usize> =
        names.iter().enumerate().filter(|(_, name)| name.eq_ignore_ascii_case(typed)).map(|(at, _)| at).collect();
    match same[..] {
        [at] => Some(at),
        [] if names.is_empty() => {
            nothing_loaded(field, &pointer, faults);
            None
        }
        [] => {
            let detail = format!("this directory holds no {field} of that name");
            faults.unknown(&pointer, "no_such_coverage", detail, typed, names);
            None
        }
        _ => {
            let twins: Vec<&str> = same.iter().filter_map(|at| names.get(*at).copied()).collect();
            let detail = format!("{} have that name, letter case aside", same.len());
            faults.add(&pointer, "ambiguous", detail, did_you_mean(&twins));
            None
        }
    }
}

fn read_program(coverage: &ObjectReader<'_>, faults: &mut FieldErrors) -> Option<Coverage> {
    const PROGRAMS: [&str; 3] = ["medicare", "medicaid", "self_pay"];
    let (program, pointer) = coverage.text("program", faults)?;
    let state = coverage.text("state", faults).and_then(|(typed, pointer)| {
        let state = typed.parse::<State>().ok();
        if state.is_none() {
            let detail = "a state is its two-letter postal code, such as SC";
            faults.add(&pointer, "no_such_state", detail, None);
        }
        state
    });
    if program != "medicaid" && coverage.is_present("state") {
        faults.add("/coverage/state", "does_not_apply", "only the medicaid program takes a state", None);
    }
    match program {
        "medicare" => Some(Coverage::Medicare),
        "self_pay" => Some(Coverage::SelfPay),
        "medicaid" => {
            if !coverage.is_present("state") {
                let hint = Some(r#"send {"program": "medicaid", "state": "SC"}"#.to_owned());
                faults.add("/coverage/state", "missing", "which state's Medicaid?", hint);
            }
            state.map(Coverage::Medicaid)
        }
        other => {
            let detail = format!("there is no program \"{other}\"");
            faults.unknown(&pointer, "no_such_program", detail, other, PROGRAMS);
            None
        }
    }
}
