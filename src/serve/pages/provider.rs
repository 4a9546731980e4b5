//! One provider with every fact and its source.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::civil::Date;

use crate::evidence::Fact;
use crate::matching::candidate::Directory;
use crate::matching::notices::safety_notices;
use crate::overlay::LiveDirectory;
use crate::phrases;
use crate::place::{Point, Precision, Zip, ZipTable};
use crate::provider::business::BusinessFact;
use crate::provider::{Ccn, Npi, Phone, Position, Provider, ProviderId, ServiceArea, ServiceLine};
use crate::serve::http::extract::{ProviderPath, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::observation_records::version_of;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::pages::layout::{PageFrame, SiteSection};
use crate::serve::pages::map;
use crate::serve::pages::map::MapDrawing;
use crate::serve::pages::provider::card::ProviderCard;
use crate::serve::pages::provider::facts::FactRow;
use crate::serve::pages::provider::history::HistoryRow;
use crate::serve::pages::provider::invites::{InviteSection, MadeInvite};
use crate::serve::pages::provider::line::{LineView, ListingView};
use crate::serve::state::AppState;
use crate::service::DeliveryMode;
use crate::text::count_text::counted;
use crate::text::proper_case::proper_case;

pub(crate) mod card;
pub(crate) mod facts;
pub(crate) mod history;
pub(crate) mod invites;
pub(crate) mod line;
pub(crate) mod published;

#[derive(Debug, Template)]
#[template(path = "provider.html", config = "src/serve/askama.toml")]
struct ProviderPage {
    frame: PageFrame,
    name: String,
    phone: Option<CallLink>,
    /// Facts that do not depend on a service.
    facts: Vec<FactRow>,
    /// Its numbers: "CCN", "425003".
    numbers: Vec<(&'static str, String)>,
    /// What official sources publish of its safety.
    safety: Vec<String>,
    map: Option<MapDrawing>,
    map_says: String,
    card: ProviderCard,
    lines: Vec<LineView>,
    /// What it states of itself, and its invites.
    statements: InviteSection,
    /// What it said by telephone, newest first.
    history: Vec<HistoryRow>,
    /// How many records there are, with those that are not shown.
    recorded: usize,
    /// The version of these records.
    version: String,
    /// Its id, in the path of the page.
    id: String,
}

/// A phone number and its link.
#[derive(Debug)]
struct CallLink {
    reads: String,
    link: String,
}

/// One provider with every fact
#[utoipa::path(
    get,
    path = "/providers/{id}",
    operation_id = "page_provider",
    params(("id" = String, Path, description = "A provider's id, such as `ccn:425003`.", example = "ccn:173027")),
)]
pub(crate) async fn page(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    ProviderPath(id): ProviderPath,
) -> Result<Response, Problem> {
    provider_page(&app, StatusCode::OK, &id, None, None)
}

/// The page of the provider with that id; with an invite that was just made, or a note.
pub(crate) fn provider_page(
    app: &AppState,
    status: StatusCode,
    id: &ProviderId,
    made: Option<MadeInvite>,
    note: Option<String>,
) -> Result<Response, Problem> {
    let served = app.served()?;
    let provider = served.provider_of(id, served.today()).ok_or(Problem::NoSuchProvider)?;
    let frame =
        PageFrame::new(app, Some(served.base()), SiteSection::Elsewhere, facts::on_one_line(&phrases::name(&provider)));
    // The address of an invite is a secret.
    let holds = if made.is_some() { Sensitivity::Question } else { Sensitivity::Nothing };
    let statements = InviteSection { made, note, ..InviteSection::new(&served, &provider.id, &(app.now)()) };
    let page = ProviderPage::new(frame, &provider, &served, statements);
    html(status, &page, holds)
}

