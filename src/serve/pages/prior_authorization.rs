//! The page of a prior authorization: a form, until when the payer must decide, and what to do next. Nothing is stored.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value};

use crate::input::errors::FieldErrors;
use crate::prior_authorization::clock::DueTime;
use crate::prior_authorization::facts::{AuthorizationFacts, fact_label};
use crate::prior_authorization::moment::with_offset_of_fold;
use crate::prior_authorization::time_zone::{NamedZone, US_ZONES};
use crate::prior_authorization::values::{AppealPath, AuthorizationPayer, RequestSpeed, RequestedItem};
use crate::prior_authorization::{ApprovalDay, AuthorizationDeadlines, Deadline, DeadlineStatus};
use crate::serve::http::extract::StrictQuery;
use crate::serve::http::problem::Problem;
use crate::serve::json::prior_authorization::NOTICE;
use crate::serve::pages::coded_form::CodedForm;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::pages::layout::{PageFrame, SiteSection};
use crate::serve::state::AppState;
use crate::text::us_date::us_date;

/// The fields with a code.
const CHOICES: [&str; 4] = ["payer_class", "request", "item", "time_zone"];
/// The fields with a time of day.
const TIMES: [&str; 6] = ["received_at", "denied_at", "appealed_at", "notice_given_at", "qio_asked_at", "qio_decided_at"];
/// The fields with a day.
const DAYS: [&str; 6] =
    ["rating_period_began_on", "valid_through", "next_review_on", "admitted_on", "discharge_on", "services_end_on"];
/// The tick of an extension, the steps to list, and which of two equal hours is meant where the clocks are set back.
const OTHERS: [&str; 3] = ["extended", "paths", "equal_hour"];

/// The page.
#[derive(Debug, Template)]
#[template(path = "prior_authorization.html", config = "src/serve/askama.toml")]
struct PriorAuthorizationPage {
    frame: PageFrame,
    faults: Vec<(String, String)>,
    choices: Vec<SelectField>,
    is_extended: bool,
    paths: Vec<(&'static str, &'static str, bool)>,
    /// Whether a time occurs twice, and which of the two is meant.
    equal_hour: Option<bool>,
    groups: Vec<FieldGroup>,
    /// What the answer is for; `None` before the form is sent.
    answer: Option<AnswerView>,
    notice: &'static str,
}

/// A choice.
#[derive(Debug)]
struct SelectField {
    name: &'static str,
    label: &'static str,
    options: Vec<(String, String, bool)>,
    is_wrong: bool,
}

/// Fields with one heading.
#[derive(Debug)]
struct FieldGroup {
    legend: &'static str,
    fields: Vec<TimeField>,
}

/// A time or a day.
#[derive(Debug)]
struct TimeField {
    name: &'static str,
    label: String,
    kind: &'static str,
    value: String,
    is_wrong: bool,
}

