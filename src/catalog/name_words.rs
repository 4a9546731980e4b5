//! The words of a provider's name, for the index and for comparing names. Spellings such as "St" and "Saint" are equal.

use crate::catalog::index_fields::words;

/// Words with two spellings: the one used for comparison, and the other.
const SPELLINGS: [(&str, &str); 5] =
    [("saint", "st"), ("mount", "mt"), ("fort", "ft"), ("rehabilitation", "rehab"), ("center", "ctr")];

/// A pair of words that is also written as one.
const JOINED: (&str, &str, &str) = ("health", "care", "healthcare");

/// Every word by which a name is found: its own words, and their other spellings. Search is by prefix, so the spellings are added to the
/// index and not to the typed text.
pub(crate) fn indexed_words(name: &str) -> Vec<String> {
    let mut found = words(name);
    let (first, second, both) = JOINED;
    if found.windows(2).any(|pair| pair[0] == first && pair[1] == second) {
        found.push(both.to_owned());
    }
    if found.iter().any(|word| word == both) {
        found.extend([first.to_owned(), second.to_owned()]);
    }
    for (one, other) in SPELLINGS {
        let has = |wanted: &str| found.iter().any(|word| word == wanted);
        match (has(one), has(other)) {
            (true, false) => found.push(other.to_owned()),
            (false, true) => found.push(one.to_owned()),
            _ => {}
        }
    }
    // "MITCHELL-HOLLINGSWORTH" and "WILL-O-BELL" are also typed as one word.
    found.extend(name.split_whitespace().map(words).filter(|parts| parts.len() > 1).map(|parts| parts.concat()));
    if name.contains('&') {
        found.push("and".to_owned());
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// A name for comparison: in lower case, without punctuation and "and", each word in one spelling.
pub(crate) fn provider_name_key(name: &str) -> String {
    let (first, second, both) = JOINED;
    let mut key: Vec<String> = Vec::new();
    for word in words(name) {
        match key.last_mut() {
            Some(last) if word == second && last == first => both.clone_into(last),
            _ if word == "and" => {}
            _ => {
                let spelling = SPELLINGS.iter().find(|(_, other)| *other == word);
                key.push(spelling.map_or(word, |(one, _)| (*one).to_owned()));
            }
        }
    }
    key.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_typed_for_a_name_is_in_the_index() {
        for (name, typed) in [
            ("MT GREYLOCK EXTENDED CARE", "Mount Greylock"),
            ("Mount Greylock Extended Care", "mt greylock"),
            ("ST ANDREWS HEALTHCARE", "Saint Andrew's Health Care"),
            ("Saint Andrews Health Care", "st. andrews healthcare"),
            ("FORT SMITH MANOR", "Ft. Smith"),
            ("EASTVIEW REHABILITATION & HEALTHCARE CENTER", "Eastview Rehab and Health Care Ctr"),
            ("Eastview Rehab and Health Care", "EASTVIEW REHABILITATION & HEALTHCARE"),
            ("MITCHELL-HOLLINGSWORTH NURSING", "MitchellHollingsworth"),
            ("WILL-O-BELL INC", "Willobell"),
        ] {
            let index = indexed_words(name);
            assert!(words(typed).iter().all(|word| index.contains(word)), "{typed}: {index:?}");
        }
        assert!(!indexed_words("ELM NURSING").contains(&"and".to_owned()));
    }

    #[test]
    fn two_spellings_of_a_name_are_equal_and_two_names_are_not() {
        for (one, other, same) in [
            ("ST. ANDREWS HEALTHCARE", "Saint Andrews Health Care", true),
            ("EASTVIEW REHABILITATION & HEALTHCARE CENTER", "Eastview Rehab and Health Care Ctr.", true),
            ("Fort Smith, LLC", "ft smith llc", true),
            ("Harbor View", "HarborView", false),
            ("Saint Andrew Hospice", "Saint Andrews Hospice", false),
            ("Care Health", "Healthcare", false),
        ] {
            assert_eq!(provider_name_key(one) == provider_name_key(other), same, "{one}: {other}");
        }
    }
}
