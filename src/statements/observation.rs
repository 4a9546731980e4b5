//! What a hospital unit heard from a provider by telephone.
//!
//! An observation has no field for free text and none for a patient: a provider, a service, what
//! was asked, the answer, the role of the person who answered, the unit, and the day.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::hospital_id::HospitalId;
use crate::provider::ProviderId;
use crate::service::{Limit, Need, Service};

/// How long an answer about a need, a limit or a plan counts, in days. Our choice, the same as for
/// statements.
pub const OBSERVATION_DAYS: i32 = 90;
/// How long "room" counts, and "no room" without a day. Our choice: beds change within days.
pub const OBSERVED_ROOM_DAYS: i32 = 3;
/// How far ahead a day may lie. Our choice.
pub const FARTHEST_ROOM_DAYS: i32 = 731;
/// A unit is named as the source of an answer about a need only with this many reports of the need.
/// Fewer could identify a patient. Our choice.
pub const FEWEST_REPORTS: u32 = 5;

/// One answer that a hospital unit heard by telephone. A later one to the same question replaces
/// it; the earlier one stays in the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// Its random id.
    pub id: ObservationId,
    /// The hospital it belongs to.
    pub hospital: HospitalId,
    /// The unit that asked, from the list in `hospital.toml`.
    pub unit: Option<String>,
    /// The principal that recorded it, as in the audit log.
    pub principal: String,
    /// The provider.
    pub provider: ProviderId,
    /// The service.
    pub service: Service,
    /// The day it was recorded.
    pub said_on: Date,
    /// The role at the provider of the person who answered.
    pub said_by: Option<ContactRole>,
    /// What was asked.
    pub asked: ObservedQuestion,
    /// The answer.
    pub answer: ObservedAnswer,
    /// It is read until [`OBSERVATION_DAYS`] after this day, which is never before that of a record
    /// that it replaces.
    pub counts_through: Date,
}

/// The id of an observation: 128 random bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObservationId(pub [u8; 16]);

impl fmt::Display for ObservationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl FromStr for ObservationId {
    type Err = ParseObservationIdError;

    fn from_str(text: &str) -> Result<Self, ParseObservationIdError> {
        let is_plain = text.len() == 32 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let number = u128::from_str_radix(text, 16).ok().filter(|_| is_plain).ok_or(ParseObservationIdError)?;
        Ok(Self(number.to_be_bytes()))
    }
}

/// The text is not an id of an observation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an observation id is 32 hexadecimal digits")]
pub struct ParseObservationIdError;

/// Who at the provider answered: a role, never a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContactRole {
    /// Admissions or intake.
    Admissions,
    /// A nurse.
    Nursing,
    /// An administrator or director.
    Administration,
    /// A social worker.
    SocialWork,
    /// A scheduler.
    Scheduling,
    /// The billing or insurance office.
    Billing,
    /// An answering service.
    AnsweringService,
    /// Somebody else.
    Other,
}

impl ContactRole {
    /// Every role.
    pub const ALL: [Self; 8] = [
        Self::Admissions,
        Self::Nursing,
        Self::Administration,
        Self::SocialWork,
        Self::Scheduling,
        Self::Billing,
        Self::AnsweringService,
        Self::Other,
    ];

    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Admissions => "admissions",
            Self::Nursing => "nursing",
            Self::Administration => "administration",
            Self::SocialWork => "social_work",
            Self::Scheduling => "scheduling",
            Self::Billing => "billing",
            Self::AnsweringService => "answering_service",
            Self::Other => "other",
        }
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Admissions => "Admissions",
            Self::Nursing => "Nursing",
            Self::Administration => "Administration",
            Self::SocialWork => "Social work",
            Self::Scheduling => "Scheduling",
            Self::Billing => "Billing",
            Self::AnsweringService => "Answering service",
            Self::Other => "Other",
        }
    }
}

/// How a question names its coverage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CoverageField {
    /// A plan.
    Plan,
    /// A network.
    Network,
    /// A payer.
    Payer,
}

