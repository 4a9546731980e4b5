//! Request bodies of statements and outcomes: their fields and bounds. [`crate::statements::parse`]
//! checks the fields against each other.

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::coverage::payer_class::PayerClass;
use crate::input::declare::{input, vocabulary};
use crate::input::errors::FieldErrors;
use crate::input::field::InputType;
use crate::input::place::FieldPlace;
use crate::input::schema;
use crate::input::schema::NamedSchema;
use crate::input::values::{LONGEST_TEXT, ListOf, Whole, text, text_schema};
use crate::provider::ProviderId;
use crate::service::{Limit, Need, Service};
use crate::statements::details_request::{AdmissionsRequest, ServiceDetailsRequest};
use crate::statements::{DeclineReason, LONGEST_AVAILABILITY_DAYS, LONGEST_STATEMENT_DAYS, OUTCOME_DAYS, ReferralReply};

/// Maximum number of availability periods in one request. Our choice.
pub(crate) const MOST_ROOMS: usize = 100;
/// Maximum number of statements in one request: every need and limit of ten services. Our choice.
pub(crate) const MOST_STATEMENTS: usize = 750;
/// Largest accepted number of beds: more than any facility has. Our choice.
pub(crate) const MOST_BEDS: u32 = 10_000;

input! {
    /// The bed availability of a provider; periods of one service do not overlap.
    pub(crate) struct AvailabilityRequest as "RoomTold" {
        /// The periods; an empty list withdraws what was stated before.
        availability: ListOf<RoomRequest, MOST_ROOMS>,
            required("the list is missing", || Some(r#"{"availability": []} withdraws what was stated before"#.to_owned()));
    }
}

input! {
    /// Availability of one service from one day to another, both included.
    pub(crate) struct RoomRequest as "RoomPeriod" {
        /// The service.
        service: Service, required("which service?", || None);
        /// The first day; today if left out.
        from: Date;
        /// The last day; the first day if left out.
        until: Date, note(|| format!("At most {LONGEST_AVAILABILITY_DAYS} days ahead."));
        /// Whether a patient can be admitted.
        room: bool, required("is there room?", || Some("true or false".to_owned()));
        /// Number of beds or places, if there is room. Displayed, not used for ranking.
        beds: Whole<1, MOST_BEDS>;
    }
}

input! {
    /// What a provider states that it accepts, with its service area, languages and admissions line.
    /// It replaces everything stated before. No duplicates within a service.
    pub(crate) struct StatementsRequest as "StatementsTold" {
        /// The statements; an empty list withdraws what was stated before.
        statements: ListOf<StatementRequest, MOST_STATEMENTS>,
            required("the list is missing", || Some(r#"{"statements": []} withdraws what was stated before"#.to_owned()));
        /// The service area and the languages of its services, each service once; left out withdraws them.
        services: ListOf<ServiceDetailsRequest, { Service::ALL.len() }>;
        /// Its telephone number for admissions; left out withdraws it.
        admissions: AdmissionsRequest;
    }
}

input! {
    /// One statement: about a need or about a limit.
    pub(crate) struct StatementRequest as "StatementTold" {
        /// The service.
        service: Service, required("which service?", || None);
        /// The need.
        need: Need;
        /// Whether patients with the need are accepted.
        answer: bool;
        /// The limit.
        limit: Limit;
        /// The value of the limit.
        value: Whole<0, { largest_of_all() }>;
        /// The last day of validity.
        expires_on: Date, note(|| format!("{LONGEST_STATEMENT_DAYS} days from today if left out, which is also the maximum."));
    }
    one of {
        /// Whether patients with a need are accepted.
        NeedStatement { service, need, answer; expires_on }
        /// The maximum weight it accepts.
        MaxWeightStatement { service, limit = word_of(Limit::MaxWeight), value = bound_of(Limit::MaxWeight); expires_on }
        /// The minimum age it accepts.
        MinAgeStatement { service, limit = word_of(Limit::MinAge), value = bound_of(Limit::MinAge); expires_on }
        /// The maximum age it accepts.
        MaxAgeStatement { service, limit = word_of(Limit::MaxAge), value = bound_of(Limit::MaxAge); expires_on }
        /// The maximum number of IV doses per day.
        MaxDosesStatement { service, limit = word_of(Limit::MaxDoses), value = bound_of(Limit::MaxDoses); expires_on }
        /// The maximum cost of drugs per day.
        CostCeilingStatement { service, limit = word_of(Limit::CostCeiling), value = bound_of(Limit::CostCeiling); expires_on }
    }
}

input! {
    /// The outcome of one referral. There is no field for anything about the patient.
    pub(crate) struct OutcomeRequest as "OutcomeTold" {
        /// The id of the provider that was asked.
        provider: ProviderId, required("which provider was asked?", || Some("its id, such as ccn:425003".to_owned()));
        /// The requested service.
        service: Service, required("which service?", || None);
        /// The day it was asked; today if left out.
        asked_on: Date, note(|| format!("At most {OUTCOME_DAYS} days ago."));
        /// The reply.
        reply: ReferralReply,
            required("what was the reply?", || Some(format!("one of {}", REPLIES.map(ReferralReply::code).join(", "))));
        /// Why it declined; `not_said` if left out. Only for the reply `declined`.
        why: DeclineReason;
        /// Who would have paid, as a class.
        payer_class: PayerClass;
    }
}

/// The largest meaningful value of a limit. Our choice, the same as in profile files.
pub(crate) const fn largest(limit: Limit) -> u32 {
    match limit {
        Limit::MaxWeight => 2_000,
        Limit::MinAge | Limit::MaxAge => 120,
        Limit::MaxDoses => 48,
        Limit::CostCeiling => 1_000_000,
    }
}

/// The largest value of any limit.
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

/// The replies; the decline without its reason.
const REPLIES: [ReferralReply; 3] =
    [ReferralReply::Accepted, ReferralReply::Declined(DeclineReason::NotSaid), ReferralReply::NoReply];

vocabulary! {
    /// A provider's reply to a referral.
    ReferralReply as "Reply" of REPLIES, ReferralReply::code, "no_such_reply", |typed| format!("there is no reply \"{typed}\"");
}

vocabulary! {
    /// Why a referral was declined: `declines:` and a need, `limit:` and a limit, or one of the
    /// other codes.
    DeclineReason as "DeclinedFor": every_reason().map(DeclineReason::code), reason_of, refuse_reason;
}

/// The reasons without a need or limit.
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
            // The text may be a sentence about a patient, so the error does not repeat it.
            faults.unknown(at, "no_such_reason", "this is not a known reason".to_owned(), typed, known);
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
