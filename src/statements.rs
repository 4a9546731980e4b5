//! Statements between refresh runs: bed availability and acceptance stated by providers, and
//! referral outcomes reported by hospitals.
//!
//! No type here holds anything about a patient: an outcome has a provider, a service, a day and a
//! reason.

use jiff::civil::Date;

use crate::coverage::payer_class::PayerClass;
use crate::hospital_id::HospitalId;
use crate::provider::ProviderId;
use crate::service::{Limit, Need, Service};
use crate::statements::outcome_origin::OutcomeOrigin;
use crate::statements::stated_details::StatedDetails;

pub(crate) mod details_request;
pub(crate) mod expiry;
pub mod observation;
pub(crate) mod observation_parse;
pub(crate) mod observation_request;
pub mod outcome_origin;
pub(crate) mod parse;
pub mod provider_invite;
pub mod recorded_reply;
pub mod referral_request;
pub(crate) mod request;
pub mod stated_details;

/// Longest validity of a statement in days; after that it must be renewed. Our choice: a quarter,
/// as payers verify their directories (42 USC 300gg-115).
pub const LONGEST_STATEMENT_DAYS: i32 = 90;
/// How many days ahead availability may be stated. Our choice.
pub const LONGEST_AVAILABILITY_DAYS: i32 = 31;
/// How many days back outcomes count.
pub const OUTCOME_DAYS: i32 = 90;
/// How many days back recorded answers are read: those of a question that nobody has answered lately make its chance. Our
/// choice.
pub const RECORD_DAYS: i32 = 365;
/// Fewer outcomes than this are not used: they may be chance, and could identify a person. Our
/// choice.
pub const FEWEST_OUTCOMES: u32 = 5;
/// Fewer outcomes of one class of payers than this are not shown by themselves, for the same reason.
pub const FEWEST_OF_CLASS: u32 = 10;

/// Availability of one service from one day to another, both included. Other days are not reported.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomStatement {
    /// The service.
    pub service: Service,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub until: Date,
    /// Whether a patient can be admitted.
    pub room: bool,
    /// Number of beds or places, if stated. Displayed, not used for ranking.
    pub beds: Option<u32>,
}

/// One statement of a provider about one of its services.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Statement {
    /// The service.
    pub service: Service,
    /// The content.
    pub says: StatementValue,
    /// The last day of validity.
    pub expires_on: Date,
}

/// The content of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatementValue {
    /// Whether patients with this need are accepted.
    Need(Need, bool),
    /// The limit and its value.
    Limit(Limit, u32),
}

/// The bed availability of a provider; a newer one replaces it as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Availability {
    /// The provider.
    pub provider: ProviderId,
    /// The day it was stated.
    pub said_on: Date,
    /// The periods; those of one service do not overlap. An empty list withdraws earlier ones.
    pub rooms: Vec<RoomStatement>,
}

/// What a provider states that it accepts, and the rest that it states of itself; newer statements
/// replace them as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statements {
    /// The provider.
    pub provider: ProviderId,
    /// The day they were stated.
    pub said_on: Date,
    /// The statements, without duplicates. An empty list withdraws earlier ones.
    pub statements: Vec<Statement>,
    /// Its service area, languages and admissions line.
    pub details: StatedDetails,
}

/// The outcome of one referral.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The hospital that reported it.
    pub hospital: HospitalId,
    /// The provider asked.
    pub provider: ProviderId,
    /// The service.
    pub service: Service,
    /// The day it was asked.
    pub asked_on: Date,
    /// The reply.
    pub reply: ReferralReply,
    /// Who would have paid, if that was recorded.
    pub payer_class: Option<PayerClass>,
    /// How it came to be recorded.
    pub origin: OutcomeOrigin,
}

/// A provider's reply to a referral.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReferralReply {
    /// It accepted the patient.
    Accepted,
    /// It declined, with the reason.
    Declined(DeclineReason),
    /// It did not reply.
    NoReply,
}

/// Why a referral was declined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeclineReason {
    /// No bed or place, or no staff to begin.
    NoRoom,
    /// It does not accept patients with this need.
    Need(Need),
    /// It sets this limit.
    Limit(Limit),
    /// It does not accept the coverage.
    Coverage,
    /// It does not serve that location.
    OutsideServiceArea,
    /// Another reason.
    Other,
    /// No reason given.
    NotSaid,
}

impl ReferralReply {
    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Declined(_) => "declined",
            Self::NoReply => "no_reply",
        }
    }
}

impl DeclineReason {
    /// The code in the API: `no_room`, `declines:resp.vent`, `limit:size.max_lb`.
    pub fn code(self) -> String {
        match self {
            Self::NoRoom => "no_room".to_owned(),
            Self::Need(need) => format!("declines:{need}"),
            Self::Limit(limit) => format!("limit:{}", limit.code()),
            Self::Coverage => "coverage".to_owned(),
            Self::OutsideServiceArea => "outside_service_area".to_owned(),
            Self::Other => "other".to_owned(),
            Self::NotSaid => "not_said".to_owned(),
        }
    }
}
