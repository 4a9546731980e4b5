//! Why a refresh published nothing.

use std::path::{Path, PathBuf};
use std::{fmt, io};

use crate::catalog::manifest::CatalogError;
use crate::run_report::gate_check::{CheckVerdict, GateCheck};
use crate::run_report::rejects::SkippedFile;

/// A file of a known dataset lacks a column that is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingColumn {
    /// The file.
    pub file: String,
    /// The dataset it was recognised as.
    pub dataset: String,
    /// The column, by its current CMS name.
    pub column: String,
    /// The most alike column the file has that means nothing else.
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
    #[error("another refresh is running; nothing was done")]
    Locked,
    /// Files are of known datasets but lack columns that are needed: all of them, over all files.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    MissingColumns(Vec<MissingColumn>),
    /// `sources.toml` cannot be read.
    #[error("{}: {}", .path.display(), .what.replace('\n', "\n  "))]
    Sources {
        /// Where it is.
        path: PathBuf,
        /// What is wrong with it, a line each.
        what: String,
    },
    /// No file of the folder was recognised.
    #[error("no file in {} is of a known dataset{}", .folder.display(), listed(.unread))]
    NothingRecognised {
        /// The folder.
        folder: PathBuf,
        /// What each of its files is instead.
        unread: Vec<SkippedFile>,
    },
    /// No declared source could be fetched, and there is no earlier file: each with its cause.
    #[error("nothing could be fetched, and there is no earlier file\n{}", .0.join("\n"))]
    NothingFetched(Vec<String>),
    /// The files hold no provider; an empty directory would answer every question with nobody.
    #[error("the files in {} hold no provider, so nothing is published", .0.display())]
    NoProviders(PathBuf),
    /// The disk failed.
    #[error("{}: {error}", .path.display())]
    Disk {
        /// Where.
        path: PathBuf,
        /// How.
        error: io::Error,
    },
    /// The gate lets what was built not pass.
    #[error("the gate refused what was built; what is served stays as it is\n{}", refusals(.0))]
    Refused(Vec<GateCheck>),
    /// What is served was changed while the refresh ran, so that it was weighed against the wrong directory.
    #[error("the directory served changed from {before} to {now} while this ran; nothing was published")]
    Overtaken {
        /// What was served when the refresh weighed what it had built.
        before: String,
        /// What is served now.
        now: String,
    },
    /// The generation could not be built or published.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

/// A line for each file that gave nothing.
pub fn listed(unread: &[SkippedFile]) -> String {
    unread.iter().flat_map(|file| ["\n  ", &file.file, ": ", &file.reason]).collect()
}

/// Turns an error of the disk into one that says where.
pub fn at(path: &Path) -> impl FnOnce(io::Error) -> RefreshError {
    let path = path.to_path_buf();
    |error| RefreshError::Disk { path, error }
}

/// A line for each check that refuses.
pub fn refusals(checks: &[GateCheck]) -> String {
    let refused = checks.iter().filter(|check| check.verdict == CheckVerdict::Refuse);
    refused.map(|check| format!("  {}", check.words)).collect::<Vec<_>>().join("\n")
}
