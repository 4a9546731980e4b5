//! The published directory as FHIR R4, in the profiles of Da Vinci PDEX Plan-Net; read only.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::App;
use super::problem::Problem;

/// `GET /fhir/metadata`.
pub(super) async fn capabilities(State(_): State<Arc<App>>) -> Result<Response, Problem> {
    Err(Problem::NoSuchRoute)
}

/// `GET /fhir/{type}`.
pub(super) async fn search(State(_): State<Arc<App>>) -> Result<Response, Problem> {
    Err(Problem::NoSuchRoute)
}

/// `GET /fhir/{type}/{id}`.
pub(super) async fn read(State(_): State<Arc<App>>) -> Result<Response, Problem> {
    Err(Problem::NoSuchRoute)
}
