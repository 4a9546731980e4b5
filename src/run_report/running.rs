//! The state of a refresh that is running, as written to the reports folder while it runs and removed at its end.
//!
//! The process holds a lock on a second file for as long as it lives, so that the state of a process that has died is recognized.

use std::io;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::catalog::files::FileLock;
use crate::regular_file;
use crate::run_report::FOLDER;

/// The file of the state, in the reports folder.
pub(crate) const STATE: &str = "running.json";

/// The file that the process locks, in the reports folder.
pub(crate) const ALIVE: &str = "running.lock";

/// What a running refresh has done so far. It names files and sources, nothing of patients.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunningRefresh {
    /// When it started.
    pub began: Timestamp,
    /// When this was written.
    pub updated: Timestamp,
    /// The stages that are done.
    pub done: Vec<FinishedStage>,
    /// What it does now, in one sentence.
    pub now: String,
    /// The number of the file that it reads, and how many there are.
    pub file: Option<(usize, usize)>,
    /// How many rows of that file it has read.
    pub rows: u64,
}

/// A stage that is done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FinishedStage {
    /// Its name: `fetch`, `read`, `build`.
    pub stage: String,
    /// What it did, such as how many rows it read.
    pub what: String,
}

/// What the reports folder says of a refresh that is running.
#[derive(Debug)]
pub(crate) enum RunningState {
    /// None is running.
    None,
    /// One is running.
    Running(RunningRefresh),
    /// One was running, and its process ended without finishing.
    Died(RunningRefresh),
    /// The state cannot be read, and why.
    Unreadable(String),
}

/// Reads the state in the folder `index`.
pub(crate) fn running(index: &Path) -> RunningState {
    let folder = index.join(FOLDER);
    let bytes = match regular_file::read(&folder.join(STATE)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return RunningState::None,
        Err(error) => return RunningState::Unreadable(error.to_string()),
    };
    let refresh = match serde_json::from_slice::<RunningRefresh>(&bytes) {
        Ok(refresh) => refresh,
        Err(error) => return RunningState::Unreadable(format!("the file is not the state of a refresh ({error})")),
    };
    if FileLock::is_held(&folder.join(ALIVE)) {
        RunningState::Running(refresh)
    } else if folder.join(STATE).exists() {
        RunningState::Died(refresh)
    } else {
        // It ended in between.
        RunningState::None
    }
}

/// Locks the file in the reports folder `folder` until the file is dropped. A server that looks holds it for a moment, which this waits
/// for.
///
/// # Errors
/// An I/O error.
pub(crate) fn lock_alive(folder: &Path) -> io::Result<FileLock> {
    FileLock::wait(&folder.join(ALIVE))
}
