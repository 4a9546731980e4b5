//! The ledger in a PostgreSQL database, which several servers can share.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgListener, PgPool, PgPoolOptions, PgSslMode};
use sqlx::{ConnectOptions, Connection, Postgres, Row, Transaction};
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::hospital_id::HospitalId;
use crate::ledger::error::LedgerError;
use crate::ledger::event::{LedgerBatch, LedgerPosition, Sequence};
use crate::ledger::health::{LedgerHealth, with_timeout};
use crate::ledger::list_id::ListId;
use crate::ledger::migrations::migrate;
use crate::ledger::recorded_list::{ListCount, RecordedList};
use crate::ledger::sealed_page::SealedPage;
use crate::ledger::sql::POSTGRES;
use crate::ledger::write::{LedgerReceipt, LedgerWrite};
use crate::ledger::written_rows::rows_of;
use crate::ledger::{Ledger, LedgerFuture, migrations};

/// Advisory lock for schema changes: "PLCMopen".
const OPENING: i64 = 0x504c_434d_6f70_656e;
/// Advisory lock for appending events: "PLCMtell".
const TELLING: i64 = 0x504c_434d_7465_6c6c;
/// The session variable with the hospital of a transaction.
const HOSPITAL: &str = "placement.hospital";
/// Its value for the reader of the whole ledger. No hospital has this id.
const EVERY_HOSPITAL: &str = "*";
/// Notification channel for new events. The notifications have no content.
const CHANNEL: &str = "placement_told";
/// Set explicitly, whatever the database default: a read after a lock must see the state after the
/// lock was granted.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// Number of sequence numbers whose marks are kept. A server that missed more events reads
/// everything again. Our choice.
const MARKS: i64 = 100_000;

/// Maximum connections of one server, including the one that listens. A statement takes about a
/// millisecond. Our choice.
const CONNECTIONS: u32 = 8;
/// Time limit for getting a connection. Our choice.
const PATIENCE: Duration = Duration::from_secs(3);
/// Server-side limit for one statement and for waiting for a lock. Our choice.
const STATEMENT: &str = "5s";
/// Server-side limit for an idle transaction.
const IDLE: &str = "10s";
/// Limit for a whole operation, also on a network that does not answer: one connection and two
/// statements.
const LONGEST: Duration = Duration::from_secs(12);
/// Pause before listening again after the connection was lost. Until then, polling finds new
/// events.
const PAUSE: Duration = Duration::from_secs(1);

/// Connection parameters allowed in an address. The driver ignores others and logs them with their
/// value, which may be a password under a misspelled name.
const PARAMETERS: [&str; 12] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

/// A ledger in a database that several servers can share.
#[derive(Debug)]
pub struct PostgresLedger {
    pool: PgPool,
    standing: LedgerHealth,
    /// Signals a new event.
    changed: Arc<Notify>,
    listening: AbortHandle,
}

impl Drop for PostgresLedger {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl PostgresLedger {
    /// Opens the ledger in the database at `address`, creating its tables if they are missing.
    ///
    /// # Errors
    /// The address is invalid, the database cannot be reached, or a later version of this program
    /// wrote it.
    pub async fn open(address: &str) -> Result<Self, LedgerError> {
        let options = options(address)?;
        with_timeout(LONGEST, bring_up_to_date(&options)).await?;
        warn_of_the_way(&options);
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(PATIENCE);
        let pool = pool.connect_lazy_with(options);
        let changed = Arc::new(Notify::new());
        let listening = tokio::spawn(listen(pool.clone(), Arc::clone(&changed))).abort_handle();
        Ok(Self { pool, standing: LedgerHealth::default(), changed, listening })
    }

    async fn take_lists_away(&self, days: u32) -> Result<u64, LedgerError> {
        let mut taking = self.begin_for_all().await?;
        let Some(first_kept) = POSTGRES.first_kept(&mut *taking, days).await? else { return Ok(0) };
        let taken = POSTGRES.forget_lists(first_kept).execute(&mut *taking).await?.rows_affected();
        taking.commit().await?;
        Ok(taken)
    }

    async fn take_requests_away(&self, days: u32) -> Result<u64, LedgerError> {
        let mut taking = self.begin_for_all().await?;
        let Some(first_kept) = POSTGRES.first_kept_request(&mut *taking, days).await? else { return Ok(0) };
        let taken = POSTGRES.forget_requests(first_kept).execute(&mut *taking).await?.rows_affected();
        taking.commit().await?;
        Ok(taken)
    }

