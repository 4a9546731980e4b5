//! CSV of our own schemas, read strictly: one line is one row. A lenient reader would take a quote
//! that does not close as a cell of many rows and lose them without a word.

use std::fmt;
use std::io;
use std::io::{BufRead, BufReader, Read};

use csv::ByteRecord;
use memchr::memchr2;

use crate::refresh::input::input_file::SNIFF;

/// What is wrong with the quotes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum QuoteFault {
    /// A quote does not close on its line.
    Open,
    /// Text follows a closing quote.
    TextBehind,
    /// Quotes inside a cell are written `\"`.
    Backslash,
    /// A quote stands inside a cell that does not begin with one. It is kept as it is.
    Inside,
}

impl QuoteFault {
    /// Whether the row cannot be used.
    pub(crate) fn rejects(self) -> bool {
        self != Self::Inside
    }

    /// How to fix it.
    pub(crate) fn hint(self) -> &'static str {
        match self {
            Self::Open => "close the quote; a cell of this file has no line break",
            Self::TextBehind => "put the whole cell in quotes, and write a quote inside it twice: \"\"",
            Self::Backslash => "write a quote inside a cell twice: \"\"",
            Self::Inside => "put the cell in quotes and write the quote inside it twice: \"\"",
        }
    }
}

impl fmt::Display for QuoteFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "a quote does not close on this line",
            Self::TextBehind => "text follows a closing quote",
            Self::Backslash => "a quote inside a cell is written with a backslash",
            Self::Inside => "a quote stands inside a cell that is not in quotes; it is kept",
        })
    }
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A line that is not empty.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StrictLine<'t> {
    /// Its number, from 1.
    pub number: u64,
    /// Its text.
    pub text: &'t [u8],
    /// What separates its cells.
    pub delimiter: u8,
}

impl StrictLine<'_> {
    /// Splits the line into its cells; returns what is wrong with its quotes.
    pub(crate) fn split(&self, row: &mut ByteRecord) -> Option<QuoteFault> {
        split(self.text, self.delimiter, row)
    }
}

/// Reads rows line by line. A line ends with LF, CRLF or CR.
pub(crate) struct StrictRows<R> {
    from: BufReader<R>,
    delimiter: u8,
    line: Vec<u8>,
    number: u64,
    after_cr: bool,
    /// The last line ended with a line break.
    is_ended: bool,
}

impl<R: Read> StrictRows<R> {
    /// Reads from the beginning of a text.
    pub(crate) fn new(from: R, delimiter: u8) -> Self {
        let from = BufReader::with_capacity(SNIFF, from);
        Self { from, delimiter, line: Vec::new(), number: 0, after_cr: false, is_ended: true }
    }

    /// Reads the next line that is not empty; `None` at the end.
    ///
    /// # Errors
    /// An I/O error.
    pub(crate) fn next(&mut self) -> io::Result<Option<StrictLine<'_>>> {
        while self.next_line()? {
            self.number += 1;
            let is_empty = self.line.is_empty() || (self.number == 1 && self.line == BYTE_ORDER_MARK);
            if !is_empty {
                let text = self.line.strip_prefix(BYTE_ORDER_MARK).filter(|_| self.number == 1).unwrap_or(&self.line);
                return Ok(Some(StrictLine { number: self.number, text, delimiter: self.delimiter }));
            }
        }
        Ok(None)
    }

    /// Whether the text that has been read ends with a line break.
    pub(crate) fn ends_with_line_break(&self) -> bool {
        self.is_ended
    }

    /// The wrapped reader.
    pub(crate) fn get_ref(&self) -> &R {
        self.from.get_ref()
    }

    /// The wrapped reader; what was read ahead is lost.
    pub(crate) fn into_inner(self) -> R {
        self.from.into_inner()
    }

    fn next_line(&mut self) -> io::Result<bool> {
        self.line.clear();
        loop {
            let buffer = self.from.fill_buf()?;
            if buffer.is_empty() {
                self.is_ended &= self.line.is_empty();
                return Ok(!self.line.is_empty());
            }
            if std::mem::take(&mut self.after_cr) && buffer.first() == Some(&b'\n') {
                self.from.consume(1);
                continue;
            }
            let Some(end) = memchr2(b'\n', b'\r', buffer) else {
                let all = buffer.len();
                self.line.extend_from_slice(buffer);
                self.from.consume(all);
                continue;
            };
            self.after_cr = buffer[end] == b'\r';
            self.line.extend_from_slice(&buffer[..end]);
            self.from.consume(end + 1);
            return Ok(true);
        }
    }
}

/// Splits a line into its cells.
fn split(line: &[u8], delimiter: u8, row: &mut ByteRecord) -> Option<QuoteFault> {
    row.clear();
    if !line.contains(&b'"') {
        line.split(|byte| *byte == delimiter).for_each(|cell| row.push_field(cell));
        return None;
    }
    let mut cells = LineCells { line, delimiter, at: 0, fault: None };
    let mut cell = Vec::new();
    loop {
        cells.next(&mut cell);
        row.push_field(&cell);
        if cells.at >= line.len() {
            return cells.fault;
        }
        cells.at += 1;
        if cells.at == line.len() {
            row.push_field(b"");
            return cells.fault;
        }
    }
}

