//! Normalizes names and streets.

use std::collections::BTreeSet;

use crate::text::{fold_accents, fold_words};

/// Legal forms and articles: names that differ only in these are the same.
const EMPTY_WORDS: &str =
    "the inc incorporated llc llp lp ltd limited corp corporation co company pc pa pllc plc dba of at and a an";

/// Words for the type of provider, not which provider it is.
const KIND_WORDS: &str = "home health healthcare care agency services service hospice palliative nursing rehabilitation center centre \
    hospital medical community skilled facility inc living convalescent manor group systems system of visiting nurse nurses association \
    regional county general memorial senior retirement village health homecare";

/// Abbreviations in names, as found in CMS, NPPES and payers' files.
const LONG_FORMS: [(&str, &str); 27] = [
    ("ctr", "center"),
    ("cntr", "center"),
    ("cen", "center"),
    ("centre", "center"),
    ("hosp", "hospital"),
    ("hlth", "health"),
    ("hlthcare", "healthcare"),
    ("hc", "healthcare"),
    ("svc", "service"),
    ("svcs", "services"),
    ("serv", "services"),
    ("rehab", "rehabilitation"),
    ("nsg", "nursing"),
    ("nrsg", "nursing"),
    ("nurs", "nursing"),
    ("med", "medical"),
    ("mem", "memorial"),
    ("meml", "memorial"),
    ("reg", "regional"),
    ("cnty", "county"),
    ("comm", "community"),
    ("snf", "skilled nursing facility"),
    ("hh", "home health"),
    ("homehealth", "home health"),
    ("st", "saint"),
    ("mt", "mount"),
    ("ft", "fort"),
];

/// Street words and their abbreviations (USPS Publication 28, appendices B, C1 and C2, the common ones).
const SHORT_FORMS: [(&str, &str); 38] = [
    ("street", "st"),
    ("avenue", "ave"),
    ("av", "ave"),
    ("road", "rd"),
    ("drive", "dr"),
    ("boulevard", "blvd"),
    ("highway", "hwy"),
    ("parkway", "pkwy"),
    ("lane", "ln"),
    ("court", "ct"),
    ("circle", "cir"),
    ("place", "pl"),
    ("plaza", "plz"),
    ("square", "sq"),
    ("terrace", "ter"),
    ("trail", "trl"),
    ("turnpike", "tpke"),
    ("expressway", "expy"),
    ("freeway", "fwy"),
    ("center", "ctr"),
    ("crossing", "xing"),
    ("route", "rte"),
    ("rt", "rte"),
    ("north", "n"),
    ("south", "s"),
    ("east", "e"),
    ("west", "w"),
    ("northeast", "ne"),
    ("northwest", "nw"),
    ("southeast", "se"),
    ("southwest", "sw"),
    ("mount", "mt"),
    ("saint", "st"),
    ("fort", "ft"),
    ("first", "1st"),
    ("second", "2nd"),
    ("third", "3rd"),
    ("fourth", "4th"),
];

/// Words that precede a unit within a building.
const UNIT_WORDS: [&str; 13] =
    ["suite", "ste", "unit", "apt", "room", "rm", "floor", "fl", "bldg", "building", "dept", "no", "number"];

/// A normalized provider name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct NormalizedName {
    pub(crate) words: Vec<String>,
    /// The distinctive words.
    pub(crate) telling: Vec<String>,
    /// The words joined without spaces, so that "home health" and "homehealth" are equal.
    pub(crate) run_together: String,
    /// The source truncates names, so the last word may be incomplete and more may have followed.
    pub(crate) cut: bool,
}

impl NormalizedName {
    /// Normalizes a complete name.
    pub fn of(text: &str) -> Self {
        let words: Vec<String> =
            plain_words(text).iter().flat_map(|word| long_form(word)).filter(|w| !is_in(EMPTY_WORDS, w)).collect();
        let telling: BTreeSet<&String> = words.iter().filter(|word| !is_in(KIND_WORDS, word)).collect();
        let telling = telling.into_iter().cloned().collect();
        Self { run_together: words.concat(), words, telling, cut: false }
    }

