//! `GET` and `PUT /v1/providers/{id}/availability` and `/statements`: what a provider states
//! between refreshes.
//!
//! A statement replaces all earlier ones, and answers reflect it as soon as it is accepted. It is
//! stored under the provider's id in the directory, whichever of its ids the path has.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, ETAG};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use serde::Serialize;

use crate::api_keys::Principal;
use crate::ledger::event::LedgerEvent;
use crate::ledger::rows::{AVAILABILITY, STATEMENTS, content_version};
use crate::ledger::write::{ExpectedRecord, LedgerReceipt, LedgerWrite};
use crate::overlay::LiveDirectory;
use crate::provider::ProviderId;
use crate::serve::counted_write::append_counted;
use crate::serve::http::answer_metadata::AnswerMetadata;
use crate::serve::http::body::{json_body, rendered};
use crate::serve::http::extract::{CurrentPrincipal, ProviderPath, StrictJson, StrictQuery};
use crate::serve::http::problem::{Problem, RecordConflict};
use crate::serve::http::write_conditions::{NO_RECORDS, WriteConditions};
use crate::serve::json::statement::{
    AdmissionsLineJson, AvailabilityJson, ProviderStatementsJson, RoomSaidJson, ServiceDetailsJson, StatementHeader,
    StatementJson, StatementStatusJson,
};
use crate::serve::observation_records::hospital_of;
use crate::serve::state::AppState;
use crate::statements::parse::StatedContent;
use crate::statements::request::{AvailabilityRequest, StatementsRequest};
use crate::statements::stated_details::ServiceDetails;
use crate::statements::{Availability, RoomStatement, Statement, Statements, parse};

/// Read a provider's statement of availability
///
/// What it states now, and whether each part is in effect. A provider that has left the directory
/// is shown while its statement is stored.
#[utoipa::path(
    get,
    path = "/v1/providers/{id}/availability",
    operation_id = "read_availability",
    tag = "statements",
    params(("id" = String, Path, description = "A provider's id.")),
    responses((status = 200, description = "What it states", body = AvailabilityJson, headers(("ETag" = String, description = "The version of what it states, for `If-Match`.")))),
)]
pub(crate) async fn availability(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    ProviderPath(id): ProviderPath,
) -> Result<Response, Problem> {
    told_of_room(&*app.served()?, &id)
}

/// State a provider's availability
///
/// Replaces its whole statement of availability; an empty list withdraws it. Answers reflect it as
/// soon as it is accepted, on every server within seconds. A key may be limited to the providers it
/// speaks for. Send `If-Match` with the ETag of what was read, so that nothing that was stated
/// meanwhile is replaced unseen.
#[utoipa::path(
    put,
    path = "/v1/providers/{id}/availability",
    operation_id = "set_availability",
    tag = "statements",
    params(
        ("id" = String, Path, description = "A provider's id."),
        ("If-Match" = Option<String>, Header, description = "The version that the caller has seen; 412 if it has changed."),
        ("Idempotency-Key" = Option<String>, Header, description = "Identifies the request for 24 hours: the same request with the same key is recorded once."),
    ),
    request_body = AvailabilityRequest,
    responses((
        status = 200,
        description = "What it states now",
        body = AvailabilityJson,
        headers(("ETag" = String, description = "The new version, for `If-Match`.")),
    )),
)]
pub(crate) async fn set_availability(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    ProviderPath(id): ProviderPath,
    CurrentPrincipal(caller): CurrentPrincipal,
    conditions: WriteConditions,
    body: StrictJson,
) -> Result<Response, Problem> {
    let (provider, said_on) = spoken_for(&app, &caller, &id)?;
    let rooms = parse::rooms(&body.read()?, said_on).map_err(Problem::Invalid)?;
    let event = LedgerEvent::Availability(Availability { provider: provider.clone(), said_on, rooms });
    replace(&app, &caller, &conditions, StatedRecord { provider: &provider, event, body: &body }).await?;
    told_of_room(&*app.served()?, &provider)
}

/// Read a provider's statements of what it accepts
///
/// What it states now, and whether each part is in effect.
#[utoipa::path(
    get,
    path = "/v1/providers/{id}/statements",
    operation_id = "read_statements",
    tag = "statements",
    params(("id" = String, Path, description = "A provider's id.")),
    responses((status = 200, description = "What it states", body = ProviderStatementsJson, headers(("ETag" = String, description = "The version of what it states, for `If-Match`.")))),
)]
pub(crate) async fn statements(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    ProviderPath(id): ProviderPath,
) -> Result<Response, Problem> {
    told_of_taking(&*app.served()?, &id)
}

