//! The payer roster, version 1: a CSV that a payer or a hospital keeps, a row for each member of a network.
//!
//! Columns: `network` and one of `ccn` and `npi` are needed. `service` is the code of the line the row is for; left out, it
//! is every line of the provider. `payer`, `plan` (several with `|` between them), `tier`, `begin` and `end` (first and last
//! day) may be empty. A row with both `ccn` and `npi` tells that they are one provider.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::civil::Date;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::care::Service;
use crate::provider::{Ccn, Npi};
use crate::refresh::account::{Accounts, Refusal, Taken, Who};
use crate::refresh::cell;
use crate::refresh::column::Column;
use crate::refresh::listings::{ListedTerms, Listings, Member};
use crate::refresh::profile::{lost_zeros, no_such_service, not_a_date};
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
    /// The networks of the file by name, and those of which a row gave nothing.
    named: BTreeSet<String>,
    incomplete: BTreeSet<String>,
    /// A row gave nothing and does not tell of which network: every network of the file may lack it.
    any: bool,
    /// The earlier rows of each party, service and network, where each row is held against the others.
    rows: Option<FxHashMap<Membership, SmallVec<[Earlier; 1]>>>,
}

/// The cells of a CCN and an NPI as numbers; `None` where they cannot be well formed.
fn key(ccn: Option<&str>, npi: Option<&str>) -> Option<(u64, u64)> {
    let mut letters = [0; 8];
    let ccn = ccn.unwrap_or_default().as_bytes();
    letters.get_mut(..ccn.len())?.copy_from_slice(ccn);
    Some((u64::from_le_bytes(letters), npi.map_or(Ok(0), str::parse).ok()?))
}

impl Reading {
    /// The number of the party a row names; none when the row is refused for it.
    fn party(&mut self, row: &mut Row<'_>, accounts: &mut Accounts, listings: &mut Listings) -> Option<u32> {
        let (ccn, npi) = (row.said(Column::Ccn), row.said(Column::Npi));
        let key = key(ccn, npi);
        if let Some(known) = key.and_then(|key| self.known.get(&key)) {
            return Some(*known);
        }
        let id = Identifiers::of(row)?;
        if let Identifiers(Some(ccn), Some(npi)) = &id {
            accounts.npis.entry(*npi).or_default().insert(ccn.clone());
        }
        let Identifiers(ccn, npi) = id;
        let Some(who) = ccn.map(Who::Ccn).or(npi.map(Who::Npi)) else {
            row.refuse(Refusal::of(Column::Ccn, "", "it is missing, and so is the NPI: one of them tells who it is"));
            return None;
        };
        let number = listings.known_as(who);
        self.known.extend(key.map(|key| (key, number)));
        Some(number)
    }

    /// The number of the network a row names; none when the row is refused for it.
    fn network(&mut self, row: &mut Row<'_>, listings: &mut Listings) -> Option<u32> {
        let cells = NETWORK.map(|column| row.raw(column));
        if let Some((last, number)) = &self.last
            && last.iter().zip(cells).all(|(last, cell)| last == cell)
        {
            return Some(*number);
        }
        match network(row, listings) {
            Ok(number) => {
                self.named.extend(row.text(Column::Network).map(Cow::into_owned));
                self.last = Some((cells.map(str::to_owned), number));
                Some(number)
            }
            Err(refusal) => {
                row.refuse(refusal);
                None
            }
        }
    }

    /// Holds the member against the earlier rows of the same party, service and network.
    fn compare(&mut self, row: &mut Row<'_>, member: Member, terms: ListedTerms) {
        let Some(rows) = &mut self.rows else { return };
        let earlier = rows.entry((member.party, member.service, terms.network)).or_default();
        let days = (terms.begin, terms.end);
        for Earlier { line, tier, begin, end } in earlier.iter() {
            let overlap = terms.begin.zip(*end).is_none_or(|(begin, end)| begin <= end)
                && begin.zip(terms.end).is_none_or(|(begin, end)| begin <= end);
            if (*tier, (*begin, *end)) == (terms.tier, days) {
                row.note(Refusal { doubt: true, ..Refusal::whole("", &format!("line {line} says the same")) });
            } else if overlap {
                let reason = format!("line {line} gives the same member other terms for the same days");
                row.refuse(Refusal::whole("", &reason).advised("keep one row for each period".to_owned()));
            }
        }
        if !row.is_refused() {
            earlier.push(Earlier { line: row.line, tier: terms.tier, begin: terms.begin, end: terms.end });
        }
    }
}

