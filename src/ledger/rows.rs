//! Database rows of events: their key columns and their body as JSON.
//!
//! The format is fixed, because rows outlive the version that wrote them. A later version may add
//! a field or a code; a version that does not know it reads the row as [`UndecodableEvent`] and
//! does not guess, because ignoring a field could reverse the meaning.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::{ColumnIndex, Decode, FromRow, Row, Type};

use crate::api_keys::KeyRecord;
use crate::api_keys::key_id::KeyId;
use crate::coverage::payer_class::PayerClass;
use crate::hospital_id::HospitalId;
use crate::ledger::error::LedgerError;
use crate::ledger::event::{
    LedgerBatch, LedgerEvent, LedgerPosition, SaidPositions, Sequence, SequenceMark, SequencedEvent, UndecodableEvent,
};
use crate::ledger::stored_details::StoredStatedDetails;
use crate::ledger::stored_invite::{StoredInviteChange, changes_of_invite};
use crate::ledger::stored_observation::{StoredObservation, group_of};
use crate::ledger::stored_referral::{StoredReferralChange, changes_of};
use crate::provider::{ProviderId, u64_prefix};
use crate::service::Limit;
use crate::statements::outcome_origin::OutcomeOrigin;
use crate::statements::stated_details::StatedDetails;
use crate::statements::{
    Availability, DeclineReason, Outcome, ReferralReply, RoomStatement, Statement, StatementValue, Statements,
};

pub(crate) const AVAILABILITY: &str = "availability";
pub(crate) const STATEMENTS: &str = "statements";
pub(crate) const OUTCOME: &str = "outcome";
pub(crate) const OBSERVATION: &str = "observation";
pub(crate) const REFERRAL_REQUEST: &str = "referral_request";
pub(crate) const PROVIDER_INVITE: &str = "provider_invite";
pub(crate) const KEY: &str = "key";

/// An event as a row.
#[derive(Debug)]
pub(crate) struct EventRow {
    /// The kind of event.
    pub kind: &'static str,
    /// The provider or key. A later event with the same kind and subject replaces this one. The own
    /// id of an observation or of a change of a referral request or invite, and `None` for an outcome,
    /// which are never replaced.
    pub subject: Option<String>,
    /// For an outcome: the day it was asked; for an observation: the day it counts through; for a
    /// change of a referral request or invite: the day that was made. Readers ask for those from a day
    /// on.
    pub asked_on: Option<Date>,
    /// For a session: when it ends, in Unix seconds. It may be deleted after that.
    pub ends_at: Option<i64>,
    /// The whole event as JSON.
    pub body: String,
    /// The hospital that the event belongs to, if it belongs to one.
    pub hospital: Option<String>,
    /// For an observation: its hospital and provider, whose observations have one version together.
    /// For a change of a referral request or invite: the hospital and the request or invite.
    pub about: Option<String>,
    /// For a key or session: sessions that ended before this Unix second may be deleted, except the
    /// newest [`SESSIONS`].
    pub sessions_before: Option<i64>,
}

/// Number of newest sessions that are kept whatever the clock says, because a wrong clock must not
/// sign anyone out. Our choice: more than are open at once. Only sessions are deleted: outcomes are
/// small, and no clock can tell reliably which of them are old.
pub(crate) const SESSIONS: i64 = 1_000;

/// A row of a ledger read: the state of the ledger, and one event.
#[derive(Debug)]
pub(crate) struct FoundRow {
    /// Last sequence number.
    reach: Option<i64>,
    /// Its mark.
    reach_mark: Option<Vec<u8>>,
    /// The last events that affect answers: `hospital sequence`, separated by commas.
    said: Option<String>,
    /// The mark at the requested position.
    mark_before: Option<Vec<u8>>,
    /// Sequence number of the event; `None` if there is no event.
    sequence: Option<i64>,
    kind: Option<String>,
    subject: Option<String>,
    body: Option<String>,
    hospital: Option<String>,
}

impl<'r, R: Row> FromRow<'r, R> for FoundRow
where
    &'static str: ColumnIndex<R>,
    i64: Type<R::Database> + Decode<'r, R::Database>,
    String: Type<R::Database> + Decode<'r, R::Database>,
    Vec<u8>: Type<R::Database> + Decode<'r, R::Database>,
{
    fn from_row(row: &'r R) -> Result<Self, sqlx::Error> {
        Ok(Self {
            reach: row.try_get("reach")?,
            reach_mark: row.try_get("reach_mark")?,
            said: row.try_get("said")?,
            mark_before: row.try_get("mark_before")?,
            sequence: row.try_get("sequence")?,
            kind: row.try_get("kind")?,
            subject: row.try_get("subject")?,
            body: row.try_get("body")?,
            hospital: row.try_get("hospital")?,
        })
    }
}

