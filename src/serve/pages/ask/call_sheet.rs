//! The call sheet: providers to call and questions to ask, for print and to record the answers.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::discharge::{Discharge, MOST_SHOWN, Notice};
use crate::evidence::Tristate;
use crate::matching::questions::is_to_ask;
use crate::matching::report::{AcceptanceAnswer, FitTier, Match, Report};
use crate::matching::requirement::Requirement;
use crate::overlay::LiveDirectory;
use crate::phrases::tiers::tier;
use crate::serve::http::extract::{CurrentPrincipal, PagePath, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::observation_records::version_of;
use crate::serve::pages::answer::line::{MatchRow, reach};
use crate::serve::pages::answer::selection::named;
use crate::serve::pages::ask;
use crate::serve::pages::ask::call_sheet::answer_form::{AnswerForm, RefusedAnswers};
use crate::serve::pages::ask::errors::{HiddenField, hidden, hidden_with_ticks};
use crate::serve::pages::ask::{ResolvedForm, read, with_summary};
use crate::serve::pages::form::{SubmittedForm, question_fields};
use crate::serve::pages::form_parsing::form_error::FormError;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::pages::kept_form::{keep_form, open_form};
use crate::serve::pages::layout::{PageFrame, SiteSection, with_session_of_request};
use crate::serve::state::AppState;
use crate::service::{Limit, Service};
use crate::text::count_text::counted;
use crate::text::us_date::us_date;
use crate::{phrases, query};

pub(crate) mod answer_form;
pub(crate) mod answers;

/// How many providers are called at the same time: about half a call more, and the answer sooner.
const AT_ONCE: usize = 3;

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
    missing: Vec<MissingProvider>,
    /// No match says that it has room, though some meet the requirements.
    asks_room_first: bool,
    /// The calls, those to make at the same time together.
    groups: Vec<Vec<CallLine>>,
    /// The fields that show this sheet again, with every provider on it.
    fields: HiddenField,
    /// Whether answers can be recorded.
    records: bool,
}

/// A provider of the sheet that is no longer in the answer.
#[derive(Debug)]
struct MissingProvider {
    id: String,
    name: String,
    version: String,
    /// Why answers that were sent for it were not recorded.
    faults: Vec<String>,
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
    answers: AnswerForm,
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

/// Ask for a call sheet
///
/// The question and the selection are sealed for fifteen minutes, and the browser goes on to the call sheet.
#[utoipa::path(
    post,
    path = "/call-sheet",
    operation_id = "page_call_sheet",
    responses((status = 303, description = "The browser goes on to the call sheet.")),
)]
pub(crate) async fn submit(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    form: SubmittedForm,
) -> Result<Response, Problem> {
    keep_form(&app, &caller, &form, "/call-sheet", "").await
}

/// A call sheet to print
#[utoipa::path(
    get,
    path = "/call-sheet/{token}",
    operation_id = "page_calls",
    params(("token" = String, Path, description = "The token of the question.")),
    responses((
        status = 410,
        description = "The question was deleted, or belongs to another sign-in.",
        content((String = "text/html")),
    )),
)]
pub(crate) async fn page(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    PagePath(token): PagePath,
) -> Result<Response, Problem> {
    let Some(form) = open_form(&app, &caller, token).await? else { return ask::expired(&app) };
    let working = Arc::clone(&app);
    app.heavy.run(&caller, with_session_of_request(move || sheet_page(&working, &form, None))).await?
}

/// The fields of `form` that show its sheet again.
pub(crate) fn sheet_fields(form: &SubmittedForm) -> SubmittedForm {
    form.only(|name| {
        question_fields().any(|field| field == name) || ["pick", "confirm", "call", "heard_by", "heard_unit"].contains(&name)
    })
}

/// The sheet of `form`; `refused` are answers that were sent and not recorded.
pub(crate) fn sheet_page(
    app: &AppState,
    form: &SubmittedForm,
    refused: Option<&RefusedAnswers<'_>>,
) -> Result<Response, Problem> {
    let ResolvedForm { served, discharge, remarks, by_phone, .. } = match read(app, form) {
        Ok(read) => read,
        Err(rejected) => return rejected.page(app, form),
    };
    let catalog = served.base();
    let wanted = match wanted(form, &discharge) {
        Ok(wanted) => wanted,
        Err(fault) => return ask::faulty(app, catalog, form, &[fault]),
    };
    let answers = |report: &Report, found: &Match| {
        let refused = refused.filter(|refused| refused.form.one("provider") == found.provider.id.as_str());
        AnswerForm::new(&served, &report.discharge, found, form, &app.hospital.units, refused)
    };
    let (mut calls, report) = called(&served, &discharge, &remarks, &wanted, by_phone.is_empty(), answers);
    for call in &mut calls {
        call.questions.extend(by_phone.questions());
        call.answers.by_hand.extend(by_phone.texts().map(|text| format!("\u{201c}{text}\u{201d}")));
    }
    let missing = missing(&wanted, &calls).into_iter().map(|id| MissingProvider {
        id: id.to_owned(),
        name: named(catalog, id),
        version: id.parse().map(|own| version_of(&served, &own)).unwrap_or_default(),
        faults: refused
            .filter(|refused| refused.form.one("provider") == id)
            .map(|refused| refused.faults.clone())
            .unwrap_or_default(),
    });
    let count = |fit| report.counts.get(&fit).copied().unwrap_or_default();
    let page = CallSheet {
        frame: PageFrame::new(app, Some(catalog), SiteSection::Ask, "Call sheet"),
        question: phrases::question(&discharge),
        built: phrases::built(catalog.manifest(), (app.now)().timestamp()),
        hidden: hidden_with_ticks(form),
        remarks: report.remarks.iter().map(phrases::safety::notice).collect(),
        says: says(&wanted, &report, calls.len()),
        missing: missing.collect(),
        asks_room_first: count(FitTier::Ready) == 0 && count(FitTier::Meets) > 0,
        fields: fields(form, &wanted, &calls),
        records: app.ledger.is_some(),
        groups: grouped(calls),
    };
    Ok(with_summary(app, html(StatusCode::OK, &page, Sensitivity::Question)?, catalog, &report))
}

