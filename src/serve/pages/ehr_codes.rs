//! The administrator's page of the codes that EHRs sent and that were not understood, with the lines that
//! teach them.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::serve::ehr_codes::{CODE_DAYS, UnreadKind};
use crate::serve::http::extract::StrictQuery;
use crate::serve::http::problem::Problem;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::pages::layout::{PageFrame, SiteSection};
use crate::serve::state::AppState;
use crate::text::us_date::us_date;

/// The page.
#[derive(Debug, Template)]
#[template(path = "ehr_codes.html", config = "src/serve/askama.toml")]
struct EhrCodesPage {
    frame: PageFrame,
    days: i32,
    codes: Vec<CodeRow>,
}

/// One code.
#[derive(Debug)]
struct CodeRow {
    kind: &'static str,
    code: String,
    /// The section of `hospital.toml` that teaches it.
    section: &'static str,
    calls: u32,
    last_on: String,
}

/// The codes of EHRs that were not understood
///
/// Codes and counts only; no text of a call.
#[utoipa::path(get, path = "/ehr-codes", operation_id = "page_ehr_codes")]
pub(crate) async fn page(State(app): State<Arc<AppState>>, _: StrictQuery<()>) -> Result<Response, Problem> {
    let served = app.served()?;
    let codes = app.unread_codes.shown(served.today()).into_iter().map(|(code, seen)| {
        let (kind, section, key) = match code.kind {
            UnreadKind::Order => ("Order", "[cds.codes]", code.key()),
            UnreadKind::Payer => ("Payer", "[cds.payers]", code.code.clone()),
        };
        CodeRow { kind, code: key, section, calls: seen.calls, last_on: us_date(seen.last_on) }
    });
    let frame = PageFrame::new(&app, Some(served.base()), SiteSection::Elsewhere, "Codes of the EHR");
    let page = EhrCodesPage { frame, days: CODE_DAYS, codes: codes.collect() };
    html(StatusCode::OK, &page, Sensitivity::Question)
}
