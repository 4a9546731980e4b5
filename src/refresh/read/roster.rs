//! The payer roster, version 1: a CSV that a payer or a hospital keeps, a row for each member of a network.
//!
//! Columns: `network` and one of `ccn` and `npi` are needed. `service` is the code of the line the row is for; left out, it
//! is every line of the provider. `payer`, `plan` (several with `|` between them), `tier`, `begin` and `end` (first and last
//! day) may be empty. A row with both `ccn` and `npi` tells that they are one provider.

use rustc_hash::FxHashMap;

use crate::refresh::account::{Accounts, Refusal, Taken, Who};
use crate::refresh::column::Column;
use crate::refresh::listings::{ListedTerms, Listings, Member};
use crate::refresh::read::{Books, Reader};
use crate::refresh::row::Row;

/// What a row says of the network, whoever the member is.
const NETWORK: [Column; 3] = [Column::Network, Column::Payer, Column::Plan];

/// Reads one roster file.
#[derive(Debug, Default)]
pub struct Reading {
    /// Providers by their cells as numbers, so that a row of a known provider parses nothing.
    known: FxHashMap<(u64, u64), u32>,
    /// The cells of the last row's network and its number: the rows of a network mostly stand together.
    last: Option<([String; 3], u32)>,
}

/// The cells of a CCN and an NPI as numbers; `None` where they cannot be well formed.
fn key(ccn: Option<&str>, npi: Option<&str>) -> Option<(u64, u64)> {
    let mut letters = [0; 8];
    let ccn = ccn.unwrap_or_default().as_bytes();
    letters.get_mut(..ccn.len())?.copy_from_slice(ccn);
    Some((u64::from_le_bytes(letters), npi.map_or(Ok(0), str::parse).ok()?))
}

impl Reading {
    fn party(&mut self, row: &Row<'_>, accounts: &mut Accounts, listings: &mut Listings) -> Result<u32, Refusal> {
        let (ccn, npi) = (row.said(Column::Ccn), row.said(Column::Npi));
        let key = key(ccn, npi);
        if let Some(known) = key.and_then(|key| self.known.get(&key)) {
            return Ok(*known);
        }
        let ccn = ccn.map(|_| row.ccn()).transpose()?;
        let npi = npi.map(|_| row.npi()).transpose()?;
        if let (Some(ccn), Some(npi)) = (&ccn, npi) {
            accounts.npis.entry(npi).or_default().insert(ccn.clone());
        }
        let Some(who) = ccn.map(Who::Ccn).or(npi.map(Who::Npi)) else {
            return Err(Refusal::of(Column::Ccn, "", "it is missing, and so is the NPI"));
        };
        let number = listings.known_as(who);
        self.known.extend(key.map(|key| (key, number)));
        Ok(number)
    }

    fn network(&mut self, row: &Row<'_>, listings: &mut Listings) -> Result<u32, Refusal> {
        let cells = NETWORK.map(|column| row.raw(column));
        if let Some((last, number)) = &self.last
            && last.iter().zip(cells).all(|(last, cell)| last == cell)
        {
            return Ok(*number);
        }
        let number = network(row, listings)?;
        self.last = Some((cells.map(str::to_owned), number));
        Ok(number)
    }
}

/// The number of the network a row names; its payer and plans are taken on the way.
fn network(row: &Row<'_>, listings: &mut Listings) -> Result<u32, Refusal> {
    let name = row.text(Column::Network).ok_or_else(|| Refusal::of(Column::Network, "", "it is missing"))?;
    let payer = row.text(Column::Payer).map(|payer| listings.payers.number(&payer));
    let number = listings.network(&name, payer).map_err(|earlier| {
        let reason = format!("an earlier row gives the network to \"{earlier}\"");
        Refusal::of(Column::Payer, row.raw(Column::Payer), &reason)
    })?;
    for plan in row.text(Column::Plan).iter().flat_map(|plans| plans.split('|')).map(str::trim) {
        if !plan.is_empty() {
            listings.plans.insert((payer, plan.to_owned(), number));
        }
    }
    Ok(number)
}

/// A cell that may be empty, and where it is not must be read: a member on wrong terms is worse than none.
fn strict<T>(
    row: &mut Row<'_>,
    column: Column,
    reason: &str,
    read: impl FnOnce(&mut Row<'_>) -> Option<T>,
) -> Result<Option<T>, Refusal> {
    if row.said(column).is_none() {
        return Ok(None);
    }
    read(row).map(Some).ok_or_else(|| Refusal::of(column, row.raw(column), reason))
}

impl Reader for Reading {
    fn row(&mut self, row: &mut Row<'_>, books: &mut Books) -> Result<Taken, Refusal> {
        let Books { accounts, listings, .. } = books;
        let service =
            strict(row, Column::Service, "there is no such service", |row| row.said(Column::Service)?.parse().ok())?;
        let begin = strict(row, Column::Begin, "it is not a date", |row| row.date(Column::Begin))?;
        let end = strict(row, Column::End, "it is not a date", |row| row.date(Column::End))?;
        if let (Some(begin), Some(end)) = (begin, end)
            && end < begin
        {
            return Err(Refusal::of(Column::End, row.raw(Column::End), "it is before the beginning"));
        }
        let party = self.party(row, accounts, listings)?;
        let network = self.network(row, listings)?;
        let tier = row.text(Column::Tier).map(|tier| listings.tiers.number(&tier));
        let terms = listings.terms(ListedTerms { tier, begin, end, ..ListedTerms::of(network, accounts.current()) });
        listings.members.push(Member { party, service, terms });
        Ok(Taken::Used)
    }
}
