//! Why, or why not: one provider against one discharge.

use std::sync::Arc;

use super::report::{Acceptance, Bar, Match, NetworkAnswer};
use super::{Directory, LineKey};
use crate::discharge::Discharge;
use crate::place::Miles;
use crate::provider::Provider;

/// Where one provider stands, or each thing that keeps it out.
#[derive(Debug, Clone, PartialEq)]
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
        bars: Vec<Bar>,
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
pub fn explain(discharge: &Discharge, directory: &dyn Directory, line: LineKey) -> Option<Explanation> {
    let _ = (discharge, directory, line);
    None
}
