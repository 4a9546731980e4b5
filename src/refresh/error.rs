//! Why a refresh published nothing.

use std::path::{Path, PathBuf};
use std::{fmt, io};

use crate::catalog::manifest::CatalogError;
use crate::run_report::gate_check::{CheckVerdict, GateCheck};
use crate::run_report::rejects::SkippedFile;

/// A file of a known dataset lacks a required column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingColumn {
    /// The file.
    pub file: String,
    /// The dataset it was recognized as.
    pub dataset: String,
    /// The column, by its current CMS name.
    pub column: String,
    /// The most similar column of the file, among unknown ones.
    pub nearest: Option<String>,
}

impl fmt::Display for MissingColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, dataset, column, nearest } = self;
        write!(f, "{file}: looks like {dataset}, but the column \"{column}\" is missing")?;
        nearest.iter().try_for_each(|nearest| write!(f, "; the nearest is \"{nearest}\""))
    }
}

/// Why a refresh published nothing.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// Another refresh holds the lock.
    #[error("another refresh is running; wait for it to end")]
    Locked,
    /// Files of known datasets lack required columns; lists all of them.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    MissingColumns(Vec<MissingColumn>),
    /// `sources.toml` is invalid.
    #[error("{}: {}", .path.display(), .what.replace('\n', "\n  "))]
    Sources {
        /// Its path.
        path: PathBuf,
        /// Its faults, one per line.
        what: String,
    },
    /// No file of the folder was recognized.
    #[error("no file in {} belongs to a known dataset{}", .folder.display(), listed(.unread))]
    NothingRecognised {
        /// The folder.
        folder: PathBuf,
        /// Why each of its files was not used.
        unread: Vec<SkippedFile>,
    },
    /// No declared source could be fetched and there are no earlier files; lists the causes.
    #[error("no source could be fetched, and there are no earlier files\n{}", .0.join("\n"))]
    NothingFetched(Vec<String>),
    /// The files contain no provider. An empty directory would answer every search with nothing.
    #[error("the files in {} contain no provider; nothing is published", .0.display())]
    NoProviders(PathBuf),
    /// An I/O error.
    #[error("{}: {error}", .path.display())]
    Disk {
        /// The path.
        path: PathBuf,
        /// The cause.
        error: io::Error,
    },
    /// The gate refused the generation.
    #[error("the gate refused the new directory; the one being served is unchanged\n{}", refusals(.0))]
    Refused(Vec<GateCheck>),
    /// The published generation changed during the refresh, so the gate compared with the wrong
    /// one.
    #[error("the published directory changed from {before} to {now} during this refresh; nothing was published")]
    Overtaken {
        /// The generation the gate compared with.
        before: String,
        /// The generation published now.
        now: String,
    },
    /// The object storage where directories are published could not be used.
    #[error("{0}")]
    Bucket(String),
    /// Building or publishing the generation failed.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

/// One line for each file that was not used.
pub fn listed(unread: &[SkippedFile]) -> String {
    unread.iter().flat_map(|file| ["\n  ", &file.file, ": ", &file.reason]).collect()
}

/// Adds the path to an I/O error.
pub fn at(path: &Path) -> impl FnOnce(io::Error) -> RefreshError {
    let path = path.to_path_buf();
    |error| RefreshError::Disk { path, error }
}

/// One line for each check that refuses.
pub fn refusals(checks: &[GateCheck]) -> String {
    let refused = checks.iter().filter(|check| check.verdict == CheckVerdict::Refuse);
    refused.map(|check| format!("  {}", check.words)).collect::<Vec<_>>().join("\n")
}
