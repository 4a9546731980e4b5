//! The answer for one level of care: its tiers, its rows, and what can be done with them.

use crate::catalog::Catalog;
use crate::discharge::{Discharge, WIDEST};
use crate::matching::candidate::Directory;
use crate::matching::report::{FitTier, Match, Report};
use crate::phrases;
use crate::phrases::safety::notice;
use crate::phrases::tiers::{best_tier, listed_under, tiers_found};
use crate::serve::pages::answer::line::MatchRow;
use crate::serve::pages::answer::screens::ScreenTable;
use crate::serve::pages::answer::selection::{OffPageSelection, elsewhere};
use crate::serve::pages::answer::suggestions;
use crate::serve::pages::answer::suggestions::{LeftOut, NetworkGapView, SuggestionButton};
use crate::serve::pages::answer::tiers::FitLabels;
use crate::serve::pages::ask::errors::{HiddenField, hidden};
use crate::serve::pages::form::SubmittedForm;
use crate::service::DeliveryMode;
use crate::text::count_text::counted;

/// The most rows of a page that shows one tier alone. Our choice.
pub(crate) const MOST_OF_TIER: u32 = 100;

/// The answer for one level of care.
#[derive(Debug)]
pub(crate) struct AnswerSection {
    /// What its ids end with: empty for the first.
    pub suffix: String,
    /// The service and its best tier.
    pub title: String,
    /// The question for this level of care as hidden fields, without the page.
    pub hidden: HiddenField,
    /// The tiers that have providers.
    pub counts: Vec<TierCount>,
    /// How many are in all tiers.
    pub matched: u32,
    /// The one tier that is shown.
    pub tier: Option<&'static str>,
    pub left_out: LeftOut,
    pub remarks: Vec<String>,
    pub steps: Vec<SuggestionButton>,
    pub gap: Option<NetworkGapView>,
    pub nothing: Option<String>,
    pub groups: Vec<TierGroup>,
    pub caption: String,
    /// The heading of the distance column.
    pub reach: &'static str,
    /// Whether that column holds miles.
    pub has_miles: bool,
    /// The neutral order of a choice list.
    pub order: &'static str,
    /// Providers selected on other pages.
    pub elsewhere: Vec<OffPageSelection>,
    pub pages: PageLinks,
    pub phones: Vec<(String, String)>,
    /// The rules about the right level of care, if they are asked for.
    pub screens: Option<ScreenTable>,
}

/// The number of matches of one fit.
#[derive(Debug)]
pub(crate) struct TierCount {
    pub fit: FitLabels,
    pub count: u32,
}

/// The matches of one fit.
#[derive(Debug)]
pub(crate) struct TierGroup {
    pub fit: FitLabels,
    pub count: u32,
    /// Each with whether it is selected.
    pub lines: Vec<(MatchRow, bool)>,
}

/// Links to the other pages.
#[derive(Debug)]
pub(crate) struct PageLinks {
    /// The cursor of this page; empty on the first.
    pub this: String,
    /// The cursor of the next.
    pub next: Option<String>,
    pub says: String,
}

impl AnswerSection {
    /// The section of `report`, one of `reports`, which answer `form`. `at` counts the sections.
    pub(crate) fn new(catalog: &Catalog, form: &SubmittedForm, reports: &[Report], report: &Report, at: usize) -> Self {
        let comes = report.discharge.geography() == DeliveryMode::ProviderComes;
        let alone = form.with("cursor", "").with("service", report.discharge.service.code());
        let tier = tier_shown(form.one("tier")).filter(|_| reports.len() == 1);
        let groups = groups(form, report, tier.is_some());
        // Selections of other levels of care are listed with the first.
        let elsewhere = if at == 0 { elsewhere(catalog, form, reports) } else { Vec::new() };
        Self {
            suffix: if at == 0 { String::new() } else { format!("-{}", at + 1) },
            title: heading(report),
            hidden: hidden(&alone),
            counts: tiers_found(report)
                .map(|(fit, count)| TierCount { fit: FitLabels::of(fit, &report.discharge), count })
                .collect(),
            matched: report.matched(),
            tier: tier.map(FitTier::code),
            left_out: LeftOut::of(report),
            remarks: report.remarks.iter().map(notice).collect(),
            steps: suggestions::steps(&alone, report),
            gap: NetworkGapView::of(report),
            nothing: nothing(catalog, report),
            caption: caption(report),
            reach: if comes { "Serves" } else { "Miles" },
            has_miles: !comes,
            order: if comes { "name" } else { "distance" },
            elsewhere,
            groups,
            pages: pages(form, report),
            phones: phones(report),
            screens: None,
        }
    }

