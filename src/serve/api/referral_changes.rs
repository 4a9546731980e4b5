//! `/v1/referral-requests/{id}/…`: further providers, and the end of a request without a place.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::serve::api::referral_requests::{ReferralPath, answered};
use crate::serve::http::extract::{CurrentPrincipal, StrictJson, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::http::write_conditions::WriteConditions;
use crate::serve::json::referral_request::ReferralRequestJson;
use crate::serve::observation_records::{hospital_of, read_heard};
use crate::serve::referral_records;
use crate::serve::referral_records::find;
use crate::serve::state::AppState;
use crate::statements::referral_request::body::{AddProvidersBody, CloseBody};
use crate::statements::referral_request::parse;

/// Ask further providers
///
/// Providers that were not asked before, with a clock of their own. The request keeps its needs,
/// days and label; a closed request is open again.
#[utoipa::path(
    post,
    path = "/v1/referral-requests/{id}/providers",
    operation_id = "add_referral_providers",
    tag = "referrals",
    params(
        ("id" = String, Path, description = "The id of a request."),
        ("If-Match" = Option<String>, Header, description = "The version that the caller has seen."),
        ("Idempotency-Key" = Option<String>, Header, description = "Identifies the call for 24 hours: the same call with the same key is recorded once."),
    ),
    request_body = AddProvidersBody,
    responses((
        status = 200,
        description = "The request as it is now",
        body = ReferralRequestJson,
        headers(("ETag" = String, description = "The new version.")),
    )),
)]
pub(crate) async fn add_providers(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    ReferralPath(id): ReferralPath,
    conditions: WriteConditions,
    body: StrictJson,
) -> Result<Response, Problem> {
    let served = app.served()?;
    let service = find(&served, id)?.details.service;
    let (raw, now) = (body.read()?, (app.now)().timestamp());
    let added = read_heard(&app, &served, |context| parse::added(&raw, service, context, now)).map_err(Problem::Invalid)?;
    let operation = format!("referral-requests {id} providers");
    let repeat = conditions.repeat(hospital_of(&app, &caller), &caller, &operation, &body.0, now.as_second());
    let request = referral_records::add_providers(&app, &caller, (id, &added), &conditions, repeat).await?;
    answered(&app, &request, StatusCode::OK)
}

/// Close a request
///
/// The hospital no longer looks for a place by this request: its providers are no longer asked, and
/// it leaves the board. Asking a provider opens it again.
#[utoipa::path(
    post,
    path = "/v1/referral-requests/{id}/close",
    operation_id = "close_referral_request",
    tag = "referrals",
    params(
        ("id" = String, Path, description = "The id of a request."),
        ("If-Match" = Option<String>, Header, description = "The version that the caller has seen."),
        ("Idempotency-Key" = Option<String>, Header, description = "Identifies the call for 24 hours: the same call with the same key is recorded once."),
    ),
    request_body = CloseBody,
    responses((
        status = 200,
        description = "The request as it is now",
        body = ReferralRequestJson,
        headers(("ETag" = String, description = "The new version.")),
    )),
)]
pub(crate) async fn close(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    ReferralPath(id): ReferralPath,
    conditions: WriteConditions,
    body: StrictJson,
) -> Result<Response, Problem> {
    parse::closing(&body.read()?).map_err(Problem::Invalid)?;
    let operation = format!("referral-requests {id} close");
    let now = (app.now)().timestamp().as_second();
    let repeat = conditions.repeat(hospital_of(&app, &caller), &caller, &operation, &body.0, now);
    let request = referral_records::close(&app, &caller, id, &conditions, repeat).await?;
    answered(&app, &request, StatusCode::OK)
}
