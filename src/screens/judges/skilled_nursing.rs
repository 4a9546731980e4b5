//! Skilled nursing facility stays: the three-day stay and its waivers, the 30 days, benefit days, skilled care, PASRR.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::discharge::screen_facts::ScreenFacts;
use crate::discharge::screen_values::{ScreenPayer, SkilledNeed};
use crate::screens::judgment::{Judgment, ScreenCase, unknown_of};

/// Inpatient days that Part A asks for.
const STAY_DAYS: i32 = 3;
/// Days after the hospital discharge within which the stay begins.
const TRANSFER_DAYS: i32 = 30;

/// The inpatient days: the day of the order counts, the day of discharge does not.
fn inpatient_days(facts: &ScreenFacts) -> Option<(Date, Date, i32)> {
    let (from, to) = (facts.inpatient_admitted_on?, facts.discharged_on?);
    Some((from, to, (to - from).get_days().max(0)))
}

/// Whether the inpatient stay is long enough, as far as it is known.
fn is_long_enough(facts: &ScreenFacts) -> bool {
    facts.status_changed != Some(true) && inpatient_days(facts).is_some_and(|(_, _, days)| days >= STAY_DAYS)
}

/// Three consecutive inpatient days. Time in observation and in the emergency department comes before the inpatient order, so it
/// does not count.
pub(crate) fn three_day_stay(case: &ScreenCase<'_>) -> Judgment {
    let facts = case.facts;
    let short = if facts.observation_only == Some(true) {
        Judgment::not_met("observation")
    } else {
        let Some((from, to, days)) = inpatient_days(facts) else {
            let known = [
                ("inpatient_admitted_on", facts.inpatient_admitted_on.is_some()),
                ("discharged_on", facts.discharged_on.is_some()),
            ];
            return Judgment::missing(unknown_of(&known));
        };
        if days >= STAY_DAYS && facts.status_changed == Some(true) {
            return Judgment::unknown("status_changed");
        }
        if days >= STAY_DAYS {
            return Judgment::met("three_days").number("days", days).date("from", from).date("to", to);
        }
        let earliest = from.saturating_add(STAY_DAYS.days());
        Judgment::not_met("too_few_days").number("days", days).date("from", from).date("to", to).date("earliest", earliest)
    };
    match (case.payer, facts.plan_waives_stay) {
        (ScreenPayer::MedicareAdvantage, None) => Judgment::lacks("plan_may_waive", vec!["plan_waives_stay"]),
        (ScreenPayer::MedicareAdvantage, Some(true)) => Judgment::not_applicable("plan_waives"),
        _ => short,
    }
}

/// The days from the hospital discharge to the start of care; none are negative.
fn days_to_start(case: &ScreenCase<'_>) -> Option<(Date, i32)> {
    let to = case.facts.discharged_on?;
    Some((to, (case.start() - to).get_days()))
}

/// The start within 30 days, or later where treatment could not begin sooner.
pub(crate) fn thirty_days(case: &ScreenCase<'_>) -> Judgment {
    let Some((to, days)) = days_to_start(case) else { return Judgment::missing(vec!["discharged_on"]) };
    let judgment = match (days <= TRANSFER_DAYS, case.facts.later_start_needed) {
        (true, _) => Judgment::met("in_time"),
        (false, Some(true)) => Judgment::met("later_start"),
        (false, Some(false)) => Judgment::not_met("too_late"),
        (false, None) => Judgment::lacks("late_unless_needed", vec!["later_start_needed"]),
    };
    let last = to.saturating_add(TRANSFER_DAYS.days());
    judgment.number("days", days).date("start", case.start()).date("to", to).date("last", last)
}

/// Benefit days.
pub(crate) fn benefit_days(case: &ScreenCase<'_>) -> Judgment {
    match case.facts.benefit_days_left {
        None => Judgment::missing(vec!["benefit_days_left"]),
        Some(0) => Judgment::not_met("none_left"),
        Some(days) => Judgment::met("days_left").number("days", days),
    }
}

