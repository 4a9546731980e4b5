//! Renders a problem for its reader: JSON for programs, an `OperationOutcome` for FHIR, a page for
//! people.

use axum::body::Body;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;

#[cfg(feature = "fhir")]
use crate::serve::fhir;
use crate::serve::http::problem::Problem;
use crate::serve::http::route::RouteAudience;
use crate::serve::pages;
use crate::serve::state::AppState;

/// Who reads an answer without a route: FHIR by its path, else a person if HTML is accepted.
pub(crate) fn guess_audience(path: &str, headers: &HeaderMap) -> RouteAudience {
    if cfg!(feature = "fhir") && (path == "/fhir" || path.starts_with("/fhir/")) {
        return RouteAudience::Fhir;
    }
    let accepted = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
    if accepted.is_some_and(|accept| accept.contains("text/html")) { RouteAudience::Person } else { RouteAudience::Program }
}

/// A problem, and what only the request tells.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ToldProblem<'a> {
    pub(crate) problem: &'a Problem,
    /// The id of the request.
    pub(crate) id: &'a str,
    /// Paths or ids similar to that of the request.
    pub(crate) near: &'a [String],
}

/// `problem` as the audience reads it, with the status and the headers of `bare`.
pub(crate) fn render_problem(
    audience: RouteAudience,
    app: &AppState,
    ToldProblem { problem, id, near }: ToldProblem<'_>,
    mut bare: Response,
) -> Response {
    let page = match audience {
        RouteAudience::Person => pages::problem_page(app, problem, id).ok(),
        RouteAudience::Program | RouteAudience::Fhir | RouteAudience::Either => None,
    };
    if let Some(page) = page {
        let (parts, body) = page.into_parts();
        bare.headers_mut().extend(parts.headers);
        *bare.body_mut() = body;
        return bare;
    }
    let (body, content) = match audience {
        #[cfg(feature = "fhir")]
        RouteAudience::Fhir => (fhir::problem_body(problem, id), fhir::format::CONTENT),
        _ => (problem.body(id, near), "application/problem+json"),
    };
    *bare.body_mut() = Body::from(body);
    let headers = bare.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    bare
}
