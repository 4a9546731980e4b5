//! The refresh pipeline: fetch, parse, reconcile, build, gate, publish. All or nothing.
//!
//! [`fetch`] downloads the declared sources. `input` finds the files and reads them as text,
//! `detect` recognizes each file by its header, `read` turns rows into source records, and
//! `reconcile` merges the records into providers. [`gate`] and [`canary`] decide whether the new
//! generation may be served. [`report`] describes the run and [`report_history`] stores it.
//! `pipeline` runs the stages in order.

use std::fs;
use std::fs::TryLockError;
use std::path::Path;
use std::time::Instant;

use crate::catalog::files::FileLock;
use crate::refresh::error::{RefreshError, at};
use crate::refresh::gather::read_and_reconcile;
use crate::refresh::options::{RefreshOptions, RefreshProgress};
use crate::refresh::running_status::RunningStatus;
use crate::refresh::shared_directory::SharedDirectory;
use crate::run_report::{RefreshOutcome, RunReport, StageTiming};

pub(crate) mod address_doubt;
pub(crate) mod area;
pub mod canary;
pub(crate) mod ccn_kind;
pub(crate) mod column;
pub(crate) mod csv_cell;
pub(crate) mod csv_header;
pub(crate) mod csv_row;
pub(crate) mod dataset;
pub(crate) mod date_text;
pub(crate) mod day;
pub mod declared_table;
pub(crate) mod detect;
pub(crate) mod directory_check;
pub mod error;
pub(crate) mod external_provider;
pub(crate) mod fact_census;
pub mod fact_shares;
pub mod fetch;
pub(crate) mod folder;
pub mod gate;
pub(crate) mod gate_history;
pub mod gather;
pub mod golden;
pub(crate) mod header_search;
pub(crate) mod header_signature;
pub mod identity;
pub(crate) mod impossible_cells;
pub(crate) mod input;
pub(crate) mod json_element;
pub(crate) mod json_pointer;
pub(crate) mod json_shape;
pub(crate) mod name_date;
pub(crate) mod name_spellings;
pub mod options;
pub(crate) mod parsed;
pub(crate) mod payer_listings;
pub(crate) mod pipeline;
pub(crate) mod profile;
pub(crate) mod read;
pub(crate) mod reconcile;
pub(crate) mod rejects;
pub mod report;
pub(crate) mod report_history;
pub mod row_counter;
pub(crate) mod running_status;
pub(crate) mod safety_claims;
pub(crate) mod schema;
pub mod settings;
pub(crate) mod shared_directory;
pub(crate) mod source_record;
pub(crate) mod sources;
pub(crate) mod stated_facts;
pub(crate) mod streaming_list;
pub(crate) mod trust_tier;
pub mod validate;

/// Runs one refresh; see [`run_with_report`].
///
/// # Errors
/// Why nothing was published.
pub fn run(options: &RefreshOptions, progress: &mut dyn FnMut(RefreshProgress)) -> Result<RunReport, RefreshError> {
    let (report, ended) = run_with_report(options, progress);
    ended.map(|()| report)
}

/// Runs one refresh and returns its report however it ends. The report is also stored in the index
/// folder, unless this is a dry run or another refresh is running.
pub fn run_with_report(
    options: &RefreshOptions,
    progress: &mut dyn FnMut(RefreshProgress),
) -> (RunReport, Result<(), RefreshError>) {
    let began = Instant::now();
    let mut report = RunReport { began: options.built_at, forced: options.force.clone(), ..RunReport::default() };
    let ended = if options.dry_run {
        report.outcome = RefreshOutcome::DryRun;
        read_and_reconcile(options, progress).map(|(_, gathered)| report.gathered(gathered))
    } else {
        run_and_record(options, &mut report, progress)
    };
    report.ended(began, &ended);
    (report, ended)
}

/// Runs a publishing refresh under the lock and stores its report.
fn run_and_record(
    options: &RefreshOptions,
    report: &mut RunReport,
    progress: &mut dyn FnMut(RefreshProgress),
) -> Result<(), RefreshError> {
    let _lock = lock(&options.index)?;
    let began = Instant::now();
    let (mut stages, mut stage_began) = (Vec::new(), began);
    let mut status = RunningStatus::begin(&options.index, options.built_at, options.row_counter.clone());
    let ended = pipeline::run(options, report, &mut |told| {
        if let RefreshProgress::Done { stage, what } = &told {
            stages.push(StageTiming { stage, what: what.clone(), seconds: stage_began.elapsed().as_secs_f64() });
            stage_began = Instant::now();
        }
        status.tell(&told);
        progress(told);
    });
    report.stages = stages;
    report.ended(began, &ended);
    // A report that cannot be stored must not fail the publication.
    match report_history::keep(report, &options.index) {
        Ok(()) => {
            report.kept = true;
            if let Err(error) = SharedDirectory::share_report(options) {
                let words = format!("the report could not be stored in object storage: {error}");
                progress(RefreshProgress::Told(words.clone()));
                report.remarks.push(words);
            }
        }
        Err(error) => {
            let words = format!("the report could not be stored: {error}");
            progress(RefreshProgress::Told(words.clone()));
            report.remarks.push(words);
        }
    }
    ended
}

/// Locks the index folder for one refresh at a time.
///
/// # Errors
/// Another refresh is running, or an I/O error.
pub fn lock(index: &Path) -> Result<FileLock, RefreshError> {
    fs::create_dir_all(index).map_err(at(index))?;
    let path = index.join(".lock");
    FileLock::try_new(&path).map_err(|error| match error {
        TryLockError::WouldBlock => RefreshError::Locked,
        TryLockError::Error(error) => at(&path)(error),
    })
}
