//! A server under load while directories are swapped every few seconds, and during a complete
//! national refresh.
//!
//! Questions are sent at a fixed rate, whether or not the previous one is answered, and a time is
//! measured from when a question was due: if a server stalls, all waiting questions count as late.

use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{fs, thread};

use placement::catalog::generation::GenerationStore;
use serde_json::Value;

use crate::nation::{Nation, child, end, memory_mb};
use crate::questions;
use crate::service::{Connection, started};
use crate::timing::{Figure, show};

/// Questions per second, and the number of connections.
const RATE: u32 = 200;
const CALLERS: usize = 4;

/// The result of asking for a while.
struct Asked {
    /// Time of each answer from when its question was due, sorted.
    times: Vec<Duration>,
    failed: usize,
}

impl Asked {
    fn p99(&self) -> Duration {
        self.times.get(self.times.len().saturating_sub(1) * 99 / 100).copied().unwrap_or_default()
    }
}

/// Sends questions while `meanwhile` runs.
fn ask_while(address: &str, bodies: &[String], meanwhile: impl FnOnce()) -> Asked {
    let (stop, next, failed) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    let (began, times) = (Instant::now(), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| {
                let mut connection = Connection::open(address);
                while !stop.load(Ordering::Relaxed) {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let due = Duration::from_secs(1) * u32::try_from(number).expect("few questions") / RATE;
                    thread::sleep(due.saturating_sub(began.elapsed()));
                    let body = &bodies[number % bodies.len()];
                    if let Ok((200, _)) = connection.try_to_ask("POST", "/v1/matches", body) {
                        times.lock().expect("the times").push(began.elapsed().saturating_sub(due));
                    } else {
                        failed.fetch_add(1, Ordering::Relaxed);
                        connection = Connection::open(address);
                    }
                }
            });
        }
        meanwhile();
        stop.store(true, Ordering::Relaxed);
    });
    let mut times = times.into_inner().expect("the times");
    times.sort_unstable();
    Asked { times, failed: failed.into_inner() }
}

/// Questions that were not asked before, in a separate order.
fn fresh(nation: &Nation, seed: u64) -> Vec<String> {
    questions::bodies(&nation.catalog(), 30_000, seed).iter().map(Value::to_string).collect()
}

/// Alternates two generations for `long`, and prints p99 compared with that of an idle server over
/// the same time.
pub(crate) fn measure_swaps(nation: &Nation, long: Duration, every: Duration) {
    nation.refresh();
    let store = GenerationStore::new(&nation.index);
    let first = store.current().expect("a generation");
    refresh(nation);
    let both = [first, store.current().expect("a generation")];
    let (server, address) = started(child("serve", &[&nation.index]));
    while Connection::open(&address).ask("GET", "/readyz", "").0 != 200 {
        thread::sleep(Duration::from_millis(1));
    }
    let quiet = ask_while(&address, &fresh(nation, 17), || thread::sleep(long));
    let mut swaps = 0;
    let swapped = ask_while(&address, &fresh(nation, 19), || {
        let began = Instant::now();
        while began.elapsed() < long {
            point_at(nation, &both[swaps % 2]);
            swaps += 1;
            thread::sleep(every);
        }
    });
    end(server);
    let (quiet_p99, swapped_p99) = (quiet.p99(), swapped.p99());
    let ratio = swapped_p99.as_secs_f64() / quiet_p99.as_secs_f64();
    Figure {
        what: format!("p99 at {RATE} questions per second, national size, a swap every {} ({swaps})", show(every)),
        ours: show(swapped_p99),
        limit: format!("without swaps: {}", show(quiet_p99)),
        ratio: Some(ratio),
        aim: Some(("ratio at most 1.5".to_owned(), ratio <= 1.5)),
    }
    .print();
    failed("the same, questions failed", &swapped);
}

/// Makes a generation the current one like the end of a refresh, but without verification, which a
/// refresh does at low priority.
fn point_at(nation: &Nation, generation: &str) {
    let aside = nation.index.join("current.partial");
    fs::write(&aside, format!("{generation}\n")).expect("the name of a generation");
    fs::rename(aside, nation.index.join("current")).expect("a swap");
}

/// Runs a complete refresh while a server is under load; prints its cost and the server's answer
/// times.
pub(crate) fn measure_refresh(nation: &Nation, quiet_for: Duration) {
    let (server, address) = started(child("serve", &[&nation.index]));
    let mut connection = Connection::open(&address);
    while connection.ask("GET", "/readyz", "").0 != 200 {
        thread::sleep(Duration::from_millis(1));
    }
    let quiet = ask_while(&address, &fresh(nation, 23), || thread::sleep(quiet_for));
    let mut night = (0.0, 0.0);
    let beside = ask_while(&address, &fresh(nation, 29), || night = refresh(nation));
    end(server);
    let (seconds, peak) = night;
    Figure {
        what: format!("national refresh beside a server asked {RATE} times per second, end to end"),
        ours: format!("{seconds:.1} s"),
        limit: String::new(),
        ratio: None,
        aim: Some(("under 60 s".to_owned(), seconds < 60.0)),
    }
    .print();
    Figure {
        what: "the same, peak memory".to_owned(),
        ours: format!("{peak:.0} MB"),
        limit: String::new(),
        ratio: None,
        aim: Some(("under 1,500 MB".to_owned(), peak < 1_500.0)),
    }
    .print();
    failed("the same, questions failed", &beside);
    let (quiet_p99, beside_p99) = (quiet.p99(), beside.p99());
    Figure {
        what: "the same, p99 of the server".to_owned(),
        ours: show(beside_p99),
        limit: format!("without a refresh: {}", show(quiet_p99)),
        ratio: Some(beside_p99.as_secs_f64() / quiet_p99.as_secs_f64()),
        aim: None,
    }
    .print();
}

fn failed(what: &str, asked: &Asked) {
    Figure {
        what: what.to_owned(),
        ours: format!("{} of {}", asked.failed, asked.failed + asked.times.len()),
        limit: String::new(),
        ratio: None,
        aim: Some(("none".to_owned(), asked.failed == 0)),
    }
    .print();
}

/// `placement refresh` as it is scheduled: seconds from start to end, and peak memory in megabytes.
fn refresh(nation: &Nation) -> (f64, f64) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_placement"));
    command.arg("refresh").arg("--from").arg(&nation.files).arg("--index").arg(&nation.index);
    let began = Instant::now();
    let mut refresh = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a refresh");
    let id = refresh.id().to_string();
    let mut peak: f64 = 0.0;
    loop {
        // The peak is lost when the process ends, so it is read until then.
        peak = peak.max(memory_mb(&id, "VmHWM"));
        match refresh.try_wait().expect("its end") {
            Some(ended) if ended.success() => return (began.elapsed().as_secs_f64(), peak),
            Some(ended) => panic!("the refresh ended with {ended}"),
            None => thread::sleep(Duration::from_millis(10)),
        }
    }
}
