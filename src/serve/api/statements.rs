//! `GET` and `PUT /v1/providers/{id}/availability` and `/statements`: what a provider says of itself between nights.
//!
//! What is said replaces all that was said before, and answers hold it from the moment it is taken. It is kept under the provider's
//! own id, whichever of its ids the path names.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api_keys::Principal;
use crate::ledger::event::LedgerEvent;
use crate::overlay::LiveDirectory;
use crate::provider::{Provider, ProviderId};
use crate::serve::http::answer_metadata::AnswerMetadata;
use crate::serve::http::body::{json_body, rendered};
use crate::serve::http::extract::{CurrentPrincipal, ProviderPath, StrictJson, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::openapi::enums;
use crate::serve::state::AppState;
use crate::service::{Limit, Need, Service};
use crate::statements::request::{AvailabilityRequest, StatementsRequest};
use crate::statements::{Availability, RoomStatement, Statement, StatementValue, Statements, parse};

/// Read what a provider says of its room
///
/// What it says now, and whether each part counts. A provider that has left the directory since is told while its word is kept.
#[utoipa::path(
    get,
    path = "/v1/providers/{id}/availability",
    operation_id = "read_availability",
    tag = "statements",
    params(("id" = String, Path, description = "A provider's id.")),
    responses((status = 200, description = "What it says", body = AvailabilityJson)),
)]
pub(crate) async fn availability(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    ProviderPath(id): ProviderPath,
) -> Result<Response, Problem> {
    told_of_room(&*app.served()?, &id)
}

/// Say for which days a provider has room
///
/// Replaces all that was said of its room before; an empty list takes it back. Answers hold it from the moment it is taken, on every server within seconds.
/// A key may be bound to the providers it speaks for.
#[utoipa::path(
    put,
    path = "/v1/providers/{id}/availability",
    operation_id = "set_availability",
    tag = "statements",
    params(("id" = String, Path, description = "A provider's id.")),
    request_body = AvailabilityRequest,
    responses((status = 200, description = "What it says now", body = AvailabilityJson)),
)]
pub(crate) async fn set_availability(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    ProviderPath(id): ProviderPath,
    CurrentPrincipal(caller): CurrentPrincipal,
    body: StrictJson,
) -> Result<Response, Problem> {
    let (provider, said_on) = spoken_for(&app, &caller, &id)?;
    let rooms = parse::rooms(&body.read()?, said_on).map_err(Problem::Invalid)?;
    app.daily.count_entry(&caller, &(app.now)())?;
    app.append_event(&LedgerEvent::Availability(Availability { provider: provider.clone(), said_on, rooms })).await?;
    told_of_room(&*app.served()?, &provider)
}

/// Read what a provider says that it takes
///
/// What it says now, and whether each part counts.
#[utoipa::path(
    get,
    path = "/v1/providers/{id}/statements",
    operation_id = "read_statements",
    tag = "statements",
    params(("id" = String, Path, description = "A provider's id.")),
    responses((status = 200, description = "What it says", body = ProviderStatementsJson)),
)]
pub(crate) async fn statements(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    ProviderPath(id): ProviderPath,
) -> Result<Response, Problem> {
    told_of_taking(&*app.served()?, &id)
}

/// Say what a provider takes
///
/// Replaces all that was said of what it takes before; an empty list takes it back. What is said goes before what files of the night say,
/// for as long as it holds.
#[utoipa::path(
    put,
    path = "/v1/providers/{id}/statements",
    operation_id = "set_statements",
    tag = "statements",
    params(("id" = String, Path, description = "A provider's id.")),
    request_body = StatementsRequest,
    responses((status = 200, description = "What it says now", body = ProviderStatementsJson)),
)]
pub(crate) async fn set_statements(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    ProviderPath(id): ProviderPath,
    CurrentPrincipal(caller): CurrentPrincipal,
    body: StrictJson,
) -> Result<Response, Problem> {
    let (provider, said_on) = spoken_for(&app, &caller, &id)?;
    let statements = parse::statements(&body.read()?, said_on).map_err(Problem::Invalid)?;
    app.daily.count_entry(&caller, &(app.now)())?;
    app.append_event(&LedgerEvent::Statements(Statements { provider: provider.clone(), said_on, statements })).await?;
    told_of_taking(&*app.served()?, &provider)
}

/// The provider of that id by its own id, if `caller` may speak for it, and the day it speaks.
fn spoken_for(app: &AppState, caller: &Principal, id: &ProviderId) -> Result<(ProviderId, Date), Problem> {
    let served = app.served()?;
    let provider = served.base().provider_of(id).ok_or(Problem::NoSuchProvider)?;
    // A key may have been given under another of the provider's ids.
    if !caller.speaks_for(&provider.id) && !caller.speaks_for(id) {
        return Err(Problem::Forbidden { needs: format!("a key that speaks for {}", provider.id).into() });
    }
    Ok((provider.id.clone(), served.today()))
}

fn told_of_room(served: &LiveDirectory, id: &ProviderId) -> Result<Response, Problem> {
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
    answered(served, &wire)
}

