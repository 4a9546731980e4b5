//! Every declared source brought up to date; one that does not answer keeps its last file.

use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::refresh::settings::Settings;

/// What came of one source.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fetched {
    /// The source, as `refresh.toml` calls it.
    pub source: String,
    /// What came of asking.
    pub outcome: Outcome,
    /// Why it is as it is, where something went wrong: one line.
    pub cause: Option<String>,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// There is a new file.
    New,
    /// The publisher has nothing newer.
    Unchanged,
    /// It was fetched so lately that it was not asked.
    NotDue,
    /// It could not be fetched; the last file stays.
    Kept,
    /// It could not be fetched, and there is no earlier file.
    Absent,
}

/// Brings every source of `settings` into a folder of its own below `into`; with names in `only`, just those. `tell` takes a line on
/// each step. It waits until all is done, so it must not be called where others wait their turn.
pub fn fetch(
    _settings: &Settings,
    _into: &Path,
    _only: &[String],
    _now: Timestamp,
    _tell: &mut dyn FnMut(&str),
) -> Vec<Fetched> {
    Vec::new()
}
