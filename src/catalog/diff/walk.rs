//! The walk through two generations that finds the changes.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::catalog::Catalog;
use crate::catalog::affiliations::ByLine;
use crate::catalog::diff::changes::{
    AnswerChange, AreaChange, CatalogChange, CatalogDiff, CertificationChange, ChangeList, LISTED, LineRef, MembershipChange,
    NetworkChange, NetworkPresence, PhoneChange, ProviderRef, RatingChange, SafetyChange,
};
use crate::catalog::diff::plan_changes::plan_changes;
use crate::catalog::diff::turnover::TurnoverCounter;
use crate::coverage::AffiliationTerms;
use crate::coverage::names::network_in_full;
use crate::place::Zip;
use crate::provider::quality::QualityMeasure;
use crate::provider::{Provider, ProviderId, ServiceArea, ServiceLine};
use crate::service::Service;
use crate::text::name_key::name_key;

/// An optional callback for each change.
pub(crate) type ChangeVisitor<'a> = Option<&'a mut (dyn FnMut(CatalogChange<'_>) + 'a)>;

/// Walks through both generations.
pub(crate) fn walk<'a>(before: &'a Catalog, after: &'a Catalog, tell: ChangeVisitor<'a>) -> CatalogDiff {
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

/// The membership of a line in a network: the network by its index in the names.
struct HeldMembership<'a> {
    network: usize,
    terms: &'a AffiliationTerms,
}

