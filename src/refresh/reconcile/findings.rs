//! What reconciling found that a report tells.

use std::collections::BTreeMap;

use crate::refresh::reconcile::precedence::ConflictField;
use crate::run_report::AppliedCorrection;
use crate::run_report::ReviewRow;

/// What reconciling found, beside the providers.
#[derive(Debug, Default)]
pub(crate) struct ReconcileFindings {
    /// How often two sources said different things.
    pub conflicts: BTreeMap<ConflictField, u64>,
    /// Points that were not believed.
    pub corrections: Vec<AppliedCorrection>,
    /// Providers without a usable place.
    pub without_place: Vec<String>,
    /// Identifiers no file has a name for.
    pub without_name: Vec<String>,
    /// Identifiers in rosters that lead to no line.
    pub unknown_members: Vec<String>,
    /// Entries of service areas whose ZIP the table does not know.
    pub unknown_zips: u64,
    /// Records that may be a provider, for a person to decide.
    pub review: Vec<ReviewRow>,
    /// What else should be known.
    pub remarks: Vec<String>,
}
