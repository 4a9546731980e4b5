//! What to ask a provider on the telephone.

use jiff::civil::Date;

use crate::coverage::Coverage;
use crate::discharge::deciding_payer::DecidingPayer;
use crate::discharge::{Discharge, Patient};
use crate::evidence::Tristate;
use crate::matching::acceptance::observed;
use crate::matching::freshness::{FactKind, is_old};
use crate::matching::report::{AcceptanceAnswer, CallSheetEntry, FitTier, Match};
use crate::matching::requirement::Requirement;
use crate::provider::safety::ServedGroup;
use crate::service::{DeliveryMode, Limit, Service};
use crate::text::us_date::us_date;

/// What to ask a provider that may take the patient; `None` where nothing is left to ask, or it is out of network.
pub(crate) fn call_sheet_entry(discharge: &Discharge, found: &Match) -> Option<CallSheetEntry> {
    if found.fit == FitTier::OutOfNetwork {
        return None;
    }
    let plan = (!found.network.status.is_covered()).then(|| coverage_question(discharge));
    let refuses_new = found.network.new_patients == Tristate::No;
    let network = found.network.network.as_deref().unwrap_or("the plan");
    let new = refuses_new.then(|| format!("Do you take new patients of {network}? (The payer's directory says no.)"));
    let required = found.acceptance.answers.iter().filter(|answer| answer.required);
    let open = required.clone().filter(|answer| answer.answer != Tristate::Yes);
    let open = open.map(|answer| question(answer.asked, &discharge.patient));
    let old = required.filter_map(|answer| old_answer(answer, discharge.asked_on));
    let mut questions: Vec<String> = plan.into_iter().chain(new).chain(open).chain(old).collect();
    if found.availability.answer != Tristate::Yes && (!questions.is_empty() || found.fit != FitTier::Ready) {
        questions.push(room_question(discharge, found));
    }
    (!questions.is_empty()).then(|| CallSheetEntry { rank: found.rank, provider: found.provider.clone(), questions })
}

fn old_answer(answer: &AcceptanceAnswer, today: Date) -> Option<String> {
    let day = day_of_old_yes(answer, today)?;
    Some(format!("Is this still so: {}? (Last stated {}.)", answer.asked.label(), us_date(day)))
}

/// The day of a "yes" that is so old that it is asked again.
fn day_of_old_yes(answer: &AcceptanceAnswer, today: Date) -> Option<Date> {
    let day = answer.evidence.as_ref()?.as_of?;
    (answer.answer == Tristate::Yes && is_old(FactKind::Acceptance, day, today)).then_some(day)
}

/// Whether a call asks for this answer: it is open, or a "yes" that is old.
pub(crate) fn is_to_ask(answer: &AcceptanceAnswer, today: Date) -> bool {
    answer.required && (answer.answer != Tristate::Yes || day_of_old_yes(answer, today).is_some())
}

fn room_question(discharge: &Discharge, found: &Match) -> String {
    let day = us_date(discharge.on);
    match (found.availability.room_from, discharge.service) {
        (Some(from), _) => format!("You stated no room on {day}. Will you have room from {}?", us_date(from)),
        (None, Service::Dialysis) => format!("Do you have a chair on {day}?"),
        (None, Service::MedicalEquipment) => format!("Can you deliver by {day}?"),
        (None, service) if service.geography() == DeliveryMode::PatientTravels => format!("Will you have a bed on {day}?"),
        (None, _) => format!("Can you start care on {day}?"),
    }
}

fn coverage_question(discharge: &Discharge) -> String {
    let on = us_date(discharge.on);
    match discharge.deciding_payer() {
        DecidingPayer::Networks | DecidingPayer::UnknownPlan => {
            let name = discharge.coverage.as_ref().map(Coverage::name).unwrap_or_default();
            format!("Are you in network for {name} on {on}? (Ask the plan too.)")
        }
        DecidingPayer::Medicaid(state) => format!("Does {} Medicaid pay for your services on {on}?", state.name()),
        DecidingPayer::Medicare => format!("Are you certified for Medicare on {on}?"),
        DecidingPayer::NotAsked | DecidingPayer::SelfPay => format!("Can you take the patient on {on}?"),
    }
}

/// What to ask about one requirement.
pub(crate) fn question(asked: Requirement, patient: &Patient) -> String {
    match asked {
        Requirement::Need(need) => {
            format!("Will you take a patient who needs {}? ({}.)", need.label(), need.entry().definition)
        }
        Requirement::Limit(limit) => {
            let unit = limit.entry().map_or("", |entry| entry.unit.as_str());
            let number = observed(limit, patient).map(|number| number.to_string()).unwrap_or_default();
            match limit {
                Limit::MaxWeight => format!("Can you take a patient of {number} {unit}?"),
                Limit::MinAge | Limit::MaxAge => format!("Can you take a patient aged {number}?"),
                Limit::MaxDoses => format!("Can you give {number} IV doses per day?"),
                Limit::CostCeiling => format!("Can you take a patient whose medications cost ${number} a day?"),
            }
        }
        Requirement::Language => {
            format!("Do you have staff or an interpreter for: {}?", patient.languages.join(" or "))
        }
        Requirement::Sex => "Can you take a patient of this sex?".to_owned(),
        Requirement::StartOfCare => {
            let hours = patient.start_within_hours.unwrap_or_default();
            format!("Can you start care within {hours} hours of the referral?")
        }
        Requirement::Eligible(ServedGroup::Children) => "Do you take adults?".to_owned(),
        Requirement::Eligible(group) => {
            format!("Do you take a patient who is not one of {}?", group.label())
        }
        Requirement::Operating => "Are you open? (The newest list of CMS does not have you.)".to_owned(),
    }
}
