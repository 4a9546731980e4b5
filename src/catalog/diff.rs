//! The difference between two generations: providers, services, networks and ratings that were added, removed or changed.
//!
//! Providers are matched by id, networks by their name with the payer's: numbers are valid within one generation only. Both
//! generations are walked once in id order; only counts and a few changes of each kind are kept, however much has changed.
//! Membership is decided by the terms in force on the day each generation was built, so an ended membership is reported even
//! if still listed.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::catalog::Catalog;
use crate::catalog::affiliations::ByLine;
use crate::coverage::AffiliationTerms;
use crate::coverage::names::network_in_full;
use crate::provider::{Provider, ProviderId, QualityMeasure, ServiceLine};
use crate::service::Service;
use crate::text::proper_case::proper_case;

/// Maximum number of changes of each kind that [`CatalogDiff`] lists; the rest is only counted.
pub const LISTED: usize = 100;

/// The changes from one generation to another.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CatalogDiff {
    /// The generation before.
    pub from: String,
    /// The generation after.
    pub to: String,
    /// Added providers.
    pub added: ChangeList<ProviderRef>,
    /// Removed providers.
    pub gone: ChangeList<ProviderRef>,
    /// Services that a provider of both generations has added.
    pub services_begun: ChangeList<LineRef>,
    /// Services that a provider of both generations no longer offers.
    pub services_ended: ChangeList<LineRef>,
    /// Networks that were added, removed, or changed the lines they are in force for.
    pub networks: BTreeMap<String, NetworkChange>,
    /// Lines that joined a network; lines of added providers and services are only counted there.
    pub begun: ChangeList<MembershipChange>,
    /// Lines that left a network; lines of removed providers and services are only counted there.
    pub ended: ChangeList<MembershipChange>,
    /// Changed ratings.
    pub stars: ChangeList<RatingChange>,
}

/// The changes of one kind: their number, and the first of them in id order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChangeList<T> {
    /// The number of changes.
    pub count: u64,
    /// At most [`LISTED`].
    pub listed: Vec<T>,
}

impl<T> Default for ChangeList<T> {
    fn default() -> Self {
        Self { count: 0, listed: Vec::new() }
    }
}

/// The change of one network. A line is in it if the terms were in force on the day the generation was built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NetworkChange {
    /// Which of the two generations have the network.
    #[serde(skip_deserializing)]
    pub known: NetworkPresence,
    /// Number of lines that joined.
    pub begun: u64,
    /// Number of lines that left: no longer listed, or on ended terms.
    pub ended: u64,
}

/// Which of two generations have a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NetworkPresence {
    /// Both.
    #[default]
    InBoth,
    /// Only the newer one.
    New,
    /// Only the older one.
    Gone,
}

/// A provider by id and name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ProviderRef {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The services it offers, by code.
    #[serde(skip_deserializing)]
    pub services: Vec<&'static str>,
    /// Its state, if the address is known.
    pub state: Option<String>,
}

/// A service of a provider.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LineRef {
    /// The provider's id.
    pub id: String,
    /// The provider's name.
    pub name: String,
    /// The service, by code.
    pub service: String,
}

/// A line that is in a network in one generation only.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MembershipChange {
    /// The line.
    #[serde(flatten)]
    pub line: LineRef,
    /// The network, with its payer.
    pub network: String,
}

/// A changed rating.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RatingChange {
    /// The line.
    #[serde(flatten)]
    pub line: LineRef,
    /// The rating before, as CMS prints it; `None` if it had none.
    pub before: Option<String>,
    /// The rating now; `None` if it has none.
    pub now: Option<String>,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum CatalogChange<'a> {
    /// A provider was added.
    Added(&'a ProviderRef),
    /// A provider was removed.
    Gone(&'a ProviderRef),
    /// A provider added a service.
    ServiceBegun(&'a LineRef),
    /// A provider no longer offers a service.
    ServiceEnded(&'a LineRef),
    /// A line joined a network.
    NetworkBegun(&'a MembershipChange),
    /// A line left a network.
    NetworkEnded(&'a MembershipChange),
    /// A rating changed.
    Stars(&'a RatingChange),
}

impl fmt::Display for ProviderRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.as_ref().map(|state| format!(", {state}")).unwrap_or_default();
        write!(f, "{} {}{state}: {}", self.id, proper_case(&self.name), self.services.join(", "))
    }
}

impl fmt::Display for LineRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.id, proper_case(&self.name), self.service)
    }
}

impl fmt::Display for MembershipChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.line, self.network)
    }
}

impl fmt::Display for RatingChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |rating: &Option<String>| rating.clone().unwrap_or_else(|| "no rating".to_owned());
        write!(f, "{} {} before, {} now", self.line, shown(&self.before), shown(&self.now))
    }
}

impl fmt::Display for NetworkChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = match self.known {
            NetworkPresence::InBoth => "",
            NetworkPresence::New => "new, ",
            NetworkPresence::Gone => "gone, ",
        };
        write!(f, "{known}{} begun, {} ended", self.begun, self.ended)
    }
}

