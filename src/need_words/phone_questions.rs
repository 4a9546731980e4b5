//! Needs that are not in the vocabulary: questions to ask by phone. They are kept beside a question and are never part of it.

use std::fmt;

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
}

impl PhoneQuestions {
    /// How many are kept. Our choice: a phone call has no time for more.
    pub const MOST: usize = 10;
    /// The maximum length in characters. Our choice: enough for a need, not for a text about a patient.
    pub const LONGEST: usize = 60;

    /// Adds `text`, unless it is there already.
    ///
    /// # Errors
    /// It is too long, or there are too many.
    pub fn keep(&mut self, text: &str) -> Result<(), PhoneQuestionError> {
        let text = printable(text);
        if text.is_empty() || self.0.contains(&text) {
            return Ok(());
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
        for number in 2..PhoneQuestions::MOST {
            assert_eq!(kept.keep(&format!("need {number}")), Ok(()));
        }
        assert_eq!(kept.keep("one more"), Err(PhoneQuestionError::TooMany));
        assert_eq!(format!("{kept:?}"), "PhoneQuestions(10)", "typed text cannot reach a log");
    }
}
