//! A result as a table for other programs: CSV and a workbook.

use std::sync::Arc;

use axum::extract::State;

use super::form::Form;
use crate::serve::App;
use crate::serve::extract::Query;
use crate::serve::problem::Problem;

/// As CSV.
pub(super) async fn csv(State(_): State<Arc<App>>, _: Query<()>, _: Form) -> Problem {
    Problem::NoSuchRoute
}

/// As a workbook.
pub(super) async fn xlsx(State(_): State<Arc<App>>, _: Query<()>, _: Form) -> Problem {
    Problem::NoSuchRoute
}
