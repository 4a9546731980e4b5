//! The label of an item of a worksheet, such as "ceftriaxone 2 g daily, 21 days".
//!
//! It is made of the words of `data/curated/payment/label_words.txt` and of short numbers with a unit, so that it cannot hold a name, a
//! date or a record number.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::LazyLock;

use crate::input::errors::too_long;

/// Most characters of a label. Our choice: a drug, its dose and its days.
pub const LONGEST_LABEL: usize = 40;
/// Most digits of a number in it: doses in milligrams have four.
const MOST_DIGITS: usize = 4;

const TEXT: &str = include_str!("../../data/curated/payment/label_words.txt");
/// The line that the units follow.
const UNITS: &str = "[units]";

struct LabelWords {
    words: BTreeSet<&'static str>,
    units: BTreeSet<&'static str>,
}

static WORDS: LazyLock<LabelWords> = LazyLock::new(|| {
    let (words, units) = TEXT.split_once(UNITS).unwrap_or((TEXT, ""));
    let read = |text: &'static str| text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    LabelWords { words: read(words), units: read(units) }
});

/// A label.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemLabel(String);

impl fmt::Display for ItemLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is not a label. It does not repeat the text, which may name a patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ItemLabelRejection {
    /// It has too many characters.
    #[error("a label has at most {LONGEST_LABEL} characters")]
    TooLong,
    /// It has another character.
    #[error("a label has letters, digits, spaces, commas and hyphens only")]
    OtherCharacter,
    /// A word of it is not one of the list.
    #[error("a word of the label is not one of the list of drugs, equipment and units, so it may be a name")]
    LooksLikeName,
    /// A number without a unit, or a long one.
    #[error(
        "a number of the label has no unit after it or more than {MOST_DIGITS} digits, so it may be a date or a record number"
    )]
    LooksLikeRecordNumber,
}

impl ItemLabelRejection {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::TooLong, Self::OtherCharacter, Self::LooksLikeName, Self::LooksLikeRecordNumber];

    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::OtherCharacter => "label_character",
            Self::LooksLikeName => "looks_like_a_name",
            Self::LooksLikeRecordNumber => "looks_like_a_record_number",
        }
    }
}

impl ItemLabel {
    /// The label `typed`.
    ///
    /// # Errors
    /// It is longer, or may be something else than a description of an item.
    pub fn parse(typed: &str) -> Result<Self, ItemLabelRejection> {
        let label = typed.split_whitespace().collect::<Vec<_>>().join(" ");
        if too_long(&label, LONGEST_LABEL).is_some() {
            return Err(ItemLabelRejection::TooLong);
        }
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || [' ', ',', '-'].contains(&letter);
        if !label.chars().all(is_plain) || !label.contains(|letter: char| letter.is_ascii_alphanumeric()) {
            return Err(ItemLabelRejection::OtherCharacter);
        }
        let parts = parts_of(&label);
        for (at, part) in parts.iter().enumerate() {
            if part.starts_with(|first: char| first.is_ascii_digit()) {
                let has_unit = parts.get(at + 1).is_some_and(|next| WORDS.units.contains(next.as_str()));
                if !has_unit || part.len() > MOST_DIGITS {
                    return Err(ItemLabelRejection::LooksLikeRecordNumber);
                }
            } else if !WORDS.words.contains(part.as_str()) && !WORDS.units.contains(part.as_str()) {
                return Err(ItemLabelRejection::LooksLikeName);
            }
        }
        Ok(Self(label))
    }
}

/// The runs of letters and of digits, in lower case.
fn parts_of(label: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut before = ' ';
    for letter in label.chars().map(|letter| letter.to_ascii_lowercase()) {
        if letter.is_ascii_alphanumeric() {
            let continues = before.is_ascii_alphanumeric() && before.is_ascii_digit() == letter.is_ascii_digit();
            match parts.last_mut().filter(|_| continues) {
                Some(part) => part.push(letter),
                None => parts.push(letter.to_string()),
            }
        }
        before = letter;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::ItemLabelRejection::{LooksLikeName, LooksLikeRecordNumber, OtherCharacter, TooLong};
    use super::*;

    #[test]
    fn a_label_is_a_drug_or_equipment_with_its_numbers() {
        for (typed, shown) in [
            ("ceftriaxone 2 g daily, 21 days", "ceftriaxone 2 g daily, 21 days"),
            (" Vancomycin  1250mg ", "Vancomycin 1250mg"),
            ("PICC line supplies", "PICC line supplies"),
            ("elastomeric pumps", "elastomeric pumps"),
        ] {
            assert_eq!(ItemLabel::parse(typed).map(|label| label.to_string()).as_deref(), Ok(shown), "{typed}");
        }
    }

    #[test]
    fn names_dates_and_record_numbers_are_refused() {
        for (typed, why) in [
            ("Smith", LooksLikeName),
            ("ceftriaxone for Jane", LooksLikeName),
            ("J.S.", OtherCharacter),
            ("José", OtherCharacter),
            ("", OtherCharacter),
            ("11/23/26", OtherCharacter),
            ("2026-11-23", LooksLikeRecordNumber),
            ("11 23 days", LooksLikeRecordNumber),
            ("Nov 23", LooksLikeName),
            ("0047113", LooksLikeRecordNumber),
            ("47113 mg", LooksLikeRecordNumber),
            ("bed 4", LooksLikeRecordNumber),
            ("ceftriaxone ceftriaxone ceftriaxone daily", TooLong),
        ] {
            assert_eq!(ItemLabel::parse(typed), Err(why), "{typed}");
        }
    }

    #[test]
    fn the_words_are_sorted_and_there_are_units() {
        for words in TEXT.split(UNITS) {
            let lines: Vec<&str> = words.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
            assert!(lines.len() > 10 && lines.iter().all(|word| word.bytes().all(|letter| letter.is_ascii_lowercase())));
        }
        let codes: BTreeSet<_> = ItemLabelRejection::ALL.map(ItemLabelRejection::code).into();
        assert_eq!(codes.len(), ItemLabelRejection::ALL.len());
    }
}
