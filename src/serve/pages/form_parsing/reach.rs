//! The radius and the discharge date, as people type them: "10 miles", "12/1", "Dec 1", "tomorrow".

use jiff::civil::Date;
use jiff::{Span, ToSpan};

/// How long ago a day without a year may be; an earlier one is of next year. Our choice.
const DAYS_BACK: i32 = 60;

/// The names of the months as they are shortened.
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The number of a typed radius: "10", "10 miles", "10 mi.", "within 10 miles".
pub(crate) fn plain_miles(typed: &str) -> &str {
    let typed = typed.trim();
    let number = match (typed.get(..6), typed.get(6..)) {
        (Some(start), Some(rest)) if start.eq_ignore_ascii_case("within") => rest.trim_start(),
        _ => typed,
    };
    let end = number.find(|c: char| c.is_alphabetic()).unwrap_or(number.len());
    let (number, unit) = number.split_at(end);
    let unit = unit.trim_end_matches('.').to_ascii_lowercase();
    if !number.is_empty() && ["mile", "miles", "mi", "m"].contains(&&*unit) { number.trim_end() } else { typed }
}

/// The day of `typed`: "2026-12-01", "12/1", "12/1/26", "Dec 1", "December 1, 2026", "today", "tomorrow". `None` if it is none of them.
pub(crate) fn typed_day(typed: &str, today: Date) -> Option<Date> {
    let words = typed.to_lowercase();
    match words.trim() {
        "today" => return Some(today),
        "tomorrow" => return today.tomorrow().ok(),
        iso if iso.parse::<Date>().is_ok() => return iso.parse().ok(),
        _ => {}
    }
    let parts: Vec<&str> = words.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
    let (month, day, year) = match parts[..] {
        [month, day] => (month, day, None),
        [month, day, year] => (month, day, Some(year)),
        _ => return None,
    };
    let month = month.parse::<i8>().ok().or_else(|| named_month(month))?;
    let day = day.trim_end_matches(['s', 't', 'n', 'd', 'r', 'h']).parse::<i8>().ok()?;
    match year {
        Some(year) => Date::new(full_year(year)?, month, day).ok(),
        None => nearest(month, day, today),
    }
}

fn named_month(typed: &str) -> Option<i8> {
    let at = MONTHS.iter().position(|month| typed.starts_with(month))?;
    i8::try_from(at + 1).ok()
}

fn full_year(typed: &str) -> Option<i16> {
    let year = typed.parse::<i16>().ok()?;
    match typed.len() {
        2 => Some(2000 + year),
        4 => Some(year),
        _ => None,
    }
}

/// The day of this year, or of the next if it is long past.
fn nearest(month: i8, day: i8, today: Date) -> Option<Date> {
    let this_year = Date::new(today.year(), month, day).ok();
    let earliest = today.checked_sub(Span::new().days(DAYS_BACK)).ok()?;
    match this_year {
        Some(found) if found >= earliest => Some(found),
        _ => Date::new(today.checked_add(1.year()).ok()?.year(), month, day).ok(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_radius_may_have_its_unit() {
        for (typed, number) in [
            ("10", "10"),
            ("10 miles", "10"),
            ("7.5 mi.", "7.5"),
            ("within 10 miles", "10"),
            ("Within 1 Mile", "1"),
            ("10 km", "10 km"),
            ("far", "far"),
            ("miles", "miles"),
            ("", ""),
        ] {
            assert_eq!(plain_miles(typed), number, "{typed}");
        }
    }

    #[test]
    fn a_day_is_read_as_people_type_it() {
        let today = date(2026, 11, 30);
        for (typed, read) in [
            ("2026-12-01", Some(date(2026, 12, 1))),
            ("12/1", Some(date(2026, 12, 1))),
            ("12/1/26", Some(date(2026, 12, 1))),
            ("12-01-2026", Some(date(2026, 12, 1))),
            ("Dec 1", Some(date(2026, 12, 1))),
            ("December 1st, 2026", Some(date(2026, 12, 1))),
            ("1/3", Some(date(2027, 1, 3))),
            ("11/29", Some(date(2026, 11, 29))),
            ("Tomorrow", Some(date(2026, 12, 1))),
            ("today", Some(today)),
            ("13/1", None),
            ("2/30", None),
            ("12", None),
            ("next week", None),
            ("", None),
        ] {
            assert_eq!(typed_day(typed, today), read, "{typed}");
        }
    }
}
