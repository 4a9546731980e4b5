//! The handlers of saved answers: `POST /v1/differences`, and its batch. Neither the question nor the answer is stored.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::overlay::LiveDirectory;
use crate::serve::answer_cache::CachedAnswer;
use crate::serve::api::batch;
use crate::serve::api::batch::LineWork;
use crate::serve::api::matches::answer_metadata;
use crate::serve::http::answer_metadata::AnswerMetadata;
use crate::serve::http::body::{json_body, rendered};
use crate::serve::http::extract::{CurrentPrincipal, StrictJson, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::http::route::LARGEST_CALL;
use crate::serve::json::differences::DifferencesJson;
use crate::serve::openapi::body_schemas::{BatchLines, DifferencesAsked};
use crate::serve::saved_answer::compare;
use crate::serve::state::AppState;

/// Compare a saved answer with the answer of now
///
/// The body is a saved answer: a file of the page, or an answer of `POST /v1/matches`; or a question and its earlier answer. Its
/// question is asked again. The differences: providers that are new or gone, and those whose fit, coverage, answers, room or
/// rank changed, each with the evidence of then and of now. Nothing changed, no differences. Nothing is stored.
#[utoipa::path(
    post,
    path = "/v1/differences",
    operation_id = "compare_answers",
    tag = "questions",
    request_body = DifferencesAsked,
    responses((status = 200, description = "What differs", body = DifferencesJson)),
)]
pub(crate) async fn differences(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    body: StrictJson,
) -> Result<Response, Problem> {
    let served = app.served()?;
    let found = compute_differences(&served, &body.read()?)?;
    let told = AnswerMetadata { tally: Some(found.tally), ..answer_metadata(&served) };
    let mut response = ([(CACHE_CONTROL, "no-store")], json_body(found.body)).into_response();
    response.extensions_mut().insert(told);
    Ok(response)
}

/// Compare many saved answers
///
/// One saved answer per line in, one line of differences out, in the same order, as `POST /v1/matches:batch` answers
/// questions, with the `id` of a line if it has one. At most 10,000 lines, 1 MiB per line, 16 MiB and five minutes.
#[utoipa::path(
    post,
    path = "/v1/differences:batch",
    operation_id = "compare_batch",
    tag = "questions",
    request_body(content((String = "application/x-ndjson"), (String = "application/jsonl"), (String = "application/ndjson")), description = "One saved answer per line, as for `POST /v1/differences`."),
    responses((status = 200, description = "One line of differences per line", body = BatchLines, content_type = "application/x-ndjson")),
)]
pub(crate) async fn batch(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    request: Request,
) -> Result<Response, Problem> {
    batch::answer_lines(&SAVED_ANSWERS, app, caller, request)
}

/// A batch of saved answers. Our choice: 1 MiB is a saved answer with some 700 matches.
pub(crate) const SAVED_ANSWERS: LineWork = LineWork { longest: LARGEST_CALL, answer: compute_differences };

/// Compares the saved answer in `body` with what `served` answers now.
pub(crate) fn compute_differences(served: &LiveDirectory, body: &Value) -> Result<CachedAnswer, Problem> {
    let comparison = compare(served, body).map_err(Problem::Invalid)?;
    let body = rendered(&DifferencesJson::new(&comparison, served.into()))?;
    Ok(CachedAnswer { body, tally: comparison.tally, unmet: Vec::new() })
}
