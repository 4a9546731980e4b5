//! Counts from reading one file.

use crate::refresh::day::SourceDays;

/// Counts from reading one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ReadStats {
    /// Rows below the header.
    pub rows: u64,
    /// Rows whose every cell is empty; they are not among the rows.
    pub empty: u64,
    /// Rejected rows.
    pub rejected: u64,
    /// Rejected rows, and rows whose identifier cannot be read, in files of which every row must be read.
    pub unidentified: u64,
    /// Used rows with at least one unreadable cell.
    pub faulty: u64,
    /// Rows that repeat an earlier row of the file.
    pub duplicates: u64,
    /// Rows about things the directory does not hold.
    pub passed_over: u64,
    /// Used rows with an NPI that can be read.
    pub with_npi: u64,
    /// The days in the date column.
    pub days: SourceDays,
    /// The file breaks off, so that its rest is unknown.
    pub broken: bool,
}
