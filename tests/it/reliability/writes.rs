//! No acknowledged write is lost: a server is killed while it writes to a ledger file, and
//! PostgreSQL is restarted while servers write to it. Every write is unique, so that each
//! acknowledged one can be searched for.

use std::collections::BTreeSet;
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
use serde_json::json;
use tempfile::TempDir;

use super::{in_full, times};
use crate::cli::Server;
use crate::directories::sample;
use crate::ledger::postgres::{Database, server as database_server};

const WRITERS: usize = 4;

/// Number of days on which an outcome may have been asked; fewer than are kept.
const DAYS: usize = 80;

/// A unique outcome: a nursing home and a day.
type Outcome = (String, Date);

/// Unique outcomes, and the acknowledged ones.
struct Writes {
    homes: Vec<String>,
    today: Date,
    next: AtomicUsize,
    acknowledged: Mutex<BTreeSet<Outcome>>,
}

impl Writes {
    fn new() -> Self {
        let homes = sample().providers.iter().filter(|provider| provider.line(Service::SkilledNursing).is_some());
        Self {
            homes: homes.map(|home| home.id.to_string()).collect(),
            today: jiff::Zoned::now().date(),
            next: AtomicUsize::new(0),
            acknowledged: Mutex::default(),
        }
    }

    fn next(&self) -> Outcome {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let home = self.homes.get(number / DAYS).expect("there are more outcomes than are written");
        let days = i64::try_from(number % DAYS).unwrap();
        (home.clone(), self.today.checked_sub(days.days()).unwrap())
    }

    /// Reports outcomes over one connection until it breaks or `stop` is set. A refusal is not
    /// acknowledged.
    fn report(&self, address: &str, stop: &AtomicBool) -> std::io::Result<()> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        while !stop.load(Ordering::Relaxed) {
            let (home, asked_on) = self.next();
            let body = json!({"provider": home, "service": "skilled_nursing", "asked_on": asked_on, "reply": "accepted"});
            let body = body.to_string();
            write!(
                stream,
                "POST /v1/outcomes HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            )?;
            if read_status(&mut stream)? == 201 {
                self.acknowledged.lock().unwrap().insert((home, asked_on));
            } else {
                thread::sleep(Duration::from_millis(20));
            }
        }
        Ok(())
    }

    /// Fails if an acknowledged outcome is not in `ledger`.
    async fn check(&self, ledger: &dyn Ledger, when: &str) {
        let changes = ledger.since(Sequence(0), date(2000, 1, 1)).await.unwrap();
        let kept: BTreeSet<Outcome> = changes
            .into_iter()
            .filter_map(|change| match change.entry {
                LedgerEvent::Outcome(outcome) => Some((outcome.provider.to_string(), outcome.asked_on)),
                _ => None,
            })
            .collect();
        let acknowledged = self.acknowledged.lock().unwrap();
        let lost: Vec<_> = acknowledged.difference(&kept).collect();
        let (of, lost_count) = (acknowledged.len(), lost.len());
        assert!(lost.is_empty(), "{when}: {lost_count} of {of} acknowledged writes are lost: {lost:?}");
    }

    fn count(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }
}

/// The status of one answer, whose body is read to its end.
fn read_status(stream: &mut TcpStream) -> std::io::Result<u16> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()).unwrap_or("0");
    let mut body = vec![0; length.trim().parse().unwrap_or(0)];
    stream.read_exact(&mut body)?;
    Ok(head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(599))
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
    println!("{kills} kills, {} acknowledged writes, none lost", writes.count());
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
    println!("{restarts} restarts, {} acknowledged writes, none lost", writes.count());
}
