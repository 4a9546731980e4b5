//! No acknowledged write is lost: a server is killed while it writes outcomes, observations, referral requests and invites to a
//! ledger file, and PostgreSQL is restarted while servers write to it. Every write is unique, so that each acknowledged one can be
//! searched for.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use jiff::ToSpan;
use jiff::civil::{Date, date};
use placement::ledger::Ledger;
use placement::ledger::event::{LedgerEvent, Sequence};
use placement::ledger::postgres::PostgresLedger;
use placement::ledger::sqlite::SqliteLedger;
use placement::service::Service;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cli::Server;
use crate::directories::sample;
use crate::full_size::{in_full, times};
use crate::ledger::postgres::{Database, server as database_server};

const WRITERS: usize = 4;

/// Number of days on which an outcome may have been asked; fewer than are kept.
const DAYS: usize = 80;

/// What identifies one record in the answer and in the ledger: its kind, and the home and day of an outcome or the id of another record.
pub(crate) type RecordMark = (&'static str, String);

/// Unique records, and the acknowledged ones.
pub(crate) struct Writes {
    pub(crate) homes: Vec<String>,
    today: Date,
    next: AtomicUsize,
    pub(crate) acknowledged: Mutex<BTreeSet<RecordMark>>,
}

/// One request that records something.
pub(crate) struct RecordRequest {
    pub(crate) path: String,
    pub(crate) body: Value,
    /// Finds the mark in the request and its answer.
    pub(crate) mark: fn(&Value, &Value) -> RecordMark,
}

impl Writes {
    pub(crate) fn new() -> Self {
        let homes = sample().providers.iter().filter(|provider| provider.line(Service::SkilledNursing).is_some());
        Self {
            homes: homes.map(|home| home.id.to_string()).collect(),
            today: jiff::Zoned::now().date(),
            next: AtomicUsize::new(0),
            acknowledged: Mutex::default(),
        }
    }

    /// Outcomes, observations, referral requests and invites in turn.
    pub(crate) fn next(&self) -> RecordRequest {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (turn, number) = (number % 4, number / 4);
        let home = self.homes.get(number / DAYS).expect("there are more outcomes than are written");
        let days = i64::try_from(number % DAYS).unwrap();
        let asked_on = self.today.checked_sub(days.days()).unwrap();
        match turn {
            0 => RecordRequest {
                path: "/v1/outcomes".to_owned(),
                body: json!({"provider": home, "service": "skilled_nursing", "asked_on": asked_on, "reply": "accepted"}),
                mark: |sent, _| ("outcome", format!("{} {}", text(&sent["provider"]), text(&sent["asked_on"]))),
            },
            1 => RecordRequest {
                path: "/v1/observations".to_owned(),
                body: json!({"observations": [
                    {"provider": home, "service": "skilled_nursing", "said_by": "admissions", "need": "resp.vent", "answer": "yes"}
                ]}),
                mark: |_, answer| ("observation", text(&answer["observations"][0]["id"]).to_owned()),
            },
            2 => RecordRequest {
                path: "/v1/referral-requests".to_owned(),
                body: json!({"service": "skilled_nursing", "providers": [home], "patient_agreed": true}),
                mark: |_, answer| ("referral request", text(&answer["id"]).to_owned()),
            },
            _ => RecordRequest {
                path: format!("/v1/providers/{home}/invites"),
                body: json!({"days": 30}),
                mark: |_, answer| ("invite", text(&answer["invite"]["id"]).to_owned()),
            },
        }
    }

    /// Records over one connection until it breaks or `stop` is set. A refusal is not acknowledged.
    fn report(&self, address: &str, stop: &AtomicBool) -> std::io::Result<()> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        while !stop.load(Ordering::Relaxed) {
            let RecordRequest { path, body, mark } = self.next();
            let text = body.to_string();
            write!(
                stream,
                "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{text}",
                text.len()
            )?;
            let (status, answer) = read_answer(&mut stream)?;
            if status == 201 {
                self.acknowledged.lock().unwrap().insert(mark(&body, &answer));
            } else {
                assert!(matches!(status, 409 | 412 | 429 | 503), "{path}: {status} {answer}");
                thread::sleep(Duration::from_millis(20));
            }
        }
        Ok(())
    }

    /// Fails if an acknowledged record is not in `ledger`.
    pub(crate) async fn check(&self, ledger: &dyn Ledger, when: &str) {
        let changes = ledger.since(Sequence(0), date(2000, 1, 1)).await.unwrap();
        let kept: BTreeSet<RecordMark> = changes.into_iter().filter_map(|change| mark_of(&change.entry)).collect();
        let acknowledged = self.acknowledged.lock().unwrap();
        let lost: Vec<_> = acknowledged.difference(&kept).collect();
        let (of, lost_count) = (acknowledged.len(), lost.len());
        assert!(lost.is_empty(), "{when}: {lost_count} of {of} acknowledged writes are lost: {lost:?}");
    }

    fn count(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    /// How many of each kind were acknowledged.
    pub(crate) fn counts(&self) -> String {
        let mut counts = BTreeMap::<&str, usize>::new();
        self.acknowledged.lock().unwrap().iter().for_each(|(kind, _)| *counts.entry(kind).or_default() += 1);
        assert_eq!(counts.len(), 4, "every kind is written: {counts:?}");
        counts.into_iter().map(|(kind, count)| format!("{count} of {kind}")).collect::<Vec<_>>().join(", ")
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

/// The mark under which a request acknowledged that event, if it makes a record.
pub(crate) fn mark_of(event: &LedgerEvent) -> Option<RecordMark> {
    match event {
        LedgerEvent::Outcome(outcome) => Some(("outcome", format!("{} {}", outcome.provider, outcome.asked_on))),
        LedgerEvent::Observation(heard) => Some(("observation", heard.id.to_string())),
        LedgerEvent::Referral(change) => Some(("referral request", change.request.to_string())),
        LedgerEvent::Invite(change) => Some(("invite", change.invite.to_string())),
        _ => None,
    }
}

/// The status of one answer, and its body if that is JSON.
fn read_answer(stream: &mut TcpStream) -> std::io::Result<(u16, Value)> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()).unwrap_or("0");
    let mut body = vec![0; length.trim().parse().unwrap_or(0)];
    stream.read_exact(&mut body)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(599);
    Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
}

#[tokio::test]
async fn a_server_killed_while_it_writes_loses_no_acknowledged_write() {
    let folder = TempDir::new().unwrap();
    let (writes, kills) = (Writes::new(), times(5, 200));
    for kill in 0..kills {
        kill_while_writing(folder.path(), &writes, Duration::from_millis(u64::try_from(kill * 7 % 50).unwrap()));
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).await.unwrap();
        writes.check(&ledger, &format!("after kill {}", kill + 1)).await;
        ledger.close().await;
    }
    println!("{kills} kills, acknowledged writes: {}; none lost", writes.counts());
}

