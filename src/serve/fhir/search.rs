//! Which resources a search finds, and how many. Nothing is decoded for it, except for a filter by
//! coverage area.
//!
//! Affiliations are too many to check one by one: conditions on the service are checked line by
//! line, conditions on the network once for all terms, and only the terms of matching networks are
//! read. A chain is a search of its own, whose results are the values of the link.

use jiff::Timestamp;
use rustc_hash::FxHashSet;

use crate::catalog::scan::NetworkFilter;
use crate::coverage::NetworkId;
use crate::place::Miles;
use crate::serve::fhir::context::FhirContext;
use crate::serve::fhir::filters::{DateFilter, FilterValue, SearchFilter, StringMatch, TokenFilter};
use crate::serve::fhir::identifiers::identified;
use crate::serve::fhir::query::SearchRequest;
use crate::serve::fhir::search_params::{ParamType, ResourceType, SearchField};
use crate::serve::fhir::text::SearchText;
use crate::serve::fhir::view::ResourceRef;

/// The result of a search.
#[derive(Debug, Default)]
pub(crate) struct SearchResult {
    /// How many there are on all pages.
    pub total: u64,
    /// Those of the page, with their distance if it was requested.
    pub items: Vec<(ResourceRef, Option<Miles>)>,
}

impl SearchResult {
    /// Counts one more, and keeps it if it is on the page.
    fn take(&mut self, item: ResourceRef, miles: Option<Miles>, page: PageRange) {
        if page.holds(self.total) {
            self.items.push((item, miles));
        }
        self.total += 1;
    }
}

/// The range of results on a page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PageRange {
    /// How many come before.
    pub offset: u64,
    /// How many at most.
    pub count: u64,
}

impl PageRange {
    fn holds(self, number: u64) -> bool {
        (self.offset..self.offset.saturating_add(self.count)).contains(&number)
    }

    /// Whether any of `count` from `first` on is on the page.
    fn meets(self, first: u64, count: u64) -> bool {
        first < self.offset.saturating_add(self.count) && self.offset < first.saturating_add(count)
    }
}

/// How many affiliations are kept at once while a chain is followed. Our choice: 28 MB.
const MOST_KEPT: u64 = 1_000_000;

/// A filter after all possible lookups.
#[derive(Debug)]
enum CompiledFilter<'a> {
    Always(bool),
    Missing(SearchField, bool),
    Texts(SearchField, StringMatch, &'a [String]),
    Tokens(SearchField, &'a [TokenFilter]),
    Links(SearchField, FxHashSet<ResourceRef>),
    Items(FxHashSet<ResourceRef>),
    Lines(FxHashSet<u32>),
}

/// The results of the search on a page.
pub(crate) fn find(ground: FhirContext<'_>, search: &SearchRequest, built_at: Timestamp, page: PageRange) -> SearchResult {
    let tests: Vec<CompiledFilter<'_>> =
        search.filters.iter().map(|filter| test(ground, search.kind, filter, built_at)).collect();
    let mut found = SearchResult::default();
    if let Some(near) = search.near {
        for (record, miles) in ground.catalog.records_around(near.center, near.horizon) {
            let item = ResourceRef::Place(record);
            if all_hold(ground, item, &tests) {
                found.take(item, Some(miles), page);
            }
        }
        return found;
    }
    among(ground, search.kind, &tests, page)
}

/// The resources of type `kind` on a page of all of them.
pub(crate) fn page_of(ground: FhirContext<'_>, kind: ResourceType, page: PageRange) -> SearchResult {
    among(ground, kind, &[], page)
}

/// Resources of type `from` that link to one of `items`, at most `most` of them, and how many there
/// are.
pub(crate) fn reverse_links(
    ground: FhirContext<'_>,
    from: ResourceType,
    field: SearchField,
    items: FxHashSet<ResourceRef>,
    most: u64,
) -> SearchResult {
    among(ground, from, &[linking_to(ground, field, items)], PageRange { offset: 0, count: most })
}

fn among(ground: FhirContext<'_>, kind: ResourceType, tests: &[CompiledFilter<'_>], page: PageRange) -> SearchResult {
    if kind == ResourceType::OrganizationAffiliation {
        return memberships(ground, tests, page);
    }
    let mut found = SearchResult::default();
    visit(ground, kind, tests, &mut |item| found.take(item, None, page));
    found
}

