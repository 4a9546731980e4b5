//! `GET /livez` and `/readyz`: health checks.
//!
//! Old data fails neither: one bad source must not take every replica down. `/readyz?verbose`
//! reports ages and failed generations instead, to callers with the scope `metrics`, because they
//! reveal internals.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::api_keys::Scope;
use crate::input::errors::FieldErrors;
use crate::serve::http::auth;
use crate::serve::http::body::{json_body, rendered};
use crate::serve::http::extract::{CurrentPrincipal, QueryParams, StrictQuery, field_error};
use crate::serve::http::problem::Problem;
use crate::serve::json::readiness::{
    FailedGenerationJson, LedgerJson, LivenessJson, ReadyInFullJson, ReadyJson, ServedJson, StorageJson,
};
use crate::serve::ledger_health::LedgerStatus;
use crate::serve::openapi::body_schemas::ReadyAnswer;
use crate::serve::state::AppState;

/// Check that the process is alive
///
/// For a supervisor that restarts it if it is not.
#[utoipa::path(
    get,
    path = "/livez",
    operation_id = "alive",
    tag = "operations",
    responses((status = 200, description = "The process is alive", body = LivenessJson)),
)]
pub(crate) async fn livez(_: StrictQuery<()>) -> Response {
    json_body(Bytes::from_static(b"{\"status\":\"alive\"}")).into_response()
}

/// Check that questions are answered
///
/// They are once a directory is loaded, and until the server is told to stop. Old data does not make this fail: `?verbose` reports ages
/// and failed generations, to callers with the scope `metrics`.
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "ready",
    tag = "operations",
    params(("verbose" = Option<String>, Query, description = "Report everything; takes no value.", max_length = 0)),
    responses(
        (status = 200, description = "Questions are answered", content_type = "application/json", body = ReadyAnswer),
        (status = 503, description = "Questions are not answered.", content_type = "application/json", body = ReadyInFullJson),
    ),
)]
pub(crate) async fn readyz(
    State(app): State<Arc<AppState>>,
    CurrentPrincipal(caller): CurrentPrincipal,
    StrictQuery(asked): StrictQuery<ReadyParams>,
) -> Result<Response, Problem> {
    if asked.verbose {
        auth::has_scope(&caller, Scope::Metrics)?;
        return in_full(&app);
    }
    let catalog = app.ready()?;
    let wire = ReadyJson { status: "ready", generation: &catalog.manifest().generation };
    Ok(json_body(rendered(&wire)?).into_response())
}

/// The same status, and all that is known of the directory's age. Without a directory it says what
/// prevents one.
fn in_full(app: &AppState) -> Result<Response, Problem> {
    let (catalog, outlook, now) = (app.live.catalog(), app.catalog.load_status(), (app.now)());
    let served = catalog.as_ref().map(|catalog| ServedJson::new(catalog.manifest(), &now));
    let (status, code) = match app.ready() {
        Ok(_) => ("ready", StatusCode::OK),
        Err(problem) => (problem.code(), problem.status()),
    };
    let failed = outlook.failed.iter().map(FailedGenerationJson::from).collect();
    let ledger = ledger(app);
    let loading = outlook.loading.as_deref();
    let storage = StorageJson::new(app.storage.get());
    let wire = ReadyInFullJson { status, served, loading, failed, storage, ledger };
    let mut response = json_body(rendered(&wire)?).into_response();
    *response.status_mut() = code;
    Ok(response)
}

/// The status of the ledger, and what is wrong with it.
fn ledger(app: &AppState) -> LedgerJson {
    let (ledger, ledger_failure) = match app.ledger_standing() {
        LedgerStatus::NotOpen(why) => ("not_open", why),
        LedgerStatus::Failing(why) => ("failing", Some(why)),
        LedgerStatus::Open => ("open", None),
    };
    LedgerJson { ledger, ledger_sequence: app.ledger_state().sequence.0, ledger_failure }
}

/// The parameters of `/readyz`.
#[derive(Debug)]
pub(crate) struct ReadyParams {
    verbose: bool,
}

impl QueryParams for ReadyParams {
    const KNOWN: &'static [&'static str] = &["verbose"];

    fn read(value: impl Fn(&str) -> Option<String>, faults: &mut FieldErrors) -> Self {
        let verbose = value("verbose");
        if verbose.as_ref().is_some_and(|text| !text.is_empty()) {
            let hint = Some("send /readyz?verbose".to_owned());
            faults.push(field_error("?verbose", "not_a_value", "this parameter takes no value", hint));
        }
        Self { verbose: verbose.is_some() }
    }
}
