//! The manager's page: avoidable days by unit, month and reason, with exports.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::serve::avoidable_days::DelayReport;
use crate::serve::http::extract::StrictQuery;
use crate::serve::http::problem::Problem;
use crate::serve::pages::answer_link::reason_label;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::pages::layout::{PageFrame, SiteSection};
use crate::serve::state::AppState;
use crate::statements::referral_request::delay::DelayReason;
use crate::text::us_date::us_date;

pub(crate) mod exports;

/// The page.
#[derive(Debug, Template)]
#[template(path = "manager.html", config = "src/serve/askama.toml")]
struct ManagerPage {
    frame: PageFrame,
    today: String,
    time_zone: String,
    known_from: String,
    days: Vec<DaysRow>,
    has_workbooks: bool,
}

/// The avoidable days of one unit, month and reason.
#[derive(Debug)]
struct DaysRow {
    month: String,
    unit: String,
    reason: String,
    days: u32,
    requests: usize,
    running: u32,
}

/// The manager's page
///
/// Avoidable days.
#[utoipa::path(get, path = "/manager", operation_id = "page_manager")]
pub(crate) async fn page(State(app): State<Arc<AppState>>, _: StrictQuery<()>) -> Result<Response, Problem> {
    let served = app.served()?;
    let report = DelayReport::new(&served, &(app.now)());
    let days = report.rows.iter().map(|row| DaysRow {
        month: row.month.strftime("%B %Y").to_string(),
        unit: unit_name(row.unit.as_deref()).to_owned(),
        reason: delay_label(row.reason),
        days: row.days,
        requests: row.requests,
        running: row.running,
    });
    let page = ManagerPage {
        frame: PageFrame::new(&app, Some(served.base()), SiteSection::Elsewhere, "Manager's page"),
        today: us_date(report.today),
        known_from: us_date(report.known_from),
        days: days.collect(),
        time_zone: report.time_zone,
        has_workbooks: cfg!(feature = "xlsx"),
    };
    html(StatusCode::OK, &page, Sensitivity::Question)
}

/// The unit as people read it.
fn unit_name(unit: Option<&str>) -> &str {
    unit.unwrap_or("Not stated")
}

/// A reason as people read it.
fn delay_label(reason: DelayReason) -> String {
    match reason {
        DelayReason::FirstReply => "Waiting for the first reply".to_owned(),
        DelayReason::NoReply => "No reply in time".to_owned(),
        DelayReason::Information => "The provider needed information".to_owned(),
        DelayReason::Choice => "Accepted; waiting for the patient's choice".to_owned(),
        DelayReason::Declined(why) => format!("Declined: {}", reason_label(why)),
        DelayReason::DeclinedProtectedNeed => "Declined: Cannot provide a need".to_owned(),
    }
}
