//! Answers at hand: rendered bodies kept in memory, so that a question asked again costs a look-up.
//!
//! A key is a digest of all that an answer is computed from: the generation, what was told since, the day, and the body as it was sent, byte
//! for byte. So
//! an answer from here is the one that would be computed afresh, whatever a later version lets a question say. One question
//! spelt in two ways is kept twice. Nothing asked leaves memory.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Bytes;
use jiff::civil::Date;
use moka::sync::Cache;
use sha2::{Digest, Sha256};

use crate::serve::answer_summary::AnswerSummary;

/// How many bytes of answers are kept: room for some five hundred, our choice.
const KEPT_BYTES: u64 = 16 * 1024 * 1024;

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

/// The answers at hand.
#[derive(Debug)]
pub struct AnswerCache {
    kept: Cache<AnswerCacheKey, CachedAnswer>,
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
        let weigh =
            |_: &AnswerCacheKey, rendered: &CachedAnswer| u32::try_from(rendered.body.len() + 128).unwrap_or(u32::MAX);
        let kept = Cache::builder().max_capacity(KEPT_BYTES).weigher(weigh).build();
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

    /// How they have served. The sizes are brought up to date first.
    pub fn served(&self) -> CacheStats {
        self.kept.run_pending_tasks();
        CacheStats {
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
            entries: self.kept.entry_count(),
            bytes: self.kept.weighted_size(),
        }
    }
}

impl Default for AnswerCache {
    fn default() -> Self {
        Self::new()
    }
}