/// Combines the rows of one read. If there is no event, the read returns one row without an event.
pub(crate) fn reading(rows: Vec<FoundRow>) -> LedgerBatch {
    let mut reading = LedgerBatch::default();
    let mark = |bytes: Option<Vec<u8>>| bytes.and_then(|bytes| Some(SequenceMark(bytes.try_into().ok()?)));
    for row in rows {
        reading.reach = LedgerPosition { sequence: Sequence(row.reach.unwrap_or(0)), mark: mark(row.reach_mark) };
        reading.said = SaidPositions::read(row.said.as_deref().unwrap_or_default());
        reading.mark_before = mark(row.mark_before);
        if let (Some(sequence), Some(kind), Some(body)) = (row.sequence, row.kind, row.body) {
            let entry = read(&kind, row.subject, row.hospital.as_deref(), &body);
            reading.changes.push(SequencedEvent { sequence: Sequence(sequence), entry });
        }
    }
    reading
}

impl EventRow {
    pub(crate) fn of(entry: &LedgerEvent) -> Result<Self, LedgerError> {
        match entry {
            LedgerEvent::Availability(said) => {
                let subject = Some(said.provider.to_string());
                Ok(Self { subject, ..Self::new(AVAILABILITY, &StoredAvailability::from(said))? })
            }
            LedgerEvent::Statements(said) => {
                let subject = Some(said.provider.to_string());
                Ok(Self { subject, ..Self::new(STATEMENTS, &StoredStatements::from(said))? })
            }
            LedgerEvent::Outcome(outcome) => Ok(Self {
                asked_on: Some(outcome.asked_on),
                hospital: Some(outcome.hospital.to_string()),
                ..Self::new(OUTCOME, &StoredOutcome::from(outcome))?
            }),
            LedgerEvent::Observation(heard) => Ok(Self {
                subject: Some(heard.id.to_string()),
                asked_on: Some(heard.counts_through),
                hospital: Some(heard.hospital.to_string()),
                about: Some(group_of(&heard.hospital, &heard.provider)),
                ..Self::new(OBSERVATION, &StoredObservation::from(heard))?
            }),
            LedgerEvent::Referral(change) => Ok(Self {
                subject: Some(change.id.to_string()),
                asked_on: Some(change.made_on),
                hospital: Some(change.hospital.to_string()),
                about: Some(changes_of(&change.hospital, change.request)),
                ..Self::new(REFERRAL_REQUEST, &StoredReferralChange::from(change))?
            }),
            LedgerEvent::Invite(change) => Ok(Self {
                subject: Some(change.id.to_string()),
                asked_on: Some(change.made_on),
                hospital: Some(change.hospital.to_string()),
                about: Some(changes_of_invite(&change.hospital, change.invite)),
                ..Self::new(PROVIDER_INVITE, &StoredInviteChange::from(change))?
            }),
            LedgerEvent::Key(key) => {
                let changed_at = key.revoked_at.map_or(key.created_at, |revoked_at| revoked_at.max(key.created_at));
                Ok(Self {
                    subject: Some(key.id.to_string()),
                    ends_at: key.parent.as_ref().map(|_| key.expires_at.as_second()),
                    sessions_before: Some(changed_at.as_second()),
                    ..Self::new(KEY, &StoredKey::from(key))?
                })
            }
            LedgerEvent::Unread(unread) => Err(LedgerError::NotTold(unread.clone())),
        }
    }

    fn new(kind: &'static str, body: &impl Serialize) -> Result<Self, LedgerError> {
        let body = serde_json::to_string(body).map_err(|_| LedgerError::NotSealed)?;
        let (subject, asked_on, ends_at, hospital, about) = (None, None, None, None, None);
        Ok(Self { kind, subject, asked_on, ends_at, body, hospital, about, sessions_before: None })
    }
}

