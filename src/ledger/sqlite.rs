//! The ledger in an SQLite file: its connections, time limits, reads and writes. One writer, write-ahead log.
//!
//! The file itself, its owner and its creation are in [`crate::ledger::sqlite_file`].

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::civil::Date;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection, Sqlite};
use tokio::sync::Notify;

use crate::ledger::error::LedgerError;
use crate::ledger::event::{LedgerBatch, LedgerPosition, Sequence};
use crate::ledger::health::{LedgerHealth, with_timeout};
use crate::ledger::list_id::ListId;
use crate::ledger::migrations::migrate;
use crate::ledger::recorded_list::{ListCount, RecordedList};
use crate::ledger::sealed_page::SealedPage;
use crate::ledger::sql::SQLITE;
use crate::ledger::sqlite_file::{FileContents, OpenFiles};
use crate::ledger::write::{LedgerReceipt, LedgerWrite};
use crate::ledger::written_rows::rows_of;
use crate::ledger::{Ledger, LedgerFuture, migrations, sqlite_file};

/// How long a writer waits for a lock. Our choice: far above the milliseconds that a list takes.
const PATIENCE: Duration = Duration::from_secs(5);
/// The SQLite error code for a locked database.
const BUSY: &str = "5";
/// Pause before opening is retried.
const AGAIN: Duration = Duration::from_millis(20);
/// Limit for a whole operation: waiting for this program's writer and then for another program's.
const LONGEST: Duration = Duration::from_secs(20);
/// Number of lists that can be read at the same time.
const READERS: u32 = 4;

/// A ledger in one file.
///
/// A list is one row, written and read by one statement. Events are written in one transaction,
/// which is rolled back when the disk is full, so the next write succeeds as soon as it can.
#[derive(Debug, Clone)]
pub struct SqliteLedger {
    /// One connection, so that writers of this program take turns.
    writer: SqlitePool,
    readers: SqlitePool,
    files: OpenFiles,
    standing: LedgerHealth,
    /// Signals an event written through this ledger.
    changed: Arc<Notify>,
}

impl SqliteLedger {
    /// Opens the ledger file, or creates it. Only its owner may read it.
    ///
    /// # Errors
    /// The file cannot be created or read, is empty, belongs to another program, or was written by
    /// a later version of this one.
    pub async fn open(path: &Path) -> Result<Self, LedgerError> {
        let until = Instant::now() + PATIENCE;
        loop {
            match Self::open_once(path).await {
                // SQLite does not wait for the lock that switches to the write-ahead log; another
                // process may be opening the file.
                Err(LedgerError::Database(sqlx::Error::Database(error)))
                    if error.code().as_deref() == Some(BUSY) && Instant::now() < until =>
                {
                    tokio::time::sleep(AGAIN).await;
                }
                opened => return opened,
            }
        }
    }

    async fn open_once(path: &Path) -> Result<Self, LedgerError> {
        let failed = |error| LedgerError::File { path: path.to_owned(), error };
        if sqlite_file::inspect(path)? == FileContents::Nothing {
            // Created under a temporary name and renamed when complete, so that an empty file
            // always means lost contents.
            let made = sqlite_file::beside(path).map_err(failed)?;
            bring_up_to_date(made.path(), &options(made.path())).await?;
            sqlite_file::put_in_place(made, path).map_err(failed)?;
            tracing::info!(ledger = %path.display(), "no ledger found; a new one was created");
        }
        sqlite_file::keep_to_owner(path).map_err(failed)?;
        bring_up_to_date(path, &options(path)).await?;
        // Switched on only now: with a write-ahead log, the header of a new file, which identifies
        // it, would be written last.
        let options = options(path).journal_mode(SqliteJournalMode::Wal);
        let pool = |most: u32| SqlitePoolOptions::new().max_connections(most).acquire_timeout(PATIENCE);
        // The connection is never closed while the program runs: closing the last one deletes the
        // log and its index, whose file identities are checked.
        let writer = pool(1).idle_timeout(None).max_lifetime(None).connect_with(options.clone()).await?;
        // The log and its index exist only after a read.
        sqlx::query("SELECT count(*) FROM told WHERE sequence = 0").execute(&writer).await?;
        Ok(Self {
            files: OpenFiles::of(path)?,
            writer,
            readers: pool(READERS).connect_lazy_with(options),
            standing: LedgerHealth::default(),
            changed: Arc::default(),
        })
    }

    /// Runs `writing` and checks before and after it that the open files are still the ones at the
    /// path.
    async fn in_place<T>(&self, writing: impl Future<Output = Result<T, LedgerError>> + Send) -> Result<T, LedgerError> {
        self.files.are_there()?;
        let written = writing.await?;
        self.files.are_there()?;
        Ok(written)
    }

