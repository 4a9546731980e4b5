//! The pages: what a case manager sees in a browser. Every page works with scripts off, and none asks another host for anything.
//!
//! A question is the body of a POST, so it stands in no URL; pages that hold one are never stored. Links to pages without a question
//! are plain. A page is a struct of ready-to-print fields with one template; nothing is decided in a template.

use askama::Template;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use super::surface::Surface;

mod answer;
mod ask;
pub(super) mod asked;
pub mod assets;
mod choice_list;
mod compare;
mod directory;
mod export;
pub mod form;
pub mod frame;
pub mod map;
mod problem;
mod provider;
mod session;

pub(super) use frame::in_session;
pub(super) use problem::page as problem_page;
pub(super) use session::{is_session, to_sign_in};

/// Every page.
pub(super) fn routes(surface: Surface) -> Surface {
    surface
        // The question and its answer, on one page; and what can be had of the answer.
        .get("/", ask::form)
        .post("/", ask::answer)
        .post("/what-about", ask::what_about::page)
        .post("/call-sheet", ask::call_sheet::page)
        .post("/suggest/plans", ask::typing::plans)
        .post("/suggest/providers", ask::typing::providers)
        .post("/export/csv", export::csv)
        .post("/export/xlsx", export::xlsx)
        // The patient's list.
        .get("/choice-list", choice_list::find)
        .post("/choice-list", choice_list::make)
        .post("/choice-list/again", choice_list::again)
        // The directory: one provider, several side by side, and what it was made from.
        .get("/providers/{id}", provider::page)
        .post("/compare", compare::page)
        .get("/directory", directory::page)
        // Who sits in front of the browser.
        .get("/sign-in", session::form)
        .post("/sign-in", session::begin)
        .post("/sign-out", session::end)
        // What pages are drawn with.
        .get("/assets/{name}", assets::asset)
}

/// What a page may load: only what this server sends, and no script but its own.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Whether a page holds what somebody asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// It does: no cache may keep it.
    Question,
    /// It does not: it may be kept, and is asked for again each time.
    Nothing,
}

/// `page` as a response.
pub(super) fn html(status: StatusCode, page: &impl Template, holds: Holds) -> Result<Response, Problem> {
    let text = page.render().map_err(|error| {
        tracing::error!(%error, "a page could not be written");
        Problem::Internal
    })?;
    let mut response = (status, text).into_response();
    let headers = response.headers_mut();
    describe_html(headers);
    let kept = match holds {
        Holds::Question => "no-store",
        Holds::Nothing => "no-cache",
    };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(kept));
    Ok(response)
}

/// Says in `headers` that the body is HTML, and what it may load.
pub(super) fn describe_html(headers: &mut HeaderMap) {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    // To other hosts nothing; to this one the page, since without it a browser hides where a form comes from.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
}
