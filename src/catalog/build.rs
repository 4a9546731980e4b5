//! Builds a generation on disk from one refresh's providers.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::{mem, thread};

use jiff::Timestamp;
use tantivy::directory::RamDirectory;
use tantivy::{Directory, Index, SingleSegmentIndexWriter, TantivyDocument, TantivyError};

use crate::catalog;
use crate::catalog::files::FileMap;
use crate::catalog::generation::{GenerationStore, PARTIAL, remove};
use crate::catalog::index_fields::{TermFields, area_term, words};
use crate::catalog::line_flags::PackedLineFlags;
use crate::catalog::manifest::{CatalogError, FORMAT, Manifest, SourceStatus};
use crate::catalog::name_words::indexed_words;
use crate::catalog::network_bitmap::NetworkBitmap;
use crate::catalog::published_flags::NewestRatings;
use crate::catalog::spatial::SpatialKey;
use crate::catalog::stored_provider::{EvidenceInterner, StoredProvider};
use crate::catalog::stored_tables::StoredTables;
use crate::catalog::{Catalog, affiliations, files, index_fields, published_flags};
use crate::coverage::county_standards::CountyStandards;
use crate::coverage::{PlanDirectory, TermsId};
use crate::evidence::Tristate;
use crate::matching::candidate::{AreaMatch, StatedTerms, StatedTermsId};
use crate::place::State;
use crate::provider::{Provider, ProviderId, ServiceArea, ServiceLine, stated};
use crate::service::{NeedSet, vocabulary_version};

/// The input of a build.
#[derive(Debug)]
pub struct BuildInput {
    /// The time of the build.
    pub built_at: Timestamp,
    /// Every provider, each id once, in any order.
    pub providers: Vec<Provider>,
    /// Payers, plans, networks and terms.
    pub plans: PlanDirectory,
    /// The standards of plans' networks in each county.
    pub counties: CountyStandards,
    /// The terms on which networks list each line.
    pub listed: NetworkBitmap,
    /// The files read.
    pub sources: Vec<SourceStatus>,
    /// Whether the providers are invented.
    pub synthetic: bool,
    /// Why it is published regardless of the gate.
    pub forced: Option<String>,
}

/// A verified generation on disk and in memory, in a staging folder that is never served.
#[derive(Debug)]
pub struct StagedGeneration {
    manifest: Manifest,
    catalog: Catalog,
    aside: PathBuf,
}

/// Builds and verifies a generation with its manifest; does not make it current.
///
/// The same input gives the same bytes, whatever the order of its providers.
///
/// # Errors
/// A disk or index error; the next build removes a half-built folder.
pub fn build(night: BuildInput, store: &GenerationStore) -> Result<Manifest, CatalogError> {
    draft(night, store)?.install(store)
}

/// Builds a generation in staging and loads it from there, verified against its manifest.
///
/// # Errors
/// A disk or index error; the next build removes a half-built folder.
pub fn draft(mut night: BuildInput, store: &GenerationStore) -> Result<StagedGeneration, CatalogError> {
    store.remove_staging()?;
    let providers = sort_by_name(mem::take(&mut night.providers))?;
    let files = files_of(&providers, &night)?;
    let manifest = manifest_of(&night, &providers, &files)?;
    let aside = store.folder().join(format!("{}{PARTIAL}", manifest.generation));
    files::write(&aside, &files, &manifest)?;
    drop((files, providers));
    let catalog = Catalog::open_as(&aside, &manifest.generation)?;
    Ok(StagedGeneration { manifest, catalog, aside })
}

impl StagedGeneration {
    /// Its manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Its catalog.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Moves it to the generations that may be served.
    ///
    /// # Errors
    /// A disk error.
    pub fn install(self, store: &GenerationStore) -> Result<Manifest, CatalogError> {
        let Self { manifest, catalog, aside } = self;
        drop(catalog);
        store.install(&aside, &manifest.generation)?;
        Ok(manifest)
    }

