//! Request bodies of observations: their fields and bounds. [`crate::statements::observation_parse`]
//! checks the fields against each other.

use jiff::civil::Date;
use serde_json::Value;

use crate::input::declare::{input, vocabulary};
use crate::input::errors::FieldErrors;
use crate::input::field::InputType;
use crate::input::place::FieldPlace;
use crate::input::schema;
use crate::input::schema::NamedSchema;
use crate::input::values::{LONGEST_TEXT, ListOf, Text, Whole, text};
use crate::provider::ProviderId;
use crate::service::{Limit, Need, Service};
use crate::statements::observation::{ContactRole, FARTHEST_ROOM_DAYS, OBSERVATION_DAYS, OBSERVED_ROOM_DAYS, ObservedAnswer};
use crate::statements::request::largest;

/// Maximum number of observations in one request: every question of a page of the call sheet. Our
/// choice.
pub(crate) const MOST_OBSERVATIONS: usize = 200;
/// Most characters of the name of a unit. Our choice.
pub(crate) const LONGEST_UNIT: usize = 40;

input! {
    /// What providers answered by telephone.
    pub(crate) struct ObservationsRequest as "ObservationsHeard" {
        /// The answers; each question to a service of a provider once.
        observations: ListOf<ObservationRequest, MOST_OBSERVATIONS>,
            required("the list is missing", || Some(r#"{"observations": [...]}"#.to_owned())),
            filled("missing", "the list is empty", || None);
    }
}

input! {
    /// One answer: about a need, a limit, a coverage or room, or that nobody answered. There is no
    /// field for anything about the patient, and none for free text.
    pub(crate) struct ObservationRequest as "ObservationHeard" {
        /// The id of the provider that was called.
        provider: ProviderId, required("which provider was called?", || Some("its id, such as ccn:425003".to_owned()));
        /// The service.
        service: Service, required("which service?", || None);
        /// The need that was asked about.
        need: Need;
        /// The limit that was asked about.
        limit: Limit;
        /// The value of the limit, as the provider said it.
        value: Whole<0, { largest(Limit::CostCeiling) }>;
        /// The plan that was asked about, by its name in the directory.
        plan: Text<LONGEST_TEXT>;
        /// The network that was asked about, by its name in the directory.
        network: Text<LONGEST_TEXT>;
        /// The payer that was asked about, by its name in the directory.
        payer: Text<LONGEST_TEXT>;
        /// The answer. A limit has a value instead.
        answer: ObservedAnswer;
        /// With `room`: the first day with room; today if left out.
        from: Date, note(|| format!("Room counts for {OBSERVED_ROOM_DAYS} days after the call."));
        /// With `no_room`: the last day without room.
        through: Date, note(|| format!(
            "{OBSERVED_ROOM_DAYS} days ahead if left out, at most {FARTHEST_ROOM_DAYS}."
        ));
        /// The role of the person at the provider who answered; never a name.
        said_by: ContactRole;
        /// The unit that asked, from the list in `hospital.toml`.
        unit: Text<LONGEST_UNIT>;
    }
    one of {
        /// Whether patients with a need are accepted. It counts for 90 days.
        NeedObservation { provider, service, need, answer = yes_or_no(), said_by; unit }
        /// The value of a limit. It counts for 90 days.
        LimitObservation { provider, service, limit, value, said_by; unit }
        /// Whether a plan is accepted. It counts for 90 days, or until a newer directory of the payer.
        PlanObservation { provider, service, plan, answer = yes_or_no(), said_by; unit }
        /// Whether a network is accepted. It counts like that of a plan.
        NetworkObservation { provider, service, network, answer = yes_or_no(), said_by; unit }
        /// Whether a payer is accepted. It counts like that of a plan.
        PayerObservation { provider, service, payer, answer = yes_or_no(), said_by; unit }
        /// There is room.
        RoomObservation { provider, service, answer = schema::word_of(["room"]), said_by; from, unit }
        /// There is no room.
        NoRoomObservation { provider, service, answer = schema::word_of(["no_room"]), said_by; through, unit }
        /// Nobody answered. It is kept in the history and decides nothing.
        UnansweredObservation { provider, service, answer = schema::word_of(["no_answer", "left_message"]); unit }
    }
}

input! {
    /// Who withdraws an observation.
    pub(crate) struct WithdrawRequest as "ObservationWithdrawn" {
        /// The unit that withdraws it, from the list in `hospital.toml`.
        unit: Text<LONGEST_UNIT>;
    }
}

fn yes_or_no() -> Value {
    schema::word_of(["yes", "no"])
}

/// The answers that may be reported, without their days.
pub(crate) const ANSWERS: [ObservedAnswer; 6] = [
    ObservedAnswer::Yes,
    ObservedAnswer::No,
    ObservedAnswer::Room(None),
    ObservedAnswer::NoRoom(None),
    ObservedAnswer::NoAnswer,
    ObservedAnswer::LeftMessage,
];

vocabulary! {
    /// The role of the person at the provider who answered.
    ContactRole as "ContactRole" of ContactRole::ALL, ContactRole::code, "no_such_role", |_| "this is not a known role; names are not recorded".to_owned();
}

/// Each form of an observation allows some of the answers, so that there is no schema of all.
impl InputType for ObservedAnswer {
    type Value = Self;

    fn read(value: &Value, at: FieldPlace, faults: &mut FieldErrors) -> Option<Self> {
        let typed = text(value, at, faults)?;
        let found = ANSWERS.into_iter().find(|answer| answer.code() == typed);
        if found.is_none() {
            let detail = "this is not a known answer".to_owned();
            faults.unknown(at, "no_such_answer", detail, typed, ANSWERS.map(Self::code));
        }
        found
    }

    fn describe(_: &mut Vec<NamedSchema>) -> Value {
        schema::word_of(ANSWERS.map(Self::code))
    }
}

const _: () = assert!(OBSERVATION_DAYS == 90, "the descriptions above say 90 days");
