//! The ledger in a file of its own: `SQLite`, one writer, write-ahead log.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection, Row};
use tokio::sync::Notify;

use super::standing::{Standing, within};
use super::wire::{self, Outdated};
use super::{Change, Entry, Ledger, LedgerError, ListId, Pending, Reach, RecordedList, Sequence, seal};

/// What `SQLite` keeps in the head of the file, so that no other program's file is taken for a ledger: "PLCM".
const APPLICATION: u32 = 0x504c_434d;

/// Each step from one version of the tables to the next. A step that has been released is never changed.
///
/// Without a number of its own the row of a list stands where its digest puts it, so that the order within a day is not kept.
const STEPS: [&str; 2] = [
    "
    CREATE TABLE lists (
        row     BLOB NOT NULL PRIMARY KEY, -- a digest of the list's id
        made_on TEXT NOT NULL,             -- the day
        sealed  BLOB NOT NULL              -- every form of it, sealed as one
    ) STRICT, WITHOUT ROWID;
    ",
    // AUTOINCREMENT, so that a number is never given twice, not even that of a row that is gone.
    "
    CREATE TABLE told (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        kind     TEXT NOT NULL,
        subject  TEXT,    -- the provider or key this is the newest of; none of an outcome
        asked_on TEXT,    -- of an outcome, the day
        ends_at  INTEGER, -- of a session, the second of the Unix clock
        body     TEXT NOT NULL,
        UNIQUE (kind, subject)
    ) STRICT;
    CREATE INDEX told_asked_on ON told (asked_on) WHERE asked_on IS NOT NULL;
    CREATE INDEX told_ends_at ON told (ends_at) WHERE ends_at IS NOT NULL;
    ",
];

/// How long a writer waits for another: our choice, far above the milliseconds a list takes.
const PATIENCE: Duration = Duration::from_secs(5);
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
    standing: Standing,
    /// Somebody told something through this.
    told: Arc<Notify>,
}

impl SqliteLedger {
    /// Opens the ledger of that file; makes it where there is none or an empty one. Only the owner of the file may read it.
    ///
    /// # Errors
    /// The file cannot be made or read, another program made it, or a later version of this one.
    pub async fn open(path: &Path) -> Result<Self, LedgerError> {
        let failed = |error| LedgerError::File { path: path.to_owned(), error };
        if is_of_another(path).map_err(failed)? {
            return Err(LedgerError::NotALedger { path: path.to_owned() });
        }
        keep_to_owner(path).map_err(failed)?;
        // A list that was given must outlive a power cut.
        let options = SqliteConnectOptions::new().filename(path).synchronous(SqliteSynchronous::Full);
        let options = options.busy_timeout(PATIENCE);
        bring_up_to_date(path, &options).await?;
        // Only now: with a log, the head of a new file would be the last to say whose it is.
        let options = options.journal_mode(SqliteJournalMode::Wal);
        let pool = |most: u32| SqlitePoolOptions::new().max_connections(most).acquire_timeout(PATIENCE);
        Ok(Self {
            writer: pool(1).connect_with(options.clone()).await?,
            readers: pool(READERS).connect_lazy_with(options),
            standing: Standing::default(),
            told: Arc::default(),
        })
    }

