//! Writes the state of this refresh for the directory page, and removes it at the end.

use std::fs;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::catalog::generation::PARTIAL;
use crate::refresh::options::RefreshProgress;
use crate::regular_file;
use crate::run_report::FOLDER;
use crate::run_report::running::{FinishedStage, RunningRefresh, STATE, lock_alive};
use crate::text::is_steering;

/// How often steps within a stage are written at most. Our choice: people do not reload faster.
const PAUSE: Duration = Duration::from_millis(200);

/// The state of this refresh on disk. Nothing that fails here fails the refresh.
#[derive(Debug)]
pub(crate) struct RunningStatus {
    folder: PathBuf,
    refresh: RunningRefresh,
    written: Option<Instant>,
    /// Held as long as this process lives, so that a state left behind is recognized. `None` where files cannot be locked.
    _alive: Option<File>,
}

impl RunningStatus {
    /// The state of a refresh of `index` that has just begun.
    pub(crate) fn begin(index: &Path, began: Timestamp) -> Self {
        let folder = index.join(FOLDER);
        // Without the folder, nothing below is written.
        let _ = fs::create_dir_all(&folder);
        let alive = lock_alive(&folder).ok();
        let refresh = RunningRefresh { began, now: "It has started.".to_owned(), ..RunningRefresh::default() };
        let mut status = Self { folder, refresh, written: None, _alive: alive };
        status.write();
        status
    }

    /// Adds what was `told`.
    pub(crate) fn tell(&mut self, told: &RefreshProgress) {
        match told {
            RefreshProgress::Reading { file, at, of } => {
                self.refresh.file = Some((*at, *of));
                self.refresh.now = one_line(&format!("Reading {file}"));
            }
            RefreshProgress::Told(what) => self.refresh.now = one_line(what),
            RefreshProgress::Done { stage, what } => {
                self.refresh.file = None;
                self.refresh.now = String::new();
                self.refresh.done.push(FinishedStage { stage: (*stage).to_owned(), what: one_line(what) });
            }
        }
        let is_soon = self.written.is_some_and(|written| written.elapsed() < PAUSE);
        // The beginning of a file and the end of a stage may be the last news for minutes.
        if !is_soon || !matches!(told, RefreshProgress::Told(_)) {
            self.write();
        }
    }

    /// Writes a temporary file and renames it, so that readers never see a partial file.
    fn write(&mut self) {
        self.written = Some(Instant::now());
        self.refresh.updated = Timestamp::now();
        let aside = self.folder.join(format!("{STATE}{PARTIAL}"));
        if let Ok(bytes) = serde_json::to_vec(&self.refresh)
            && regular_file::write(&aside, bytes).is_ok()
        {
            let _ = fs::rename(&aside, self.folder.join(STATE));
        }
    }
}

impl Drop for RunningStatus {
    fn drop(&mut self) {
        let _ = fs::remove_file(self.folder.join(STATE));
    }
}

/// `text` without characters that change lines or the direction of text: names of files come from outside.
fn one_line(text: &str) -> String {
    text.chars().filter(|c| !is_steering(*c)).take(300).collect()
}
