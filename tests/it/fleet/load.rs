//! Questions at a constant rate, and people and programs that turn pages, through the proxy.

use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::{Client, Reply};
use super::site::Site;
use crate::reliability::swap::{Dated, fault, question};

/// What all threads of a run share.
pub(crate) struct Load {
    pub(crate) began: Instant,
    pub(crate) stop: AtomicBool,
    /// The generation published last.
    pub(crate) published: AtomicUsize,
    asked: AtomicUsize,
    took: Mutex<Vec<Duration>>,
    of_each: Vec<AtomicUsize>,
    failures: Mutex<Vec<String>>,
}

/// The ways of reading an answer page by page.
#[derive(Clone, Copy)]
pub(crate) enum Reading {
    /// The cursor of `POST /v1/matches`.
    Matches,
    /// The cursor of `GET /v1/providers`.
    Providers,
    /// The link to the next page of a FHIR search.
    Fhir,
    /// The button "Next page" in a browser.
    Page,
}

/// How often pages were turned, and how often a directory was published in between.
#[derive(Default)]
pub(crate) struct PageTurns {
    pub(crate) turned: AtomicUsize,
    pub(crate) across: AtomicUsize,
}

impl Load {
    pub(crate) fn new(generations: usize) -> Self {
        Self {
            began: Instant::now(),
            stop: AtomicBool::new(false),
            published: AtomicUsize::new(0),
            asked: AtomicUsize::new(0),
            took: Mutex::default(),
            of_each: (0..generations).map(|_| AtomicUsize::new(0)).collect(),
            failures: Mutex::default(),
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn fail(&self, what: &str) {
        let at = self.began.elapsed().as_secs_f64();
        let mut failures = self.failures.lock().unwrap();
        if failures.len() < 20 {
            println!("after {at:.1} s: {what}");
        }
        failures.push(what.to_owned());
    }

    pub(crate) fn failures(&self) -> Vec<String> {
        self.failures.lock().unwrap().clone()
    }

    /// Asks questions in turn with other threads, `rate` a second together.
    pub(crate) fn ask(&self, site: &Site, rate: usize) {
        let mut client = Client::new(&site.address, &site.key);
        while !self.is_over() {
            let number = self.asked.fetch_add(1, Ordering::Relaxed);
            let due = Duration::from_secs(1) * u32::try_from(number).unwrap() / u32::try_from(rate).unwrap();
            thread::sleep(due.saturating_sub(self.began.elapsed()));
            let began = Instant::now();
            // Every other one was asked before, so that cached answers are tried too.
            let asked = question(if number.is_multiple_of(2) { number } else { number % 40 });
            let answer = client.post("/v1/matches", &asked).map(|reply| (reply.status, reply.body));
            self.took.lock().unwrap().push(began.elapsed());
            match fault(&answer, &site.generations) {
                Ok(of) => _ = self.of_each[of].fetch_add(1, Ordering::Relaxed),
                Err(wrong) => self.fail(&format!("question {number}: {}", wrong.chars().take(400).collect::<String>())),
            }
        }
    }

    /// Reads answers of two pages; between the pages `pause` passes.
    pub(crate) fn turn_pages(&self, site: &Site, reading: Reading, pause: Duration, turns: &PageTurns) {
        let mut client = match reading {
            Reading::Page => Client::browser(&site.address, &site.key),
            _ => Client::new(&site.address, &site.key),
        };
        while !self.is_over() {
            let first_of = self.published.load(Ordering::Relaxed);
            match turn_page(&mut client, reading, || thread::sleep(pause)) {
                Ok(()) => {
                    turns.turned.fetch_add(1, Ordering::Relaxed);
                    let is_across = self.published.load(Ordering::Relaxed) != first_of;
                    turns.across.fetch_add(usize::from(is_across), Ordering::Relaxed);
                }
                Err(wrong) => self.fail(&format!("{}: {wrong}", reading.name())),
            }
        }
    }

    /// Prints the figures of the questions; returns how many were asked.
    pub(crate) fn report(&self, generations: &[Dated]) -> usize {
        let mut took = std::mem::take(&mut *self.took.lock().unwrap());
        let (asked, seconds) = (took.len(), self.began.elapsed().as_secs_f64());
        let failed = self.failures().len();
        println!(
            "questions: {asked} in {seconds:.0} s, {:.0} a second; failed or mixed, pages included: {failed}",
            f64::from(u32::try_from(asked).unwrap()) / seconds
        );
        println!("  time through the proxy: {}", percentiles(&mut took));
        let of_each =
            generations.iter().zip(&self.of_each).map(|(one, count)| format!("{} {}", one.id, count.load(Ordering::Relaxed)));
        println!("  of each directory: {}", of_each.collect::<Vec<_>>().join(", "));
        asked
    }

    /// Whether questions were answered from every directory that was published.
    pub(crate) fn is_of_every_directory(&self) -> bool {
        self.of_each.iter().all(|count| count.load(Ordering::Relaxed) > 0)
    }
}

/// "p50 3 ms, p99 20 ms, slowest 100 ms".
pub(crate) fn percentiles(took: &mut [Duration]) -> String {
    took.sort_unstable();
    let at =
        |share: usize| took.get((took.len() * share / 100).min(took.len().saturating_sub(1))).copied().unwrap_or_default();
    let millis = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1000.0);
    format!("p50 {}, p99 {}, slowest {}", millis(at(50)), millis(at(99)), millis(at(100)))
}

impl Reading {
    pub(crate) const ALL: [Self; 4] = [Self::Matches, Self::Providers, Self::Fhir, Self::Page];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Matches => "cursors of POST /v1/matches",
            Self::Providers => "cursors of GET /v1/providers",
            Self::Fhir => "next links of FHIR",
            Self::Page => "pages of an answer in the browser",
        }
    }
}

