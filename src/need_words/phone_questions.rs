//! Needs that are not in the vocabulary: questions to ask by phone. They are kept beside a question and are never part of it.

use std::fmt;

use crate::need_words::decide::decide_word;
use crate::need_words::word_decision::WordDecision;
use crate::text::printable;

/// Needs in the user's own words, to be asked about by phone: at most [`Self::MOST`], each at most [`Self::LONGEST`] characters. They
/// are shown to the user who typed them, and are neither logged nor stored.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct PhoneQuestions(Vec<String>);

/// Why a text is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneQuestionError {
    /// It has too many characters.
    #[error("a question for the call sheet has at most {} characters", PhoneQuestions::LONGEST)]
    TooLong,
    /// There are too many already.
    #[error("at most {} questions are kept for the call sheet", PhoneQuestions::MOST)]
    TooMany,
    /// It has two words with a capital each.
    #[error("it may be the name of a person; if it is a need, type it without capitals")]
    LooksLikeName,
    /// It has a long number, or a word such as "MRN".
    #[error("it may be a record number or a birth date; type the need alone")]
    LooksLikeRecord,
}

impl PhoneQuestionError {
    /// Whether the text may identify the patient, so that no message repeats it.
    pub fn is_about_identity(self) -> bool {
        matches!(self, Self::LooksLikeName | Self::LooksLikeRecord)
    }
}

/// Words before what identifies a patient.
const IDENTITY_WORDS: [&str; 9] = ["mrn", "dob", "ssn", "mr", "mrs", "ms.", "acct", "fin", "born"];

/// Most digits of a number of a need. Our choice: no dose has more, and record numbers have more.
const MOST_DIGITS: usize = 4;

impl PhoneQuestions {
    /// How many are kept. Our choice: a phone call has no time for more.
    pub const MOST: usize = 10;
    /// The maximum length in characters. Our choice: enough for a need, not for a text about a patient.
    pub const LONGEST: usize = 60;

    /// Adds `text`, unless it is there already.
    ///
    /// # Errors
    /// It is too long, it may identify a patient, or there are too many.
    pub fn keep(&mut self, text: &str) -> Result<(), PhoneQuestionError> {
        let text = printable(text);
        if text.is_empty() || self.0.contains(&text) {
            return Ok(());
        }
        if let Some(error) = looks_like_identity(&text) {
            return Err(error);
        }
        if text.chars().count() > Self::LONGEST {
            return Err(PhoneQuestionError::TooLong);
        }
        if self.0.len() >= Self::MOST {
            return Err(PhoneQuestionError::TooMany);
        }
        self.0.push(text);
        Ok(())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The needs, in the user's own words.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The questions for the call sheet.
    pub fn questions(&self) -> impl Iterator<Item = String> {
        self.texts().map(|text| format!("Can you meet this need: \u{201c}{text}\u{201d}?"))
    }
}

/// Why `text` may identify a patient, if it may. Two words with capitals are a name, unless one of them is known in the vocabulary of
/// needs; so a name in small letters is not found.
fn looks_like_identity(text: &str) -> Option<PhoneQuestionError> {
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || [',', ':', '#'].contains(&c)).collect();
    let lower = |word: &str| word.to_lowercase();
    let is_marked = words.iter().any(|word| IDENTITY_WORDS.contains(&lower(word).as_str()));
    let digits = |word: &&str| word.chars().filter(char::is_ascii_digit).count() > MOST_DIGITS;
    if is_marked || words.iter().any(digits) {
        return Some(PhoneQuestionError::LooksLikeRecord);
    }
    let is_capitalized = |word: &str| {
        let mut letters = word.chars().filter(|c| c.is_alphabetic());
        let is_upper = letters.next().is_some_and(char::is_uppercase);
        is_upper && letters.any(char::is_lowercase)
    };
    let is_known = |word: &str| !matches!(decide_word(word), WordDecision::Unknown { .. });
    let is_name = |pair: &[&str]| pair.iter().all(|word| is_capitalized(word) && !is_known(word));
    words.windows(2).any(is_name).then_some(PhoneQuestionError::LooksLikeName)
}

/// Prints the number of questions and never their text.
impl fmt::Debug for PhoneQuestions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneQuestions({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_kept_once_and_within_limits() {
        let mut kept = PhoneQuestions::default();
        for text in ["service dog", " service  dog ", "", "hyperbaric oxygen"] {
            assert_eq!(kept.keep(text), Ok(()));
        }
        assert_eq!(kept.texts().collect::<Vec<_>>(), ["service dog", "hyperbaric oxygen"]);
        assert_eq!(kept.questions().next().unwrap(), "Can you meet this need: \u{201c}service dog\u{201d}?");
        assert_eq!(kept.keep(&"x".repeat(61)), Err(PhoneQuestionError::TooLong));
        for (text, error) in [
            ("John Smith MRN 1234567", PhoneQuestionError::LooksLikeRecord),
            ("mrn: 12", PhoneQuestionError::LooksLikeRecord),
            ("DOB 1/2/1950", PhoneQuestionError::LooksLikeRecord),
            ("1/2/1950", PhoneQuestionError::LooksLikeRecord),
            ("John Smith", PhoneQuestionError::LooksLikeName),
            ("for Mary O\u{2019}Neil, aphasic", PhoneQuestionError::LooksLikeName),
        ] {
            assert_eq!(kept.keep(text), Err(error), "{text}");
        }
        for text in ["Service dog", "Hyperbaric Oxygen", "PASRR Level II", "Can family stay?", "Q2 turns"] {
            assert_eq!(PhoneQuestions::default().keep(text), Ok(()), "{text}");
        }
        for number in 2..PhoneQuestions::MOST {
            assert_eq!(kept.keep(&format!("need {number}")), Ok(()));
        }
        assert_eq!(kept.keep("one more"), Err(PhoneQuestionError::TooMany));
        assert_eq!(format!("{kept:?}"), "PhoneQuestions(10)", "typed text cannot reach a log");
    }
}
