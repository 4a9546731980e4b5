//! ISO 639-1 language codes and English names, from `data/curated/languages.txt`.

use crate::fuzzy::nearest;

const LANGUAGES: &str = include_str!("../data/curated/languages.txt");

/// Every language: code and names.
fn all() -> impl Iterator<Item = (&'static str, std::str::Split<'static, &'static str>)> {
    let lines = LANGUAGES.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(' ')).map(|(code, names)| (code, names.split("; ")))
}

/// The code of a language given by code or English name, ignoring case.
pub(crate) fn code(text: &str) -> Option<&'static str> {
    let meant = |name: &str| name.eq_ignore_ascii_case(text);
    let found = all().find(|(code, names)| meant(code) || names.clone().any(meant));
    found.map(|(code, _)| code)
}

/// The preferred English name of a language.
pub(crate) fn name(code: &str) -> Option<&'static str> {
    all().find(|(known, _)| *known == code).and_then(|(_, mut names)| names.next())
}

/// The preferred English names of all languages, in code order.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    all().filter_map(|(_, mut names)| names.next())
}

/// The English names most similar to the text.
pub(crate) fn alike(text: &str) -> Vec<&'static str> {
    nearest(text, all().flat_map(|(_, names)| names), 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_known_by_its_code_and_by_its_names() {
        for (text, expected) in [
            ("es", Some("es")),
            ("ES", Some("es")),
            ("spanish", Some("es")),
            ("Haitian Creole", Some("ht")),
            ("Cantonese", Some("zh")),
            ("Spanisch", None),
            ("xx", None),
            ("", None),
        ] {
            assert_eq!(code(text), expected, "{text:?}");
        }
        assert_eq!(alike("Spanich"), ["Spanish"]);
        assert_eq!((name("es"), name("xx")), (Some("Spanish"), None));
        assert!(names().any(|name| name == "Vietnamese"));
    }

    #[test]
    fn each_code_is_two_letters_and_stands_once() {
        let codes: Vec<&str> = all().map(|(code, _)| code).collect();
        assert!(codes.is_sorted() && codes.iter().all(|code| code.len() == 2), "{codes:?}");
        assert_eq!(codes.len(), codes.iter().collect::<std::collections::BTreeSet<_>>().len());
    }
}
