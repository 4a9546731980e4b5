//! Whom to call and what to ask, for the printer.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::discharge::{Discharge, MOST_SHOWN, Notice};
use crate::evidence::Tristate;
use crate::matching::report::{FitTier, Match, Report, Requirement};
use crate::overlay::LiveDirectory;
use crate::serve::http::extract::StrictQuery;
use crate::serve::http::problem::Problem;
use crate::serve::pages::answer::line::{MatchRow, reach};
use crate::serve::pages::answer::selection::named;
use crate::serve::pages::ask;
use crate::serve::pages::ask::errors::{HiddenField, hidden_with_ticks};
use crate::serve::pages::ask::{ResolvedForm, counted, read};
use crate::serve::pages::form::SubmittedForm;
use crate::serve::pages::form_parsing::form_error::FormError;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::pages::layout::{PageFrame, SiteSection};
use crate::serve::state::AppState;
use crate::service::Limit;
use crate::{phrases, query};

/// The sheet.
#[derive(Debug, Template)]
#[template(path = "call_sheet.html", config = "src/serve/askama.toml")]
struct CallSheet {
    frame: PageFrame,
    question: String,
    built: String,
    /// The question, the page it was shown on, and what was ticked: for the way back.
    hidden: HiddenField,
    /// What the asker should know of how the question was read.
    remarks: Vec<String>,
    says: String,
    /// Those ticked that are not in the answer.
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
    /// Room as it states it itself, and what became of referrals lately.
    known: Vec<String>,
    questions: Vec<String>,
}

/// Which of the matches are called.
enum CallFilter<'a> {
    /// Those ticked.
    Picked(Vec<&'a str>),
    /// Those silent on one thing alone.
    SilentOn(Requirement),
    /// Those of the page that may become ready or are.
    Page,
}

impl CallFilter<'_> {
    fn holds(&self, found: &Match) -> bool {
        match self {
            Self::Picked(ids) => ids.contains(&found.provider.id.as_str()),
            Self::SilentOn(asked) => silent_on(found, *asked),
            Self::Page => found.fit != FitTier::OutOfNetwork,
        }
    }
}

/// Whom to call and what to ask, for the printer
#[utoipa::path(post, path = "/call-sheet", operation_id = "page_call_sheet")]
pub(crate) async fn page(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    form: SubmittedForm,
) -> Result<Response, Problem> {
    let ResolvedForm { served, discharge, remarks } = match read(&app, &form) {
        Ok(read) => read,
        Err(refused) => return refused.page(&app, &form),
    };
    let catalog = served.base();
    let wanted = match wanted(&form, &discharge) {
        Ok(wanted) => wanted,
        Err(fault) => return ask::faulty(&app, catalog, &form, &[fault]),
    };
    let (calls, report) = called(&served, &discharge, &remarks, &wanted);
    let missing = missing(&wanted, &calls);
    let page = CallSheet {
        frame: PageFrame::new(&app, Some(catalog), SiteSection::Ask, "Call sheet"),
        question: phrases::question(&discharge),
        built: phrases::built(catalog.manifest(), (app.now)().timestamp()),
        hidden: hidden_with_ticks(&form),
        remarks: report.remarks.iter().map(|remark| remark.text.clone()).collect(),
        says: says(&wanted, &report, calls.len()),
        missing: missing.into_iter().map(|id| named(catalog, id)).collect(),
        calls,
    };
    Ok(counted(html(StatusCode::OK, &page, Sensitivity::Question)?, catalog, &report))
}

