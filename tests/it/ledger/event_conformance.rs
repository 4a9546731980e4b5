//! Event tests for every database.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::civil::{Date, date};
use placement::api_keys::key_id::KeyId;
use placement::api_keys::{KeyRecord, Scope};
use placement::coverage::payer_class::PayerClass;
use placement::hospital_id::HospitalId;
use placement::ledger::Ledger;
use placement::ledger::error::LedgerError;
use placement::ledger::event::{LedgerEvent, LedgerPosition, Sequence, SequencedEvent, UndecodableEvent};
use placement::provider::ProviderId;
use placement::service::{Limit, Need, Service};
use placement::statements::outcome_origin::OutcomeOrigin;
use placement::statements::stated_details::StatedDetails;
use placement::statements::{
    Availability, DeclineReason, Outcome, ReferralReply, RoomStatement, Statement, StatementValue, Statements,
};
use tokio::time::timeout;

use super::LedgerStorage;

/// Far longer than any step takes on the slowest machine.
pub(super) const LONG: Duration = Duration::from_mins(2);
/// A day before all outcomes.
const EVER: Date = date(2000, 1, 1);

pub(super) async fn conforms<S: LedgerStorage>() {
    what_is_told_is_read_as_it_was_in_order_and_after_it_is_opened_again::<S>().await;
    a_later_word_takes_the_place_of_an_earlier_one_and_a_new_number::<S>().await;
    who_has_read_up_to_a_place_reads_what_came_after::<S>().await;
    outcomes_are_read_from_the_day_that_is_asked_for::<S>().await;
    what_is_not_read_has_its_place_all_the_same::<S>().await;
    a_reader_misses_nothing_of_many_writers::<S>().await;
    many_who_say_the_same_at_once_leave_the_last_word::<S>().await;
    nobody_who_reads_waits_for_who_writes::<S>().await;
    who_waits_is_woken::<S>().await;
    no_clock_takes_an_outcome_away::<S>().await;
    sessions_that_have_ended_go_but_for_the_newest_whatever_the_clock_says::<S>().await;
    a_ledger_that_was_put_back_is_told_from_the_one_that_was_read::<S>().await;
    what_a_later_version_told_is_named_and_everything_else_is_read::<S>().await;
}

pub(super) fn provider(number: usize) -> ProviderId {
    format!("ccn:{:06}", 260_000 + number).parse().unwrap()
}

/// Availability with `beds` beds.
pub(super) fn room(number: usize, beds: u32) -> LedgerEvent {
    let (from, until) = (date(2026, 11, 21), date(2026, 11, 30));
    let rooms = vec![RoomStatement { service: Service::ALL[0], from, until, room: true, beds: Some(beds) }];
    LedgerEvent::Availability(Availability { provider: provider(number), said_on: from, rooms })
}

pub(super) fn outcome(number: usize, asked_on: Date) -> LedgerEvent {
    let reply = ReferralReply::Declined(DeclineReason::Limit(Limit::MaxWeight));
    let (hospital, service) = (HospitalId::default(), Service::ALL[1]);
    let (payer_class, origin) = (Some(PayerClass::Commercial), OutcomeOrigin::Request);
    LedgerEvent::Outcome(Outcome { hospital, provider: provider(number), service, asked_on, reply, payer_class, origin })
}

pub(super) fn key(id: &str, parent: Option<&str>) -> KeyRecord {
    KeyRecord {
        id: KeyId(id.to_owned()),
        digest: std::array::from_fn(|at| u8::try_from(255 - at).unwrap()),
        label: "Mercy EHR, \"the\" test's; DROP TABLE told — é".to_owned(),
        scopes: [Scope::Match, Scope::ProviderWrite].into(),
        providers: Some([provider(1), "fhir:payer:a.b-1".parse().unwrap()].into()),
        created_at: "2026-11-21T12:00:00.123456789Z".parse().unwrap(),
        expires_at: "2027-11-21T12:00:00Z".parse().unwrap(),
        revoked_at: None,
        parent: parent.map(|parent| KeyId(parent.to_owned())),
        hospital: None,
    }
}

/// One event of each kind.
fn one_of_each() -> Vec<LedgerEvent> {
    let says = Need::all().map(|need| StatementValue::Need(need, true)).chain([StatementValue::Limit(Limit::MaxWeight, 350)]);
    let expires_on = date(2027, 1, 31);
    let statements = says.map(|says| Statement { service: Service::ALL[0], says, expires_on }).collect();
    vec![
        room(1, 3),
        LedgerEvent::Statements(Statements {
            provider: provider(1),
            said_on: date(2026, 11, 21),
            statements,
            details: StatedDetails::default(),
        }),
        outcome(1, date(2026, 11, 21)),
        LedgerEvent::Key(key("7f3kq9m2", None)),
        LedgerEvent::Key(key("s3ss10n0", Some("7f3kq9m2"))),
    ]
}

