//! Every candidate of one discharge, evaluated: counts, the page in order, who is excluded and why.

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::discharge::{Discharge, MOST_SHOWN};
use crate::matching::candidate::{Candidate, Directory, LineId};
use crate::matching::quality::quality;
use crate::matching::ranking::{CandidateEvaluator, CandidateOutcome, MatchPlacement, SortKey};
use crate::matching::report::{AcceptanceVerdict, ExcludedProvider, ExclusionReason, FitTier, Match, NetworkGap};
use crate::matching::requirement::Requirement;
use crate::matching::search::search;
use crate::matching::{expand, geography, network};
use crate::place::Miles;

/// Every candidate of one discharge, evaluated.
pub(crate) struct EvaluatedCandidates<'a> {
    /// [`Discharge::canonical_line`].
    pub(crate) canonical_line: String,
    pub(crate) evaluator: CandidateEvaluator<'a>,
    pub(crate) candidates: Vec<Candidate>,
    /// The matches, each with the index of its candidate, in the order of the candidates.
    matches: Vec<(MatchPlacement, usize)>,
    /// The sort key of each match, computed when it is first needed.
    keys: Vec<OnceCell<SortKey>>,
    excluded: Vec<(ExclusionReason, usize)>,
}

impl<'a> EvaluatedCandidates<'a> {
    pub(crate) fn evaluate(discharge: &'a Discharge, directory: &'a dyn Directory) -> Self {
        let horizon = geography::search_radius(discharge);
        let candidates = horizon.map(|miles| directory.candidates(&search(discharge, miles))).unwrap_or_default();
        let canonical = discharge.canonical();
        let evaluator = CandidateEvaluator::new(discharge, directory, canonical.tie_break_seed());
        let (mut matches, mut excluded) = (Vec::with_capacity(candidates.len()), Vec::new());
        for (at, candidate) in candidates.iter().enumerate() {
            match evaluator.evaluate(candidate) {
                CandidateOutcome::Match(placed) => matches.push((placed, at)),
                CandidateOutcome::Excluded(reason) => excluded.push((reason, at)),
                CandidateOutcome::Beyond => {}
            }
        }
        let keys = vec![OnceCell::new(); matches.len()];
        Self { canonical_line: canonical.line(discharge.within), evaluator, candidates, matches, keys, excluded }
    }

    pub(crate) fn counts(&self) -> BTreeMap<FitTier, u32> {
        let mut counts = [0; FitTier::ALL.len()];
        for (placed, _) in &self.matches {
            counts[placed.fit as usize] += 1;
        }
        FitTier::ALL.into_iter().zip(counts).collect()
    }

    /// How many matches there are.
    pub(crate) fn matched(&self) -> u32 {
        count(self.matches.len())
    }

    /// Every match with its candidate, in no order.
    pub(crate) fn placed(&self) -> impl Iterator<Item = (&MatchPlacement, &Candidate)> + Clone {
        self.matches.iter().map(|(placed, at)| (placed, &self.candidates[*at]))
    }

    /// Every excluded candidate, in no order.
    pub(crate) fn excluded(&self) -> impl Iterator<Item = &Candidate> + Clone {
        self.excluded.iter().map(|(_, at)| &self.candidates[*at])
    }

    /// How many candidates are in reach, matches and excluded ones.
    pub(crate) fn in_reach(&self) -> usize {
        self.matches.len() + self.excluded.len()
    }

    /// Whether the quality of any match is known, so that more than distance orders them.
    pub(crate) fn has_quality(&self) -> bool {
        let discharge = self.evaluator.discharge;
        self.matches.iter().any(|(_, at)| quality(discharge.service, &self.candidates[*at], &discharge.profile).is_some())
    }

    /// The sort key of the match at `at` in `matches`.
    fn key_of(&self, at: usize) -> SortKey {
        let (placed, candidate) = &self.matches[at];
        *self.keys[at].get_or_init(|| self.evaluator.key(&self.candidates[*candidate], placed))
    }

    /// What the most matches lack one answer of to meet the requirements: the `most` commonest, each with how many lack it and with the
    /// first `lines` of them, in the order of the answer.
    pub(crate) fn lacking_one_answer(&self, most: usize, lines: usize) -> Vec<(Requirement, usize, Vec<LineId>)> {
        let mut lacking: BTreeMap<Requirement, Vec<usize>> = BTreeMap::new();
        for (at, (placed, _)) in self.matches.iter().enumerate() {
            if let Some(asked) = placed.only_unknown {
                lacking.entry(asked).or_default().push(at);
            }
        }
        let mut by_gain: Vec<(Requirement, Vec<usize>)> = lacking.into_iter().collect();
        by_gain.sort_by_key(|(asked, matches)| (Reverse(matches.len()), *asked));
        by_gain.truncate(most);
        let with_first = |(asked, matches): (Requirement, Vec<usize>)| {
            let keys = matches.iter().map(|at| self.key_of(*at)).collect();
            (asked, matches.len(), first_in_order(keys, lines).into_iter().map(|key| key.line).collect())
        };
        by_gain.into_iter().map(with_first).collect()
    }

    /// The first `count` matches in order, each with its sort key, placement and candidate. The tier comes first in the order, so that
    /// matches of tiers too low to be among them are not scored.
    fn select_top(&self, count: usize) -> Vec<(SortKey, &MatchPlacement, &Candidate)> {
        let last = self.last_tier_among_first(count);
        let may_be_shown = |placed: &MatchPlacement| last.is_none_or(|last| placed.tier <= last);
        let keyed =
            |(at, (placed, _)): (usize, &(MatchPlacement, usize))| may_be_shown(placed).then(|| (self.key_of(at), at));
        let first = first_in_order(self.matches.iter().enumerate().filter_map(keyed).collect(), count);
        let shown = |(key, place): (SortKey, usize)| {
            let (placed, at) = &self.matches[place];
            (key, placed, &self.candidates[*at])
        };
        first.into_iter().map(shown).collect()
    }

