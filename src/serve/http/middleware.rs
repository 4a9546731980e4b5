//! The middleware, from the outside in: [`audit`], [`answer`], [`admit`], then the handler.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::serve::http::middleware::pipeline_state::PipelineState;
use crate::serve::http::route::RoutePolicy;

pub(crate) mod admit;
pub(crate) mod answer;
pub(crate) mod audit;
pub(crate) mod pipeline_state;
pub(crate) mod render_problem;

/// Runs one request for the route of `state`, or for a path without a route.
pub(crate) async fn run(State(state): State<PipelineState>, request: Request, next: Next) -> Response {
    match state.route().map(|route| route.policy) {
        Some(RoutePolicy { runs_to_end: true, .. }) => audit::answer_to_the_end(state, request, next).await,
        Some(RoutePolicy { audit: Some(_), .. }) => audit::answer_and_audit(&state, request, next).await,
        _ => answer::answer(&state, request, next).await.response,
    }
}
