//! Dates in file names.

use std::ops::Range;

use jiff::civil::Date;

use crate::refresh::date_text;
use crate::refresh::date_text::DaySpan;

/// The date in a file name: `2024-06-01`, `20240601`, `06012024`; the first of the month for
/// `2024-07`, `Jul2026` and `July_2026`; the first of the quarter for `2025Q4`. Of several dates the
/// last, because a range is dated by its end, the last day of the month for `2016-02_2016-03`. A
/// month that has not ended by `today` counts up to today.
pub(crate) fn date_in(name: &str, today: Option<Date>) -> Option<Date> {
    let name = name.rsplit('/').next()?;
    let found = dates(name);
    let day = |span: &DaySpan| match today {
        _ if found.len() == 1 => span.first,
        Some(today) if span.first <= today => span.last.min(today),
        Some(_) | None => span.last,
    };
    found.iter().map(|(_, span)| day(span)).max()
}

/// A file name without its dates, so that next month's file has the same: `acme` for
/// `acme_2026-06`. A name that is only a date is kept.
pub(crate) fn without_date(name: &str) -> String {
    let mut name = name.to_owned();
    loop {
        let shorter = without_first_date(&name);
        if shorter == name {
            return name;
        }
        name = shorter;
    }
}

/// Removes the first date of a name.
fn without_first_date(name: &str) -> String {
    let between = |c: char| !c.is_alphanumeric();
    let found = dates(name);
    let Some((at, _)) = found.first() else { return name.to_owned() };
    let (before, after) = (name[..at.start].trim_end_matches(between), &name[at.end..]);
    match (before, after.trim_start_matches(between)) {
        ("", "") => name.to_owned(),
        ("", after) => after.to_owned(),
        (before, _) => format!("{before}{after}"),
    }
}

/// The dates of a name with their positions, in order. Three words are tried before two, so that
/// `01_2026-01-31` is a day and not a month.
fn dates(name: &str) -> Vec<(Range<usize>, DaySpan)> {
    let lower = name.to_ascii_lowercase();
    let words = date_text::words(&lower);
    let mut used = vec![false; words.len()];
    let mut found = Vec::new();
    for length in (1..=3).rev() {
        for at in 0..(words.len() + 1).saturating_sub(length) {
            let window = &words[at..at + length];
            if used[at..at + length].contains(&true) {
                continue;
            }
            let texts: Vec<&str> = window.iter().map(|(_, word)| *word).collect();
            let span = date_text::of_words(&texts, false).filter(|span| span.first.year() >= 1990);
            if let (Some(span), [(start, _), ..], Some((end, last))) = (span, window, window.last()) {
                used[at..at + length].fill(true);
                found.push((*start..end + last.len(), span));
            }
        }
    }
    found.sort_by_key(|(at, _)| at.start);
    found
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_name_may_carry_a_date() {
        for (name, day) in [
            ("cms/hh_provider_SC_2024-07.csv", Some("2024-07-01")),
            ("nh_2024-06-01.csv.gz", Some("2024-06-01")),
            ("nh_20250415.csv", Some("2025-04-15")),
            ("nh_04152025.csv", Some("2025-04-15")),
            ("nh_4-15-2025.csv", Some("2025-04-15")),
            ("nh_04-15-25.csv", Some("2025-04-15")),
            ("nh_4-15-25.csv", None),
            ("acme April_2025.csv", Some("2025-04-01")),
            ("acme-Apr-2025.csv", Some("2025-04-01")),
            ("acme_2025_April.csv", Some("2025-04-01")),
            ("acme_15Apr2025.csv", Some("2025-04-15")),
            ("ltc_US_2025Q4.csv.gz", Some("2025-10-01")),
            ("HH_Provider_Jul2026.csv", Some("2026-07-01")),
            ("Hospice_General-Information_Aug2026_2.csv", Some("2026-08-01")),
            ("leie_2016-02_2016-03.csv", Some("2016-03-31")),
            ("leie_business_exclusions_2015-11_to_2016-12.csv", Some("2016-12-31")),
            ("roster_2026-01-01_2026-01-31.csv", Some("2026-01-31")),
            ("roster_Jan2026-Mar2026.csv", Some("2026-03-31")),
            ("roster_2026-10_2026-11.csv", Some("2026-11-21")),
            ("roster_2027-01_2027-02.csv", Some("2027-02-28")),
            ("roster_20260101-20260131.csv", Some("2026-01-31")),
            ("hh_provider_sample_2026.csv", None),
            ("2024-07/hospices.csv", None),
            ("hh_2024-13.csv", None),
            ("acme_12345678.csv", None),
            ("H1234-001.csv", None),
            ("home_health.csv", None),
        ] {
            let found = date_in(name, Some(date(2026, 11, 21)));
            assert_eq!(found.map(|day| day.to_string()).as_deref(), day, "{name}");
        }
    }

    #[test]
    fn the_file_of_the_next_month_has_the_same_name() {
        for (name, without) in [
            ("acme_2026-06", "acme"),
            ("acme-2026-06-01", "acme"),
            ("acme_20260601", "acme"),
            ("acme_06012026", "acme"),
            ("acme_June_2026", "acme"),
            ("acme_2026_06_01_tier1", "acme_tier1"),
            ("2026-06 acme", "acme"),
            ("acme Jul2026", "acme"),
            ("acme_2025Q4", "acme"),
            ("acme_2026-01_2026-03", "acme"),
            ("acme_2026-01-01_2026-01-31_tier1", "acme_tier1"),
            ("acme_2026", "acme_2026"),
            ("acme_1200-45", "acme_1200-45"),
            ("2026-06-01", "2026-06-01"),
            ("Ärzte_2026-06", "Ärzte"),
            ("", ""),
        ] {
            assert_eq!(without_date(name), without, "{name}");
        }
    }
}
