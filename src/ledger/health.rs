//! Health of a ledger database: why the last write or read failed.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use tokio::time::timeout;

use crate::ledger::error::LedgerError;

/// Updated by a ledger; read by health checks.
#[derive(Debug, Clone, Default)]
pub(crate) struct LedgerHealth {
    writing: Arc<ArcSwapOption<LastFailure>>,
    reading: Arc<ArcSwapOption<LastFailure>>,
}

#[derive(Debug)]
struct LastFailure {
    why: String,
    /// The database was unreachable, so that a successful read also clears the failure of writes.
    unreached: bool,
}

impl LedgerHealth {
    /// Records the result of a write and returns it. A full disk can still be read, so only a write
    /// clears a failed write.
    pub(crate) fn record_write<T>(&self, result: Result<T, LedgerError>) -> Result<T, LedgerError> {
        self.writing.store(failure(&result));
        result
    }

    /// Records the result of a read and returns it.
    pub(crate) fn record_read<T>(&self, result: Result<T, LedgerError>) -> Result<T, LedgerError> {
        self.reading.store(failure(&result));
        if result.is_ok() && self.writing.load().as_ref().is_some_and(|failure| failure.unreached) {
            self.writing.store(None);
        }
        result
    }

    pub(crate) fn failure(&self) -> Option<String> {
        let failure = self.writing.load_full().or_else(|| self.reading.load_full())?;
        Some(failure.why.clone())
    }
}

/// The failure of the ledger in `result`, if any. A duplicate or damaged list is not a failure of
/// the ledger.
fn failure<T>(result: &Result<T, LedgerError>) -> Option<Arc<LastFailure>> {
    let error = result.as_ref().err()?;
    let unreached = match error {
        LedgerError::Recorded | LedgerError::Damaged | LedgerError::NotTold(_) => return None,
        LedgerError::Database(sqlx::Error::Database(error)) => {
            // PostgreSQL error classes 08 and 57: connection lost, server stopping or starting.
            error.code().is_some_and(|code| code.len() == 5 && (code.starts_with("08") || code.starts_with("57")))
        }
        LedgerError::Database(_) | LedgerError::Slow { .. } | LedgerError::Gone { .. } => true,
        _ => false,
    };
    Some(Arc::new(LastFailure { why: error.to_string(), unreached }))
}

/// Runs `work` with a time limit.
pub(crate) async fn with_timeout<T, E>(
    patience: Duration,
    work: impl Future<Output = Result<T, E>> + Send,
) -> Result<T, LedgerError>
where
    LedgerError: From<E>,
{
    match timeout(patience, work).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(LedgerError::Slow { seconds: patience.as_secs() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Result<(), LedgerError> {
        Err(LedgerError::NotSealed)
    }

    fn away() -> Result<(), LedgerError> {
        Err(LedgerError::Database(sqlx::Error::PoolTimedOut))
    }

    #[test]
    fn what_could_not_be_written_is_mended_by_writing_and_what_could_not_be_reached_by_either() {
        let standing = LedgerHealth::default();
        assert!(standing.record_write(full()).is_err());
        standing.record_read(Ok(())).unwrap();
        assert_eq!(standing.failure().as_deref(), Some("the record could not be encrypted"));
        standing.record_write(Ok(())).unwrap();
        assert_eq!(standing.failure(), None);

        assert!(standing.record_write(away()).is_err());
        assert!(standing.failure().unwrap().contains("timed out"));
        standing.record_read(Ok(())).unwrap();
        assert_eq!(standing.failure(), None);

        assert!(standing.record_read(away()).is_err());
        standing.record_write(Ok(())).unwrap();
        assert!(standing.failure().is_some(), "a write does not clear a failed read");
        standing.record_read(Ok(())).unwrap();
        assert_eq!(standing.failure(), None);
    }

    #[test]
    fn a_list_that_is_there_or_damaged_is_no_failure_of_the_ledger() {
        let standing = LedgerHealth::default();
        assert!(standing.record_write::<()>(Err(LedgerError::Recorded)).is_err());
        assert!(standing.record_read::<()>(Err(LedgerError::Damaged)).is_err());
        assert_eq!(standing.failure(), None);
    }

    #[tokio::test]
    async fn nothing_is_waited_for_longer_than_it_may_take() {
        let never = std::future::pending::<Result<(), LedgerError>>();
        let error = with_timeout(Duration::ZERO, never).await.unwrap_err().to_string();
        assert_eq!(error, "the ledger did not answer within 0 seconds");
    }
}
