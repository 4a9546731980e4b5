//! Several providers side by side.

use std::sync::Arc;

use axum::extract::State;

use super::form::Form;
use crate::serve::App;
use crate::serve::extract::Query;
use crate::serve::problem::Problem;

/// Two to five of them.
pub(super) async fn page(State(_): State<Arc<App>>, _: Query<()>, _: Form) -> Problem {
    Problem::NoSuchRoute
}
