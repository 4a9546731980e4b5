//! The possible meanings of a typed word.

use crate::need_words::patient_fact::PatientFact;
use crate::service::Need;

/// The meaning of one typed word or phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WordDecision {
    /// This need, without ambiguity.
    Taken(Need),
    /// A fact about the patient, which has its own field.
    SetsField(PatientFact),
    /// A dose or a schedule, such as "q12h" or "MWF": no provider is asked about it.
    Dose,
    /// It may mean any of these; the user must choose one, or ask by phone. Best first, at most [`MOST_OFFERED`].
    Ambiguous(Vec<WordMeaning>),
    /// It is not in the vocabulary.
    Unknown {
        /// The nearest needs for the user to choose from; often none.
        nearest: Vec<Need>,
    },
}

/// What a dose or schedule is told to be, after its words.
pub(crate) const DOSE_REMARK: &str = "was read as a dose or schedule. No provider is asked about it: tell it when you call.";

/// One meaning of an ambiguous word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WordMeaning {
    /// This need.
    Need(Need),
    /// The language the patient speaks, which has its own field.
    SpokenLanguage,
}

/// One word or phrase of a list, and its meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedWord {
    /// The text as typed, trimmed.
    pub typed: String,
    /// Its meaning.
    pub decision: WordDecision,
}

/// How many meanings are offered for one word. Our choice.
pub const MOST_OFFERED: usize = 8;

/// The code of [`WordMeaning::SpokenLanguage`].
pub(crate) const LANGUAGE: &str = "language";

impl WordMeaning {
    /// The label.
    pub fn label(self) -> &'static str {
        match self {
            Self::Need(need) => need.label(),
            Self::SpokenLanguage => "A spoken language: enter it under Language",
        }
    }

    /// The value that a form sends and the command line prints: the need's code, or `language`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Need(need) => need.code(),
            Self::SpokenLanguage => LANGUAGE,
        }
    }
}
