//! Second stage of parsing statements and outcomes: checks their fields against each other, the
//! directory and the date, and returns the result or all errors.

use jiff::civil::Date;
use serde_json::Value;

use crate::hospital_id::HospitalId;
use crate::input::errors::FieldErrors;
use crate::input::field::{Field, InputType};
use crate::input::place::FieldPlace;
use crate::provider::ProviderId;
use crate::service::{Limit, Need, Service};
use crate::statements::details_request::read_details;
use crate::statements::expiry::{days_after, read_expiry};
use crate::statements::outcome_origin::OutcomeOrigin;
use crate::statements::request::{
    AvailabilityRequest, OutcomeRequest, RoomRequest, StatementRequest, StatementsRequest, largest,
};
use crate::statements::stated_details::StatedDetails;
use crate::statements::{
    LONGEST_AVAILABILITY_DAYS, OUTCOME_DAYS, Outcome, ReferralReply, RoomStatement, Statement, StatementValue,
};

/// Parses `{"availability": […]}`, stated on `today`.
///
/// # Errors
/// Every field that is wrong.
pub(crate) fn rooms(raw: &Value, today: Date) -> Result<Vec<RoomStatement>, FieldErrors> {
    let mut faults = FieldErrors::default();
    let request = AvailabilityRequest::read(raw, FieldPlace::ROOT, &mut faults);
    let mut rooms: Vec<(RoomStatement, FieldPlace)> = Vec::new();
    for (at, room) in request.iter().flat_map(|request| request.availability.items()) {
        let Some(room) = read_room(room, today, &mut faults) else { continue };
        let overlaps =
            |known: &RoomStatement| known.service == room.service && known.from <= room.until && room.from <= known.until;
        if let Some((_, other)) = rooms.iter().find(|(known, _)| overlaps(known)) {
            let detail = format!("some of these days of {} are already covered by {other}", room.service);
            faults.add(at, "overlaps", detail, Some("state each day once".to_owned()));
        }
        rooms.push((room, at));
    }
    faults.in_order_of(AvailabilityRequest::NAMES).or(rooms.into_iter().map(|(room, _)| room).collect())
}

fn read_room(request: &RoomRequest, today: Date, faults: &mut FieldErrors) -> Option<RoomStatement> {
    let RoomRequest { service, from, until, room, beds } = request;
    let last = days_after(today, LONGEST_AVAILABILITY_DAYS);
    for (at, day) in [from, until].into_iter().filter_map(|field| Some((field.at, *field.given()?))) {
        if day < today {
            faults.add(at, "in_the_past", format!("{day} is past; today is {today}"), None);
        } else if day > last {
            let detail = format!("availability may be stated at most {LONGEST_AVAILABILITY_DAYS} days ahead, up to {last}");
            faults.add(at, "out_of_range", detail, None);
        }
    }
    if beds.is_present() && room.given() == Some(&false) {
        faults.add(beds.at, "does_not_apply", "beds cannot be given without room", None);
    }
    // An invalid day is already reported; no default replaces it.
    let first_day = from.given_or(today)?;
    let last_day = until.given_or(first_day)?;
    if last_day < first_day {
        let detail = format!("the last day, {last_day}, is before the first, {first_day}");
        faults.add(until.at, "out_of_range", detail, None);
        return None;
    }
    let (service, room, beds) = (*service.given()?, *room.given()?, beds.given().copied());
    Some(RoomStatement { service, from: first_day, until: last_day, room, beds })
}

/// What a request of statements states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StatedContent {
    /// The needs and limits.
    pub(crate) statements: Vec<Statement>,
    /// The rest.
    pub(crate) details: StatedDetails,
}

/// Parses `{"statements": […]}`, stated on `today`.
///
/// # Errors
/// Every field that is wrong.
pub(crate) fn statements(raw: &Value, today: Date) -> Result<StatedContent, FieldErrors> {
    let mut faults = FieldErrors::default();
    let request = StatementsRequest::read(raw, FieldPlace::ROOT, &mut faults);
    let mut statements: Vec<(Statement, FieldPlace)> = Vec::new();
    for (at, statement) in request.iter().flat_map(|request| request.statements.items()) {
        let Some(statement) = read_statement(statement, today, &mut faults) else { continue };
        let same = |known: &Statement| known.service == statement.service && known.says.about() == statement.says.about();
        if let Some((_, other)) = statements.iter().find(|(known, _)| same(known)) {
            let hint = Some("state each need and limit of a service once".to_owned());
            faults.add(at, "repeated", format!("this is already stated at {other}"), hint);
        }
        statements.push((statement, at));
    }
    ages_agree(&statements, &mut faults);
    let details = request.map(|request| read_details(&request.services, &request.admissions, today, &mut faults));
    let statements = statements.into_iter().map(|(statement, _)| statement).collect();
    let content = StatedContent { statements, details: details.unwrap_or_default() };
    faults.in_order_of(StatementsRequest::NAMES).or(content)
}

