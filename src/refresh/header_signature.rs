//! How a table is recognized: by the columns of its header.

use crate::refresh::column::KnownColumn;
use crate::refresh::csv_header::CsvHeader;

/// The columns that identify a dataset, and those that rule it out. Some columns may be missing, so
/// that a file with a renamed column is still recognized.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HeaderSignature {
    /// The number of identifying columns that is enough.
    enough: usize,
    marks: &'static [KnownColumn],
    against: &'static [KnownColumn],
    /// Columns of which at least one is present; empty if none need be.
    one_of: &'static [KnownColumn],
    /// The most columns such a file has.
    width: usize,
}

impl HeaderSignature {
    /// Requires at least `enough` of the columns `marks`.
    pub(crate) const fn of(enough: usize, marks: &'static [KnownColumn]) -> Self {
        Self { enough, marks, against: &[], one_of: &[], width: usize::MAX }
    }

    /// Also requires that none of the columns `against` is present.
    pub(crate) const fn without(self, against: &'static [KnownColumn]) -> Self {
        Self { against, ..self }
    }

    /// Also requires at least one of the columns `one_of`.
    pub(crate) const fn with_one_of(self, one_of: &'static [KnownColumn]) -> Self {
        Self { one_of, ..self }
    }

    /// Also requires at most `width` columns.
    pub(crate) const fn at_most(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// Whether a header matches.
    pub(crate) fn fits(&self, columns: &CsvHeader) -> bool {
        columns.len() <= self.width
            && self.marks.iter().filter(|column| columns.has(**column)).count() >= self.enough
            && !self.against.iter().any(|column| columns.has(*column))
            && (self.one_of.is_empty() || self.one_of.iter().any(|column| columns.has(*column)))
    }
}

impl HeaderSignature {
    /// The identifying columns.
    pub(crate) fn marks(&self) -> &'static [KnownColumn] {
        self.marks
    }

    /// Why a header with the identifying columns does not match.
    pub(crate) fn refusal(&self, columns: &CsvHeader) -> Option<String> {
        if let Some(column) = self.against.iter().find(|column| columns.has(**column)) {
            return Some(format!("it also has \"{}\", which such a file has not", columns.name(*column)));
        }
        if !self.one_of.is_empty() && !self.one_of.iter().any(|column| columns.has(*column)) {
            let names: Vec<String> = self.one_of.iter().map(|column| format!("\"{}\"", column.name())).collect();
            return Some(format!("it has none of {}", names.join(", ")));
        }
        (columns.len() > self.width).then(|| format!("it has {} columns, more than such a file", columns.len()))
    }
}

#[cfg(test)]
impl HeaderSignature {
    /// Whether any header can match.
    pub(crate) fn can_fit(&self) -> bool {
        let lacking = self.marks.iter().filter(|mark| self.against.contains(mark)).count();
        (1..=self.marks.len() - lacking).contains(&self.enough) && self.enough <= self.width
    }
}
