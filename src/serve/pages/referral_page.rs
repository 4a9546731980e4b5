//! The page of a referral request at the desk: states, clocks, answer links, and what to record.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Zoned;
use serde_json::{Map, Value};

use crate::api_keys::Principal;
use crate::coverage::payer_class::PayerClass;
use crate::provider::ProviderId;
use crate::serve::api::referral_answers::{new_link, revoke};
use crate::serve::api::referral_requests::ReferralPath;
use crate::serve::http::extract::{CurrentPrincipal, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::http::write_conditions::{SecretRequest, WriteConditions};
use crate::serve::pages::answer::selection::named;
use crate::serve::pages::answer_link::{limit_label, reason_label};
use crate::serve::pages::coded_form::CodedForm;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::pages::layout::{PageFrame, SiteSection};
use crate::serve::pages::referral_form::number_of;
use crate::serve::pages::session::see_other;
use crate::serve::referral_records::{ReferralRecorder, close, find, record_step};
use crate::serve::referral_streams;
use crate::serve::state::AppState;
use crate::statements::DeclineReason;
use crate::statements::referral_request::answer_link::USUAL_LINK_HOURS;
use crate::statements::referral_request::record::{AskedProvider, ReferralRequest};
use crate::statements::referral_request::transition::next_states;
use crate::statements::referral_request::{MissingInfo, ReferralParty, ReferralState, goes_to_compliance, parse};
use crate::text::us_date::{us_date, us_time};

/// The fields of the forms of the page.
const FIELDS: [&str; 9] = ["provider", "version", "record", "state", "why", "missing", "patient_chose", "hours", "pin"];

/// The page.
#[derive(Debug, Template)]
#[template(path = "referral_page.html", config = "src/serve/askama.toml")]
struct ReferralPage {
    frame: PageFrame,
    id: String,
    version: String,
    /// What happened, such as another desk that was faster.
    note: Option<String>,
    /// A new link, shown this once.
    link: Option<ShownLink>,
    unit: Option<String>,
    label: Option<String>,
    /// Whether the hospital may close it.
    is_open: bool,
    about: Vec<String>,
    needs: Vec<String>,
    rows: Vec<AskedRow>,
    missing: Vec<(&'static str, &'static str)>,
}

/// A new link.
#[derive(Debug)]
struct ShownLink {
    provider: String,
    address: String,
    until: String,
    has_pin: bool,
}

/// One provider.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each shows one part of the row")]
struct AskedRow {
    id: String,
    name: String,
    state: &'static str,
    reason: Option<String>,
    is_for_compliance: bool,
    clock: String,
    is_overdue: bool,
    link: Option<String>,
    may_link: bool,
    next: Vec<(&'static str, &'static str)>,
    may_confirm: bool,
    reasons: Vec<(String, String)>,
}

/// A referral request
#[utoipa::path(
    get,
    path = "/referral-requests/{id}",
    operation_id = "page_referral",
    params(("id" = String, Path, description = "The id of a request.")),
)]
pub(crate) async fn page(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    ReferralPath(id): ReferralPath,
) -> Result<Response, Problem> {
    let request = find(&*app.served()?, id)?;
    show(&app, StatusCode::OK, &request, None, None)
}

/// Follow a referral request from its page
#[utoipa::path(
    get,
    path = "/referral-requests/{id}/events",
    operation_id = "page_follow_referral",
    tag = "pages",
    params(("id" = String, Path, description = "The id of a request.")),
    responses((status = 200, description = "The events", body = String, content_type = "text/event-stream")),
)]
pub(crate) async fn events(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    ReferralPath(id): ReferralPath,
) -> Result<Response, Problem> {
    referral_streams::events(app, &caller, id)
}

/// The fields of the forms of the page of a request.
#[derive(Debug, utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the fields; the form is read by name")]
pub(crate) struct ReferralChangeForm {
    /// The id of a provider of the request.
    provider: Option<String>,
    /// The version that the page shows.
    version: String,
    /// `state`, `link`, `revoke` or `close`.
    record: String,
    /// The new state.
    state: Option<String>,
    /// Why it declined.
    why: Option<String>,
    /// What it needs to know.
    missing: Option<String>,
    /// `yes` if the patient chose it.
    patient_chose: Option<String>,
    /// How many hours a link is valid.
    hours: Option<String>,
    /// The PIN of a link.
    pin: Option<String>,
}

