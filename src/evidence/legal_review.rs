//! Whether a person compared an entry about a rule of law with the rule as it is in force.

use jiff::civil::Date;

use crate::text::us_date::us_date;

/// The review of an entry of a curated table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LegalReview<'a> {
    /// Who compared it, as the table has it; empty if nobody has.
    pub by: &'a str,
    /// When, as the table has it.
    pub on: &'a str,
    /// The day by which it must be reviewed again.
    pub until: Date,
}

impl<'a> LegalReview<'a> {
    /// Whether the review date has passed on `today`.
    pub(crate) fn is_overdue(self, today: Date) -> bool {
        today > self.until
    }

    /// Who reviewed it and when; `None` if nobody has.
    pub(crate) fn reviewed(self) -> Option<(&'a str, Date)> {
        let on = self.on.parse().ok()?;
        (!self.by.is_empty()).then_some((self.by, on))
    }

    /// Whether a person reviewed it, in words that every surface shows.
    pub(crate) fn words(self, today: Date) -> String {
        let reviewed = match self.reviewed() {
            Some((by, on)) => format!("reviewed by {by} on {}", us_date(on)),
            None => "not reviewed by a person".to_owned(),
        };
        if self.is_overdue(today) {
            return format!("{reviewed}; the review date, {}, has passed", us_date(self.until));
        }
        reviewed
    }
}
