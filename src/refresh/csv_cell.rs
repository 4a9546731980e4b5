//! Parsing of one cell: missing values, numbers, dates, flags and text.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;
use jiff::civil::Date;

use crate::refresh::date_text;
use crate::text::display_text::display_text;

/// How publishers, databases and spreadsheets write "no value", in lower case. Zeros alone mean it only in identifiers.
const MISSING: [&str; 27] = [
    "",
    "-",
    "--",
    "–",
    "—",
    ".",
    "na",
    "n/a",
    "n.a.",
    "#n/a",
    "#na",
    "nan",
    "null",
    "(null)",
    "#null!",
    "#ref!",
    "#value!",
    "#name?",
    "#div/0!",
    "#num!",
    "\\n",
    "none",
    "not available",
    "less than 11",
    "0000000000",
    "00000000",
    "<unavail>",
];

/// The longest of them, in bytes.
const LONGEST_MISSING: usize = 13;

/// The trimmed cell, or `None` if it means that there is no value.
pub(crate) fn non_empty(cell: &str) -> Option<&str> {
    let cell = trimmed(cell);
    // Most cells start with a character that no missing mark starts with; only the others are
    // compared.
    match cell.as_bytes().first() {
        Some(b'1'..=b'9' | b'A'..=b'K' | b'M' | b'O'..=b'Z' | b'a'..=b'k' | b'm' | b'o'..=b'z') => Some(cell),
        _ => (!is_missing(cell)).then_some(cell),
    }
}

fn is_missing(cell: &str) -> bool {
    cell.len() <= LONGEST_MISSING && MISSING.iter().any(|mark| mark.eq_ignore_ascii_case(cell))
}

/// The trimmed cell. Most cells need no trimming, as their first and last byte show.
pub(crate) fn trimmed(cell: &str) -> &str {
    match cell.as_bytes() {
        [only] if only.is_ascii_graphic() => cell,
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => cell,
        _ => without_curly_quotes(cell.trim()),
    }
}

/// The cell without the curly quotes that a word processor put around it.
fn without_curly_quotes(cell: &str) -> &str {
    let inner = cell.strip_prefix(['“', '”', '„']).and_then(|cell| cell.strip_suffix(['“', '”']));
    inner.filter(|inner| !inner.contains(['“', '”'])).map_or(cell, str::trim)
}

/// What a spreadsheet shows in place of a value that it could not calculate or that does not fit its column, in upper case.
const SPREADSHEET_ERRORS: [&str; 6] = ["#REF!", "#VALUE!", "#NAME?", "#NULL!", "#DIV/0!", "#NUM!"];

/// Whether the cell is an error of a spreadsheet: a value stood there.
pub(crate) fn is_spreadsheet_error(cell: &str) -> bool {
    let cell = cell.trim();
    cell.starts_with('#')
        && (SPREADSHEET_ERRORS.iter().any(|error| error.eq_ignore_ascii_case(cell))
            || (cell.len() > 2 && cell.bytes().all(|byte| byte == b'#')))
}

