//! `POST /v1/outcomes`: what became of a referral, with nothing about the patient.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use super::extract::{Caller, JsonBody, Query};
use super::openapi::told::OutcomeTold;
use super::openapi::words;
use super::piece::OutcomesPiece;
use super::problem::Problem;
use super::{App, json_body, rendered};
use crate::care::Service;
use crate::catalog::Catalog;
use crate::ledger::Entry;
use crate::provider::ProviderId;
use crate::statement::read::{self, NotAsked};
use crate::statement::{Outcome, Reply, Why};

/// Tell what became of a referral
///
/// That a provider took a patient, declined or never replied; nothing about the patient. From enough of them answers tell how many it took of
/// those it was asked for.
#[utoipa::path(
    post,
    path = "/v1/outcomes",
    operation_id = "report_outcome",
    tag = "statements",
    request_body = OutcomeTold,
    responses((status = 201, description = "It is kept", body = OutcomeAnswer)),
)]
pub(super) async fn report(
    State(app): State<Arc<App>>,
    _: Query<()>,
    Caller(caller): Caller,
    body: JsonBody,
) -> Result<Response, Problem> {
    let served = app.served()?;
    let known = |id: &ProviderId, service: Option<Service>| own_id(served.base(), id, service);
    let outcome = read::outcome(&body.read()?, served.today(), known).map_err(Problem::Invalid)?;
    app.daily.count_entry(&caller, &(app.now)())?;
    app.tell(&Entry::Outcome(outcome.clone())).await?;
    let served = app.served()?;
    let provider = served.provider_of(&outcome.provider, served.today());
    let outcomes = provider.as_ref().and_then(|provider| provider.line(outcome.service)?.outcomes);
    let wire = OutcomeAnswer::new(&outcome, outcomes.map(OutcomesPiece::from));
    let mut response = ([(CACHE_CONTROL, "no-store")], json_body(rendered(&wire)?)).into_response();
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

/// The id the directory has the provider under, if it offers the service asked for.
fn own_id(catalog: &Catalog, id: &ProviderId, service: Option<Service>) -> Result<ProviderId, NotAsked> {
    let provider = catalog.provider_of(id).ok_or(NotAsked::NoSuchProvider)?;
    if service.is_some_and(|service| provider.line(service).is_none()) {
        return Err(NotAsked::OtherService);
    }
    Ok(provider.id.clone())
}

/// What was kept, and what is now known of the provider's replies.
#[derive(Debug, Serialize, ToSchema)]
struct OutcomeAnswer<'a> {
    /// The provider, by its own id.
    provider: &'a str,
    /// The service.
    #[schema(value_type = words::Service)]
    service: &'static str,
    /// The day it was asked.
    asked_on: Date,
    /// What it replied.
    #[schema(value_type = words::Reply)]
    reply: &'static str,
    /// Null for a reply that is no refusal.
    #[schema(required, value_type = Option<words::DeclinedFor>)]
    why: Option<String>,
    /// Null while too few are known.
    #[schema(required)]
    outcomes: Option<OutcomesPiece>,
}

impl<'a> OutcomeAnswer<'a> {
    fn new(outcome: &'a Outcome, outcomes: Option<OutcomesPiece>) -> Self {
        let why = match outcome.reply {
            Reply::Declined(why) => Some(Why::code(why)),
            Reply::Accepted | Reply::NoReply => None,
        };
        Self {
            provider: outcome.provider.as_str(),
            service: outcome.service.code(),
            asked_on: outcome.asked_on,
            reply: outcome.reply.code(),
            why,
            outcomes,
        }
    }
}
