//! The published directory as FHIR R4, in the profiles of Da Vinci PDEX Plan-Net (STU 1.1); read
//! only.
//!
//! It shows what the last refresh published, without live statements. `search_params` defines the
//! resource types and their search parameters, `ids` the ids of resources, `view` holds one
//! generation as resources, `query` parses a search, `search` answers it from columns, `resources`
//! writes the resources found, `bundle` builds the page. `export` answers with all resources as
//! files.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;

use crate::api_keys::Principal;
use crate::catalog::Catalog;
use crate::serve::fhir::context::FhirContext;
use crate::serve::fhir::format::{CONTENT, only_format, prefers, takes_json};
use crate::serve::fhir::search_params::ResourceType;
use crate::serve::http::answer_metadata::AnswerMetadata;
use crate::serve::http::body::rendered;
use crate::serve::http::extract::{CurrentPrincipal, is_of_type};
use crate::serve::http::headers;
use crate::serve::http::problem::Problem;
use crate::serve::http::request_body::ArrivedBody;
use crate::serve::openapi::fhir_schemas::{FhirFormat, FhirResource, FhirType, SearchBundle, SearchForm};
use crate::serve::own_address::own_address;
use crate::serve::state::AppState;

pub(crate) mod bulk;
pub(crate) mod bundle;
pub(crate) mod capability;
pub(crate) mod codes;
pub(crate) mod conditions;
pub(crate) mod context;
pub(crate) mod elements;
pub(crate) mod escapes;
pub(crate) mod export;
pub(crate) mod filters;
pub(crate) mod format;
pub(crate) mod identifiers;
pub(crate) mod ids;
pub(crate) mod near;
pub(crate) mod outcome;
pub(crate) mod query;
pub(crate) mod resources;
pub(crate) mod search;
pub(crate) mod search_params;
pub(crate) mod sorting;
pub(crate) mod subset;
pub(crate) mod text;
pub(crate) mod view;
pub(crate) mod view_cache;

/// Read the capabilities of the FHIR view
///
/// The CapabilityStatement, generated from the tables that the search uses.
#[utoipa::path(
    get,
    path = "/fhir/metadata",
    operation_id = "fhir_capabilities",
    tag = "fhir",
    params(
        ("_format" = Option<FhirFormat>, Query, description = "Format of the answer; if omitted, the Accept header decides."),
        ("_pretty" = Option<bool>, Query, description = "Whether the JSON is indented."),
    ),
    responses((status = 200, description = "The CapabilityStatement", body = FhirResource, content_type = "application/fhir+json")),
)]
pub(crate) async fn capabilities(
    State(app): State<Arc<AppState>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let is_pretty = only_format(&uri, &headers)?;
    let statement = written(&capability::statement(&base(&app, &headers)), is_pretty)?;
    let mut response = fhir_json(statement);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}

/// Search resources of a type
///
/// A `searchset` Bundle of one page, with a link to the next. Each type has its own search
/// parameters; unknown parameters are rejected.
#[utoipa::path(
    get,
    path = "/fhir/{type}",
    operation_id = "fhir_search",
    tag = "fhir",
    params(("type" = FhirType, Path, description = "The resource type.")),
    responses((status = 200, description = "The page", body = SearchBundle, content_type = "application/fhir+json")),
)]
pub(crate) async fn search(
    State(app): State<Arc<AppState>>,
    CurrentPrincipal(caller): CurrentPrincipal,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    answer_search(&app, &caller, &uri, &headers, uri.query().unwrap_or_default()).await
}

/// Search resources of a type by a form
///
/// The same as a search by its URL, with the parameters in the body, in the URL or in both. For
/// searches that are too long for a URL.
#[utoipa::path(
    post,
    path = "/fhir/{type}/_search",
    operation_id = "fhir_search_by_form",
    tag = "fhir",
    params(("type" = FhirType, Path, description = "The resource type.")),
    request_body(content = SearchForm, content_type = "application/x-www-form-urlencoded", description = "The parameters of the search."),
    responses((status = 200, description = "The page", body = SearchBundle, content_type = "application/fhir+json")),
)]
pub(crate) async fn search_by_form(
    State(app): State<Arc<AppState>>,
    CurrentPrincipal(caller): CurrentPrincipal,
    uri: Uri,
    headers: HeaderMap,
    ArrivedBody(body): ArrivedBody,
) -> Result<Response, Problem> {
    if !body.is_empty() && !is_of_type(&headers, "application/x-www-form-urlencoded") {
        return Err(Problem::NotAForm);
    }
    // What is not UTF-8 is reported with its parameter.
    let body = String::from_utf8_lossy(&body);
    let query = [uri.query().unwrap_or_default(), body.trim()].join("&");
    answer_search(&app, &caller, &uri, &headers, &query).await
}

async fn answer_search(
    app: &Arc<AppState>,
    caller: &Principal,
    uri: &Uri,
    headers: &HeaderMap,
    query: &str,
) -> Result<Response, Problem> {
    takes_json(query, headers)?;
    let (kind, _) = named(uri)?;
    let base = base(app, headers);
    let is_lenient = prefers(headers, LENIENT);
    let search = query::parse(kind, query, &base, is_lenient).map_err(Problem::NotASearch)?;
    let catalog = match &search.cursor {
        Some((generation, _)) => app.catalog_of(generation).await?.ok_or(Problem::PageGone)?,
        None => app.catalog()?,
    };
    let body = with_view_of(app, caller, &catalog, move |ground| {
        let page = bundle::answer(ground, &search, &base, ground.catalog.manifest().built_at)?;
        written(&page, search.layout.is_pretty)
    })
    .await?;
    let mut response = fhir_json(body);
    // A search may reveal which patient it is for.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if is_lenient {
        response.headers_mut().insert("preference-applied", HeaderValue::from_static(LENIENT));
    }
    Ok(answered(&catalog, response))
}