/// All current events, without sequence numbers.
async fn all(ledger: &Arc<dyn Ledger>) -> Vec<LedgerEvent> {
    let changes = ledger.since(Sequence(0), EVER).await.unwrap();
    assert!(changes.is_sorted_by_key(|change| change.sequence), "{changes:?}");
    changes.into_iter().map(|change| change.entry).collect()
}

async fn what_is_told_is_read_as_it_was_in_order_and_after_it_is_opened_again<S: LedgerStorage>() {
    let shelf = S::new().await;
    assert_eq!(all(&shelf.open().await).await, []);
    let (ledger, mut places) = (shelf.open().await, Vec::new());
    for entry in one_of_each() {
        places.push(ledger.tell(&entry).await.unwrap());
    }
    ledger.close().await;
    let again = shelf.open().await;
    assert_eq!(all(&again).await, one_of_each());
    let read = again.since(Sequence(0), EVER).await.unwrap();
    assert_eq!(read.iter().map(|change| change.sequence).collect::<Vec<_>>(), places);
    assert!(places.is_sorted_by(|earlier, later| earlier < later), "{places:?}");
    assert_eq!(again.failure(), None);
}

async fn a_later_word_takes_the_place_of_an_earlier_one_and_a_new_number<S: LedgerStorage>() {
    let shelf = S::new().await;
    let ledger = shelf.open().await;
    let revoked = KeyRecord { revoked_at: Some("2026-11-22T00:00:00Z".parse().unwrap()), ..key("k", None) };
    let mut last = Sequence(0);
    for entry in [
        room(1, 1),
        room(2, 2),
        LedgerEvent::Key(key("k", None)),
        outcome(1, date(2026, 11, 21)),
        outcome(1, date(2026, 11, 21)),
        room(1, 9),
        LedgerEvent::Key(revoked.clone()),
    ] {
        let place = ledger.tell(&entry).await.unwrap();
        assert!(place > last, "{place:?} after {last:?}");
        last = place;
    }
    let outcome = || outcome(1, date(2026, 11, 21));
    let standing = [room(2, 2), outcome(), outcome(), room(1, 9), LedgerEvent::Key(revoked)];
    assert_eq!(all(&ledger).await, standing);
    // The highest number disappears from the table when its event is replaced, and is not reused.
    let place = shelf.open().await.tell(&room(1, 10)).await.unwrap();
    assert!(place > last, "{place:?} after {last:?}");
}

async fn who_has_read_up_to_a_place_reads_what_came_after<S: LedgerStorage>() {
    let shelf = S::new().await;
    let (ledger, other) = (shelf.open().await, shelf.open().await);
    let first = ledger.tell(&room(1, 1)).await.unwrap();
    let second = other.tell(&room(2, 2)).await.unwrap();
    let third = ledger.tell(&room(1, 3)).await.unwrap();
    for ledger in [&ledger, &other] {
        let since = async |place| ledger.since(place, EVER).await.unwrap();
        let (replaced, kept) =
            (SequencedEvent { sequence: third, entry: room(1, 3) }, SequencedEvent { sequence: second, entry: room(2, 2) });
        assert_eq!(since(first).await, [kept, replaced.clone()]);
        assert_eq!(since(second).await, [replaced]);
        assert_eq!(since(third).await, []);
        assert_eq!(since(Sequence(third.0 + 1000)).await, []);
    }
}

async fn outcomes_are_read_from_the_day_that_is_asked_for<S: LedgerStorage>() {
    let shelf = S::new().await;
    let ledger = shelf.open().await;
    let (before, on, after) = (date(2026, 8, 22), date(2026, 8, 23), date(2026, 8, 24));
    for day in [after, before, on] {
        ledger.tell(&outcome(1, day)).await.unwrap();
    }
    ledger.tell(&room(1, 1)).await.unwrap();
    let read = ledger.since(Sequence(0), on).await.unwrap();
    let read: Vec<LedgerEvent> = read.into_iter().map(|change| change.entry).collect();
    assert_eq!(read, [outcome(1, after), outcome(1, on), room(1, 1)]);
}

