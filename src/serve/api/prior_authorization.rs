//! The handler of the times of a prior authorization. Nothing is stored.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};

use crate::prior_authorization::AuthorizationDeadlines;
use crate::prior_authorization::facts::AuthorizationFacts;
use crate::prior_authorization::request::DeadlinesRequest;
use crate::serve::http::body::{json_body, rendered};
use crate::serve::http::extract::{StrictJson, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::json::prior_authorization::DeadlinesJson;
use crate::serve::state::AppState;

/// Say when a payer must decide
///
/// From the class of the payer, the kind of the request and when it was received: until when the decision is due, by how much the payer
/// may extend that, what a denial must say, and the steps after a denial, before a hospital discharge and at the end of services, each
/// with its citation and time. Where no rule is known the answer is to ask. Nothing is stored.
#[utoipa::path(
    post,
    path = "/v1/prior-authorizations/deadlines",
    operation_id = "prior_authorization_deadlines",
    tag = "coverage",
    request_body = DeadlinesRequest,
    responses((status = 200, description = "The times and the steps", body = DeadlinesJson)),
)]
pub(crate) async fn deadlines(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    body: StrictJson,
) -> Result<Response, Problem> {
    let facts = AuthorizationFacts::read(&body.read()?).map_err(Problem::Invalid)?;
    let found = AuthorizationDeadlines::new(facts, &(app.now)());
    Ok(([(CACHE_CONTROL, "no-store")], json_body(rendered(&DeadlinesJson::new(&found))?)).into_response())
}
