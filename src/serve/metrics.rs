//! Figures of the running program, as Prometheus reads them. None of them holds anything that was asked.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::App;
use super::extract::Query;
use super::problem::Problem;

/// What is counted.
#[derive(Debug, Default)]
pub struct Metrics;

/// `GET /metrics`.
pub(super) async fn page(State(_): State<Arc<App>>, _: Query<()>) -> Result<Response, Problem> {
    Err(Problem::NoSuchRoute)
}
