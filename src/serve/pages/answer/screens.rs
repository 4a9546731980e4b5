//! The rules about the right level of care on the answer page.

use crate::screens::ScreenEntry;
use crate::screens::judgment::ScreenStatus;

/// The rules for one level of care.
#[derive(Debug)]
pub(crate) struct ScreenTable {
    /// The payer that they were judged for.
    pub payer: &'static str,
    /// The rows, in the order of the tables.
    pub rows: Vec<ScreenRow>,
}

/// One rule.
#[derive(Debug)]
pub(crate) struct ScreenRow {
    /// Its id, which tests and links use.
    pub rule: &'static str,
    pub question: String,
    pub status: &'static str,
    /// The status in words, with its class and its sign.
    pub word: &'static str,
    pub class: &'static str,
    pub sign: &'static str,
    pub why: String,
    pub change: String,
    pub asks: Vec<String>,
    pub citation: &'static str,
    /// Whether a person reviewed it.
    pub review: String,
    /// Whether its review date has passed.
    pub is_overdue: bool,
}

impl ScreenTable {
    /// The table of `entries`.
    pub(crate) fn new(entries: &[ScreenEntry]) -> Self {
        let payer = entries.first().map_or("", |entry| entry.payer.label());
        Self { payer, rows: entries.iter().map(ScreenRow::from).collect() }
    }
}

impl From<&ScreenEntry> for ScreenRow {
    fn from(entry: &ScreenEntry) -> Self {
        let (class, sign) = match entry.status {
            ScreenStatus::Met => ("yes", "✓"),
            ScreenStatus::NotMet => ("no", "✗"),
            ScreenStatus::Unknown => ("unknown", "?"),
            ScreenStatus::NotApplicable => ("fine", "–"),
        };
        Self {
            rule: &entry.rule.id,
            question: entry.question.clone(),
            status: entry.status.code(),
            word: entry.status.label(),
            class,
            sign,
            why: entry.why.clone(),
            change: entry.change.clone(),
            asks: entry.asks.clone(),
            citation: &entry.rule.citation,
            review: entry.review.clone(),
            is_overdue: entry.is_overdue,
        }
    }
}
