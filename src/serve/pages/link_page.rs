//! What the pages of links have in common: a token in the address opens them, without an account.
//!
//! Reading such a page changes nothing, because mail scanners open links. Every link that cannot be
//! used gets the same answer, whatever the cause.

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use tokio::sync::Mutex;

use crate::api_keys::Principal;
use crate::serve::http::problem::Problem;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::state::AppState;
use crate::statements::referral_request::answer_link::AnswerToken;

/// No scripts, nothing from elsewhere, and the form goes back to this server.
const STRICT_POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");
/// One PIN is judged at a time, so that guesses sent at once are counted before the next one is judged.
pub(crate) static PIN_TURN: Mutex<()> = Mutex::const_new(());

/// The token in the address; `None` if it is none.
#[derive(Debug)]
pub(crate) struct LinkToken(pub(crate) Option<AnswerToken>);

impl<S: Send + Sync> FromRequestParts<S> for LinkToken {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        #[expect(clippy::disallowed_types, reason = "wrapped here, so that its rejection never reaches a caller")]
        let text = axum::extract::Path::<String>::from_request_parts(parts, state).await;
        Ok(Self(text.ok().and_then(|text| text.0.parse().ok())))
    }
}

/// Counts a link that cannot be used against the caller. Only these count.
///
/// # Errors
/// The caller has opened too many of them.
pub(crate) fn count_unusable_link(app: &AppState, caller: &Principal) -> Result<(), Problem> {
    app.limits.count_failure(&format!("answer link:{}", caller.name))
}

/// `page` as a response that no cache stores, no search engine lists, and that names its address nowhere.
pub(crate) fn link_page(status: StatusCode, page: &impl Template) -> Result<Response, Problem> {
    let mut response = html(status, page, Sensitivity::Question)?;
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(STRICT_POLICY));
    // The address holds the token.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(ROBOTS, HeaderValue::from_static("noindex, nofollow, noarchive"));
    Ok(response)
}
