//! One match or one provider left out in full, for the few that are shown: the words beside the numbers.

use crate::discharge::Notice;
use crate::evidence::{Fact, Tristate};
use crate::matching::acceptance::{UNLAWFUL, is_undated};
use crate::matching::candidate::{AreaMatch, Candidate};
use crate::matching::evidence_date::EvidenceDate;
use crate::matching::geography;
use crate::matching::network::{NetworkDecision, days_between};
use crate::matching::ranking::{CandidateEvaluator, ComponentScore, SortKey, reason_of};
use crate::matching::report::{
    Acceptance, AcceptanceVerdict, ExcludedProvider, Exclusion, Match, MatchAvailability, NetworkAnswer, NetworkStatus,
    ScorePart,
};
use crate::place::Precision;
use crate::profile::ScoreComponent;
use crate::provider::{OperatingStatus, Provider, QualityMeasure, ServiceLine};
use crate::service::{DeliveryMode, Service};

/// The match at `rank`; `None` when the directory cannot say who it is.
pub(crate) fn expand_match(judge: &CandidateEvaluator<'_>, candidate: &Candidate, key: SortKey, rank: u32) -> Option<Match> {
    let provider = judge.directory.provider(candidate.line)?;
    let line = provider.line(judge.discharge.service)?;
    let network = judge.network.answer(candidate, line);
    let acceptance = judge.demand.answer(candidate, judge.directory.stated(candidate.stated), line);
    let notices = notices(judge, candidate, &provider, line, &network, &acceptance);
    let because = summary_sentence(judge, candidate, &network, &acceptance, line);
    Some(Match {
        rank,
        line: candidate.line,
        fit: key.fit,
        score: key.score.0,
        parts: parts(judge, candidate, line),
        distance: candidate.distance,
        serves: candidate.serves,
        availability: availability(candidate, line, &network),
        outcomes: candidate.outcomes,
        network,
        acceptance,
        notices,
        because,
        provider,
    })
}

/// What the line says of room, and where it is silent the payer's directory of new patients.
fn availability(candidate: &Candidate, line: &ServiceLine, network: &NetworkAnswer) -> MatchAvailability {
    let by_line = || line.availability.as_ref().map(|fact| fact.evidence.clone());
    match (candidate.availability, network.new_patients) {
        (Tristate::Unknown, Tristate::Unknown) => MatchAvailability { answer: Tristate::Unknown, evidence: None, days: None },
        (Tristate::Unknown, answer) => MatchAvailability { answer, evidence: network.evidence.clone(), days: None },
        (answer, _) => MatchAvailability { answer, evidence: by_line(), days: line.room_days },
    }
}

/// A provider in reach that is not a match, with the one reason it is counted under.
pub(crate) fn left_out(judge: &CandidateEvaluator<'_>, candidate: &Candidate) -> Option<ExcludedProvider> {
    let provider = judge.directory.provider(candidate.line)?;
    let line = provider.line(judge.discharge.service)?;
    let bar = exclusions(judge, candidate, &provider, line).into_iter().min_by_key(|bar| bar.reason)?;
    Some(ExcludedProvider { distance: candidate.distance, bar, provider })
}

/// Every single thing that keeps a line from being a match, in the order of [`crate::matching::report::ExclusionReason`].
pub(crate) fn exclusions(
    judge: &CandidateEvaluator<'_>,
    candidate: &Candidate,
    provider: &Provider,
    line: &ServiceLine,
) -> Vec<Exclusion> {
    let standing = reason_of(candidate.standing).map(|reason| Exclusion {
        reason,
        why: standing(candidate.standing).to_owned(),
        evidence: line.standing_by.clone(),
    });
    let reach = geography::exclusion(judge.discharge, candidate, provider, line);
    let refusals = judge.demand.exclusions(candidate, judge.directory.stated(candidate.stated), line);
    let mut bars: Vec<Exclusion> = standing.into_iter().chain(reach).chain(refusals).collect();
    bars.sort_by_key(|bar| bar.reason);
    bars
}

