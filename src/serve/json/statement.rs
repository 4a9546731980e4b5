//! What a provider states between refreshes, as JSON.

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::provider::{Provider, ProviderId};
use crate::serve::openapi::enums;
use crate::service::{Limit, Need, Service};
use crate::statements::{RoomStatement, Statement, StatementValue};

/// What a provider states about its availability.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AvailabilityAnswer)]
pub(crate) struct AvailabilityJson<'a> {
    #[serde(flatten)]
    pub(crate) of: StatementHeader<'a>,
    /// The stated days.
    pub(crate) availability: Vec<RoomSaidJson>,
}

/// What a provider states about what it accepts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatementsAnswer)]
pub(crate) struct ProviderStatementsJson<'a> {
    #[serde(flatten)]
    pub(crate) of: StatementHeader<'a>,
    /// Each statement.
    pub(crate) statements: Vec<StatementJson>,
    /// The service area and the languages of its services.
    pub(crate) services: Vec<ServiceDetailsJson>,
    /// Its telephone number for admissions; null if it states none.
    #[schema(required)]
    pub(crate) admissions: Option<AdmissionsLineJson>,
}

/// The service area and the languages that a provider states of one service.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServiceDetailsSaid)]
pub(crate) struct ServiceDetailsJson {
    /// The service.
    #[schema(value_type = Service)]
    pub(crate) service: &'static str,
    /// The ZIP codes that it serves; empty if it states none.
    pub(crate) zips: Vec<String>,
    /// The languages that its staff speak, as ISO 639-1 codes; empty if it states none.
    pub(crate) languages: Vec<String>,
    /// The last day they are in effect.
    pub(crate) expires_on: Date,
    #[serde(flatten)]
    pub(crate) standing: StatementStatusJson,
}

/// The telephone number for admissions that a provider states.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AdmissionsLineSaid)]
pub(crate) struct AdmissionsLineJson {
    /// The number.
    pub(crate) phone: String,
    /// The last day it is in effect.
    pub(crate) expires_on: Date,
    #[serde(flatten)]
    pub(crate) standing: StatementStatusJson,
}

/// Whose statement it is, and of which day.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OfProvider)]
pub(crate) struct StatementHeader<'a> {
    /// The provider, by its id in the directory.
    pub(crate) provider: &'a str,
    /// False if the provider has left the directory: its statement is stored and has no effect.
    pub(crate) in_directory: bool,
    /// The day of the statement; null if it never made one.
    #[schema(required)]
    pub(crate) said_on: Option<Date>,
}

impl<'a> StatementHeader<'a> {
    pub(crate) fn new(provider: Option<&'a Provider>, id: &'a ProviderId, said_on: Option<Date>) -> Self {
        let own = provider.map_or(id, |provider| &provider.id);
        Self { provider: own.as_str(), in_directory: provider.is_some(), said_on }
    }
}

/// Whether a statement is in effect, and why not.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StandingOfAWord)]
pub(crate) struct StatementStatusJson {
    /// Whether it is in effect.
    #[schema(value_type = enums::WordStanding)]
    pub(crate) state: &'static str,
    /// Why it has no effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    pub(crate) why: Option<&'static str>,
}

impl StatementStatusJson {
    pub(crate) fn of(provider: Option<&Provider>, service: Service, until: Date, today: Date) -> Self {
        let without_effect = |why| Self { state: "without_effect", why: Some(why) };
        match provider {
            Some(provider) if provider.line(service).is_none() => {
                without_effect("the directory does not list this service of the provider")
            }
            _ => Self::of_provider(provider, until, today),
        }
    }

    /// For a statement that is of no service.
    pub(crate) fn of_provider(provider: Option<&Provider>, until: Date, today: Date) -> Self {
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
pub(crate) struct RoomSaidJson {
    /// The service.
    #[schema(value_type = Service)]
    pub(crate) service: &'static str,
    /// The first day.
    pub(crate) from: Date,
    /// The last day.
    pub(crate) until: Date,
    /// Whether it can take a patient.
    pub(crate) room: bool,
    /// How many beds or places, if stated.
    #[schema(required)]
    pub(crate) beds: Option<u32>,
    #[serde(flatten)]
    pub(crate) standing: StatementStatusJson,
}

impl RoomSaidJson {
    pub(crate) fn new(said: &RoomStatement, standing: StatementStatusJson) -> Self {
        let RoomStatement { service, from, until, room, beds } = *said;
        Self { service: service.code(), from, until, room, beds, standing }
    }
}

/// One statement: about a need or a limit.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = StatementSaid)]
pub(crate) enum StatementJson {
    /// About a need.
    Need(NeedStatementJson),
    /// About a limit.
    Limit(LimitStatementJson),
}

/// What a provider states about a need.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NeedSaid)]
pub(crate) struct NeedStatementJson {
    /// The service.
    #[schema(value_type = Service)]
    pub(crate) service: &'static str,
    /// The need.
    #[schema(value_type = Need)]
    pub(crate) need: &'static str,
    /// Whether it accepts patients with the need.
    pub(crate) answer: bool,
    /// The last day it is in effect.
    pub(crate) expires_on: Date,
    #[serde(flatten)]
    pub(crate) standing: StatementStatusJson,
}

/// What a provider states about a limit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LimitSaid)]
pub(crate) struct LimitStatementJson {
    /// The service.
    #[schema(value_type = Service)]
    pub(crate) service: &'static str,
    /// The limit.
    #[schema(value_type = Limit)]
    pub(crate) limit: &'static str,
    /// Its value.
    pub(crate) value: u32,
    /// The last day it is in effect.
    pub(crate) expires_on: Date,
    #[serde(flatten)]
    pub(crate) standing: StatementStatusJson,
}

impl StatementJson {
    pub(crate) fn new(said: &Statement, standing: StatementStatusJson) -> Self {
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