/// The version of the content of an event: equal for equal content. `None` for one that this version
/// cannot decode.
pub(crate) fn content_version(entry: &LedgerEvent) -> Option<String> {
    let row = EventRow::of(entry).ok()?;
    let digest = Sha256::new_with_prefix(b"placement: version of a record\0").chain_update(row.kind).chain_update(row.body);
    Some(format!("{:016x}", u64_prefix(&digest.finalize())))
}

/// Decodes the event of a row. A record of an earlier version, without a hospital, is of the default one.
pub(crate) fn read(kind: &str, subject: Option<String>, hospital: Option<&str>, body: &str) -> LedgerEvent {
    let entry = match kind {
        AVAILABILITY => parsed::<StoredAvailability>(body).and_then(StoredAvailability::read).map(LedgerEvent::Availability),
        STATEMENTS => parsed::<StoredStatements>(body).and_then(StoredStatements::read).map(LedgerEvent::Statements),
        OUTCOME => parsed::<StoredOutcome>(body)
            .and_then(|stored| Some((stored, hospital.map_or_else(|| Some(HospitalId::default()), |id| id.parse().ok())?)))
            .and_then(|(stored, hospital)| stored.read(hospital))
            .map(LedgerEvent::Outcome),
        OBSERVATION => parsed::<StoredObservation>(body).and_then(StoredObservation::read).map(LedgerEvent::Observation),
        REFERRAL_REQUEST => {
            parsed::<StoredReferralChange>(body).and_then(StoredReferralChange::read).map(LedgerEvent::Referral)
        }
        PROVIDER_INVITE => parsed::<StoredInviteChange>(body).and_then(StoredInviteChange::read).map(LedgerEvent::Invite),
        KEY => parsed::<StoredKey>(body).and_then(StoredKey::read).map(LedgerEvent::Key),
        _ => None,
    };
    entry.unwrap_or_else(|| LedgerEvent::Unread(UndecodableEvent { kind: kind.to_owned(), subject }))
}

fn parsed<T: DeserializeOwned>(body: &str) -> Option<T> {
    serde_json::from_str(body).ok()
}

