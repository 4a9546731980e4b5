//! Filling in the report of a run, and its text version.

use std::time::Instant;

use crate::catalog::manifest::CatalogError;
use crate::refresh::error::RefreshError;
use crate::run_report::{RefreshOutcome, RunReport};

pub(crate) mod page;
pub mod review;

impl RunReport {
    /// Adds the results of reading and reconciling; results of other stages are kept.
    pub fn gathered(&mut self, found: Self) {
        let Self { began, outcome, forced, fetched, .. } = std::mem::take(self);
        *self = Self { began, outcome, forced, fetched, ..found };
    }

    /// Records the outcome and the duration.
    pub fn ended(&mut self, began: Instant, how: &Result<(), RefreshError>) {
        self.seconds = began.elapsed().as_secs_f64();
        match how {
            Ok(()) if self.outcome == RefreshOutcome::Unknown => self.outcome = RefreshOutcome::Published,
            Ok(()) => {}
            Err(RefreshError::Refused(_)) => self.outcome = RefreshOutcome::Refused,
            // The generation is published; the cause says what may undo that.
            Err(RefreshError::Catalog(CatalogError::Unconfirmed { .. })) => self.outcome = RefreshOutcome::Published,
            Err(_) => self.outcome = RefreshOutcome::Failed,
        }
        self.cause = how.as_ref().err().map(ToString::to_string);
    }
}
