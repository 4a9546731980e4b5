//! Ranking: from one discharge and one directory to a report. Pure: no disk, no socket, no clock.
//!
//! Each question about a service line has a file of its own: can the patient get there, or it to the patient ([`geography`]); does the
//! coverage pay it ([`network`]); will it take the patient ([`acceptance`]); how likely is a yes ([`chance`]); what is its quality worth
//! ([`quality`]); where is it ordered ([`ranking`]); what would change that ([`suggest`]). [`rank`] puts the answers together into a
//! [`report()`], and [`explain`] answers for one provider. Nothing is decided after this module; everything later is a rendering.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::discharge::{Discharge, Notice, cursor_of};
use crate::matching::candidate::{Directory, LineId};
use crate::matching::evaluate::EvaluatedCandidates;
use crate::matching::questions::call_sheet_entry;
use crate::matching::report::{ExclusionReason, FitTier, Match, Report};
use crate::place::Miles;
use crate::provider::u64_prefix;

pub(crate) mod acceptance;
pub(crate) mod bundle;
pub mod candidate;
pub mod chance;
pub mod coverage_report;
pub mod differences;
pub(crate) mod evaluate;
pub(crate) mod expand;
pub mod explain;
pub(crate) mod freshness;
pub mod gap_evidence;
pub(crate) mod geography;
pub(crate) mod legal_notes;
pub mod listed_answer;
pub(crate) mod network;
pub(crate) mod notices;
pub(crate) mod quality;
pub(crate) mod questions;
pub(crate) mod ranking;
pub mod referral_chance;
pub(crate) mod remarks;
pub mod report;
pub mod requirement;
pub(crate) mod search;
pub(crate) mod suggest;

/// Answers one discharge from one directory; `remarks` are those of parsing.
pub fn rank(discharge: &Discharge, directory: &dyn Directory, remarks: &[Notice]) -> Report {
    report(discharge, directory, remarks, None)
}

/// The same with the first matches of one tier alone, which keep their ranks in the whole answer.
pub(crate) fn rank_tier(discharge: &Discharge, directory: &dyn Directory, remarks: &[Notice], tier: FitTier) -> Report {
    report(discharge, directory, remarks, Some(tier))
}

fn report(discharge: &Discharge, directory: &dyn Directory, remarks: &[Notice], tier: Option<FitTier>) -> Report {
    let judged = EvaluatedCandidates::evaluate(discharge, directory);
    let counts = judged.counts();
    let meets = counts.iter().filter(|(fit, _)| fit.meets_requirements()).map(|(_, count)| *count).sum();
    let matches = tier.map_or_else(|| judged.top_matches(), |tier| judged.top_of_tier(tier));
    let shown = discharge.offset.saturating_add(evaluate::count(matches.len()));
    let more = tier.is_none() && shown < judged.matched();
    Report {
        list_id: list_id(&judged.canonical_line, directory),
        left_out: judged.reasons(),
        left_out_list: discharge.list_left_out.then(|| judged.list_left_out()),
        suggestions: suggest::suggest(&judged, meets),
        call_sheet: matches.iter().filter_map(|found| call_sheet_entry(discharge, found)).collect(),
        network_gap: judged.network_gap(&counts),
        remarks: remarks.iter().cloned().chain(remarks::remarks(&judged)).collect(),
        next_cursor: more.then(|| cursor_of(&judged.canonical_line, directory.generation(), shown)),
        discharge: discharge.clone(),
        matches,
        counts,
    }
}

/// Every match of one discharge, on no page.
#[derive(Debug, Clone)]
pub struct EligibleCandidates {
    /// The matches asked for, best first.
    pub matches: Vec<Match>,
    /// How many match in all.
    pub matched: usize,
    /// How many are excluded, by reason.
    pub left_out: BTreeMap<ExclusionReason, u32>,
}

/// There are more matches than the limit.
#[derive(Debug, Clone)]
pub struct TooManyMatches {
    /// How far each of them lies, in no order.
    pub distances: Vec<Option<Miles>>,
}

/// Every match of one discharge in full, or those on the lines in `only`.
///
/// # Errors
/// More than `most` match; none is returned.
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
    Ok(EligibleCandidates { matches: judged.matches_on_lines(wanted), matched, left_out: judged.reasons() })
}

/// The id of the list for a discharge with this canonical line. The same question, directory, live statements, profile and engine
/// give the same id.
fn list_id(canonical_line: &str, directory: &dyn Directory) -> String {
    let mut hasher = Sha256::new();
    let statements = directory.ledger_position();
    let parts = [canonical_line, directory.generation(), env!("CARGO_PKG_VERSION")];
    for part in parts.into_iter().chain(statements.as_deref()) {
        hasher.update(part);
        hasher.update([0]);
    }
    format!("{:016x}", u64_prefix(&hasher.finalize()))
}
