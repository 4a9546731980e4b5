//! What a provider or a hospital says, read from JSON: what was said, or everything that is wrong with it at once.

use jiff::civil::Date;
use jiff::{Span, ToSpan};
use serde_json::Value;

use crate::discharge::FieldErrors;
use crate::discharge::fields::ObjectReader;
use crate::discharge::needs::read_need;
use crate::discharge::service_field::read_service;
use crate::provider::ProviderId;
use crate::service::{Limit, Need, Service};
use crate::statements::{
    DeclineReason, LONGEST_AVAILABILITY_DAYS, LONGEST_STATEMENT_DAYS, OUTCOME_DAYS, Outcome, ReferralReply, RoomStatement,
    Statement, StatementValue,
};

/// How many periods of room a provider may say at once. Our choice.
pub(crate) const MOST_ROOMS: usize = 100;
/// How many things of what it takes a provider may say at once: every need and limit of ten services. Our choice.
pub(crate) const MOST_STATEMENTS: usize = 750;
/// The most beds that are believed: more than any facility has. Our choice.
pub(crate) const MOST_BEDS: u32 = 10_000;

/// The periods of room of `{"availability": […]}`, said on `today`.
///
/// # Errors
/// Every field that is wrong.
pub(crate) fn rooms(raw: &Value, today: Date) -> Result<Vec<RoomStatement>, FieldErrors> {
    let mut faults = FieldErrors::default();
    let mut rooms: Vec<(RoomStatement, String)> = Vec::new();
    for (value, pointer) in items(raw, "availability", MOST_ROOMS, &mut faults) {
        let Some(room) = read_room(value, &pointer, today, &mut faults) else { continue };
        let overlaps =
            |known: &RoomStatement| known.service == room.service && known.from <= room.until && room.from <= known.until;
        if let Some((_, other)) = rooms.iter().find(|(known, _)| overlaps(known)) {
            let detail = format!("some of these days of {} are spoken of at {other} already", room.service);
            faults.add(&pointer, "overlaps", detail, Some("say of each day once".to_owned()));
        }
        rooms.push((room, pointer));
    }
    faults.or(rooms.into_iter().map(|(room, _)| room).collect())
}

fn read_room(value: &Value, pointer: &str, today: Date, faults: &mut FieldErrors) -> Option<RoomStatement> {
    let fields = ObjectReader::from_value(value, pointer, &["service", "from", "until", "room", "beds"], faults)?;
    let service = service_of(&fields, faults);
    let from = fields.day("from", today, faults);
    let until = fields.day("until", today, faults);
    let last = after(today, LONGEST_AVAILABILITY_DAYS);
    for (day, at) in from.iter().chain(&until) {
        if *day < today {
            faults.add(at, "in_the_past", format!("{day} is past; today is {today}"), None);
        } else if *day > last {
            let detail = format!("room is said at most {LONGEST_AVAILABILITY_DAYS} days ahead, up to {last}");
            faults.add(at, "out_of_range", detail, None);
        }
    }
    let room = fields.yes_or_no("room", faults);
    if !fields.is_present("room") {
        let hint = Some("true or false".to_owned());
        faults.add(&format!("{pointer}/room"), "missing", "is there room?", hint);
    }
    let beds = fields.u32_in_range("beds", 1, MOST_BEDS, faults);
    if fields.is_present("beds") && room == Some(false) {
        faults.add(&format!("{pointer}/beds"), "does_not_apply", "there is no room, so there are no beds", None);
    }
    // A day that was given and does not read is told already; nothing is made up for it.
    let day = |name: &str, read: Option<(Date, String)>, absent: Date| match read {
        None if fields.is_present(name) => None,
        read => Some(read.map_or(absent, |(day, _)| day)),
    };
    let from = day("from", from, today)?;
    let until = day("until", until, from)?;
    if until < from {
        let detail = format!("the last day, {until}, is before the first, {from}");
        faults.add(&format!("{pointer}/until"), "out_of_range", detail, None);
        return None;
    }
    Some(RoomStatement { service: service?, from, until, room: room?, beds })
}

