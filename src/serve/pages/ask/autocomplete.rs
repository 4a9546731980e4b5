//! What may be meant while somebody types: options for the lists of plans and of providers.

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

/// How many are offered.
const OFFERED: usize = 10;

/// What pays besides plans, as it may be typed.
pub(crate) const PROGRAMMES: [&str; 3] = ["Medicare", "Medicaid", "self pay"];

/// Options of a list, each with what stands beside it.
#[derive(Debug, Template)]
#[template(path = "options.html", config = "src/serve/askama.toml")]
struct TypingOptions(Vec<(String, String)>);

/// Plans while somebody types
#[utoipa::path(post, path = "/suggest/plans", operation_id = "page_suggest_plans")]
pub(crate) async fn plans(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    form: SubmittedForm,
) -> Result<Response, Problem> {
    let catalog = app.catalog()?;
    let plans = catalog.plans();
    let typed = fold_case(form.one("coverage"));
    let programmes = PROGRAMMES.into_iter().filter(|name| fold_case(name).starts_with(&typed)).map(str::to_owned);
    let found = search(&typed, plans, OFFERED);
    let names = found.into_iter().filter_map(|at| Some(plan_with_payer(plans.plans.get(at)?, plans)));
    let options = programmes.chain(names).map(|name| (name, String::new()));
    html(StatusCode::OK, &TypingOptions(options.collect()), Sensitivity::Question)
}

/// Providers while somebody types
#[utoipa::path(post, path = "/suggest/providers", operation_id = "page_suggest_providers")]
pub(crate) async fn providers(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    form: SubmittedForm,
) -> Result<Response, Problem> {
    let hits = app.catalog()?.search_names(form.one("provider"), OFFERED);
    let alone = |hit: &NameMatch| hits.iter().filter(|other| other.name.eq_ignore_ascii_case(&hit.name)).count() == 1;
    // A name that several have says nothing; their ids do.
    let option = |hit: &NameMatch| {
        if alone(hit) { (hit.name.clone(), town(hit)) } else { (hit.id.to_string(), format!("{}, {}", hit.name, town(hit))) }
    };
    html(StatusCode::OK, &TypingOptions(hits.iter().map(option).collect()), Sensitivity::Question)
}

/// "Kansas City MO".
pub(crate) fn town(hit: &NameMatch) -> String {
    let state = hit.state.as_ref().map(UsState::as_str).unwrap_or_default();
    format!("{} {state}", hit.city).trim().to_owned()
}
