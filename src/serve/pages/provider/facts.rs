//! A fact as a row: item, value, source, and other sources with different values.

use jiff::civil::Date;

use crate::evidence::{Evidence, Fact};
use crate::matching::freshness::FactKind;
use crate::phrases;
use crate::text::is_steering;
use crate::text::us_date::us_date;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FactRow {
    /// The item: "Phone".
    pub what: String,
    /// The value; `None` if not reported.
    pub says: Option<String>,
    /// Source and date: "CMS Provider Information, Oct 28, 2026".
    pub by: String,
    /// Different values of less trusted sources, most trusted first.
    pub others: Vec<ConflictingFact>,
}

/// A different value of another source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConflictingFact {
    /// The value.
    pub says: String,
    /// Source and date.
    pub by: String,
}

impl FactRow {
    /// `fact` in words.
    pub(crate) fn new<T>(what: impl Into<String>, fact: &Fact<T>, show: impl Fn(&T) -> String) -> Self {
        let other = |(value, evidence): &(T, Evidence)| ConflictingFact { says: show(value), by: by(evidence) };
        Self {
            what: what.into(),
            says: Some(show(&fact.value)),
            by: by(&fact.evidence),
            others: fact.others.iter().map(other).collect(),
        }
    }

    /// The same with a mark where `fact` is older than usual for its kind.
    #[must_use]
    pub(crate) fn marked<T>(mut self, kind: FactKind, fact: &Fact<T>, today: Date) -> Self {
        self.by = phrases::with_old_mark(self.by, kind, Some(&fact.evidence), today);
        self
    }

    /// A row without a value.
    pub(crate) fn silent(what: impl Into<String>) -> Self {
        Self { what: what.into(), says: None, by: String::new(), others: Vec::new() }
    }
}

/// Source and date, and the day it was checked: "CMS Provider Information, Oct 28, 2026, checked Nov 2, 2026".
pub(crate) fn by(evidence: &Evidence) -> String {
    let checked = evidence.verified_at.map(|day| format!(", checked {}", us_date(day))).unwrap_or_default();
    format!("{}{checked}", phrases::evidence(evidence))
}

/// "Yes" or "No".
pub(crate) fn yes_or_no(yes: bool) -> String {
    if yes { "Yes" } else { "No" }.to_owned()
}

/// Text from a file as a title: one line, without control and direction characters, cut to a fixed length.
pub(crate) fn on_one_line(text: &str) -> String {
    const LONGEST: usize = 120;
    let plain = text.chars().filter(|c| !is_steering(*c));
    let mut line: String = plain.take(LONGEST + 1).collect();
    if line.chars().count() > LONGEST {
        line = line.chars().take(LONGEST).chain(['…']).collect();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_the_value_used_and_the_others() {
        let day = "2026-10-28".parse().unwrap();
        let mut fact = Fact::new(120_u32, Evidence { verified_at: Some(day), ..Evidence::new("CMS", Some(day)) });
        fact.others.push((118, Evidence::new("its own profile", None)));
        let row = FactRow::new("Certified beds", &fact, u32::to_string);
        assert_eq!(row.by, "CMS, Oct 28, 2026, checked Oct 28, 2026");
        let other = ConflictingFact { says: "118".to_owned(), by: "its own profile, undated".to_owned() };
        assert_eq!((row.says.as_deref(), row.others), (Some("120"), vec![other]));
    }

    #[test]
    fn a_title_is_one_short_line() {
        assert_eq!(on_one_line("a\u{202e}b\nc"), "abc");
        assert_eq!(on_one_line(&"ab".repeat(100)).chars().count(), 121);
    }
}
