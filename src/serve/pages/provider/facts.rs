//! A fact as a row: what it is about, what is said, who says it, and what others say instead.

use crate::evidence::{Evidence, Fact};
use crate::text::is_steering;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FactRow {
    /// What it is about: "Telephone".
    pub what: String,
    /// What is said; `None` where nobody says anything.
    pub says: Option<String>,
    /// Who says it: "CMS Provider Information, 2026-10-28".
    pub by: String,
    /// What less trusted sources say instead, most trusted first.
    pub others: Vec<ConflictingFact>,
}

/// What another source says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConflictingFact {
    /// What.
    pub says: String,
    /// Who.
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

    /// That nobody says anything.
    pub(crate) fn silent(what: impl Into<String>) -> Self {
        Self { what: what.into(), says: None, by: String::new(), others: Vec::new() }
    }
}

/// Who said something and when, and when that was checked: "CMS Provider Information, 2026-10-28, checked 2026-11-02".
pub(crate) fn by(evidence: &Evidence) -> String {
    let checked = evidence.verified_at.map(|day| format!(", checked {day}")).unwrap_or_default();
    format!("{evidence}{checked}")
}

/// "Yes" or "No".
pub(crate) fn yes_or_no(yes: bool) -> String {
    if yes { "Yes" } else { "No" }.to_owned()
}

/// A text of others as a title: on one line, nothing in it that steers or turns the direction of what stands beside it, and not endless.
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
    fn a_row_says_who_won_and_who_else_spoke() {
        let day = "2026-10-28".parse().unwrap();
        let mut fact = Fact::new(120_u32, Evidence { verified_at: Some(day), ..Evidence::new("CMS", Some(day)) });
        fact.others.push((118, Evidence::new("its own profile", None)));
        let row = FactRow::new("Certified beds", &fact, u32::to_string);
        assert_eq!(row.by, "CMS, 2026-10-28, checked 2026-10-28");
        let other = ConflictingFact { says: "118".to_owned(), by: "its own profile, undated".to_owned() };
        assert_eq!((row.says.as_deref(), row.others), (Some("120"), vec![other]));
    }

    #[test]
    fn a_title_is_one_short_line() {
        assert_eq!(on_one_line("a\u{202e}b\nc"), "abc");
        assert_eq!(on_one_line(&"ab".repeat(100)).chars().count(), 121);
    }
}
