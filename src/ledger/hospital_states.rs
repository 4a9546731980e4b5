//! The ledger state of every hospital of a server. What is of no hospital is stored once and shared by all of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::api_keys::key_id::KeyId;
use crate::hospital::Hospital;
use crate::hospital::group::HospitalGroup;
use crate::hospital_id::HospitalId;
use crate::ledger::event::{LedgerPosition, SaidPositions, SequencedEvent};
use crate::ledger::state::{LedgerState, LostEntries};

/// The ledger state of every hospital of a server.
#[derive(Debug, Clone, Default)]
pub struct HospitalStates {
    /// Of a server with one hospital everything; of several what is of no hospital.
    shared: Arc<LedgerState>,
    /// Of several hospitals the state of each, with what is shared.
    of_hospital: BTreeMap<HospitalId, Arc<LedgerState>>,
}

/// What one read of the ledger adds.
#[derive(Debug)]
pub struct LedgerStep {
    /// The events, in order.
    pub changes: Vec<SequencedEvent>,
    /// The end of the ledger.
    pub reach: LedgerPosition,
    /// The last events that affect answers, whether or not they were read.
    pub said: SaidPositions,
    /// The changes are the whole ledger, and replace what was read before.
    pub is_anew: bool,
    /// How often the ledger was found to have lost events.
    pub losses: u32,
    /// From which days records and requests are kept, and the time, if old ones are to be dropped.
    pub expiry: Option<(Date, Date, Timestamp)>,
}

impl HospitalStates {
    /// The empty states of `hospitals`.
    pub fn of_hospitals(hospitals: &[Hospital]) -> Self {
        let empty = |own: &Hospital| {
            let group = Arc::new(HospitalGroup::of(own, hospitals));
            Arc::new(LedgerState { hospital: own.id.clone(), group, ..LedgerState::default() })
        };
        match hospitals {
            [] => Self::default(),
            [only] => Self { shared: empty(only), of_hospital: BTreeMap::new() },
            _ => Self {
                shared: Arc::new(LedgerState { is_of_none: true, ..LedgerState::default() }),
                of_hospital: hospitals.iter().map(|own| (own.id.clone(), empty(own))).collect(),
            },
        }
    }

    /// The state of the only hospital.
    pub fn of_only(state: LedgerState) -> Self {
        Self { shared: Arc::new(state), of_hospital: BTreeMap::new() }
    }

    /// The same states; of a server with one hospital those of `hospital`.
    #[must_use]
    pub fn of_only_hospital(mut self, hospital: &HospitalId) -> Self {
        if self.of_hospital.is_empty() && self.shared.hospital != *hospital {
            Arc::make_mut(&mut self.shared).hospital = hospital.clone();
        }
        self
    }

    /// The state of `hospital`; without one what is shared.
    pub fn of(&self, hospital: Option<&HospitalId>) -> &Arc<LedgerState> {
        hospital.and_then(|hospital| self.of_hospital.get(hospital)).unwrap_or(&self.shared)
    }

    /// The state of each of several hospitals.
    pub fn of_each(&self) -> impl Iterator<Item = (&HospitalId, &Arc<LedgerState>)> {
        self.of_hospital.iter()
    }

    /// The states after `step`.
    #[must_use]
    pub fn after(&self, step: LedgerStep) -> Self {
        let LedgerStep { changes, reach, said, is_anew, losses, expiry } = step;
        let (common, mut of_one) = if self.of_hospital.is_empty() { (changes, HashMap::new()) } else { parted(changes) };
        let finish = |before: LedgerState, changes| {
            let mut state = before.apply(changes);
            // An outcome that is too old has a sequence number and is not read.
            (state.sequence, state.mark) = (reach.sequence, reach.mark);
            state.said = state.said.max(said.newest(|hospital| state.is_told_by(hospital)));
            match expiry {
                Some((records_from, requests_from, now)) => state.expire(records_from, requests_from, now),
                None => state,
            }
        };
        let start = |before: &Arc<LedgerState>| if is_anew { before.emptied(losses) } else { LedgerState::clone(before) };
        let shared = finish(start(&self.shared), common);
        let mut of_group: HashMap<HospitalId, Vec<SequencedEvent>> = HashMap::new();
        for (hospital, before) in &self.of_hospital {
            // A hospital without a group is in the group of no other.
            let events = if before.group.members().next().is_none() {
                of_one.remove(hospital).unwrap_or_default()
            } else {
                let members = before.group.members().filter_map(|member| of_one.get(member)).flatten();
                let mut events: Vec<SequencedEvent> =
                    of_one.get(hospital).into_iter().flatten().chain(members).cloned().collect();
                events.sort_by_key(|event| event.sequence);
                events
            };
            of_group.insert(hospital.clone(), events);
        }
        let next = |(hospital, before): (&HospitalId, &Arc<LedgerState>)| {
            let events = of_group.remove(hospital).unwrap_or_default();
            (hospital.clone(), Arc::new(finish(start(before).with_shared(&shared), events)))
        };
        let of_hospital = self.of_hospital.iter().map(next).collect();
        Self { shared: Arc::new(shared), of_hospital }
    }

    /// What these states have and `later`, read from the same ledger afterwards, lacks.
    pub fn lost_in(&self, later: &Self) -> LostEntries {
        let mut lost = self.shared.lost_in(&later.shared);
        for (hospital, before) in &self.of_hospital {
            let LostEntries { outcomes, observations, requests, .. } = before.lost_in(later.of(Some(hospital)));
            lost.outcomes += outcomes;
            lost.observations += observations;
            lost.requests += requests;
        }
        lost
    }

    /// Keeps keys and invites invalid that were invalid `before`. Returns the keys that the ledger no longer records as invalid.
    pub fn keep_shut(&mut self, before: &Self) -> Vec<KeyId> {
        for (hospital, state) in &mut self.of_hospital {
            let _same_keys = Arc::make_mut(state).keep_shut(before.of(Some(hospital)));
        }
        Arc::make_mut(&mut self.shared).keep_shut(&before.shared)
    }
}

/// The events of no hospital, and those of each.
fn parted(changes: Vec<SequencedEvent>) -> (Vec<SequencedEvent>, HashMap<HospitalId, Vec<SequencedEvent>>) {
    let (mut common, mut of_one) = (Vec::new(), HashMap::<_, Vec<_>>::new());
    for change in changes {
        match change.entry.hospital().cloned() {
            None => common.push(change),
            Some(hospital) => of_one.entry(hospital).or_default().push(change),
        }
    }
    (common, of_one)
}
