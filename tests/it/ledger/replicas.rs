//! Servers that follow one ledger: a write to one reaches all, and known data survives an
//! unavailable database.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use jiff::civil::date;
use placement::config::LedgerLocation;
use placement::ledger::Ledger;
use placement::ledger::event::{LedgerEvent, Sequence};
use placement::ledger::lazy::LazyLedger;
use placement::ledger::sqlite::SqliteLedger;
use placement::serve::http::problem::Problem;
use placement::serve::ledger_sync::{follow_ledger, load_initial};
use placement::serve::state::AppState;
use serde_json::json;
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::event_conformance::{key, outcome, provider, room};
use super::postgres::{Database, server};
use super::{File, LedgerStorage, until};
use crate::api::{Api, TODAY, question, sample_app};
use crate::cli::{Server, run_in};

/// A server that follows `ledger` while the set exists.
fn following(ledger: Arc<dyn Ledger>, all: &mut JoinSet<()>) -> Arc<AppState> {
    let app = Arc::new(AppState { ledger: Some(ledger), ..sample_app() });
    all.spawn(follow_ledger(Arc::clone(&app)));
    app
}

fn beds(app: &AppState, number: usize) -> Option<u32> {
    app.ledger_state().availability.get(&provider(number)).and_then(|said| said.rooms[0].beds)
}

async fn standing(app: &Arc<AppState>) -> (String, String) {
    let ready = Api::over(app).get("/readyz?verbose").await.json();
    let text = |name: &str| ready[name].as_str().unwrap_or_default().to_owned();
    (text("ledger"), text("ledger_failure"))
}

#[tokio::test]
async fn who_told_a_server_is_answered_by_it_and_a_server_without_a_ledger_says_so() {
    let file = File::new().await;
    let app = Arc::new(AppState { ledger: Some(file.open().await), ..sample_app() });
    // No server follows: the write itself updates the state.
    for at in 1..=3 {
        app.append_event(&room(1, at)).await.unwrap();
        assert_eq!(beds(&app, 1), Some(at));
    }
    file.open().await.tell(&room(2, 7)).await.unwrap();
    let sequence = app.append_event(&LedgerEvent::Key(key("k", None))).await.unwrap();
    assert_eq!(beds(&app, 2), Some(7), "and with it what others told before");
    assert_eq!(app.ledger_state().sequence, sequence);

    // An outcome that no longer counts is stored and not read; the server's position is still up to
    // date.
    let long_ago = app.append_event(&outcome(1, date(2025, 11, 20))).await.unwrap();
    assert_eq!((app.ledger_state().outcomes.len(), app.ledger_state().sequence), (0, long_ago));
    app.append_event(&outcome(1, date(2025, 11, 21))).await.unwrap();
    assert_eq!(app.ledger_state().outcomes.len(), 1, "a year back is read, on {TODAY}");

    let ready = Api::over(&app).get("/readyz?verbose").await.json();
    assert_eq!((&ready["ledger"], &ready["ledger_sequence"]), (&json!("open"), &json!(app.ledger_state().sequence.0)));
    assert_eq!(sample_app().append_event(&room(1, 1)).await, Err(Problem::NoLedger));
}

#[tokio::test]
async fn a_server_that_begins_later_is_at_the_same_place() {
    let file = File::new().await;
    let ledger = file.open().await;
    ledger.tell(&room(1, 1)).await.unwrap();
    // The state of servers that were running on its day.
    let said = ledger.tell(&outcome(1, date(2025, 8, 1))).await.unwrap();
    let sequence = ledger.tell(&LedgerEvent::Key(key("k", None))).await.unwrap();
    let late = AppState { ledger: Some(file.open().await), ..sample_app() };
    load_initial(&late).await;
    let told = late.ledger_state();
    assert_eq!((told.sequence, told.said, told.outcomes.len()), (sequence, said, 0));
    assert_eq!(told.keys.len(), 1, "nothing up to there is missed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_tell_one_server_at_once_are_all_read() {
    let file = File::new().await;
    let app = Arc::new(AppState { ledger: Some(file.open().await), ..sample_app() });
    let mut telling = JoinSet::new();
    for at in 0..40 {
        let app = Arc::clone(&app);
        telling.spawn(async move {
            app.append_event(&room(at, 5)).await.unwrap();
            assert_eq!(beds(&app, at), Some(5));
        });
    }
    telling.join_all().await;
    assert_eq!(app.ledger_state().availability.len(), 40);
}

#[tokio::test]
async fn a_ledger_that_cannot_be_read_leaves_what_was_told_and_says_so() {
    let (folder, mut all) = (TempDir::new().unwrap(), JoinSet::new());
    let path = folder.path().join("ledger.sqlite");
    let app = following(Arc::new(SqliteLedger::open(&path).await.unwrap()), &mut all);
    app.append_event(&room(1, 1)).await.unwrap();
    let mut other = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&path)).await.unwrap();
    sqlx::raw_sql("ALTER TABLE told RENAME TO elsewhere").execute(&mut other).await.unwrap();
    until("it says that it fails", async || standing(&app).await.0 == "failing").await;
    assert!(standing(&app).await.1.contains("no such table"), "{:?}", standing(&app).await);
    assert_eq!((app.append_event(&room(1, 2)).await, beds(&app, 1)), (Err(Problem::NoLedger), Some(1)));
    let asked = Api::over(&app).post("/v1/matches", question()).await;
    assert_eq!(asked.status, StatusCode::OK);
    sqlx::raw_sql("ALTER TABLE elsewhere RENAME TO told").execute(&mut other).await.unwrap();
    app.append_event(&room(1, 3)).await.unwrap();
    until("it is mended", async || standing(&app).await == ("open".to_owned(), String::new())).await;
    assert_eq!(beds(&app, 1), Some(3));
}

