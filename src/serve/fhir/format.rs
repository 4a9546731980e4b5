//! The formats in which FHIR is requested and answered.

use axum::http::{HeaderMap, Uri};

use crate::input::errors::FieldErrors;
use crate::serve::http::extract::{accepts, unknown_parameter};
use crate::serve::http::problem::Problem;

/// The content type of answers.
pub(crate) const CONTENT: &str = "application/fhir+json";

/// The media ranges that cover JSON, the most specific first.
pub(crate) const RANGES: [&str; 5] = [CONTENT, "application/json", "text/json", "application/*", "*/*"];

/// The values of `_format`. A plus sign that was not encoded arrives as a space.
pub(crate) const FORMATS: [&str; 5] = ["json", CONTENT, "application/fhir json", "application/json", "text/json"];

/// Checks that the caller accepts JSON: by `_format`, which overrides the Accept header.
pub(crate) fn takes_json(uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    let query = uri.query().unwrap_or_default();
    let mut formats = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "_format").peekable();
    let taken = match formats.peek() {
        Some(_) => formats.all(|(_, format)| FORMATS.contains(&format.split(';').next().unwrap_or_default().trim())),
        None => accepts(headers, &RANGES),
    };
    if taken { Ok(()) } else { Err(Problem::NotFhirJson) }
}

/// The same, for a route without other parameters.
pub(crate) fn only_format(uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    takes_json(uri, headers)?;
    let others = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let mut faults = FieldErrors::default();
    for (name, _) in others.filter(|(name, _)| name != "_format") {
        faults.push_with(|| unknown_parameter(&name, ["_format"].into_iter(), "there is no such parameter"));
    }
    faults.or(()).map_err(Problem::NotASearch)
}