async fn what_is_not_read_has_its_place_all_the_same<S: LedgerStorage>() {
    let shelf = S::new().await;
    let ledger = shelf.open().await;
    // From the start, without the outcomes of that day.
    let reach = async |ledger: &Arc<dyn Ledger>| {
        let reading = ledger.read(LedgerPosition::default(), date(2026, 11, 1)).await.unwrap();
        (reading.reach.sequence, reading.said.newest(|_| true))
    };
    assert_eq!(reach(&ledger).await, (Sequence(0), Sequence(0)));
    ledger.tell(&room(1, 1)).await.unwrap();
    let said = ledger.tell(&outcome(1, date(2026, 8, 22))).await.unwrap();
    let sequence = ledger.tell(&LedgerEvent::Key(key("k", None))).await.unwrap();
    assert_eq!(reach(&ledger).await, (sequence, said));
    assert_eq!(reach(&shelf.open().await).await, (sequence, said));
    let replaced = ledger.tell(&room(1, 2)).await.unwrap();
    assert_eq!(reach(&ledger).await, (replaced, replaced));
}

async fn a_reader_misses_nothing_of_many_writers<S: LedgerStorage>() {
    const WRITERS: usize = 4;
    const EACH: usize = 40;
    let shelf = S::new().await;
    let handles = [shelf.open().await, shelf.open().await];
    let reading = shelf.open().await;
    let done = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn({
        let done = Arc::clone(&done);
        async move {
            let (mut last, mut seen) = (Sequence(0), Vec::new());
            loop {
                // Read before the ledger is: everything present then has been written.
                let is_over = done.load(Ordering::SeqCst);
                for change in reading.since(last, EVER).await.unwrap() {
                    assert!(change.sequence > last, "{change:?} after {last:?}");
                    last = change.sequence;
                    seen.push(change.entry);
                }
                if is_over {
                    return seen;
                }
            }
        }
    });
    let mut writing = Vec::new();
    for writer in 0..WRITERS {
        let ledger = Arc::clone(&handles[writer % 2]);
        writing.push(tokio::spawn(async move {
            for at in 0..EACH {
                ledger.tell(&outcome(writer * EACH + at, date(2026, 11, 21))).await.unwrap();
            }
        }));
    }
    for writer in writing {
        writer.await.unwrap();
    }
    done.store(true, Ordering::SeqCst);
    let told = |entry: LedgerEvent| match entry {
        LedgerEvent::Outcome(outcome) => outcome.provider,
        other => panic!("{other:?}"),
    };
    let seen: Vec<ProviderId> = reader.await.unwrap().into_iter().map(told).collect();
    let missed: Vec<usize> = (0..WRITERS * EACH).filter(|at| !seen.contains(&provider(*at))).collect();
    assert_eq!((missed, seen.len()), (Vec::new(), WRITERS * EACH));
}

async fn many_who_say_the_same_at_once_leave_the_last_word<S: LedgerStorage>() {
    let shelf = S::new().await;
    let mut writing = Vec::new();
    for writer in 0..4_u32 {
        let ledger = shelf.open().await;
        writing.push(tokio::spawn(async move {
            let mut last = Sequence(0);
            for at in 0..10 {
                last = ledger.tell(&room(1, writer * 10 + at)).await.unwrap();
            }
            (last, writer * 10 + 9)
        }));
    }
    let mut said = Vec::new();
    for writer in writing {
        said.push(writer.await.unwrap());
    }
    let (sequence, beds) = said.into_iter().max().unwrap();
    let stands = shelf.open().await.since(Sequence(0), EVER).await.unwrap();
    assert_eq!(stands, [SequencedEvent { sequence, entry: room(1, beds) }]);
}

async fn nobody_who_reads_waits_for_who_writes<S: LedgerStorage>() {
    let shelf = S::new().await;
    let (ledger, other) = (shelf.open().await, shelf.open().await);
    ledger.tell(&room(1, 1)).await.unwrap();
    let writing = shelf.begin_to_write().await;
    for ledger in [&ledger, &other] {
        assert_eq!(all(ledger).await, [room(1, 1)]);
    }
    drop(writing);
    ledger.tell(&room(1, 2)).await.unwrap();
    assert_eq!(all(&ledger).await, [room(1, 2)]);
}

async fn who_waits_is_woken<S: LedgerStorage>() {
    let shelf = S::new().await;
    let ledger = shelf.open().await;
    let told = ledger.tell(&room(1, 1)).await.unwrap();
    timeout(LONG, ledger.woken()).await.expect("it was woken by what it told").unwrap();
    assert_eq!(ledger.since(Sequence(0), EVER).await.unwrap()[0].sequence, told);
}

