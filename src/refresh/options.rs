//! Options and progress of a refresh.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::config::bucket_address::BucketAddress;
use crate::refresh::row_counter::RowCounter;
use crate::refresh::settings::RefreshConfig;

/// Options of a refresh.
#[derive(Debug, Clone)]
pub struct RefreshOptions {
    /// The folder to read. Files are recognized by their header, not their name.
    pub from: PathBuf,
    /// The index folder to publish to.
    pub index: PathBuf,
    /// The object storage to publish to; `index` then has copies.
    pub bucket: Option<BucketAddress>,
    /// Only read, reconcile and report; do not fetch, build, check or publish.
    pub dry_run: bool,
    /// The build time of the generation.
    pub built_at: Timestamp,
    /// Publish even if the gate refuses, for this reason.
    pub force: Option<String>,
    /// Fetch the declared sources first.
    pub fetch: bool,
    /// The settings of `refresh.toml`.
    pub settings: RefreshConfig,
    /// Learns how many rows of the current file have been read.
    pub row_counter: RowCounter,
}

impl RefreshOptions {
    /// Reads `from` and publishes to `index`, with default settings and without fetching.
    pub fn new(from: impl Into<PathBuf>, index: impl Into<PathBuf>, built_at: Timestamp) -> Self {
        Self {
            from: from.into(),
            index: index.into(),
            bucket: None,
            dry_run: false,
            built_at,
            force: None,
            fetch: false,
            settings: RefreshConfig::default(),
            row_counter: RowCounter::default(),
        }
    }
}

/// Progress of a refresh, for a progress bar or log line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefreshProgress {
    /// A file is about to be read.
    Reading {
        /// Its name.
        file: String,
        /// Number of the file, from 1.
        at: usize,
        /// Number of files.
        of: usize,
    },
    /// A step within a stage, in one sentence.
    Told(String),
    /// A completed stage.
    Done {
        /// `fetch`, `read`, `reconcile`, `build`, `verify`, `gate`, `publish` or `prune`.
        stage: &'static str,
        /// What it did, in one sentence.
        what: String,
    },
}

/// Reports a completed stage.
pub(crate) fn report_stage(progress: &mut dyn FnMut(RefreshProgress), stage: &'static str, what: String) {
    progress(RefreshProgress::Done { stage, what });
}
