//! The trait for row readers, and functions shared by readers of provider lists.

use crate::place::Precision;
use crate::provider::Position;
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::input::strict_rows::StrictLine;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::source_record::{RowError, RowOutcome, SourceRecord};
use crate::service::Service;

/// What is counted of a line that was used without reading it as a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KnownLine {
    /// Whether it has an NPI.
    pub has_npi: bool,
    /// The length of the cell in the last column.
    pub last_cell: usize,
}

/// Reads the rows of one dataset.
pub(crate) trait DatasetReader {
    /// Reads one row.
    ///
    /// # Errors
    /// The row is rejected, with the reason.
    fn row(&mut self, row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError>;

    /// Uses a line that repeats the cells of earlier rows, so that its row needs no checks; `None` if it must be read as a row. The
    /// table has so many `columns`.
    fn known(&mut self, _line: &StrictLine<'_>, _columns: usize, _books: &mut ParsedInput) -> Option<KnownLine> {
        None
    }

    /// Whether the row is about something the reader reads; if not, its cells are not checked and
    /// nothing of it is reported.
    fn concerns(&self, _row: &CsvRow<'_>) -> bool {
        true
    }

    /// Called for each rejected row, and for one whose quotes are doubtful; `None` if its cells cannot be distinguished.
    fn lost(&mut self, _row: Option<&CsvRow<'_>>) {}

    /// Adds what was kept until the end, and returns how many rows were duplicates.
    fn end(&mut self, _books: &mut ParsedInput) -> u64 {
        0
    }
}

/// A reader for datasets in which each row is one provider.
pub(crate) struct RowReader<F>(pub F);

impl<F: FnMut(&mut CsvRow<'_>, &mut ParsedInput) -> Result<RowOutcome, RowError>> DatasetReader for RowReader<F> {
    fn row(&mut self, row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError> {
        self.0(row, parsed)
    }
}

/// The fault of a row whose cell count differs from the header's, so that cells may be in the wrong columns.
pub(crate) fn ragged(cells: usize, columns: usize) -> RowError {
    RowError::whole("", &format!("it has {cells} cells but the header has {columns}"))
        .with_hint("put a cell that contains a comma in double quotes".to_owned())
}

/// Name, address, telephone number and owner, which every provider list has.
pub(crate) fn listed(row: &mut CsvRow<'_>, service: Service) -> Result<SourceRecord, RowError> {
    Ok(SourceRecord {
        name: Some(row.required_words(KnownColumn::Name)?),
        address: row.address(),
        phone: row.phone(),
        ownership: row.words(KnownColumn::Ownership),
        ..SourceRecord::of(service)
    })
}

/// The row's point, with the given precision.
pub(crate) fn position(row: &mut CsvRow<'_>, precision: Precision) -> Option<Position> {
    row.point().map(|point| Position { point, precision })
}

/// Reads the rows of a text below its header, and tells what is wrong with them.
#[cfg(test)]
pub(crate) fn read_text(reader: &mut dyn DatasetReader, text: &str) -> (ParsedInput, Vec<RowError>) {
    let (mut parsed, mut faults) = (ParsedInput::default(), Vec::new());
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let columns = crate::refresh::csv_header::CsvHeader::of(rows.headers().unwrap());
    for (line, record) in (2..).zip(rows.records()) {
        let record = record.unwrap();
        let mut row = CsvRow::new(&record, &columns, false, line, &mut faults);
        if let Err(fault) = reader.row(&mut row, &mut parsed) {
            reader.lost(Some(&row));
            faults.push(fault);
        }
    }
    reader.end(&mut parsed);
    (parsed, faults)
}