fn told_of_taking(served: &LiveDirectory, id: &ProviderId) -> Result<Response, Problem> {
    let provider = served.base().provider_of(id);
    let said = match &provider {
        Some(provider) => served.statements_of(&provider.id),
        None => Some(served.ledger_state().statements.get(id).map(Arc::as_ref).ok_or(Problem::NoSuchProvider)?),
    };
    let statements = said.map(|said| &said.statements[..]).unwrap_or_default().iter();
    let standing =
        |said: &Statement| StatementStatusJson::of(provider.as_deref(), said.service, said.expires_on, served.today());
    let wire = ProviderStatementsJson {
        of: StatementHeader::new(provider.as_deref(), id, said.map(|said| said.said_on)),
        statements: statements.map(|statement| StatementJson::new(statement, standing(statement))).collect(),
    };
    answered(served, &wire)
}

/// An answer that is of this moment: no cache on the way may keep it.
fn answered(served: &LiveDirectory, wire: &impl Serialize) -> Result<Response, Problem> {
    let mut response = ([(CACHE_CONTROL, "no-store")], json_body(rendered(wire)?)).into_response();
    let manifest = served.base().manifest();
    let told =
        AnswerMetadata { generation: manifest.generation.clone(), built_at: manifest.built_at, ..AnswerMetadata::default() };
    response.extensions_mut().insert(told);
    Ok(response)
}

/// What a provider says of its room.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AvailabilityAnswer)]
struct AvailabilityJson<'a> {
    #[serde(flatten)]
    of: StatementHeader<'a>,
    /// For which days.
    availability: Vec<RoomSaidJson>,
}

/// What a provider says that it takes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatementsAnswer)]
struct ProviderStatementsJson<'a> {
    #[serde(flatten)]
    of: StatementHeader<'a>,
    /// Each thing it says.
    statements: Vec<StatementJson>,
}

/// Whose word it is, and of which day.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OfProvider)]
struct StatementHeader<'a> {
    /// The provider, by its own id.
    provider: &'a str,
    /// False where the provider has left the directory since: its word is kept and without effect.
    in_directory: bool,
    /// When it was said; null where it never said anything.
    #[schema(required)]
    said_on: Option<Date>,
}

impl<'a> StatementHeader<'a> {
    fn new(provider: Option<&'a Provider>, id: &'a ProviderId, said_on: Option<Date>) -> Self {
        let own = provider.map_or(id, |provider| &provider.id);
        Self { provider: own.as_str(), in_directory: provider.is_some(), said_on }
    }
}

/// Whether something said counts, and why it does not.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StandingOfAWord)]
struct StatementStatusJson {
    /// Whether it counts.
    #[schema(value_type = enums::WordStanding)]
    state: &'static str,
    /// Why it has no effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    why: Option<&'static str>,
}

impl StatementStatusJson {
    fn of(provider: Option<&Provider>, service: Service, until: Date, today: Date) -> Self {
        let without_effect = |why| Self { state: "without_effect", why: Some(why) };
        match provider {
            None => without_effect("the directory has no such provider"),
            Some(provider) if provider.line(service).is_none() => {
                without_effect("the directory does not list this service of the provider")
            }
            Some(_) if until < today => Self { state: "over", why: None },
            Some(_) => Self { state: "holds", why: None },
        }
    }
}

/// Whether one service has room from one day to another.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RoomSaid)]
struct RoomSaidJson {
    /// The service.
    #[schema(value_type = Service)]
    service: &'static str,
    /// The first day.
    from: Date,
    /// The last day.
    until: Date,
    /// Whether a patient can be taken.
    room: bool,
    /// How many beds or places, where said.
    #[schema(required)]
    beds: Option<u32>,
    #[serde(flatten)]
    standing: StatementStatusJson,
}

impl RoomSaidJson {
    fn new(said: &RoomStatement, standing: StatementStatusJson) -> Self {
        let RoomStatement { service, from, until, room, beds } = *said;
        Self { service: service.code(), from, until, room, beds, standing }
    }
}

/// One statement: of a need, or of a limit.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = StatementSaid)]
enum StatementJson {
    /// Of a need.
    Need(NeedStatementJson),
    /// Of a limit.
    Limit(LimitStatementJson),
}

/// What a provider says of a need.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NeedSaid)]
struct NeedStatementJson {
    /// The service.
    #[schema(value_type = Service)]
    service: &'static str,
    /// The need.
    #[schema(value_type = Need)]
    need: &'static str,
    /// Whether patients with it are taken.
    answer: bool,
    /// The last day it holds.
    expires_on: Date,
    #[serde(flatten)]
    standing: StatementStatusJson,
}

/// What a provider says of a limit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LimitSaid)]
struct LimitStatementJson {
    /// The service.
    #[schema(value_type = Service)]
    service: &'static str,
    /// The limit.
    #[schema(value_type = Limit)]
    limit: &'static str,
    /// Its number.
    value: u32,
    /// The last day it holds.
    expires_on: Date,
    #[serde(flatten)]
    standing: StatementStatusJson,
}

impl StatementJson {
    fn new(said: &Statement, standing: StatementStatusJson) -> Self {
        let (service, expires_on) = (said.service.code(), said.expires_on);
        match said.says {
            StatementValue::Need(need, answer) => {
                Self::Need(NeedStatementJson { service, need: need.code(), answer, expires_on, standing })
            }
            StatementValue::Limit(limit, value) => {
                Self::Limit(LimitStatementJson { service, limit: limit.code(), value, expires_on, standing })
            }
        }
    }
}
