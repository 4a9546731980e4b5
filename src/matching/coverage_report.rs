//! What a provider said to the hospital about a coverage.

use crate::coverage::Coverage;
use crate::evidence::Evidence;

/// Whether a provider takes a coverage, as it said to the hospital.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverageReport {
    /// The field of a question that names the coverage: `plan`, `network` or `payer`.
    pub named_by: &'static str,
    /// Its name in the directory.
    pub name: String,
    /// Whether it takes it.
    pub takes: bool,
    /// Who heard it, on which day, and how long it counts.
    pub evidence: Evidence,
}

impl CoverageReport {
    /// Whether it is about the coverage of a question.
    pub(crate) fn is_about(&self, coverage: &Coverage) -> bool {
        matches!(coverage, Coverage::Networks { named_by, name, .. } if *named_by == self.named_by && *name == self.name)
    }

    /// "said that it takes Gold Plan".
    pub(crate) fn in_words(&self) -> String {
        let takes = if self.takes { "takes" } else { "does not take" };
        format!("said that it {takes} {}", self.name)
    }
}
