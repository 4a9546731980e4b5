//! The first page: the search form, and the answer on the same page.

use std::iter;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::catalog::Catalog;
use crate::discharge::screen_facts::ScreenFacts;
use crate::discharge::{Discharge, Notice};
use crate::matching::report::Report;
use crate::need_words::phone_questions::PhoneQuestions;
use crate::overlay::LiveDirectory;
use crate::query::{report, tier_report};
use crate::screens::{ScreenEntry, screen};
use crate::serve::answer_summary::AnswerSummary;
use crate::serve::http::answer_metadata::AnswerMetadata;
use crate::serve::http::extract::{CurrentPrincipal, PagePath, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::kept_pages::PAGE_MINUTES;
use crate::serve::pages::answer::AnswerPage;
use crate::serve::pages::answer::section::{MOST_OF_TIER, tier_shown};
use crate::serve::pages::ask::errors::ErrorList;
use crate::serve::pages::ask::fields::FormFields;
use crate::serve::pages::form::SubmittedForm;
use crate::serve::pages::form_change::changed;
use crate::serve::pages::form_parsing;
use crate::serve::pages::form_parsing::FormQuestion;
use crate::serve::pages::form_parsing::form_error::FormError;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::pages::kept_form::{FORM_GONE, keep_form, open_form};
use crate::serve::pages::layout::{PageFrame, SiteSection, with_session_of_request};
use crate::serve::state::AppState;
use crate::serve::unmet_needs::UnmetQuestion;

pub(crate) mod autocomplete;
pub(crate) mod call_sheet;
pub(crate) mod errors;
pub(crate) mod explain_provider;
pub(crate) mod fields;
pub(crate) mod provider_lookup;
pub(crate) mod screen_fields;

/// The matches shown for each level of care of a plan, if the form sets no number. Our choice: about a screen.
const SHOWN_OF_PLAN: u32 = 10;

/// Whether this build writes workbooks, which the answers to a file of questions are.
const HAS_BATCHES: bool = cfg!(feature = "xlsx");

/// The form alone: empty, with errors, or without a directory.
#[derive(Debug, Template)]
#[template(path = "ask.html", config = "src/serve/askama.toml")]
struct AskPage {
    frame: PageFrame,
    errors: Option<ErrorList>,
    /// After how many minutes the question of this address was deleted, if it was.
    expired: Option<i64>,
    fields: FormFields,
    /// Whether files of questions can be uploaded.
    has_batches: bool,
    /// The field of the look-up, which is empty here.
    provider: &'static str,
}

/// The search form
#[utoipa::path(get, path = "/", operation_id = "page_ask")]
pub(crate) async fn form(State(app): State<Arc<AppState>>, _: StrictQuery<()>) -> Result<Response, Problem> {
    let catalog = app.live.catalog();
    let status = if catalog.is_some() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    html(status, &empty_form(&app, catalog.as_deref(), None), Sensitivity::Nothing)
}

fn empty_form(app: &AppState, catalog: Option<&Catalog>, expired: Option<i64>) -> AskPage {
    let frame = PageFrame::new(app, catalog, SiteSection::Ask, "Find providers");
    let mut fields = FormFields::of(&fields::defaults(&app.hospital.defaults), &[], catalog);
    fields.starts_here = true;
    AskPage { frame, errors: None, expired, fields, has_batches: HAS_BATCHES, provider: "" }
}

/// Ask a question
///
/// The question is sealed for fifteen minutes, and the browser goes on to the page of its answer. So the page can be reloaded and opened
/// again, and its address contains nothing of the question.
#[utoipa::path(
    post,
    path = "/",
    operation_id = "page_ask_question",
    responses((status = 303, description = "The browser goes on to the answer.")),
)]
pub(crate) async fn submit(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    form: SubmittedForm,
) -> Result<Response, Problem> {
    keep_form(&app, &caller, &changed(&form), "/answer", "").await
}

/// The answer to a question
#[utoipa::path(
    get,
    path = "/answer/{token}",
    operation_id = "page_answer",
    params(("token" = String, Path, description = "The token of the question.")),
    responses((
        status = 410,
        description = "The question was deleted, or belongs to another sign-in.",
        content((String = "text/html")),
    )),
)]
pub(crate) async fn answer(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    PagePath(token): PagePath,
) -> Result<Response, Problem> {
    let Some(form) = open_form(&app, &caller, token).await? else { return expired(&app) };
    let working = Arc::clone(&app);
    app.heavy.run(&caller, with_session_of_request(move || answered(&working, &form))).await?
}

/// The empty form, which says that the question of the address was deleted.
pub(crate) fn expired(app: &AppState) -> Result<Response, Problem> {
    html(FORM_GONE, &empty_form(app, app.live.catalog().as_deref(), Some(PAGE_MINUTES)), Sensitivity::Question)
}

/// The answer page of `form`, or the form with its errors.
fn answered(app: &AppState, form: &SubmittedForm) -> Result<Response, Problem> {
    let read = match read(app, form) {
        Ok(read) => read,
        Err(refused) => return refused.page(app, form),
    };
    let ResolvedForm { served, discharge, others, screens, remarks, by_phone } = read;
    let is_plan = !others.is_empty();
    let tier = tier_shown(form.one("tier")).filter(|_| !is_plan);
    let mut reports = Vec::new();
    for discharge in iter::once(discharge).chain(others) {
        let mut discharge = Discharge { list_left_out: true, ..discharge };
        if is_plan && form.one("limit").is_empty() {
            discharge.limit = SHOWN_OF_PLAN;
        }
        // How the form was read is said once.
        let remarks = if reports.is_empty() { &remarks[..] } else { &[] };
        reports.push(match tier {
            Some(tier) => tier_report(&served, &Discharge { limit: MOST_OF_TIER, ..discharge }, remarks, tier),
            None => report(&served, &discharge, remarks),
        });
    }
    let catalog = served.base();
    let screens: Vec<Vec<ScreenEntry>> =
        screens.iter().flat_map(|facts| reports.iter().map(|report| screen(&report.discharge, facts))).collect();
    let page = AnswerPage::new(app, catalog, form, &reports, &screens, &by_phone);
    let response = html(StatusCode::OK, &page, Sensitivity::Question)?;
    Ok(with_summaries(app, response, catalog, &reports))
}

