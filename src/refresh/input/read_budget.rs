//! Limits on the size of a file, so that one that never ends or expands too much fails the refresh
//! instead of exhausting the machine.

use std::cell::Cell;
use std::io;
use std::io::Read;
use std::rc::Rc;

use crate::refresh::row_counter::RowCounter;

/// The longest row of a table, in bytes. A row of NPPES has 10 kB; a profile with an area outline
/// may have some megabytes.
pub(crate) const LONGEST_ROW: u64 = 8 << 20;

/// The longest element of a JSON list, or line of NDJSON, in bytes. A usual one has 10 kB; an
/// outline may have some megabytes, and an element takes up to thirty times its length in memory.
pub(crate) const LONGEST_ELEMENT: u64 = 16 << 20;

/// The most rows of one table: twenty times a national list of network members.
pub(crate) const MOST_ROWS: u64 = 500_000_000;

/// The largest uncompressed size, in bytes. NPPES has 10 GB, marketplace files several.
const MOST_UNPACKED: u64 = 64 << 30;

/// The largest compression ratio. Lists compress to a tenth, very uniform ones to a fiftieth, a zip
/// bomb to a thousandth.
const MOST_TIMES: u64 = 200;

/// The uncompressed size up to which the ratio is not checked: small uniform files are harmless.
const UNPACKED_AT_EASE: u64 = 64 << 20;

/// Checks the uncompressed size and its ratio to the compressed size.
///
/// # Errors
/// A limit is exceeded.
pub(crate) fn in_proportion(unpacked: u64, packed: u64) -> io::Result<()> {
    if unpacked > MOST_UNPACKED {
        return Err(too_much(format!("it expands to more than {} GB", MOST_UNPACKED >> 30)));
    }
    if unpacked > UNPACKED_AT_EASE && unpacked / MOST_TIMES > packed {
        return Err(too_much(format!("it expands to more than {MOST_TIMES} times its size, which no real list does")));
    }
    Ok(())
}

/// Checks the number of rows of a table.
///
/// # Errors
/// There are too many.
pub(crate) fn not_too_many(rows: u64) -> io::Result<()> {
    if rows > MOST_ROWS { Err(too_much(format!("it has more than {MOST_ROWS} rows"))) } else { Ok(()) }
}

fn too_much(words: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, words)
}

/// The number of bytes that may be read before the current row or element must end, and how many have ended.
#[derive(Debug, Clone)]
pub(crate) struct ReadBudget {
    /// The budget and what is left of it, in bytes.
    of: Rc<Cell<(u64, u64)>>,
    /// How often it was renewed.
    rows: Rc<Cell<u64>>,
    /// Who learns of it.
    counter: RowCounter,
}

impl ReadBudget {
    /// The budget of a reader; `counter` learns how often it is renewed.
    pub(crate) fn counted_by(counter: RowCounter) -> Self {
        Self { of: Rc::new(Cell::new((LONGEST_ELEMENT, LONGEST_ELEMENT))), rows: Rc::default(), counter }
    }

    /// Resets the budget to `bytes` for the next row or element.
    pub(crate) fn renew(&self, bytes: u64) {
        self.of.set((bytes, bytes));
        self.counter.set(self.rows.get());
        self.rows.update(|rows| rows + 1);
    }
}

/// Reads within a budget. Read-ahead counts, so the limit is exact to within one buffer.
#[derive(Debug)]
pub(crate) struct BudgetedReader<R> {
    from: R,
    allowance: ReadBudget,
}

impl<R> BudgetedReader<R> {
    /// Reads `from`; an element may be [`LONGEST_ELEMENT`] long unless the budget is renewed with
    /// another number. `counter` learns how many rows or elements have been read.
    pub(crate) fn new(from: R, counter: RowCounter) -> Self {
        Self { from, allowance: ReadBudget::counted_by(counter) }
    }

    /// The budget, for renewing it.
    pub(crate) fn allowance(&self) -> &ReadBudget {
        &self.allowance
    }

    /// The wrapped reader.
    pub(crate) fn into_inner(self) -> R {
        self.from
    }
}

impl<R: Read> Read for BudgetedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        let (allowed, left) = self.allowance.of.get();
        let Some(left) = left.checked_sub(read as u64) else {
            return Err(too_much(format!("a row or element does not end within {} MB", allowed >> 20)));
        };
        self.allowance.of.set((allowed, left));
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_unpack_in_proportion_and_bombs_do_not() {
        for (what, unpacked, packed, good) in [
            ("NPPES", 10 << 30, 1 << 30, true),
            ("a small file of even rows", 60 << 20, 60 << 10, true),
            ("two hundred times", 200 << 20, 1 << 20, true),
            ("a thousand times", 100 << 20, 100 << 10, false),
            ("more than any list", 65 << 30, 60 << 30, false),
        ] {
            assert_eq!(in_proportion(unpacked, packed).is_ok(), good, "{what}");
        }
        assert!(not_too_many(MOST_ROWS).is_ok() && not_too_many(MOST_ROWS + 1).is_err());
    }

    #[test]
    fn an_element_that_does_not_end_is_read_no_further() {
        let mut text = BudgetedReader::new(io::repeat(b'x'), RowCounter::default());
        let allowance = text.allowance().clone();
        let mut read = Vec::new();
        allowance.renew(3 << 20);
        let error = text.read_to_end(&mut read).unwrap_err();
        assert!(read.len() <= 3 << 20 && error.to_string().ends_with("does not end within 3 MB"), "{error}");
        allowance.renew(4);
        assert_eq!(text.read(&mut [0; 4]).unwrap(), 4);
        assert!(text.read(&mut [0; 1]).is_err());
    }
}
