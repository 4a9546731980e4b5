//! The payer roster, version 1: a CSV file kept by a payer or a hospital, one row per network member.
//!
//! Columns: `network` and at least one of `ccn` and `npi` are required. `service` is the code of the service line; if empty,
//! the row covers every line of the provider. `payer`, `plan` (several separated by `|`), `tier`, `begin` and `end` (first
//! and last day) and `verified_at` (the day on which the payer checked the row) are optional. A row with both `ccn` and `npi`
//! states that they are one provider.

use std::collections::BTreeSet;

use jiff::civil::Date;
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use crate::provider::{Ccn, Npi};
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_cell;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::dataset::{DatasetSpec, SeveralFiles, SourceNaming, TableSpec};
use crate::refresh::header_signature::HeaderSignature;
use crate::refresh::input::strict_rows::StrictLine;
use crate::refresh::name_spellings::{NameSpellings, NamedThing};
use crate::refresh::parsed::ParsedInput;
use crate::refresh::payer_listings::{ListedTerms, NetworkMembership, PayerListings};
use crate::refresh::profile::{no_such_service, not_a_date};
use crate::refresh::read::roster::known_rows::KnownRows;
use crate::refresh::read::row_reader::{DatasetReader, KnownLine};
use crate::refresh::schema::ROSTER;
use crate::refresh::source_record::{ProviderKey, RowError, RowOutcome, SourceRecords};
use crate::refresh::trust_tier::TrustTier;
use crate::service::Service;
use crate::text::name_key::name_key;
use crate::text::spreadsheet;

pub(crate) mod known_rows;

/// The roster.
pub(crate) static SPEC: DatasetSpec = {
    use KnownColumn as C;
    let signature = HeaderSignature::of(2, &[C::Network, C::Ccn, C::Npi, C::Payer, C::Plan, C::Tier, C::Begin, C::End])
        .without(&[
            C::Street,
            C::Zip,
            C::Stations,
            C::NeedsYes,
            C::NeedsNo,
            C::StatedBy,
            C::Zips,
            C::RadiusMiles,
            C::EnrollmentId,
        ])
        // A table of CCNs and NPIs alone is no roster.
        .with_one_of(&[C::Network, C::Payer, C::Plan, C::Tier, C::Service, C::Begin, C::End])
        .at_most(16);
    let table = TableSpec {
        ccn_or_npi: true,
        schema: Some(&ROSTER),
        ..TableSpec::read(signature, &[C::Network], || Box::new(RosterReader::default()))
    };
    DatasetSpec {
        several: SeveralFiles::NewestCounts,
        naming: SourceNaming::Place,
        ..DatasetSpec::table_of("payer roster", TrustTier::Payer, table)
    }
};

/// The columns that describe the network.
const NETWORK: [KnownColumn; 3] = [KnownColumn::Network, KnownColumn::Payer, KnownColumn::Plan];

/// Reads one roster file.
#[derive(Debug, Default)]
pub(crate) struct RosterReader {
    /// Parties by the cells as numbers, so that rows of a known provider need no parsing.
    known: FxHashMap<(u64, u64), u32>,
    /// The rows of the last row's network without a fault.
    repeated: KnownRows,
    /// The network cells of the last row: rows of one network are usually adjacent.
    last: Option<LastNetwork>,
    /// The first spelling of each name with its line, and the spellings already reported.
    spelled: FxHashMap<(KnownColumn, String), (String, u64)>,
    respelled: FxHashSet<String>,
    /// The networks of the file by name, and those with a rejected row.
    named: BTreeSet<String>,
    incomplete: BTreeSet<String>,
    /// A rejected row does not say which network it is for, so every network of the file may be incomplete.
    any: bool,
    /// The earlier rows of each party, service and network, kept when rows are compared.
    rows: Option<FxHashMap<RosterMembership, SmallVec<[EarlierRow; 1]>>>,
}

/// The network of adjacent rows.
#[derive(Debug)]
struct LastNetwork {
    cells: [String; 3],
    named: NetworkNames,
    /// How many rows name it so.
    rows: u64,
}