/// A valid question and the directory that answers it.
pub(crate) struct ResolvedForm {
    pub(crate) served: Arc<LiveDirectory>,
    /// The first level of care.
    pub(crate) discharge: Discharge,
    /// The other levels of care of a plan.
    pub(crate) others: Vec<Discharge>,
    /// Facts for the rules about the right level of care, if these are asked for.
    pub(crate) screens: Option<ScreenFacts>,
    pub(crate) remarks: Vec<Notice>,
    /// Needs that are not in the vocabulary, to be asked about by phone.
    pub(crate) by_phone: PhoneQuestions,
}

/// Why a form cannot be answered.
#[derive(Debug)]
pub(crate) enum FormRejection {
    /// No directory is loaded yet.
    NoDirectory,
    /// Fields are wrong, checked against this directory.
    Wrong(Arc<Catalog>, Vec<FormError>),
    /// The question has no discharge, which no form can send.
    NoDischarge,
    /// The page of the answer is of a directory that another server has and this one is about to copy.
    Behind,
}

impl FormRejection {
    /// The error page, with what was typed.
    pub(crate) fn page(&self, app: &AppState, form: &SubmittedForm) -> Result<Response, Problem> {
        match self {
            Self::NoDirectory => waiting(app, form),
            Self::Wrong(catalog, faults) => faulty(app, catalog, form, faults),
            Self::NoDischarge => Err(Problem::Internal),
            Self::Behind => Err(Problem::Busy),
        }
    }
}

/// Reads the question of `form` and takes the current directory.
///
/// # Errors
/// There is no directory, or fields are wrong.
pub(crate) fn read(app: &AppState, form: &SubmittedForm) -> Result<ResolvedForm, FormRejection> {
    let served = app.served().map_err(|_| FormRejection::NoDirectory)?;
    let (served, asked) = match form_parsing::asked(form, served.base(), served.today()) {
        Err(faults) if form_parsing::is_stale_page(&faults) => next_page(app, form, &served, faults)?,
        asked => {
            let asked = asked.map_err(|faults| FormRejection::Wrong(Arc::clone(served.base()), faults))?;
            (served, asked)
        }
    };
    let FormQuestion { question, remarks, by_phone } = asked;
    let (mut discharges, screens) = (question.discharges.into_iter(), question.screens);
    let discharge = discharges.next().ok_or(FormRejection::NoDischarge)?;
    Ok(ResolvedForm { served, discharge, others: discharges.collect(), screens, remarks, by_phone })
}

/// The question of a page of an answer that began with another directory than the one served: the one before it, which is kept for ten
/// minutes.
fn next_page(
    app: &AppState,
    form: &SubmittedForm,
    served: &Arc<LiveDirectory>,
    faults: Vec<FormError>,
) -> Result<(Arc<LiveDirectory>, FormQuestion), FormRejection> {
    if let Some(previous) = app.live.previous(served.today())
        && let Ok(asked) = form_parsing::asked(form, previous.base(), previous.today())
    {
        return Ok((previous, asked));
    }
    if app.has_older_than_published() {
        return Err(FormRejection::Behind);
    }
    Err(FormRejection::Wrong(Arc::clone(served.base()), faults))
}

/// The form with what was typed, to send again once a directory is loaded.
fn waiting(app: &AppState, form: &SubmittedForm) -> Result<Response, Problem> {
    let frame = PageFrame::new(app, None, SiteSection::Ask, "No directory is loaded yet");
    let page = AskPage {
        frame,
        errors: None,
        expired: None,
        fields: FormFields::of(form, &[], None),
        has_batches: HAS_BATCHES,
        provider: "",
    };
    html(StatusCode::SERVICE_UNAVAILABLE, &page, Sensitivity::Question)
}

/// The form with what was typed and its errors.
pub(crate) fn faulty(
    app: &AppState,
    catalog: &Catalog,
    form: &SubmittedForm,
    faults: &[FormError],
) -> Result<Response, Problem> {
    let errors = ErrorList::of(form, faults);
    let frame = PageFrame::new(app, Some(catalog), SiteSection::Ask, errors.title.clone());
    let fields = FormFields::of(form, faults, Some(catalog));
    let page = AskPage { frame, fields, expired: None, errors: Some(errors), has_batches: HAS_BATCHES, provider: "" };
    html(StatusCode::UNPROCESSABLE_ENTITY, &page, Sensitivity::Question)
}

/// `response` with the metadata of `report` for the log.
pub(crate) fn with_summary(app: &AppState, response: Response, catalog: &Catalog, report: &Report) -> Response {
    with_summaries(app, response, catalog, std::slice::from_ref(report))
}

/// `response` with the metadata of `reports` for the log.
pub(crate) fn with_summaries(app: &AppState, mut response: Response, catalog: &Catalog, reports: &[Report]) -> Response {
    let manifest = catalog.manifest();
    let tally = Some(AnswerSummary::of(reports));
    let unmet = if app.hospital.counts_unmet_needs { UnmetQuestion::among(reports) } else { Vec::new() };
    let generation = manifest.generation.clone();
    let told = AnswerMetadata { generation, built_at: manifest.built_at, tally, cached: false, unmet };
    response.extensions_mut().insert(told);
    response
}
