//! The call sheet: providers to call and questions to ask, for print.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::discharge::{Discharge, MOST_SHOWN, Notice};
use crate::evidence::Tristate;
use crate::matching::report::{FitTier, Match, Report};
use crate::matching::requirement::Requirement;
use crate::overlay::LiveDirectory;
use crate::phrases::tiers::tier;
use crate::provider::safety::ServedGroup;
use crate::serve::http::extract::StrictQuery;
use crate::serve::http::problem::Problem;
use crate::serve::pages::answer::line::{MatchRow, reach};
use crate::serve::pages::answer::selection::named;
use crate::serve::pages::ask;
use crate::serve::pages::ask::errors::{HiddenField, hidden_with_ticks};
use crate::serve::pages::ask::{ResolvedForm, read, with_summary};
use crate::serve::pages::form::SubmittedForm;
use crate::serve::pages::form_parsing::form_error::FormError;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::pages::layout::{PageFrame, SiteSection};
use crate::serve::state::AppState;
use crate::service::{Limit, Service};
use crate::text::count_text::counted;
use crate::text::us_date::us_date;
use crate::{phrases, query};

/// The sheet.
#[derive(Debug, Template)]
#[template(path = "call_sheet.html", config = "src/serve/askama.toml")]
struct CallSheet {
    frame: PageFrame,
    question: String,
    built: String,
    /// The question, its page and the selection, for the way back.
    hidden: HiddenField,
    /// Notes on how the question was read.
    remarks: Vec<String>,
    says: String,
    /// Selected providers that are not in the answer.
    missing: Vec<String>,
    calls: Vec<CallLine>,
}

/// One call.
#[derive(Debug)]
struct CallLine {
    id: String,
    rank: u32,
    name: String,
    fit: &'static str,
    reach: String,
    phone: String,
    link: Option<String>,
    network: String,
    /// What official sources publish of its safety, and for whom it is.
    safety: Vec<String>,
    /// Availability as the provider states it, and recent referrals.
    known: Vec<String>,
    questions: Vec<String>,
}

/// Which matches are on the sheet.
enum CallFilter<'a> {
    /// The selected ones.
    Picked(Vec<&'a str>),
    /// The providers that a suggestion names, to confirm one requirement.
    Confirm(Requirement, Vec<&'a str>),
    /// Those of the page that are not out of network.
    Page,
}

impl CallFilter<'_> {
    fn holds(&self, found: &Match) -> bool {
        match self {
            Self::Picked(ids) | Self::Confirm(_, ids) => ids.contains(&found.provider.id.as_str()),
            Self::Page => found.fit != FitTier::OutOfNetwork,
        }
    }
}

/// A call sheet to print
#[utoipa::path(post, path = "/call-sheet", operation_id = "page_call_sheet")]
pub(crate) async fn page(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    form: SubmittedForm,
) -> Result<Response, Problem> {
    let ResolvedForm { served, discharge, remarks, by_phone, .. } = match read(&app, &form) {
        Ok(read) => read,
        Err(refused) => return refused.page(&app, &form),
    };
    let catalog = served.base();
    let wanted = match wanted(&form, &discharge) {
        Ok(wanted) => wanted,
        Err(fault) => return ask::faulty(&app, catalog, &form, &[fault]),
    };
    let (mut calls, report) = called(&served, &discharge, &remarks, &wanted);
    for call in &mut calls {
        call.questions.extend(by_phone.questions());
    }
    let missing = missing(&wanted, &calls);
    let page = CallSheet {
        frame: PageFrame::new(&app, Some(catalog), SiteSection::Ask, "Call sheet"),
        question: phrases::question(&discharge),
        built: phrases::built(catalog.manifest(), (app.now)().timestamp()),
        hidden: hidden_with_ticks(&form),
        remarks: report.remarks.iter().map(phrases::safety::notice).collect(),
        says: says(&wanted, &report, calls.len()),
        missing: missing.into_iter().map(|id| named(catalog, id)).collect(),
        calls,
    };
    Ok(with_summary(html(StatusCode::OK, &page, Sensitivity::Question)?, catalog, &report))
}

fn wanted<'a>(form: &'a SubmittedForm, discharge: &Discharge) -> Result<CallFilter<'a>, FormError> {
    let confirm = form.one("confirm");
    if !confirm.is_empty() {
        let asked = askable(discharge).find(|asked| asked.code() == confirm);
        let fault = || FormError { field: None, ..FormError::of("", "The item to confirm is not part of this question.") };
        return asked.map(|asked| CallFilter::Confirm(asked, ids(form, "call"))).ok_or_else(fault);
    }
    let picked = ids(form, "pick");
    Ok(if picked.is_empty() { CallFilter::Page } else { CallFilter::Picked(picked) })
}

/// The values of `field`, each once.
fn ids<'a>(form: &'a SubmittedForm, field: &str) -> Vec<&'a str> {
    let mut ids: Vec<&str> = Vec::new();
    for id in form.all(field) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

