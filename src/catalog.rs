//! One published generation of the directory: built in staging, verified by hash, loaded into memory, swapped whole.
//!
//! A single-segment index, with lines in the order of [`spatial`], finds the lines for a question and decides on them from
//! columns ([`line_index`]); the few that are shown are decoded from packed records ([`stored_provider`]). Nothing is read
//! from disk after [`Catalog::open`]: the verified bytes are the served bytes.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::{ArcSwap, ArcSwapOption};

use crate::catalog::affiliations::{ByLine, NetworkTermRange};
use crate::catalog::files::{FileMap, damage_error};
use crate::catalog::generation::GenerationStore;
use crate::catalog::in_memory_directory::InMemoryDirectory;
use crate::catalog::line_index::LineIndex;
use crate::catalog::manifest::{CatalogError, Manifest};
use crate::catalog::provider_cache::ProviderCache;
use crate::catalog::stored_provider::{DecodeContext, StoredProvider};
use crate::catalog::stored_tables::StoredTables;
use crate::coverage::county_standards::CountyStandards;
use crate::coverage::{NetworkId, PlanDirectory, TermsId};
use crate::matching::candidate::{Candidate, CandidateQuery, Directory, LineId, StatedTerms, StatedTermsId};
use crate::place::{Miles, Point, State};
use crate::provider::{Npi, Provider, ProviderId};
use crate::service::Service;

pub(crate) mod affiliations;
pub mod build;
pub mod completeness;
pub mod diff;
pub mod fact_counts;
pub mod files;
pub mod generation;
pub(crate) mod in_memory_directory;
pub(crate) mod index_fields;
pub(crate) mod line_flags;
pub(crate) mod line_index;
pub(crate) mod line_table;
pub mod manifest;
pub(crate) mod name_search;
pub(crate) mod name_words;
pub mod network_bitmap;
pub(crate) mod provider_cache;
pub mod provider_list;
pub(crate) mod published_flags;
pub(crate) mod scan;
pub(crate) mod spatial;
pub mod stats;
pub(crate) mod stored_business;
pub(crate) mod stored_county_standards;
pub(crate) mod stored_day;
pub(crate) mod stored_provider;
pub(crate) mod stored_safety;
pub(crate) mod stored_tables;

/// The file of all provider records.
const RECORDS: &str = "providers.bin";

/// The file of the tables that records and lines refer to by number.
const TABLES: &str = "tables.bin";

/// The file of the members of every network.
const AFFILIATIONS: &str = "affiliations.bin";

/// Maximum memory of decoded providers in bytes.
const MOST_DECODED: usize = 64 << 20;

/// One verified generation in memory.
#[derive(Debug)]
pub struct Catalog {
    manifest: Manifest,
    lines: LineIndex,
    plans: PlanDirectory,
    counties: CountyStandards,
    /// The terms of each network.
    runs: Vec<NetworkTermRange>,
    stated: Vec<StatedTerms>,
    nothing_stated: StatedTerms,
    records: Vec<u8>,
    record_ends: Vec<u32>,
    lookup: DecodeContext,
    kept: ProviderCache<u32>,
}

/// A provider found by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameMatch {
    /// Its id.
    pub id: ProviderId,
    /// Its name.
    pub name: String,
    /// The services it offers.
    pub services: Vec<Service>,
    /// Its city; empty if no source gives an address.
    pub city: String,
    /// Its state.
    pub state: Option<State>,
}

impl NameMatch {
    pub(crate) fn of(provider: Provider) -> Self {
        let address = provider.address.map(|fact| fact.value);
        Self {
            id: provider.id,
            name: provider.name.value,
            services: provider.lines.iter().map(|line| line.service).collect(),
            state: address.as_ref().and_then(|address| address.state),
            city: address.map(|address| address.city).unwrap_or_default(),
        }
    }
}

impl Catalog {
    /// Loads the generation in `folder` and checks every file against its manifest.
    ///
    /// # Errors
    /// Names the file that is missing, damaged or not in the manifest, or the unsupported format version.
    pub fn open(folder: &Path) -> Result<Self, CatalogError> {
        let generation = folder.file_name().unwrap_or_default().to_string_lossy();
        Self::open_as(folder, &generation)
    }

