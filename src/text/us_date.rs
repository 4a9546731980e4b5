//! Dates and times as Americans write them, for people. Machine formats keep ISO 8601.

use jiff::civil::Date;
use jiff::{Timestamp, Zoned};

/// "Nov 23, 2026".
pub(crate) fn us_date(day: Date) -> String {
    day.strftime("%b %-d, %Y").to_string()
}

/// `at` in the time zone of `now`, with the name of the zone: "Nov 23, 2026, 06:00 CST".
pub(crate) fn us_time(at: Timestamp, now: &Zoned) -> String {
    let zone = now.time_zone();
    // An unknown zone counts as UTC.
    let name = if zone.is_unknown() { "UTC" } else { "%Z" };
    at.to_zoned(zone.clone()).strftime(&format!("%b %-d, %Y, %H:%M {name}")).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_month_first() {
        assert_eq!(us_date(jiff::civil::date(2026, 3, 9)), "Mar 9, 2026");
    }

    #[test]
    fn times_name_their_zone() {
        let at: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        for (now, shown) in [
            ("2026-11-21T13:00:00-06:00[America/Chicago]", "Nov 21, 2026, 06:00 CST"),
            ("2026-11-21T13:00:00Z[UTC]", "Nov 21, 2026, 12:00 UTC"),
            ("2026-11-21T13:00:00Z[Etc/Unknown]", "Nov 21, 2026, 12:00 UTC"),
        ] {
            assert_eq!(us_time(at, &now.parse().unwrap()), shown);
        }
    }
}