/// Daily skilled care.
pub(crate) fn daily_skilled_care(case: &ScreenCase<'_>) -> Judgment {
    match case.facts.skilled_need {
        None => Judgment::missing(vec!["skilled_need"]),
        Some(SkilledNeed::Daily) => Judgment::met("daily"),
        Some(SkilledNeed::Intermittent) => Judgment::not_met("not_daily"),
        Some(SkilledNeed::None) => Judgment::not_met("no_skilled_need"),
    }
}

/// The waiver of a Medicare Advantage plan.
pub(crate) fn plan_waiver(case: &ScreenCase<'_>) -> Judgment {
    match case.facts.plan_waives_stay {
        _ if is_long_enough(case.facts) => Judgment::not_applicable("stay_is_enough"),
        Some(true) => Judgment::met("yes"),
        Some(false) => Judgment::not_met("no"),
        None => Judgment::missing(vec!["plan_waives_stay"]),
    }
}

/// The waiver of an ACO: every condition, never one list alone.
pub(crate) fn aco_waiver(case: &ScreenCase<'_>) -> Judgment {
    let facts = case.facts;
    if is_long_enough(facts) {
        return Judgment::not_applicable("stay_is_enough");
    }
    every_condition(&[
        ("aco_waiver_approved", facts.aco_waiver_approved),
        ("aco_patient_assigned", facts.aco_patient_assigned),
        ("aco_snf_affiliate", facts.aco_snf_affiliate),
        ("aco_physician_approved", facts.aco_physician_approved),
    ])
}

/// The waiver of TEAM: every condition, never the list of the quarter alone.
pub(crate) fn team_waiver(case: &ScreenCase<'_>) -> Judgment {
    let facts = case.facts;
    if is_long_enough(facts) {
        return Judgment::not_applicable("stay_is_enough");
    }
    let conditions = [("team_episode", facts.team_episode), ("team_snf_listed", facts.team_snf_listed)];
    let discharge = ("discharged_on", facts.discharged_on.map(|_| true));
    let judgment = every_condition(&[conditions[0], conditions[1], discharge]);
    let Some((to, days)) = days_to_start(case) else { return judgment };
    let is_refused = conditions.iter().any(|(_, answer)| *answer == Some(false));
    let judgment = if days > TRANSFER_DAYS && !is_refused { Judgment::not_met("too_late") } else { judgment };
    judgment.number("days", days).date("start", case.start()).date("to", to)
}

/// Met if every condition is, not met if one is not, and unknown otherwise.
fn every_condition(conditions: &[(&'static str, Option<bool>)]) -> Judgment {
    if conditions.iter().any(|(_, answer)| *answer == Some(false)) {
        return Judgment::not_met("lacks_condition");
    }
    let known: Vec<_> = conditions.iter().map(|(name, answer)| (*name, answer.is_some())).collect();
    let missing = unknown_of(&known);
    if missing.is_empty() { Judgment::met("all_conditions") } else { Judgment::missing(missing) }
}

/// A change of status, or observation: a person must look at the notices and the appeal.
pub(crate) fn status_change(case: &ScreenCase<'_>) -> Judgment {
    match (case.facts.status_changed, case.facts.observation_only) {
        (Some(true), _) => Judgment::unknown("changed"),
        (_, Some(true)) => Judgment::unknown("observation"),
        (Some(false), _) => Judgment::not_applicable("no_change"),
        (None, _) => Judgment::missing(vec!["status_changed"]),
    }
}

/// The preadmission screening, or the hospital exemption.
pub(crate) fn pasrr(case: &ScreenCase<'_>) -> Judgment {
    match (case.facts.pasrr_done, case.facts.pasrr_exempt) {
        (Some(true), _) => Judgment::met("done"),
        (_, Some(true)) => Judgment::met("exempt"),
        (Some(false), Some(false)) => Judgment::not_met("not_done"),
        (Some(false), None) => Judgment::missing(vec!["pasrr_exempt"]),
        (None, _) => Judgment::missing(vec!["pasrr_done"]),
    }
}
