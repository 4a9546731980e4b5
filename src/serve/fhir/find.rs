//! Which resources a search finds, and how many. Nothing is decoded for it but what a filter by coverage area needs.
//!
//! Affiliations are too many to be looked at one by one: what is asked of the service is settled line by line, what is asked of
//! the network once for all terms, and only the terms of those networks are read.

use jiff::Timestamp;
use rustc_hash::FxHashSet;

use super::codes;
use super::ground::Ground;
use super::query::{Filter, How, Search, Time, Token, Wanted};
use super::table::{Compared, Field, Kind};
use super::text::Written;
use super::view::Item;
use crate::coverage::NetworkKey;
use crate::place::Miles;
use crate::provider::ProviderId;

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// How many there are on all pages.
    pub total: u64,
    /// Those of the page, with how far they are where that was asked.
    pub items: Vec<(Item, Option<Miles>)>,
}

impl Found {
    /// Counts one more, and keeps it if it is on the page.
    fn take(&mut self, item: Item, miles: Option<Miles>, page: Page) {
        if page.holds(self.total) {
            self.items.push((item, miles));
        }
        self.total += 1;
    }
}

/// Which of those found are wanted.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// How many come before.
    pub offset: u64,
    /// How many at most.
    pub count: u64,
}

impl Page {
    fn holds(self, number: u64) -> bool {
        (self.offset..self.offset.saturating_add(self.count)).contains(&number)
    }

    /// Whether any of `count` from `first` on is on the page.
    fn meets(self, first: u64, count: u64) -> bool {
        first < self.offset.saturating_add(self.count) && self.offset < first.saturating_add(count)
    }
}

/// A filter with everything looked up that can be.
#[derive(Debug)]
enum Test<'a> {
    Always(bool),
    Missing(Field, bool),
    Texts(Field, How, &'a [String]),
    Tokens(Field, &'a [Token]),
    Links(Field, FxHashSet<Item>),
    Items(FxHashSet<Item>),
    Lines(FxHashSet<u32>),
}

/// What the search finds on a page.
pub fn find(ground: Ground<'_>, search: &Search, built_at: Timestamp, page: Page) -> Found {
    let tests: Vec<Test<'_>> =
        search.filters.iter().map(|filter| test(ground, search.kind, filter, built_at)).collect();
    let mut found = Found::default();
    if let Some(near) = search.near {
        for (record, miles) in ground.catalog.records_around(near.center, near.horizon) {
            let item = Item::Place(record);
            if all_hold(ground, item, &tests) {
                found.take(item, Some(miles), page);
            }
        }
        return found;
    }
    among(ground, search.kind, &tests, page)
}

/// Resources of type `from` that lead to one of `items` by a link, and how many there are; at most `most` of them.
pub fn linking(ground: Ground<'_>, from: Kind, field: Field, items: FxHashSet<Item>, most: u64) -> Found {
    let test = if field == Field::ComesTo { coming_to(ground, &items) } else { Test::Links(field, items) };
    among(ground, from, &[test], Page { offset: 0, count: most })
}

fn among(ground: Ground<'_>, kind: Kind, tests: &[Test<'_>], page: Page) -> Found {
    let view = ground.view;
    let mut found = Found::default();
    let mut each = |item: Item| {
        if all_hold(ground, item, tests) {
            found.take(item, None, page);
        }
    };
    let places = |all: usize| 0..u32::try_from(all).unwrap_or(u32::MAX);
    match kind {
        Kind::Organization => {
            (0..ground.catalog.record_count()).map(Item::Provider).for_each(&mut each);
            places(ground.plans().payers.len()).map(Item::Payer).for_each(&mut each);
            places(ground.plans().networks.len()).map(Item::Network).for_each(&mut each);
        }
        Kind::Location => {
            let records = (0..ground.catalog.record_count()).filter(|record| view.has_place(*record));
            records.map(Item::Place).for_each(&mut each);
            places(view.areas().len()).map(Item::Area).for_each(&mut each);
        }
        Kind::HealthcareService => places(view.rows().len()).map(Item::Line).for_each(&mut each),
        Kind::InsurancePlan => places(ground.plans().plans.len()).map(Item::Plan).for_each(&mut each),
        Kind::OrganizationAffiliation => return memberships(ground, tests, page),
    }
    found
}

fn all_hold(ground: Ground<'_>, item: Item, tests: &[Test<'_>]) -> bool {
    tests.iter().all(|test| holds(ground, item, test))
}

