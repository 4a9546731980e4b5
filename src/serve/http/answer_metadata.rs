//! What a handler reports about its answer, for the log and the headers.

use jiff::Timestamp;

use crate::catalog::manifest::Manifest;
use crate::serve::answer_summary::AnswerSummary;
use crate::serve::unmet_needs::UnmetQuestion;

/// What a request did, for the audit log, where that depends on its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AuditedAction(pub(crate) &'static str);

/// Metadata that a handler attaches to its response, for logging, metrics and headers.
#[derive(Debug, Clone, Default)]
pub(crate) struct AnswerMetadata {
    /// The generation answered from.
    pub generation: String,
    /// When it was built.
    pub built_at: Timestamp,
    /// Summary of the reports; `None` if nothing was matched.
    pub tally: Option<AnswerSummary>,
    /// Whether the answer came from the cache.
    pub cached: bool,
    /// The questions that no provider met, in codes.
    pub unmet: Vec<UnmetQuestion>,
}

impl AnswerMetadata {
    /// Of an answer from the generation of `manifest`, without a match.
    pub(crate) fn of(manifest: &Manifest) -> Self {
        Self { generation: manifest.generation.clone(), built_at: manifest.built_at, ..Self::default() }
    }
}
