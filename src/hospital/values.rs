//! How the values of `hospital.toml` are read: each with an error that says what to write instead.

use std::str::FromStr;

use jiff::civil::Date;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::hospital_id::{HospitalId, ParseHospitalIdError};
use crate::languages;
use crate::place::Zip;
use crate::provider::ProviderId;
use crate::service::Service;
use crate::text::squeeze_spaces;
use crate::toml_reader;

pub(crate) fn words<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    typed(from, |_| String::new())
}

pub(crate) fn zip<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Zip>, D::Error> {
    typed(from, |_| "a ZIP code is five digits in quotes".to_owned())
}

pub(crate) fn hospital_id<'de, D: Deserializer<'de>>(from: D) -> Result<Option<HospitalId>, D::Error> {
    typed(from, |_| ParseHospitalIdError.to_string())
}

pub(crate) fn service<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Service>, D::Error> {
    typed(from, |code| toml_reader::unknown("service", code, &Service::ALL.map(Service::code)))
}

pub(crate) fn provider<'de, D: Deserializer<'de>>(from: D) -> Result<Option<ProviderId>, D::Error> {
    typed(from, not_a_provider)
}

pub(crate) fn day<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Date>, D::Error> {
    typed(from, |text| format!("\"{text}\" is not a date such as \"2026-01-31\""))
}

/// The ISO 639-1 code of a language that was given by code or by English name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NamedLanguage(pub(crate) &'static str);

impl FromStr for NamedLanguage {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        languages::code(text).map(Self).ok_or(())
    }
}

pub(crate) fn language<'de, D: Deserializer<'de>>(from: D) -> Result<Option<NamedLanguage>, D::Error> {
    typed(from, |text| {
        let like = languages::alike(text);
        let hint = like.first().map(|name| format!("; did you mean {name}?")).unwrap_or_default();
        format!("there is no language \"{text}\"{hint}")
    })
}

/// One of the words in `all`.
pub(crate) fn choice<'de, D: Deserializer<'de>, T: Copy, const N: usize>(
    from: D,
    what: &str,
    all: [T; N],
    code: fn(T) -> &'static str,
) -> Result<Option<T>, D::Error> {
    let text = squeeze_spaces(&String::deserialize(from)?);
    let found = all.into_iter().find(|word| code(*word) == text);
    found.map(Some).ok_or_else(|| D::Error::custom(toml_reader::unknown(what, &text, &all.map(code))))
}

/// Deserializes a string and parses it.
fn typed<'de, D: Deserializer<'de>, T: FromStr>(from: D, wrong: impl Fn(&str) -> String) -> Result<Option<T>, D::Error> {
    parsed(&String::deserialize(from)?, wrong).map(Some).map_err(D::Error::custom)
}

/// Parses `text` without surrounding spaces; `wrong` describes the error of an invalid value.
pub(crate) fn parsed<T: FromStr>(text: &str, wrong: impl Fn(&str) -> String) -> Result<T, String> {
    let text = squeeze_spaces(text);
    if text.is_empty() {
        return Err("is empty; fill it in or remove it".to_owned());
    }
    text.parse().map_err(|_| wrong(&text))
}

pub(crate) fn not_a_provider(typed: &str) -> String {
    format!("\"{typed}\" is not a provider ID such as \"ccn:425003\" or \"npi:1234567893\"")
}
