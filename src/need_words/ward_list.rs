//! The words that hospitals use for needs: `data/curated/ward_words.txt`, read once.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::need_words::word_decision::{LANGUAGE, WordDecision, WordMeaning};
use crate::need_words::word_parts::{phrase_key, word_parts};
use crate::service::Need;

const WARD_WORDS: &str = include_str!("../../data/curated/ward_words.txt");

/// The mark at the end of a line whose word is asked about although it has a single meaning.
const ASKED: &str = "?";

/// The meanings of a word, from one line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListedMeanings {
    /// The words of the line, for comparison.
    words: Vec<String>,
    meanings: Vec<WordMeaning>,
    /// Whether the single meaning is taken without asking.
    is_sure: bool,
}

impl ListedMeanings {
    /// The decision for the word.
    pub(crate) fn decision(&self) -> WordDecision {
        match self.meanings[..] {
            [WordMeaning::Need(need)] if self.is_sure => WordDecision::Taken(need),
            _ => WordDecision::Ambiguous(self.meanings.clone()),
        }
    }

    /// The words of the line.
    pub(crate) fn words(&self) -> &[String] {
        &self.words
    }

    /// The needs among the meanings.
    pub(crate) fn needs(&self) -> impl Iterator<Item = Need> {
        self.meanings.iter().filter_map(|meaning| match meaning {
            WordMeaning::Need(need) => Some(*need),
            WordMeaning::SpokenLanguage => None,
        })
    }
}

/// Every line in the order of the file, and its index by the joined words.
static LIST: LazyLock<(Vec<ListedMeanings>, HashMap<String, usize>)> = LazyLock::new(|| {
    let lines: Vec<ListedMeanings> = lines().filter_map(|(word, meanings)| read_line(word, meanings)).collect();
    let by_words = lines.iter().enumerate().map(|(at, line)| (phrase_key(&line.words), at)).collect();
    (lines, by_words)
});

fn lines() -> impl Iterator<Item = (&'static str, &'static str)> {
    let kept = WARD_WORDS.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    kept.filter_map(|line| line.split_once(':'))
}

/// `None` if a line names a need that does not exist; a test checks that none does.
fn read_line(word: &str, meanings: &str) -> Option<ListedMeanings> {
    let is_asked = |code: &&str| *code == ASKED;
    let meaning = |code: &str| match code {
        LANGUAGE => Some(WordMeaning::SpokenLanguage),
        code => code.parse().ok().map(WordMeaning::Need),
    };
    let codes = meanings.split_whitespace();
    let read: Option<Vec<WordMeaning>> = codes.clone().filter(|code| !is_asked(code)).map(meaning).collect();
    let meanings = read.filter(|meanings| !meanings.is_empty())?;
    let is_sure = meanings.len() == 1 && !codes.clone().any(|code| is_asked(&code));
    Some(ListedMeanings { words: word_parts(word), meanings, is_sure })
}

/// The meanings of a word in the list.
pub(crate) fn meanings_of(words: &[String]) -> Option<&'static ListedMeanings> {
    let (lines, by_words) = &*LIST;
    lines.get(*by_words.get(&phrase_key(words))?)
}

/// Every line of the list.
pub(crate) fn all() -> &'static [ListedMeanings] {
    &LIST.0
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::need_words::candidates;

    #[test]
    fn every_line_names_needs_that_exist_and_is_unique() {
        let mut known = BTreeSet::new();
        for (word, meanings) in lines() {
            let line = read_line(word, meanings).unwrap_or_else(|| panic!("{word}: {meanings}"));
            assert!(known.insert(phrase_key(&line.words)), "{word} occurs twice");
            // A word that is also a label must mean the same need.
            let label = candidates::named(&line.words);
            assert!(label.is_none_or(|need| line.needs().eq([need])), "{word} is a label of another need");
        }
        let written = WARD_WORDS.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()).count();
        assert_eq!(known.len(), written, "every line is read");
        let words: Vec<&str> = lines().map(|(word, _)| word).collect();
        assert!(words.is_sorted(), "the list is in alphabetical order");
    }
}
