//! Forms whose page has an address of its own: the form is sealed, and the browser goes on to an address that holds only its token. So
//! Back, reload and a second tab work.

use axum::http::StatusCode;
use axum::response::Response;

use crate::api_keys::Principal;
use crate::ledger::page_token::PageToken;
use crate::serve::http::problem::Problem;
use crate::serve::kept_pages::{keep_page, open_page};
use crate::serve::pages::form::SubmittedForm;
use crate::serve::pages::session::see_other;
use crate::serve::state::AppState;

/// The status of a page whose form was deleted, or belongs to another sign-in.
pub(crate) const FORM_GONE: StatusCode = StatusCode::GONE;

/// Keeps `form` for `caller`, and leads the browser to `path` with its token, at `place` on the page: "#call-ccn:265003", or "".
///
/// # Errors
/// The server cannot get random bytes.
pub(crate) async fn keep_form(
    app: &AppState,
    caller: &Principal,
    form: &SubmittedForm,
    path: &str,
    place: &str,
) -> Result<Response, Problem> {
    let token = keep_page(app, caller, form.to_body().as_bytes()).await?;
    Ok(see_other(&format!("{path}/{token}{place}")))
}

/// The form kept under `token` for `caller`; `None` if it has ended, or if it is not theirs.
///
/// # Errors
/// The ledger does not answer now.
pub(crate) async fn open_form(
    app: &AppState,
    caller: &Principal,
    token: Option<PageToken>,
) -> Result<Option<SubmittedForm>, Problem> {
    let kept = match token {
        Some(token) => open_page(app, caller, token).await?,
        None => None,
    };
    let form = kept.and_then(|body| SubmittedForm::read(&body).ok());
    if form.as_ref().is_some_and(|form| !form.one("cursor").is_empty()) {
        // The page may be of a directory that another server has already.
        app.is_behind().await;
    }
    Ok(form)
}
