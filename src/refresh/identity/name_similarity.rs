//! Similarity of two provider names.

use crate::refresh::identity::normalize::NormalizedName;

/// Similarity of two names, least similar first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum NameLikeness {
    /// The distinctive words differ.
    SetApart,
    /// Neither the same nor clearly different.
    Other,
    /// A typo, or one word more or less.
    Near,
    /// The same words.
    Same,
}

/// Minimum Jaro-Winkler similarity of near names. Chosen on the labeled pairs of the tests.
const NEAR: f64 = 0.93;
/// Minimum similarity for distinctive words to count as the same word misspelled.
const MISSPELT: f64 = 0.9;

/// Whether two names may be the same or near; cheaper than their likeness. All distinctive words of one are in the other.
pub(crate) fn can_be_alike(a: &NormalizedName, b: &NormalizedName) -> bool {
    let (more, fewer) = if a.telling.len() >= b.telling.len() { (a, b) } else { (b, a) };
    a.run_together == b.run_together
        || is_beginning(a, &b.run_together)
        || is_beginning(b, &a.run_together)
        || fewer.telling.iter().all(|word| more.telling.iter().any(|other| is_same_word(word, other)))
}

/// How alike two names are.
pub(crate) fn name_likeness(a: &NormalizedName, b: &NormalizedName) -> NameLikeness {
    let (run_a, run_b) = (&a.run_together, &b.run_together);
    if run_a.is_empty() || run_b.is_empty() {
        return NameLikeness::SetApart;
    }
    if run_a == run_b || is_beginning(a, run_b) || is_beginning(b, run_a) {
        return NameLikeness::Same;
    }
    let (more, fewer) = if a.telling.len() >= b.telling.len() { (a, b) } else { (b, a) };
    let known = |word: &&String| more.telling.iter().any(|other| is_same_word(word, other));
    let shared = fewer.telling.iter().filter(known).count();
    let unmatched = fewer.telling.len() - shared;
    if shared == 0 {
        return NameLikeness::SetApart;
    }
    let extra = more.telling.len() - shared;
    match (unmatched, extra) {
        // The distinctive words agree: only the type of provider is worded differently, or a letter is wrong.
        (0, 0) => NameLikeness::Near,
        (0, 1) if strsim::jaro_winkler(run_a, run_b) >= NEAR => NameLikeness::Near,
        _ => NameLikeness::Other,
    }
}

fn is_beginning(name: &NormalizedName, other: &str) -> bool {
    name.cut && name.run_together.len() >= 12 && other.starts_with(&name.run_together)
}

fn is_same_word(a: &str, b: &str) -> bool {
    let numbers = a.starts_with(|c: char| c.is_ascii_digit()) || b.starts_with(|c: char| c.is_ascii_digit());
    a == b || (!numbers && a.len() > 4 && b.len() > 4 && strsim::jaro_winkler(a, b) >= MISSPELT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_alike_as_a_person_would_say() {
        for (a, b, expected) in [
            ("Larkwater Home Health", "LARKWATER HOME HEALTH, INC.", NameLikeness::Same),
            ("Larkwater Homehealth", "Larkwater Home Health", NameLikeness::Same),
            ("Larkwater Home Health Agency", "Larkwater Home Care", NameLikeness::Near),
            ("Larkwatter Home Health", "Larkwater Home Health", NameLikeness::Near),
            ("Larkwater Home Health of Bellmoor", "Larkwater Home Health", NameLikeness::Near),
            ("Larkwater Bellmoor Dunmere Home Health", "Larkwater Home Health", NameLikeness::Other),
            ("Larkwater of Bellmoor", "Larkwater of Dunmere", NameLikeness::Other),
            ("Bellmoor Home Health", "Larkwater Home Health", NameLikeness::SetApart),
            ("Home Health Agency", "Home Health Services", NameLikeness::SetApart),
        ] {
            let (one, other) = (NormalizedName::of(a), NormalizedName::of(b));
            assert_eq!(name_likeness(&one, &other), expected, "{a} / {b}");
            let is_alike = expected >= NameLikeness::Near;
            assert!(can_be_alike(&one, &other) || !is_alike, "{a} / {b}");
        }
    }

    #[test]
    fn a_cut_name_is_the_beginning_of_the_whole() {
        let cut = NormalizedName::cut_at("SOUTHERN LARKWATER PHARMACY, I", 30);
        assert_eq!(name_likeness(&cut, &NormalizedName::of("Southern Larkwater Pharmacy Incorporated")), NameLikeness::Near);
        let cut = NormalizedName::cut_at("SOUTHERN LARKWATER HOME HEALTH", 30);
        assert_eq!(name_likeness(&cut, &NormalizedName::of("Southern Larkwater Home Health Agency")), NameLikeness::Same);
    }
}
