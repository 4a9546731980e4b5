//! Writes to the ledger that count against the daily limit of their caller. Only what is recorded
//! counts: not what is refused, and not a repetition.

use crate::api_keys::Principal;
use crate::ledger::event::Sequence;
use crate::ledger::write::{ExpectedRecord, LedgerReceipt, LedgerWrite, RepeatKey};
use crate::serve::http::problem::Problem;
use crate::serve::state::AppState;

/// Appends `write` for `caller`. A repetition is found even after the caller has reached its limit.
///
/// # Errors
/// The caller has reached its daily limit, or the ledger is missing or failed.
pub(crate) async fn append_counted(
    app: &AppState,
    caller: &Principal,
    write: &LedgerWrite<'_>,
) -> Result<LedgerReceipt, Problem> {
    let counted = match app.daily.count_entries(caller, &(app.now)(), write.entries.len()) {
        Ok(counted) => counted,
        Err(limit) => return find_repetition(app, write.repeat).await?.ok_or(limit),
    };
    let receipt = app.append(write).await?;
    if matches!(receipt, LedgerReceipt::Written(_)) {
        counted.keep();
    }
    Ok(receipt)
}

/// What became of an earlier call with the same key; `None` if there is no key, or it is new.
/// Nothing is written.
///
/// # Errors
/// The ledger is missing or failed.
pub(crate) async fn find_repetition(app: &AppState, repeat: Option<RepeatKey>) -> Result<Option<LedgerReceipt>, Problem> {
    if repeat.is_none() {
        return Ok(None);
    }
    // No record has this id, so nothing is written.
    let never = ExpectedRecord::Newest { about: String::new(), newest: Some(String::new()) };
    let receipt = app.append(&LedgerWrite { hospital: None, entries: &[], expected: Some(never), repeat }).await?;
    Ok(Some(receipt).filter(|receipt| matches!(receipt, LedgerReceipt::Repeated(_) | LedgerReceipt::KeyReused)))
}

/// Checks that this server has read the entries of an earlier call: the ledger may fail after it has
/// found them.
///
/// # Errors
/// It has not: the caller may try again.
pub(crate) fn check_read(app: &AppState, sequences: &[Sequence]) -> Result<(), Problem> {
    let newest = sequences.iter().max().copied().unwrap_or_default();
    if app.ledger_state().sequence < newest { Err(Problem::NoLedger) } else { Ok(()) }
}

/// Makes and records a document whose number is made of the key of the request, or finds the one that the same request made before:
/// the ledger knows no number that it could repeat.
///
/// # Errors
/// The key was used for another request, or those of `find` and `make`.
pub(crate) async fn record_once<T>(
    app: &AppState,
    repeat: Option<RepeatKey>,
    find: impl Future<Output = Result<T, Problem>>,
    make: impl Future<Output = Result<T, Problem>>,
) -> Result<T, Problem> {
    if repeat.is_none() {
        return make.await;
    }
    match find_repetition(app, repeat).await? {
        Some(LedgerReceipt::KeyReused) => return Err(Problem::KeyReused),
        Some(_) => return find.await,
        None => {}
    }
    let made = make.await?;
    match app.append(&LedgerWrite { hospital: None, entries: &[], expected: None, repeat }).await? {
        LedgerReceipt::KeyReused => Err(Problem::KeyReused),
        LedgerReceipt::Written(_) | LedgerReceipt::Repeated(_) | LedgerReceipt::Changed => Ok(made),
    }
}
