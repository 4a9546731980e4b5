//! Network-gap packet pages: the form from an answer, the letter, and the same letter again.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::gap_packet::plan_kind::PlanKind;
use crate::input::errors::FieldErrors;
use crate::input::place::FieldPlace;
use crate::ledger::packet_id::PacketId;
use crate::ledger::recorded_list::RecordedList;
use crate::matching::report::Report;
use crate::phrases;
use crate::serve::choice_lists::format::ListFormat;
use crate::serve::gap_packets::create::record;
use crate::serve::gap_packets::find_packet::recorded;
use crate::serve::gap_packets::{document, one_of_plan};
use crate::serve::http::extract::{CurrentPrincipal, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::pages::ask;
use crate::serve::pages::ask::ResolvedForm;
use crate::serve::pages::choice_list::{ShownDocument, discharges_of, form_wanted, typed};
use crate::serve::pages::form::SubmittedForm;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::pages::layout::{PageFrame, SiteSection};
use crate::serve::state::AppState;
use crate::text::count_text::counted;
use crate::{matching, query};

/// The form from an answer.
#[derive(Debug, Template)]
#[template(path = "gap_packet_form.html", config = "src/serve/askama.toml")]
struct PacketFormPage<'a> {
    frame: PageFrame,
    /// The question in one line.
    question: String,
    /// How many providers in network have not answered, and what that means; `None` if there is none.
    unanswered: Option<String>,
    /// Why the letter cannot be made for this question; `None` if it can be tried.
    refusal: Option<String>,
    /// The fields of the question.
    asked: Vec<(&'a str, &'a str)>,
    /// The kinds of plans.
    kinds: Vec<(&'static str, &'static str)>,
}

/// The form for a packet number.
#[derive(Debug, Template)]
#[template(path = "gap_packet_find.html", config = "src/serve/askama.toml")]
struct PacketFindPage<'a> {
    frame: PageFrame,
    typed: &'a str,
    fault: Option<&'a str>,
}

/// A letter on the screen: the recorded document and its actions.
#[derive(Debug, Template)]
#[template(path = "gap_packet_screen.html", config = "src/serve/askama.toml")]
struct PacketScreenPage<'a> {
    frame: PageFrame,
    id: String,
    /// How many pages the PDF has, such as "3 pages"; `None` if the record does not say.
    pages: Option<String>,
    /// The markup of the recorded document, unchanged.
    article: &'a str,
}

/// The form to reprint a network-gap packet
#[utoipa::path(get, path = "/gap-packet", operation_id = "page_find_packet")]
pub(crate) async fn find(State(app): State<Arc<AppState>>, _: StrictQuery<()>) -> Result<Response, Problem> {
    find_page(&app, StatusCode::OK, "", None)
}

/// Prepare a network-gap packet
///
/// From the answer, where nobody in network meets the question.
#[utoipa::path(post, path = "/gap-packet/new", operation_id = "page_prepare_packet")]
pub(crate) async fn prepare(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    form: SubmittedForm,
) -> Result<Response, Problem> {
    let ResolvedForm { served, discharge, others, remarks, .. } = match ask::read(&app, &form) {
        Ok(read) => read,
        Err(refused) => return refused.page(&app, &form),
    };
    let report = query::report(&served, &discharge, &remarks);
    let mut faults = FieldErrors::default();
    let all = std::iter::once(discharge.clone()).chain(others).collect();
    let refusal = one_of_plan(all, "", &mut faults).is_none().then(|| in_words(&faults));
    let page = PacketFormPage {
        frame: PageFrame::new(&app, Some(served.base()), SiteSection::Ask, "Ask the plan for an exception"),
        question: phrases::question(&discharge),
        unanswered: unanswered(&report),
        refusal,
        asked: form.question().collect(),
        kinds: PlanKind::ALL.map(|kind| (kind.code(), kind.label())).to_vec(),
    };
    html(StatusCode::OK, &page, Sensitivity::Question)
}

