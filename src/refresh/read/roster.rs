//! The payer roster, version 1: a CSV that a payer or a hospital keeps, a row for each member of a network.
//!
//! Columns: `network` and one of `ccn` and `npi` are needed. `service` is the code of the line the row is for; left out, it
//! is every line of the provider. `payer`, `plan` (several with `|` between them), `tier`, `begin` and `end` (first and last
//! day) may be empty. A row with both `ccn` and `npi` tells that they are one provider.

use jiff::civil::Date;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::care::Service;
use crate::refresh::account::{Accounts, Refusal, SourceKey, Taken, Who};
use crate::refresh::column::Column;
use crate::refresh::read::{Books, Reader};
use crate::refresh::row::Row;

/// Texts, each once, by the number it was given.
#[derive(Debug, Default)]
pub struct Names {
    numbers: FxHashMap<String, u32>,
    texts: Vec<String>,
}

impl Names {
    /// The number of a text, given now if it has none.
    pub fn number(&mut self, text: &str) -> u32 {
        if let Some(known) = self.numbers.get(text) {
            return *known;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.numbers.insert(text.to_owned(), number);
        self.texts.push(text.to_owned());
        number
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// The text of a number.
    pub fn text(&self, number: u32) -> &str {
        self.texts.get(number as usize).map_or("", String::as_str)
    }
}

/// The terms of a membership, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RosterTerms {
    /// The network, among [`Roster::networks`].
    pub network: u32,
    /// The tier, among [`Roster::tiers`].
    pub tier: Option<u32>,
    /// The first day.
    pub begin: Option<Date>,
    /// The last day.
    pub end: Option<Date>,
    /// The file that says so.
    pub source: SourceKey,
}

/// A provider is in a network on some terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// The provider, among [`Roster::providers`].
    pub provider: u32,
    /// The line; `None` is every line.
    pub service: Option<Service>,
    /// The terms, among [`Roster::terms`].
    pub terms: u32,
}

/// Every roster row read, packed: a big country has millions.
#[derive(Debug, Default)]
pub struct Roster {
    /// Network names.
    pub networks: Names,
    /// The payer of each network, among [`Roster::payers`].
    pub payer_of: Vec<Option<u32>>,
    /// Payer names.
    pub payers: Names,
    /// Tier names.
    pub tiers: Names,
    /// Payer, plan and network as they occur together.
    pub plans: FxHashSet<(Option<u32>, String, u32)>,
    /// The distinct terms.
    pub terms: Vec<RosterTerms>,
    /// The providers named.
    pub providers: Vec<Who>,
    /// Who is in what.
    pub members: Vec<Member>,
    terms_numbers: FxHashMap<RosterTerms, u32>,
    provider_numbers: FxHashMap<Who, u32>,
}

impl Roster {
    fn terms_number(&mut self, terms: RosterTerms) -> u32 {
        let next = u32::try_from(self.terms.len()).unwrap_or(u32::MAX);
        *self.terms_numbers.entry(terms).or_insert_with(|| {
            self.terms.push(terms);
            next
        })
    }

    fn provider_number(&mut self, who: Who) -> u32 {
        let next = u32::try_from(self.providers.len()).unwrap_or(u32::MAX);
        *self.provider_numbers.entry(who).or_insert_with_key(|who| {
            self.providers.push(who.clone());
            next
        })
    }

    /// The network's number; its payer must be the one earlier rows gave.
    fn network(&mut self, name: &str, payer: Option<u32>) -> Result<u32, Refusal> {
        let number = self.networks.number(name);
        let place = number as usize;
        if place == self.payer_of.len() {
            self.payer_of.push(payer);
        }
        match (self.payer_of[place], payer) {
            (Some(earlier), Some(payer)) if earlier != payer => {
                let reason = format!("an earlier row gives the network to \"{}\"", self.payers.text(earlier));
                Err(Refusal::of(Column::Payer, self.payers.text(payer), &reason))
            }
            (earlier, payer) => {
                self.payer_of[place] = earlier.or(payer);
                Ok(number)
            }
        }
    }
}

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
    fn provider(&mut self, row: &Row<'_>, accounts: &mut Accounts, roster: &mut Roster) -> Result<u32, Refusal> {
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
        let number = roster.provider_number(who);
        self.known.extend(key.map(|key| (key, number)));
        Ok(number)
    }

    fn network(&mut self, row: &Row<'_>, roster: &mut Roster) -> Result<u32, Refusal> {
        let cells = NETWORK.map(|column| row.raw(column));
        if let Some((last, number)) = &self.last
            && last.iter().zip(cells).all(|(last, cell)| last == cell)
        {
            return Ok(*number);
        }
        let number = network(row, roster)?;
        self.last = Some((cells.map(str::to_owned), number));
        Ok(number)
    }
}

/// The number of the network a row names; its payer and plans are taken on the way.
fn network(row: &Row<'_>, roster: &mut Roster) -> Result<u32, Refusal> {
    let name = row.text(Column::Network).ok_or_else(|| Refusal::of(Column::Network, "", "it is missing"))?;
    let payer = row.text(Column::Payer).map(|payer| roster.payers.number(&payer));
    let number = roster.network(&name, payer)?;
    for plan in row.text(Column::Plan).iter().flat_map(|plans| plans.split('|')).map(str::trim) {
        if !plan.is_empty() {
            roster.plans.insert((payer, plan.to_owned(), number));
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
        let Books { accounts, roster } = books;
        let service =
            strict(row, Column::Service, "there is no such service", |row| row.said(Column::Service)?.parse().ok())?;
        let begin = strict(row, Column::Begin, "it is not a date", |row| row.date(Column::Begin))?;
        let end = strict(row, Column::End, "it is not a date", |row| row.date(Column::End))?;
        if let (Some(begin), Some(end)) = (begin, end)
            && end < begin
        {
            return Err(Refusal::of(Column::End, row.raw(Column::End), "it is before the beginning"));
        }
        let provider = self.provider(row, accounts, roster)?;
        let network = self.network(row, roster)?;
        let tier = row.text(Column::Tier).map(|tier| roster.tiers.number(&tier));
        let terms = roster.terms_number(RosterTerms { network, tier, begin, end, source: accounts.current() });
        roster.members.push(Member { provider, service, terms });
        Ok(Taken::Used)
    }
}
