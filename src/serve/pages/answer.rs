//! The answer page.

use askama::Template;

use crate::catalog::Catalog;
use crate::discharge::{Discharge, WIDEST};
use crate::matching::candidate::Directory;
use crate::matching::report::{FitTier, Match, Report};
use crate::phrases;
use crate::serve::pages::answer::line::MatchRow;
use crate::serve::pages::answer::selection::OffPageSelection;
use crate::serve::pages::answer::suggestions::{LeftOut, NetworkGapView, SuggestionButton};
use crate::serve::pages::answer::tiers::FitLabels;
use crate::serve::pages::ask::errors::{HiddenField, hidden};
use crate::serve::pages::ask::fields::FormFields;
use crate::serve::pages::form::SubmittedForm;
use crate::serve::pages::layout::{PageFrame, SiteSection};
use crate::serve::pages::map;
use crate::serve::pages::map::{MapDrawing, MapPin};
use crate::serve::state::AppState;
use crate::service::DeliveryMode;

pub(crate) mod line;
pub(crate) mod selection;
pub(crate) mod suggestions;
pub(crate) mod tiers;

/// The question and its answer.
#[derive(Debug, Template)]
#[template(path = "answer.html", config = "src/serve/askama.toml")]
pub(crate) struct AnswerPage {
    frame: PageFrame,
    fields: FormFields,
    /// The question in one line.
    question: String,
    /// The question as hidden fields, without the cursor.
    hidden: HiddenField,
    counts: Vec<TierCount>,
    left_out: LeftOut,
    built: String,
    remarks: Vec<String>,
    steps: Vec<SuggestionButton>,
    gap: Option<NetworkGapView>,
    nothing: Option<EmptyAnswer>,
    groups: Vec<TierGroup>,
    caption: String,
    /// The heading of the distance column.
    reach: &'static str,
    /// The neutral order of a choice list.
    order: &'static str,
    map: Option<MapDrawing>,
    map_says: String,
    /// Providers selected on other pages.
    elsewhere: Vec<OffPageSelection>,
    pages: PageLinks,
    phones: Vec<(String, String)>,
    /// The text of the provider field: empty here.
    provider: &'static str,
    provider_wrong: bool,
    /// Whether the answer about one provider opens in a new tab.
    beside: bool,
}

/// The number of matches of one fit.
#[derive(Debug)]
struct TierCount {
    fit: FitLabels,
    count: u32,
}

/// The matches of one fit.
#[derive(Debug)]
struct TierGroup {
    fit: FitLabels,
    count: u32,
    /// Each with whether it is selected.
    lines: Vec<(MatchRow, bool)>,
}

/// The message when nothing is found.
#[derive(Debug)]
struct EmptyAnswer {
    says: String,
}

/// Links to the other pages.
#[derive(Debug)]
struct PageLinks {
    /// The cursor of this page; empty on the first.
    this: String,
    /// The cursor of the next.
    next: Option<String>,
    says: String,
}

impl AnswerPage {
    /// The page of `report`, which answers `form` from `catalog`.
    pub(crate) fn new(app: &AppState, catalog: &Catalog, form: &SubmittedForm, report: &Report) -> Self {
        let discharge = &report.discharge;
        let comes = discharge.geography() == DeliveryMode::ProviderComes;
        let first = form.with("cursor", "");
        let (map, map_says) = drawn(report);
        Self {
            frame: PageFrame::new(app, Some(catalog), SiteSection::Ask, heading(report)),
            fields: FormFields::of(&first, &[], Some(catalog)),
            question: phrases::question(discharge),
            hidden: hidden(&first),
            counts: FitTier::ALL.map(|fit| TierCount { fit: FitLabels::of(fit, discharge), count: report.count(fit) }).into(),
            left_out: LeftOut::of(report),
            built: phrases::built(catalog.manifest(), (app.now)().timestamp()),
            remarks: report.remarks.iter().map(|remark| remark.text.clone()).collect(),
            steps: suggestions::steps(&first, report),
            gap: NetworkGapView::of(report),
            nothing: nothing(catalog, report),
            groups: groups(form, report),
            caption: caption(report),
            reach: if comes { "Serves" } else { "Miles" },
            order: if comes { "name" } else { "distance" },
            map,
            map_says,
            elsewhere: selection::elsewhere(catalog, form, report),
            pages: pages(form, report),
            phones: phones(report),
            provider: "",
            provider_wrong: false,
            beside: true,
        }
    }

    /// Whether the page has rows to select.
    fn picks(&self) -> bool {
        !self.groups.is_empty()
    }
}

