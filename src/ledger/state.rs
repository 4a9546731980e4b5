//! The current ledger data in memory, as of one sequence number. Answers and access checks use it.
//!
//! Its size is bounded: the newest availability and the newest statements of each provider, the
//! outcomes of the days that count, and the sessions that have not ended, provided that
//! [`LedgerState::expire`] is called once a day. Keys are created by people, one at a time.
//!
//! A copy shares all unchanged data with its original, so the cost of a change does not depend on
//! how much is stored.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use imbl::ordmap::DiffItem;
use imbl::{OrdMap, OrdSet};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::api_keys::KeyRecord;
use crate::api_keys::key_id::KeyId;
use crate::hospital::group::HospitalGroup;
use crate::hospital_id::HospitalId;
use crate::ledger::event::{LedgerEvent, LedgerPosition, Sequence, SequenceMark, SequencedEvent, UndecodableEvent};
use crate::ledger::invite_book::InviteBook;
use crate::ledger::observation_log::ObservationLog;
use crate::ledger::referral_book::ReferralBook;
use crate::ledger::rows::{AVAILABILITY, KEY, PROVIDER_INVITE, REFERRAL_REQUEST, STATEMENTS};
use crate::provider::ProviderId;
use crate::service::{Need, Service};
use crate::statements::observation::{FEWEST_REPORTS, Observation, ObservedAnswer, ObservedQuestion};
use crate::statements::recorded_reply::RecordedReply;
use crate::statements::{Availability, Outcome, ReferralReply, Statements};

/// Outcomes of the referrals to one provider, for each service.
pub type ReferralReplies = BTreeMap<Service, Vec<RecordedReply>>;

/// The data of a ledger up to one sequence number. Immutable: a change makes a new one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LedgerState {
    /// Sequence number of the last event in it.
    pub sequence: Sequence,
    /// The mark of the event at that number.
    pub mark: Option<SequenceMark>,
    /// Sequence number of the last event in it that affects answers: every kind except keys,
    /// and changes of referral requests and invites.
    pub said: Sequence,
    /// Number of times the ledger was found to have lost events that had been read. After each loss
    /// the same number may mean another event.
    pub losses: u32,
    /// Bed availability by provider.
    pub availability: OrdMap<ProviderId, Arc<Availability>>,
    /// Statements by provider.
    pub statements: OrdMap<ProviderId, Arc<Statements>>,
    /// Referral outcomes by provider.
    pub outcomes: OrdMap<ProviderId, Arc<ReferralReplies>>,
    /// The hospital whose observations and outcomes are in it; those of others are left out.
    pub hospital: HospitalId,
    /// Whether it has no hospital's records: what is shared by several hospitals.
    pub is_of_none: bool,
    /// The other hospitals whose observations and outcomes are in it too.
    pub group: Arc<HospitalGroup>,
    /// The hospital's observations by provider.
    pub observations: OrdMap<ProviderId, Arc<ObservationLog>>,
    /// The number of the last acceptance by provider and service: it ends an earlier "room".
    pub acceptances: OrdMap<(ProviderId, Service), Sequence>,
    /// How many observations there are of a need, by the unit that asked.
    pub reports: OrdMap<(String, Need), u32>,
    /// The hospital's referral requests.
    pub referrals: ReferralBook,
    /// The hospital's invites of providers.
    pub invites: InviteBook,
    /// The keys and sessions.
    pub keys: OrdMap<KeyId, Arc<KeyRecord>>,
    /// Events in the ledger that this version cannot decode.
    pub unread: OrdSet<UndecodableEvent>,
}

/// Number of entries of each kind that one state has and another lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LostEntries {
    /// Providers whose availability is missing or different.
    pub availability: usize,
    /// Providers whose statements are missing or different.
    pub statements: usize,
    /// Outcomes.
    pub outcomes: usize,
    /// Hospital observations.
    pub observations: usize,
    /// Referral requests that are missing or different.
    pub requests: usize,
    /// Keys and sessions that are missing or older than a change.
    pub keys: usize,
}

/// Whether two records are the answer of one day to one unit, such as a correction. They count as one report, because a call for
/// one patient must not name the unit.
fn is_same_report(known: &Observation, heard: &Observation) -> bool {
    let is_same = known.unit == heard.unit && known.asked == heard.asked && known.said_on == heard.said_on;
    is_same && known.hospital == heard.hospital && known.answer != ObservedAnswer::Withdrawn
}

