//! The formats in which FHIR is requested and answered.

use axum::http::{HeaderMap, Uri};

use crate::input::errors::FieldErrors;
use crate::serve::http::extract::{accepts, field_error, unknown_parameter};
use crate::serve::http::problem::Problem;

/// The content type of answers.
pub(crate) const CONTENT: &str = "application/fhir+json";

/// The media ranges that cover JSON, the most specific first.
pub(crate) const RANGES: [&str; 5] = [CONTENT, "application/json", "text/json", "application/*", "*/*"];

/// The values of `_format`. A plus sign that was not encoded arrives as a space.
pub(crate) const FORMATS: [&str; 5] = ["json", CONTENT, "application/fhir json", "application/json", "text/json"];

/// Checks that the caller accepts JSON: by `_format`, which overrides the Accept header.
pub(crate) fn takes_json(query: &str, headers: &HeaderMap) -> Result<(), Problem> {
    let mut formats = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "_format").peekable();
    let taken = match formats.peek() {
        Some(_) => formats.all(|(_, format)| FORMATS.contains(&format.split(';').next().unwrap_or_default().trim())),
        None => accepts(headers, &RANGES),
    };
    if taken { Ok(()) } else { Err(Problem::NotFhirJson) }
}

/// The query of a route without other parameters than `_format` and `_pretty`: whether the JSON is
/// indented.
pub(crate) fn only_format(uri: &Uri, headers: &HeaderMap) -> Result<bool, Problem> {
    let query = uri.query().unwrap_or_default();
    takes_json(query, headers)?;
    let (mut faults, mut is_pretty) = (FieldErrors::default(), false);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match (name.as_ref(), value.parse()) {
            ("_format", _) => {}
            ("_pretty", Ok(pretty)) => is_pretty = pretty,
            ("_pretty", Err(_)) => faults.push(field_error("?_pretty", "not_a_word", "expected true or false", None)),
            _ => faults
                .push_with(|| unknown_parameter(&name, ["_format", "_pretty"].into_iter(), "there is no such parameter")),
        }
    }
    faults.or(is_pretty).map_err(Problem::NotASearch)
}

/// Rejects every parameter, for a route that has none.
pub(crate) fn no_parameters(uri: &Uri) -> Result<(), Problem> {
    let mut faults = FieldErrors::default();
    for (name, _) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        faults.push_with(|| unknown_parameter(&name, std::iter::empty(), "there is no such parameter"));
    }
    faults.or(()).map_err(Problem::NotASearch)
}

/// Whether a preference is in the Prefer headers (RFC 7240).
pub(crate) fn prefers(headers: &HeaderMap, preference: &str) -> bool {
    let sent = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    let mut preferences = sent.flat_map(|value| value.split([',', ';'])).map(str::trim);
    preferences.any(|sent| sent.replace('"', "").eq_ignore_ascii_case(preference))
}
