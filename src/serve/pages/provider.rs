//! One provider with every fact and who said it.

use std::sync::Arc;

use axum::extract::State;

use crate::serve::App;
use crate::serve::extract::{Id, Query};
use crate::serve::problem::Problem;

/// The page.
pub(super) async fn page(State(_): State<Arc<App>>, _: Query<()>, _: Id) -> Problem {
    Problem::NoSuchRoute
}
