//! Deletes choice lists older than the configured retention, and old referral requests: once a day.

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;

use crate::ledger::Ledger;
use crate::ledger::error::LedgerError;
use crate::serve::state::AppState;
use crate::statements::referral_request::REQUEST_DAYS;

/// How often lists and requests are deleted.
const EVERY: Duration = Duration::from_hours(24);
/// The pause before a retry after the ledger failed.
const AGAIN: Duration = Duration::from_hours(1);

/// Deletes lists and requests for as long as the program runs.
pub(crate) async fn keep(app: Arc<AppState>) {
    let Some(ledger) = &app.ledger else { return };
    let days = app.keep_lists_days.map(std::num::NonZeroU32::get);
    loop {
        let lists = async {
            match days {
                Some(days) => forget_lists(ledger.as_ref(), days).await,
                None => Ok(()),
            }
        };
        let pause = match (lists.await, forget_requests(ledger.as_ref(), app.today()).await) {
            (Ok(()), Ok(())) => EVERY,
            (Err(error), _) | (_, Err(error)) => {
                tracing::warn!(%error, "old choice lists or referral requests could not be deleted; retrying in an hour");
                AGAIN
            }
        };
        tokio::time::sleep(pause).await;
    }
}

/// Deletes a few lists at a time, so that writers do not wait long.
async fn forget_lists(ledger: &dyn Ledger, days: u32) -> Result<(), LedgerError> {
    let mut taken = 0;
    let ended = loop {
        match ledger.forget_lists(days).await {
            Ok(0) => break Ok(()),
            Ok(some) => taken += some,
            Err(error) => break Err(error),
        }
    };
    if taken > 0 {
        tracing::info!(lists = taken, days, "deleted choice lists older than keep_lists_days");
    }
    ended
}

/// Deletes the requests that are older than they are kept, by the days on which servers of the
/// ledger ran: a clock that is wrong for some days deletes nothing.
async fn forget_requests(ledger: &dyn Ledger, today: Date) -> Result<(), LedgerError> {
    let days = REQUEST_DAYS.unsigned_abs();
    ledger.note_day(today).await?;
    let taken = ledger.forget_requests(days).await?;
    if taken > 0 {
        tracing::info!(rows = taken, days, "deleted old referral requests");
    }
    Ok(())
}
