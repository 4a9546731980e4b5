//! How the last refresh ended, from the report in the index folder.

use std::path::Path;

use jiff::Timestamp;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::registry::Registry;
use serde::Deserialize;

use crate::run_report::RefreshOutcome;
use crate::serve::pages::directory::report;

/// What is read of the report.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RefreshEnd {
    /// `None` if the report does not say.
    began: Option<Timestamp>,
    outcome: RefreshOutcome,
}

/// Reads how the last refresh ended; `None` if no refresh has left a report. A report that cannot be
/// read has an unknown outcome.
pub(crate) fn read(index: &Path) -> Option<RefreshEnd> {
    match report::read_last(index) {
        Ok(bytes) => Some(serde_json::from_slice(&bytes).unwrap_or_default()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(_) => Some(RefreshEnd::default()),
    }
}

pub(crate) fn register(end: Option<&RefreshEnd>, registry: &mut Registry) {
    let Some(end) = end else { return };
    let outcome = match end.outcome {
        RefreshOutcome::Published => "published",
        RefreshOutcome::DryRun => "dry_run",
        RefreshOutcome::Refused => "refused",
        RefreshOutcome::Failed => "failed",
        RefreshOutcome::Unknown => "unknown",
    };
    let ended = Family::<[(&'static str, &'static str); 1], Gauge>::default();
    ended.get_or_create(&[("outcome", outcome)]).set(1);
    registry.register("last_refresh_info", "How the last refresh ended, as a label of 1", ended);
    if let Some(began) = end.began {
        let help = "When the last refresh began that left a report";
        registry.register("last_refresh_begin_timestamp_seconds", help, ConstGauge::new(began.as_second()));
    }
}
