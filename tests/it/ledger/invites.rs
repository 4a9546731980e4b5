//! Invites of providers in the ledger, for every database.

use jiff::civil::{Date, date};
use placement::ledger::event::{LedgerEvent, LedgerPosition, Sequence};
use placement::ledger::state::LedgerState;
use placement::ledger::write::{ExpectedRecord, LedgerReceipt, LedgerWrite};
use placement::place::Zip;
use placement::service::Service;
use placement::statements::Statements;
use placement::statements::provider_invite::{InviteAction, InviteChange, InviteId, InviteState};
use placement::statements::referral_request::answer_link::{AnswerLink, SaltedPin};
use placement::statements::stated_details::{AdmissionsLine, ServiceDetails, StatedDetails};

use super::event_conformance::{outcome, provider};
use super::postgres::{Database, server};
use super::{File, LedgerStorage};

const EVER: Date = date(2000, 1, 1);
const DAY: Date = date(2026, 11, 21);

fn change(id: u64, invite: u64, what: InviteAction) -> LedgerEvent {
    let id_of = |number: u64| InviteId(u128::from(number).to_be_bytes());
    LedgerEvent::Invite(InviteChange {
        id: id_of(id),
        invite: id_of(invite),
        hospital: "default".parse().unwrap(),
        provider: provider(1),
        principal: "key:7f3kq9m2".to_owned(),
        made_on: DAY,
        at: "2026-11-21T12:00:00.25Z".parse().unwrap(),
        what,
    })
}

fn made(id: u64) -> LedgerEvent {
    let pin = Some(SaltedPin { salt: [4; 16], digest: [5; 32] });
    let expires_at = "2026-12-21T12:00:00Z".parse().unwrap();
    change(id, id, InviteAction::Made(AnswerLink { digest: [3; 32], expires_at, pin }))
}

/// What a provider saves by an invite.
fn stated() -> LedgerEvent {
    let expires_on = date(2027, 2, 19);
    let zips = vec![Zip::from_number(64101).unwrap()];
    let services = vec![ServiceDetails { service: Service::HomeHealth, zips, languages: vec!["es".to_owned()], expires_on }];
    let admissions = Some(AdmissionsLine { phone: "816-555-0142".parse().unwrap(), expires_on });
    let details = StatedDetails { services, admissions };
    LedgerEvent::Statements(Statements { provider: provider(1), said_on: DAY, statements: Vec::new(), details })
}

async fn conforms<S: LedgerStorage>() {
    an_invite_reads_back_whole_and_changes_no_answer::<S>().await;
    what_is_saved_by_a_revoked_invite_is_not_written::<S>().await;
}

async fn an_invite_reads_back_whole_and_changes_no_answer<S: LedgerStorage>() {
    let shelf = S::new().await;
    let ledger = shelf.open().await;
    ledger.tell(&outcome(1, DAY)).await.unwrap();
    let events = [
        made(1),
        change(2, 1, InviteAction::PinMissed),
        change(3, 1, InviteAction::Saved),
        change(4, 1, InviteAction::Revoked),
    ];
    for event in &events {
        ledger.tell(event).await.unwrap();
    }
    ledger.close().await;
    let again = shelf.open().await;
    let batch = again.read(LedgerPosition::default(), EVER).await.unwrap();
    let read: Vec<LedgerEvent> = batch.changes.iter().skip(1).map(|change| change.entry.clone()).collect();
    assert_eq!(read, events);
    assert!(batch.said.newest(|_| true) < batch.reach.sequence, "answers do not depend on invites");
    let told = LedgerState::default().apply(batch.changes);
    assert_eq!(told.said, batch.said.newest(|_| true));
    let invite = told.invites.by_token(&[3; 32]).unwrap();
    assert_eq!(invite.state("2026-11-22T12:00:00Z".parse().unwrap()), InviteState::Revoked);
    assert_eq!(
        again.read(LedgerPosition::default(), date(2026, 11, 22)).await.unwrap().changes,
        [],
        "by the day of the invite"
    );
}

async fn what_is_saved_by_a_revoked_invite_is_not_written<S: LedgerStorage>() {
    let shelf = S::new().await;
    let (one, other) = (shelf.open().await, shelf.open().await);
    one.tell(&made(1)).await.unwrap();
    let expected = || {
        let (about, newest) = (format!("default invite {:032x}", 1), Some(format!("{:032x}", 1)));
        Some(ExpectedRecord::Newest { about, newest })
    };
    let entries = [stated(), change(2, 1, InviteAction::Saved)];
    one.tell(&change(3, 1, InviteAction::Revoked)).await.unwrap();
    let write = LedgerWrite { hospital: None, entries: &entries, expected: expected(), repeat: None };
    assert_eq!(other.append(&write).await.unwrap(), LedgerReceipt::Changed);
    assert_eq!(other.since(Sequence(0), EVER).await.unwrap().len(), 2, "neither the statement nor its use was written");
    other.tell(&stated()).await.unwrap();
    let read = other.since(Sequence(0), EVER).await.unwrap();
    assert_eq!(read.last().map(|change| change.entry.clone()), Some(stated()), "details read back as they were");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invites_are_kept_in_a_file() {
    conforms::<File>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invites_are_kept_in_postgres() {
    if server().is_some() {
        conforms::<Database>().await;
    }
}