    async fn write_list(&self, id: ListId, list: &RecordedList) -> Result<(), LedgerError> {
        SQLITE.insert_list(&self.writer, id, list).await?;
        self.bring_into_file().await;
        Ok(())
    }

    /// Moves the log into the main file, so that a copy of the file alone is complete, and the log
    /// does not reveal the order of lists. A failure loses nothing.
    async fn bring_into_file(&self) {
        if let Err(error) = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.writer).await {
            tracing::warn!(%error, "the last events are only in the ledger's write-ahead log; the next write moves them into the file");
        }
    }

    async fn take_lists_away(&self, days: u32) -> Result<u64, LedgerError> {
        let Some(first_kept) = SQLITE.first_kept(&self.readers, days).await? else { return Ok(0) };
        let taken = SQLITE.forget_lists(first_kept).execute(&self.writer).await?.rows_affected();
        self.bring_into_file().await;
        Ok(taken)
    }

    async fn take_requests_away(&self, days: u32) -> Result<u64, LedgerError> {
        let Some(first_kept) = SQLITE.first_kept_request(&self.readers, days).await? else { return Ok(0) };
        let taken = SQLITE.forget_requests(first_kept).execute(&self.writer).await?.rows_affected();
        self.bring_into_file().await;
        Ok(taken)
    }

    async fn write_day(&self, day: Date) -> Result<(), LedgerError> {
        SQLITE.note_day(day).execute(&self.writer).await?;
        self.bring_into_file().await;
        Ok(())
    }

    async fn write_page(&self, page: &SealedPage, now: i64) -> Result<(), LedgerError> {
        let mut keeping = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        SQLITE.forget_pages(now).execute(&mut *keeping).await?;
        SQLITE.insert_page(page).execute(&mut *keeping).await?;
        Ok(keeping.commit().await?)
    }

    /// Writers take turns and sequence numbers are assigned in that order, so a reader never misses
    /// an earlier event.
    async fn write_entries(&self, write: &LedgerWrite<'_>) -> Result<LedgerReceipt, LedgerError> {
        let rows = rows_of(write)?;
        let sessions_before = rows.iter().filter_map(|row| row.sessions_before).max();
        let mut writing = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        if let Some(objection) = SQLITE.find_objection(&mut writing, write).await? {
            writing.rollback().await?;
            return Ok(objection);
        }
        let mut sequences = Vec::with_capacity(rows.len());
        for row in rows {
            let written = SQLITE.insert_entry(row).execute(&mut *writing).await?;
            sequences.push(Sequence(written.last_insert_rowid()));
        }
        if let Some(repeat) = &write.repeat {
            SQLITE.keep_repeat(&mut writing, repeat, write.written_for(), &sequences).await?;
        }
        writing.commit().await?;
        self.changed.notify_one();
        if let Some(ended_before) = sessions_before {
            self.forget_sessions(ended_before).await;
        }
        self.bring_into_file().await;
        Ok(LedgerReceipt::Written(sequences))
    }

    /// Deletes sessions that have ended, except the newest ones. A failure does not affect the
    /// event just written.
    async fn forget_sessions(&self, ended_before: i64) {
        if let Err(error) = SQLITE.forget_sessions(ended_before).execute(&self.writer).await {
            tracing::warn!(%error, "expired sessions could not be deleted from the ledger; the next sign-in tries again");
        }
    }
}

impl Ledger for SqliteLedger {
    fn record<'a>(&'a self, id: ListId, list: &'a RecordedList) -> LedgerFuture<'a, ()> {
        Box::pin(
            async move { self.standing.record_write(with_timeout(LONGEST, self.in_place(self.write_list(id, list))).await) },
        )
    }

