//! The ledger in PostgreSQL: what every ledger must do, and what this one does besides. `tests/postgres` starts one for a command.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use placement::ledger::postgres::PostgresLedger;
use placement::ledger::{Ledger, LedgerError, Sequence};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};
use tokio::time::timeout;

use super::told::{LONG, room};
use super::{Shelf, conforms, id, list, told};

/// The address of a PostgreSQL in which databases may be made. Without one a test is skipped; with `CI` set it fails.
pub fn server() -> Option<String> {
    let address = std::env::var("PLACEMENT_POSTGRES").ok();
    if address.is_none() {
        assert!(std::env::var_os("CI").is_none(), "run the tests by tests/postgres");
        println!("skipped: PLACEMENT_POSTGRES names no database; run the tests by tests/postgres");
    }
    address
}

/// A database of its own, which goes with the server.
pub struct Database {
    pub name: String,
    /// Where it is found.
    pub address: String,
}

impl Database {
    pub async fn make() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let server = server().expect("asked for before");
        let name = format!("ledger_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let mut maker = PgConnection::connect(&server).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut maker).await.unwrap();
        maker.close().await.unwrap();
        let (before, _) = server.rsplit_once('/').unwrap();
        Self { address: format!("{before}/{name}"), name }
    }

    /// Somebody else who is connected to it.
    pub async fn connect(&self) -> PgConnection {
        PgConnection::connect(&self.address).await.unwrap()
    }

    async fn run(&self, sql: &'static str) {
        let mut connection = self.connect().await;
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    pub async fn ledger(&self) -> PostgresLedger {
        PostgresLedger::open(&self.address).await.unwrap()
    }
}

impl Shelf for Database {
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
        told::conforms::<Database>().await;
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
    assert_eq!(versions.fetch_all(&mut database.connect().await).await.unwrap(), [1]);
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
    assert!(said.contains("of version 99, and this program knows version 1"), "{said}");
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
         GRANT SELECT, INSERT ON ledger_lists TO {role}; GRANT SELECT, INSERT, UPDATE, DELETE ON ledger_told TO {role}"
    );
    sqlx::raw_sql(AssertSqlSafe(granting)).execute(&mut owner).await.unwrap();
    let (_, place) = database.address.rsplit_once('@').unwrap();
    let by = |password: &str| format!("postgres://{role}:{password}@{place}");
    let ledger = PostgresLedger::open(&by("of%20the%20server")).await.unwrap();
    ledger.record(id("of a role", 0), &list("x")).await.unwrap();
    ledger.tell(&room(1, 1)).await.unwrap();
    ledger.tell(&room(1, 2)).await.unwrap();
    let error = PostgresLedger::open(&by("of%20nobody")).await.unwrap_err().to_string();
    assert!(error.contains("password authentication failed") && !error.contains("nobody"), "{error}");
}

#[tokio::test]
async fn a_database_without_tls_is_not_used_where_the_address_asks_for_it() {
    let Some(server) = server() else { return };
    for mode in ["require", "verify-ca", "verify-full"] {
        let error = PostgresLedger::open(&format!("{server}?sslmode={mode}")).await.unwrap_err().to_string();
        assert!(error.contains("TLS"), "{mode}: {error}");
    }
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
    super::until("both listen", async || {
        sqlx::query_scalar::<_, i64>(listening).fetch_one(&mut watcher).await.unwrap() == 2
    })
    .await;
    timeout(LONG, ours.woken()).await.expect("it looks once when it begins to listen").unwrap();
    // The connection it listens on is lost, and it listens again.
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
    let rows = "SELECT to_char(made_on, 'YYYY-MM-DD'), octet_length(sealed)::bigint, encode(sealed, 'escape') FROM ledger_lists";
    let rows = sqlx::query_as::<_, (String, i64, String)>(rows);
    let (made_on, size, sealed) = rows.fetch_one(&mut database.connect().await).await.unwrap();
    assert_eq!((made_on.as_str(), size), ("2026-11-21", 65_552));
    assert!(!sealed.contains("patient"));
}
