//! Audited requests run to their end.

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

/// Answers a request and writes its line of the audit under `label`.
///
/// When a caller hangs up its request is dropped, but what it began in the ledger may be kept. So an audited request runs in a task of
/// its own: what is kept is audited, logged and counted.
pub(crate) async fn answer_and_audit(
    state: PipelineState,
    label: &'static str,
    mut request: Request,
    next: Next,
) -> Response {
    let running = async move {
        let replaces = state.route().is_some_and(|route| route.method == RouteMethod::Put);
        let provider = if replaces { provider_in_path(&mut request).await } else { None };
        let answered = answer::answer(&state, request, next).await;
        let status = answered.response.status();
        let provider = provider.filter(|_| status.is_success());
        audit_log::write(&answered.principal, label, status, &answered.request_id, provider.as_ref());
        answered.response
    };
    to_its_end(running).await.unwrap_or_else(|_| Problem::Internal.into_response())
}

/// The provider that a path names.
async fn provider_in_path(request: &mut Request) -> Option<ProviderId> {
    let params = request.extract_parts::<RawPathParams>().await.ok()?;
    params.iter().find(|(name, _)| *name == "id").and_then(|(_, value)| value.parse().ok())
}
