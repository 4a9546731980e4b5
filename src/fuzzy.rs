//! "Did you mean": the known names nearest to typed text.

use crate::text::fold_words;

/// Minimum similarity, from 0 to 1, of a suggested name: our choice, pinned by the tests below.
const ALIKE: f64 = 0.7;

/// The longest text compared, in characters. The cost grows with its length and with every name
/// compared, and nobody mistypes a longer one. Our choice.
pub(crate) const LONGEST_HINTED: usize = 64;

/// Up to `limit` names of `known`, most similar first; none if nothing is similar or `typed` is
/// longer than [`LONGEST_HINTED`].
///
/// Names are compared in lower case, both whole and word by word, so that `wound vac` finds "Wound
/// vac" and `skilled_nursng` finds `skilled_nursing`.
pub(crate) fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>, limit: usize) -> Vec<&'a str> {
    if typed.len() > LONGEST_HINTED && typed.chars().count() > LONGEST_HINTED {
        return Vec::new();
    }
    let typed = fold_words(typed);
    let mut alike: Vec<(f64, &str)> =
        known.into_iter().map(|name| (likeness(&typed, &fold_words(name)), name)).filter(|(how, _)| *how >= ALIKE).collect();
    alike.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    alike.truncate(limit);
    alike.into_iter().map(|(_, name)| name).collect()
}

/// "did you mean a, b or c?", or `None` if `names` is empty.
pub(crate) fn did_you_mean(names: &[&str]) -> Option<String> {
    Some(format!("did you mean {}?", list_alternatives(names)?))
}

/// "a, b or c", or `None` if `names` is empty.
pub(crate) fn list_alternatives(names: &[&str]) -> Option<String> {
    let (last, rest) = names.split_last()?;
    let or = if rest.is_empty() { "" } else { " or " };
    Some(format!("{}{or}{last}", rest.join(", ")))
}

/// The similarity of two folded names, from 0 to 1.
fn likeness(typed: &str, known: &str) -> f64 {
    if typed.is_empty() || known.is_empty() {
        return 0.0;
    }
    let contains = typed.len() > 2 && (known.contains(typed) || (known.len() > 2 && typed.contains(known)));
    let shared = if contains { 0.75 } else { 0.0 };
    above(ALIKE, typed, known).max(shared).max(by_words(typed, known))
}

/// The similarity of two words; 0 without comparing them if their lengths alone rule out `least`.
fn above(least: f64, typed: &str, known: &str) -> f64 {
    let (typed_length, known_length) = (typed.chars().count(), known.chars().count());
    let (shorter, longer) = (typed_length.min(known_length), typed_length.max(known_length));
    #[expect(clippy::cast_precision_loss, reason = "words have few letters")]
    let possible = shorter as f64 >= least * longer as f64;
    if possible { strsim::normalized_damerau_levenshtein(typed, known) } else { 0.0 }
}

/// Weight of a word-by-word match relative to a match of the whole name.
const WORD_BY_WORD: f64 = 0.9;

/// How well each typed word is found among the words of a name, on average, times [`WORD_BY_WORD`].
/// Returns 0 as soon as the name can no longer reach [`ALIKE`].
fn by_words(typed: &str, known: &str) -> f64 {
    // Two short words that differ in one letter are different words.
    let one = |best: f64, word: &str, k: &str| if word.len() > 3 { above(best, word, k) } else { f64::from(word == k) };
    let words = f64::from(u32::try_from(typed.split(' ').count()).unwrap_or(u32::MAX));
    let mut missing = 0.0;
    for word in typed.split(' ') {
        missing += 1.0 - known.split(' ').fold(0.0, |best: f64, k| best.max(one(best, word, k)));
        if WORD_BY_WORD * (words - missing) < ALIKE * words {
            return 0.0;
        }
    }
    WORD_BY_WORD * (words - missing) / words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_names_are_offered_and_far_ones_are_not() {
        let known = ["skilled_nursing", "home_health", "hospice", "Wound vac"];
        for (typed, first) in [
            ("skilled_nursng", Some("skilled_nursing")),
            ("SkilledNursing", Some("skilled_nursing")),
            ("wound vac", Some("Wound vac")),
            ("nursing", Some("skilled_nursing")),
            ("skiled", Some("skilled_nursing")),
            ("helth home", Some("home_health")),
            ("zzz", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed, known, 3).first().copied(), first, "{typed:?}");
        }
    }

    #[test]
    fn the_sentence_reads_well() {
        assert_eq!(did_you_mean(&["a", "b", "c"]).as_deref(), Some("did you mean a, b or c?"));
        assert_eq!(did_you_mean(&["a"]).as_deref(), Some("did you mean a?"));
        assert_eq!(did_you_mean(&[]), None);
    }
}