    /// The tier in which the first `count` matches end; `None` where there are no more than that.
    fn last_tier_among_first(&self, count: usize) -> Option<FitTier> {
        let mut tiers: BTreeMap<FitTier, usize> = BTreeMap::new();
        for (placed, _) in &self.matches {
            *tiers.entry(placed.tier).or_default() += 1;
        }
        let mut seen = 0;
        tiers.into_iter().find_map(|(tier, matches)| {
            seen += matches;
            (seen >= count).then_some(tier)
        })
    }

    /// How many matches there are, and the rank from 1 of a match that is placed like that.
    pub(crate) fn rank_of(&self, key: SortKey, placed: &MatchPlacement) -> (u32, u32) {
        let is_before = |(at, (other, _)): &(usize, &(MatchPlacement, usize))| {
            other.tier < placed.tier || (other.tier == placed.tier && self.key_of(*at) < key)
        };
        (self.matched(), count(self.matches.iter().enumerate().filter(is_before).count()) + 1)
    }

    pub(crate) fn top_matches(&self) -> Vec<Match> {
        let (offset, limit) = (self.evaluator.discharge.offset, self.evaluator.discharge.limit);
        let skip = offset as usize;
        let page = self.select_top(skip.saturating_add(limit as usize)).into_iter().skip(skip);
        let ranked = page.zip(offset.saturating_add(1)..);
        ranked
            .filter_map(|((_, placed, candidate), rank)| expand::expand_match(&self.evaluator, candidate, placed, rank))
            .collect()
    }

    /// The first matches that fit as `tier`, each with its rank among all.
    pub(crate) fn top_of_tier(&self, tier: FitTier) -> Vec<Match> {
        let ranked = self.select_top(self.matches.len()).into_iter().zip(1..);
        let of_tier = ranked.filter(|((_, placed, _), _)| placed.fit == tier).take(self.evaluator.discharge.limit as usize);
        of_tier
            .filter_map(|((_, placed, candidate), rank)| expand::expand_match(&self.evaluator, candidate, placed, rank))
            .collect()
    }

    /// How far each match lies, in no order.
    pub(crate) fn distances(&self) -> Vec<Option<Miles>> {
        self.matches.iter().map(|(_, at)| self.candidates[*at].distance).collect()
    }

    /// The matches on the lines that are `wanted`, in order and in full.
    pub(crate) fn matches_on_lines(&self, wanted: impl Fn(LineId) -> bool) -> Vec<Match> {
        let ranked =
            self.select_top(self.matches.len()).into_iter().zip(1..).filter(|((.., candidate), _)| wanted(candidate.line));
        ranked
            .filter_map(|((_, placed, candidate), rank)| expand::expand_match(&self.evaluator, candidate, placed, rank))
            .collect()
    }

    pub(crate) fn reasons(&self) -> BTreeMap<ExclusionReason, u32> {
        let mut reasons = BTreeMap::new();
        for (reason, _) in &self.excluded {
            *reasons.entry(*reason).or_default() += 1;
        }
        reasons
    }

    pub(crate) fn list_left_out(&self) -> Vec<ExcludedProvider> {
        let mut nearest: Vec<&Candidate> = self.excluded.iter().map(|(_, at)| &self.candidates[*at]).collect();
        nearest.sort_by_key(|candidate| (candidate.distance.is_none(), candidate.distance, candidate.line));
        nearest.truncate(MOST_SHOWN as usize);
        nearest.into_iter().filter_map(|candidate| expand::left_out(&self.evaluator, candidate)).collect()
    }

    /// The counted evidence that nobody in network can take the patient; `None` where somebody meets the requirements, nobody was
    /// checked, or the plan's directory is not whole and recent.
    pub(crate) fn network_gap(&self, counts: &BTreeMap<FitTier, u32>) -> Option<NetworkGap> {
        let meets = counts.iter().any(|(fit, count)| fit.meets_requirements() && *count > 0);
        let checked = count(self.in_reach());
        if meets || checked == 0 || !network::is_evidence_of_gap(&self.evaluator.network) {
            return None;
        }
        let fits = counts.iter().filter(|(_, n)| **n > 0).map(|(fit, n)| (fit.code().to_owned(), *n));
        let reasons = self.reasons().into_iter().map(|(reason, n)| (reason.code(), n));
        let not_covered = self.matches.iter().filter(|(placed, _)| placed.fit == FitTier::OutOfNetwork);
        let capable = not_covered.map(|(_, at)| &self.candidates[*at]).filter(|candidate| {
            let stated = self.evaluator.directory.stated(candidate.stated);
            self.evaluator.demand.decide(candidate, stated).verdict == AcceptanceVerdict::Accepts
        });
        let nearest = capable.min_by_key(|c| (c.distance.is_none(), c.distance, c.line));
        let nearest_capable = nearest.and_then(|c| Some((self.evaluator.directory.provider(c.line)?, c.distance)));
        Some(NetworkGap { checked, failing: fits.chain(reasons).collect(), nearest_capable })
    }
}

/// The smallest `count` of `items`, in order.
fn first_in_order<T: Ord>(mut items: Vec<T>, count: usize) -> Vec<T> {
    if count < items.len() {
        items.select_nth_unstable(count);
        items.truncate(count);
    }
    items.sort_unstable();
    items
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
