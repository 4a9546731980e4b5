//! One generation as resources: a number for each, and the columns that searches read, built once.
//!
//! Nothing is stored that the catalog can return at once. Stored are names and addresses to
//! compare, the lines of each provider, and the number of affiliations of each line; for 43,000
//! providers with 5.8 million affiliations, by the widths of the columns, that is about 15 MB
//! ([`FhirView::bytes`]).

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::catalog::Catalog;
use crate::coverage::TermsId;
use crate::evidence::Fact;
use crate::matching::candidate::Directory;
use crate::place::{State, Zip};
use crate::provider::business::BusinessFact;
use crate::provider::{OperatingStatus, Provider, ServiceArea};
use crate::serve::fhir::ids;
use crate::serve::fhir::text::{FoldedStrings, SearchText};
use crate::service::Service;
use crate::text::fold_accents;

/// A resource by its number in one generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ResourceRef {
    /// The organization of a provider, by its record.
    Provider(u32),
    /// A payer, by its index among the payers.
    Payer(u32),
    /// A network, by its index among the networks.
    Network(u32),
    /// The location of a provider, by its record.
    Place(u32),
    /// A ZIP code, by its index among those of published areas.
    Area(u32),
    /// A service of a provider, by its line.
    Line(u32),
    /// A line's membership of a network, by the line and the number of the terms.
    Membership(u32, u32),
    /// A plan, by its index among the plans.
    Plan(u32),
}

/// What searches read of a line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LineRow {
    /// The record of its provider.
    pub record: u32,
    /// Its service.
    pub service: Service,
    /// Whether its status is open.
    pub open: bool,
    /// Whether its area is published.
    pub has_area: bool,
}

/// What searches read of the location of a provider.
#[derive(Debug, Clone, Copy)]
struct ProviderSite {
    address: Option<(Option<State>, Option<Zip>)>,
    has_position: bool,
    has_ccn: bool,
    has_npi: bool,
}

/// One generation as resources.
#[derive(Debug)]
pub(crate) struct FhirView {
    generation: String,
    /// The names of providers.
    names: FoldedStrings,
    /// The other names of providers, with the record of each, in order.
    aliases: FoldedStrings,
    aliased: Vec<u32>,
    /// The streets and the cities of providers, alternating.
    streets: FoldedStrings,
    sites: Vec<ProviderSite>,
    /// Every line.
    rows: Vec<LineRow>,
    /// Where the lines of each record end in `lines`.
    line_ends: Vec<u32>,
    lines: Vec<u32>,
    /// The ZIPs of published areas, in order.
    areas: Vec<Zip>,
    /// The number of each terms key: terms with the same digest are one resource.
    numbers: Vec<u32>,
    /// The digest of the terms with each number, and the first key with that number.
    digests: Vec<(u64, TermsId)>,
    /// How many affiliations there are up to and including each line.
    ends: Vec<u64>,
    /// Payers, networks and plans by their ids, and providers whose id is a digest.
    named: FxHashMap<String, ResourceRef>,
    /// The names of payers, of networks and of plans.
    titles: [FoldedStrings; 3],
}

impl FhirView {
    /// Reads the directory once. For 43,000 providers it takes about a second.
    pub(crate) fn of(catalog: &Catalog) -> Self {
        let (numbers, digests) = numbered(catalog);
        let mut view = Self {
            generation: catalog.generation().to_owned(),
            names: FoldedStrings::default(),
            aliases: FoldedStrings::default(),
            aliased: Vec::new(),
            streets: FoldedStrings::default(),
            sites: Vec::new(),
            rows: Vec::new(),
            line_ends: Vec::new(),
            lines: Vec::new(),
            areas: Vec::new(),
            numbers,
            digests,
            ends: Vec::new(),
            named: FxHashMap::default(),
            titles: Default::default(),
        };
        view.take_lines(catalog);
        view.take_providers(catalog);
        view.take_plans(catalog);
        view
    }

    /// The generation it was built from.
    pub(crate) fn generation(&self) -> &str {
        &self.generation
    }

    /// Adds every line with its provider, and its number of affiliations.
    fn take_lines(&mut self, catalog: &Catalog) {
        let mut of_records: Vec<(u32, u32)> = Vec::new();
        let mut total = 0;
        let every = catalog.every_network();
        for stretch in catalog.stretches() {
            let terms = catalog.terms_with(stretch.clone(), &every);
            for line in stretch {
                let Some((service, record)) = catalog.line_at(line) else { continue };
                self.rows.push(LineRow { record, service, open: true, has_area: false });
                of_records.push((record, line));
                total += self.numbered(terms.of(line)).len() as u64;
                self.ends.push(total);
            }
        }
        of_records.sort_unstable();
        self.lines = of_records.iter().map(|(_, line)| *line).collect();
        let mut end = 0;
        for record in 0..catalog.record_count() {
            end += of_records.get(end..).unwrap_or_default().partition_point(|(of, _)| *of <= record);
            self.line_ends.push(u32::try_from(end).unwrap_or(u32::MAX));
        }
    }