    /// Begins a transaction for the rows of `hospital` and of none.
    async fn begin_for(&self, hospital: Option<&HospitalId>) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        let mut begun = self.pool.begin_with(BEGIN).await?;
        name_hospital(&mut begun, hospital.map_or("", HospitalId::as_str)).await?;
        Ok(begun)
    }

    /// Begins a transaction that reads and deletes the rows of all hospitals, and writes none.
    async fn begin_for_all(&self) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        let mut begun = self.pool.begin_with(BEGIN).await?;
        name_hospital(&mut begun, EVERY_HOSPITAL).await?;
        Ok(begun)
    }

    async fn write_list(&self, id: ListId, list: &RecordedList) -> Result<(), LedgerError> {
        let mut recording = self.begin_for(list.hospital.as_ref()).await?;
        POSTGRES.insert_list(&mut *recording, id, list).await?;
        Ok(recording.commit().await?)
    }

    async fn read_list(&self, id: ListId) -> Result<Option<RecordedList>, LedgerError> {
        let mut reading = self.begin_for_all().await?;
        let found = POSTGRES.find_list(&mut *reading, id).await;
        reading.commit().await?;
        found
    }

    async fn read_list_counts(&self) -> Result<Vec<ListCount>, LedgerError> {
        let mut reading = self.begin_for_all().await?;
        let counted = POSTGRES.count_lists(&mut *reading).await;
        reading.commit().await?;
        counted
    }

    async fn read_events(&self, before: LedgerPosition, outcomes_from: Date) -> Result<LedgerBatch, LedgerError> {
        let mut reading = self.begin_for_all().await?;
        let read = POSTGRES.read_entries(&mut *reading, before, outcomes_from).await;
        reading.commit().await?;
        read
    }

    async fn write_day(&self, day: Date) -> Result<(), LedgerError> {
        POSTGRES.note_day(day).execute(&self.pool).await?;
        Ok(())
    }

    async fn write_page(&self, page: &SealedPage, now: i64) -> Result<(), LedgerError> {
        let mut keeping = self.pool.begin_with(BEGIN).await?;
        POSTGRES.forget_pages(now).execute(&mut *keeping).await?;
        POSTGRES.insert_page(page).execute(&mut *keeping).await?;
        Ok(keeping.commit().await?)
    }

    /// Sequence numbers are assigned at INSERT but visible only after COMMIT. Without the advisory
    /// lock a reader could advance past an event that commits later with a lower number. The lock
    /// is held until the commit.
    async fn write_entries(&self, write: &LedgerWrite<'_>) -> Result<LedgerReceipt, LedgerError> {
        let rows = rows_of(write)?;
        let mut telling = self.begin_for(write.written_for()).await?;
        lock(&mut telling, TELLING).await?;
        if let Some(objection) = POSTGRES.find_objection(&mut telling, write).await? {
            telling.rollback().await?;
            return Ok(objection);
        }
        if let Some(ended_before) = rows.iter().filter_map(|row| row.sessions_before).max() {
            POSTGRES.forget_sessions(ended_before).execute(&mut *telling).await?;
        }
        let mut sequences = Vec::with_capacity(rows.len());
        for row in rows {
            let sequence = POSTGRES.insert_entry(row).fetch_one(&mut *telling).await?.try_get(0)?;
            mark(&mut telling, sequence).await?;
            sequences.push(Sequence(sequence));
        }
        if let Some(repeat) = &write.repeat {
            POSTGRES.keep_repeat(&mut telling, repeat, write.written_for(), &sequences).await?;
        }
        sqlx::query("SELECT pg_notify($1, '')").bind(CHANNEL).execute(&mut *telling).await?;
        telling.commit().await?;
        Ok(LedgerReceipt::Written(sequences))
    }
}

impl Ledger for PostgresLedger {
    fn record<'a>(&'a self, id: ListId, list: &'a RecordedList) -> LedgerFuture<'a, ()> {
        Box::pin(async move { self.standing.record_write(in_time(self.write_list(id, list)).await) })
    }