impl LedgerState {
    /// The position up to which it was read.
    pub fn place(&self) -> LedgerPosition {
        LedgerPosition { sequence: self.sequence, mark: self.mark }
    }

    /// The state before the first event, for the same hospital.
    #[must_use]
    pub fn emptied(&self, losses: u32) -> Self {
        let (hospital, group) = (self.hospital.clone(), Arc::clone(&self.group));
        Self { losses, hospital, is_of_none: self.is_of_none, group, ..Self::default() }
    }

    /// The same records of a hospital, with what is of no hospital as `shared` has it.
    #[must_use]
    pub fn with_shared(self, shared: &Self) -> Self {
        Self {
            said: self.said.max(shared.said),
            losses: shared.losses,
            availability: shared.availability.clone(),
            statements: shared.statements.clone(),
            keys: shared.keys.clone(),
            unread: shared.unread.clone(),
            ..self
        }
    }

    /// Whether answers of its hospital depend on the records of `hospital`; on those of none they always do.
    pub fn is_told_by(&self, hospital: Option<&HospitalId>) -> bool {
        let is_own = |hospital: &HospitalId| *hospital == self.hospital || self.group.has(hospital);
        hospital.is_none_or(|hospital| !self.is_of_none && is_own(hospital))
    }

    /// Applies `changes`, which follow this state.
    #[must_use]
    pub fn apply(mut self, changes: Vec<SequencedEvent>) -> Self {
        for SequencedEvent { sequence, entry } in changes {
            self.sequence = self.sequence.max(sequence);
            let answers_stay = match &entry {
                LedgerEvent::Key(_) | LedgerEvent::Referral(_) | LedgerEvent::Invite(_) => true,
                LedgerEvent::Unread(unread) => [KEY, REFERRAL_REQUEST, PROVIDER_INVITE].contains(&unread.kind.as_str()),
                _ => false,
            };
            // What other hospitals reported is not shared, unless they are of one group.
            if !self.holds(&entry) {
                continue;
            }
            if !answers_stay {
                self.said = self.said.max(sequence);
            }
            self.take(sequence, entry);
        }
        self
    }

    /// Whether the records of its hospital include `entry`.
    fn holds(&self, entry: &LedgerEvent) -> bool {
        let is_exchanged = matches!(entry, LedgerEvent::Observation(_) | LedgerEvent::Outcome(_));
        entry.hospital().is_none_or(|hospital| {
            !self.is_of_none && (*hospital == self.hospital || (is_exchanged && self.group.has(hospital)))
        })
    }

    fn take(&mut self, sequence: Sequence, entry: LedgerEvent) {
        match entry {
            LedgerEvent::Availability(said) => {
                self.is_read(AVAILABILITY, said.provider.as_str());
                self.availability.insert(said.provider.clone(), Arc::new(said));
            }
            LedgerEvent::Statements(said) => {
                self.is_read(STATEMENTS, said.provider.as_str());
                self.statements.insert(said.provider.clone(), Arc::new(said));
            }
            LedgerEvent::Outcome(outcome) => {
                let reply = RecordedReply::of(&outcome);
                let Outcome { provider, service, .. } = outcome;
                if reply.reply == ReferralReply::Accepted {
                    self.acceptances.insert((provider.clone(), service), sequence);
                }
                let replies = Arc::make_mut(self.outcomes.entry(provider).or_default());
                let replies = replies.entry(service).or_default();
                if let Some(at) = replies.iter().rposition(|known| known.is_replaced_by(&reply)) {
                    replies.remove(at);
                }
                replies.push(reply);
            }
            LedgerEvent::Observation(heard) => {
                let log = self.observations.entry(heard.provider.clone()).or_default();
                let is_first = log.records().all(|(_, known)| !is_same_report(known, &heard));
                Arc::make_mut(log).add(sequence, heard.clone());
                if is_first {
                    self.count_report(&heard);
                }
            }
            LedgerEvent::Referral(change) => self.referrals.apply(sequence, &change),
            LedgerEvent::Invite(change) => self.invites.apply(&change),
            LedgerEvent::Key(key) => {
                self.is_read(KEY, &key.id.0);
                self.keys.insert(key.id.clone(), Arc::new(key));
            }
            LedgerEvent::Unread(unread) => self.miss(unread),
        }
    }

