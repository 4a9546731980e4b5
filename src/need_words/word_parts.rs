//! Normalizes phrases for comparison.

use crate::text::fold_words;

/// The words of a text for comparison: in lower case, without punctuation, British spelling as American, plural as singular.
pub(crate) fn word_parts(text: &str) -> Vec<String> {
    let words = fold_words(text).replace("ae", "e").replace("our", "or").replace("mme", "m");
    words.split_whitespace().map(|word| singular(word).to_owned()).collect()
}

/// The word without the "s" of its plural; a word that is too short, or ends in "ss", "us" or "is", is unchanged.
fn singular(word: &str) -> &str {
    let is_plural = word.len() > 4 && !["ss", "us", "is"].iter().any(|ending| word.ends_with(ending));
    word.strip_suffix('s').filter(|_| is_plural).unwrap_or(word)
}

/// The key of a phrase: its words joined, so that "g tube", "G-tube" and "gtube" are equal. Numbers stay separate: "1:1" is not
/// eleven.
pub(crate) fn phrase_key(words: &[String]) -> String {
    let is_number = words.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
    if is_number { words.join(" ") } else { words.concat() }
}

/// Whether two phrases have the same words, joined or not.
pub(crate) fn is_same_phrase(one: &[String], other: &[String]) -> bool {
    !one.is_empty() && phrase_key(one) == phrase_key(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_plural_and_joined_words_do_not_matter() {
        for (one, other) in [
            ("Haemodialysis on site", "hemodialysis on-site"),
            ("stroke programme", "Stroke program"),
            ("JP drains", "jp drain"),
            ("g-tube", "gtube"),
            ("C. diff.", "cdiff"),
            ("behaviours", "behavior"),
        ] {
            assert!(is_same_phrase(&word_parts(one), &word_parts(other)), "{one}: {other}");
        }
        for (one, other) in [("abscess", "absces"), ("dialysis", "dialysi"), ("gas", "ga"), ("1:1", "11"), ("", "")] {
            assert!(!is_same_phrase(&word_parts(one), &word_parts(other)), "{one}: {other}");
        }
    }
}