/// State what a provider accepts
///
/// Replaces all its statements of what it accepts; an empty list withdraws them. A statement
/// overrides the files of the nightly refresh for as long as it is in effect. Send `If-Match` with
/// the ETag of what was read, so that nothing that was stated meanwhile is replaced unseen.
#[utoipa::path(
    put,
    path = "/v1/providers/{id}/statements",
    operation_id = "set_statements",
    tag = "statements",
    params(
        ("id" = String, Path, description = "A provider's id."),
        ("If-Match" = Option<String>, Header, description = "The version that the caller has seen; 412 if it has changed."),
        ("Idempotency-Key" = Option<String>, Header, description = "Identifies the request for 24 hours: the same request with the same key is recorded once."),
    ),
    request_body = StatementsRequest,
    responses((
        status = 200,
        description = "What it states now",
        body = ProviderStatementsJson,
        headers(("ETag" = String, description = "The new version, for `If-Match`.")),
    )),
)]
pub(crate) async fn set_statements(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    ProviderPath(id): ProviderPath,
    CurrentPrincipal(caller): CurrentPrincipal,
    conditions: WriteConditions,
    body: StrictJson,
) -> Result<Response, Problem> {
    let (provider, said_on) = spoken_for(&app, &caller, &id)?;
    let StatedContent { statements, details } = parse::statements(&body.read()?, said_on).map_err(Problem::Invalid)?;
    let event = LedgerEvent::Statements(Statements { provider: provider.clone(), said_on, statements, details });
    replace(&app, &caller, &conditions, StatedRecord { provider: &provider, event, body: &body }).await?;
    told_of_taking(&*app.served()?, &provider)
}

/// The provider's id in the directory, if `caller` may speak for it, and the day of the statement.
fn spoken_for(app: &AppState, caller: &Principal, id: &ProviderId) -> Result<(ProviderId, Date), Problem> {
    let served = app.served()?;
    let provider = served.base().provider_of(id).ok_or(Problem::NoSuchProvider)?;
    // A key may be limited to another of the provider's ids.
    if !caller.speaks_for(&provider.id) && !caller.speaks_for(id) {
        return Err(Problem::Forbidden { needs: format!("a key that speaks for {}", provider.id).into() });
    }
    Ok((provider.id.clone(), served.today()))
}

fn told_of_room(served: &LiveDirectory, id: &ProviderId) -> Result<Response, Problem> {
    with_room(served, id, |wire, said| answered(served, wire, said.cloned().map(LedgerEvent::Availability).as_ref()))?
}