    /// The same where needs were typed and none was understood, so that nobody is said to meet them.
    #[must_use]
    pub(crate) fn without_needs(mut self, report: &Report) -> Self {
        let discharge = &report.discharge;
        let shown = |labels: &mut FitLabels| {
            if let Some(fit) = tier_shown(labels.code) {
                *labels = FitLabels::without_needs(fit, discharge);
            }
        };
        self.counts.iter_mut().for_each(|count| shown(&mut count.fit));
        for group in &mut self.groups {
            shown(&mut group.fit);
            group.lines.iter_mut().for_each(|(line, _)| shown(&mut line.fit));
        }
        if report.matched() > 0 {
            self.title = format!("{}: {} found; no need was understood", discharge.service.label(), report.matched());
        }
        self
    }

    /// Whether it has rows to select.
    pub(crate) fn picks(&self) -> bool {
        !self.groups.is_empty()
    }
}

/// The one tier to show; `None` for all.
pub(crate) fn tier_shown(code: &str) -> Option<FitTier> {
    FitTier::ALL.into_iter().find(|tier| tier.code() == code)
}

/// The service and the best tier that has providers, never an empty one.
fn heading(report: &Report) -> String {
    let service = report.discharge.service.label();
    match best_tier(report) {
        None => format!("{service}: no results"),
        Some(best) => format!("{service}: {best}, of {} found", report.matched()),
    }
}

/// The matches under their headings. A tier that is shown alone stands under its own.
fn groups(form: &SubmittedForm, report: &Report, is_alone: bool) -> Vec<TierGroup> {
    let heading = |found: &Match| if is_alone { found.fit } else { listed_under(found, report) };
    let same = |a: &Match, b: &Match| heading(a) == heading(b);
    let is_ticked = |found: &Match| form.all("pick").any(|pick| pick == found.provider.id.as_str());
    let group = |matches: &[Match]| {
        let fit = heading(matches.first()?);
        let lines = matches.iter().map(|found| (MatchRow::of(found, &report.discharge), is_ticked(found))).collect();
        Some(TierGroup { fit: FitLabels::of(fit, &report.discharge), count: report.count(fit), lines })
    };
    report.matches.chunk_by(same).filter_map(group).collect()
}

fn caption(report: &Report) -> String {
    let (from, to) = shown(report);
    let by = match report.discharge.geography() {
        DeliveryMode::PatientTravels => "by fit, then by worth (chance times score); straight-line miles",
        DeliveryMode::ProviderComes => {
            "by fit, then by worth (chance times score); distance not used; the agency travels to the patient"
        }
    };
    format!("Providers {from} to {to} of {}, {by}.", report.matched())
}

/// The first and the last rank of the page.
fn shown(report: &Report) -> (u32, u32) {
    let rank = |found: Option<&Match>| found.map_or(0, |found| found.rank);
    (rank(report.matches.first()), rank(report.matches.last()))
}

fn nothing(catalog: &Catalog, report: &Report) -> Option<String> {
    let left_out: u32 = report.left_out.values().sum();
    match (report.matches.is_empty(), report.matched(), left_out) {
        (false, ..) => None,
        (true, 1.., _) => Some("This page is past the last provider found.".to_owned()),
        (true, 0, 0) => Some(nobody_known(catalog, &report.discharge)),
        (true, 0, kept) => {
            Some(format!("{} in the search area, all excluded. See the reasons below.", counted(u64::from(kept), "provider")))
        }
    }
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

fn phones(report: &Report) -> Vec<(String, String)> {
    let phone = |found: &Match| {
        let phone = found.provider.phone.as_ref()?.value;
        Some((phone.to_string(), phrases::name_and_town(&found.provider)))
    };
    report.matches.iter().filter_map(phone).collect()
}
