//! Finds a recorded list in the ledger by its number.

use crate::ledger::list_id::ListId;
use crate::ledger::recorded_list::RecordedList;
use crate::serve::http::problem::Problem;
use crate::serve::state::AppState;

/// The recorded list `id`.
///
/// # Errors
/// There is none, or the ledger is missing or failed.
pub(crate) async fn recorded(app: &AppState, id: ListId) -> Result<RecordedList, Problem> {
    let ledger = app.ledger.as_ref().ok_or(Problem::NoLedger)?;
    let found = ledger.list(id).await.map_err(|error| {
        tracing::error!(%error, "a list could not be read");
        if ledger.is_open() { Problem::ListNotRead } else { Problem::NoLedger }
    });
    found?.filter(|list| app.may_open(list)).ok_or(Problem::NoSuchList)
}
