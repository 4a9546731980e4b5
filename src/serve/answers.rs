//! Answers at hand: rendered bodies kept in memory, so that a question asked again costs a look-up.
//!
//! A key holds everything that decides the bytes: the generation, the question as it was understood, the page of it and what was
//! remarked on it. So an answer from here is the one that would be computed afresh. Keys are digests; nothing asked leaves memory.

use axum::body::Bytes;
use moka::sync::Cache;
use sha2::{Digest, Sha256};

use crate::discharge::{Question, Remark};

/// How many bytes of answers are kept: room for some thousand, our choice.
const KEPT_BYTES: u64 = 64 * 1024 * 1024;

/// A rendered answer.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// The body.
    pub body: Bytes,
    /// Matches on all pages, and those left out: for the log.
    pub counts: (u32, u32),
}

/// The digest of everything that decides an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u8; 32]);

impl Key {
    /// The key of `question` under `generation`; the day it is asked on is part of each discharge.
    pub fn new(generation: &str, question: &Question, remarks: &[Remark]) -> Self {
        let mut hasher = Sha256::new();
        let mut part = |text: &str| {
            hasher.update(text.len().to_le_bytes());
            hasher.update(text);
        };
        part(generation);
        part(if question.bundle { "bundle" } else { "one" });
        for discharge in &question.discharges {
            part(&discharge.canonical());
            part(discharge.near.precision.code());
            part(&format!("{} {} {}", discharge.limit, discharge.offset, discharge.list_left_out));
        }
        for remark in remarks {
            part(remark.code);
            part(&remark.text);
        }
        Self(hasher.finalize().into())
    }
}

/// The answers at hand.
#[derive(Debug, Clone)]
pub struct Answers(Cache<Key, Rendered>);

impl Answers {
    /// None yet.
    pub fn new() -> Self {
        let weigh = |_: &Key, rendered: &Rendered| u32::try_from(rendered.body.len() + 128).unwrap_or(u32::MAX);
        Self(Cache::builder().max_capacity(KEPT_BYTES).weigher(weigh).build())
    }

    /// The answer of `key`, if it is at hand.
    pub fn get(&self, key: &Key) -> Option<Rendered> {
        self.0.get(key)
    }

    /// Keeps an answer.
    pub fn keep(&self, key: Key, rendered: Rendered) {
        self.0.insert(key, rendered);
    }
}

impl Default for Answers {
    fn default() -> Self {
        Self::new()
    }
}
