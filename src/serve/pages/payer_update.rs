//! The update for a payer as a file, from an answer with the rules about the level of care.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use crate::serve::http::extract::StrictQuery;
use crate::serve::http::problem::Problem;
use crate::serve::pages::ask;
use crate::serve::pages::ask::ResolvedForm;
use crate::serve::pages::form::SubmittedForm;
use crate::serve::pages::form_parsing::form_error::FormError;
use crate::serve::payer_updates::content::{PayerUpdate, UpdateSubject};
use crate::serve::payer_updates::{UpdateFormat, file};
use crate::serve::state::AppState;

/// The update for a payer
///
/// What each rule about the level of care gives, and why this level, as PDF. It names no patient and lists no providers; nothing is stored.
#[utoipa::path(
    post,
    path = "/export/payer-update",
    operation_id = "export_payer_update",
    responses((
        status = 200,
        description = "The update; as CSV in a build without PDF",
        content((String = "application/pdf"), (String = "text/csv"), (String = "text/html")),
    )),
)]
pub(crate) async fn save(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    form: SubmittedForm,
) -> Result<Response, Problem> {
    let ResolvedForm { served, discharge, others, screens, .. } = match ask::read(&app, &form) {
        Ok(read) => read,
        Err(refused) => return refused.page(&app, &form),
    };
    let refused = |detail: &str| {
        let fault = FormError { field: None, ..FormError::of("", detail.to_owned()) };
        ask::faulty(&app, served.base(), &form, &[fault])
    };
    let Some(screens) = screens else {
        return refused("Show the rules for this level of care first: open “Is this the right level of care?”.");
    };
    if !others.is_empty() {
        return refused("An update has one level of care. Choose one.");
    }
    let update = PayerUpdate::new(&app, &served, &UpdateSubject { discharge, screens, speed: None }, None);
    let format = UpdateFormat::PRINTED;
    let (content_type, saved_as) = format.headers();
    let headers =
        [(CONTENT_TYPE, content_type), (CACHE_CONTROL, "no-store"), (CONTENT_DISPOSITION, saved_as.unwrap_or_default())];
    Ok((headers, file(&app, &update, format)?).into_response())
}