    /// Removes it: a generation that the gate rejected must never be served or rolled back to.
    ///
    /// # Errors
    /// A disk error.
    pub fn discard(self) -> Result<(), CatalogError> {
        remove(&self.aside)
    }
}

/// Sorts the providers by record number: short names first, then alphabetically, which is also the listing order.
fn sort_by_name(providers: Vec<Provider>) -> Result<Vec<Provider>, CatalogError> {
    let key = |provider: &Provider| {
        let words = words(&provider.name.value);
        (words.len(), words.join(" "), provider.id.clone())
    };
    let mut keyed: Vec<_> = providers.into_iter().map(|provider| (key(&provider), provider)).collect();
    keyed.sort_by(|(a, _), (b, _)| a.cmp(b));
    let providers: Vec<Provider> = keyed.into_iter().map(|(_, provider)| provider).collect();
    let mut ids: Vec<&ProviderId> = providers.iter().map(|provider| &provider.id).collect();
    ids.sort_unstable();
    match ids.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(CatalogError::Index(format!("two providers have the id {}", pair[0]))),
        None => Ok(providers),
    }
}

fn manifest_of(night: &BuildInput, providers: &[Provider], files: &FileMap) -> Result<Manifest, CatalogError> {
    let mut lines: BTreeMap<String, u32> = BTreeMap::new();
    for line in providers.iter().flat_map(|provider| &provider.lines) {
        *lines.entry(line.service.code().to_owned()).or_default() += 1;
    }
    let mut manifest = Manifest {
        format: FORMAT,
        generation: String::new(),
        built_at: night.built_at,
        engine: env!("CARGO_PKG_VERSION").to_owned(),
        vocabulary: vocabulary_version(),
        synthetic: night.synthetic,
        forced: night.forced.clone(),
        lines,
        providers: count(providers.len())?,
        networks: count(night.plans.networks.len())?,
        sources: night.sources.clone(),
        files: files::hashes(files),
    };
    manifest.generation = files::generation_id(&manifest)?;
    Ok(manifest)
}

fn files_of(providers: &[Provider], night: &BuildInput) -> Result<FileMap, CatalogError> {
    let BuildInput { plans, listed, counties, .. } = night;
    let states: Vec<State> = State::all().collect();
    let statements = StatementInterner::of(providers)?;
    let newest = NewestRatings::among(providers);
    let mut evidence = EvidenceInterner::default();
    let lines = in_order_of_places(providers);
    // The index takes about as long as the rest, so it is written beside it.
    let (index, rest) = thread::scope(|scope| {
        let index = scope.spawn(|| index_files(&lines, &statements, &newest, &states));
        let rest = pack_records(providers, &mut evidence, &states)
            .and_then(|records| Ok((records, affiliations_of(&lines, plans, listed)?)));
        (index.join().unwrap_or_else(|panic| resume_unwind(panic)), rest)
    });
    let (mut files, ((records, record_ends), affiliations)) = (index?, rest?);
    files.insert(catalog::AFFILIATIONS.to_owned(), affiliations);
    let tables = StoredTables::pack(&statements.distinct, (plans, counties), evidence, record_ends);
    files.insert(catalog::RECORDS.to_owned(), records);
    files.insert(catalog::TABLES.to_owned(), postcard::to_stdvec(&tables)?);
    Ok(files)
}

