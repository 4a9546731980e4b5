//! Dates and times as Americans write them, for people. Machine formats keep ISO 8601.

use jiff::civil::Date;
use jiff::{Timestamp, Zoned};

/// The names of the months, in lower case.
pub(crate) const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The names of the months as dates show them.
const SHORT_MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// "Nov 23, 2026". Without `strftime`, which reads its format each time: an answer has dozens of dates.
pub(crate) fn us_date(day: Date) -> String {
    let month = SHORT_MONTHS.iter().zip(1..).find(|(_, number)| *number == day.month()).map_or("", |(name, _)| name);
    format!("{month} {}, {:04}", day.day(), day.year())
}

/// `at` in the time zone of `now`, with the name of the zone: "Nov 23, 2026, 06:00 CST".
pub(crate) fn us_time(at: Timestamp, now: &Zoned) -> String {
    let zone = now.time_zone();
    // An unknown zone counts as UTC.
    let name = if zone.is_unknown() { "UTC" } else { "%Z" };
    at.to_zoned(zone.clone()).strftime(&format!("%b %-d, %Y, %H:%M {name}")).to_string()
}

/// `text` with every date of the form 2026-11-23 written as [`us_date`] writes it.
pub(crate) fn with_us_dates(text: &str) -> String {
    const LENGTH: usize = "2026-11-23".len();
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let follows_number = written.ends_with(|before: char| before.is_ascii_digit());
        let word = rest.get(..LENGTH).filter(|_| letter.is_ascii_digit() && !follows_number);
        let ends = |word: &str| !rest[word.len()..].starts_with(|after: char| after.is_ascii_digit());
        if let Some((word, day)) = word.filter(|word| ends(word)).and_then(|word| Some((word, word.parse().ok()?))) {
            written.push_str(&us_date(day));
            rest = &rest[word.len()..];
        } else {
            written.push(letter);
            rest = &rest[letter.len_utf8()..];
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_month_first() {
        assert_eq!(us_date(jiff::civil::date(2026, 3, 9)), "Mar 9, 2026");
        for month in 1..=12 {
            let day = jiff::civil::date(2026, month, 28);
            assert_eq!(us_date(day), day.strftime("%b %-d, %Y").to_string());
        }
    }

    #[test]
    fn a_date_inside_a_text_is_written_month_first() {
        for (text, shown) in [
            ("Cited. (CMS, 2026-07-01)", "Cited. (CMS, Jul 1, 2026)"),
            ("2026-11-22 to 2026-11-24", "Nov 22, 2026 to Nov 24, 2026"),
            ("no. 12026-07-011, 2026-13-01, é 2026-07", "no. 12026-07-011, 2026-13-01, é 2026-07"),
        ] {
            assert_eq!(with_us_dates(text), shown);
        }
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
