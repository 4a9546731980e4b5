//! Bodies of answers.

use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, StatusCode};
use serde::Serialize;

use crate::serve::http::problem::Problem;

/// `wire` as bytes.
pub(crate) fn rendered(wire: &impl Serialize) -> Result<Bytes, Problem> {
    let mut body = Vec::with_capacity(USUAL_BODY);
    serde_json::to_writer(&mut body, wire).map_err(|error| {
        tracing::error!(%error, "an answer could not be written as JSON");
        Problem::Internal
    })?;
    // Answers are kept, so they hold no more memory than they fill.
    body.shrink_to_fit();
    Ok(Bytes::from(body))
}

/// Room for an answer with twenty matches, which takes 35 KB on average: space that need not grow while it is written.
pub(crate) const USUAL_BODY: usize = 48 * 1024;

/// A body that says it is JSON.
pub(crate) fn json_body(body: Bytes) -> (StatusCode, [(HeaderName, &'static str); 1], Bytes) {
    (StatusCode::OK, [(CONTENT_TYPE, "application/json")], body)
}
