//! Referral requests in the ledger, for every database.

use jiff::Span;
use jiff::civil::{Date, date};
use placement::coverage::payer_class::PayerClass;
use placement::hospital_id::HospitalId;
use placement::ledger::DAYS_TO_TRUST;
use placement::ledger::event::{LedgerEvent, LedgerPosition, Sequence};
use placement::ledger::state::LedgerState;
use placement::ledger::write::{ExpectedRecord, LedgerReceipt, LedgerWrite};
use placement::service::Service;
use placement::statements::referral_request::answer_link::{AnswerLink, SaltedPin};
use placement::statements::referral_request::change::{ReferralAction, ReferralChange, ReferralDetails, ReferralStep};
use placement::statements::referral_request::label::RequestLabel;
use placement::statements::referral_request::region::ReferralRegion;
use placement::statements::referral_request::{ReferralId, ReferralParty, ReferralState};

use super::event_conformance::{outcome, provider};
use super::postgres::{Database, server};
use super::{File, LedgerStorage};

const EVER: Date = date(2000, 1, 1);

fn change(id: u64, request: u64, made_on: Date, what: ReferralAction) -> LedgerEvent {
    let id_of = |number: u64| ReferralId(u128::from(number).to_be_bytes());
    LedgerEvent::Referral(ReferralChange {
        id: id_of(id),
        request: id_of(request),
        hospital: HospitalId::default(),
        principal: "key:7f3kq9m2".to_owned(),
        made_on,
        at: "2026-11-21T12:00:00.25Z".parse().unwrap(),
        what,
    })
}

fn made(id: u64, made_on: Date) -> LedgerEvent {
    let details = ReferralDetails {
        unit: Some("4 West".to_owned()),
        label: RequestLabel::parse("4W-3", Some("4 West")).ok(),
        service: Service::SkilledNursing,
        needs: vec!["resp.vent".parse().unwrap()],
        limits: Vec::new(),
        payer_class: Some(PayerClass::Commercial),
        coverage: None,
        discharge_on: date(2026, 11, 23),
        region: ReferralRegion::of_digits(641),
        has_substance_use_consent: false,
        weight: None,
        reply_due: "2026-11-21T16:00:00Z".parse().unwrap(),
        providers: vec![provider(1), provider(2)],
    };
    change(id, id, made_on, ReferralAction::Made(details))
}

fn moved(id: u64, request: u64, made_on: Date, to: ReferralState) -> LedgerEvent {
    let (step, by) = (ReferralStep::plain(to), ReferralParty::Hospital);
    change(id, request, made_on, ReferralAction::Moved { provider: provider(1), step, by, reply_due: None })
}

/// What the ledger checks a version of the request against.
fn expected(request: u64, newest: u64) -> ExpectedRecord {
    ExpectedRecord::Newest { about: format!("default referral {request:032x}"), newest: Some(format!("{newest:032x}")) }
}

async fn conforms<S: LedgerStorage>() {
    a_request_reads_back_whole_and_changes_no_answer::<S>().await;
    of_two_writers_with_one_version_one_is_refused::<S>().await;
    old_requests_go_by_the_days_on_which_a_server_ran_and_nothing_else_does::<S>().await;
    the_newest_event_stays_so_that_no_server_finds_a_loss::<S>().await;
}

async fn a_request_reads_back_whole_and_changes_no_answer<S: LedgerStorage>() {
    let (shelf, day) = (S::new().await, date(2026, 11, 21));
    let ledger = shelf.open().await;
    let pin = Some(SaltedPin { salt: [4; 16], digest: [5; 32] });
    let link = AnswerLink { digest: [3; 32], expires_at: "2026-11-22T12:00:00Z".parse().unwrap(), pin };
    let linked = ReferralAction::LinkMade { provider: provider(1), link };
    let events = [made(1, day), change(2, 1, day, linked), moved(3, 1, day, ReferralState::Accepted)];
    ledger.tell(&outcome(1, day)).await.unwrap();
    for event in &events {
        ledger.tell(event).await.unwrap();
    }
    ledger.close().await;
    let again = shelf.open().await;
    let batch = again.read(LedgerPosition::default(), EVER).await.unwrap();
    let read: Vec<LedgerEvent> = batch.changes.iter().skip(1).map(|change| change.entry.clone()).collect();
    assert_eq!(read, events);
    assert!(batch.said.newest(|_| true) < batch.reach.sequence, "answers do not depend on requests");
    let told = LedgerState::default().apply(batch.changes);
    assert_eq!(told.said, batch.said.newest(|_| true));
    let request = told.referrals.all().next().unwrap();
    assert_eq!(request.asked(&provider(1)).map(|asked| asked.step.to), Some(ReferralState::Accepted));
    assert_eq!(
        again.read(LedgerPosition::default(), date(2026, 11, 22)).await.unwrap().changes,
        [],
        "by the day of the request"
    );
}

