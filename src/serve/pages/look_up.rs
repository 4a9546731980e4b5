//! Looks up a provider by name, number or town, without a patient.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::catalog::Catalog;
use crate::catalog::name_words::provider_name_key;
use crate::phrases;
use crate::place::typed_place::read_place;
use crate::place::{Miles, Zip, ZipTable};
use crate::provider::Provider;
use crate::query::by_identifier;
use crate::serve::http::extract::{CurrentPrincipal, PagePath, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::kept_pages::PAGE_MINUTES;
use crate::serve::pages::ask::provider_lookup::in_town;
use crate::serve::pages::form::SubmittedForm;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::pages::kept_form::{FORM_GONE, keep_form, open_form};
use crate::serve::pages::layout::{PageFrame, SiteSection, with_session_of_request};
use crate::serve::pages::session::see_other;
use crate::serve::state::AppState;

/// How many providers with such a name are listed.
const NAMED: usize = 40;

/// How many providers of a town are listed.
const IN_TOWN: usize = 60;

/// How far from the center of a town its providers are, in miles: first the town itself, then the country around it. Our choice.
const TOWN_MILES: [f64; 3] = [5.0, 15.0, 50.0];

#[derive(Debug, Template)]
#[template(path = "look_up.html", config = "src/serve/askama.toml")]
struct LookUpPage {
    frame: PageFrame,
    /// What was typed.
    provider: String,
    /// What is wrong with it, or that nothing was found.
    fault: Option<String>,
    /// After how many minutes what was typed was deleted, if it was.
    expired: Option<i64>,
    groups: Vec<FoundGroup>,
    /// Towns that may be meant.
    towns: Vec<String>,
}

/// Providers found in one way.
#[derive(Debug)]
struct FoundGroup {
    caption: String,
    providers: Vec<FoundProvider>,
    /// Whether they have a distance.
    has_miles: bool,
}

/// A provider that was found.
#[derive(Debug)]
struct FoundProvider {
    id: String,
    name: String,
    address: String,
    /// Its levels of care.
    offers: String,
    phone: Option<(String, String)>,
    miles: String,
}

/// Look up a provider
///
/// By its name, its CCN or NPI, or its town. What was typed is sealed for fifteen minutes, and the browser goes on to what was found.
#[utoipa::path(
    post,
    path = "/look-up",
    operation_id = "page_look_up",
    responses((status = 303, description = "The browser goes on to what was found.")),
)]
pub(crate) async fn submit(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    form: SubmittedForm,
) -> Result<Response, Problem> {
    keep_form(&app, &caller, &form, "/look-up", "").await
}

/// The providers found by a look-up
///
/// One provider alone is shown as its page.
#[utoipa::path(
    get,
    path = "/look-up/{token}",
    operation_id = "page_looked_up",
    params(("token" = String, Path, description = "The token of what was typed.")),
    responses((
        status = 410,
        description = "What was typed was deleted, or belongs to another sign-in.",
        content((String = "text/html")),
    )),
)]
pub(crate) async fn page(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    PagePath(token): PagePath,
) -> Result<Response, Problem> {
    let form = open_form(&app, &caller, token).await?;
    let working = Arc::clone(&app);
    let found = move || {
        if let Some(form) = form {
            found(&working, form.one("provider"))
        } else {
            let page = LookUpPage { expired: Some(PAGE_MINUTES), ..LookUpPage::empty(&working, "") };
            html(FORM_GONE, &page, Sensitivity::Question)
        }
    };
    app.heavy.run(&caller, with_session_of_request(found)).await?
}

