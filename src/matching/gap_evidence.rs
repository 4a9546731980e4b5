//! The evidence that a plan's network cannot take a patient, provider by provider, or why there is no such evidence.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use crate::coverage::{Coverage, Network};
use crate::discharge::deciding_payer::DecidingPayer;
use crate::discharge::{Discharge, WIDEST};
use crate::evidence::Tristate;
use crate::matching::candidate::{Candidate, Directory};
use crate::matching::evaluate::{EvaluatedCandidates, count};
use crate::matching::network::networks;
use crate::matching::report::{AcceptanceVerdict, Exclusion, ExclusionReason, FitTier, Match, NetworkAnswer, NetworkStatus};
use crate::matching::{expand, remarks};
use crate::place::Miles;
use crate::provider::Provider;
use crate::service::DeliveryMode;

/// How many providers out of network that can take the patient are named. Our choice: a plan needs one, and a patient a choice.
pub const MOST_CAPABLE: usize = 5;

/// How many providers in network are named if one of them meets the question. Our choice.
const MOST_NAMED: usize = 5;

/// What is known where nobody in network meets the question.
#[derive(Debug, Clone)]
pub struct GapEvidence {
    /// How many providers in reach were checked, in network or not.
    pub checked: u32,
    /// How many of them there are of each fit.
    pub counts: BTreeMap<FitTier, u32>,
    /// How many of them are excluded, by reason.
    pub left_out: BTreeMap<ExclusionReason, u32>,
    /// Every one that the plan lists, on whatever terms, the nearest first; of a service that comes to the patient by name.
    pub listed: Vec<CheckedProvider>,
    /// The nearest out of network that accept everything required and do not say that they are full.
    pub capable: Vec<Match>,
    /// How far was looked for these; `None` for a service that comes to the patient.
    pub capable_within: Option<Miles>,
}

impl GapEvidence {
    /// How many are in network and have not said whether they take everything required.
    pub fn unanswered(&self) -> u32 {
        self.counts.get(&FitTier::AskProvider).copied().unwrap_or(0)
    }
}

/// A provider that the plan lists, and why it does not meet the question.
#[derive(Debug, Clone)]
pub struct CheckedProvider {
    /// The provider.
    pub provider: Arc<Provider>,
    /// Miles from the middle of the search.
    pub distance: Option<Miles>,
    /// Its status in the network.
    pub network: NetworkAnswer,
    /// Why it does not meet the question.
    pub finding: GapFinding,
}

/// Why a provider does not meet the question.
#[derive(Debug, Clone)]
pub enum GapFinding {
    /// Every reason that excludes it, first the one it is counted under.
    Excluded(Vec<Exclusion>),
    /// It is a match, but something is open, or it has no room.
    Unmet(Box<Match>),
}

impl GapFinding {
    /// The reason that it is counted under, as a code.
    pub fn code(&self) -> String {
        match self {
            Self::Excluded(bars) => bars.first().map(|bar| bar.reason.code()).unwrap_or_default(),
            Self::Unmet(found) => found.fit.code().to_owned(),
        }
    }
}

/// Why there is no evidence of a gap.
#[derive(Debug, Clone)]
pub enum NoGapEvidence {
    /// No network of a plan decides who is covered.
    NoPlan,
    /// No source lists the service there, as a sentence.
    NoSource(String),
    /// No directory of the plan is loaded.
    PlanNotLoaded(String),
    /// No provider of the service is in reach.
    NothingChecked,
    /// Somebody in network meets the question: how many, and the first of them.
    NetworkMeets(u32, Vec<Arc<Provider>>),
    /// A list of the plan is old or has no date: its network, its day, and after how many days it is old.
    DirectoryOld(String, Option<Date>, u32),
    /// A list of the plan is not known to be complete, so that it does not show who is out of network.
    DirectoryIncomplete(String),
    /// More providers in network were checked than a packet may hold; the distance of each.
    TooMany(Vec<Option<Miles>>),
}

/// The evidence for `discharge`, with at most `most` providers that the plan lists.
///
/// # Errors
/// There is no evidence; the first reason, from what no request can change to what a newer directory repairs.
pub fn gap_evidence(discharge: &Discharge, directory: &dyn Directory, most: usize) -> Result<GapEvidence, NoGapEvidence> {
    let plan = discharge.coverage.as_ref().map(Coverage::name).unwrap_or_default();
    let is_known = match discharge.deciding_payer() {
        DecidingPayer::Networks => !networks(discharge).is_empty(),
        DecidingPayer::UnknownPlan => false,
        _ => return Err(NoGapEvidence::NoPlan),
    };
    let judged = EvaluatedCandidates::evaluate(discharge, directory);
    if let Some(notice) = remarks::not_loaded(&judged) {
        return Err(NoGapEvidence::NoSource(notice.text));
    }
    if !is_known {
        return Err(NoGapEvidence::PlanNotLoaded(plan));
    }
    let checked = count(judged.in_reach());
    if checked == 0 {
        return Err(NoGapEvidence::NothingChecked);
    }
    let counts = judged.counts();
    let meeting = counts.iter().filter(|(fit, _)| fit.meets_requirements()).map(|(_, count)| *count).sum();
    if meeting > 0 {
        let first = judged.top_matches().into_iter().filter(|found| found.fit.meets_requirements());
        return Err(NoGapEvidence::NetworkMeets(meeting, first.take(MOST_NAMED).map(|found| found.provider).collect()));
    }
    check_lists(&judged)?;
    let listed = listed(&judged, most)?;
    let (capable, capable_within) = nearest_capable(&judged);
    let left_out = judged.reasons();
    Ok(GapEvidence { checked, counts, left_out, listed, capable, capable_within })
}