fn read_statement(request: &StatementRequest, today: Date, faults: &mut FieldErrors) -> Option<Statement> {
    let says = match (request.need.is_present(), request.limit.is_present()) {
        (true, false) => says_of_need(request, faults),
        (false, true) => says_of_limit(request, faults),
        (true, true) => {
            faults.add(request.limit.at, "conflict", "give a need or a limit, not both", None);
            None
        }
        (false, false) => {
            let hint = r#"send {"need": "resp.vent", "answer": true} or {"limit": "size.max_lb", "value": 400}"#;
            faults.add(request.need.at, "missing", "give a need or a limit", Some(hint.to_owned()));
            None
        }
    };
    let expires_on = read_expiry(&request.expires_on, today, faults);
    Some(Statement { service: *request.service.given()?, says: says?, expires_on: expires_on? })
}

fn says_of_need(request: &StatementRequest, faults: &mut FieldErrors) -> Option<StatementValue> {
    if !request.answer.is_present() {
        faults.add(request.answer.at, "missing", "give an answer", Some("true or false".to_owned()));
    }
    does_not_apply(&request.value, "a need takes an answer, true or false, not a number", faults);
    Some(StatementValue::Need(*request.need.given()?, *request.answer.given()?))
}

fn says_of_limit(request: &StatementRequest, faults: &mut FieldErrors) -> Option<StatementValue> {
    let (limit, value) = (request.limit.given().copied(), &request.value);
    if !value.is_present() {
        faults.add(value.at, "missing", "give a number", None);
    }
    does_not_apply(&request.answer, "a limit takes a value, not an answer", faults);
    let (limit, number) = (limit?, *value.given()?);
    let most = largest(limit);
    if number > most {
        faults.add(value.at, "out_of_range", format!("expected a whole number from 0 to {most}"), None);
        return None;
    }
    Some(StatementValue::Limit(limit, number))
}

fn does_not_apply<T>(field: &Field<T>, detail: &str, faults: &mut FieldErrors) {
    if field.is_present() {
        faults.add(field.at, "does_not_apply", detail, None);
    }
}

/// Checks that the maximum age of a service is not below its minimum age.
fn ages_agree(statements: &[(Statement, FieldPlace)], faults: &mut FieldErrors) {
    let bound = |service: Service, wanted: Limit| {
        statements.iter().find_map(|(statement, at)| match statement.says {
            StatementValue::Limit(limit, bound) if limit == wanted && statement.service == service => Some((bound, at)),
            _ => None,
        })
    };
    for service in Service::ALL {
        if let (Some((min, _)), Some((max, at))) = (bound(service, Limit::MinAge), bound(service, Limit::MaxAge))
            && max < min
        {
            let detail = format!("the maximum age, {max}, is below the minimum age, {min}");
            faults.add(at.field("value"), "conflict", detail, None);
        }
    }
}

/// Parses an outcome reported on `today`, of the default hospital. `known` returns the directory's id
/// of a provider that offers the service.
///
/// # Errors
/// Every field that is wrong.
pub(crate) fn outcome(
    raw: &Value,
    today: Date,
    known: impl Fn(&ProviderId, Option<Service>) -> Result<ProviderId, OutcomeRejection>,
) -> Result<Outcome, FieldErrors> {
    let mut faults = FieldErrors::default();
    let request = OutcomeRequest::read(raw, FieldPlace::ROOT, &mut faults);
    let outcome = request.and_then(|request| read_outcome(&request, today, &known, &mut faults));
    let faults = faults.in_order_of(OutcomeRequest::NAMES);
    match outcome {
        Some(outcome) => faults.or(outcome),
        None => Err(faults),
    }
}

/// Why an outcome cannot belong to a provider and a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutcomeRejection {
    /// The directory does not have the provider.
    NoSuchProvider,
    /// The provider does not offer the service.
    OtherService,
}

