//! `POST /v1/outcomes`: the outcome of a referral, with nothing about the patient.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::catalog::Catalog;
use crate::ledger::event::LedgerEvent;
use crate::ledger::write::{LedgerReceipt, LedgerWrite};
use crate::provider::ProviderId;
use crate::serve::counted_write::append_counted;
use crate::serve::http::body::{json_body, rendered};
use crate::serve::http::extract::{CurrentPrincipal, StrictJson, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::http::write_conditions::WriteConditions;
use crate::serve::json::parts::ReferralStatsJson;
use crate::serve::observation_records::hospital_of;
use crate::serve::state::AppState;
use crate::service::Service;
use crate::statements::parse::OutcomeRejection;
use crate::statements::request::OutcomeRequest;
use crate::statements::{DeclineReason, Outcome, ReferralReply, parse};

/// Report the outcome of a referral
///
/// Whether a provider accepted a patient, declined or did not reply; nothing about the patient.
/// Once enough outcomes are known, answers show how many of its referrals a provider accepted.
#[utoipa::path(
    post,
    path = "/v1/outcomes",
    operation_id = "report_outcome",
    tag = "statements",
    params((
        "Idempotency-Key" = Option<String>,
        Header,
        description = "Identifies the request for 24 hours: the same request with the same key is counted once.",
    )),
    request_body = OutcomeRequest,
    responses((status = 201, description = "The outcome is recorded", body = OutcomeRecordedJson)),
)]
pub(crate) async fn report(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    conditions: WriteConditions,
    body: StrictJson,
) -> Result<Response, Problem> {
    let served = app.served()?;
    let known = |id: &ProviderId, service: Option<Service>| own_id(served.base(), id, service);
    let outcome = parse::outcome(&body.read()?, served.today(), known).map_err(Problem::Invalid)?;
    conditions.without_version()?;
    let hospital = hospital_of(&app, &caller);
    let outcome = Outcome { hospital: hospital.clone(), ..outcome };
    let repeat = conditions.repeat(hospital, &caller, "outcomes", &body.0, (app.now)().timestamp().as_second());
    let entries = [LedgerEvent::Outcome(outcome.clone())];
    match append_counted(&app, &caller, &LedgerWrite { hospital: None, entries: &entries, expected: None, repeat }).await? {
        LedgerReceipt::Written(_) | LedgerReceipt::Repeated(_) => {}
        LedgerReceipt::KeyReused | LedgerReceipt::Changed => return Err(Problem::KeyReused),
    }
    let served = app.served()?;
    let provider = served.provider_of(&outcome.provider, served.today());
    let outcomes = provider.as_ref().and_then(|provider| provider.line(outcome.service)?.outcomes.as_ref());
    let wire = OutcomeRecordedJson::new(&outcome, outcomes.map(ReferralStatsJson::from));
    let mut response = ([(CACHE_CONTROL, "no-store")], json_body(rendered(&wire)?)).into_response();
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

/// The provider's id in the directory, if it offers the service asked for.
fn own_id(catalog: &Catalog, id: &ProviderId, service: Option<Service>) -> Result<ProviderId, OutcomeRejection> {
    let provider = catalog.provider_of(id).ok_or(OutcomeRejection::NoSuchProvider)?;
    if service.is_some_and(|service| provider.line(service).is_none()) {
        return Err(OutcomeRejection::OtherService);
    }
    Ok(provider.id.clone())
}

/// What was recorded, and what is now known of the provider's replies.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OutcomeAnswer)]
struct OutcomeRecordedJson<'a> {
    /// The provider, by its id in the directory.
    provider: &'a str,
    /// The service.
    #[schema(value_type = Service)]
    service: &'static str,
    /// The day it was asked.
    asked_on: Date,
    /// What it replied.
    #[schema(value_type = ReferralReply)]
    reply: &'static str,
    /// Null for a reply that is not a refusal.
    #[schema(required, value_type = Option<DeclineReason>)]
    why: Option<String>,
    /// Null while too few are known.
    #[schema(required)]
    outcomes: Option<ReferralStatsJson>,
}

impl<'a> OutcomeRecordedJson<'a> {
    fn new(outcome: &'a Outcome, outcomes: Option<ReferralStatsJson>) -> Self {
        let why = match outcome.reply {
            ReferralReply::Declined(why) => Some(DeclineReason::code(why)),
            ReferralReply::Accepted | ReferralReply::NoReply => None,
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
