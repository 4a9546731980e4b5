//! What is told between nights, declared: the fields of the bodies and their bounds. What they mean together is in
//! [`crate::statements::parse`].

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::input::declare::{input, vocabulary};
use crate::input::errors::FieldErrors;
use crate::input::field::InputType;
use crate::input::place::FieldPlace;
use crate::input::schema;
use crate::input::schema::NamedSchema;
use crate::input::values::{LONGEST_TEXT, ListOf, Whole, text, text_schema};
use crate::provider::ProviderId;
use crate::service::{Limit, Need, Service};
use crate::statements::{DeclineReason, LONGEST_AVAILABILITY_DAYS, LONGEST_STATEMENT_DAYS, OUTCOME_DAYS, ReferralReply};

/// How many periods of room a provider may say at once. Our choice.
pub(crate) const MOST_ROOMS: usize = 100;
/// How many things of what it takes a provider may say at once: every need and limit of ten services. Our choice.
pub(crate) const MOST_STATEMENTS: usize = 750;
/// The most beds that are believed: more than any facility has. Our choice.
pub(crate) const MOST_BEDS: u32 = 10_000;

input! {
    /// Everything a provider says of its room; no two parts of one service speak of the same day.
    pub(crate) struct AvailabilityRequest as "RoomTold" {
        /// For which days; an empty list takes back what was said before.
        availability: ListOf<RoomRequest, MOST_ROOMS>,
            required("what is said?", || Some(r#"{"availability": []} takes back what was said before"#.to_owned()));
    }
}

input! {
    /// Whether one service has room from one day to another, both included.
    pub(crate) struct RoomRequest as "RoomPeriod" {
        /// The service.
        service: Service, required("of which service?", || None);
        /// The first day; today when left out.
        from: Date;
        /// The last day; the first day when left out.
        until: Date, note(|| format!("At most {LONGEST_AVAILABILITY_DAYS} days ahead."));
        /// Whether a patient can be taken.
        room: bool, required("is there room?", || Some("true or false".to_owned()));
        /// How many beds or places, where there is room. Shown, never ranked by.
        beds: Whole<1, MOST_BEDS>;
    }
}

input! {
    /// Everything a provider says of what it takes; nothing of one service twice.
    pub(crate) struct StatementsRequest as "StatementsTold" {
        /// Each thing it says; an empty list takes back what was said before.
        statements: ListOf<StatementRequest, MOST_STATEMENTS>,
            required("what is said?", || Some(r#"{"statements": []} takes back what was said before"#.to_owned()));
    }
}

input! {
    /// One thing it says: of a need or of a limit.
    pub(crate) struct StatementRequest as "StatementTold" {
        /// The service.
        service: Service, required("of which service?", || None);
        /// The need.
        need: Need;
        /// Whether patients with the need are taken.
        answer: bool;
        /// The limit.
        limit: Limit;
        /// The number of the limit.
        value: Whole<0, { largest_of_all() }>;
        /// The last day it holds.
        expires_on: Date, note(|| format!("{LONGEST_STATEMENT_DAYS} days from today when left out, and at most."));
    }
    one of {
        /// Whether patients with a need are taken.
        NeedStatement { service, need, answer; expires_on }
        /// The greatest weight it takes.
        MaxWeightStatement { service, limit = word_of(Limit::MaxWeight), value = bound_of(Limit::MaxWeight); expires_on }
        /// The youngest age it takes.
        MinAgeStatement { service, limit = word_of(Limit::MinAge), value = bound_of(Limit::MinAge); expires_on }
        /// The oldest age it takes.
        MaxAgeStatement { service, limit = word_of(Limit::MaxAge), value = bound_of(Limit::MaxAge); expires_on }
        /// The most infusion doses a day it gives.
        MaxDosesStatement { service, limit = word_of(Limit::MaxDoses), value = bound_of(Limit::MaxDoses); expires_on }
        /// The most that drugs may cost it a day.
        CostCeilingStatement { service, limit = word_of(Limit::CostCeiling), value = bound_of(Limit::CostCeiling); expires_on }
    }
}

input! {
    /// What became of one referral. There is no field for anything about the patient.
    pub(crate) struct OutcomeRequest as "OutcomeTold" {
        /// The id of the provider that was asked.
        provider: ProviderId, required("which provider was asked?", || Some("its id, such as ccn:425003".to_owned()));
        /// The service it was asked for.
        service: Service, required("of which service?", || None);
        /// The day it was asked; today when left out.
        asked_on: Date, note(|| format!("At most {OUTCOME_DAYS} days ago."));
        /// What it replied.
        reply: ReferralReply,
            required("what was replied?", || Some(format!("one of {}", REPLIES.map(ReferralReply::code).join(", "))));
        /// Why it declined; `not_said` when left out. Of a reply of `declined` only.
        why: DeclineReason;
    }
}

/// The largest number of a limit that means anything: our choice, the same as in profile files.
pub(crate) const fn largest(limit: Limit) -> u32 {
    match limit {
        Limit::MaxWeight => 2_000,
        Limit::MinAge | Limit::MaxAge => 120,
        Limit::MaxDoses => 48,
        Limit::CostCeiling => 1_000_000,
    }
}

/// The largest number that any limit may have.
const fn largest_of_all() -> u32 {
    largest(Limit::CostCeiling)
}

fn word_of(limit: Limit) -> Value {
    schema::word_of([limit.code()])
}

fn bound_of(limit: Limit) -> Value {
    let unit = limit.entry().map_or("", |entry| &entry.unit);
    json!({"type": "integer", "minimum": 0, "maximum": largest(limit), "description": format!("The number, in {unit}.")})
}

/// The replies there are; that of a decline without its reason.
const REPLIES: [ReferralReply; 3] =
    [ReferralReply::Accepted, ReferralReply::Declined(DeclineReason::NotSaid), ReferralReply::NoReply];

vocabulary! {
    /// What a provider replied to a referral.
    ReferralReply as "Reply" of REPLIES, ReferralReply::code, "no_such_reply", |typed| format!("there is no reply \"{typed}\"");
}

vocabulary! {
    /// Why a referral was declined: `declines:` and a need, `limit:` and a limit, or a word.
    DeclineReason as "DeclinedFor": every_reason().map(DeclineReason::code), reason_of, refuse_reason;
}

/// Reasons without a code of their own beside them.
const PLAIN: [DeclineReason; 5] = [
    DeclineReason::NoRoom,
    DeclineReason::Coverage,
    DeclineReason::OutsideServiceArea,
    DeclineReason::Other,
    DeclineReason::NotSaid,
];

fn every_reason() -> impl Iterator<Item = DeclineReason> {
    let needs = Need::all().map(DeclineReason::Need);
    PLAIN.into_iter().chain(needs).chain(Limit::ALL.map(DeclineReason::Limit))
}

fn reason_of(typed: &str) -> Option<DeclineReason> {
    match typed.split_once(':') {
        Some(("declines", code)) => code.parse().ok().map(DeclineReason::Need),
        Some(("limit", code)) => Limit::ALL.into_iter().find(|limit| limit.code() == code).map(DeclineReason::Limit),
        _ => PLAIN.into_iter().find(|why| why.code() == typed),
    }
}

fn refuse_reason(typed: &str, at: FieldPlace, faults: &mut FieldErrors) {
    match typed.split_once(':') {
        Some(("declines", code)) => drop(Need::read(&Value::from(code), at, faults)),
        Some(("limit", code)) => drop(Limit::read(&Value::from(code), at, faults)),
        _ => {
            let known = PLAIN.map(DeclineReason::code);
            let known = known.iter().map(String::as_str).chain(["declines:<need>", "limit:<limit>"]);
            // What was typed may be a sentence about a patient, so it is not said again.
            faults.unknown(at, "no_such_reason", "this is none of the reasons there are".to_owned(), typed, known);
        }
    }
}

impl InputType for ProviderId {
    type Value = Self;

    fn read(value: &Value, at: FieldPlace, faults: &mut FieldErrors) -> Option<Self> {
        match text(value, at, faults)?.parse::<Self>() {
            Ok(id) => Some(id),
            Err(error) => {
                faults.add(at, "not_an_id", error.to_string(), None);
                None
            }
        }
    }

    fn describe(_: &mut Vec<NamedSchema>) -> Value {
        text_schema(LONGEST_TEXT)
    }
}
