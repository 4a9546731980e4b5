//! One page of the results of a search, with links to itself and to the next.

use jiff::Timestamp;
use rustc_hash::FxHashSet;
use serde::Serialize;
use serde_json::{Value, json};

use crate::input::errors::FieldError;
use crate::matching::candidate::Directory;
use crate::place::Miles;
use crate::serve::fhir::context::FhirContext;
use crate::serve::fhir::near::DistanceUnit;
use crate::serve::fhir::outcome;
use crate::serve::fhir::query::{SearchRequest, to_cursor};
use crate::serve::fhir::resources::resource;
use crate::serve::fhir::search::{PageRange, SearchResult, find, reverse_links};
use crate::serve::fhir::search_params::FHIR;
use crate::serve::fhir::sorting::{MOST_SORTED, sort};
use crate::serve::fhir::subset::ResourceSubset;
use crate::serve::fhir::view::ResourceRef;
use crate::serve::http::extract::field_error;
use crate::serve::http::problem::Problem;

/// How many resources may be included in a page beside the matches. Our choice: with 500 matches
/// that is a few megabytes.
const MOST_INCLUDED: u64 = 2000;

/// A Bundle as FHIR writes it. Its type comes first, for readers that recognize a file by its
/// beginning.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Bundle {
    resource_type: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    meta: Value,
    total: u64,
    link: Vec<Value>,
    /// FHIR has no empty lists.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    entry: Vec<Value>,
}

/// The Bundle that answers a search at the base URL `base`.
///
/// # Errors
/// The page would include more than is sent at once.
pub(crate) fn answer(
    ground: FhirContext<'_>,
    search: &SearchRequest,
    base: &str,
    built_at: Timestamp,
) -> Result<Bundle, Problem> {
    let generation = ground.catalog.generation();
    // The caller took the generation of the cursor.
    let offset = search.cursor.as_ref().map_or(0, |(_, offset)| *offset);
    let is_counted = search.layout.subset == ResourceSubset::Count;
    let page = PageRange { offset, count: if is_counted { 0 } else { search.count } };
    let found = results(ground, search, built_at, page)?;
    let included = included(ground, search, &found).map_err(|fault| Problem::NotASearch(fault.into()))?;
    let unit = search.near.map(|near| near.unit);
    let mut entries: Vec<Value> = Vec::with_capacity(found.items.len() + included.len());
    for (item, miles) in &found.items {
        entries.extend(entry(ground, *item, base, &search.layout.subset, miles.zip(unit)));
    }
    // `_elements` names elements of the type that is searched.
    let subset = match &search.layout.subset {
        ResourceSubset::Elements(_) => &ResourceSubset::Whole,
        subset => subset,
    };
    for item in included {
        let included = entry(ground, item, base, subset, None);
        entries.extend(included.map(|mut entry| {
            entry["search"]["mode"] = json!("include");
            entry
        }));
    }
    if !search.ignored.is_empty() {
        entries.push(json!({"resource": outcome::ignored(&search.ignored), "search": {"mode": "outcome"}}));
    }
    let at = format!("{base}/{}", search.kind.name());
    let mut links = vec![json!({"relation": "self", "url": url(&at, search, current(search))})];
    let next = offset.saturating_add(search.count);
    if page.count > 0 && next < found.total {
        links.push(json!({"relation": "next", "url": url(&at, search, Some(to_cursor(generation, next)))}));
    }
    Ok(Bundle {
        resource_type: "Bundle",
        kind: "searchset",
        meta: json!({"lastUpdated": built_at.to_string()}),
        total: found.total,
        link: links,
        entry: entries,
    })
}

/// The results on a page, in the order that is asked for.
fn results(
    ground: FhirContext<'_>,
    search: &SearchRequest,
    built_at: Timestamp,
    page: PageRange,
) -> Result<SearchResult, Problem> {
    if search.sort.is_empty() || page.count == 0 {
        return Ok(find(ground, search, built_at, page));
    }
    let mut found = find(ground, search, built_at, PageRange { offset: 0, count: MOST_SORTED });
    if found.total > MOST_SORTED {
        let said = format!("at most {MOST_SORTED} results are sorted; there are {}", found.total);
        let hint = Some("narrow the search, or leave _sort out".to_owned());
        return Err(Problem::NotASearch(field_error("?_sort", "too_costly", &said, hint).into()));
    }
    sort(ground, &mut found.items, &search.sort);
    let at = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    found.items = found.items.into_iter().skip(at(page.offset)).take(at(page.count)).collect();
    Ok(found)
}

fn current(search: &SearchRequest) -> Option<String> {
    search.cursor.as_ref().map(|(generation, offset)| to_cursor(generation, *offset))
}

fn url(at: &str, search: &SearchRequest, cursor: Option<String>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in &search.echo {
        query.append_pair(name, value);
    }
    if !search.echo.iter().any(|(name, _)| name == "_count") {
        query.append_pair("_count", &search.count.to_string());
    }
    if let Some(cursor) = cursor {
        query.append_pair("_cursor", &cursor);
    }
    format!("{at}?{}", query.finish())
}

fn entry(
    ground: FhirContext<'_>,
    item: ResourceRef,
    base: &str,
    subset: &ResourceSubset,
    far: Option<(Miles, DistanceUnit)>,
) -> Option<Value> {
    let resource = subset.of(item.kind(), resource(ground, item)?);
    let mut search = json!({"mode": "match"});
    if let (Some((miles, unit)), Some(fields)) = (far, search.as_object_mut()) {
        let distance = json!({
            "value": unit.of(miles), "unit": unit.label(), "system": "http://unitsofmeasure.org", "code": unit.code()
        });
        let url = format!("{FHIR}/StructureDefinition/location-distance");
        fields.insert("extension".to_owned(), json!([{"url": url, "valueDistance": distance}]));
    }
    let url = format!("{base}/{}/{}", item.kind().name(), ground.id(item));
    Some(json!({"fullUrl": url, "resource": resource, "search": search}))
}

/// The resources included in the page: those that the matches link to, and those that link to them.
/// Each once, and no match itself.
fn included(ground: FhirContext<'_>, search: &SearchRequest, found: &SearchResult) -> Result<Vec<ResourceRef>, FieldError> {
    let items: FxHashSet<ResourceRef> = found.items.iter().map(|(item, _)| *item).collect();
    let mut met = items.clone();
    let mut included = Vec::new();
    let full = |included: &Vec<ResourceRef>| included.len() as u64 > MOST_INCLUDED;
    for param in &search.includes {
        for (item, _) in &found.items {
            included.extend(ground.links(*item, param.field).into_iter().filter(|link| met.insert(*link)));
            if full(&included) {
                return Err(too_many("?_include"));
            }
        }
    }
    for (from, param) in &search.backlinks {
        let linking = reverse_links(ground, *from, param.field, items.clone(), MOST_INCLUDED);
        if linking.total > MOST_INCLUDED {
            return Err(too_many("?_revinclude"));
        }
        included.extend(linking.items.into_iter().map(|(item, _)| item).filter(|item| met.insert(*item)));
        if full(&included) {
            return Err(too_many("?_revinclude"));
        }
    }
    Ok(included)
}

fn too_many(pointer: &str) -> FieldError {
    let said = format!("this page would include more than {MOST_INCLUDED} resources");
    field_error(pointer, "too_costly", &said, Some("use a smaller _count, or search for them separately".to_owned()))
}
