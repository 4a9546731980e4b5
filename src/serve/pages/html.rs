//! An answer that is a page.

use askama::Template;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::serve::http::problem::Problem;

/// What a page may load: only what this server sends, and no script but its own.
pub(crate) const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Whether a page holds what somebody asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sensitivity {
    /// It does: no cache may keep it.
    Question,
    /// It does not: it may be kept, and is asked for again each time.
    Nothing,
}

/// `page` as a response.
pub(crate) fn html(status: StatusCode, page: &impl Template, holds: Sensitivity) -> Result<Response, Problem> {
    let text = page.render().map_err(|error| {
        tracing::error!(%error, "a page could not be written");
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

/// Says in `headers` that the body is HTML, and what it may load.
pub(crate) fn describe_html(headers: &mut HeaderMap) {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    // To other hosts nothing; to this one the page, since without it a browser hides where a form comes from.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
}
