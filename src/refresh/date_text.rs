//! Reading dates as files write them, in cells and in file names.

use jiff::civil::Date;

use crate::text::us_date::MONTHS;

/// The days that a date text covers: one day, a month or a quarter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DaySpan {
    /// The first day.
    pub first: Date,
    /// The last day.
    pub last: Date,
}

/// The longest text that is searched for a range of dates, in bytes.
const LONGEST: usize = 60;

/// Words between the two dates of a range.
const RANGE_WORDS: [&str; 5] = [" through ", " thru ", " to ", " until ", " - "];

/// The date of a cell: `2024-06-01`, `06/01/2024`, `6/1/24`, `20240601`, `06012024`, `Jun 1, 2024`,
/// each with or without a time. A month is its first day, a range its last day.
pub(crate) fn read(text: &str) -> Option<Date> {
    numeric(text).or_else(|| span(text).map(|(span, is_range)| if is_range { span.last } else { span.first }))
}

/// The same for the end of something: a month is its last day.
pub(crate) fn read_last(text: &str) -> Option<Date> {
    numeric(text).or_else(|| span(text).map(|(span, _)| span.last))
}

/// The usual forms, without looking at words.
fn numeric(text: &str) -> Option<Date> {
    let (day, rest) = match text.find([' ', 'T']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    // A time may follow, or a zone, but no other date.
    if rest.bytes().any(|b| b.is_ascii_digit()) && !rest.contains(':') {
        return None;
    }
    let part = |from: usize, to: usize| day.get(from..to)?.parse::<i16>().ok();
    match (day.len(), day.as_bytes()) {
        (10, [_, _, _, _, b'-', _, _, b'-', ..]) => date(part(0, 4)?, part(5, 7)?, part(8, 10)?),
        (8, bytes) if bytes.iter().all(u8::is_ascii_digit) => eight_digits(day),
        _ => {
            let mut parts = day.split('/');
            let (month, date, year) = (parts.next()?, parts.next()?, parts.next()?);
            if parts.next().is_some() {
                return None;
            }
            month_first(month, date, year).or_else(|| year_first(month, date, year))
        }
    }
}

/// `20250415` or `04152025`.
fn eight_digits(text: &str) -> Option<Date> {
    let part = |from: usize, to: usize| text.get(from..to)?.parse::<i16>().ok();
    let year_first = part(0, 4).filter(|year| *year >= 1000).and_then(|year| date(year, part(4, 6)?, part(6, 8)?));
    year_first.or_else(|| date(part(4, 8).filter(|year| *year >= 1000)?, part(0, 2)?, part(2, 4)?))
}

/// A span of a text that is nothing but one or two dates, and whether they are a range.
fn span(text: &str) -> Option<(DaySpan, bool)> {
    let text = text.trim();
    if text.len() > LONGEST {
        return None;
    }
    if let Some(span) = whole(text) {
        return Some((span, false));
    }
    let lower = text.to_ascii_lowercase();
    let words = RANGE_WORDS.iter().filter_map(|word| Some((lower.find(word)?, word.len())));
    let marks =
        lower.char_indices().filter(|(_, c)| matches!(c, '-' | '–' | '—' | '/' | '_')).map(|(at, c)| (at, c.len_utf8()));
    let ends = |(at, length): (usize, usize)| Some((whole(text.get(..at)?)?, whole(text.get(at + length..)?)?));
    let (from, to) = words.chain(marks).find_map(ends)?;
    Some((DaySpan { first: from.first, last: to.last.max(from.last) }, true))
}

/// The span of a text that is nothing but one date, month or quarter.
fn whole(text: &str) -> Option<DaySpan> {
    if let Some(day) = numeric(text.trim()) {
        return Some(DaySpan { first: day, last: day });
    }
    let separates = |c: char| c.is_whitespace() || ",-/._".contains(c);
    if text.chars().any(|c| !c.is_ascii_alphanumeric() && !separates(c)) {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let words: Vec<&str> = words(&lower).into_iter().map(|(_, word)| word).filter(|word| !is_filler(word)).collect();
    of_words(&words, true)
}

/// Weekdays and the endings of ordinals: "Tue, April 15th".
fn is_filler(word: &str) -> bool {
    let weekdays = ["mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun"];
    weekdays.contains(&word) || matches!(word, "st" | "nd" | "rd" | "th") || (word.ends_with("day") && word.len() > 5)
}

/// The runs of letters and the runs of digits of a text, with their positions.
pub(crate) fn words(text: &str) -> Vec<(usize, &str)> {
    let kind = |c: char| (c.is_ascii_digit(), c.is_alphabetic());
    let mut words = Vec::new();
    let mut start = 0;
    let mut before = (false, false);
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        let now = if at == text.len() { (false, false) } else { kind(c) };
        if now != before {
            if before != (false, false) {
                words.push((start, &text[start..at]));
            }
            (start, before) = (at, now);
        }
    }
    words
}

/// The span that these words, in lower case, are together. `short` accepts what is a date in a date
/// column but may be anything in a file name.
pub(crate) fn of_words(words: &[&str], short: bool) -> Option<DaySpan> {
    let one = |day: Date| DaySpan { first: day, last: day };
    match *words {
        [digits] if digits.len() == 8 => eight_digits(digits).filter(|day| (1990..2100).contains(&day.year())).map(one),
        [a, b] => of_month(a, month(b).or_else(|| two_digits(b)))
            .or_else(|| of_month(b, month(a).or_else(|| two_digits(a).filter(|_| short)))),
        [a, b, c] => quarter(a, b, c)
            .or_else(|| quarter(c, a, b))
            .or_else(|| named(a, b, c, short).or_else(|| named(b, a, c, short)).map(one))
            .or_else(|| named(b, c, a, false).map(one))
            .or_else(|| year_first(a, b, c).map(one))
            .or_else(|| month_first(a, b, c).filter(|_| short || c.len() == 4 || is_padded(words)).map(one)),
        _ => None,
    }
}

fn named(month_name: &str, day: &str, of: &str, short: bool) -> Option<Date> {
    let of = year(of).or_else(|| short.then(|| two_digit_year(of)).flatten())?;
    date(of, i16::from(month(month_name)?), day.parse().ok().filter(|_| day.len() <= 2)?)
}

fn quarter(of: &str, mark: &str, number: &str) -> Option<DaySpan> {
    let number: i8 = number.parse().ok().filter(|number| mark == "q" && (1..=4).contains(number))?;
    let first = month_span(year(of)?, number * 3 - 2)?;
    Some(DaySpan { last: month_span(year(of)?, number * 3)?.last, ..first })
}

fn of_month(of: &str, month: Option<i8>) -> Option<DaySpan> {
    month_span(year(of)?, month?)
}

/// Whether a date is written `04-15-25`; `4-15-25` in a file name may be a version.
fn is_padded(words: &[&str]) -> bool {
    words.iter().all(|word| word.len() == 2)
}

fn month_span(year: i16, month: i8) -> Option<DaySpan> {
    let first = Date::new(year, month, 1).ok()?;
    Some(DaySpan { first, last: first.last_of_month() })
}

/// `06`, `01`, `2024` or `6`, `1`, `24`.
fn month_first(month: &str, day: &str, of: &str) -> Option<Date> {
    let number = |text: &str| text.parse::<i16>().ok().filter(|_| text.len() <= 2);
    let (month, day) = (number(month)?, number(day)?);
    // The end of a contract without an end is written 12/31/99.
    if (month, day, of) == (12, 31, "99") {
        return date(2099, 12, 31);
    }
    let of = of.parse().ok().filter(|year| of.len() == 4 && *year >= 1000).or_else(|| two_digit_year(of));
    date(of?, month, day)
}

fn year_first(of: &str, month: &str, day: &str) -> Option<Date> {
    let number = |text: &str| text.parse::<i16>().ok().filter(|_| text.len() <= 2);
    date(year(of)?, number(month)?, number(day)?)
}

fn date(year: i16, month: i16, day: i16) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// A year that a file can be of.
fn year(text: &str) -> Option<i16> {
    text.parse().ok().filter(|year| text.len() == 4 && (1900..2100).contains(year))
}

/// The year of two digits: 24 is 2024, 66 is 1966.
fn two_digit_year(text: &str) -> Option<i16> {
    let short: i16 = text.parse().ok().filter(|_| text.len() == 2)?;
    Some(if short < 50 { 2000 + short } else { 1900 + short })
}

fn two_digits(text: &str) -> Option<i8> {
    text.parse().ok().filter(|_| text.len() == 2)
}

/// The number of a month by its name or the beginning of it, at least three letters.
fn month(word: &str) -> Option<i8> {
    let at = MONTHS.iter().position(|month| word.len() >= 3 && month.starts_with(word))?;
    i8::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_every_spelling_of_the_files() {
        for (text, reads) in [
            ("02/25/1999 12:00:00 AM", Some("1999-02-25")),
            ("7/1/1966", Some("1966-07-01")),
            ("7/1/66", Some("1966-07-01")),
            ("4/15/25", Some("2025-04-15")),
            ("12/31/99", Some("2099-12-31")),
            ("2024-06-01", Some("2024-06-01")),
            ("2024-06-01T00:00:00", Some("2024-06-01")),
            ("2024/06/01", Some("2024-06-01")),
            ("20160420", Some("2016-04-20")),
            ("04152025", Some("2025-04-15")),
            ("4-15-2025", Some("2025-04-15")),
            ("April_2025", Some("2025-04-01")),
            ("Apr-2025", Some("2025-04-01")),
            ("2025-04", Some("2025-04-01")),
            ("April 15, 2025", Some("2025-04-15")),
            ("Tuesday, April 15th, 2025", Some("2025-04-15")),
            ("15-APR-2025", Some("2025-04-15")),
            ("15-Apr-25", Some("2025-04-15")),
            ("2025Q4", Some("2025-10-01")),
            ("01/01/2024-12/31/2024", Some("2024-12-31")),
            ("01/01/2024 - 12/31/2024", Some("2024-12-31")),
            ("2024-01-01 to 2024-12-31", Some("2024-12-31")),
            ("2024-01-01/2024-12-31", Some("2024-12-31")),
            ("Jan 2024 through Mar 2024", Some("2024-03-31")),
            ("20240101-20241231", Some("2024-12-31")),
            ("2024-13-01", None),
            ("2024-02-30", None),
            ("02/30/2024", None),
            ("soon", None),
            ("é0240601", None),
            ("2024", None),
            ("12", None),
            ("427001", None),
            ("8036431701", None),
            ("06/01/2024 5", None),
            ("", None),
        ] {
            assert_eq!(read(text).map(|day| day.to_string()).as_deref(), reads, "{text:?}");
        }
    }

    #[test]
    fn the_end_of_a_month_is_its_last_day() {
        for (text, reads) in [("Feb 2028", "2028-02-29"), ("2026-12", "2026-12-31"), ("2026-12-05", "2026-12-05")] {
            assert_eq!(read_last(text).unwrap().to_string(), reads, "{text}");
        }
    }
}
