//! Writes the state of this refresh for the directory page, and removes it at the end.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::catalog::files::FileLock;
use crate::catalog::generation::PARTIAL;
use crate::refresh::options::RefreshProgress;
use crate::refresh::row_counter::RowCounter;
use crate::regular_file;
use crate::run_report::FOLDER;
use crate::run_report::running::{FinishedStage, RunningRefresh, STATE, lock_alive};
use crate::text::is_steering;

/// How often rows and steps within a stage are written at most. Our choice: people do not reload faster.
const PAUSE: Duration = Duration::from_secs(1);

/// The state of this refresh on disk. Nothing that fails here fails the refresh.
#[derive(Debug)]
pub(crate) struct RunningStatus {
    writer: Arc<Mutex<StatusWriter>>,
    /// Dropped to end the thread that writes the rows.
    stop: Option<Sender<()>>,
    ticking: Option<JoinHandle<()>>,
    /// Held as long as this process lives, so that a state left behind is recognized. `None` where files cannot be locked.
    _alive: Option<FileLock>,
}

/// The state and where it is written.
#[derive(Debug)]
struct StatusWriter {
    folder: PathBuf,
    refresh: RunningRefresh,
    row_counter: RowCounter,
    written: Option<Instant>,
}

impl RunningStatus {
    /// The state of a refresh of `index` that has just begun, and reads rows that `row_counter` learns of.
    pub(crate) fn begin(index: &Path, began: Timestamp, row_counter: RowCounter) -> Self {
        let folder = index.join(FOLDER);
        // Without the folder, nothing below is written.
        let _ = fs::create_dir_all(&folder);
        let alive = lock_alive(&folder).ok();
        let refresh = RunningRefresh { began, now: "It has started.".to_owned(), ..RunningRefresh::default() };
        let mut writer = StatusWriter { folder, refresh, row_counter, written: None };
        writer.write();
        let writer = Arc::new(Mutex::new(writer));
        let (stop, stopped) = mpsc::channel::<()>();
        let ticked = Arc::clone(&writer);
        // A file may take minutes, in which no other progress is reported.
        let ticking = thread::Builder::new().spawn(move || {
            while matches!(stopped.recv_timeout(PAUSE), Err(RecvTimeoutError::Timeout)) {
                lock(&ticked).tick();
            }
        });
        Self { writer, stop: Some(stop), ticking: ticking.ok(), _alive: alive }
    }

    /// Adds what was `told`.
    pub(crate) fn tell(&mut self, told: &RefreshProgress) {
        lock(&self.writer).tell(told);
    }
}

fn lock(writer: &Mutex<StatusWriter>) -> MutexGuard<'_, StatusWriter> {
    writer.lock().unwrap_or_else(PoisonError::into_inner)
}

impl StatusWriter {
    fn tell(&mut self, told: &RefreshProgress) {
        match told {
            RefreshProgress::Reading { file, at, of } => {
                self.row_counter.set(0);
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

    /// Writes the state again if rows were read since it was written.
    fn tick(&mut self) {
        if self.refresh.file.is_some() && self.row_counter.get() != self.refresh.rows {
            self.write();
        }
    }

    /// Writes a temporary file and renames it, so that readers never see a partial file.
    fn write(&mut self) {
        self.written = Some(Instant::now());
        self.refresh.updated = Timestamp::now();
        self.refresh.rows = if self.refresh.file.is_some() { self.row_counter.get() } else { 0 };
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
        // The thread must not write the state again after it is removed.
        drop(self.stop.take());
        if let Some(ticking) = self.ticking.take() {
            let _ = ticking.join();
        }
        let _ = fs::remove_file(lock(&self.writer).folder.join(STATE));
    }
}

/// `text` without characters that change lines or the direction of text: names of files come from outside.
fn one_line(text: &str) -> String {
    text.chars().filter(|c| !is_steering(*c)).take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run_report::running::{RunningState, running};

    fn rows(index: &Path) -> (Option<(usize, usize)>, u64) {
        match running(index) {
            RunningState::Running(refresh) => (refresh.file, refresh.rows),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_rows_of_a_file_are_written_while_it_is_read() {
        let folder = tempfile::TempDir::new().unwrap();
        let counter = RowCounter::default();
        let mut status = RunningStatus::begin(folder.path(), Timestamp::UNIX_EPOCH, counter.clone());
        let reading = |at| RefreshProgress::Reading { file: "roster.csv".to_owned(), at, of: 2 };
        status.tell(&reading(1));
        assert_eq!(rows(folder.path()), (Some((1, 2)), 0));
        counter.set(52_310);
        lock(&status.writer).tick();
        assert_eq!(rows(folder.path()), (Some((1, 2)), 52_310));
        status.tell(&reading(2));
        assert_eq!(rows(folder.path()), (Some((2, 2)), 0), "each file counts from its beginning");
        counter.set(7);
        status.tell(&RefreshProgress::Done { stage: "read", what: "2 files".to_owned() });
        assert_eq!(rows(folder.path()), (None, 0));
        lock(&status.writer).tick();
        drop(status);
        assert!(!folder.path().join(FOLDER).join(STATE).exists());
    }
}
