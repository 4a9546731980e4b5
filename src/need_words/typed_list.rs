//! Splits a typed list into entries, and an entry that names several needs into its parts.

use std::collections::BTreeSet;

use crate::need_words::decide::{decide_by_label, decide_by_name, decide_word};
use crate::need_words::dose::{LONGEST_DOSE, is_dose};
use crate::need_words::patient_fact::{PatientFact, read_facts};
use crate::need_words::word_decision::{TypedWord, WordDecision};
use crate::need_words::word_parts::word_parts;
use crate::service::Need;

/// What separates two needs within one entry: "PT/OT", "trach and wound vac", "iv abx via picc".
const CONJUNCTIONS: [&str; 11] = ["and", "&", "+", "with", "w/", "plus", "/", "via", "per", "on", "at"];

/// The need that "interpreter" after a language means.
const INTERPRETER: Need = Need::from_code("lang.interpreter").unwrap();

/// The most words of an entry that is split into parts. A longer one is a sentence.
const MOST_WORDS: usize = 12;

/// Decides each entry of a typed list, separated by commas, semicolons or line breaks. A repeated entry is decided once.
pub fn decide_words(typed: &str) -> Vec<TypedWord> {
    split_entries(typed).into_iter().flat_map(split_entry).collect()
}

/// The entries between commas, semicolons and line breaks, without duplicates. A label that contains a comma stays whole.
pub(crate) fn split_entries(typed: &str) -> Vec<&str> {
    let is_label = |text: &str| Need::all().any(|need| need.label().eq_ignore_ascii_case(text));
    let ends: Vec<usize> = typed.match_indices([',', ';', '\n', '\r']).map(|(at, _)| at).chain([typed.len()]).collect();
    let (mut entries, mut from, mut next) = (Vec::new(), 0, 0);
    while let Some(end) = ends.get(next) {
        let with_next = ends.get(next + 1).and_then(|further| typed.get(from..*further)).map(str::trim);
        let whole = with_next.filter(|entry| is_label(entry));
        next += if whole.is_some() { 2 } else { 1 };
        entries.push(whole.unwrap_or_else(|| typed.get(from..*end).unwrap_or_default().trim()));
        from = ends.get(next - 1).map_or(typed.len(), |end| end + 1);
    }
    let mut known = BTreeSet::new();
    entries.retain(|entry| entry.chars().any(char::is_alphanumeric) && known.insert(word_parts(entry)));
    entries
}

/// Decides an entry: as a whole if it is a name; else each of its parts if all of them are known, so that no word of it is lost.
fn split_entry(entry: &str) -> Vec<TypedWord> {
    if let Some(whole) = decide_by_name(entry) {
        return vec![word(entry, whole)];
    }
    let facts = read_facts(entry);
    if !facts.is_empty() {
        return facts.into_iter().map(|fact| word(entry, WordDecision::SetsField(fact))).collect();
    }
    let tokens = tokens(entry);
    let by_label = || if tokens.iter().any(|token| is_between(token)) { None } else { decide_by_label(entry) };
    with_interpreter(entry)
        .or_else(|| Some(vec![word(entry, by_label()?)]))
        .or_else(|| named_parts(&tokens))
        .or_else(|| conjoined_parts(&tokens))
        .unwrap_or_else(|| vec![word(entry, decide_word(entry))])
}

fn word(typed: &str, decision: WordDecision) -> TypedWord {
    TypedWord { typed: typed.to_owned(), decision }
}

/// "Spanish interpreter" is a language and the need for an interpreter.
fn with_interpreter(entry: &str) -> Option<Vec<TypedWord>> {
    let (language, interpreter) = entry.rsplit_once(char::is_whitespace)?;
    let is_interpreter = ["interpreter", "translator"].iter().any(|word| interpreter.eq_ignore_ascii_case(word));
    match read_facts(language)[..] {
        [fact @ PatientFact::Language(_)] if is_interpreter => {
            Some(vec![word(entry, WordDecision::SetsField(fact)), word(entry, WordDecision::Taken(INTERPRETER))])
        }
        _ => None,
    }
}

/// The words of an entry, with what separates its needs.
fn tokens(entry: &str) -> Vec<String> {
    let spaced = entry.replace('/', " / ").replace('&', " & ").replace('+', " + ").replace(" w / ", " w/ ");
    spaced.split_whitespace().map(str::to_owned).collect()
}

fn is_between(token: &str) -> bool {
    CONJUNCTIONS.iter().any(|between| between.eq_ignore_ascii_case(token))
}

