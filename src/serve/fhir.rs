//! The published directory as FHIR R4, in the profiles of Da Vinci PDEX Plan-Net (STU 1.1); read
//! only.
//!
//! It shows what the last refresh published, without live statements. `search_params` defines the
//! resource types and their search parameters, `ids` the ids of resources, `view` holds one
//! generation as resources, `query` parses a search, `search` answers it from columns, `resources`
//! writes the resources found, `bundle` builds the page.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HOST};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::api_keys::Principal;
use crate::catalog::Catalog;
use crate::serve::fhir::context::FhirContext;
use crate::serve::fhir::format::{CONTENT, only_format, takes_json};
use crate::serve::fhir::search_params::ResourceType;
use crate::serve::http::answer_metadata::AnswerMetadata;
use crate::serve::http::body::rendered;
use crate::serve::http::extract::CurrentPrincipal;
use crate::serve::http::headers;
use crate::serve::http::problem::Problem;
use crate::serve::openapi::fhir_schemas::{FhirFormat, FhirResource, FhirType, SearchBundle};
use crate::serve::state::AppState;

pub(crate) mod bundle;
pub(crate) mod capability;
pub(crate) mod codes;
pub(crate) mod context;
pub(crate) mod escapes;
pub(crate) mod format;
pub(crate) mod ids;
pub(crate) mod near;
pub(crate) mod outcome;
pub(crate) mod query;
pub(crate) mod resources;
pub(crate) mod search;
pub(crate) mod search_params;
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
    params(("_format" = Option<FhirFormat>, Query, description = "Format of the answer; if omitted, the Accept header decides.")),
    responses((status = 200, description = "The CapabilityStatement", body = FhirResource, content_type = "application/fhir+json")),
)]
pub(crate) async fn capabilities(
    State(app): State<Arc<AppState>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    only_format(&uri, &headers)?;
    let statement = rendered(&capability::statement(&base(&app, &headers)))?;
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
    takes_json(&uri, &headers)?;
    let (kind, _) = named(&uri)?;
    let base = base(&app, &headers);
    let search = query::parse(kind, uri.query().unwrap_or_default(), &base).map_err(Problem::NotASearch)?;
    let (catalog, body) = with_view(&app, &caller, move |ground| {
        rendered(&bundle::answer(ground, &search, &base, ground.catalog.manifest().built_at)?)
    })
    .await?;
    let mut response = fhir_json(body);
    // A search may reveal which patient it is for.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.extensions_mut().insert(answer_metadata(&catalog));
    Ok(response)
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
    ),
    responses((status = 200, description = "The resource", body = FhirResource, content_type = "application/fhir+json")),
)]
pub(crate) async fn read(
    State(app): State<Arc<AppState>>,
    CurrentPrincipal(caller): CurrentPrincipal,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    only_format(&uri, &headers)?;
    let (kind, id) = named(&uri)?;
    let (catalog, resource) = with_view(&app, &caller, move |ground| {
        let item = ground.find(kind, &id).ok_or(Problem::NoSuchResource)?;
        resources::resource(ground, item).ok_or(Problem::Internal)
    })
    .await?;
    let tag = format!("\"{}\"", resources::version(catalog.manifest()));
    let mut response = if headers::if_none_match(&headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        fhir_json(rendered(&resource)?)
    };
    let held = response.headers_mut();
    held.insert(ETAG, HeaderValue::from_str(&format!("W/{tag}")).map_err(|_| Problem::Internal)?);
    held.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response.extensions_mut().insert(answer_metadata(&catalog));
    Ok(response)
}

/// Queries the published generation, without live statements, in the work pool: the first query of
/// a generation takes a second, and those that count millions of affiliations tens of milliseconds.
async fn with_view<T: Send + 'static>(
    app: &Arc<AppState>,
    caller: &Principal,
    ask: impl FnOnce(FhirContext<'_>) -> Result<T, Problem> + Send + 'static,
) -> Result<(Arc<Catalog>, T), Problem> {
    let catalog = app.catalog()?;
    let (asking, asked) = (Arc::clone(app), Arc::clone(&catalog));
    let answer = app.heavy.run(caller, move || {
        let view = asking.fhir.of(&asked);
        ask(FhirContext { catalog: &asked, view: &view })
    });
    let answer = answer.await??;
    Ok((catalog, answer))
}

fn answer_metadata(catalog: &Catalog) -> AnswerMetadata {
    let manifest = catalog.manifest();
    AnswerMetadata { generation: manifest.generation.clone(), built_at: manifest.built_at, ..AnswerMetadata::default() }
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
fn base(app: &AppState, headers: &HeaderMap) -> String {
    if let Some(url) = &app.edge.public_url {
        return format!("{}/fhir", url.trim_end_matches('/'));
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || b".-:[]".contains(&b);
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = host.filter(|host| !host.is_empty() && host.bytes().all(plain)).unwrap_or("localhost");
    let scheme = if app.edge.tls.is_some() { "https" } else { "http" };
    format!("{scheme}://{host}/fhir")
}
