//! The reports of past refresh runs, stored in `index/reports/`.
//!
//! `last.json` and `last.txt` are those of the last run, whatever its outcome.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::catalog::generation::PARTIAL;
use crate::refresh::error::{RefreshError, at};
use crate::refresh::report::review;
use crate::regular_file;
use crate::run_report::{FOLDER, LAST, RunReport};
use crate::text::is_steering;

/// How many runs are kept: two months of nights, our choice.
const RUNS: usize = 60;

/// Writes the report as JSON and as text, the rejects and the review file; deletes the reports of
/// old runs.
///
/// # Errors
/// An I/O error.
pub(crate) fn keep(report: &RunReport, index: &Path) -> Result<(), RefreshError> {
    let folder = index.join(FOLDER);
    fs::create_dir_all(&folder).map_err(at(&folder))?;
    let name = report.name();
    let json = report.json().map_err(|error| at(&folder)(error.into()))?;
    // Names come from external files, and the page is read on a terminal.
    let page: String = report.to_string().chars().filter(|c| *c == '\n' || !is_steering(*c)).collect();
    for run in [name.as_str(), LAST] {
        write(&folder, &format!("{run}.json"), json.as_bytes())?;
        write(&folder, &format!("{run}.txt"), page.as_bytes())?;
    }
    let rejects = report.rejects_ndjson().map_err(|error| at(&folder)(error.into()))?;
    write(&folder, &format!("{name}.rejects.ndjson"), rejects.as_bytes())?;
    let review = review::csv(&report.review).map_err(at(&folder))?;
    write(&folder, &format!("{name}.review.csv"), &review)?;
    forget(&folder).map_err(at(&folder))
}

/// The path of the last run's report page.
pub(crate) fn page_of_last(index: &Path) -> PathBuf {
    index.join(FOLDER).join(format!("{LAST}.txt"))
}

/// Writes a temporary file and renames it, so that readers never see a partial file.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), RefreshError> {
    let aside = folder.join(format!("{name}{PARTIAL}"));
    regular_file::write(&aside, bytes).map_err(at(&aside))?;
    fs::rename(&aside, folder.join(name)).map_err(at(&aside))
}

/// Deletes the files of all but the newest runs, and partial files. Other files are left alone.
fn forget(folder: &Path) -> io::Result<()> {
    let names = fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let names: Vec<String> = names.collect::<io::Result<_>>()?;
    let runs: BTreeSet<&str> = names.iter().filter_map(|name| run_of(name)).collect();
    let long_past: BTreeSet<&str> = runs.into_iter().rev().skip(RUNS).collect();
    let half = |name: &str| name.ends_with(PARTIAL);
    let of_them = names.iter().filter(|name| half(name) || run_of(name).is_some_and(|run| long_past.contains(run)));
    of_them.map(|name| folder.join(name)).try_for_each(fs::remove_file)
}

/// The run a file belongs to, by its name.
fn run_of(name: &str) -> Option<&str> {
    let (run, _) = name.split_once('.')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let timed = run.len() >= 16 && digits(run.get(..8)?) && digits(run.get(9..15)?);
    timed.then_some(run)
}