#[tokio::test]
async fn what_a_later_version_told_holds_nothing_back_and_is_named() {
    let (file, mut all) = (File::new().await, JoinSet::new());
    let ledger = file.open().await;
    for entry in [room(1, 1), LedgerEvent::Key(key("k", None))] {
        ledger.tell(&entry).await.unwrap();
    }
    file.write_over("key", r#"{"id": "k", "taken_back": "as a later version says it"}"#).await;
    ledger.tell(&room(2, 2)).await.unwrap();
    let app = following(file.open().await, &mut all);
    until("everything is read", async || beds(&app, 2) == Some(2)).await;
    assert!(app.ledger_state().keys.is_empty(), "a key that may have been taken back opens nothing");
    let (ledger, failure) = standing(&app).await;
    assert_eq!(ledger, "failing");
    assert_eq!(failure, "the key event of k in the ledger cannot be read by this version of the program");
}

#[test]
fn a_server_knows_what_was_told_before_it_answers_anybody() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("kept.sqlite");
    let threads = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let told = threads.block_on(async {
        let ledger = SqliteLedger::open(&path).await.unwrap();
        let told = ledger.tell(&room(1, 1)).await.unwrap();
        ledger.close().await;
        told
    });
    let server = Server::start(folder.path(), "serve --ledger kept.sqlite");
    let first = server.ask("GET", "/readyz?verbose", "");
    assert!(first.contains(&format!("\"ledger\":\"open\",\"ledger_sequence\":{}", told.0)), "{first}");
    assert_eq!(server.end(), Some(0));
}

#[test]
fn a_server_whose_ledger_cannot_be_opened_has_it_once_it_can() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("kept.sqlite"), "of another program").unwrap();
    let server = Server::start(folder.path(), "serve --ledger kept.sqlite");
    let first = server.ask("GET", "/readyz?verbose", "");
    assert!(first.contains("\"ledger\":\"not_open\"") && first.contains("another program made it"), "{first}");
    std::fs::remove_file(folder.path().join("kept.sqlite")).unwrap();
    server.wait_for("/readyz?verbose", "\"ledger\":\"open\"");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_told_to_one_server_is_known_to_the_other() {
    if server().is_none() {
        return;
    }
    let (database, mut all) = (Database::make().await, JoinSet::new());
    let one = following(database.open().await, &mut all);
    let other = following(database.open().await, &mut all);
    for round in 1..=5 {
        one.append_event(&room(1, round)).await.unwrap();
        assert_eq!(beds(&one, 1), Some(round));
        until("the other knows it", async || beds(&other, 1) == Some(round)).await;
        other.append_event(&room(2, round)).await.unwrap();
        until("the one knows it", async || beds(&one, 2) == Some(round)).await;
    }
    let last = one.append_event(&LedgerEvent::Key(key("k", None))).await.unwrap();
    until("the other has read as far", async || other.ledger_state().sequence == last).await;
    assert_eq!(one.ledger_state(), other.ledger_state());
}