fn memberships(ground: Ground<'_>, tests: &[Test<'_>], page: Page) -> Found {
    let (of_terms, of_lines): (Vec<&Test<'_>>, Vec<&Test<'_>>) = tests.iter().partition(|test| test.is_of_terms());
    let (named, of_lines): (Vec<&Test<'_>>, Vec<&Test<'_>>) =
        of_lines.into_iter().partition(|test| matches!(test, Test::Items(_)));
    let terms = Terms::of(ground, &of_terms);
    let line_holds = |line: u32| of_lines.iter().all(|test| holds(ground, Item::Line(line), test));
    let mut found = Found::default();
    if let Some((Test::Items(first), others)) = named.split_first() {
        let mut listed: Vec<(u32, u32)> = first
            .iter()
            .filter(|item| others.iter().all(|test| holds(ground, **item, test)))
            .filter_map(|item| if let Item::Membership(line, number) = item { Some((*line, *number)) } else { None })
            .filter(|(line, number)| line_holds(*line) && terms.allow(*number))
            .collect();
        listed.sort_unstable();
        for (line, number) in listed {
            found.take(Item::Membership(line, number), None, page);
        }
        return found;
    }
    for stretch in ground.catalog.stretches() {
        let lines: Vec<u32> = stretch.filter(|line| line_holds(*line)).collect();
        terms.take(ground, &lines, page, &mut found);
    }
    found
}

/// The terms that affiliations may have.
enum Terms {
    /// Any.
    Every,
    /// By their numbers, and the networks they are of.
    Some(Vec<bool>, crate::catalog::browse::Wanted),
}

impl Terms {
    fn of(ground: Ground<'_>, tests: &[&Test<'_>]) -> Self {
        if tests.is_empty() {
            return Self::Every;
        }
        let numbers = 0..u32::try_from(ground.view.number_count()).unwrap_or(u32::MAX);
        let allowed: Vec<bool> =
            numbers.map(|number| tests.iter().all(|test| holds_of_terms(ground, number, test))).collect();
        let networks = (0..).zip(&allowed).filter(|(_, allowed)| **allowed);
        let mut networks: Vec<NetworkKey> =
            networks.filter_map(|(number, _)| Some(ground.terms(number)?.network)).collect();
        networks.dedup();
        Self::Some(allowed, ground.catalog.wanted(&networks))
    }

    fn allow(&self, number: u32) -> bool {
        match self {
            Self::Every => true,
            Self::Some(allowed, _) => allowed.get(number as usize).copied().unwrap_or_default(),
        }
    }

    /// Takes the affiliations of some lines on these terms, which are in order.
    fn take(&self, ground: Ground<'_>, lines: &[u32], page: Page, found: &mut Found) {
        let view = ground.view;
        match (self, lines) {
            (Self::Every, lines) => {
                for line in lines.iter().copied() {
                    let count = view.affiliations_before(line + 1) - view.affiliations_before(line);
                    if !page.meets(found.total, count) {
                        found.total += count;
                        continue;
                    }
                    for number in view.numbered(&ground.catalog.terms_of(line)) {
                        found.take(Item::Membership(line, number), None, page);
                    }
                }
            }
            (Self::Some(_, wanted), [first, ..]) => {
                let end = lines.last().map_or(*first, |last| last + 1);
                let terms = ground.catalog.terms_with(*first..end, wanted);
                for line in lines.iter().copied() {
                    let numbers = view.numbered(terms.of(line)).into_iter();
                    for number in numbers.filter(|number| self.allow(*number)) {
                        found.take(Item::Membership(line, number), None, page);
                    }
                }
            }
            (Self::Some(..), []) => {}
        }
    }
}

impl Test<'_> {
    /// Whether it asks of the network, not of the service.
    fn is_of_terms(&self) -> bool {
        matches!(
            self,
            Self::Missing(Field::Network | Field::Primary, _) | Self::Links(Field::Network | Field::Primary, _)
        )
    }
}

fn holds_of_terms(ground: Ground<'_>, number: u32, test: &Test<'_>) -> bool {
    match test {
        Test::Links(field, items) => ground.link_of_terms(number, *field).is_some_and(|item| items.contains(&item)),
        Test::Missing(field, missing) => ground.link_of_terms(number, *field).is_none() == *missing,
        _ => true,
    }
}

fn test<'a>(ground: Ground<'_>, kind: Kind, filter: &'a Filter, built_at: Timestamp) -> Test<'a> {
    let field = filter.field;
    match &filter.wanted {
        Wanted::Missing(missing) if matches!(field, Field::Id | Field::LastUpdated) => Test::Always(!missing),
        Wanted::Missing(missing) => Test::Missing(field, *missing),
        Wanted::Times(times) => Test::Always(times.iter().any(|time: &Time| time.holds(built_at))),
        Wanted::Texts(how, texts) => Test::Texts(field, *how, texts),
        Wanted::Tokens(tokens) if field == Field::Id => {
            let plain = tokens.iter().filter(|token| token.system.as_deref().unwrap_or_default().is_empty());
            Test::Items(plain.filter_map(|token| ground.find(kind, token.code.as_deref()?)).collect())
        }
        Wanted::Tokens(tokens) if field == Field::Identifier => {
            Test::Items(tokens.iter().flat_map(|token| identified(ground, kind, token)).collect())
        }
        Wanted::Tokens(tokens) => Test::Tokens(field, tokens),
        Wanted::Links(ids) => {
            let target = field.target();
            let items = ids.iter().filter_map(|id| ground.find(target?, id)).collect();
            if field == Field::ComesTo { coming_to(ground, &items) } else { Test::Links(field, items) }
        }
    }
}

