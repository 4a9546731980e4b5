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
    Stands {
        /// The match, at its true rank.
        found: Box<Match>,
        /// How many matches there are in all.
        of: u32,
    },
    /// It is not a match.
    KeptOut {
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
    let judge = &judged.judge;
    match judge.judge(&candidate) {
        CandidateOutcome::Match(placed) => {
            let (of, rank) = judged.rank_of(judge.key(&candidate, &placed), &placed);
            let found = Box::new(expand::expand_match(judge, &candidate, &placed, rank)?);
            Some(Explanation::Stands { found, of })
        }
        CandidateOutcome::Excluded(_) | CandidateOutcome::Beyond => Some(Explanation::KeptOut {
            distance: candidate.distance,
            bars: expand::exclusions(judge, &candidate, &provider, offered),
            network: judge.network.answer(&candidate, offered),
            acceptance: judge.demand.answer(&candidate, directory.stated(candidate.stated), offered),
            provider: provider.clone(),
        }),
    }
}
