//! What is recorded through the proxy while servers, the storage and the database fail: each request has an `Idempotency-Key` and is
//! sent again until it is acknowledged, as a program does.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use jiff::civil::date;
use placement::ledger::Ledger;
use placement::ledger::event::{LedgerEvent, Sequence};
use placement::ledger::postgres::PostgresLedger;
use serde_json::{Value, json};

use super::client::Client;
use super::load::{Load, percentiles};
use super::site::Site;
use crate::reliability::writes::{RecordRequest, Writes, mark_of};

/// The pause between two requests of a writer.
const PAUSE: Duration = Duration::from_millis(50);

/// The records of a run.
pub(crate) struct Records {
    writes: Writes,
    keys: AtomicUsize,
    /// How often a request was sent again, by what it was answered with.
    repeated: Mutex<BTreeMap<String, usize>>,
    /// The last acknowledgment.
    last: Mutex<Option<Instant>>,
    /// The beds that each home stated last, and whether that was acknowledged.
    beds: Mutex<BTreeMap<String, u32>>,
    /// How long it took until the other server answered with a statement, after it was acknowledged.
    lags: Mutex<Vec<Duration>>,
}

impl Records {
    pub(crate) fn new() -> Self {
        Self {
            writes: Writes::new(),
            keys: AtomicUsize::new(0),
            repeated: Mutex::default(),
            last: Mutex::default(),
            beds: Mutex::default(),
            lags: Mutex::default(),
        }
    }

    /// Records until the run is over.
    pub(crate) fn write(&self, site: &Site, load: &Load) {
        let mut client = Client::new(&site.address, &site.key);
        while !load.is_over() {
            self.record(&mut client, self.writes.next());
            thread::sleep(PAUSE);
        }
    }

    /// Sends one request until it is acknowledged.
    fn record(&self, client: &mut Client, request: RecordRequest) {
        let RecordRequest { path, body, mark } = request;
        let number = self.keys.fetch_add(1, Ordering::Relaxed);
        let headers = format!("Content-Type: application/json\r\nIdempotency-Key: record-of-the-fleet-{number:08}\r\n");
        let began = Instant::now();
        loop {
            let refused = match client.send("POST", &path, &headers, &body.to_string()) {
                Ok(reply) if matches!(reply.status, 200 | 201) => {
                    *self.last.lock().unwrap() = Some(Instant::now());
                    self.writes.acknowledged.lock().unwrap().insert(mark(&body, &reply.json()));
                    return;
                }
                Ok(reply) => {
                    let code = reply.json()["code"].as_str().unwrap_or("of the proxy").to_owned();
                    assert!(matches!(reply.status, 502..=504), "{path}: {reply:?}");
                    assert!(code != "no_ledger" || reply.header("retry-after") == "5", "{reply:?}");
                    format!("{} {code}", reply.status)
                }
                Err(error) => error.to_string(),
            };
            *self.repeated.lock().unwrap().entry(refused.clone()).or_default() += 1;
            assert!(began.elapsed() < Duration::from_mins(1), "{path} is never recorded: {refused}");
            thread::sleep(PAUSE);
        }
    }

    /// Whether anything was acknowledged after `since`.
    pub(crate) fn is_any_after(&self, since: Instant) -> bool {
        self.last.lock().unwrap().is_some_and(|last| last > since)
    }