fn standing(standing: OperatingStatus) -> &'static str {
    match standing {
        OperatingStatus::Open => "it is open",
        OperatingStatus::Closed => "it has closed",
        OperatingStatus::NotCertified => "its certification has ended",
        OperatingStatus::ExcludedByOig => "the Office of Inspector General excludes it from federal programs",
    }
}

fn parts(judge: &CandidateEvaluator<'_>, candidate: &Candidate, line: &ServiceLine) -> Vec<ScorePart> {
    let covered = judge.network.decide(candidate);
    let full = |value: ComponentScore| ScorePart {
        part: value.part,
        value: value.value,
        weight: value.weight,
        points: value.points,
        unknown: value.unknown,
        why: why(judge, candidate, line, value.part, covered),
    };
    judge.parts(candidate, covered).into_iter().map(full).collect()
}

fn why(
    judge: &CandidateEvaluator<'_>,
    candidate: &Candidate,
    line: &ServiceLine,
    part: ScoreComponent,
    covered: NetworkDecision,
) -> String {
    match part {
        ScoreComponent::Closeness => match (candidate.distance, judge.discharge.within) {
            (Some(miles), Some(radius)) => format!("{miles} of {} miles", radius.value()),
            _ => "no position".to_owned(),
        },
        ScoreComponent::Quality => quality(judge.discharge.service, line),
        ScoreComponent::PreferredNeeds => match judge.demand.preferences(candidate) {
            (0, ..) => "none asked".to_owned(),
            (asked, yes, 0) => format!("{yes} of {asked} met"),
            (asked, yes, unknown) => format!("{yes} of {asked} met, {unknown} unknown"),
        },
        ScoreComponent::Availability => room(candidate.availability, line, judge.network.new_patients(covered)),
        ScoreComponent::Freshness => match judge.oldest(candidate, covered) {
            None => "rests on no dated answer".to_owned(),
            Some(EvidenceDate::Undated) => "rests on a source without a date".to_owned(),
            Some(EvidenceDate::Of(day)) => match days_between(day, judge.discharge.asked_on) {
                ..=0 => format!("oldest evidence is of {day}"),
                1 => format!("oldest evidence is of {day}, 1 day old"),
                age => format!("oldest evidence is of {day}, {age} days old"),
            },
        },
        ScoreComponent::Outcomes => {
            candidate.outcomes.map_or_else(|| "too few referrals known".to_owned(), |known| known.to_string())
        }
    }
}

/// "has room 22 Nov to 24 Nov, 2 beds".
fn room(said: Tristate, line: &ServiceLine, new_patients: Tristate) -> String {
    let days = line.room_days.map(|days| format!(" {days}")).unwrap_or_default();
    match (said, new_patients) {
        (Tristate::Yes, _) => format!("has room{days}"),
        (Tristate::No, _) => format!("has no room{days}"),
        (Tristate::Unknown, Tristate::Yes) => "the payer's directory says it takes new patients".to_owned(),
        (Tristate::Unknown, Tristate::No) => "the payer's directory says it takes no new patients".to_owned(),
        (Tristate::Unknown, Tristate::Unknown) => "nobody has said whether there is room".to_owned(),
    }
}

fn quality(service: Service, line: &ServiceLine) -> String {
    let Some(fact) = &line.rating else {
        let unrated = "not rated by CMS";
        return if QualityMeasure::of(service).is_some() { unrated } else { "CMS publishes no single measure" }.to_owned();
    };
    let (_, top) = fact.value.measure.scale_tenths();
    let unit = if fact.value.measure == QualityMeasure::HospiceCareIndex { "on the Hospice Care Index" } else { "stars" };
    format!("{} of {} {unit}", fact.value, top / 10)
}

