//! Every candidate of one discharge, judged: counts, the page in order, who was left out and why.

use std::collections::BTreeMap;

use crate::discharge::{Discharge, MOST_SHOWN};
use crate::matching::candidate::{Candidate, Directory, LineId};
use crate::matching::network::NetworkDecision;
use crate::matching::ranking::{CandidateEvaluator, CandidateOutcome, SortKey};
use crate::matching::report::{
    AcceptanceVerdict, ExcludedProvider, ExclusionReason, FitTier, Match, NetworkGap, Requirement,
};
use crate::matching::suggest::search;
use crate::matching::{expand, geography, network};
use crate::place::Miles;

/// Every candidate of one discharge, judged.
pub(crate) struct EvaluatedCandidates<'a> {
    pub(crate) judge: CandidateEvaluator<'a>,
    pub(crate) candidates: Vec<Candidate>,
    /// The matches, in the order of their candidates.
    standing: Vec<StandingMatch>,
    left_out: Vec<(ExclusionReason, usize)>,
    /// For each thing asked, how many would be ready had they not been silent on it alone.
    pub(crate) silent: BTreeMap<Requirement, u32>,
}

/// A match: its fit, and the place of its candidate.
struct StandingMatch {
    fit: FitTier,
    covered: NetworkDecision,
    at: usize,
}

impl<'a> EvaluatedCandidates<'a> {
    pub(crate) fn evaluate(discharge: &'a Discharge, directory: &'a dyn Directory) -> Self {
        let horizon = geography::search_radius(discharge);
        let candidates = horizon.map(|miles| directory.candidates(&search(discharge, miles))).unwrap_or_default();
        let judge = CandidateEvaluator::new(discharge, directory);
        let (mut standing, mut left_out, mut silent) = (Vec::with_capacity(candidates.len()), Vec::new(), BTreeMap::new());
        for (at, candidate) in candidates.iter().enumerate() {
            match judge.judge(candidate) {
                CandidateOutcome::Stands(fit, covered, only_unknown) => {
                    standing.push(StandingMatch { fit, covered, at });
                    if let Some(asked) = only_unknown {
                        *silent.entry(asked).or_default() += 1;
                    }
                }
                CandidateOutcome::LeftOut(reason) => left_out.push((reason, at)),
                CandidateOutcome::Beyond => {}
            }
        }
        Self { judge, candidates, standing, left_out, silent }
    }

    pub(crate) fn counts(&self) -> BTreeMap<FitTier, u32> {
        let mut counts = [0; FitTier::ALL.len()];
        for standing in &self.standing {
            counts[standing.fit as usize] += 1;
        }
        FitTier::ALL.into_iter().zip(counts).collect()
    }

    /// How many matches there are.
    pub(crate) fn matched(&self) -> u32 {
        count(self.standing.len())
    }

    fn key(&self, standing: &StandingMatch) -> SortKey {
        self.judge.key(&self.candidates[standing.at], standing.fit, standing.covered)
    }

    /// The first `count` matches in order, each with the place of its candidate. The fit comes first in the order, so that the scores of
    /// those whose fit is too low to be among them are not worked out.
    fn select_top(&self, count: usize) -> Vec<(SortKey, usize)> {
        let counts = self.counts();
        let up_to = |last: &FitTier| counts.range(..=last).map(|(_, matches)| *matches as usize).sum::<usize>();
        let last = FitTier::ALL.into_iter().find(|fit| up_to(fit) >= count);
        let may_be_shown = |standing: &&StandingMatch| last.is_none_or(|last| standing.fit <= last);
        let mut first: Vec<(SortKey, usize)> =
            self.standing.iter().filter(may_be_shown).map(|standing| (self.key(standing), standing.at)).collect();
        if count < first.len() {
            first.select_nth_unstable(count);
            first.truncate(count);
        }
        first.sort_unstable();
        first
    }