/// One kind of change, for display.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffSection {
    /// The heading: "providers added".
    pub heading: &'static str,
    /// The number of changes.
    pub count: u64,
    /// The first of them, one per line.
    pub lines: Vec<String>,
}

impl CatalogDiff {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.sections().is_empty()
    }

    /// The changes as sections, one for each kind that occurs.
    pub fn sections(&self) -> Vec<DiffSection> {
        let networks: Vec<String> = self.networks.iter().map(|(name, turnover)| format!("{name}: {turnover}")).collect();
        let networks = ChangeList { count: networks.len() as u64, listed: networks };
        let mut sections = vec![
            self.added.section("providers added"),
            self.gone.section("providers removed"),
            self.services_begun.section("services added"),
            self.services_ended.section("services removed"),
            networks.section("networks changed"),
            self.begun.section("lines that joined a network"),
            self.ended.section("lines that left a network"),
            self.stars.section("ratings changed"),
        ];
        sections.retain(|section| section.count > 0);
        sections
    }
}

impl<T: fmt::Display> ChangeList<T> {
    fn section(&self, heading: &'static str) -> DiffSection {
        DiffSection { heading, count: self.count, lines: self.listed.iter().map(ToString::to_string).collect() }
    }
}

/// Compares two generations.
pub fn compare(before: &Catalog, after: &Catalog) -> CatalogDiff {
    walk(before, after, None)
}

/// Compares two generations and calls `tell` for every change, provider by provider in id order.
pub fn visit_changes<'a>(before: &'a Catalog, after: &'a Catalog, tell: &'a mut dyn FnMut(CatalogChange<'_>)) -> CatalogDiff {
    walk(before, after, Some(tell))
}

/// An optional callback for each change.
type ChangeVisitor<'a> = Option<&'a mut (dyn FnMut(CatalogChange<'_>) + 'a)>;

fn walk<'a>(before: &'a Catalog, after: &'a Catalog, tell: ChangeVisitor<'a>) -> CatalogDiff {
    let (was, is) = (before.ids(), after.ids());
    let (mut was, mut is) = (was.iter().peekable(), is.iter().peekable());
    let mut walk = DiffWalker::new(before, after, tell);
    loop {
        let order = match (was.peek(), is.peek()) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((a, _)), Some((b, _))) => a.cmp(b),
        };
        let old = if order == Ordering::Greater { None } else { was.next() };
        let new = if order == Ordering::Less { None } else { is.next() };
        walk.provider(decoded(before, old), decoded(after, new));
    }
    walk.end()
}

fn decoded(catalog: &Catalog, found: Option<&(ProviderId, u32)>) -> Option<(u32, Provider)> {
    found.and_then(|(_, record)| Some((*record, catalog.decode(*record)?)))
}

/// A walk through two generations.
struct DiffWalker<'a> {
    /// The names of the networks of both, each with its payer's, sorted.
    names: Vec<String>,
    /// For each generation, the index of each network's name in `names`.
    places: [Vec<usize>; 2],
    /// Both generations.
    sides: [&'a Catalog; 2],
    /// The terms of the lines in both.
    terms: [ByLine; 2],
    /// The day each was built.
    days: [Date; 2],
    turnover: Vec<NetworkChange>,
    changes: CatalogDiff,
    tell: ChangeVisitor<'a>,
}

/// Index of the older generation.
const BEFORE: usize = 0;

/// Index of the newer generation.
const AFTER: usize = 1;

impl<'a> DiffWalker<'a> {
    fn new(before: &'a Catalog, after: &'a Catalog, tell: ChangeVisitor<'a>) -> Self {
        let sides = [before, after];
        let of = |side: &Catalog| -> Vec<String> {
            side.plans.networks.iter().map(|network| network_in_full(network, &side.plans)).collect()
        };
        let by_side = sides.map(of);
        let mut names = by_side.concat();
        names.sort_unstable();
        names.dedup();
        let place = |name: &String| names.partition_point(|known| known < name);
        let places = by_side.map(|of_side| of_side.iter().map(place).collect());
        let changes = CatalogDiff {
            from: before.manifest.generation.clone(),
            to: after.manifest.generation.clone(),
            ..CatalogDiff::default()
        };
        let turnover = vec![NetworkChange::default(); names.len()];
        let days = sides.map(|side| side.manifest.built_on());
        Self { names, places, sides, terms: sides.map(Catalog::by_line), days, turnover, changes, tell }
    }

    fn provider(&mut self, was: Option<(u32, Provider)>, is: Option<(u32, Provider)>) {
        match (was, is) {
            (None, None) => {}
            (None, Some((_, is))) => {
                emit(&mut self.changes.added, &mut self.tell, |it| CatalogChange::Added(it), || named(&is));
            }
            (Some((_, was)), None) => {
                emit(&mut self.changes.gone, &mut self.tell, |it| CatalogChange::Gone(it), || named(&was));
            }
            (Some((before, was)), Some((after, is))) => self.both(&was, &is, [before, after]),
        }
    }

