//! What spreadsheets do to identifiers, and hints to correct it.

use crate::text::is_invisible;

/// The text without what a spreadsheet puts around an identifier: `="00601"`, `'00601` and `601.0`.
pub(crate) fn without_wrapping(text: &str) -> &str {
    let text = text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c));
    let text = text.strip_prefix("=\"").and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let text = text.trim_start_matches(['\'', '’', '`']);
    match text.split_once('.') {
        Some((whole, zeros)) if is_digits(whole) && zeros.bytes().all(|b| b == b'0') => whole,
        _ => text,
    }
}

/// A hint for an identifier of `length` digits that a spreadsheet seems to have changed; 0 where
/// no identifier begins with a zero.
pub(crate) fn way_out(text: &str, length: usize) -> Option<String> {
    let text = without_wrapping(text);
    if is_exponent(text) {
        return Some(
            "a spreadsheet wrote it as a number and lost digits; format the column as text and enter it again".to_owned(),
        );
    }
    let short = (3..length).contains(&text.len()) && is_digits(text);
    short.then(|| format!("did a spreadsheet drop its leading zero? Perhaps {text:0>length$}"))
}

/// Whether the text is one or more zeros, which publishers write for a missing identifier.
pub(crate) fn is_zeros(text: &str) -> bool {
    let text = without_wrapping(text);
    !text.is_empty() && text.bytes().all(|b| b == b'0')
}

/// Whether the text consists of digits, at least one.
pub(crate) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether it is a number with an exponent: `1.49776E+09`.
fn is_exponent(text: &str) -> bool {
    let Some((number, power)) = text.split_once(['e', 'E']) else { return false };
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    is_digits(whole) && is_digits(part) && is_digits(power.trim_start_matches(['+', '-']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_puts_around_an_identifier_is_taken_off() {
        for (text, plain) in [
            ("=\"00601\"", "00601"),
            ("'00601", "00601"),
            ("\u{a0}66047.0 ", "66047"),
            ("66047.", "66047"),
            ("66047.5", "66047.5"),
            ("\u{feff}425003", "425003"),
            ("01E262", "01E262"),
            ("", ""),
        ] {
            assert_eq!(without_wrapping(text), plain, "{text:?}");
        }
    }

    #[test]
    fn lost_zeros_and_exponents_are_named() {
        for (text, length, hint) in [
            ("8755", 5, Some("Perhaps 08755")),
            ("601.0", 5, Some("Perhaps 00601")),
            ("17044", 6, Some("Perhaps 017044")),
            ("1.49776E+09", 10, Some("lost digits")),
            ("1E7", 6, Some("lost digits")),
            ("12", 5, None),
            ("29401", 5, None),
            ("soon", 5, None),
        ] {
            let said = way_out(text, length);
            assert_eq!(said.is_some(), hint.is_some(), "{text}");
            assert!(said.unwrap_or_default().contains(hint.unwrap_or_default()), "{text}");
        }
        assert!(is_zeros("0000000000") && is_zeros("0.0") && !is_zeros("") && !is_zeros("0010"));
    }
}