async fn of_two_writers_with_one_version_one_is_refused<S: LedgerStorage>() {
    let (shelf, day) = (S::new().await, date(2026, 11, 21));
    let (one, other) = (shelf.open().await, shelf.open().await);
    one.tell(&made(1, day)).await.unwrap();
    let entries = [moved(2, 1, day, ReferralState::Accepted), outcome(1, day)];
    let write = LedgerWrite { hospital: None, entries: &entries, expected: Some(expected(1, 1)), repeat: None };
    assert!(matches!(one.append(&write).await.unwrap(), LedgerReceipt::Written(sequences) if sequences.len() == 2));
    let entries = [moved(3, 1, day, ReferralState::Declined), outcome(1, day)];
    let write = LedgerWrite { hospital: None, entries: &entries, expected: Some(expected(1, 1)), repeat: None };
    assert_eq!(other.append(&write).await.unwrap(), LedgerReceipt::Changed);
    assert_eq!(other.since(Sequence(0), EVER).await.unwrap().len(), 3, "neither the state nor the outcome was written");
}

async fn old_requests_go_by_the_days_on_which_a_server_ran_and_nothing_else_does<S: LedgerStorage>() {
    let shelf = S::new().await;
    let ledger = shelf.open().await;
    let (old, kept) = (date(2026, 1, 1), date(2026, 6, 1));
    for entry in [made(1, old), moved(2, 1, old, ReferralState::Seen), outcome(1, old), made(3, kept)] {
        ledger.tell(&entry).await.unwrap();
    }
    // A clock that is a century ahead for fewer days than are trusted.
    let note = async |first: Date, days: u32| {
        for later in 0..days {
            let day = first.checked_add(Span::new().days(later)).unwrap();
            ledger.note_day(day).await.unwrap();
            ledger.note_day(day).await.unwrap();
        }
    };
    note(date(2126, 1, 1), DAYS_TO_TRUST).await;
    note(date(2026, 3, 31), 1).await;
    assert_eq!(ledger.forget_requests(90).await.unwrap(), 0, "the request of January 1 is 89 days old");
    note(date(2026, 4, 2), 1).await;
    // It is a quiet hospital: no request has been made since.
    assert_eq!(ledger.forget_requests(90).await.unwrap(), 2);
    let left = ledger.since(Sequence(0), EVER).await.unwrap();
    let requests = left.iter().filter(|change| matches!(change.entry, LedgerEvent::Referral(_))).count();
    assert_eq!((requests, left.len()), (1, 2), "the outcome stays");
}

async fn the_newest_event_stays_so_that_no_server_finds_a_loss<S: LedgerStorage>() {
    let shelf = S::new().await;
    let ledger = shelf.open().await;
    let old = date(2026, 1, 1);
    for entry in [made(1, old), made(2, old)] {
        ledger.tell(&entry).await.unwrap();
    }
    let before = ledger.read(LedgerPosition::default(), EVER).await.unwrap().reach;
    for later in 0..=DAYS_TO_TRUST {
        ledger.note_day(date(2026, 6, 1).checked_add(Span::new().days(later)).unwrap()).await.unwrap();
    }
    assert_eq!(ledger.forget_requests(90).await.unwrap(), 1);
    let after = ledger.read(before, EVER).await.unwrap();
    assert!(after.continues(before) && after.changes.is_empty());
    ledger.tell(&outcome(1, date(2026, 7, 1))).await.unwrap();
    assert_eq!(ledger.forget_requests(90).await.unwrap(), 1, "it goes once something is recorded after it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn referral_requests_are_kept_in_a_file() {
    conforms::<File>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn referral_requests_are_kept_in_postgres() {
    if server().is_some() {
        conforms::<Database>().await;
    }
}