/// A party, its line and a network, by their numbers.
type Membership = (u32, Option<Service>, u32);

/// What a row says of a member, and where.
#[derive(Debug)]
struct Earlier {
    line: u64,
    tier: Option<u32>,
    begin: Option<Date>,
    end: Option<Date>,
}

/// The CCN and the NPI of a row.
struct Identifiers(Option<Ccn>, Option<Npi>);

impl Identifiers {
    /// Those the row gives; none when it is refused for either.
    fn of(row: &mut Row<'_>) -> Option<Self> {
        let ccn = row.said(Column::Ccn).map(|text| row.ccn().map_err(|fault| fault.advised(lost_zeros(text, 6))));
        let mistyped = || "look it up: a digit is wrong or two are swapped".to_owned();
        let npi = row.said(Column::Npi).map(|_| row.npi().map_err(|fault| fault.advised(mistyped())));
        match (ccn.transpose(), npi.transpose()) {
            (Ok(ccn), Ok(npi)) => Some(Self(ccn, npi)),
            (ccn, npi) => {
                [ccn.err(), npi.err()].into_iter().flatten().for_each(|fault| row.refuse(fault));
                None
            }
        }
    }
}

/// The number of the network a row names; its payer and plans are taken on the way.
fn network(row: &Row<'_>, listings: &mut Listings) -> Result<u32, Refusal> {
    let name = row.text(Column::Network).ok_or_else(no_network)?;
    let payer = row.text(Column::Payer).map(|payer| listings.payers.number(&payer));
    let number = listings.network(&name, payer);
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
    read: fn(&str) -> Option<T>,
    fault: fn(Column, &str) -> Refusal,
) -> Option<T> {
    let text = row.said(column)?;
    let value = read(text);
    if value.is_none() {
        row.refuse(fault(column, text));
    }
    value
}

impl Reader for Reading {
    fn row(&mut self, row: &mut Row<'_>, books: &mut Books) -> Result<Taken, Refusal> {
        let Books { accounts, listings, .. } = books;
        if books.careful && self.rows.is_none() {
            self.rows = Some(FxHashMap::default());
        }
        let service = strict(row, Column::Service, |text| text.parse().ok(), |_, text| no_such_service(text));
        let begin = strict(row, Column::Begin, cell::date, not_a_date);
        let end = strict(row, Column::End, cell::date, not_a_date);
        if let (Some(begin), Some(end)) = (begin, end)
            && end < begin
        {
            let reason = format!("it is before the beginning, {begin}");
            row.refuse(Refusal::of(Column::End, row.raw(Column::End), &reason));
        }
        let party = self.party(row, accounts, listings);
        // A row that is refused must leave no network behind.
        let (false, Some(party)) = (row.is_refused(), party) else {
            if row.text(Column::Network).is_none() {
                row.refuse(no_network());
            }
            return Ok(Taken::Used);
        };
        let Some(network) = self.network(row, listings) else { return Ok(Taken::Used) };
        let tier = row.text(Column::Tier).map(|tier| listings.tiers.number(&tier));
        let listed = ListedTerms { tier, begin, end, ..ListedTerms::of(network, accounts.current()) };
        let member = Member { party, service, terms: listings.terms(listed) };
        self.compare(row, member, listed);
        if !row.is_refused() {
            listings.members.push(member);
        }
        Ok(Taken::Used)
    }

    fn lost(&mut self, row: Option<&Row<'_>>) {
        match row.and_then(|row| row.text(Column::Network)) {
            Some(network) => drop(self.incomplete.insert(network.into_owned())),
            None => self.any = true,
        }
    }

    fn end(&mut self, books: &mut Books) -> u64 {
        if self.any {
            self.incomplete.append(&mut self.named);
        }
        let file = books.accounts.sources.last().map(|source| source.file.clone()).unwrap_or_default();
        books
            .incomplete
            .extend(std::mem::take(&mut self.incomplete).into_iter().map(|network| (network, file.clone())));
        0
    }
}

fn no_network() -> Refusal {
    Refusal::of(Column::Network, "", "it is missing")
}
