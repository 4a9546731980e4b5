//! The handlers of what a ward asks: `POST /v1/matches` and `POST /v1/explain`. What holds a question is never stored anywhere.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::answer::{self, Pointers};
use super::answers::{Key, Rendered};
use super::explanation::ExplanationWire;
use super::extract::{JsonBody, Query, wrong};
use super::observe::Told;
use super::openapi::question::{ProviderQuestion, Question};
use super::problem::Problem;
use super::report::{AnswerWire, Ground};
use super::tally::Tally;
use super::{App, json_body, rendered};
use crate::discharge::FieldErrors;
use crate::live::Live;
use crate::matching::Directory;

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
    responses((status = 200, description = "The ranked report", body = AnswerWire)),
)]
pub(super) async fn matches(State(app): State<Arc<App>>, _: Query<()>, body: JsonBody) -> Result<Response, Problem> {
    let served = app.served()?;
    let told_tag = served.told_tag().unwrap_or_default();
    let key = Key::new(served.base().generation(), &told_tag, served.today(), &body.0);
    let (found, cached) = match app.answers.get(&key) {
        Some(found) => (found, true),
        None => (answered(&served, &body)?, false),
    };
    if !cached {
        app.answers.keep(key, found.clone());
    }
    let told = Told { tally: Some(found.tally), cached, ..told(&served) };
    Ok(unstored(found.body, told))
}

/// The answer to the question that `body` is.
pub(super) fn answered(served: &Live, body: &JsonBody) -> Result<Rendered, Problem> {
    let read = answer::read(served.base(), &body.read()?, served.today());
    let (question, remarks) = read.map_err(Problem::Invalid)?;
    let reports = answer::reports(served, &question, &remarks);
    let body = rendered(&AnswerWire::new(&reports, question.bundle, served.into()))?;
    Ok(Rendered { body, tally: Tally::of(&reports) })
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
    responses((status = 200, description = "Where it stands", body = ExplanationWire)),
)]
pub(super) async fn explain(State(app): State<Arc<App>>, _: Query<()>, body: JsonBody) -> Result<Response, Problem> {
    const POINTERS: Pointers = Pointers { discharge: "/discharge", provider: "/provider" };
    let served = app.served()?;
    let raw = body.read()?;
    let (discharge, provider) = halves(&raw).map_err(Problem::Invalid)?;
    let explained = answer::explained(&served, discharge, provider, POINTERS, served.today());
    let explained = explained.map_err(Problem::Invalid)?;
    let ground = Ground::from(&*served);
    let wire = ExplanationWire::new(&explained.explanation, &explained.discharge, &explained.remarks, ground);
    Ok(unstored(rendered(&wire)?, told(&served)))
}

/// The discharge and the provider of the body of `POST /v1/explain`.
fn halves(raw: &Value) -> Result<(&Value, &str), FieldErrors> {
    const KNOWN: [&str; 2] = ["discharge", "provider"];
    let Some(fields) = raw.as_object() else {
        return Err(wrong("", "wrong_type", "expected an object with discharge and provider", None).into());
    };
    let mut faults = FieldErrors::default();
    let strange = fields.keys().map(String::as_str).filter(|name| !KNOWN.contains(name));
    faults.unknown_fields("", strange, |_| {
        Some(format!("this body holds {}; the question itself goes under discharge", KNOWN.join(" and ")))
    });
    let discharge = fields.get("discharge").filter(|value| !value.is_null());
    if discharge.is_none() {
        let hint = "the same fields as the body of /v1/matches".to_owned();
        faults.push(wrong("/discharge", "missing", "for which discharge?", Some(hint)));
    }
    let provider = fields.get("provider").and_then(Value::as_str).filter(|typed| !typed.trim().is_empty());
    if provider.is_none() {
        let hint = "an id, a CCN, an NPI or a name, as text".to_owned();
        faults.push(wrong("/provider", "missing", "which provider?", Some(hint)));
    }
    match (discharge, provider) {
        (Some(discharge), Some(provider)) if faults.is_empty() => Ok((discharge, provider)),
        _ => Err(faults),
    }
}

/// What the log is told of an answer from `served`.
pub(super) fn told(served: &Live) -> Told {
    let manifest = served.base().manifest();
    Told { generation: manifest.generation.clone(), built_at: manifest.built_at, ..Told::default() }
}

/// An answer to a question: no cache on the way may keep it.
fn unstored(body: Bytes, told: Told) -> Response {
    let mut response = ([(CACHE_CONTROL, "no-store")], json_body(body)).into_response();
    response.extensions_mut().insert(told);
    response
}
