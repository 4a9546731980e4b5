//! Splits pieces of any size into lines of limited length.

use crate::serve::http::strict_json::BYTE_ORDER_MARK;

/// A line that is not blank, with its number; lines are counted from 1, including blank ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NdjsonLine {
    /// Its number.
    pub number: u64,
    /// Its text; `None` for a line that is too long, which is dropped.
    pub text: Option<Vec<u8>>,
}

/// Assembles lines. Holds no more than one line.
#[derive(Debug)]
pub(crate) struct LineSplitter {
    /// The longest line, in bytes.
    longest: usize,
    begun: Vec<u8>,
    too_long: bool,
    ended: u64,
}

impl LineSplitter {
    /// Splits into lines of at most `longest` bytes.
    pub(crate) fn new(longest: usize) -> Self {
        Self { longest, begun: Vec::new(), too_long: false, ended: 0 }
    }

    /// The lines that end in `piece`.
    pub(crate) fn ending_in(&mut self, piece: &[u8]) -> Vec<NdjsonLine> {
        let mut lines = Vec::new();
        let mut parts = piece.split(|byte| *byte == b'\n').peekable();
        while let Some(part) = parts.next() {
            self.add(part);
            if parts.peek().is_some() {
                lines.extend(self.end());
            }
        }
        lines
    }

    /// The last line, if no line break ends it.
    pub(crate) fn rest(&mut self) -> Option<NdjsonLine> {
        if self.begun.is_empty() && !self.too_long { None } else { self.end() }
    }

    /// How many lines have ended, including blank ones.
    pub(crate) fn ended(&self) -> u64 {
        self.ended
    }

    fn add(&mut self, part: &[u8]) {
        // A byte order mark and a carriage return before the line break do not count.
        let room = (self.longest + BYTE_ORDER_MARK.len() + 1).saturating_sub(self.begun.len());
        if self.too_long || part.len() > room {
            self.too_long = true;
            self.begun = Vec::new();
        } else {
            self.begun.extend_from_slice(part);
        }
    }

    fn end(&mut self) -> Option<NdjsonLine> {
        self.ended += 1;
        let mut text = std::mem::take(&mut self.begun);
        if text.last() == Some(&b'\r') {
            text.pop();
        }
        // Some programs write one at the begin of a file, and keep it when they join files.
        if text.starts_with(BYTE_ORDER_MARK) {
            text.drain(..BYTE_ORDER_MARK.len());
        }
        let too_long = std::mem::take(&mut self.too_long) || text.len() > self.longest;
        let number = self.ended;
        if too_long {
            return Some(NdjsonLine { number, text: None });
        }
        let blank = text.iter().all(u8::is_ascii_whitespace);
        (!blank).then_some(NdjsonLine { number, text: Some(text) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST_LINE: usize = 65_536;

    /// The lines of `text` when it arrives in pieces of `size` bytes.
    fn cut(text: &str, size: usize) -> Vec<(u64, Option<String>)> {
        let mut lines = LineSplitter::new(LONGEST_LINE);
        let mut found: Vec<NdjsonLine> = text.as_bytes().chunks(size).flat_map(|piece| lines.ending_in(piece)).collect();
        found.extend(lines.rest());
        let text = |line: NdjsonLine| line.text.map(|text| String::from_utf8(text).unwrap());
        found.into_iter().map(|line| (line.number, text(line))).collect()
    }

    #[test]
    fn lines_are_the_same_in_pieces_of_any_size() {
        for (text, lines) in [
            ("", vec![]),
            ("\n", vec![]),
            ("a", vec![(1, "a")]),
            ("a\n", vec![(1, "a")]),
            ("a\r\nb", vec![(1, "a"), (2, "b")]),
            ("\n \t\r\n\na\n\n", vec![(4, "a")]),
            ("\u{feff}a\n\u{feff}b", vec![(1, "a"), (2, "b")]),
            ("\u{feff}\n\u{feff} \r\na", vec![(3, "a")]),
            ("é\n{\"b\": 1}", vec![(1, "é"), (2, "{\"b\": 1}")]),
        ] {
            for size in 1..=text.len().max(1) {
                let expected: Vec<_> = lines.iter().map(|&(at, text)| (at, Some(text.to_owned()))).collect();
                assert_eq!(cut(text, size), expected, "{text:?} in pieces of {size}");
            }
        }
    }

    #[test]
    fn a_line_too_long_is_told_and_costs_no_room() {
        for (length, kept) in
            [(LONGEST_LINE - 1, true), (LONGEST_LINE, true), (LONGEST_LINE + 1, false), (9 * LONGEST_LINE, false)]
        {
            for end in ["\n", "\r\n"] {
                let text = format!("{}{end}b", "x".repeat(length));
                for size in [1000, LONGEST_LINE, text.len()] {
                    let lines = cut(&text, size);
                    assert_eq!(lines.len(), 2);
                    assert_eq!((lines[0].0, lines[0].1.is_some()), (1, kept), "{length} {end:?} {size}");
                    assert_eq!(lines[1], (2, Some("b".to_owned())));
                }
            }
        }
        let mut lines = LineSplitter::new(LONGEST_LINE);
        for _ in 0..1000 {
            assert_eq!(lines.ending_in(&[b'x'; 10_000]), []);
            assert!(lines.begun.capacity() <= 2 * LONGEST_LINE);
        }
    }
}