    fn take_providers(&mut self, catalog: &Catalog) {
        for record in 0..catalog.record_count() {
            let provider = catalog.provider_at(record);
            let address = provider.as_ref().and_then(|provider| provider.address.as_ref()).map(|fact| &fact.value);
            self.names.push(provider.as_ref().map(|provider| provider.name.value.as_str()).unwrap_or_default());
            self.streets.push(address.map(|address| address.street.as_str()).unwrap_or_default());
            self.streets.push(address.map(|address| address.city.as_str()).unwrap_or_default());
            let has_position = provider.as_ref().is_some_and(|provider| provider.position.is_some());
            self.sites.push(ProviderSite {
                address: address.map(|address| (address.state, address.zip)),
                has_position,
                has_ccn: provider.as_ref().is_some_and(|provider| provider.ccn.is_some()),
                has_npi: provider.as_ref().is_some_and(|provider| !provider.npis.is_empty()),
            });
            if let Some(provider) = provider {
                self.take_provider(record, &provider);
            }
        }
        self.areas.sort_unstable();
        self.areas.dedup();
        self.names.shrink();
        self.aliases.shrink();
        self.aliased.shrink_to_fit();
        self.streets.shrink();
        self.areas.shrink_to_fit();
    }

    fn take_provider(&mut self, record: u32, provider: &Provider) {
        let id = ids::of_provider(&provider.id);
        if ids::provider(&id).is_none() {
            self.named.insert(id, ResourceRef::Provider(record));
        }
        for alias in aliases(provider) {
            self.aliases.push(alias.value);
            self.aliased.push(record);
        }
        let lines: SmallVec<[u32; 4]> = self.lines_of(record).iter().copied().collect();
        for line in lines {
            let Some(row) = self.rows.get_mut(line as usize) else { continue };
            let Some(told) = provider.line(row.service) else { continue };
            row.open = told.standing == OperatingStatus::Open;
            if let ServiceArea::Zips(zips) = &told.area {
                row.has_area = !zips.value.is_empty();
                self.areas.extend(&zips.value);
            }
        }
        // Agencies share ZIP codes: each is stored once.
        if self.areas.len() > 1 << 20 {
            self.areas.sort_unstable();
            self.areas.dedup();
        }
    }

    fn take_plans(&mut self, catalog: &Catalog) {
        let plans = catalog.plans();
        for (at, payer) in (0..).zip(&plans.payers) {
            self.titles[0].push(&payer.name);
            self.named.insert(ids::of_payer(&payer.name), ResourceRef::Payer(at));
        }
        for (at, network) in (0..).zip(&plans.networks) {
            self.titles[1].push(&network.name);
            self.named.insert(ids::of_network(&network.name), ResourceRef::Network(at));
        }
        for (at, plan) in (0..).zip(&plans.plans) {
            self.titles[2].push(&plan.name);
            self.named.insert(ids::of_plan(plan, plans), ResourceRef::Plan(at));
        }
    }

    /// The lines of a record, in order.
    pub(crate) fn lines_of(&self, record: u32) -> &[u32] {
        let record = record as usize;
        let end = |record: usize| self.line_ends.get(record).map(|end| *end as usize);
        let start = record.checked_sub(1).map_or(Some(0), end);
        start.zip(end(record)).and_then(|(start, end)| self.lines.get(start..end)).unwrap_or_default()
    }

    /// Every line.
    pub(crate) fn rows(&self) -> &[LineRow] {
        &self.rows
    }

    /// A line.
    pub(crate) fn row(&self, line: u32) -> Option<LineRow> {
        self.rows.get(line as usize).copied()
    }

    /// Whether any service of a provider is open.
    pub(crate) fn is_open(&self, record: u32) -> bool {
        self.lines_of(record).iter().filter_map(|line| self.row(*line)).any(|row| row.open)
    }

    /// Whether the location of a provider is known.
    pub(crate) fn has_place(&self, record: u32) -> bool {
        self.sites.get(record as usize).is_some_and(|site| site.address.is_some() || site.has_position)
    }

    /// Whether a provider has a CCN, and whether it has an NPI.
    pub(crate) fn has_numbers(&self, record: u32) -> [bool; 2] {
        self.sites.get(record as usize).map_or([false; 2], |site| [site.has_ccn, site.has_npi])
    }

    /// State and ZIP of a provider.
    pub(crate) fn state_and_zip(&self, record: u32) -> Option<(Option<State>, Option<Zip>)> {
        self.sites.get(record as usize).and_then(|site| site.address)
    }

    /// The street and the city of a provider.
    pub(crate) fn street_and_city(&self, record: u32) -> [Option<SearchText<'_>>; 2] {
        let at = record as usize * 2;
        [self.streets.get(at), self.streets.get(at + 1)]
    }

