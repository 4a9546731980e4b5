//! A table being read.

use crate::refresh::csv_header::CsvHeader;
use crate::refresh::dataset::{DatasetSubject, TableSpec};

/// A table being read.
pub(crate) struct TableInput<'a> {
    /// The name of the file.
    pub file: &'a str,
    /// Its columns.
    pub columns: &'a CsvHeader,
    /// Its format.
    pub table: &'static TableSpec,
    /// What its rows describe.
    pub subject: DatasetSubject,
}
