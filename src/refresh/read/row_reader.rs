//! A reader of rows, and what readers of provider lists share.

use crate::place::Precision;
use crate::provider::Position;
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::source_record::{RowError, RowOutcome, SourceRecord};
use crate::service::Service;

/// Reads the rows of one dataset.
pub(crate) trait DatasetReader {
    /// Takes one row.
    ///
    /// # Errors
    /// The row gives nothing, and why.
    fn row(&mut self, row: &mut CsvRow<'_>, books: &mut ParsedInput) -> Result<RowOutcome, RowError>;

    /// Learns that a row gave nothing; `None` where its cells cannot be told to be under their columns.
    fn lost(&mut self, _row: Option<&CsvRow<'_>>) {}

    /// Hands over what was kept until the end, and tells how many rows had said the same thing twice.
    fn end(&mut self, _books: &mut ParsedInput) -> u64 {
        0
    }
}

/// A reader for datasets in which each row is one provider.
pub(crate) struct RowReader<F>(pub F);

impl<F: FnMut(&mut CsvRow<'_>, &mut ParsedInput) -> Result<RowOutcome, RowError>> DatasetReader for RowReader<F> {
    fn row(&mut self, row: &mut CsvRow<'_>, books: &mut ParsedInput) -> Result<RowOutcome, RowError> {
        self.0(row, books)
    }
}

/// A row that is longer or shorter than the header, so that no cell can be trusted to be under its column.
pub(crate) fn ragged(cells: usize, columns: usize) -> RowError {
    RowError::whole("", &format!("it has {cells} cells where the header has {columns}"))
        .with_hint("a cell that holds a comma stands in double quotes".to_owned())
}

/// Name, address, telephone and owner, as every list of providers has them.
pub(crate) fn listed(row: &mut CsvRow<'_>, service: Service) -> Result<SourceRecord, RowError> {
    Ok(SourceRecord {
        name: Some(row.required_words(KnownColumn::Name)?),
        address: row.address(),
        phone: row.phone(),
        ownership: row.words(KnownColumn::Ownership),
        ..SourceRecord::of(service)
    })
}

/// The row's point, as close as `precision` says.
pub(crate) fn position(row: &mut CsvRow<'_>, precision: Precision) -> Option<Position> {
    row.point().map(|point| Position { point, precision })
}
