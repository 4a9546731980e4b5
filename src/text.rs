//! Text comparison and display of external text.
//!
//! Compare two texts with the weakest fold that works: [`fold_case`] for names typed from the
//! screen, [`fold_accents`] where accents do not count but punctuation does, [`fold_words`] where
//! only the words count, [`name_key::name_key`] where one publisher writes one name in two ways.

use deunicode::deunicode;

pub(crate) mod count_text;
pub(crate) mod display_text;
pub(crate) mod hex;
pub(crate) mod list_text;
pub(crate) mod name_key;
pub mod proper_case;
pub(crate) mod spreadsheet;
pub(crate) mod us_date;

/// Trims the text and puts one space between its words.
pub(crate) fn squeeze_spaces(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Lower case, with single spaces. For names that may differ only in case and spacing.
pub(crate) fn fold_case(text: &str) -> String {
    squeeze_spaces(text).to_lowercase()
}

/// Plain lower-case letters, with single spaces: "Peña" becomes "pena". For searches and sorting.
pub(crate) fn fold_accents(text: &str) -> String {
    fold_case(&deunicode(text))
}

/// The words of the text in lower case, with single spaces. An apostrophe joins ("Mary's" is one
/// word), every other mark separates, and accents stay. For names and codes that people write with
/// and without punctuation.
///
/// The index stores names in this form, so changing it requires a new index format.
pub(crate) fn fold_words(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_alphanumeric() {
            words.extend(c.to_lowercase());
        } else if !matches!(c, '\'' | '’' | '`') && !words.is_empty() && !words.ends_with(' ') {
            words.push(' ');
        }
    }
    words.truncate(words.trim_end().len());
    words
}

/// Whether the character is a control character or changes the text direction (Unicode UAX 9,
/// section 2). External text is never shown with such characters.
pub(crate) fn is_steering(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || c.is_control()
}

/// Whether the character is invisible in print: direction marks, joiners, zero-width letters and
/// the soft hyphen.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The text as printed: no invisible characters, one line, single spaces. The same in every format
/// of a list, however the source writes it.
pub fn printable(text: &str) -> String {
    let shown: String = text.chars().filter(|c| !is_invisible(*c)).map(|c| if c.is_control() { ' ' } else { c }).collect();
    squeeze_spaces(&shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fold_forgives_what_it_says_and_no_more() {
        for (text, case, accents, words) in [
            ("  Casa  San\tJosé ", "casa san josé", "casa san jose", "casa san josé"),
            (
                "ST. MARY'S HOME-HEALTH, LLC",
                "st. mary's home-health, llc",
                "st. mary's home-health, llc",
                "st marys home health llc",
            ),
            ("O’Neil", "o’neil", "o'neil", "oneil"),
            ("H1234-001 (Gold+)", "h1234-001 (gold+)", "h1234-001 (gold+)", "h1234 001 gold"),
            ("skilled_nursing", "skilled_nursing", "skilled_nursing", "skilled nursing"),
            ("Can\u{303}on", "can\u{303}on", "canon", "can on"),
            ("北京", "北京", "bei jing", "北京"),
            ("***", "***", "***", ""),
            ("", "", "", ""),
        ] {
            assert_eq!([fold_case(text), fold_accents(text), fold_words(text)], [case, accents, words], "{text:?}");
        }
    }

    #[test]
    fn what_steers_turns_or_hides_text_is_known() {
        for (c, steers, hides) in [
            ('\n', true, false),
            ('\u{1b}', true, false),
            ('\u{9b}', true, false),
            ('\u{202e}', true, true),
            ('\u{2069}', true, true),
            ('\u{61c}', true, true),
            ('\u{200b}', false, true),
            ('\u{ad}', false, true),
            ('\u{feff}', false, true),
            ('é', false, false),
            (' ', false, false),
        ] {
            assert_eq!((is_steering(c), is_invisible(c)), (steers, hides), "{c:?}");
        }
    }

    #[test]
    fn what_turns_or_hides_text_is_left_away_on_paper() {
        for (text, shown) in [
            ("\u{202e}emoH yppaH\u{202c}", "emoH yppaH"),
            ("Oak\u{200b}\u{2066} Manor\u{2069}", "Oak Manor"),
            ("Oak\u{0}\nManor", "Oak Manor"),
            ("\u{200b}\u{feff}", ""),
            ("Peña & Łódź 北京", "Peña & Łódź 北京"),
        ] {
            assert_eq!(printable(text), shown, "{text:?}");
        }
    }
}
