//! Readability of the choice list: measured on the printed texts, for readers who are ill, tired or
//! new to the language.

use std::collections::BTreeSet;

use placement::hospital::sharing::{SharingArrangement, SharingModel};
use placement::hospital::{FinancialInterest, Hospital};
use placement::service::Service;
use serde_json::{Value, json};

use crate::api::{TODAY, question};
use crate::choice_lists::{Desk, home_health, made};

/// Maximum US school grade of the English text.
pub(crate) const HIGHEST_GRADE: f64 = 6.0;
/// Minimum for "fairly easy" on the scale of Fernández Huerta.
pub(crate) const FAIRLY_EASY: f64 = 70.0;
/// The same on the INFLESZ scale.
pub(crate) const FAIRLY_EASY_INFLESZ: f64 = 65.0;

/// Syllables of an English word, by its vowel groups.
fn english(word: &str) -> usize {
    let word = word.to_lowercase();
    if word == "area" || word == "areas" {
        return 3;
    }
    let vowel = |c: char| "aeiouy".contains(c);
    let letters: Vec<char> = word.chars().collect();
    let groups = (0..letters.len()).filter(|at| vowel(letters[*at]) && (*at == 0 || !vowel(letters[at - 1]))).count();
    let before = |back: usize| letters.len().checked_sub(back).map(|at| letters[at]);
    let after_consonant = |back: usize| before(back).is_some_and(|c| !vowel(c));
    let silent = if word.ends_with("le") {
        // "able" has its own syllable there, "whole" has not.
        !after_consonant(3)
    } else if word.ends_with('e') {
        after_consonant(2)
    } else if word.ends_with("ed") {
        after_consonant(3) && !before(3).is_some_and(|c| "td".contains(c))
    } else if word.ends_with("es") {
        after_consonant(3) && !before(3).is_some_and(|c| "sxzhcg".contains(c))
    } else {
        false
    };
    (groups - usize::from(silent && groups > 1)).max(1)
}

/// Syllables of a Spanish word: each strong vowel is one, a weak one only with an accent or alone.
fn spanish(word: &str) -> usize {
    let word = word.to_lowercase().replace("qu", "q").replace('h', "");
    let word =
        ["e", "i", "é", "í"].iter().fold(word, |word, after| word.replace(&format!("gu{after}"), &format!("g{after}")));
    let word = word.strip_suffix('y').map_or(word.clone(), |stem| format!("{stem}i"));
    let (mut count, mut previous) = (0, None);
    for c in word.chars() {
        let kind = match c {
            'a' | 'e' | 'o' | 'á' | 'é' | 'ó' => Some('s'),
            'í' | 'ú' => Some('a'),
            'i' | 'u' | 'ü' => Some('w'),
            _ => None,
        };
        let glides = matches!((previous, kind), (Some('s' | 'w'), Some('w')) | (Some('w'), Some('s')));
        count += usize::from(kind.is_some() && !glides);
        previous = kind;
    }
    count.max(1)
}

#[test]
fn syllables_are_counted_as_people_say_them() {
    for (word, count) in [
        ("you", 1),
        ("choose", 1),
        ("care", 1),
        ("closed", 1),
        ("needed", 2),
        ("places", 2),
        ("homes", 1),
        ("whole", 1),
        ("able", 2),
        ("people", 2),
        ("hospital", 3),
        ("Medicare", 3),
        ("agencies", 3),
        ("network", 2),
        ("financial", 3),
        ("interest", 3),
        ("area", 3),
        ("family", 3),
        ("initials", 3),
        ("manager", 3),
        ("list", 1),
        ("the", 1),
        ("2026", 1),
    ] {
        assert_eq!(english(word), count, "{word}");
    }
    for (word, count) in [
        ("usted", 2),
        ("hospital", 3),
        ("económico", 5),
        ("que", 1),
        ("quién", 1),
        ("muy", 1),
        ("guía", 2),
        ("seguro", 3),
        ("cuidado", 3),
        ("lugar", 2),
        ("país", 2),
        ("leer", 2),
        ("dueño", 2),
        ("agencias", 3),
        ("estrellas", 3),
        ("decisión", 3),
        ("ahora", 3),
        ("y", 1),
    ] {
        assert_eq!(spanish(word), count, "{word}");
    }
}

