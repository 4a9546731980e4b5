//! What a handler says of its answer, for the log and the headers.

use jiff::Timestamp;

use crate::serve::answer_summary::AnswerSummary;

/// What a handler tells the log of its answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct AnswerMetadata {
    /// The generation answered from.
    pub generation: String,
    /// When it was built.
    pub built_at: Timestamp,
    /// What the answer comes to; `None` where nothing was matched.
    pub tally: Option<AnswerSummary>,
    /// Whether the answer was at hand already.
    pub cached: bool,
}
