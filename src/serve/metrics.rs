//! Metrics of the running program, for Prometheus. None reveals anything that was asked.
//!
//! Events are counted as they happen; states, such as the age of the directory, are looked up when
//! the metrics are requested. Nothing is global: each [`AppState`] has its own counts.

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
pub(crate) mod last_refresh;
pub(crate) mod states;

/// Read the metrics
///
/// Metrics for Prometheus: requests, matches, zero results by reason, the age of the directory and
/// its sources, and more. None reveals anything that was asked.
#[utoipa::path(
    get,
    path = "/metrics",
    operation_id = "metrics",
    tag = "operations",
    responses((status = 200, description = "The metrics", body = String, content_type = "application/openmetrics-text")),
)]
pub(crate) async fn page(State(app): State<Arc<AppState>>, _: StrictQuery<()>) -> Result<Response, Problem> {
    let index = app.catalog.index().to_owned();
    let last = tokio::task::spawn_blocking(move || last_refresh::read(&index)).await.map_err(|_| Problem::Internal)?;
    let mut registry = Registry::with_prefix("placement");
    app.metrics.register(&mut registry);
    states::register(&app, &mut registry);
    last_refresh::register(last.as_ref(), &mut registry);
    let mut text = String::with_capacity(64 * 1024);
    encode(&mut text, &registry).map_err(|error| {
        tracing::error!(%error, "the metrics could not be encoded");
        Problem::Internal
    })?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(CONTENT_TYPE, kind)], text).into_response())
}
