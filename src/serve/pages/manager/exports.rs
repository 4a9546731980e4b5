//! The tables of the manager's page as files.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use crate::serve::avoidable_days::DelayReport;
use crate::serve::http::extract::StrictQuery;
use crate::serve::http::problem::Problem;
use crate::serve::lists_made::lists_made;
use crate::serve::pages::export::table::{ExportCell, ExportTable};
#[cfg(feature = "xlsx")]
use crate::serve::pages::export::workbook;
use crate::serve::pages::export::{comma_separated, saved};
use crate::serve::pages::manager::{FEWER, delay_label, need_name, region_name, unit_name, unmet_reason};
use crate::serve::state::AppState;
use crate::serve::unmet_needs::UNMET_DAYS;

/// The columns of the avoidable days.
const DAYS: &[(&str, u16)] = &[
    ("Month", 10),
    ("Unit", 24),
    ("Reason", 44),
    ("Reason code", 24),
    ("Avoidable days", 14),
    ("Requests", 10),
    ("Still running", 12),
    ("Counted through", 14),
];

/// Avoidable days as CSV
#[utoipa::path(
    get,
    path = "/manager/avoidable-days.csv",
    operation_id = "avoidable_days_csv",
    responses((status = 200, description = "The days as CSV", content((String = "text/csv")))),
)]
pub(crate) async fn days_csv(State(app): State<Arc<AppState>>, _: StrictQuery<()>) -> Result<Response, Problem> {
    saved(&days(&app)?, "text/csv; charset=utf-8", "avoidable-days.csv", comma_separated::bytes)
}

/// Avoidable days as a workbook
#[cfg(feature = "xlsx")]
#[utoipa::path(
    get,
    path = "/manager/avoidable-days.xlsx",
    operation_id = "avoidable_days_xlsx",
    responses((
        status = 200,
        description = "The days as a workbook",
        content((String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")),
    )),
)]
pub(crate) async fn days_xlsx(State(app): State<Arc<AppState>>, _: StrictQuery<()>) -> Result<Response, Problem> {
    saved(&days(&app)?, crate::serve::pages::export::WORKBOOK, "avoidable-days.xlsx", workbook::bytes)
}

fn days(app: &AppState) -> Result<ExportTable, Problem> {
    let report = DelayReport::new(&*app.served()?, &(app.now)());
    let counted_through = report.counted_through().to_string();
    let number = |count: usize| ExportCell::Number(f64::from(u32::try_from(count).unwrap_or(u32::MAX)));
    let rows = report.rows.iter().map(|row| {
        vec![
            row.month.strftime("%Y-%m").to_string().into(),
            unit_name(row.unit.as_deref()).to_owned().into(),
            delay_label(row.reason).into(),
            row.reason.code().into(),
            ExportCell::Number(row.days.into()),
            number(row.requests),
            ExportCell::Number(row.running.into()),
            counted_through.clone().into(),
        ]
    });
    let about = vec![
        ("Counted through", counted_through.clone()),
        ("Time zone", report.time_zone.clone()),
        ("Requests since", report.known_from.to_string()),
    ];
    Ok(ExportTable { columns: DAYS, sheet: "Avoidable days", rows: rows.collect(), is_cut: false, about })
}

/// The columns of what no provider met.
const UNMET: &[(&str, u16)] = &[
    ("ZIP begins with", 14),
    ("Need", 40),
    ("Need code", 24),
    ("Payer", 20),
    ("Questions", 16),
    ("Most frequent reason", 40),
];

/// What no provider met as CSV
#[utoipa::path(
    get,
    path = "/manager/unmet-needs.csv",
    operation_id = "unmet_needs_csv",
    responses((status = 200, description = "The counts as CSV", content((String = "text/csv")))),
)]
pub(crate) async fn unmet_csv(State(app): State<Arc<AppState>>, _: StrictQuery<()>) -> Result<Response, Problem> {
    saved(&unmet(&app), "text/csv; charset=utf-8", "unmet-needs.csv", comma_separated::bytes)
}

/// What no provider met as a workbook
#[cfg(feature = "xlsx")]
#[utoipa::path(
    get,
    path = "/manager/unmet-needs.xlsx",
    operation_id = "unmet_needs_xlsx",
    responses((
        status = 200,
        description = "The counts as a workbook",
        content((String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")),
    )),
)]
pub(crate) async fn unmet_xlsx(State(app): State<Arc<AppState>>, _: StrictQuery<()>) -> Result<Response, Problem> {
    saved(&unmet(&app), crate::serve::pages::export::WORKBOOK, "unmet-needs.xlsx", workbook::bytes)
}

fn unmet(app: &AppState) -> ExportTable {
    let today = app.today();
    let rows = app.unmet.shown(today).into_iter().map(|shown| {
        let count =
            shown.count.map_or_else(|| ExportCell::Text(FEWER.to_owned()), |(count, _)| ExportCell::Number(count.into()));
        vec![
            region_name(&shown).into(),
            need_name(&shown).to_owned().into(),
            shown.cell.need.map(|need| need.code().to_owned()).unwrap_or_default().into(),
            shown.cell.payer.label().to_owned().into(),
            count,
            shown.count.map(|(_, reason)| unmet_reason(reason).to_owned()).unwrap_or_default().into(),
        ]
    });
    let about = vec![("Days", UNMET_DAYS.to_string()), ("Before", today.to_string())];
    ExportTable { columns: UNMET, sheet: "Unmet needs", rows: rows.collect(), is_cut: false, about }
}

/// The columns of the lists made.
const LISTS: &[(&str, u16)] = &[("Month", 10), ("Choice lists", 14), ("Whole month", 14), ("Counted on", 14)];

/// Choice lists made as CSV
#[utoipa::path(
    get,
    path = "/manager/lists-made.csv",
    operation_id = "lists_made_csv",
    responses((status = 200, description = "The counts as CSV", content((String = "text/csv")))),
)]
pub(crate) async fn lists_csv(State(app): State<Arc<AppState>>, _: StrictQuery<()>) -> Result<Response, Problem> {
    let today = app.today().to_string();
    let rows = lists_made(&app).await?.into_iter().map(|of| {
        let lists = ExportCell::Number(f64::from(u32::try_from(of.lists).unwrap_or(u32::MAX)));
        let is_whole = if of.is_whole { "yes" } else { "no" };
        vec![of.month.strftime("%Y-%m").to_string().into(), lists, is_whole.to_owned().into(), today.clone().into()]
    });
    let table = ExportTable { columns: LISTS, sheet: "Choice lists", rows: rows.collect(), is_cut: false, about: Vec::new() };
    saved(&table, "text/csv; charset=utf-8", "lists-made.csv", comma_separated::bytes)
}
