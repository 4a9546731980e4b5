//! A header and the positions of its columns.

use csv::StringRecord;

use crate::fuzzy;
use crate::refresh::column::{COLUMNS, KnownColumn};

/// The columns of one file.
#[derive(Debug)]
pub(crate) struct CsvHeader {
    header: Vec<String>,
    at: [Option<usize>; COLUMNS],
    /// Header cells for a column that an earlier cell already names; the earlier one is used.
    pub doubled: Vec<String>,
}

impl CsvHeader {
    /// Finds the known columns in a header.
    pub(crate) fn of(header: &StringRecord) -> Self {
        let header: Vec<String> = header.iter().map(|cell| cell.trim().to_owned()).collect();
        let mut at = [None; COLUMNS];
        let mut doubled = Vec::new();
        for (place, cell) in header.iter().enumerate() {
            if let Some(column) = KnownColumn::named(cell) {
                match &mut at[column as usize] {
                    empty @ None => *empty = Some(place),
                    Some(_) => doubled.push(cell.clone()),
                }
            }
        }
        Self { header, at, doubled }
    }

    /// The position of the column.
    pub(crate) fn at(&self, column: KnownColumn) -> Option<usize> {
        self.at[column as usize]
    }

    /// Whether the file has the column.
    pub(crate) fn has(&self, column: KnownColumn) -> bool {
        self.at(column).is_some()
    }

    /// The positions, in order, of columns named `stem` plus a number: `Taxonomy Code_1` to `_15`.
    pub(crate) fn series(&self, stem: &str) -> Vec<usize> {
        let numbered = |cell: &str| cell.strip_prefix(stem).is_some_and(|end| end.parse::<u32>().is_ok());
        (0..self.header.len()).filter(|at| numbered(&self.header[*at])).collect()
    }

    /// The header cells.
    pub(crate) fn cells(&self) -> impl Iterator<Item = &str> {
        self.header.iter().map(String::as_str)
    }

    /// The header cells that name none of the columns in `known`.
    pub(crate) fn unknown(&self, known: &[KnownColumn]) -> impl Iterator<Item = &str> {
        let is_known = |cell: &&String| KnownColumn::named(cell).is_some_and(|column| known.contains(&column));
        self.header.iter().filter(move |cell| !is_known(cell)).map(String::as_str)
    }

    /// The number of columns, known or not.
    pub(crate) fn len(&self) -> usize {
        self.header.len()
    }

    /// The file's name for the column; its current name if the file lacks it.
    pub(crate) fn name(&self, column: KnownColumn) -> &str {
        self.at(column).and_then(|at| self.header.get(at)).map_or(column.name(), String::as_str)
    }

    /// The header cell most similar to a missing column, among unknown cells.
    pub(crate) fn nearest(&self, missing: KnownColumn) -> Option<String> {
        let unknown = || self.header.iter().map(String::as_str).filter(|cell| KnownColumn::named(cell).is_none());
        missing.names().iter().find_map(|name| fuzzy::nearest(name, unknown(), 1).first().map(|cell| (*cell).to_owned()))
    }
}
