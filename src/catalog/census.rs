//! How many of everything a generation holds: what the gate of a night weighs against the night before.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::catalog::Catalog;

/// The counts of one generation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Census {
    /// Providers.
    pub providers: u64,
    /// Providers without a usable place, which no search by distance finds.
    pub without_place: u64,
    /// Lines of each service, by its code.
    pub services: BTreeMap<String, u64>,
    /// Providers of each state, by its two letters.
    pub states: BTreeMap<String, u64>,
    /// Lines that belong to each network, by the network's name.
    pub networks: BTreeMap<String, u64>,
    /// What each source brought, by its name, all its files together.
    pub sources: BTreeMap<String, SourceCount>,
}

/// What one source brought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceCount {
    /// Rows read.
    pub rows: u64,
    /// Rows that gave nothing.
    pub rejected: u64,
    /// The newest day of its files; `None` is unknown.
    pub as_of: Option<Date>,
}

impl Census {
    /// Counts a generation.
    pub fn of(_catalog: &Catalog) -> Self {
        Self::default()
    }
}
