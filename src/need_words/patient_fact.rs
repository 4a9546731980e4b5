//! Facts about the patient that people type among the needs: "480 lb", "82 yrs", "Spanish-speaking". Each has its own field.

use crate::discharge::request::{DosesADay, OLDEST_AGE, PatientAge, PatientWeight};
use crate::languages;
use crate::provider::Sex;

/// A fact that has its own field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatientFact {
    /// Whole years; 90 means 90 or older.
    Age(u32),
    /// Pounds.
    WeightPounds(u32),
    /// Infusion doses a day.
    DosesADay(u32),
    /// Sex.
    Sex(Sex),
    /// A language the patient speaks, by its ISO 639-1 code.
    Language(&'static str),
}

/// Pounds in a kilogram (NIST Handbook 44, appendix C).
const POUNDS_IN_KILOGRAM: f64 = 2.204_622_6;

/// A shorter language name is more often part of something else.
const SHORTEST_LANGUAGE: usize = 4;

impl PatientFact {
    /// The field of a question it sets.
    pub fn field(self) -> &'static str {
        match self {
            Self::Age(_) => "age",
            Self::WeightPounds(_) => "weight_lb",
            Self::DosesADay(_) => "doses_a_day",
            Self::Sex(_) => "sex",
            Self::Language(_) => "languages",
        }
    }

    /// The fact in words: "weight 480 lb".
    pub fn says(self) -> String {
        match self {
            Self::Age(years) if years >= OLDEST_AGE => format!("age {OLDEST_AGE} or older"),
            Self::Age(years) => format!("age {years}"),
            Self::WeightPounds(pounds) => format!("weight {pounds} lb"),
            Self::DosesADay(doses) => format!("{doses} doses a day"),
            Self::Sex(sex) => format!("sex {}", sex.code()),
            Self::Language(code) => format!("language {}", languages::name(code).unwrap_or(code)),
        }
    }
}

/// The fact that `typed` states, if it is exactly one.
pub fn read_fact(typed: &str) -> Option<PatientFact> {
    match read_facts(typed)[..] {
        [fact] => Some(fact),
        _ => None,
    }
}

/// The facts in `typed`, such as "82 yo female"; none if it contains anything else.
pub(crate) fn read_facts(typed: &str) -> Vec<PatientFact> {
    let tokens = tokens(typed);
    let mut rest: Vec<&str> = tokens.iter().map(String::as_str).collect();
    let mut facts = Vec::new();
    while !rest.is_empty() {
        let Some((fact, taken)) = first_fact(&rest) else { return Vec::new() };
        facts.push(fact);
        rest.drain(..taken);
    }
    facts
}

/// The weight in pounds of a typed weight: "480", "480 lbs", "218 kg".
pub(crate) fn read_weight(typed: &str) -> Option<u32> {
    match read_fact(typed) {
        Some(PatientFact::WeightPounds(pounds)) => Some(pounds),
        Some(_) => None,
        None => typed.parse().ok(),
    }
}

/// The age in years of a typed age: "82", "82 yrs", "95", which is read as 90.
pub(crate) fn read_age(typed: &str) -> Option<u32> {
    match read_fact(typed) {
        Some(PatientFact::Age(years)) => Some(years),
        Some(_) => None,
        None => typed.parse().ok().and_then(age_of),
    }
}

fn age_of(years: u32) -> Option<u32> {
    (years <= PatientAge::BOUNDS.1).then_some(years.min(OLDEST_AGE))
}

/// The numbers and words in lower case; every other character separates.
fn tokens(typed: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut open = None;
    for c in typed.to_lowercase().chars() {
        let kind = match c {
            '0'..='9' | '.' => Some(true),
            c if c.is_alphabetic() => Some(false),
            // "480#".
            '#' if tokens.last().is_some_and(|last| is_number(last)) => {
                tokens.push("lb".to_owned());
                None
            }
            _ => None,
        };
        match tokens.last_mut().filter(|_| kind.is_some() && kind == open) {
            Some(last) => last.push(c),
            None if kind.is_some() => tokens.push(c.to_string()),
            None => {}
        }
        open = kind;
    }
    // A period after a word, as in "82 yrs.", has no meaning.
    tokens.retain(|token| token.chars().any(char::is_alphanumeric));
    tokens
}

fn is_number(token: &str) -> bool {
    token.starts_with(|c: char| c.is_ascii_digit())
}

/// The fact at the start of the tokens, and how many tokens it takes.
fn first_fact(tokens: &[&str]) -> Option<(PatientFact, usize)> {
    match *tokens {
        ["male" | "man" | "gentleman", ..] => Some((PatientFact::Sex(Sex::Male), 1)),
        ["female" | "woman" | "lady", ..] => Some((PatientFact::Sex(Sex::Female), 1)),
        ["weight" | "weighs" | "weighing" | "wt", number, ref rest @ ..] => {
            let unit = rest.first().copied().filter(|unit| is_pounds(unit) || is_kilograms(unit));
            let pounds = pounds(number, unit.unwrap_or("lb"))?;
            Some((PatientFact::WeightPounds(pounds), 2 + usize::from(unit.is_some())))
        }
        ["age" | "aged", number, ref rest @ ..] => Some((PatientFact::Age(years(number)?), 2 + years_unit(rest))),
        [number, "dose" | "doses", "a" | "per", "day", ..] => Some((doses(number)?, 4)),
        [number, "dose" | "doses", "daily" | "day", ..] => Some((doses(number)?, 3)),
        [number, ref rest @ ..] if is_number(number) => {
            let unit = rest.first()?;
            match (pounds(number, unit), years_unit(rest)) {
                (Some(pounds), _) => Some((PatientFact::WeightPounds(pounds), 2)),
                (None, 1..) => Some((PatientFact::Age(years(number)?), 1 + years_unit(rest))),
                (None, 0) => None,
            }
        }
        _ => spoken(tokens),
    }
}