/// The packed affiliations of the lines.
fn affiliations_of(
    lines: &[IndexedLine<'_>],
    plans: &PlanDirectory,
    listed: &NetworkBitmap,
) -> Result<Vec<u8>, CatalogError> {
    let runs = affiliations::runs(plans);
    let runs = runs.ok_or_else(|| CatalogError::Index("the terms are not in the order of their networks".to_owned()))?;
    let terms: Vec<&[TermsId]> = lines.iter().map(|at| listed.of(&at.provider.id, at.line.service)).collect();
    affiliations::pack(terms.iter().copied(), &runs)
}

/// The distinct statements of lines, in their own order.
struct StatementInterner {
    distinct: Vec<StatedTerms>,
    keys: HashMap<StatedTerms, StatedTermsId>,
}

impl StatementInterner {
    fn of(providers: &[Provider]) -> Result<Self, CatalogError> {
        let lines = providers.iter().flat_map(|provider| &provider.lines);
        let distinct: Vec<StatedTerms> = lines.map(StatedTerms::from_line).collect::<BTreeSet<_>>().into_iter().collect();
        count(distinct.len())?;
        let keys = distinct.iter().cloned().zip((0..).map(StatedTermsId)).collect();
        Ok(Self { distinct, keys })
    }
}

/// A line and its position.
struct IndexedLine<'a> {
    place: SpatialKey,
    /// The record of its provider, and its index among the lines of the provider.
    record: u32,
    within: usize,
    provider: &'a Provider,
    line: &'a ServiceLine,
}

/// Every line in index order: by place key, then by provider.
fn in_order_of_places(providers: &[Provider]) -> Vec<IndexedLine<'_>> {
    let mut lines = Vec::with_capacity(providers.len());
    for (record, provider) in (0..).zip(providers) {
        let point = provider.position.as_ref().map(|fact| fact.value.point);
        for (within, line) in provider.lines.iter().enumerate() {
            lines.push(IndexedLine { place: SpatialKey::new(line.service, point), record, within, provider, line });
        }
    }
    lines.sort_unstable_by(|a, b| (a.place, &a.provider.id, a.within).cmp(&(b.place, &b.provider.id, b.within)));
    lines
}

/// All records concatenated, and where each ends.
fn pack_records(
    providers: &[Provider],
    evidence: &mut EvidenceInterner,
    states: &[State],
) -> Result<(Vec<u8>, Vec<u32>), CatalogError> {
    let mut records = Vec::new();
    let mut ends = Vec::with_capacity(providers.len());
    for provider in providers {
        let record = StoredProvider::pack(provider, evidence, states);
        records = postcard::to_extend(&record, records)?;
        ends.push(count(records.len())?);
    }
    Ok((records, ends))
}

/// Memory budget of the writer before it would start a second segment; a single-segment writer uses it only to size its
/// tables.
const WRITER_MEMORY: usize = 64 << 20;

