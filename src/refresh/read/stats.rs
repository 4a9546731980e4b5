//! Counts from reading one file.

use crate::refresh::day::SourceDays;

/// Counts from reading one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ReadStats {
    /// Rows below the header.
    pub rows: u64,
    /// Rejected rows.
    pub rejected: u64,
    /// Used rows with at least one unreadable cell.
    pub faulty: u64,
    /// Rows that repeat an earlier row of the file.
    pub duplicates: u64,
    /// Rows about things the directory does not hold.
    pub passed_over: u64,
    /// The days in the date column.
    pub days: SourceDays,
}
