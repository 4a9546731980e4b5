//! The result of fetching one declared source.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The result of fetching one source.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FetchReport {
    /// Name of the source in `refresh.toml`.
    pub source: String,
    /// What happened.
    pub outcome: FetchOutcome,
    /// Cause of a problem, on one line.
    pub cause: Option<String>,
    /// The refresh may publish even if this source was never fetched.
    pub optional: bool,
    /// Data date of the current file, if known.
    pub as_of: Option<Date>,
    /// Bytes received.
    pub bytes: u64,
    /// Duration in seconds.
    pub seconds: f64,
    /// Other remarks.
    pub remarks: Vec<String>,
}

/// What happened when a source was fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FetchOutcome {
    /// A new file was downloaded.
    New,
    /// The publisher has nothing newer.
    #[default]
    Unchanged,
    /// It was fetched recently and is not due.
    NotDue,
    /// It could not be fetched; the last file is kept.
    Kept,
    /// It could not be fetched and there is no earlier file.
    Absent,
}

impl FetchOutcome {
    /// Whether the fetch failed.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Kept | Self::Absent)
    }
}