    fn count_report(&mut self, heard: &Observation) {
        let is_report = heard.answer != ObservedAnswer::Withdrawn && heard.hospital == self.hospital;
        if let (ObservedQuestion::Need(need), Some(unit), true) = (&heard.asked, &heard.unit, is_report) {
            *self.reports.entry((unit.clone(), *need)).or_default() += 1;
        }
    }

    /// Whether `unit` has reported so much of a need that it may be named as the source.
    pub fn may_name(&self, unit: &str, need: Need) -> bool {
        self.reports.get(&(unit.to_owned(), need)).is_some_and(|reports| *reports >= FEWEST_REPORTS)
    }

    /// Drops the observations that count through a day before `first` only.
    fn expire_observations(&mut self, first: Date) {
        let is_over = |log: &ObservationLog| log.records().any(|(_, heard)| heard.counts_through < first);
        let touched: Vec<ProviderId> =
            self.observations.iter().filter(|(_, log)| is_over(log)).map(|(id, _)| id.clone()).collect();
        if touched.is_empty() {
            return;
        }
        for id in touched {
            let Some(log) = self.observations.remove(&id).map(|log| log.since(first)) else { continue };
            if !log.is_empty() {
                self.observations.insert(id, Arc::new(log));
            }
        }
        self.reports = OrdMap::new();
        for log in self.observations.clone().values() {
            for (at, (_, heard)) in log.records().enumerate() {
                if log.records().take(at).all(|(_, known)| !is_same_report(known, heard)) {
                    self.count_report(heard);
                }
            }
        }
    }

    /// Removes the undecodable event of `subject`, because a later one could be decoded.
    fn is_read(&mut self, kind: &str, subject: &str) {
        // The set is almost always empty.
        if !self.unread.is_empty() {
            self.unread.remove(&UndecodableEvent { kind: kind.to_owned(), subject: Some(subject.to_owned()) });
        }
    }

