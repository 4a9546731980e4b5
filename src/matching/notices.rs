//! What to know of a match before calling: safety first, then what is assumed, old or doubtful.

use jiff::civil::Date;

use crate::discharge::Notice;
use crate::evidence::{Evidence, Fact, Tristate};
use crate::matching::acceptance::is_undated;
use crate::matching::candidate::{AreaMatch, Candidate};
use crate::matching::freshness::{FactKind, is_old};
use crate::matching::legal_notes::{PASRR_NEEDED, PROTECTED};
use crate::matching::ranking::CandidateEvaluator;
use crate::matching::report::{Acceptance, NetworkAnswer};
use crate::matching::requirement::Requirement;
use crate::place::Precision;
use crate::provider::quality::RatingGap;
use crate::provider::{Provider, ServiceLine};
use crate::service::DeliveryMode;

/// Every notice on a match, the gravest first.
pub(crate) fn notices(
    evaluator: &CandidateEvaluator<'_>,
    candidate: &Candidate,
    provider: &Provider,
    line: &ServiceLine,
    network: &NetworkAnswer,
    acceptance: &Acceptance,
) -> Vec<Notice> {
    let mut notices = safety_notices(provider, line, evaluator.discharge.on);
    notices.extend(coverage_notices(evaluator, line, network));
    notices.extend(acceptance_notices(line, acceptance));
    notices.extend(place_notices(evaluator, candidate, provider));
    notices.extend(evidence_notices(evaluator, line, network, acceptance));
    notices
}

fn notice(code: &'static str, text: impl Into<String>) -> Notice {
    Notice { code, text: text.into() }
}

/// A sentence with its source and day: "Cited for abuse: CMS shows its abuse icon. (CMS Nursing Home Provider Information, 2026-07-01)".
fn sourced(sentence: &str, evidence: &Evidence) -> String {
    format!("{sentence} ({evidence})")
}

/// What official sources publish of the safety of a provider, as of a discharge on `on`. No surface folds these away.
pub(crate) fn safety_notices(provider: &Provider, line: &ServiceLine, on: Date) -> Vec<Notice> {
    let mut notices: Vec<Notice> = Vec::new();
    if let Some(Fact { value, evidence, .. }) = line.rating_gap.as_ref().filter(|gap| is_known_negative(gap.value)) {
        notices.push(notice("rating_withheld", sourced(&format!("{}.", capitalized(value.label())), evidence)));
    }
    notices.extend(line.safety.iter().map(|Fact { value, evidence, .. }| {
        let code = if value.denies_payment_on(on) { "payment_denial_in_force" } else { value.code() };
        notice(code, sourced(&value.sentence(), evidence))
    }));
    notices.extend(provider.suspected_exclusions.iter().map(|Fact { value, evidence, .. }| {
        let text = format!(
            "It may be excluded from federal programs: {value} ({evidence}) agrees by name and address only. Verify with OIG \
             before you refer."
        );
        notice("possible_exclusion", text)
    }));
    notices
}

fn is_known_negative(gap: RatingGap) -> bool {
    matches!(gap, RatingGap::Withheld | RatingGap::Unexplained)
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn coverage_notices(evaluator: &CandidateEvaluator<'_>, line: &ServiceLine, network: &NetworkAnswer) -> Vec<Notice> {
    let mut notices = Vec::new();
    if line.medicare.as_ref().is_some_and(|fact| !fact.value) {
        notices.push(notice("not_medicare", "It is not Medicare-certified."));
    }
    if evaluator.discharge.is_hospice_under_plan() {
        let text = "Original Medicare pays hospice for members of Medicare Advantage plans (42 CFR 422.320). If the plan is of \
                    another kind, verify coverage with it.";
        notices.push(notice("hospice_paid_by_medicare", text));
    }
    if network.new_patients == Tristate::No {
        notices.push(notice("no_new_patients", "The payer's directory says it takes no new patients in this network."));
    }
    if let (true, Some(by)) = (network.low_confidence, &network.evidence) {
        let text = format!("The listing is from a source known to lag ({by}). Confirm it with the plan.");
        notices.push(notice("low_confidence", text));
    }
    notices
}

fn acceptance_notices(line: &ServiceLine, acceptance: &Acceptance) -> Vec<Notice> {
    let mut notices = Vec::new();
    let noted = |note: &str| acceptance.answers.iter().any(|answer| answer.note.as_deref() == Some(note));
    if noted(PROTECTED) {
        notices.push(notice("unlawful_refusal", PROTECTED));
    }
    if noted(PASRR_NEEDED) {
        notices.push(notice("pasrr_needed", PASRR_NEEDED));
    }
    notices.extend(line.serves.iter().map(|Fact { value, evidence, .. }| {
        let is_open = acceptance.answers.iter().any(|answer| answer.asked == Requirement::Eligible(*value));
        let ask = if is_open { ": ask whether it takes this patient" } else { "" };
        notice("serves_some_only", format!("It is for {}{ask}. ({evidence})", value.label()))
    }));
    notices
}

fn place_notices(evaluator: &CandidateEvaluator<'_>, candidate: &Candidate, provider: &Provider) -> Vec<Notice> {
    let mut notices = Vec::new();
    let comes = evaluator.discharge.geography() == DeliveryMode::ProviderComes;
    if comes && candidate.serves == AreaMatch::NotPublished {
        let radius = evaluator.discharge.profile.assumed_radius;
        let text = format!("It publishes no service area and is assumed to come {radius} miles. Ask before you refer.");
        notices.push(notice("service_area_not_published", text));
    }
    let precision = provider.position.as_ref().map(|position| position.value.precision);
    if let (false, Some(stands_for)) = (comes, precision.and_then(in_words)) {
        notices.push(notice("position_not_exact", format!("The distance is measured to {stands_for}.")));
    }
    notices
}

/// What a position that is not exact stands for.
fn in_words(precision: Precision) -> Option<&'static str> {
    match precision {
        Precision::Address => None,
        Precision::Approximate => Some("a point found from part of its address"),
        Precision::Zip => Some("the center of its ZIP code"),
        Precision::City => Some("the center of its city"),
    }
}

fn evidence_notices(
    evaluator: &CandidateEvaluator<'_>,
    line: &ServiceLine,
    network: &NetworkAnswer,
    acceptance: &Acceptance,
) -> Vec<Notice> {
    let today = evaluator.discharge.asked_on;
    let mut notices = Vec::new();
    let mut evidence = acceptance.answers.iter().map(|a| a.evidence.as_ref()).chain([network.evidence.as_ref()]);
    if evidence.any(is_undated) {
        notices.push(notice("undated_evidence", "Some of this rests on a source without a date."));
    }
    let aged = |kind: FactKind, evidence: Option<&Evidence>| {
        evidence.and_then(|by| by.as_of).is_some_and(|day| is_old(kind, day, today))
    };
    let answers = acceptance.answers.iter().any(|answer| aged(FactKind::Acceptance, answer.evidence.as_ref()));
    let is_listing = network.network.is_some() || !network.memberships.is_empty();
    let listing = is_listing && aged(FactKind::Network, network.evidence.as_ref());
    let rating = aged(FactKind::Rating, line.rating.as_ref().map(|fact| &fact.evidence));
    let old: Vec<&str> = [(answers, "an answer"), (listing, "the network listing"), (rating, "the rating")]
        .into_iter()
        .filter_map(|(is_old, what)| is_old.then_some(what))
        .collect();
    if !old.is_empty() {
        notices.push(notice("old_evidence", format!("Old: {}. Confirm by phone.", old.join(", "))));
    }
    notices
}