/// The lines that come to one of these areas.
fn coming_to(ground: Ground<'_>, items: &FxHashSet<Item>) -> Test<'static> {
    let zip = |item: &Item| if let Item::Area(at) = item { ground.view.areas().get(*at as usize) } else { None };
    Test::Lines(items.iter().filter_map(zip).flat_map(|zip| ground.catalog.lines_serving(*zip)).collect())
}

/// Those known by an identifier. A place has the numbers that are given to one place only.
fn identified(ground: Ground<'_>, kind: Kind, token: &Token) -> Vec<Item> {
    let (item, systems): (fn(u32) -> Item, &[&str]) = match kind {
        Kind::Organization => (Item::Provider, &[codes::CCN, codes::PROVIDER, codes::NPI]),
        Kind::Location => (Item::Place, &[codes::CCN, codes::PROVIDER]),
        _ => return Vec::new(),
    };
    let systems = systems.iter().filter(|system| token.system.as_deref().is_none_or(|wanted| wanted == **system));
    let records = systems.flat_map(|system| match &token.code {
        Some(code) => records_with(ground, system, code),
        None => (0..ground.catalog.record_count()).filter(|record| has_any(ground, system, *record)).collect(),
    });
    let place = |record: &u32| kind == Kind::Organization || ground.view.has_place(*record);
    records.filter(place).map(item).collect()
}

/// The providers that have this number of a system. An NPI may be several providers'; the id of the directory is one's only.
fn records_with(ground: Ground<'_>, system: &str, code: &str) -> Vec<u32> {
    let id = match system {
        codes::CCN => format!("ccn:{code}"),
        codes::NPI => format!("npi:{code}"),
        _ => code.to_owned(),
    };
    let Ok(id) = id.parse::<ProviderId>() else { return Vec::new() };
    let mut records = ground.catalog.records_with(&id);
    if system == codes::PROVIDER {
        records.retain(|record| ground.catalog.id_at(*record).as_ref() == Some(&id));
    }
    records
}

fn has_any(ground: Ground<'_>, system: &str, record: u32) -> bool {
    let [ccn, npi] = ground.view.has_numbers(record);
    match system {
        codes::CCN => ccn,
        codes::NPI => npi,
        _ => true,
    }
}

fn holds(ground: Ground<'_>, item: Item, test: &Test<'_>) -> bool {
    match test {
        Test::Always(holds) => *holds,
        Test::Missing(field, missing) => is_missing(ground, item, *field) == *missing,
        Test::Texts(field, how, texts) => ground.any_text(item, *field, &mut |written| any_like(written, *how, texts)),
        Test::Tokens(field, tokens) => {
            let codes = ground.codes(item, *field);
            let like = |token: &Token| {
                let of = |system: &str| token.system.as_deref().is_none_or(|wanted| wanted == system);
                codes
                    .iter()
                    .any(|code| of(&code.system) && token.code.as_deref().is_none_or(|wanted| wanted == code.code))
            };
            tokens.iter().any(like)
        }
        Test::Links(field, items) => ground.links(item, *field).iter().any(|link| items.contains(link)),
        Test::Items(items) => items.contains(&item),
        Test::Lines(lines) => matches!(item, Item::Line(line) if lines.contains(&line)),
    }
}

fn any_like(written: Written<'_>, how: How, texts: &[String]) -> bool {
    texts.iter().any(|text| match how {
        How::Starts => written.folded.starts_with(text),
        How::Contains => written.folded.contains(text),
        How::Exact => written.text == text,
    })
}

fn is_missing(ground: Ground<'_>, item: Item, field: Field) -> bool {
    match field.compared() {
        Compared::String => !ground.any_text(item, field, &mut |_| true),
        Compared::Token if field == Field::Identifier => !matches!(item, Item::Provider(_) | Item::Place(_)),
        Compared::Token => ground.codes(item, field).is_empty(),
        Compared::Reference if field == Field::ComesTo => {
            !matches!(item, Item::Line(line) if ground.view.row(line).is_some_and(|row| row.has_area))
        }
        Compared::Reference => ground.links(item, field).is_empty(),
        Compared::Date | Compared::Special => false,
    }
}