    /// Loads `generation` from `folder`, whose name may differ.
    fn open_as(folder: &Path, generation: &str) -> Result<Self, CatalogError> {
        let (manifest, mut files) = files::read(folder, generation)?;
        let tables = take(&mut files, TABLES, generation)?;
        let tables = postcard::from_bytes(&tables).ok().and_then(StoredTables::unpack);
        let tables = tables.ok_or_else(|| damage_error(generation, format!("{TABLES} cannot be read")))?;
        let records = take(&mut files, RECORDS, generation)?;
        let affiliations = take(&mut files, AFFILIATIONS, generation)?;
        let runs = affiliations::runs(&tables.plans);
        let runs = runs.ok_or_else(|| damage_error(generation, format!("the terms in {TABLES} are not in order")))?;
        let lines = LineIndex::open(InMemoryDirectory::new(files), affiliations, &runs, tables.record_ends.len())?;
        Ok(Self {
            manifest,
            lines,
            runs,
            plans: tables.plans,
            counties: tables.counties,
            stated: tables.stated,
            nothing_stated: StatedTerms::default(),
            records,
            record_ends: tables.record_ends,
            lookup: DecodeContext::new(tables.evidence),
            kept: ProviderCache::new(MOST_DECODED),
        })
    }

    /// The manifest of the generation.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The standards of plans' networks in each county.
    pub(crate) fn counties(&self) -> &CountyStandards {
        &self.counties
    }

    /// The provider with this id; an `npi:` id finds the provider that holds the NPI.
    pub fn provider_of(&self, id: &ProviderId) -> Option<Arc<Provider>> {
        self.record_of(id).and_then(|record| self.kept(record))
    }

    /// The provider that holds `npi`.
    pub fn provider_with(&self, npi: Npi) -> Option<Arc<Provider>> {
        self.provider_of(&ProviderId::from(npi))
    }

    /// The providers within `horizon` of `center` with their distances, the nearest first.
    pub(crate) fn providers_within(&self, center: Point, horizon: Miles) -> Vec<(Arc<Provider>, Miles)> {
        let near = self.lines.lines_within(center, horizon);
        let mut records: Vec<(Miles, u32)> =
            near.filter_map(|(line, miles)| Some((miles, self.lines.record(line)?))).collect();
        records.sort_unstable();
        records.dedup_by_key(|(_, record)| *record);
        records.into_iter().filter_map(|(miles, record)| Some((self.kept(record)?, miles))).collect()
    }

    /// The line of `service` of the provider with this id.
    pub fn line_id(&self, id: &ProviderId, service: Service) -> Option<LineId> {
        self.line_of(self.record_of(id)?, service).map(LineId)
    }

    /// The terms on which networks list the line of `service` of the provider with this id, in order.
    pub fn terms_listed(&self, id: &ProviderId, service: Service) -> Vec<TermsId> {
        self.line_id(id, service).map(|LineId(line)| self.line_terms(line)).unwrap_or_default()
    }

    /// The line of `service` of the provider in a record.
    fn line_of(&self, record: u32, service: Service) -> Option<u32> {
        self.lines.of_record(record).iter().copied().find(|line| self.lines.service(*line) == Some(service))
    }

    /// Up to `limit` providers whose name resembles `typed`, tolerating small typos, best first.
    ///
    /// The last word may be a prefix. If no name has all the words typed, names that lack one are returned.
    pub fn search_names(&self, typed: &str, limit: usize) -> Vec<NameMatch> {
        // Searching fails only on bytes that tantivy did not write, and every byte is verified.
        let records = self.lines.named(typed, limit).unwrap_or_default();
        records.into_iter().filter_map(|record| self.decode(record)).map(NameMatch::of).collect()
    }

    /// The record of the provider with this id: its own id takes precedence over an NPI shared by several.
    fn record_of(&self, id: &ProviderId) -> Option<u32> {
        let lines = self.lines.lines_by_id(id.as_str());
        let mut records: Vec<u32> = lines.into_iter().filter_map(|line| self.lines.record(line)).collect();
        records.sort_unstable();
        records.dedup();
        let own = |record: &u32| self.decode(*record).is_some_and(|provider| provider.id == *id);
        match records.as_slice() {
            [] | [_] => records.first().copied(),
            several => several.iter().copied().find(own).or(several.first().copied()),
        }
    }

    /// The ids of all providers with their records, in id order.
    fn ids(&self) -> Vec<(ProviderId, u32)> {
        let records = (0..).take(self.record_ends.len());
        let id = |record| Some((stored_provider::id_of(self.packed(record)?)?, record));
        let mut ids: Vec<_> = records.filter_map(id).collect();
        ids.sort_unstable();
        ids
    }

