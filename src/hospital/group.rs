//! Hospitals that share what they hear of providers. Off unless `hospital.toml` names a `group`.

use std::collections::BTreeMap;

use crate::hospital::Hospital;
use crate::hospital_id::HospitalId;

/// The other hospitals of a hospital's group, by id, with the names that are shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HospitalGroup(BTreeMap<HospitalId, String>);

impl HospitalGroup {
    /// The group of `own` among `all` hospitals of a server.
    pub fn of(own: &Hospital, all: &[Hospital]) -> Self {
        let is_other = |other: &&Hospital| other.id != own.id && own.group.is_some() && other.group == own.group;
        let named = |other: &Hospital| (other.id.clone(), other.name.clone().unwrap_or_else(|| other.id.to_string()));
        Self(all.iter().filter(is_other).map(named).collect())
    }

    /// Whether `hospital` is another hospital of the group.
    pub fn has(&self, hospital: &HospitalId) -> bool {
        self.0.contains_key(hospital)
    }

    /// The name of another hospital of the group.
    pub fn name(&self, hospital: &HospitalId) -> Option<&str> {
        self.0.get(hospital).map(String::as_str)
    }

    /// The other hospitals.
    pub fn members(&self) -> impl Iterator<Item = &HospitalId> {
        self.0.keys()
    }
}
