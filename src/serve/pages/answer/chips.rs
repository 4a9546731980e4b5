//! The question as chips: each part as it was understood, with a button that removes it, and for a need one that makes it required or
//! preferred.

use crate::discharge::Discharge;
use crate::discharge::screen_request::ScreensRequest;
use crate::need_words::phone_questions::PhoneQuestions;
use crate::phrases;
use crate::serve::pages::form::{SCREENS, SubmittedForm, question_fields};
use crate::service::{DeliveryMode, Need, NeedSet};
use crate::text::us_date::us_date;

/// One part of the question.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct QuestionChip {
    /// The part in words.
    pub says: String,
    /// Whether it is one of the levels of care.
    pub is_service: bool,
    /// For a need: "required" or "preferred", and the change to the other.
    pub importance: Option<(&'static str, String)>,
    /// The change that removes it; `None` if the question needs it.
    pub removal: Option<String>,
}

impl QuestionChip {
    fn new(says: impl Into<String>, removal: impl Into<Option<String>>) -> Self {
        Self { says: says.into(), is_service: false, importance: None, removal: removal.into() }
    }

    /// `asked` is where the need is asked, if that is not everywhere.
    fn of_need(need: Need, is_required: bool, asked: Option<String>) -> Self {
        let code = need.code();
        let asked = asked.map(|services| format!(": asked of {services}")).unwrap_or_default();
        let importance =
            if is_required { ("required", format!("prefer:{code}")) } else { ("preferred", format!("require:{code}")) };
        Self { importance: Some(importance), ..Self::new(format!("{}{asked}", need.label()), format!("drop:need:{code}")) }
    }
}

/// The parts of `form`, which was read as `discharges` and `by_phone`.
pub(crate) fn chips(form: &SubmittedForm, discharges: &[&Discharge], by_phone: &PhoneQuestions) -> Vec<QuestionChip> {
    let Some(first) = discharges.first() else { return Vec::new() };
    let is_plan = discharges.len() > 1;
    let service = |discharge: &&Discharge| {
        let removal = is_plan.then(|| format!("drop:service:{}", discharge.service.code()));
        QuestionChip { is_service: true, ..QuestionChip::new(discharge.service.label(), removal) }
    };
    let mut chips: Vec<QuestionChip> = discharges.iter().map(service).collect();
    chips.push(QuestionChip::new(phrases::place(first), None));
    chips.extend(radius(form, discharges));
    let payer = first.coverage.as_ref().map(|_| "drop:coverage".to_owned());
    chips.push(QuestionChip::new(phrases::coverage(first.coverage.as_ref()), payer));
    for (is_required, needs) in [(true, needs_of(discharges, true)), (false, needs_of(discharges, false))] {
        let chip = |need: Need| QuestionChip::of_need(need, is_required, asked_of(discharges, need));
        chips.extend(needs.iter().map(chip));
    }
    chips
        .extend(by_phone.texts().map(|text| QuestionChip::new(format!("ask by phone: {text}"), format!("drop:word:{text}"))));
    let groups = first.patient.eligible.iter().map(|group| group.code());
    let mut groups = groups.map(|code| format!("drop:eligible:{code}"));
    chips.extend(phrases::patient_facts(first).into_iter().map(|(field, says)| {
        let removal = if field == "eligible" { groups.next() } else { Some(format!("drop:{field}")) };
        QuestionChip::new(says, removal)
    }));
    if question_fields().any(|name| is_of_screens(name) && !form.one(name).is_empty()) {
        chips.push(QuestionChip::new("level of care checked", format!("drop:{SCREENS}")));
    }
    if first.on != first.asked_on {
        let past = if first.on < first.asked_on { ", in the past" } else { "" };
        chips.push(QuestionChip::new(format!("discharge {}{past}", us_date(first.on)), "drop:on".to_owned()));
    }
    chips
}

/// The needs of any level of care.
fn needs_of(discharges: &[&Discharge], is_required: bool) -> NeedSet {
    let needs = |discharge: &&Discharge| if is_required { discharge.required } else { discharge.preferred };
    discharges.iter().map(needs).flat_map(NeedSet::iter).collect()
}

/// The levels of care of which the need is asked: "home infusion and home health"; `None` if of all.
fn asked_of(discharges: &[&Discharge], need: Need) -> Option<String> {
    let is_asked = |discharge: &&&Discharge| discharge.required.contains(need) || discharge.preferred.contains(need);
    let asked: Vec<String> =
        discharges.iter().filter(is_asked).map(|discharge| discharge.service.label().to_lowercase()).collect();
    (asked.len() < discharges.len()).then(|| asked.join(" and "))
}

/// Whether the field is about the rules for the right level of care.
fn is_of_screens(name: &str) -> bool {
    name == SCREENS || ScreensRequest::NAMES.contains(&name)
}

/// The radius, which can be removed if it was typed.
fn radius(form: &SubmittedForm, discharges: &[&Discharge]) -> Option<QuestionChip> {
    let travels = discharges.iter().find(|discharge| discharge.geography() == DeliveryMode::PatientTravels)?;
    let typed = !form.one("within").is_empty();
    // Each level of care has its own usual radius.
    let is_shown = typed || discharges.len() == 1;
    let miles = travels.within.filter(|_| is_shown)?.value();
    let unit = if (miles - 1.0).abs() < f64::EPSILON { "mile" } else { "miles" };
    Some(QuestionChip::new(format!("within {miles} {unit}"), typed.then(|| "drop:within".to_owned())))
}