    /// The packed record with this number.
    fn packed(&self, record: u32) -> Option<&[u8]> {
        let record = record as usize;
        let start = match record.checked_sub(1) {
            Some(before) => *self.record_ends.get(before)?,
            None => 0,
        };
        self.records.get(start as usize..*self.record_ends.get(record)? as usize)
    }

    fn decode(&self, record: u32) -> Option<Provider> {
        let bytes = self.packed(record)?;
        postcard::from_bytes::<StoredProvider<'_>>(bytes).ok()?.unpack(&self.lookup)
    }

    /// The id of the provider of a record.
    fn id_of(&self, record: u32) -> Option<ProviderId> {
        stored_provider::id_of(self.packed(record)?)
    }

    /// The provider of a record, cached or decoded.
    fn kept(&self, record: u32) -> Option<Arc<Provider>> {
        self.kept.of(record, || self.decode(record))
    }

    /// The terms of all lines.
    fn by_line(&self) -> ByLine {
        self.lines.affiliations(&self.runs, 0..self.lines.total())
    }

    /// The term ranges of `networks`, each network once, in order.
    fn runs_of(&self, networks: &[NetworkId]) -> Vec<NetworkTermRange> {
        let of = |network: &NetworkId| self.runs.get(network.0 as usize).cloned();
        let mut runs: Vec<NetworkTermRange> = networks.iter().filter_map(of).collect();
        runs.sort_unstable_by_key(|run| run.network);
        runs.dedup();
        runs
    }
}

fn take(files: &mut FileMap, name: &str, generation: &str) -> Result<Vec<u8>, CatalogError> {
    files.remove(name).ok_or_else(|| damage_error(generation, format!("{name} is missing")))
}

impl Directory for Catalog {
    fn generation(&self) -> &str {
        &self.manifest.generation
    }

    fn holds(&self, service: Service) -> bool {
        self.lines.count(service) > 0
    }

    fn plans(&self) -> &PlanDirectory {
        &self.plans
    }

    fn stated(&self, key: StatedTermsId) -> &StatedTerms {
        self.stated.get(key.0 as usize).unwrap_or(&self.nothing_stated)
    }

    fn candidates(&self, search: &CandidateQuery<'_>) -> Vec<Candidate> {
        self.lines.candidates(search, &self.runs_of(search.networks))
    }

    fn candidate(&self, line: LineId, search: &CandidateQuery<'_>) -> Option<Candidate> {
        self.lines.candidate_at(line.0, search.center, search.zip, &self.runs_of(search.networks))
    }

    fn provider_id(&self, line: LineId) -> Option<ProviderId> {
        self.lines.record(line.0).and_then(|record| self.id_of(record))
    }

    fn nearest(&self, service: Service, center: Point) -> Option<(Miles, Option<State>)> {
        self.lines.nearest(service, center)
    }

    fn provider(&self, line: LineId) -> Option<Arc<Provider>> {
        self.lines.record(line.0).and_then(|record| self.kept(record))
    }

    fn services_listed(&self, line: LineId, networks: &[NetworkId]) -> Vec<Service> {
        let Some(record) = self.lines.record(line.0) else { return Vec::new() };
        let runs = self.runs_of(networks);
        let is_listed = |line: u32| !self.lines.affiliations(&runs, line..line + 1).of(line).is_empty();
        let listed = self.lines.of_record(record).iter().filter(|line| is_listed(**line));
        listed.filter_map(|line| self.lines.service(*line)).collect()
    }
}

/// The catalog being served: read by every request, replaced as a whole by a newer generation.
#[derive(Debug)]
pub struct SharedCatalog {
    store: GenerationStore,
    served: ArcSwapOption<Catalog>,
    outlook: ArcSwap<LoadStatus>,
}

/// The result of [`SharedCatalog::reload`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReloadOutcome {
    /// Nothing is newer than at the last check.
    Unchanged,
    /// The generation of this id is now served.
    Swapped(String),
    /// Nothing was served yet and the current generation cannot be loaded: the newest intact older one is served instead.
    FellBack {
        /// The id of the generation now served.
        serving: String,
        /// Why the current generation could not be loaded.
        because: String,
    },
}

/// What should be served but is not; empty if all is well.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoadStatus {
    /// The generation being loaded.
    pub loading: Option<String>,
    /// Generations that could not be loaded, starting with the one that should be served.
    pub failed: Vec<FailedGeneration>,
    /// Modification time of the `current` that led to damaged generations; they are not read again until it is rewritten.
    settled: Option<SystemTime>,
}

