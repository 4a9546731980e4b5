//! `POST /v1/outcomes`: what became of a referral, with nothing about the patient.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::App;
use super::problem::Problem;

/// Keeps one outcome.
pub(super) async fn report(State(_): State<Arc<App>>) -> Result<Response, Problem> {
    Err(Problem::NoSuchRoute)
}
