//! The batches of the upload page: how far each is, and its result, sealed for the person who uploaded it.
//!
//! All of it is in memory, limited in number, bytes and time. A result is readable with the token in its address alone, and only for the
//! principal that uploaded the file; it is dropped when it is downloaded.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::api_keys::Principal;
use crate::ledger::page_token::PageToken;
use crate::ledger::sealed_page::SealedPage;
use crate::serve::http::problem::Problem;
use crate::serve::http::throttle::rate_key;

/// How many minutes a result is kept. Our choice: a telephone call.
pub(crate) const KEPT_MINUTES: i64 = 10;
/// The most batches that run or wait for their download. Our choice.
const MOST_JOBS: usize = 16;
/// The most of one principal; beyond it, its oldest result is dropped. Our choice.
const MOST_OF_ONE: usize = 4;
/// The most bytes of all results. Our choice: the longest batch has 3 to 6 MB.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// One batch.
#[derive(Debug)]
pub(crate) struct BatchJob {
    /// Who it counts for.
    principal: String,
    /// How many questions it has.
    pub total: u64,
    done: AtomicU64,
    is_stopped: AtomicBool,
    result: Mutex<JobResult>,
}

/// The result of a batch.
#[derive(Debug)]
enum JobResult {
    /// It is being made.
    Pending,
    /// It is ready.
    Ready(Arc<SealedPage>),
    /// It could not be made.
    Failed(Problem),
}

/// What the owner of a batch sees of it.
#[derive(Debug)]
pub(crate) enum JobView {
    /// It runs; this many questions are answered.
    Running(u64),
    /// Its result, to be opened with [`SealedPage::open`], which takes long.
    Ready(Arc<SealedPage>),
    /// It could not be made.
    Failed(Problem),
}

/// The batches of this server. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct BatchJobStore(Arc<Mutex<HashMap<[u8; 32], Arc<BatchJob>>>>);

impl BatchJob {
    /// Counts one more answered question.
    pub(crate) fn count(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether its owner deleted it.
    pub(crate) fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }

    fn result(&self) -> MutexGuard<'_, JobResult> {
        self.result.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When its result ends; `None` while it runs. A failed batch has none to keep.
    fn ends_at(&self) -> Option<i64> {
        match &*self.result() {
            JobResult::Ready(page) => Some(page.ends_at),
            JobResult::Failed(_) => Some(0),
            JobResult::Pending => None,
        }
    }

    fn bytes(&self) -> usize {
        match &*self.result() {
            JobResult::Ready(page) => page.sealed.len(),
            JobResult::Pending | JobResult::Failed(_) => 0,
        }
    }
}

impl BatchJobStore {
    fn jobs(&self) -> MutexGuard<'_, HashMap<[u8; 32], Arc<BatchJob>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a batch of `total` questions of `owner` under `token`.
    ///
    /// # Errors
    /// Too many run or wait for their download.
    pub(crate) fn begin(&self, token: PageToken, owner: &Principal, total: u64) -> Result<Arc<BatchJob>, Problem> {
        let principal = rate_key(&owner.name).to_owned();
        let mut jobs = self.jobs();
        let mut own: Vec<_> = jobs.iter().filter(|(_, job)| job.principal == principal).collect();
        if own.len() >= MOST_OF_ONE {
            own.retain(|(_, job)| job.ends_at().is_some());
            let oldest = own.iter().min_by_key(|(_, job)| job.ends_at()).map(|(row, _)| **row);
            drop(oldest.and_then(|row| jobs.remove(&row)).ok_or(Problem::Busy)?);
        }
        if jobs.len() >= MOST_JOBS {
            return Err(Problem::Busy);
        }
        let job = Arc::new(BatchJob {
            principal,
            total,
            done: AtomicU64::new(0),
            is_stopped: AtomicBool::new(false),
            result: Mutex::new(JobResult::Pending),
        });
        jobs.insert(SealedPage::row(token, &owner.name), Arc::clone(&job));
        Ok(job)
    }

    /// Ends `job` with its result.
    pub(crate) fn finish(&self, job: &BatchJob, result: Result<SealedPage, Problem>) {
        let jobs = self.jobs();
        let held: usize = jobs.values().map(|job| job.bytes()).sum();
        *job.result() = match result {
            Ok(page) if held + page.sealed.len() <= MOST_BYTES => JobResult::Ready(Arc::new(page)),
            Ok(_) => JobResult::Failed(Problem::Busy),
            Err(problem) => JobResult::Failed(problem),
        };
    }

