//! The ledger in a file of its own: `SQLite`, one writer, write-ahead log.

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
use crate::ledger::event::{LedgerBatch, LedgerEvent, LedgerPosition, Sequence};
use crate::ledger::health::{LedgerHealth, with_timeout};
use crate::ledger::list_id::ListId;
use crate::ledger::migrations::migrate;
use crate::ledger::recorded_list::RecordedList;
use crate::ledger::rows::EventRow;
use crate::ledger::sql::SQLITE;
use crate::ledger::sqlite_file::{FileContents, OpenFiles};
use crate::ledger::{Ledger, LedgerFuture, migrations, sqlite_file};

/// How long a writer waits for another: our choice, far above the milliseconds a list takes.
const PATIENCE: Duration = Duration::from_secs(5);
/// What SQLite says where another has what is asked for locked.
const BUSY: &str = "5";
/// How long opening waits before it asks again.
const AGAIN: Duration = Duration::from_millis(20);
/// How long anybody waits for anything: a writer that waits for another program after waiting for this one's.
const LONGEST: Duration = Duration::from_secs(20);
/// How many lists are read at once.
const READERS: u32 = 4;

/// A ledger in one file.
///
/// A list or an entry is one row, written by one statement and read by one: no transaction stays open when the disk is full or a caller goes
/// away, so the next list is recorded as soon as it can be.
#[derive(Debug, Clone)]
pub struct SqliteLedger {
    /// One connection, so that the writers of this program take turns.
    writer: SqlitePool,
    readers: SqlitePool,
    files: OpenFiles,
    standing: LedgerHealth,
    /// Somebody told something through this.
    told: Arc<Notify>,
}

impl SqliteLedger {
    /// Opens the ledger of that file; makes it where there is none. Only the owner of the file may read it.
    ///
    /// # Errors
    /// The file cannot be made or read, is empty, is of another program, or of a later version of this one.
    pub async fn open(path: &Path) -> Result<Self, LedgerError> {
        let until = Instant::now() + PATIENCE;
        loop {
            match Self::open_once(path).await {
                // Turning the log on is the one lock that SQLite does not wait for by itself; others open it at this moment.
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
            // Made aside and named when it is whole, so that an empty file is always one that lost what it held.
            let made = sqlite_file::beside(path).map_err(failed)?;
            bring_up_to_date(made.path(), &options(made.path())).await?;
            sqlite_file::put_in_place(made, path).map_err(failed)?;
            tracing::info!(ledger = %path.display(), "there was no ledger; a new one was made");
        }
        sqlite_file::keep_to_owner(path).map_err(failed)?;
        bring_up_to_date(path, &options(path)).await?;
        // Only now: with a log, the head of a new file would be the last to say whose it is.
        let options = options(path).journal_mode(SqliteJournalMode::Wal);
        let pool = |most: u32| SqlitePoolOptions::new().max_connections(most).acquire_timeout(PATIENCE);
        // Kept for as long as the program runs: the log and its index go with the last connection, and are known by which file they are.
        let writer = pool(1).idle_timeout(None).max_lifetime(None).connect_with(options.clone()).await?;
        // The log and its index are there once something was read.
        sqlx::query("SELECT count(*) FROM told WHERE sequence = 0").execute(&writer).await?;
        Ok(Self {
            files: OpenFiles::of(path)?,
            writer,
            readers: pool(READERS).connect_lazy_with(options),
            standing: LedgerHealth::default(),
            told: Arc::default(),
        })
    }

    /// What `writing` comes to, if the files are those that were opened, before it and when it is done.
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

    /// Empties the log into the file, so that a copy of the file alone has everything, and the log does not tell the order of
    /// lists. What was written is kept either way.
    async fn bring_into_file(&self) {
        if let Err(error) = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.writer).await {
            tracing::warn!(%error, "what was told last stands in the ledger's log only; the next writing brings both into the file");
        }
    }

    async fn take_lists_away(&self, days: u32) -> Result<u64, LedgerError> {
        let Some(first_kept) = SQLITE.first_kept(&self.readers, days).await? else { return Ok(0) };
        let taken = SQLITE.forget_lists(first_kept).execute(&self.writer).await?.rows_affected();
        self.bring_into_file().await;
        Ok(taken)
    }

    /// Writers take turns, and a place is given by who has the turn: what is read has everything before it.
    async fn write_entry(&self, entry: &LedgerEvent) -> Result<Sequence, LedgerError> {
        let row = EventRow::of(entry)?;
        let sessions_before = row.sessions_before;
        let written = SQLITE.insert_entry(row).execute(&self.writer).await?;
        self.told.notify_one();
        if let Some(ended_before) = sessions_before {
            self.forget_sessions(ended_before).await;
        }
        self.bring_into_file().await;
        Ok(Sequence(written.last_insert_rowid()))
    }

    /// Takes away sessions that have ended, the newest aside. What was told is kept either way.
    async fn forget_sessions(&self, ended_before: i64) {
        if let Err(error) = SQLITE.forget_sessions(ended_before).execute(&self.writer).await {
            tracing::warn!(%error, "sessions that have ended could not be taken out of the ledger; the next sign-in tries again");
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

    fn tell<'a>(&'a self, entry: &'a LedgerEvent) -> LedgerFuture<'a, Sequence> {
        Box::pin(
            async move { self.standing.record_write(with_timeout(LONGEST, self.in_place(self.write_entry(entry))).await) },
        )
    }

    fn read(&self, before: LedgerPosition, outcomes_from: Date) -> LedgerFuture<'_, LedgerBatch> {
        Box::pin(async move {
            let reading = SQLITE.read_entries(&self.readers, before, outcomes_from);
            self.standing.record_read(with_timeout(LONGEST, self.in_place(reading)).await)
        })
    }

    /// Ends for what is told through this; what another program tells is found by the clock.
    fn woken(&self) -> LedgerFuture<'_, ()> {
        Box::pin(async {
            self.told.notified().await;
            Ok(())
        })
    }

    fn failure(&self) -> Option<String> {
        self.standing.failure()
    }

    /// Brings everything into the file first.
    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {
            self.readers.close().await;
            self.writer.close().await;
        })
    }
}

/// How to connect to the file at `path`.
fn options(path: &Path) -> SqliteConnectOptions {
    // A list that was given must outlive a power cut.
    let options = SqliteConnectOptions::new().filename(path).synchronous(SqliteSynchronous::Full);
    options.busy_timeout(PATIENCE)
}

/// Brings the tables to the newest version, or refuses a file of a later one.
async fn bring_up_to_date(path: &Path, options: &SqliteConnectOptions) -> Result<(), LedgerError> {
    let mut connection = SqliteConnection::connect_with(options).await?;
    let brought = take_steps(path, &mut connection).await;
    let closed = connection.close().await;
    brought?;
    Ok(closed?)
}

async fn take_steps(path: &Path, connection: &mut SqliteConnection) -> Result<(), LedgerError> {
    // Servers that start together would make the same tables.
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
        let list = RecordedList { made_on: jiff::civil::date(2026, 11, 21), documents: vec![document] };
        let room_for = async |pages: u32| {
            // The least there can be is what there is; an answer of this one writer.
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
        assert_eq!(ledger.failure(), None, "what is recorded already is no fault of the ledger");
    }
}
