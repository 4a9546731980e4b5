//! Reads most rows of a roster by comparison: within a network, rows differ in the provider and in a few terms, so that nearly every
//! row repeats the cells of an earlier one beside its CCN and NPI.

use memchr::{memchr, memchr2};
use rustc_hash::FxHashMap;

use crate::refresh::column::KnownColumn;
use crate::refresh::csv_row::CsvRow;
use crate::service::Service;

/// The most combinations of cells kept; a network has some hundred.
const MOST: usize = 1 << 14;

/// Separates kept cells; no cell of a strict line contains it.
const END_OF_CELL: u8 = b'\n';

/// The rows of the current network that were read without a fault, by their cells other than CCN and NPI.
#[derive(Debug, Default)]
pub(crate) struct KnownRows {
    /// The positions of the CCN and the NPI.
    ids: [Option<usize>; 2],
    /// The service and the terms of each.
    terms: FxHashMap<Box<[u8]>, (Option<Service>, u32)>,
    /// The cells of the line being compared; the buffer is reused.
    cells: Vec<u8>,
}

/// A line that repeats an earlier one, except for its CCN and NPI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RepeatedLine<'t> {
    /// The cells of the CCN and the NPI.
    pub ids: [&'t [u8]; 2],
    /// The service.
    pub service: Option<Service>,
    /// The number of the terms.
    pub terms: u32,
    /// The length of the cell in the last column.
    pub last_cell: usize,
}

impl KnownRows {
    /// Keeps what a row without a fault says.
    pub(crate) fn keep(&mut self, row: &CsvRow<'_>, service: Option<Service>, terms: u32) {
        self.ids = [KnownColumn::Ccn, KnownColumn::Npi].map(|column| row.position(column));
        self.cells.clear();
        for (_, cell) in row.record().iter().enumerate().filter(|(at, _)| !self.ids.contains(&Some(*at))) {
            self.cells.extend_from_slice(cell.as_bytes());
            self.cells.push(END_OF_CELL);
        }
        if self.terms.len() >= MOST {
            self.terms.clear();
        }
        self.terms.insert(self.cells.as_slice().into(), (service, terms));
    }

    /// Forgets all, because other rows follow.
    pub(crate) fn clear(&mut self) {
        self.terms.clear();
    }

    /// The line as a repetition of an earlier row; `None` if it must be read. The table has so many `columns`.
    pub(crate) fn find<'t>(&mut self, line: &'t [u8], delimiter: u8, columns: usize) -> Option<RepeatedLine<'t>> {
        if self.terms.is_empty() {
            return None;
        }
        self.cells.clear();
        let (mut ids, mut last, mut count) = ([&line[..0]; 2], &line[..0], 0);
        for (at, cell) in (PlainCells { rest: Some(line), delimiter }).enumerate() {
            let cell = cell?;
            count = at + 1;
            if count == columns {
                last = cell;
            }
            if let Some(id) = self.ids.iter().position(|id| *id == Some(at)) {
                ids[id] = cell;
            } else {
                self.cells.extend_from_slice(cell);
                self.cells.push(END_OF_CELL);
            }
        }
        // A row with too few cells is rejected, even where only an identifier is missing.
        if count < columns {
            return None;
        }
        let is_trimmed = [last.first(), last.last()].into_iter().flatten().all(u8::is_ascii_graphic);
        let (service, terms) = self.terms.get(self.cells.as_slice()).copied().filter(|_| is_trimmed)?;
        Some(RepeatedLine { ids, service, terms, last_cell: last.len() })
    }
}

/// The cells of a line, without their quotes; `None` for one whose quotes need a closer look.
struct PlainCells<'t> {
    rest: Option<&'t [u8]>,
    delimiter: u8,
}

impl<'t> Iterator for PlainCells<'t> {
    type Item = Option<&'t [u8]>;

    fn next(&mut self) -> Option<Option<&'t [u8]>> {
        let rest = self.rest.take()?;
        let (cell, end) = if let Some(quoted) = rest.strip_prefix(b"\"") {
            let Some(close) = memchr(b'"', quoted) else { return Some(None) };
            (&quoted[..close], close + 2)
        } else {
            let end = memchr2(self.delimiter, b'"', rest).unwrap_or(rest.len());
            (&rest[..end], end)
        };
        match rest.get(end) {
            None => {}
            Some(byte) if *byte == self.delimiter => self.rest = Some(&rest[end + 1..]),
            Some(_) => return Some(None),
        }
        Some(Some(cell))
    }
}

#[cfg(test)]
mod tests {
    use csv::StringRecord;

    use super::*;
    use crate::refresh::csv_header::CsvHeader;

    #[test]
    fn a_line_that_differs_in_its_identifiers_only_is_known() {
        let header = CsvHeader::of(&StringRecord::from(vec!["network", "ccn", "npi", "end"]));
        let row = StringRecord::from(vec!["Acme, Wide", "425003", "", "2026-12-31"]);
        let mut faults = Vec::new();
        let mut known = KnownRows::default();
        assert_eq!(known.find(b"\"Acme, Wide\",425003,,2026-12-31", b',', 4), None, "nothing is kept");
        known.keep(&CsvRow::new(&row, &header, false, 2, &mut faults), Some(Service::Hospice), 7);
        let found = |ccn, npi| Some((ccn, npi, 7));
        for (line, expected) in [
            ("\"Acme, Wide\",425003,,2026-12-31", found("425003", "")),
            ("\"Acme, Wide\",425004,1234567893,\"2026-12-31\"", found("425004", "1234567893")),
            ("\"Acme, Wide\",\"425004\",,2026-12-31", found("425004", "")),
            ("\"Acme, Wide\",425003,,2026-12-30", None),
            ("\"Acme, Wide\",425003,,2026-12-31,", None),
            ("\"Acme, Wide\",425003,2026-12-31", None),
            ("\"Acme, Wide\" ,425003,,2026-12-31", None),
            (" \"Acme, Wide\",425003,,2026-12-31", None),
            ("\"Acme, Wide\",425003,,2026-12-31\"", None),
            ("\"Acme, Wide\",425003,,\"2026-12-31", None),
            ("\"Acme, \"\"Wide\"\"\",425003,,2026-12-31", None),
            ("Acme, Wide,425003,,2026-12-31", None),
        ] {
            let read = known.find(line.as_bytes(), b',', 4);
            let read = read.map(|line| (line.ids.map(|id| str::from_utf8(id).unwrap()), line.terms));
            assert_eq!(read.map(|([ccn, npi], terms)| (ccn, npi, terms)), expected, "{line}");
        }
        known.clear();
        assert_eq!(known.find(b"\"Acme, Wide\",425003,,2026-12-31", b',', 4), None);
    }

    #[test]
    fn a_line_without_its_last_identifier_is_not_known() {
        let header = CsvHeader::of(&StringRecord::from(vec!["network", "ccn", "npi"]));
        let (mut faults, mut known) = (Vec::new(), KnownRows::default());
        let row = StringRecord::from(vec!["Acme", "425003", ""]);
        known.keep(&CsvRow::new(&row, &header, false, 2, &mut faults), Some(Service::Hospice), 7);
        assert!(known.find(b"Acme,425004,", b',', 3).is_some());
        assert_eq!(known.find(b"Acme,425003", b',', 3), None, "it has too few cells");
    }
}
