//! The first page: the question, and on the same page its answer.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::form::Form;
use super::frame::{Frame, Section};
use super::{Holds, html};
use crate::serve::App;
use crate::serve::extract::Query;
use crate::serve::problem::Problem;

#[derive(Debug, Template)]
#[template(path = "ask.html", config = "src/serve/askama.toml")]
struct AskPage {
    frame: Frame,
}

/// The empty form.
pub(super) async fn form(State(app): State<Arc<App>>, _: Query<()>) -> Result<Response, Problem> {
    let frame = Frame::new(&app, app.catalog.current().as_deref(), Section::Ask, "Find a place");
    html(StatusCode::OK, &AskPage { frame }, Holds::Nothing)
}

/// The answer, below the question.
pub(super) async fn answer(State(_): State<Arc<App>>, _: Query<()>, _: Form) -> Problem {
    Problem::NoSuchRoute
}

/// Why one provider stands where it stands, or why it is not on the list.
pub(super) async fn what_about(State(_): State<Arc<App>>, _: Query<()>, _: Form) -> Problem {
    Problem::NoSuchRoute
}

/// Whom to call and what to ask, for the printer.
pub(super) async fn call_sheet(State(_): State<Arc<App>>, _: Query<()>, _: Form) -> Problem {
    Problem::NoSuchRoute
}

/// Plans whose names are like what is being typed, as the options of a list.
pub(super) async fn plans(State(_): State<Arc<App>>, _: Query<()>, _: Form) -> Problem {
    Problem::NoSuchRoute
}

/// Providers whose names are like what is being typed, as the options of a list.
pub(super) async fn providers(State(_): State<Arc<App>>, _: Query<()>, _: Form) -> Problem {
    Problem::NoSuchRoute
}
