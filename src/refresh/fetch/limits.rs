//! Limits of a fetch: bytes, pages, time and tries.

use std::time::Duration;

/// Limits of one fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchLimits {
    /// Bytes of one answer held in memory.
    pub answer_bytes: u64,
    /// Bytes of all answers together.
    pub total_bytes: u64,
    /// Pages of one search.
    pub pages: usize,
    /// Time for one answer including its body; for a downloaded file, for each piece.
    pub answer_time: Duration,
    /// Minimum bytes of a downloaded file per `answer_time`, so that a server that sends very
    /// slowly is cut off early.
    pub answer_least: u64,
    /// Time for the whole fetch.
    pub whole_time: Duration,
    /// Tries for a request whose fault may pass.
    pub tries: usize,
    /// Pause before the second try; it doubles with each try.
    pub pause: Duration,
    /// The longest pause, even if the server asks for more.
    pub longest_pause: Duration,
}

impl Default for FetchLimits {
    /// Enough for a large payer's directory, but not for a server that never ends.
    fn default() -> Self {
        Self {
            answer_bytes: 64 << 20,
            total_bytes: 20 << 30,
            pages: 200_000,
            answer_time: Duration::from_mins(1),
            answer_least: 60 << 10,
            whole_time: Duration::from_hours(6),
            tries: 3,
            pause: Duration::from_secs(1),
            longest_pause: Duration::from_mins(2),
        }
    }
}

/// The most redirects followed for one answer; all must stay on the same server.
pub const REDIRECTS: usize = 5;
