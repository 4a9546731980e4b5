//! Care at home: home health, medical equipment, home infusion.

use jiff::ToSpan;

use crate::discharge::screen_values::{ScreenPayer, SkilledNeed, TherapyNeed};
use crate::screens::judgment::{Judgment, ScreenCase, unknown_of};

/// Days before the start of home health in which the encounter may be.
const DAYS_BEFORE: i32 = 90;
/// Days after it.
const DAYS_AFTER: i32 = 30;
/// Months before an order of equipment in which the encounter may be.
const MONTHS_BEFORE_ORDER: i32 = 6;

/// Both parts of the test.
pub(crate) fn homebound(case: &ScreenCase<'_>) -> Judgment {
    let (one, two) = (case.facts.homebound_1, case.facts.homebound_2);
    match (one, two) {
        (Some(false), _) => Judgment::not_met("part_one"),
        (_, Some(false)) => Judgment::not_met("part_two"),
        (Some(true), Some(true)) => Judgment::met("both_parts"),
        _ => Judgment::missing(unknown_of(&[("homebound_1", one.is_some()), ("homebound_2", two.is_some())])),
    }
}

/// Intermittent nursing, or physical or speech therapy.
pub(crate) fn home_skilled_need(case: &ScreenCase<'_>) -> Judgment {
    let (nursing, therapies) = (case.facts.skilled_need, case.facts.therapies.as_deref());
    let needs = |therapy: TherapyNeed| therapies.is_some_and(|therapies| therapies.contains(&therapy));
    if needs(TherapyNeed::Physical) || needs(TherapyNeed::Speech) {
        return Judgment::met("therapy");
    }
    match nursing {
        Some(SkilledNeed::Intermittent) => Judgment::met("intermittent"),
        Some(SkilledNeed::Daily) => Judgment::unknown("daily"),
        Some(SkilledNeed::None) if needs(TherapyNeed::Occupational) => Judgment::unknown("occupational_alone"),
        Some(SkilledNeed::None) if therapies.is_some() => Judgment::not_met("no_skilled_need"),
        _ => {
            let known = [("skilled_need", nursing.is_some()), ("therapies", therapies.is_some())];
            Judgment::missing(unknown_of(&known))
        }
    }
}

/// The encounter by its date, for the day the care starts.
pub(crate) fn home_face_to_face(case: &ScreenCase<'_>) -> Judgment {
    let start = case.start();
    let (first, last) = (start.saturating_sub(DAYS_BEFORE.days()), start.saturating_add(DAYS_AFTER.days()));
    let judgment = match case.facts.face_to_face_on {
        None => Judgment::missing(vec!["face_to_face_on"]),
        Some(day) if day < first => Judgment::not_met("too_early").date("day", day),
        Some(day) if day > last => Judgment::not_met("too_late").date("day", day),
        Some(day) if day > case.today() => Judgment::unknown("planned").date("day", day),
        Some(day) => Judgment::met("in_time").date("day", day),
    };
    judgment.date("start", start).date("first", first).date("last", last)
}

/// The encounter for equipment that requires one, judged for an order on the day the care starts. A month without that day ends on its
/// last day.
pub(crate) fn equipment_face_to_face(case: &ScreenCase<'_>) -> Judgment {
    let start = case.start();
    let first = start.saturating_sub(MONTHS_BEFORE_ORDER.months());
    let judgment = match (case.facts.face_to_face_item, case.facts.face_to_face_on) {
        (None, _) => Judgment::missing(vec!["face_to_face_item"]),
        (Some(false), _) => Judgment::not_applicable("not_listed"),
        (Some(true), None) => Judgment::missing(vec!["face_to_face_on"]),
        (_, Some(day)) if day < first => Judgment::not_met("too_early").date("day", day),
        (_, Some(day)) if day > start => Judgment::not_met("after_order").date("day", day),
        (_, Some(day)) if day > case.today() => Judgment::unknown("planned").date("day", day),
        (_, Some(day)) => Judgment::met("in_time").date("day", day),
    };
    judgment.date("start", start).date("first", first)
}

/// The drug list of Part B.
pub(crate) fn part_b_drug(case: &ScreenCase<'_>) -> Judgment {
    match case.facts.part_b_pump_drug {
        Some(true) => Judgment::met("listed"),
        Some(false) if case.payer == ScreenPayer::MedicareAdvantage => Judgment::unknown("plan_may_cover"),
        Some(false) => Judgment::not_met("not_listed"),
        None if case.discharge.needs_antibiotics() => Judgment::lacks("antibiotics", vec!["part_b_pump_drug"]),
        None => Judgment::missing(vec!["part_b_pump_drug"]),
    }
}
