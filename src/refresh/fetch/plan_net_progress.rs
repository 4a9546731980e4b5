//! What a fetch of a Plan-Net directory brings, by resource type, and how it tells its steps.

use crate::refresh::fetch::ndjson::WriteOutcome;

/// The resource types of a directory of providers, networks and plans.
pub const KINDS: [&str; 6] =
    ["Organization", "OrganizationAffiliation", "HealthcareService", "Location", "InsurancePlan", "PractitionerRole"];

/// What was brought of one type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeCount {
    /// The type.
    pub kind: &'static str,
    /// Pages or files it came in.
    pub pages: usize,
    /// Resources that are new or newer than what the folder had.
    pub changed: u64,
    /// Resources in the file now.
    pub resources: u64,
    /// Resources that came more than once, of which the newest was kept.
    pub repeated: u64,
    /// Resources of other types among them, left out.
    pub others: u64,
    /// Resources whose id is longer than FHIR lets an id be, left out.
    pub unfit: u64,
    /// The server did not say how many there are, so that a lost page could not be noticed.
    pub uncounted: bool,
}

impl TypeCount {
    /// Nothing yet.
    pub fn of(kind: &'static str) -> Self {
        Self { kind, pages: 0, changed: 0, resources: 0, repeated: 0, others: 0, unfit: 0, uncounted: false }
    }

    /// Counts what became of a resource.
    pub fn count(&mut self, put: WriteOutcome) {
        self.changed += u64::from(matches!(put, WriteOutcome::New | WriteOutcome::Instead));
        self.unfit += u64::from(put == WriteOutcome::Unfit);
    }
}

/// Takes a sentence on how far a fetch is.
pub struct ProgressSink<'a>(pub &'a mut dyn FnMut(&str));

impl ProgressSink<'_> {
    /// Passes it on.
    pub fn tell(&mut self, what: &str) {
        (self.0)(what);
    }
}
