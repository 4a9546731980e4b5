//! Notices quotes that are wrong in the CSV of other publishers, which is read leniently: the library keeps the text behind a closing
//! quote and takes what follows a quote that never closes as one cell, both without a word.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::io::Read;
use std::rc::Rc;

use memchr::memchr;

use crate::refresh::input::strict_rows::QuoteFault;

/// Wrong quotes by their position in the text, in order.
pub(crate) type QuoteFaults = Rc<RefCell<VecDeque<(u64, QuoteFault)>>>;

/// Reads a text and notes where its quotes are wrong.
pub(crate) struct QuoteWatch<R> {
    from: R,
    delimiter: u8,
    state: QuoteState,
    /// The byte before the next one.
    last: u8,
    /// The position of the next byte.
    at: u64,
    /// The position of the quote that opened last.
    opened: u64,
    faults: QuoteFaults,
}

/// Where the next byte is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum QuoteState {
    Outside,
    Inside,
    /// Behind a quote that closes the cell or is the first half of `""`.
    Behind,
}

impl<R> QuoteWatch<R> {
    /// Reads `from`, whose cells are separated by `delimiter`.
    pub(crate) fn new(from: R, delimiter: u8) -> Self {
        let faults = QuoteFaults::default();
        Self { from, delimiter, state: QuoteState::Outside, last: b'\n', at: 0, opened: 0, faults }
    }

    /// The faults found so far, for taking them.
    pub(crate) fn faults(&self) -> &QuoteFaults {
        &self.faults
    }

    /// The wrapped reader.
    pub(crate) fn get_ref(&self) -> &R {
        &self.from
    }

    /// The wrapped reader.
    pub(crate) fn into_inner(self) -> R {
        self.from
    }

    /// Whether the text that has been read ends with a line break.
    pub(crate) fn ends_with_line_break(&self) -> bool {
        matches!(self.last, b'\n' | b'\r')
    }

    fn ends_cell(&self, byte: u8) -> bool {
        byte == self.delimiter || matches!(byte, b'\n' | b'\r')
    }

    fn watch(&mut self, bytes: &[u8]) {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            if self.state == QuoteState::Behind {
                let text_behind = rest[0] != b'"' && !self.ends_cell(rest[0]);
                if text_behind {
                    self.faults.borrow_mut().push_back((self.at + at as u64, QuoteFault::TextBehind));
                }
                self.state = if rest[0] == b'"' { QuoteState::Inside } else { QuoteState::Outside };
                at += 1;
                continue;
            }
            let Some(quote) = memchr(b'"', rest) else { return };
            let place = at + quote;
            if self.state == QuoteState::Inside {
                self.state = QuoteState::Behind;
            } else if self.ends_cell(place.checked_sub(1).map_or(self.last, |before| bytes[before])) {
                (self.state, self.opened) = (QuoteState::Inside, self.at + place as u64);
            }
            at = place + 1;
        }
    }
}

impl<R: Read> Read for QuoteWatch<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        let bytes = &buffer[..read];
        self.watch(bytes);
        self.at += read as u64;
        self.last = bytes.last().copied().unwrap_or(self.last);
        if read == 0 && !buffer.is_empty() && self.state == QuoteState::Inside {
            self.faults.borrow_mut().push_back((self.opened, QuoteFault::Open));
            self.state = QuoteState::Outside;
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str, at_once: usize) -> Vec<(u64, QuoteFault)> {
        let mut watch = QuoteWatch::new(text.as_bytes(), b',');
        let mut buffer = vec![0; at_once];
        while watch.read(&mut buffer).unwrap() > 0 {}
        watch.faults().borrow().iter().copied().collect()
    }

    #[test]
    fn wrong_quotes_are_found_where_they_are_however_the_text_is_read() {
        for (text, expected) in [
            ("a,\"b\",c\n\"d\"\n", &[][..]),
            ("\"a, \"\"b\"\"\"\r\n\"\",x", &[]),
            ("a 12\" b,c\n", &[]),
            ("\"a\nb\",c\n", &[]),
            ("\"a\"b,c\n", &[(3, QuoteFault::TextBehind)]),
            ("x,\"THE \"BAY\" HOME\"\n\"y\"z\n", &[(8, QuoteFault::TextBehind), (22, QuoteFault::TextBehind)]),
            ("a,\"b\nc,d\n", &[(2, QuoteFault::Open)]),
        ] {
            for at_once in [1, 2, 3, 7, 100] {
                assert_eq!(faults(text, at_once), expected, "{text:?} by {at_once}");
            }
        }
    }
}
