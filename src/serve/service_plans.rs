//! A plan of several services as a file: JSON for programs, a PDF to print, a workbook. Nothing is stored.

use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use jiff::Zoned;

use crate::fuzzy::list_alternatives;
use crate::overlay::LiveDirectory;
use crate::query::service_plan::PlannedServices;
use crate::serve::api::matches::answer_metadata;
use crate::serve::http::accept::preferred;
use crate::serve::http::body::rendered;
use crate::serve::http::problem::Problem;
use crate::serve::json::report::AnswerContext;
use crate::serve::json::service_plan::ServicePlanJson;
#[cfg(feature = "xlsx")]
use crate::serve::pages::export::WORKBOOK;

#[cfg(feature = "pdf")]
pub(crate) mod plan_document;
#[cfg(feature = "xlsx")]
pub(crate) mod plan_workbook;

/// A format of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlanFormat {
    /// For programs.
    Json,
    /// For printing and sending.
    #[cfg(feature = "pdf")]
    Pdf,
    /// For Excel.
    #[cfg(feature = "xlsx")]
    Workbook,
}

impl PlanFormat {
    /// Every format of this build, the default first.
    const ALL: &[Self] = &[
        Self::Json,
        #[cfg(feature = "pdf")]
        Self::Pdf,
        #[cfg(feature = "xlsx")]
        Self::Workbook,
    ];

    fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            #[cfg(feature = "pdf")]
            Self::Pdf => "application/pdf",
            #[cfg(feature = "xlsx")]
            Self::Workbook => WORKBOOK,
        }
    }

    /// The name under which a browser saves it. It contains nothing of the question.
    fn file_name(self) -> Option<&'static str> {
        match self {
            Self::Json => None,
            #[cfg(feature = "pdf")]
            Self::Pdf => Some("service-plan.pdf"),
            #[cfg(feature = "xlsx")]
            Self::Workbook => Some("service-plan.xlsx"),
        }
    }

    /// The format that the Accept headers prefer.
    ///
    /// # Errors
    /// No format is accepted.
    pub(crate) fn requested(headers: &HeaderMap) -> Result<Self, Problem> {
        preferred(headers, Self::ALL, Self::media_type).ok_or_else(|| {
            let there_are: Vec<&str> = Self::ALL.iter().map(|format| format.media_type()).collect();
            Problem::NoSuchFormat { there_are: list_alternatives(&there_are).unwrap_or_default() }
        })
    }

    #[cfg_attr(not(any(feature = "pdf", feature = "xlsx")), expect(unused_variables, reason = "JSON says no time"))]
    fn bytes(self, plan: &PlannedServices, served: &LiveDirectory, now: &Zoned) -> Result<Vec<u8>, Problem> {
        match self {
            Self::Json => rendered(&ServicePlanJson::new(plan, AnswerContext::from(served))).map(Into::into),
            #[cfg(feature = "pdf")]
            Self::Pdf => plan_document::pdf(plan, served.base().manifest(), now),
            #[cfg(feature = "xlsx")]
            Self::Workbook => plan_workbook::bytes(plan, served.base().manifest(), now).ok_or_else(|| {
                tracing::error!("a plan could not be written as a workbook");
                Problem::Internal
            }),
        }
    }
}

/// `plan` in one format, as a response that no cache may store.
pub(crate) fn response(
    plan: &PlannedServices,
    served: &LiveDirectory,
    now: &Zoned,
    format: PlanFormat,
) -> Result<Response, Problem> {
    let mut response = format.bytes(plan, served, now)?.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(VARY, HeaderValue::from_static("Accept"));
    if let Some(name) = format.file_name() {
        let saved_as = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")).map_err(|_| Problem::Internal)?;
        headers.insert(CONTENT_DISPOSITION, saved_as);
    }
    response.extensions_mut().insert(answer_metadata(served));
    Ok(response)
}
