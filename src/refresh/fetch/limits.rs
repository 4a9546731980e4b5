//! What a fetch may cost: bytes, pages, time and tries.

use std::time::Duration;

/// What a fetch may cost at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchLimits {
    /// Bytes of one answer that is held in memory.
    pub answer_bytes: u64,
    /// Bytes of all answers together.
    pub total_bytes: u64,
    /// How many pages one list may have.
    pub pages: usize,
    /// How long one answer may take, its body included; of a file that is saved, each piece of it.
    pub answer_time: Duration,
    /// The fewest bytes that must come within that time, of a file that is saved; a server that drips ends sooner than the whole time.
    pub answer_least: u64,
    /// How long the whole fetch may take.
    pub whole_time: Duration,
    /// How often a thing is asked for when the fault may pass.
    pub tries: usize,
    /// The pause before the second try; it doubles with each.
    pub pause: Duration,
    /// The longest pause, whatever the server asks for.
    pub longest_pause: Duration,
}

impl Default for FetchLimits {
    /// A large payer's directory fits well; a server that never ends does not.
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

/// The most redirects followed for one answer; all lead to the same server.
pub const REDIRECTS: usize = 5;
