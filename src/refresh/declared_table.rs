//! Tables that an administrator declares in `refresh.toml`, such as the license list of a state: which column holds which field, and
//! for which service. A file belongs to the table all of whose columns are in its header.

use std::collections::BTreeMap;

use csv::StringRecord;

use crate::fuzzy::nearest;
use crate::place::{Precision, State};
use crate::provider::ProviderId;
use crate::refresh::column::{KnownColumn, normalize_header};
use crate::refresh::csv_header::CsvHeader;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::dataset::{DatasetSpec, TableSpec};
use crate::refresh::header_search::{HeaderCandidate, headers};
use crate::refresh::header_signature::HeaderSignature;
use crate::refresh::input::table_rows::RowLayout;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::row_reader::{DatasetReader, position};
use crate::refresh::source_record::{ProviderKey, RowError, RowOutcome, SourceRecord};
use crate::refresh::trust_tier::TrustTier;
use crate::service::Service;
use crate::text::count_text::counted;
use crate::text::fold_words;
use crate::text::list_text::first_few;

/// The dataset of every declared table. It is recognized by the declaration, never by a header of its own.
pub(crate) static SPEC: DatasetSpec = DatasetSpec::table_of("declared table", TrustTier::StateList, DECLARED);

/// Its table format.
pub(crate) static DECLARED: TableSpec = TableSpec {
    optional: COLUMNS,
    ..TableSpec::ignored(HeaderSignature::of(1, &[KnownColumn::License]), "no refresh.toml declares it")
};

/// The columns of the fields and of the word for the service: which of them there are is declared.
const COLUMNS: &[KnownColumn] = &{
    let mut columns = [KnownColumn::Service; FIELDS.len() + 1];
    let mut at = 0;
    while at < FIELDS.len() {
        columns[at] = FIELDS[at].1;
        at += 1;
    }
    columns
};

/// The fields that a declaration may name a column for.
pub(crate) const FIELDS: [(&str, KnownColumn); 14] = [
    ("license", KnownColumn::License),
    ("ccn", KnownColumn::Ccn),
    ("npi", KnownColumn::Npi),
    ("name", KnownColumn::Name),
    ("street", KnownColumn::Street),
    ("street2", KnownColumn::Street2),
    ("city", KnownColumn::City),
    ("state", KnownColumn::State),
    ("zip", KnownColumn::Zip),
    ("phone", KnownColumn::Phone),
    ("beds", KnownColumn::Beds),
    ("ownership", KnownColumn::Ownership),
    ("latitude", KnownColumn::Latitude),
    ("longitude", KnownColumn::Longitude),
];

/// The fields that identify a provider, the best first.
pub(crate) const IDENTIFIERS: [&str; 3] = ["ccn", "npi", "license"];

/// Their columns.
const IDENTIFYING: [KnownColumn; 3] = [KnownColumn::Ccn, KnownColumn::Npi, KnownColumn::License];

/// The most words named in a remark.
const SHOWN: usize = 5;

/// A declared table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredTable {
    /// Its name in `refresh.toml`, which is part of the ids of providers known by license only.
    pub(crate) name: String,
    /// The source name of its facts.
    pub(crate) source: String,
    /// The header cell of each field.
    pub(crate) columns: Vec<(KnownColumn, String)>,
    /// The services of its rows.
    pub(crate) services: DeclaredServices,
    /// The state of rows without one.
    pub(crate) state: Option<State>,
}

/// The services of the rows of a declared table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DeclaredServices {
    /// Every row is of this service.
    One(Service),
    /// The word in the service column says which; rows with other words are skipped. Words are folded.
    ByWord(BTreeMap<String, Service>),
}

/// A file with a declared header.
pub(crate) struct DeclaredMatch<'t> {
    /// The table.
    pub table: &'t DeclaredTable,
    /// Its columns.
    pub columns: CsvHeader,
    /// How its rows are written.
    pub layout: RowLayout,
}

impl DeclaredTable {
    /// The name in `refresh.toml`, as written there.
    pub(crate) fn section(&self) -> String {
        format!("[tables.{}]", self.name)
    }

    /// The declared columns that a header does not have.
    fn missing(&self, header: &StringRecord) -> Vec<&str> {
        let has = |name: &str| header.iter().any(|cell| normalize_header(cell) == normalize_header(name));
        self.columns.iter().map(|(_, name)| name.as_str()).filter(|name| !has(name)).collect()
    }
}

/// Finds the table whose columns are in one of the first lines of a text; `None` if there is none.
///
/// # Errors
/// The columns of several tables are there, or at least half of those of one table, with what is missing.
pub(crate) fn find<'t>(
    tables: &'t [DeclaredTable],
    text: &[u8],
    delimiters: &[u8],
) -> Result<Option<DeclaredMatch<'t>>, String> {
    let mut nearly: Option<(usize, String)> = None;
    for HeaderCandidate { cells, layout, .. } in headers(text, delimiters).filter(|_| !tables.is_empty()) {
        let fitting: Vec<&DeclaredTable> = tables.iter().filter(|table| table.missing(&cells).is_empty()).collect();
        match fitting.as_slice() {
            [] => nearly = nearly.into_iter().chain(nearest_table(tables, &cells)).max_by_key(|(there, _)| *there),
            [table] => {
                let columns = CsvHeader::declared(&cells, &table.columns);
                return Ok(Some(DeclaredMatch { table, columns, layout }));
            }
            several => {
                let names: Vec<String> = several.iter().map(|table| table.section()).collect();
                return Err(format!("it has the columns of {}", names.join(" and ")));
            }
        }
    }
    nearly.map_or(Ok(None), |(_, reason)| Err(reason))
}