/// The index: one segment, its lines numbered in the order of their place keys.
fn index_files(
    lines: &[IndexedLine<'_>],
    statements: &StatementInterner,
    newest: &NewestRatings,
    states: &[State],
) -> Result<FileMap, CatalogError> {
    let directory = RamDirectory::create();
    let (schema, fields) = index_fields::schema();
    let mut writer: SingleSegmentIndexWriter =
        Index::builder().schema(schema.clone()).single_segment_index_writer(directory.clone(), WRITER_MEMORY)?;
    for IndexedLine { place, record, provider, line, .. } in lines {
        let mut document = columns(&schema, provider, line, statements, states)?;
        document.add_u64(schema.get_field(index_fields::PLACE)?, place.number());
        document.add_u64(
            schema.get_field(index_fields::PUBLISHED)?,
            published_flags::pack(published_flags::published_flags(line, newest)),
        );
        document.add_u64(schema.get_field(index_fields::RECORD)?, u64::from(*record));
        add_terms(&mut document, fields, provider, line);
        writer.add_document(document)?;
    }
    normalize_segment_name(&writer.finalize()?, &directory)
}

/// The columns used to decide on a line, except its place.
fn columns(
    schema: &tantivy::schema::Schema,
    provider: &Provider,
    line: &ServiceLine,
    statements: &StatementInterner,
    states: &[State],
) -> Result<TantivyDocument, CatalogError> {
    let flags = PackedLineFlags {
        stated: statements.keys.get(&StatedTerms::from_line(line)).copied().unwrap_or(StatedTermsId(0)),
        state: provider.address.as_ref().and_then(|fact| fact.value.state),
        rating: line.rating.as_ref().map(|fact| fact.value.tenths),
        standing: line.standing,
        medicare: stated(line.medicare.as_ref()),
        medicaid: stated(line.medicaid.as_ref()),
        availability: stated(line.availability.as_ref()),
        area: match line.area {
            ServiceArea::Zips(_) => AreaMatch::No,
            ServiceArea::NotPublished => AreaMatch::NotPublished,
        },
    };
    let mut document = TantivyDocument::default();
    let mut add = |name: &str, value: u64| schema.get_field(name).map(|field| document.add_u64(field, value));
    add(index_fields::STATED_FLAGS, flags.pack(states))?;
    add(index_fields::LOT, provider.id.tie_break_seed())?;
    for (names, answer) in [(index_fields::YES, Tristate::Yes), (index_fields::NO, Tristate::No)] {
        let needs: NeedSet = line.answers.keys().copied().filter(|need| line.answer(*need) == answer).collect();
        let (low, high) = split_u128(needs);
        add(names[0], low)?;
        add(names[1], high)?;
    }
    Ok(document)
}

#[expect(clippy::cast_possible_truncation, reason = "only the low half is used")]
fn split_u128(needs: NeedSet) -> (u64, u64) {
    (needs.bits() as u64, (needs.bits() >> 64) as u64)
}

fn add_terms(document: &mut TantivyDocument, fields: TermFields, provider: &Provider, line: &ServiceLine) {
    let mut ids: Vec<ProviderId> = provider.npis.iter().map(|npi| ProviderId::from(*npi)).collect();
    ids.extend(provider.ccn.as_ref().map(ProviderId::from));
    ids.push(provider.id.clone());
    ids.sort_unstable();
    ids.dedup();
    for id in &ids {
        document.add_text(fields.id, id.as_str());
    }
    for word in indexed_words(&provider.name.value) {
        document.add_text(fields.name, word);
    }
    if let ServiceArea::Zips(zips) = &line.area {
        for zip in &zips.value {
            document.add_u64(fields.area, area_term(line.service, *zip));
        }
    }
}

/// The fixed segment name. tantivy draws a random name for each segment, but the same input must give the same bytes.
const SEGMENT: &str = "00000000000000000000000000000001";

/// The files of the one segment and the `meta.json` that names it, renamed to the fixed name.
fn normalize_segment_name(index: &Index, directory: &RamDirectory) -> Result<FileMap, CatalogError> {
    let segments = index.searchable_segment_metas()?;
    let [segment] = segments.as_slice() else {
        return Err(CatalogError::Index(format!("{} segments were written, but one is expected", segments.len())));
    };
    let drawn = segment.id().uuid_string();
    let mut files = FileMap::new();
    for path in index.directory().list_managed_files() {
        if directory.exists(&path).map_err(TantivyError::from)? {
            let bytes = directory.atomic_read(&path).map_err(TantivyError::from)?;
            files.insert(path.to_string_lossy().replace(&drawn, SEGMENT), bytes);
        }
    }
    let meta = directory.atomic_read(Path::new(META)).map_err(TantivyError::from)?;
    let meta = String::from_utf8_lossy(&meta).replace(&hyphened(&drawn), &hyphened(SEGMENT));
    files.insert(META.to_owned(), meta.into_bytes());
    Ok(files)
}

/// The file in which tantivy describes the index.
const META: &str = "meta.json";

/// A segment's name as spelled in [`META`].
fn hyphened(name: &str) -> String {
    let part = |range| name.get(range).unwrap_or_default();
    [part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)].join("-")
}

fn count(number: usize) -> Result<u32, CatalogError> {
    u32::try_from(number).map_err(|_| CatalogError::Index(format!("{number} is more than a generation can hold")))
}

impl From<postcard::Error> for CatalogError {
    fn from(error: postcard::Error) -> Self {
        Self::Index(format!("a record cannot be packed: {error}"))
    }
}

impl From<TantivyError> for CatalogError {
    fn from(error: TantivyError) -> Self {
        Self::Index(error.to_string())
    }
}