/// Everything that can be left to ask of a provider.
fn askable(discharge: &Discharge) -> impl Iterator<Item = Requirement> {
    let needs = discharge.required.iter().map(Requirement::Need);
    let groups = ServedGroup::ALL.into_iter().map(Requirement::Eligible);
    let others = [Requirement::Language, Requirement::Sex, Requirement::StartOfCare, Requirement::Operating];
    needs.chain(Limit::ALL.into_iter().map(Requirement::Limit)).chain(others).chain(groups)
}

/// The rows of the sheet, and a report with the counts of the answer.
fn called(
    served: &LiveDirectory,
    discharge: &Discharge,
    remarks: &[Notice],
    wanted: &CallFilter<'_>,
) -> (Vec<CallLine>, Report) {
    let is_page = matches!(wanted, CallFilter::Page);
    let mut asked = discharge.clone();
    if !is_page {
        (asked.limit, asked.offset) = (MOST_SHOWN, 0);
    }
    let mut calls = Vec::new();
    loop {
        let report = query::report(served, &asked, remarks);
        calls.extend(report.matches.iter().filter(|found| wanted.holds(found)).map(|found| call(&report, found)));
        if is_page || report.next_cursor.is_none() {
            return (calls, report);
        }
        asked.offset += MOST_SHOWN;
    }
}

/// Selected or named providers that are not in the answer.
fn missing<'a>(wanted: &CallFilter<'a>, calls: &[CallLine]) -> Vec<&'a str> {
    let (CallFilter::Picked(ids) | CallFilter::Confirm(_, ids)) = wanted else { return Vec::new() };
    ids.iter().copied().filter(|id| calls.iter().all(|call| call.id != *id)).collect()
}

fn call(report: &Report, found: &Match) -> CallLine {
    let listed = report.call_sheet.iter().find(|call| call.rank == found.rank);
    let mut questions = listed.map(|call| call.questions.clone()).unwrap_or_default();
    // Where it has not said that there is room, the questions already ask for it.
    if questions.is_empty() || found.availability.answer == Tristate::Yes {
        questions.push(format!("Can you accept the patient on {}?", us_date(report.discharge.on)));
    }
    let line = MatchRow::of(found, &report.discharge);
    let unit = if report.discharge.within.is_some() && found.distance.is_some() { " miles" } else { "" };
    CallLine {
        id: line.id,
        rank: found.rank,
        name: phrases::name_and_town(&found.provider),
        fit: tier(found.fit, &report.discharge),
        reach: format!("{}{unit}", reach(found, &report.discharge)),
        phone: phrases::phone(&found.provider),
        link: line.phone.map(|(_, link)| link),
        network: phrases::network(&found.network),
        safety: line.safety,
        known: known(found, report.discharge.service),
        questions,
    }
}

fn known(found: &Match, service: Service) -> Vec<String> {
    let availability = &found.availability;
    let by = availability.evidence.as_ref().map(|by| format!(" ({})", phrases::evidence(by))).unwrap_or_default();
    let full = phrases::no_room_through(availability.room_from);
    let stated = full.or_else(|| availability.days.map(|_| phrases::room(availability, service)));
    stated.map(|room| format!("{room}{by}")).into_iter().chain(found.outcomes.map(phrases::outcomes)).collect()
}

fn says(wanted: &CallFilter<'_>, report: &Report, count: usize) -> String {
    let providers = counted(count as u64, "provider");
    match (wanted, count) {
        (CallFilter::Confirm(asked, _), 0) => format!("No calls needed: no provider has only {} to confirm.", asked.label()),
        (CallFilter::Confirm(asked, _), _) => {
            format!("{providers} to call about {} only. Each that says yes meets the requirements.", asked.label())
        }
        (CallFilter::Picked(_), 0) => "No calls needed: none of the selected providers is in the results.".to_owned(),
        (CallFilter::Picked(ids), 1) if ids.len() == 1 => "The selected provider.".to_owned(),
        (CallFilter::Picked(ids), _) if ids.len() == count => format!("The {providers} selected."),
        (CallFilter::Picked(ids), _) => format!("{count} of the {} selected providers.", ids.len()),
        (CallFilter::Page, 0) => "No calls needed: no provider on this page can take the patient.".to_owned(),
        (CallFilter::Page, _) => {
            let rank = |found: Option<&Match>| found.map_or(0, |found| found.rank);
            let (from, to) = (rank(report.matches.first()), rank(report.matches.last()));
            let not_called = report.matches.len() - count;
            let out = tier(FitTier::OutOfNetwork, &report.discharge).to_lowercase();
            let rest = if not_called == 0 { String::new() } else { format!(", without the {not_called} that are {out}") };
            format!("{providers} ranked {from} to {to}{rest}.")
        }
    }
}
