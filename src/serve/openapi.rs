//! The OpenAPI document, and the page that shows it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::App;
use super::problem::Problem;

/// `GET /openapi.json`.
pub(super) async fn document(State(_): State<Arc<App>>) -> Result<Response, Problem> {
    Err(Problem::NoSuchRoute)
}

/// `GET /docs`.
pub(super) async fn docs(State(_): State<Arc<App>>) -> Result<Response, Problem> {
    Err(Problem::NoSuchRoute)
}
