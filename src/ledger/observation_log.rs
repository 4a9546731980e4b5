//! The observations of one provider, in the order in which they were recorded.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;

use crate::hospital_id::HospitalId;
use crate::ledger::event::Sequence;
use crate::service::Service;
use crate::statements::observation::{Observation, ObservationId, ObservedQuestion};

/// The observations of one provider by one hospital, or by a group that shares them, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ObservationLog {
    records: Vec<(Sequence, Arc<Observation>)>,
}

impl ObservationLog {
    /// Adds a record, which is newer than all others.
    pub fn add(&mut self, sequence: Sequence, heard: Observation) {
        self.records.push((sequence, Arc::new(heard)));
    }

    /// Every record, oldest first.
    pub fn records(&self) -> impl DoubleEndedIterator<Item = &(Sequence, Arc<Observation>)> {
        self.records.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The record with that id.
    pub fn find(&self, id: ObservationId) -> Option<&Arc<Observation>> {
        self.records.iter().find(|(_, heard)| heard.id == id).map(|(_, heard)| heard)
    }

    /// The id of the newest record: the version of the log.
    pub fn newest(&self) -> Option<ObservationId> {
        self.records.last().map(|(_, heard)| heard.id)
    }

    /// The newest record of each question by each hospital: earlier ones are replaced by it.
    pub fn current(&self) -> Vec<&(Sequence, Arc<Observation>)> {
        let mut seen: BTreeSet<(&HospitalId, Service, &ObservedQuestion)> = BTreeSet::new();
        let mut current = Vec::new();
        for record in self.records.iter().rev() {
            if seen.insert((&record.1.hospital, record.1.service, &record.1.asked)) {
                current.push(record);
            }
        }
        current.reverse();
        current
    }

    /// The newest record of the question that `heard` answers.
    pub fn before(&self, heard: &Observation) -> Option<&Arc<Observation>> {
        self.records.iter().rev().map(|(_, known)| known).find(|known| known.is_about_same(heard))
    }

    /// The same without records that count through a day before `first` only.
    #[must_use]
    pub fn since(&self, first: Date) -> Self {
        Self { records: self.records.iter().filter(|(_, heard)| heard.counts_through >= first).cloned().collect() }
    }
}
