//! Sign-in to the pages with an access key, and sign-out.
//!
//! A session is a separate key that lasts at most one shift and is recorded in the ledger, so that every server knows it. The browser keeps
//! it in a cookie that scripts cannot read and other sites cannot send.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, LOCATION, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use crate::api_keys::key_id::KeyId;
use crate::api_keys::secret::{Secret, SecretKind};
use crate::api_keys::{KeyRecord, MOST_SESSIONS, SESSION_HOURS};
use crate::input::errors::FieldErrors;
use crate::ledger::event::LedgerEvent;
use crate::oidc::provider_client::SignInFailure;
use crate::serve::hospital_sites::OTHER_PERSON;
use crate::serve::http::auth;
use crate::serve::http::cookies::PageCookie;
use crate::serve::http::extract::{CurrentPrincipal, QueryParams, StrictQuery, field_error};
use crate::serve::http::problem::Problem;
use crate::serve::http::route::RouteRate;
use crate::serve::kept_pages::is_kept;
use crate::serve::pages::form::SubmittedForm;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::pages::layout::{PageFrame, SiteSection};
use crate::serve::state::AppState;

/// The sign-in form.
#[derive(Debug, Template)]
#[template(path = "sign_in.html", config = "src/serve/askama.toml")]
struct SignInPage<'a> {
    frame: PageFrame,
    /// The page to open after sign-in; empty is the first page.
    to: &'a str,
    fault: Option<&'a str>,
    hours: i64,
    /// The text of the button that signs in at the hospital's identity provider, if there is one.
    provider: Option<&'a str>,
}

/// Leads to the identity provider, to sign out there too.
#[derive(Debug, Template)]
#[template(path = "sign_out.html", config = "src/serve/askama.toml")]
struct SignOutPage {
    frame: PageFrame,
    address: String,
}

/// The page to open after sign-in.
#[derive(Debug)]
pub(crate) struct ReturnTarget(pub(crate) String);

impl QueryParams for ReturnTarget {
    const KNOWN: &'static [&'static str] = &["to"];

    fn read(value: impl Fn(&str) -> Option<String>, faults: &mut FieldErrors) -> Self {
        let to = value("to").unwrap_or_default();
        if !to.is_empty() && !is_plain(&to) {
            faults.push(field_error("?to", "not_a_page", "this is not a page of this server", None));
        }
        Self(to)
    }
}

/// Whether `path` stays on this server: plain characters only, and no host.
fn is_plain(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~:".contains(&byte);
    path.starts_with('/') && !path.contains("//") && path.len() <= 200 && path.bytes().all(plain)
}

/// Requests the same page again.
#[derive(Debug, Template)]
#[template(path = "once_more.html", config = "src/serve/askama.toml")]
struct RetryPage<'a> {
    path: &'a str,
}

/// Redirects a browser that is not signed in to the sign-in form, which leads back to `path`. The page of a kept form opens only for the
/// session that sent it, so its path, which holds its token, is not passed on.
///
/// On a link from another site, such as a card in the EHR, the browser does not send the cookie even if the user is signed in. A page of
/// this server that requests `path` again makes the browser send it.
pub(crate) fn to_sign_in(path: &str, headers: &HeaderMap) -> Result<Response, Problem> {
    let from_elsewhere = headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site" || site == "same-site");
    if from_elsewhere && is_plain(path) {
        let mut response = html(StatusCode::UNAUTHORIZED, &RetryPage { path }, Sensitivity::Question)?;
        challenge(&mut response);
        return Ok(response);
    }
    let back = Some(path).filter(|path| is_plain(path) && *path != "/" && !is_kept(path));
    Ok(see_other(&back.map_or_else(|| "/sign-in".to_owned(), |path| format!("/sign-in?to={path}"))))
}

/// A page of this server that requests `path`, which must be one of its own.
pub(crate) fn once_more(path: &str) -> Result<Response, Problem> {
    let path = if is_plain(path) { path } else { "/" };
    html(StatusCode::OK, &RetryPage { path }, Sensitivity::Question)
}

/// The sign-in form, which says why a sign-in elsewhere failed.
pub(crate) fn refused_sign_in(app: &AppState, to: &str, failure: SignInFailure) -> Result<Response, Problem> {
    page(
        app,
        StatusCode::UNAUTHORIZED,
        to.strip_prefix('/').filter(|rest| !rest.is_empty()).map_or("", |_| to),
        Some(failure.0),
    )
}

