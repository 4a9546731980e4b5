//! Splits a typed list into entries, and an entry that names several needs into its parts.

use std::collections::BTreeSet;

use crate::need_words::decide::decide_word;
use crate::need_words::patient_fact::{PatientFact, read_facts};
use crate::need_words::word_decision::{TypedWord, WordDecision};
use crate::need_words::word_parts::word_parts;
use crate::service::Need;

/// What separates two needs within one entry: "PT/OT", "trach and wound vac".
const CONJUNCTIONS: [&str; 7] = ["and", "&", "+", "with", "w/", "plus", "/"];

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

/// Decides an entry: as a whole if it is known, else each of its parts if all of them are known.
fn split_entry(entry: &str) -> Vec<TypedWord> {
    let whole = decide_word(entry);
    if !matches!(whole, WordDecision::Unknown { .. }) {
        return vec![TypedWord { typed: entry.to_owned(), decision: whole }];
    }
    let facts = read_facts(entry);
    if !facts.is_empty() {
        return facts.into_iter().map(|fact| word(entry, WordDecision::SetsField(fact))).collect();
    }
    with_interpreter(entry)
        .or_else(|| in_parts(&conjoined(entry), |decision| !matches!(decision, WordDecision::Unknown { .. })))
        .or_else(|| in_parts(&spaced(entry), |decision| matches!(decision, WordDecision::Taken(_))))
        .unwrap_or_else(|| vec![word(entry, whole)])
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

/// The parts between words such as "and", and between slashes.
fn conjoined(entry: &str) -> Vec<String> {
    let spaced = entry.replace('/', " / ").replace('&', " & ").replace('+', " + ").replace(" w / ", " w/ ");
    let mut parts = vec![String::new()];
    for token in spaced.split_whitespace() {
        let is_between = CONJUNCTIONS.iter().any(|between| between.eq_ignore_ascii_case(token));
        match parts.last_mut().filter(|_| !is_between) {
            Some(part) if part.is_empty() => token.clone_into(part),
            Some(part) => *part = format!("{part} {token}"),
            None => parts.push(String::new()),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

fn spaced(entry: &str) -> Vec<String> {
    entry.split_whitespace().map(str::to_owned).collect()
}

/// The decided parts, if there are several and `is_known` is true for every decision.
fn in_parts(parts: &[String], is_known: impl Fn(&WordDecision) -> bool) -> Option<Vec<TypedWord>> {
    if !(2..=MOST_WORDS).contains(&parts.len()) {
        return None;
    }
    let decided = parts.iter().map(|part| Some(word(part, decide_word(part))).filter(|word| is_known(&word.decision)));
    decided.collect()
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
            ("spanish interpreter", &["spanish interpreter", "spanish interpreter"]),
        ] {
            let split: Vec<String> = split_entry(entry).into_iter().map(|word| word.typed).collect();
            assert_eq!(split, words, "{entry}");
        }
    }
}
