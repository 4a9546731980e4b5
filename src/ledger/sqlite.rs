//! The ledger in a file of its own: `SQLite`, one writer, write-ahead log.

use std::fs::{self, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection, Row};

use super::seal::{self, Sealed};
use super::{Ledger, LedgerError, ListId, Pending, RecordedList};

/// What `SQLite` keeps in the head of the file, so that no other program's file is taken for a ledger: "PLCM".
const APPLICATION: i64 = 0x504c_434d;

/// Each step from one version of the tables to the next. A step that has been released is never changed.
const STEPS: [&str; 1] = ["
    CREATE TABLE lists (
        row     BLOB NOT NULL PRIMARY KEY, -- a digest of the list's id
        made_on TEXT NOT NULL              -- the day
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE documents (
        row        BLOB NOT NULL REFERENCES lists (row),
        place      INTEGER NOT NULL,
        media_type TEXT NOT NULL,
        sealed     BLOB NOT NULL,
        PRIMARY KEY (row, place)
    ) STRICT;
"];

/// How long a writer waits for another: our choice, far above the milliseconds a list takes.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many lists are read at once.
const READERS: u32 = 4;

/// A ledger in one file.
#[derive(Debug, Clone)]
pub struct SqliteLedger {
    /// One connection, so that the writers of this program take turns.
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteLedger {
    /// Opens the ledger of that file; makes it where there is none. Only the owner of the file may read it.
    ///
    /// # Errors
    /// The file cannot be made or read, another program made it, or a later version of this one.
    pub async fn open(path: &Path) -> Result<Self, LedgerError> {
        keep_to_owner(path).map_err(|error| LedgerError::File { path: path.to_owned(), error })?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            // A list that was given must outlive a power cut.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE);
        bring_up_to_date(path, &options).await?;
        let pool = |most: u32| SqlitePoolOptions::new().max_connections(most).acquire_timeout(PATIENCE);
        Ok(Self {
            writer: pool(1).connect_with(options.clone()).await?,
            readers: pool(READERS).connect_lazy_with(options),
        })
    }

    /// Brings everything into the file and lets go of it; a program that ends without loses nothing either.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    async fn write(&self, id: ListId, list: &RecordedList) -> Result<(), LedgerError> {
        let (row, sealed) = (seal::row(id), seal::seal(id, list)?);
        let mut writing = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let made_on = list.made_on.to_string();
        let recorded = sqlx::query("INSERT INTO lists (row, made_on) VALUES (?, ?)")
            .bind(row.as_slice())
            .bind(made_on)
            .execute(&mut *writing)
            .await;
        match recorded {
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => return Err(LedgerError::Recorded),
            other => other?,
        };
        for (place, document) in (0_i64..).zip(sealed) {
            sqlx::query("INSERT INTO documents (row, place, media_type, sealed) VALUES (?, ?, ?, ?)")
                .bind(row.as_slice())
                .bind(place)
                .bind(document.media_type)
                .bind(document.bytes)
                .execute(&mut *writing)
                .await?;
        }
        Ok(writing.commit().await?)
    }

    async fn read(&self, id: ListId) -> Result<Option<RecordedList>, LedgerError> {
        let row = seal::row(id);
        // Both in one transaction, so that no list is seen half.
        let mut reading = self.readers.begin().await?;
        let found = sqlx::query("SELECT made_on FROM lists WHERE row = ?")
            .bind(row.as_slice())
            .fetch_optional(&mut *reading)
            .await?;
        let Some(found) = found else { return Ok(None) };
        let made_on: String = found.try_get(0)?;
        let documents = sqlx::query("SELECT media_type, sealed FROM documents WHERE row = ? ORDER BY place")
            .bind(row.as_slice())
            .fetch_all(&mut *reading)
            .await?;
        let sealed = documents
            .into_iter()
            .map(|found| Ok(Sealed { media_type: found.try_get(0)?, bytes: found.try_get(1)? }))
            .collect::<Result<_, LedgerError>>()?;
        seal::open(id, &made_on, sealed).map(Some)
    }
}

impl Ledger for SqliteLedger {
    fn record<'a>(&'a self, id: ListId, list: &'a RecordedList) -> Pending<'a, ()> {
        Box::pin(self.write(id, list))
    }

    fn list(&self, id: ListId) -> Pending<'_, Option<RecordedList>> {
        Box::pin(self.read(id))
    }
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

/// Brings the tables to the newest version, or refuses a file that is not a ledger of this program.
async fn bring_up_to_date(path: &Path, options: &SqliteConnectOptions) -> Result<(), LedgerError> {
    let mut connection = SqliteConnection::connect_with(options).await?;
    let mut changing = connection.begin_with("BEGIN IMMEDIATE").await?;
    let application: i64 = sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut *changing).await?;
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(&mut *changing).await?;
    if application != APPLICATION && (application, tables) != (0, 0) {
        return Err(LedgerError::NotALedger { path: path.to_owned() });
    }
    let found: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *changing).await?;
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(LedgerError::Newer { path: path.to_owned(), found, known });
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
    changing.commit().await?;
    connection.close().await?;
    Ok(())
}
