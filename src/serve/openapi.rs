//! The OpenAPI document, and the page that shows it.
//!
//! The document is made of what stands at the handlers (`utoipa::path`), of the schemas of what they read and write, and of
//! [`surface::TABLE`]: which routes there are, who may call them, and what can go wrong. It is kept in `docs/openapi.json`; a test holds the two equal.

use std::sync::{Arc, LazyLock};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, ETAG};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use utoipa::OpenApi;
use utoipa::openapi::path::{HttpMethod, Operation};
use utoipa::openapi::{Components, OpenApiBuilder, Paths, Ref, RefOr};

use super::extract::Query;
use super::lookups::holds;
use super::pages::frame::{Frame, Section};
use super::pages::{Holds, html};
use super::problem::{Problem, ProblemWire};
use super::surface::{self, Row, Verb};
use super::{App, batch, cds_hooks, choice_lists, json_body, lookups, metrics, outcomes, questions, ready, statements};
use crate::provider::first_eight;

mod about;
pub mod examples;
pub mod facts;
pub mod fhir;
mod headers;
mod page;
mod pages;
mod problems;
mod prose;
pub mod question;
mod schemas;
mod shape;
pub mod told;
pub mod words;

use examples::Example;
use page::DocsPage;
use problems::Route;

/// What stands at the handlers.
#[derive(Debug, OpenApi)]
#[openapi(
    paths(
        questions::matches,
        batch::matches,
        questions::explain,
        choice_lists::create,
        choice_lists::again,
        lookups::providers,
        lookups::provider,
        lookups::directory,
        lookups::services,
        lookups::needs,
        lookups::networks,
        lookups::plans,
        statements::availability,
        statements::set_availability,
        statements::statements,
        statements::set_statements,
        outcomes::report,
        cds_hooks::services,
        cds_hooks::card,
        cds_hooks::feedback,
        super::fhir::capabilities,
        super::fhir::search,
        super::fhir::read,
        document,
        ready::livez,
        ready::readyz,
        metrics::page,
    ),
    components(schemas(ProblemWire, fhir::FhirFormat, fhir::FhirType, fhir::OperationOutcome))
)]
struct Handlers;

/// The whole document, with these examples.
fn written(examples: &[Example]) -> utoipa::openapi::OpenApi {
    let handlers = Handlers::openapi();
    let mut components = handlers.components.unwrap_or_default();
    components.schemas.insert("Form".to_owned(), pages::form().into());
    components.headers = headers::components();
    components.add_security_schemes_from_iter(about::security_schemes());
    let mut paths = Paths::new();
    for row in &surface::TABLE {
        let described = handlers.paths.get_path_operation(row.path, method(row.method)).cloned();
        let operation = described.unwrap_or_else(|| pages::operation(row));
        paths.add_path_operation(
            row.path,
            vec![method(row.method)],
            finished(row, operation, &mut components, examples),
        );
    }
    OpenApiBuilder::new()
        .info(about::info())
        .servers(Some(about::servers()))
        .tags(Some(about::tags()))
        .paths(paths)
        .components(Some(components))
        .build()
}

fn method(verb: Verb) -> HttpMethod {
    match verb {
        Verb::Get => HttpMethod::Get,
        Verb::Post => HttpMethod::Post,
        Verb::Put => HttpMethod::Put,
    }
}

/// `operation` with everything its row decides: who may call it, its headers, what can go wrong; and its examples.
fn finished(row: &Row, mut operation: Operation, components: &mut Components, examples: &[Example]) -> Operation {
    operation.security = Some(about::security(row));
    if row.deed == "fhir.search" {
        fhir::add_parameters(&mut operation);
    }
    headers::add(row, &mut operation);
    for (status, (name, response)) in problems::responses(Route { row, operation: &operation }) {
        match operation.responses.responses.get_mut(&status) {
            // What the handler says of the status stands beside the problems of it.
            Some(RefOr::T(own)) => {
                own.description = format!("{} Or a problem: {}", own.description, response.description);
                own.content.extend(response.content);
            }
            Some(RefOr::Ref(_)) => {}
            None => {
                operation.responses.responses.insert(status, RefOr::Ref(Ref::from_response_name(&name)));
                components.responses.insert(name, RefOr::T(response));
            }
        }
    }
    examples::add(examples, row.path, &mut operation);
    operation
}

/// The document as it is sent, and its ETag.
static DOCUMENT: LazyLock<(Bytes, String)> = LazyLock::new(|| {
    let text = text(&examples::all());
    let tag = format!("\"{:016x}\"", first_eight(&Sha256::digest(&text)));
    (Bytes::from(text), tag)
});

/// The document with these examples as JSON, as it is kept and sent.
pub fn text(examples: &[Example]) -> String {
    // Nothing in it can fail to be written; an empty document would fail the test that compares it.
    written(examples).to_pretty_json().map(|text| text + "\n").unwrap_or_default()
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
pub(super) async fn document(_: Query<()>, headers: HeaderMap) -> Result<Response, Problem> {
    let (text, tag) = &*DOCUMENT;
    let mut response = if holds(&headers, tag) {
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
pub(super) async fn docs(State(app): State<Arc<App>>, _: Query<()>) -> Result<Response, Problem> {
    let frame = Frame::new(&app, app.live.catalog().as_deref(), Section::Elsewhere, "The API");
    html(StatusCode::OK, &DocsPage { frame, body: &page::BODY }, Holds::Nothing)
}