async fn no_clock_takes_an_outcome_away<S: LedgerStorage>() {
    let shelf = S::new().await;
    let ledger = shelf.open().await;
    let before = [outcome(1, date(2025, 11, 1)), outcome(2, date(2026, 11, 20)), outcome(3, date(2026, 11, 21))];
    // Outcomes of a server whose clock is two years ahead, on several days.
    let wrong = [outcome(1, date(2028, 6, 1)), outcome(1, date(2028, 6, 1)), outcome(2, date(2029, 12, 31))];
    for entry in before.iter().chain(&wrong) {
        ledger.tell(entry).await.unwrap();
    }
    assert_eq!(all(&shelf.open().await).await, before.into_iter().chain(wrong).collect::<Vec<_>>());
}

async fn sessions_that_have_ended_go_but_for_the_newest_whatever_the_clock_says<S: LedgerStorage>() {
    /// Number of sessions that are kept, whatever the clock says.
    const NEWEST: usize = 1_000;
    let shelf = S::new().await;
    let ledger = shelf.open().await;
    let now = "2026-11-21T12:00:00Z";
    let ended = "2026-11-21T11:59:58Z";
    let ending =
        |id: &str, parent, at: &str| LedgerEvent::Key(KeyRecord { expires_at: at.parse().unwrap(), ..key(id, parent) });
    let first = [ending("listed", None, ended), ending("over", Some("listed"), ended), ending("open", Some("listed"), now)];
    for entry in &first {
        ledger.tell(entry).await.unwrap();
    }
    // A clock that is two years ahead, for which everything has expired.
    let wrong = KeyRecord { created_at: "2028-06-01T00:00:00Z".parse().unwrap(), ..key("wrong", Some("listed")) };
    ledger.tell(&LedgerEvent::Key(wrong)).await.unwrap();
    assert_eq!(all(&ledger).await.len(), 4, "nobody is signed out");
    shelf.begin_sessions(NEWEST).await;
    ledger.tell(&LedgerEvent::Key(KeyRecord { created_at: now.parse().unwrap(), ..key("new", None) })).await.unwrap();
    let stands = all(&ledger).await;
    let kept = [&first[0], &first[2]].map(|entry| stands.contains(entry));
    assert_eq!((kept, stands.contains(&first[1])), ([true, true], false), "one that is over goes, a key stays in the list");
    assert_eq!((stands.len(), ledger.failure()), (NEWEST + 4, None));
}

async fn a_ledger_that_was_put_back_is_told_from_the_one_that_was_read<S: LedgerStorage>() {
    let shelf = S::new().await;
    let ledger = shelf.open().await;
    assert!(ledger.read(LedgerPosition::default(), EVER).await.unwrap().continues(LedgerPosition::default()), "it is empty");
    ledger.tell(&room(1, 1)).await.unwrap();
    shelf.back_up().await;
    let kept = ledger.read(LedgerPosition::default(), EVER).await.unwrap().reach;
    for at in 2..=4 {
        ledger.tell(&room(at, 1)).await.unwrap();
    }
    let read = ledger.read(kept, EVER).await.unwrap();
    assert!(read.continues(kept) && read.changes.len() == 3);
    shelf.put_back().await;
    let continues = async |place| ledger.read(place, EVER).await.unwrap().continues(place);
    assert!(continues(kept).await, "up to there nothing was lost");
    assert!(!continues(read.reach).await, "it does not reach as far any more");
    // The same numbers are assigned again, and more.
    for at in 2..=6 {
        ledger.tell(&room(at, 2)).await.unwrap();
    }
    assert!(continues(kept).await && !continues(read.reach).await, "another entry stands there");
    let again = ledger.read(kept, EVER).await.unwrap();
    assert!(continues(again.reach).await && again.changes.len() == 5);
}

async fn what_a_later_version_told_is_named_and_everything_else_is_read<S: LedgerStorage>() {
    let shelf = S::new().await;
    let ledger = shelf.open().await;
    for entry in one_of_each() {
        ledger.tell(&entry).await.unwrap();
    }
    shelf.write_over("availability", r#"{"provider": "ccn:260001", "said_in": "a later version"}"#).await;
    shelf.write_over("outcome", r#"{"reply": "perhaps"}"#).await;
    let unread =
        |kind: &str, subject: Option<String>| LedgerEvent::Unread(UndecodableEvent { kind: kind.to_owned(), subject });
    let mut expected = one_of_each();
    expected[0] = unread("availability", Some(provider(1).to_string()));
    expected[2] = unread("outcome", None);
    assert_eq!(all(&ledger).await, expected);
    assert!(matches!(ledger.tell(&expected[2]).await, Err(LedgerError::NotTold(_))), "it would be told again as nothing");
    ledger.tell(&room(1, 4)).await.unwrap();
    expected.remove(0);
    expected.push(room(1, 4));
    assert_eq!(all(&ledger).await, expected);
}
