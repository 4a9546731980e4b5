//! The ledger in PostgreSQL: tests for every database, and tests for this one. `tests/postgres`
//! starts a server for a command.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use placement::hospital_id::HospitalId;
use placement::ledger::Ledger;
use placement::ledger::error::LedgerError;
use placement::ledger::event::{LedgerEvent, Sequence};
use placement::ledger::postgres::PostgresLedger;
use placement::ledger::recorded_list::RecordedList;
use placement::ledger::write::{LedgerReceipt, LedgerWrite, RepeatKey};
use placement::statements::observation::ObservedAnswer;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};
use tempfile::TempDir;
use tokio::time::timeout;

use super::conditions::heard;
use super::event_conformance::{LONG, room};
use super::{LedgerStorage, conforms, event_conformance, id, list};
use crate::cli::placement;

/// The address of a PostgreSQL server in which databases may be created. Without one a test is
/// skipped; with `CI` set it fails.
pub(crate) fn server() -> Option<String> {
    let address = std::env::var("PLACEMENT_POSTGRES").ok();
    if address.is_none() {
        assert!(std::env::var_os("CI").is_none(), "run the tests by tests/postgres");
        println!("skipped: PLACEMENT_POSTGRES names no database; run the tests by tests/postgres");
    }
    address
}

/// A database for one test, removed with the server.
pub(crate) struct Database {
    pub name: String,
    /// Its address.
    pub address: String,
}

impl Database {
    pub(crate) async fn make() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let server = server().expect("asked for before");
        let name = format!("ledger_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let mut maker = PgConnection::connect(&server).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut maker).await.unwrap();
        maker.close().await.unwrap();
        let (before, _) = server.rsplit_once('/').unwrap();
        Self { address: format!("{before}/{name}"), name }
    }

    /// Another connection to it.
    pub(crate) async fn connect(&self) -> PgConnection {
        PgConnection::connect(&self.address).await.unwrap()
    }

    async fn run(&self, sql: &'static str) {
        let mut connection = self.connect().await;
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    pub(crate) async fn ledger(&self) -> PostgresLedger {
        PostgresLedger::open(&self.address).await.unwrap()
    }
}

impl LedgerStorage for Database {
    type Writing = PgConnection;

    async fn new() -> Self {
        Self::make().await
    }

    async fn open(&self) -> Arc<dyn Ledger> {
        Arc::new(self.ledger().await)
    }

    async fn write_over(&self, kind: &str, body: &str) {
        let mut connection = self.connect().await;
        let writing = sqlx::query(
            "UPDATE ledger_told SET body = $2 \
             WHERE sequence = (SELECT min(sequence) FROM ledger_told WHERE kind = $1)",
        )
        .bind(kind)
        .bind(body);
        assert_eq!(writing.execute(&mut connection).await.unwrap().rows_affected(), 1);
        connection.close().await.unwrap();
    }

    async fn begin_to_write(&self) -> PgConnection {
        let mut connection = self.connect().await;
        let writing = "BEGIN; UPDATE ledger_told SET body = 'half written'; \
                       INSERT INTO ledger_told (kind, body) VALUES ('outcome', 'half written')";
        sqlx::raw_sql(writing).execute(&mut connection).await.unwrap();
        connection
    }

    async fn begin_sessions(&self, count: usize) {
        let writing = "INSERT INTO ledger_told (kind, subject, ends_at, body) \
                       SELECT 'key', 'session' || n, 4000000000, '{}' FROM generate_series(1, $1) AS n";
        let writing = sqlx::query(writing).bind(i64::try_from(count).unwrap());
        writing.execute(&mut self.connect().await).await.unwrap();
    }

    async fn back_up(&self) {
        self.run(
            "CREATE TABLE kept_told AS SELECT * FROM ledger_told; CREATE TABLE kept_marks AS SELECT * FROM ledger_marks; \
             CREATE TABLE kept_number AS SELECT last_value FROM ledger_told_sequence_seq",
        )
        .await;
    }