impl CoverageField {
    /// Every field.
    pub const ALL: [Self; 3] = [Self::Plan, Self::Network, Self::Payer];

    /// The name of the field in a question.
    pub fn code(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Network => "network",
            Self::Payer => "payer",
        }
    }
}

/// What was asked on the telephone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObservedQuestion {
    /// Whether patients with this need are accepted.
    Need(Need),
    /// What the limit is.
    Limit(Limit),
    /// Whether the coverage is accepted, by its name in the directory.
    Coverage(CoverageField, String),
    /// Whether there is room.
    Room,
    /// Nothing: nobody answered.
    Call,
}

/// What was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObservedAnswer {
    /// Yes, to a need or a coverage.
    Yes,
    /// No, to a need or a coverage.
    No,
    /// The value of a limit.
    Value(u32),
    /// There is room, from a later day if one is given.
    Room(Option<Date>),
    /// There is no room; the last day without room, if it was given.
    NoRoom(Option<Date>),
    /// Nobody answered the telephone.
    NoAnswer,
    /// A message was left.
    LeftMessage,
    /// The answer before it was withdrawn.
    Withdrawn,
}

impl ObservedAnswer {
    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Value(_) => "value",
            Self::Room(_) => "room",
            Self::NoRoom(_) => "no_room",
            Self::NoAnswer => "no_answer",
            Self::LeftMessage => "left_message",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The last day on which an answer of `said_on` counts; `None` for one that decides nothing.
    pub fn holds_until(self, said_on: Date) -> Option<Date> {
        let room = after(said_on, OBSERVED_ROOM_DAYS);
        match self {
            Self::Yes | Self::No | Self::Value(_) => Some(after(said_on, OBSERVATION_DAYS)),
            Self::Room(from) => Some(from.map_or(room, |from| room.max(day_before(from)))),
            Self::NoRoom(through) => Some(through.unwrap_or(room)),
            Self::NoAnswer | Self::LeftMessage | Self::Withdrawn => None,
        }
    }
}

impl Observation {
    /// The last day on which it counts; `None` if it decides nothing.
    pub fn holds_until(&self) -> Option<Date> {
        self.answer.holds_until(self.said_on)
    }

    /// Whether it answers the same question as `other`.
    pub fn is_about_same(&self, other: &Self) -> bool {
        self.service == other.service && self.asked == other.asked
    }
}

/// The day `days` after `day`.
pub(crate) fn after(day: Date, days: i32) -> Date {
    day.saturating_add(days.days())
}

/// The day before `day`.
pub(crate) fn day_before(day: Date) -> Date {
    day.yesterday().unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn room_counts_three_days_and_no_room_until_the_day_said() {
        let said = date(2026, 11, 21);
        for (answer, until) in [
            (ObservedAnswer::Yes, Some(date(2027, 2, 19))),
            (ObservedAnswer::Value(350), Some(date(2027, 2, 19))),
            (ObservedAnswer::Room(None), Some(date(2026, 11, 24))),
            (ObservedAnswer::Room(Some(date(2026, 12, 24))), Some(date(2026, 12, 23))),
            (ObservedAnswer::Room(Some(date(2026, 11, 22))), Some(date(2026, 11, 24))),
            (ObservedAnswer::NoRoom(None), Some(date(2026, 11, 24))),
            (ObservedAnswer::NoRoom(Some(date(2027, 6, 1))), Some(date(2027, 6, 1))),
            (ObservedAnswer::LeftMessage, None),
            (ObservedAnswer::Withdrawn, None),
        ] {
            assert_eq!(answer.holds_until(said), until, "{answer:?}");
        }
    }

    #[test]
    fn an_id_is_read_as_it_is_written() {
        let id = ObservationId([7; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        for text in ["", "7", "+7070707070707070707070707070707", "0707070707070707070707070707070G"] {
            assert!(text.parse::<ObservationId>().is_err(), "{text}");
        }
    }
}
