//! Signing in to the pages with a key, and out again.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use crate::serve::App;
use crate::serve::problem::Problem;

/// The form.
pub(super) async fn form(State(_): State<Arc<App>>) -> Result<Response, Problem> {
    Err(Problem::NoSuchRoute)
}

/// Begins a session.
pub(super) async fn begin(State(_): State<Arc<App>>) -> Result<Response, Problem> {
    Err(Problem::NoSuchRoute)
}

/// Ends it.
pub(super) async fn end(State(_): State<Arc<App>>) -> Result<Response, Problem> {
    Err(Problem::NoSuchRoute)
}