/// A walk through two generations.
struct DiffWalker<'a> {
    /// The names of the networks of both, each with its payer's, sorted by their keys; of two spellings the older one.
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
    counter: TurnoverCounter,
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
        // A network that is spelled otherwise is the same.
        let mut spelled: BTreeMap<String, &String> = BTreeMap::new();
        for name in by_side.iter().flatten() {
            spelled.entry(name_key(name)).or_insert(name);
        }
        let (keys, names): (Vec<String>, Vec<String>) = spelled.into_iter().map(|(key, name)| (key, name.clone())).unzip();
        let place = |name: &String| keys.partition_point(|known| *known < name_key(name));
        let places = [&by_side[BEFORE], &by_side[AFTER]].map(|of_side| of_side.iter().map(place).collect());
        let (plans, plans_before) = plan_changes(before, after);
        let changes = CatalogDiff {
            plans_changed: plans.len() as u64,
            plans,
            plans_before,
            from: before.manifest.generation.clone(),
            to: after.manifest.generation.clone(),
            ..CatalogDiff::default()
        };
        let turnover = vec![NetworkChange::default(); names.len()];
        let days = sides.map(|side| side.manifest.built_on());
        let terms = sides.map(Catalog::by_line);
        Self { names, places, sides, terms, days, turnover, changes, counter: TurnoverCounter::default(), tell }
    }

    fn provider(&mut self, was: Option<(u32, Provider)>, is: Option<(u32, Provider)>) {
        let [old, new] = [&was, &is].map(|side| side.as_ref().map(|(_, provider)| provider));
        self.counter.count(old, new);
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
        let [before, now] = [was, is].map(|provider| provider.phone.as_ref().map(|fact| fact.value));
        if before != now {
            let [before, now] = [before, now].map(|phone| phone.map(|phone| phone.to_string()));
            let change = || PhoneChange { id: is.id.to_string(), name: is.name.value.clone(), before, now };
            emit(&mut self.changes.phones, &mut self.tell, |it| CatalogChange::Phone(it), change);
        }
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
        let [begun, ended] = [(now, before), (before, now)].map(|(line, other)| notices_beyond(line, other));
        if !begun.is_empty() || !ended.is_empty() {
            let change = || SafetyChange { line: of(), begun, ended };
            emit(&mut self.changes.safety, &mut self.tell, |it| CatalogChange::Safety(it), change);
        }
        self.certification(&of, before, now);
        self.area(&of, before, now);
        self.answers(&of, before, now);
        let [was, is] = [BEFORE, AFTER].map(|side| self.memberships(side, records[side], now.service));
        let membership = |name: &str| MembershipChange { line: of(), network: name.to_owned() };
        let in_other = |of: &[HeldMembership<'_>], network: usize| of.binary_search_by_key(&network, |member| member.network);
        for member in &is {
            if let Ok(at) = in_other(&was, member.network) {
                self.counter.tier(was[at].terms, member.terms);
                continue;
            }
            self.turnover[member.network].begun += 1;
            let name = &self.names[member.network];
            emit(&mut self.changes.begun, &mut self.tell, |it| CatalogChange::NetworkBegun(it), || membership(name));
        }
        for member in was.iter().filter(|member| in_other(&is, member.network).is_err()) {
            self.turnover[member.network].ended += 1;
            let name = &self.names[member.network];
            emit(&mut self.changes.ended, &mut self.tell, |it| CatalogChange::NetworkEnded(it), || membership(name));
        }
    }

    fn certification(&mut self, of: &dyn Fn() -> LineRef, before: &ServiceLine, now: &ServiceLine) {
        for (program, was, is) in
            [("medicare", &before.medicare, &now.medicare), ("medicaid", &before.medicaid, &now.medicaid)]
        {
            let [was, is] = [was, is].map(|fact| fact.as_ref().map(|fact| fact.value));
            if was != is {
                let change = || CertificationChange { line: of(), program: program.to_owned(), before: was, now: is };
                emit(&mut self.changes.certifications, &mut self.tell, |it| CatalogChange::Certification(it), change);
            }
        }
    }

    fn area(&mut self, of: &dyn Fn() -> LineRef, before: &ServiceLine, now: &ServiceLine) {
        let [was, is] = [zips(before), zips(now)];
        if was != is {
            let beyond = |these: Option<&[Zip]>, others: Option<&[Zip]>| {
                let others = others.unwrap_or_default();
                these.unwrap_or_default().iter().filter(|zip| others.binary_search(zip).is_err()).count() as u64
            };
            let count = |zips: Option<&[Zip]>| zips.map(|zips| zips.len() as u64);
            let (begun, ended) = (beyond(is, was), beyond(was, is));
            let change = || AreaChange { line: of(), before: count(was), now: count(is), begun, ended };
            emit(&mut self.changes.areas, &mut self.tell, |it| CatalogChange::Area(it), change);
        }
    }

    fn answers(&mut self, of: &dyn Fn() -> LineRef, before: &ServiceLine, now: &ServiceLine) {
        let new = now.answers.keys().filter(|need| !before.answers.contains_key(*need));
        for need in before.answers.keys().chain(new) {
            let says = |line: &ServiceLine| line.answers.get(need).map(|fact| fact.value);
            let (was, is) = (says(before), says(now));
            if was != is {
                let change = || AnswerChange { line: of(), need: need.code().to_owned(), before: was, now: is };
                emit(&mut self.changes.answers, &mut self.tell, |it| CatalogChange::Answer(it), change);
            }
        }
    }

    /// The networks that a line was in on the day its generation was built, each once, in the order of `names`.
    fn memberships(&self, side: usize, record: u32, service: Service) -> Vec<HeldMembership<'a>> {
        let catalog: &'a Catalog = self.sides[side];
        let terms = catalog.line_of(record, service).map_or(&[][..], |line| self.terms[side].of(line));
        let terms = terms.iter().filter_map(|key| catalog.plans.terms(*key));
        let place = |terms: &'a AffiliationTerms| {
            let network = self.places[side].get(terms.network.0 as usize).copied()?;
            Some(HeldMembership { network, terms })
        };
        let mut members: Vec<HeldMembership<'a>> =
            terms.filter(|terms| terms.in_force(self.days[side])).filter_map(place).collect();
        members.sort_by_key(|member| member.network);
        members.dedup_by_key(|member| member.network);
        members
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
        self.changes.networks_changed = self.changes.networks.len() as u64;
        self.changes.turnover = self.counter.end();
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
        state: provider.address.as_ref().and_then(|address| address.value.state).map(|state| state.to_string()),
    }
}

fn line(provider: &Provider, service: Service) -> LineRef {
    LineRef { id: provider.id.to_string(), name: provider.name.value.clone(), service: service.code().to_owned() }
}

/// The ZIP codes of the service area, sorted; `None` if it is not published.
fn zips(line: &ServiceLine) -> Option<&[Zip]> {
    match &line.area {
        ServiceArea::Zips(fact) => Some(&fact.value),
        ServiceArea::NotPublished => None,
    }
}

/// The codes of the safety notices of a line that the other line does not have.
fn notices_beyond(line: &ServiceLine, other: &ServiceLine) -> Vec<String> {
    let codes = |line: &ServiceLine| line.safety.iter().map(|fact| fact.value.code()).collect::<Vec<_>>();
    let known = codes(other);
    codes(line).into_iter().filter(|code| !known.contains(code)).map(str::to_owned).collect()
}

/// The displayed rating: the one on the service's measure.
fn shown(line: &ServiceLine) -> Option<String> {
    let rating = line.rating.as_ref().map(|fact| fact.value);
    rating.filter(|rating| Some(rating.measure) == QualityMeasure::of(line.service)).map(|rating| rating.to_string())
}
