//! The page that the link of an EHR's card opens: it leads to the ranked answer, once.
//!
//! The token of the link is in the fragment of the address, which browsers do not send. The script of the
//! page takes it out of the address and sends it as a form. A user who is not signed in signs in first;
//! meanwhile a cookie that scripts cannot read holds it, for as long as the link lasts.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::api_keys::Scope;
use crate::ledger::page_token::PageToken;
use crate::serve::card_links::{self, LINK_MINUTES, OpenedLink};
use crate::serve::http::auth;
use crate::serve::http::cookies::PageCookie;
use crate::serve::http::extract::{CurrentPrincipal, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::pages::form::SubmittedForm;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::pages::kept_form::{FORM_GONE, keep_form};
use crate::serve::pages::layout::{PageFrame, SiteSection};
use crate::serve::pages::session::see_other;
use crate::serve::state::AppState;

/// The page.
#[derive(Debug, Template)]
#[template(path = "card_link.html", config = "src/serve/askama.toml")]
struct CardLinkPage {
    frame: PageFrame,
    /// Why the link cannot be opened.
    fault: Option<String>,
    /// Whether the token waits in a cookie, so that the form is sent at once.
    resumes: bool,
}

/// The page of a card's link
///
/// Its address has the token of the link as its fragment.
#[utoipa::path(get, path = "/open", operation_id = "page_card_link")]
pub(crate) async fn page(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let waits = PageCookie::CardLink.value(&app.edge, &headers).is_some();
    shown(&app, StatusCode::OK, None, waits && caller.scopes.contains(&Scope::Pages))
}

/// Open the answer of a card
///
/// The link can be opened once, within five minutes. A user who is not signed in is sent to sign in first.
#[utoipa::path(
    post,
    path = "/open",
    operation_id = "open_card_link",
    responses(
        (status = 303, description = "The browser goes on to the answer, or to sign in."),
        (
            status = 410,
            description = "The link was opened before, or has ended.",
            content((String = "text/html")),
        ),
    ),
)]
pub(crate) async fn open(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    headers: HeaderMap,
    form: SubmittedForm,
) -> Result<Response, Problem> {
    let sent = Some(form.one("handle")).filter(|sent| !sent.is_empty());
    let waiting = || PageCookie::CardLink.value(&app.edge, &headers);
    let Some(token) = sent.or_else(waiting).and_then(|sent| sent.parse::<PageToken>().ok()) else {
        let fault = "This link is not complete. Open the card in the EHR again.".to_owned();
        return ended(&app, fault);
    };
    match auth::has_scope(&caller, Scope::Pages) {
        Ok(()) => {}
        Err(Problem::Unauthorized { .. }) => {
            let mut response = see_other("/sign-in?to=/open");
            PageCookie::CardLink.set(&app.edge, &token.to_string(), LINK_MINUTES * 60, &mut response);
            return Ok(response);
        }
        Err(problem) => return Err(problem),
    }
    let question = match card_links::open(&app, token).await? {
        OpenedLink::Question(content) => SubmittedForm::read(&content).map_err(|_| Problem::Internal)?,
        OpenedLink::Used => {
            let fault = "This link was already used: it opens once. Open the card in the EHR again for a new one.";
            return ended(&app, fault.to_owned());
        }
        OpenedLink::Gone => {
            let fault = format!(
                "This link has ended: it lasts {LINK_MINUTES} minutes. Open the card in the EHR again for a new one."
            );
            return ended(&app, fault);
        }
    };
    let mut response = keep_form(&app, &caller, &question, "/answer", "").await?;
    PageCookie::CardLink.forget(&app.edge, &mut response);
    Ok(response)
}

/// The page of a link that cannot be opened.
fn ended(app: &AppState, fault: String) -> Result<Response, Problem> {
    let mut response = shown(app, FORM_GONE, Some(fault), false)?;
    PageCookie::CardLink.forget(&app.edge, &mut response);
    Ok(response)
}

fn shown(app: &AppState, status: StatusCode, fault: Option<String>, resumes: bool) -> Result<Response, Problem> {
    let title = if fault.is_some() { "This link cannot be opened" } else { "From the EHR" };
    let frame = PageFrame::new(app, app.live.catalog().as_deref(), SiteSection::Ask, title);
    html(status, &CardLinkPage { frame, fault, resumes }, Sensitivity::Question)
}
