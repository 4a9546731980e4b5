//! Reading ZIP codes as files and people write them.

use crate::text::spreadsheet;
use crate::text::spreadsheet::{is_digits, without_wrapping};

/// What may be between the five digits and the other four.
const BETWEEN: [char; 9] = ['-', '–', '—', '−', '_', '/', '+', '.', ','];

/// The number of a ZIP code; the last four digits are dropped. `None` if there are no five.
///
/// Reads `29401`, `29401-1234`, `294011234`, `66047 1234`, `66047-`, `66047.0`, `66,047` and
/// `641 080 000`.
pub(super) fn number(text: &str) -> Option<u32> {
    let text = without_wrapping(text);
    let whole = match text.len() {
        5 | 9 if is_digits(text) => text.get(..5),
        _ => with_plus_four(text),
    };
    whole.map_or_else(|| grouped(text), |digits| digits.parse().ok())
}

/// The five digits before a separator and at most four more.
fn with_plus_four(text: &str) -> Option<&str> {
    let (five, rest) = (text.get(..5)?, text.get(5..)?);
    let four = rest.trim_start_matches(|c: char| c.is_whitespace() || BETWEEN.contains(&c));
    let complete = four.is_empty() || (four.len() <= 4 && four.len() < rest.len() && is_digits(four));
    (is_digits(five) && complete).then_some(five)
}

/// The number behind thousands separators.
fn grouped(text: &str) -> Option<u32> {
    let mut groups = text.split([',', ' ', '\u{a0}', '\u{202f}']);
    let first = groups.next().filter(|first| is_digits(first) && first.len() <= 3)?;
    let mut digits = first.to_owned();
    for group in groups {
        if group.len() != 3 || !is_digits(group) {
            return None;
        }
        digits.push_str(group);
    }
    matches!(digits.len(), 5 | 9).then(|| digits[..5].parse().ok()).flatten()
}

/// The number of a ZIP code that a spreadsheet seems to have robbed of its leading zeros: `8755` and
/// `87551234` are 08755.
pub(super) fn padded(text: &str) -> Option<u32> {
    let text = without_wrapping(text);
    let full = match text.len() {
        3 | 4 => format!("{text:0>5}"),
        7 | 8 => format!("{text:0>9}"),
        _ => return None,
    };
    is_digits(text).then(|| full[..5].parse().ok()).flatten()
}

/// A hint for a text that is no ZIP code, if a spreadsheet seems to have changed it.
pub(crate) fn way_out(text: &str) -> Option<String> {
    spreadsheet::way_out(text, 5).or_else(|| {
        let zip = padded(text)?;
        Some(format!("did a spreadsheet drop its leading zero? Perhaps {zip:05}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zip_reads_in_every_spelling_of_the_files() {
        for (text, reads) in [
            ("66047 1234", Some(66047)),
            ("66047-", Some(66047)),
            ("66047 -", Some(66047)),
            ("66047–1234", Some(66047)),
            ("66047 - 1234", Some(66047)),
            ("66047-12", Some(66047)),
            ("66047.0", Some(66047)),
            ("660471234.0", Some(66047)),
            ("641 080 000", Some(64108)),
            ("641,080,000", Some(64108)),
            ("64,108", Some(64108)),
            ("'00601", Some(601)),
            ("=\"00601\"", Some(601)),
            (" 66047\u{a0}", Some(66047)),
            ("6604", None),
            ("66047 12345", None),
            ("66047 KS", None),
            ("66047é", None),
            ("6604é-1234", None),
            ("6.6047E+04", None),
            ("29401.5", Some(29401)),
            ("123 Main", None),
            ("29 401 12", None),
        ] {
            assert_eq!(number(text), reads, "{text:?}");
        }
    }

    #[test]
    fn lost_zeros_are_found() {
        for (text, reads) in [
            ("8755", Some(8755)),
            ("601.0", Some(601)),
            ("87551234", Some(8755)),
            ("12", None),
            ("875X", None),
            ("29401", None),
        ] {
            assert_eq!(padded(text), reads, "{text:?}");
        }
        assert!(way_out("87551234").is_some_and(|hint| hint.ends_with("Perhaps 08755")));
        assert!(way_out("6.6047E+04").is_some_and(|hint| hint.contains("as text")));
        assert_eq!(way_out("Lawrence"), None);
    }
}
