//! The first page: the question, and on the same page its answer.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use self::errors::Errors;
use self::fields::Fields;
use super::answer::AnswerPage;
use super::asked::{self, Asked, Fault};
use super::form::Form;
use super::frame::{Frame, Section};
use super::{Holds, html};
use crate::catalog::Catalog;
use crate::discharge::{Discharge, Remark};
use crate::live::Live;
use crate::matching::report::Report;
use crate::serve::App;
use crate::serve::answer::report;
use crate::serve::extract::Query;
use crate::serve::observe::Told;
use crate::serve::problem::Problem;
use crate::serve::tally::Tally;

pub(super) mod call_sheet;
pub(super) mod errors;
pub(super) mod fields;
mod meant;
pub(super) mod typing;
pub(super) mod what_about;

/// The form by itself: empty, to be mended, or waiting for a directory.
#[derive(Debug, Template)]
#[template(path = "ask.html", config = "src/serve/askama.toml")]
struct AskPage {
    frame: Frame,
    errors: Option<Errors>,
    fields: Fields,
}

/// The empty form.
pub(super) async fn form(State(app): State<Arc<App>>, _: Query<()>) -> Result<Response, Problem> {
    let catalog = app.live.catalog();
    let status = if catalog.is_some() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let frame = Frame::new(&app, catalog.as_deref(), Section::Ask, "Find a place");
    let mut fields = Fields::of(&fields::defaults(&app.hospital.defaults), &[], catalog.as_deref());
    fields.starts_here = true;
    html(status, &AskPage { frame, errors: None, fields }, Holds::Nothing)
}

/// The answer, below the question.
pub(super) async fn answer(State(app): State<Arc<App>>, _: Query<()>, form: Form) -> Result<Response, Problem> {
    let read = match read(&app, &form) {
        Ok(read) => read,
        Err(refused) => return refused.page(&app, &form),
    };
    let discharge = Discharge { list_left_out: true, ..read.discharge };
    let report = report(&read.served, &discharge, &read.remarks);
    let catalog = read.served.base();
    let page = AnswerPage::new(&app, catalog, &form, &report);
    let response = html(StatusCode::OK, &page, Holds::Question)?;
    Ok(counted(response, catalog, &report))
}

/// A question that can be answered, and the directory to answer it from.
pub(super) struct Read {
    pub(super) served: Arc<Live>,
    pub(super) discharge: Discharge,
    pub(super) remarks: Vec<Remark>,
}

/// Why a form cannot be answered.
#[derive(Debug)]
pub(super) enum Refused {
    /// No directory is loaded yet.
    NoDirectory,
    /// Fields are wrong, in the words of this directory.
    Wrong(Arc<Catalog>, Vec<Fault>),
    /// The question was read as one without a discharge, which no form can make.
    NoDischarge,
}

impl Refused {
    /// The page that says so, what was typed kept.
    pub(super) fn page(&self, app: &App, form: &Form) -> Result<Response, Problem> {
        match self {
            Self::NoDirectory => waiting(app, form),
            Self::Wrong(catalog, faults) => faulty(app, catalog, form, faults),
            Self::NoDischarge => Err(Problem::Internal),
        }
    }
}

/// The question of `form` and the directory to answer it from.
///
/// # Errors
/// There is no directory, or fields are wrong.
pub(super) fn read(app: &App, form: &Form) -> Result<Read, Refused> {
    let served = app.served().map_err(|_| Refused::NoDirectory)?;
    let asked = asked::asked(form, served.base(), served.today());
    let Asked { mut question, remarks } = asked.map_err(|faults| Refused::Wrong(Arc::clone(served.base()), faults))?;
    let discharge = question.discharges.pop().ok_or(Refused::NoDischarge)?;
    Ok(Read { served, discharge, remarks })
}

/// The form with what was typed, to be sent again when there is a directory.
fn waiting(app: &App, form: &Form) -> Result<Response, Problem> {
    let frame = Frame::new(app, None, Section::Ask, "No directory is loaded yet");
    let page = AskPage { frame, errors: None, fields: Fields::of(form, &[], None) };
    html(StatusCode::SERVICE_UNAVAILABLE, &page, Holds::Question)
}

/// The form with what was typed and what is wrong with it.
pub(super) fn faulty(app: &App, catalog: &Catalog, form: &Form, faults: &[Fault]) -> Result<Response, Problem> {
    let errors = Errors::of(form, faults);
    let frame = Frame::new(app, Some(catalog), Section::Ask, errors.title.clone());
    let page = AskPage { frame, fields: Fields::of(form, faults, Some(catalog)), errors: Some(errors) };
    html(StatusCode::UNPROCESSABLE_ENTITY, &page, Holds::Question)
}

/// `response` with what the log is told of `report`.
pub(super) fn counted(mut response: Response, catalog: &Catalog, report: &Report) -> Response {
    let manifest = catalog.manifest();
    let tally = Some(Tally::of([report]));
    let told = Told { generation: manifest.generation.clone(), built_at: manifest.built_at, tally, cached: false };
    response.extensions_mut().insert(told);
    response
}
