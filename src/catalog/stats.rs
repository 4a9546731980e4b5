//! The counts of a generation, which the gate compares between refreshes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::catalog::Catalog;
use crate::catalog::fact_counts;
use crate::catalog::fact_counts::FactCounts;
use crate::catalog::manifest::SourceStatus;
use crate::coverage::AffiliationTerms;
use crate::coverage::names::network_in_full;

/// The counts of one generation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CatalogStats {
    /// Whether the providers are invented.
    pub synthetic: bool,
    /// Number of providers.
    pub providers: u64,
    /// Providers without a usable position, which distance searches do not find.
    pub without_place: u64,
    /// Lines of each service, by its code.
    pub services: BTreeMap<String, u64>,
    /// Providers by two-letter state code; those without an address are not counted.
    pub states: BTreeMap<String, u64>,
    /// Lines that each network lists, by the network's name with its payer's, on any terms.
    pub networks: BTreeMap<String, u64>,
    /// Lines whose terms are in force on the day the generation was built; a network without such lines has none.
    pub in_force: BTreeMap<String, u64>,
    /// Counts for each source, by name, over all its files.
    pub sources: BTreeMap<String, SourceStats>,
}

/// The counts of one source.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceStats {
    /// The dataset of its files.
    pub dataset: String,
    /// Number of files.
    pub files: u64,
    /// Rows read.
    pub rows: u64,
    /// Rows read from its newest files only, if older files are present too.
    pub newest_rows: u64,
    /// Rejected rows.
    pub rejected: u64,
    /// Used rows with an unreadable cell.
    pub faulty: u64,
    /// Whether it is a payer's directory, of which a completeness check was made.
    pub is_payer_directory: bool,
    /// The newest date of its files; `None` is unknown.
    pub as_of: Option<Date>,
    /// Where that date comes from: `sources.toml`, `date column`, `file name` or `unknown`.
    pub as_of_from: String,
    /// Whether that date was in the future everywhere on earth when the generation was built, so that it is unreliable.
    pub ahead: bool,
    /// The names of its files.
    pub file_names: BTreeSet<String>,
    /// The SHA-256 of each of its files, in hexadecimal.
    pub sha256s: BTreeSet<String>,
    /// How many records yield each fact.
    pub facts: FactCounts,
}

/// The number of lines each network lists on terms that count. Terms are few, so each is checked once.
fn members(catalog: &Catalog, counts: impl Fn(&AffiliationTerms) -> bool) -> BTreeMap<String, u64> {
    let counted: Vec<bool> = catalog.plans.terms.iter().map(counts).collect();
    let members = catalog.lines.members(&catalog.runs, |key| counted.get(key.0 as usize).copied().unwrap_or_default());
    let mut by_name = BTreeMap::new();
    for (network, lines) in catalog.plans.networks.iter().zip(members) {
        *by_name.entry(network_in_full(network, &catalog.plans)).or_default() += lines;
    }
    by_name
}

impl CatalogStats {
    /// Counts a generation from two columns of its lines and the keys of its affiliations; nothing is decoded.
    pub fn of(catalog: &Catalog) -> Self {
        let manifest = catalog.manifest();
        let mut census = Self {
            synthetic: manifest.synthetic,
            providers: manifest.providers.into(),
            services: manifest.lines.iter().map(|(service, lines)| (service.clone(), u64::from(*lines))).collect(),
            ..Self::default()
        };
        census.count_places(catalog);
        census.networks = members(catalog, |_| true);
        census.in_force = members(catalog, |terms| terms.in_force(manifest.built_on()));
        manifest.sources.iter().for_each(|status| census.count_source(status, manifest.built_on()));
        census
    }

    /// Counts each provider once, by its first line.
    fn count_places(&mut self, catalog: &Catalog) {
        let mut met = vec![false; catalog.record_ends.len()];
        for place in catalog.lines.whereabouts() {
            let Some(met) = met.get_mut(place.record as usize) else { continue };
            if std::mem::replace(met, true) {
                continue;
            }
            self.without_place += u64::from(!place.placed);
            if let Some(state) = place.state {
                *self.states.entry(state.to_string()).or_default() += 1;
            }
        }
    }

    fn count_source(&mut self, status: &SourceStatus, built_on: Date) {
        let source = self.sources.entry(status.source.clone()).or_default();
        source.dataset.clone_from(&status.dataset);
        source.files += 1;
        source.rows += status.rows;
        source.rejected += status.rejected;
        source.faulty += status.faulty;
        source.is_payer_directory |= status.completeness.is_some();
        source.file_names.insert(status.file.clone());
        fact_counts::unite(&mut source.facts, &status.facts);
        source.sha256s.insert(status.sha256.clone());
        if source.files == 1 || source.as_of < status.as_of {
            source.newest_rows = 0;
            source.as_of_from.clone_from(&status.as_of_from);
        }
        source.as_of = source.as_of.max(status.as_of);
        if source.as_of == status.as_of {
            source.newest_rows += status.rows;
        }
        let last = built_on.tomorrow().unwrap_or(Date::MAX);
        source.ahead = source.as_of.is_some_and(|day| day > last);
    }
}
