//! What handlers take from a request. The raw extractors of axum answer with plain text, so they
//! are used only here, and every rejection is a [`Problem`].

use axum::body::Bytes;
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::request::Parts;
use serde_json::Value;

use crate::api_keys::Principal;
use crate::fuzzy::{LONGEST_HINTED, did_you_mean, nearest};
use crate::input::errors::too_long;
use crate::input::errors::{FieldError, FieldErrors};
use crate::ledger::page_token::PageToken;
use crate::provider::ProviderId;
use crate::serve::http::problem::Problem;
use crate::serve::http::request_body::ArrivedBody;
use crate::serve::http::strict_json;

/// A body that is declared as JSON and has arrived; [`StrictJson::read`] parses it.
#[derive(Debug)]
pub(crate) struct StrictJson(pub Bytes);

impl<S: Send + Sync> FromRequestParts<S> for StrictJson {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if !is_of_type(&parts.headers, "application/json") {
            return Err(Problem::WrongType);
        }
        ArrivedBody::from_request_parts(parts, state).await.map(|body| Self(body.0))
    }
}

impl StrictJson {
    /// Parses the body.
    ///
    /// # Errors
    /// It is not JSON, or a field is given more than once.
    pub(crate) fn read(&self) -> Result<Value, Problem> {
        let (value, repeated) = strict_json::read(&self.0).map_err(|error| Problem::NotJson { what: error.to_string() })?;
        if repeated.is_empty() { Ok(value) } else { Err(Problem::Invalid(repeated)) }
    }
}

/// Whether a body is declared as `kind`, a kind of JSON. JSON is UTF-8 (RFC 8259, 8.1), so other
/// charsets are rejected.
pub(crate) fn is_of_type(headers: &HeaderMap, kind: &str) -> bool {
    let Some(declared) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let mut parts = declared.split(';').map(str::trim);
    let is_it = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case(kind));
    let mut charsets = parts.filter_map(|part| part.split_once('=')).filter(|(name, _)| is("charset", name));
    is_it && charsets.all(|(_, charset)| is("utf-8", charset.trim_matches('"')))
}

fn is(known: &str, given: &str) -> bool {
    known.eq_ignore_ascii_case(given.trim())
}

/// The parameters of a query, all of them known. `StrictQuery<()>` allows none.
#[derive(Debug)]
pub(crate) struct StrictQuery<T>(pub T);

/// The parameters a route takes.
pub(crate) trait QueryParams: Sized {
    /// Their names.
    const KNOWN: &'static [&'static str];

    /// Reads them; `value` returns the value of a parameter. Errors are added to `faults`.
    fn read(value: impl Fn(&str) -> Option<String>, faults: &mut FieldErrors) -> Self;
}

impl QueryParams for () {
    const KNOWN: &'static [&'static str] = &[];

    fn read(_: impl Fn(&str) -> Option<String>, _: &mut FieldErrors) -> Self {}
}

impl<S: Send + Sync, T: QueryParams> FromRequestParts<S> for StrictQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        #[expect(clippy::disallowed_types, reason = "wrapped here, so that its rejection never reaches a caller")]
        let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map_err(|_| field_error("?", "not_a_query", "the query is not name=value pairs", None))
            .map(|query| query.0)
            .map_err(|error| Problem::Invalid(error.into()))?;
        let mut faults = FieldErrors::default();
        for (at, (name, _)) in pairs.iter().enumerate() {
            if !T::KNOWN.contains(&name.as_str()) {
                faults.push_with(|| unknown_parameter(name, T::KNOWN.iter().copied(), "there is no such parameter"));
            } else if pairs.iter().take(at).any(|(earlier, _)| earlier == name) {
                faults.push(field_error(&format!("?{name}"), "repeated", "this parameter is given more than once", None));
            }
        }
        let value = |name: &str| pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let read = T::read(value, &mut faults);
        if faults.is_empty() { Ok(Self(read)) } else { Err(Problem::Invalid(faults)) }
    }
}

