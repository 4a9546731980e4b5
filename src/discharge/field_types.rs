//! The field types of a question, each with its parser and its schema.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::discharge::WIDEST;
use crate::input::declare::vocabulary;
use crate::input::errors::FieldErrors;
use crate::input::field::{InputType, ObjectRule};
use crate::input::place::FieldPlace;
use crate::input::schema::NamedSchema;
use crate::input::values::{number, text};
use crate::place::{Miles, State, Zip, zip_text};
use crate::profile::{MOST_FOR_OUTCOMES, Profile, ScoreComponent, Weights, WeightsError};
use crate::provider::Sex;
use crate::provider::safety::ServedGroup;
use crate::service::DeliveryMode;

/// Whether a need is required or preferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Importance {
    /// A match must meet it.
    Required,
    /// It raises the rank of a match.
    Preferred,
}

impl Importance {
    const ALL: [Self; 2] = [Self::Required, Self::Preferred];

    fn code(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Preferred => "preferred",
        }
    }
}

/// A program that pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    /// Original Medicare.
    Medicare,
    /// The Medicaid of a state.
    Medicaid,
    /// The patient.
    SelfPay,
}

impl Program {
    const ALL: [Self; 3] = [Self::Medicare, Self::Medicaid, Self::SelfPay];

    /// The code in the API.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Medicare => "medicare",
            Self::Medicaid => "medicaid",
            Self::SelfPay => "self_pay",
        }
    }
}

/// An optional part of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AnswerPart {
    /// The excluded providers, with reasons.
    LeftOut,
}

impl AnswerPart {
    fn code(self) -> &'static str {
        match self {
            Self::LeftOut => "left_out",
        }
    }
}

/// A group that some places are for only. Children are known by their age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EligibleGroup(pub(crate) ServedGroup);

impl EligibleGroup {
    pub(crate) const ALL: [Self; 3] =
        [Self(ServedGroup::Veterans), Self(ServedGroup::Religious), Self(ServedGroup::Residents)];

    /// The code in the API.
    pub(crate) fn code(self) -> &'static str {
        self.0.code()
    }
}

/// A published profile, by name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProfileName(pub(crate) &'static Profile);

vocabulary! {
    /// Whether a need is required or preferred.
    Importance as "Importance" of Importance::ALL, Importance::code, "no_such_importance",
        |typed| format!("\"{typed}\" is neither required nor preferred");
    /// A program that pays.
    Program as "Program" of Program::ALL, Program::code, "no_such_program", |typed| format!("there is no program \"{typed}\"");
    /// The patient's sex, for providers that accept one sex only.
    Sex as "Sex" of [Sex::Female, Sex::Male], Sex::code, "no_such_sex", |typed| format!("\"{typed}\" is not known");
    /// A group that some places are for only.
    EligibleGroup as "EligibleGroup" of EligibleGroup::ALL, EligibleGroup::code, "no_such_group",
        |typed| format!("there is no group \"{typed}\"");
    /// A part of the answer.
    AnswerPart as "AnswerPart" of [AnswerPart::LeftOut], AnswerPart::code, "no_such_part",
        |typed| format!("there is no part \"{typed}\" to include");
}

vocabulary! {
    /// A published profile, by name.
    ProfileName as "ProfileName": Profile::NAMES, |name| Profile::named(name).map(ProfileName), |name, at, faults| {
        faults.unknown(at, "no_such_profile", format!("there is no profile \"{name}\""), name, Profile::NAMES);
    };
}

impl InputType for Zip {
    type Value = Self;

    fn read(value: &Value, at: FieldPlace, faults: &mut FieldErrors) -> Option<Self> {
        let typed = text(value, at, faults)?;
        let zip = typed.parse().ok();
        if zip.is_none() {
            faults.add(at, "not_a_zip", "a ZIP code is five digits", zip_text::way_out(typed));
        }
        zip
    }

    fn describe(_: &mut Vec<NamedSchema>) -> Value {
        json!({"type": "string", "pattern": "^[0-9]{5}(-?[0-9]{4})?$"})
    }
}

impl InputType for State {
    type Value = Self;

    fn read(value: &Value, at: FieldPlace, faults: &mut FieldErrors) -> Option<Self> {
        let state = text(value, at, faults)?.parse().ok();
        if state.is_none() {
            faults.add(at, "no_such_state", "a state is its two-letter postal code, such as SC", None);
        }
        state
    }

    fn describe(_: &mut Vec<NamedSchema>) -> Value {
        json!({"type": "string", "pattern": "[A-Za-z]", "description": "A state by its postal code, such as MO, or its name."})
    }
}

