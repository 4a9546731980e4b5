//! A problem as a page.

use askama::Template;
use axum::response::Response;

use crate::serve::http::problem::Problem;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::pages::layout::{PageFrame, SiteSection};
use crate::serve::state::AppState;

/// The error page.
#[derive(Debug, Template)]
#[template(path = "problem.html", config = "src/serve/askama.toml")]
struct ProblemPage<'a> {
    frame: PageFrame,
    detail: String,
    faults: Vec<(&'a str, Option<&'a str>)>,
    /// Whether signing in solves it.
    is_signed_out: bool,
    request_id: &'a str,
}

/// `problem` as a page; `request_id` identifies the request in the log.
pub(crate) fn page(app: &AppState, problem: &Problem, request_id: &str) -> Result<Response, Problem> {
    let faults = match problem {
        Problem::Invalid(errors) => errors.iter().map(|error| (error.detail.as_str(), error.hint.as_deref())).collect(),
        _ => Vec::new(),
    };
    let frame = PageFrame::new(app, app.live.catalog().as_deref(), SiteSection::Elsewhere, problem.title());
    let detail = problem.detail_for_people().into_owned();
    let is_signed_out = matches!(problem, Problem::Unauthorized { .. });
    html(problem.status(), &ProblemPage { frame, detail, faults, is_signed_out, request_id }, Sensitivity::Question)
}