fn wanted<'a>(form: &'a SubmittedForm, discharge: &Discharge) -> Result<CallFilter<'a>, FormError> {
    let confirm = form.one("confirm");
    if !confirm.is_empty() {
        let limits = Limit::ALL.into_iter().map(Requirement::Limit);
        let needs = discharge.required.iter().map(Requirement::Need);
        let mut known = needs.chain(limits).chain([Requirement::Language, Requirement::Sex]);
        let asked = known.find(|asked| asked.code() == confirm);
        let fault =
            || FormError { field: None, ..FormError::of("", "What is to be confirmed is not asked for in this question.") };
        return asked.map(CallFilter::SilentOn).ok_or_else(fault);
    }
    let mut picked: Vec<&str> = Vec::new();
    for id in form.all("pick") {
        if !picked.contains(&id) {
            picked.push(id);
        }
    }
    Ok(if picked.is_empty() { CallFilter::Page } else { CallFilter::Picked(picked) })
}

/// The calls, and a report with the counts of the answer.
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

/// Those ticked that are not called, because they are not in the answer.
fn missing<'a>(wanted: &CallFilter<'a>, calls: &[CallLine]) -> Vec<&'a str> {
    let CallFilter::Picked(ids) = wanted else { return Vec::new() };
    ids.iter().copied().filter(|id| calls.iter().all(|call| call.id != *id)).collect()
}

/// Whether `found` would be ready, had it not been silent on `asked` alone: what a suggestion to confirm counts.
fn silent_on(found: &Match, asked: Requirement) -> bool {
    let open = found.acceptance.answers.iter().filter(|answer| answer.required && answer.answer != Tristate::Yes);
    let open: Vec<Requirement> = open.map(|answer| answer.asked).collect();
    found.fit == FitTier::AskProvider && open == [asked]
}

fn call(report: &Report, found: &Match) -> CallLine {
    let listed = report.call_sheet.iter().find(|call| call.rank == found.rank);
    let mut questions = listed.map(|call| call.questions.clone()).unwrap_or_default();
    questions.push(format!("Can you take the patient on {}?", report.discharge.on));
    questions.dedup();
    let line = MatchRow::of(found, &report.discharge);
    let unit = if report.discharge.within.is_some() { " miles" } else { "" };
    CallLine {
        id: line.id,
        rank: found.rank,
        name: phrases::name_and_town(&found.provider),
        fit: found.fit.label(),
        reach: format!("{}{unit}", reach(found, &report.discharge)),
        phone: phrases::phone(&found.provider),
        link: line.phone.map(|(_, link)| link),
        network: phrases::network(&found.network),
        known: known(found),
        questions,
    }
}

fn known(found: &Match) -> Vec<String> {
    let by = found.availability.evidence.as_ref().map(|by| format!(" ({by})")).unwrap_or_default();
    let room = found.availability.days.map(|_| format!("{}{by}", phrases::room(&found.availability)));
    room.into_iter().chain(found.outcomes.map(phrases::outcomes)).collect()
}

fn says(wanted: &CallFilter<'_>, report: &Report, count: usize) -> String {
    let providers = phrases::counted(count as u64, "provider");
    match (wanted, count) {
        (CallFilter::SilentOn(asked), 0) => format!("Nobody to call: nobody is silent on {} alone.", asked.label()),
        (CallFilter::SilentOn(asked), _) => {
            format!("{providers} silent on {} alone: each is ready if they say yes.", asked.label())
        }
        (CallFilter::Picked(_), 0) => "Nobody to call: none of those you ticked is in the answer.".to_owned(),
        (CallFilter::Picked(ids), 1) if ids.len() == 1 => "The provider you ticked.".to_owned(),
        (CallFilter::Picked(ids), _) if ids.len() == count => format!("The {providers} you ticked."),
        (CallFilter::Picked(ids), _) => format!("{count} of the {} providers you ticked.", ids.len()),
        (CallFilter::Page, 0) => "Nobody to call: nobody on this page of the answer is ready or may become so.".to_owned(),
        (CallFilter::Page, _) => {
            let rank = |found: Option<&Match>| found.map_or(0, |found| found.rank);
            let (from, to) = (rank(report.matches.first()), rank(report.matches.last()));
            format!("{providers}: those of places {from} to {to} of the answer that are ready or may become so.")
        }
    }
}