/// More than 0 and at most [`WIDEST`] miles.
#[derive(Debug)]
pub(crate) struct Radius;

impl InputType for Radius {
    type Value = Miles;

    fn read(value: &Value, at: FieldPlace, faults: &mut FieldErrors) -> Option<Miles> {
        let miles = number(value, at, faults)?;
        let good = (miles > 0.0 && miles <= WIDEST).then(|| Miles::new(miles)).flatten();
        if good.is_none() {
            faults.add(at, "out_of_range", format!("expected more than 0 and at most {WIDEST} miles"), None);
        }
        good
    }

    fn describe(_: &mut Vec<NamedSchema>) -> Value {
        json!({"type": "number", "exclusiveMinimum": 0, "maximum": WIDEST})
    }
}

/// A language by its two lower-case letters (ISO 639-1).
#[derive(Debug)]
pub(crate) struct LanguageCode;

impl InputType for LanguageCode {
    type Value = String;

    fn read(value: &Value, at: FieldPlace, faults: &mut FieldErrors) -> Option<String> {
        let code = text(value, at, faults)?;
        let is_code = code.len() == 2 && code.bytes().all(|b| b.is_ascii_lowercase());
        if !is_code {
            let hint = Some("two lower-case letters (ISO 639-1), such as es".to_owned());
            faults.add(at, "no_such_language", "not a language code", hint);
        }
        is_code.then(|| code.to_owned())
    }

    fn describe(_: &mut Vec<NamedSchema>) -> Value {
        json!({"type": "string", "pattern": "^[a-z]{2}$", "description": "Two lower-case letters (ISO 639-1)."})
    }
}

/// The cursor of a page. The second stage checks that it belongs to this question.
#[derive(Debug)]
pub(crate) struct PageCursor;

impl InputType for PageCursor {
    type Value = String;

    fn read(value: &Value, at: FieldPlace, faults: &mut FieldErrors) -> Option<String> {
        text(value, at, faults).map(str::to_owned)
    }

    fn describe(_: &mut Vec<NamedSchema>) -> Value {
        json!({"type": "string", "pattern": "^[0-9]+-[0-9a-f]{16}$"})
    }
}

/// The weights of the score components, for one delivery mode.
#[derive(Debug)]
pub(crate) struct WeightSet<const TRAVELS: bool>;

impl<const TRAVELS: bool> WeightSet<TRAVELS> {
    const MODE: DeliveryMode = if TRAVELS { DeliveryMode::PatientTravels } else { DeliveryMode::ProviderComes };

    fn parts() -> impl Iterator<Item = ScoreComponent> {
        ScoreComponent::ALL.into_iter().filter(|part| part.applies_to(Self::MODE))
    }
}

impl<const TRAVELS: bool> InputType for WeightSet<TRAVELS> {
    type Value = Weights;

    fn read(value: &Value, at: FieldPlace, faults: &mut FieldErrors) -> Option<Weights> {
        let known: Vec<&'static str> = Self::parts().map(ScoreComponent::code).collect();
        let object = ObjectRule::new(&known).open(value, at, faults)?;
        let mut weights = BTreeMap::new();
        for part in Self::parts() {
            let given = object.get(part.code()).filter(|weight| !weight.is_null());
            if let Some(weight) = given.and_then(|weight| number(weight, at.field(part.code()), faults)) {
                weights.insert(part, weight);
            }
        }
        let wrong = match Weights::new(weights, Self::MODE) {
            Ok(weights) => return Some(weights),
            Err(wrong) => wrong,
        };
        let at = match wrong {
            WeightsError::Sum(_) => at,
            WeightsError::DoesNotApply(part) | WeightsError::OutOfRange(part) | WeightsError::TooMuch(part) => {
                at.field(part.code())
            }
        };
        let hint = format!("weights are 0 to 1 and sum to 1; outcomes weighs at most {MOST_FOR_OUTCOMES}");
        faults.add(at, "wrong_weights", wrong.to_string(), Some(hint));
        None
    }

    fn describe(_: &mut Vec<NamedSchema>) -> Value {
        let share = |part| {
            let most = if part == ScoreComponent::Outcomes { MOST_FOR_OUTCOMES } else { 1.0 };
            json!({"type": ["number", "null"], "description": "Its share.", "minimum": 0, "maximum": most})
        };
        let parts: Map<String, Value> = Self::parts().map(|part| (part.code().to_owned(), share(part))).collect();
        json!({"type": "object", "properties": parts, "additionalProperties": false})
    }
}
