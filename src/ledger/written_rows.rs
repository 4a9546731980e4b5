//! The rows of a write, of one hospital only.

use crate::ledger::error::LedgerError;
use crate::ledger::rows::EventRow;
use crate::ledger::write::LedgerWrite;

/// The rows of a write.
///
/// # Errors
/// An event is of another hospital than the one that writes.
pub(crate) fn rows_of(write: &LedgerWrite<'_>) -> Result<Vec<EventRow>, LedgerError> {
    if !write.is_of_one_hospital() {
        return Err(LedgerError::OtherHospital);
    }
    write.entries.iter().map(EventRow::of).collect()
}