/// Record something about a referral request
#[utoipa::path(
    post,
    path = "/referral-requests/{id}",
    operation_id = "page_change_referral",
    params(("id" = String, Path, description = "The id of a request.")),
    request_body(content = ReferralChangeForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303, description = "The browser goes on to the request.")),
)]
pub(crate) async fn change(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    ReferralPath(id): ReferralPath,
    form: CodedForm,
) -> Result<Response, Problem> {
    form.check(&FIELDS)?;
    let request = find(&*app.served()?, id)?;
    let provider = || form.one("provider").parse::<ProviderId>().map_err(|_| Problem::NoSuchReferral);
    let conditions = WriteConditions::after(form.one("version").to_owned());
    let done = match form.one("record") {
        "close" => close(&app, &caller, id, &conditions, None).await.map(|_| None),
        "link" => link(&app, &caller, (&request, &provider()?), &form, &conditions).await.map(Some),
        "revoke" => revoke(&app, &caller, (id, &provider()?), &conditions, None).await.map(|_| None),
        _ => state(&app, &caller, (&request, &provider()?), &form, &conditions).await.map(|()| None),
    };
    match done {
        Ok(None) => Ok(see_other(&format!("/referral-requests/{id}"))),
        Ok(Some((request, link))) => show(&app, StatusCode::OK, &request, None, Some(link)),
        Err(Problem::Changed(_)) => {
            let about = match form.one("record") {
                "close" => String::new(),
                _ => format!(", for {}", named(app.served()?.base(), provider()?.as_str())),
            };
            let note = format!(
                "Somebody else has changed this request. Nothing of yours was saved: {}{about}. Compare it with the request \
                 below, then record it again.",
                wanted(&form)
            );
            let current = find(&*app.served()?, id)?;
            show(&app, StatusCode::PRECONDITION_FAILED, &current, Some(note), None)
        }
        Err(problem @ (Problem::StepRefused { .. } | Problem::Invalid(_))) => {
            let current = find(&*app.served()?, id)?;
            show(&app, problem.status(), &current, Some(in_words(&problem)), None)
        }
        Err(other) => Err(other),
    }
}

/// What the form records, in words.
fn wanted(form: &CodedForm) -> &'static str {
    match form.one("record") {
        "link" => "a new answer link",
        "revoke" => "to revoke the answer link",
        "close" => "to close the request",
        _ => {
            let state = ReferralState::ALL.into_iter().find(|state| state.code() == form.one("state"));
            state.map_or("a state", ReferralState::label)
        }
    }
}

async fn state(
    app: &AppState,
    caller: &Principal,
    (request, provider): (&ReferralRequest, &ProviderId),
    form: &CodedForm,
    conditions: &WriteConditions,
) -> Result<(), Problem> {
    let state = form.one("state");
    let mut body = Map::from_iter([("state".to_owned(), Value::from(state))]);
    // The fields of the other states stay on the page and do not count.
    for (field, of) in [("why", ReferralState::Declined), ("missing", ReferralState::NeedMore)] {
        if state == of.code() && !form.one(field).is_empty() {
            body.insert(field.to_owned(), form.one(field).into());
        }
    }
    if state == ReferralState::Confirmed.code() {
        body.insert("patient_chose".to_owned(), (form.one("patient_chose") == "yes").into());
    }
    let now = (app.now)().timestamp();
    let requested = parse::step(&Value::Object(body), request, now).map_err(Problem::Invalid)?;
    let who = ReferralRecorder::desk(caller);
    record_step(app, who, (request.id, provider), requested, conditions, None).await.map(drop)
}

/// Makes a link and shows it, with the request as it is then.
async fn link(
    app: &AppState,
    caller: &Principal,
    (request, provider): (&ReferralRequest, &ProviderId),
    form: &CodedForm,
    conditions: &WriteConditions,
) -> Result<(Arc<ReferralRequest>, ShownLink), Problem> {
    let now = (app.now)();
    let mut body = Map::new();
    if let Some(hours) = number_of(form.one("hours")) {
        body.insert("hours".to_owned(), hours);
    }
    if !form.one("pin").is_empty() {
        body.insert("pin".to_owned(), form.one("pin").into());
    }
    let (expires_at, pin) = parse::link(&Value::Object(body), now.timestamp()).map_err(Problem::Invalid)?;
    let once = SecretRequest::random()?;
    let made = new_link(app, caller, (request.id, provider), (expires_at, pin.as_ref()), conditions, once).await?;
    let own = app.edge.public_url.as_deref().unwrap_or_default().trim_end_matches('/');
    let link = ShownLink {
        provider: named(app.served()?.base(), provider.as_str()),
        address: format!("{own}/r/{}", made.token),
        until: us_time(expires_at, &now),
        has_pin: pin.is_some(),
    };
    Ok((made.request, link))
}