/// A generation that could not be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedGeneration {
    /// Its id; `None` if `current` does not name one.
    pub generation: Option<String>,
    /// What is wrong, in one line.
    pub cause: String,
}

impl SharedCatalog {
    /// Serves from the index folder; loads nothing yet.
    pub fn new(index: impl Into<PathBuf>) -> Self {
        Self { store: GenerationStore::new(index), served: ArcSwapOption::empty(), outlook: ArcSwap::default() }
    }

    /// The generation being served; `None` before the first.
    pub fn current(&self) -> Option<Arc<Catalog>> {
        self.served.load_full()
    }

    /// The index folder.
    pub fn index(&self) -> &Path {
        self.store.folder()
    }

    /// What should be served but is not.
    pub fn load_status(&self) -> Arc<LoadStatus> {
        self.outlook.load_full()
    }

    /// [`SharedCatalog::reload`] for frequent polling: damaged generations are not read again until `current` is rewritten.
    ///
    /// # Errors
    /// Those of [`SharedCatalog::reload`].
    pub fn check_pointer(&self) -> Result<ReloadOutcome, CatalogError> {
        let settled = self.outlook.load().settled;
        if settled.is_some() && settled == self.store.written() { Ok(ReloadOutcome::Unchanged) } else { self.reload() }
    }

    /// Loads the generation that `current` names, unless it is being served, and swaps it in.
    ///
    /// # Errors
    /// Nothing is published, or the generation to serve is damaged or unreadable. The served generation stays; if none is
    /// served, there is no intact older one either.
    pub fn reload(&self) -> Result<ReloadOutcome, CatalogError> {
        // Before `current` is read, so that the next check sees a change made meanwhile.
        let written = self.store.written();
        let served = self.current();
        let (wanted, error) = match self.store.current() {
            Ok(id) if served.as_ref().is_some_and(|served| served.generation() == id) => {
                self.outlook.store(Arc::default());
                return Ok(ReloadOutcome::Unchanged);
            }
            Ok(id) => match self.open(&id) {
                Ok(catalog) => return Ok(ReloadOutcome::Swapped(self.serve(catalog, Vec::new(), None))),
                Err(error) => (Some(id), error),
            },
            Err(error) => (None, error),
        };
        // A disk error may be temporary; wrong bytes are not.
        let settled = written.filter(|_| !matches!(error, CatalogError::Disk { .. }));
        let mut failed = vec![FailedGeneration { generation: wanted.clone(), cause: error.to_string() }];
        let instead = match &error {
            CatalogError::NothingPublished(_) => None,
            _ if served.is_some() => None,
            _ => self.newest_whole(wanted.as_deref(), &mut failed)?,
        };
        if let Some(catalog) = instead {
            let serving = self.serve(catalog, failed, settled);
            return Ok(ReloadOutcome::FellBack { serving, because: error.to_string() });
        }
        self.outlook.store(Arc::new(LoadStatus { loading: None, failed, settled }));
        Err(error)
    }

    fn open(&self, generation: &str) -> Result<Catalog, CatalogError> {
        let before = self.load_status();
        self.outlook.store(Arc::new(LoadStatus { loading: Some(generation.to_owned()), ..LoadStatus::clone(&before) }));
        let opened = self.store.generation_path(generation).and_then(|folder| Catalog::open(&folder));
        self.outlook.store(before);
        opened
    }

    fn serve(&self, catalog: Catalog, failed: Vec<FailedGeneration>, settled: Option<SystemTime>) -> String {
        let id = catalog.generation().to_owned();
        self.served.store(Some(Arc::new(catalog)));
        self.outlook.store(Arc::new(LoadStatus { loading: None, failed, settled }));
        id
    }

    /// The newest intact generation older than `wanted`; adds those that are not intact to `failed`.
    fn newest_whole(
        &self,
        wanted: Option<&str>,
        failed: &mut Vec<FailedGeneration>,
    ) -> Result<Option<Catalog>, CatalogError> {
        let ids = self.store.ids()?.into_iter();
        for id in ids.filter(|id| wanted.is_none_or(|wanted| id.as_str() < wanted)) {
            match self.open(&id) {
                Ok(catalog) => return Ok(Some(catalog)),
                Err(error) => failed.push(FailedGeneration { generation: Some(id), cause: error.to_string() }),
            }
        }
        Ok(None)
    }
}
