//! `/v1/avoidable-days`, `/v1/unmet-needs`, `/v1/lists-made` and `/v1/ehr-codes`: what a manager reads. Only codes and counts.

use std::num::NonZeroU32;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};

use crate::serve::avoidable_days::DelayReport;
use crate::serve::http::body::{json_body, rendered};
use crate::serve::http::extract::StrictQuery;
use crate::serve::http::problem::Problem;
use crate::serve::json::avoidable_days::AvoidableDaysJson;
use crate::serve::json::ehr_codes::EhrCodesJson;
use crate::serve::json::lists_made::ListsMadeJson;
use crate::serve::json::unmet_needs::UnmetNeedsJson;
use crate::serve::lists_made::lists_made;
use crate::serve::state::AppState;

/// List the codes of EHRs that were not understood
///
/// Codes of orders and payers that came with CDS Hooks calls and launches, with the number of calls, since the server
/// started. Only codes are kept. `[cds]` in `hospital.toml` teaches them.
#[utoipa::path(
    get,
    path = "/v1/ehr-codes",
    operation_id = "list_ehr_codes",
    tag = "cds-hooks",
    responses((status = 200, description = "The codes", body = EhrCodesJson)),
)]
pub(crate) async fn ehr_codes(State(app): State<Arc<AppState>>, _: StrictQuery<()>) -> Result<Response, Problem> {
    let today = app.today();
    let wire = EhrCodesJson::new(today, app.unread_codes.shown(today));
    Ok(([(CACHE_CONTROL, "no-store")], json_body(rendered(&wire)?)).into_response())
}

/// Count avoidable days
///
/// Whole days from the day of discharge of a referral request to its confirmation, by unit, month
/// and the reason of the last decline or wait.
#[utoipa::path(
    get,
    path = "/v1/avoidable-days",
    operation_id = "count_avoidable_days",
    tag = "referrals",
    responses((status = 200, description = "The days", body = AvoidableDaysJson)),
)]
pub(crate) async fn avoidable_days(State(app): State<Arc<AppState>>, _: StrictQuery<()>) -> Result<Response, Problem> {
    let report = DelayReport::new(&*app.served()?, &(app.now)());
    let wire = AvoidableDaysJson::new(&report);
    Ok(([(CACHE_CONTROL, "no-store")], json_body(rendered(&wire)?)).into_response())
}

/// Count what no provider met
///
/// Questions of the last 30 whole days that no provider met, by region, need and payer. Off unless
/// `hospital.toml` says `count_unmet_needs = true`; counts below 11 are not shown, and no sums are.
#[utoipa::path(
    get,
    path = "/v1/unmet-needs",
    operation_id = "count_unmet_needs",
    tag = "referrals",
    responses((status = 200, description = "The counts", body = UnmetNeedsJson)),
)]
pub(crate) async fn unmet_needs(State(app): State<Arc<AppState>>, _: StrictQuery<()>) -> Result<Response, Problem> {
    let today = app.today();
    let wire = UnmetNeedsJson::new(app.hospital.counts_unmet_needs, today, &app.unmet.shown(today));
    Ok(([(CACHE_CONTROL, "no-store")], json_body(rendered(&wire)?)).into_response())
}

/// Count the choice lists made
///
/// By month, as far as the ledger keeps them. Only counts: the lists are encrypted, and nothing in them is counted.
#[utoipa::path(
    get,
    path = "/v1/lists-made",
    operation_id = "count_lists_made",
    tag = "lists",
    responses((status = 200, description = "The counts", body = ListsMadeJson)),
)]
pub(crate) async fn lists(State(app): State<Arc<AppState>>, _: StrictQuery<()>) -> Result<Response, Problem> {
    let kept_days = app.keep_lists_days.map(NonZeroU32::get);
    let wire = ListsMadeJson::new(app.today(), kept_days, &lists_made(&app).await?);
    Ok(([(CACHE_CONTROL, "no-store")], json_body(rendered(&wire)?)).into_response())
}
