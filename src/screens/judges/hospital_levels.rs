//! Inpatient rehabilitation and long-term acute care hospitals.

use crate::discharge::screen_values::TherapyNeed;
use crate::screens::judgment::{Judgment, ScreenCase, unknown_of};

/// Days before the admission that are within 48 hours at any time of day.
const SURELY_WITHIN_48_HOURS: i32 = 1;
/// Days of intensive care that the standard rate asks for.
const INTENSIVE_CARE_DAYS: u32 = 3;

/// Several therapies, one of them physical or occupational.
pub(crate) fn rehab_disciplines(case: &ScreenCase<'_>) -> Judgment {
    let Some(therapies) = &case.facts.therapies else { return Judgment::missing(vec!["therapies"]) };
    let needed = therapies.iter().filter(|therapy| **therapy != TherapyNeed::None).count();
    let has_main = therapies.contains(&TherapyNeed::Physical) || therapies.contains(&TherapyNeed::Occupational);
    match needed {
        0 => Judgment::not_met("no_therapy"),
        1 => Judgment::not_met("one_discipline"),
        _ if !has_main => Judgment::not_met("no_physical_or_occupational"),
        _ => Judgment::met("several").number("count", needed),
    }
}

/// Three hours a day, or fifteen in seven days.
pub(crate) fn rehab_intensity(case: &ScreenCase<'_>) -> Judgment {
    let (daily, weekly) = (case.facts.tolerates_three_hours, case.facts.fifteen_hours_a_week);
    match (daily, weekly) {
        (Some(true), _) => Judgment::met("three_hours"),
        (_, Some(true)) => Judgment::met("fifteen_hours"),
        (Some(false), Some(false)) => Judgment::not_met("too_little"),
        _ => Judgment::missing(unknown_of(&[
            ("tolerates_three_hours", daily.is_some()),
            ("fifteen_hours_a_week", weekly.is_some()),
        ])),
    }
}

/// The preadmission screen by its date. Two days before may be more or less than 48 hours.
pub(crate) fn rehab_screen(case: &ScreenCase<'_>) -> Judgment {
    let Some(day) = case.facts.rehab_screened_on else { return Judgment::missing(vec!["rehab_screened_on"]) };
    let start = case.start();
    let days = (start - day).get_days();
    let judgment = match days {
        ..0 => Judgment::not_met("after_start"),
        _ if day > case.today() => Judgment::unknown("planned"),
        0..=SURELY_WITHIN_48_HOURS => Judgment::met("in_time"),
        2 => Judgment::unknown("by_the_hour"),
        _ => Judgment::not_met("too_early"),
    };
    judgment.date("day", day).date("start", start).number("days", days)
}

/// The 13 conditions: a fact about the facility's patients, and no criterion for one of them.
pub(crate) fn rehab_condition(case: &ScreenCase<'_>) -> Judgment {
    match case.facts.rehab_condition {
        None => Judgment::missing(vec!["rehab_condition"]),
        Some(true) => Judgment::met("one_of_thirteen"),
        Some(false) => Judgment::not_applicable("other_condition"),
    }
}

/// The rate that Original Medicare pays. It is never "not met": the site-neutral rate is paid instead, and neither decides coverage.
pub(crate) fn long_term_rate(case: &ScreenCase<'_>) -> Judgment {
    let facts = case.facts;
    let (days, ventilator) = (facts.icu_days, facts.ventilator_expected_96h_in_ltch);
    if facts.psychiatric_or_rehab_diagnosis == Some(true) {
        return Judgment::not_applicable("site_neutral_diagnosis");
    }
    if facts.directly_from_acute == Some(false) {
        return Judgment::not_applicable("site_neutral_not_direct");
    }
    let has_days = days.is_some_and(|days| days >= INTENSIVE_CARE_DAYS);
    let has_neither = days.is_some_and(|days| days < INTENSIVE_CARE_DAYS) && ventilator == Some(false);
    if has_neither {
        return Judgment::not_applicable("site_neutral_days");
    }
    let is_decided = has_days || ventilator == Some(true);
    let missing = unknown_of(&[
        ("psychiatric_or_rehab_diagnosis", facts.psychiatric_or_rehab_diagnosis.is_some()),
        ("directly_from_acute", facts.directly_from_acute.is_some()),
        ("icu_days", is_decided || days.is_some()),
        ("ventilator_expected_96h_in_ltch", is_decided || ventilator.is_some()),
    ]);
    match days {
        _ if !missing.is_empty() => Judgment::missing(missing),
        Some(days) if has_days => Judgment::met("standard_intensive_care").number("days", days),
        _ => Judgment::met("standard_ventilator"),
    }
}