fn limit(code: &str) -> Option<Limit> {
    Limit::ALL.into_iter().find(|limit| limit.code() == code)
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredAvailability {
    provider: String,
    said_on: Date,
    rooms: Vec<StoredRoom>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredRoom {
    service: String,
    from: Date,
    until: Date,
    room: bool,
    beds: Option<u32>,
}

impl From<&Availability> for StoredAvailability {
    fn from(said: &Availability) -> Self {
        let room = |room: &RoomStatement| StoredRoom {
            service: room.service.code().to_owned(),
            from: room.from,
            until: room.until,
            room: room.room,
            beds: room.beds,
        };
        Self { provider: said.provider.to_string(), said_on: said.said_on, rooms: said.rooms.iter().map(room).collect() }
    }
}

impl StoredAvailability {
    fn read(self) -> Option<Availability> {
        let room = |room: StoredRoom| {
            let service = room.service.parse().ok()?;
            Some(RoomStatement { service, from: room.from, until: room.until, room: room.room, beds: room.beds })
        };
        Some(Availability {
            provider: self.provider.parse().ok()?,
            said_on: self.said_on,
            rooms: self.rooms.into_iter().map(room).collect::<Option<_>>()?,
        })
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredStatements {
    provider: String,
    said_on: Date,
    statements: Vec<StoredStatement>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    details: Option<StoredStatedDetails>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredStatement {
    service: String,
    says: StoredStatementValue,
    expires_on: Date,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredStatementValue {
    Need(String, bool),
    Limit(String, u32),
}

impl From<&Statements> for StoredStatements {
    fn from(said: &Statements) -> Self {
        let statement = |statement: &Statement| StoredStatement {
            service: statement.service.code().to_owned(),
            says: match statement.says {
                StatementValue::Need(need, takes) => StoredStatementValue::Need(need.code().to_owned(), takes),
                StatementValue::Limit(limit, bound) => StoredStatementValue::Limit(limit.code().to_owned(), bound),
            },
            expires_on: statement.expires_on,
        };
        Self {
            provider: said.provider.to_string(),
            said_on: said.said_on,
            statements: said.statements.iter().map(statement).collect(),
            details: StoredStatedDetails::of(&said.details),
        }
    }
}

impl StoredStatements {
    fn read(self) -> Option<Statements> {
        let statement = |statement: StoredStatement| {
            let says = match statement.says {
                StoredStatementValue::Need(code, takes) => StatementValue::Need(code.parse().ok()?, takes),
                StoredStatementValue::Limit(code, bound) => StatementValue::Limit(limit(&code)?, bound),
            };
            Some(Statement { service: statement.service.parse().ok()?, says, expires_on: statement.expires_on })
        };
        Some(Statements {
            provider: self.provider.parse().ok()?,
            said_on: self.said_on,
            statements: self.statements.into_iter().map(statement).collect::<Option<_>>()?,
            details: self.details.map_or_else(|| Some(StatedDetails::default()), StoredStatedDetails::read)?,
        })
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredOutcome {
    provider: String,
    service: String,
    asked_on: Date,
    reply: StoredReply,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payer_class: Option<String>,
    /// Absent where it was reported by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredReply {
    Accepted,
    Declined(StoredDeclineReason),
    NoReply,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredDeclineReason {
    NoRoom,
    Need(String),
    Limit(String),
    Coverage,
    OutsideServiceArea,
    Other,
    NotSaid,
}

impl From<&Outcome> for StoredOutcome {
    fn from(outcome: &Outcome) -> Self {
        let why = |why| match why {
            DeclineReason::NoRoom => StoredDeclineReason::NoRoom,
            DeclineReason::Need(need) => StoredDeclineReason::Need(need.code().to_owned()),
            DeclineReason::Limit(limit) => StoredDeclineReason::Limit(limit.code().to_owned()),
            DeclineReason::Coverage => StoredDeclineReason::Coverage,
            DeclineReason::OutsideServiceArea => StoredDeclineReason::OutsideServiceArea,
            DeclineReason::Other => StoredDeclineReason::Other,
            DeclineReason::NotSaid => StoredDeclineReason::NotSaid,
        };
        Self {
            provider: outcome.provider.to_string(),
            service: outcome.service.code().to_owned(),
            asked_on: outcome.asked_on,
            reply: match outcome.reply {
                ReferralReply::Accepted => StoredReply::Accepted,
                ReferralReply::Declined(reason) => StoredReply::Declined(why(reason)),
                ReferralReply::NoReply => StoredReply::NoReply,
            },
            payer_class: outcome.payer_class.map(|class| class.code().to_owned()),
            origin: Some(outcome.origin)
                .filter(|origin| *origin != OutcomeOrigin::default())
                .map(|origin| origin.code().to_owned()),
        }
    }
}

impl StoredOutcome {
    fn read(self, hospital: HospitalId) -> Option<Outcome> {
        let why = |why| {
            Some(match why {
                StoredDeclineReason::NoRoom => DeclineReason::NoRoom,
                StoredDeclineReason::Need(code) => DeclineReason::Need(code.parse().ok()?),
                StoredDeclineReason::Limit(code) => DeclineReason::Limit(limit(&code)?),
                StoredDeclineReason::Coverage => DeclineReason::Coverage,
                StoredDeclineReason::OutsideServiceArea => DeclineReason::OutsideServiceArea,
                StoredDeclineReason::Other => DeclineReason::Other,
                StoredDeclineReason::NotSaid => DeclineReason::NotSaid,
            })
        };
        Some(Outcome {
            hospital,
            provider: self.provider.parse().ok()?,
            service: self.service.parse().ok()?,
            asked_on: self.asked_on,
            reply: match self.reply {
                StoredReply::Accepted => ReferralReply::Accepted,
                StoredReply::Declined(reason) => ReferralReply::Declined(why(reason)?),
                StoredReply::NoReply => ReferralReply::NoReply,
            },
            payer_class: coded(self.payer_class, &PayerClass::ALL, PayerClass::code)?,
            origin: coded(self.origin, &OutcomeOrigin::ALL, OutcomeOrigin::code)?.unwrap_or_default(),
        })
    }
}

/// The value of `all` with that code, if there is a code; `None` if it is not known.
#[expect(clippy::option_option, reason = "not given and not known are different")]
fn coded<T: Copy>(given: Option<String>, all: &[T], code: impl Fn(T) -> &'static str) -> Option<Option<T>> {
    match given {
        None => Some(None),
        Some(given) => all.iter().copied().find(|one| code(*one) == given).map(Some),
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredKey {
    id: String,
    digest: [u8; 32],
    label: String,
    scopes: Vec<String>,
    providers: Option<Vec<String>>,
    created_at: Timestamp,
    expires_at: Timestamp,
    revoked_at: Option<Timestamp>,
    parent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hospital: Option<String>,
}

impl From<&KeyRecord> for StoredKey {
    fn from(key: &KeyRecord) -> Self {
        let ids = |ids: &BTreeSet<ProviderId>| ids.iter().map(ProviderId::to_string).collect();
        Self {
            id: key.id.0.clone(),
            digest: key.digest,
            label: key.label.clone(),
            scopes: key.scopes.iter().map(|scope| scope.code().to_owned()).collect(),
            providers: key.providers.as_ref().map(ids),
            created_at: key.created_at,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            parent: key.parent.as_ref().map(|parent| parent.0.clone()),
            hospital: key.hospital.as_ref().map(ToString::to_string),
        }
    }
}

impl StoredKey {
    fn read(self) -> Option<KeyRecord> {
        let ids = |ids: Vec<String>| ids.iter().map(|id| id.parse().ok()).collect::<Option<BTreeSet<_>>>();
        Some(KeyRecord {
            id: KeyId(self.id),
            digest: self.digest,
            label: self.label,
            scopes: self.scopes.iter().map(|code| code.parse().ok()).collect::<Option<_>>()?,
            providers: match self.providers {
                Some(providers) => Some(ids(providers)?),
                None => None,
            },
            created_at: self.created_at,
            expires_at: self.expires_at,
            revoked_at: self.revoked_at,
            parent: self.parent.map(KeyId),
            hospital: match self.hospital {
                Some(hospital) => Some(hospital.parse().ok()?),
                None => None,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::api_keys::Scope;
    use crate::service::Need;
    use crate::service::Service;

    fn outcomes() -> impl Iterator<Item = LedgerEvent> {
        let reasons = [
            DeclineReason::NoRoom,
            DeclineReason::Need(Need::all().next().unwrap()),
            DeclineReason::Coverage,
            DeclineReason::OutsideServiceArea,
            DeclineReason::Other,
            DeclineReason::NotSaid,
        ];
        let limits = Limit::ALL.map(DeclineReason::Limit);
        let declined = reasons.into_iter().chain(limits).map(ReferralReply::Declined);
        [ReferralReply::Accepted, ReferralReply::NoReply].into_iter().chain(declined).map(|reply| {
            let (payer_class, origin) = match reply {
                ReferralReply::Accepted => (Some(PayerClass::MedicaidManaged), OutcomeOrigin::LateReply),
                ReferralReply::NoReply => (None, OutcomeOrigin::Request),
                ReferralReply::Declined(_) => (None, OutcomeOrigin::Reported),
            };
            LedgerEvent::Outcome(Outcome {
                hospital: "mercy".parse().unwrap(),
                provider: "ccn:265001".parse().unwrap(),
                service: Service::ALL[0],
                asked_on: date(2026, 11, 21),
                reply,
                payer_class,
                origin,
            })
        })
    }

    fn availability() -> LedgerEvent {
        let rooms = Service::ALL.map(|service| RoomStatement {
            service,
            from: date(2026, 11, 21),
            until: date(2026, 11, 30),
            room: service == Service::ALL[0],
            beds: (service == Service::ALL[1]).then_some(3),
        });
        let (provider, said_on) = ("npi:1234567893".parse().unwrap(), date(2026, 11, 20));
        LedgerEvent::Availability(Availability { provider, said_on, rooms: rooms.to_vec() })
    }

    fn statements() -> LedgerEvent {
        let needs = Need::all().enumerate().map(|(at, need)| StatementValue::Need(need, at % 2 == 0));
        let limits = Limit::ALL.map(|limit| StatementValue::Limit(limit, 350));
        let says = needs.chain(limits);
        let (service, expires_on) = (Service::ALL[2], date(2027, 1, 31));
        LedgerEvent::Statements(Statements {
            provider: "fhir:payer-one:a.b-1".parse().unwrap(),
            said_on: date(2026, 11, 20),
            statements: says.map(|says| Statement { service, says, expires_on }).collect(),
            details: StatedDetails::default(),
        })
    }

    fn keys() -> [LedgerEvent; 2] {
        let key = KeyRecord {
            id: KeyId("7f3kq9m2".to_owned()),
            digest: std::array::from_fn(|at| u8::try_from(at * 7).unwrap()),
            label: "Mercy EHR, \"test\" \0 é".to_owned(),
            scopes: Scope::ALL.into_iter().collect(),
            providers: None,
            created_at: "2026-11-21T12:00:00.123456789Z".parse().unwrap(),
            expires_at: "2027-11-21T12:00:00Z".parse().unwrap(),
            revoked_at: None,
            parent: None,
            hospital: None,
        };
        let session = KeyRecord {
            scopes: BTreeSet::new(),
            providers: Some(["ccn:265001".parse().unwrap()].into()),
            revoked_at: Some("2026-12-01T00:00:00Z".parse().unwrap()),
            parent: Some(key.id.clone()),
            hospital: None,
            ..key.clone()
        };
        [LedgerEvent::Key(key), LedgerEvent::Key(session)]
    }

    fn all() -> Vec<LedgerEvent> {
        [availability(), statements()].into_iter().chain(outcomes()).chain(keys()).collect()
    }

    #[test]
    fn everything_that_can_be_told_reads_back_as_it_was() {
        for entry in all() {
            let row = EventRow::of(&entry).unwrap();
            let read = read(row.kind, row.subject, row.hospital.as_deref(), &row.body);
            assert_eq!(read, entry, "{}", row.body);
        }
    }

    /// Rows outlive the version that wrote them, so the format must not change.
    #[test]
    fn the_form_in_which_entries_are_kept_never_changes() {
        let [key, _] = keys();
        let short = |entry: &LedgerEvent| {
            let body = EventRow::of(entry).unwrap().body;
            body.chars().take(170).collect::<String>()
        };
        for (entry, form) in [
            (availability(), r#"{"provider":"npi:1234567893","said_on":"2026-11-20","rooms":[{"service":""#),
            (statements(), r#"{"provider":"fhir:payer-one:a.b-1","said_on":"2026-11-20","statements":[{"service":""#),
            (key, r#"{"id":"7f3kq9m2","digest":[0,7,14,21,"#),
        ] {
            assert!(short(&entry).starts_with(form), "{}", short(&entry));
        }
        let declined = outcomes().nth(2).unwrap();
        let service = Service::ALL[0].code();
        let form = format!(
            r#"{{"provider":"ccn:265001","service":"{service}","asked_on":"2026-11-21","reply":{{"declined":"no_room"}}}}"#
        );
        assert_eq!(EventRow::of(&declined).unwrap().body, form);
        let late = EventRow::of(&outcomes().next().unwrap()).unwrap().body;
        assert!(late.ends_with(r#""reply":"accepted","payer_class":"medicaid_managed","origin":"late_reply"}"#), "{late}");
    }

    #[test]
    fn what_this_version_does_not_know_is_unread_and_named() {
        for entry in all() {
            let row = EventRow::of(&entry).unwrap();
            let more = row.body.replacen('{', "{\"unless\":\"a later version says so\",", 1);
            let unread = LedgerEvent::Unread(UndecodableEvent { kind: row.kind.to_owned(), subject: row.subject.clone() });
            for body in [more.as_str(), "{}", "", "no JSON"] {
                assert_eq!(read(row.kind, row.subject.clone(), row.hospital.as_deref(), body), unread, "{body}");
            }
        }
        let row = EventRow::of(&keys()[0]).unwrap();
        let body = row.body.replace("directory:read", "directory:paint");
        let read = |kind: &str| match super::read(kind, row.subject.clone(), None, &body) {
            LedgerEvent::Unread(unread) => unread.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(read(KEY), "the key event of 7f3kq9m2 in the ledger cannot be read by this version of the program");
        assert!(read("waiting_list").contains("the waiting_list event of 7f3kq9m2"));
        let unread = LedgerEvent::Unread(UndecodableEvent { kind: KEY.to_owned(), subject: None });
        assert!(matches!(EventRow::of(&unread), Err(LedgerError::NotTold(_))), "an undecodable event cannot be written");
    }

    #[test]
    fn nothing_but_sessions_may_go() {
        let row = |entry: &LedgerEvent| EventRow::of(entry).unwrap();
        for entry in [availability(), statements()].into_iter().chain(outcomes()) {
            assert!(row(&entry).sessions_before.is_none() && row(&entry).ends_at.is_none());
        }
        let [key, session] = keys().map(|entry| row(&entry));
        assert_eq!(key.ends_at, None, "an expired key is still listed");
        let ends_at: Timestamp = "2027-11-21T12:00:00Z".parse().unwrap();
        assert_eq!(session.ends_at, Some(ends_at.as_second()));
        let revoked_at: Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();
        assert_eq!(session.sessions_before, Some(revoked_at.as_second()));
    }
}