/// Starts a server in `folder`, and kills it `later` after its first acknowledged write.
fn kill_while_writing(folder: &Path, writes: &Writes, later: Duration) {
    let server = Server::start(folder, "serve --sample --ledger ledger.sqlite");
    server.wait_for("/readyz", "\"ready\"");
    let before = writes.count();
    thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                let _ends_when_it_is_killed = writes.report(&server.address, &AtomicBool::new(false));
            });
        }
        let began = Instant::now();
        while writes.count() == before {
            assert!(began.elapsed() < Duration::from_mins(1), "no write is acknowledged: {}", server.log());
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(later);
        server.signal("KILL");
    });
}

/// Only in the complete run, because other tests use the same database.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_restarted_under_writes_loses_no_acknowledged_write() {
    if !in_full() || database_server().is_none() {
        return;
    }
    let restart = std::env::var("PLACEMENT_POSTGRES_RESTART").expect("tests/postgres names it");
    let (database, folder, writes, restarts) = (Database::make().await, TempDir::new().unwrap(), Writes::new(), 24);
    let line = format!("serve --sample --ledger {}", database.address);
    let server = Server::start(folder.path(), &line);
    server.wait_for("/readyz", "\"ready\"");
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                // A connection may be closed after a failure; the next one continues.
                while !stop.load(Ordering::Relaxed) {
                    let _broken_off = writes.report(&server.address, &stop);
                }
            });
        }
        for _ in 0..restarts {
            let before = writes.count();
            let began = Instant::now();
            while writes.count() < before + 20 {
                assert!(began.elapsed() < Duration::from_mins(1), "writing never goes on: {}", server.log());
                thread::sleep(Duration::from_millis(5));
            }
            assert!(Command::new(&restart).status().unwrap().success());
        }
        stop.store(true, Ordering::Relaxed);
    });
    let ledger = PostgresLedger::open(&database.address).await.unwrap();
    writes.check(&ledger, "after the last restart").await;
    println!("{restarts} restarts, acknowledged writes: {}; none lost", writes.counts());
}