/// The statements of `{"statements": […]}`, said on `today`.
///
/// # Errors
/// Every field that is wrong.
pub(crate) fn statements(raw: &Value, today: Date) -> Result<Vec<Statement>, FieldErrors> {
    let mut faults = FieldErrors::default();
    let mut statements: Vec<(Statement, String)> = Vec::new();
    for (value, pointer) in items(raw, "statements", MOST_STATEMENTS, &mut faults) {
        let Some(statement) = read_statement(value, &pointer, today, &mut faults) else { continue };
        let same = |known: &Statement| known.service == statement.service && known.says.about() == statement.says.about();
        if let Some((_, other)) = statements.iter().find(|(known, _)| same(known)) {
            let hint = Some("say each thing of a service once".to_owned());
            faults.add(&pointer, "repeated", format!("this is said at {other} already"), hint);
        }
        statements.push((statement, pointer));
    }
    ages_agree(&statements, &mut faults);
    faults.or(statements.into_iter().map(|(statement, _)| statement).collect())
}

fn read_statement(value: &Value, pointer: &str, today: Date, faults: &mut FieldErrors) -> Option<Statement> {
    let known = ["service", "need", "answer", "limit", "value", "expires_on"];
    let fields = ObjectReader::from_value(value, pointer, &known, faults)?;
    let service = service_of(&fields, faults);
    let says = match (fields.is_present("need"), fields.is_present("limit")) {
        (true, false) => says_of_need(&fields, faults),
        (false, true) => says_of_limit(&fields, faults),
        (true, true) => {
            let detail = "a statement is of a need or of a limit, not of both";
            faults.add(&format!("{pointer}/limit"), "conflict", detail, None);
            None
        }
        (false, false) => {
            let hint = r#"send {"need": "resp.vent", "answer": true} or {"limit": "size.max_lb", "value": 400}"#;
            faults.add(&format!("{pointer}/need"), "missing", "of which need or limit?", Some(hint.to_owned()));
            None
        }
    };
    let expires_on = expiry(&fields, today, faults);
    Some(Statement { service: service?, says: says?, expires_on: expires_on? })
}

fn says_of_need(fields: &ObjectReader<'_>, faults: &mut FieldErrors) -> Option<StatementValue> {
    let need = fields.get("need").and_then(|(value, at)| read_need(value, &at, faults));
    let answer = fields.yes_or_no("answer", faults);
    if !fields.is_present("answer") {
        let hint = Some("true or false".to_owned());
        faults.add(&format!("{}/answer", fields.pointer), "missing", "is it taken?", hint);
    }
    does_not_apply(fields, "value", "a need has an answer, true or false, and no number", faults);
    Some(StatementValue::Need(need?, answer?))
}

fn says_of_limit(fields: &ObjectReader<'_>, faults: &mut FieldErrors) -> Option<StatementValue> {
    let limit = fields.text("limit", faults).and_then(|(code, at)| read_limit(code, &at, faults));
    let most = limit.map_or(u32::MAX, largest);
    let value = fields.u32_in_range("value", 0, most, faults);
    if !fields.is_present("value") {
        faults.add(&format!("{}/value", fields.pointer), "missing", "which number?", None);
    }
    does_not_apply(fields, "answer", "a limit has a value and no answer", faults);
    Some(StatementValue::Limit(limit?, value?))
}

fn does_not_apply(fields: &ObjectReader<'_>, name: &str, detail: &str, faults: &mut FieldErrors) {
    if let Some((_, at)) = fields.get(name) {
        faults.add(&at, "does_not_apply", detail, None);
    }
}

fn read_limit(code: &str, pointer: &str, faults: &mut FieldErrors) -> Option<Limit> {
    let limit = Limit::ALL.into_iter().find(|limit| limit.code() == code);
    if limit.is_none() {
        let known = Limit::ALL.map(Limit::code);
        faults.unknown(pointer, "no_such_limit", format!("there is no limit \"{code}\""), code, known);
    }
    limit
}

/// The largest number of a limit that means anything: our choice, the same as in profile files.
pub(crate) fn largest(limit: Limit) -> u32 {
    match limit {
        Limit::MaxWeight => 2_000,
        Limit::MinAge | Limit::MaxAge => 120,
        Limit::MaxDoses => 48,
        Limit::CostCeiling => 1_000_000,
    }
}

