//! What the directory was made from, and what changed last night.

use std::sync::Arc;

use axum::extract::State;

use crate::serve::App;
use crate::serve::extract::Query;
use crate::serve::problem::Problem;

/// The page.
pub(super) async fn page(State(_): State<Arc<App>>, _: Query<()>) -> Problem {
    Problem::NoSuchRoute
}
