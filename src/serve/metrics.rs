//! Figures of the running program, as Prometheus reads them. None of them holds anything that was asked.
//!
//! What happens is counted here as it does; what is a state, such as the age of the directory, is looked up when the figures are asked
//! for. Nothing is global: each [`AppState`] counts for itself.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

use crate::serve::http::extract::StrictQuery;
use crate::serve::http::problem::Problem;
use crate::serve::state::AppState;

pub(crate) mod counters;
pub(crate) mod states;

/// Read the figures
///
/// What Prometheus reads: requests, matches, zero results by reason, the age of the directory and its sources, and more. None holds anything that was asked.
#[utoipa::path(
    get,
    path = "/metrics",
    operation_id = "metrics",
    tag = "operations",
    responses((status = 200, description = "The figures", body = String, content_type = "application/openmetrics-text")),
)]
pub(crate) async fn page(State(app): State<Arc<AppState>>, _: StrictQuery<()>) -> Result<Response, Problem> {
    let mut registry = Registry::with_prefix("placement");
    app.metrics.register(&mut registry);
    states::register(&app, &mut registry);
    let mut text = String::with_capacity(64 * 1024);
    encode(&mut text, &registry).map_err(|error| {
        tracing::error!(%error, "the figures could not be written");
        Problem::Internal
    })?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(CONTENT_TYPE, kind)], text).into_response())
}