    /// Normalizes a name from a source that truncates names at `length` characters (30 in the OIG exclusions).
    pub fn cut_at(text: &str, length: usize) -> Self {
        let text = text.trim_end();
        Self { cut: text.chars().count() >= length, ..Self::of(text) }
    }
}

/// A normalized street address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NormalizedStreet {
    number: String,
    words: Vec<String>,
    unit: Option<String>,
}

impl NormalizedStreet {
    /// Normalizes a street address; `None` without a house number, as for a post-office box.
    pub fn of(text: &str) -> Option<Self> {
        let spaced = text.replace('#', " suite ");
        let mut words = plain_words(&spaced).into_iter().map(|word| short_form(&word));
        let number = words.next().filter(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
        let words: Vec<String> = words.collect();
        let unit_at = words.iter().skip(1).position(|word| UNIT_WORDS.contains(&word.as_str())).map(|at| at + 1);
        let unit = unit_at.map(|at| words[at..].iter().filter(|w| !UNIT_WORDS.contains(&w.as_str())).cloned().collect());
        let street = unit_at.map_or(&words[..], |at| &words[..at]);
        (!street.is_empty()).then(|| Self { number, words: street.to_vec(), unit })
    }

    /// The house number.
    pub(crate) fn number(&self) -> &str {
        &self.number
    }

    /// Whether house number and street are the same; a street word that only one has ("N Main St" and "Main St") is ignored.
    pub(crate) fn is_same_door(&self, other: &Self) -> bool {
        if self.number != other.number {
            return false;
        }
        let (short, long) = if self.words.len() <= other.words.len() { (self, other) } else { (other, self) };
        let missing = long.words.len() - short.words.len();
        let inside = short.words.iter().all(|word| long.words.contains(word));
        let telling = short.words.iter().any(|word| word.len() > 3 || word.starts_with(|c: char| c.is_ascii_digit()));
        inside && (missing == 0 || (missing == 1 && telling))
    }

    /// Whether both name a unit and the units differ.
    pub(crate) fn is_other_unit(&self, other: &Self) -> bool {
        matches!((&self.unit, &other.unit), (Some(a), Some(b)) if a != b)
    }
}

fn plain_words(text: &str) -> Vec<String> {
    fold_words(&fold_accents(text).replace('&', " and ")).split_whitespace().map(str::to_owned).collect()
}

fn long_form(word: &str) -> Vec<String> {
    let long = LONG_FORMS.iter().find(|(short, _)| *short == word).map_or(word, |(_, long)| long);
    long.split(' ').map(str::to_owned).collect()
}

fn short_form(word: &str) -> String {
    SHORT_FORMS.iter().find(|(long, _)| *long == word).map_or(word, |(_, short)| short).to_owned()
}

fn is_in(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|known| known == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_door_is_written_many_ways() {
        let door = NormalizedStreet::of("2720 EAST THOMAS ROAD, SUITE 270B").unwrap();
        for (text, same, other_unit) in [
            ("2720 E Thomas Rd Ste 270B", true, false),
            ("2720 E. Thomas Rd. #270B", true, false),
            ("2720 Thomas Road", true, false),
            ("2720 East Thomas Rd., Unit 110", true, true),
            ("2722 E Thomas Rd", false, false),
            ("2720 E Indian School Rd", false, false),
        ] {
            let street = NormalizedStreet::of(text).unwrap();
            assert_eq!((street.is_same_door(&door), street.is_other_unit(&door)), (same, other_unit), "{text}");
        }
        assert_eq!(NormalizedStreet::of("PO Box 12"), None);
    }

    #[test]
    fn legal_forms_and_short_forms_do_not_make_another_name() {
        for (a, b) in [
            ("ST. MARY'S HOSP. & REHAB CTR, INC.", "Saint Marys Hospital and Rehabilitation Center"),
            ("The Larkwater Nsg Home LLC", "Larkwater Nursing Home"),
        ] {
            assert_eq!(NormalizedName::of(a).words, NormalizedName::of(b).words, "{a} / {b}");
        }
    }
}
