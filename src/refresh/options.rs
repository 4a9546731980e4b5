//! What a refresh is to do, and how far it is.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::refresh::settings::RefreshConfig;

/// What a refresh is to do.
#[derive(Debug, Clone)]
pub struct RefreshOptions {
    /// The folder to read; a file is recognised by its header, not its name.
    pub from: PathBuf,
    /// The index folder to publish to.
    pub index: PathBuf,
    /// Read, reconcile and report, but fetch, build, weigh and publish nothing.
    pub dry_run: bool,
    /// The time the generation is given.
    pub built_at: Timestamp,
    /// Publish whatever the gate says, for this reason.
    pub force: Option<String>,
    /// Bring the declared sources into the folder first.
    pub fetch: bool,
    /// What `refresh.toml` says.
    pub settings: RefreshConfig,
}

impl RefreshOptions {
    /// Reads `from` and publishes to `index`, by the usual settings and without fetching.
    pub fn new(from: impl Into<PathBuf>, index: impl Into<PathBuf>, built_at: Timestamp) -> Self {
        Self {
            from: from.into(),
            index: index.into(),
            dry_run: false,
            built_at,
            force: None,
            fetch: false,
            settings: RefreshConfig::default(),
        }
    }
}

/// Where a refresh is: what a progress bar or a log line shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefreshProgress {
    /// A file is about to be read.
    Reading {
        /// Its name.
        file: String,
        /// Which file this is, from 1.
        at: usize,
        /// Of how many.
        of: usize,
    },
    /// A step within a stage, in a sentence.
    Told(String),
    /// A stage has ended, with a sentence on what it did.
    Done {
        /// `fetch`, `read`, `reconcile`, `build`, `verify`, `gate`, `publish` or `prune`.
        stage: &'static str,
        /// The sentence.
        what: String,
    },
}

/// Says that a stage has ended, and what it did.
pub(crate) fn report_stage(progress: &mut dyn FnMut(RefreshProgress), stage: &'static str, what: String) {
    progress(RefreshProgress::Done { stage, what });
}
