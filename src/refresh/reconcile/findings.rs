//! Findings of the reconciliation for the report.

use std::collections::BTreeMap;

use crate::refresh::reconcile::precedence::ConflictField;
use crate::run_report::AppliedCorrection;
use crate::run_report::ReviewRow;

/// Findings of the reconciliation, besides the providers.
#[derive(Debug, Default)]
pub(crate) struct ReconcileFindings {
    /// Number of disagreements between sources, by field.
    pub conflicts: BTreeMap<ConflictField, u64>,
    /// Points that were rejected and replaced.
    pub corrections: Vec<AppliedCorrection>,
    /// Providers without a usable location.
    pub without_place: Vec<String>,
    /// Identifiers for which no file has a name.
    pub without_name: Vec<String>,
    /// Identifiers in rosters that resolve to no line.
    pub unknown_members: Vec<String>,
    /// Entries of service areas with an unknown ZIP.
    pub unknown_zips: u64,
    /// Records that may be the same provider, for human review.
    pub review: Vec<ReviewRow>,
    /// Other remarks.
    pub remarks: Vec<String>,
}

impl ReconcileFindings {
    /// Adds the findings of another part behind these.
    pub(crate) fn append(&mut self, other: Self) {
        let Self { conflicts, corrections, without_place, without_name, unknown_members, unknown_zips, review, remarks } =
            other;
        for (field, count) in conflicts {
            *self.conflicts.entry(field).or_default() += count;
        }
        self.corrections.extend(corrections);
        self.without_place.extend(without_place);
        self.without_name.extend(without_name);
        self.unknown_members.extend(unknown_members);
        self.unknown_zips += unknown_zips;
        self.review.extend(review);
        self.remarks.extend(remarks);
    }
}
