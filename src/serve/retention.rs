//! Deletes choice lists older than the configured retention: once a day, a few at a time.

use std::sync::Arc;
use std::time::Duration;

use crate::serve::state::AppState;

/// How often lists are deleted.
const EVERY: Duration = Duration::from_hours(24);
/// The pause before a retry after the ledger failed.
const AGAIN: Duration = Duration::from_hours(1);

/// Deletes lists for as long as the program runs; returns at once if they are kept for good.
pub(crate) async fn keep(app: Arc<AppState>) {
    let (Some(ledger), Some(days)) = (&app.ledger, app.keep_lists_days) else { return };
    loop {
        let mut taken = 0;
        let ended = loop {
            match ledger.forget_lists(days.get()).await {
                Ok(0) => break Ok(()),
                Ok(some) => taken += some,
                Err(error) => break Err(error),
            }
        };
        if taken > 0 {
            tracing::info!(lists = taken, days, "deleted choice lists older than keep_lists_days");
        }
        let pause = match ended {
            Ok(()) => EVERY,
            Err(error) => {
                tracing::warn!(%error, "old choice lists could not be deleted; retrying in an hour");
                AGAIN
            }
        };
        tokio::time::sleep(pause).await;
    }
}
