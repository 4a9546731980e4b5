//! A ledger that may not be reachable yet. The server starts without it, reports that, and opens it
//! as soon as possible.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwapOption;
use jiff::civil::Date;
use tokio::sync::Mutex;

use crate::config::LedgerLocation;
use crate::ledger::connect::open;
use crate::ledger::error::LedgerError;
use crate::ledger::event::{LedgerBatch, LedgerPosition};
use crate::ledger::list_id::ListId;
use crate::ledger::recorded_list::{ListCount, RecordedList};
use crate::ledger::sealed_page::SealedPage;
use crate::ledger::write::{LedgerReceipt, LedgerWrite};
use crate::ledger::{Ledger, LedgerFuture};

/// A ledger that is opened lazily and retried. Until it is open, reads and writes fail.
///
/// Each call of [`Ledger::read`] tries to open it.
#[derive(Debug)]
pub struct LazyLedger {
    at: LedgerLocation,
    ledger: OnceLock<Arc<dyn Ledger>>,
    /// Prevents two concurrent attempts to open it.
    opening: Mutex<()>,
    failure: ArcSwapOption<String>,
}

impl LazyLedger {
    /// Creates a ledger for that location without opening it.
    pub fn new(at: LedgerLocation) -> Self {
        let failure = ArcSwapOption::from_pointee("it has not been tried yet".to_owned());
        Self { at, ledger: OnceLock::new(), opening: Mutex::new(()), failure }
    }

    fn opened(&self) -> Result<&Arc<dyn Ledger>, LedgerError> {
        self.ledger.get().ok_or_else(|| LedgerError::NotOpen(self.why().unwrap_or_default()))
    }

    fn why(&self) -> Option<String> {
        self.failure.load_full().map(|why| why.to_string())
    }

    async fn open(&self) -> Result<&Arc<dyn Ledger>, LedgerError> {
        if let Some(ledger) = self.ledger.get() {
            return Ok(ledger);
        }
        let _turn = self.opening.lock().await;
        if let Some(ledger) = self.ledger.get() {
            return Ok(ledger);
        }
        match open(&self.at).await {
            Ok(ledger) => {
                self.failure.store(None);
                Ok(self.ledger.get_or_init(|| ledger))
            }
            Err(error) => {
                self.failure.store(Some(Arc::new(error.to_string())));
                Err(error)
            }
        }
    }
}

impl Ledger for LazyLedger {
    fn record<'a>(&'a self, id: ListId, list: &'a RecordedList) -> LedgerFuture<'a, ()> {
        Box::pin(async move { self.opened()?.record(id, list).await })
    }

    fn list(&self, id: ListId) -> LedgerFuture<'_, Option<RecordedList>> {
        Box::pin(async move { self.opened()?.list(id).await })
    }

    fn forget_lists(&self, days: u32) -> LedgerFuture<'_, u64> {
        Box::pin(async move { self.opened()?.forget_lists(days).await })
    }

    fn count_lists(&self) -> LedgerFuture<'_, Vec<ListCount>> {
        Box::pin(async move { self.opened()?.count_lists().await })
    }

    fn note_day(&self, day: Date) -> LedgerFuture<'_, ()> {
        Box::pin(async move { self.opened()?.note_day(day).await })
    }

    fn forget_requests(&self, days: u32) -> LedgerFuture<'_, u64> {
        Box::pin(async move { self.opened()?.forget_requests(days).await })
    }

    fn keep_page<'a>(&'a self, page: &'a SealedPage, now: i64) -> LedgerFuture<'a, ()> {
        Box::pin(async move { self.opened()?.keep_page(page, now).await })
    }

    fn page(&self, row: [u8; 32]) -> LedgerFuture<'_, Option<SealedPage>> {
        Box::pin(async move { self.opened()?.page(row).await })
    }

    fn use_page(&self, row: [u8; 32]) -> LedgerFuture<'_, bool> {
        Box::pin(async move { self.opened()?.use_page(row).await })
    }

    fn append<'a>(&'a self, write: &'a LedgerWrite<'a>) -> LedgerFuture<'a, LedgerReceipt> {
        Box::pin(async move { self.opened()?.append(write).await })
    }

    fn read(&self, before: LedgerPosition, outcomes_from: Date) -> LedgerFuture<'_, LedgerBatch> {
        Box::pin(async move { self.open().await?.read(before, outcomes_from).await })
    }

    fn woken(&self) -> LedgerFuture<'_, ()> {
        Box::pin(async move { self.opened()?.woken().await })
    }

    fn failure(&self) -> Option<String> {
        self.ledger.get().map_or_else(|| self.why(), |ledger| ledger.failure())
    }

    fn is_open(&self) -> bool {
        self.ledger.get().is_some()
    }

    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            if let Some(ledger) = self.ledger.get() {
                ledger.close().await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::ledger::event::Sequence;
    use crate::ledger::recorded_list::ListRendition;

    #[tokio::test]
    async fn what_cannot_be_opened_says_why_and_is_there_once_it_can() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("ledger.sqlite");
        fs::write(&path, "of another program").unwrap();
        let (late, day) = (LazyLedger::new(LedgerLocation::File(path.clone())), jiff::civil::date(2026, 11, 21));
        let document = ListRendition { media_type: "text/plain".to_owned(), bytes: b"x".to_vec() };
        let (id, list) = (ListId([1; 16]), RecordedList { made_on: day, hospital: None, documents: vec![document] });
        assert!(matches!(late.since(Sequence(0), day).await, Err(LedgerError::NotALedger { .. })));
        let error = late.record(id, &list).await.unwrap_err().to_string();
        assert!(error.contains("not open") && error.contains("another program made it"), "{error}");
        assert!(!late.is_open() && late.failure().unwrap().contains("another program made it"));

        fs::remove_file(&path).unwrap();
        assert!(matches!(late.list(id).await, Err(LedgerError::NotOpen(_))), "only `read` opens it");
        late.since(Sequence(0), day).await.unwrap();
        assert!(late.is_open());
        late.record(id, &list).await.unwrap();
        assert_eq!((late.list(id).await.unwrap(), late.failure()), (Some(list), None));
        late.close().await;
    }
}
