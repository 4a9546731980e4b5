//! How sure: a yes, a no or an honest "unknown", and who said so when.

use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;

/// A three-valued answer. Silence is [`Tristate::Unknown`]: it never excludes and never counts as yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Tristate {
    /// Somebody said yes.
    Yes,
    /// Somebody said no.
    No,
    /// Nobody said.
    #[default]
    Unknown,
}

impl Tristate {
    /// The word the API uses.
    pub fn code(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }
}

impl From<bool> for Tristate {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

/// Who said something, and when.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Evidence {
    /// The source in words, such as "CMS Home Health Care Agencies".
    pub source: Arc<str>,
    /// The day the source said it; `None` when the source carries no date, and every rendering says so.
    pub as_of: Option<Date>,
    /// The day somebody checked it, where known.
    pub verified_at: Option<Date>,
    /// The last day it holds, where whoever said it set one.
    pub holds_until: Option<Date>,
}

impl Evidence {
    /// What `source` said on `as_of`, not checked since.
    pub fn new(source: impl Into<Arc<str>>, as_of: Option<Date>) -> Self {
        Self { source: source.into(), as_of, verified_at: None, holds_until: None }
    }
}

/// "CMS Home Health Care Agencies, 2026-10-28", or that the source carries no date; "the provider's own statement, 2026-11-21; holds
/// until 2027-02-19".
impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_of {
            Some(day) => write!(f, "{}, {day}", self.source)?,
            None => write!(f, "{}, undated", self.source)?,
        }
        self.holds_until.map_or(Ok(()), |day| write!(f, "; holds until {day}"))
    }
}

/// A value with who said it, and what others said instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact<T> {
    /// The value that won by the order of trust.
    pub value: T,
    /// Who said it.
    pub evidence: Evidence,
    /// Different values from sources trusted less, most trusted first.
    pub others: Vec<(T, Evidence)>,
}

impl<T> Fact<T> {
    /// A value nobody has contradicted.
    pub fn new(value: T, evidence: Evidence) -> Self {
        Self { value, evidence, others: Vec::new() }
    }
}
