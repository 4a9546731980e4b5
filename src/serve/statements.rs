//! `GET` and `PUT /v1/providers/{id}/availability` and `/statements`: what a provider says of itself between nights.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::App;
use super::problem::Problem;

/// What is said of its room.
pub(super) async fn availability(State(_): State<Arc<App>>) -> Result<Response, Problem> {
    Err(Problem::NoSuchRoute)
}

/// Replaces what is said of its room.
pub(super) async fn set_availability(State(_): State<Arc<App>>) -> Result<Response, Problem> {
    Err(Problem::NoSuchRoute)
}

/// What is said of what it takes.
pub(super) async fn statements(State(_): State<Arc<App>>) -> Result<Response, Problem> {
    Err(Problem::NoSuchRoute)
}

/// Replaces what is said of what it takes.
pub(super) async fn set_statements(State(_): State<Arc<App>>) -> Result<Response, Problem> {
    Err(Problem::NoSuchRoute)
}
