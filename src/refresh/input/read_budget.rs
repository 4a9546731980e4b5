//! How much a file may hold, so that one which never ends, or unpacks to more than there is, ends a refresh and not the machine.

use std::cell::Cell;
use std::io;
use std::io::Read;
use std::rc::Rc;

/// The longest row of a table. A row of NPPES has 10 kB; a profile with an outline of its area may have some megabytes.
pub(crate) const LONGEST_ROW: u64 = 8 << 20;

/// The longest element of a JSON list, or line of NDJSON. An ordinary one has 10 kB; an outline may have some megabytes, and an
/// element takes up to thirty times its length in memory.
pub(crate) const LONGEST_ELEMENT: u64 = 16 << 20;

/// The most rows of one table: twenty times a national list of who is in which network.
pub(crate) const MOST_ROWS: u64 = 500_000_000;

/// The most a file may unpack to. NPPES unpacks to 10 GB, marketplace files to several.
const MOST_UNPACKED: u64 = 64 << 30;

/// How many times its size a file may unpack to. Lists are packed to a tenth, very even ones to a fiftieth; a bomb to a thousandth.
const MOST_TIMES: u64 = 200;

/// What may be unpacked before the times are looked at: small files of even rows harm nobody.
const UNPACKED_AT_EASE: u64 = 64 << 20;

/// That what was unpacked so far is in proportion to what it was unpacked from.
///
/// # Errors
/// It is not.
pub(crate) fn in_proportion(unpacked: u64, packed: u64) -> io::Result<()> {
    if unpacked > MOST_UNPACKED {
        return Err(too_much(format!("it unpacks to more than {} GB", MOST_UNPACKED >> 30)));
    }
    if unpacked > UNPACKED_AT_EASE && unpacked / MOST_TIMES > packed {
        return Err(too_much(format!("it unpacks to more than {MOST_TIMES} times its size, which no list does")));
    }
    Ok(())
}

/// That a table has not too many rows.
///
/// # Errors
/// It has.
pub(crate) fn not_too_many(rows: u64) -> io::Result<()> {
    if rows > MOST_ROWS { Err(too_much(format!("it has more than {MOST_ROWS} rows"))) } else { Ok(()) }
}

fn too_much(words: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, words)
}

/// How much may be read until the row or element that is being read must have ended.
#[derive(Debug, Clone)]
pub(crate) struct ReadBudget {
    /// What was allowed, and what is left of it.
    of: Rc<Cell<(u64, u64)>>,
}

impl Default for ReadBudget {
    fn default() -> Self {
        Self { of: Rc::new(Cell::new((LONGEST_ELEMENT, LONGEST_ELEMENT))) }
    }
}

impl ReadBudget {
    /// One has ended; so many bytes may be read for the next.
    pub(crate) fn renew(&self, bytes: u64) {
        self.of.set((bytes, bytes));
    }
}

/// Reads no more than is allowed. What is read ahead counts, so that the bound is met to within a buffer.
#[derive(Debug)]
pub(crate) struct BudgetedReader<R> {
    from: R,
    allowance: ReadBudget,
}

impl<R> BudgetedReader<R> {
    /// Reads `from`; an element may be [`LONGEST_ELEMENT`] long unless the allowance is renewed by another number.
    pub(crate) fn new(from: R) -> Self {
        Self { from, allowance: ReadBudget::default() }
    }

    /// What is allowed, to be renewed.
    pub(crate) fn allowance(&self) -> &ReadBudget {
        &self.allowance
    }

    /// What is read from.
    pub(crate) fn into_inner(self) -> R {
        self.from
    }
}

impl<R: Read> Read for BudgetedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        let (allowed, left) = self.allowance.of.get();
        let Some(left) = left.checked_sub(read as u64) else {
            return Err(too_much(format!("a row or element of it does not end within {} MB", allowed >> 20)));
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
        let mut text = BudgetedReader::new(io::repeat(b'x'));
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