/// What `read` makes of what the provider states of its availability.
fn with_room<T>(
    served: &LiveDirectory,
    id: &ProviderId,
    read: impl FnOnce(&AvailabilityJson<'_>, Option<&Availability>) -> T,
) -> Result<T, Problem> {
    let provider = served.base().provider_of(id);
    let said = match &provider {
        Some(provider) => served.availability_of(&provider.id),
        None => Some(served.ledger_state().availability.get(id).map(Arc::as_ref).ok_or(Problem::NoSuchProvider)?),
    };
    let rooms = said.map(|said| &said.rooms[..]).unwrap_or_default().iter();
    let standing =
        |room: &RoomStatement| StatementStatusJson::of(provider.as_deref(), room.service, room.until, served.today());
    let wire = AvailabilityJson {
        of: StatementHeader::new(provider.as_deref(), id, said.map(|said| said.said_on)),
        availability: rooms.map(|room| RoomSaidJson::new(room, standing(room))).collect(),
    };
    Ok(read(&wire, said))
}

fn told_of_taking(served: &LiveDirectory, id: &ProviderId) -> Result<Response, Problem> {
    with_taking(served, id, |wire, said| answered(served, wire, said.cloned().map(LedgerEvent::Statements).as_ref()))?
}

/// What `read` makes of what the provider states that it accepts.
fn with_taking<T>(
    served: &LiveDirectory,
    id: &ProviderId,
    read: impl FnOnce(&ProviderStatementsJson<'_>, Option<&Statements>) -> T,
) -> Result<T, Problem> {
    let provider = served.base().provider_of(id);
    let said = match &provider {
        Some(provider) => served.statements_of(&provider.id),
        None => Some(served.ledger_state().statements.get(id).map(Arc::as_ref).ok_or(Problem::NoSuchProvider)?),
    };
    let statements = said.map(|said| &said.statements[..]).unwrap_or_default().iter();
    let standing =
        |said: &Statement| StatementStatusJson::of(provider.as_deref(), said.service, said.expires_on, served.today());
    let service_details = |details: &ServiceDetails| ServiceDetailsJson {
        service: details.service.code(),
        zips: details.zips.iter().map(ToString::to_string).collect(),
        languages: details.languages.clone(),
        expires_on: details.expires_on,
        standing: StatementStatusJson::of(provider.as_deref(), details.service, details.expires_on, served.today()),
    };
    let wire = ProviderStatementsJson {
        of: StatementHeader::new(provider.as_deref(), id, said.map(|said| said.said_on)),
        statements: statements.map(|statement| StatementJson::new(statement, standing(statement))).collect(),
        services: said.map(|said| &said.details.services[..]).unwrap_or_default().iter().map(service_details).collect(),
        admissions: said.and_then(|said| said.details.admissions).map(|line| AdmissionsLineJson {
            phone: line.phone.to_string(),
            expires_on: line.expires_on,
            standing: StatementStatusJson::of_provider(provider.as_deref(), line.expires_on, served.today()),
        }),
    };
    Ok(read(&wire, said))
}

/// A statement that replaces an earlier one.
struct StatedRecord<'a> {
    provider: &'a ProviderId,
    event: LedgerEvent,
    body: &'a StrictJson,
}

/// Records a statement, on condition that the one that it replaces is still the one that the caller
/// has seen.
///
/// # Errors
/// It has changed, the key was used for another request, the caller has reached its daily limit, or
/// the ledger is missing or failed.
async fn replace(
    app: &AppState,
    caller: &Principal,
    conditions: &WriteConditions,
    stated: StatedRecord<'_>,
) -> Result<(), Problem> {
    let StatedRecord { provider, event, body } = stated;
    let served = app.served()?;
    let (kind, before) = match &event {
        LedgerEvent::Availability(_) => {
            (AVAILABILITY, served.availability_of(provider).cloned().map(LedgerEvent::Availability))
        }
        _ => (STATEMENTS, served.statements_of(provider).cloned().map(LedgerEvent::Statements)),
    };
    let subject = match &before {
        // A provider that has another id now keeps what it stated under the earlier one.
        Some(LedgerEvent::Availability(said)) => said.provider.to_string(),
        Some(LedgerEvent::Statements(said)) => said.provider.to_string(),
        _ => provider.to_string(),
    };
    let seen = conditions.seen.as_ref().map(|seen| Some(seen.clone()).filter(|seen| seen != NO_RECORDS));
    let expected = seen.map(|version| ExpectedRecord::Content { kind, subject, version });
    let now = (app.now)().timestamp().as_second();
    let repeat = conditions.repeat(hospital_of(app, caller), caller, &format!("{kind} {provider}"), &body.0, now);
    let entries = [event];
    match append_counted(app, caller, &LedgerWrite { hospital: None, entries: &entries, expected, repeat }).await? {
        LedgerReceipt::Written(_) | LedgerReceipt::Repeated(_) => Ok(()),
        LedgerReceipt::KeyReused => Err(Problem::KeyReused),
        LedgerReceipt::Changed => Err(changed(&*app.served()?, kind, provider, body)),
    }
}

/// The problem that what the provider states has changed, with both sides.
fn changed(served: &LiveDirectory, kind: &str, provider: &ProviderId, body: &StrictJson) -> Problem {
    let (current, version) = if kind == AVAILABILITY {
        let version = |said: Option<&Availability>| version_of(said.cloned().map(LedgerEvent::Availability).as_ref());
        with_room(served, provider, |wire, said| (serde_json::to_value(wire), version(said)))
    } else {
        let version = |said: Option<&Statements>| version_of(said.cloned().map(LedgerEvent::Statements).as_ref());
        with_taking(served, provider, |wire, said| (serde_json::to_value(wire), version(said)))
    }
    .unwrap_or_else(|_| (Ok(serde_json::Value::Null), NO_RECORDS.to_owned()));
    let yours = body.read().unwrap_or_default();
    Problem::Changed(RecordConflict { version, current: vec![current.unwrap_or_default()], yours: vec![yours] })
}

/// The version of what a provider states.
fn version_of(said: Option<&LedgerEvent>) -> String {
    said.and_then(content_version).unwrap_or_else(|| NO_RECORDS.to_owned())
}

/// A current answer with its version, marked so that no cache stores it.
fn answered(served: &LiveDirectory, wire: &impl Serialize, said: Option<&LedgerEvent>) -> Result<Response, Problem> {
    let mut response = ([(CACHE_CONTROL, "no-store")], json_body(rendered(wire)?)).into_response();
    let version = HeaderValue::from_str(&format!("\"{}\"", version_of(said))).map_err(|_| Problem::Internal)?;
    response.headers_mut().insert(ETAG, version);
    response.extensions_mut().insert(AnswerMetadata::of(served.base().manifest()));
    Ok(response)
}
