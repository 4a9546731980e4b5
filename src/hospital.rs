//! What a hospital says of itself in `hospital.toml`: its name, what its case managers mostly ask, and what the law makes it tell its
//! patients. Nothing here can reach the ranking: `matching` may not import it.

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

/// A hospital, as it describes itself. The default says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hospital {
    /// Its name, for the head of a choice list.
    pub name: Option<String>,
    /// Whom a patient calls with questions, as printed.
    pub phone: Option<String>,
    /// What the form of the first page holds before anything is typed.
    pub defaults: HospitalDefaults,
    /// Its financial interests in providers, and theirs in it (42 CFR 482.43(c)(3) names both).
    pub interests: Vec<FinancialInterest>,
    /// Whether it has said that there are none either way; without that and without a table, a choice list says that the hospital has not said.
    pub no_interests: bool,
    /// The home health agencies that asked to be listed (42 CFR 482.43(c)(1)), where the hospital keeps that table.
    pub asked_to_be_listed: Option<Vec<ProviderId>>,
}

/// What the form holds before anything is typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HospitalDefaults {
    /// Where care should be: mostly the hospital's own ZIP.
    pub zip: Option<Zip>,
    /// The service.
    pub service: Option<Service>,
    /// Who pays, as it would be typed: a plan's name, "Medicare", "Medicaid SC".
    pub coverage: Option<String>,
}

/// One financial interest: of the hospital in the provider, or of the provider or its owner in the hospital.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinancialInterest {
    /// The provider, by any of its ids.
    pub provider: ProviderId,
    /// What the interest is, in the hospital's words: "owned by Mercy Health, which also owns this hospital".
    pub says: String,
}

/// The keys outside of its sections.
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
    /// Reads the text of `hospital.toml`.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its line and its key, a line each.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut reader = TomlReader::new(text);
        let mut table = reader.document();
        let places = ["no_interests", "asked_to_be_listed"].map(|key| TomlLocation::of(&table, "", key));
        let defaults = reader.section(&mut table, "defaults").and_then(|section| reader.read("defaults", section));
        let sections = reader.sections(&mut table, "interest");
        let top: HospitalKeys = reader.read("", table).unwrap_or_default();
        if top.no_interests && !sections.is_empty() {
            reader.fault(&places[0], "is true, and below stands an [[interest]]: one of the two is wrong");
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
            reader.fault(&place, &format!("{provider} is told twice; say all of it once"));
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
    typed(from, |_| "a ZIP is five digits in quotes".to_owned())
}

fn service<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Service>, D::Error> {
    typed(from, |code| toml_reader::unknown("service", code, &Service::ALL.map(Service::code)))
}

fn provider<'de, D: Deserializer<'de>>(from: D) -> Result<Option<ProviderId>, D::Error> {
    typed(from, not_a_provider)
}

/// A text that means something.
fn typed<'de, D: Deserializer<'de>, T: FromStr>(from: D, wrong: impl Fn(&str) -> String) -> Result<Option<T>, D::Error> {
    parsed(&String::deserialize(from)?, wrong).map(Some).map_err(D::Error::custom)
}

/// A text, without the spaces around it, as a `T`; `wrong` says what to do about one that is none.
fn parsed<T: FromStr>(text: &str, wrong: impl Fn(&str) -> String) -> Result<T, String> {
    let text = squeeze_spaces(text);
    if text.is_empty() {
        return Err("is empty; leave it away or fill it in".to_owned());
    }
    text.parse().map_err(|_| wrong(&text))
}

fn not_a_provider(typed: &str) -> String {
    format!("\"{typed}\" is no id of a provider, such as \"ccn:425003\" or \"npi:1234567893\"")
}