fn unanswered(report: &Report) -> Option<String> {
    let open = report.count(matching::report::FitTier::AskProvider);
    (open > 0).then(|| {
        let verb = if open == 1 { "has" } else { "have" };
        format!(
            "{} in network {verb} not said whether everything required is taken. Call first: a yes closes the gap.",
            counted(open.into(), "provider")
        )
    })
}

/// The errors as sentences.
fn in_words(faults: &FieldErrors) -> String {
    let said = faults.iter().map(|fault| match &fault.hint {
        Some(hint) => format!("{}: {hint}.", fault.detail),
        None => format!("{}.", fault.detail),
    });
    said.collect::<Vec<_>>().join(" ")
}

/// Make a network-gap packet
#[utoipa::path(post, path = "/gap-packet", operation_id = "page_make_packet")]
pub(crate) async fn make(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    form: SubmittedForm,
) -> Result<Response, Problem> {
    let served = app.served()?;
    let discharges = discharges_of(&app, &served, &caller, &form).await?;
    let mut faults = FieldErrors::default();
    let plan_kind = typed::<PlanKind>(&form, "plan_kind", FieldPlace::ROOT.field("plan_kind"), &mut faults);
    let discharge = one_of_plan(discharges, "", &mut faults);
    let Some(discharge) = discharge.filter(|_| faults.is_empty()) else { return Err(Problem::Invalid(faults)) };
    let made = record(&app, &served, &caller, discharge, plan_kind).await?;
    screen(&app, made.id, &made.documents)
}

/// Reprint a network-gap packet
#[utoipa::path(
    post,
    path = "/gap-packet/again",
    operation_id = "page_packet_again",
    responses((
        status = 200,
        description = "Reprint a network-gap packet",
        content((String = "text/html"), (String = "application/json"), (String = "application/pdf"), (String = "text/csv")),
    )),
)]
pub(crate) async fn again(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    form: SubmittedForm,
) -> Result<Response, Problem> {
    let typed = form.one("id");
    let format = form_wanted(form.one("as"), ListFormat::OF_PACKET)?;
    let Ok(id) = typed.parse::<PacketId>() else {
        const NOT_AN_ID: &str = "A packet number has 26 letters and digits in five groups.";
        let fault = if typed.is_empty() { "Enter the packet number printed on the letter." } else { NOT_AN_ID };
        return find_page(&app, StatusCode::UNPROCESSABLE_ENTITY, typed, Some(fault));
    };
    match (recorded(&app, id).await, format) {
        (Ok(documents), Some(format)) => document(StatusCode::OK, documents, format),
        (Ok(documents), None) => screen(&app, id, &documents),
        (Err(Problem::NoSuchPacket), _) => {
            let fault = "No packet has that number. Compare each letter and digit with the printed letter.";
            find_page(&app, StatusCode::NOT_FOUND, typed, Some(fault))
        }
        (Err(other), _) => Err(other),
    }
}

fn find_page(app: &AppState, status: StatusCode, typed: &str, fault: Option<&str>) -> Result<Response, Problem> {
    let frame = PageFrame::new(app, app.live.catalog().as_deref(), SiteSection::Elsewhere, "Reprint a network-gap packet");
    html(status, &PacketFindPage { frame, typed, fault }, Sensitivity::Question)
}

fn screen(app: &AppState, id: PacketId, documents: &RecordedList) -> Result<Response, Problem> {
    let shown = ShownDocument::of(documents)?;
    let title = shown.text("/printed/title").unwrap_or_else(|| "Network-gap packet".to_owned());
    let (pages, article) = (shown.pages(), shown.article);
    let frame = PageFrame::new(app, app.live.catalog().as_deref(), SiteSection::Ask, title);
    html(StatusCode::OK, &PacketScreenPage { frame, id: id.to_string(), pages, article }, Sensitivity::Question)
}
