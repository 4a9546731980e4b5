//! `GET` and `PUT /v1/providers/{id}/availability` and `/statements`: what a provider states
//! between refreshes.
//!
//! A statement replaces all earlier ones, and answers reflect it as soon as it is accepted. It is
//! stored under the provider's id in the directory, whichever of its ids the path has.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api_keys::Principal;
use crate::ledger::event::LedgerEvent;
use crate::ledger::write::LedgerWrite;
use crate::overlay::LiveDirectory;
use crate::provider::{Provider, ProviderId};
use crate::serve::counted_write::append_counted;
use crate::serve::http::answer_metadata::AnswerMetadata;
use crate::serve::http::body::{json_body, rendered};
use crate::serve::http::extract::{CurrentPrincipal, ProviderPath, StrictJson, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::openapi::enums;
use crate::serve::state::AppState;
use crate::service::{Limit, Need, Service};
use crate::statements::parse::StatedContent;
use crate::statements::request::{AvailabilityRequest, StatementsRequest};
use crate::statements::stated_details::ServiceDetails;
use crate::statements::{Availability, RoomStatement, Statement, StatementValue, Statements, parse};

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
    responses((status = 200, description = "What it states", body = AvailabilityJson)),
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
/// speaks for.
#[utoipa::path(
    put,
    path = "/v1/providers/{id}/availability",
    operation_id = "set_availability",
    tag = "statements",
    params(("id" = String, Path, description = "A provider's id.")),
    request_body = AvailabilityRequest,
    responses((status = 200, description = "What it states now", body = AvailabilityJson)),
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
    let event = LedgerEvent::Availability(Availability { provider: provider.clone(), said_on, rooms });
    append_counted(&app, &caller, &LedgerWrite::one(&event)).await?;
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
    responses((status = 200, description = "What it states", body = ProviderStatementsJson)),
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
/// overrides the files of the nightly refresh for as long as it is in effect.
#[utoipa::path(
    put,
    path = "/v1/providers/{id}/statements",
    operation_id = "set_statements",
    tag = "statements",
    params(("id" = String, Path, description = "A provider's id.")),
    request_body = StatementsRequest,
    responses((status = 200, description = "What it states now", body = ProviderStatementsJson)),
)]
pub(crate) async fn set_statements(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    ProviderPath(id): ProviderPath,
    CurrentPrincipal(caller): CurrentPrincipal,
    body: StrictJson,
) -> Result<Response, Problem> {
    let (provider, said_on) = spoken_for(&app, &caller, &id)?;
    let StatedContent { statements, details } = parse::statements(&body.read()?, said_on).map_err(Problem::Invalid)?;
    let event = LedgerEvent::Statements(Statements { provider: provider.clone(), said_on, statements, details });
    append_counted(&app, &caller, &LedgerWrite::one(&event)).await?;
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
    answered(served, &wire)
}

/// A current answer, marked so that no cache stores it.
fn answered(served: &LiveDirectory, wire: &impl Serialize) -> Result<Response, Problem> {
    let mut response = ([(CACHE_CONTROL, "no-store")], json_body(rendered(wire)?)).into_response();
    let manifest = served.base().manifest();
    let told =
        AnswerMetadata { generation: manifest.generation.clone(), built_at: manifest.built_at, ..AnswerMetadata::default() };
    response.extensions_mut().insert(told);
    Ok(response)
}

/// What a provider states about its availability.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AvailabilityAnswer)]
struct AvailabilityJson<'a> {
    #[serde(flatten)]
    of: StatementHeader<'a>,
    /// The stated days.
    availability: Vec<RoomSaidJson>,
}

/// What a provider states about what it accepts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatementsAnswer)]
struct ProviderStatementsJson<'a> {
    #[serde(flatten)]
    of: StatementHeader<'a>,
    /// Each statement.
    statements: Vec<StatementJson>,
    /// The service area and the languages of its services.
    services: Vec<ServiceDetailsJson>,
    /// Its telephone number for admissions; null if it states none.
    #[schema(required)]
    admissions: Option<AdmissionsLineJson>,
}

/// The service area and the languages that a provider states of one service.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServiceDetailsSaid)]
struct ServiceDetailsJson {
    /// The service.
    #[schema(value_type = Service)]
    service: &'static str,
    /// The ZIP codes that it serves; empty if it states none.
    zips: Vec<String>,
    /// The languages that its staff speak, as ISO 639-1 codes; empty if it states none.
    languages: Vec<String>,
    /// The last day they are in effect.
    expires_on: Date,
    #[serde(flatten)]
    standing: StatementStatusJson,
}

/// The telephone number for admissions that a provider states.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AdmissionsLineSaid)]
struct AdmissionsLineJson {
    /// The number.
    phone: String,
    /// The last day it is in effect.
    expires_on: Date,
    #[serde(flatten)]
    standing: StatementStatusJson,
}

/// Whose statement it is, and of which day.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OfProvider)]
struct StatementHeader<'a> {
    /// The provider, by its id in the directory.
    provider: &'a str,
    /// False if the provider has left the directory: its statement is stored and has no effect.
    in_directory: bool,
    /// The day of the statement; null if it never made one.
    #[schema(required)]
    said_on: Option<Date>,
}

impl<'a> StatementHeader<'a> {
    fn new(provider: Option<&'a Provider>, id: &'a ProviderId, said_on: Option<Date>) -> Self {
        let own = provider.map_or(id, |provider| &provider.id);
        Self { provider: own.as_str(), in_directory: provider.is_some(), said_on }
    }
}

/// Whether a statement is in effect, and why not.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StandingOfAWord)]
struct StatementStatusJson {
    /// Whether it is in effect.
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
            Some(provider) if provider.line(service).is_none() => {
                without_effect("the directory does not list this service of the provider")
            }
            _ => Self::of_provider(provider, until, today),
        }
    }

    /// For a statement that is of no service.
    fn of_provider(provider: Option<&Provider>, until: Date, today: Date) -> Self {
        match provider {
            None => Self { state: "without_effect", why: Some("the directory has no such provider") },
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
    /// Whether it can take a patient.
    room: bool,
    /// How many beds or places, if stated.
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

/// One statement: about a need or a limit.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = StatementSaid)]
enum StatementJson {
    /// About a need.
    Need(NeedStatementJson),
    /// About a limit.
    Limit(LimitStatementJson),
}

/// What a provider states about a need.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NeedSaid)]
struct NeedStatementJson {
    /// The service.
    #[schema(value_type = Service)]
    service: &'static str,
    /// The need.
    #[schema(value_type = Need)]
    need: &'static str,
    /// Whether it accepts patients with the need.
    answer: bool,
    /// The last day it is in effect.
    expires_on: Date,
    #[serde(flatten)]
    standing: StatementStatusJson,
}

/// What a provider states about a limit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LimitSaid)]
struct LimitStatementJson {
    /// The service.
    #[schema(value_type = Service)]
    service: &'static str,
    /// The limit.
    #[schema(value_type = Limit)]
    limit: &'static str,
    /// Its value.
    value: u32,
    /// The last day it is in effect.
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