/// Calls `take` with each resource of a type, except affiliations, that all `tests` hold of.
fn visit(ground: FhirContext<'_>, kind: ResourceType, tests: &[CompiledFilter<'_>], take: &mut dyn FnMut(ResourceRef)) {
    let view = ground.view;
    let mut each = |item: ResourceRef| {
        if all_hold(ground, item, tests) {
            take(item);
        }
    };
    let places = |all: usize| 0..u32::try_from(all).unwrap_or(u32::MAX);
    match kind {
        ResourceType::Organization => {
            (0..ground.catalog.record_count()).map(ResourceRef::Provider).for_each(&mut each);
            places(ground.plans().payers.len()).map(ResourceRef::Payer).for_each(&mut each);
            places(ground.plans().networks.len()).map(ResourceRef::Network).for_each(&mut each);
        }
        ResourceType::Location => {
            let records = (0..ground.catalog.record_count()).filter(|record| view.has_place(*record));
            records.map(ResourceRef::Place).for_each(&mut each);
            places(view.areas().len()).map(ResourceRef::Area).for_each(&mut each);
        }
        ResourceType::HealthcareService => places(view.rows().len()).map(ResourceRef::Line).for_each(&mut each),
        ResourceType::InsurancePlan => places(ground.plans().plans.len()).map(ResourceRef::Plan).for_each(&mut each),
        ResourceType::OrganizationAffiliation
        | ResourceType::Practitioner
        | ResourceType::PractitionerRole
        | ResourceType::Endpoint => {}
    }
}

/// The resources of type `kind` with this condition.
fn meeting(
    ground: FhirContext<'_>,
    kind: ResourceType,
    filter: &SearchFilter,
    built_at: Timestamp,
) -> FxHashSet<ResourceRef> {
    if let FilterValue::Near(near) = &filter.wanted {
        let around = ground.catalog.records_around(near.center, near.horizon);
        return around.into_iter().map(|(record, _)| ResourceRef::Place(record)).collect();
    }
    let mut met = FxHashSet::default();
    // No link leads to an affiliation.
    visit(ground, kind, &[test(ground, kind, filter, built_at)], &mut |item| {
        met.insert(item);
    });
    met
}

/// The resources to which those of type `from` with this condition link by `field`.
fn linked_from(
    ground: FhirContext<'_>,
    from: ResourceType,
    field: SearchField,
    filter: &SearchFilter,
    built_at: Timestamp,
) -> FxHashSet<ResourceRef> {
    let mut linked = FxHashSet::default();
    if matches!(filter.wanted, FilterValue::Near(_)) {
        let near = meeting(ground, from, filter, built_at);
        for item in near {
            linked.extend(ground.links(item, field));
        }
        return linked;
    }
    let tests = [test(ground, from, filter, built_at)];
    if from == ResourceType::OrganizationAffiliation {
        visit_memberships(ground, &tests, &mut |item| linked.extend(ground.links(item, field)));
    } else {
        visit(ground, from, &tests, &mut |item| linked.extend(ground.links(item, field)));
    }
    linked
}

/// Calls `take` with each affiliation that `tests` hold of. Few are kept at once: there may be
/// millions.
fn visit_memberships(ground: FhirContext<'_>, tests: &[CompiledFilter<'_>], take: &mut dyn FnMut(ResourceRef)) {
    let (mut offset, mut total) = (0, 1);
    while offset < total {
        let found = memberships(ground, tests, PageRange { offset, count: MOST_KEPT });
        found.items.into_iter().for_each(|(item, _)| take(item));
        (offset, total) = (offset + MOST_KEPT, found.total);
    }
}

fn all_hold(ground: FhirContext<'_>, item: ResourceRef, tests: &[CompiledFilter<'_>]) -> bool {
    tests.iter().all(|test| holds(ground, item, test))
}

