//! Expands a ranked candidate, or an excluded one, into the full answer: words and evidence beside the numbers. Done only for the page
//! returned.

use std::borrow::Cow;

use jiff::civil::Date;

use crate::evidence::Tristate;
use crate::matching::candidate::{AreaMatch, Candidate};
use crate::matching::chance::{YesChance, room_chance};
use crate::matching::geography;
use crate::matching::network::{NetworkDecision, days_between};
use crate::matching::notices::notices;
use crate::matching::quality::counts_worse_outcome;
use crate::matching::ranking::{CandidateEvaluator, ComponentScore, MatchPlacement, reason_of};
use crate::matching::referral_chance::{QuestionChance, ReferralChance};
use crate::matching::report::{
    Acceptance, AcceptanceVerdict, ExcludedProvider, Exclusion, Match, MatchAvailability, NetworkAnswer, NetworkStatus,
    Points, ScorePart,
};
use crate::profile::ScoreComponent;
use crate::provider::quality::{QualityMeasure, SupportingMeasure};
use crate::provider::{OperatingStatus, Provider, ServiceLine};
use crate::service::Service;

/// The match at `rank`; `None` when the directory lacks the provider.
pub(crate) fn expand_match(
    evaluator: &CandidateEvaluator<'_>,
    candidate: &Candidate,
    placed: &MatchPlacement,
    rank: u32,
) -> Option<Match> {
    let provider = evaluator.directory.provider(candidate.line)?;
    let line = provider.line(evaluator.discharge.service)?;
    let network = evaluator.network.answer(candidate, line);
    let acceptance = evaluator.demand.answer(candidate, evaluator.directory.stated(candidate.stated), line);
    let notices = notices(evaluator, candidate, &provider, line, &network, &acceptance);
    let rating = rating(evaluator.discharge.service, line);
    let because = summary_sentence(evaluator, candidate, &network, &acceptance, &rating);
    let parts = parts(evaluator, candidate, placed.covered, line, &rating);
    let score = parts.iter().map(|part| part.points).sum();
    let chance = chance(evaluator, candidate, placed);
    Some(Match {
        rank,
        line: candidate.line,
        fit: placed.fit,
        tier: placed.tier,
        score,
        worth: Points::times(score, chance.chance),
        chance,
        parts,
        distance: candidate.distance,
        serves: candidate.serves,
        availability: availability(evaluator, candidate, line, &network),
        outcomes: candidate.outcomes().cloned(),
        network,
        acceptance,
        notices,
        because,
        provider,
    })
}

fn chance(evaluator: &CandidateEvaluator<'_>, candidate: &Candidate, placed: &MatchPlacement) -> ReferralChance {
    let open = evaluator.demand.open_questions(candidate, evaluator.directory.stated(candidate.stated));
    let question = |asked| {
        let YesChance { share, usual, counts } = evaluator.demand.chance_of(asked, candidate);
        QuestionChance { asked, share, counts, usual }
    };
    ReferralChance {
        likelihood: placed.likelihood,
        room: evaluator.room_chance(candidate),
        chance: evaluator.chance(candidate, placed),
        questions: open.into_iter().map(question).collect(),
        room_counts: room_chance(candidate, evaluator.usual_room).counts,
        usual_room: evaluator.usual_room,
    }
}

/// Availability as the provider states it; where it is silent, the payer's "accepting new patients".
fn availability(
    evaluator: &CandidateEvaluator<'_>,
    candidate: &Candidate,
    line: &ServiceLine,
    network: &NetworkAnswer,
) -> MatchAvailability {
    let on = evaluator.discharge.on;
    let by_line = || line.availability.as_ref().map(|fact| fact.evidence.clone());
    let (answer, evidence, days) = match (candidate.room_on(on), network.new_patients) {
        (Tristate::Unknown, Tristate::Unknown) => (Tristate::Unknown, None, None),
        (Tristate::Unknown, answer) => (answer, network.evidence.clone(), None),
        (answer, _) => (answer, by_line(), line.room_days),
    };
    MatchAvailability { answer, evidence, days, room_from: candidate.room_from(on) }
}

