//! Why, or why not: one provider against one discharge.

use std::sync::Arc;

use crate::discharge::Discharge;
use crate::matching::candidate::{Directory, LineId};
use crate::matching::evaluate::{EvaluatedCandidates, candidate_of};
use crate::matching::expand;
use crate::matching::ranking::CandidateOutcome;
use crate::matching::report::{Acceptance, Exclusion, Match, NetworkAnswer};
use crate::place::Miles;
use crate::provider::Provider;

/// Where one provider stands, or each thing that keeps it out.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one is made for a question")]
pub enum Explanation {
    /// It is a match; with how many matches there are.
    Ranked {
        /// The match, at its true rank.
        found: Box<Match>,
        /// How many matches there are in all.
        of: u32,
    },
    /// It is not a match.
    Excluded {
        /// The provider.
        provider: Arc<Provider>,
        /// Miles from the middle of the search.
        distance: Option<Miles>,
        /// Every reason, first the one it is counted under.
        bars: Vec<Exclusion>,
        /// Whether the plan covers it, all the same.
        network: NetworkAnswer,
        /// Whether it would take the patient, all the same.
        acceptance: Acceptance,
    },
    /// It does not offer the service asked for.
    OtherService {
        /// The provider.
        provider: Arc<Provider>,
    },
}

/// Explains `line` of `directory` for `discharge`; `None` when the directory has no such line.
pub fn explain(discharge: &Discharge, directory: &dyn Directory, line: LineId) -> Option<Explanation> {
    let provider = directory.provider(line)?;
    let Some(offered) = provider.line(discharge.service) else {
        return Some(Explanation::OtherService { provider });
    };
    let candidate = candidate_of(discharge, directory, line)?;
    let judged = EvaluatedCandidates::evaluate(discharge, directory);
    let evaluator = &judged.evaluator;
    match evaluator.evaluate(&candidate) {
        CandidateOutcome::Match(placed) => {
            let (of, rank) = judged.rank_of(evaluator.key(&candidate, &placed), &placed);
            let found = Box::new(expand::expand_match(evaluator, &candidate, &placed, rank)?);
            Some(Explanation::Ranked { found, of })
        }
        CandidateOutcome::Excluded(_) | CandidateOutcome::Beyond => Some(Explanation::Excluded {
            distance: candidate.distance,
            bars: expand::exclusions(evaluator, &candidate, &provider, offered),
            network: evaluator.network.answer(&candidate, offered),
            acceptance: evaluator.demand.answer(&candidate, directory.stated(candidate.stated), offered),
            provider: provider.clone(),
        }),
    }
}
