//! The night: bring what is new, read every file of a folder, make one provider of what many say, build a generation, weigh it,
//! publish it or nothing.
//!
//! [`fetch`] brings the declared sources. `input` finds the files and reads them as text, `recognise` tells by its header what each
//! is, `read` makes of its rows accounts of providers, `reconcile` weighs the accounts. [`gate`] and [`canary`] say whether what was
//! built may be served. [`report`] says what came of it, and [`records`] keeps that. `pipeline` is the order of it all.

use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use jiff::Timestamp;

use crate::catalog::build::Night;
use crate::catalog::files::lock_file;
use crate::catalog::generation::{CatalogError, SourceStatus};
use crate::place::ZipTable;

mod account;
mod area;
pub mod canary;
mod cell;
mod column;
mod dataset;
pub mod day;
mod document;
mod elements;
pub mod fetch;
mod folder;
pub mod gate;
pub mod golden;
pub mod identity;
mod input;
mod listings;
mod party;
mod pipeline;
mod pointer;
mod profile;
mod read;
mod recognise;
mod reconcile;
pub mod records;
pub mod report;
mod row;
mod schema;
pub mod settings;
mod sources;
mod table;
pub mod validate;

use folder::Reading;
use gate::{Check, Verdict};
use reconcile::Reconciled;
use report::{Outcome, RunReport, Stage, Unread};
use settings::Settings;

/// What a refresh is to do.
#[derive(Debug, Clone)]
pub struct Options {
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
    pub settings: Settings,
}

impl Options {
    /// Reads `from` and publishes to `index`, by the usual settings and without fetching.
    pub fn new(from: impl Into<PathBuf>, index: impl Into<PathBuf>, built_at: Timestamp) -> Self {
        Self {
            from: from.into(),
            index: index.into(),
            dry_run: false,
            built_at,
            force: None,
            fetch: false,
            settings: Settings::default(),
        }
    }
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
    Refused(Vec<Check>),
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
fn listed(unread: &[Unread]) -> String {
    unread.iter().flat_map(|file| ["\n  ", &file.file, ": ", &file.reason]).collect()
}

/// Turns an error of the disk into one that says where.
fn at(path: &Path) -> impl FnOnce(io::Error) -> RefreshError {
    let path = path.to_path_buf();
    |error| RefreshError::Disk { path, error }
}

/// A line for each check that refuses.
fn refusals(checks: &[Check]) -> String {
    let refused = checks.iter().filter(|check| check.verdict == Verdict::Refuse);
    refused.map(|check| format!("  {}", check.words)).collect::<Vec<_>>().join("\n")
}

/// Runs one refresh; see [`run_to_its_end`].
///
/// # Errors
/// Nothing was published, and why.
pub fn run(options: &Options, progress: &mut dyn FnMut(Progress)) -> Result<RunReport, RefreshError> {
    let (report, ended) = run_to_its_end(options, progress);
    ended.map(|()| report)
}

/// Runs one refresh and gives a report of it however it ends; the report is kept in the index folder too, unless this was a dry run
/// or another refresh was running.
pub fn run_to_its_end(options: &Options, progress: &mut dyn FnMut(Progress)) -> (RunReport, Result<(), RefreshError>) {
    let began = Instant::now();
    let mut report = RunReport { began: options.built_at, forced: options.force.clone(), ..RunReport::default() };
    let ended = if options.dry_run {
        report.outcome = Outcome::DryRun;
        gather(options, progress).map(|(_, gathered)| report.gathered(gathered))
    } else {
        whole(options, &mut report, progress)
    };
    report.ended(began, &ended);
    (report, ended)
}

/// A refresh that is to publish, under the lock; keeps its report.
fn whole(options: &Options, report: &mut RunReport, progress: &mut dyn FnMut(Progress)) -> Result<(), RefreshError> {
    let _lock = lock(&options.index)?;
    let began = Instant::now();
    let (mut stages, mut stage_began) = (Vec::new(), began);
    let ended = pipeline::run(options, report, &mut |told| {
        if let Progress::Done { stage, what } = &told {
            stages.push(Stage { stage, what: what.clone(), seconds: stage_began.elapsed().as_secs_f64() });
            stage_began = Instant::now();
        }
        progress(told);
    });
    report.stages = stages;
    report.ended(began, &ended);
    // What is served does not hang on its report.
    match records::keep(report, &options.index) {
        Ok(()) => report.kept = true,
        Err(error) => {
            let words = format!("the report could not be kept: {error}");
            progress(Progress::Told(words.clone()));
            report.remarks.push(words);
        }
    }
    ended
}

/// Holds the index folder for one refresh at a time; dropping the file lets go.
///
/// # Errors
/// A refresh is running, or the disk failed.
pub fn lock(index: &Path) -> Result<File, RefreshError> {
    fs::create_dir_all(index).map_err(at(index))?;
    let path = index.join(".lock");
    let file = lock_file(&path).map_err(at(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(RefreshError::Locked),
        Err(TryLockError::Error(error)) => Err(at(&path)(error)),
    }
}

/// Reads the folder and reconciles what it says; writes nothing.
///
/// # Errors
/// The folder cannot be read, or files lack columns that are needed.
pub fn gather(options: &Options, progress: &mut dyn FnMut(Progress)) -> Result<(Night, RunReport), RefreshError> {
    let Reading { books, files, unread, rejects, remarks, synthetic } =
        folder::read(&options.from, day::last_day(options.built_at), progress)?;
    let rows: u64 = files.iter().map(|file| file.status.rows).sum();
    let (of_rows, of_files) = (report::counted(rows, "row"), report::counted(files.len() as u64, "file"));
    done(progress, "read", format!("{of_rows} of {of_files}, {} rejected", rejects.rows));
    let Reconciled { providers, plans, listed, findings } = reconcile::reconcile(books, ZipTable::curated());
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
    }
    report.affiliations = listed.count();
    let sources: Vec<SourceStatus> = report.files.iter().map(|file| file.status.clone()).collect();
    let forced = options.force.clone();
    Ok((Night { built_at: options.built_at, providers, plans, listed, sources, synthetic, forced }, report))
}

fn done(progress: &mut dyn FnMut(Progress), stage: &'static str, what: String) {
    progress(Progress::Done { stage, what });
}