/// The question, and every provider of the sheet by its id: an answer may move it to another page.
fn fields(form: &SubmittedForm, wanted: &CallFilter<'_>, calls: &[CallLine]) -> HiddenField {
    let ids: Vec<&str> = match wanted {
        CallFilter::Picked(ids) | CallFilter::Confirm(_, ids) => ids.clone(),
        CallFilter::Page => calls.iter().map(|call| call.id.as_str()).collect(),
    };
    let picks = ids.into_iter().map(|id| ("pick".to_owned(), id.to_owned()));
    hidden(form).into_iter().filter(|(name, _)| name != "cursor").chain(picks).collect()
}

fn grouped(calls: Vec<CallLine>) -> Vec<Vec<CallLine>> {
    let mut groups: Vec<Vec<CallLine>> = Vec::new();
    for call in calls {
        match groups.last_mut().filter(|group| group.len() < AT_ONCE) {
            Some(group) => group.push(call),
            None => groups.push(vec![call]),
        }
    }
    groups
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
    needs.chain(Limit::ALL.into_iter().map(Requirement::Limit)).chain(Requirement::CONDITIONS)
}

/// The rows of the sheet, and a report with the counts of the answer. `is_all_known` says that nothing is asked by phone alone.
fn called(
    served: &LiveDirectory,
    discharge: &Discharge,
    remarks: &[Notice],
    wanted: &CallFilter<'_>,
    is_all_known: bool,
    answers: impl Fn(&Report, &Match) -> AnswerForm,
) -> (Vec<CallLine>, Report) {
    let is_page = matches!(wanted, CallFilter::Page);
    let mut asked = discharge.clone();
    if !is_page {
        (asked.limit, asked.offset) = (MOST_SHOWN, 0);
    }
    let mut calls = Vec::new();
    loop {
        let report = query::report(served, &asked, remarks);
        let found = report.matches.iter().filter(|found| wanted.holds(found));
        calls.extend(found.map(|found| call(&report, found, is_all_known, answers(&report, found))));
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

/// `is_all_known` says that nothing is asked by phone alone.
fn call(report: &Report, found: &Match, is_all_known: bool, answers: AnswerForm) -> CallLine {
    let listed = report.call_sheet.iter().find(|call| call.rank == found.rank);
    let mut questions = listed.map(|call| call.questions.clone()).unwrap_or_default();
    // Room alone is what a referral asks too.
    let is_open = |answer: &AcceptanceAnswer| is_to_ask(answer, report.discharge.asked_on);
    let is_answered = is_all_known && !found.acceptance.answers.iter().any(is_open);
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
        known: known(found, report.discharge.service, is_answered),
        questions,
        answers,
    }
}

fn known(found: &Match, service: Service, is_answered: bool) -> Vec<String> {
    let availability = &found.availability;
    let by = availability.evidence.as_ref().map(|by| format!(" ({})", phrases::evidence(by))).unwrap_or_default();
    let full = phrases::no_room_through(availability.room_from);
    let stated = full.or_else(|| availability.days.map(|_| phrases::room(availability, service)));
    let record = found.chance.room_counts;
    let room = (record.asked > 0).then(|| format!("Room: {} (90 days)", phrases::likelihood::room_record(record)));
    let stated = stated.map(|room| format!("{room}{by}")).into_iter().chain(room);
    let outcomes = found.outcomes.as_ref().map(phrases::likelihood::outcomes);
    let may_have_room = found.fit != FitTier::NoRoom;
    let is_enough = is_answered && may_have_room && found.network.status.is_covered() && found.chance.is_enough_to_refer();
    let chance = phrases::likelihood::chance_percent(found.chance.chance);
    let quicker = is_enough.then(|| format!("Chance {chance}: a referral without a call first may be quicker"));
    stated.chain(outcomes).chain(quicker).collect()
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
