//! Response bodies.

use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, StatusCode};
use serde::Serialize;

use crate::serve::http::problem::Problem;

/// Writes `wire` as JSON.
pub(crate) fn rendered(wire: &impl Serialize) -> Result<Bytes, Problem> {
    let mut body = Vec::with_capacity(USUAL_BODY);
    serde_json::to_writer(&mut body, wire).map_err(|error| {
        tracing::error!(%error, "an answer could not be written as JSON");
        Problem::Internal
    })?;
    // Answers are cached, so they should hold no spare memory.
    body.shrink_to_fit();
    Ok(Bytes::from(body))
}

/// Initial capacity, in bytes. An answer with twenty matches takes 35 KB on average, so the buffer
/// rarely grows.
pub(crate) const USUAL_BODY: usize = 48 * 1024;

/// A body with the content type of JSON.
pub(crate) fn json_body(body: Bytes) -> (StatusCode, [(HeaderName, &'static str); 1], Bytes) {
    (StatusCode::OK, [(CONTENT_TYPE, "application/json")], body)
}
