//! The page of a provider for staff who signed in with a key of the provider.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::api_keys::Principal;
use crate::ledger::event::LedgerEvent;
use crate::ledger::write::{LedgerReceipt, LedgerWrite};
use crate::provider::ProviderId;
use crate::serve::counted_write::append_counted;
use crate::serve::http::extract::{CurrentPrincipal, ProviderPath, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::pages::coded_form::CodedForm;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::pages::provider_update::own_statements::OwnStatements;
use crate::serve::pages::provider_update::read_form::check_fields;
use crate::serve::pages::provider_update::{
    ProviderUpdateForm, ProviderUpdatePage, SAVE_TURN, TRIES, UpdateContent, action_of, read_order, saved, standing_form,
};
use crate::serve::pages::session::is_session;
use crate::serve::state::AppState;

/// Open the page of a provider with its key
#[utoipa::path(
    get,
    path = "/providers/{id}/update",
    operation_id = "page_own_statements",
    params(("id" = String, Path, description = "A provider's id.")),
)]
pub(crate) async fn open(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    ProviderPath(id): ProviderPath,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let own = spoken_for(&app, &caller, &id)?;
    page(&app, &headers, standing_form(&app, &own, ""))
}

/// Save what a provider states of itself, with its key
#[utoipa::path(
    post,
    path = "/providers/{id}/update",
    operation_id = "page_save_own_statements",
    params(("id" = String, Path, description = "A provider's id.")),
    request_body(content = ProviderUpdateForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 412, description = "Somebody else has saved meanwhile; the page shows both.", content((String = "text/html")))),
)]
pub(crate) async fn save(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    ProviderPath(id): ProviderPath,
    headers: HeaderMap,
    form: CodedForm,
) -> Result<Response, Problem> {
    let mut response = save_form(&app, &caller, &id, &headers, &form).await?;
    response.extensions_mut().insert(action_of(&form));
    Ok(response)
}

async fn save_form(
    app: &AppState,
    caller: &Principal,
    id: &ProviderId,
    headers: &HeaderMap,
    form: &CodedForm,
) -> Result<Response, Problem> {
    let _turn = SAVE_TURN.lock().await;
    for _ in 0..TRIES {
        let own = spoken_for(app, caller, id)?;
        let has_past_days = check_fields(form, &own, app.today())?;
        let stated = match read_order(app, &own, form) {
            Ok(Some(stated)) => stated,
            Ok(None) => return page(app, headers, standing_form(app, &own, "")),
            Err(refused) => return page(app, headers, refused.form(app, &own, form)),
        };
        let entries = [LedgerEvent::Availability(stated.availability), LedgerEvent::Statements(stated.statements)];
        let write = LedgerWrite { hospital: None, entries: &entries, expected: Some(stated.replaced), repeat: None };
        match append_counted(app, caller, &write).await? {
            LedgerReceipt::Written(_) | LedgerReceipt::Repeated(_) => {
                return page(app, headers, saved(app, &own, "", has_past_days)?);
            }
            // Another server has saved meanwhile; it is read now.
            LedgerReceipt::Changed | LedgerReceipt::KeyReused => {}
        }
    }
    Err(Problem::Busy)
}

/// What the provider states, if `caller` may speak for it.
fn spoken_for(app: &AppState, caller: &Principal, id: &ProviderId) -> Result<OwnStatements, Problem> {
    let own = OwnStatements::of(&*app.served()?, id).ok_or(Problem::NoSuchProvider)?;
    // A key may be limited to another of the provider's ids.
    if !caller.speaks_for(&own.provider.id) && !caller.speaks_for(id) {
        return Err(Problem::Forbidden { needs: format!("a key that speaks for {}", own.provider.id).into() });
    }
    Ok(own)
}

fn page(app: &AppState, headers: &HeaderMap, (status, shows): (StatusCode, UpdateContent)) -> Result<Response, Problem> {
    let page = ProviderUpdatePage::new(app, shows, is_session(app, headers));
    html(status, &page, Sensitivity::Question)
}
