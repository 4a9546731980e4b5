//! Conditional writes and observations, for every database.

use std::sync::Arc;

use jiff::civil::{Date, date};
use placement::hospital_id::HospitalId;
use placement::ledger::Ledger;
use placement::ledger::event::{LedgerEvent, LedgerPosition, Sequence};
use placement::ledger::write::{ExpectedRecord, LedgerReceipt, LedgerWrite, RepeatKey};
use placement::service::{Need, Service};
use placement::statements::observation::{ContactRole, Observation, ObservationId, ObservedAnswer, ObservedQuestion};

use super::LedgerStorage;
use super::event_conformance::{outcome, provider};

const DAY: Date = date(2026, 11, 21);
const EVER: Date = date(2000, 1, 1);

pub(super) async fn conforms<S: LedgerStorage>() {
    observations_are_read_as_they_were_and_none_takes_the_place_of_another::<S>().await;
    observations_are_read_from_the_day_they_count_through::<S>().await;
    several_are_recorded_together_or_not_at_all::<S>().await;
    a_desk_that_has_not_seen_the_newest_record_writes_nothing::<S>().await;
    of_many_desks_that_have_seen_the_same_one_writes::<S>().await;
    a_request_that_is_sent_again_is_recorded_once::<S>().await;
    a_key_ends_and_is_of_one_request::<S>().await;
}

fn hospital(name: &str) -> HospitalId {
    name.parse().unwrap()
}

pub(super) fn heard(id: u8, of: &str, number: usize, answer: ObservedAnswer) -> Observation {
    let need: Need = Need::all().next().unwrap();
    Observation {
        id: ObservationId([id; 16]),
        hospital: hospital(of),
        unit: Some("4 West".to_owned()),
        principal: "key:7f3kq9m2".to_owned(),
        provider: provider(number),
        service: Service::ALL[0],
        said_on: DAY,
        said_by: Some(ContactRole::Admissions),
        asked: ObservedQuestion::Need(need),
        answer,
        counts_through: DAY,
    }
}

fn event(heard: Observation) -> LedgerEvent {
    LedgerEvent::Observation(heard)
}

fn yes(id: u8) -> LedgerEvent {
    event(heard(id, "mercy", 1, ObservedAnswer::Yes))
}

/// The version of what `of` has recorded of provider 1.
fn seen(of: &str, newest: Option<u8>) -> ExpectedRecord {
    let newest = newest.map(|id| ObservationId([id; 16]).to_string());
    ExpectedRecord::Newest { about: format!("{of} {}", provider(1)), newest }
}

fn repeat(key: u8, request: u8, now: i64) -> RepeatKey {
    RepeatKey { key: [key; 32], request: [request; 32], now, ends_at: now + 100 }
}

async fn all(ledger: &Arc<dyn Ledger>, from: Date) -> Vec<LedgerEvent> {
    ledger.since(Sequence(0), from).await.unwrap().into_iter().map(|change| change.entry).collect()
}

async fn observations_are_read_as_they_were_and_none_takes_the_place_of_another<S: LedgerStorage>() {
    let shelf = S::new().await;
    let other = LedgerEvent::Outcome(placement::statements::Outcome {
        hospital: hospital("other"),
        ..match outcome(1, DAY) {
            LedgerEvent::Outcome(outcome) => outcome,
            other => panic!("{other:?}"),
        }
    });
    let entries = [yes(1), event(heard(2, "other", 1, ObservedAnswer::No)), yes(3), other];
    for entry in &entries {
        shelf.open().await.tell(entry).await.unwrap();
    }
    assert_eq!(all(&shelf.open().await, EVER).await, entries, "each with its hospital");
}

async fn observations_are_read_from_the_day_they_count_through<S: LedgerStorage>() {
    let shelf = S::new().await;
    let ledger = shelf.open().await;
    let through = |id, day| event(Observation { counts_through: day, ..heard(id, "mercy", 1, ObservedAnswer::Yes) });
    let (over, far) = (through(1, date(2026, 8, 22)), through(2, date(2027, 6, 1)));
    for entry in [&over, &far] {
        ledger.tell(entry).await.unwrap();
    }
    assert_eq!(all(&ledger, date(2026, 8, 23)).await, [far]);
    let reading = ledger.read(LedgerPosition::default(), date(2026, 8, 23)).await.unwrap();
    assert_eq!(reading.said.newest(|_| true), reading.reach.sequence, "answers depend on them");
}

