//! Choice list pages: create, print and reprint.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;

use crate::api_keys::Principal;
use crate::choice_list::language::Language;
use crate::choice_list::{ListOptions, ListOrder};
use crate::discharge::Discharge;
use crate::fuzzy::{did_you_mean, nearest};
use crate::input::errors::FieldErrors;
use crate::input::field::InputType;
use crate::input::place::FieldPlace;
use crate::ledger::list_id::ListId;
use crate::ledger::recorded_list::RecordedList;
use crate::overlay::LiveDirectory;
use crate::provider::ProviderId;
use crate::serve::choice_lists::create::record;
use crate::serve::choice_lists::document;
use crate::serve::choice_lists::find_list::recorded;
use crate::serve::choice_lists::format::ListFormat;
use crate::serve::http::extract::{CurrentPrincipal, StrictQuery, field_error};
use crate::serve::http::problem::Problem;
use crate::serve::pages::form::SubmittedForm;
use crate::serve::pages::form_parsing::asked;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::pages::layout::{PageFrame, SiteSection};
use crate::serve::pages::teaching_sheet::SheetLink;
use crate::serve::state::AppState;
use crate::text::count_text::counted;

/// The form for a list number.
#[derive(Debug, Template)]
#[template(path = "choice_list_find.html", config = "src/serve/askama.toml")]
struct FindPage<'a> {
    frame: PageFrame,
    typed: &'a str,
    fault: Option<&'a str>,
    sheets: Vec<SheetLink>,
}

/// A list on the screen: the recorded document and its actions.
#[derive(Debug, Template)]
#[template(path = "choice_list_screen.html", config = "src/serve/askama.toml")]
struct ScreenPage<'a> {
    /// With the title of the list, in its language.
    frame: PageFrame,
    /// The code of the list's language.
    language: String,
    id: String,
    /// How many pages the PDF has, such as "7 pages"; `None` if the record does not say.
    pages: Option<String>,
    /// The markup of the recorded document, unchanged.
    article: &'a str,
    /// The same list in other languages.
    others: Vec<OtherForm>,
    /// The fields that create the list in another language; empty for a reprint, because the question is not stored.
    asked: Vec<(&'a str, &'a str)>,
    /// Providers were selected, and the patient did not ask to see them first.
    is_selection_ignored: bool,
}

/// What a new list can be followed by; a reprint by nothing, because the question is not stored.
#[derive(Debug, Default)]
struct NextForms<'a> {
    others: Vec<OtherForm>,
    asked: Vec<(&'a str, &'a str)>,
    is_selection_ignored: bool,
}

/// A language of the list.
#[derive(Debug)]
struct OtherForm {
    code: &'static str,
    name: &'static str,
}

/// The form to reprint a choice list
#[utoipa::path(get, path = "/choice-list", operation_id = "page_find_list")]
pub(crate) async fn find(State(app): State<Arc<AppState>>, _: StrictQuery<()>) -> Result<Response, Problem> {
    find_page(&app, StatusCode::OK, "", None)
}

/// Create a choice list
#[utoipa::path(post, path = "/choice-list", operation_id = "page_make_list")]
pub(crate) async fn make(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    form: SubmittedForm,
) -> Result<Response, Problem> {
    let served = app.served()?;
    let discharges = discharges_of(&app, &served, &caller, &form).await?;
    let mut faults = FieldErrors::default();
    let pick = |(at, typed): (usize, &str)| {
        ProviderId::read(&Value::from(typed), FieldPlace::ROOT.field("providers").item(at), &mut faults)
    };
    let picks: Vec<_> = form.all("pick").enumerate().map(pick).collect();
    let order = typed::<ListOrder>(&form, "order", FieldPlace::ROOT.field("order"), &mut faults);
    let language = typed::<Language>(&form, "list_language", FieldPlace::ROOT.field("language"), &mut faults);
    if !faults.is_empty() {
        return Err(Problem::Invalid(faults));
    }
    let language = language.unwrap_or_default();
    let mut ticked = |name: &str| {
        if !["", "yes"].contains(&form.one(name)) {
            let hint = Some("use yes, or leave it out".to_owned());
            faults.push(field_error(&format!("/{name}"), "not_a_choice", "expected yes", hint));
        }
        form.one(name) == "yes"
    };
    let (teaching_sheets, patient_asked) = (ticked("teaching_sheets"), ticked("patient_asked"));
    if patient_asked && picks.is_empty() {
        let hint = Some("select them in the results, or clear the box".to_owned());
        faults.push(field_error("/patient_asked", "missing", "which providers did the patient ask to see first?", hint));
    }
    if !faults.is_empty() {
        return Err(Problem::Invalid(faults));
    }
    // What a case manager selected to call is no wish of the patient.
    let is_selection_ignored = !patient_asked && !picks.is_empty();
    let picks = if patient_asked { picks } else { Vec::new() };
    let wish = ListOptions { order, language, picks, teaching_sheets };
    let made = record(&app, &served, &caller, discharges, wish).await?;
    let others = Language::ALL.into_iter().filter(|other| *other != language);
    let others = others.map(|other| OtherForm { code: other.code(), name: other.name() }).collect();
    let picks = form.all("pick").map(|pick| ("pick", pick));
    let order = form.all("order").map(|order| ("order", order));
    let ticks = ["teaching_sheets", "patient_asked"];
    let ticks = ticks.into_iter().flat_map(|name| form.all(name).map(move |value| (name, value)));
    let asked = form.question().chain(picks).chain(order).chain(ticks).collect();
    screen(&app, made.id, &made.list, NextForms { others, asked, is_selection_ignored })
}

