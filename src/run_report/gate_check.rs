//! The result of one gate check.

use serde::{Deserialize, Serialize};

/// Verdict of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckVerdict {
    /// Within limits.
    #[default]
    Good,
    /// Worth a look; the directory is published.
    Warn,
    /// The directory is not published unless forced.
    Refuse,
}

/// The result of one check.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct GateCheck {
    /// The check: `first_run`, `synthetic`, `minimum`, `providers`, `service`, `state`, `network`,
    /// `source`, `fact`, `distribution`, `changed`, `exchanged`, `plan`, `slow_loss`, `older_source`, `rejected_rows`,
    /// `without_place`, `undeclared`, `read_together`, `unidentified` or `canary`.
    #[serde(skip_deserializing)]
    pub guard: &'static str,
    /// What was checked: a service, a state, a network, a source or a canary question; empty for
    /// the whole directory.
    pub subject: String,
    /// The verdict.
    pub verdict: CheckVerdict,
    /// The result in one sentence, with its numbers and its limit.
    pub words: String,
}