fn memberships(ground: FhirContext<'_>, tests: &[CompiledFilter<'_>], page: PageRange) -> SearchResult {
    let (of_terms, of_lines): (Vec<&CompiledFilter<'_>>, Vec<&CompiledFilter<'_>>) =
        tests.iter().partition(|test| test.is_of_terms());
    let (named, of_lines): (Vec<&CompiledFilter<'_>>, Vec<&CompiledFilter<'_>>) =
        of_lines.into_iter().partition(|test| matches!(test, CompiledFilter::Items(_)));
    let terms = SearchTerms::of(ground, &of_terms);
    let line_holds = |line: u32| of_lines.iter().all(|test| holds(ground, ResourceRef::Line(line), test));
    let mut found = SearchResult::default();
    if let Some((CompiledFilter::Items(first), others)) = named.split_first() {
        let mut listed: Vec<(u32, u32)> = first
            .iter()
            .filter(|item| others.iter().all(|test| holds(ground, **item, test)))
            .filter_map(|item| if let ResourceRef::Membership(line, number) = item { Some((*line, *number)) } else { None })
            .filter(|(line, number)| line_holds(*line) && terms.allow(*number))
            .collect();
        listed.sort_unstable();
        for (line, number) in listed {
            found.take(ResourceRef::Membership(line, number), None, page);
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
enum SearchTerms {
    /// Any.
    Every,
    /// By their numbers, with their networks.
    Some(Vec<bool>, NetworkFilter),
}

impl SearchTerms {
    fn of(ground: FhirContext<'_>, tests: &[&CompiledFilter<'_>]) -> Self {
        if tests.is_empty() {
            return Self::Every;
        }
        let numbers = 0..u32::try_from(ground.view.number_count()).unwrap_or(u32::MAX);
        let allowed: Vec<bool> =
            numbers.map(|number| tests.iter().all(|test| holds_of_terms(ground, number, test))).collect();
        let networks = (0..).zip(&allowed).filter(|(_, allowed)| **allowed);
        let mut networks: Vec<NetworkId> = networks.filter_map(|(number, _)| Some(ground.terms(number)?.network)).collect();
        networks.dedup();
        Self::Some(allowed, ground.catalog.network_filter(&networks))
    }

    fn allow(&self, number: u32) -> bool {
        match self {
            Self::Every => true,
            Self::Some(allowed, _) => allowed.get(number as usize).copied().unwrap_or_default(),
        }
    }

    /// Adds the affiliations of some lines, in order, on these terms.
    fn take(&self, ground: FhirContext<'_>, lines: &[u32], page: PageRange, found: &mut SearchResult) {
        let view = ground.view;
        match (self, lines) {
            (Self::Every, [first, ..]) => {
                let count = |line: u32| view.affiliations_before(line + 1) - view.affiliations_before(line);
                let all: u64 = lines.iter().map(|line| count(*line)).sum();
                if !page.meets(found.total, all) {
                    found.total += all;
                    return;
                }
                // A page of many lines reads every network once, one of few reads its lines.
                let end = lines.last().map_or(*first, |last| last + 1);
                let whole =
                    (page.count >= all).then(|| ground.catalog.terms_with(*first..end, &ground.catalog.every_network()));
                for line in lines.iter().copied() {
                    if !page.meets(found.total, count(line)) {
                        found.total += count(line);
                        continue;
                    }
                    let numbers = match &whole {
                        Some(terms) => view.numbered(terms.of(line)),
                        None => view.numbered(&ground.catalog.line_terms(line)),
                    };
                    for number in numbers {
                        found.take(ResourceRef::Membership(line, number), None, page);
                    }
                }
            }
            (Self::Some(_, wanted), [first, ..]) => {
                let end = lines.last().map_or(*first, |last| last + 1);
                let terms = ground.catalog.terms_with(*first..end, wanted);
                for line in lines.iter().copied() {
                    let numbers = view.numbered(terms.of(line)).into_iter();
                    for number in numbers.filter(|number| self.allow(*number)) {
                        found.take(ResourceRef::Membership(line, number), None, page);
                    }
                }
            }
            (_, []) => {}
        }
    }
}

impl CompiledFilter<'_> {
    /// Whether it filters by the network, not by the service.
    fn is_of_terms(&self) -> bool {
        matches!(
            self,
            Self::Missing(SearchField::Network | SearchField::Primary, _)
                | Self::Links(SearchField::Network | SearchField::Primary, _)
        )
    }
}

fn holds_of_terms(ground: FhirContext<'_>, number: u32, test: &CompiledFilter<'_>) -> bool {
    match test {
        CompiledFilter::Links(field, items) => ground.link_of_terms(number, *field).is_some_and(|item| items.contains(&item)),
        CompiledFilter::Missing(field, missing) => ground.link_of_terms(number, *field).is_none() == *missing,
        _ => true,
    }
}

fn test<'a>(
    ground: FhirContext<'_>,
    kind: ResourceType,
    filter: &'a SearchFilter,
    built_at: Timestamp,
) -> CompiledFilter<'a> {
    let field = filter.field;
    match &filter.wanted {
        FilterValue::Missing(missing) if matches!(field, SearchField::Id | SearchField::LastUpdated) => {
            CompiledFilter::Always(!missing)
        }
        FilterValue::Missing(missing) => CompiledFilter::Missing(field, *missing),
        FilterValue::Times(times) => CompiledFilter::Always(times.iter().any(|time: &DateFilter| time.holds(built_at))),
        FilterValue::Texts(how, texts) => CompiledFilter::Texts(field, *how, texts),
        FilterValue::Tokens(tokens) if field == SearchField::Id => {
            let plain = tokens.iter().filter(|token| token.system.as_deref().unwrap_or_default().is_empty());
            CompiledFilter::Items(plain.filter_map(|token| ground.find(kind, token.code.as_deref()?)).collect())
        }
        FilterValue::Tokens(tokens) if field == SearchField::Identifier => {
            CompiledFilter::Items(tokens.iter().flat_map(|token| identified(ground, kind, token)).collect())
        }
        FilterValue::Tokens(tokens) => CompiledFilter::Tokens(field, tokens),
        FilterValue::Links(ids) => {
            let target = field.target();
            linking_to(ground, field, ids.iter().filter_map(|id| ground.find(target?, id)).collect())
        }
        FilterValue::Chain(inner) => {
            let items = field.target().map(|target| meeting(ground, target, inner, built_at));
            linking_to(ground, field, items.unwrap_or_default())
        }
        FilterValue::Reverse(from, inner) => CompiledFilter::Items(linked_from(ground, *from, field, inner, built_at)),
        // At the end of a chain only, where it is no filter.
        FilterValue::Near(_) => CompiledFilter::Always(false),
    }
}