/// Whether each list of the plan shows who is out of network: complete and recent. One that can never be trusted is reported first.
fn check_lists(judged: &EvaluatedCandidates<'_>) -> Result<(), NoGapEvidence> {
    let evaluator = &judged.evaluator;
    let plans = evaluator.directory.plans();
    let known: Vec<(&Network, NetworkStatus)> = networks(evaluator.discharge)
        .iter()
        .filter_map(|key| Some((plans.network(*key)?, evaluator.network.status_if_absent(*key))))
        .collect();
    let of = |status| known.iter().find(|(_, found)| *found == status).map(|(network, _)| *network);
    if let Some(network) = of(NetworkStatus::PlanNotLoaded) {
        return Err(NoGapEvidence::DirectoryIncomplete(network.name.clone()));
    }
    match of(NetworkStatus::Unconfirmed) {
        Some(network) => {
            let days = evaluator.discharge.profile.directory_days;
            Err(NoGapEvidence::DirectoryOld(network.name.clone(), network.evidence.as_of, days))
        }
        None => Ok(()),
    }
}

/// Every provider in reach that the plan lists.
fn listed(judged: &EvaluatedCandidates<'_>, most: usize) -> Result<Vec<CheckedProvider>, NoGapEvidence> {
    let network = &judged.evaluator.network;
    let is_listed = |candidate: &Candidate| {
        matches!(network.decide(candidate).status, NetworkStatus::InNetwork | NetworkStatus::Unconfirmed)
    };
    let unmet = judged.placed().filter(|(_, candidate)| is_listed(candidate));
    let excluded = judged.excluded().filter(|candidate| is_listed(candidate));
    let distances: Vec<Option<Miles>> =
        unmet.clone().map(|(_, candidate)| candidate).chain(excluded.clone()).map(|candidate| candidate.distance).collect();
    if distances.len() > most {
        return Err(NoGapEvidence::TooMany(distances));
    }
    let of_match = |found: Match| CheckedProvider {
        provider: Arc::clone(&found.provider),
        distance: found.distance,
        network: found.network.clone(),
        finding: GapFinding::Unmet(Box::new(found)),
    };
    let unmet = unmet.filter_map(|(placed, candidate)| expand::expand_match(&judged.evaluator, candidate, placed, 0));
    let excluded = excluded.filter_map(|candidate| excluded_provider(judged, candidate));
    let mut listed: Vec<CheckedProvider> = unmet.map(of_match).chain(excluded).collect();
    let travels = judged.evaluator.discharge.geography() == DeliveryMode::PatientTravels;
    listed.sort_by_cached_key(|checked| {
        let distance = checked.distance.filter(|_| travels);
        (travels && distance.is_none(), distance, checked.provider.name.value.clone(), checked.provider.id.clone())
    });
    Ok(listed)
}

fn excluded_provider(judged: &EvaluatedCandidates<'_>, candidate: &Candidate) -> Option<CheckedProvider> {
    let evaluator = &judged.evaluator;
    let provider = evaluator.directory.provider(candidate.line)?;
    let line = provider.line(evaluator.discharge.service)?;
    let network = evaluator.network.answer(candidate, line);
    let finding = GapFinding::Excluded(expand::exclusions(evaluator, candidate, &provider, line));
    Some(CheckedProvider { distance: candidate.distance, network, finding, provider })
}

/// The nearest out of network that can take the patient, and how far was looked: if nobody in reach can, twice as far, and so on.
fn nearest_capable(judged: &EvaluatedCandidates<'_>) -> (Vec<Match>, Option<Miles>) {
    let evaluator = &judged.evaluator;
    let mut within = evaluator.discharge.within;
    let mut found = capable(judged);
    while found.is_empty()
        && let Some(wider) = within.and_then(twice_as_far)
    {
        let discharge = Discharge { within: Some(wider), ..evaluator.discharge.clone() };
        found = capable(&EvaluatedCandidates::evaluate(&discharge, evaluator.directory));
        within = Some(wider);
    }
    (found, within)
}

/// Twice as far, up to the widest radius of a question.
fn twice_as_far(within: Miles) -> Option<Miles> {
    if within.value() >= WIDEST { None } else { Miles::new((within.value() * 2.0).clamp(1.0, WIDEST)) }
}

fn capable(judged: &EvaluatedCandidates<'_>) -> Vec<Match> {
    let evaluator = &judged.evaluator;
    let can_take = |candidate: &Candidate| {
        let stated = evaluator.directory.stated(candidate.stated);
        evaluator.demand.decide(candidate, stated).verdict == AcceptanceVerdict::Accepts
            && candidate.room_on(evaluator.discharge.on) != Tristate::No
    };
    let out = judged.placed().filter(|(placed, candidate)| placed.fit == FitTier::OutOfNetwork && can_take(candidate));
    let mut nearest: Vec<_> = out.collect();
    nearest.sort_by_key(|(_, candidate)| (candidate.distance.is_none(), candidate.distance, candidate.line));
    let full = |((placed, candidate), rank)| expand::expand_match(evaluator, candidate, placed, rank);
    nearest.into_iter().take(MOST_CAPABLE).zip(1..).filter_map(full).collect()
}