/// The last day of a statement: as long as may be, where none is given.
fn expiry(fields: &ObjectReader<'_>, today: Date, faults: &mut FieldErrors) -> Option<Date> {
    let last = after(today, LONGEST_STATEMENT_DAYS);
    if !fields.is_present("expires_on") {
        return Some(last);
    }
    let (day, at) = fields.day("expires_on", today, faults)?;
    if day < today {
        faults.add(&at, "in_the_past", format!("{day} is past; today is {today}"), None);
    } else if day > last {
        let detail = format!("a statement holds at most {LONGEST_STATEMENT_DAYS} days, up to {last}");
        faults.add(&at, "out_of_range", detail, Some("say it again before then".to_owned()));
    }
    Some(day)
}

/// Of one service, the youngest taken may not be older than the oldest.
fn ages_agree(statements: &[(Statement, String)], faults: &mut FieldErrors) {
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
            let detail = format!("the oldest taken, {max}, is younger than the youngest, {min}");
            faults.add(&format!("{at}/value"), "conflict", detail, None);
        }
    }
}

/// An outcome, told on `today`; `known` gives the id under which the directory has a provider that offers the service.
///
/// # Errors
/// Every field that is wrong.
pub(crate) fn outcome(
    raw: &Value,
    today: Date,
    known: impl Fn(&ProviderId, Option<Service>) -> Result<ProviderId, OutcomeRejection>,
) -> Result<Outcome, FieldErrors> {
    let mut faults = FieldErrors::default();
    let read = ObjectReader::from_value(raw, "", &["provider", "service", "asked_on", "reply", "why"], &mut faults)
        .and_then(|fields| read_outcome(&fields, today, &known, &mut faults));
    match read {
        Some(outcome) => faults.or(outcome),
        None => Err(faults),
    }
}

/// Why a provider cannot have been asked for a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutcomeRejection {
    /// The directory does not have it.
    NoSuchProvider,
    /// It does not offer the service.
    OtherService,
}

fn read_outcome(
    fields: &ObjectReader<'_>,
    today: Date,
    known: &impl Fn(&ProviderId, Option<Service>) -> Result<ProviderId, OutcomeRejection>,
    faults: &mut FieldErrors,
) -> Option<Outcome> {
    let service = service_of(fields, faults);
    let provider = read_provider(fields, service, known, faults);
    let asked_on = match fields.day("asked_on", today, faults) {
        None if fields.is_present("asked_on") => None,
        None => Some(today),
        Some((day, at)) => {
            let first = after(today, -OUTCOME_DAYS);
            if day > today {
                faults.add(&at, "in_the_future", format!("{day} is not yet; today is {today}"), None);
            } else if day < first {
                let detail = format!("outcomes count for {OUTCOME_DAYS} days, from {first}; this one no longer does");
                faults.add(&at, "out_of_range", detail, None);
            }
            Some(day)
        }
    };
    let reply = read_reply(fields, faults);
    Some(Outcome { provider: provider?, service: service?, asked_on: asked_on?, reply: reply? })
}

fn read_provider(
    fields: &ObjectReader<'_>,
    service: Option<Service>,
    known: &impl Fn(&ProviderId, Option<Service>) -> Result<ProviderId, OutcomeRejection>,
    faults: &mut FieldErrors,
) -> Option<ProviderId> {
    if !fields.is_present("provider") {
        let hint = Some("its id, such as ccn:425003".to_owned());
        faults.add("/provider", "missing", "which provider was asked?", hint);
    }
    let (typed, at) = fields.text("provider", faults)?;
    let id = match typed.parse::<ProviderId>() {
        Ok(id) => id,
        Err(error) => {
            faults.add(&at, "not_an_id", error.to_string(), None);
            return None;
        }
    };
    match known(&id, service) {
        Ok(own) => Some(own),
        Err(OutcomeRejection::NoSuchProvider) => {
            faults.add(&at, "no_such_provider", "the directory has no provider of that id", None);
            None
        }
        Err(OutcomeRejection::OtherService) => {
            faults.add("/service", "does_not_apply", "the directory does not list this service of the provider", None);
            None
        }
    }
}

