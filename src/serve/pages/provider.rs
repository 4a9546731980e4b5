//! One provider with every fact and who said it.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::frame::{Frame, Section};
use super::{Holds, html, map};
use crate::evidence::Fact;
use crate::live::Live;
use crate::matching::Directory;
use crate::place::Precision;
use crate::provider::{Ccn, Npi, Phone, Position, Provider, ServiceLine};
use crate::serve::App;
use crate::serve::extract::{Id, Query};
use crate::serve::problem::Problem;

pub mod line;
pub mod said;

use line::{Line, Listing};
use said::Row;

#[derive(Debug, Template)]
#[template(path = "provider.html", config = "src/serve/askama.toml")]
struct ProviderPage {
    frame: Frame,
    name: String,
    /// What it offers, in a sentence.
    offers: String,
    phone: Option<Call>,
    /// What is known of it whatever the service.
    facts: Vec<Row>,
    /// What it is called by programs and on papers: "CCN", "425003".
    numbers: Vec<(&'static str, String)>,
    /// Rows of the exclusion list that may be about it.
    suspected: Vec<Row>,
    map: Option<String>,
    lines: Vec<Line>,
}

/// A telephone number to read and to dial.
#[derive(Debug)]
struct Call {
    reads: String,
    link: String,
}

/// The page.
pub(super) async fn page(State(app): State<Arc<App>>, _: Query<()>, Id(id): Id) -> Result<Response, Problem> {
    let served = app.served()?;
    let provider = served.provider_of(&id, served.today()).ok_or(Problem::NoSuchProvider)?;
    let frame = Frame::new(&app, Some(served.base()), Section::Elsewhere, said::on_one_line(&provider.name.value));
    let page = ProviderPage::new(frame, &provider, &served);
    html(StatusCode::OK, &page, Holds::Nothing)
}

impl ProviderPage {
    fn new(frame: Frame, provider: &Provider, served: &Live) -> Self {
        let today = served.today();
        let services: Vec<&str> = provider.lines.iter().map(|line| line.service.label()).collect();
        let line = |line: &ServiceLine| {
            let terms = served.base().terms_listed(&provider.id, line.service);
            let listed = Listing::all(&terms, served.base().plans(), today);
            Line::new(line, listed, &served.rooms_after(&provider.id, line.service, today))
        };
        let point = provider.position.as_ref().map(|fact| fact.value.point);
        Self {
            frame,
            name: provider.name.value.clone(),
            offers: services.join(" · "),
            phone: provider.phone.as_ref().map(|fact| call(fact.value)),
            facts: facts(provider),
            numbers: numbers(provider),
            suspected: provider
                .suspected_exclusions
                .iter()
                .map(|fact| Row::new("A row of the exclusion list", fact, String::clone))
                .collect(),
            map: point.map(|point| map::of_one(&provider.name.value, point)),
            lines: provider.lines.iter().map(line).collect(),
        }
    }
}

fn call(phone: Phone) -> Call {
    Call { reads: phone.to_string(), link: format!("tel:+1-{phone}") }
}

fn facts(provider: &Provider) -> Vec<Row> {
    vec![
        Row::new("Name", &provider.name, String::clone),
        row("Address", provider.address.as_ref(), ToString::to_string),
        row("Telephone", provider.phone.as_ref(), ToString::to_string),
        row("Ownership", provider.ownership.as_ref(), String::clone),
        row("Position", provider.position.as_ref(), position),
    ]
}

fn row<T>(what: &'static str, fact: Option<&Fact<T>>, show: impl Fn(&T) -> String) -> Row {
    fact.map_or_else(|| Row::silent(what), |fact| Row::new(what, fact, show))
}

/// "32.7765, -79.9311 (the street address)".
fn position(position: &Position) -> String {
    let what = match position.precision {
        Precision::Address => "the street address",
        Precision::Approximate => "part of the address only",
        Precision::Zip => "the middle of the ZIP",
        Precision::City => "the middle of the city",
    };
    format!("{}, {} ({what})", position.point.latitude(), position.point.longitude())
}

fn numbers(provider: &Provider) -> Vec<(&'static str, String)> {
    let ccn = provider.ccn.iter().map(|ccn: &Ccn| ("CCN", ccn.to_string()));
    let npis = provider.npis.iter().map(|npi: &Npi| ("NPI", npi.to_string()));
    ccn.chain(npis).chain([("Id here", provider.id.to_string())]).collect()
}