    async fn put_back(&self) {
        self.run(
            "BEGIN; DELETE FROM ledger_told; DELETE FROM ledger_marks; \
             INSERT INTO ledger_told OVERRIDING SYSTEM VALUE SELECT * FROM kept_told; \
             INSERT INTO ledger_marks SELECT * FROM kept_marks; \
             SELECT setval('ledger_told_sequence_seq', (SELECT last_value FROM kept_number)); COMMIT",
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_in_postgres_does_what_every_ledger_must() {
    if server().is_some() {
        conforms::<Database>().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_told_between_nights_is_kept_in_postgres() {
    if server().is_some() {
        event_conformance::conforms::<Database>().await;
        super::conditions::conforms::<Database>().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_start_together_make_the_tables_once() {
    if server().is_none() {
        return;
    }
    let database = Database::make().await;
    let opening: Vec<_> = (0..8)
        .map(|_| {
            let address = database.address.clone();
            tokio::spawn(async move { PostgresLedger::open(&address).await.unwrap() })
        })
        .collect();
    for (at, opened) in opening.into_iter().enumerate() {
        let ledger = opened.await.unwrap();
        ledger.tell(&room(at, 1)).await.unwrap();
    }
    let told = database.ledger().await.since(Sequence(0), jiff::civil::date(2026, 1, 1)).await.unwrap();
    assert_eq!(told.len(), 8);
    let versions = sqlx::query_scalar::<_, i64>("SELECT version FROM ledger_versions");
    assert_eq!(versions.fetch_all(&mut database.connect().await).await.unwrap(), [1, 2, 3, 4, 5, 6]);
}

#[tokio::test]
async fn a_database_of_a_later_version_is_refused_and_left_as_it_is() {
    if server().is_none() {
        return;
    }
    let database = Database::make().await;
    database.ledger().await.close().await;
    database.run("INSERT INTO ledger_versions VALUES (99)").await;
    let error = PostgresLedger::open(&database.address).await.unwrap_err();
    assert!(matches!(error, LedgerError::Newer { .. }));
    let said = error.to_string();
    assert!(said.contains("has version 99, but this program supports version 6"), "{said}");
    let password = database.address.split(['@', ':']).nth(2).unwrap();
    assert!(said.contains("127.0.0.1") && password.len() > 10 && !said.contains(password), "{said}");
}

#[tokio::test]
async fn a_role_that_may_make_no_tables_uses_those_that_are_there() {
    if server().is_none() {
        return;
    }
    let database = Database::make().await;
    database.ledger().await.close().await;
    let mut owner = database.connect().await;
    let role = format!("{}_server", database.name);
    let granting = format!(
        "CREATE ROLE {role} LOGIN PASSWORD 'of the server'; GRANT SELECT ON ledger_versions TO {role}; \
         GRANT SELECT, INSERT ON ledger_lists TO {role}; GRANT SELECT, INSERT, UPDATE, DELETE ON ledger_told TO {role}; \
         GRANT SELECT, INSERT, DELETE ON ledger_marks, ledger_pages, ledger_repeats TO {role}; \
         GRANT SELECT, INSERT ON ledger_days TO {role}"
    );
    sqlx::raw_sql(AssertSqlSafe(granting)).execute(&mut owner).await.unwrap();
    let (_, place) = database.address.rsplit_once('@').unwrap();
    let by = |password: &str| format!("postgres://{role}:{password}@{place}");
    let ledger = PostgresLedger::open(&by("of%20the%20server")).await.unwrap();
    ledger.record(id("of a role", 0), &list("x")).await.unwrap();
    ledger.tell(&room(1, 1)).await.unwrap();
    ledger.tell(&room(1, 2)).await.unwrap();
    ledger.note_day(jiff::civil::date(2026, 11, 21)).await.unwrap();
    assert_eq!(ledger.forget_requests(90).await.unwrap(), 0);
    let error = PostgresLedger::open(&by("of%20nobody")).await.unwrap_err().to_string();
    assert!(error.contains("password authentication failed") && !error.contains("nobody"), "{error}");
}

#[tokio::test]
async fn the_role_of_the_program_reaches_the_rows_of_one_hospital_in_a_transaction() {
    if server().is_none() {
        return;
    }
    let database = Database::make().await;
    let role = format!("{}_owner", database.name);
    let granting = format!("CREATE ROLE {role} LOGIN PASSWORD 'plain'; ALTER DATABASE {} OWNER TO {role}", database.name);
    sqlx::raw_sql(AssertSqlSafe(granting)).execute(&mut database.connect().await).await.unwrap();
    let (_, place) = database.address.rsplit_once('@').unwrap();
    let address = format!("postgres://{role}:plain@{place}");
    let ledger = PostgresLedger::open(&address).await.unwrap();
    let [a, b] = ["a", "b"].map(|id| id.parse::<HospitalId>().unwrap());
    for (number, hospital) in [(1, &a), (2, &b)] {
        let repeat = RepeatKey { key: [number; 32], request: [number; 32], now: 1_000, ends_at: 2_000 };
        let entries = [LedgerEvent::Observation(heard(number, hospital.as_str(), 1, ObservedAnswer::Yes))];
        let write = LedgerWrite { hospital: Some(hospital), entries: &entries, expected: None, repeat: Some(repeat) };
        ledger.append(&write).await.unwrap();
        let made = RecordedList { hospital: Some(hospital.clone()), ..list("x") };
        ledger.record(id("of a hospital", number.into()), &made).await.unwrap();
        let other = LedgerWrite { hospital: Some(if number == 1 { &b } else { &a }), ..write };
        assert!(matches!(ledger.append(&other).await, Err(LedgerError::OtherHospital)));
    }
    ledger.tell(&room(1, 1)).await.unwrap();
    assert_eq!(ledger.since(Sequence(0), jiff::civil::date(2000, 1, 1)).await.unwrap().len(), 3, "the reader reads all");

    // The wall in the database, by the role that owns the tables.
    let mut direct = PgConnection::connect(&address).await.unwrap();
    for (named, own) in [("a", 1), ("b", 1), ("c", 0), ("", 0), ("*", 2)] {
        let mut begun = direct.begin().await.unwrap();
        sqlx::query("SELECT set_config('placement.hospital', $1, true)").bind(named).execute(&mut *begun).await.unwrap();
        let told = "SELECT count(*) FROM ledger_told WHERE hospital IS NOT NULL";
        let lists = "SELECT count(*) FROM ledger_lists";
        let repeats = "SELECT count(*) FROM ledger_repeats";
        let repeated = if named == "*" { 0 } else { own };
        for (counting, rows) in [(told, own), (lists, own), (repeats, repeated)] {
            let counted: i64 = sqlx::query_scalar(counting).fetch_one(&mut *begun).await.unwrap();
            assert_eq!(counted, rows, "{counting} as {named}");
        }
        let common: i64 = sqlx::query_scalar("SELECT count(*) FROM ledger_told WHERE hospital IS NULL")
            .fetch_one(&mut *begun)
            .await
            .unwrap();
        assert_eq!(common, 1, "what a provider states is everybody's");
        let changed =
            sqlx::query("UPDATE ledger_told SET body = body WHERE hospital = 'b'").execute(&mut *begun).await.unwrap();
        assert_eq!(changed.rows_affected(), u64::from(named == "b"), "{named}");
        let inserting =
            sqlx::query("INSERT INTO ledger_told (kind, subject, body, hospital) VALUES ('observation', $1, '{}', 'b')");
        let inserted = inserting.bind(format!("of {named}")).execute(&mut *begun).await;
        assert_eq!(inserted.is_ok(), named == "b", "{named}: {inserted:?}");
        begun.rollback().await.unwrap();
    }
    // A replay under the key of one hospital finds nothing of another.
    let repeat = RepeatKey { key: [1; 32], request: [1; 32], now: 1_001, ends_at: 2_000 };
    let replay = |hospital| LedgerWrite { hospital: Some(hospital), entries: &[], expected: None, repeat: Some(repeat) };
    assert!(matches!(ledger.append(&replay(&a)).await, Ok(LedgerReceipt::Repeated(_))));
    assert!(!matches!(ledger.append(&replay(&b)).await, Ok(LedgerReceipt::Repeated(_))));
}

/// Connects with `mode`, and with the certificate authority in `root` if given.
fn by_tls(address: &str, mode: &str, root: Option<&str>) -> String {
    let root = root.map(|root| format!("&sslrootcert={root}")).unwrap_or_default();
    format!("{address}?sslmode={mode}{root}")
}

#[tokio::test]
async fn the_certificate_of_the_database_is_checked_where_the_address_asks_for_it() {
    if server().is_none() {
        return;
    }
    let authority = std::env::var("PLACEMENT_POSTGRES_AUTHORITY").expect("tests/postgres names it");
    let folder = TempDir::new().unwrap();
    let other = folder.path().join("other.pem").display().to_string();
    std::fs::write(&other, rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap().cert.pem()).unwrap();
    let database = Database::make().await;
    let ledger = PostgresLedger::open(&by_tls(&database.address, "verify-full", Some(&authority))).await.unwrap();
    ledger.tell(&room(1, 1)).await.unwrap();
    let encrypted = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
                     WHERE datname = current_database() AND application_name = 'placement' AND ssl";
    let encrypted = sqlx::query_scalar::<_, i64>(encrypted);
    assert!(encrypted.fetch_one(&mut database.connect().await).await.unwrap() > 0);

    let elsewhere = database.address.replace("@127.0.0.1:", "@localhost:");
    for (address, root) in
        [(&database.address, None), (&database.address, Some(other.as_str())), (&elsewhere, Some(&authority))]
    {
        let error = PostgresLedger::open(&by_tls(address, "verify-full", root)).await.unwrap_err().to_string();
        assert!(error.contains("certificate"), "{root:?}: {error}");
    }
}

#[tokio::test]
async fn a_database_that_has_no_tls_is_told_nothing_where_the_address_asks_for_it() {
    for mode in ["require", "verify-ca", "verify-full"] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let told = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let (mut request, mut rest) = ([0; 8], Vec::new());
            stream.read_exact(&mut request).unwrap();
            // PostgreSQL's answer that it has no TLS.
            stream.write_all(b"N").unwrap();
            let _ended_either_way = stream.read_to_end(&mut rest);
            rest
        });
        let address = format!("postgres://placement:s3cret@127.0.0.1:{port}/placement");
        let error = PostgresLedger::open(&by_tls(&address, mode, None)).await.unwrap_err().to_string();
        assert!(error.contains("TLS") && !error.contains("s3cret"), "{mode}: {error}");
        assert_eq!(told.join().unwrap(), b"", "{mode}");
    }
}

/// The log of a server that cannot open its ledger.
fn log_of_a_server(variables: &[(&str, &str)]) -> String {
    let folder = TempDir::new().unwrap();
    let mut command = placement(folder.path());
    command.args(["serve", "--listen", "127.0.0.1:0"]).envs(variables.iter().copied());
    let mut child = command.env_remove("PGPASSWORD").stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut log = String::new();
    for line in BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok) {
        log += &line;
        log.push('\n');
        if line.contains("the ledger cannot be read") {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    log
}

#[test]
fn no_password_reaches_the_log() {
    let Some(server) = server() else { return };
    let (_, place) = server.rsplit_once('@').unwrap();
    let wrong = format!("postgres://placement:wr0ng-pw@{place}");
    let misspelled = format!("postgres://placement@{place}?pasword=wr0ng-pw");
    for (address, says) in [(wrong.as_str(), "password authentication failed"), (&misspelled, "unknown parameter")] {
        let log = log_of_a_server(&[("PLACEMENT_LEDGER", address), ("PLACEMENT_LOG", "trace")]);
        assert!(log.contains(says) && !log.contains("wr0ng-pw"), "{log}");
    }
    // The driver would log an invalid line of such a file completely.
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("pgpass").display().to_string();
    std::fs::write(&file, "127.0.0.1 wr0ng-pw\n").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let address = format!("postgres://placement@{place}");
    let log = log_of_a_server(&[("PLACEMENT_LEDGER", &address), ("PGPASSFILE", &file)]);
    assert!(!log.contains("wr0ng-pw"), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_tells_waits_for_one_who_was_given_an_earlier_place_and_is_not_done() {
    /// The lock of writers, the same in every version.
    const TELLING: i64 = 0x504c_434d_7465_6c6c;
    if server().is_none() {
        return;
    }
    let database = Database::make().await;
    let ledger = database.open().await;
    let (mut slow, mut watcher) = (database.connect().await, database.connect().await);
    sqlx::raw_sql("BEGIN").execute(&mut slow).await.unwrap();
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(TELLING).execute(&mut slow).await.unwrap();
    let telling =
        "INSERT INTO ledger_told (kind, subject, body) VALUES ('of a later version', 'slow', '{}') RETURNING sequence";
    let earlier: i64 = sqlx::query_scalar(telling).fetch_one(&mut slow).await.unwrap();
    let later = tokio::spawn({
        let ledger = Arc::clone(&ledger);
        async move { ledger.tell(&room(1, 1)).await }
    });
    let waiting = "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database \
                   WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted";
    super::until("it waits", async || sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut watcher).await.unwrap() == 1)
        .await;
    let ever = jiff::civil::date(2000, 1, 1);
    assert_eq!(ledger.since(Sequence(0), ever).await.unwrap(), []);
    sqlx::raw_sql("COMMIT").execute(&mut slow).await.unwrap();
    let later = later.await.unwrap().unwrap();
    let read = ledger.since(Sequence(0), ever).await.unwrap();
    assert_eq!(read.iter().map(|change| change.sequence).collect::<Vec<_>>(), [Sequence(earlier), later]);
}

#[tokio::test]
async fn who_waits_is_woken_by_what_another_tells() {
    if server().is_none() {
        return;
    }
    let database = Database::make().await;
    let (ours, theirs) = (database.ledger().await, database.ledger().await);
    let listening = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    let mut watcher = database.connect().await;
    super::until("both listen", async || sqlx::query_scalar::<_, i64>(listening).fetch_one(&mut watcher).await.unwrap() == 2)
        .await;
    timeout(LONG, ours.woken()).await.expect("it looks once when it begins to listen").unwrap();
    // The listening connection is lost, and reconnects.
    for round in 0..2 {
        theirs.tell(&room(round, 1)).await.unwrap();
        timeout(LONG, ours.woken()).await.expect("woken by what another told").unwrap();
        let ending = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
                      AND pid <> pg_backend_pid()";
        sqlx::raw_sql(ending).execute(&mut watcher).await.unwrap();
        super::until("both listen again", async || {
            sqlx::query_scalar::<_, i64>(listening).fetch_one(&mut watcher).await.unwrap() == 2
        })
        .await;
    }
}

#[tokio::test]
async fn who_administers_the_database_reads_no_list() {
    if server().is_none() {
        return;
    }
    let database = Database::make().await;
    let ledger = database.ledger().await;
    ledger.record(id("seen", 0), &list("what the patient was given")).await.unwrap();
    let rows =
        "SELECT to_char(made_on, 'YYYY-MM-DD'), octet_length(sealed)::bigint, encode(sealed, 'escape') FROM ledger_lists";
    let rows = sqlx::query_as::<_, (String, i64, String)>(rows);
    let (made_on, size, sealed) = rows.fetch_one(&mut database.connect().await).await.unwrap();
    assert_eq!((made_on.as_str(), size), ("2026-11-21", 65_552));
    assert!(!sealed.contains("patient"));
}