/// The answer.
#[derive(Debug)]
struct AnswerView {
    says: String,
    approval: Vec<(&'static str, String, String)>,
    tables: Vec<DeadlineTable>,
}

/// The rules of one part.
#[derive(Debug)]
struct DeadlineTable {
    id: &'static str,
    title: &'static str,
    /// Whether they are steps in order.
    is_steps: bool,
    rows: Vec<DeadlineRow>,
}

/// One rule.
#[derive(Debug)]
struct DeadlineRow {
    rule: &'static str,
    status: &'static str,
    word: &'static str,
    class: &'static str,
    title: &'static str,
    text: &'static str,
    due: String,
    left: String,
    counted: &'static str,
    missing: Option<&'static str>,
    citation: &'static str,
    review: String,
    is_overdue: bool,
}

/// Prior authorization
///
/// The form.
#[utoipa::path(get, path = "/prior-authorizations", operation_id = "page_prior_authorization")]
pub(crate) async fn form(State(app): State<Arc<AppState>>, _: StrictQuery<()>) -> Result<Response, Problem> {
    let page = PriorAuthorizationPage::new(&app, &CodedForm::default(), None, None);
    html(StatusCode::OK, &page, Sensitivity::Nothing)
}

/// Until when the payer must decide, and what to do next
///
/// Nothing is stored.
#[utoipa::path(post, path = "/prior-authorizations", operation_id = "page_prior_authorization_deadlines")]
pub(crate) async fn deadlines(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    form: CodedForm,
) -> Result<Response, Problem> {
    let known: Vec<&str> = CHOICES.into_iter().chain(TIMES).chain(DAYS).chain(OTHERS).collect();
    form.check(&known)?;
    let (status, page) = match AuthorizationFacts::read(&body(&form)) {
        Ok(facts) => {
            let found = AuthorizationDeadlines::new(facts, &(app.now)());
            (StatusCode::OK, PriorAuthorizationPage::new(&app, &form, Some(&found), None))
        }
        Err(faults) => (StatusCode::UNPROCESSABLE_ENTITY, PriorAuthorizationPage::new(&app, &form, None, Some(&faults))),
    };
    html(status, &page, Sensitivity::Question)
}

/// The form as the API takes it.
fn body(form: &CodedForm) -> Value {
    let mut body = Map::new();
    let zone = NamedZone::named(form.one("time_zone"));
    for name in CHOICES.into_iter().chain(DAYS) {
        if !form.one(name).is_empty() {
            body.insert(name.to_owned(), form.one(name).into());
        }
    }
    for name in TIMES {
        let typed = form.one(name);
        let exact = zone.as_ref().and_then(|zone| with_offset_of_fold(typed, &zone.zone, form.one("equal_hour") == "second"));
        let exact = exact.filter(|_| !form.one("equal_hour").is_empty());
        if !typed.is_empty() {
            body.insert(name.to_owned(), exact.unwrap_or_else(|| typed.to_owned()).into());
        }
    }
    if form.one("extended") == "yes" {
        body.insert("extended".to_owned(), true.into());
    }
    let paths: Vec<&str> = form.all("paths").collect();
    if !paths.is_empty() {
        body.insert("paths".to_owned(), paths.into());
    }
    body.into()
}

impl PriorAuthorizationPage {
    fn new(app: &AppState, form: &CodedForm, found: Option<&AuthorizationDeadlines>, faults: Option<&FieldErrors>) -> Self {
        let catalog = app.live.catalog();
        let frame = PageFrame::new(app, catalog.as_deref(), SiteSection::PriorAuthorization, "Prior authorization");
        let told = faults.map(FieldErrors::reported).unwrap_or_default();
        let is_wrong = |name: &str| told.iter().any(|fault| fault.pointer.split('/').nth(1) == Some(name));
        let is_equal = told.iter().any(|fault| fault.code == "ambiguous_time") || !form.one("equal_hour").is_empty();
        let shown = told.iter().map(|fault| {
            let name = fault.pointer.split('/').nth(1).unwrap_or_default().to_owned();
            let hint = match (fault.code, &fault.hint) {
                ("ambiguous_time", _) => "; choose below which of the two is meant".to_owned(),
                (_, Some(hint)) => format!("; {hint}"),
                (_, None) => String::new(),
            };
            let says = format!("{}: {}{hint}", label(&name), fault.detail);
            (name, says)
        });
        Self {
            frame,
            faults: shown.collect(),
            choices: CHOICES.map(|name| choice(app, form, name, is_wrong(name))).into(),
            is_extended: form.one("extended") == "yes",
            paths: AppealPath::ALL
                .map(|path| (path.code(), path.label(), form.all("paths").any(|code| code == path.code())))
                .into(),
            equal_hour: is_equal.then(|| form.one("equal_hour") == "second"),
            groups: groups(form, is_wrong),
            answer: found.map(AnswerView::new),
            notice: NOTICE,
        }
    }
}

/// The label of a field.
fn label(name: &str) -> String {
    match name {
        "payer_class" => "Payer".to_owned(),
        "request" => "Kind of request".to_owned(),
        "item" => "What is requested".to_owned(),
        "time_zone" => "Time zone".to_owned(),
        "extended" => "Extension".to_owned(),
        "paths" => "Next steps".to_owned(),
        "valid_through" => "Last day of the approval".to_owned(),
        "next_review_on" => "Day of the next review".to_owned(),
        other => {
            let says = fact_label(other);
            let mut letters = says.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        }
    }
}

fn choice(app: &AppState, form: &CodedForm, name: &'static str, is_wrong: bool) -> SelectField {
    let chosen = form.one(name);
    let own = |code: &str, label: &str| (code.to_owned(), label.to_owned(), code == chosen);
    let options: Vec<(String, String, bool)> = match name {
        "payer_class" => AuthorizationPayer::ALL.map(|payer| own(payer.code(), payer.label())).into(),
        "request" => RequestSpeed::ALL.map(|speed| own(speed.code(), speed.label())).into(),
        "item" => RequestedItem::ALL.map(|item| own(item.code(), item.label())).into(),
        _ => {
            let here = (app.now)().time_zone().iana_name().unwrap_or_default().to_owned();
            let chosen = if chosen.is_empty() { here } else { chosen.to_owned() };
            let known = US_ZONES.map(|(zone, label)| (zone.to_owned(), label.to_owned(), zone == chosen));
            let other =
                (!known.iter().any(|(_, _, is)| *is) && !chosen.is_empty()).then(|| (chosen.clone(), chosen.clone(), true));
            known.into_iter().chain(other).collect()
        }
    };
    let label = match name {
        "payer_class" => "Who decides",
        "request" => "Kind of request",
        "item" => "What is requested",
        _ => "Time zone",
    };
    SelectField { name, label, options, is_wrong }
}

fn groups(form: &CodedForm, is_wrong: impl Fn(&str) -> bool) -> Vec<FieldGroup> {
    let field = |name: &'static str| TimeField {
        name,
        label: label(name),
        kind: if TIMES.contains(&name) { "datetime-local" } else { "date" },
        value: form.one(name).to_owned(),
        is_wrong: is_wrong(name),
    };
    let group =
        |legend, names: &[&'static str]| FieldGroup { legend, fields: names.iter().map(|name| field(name)).collect() };
    vec![
        group("The request", &["received_at", "rating_period_began_on"]),
        group("The approval", &["valid_through", "next_review_on"]),
        group("A denial", &["denied_at", "appealed_at"]),
        group("The hospital discharge", &["admitted_on", "discharge_on"]),
        group("The end of services", &["notice_given_at", "services_end_on"]),
        group("A review by the Quality Improvement Organization (QIO)", &["qio_asked_at", "qio_decided_at"]),
    ]
}

impl AnswerView {
    fn new(found: &AuthorizationDeadlines) -> Self {
        let facts = &found.facts;
        let kind = facts.speed.map(|speed| format!("; {}; {}", speed.label(), facts.item.label())).unwrap_or_default();
        let now = found.now.strftime("%b %-d, %Y, %H:%M %Z");
        let approval = [("Valid through", &found.valid_through), ("Next review", &found.next_review_on)];
        let approval = approval.into_iter().filter_map(|(label, day)| {
            let ApprovalDay { on, left, .. } = day.as_ref()?;
            Some((label, us_date(*on), left.clone()))
        });
        let parts = [
            ("decisions", "Until when the payer must decide", &found.decisions),
            ("denial-reasons", "What a denial must say", &found.denial_reasons),
        ];
        let parts = parts.into_iter().map(|(id, title, entries)| DeadlineTable::new(id, title, false, entries));
        let paths = found.paths.iter().map(|path| DeadlineTable::new(path.path.code(), path.path.label(), true, &path.steps));
        Self {
            says: format!("{}{kind}. Days are counted in {}. Now: {now}.", facts.payer.label(), facts.zone.name),
            approval: approval.collect(),
            tables: parts.chain(paths).filter(|table| !table.rows.is_empty()).collect(),
        }
    }
}

impl DeadlineTable {
    fn new(id: &'static str, title: &'static str, is_steps: bool, entries: &[Deadline]) -> Self {
        Self { id, title, is_steps, rows: entries.iter().map(DeadlineRow::from).collect() }
    }
}

impl From<&Deadline> for DeadlineRow {
    fn from(entry: &Deadline) -> Self {
        let class = match entry.status {
            DeadlineStatus::Running | DeadlineStatus::NoTime => "yes",
            DeadlineStatus::Passed | DeadlineStatus::NotAllowed => "no",
            DeadlineStatus::Possible | DeadlineStatus::Depends | DeadlineStatus::FactMissing | DeadlineStatus::Ask => {
                "unknown"
            }
        };
        let due = entry.due.as_ref();
        Self {
            rule: &entry.rule.id,
            status: entry.status.code(),
            word: entry.status.label(),
            class,
            title: &entry.rule.title,
            text: &entry.rule.text,
            due: due.map(DueTime::words).unwrap_or_default(),
            left: entry.left.clone(),
            counted: due.map_or("", |due| due.reading.says()),
            missing: entry.missing.map(fact_label),
            citation: &entry.rule.citation,
            review: entry.review.clone(),
            is_overdue: entry.is_overdue,
        }
    }
}