/// Whether the browser has a session.
pub(crate) fn is_session(app: &AppState, headers: &HeaderMap) -> bool {
    auth::session(app, headers).is_ok_and(|session| session.is_some())
}

/// The sign-in form
#[utoipa::path(
    get,
    path = "/sign-in",
    operation_id = "page_sign_in",
    params(("to" = Option<String>, Query, description = "The page to open after sign-in.")),
    responses((status = 303, description = "The browser goes on to another page.")),
)]
pub(crate) async fn form(
    State(app): State<Arc<AppState>>,
    StrictQuery(ReturnTarget(to)): StrictQuery<ReturnTarget>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let session = auth::session(&app, &headers).ok().flatten();
    if app.edge.access.is_none() || session.is_some() {
        let own_page = session.as_ref().filter(|_| to.is_empty()).and_then(own_page);
        return Ok(see_other(own_page.as_deref().unwrap_or(onward(&to))));
    }
    let has_ended = auth::sends_session(&app.edge, &headers);
    let fault = has_ended.then_some("Your session has ended. Sign in again.");
    let mut response = page(&app, StatusCode::OK, &to, fault)?;
    if has_ended {
        PageCookie::Session.forget(&app.edge, &mut response);
    }
    Ok(response)
}

/// Start a session
#[utoipa::path(
    post,
    path = "/sign-in",
    operation_id = "begin_session",
    responses((status = 303, description = "The browser goes on to another page.")),
)]
pub(crate) async fn begin(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    form: SubmittedForm,
) -> Result<Response, Problem> {
    // The key is checked first, and only failures count: against the key they name, or else against the caller's address. So a caller
    // with a valid key always gets in, however often others fail.
    let to = form.one("to");
    if !to.is_empty() && !is_plain(to) {
        return Err(Problem::Invalid(field_error("/to", "not_a_page", "this is not a page of this server", None).into()));
    }
    if app.edge.access.is_none() {
        return Ok(see_other(onward(to)));
    }
    let now = (app.now)().timestamp();
    let Ok(sent) = form.one("key").parse::<Secret>() else {
        app.limits.count_failure(&caller.name)?;
        let fault = "The access key is not complete. It is plc_, 8 letters and digits, _, and 43 more characters.";
        return page(&app, StatusCode::UNAUTHORIZED, to, Some(fault));
    };
    let key = match auth::key(&app.ledger_state(), &sent, now) {
        Ok(key) => key.clone(),
        Err(problem) => {
            let named = app.ledger_state().keys.contains_key(sent.id()).then(|| format!("sign-in:{}", sent.id()));
            app.limits.count_failure(named.as_ref().unwrap_or(&caller.name))?;
            return page(&app, problem.status(), to, Some(&problem.detail_for_people()));
        }
    };
    if app.one_of_several().is_some_and(|own| key.hospital.as_ref() != Some(own)) && !key.opens_own_page() {
        return page(&app, StatusCode::FORBIDDEN, to, Some(OTHER_PERSON));
    }
    if !key.opens_pages() {
        let fault = "This access key is for programs only. Ask your administrator for a key for the pages.";
        return page(&app, StatusCode::FORBIDDEN, to, Some(fault));
    }
    if open_sessions(&app, &key.id, now) >= MOST_SESSIONS {
        let fault = format!(
            "This access key has {MOST_SESSIONS} open sessions, the most allowed. Sign out on another computer, or use another key."
        );
        return page(&app, StatusCode::TOO_MANY_REQUESTS, to, Some(&fault));
    }
    app.limits.check_rate(&app.principal_of(&key), RouteRate::Counted)?;
    let secret = Secret::draw(SecretKind::Session).map_err(|error| {
        tracing::error!(%error, "cannot get random bytes for a session");
        Problem::Internal
    })?;
    let session = KeyRecord::session(&secret, &key, now);
    if app.append_event(&LedgerEvent::Key(session.clone())).await.is_err() {
        let fault = "Sign-in is not available now. Tell your administrator.";
        return page(&app, StatusCode::SERVICE_UNAVAILABLE, to, Some(fault));
    }
    let own_page = if to.is_empty() { own_page(&session) } else { None };
    let mut response = see_other(own_page.as_deref().unwrap_or(onward(to)));
    PageCookie::Session.set(&app.edge, secret.reveal(), SESSION_HOURS * 3600, &mut response);
    // The audit log records the principal, which is known from here on.
    response.extensions_mut().insert(app.principal_of(&session));
    Ok(response)
}

