//! The page of a teaching sheet, and the sheet alone for printing.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::choice_list::document::ListBlock;
use crate::choice_list::document::ListDocument;
use crate::choice_list::language::Language;
use crate::choice_list::teaching_sheet::TeachingSheet;
use crate::input::errors::FieldErrors;
use crate::serve::choice_lists::format::ListFormat;
use crate::serve::http::extract::{QueryParams, StrictQuery, field_error};
use crate::serve::http::problem::Problem;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::pages::layout::{PageFrame, SiteSection};
use crate::serve::state::AppState;
use crate::serve::teaching_sheets::{SheetLanguage, SheetPath, sheet_document};
use crate::service::Service;

/// A teaching sheet with its actions.
#[derive(Debug, Template)]
#[template(path = "teaching_sheet.html", config = "src/serve/askama.toml")]
struct TeachingSheetPage<'a> {
    frame: PageFrame,
    service: &'static str,
    language: &'static str,
    paper: &'a ListDocument,
    /// The same sheet in other languages.
    others: Vec<LanguageLink>,
    /// All sheets.
    sheets: Vec<SheetLink>,
}

/// A language of the sheet.
#[derive(Debug)]
struct LanguageLink {
    code: &'static str,
    name: &'static str,
}

/// A sheet of one level of care.
#[derive(Debug)]
pub(crate) struct SheetLink {
    /// The code of the level of care.
    pub(crate) service: &'static str,
    /// Its label.
    pub(crate) label: &'static str,
}

impl SheetLink {
    /// Every sheet.
    pub(crate) fn all() -> Vec<Self> {
        Service::ALL.map(|service| Self { service: service.code(), label: service.label() }).into()
    }
}

/// The parameters of the page.
#[derive(Debug)]
pub(crate) struct SheetQuery {
    language: Language,
    /// The format of the sheet alone; `None` for the page.
    format: Option<ListFormat>,
}

impl QueryParams for SheetQuery {
    const KNOWN: &'static [&'static str] = &["language", "as"];

    fn read(value: impl Fn(&str) -> Option<String>, faults: &mut FieldErrors) -> Self {
        let language = SheetLanguage::of(value("language"), faults);
        let format = value("as").and_then(|typed| {
            let found = ListFormat::ALL.iter().copied().find(|format| format.code() == typed);
            if found.is_none() {
                faults.push(field_error(
                    "?as",
                    "not_a_choice",
                    "unknown format of a sheet",
                    Some("use html or pdf".to_owned()),
                ));
            }
            found
        });
        Self { language, format }
    }
}

/// A teaching sheet for patients
#[utoipa::path(
    get,
    path = "/teaching-sheets/{service}",
    operation_id = "page_teaching_sheet",
    params(
        ("service" = Service, Path, description = "A service's code."),
        ("language" = Option<Language>, Query, description = "English if omitted."),
        ("as" = Option<String>, Query, description = "`html`, `pdf` or `json` for the sheet alone."),
    ),
    responses((
        status = 200,
        description = "A teaching sheet for patients",
        content((String = "text/html"), (String = "application/json"), (String = "application/pdf")),
    )),
)]
pub(crate) async fn page(
    State(app): State<Arc<AppState>>,
    StrictQuery(query): StrictQuery<SheetQuery>,
    SheetPath(service): SheetPath,
) -> Result<Response, Problem> {
    let sheet = TeachingSheet { service, language: query.language };
    if let Some(format) = query.format {
        return sheet_document(&app, sheet, format);
    }
    let paper = sheet.document(&app.hospital, (app.now)().date());
    let others = Language::ALL.into_iter().filter(|other| *other != query.language);
    let page = TeachingSheetPage {
        frame: PageFrame::new(&app, app.live.catalog().as_deref(), SiteSection::ChoiceList, sheet.title()),
        service: service.code(),
        language: query.language.code(),
        paper: &paper,
        others: others.map(|other| LanguageLink { code: other.code(), name: other.name() }).collect(),
        sheets: SheetLink::all(),
    };
    html(StatusCode::OK, &page, Sensitivity::Nothing)
}
