//! What is known of a prior authorization, checked: every moment in the time zone of the request.

use jiff::Zoned;
use jiff::civil::Date;
use serde_json::Value;

use crate::input::errors::FieldErrors;
use crate::input::field::{Field, InputType};
use crate::input::place::FieldPlace;
use crate::prior_authorization::moment::TypedMoment;
use crate::prior_authorization::request::DeadlinesRequest;
use crate::prior_authorization::time_zone::NamedZone;
use crate::prior_authorization::values::{AppealPath, AuthorizationPayer, RequestSpeed, RequestedItem};

/// The years of every date. Our choice: times outside them are typos.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2099;

/// A fact from which a time is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ClockStart {
    /// A moment.
    Moment(Zoned),
    /// A day.
    Day(Date),
}

impl ClockStart {
    /// Its day.
    pub(crate) fn day(&self) -> Date {
        match self {
            Self::Moment(moment) => moment.date(),
            Self::Day(day) => *day,
        }
    }
}

/// What is known.
#[derive(Debug, Clone)]
pub(crate) struct AuthorizationFacts {
    pub(crate) payer: AuthorizationPayer,
    pub(crate) zone: NamedZone,
    pub(crate) speed: Option<RequestSpeed>,
    pub(crate) item: RequestedItem,
    pub(crate) rating_period_began_on: Option<Date>,
    pub(crate) is_extended: bool,
    pub(crate) valid_through: Option<Date>,
    pub(crate) next_review_on: Option<Date>,
    /// The paths whose steps are listed.
    pub(crate) paths: Vec<AppealPath>,
    /// The facts from which times are counted, by their names in the API.
    starts: Vec<(&'static str, ClockStart)>,
}

impl AuthorizationFacts {
    /// Reads a request.
    ///
    /// # Errors
    /// Every fault with its place.
    pub(crate) fn read(body: &Value) -> Result<Self, FieldErrors> {
        let mut faults = FieldErrors::default();
        let request = DeadlinesRequest::read(body, FieldPlace::ROOT, &mut faults);
        let facts = request.and_then(|request| Self::checked(&request, &mut faults));
        match (facts, faults.is_empty()) {
            (Some(facts), true) => Ok(facts),
            _ => Err(faults.in_order_of(DeadlinesRequest::NAMES)),
        }
    }

    /// The fact from which a time is counted.
    pub(crate) fn start(&self, name: &str) -> Option<&ClockStart> {
        self.starts.iter().find(|(known, _)| *known == name).map(|(_, start)| start)
    }

