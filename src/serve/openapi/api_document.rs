//! The document, as JSON and as a page.

use std::sync::OnceLock;

use axum::body::Bytes;
use axum::http::header::{CACHE_CONTROL, ETAG};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use utoipa::openapi::OpenApi;

use crate::provider::u64_prefix;
use crate::serve::http::body::json_body;
use crate::serve::http::headers::if_none_match;
use crate::serve::http::problem::Problem;
use crate::serve::http::registered_route::RegisteredRoute;
use crate::serve::openapi::docs_page::{self, DocsBody, DocsPage};
use crate::serve::openapi::document::write_document;
use crate::serve::openapi::document_kind::DocumentKind;
use crate::serve::openapi::examples::DocumentExample;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::pages::layout::{PageFrame, SiteSection};
use crate::serve::state::AppState;

/// The OpenAPI document of some routes.
pub(crate) struct ApiDocument {
    document: OpenApi,
    page: DocsBody,
    /// The document as JSON, and its ETag.
    sent: OnceLock<(Bytes, String)>,
}

impl ApiDocument {
    /// The document of `routes` with these examples.
    pub(crate) fn new(kind: DocumentKind, routes: &'static [RegisteredRoute], examples: &[DocumentExample]) -> Self {
        let document = write_document(kind, routes, examples);
        let page = docs_page::body(routes, &document, examples);
        Self { document, page, sent: OnceLock::new() }
    }

    /// As JSON.
    pub(crate) fn text(&self) -> String {
        // It can always be written; an empty document would fail the test that compares it.
        self.document.to_pretty_json().map(|text| text + "\n").unwrap_or_default()
    }

    /// As JSON, or 304 if the caller has it.
    pub(crate) fn as_json(&self, headers: &HeaderMap) -> Result<Response, Problem> {
        let (text, tag) = self.sent.get_or_init(|| {
            let text = self.text();
            let tag = format!("\"{:016x}\"", u64_prefix(&Sha256::digest(&text)));
            (Bytes::from(text), tag)
        });
        let mut response = if if_none_match(headers, tag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            json_body(text.clone()).into_response()
        };
        let held = response.headers_mut();
        held.insert(ETAG, HeaderValue::from_str(tag).map_err(|_| Problem::Internal)?);
        held.insert(CACHE_CONTROL, HeaderValue::from_static("public, no-cache"));
        Ok(response)
    }

    /// As a page.
    pub(crate) fn as_page(&self, app: &AppState) -> Result<Response, Problem> {
        let frame = PageFrame::new(app, app.live.catalog().as_deref(), SiteSection::Elsewhere, "The API");
        html(StatusCode::OK, &DocsPage { frame, body: &self.page }, Sensitivity::Nothing)
    }
}
