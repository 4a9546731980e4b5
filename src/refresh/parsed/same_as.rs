//! What people decided of records that may be one provider.

use std::collections::BTreeMap;

use crate::provider::{Npi, ProviderId};

/// Every decision, by what the review file calls the record and by the provider.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct SameAsDecisions {
    pub of: BTreeMap<String, BTreeMap<ProviderId, SameAsDecision>>,
}

/// Where a record was decided to be a provider, and where not to be it. Both at once decide nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct SameAsDecision {
    pub yes: Option<String>,
    pub no: Option<String>,
}

impl SameAsDecisions {
    /// The provider that somebody decided the record to be; none where the decisions contradict each other.
    pub(crate) fn same(&self, record: &str) -> Option<&ProviderId> {
        let mut same = self.of.get(record)?.iter().filter(|(_, decided)| decided.yes.is_some());
        let (provider, decided) = same.next()?;
        (same.next().is_none() && decided.no.is_none()).then_some(provider)
    }

    /// Whether nobody has decided anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// Every record that somebody decided to be a provider.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&String, &ProviderId)> {
        self.of.keys().filter_map(|record| Some((record, self.same(record)?)))
    }

    /// The NPIs that somebody decided to be a provider's.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = (ProviderId, Npi)> {
        let number =
            |(record, provider): (&String, &ProviderId)| Some((provider.clone(), record.strip_prefix("npi:")?.parse().ok()?));
        self.all().filter_map(number)
    }

    /// Whether somebody decided that the record is not this provider, and nobody that it is.
    pub(crate) fn apart(&self, record: &str, provider: &ProviderId) -> bool {
        let decided = self.of.get(record).and_then(|of| of.get(provider));
        decided.is_some_and(|decided| decided.no.is_some() && decided.yes.is_none())
    }

    /// Enters a decision made at `place`; whether it is new.
    ///
    /// # Errors
    /// An earlier one contradicts it, so that neither holds: what that says and where.
    pub(crate) fn decide(&mut self, record: &str, provider: &ProviderId, same: bool, place: String) -> Result<bool, String> {
        let of = self.of.entry(record.to_owned()).or_default();
        let other = of.iter().filter(|(known, _)| *known != provider).find_map(|(known, decided)| {
            decided.yes.as_ref().map(|place| format!("{place} decides that the record is {known}, so neither holds"))
        });
        let decided = of.entry(provider.clone()).or_default();
        let (this, against) = if same { (&mut decided.yes, &decided.no) } else { (&mut decided.no, &decided.yes) };
        let new = this.is_none();
        this.get_or_insert(place);
        let against = against.as_ref().map(|place| format!("{place} decides the contrary, so neither holds"));
        against.or(other.filter(|_| same)).map_or(Ok(new), Err)
    }
}