/// The page of the provider that a session speaks for; of several the first. `None` for a session of
/// the hospital.
fn own_page(session: &KeyRecord) -> Option<String> {
    let first = session.providers.as_ref()?.first()?;
    Some(format!("/providers/{first}/update"))
}

/// Counts the open sessions of the key `parent` at `now`.
fn open_sessions(app: &AppState, parent: &KeyId, now: Timestamp) -> usize {
    let told = app.ledger_state();
    told.keys.values().filter(|key| key.parent.as_ref() == Some(parent) && key.rejection_at(now).is_none()).count()
}

/// End a session
#[utoipa::path(
    post,
    path = "/sign-out",
    operation_id = "end_session",
    responses((status = 303, description = "The browser goes on to another page.")),
)]
pub(crate) async fn end(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    headers: HeaderMap,
    _: SubmittedForm,
) -> Result<Response, Problem> {
    let mut response = see_other("/sign-in");
    if let Some(session) = auth::session(&app, &headers)? {
        let sealed = PageCookie::IdToken.value(&app.edge, &headers);
        if let Some(elsewhere) = signed_out_there(&app, &session, sealed).await {
            response = elsewhere?;
        }
        let ended = KeyRecord { revoked_at: Some((app.now)().timestamp()), ..session };
        if app.append_event(&LedgerEvent::Key(ended)).await.is_err() {
            let fault =
                "You are signed out in this browser, but the session is still open on the server. Tell your administrator.";
            response = page(&app, StatusCode::SERVICE_UNAVAILABLE, "", Some(fault))?;
        }
    }
    PageCookie::Session.forget(&app.edge, &mut response);
    if PageCookie::IdToken.values(&app.edge, &headers).next().is_some() {
        PageCookie::IdToken.forget(&app.edge, &mut response);
    }
    Ok(response)
}

/// The page that leads to the identity provider, if it signed this person in. A redirect would be stopped, because the
/// policy of the pages lets forms lead to this server alone.
async fn signed_out_there(
    app: &AppState,
    session: &KeyRecord,
    sealed_id_token: Option<&str>,
) -> Option<Result<Response, Problem>> {
    let is_from_there = session.is_of_person() && session.label.starts_with("oidc:");
    let provider = app.sign_in.as_ref().filter(|_| is_from_there)?;
    let back = app.edge.public_url.as_ref().map(|url| format!("{}/sign-in", url.trim_end_matches('/')))?;
    let address = provider.sign_out_url(&back, &session.label, sealed_id_token).await?;
    let frame = PageFrame::new(app, None, SiteSection::Elsewhere, "Signing out");
    let page = SignOutPage { frame: PageFrame { is_session: false, ..frame }, address };
    Some(html(StatusCode::OK, &page, Sensitivity::Question))
}

fn page(app: &AppState, status: StatusCode, to: &str, fault: Option<&str>) -> Result<Response, Problem> {
    let frame = PageFrame::new(app, app.live.catalog().as_deref(), SiteSection::Elsewhere, "Sign in");
    let provider = app.sign_in.as_ref().map(|provider| provider.label.as_str());
    let shown = SignInPage { frame, to, fault, hours: SESSION_HOURS, provider };
    let mut response = html(status, &shown, Sensitivity::Question)?;
    if status == StatusCode::UNAUTHORIZED {
        challenge(&mut response);
    }
    Ok(response)
}

/// Adds the header that a 401 response needs (RFC 9110, 15.5.2).
fn challenge(response: &mut Response) {
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"placement\""));
}

fn onward(to: &str) -> &str {
    if to.is_empty() { "/" } else { to }
}

/// Redirects the browser to a path of this server.
pub(crate) fn see_other(path: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let place = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(LOCATION, place);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_stay_on_this_server() {
        for (path, plain) in [
            ("/", true),
            ("/directory", true),
            ("/providers/ccn:425003", true),
            ("/providers/fhir:mercy:a-1.b", true),
            ("", false),
            ("directory", false),
            ("//evil.example", false),
            ("/\\evil.example", false),
            ("/a//b", false),
            ("https://evil.example", false),
            ("/a?b=c", false),
            ("/a#b", false),
            ("/a%2fb", false),
            ("/a\r\nSet-Cookie: b", false),
            ("/\u{e9}", false),
        ] {
            assert_eq!(is_plain(path), plain, "{path}");
        }
        assert!(!is_plain(&format!("/{}", "a".repeat(200))));
    }
}
