//! A sentence about the compared providers, with their names apart from the words.

use std::fmt;

use crate::serve::pages::compare::compared_provider::ComparedProvider;

/// A sentence in parts, so that names, which come from files, are marked up separately.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct DifferenceSentence(pub Vec<SentencePart>);

/// A part of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SentencePart {
    /// Words of the program.
    Words(String),
    /// The name of a provider or of an owner.
    Name(String),
}

impl DifferenceSentence {
    /// With `words` of the program added.
    pub(crate) fn words(mut self, words: impl Into<String>) -> Self {
        self.0.push(SentencePart::Words(words.into()));
        self
    }

    /// "A", "A and B", "A, B and C".
    pub(crate) fn names(mut self, sides: &[&ComparedProvider]) -> Self {
        for (at, side) in sides.iter().enumerate() {
            if at > 0 {
                self = self.words(if at + 1 == sides.len() { " and " } else { ", " });
            }
            self.0.push(SentencePart::Name(side.short.clone()));
        }
        self
    }
}

impl fmt::Display for DifferenceSentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            SentencePart::Words(text) | SentencePart::Name(text) => f.write_str(text),
        })
    }
}