/// Read one resource
///
/// A resource of the published directory. Its id does not change while the provider is in the
/// directory.
#[utoipa::path(
    get,
    path = "/fhir/{type}/{id}",
    operation_id = "fhir_read",
    tag = "fhir",
    params(
        ("type" = FhirType, Path, description = "The resource type."),
        ("id" = String, Path, description = "The id, as returned by a search."),
        ("_format" = Option<FhirFormat>, Query, description = "Format of the answer; if omitted, the Accept header decides."),
        ("_pretty" = Option<bool>, Query, description = "Whether the JSON is indented."),
        ("_summary" = Option<String>, Query, description = "Which elements: `true`, `text`, `data` or `false`."),
        ("_elements" = Option<String>, Query, description = "The names of the elements, with commas between."),
    ),
    responses((status = 200, description = "The resource", body = FhirResource, content_type = "application/fhir+json")),
)]
pub(crate) async fn read(
    State(app): State<Arc<AppState>>,
    CurrentPrincipal(caller): CurrentPrincipal,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let query = uri.query().unwrap_or_default();
    takes_json(query, &headers)?;
    let (kind, id) = named(&uri)?;
    let layout = query::parse_layout(kind, query).map_err(Problem::NotASearch)?;
    let (catalog, resource) = with_view(&app, &caller, move |ground| {
        let item = ground.find(kind, &id).ok_or(Problem::NoSuchResource)?;
        resources::resource(ground, item).ok_or(Problem::Internal)
    })
    .await?;
    let tag = format!("\"{}\"", resources::version(catalog.manifest()));
    let mut response = if headers::if_none_match(&headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        fhir_json(written(&layout.subset.of(kind, resource), layout.is_pretty)?)
    };
    let held = response.headers_mut();
    held.insert(ETAG, HeaderValue::from_str(&format!("W/{tag}")).map_err(|_| Problem::Internal)?);
    held.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(answered(&catalog, response))
}

/// The preference of a caller that wants unsupported parameters ignored (FHIR R4, 3.1.1.1.1).
const LENIENT: &str = "handling=lenient";

/// Queries the published generation, without live statements.
pub(crate) async fn with_view<T: Send + 'static>(
    app: &Arc<AppState>,
    caller: &Principal,
    ask: impl FnOnce(FhirContext<'_>) -> Result<T, Problem> + Send + 'static,
) -> Result<(Arc<Catalog>, T), Problem> {
    let catalog = app.catalog()?;
    let answer = with_view_of(app, caller, &catalog, ask).await?;
    Ok((catalog, answer))
}

/// Queries a generation, in the work pool: the first query of a generation takes a second, and those that count millions of
/// affiliations tens of milliseconds.
pub(crate) async fn with_view_of<T: Send + 'static>(
    app: &Arc<AppState>,
    caller: &Principal,
    catalog: &Arc<Catalog>,
    ask: impl FnOnce(FhirContext<'_>) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let (asking, asked) = (Arc::clone(app), Arc::clone(catalog));
    let answer = app.heavy.run(caller, move || {
        let view = asking.fhir.of(&asked);
        ask(FhirContext { catalog: &asked, view: &view })
    });
    answer.await?
}

/// `value` as JSON, indented for people if that is asked for.
pub(crate) fn written(value: &impl Serialize, is_pretty: bool) -> Result<Bytes, Problem> {
    if !is_pretty {
        return rendered(value);
    }
    serde_json::to_vec_pretty(value).map(Bytes::from).map_err(|_| Problem::Internal)
}

/// `response` with what the audit and the log say of an answer from `catalog`.
pub(crate) fn answered(catalog: &Catalog, response: impl IntoResponse) -> Response {
    let mut response = response.into_response();
    response.extensions_mut().insert(AnswerMetadata::of(catalog.manifest()));
    response
}

fn fhir_json(body: Bytes) -> Response {
    (StatusCode::OK, [(CONTENT_TYPE, CONTENT)], body).into_response()
}

/// A problem as an OperationOutcome.
pub(crate) fn problem_body(problem: &Problem, request_id: &str) -> Vec<u8> {
    let outcome: Value = outcome::outcome(problem, request_id);
    serde_json::to_vec(&outcome).unwrap_or_default()
}

/// The resource type and the id in a path.
fn named(uri: &Uri) -> Result<(ResourceType, String), Problem> {
    let mut steps = uri.path().trim_start_matches('/').split('/').skip(1);
    let kind = steps.next().and_then(ResourceType::named).ok_or(Problem::NoSuchType)?;
    Ok((kind, steps.next().unwrap_or_default().to_owned()))
}

/// The base URL of the view: `public_url` if it is set, else the host of this request.
pub(crate) fn base(app: &AppState, headers: &HeaderMap) -> String {
    let own = own_address(&app.edge, headers);
    format!("{}/fhir", own.as_ref().map_or("http://localhost", |own| own.url.as_str()))
}
