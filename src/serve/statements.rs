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

use super::extract::{Caller, Id, JsonBody, Query};
use super::observe::Told;
use super::openapi::told::{RoomTold, StatementsTold};
use super::openapi::words;
use super::problem::Problem;
use super::{App, json_body, rendered};
use crate::access::Principal;
use crate::care::Service;
use crate::ledger::Entry;
use crate::live::Live;
use crate::provider::{Provider, ProviderId};
use crate::statement::{Availability, Room, Says, Statement, Statements, read};

/// Read what a provider says of its room
///
/// What it says now, and whether each part counts. A provider that has left the directory since is told while its word is kept.
#[utoipa::path(
    get,
    path = "/v1/providers/{id}/availability",
    operation_id = "read_availability",
    tag = "statements",
    params(("id" = String, Path, description = "A provider's id.")),
    responses((status = 200, description = "What it says", body = AvailabilityAnswer)),
)]
pub(super) async fn availability(State(app): State<Arc<App>>, _: Query<()>, Id(id): Id) -> Result<Response, Problem> {
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
    request_body = RoomTold,
    responses((status = 200, description = "What it says now", body = AvailabilityAnswer)),
)]
pub(super) async fn set_availability(
    State(app): State<Arc<App>>,
    _: Query<()>,
    Id(id): Id,
    Caller(caller): Caller,
    body: JsonBody,
) -> Result<Response, Problem> {
    let (provider, said_on) = spoken_for(&app, &caller, &id)?;
    let rooms = read::rooms(&body.read()?, said_on).map_err(Problem::Invalid)?;
    app.daily.count_entry(&caller, &(app.now)())?;
    app.tell(&Entry::Availability(Availability { provider: provider.clone(), said_on, rooms })).await?;
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
    responses((status = 200, description = "What it says", body = StatementsAnswer)),
)]
pub(super) async fn statements(State(app): State<Arc<App>>, _: Query<()>, Id(id): Id) -> Result<Response, Problem> {
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
    request_body = StatementsTold,
    responses((status = 200, description = "What it says now", body = StatementsAnswer)),
)]
pub(super) async fn set_statements(
    State(app): State<Arc<App>>,
    _: Query<()>,
    Id(id): Id,
    Caller(caller): Caller,
    body: JsonBody,
) -> Result<Response, Problem> {
    let (provider, said_on) = spoken_for(&app, &caller, &id)?;
    let statements = read::statements(&body.read()?, said_on).map_err(Problem::Invalid)?;
    app.daily.count_entry(&caller, &(app.now)())?;
    app.tell(&Entry::Statements(Statements { provider: provider.clone(), said_on, statements })).await?;
    told_of_taking(&*app.served()?, &provider)
}

/// The provider of that id by its own id, if `caller` may speak for it, and the day it speaks.
fn spoken_for(app: &App, caller: &Principal, id: &ProviderId) -> Result<(ProviderId, Date), Problem> {
    let served = app.served()?;
    let provider = served.base().provider_of(id).ok_or(Problem::NoSuchProvider)?;
    // A key may have been given under another of the provider's ids.
    if !caller.speaks_for(&provider.id) && !caller.speaks_for(id) {
        return Err(Problem::Forbidden { needs: format!("a key that speaks for {}", provider.id).into() });
    }
    Ok((provider.id.clone(), served.today()))
}

fn told_of_room(served: &Live, id: &ProviderId) -> Result<Response, Problem> {
    let provider = served.base().provider_of(id);
    let said = match &provider {
        Some(provider) => served.availability_of(&provider.id),
        None => Some(served.told().availability.get(id).map(Arc::as_ref).ok_or(Problem::NoSuchProvider)?),
    };
    let rooms = said.map(|said| &said.rooms[..]).unwrap_or_default().iter();
    let standing = |room: &Room| Standing::of(provider.as_deref(), room.service, room.until, served.today());
    let wire = AvailabilityAnswer {
        of: OfProvider::new(provider.as_deref(), id, said.map(|said| said.said_on)),
        availability: rooms.map(|room| RoomWire::new(room, standing(room))).collect(),
    };
    answered(served, &wire)
}