    fn list(&self, id: ListId) -> LedgerFuture<'_, Option<RecordedList>> {
        Box::pin(async move { self.standing.record_read(in_time(self.read_list(id)).await) })
    }

    fn forget_lists(&self, days: u32) -> LedgerFuture<'_, u64> {
        Box::pin(async move { self.standing.record_write(in_time(self.take_lists_away(days)).await) })
    }

    fn count_lists(&self) -> LedgerFuture<'_, Vec<ListCount>> {
        Box::pin(async move { self.standing.record_read(in_time(self.read_list_counts()).await) })
    }

    fn note_day(&self, day: Date) -> LedgerFuture<'_, ()> {
        Box::pin(async move { self.standing.record_write(in_time(self.write_day(day)).await) })
    }

    fn forget_requests(&self, days: u32) -> LedgerFuture<'_, u64> {
        Box::pin(async move { self.standing.record_write(in_time(self.take_requests_away(days)).await) })
    }

    fn keep_page<'a>(&'a self, page: &'a SealedPage, now: i64) -> LedgerFuture<'a, ()> {
        Box::pin(async move { self.standing.record_write(in_time(self.write_page(page, now)).await) })
    }

    fn page(&self, row: [u8; 32]) -> LedgerFuture<'_, Option<SealedPage>> {
        Box::pin(async move { self.standing.record_read(in_time(POSTGRES.find_page(&self.pool, row)).await) })
    }

    fn use_page(&self, row: [u8; 32]) -> LedgerFuture<'_, bool> {
        Box::pin(async move {
            let using = async { Ok(POSTGRES.use_page(row).execute(&self.pool).await?.rows_affected() == 1) };
            self.standing.record_write(in_time(using).await)
        })
    }

    fn append<'a>(&'a self, write: &'a LedgerWrite<'a>) -> LedgerFuture<'a, LedgerReceipt> {
        Box::pin(async move { self.standing.record_write(in_time(self.write_entries(write)).await) })
    }

    fn read(&self, before: LedgerPosition, outcomes_from: Date) -> LedgerFuture<'_, LedgerBatch> {
        Box::pin(async move { self.standing.record_read(in_time(self.read_events(before, outcomes_from)).await) })
    }

    fn woken(&self) -> LedgerFuture<'_, ()> {
        Box::pin(async {
            self.changed.notified().await;
            Ok(())
        })
    }

    fn failure(&self) -> Option<String> {
        self.standing.failure()
    }

    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {
            self.listening.abort();
            // Pending work on a database that does not answer is abandoned.
            let _ = timeout(PATIENCE, self.pool.close()).await;
        })
    }
}

async fn in_time<T>(work: impl Future<Output = Result<T, LedgerError>> + Send) -> Result<T, LedgerError> {
    match with_timeout(LONGEST, work).await {
        // The message of the pool would send users looking for a pool.
        Err(LedgerError::Database(sqlx::Error::PoolTimedOut)) => Err(LedgerError::Slow { seconds: PATIENCE.as_secs() }),
        other => other,
    }
}

/// Parses `address` into connection options.
fn options(address: &str) -> Result<PgConnectOptions, LedgerError> {
    let scheme = address.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase()).unwrap_or_default();
    if !["postgres", "postgresql"].contains(&scheme.as_str()) {
        return Err(LedgerError::Address("it must begin with postgres:// or postgresql://".to_owned()));
    }
    let parameters = address.split_once('?').map(|(_, parameters)| parameters).unwrap_or_default();
    for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
        let name = parameter.split('=').next().unwrap_or_default();
        if !PARAMETERS.contains(&name) {
            let known = PARAMETERS.join(", ");
            return Err(LedgerError::Address(format!(
                "there is an unknown parameter after the ?; known parameters: {known}"
            )));
        }
    }
    let options: PgConnectOptions = address.parse().map_err(|error: sqlx::Error| LedgerError::Address(error.to_string()))?;
    let options = if options.get_application_name().is_none() { options.application_name("placement") } else { options };
    Ok(options.options([
        ("statement_timeout", STATEMENT),
        ("lock_timeout", STATEMENT),
        ("idle_in_transaction_session_timeout", IDLE),
        // Until a transaction names a hospital, no row of one can be reached.
        (HOSPITAL, ""),
    ]))
}

/// Logs a warning if someone between this machine and the database could read the traffic or
/// impersonate the database.
fn warn_of_the_way(options: &PgConnectOptions) {
    let host = options.get_host();
    let is_here =
        options.get_socket().is_some() || host.starts_with('/') || ["localhost", "127.0.0.1", "::1"].contains(&host);
    if !is_here && !matches!(options.get_ssl_mode(), PgSslMode::VerifyFull | PgSslMode::VerifyCa) {
        tracing::warn!(
            "the identity of the ledger's database server is not verified; add sslmode=verify-full to its address"
        );
    }
}

/// Migrates the schema to the newest version, or fails if it is newer.
async fn bring_up_to_date(options: &PgConnectOptions) -> Result<(), LedgerError> {
    let mut connection = options.connect().await?;
    let place = format!("in PostgreSQL at {}:{}", options.get_host(), options.get_port());
    let brought = take_steps(&place, &mut connection).await;
    warn_of_the_role(&mut connection).await?;
    let closed = connection.close().await;
    brought?;
    Ok(closed?)
}