/// An excluded provider, with the one reason it is counted under.
pub(crate) fn left_out(evaluator: &CandidateEvaluator<'_>, candidate: &Candidate) -> Option<ExcludedProvider> {
    let provider = evaluator.directory.provider(candidate.line)?;
    let line = provider.line(evaluator.discharge.service)?;
    let bar = exclusions(evaluator, candidate, &provider, line).into_iter().min_by_key(|bar| bar.reason)?;
    Some(ExcludedProvider { distance: candidate.distance, bar, provider })
}

/// Every reason to exclude a line, in the order of [`crate::matching::report::ExclusionReason`].
pub(crate) fn exclusions(
    evaluator: &CandidateEvaluator<'_>,
    candidate: &Candidate,
    provider: &Provider,
    line: &ServiceLine,
) -> Vec<Exclusion> {
    let standing = reason_of(candidate.standing).map(|reason| Exclusion {
        reason,
        why: standing(candidate.standing).to_owned(),
        evidence: line.standing_by.clone(),
    });
    let reach = geography::exclusion(evaluator.discharge, candidate, provider, line);
    let refusals = evaluator.demand.exclusions(candidate, evaluator.directory.stated(candidate.stated), line);
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

fn parts(
    evaluator: &CandidateEvaluator<'_>,
    candidate: &Candidate,
    covered: NetworkDecision,
    line: &ServiceLine,
    rating: &str,
) -> Vec<ScorePart> {
    let mut parts = Vec::with_capacity(ScoreComponent::ALL.len());
    for ComponentScore { part, weight, value, unknown, points } in evaluator.parts(candidate, covered) {
        let why = match part {
            ScoreComponent::Closeness => closeness(evaluator, candidate),
            ScoreComponent::Quality => quality(evaluator, candidate, line, rating),
            ScoreComponent::PreferredNeeds => preferred_needs(evaluator, candidate),
            ScoreComponent::Availability => {
                room(candidate.room_on(evaluator.discharge.on), line, evaluator.network.new_patients(covered))
            }
            ScoreComponent::Freshness => freshness(evaluator, candidate, covered),
            ScoreComponent::Outcomes => {
                candidate.outcomes().map_or("too few referrals known".into(), |known| known.to_string().into())
            }
        };
        parts.push(ScorePart { part, value, weight, points, unknown, why });
    }
    parts
}

/// "4.2 miles; one half at 15 miles".
fn closeness(evaluator: &CandidateEvaluator<'_>, candidate: &Candidate) -> Cow<'static, str> {
    let half = evaluator.discharge.profile.half_closeness_miles.get(&evaluator.discharge.service);
    match (candidate.distance, half) {
        (Some(miles), Some(half)) => format!("{miles} miles; one half at {half} miles").into(),
        (Some(miles), None) => format!("{miles} miles").into(),
        (None, _) => "location unknown".into(),
    }
}

/// "1 of 2 met".
fn preferred_needs(evaluator: &CandidateEvaluator<'_>, candidate: &Candidate) -> Cow<'static, str> {
    match evaluator.demand.preferences(candidate) {
        (0, ..) => "none asked".into(),
        (asked, yes, 0) => format!("{yes} of {asked} met").into(),
        (asked, yes, unknown) => format!("{yes} of {asked} met, {unknown} unknown").into(),
    }
}

/// "2 of 3 answers are known, the oldest 12 days old".
fn freshness(evaluator: &CandidateEvaluator<'_>, candidate: &Candidate, covered: NetworkDecision) -> Cow<'static, str> {
    let (mut asked, mut dated, mut oldest) = (0, 0, None::<Date>);
    for day in evaluator.evidence_days(candidate, covered) {
        asked += 1;
        dated += usize::from(day.is_some());
        oldest = oldest.into_iter().chain(day).min();
    }
    match (asked, oldest.map(|day| days_between(day, evaluator.discharge.asked_on).max(0))) {
        (0, _) => "nothing asked".into(),
        (_, None) => "no dated answer".into(),
        (_, Some(1)) => format!("{dated} of {asked} answers are dated; the oldest is 1 day old").into(),
        (_, Some(age)) => format!("{dated} of {asked} answers are dated; the oldest is {age} days old").into(),
    }
}

/// "beds available Nov 22 to Nov 24, 2 beds".
fn room(stated: Tristate, line: &ServiceLine, new_patients: Tristate) -> Cow<'static, str> {
    let text = match (stated, new_patients) {
        (Tristate::Yes, _) => "beds available",
        (Tristate::No, _) => "no room",
        (Tristate::Unknown, Tristate::Yes) => "the payer's directory says it takes new patients",
        (Tristate::Unknown, Tristate::No) => "the payer's directory says it takes no new patients",
        (Tristate::Unknown, Tristate::Unknown) => "bed availability not reported",
    };
    match line.room_days.filter(|_| stated != Tristate::Unknown) {
        Some(days) => format!("{text} {days}").into(),
        None => text.into(),
    }
}

/// The quality of a line in words: its `rating`, and each rule that changed its value.
fn quality(evaluator: &CandidateEvaluator<'_>, candidate: &Candidate, line: &ServiceLine, rating: &str) -> Cow<'static, str> {
    let published = candidate.published;
    let mut words = rating.to_owned();
    let mut add = |rule: &str| words.extend(["; ", rule]);
    if let Some(fact) = line.measures.get(&SupportingMeasure::FamilyCaregiverStar) {
        add(&format!("{} of 5 family caregiver stars", fact.value));
    }
    if published.old_rating {
        add("old or undated, so it counts half way to neutral");
    }
    if published.abuse_icon {
        add("cited for abuse");
    }
    if counts_worse_outcome(evaluator.discharge.service, published) {
        add("a readmission or infection rate is worse than the nation");
    }
    words.into()
}

/// "4 of 5 stars", or why there is no rating.
fn rating(service: Service, line: &ServiceLine) -> Cow<'static, str> {
    match (&line.rating_gap, &line.rating) {
        (Some(gap), _) => gap.value.label().into(),
        (None, Some(fact)) => fact.value.in_words().into(),
        (None, None) if QualityMeasure::of(service).is_some() => "not rated by CMS".into(),
        (None, None) => "CMS publishes no rating".into(),
    }
}

/// One sentence on why a match is ranked where it is: coverage, acceptance, place, quality.
fn summary_sentence(
    evaluator: &CandidateEvaluator<'_>,
    candidate: &Candidate,
    network: &NetworkAnswer,
    acceptance: &Acceptance,
    rating: &str,
) -> String {
    let coverage = match network.status {
        NetworkStatus::InNetwork => "In network",
        NetworkStatus::Certified => "Certified",
        NetworkStatus::Unconfirmed => "Coverage not confirmed",
        NetworkStatus::PlanNotLoaded => "The plan's directory is not loaded",
        NetworkStatus::OutOfNetwork => "Out of network",
        NetworkStatus::NotCertified => "Not certified",
        NetworkStatus::NotAsked => "Coverage not checked",
    };
    let asked = acceptance.answers.iter().any(|answer| answer.required);
    let takes = match acceptance.verdict {
        AcceptanceVerdict::Accepts if !asked => "nothing special required",
        AcceptanceVerdict::Accepts => "accepts everything required",
        AcceptanceVerdict::Ask | AcceptanceVerdict::Declines => "call to confirm what is required",
    };
    let zip = evaluator.discharge.near.zip;
    match (evaluator.discharge.within, candidate.distance, candidate.serves) {
        (Some(_), Some(miles), _) => format!("{coverage}; {takes}; {miles} miles away; {rating}."),
        (_, _, AreaMatch::Yes) => format!("{coverage}; {takes}; serves {zip}; {rating}."),
        _ => format!("{coverage}; {takes}; may serve {zip}; {rating}."),
    }
}
