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
