//! Whom to call and what to ask, for the printer.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::errors::{Hidden, hidden_with_ticks};
use super::{Read, counted, read};
use crate::discharge::{Discharge, MOST_SHOWN, Remark};
use crate::evidence::Answer;
use crate::live::Live;
use crate::matching::report::{Asked, Fit, Match, Report};
use crate::serve::App;
use crate::serve::answer;
use crate::serve::extract::Query;
use crate::serve::pages::answer::line::{Line, reach};
use crate::serve::pages::answer::ticked::named;
use crate::serve::pages::asked::Fault;
use crate::serve::pages::form::Form;
use crate::serve::pages::frame::{Frame, Section};
use crate::serve::pages::{Holds, html};
use crate::serve::problem::Problem;
use crate::words;

/// The sheet.
#[derive(Debug, Template)]
#[template(path = "call_sheet.html", config = "src/serve/askama.toml")]
struct CallSheet {
    frame: Frame,
    question: String,
    built: String,
    /// The question, the page it was shown on, and what was ticked: for the way back.
    hidden: Hidden,
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
enum Wanted<'a> {
    /// Those ticked.
    Picked(Vec<&'a str>),
    /// Those silent on one thing alone.
    SilentOn(Asked),
    /// Those of the page that may become ready or are.
    Page,
}

impl Wanted<'_> {
    fn holds(&self, found: &Match) -> bool {
        match self {
            Self::Picked(ids) => ids.contains(&found.provider.id.as_str()),
            Self::SilentOn(asked) => silent_on(found, *asked),
            Self::Page => found.fit != Fit::OutOfNetwork,
        }
    }
}

/// The page.
pub(in crate::serve::pages) async fn page(
    State(app): State<Arc<App>>,
    _: Query<()>,
    form: Form,
) -> Result<Response, Problem> {
    let Read { served, discharge, remarks } = match read(&app, &form) {
        Ok(read) => read,
        Err(refused) => return refused.page(&app, &form),
    };
    let catalog = served.base();
    let wanted = match wanted(&form, &discharge) {
        Ok(wanted) => wanted,
        Err(fault) => return super::faulty(&app, catalog, &form, &[fault]),
    };
    let (calls, report) = called(&served, &discharge, &remarks, &wanted);
    let missing = missing(&wanted, &calls);
    let page = CallSheet {
        frame: Frame::new(&app, Some(catalog), Section::Ask, "Call sheet"),
        question: words::question(&discharge),
        built: words::built(catalog.manifest(), (app.now)().timestamp()),
        hidden: hidden_with_ticks(&form),
        remarks: report.remarks.iter().map(|remark| remark.text.clone()).collect(),
        says: says(&wanted, &report, calls.len()),
        missing: missing.into_iter().map(|id| named(catalog, id)).collect(),
        calls,
    };
    Ok(counted(html(StatusCode::OK, &page, Holds::Question)?, catalog, &report))
}

fn wanted<'a>(form: &'a Form, discharge: &Discharge) -> Result<Wanted<'a>, Fault> {
    let confirm = form.one("confirm");
    if !confirm.is_empty() {
        let limits = crate::care::Limit::ALL.into_iter().map(Asked::Limit);
        let needs = discharge.required.iter().map(Asked::Need);
        let mut known = needs.chain(limits).chain([Asked::Language, Asked::Sex]);
        let asked = known.find(|asked| asked.code() == confirm);
        let fault =
            || Fault { field: None, ..Fault::of("", "What is to be confirmed is not asked for in this question.") };
        return asked.map(Wanted::SilentOn).ok_or_else(fault);
    }
    let mut picked: Vec<&str> = Vec::new();
    for id in form.all("pick") {
        if !picked.contains(&id) {
            picked.push(id);
        }
    }
    Ok(if picked.is_empty() { Wanted::Page } else { Wanted::Picked(picked) })
}