/// The names of a row's network, and their numbers.
#[derive(Debug, Clone)]
struct NetworkNames {
    network: (String, u32),
    payer: Option<(String, u32)>,
    plans: Vec<String>,
}

impl NetworkNames {
    /// Counts the spellings of so many rows.
    fn count(&self, rows: u64, spellings: &mut NameSpellings) {
        let payer = self.payer.as_ref().map(|(_, number)| *number);
        spellings.count(NamedThing::Network(self.network.1), &self.network.0, rows);
        if let Some((name, number)) = &self.payer {
            spellings.count(NamedThing::Payer(*number), name, rows);
        }
        for plan in &self.plans {
            spellings.count(NamedThing::Plan(payer), plan, rows);
        }
    }
}

/// The cells of a CCN and an NPI as numbers; `None` if they cannot be well formed.
fn key(ccn: Option<&str>, npi: Option<&str>) -> Option<(u64, u64)> {
    let ccn = eight_bytes(ccn.unwrap_or_default().as_bytes())?;
    Some((ccn, npi.map_or(Some(0), |npi| ten_digits(npi.as_bytes()))?))
}

/// A short text as a number; `None` if it is longer than eight bytes, or has a zero byte.
fn eight_bytes(text: &[u8]) -> Option<u64> {
    if text.contains(&0) {
        return None;
    }
    let mut letters = [0; 8];
    letters.get_mut(..text.len())?.copy_from_slice(text);
    Some(u64::from_le_bytes(letters))
}

