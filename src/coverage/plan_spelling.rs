//! The spelling of plan names: "H.M.O.", "Choice HMO - 2026" and "Lark Water" mean "HMO", "Choice HMO" and "Larkwater".

use crate::text::fold_words;

/// The words of a plan's name; letters separated by periods are one word: "H.M.O." is "hmo".
pub(crate) fn plan_words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut spelled = false;
    for word in fold_words(name).split_whitespace() {
        let is_letter = word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
        match words.last_mut().filter(|_| is_letter && spelled) {
            Some(last) => last.push_str(word),
            None => words.push(word.to_owned()),
        }
        spelled = is_letter;
    }
    words
}

/// Whether `typed` is the whole name `known` except for punctuation, spaces and a year that the name does not have.
pub(crate) fn is_same_plan(typed: &str, known: &str) -> bool {
    let known = plan_words(known);
    let typed = without_year(plan_words(typed), &known);
    !typed.is_empty() && typed.concat() == known.concat()
}

/// `typed` without a year if the name `known` has none.
fn without_year(mut typed: Vec<String>, known: &[String]) -> Vec<String> {
    if !known.iter().any(|word| is_year(word)) {
        typed.retain(|word| !is_year(word));
    }
    typed
}

/// Whether every word of `typed` is in the plan name `known`: as a whole word, as a prefix of three letters or more, or joined where the
/// name has two words, or split where it has one. A typed year is ignored if the name has none.
pub(crate) fn is_spelled_as(typed: &str, known: &str) -> bool {
    let known = plan_words(known);
    let typed = without_year(plan_words(typed), &known);
    let mut rest = &typed[..];
    while let Some(taken) = first_known(rest, &known) {
        rest = rest.get(taken..).unwrap_or_default();
    }
    !typed.is_empty() && rest.is_empty()
}

/// How many of the first words typed are a word of the name, joined or split.
fn first_known(typed: &[String], known: &[String]) -> Option<usize> {
    let first = typed.first()?;
    let is_pair = || typed.get(..2).is_some_and(|pair| known.contains(&pair.concat()));
    if known.contains(first) {
        Some(1)
    } else if is_pair() {
        Some(2)
    } else {
        let is_joined = known.windows(2).any(|pair| pair.concat() == *first);
        (is_joined || is_word(first, known)).then_some(1)
    }
}

/// Whether `typed` is a word of the name, or a prefix of one with three letters or more.
fn is_word(typed: &str, known: &[String]) -> bool {
    let begins =
        |word: &String| typed.len() >= 3 && !typed.bytes().any(|byte| byte.is_ascii_digit()) && word.starts_with(typed);
    known.iter().any(|word| word == typed || begins(word))
}

fn is_year(word: &str) -> bool {
    word.len() == 4 && word.starts_with("20") && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// The names with more than half of the typed words, by index, those with most words first.
pub(crate) fn with_most_words(typed: &str, names: &[String]) -> Vec<usize> {
    let typed = plan_words(typed);
    let count = |name: &String| {
        let known = plan_words(name);
        typed.iter().filter(|word| is_word(word, &known)).count()
    };
    let mut found: Vec<(usize, usize)> = names.iter().map(count).zip(0..).filter(|(has, _)| has * 2 > typed.len()).collect();
    found.sort_by_key(|(has, at)| (std::cmp::Reverse(*has), *at));
    found.into_iter().map(|(_, at)| at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn punctuation_years_and_joined_words_do_not_matter_and_other_words_do() {
        for (typed, known, same) in [
            ("Larkwater Choice H.M.O.", "Larkwater Choice HMO", true),
            ("Larkwater Choice HMO - 2026", "Larkwater Choice HMO", true),
            ("Lark Water Choice HMO", "Larkwater Choice HMO", true),
            ("larkwaterchoice hmo", "Larkwater Choice HMO", true),
            ("Larkwater Choice HMO/POS", "Larkwater Choice HMO", false),
            ("Larkwater Choice HMO 2026", "Larkwater Choice HMO 2025", false),
            ("Larkwater Choice", "Larkwater Choice HMO", true),
            ("2026", "Larkwater Choice HMO", false),
            ("H1234", "Gold H1234001", false),
            ("", "Larkwater Choice HMO", false),
        ] {
            assert_eq!(is_spelled_as(typed, known), same, "{typed}: {known}");
        }
        let names = ["Larkwater Choice PPO".to_owned(), "Larkwater Choice HMO".to_owned(), "Gold".to_owned()];
        assert_eq!(with_most_words("Larkwater Choice HMO/POS", &names), [1]);
    }
}
