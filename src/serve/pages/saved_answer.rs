//! A question and its answer as a file that the user keeps, and its comparison with the answer of now. The server stores neither.

use std::iter;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use crate::discharge::{Discharge, MOST_SHOWN};
use crate::evidence::Evidence;
use crate::input::errors::FieldError;
use crate::matching::differences::{AnswerSide, Difference};
use crate::matching::report::Report;
use crate::serve::http::body::rendered;
use crate::serve::http::extract::{StrictJson, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::http::route::LARGEST_SAVED_ANSWER;
use crate::serve::json::saved_answer::{SavedAnswerJson, WARNING};
use crate::serve::pages::ask::{ResolvedForm, read, with_summaries};
use crate::serve::pages::form::SubmittedForm;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::pages::layout::{PageFrame, SiteSection};
use crate::serve::pages::upload::UploadedFile;
use crate::serve::saved_answer::{SavedComparison, ServiceComparison, compare};
use crate::serve::state::AppState;
use crate::text::count_text::counted;
use crate::{phrases, query};

/// The name of the file: it contains nothing of the question.
const FILE_NAME: &str = "placement-question-and-answer.json";

/// The question and its answer as a file
///
/// The user keeps it, and compares it later. It may tell of a patient.
#[utoipa::path(
    post,
    path = "/export/answer",
    operation_id = "export_answer",
    responses((status = 200, description = "The file", content((String = "application/json"), (String = "text/html")))),
)]
pub(crate) async fn save(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    form: SubmittedForm,
) -> Result<Response, Problem> {
    let ResolvedForm { served, discharge, others, remarks, .. } = match read(&app, &form) {
        Ok(read) => read,
        Err(refused) => return refused.page(&app, &form),
    };
    let asked: Vec<Discharge> = iter::once(discharge).chain(others).collect();
    let (file, reports) = fitting(LARGEST_SAVED_ANSWER, |part| {
        let first =
            |one: &Discharge| Discharge { limit: part.matches, offset: 0, list_left_out: part.excluded, ..one.clone() };
        let reports: Vec<Report> = asked.iter().map(|one| query::report(&served, &first(one), &remarks)).collect();
        let file = rendered(&SavedAnswerJson::new(&reports, (&*served).into(), part.note()))?;
        Ok((file, reports))
    })?;
    let saved_as = format!("attachment; filename=\"{FILE_NAME}\"");
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store"), (CONTENT_DISPOSITION, saved_as.as_str())];
    Ok(with_summaries(&app, (headers, file).into_response(), served.base(), &reports))
}

/// How much of an answer a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct SavedPart {
    /// The most matches of a service.
    matches: u32,
    /// Whether it has the excluded providers.
    excluded: bool,
}

impl SavedPart {
    /// What is tried, from the whole answer to the least.
    const ALL: [Self; 5] = [
        Self { matches: MOST_SHOWN, excluded: true },
        Self { matches: MOST_SHOWN, excluded: false },
        Self { matches: 500, excluded: false },
        Self { matches: 100, excluded: false },
        Self { matches: 20, excluded: false },
    ];

    /// What the file says of itself; `None` of the whole answer.
    fn note(self) -> Option<String> {
        (!self.excluded).then(|| {
            format!(
                "The whole answer would be larger than a file that can be compared. This file has the first {} matches of each \
                 service, and no excluded providers.",
                self.matches
            )
        })
    }
}

/// The largest part of an answer whose file has at most `most` bytes, so that it can be compared later.
fn fitting<T: AsRef<[u8]>, R>(most: usize, make: impl Fn(SavedPart) -> Result<(T, R), Problem>) -> Result<(T, R), Problem> {
    for part in SavedPart::ALL {
        let (file, reports) = make(part)?;
        if file.as_ref().len() <= most {
            return Ok((file, reports));
        }
    }
    Err(Problem::TooLarge)
}

/// The page: the form for a file, and what differs.
#[derive(Debug, Template)]
#[template(path = "differences.html", config = "src/serve/askama.toml")]
struct DifferencesPage {
    frame: PageFrame,
    warning: &'static str,
    /// What is wrong with the file, with what to do.
    faults: Vec<String>,
    /// How many faults are not shown.
    more: usize,
    remarks: Vec<String>,
    services: Vec<ServiceView>,
}

/// What differs for one service.
#[derive(Debug)]
struct ServiceView {
    question: String,
    says: String,
    rows: Vec<DifferenceRow>,
}

/// One difference.
#[derive(Debug)]
struct DifferenceRow {
    kind: &'static str,
    id: String,
    name: String,
    /// Whether the directory of the answer of now lists the provider, so that it has a page.
    is_listed: bool,
    then: SideView,
    now: SideView,
}

/// What one answer says.
#[derive(Debug)]
struct SideView {
    text: String,
    evidence: Vec<String>,
}

/// Compare with a saved answer
#[utoipa::path(get, path = "/differences", operation_id = "page_differences")]
pub(crate) async fn form(State(app): State<Arc<AppState>>, _: StrictQuery<()>) -> Result<Response, Problem> {
    let page = DifferencesPage::new(&app, "Compare with a saved answer".to_owned());
    html(StatusCode::OK, &page, Sensitivity::Nothing)
}

