//! Calls a handler with the state of one of several hospitals.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::Method;
use axum::http::header::CONTENT_LENGTH;
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use tower::{Layer, ServiceExt};
use tower_http::catch_panic::CatchPanicLayer;

use crate::serve::http::problem::Problem;
use crate::serve::state::AppState;

/// The answer where a handler panicked.
pub(crate) fn answer_panic(_: Box<dyn std::any::Any + Send>) -> Response {
    Problem::Internal.into_response()
}

/// Calls `handler` with the state of one of several hospitals.
pub(crate) async fn call_with_state(
    handler: &MethodRouter<Arc<AppState>>,
    app: &Arc<AppState>,
    request: Request,
) -> Response {
    let is_head = request.method() == Method::HEAD;
    let handler = CatchPanicLayer::custom(answer_panic).layer(handler.clone().with_state(Arc::clone(app)));
    let mut response = handler.oneshot(request).await.map_or_else(|never| match never {}, IntoResponse::into_response);
    // The handler takes itself for the outermost service and gives the length of its body, which is not the last one.
    if !is_head || response.extensions().get::<Problem>().is_some() {
        response.headers_mut().remove(CONTENT_LENGTH);
    }
    response
}
