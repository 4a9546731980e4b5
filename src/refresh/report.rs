//! The report of a run: how it comes about, and how it is written for people.

use std::time::Instant;

use crate::catalog::manifest::CatalogError;
use crate::refresh::error::RefreshError;
use crate::run_report::{RefreshOutcome, RunReport};

pub(crate) mod page;
pub mod review;

impl RunReport {
    /// Takes over what reading and reconciling found; what the other stages found stays.
    pub fn gathered(&mut self, found: Self) {
        let Self { began, outcome, forced, fetched, .. } = std::mem::take(self);
        *self = Self { began, outcome, forced, fetched, ..found };
    }

    /// Notes how it ended, and how long that took.
    pub fn ended(&mut self, began: Instant, how: &Result<(), RefreshError>) {
        self.seconds = began.elapsed().as_secs_f64();
        match how {
            Ok(()) if self.outcome == RefreshOutcome::Unknown => self.outcome = RefreshOutcome::Published,
            Ok(()) => {}
            Err(RefreshError::Refused(_)) => self.outcome = RefreshOutcome::Refused,
            // It is served all the same; the cause says what may undo it.
            Err(RefreshError::Catalog(CatalogError::Unconfirmed { .. })) => self.outcome = RefreshOutcome::Published,
            Err(_) => self.outcome = RefreshOutcome::Failed,
        }
        self.cause = how.as_ref().err().map(ToString::to_string);
    }
}