/// The discharges of the question of `form`, one for each service.
///
/// # Errors
/// Every wrong field.
pub(crate) async fn discharges_of(
    app: &AppState,
    served: &Arc<LiveDirectory>,
    caller: &Principal,
    form: &SubmittedForm,
) -> Result<Vec<Discharge>, Problem> {
    let (reading, served_to) = (form.clone(), Arc::clone(served));
    let read = app.heavy.run(caller, move || asked(&reading, served_to.base(), served_to.today())).await?;
    let read = read.map_err(|faults| {
        let told = faults.iter().map(|fault| {
            let pointer = fault.field.map(|field| format!("/{field}")).unwrap_or_default();
            field_error(&pointer, "wrong", &fault.detail, fault.hint.clone())
        });
        Problem::Invalid(told.collect())
    })?;
    Ok(read.question.discharges)
}

/// The value of a form field, parsed like a field of a request body; `None` if empty.
pub(crate) fn typed<T: InputType>(
    form: &SubmittedForm,
    name: &str,
    at: FieldPlace,
    faults: &mut FieldErrors,
) -> Option<T::Value> {
    let typed = form.one(name);
    if typed.is_empty() { None } else { T::read(&Value::from(typed), at, faults) }
}

/// Reprint a choice list
#[utoipa::path(
    post,
    path = "/choice-list/again",
    operation_id = "page_list_again",
    responses((
        status = 200,
        description = "Reprint a choice list",
        content((String = "text/html"), (String = "application/json"), (String = "application/pdf")),
    )),
)]
pub(crate) async fn again(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    form: SubmittedForm,
) -> Result<Response, Problem> {
    let typed = form.one("id");
    let format = form_wanted(form.one("as"), ListFormat::ALL)?;
    let Ok(id) = typed.parse::<ListId>() else {
        const NOT_AN_ID: &str = "A list number has 26 letters and digits in five groups.";
        let fault = if typed.is_empty() { "Enter the list number printed on the list." } else { NOT_AN_ID };
        return find_page(&app, StatusCode::UNPROCESSABLE_ENTITY, typed, Some(fault));
    };
    match (recorded(&app, id).await, format) {
        (Ok(list), Some(format)) => document(StatusCode::OK, list, format),
        (Ok(list), None) => screen(&app, id, &list, NextForms::default()),
        (Err(Problem::NoSuchList), _) => {
            let fault = "No list has that number. Compare each letter and digit with the printed list.";
            find_page(&app, StatusCode::NOT_FOUND, typed, Some(fault))
        }
        (Err(other), _) => Err(other),
    }
}

/// The requested format of the document alone, of those `offered`; `None` is the page with its frame.
pub(crate) fn form_wanted(typed: &str, offered: &[ListFormat]) -> Result<Option<ListFormat>, Problem> {
    let found = offered.iter().copied().find(|format| format.code() == typed);
    if found.is_none() && !typed.is_empty() {
        let hint = did_you_mean(&nearest(typed, offered.iter().map(|format| format.code()), 1));
        return Err(Problem::Invalid(field_error("/as", "not_a_choice", "unknown format", hint).into()));
    }
    Ok(found)
}

fn find_page(app: &AppState, status: StatusCode, typed: &str, fault: Option<&str>) -> Result<Response, Problem> {
    let frame = PageFrame::new(app, app.live.catalog().as_deref(), SiteSection::ChoiceList, "Reprint a choice list");
    html(status, &FindPage { frame, typed, fault, sheets: SheetLink::all() }, Sensitivity::Question)
}

fn screen(app: &AppState, id: ListId, list: &RecordedList, next: NextForms<'_>) -> Result<Response, Problem> {
    let NextForms { others, asked, is_selection_ignored } = next;
    let shown = ShownDocument::of(list)?;
    let language = shown.text("/language").unwrap_or_else(|| "en".to_owned());
    let title = shown.text("/printed/title").unwrap_or_else(|| "Choice list".to_owned());
    let (pages, article) = (shown.pages(), shown.article);
    let frame = PageFrame::new(app, app.live.catalog().as_deref(), SiteSection::ChoiceList, title);
    let page = ScreenPage { frame, language, id: id.to_string(), pages, article, others, asked, is_selection_ignored };
    html(StatusCode::OK, &page, Sensitivity::Question)
}

/// What the screen shows of a recorded list or letter.
pub(crate) struct ShownDocument<'a> {
    /// Its markup, unchanged.
    pub(crate) article: &'a str,
    json: Value,
}

impl<'a> ShownDocument<'a> {
    /// Of the document that was recorded in these formats.
    pub(crate) fn of(recorded: &'a RecordedList) -> Result<Self, Problem> {
        let page = recorded.document(ListFormat::Html.media_type());
        let page = page.and_then(|page| std::str::from_utf8(&page.bytes).ok());
        let article = page.and_then(article).ok_or_else(|| {
            tracing::error!("a recorded document has no article");
            Problem::Internal
        })?;
        let json = recorded.document(ListFormat::Json.media_type());
        let json = json.and_then(|json| serde_json::from_slice(&json.bytes).ok()).unwrap_or_default();
        Ok(Self { article, json })
    }

    /// A text of its JSON.
    pub(crate) fn text(&self, pointer: &str) -> Option<String> {
        self.json.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
    }

    /// How many pages the PDF has, such as "3 pages"; `None` if the record does not say.
    pub(crate) fn pages(&self) -> Option<String> {
        self.json["pages"].as_u64().map(|pages| counted(pages, "page"))
    }
}

/// The list or letter inside its document. It was escaped when it was recorded, and the seal of the ledger proves that it has not changed since.
fn article(page: &str) -> Option<&str> {
    const END: &str = "</article>";
    let (start, end) = (page.find("<article ")?, page.find(END)?);
    page.get(start..end + END.len())
}