async fn several_are_recorded_together_or_not_at_all<S: LedgerStorage>() {
    let shelf = S::new().await;
    let ledger = shelf.open().await;
    let entries = [yes(1), yes(2), yes(3)];
    let write = LedgerWrite { hospital: None, entries: &entries, expected: Some(seen("mercy", None)), repeat: None };
    let LedgerReceipt::Written(numbers) = ledger.append(&write).await.unwrap() else { panic!("nothing was there") };
    assert!(numbers.len() == 3 && numbers.is_sorted(), "{numbers:?}");
    assert_eq!(ledger.append(&write).await.unwrap(), LedgerReceipt::Changed);
    assert_eq!(all(&ledger, EVER).await, entries);
    assert_eq!(ledger.failure(), None, "an objection is not a failure");
}

async fn a_desk_that_has_not_seen_the_newest_record_writes_nothing<S: LedgerStorage>() {
    let shelf = S::new().await;
    let (one, two) = (shelf.open().await, shelf.open().await);
    one.tell(&yes(1)).await.unwrap();
    one.tell(&event(heard(9, "other", 1, ObservedAnswer::No))).await.unwrap();
    let entries = [yes(2)];
    for (expected, written) in [
        (seen("mercy", None), false),
        (seen("mercy", Some(9)), false),
        (seen("mercy", Some(1)), true),
        (seen("mercy", Some(1)), false),
    ] {
        let receipt = two
            .append(&LedgerWrite { hospital: None, entries: &entries, expected: Some(expected), repeat: None })
            .await
            .unwrap();
        assert_eq!(matches!(receipt, LedgerReceipt::Written(_)), written, "{receipt:?}");
    }
}

async fn of_many_desks_that_have_seen_the_same_one_writes<S: LedgerStorage>() {
    let shelf = S::new().await;
    let mut writing = Vec::new();
    for desk in 1..=8 {
        let ledger = shelf.open().await;
        writing.push(tokio::spawn(async move {
            let entries = [yes(desk)];
            let write = LedgerWrite { hospital: None, entries: &entries, expected: Some(seen("mercy", None)), repeat: None };
            ledger.append(&write).await.unwrap()
        }));
    }
    let mut written = 0;
    for desk in writing {
        written += usize::from(desk.await.unwrap() != LedgerReceipt::Changed);
    }
    assert_eq!((written, all(&shelf.open().await, EVER).await.len()), (1, 1));
}

async fn a_request_that_is_sent_again_is_recorded_once<S: LedgerStorage>() {
    let shelf = S::new().await;
    let entries = [outcome(1, DAY)];
    let mut receipts = Vec::new();
    for _ in 0..3 {
        let write = LedgerWrite { hospital: None, entries: &entries, expected: None, repeat: Some(repeat(1, 1, 1_000)) };
        receipts.push(shelf.open().await.append(&write).await.unwrap());
    }
    let LedgerReceipt::Written(numbers) = receipts[0].clone() else { panic!("{receipts:?}") };
    assert_eq!(receipts[1..], [LedgerReceipt::Repeated(numbers.clone()), LedgerReceipt::Repeated(numbers)]);
    assert_eq!(all(&shelf.open().await, EVER).await.len(), 1);
    // The first request changed what its caller had seen; its repetition is still one.
    let entries = [yes(1)];
    let write = || LedgerWrite {
        hospital: None,
        entries: &entries,
        expected: Some(seen("mercy", None)),
        repeat: Some(repeat(2, 2, 1_000)),
    };
    let ledger = shelf.open().await;
    assert!(matches!(ledger.append(&write()).await.unwrap(), LedgerReceipt::Written(_)));
    assert!(matches!(ledger.append(&write()).await.unwrap(), LedgerReceipt::Repeated(_)));
}

async fn a_key_ends_and_is_of_one_request<S: LedgerStorage>() {
    let shelf = S::new().await;
    let ledger = shelf.open().await;
    let entries = [outcome(1, DAY)];
    let sent = async |repeat| {
        ledger.append(&LedgerWrite { hospital: None, entries: &entries, expected: None, repeat: Some(repeat) }).await.unwrap()
    };
    assert!(matches!(sent(repeat(1, 1, 1_000)).await, LedgerReceipt::Written(_)));
    assert_eq!(sent(repeat(1, 2, 1_050)).await, LedgerReceipt::KeyReused);
    assert!(matches!(sent(repeat(1, 1, 1_099)).await, LedgerReceipt::Repeated(_)));
    assert!(matches!(sent(repeat(1, 2, 1_100)).await, LedgerReceipt::Written(_)), "the key has ended");
    assert_eq!(all(&ledger, EVER).await.len(), 2);
}
