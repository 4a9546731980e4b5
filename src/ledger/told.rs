//! Everything told between nights, in memory as of one place in the ledger: what questions and access are decided by.
//!
//! It is bounded: of a provider it holds the newest availability and the newest statements, so as many as there are providers; of
//! outcomes those of the days that count, and of sessions those that have not ended, as [`Told::without`] is asked to once a day. Keys
//! are made by people, one at a time.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;

use super::wire::{AVAILABILITY, KEY, STATEMENTS};
use super::{Change, Entry, Sequence, Unread};
use crate::access::{KeyId, KeyRecord};
use crate::care::Service;
use crate::provider::ProviderId;
use crate::statement::{Availability, Outcome, Reply, Statements};

/// What has been told, up to one place. A change makes a new one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// The place of the last change in it.
    pub sequence: Sequence,
    /// The place of the last change in it that answers depend on: every kind but keys.
    pub said: Sequence,
    /// What providers say of their room.
    pub availability: BTreeMap<ProviderId, Availability>,
    /// What providers say that they take.
    pub statements: BTreeMap<ProviderId, Statements>,
    /// What became of referrals: the day each was asked, and the reply.
    pub outcomes: BTreeMap<(ProviderId, Service), Vec<(Date, Reply)>>,
    /// The keys.
    pub keys: BTreeMap<KeyId, KeyRecord>,
    /// What stands in the ledger and this version cannot read.
    pub unread: BTreeSet<Unread>,
}

impl Told {
    /// This and `changes`, which come after it.
    #[must_use]
    pub fn with(mut self, changes: Vec<Change>) -> Self {
        for Change { sequence, entry } in changes {
            self.sequence = self.sequence.max(sequence);
            let is_of_a_key = match &entry {
                Entry::Key(_) => true,
                Entry::Unread(unread) => unread.kind == KEY,
                _ => false,
            };
            if !is_of_a_key {
                self.said = self.said.max(sequence);
            }
            self.take(entry);
        }
        self
    }

    fn take(&mut self, entry: Entry) {
        match entry {
            Entry::Availability(said) => {
                self.is_read(AVAILABILITY, said.provider.as_str());
                self.availability.insert(said.provider.clone(), said);
            }
            Entry::Statements(said) => {
                self.is_read(STATEMENTS, said.provider.as_str());
                self.statements.insert(said.provider.clone(), said);
            }
            Entry::Outcome(Outcome { provider, service, asked_on, reply }) => {
                self.outcomes.entry((provider, service)).or_default().push((asked_on, reply));
            }
            Entry::Key(key) => {
                self.is_read(KEY, &key.id.0);
                self.keys.insert(key.id.clone(), key);
            }
            Entry::Unread(unread) => self.miss(unread),
        }
    }

    /// What is told of `subject` now can be read.
    fn is_read(&mut self, kind: &str, subject: &str) {
        // Hardly ever is there anything.
        if !self.unread.is_empty() {
            self.unread.remove(&Unread { kind: kind.to_owned(), subject: Some(subject.to_owned()) });
        }
    }

    /// What was told before of the same no longer holds: a key that may have been taken back opens nothing, and a provider that may
    /// have taken its word back has said nothing.
    fn miss(&mut self, unread: Unread) {
        let subject = unread.subject.as_deref().unwrap_or_default();
        match unread.kind.as_str() {
            KEY => {
                self.keys.remove(&KeyId(subject.to_owned()));
            }
            kind @ (AVAILABILITY | STATEMENTS) => {
                if let Ok(provider) = subject.parse::<ProviderId>() {
                    if kind == AVAILABILITY {
                        self.availability.remove(&provider);
                    } else {
                        self.statements.remove(&provider);
                    }
                }
            }
            // One outcome takes nothing back, and what a later kind means nobody here knows.
            _ => {}
        }
        self.unread.insert(unread);
    }