fn heading(report: &Report) -> String {
    let service = report.discharge.service.label();
    match (report.count(FitTier::Ready), report.matched()) {
        (_, 0) => format!("{service}: no results"),
        (0, found) => format!("{service}: none ready of {found} found"),
        (ready, found) => format!("{service}: {ready} ready of {found} found"),
    }
}

fn groups(form: &SubmittedForm, report: &Report) -> Vec<TierGroup> {
    let same = |a: &Match, b: &Match| a.fit == b.fit;
    let is_ticked = |found: &Match| form.all("pick").any(|pick| pick == found.provider.id.as_str());
    let group = |matches: &[Match]| {
        let fit = matches.first()?.fit;
        let lines = matches.iter().map(|found| (MatchRow::of(found, &report.discharge), is_ticked(found))).collect();
        Some(TierGroup { fit: FitLabels::of(fit, &report.discharge), count: report.count(fit), lines })
    };
    report.matches.chunk_by(same).filter_map(group).collect()
}

fn caption(report: &Report) -> String {
    let (from, to) = shown(report);
    let by = match report.discharge.geography() {
        DeliveryMode::PatientTravels => "by fit, then by score; straight-line miles",
        DeliveryMode::ProviderComes => "by fit, then by score; distance not used; the agency travels to the patient",
    };
    format!("Providers {from} to {to} of {}, {by}.", report.matched())
}

/// The first and the last rank of the page.
fn shown(report: &Report) -> (u32, u32) {
    let rank = |found: Option<&Match>| found.map_or(0, |found| found.rank);
    (rank(report.matches.first()), rank(report.matches.last()))
}

fn nothing(catalog: &Catalog, report: &Report) -> Option<EmptyAnswer> {
    let left_out: u32 = report.left_out.values().sum();
    let says = match (report.matches.is_empty(), report.matched(), left_out) {
        (false, ..) => return None,
        (true, 1.., _) => "This page is past the last provider found.".to_owned(),
        (true, 0, 0) => nobody_known(catalog, &report.discharge),
        (true, 0, kept) => format!(
            "{} in the search area, all excluded. See the reasons below.",
            phrases::counted(u64::from(kept), "provider")
        ),
    };
    Some(EmptyAnswer { says })
}

/// That no provider offers the service there, and what to try.
fn nobody_known(catalog: &Catalog, discharge: &Discharge) -> String {
    if !catalog.holds(discharge.service) {
        let service = discharge.service.label().to_lowercase();
        return format!(
            "This directory has no providers for {service}. Try another level of care. The directory page shows what is loaded."
        );
    }
    let (nobody, farther) = match discharge.within {
        None => (format!("known to serve {}", discharge.near.zip), ""),
        Some(miles) if miles.value() >= WIDEST => (format!("known within {WIDEST} miles, the largest radius"), ""),
        Some(_) => ("known in the search area".to_owned(), "a larger radius or "),
    };
    format!(
        "No provider for this level of care is {nobody}. Try {farther}another level of care. The directory page shows what is \
         loaded."
    )
}

fn pages(form: &SubmittedForm, report: &Report) -> PageLinks {
    let (from, to) = shown(report);
    PageLinks {
        this: form.one("cursor").to_owned(),
        next: report.next_cursor.clone(),
        says: format!("{from} to {to} of {}", report.matched()),
    }
}

/// The map of the matches on this page, and its caption.
fn drawn(report: &Report) -> (Option<MapDrawing>, String) {
    let Discharge { near, within, .. } = &report.discharge;
    let pin = |found: &Match| {
        let point = found.provider.position.as_ref()?.value.point;
        Some(MapPin { rank: found.rank, name: phrases::name(&found.provider), point })
    };
    let pins: Vec<MapPin> = report.matches.iter().filter_map(pin).collect();
    let missing = report.matches.len() - pins.len();
    let mut says = format!("Numbers are ranks; the cross is ZIP {}. The table has the same information.", near.zip);
    if missing > 0 {
        let unplaced = phrases::counted(missing as u64, "provider");
        says = format!("{says} Not on the map: {unplaced} with location unknown.");
    }
    (map::draw(near.point, *within, &pins), says)
}

fn phones(report: &Report) -> Vec<(String, String)> {
    let phone = |found: &Match| {
        let phone = found.provider.phone.as_ref()?.value;
        Some((phone.to_string(), phrases::name_and_town(&found.provider)))
    };
    report.matches.iter().filter_map(phone).collect()
}
