//! In-memory cache of rendered answers, so that a repeated question costs only a lookup.
//!
//! A key is a digest of everything an answer is computed from: the generation, the live statements,
//! the day, and the request body byte for byte. A cached answer is therefore the one that would be
//! computed now, whatever fields later versions add to questions. A question spelled in two ways is
//! cached twice. Questions never leave memory.

use std::hash::RandomState;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Bytes;
use jiff::civil::Date;
use quick_cache::Weighter;
use quick_cache::sync::{Cache, DefaultLifecycle};
use sha2::{Digest, Sha256};

use crate::serve::answer_summary::AnswerSummary;
use crate::serve::unmet_needs::UnmetQuestion;

/// Capacity in bytes: room for about 500 answers. Our choice.
const KEPT_BYTES: u64 = 16 * 1024 * 1024;

/// Number of answers the cache is told to expect. It splits its capacity into shards of at least 32
/// and keeps nothing larger than a shard; for fewer than 63 it makes one shard, so that the largest
/// answer fits.
const EXPECTED: usize = 60;

/// Approximate memory of an entry besides its body, in bytes.
const OVERHEAD: u64 = 128;

/// A rendered answer.
#[derive(Debug, Clone)]
pub struct CachedAnswer {
    /// The body.
    pub body: Bytes,
    /// Counts of its reports, for the log and the metrics.
    pub tally: AnswerSummary,
    /// The questions that no provider met, in codes.
    pub(crate) unmet: Vec<UnmetQuestion>,
}

/// The digest of everything an answer depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AnswerCacheKey([u8; 32]);

impl AnswerCacheKey {
    /// The key of the question `body` on `today`, answered from `generation` with the live
    /// statements that `told` identifies (see
    /// [`LiveDirectory::layer_tag`](crate::overlay::LiveDirectory::layer_tag)).
    pub fn new(generation: &str, told: &str, today: Date, body: &[u8]) -> Self {
        // None of them contains a line break, so different questions have different digests.
        let asked = format!("{generation}\n{told}\n{today}\n");
        Self(Sha256::new().chain_update(asked).chain_update(body).finalize().into())
    }
}

/// Weighs entries in bytes.
#[derive(Debug, Clone)]
struct AnswerWeight;

impl Weighter<AnswerCacheKey, CachedAnswer> for AnswerWeight {
    fn weight(&self, _: &AnswerCacheKey, rendered: &CachedAnswer) -> u64 {
        rendered.body.len() as u64 + OVERHEAD
    }
}

/// The cached answers.
#[derive(Debug)]
pub struct AnswerCache {
    kept: Cache<AnswerCacheKey, CachedAnswer, AnswerWeight, RandomState>,
    hits: AtomicU64,
    misses: AtomicU64,
}

/// Usage counts of the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheStats {
    /// Questions answered from the cache.
    pub hits: u64,
    /// Questions that had to be ranked.
    pub misses: u64,
    /// Answers in the cache.
    pub entries: u64,
    /// The memory they take, in bytes.
    pub bytes: u64,
}

impl AnswerCache {
    /// An empty cache.
    pub fn new() -> Self {
        let kept = Cache::with(EXPECTED, KEPT_BYTES, AnswerWeight, RandomState::new(), DefaultLifecycle::default());
        Self { kept, hits: AtomicU64::new(0), misses: AtomicU64::new(0) }
    }

    /// The cached answer of `key`, if there is one. Counts a hit or a miss.
    pub fn get(&self, key: &AnswerCacheKey) -> Option<CachedAnswer> {
        let found = self.kept.get(key);
        let count = if found.is_some() { &self.hits } else { &self.misses };
        count.fetch_add(1, Ordering::Relaxed);
        found
    }

    /// Stores an answer.
    pub fn keep(&self, key: AnswerCacheKey, rendered: CachedAnswer) {
        self.kept.insert(key, rendered);
    }

    /// The usage counts so far.
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
        cache.keep(
            key,
            CachedAnswer { body: Bytes::from(vec![0; bytes]), tally: AnswerSummary::default(), unmet: Vec::new() },
        );
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
