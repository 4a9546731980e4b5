//! The night: read every file of a folder, make one provider of what many say, build a generation, publish it or nothing.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::catalog::generation::{CatalogError, Manifest};

/// What a refresh is to do.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder to read; a file is recognised by its header, not its name.
    pub from: PathBuf,
    /// The index folder to publish to.
    pub index: PathBuf,
    /// Read, reconcile and report, but build and publish nothing.
    pub dry_run: bool,
    /// The time the generation is given.
    pub built_at: Timestamp,
}

/// Where a refresh is: what a progress bar or a log line shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// A file is about to be read.
    Reading {
        /// Its name.
        file: String,
        /// Which file this is, from 1.
        at: usize,
        /// Of how many.
        of: usize,
    },
    /// A stage has ended, with a sentence on what it did.
    Done {
        /// `read`, `reconcile`, `build`, `verify` or `publish`.
        stage: &'static str,
        /// The sentence.
        what: String,
    },
}

/// What a refresh did.
#[derive(Debug)]
pub struct RunReport {
    /// The generation published; `None` on a dry run.
    pub manifest: Option<Manifest>,
}

/// Why a refresh published nothing.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// Another refresh holds the lock.
    #[error("another refresh is running; nothing was done")]
    Locked,
    /// A file is of a known dataset but lacks a column that is needed.
    #[error("{file}: looks like {dataset}, but the column \"{column}\" is missing{}", .nearest.as_ref().map(|n| format!("; the nearest is \"{n}\"")).unwrap_or_default())]
    MissingColumn {
        /// The file.
        file: String,
        /// The dataset it was recognised as.
        dataset: String,
        /// The column, by its current CMS name.
        column: String,
        /// The most alike column the file has.
        nearest: Option<String>,
    },
    /// No file of the folder was recognised.
    #[error("no file in {} is of a known dataset", .0.display())]
    NothingRecognised(PathBuf),
    /// The disk failed.
    #[error("{}: {error}", .path.display())]
    Disk {
        /// Where.
        path: PathBuf,
        /// How.
        error: std::io::Error,
    },
    /// The generation could not be built or published.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

/// Runs one refresh.
///
/// # Errors
/// Nothing was published, and why.
pub fn run(options: &Options, progress: &mut dyn FnMut(Progress)) -> Result<RunReport, RefreshError> {
    let _ = progress;
    unimplemented!("{options:?}")
}
