//! The label of a referral request on the board: the unit and a number, such as "4W-3".
//!
//! It is the only text of a request that a person chooses. It is made of the words of the unit and
//! one short number, so that it cannot hold a name, a date or a record number.

use std::fmt;

use crate::text::us_date::MONTHS;

/// Most characters of a label.
pub const LONGEST_LABEL: usize = 12;
/// Most digits of its number. Our choice: no unit has a thousand patients, and record numbers have
/// more digits.
const MOST_DIGITS: usize = 3;
/// A label: up to twelve letters, digits, spaces and hyphens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestLabel(String);

impl fmt::Display for RequestLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is not a label. It does not repeat the text, which may name a patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LabelRejection {
    /// It has too many characters.
    #[error("a label has at most {LONGEST_LABEL} characters")]
    TooLong,
    /// It has another character.
    #[error("a label has letters, digits, spaces and hyphens only")]
    OtherCharacter,
    /// A word of it is not one of the unit.
    #[error("a word of the label is not a word of the unit, so it may be a name")]
    LooksLikeName,
    /// It has a month, a year or two numbers beside each other.
    #[error("the label may be a date")]
    LooksLikeDate,
    /// Its number is long.
    #[error("a number with more than {MOST_DIGITS} digits may be a record number")]
    LooksLikeRecordNumber,
    /// It has no number of its own.
    #[error("the label has no number, so it does not distinguish two requests")]
    NoNumber,
}

impl LabelRejection {
    /// Every reason.
    pub const ALL: [Self; 6] = [
        Self::TooLong,
        Self::OtherCharacter,
        Self::LooksLikeName,
        Self::LooksLikeDate,
        Self::LooksLikeRecordNumber,
        Self::NoNumber,
    ];

    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::OtherCharacter => "label_character",
            Self::LooksLikeName => "looks_like_a_name",
            Self::LooksLikeDate => "looks_like_a_date",
            Self::LooksLikeRecordNumber => "looks_like_a_record_number",
            Self::NoNumber => "label_without_number",
        }
    }
}

