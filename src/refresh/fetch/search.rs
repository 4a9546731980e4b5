//! Paged search: one search per type, following its `next` links to the end.

use std::collections::HashSet;

use jiff::civil::Date;
use reqwest::Url;
use serde_json::Value;

use crate::refresh::fetch::error::{FetchError, FetchFault};
use crate::refresh::fetch::fhir_bundle;
use crate::refresh::fetch::fhir_bundle::SearchPage;
use crate::refresh::fetch::ndjson::NdjsonWriter;
use crate::refresh::fetch::plan_net_progress::TypeCount;
use crate::refresh::fetch::source_state::{IdDigest, short};
use crate::refresh::fetch::transport::{HttpTransport, RequestSpec};

/// Options of a search.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PagedSearch {
    /// Requested resources per page.
    pub count: u32,
    /// Fetch only what changed on or after this day.
    pub since: Option<Date>,
}

/// Fetches every resource of one type, by a search at `url`.
///
/// # Errors
/// A page cannot be fetched, a link leads to another server or loops, or the pages contain fewer
/// resources than the stated total.
pub(crate) async fn bring(
    transport: &HttpTransport,
    (kind, mut url): (&'static str, Url),
    search: PagedSearch,
    sheet: &mut NdjsonWriter,
) -> Result<TypeCount, FetchError> {
    url.query_pairs_mut().append_pair("_count", &search.count.to_string());
    if let Some(since) = search.since {
        url.query_pairs_mut().append_pair("_lastUpdated", &format!("ge{since}"));
    }
    let mut seen = HashSet::from([short(url.as_str().as_bytes())]);
    let mut total = None;
    let mut ids = SeenIds::default();
    let mut brought = TypeCount::of(kind);
    loop {
        let ask = RequestSpec::for_a(url, fhir_bundle::JSON);
        let page = transport.get(&ask).await.map_err(fhir_bundle::explained)?;
        let (from, page) = (page.url.clone(), SearchPage::of(&page)?);
        brought.pages += 1;
        total = total.or(page.total);
        let next = page.next().map(|link| transport.link(&from, link, "the next link")).transpose()?;
        for resource in page.resources() {
            take(&resource, kind, sheet, &mut ids, &mut brought)
                .map_err(|cause| cause.unwrap_or_else(|| FetchFault::lasting(&from, NAMELESS).into()))?;
        }
        let Some(next) = next else {
            return complete(total, &ids, &from, brought);
        };
        if !seen.insert(short(next.as_str().as_bytes())) {
            return Err(FetchFault::lasting(&from, "the next links loop: this link was already followed").into());
        }
        if brought.pages >= transport.limits().pages {
            return Err(FetchFault::lasting(&from, format!("there are more than {} pages", brought.pages)).into());
        }
        url = next;
    }
}

const NAMELESS: &str = "a resource has no id";

/// Digests of the distinct ids found.
type SeenIds = HashSet<IdDigest>;

/// Stores one entry of a page. Returns `Err(None)` if it has no id.
fn take(
    resource: &Value,
    kind: &str,
    sheet: &mut NdjsonWriter,
    ids: &mut SeenIds,
    brought: &mut TypeCount,
) -> Result<(), Option<FetchError>> {
    let text = |name: &str| resource.get(name).and_then(Value::as_str);
    if text("resourceType") != Some(kind) {
        brought.others += 1;
        return Ok(());
    }
    let Some(id) = text("id") else { return Err(None) };
    let put = sheet.put(resource)?.ok_or(None)?;
    if !ids.insert(short(id.as_bytes())) {
        brought.repeated += 1;
    }
    brought.count(put);
    Ok(())
}

/// Checks that the pages contained as many resources as the stated total.
fn complete(total: Option<u64>, ids: &SeenIds, last: &Url, mut brought: TypeCount) -> Result<TypeCount, FetchError> {
    let had = ids.len() as u64;
    match total {
        Some(total) if had < total => {
            let kind = brought.kind;
            let missing = total - had;
            let cause = format!("the last page has no next link, but {missing} of {total} {kind} resources are missing");
            Err(FetchFault::lasting(last, cause).into())
        }
        Some(_) => Ok(brought),
        None => {
            brought.uncounted = true;
            Ok(brought)
        }
    }
}
