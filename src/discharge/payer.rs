//! Who pays: a name resolved to its networks, or a program.

use crate::coverage::names::{PlanLookup, plan_with_payer, resolve_plan};
use crate::coverage::{Coverage, NetworkId};
use crate::discharge::field_types::Program;
use crate::discharge::request::CoverageRequest;
use crate::discharge::{Notice, ParseContext};
use crate::fuzzy::did_you_mean;
use crate::input::errors::FieldErrors;
use crate::input::field::Field;
use crate::input::place::FieldPlace;

/// Who pays, if specified and known.
pub(crate) fn read_coverage(
    asked: &Field<CoverageRequest>,
    words: &ParseContext<'_>,
    faults: &mut FieldErrors,
    remarks: &mut Vec<Notice>,
) -> Option<Coverage> {
    let coverage = asked.given()?;
    let CoverageRequest { plan, network, payer, plan_name, known, program, state } = coverage;
    let named = [plan, network, payer, plan_name].map(Field::is_present).into_iter().chain([program.is_present()]);
    let count = named.filter(|is_named| *is_named).count();
    if count != 1 {
        let code = if count == 0 { "missing" } else { "conflict" };
        faults.add(asked.at, code, "give exactly one of plan, network, payer, plan_name and program", None);
        return None;
    }
    if program.is_present() {
        return read_program(coverage, faults);
    }
    if state.is_present() {
        only_medicaid(state.at, faults);
    }
    if known.is_present() && !plan_name.is_present() {
        faults.add(known.at, "does_not_apply", "known goes with plan_name only", None);
    }
    if let Some(name) = plan_name.given() {
        return unknown_plan(name.trim(), plan_name.at, known, faults);
    }
    if let Some(typed) = plan.given() {
        return named_plan(typed, plan.at, words, faults, remarks);
    }
    if let Some(typed) = network.given() {
        let names = words.plans.networks.iter().map(|network| network.name.as_str());
        let at = find_name("network", typed, network.at, names.collect(), faults)?;
        let name = words.plans.networks.get(at)?.name.clone();
        let networks = vec![NetworkId(u32::try_from(at).ok()?)];
        return Some(Coverage::Networks { named_by: "network", name, networks });
    }
    let names = words.plans.payers.iter().map(|payer| payer.name.as_str());
    let at = find_name("payer", payer.given()?, payer.at, names.collect(), faults)?;
    let name = words.plans.payers.get(at)?.name.clone();
    let networks = words.plans.networks_of(u32::try_from(at).ok()?);
    Some(Coverage::Networks { named_by: "payer", name, networks })
}

/// A plan that the directory does not hold, by the name typed.
fn unknown_plan(name: &str, at: FieldPlace, known: &Field<bool>, faults: &mut FieldErrors) -> Option<Coverage> {
    if name.is_empty() {
        faults.add(at, "missing", "plan_name is empty", None);
    }
    let hint = || Some(r#"send {"plan_name": "...", "known": false}, or plan for one the directory has"#.to_owned());
    match known.given() {
        Some(false) => {}
        Some(true) => faults.add(known.at, "does_not_apply", "a known plan is named by plan", hint()),
        // A value of the wrong type has been reported.
        None if known.is_present() => {}
        None => faults.add(known.at, "missing", "known is false beside plan_name", hint()),
    }
    (!name.is_empty() && known.given() == Some(&false)).then(|| Coverage::UnknownPlan { name: name.to_owned() })
}

/// Finds a plan by its full name or by words that only its name has. An ambiguous name returns the
/// candidates as a hint.
fn named_plan(
    typed: &str,
    at: FieldPlace,
    words: &ParseContext<'_>,
    faults: &mut FieldErrors,
    remarks: &mut Vec<Notice>,
) -> Option<Coverage> {
    let plans = words.plans;
    let offer = |places: &[usize]| {
        let names: Vec<String> =
            places.iter().filter_map(|place| plans.plans.get(*place)).map(|plan| plan_with_payer(plan, plans)).collect();
        did_you_mean(&names.iter().map(String::as_str).collect::<Vec<_>>())
    };
    match resolve_plan(typed, plans) {
        PlanLookup::One(found) => {
            let plan = plans.plans.get(found)?;
            if !plan.name.eq_ignore_ascii_case(typed.trim()) {
                let text = format!("The plan was read as {}.", plan_with_payer(plan, plans));
                remarks.push(Notice { code: "plan_read_as", text });
            }
            Some(Coverage::Networks { named_by: "plan", name: plan.name.clone(), networks: plan.networks.clone() })
        }
        PlanLookup::Several(places) => {
            faults.add(at, "ambiguous", "more than one plan matches that name", offer(&places));
            None
        }
        PlanLookup::None(_) if plans.plans.is_empty() => {
            nothing_loaded("plan", at, faults);
            None
        }
        PlanLookup::None(alike) => {
            let hint = offer(&alike).unwrap_or_else(|| ANOTHER_WAY.to_owned());
            faults.add(at, "no_such_coverage", "this directory has no plan with that name", Some(hint));
            None
        }
    }
}

/// Hint for a directory without plans.
const ANOTHER_WAY: &str = "load a payer's directory with the next refresh, or use a program";

fn nothing_loaded(field: &str, at: FieldPlace, faults: &mut FieldErrors) {
    faults.add(at, "nothing_loaded", format!("this directory has no {field}"), Some(ANOTHER_WAY.to_owned()));
}

/// Index of the name that equals `typed`: the exact one, else the only one that differs in letter
/// case.
fn find_name(field: &'static str, typed: &str, at: FieldPlace, names: Vec<&str>, faults: &mut FieldErrors) -> Option<usize> {
    let typed = typed.trim();
    if let Some(found) = names.iter().position(|name| *name == typed) {
        return Some(found);
    }
    let same: Vec<usize> =
        names.iter().enumerate().filter(|(_, name)| name.eq_ignore_ascii_case(typed)).map(|(place, _)| place).collect();
    match same[..] {
        [found] => Some(found),
        [] if names.is_empty() => {
            nothing_loaded(field, at, faults);
            None
        }
        [] => {
            let detail = format!("this directory has no {field} with that name");
            faults.unknown(at, "no_such_coverage", detail, typed, names);
            None
        }
        _ => {
            let twins: Vec<&str> = same.iter().filter_map(|place| names.get(*place).copied()).collect();
            let detail = format!("{} have that name in different letter case", same.len());
            faults.add(at, "ambiguous", detail, did_you_mean(&twins));
            None
        }
    }
}

fn read_program(coverage: &CoverageRequest, faults: &mut FieldErrors) -> Option<Coverage> {
    let (program, state) = (*coverage.program.given()?, &coverage.state);
    if program != Program::Medicaid && state.is_present() {
        only_medicaid(state.at, faults);
    }
    match program {
        Program::Medicare => Some(Coverage::Medicare),
        Program::SelfPay => Some(Coverage::SelfPay),
        Program::Medicaid => {
            if !state.is_present() {
                let hint = Some(r#"send {"program": "medicaid", "state": "SC"}"#.to_owned());
                faults.add(state.at, "missing", "which state's Medicaid?", hint);
            }
            state.given().copied().map(Coverage::Medicaid)
        }
    }
}

fn only_medicaid(at: FieldPlace, faults: &mut FieldErrors) {
    faults.add(at, "does_not_apply", "only the medicaid program takes a state", None);
}