/// Reads the first page, waits, and reads the second, which must be of the same directory.
fn turn_page(client: &mut Client, reading: Reading, wait: impl FnOnce()) -> io::Result<()> {
    let of = |reply: &Reply| reply.json()["directory"]["generation"].clone();
    let same = |first: Value, second: Value| {
        if first == second && first.is_string() { Ok(()) } else { Err(io::Error::other(format!("{first}, then {second}"))) }
    };
    match reading {
        Reading::Matches => {
            let mut asked = json!({"service": "skilled_nursing", "near": {"zip": "64108"}, "coverage": {"program": "medicare"}, "limit": 1});
            let first = client.post("/v1/matches", &asked.to_string())?.expect(200)?;
            asked["cursor"] = first.json()["next_cursor"].clone();
            wait();
            same(of(&first), of(&client.post("/v1/matches", &asked.to_string())?.expect(200)?))
        }
        Reading::Providers => {
            let first = client.get("/v1/providers?limit=2")?.expect(200)?;
            let cursor = first.json()["next_cursor"].as_str().unwrap_or("none").to_owned();
            wait();
            same(of(&first), of(&client.get(&format!("/v1/providers?limit=2&cursor={cursor}"))?.expect(200)?))
        }
        Reading::Fhir => {
            let first = client.get("/fhir/Organization?_count=2")?.expect(200)?.json();
            let next = first["link"].as_array().into_iter().flatten().find(|link| link["relation"] == "next");
            let next = next.and_then(|link| link["url"].as_str()).unwrap_or("none").to_owned();
            wait();
            let path = next.find("/fhir/").map_or("/none", |at| &next[at..]);
            same(first["meta"]["lastUpdated"].clone(), client.get(path)?.expect(200)?.json()["meta"]["lastUpdated"].clone())
        }
        Reading::Page => {
            let form = "service=skilled_nursing&near=64108&coverage=Medicare&limit=1";
            let first = ask_page(client, form)?;
            let cursor = first.split("name=\"cursor\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
            let cursor = cursor.ok_or_else(|| io::Error::other("there is no next page"))?.to_owned();
            wait();
            let second = ask_page(client, &format!("{form}&cursor={cursor}"))?;
            if second.contains("2 to 2 of") { Ok(()) } else { Err(io::Error::other("the second page is not the second")) }
        }
    }
}

/// Asks as a browser does: the form is kept, and the address of the answer is opened.
fn ask_page(client: &mut Client, form: &str) -> io::Result<String> {
    let kept = client.send("POST", "/", "Content-Type: application/x-www-form-urlencoded\r\n", form)?.expect(303)?;
    Ok(client.get(kept.header("location"))?.expect(200)?.body)
}