    /// This without the outcomes asked before `outcomes_from` and without the sessions that ended before `now`. Keys that ended stay,
    /// so that they can be listed.
    #[must_use]
    pub fn without(mut self, outcomes_from: Date, now: Timestamp) -> Self {
        self.outcomes.retain(|_, outcomes| {
            outcomes.retain(|(asked_on, _)| *asked_on >= outcomes_from);
            !outcomes.is_empty()
        });
        self.keys.retain(|_, key| key.parent.is_none() || key.expires_at >= now);
        self
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const A: &str = "ccn:265001";
    const B: &str = "ccn:265002";

    fn available(provider: &str, day: i8) -> Entry {
        let (provider, said_on) = (provider.parse().unwrap(), date(2026, 11, day));
        Entry::Availability(Availability { provider, said_on, rooms: Vec::new() })
    }

    fn states(provider: &str, day: i8) -> Entry {
        let (provider, said_on) = (provider.parse().unwrap(), date(2026, 11, day));
        Entry::Statements(Statements { provider, said_on, statements: Vec::new() })
    }

    fn outcome(provider: &str, day: i8, reply: Reply) -> Entry {
        let (provider, asked_on) = (provider.parse().unwrap(), date(2026, 11, day));
        Entry::Outcome(Outcome { provider, service: Service::ALL[0], asked_on, reply })
    }

    fn key(id: &str, parent: Option<&str>, expires_at: &str) -> Entry {
        Entry::Key(KeyRecord {
            id: KeyId(id.to_owned()),
            digest: [7; 32],
            label: "a test".to_owned(),
            scopes: BTreeSet::new(),
            providers: None,
            created_at: "2026-11-01T00:00:00Z".parse().unwrap(),
            expires_at: expires_at.parse().unwrap(),
            revoked_at: None,
            parent: parent.map(|parent| KeyId(parent.to_owned())),
        })
    }

    fn unread(kind: &str, subject: Option<&str>) -> Entry {
        Entry::Unread(Unread { kind: kind.to_owned(), subject: subject.map(str::to_owned) })
    }

    fn told(entries: impl IntoIterator<Item = Entry>) -> Told {
        let changes = (1..).zip(entries).map(|(at, entry)| Change { sequence: Sequence(at), entry });
        Told::default().with(changes.collect())
    }

    #[test]
    fn what_is_told_later_replaces_what_was_told_of_the_same_and_outcomes_stand_side_by_side() {
        let told = told([
            available(A, 1),
            states(A, 2),
            available(B, 3),
            available(A, 4),
            states(A, 5),
            outcome(A, 6, Reply::Accepted),
            outcome(A, 6, Reply::Accepted),
            outcome(A, 5, Reply::NoReply),
            key("k", None, "2027-01-01T00:00:00Z"),
            key("k", None, "2028-01-01T00:00:00Z"),
        ]);
        let (a, b): (ProviderId, ProviderId) = (A.parse().unwrap(), B.parse().unwrap());
        assert_eq!(told.sequence, Sequence(10));
        assert_eq!(
            (told.availability[&a].said_on, told.availability[&b].said_on),
            (date(2026, 11, 4), date(2026, 11, 3))
        );
        assert_eq!((told.statements[&a].said_on, told.statements.len()), (date(2026, 11, 5), 1));
        let (sixth, fifth) = (date(2026, 11, 6), date(2026, 11, 5));
        let replies = [(sixth, Reply::Accepted), (sixth, Reply::Accepted), (fifth, Reply::NoReply)];
        assert_eq!(told.outcomes, [((a, Service::ALL[0]), replies.to_vec())].into());
        assert_eq!(told.keys[&KeyId("k".to_owned())].expires_at.to_string(), "2028-01-01T00:00:00Z");
    }

    #[test]
    fn in_one_go_or_in_many_it_is_the_same() {
        let entries =
            || [available(A, 1), outcome(B, 2, Reply::NoReply), states(A, 3), unread("key", Some("k")), states(A, 4)];
        let mut step_by_step = Told::default();
        for (at, entry) in (1..).zip(entries()) {
            step_by_step = step_by_step.with(vec![Change { sequence: Sequence(at), entry }]);
        }
        assert_eq!(step_by_step, told(entries()));
        assert_eq!(told(entries()).with(Vec::new()), told(entries()));
    }

    #[test]
    fn what_cannot_be_read_takes_back_what_was_told_before_and_is_named_until_it_can() {
        let before = [available(A, 1), states(A, 1), available(B, 1), key("k", None, "2027-01-01T00:00:00Z")];
        let missed = [
            unread("availability", Some(A)),
            unread("key", Some("k")),
            unread("outcome", None),
            unread("waiting_list", Some(A)),
        ];
        let told = told(before.into_iter().chain(missed));
        let (a, b): (ProviderId, ProviderId) = (A.parse().unwrap(), B.parse().unwrap());
        assert!(!told.availability.contains_key(&a) && told.availability.contains_key(&b));
        assert!(told.statements.contains_key(&a), "of that it said nothing new");
        assert!(told.keys.is_empty(), "it may have been taken back");
        assert_eq!(told.unread.len(), 4);
        let later = Change { sequence: Sequence(9), entry: available(A, 2) };
        let told = told.with(vec![later]);
        assert_eq!((told.availability[&a].said_on, told.unread.len()), (date(2026, 11, 2), 3));
    }

    #[test]
    fn what_no_longer_counts_is_forgotten_to_the_day() {
        let (ended, not_yet) = ("2026-11-20T11:59:59Z", "2026-11-20T12:00:00Z");
        let told = told([
            outcome(A, 9, Reply::Accepted),
            outcome(A, 10, Reply::NoReply),
            outcome(B, 9, Reply::Accepted),
            key("listed", None, ended),
            key("session", Some("listed"), ended),
            key("open", Some("listed"), not_yet),
            available(A, 1),
        ]);
        let kept = told.without(date(2026, 11, 10), not_yet.parse().unwrap());
        let outcomes: Vec<_> = kept.outcomes.into_iter().collect();
        let tenth = (date(2026, 11, 10), Reply::NoReply);
        assert_eq!(outcomes, [((A.parse().unwrap(), Service::ALL[0]), vec![tenth])]);
        assert_eq!(kept.keys.keys().map(|id| id.0.as_str()).collect::<Vec<_>>(), ["listed", "open"]);
        assert_eq!((kept.availability.len(), kept.sequence), (1, Sequence(7)));
    }
}
