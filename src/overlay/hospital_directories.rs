//! The live directory of every hospital of a server, for one day.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use crate::catalog::Catalog;
use crate::hospital_id::HospitalId;
use crate::ledger::hospital_states::HospitalStates;
use crate::overlay::LiveDirectory;

/// The live directory of every hospital of a server, for one day. Copies share it.
#[derive(Debug, Clone)]
pub(crate) struct HospitalDirectories {
    /// Of a server with one hospital its directory; of several what they share.
    shared: Arc<LiveDirectory>,
    /// Of several hospitals the layer of each.
    of_hospital: BTreeMap<HospitalId, Arc<LiveDirectory>>,
}

impl HospitalDirectories {
    /// Applies `states` to `catalog` as of `today`.
    pub(crate) fn new(catalog: Arc<Catalog>, states: &HospitalStates, today: Date) -> Self {
        let shared = Arc::new(LiveDirectory::new(catalog, states.of(None), today));
        Self { shared, of_hospital: BTreeMap::new() }.with_states_and_day(states, today)
    }

    /// The directory without the ledger.
    pub(crate) fn base(&self) -> &Arc<Catalog> {
        self.shared.base()
    }

    /// The day.
    pub(crate) fn day(&self) -> Date {
        self.shared.today()
    }

    /// The directory of `hospital`; without one what is shared.
    pub(crate) fn of(&self, hospital: Option<&HospitalId>) -> &Arc<LiveDirectory> {
        hospital.and_then(|hospital| self.of_hospital.get(hospital)).unwrap_or(&self.shared)
    }

    /// The same directories with `states` instead, as of `day`.
    #[must_use]
    pub(crate) fn with_states_and_day(&self, states: &HospitalStates, day: Date) -> Self {
        let shared = self.shared_with(states, day);
        let layer = |(hospital, state)| {
            let before = self.of_hospital.get(hospital).filter(|before| Arc::ptr_eq(before.base(), shared.base()));
            let next = match before {
                Some(before) => before.over(&shared, state),
                None => LiveDirectory::layer_over(&shared).over(&shared, state),
            };
            (hospital.clone(), Arc::new(next))
        };
        Self { of_hospital: states.of_each().map(layer).collect(), shared }
    }

    /// The directory of one hospital with `states` instead, as of `day`.
    pub(crate) fn of_one(&self, states: &HospitalStates, hospital: Option<&HospitalId>, day: Date) -> Arc<LiveDirectory> {
        let shared = self.shared_with(states, day);
        match hospital.and_then(|hospital| self.of_hospital.get(hospital)) {
            Some(before) => Arc::new(before.over(&shared, states.of(hospital))),
            None => shared,
        }
    }

    fn shared_with(&self, states: &HospitalStates, day: Date) -> Arc<LiveDirectory> {
        let state = states.of(None);
        if Arc::ptr_eq(self.shared.ledger_state(), state) && self.shared.today() == day {
            return Arc::clone(&self.shared);
        }
        Arc::new(self.shared.with_state_and_day(state, day))
    }
}
