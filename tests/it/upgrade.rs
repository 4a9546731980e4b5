//! From the first version to this one: its ledger is migrated with everything in it, and its
//! directory is refused in words until a refresh has built another.

use std::fs;

use jiff::civil::date;
use placement::api_keys::secret::{Secret, SecretKind};
use placement::catalog::manifest::FORMAT;
use placement::ledger::Ledger;
use placement::ledger::event::{LedgerEvent, Sequence};
use placement::ledger::postgres::PostgresLedger;
use placement::ledger::sqlite::SqliteLedger;
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tempfile::TempDir;

use crate::cli::{Server, run_in};
use crate::ledger::postgres::{Database, server};

/// The tables of version 0.1, as it made them.
const FIRST_FILE: &str = "
    CREATE TABLE lists (
        row     BLOB NOT NULL PRIMARY KEY,
        made_on TEXT NOT NULL,
        sealed  BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE told (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        kind     TEXT NOT NULL,
        subject  TEXT,
        asked_on TEXT,
        ends_at  INTEGER,
        body     TEXT NOT NULL,
        UNIQUE (kind, subject)
    ) STRICT;
    CREATE INDEX told_asked_on ON told (asked_on) WHERE asked_on IS NOT NULL;
    CREATE INDEX told_ends_at ON told (ends_at) WHERE ends_at IS NOT NULL;
    PRAGMA application_id = 0x504c434d;
    PRAGMA user_version = 2;
";

/// The steps after it, each of which some version between 0.1 and this one was the first to make.
const LATER_STEPS: [&str; 3] = [
    include_str!("../../src/ledger/migrations/sqlite/0003_marks.sql"),
    include_str!("../../src/ledger/migrations/sqlite/0004_pages.sql"),
    include_str!("../../src/ledger/migrations/sqlite/0005_observations.sql"),
];

/// The events of version 0.1 as it wrote them: kind, subject, day, body.
fn first_events(key: &Secret) -> Vec<(&'static str, Option<String>, Option<&'static str>, String)> {
    let (id, digest) = (key.id().to_string(), key.digest());
    let key = format!(
        r#"{{"id":"{id}","digest":{digest:?},"label":"Mercy EHR","scopes":["directory:read","match"],"providers":null,"created_at":"2026-11-21T12:00:00Z","expires_at":"2099-11-21T12:00:00Z","revoked_at":null,"parent":null}}"#
    );
    let room = r#"{"provider":"ccn:265001","said_on":"2026-11-20","rooms":[{"service":"skilled_nursing","from":"2026-11-21","until":"2026-11-30","room":true,"beds":3}]}"#;
    let statements = r#"{"provider":"ccn:265001","said_on":"2026-11-20","statements":[{"service":"skilled_nursing","says":{"need":["resp.vent",true]},"expires_on":"2099-01-31"}]}"#;
    let outcome =
        r#"{"provider":"ccn:265001","service":"skilled_nursing","asked_on":"2026-11-21","reply":{"declined":"no_room"}}"#;
    vec![
        ("key", Some(id), None, key),
        ("availability", Some("ccn:265001".to_owned()), None, room.to_owned()),
        ("statements", Some("ccn:265001".to_owned()), None, statements.to_owned()),
        ("outcome", None, Some("2026-11-21"), outcome.to_owned()),
    ]
}

/// A ledger file of version 0.1, with `steps` of the later ones.
async fn first_ledger(folder: &TempDir, key: &Secret, steps: usize) -> std::path::PathBuf {
    let path = folder.path().join("ledger.sqlite");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(FIRST_FILE).execute(&mut connection).await.unwrap();
    for step in &LATER_STEPS[..steps] {
        sqlx::raw_sql(*step).execute(&mut connection).await.unwrap();
    }
    for (kind, subject, asked_on, body) in first_events(key) {
        let insert = sqlx::query("INSERT INTO told (kind, subject, asked_on, body) VALUES (?, ?, ?, ?)");
        insert.bind(kind).bind(subject).bind(asked_on).bind(body).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    path
}

/// Whether the ledger has the four events, each understood.
async fn has_the_first_events(ledger: &dyn Ledger, key: &Secret) {
    let batch = ledger.since(Sequence(0), date(2026, 1, 1)).await.unwrap();
    let kinds: Vec<&str> = batch
        .iter()
        .map(|event| match &event.entry {
            LedgerEvent::Key(record) if record.id == *key.id() && record.digest == key.digest() => "key",
            LedgerEvent::Availability(said) if said.rooms[0].beds == Some(3) => "availability",
            LedgerEvent::Statements(said) if said.statements.len() == 1 => "statements",
            LedgerEvent::Outcome(outcome) if outcome.asked_on == date(2026, 11, 21) => "outcome",
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(kinds, ["key", "availability", "statements", "outcome"]);
}

#[tokio::test]
async fn every_earlier_ledger_file_is_migrated_with_everything_in_it() {
    for steps in 0..=LATER_STEPS.len() {
        let (folder, key) = (TempDir::new().unwrap(), Secret::draw(SecretKind::Key).unwrap());
        let path = first_ledger(&folder, &key, steps).await;
        // Migrated once, and opened again as it then is.
        for _ in 0..2 {
            let ledger = SqliteLedger::open(&path).await.unwrap();
            has_the_first_events(&ledger, &key).await;
            ledger.close().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_the_first_version_is_migrated_with_everything_in_it() {
    if server().is_none() {
        return;
    }
    let (database, key) = (Database::make().await, Secret::draw(SecretKind::Key).unwrap());
    let mut connection = database.connect().await;
    let first = include_str!("../../src/ledger/migrations/postgres/0001_lists_and_told.sql");
    sqlx::raw_sql(first).execute(&mut connection).await.unwrap();
    for (kind, subject, asked_on, body) in first_events(&key) {
        let insert = sqlx::query("INSERT INTO ledger_told (kind, subject, asked_on, body) VALUES ($1, $2, $3::date, $4)");
        insert.bind(kind).bind(subject).bind(asked_on).bind(body).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    for _ in 0..2 {
        let ledger = PostgresLedger::open(&database.address).await.unwrap();
        has_the_first_events(&ledger, &key).await;
        ledger.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_of_this_version_answers_with_the_keys_and_statements_of_the_first() {
    let (folder, key) = (TempDir::new().unwrap(), Secret::draw(SecretKind::Key).unwrap());
    first_ledger(&folder, &key, 0).await;
    fs::write(folder.path().join("placement.toml"), "[access]\n").unwrap();
    let listed = run_in(folder.path(), "key list --ledger ledger.sqlite");
    assert!(listed.code == 0 && listed.out.contains("Mercy EHR"), "{listed:?}");
    let server = Server::start(folder.path(), "--config placement.toml serve --sample --ledger ledger.sqlite");
    server.wait_for("/readyz", "\"ready\"");
    let ask = |secret: &str| {
        let header = format!("Authorization: Bearer {secret}");
        server.ask_with("GET", "/v1/providers/ccn:265001", "", &header)
    };
    let known = ask(key.reveal());
    assert!(known.starts_with("HTTP/1.1 200"), "{known}");
    assert!(known.contains("the provider's own statement"), "{known}");
    assert!(ask(Secret::draw(SecretKind::Key).unwrap().reveal()).starts_with("HTTP/1.1 401"));
}

#[test]
fn a_directory_of_an_earlier_format_is_refused_in_words_until_a_refresh() {
    let folder = TempDir::new().unwrap();
    let here = folder.path();
    assert_eq!(run_in(here, "sample --providers 60 --near 64108 --within-miles 40 files").code, 0);
    assert_eq!(run_in(here, "refresh --from files").code, 0);
    let id = fs::read_to_string(here.join("index/current")).unwrap().trim().to_owned();
    let manifest = here.join("index").join(&id).join("manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    let (ours, earlier) = (format!("\"format\": {FORMAT}"), format!("\"format\": {}", FORMAT - 1));
    assert!(text.contains(&ours));
    fs::write(&manifest, text.replace(&ours, &earlier)).unwrap();

    for line in ["directory show", "match --service skilled_nursing --zip 64108 --medicare"] {
        let refused = run_in(here, line);
        assert_ne!(refused.code, 0, "{line}");
        for says in [id.as_str(), &format!("its format is {}", FORMAT - 1), "placement refresh"] {
            assert!(refused.err.contains(says), "{line}: {says}: {}", refused.err);
        }
    }
    let server = Server::start(here, "serve");
    server.wait_for("/readyz?verbose", "placement refresh");
    let question = r#"{"service": "skilled_nursing", "near": {"zip": "64108"}}"#;
    assert!(server.ask("POST", "/v1/matches", question).starts_with("HTTP/1.1 503"));

    // The refresh has nothing to compare with, publishes, and the running server follows.
    let refreshed = run_in(here, "refresh --from files");
    assert_eq!(refreshed.code, 0, "{}", refreshed.err);
    server.wait_for("/readyz", "\"ready\"");
    assert_eq!(run_in(here, "match --service skilled_nursing --zip 64108 --medicare").code, 0);
}

/// As the next version will have migrated it: with a further table and a higher number. No earlier version is released that could run
/// beside this one, so this version stands for the earlier one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beside_a_later_version_a_running_server_goes_on_and_one_that_starts_says_why_it_cannot() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("placement.toml"), "[access]\n").unwrap();
    let scopes = "--scope match --scope directory:read --scope outcome:write";
    let made =
        run_in(folder.path(), &format!("--config placement.toml key create --label EHR {scopes} --ledger ledger.sqlite"));
    let secret = made.out.split_whitespace().find(|word| word.starts_with("plc_")).unwrap().to_owned();
    let start = || Server::start(folder.path(), "--config placement.toml serve --sample --ledger ledger.sqlite");
    let ask = |server: &Server, path: &str, body: &str| {
        server.ask_with(if body.is_empty() { "GET" } else { "POST" }, path, body, &format!("Authorization: Bearer {secret}"))
    };
    let running = start();
    running.wait_for("/readyz", "\"ready\"");

    let options = SqliteConnectOptions::new().filename(folder.path().join("ledger.sqlite"));
    let mut later = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql("CREATE TABLE later (row BLOB); PRAGMA user_version = 99").execute(&mut later).await.unwrap();
    let today = jiff::Zoned::now().date();
    let outcome =
        format!(r#"{{"provider": "ccn:265001", "service": "skilled_nursing", "asked_on": "{today}", "reply": "accepted"}}"#);
    let recorded = ask(&running, "/v1/outcomes", &outcome);
    assert!(recorded.starts_with("HTTP/1.1 201"), "{recorded}");
    assert!(ask(&running, "/v1/providers/ccn:265001", "").starts_with("HTTP/1.1 200"));
    let kept: i64 =
        sqlx::query_scalar("SELECT count(*) FROM told WHERE kind = 'outcome'").fetch_one(&mut later).await.unwrap();
    assert_eq!(kept, 1, "written into the tables of the later version");

    let starting = start();
    starting.wait_for_log("has version 99, but this program supports version");
    // A proxy keeps it out: it knows no key, and would refuse everybody.
    starting.wait_for("/readyz", "\"no_keys\"");
    assert!(ask(&starting, "/v1/providers/ccn:265001", "").starts_with("HTTP/1.1 401"));
    assert_eq!(starting.end(), Some(0));
    assert_eq!(running.end(), Some(0));
}