    async fn write_list(&self, id: ListId, list: &RecordedList) -> Result<(), LedgerError> {
        let (row, sealed) = (seal::row(id), seal::seal(id, list)?);
        let written = sqlx::query("INSERT INTO lists (row, made_on, sealed) VALUES (?, ?, ?)")
            .bind(row.as_slice())
            .bind(list.made_on.to_string())
            .bind(sealed)
            .execute(&self.writer)
            .await;
        match written {
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => return Err(LedgerError::Recorded),
            other => other?,
        };
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

    async fn read_list(&self, id: ListId) -> Result<Option<RecordedList>, LedgerError> {
        let found = sqlx::query("SELECT made_on, sealed FROM lists WHERE row = ?")
            .bind(seal::row(id).as_slice())
            .fetch_optional(&self.readers)
            .await?;
        let Some(found) = found else { return Ok(None) };
        let (made_on, sealed): (String, Vec<u8>) = (found.try_get(0)?, found.try_get(1)?);
        seal::open(id, &made_on, &sealed).map(Some)
    }

    /// Writers take turns, and a place is given by who has the turn: what is read has everything before it.
    async fn write_entry(&self, entry: &Entry) -> Result<Sequence, LedgerError> {
        let row = wire::Row::of(entry)?;
        // What was told of the same before goes in the same statement.
        let told = "INSERT OR REPLACE INTO told (kind, subject, asked_on, ends_at, body) VALUES (?, ?, ?, ?, ?)";
        let written = sqlx::query(told)
            .bind(row.kind)
            .bind(row.subject)
            .bind(row.asked_on.map(|day| day.to_string()))
            .bind(row.ends_at)
            .bind(row.body)
            .execute(&self.writer)
            .await?;
        self.told.notify_one();
        if let Some(outdated) = row.outdated {
            self.forget(outdated).await;
        }
        self.bring_into_file().await;
        Ok(Sequence(written.last_insert_rowid()))
    }

    /// Takes away what is outdated. What was told is kept either way.
    async fn forget(&self, outdated: Outdated) {
        let forgetting = match outdated {
            Outdated::OutcomesBefore(day) => sqlx::query("DELETE FROM told WHERE asked_on < ?").bind(day.to_string()),
            Outdated::SessionsBefore(second) => sqlx::query("DELETE FROM told WHERE ends_at < ?").bind(second),
        };
        if let Err(error) = forgetting.execute(&self.writer).await {
            tracing::warn!(%error, "what is outdated in the ledger could not be taken away; the next writing tries again");
        }
    }

    async fn read_entries(&self, sequence: Sequence, outcomes_from: Date) -> Result<Vec<Change>, LedgerError> {
        let rows = sqlx::query_as::<_, (i64, String, Option<String>, String)>(
            "SELECT sequence, kind, subject, body FROM told \
             WHERE sequence > ? AND (asked_on IS NULL OR asked_on >= ?) ORDER BY sequence",
        );
        let rows = rows.bind(sequence.0).bind(outcomes_from.to_string()).fetch_all(&self.readers).await?;
        let change = |(sequence, kind, subject, body): (i64, String, Option<String>, String)| Change {
            sequence: Sequence(sequence),
            entry: wire::read(&kind, subject, &body),
        };
        Ok(rows.into_iter().map(change).collect())
    }

    /// What takes the place of something has a higher one, and what is outdated goes when something of its kind comes: the highest
    /// places are never taken away.
    async fn read_reach(&self) -> Result<Reach, LedgerError> {
        let reach =
            "SELECT coalesce(max(sequence), 0), coalesce(max(CASE WHEN kind <> 'key' THEN sequence END), 0) FROM told";
        let (sequence, said) = sqlx::query_as::<_, (i64, i64)>(reach).fetch_one(&self.readers).await?;
        Ok(Reach { sequence: Sequence(sequence), said: Sequence(said) })
    }
}

impl Ledger for SqliteLedger {
    fn record<'a>(&'a self, id: ListId, list: &'a RecordedList) -> Pending<'a, ()> {
        Box::pin(async move { self.standing.wrote(within(LONGEST, self.write_list(id, list)).await) })
    }

    fn list(&self, id: ListId) -> Pending<'_, Option<RecordedList>> {
        Box::pin(async move { self.standing.read(within(LONGEST, self.read_list(id)).await) })
    }

    fn tell<'a>(&'a self, entry: &'a Entry) -> Pending<'a, Sequence> {
        Box::pin(async move { self.standing.wrote(within(LONGEST, self.write_entry(entry)).await) })
    }

    fn since(&self, sequence: Sequence, outcomes_from: Date) -> Pending<'_, Vec<Change>> {
        Box::pin(async move { self.standing.read(within(LONGEST, self.read_entries(sequence, outcomes_from)).await) })
    }

    fn reach(&self) -> Pending<'_, Reach> {
        Box::pin(async move { self.standing.read(within(LONGEST, self.read_reach()).await) })
    }

    /// Ends for what is told through this; what another program tells is found by the clock.
    fn woken(&self) -> Pending<'_, ()> {
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

/// Whether the file holds something and is no ledger. `SQLite` would change a file by opening it, so its head is read without.
fn is_of_another(path: &Path) -> io::Result<bool> {
    // The mark of an application stands at byte 68 (www.sqlite.org/fileformat.html).
    const MARK: u64 = 68;
    let mut head = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(MARK + 4).read_to_end(&mut head)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let is_ours = head.starts_with(b"SQLite format 3\0") && head.ends_with(&APPLICATION.to_be_bytes());
    Ok(!head.is_empty() && !is_ours)
}

/// Makes the file where there is none, and lets nobody but its owner read it. What `SQLite` puts beside it is kept as the file is.
fn keep_to_owner(path: &Path) -> io::Result<()> {
    const OWNER_ONLY: u32 = 0o600;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let file = OpenOptions::new().read(true).append(true).create(true).mode(OWNER_ONLY).open(path)?;
    if file.metadata()?.permissions().mode() & 0o777 == OWNER_ONLY {
        return Ok(());
    }
    file.set_permissions(Permissions::from_mode(OWNER_ONLY))
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
    let mut changing = connection.begin_with("BEGIN IMMEDIATE").await?;
    let found: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *changing).await?;
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(LedgerError::Newer { place: path.display().to_string(), found, known });
    }
    for (version, step) in (1_i64..).zip(STEPS) {
        if version > found {
            sqlx::raw_sql(step).execute(&mut *changing).await?;
        }
    }
    if found < known {
        let head = format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {known}");
        // Two numbers of this program; a pragma takes no parameters.
        sqlx::raw_sql(sqlx::AssertSqlSafe(head)).execute(&mut *changing).await?;
    }
    Ok(changing.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Document;

    #[tokio::test]
    async fn a_full_disk_fails_the_lists_it_has_no_room_for_and_no_other() {
        let folder = tempfile::TempDir::new().unwrap();
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).await.unwrap();
        let document = Document { media_type: "text/plain".to_owned(), bytes: b"what was given".to_vec() };
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
