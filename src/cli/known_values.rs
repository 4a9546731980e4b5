//! The values that help and completions name for a flag. The flag takes any text: the question checks it, so that all its
//! errors are reported at once.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Command};

use crate::api_keys::Scope;
use crate::discharge::field_types::EligibleGroup;
use crate::languages;
use crate::place::State;
use crate::profile::Profile;
use crate::provider::Sex;
use crate::screens::input_table::inputs;
use crate::service::{Need, Service};

/// Takes any text and names these values.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KnownValues(fn() -> Vec<PossibleValue>);

impl TypedValueParser for KnownValues {
    type Value = String;

    fn parse_ref(&self, command: &Command, flag: Option<&Arg>, value: &OsStr) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, flag, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.0)().into_iter()))
    }
}

/// The levels of care.
pub(crate) const SERVICES: KnownValues =
    KnownValues(|| Service::ALL.map(|service| PossibleValue::new(service.code()).help(service.label())).to_vec());

/// The needs.
pub(crate) const NEEDS: KnownValues =
    KnownValues(|| Need::all().map(|need| PossibleValue::new(need.code()).help(need.label())).collect());

/// The ranking profiles.
pub(crate) const PROFILES: KnownValues = KnownValues(|| Profile::NAMES.map(PossibleValue::new).to_vec());

/// The scopes of a key.
pub(crate) const SCOPES: KnownValues =
    KnownValues(|| Scope::ALL.map(|scope| PossibleValue::new(scope.code()).help(scope.meaning())).to_vec());

/// The groups that some places are for.
pub(crate) const GROUPS: KnownValues =
    KnownValues(|| EligibleGroup::ALL.map(|group| PossibleValue::new(group.code())).to_vec());

/// The sexes that a place may be limited to.
pub(crate) const SEXES: KnownValues =
    KnownValues(|| [Sex::Female, Sex::Male].map(|sex| PossibleValue::new(sex.code())).to_vec());

/// The states.
pub(crate) const STATES: KnownValues =
    KnownValues(|| State::names().map(|(code, name)| PossibleValue::new(code).help(name)).collect());

/// The languages.
pub(crate) const LANGUAGES: KnownValues = KnownValues(|| {
    let named = |name| languages::code(name).map(|code| PossibleValue::new(code).help(name));
    languages::names().filter_map(named).collect()
});

/// The names of the facts for the rules about the level of care.
pub(crate) const SCREEN_FACTS: KnownValues =
    KnownValues(|| inputs().iter().map(|input| PossibleValue::new(input.name.as_str()).help(input.label.as_str())).collect());