    /// The name of a resource; for a service and what belongs to it, the name of its provider.
    pub(crate) fn name(&self, item: ResourceRef) -> Option<SearchText<'_>> {
        match item {
            ResourceRef::Provider(record) | ResourceRef::Place(record) => self.names.get(record as usize),
            ResourceRef::Line(line) | ResourceRef::Membership(line, _) => self.names.get(self.row(line)?.record as usize),
            ResourceRef::Payer(at) => self.titles[0].get(at as usize),
            ResourceRef::Network(at) => self.titles[1].get(at as usize),
            ResourceRef::Plan(at) => self.titles[2].get(at as usize),
            ResourceRef::Area(_) => None,
        }
    }

    /// The other names of a provider.
    pub(crate) fn aliases(&self, record: u32) -> impl Iterator<Item = SearchText<'_>> {
        let first = self.aliased.partition_point(|of| *of < record);
        let own = self.aliased.get(first..).unwrap_or_default().iter().take_while(move |of| **of == record);
        (first..first + own.count()).filter_map(|number| self.aliases.get(number))
    }

    /// The ZIP codes of published areas, in order.
    pub(crate) fn areas(&self) -> &[Zip] {
        &self.areas
    }

    /// A ZIP code as a service area.
    pub(crate) fn area_of(&self, zip: Zip) -> Option<ResourceRef> {
        self.areas.binary_search(&zip).ok().and_then(|at| u32::try_from(at).ok()).map(ResourceRef::Area)
    }

    /// How many numbers of terms there are.
    pub(crate) fn number_count(&self) -> usize {
        self.digests.len()
    }

    /// The digest of the terms with a number.
    pub(crate) fn digest(&self, number: u32) -> u64 {
        self.digests.get(number as usize).map(|(digest, _)| *digest).unwrap_or_default()
    }

    /// The first key with a number: its network is the same for all keys.
    pub(crate) fn first_key(&self, number: u32) -> Option<TermsId> {
        self.digests.get(number as usize).map(|(_, key)| *key)
    }

    /// The number of terms.
    pub(crate) fn number(&self, key: TermsId) -> Option<u32> {
        self.numbers.get(key.0 as usize).copied()
    }

    /// The numbers of these terms, each once and in order: one for each affiliation.
    pub(crate) fn numbered(&self, keys: &[TermsId]) -> SmallVec<[u32; 8]> {
        let mut numbers: SmallVec<[u32; 8]> = keys.iter().filter_map(|key| self.number(*key)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// How many affiliations the lines before this one have.
    pub(crate) fn affiliations_before(&self, line: u32) -> u64 {
        (line as usize).checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default()
    }

    /// The resource with this id among payers, networks, plans and the providers whose id is a
    /// digest.
    pub(crate) fn named(&self, id: &str) -> Option<ResourceRef> {
        self.named.get(id).copied()
    }

    /// How many bytes of memory it takes, approximately.
    pub(crate) fn bytes(&self) -> usize {
        let named: usize = self.named.keys().map(|id| id.capacity() + size_of::<(String, ResourceRef)>() + 8).sum();
        self.names.bytes()
            + self.aliases.bytes()
            + size_of_val(self.aliased.as_slice())
            + self.streets.bytes()
            + self.titles.iter().map(FoldedStrings::bytes).sum::<usize>()
            + size_of_val(self.sites.as_slice())
            + size_of_val(self.rows.as_slice())
            + size_of_val(self.line_ends.as_slice())
            + size_of_val(self.lines.as_slice())
            + size_of_val(self.areas.as_slice())
            + size_of_val(self.numbers.as_slice())
            + size_of_val(self.digests.as_slice())
            + size_of_val(self.ends.as_slice())
            + named
    }
}

/// The other names of a provider: its legal name, and those it does business under.
pub(crate) fn aliases(provider: &Provider) -> Vec<Fact<&str>> {
    let mut known = vec![fold_accents(&provider.name.value)];
    let mut aliases = Vec::new();
    for fact in &provider.business {
        let (BusinessFact::LegalName(name) | BusinessFact::BusinessName(name)) = &fact.value else { continue };
        let folded = fold_accents(name);
        if !folded.is_empty() && !known.contains(&folded) {
            known.push(folded);
            aliases.push(Fact::new(name.as_str(), fact.evidence.clone()));
        }
    }
    aliases
}

/// A number for each terms key, and the digest and first key of each number. Terms with the same
/// digest share a number.
fn numbered(catalog: &Catalog) -> (Vec<u32>, Vec<(u64, TermsId)>) {
    let plans = catalog.plans();
    let mut known: FxHashMap<u64, u32> = FxHashMap::default();
    let mut digests = Vec::new();
    let number = |(key, terms)| {
        let digest = ids::of_terms(terms, plans);
        *known.entry(digest).or_insert_with(|| {
            digests.push((digest, TermsId(key)));
            u32::try_from(digests.len() - 1).unwrap_or(u32::MAX)
        })
    };
    let numbers = (0..).zip(&plans.terms).map(number).collect();
    (numbers, digests)
}
