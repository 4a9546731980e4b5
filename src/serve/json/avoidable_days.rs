//! Avoidable days as JSON.

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::serve::avoidable_days::DelayReport;

/// The avoidable days of the hospital.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AvoidableDays)]
pub(crate) struct AvoidableDaysJson<'a> {
    /// Today at the hospital.
    as_of: Date,
    /// The time zone in which days are counted.
    time_zone: &'a str,
    /// Requests made before this day are no longer known, so that earlier months are incomplete.
    known_from: Date,
    /// The days by unit, month and reason; the newest month first.
    rows: Vec<AvoidableDaysRowJson<'a>>,
}

/// The avoidable days of one unit, month and reason.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AvoidableDaysRow)]
pub(crate) struct AvoidableDaysRowJson<'a> {
    /// The unit; null for requests without one.
    #[schema(required)]
    unit: Option<&'a str>,
    /// The month: `2026-11`.
    month: String,
    /// The last decline or wait: the code of a reason to decline, `declines` for a need about substance use, `no_reply`,
    /// `information`, `choice`, or `first_reply`.
    reason: String,
    /// The days.
    days: u32,
    /// The requests they are of.
    requests: usize,
    /// How many of these requests still count.
    running: u32,
}

impl<'a> AvoidableDaysJson<'a> {
    /// `report` as JSON.
    pub(crate) fn new(report: &'a DelayReport) -> Self {
        let rows = report.rows.iter().map(|row| AvoidableDaysRowJson {
            unit: row.unit.as_deref(),
            month: row.month.strftime("%Y-%m").to_string(),
            reason: row.reason.code(),
            days: row.days,
            requests: row.requests,
            running: row.running,
        });
        Self { as_of: report.today, time_zone: &report.time_zone, known_from: report.known_from, rows: rows.collect() }
    }
}
