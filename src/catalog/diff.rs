//! What is different in one generation from another: who came, who is gone, whose services, networks or stars changed.
//!
//! Providers are the same by their ids and networks by their names with their payers': numbers are good within one generation only. Both generations
//! are walked once, in the order of the ids; what is kept is counts and a few of each kind, however much has changed.
//! Who is in a network goes by the terms that hold on the day each generation was built, so that one which ended is told though it is still listed.

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

/// How many changes of each kind [`CatalogDiff`] lists; what is beyond is counted only.
pub const LISTED: usize = 100;

/// What changed from one generation to another.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CatalogDiff {
    /// The generation before.
    pub from: String,
    /// The generation after.
    pub to: String,
    /// Providers that are new.
    pub added: ChangeList<ProviderRef>,
    /// Providers that are there no more.
    pub gone: ChangeList<ProviderRef>,
    /// Services a provider of both has come to offer.
    pub services_begun: ChangeList<LineRef>,
    /// Services a provider of both offers no more.
    pub services_ended: ChangeList<LineRef>,
    /// Networks that are new, are there no more, or in force for other lines than before.
    pub networks: BTreeMap<String, NetworkChange>,
    /// Lines that have come to be in a network; those of new providers and services count there only.
    pub begun: ChangeList<MembershipChange>,
    /// Lines that are in a network no more; those of providers and services gone count there only.
    pub ended: ChangeList<MembershipChange>,
    /// Ratings that moved.
    pub stars: ChangeList<RatingChange>,
}

/// The changes of one kind: how many there are, and the first of them in the order of the ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChangeList<T> {
    /// All of them.
    pub count: u64,
    /// At most [`LISTED`].
    pub listed: Vec<T>,
}

impl<T> Default for ChangeList<T> {
    fn default() -> Self {
        Self { count: 0, listed: Vec::new() }
    }
}

/// How one network changed. A line is in it while the terms hold on the day the generation was built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NetworkChange {
    /// Which of the two generations have the network.
    #[serde(skip_deserializing)]
    pub known: NetworkPresence,
    /// Lines it has come to hold for.
    pub begun: u64,
    /// Lines it holds for no more: they are listed no longer, or on terms that have ended.
    pub ended: u64,
}

/// Which of two generations have a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NetworkPresence {
    /// Both.
    #[default]
    InBoth,
    /// The one after.
    New,
    /// The one before.
    Gone,
}

/// A provider by id and name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ProviderRef {
    /// Its id.
    pub id: String,
    /// What it calls itself.
    pub name: String,
    /// The services it offers, by code.
    #[serde(skip_deserializing)]
    pub services: Vec<&'static str>,
    /// Its state, where an address is known.
    pub state: Option<String>,
}

/// A service of a provider.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LineRef {
    /// The provider's id.
    pub id: String,
    /// What it calls itself.
    pub name: String,
    /// The service, by code.
    pub service: String,
}

/// A line that is in a network on one side only.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MembershipChange {
    /// The line.
    #[serde(flatten)]
    pub line: LineRef,
    /// The network, with its payer.
    pub network: String,
}

/// A rating that moved.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RatingChange {
    /// The line.
    #[serde(flatten)]
    pub line: LineRef,
    /// The rating before, as CMS prints it; `None` had none.
    pub before: Option<String>,
    /// The rating now; `None` has none.
    pub now: Option<String>,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum CatalogChange<'a> {
    /// A provider is new.
    Added(&'a ProviderRef),
    /// A provider is there no more.
    Gone(&'a ProviderRef),
    /// A provider has come to offer a service.
    ServiceBegun(&'a LineRef),
    /// A provider offers a service no more.
    ServiceEnded(&'a LineRef),
    /// A line has come to be in a network.
    NetworkBegun(&'a MembershipChange),
    /// A line is in a network no more.
    NetworkEnded(&'a MembershipChange),
    /// A rating moved.
    Stars(&'a RatingChange),
}

impl fmt::Display for ProviderRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.as_ref().map(|state| format!(", {state}")).unwrap_or_default();
        write!(f, "{} {}{state}: {}", self.id, self.name, self.services.join(", "))
    }
}

impl fmt::Display for LineRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.id, self.name, self.service)
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

/// One kind of change as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffSection {
    /// What these are: "providers that are new".
    pub heading: &'static str,
    /// How many.
    pub count: u64,
    /// The first of them, a line each.
    pub lines: Vec<String>,
}

impl CatalogDiff {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.sections().is_empty()
    }

    /// What changed, a section for each kind of which there is any.
    pub fn sections(&self) -> Vec<DiffSection> {
        let networks: Vec<String> = self.networks.iter().map(|(name, turnover)| format!("{name}: {turnover}")).collect();
        let networks = ChangeList { count: networks.len() as u64, listed: networks };
        let mut sections = vec![
            self.added.section("providers that are new"),
            self.gone.section("providers that are gone"),
            self.services_begun.section("services that began"),
            self.services_ended.section("services that ended"),
            networks.section("networks that changed"),
            self.begun.section("lines that joined a network"),
            self.ended.section("lines that left a network"),
            self.stars.section("ratings that moved"),
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

/// Compares two generations and tells every change, provider by provider in the order of their ids.
pub fn visit_changes<'a>(before: &'a Catalog, after: &'a Catalog, tell: &'a mut dyn FnMut(CatalogChange<'_>)) -> CatalogDiff {
    walk(before, after, Some(tell))
}

/// What every change is told to, where somebody listens.
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
    /// The names of the networks of both, each with its payer's, in order.
    names: Vec<String>,
    /// The place among the names of each network of the generation before, and of the one after.
    places: [Vec<usize>; 2],
    /// Both generations.
    sides: [&'a Catalog; 2],
    /// The terms of the lines of both.
    terms: [ByLine; 2],
    /// The day each was built.
    days: [Date; 2],
    turnover: Vec<NetworkChange>,
    changes: CatalogDiff,
    tell: ChangeVisitor<'a>,
}

/// The generation before, among two sides.
const BEFORE: usize = 0;

/// The generation after.
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

    /// The networks a line is in on the day its generation was built, as places among the names, each once, in order.
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

/// Counts a change, and makes it only where it is listed or told.
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

/// The rating people are shown: the one on the measure of the service.
fn shown(line: &ServiceLine) -> Option<String> {
    let rating = line.rating.as_ref().map(|fact| fact.value);
    rating.filter(|rating| Some(rating.measure) == QualityMeasure::of(line.service)).map(|rating| rating.to_string())
}
