//! Autocomplete: options for the plan and provider fields.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::catalog::NameMatch;
use crate::coverage::names::{plan_with_payer, search};
use crate::matching::candidate::Directory;
use crate::place::State as UsState;
use crate::serve::http::extract::StrictQuery;
use crate::serve::http::problem::Problem;
use crate::serve::pages::form::SubmittedForm;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::state::AppState;
use crate::text::fold_case;
use crate::text::proper_case::proper_case;

/// How many options are offered.
const OFFERED: usize = 10;

/// Coverage other than plans, as it may be typed.
pub(crate) const PROGRAMS: [&str; 6] = ["Medicare", "Medicaid", "Self-pay", "VA", "TRICARE", "Workers' compensation"];

/// Options of a list, each with a note.
#[derive(Debug, Template)]
#[template(path = "options.html", config = "src/serve/askama.toml")]
struct TypingOptions(Vec<(String, String)>);

/// Suggest plans while the user types
#[utoipa::path(post, path = "/suggest/plans", operation_id = "page_suggest_plans")]
pub(crate) async fn plans(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    form: SubmittedForm,
) -> Result<Response, Problem> {
    let catalog = app.catalog()?;
    let plans = catalog.plans();
    let typed = fold_case(form.one("coverage"));
    let programs = PROGRAMS.into_iter().filter(|name| fold_case(name).starts_with(&typed)).map(str::to_owned);
    let found = search(&typed, plans, OFFERED);
    let names = found.into_iter().filter_map(|at| Some(plan_with_payer(plans.plans.get(at)?, plans)));
    let options = programs.chain(names).map(|name| (name, String::new()));
    html(StatusCode::OK, &TypingOptions(options.collect()), Sensitivity::Question)
}

/// Suggest providers while the user types
#[utoipa::path(post, path = "/suggest/providers", operation_id = "page_suggest_providers")]
pub(crate) async fn providers(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    form: SubmittedForm,
) -> Result<Response, Problem> {
    let hits = app.catalog()?.search_names(form.one("provider"), OFFERED);
    let alone = |hit: &NameMatch| hits.iter().filter(|other| other.name.eq_ignore_ascii_case(&hit.name)).count() == 1;
    // A name that several providers share is ambiguous, so their ids are offered.
    let option = |hit: &NameMatch| {
        let name = proper_case(&hit.name);
        if alone(hit) { (name, town(hit)) } else { (hit.id.to_string(), format!("{name}, {}", town(hit))) }
    };
    html(StatusCode::OK, &TypingOptions(hits.iter().map(option).collect()), Sensitivity::Question)
}

/// "Kansas City MO".
pub(crate) fn town(hit: &NameMatch) -> String {
    let state = hit.state.as_ref().map(UsState::as_str).unwrap_or_default();
    format!("{} {state}", proper_case(&hit.city)).trim().to_owned()
}
