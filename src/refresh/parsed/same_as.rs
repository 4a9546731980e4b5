//! Human decisions about records that may be the same provider.

use std::collections::BTreeMap;

use crate::provider::{Npi, ProviderId};

/// All decisions, by the record's name in the review file and by provider.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct SameAsDecisions {
    pub of: BTreeMap<String, BTreeMap<ProviderId, SameAsDecision>>,
}

/// The locations of decisions that a record is a provider and that it is not. If both exist,
/// neither counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct SameAsDecision {
    pub yes: Option<String>,
    pub no: Option<String>,
}

impl SameAsDecisions {
    /// The provider that the record was decided to be; `None` if decisions contradict each other.
    pub(crate) fn same(&self, record: &str) -> Option<&ProviderId> {
        let mut same = self.of.get(record)?.iter().filter(|(_, decided)| decided.yes.is_some());
        let (provider, decided) = same.next()?;
        (same.next().is_none() && decided.no.is_none()).then_some(provider)
    }

    /// Whether there are no decisions.
    pub(crate) fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// Every record that was decided to be a provider.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&String, &ProviderId)> {
        self.of.keys().filter_map(|record| Some((record, self.same(record)?)))
    }

    /// The NPIs that were decided to belong to a provider.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = (ProviderId, Npi)> {
        let number =
            |(record, provider): (&String, &ProviderId)| Some((provider.clone(), record.strip_prefix("npi:")?.parse().ok()?));
        self.all().filter_map(number)
    }

    /// Whether the record was decided not to be this provider, without a contrary decision.
    pub(crate) fn apart(&self, record: &str, provider: &ProviderId) -> bool {
        let decided = self.of.get(record).and_then(|of| of.get(provider));
        decided.is_some_and(|decided| decided.no.is_some() && decided.yes.is_none())
    }

    /// Adds a decision made at `place`; returns whether it is new.
    ///
    /// # Errors
    /// It contradicts an earlier decision; neither counts. The message gives the other's location.
    pub(crate) fn decide(&mut self, record: &str, provider: &ProviderId, same: bool, place: String) -> Result<bool, String> {
        let of = self.of.entry(record.to_owned()).or_default();
        let other = of.iter().filter(|(known, _)| *known != provider).find_map(|(known, decided)| {
            decided.yes.as_ref().map(|place| format!("{place} decides that the record is {known}; neither is used"))
        });
        let decided = of.entry(provider.clone()).or_default();
        let (this, against) = if same { (&mut decided.yes, &decided.no) } else { (&mut decided.no, &decided.yes) };
        let new = this.is_none();
        this.get_or_insert(place);
        let against = against.as_ref().map(|place| format!("{place} decides the opposite; neither is used"));
        against.or(other.filter(|_| same)).map_or(Ok(new), Err)
    }
}