fn notices(
    judge: &CandidateEvaluator<'_>,
    candidate: &Candidate,
    provider: &Provider,
    line: &ServiceLine,
    network: &NetworkAnswer,
    acceptance: &Acceptance,
) -> Vec<Notice> {
    let mut notices = Vec::new();
    let mut notice = |code, text: String| notices.push(Notice { code, text });
    let comes = judge.discharge.geography() == DeliveryMode::ProviderComes;
    if comes && candidate.serves == AreaMatch::NotPublished {
        let radius = judge.discharge.profile.assumed_radius;
        let text = format!("It publishes no service area; it is taken to come {radius} miles. Ask before you refer.");
        notice("service_area_not_published", text);
    }
    let precision = provider.position.as_ref().map(|position| position.value.precision);
    if let (false, Some(stands_for)) = (comes, precision.and_then(in_words)) {
        notice("position_not_exact", format!("The distance is measured to {stands_for}."));
    }
    if acceptance.answers.iter().any(|answer| answer.note.as_deref() == Some(UNLAWFUL)) {
        notice("unlawful_refusal", UNLAWFUL.to_owned());
    }
    let mut evidence = acceptance.answers.iter().map(|a| a.evidence.as_ref()).chain([network.evidence.as_ref()]);
    if evidence.any(is_undated) {
        notice("undated_evidence", "Some of this rests on a source without a date.".to_owned());
    }
    if line.medicare.as_ref().is_some_and(|fact| !fact.value) {
        notice("not_medicare", "It is not certified for Medicare.".to_owned());
    }
    if network.new_patients == Tristate::No {
        notice("no_new_patients", "The payer's directory says it takes no new patients in this network.".to_owned());
    }
    if let (true, Some(by)) = (network.low_confidence, &network.evidence) {
        let text = format!("The listing is from a source known to lag ({by}). Confirm it with the plan.");
        notice("low_confidence", text);
    }
    for Fact { value, evidence, .. } in &provider.suspected_exclusions {
        let text = format!(
            "It may be excluded from federal programs: {value} ({evidence}) agrees by name and address only. Look it up before you refer."
        );
        notice("possible_exclusion", text);
    }
    notices
}

/// What a position that is not a door stands for.
fn in_words(precision: Precision) -> Option<&'static str> {
    match precision {
        Precision::Address => None,
        Precision::Approximate => Some("a point found from part of its address"),
        Precision::Zip => Some("the middle of its ZIP code"),
        Precision::City => Some("the middle of its city"),
    }
}

/// One sentence on why a match stands where it stands: coverage, acceptance, place, quality.
fn summary_sentence(
    judge: &CandidateEvaluator<'_>,
    candidate: &Candidate,
    network: &NetworkAnswer,
    acceptance: &Acceptance,
    line: &ServiceLine,
) -> String {
    let coverage = match network.status {
        NetworkStatus::InNetwork => "In network",
        NetworkStatus::Unconfirmed => "Network not confirmed",
        NetworkStatus::PlanNotLoaded => "The plan's directory is not loaded",
        NetworkStatus::OutOfNetwork => "Out of network",
        NetworkStatus::NotAsked => "No plan asked",
    };
    let asked = acceptance.answers.iter().any(|answer| answer.required);
    let takes = match acceptance.verdict {
        AcceptanceVerdict::Accepts if !asked => "nothing special required",
        AcceptanceVerdict::Accepts => "accepts everything required",
        AcceptanceVerdict::Ask | AcceptanceVerdict::Declines => "some of what is required must be asked",
    };
    let place = match (judge.discharge.within, candidate.distance, candidate.serves) {
        (Some(_), Some(miles), _) => format!("{miles} miles away"),
        (_, _, AreaMatch::Yes) => format!("serves {}", judge.discharge.near.zip),
        _ => format!("may serve {}", judge.discharge.near.zip),
    };
    format!("{coverage}; {takes}; {place}; {}.", quality(judge.discharge.service, line))
}
