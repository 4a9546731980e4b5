//! Notices that a file ends in the middle of its last line, as after a download that broke off.

use crate::refresh::input::table_rows::TableRow;

/// The last two rows of a table, by the length of their last cells.
#[derive(Debug, Default)]
pub(crate) struct LastLine {
    above: Option<usize>,
    last: Option<usize>,
    line: u64,
}

impl LastLine {
    /// Notes a row of a table with so many columns.
    pub(crate) fn note(&mut self, row: &TableRow<'_>, columns: usize) {
        let cell = row.cells.get(columns.saturating_sub(1)).unwrap_or_default().trim();
        self.note_length(row.line, cell.len());
    }

    /// Notes a row by the length of its last cell.
    pub(crate) fn note_length(&mut self, line: u64, length: usize) {
        self.above = self.last.replace(length);
        self.line = line;
    }

    /// The last line if it seems to be cut off: it has no line break, and its last cell is shorter than the one above.
    pub(crate) fn cut_off(&self, ends_with_line_break: bool) -> Option<u64> {
        let is_shorter = self.above.zip(self.last).is_some_and(|(above, last)| last < above);
        (is_shorter && !ends_with_line_break).then_some(self.line)
    }
}