/// A run of letters or of digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LabelPart<'a> {
    Letters(&'a str),
    Digits(&'a str),
}

impl RequestLabel {
    /// The label `typed` of a request of `unit`.
    ///
    /// # Errors
    /// It is longer, or may be something else than the unit and a number.
    pub fn parse(typed: &str, unit: Option<&str>) -> Result<Self, LabelRejection> {
        let label = typed.split_whitespace().collect::<Vec<_>>().join(" ");
        if label.chars().count() > LONGEST_LABEL {
            return Err(LabelRejection::TooLong);
        }
        let parts = parts_of(&label).ok_or(LabelRejection::OtherCharacter)?;
        let unit = UnitWords::new(unit.unwrap_or_default());
        let letters = parts.iter().filter_map(|part| match part {
            LabelPart::Letters(word) => Some(*word),
            LabelPart::Digits(_) => None,
        });
        for word in letters {
            if !unit.has_word(word) {
                return Err(if is_month(word) { LabelRejection::LooksLikeDate } else { LabelRejection::LooksLikeName });
            }
        }
        check_numbers(&parts, &unit)?;
        Ok(Self(label))
    }

    /// The label that the ledger holds; `None` if it cannot be one. The unit may have been renamed
    /// since, so its words are not compared again.
    pub(crate) fn from_stored(text: String) -> Option<Self> {
        let is_label = !text.is_empty() && text.chars().count() <= LONGEST_LABEL && parts_of(&text).is_some();
        is_label.then_some(Self(text))
    }

    /// A label that the unit could use, to show what to type: "4W-1".
    pub fn example(unit: Option<&str>) -> String {
        let unit = unit.unwrap_or_default();
        let whole = format!("{unit} 1").trim_start().to_owned();
        let short: String =
            unit.split_whitespace().flat_map(|word| parts_of(word).unwrap_or_default()).map(initial).collect();
        let shortened = format!("{short}-1");
        let shortened = shortened.trim_start_matches('-').to_owned();
        let fits = [whole, shortened].into_iter().find(|label| Self::parse(label, Some(unit)).is_ok());
        fits.unwrap_or_else(|| "1".to_owned())
    }
}

/// A number whole, and of a word its first letter.
fn initial(part: LabelPart<'_>) -> String {
    match part {
        LabelPart::Digits(number) => number.to_owned(),
        LabelPart::Letters(word) => word.chars().next().map(String::from).unwrap_or_default(),
    }
}

/// The runs of letters and of digits; `None` if there is another character, or nothing.
fn parts_of(label: &str) -> Option<Vec<LabelPart<'_>>> {
    let mut parts = Vec::new();
    let mut rest = label;
    while let Some(first) = rest.chars().next() {
        if [' ', '-'].contains(&first) {
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let is_digit = first.is_ascii_digit();
        if !is_digit && !first.is_alphabetic() {
            return None;
        }
        let is_other = |letter: char| if is_digit { !letter.is_ascii_digit() } else { !letter.is_alphabetic() };
        let (run, later) = rest.split_at(rest.find(is_other).unwrap_or(rest.len()));
        parts.push(if is_digit { LabelPart::Digits(run) } else { LabelPart::Letters(run) });
        rest = later;
    }
    (!parts.is_empty()).then_some(parts)
}

/// One number besides those of the unit, which is short, and beside another one only after a word.
fn check_numbers(parts: &[LabelPart<'_>], unit: &UnitWords) -> Result<(), LabelRejection> {
    let mut of_unit = unit.numbers.clone();
    let mut own = 0;
    for part in parts {
        let LabelPart::Digits(number) = part else { continue };
        if let Some(at) = of_unit.iter().position(|known| known == number) {
            of_unit.remove(at);
            continue;
        }
        own += 1;
        if number.len() > MOST_DIGITS {
            let is_year = number.len() == 4 && ["19", "20"].iter().any(|century| number.starts_with(century));
            return Err(if is_year { LabelRejection::LooksLikeDate } else { LabelRejection::LooksLikeRecordNumber });
        }
    }
    let is_number = |at: usize| matches!(parts.get(at), Some(LabelPart::Digits(_)));
    let beside: Vec<usize> = (1..parts.len()).filter(|at| is_number(at - 1) && is_number(*at)).collect();
    // "Tower 4 12" is a unit and a number, "4 12" may be a date.
    let follow_word = beside.iter().all(|at| *at >= 2 && !is_number(at - 2));
    match own {
        0 => Err(LabelRejection::NoNumber),
        1 if beside.is_empty() || (unit.ends_with_number && follow_word) => Ok(()),
        _ => Err(LabelRejection::LooksLikeDate),
    }
}

fn is_month(word: &str) -> bool {
    let word = word.to_lowercase();
    word.len() >= 3 && MONTHS.iter().any(|month| month.starts_with(&word))
}

/// The words and numbers of the name of a unit.
struct UnitWords {
    words: Vec<String>,
    initials: String,
    numbers: Vec<String>,
    /// Whether the number of the label follows a number of the unit: "Tower 4 12".
    ends_with_number: bool,
}

impl UnitWords {
    fn new(unit: &str) -> Self {
        let runs: Vec<String> = unit
            .split(|letter: char| !letter.is_alphanumeric())
            .flat_map(|run| parts_of(run).unwrap_or_default())
            .map(|part| match part {
                LabelPart::Letters(run) | LabelPart::Digits(run) => run.to_lowercase(),
            })
            .collect();
        let is_number = |run: &String| run.starts_with(|first: char| first.is_ascii_digit());
        let ends_with_number = runs.len() > 1 && runs.last().is_some_and(is_number);
        let (numbers, words): (Vec<String>, Vec<String>) = runs.into_iter().partition(is_number);
        let initials = words.iter().filter_map(|word| word.chars().next()).collect();
        Self { words, initials, numbers, ends_with_number }
    }

    /// Whether `word` is a word of the unit, its beginning, or the initials of the unit.
    fn has_word(&self, word: &str) -> bool {
        let word = word.to_lowercase();
        self.words.iter().any(|known| known.starts_with(&word)) || self.initials == word
    }
}

#[cfg(test)]
mod tests {
    use super::LabelRejection::{LooksLikeDate, LooksLikeName, LooksLikeRecordNumber, NoNumber, OtherCharacter, TooLong};
    use super::*;

    #[test]
    fn a_label_is_the_unit_and_a_number() {
        for (typed, unit, shown) in [
            ("4 West 3", "4 West", "4 West 3"),
            (" 4w-12 ", "4 West", "4w-12"),
            ("W 3", "4 West", "W 3"),
            ("ICU  7", "ICU", "ICU 7"),
            ("SN-104", "Surgical North", "SN-104"),
            ("Tower 4 12", "Tower 4", "Tower 4 12"),
            ("12", "", "12"),
        ] {
            let label = RequestLabel::parse(typed, Some(unit)).map(|label| label.to_string());
            assert_eq!(label.as_deref(), Ok(shown), "{typed} of {unit}");
        }
    }

    #[test]
    fn names_dates_and_record_numbers_are_refused() {
        for (typed, unit, why) in [
            ("Smith 3", "4 West", LooksLikeName),
            ("Weston 3", "4 West", LooksLikeName),
            ("J.S. 3", "4 West", OtherCharacter),
            ("JS-3", "4 West", LooksLikeName),
            ("West", "4 West", NoNumber),
            ("4 West", "4 West", NoNumber),
            ("", "4 West", OtherCharacter),
            ("Nov 23", "4 West", LooksLikeDate),
            ("May 3", "4 West", LooksLikeDate),
            ("11/23/26", "4 West", OtherCharacter),
            ("11-23", "4 West", LooksLikeDate),
            ("W 11-23", "4 West", LooksLikeDate),
            ("4 23", "4 West", LooksLikeDate),
            ("11-23", "Unit 11", LooksLikeDate),
            ("4 12", "Tower 4", LooksLikeDate),
            ("W 2026", "4 West", LooksLikeDate),
            ("W 4711", "4 West", LooksLikeRecordNumber),
            ("0047113", "4 West", LooksLikeRecordNumber),
            ("W 12 W 34", "4 West", LooksLikeDate),
            ("4 West 3 4 West 5", "4 West", TooLong),
            ("W ３", "4 West", OtherCharacter),
            ("A 3", "", LooksLikeName),
        ] {
            assert_eq!(RequestLabel::parse(typed, Some(unit)), Err(why), "{typed} of {unit}");
        }
    }

    #[test]
    fn the_example_of_every_unit_is_a_label() {
        for (unit, example) in [
            ("4 West", "4 West 1"),
            ("ICU step-down", "Isd-1"),
            ("Cardiology Intensive Care", "CIC-1"),
            ("", "1"),
            ("§", "1"),
        ] {
            let shown = RequestLabel::example(Some(unit));
            assert!(RequestLabel::parse(&shown, Some(unit)).is_ok(), "{unit}: {shown}");
            assert_eq!(shown, example, "{unit}");
        }
    }

    #[test]
    fn codes_are_distinct_and_errors_say_what_is_wrong() {
        let codes: std::collections::BTreeSet<_> = LabelRejection::ALL.map(LabelRejection::code).into();
        assert_eq!(codes.len(), LabelRejection::ALL.len());
    }

    #[test]
    fn a_stored_label_is_read_even_if_the_unit_has_another_name_now() {
        assert_eq!(RequestLabel::from_stored("4W-3".to_owned()).map(|label| label.to_string()).as_deref(), Some("4W-3"));
        assert_eq!(RequestLabel::from_stored("a label that is too long".to_owned()), None);
    }
}