fn in_words(problem: &Problem) -> String {
    match problem {
        Problem::Invalid(faults) => faults.iter().map(|fault| fault.detail.clone()).collect::<Vec<_>>().join("; "),
        other => other.detail_for_people().into_owned(),
    }
}

fn show(
    app: &AppState,
    status: StatusCode,
    request: &ReferralRequest,
    note: Option<String>,
    link: Option<ShownLink>,
) -> Result<Response, Problem> {
    let (served, now, details) = (app.served()?, (app.now)(), &request.details);
    let coverage = details.coverage.as_ref().map(|(_, name)| name.clone());
    let about = [
        Some(details.service.label().to_owned()),
        Some(format!("discharge {}", us_date(details.discharge_on))),
        details.region.map(|region| format!("ZIP codes that begin with {region}")),
        details.payer_class.map(|class| PayerClass::label(class).to_owned()),
        coverage,
    ];
    let needs = details.needs.iter().map(|need| need.label().to_owned());
    let page = ReferralPage {
        frame: PageFrame::new(app, Some(served.base()), SiteSection::Elsewhere, "Referral request"),
        id: request.id.to_string(),
        version: request.version.to_string(),
        note,
        link,
        unit: details.unit.clone(),
        label: details.label.as_ref().map(ToString::to_string),
        is_open: request.is_open(),
        about: about.into_iter().flatten().collect(),
        needs: needs.chain(details.limits.iter().map(|limit| limit_label(*limit))).collect(),
        rows: request
            .providers
            .iter()
            .map(|asked| AskedRow::new(named(served.base(), asked.provider.as_str()), request, asked, &now))
            .collect(),
        missing: MissingInfo::ALL.map(|missing| (missing.code(), missing.label())).to_vec(),
    };
    html(status, &page, Sensitivity::Question)
}

impl AskedRow {
    fn new(name: String, request: &ReferralRequest, asked: &AskedProvider, now: &Zoned) -> Self {
        let at = now.timestamp();
        let may = |to: ReferralState, by| request.check(&asked.provider, to, by, at).is_ok();
        let is_overdue = asked.is_overdue(at);
        let clock = match asked.step.to {
            ReferralState::Asked | ReferralState::Seen if is_overdue => {
                format!("reply was due {}", us_time(asked.reply_due, now))
            }
            ReferralState::Asked | ReferralState::Seen => format!("reply due {}", us_time(asked.reply_due, now)),
            _ => format!("since {}", us_time(asked.changed_at, now)),
        };
        let why = asked.step.why.map(reason_label);
        let next = next_states(asked.step.to, ReferralParty::Hospital).filter(|to| may(*to, ReferralParty::Hospital));
        let next: Vec<_> = next.map(|state| (state.code(), state.label())).collect();
        let needs = request.details.needs.iter().copied().map(DeclineReason::Need);
        let limits = request.details.limits.iter().copied().map(DeclineReason::Limit);
        let others =
            [DeclineReason::Coverage, DeclineReason::OutsideServiceArea, DeclineReason::Other, DeclineReason::NotSaid];
        let reasons = [DeclineReason::NoRoom].into_iter().chain(needs).chain(limits).chain(others);
        let link = asked.open_link(at).map(|link| {
            let pin = if link.pin.is_some() { ", with a PIN" } else { "" };
            format!("A link is open until {}{pin}", us_time(link.expires_at, now))
        });
        Self {
            id: asked.provider.to_string(),
            name,
            state: asked.step.to.label(),
            reason: why.or_else(|| asked.step.missing.map(|missing| missing.label().to_owned())),
            is_for_compliance: asked.step.why.is_some_and(goes_to_compliance),
            clock,
            is_overdue,
            link,
            may_link: may(ReferralState::Accepted, ReferralParty::Provider),
            may_confirm: may(ReferralState::Confirmed, ReferralParty::Hospital),
            next,
            reasons: reasons.map(|why| (why.code(), reason_label(why))).collect(),
        }
    }
}
