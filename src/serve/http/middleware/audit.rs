//! Audits requests: one line for each that somebody may have to trace later.

use axum::RequestExt;
use axum::extract::{RawPathParams, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::provider::ProviderId;
use crate::serve::audit_log;
use crate::serve::http::middleware::answer;
use crate::serve::http::middleware::pipeline_state::PipelineState;
use crate::serve::http::problem::Problem;
use crate::serve::http::route::RouteMethod;
use crate::serve::http::work_pool::to_its_end;

/// Answers a request in its own task, and audits it.
///
/// Dropping the connection cancels the request, but a ledger write may already have committed. So
/// such a request runs to its end: what is stored is audited, logged and counted.
pub(crate) async fn answer_to_the_end(state: PipelineState, request: Request, next: Next) -> Response {
    let running = async move { answer_and_audit(&state, request, next).await };
    to_its_end(running).await.unwrap_or_else(|_| Problem::Internal.into_response())
}

/// Answers a request and writes its audit line.
pub(crate) async fn answer_and_audit(state: &PipelineState, mut request: Request, next: Next) -> Response {
    let replaces = state.route().is_some_and(|route| route.method == RouteMethod::Put);
    let provider = if replaces { provider_in_path(&mut request).await } else { None };
    let answered = answer::answer(state, request, next).await;
    let status = answered.response.status();
    let provider = provider.filter(|_| status.is_success());
    let of_route = || state.route().and_then(|route| route.policy.audit).unwrap_or_default();
    let label = answered.action.map_or_else(of_route, |action| action.0);
    let hospital = answered.hospital.as_ref();
    audit_log::write(&answered.principal, hospital, label, (status, &answered.request_id), provider.as_ref());
    answered.response
}

/// The provider id in a path.
async fn provider_in_path(request: &mut Request) -> Option<ProviderId> {
    let params = request.extract_parts::<RawPathParams>().await.ok()?;
    params.iter().find(|(name, _)| *name == "id").and_then(|(_, value)| value.parse().ok())
}
