//! The question of an EHR as the form of the pages: what was understood fills its fields, and what was
//! not is named by codes, which the answer shows as remarks.

use crate::coverage::PlanDirectory;
use crate::coverage::payer_words::{PayerReading, read_payer};
use crate::place::Zip;
use crate::serve::cds_hooks::payer::{CoverageRejection, PayerDecision, name};
use crate::serve::cds_hooks::request::{CardRequest, EhrQuestion, UnusedParts};
use crate::serve::pages::form::{EHR_NOTE, SubmittedForm};
use crate::service::{Need, Service};

/// The form of the question of a card.
pub(crate) fn of_card(understood: &CardRequest, plans: &PlanDirectory) -> SubmittedForm {
    let CardRequest { service, needs, near, paying, unused, .. } = understood;
    form(Some(*service), needs, Some(*near), (paying, unused), plans)
}

/// The form of the question of a launch.
pub(crate) fn of_launch(understood: &EhrQuestion, plans: &PlanDirectory) -> SubmittedForm {
    let EhrQuestion { service, needs, near, paying, unused } = understood;
    form(*service, needs, *near, (paying, unused), plans)
}

/// The form of a question that may lack its service or place.
fn form(
    service: Option<Service>,
    needs: &[Need],
    near: Option<Zip>,
    (paying, unused): (&PayerDecision, &UnusedParts),
    plans: &PlanDirectory,
) -> SubmittedForm {
    let near = near.map(|zip| zip.to_string()).unwrap_or_default();
    let form = SubmittedForm::default().with("near", &near).with("service", service.map_or("", Service::code));
    let form = needs.iter().fold(form, |form, need| form.and("need", need.code()));
    let form = match paying {
        PayerDecision::Read(coverage) => form.with("coverage", &name(coverage)),
        PayerDecision::Unread(why) => {
            let unnamed = why.is_not_understood().then_some(UNNAMED);
            let mut names = [unused.payer_sent.as_deref(), unnamed].into_iter().flatten();
            match names.find(|name| is_unknown(name, plans)) {
                // Nobody is in a network that was not recognized, so the answer says to verify it.
                Some(name) => form.with("coverage", name).with("search_anyway", name),
                None => form,
            }
        }
    };
    form.with(EHR_NOTE, &note(paying, unused))
}

/// What a coverage is called that was not understood, if its own name would be read as another one.
const UNNAMED: &str = "Plan not recognized";

/// Whether no plan, or several, have the name `sent`, for a person who types it.
fn is_unknown(sent: &str, plans: &PlanDirectory) -> bool {
    matches!(read_payer(sent, plans), PayerReading::NoPlan(_) | PayerReading::Several { .. })
}

/// What was not understood or not used, as words `name=value`.
fn note(paying: &PayerDecision, unused: &UnusedParts) -> String {
    let mut words: Vec<String> = vec!["from=ehr".to_owned()];
    if let PayerDecision::Unread(why) = paying {
        words.push(format!("coverage={}", rejection_code(why)));
    }
    if unused.begins_later {
        words.push("later=1".to_owned());
    }
    words.extend(unused.also_ordered.iter().map(|service| format!("also={}", service.code())));
    words.extend(unused.named_in_words.iter().map(|need| format!("words={}", need.code())));
    if unused.unread_orders > 0 {
        words.push(format!("orders={}", unused.unread_orders));
    }
    words.join(" ")
}

fn rejection_code(why: &CoverageRejection) -> &'static str {
    match why {
        CoverageRejection::NotSent => "not_sent",
        CoverageRejection::NoneInForce => "none_in_force",
        CoverageRejection::Ended => "ended",
        CoverageRejection::NotBegun => "not_begun",
        CoverageRejection::SeveralInForce => "several",
        CoverageRejection::FitsNothing | CoverageRejection::OtherPayer | CoverageRejection::FitsSeveral(_) => {
            "not_recognized"
        }
    }
}
