//! The patient's list: made, printed and found again.

use std::sync::Arc;

use axum::extract::State;

use super::form::Form;
use crate::serve::App;
use crate::serve::extract::Query;
use crate::serve::problem::Problem;

/// The form that asks for a list's id.
pub(super) async fn find(State(_): State<Arc<App>>, _: Query<()>) -> Problem {
    Problem::NoSuchRoute
}

/// A new list.
pub(super) async fn make(State(_): State<Arc<App>>, _: Query<()>, _: Form) -> Problem {
    Problem::NoSuchRoute
}

/// A list as it was given before.
pub(super) async fn again(State(_): State<Arc<App>>, _: Query<()>, _: Form) -> Problem {
    Problem::NoSuchRoute
}
