//! External text as it is stored and shown: HTML entities decoded, no control, direction or
//! invisible characters, single spaces.

use std::borrow::Cow;

use crate::text::printable;

/// Named HTML entities that occur in names and addresses.
const ENTITIES: [(&str, char); 44] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", ' '),
    ("ensp", ' '),
    ("emsp", ' '),
    ("thinsp", ' '),
    ("shy", '\u{ad}'),
    ("zwnj", '\u{200c}'),
    ("zwj", '\u{200d}'),
    ("lrm", '\u{200e}'),
    ("rlm", '\u{200f}'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("hellip", '…'),
    ("bull", '•'),
    ("middot", '·'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("copy", '©'),
    ("reg", '®'),
    ("trade", '™'),
    ("deg", '°'),
    ("ordm", 'º'),
    ("frac12", '½'),
    ("Aacute", 'Á'),
    ("aacute", 'á'),
    ("Eacute", 'É'),
    ("eacute", 'é'),
    ("Iacute", 'Í'),
    ("iacute", 'í'),
    ("Oacute", 'Ó'),
    ("oacute", 'ó'),
    ("Uacute", 'Ú'),
    ("uacute", 'ú'),
    ("Ntilde", 'Ñ'),
    ("ntilde", 'ñ'),
    ("uuml", 'ü'),
    ("ccedil", 'ç'),
    ("egrave", 'è'),
];

/// How often a text is decoded: `&amp;amp;` was encoded twice. A third time has not been seen.
const PASSES: usize = 2;

/// The text for display, borrowed if nothing has to change.
pub(crate) fn display_text(text: &str) -> Cow<'_, str> {
    // Most cells are plain ASCII without entities and double spaces.
    let plain = |bytes: &[u8]| bytes.iter().all(|byte| (b' '..=b'~').contains(byte) && *byte != b'&');
    let spaced = |bytes: &[u8]| {
        bytes.first() == Some(&b' ') || bytes.last() == Some(&b' ') || bytes.windows(2).any(|pair| pair == b"  ")
    };
    if plain(text.as_bytes()) && !spaced(text.as_bytes()) && !text.contains("_x") {
        return Cow::Borrowed(text);
    }
    // A workbook writes a carriage return within a cell like this.
    let mut decoded = text.replace("_x000D_", " ");
    for _ in 0..PASSES {
        if !decoded.contains('&') {
            break;
        }
        decoded = without_entities(&decoded);
    }
    let shown = printable(&decoded);
    if shown == text { Cow::Borrowed(text) } else { Cow::Owned(shown) }
}

/// The text with its entities decoded. An unknown one stays as it is.
fn without_entities(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        decoded.push_str(&rest[..at]);
        rest = &rest[at..];
        let (c, length) = entity(rest).unwrap_or(('&', 1));
        decoded.push(c);
        rest = &rest[length..];
    }
    decoded.push_str(rest);
    decoded
}

/// The character of the entity that `text` begins with, and the length of the entity.
fn entity(text: &str) -> Option<(char, usize)> {
    // The longest is &#x10FFFF;
    let end = text.bytes().take(10).position(|b| b == b';')?;
    let name = text.get(1..end)?;
    let c = match name.strip_prefix('#') {
        Some(number) => {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
        None => ENTITIES.iter().find(|(known, _)| *known == name || *known == name.to_ascii_lowercase())?.1,
    };
    Some((c, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_as_they_are_spoken() {
        for (text, shown) in [
            ("ST. MARY&#39;S HOME", "ST. MARY'S HOME"),
            ("A &amp; B", "A & B"),
            ("A &amp;amp; B", "A & B"),
            ("A &AMP; B", "A & B"),
            ("O&rsquo;NEIL &ndash; WEST", "O’NEIL – WEST"),
            ("MU&Ntilde;OZ", "MUÑOZ"),
            ("CAF&#xE9;&nbsp;HOUSE", "CAFé HOUSE"),
            ("A & B; C", "A & B; C"),
            ("AT&T", "AT&T"),
            ("&unknown; HOME", "&unknown; HOME"),
            ("&#0; &#xD800; &#x110000;", "&#xD800; &#x110000;"),
            ("ACME \u{202e}HOME\u{202c}", "ACME HOME"),
            ("ACME &#8238;HOME", "ACME HOME"),
            ("OAK\u{200b} \u{0}MANOR", "OAK MANOR"),
            ("1 MAIN ST_x000D_\nSUITE 2", "1 MAIN ST SUITE 2"),
            ("  GOOD   HOME ", "GOOD HOME"),
            ("Peña & Łódź 北京", "Peña & Łódź 北京"),
            ("", ""),
        ] {
            assert_eq!(display_text(text), shown, "{text:?}");
        }
        assert!(matches!(display_text("250 MAIN ST"), Cow::Borrowed(_)));
    }
}
