//! The manager's page: avoidable days, and what no provider near meets, with exports.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::serve::answer_summary::NoMatchReason;
use crate::serve::avoidable_days::DelayReport;
use crate::serve::http::extract::StrictQuery;
use crate::serve::http::problem::Problem;
use crate::serve::pages::answer_link::reason_label;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::pages::layout::{PageFrame, SiteSection};
use crate::serve::state::AppState;
use crate::serve::unmet_needs::ShownCell;
use crate::service::Need;
use crate::statements::referral_request::delay::DelayReason;
use crate::text::us_date::us_date;

pub(crate) mod exports;

/// The page.
#[derive(Debug, Template)]
#[template(path = "manager.html", config = "src/serve/askama.toml")]
struct ManagerPage {
    frame: PageFrame,
    today: String,
    counted_through: String,
    time_zone: String,
    known_from: String,
    days: Vec<DaysRow>,
    has_workbooks: bool,
    /// Whether the hospital has them counted.
    is_counted: bool,
    unmet: Vec<UnmetRow>,
    /// Answers that could not be counted.
    missed: u64,
}

/// What a count below the smallest shown one is called.
const FEWER: &str = "fewer than 11";

/// One region, need and payer.
#[derive(Debug)]
struct UnmetRow {
    region: String,
    need: &'static str,
    payer: &'static str,
    count: String,
    reason: &'static str,
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
/// Avoidable days, and what no provider near meets.
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
        counted_through: us_date(report.counted_through()),
        known_from: us_date(report.known_from),
        days: days.collect(),
        time_zone: report.time_zone,
        has_workbooks: cfg!(feature = "xlsx"),
        is_counted: app.hospital.counts_unmet_needs,
        missed: app.unmet.missed(),
        unmet: app.unmet.shown(report.today).iter().map(UnmetRow::new).collect(),
    };
    html(StatusCode::OK, &page, Sensitivity::Question)
}

impl UnmetRow {
    fn new(shown: &ShownCell) -> Self {
        Self {
            region: region_name(shown),
            need: need_name(shown),
            payer: shown.cell.payer.label(),
            count: shown.count.map_or_else(|| FEWER.to_owned(), |(count, _)| count.to_string()),
            reason: shown.count.map(|(_, reason)| unmet_reason(reason)).unwrap_or_default(),
        }
    }
}

/// The region as people read it.
fn region_name(shown: &ShownCell) -> String {
    shown.cell.region.map_or_else(|| "not named".to_owned(), |region| region.to_string())
}

/// The need as people read it.
fn need_name(shown: &ShownCell) -> &'static str {
    shown.cell.need.map_or("No need", Need::label)
}

/// Why no provider met a question, as people read it.
fn unmet_reason(reason: NoMatchReason) -> &'static str {
    match reason {
        NoMatchReason::NobodyInReach => "No provider in the search area",
        NoMatchReason::NetworkGap => "Nobody in the plan's networks",
        NoMatchReason::Excluded => "Excluded by the Office of Inspector General",
        NoMatchReason::NotCertified => "Not certified",
        NoMatchReason::Closed => "Closed",
        NoMatchReason::OutsideServiceArea => "Outside the service area",
        NoMatchReason::Distance => "Too far",
        NoMatchReason::Declines => "Declines a need",
        NoMatchReason::Limit => "A limit, a language or the sex",
    }
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
