//! Counts of a Plan-Net fetch by resource type, and its progress output.

use crate::refresh::fetch::ndjson::WriteOutcome;

/// The resource types of a directory of providers, networks and plans.
pub const KINDS: [&str; 6] =
    ["Organization", "OrganizationAffiliation", "HealthcareService", "Location", "InsurancePlan", "PractitionerRole"];

/// Counts of one resource type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeCount {
    /// The type.
    pub kind: &'static str,
    /// Pages or files received.
    pub pages: usize,
    /// Resources that are new, or newer than those in the folder.
    pub changed: u64,
    /// Resources now in the file.
    pub resources: u64,
    /// Resources received more than once; the newest is kept.
    pub repeated: u64,
    /// Resources of other types, which are skipped.
    pub others: u64,
    /// Resources skipped because their id is longer than FHIR allows.
    pub unfit: u64,
    /// The server gave no total, so a lost page would go unnoticed.
    pub uncounted: bool,
}

impl TypeCount {
    /// All counts zero.
    pub fn of(kind: &'static str) -> Self {
        Self { kind, pages: 0, changed: 0, resources: 0, repeated: 0, others: 0, unfit: 0, uncounted: false }
    }

    /// Counts the outcome of one resource.
    pub fn count(&mut self, put: WriteOutcome) {
        self.changed += u64::from(matches!(put, WriteOutcome::New | WriteOutcome::Instead));
        self.unfit += u64::from(put == WriteOutcome::Unfit);
    }
}

/// Receives progress lines.
pub struct ProgressSink<'a>(pub &'a mut dyn FnMut(&str));

impl ProgressSink<'_> {
    /// Passes on a progress line.
    pub fn tell(&mut self, what: &str) {
        (self.0)(what);
    }
}
