//! Whom to call and what to ask, for the printer.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::errors::{Hidden, hidden};
use super::{Read, counted, read};
use crate::catalog::Catalog;
use crate::discharge::{Discharge, MOST_SHOWN, Remark};
use crate::evidence::Answer;
use crate::matching::rank;
use crate::matching::report::{Asked, Fit, Match, Report};
use crate::serve::App;
use crate::serve::extract::Query;
use crate::serve::pages::answer::line::{Line, reach};
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
    hidden: Hidden,
    says: String,
    calls: Vec<CallLine>,
}

/// One call.
#[derive(Debug)]
struct CallLine {
    rank: u32,
    name: String,
    fit: &'static str,
    reach: String,
    phone: String,
    link: Option<String>,
    network: String,
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

/// The page.
pub(in crate::serve::pages) async fn page(
    State(app): State<Arc<App>>,
    _: Query<()>,
    form: Form,
) -> Result<Response, Problem> {
    let Read { catalog, discharge, remarks } = match read(&app, &form) {
        Ok(read) => read,
        Err(refused) => return refused.page(&app, &form),
    };
    let wanted = match wanted(&form, &discharge) {
        Ok(wanted) => wanted,
        Err(fault) => return super::faulty(&app, &catalog, &form, &[fault]),
    };
    let (calls, report) = called(&catalog, &discharge, &remarks, &wanted);
    let page = CallSheet {
        frame: Frame::new(&app, Some(&catalog), Section::Ask, "Call sheet"),
        question: words::question(&discharge),
        built: words::built(catalog.manifest(), (app.now)().timestamp()),
        hidden: hidden(&form.with("cursor", "")),
        says: says(&wanted, calls.len()),
        calls,
    };
    Ok(counted(html(StatusCode::OK, &page, Holds::Question)?, &catalog, &report))
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
    let picked: Vec<&str> = form.all("pick").collect();
    Ok(if picked.is_empty() { Wanted::Page } else { Wanted::Picked(picked) })
}

/// The calls, and a report with the counts of the answer.
fn called(
    catalog: &Catalog,
    discharge: &Discharge,
    remarks: &[Remark],
    wanted: &Wanted<'_>,
) -> (Vec<CallLine>, Report) {
    if matches!(wanted, Wanted::Page) {
        let report = rank(discharge, catalog, remarks);
        let calls = report.matches.iter().filter(|found| found.fit != Fit::OutOfNetwork);
        return (calls.map(|found| call(&report, found)).collect(), report);
    }
    let mut asked = Discharge { limit: MOST_SHOWN, offset: 0, ..discharge.clone() };
    let mut calls = Vec::new();
    loop {
        let report = rank(&asked, catalog, remarks);
        let chosen = report.matches.iter().filter(|found| match wanted {
            Wanted::Picked(ids) => ids.contains(&found.provider.id.as_str()),
            Wanted::SilentOn(asked) => silent_on(found, *asked),
            Wanted::Page => true,
        });
        calls.extend(chosen.map(|found| call(&report, found)));
        if report.next_cursor.is_none() {
            return (calls, report);
        }
        asked.offset += MOST_SHOWN;
    }
}

/// Whether `found` would be ready, had it not been silent on `asked` alone: what a suggestion to confirm counts.
fn silent_on(found: &Match, asked: Asked) -> bool {
    let open = found.acceptance.answers.iter().filter(|answer| answer.required && answer.answer != Answer::Yes);
    let open: Vec<Asked> = open.map(|answer| answer.asked).collect();
    found.fit == Fit::AskProvider && open == [asked]
}

fn call(report: &Report, found: &Match) -> CallLine {
    let known = report.call_sheet.iter().find(|call| call.rank == found.rank);
    let mut questions = known.map(|call| call.questions.clone()).unwrap_or_default();
    questions.push(format!("Can you take the patient on {}?", report.discharge.on));
    questions.dedup();
    let line = Line::of(found, &report.discharge);
    let unit = if report.discharge.within.is_some() { " miles" } else { "" };
    CallLine {
        rank: found.rank,
        name: words::name_and_town(&found.provider),
        fit: found.fit.label(),
        reach: format!("{}{unit}", reach(found, &report.discharge)),
        phone: words::phone(&found.provider),
        link: line.phone.map(|(_, link)| link),
        network: words::network(&found.network),
        questions,
    }
}

fn says(wanted: &Wanted<'_>, count: usize) -> String {
    let providers = words::counted(count as u64, "provider");
    match wanted {
        Wanted::SilentOn(asked) => {
            format!("{providers} silent on {} alone: each is ready if they say yes.", asked.label())
        }
        Wanted::Picked(_) => format!("The {providers} you ticked."),
        Wanted::Page => format!("{providers}: those of the page of the answer that are ready or may become so."),
    }
}