impl ProviderPage {
    fn new(frame: PageFrame, provider: &Provider, served: &LiveDirectory, statements: InviteSection) -> Self {
        let today = served.today();
        let line = |line: &ServiceLine| {
            let terms = served.base().terms_listed(&provider.id, line.service);
            let listed = ListingView::all(&terms, served.base().plans(), today);
            LineView::new(line, listed, &served.rooms_after(&provider.id, line.service, today), today)
        };
        let lines: Vec<LineView> = provider.lines.iter().map(line).collect();
        let zips = served_zips(provider);
        let (history, recorded) = history::rows(served, &provider.id);
        Self {
            frame,
            name: phrases::name(provider),
            phone: provider.phone.as_ref().map(|fact| call(fact.value)),
            facts: facts(provider),
            numbers: numbers(provider),
            safety: safety(provider, today),
            map: provider.position.as_ref().map(|fact| map::draw_place(&phrases::name(provider), fact.value.point, &zips)),
            map_says: map_says(provider, zips.len()),
            card: ProviderCard::new(provider, &lines, today, served.base().manifest().synthetic),
            lines,
            statements,
            history,
            recorded,
            version: version_of(served, &provider.id),
            id: provider.id.to_string(),
        }
    }
}

/// The safety notices of all services, each once.
fn safety(provider: &Provider, today: Date) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for notice in provider.lines.iter().flat_map(|line| safety_notices(provider, line, today)) {
        let text = phrases::safety::notice(&notice);
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    texts
}

fn call(phone: Phone) -> CallLink {
    CallLink { reads: phone.to_string(), link: format!("tel:+1-{phone}") }
}

fn facts(provider: &Provider) -> Vec<FactRow> {
    let business = provider
        .business
        .iter()
        .map(|fact| FactRow::new(fact.value.label(), fact, |value: &BusinessFact| proper_case(&value.to_string())));
    let mut rows = vec![
        FactRow::new("Name", &provider.name, |name| proper_case(name)),
        row("Address", provider.address.as_ref(), phrases::address),
        row("Phone", provider.phone.as_ref(), ToString::to_string),
        row("Ownership", provider.ownership.as_ref(), |owner| proper_case(owner)),
        row("Map location", provider.position.as_ref(), position),
    ];
    rows.extend(business);
    rows
}

fn row<T>(what: &'static str, fact: Option<&Fact<T>>, show: impl Fn(&T) -> String) -> FactRow {
    fact.map_or_else(|| FactRow::silent(what), |fact| FactRow::new(what, fact, show))
}

/// "32.7765, -79.9311 (the street address)".
fn position(position: &Position) -> String {
    format!("{}, {} ({})", position.point.latitude(), position.point.longitude(), precision(position.precision))
}

fn precision(precision: Precision) -> &'static str {
    match precision {
        Precision::Address => "the street address",
        Precision::Approximate => "part of the address",
        Precision::Zip => "the center of the ZIP",
        Precision::City => "the center of the city",
    }
}

/// The centers of the ZIPs that it serves, by any of its services that travels to the patient.
fn served_zips(provider: &Provider) -> Vec<Point> {
    let comes = |line: &&ServiceLine| line.service.geography() == DeliveryMode::ProviderComes;
    let mut zips: Vec<Zip> = Vec::new();
    for line in provider.lines.iter().filter(comes) {
        if let ServiceArea::Zips(fact) = &line.area {
            zips.extend(&fact.value);
        }
    }
    zips.sort_unstable();
    zips.dedup();
    zips.into_iter().filter_map(|zip| ZipTable::curated().get(zip)).map(|entry| entry.point).collect()
}

/// The caption of the map: what its pin and its dots are.
fn map_says(provider: &Provider, zips: usize) -> String {
    let place = provider.position.as_ref().map_or("", |fact| precision(fact.value.precision));
    let area = match zips {
        0 => String::new(),
        _ => format!(" Dots: the centers of the {} that it serves.", counted(zips as u64, "ZIP code")),
    };
    format!("Pin: {place}.{area}")
}

fn numbers(provider: &Provider) -> Vec<(&'static str, String)> {
    let ccn = provider.ccn.iter().map(|ccn: &Ccn| ("CCN", ccn.to_string()));
    let npis = provider.npis.iter().map(|npi: &Npi| ("NPI", npi.to_string()));
    ccn.chain(npis).chain([("Provider ID", provider.id.to_string())]).collect()
}
