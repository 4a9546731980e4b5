//! The part of memory that holds the sealed questions of answer pages, if no ledger keeps them.

use std::hash::RandomState;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use quick_cache::Weighter;
use quick_cache::sync::{Cache, DefaultLifecycle};

use crate::ledger::sealed_page::SealedPage;

/// Capacity in bytes. Our choice: about 10,000 questions.
const KEPT_BYTES: u64 = 16 * 1024 * 1024;
/// Number of questions the cache is told to expect; see [`crate::serve::answer_cache`].
const EXPECTED: usize = 60;
/// Approximate memory of a question besides its content, in bytes.
const OVERHEAD: u64 = 128;
/// How often questions that have ended are dropped: it takes a look at all of them. Our choice.
const SWEEP_SECONDS: u64 = 60;

/// Weighs questions in bytes.
#[derive(Debug, Clone)]
struct PageWeight;

impl Weighter<[u8; 32], Arc<SealedPage>> for PageWeight {
    fn weight(&self, _: &[u8; 32], page: &Arc<SealedPage>) -> u64 {
        page.sealed.len() as u64 + OVERHEAD
    }
}

/// The questions that are kept in memory.
#[derive(Debug)]
pub struct PageStore {
    pages: Cache<[u8; 32], Arc<SealedPage>, PageWeight, RandomState>,
    /// When those that had ended were last dropped, in Unix seconds.
    swept_at: AtomicI64,
}

impl Default for PageStore {
    fn default() -> Self {
        let pages = Cache::with(EXPECTED, KEPT_BYTES, PageWeight, RandomState::new(), DefaultLifecycle::default());
        Self { pages, swept_at: AtomicI64::new(0) }
    }
}

impl PageStore {
    /// Keeps `page`, and drops those that have ended by `now`, at most once in [`SWEEP_SECONDS`].
    pub(crate) fn keep(&self, page: SealedPage, now: i64) {
        if now.abs_diff(self.swept_at.load(Ordering::Relaxed)) >= SWEEP_SECONDS {
            self.swept_at.store(now, Ordering::Relaxed);
            self.pages.retain(|_, known| known.ends_at > now);
        }
        self.pages.insert(page.row, Arc::new(page));
    }

    /// The page of that row; only that it was used is kept. Of several callers one gets it unused.
    pub(crate) fn take(&self, row: &[u8; 32]) -> Option<Arc<SealedPage>> {
        let (_, page) = self.pages.remove(row)?;
        self.pages.insert(*row, Arc::new(page.used()));
        Some(page)
    }

    /// The page of that row.
    pub(crate) fn find(&self, row: &[u8; 32]) -> Option<Arc<SealedPage>> {
        self.pages.get(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(number: u8, ends_at: i64, bytes: usize) -> SealedPage {
        SealedPage { row: [number; 32], ends_at, sealed: vec![0; bytes] }
    }

    #[test]
    fn memory_is_bounded_and_forgets_what_has_ended() {
        let store = PageStore::default();
        store.keep(page(1, 900, 1024), 0);
        assert!(store.find(&[1; 32]).is_some());
        store.keep(page(2, 1900, 1024), 1000);
        assert!(store.find(&[1; 32]).is_none() && store.find(&[2; 32]).is_some());
        for number in 0..200 {
            store.keep(page(number, 9000, 256 * 1024), 1000);
        }
        assert!(store.pages.weight() <= KEPT_BYTES, "{}", store.pages.weight());
    }
}