/// The calls, and a report with the counts of the answer.
fn called(served: &Live, discharge: &Discharge, remarks: &[Remark], wanted: &Wanted<'_>) -> (Vec<CallLine>, Report) {
    let is_page = matches!(wanted, Wanted::Page);
    let mut asked = discharge.clone();
    if !is_page {
        (asked.limit, asked.offset) = (MOST_SHOWN, 0);
    }
    let mut calls = Vec::new();
    loop {
        let report = answer::report(served, &asked, remarks);
        calls.extend(report.matches.iter().filter(|found| wanted.holds(found)).map(|found| call(&report, found)));
        if is_page || report.next_cursor.is_none() {
            return (calls, report);
        }
        asked.offset += MOST_SHOWN;
    }
}

/// Those ticked that are not called, because they are not in the answer.
fn missing<'a>(wanted: &Wanted<'a>, calls: &[CallLine]) -> Vec<&'a str> {
    let Wanted::Picked(ids) = wanted else { return Vec::new() };
    ids.iter().copied().filter(|id| calls.iter().all(|call| call.id != *id)).collect()
}

/// Whether `found` would be ready, had it not been silent on `asked` alone: what a suggestion to confirm counts.
fn silent_on(found: &Match, asked: Asked) -> bool {
    let open = found.acceptance.answers.iter().filter(|answer| answer.required && answer.answer != Answer::Yes);
    let open: Vec<Asked> = open.map(|answer| answer.asked).collect();
    found.fit == Fit::AskProvider && open == [asked]
}

fn call(report: &Report, found: &Match) -> CallLine {
    let listed = report.call_sheet.iter().find(|call| call.rank == found.rank);
    let mut questions = listed.map(|call| call.questions.clone()).unwrap_or_default();
    questions.push(format!("Can you take the patient on {}?", report.discharge.on));
    questions.dedup();
    let line = Line::of(found, &report.discharge);
    let unit = if report.discharge.within.is_some() { " miles" } else { "" };
    CallLine {
        id: line.id,
        rank: found.rank,
        name: words::name_and_town(&found.provider),
        fit: found.fit.label(),
        reach: format!("{}{unit}", reach(found, &report.discharge)),
        phone: words::phone(&found.provider),
        link: line.phone.map(|(_, link)| link),
        network: words::network(&found.network),
        known: known(found),
        questions,
    }
}

fn known(found: &Match) -> Vec<String> {
    let by = found.availability.evidence.as_ref().map(|by| format!(" ({by})")).unwrap_or_default();
    let room = found.availability.days.map(|_| format!("{}{by}", words::room(&found.availability)));
    room.into_iter().chain(found.outcomes.map(words::outcomes)).collect()
}

fn says(wanted: &Wanted<'_>, report: &Report, count: usize) -> String {
    let providers = words::counted(count as u64, "provider");
    match (wanted, count) {
        (Wanted::SilentOn(asked), 0) => format!("Nobody to call: nobody is silent on {} alone.", asked.label()),
        (Wanted::SilentOn(asked), _) => {
            format!("{providers} silent on {} alone: each is ready if they say yes.", asked.label())
        }
        (Wanted::Picked(_), 0) => "Nobody to call: none of those you ticked is in the answer.".to_owned(),
        (Wanted::Picked(ids), 1) if ids.len() == 1 => "The provider you ticked.".to_owned(),
        (Wanted::Picked(ids), _) if ids.len() == count => format!("The {providers} you ticked."),
        (Wanted::Picked(ids), _) => format!("{count} of the {} providers you ticked.", ids.len()),
        (Wanted::Page, 0) => "Nobody to call: nobody on this page of the answer is ready or may become so.".to_owned(),
        (Wanted::Page, _) => {
            let rank = |found: Option<&Match>| found.map_or(0, |found| found.rank);
            let (from, to) = (rank(report.matches.first()), rank(report.matches.last()));
            format!("{providers}: those of places {from} to {to} of the answer that are ready or may become so.")
        }
    }
}
