//! A header and the positions of its columns.

use csv::StringRecord;

use crate::fuzzy;
use crate::refresh::column::{COLUMNS, KnownColumn, normalize_header};
use crate::refresh::input::table_rows::is_blank;

/// The columns of one file.
#[derive(Debug)]
pub(crate) struct CsvHeader {
    header: Vec<String>,
    at: [Option<usize>; COLUMNS],
    /// Header cells for a column that an earlier cell already names; the earlier one is used.
    pub doubled: Vec<String>,
}

impl CsvHeader {
    /// Finds the known columns in a header. Empty cells at its end are no columns.
    pub(crate) fn of(header: &StringRecord) -> Self {
        let mut header: Vec<String> = header.iter().map(|cell| cell.trim_matches(is_blank).to_owned()).collect();
        while header.last().is_some_and(String::is_empty) {
            header.pop();
        }
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

    /// The columns of a header that a declaration names by other words.
    pub(crate) fn declared(header: &StringRecord, names: &[(KnownColumn, String)]) -> Self {
        let mut columns = Self { at: [None; COLUMNS], doubled: Vec::new(), ..Self::of(header) };
        for (column, name) in names {
            let is_named = |cell: &String| normalize_header(cell) == normalize_header(name);
            columns.at[*column as usize] = columns.header.iter().position(is_named);
        }
        columns
    }

    /// The position of the column.
    pub(crate) fn at(&self, column: KnownColumn) -> Option<usize> {
        self.at[column as usize]
    }

    /// Whether the file has the column.
    pub(crate) fn has(&self, column: KnownColumn) -> bool {
        self.at(column).is_some()
    }

    /// The positions, in the order of their numbers, of columns named `stem` plus a number: `Taxonomy
    /// Code_1` to `_15`. Names are compared like those of known columns.
    pub(crate) fn series(&self, stem: &str) -> Vec<usize> {
        let stem = normalize_header(stem);
        let number = |at: usize| normalize_header(&self.header[at]).strip_prefix(&stem)?.parse::<u32>().ok();
        let mut numbered: Vec<(u32, usize)> = (0..self.header.len()).filter_map(|at| Some((number(at)?, at))).collect();
        numbered.sort_unstable();
        numbered.into_iter().map(|(_, at)| at).collect()
    }

    /// The header cells.
    pub(crate) fn cells(&self) -> impl Iterator<Item = &str> {
        self.header.iter().map(String::as_str)
    }

    /// The header cells that name none of the columns in `known`. A column without a name is none;
    /// the reader tells of values in it.
    pub(crate) fn unknown(&self, known: &[KnownColumn]) -> impl Iterator<Item = &str> {
        let is_known = |cell: &&String| KnownColumn::named(cell).is_some_and(|column| known.contains(&column));
        self.header.iter().filter(move |cell| !cell.is_empty() && !is_known(cell)).map(String::as_str)
    }

    /// The positions of columns without a name.
    pub(crate) fn unnamed(&self) -> impl Iterator<Item = usize> {
        (0..self.header.len()).filter(|at| self.header[*at].is_empty())
    }

    /// Whether a row of these cells has the columns of the header. Empty cells behind the last column
    /// are no cells.
    pub(crate) fn fits(&self, cells: &StringRecord) -> bool {
        let mut extra = (self.header.len()..cells.len()).filter_map(|at| cells.get(at)).flat_map(str::chars);
        cells.len() >= self.header.len() && extra.all(is_blank)
    }

    /// Whether a row repeats the header, as where pages or files were put together.
    pub(crate) fn is_repeated_by(&self, cells: &StringRecord) -> bool {
        let same = |(name, cell): (&String, &str)| name == cell.trim_matches(is_blank);
        self.fits(cells) && self.header.iter().zip(cells).all(same)
    }

    /// The number of known columns.
    pub(crate) fn known(&self) -> usize {
        self.at.iter().flatten().count()
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
        missing.names().iter().find_map(|name| self.nearest_to(name))
    }

    /// The unknown header cell most similar to a name.
    pub(crate) fn nearest_to(&self, name: &str) -> Option<String> {
        let unknown = self.header.iter().map(String::as_str).filter(|cell| KnownColumn::named(cell).is_none());
        fuzzy::nearest(name, unknown, 1).first().map(|cell| (*cell).to_owned())
    }
}
