//! Turns reader errors into rejects for the report.

use crate::refresh::csv_header::CsvHeader;
use crate::refresh::json_element::JsonElement;
use crate::refresh::source_record::RowError;
use crate::run_report::rejects::RejectedRow;
use crate::text::is_steering;

/// The longest cell value shown in a reject, in characters.
const LONGEST: usize = 80;

impl RejectedRow {
    /// A reject for a row or cell, with its location.
    pub(crate) fn new(file: &str, line: u64, columns: &CsvHeader, refusal: RowError, row_kept: bool) -> Self {
        let field = refusal.column.map_or("", |column| columns.name(column)).to_owned();
        Self::at(file, line, field, refusal, row_kept)
    }

    /// A reject for `field`, as the file calls it.
    pub(crate) fn at(file: &str, line: u64, field: String, refusal: RowError, row_kept: bool) -> Self {
        let RowError { value, reason, advice, doubt, .. } = refusal;
        let value = value.chars().filter(|c| !is_steering(*c)).take(LONGEST).collect();
        Self { file: file.to_owned(), line, field, value, reason, advice, row_kept, doubt }
    }

    /// A reject for an element of a JSON list, with its number (from 1) as the line.
    pub(crate) fn within(file: &str, element: JsonElement<'_>, field: &str, value: &str, reason: &str, kept: bool) -> Self {
        let field = format!("/{}{field}", element.at);
        Self::at(file, element.at + 1, field, RowError::whole(value, reason), kept)
    }
}