fn read_outcome(
    request: &OutcomeRequest,
    today: Date,
    known: &impl Fn(&ProviderId, Option<Service>) -> Result<ProviderId, OutcomeRejection>,
    faults: &mut FieldErrors,
) -> Option<Outcome> {
    let OutcomeRequest { provider, service, asked_on, .. } = request;
    let own = provider.given().and_then(|id| match known(id, service.given().copied()) {
        Ok(own) => Some(own),
        Err(OutcomeRejection::NoSuchProvider) => {
            faults.add(provider.at, "no_such_provider", "the directory has no provider with that id", None);
            None
        }
        Err(OutcomeRejection::OtherService) => {
            let detail = "the directory does not list this service for the provider";
            faults.add(service.at, "does_not_apply", detail, None);
            None
        }
    });
    if let Some(day) = asked_on.given().copied() {
        let first = days_after(today, -OUTCOME_DAYS);
        if day > today {
            faults.add(asked_on.at, "in_the_future", format!("{day} is in the future; today is {today}"), None);
        } else if day < first {
            let detail = format!("outcomes count for {OUTCOME_DAYS} days, from {first}; this one is older");
            faults.add(asked_on.at, "out_of_range", detail, None);
        }
    }
    let reply = read_reply(request, faults);
    let (service, asked_on) = (*service.given()?, asked_on.given_or(today)?);
    let payer_class = if request.payer_class.is_present() { Some(*request.payer_class.given()?) } else { None };
    let origin = OutcomeOrigin::Reported;
    Some(Outcome { hospital: HospitalId::default(), provider: own?, service, asked_on, reply: reply?, payer_class, origin })
}

fn read_reply(request: &OutcomeRequest, faults: &mut FieldErrors) -> Option<ReferralReply> {
    match *request.reply.given()? {
        ReferralReply::Declined(not_said) => request.why.given_or(not_said).map(ReferralReply::Declined),
        other => {
            does_not_apply(&request.why, "why applies only to the reply declined", faults);
            Some(other)
        }
    }
}

