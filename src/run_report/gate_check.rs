//! What one check of the gate found.

use serde::{Deserialize, Serialize};

/// What a guard found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckVerdict {
    /// As it should be.
    #[default]
    Good,
    /// Worth a look; the directory is published.
    Warn,
    /// The directory is not published unless by force.
    Refuse,
}

/// One guard's finding.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct GateCheck {
    /// The guard: `first_run`, `synthetic`, `minimum`, `providers`, `service`, `state`, `network`, `source`, `older_source`,
    /// `rejected_rows`, `without_place`, `undeclared`, `read_together` or `canary`.
    #[serde(skip_deserializing)]
    pub guard: &'static str,
    /// What it is about: a service, a state, a network, a source, a question; empty for the whole directory.
    pub subject: String,
    /// What it found.
    pub verdict: CheckVerdict,
    /// The finding in a sentence, with its figures and its limit.
    pub words: String,
}
