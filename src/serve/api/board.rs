//! `/v1/board`: the open referral requests of a unit, with what the hospital does next.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};

use crate::serve::api::referral_requests::with_directory;
use crate::serve::board::{Board, BoardUnit, check_unit};
use crate::serve::http::body::{json_body, rendered};
use crate::serve::http::extract::StrictQuery;
use crate::serve::http::problem::Problem;
use crate::serve::json::board::BoardJson;
use crate::serve::json::referral_request::ReferralView;
use crate::serve::state::AppState;

/// Read the board of a unit
///
/// Its open referral requests with the clock of each provider and the next step, and the share of
/// the five places that the hospital uses most.
#[utoipa::path(
    get,
    path = "/v1/board",
    operation_id = "read_board",
    tag = "referrals",
    params(("unit" = Option<String>, Query, description = "A unit from the list in `hospital.toml`; all units if left out.")),
    responses((status = 200, description = "The board", body = BoardJson)),
)]
pub(crate) async fn read(
    State(app): State<Arc<AppState>>,
    StrictQuery(BoardUnit(unit)): StrictQuery<BoardUnit>,
) -> Result<Response, Problem> {
    check_unit(&app, unit.as_ref())?;
    let served = app.served()?;
    let view = ReferralView { served: &served, now: (app.now)().timestamp() };
    let board = Board::new(&served, unit.as_deref(), view.now);
    let wire = BoardJson::new(view, unit.as_deref(), &board);
    let response = ([(CACHE_CONTROL, "no-store")], json_body(rendered(&wire)?)).into_response();
    Ok(with_directory(&served, response))
}
