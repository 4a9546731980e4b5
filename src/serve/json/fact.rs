//! A fact as JSON: a value, who said it, and what others said instead.

use serde::Serialize;

use crate::evidence::{Evidence, Fact};
use crate::serve::json::parts::EvidenceJson;

/// A value, who said it, and what others said instead, most trusted first.
#[derive(Debug, Serialize)]
pub(crate) struct FactJson<'a, T> {
    #[serde(flatten)]
    told: StatementsJson<'a, T>,
    others: Vec<StatementsJson<'a, T>>,
}

#[derive(Debug, Serialize)]
struct StatementsJson<'a, T> {
    value: T,
    #[serde(flatten)]
    said: EvidenceJson<'a>,
}

impl<'a, T> FactJson<'a, T> {
    /// `fact`, each value as `show` shows it.
    pub(crate) fn new<V>(fact: &'a Fact<V>, show: impl Fn(&'a V) -> T) -> Self {
        let told = |value: &'a V, evidence: &'a Evidence| StatementsJson { value: show(value), said: evidence.into() };
        Self {
            told: told(&fact.value, &fact.evidence),
            others: fact.others.iter().map(|(value, evidence)| told(value, evidence)).collect(),
        }
    }
}
