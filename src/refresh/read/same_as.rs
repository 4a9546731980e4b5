//! The same-as table: what a person decided of records that may or may not be one provider. The review file of a night is
//! such a table with the decisions left open: fill in its column `same`, put it into the folder, and they hold from then on.
//!
//! Columns: `record` is what the review file calls the record, `provider` the provider's id, `same` is `yes` or `no`, and
//! empty while nobody has decided. `decided_by` and `decided_on` are kept for people. All other columns are theirs too.

use std::collections::BTreeMap;

use crate::provider::{Npi, ProviderId};
use crate::refresh::account::{Refusal, Taken};
use crate::refresh::column::Column;
use crate::refresh::read::Books;
use crate::refresh::row::Row;

/// Every decision, by what the review file calls the record and by the provider.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decisions {
    of: BTreeMap<String, BTreeMap<ProviderId, Decided>>,
}

/// Where a record was decided to be a provider, and where not to be it. Both at once decide nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Decided {
    yes: Option<String>,
    no: Option<String>,
}

impl Decisions {
    /// The provider that somebody decided the record to be; none where the decisions contradict each other.
    pub fn same(&self, record: &str) -> Option<&ProviderId> {
        let mut same = self.of.get(record)?.iter().filter(|(_, decided)| decided.yes.is_some());
        let (provider, decided) = same.next()?;
        (same.next().is_none() && decided.no.is_none()).then_some(provider)
    }

    /// Whether nobody has decided anything.
    pub fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// Every record that somebody decided to be a provider.
    pub fn all(&self) -> impl Iterator<Item = (&String, &ProviderId)> {
        self.of.keys().filter_map(|record| Some((record, self.same(record)?)))
    }

    /// The NPIs that somebody decided to be a provider's.
    pub fn numbers(&self) -> impl Iterator<Item = (ProviderId, Npi)> {
        let number = |(record, provider): (&String, &ProviderId)| {
            Some((provider.clone(), record.strip_prefix("npi:")?.parse().ok()?))
        };
        self.all().filter_map(number)
    }

    /// Whether somebody decided that the record is not this provider, and nobody that it is.
    pub fn apart(&self, record: &str, provider: &ProviderId) -> bool {
        let decided = self.of.get(record).and_then(|of| of.get(provider));
        decided.is_some_and(|decided| decided.no.is_some() && decided.yes.is_none())
    }

    /// Enters a decision made at `place`; whether it is new.
    ///
    /// # Errors
    /// An earlier one contradicts it, so that neither holds: what that says and where.
    fn decide(&mut self, record: &str, provider: &ProviderId, same: bool, place: String) -> Result<bool, String> {
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

/// An id as people may type it: "CCN: 265003" for "ccn:265003".
fn plain(id: &str) -> String {
    match id.split_once(':') {
        Some((prefix, rest)) => format!("{}:{}", prefix.trim().to_lowercase(), rest.trim()),
        None => id.trim().to_owned(),
    }
}

/// Reads one decision.
pub fn row(row: &mut Row<'_>, books: &mut Books) -> Result<Taken, Refusal> {
    let Some(record) = row.text(Column::Record) else {
        return Err(Refusal::of(Column::Record, "", "it is missing"));
    };
    let provider: ProviderId = match row.said(Column::Provider).map(|id| plain(id).parse()) {
        Some(Ok(provider)) => provider,
        Some(Err(error)) => return Err(Refusal::of(Column::Provider, row.raw(Column::Provider), &error)),
        None => return Err(Refusal::of(Column::Provider, "", "it is missing")),
    };
    if row.said(Column::Same).is_none() {
        return Ok(Taken::PassedOver);
    }
    let Some(same) = row.flag(Column::Same) else {
        return Err(Refusal::of(Column::Same, row.raw(Column::Same), "it is neither yes nor no"));
    };
    let place = format!("line {} of {}", row.line, books.accounts.current_file());
    match books.decisions.decide(&plain(&record), &provider, same, place) {
        Ok(true) => Ok(Taken::Used),
        Ok(false) => Ok(Taken::Again),
        Err(reason) => Err(Refusal::of(Column::Same, row.raw(Column::Same), &reason)),
    }
}