    /// The earlier event about the same subject is no longer valid: a key may have been revoked, so
    /// it no longer works; a statement may have been withdrawn, so it is dropped.
    fn miss(&mut self, unread: UndecodableEvent) {
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
            // An outcome cancels nothing, and the meaning of a later kind is unknown.
            _ => {}
        }
        self.unread.insert(unread);
    }

    /// Drops the outcomes asked before `records_from`, the observations that count through a day
    /// before it, the referral requests and invites made before `requests_from`, and the sessions that ended
    /// before `now`. Expired keys stay, so that they can be listed.
    #[must_use]
    pub fn expire(mut self, records_from: Date, requests_from: Date, now: Timestamp) -> Self {
        self.expire_observations(records_from);
        self.referrals.expire(requests_from);
        self.invites.expire(requests_from);
        let counts = |reply: &RecordedReply| reply.asked_on >= records_from;
        let outdated = |replies: &ReferralReplies| !replies.values().flatten().all(counts);
        let touched: Vec<ProviderId> =
            self.outcomes.iter().filter(|(_, replies)| outdated(replies)).map(|(id, _)| id.clone()).collect();
        for id in touched {
            let Some(mut replies) = self.outcomes.remove(&id) else { continue };
            Arc::make_mut(&mut replies).retain(|_, asked| {
                asked.retain(counts);
                !asked.is_empty()
            });
            if !replies.is_empty() {
                self.outcomes.insert(id, replies);
                continue;
            }
            for service in Service::ALL {
                self.acceptances.remove(&(id.clone(), service));
            }
        }
        let has_ended = |key: &KeyRecord| key.parent.is_some() && key.expires_at < now;
        let ended: Vec<KeyId> = self.keys.iter().filter(|(_, key)| has_ended(key)).map(|(id, _)| id.clone()).collect();
        for id in ended {
            self.keys.remove(&id);
        }
        self
    }

    /// The providers whose data differs between this and `other`. Shared parts are skipped.
    pub fn differing(&self, other: &Self) -> BTreeSet<ProviderId> {
        let availability = self.availability.diff(&other.availability).map(|item| key_of(&item));
        let statements = self.statements.diff(&other.statements).map(|item| key_of(&item));
        let outcomes = self.outcomes.diff(&other.outcomes).map(|item| key_of(&item));
        let observations = self.observations.diff(&other.observations).map(|item| key_of(&item));
        let mut ids: BTreeSet<ProviderId> =
            availability.chain(statements).chain(outcomes).chain(observations).cloned().collect();
        ids.extend(self.renamed_sources(other));
        ids
    }

    /// The providers with an observation whose unit may be named in only one of the two. Looked for
    /// only when the reports of a need have become enough, or too few.
    fn renamed_sources(&self, other: &Self) -> Vec<ProviderId> {
        let mut changed = self.reports.diff(&other.reports).map(|item| key_of(&item));
        if !changed.any(|(unit, need)| self.may_name(unit, *need) != other.may_name(unit, *need)) {
            return Vec::new();
        }
        self.observations.keys().chain(other.observations.keys()).cloned().collect()
    }

    /// Whether there is any availability, statement or outcome of the provider with that id.
    pub fn tells_of(&self, id: &ProviderId) -> bool {
        self.availability.contains_key(id) || self.statements.contains_key(id) || self.hospital_tells_of(id)
    }

    /// Whether a hospital recorded anything of the provider with that id.
    pub fn hospital_tells_of(&self, id: &ProviderId) -> bool {
        self.outcomes.contains_key(id) || self.observations.contains_key(id)
    }

    /// What this state has and `later`, read from the same ledger afterwards, lacks.
    pub fn lost_in(&self, later: &Self) -> LostEntries {
        let asked = |state: &Self, id: &ProviderId| {
            state.outcomes.get(id).map_or(0, |replies| replies.values().map(Vec::len).sum::<usize>())
        };
        let outcomes = self.outcomes.keys().map(|id| asked(self, id).saturating_sub(asked(later, id)));
        let heard = |state: &Self, id: &ProviderId| state.observations.get(id).map_or(0, |log| log.len());
        let observations = self.observations.keys().map(|id| heard(self, id).saturating_sub(heard(later, id)));
        LostEntries {
            availability: self.availability.diff(&later.availability).filter(|item| !is_new(item)).count(),
            statements: self.statements.diff(&later.statements).filter(|item| !is_new(item)).count(),
            outcomes: outcomes.sum(),
            observations: observations.sum(),
            requests: self.referrals.lost_in(&later.referrals),
            keys: self.keys.diff(&later.keys).filter(|item| !is_new(item)).count(),
        }
    }

    /// Keeps keys and invites invalid that were invalid `before`: revoked ones, and keys with
    /// undecodable events. Returns the keys that the ledger no longer records as invalid.
    pub fn keep_shut(&mut self, before: &Self) -> Vec<KeyId> {
        self.invites.keep_shut(&before.invites);
        let mut shut = Vec::new();
        for (id, known) in before.keys.iter().filter(|(_, known)| known.revoked_at.is_some()) {
            if let Some(key) = self.keys.get_mut(id).filter(|key| key.revoked_at.is_none()) {
                Arc::make_mut(key).revoked_at = known.revoked_at;
                shut.push(id.clone());
            }
        }
        for unread in before.unread.iter().filter(|unread| unread.kind == KEY) {
            let id = KeyId(unread.subject.clone().unwrap_or_default());
            if self.keys.remove(&id).is_some() {
                self.unread.insert(unread.clone());
                shut.push(id);
            }
        }
        shut
    }
}

fn key_of<'a, K, V>(item: &DiffItem<'a, 'a, K, V>) -> &'a K {
    match item {
        DiffItem::Add(key, _) | DiffItem::Remove(key, _) | DiffItem::Update { old: (key, _), .. } => key,
    }
}

