//! The way by search pages: a list for each type, followed by its `next` links to the end.

use std::collections::HashSet;

use jiff::civil::Date;
use serde_json::Value;

use crate::refresh::fetch::FetchError;
use crate::refresh::fetch::answer::{self, Page, below};
use crate::refresh::fetch::fault::Fault;
use crate::refresh::fetch::kept::{Short, short};
use crate::refresh::fetch::plan_net::Brought;
use crate::refresh::fetch::sheet::Sheet;
use crate::refresh::fetch::transport::{Ask, Transport};

/// What to search for.
#[derive(Debug, Clone, Copy)]
pub struct Search {
    /// Resources a page, as a wish.
    pub count: u32,
    /// Only what changed on that day or later.
    pub since: Option<Date>,
}

/// Brings every resource of one type.
///
/// # Errors
/// A page cannot be had, a link leads elsewhere or in a circle, or the pages hold fewer resources than the server says there are.
pub async fn bring(
    transport: &Transport,
    kind: &'static str,
    search: Search,
    sheet: &mut Sheet,
) -> Result<Brought, FetchError> {
    let mut url = below(transport.base(), kind)?;
    url.query_pairs_mut().append_pair("_count", &search.count.to_string());
    if let Some(since) = search.since {
        url.query_pairs_mut().append_pair("_lastUpdated", &format!("ge{since}"));
    }
    let mut seen = HashSet::from([short(url.as_str().as_bytes())]);
    let mut total = None;
    let mut ids = Ids::default();
    let mut brought = Brought::of(kind);
    loop {
        let ask = Ask::for_a(url, answer::JSON);
        let page = transport.get(&ask).await.map_err(answer::explained)?;
        let (from, page) = (page.url.clone(), Page::of(&page)?);
        brought.pages += 1;
        total = total.or(page.total);
        let next = page.next().map(|link| transport.link(&from, link, "the next link")).transpose()?;
        for resource in page.resources() {
            take(&resource, kind, sheet, &mut ids, &mut brought)
                .map_err(|cause| cause.unwrap_or_else(|| Fault::lasting(&from, NAMELESS).into()))?;
        }
        let Some(next) = next else {
            return complete(total, &ids, &from, brought);
        };
        if !seen.insert(short(next.as_str().as_bytes())) {
            return Err(Fault::lasting(&from, "the next links loop: this one was followed before").into());
        }
        if brought.pages >= transport.limits().pages {
            return Err(Fault::lasting(&from, format!("there are more than {} pages", brought.pages)).into());
        }
        url = next;
    }
}

const NAMELESS: &str = "a resource has no id, so it could not be told from others";

/// The distinct ids a search brought, by their digests.
type Ids = HashSet<Short>;

/// Takes one entry of a page. `Err(None)`: it has no id.
fn take(
    resource: &Value,
    kind: &str,
    sheet: &mut Sheet,
    ids: &mut Ids,
    brought: &mut Brought,
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

/// That the pages held as many resources as the server says there are.
fn complete(total: Option<u64>, ids: &Ids, last: &reqwest::Url, mut brought: Brought) -> Result<Brought, FetchError> {
    let had = ids.len() as u64;
    match total {
        Some(total) if had < total => {
            let kind = brought.kind;
            let missing = total - had;
            let cause =
                format!("the last page has no next link, but {missing} of {total} {kind} resources are missing");
            Err(Fault::lasting(last, cause).into())
        }
        Some(_) => Ok(brought),
        None => {
            brought.uncounted = true;
            Ok(brought)
        }
    }
}
