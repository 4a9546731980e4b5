//! What every request passes through, from the outside in: [`audit`], [`answer`], [`admit`], then the handler.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::serve::http::middleware::pipeline_state::PipelineState;

pub(crate) mod admit;
pub(crate) mod answer;
pub(crate) mod audit;
pub(crate) mod pipeline_state;
pub(crate) mod render_problem;

/// Runs one request for the route, or for what is no route, of `state`.
pub(crate) async fn run(State(state): State<PipelineState>, request: Request, next: Next) -> Response {
    match state.route().and_then(|route| route.policy.audit) {
        Some(label) => audit::answer_and_audit(state, label, request, next).await,
        None => answer::answer(&state, request, next).await.response,
    }
}
