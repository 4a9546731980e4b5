//! Did you mean: the known names nearest to what somebody typed.

/// How alike two names must be, from 0 to 1, to be offered: our choice, pinned by the tests below.
const ALIKE: f64 = 0.7;

/// Up to `limit` of `known`, most alike first; none when nothing is alike.
///
/// Names are compared in lower case with punctuation as spaces, as wholes and by the words they share, so that
/// `wound vac` finds "Wound vac" and `skilled_nursng` finds `skilled_nursing`.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>, limit: usize) -> Vec<&'a str> {
    let typed = plain(typed);
    let mut alike: Vec<(f64, &str)> =
        known.into_iter().map(|name| (likeness(&typed, &plain(name)), name)).filter(|(how, _)| *how >= ALIKE).collect();
    alike.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    alike.truncate(limit);
    alike.into_iter().map(|(_, name)| name).collect()
}

/// "did you mean a, b or c?", or `None` when there is nothing to offer.
pub fn did_you_mean(names: &[&str]) -> Option<String> {
    let (last, rest) = names.split_last()?;
    let rest = rest.join(", ");
    let or = if rest.is_empty() { "" } else { " or " };
    Some(format!("did you mean {rest}{or}{last}?"))
}

/// How alike two plain names are, from 0 to 1.
fn likeness(typed: &str, known: &str) -> f64 {
    if typed.is_empty() || known.is_empty() {
        return 0.0;
    }
    let contains = typed.len() > 2 && (known.contains(typed) || (known.len() > 2 && typed.contains(known)));
    let shared = if contains { 0.75 } else { 0.0 };
    strsim::normalized_damerau_levenshtein(typed, known).max(shared).max(by_words(typed, known))
}

/// How well each word typed is found among the words of a name, on average; a little less than the same whole.
fn by_words(typed: &str, known: &str) -> f64 {
    let best = |word: &str| {
        let alike = known.split(' ').map(|k| strsim::normalized_damerau_levenshtein(word, k));
        // Two short words that differ in a letter are two words.
        alike.filter(|how| word.len() > 3 || *how >= 1.0).fold(0.0, f64::max)
    };
    let words = typed.split(' ').count();
    let sum: f64 = typed.split(' ').map(best).sum();
    0.9 * sum / f64::from(u32::try_from(words).unwrap_or(u32::MAX))
}

fn plain(name: &str) -> String {
    let spaced: String = name.chars().map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { ' ' }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
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