    /// The batch of `owner` under `token` with its view at `now`; `None` if there is none any more, or if it is not theirs.
    pub(crate) fn find(&self, token: PageToken, owner: &Principal, now: i64) -> Option<(Arc<BatchJob>, JobView)> {
        let job = self.jobs().get(&SealedPage::row(token, &owner.name)).map(Arc::clone)?;
        let view = match &*job.result() {
            JobResult::Pending => JobView::Running(job.done.load(Ordering::Relaxed)),
            JobResult::Failed(problem) => JobView::Failed(problem.clone()),
            JobResult::Ready(page) if page.ends_at > now => JobView::Ready(Arc::clone(page)),
            JobResult::Ready(_) => return None,
        };
        Some((job, view))
    }

    /// Removes the batch of `owner` under `token`, and stops it if it runs.
    pub(crate) fn remove(&self, token: PageToken, owner: &Principal) {
        if let Some(job) = self.jobs().remove(&SealedPage::row(token, &owner.name)) {
            job.is_stopped.store(true, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Principal {
        Principal { name: name.to_owned(), ..Principal::anyone() }
    }

    fn token(number: u8) -> PageToken {
        PageToken::new([number; 32])
    }

    /// Begins and finishes a batch with that many bytes.
    fn finished(store: &BatchJobStore, number: u8, owner: &Principal, bytes: usize) -> Result<(), Problem> {
        let job = store.begin(token(number), owner, 3)?;
        let page = SealedPage::seal(token(number), &owner.name, 600 + i64::from(number), &vec![1; bytes]);
        store.finish(&job, page.map_err(|_| Problem::Internal));
        Ok(())
    }

    #[test]
    fn only_its_owner_sees_a_batch_until_it_ends_or_is_removed() {
        let (store, one, other) = (BatchJobStore::default(), named("key:a/session"), named("key:b"));
        let job = store.begin(token(1), &one, 3).unwrap();
        job.count();
        assert!(matches!(store.find(token(1), &one, 0), Some((_, JobView::Running(1)))));
        assert!(store.find(token(1), &other, 0).is_none() && store.find(token(2), &one, 0).is_none());
        let page = SealedPage::seal(token(1), &one.name, 600, b"near=64108").unwrap();
        store.finish(&job, Ok(page.clone()));
        assert!(matches!(store.find(token(1), &one, 599), Some((_, JobView::Ready(kept))) if *kept == page));
        assert!(store.find(token(1), &one, 600).is_none(), "it has ended");
        store.remove(token(1), &other);
        assert!(store.find(token(1), &one, 0).is_some() && !job.is_stopped());
        store.remove(token(1), &one);
        assert!(store.find(token(1), &one, 0).is_none() && job.is_stopped());
    }

    #[test]
    fn results_are_limited_in_number_and_bytes() {
        let store = BatchJobStore::default();
        for number in 0..6 {
            finished(&store, number, &named("key:a"), 10).unwrap();
        }
        let known: Vec<bool> = (0..6).map(|number| store.find(token(number), &named("key:a"), 0).is_some()).collect();
        assert_eq!(known, [false, false, true, true, true, true], "the oldest results of one principal are dropped");
        let running: Vec<_> = (10..14).map(|number| store.begin(token(number), &named("key:b"), 1).unwrap()).collect();
        assert_eq!(store.begin(token(14), &named("key:b"), 1).unwrap_err(), Problem::Busy, "running ones are not dropped");
        drop(running);
        for number in 20..28 {
            finished(&store, number, &named(&format!("key:{number}")), 10).unwrap();
        }
        assert_eq!(finished(&store, 30, &named("key:c"), 10), Err(Problem::Busy));
        let store = BatchJobStore::default();
        for number in 0..3 {
            finished(&store, number, &named(&format!("key:{number}")), 30 << 20).unwrap();
        }
        let view = |number: u8| store.find(token(number), &named(&format!("key:{number}")), 0).unwrap().1;
        assert!(matches!((view(0), view(1)), (JobView::Ready(_), JobView::Failed(Problem::Busy))));
    }
}
