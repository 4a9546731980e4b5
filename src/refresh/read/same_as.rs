//! The same-as table: what a person decided of records that may or may not be one provider. The review file of a night is
//! such a table with the decisions left open: fill in its column `same`, put it into the folder, and they hold from then on.
//!
//! Columns: `record` is what the review file calls the record, `provider` the provider's id, `same` is `yes` or `no`, and
//! empty while nobody has decided. `decided_by` and `decided_on` are kept for people. All other columns are theirs too.

use std::collections::{BTreeMap, BTreeSet};

use crate::provider::{Npi, ProviderId};
use crate::refresh::account::{Refusal, Taken};
use crate::refresh::column::Column;
use crate::refresh::read::Books;
use crate::refresh::row::Row;

/// Every decision, by what the review file calls the record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decisions {
    same: BTreeMap<String, ProviderId>,
    apart: BTreeSet<(String, ProviderId)>,
}

impl Decisions {
    /// The provider that somebody decided the record to be.
    pub fn same(&self, record: &str) -> Option<&ProviderId> {
        self.same.get(record)
    }

    /// Whether nobody has decided anything.
    pub fn is_empty(&self) -> bool {
        self.same.is_empty() && self.apart.is_empty()
    }

    /// Every record that somebody decided to be a provider.
    pub fn all(&self) -> impl Iterator<Item = (&String, &ProviderId)> {
        self.same.iter()
    }

    /// The NPIs that somebody decided to be a provider's.
    pub fn numbers(&self) -> impl Iterator<Item = (ProviderId, Npi)> {
        let number = |(record, provider): (&String, &ProviderId)| {
            Some((provider.clone(), record.strip_prefix("npi:")?.parse().ok()?))
        };
        self.same.iter().filter_map(number)
    }

    /// Whether somebody decided that the record is not this provider.
    pub fn apart(&self, record: &str, provider: &ProviderId) -> bool {
        self.apart.contains(&(record.to_owned(), provider.clone()))
    }
}

/// Reads one decision.
pub fn row(row: &mut Row<'_>, books: &mut Books) -> Result<Taken, Refusal> {
    let Some(record) = row.text(Column::Record) else {
        return Err(Refusal::of(Column::Record, "", "it is missing"));
    };
    let provider: ProviderId = match row.said(Column::Provider).map(str::parse) {
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
    if let (true, Some(other)) = (same, books.decisions.same.get(record.as_ref()).filter(|known| **known != provider)) {
        let reason = format!("another row decides that the record is {other}");
        return Err(Refusal::of(Column::Provider, provider.as_str(), &reason));
    }
    let new = if same {
        books.decisions.same.insert(record.into_owned(), provider).is_none()
    } else {
        books.decisions.apart.insert((record.into_owned(), provider))
    };
    Ok(if new { Taken::Used } else { Taken::Again })
}
