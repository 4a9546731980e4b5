//! Whether a person compared a curated text of law with the rule as it is in force.

use jiff::civil::Date;

use crate::text::us_date::us_date;

/// The review of one entry of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TextReview<'a> {
    /// Who compared it and when; `None` if nobody has.
    pub(crate) reviewed: Option<(&'a str, Date)>,
    /// The day by which it must be reviewed again.
    pub(crate) review_by: Date,
}

impl<'a> TextReview<'a> {
    /// The review as an entry has it: name and day are both given, or neither.
    pub(crate) fn new(by: &'a str, on: &str, review_by: Date) -> Self {
        let reviewed = on.parse().ok().filter(|_| !by.is_empty()).map(|on| (by, on));
        Self { reviewed, review_by }
    }

    /// Whether the review date has passed on `today`.
    pub(crate) fn is_overdue(self, today: Date) -> bool {
        today > self.review_by
    }

    /// Whether a person reviewed it, in words that every surface shows.
    pub(crate) fn words(self, today: Date) -> String {
        let reviewed = match self.reviewed {
            Some((by, on)) => format!("reviewed by {by} on {}", us_date(on)),
            None => "not reviewed by a person".to_owned(),
        };
        if self.is_overdue(today) {
            return format!("{reviewed}; the review date, {}, has passed", us_date(self.review_by));
        }
        reviewed
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_review_has_a_person_and_a_day_and_ends() {
        let by = date(2026, 12, 31);
        let missing = TextReview::new("", "2026-11-01", by);
        assert_eq!(missing.words(by), "not reviewed by a person");
        assert_eq!(TextReview::new("A. Reviewer", "", by).reviewed, None);
        let reviewed = TextReview::new("A. Reviewer", "2026-11-01", by);
        assert_eq!(reviewed.words(by), "reviewed by A. Reviewer on Nov 1, 2026");
        assert!(reviewed.words(date(2027, 1, 1)).ends_with("the review date, Dec 31, 2026, has passed"));
    }
}