    fn checked(request: &DeadlinesRequest, faults: &mut FieldErrors) -> Option<Self> {
        check_days(request, faults);
        check_request(request, faults);
        let zone = request.time_zone.given()?;
        let starts = starts(request, zone, faults);
        check_order(&starts, faults);
        let payer = *request.payer_class.given()?;
        Some(Self {
            payer,
            zone: zone.clone(),
            speed: request.request.given().copied(),
            item: request.item.given_or(RequestedItem::Service)?,
            rating_period_began_on: request.rating_period_began_on.given().copied(),
            is_extended: request.extended.given() == Some(&true),
            valid_through: request.valid_through.given().copied(),
            next_review_on: request.next_review_on.given().copied(),
            paths: paths(request, &starts, faults),
            starts: starts.into_iter().map(|(name, _, start)| (name, start)).collect(),
        })
    }
}

/// A fact from which times are counted, with its place.
type PlacedStart = (&'static str, FieldPlace, ClockStart);

fn moments(request: &DeadlinesRequest) -> [(&'static str, &Field<TypedMoment>); 6] {
    [
        ("received_at", &request.received_at),
        ("denied_at", &request.denied_at),
        ("appealed_at", &request.appealed_at),
        ("notice_given_at", &request.notice_given_at),
        ("qio_asked_at", &request.qio_asked_at),
        ("qio_decided_at", &request.qio_decided_at),
    ]
}

fn days(request: &DeadlinesRequest) -> [(&'static str, &Field<Date>); 6] {
    [
        ("admitted_on", &request.admitted_on),
        ("discharge_on", &request.discharge_on),
        ("services_end_on", &request.services_end_on),
        ("valid_through", &request.valid_through),
        ("next_review_on", &request.next_review_on),
        ("rating_period_began_on", &request.rating_period_began_on),
    ]
}

/// The days that start a clock are the first of [`days`].
const STARTING_DAYS: usize = 3;

fn check_days(request: &DeadlinesRequest, faults: &mut FieldErrors) {
    for (_, field) in days(request) {
        if let Some(day) = field.given() {
            check_year(*day, field.at, faults);
        }
    }
}

fn check_year(day: Date, at: FieldPlace, faults: &mut FieldErrors) -> bool {
    let is_good = YEARS.contains(&day.year());
    if !is_good {
        let detail = format!("expected a year from {} to {}", YEARS.start(), YEARS.end());
        faults.add(at, "out_of_range", detail, None);
    }
    is_good
}

fn starts(request: &DeadlinesRequest, zone: &NamedZone, faults: &mut FieldErrors) -> Vec<PlacedStart> {
    let mut starts = Vec::new();
    for (name, field) in moments(request) {
        let moment = field.given().and_then(|typed| typed.in_zone(&zone.zone, field.at, faults));
        if let Some(moment) = moment.filter(|moment| check_year(moment.date(), field.at, faults)) {
            starts.push((name, field.at, ClockStart::Moment(moment)));
        }
    }
    for (name, field) in days(request).into_iter().take(STARTING_DAYS) {
        starts.extend(field.given().map(|day| (name, field.at, ClockStart::Day(*day))));
    }
    starts
}

/// Facts of which the first cannot be after the second.
const ORDER: [(&str, &str); 6] = [
    ("received_at", "denied_at"),
    ("denied_at", "appealed_at"),
    ("admitted_on", "discharge_on"),
    ("notice_given_at", "qio_asked_at"),
    ("qio_asked_at", "qio_decided_at"),
    ("admitted_on", "qio_asked_at"),
];

fn check_order(starts: &[PlacedStart], faults: &mut FieldErrors) {
    let find = |name: &str| starts.iter().find(|(known, ..)| *known == name);
    for (first, second) in ORDER {
        let (Some((_, _, from)), Some((_, at, to))) = (find(first), find(second)) else { continue };
        let is_wrong = match (from, to) {
            (ClockStart::Moment(from), ClockStart::Moment(to)) => to < from,
            _ => to.day() < from.day(),
        };
        if is_wrong {
            faults.add(at, "conflict", format!("{second} is before {first}"), Some("correct one of the two".to_owned()));
        }
    }
}

/// Checks that every field is used.
fn check_request(request: &DeadlinesRequest, faults: &mut FieldErrors) {
    if request.received_at.is_present() && !request.request.is_present() {
        let hint = Some("send standard or expedited".to_owned());
        faults.add(request.request.at, "missing", "how fast must the request be decided?", hint);
    }
    let hint = || Some("leave it out, or send received_at".to_owned());
    for (at, is_present) in [
        (request.request.at, request.request.is_present()),
        (request.item.at, request.item.is_present()),
        (request.rating_period_began_on.at, request.rating_period_began_on.is_present()),
        (request.extended.at, request.extended.is_present()),
    ] {
        if is_present && !request.received_at.is_present() && !(at == request.item.at && asks_denial(request)) {
            faults.add(at, "not_used", "this has a meaning only with received_at", hint());
        }
    }
    let has_no_periods = request.payer_class.given().is_some_and(|payer| !payer.has_rating_periods());
    if request.rating_period_began_on.is_present() && has_no_periods {
        let hint = Some("leave it out: only Medicaid and CHIP managed care have rating periods".to_owned());
        faults.add(request.rating_period_began_on.at, "not_used", "this payer has no rating periods", hint);
    }
    if let (Some(began), Some(typed)) = (request.rating_period_began_on.given(), request.received_at.given()) {
        let received = match typed {
            TypedMoment::Local(local) => Some(local.date()),
            TypedMoment::Exact(_) => None,
        };
        if received.is_some_and(|received| *began > received) {
            let hint = Some("send the first day of the period in which the request was received".to_owned());
            faults.add(request.rating_period_began_on.at, "conflict", "the rating period begins after received_at", hint);
        }
    }
}

/// Whether the item decides a step: after a denial of a drug other times apply.
fn asks_denial(request: &DeadlinesRequest) -> bool {
    request.denied_at.is_present() || request.paths.items().any(|(_, path)| *path == AppealPath::Denial)
}

/// The paths that are named or, if none is, those that the facts are about.
fn paths(request: &DeadlinesRequest, starts: &[PlacedStart], faults: &mut FieldErrors) -> Vec<AppealPath> {
    let is_of = |path: AppealPath, name: &str| path.facts().contains(&name);
    let has_facts = |path: &AppealPath| starts.iter().any(|(name, ..)| is_of(*path, name));
    let mut named: Vec<AppealPath> = Vec::new();
    for (at, path) in request.paths.items() {
        if named.contains(path) {
            faults.add(at, "repeated", format!("{} is given twice", path.code()), None);
        } else {
            named.push(*path);
        }
    }
    if !request.paths.is_present() {
        named = AppealPath::ALL.into_iter().filter(has_facts).collect();
        if named.is_empty() {
            named.push(AppealPath::Denial);
        }
    }
    let is_read = request.paths.given().is_none_or(|items| items.iter().all(|item| item.given().is_some()));
    if !is_read || (request.paths.is_present() && request.paths.given().is_none()) {
        return named;
    }
    let asks_qio = named.iter().any(|path| *path != AppealPath::Denial);
    for (name, at, _) in starts {
        let owner = AppealPath::ALL.into_iter().find(|path| is_of(*path, name));
        let is_unused = match owner {
            Some(owner) => !named.contains(&owner),
            None => name.starts_with("qio") && !asks_qio,
        };
        if is_unused {
            let hint = match owner {
                Some(owner) => format!("add {} to paths, or leave it out", owner.code()),
                None => "add hospital_discharge or end_of_services to paths, or leave it out".to_owned(),
            };
            faults.add(at, "not_used", "no path of this request uses it", Some(hint));
        }
    }
    AppealPath::ALL.into_iter().filter(|path| named.contains(path)).collect()
}

/// What people call a fact, by its name in the API.
pub(crate) fn fact_label(name: &str) -> &'static str {
    match name {
        "received_at" => "when the payer received the request",
        "rating_period_began_on" => "the first day of the rating period",
        "denied_at" => "when the notice of the denial was received",
        "appealed_at" => "when the payer received the appeal",
        "admitted_on" => "the day of the inpatient admission",
        "discharge_on" => "the planned day of the discharge",
        "notice_given_at" => "when the patient received the notice",
        "services_end_on" => "the last covered day of the services",
        "qio_asked_at" => "when the QIO said that the patient asked",
        "qio_decided_at" => "when the patient was informed of the decision of the QIO",
        _ => "a further fact",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults(more: &Value) -> Vec<String> {
        let mut body = json!({"payer_class": "medicaid_managed", "time_zone": "America/Chicago"});
        let fields = body.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        let read = AuthorizationFacts::read(&body);
        read.err().iter().flatten().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect()
    }

    #[test]
    fn every_fault_is_reported_with_its_place_and_nothing_is_left_unused() {
        for (more, expected) in [
            (json!({}), vec![]),
            (json!({"received_at": "2026-11-30T14:20"}), vec!["/request missing"]),
            (
                json!({"received_at": "2026-11-30", "request": "fast"}),
                vec!["/request no_such_request", "/received_at not_a_time"],
            ),
            (json!({"request": "standard", "extended": true}), vec!["/request not_used", "/extended not_used"]),
            (json!({"item": "drug"}), vec!["/item not_used"]),
            (json!({"item": "drug", "denied_at": "2026-11-30T14:20"}), vec![]),
            (
                json!({"payer_class": "commercial", "received_at": "2026-11-30T14:20", "request": "standard",
                "rating_period_began_on": "2026-07-01"}),
                vec!["/rating_period_began_on not_used"],
            ),
            (
                json!({"received_at": "2026-11-30T14:20", "request": "standard", "rating_period_began_on": "2026-12-01"}),
                vec!["/rating_period_began_on conflict"],
            ),
            (json!({"denied_at": "2026-11-30T14:20", "appealed_at": "2026-11-30T14:19"}), vec!["/appealed_at conflict"]),
            (json!({"discharge_on": "2026-11-30", "paths": ["denial"]}), vec!["/discharge_on not_used"]),
            (json!({"qio_asked_at": "2026-11-30T14:20"}), vec!["/qio_asked_at not_used"]),
            (json!({"qio_asked_at": "2026-11-30T14:20", "discharge_on": "2026-11-30"}), vec![]),
            (json!({"paths": ["denial", "denial"]}), vec!["/paths/1 repeated"]),
            (json!({"paths": ["denail"], "discharge_on": "2026-11-30"}), vec!["/paths/0 no_such_path"]),
            (json!({"paths": []}), vec!["/paths missing"]),
            (json!({"valid_through": "2206-11-30"}), vec!["/valid_through out_of_range"]),
            (json!({"denied_at": "1926-11-30T10:00"}), vec!["/denied_at out_of_range"]),
            (json!({"denied_at": "2026-11-01T01:30"}), vec!["/denied_at ambiguous_time"]),
            (json!({"denied_at": "2026-11-01T01:30-06:00"}), vec![]),
            (json!({"denied_at": "2026-03-08T02:30"}), vec!["/denied_at no_such_time"]),
            (json!({"time_zone": "Central"}), vec!["/time_zone no_such_time_zone"]),
            (json!({"patient": "x"}), vec!["/patient unknown_field"]),
        ] {
            assert_eq!(faults(&more), expected, "{more}");
        }
    }

    #[test]
    fn every_fact_from_which_a_time_is_counted_has_a_label() {
        for path in AppealPath::ALL {
            assert!(path.facts().iter().all(|name| fact_label(name) != fact_label("")), "{path:?}");
        }
    }
}
