//! The page of a referral request at the desk: states, clocks, answer links, and what to record.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::coverage::payer_class::PayerClass;
use crate::provider::ProviderId;
use crate::serve::api::referral_answers::revoke;
use crate::serve::api::referral_requests::ReferralPath;
use crate::serve::http::extract::{CurrentPrincipal, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::http::write_conditions::WriteConditions;
use crate::serve::pages::answer::selection::named;
use crate::serve::pages::answer_link::limits_in_words;
use crate::serve::pages::coded_form::CodedForm;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::pages::layout::{PageFrame, SiteSection};
use crate::serve::pages::referral_page::asked_row::AskedRow;
use crate::serve::pages::referral_page::made_links::{ShownLink, make_links, without_link};
use crate::serve::pages::referral_page::recorded_state::record_state;
use crate::serve::pages::session::see_other;
use crate::serve::referral_records::{close, find};
use crate::serve::referral_streams;
use crate::serve::state::AppState;
use crate::service::Need;
use crate::statements::referral_request::answer_link::USUAL_LINK_HOURS;
use crate::statements::referral_request::record::ReferralRequest;
use crate::statements::referral_request::{MissingInfo, ReferralState};
use crate::text::us_date::us_date;

pub(crate) mod asked_row;
pub(crate) mod made_links;
pub(crate) mod recorded_state;

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
    /// New links, shown this once.
    links: Vec<ShownLink>,
    unit: Option<String>,
    label: Option<String>,
    /// Whether the hospital may close it.
    is_open: bool,
    about: Vec<String>,
    /// What providers see.
    needs: Vec<String>,
    /// Needs that no provider sees, for lack of consent.
    withheld: Vec<&'static str>,
    rows: Vec<AskedRow>,
    /// To how many providers nothing was sent.
    unsent: usize,
    /// How many providers may get a link and have none.
    without_link: usize,
    missing: Vec<(&'static str, &'static str)>,
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
    show(&app, StatusCode::OK, &request, None, Vec::new())
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
    /// `state`, `link`, `links` for all, `revoke` or `close`.
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
    headers: HeaderMap,
    form: CodedForm,
) -> Result<Response, Problem> {
    form.check(&FIELDS)?;
    let (request, now) = (find(&*app.served()?, id)?, (app.now)().timestamp());
    let provider = || form.one("provider").parse::<ProviderId>().map_err(|_| Problem::NoSuchReferral);
    let conditions = WriteConditions::after(form.one("version").to_owned());
    let done = match form.one("record") {
        "close" => close(&app, &caller, id, &conditions, None).await.map(|_| None),
        "link" => make_links(&app, &caller, (&request, vec![provider()?]), (&form, &headers)).await.map(Some),
        "links" => make_links(&app, &caller, (&request, without_link(&request, now)), (&form, &headers)).await.map(Some),
        "revoke" => revoke(&app, &caller, (id, &provider()?), &conditions, None).await.map(|_| None),
        _ => record_state(&app, &caller, (&request, &provider()?), &form, &conditions).await.map(|()| None),
    };
    match done {
        Ok(None) => Ok(see_other(&format!("/referral-requests/{id}"))),
        Ok(Some(made)) => {
            let note = made.failed.as_ref().map(|problem| format!("Not every link was made. {}", in_words(problem)));
            show(&app, StatusCode::OK, &made.request, note, made.links)
        }
        Err(Problem::Changed(_)) => {
            let about = match form.one("record") {
                "close" | "links" => String::new(),
                _ => format!(", for {}", named(app.served()?.base(), provider()?.as_str())),
            };
            let note = format!(
                "Somebody else has changed this request. Nothing of yours was saved: {}{about}. Compare it with the request \
                 below, then record it again.",
                wanted(&form)
            );
            let current = find(&*app.served()?, id)?;
            show(&app, StatusCode::PRECONDITION_FAILED, &current, Some(note), Vec::new())
        }
        Err(problem @ (Problem::StepRefused { .. } | Problem::Invalid(_))) => {
            let current = find(&*app.served()?, id)?;
            show(&app, problem.status(), &current, Some(in_words(&problem)), Vec::new())
        }
        Err(other) => Err(other),
    }
}

/// What the form records, in words.
fn wanted(form: &CodedForm) -> &'static str {
    match form.one("record") {
        "link" => "a new answer link",
        "links" => "answer links for all",
        "revoke" => "to revoke the answer link",
        "close" => "to close the request",
        _ => {
            let state = ReferralState::ALL.into_iter().find(|state| state.code() == form.one("state"));
            state.map_or("a state", ReferralState::label)
        }
    }
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
    links: Vec<ShownLink>,
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
    let needs = request.shown_needs().map(|need| need.label().to_owned());
    let page = ReferralPage {
        frame: PageFrame::new(app, Some(served.base()), SiteSection::Elsewhere, "Referral request"),
        id: request.id.to_string(),
        version: request.version.to_string(),
        note,
        links,
        unit: details.unit.clone(),
        label: details.label.as_ref().map(ToString::to_string),
        is_open: request.is_open(),
        about: about.into_iter().flatten().collect(),
        needs: needs.chain(limits_in_words(details)).collect(),
        withheld: request.withheld_needs().map(Need::label).collect(),
        rows: request.providers.iter().map(|asked| AskedRow::new(served.base(), request, asked, &now)).collect(),
        unsent: request.providers.iter().filter(|asked| !asked.is_sent()).count(),
        without_link: without_link(request, now.timestamp()).len(),
        missing: MissingInfo::ALL.map(|missing| (missing.code(), missing.label())).to_vec(),
    };
    html(status, &page, Sensitivity::Question)
}