/// The distinct printed sentences without names, addresses, phone numbers and the citation of the
/// law. Numbers count as one word.
fn sentences(list: &Value, entries: bool) -> BTreeSet<String> {
    let mut texts: Vec<&str> = Vec::new();
    for block in list["printed"]["sections"].as_array().unwrap().iter().flat_map(|s| s["blocks"].as_array().unwrap()) {
        texts.extend(block["text"].as_str());
        for entry in block["places"].as_array().into_iter().flatten().filter(|_| entries) {
            // The first line is the address and the phone number.
            texts.extend(entry["lines"].as_array().unwrap().iter().skip(1).map(|line| line.as_str().unwrap()));
        }
        let notices = block["languages"].as_array().into_iter().flatten();
        texts.extend(notices.filter(|n| n["language"] == list["language"]).map(|n| n["text"].as_str().unwrap()));
    }
    texts.into_iter().flat_map(plain).collect()
}

/// The sentences of a text without names.
pub(crate) fn plain(text: &str) -> Vec<String> {
    let mut text =
        text.replace("42 CFR 482.43(c)", "law").replace("C. diff", "C diff").replace("medicare.gov/care-compare", "website");
    for (name, stands_for) in [
        ("Larkwater Choice HMO", "plan"),
        ("Kansas City, MO 64108", "town"),
        ("Anchorage, AK 99501", "town"),
        (" MO.", " state."),
    ] {
        text = text.replace(name, stands_for);
    }
    let mut plain = String::new();
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        let number = c.is_ascii_digit();
        let more = |next: &char| next.is_ascii_digit() || *next == '.' || *next == ',';
        // "2.1 miles" has one number and does not end a sentence.
        plain.push(if number { '1' } else { c });
        while number && letters.peek().is_some_and(more) {
            if letters.next() == Some('.') && !letters.peek().is_some_and(char::is_ascii_digit) {
                plain.push('.');
                break;
            }
        }
    }
    let ends = plain.split_inclusive(['.', '?', '!']).map(|sentence| sentence.trim().to_owned());
    ends.filter(|sentence| sentence.chars().any(char::is_alphabetic)).collect()
}

fn words(sentence: &str) -> Vec<&str> {
    sentence.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty()).collect()
}

/// Counts sentences, words and syllables.
fn counted(sentences: &BTreeSet<String>, syllables: fn(&str) -> usize) -> (f64, f64, f64) {
    let words: Vec<&str> = sentences.iter().flat_map(|sentence| words(sentence)).collect();
    let number = |count: usize| f64::from(u32::try_from(count).unwrap());
    (number(sentences.len()), number(words.len()), number(words.iter().map(|word| syllables(word)).sum()))
}

/// The Flesch-Kincaid grade.
pub(crate) fn grade(sentences: &BTreeSet<String>) -> f64 {
    let (sentences, words, syllables) = counted(sentences, english);
    0.39 * words / sentences + 11.8 * syllables / words - 15.59
}

/// The scores of Fernández Huerta (206.84 - 60 P - 1.02 F, with P syllables per word and F words per sentence; Medidas
/// sencillas de lecturabilidad, Consigna 214, 1959) and INFLESZ (206.835 - 62.3 S/P - P/F, the formula of Szigriszt Pazos, with
/// the bounds of Barrio-Cantalejo et al., An. Sist. Sanit. Navar. 31(2), 2008: "quite easy" from 65); higher is easier.
pub(crate) fn ease(sentences: &BTreeSet<String>) -> (f64, f64) {
    let (sentences, words, syllables) = counted(sentences, spanish);
    (206.84 - 60.0 * syllables / words - 1.02 * words / sentences, 206.835 - 62.3 * syllables / words - words / sentences)
}

/// A hospital with content for every section.
fn hospital() -> Hospital {
    let interest = |id: &str| FinancialInterest { provider: id.parse().unwrap(), says: String::new() };
    let sharing = |model| SharingArrangement { provider: "ccn:177001".parse().unwrap(), model, since: TODAY, until: None };
    Hospital {
        sharing: SharingModel::ALL.map(sharing).into(),
        interests: vec![interest("ccn:177001")],
        asked_to_be_listed: Some(vec!["ccn:177001".parse().unwrap()]),
        ..Hospital::default()
    }
}