async fn take_steps(place: &str, connection: &mut PgConnection) -> Result<(), LedgerError> {
    let mut changing = connection.begin_with(BEGIN).await?;
    // Servers that start together must not create the same tables.
    lock(&mut changing, OPENING).await?;
    let made = sqlx::query_scalar("SELECT to_regclass('ledger_versions') IS NOT NULL").fetch_one(&mut *changing).await?;
    let newest = "SELECT coalesce(max(version), 0) FROM ledger_versions";
    let found = if made { sqlx::query_scalar(newest).fetch_one(&mut *changing).await? } else { 0 };
    migrate::<Postgres>(&migrations::POSTGRES, found, place, &mut changing).await?;
    Ok(changing.commit().await?)
}

/// Names the hospital of a transaction, for the policies of row-level security.
async fn name_hospital(connection: &mut PgConnection, hospital: &str) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT set_config($1, $2, true)").bind(HOSPITAL).bind(hospital).execute(connection).await?;
    Ok(())
}

/// Logs a warning if the role of this connection passes row-level security.
async fn warn_of_the_role(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let passes = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user";
    if sqlx::query_scalar(passes).fetch_optional(connection).await? == Some(true) {
        tracing::warn!(
            "the ledger's database role is a superuser or has BYPASSRLS, so the database does not keep the records of several \
             hospitals apart; use a role without them"
        );
    }
    Ok(())
}

/// Takes an advisory lock, held until the end of the transaction.
async fn lock(connection: &mut PgConnection, lock: i64) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(lock).execute(connection).await?;
    Ok(())
}

/// Stores a random mark for the event just written and deletes the oldest marks.
async fn mark(connection: &mut PgConnection, sequence: i64) -> Result<(), sqlx::Error> {
    let mark = Uuid::new_v4().into_bytes();
    let marking = sqlx::query("INSERT INTO ledger_marks (sequence, mark) VALUES ($1, $2)");
    marking.bind(sequence).bind(mark.as_slice()).execute(&mut *connection).await?;
    let forgetting = sqlx::query("DELETE FROM ledger_marks WHERE sequence <= $1");
    forgetting.bind(sequence - MARKS).execute(connection).await?;
    Ok(())
}

/// Forwards notifications of new events while the pool is open. They only wake readers: the events
/// are read from the table, and polling finds those written while nobody listened.
async fn listen(pool: PgPool, changed: Arc<Notify>) {
    while !pool.is_closed() {
        if let Err(error) = hear(&pool, &changed).await {
            tracing::debug!(%error, "not listening for ledger notifications; new events are found by polling");
        }
        sleep(PAUSE).await;
    }
}

async fn hear(pool: &PgPool, changed: &Notify) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        // Events may have been written before listening began or while the connection was lost.
        changed.notify_one();
        let _heard_or_lost = listener.try_recv().await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_cannot_be_used_is_refused_without_a_word_of_it() {
        for (address, says) in [
            ("mysql://placement:s3cret@host/db", "it must begin with"),
            ("postgres://placement:s3cret@host/db?pasword=s3cret", "known parameters: sslmode, "),
            ("postgres://placement:s3cret@host/db?sslmode=require&s3cret", "unknown parameter"),
            ("postgres://placement:s3cret@host/db?sslmode=sometimes", "sometimes"),
            ("postgres://placement:s3cret@host:port/db", "invalid port number"),
            ("postgres://placement:s3cret/w@host/db", "invalid port number"),
            ("postgres://placement:s3cret@ho st/db", "invalid"),
        ] {
            let error = options(address).unwrap_err();
            let (shown, debugged) = (error.to_string(), format!("{error:?}"));
            assert!(shown.contains(says), "{address}: {shown}");
            assert!(!shown.contains("s3cret") && !debugged.contains("s3cret"), "{shown} {debugged}");
        }
    }

    #[test]
    fn an_address_says_how_it_is_connected_and_every_statement_ends() {
        let options = options("postgres://placement:s3cret@db.mercy.example:6432/care?sslmode=verify-full").unwrap();
        assert_eq!((options.get_host(), options.get_port()), ("db.mercy.example", 6432));
        assert_eq!((options.get_database(), options.get_application_name()), (Some("care"), Some("placement")));
        assert!(matches!(options.get_ssl_mode(), PgSslMode::VerifyFull));
        let options_set = options.get_options().unwrap();
        for setting in ["statement_timeout=5s", "lock_timeout=5s", "idle_in_transaction_session_timeout=10s"] {
            assert!(options_set.contains(setting), "{options_set}");
        }
    }
}