/// Whether only the later of the two has the item.
fn is_new<K, V>(item: &DiffItem<'_, '_, K, V>) -> bool {
    matches!(item, DiffItem::Add(..))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::statements::outcome_origin::OutcomeOrigin;

    const A: &str = "ccn:265001";
    const B: &str = "ccn:265002";

    fn available(provider: &str, day: i8) -> LedgerEvent {
        let (provider, said_on) = (provider.parse().unwrap(), date(2026, 11, day));
        LedgerEvent::Availability(Availability { provider, said_on, rooms: Vec::new() })
    }

    fn states(provider: &str, day: i8) -> LedgerEvent {
        let (provider, said_on) = (provider.parse().unwrap(), date(2026, 11, day));
        LedgerEvent::Statements(Statements {
            provider,
            said_on,
            statements: Vec::new(),
            details: crate::statements::stated_details::StatedDetails::default(),
        })
    }

    fn outcome(provider: &str, day: i8, reply: ReferralReply) -> LedgerEvent {
        let (provider, asked_on) = (provider.parse().unwrap(), date(2026, 11, day));
        let (hospital, service) = (HospitalId::default(), Service::ALL[0]);
        let (payer_class, origin) = (None, OutcomeOrigin::Reported);
        LedgerEvent::Outcome(Outcome { hospital, provider, service, asked_on, reply, payer_class, origin })
    }

    fn key(id: &str, parent: Option<&str>, expires_at: &str) -> LedgerEvent {
        LedgerEvent::Key(KeyRecord {
            id: KeyId(id.to_owned()),
            digest: [7; 32],
            label: "a test".to_owned(),
            scopes: BTreeSet::new(),
            providers: None,
            created_at: "2026-11-01T00:00:00Z".parse().unwrap(),
            expires_at: expires_at.parse().unwrap(),
            revoked_at: None,
            parent: parent.map(|parent| KeyId(parent.to_owned())),
            hospital: None,
        })
    }

    fn unread(kind: &str, subject: Option<&str>) -> LedgerEvent {
        LedgerEvent::Unread(UndecodableEvent { kind: kind.to_owned(), subject: subject.map(str::to_owned) })
    }

    fn replied(asked: &[(Date, ReferralReply)]) -> Arc<ReferralReplies> {
        let (payer_class, origin) = (None, OutcomeOrigin::Reported);
        let replies =
            asked.iter().map(|(asked_on, reply)| RecordedReply { asked_on: *asked_on, reply: *reply, payer_class, origin });
        Arc::new([(Service::ALL[0], replies.collect())].into())
    }

    fn state(entries: impl IntoIterator<Item = LedgerEvent>) -> LedgerState {
        let changes = (1..).zip(entries).map(|(at, entry)| SequencedEvent { sequence: Sequence(at), entry });
        LedgerState::default().apply(changes.collect())
    }

    #[test]
    fn what_is_told_later_replaces_what_was_told_of_the_same_and_outcomes_stand_side_by_side() {
        let state = state([
            available(A, 1),
            states(A, 2),
            available(B, 3),
            available(A, 4),
            states(A, 5),
            outcome(A, 6, ReferralReply::Accepted),
            outcome(A, 6, ReferralReply::Accepted),
            outcome(A, 5, ReferralReply::NoReply),
            key("k", None, "2027-01-01T00:00:00Z"),
            key("k", None, "2028-01-01T00:00:00Z"),
        ]);
        let (a, b): (ProviderId, ProviderId) = (A.parse().unwrap(), B.parse().unwrap());
        assert_eq!(state.sequence, Sequence(10));
        assert_eq!((state.availability[&a].said_on, state.availability[&b].said_on), (date(2026, 11, 4), date(2026, 11, 3)));
        assert_eq!((state.statements[&a].said_on, state.statements.len()), (date(2026, 11, 5), 1));
        let (sixth, fifth) = (date(2026, 11, 6), date(2026, 11, 5));
        let replies = [(sixth, ReferralReply::Accepted), (sixth, ReferralReply::Accepted), (fifth, ReferralReply::NoReply)];
        assert_eq!(state.outcomes.iter().collect::<Vec<_>>(), [(&a, &replied(&replies))]);
        assert_eq!(state.keys[&KeyId("k".to_owned())].expires_at.to_string(), "2028-01-01T00:00:00Z");
    }

    #[test]
    fn a_late_reply_takes_the_place_of_no_reply_once_and_an_acceptance_takes_the_room() {
        let of = |reply, origin| {
            let LedgerEvent::Outcome(outcome) = outcome(A, 6, reply) else { unreachable!() };
            LedgerEvent::Outcome(Outcome { origin, ..outcome })
        };
        let (a, service): (ProviderId, _) = (A.parse().unwrap(), Service::ALL[0]);
        let state = state([
            of(ReferralReply::NoReply, OutcomeOrigin::Reported),
            of(ReferralReply::NoReply, OutcomeOrigin::Request),
            of(ReferralReply::NoReply, OutcomeOrigin::Request),
            of(ReferralReply::Accepted, OutcomeOrigin::LateReply),
        ]);
        let replies: Vec<_> = state.outcomes[&a][&service].iter().map(|reply| (reply.reply, reply.origin)).collect();
        let expected = [
            (ReferralReply::NoReply, OutcomeOrigin::Reported),
            (ReferralReply::NoReply, OutcomeOrigin::Request),
            (ReferralReply::Accepted, OutcomeOrigin::LateReply),
        ];
        assert_eq!(replies, expected);
        assert_eq!(state.acceptances.get(&(a, service)), Some(&Sequence(4)));
        assert_eq!(state.said, Sequence(4), "answers depend on it");
    }

    #[test]
    fn in_one_go_or_in_many_it_is_the_same() {
        let entries =
            || [available(A, 1), outcome(B, 2, ReferralReply::NoReply), states(A, 3), unread("key", Some("k")), states(A, 4)];
        let mut step_by_step = LedgerState::default();
        for (at, entry) in (1..).zip(entries()) {
            step_by_step = step_by_step.apply(vec![SequencedEvent { sequence: Sequence(at), entry }]);
        }
        assert_eq!(step_by_step, state(entries()));
        assert_eq!(state(entries()).apply(Vec::new()), state(entries()));
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
        let state = state(before.into_iter().chain(missed));
        let (a, b): (ProviderId, ProviderId) = (A.parse().unwrap(), B.parse().unwrap());
        assert!(!state.availability.contains_key(&a) && state.availability.contains_key(&b));
        assert!(state.statements.contains_key(&a), "the statements are unchanged");
        assert!(state.keys.is_empty(), "the key may have been revoked");
        assert_eq!(state.unread.len(), 4);
        let later = SequencedEvent { sequence: Sequence(9), entry: available(A, 2) };
        let state = state.apply(vec![later]);
        assert_eq!((state.availability[&a].said_on, state.unread.len()), (date(2026, 11, 2), 3));
    }

    #[test]
    fn what_no_longer_counts_is_forgotten_to_the_day() {
        let (ended, not_yet) = ("2026-11-20T11:59:59Z", "2026-11-20T12:00:00Z");
        let state = state([
            outcome(A, 9, ReferralReply::Accepted),
            outcome(A, 10, ReferralReply::NoReply),
            outcome(B, 9, ReferralReply::Accepted),
            key("listed", None, ended),
            key("session", Some("listed"), ended),
            key("open", Some("listed"), not_yet),
            available(A, 1),
        ]);
        let kept = state.expire(date(2026, 11, 10), date(2026, 11, 10), not_yet.parse().unwrap());
        let tenth = (date(2026, 11, 10), ReferralReply::NoReply);
        assert_eq!(kept.outcomes.iter().collect::<Vec<_>>(), [(&A.parse().unwrap(), &replied(&[tenth]))]);
        assert_eq!(kept.keys.keys().map(|id| id.0.as_str()).collect::<Vec<_>>(), ["listed", "open"]);
        assert_eq!((kept.availability.len(), kept.sequence), (1, Sequence(7)));
    }

    #[test]
    fn who_reads_anew_opens_nothing_that_was_shut_and_counts_what_is_gone() {
        let ends = "2027-01-01T00:00:00Z";
        let revoked = |id: &str| {
            let LedgerEvent::Key(key) = key(id, None, ends) else { unreachable!() };
            LedgerEvent::Key(KeyRecord { revoked_at: Some("2026-11-20T00:00:00Z".parse().unwrap()), ..key })
        };
        let (open, taken_back, unreadable) = (key("a", None, ends), key("b", None, ends), key("c", None, ends));
        let backup = [open, taken_back, unreadable, available(A, 1), outcome(A, 1, ReferralReply::Accepted)];
        let since = [
            revoked("b"),
            unread("key", Some("c")),
            key("d", None, ends),
            available(A, 2),
            states(B, 2),
            outcome(A, 2, ReferralReply::Accepted),
            outcome(B, 2, ReferralReply::Accepted),
        ];
        let before = state(backup.clone().into_iter().chain(since));
        let mut anew = state(backup);
        assert_eq!(
            before.lost_in(&anew),
            LostEntries { availability: 1, statements: 1, outcomes: 2, observations: 0, requests: 0, keys: 2 }
        );
        assert_eq!(anew.lost_in(&before), LostEntries { availability: 1, keys: 2, ..LostEntries::default() });
        let ids: Vec<String> = anew.keep_shut(&before).into_iter().map(|id| id.0).collect();
        assert_eq!(ids, ["b", "c"]);
        let opens = |id: &str| anew.keys.get(&KeyId(id.to_owned())).is_some_and(|key| key.revoked_at.is_none());
        assert_eq!(["a", "b", "c", "d"].map(opens), [true, false, false, false]);
        assert_eq!(anew.unread.len(), 1, "the undecodable event stays listed");
        assert!(anew.keep_shut(&before).is_empty());
    }
}