/// What differs between a saved answer and the answer of now
#[utoipa::path(
    post,
    path = "/differences",
    operation_id = "page_compare_answers",
    request_body(content = UploadForm, content_type = "multipart/form-data"),
)]
pub(crate) async fn differences(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    file: UploadedFile,
) -> Result<Response, Problem> {
    let served = app.served()?;
    let read = if file.0.is_empty() { Err(no_file()) } else { StrictJson(file.0).read() };
    let compared = read.and_then(|raw| compare(&served, &raw).map_err(Problem::Invalid));
    match compared {
        Ok(comparison) => {
            let count: usize = comparison.services.iter().map(|of| of.differences.len()).sum();
            let title = if count == 0 { "Nothing changed".to_owned() } else { counted(count as u64, "difference") };
            let page = DifferencesPage::new(&app, title).with(&comparison);
            html(StatusCode::OK, &page, Sensitivity::Question)
        }
        Err(problem) => {
            let mut page = DifferencesPage::new(&app, "The file cannot be compared".to_owned());
            page.say(&problem);
            html(StatusCode::UNPROCESSABLE_ENTITY, &page, Sensitivity::Question)
        }
    }
}

/// The form of the page.
#[derive(Debug, utoipa::ToSchema)]
#[expect(dead_code, reason = "the schema of a form that `UploadedFile` reads")]
pub(crate) struct UploadForm {
    /// The file of "Save this question and its answer".
    #[schema(value_type = String, format = Binary)]
    saved_answer: Vec<u8>,
}

fn no_file() -> Problem {
    Problem::NotJson { what: "No file was chosen, or it is empty.".to_owned() }
}

impl DifferencesPage {
    fn new(app: &AppState, title: String) -> Self {
        let frame = PageFrame::new(app, app.live.catalog().as_deref(), SiteSection::Ask, title);
        Self { frame, warning: WARNING, faults: Vec::new(), more: 0, remarks: Vec::new(), services: Vec::new() }
    }

    fn with(self, comparison: &SavedComparison) -> Self {
        let remarks = comparison.remarks.iter().map(|remark| remark.text.clone()).collect();
        Self { remarks, services: comparison.services.iter().map(ServiceView::from).collect(), ..self }
    }

    /// Shows what is wrong with the file.
    fn say(&mut self, problem: &Problem) {
        let choose = "Choose a file that was saved with “Save this question and its answer”.";
        match problem {
            Problem::Invalid(errors) => {
                let line = |error: &FieldError| {
                    let hint = error.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
                    let place = if error.pointer.is_empty() { String::new() } else { format!("{}: ", error.pointer) };
                    format!("{place}{}{hint}", error.detail)
                };
                self.faults = errors.iter().map(line).collect();
                self.more = errors.more();
            }
            Problem::NotJson { what } => self.faults = vec![format!("The file is damaged or not a saved answer: {what}")],
            other => self.faults = vec![other.title().to_owned()],
        }
        self.faults.push(choose.to_owned());
    }
}

impl From<&ServiceComparison> for ServiceView {
    fn from(of: &ServiceComparison) -> Self {
        let of_all = if of.is_complete { "all" } else { "the first" };
        let then = format!("Saved: {of_all} {}", counted(of.listed as u64, "provider"));
        Self {
            question: phrases::question(&of.discharge),
            says: format!("{then}. Now: {}.", of.listed_now),
            rows: of.differences.iter().map(DifferenceRow::from).collect(),
        }
    }
}

impl From<&Difference> for DifferenceRow {
    fn from(of: &Difference) -> Self {
        Self {
            kind: of.kind.label(),
            id: of.provider.as_str().to_owned(),
            name: of.name.clone(),
            is_listed: of.now.rank.is_some(),
            then: (&of.then).into(),
            now: (&of.now).into(),
        }
    }
}

impl From<&AnswerSide> for SideView {
    fn from(side: &AnswerSide) -> Self {
        let by = |evidence: &Option<Evidence>| evidence.as_ref().map_or_else(|| "no source".to_owned(), Evidence::to_string);
        let evidence = side.evidence.iter().map(|of| format!("{}: {} ({})", of.about, of.answer, by(&of.evidence)));
        Self { text: side.text.clone(), evidence: evidence.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_would_be_too_large_to_compare_has_a_part_and_says_so() {
        let file = |most: usize| {
            let make = |part: SavedPart| {
                let excluded = if part.excluded { 3_000 } else { 0 };
                Ok((vec![b'x'; part.matches as usize + excluded], part))
            };
            fitting(most, make).map(|(file, part)| (file.len(), part.note().is_some()))
        };
        assert_eq!(file(4_000), Ok((4_000, false)));
        assert_eq!(file(3_999), Ok((1_000, true)));
        assert_eq!(file(999), Ok((500, true)));
        assert_eq!(file(20), Ok((20, true)));
        assert_eq!(file(19), Err(Problem::TooLarge));
    }
}