/// The filter for a link to one of `items`.
fn linking_to(ground: FhirContext<'_>, field: SearchField, items: FxHashSet<ResourceRef>) -> CompiledFilter<'static> {
    if field == SearchField::ComesTo { coming_to(ground, &items) } else { CompiledFilter::Links(field, items) }
}

/// The lines that serve one of these areas.
fn coming_to(ground: FhirContext<'_>, items: &FxHashSet<ResourceRef>) -> CompiledFilter<'static> {
    let zip = |item: &ResourceRef| {
        if let ResourceRef::Area(at) = item { ground.view.areas().get(*at as usize) } else { None }
    };
    CompiledFilter::Lines(items.iter().filter_map(zip).flat_map(|zip| ground.catalog.lines_serving(*zip)).collect())
}

fn holds(ground: FhirContext<'_>, item: ResourceRef, test: &CompiledFilter<'_>) -> bool {
    match test {
        CompiledFilter::Always(holds) => *holds,
        CompiledFilter::Missing(field, missing) => is_missing(ground, item, *field) == *missing,
        CompiledFilter::Texts(field, how, texts) => {
            ground.any_text(item, *field, &mut |written| any_like(written, *how, texts))
        }
        CompiledFilter::Tokens(field, tokens) => {
            let codes = ground.codes(item, *field);
            let like = |token: &TokenFilter| {
                let of = |system: &str| token.system.as_deref().is_none_or(|wanted| wanted == system);
                codes.iter().any(|code| of(&code.system) && token.code.as_deref().is_none_or(|wanted| wanted == code.code))
            };
            tokens.iter().any(like)
        }
        CompiledFilter::Links(field, items) => ground.links(item, *field).iter().any(|link| items.contains(link)),
        CompiledFilter::Items(items) => items.contains(&item),
        CompiledFilter::Lines(lines) => matches!(item, ResourceRef::Line(line) if lines.contains(&line)),
    }
}

fn any_like(written: SearchText<'_>, how: StringMatch, texts: &[String]) -> bool {
    texts.iter().any(|text| match how {
        StringMatch::Starts => written.folded.starts_with(text),
        StringMatch::Contains => written.folded.contains(text),
        StringMatch::Exact => written.text == text,
    })
}

fn is_missing(ground: FhirContext<'_>, item: ResourceRef, field: SearchField) -> bool {
    match field.compared() {
        ParamType::String => !ground.any_text(item, field, &mut |_| true),
        ParamType::Token if field == SearchField::Identifier => {
            !matches!(item, ResourceRef::Provider(_) | ResourceRef::Place(_))
        }
        ParamType::Token => ground.codes(item, field).is_empty(),
        ParamType::Reference if field == SearchField::ComesTo => {
            !matches!(item, ResourceRef::Line(line) if ground.view.row(line).is_some_and(|row| row.has_area))
        }
        ParamType::Reference => ground.links(item, field).is_empty(),
        ParamType::Date | ParamType::Special => false,
    }
}