fn found(app: &AppState, typed: &str) -> Result<Response, Problem> {
    let catalog = app.catalog()?;
    let mut page = LookUpPage::empty(app, typed);
    if typed.is_empty() {
        page.fault = Some("Enter a provider name, CCN, NPI, or town.".to_owned());
        return html(StatusCode::UNPROCESSABLE_ENTITY, &page, Sensitivity::Question);
    }
    let named = named(&catalog, typed);
    if let FoundNames::One(id) = named {
        return Ok(see_other(&format!("/providers/{id}")));
    }
    if let FoundNames::Several(providers) = named {
        page.add("Providers with a similar name", providers, false);
    }
    match read_place(typed, ZipTable::curated()) {
        Ok(place) => page.add_town(&catalog, place.zip, ZipTable::curated()),
        Err(fault) => page.towns = fault.offers,
    }
    if page.groups.is_empty() {
        page.fault =
            Some("The directory has no provider with that name or number, and none near a town of that name.".to_owned());
        return html(StatusCode::UNPROCESSABLE_ENTITY, &page, Sensitivity::Question);
    }
    html(StatusCode::OK, &page, Sensitivity::Question)
}

/// The providers that a name or a number finds.
enum FoundNames {
    One(String),
    Several(Vec<FoundProvider>),
    Nobody,
}

fn named(catalog: &Catalog, typed: &str) -> FoundNames {
    if let Some(provider) = by_identifier(catalog, typed) {
        return FoundNames::One(provider.id.to_string());
    }
    let (name, hits) = in_town(catalog, typed).unwrap_or_else(|| (typed, catalog.search_names(typed, NAMED)));
    let key = provider_name_key(name);
    let begins = |name: &str| provider_name_key(name).starts_with(&key);
    // A single provider whose name begins like that is meant, unless others are as near to what was typed.
    let beginning: Vec<_> = hits.iter().filter(|hit| begins(&hit.name)).collect();
    if let [one] = beginning[..] {
        let is_whole = provider_name_key(&one.name) == key;
        if is_whole || hits.len() == 1 {
            return FoundNames::One(one.id.to_string());
        }
    }
    let providers = hits.iter().filter_map(|hit| catalog.provider_of(&hit.id));
    let found: Vec<FoundProvider> = providers.map(|provider| FoundProvider::new(&provider, None)).collect();
    if found.is_empty() { FoundNames::Nobody } else { FoundNames::Several(found) }
}

impl LookUpPage {
    fn empty(app: &AppState, typed: &str) -> Self {
        let catalog = app.live.catalog();
        Self {
            frame: PageFrame::new(app, catalog.as_deref(), SiteSection::Ask, "Look up a provider"),
            provider: typed.to_owned(),
            fault: None,
            expired: None,
            groups: Vec::new(),
            towns: Vec::new(),
        }
    }

    fn add(&mut self, caption: impl Into<String>, providers: Vec<FoundProvider>, has_miles: bool) {
        self.groups.push(FoundGroup { caption: caption.into(), providers, has_miles });
    }

    /// Adds the providers in and around the town of `zip`.
    fn add_town(&mut self, catalog: &Catalog, zip: Zip, zips: &ZipTable) {
        let Some(town) = zips.get(zip) else { return };
        for miles in TOWN_MILES {
            let Some(horizon) = Miles::new(miles) else { continue };
            let mut near = catalog.providers_within(town.point, horizon);
            if near.is_empty() {
                continue;
            }
            let count = near.len();
            near.truncate(IN_TOWN);
            let first = if count > IN_TOWN { format!(", the nearest {IN_TOWN} of {count}") } else { String::new() };
            let caption = format!("Providers within {miles} miles of {}{first}", town.city_and_state());
            let found = near.iter().map(|(provider, miles)| FoundProvider::new(provider, Some(*miles)));
            self.add(caption, found.collect(), true);
            return;
        }
    }
}

impl FoundProvider {
    fn new(provider: &Provider, miles: Option<Miles>) -> Self {
        let offers: Vec<&str> = provider.lines.iter().map(|line| line.service.label()).collect();
        Self {
            id: provider.id.to_string(),
            name: phrases::name(provider),
            address: provider.address.as_ref().map(|fact| phrases::address(&fact.value)).unwrap_or_default(),
            offers: offers.join(" · "),
            phone: provider.phone.as_ref().map(|fact| (fact.value.to_string(), format!("tel:+1-{}", fact.value))),
            miles: miles.map(|miles| miles.to_string()).unwrap_or_default(),
        }
    }
}
