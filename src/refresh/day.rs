//! Checks dates stated by sources against the day of the refresh. A date in the future is a mistake
//! and counts as unknown.
//!
//! Otherwise the file would appear fresh until that date and override everything stated since.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// The last date that can be today for the author of a file. Some time zones are a day ahead of
/// UTC, so tomorrow is accepted.
pub(crate) fn last_day(now: Timestamp) -> Date {
    (now + SignedDuration::from_hours(24)).to_zoned(TimeZone::UTC).date()
}

/// Dates stated by a source. Future dates are not used, only counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct SourceDays {
    /// The newest date that is not in the future.
    pub newest: Option<Date>,
    /// The number of future dates.
    pub to_come: u64,
    /// The latest future date.
    pub farthest: Option<Date>,
}

impl SourceDays {
    /// Adds a date, if there is one. Dates after `last` are in the future.
    pub(crate) fn take(&mut self, day: Option<Date>, last: Option<Date>) {
        if come(day, last) == day {
            self.newest = self.newest.max(day);
        } else {
            self.to_come += 1;
            self.farthest = self.farthest.max(day);
        }
    }
}

/// The date if it is not after `last`. Without `last` every date is accepted.
pub(crate) fn come(day: Option<Date>, last: Option<Date>) -> Option<Date> {
    day.filter(|day| last.is_none_or(|last| *day <= last))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn tomorrow_is_believed_and_no_later_day() {
        for (now, last) in [
            ("2026-11-21T00:00:00Z", date(2026, 11, 22)),
            ("2026-11-21T23:59:59Z", date(2026, 11, 22)),
            ("2026-12-31T12:00:00Z", date(2027, 1, 1)),
        ] {
            assert_eq!(last_day(now.parse().unwrap()), last, "{now}");
        }
        let last = Some(date(2026, 11, 22));
        assert_eq!(come(last, last), last);
        assert_eq!(come(Some(date(2026, 11, 23)), last), None);
        assert_eq!(come(Some(date(2099, 1, 1)), None), Some(date(2099, 1, 1)));
    }

    #[test]
    fn a_slip_in_one_row_does_not_date_the_others() {
        let last = Some(date(2026, 11, 22));
        let mut days = SourceDays::default();
        for day in [Some(date(2026, 11, 1)), None, Some(date(2062, 11, 1)), Some(date(2026, 10, 1))] {
            days.take(day, last);
        }
        let found = SourceDays { newest: Some(date(2026, 11, 1)), to_come: 1, farthest: Some(date(2062, 11, 1)) };
        assert_eq!(days, found);
    }
}
