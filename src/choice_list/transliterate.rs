//! Text as it may stand on a paper: without marks that turn it around, hide it or take it off the line.

use deunicode::deunicode_char;

/// `text` without control characters, marks of direction and letters without a width: the same words in every form of a list, however
/// a source wrote them.
pub fn transliterate(text: &str) -> String {
    let shown: String = text.chars().filter(|c| !is_hidden(*c)).map(|c| if c.is_control() { ' ' } else { c }).collect();
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Marks of direction, joiners, letters without a width and the soft hyphen.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// What a name is ordered by: whether it has no letter or digit (those stand last), then its letters and digits, without case and
/// accents.
pub(crate) fn collation_key(name: &str) -> (bool, String) {
    let mut key = String::with_capacity(name.len());
    for c in name.chars() {
        match deunicode_char(c) {
            Some(letters) if c.is_alphanumeric() => key.push_str(letters),
            _ if c.is_whitespace() || matches!(c, '-' | '/') => key.push(' '),
            _ => {}
        }
    }
    let key = key.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    (key.is_empty(), key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_turns_or_hides_text_is_left_away() {
        for (text, shown) in [
            ("\u{202e}emoH yppaH\u{202c}", "emoH yppaH"),
            ("Oak\u{200b}\u{2066} Manor\u{2069}", "Oak Manor"),
            ("Oak\u{0}\nManor", "Oak Manor"),
            ("\u{200b}\u{feff}", ""),
            ("Peña & Łódź 北京", "Peña & Łódź 北京"),
        ] {
            assert_eq!(transliterate(text), shown, "{text:?}");
        }
    }

    #[test]
    fn names_are_ordered_by_their_letters() {
        let mut names =
            ["😀😀", "\"Zephyr\"", "'Birch' House", "Álamo", "(Cedar)", "elm", "Oakland", "Oak Manor", "3 Rivers"];
        names.sort_by_key(|name| collation_key(name));
        let ordered = ["3 Rivers", "Álamo", "'Birch' House", "(Cedar)", "elm", "Oak Manor", "Oakland", "\"Zephyr\"", "😀😀"];
        assert_eq!(names, ordered);
    }
}
