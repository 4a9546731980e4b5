//! Two servers behind a proxy, on one object storage and one PostgreSQL: directories are published, servers killed, drained and started
//! again, the storage stopped, the database restarted and stopped, under constant load. No question fails, no answer mixes two
//! directories, no acknowledged record is lost, and links to further pages are good across a swap. `tests/fleet` starts what it needs.

mod client;
mod load;
mod records;
mod site;

use std::process::Command;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use load::{Load, PageTurns, Reading};
use records::Records;
use site::Site;

use crate::full_size::{in_full, times};

/// Threads that ask, and threads that record.
const CALLERS: usize = 8;
const WRITERS: usize = 2;

/// How long a killed server is away.
const AWAY: Duration = Duration::from_secs(3);

/// What happens to the installation.
#[derive(Debug, Clone, Copy)]
enum Incident {
    /// A new directory is published.
    Publish,
    /// A server is killed by SIGKILL, and started again.
    Kill(usize),
    /// A server is told to stop, as for an upgrade, and started again when it has ended.
    Drain(usize),
    /// The object storage is stopped for so many seconds.
    StorageAway(u64),
    /// Every connection of the database is cut, and it is started again.
    DatabaseRestart,
    /// The database is stopped for so many seconds.
    DatabaseAway(u64),
    /// Commits wait for a standby that is not there, for so many seconds.
    StandbyAway(u64),
}

use Incident::{DatabaseAway, DatabaseRestart, Drain, Kill, Publish, StandbyAway, StorageAway};

/// The second of each incident, and the length of the run.
const FULL: (&[(u64, Incident)], u64) = (
    &[
        (10, Publish),
        (28, Kill(0)),
        (45, Publish),
        (60, Drain(1)),
        (80, Publish),
        (88, Drain(0)),
        (105, Publish),
        (115, StorageAway(20)),
        (145, Publish),
        (158, DatabaseRestart),
        (175, Publish),
        (185, DatabaseAway(5)),
        (200, Publish),
        (208, Kill(1)),
        (218, StandbyAway(18)),
        (240, Publish),
        (246, Drain(1)),
        (262, Publish),
        (270, DatabaseRestart),
        (282, Publish),
    ],
    300,
);

const SLICE: (&[(u64, Incident)], u64) =
    (&[(2, Publish), (6, Kill(0)), (11, Drain(1)), (17, DatabaseRestart), (19, Publish)], 24);

/// Runs a command that a script names.
fn run(name: &str) {
    let program = std::env::var(name).unwrap_or_else(|_| panic!("tests/fleet names {name}"));
    assert!(Command::new(program).status().unwrap().success(), "{name}");
}

fn happen(incident: Incident, site: &Site, load: &Load, records: &Records) {
    let at = load.began.elapsed().as_secs_f64();
    let since = |began: Instant| began.elapsed().as_secs_f64();
    let said = match incident {
        Publish => {
            let number = load.published.load(Ordering::Relaxed) + 1;
            site.publish(number);
            load.published.store(number, Ordering::Relaxed);
            let (began, id) = (Instant::now(), &site.generations[number].id);
            site.wait_until("a new directory is served", |status| status["generation"] == **id);
            format!("on every server after {:.1} s", since(began))
        }
        Kill(number) => {
            site.kill(number);
            thread::sleep(AWAY);
            let began = Instant::now();
            site.start(number);
            format!("ready {:.1} s after it was started again", since(began))
        }
        Drain(number) => {
            let began = Instant::now();
            site.drain(number);
            let ended = since(began);
            site.start(number);
            format!("ended after {ended:.1} s")
        }
        StorageAway(seconds) => {
            run("PLACEMENT_S3_STOP");
            site.wait_until("the outage is told", |status| status["storage"]["failure"].is_string());
            thread::sleep(Duration::from_secs(seconds));
            run("PLACEMENT_S3_START");
            site.wait_until("the outage is over", |status| status["storage"]["failure"].is_null());
            "told in readiness until it was back".to_owned()
        }
        DatabaseRestart => {
            run("PLACEMENT_POSTGRES_RESTART");
            format!("first record acknowledged {:.2} s after it was back", records.first_after(Instant::now()).as_secs_f64())
        }
        DatabaseAway(seconds) => {
            run("PLACEMENT_POSTGRES_STOP");
            thread::sleep(Duration::from_secs(seconds));
            run("PLACEMENT_POSTGRES_START");
            format!("first record acknowledged {:.2} s after it was back", records.first_after(Instant::now()).as_secs_f64())
        }
        StandbyAway(seconds) => {
            site.wait_for_a_standby("nobody");
            // What was already committing may still be acknowledged.
            thread::sleep(Duration::from_secs(1));
            let began = Instant::now();
            thread::sleep(Duration::from_secs(seconds));
            assert!(!records.is_any_after(began), "a record is acknowledged that no standby has");
            site.wait_for_a_standby("");
            format!("nothing was acknowledged; first record {:.2} s after", records.first_after(Instant::now()).as_secs_f64())
        }
    };
    println!("{at:6.1} s  {incident:?}: {said}");
}

#[test]
fn a_fleet_fails_no_question_and_loses_no_record() {
    let (incidents, seconds) = if in_full() { FULL } else { SLICE };
    let publishes = incidents.iter().filter(|(_, incident)| matches!(incident, Publish)).count();
    let Some(site) = Site::open(publishes + 1) else { return };
    let usual = times(20, 200);
    let rate = std::env::var("FLEET_RATE").map_or(usual, |rate| rate.parse().expect("FLEET_RATE is a number"));
    let (load, records) = (Load::new(publishes + 1), Records::new());
    let turns = Reading::ALL.map(|_| PageTurns::default());
    let pause = Duration::from_secs(times(2, 4) as u64);
    let (load, records, site) = (&load, &records, &site);
    thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| load.ask(site, rate));
        }
        for _ in 0..WRITERS {
            scope.spawn(|| records.write(site, load));
        }
        for (reading, turns) in Reading::ALL.into_iter().zip(&turns) {
            scope.spawn(move || load.turn_pages(site, reading, pause, turns));
        }
        scope.spawn(|| records.state(site, load, Duration::from_millis(250)));
        scope.spawn(|| {
            // Whatever fails here, the other threads end.
            let _stop = StopAtEnd(load);
            for (second, incident) in incidents {
                thread::sleep(Duration::from_secs(*second).saturating_sub(load.began.elapsed()));
                happen(*incident, site, load, records);
            }
            thread::sleep(Duration::from_secs(seconds).saturating_sub(load.began.elapsed()));
        });
    });
    let asked = load.report(&site.generations);
    for (reading, turns) in Reading::ALL.into_iter().zip(&turns) {
        let (turned, across) = (turns.turned.load(Ordering::Relaxed), turns.across.load(Ordering::Relaxed));
        println!("{}: {turned} turned, {across} of them across a swap", reading.name());
        assert!(across > 0, "{} are not tried across a swap", reading.name());
    }
    let slowest = site.runtime.block_on(records.check(site));
    assert_eq!(load.failures(), [""; 0], "through the proxy");
    assert!(load.is_of_every_directory(), "each directory answered");
    if in_full() {
        assert!(slowest < Duration::from_secs(2), "the promise of docs/replicas.md: {slowest:?}");
        assert!(asked >= usize::try_from(seconds).unwrap() * rate * 9 / 10, "the rate was not kept: {asked}");
    }
}

/// Ends the run when it is dropped.
struct StopAtEnd<'a>(&'a Load);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.stop.store(true, Ordering::Relaxed);
    }
}
