//! What is said between nights: by a provider of its room and of what it takes, by a hospital of what became of a referral.
//!
//! No type here can hold anything about a patient: an outcome knows the provider, the service, the day and a reason, nothing else.

use jiff::civil::Date;

use crate::provider::ProviderId;
use crate::service::{Limit, Need, Service};

pub(crate) mod parse;
pub(crate) mod request;

/// A statement holds at most this many days; then it must be said again. Our choice: a quarter, as payers verify their directories
/// (42 USC 300gg-115).
pub const LONGEST_STATEMENT_DAYS: i32 = 90;
/// Room is promised at most this many days ahead. Our choice.
pub const LONGEST_AVAILABILITY_DAYS: i32 = 31;
/// How many days back outcomes count.
pub const OUTCOME_DAYS: i32 = 90;
/// Fewer outcomes than this say nothing: chance, and too few for nobody to be recognised in. Our choice.
pub const FEWEST_OUTCOMES: u32 = 5;

/// Whether one service has room from one day to another, both included. Outside of those days nothing is said.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomStatement {
    /// The service.
    pub service: Service,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub until: Date,
    /// Whether a patient can be taken.
    pub room: bool,
    /// How many beds or places, where said. Shown, never ranked by.
    pub beds: Option<u32>,
}

/// One thing a provider says of one of its services.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Statement {
    /// The service.
    pub service: Service,
    /// What it says.
    pub says: StatementValue,
    /// The last day it holds.
    pub expires_on: Date,
}

/// What a statement says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatementValue {
    /// Whether it takes patients with this need.
    Need(Need, bool),
    /// The bound it sets.
    Limit(Limit, u32),
}

/// Everything a provider says of its room; a newer one replaces it whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Availability {
    /// The provider.
    pub provider: ProviderId,
    /// The day it was said.
    pub said_on: Date,
    /// For which days; no two of one service overlap. Empty takes back what was said before.
    pub rooms: Vec<RoomStatement>,
}

/// Everything a provider says of what it takes; a newer one replaces it whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statements {
    /// The provider.
    pub provider: ProviderId,
    /// The day it was said.
    pub said_on: Date,
    /// What; nothing twice. Empty takes back what was said before.
    pub statements: Vec<Statement>,
}

/// What became of one referral.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The provider asked.
    pub provider: ProviderId,
    /// For which service.
    pub service: Service,
    /// The day it was asked.
    pub asked_on: Date,
    /// What it replied.
    pub reply: ReferralReply,
}

/// What a provider replied to a referral.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReferralReply {
    /// It took the patient.
    Accepted,
    /// It did not, and why.
    Declined(DeclineReason),
    /// It never replied.
    NoReply,
}

/// Why a referral was declined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeclineReason {
    /// It has no room, or no staff to begin.
    NoRoom,
    /// It does not take patients with this need.
    Need(Need),
    /// It sets this limit.
    Limit(Limit),
    /// It does not take the coverage.
    Coverage,
    /// It does not come there.
    OutsideServiceArea,
    /// Something else.
    Other,
    /// It did not say.
    NotSaid,
}

impl ReferralReply {
    /// The word the API uses.
    pub fn code(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Declined(_) => "declined",
            Self::NoReply => "no_reply",
        }
    }
}

impl DeclineReason {
    /// The code the API uses: `no_room`, `declines:resp.vent`, `limit:size.max_lb`.
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