#[test]
fn servers_started_with_the_address_of_a_database_share_it() {
    if server().is_none() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let threads = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let database = threads.block_on(Database::make());
    let address = &database.address;
    assert_eq!(run_in(folder.path(), "sample files --near 64108 --within-miles 20").code, 0);
    assert_eq!(run_in(folder.path(), "refresh --from files").code, 0);
    std::fs::write(folder.path().join("settings.toml"), format!("ledger = \"{address}\"\n")).unwrap();
    let lines = ["serve --config settings.toml".to_owned(), format!("serve --ledger {address}")];
    let servers = lines.map(|line| Server::start(folder.path(), &line));
    for server in &servers {
        server.wait_for("/readyz?verbose", "\"status\":\"ready\"");
    }
    let body = json!({"discharge": {"service": "home_health", "near": {"zip": "64108"}}}).to_string();
    let made = servers[0].ask("POST", "/v1/choice-lists", &body);
    let place = made.lines().find_map(|line| line.strip_prefix("location: ")).unwrap_or_else(|| panic!("{made}"));
    let again = servers[1].ask("GET", place, "");
    assert_eq!(again.split_once("\r\n\r\n").unwrap().1, made.split_once("\r\n\r\n").unwrap().1);
    let told = threads.block_on(async { database.open().await.tell(&room(1, 1)).await.unwrap() });
    for server in servers {
        server.wait_for("/readyz?verbose", &format!("\"ledger_sequence\":{}", told.0));
        assert_eq!(server.end(), Some(0));
    }
}

/// A network connection between a server and its database that can be cut.
struct Wire {
    port: u16,
    open: Arc<AtomicBool>,
    streams: Arc<Mutex<Vec<TcpStream>>>,
}

impl Wire {
    /// To the server at `to`, not open yet.
    fn new(to: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let wire = Self { port: listener.local_addr().unwrap().port(), open: Arc::default(), streams: Arc::default() };
        let (open, streams) = (Arc::clone(&wire.open), Arc::clone(&wire.streams));
        std::thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                if !open.load(Ordering::SeqCst) {
                    continue;
                }
                let Ok(far) = TcpStream::connect(&to) else { continue };
                for (from, into) in [(&near, &far), (&far, &near)] {
                    let (mut from, mut into) = (from.try_clone().unwrap(), into.try_clone().unwrap());
                    std::thread::spawn(move || {
                        let _ = io::copy(&mut from, &mut into);
                        let _ = into.shutdown(Shutdown::Both);
                    });
                }
                streams.lock().unwrap().extend([near, far]);
            }
        });
        wire
    }

    fn open(&self) {
        self.open.store(true, Ordering::SeqCst);
    }

    fn cut(&self) {
        self.open.store(false, Ordering::SeqCst);
        for stream in self.streams.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn questions_are_answered_while_the_database_is_away_and_what_was_told_arrives_when_it_is_back() {
    if server().is_none() {
        return;
    }
    let (database, mut all) = (Database::make().await, JoinSet::new());
    let (before, after) = database.address.rsplit_once('@').unwrap();
    let (host, name) = after.split_once('/').unwrap();
    let wire = Wire::new(host.to_owned());
    let at = LedgerLocation::Postgres(format!("{before}@127.0.0.1:{}/{name}", wire.port));
    let app = following(Arc::new(LazyLedger::new(at)), &mut all);
    let api = Api::over(&app);
    let list = json!({"discharge": {"service": "home_health", "near": {"zip": "64108"}}});
    let asked = async |status: StatusCode| {
        assert_eq!(api.post("/v1/matches", question()).await.status, StatusCode::OK);
        let made = api.post("/v1/choice-lists", &list).await;
        assert_eq!(made.status, status);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            assert_eq!((&made.json()["code"], made.header("retry-after")), (&json!("no_ledger"), "5"));
        }
    };

    // The database was never reachable.
    until("it says why", async || standing(&app).await.1.contains("the ledger: ")).await;
    assert_eq!(standing(&app).await.0, "not_open");
    asked(StatusCode::SERVICE_UNAVAILABLE).await;
    assert_eq!(app.append_event(&room(1, 1)).await, Err(Problem::NoLedger));

    wire.open();
    until("it is open", async || standing(&app).await.0 == "open").await;
    asked(StatusCode::CREATED).await;
    app.append_event(&room(1, 2)).await.unwrap();

    wire.cut();
    until("it says that it fails", async || standing(&app).await.0 == "failing").await;
    asked(StatusCode::SERVICE_UNAVAILABLE).await;
    assert_eq!((app.append_event(&room(1, 3)).await, beds(&app, 1)), (Err(Problem::NoLedger), Some(2)));
    let ours = database.ledger().await;
    let told: Sequence = ours.tell(&room(2, 4)).await.unwrap();

    wire.open();
    until("it knows what was told meanwhile", async || app.ledger_state().sequence >= told).await;
    assert_eq!((beds(&app, 1), beds(&app, 2)), (Some(2), Some(4)));
    until("nothing fails any more", async || standing(&app).await == ("open".to_owned(), String::new())).await;
    asked(StatusCode::CREATED).await;
}
