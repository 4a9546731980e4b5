//! Opens the configured ledger.

use std::sync::Arc;

use crate::config::LedgerLocation;
use crate::ledger::Ledger;
use crate::ledger::error::LedgerError;
#[cfg(feature = "postgres")]
use crate::ledger::postgres::PostgresLedger;
use crate::ledger::sqlite::SqliteLedger;

/// Opens the ledger, or creates it.
///
/// # Errors
/// It cannot be reached or created, belongs to another program, or was written by a later version
/// of this one.
pub(crate) async fn open(at: &LedgerLocation) -> Result<Arc<dyn Ledger>, LedgerError> {
    match at {
        LedgerLocation::File(path) => Ok(Arc::new(SqliteLedger::open(path).await?)),
        #[cfg(feature = "postgres")]
        LedgerLocation::Postgres(address) => Ok(Arc::new(PostgresLedger::open(address).await?)),
        #[cfg(not(feature = "postgres"))]
        LedgerLocation::Postgres(_) => Err(LedgerError::NoPostgres),
    }
}

/// Checks whether this build supports that kind of ledger.
///
/// # Errors
/// It does not; waiting does not help.
pub(crate) fn check(at: &LedgerLocation) -> Result<(), LedgerError> {
    match at {
        LedgerLocation::Postgres(_) if !cfg!(feature = "postgres") => Err(LedgerError::NoPostgres),
        LedgerLocation::File(_) | LedgerLocation::Postgres(_) => Ok(()),
    }
}