fn told_of_taking(served: &Live, id: &ProviderId) -> Result<Response, Problem> {
    let provider = served.base().provider_of(id);
    let said = match &provider {
        Some(provider) => served.statements_of(&provider.id),
        None => Some(served.told().statements.get(id).map(Arc::as_ref).ok_or(Problem::NoSuchProvider)?),
    };
    let statements = said.map(|said| &said.statements[..]).unwrap_or_default().iter();
    let standing = |said: &Statement| Standing::of(provider.as_deref(), said.service, said.expires_on, served.today());
    let wire = StatementsAnswer {
        of: OfProvider::new(provider.as_deref(), id, said.map(|said| said.said_on)),
        statements: statements.map(|statement| StatementWire::new(statement, standing(statement))).collect(),
    };
    answered(served, &wire)
}

/// An answer that is of this moment: no cache on the way may keep it.
fn answered(served: &Live, wire: &impl Serialize) -> Result<Response, Problem> {
    let mut response = ([(CACHE_CONTROL, "no-store")], json_body(rendered(wire)?)).into_response();
    let manifest = served.base().manifest();
    let told = Told { generation: manifest.generation.clone(), built_at: manifest.built_at, ..Told::default() };
    response.extensions_mut().insert(told);
    Ok(response)
}

/// What a provider says of its room.
#[derive(Debug, Serialize, ToSchema)]
struct AvailabilityAnswer<'a> {
    #[serde(flatten)]
    of: OfProvider<'a>,
    /// For which days.
    availability: Vec<RoomWire>,
}

/// What a provider says that it takes.
#[derive(Debug, Serialize, ToSchema)]
struct StatementsAnswer<'a> {
    #[serde(flatten)]
    of: OfProvider<'a>,
    /// Each thing it says.
    statements: Vec<StatementWire>,
}

/// Whose word it is, and of which day.
#[derive(Debug, Serialize, ToSchema)]
struct OfProvider<'a> {
    /// The provider, by its own id.
    provider: &'a str,
    /// False where the provider has left the directory since: its word is kept and without effect.
    in_directory: bool,
    /// When it was said; null where it never said anything.
    #[schema(required)]
    said_on: Option<Date>,
}

impl<'a> OfProvider<'a> {
    fn new(provider: Option<&'a Provider>, id: &'a ProviderId, said_on: Option<Date>) -> Self {
        let own = provider.map_or(id, |provider| &provider.id);
        Self { provider: own.as_str(), in_directory: provider.is_some(), said_on }
    }
}

/// Whether something said counts, and why it does not.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StandingOfAWord)]
struct Standing {
    /// Whether it counts.
    #[schema(value_type = words::WordStanding)]
    state: &'static str,
    /// Why it has no effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    why: Option<&'static str>,
}

impl Standing {
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
struct RoomWire {
    /// The service.
    #[schema(value_type = words::Service)]
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
    standing: Standing,
}

impl RoomWire {
    fn new(said: &Room, standing: Standing) -> Self {
        let Room { service, from, until, room, beds } = *said;
        Self { service: service.code(), from, until, room, beds, standing }
    }
}

/// One statement: of a need, or of a limit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatementSaid)]
struct StatementWire {
    /// The service.
    #[schema(value_type = words::Service)]
    service: &'static str,
    #[serde(flatten)]
    says: SaysWire,
    /// The last day it holds.
    expires_on: Date,
    #[serde(flatten)]
    standing: Standing,
}

/// What a statement says.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = Says)]
enum SaysWire {
    /// Of a need.
    Need {
        /// The need.
        #[schema(value_type = words::Need)]
        need: &'static str,
        /// Whether patients with it are taken.
        answer: bool,
    },
    /// Of a limit.
    Limit {
        /// The limit.
        #[schema(value_type = words::Limit)]
        limit: &'static str,
        /// Its number.
        value: u32,
    },
}

impl StatementWire {
    fn new(said: &Statement, standing: Standing) -> Self {
        let says = match said.says {
            Says::Need(need, answer) => SaysWire::Need { need: need.code(), answer },
            Says::Limit(limit, value) => SaysWire::Limit { limit: limit.code(), value },
        };
        Self { service: said.service.code(), says, expires_on: said.expires_on, standing }
    }
}