fn is_pounds(unit: &str) -> bool {
    ["lb", "lbs", "pound", "pounds"].contains(&unit)
}

/// Whether a word means kilograms.
pub(crate) fn is_kilograms(unit: &str) -> bool {
    ["kg", "kgs", "kilo", "kilos", "kilogram", "kilograms"].contains(&unit)
}

fn pounds(number: &str, unit: &str) -> Option<u32> {
    let number: f64 = number.parse().ok()?;
    let pounds = if is_kilograms(unit) { number * POUNDS_IN_KILOGRAM } else { number }.round();
    let is_weight = (is_pounds(unit) || is_kilograms(unit)) && (1.0..=f64::from(PatientWeight::BOUNDS.1)).contains(&pounds);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is whole and within u32")]
    is_weight.then_some(pounds as u32)
}

fn years(number: &str) -> Option<u32> {
    number.parse().ok().and_then(age_of)
}

/// How many of the tokens mean "years old".
fn years_unit(tokens: &[&str]) -> usize {
    let unit = match tokens {
        ["y", "o", ..] => return 2,
        ["yo" | "yr" | "yrs" | "year" | "years", ..] => 1,
        _ => return 0,
    };
    unit + usize::from(tokens.get(unit) == Some(&"old"))
}

fn doses(number: &str) -> Option<PatientFact> {
    number
        .parse()
        .ok()
        .filter(|doses| (DosesADay::BOUNDS.0..=DosesADay::BOUNDS.1).contains(doses))
        .map(PatientFact::DosesADay)
}

/// A language by its English name, with common additions: "speaks Spanish", "Spanish-speaking only".
fn spoken(tokens: &[&str]) -> Option<(PatientFact, usize)> {
    let before = match tokens {
        ["primary" | "preferred", "language", ..] => 2,
        ["speaks" | "language", ..] => 1,
        _ => 0,
    };
    let named = tokens.get(before..)?;
    let code = |name: &str| languages::code(name).filter(|_| name.chars().count() >= SHORTEST_LANGUAGE);
    let (code, name) =
        named.get(..2).and_then(|two| Some((code(&two.join(" "))?, 2))).or_else(|| Some((code(named.first()?)?, 1)))?;
    let is_added = |token: &&&str| ["speaking", "speaker", "only"].contains(*token);
    let after = named.iter().skip(name).take_while(is_added).count();
    Some((PatientFact::Language(code), before + name + after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_read_as_people_write_them() {
        use PatientFact::{Age, DosesADay, Language, WeightPounds};
        for (typed, facts) in [
            ("480 lb", &[WeightPounds(480)][..]),
            ("480lbs.", &[WeightPounds(480)]),
            ("480#", &[WeightPounds(480)]),
            ("wt 480 #", &[WeightPounds(480)]),
            ("trach #6", &[]),
            ("218 kg", &[WeightPounds(481)]),
            ("weight 480", &[WeightPounds(480)]),
            ("Wt: 218.5 kg", &[WeightPounds(482)]),
            ("82 yrs", &[Age(82)]),
            ("82 y/o", &[Age(82)]),
            ("82yo", &[Age(82)]),
            ("82-year-old", &[Age(82)]),
            ("age 95", &[Age(90)]),
            ("spanish", &[Language("es")]),
            ("Spanish-speaking only", &[Language("es")]),
            ("speaks Haitian Creole", &[Language("ht")]),
            ("primary language: Vietnamese", &[Language("vi")]),
            ("3 doses a day", &[DosesADay(3)]),
            ("4 doses/day", &[DosesADay(4)]),
            ("female", &[PatientFact::Sex(Sex::Female)]),
            ("82 yo male 480 lbs", &[Age(82), PatientFact::Sex(Sex::Male), WeightPounds(480)]),
            ("95", &[]),
            ("2000 lb", &[]),
            ("131 yo", &[]),
            ("16 french", &[]),
            ("480 ml", &[]),
            ("es", &[]),
            ("spanish food", &[]),
            ("age of the wound", &[]),
            ("", &[]),
        ] {
            assert_eq!(read_facts(typed), facts, "{typed:?}");
        }
    }

    #[test]
    fn the_fields_for_age_and_weight_take_the_unit_too() {
        for (typed, weight, age) in
            [("480", Some(480), None), ("218 kg", Some(481), None), ("82 yrs", None, Some(82)), ("95", Some(95), Some(90))]
        {
            assert_eq!((read_weight(typed), read_age(typed)), (weight, age), "{typed}");
        }
    }
}
