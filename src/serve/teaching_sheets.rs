//! `GET /v1/teaching-sheets/{service}`: a teaching sheet alone, as JSON, HTML or PDF. The page is in `pages/teaching_sheet.rs`.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequestParts, State};
use axum::http::header::{CACHE_CONTROL, VARY};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::choice_list::document::ListDocument;
use crate::choice_list::language::Language;
use crate::choice_list::teaching_sheet::TeachingSheet;
use crate::choice_list::teaching_text::SheetRule;
use crate::fuzzy::{did_you_mean, nearest};
use crate::input::errors::FieldErrors;
use crate::serve::choice_lists::format::ListFormat;
use crate::serve::choice_lists::html;
#[cfg(feature = "pdf")]
use crate::serve::choice_lists::pdf;
use crate::serve::choice_lists::printed_json::PrintedJson;
use crate::serve::http::body::rendered;
use crate::serve::http::extract::{QueryParams, StrictQuery, field_error};
use crate::serve::http::problem::Problem;
use crate::serve::state::AppState;
use crate::service::Service;

/// Read a teaching sheet
///
/// One page about one level of care for patients: what it is, who pays, what to ask, what its stars mean and how to appeal,
/// in plain words, with the rules of law behind it. It is the sheet that a choice list prints with `teaching_sheets`, and
/// holds nothing about a patient or a provider.
#[utoipa::path(
    get,
    path = "/v1/teaching-sheets/{service}",
    operation_id = "read_teaching_sheet",
    tag = "lists",
    params(
        ("service" = Service, Path, description = "A service's code."),
        ("language" = Option<Language>, Query, description = "English if omitted."),
    ),
    responses((status = 200, description = "The sheet, in the format that Accept asks for", content(
        (TeachingSheetJson = "application/json"),
        (String = "text/html"),
        (String = "application/pdf"),
    ))),
)]
pub(crate) async fn read(
    State(app): State<Arc<AppState>>,
    StrictQuery(SheetLanguage(language)): StrictQuery<SheetLanguage>,
    headers: HeaderMap,
    SheetPath(service): SheetPath,
) -> Result<Response, Problem> {
    let format = ListFormat::requested(&headers, ListFormat::ALL)?;
    sheet_document(&app, TeachingSheet { service, language }, format)
}

/// `sheet` in one format.
pub(crate) fn sheet_document(app: &AppState, sheet: TeachingSheet, format: ListFormat) -> Result<Response, Problem> {
    let today = (app.now)().date();
    let paper = sheet.document(&app.hospital, today);
    let bytes = match format {
        ListFormat::Json => rendered(&TeachingSheetJson::new(sheet, &paper, pages(&paper)?))?.to_vec(),
        ListFormat::Html => html::written(&paper)?,
        #[cfg(feature = "pdf")]
        ListFormat::Pdf => pdf::written(&paper, &pdf::laid_out(&paper)?, None, today)?,
        #[cfg(not(feature = "pdf"))]
        ListFormat::Pdf => return Err(Problem::Internal),
        // A sheet has no table, and it is not offered.
        ListFormat::Csv => return Err(Problem::Internal),
    };
    let mut response = (StatusCode::OK, Bytes::from(bytes)).into_response();
    let headers = response.headers_mut();
    format.describe(headers, "teaching-sheet");
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(VARY, HeaderValue::from_static("Accept"));
    Ok(response)
}

/// The number of pages of the PDF; `None` in a build without PDF.
#[cfg(feature = "pdf")]
fn pages(paper: &ListDocument) -> Result<Option<usize>, Problem> {
    Ok(Some(pdf::laid_out(paper)?.pages.len()))
}

#[cfg(not(feature = "pdf"))]
#[expect(clippy::unnecessary_wraps, reason = "the other build can fail")]
fn pages(_: &ListDocument) -> Result<Option<usize>, Problem> {
    Ok(None)
}

/// A teaching sheet.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TeachingSheet)]
pub(crate) struct TeachingSheetJson<'a> {
    /// The level of care it is about.
    #[schema(value_type = Service)]
    service: &'static str,
    /// The language of its text.
    #[schema(value_type = Language)]
    language: &'static str,
    /// Its title.
    title: &'static str,
    /// The version of its texts.
    version: u32,
    /// Whether a person has reviewed its texts. Until then it is a draft and says so.
    reviewed: bool,
    /// The day of that review; null if there was none.
    #[schema(required)]
    reviewed_on: Option<Date>,
    /// The number of pages of the PDF; null if this server makes no PDF.
    #[schema(required)]
    pages: Option<usize>,
    /// The rules of law that it cites, in the order of their numbers.
    rules: Vec<SheetRuleJson>,
    /// The printed text, word for word.
    printed: PrintedJson<'a>,
}

impl<'a> TeachingSheetJson<'a> {
    fn new(sheet: TeachingSheet, paper: &'a ListDocument, pages: Option<usize>) -> Self {
        Self {
            service: sheet.service.code(),
            language: sheet.language.code(),
            title: sheet.title(),
            version: sheet.version(),
            reviewed: sheet.reviewed_on().is_some(),
            reviewed_on: sheet.reviewed_on(),
            pages,
            rules: sheet.rules().into_iter().map(SheetRuleJson::from).collect(),
            printed: paper.into(),
        }
    }
}

/// A rule of law behind a sheet.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SheetRule)]
struct SheetRuleJson {
    /// How it is cited.
    #[schema(examples("42 CFR 409.42"))]
    citation: &'static str,
    /// The first day for which the sheet states it.
    effective: Date,
    /// The day by which it must be reviewed again.
    review_by: Date,
    /// The day on which a named person reviewed it; null if none has.
    #[schema(required)]
    reviewed_on: Option<Date>,
}

impl From<&'static SheetRule> for SheetRuleJson {
    fn from(rule: &'static SheetRule) -> Self {
        Self {
            citation: &rule.citation,
            effective: rule.effective,
            review_by: rule.review_by,
            reviewed_on: rule.reviewed_on(),
        }
    }
}

/// The service in a path.
#[derive(Debug)]
pub(crate) struct SheetPath(pub(crate) Service);

impl<S: Send + Sync> FromRequestParts<S> for SheetPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        #[expect(clippy::disallowed_types, reason = "wrapped here, so that its rejection never reaches a caller")]
        let text = axum::extract::Path::<String>::from_request_parts(parts, state).await;
        text.ok().and_then(|text| text.0.parse().ok()).map(Self).ok_or(Problem::NoSuchSheet)
    }
}

/// The language of a sheet.
#[derive(Debug)]
pub(crate) struct SheetLanguage(pub(crate) Language);

impl SheetLanguage {
    /// Reads the parameter `language`.
    pub(crate) fn of(typed: Option<String>, faults: &mut FieldErrors) -> Language {
        let Some(typed) = typed else { return Language::default() };
        let found = Language::ALL.into_iter().find(|language| language.code() == typed);
        found.unwrap_or_else(|| {
            let hint = did_you_mean(&nearest(&typed, Language::ALL.map(Language::code), 1));
            let hint = hint.unwrap_or_else(|| "use en or es".to_owned());
            faults.push(field_error("?language", "not_a_choice", "there is no sheet in that language", Some(hint)));
            Language::default()
        })
    }
}

impl QueryParams for SheetLanguage {
    const KNOWN: &'static [&'static str] = &["language"];

    fn read(value: impl Fn(&str) -> Option<String>, faults: &mut FieldErrors) -> Self {
        Self(Self::of(value("language"), faults))
    }
}