impl StatementValue {
    /// The subject: at most one statement per subject is allowed.
    fn about(self) -> (Option<Need>, Option<Limit>) {
        match self {
            Self::Need(need, _) => (Some(need), None),
            Self::Limit(limit, _) => (None, Some(limit)),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::*;
    use crate::statements::DeclineReason;
    use crate::statements::request::MOST_STATEMENTS;

    const TODAY: Date = date(2026, 11, 21);

    fn told<T: std::fmt::Debug>(read: Result<T, FieldErrors>) -> String {
        let faults = read.unwrap_err();
        let line =
            |f: &crate::input::errors::FieldError| format!("{} {} {}", f.pointer, f.code, f.hint.as_deref().unwrap_or("-"));
        faults.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn room_takes_its_defaults() {
        let said = rooms(&json!({"availability": [{"service": "skilled_nursing", "room": true}]}), TODAY).unwrap();
        let room = RoomStatement { service: Service::SkilledNursing, from: TODAY, until: TODAY, room: true, beds: None };
        assert_eq!(said, [room]);
        assert_eq!(rooms(&json!({"availability": []}), TODAY), Ok(Vec::new()));
    }

    #[test]
    fn everything_wrong_with_room_is_told_at_once() {
        let raw = json!({"avalability": [], "availability": [
            {"service": "skilled_nursing", "room": true, "from": "2026-11-22", "until": "2026-11-24", "beds": 2},
            {"service": "skilled_nursing", "room": false, "from": "2026-11-24", "until": "2026-11-25", "beds": 1},
            {"service": "snf", "from": "2026-11-20", "until": "2027-01-01", "room": "yes"},
            {"service": "hospice", "from": "2026-11-25", "until": "2026-11-24", "room": true, "patient": "A. Smith"},
            {"room": true, "until": "tomorrow", "beds": 0},
            "room"
        ]});
        insta::assert_snapshot!(told(rooms(&raw, TODAY)), @r"
        /avalability unknown_field did you mean availability?
        /availability/1/beds does_not_apply -
        /availability/1 overlaps state each day once
        /availability/2/service no_such_service did you mean skilled_nursing?
        /availability/2/room wrong_type -
        /availability/2/from in_the_past -
        /availability/2/until out_of_range -
        /availability/3/patient unknown_field one of service, from, until, room, beds
        /availability/3/until out_of_range -
        /availability/4/service missing -
        /availability/4/until not_a_date write it as 2026-11-21
        /availability/4/beds out_of_range -
        /availability/5 wrong_type -
        ");
    }

    #[test]
    fn a_statement_holds_as_long_as_may_be_where_no_day_is_given() {
        let raw = json!({"statements": [
            {"service": "skilled_nursing", "need": "resp.vent", "answer": true},
            {"service": "skilled_nursing", "limit": "size.max_lb", "value": 400, "expires_on": "2026-11-21"}
        ]});
        let said = statements(&raw, TODAY).unwrap().statements;
        assert_eq!(said.iter().map(|s| s.expires_on).collect::<Vec<_>>(), [date(2027, 2, 19), TODAY]);
        assert_eq!(said[1].says, StatementValue::Limit(Limit::MaxWeight, 400));
    }

    #[test]
    fn everything_wrong_with_statements_is_told_at_once() {
        let raw = json!({"statements": [
            {"service": "skilled_nursing", "need": "resp.vent", "answer": true},
            {"service": "skilled_nursing", "need": "resp.vent", "answer": false},
            {"service": "hospice", "need": "wound vac", "value": 3, "expires_on": "2027-02-20"},
            {"service": "hospice", "limit": "size.max", "answer": true, "value": 1},
            {"service": "hospice", "limit": "size.max_lb", "value": 5000, "expires_on": "2026-11-20"},
            {"service": "hospice", "need": "resp.vent", "limit": "size.max_lb"},
            {"service": "hospice"},
            {"service": "dialysis", "limit": "age.min", "value": 65},
            {"service": "dialysis", "limit": "age.max", "value": 64}
        ]});
        insta::assert_snapshot!(told(statements(&raw, TODAY)), @r#"
        /statements/1 repeated state each need and limit of a service once
        /statements/2/need no_such_need did you mean wound.npwt?
        /statements/2/answer missing true or false
        /statements/2/value does_not_apply -
        /statements/2/expires_on out_of_range renew it before then
        /statements/3/limit no_such_limit did you mean size.max_lb?
        /statements/3/answer does_not_apply -
        /statements/4/value out_of_range -
        /statements/4/expires_on in_the_past -
        /statements/5/limit conflict -
        /statements/6/need missing send {"need": "resp.vent", "answer": true} or {"limit": "size.max_lb", "value": 400}
        /statements/8/value conflict -
        "#);
        let many = vec![json!({"service": "hospice"}); MOST_STATEMENTS + 1];
        assert_eq!(told(statements(&json!({"statements": many}), TODAY)), "/statements too_many -");
        let hint = r#"{"statements": []} withdraws what was stated before"#;
        assert_eq!(told(statements(&json!({}), TODAY)), format!("/statements missing {hint}"));
    }

    #[test]
    fn an_outcome_holds_nothing_of_a_patient() {
        let known = |id: &ProviderId, _: Option<Service>| Ok(id.clone());
        let raw = json!({"provider": "ccn:425003", "service": "skilled_nursing", "asked_on": "2026-11-20",
            "reply": "declined", "why": "declines:resp.vent"});
        let read = outcome(&raw, TODAY, known).unwrap();
        assert_eq!(read.reply, ReferralReply::Declined(DeclineReason::Need("resp.vent".parse().unwrap())));
        let raw = json!({"provider": "Harbor View", "service": "snf", "asked_on": "2026-11-22", "reply": "declined",
            "why": "Mrs. Smith smokes", "patient": "A. Smith", "mrn": "12345", "note": "room 4"});
        insta::assert_snapshot!(told(outcome(&raw, TODAY, known)), @r"
        /mrn unknown_field one of provider, service, asked_on, reply, why, payer_class
        /note unknown_field one of provider, service, asked_on, reply, why, payer_class
        /patient unknown_field one of provider, service, asked_on, reply, why, payer_class
        /provider not_an_id -
        /service no_such_service did you mean skilled_nursing?
        /asked_on in_the_future -
        /why no_such_reason one of no_room, coverage, outside_service_area, other, not_said, declines:<need>, limit:<limit>
        ");
    }

    #[test]
    fn what_cannot_have_been_is_refused() {
        let nobody = |_: &ProviderId, _: Option<Service>| Err(OutcomeRejection::NoSuchProvider);
        let elsewhere = |_: &ProviderId, _: Option<Service>| Err(OutcomeRejection::OtherService);
        let raw = json!({"provider": "ccn:425003", "service": "hospice", "asked_on": "2026-08-22", "reply": "acepted"});
        let faults = told(outcome(&raw, TODAY, nobody));
        insta::assert_snapshot!(faults, @r"
        /provider no_such_provider -
        /asked_on out_of_range -
        /reply no_such_reply did you mean accepted?
        ");
        let raw = json!({"provider": "ccn:425003", "service": "hospice", "reply": "no_reply", "why": "other"});
        assert_eq!(told(outcome(&raw, TODAY, elsewhere)), "/service does_not_apply -\n/why does_not_apply -");
    }
}
