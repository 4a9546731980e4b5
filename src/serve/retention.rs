//! Taking choice lists away that are older than the settings keep them: once a day, a few at a time.

use std::sync::Arc;
use std::time::Duration;

use crate::serve::state::AppState;

/// How often.
const EVERY: Duration = Duration::from_hours(24);
/// When it is tried again after the ledger failed.
const AGAIN: Duration = Duration::from_hours(1);

/// Takes lists away for as long as the program runs; ends at once where they are kept for good.
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
            tracing::info!(lists = taken, days, "choice lists older than keep_lists_days were taken away");
        }
        let pause = match ended {
            Ok(()) => EVERY,
            Err(error) => {
                tracing::warn!(%error, "old choice lists could not be taken away; it is tried again in an hour");
                AGAIN
            }
        };
        tokio::time::sleep(pause).await;
    }
}