fn read_reply(fields: &ObjectReader<'_>, faults: &mut FieldErrors) -> Option<ReferralReply> {
    const REPLIES: [&str; 3] = ["accepted", "declined", "no_reply"];
    if !fields.is_present("reply") {
        faults.add("/reply", "missing", "what was replied?", Some(format!("one of {}", REPLIES.join(", "))));
    }
    let (typed, at) = fields.text("reply", faults)?;
    let why = fields.text("why", faults);
    if !REPLIES.contains(&typed) {
        faults.unknown(&at, "no_such_reply", format!("there is no reply \"{typed}\""), typed, REPLIES);
        return None;
    }
    if typed == "declined" {
        return match why {
            None if fields.is_present("why") => None,
            None => Some(ReferralReply::Declined(DeclineReason::NotSaid)),
            Some((why, at)) => read_why(why, &at, faults).map(ReferralReply::Declined),
        };
    }
    does_not_apply(fields, "why", "only a reply of declined has a why", faults);
    Some(if typed == "accepted" { ReferralReply::Accepted } else { ReferralReply::NoReply })
}

/// Reasons without a code of their own beside them.
const PLAIN: [DeclineReason; 5] = [
    DeclineReason::NoRoom,
    DeclineReason::Coverage,
    DeclineReason::OutsideServiceArea,
    DeclineReason::Other,
    DeclineReason::NotSaid,
];

fn read_why(typed: &str, pointer: &str, faults: &mut FieldErrors) -> Option<DeclineReason> {
    if let Some(code) = typed.strip_prefix("declines:") {
        return read_need(&Value::from(code), pointer, faults).map(DeclineReason::Need);
    }
    if let Some(code) = typed.strip_prefix("limit:") {
        return read_limit(code, pointer, faults).map(DeclineReason::Limit);
    }
    let why = PLAIN.into_iter().find(|why| why.code() == typed);
    if why.is_none() {
        let known = PLAIN.map(DeclineReason::code);
        let known = known.iter().map(String::as_str).chain(["declines:<need>", "limit:<limit>"]);
        // What was typed may be a sentence about a patient, so it is not said again.
        faults.unknown(pointer, "no_such_reason", "this is none of the reasons there are".to_owned(), typed, known);
    }
    why
}

/// The items of the one list of a body, at most `most`.
fn items<'a>(raw: &'a Value, name: &'static str, most: usize, faults: &mut FieldErrors) -> Vec<(&'a Value, String)> {
    let Some(fields) = ObjectReader::from_value(raw, "", &[name], faults) else { return Vec::new() };
    if !fields.is_present(name) {
        let hint = Some(format!(r#"{{"{name}": []}} takes back what was said before"#));
        faults.add(&format!("/{name}"), "missing", "what is said?", hint);
    }
    fields.list(name, most, faults).unwrap_or_default()
}

fn service_of(fields: &ObjectReader<'_>, faults: &mut FieldErrors) -> Option<Service> {
    let Some((value, at)) = fields.get("service") else {
        faults.add(&format!("{}/service", fields.pointer), "missing", "of which service?", None);
        return None;
    };
    read_service(value, &at, faults)
}

/// The day so many days after `day`.
fn after(day: Date, days: i32) -> Date {
    let span: Span = days.days();
    day.saturating_add(span)
}

impl StatementValue {
    /// What it is about: two statements of one thing may not stand side by side.
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

    const TODAY: Date = date(2026, 11, 21);

    fn told<T: std::fmt::Debug>(read: Result<T, FieldErrors>) -> String {
        let faults = read.unwrap_err();
        let line =
            |f: &crate::discharge::FieldError| format!("{} {} {}", f.pointer, f.code, f.hint.as_deref().unwrap_or("-"));
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
        /availability/1 overlaps say of each day once
        /availability/2/service no_such_service did you mean skilled_nursing?
        /availability/2/from in_the_past -
        /availability/2/until out_of_range -
        /availability/2/room wrong_type -
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
        let said = statements(&raw, TODAY).unwrap();
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
        /statements/1 repeated say each thing of a service once
        /statements/2/need no_such_need did you mean wound.npwt?
        /statements/2/answer missing true or false
        /statements/2/value does_not_apply -
        /statements/2/expires_on out_of_range say it again before then
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
        let hint = r#"{"statements": []} takes back what was said before"#;
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
        /mrn unknown_field one of provider, service, asked_on, reply, why
        /note unknown_field one of provider, service, asked_on, reply, why
        /patient unknown_field one of provider, service, asked_on, reply, why
        /service no_such_service did you mean skilled_nursing?
        /provider not_an_id -
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
