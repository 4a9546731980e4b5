//! The handlers of what a ward asks: `POST /v1/matches` and `POST /v1/explain`. What holds a question is never stored anywhere.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::discharge::FieldErrors;
use crate::matching::candidate::Directory;
use crate::overlay::LiveDirectory;
use crate::query;
use crate::query::InputPointers;
use crate::serve::answer_cache::{AnswerCacheKey, CachedAnswer};
use crate::serve::answer_summary::AnswerSummary;
use crate::serve::http::answer_metadata::AnswerMetadata;
use crate::serve::http::body::{json_body, rendered};
use crate::serve::http::extract::{StrictJson, StrictQuery, field_error};
use crate::serve::http::problem::Problem;
use crate::serve::json::explanation::ExplanationJson;
use crate::serve::json::report::{AnswerContext, AnswerJson};
use crate::serve::openapi::question_schemas::{ProviderQuestion, Question};
use crate::serve::state::AppState;

/// Rank the providers for one discharge
///
/// The ranked report, with the reason for every place on the list and for every provider left off it; asked with `services`, a report for each.
/// The same question gives the same answer, byte for byte, for as long as the directory is.
#[utoipa::path(
    post,
    path = "/v1/matches",
    operation_id = "rank_matches",
    tag = "questions",
    request_body = Question,
    responses((status = 200, description = "The ranked report", body = AnswerJson)),
)]
pub(crate) async fn matches(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    body: StrictJson,
) -> Result<Response, Problem> {
    let served = app.served()?;
    let told_tag = served.told_tag().unwrap_or_default();
    let key = AnswerCacheKey::new(served.base().generation(), &told_tag, served.today(), &body.0);
    let (found, cached) = match app.answers.get(&key) {
        Some(found) => (found, true),
        None => (compute_answer(&served, &body)?, false),
    };
    if !cached {
        app.answers.keep(key, found.clone());
    }
    let told = AnswerMetadata { tally: Some(found.tally), cached, ..answer_metadata(&served) };
    Ok(no_store_response(found.body, told))
}

/// The answer to the question that `body` is.
pub(crate) fn compute_answer(served: &LiveDirectory, body: &StrictJson) -> Result<CachedAnswer, Problem> {
    let read = query::read(served.base(), &body.read()?, served.today());
    let (question, remarks) = read.map_err(Problem::Invalid)?;
    let reports = query::reports(served, &question, &remarks);
    let body = rendered(&AnswerJson::new(&reports, question.bundle, served.into()))?;
    Ok(CachedAnswer { body, tally: AnswerSummary::of(&reports) })
}

/// Explain one provider
///
/// Where one provider stands for a discharge, or each thing that keeps it out.
#[utoipa::path(
    post,
    path = "/v1/explain",
    operation_id = "explain_provider",
    tag = "questions",
    request_body = ProviderQuestion,
    responses((status = 200, description = "Where it stands", body = ExplanationJson)),
)]
pub(crate) async fn explain(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    body: StrictJson,
) -> Result<Response, Problem> {
    const POINTERS: InputPointers = InputPointers { discharge: "/discharge", provider: "/provider" };
    let served = app.served()?;
    let raw = body.read()?;
    let (discharge, provider) = split_explain_body(&raw).map_err(Problem::Invalid)?;
    let explained = query::explained(&served, discharge, provider, POINTERS, served.today());
    let explained = explained.map_err(Problem::Invalid)?;
    let ground = AnswerContext::from(&*served);
    let wire = ExplanationJson::new(&explained.explanation, &explained.discharge, &explained.remarks, ground);
    Ok(no_store_response(rendered(&wire)?, answer_metadata(&served)))
}

/// The discharge and the provider of the body of `POST /v1/explain`.
fn split_explain_body(raw: &Value) -> Result<(&Value, &str), FieldErrors> {
    const KNOWN: [&str; 2] = ["discharge", "provider"];
    let Some(fields) = raw.as_object() else {
        return Err(field_error("", "wrong_type", "expected an object with discharge and provider", None).into());
    };
    let mut faults = FieldErrors::default();
    let strange = fields.keys().map(String::as_str).filter(|name| !KNOWN.contains(name));
    faults.unknown_fields("", strange, |_| {
        Some(format!("this body holds {}; the question itself goes under discharge", KNOWN.join(" and ")))
    });
    let discharge = fields.get("discharge").filter(|value| !value.is_null());
    if discharge.is_none() {
        let hint = "the same fields as the body of /v1/matches".to_owned();
        faults.push(field_error("/discharge", "missing", "for which discharge?", Some(hint)));
    }
    let provider = fields.get("provider").and_then(Value::as_str).filter(|typed| !typed.trim().is_empty());
    if provider.is_none() {
        let hint = "an id, a CCN, an NPI or a name, as text".to_owned();
        faults.push(field_error("/provider", "missing", "which provider?", Some(hint)));
    }
    match (discharge, provider) {
        (Some(discharge), Some(provider)) if faults.is_empty() => Ok((discharge, provider)),
        _ => Err(faults),
    }
}

/// What the log is told of an answer from `served`.
pub(crate) fn answer_metadata(served: &LiveDirectory) -> AnswerMetadata {
    let manifest = served.base().manifest();
    AnswerMetadata { generation: manifest.generation.clone(), built_at: manifest.built_at, ..AnswerMetadata::default() }
}

/// An answer to a question: no cache on the way may keep it.
fn no_store_response(body: Bytes, told: AnswerMetadata) -> Response {
    let mut response = ([(CACHE_CONTROL, "no-store")], json_body(body)).into_response();
    response.extensions_mut().insert(told);
    response
}
