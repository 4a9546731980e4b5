//! What a judge is given, and what it gives.

use std::fmt::Display;

use jiff::civil::Date;

use crate::discharge::Discharge;
use crate::discharge::screen_facts::ScreenFacts;
use crate::discharge::screen_values::ScreenPayer;
use crate::text::us_date::us_date;

/// Why a rule cannot be judged without an input.
pub(crate) const INPUT_MISSING: &str = "input_missing";

/// The result of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScreenStatus {
    /// What is entered meets the rule.
    Met,
    /// What is entered does not meet it.
    NotMet,
    /// Something that decides it is not known.
    Unknown,
    /// The rule is not about this patient or payer.
    NotApplicable,
}

impl ScreenStatus {
    /// Every result.
    pub(crate) const ALL: [Self; 4] = [Self::Met, Self::NotMet, Self::Unknown, Self::NotApplicable];

    /// The code in the API.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotMet => "not_met",
            Self::Unknown => "unknown",
            Self::NotApplicable => "not_applicable",
        }
    }

    /// The display name.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Met => "Met",
            Self::NotMet => "Not met",
            Self::Unknown => "Not known",
            Self::NotApplicable => "Does not apply",
        }
    }
}

/// One discharge with what is known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ScreenCase<'a> {
    pub(crate) discharge: &'a Discharge,
    pub(crate) facts: &'a ScreenFacts,
    pub(crate) payer: ScreenPayer,
}

impl ScreenCase<'_> {
    /// The day the care starts: the discharge date of the question, and not before the hospital discharge.
    pub(crate) fn start(&self) -> Date {
        self.facts.discharged_on.map_or(self.discharge.on, |to| to.max(self.discharge.on))
    }

    /// The date of the question.
    pub(crate) fn today(&self) -> Date {
        self.discharge.asked_on
    }
}

/// What a judge gives: the result, the code of its sentence, and what the sentence is filled with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Judgment {
    pub(crate) status: ScreenStatus,
    /// The code of the sentence in the table of the rule.
    pub(crate) reason: &'static str,
    /// The inputs that would decide it and are missing.
    pub(crate) missing: Vec<&'static str>,
    /// The values of the placeholders in the sentence.
    pub(crate) values: Vec<(&'static str, String)>,
}

impl Judgment {
    fn new(status: ScreenStatus, reason: &'static str) -> Self {
        Self { status, reason, missing: Vec::new(), values: Vec::new() }
    }

    /// Met.
    pub(crate) fn met(reason: &'static str) -> Self {
        Self::new(ScreenStatus::Met, reason)
    }

    /// Not met.
    pub(crate) fn not_met(reason: &'static str) -> Self {
        Self::new(ScreenStatus::NotMet, reason)
    }

    /// Not applicable.
    pub(crate) fn not_applicable(reason: &'static str) -> Self {
        Self::new(ScreenStatus::NotApplicable, reason)
    }

    /// Unknown, although no input is missing.
    pub(crate) fn unknown(reason: &'static str) -> Self {
        Self::new(ScreenStatus::Unknown, reason)
    }

    /// Unknown for want of `missing`, with a sentence of its own.
    pub(crate) fn lacks(reason: &'static str, missing: Vec<&'static str>) -> Self {
        Self { missing, ..Self::unknown(reason) }
    }

    /// Unknown for want of `missing`.
    pub(crate) fn missing(missing: Vec<&'static str>) -> Self {
        Self::lacks(INPUT_MISSING, missing)
    }

    /// The same with a number in its sentence.
    pub(crate) fn number(mut self, name: &'static str, number: impl Display + Copy) -> Self {
        self.values.push((name, number.to_string()));
        self
    }

    /// The same with a date in its sentence.
    pub(crate) fn date(mut self, name: &'static str, date: Date) -> Self {
        self.values.push((name, us_date(date)));
        self
    }
}

/// Those of `inputs` that are not known, by name.
pub(crate) fn unknown_of(inputs: &[(&'static str, bool)]) -> Vec<&'static str> {
    inputs.iter().filter(|(_, is_known)| !is_known).map(|(name, _)| *name).collect()
}
