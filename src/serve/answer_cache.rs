//! Answers at hand: rendered bodies kept in memory, so that a question asked again costs a look-up.
//!
//! A key is a digest of all that an answer is computed from: the generation, what was told since, the day, and the body as it was sent,
//! byte for byte. So an answer from here is the one that would be computed afresh, whatever a later version lets a question say. One
//! question spelled in two ways is kept twice. Nothing asked leaves memory.

use std::hash::RandomState;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Bytes;
use jiff::civil::Date;
use quick_cache::Weighter;
use quick_cache::sync::{Cache, DefaultLifecycle};
use sha2::{Digest, Sha256};

use crate::serve::answer_summary::AnswerSummary;

/// How many bytes of answers are kept: room for some five hundred, our choice.
const KEPT_BYTES: u64 = 16 * 1024 * 1024;

/// How many answers the cache is told to expect. It divides its room into shards of at least 32, and keeps nothing that is larger than
/// one of them; of fewer than 63 it makes one, so that the largest answer fits.
const EXPECTED: usize = 60;

/// What an answer takes besides its body, near enough.
const OVERHEAD: u64 = 128;

/// A rendered answer.
#[derive(Debug, Clone)]
pub struct CachedAnswer {
    /// The body.
    pub body: Bytes,
    /// What it comes to.
    pub tally: AnswerSummary,
}

/// The digest of everything that decides an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AnswerCacheKey([u8; 32]);

impl AnswerCacheKey {
    /// The key of a question sent as `body` on `today` and answered from `generation` with all that was told, as
    /// [`LiveDirectory::told_tag`](crate::overlay::LiveDirectory::told_tag) names it, laid over it.
    pub fn new(generation: &str, told: &str, today: Date, body: &[u8]) -> Self {
        // None of them holds a line break, so no two questions share what is digested.
        let asked = format!("{generation}\n{told}\n{today}\n");
        Self(Sha256::new().chain_update(asked).chain_update(body).finalize().into())
    }
}

/// What is kept is weighed in bytes.
#[derive(Debug, Clone)]
struct AnswerWeight;

impl Weighter<AnswerCacheKey, CachedAnswer> for AnswerWeight {
    fn weight(&self, _: &AnswerCacheKey, rendered: &CachedAnswer) -> u64 {
        rendered.body.len() as u64 + OVERHEAD
    }
}

/// The answers at hand.
#[derive(Debug)]
pub struct AnswerCache {
    kept: Cache<AnswerCacheKey, CachedAnswer, AnswerWeight, RandomState>,
    hits: AtomicU64,
    misses: AtomicU64,
}

/// How the answers at hand have served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheStats {
    /// Questions answered from here.
    pub hits: u64,
    /// Those that had to be ranked.
    pub misses: u64,
    /// Answers kept.
    pub entries: u64,
    /// The memory they hold, in bytes.
    pub bytes: u64,
}

impl AnswerCache {
    /// None yet.
    pub fn new() -> Self {
        let kept = Cache::with(EXPECTED, KEPT_BYTES, AnswerWeight, RandomState::new(), DefaultLifecycle::default());
        Self { kept, hits: AtomicU64::new(0), misses: AtomicU64::new(0) }
    }

    /// The answer of `key`, if it is at hand.
    pub fn get(&self, key: &AnswerCacheKey) -> Option<CachedAnswer> {
        let found = self.kept.get(key);
        let count = if found.is_some() { &self.hits } else { &self.misses };
        count.fetch_add(1, Ordering::Relaxed);
        found
    }

    /// Keeps an answer.
    pub fn keep(&self, key: AnswerCacheKey, rendered: CachedAnswer) {
        self.kept.insert(key, rendered);
    }

    /// How they have served.
    pub fn served(&self) -> CacheStats {
        CacheStats {
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
            entries: self.kept.len() as u64,
            bytes: self.kept.weight(),
        }
    }
}

impl Default for AnswerCache {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keep(cache: &AnswerCache, number: usize, bytes: usize) -> AnswerCacheKey {
        let key =
            AnswerCacheKey::new("20261121T120000Z-75c7a9e2", "", jiff::civil::date(2026, 11, 21), &number.to_be_bytes());
        let _ = cache.get(&key);
        cache.keep(key, CachedAnswer { body: Bytes::from(vec![0; bytes]), tally: AnswerSummary::default() });
        key
    }

    #[test]
    fn the_largest_answer_is_kept_beside_others() {
        let cache = AnswerCache::new();
        let large = keep(&cache, 0, 12 << 20);
        let small = keep(&cache, 1, 2_000);
        assert!(cache.get(&large).is_some());
        assert!(cache.get(&small).is_some());
    }

    #[test]
    fn however_many_are_asked_the_room_is_not_exceeded() {
        let cache = AnswerCache::new();
        for number in 0..2_000 {
            keep(&cache, number, 32 << 10);
        }
        let served = cache.served();
        assert!(served.bytes <= KEPT_BYTES, "{served:?}");
        assert!(served.entries > 400, "{served:?}");
    }
}