    /// The time from `since` to the first acknowledgment after it.
    pub(crate) fn first_after(&self, since: Instant) -> Duration {
        loop {
            if let Some(last) = self.last.lock().unwrap().filter(|last| *last > since) {
                return last - since;
            }
            assert!(since.elapsed() < Duration::from_mins(1), "nothing is recorded any more");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// States beds to one server, and asks the other until its answer has them.
    pub(crate) fn state(&self, site: &Site, load: &Load, every: Duration) {
        let mut clients = [0, 1].map(|number| Client::new(&site.server_address(number), &site.key));
        for number in 0_usize.. {
            if load.is_over() {
                return;
            }
            thread::sleep(every);
            let (home, beds) =
                (&self.writes.homes[number % self.writes.homes.len()], u32::try_from(number % 90).unwrap() + 1);
            let body = json!({"availability": [{"service": "skilled_nursing", "room": true, "beds": beds}]}).to_string();
            let path = format!("/v1/providers/{home}/availability");
            let told = clients[number % 2].send("PUT", &path, "Content-Type: application/json\r\n", &body);
            if !told.is_ok_and(|reply| reply.status == 200) {
                // What was not acknowledged may be stored or not.
                self.beds.lock().unwrap().remove(home);
                continue;
            }
            let told = Instant::now();
            self.beds.lock().unwrap().insert(home.clone(), beds);
            let asked = json!({"provider": home, "discharge": {"service": "skilled_nursing", "near": {"zip": "64108"}, "within_miles": 100}});
            let other = &mut clients[(number + 1) % 2];
            while let Ok(reply) = other.post("/v1/explain", &asked.to_string()) {
                if has_beds(&reply.json(), beds) {
                    self.lags.lock().unwrap().push(told.elapsed());
                    break;
                }
                // One that is not seen by then counts with the time waited.
                if told.elapsed() > Duration::from_secs(10) {
                    self.lags.lock().unwrap().push(told.elapsed());
                    break;
                }
                if load.is_over() {
                    break;
                }
                thread::sleep(Duration::from_millis(2));
            }
        }
    }

    /// Prints the figures; returns the 99th percentile of how long statements took. Fails if an acknowledged record is lost, or is in
    /// the ledger twice.
    pub(crate) async fn check(&self, site: &Site) -> Duration {
        let ledger = PostgresLedger::open(&site.database.address).await.unwrap();
        self.writes.check(&ledger, "at the end").await;
        let changes = ledger.since(Sequence(0), date(2000, 1, 1)).await.unwrap();
        ledger.close().await;
        let (mut marks, mut stated) = (BTreeMap::new(), BTreeMap::new());
        for change in &changes {
            match (&change.entry, mark_of(&change.entry)) {
                (LedgerEvent::Availability(said), _) => _ = stated.insert(said.provider.to_string(), said.rooms[0].beds),
                (LedgerEvent::Outcome(_), Some(mark)) => *marks.entry(mark).or_insert(0) += 1,
                _ => {}
            }
        }
        let doubled: Vec<_> = marks.iter().filter(|(_, count)| **count > 1).collect();
        assert!(doubled.is_empty(), "recorded more than once: {doubled:?}");
        let beds = self.beds.lock().unwrap();
        let lost: Vec<_> = beds.iter().filter(|(home, beds)| stated.get(*home) != Some(&Some(**beds))).collect();
        assert!(lost.is_empty(), "acknowledged statements are lost: {lost:?}");
        println!(
            "records: {} acknowledged, and the last statements of {} homes; 0 lost, 0 doubled",
            self.writes.counts(),
            beds.len()
        );
        let repeated = self.repeated.lock().unwrap();
        let repeated: Vec<String> = repeated.iter().map(|(why, count)| format!("{count} after {why}")).collect();
        println!("  sent again: {}", if repeated.is_empty() { "none".to_owned() } else { repeated.join(", ") });
        let mut lags = self.lags.lock().unwrap();
        println!("a statement is in the next answer of the other server: {} times, {}", lags.len(), percentiles(&mut lags));
        lags.get(lags.len() * 99 / 100).copied().unwrap_or_default()
    }
}

/// Whether a text or number of the answer states `beds` beds.
fn has_beds(answer: &Value, beds: u32) -> bool {
    match answer {
        Value::Object(fields) => {
            fields.get("beds").is_some_and(|found| *found == beds) || fields.values().any(|value| has_beds(value, beds))
        }
        Value::Array(values) => values.iter().any(|value| has_beds(value, beds)),
        _ => false,
    }
}
