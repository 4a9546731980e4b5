//! Handlers without a question: providers, vocabularies and the directory itself. Their ETag is the
//! generation, with the version of the program that renders it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, ETAG, LINK};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::catalog::Catalog;
use crate::matching::candidate::Directory;
use crate::overlay::statement_terms::term_of;
use crate::serve::api::name_search::NameSearch;
use crate::serve::api::provider_search::{ProviderList, ProviderSearch};
use crate::serve::http::answer_metadata::AnswerMetadata;
use crate::serve::http::body::{json_body, rendered};
use crate::serve::http::extract::{ProviderPath, StrictQuery};
use crate::serve::http::headers::if_none_match;
use crate::serve::http::problem::Problem;
use crate::serve::json::directory::DirectoryDetailJson;
use crate::serve::json::provider::{ProviderNamesJson, ProviderPageJson};
use crate::serve::json::report::AnswerContext;
use crate::serve::json::vocabulary::{NeedsJson, NetworksJson, PlansJson, ServicesJson};
use crate::serve::state::AppState;
use crate::service::Service;

/// Read one provider
///
/// One provider with every fact: the value, its source and date, and the values of other sources.
#[utoipa::path(
    get,
    path = "/v1/providers/{id}",
    operation_id = "read_provider",
    tag = "directory",
    params(("id" = String, Path, description = "A provider's id: `ccn:` and six characters, `npi:` and ten digits, or `fhir:`, a payer's directory, `:` and its id there.")),
    responses((status = 200, description = "The provider", body = ProviderPageJson)),
)]
pub(crate) async fn provider(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    ProviderPath(id): ProviderPath,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let served = app.served()?;
    let provider = served.provider_of(&id, served.today()).ok_or(Problem::NoSuchProvider)?;
    // Live statements expire by day, so with them the day is part of the ETag.
    let told = served.layer_tag().map(|told| format!("/{told}/{}", served.today())).unwrap_or_default();
    let listed = |service| served.base().terms_listed(&provider.id, service);
    let page = ProviderPageJson::new(&provider, listed, AnswerContext::from(&*served));
    fresh(&headers, served.base(), &told, &page.with_term(term_of(&served, &provider.id)))
}

/// Find providers by name, or list them
///
/// With `name`, the closest names; typos are tolerated. Without it, every provider of a service, a
/// state or a ZIP code, or of the whole directory, page by page: send `next_cursor` as `cursor`, with
/// the same filters, until it is null; the header `Link` has the address of the next page. The order
/// is the same as long as the directory is. Ten minutes after a new directory, or at the next, the list
/// ends with `stale_cursor`: begin again. A page may have fewer providers than `limit`, or none, before the last.
#[utoipa::path(
    get,
    path = "/v1/providers",
    operation_id = "find_providers",
    tag = "directory",
    params(
        ("name" = Option<String>, Query, description = "The name, or its beginning. Not together with the filters.", min_length = 1, max_length = 200),
        ("service" = Option<Service>, Query, description = "Providers that offer this service."),
        ("state" = Option<String>, Query, description = "Providers with an address in this state: its two letters or its name.", max_length = 300),
        ("zip" = Option<String>, Query, description = "Providers with an address in this ZIP code; not those that serve it from elsewhere."),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before."),
        ("limit" = Option<u32>, Query, description = "How many to return at most; 10 if omitted.", minimum = 1, maximum = 100),
    ),
    responses(
        (status = 200, description = "The closest names, best first; or a page of the list", body = ProviderNamesJson, links(
            ("ReadProvider" = (operation_id = "read_provider", parameters(("id" = "$response.body#/providers/0/id")), description = "The first of them, in full.")),
        )),
    ),
)]
pub(crate) async fn providers(
    State(app): State<Arc<AppState>>,
    StrictQuery(search): StrictQuery<ProviderSearch>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let catalog = app.catalog()?;
    let list = match search {
        ProviderSearch::Named(NameSearch { name, limit }) => {
            let hits = catalog.search_names(&name, limit);
            return fresh(&headers, &catalog, "", &ProviderNamesJson::new(&hits, None, AnswerContext::from(&*catalog)));
        }
        ProviderSearch::Listed(list) => list,
    };
    let (catalog, first) = first_record(&app, catalog, &list).await?;
    let page = catalog.list_providers(&list.filter, first, list.limit);
    let next = page.next.map(|record| list.cursor_at(&catalog, record));
    let wire = ProviderNamesJson::new(&page.providers, next.as_deref(), AnswerContext::from(&*catalog));
    let mut response = fresh(&headers, &catalog, "", &wire)?;
    if let Some(next) = next {
        let link = format!("<{}>; rel=\"next\"", list.address_of(&next));
        response.headers_mut().insert(LINK, HeaderValue::from_str(&link).map_err(|_| Problem::Internal)?);
    }
    Ok(response)
}

