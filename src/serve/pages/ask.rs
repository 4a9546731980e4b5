//! The first page: the search form, and the answer on the same page.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::catalog::Catalog;
use crate::discharge::{Discharge, Notice};
use crate::matching::report::Report;
use crate::overlay::LiveDirectory;
use crate::query::report;
use crate::serve::answer_summary::AnswerSummary;
use crate::serve::http::answer_metadata::AnswerMetadata;
use crate::serve::http::extract::StrictQuery;
use crate::serve::http::problem::Problem;
use crate::serve::pages::answer::AnswerPage;
use crate::serve::pages::ask::errors::ErrorList;
use crate::serve::pages::ask::fields::FormFields;
use crate::serve::pages::form::SubmittedForm;
use crate::serve::pages::form_parsing;
use crate::serve::pages::form_parsing::FormQuestion;
use crate::serve::pages::form_parsing::form_error::FormError;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::pages::layout::{PageFrame, SiteSection};
use crate::serve::state::AppState;

pub(crate) mod autocomplete;
pub(crate) mod call_sheet;
pub(crate) mod errors;
pub(crate) mod explain_provider;
pub(crate) mod fields;
pub(crate) mod provider_lookup;

/// The form alone: empty, with errors, or without a directory.
#[derive(Debug, Template)]
#[template(path = "ask.html", config = "src/serve/askama.toml")]
struct AskPage {
    frame: PageFrame,
    errors: Option<ErrorList>,
    fields: FormFields,
}

/// The search form
#[utoipa::path(get, path = "/", operation_id = "page_ask")]
pub(crate) async fn form(State(app): State<Arc<AppState>>, _: StrictQuery<()>) -> Result<Response, Problem> {
    let catalog = app.live.catalog();
    let status = if catalog.is_some() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let frame = PageFrame::new(&app, catalog.as_deref(), SiteSection::Ask, "Find providers");
    let mut fields = FormFields::of(&fields::defaults(&app.hospital.defaults), &[], catalog.as_deref());
    fields.starts_here = true;
    html(status, &AskPage { frame, errors: None, fields }, Sensitivity::Nothing)
}

/// The answer to a question
#[utoipa::path(post, path = "/", operation_id = "page_answer")]
pub(crate) async fn answer(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    form: SubmittedForm,
) -> Result<Response, Problem> {
    let read = match read(&app, &form) {
        Ok(read) => read,
        Err(refused) => return refused.page(&app, &form),
    };
    let discharge = Discharge { list_left_out: true, ..read.discharge };
    let report = report(&read.served, &discharge, &read.remarks);
    let catalog = read.served.base();
    let page = AnswerPage::new(&app, catalog, &form, &report);
    let response = html(StatusCode::OK, &page, Sensitivity::Question)?;
    Ok(counted(response, catalog, &report))
}

/// A valid question and the directory that answers it.
pub(crate) struct ResolvedForm {
    pub(crate) served: Arc<LiveDirectory>,
    pub(crate) discharge: Discharge,
    pub(crate) remarks: Vec<Notice>,
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
}

impl FormRejection {
    /// The error page, with what was typed.
    pub(crate) fn page(&self, app: &AppState, form: &SubmittedForm) -> Result<Response, Problem> {
        match self {
            Self::NoDirectory => waiting(app, form),
            Self::Wrong(catalog, faults) => faulty(app, catalog, form, faults),
            Self::NoDischarge => Err(Problem::Internal),
        }
    }
}

/// Reads the question of `form` and takes the current directory.
///
/// # Errors
/// There is no directory, or fields are wrong.
pub(crate) fn read(app: &AppState, form: &SubmittedForm) -> Result<ResolvedForm, FormRejection> {
    let served = app.served().map_err(|_| FormRejection::NoDirectory)?;
    let asked = form_parsing::asked(form, served.base(), served.today());
    let FormQuestion { mut question, remarks } =
        asked.map_err(|faults| FormRejection::Wrong(Arc::clone(served.base()), faults))?;
    let discharge = question.discharges.pop().ok_or(FormRejection::NoDischarge)?;
    Ok(ResolvedForm { served, discharge, remarks })
}

/// The form with what was typed, to send again once a directory is loaded.
fn waiting(app: &AppState, form: &SubmittedForm) -> Result<Response, Problem> {
    let frame = PageFrame::new(app, None, SiteSection::Ask, "No directory is loaded yet");
    let page = AskPage { frame, errors: None, fields: FormFields::of(form, &[], None) };
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
    let page = AskPage { frame, fields: FormFields::of(form, faults, Some(catalog)), errors: Some(errors) };
    html(StatusCode::UNPROCESSABLE_ENTITY, &page, Sensitivity::Question)
}

/// `response` with the metadata of `report` for the log.
pub(crate) fn counted(mut response: Response, catalog: &Catalog, report: &Report) -> Response {
    let manifest = catalog.manifest();
    let tally = Some(AnswerSummary::of([report]));
    let told = AnswerMetadata { generation: manifest.generation.clone(), built_at: manifest.built_at, tally, cached: false };
    response.extensions_mut().insert(told);
    response
}
