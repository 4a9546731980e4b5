//! The handlers of questions: `POST /v1/matches` and `POST /v1/explain`. Questions are never
//! stored.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::discharge::request::MatchRequest;
use crate::input::declare::input;
use crate::input::errors::FieldErrors;
use crate::input::field::InputType;
use crate::input::place::FieldPlace;
use crate::input::values::Text;
use crate::matching::candidate::Directory;
use crate::overlay::LiveDirectory;
use crate::query;
use crate::query::LONGEST_NAME;
use crate::screens::screen_question;
use crate::serve::answer_cache::{AnswerCacheKey, CachedAnswer};
use crate::serve::answer_summary::AnswerSummary;
use crate::serve::http::answer_metadata::AnswerMetadata;
use crate::serve::http::body::{json_body, rendered};
use crate::serve::http::extract::{StrictJson, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::json::explanation::ExplanationJson;
use crate::serve::json::report::{AnswerContext, AnswerJson};
use crate::serve::state::AppState;
use crate::serve::unmet_needs::UnmetQuestion;

/// Rank the providers for one discharge
///
/// The ranked report, with the reason for every rank and for every excluded provider; for
/// `services`, a report for each. The same question gets the same answer, byte for byte, until the
/// directory changes.
#[utoipa::path(
    post,
    path = "/v1/matches",
    operation_id = "rank_matches",
    tag = "questions",
    request_body = MatchRequest,
    responses((status = 200, description = "The ranked report", body = AnswerJson)),
)]
pub(crate) async fn matches(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    body: StrictJson,
) -> Result<Response, Problem> {
    let served = app.served()?;
    let told_tag = served.layer_tag().unwrap_or_default();
    let key = AnswerCacheKey::new(served.base().generation(), &told_tag, served.today(), &body.0);
    let (found, cached) = if let Some(found) = app.answers.get(&key) {
        (found, true)
    } else {
        let question = body.read()?;
        // Whether or not this hospital counts them: the next one that asks the same may.
        match compute(&served, &question, true) {
            Err(Problem::Invalid(faults)) if is_stale_cursor(&faults) => {
                return next_page(&app, &served, &question, faults).await;
            }
            computed => (computed?, false),
        }
    };
    if !cached {
        app.answers.keep(key, found.clone());
    }
    let unmet = if app.hospital.counts_unmet_needs { found.unmet } else { Vec::new() };
    let told = AnswerMetadata { tally: Some(found.tally), cached, unmet, ..answer_metadata(&served) };
    Ok(no_store_response(found.body, told))
}

/// Whether nothing is wrong but the cursor.
fn is_stale_cursor(faults: &FieldErrors) -> bool {
    !faults.is_empty() && faults.reported().iter().all(|fault| fault.code == "stale_cursor")
}

/// The page of an answer that began with another directory than the one served: with the one before it, which is kept for ten
/// minutes, or with a newer one that another server has and this one is about to copy.
async fn next_page(
    app: &AppState,
    served: &LiveDirectory,
    question: &Value,
    faults: FieldErrors,
) -> Result<Response, Problem> {
    if let Some(previous) = app.live.previous(served.today())
        && let Ok(found) = compute(&previous, question, false)
    {
        let told = AnswerMetadata { tally: Some(found.tally), unmet: found.unmet, ..answer_metadata(&previous) };
        return Ok(no_store_response(found.body, told));
    }
    Err(if app.is_behind().await { Problem::Busy } else { Problem::Invalid(faults) })
}

/// Computes the answer to the question in `body` of a batch. Batches are not among the counts of
/// unmet needs.
pub(crate) fn compute_answer(served: &LiveDirectory, body: &Value) -> Result<CachedAnswer, Problem> {
    compute(served, body, false)
}

fn compute(served: &LiveDirectory, body: &Value, counts_unmet: bool) -> Result<CachedAnswer, Problem> {
    let read = query::read(served.base(), body, served.today());
    let (question, remarks) = read.map_err(Problem::Invalid)?;
    let reports = query::reports(served, &question, &remarks);
    let screens = screen_question(&question);
    let answer = AnswerJson::new(&reports, question.bundle, served.into()).with_screens(screens.as_deref());
    let body = rendered(&answer)?;
    let unmet = if counts_unmet { UnmetQuestion::among(&reports) } else { Vec::new() };
    Ok(CachedAnswer { body, tally: AnswerSummary::of(&reports), unmet })
}

input! {
    /// One provider, and the discharge it is checked for, which has one service.
    pub(crate) struct ExplainRequest as "ProviderQuestion" {
        /// The discharge.
        discharge: MatchRequest,
            required("discharge is missing", || Some("the same fields as the body of /v1/matches".to_owned()));
        /// A provider's id, its CCN or NPI, or its whole name. If several have the name, the only
        /// one that offers the service.
        provider: Text<LONGEST_NAME>,
            required(WHICH_PROVIDER, || Some(PROVIDER_HINT.to_owned())),
            filled("missing", WHICH_PROVIDER, || Some(PROVIDER_HINT.to_owned()));
    }
    where unknown(|_| Some("this body has discharge and provider; put the question under discharge".to_owned()));
}

/// The error of a missing provider, and how to name one.
const WHICH_PROVIDER: &str = "provider is missing";
const PROVIDER_HINT: &str = "an id, a CCN, an NPI or a name, as text";

/// Explain one provider
///
/// The rank of one provider for a discharge, or everything that excludes it.
#[utoipa::path(
    post,
    path = "/v1/explain",
    operation_id = "explain_provider",
    tag = "questions",
    request_body = ExplainRequest,
    responses((status = 200, description = "Its rank, or why it is excluded", body = ExplanationJson)),
)]
pub(crate) async fn explain(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    body: StrictJson,
) -> Result<Response, Problem> {
    let served = app.served()?;
    let mut faults = FieldErrors::default();
    let Some(request) = ExplainRequest::read(&body.read()?, FieldPlace::ROOT, &mut faults) else {
        return Err(Problem::Invalid(faults));
    };
    let explained = query::explained(&served, request.discharge.given(), &request.provider, faults, served.today());
    let explained = explained.map_err(Problem::Invalid)?;
    let ground = AnswerContext::from(&*served);
    let wire = ExplanationJson::new(&explained.explanation, &explained.discharge, &explained.remarks, ground);
    Ok(no_store_response(rendered(&wire)?, answer_metadata(&served)))
}

/// The metadata of an answer from `served`.
pub(crate) fn answer_metadata(served: &LiveDirectory) -> AnswerMetadata {
    AnswerMetadata::of(served.base().manifest())
}

/// An answer to a question, marked so that no cache stores it.
fn no_store_response(body: Bytes, told: AnswerMetadata) -> Response {
    let mut response = ([(CACHE_CONTROL, "no-store")], json_body(body)).into_response();
    response.extensions_mut().insert(told);
    response
}