/// The cells of a line with quotes.
struct LineCells<'a> {
    line: &'a [u8],
    delimiter: u8,
    /// The position of the next byte: the beginning of a cell, or the delimiter after one.
    at: usize,
    fault: Option<QuoteFault>,
}

impl LineCells<'_> {
    fn next(&mut self, cell: &mut Vec<u8>) {
        cell.clear();
        let rest = &self.line[self.at..];
        let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
        if rest.get(blanks) == Some(&b'"') {
            self.at += blanks + 1;
            self.quoted(cell);
        }
        let rest = &self.line[self.at..];
        let end = rest.iter().position(|byte| *byte == self.delimiter).unwrap_or(rest.len());
        let text = &rest[..end];
        self.at += end;
        if cell.is_empty() && text.contains(&b'"') {
            self.fault = self.fault.or(Some(QuoteFault::Inside));
        }
        cell.extend_from_slice(text);
    }

    /// Reads up to the closing quote and past it, and past blanks behind it.
    fn quoted(&mut self, cell: &mut Vec<u8>) {
        loop {
            let rest = &self.line[self.at..];
            let Some(next) = rest.iter().position(|byte| *byte == b'"') else {
                cell.extend_from_slice(rest);
                self.at = self.line.len();
                self.fault = Some(QuoteFault::Open);
                return;
            };
            cell.extend_from_slice(&rest[..next]);
            self.at += next + 1;
            if self.line.get(self.at) != Some(&b'"') {
                break;
            }
            cell.push(b'"');
            self.at += 1;
        }
        let rest = &self.line[self.at..];
        let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
        match rest.get(blanks) {
            None => self.at = self.line.len(),
            Some(byte) if *byte == self.delimiter => self.at += blanks,
            Some(_) if cell.last() == Some(&b'\\') => self.fault = Some(QuoteFault::Backslash),
            Some(_) => self.fault = self.fault.filter(|fault| fault.rejects()).or(Some(QuoteFault::TextBehind)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(u64, Vec<String>, Option<QuoteFault>)> {
        let mut rows = StrictRows::new(text.as_bytes(), b',');
        let (mut row, mut all) = (ByteRecord::new(), Vec::new());
        while let Some(line) = rows.next().unwrap() {
            let fault = line.split(&mut row);
            all.push((line.number, row.iter().map(|cell| String::from_utf8(cell.to_vec()).unwrap()).collect(), fault));
        }
        all
    }

    #[test]
    fn each_line_is_a_row_by_itself() {
        for (line, cells, fault) in [
            ("a,b,c", &["a", "b", "c"][..], None),
            ("a,,", &["a", "", ""], None),
            ("\"a,b\",c", &["a,b", "c"], None),
            ("\"say \"\"yes\"\"\",c", &["say \"yes\"", "c"], None),
            ("\"\",c", &["", "c"], None),
            ("c,\"\"", &["c", ""], None),
            ("c,\"\",", &["c", "", ""], None),
            (" \"a,b\" ,c", &["a,b", "c"], None),
            ("\"a,b", &["a,b"], Some(QuoteFault::Open)),
            ("x,\"a,b,c", &["x", "a,b,c"], Some(QuoteFault::Open)),
            ("\"a\"b,c", &["ab", "c"], Some(QuoteFault::TextBehind)),
            ("\"Acme\",\"Acme \\\"HMO\\\"\",x", &["Acme", "Acme \\HMO\\\"\"", "x"], Some(QuoteFault::Backslash)),
            ("intake \"desk\",b", &["intake \"desk\"", "b"], Some(QuoteFault::Inside)),
            ("desk\",b", &["desk\"", "b"], Some(QuoteFault::Inside)),
        ] {
            let expected = (1, cells.iter().map(|&cell| cell.to_owned()).collect::<Vec<_>>(), fault);
            let read = rows(line);
            assert_eq!((read.len(), read[0].0, read[0].2), (1, expected.0, expected.2), "{line}: {read:?}");
            if fault != Some(QuoteFault::Backslash) {
                assert_eq!(read[0].1, expected.1, "{line}");
            }
        }
    }

    #[test]
    fn lines_are_counted_whatever_ends_them() {
        for text in ["a\n\nb\n\"c\nd", "a\r\n\r\nb\r\n\"c\r\nd\r\n", "a\r\rb\r\"c\rd", "\u{feff}a\n\nb\n\"c\nd"] {
            let read: Vec<(u64, String, bool)> =
                rows(text).into_iter().map(|(line, cells, fault)| (line, cells.join("|"), fault.is_some())).collect();
            let expected = [(1, "a", false), (3, "b", false), (4, "c", true), (5, "d", false)];
            assert_eq!(read, expected.map(|(line, cell, fault)| (line, cell.to_owned(), fault)), "{text:?}");
        }
    }
}
