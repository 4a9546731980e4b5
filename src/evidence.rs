//! Three-valued answers, and facts with their evidence.

use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;

pub(crate) mod legal_review;

/// A three-valued answer. [`Tristate::Unknown`] never excludes and never counts as yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Tristate {
    /// A source says yes.
    Yes,
    /// A source says no.
    No,
    /// No source says.
    #[default]
    Unknown,
}

impl Tristate {
    /// The code in the API.
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

/// The source of a fact, with its dates.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Evidence {
    /// The name of the source, such as "CMS Home Health Care Agencies".
    pub source: Arc<str>,
    /// The date of the source; `None` if it carries no date, and every rendering says so.
    pub as_of: Option<Date>,
    /// The day it was last verified, if known.
    pub verified_at: Option<Date>,
    /// The last day it holds, if the source set one.
    pub holds_until: Option<Date>,
}

impl Evidence {
    /// Evidence from `source` as of `as_of`, not verified since.
    pub fn new(source: impl Into<Arc<str>>, as_of: Option<Date>) -> Self {
        Self { source: source.into(), as_of, verified_at: None, holds_until: None }
    }
}

/// "CMS Home Health Care Agencies, 2026-10-28", or that the source carries no date; "the provider's own statement,
/// 2026-11-21; holds until 2027-02-19".
impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_of {
            Some(day) => write!(f, "{}, {day}", self.source)?,
            None => write!(f, "{}, undated", self.source)?,
        }
        self.holds_until.map_or(Ok(()), |day| write!(f, "; holds until {day}"))
    }
}

/// A value with its evidence, and the differing values of other sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact<T> {
    /// The value of the most trusted source.
    pub value: T,
    /// Its evidence.
    pub evidence: Evidence,
    /// Different values from less trusted sources, most trusted first.
    pub others: Vec<(T, Evidence)>,
}

impl<T> Fact<T> {
    /// A value that no source contradicts.
    pub fn new(value: T, evidence: Evidence) -> Self {
        Self { value, evidence, others: Vec::new() }
    }
}