    fn list(&self, id: ListId) -> LedgerFuture<'_, Option<RecordedList>> {
        Box::pin(async move { self.standing.record_read(with_timeout(LONGEST, SQLITE.find_list(&self.readers, id)).await) })
    }

    fn forget_lists(&self, days: u32) -> LedgerFuture<'_, u64> {
        Box::pin(
            async move { self.standing.record_write(with_timeout(LONGEST, self.in_place(self.take_lists_away(days))).await) },
        )
    }

    fn count_lists(&self) -> LedgerFuture<'_, Vec<ListCount>> {
        Box::pin(async move { self.standing.record_read(with_timeout(LONGEST, SQLITE.count_lists(&self.readers)).await) })
    }

    fn note_day(&self, day: Date) -> LedgerFuture<'_, ()> {
        Box::pin(async move { self.standing.record_write(with_timeout(LONGEST, self.in_place(self.write_day(day))).await) })
    }

    fn forget_requests(&self, days: u32) -> LedgerFuture<'_, u64> {
        Box::pin(async move {
            self.standing.record_write(with_timeout(LONGEST, self.in_place(self.take_requests_away(days))).await)
        })
    }

    fn keep_page<'a>(&'a self, page: &'a SealedPage, now: i64) -> LedgerFuture<'a, ()> {
        Box::pin(
            async move { self.standing.record_write(with_timeout(LONGEST, self.in_place(self.write_page(page, now))).await) },
        )
    }

    fn page(&self, row: [u8; 32]) -> LedgerFuture<'_, Option<SealedPage>> {
        Box::pin(async move { self.standing.record_read(with_timeout(LONGEST, SQLITE.find_page(&self.readers, row)).await) })
    }

    fn use_page(&self, row: [u8; 32]) -> LedgerFuture<'_, bool> {
        Box::pin(async move {
            let using = async { Ok(SQLITE.use_page(row).execute(&self.writer).await?.rows_affected() == 1) };
            self.standing.record_write(with_timeout(LONGEST, self.in_place(using)).await)
        })
    }

    fn append<'a>(&'a self, write: &'a LedgerWrite<'a>) -> LedgerFuture<'a, LedgerReceipt> {
        Box::pin(
            async move { self.standing.record_write(with_timeout(LONGEST, self.in_place(self.write_entries(write))).await) },
        )
    }

    fn read(&self, before: LedgerPosition, outcomes_from: Date) -> LedgerFuture<'_, LedgerBatch> {
        Box::pin(async move {
            let reading = SQLITE.read_entries(&self.readers, before, outcomes_from);
            self.standing.record_read(with_timeout(LONGEST, self.in_place(reading)).await)
        })
    }

    /// Completes for events written through this ledger. Events of other programs are found by
    /// polling.
    fn woken(&self) -> LedgerFuture<'_, ()> {
        Box::pin(async {
            self.changed.notified().await;
            Ok(())
        })
    }

    fn failure(&self) -> Option<String> {
        self.standing.failure()
    }

    /// Moves the log into the main file first.
    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {
            self.readers.close().await;
            self.writer.close().await;
        })
    }
}

/// Connection options for the file at `path`.
fn options(path: &Path) -> SqliteConnectOptions {
    // A recorded list must survive a power failure.
    let options = SqliteConnectOptions::new().filename(path).synchronous(SqliteSynchronous::Full);
    options.busy_timeout(PATIENCE)
}

/// Migrates the schema to the newest version, or fails if it is newer.
async fn bring_up_to_date(path: &Path, options: &SqliteConnectOptions) -> Result<(), LedgerError> {
    let mut connection = SqliteConnection::connect_with(options).await?;
    let brought = take_steps(path, &mut connection).await;
    let closed = connection.close().await;
    brought?;
    Ok(closed?)
}

async fn take_steps(path: &Path, connection: &mut SqliteConnection) -> Result<(), LedgerError> {
    // Servers that start together must not create the same tables.
    let mut changing = connection.begin_with("BEGIN IMMEDIATE").await?;
    let found = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *changing).await?;
    migrate::<Sqlite>(&migrations::SQLITE, found, &path.display().to_string(), &mut changing).await?;
    Ok(changing.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::recorded_list::ListRendition;

    #[tokio::test]
    async fn a_full_disk_fails_the_lists_it_has_no_room_for_and_no_other() {
        let folder = tempfile::TempDir::new().unwrap();
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).await.unwrap();
        let document = ListRendition { media_type: "text/plain".to_owned(), bytes: b"what was given".to_vec() };
        let list = RecordedList { made_on: jiff::civil::date(2026, 11, 21), hospital: None, documents: vec![document] };
        let room_for = async |pages: u32| {
            // SQLite does not go below the current size; applies to this one writer.
            let limit = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
            sqlx::raw_sql(limit).execute(&ledger.writer).await.unwrap();
        };
        let (first, second) = (ListId([1; 16]), ListId([2; 16]));
        ledger.record(first, &list).await.unwrap();
        room_for(1).await;
        for _ in 0..3 {
            let error = ledger.record(second, &list).await.unwrap_err().to_string();
            assert!(error.contains("full"), "{error}");
            assert_eq!(ledger.failure(), Some(error));
            assert_eq!(ledger.list(second).await.unwrap(), None);
            assert_eq!(ledger.list(first).await.unwrap(), Some(list.clone()));
        }
        room_for(u32::MAX - 1).await;
        ledger.record(second, &list).await.unwrap();
        assert_eq!((ledger.failure(), ledger.list(second).await.unwrap()), (None, Some(list.clone())));
        assert!(matches!(ledger.record(second, &list).await, Err(LedgerError::Recorded)));
        assert_eq!(ledger.failure(), None, "a duplicate list is not a failure of the ledger");
    }
}
