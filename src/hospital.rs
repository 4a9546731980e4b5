//! `hospital.toml`: the hospital's name, the defaults of the search form, and the disclosures the
//! law requires. None of it can affect the ranking: `matching` may not import this module.

use std::collections::BTreeSet;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use toml::Spanned;
use toml::de::DeTable;

use crate::hospital::ehr_words::EhrWords;
use crate::hospital::language_notice::LanguageNotice;
use crate::hospital::logo::HospitalLogo;
use crate::hospital::marks::HospitalMarks;
use crate::hospital::recommendation::HospitalRecommendation;
use crate::hospital::sharing::SharingArrangement;
use crate::hospital::values::{choice, hospital_id, not_a_provider, parsed, provider, service, words, zip};
use crate::hospital_id::HospitalId;
use crate::place::Zip;
use crate::provider::ProviderId;
use crate::service::Service;
use crate::toml_reader::{TomlLocation, TomlReader};

pub mod ehr_words;
pub mod group;
pub mod language_notice;
pub mod logo;
pub mod marks;
pub mod recognition;
pub mod recommendation;
pub mod sharing;
pub(crate) mod units;
pub(crate) mod values;

/// An example of `hospital.toml`; `placement template hospital` prints it.
pub const EXAMPLE: &str = include_str!("../data/curated/templates/hospital.toml");

/// The contents of `hospital.toml`. The default is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hospital {
    /// The id under which its records are kept, for an installation that serves several hospitals.
    pub id: HospitalId,
    /// What recognizes it on a server with several hospitals.
    pub marks: HospitalMarks,
    /// The group of hospitals that share what they hear of providers, and outcomes.
    pub group: Option<String>,
    /// The units that may be named as the source of an observation.
    pub units: Vec<String>,
    /// Whether questions that no provider met are counted, in codes, for the manager's page.
    pub counts_unmet_needs: bool,
    /// Name, printed at the top of a choice list.
    pub name: Option<String>,
    /// The file of its logo, as given: relative to the folder of `hospital.toml`.
    pub logo_file: Option<String>,
    /// Its logo, once the file has been read.
    pub logo: Option<HospitalLogo>,
    /// Phone number for patients' questions, as printed.
    pub phone: Option<String>,
    /// Its kind, which decides the rules that a choice list follows.
    pub kind: HospitalKind,
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
    /// Providers with which the hospital shares savings or costs under a Medicare model.
    pub sharing: Vec<SharingArrangement>,
    /// Its sentence about them, printed below the complete list; `None` unless it is switched on.
    pub recommendation: Option<HospitalRecommendation>,
    /// The notice of free language help in further languages.
    pub language_notices: Vec<LanguageNotice>,
    /// What the EHR's own codes and names of payers mean.
    pub ehr_words: EhrWords,
}

/// The kind of a hospital, by the conditions of participation that it follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum HospitalKind {
    /// A hospital under 42 CFR part 482.
    #[default]
    Acute,
    /// A critical access hospital, under 42 CFR part 485 subpart F.
    CriticalAccess,
}

impl HospitalKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Acute, Self::CriticalAccess];

    /// The word in `hospital.toml` and in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Acute => "acute",
            Self::CriticalAccess => "critical_access",
        }
    }
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
    logo: Option<String>,
    #[serde(deserialize_with = "words")]
    phone: Option<String>,
    #[serde(deserialize_with = "kind")]
    kind: Option<HospitalKind>,
    #[serde(deserialize_with = "hospital_id")]
    id: Option<HospitalId>,
    hosts: Vec<Spanned<String>>,
    #[serde(deserialize_with = "words")]
    claim: Option<String>,
    issuers: Vec<String>,
    #[serde(deserialize_with = "words")]
    group: Option<String>,
    units: Vec<Spanned<String>>,
    count_unmet_needs: bool,
    no_interests: bool,
    asked_to_be_listed: Option<Vec<Spanned<String>>>,
    #[serde(rename = "defaults")]
    _defaults: Option<IgnoredAny>,
    #[serde(rename = "interest")]
    _interest: Option<IgnoredAny>,
    #[serde(rename = "sharing")]
    _sharing: Option<IgnoredAny>,
    #[serde(rename = "recommendation")]
    _recommendation: Option<IgnoredAny>,
    #[serde(rename = "language_notice")]
    _language_notice: Option<IgnoredAny>,
    #[serde(rename = "cds")]
    _cds: Option<IgnoredAny>,
}

fn kind<'de, D: Deserializer<'de>>(from: D) -> Result<Option<HospitalKind>, D::Error> {
    choice(from, "kind", HospitalKind::ALL, HospitalKind::code)
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
    /// Whether it stated its financial interests, or that there are none.
    pub fn states_interests(&self) -> bool {
        self.no_interests || !self.interests.is_empty()
    }

    /// Parses the text of `hospital.toml`. The file of its logo is not read.
    ///
    /// # Errors
    /// Every error with its line and key, one per line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut reader = TomlReader::new(text);
        let mut table = reader.document();
        let places = ["no_interests", "asked_to_be_listed", "units", "hosts"].map(|key| TomlLocation::of(&table, "", key));
        let defaults = reader.section(&mut table, "defaults").and_then(|section| reader.read("defaults", section));
        let sections = reader.sections(&mut table, "interest");
        let shared = reader.sections(&mut table, "sharing");
        let recommended = reader.section(&mut table, "recommendation");
        let notices = reader.sections(&mut table, "language_notice");
        let ehr_words = ehr_words::ehr_words(&mut reader, &mut table);
        let top: HospitalKeys = reader.read("", table).unwrap_or_default();
        if top.no_interests && !sections.is_empty() {
            reader.fault(&places[0], "is true, but the file has an [[interest]]; remove one of the two");
        }
        let DefaultsSection { zip, service, coverage } = defaults.unwrap_or_default();
        let kind = top.kind.unwrap_or_default();
        let has_sharing = !shared.is_empty();
        let hospital = Self {
            id: top.id.unwrap_or_default(),
            marks: HospitalMarks {
                hosts: marks::hosts(&mut reader, &places[3], top.hosts),
                claim: top.claim,
                issuers: top.issuers,
            },
            group: top.group,
            units: units::named(&mut reader, &places[2], top.units),
            counts_unmet_needs: top.count_unmet_needs,
            name: top.name,
            logo_file: top.logo,
            logo: None,
            phone: top.phone,
            kind,
            defaults: HospitalDefaults { zip, service, coverage },
            interests: interests(&mut reader, sections),
            no_interests: top.no_interests,
            asked_to_be_listed: top.asked_to_be_listed.map(|agencies| listed(&mut reader, &places[1], agencies)),
            sharing: sharing::arrangements(&mut reader, shared, kind == HospitalKind::Acute),
            recommendation: recommendation::recommendation(&mut reader, recommended, has_sharing),
            language_notices: language_notice::notices(&mut reader, notices),
            ehr_words,
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
