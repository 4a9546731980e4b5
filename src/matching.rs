//! Ranking: from one discharge and one directory to a report. Pure: no disk, no socket, no clock.
//!
//! Five questions are put to every line of the service, each in a file of its own: can the patient get it or it the patient
//! ([`geography`]), does the plan cover it ([`network`]), will it take the patient ([`acceptance`]), where does it stand among
//! the others ([`ranking`]), and what would change that ([`suggest`]). [`rank`] puts the answers together into a [`report`],
//! and [`explain`] answers for one provider. Nothing is decided after this module; everything later is a rendering.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::coverage::Coverage;
use crate::discharge::{Discharge, Notice};
use crate::evidence::Tristate;
use crate::matching::candidate::{Directory, LineId};
use crate::matching::evaluate::EvaluatedCandidates;
use crate::matching::report::{AcceptanceAnswer, CallSheetEntry, ExclusionReason, FitTier, Match, Report};
use crate::place::Miles;
use crate::provider::u64_prefix;

pub(crate) mod acceptance;
pub(crate) mod bundle;
pub mod candidate;
pub(crate) mod evaluate;
pub(crate) mod evidence_date;
pub(crate) mod expand;
pub mod explain;
pub(crate) mod geography;
pub(crate) mod network;
pub(crate) mod ranking;
pub mod report;
pub(crate) mod suggest;

/// Answers one discharge from one directory; `remarks` are what parsing had to say.
pub fn rank(discharge: &Discharge, directory: &dyn Directory, remarks: &[Notice]) -> Report {
    let judged = EvaluatedCandidates::evaluate(discharge, directory);
    let counts = judged.counts();
    let ready = counts.get(&FitTier::Ready).copied().unwrap_or(0);
    let matches = judged.top_matches();
    let shown = discharge.offset.saturating_add(evaluate::count(matches.len()));
    let more = shown < judged.matched();
    Report {
        list_id: list_id(discharge, directory),
        left_out: judged.reasons(),
        left_out_list: discharge.list_left_out.then(|| judged.list_left_out()),
        suggestions: suggest::suggest(&judged.judge, &judged.candidates, ready, &judged.silent),
        call_sheet: matches.iter().filter_map(|found| call_sheet_entry(discharge, found)).collect(),
        network_gap: judged.network_gap(&counts),
        remarks: remarks.iter().cloned().chain(no_source(discharge, directory)).collect(),
        next_cursor: more.then(|| discharge.cursor(directory.generation(), shown)),
        discharge: discharge.clone(),
        matches,
        counts,
    }
}

/// Everybody who fits one discharge, on no page.
#[derive(Debug, Clone)]
pub struct EligibleCandidates {
    /// The matches that were wanted, best first.
    pub matches: Vec<Match>,
    /// How many match in all.
    pub matched: usize,
    /// How many were left out, by reason.
    pub left_out: BTreeMap<ExclusionReason, u32>,
}

/// More match than were to be given.
#[derive(Debug, Clone)]
pub struct TooManyMatches {
    /// How far each of them lies, in no order.
    pub distances: Vec<Option<Miles>>,
}

/// Everybody who fits one discharge, in full, or of them those on the lines in `only`.
///
/// # Errors
/// More than `most` would be given in full; none is then.
pub fn everybody(
    discharge: &Discharge,
    directory: &dyn Directory,
    only: Option<&BTreeSet<LineId>>,
    most: usize,
) -> Result<EligibleCandidates, TooManyMatches> {
    let judged = EvaluatedCandidates::evaluate(discharge, directory);
    let matched = judged.matched() as usize;
    if only.is_none() && matched > most {
        return Err(TooManyMatches { distances: judged.distances() });
    }
    let wanted = |line: LineId| only.is_none_or(|only| only.contains(&line));
    Ok(EligibleCandidates { matches: judged.those(wanted), matched, left_out: judged.reasons() })
}

/// What the list is called: the same question, directory, profile and engine give the same list, until something more is reported.
fn list_id(discharge: &Discharge, directory: &dyn Directory) -> String {
    let mut hasher = Sha256::new();
    let told = directory.ledger_position();
    let parts = [&discharge.canonical_line(), directory.generation(), env!("CARGO_PKG_VERSION")];
    for part in parts.into_iter().chain(told.as_deref()) {
        hasher.update(part);
        hasher.update([0]);
    }
    format!("{:016x}", u64_prefix(&hasher.finalize()))
}

/// An empty list from a directory that never heard of the service is not an answer.
fn no_source(discharge: &Discharge, directory: &dyn Directory) -> Option<Notice> {
    let text = format!(
        "No source of {} is loaded: that nobody is listed says nothing about who is there.",
        discharge.service.label().to_lowercase()
    );
    (!directory.holds(discharge.service)).then_some(Notice { code: "service_not_loaded", text })
}

/// What to ask a provider that is not ready but may become so, or that is said to take no new patients; `None` for one that
/// is ready or out of network.
fn call_sheet_entry(discharge: &Discharge, found: &Match) -> Option<CallSheetEntry> {
    let full = found.network.new_patients == Tristate::No;
    let plan = match found.fit {
        FitTier::OutOfNetwork => return None,
        FitTier::Ready if !full => return None,
        FitTier::Ready | FitTier::AskProvider => None,
        FitTier::AskPlan => Some(plan_question(discharge)),
    };
    let open = |answer: &&AcceptanceAnswer| answer.required && answer.answer != Tristate::Yes;
    let asked = found.acceptance.answers.iter().filter(open);
    let network = found.network.network.as_deref().unwrap_or("the plan");
    let new = full.then(|| format!("Do you take new patients of {network}? (The payer's directory says no.)"));
    let asked = asked.map(|a| acceptance::question(a.asked, &discharge.patient));
    let questions = plan.into_iter().chain(new).chain(asked).collect();
    Some(CallSheetEntry { rank: found.rank, provider: found.provider.clone(), questions })
}

fn plan_question(discharge: &Discharge) -> String {
    let on = discharge.on;
    match &discharge.coverage {
        Some(Coverage::Networks { name, .. }) => format!("Are you in network for {name} on {on}? (Ask the plan too.)"),
        Some(Coverage::Medicaid(state)) => format!("Does {state} Medicaid pay your services on {on}?"),
        Some(Coverage::Medicare) => format!("Are you certified for Medicare on {on}?"),
        None | Some(Coverage::SelfPay) => format!("Can you take the patient on {on}?"),
    }
}
