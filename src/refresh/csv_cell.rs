//! Parsing of one cell: missing values, numbers, dates, flags and text.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;
use jiff::civil::Date;

use crate::text::squeeze_spaces;

/// How publishers write "no value", apart from zeros alone.
const MISSING: [&str; 8] = ["", "-", ".", "Not Available", "Less than 11", "0000000000", "00000000", "<UNAVAIL>"];

/// The trimmed cell, or `None` if it means that there is no value.
pub(crate) fn non_empty(cell: &str) -> Option<&str> {
    let cell = trimmed(cell);
    // Most cells start with a character that no missing mark starts with; only the others are
    // compared.
    match cell.as_bytes().first() {
        Some(b'1'..=b'9' | b'A'..=b'K' | b'M' | b'O'..=b'Z' | b'a'..=b'z') => Some(cell),
        _ => (!MISSING.contains(&cell)).then_some(cell),
    }
}

/// The trimmed cell. Most cells need no trimming, as their first and last byte show.
pub(crate) fn trimmed(cell: &str) -> &str {
    match cell.as_bytes() {
        [only] if only.is_ascii_graphic() => cell,
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => cell,
        _ => cell.trim(),
    }
}

/// The cell for display: double encoding undone, control characters removed, single spaces. The
/// flag says whether double encoding was repaired.
pub(crate) fn clean_text(cell: &str) -> (Cow<'_, str>, bool) {
    // Fast path: nearly every cell is plain ASCII without double spaces.
    let printable = |bytes: &[u8]| bytes.iter().all(|byte| (b' '..=b'~').contains(byte));
    if printable(cell.as_bytes()) && !cell.as_bytes().windows(2).any(|pair| pair == b"  ") {
        return (Cow::Borrowed(cell), false);
    }
    let mended = mended(cell);
    let text = mended.as_deref().unwrap_or(cell);
    let text = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
    (Cow::Owned(squeeze_spaces(&text)), mended.is_some())
}

/// Undoes double encoding: UTF-8 that was read as Windows-1252 (or Latin-1) and encoded again.
/// `None` if it was not.
fn mended(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        if let Ok(byte) = u8::try_from(u32::from(c)) {
            bytes.push(byte);
            continue;
        }
        let mut utf8 = [0; 4];
        let (encoded, _, failed) = WINDOWS_1252.encode(c.encode_utf8(&mut utf8));
        if failed {
            return None;
        }
        bytes.extend_from_slice(&encoded);
    }
    String::from_utf8(bytes).ok()
}

/// A number, optionally with thousands separators: `1,436`, `3.0`.
pub(crate) fn number(text: &str) -> Option<f64> {
    let plain: Cow<'_, str> = if text.contains(',') { Cow::Owned(text.replace(',', "")) } else { Cow::Borrowed(text) };
    plain.parse().ok().filter(|number: &f64| number.is_finite())
}

/// A non-negative whole number: `57`, `1,436`, `57.0`.
pub(crate) fn count(text: &str) -> Option<u32> {
    let number = number(text).filter(|n| n.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(n))?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and within bounds, checked above")]
    Some(number as u32)
}

/// A date: `2024-06-01`, `06/01/2024` or `20240601`, optionally followed by a time.
pub(crate) fn date(text: &str) -> Option<Date> {
    let day = text.split([' ', 'T']).next()?;
    let part = |from: usize, to: usize| day.get(from..to)?.parse::<i16>().ok();
    let (year, month, date) = match (day.len(), day.as_bytes()) {
        (10, [_, _, _, _, b'-', _, _, b'-', ..]) => (part(0, 4)?, part(5, 7)?, part(8, 10)?),
        (8, bytes) if bytes.iter().all(u8::is_ascii_digit) => (part(0, 4)?, part(4, 6)?, part(6, 8)?),
        _ => {
            let mut parts = day.split('/').map(|part| part.parse::<i16>().ok());
            let (month, date, year) = (parts.next()??, parts.next()??, parts.next()??);
            if parts.next().is_some() || year < 1000 {
                return None;
            }
            (year, month, date)
        }
    };
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(date).ok()?).ok()
}

/// Yes or no, as CMS, Synthea and spreadsheets write it.
pub(crate) fn flag(text: &str) -> Option<bool> {
    let is = |words: [&str; 3]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(["yes", "true", "y"]) {
        Some(true)
    } else if is(["no", "false", "n"]) {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_comes_eight_ways_and_zero_is_not_one() {
        for cell in ["", " ", "-", ".", "Not Available", "Less than 11", "0000000000", "00000000", "<UNAVAIL>"] {
            assert_eq!(non_empty(cell), None, "{cell:?}");
        }
        for cell in ["0", "No", "Lexington", "-81.6915", "000", "NOT AVAILABLE HOME CARE"] {
            assert_eq!(non_empty(cell), Some(cell), "{cell:?}");
        }
    }

    #[test]
    fn words_are_mended_and_tidied_for_people() {
        for (cell, reads, mended) in [
            ("250 MAIN ST", "250 MAIN ST", false),
            ("Government  &  Non-Profit", "Government & Non-Profit", false),
            ("250 MU\u{c3}\u{91}OZ ST", "250 MUÑOZ ST", true),
            ("Caf\u{c3}\u{a9}", "Café", true),
            ("It\u{e2}\u{20ac}\u{2122}s", "It’s", true),
            ("GOVERNOR’S HOUSE", "GOVERNOR’S HOUSE", false),
            ("Muñoz", "Muñoz", false),
            ("a\u{7}b\u{91}c\u{1b}[31m", "a b c [31m", false),
        ] {
            let (read, was) = clean_text(cell);
            assert_eq!((read.as_ref(), was), (reads, mended), "{cell:?}");
        }
    }

    #[test]
    fn numbers_may_carry_commas() {
        for (text, reads) in [
            ("57", Some(57)),
            ("1,436", Some(1436)),
            ("3.0", Some(3)),
            ("3.5", None),
            ("-1", None),
            ("x", None),
            ("NaN", None),
        ] {
            assert_eq!(count(text), reads, "{text:?}");
        }
    }

    #[test]
    fn dates_come_four_ways() {
        for (text, reads) in [
            ("02/25/1999 12:00:00 AM", Some("1999-02-25")),
            ("7/1/1966", Some("1966-07-01")),
            ("2024-06-01", Some("2024-06-01")),
            ("2024-06-01T00:00:00", Some("2024-06-01")),
            ("20160420", Some("2016-04-20")),
            ("2024-13-01", None),
            ("02/30/2024", None),
            ("7/1/66", None),
            ("soon", None),
            ("é0240601", None),
        ] {
            assert_eq!(date(text).map(|day| day.to_string()).as_deref(), reads, "{text:?}");
        }
    }

    #[test]
    fn flags_are_yes_no_or_neither() {
        for (text, reads) in
            [("Yes", Some(true)), ("true", Some(true)), ("No", Some(false)), ("FALSE", Some(false)), ("maybe", None)]
        {
            assert_eq!(flag(text), reads, "{text:?}");
        }
    }
}
