//! The rows of a table, one at a time.

use std::io;
use std::io::Read;

use csv::{ByteRecord, StringRecord};
use encoding_rs::WINDOWS_1252;
use memchr::memchr2;

use crate::refresh::input::quote_watch::{QuoteFaults, QuoteWatch};
use crate::refresh::input::read_budget::{BudgetedReader, LONGEST_ROW, not_too_many};
use crate::refresh::input::strict_rows::{QuoteFault, StrictLine, StrictRows};
use crate::text::is_invisible;

/// What separates cells, the likeliest first.
pub(crate) const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How the rows of a table are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RowLayout {
    /// What separates cells.
    pub delimiter: u8,
    /// The lines above the header.
    pub above: usize,
    /// Whether one line is one row, as in our own schemas.
    pub strict: bool,
}

/// A row.
pub(crate) struct TableRow<'a> {
    /// Its cells.
    pub cells: &'a StringRecord,
    /// The line it begins on, from 1.
    pub line: u64,
    /// What is wrong with its quotes.
    pub fault: Option<QuoteFault>,
}

impl TableRow<'_> {
    /// Whether every cell is empty, as in rows that a spreadsheet leaves behind.
    pub(crate) fn is_empty(&self) -> bool {
        self.cells.as_slice().chars().all(is_blank)
    }

    /// Whether a cell has a line break.
    pub(crate) fn has_line_break(&self) -> bool {
        memchr2(b'\n', b'\r', self.cells.as_slice().as_bytes()).is_some()
    }
}

/// Whether the character shows nothing. A file of old programs ends with `0x1A`.
pub(crate) fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control() || is_invisible(c)
}

/// The rows of a text; the buffer is reused.
pub(crate) struct CsvRows<R> {
    form: RowForm<R>,
    row: Option<StringRecord>,
    read: u64,
    above: u64,
}

enum RowForm<R> {
    Lenient(Box<csv::Reader<QuoteWatch<BudgetedReader<R>>>>),
    Strict(StrictRows<BudgetedReader<R>>),
}

impl<R: Read> CsvRows<R> {
    /// All rows of a text that begins with the header, `layout.above` lines below the first.
    pub(crate) fn new(text: BudgetedReader<R>, layout: RowLayout) -> Self {
        let form = if layout.strict {
            RowForm::Strict(StrictRows::new(text, layout.delimiter))
        } else {
            RowForm::Lenient(Box::new(lenient(QuoteWatch::new(text, layout.delimiter), layout.delimiter)))
        };
        Self { form, row: None, read: 0, above: layout.above as u64 }
    }

    /// The next row; `None` at the end.
    ///
    /// # Errors
    /// An I/O error, a compressed file is cut off, or a row is longer than [`LONGEST_ROW`].
    pub(crate) fn next(&mut self) -> io::Result<Option<TableRow<'_>>> {
        self.next_unknown(|_| false)
    }

    /// The next row that `is_known` does not take; it is asked about each line that is one row.
    ///
    /// # Errors
    /// As for [`CsvRows::next`].
    pub(crate) fn next_unknown(
        &mut self,
        mut is_known: impl FnMut(&StrictLine<'_>) -> bool,
    ) -> io::Result<Option<TableRow<'_>>> {
        let mut bytes = self.row.take().unwrap_or_default().into_byte_record();
        self.read += 1;
        not_too_many(self.read)?;
        let (line, fault) = match &mut self.form {
            RowForm::Lenient(reader) => {
                reader.get_ref().get_ref().allowance().renew(LONGEST_ROW);
                if !reader.read_byte_record(&mut bytes).map_err(cause)? {
                    return Ok(None);
                }
                // The CSV reader does not count lines that end in a bare carriage return, so the
                // row number is the minimum.
                let line = bytes.position().map_or(0, csv::Position::line).max(self.read);
                (line + self.above, first_before(reader.get_ref().faults(), reader.position().byte()))
            }
            RowForm::Strict(rows) => loop {
                rows.get_ref().allowance().renew(LONGEST_ROW);
                let Some(line) = rows.next()? else { return Ok(None) };
                let line = StrictLine { number: line.number + self.above, ..line };
                if !is_known(&line) {
                    break (line.number, line.split(&mut bytes));
                }
                self.read += 1;
                not_too_many(self.read)?;
            },
        };
        Ok(Some(TableRow { cells: self.row.insert(decoded(bytes)), line, fault }))
    }

    /// Whether the text that has been read ends with a line break.
    pub(crate) fn ends_with_line_break(&self) -> bool {
        match &self.form {
            RowForm::Lenient(reader) => reader.get_ref().ends_with_line_break(),
            RowForm::Strict(rows) => rows.ends_with_line_break(),
        }
    }

    /// The wrapped reader.
    pub(crate) fn into_inner(self) -> R {
        match self.form {
            RowForm::Lenient(reader) => reader.into_inner().into_inner().into_inner(),
            RowForm::Strict(rows) => rows.into_inner().into_inner(),
        }
    }
}

/// Takes the faults before `end`; returns the first of them.
fn first_before(faults: &QuoteFaults, end: u64) -> Option<QuoteFault> {
    let mut faults = faults.borrow_mut();
    let mut first = None;
    while let Some((_, fault)) = faults.pop_front_if(|(at, _)| *at < end) {
        first = first.or(Some(fault));
    }
    first
}

/// Reads CSV as other publishers write it.
pub(crate) fn lenient<R: Read>(from: R, delimiter: u8) -> csv::Reader<R> {
    csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(from)
}

/// Extracts the I/O error. The library's conversion would hide its kind.
fn cause(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::new(io::ErrorKind::InvalidData, format!("{other:?}")),
    }
}

/// Decodes a row as UTF-8 or, if invalid, as Windows-1252, in which every byte is a character.
pub(crate) fn decoded(bytes: ByteRecord) -> StringRecord {
    StringRecord::from_byte_record(bytes).unwrap_or_else(|error| {
        error
            .into_byte_record()
            .iter()
            .map(|cell| WINDOWS_1252.decode_without_bom_handling(cell).0)
            .collect::<Vec<_>>()
            .into()
    })
}

/// The positions at which the lines of a text begin.
pub(crate) fn line_starts(text: &[u8]) -> impl Iterator<Item = usize> {
    let after = |at: usize| match (text[at], text.get(at + 1)) {
        (b'\n', _) => Some(at + 1),
        (b'\r', next) if next != Some(&b'\n') => Some(at + 1),
        _ => None,
    };
    std::iter::once(0).chain((0..text.len()).filter_map(after))
}
