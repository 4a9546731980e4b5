//! Reading telephone numbers as files and people write them.

use crate::text::spreadsheet::{is_digits, without_wrapping};

/// A telephone number as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PhoneText<'a> {
    /// The ten digits.
    pub number: u64,
    /// The digits of the extension; empty if there is none.
    pub extension: &'a str,
    /// Another number follows, which is not used.
    pub has_second: bool,
}

/// The most digits of an extension.
pub(crate) const LONGEST_EXTENSION: usize = 7;

/// The longest word before a number, such as "Telephone number: ".
const LONGEST_LABEL: usize = 24;

/// What separates two numbers in one cell.
const BETWEEN_NUMBERS: [&str; 7] = [" / ", " or ", " OR ", " and ", " AND ", " & ", "|"];

/// What announces an extension, longest first.
const EXTENSION_MARKS: [&str; 6] = ["extension", "extn", "ext", "ex", "x", "#"];

/// The first telephone number of the text: `(785) 555-0140 x123`, `tel:+1-816-555-0167`,
/// `785-555-0140 / 785-555-0141`, `7855550140.0`. `None` if there is none.
pub(crate) fn read(text: &str) -> Option<PhoneText<'_>> {
    let text = without_wrapping(text);
    let text = if text.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("tel:")) { &text[4..] } else { text };
    let first = |text| ten_digits(text).map(|(number, rest)| of_number(number, rest));
    if let Some(found) = first(text) {
        return Some(found);
    }
    // The first of two may lack its area code.
    let at = BETWEEN_NUMBERS.iter().filter_map(|between| Some(text.find(between)? + between.len())).min()?;
    first(&text[at..])
}

fn of_number(number: u64, rest: &str) -> PhoneText<'_> {
    let extension = extension(rest);
    let more = rest.bytes().filter(u8::is_ascii_digit).count() - extension.len();
    PhoneText { number, extension, has_second: more >= 7 }
}

/// The ten digits that the text begins with, and the rest.
fn ten_digits(text: &str) -> Option<(u64, &str)> {
    let start = text.find(|c: char| c.is_ascii_digit() || matches!(c, '(' | '+'))?;
    let (label, text) = text.split_at(start);
    let is_label = |c: char| c.is_alphabetic() || c.is_whitespace() || ".:#-".contains(c);
    if label.len() > LONGEST_LABEL || !label.chars().all(is_label) || label.to_lowercase().contains("fax") {
        return None;
    }
    let alone = matches!(text.bytes().filter(u8::is_ascii_digit).count(), 10 | 11);
    let (mut digits, mut length) = (String::with_capacity(11), 10);
    for (at, c) in text.char_indices() {
        if c.is_ascii_digit() {
            if digits.len() == length {
                // More digits without anything between are no telephone number.
                return None;
            }
            length += usize::from(digits.is_empty() && c == '1');
            digits.push(c);
        } else if digits.len() == length {
            return Some((checked(&digits)?, &text[at..]));
        } else if !is_separator(c) || !(alone || is_boundary(digits.len(), length)) {
            return None;
        }
    }
    let foreign = text.starts_with('+') && length == 10;
    (digits.len() == length && !foreign).then(|| checked(&digits)).flatten().map(|number| (number, ""))
}

/// Whether a separator may stand behind so many of the digits: behind the country code, the area
/// code and the exchange. Elsewhere two numbers would run together.
fn is_boundary(digits: usize, length: usize) -> bool {
    let country = length - 10;
    digits == 0 || digits == country || digits == country + 3 || digits == country + 6
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || "()-.+/,_–—‐‑−·".contains(c)
}

/// The ten digits as a number. Area codes and exchanges begin with 2 to 9.
fn checked(digits: &str) -> Option<u64> {
    let ten = digits.strip_prefix('1').unwrap_or(digits);
    let good = ten.len() == 10 && [0, 3].iter().all(|at| ten.as_bytes()[*at] >= b'2');
    good.then(|| ten.parse().ok()).flatten()
}

/// The digits of the extension that follows a number; empty if there is none.
fn extension(rest: &str) -> &str {
    let lead = rest.trim_start_matches(|c: char| c.is_whitespace() || ",;.(-".contains(c));
    let separated = lead.len() < rest.len();
    let starts = |mark: &&&str| lead.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark));
    let marked = EXTENSION_MARKS.iter().find(starts).and_then(|mark| lead.get(mark.len()..));
    let text = match marked {
        Some(after) => after.trim_start_matches(|c: char| c.is_whitespace() || ".:=#-".contains(c)),
        // "785-555-0140 123" has no mark.
        None if separated && is_digits(lead.trim_end()) => lead,
        None => return "",
    };
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    if end <= LONGEST_EXTENSION { text.get(..end).unwrap_or_default() } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_and_its_extension_are_found() {
        for (text, number, extension) in [
            ("(785) 555-0140 x123", 7_855_550_140, "123"),
            ("785-555-0140 ext. 12", 7_855_550_140, "12"),
            ("785-555-0140, Ext: 012", 7_855_550_140, "012"),
            ("785.555.0140 EXTENSION 7", 7_855_550_140, "7"),
            ("7855550140x9", 7_855_550_140, "9"),
            ("785-555-0140 #44", 7_855_550_140, "44"),
            ("785-555-0140 123", 7_855_550_140, "123"),
            ("1-602-833-4315;ext=7", 6_028_334_315, "7"),
            ("785-555-0140 / 785-555-0141", 7_855_550_140, ""),
            ("785-555-0140/0141", 7_855_550_140, ""),
            ("785-555-0140 or 785-555-0141", 7_855_550_140, ""),
            ("785-555-0140;785-555-0141", 7_855_550_140, ""),
            ("785-555-0140 785-555-0141", 7_855_550_140, ""),
            ("555-2140 / 785-555-0141", 7_855_550_141, ""),
            ("7855550140.0", 7_855_550_140, ""),
            ("tel:+1-816-555-0167", 8_165_550_167, ""),
            ("TEL:+18165550167;ext=5", 8_165_550_167, "5"),
            ("+1 (816) 555-0167 x7023", 8_165_550_167, "7023"),
            ("Phone: 816-555-0167", 8_165_550_167, ""),
            ("816–555–0167", 8_165_550_167, ""),
            ("816 555 0167 (front desk)", 8_165_550_167, ""),
            ("8 1 6 5 5 5 0 1 6 7", 8_165_550_167, ""),
            ("816/555-0167", 8_165_550_167, ""),
            ("'8165550167", 8_165_550_167, ""),
        ] {
            let read = read(text).map(|read| (read.number, read.extension));
            assert_eq!(read, Some((number, extension)), "{text:?}");
        }
        assert!(read("785-555-0140 / 785-555-0141").is_some_and(|read| read.has_second));
        assert!(read("(785) 555-0140 x123").is_some_and(|read| !read.has_second));
    }

    #[test]
    fn what_is_no_telephone_number_is_none() {
        for text in [
            "",
            "-",
            "call us",
            "555-0140",
            "x123",
            "785-555-01401",
            "78555501401234",
            "0000000000",
            "185-555-0140",
            "785-155-0140",
            "+44 20 7946 0123",
            "+49 30 12345678",
            "Fax: 785-555-0140",
            "7.85555E+09",
            "PROPRIETARY",
            "02/07/1996",
            "29801",
            "555-2140/785-555-0141",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }
}
