//! How many records of a file yield each fact, and with which values: the gate compares them between refreshes, so that a
//! column that became empty or holds something else is found although every row is there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The counts of one file or source, by the code of the fact: `telephone`, `rating`, `medicaid`, the code of a need, ...
pub type FactCounts = BTreeMap<String, FactCount>;

/// The most values of one fact that are counted one by one; a fact with more is no distribution.
const MOST_VALUES: usize = 64;

/// How many records yield one fact.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactCount {
    /// The records that could have it.
    pub records: u64,
    /// Those that have it.
    pub known: u64,
    /// Those with each value, for facts with few values; ranges for numbers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, u64>,
}

impl FactCount {
    /// Counts one record that has it.
    pub(crate) fn add(&mut self, value: Option<&str>) {
        self.known += 1;
        let Some(value) = value else { return };
        match self.values.get_mut(value) {
            Some(count) => *count += 1,
            None => _ = self.values.insert(value.to_owned(), 1),
        }
    }

    /// Adds the counts of another file of the source.
    pub(crate) fn unite(&mut self, other: &Self) {
        self.records += other.records;
        self.known += other.known;
        for (value, count) in &other.values {
            *self.values.entry(value.clone()).or_default() += count;
        }
    }

    /// Removes the values if they are too many to be a distribution.
    #[must_use]
    pub(crate) fn bounded(mut self) -> Self {
        if self.values.len() > MOST_VALUES {
            self.values.clear();
        }
        self
    }
}

/// Adds the counts of one file to those of its source.
pub(crate) fn unite(counts: &mut FactCounts, of_file: &FactCounts) {
    for (fact, count) in of_file {
        counts.entry(fact.clone()).or_default().unite(count);
    }
}
