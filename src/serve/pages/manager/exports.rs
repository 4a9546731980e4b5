//! The tables of the manager's page as files.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use crate::serve::avoidable_days::DelayReport;
use crate::serve::http::extract::StrictQuery;
use crate::serve::http::problem::Problem;
use crate::serve::pages::export::table::{ExportCell, ExportTable};
#[cfg(feature = "xlsx")]
use crate::serve::pages::export::workbook;
use crate::serve::pages::export::{comma_separated, saved};
use crate::serve::pages::manager::{delay_label, unit_name};
use crate::serve::state::AppState;

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
            report.today.to_string().into(),
        ]
    });
    let about = vec![
        ("Counted through", report.today.to_string()),
        ("Time zone", report.time_zone.clone()),
        ("Requests since", report.known_from.to_string()),
    ];
    Ok(ExportTable { columns: DAYS, sheet: "Avoidable days", rows: rows.collect(), is_cut: false, about })
}
