//! The night: read every file of a folder, make one provider of what many say, build a generation, publish it or nothing.
//!
//! `input` finds the files and reads them as text, `recognise` tells by its header what each is, `read` makes of its rows
//! accounts of providers, `reconcile` weighs the accounts, and [`report`] says what came of it.

use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use jiff::Timestamp;

use crate::catalog::build::{self, Night};
use crate::catalog::generation::{CatalogError, Manifest, SourceStatus, Store};
use crate::place::ZipTable;

mod account;
mod area;
mod cell;
mod column;
mod dataset;
mod document;
mod elements;
pub mod fetch;
mod folder;
pub mod identity;
mod input;
mod language;
mod listings;
mod party;
mod pointer;
mod profile;
mod read;
mod recognise;
mod reconcile;
pub mod report;
mod row;
mod schema;
mod sources;
mod table;
pub mod validate;

use folder::Reading;
use reconcile::Reconciled;
use report::{RunReport, Unread};

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
    #[error("{}: {what}", .path.display())]
    Sources {
        /// Where it is.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// No file of the folder was recognised.
    #[error("no file in {} is of a known dataset{}", .folder.display(), listed(.unread))]
    NothingRecognised {
        /// The folder.
        folder: PathBuf,
        /// What each of its files is instead.
        unread: Vec<Unread>,
    },
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
    /// The generation could not be built or published.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

/// A line for each file that gave nothing.
fn listed(unread: &[Unread]) -> String {
    unread.iter().flat_map(|file| ["\n  ", &file.file, ": ", &file.reason]).collect()
}

/// Turns an error of the disk into one that says where.
fn at(path: &Path) -> impl FnOnce(io::Error) -> RefreshError {
    let path = path.to_path_buf();
    |error| RefreshError::Disk { path, error }
}

/// Runs one refresh.
///
/// # Errors
/// Nothing was published, and why.
pub fn run(options: &Options, progress: &mut dyn FnMut(Progress)) -> Result<RunReport, RefreshError> {
    let began = Instant::now();
    let _lock = if options.dry_run { None } else { Some(lock(&options.index)?) };
    let (night, mut report) = gather(options, progress)?;
    if night.providers.is_empty() {
        return Err(RefreshError::NoProviders(options.from.clone()));
    }
    if !options.dry_run {
        report.manifest = Some(publish(night, &Store::new(&options.index), progress)?);
    }
    report.seconds = began.elapsed().as_secs_f64();
    if !options.dry_run {
        keep(&report, &options.index)?;
    }
    Ok(report)
}

/// Holds the index folder for one refresh at a time; dropping the file lets go.
fn lock(index: &Path) -> Result<File, RefreshError> {
    fs::create_dir_all(index).map_err(at(index))?;
    let path = index.join(".lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(at(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(RefreshError::Locked),
        Err(TryLockError::Error(error)) => Err(at(&path)(error)),
    }
}

/// The first half of a refresh, which writes nothing: reads the folder and reconciles what it says.
///
/// # Errors
/// The folder cannot be read, or files lack columns that are needed.
pub fn gather(options: &Options, progress: &mut dyn FnMut(Progress)) -> Result<(Night, RunReport), RefreshError> {
    let Reading { books, files, unread, rejects, remarks, synthetic } = folder::read(&options.from, progress)?;
    let rows: u64 = files.iter().map(|file| file.status.rows).sum();
    let (of_rows, of_files) = (report::counted(rows, "row"), report::counted(files.len() as u64, "file"));
    done(progress, "read", format!("{of_rows} of {of_files}, {} rejected", rejects.rows));
    let Reconciled { providers, plans, findings } = reconcile::reconcile(books, ZipTable::curated());
    let of_networks = report::counted(plans.networks.len() as u64, "network");
    done(progress, "reconcile", format!("{}, {of_networks}", report::counted(providers.len() as u64, "provider")));
    let mut report = RunReport {
        synthetic,
        files,
        unread,
        providers: providers.len() as u64,
        networks: plans.networks.len() as u64,
        conflicts: findings.conflicts.iter().map(|(field, count)| (field.to_string(), *count)).collect(),
        corrections: findings.corrections,
        without_place: findings.without_place,
        without_name: findings.without_name,
        unknown_members: findings.unknown_members,
        review: findings.review,
        unknown_zips: findings.unknown_zips,
        rejects,
        remarks: remarks.into_iter().chain(findings.remarks).collect(),
        ..RunReport::default()
    };
    for line in providers.iter().flat_map(|provider| &provider.lines) {
        *report.services.entry(line.service.code().to_owned()).or_default() += 1;
        report.affiliations += line.affiliations.len() as u64;
    }
    let sources: Vec<SourceStatus> = report.files.iter().map(|file| file.status.clone()).collect();
    Ok((Night { built_at: options.built_at, providers, plans, sources, synthetic }, report))
}

/// Builds the generation, checks what is on the disk, and only then makes it the one to serve.
fn publish(night: Night, store: &Store, progress: &mut dyn FnMut(Progress)) -> Result<Manifest, RefreshError> {
    let manifest = build::build(night, store)?;
    done(progress, "build", format!("{} with {} files", manifest.generation, manifest.files.len()));
    store.verify(&manifest.generation)?;
    done(progress, "verify", "every file is as the manifest says".to_owned());
    store.point_at(&manifest.generation)?;
    done(progress, "publish", format!("{} is the one to serve", manifest.generation));
    Ok(manifest)
}

fn done(progress: &mut dyn FnMut(Progress), stage: &'static str, what: String) {
    progress(Progress::Done { stage, what });
}

/// Writes the report, the rejects and the review file beside the generation, which itself is never changed.
fn keep(report: &RunReport, index: &Path) -> Result<(), RefreshError> {
    let Some(manifest) = &report.manifest else { return Ok(()) };
    let folder = index.join("reports");
    fs::create_dir_all(&folder).map_err(at(&folder))?;
    let bytes = |text: serde_json::Result<String>| text.map(String::into_bytes).map_err(io::Error::from);
    for (ending, text) in [
        ("json", bytes(report.json())),
        ("rejects.ndjson", bytes(report.rejects_ndjson())),
        ("review.csv", report.review_csv()),
    ] {
        let path = folder.join(format!("{}.{ending}", manifest.generation));
        let text = text.map_err(at(&path))?;
        fs::write(&path, text).map_err(at(&path))?;
    }
    Ok(())
}