/// Ten digits as a number, 0 for an empty text; `None` for any other.
fn ten_digits(text: &[u8]) -> Option<u64> {
    if !matches!(text.len(), 0 | 10) || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(text.iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
}

impl RosterReader {
    /// The index of the row's party; `None` if the row is rejected.
    fn party(
        &mut self,
        row: &mut CsvRow<'_>,
        source_records: &mut SourceRecords,
        listings: &mut PayerListings,
    ) -> Option<u32> {
        let (ccn, npi) = (row.identifier(KnownColumn::Ccn), row.identifier(KnownColumn::Npi));
        let key = key(ccn, npi);
        if let Some(known) = key.and_then(|key| self.known.get(&key)) {
            return Some(*known);
        }
        let id = RosterIdentifiers::of(row)?;
        if let RosterIdentifiers(Some(ccn), Some(npi)) = &id {
            source_records.npis.entry(*npi).or_default().insert(ccn.clone());
        }
        let RosterIdentifiers(ccn, npi) = id;
        let Some(who) = ccn.map(ProviderKey::Ccn).or(npi.map(ProviderKey::Npi)) else {
            row.refuse(RowError::of(KnownColumn::Ccn, "", "it is missing, and so is the NPI; one of them is required"));
            return None;
        };
        let number = listings.known_as(who);
        self.known.extend(key.map(|key| (key, number)));
        Some(number)
    }

    /// The index of the row's network; `None` if the row is rejected.
    fn network(&mut self, row: &mut CsvRow<'_>, listings: &mut PayerListings) -> Option<u32> {
        let cells = NETWORK.map(|column| row.raw(column));
        if let Some(last) = &mut self.last
            && last.cells.iter().zip(cells).all(|(last, cell)| last == cell)
        {
            last.rows += 1;
            return Some(last.named.network.1);
        }
        self.count_last(listings);
        self.repeated.clear();
        match network(row, listings) {
            Ok(named) => {
                self.named.insert(named.network.0.clone());
                self.compare_spellings(row, &named);
                let number = named.network.1;
                self.last = Some(LastNetwork { cells: cells.map(str::to_owned), named, rows: 1 });
                Some(number)
            }
            Err(refusal) => {
                row.refuse(refusal);
                None
            }
        }
    }

    /// Counts the spellings of the rows since the network last changed.
    fn count_last(&mut self, listings: &mut PayerListings) {
        if let Some(last) = self.last.take() {
            last.named.count(last.rows, &mut listings.spellings);
        }
    }

    /// Reports each further spelling of a name once.
    fn compare_spellings(&mut self, row: &mut CsvRow<'_>, named: &NetworkNames) {
        let of_payer = named.payer.as_ref().map(|(name, _)| name_key(name)).unwrap_or_default();
        let network = (KnownColumn::Network, of_payer.as_str(), &named.network.0);
        let payer = named.payer.iter().map(|(name, _)| (KnownColumn::Payer, "", name));
        let plans = named.plans.iter().map(|plan| (KnownColumn::Plan, of_payer.as_str(), plan));
        for (column, of, name) in payer.chain(plans).chain([network]) {
            let key = (column, format!("{of}\n{}", name_key(name)));
            let (first, line) = self.spelled.entry(key).or_insert_with(|| (name.clone(), row.line));
            if first != name && self.respelled.insert(format!("{column:?}\n{of}\n{name}")) {
                let reason = format!("it is spelled \"{first}\" on line {line}; both are one name");
                row.warn(RowError { doubt: true, ..RowError::of(column, name, &reason) });
            }
        }
    }

    /// Compares the member with earlier rows of the same party, service and network.
    fn compare(&mut self, row: &mut CsvRow<'_>, member: NetworkMembership, terms: ListedTerms) {
        let Some(rows) = &mut self.rows else { return };
        let earlier = rows.entry((member.party, member.service, terms.network)).or_default();
        let days = (terms.begin, terms.end);
        for EarlierRow { line, tier, begin, end } in earlier.iter() {
            let overlap = terms.begin.zip(*end).is_none_or(|(begin, end)| begin <= end)
                && begin.zip(terms.end).is_none_or(|(begin, end)| begin <= end);
            if (*tier, (*begin, *end)) == (terms.tier, days) {
                row.warn(RowError { doubt: true, ..RowError::whole("", &format!("line {line} says the same")) });
            } else if overlap {
                let reason = format!("line {line} has different terms for the same member and days");
                row.refuse(RowError::whole("", &reason).with_hint("keep one row for each period".to_owned()));
            }
        }
        if !row.is_refused() {
            earlier.push(EarlierRow { line: row.line, tier: terms.tier, begin: terms.begin, end: terms.end });
        }
    }
}

/// The indexes of a party and a network, and the service line.
type RosterMembership = (u32, Option<Service>, u32);

/// An earlier row's terms and line number.
#[derive(Debug)]
struct EarlierRow {
    line: u64,
    tier: Option<u32>,
    begin: Option<Date>,
    end: Option<Date>,
}

/// The CCN and the NPI of a row.
struct RosterIdentifiers(Option<Ccn>, Option<Npi>);

impl RosterIdentifiers {
    /// The identifiers of the row; `None` if it is rejected for either.
    fn of(row: &mut CsvRow<'_>) -> Option<Self> {
        let ccn = row.identifier(KnownColumn::Ccn).map(|_| row.ccn());
        let mistyped = || "look it up: a digit is wrong or two are swapped".to_owned();
        let npi = row.identifier(KnownColumn::Npi).map(|_| row.npi().map_err(|fault| fault.or_hint(mistyped)));
        match (ccn.transpose(), npi.transpose()) {
            (Ok(ccn), Ok(npi)) => Some(Self(ccn, npi)),
            (ccn, npi) => {
                [ccn.err(), npi.err()].into_iter().flatten().for_each(|fault| row.refuse(fault));
                None
            }
        }
    }
}

/// The names of the row's network; adds it with its payer and plans.
fn network(row: &CsvRow<'_>, listings: &mut PayerListings) -> Result<NetworkNames, RowError> {
    let name = row.text(KnownColumn::Network).ok_or_else(no_network)?.into_owned();
    let payer = row.text(KnownColumn::Payer).map(|payer| (payer.to_string(), listings.payers.number(&payer)));
    let payer_number = payer.as_ref().map(|(_, number)| *number);
    let number = listings.network(&name, payer_number);
    let plans = row.text(KnownColumn::Plan);
    let plans = plans.iter().flat_map(|plans| plans.split('|')).filter_map(csv_cell::non_empty).map(str::to_owned);
    let plans: Vec<String> = plans.collect();
    listings.plans.extend(plans.iter().map(|plan| (payer_number, plan.clone(), number)));
    Ok(NetworkNames { network: (name, number), payer, plans })
}

/// Parses an optional cell. An unreadable value rejects the row: a member with wrong terms is worse than none.
fn strict<T>(
    row: &mut CsvRow<'_>,
    column: KnownColumn,
    read: fn(&str) -> Option<T>,
    fault: fn(KnownColumn, &str) -> RowError,
) -> Option<T> {
    let text = row.non_empty(column)?;
    let value = read(text);
    if value.is_none() {
        row.refuse(fault(column, text));
    }
    value
}

impl DatasetReader for RosterReader {
    fn row(&mut self, row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError> {
        let ParsedInput { records: source_records, listings, .. } = parsed;
        if parsed.careful && self.rows.is_none() {
            self.rows = Some(FxHashMap::default());
        }
        let service = strict(row, KnownColumn::Service, |text| text.parse().ok(), |_, text| no_such_service(text));
        let begin = strict(row, KnownColumn::Begin, csv_cell::date, not_a_date);
        if row.non_empty(KnownColumn::Tier).is_some_and(|tier| csv_cell::date(tier).is_some()) {
            let fault = RowError::of(KnownColumn::Tier, row.raw(KnownColumn::Tier), "it is a date");
            row.refuse(fault.with_hint("move the cells back under their columns".to_owned()));
        }
        let end = strict(row, KnownColumn::End, csv_cell::last_date, not_a_date);
        if let (Some(begin), Some(end)) = (begin, end)
            && end < begin
        {
            let reason = format!("it is before the begin date, {begin}");
            row.refuse(RowError::of(KnownColumn::End, row.raw(KnownColumn::End), &reason));
        }
        // A day that cannot be right leaves the membership as it is: it is only not known when it was checked.
        let verified_at = row.past_date(KnownColumn::VerifiedAt, parsed.today);
        let party = self.party(row, source_records, listings);
        // A rejected row must not add a network.
        let (false, Some(party)) = (row.is_refused(), party) else {
            if row.text(KnownColumn::Network).is_none() {
                row.refuse(no_network());
            }
            return Ok(RowOutcome::Used);
        };
        let Some(network) = self.network(row, listings) else { return Ok(RowOutcome::Used) };
        let tier = row.text(KnownColumn::Tier).map(|tier| listings.tiers.number(spreadsheet::without_wrapping(&tier)));
        let listed = ListedTerms { tier, begin, end, verified_at, ..ListedTerms::of(network, source_records.current()) };
        let member = NetworkMembership { party, service, terms: listings.terms(listed) };
        self.compare(row, member, listed);
        if !row.is_refused() {
            listings.members.push(member);
        }
        if row.is_faultless() && !parsed.careful {
            self.repeated.keep(row, service, member.terms);
        }
        Ok(RowOutcome::Used)
    }

    fn known(&mut self, line: &StrictLine<'_>, columns: usize, parsed: &mut ParsedInput) -> Option<KnownLine> {
        let found = self.repeated.find(line.text, line.delimiter, columns)?;
        let [ccn, npi] = found.ids;
        let key = (eight_bytes(ccn)?, ten_digits(npi)?);
        let party = *self.known.get(&key)?;
        self.last.as_mut()?.rows += 1;
        parsed.listings.members.push(NetworkMembership { party, service: found.service, terms: found.terms });
        Some(KnownLine { has_npi: key.1 > 0, last_cell: found.last_cell })
    }

    fn lost(&mut self, row: Option<&CsvRow<'_>>) {
        match row.and_then(|row| row.text(KnownColumn::Network)) {
            Some(network) => drop(self.incomplete.insert(network.into_owned())),
            None => self.any = true,
        }
    }

    fn end(&mut self, parsed: &mut ParsedInput) -> u64 {
        self.count_last(&mut parsed.listings);
        if self.any {
            self.incomplete.append(&mut self.named);
        }
        let file = parsed.records.current_path().to_owned();
        parsed.incomplete.extend(std::mem::take(&mut self.incomplete).into_iter().map(|network| (network, file.clone())));
        0
    }
}

fn no_network() -> RowError {
    RowError::of(KnownColumn::Network, "", "it is missing")
}