/// The directory that the cursor of `list` is of, and the record where its page begins: the one served, or the one before it.
async fn first_record(app: &AppState, served: Arc<Catalog>, list: &ProviderList) -> Result<(Arc<Catalog>, u32), Problem> {
    let stale = match list.first_record(&served) {
        Ok(first) => return Ok((served, first)),
        Err(stale) => stale,
    };
    let previous = app.live.previous_catalog();
    let found = previous.and_then(|previous| list.first_record(&previous).ok().map(|first| (previous, first)));
    match found {
        Some(found) => Ok(found),
        None if app.is_behind().await => Err(Problem::Busy),
        None => Err(stale),
    }
}

/// List the services
///
/// Every kind of post-acute care, whether the patient or the provider travels, and how many
/// providers offer it.
#[utoipa::path(
    get,
    path = "/v1/services",
    operation_id = "list_services",
    tag = "directory",
    responses((status = 200, description = "The services", body = ServicesJson)),
)]
pub(crate) async fn services(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let catalog = app.catalog()?;
    fresh(&headers, &catalog, "", &ServicesJson::new(catalog.manifest()))
}

/// List the needs and limits
///
/// The needs of patients and the limits of providers, with labels and codes.
#[utoipa::path(
    get,
    path = "/v1/needs",
    operation_id = "list_needs",
    tag = "directory",
    responses((status = 200, description = "The vocabulary", body = NeedsJson)),
)]
pub(crate) async fn needs(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let catalog = app.catalog()?;
    fresh(&headers, &catalog, "", &NeedsJson::whole())
}

/// List the networks
///
/// Every network of the directory with its payer and its source.
#[utoipa::path(
    get,
    path = "/v1/networks",
    operation_id = "list_networks",
    tag = "directory",
    responses((status = 200, description = "The networks", body = NetworksJson)),
)]
pub(crate) async fn networks(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let catalog = app.catalog()?;
    fresh(&headers, &catalog, "", &NetworksJson::new(AnswerContext::from(&*catalog)))
}

/// Find plans by name
///
/// Plans with their payers and networks, by words of the name in any order.
#[utoipa::path(
    get,
    path = "/v1/plans",
    operation_id = "find_plans",
    tag = "directory",
    params(
        ("name" = String, Query, description = "Words of the name.", min_length = 1, max_length = 200),
        ("limit" = Option<u32>, Query, description = "How many to return at most; 10 if omitted.", minimum = 1, maximum = 100),
    ),
    responses((status = 200, description = "The closest names, best first", body = PlansJson)),
)]
pub(crate) async fn plans(
    State(app): State<Arc<AppState>>,
    StrictQuery(search): StrictQuery<NameSearch>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let catalog = app.catalog()?;
    fresh(&headers, &catalog, "", &PlansJson::new(&search.name, search.limit, AnswerContext::from(&*catalog)))
}

/// Read the state of the directory
///
/// What the directory was made from, and the age of each source. Ages count in days, so the day is
/// part of the ETag.
#[utoipa::path(
    get,
    path = "/v1/directory",
    operation_id = "read_directory",
    tag = "directory",
    responses((status = 200, description = "The directory", body = DirectoryDetailJson)),
)]
pub(crate) async fn directory(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let catalog = app.catalog()?;
    let today = app.today();
    fresh(&headers, &catalog, &format!("/{today}"), &DirectoryDetailJson::new(catalog.manifest(), today))
}

/// `answer`, or 304 if the caller has it. `more` is what else than the generation determines it.
fn fresh(headers: &HeaderMap, catalog: &Catalog, more: &str, answer: &impl Serialize) -> Result<Response, Problem> {
    let tag = format!("\"{}/{}{more}\"", catalog.generation(), env!("CARGO_PKG_VERSION"));
    let mut response = if if_none_match(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        json_body(rendered(answer)?).into_response()
    };
    let held = response.headers_mut();
    held.insert(ETAG, HeaderValue::from_str(&tag).map_err(|_| Problem::Internal)?);
    held.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response.extensions_mut().insert(AnswerMetadata::of(catalog.manifest()));
    Ok(response)
}