/// The names, facts and doses that an entry consists of, the longest first; `None` if it has another word.
fn named_parts(tokens: &[String]) -> Option<Vec<TypedWord>> {
    if tokens.len() > MOST_WORDS {
        return None;
    }
    let (mut parts, mut rest) = (Vec::new(), tokens);
    while let Some(first) = rest.first() {
        let part = (1..=rest.len()).rev().find_map(|length| Some((named_part(rest.get(..length)?)?, length)));
        let taken = match part {
            Some((part, length)) => {
                parts.push(part);
                length
            }
            None if is_between(first) => 1,
            None => return None,
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
    (!parts.is_empty()).then_some(parts)
}

/// The tokens as one name, fact or dose.
fn named_part(tokens: &[String]) -> Option<TypedWord> {
    let words: Vec<&str> = tokens.iter().map(String::as_str).collect();
    let typed = words.join(" ");
    if tokens.len() <= LONGEST_DOSE && is_dose(&words) {
        return Some(word(&typed, WordDecision::Dose));
    }
    let ends_between = [tokens.first(), tokens.last()].into_iter().flatten().any(|token| is_between(token));
    if ends_between { None } else { Some(word(&typed, decide_by_name(&typed)?)) }
}

/// The parts between words such as "and" and between slashes, if there are several and all are known.
fn conjoined_parts(tokens: &[String]) -> Option<Vec<TypedWord>> {
    let parts: Vec<String> =
        tokens.split(|token| is_between(token)).filter(|part| !part.is_empty()).map(|part| part.join(" ")).collect();
    if !(2..=MOST_WORDS).contains(&parts.len()) {
        return None;
    }
    let is_known = |word: &TypedWord| !matches!(word.decision, WordDecision::Unknown { .. });
    parts.iter().map(|part| Some(word(part, decide_word(part))).filter(is_known)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_split_and_a_label_with_a_comma_stays_whole() {
        for (typed, entries) in [
            ("vent l, trach", &["vent l", "trach"][..]),
            ("Ventilator, long-term, wound vac", &["Ventilator, long-term", "wound vac"]),
            ("wound vac; picc\nmrsa\r\nWound VAC", &["wound vac", "picc", "mrsa"]),
            (" , ;; - ", &[]),
            ("", &[]),
        ] {
            assert_eq!(split_entries(typed), entries, "{typed:?}");
        }
    }

    #[test]
    fn an_entry_of_several_known_needs_is_split() {
        for (entry, words) in [
            ("PT/OT", &["PT", "OT"][..]),
            ("pt ot", &["pt", "ot"]),
            ("trach and wound vac", &["trach", "wound vac"]),
            ("vent w/ trach", &["vent", "trach"]),
            ("nausea and vomiting", &["nausea and vomiting"]),
            ("no wound vac", &["no wound vac"]),
            ("82 yo male", &["82 yo male", "82 yo male"]),
            ("vent/trach", &["vent", "trach"]),
            ("iv abx via picc q12h", &["iv abx", "picc", "q12h"]),
            ("480 lbs bariatric", &["480 lbs", "bariatric"]),
            ("spanish interpreter", &["spanish interpreter", "spanish interpreter"]),
        ] {
            let split: Vec<String> = split_entry(entry).into_iter().map(|word| word.typed).collect();
            assert_eq!(split, words, "{entry}");
        }
    }

    /// Each letter or digit of an entry is in one of its parts, except those of the words between needs.
    #[test]
    fn no_word_of_an_entry_is_lost() {
        let listed =
            ["vent", "trach", "iv abx", "480 lb", "service dog", "mwf", "q12h", "wound vac", "aphasia", "zzz", "no", "82 yo"];
        let between = ["/", " / ", " and ", " via ", " w/ ", " ", " on ", "+", " w/o "];
        let key = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
        for one in listed {
            for other in listed {
                for between in between {
                    let entry = format!("{one}{between}{other}");
                    let parts = split_entry(&entry);
                    let shown: String = parts.iter().map(|part| key(&part.typed)).collect();
                    let whole = parts.iter().any(|part| part.typed == entry);
                    assert!(whole || shown == key(&format!("{one}{other}")), "{entry}: {parts:?}");
                    // What is shown as a whole for one need says so by its name or is kept.
                    if let [TypedWord { decision: WordDecision::Ambiguous(_), typed }] = &parts[..] {
                        let named = decide_by_name(typed).is_some() || decide_by_label(typed).is_some();
                        assert!(named, "{entry} is offered as less than it says");
                    }
                }
            }
        }
    }
}
