//! The OpenAPI document, and the page that shows it.
//!
//! The document is made of what stands at the handlers (`utoipa::path`), of the schemas of what they read and write, and of
//! [`crate::serve::http::routes::TABLE`]: which routes there are, who may call them, and what can go wrong. It is kept in `docs/openapi.json`; a test holds the two equal.

use std::sync::{Arc, LazyLock};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, ETAG};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use utoipa::OpenApi;

use crate::provider::u64_prefix;
use crate::serve::api::{batch, lookup, matches, outcomes, ready, statements};
use crate::serve::http::body::json_body;
use crate::serve::http::extract::StrictQuery;
use crate::serve::http::headers::if_none_match;
use crate::serve::http::problem::Problem;
use crate::serve::http::problem::problem_json::ProblemJson;
use crate::serve::openapi::docs_page::DocsPage;
use crate::serve::openapi::document::written;
use crate::serve::openapi::examples::DocumentExample;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::pages::layout::{PageFrame, SiteSection};
use crate::serve::state::AppState;
use crate::serve::{cds_hooks, choice_lists, metrics};

pub(crate) mod about;
pub(crate) mod docs_page;
pub(crate) mod document;
pub(crate) mod enums;
pub mod examples;
pub(crate) mod facts;
pub(crate) mod fhir_schemas;
pub(crate) mod forms;
pub(crate) mod header_docs;
pub(crate) mod page_operations;
pub(crate) mod problems;
pub(crate) mod prose;
pub(crate) mod question_schemas;
pub(crate) mod schema_builder;
pub(crate) mod schemas;
pub(crate) mod statement_schemas;

/// What stands at the handlers.
#[derive(Debug, OpenApi)]
#[openapi(
    paths(
        matches::matches,
        batch::matches,
        matches::explain,
        choice_lists::create,
        choice_lists::again,
        lookup::providers,
        lookup::provider,
        lookup::directory,
        lookup::services,
        lookup::needs,
        lookup::networks,
        lookup::plans,
        statements::availability,
        statements::set_availability,
        statements::statements,
        statements::set_statements,
        outcomes::report,
        cds_hooks::services,
        cds_hooks::card,
        cds_hooks::feedback,
        crate::serve::fhir::capabilities,
        crate::serve::fhir::search,
        crate::serve::fhir::read,
        document,
        ready::livez,
        ready::readyz,
        metrics::page,
    ),
    components(schemas(ProblemJson, fhir_schemas::FhirFormat, fhir_schemas::FhirType, fhir_schemas::OperationOutcome))
)]
struct ApiDoc;

/// The document as it is sent, and its ETag.
static DOCUMENT: LazyLock<(Bytes, String)> = LazyLock::new(|| {
    let text = text(&examples::all());
    let tag = format!("\"{:016x}\"", u64_prefix(&Sha256::digest(&text)));
    (Bytes::from(text), tag)
});

/// The page that shows it, made once.
static PAGE: LazyLock<docs_page::DocsBody> = LazyLock::new(|| {
    let examples = examples::all();
    docs_page::body(&written(ApiDoc::openapi(), &examples), &examples)
});

/// The document with these examples as JSON, as it is kept and sent.
pub fn text(examples: &[DocumentExample]) -> String {
    // Nothing in it can fail to be written; an empty document would fail the test that compares it.
    written(ApiDoc::openapi(), examples).to_pretty_json().map(|text| text + "\n").unwrap_or_default()
}

/// This document, as JSON
///
/// OpenAPI 3.1, made from the program that answers. `/docs` shows it to people.
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "openapi_document",
    tag = "document",
    responses((status = 200, description = "The document", content_type = "application/json", body = serde_json::Value)),
)]
pub(crate) async fn document(_: StrictQuery<()>, headers: HeaderMap) -> Result<Response, Problem> {
    let (text, tag) = &*DOCUMENT;
    let mut response = if if_none_match(&headers, tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        json_body(text.clone()).into_response()
    };
    let held = response.headers_mut();
    held.insert(ETAG, HeaderValue::from_str(tag).map_err(|_| Problem::Internal)?);
    held.insert(CACHE_CONTROL, HeaderValue::from_static("public, no-cache"));
    Ok(response)
}

/// The document as a page.
pub(crate) async fn docs(State(app): State<Arc<AppState>>, _: StrictQuery<()>) -> Result<Response, Problem> {
    let frame = PageFrame::new(&app, app.live.catalog().as_deref(), SiteSection::Elsewhere, "The API");
    html(StatusCode::OK, &DocsPage { frame, body: &PAGE }, Sensitivity::Nothing)
}