/// The error for a parameter `name` that is not among `known`. Of a name that is too long for any
/// parameter only the length is reported.
pub(crate) fn unknown_parameter<'a>(name: &str, known: impl Iterator<Item = &'a str>, detail: &str) -> FieldError {
    if let Some(long) = too_long(name, LONGEST_HINTED) {
        return field_error("?", "unknown_parameter", &format!("{detail}: its name has {long} characters"), None);
    }
    let plain = name.split(':').next().unwrap_or(name);
    field_error(&format!("?{name}"), "unknown_parameter", detail, did_you_mean(&nearest(plain, known, 3)))
}

/// An error of one field or parameter.
pub(crate) fn field_error(pointer: &str, code: &'static str, detail: &str, hint: Option<String>) -> FieldError {
    FieldError { pointer: pointer.to_owned(), code, detail: detail.to_owned(), hint }
}

/// The provider id in a path.
#[derive(Debug)]
pub(crate) struct ProviderPath(pub ProviderId);

impl<S: Send + Sync> FromRequestParts<S> for ProviderPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        #[expect(clippy::disallowed_types, reason = "wrapped here, so that its rejection never reaches a caller")]
        let text = axum::extract::Path::<String>::from_request_parts(parts, state).await;
        let id = text.ok().and_then(|text| text.0.parse().ok());
        id.map(Self).ok_or(Problem::NoSuchProvider)
    }
}

/// The token in the address of a page; `None` if it is none.
#[derive(Debug)]
pub(crate) struct PagePath(pub Option<PageToken>);

impl<S: Send + Sync> FromRequestParts<S> for PagePath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        #[expect(clippy::disallowed_types, reason = "wrapped here, so that its rejection never reaches a caller")]
        let text = axum::extract::Path::<String>::from_request_parts(parts, state).await;
        Ok(Self(text.ok().and_then(|text| text.0.parse().ok())))
    }
}

/// The authenticated sender of the request.
#[derive(Debug)]
pub(crate) struct CurrentPrincipal(pub Principal);

impl<S: Send + Sync> FromRequestParts<S> for CurrentPrincipal {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // Every registered route sets a principal; a request without one did not come through a
        // route.
        parts.extensions.get().cloned().map(Self).ok_or(Problem::Internal)
    }
}

/// Whether the Accept headers allow JSON.
pub(crate) fn admits_json(headers: &HeaderMap) -> bool {
    accepts(headers, &["application/json", "application/*", "*/*"])
}

/// Whether the Accept headers allow one of `ranges`, which begin with the most specific: that
/// decides (RFC 9110, 12.5.1).
pub(crate) fn accepts(headers: &HeaderMap, ranges: &[&str]) -> bool {
    let mut accepts = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).peekable();
    if accepts.peek().is_none() {
        return true;
    }
    let offered: Vec<(String, bool)> = accepts.flat_map(|value| value.split(',')).map(media_range).collect();
    let admitted = |range: &str| offered.iter().find(|(name, _)| name == range).map(|(_, admitted)| *admitted);
    ranges.iter().copied().find_map(admitted).unwrap_or(false)
}

/// A media range, or the name of an encoding, and whether its quality is above 0.
pub(crate) fn media_range(text: &str) -> (String, bool) {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default().to_ascii_lowercase();
    let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    (name, quality.and_then(|quality| quality.parse::<f32>().ok()).is_none_or(|quality| quality > 0.0))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn json_is_declared_in_utf_8_or_in_nothing() {
        for (declared, taken) in [
            ("application/json", true),
            ("Application/JSON ; Charset=UTF-8", true),
            ("application/json; charset=\"utf-8\"", true),
            ("application/json; charset=utf-16", false),
            ("application/json;charset=latin1;charset=utf-8", false),
            ("text/json", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(declared))]);
            assert_eq!(is_of_type(&headers, "application/json"), taken, "{declared}");
        }
        assert!(!is_of_type(&HeaderMap::new(), "application/json"));
    }

    #[test]
    fn the_most_specific_range_decides_whether_json_is_accepted() {
        for (accept, admitted) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("text/html,application/xhtml+xml,*/*;q=0.8", true),
            ("application/*", true),
            ("text/html", false),
            ("application/json;q=0, */*", false),
            ("text/html, */*;q=0", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(accept));
            assert_eq!(admits_json(&headers), admitted, "{accept}");
        }
        assert!(admits_json(&HeaderMap::new()));
    }
}
