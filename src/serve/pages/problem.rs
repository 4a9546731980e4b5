//! A problem as a page.

use askama::Template;
use axum::response::Response;

use super::frame::{Frame, Section};
use super::{Holds, html};
use crate::serve::App;
use crate::serve::problem::Problem;

/// The page a person sees when something is wrong.
#[derive(Debug, Template)]
#[template(path = "problem.html", config = "src/serve/askama.toml")]
struct ProblemPage<'a> {
    frame: Frame,
    detail: String,
    faults: Vec<(&'a str, Option<&'a str>)>,
    /// Whether signing in mends it.
    is_signed_out: bool,
    request_id: &'a str,
}

/// `problem` for a person; the request is found in the log by `request_id`.
pub fn page(app: &App, problem: &Problem, request_id: &str) -> Result<Response, Problem> {
    let faults = match problem {
        Problem::Invalid(errors) => errors.iter().map(|error| (error.detail.as_str(), error.hint.as_deref())).collect(),
        _ => Vec::new(),
    };
    let frame = Frame::new(app, app.live.catalog().as_deref(), Section::Elsewhere, problem.title());
    let detail = problem.detail_for_people().into_owned();
    let is_signed_out = matches!(problem, Problem::Unauthorized { .. });
    html(problem.status(), &ProblemPage { frame, detail, faults, is_signed_out, request_id }, Holds::Question)
}
