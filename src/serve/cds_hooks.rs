//! CDS Hooks 2.0: the card an EHR shows when a patient is to be discharged.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::App;
use super::problem::Problem;

/// `GET /cds-services`: what there is.
pub(super) async fn services(State(_): State<Arc<App>>) -> Result<Response, Problem> {
    Err(Problem::NoSuchRoute)
}

/// `POST /cds-services/placement`: the card of the hook `encounter-discharge`.
pub(super) async fn card(State(_): State<Arc<App>>) -> Result<Response, Problem> {
    Err(Problem::NoSuchRoute)
}

/// `POST /cds-services/placement/feedback`: what became of a card.
pub(super) async fn feedback(State(_): State<Arc<App>>) -> Result<Response, Problem> {
    Err(Problem::NoSuchRoute)
}