/// The table of which at least half of the columns are there: how many, and what is missing.
fn nearest_table(tables: &[DeclaredTable], header: &StringRecord) -> Option<(usize, String)> {
    let there = |table: &DeclaredTable| table.columns.len() - table.missing(header).len();
    let best = tables.iter().filter(|table| there(table) * 2 >= table.columns.len()).max_by_key(|table| there(table))?;
    let missing = best.missing(header).into_iter().map(|name| match nearest(name, header.iter(), 1).first() {
        Some(cell) => format!("\"{name}\" (did you mean \"{cell}\"?)"),
        None => format!("\"{name}\""),
    });
    let missing: Vec<String> = missing.collect();
    Some((there(best), format!("{} names columns that it has not: {}", best.section(), missing.join(", "))))
}

/// Reads the rows of a declared table.
pub(crate) struct DeclaredReader {
    table: DeclaredTable,
    /// How many rows have a word that stands for no service.
    skipped: BTreeMap<String, u64>,
}

impl DeclaredReader {
    pub(crate) fn of(table: &DeclaredTable) -> Self {
        Self { table: table.clone(), skipped: BTreeMap::new() }
    }

    /// The service of a row; `None` if it is of no declared one.
    fn service(&mut self, row: &CsvRow<'_>) -> Option<Service> {
        match &self.table.services {
            DeclaredServices::One(service) => Some(*service),
            DeclaredServices::ByWord(words) => {
                let word = row.raw(KnownColumn::Service).trim();
                let service = words.get(&fold_words(word)).copied();
                if service.is_none() {
                    *self.skipped.entry(word.to_owned()).or_default() += 1;
                }
                service
            }
        }
    }

    /// The best identifier of a row. An unreadable one is a fault and the next is taken.
    ///
    /// # Errors
    /// None can be read; the column named is one that the table has.
    fn key(&self, row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<ProviderKey, RowError> {
        let ccn = row.identifier(KnownColumn::Ccn).map(|_| row.ccn());
        let npi = row.identifier(KnownColumn::Npi).map(|_| row.npi());
        let (mut readable, mut unreadable) = (Vec::new(), Vec::new());
        if let (Some(Ok(ccn)), Some(Ok(npi))) = (&ccn, &npi) {
            parsed.records.npis.entry(*npi).or_default().insert(ccn.clone());
        }
        for key in [ccn.map(|ccn| ccn.map(ProviderKey::Ccn)), npi.map(|npi| npi.map(ProviderKey::Npi))].into_iter().flatten()
        {
            match key {
                Ok(key) => readable.push(key),
                Err(fault) => unreadable.push(fault),
            }
        }
        unreadable.iter().cloned().for_each(|fault| row.warn(fault));
        if let Some(key) = readable.into_iter().next() {
            return Ok(key);
        }
        let Some(text) = row.identifier(KnownColumn::License) else {
            let column = IDENTIFYING.into_iter().rfind(|column| row.has(*column)).unwrap_or(KnownColumn::License);
            let missing = || RowError::of(column, row.raw(column), "it is missing");
            return Err(unreadable.into_iter().next().unwrap_or_else(missing));
        };
        let id: String = text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
        let fault = |_| RowError::of(KnownColumn::License, text, "it is no identifier of 1 to 64 characters");
        ProviderId::in_list(&self.table.name, &id).map(ProviderKey::Listed).map_err(fault)
    }
}

impl DatasetReader for DeclaredReader {
    fn row(&mut self, row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError> {
        let Some(service) = self.service(row) else { return Ok(RowOutcome::PassedOver) };
        let name = row.required_words(KnownColumn::Name)?;
        let key = self.key(row, parsed)?;
        let mut address = row.address();
        if let Some(address) = &mut address {
            address.state = address.state.or(self.table.state);
        }
        let record = SourceRecord {
            name: Some(name),
            address,
            phone: row.phone(),
            ownership: row.words(KnownColumn::Ownership),
            beds: row.count(KnownColumn::Beds),
            position: position(row, Precision::Address),
            ..SourceRecord::of(service)
        };
        let of_name = record.name.clone();
        match parsed.records.add(key.clone(), record) {
            // States list a facility once for each operator.
            Err(fault)
                if parsed.records.of.get(&key).is_some_and(|known| known.iter().any(|known| known.name == of_name)) =>
            {
                let reason = "an earlier row of the file is about this provider and is used; this one differs";
                row.warn(RowError { doubt: true, reason: reason.to_owned(), ..fault });
                Ok(RowOutcome::Again)
            }
            taken => taken,
        }
    }

    fn end(&mut self, parsed: &mut ParsedInput) -> u64 {
        let rows: u64 = self.skipped.values().sum();
        if rows > 0 {
            let mut words: Vec<(&String, &u64)> = self.skipped.iter().collect();
            words.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
            let listed = first_few(words.iter().map(|(word, count)| format!("\"{word}\" {count}")), SHOWN);
            let (file, section) = (parsed.records.current_path(), self.table.section());
            let rows = counted(rows, "row");
            let remark = format!("{file}: {rows} skipped, because {section} has no service for their words: {listed}");
            parsed.remarks.push(remark);
        }
        0
    }
}
