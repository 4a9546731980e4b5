//! What came of asking one declared source.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What came of one source.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FetchReport {
    /// The source, as `refresh.toml` calls it.
    pub source: String,
    /// What came of asking.
    pub outcome: FetchOutcome,
    /// Why it is as it is, where something went wrong: one line.
    pub cause: Option<String>,
    /// That it was never fetched is no reason to publish nothing.
    pub optional: bool,
    /// The day the file now there is of, where it is known.
    pub as_of: Option<Date>,
    /// Bytes that came.
    pub bytes: u64,
    /// How long it took.
    pub seconds: f64,
    /// What else should be known.
    pub remarks: Vec<String>,
}

/// What came of asking a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FetchOutcome {
    /// There is a new file.
    New,
    /// The publisher has nothing newer.
    #[default]
    Unchanged,
    /// It was fetched so lately that it was not asked.
    NotDue,
    /// It could not be fetched; the last file stays.
    Kept,
    /// It could not be fetched, and there is no earlier file.
    Absent,
}

impl FetchOutcome {
    /// Whether it could not be fetched.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Kept | Self::Absent)
    }
}
