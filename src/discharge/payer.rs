//! Who pays, read: a name resolved to its networks, or a programme.

use super::Vocabulary;
use super::fields::{Faults, Fields};
use crate::coverage::{Coverage, NetworkKey};
use crate::place::State;

pub(super) fn read_coverage(fields: &Fields<'_>, words: &Vocabulary<'_>, faults: &mut Faults) -> Option<Coverage> {
    let (value, _) = fields.get("coverage")?;
    let coverage = Fields::of(value, "/coverage", &["plan", "network", "payer", "program", "state"], faults)?;
    let named: Vec<&str> = ["plan", "network", "payer", "program"].into_iter().filter(|n| coverage.has(n)).collect();
    let [by] = named[..] else {
        let code = if named.is_empty() { "missing" } else { "conflict" };
        faults.add("/coverage", code, "give exactly one of plan, network, payer and program", None);
        return None;
    };
    if by != "program" && coverage.has("state") {
        faults.add("/coverage/state", "does_not_apply", "only the medicaid program takes a state", None);
    }
    match by {
        "program" => read_program(&coverage, faults),
        "plan" => named_plan(&coverage, words, faults),
        "network" => {
            let names = words.plans.networks.iter().map(|network| network.name.as_str());
            let at = find_name("network", &coverage, names.collect(), faults)?;
            let name = words.plans.networks.get(at)?.name.clone();
            let networks = vec![NetworkKey(u32::try_from(at).ok()?)];
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

fn named_plan(coverage: &Fields<'_>, words: &Vocabulary<'_>, faults: &mut Faults) -> Option<Coverage> {
    let names: Vec<&str> = words.plans.plans.iter().map(|plan| plan.name.as_str()).collect();
    let at = find_name("plan", coverage, names, faults)?;
    let plan = words.plans.plans.get(at)?;
    Some(Coverage::Networks { named_by: "plan", name: plan.name.clone(), networks: plan.networks.clone() })
}

/// The place of the only name that is the one typed, letter case aside.
fn find_name(field: &'static str, coverage: &Fields<'_>, names: Vec<&str>, faults: &mut Faults) -> Option<usize> {
    let (typed, pointer) = coverage.text(field, faults)?;
    let typed = typed.trim();
    let same: Vec<usize> =
        names.iter().enumerate().filter(|(_, name)| name.eq_ignore_ascii_case(typed)).map(|(at, _)| at).collect();
    match same[..] {
        [at] => Some(at),
        [] if names.is_empty() => {
            let hint = "load a payer's roster with the next refresh, or ask by program".to_owned();
            faults.add(&pointer, "nothing_loaded", format!("this directory holds no {field}"), Some(hint));
            None
        }
        [] => {
            let detail = format!("this directory holds no {field} of that name");
            faults.unknown(&pointer, "no_such_coverage", detail, typed, names);
            None
        }
        _ => {
            let detail = format!("{} have that name", same.len());
            faults.add(&pointer, "ambiguous", detail, Some("name the network instead".to_owned()));
            None
        }
    }
}

fn read_program(coverage: &Fields<'_>, faults: &mut Faults) -> Option<Coverage> {
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
    if program != "medicaid" && coverage.has("state") {
        faults.add("/coverage/state", "does_not_apply", "only the medicaid program takes a state", None);
    }
    match program {
        "medicare" => Some(Coverage::Medicare),
        "self_pay" => Some(Coverage::SelfPay),
        "medicaid" => {
            if !coverage.has("state") {
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
