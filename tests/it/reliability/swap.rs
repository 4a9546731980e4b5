//! A swap fails no request, and no answer mixes two directories: two generations of the same files,
//! dated a year apart, alternate under a server with constant load.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{fs, thread};

use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};
use placement::catalog::generation::GenerationStore;
use placement::sample;
use serde_json::Value;
use tempfile::TempDir;

use crate::api::publish;
use crate::cli::{Server, run_in};
use crate::full_size::times;

/// Questions per second, and the number of connections.
const RATE: usize = 200;
const CALLERS: usize = 4;

/// One persistent connection with one question at a time.
struct Caller(BufReader<TcpStream>);

impl Caller {
    fn of(server: &Server) -> Self {
        let stream = TcpStream::connect(&server.address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Self(BufReader::new(stream))
    }

    /// Returns status and body of the answer.
    fn ask(&mut self, question: &str) -> std::io::Result<(u16, String)> {
        let length = question.len();
        let head = "POST /v1/matches HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length:";
        write!(self.0.get_mut(), "{head} {length}\r\n\r\n{question}")?;
        let (mut status, mut length, mut line) = (0, 0, String::new());
        while line.trim_end() != "" || status == 0 {
            line.clear();
            self.0.read_line(&mut line)?;
            match line.trim_end().split_once(": ") {
                Some(("content-length", bytes)) => length = bytes.parse().unwrap(),
                None if status == 0 => status = line.split(' ').nth(1).unwrap_or_default().parse().unwrap_or(599),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        Ok((status, String::from_utf8(body).unwrap()))
    }
}

/// A generation, and the dates of its files.
#[derive(Debug)]
pub(crate) struct Dated {
    pub(crate) id: String,
    pub(crate) days: BTreeSet<String>,
}

/// Publishes the sample as of `days_ago`; no date of its files occurs in another such publication.
fn published(folder: &Path, days_ago: i64) -> Dated {
    let (files, index) = (folder.join(format!("files-{days_ago}")), folder.join("index"));
    let built_at = Timestamp::now() - SignedDuration::from_hours(24 * days_ago);
    sample::unpack(&files, Zoned::now().date().checked_sub(days_ago.days()).unwrap()).unwrap();
    publish(&files, &index, &built_at.to_string());
    let manifest = GenerationStore::new(&index).verify(&GenerationStore::new(&index).current().unwrap()).unwrap();
    let days = manifest.sources.iter().filter_map(|source| source.as_of).map(|day| day.to_string()).collect();
    Dated { id: manifest.generation, days }
}

/// Collects all evidence dates in an answer.
fn days_of(answer: &Value, days: &mut BTreeSet<String>) {
    match answer {
        Value::Object(fields) => {
            days.extend(fields.get("as_of").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| days_of(value, days));
        }
        Value::Array(values) => values.iter().for_each(|value| days_of(value, days)),
        _ => {}
    }
}

/// The question with that number; a hundredth of a mile makes it unique.
pub(crate) fn question(number: usize) -> String {
    let miles = 10.0 + f64::from(u32::try_from(number % 4000).unwrap()) / 100.0;
    let service = ["skilled_nursing", "inpatient_rehab", "long_term_acute", "dialysis"][number % 4];
    let plan = r#"{"plan": "Larkwater Choice HMO"}"#;
    format!(r#"{{"service": "{service}", "near": {{"zip": "64108"}}, "within_miles": {miles}, "coverage": {plan}}}"#)
}

/// The error of an answer, if any; otherwise its generation.
pub(crate) fn fault(answer: &std::io::Result<(u16, String)>, dated: &[Dated]) -> Result<usize, String> {
    let (200, text) = answer.as_ref().map_err(ToString::to_string)? else { return Err(format!("{answer:?}")) };
    let answer: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let of = dated.iter().position(|one| answer["directory"]["generation"] == *one.id).ok_or("of no known generation")?;
    let mut days = BTreeSet::new();
    days_of(&answer, &mut days);
    let others: Vec<&String> = days.difference(&dated[of].days).collect();
    match (others.as_slice(), days.len()) {
        ([], 1..) => Ok(of),
        (others, _) => Err(format!("an answer of {} with facts of {others:?}", dated[of].id)),
    }
}

#[test]
fn a_swap_fails_no_request_and_mixes_no_answer() {
    let folder = TempDir::new().unwrap();
    let dated = [published(folder.path(), 400), published(folder.path(), 35)];
    assert!(dated[0].days.is_disjoint(&dated[1].days), "{dated:?}");
    let server = Server::start(folder.path(), "serve");
    server.wait_for("/readyz", &dated[1].id);

    let (every, swaps) = (Duration::from_secs(times(1, 5) as u64), times(5, 24));
    let longest = every * u32::try_from(4 * swaps + 60).unwrap();
    let (stop, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    let of_each: Vec<AtomicUsize> = dated.iter().map(|_| AtomicUsize::new(0)).collect();
    let began = Instant::now();
    thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| {
                let mut caller = Caller::of(&server);
                while !stop.load(Ordering::Relaxed) && began.elapsed() < longest {
                    let number = asked.fetch_add(1, Ordering::Relaxed);
                    let due = Duration::from_secs(1) * u32::try_from(number).unwrap() / u32::try_from(RATE).unwrap();
                    thread::sleep(due.saturating_sub(began.elapsed()));
                    // Every other one was asked before, so that cached answers are tried too.
                    let answer = caller.ask(&question(if number.is_multiple_of(2) { number } else { number % 40 }));
                    match fault(&answer, &dated) {
                        Ok(of) => of_each[of].fetch_add(1, Ordering::Relaxed),
                        Err(wrong) => {
                            stop.store(true, Ordering::Relaxed);
                            panic!("question {number}: {wrong}")
                        }
                    };
                }
            });
        }
        scope.spawn(|| {
            for swap in 0..swaps {
                let next = &dated[swap % 2].id;
                assert_eq!(run_in(folder.path(), &format!("directory rollback {next}")).code, 0);
                server.signal("HUP");
                thread::sleep(every);
                server.wait_for("/readyz", next);
            }
            stop.store(true, Ordering::Relaxed);
        });
    });
    let of_each: Vec<usize> = of_each.into_iter().map(AtomicUsize::into_inner).collect();
    let (asked, seconds) = (of_each.iter().sum::<usize>(), began.elapsed().as_secs_f64());
    println!("{asked} questions in {seconds:.0} s over {swaps} swaps: 0 failed; {of_each:?} of each generation");
    assert!(of_each.iter().all(|answers| *answers > RATE / 4), "{of_each:?}: both were asked");
    assert_eq!(fs::read_to_string(folder.path().join("index/current")).unwrap().trim(), dated[(swaps - 1) % 2].id);
}