    fn both(&mut self, was: &Provider, is: &Provider, records: [u32; 2]) {
        for now in &is.lines {
            match was.line(now.service) {
                Some(before) => self.line(is, before, now, records),
                None => emit(
                    &mut self.changes.services_begun,
                    &mut self.tell,
                    |it| CatalogChange::ServiceBegun(it),
                    || line(is, now.service),
                ),
            }
        }
        for before in was.lines.iter().filter(|line| is.line(line.service).is_none()) {
            emit(
                &mut self.changes.services_ended,
                &mut self.tell,
                |it| CatalogChange::ServiceEnded(it),
                || line(is, before.service),
            );
        }
    }

    fn line(&mut self, provider: &Provider, before: &ServiceLine, now: &ServiceLine, records: [u32; 2]) {
        let of = || line(provider, now.service);
        let (was, is) = (shown(before), shown(now));
        if was != is {
            emit(
                &mut self.changes.stars,
                &mut self.tell,
                |it| CatalogChange::Stars(it),
                || RatingChange { line: of(), before: was, now: is },
            );
        }
        let [was, is] = [BEFORE, AFTER].map(|side| self.networks(side, records[side], now.service));
        let membership = |name: &str| MembershipChange { line: of(), network: name.to_owned() };
        for network in is.iter().filter(|network| was.binary_search(network).is_err()) {
            self.turnover[*network].begun += 1;
            let name = &self.names[*network];
            emit(&mut self.changes.begun, &mut self.tell, |it| CatalogChange::NetworkBegun(it), || membership(name));
        }
        for network in was.iter().filter(|network| is.binary_search(network).is_err()) {
            self.turnover[*network].ended += 1;
            let name = &self.names[*network];
            emit(&mut self.changes.ended, &mut self.tell, |it| CatalogChange::NetworkEnded(it), || membership(name));
        }
    }

    /// The networks that a line was in on the day its generation was built, as sorted unique indexes into the names.
    fn networks(&self, side: usize, record: u32, service: Service) -> Vec<usize> {
        let (catalog, plans) = (self.sides[side], &self.sides[side].plans);
        let terms = catalog.line_of(record, service).map_or(&[][..], |line| self.terms[side].of(line));
        let holds = |terms: &&AffiliationTerms| terms.in_force(self.days[side]);
        let place = |terms: &AffiliationTerms| self.places[side].get(terms.network.0 as usize).copied();
        let mut networks: Vec<usize> =
            terms.iter().filter_map(|key| plans.terms(*key)).filter(holds).filter_map(place).collect();
        networks.sort_unstable();
        networks.dedup();
        networks
    }

    fn end(mut self) -> CatalogDiff {
        let has = |side: usize| {
            let mut has = vec![false; self.names.len()];
            self.places[side].iter().for_each(|place| has[*place] = true);
            has
        };
        let (before, after) = (has(BEFORE), has(AFTER));
        for (at, (name, mut turnover)) in self.names.into_iter().zip(self.turnover).enumerate() {
            turnover.known = match (before[at], after[at]) {
                (true, false) => NetworkPresence::Gone,
                (false, true) => NetworkPresence::New,
                _ => NetworkPresence::InBoth,
            };
            if turnover != NetworkChange::default() {
                self.changes.networks.insert(name, turnover);
            }
        }
        self.changes
    }
}

/// Counts a change, and builds it only if it is listed or reported.
fn emit<T>(
    listing: &mut ChangeList<T>,
    teller: &mut ChangeVisitor<'_>,
    kind: for<'c> fn(&'c T) -> CatalogChange<'c>,
    make: impl FnOnce() -> T,
) {
    listing.count += 1;
    let list = listing.listed.len() < LISTED;
    if teller.is_none() && !list {
        return;
    }
    let made = make();
    if let Some(tell) = teller {
        tell(kind(&made));
    }
    if list {
        listing.listed.push(made);
    }
}

fn named(provider: &Provider) -> ProviderRef {
    ProviderRef {
        id: provider.id.to_string(),
        name: provider.name.value.clone(),
        services: provider.lines.iter().map(|line| line.service.code()).collect(),
        state: provider.address.as_ref().map(|address| address.value.state.to_string()),
    }
}

fn line(provider: &Provider, service: Service) -> LineRef {
    LineRef { id: provider.id.to_string(), name: provider.name.value.clone(), service: service.code().to_owned() }
}

/// The displayed rating: the one on the service's measure.
fn shown(line: &ServiceLine) -> Option<String> {
    let rating = line.rating.as_ref().map(|fact| fact.value);
    rating.filter(|rating| Some(rating.measure) == QualityMeasure::of(line.service)).map(|rating| rating.to_string())
}
