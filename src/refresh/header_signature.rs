//! What a table is known by: the columns of its header.

use crate::refresh::column::KnownColumn;
use crate::refresh::csv_header::CsvHeader;

/// The columns that tell a dataset, and those that speak against it. Some columns may be missing, so that a file with one
/// renamed is still known for what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HeaderSignature {
    /// How many of the marks are enough.
    enough: usize,
    marks: &'static [KnownColumn],
    against: &'static [KnownColumn],
    /// The most columns such a file has.
    width: usize,
}

impl HeaderSignature {
    /// At least `enough` of the columns `marks`.
    pub(crate) const fn of(enough: usize, marks: &'static [KnownColumn]) -> Self {
        Self { enough, marks, against: &[], width: usize::MAX }
    }

    /// The same without any of the columns `against`.
    pub(crate) const fn without(self, against: &'static [KnownColumn]) -> Self {
        Self { against, ..self }
    }

    /// The same with at most `width` columns.
    pub(crate) const fn at_most(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// Whether a header has it.
    pub(crate) fn fits(&self, columns: &CsvHeader) -> bool {
        columns.len() <= self.width
            && self.marks.iter().filter(|column| columns.has(**column)).count() >= self.enough
            && !self.against.iter().any(|column| columns.has(*column))
    }
}

#[cfg(test)]
impl HeaderSignature {
    /// The columns that tell the dataset.
    pub(crate) fn marks(&self) -> &'static [KnownColumn] {
        self.marks
    }

    /// Whether it can fit a header at all.
    pub(crate) fn can_fit(&self) -> bool {
        let lacking = self.marks.iter().filter(|mark| self.against.contains(mark)).count();
        (1..=self.marks.len() - lacking).contains(&self.enough) && self.enough <= self.width
    }
}
