//! An HTML response.

use askama::Template;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::serve::http::problem::Problem;

/// The Content-Security-Policy: everything comes from this server, and no inline scripts.
pub(crate) const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Whether a page contains a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sensitivity {
    /// It does, so no cache may store it.
    Question,
    /// It does not: a cache may store it and revalidates it each time.
    Nothing,
}

/// `page` as a response.
pub(crate) fn html(status: StatusCode, page: &impl Template, holds: Sensitivity) -> Result<Response, Problem> {
    let text = page.render().map_err(|error| {
        tracing::error!(%error, "cannot render page");
        Problem::Internal
    })?;
    let mut response = (status, text).into_response();
    let headers = response.headers_mut();
    describe_html(headers);
    let kept = match holds {
        Sensitivity::Question => "no-store",
        Sensitivity::Nothing => "no-cache",
    };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(kept));
    Ok(response)
}

/// Sets the content type and the policies of an HTML body.
pub(crate) fn describe_html(headers: &mut HeaderMap) {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    // Other hosts get no referrer. This host needs it, because otherwise browsers hide the origin of a form.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
}