    /// How many matches there are, and the place from 1 of `key`, had they been put in order.
    pub(crate) fn place_of(&self, key: SortKey) -> (u32, u32) {
        let is_before = |other: &&StandingMatch| other.fit < key.fit || (other.fit == key.fit && self.key(other) < key);
        (self.matched(), count(self.standing.iter().filter(is_before).count()) + 1)
    }

    pub(crate) fn top_matches(&self) -> Vec<Match> {
        let (offset, limit) = (self.judge.discharge.offset, self.judge.discharge.limit);
        let skip = offset as usize;
        let page = self.select_top(skip.saturating_add(limit as usize)).into_iter().skip(skip);
        let ranked = page.zip(offset.saturating_add(1)..);
        ranked.filter_map(|((key, at), rank)| expand::expand_match(&self.judge, &self.candidates[at], key, rank)).collect()
    }

    /// How far each match lies, in no order.
    pub(crate) fn distances(&self) -> Vec<Option<Miles>> {
        self.standing.iter().map(|standing| self.candidates[standing.at].distance).collect()
    }

    /// The matches on the lines that are `wanted`, in order and in full.
    pub(crate) fn those(&self, wanted: impl Fn(LineId) -> bool) -> Vec<Match> {
        let ranked = self
            .select_top(self.standing.len())
            .into_iter()
            .zip(1..)
            .filter(|((_, at), _)| wanted(self.candidates[*at].line));
        let shown =
            |((key, at), rank): ((SortKey, usize), u32)| expand::expand_match(&self.judge, &self.candidates[at], key, rank);
        ranked.filter_map(shown).collect()
    }

    pub(crate) fn reasons(&self) -> BTreeMap<ExclusionReason, u32> {
        let mut reasons = BTreeMap::new();
        for (reason, _) in &self.left_out {
            *reasons.entry(*reason).or_default() += 1;
        }
        reasons
    }

    pub(crate) fn list_left_out(&self) -> Vec<ExcludedProvider> {
        let mut nearest: Vec<&Candidate> = self.left_out.iter().map(|(_, at)| &self.candidates[*at]).collect();
        nearest.sort_by_key(|candidate| (candidate.distance.is_none(), candidate.distance, candidate.line));
        nearest.truncate(MOST_SHOWN as usize);
        nearest.into_iter().filter_map(|candidate| expand::left_out(&self.judge, candidate)).collect()
    }

    /// The counted evidence that nothing in network can take the patient; `None` when something is ready or no plan was asked.
    pub(crate) fn network_gap(&self, counts: &BTreeMap<FitTier, u32>) -> Option<NetworkGap> {
        let asked = network::is_asked(self.judge.discharge);
        if !asked || counts.get(&FitTier::Ready).is_some_and(|ready| *ready > 0) {
            return None;
        }
        let fits = counts.iter().filter(|(_, n)| **n > 0).map(|(fit, n)| (fit.code().to_owned(), *n));
        let reasons = self.reasons().into_iter().map(|(reason, n)| (reason.code(), n));
        let not_covered = self.standing.iter().filter(|standing| standing.fit == FitTier::OutOfNetwork);
        let capable = not_covered.map(|standing| &self.candidates[standing.at]).filter(|candidate| {
            let stated = self.judge.directory.stated(candidate.stated);
            self.judge.demand.decide(candidate, stated).verdict == AcceptanceVerdict::Accepts
        });
        let nearest = capable.min_by_key(|c| (c.distance.is_none(), c.distance, c.line));
        let nearest_capable = nearest.and_then(|c| Some((self.judge.directory.provider(c.line)?, c.distance)));
        let checked = count(self.standing.len() + self.left_out.len());
        Some(NetworkGap { checked, failing: fits.chain(reasons).collect(), nearest_capable })
    }
}

/// A count as reports hold it.
pub(crate) fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// The candidate of one line, wherever it lies, with a search as wide as the discharge's own.
pub(crate) fn candidate_of(discharge: &Discharge, directory: &dyn Directory, line: LineId) -> Option<Candidate> {
    let horizon = geography::search_radius(discharge).or_else(|| Miles::new(0.0))?;
    directory.candidate(line, &search(discharge, horizon))
}