/// The cell for display, as [`display_text`] makes it, with double encoding undone. The flag says
/// whether double encoding was repaired.
pub(crate) fn clean_text(cell: &str) -> (Cow<'_, str>, bool) {
    match mended(cell) {
        Some(mended) => (Cow::Owned(display_text(&mended).into_owned()), true),
        None => (display_text(cell), false),
    }
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

/// A number, optionally with thousands separators and a dollar sign: `1,436`, `3.0`, `$1,200.50`.
pub(crate) fn number(text: &str) -> Option<f64> {
    let text = text.strip_prefix('$').map_or(text, str::trim_start);
    let plain: Cow<'_, str> = if text.contains(',') { Cow::Owned(without_groups(text)?) } else { Cow::Borrowed(text) };
    plain.parse().ok().filter(|number: &f64| number.is_finite())
}

/// The number without its thousands separators; `None` if they stand elsewhere: `4,5` is not 45.
fn without_groups(text: &str) -> Option<String> {
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    let mut groups = whole.trim_start_matches('-').split(',');
    let first = groups.next().is_some_and(|first| (1..=3).contains(&first.len()));
    (first && groups.all(|group| group.len() == 3)).then(|| text.replace(',', ""))
}

/// A non-negative whole number: `57`, `1,436`, `57.0`.
pub(crate) fn count(text: &str) -> Option<u32> {
    let number = number(text).filter(|n| n.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(n))?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and within bounds, checked above")]
    Some(number as u32)
}

/// A number that is not negative, in hundredths: `0.98`, `61.04`.
pub(crate) fn hundredths(text: &str) -> Option<u32> {
    count(&(number(text)? * 100.0).round().to_string())
}

/// An amount in whole dollars, cents rounded: `38681.50`, `182,968`.
pub(crate) fn dollars(text: &str) -> Option<u32> {
    count(&number(text)?.round().to_string())
}

/// The numbers of footnotes, of which a cell may hold several: `18`, `6,7`.
pub(crate) fn footnotes(text: &str) -> Option<Vec<u32>> {
    text.split(',').map(|part| count(part.trim())).collect()
}

/// A date in any spelling of the files, optionally followed by a time; of a range its last day.
pub(crate) fn date(text: &str) -> Option<Date> {
    date_text::read(text)
}

/// The same for the end of something: a month is its last day.
pub(crate) fn last_date(text: &str) -> Option<Date> {
    date_text::read_last(text)
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
    fn missing_is_written_in_many_ways_and_zero_is_not_one() {
        for cell in [
            "",
            " ",
            "-",
            "--",
            ".",
            "Not Available",
            "NOT AVAILABLE",
            "Less than 11",
            "0000000000",
            "00000000",
            "<UNAVAIL>",
            "NULL",
            "null",
            "(null)",
            "N/A",
            "n/a",
            "NA",
            "#N/A",
            "#REF!",
            "NaN",
            "None",
            "\\N",
            "\u{a0}",
        ] {
            assert_eq!(non_empty(cell), None, "{cell:?}");
        }
        for cell in ["0", "No", "Lexington", "-81.6915", "000", "NOT AVAILABLE HOME CARE", "Nashua", "Nancy", "#2", "NAPA"] {
            assert_eq!(non_empty(cell), Some(cell), "{cell:?}");
        }
        assert_eq!(MISSING.iter().map(|mark| mark.len()).max(), Some(LONGEST_MISSING));
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
            ("ST. MARY&#39;S \u{202e}HOME &amp; CARE", "ST. MARY'S HOME & CARE", false),
        ] {
            let (read, was) = clean_text(cell);
            assert_eq!((read.as_ref(), was), (reads, mended), "{cell:?}");
        }
    }

    #[test]
    fn numbers_may_carry_commas_and_dollars() {
        for (text, reads) in [
            ("57", Some(57)),
            ("1,436", Some(1436)),
            ("1,436,000", Some(1_436_000)),
            ("3.0", Some(3)),
            ("$1,200", Some(1200)),
            ("$ 85.00", Some(85)),
            ("3.5", None),
            ("4,5", None),
            ("1,43", None),
            ("-1", None),
            ("x", None),
            ("NaN", None),
        ] {
            assert_eq!(count(text), reads, "{text:?}");
        }
    }

    #[test]
    fn amounts_are_rounded_and_footnotes_are_several() {
        for (text, reads) in [("182968.00", Some(182_968)), ("1,632.71", Some(1_633)), ("0.00", Some(0)), ("-5", None)] {
            assert_eq!(dollars(text), reads, "{text:?}");
        }
        for (text, reads) in [("0.98", Some(98)), ("61.04", Some(6_104)), ("-0.1", None), ("x", None)] {
            assert_eq!(hundredths(text), reads, "{text:?}");
        }
        for (text, reads) in [("18", Some(vec![18])), ("6,7", Some(vec![6, 7])), ("1, 3", Some(vec![1, 3])), ("x", None)] {
            assert_eq!(footnotes(text), reads, "{text:?}");
        }
    }

    #[test]
    fn quotes_of_a_word_processor_and_errors_of_a_spreadsheet_are_no_text() {
        for (cell, reads) in [
            ("“425003”", Some("425003")),
            (" „LARKWATER” ", Some("LARKWATER")),
            ("“A” and “B”", Some("“A” and “B”")),
            ("THE “BAY”", Some("THE “BAY”")),
            ("#DIV/0!", None),
        ] {
            assert_eq!(non_empty(cell), reads, "{cell}");
        }
        for (cell, is_error) in
            [("#REF!", true), (" #name? ", true), ("#####", true), ("#2", false), ("#N/A", false), ("", false)]
        {
            assert_eq!(is_spreadsheet_error(cell), is_error, "{cell}");
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
