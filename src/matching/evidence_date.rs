//! The day that the evidence behind a decision is of.

use jiff::civil::Date;

/// The day of something a source said. One undated source makes the oldest of several undated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum EvidenceDate {
    Undated,
    Of(Date),
}

impl From<Option<Date>> for EvidenceDate {
    fn from(as_of: Option<Date>) -> Self {
        as_of.map_or(Self::Undated, Self::Of)
    }
}