/// Lists of every kind: each service and payer type, complete, selected and empty, with and without
/// statements of the hospital.
async fn lists(language: &str) -> Vec<(String, Value)> {
    let mut lists = Vec::new();
    let (telling, silent) = (Desk::new(hospital()).await, Desk::new(Hospital::default()).await);
    let coverages = [
        ("none", Value::Null),
        ("Medicare", json!({"program": "medicare"})),
        ("Medicaid", json!({"program": "medicaid", "state": "MO"})),
        ("self pay", json!({"program": "self_pay"})),
        ("plan", json!({"plan": "Larkwater Choice HMO"})),
    ];
    for (desk, told) in [(&telling, "told"), (&silent, "silent")] {
        for (kind, discharge) in [("nursing", question()), ("home health", home_health())] {
            for (paying, coverage) in &coverages {
                let mut discharge = discharge.clone();
                discharge["coverage"] = coverage.clone();
                let mut body = json!({"discharge": discharge, "language": language});
                let whole = made(desk, &body).await;
                let id = |at: usize| whole["providers"][at]["provider"]["id"].clone();
                body["providers"] = json!([id(0), id(1)]);
                lists.push((format!("{kind}, {told}, {paying}, chosen"), made(desk, &body).await));
                lists.push((format!("{kind}, {told}, {paying}, whole"), whole));
            }
        }
    }
    for service in Service::ALL {
        let discharge = json!({"service": service.code(), "near": {"zip": "64108"}});
        let list = made(&telling, &json!({"discharge": discharge, "language": language})).await;
        lists.push((format!("{service}, near"), list));
        // The sample has no provider in Alaska.
        let far = json!({"service": service.code(), "near": {"zip": "99501"}});
        let list = made(&telling, &json!({"discharge": far, "language": language})).await;
        assert_eq!(list["matched"], 0);
        lists.push((format!("{service}, nobody"), list));
    }
    lists
}

#[tokio::test]
async fn the_english_asks_for_no_more_than_the_sixth_grade() {
    for (kind, list) in lists("en").await {
        let (paragraphs, all) = (sentences(&list, false), sentences(&list, true));
        let grades = (grade(&paragraphs), grade(&all));
        println!("{kind}: grade {:.1} of its paragraphs, {:.1} of all of it", grades.0, grades.1);
        assert!(paragraphs.len() > 20 && (list["matched"] == 0 || all.len() > paragraphs.len()));
        assert!(grades.0 <= HIGHEST_GRADE && grades.1 <= HIGHEST_GRADE, "{kind}: {grades:?}");
        for sentence in all.iter().filter(|sentence| words(sentence).len() > 5) {
            let grade = grade(&BTreeSet::from([sentence.clone()]));
            assert!(grade <= 9.5, "{grade:.1}: {sentence}");
        }
    }
}

#[tokio::test]
async fn the_spanish_is_fairly_easy() {
    for (kind, list) in lists("es").await {
        let (paragraphs, all) = (ease(&sentences(&list, false)), ease(&sentences(&list, true)));
        println!(
            "{kind}: {:.0} and {:.0} of its paragraphs, {:.0} and {:.0} of all of it",
            paragraphs.0, paragraphs.1, all.0, all.1
        );
        assert!(paragraphs.0 >= FAIRLY_EASY && paragraphs.1 >= FAIRLY_EASY_INFLESZ, "{kind}: {paragraphs:?}");
        assert!(all.0 >= FAIRLY_EASY && all.1 >= FAIRLY_EASY_INFLESZ, "{kind}: {all:?}");
    }
}

#[test]
fn hard_words_are_hard() {
    let hard = BTreeSet::from([
        "Participating post-acute organisations accommodating individuals requiring rehabilitative services are enumerated alphabetically."
            .to_owned(),
    ]);
    assert!(grade(&hard) > 20.0);
    let hard = BTreeSet::from([
        "Las organizaciones participantes que proporcionan servicios rehabilitadores especializados figuran alfabéticamente."
            .to_owned(),
    ]);
    assert!(ease(&hard).0 < 30.0 && ease(&hard).1 < 30.0);
}
