//! `hospital.toml`: the hospital's name, the defaults of the search form, and the disclosures the
//! law requires. None of it can affect the ranking: `matching` may not import this module.

use std::collections::BTreeSet;
use std::str::FromStr;

use serde::de::{Error, IgnoredAny};
use serde::{Deserialize, Deserializer};
use toml::Spanned;
use toml::de::DeTable;

use crate::place::Zip;
use crate::provider::ProviderId;
use crate::service::Service;
use crate::text::squeeze_spaces;
use crate::toml_reader;
use crate::toml_reader::{TomlLocation, TomlReader};

/// An example of `hospital.toml`; `placement template hospital` prints it.
pub const EXAMPLE: &str = include_str!("../data/curated/templates/hospital.toml");

/// The contents of `hospital.toml`. The default is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hospital {
    /// Name, printed at the top of a choice list.
    pub name: Option<String>,
    /// Phone number for patients' questions, as printed.
    pub phone: Option<String>,
    /// Initial values of the search form.
    pub defaults: HospitalDefaults,
    /// The hospital's financial interests in providers, and theirs in the hospital (42 CFR
    /// 482.43(c)(3) names both).
    pub interests: Vec<FinancialInterest>,
    /// The hospital states that there are none either way. Without this and without `interests`, a
    /// choice list says that the hospital has not reported any.
    pub no_interests: bool,
    /// The home health agencies that asked to be listed (42 CFR 482.43(c)(1)); `None` if the
    /// hospital keeps no record of them.
    pub asked_to_be_listed: Option<Vec<ProviderId>>,
}

/// Initial values of the search form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HospitalDefaults {
    /// The ZIP to search around, usually the hospital's own.
    pub zip: Option<Zip>,
    /// The service.
    pub service: Option<Service>,
    /// The coverage as typed: a plan's name, "Medicare", "Medicaid SC".
    pub coverage: Option<String>,
}

/// One financial interest: of the hospital in the provider, or of the provider or its owner in the
/// hospital.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinancialInterest {
    /// The provider, by any of its IDs.
    pub provider: ProviderId,
    /// A description in the hospital's words: "owned by Mercy Health, which also owns this
    /// hospital".
    pub says: String,
}

/// The top-level keys.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct HospitalKeys {
    #[serde(deserialize_with = "words")]
    name: Option<String>,
    #[serde(deserialize_with = "words")]
    phone: Option<String>,
    no_interests: bool,
    asked_to_be_listed: Option<Vec<Spanned<String>>>,
    #[serde(rename = "defaults")]
    _defaults: Option<IgnoredAny>,
    #[serde(rename = "interest")]
    _interest: Option<IgnoredAny>,
}

/// `[defaults]`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct DefaultsSection {
    #[serde(deserialize_with = "zip")]
    zip: Option<Zip>,
    #[serde(deserialize_with = "service")]
    service: Option<Service>,
    #[serde(deserialize_with = "words")]
    coverage: Option<String>,
}

/// `[[interest]]`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct InterestSection {
    #[serde(deserialize_with = "provider")]
    provider: Option<ProviderId>,
    #[serde(deserialize_with = "words")]
    says: Option<String>,
}

impl Hospital {
    /// Parses the text of `hospital.toml`.
    ///
    /// # Errors
    /// Every error with its line and key, one per line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut reader = TomlReader::new(text);
        let mut table = reader.document();
        let places = ["no_interests", "asked_to_be_listed"].map(|key| TomlLocation::of(&table, "", key));
        let defaults = reader.section(&mut table, "defaults").and_then(|section| reader.read("defaults", section));
        let sections = reader.sections(&mut table, "interest");
        let top: HospitalKeys = reader.read("", table).unwrap_or_default();
        if top.no_interests && !sections.is_empty() {
            reader.fault(&places[0], "is true, but the file has an [[interest]]; remove one of the two");
        }
        let DefaultsSection { zip, service, coverage } = defaults.unwrap_or_default();
        let hospital = Self {
            name: top.name,
            phone: top.phone,
            defaults: HospitalDefaults { zip, service, coverage },
            interests: interests(&mut reader, sections),
            no_interests: top.no_interests,
            asked_to_be_listed: top.asked_to_be_listed.map(|agencies| listed(&mut reader, &places[1], agencies)),
        };
        reader.finish(Some(hospital))
    }
}

fn interests(reader: &mut TomlReader<'_>, sections: Vec<DeTable<'_>>) -> Vec<FinancialInterest> {
    let mut interests: Vec<FinancialInterest> = Vec::new();
    let mut seen = BTreeSet::new();
    for section in sections {
        let place = TomlLocation::of(&section, "interest", "provider");
        reader.require("interest", &section, &["provider", "says"]);
        let Some(InterestSection { provider, says }) = reader.read("interest", section) else { continue };
        if let Some(provider) = provider.clone().filter(|provider| !seen.insert(provider.clone())) {
            reader.fault(&place, &format!("{provider} has two [[interest]] sections; combine them into one"));
        }
        interests.extend(provider.zip(says).map(|(provider, says)| FinancialInterest { provider, says }));
    }
    interests
}

fn listed(reader: &mut TomlReader<'_>, place: &TomlLocation, agencies: Vec<Spanned<String>>) -> Vec<ProviderId> {
    let mut seen: Vec<ProviderId> = Vec::new();
    for typed in agencies {
        let place = place.item(typed.span().start);
        match parsed(typed.get_ref(), not_a_provider) {
            Ok(id) if seen.contains(&id) => reader.fault(&place, &format!("{id} is given twice")),
            Ok(id) => seen.push(id),
            Err(what) => reader.fault(&place, &what),
        }
    }
    seen
}

fn words<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    typed(from, |_| String::new())
}

fn zip<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Zip>, D::Error> {
    typed(from, |_| "a ZIP code is five digits in quotes".to_owned())
}

fn service<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Service>, D::Error> {
    typed(from, |code| toml_reader::unknown("service", code, &Service::ALL.map(Service::code)))
}

fn provider<'de, D: Deserializer<'de>>(from: D) -> Result<Option<ProviderId>, D::Error> {
    typed(from, not_a_provider)
}

/// Deserializes a string and parses it.
fn typed<'de, D: Deserializer<'de>, T: FromStr>(from: D, wrong: impl Fn(&str) -> String) -> Result<Option<T>, D::Error> {
    parsed(&String::deserialize(from)?, wrong).map(Some).map_err(D::Error::custom)
}

/// Parses `text` without surrounding spaces; `wrong` describes the error of an invalid value.
fn parsed<T: FromStr>(text: &str, wrong: impl Fn(&str) -> String) -> Result<T, String> {
    let text = squeeze_spaces(text);
    if text.is_empty() {
        return Err("is empty; fill it in or remove it".to_owned());
    }
    text.parse().map_err(|_| wrong(&text))
}

fn not_a_provider(typed: &str) -> String {
    format!("\"{typed}\" is not a provider ID such as \"ccn:425003\" or \"npi:1234567893\"")
}
