//! What may be meant while somebody types: options for the lists of plans and of providers.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::catalog::NameHit;
use crate::coverage::names::{in_full, search};
use crate::matching::Directory;
use crate::place::State as UsState;
use crate::serve::App;
use crate::serve::extract::Query;
use crate::serve::pages::form::Form;
use crate::serve::pages::{Holds, html};
use crate::serve::problem::Problem;

/// How many are offered.
const OFFERED: usize = 10;

/// What pays besides plans, as it may be typed.
pub(super) const PROGRAMMES: [&str; 3] = ["Medicare", "Medicaid", "self pay"];

/// Options of a list, each with what stands beside it.
#[derive(Debug, Template)]
#[template(path = "options.html", config = "src/serve/askama.toml")]
struct Options(Vec<(String, String)>);

/// Plans whose names are like what is being typed, as the options of a list.
pub(in crate::serve::pages) async fn plans(
    State(app): State<Arc<App>>,
    _: Query<()>,
    form: Form,
) -> Result<Response, Problem> {
    let catalog = app.catalog()?;
    let plans = catalog.plans();
    let typed = form.one("coverage").to_lowercase();
    let programmes = PROGRAMMES.into_iter().filter(|name| name.to_lowercase().starts_with(&typed)).map(str::to_owned);
    let found = search(&typed, plans, OFFERED);
    let names = found.into_iter().filter_map(|at| Some(in_full(plans.plans.get(at)?, plans)));
    let options = programmes.chain(names).map(|name| (name, String::new()));
    html(StatusCode::OK, &Options(options.collect()), Holds::Question)
}

/// Providers whose names are like what is being typed, as the options of a list.
pub(in crate::serve::pages) async fn providers(
    State(app): State<Arc<App>>,
    _: Query<()>,
    form: Form,
) -> Result<Response, Problem> {
    let hits = app.catalog()?.named(form.one("provider"), OFFERED);
    let alone = |hit: &NameHit| hits.iter().filter(|other| other.name.eq_ignore_ascii_case(&hit.name)).count() == 1;
    // A name that several have says nothing; their ids do.
    let option = |hit: &NameHit| {
        if alone(hit) {
            (hit.name.clone(), town(hit))
        } else {
            (hit.id.to_string(), format!("{}, {}", hit.name, town(hit)))
        }
    };
    html(StatusCode::OK, &Options(hits.iter().map(option).collect()), Holds::Question)
}

/// "Kansas City MO".
pub(super) fn town(hit: &NameHit) -> String {
    let state = hit.state.as_ref().map(UsState::as_str).unwrap_or_default();
    format!("{} {state}", hit.city).trim().to_owned()
}
