//! An observation as JSON.

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::overlay::LiveDirectory;
use crate::overlay::observation_state::ObservationState;
use crate::overlay::observed::shown_unit;
use crate::serve::openapi::enums;
use crate::service::{Limit, Need, Service};
use crate::statements::observation::{ContactRole, CoverageField, Observation, ObservedAnswer, ObservedQuestion};

/// One answer that a unit of the hospital heard by telephone. It is about `need`, `limit`, `plan`,
/// `network` or `payer`; without these it is about room, or nobody answered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Observation)]
pub(crate) struct ObservationJson<'a> {
    /// Its id.
    id: String,
    /// The provider.
    provider: &'a str,
    /// The service.
    #[schema(value_type = Service)]
    service: &'static str,
    /// The need that was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Need)]
    need: Option<&'static str>,
    /// The limit that was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Limit)]
    limit: Option<&'static str>,
    /// The plan that was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    plan: Option<&'a str>,
    /// The network that was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    network: Option<&'a str>,
    /// The payer that was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    payer: Option<&'a str>,
    /// The answer.
    #[schema(value_type = enums::RecordedAnswer)]
    answer: &'static str,
    /// The value of the limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = u32)]
    value: Option<u32>,
    /// The first day with room, if it was not at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = Date)]
    from: Option<Date>,
    /// The last day without room, if it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = Date)]
    through: Option<Date>,
    /// The role of the person who answered.
    #[schema(required, value_type = Option<ContactRole>)]
    said_by: Option<&'static str>,
    /// The unit that asked; null if none was given, or if too few reports of the need are known to
    /// name it.
    #[schema(required)]
    unit: Option<&'a str>,
    /// The hospital that heard it, if it is another one of a group that shares observations.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    hospital: Option<&'a str>,
    /// The day it was recorded.
    said_on: Date,
    /// The last day on which it counts; null if it decides nothing.
    #[schema(required)]
    holds_until: Option<Date>,
    /// Whether it counts.
    #[schema(value_type = enums::ObservationState)]
    state: &'static str,
}

impl<'a> ObservationJson<'a> {
    pub(crate) fn new(served: &'a LiveDirectory, heard: &'a Observation) -> Self {
        let coverage = |wanted: CoverageField| match &heard.asked {
            ObservedQuestion::Coverage(field, name) if *field == wanted => Some(name.as_str()),
            _ => None,
        };
        let (mut value, mut from, mut through) = (None, None, None);
        match heard.answer {
            ObservedAnswer::Value(number) => value = Some(number),
            ObservedAnswer::Room(day) => from = day,
            ObservedAnswer::NoRoom(day) => through = day,
            _ => {}
        }
        Self {
            id: heard.id.to_string(),
            provider: heard.provider.as_str(),
            service: heard.service.code(),
            need: match heard.asked {
                ObservedQuestion::Need(need) => Some(need.code()),
                _ => None,
            },
            limit: match heard.asked {
                ObservedQuestion::Limit(limit) => Some(limit.code()),
                _ => None,
            },
            plan: coverage(CoverageField::Plan),
            network: coverage(CoverageField::Network),
            payer: coverage(CoverageField::Payer),
            answer: heard.answer.code(),
            value,
            from,
            through,
            said_by: heard.said_by.map(ContactRole::code),
            unit: shown_unit(served.ledger_state(), heard),
            hospital: served.ledger_state().group.name(&heard.hospital),
            said_on: heard.said_on,
            holds_until: heard.holds_until(),
            state: ObservationState::of(served, heard).code(),
        }
    }
}
