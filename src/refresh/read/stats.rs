//! What reading a file came to.

use crate::refresh::day::SourceDays;

/// What reading a file came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ReadStats {
    /// Rows below the header.
    pub rows: u64,
    /// Rows that gave nothing.
    pub rejected: u64,
    /// Rows used of which a cell could not be read.
    pub faulty: u64,
    /// Rows that said what an earlier row of the file had said.
    pub duplicates: u64,
    /// Rows about what the directory does not hold.
    pub passed_over: u64,
    /// The days in the date column.
    pub days: SourceDays,
}
