//! What a hospital says of itself in `hospital.toml`: its name, what its case managers mostly ask, and what the law makes it tell its
//! patients. Nothing here can reach the ranking: `matching` may not import it.

use std::collections::BTreeSet;

use crate::hospital::file::HospitalFile;
use crate::place::Zip;
use crate::provider::ProviderId;
use crate::service::Service;

pub(crate) mod file;

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

impl Hospital {
    /// Reads the text of `hospital.toml`.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its line and its key, a line each.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut file = HospitalFile::new(text);
        let mut top = file.document();
        let hospital = Self {
            name: file.text(&mut top, "name"),
            phone: file.text(&mut top, "phone"),
            defaults: file.section(&mut top, "defaults").map(|section| defaults(&mut file, section)).unwrap_or_default(),
            interests: interests(&mut file, &mut top),
            no_interests: file.flag(&mut top, "no_interests").unwrap_or_default(),
            asked_to_be_listed: asked_to_be_listed(&mut file, &mut top),
        };
        file.deny_unknown(&top, &KEYS);
        file.into_result().map(|()| hospital)
    }
}

const KEYS: [&str; 6] = ["name", "phone", "no_interests", "asked_to_be_listed", "defaults", "interest"];

fn defaults(file: &mut HospitalFile<'_>, mut section: file::TomlTable<'_>) -> HospitalDefaults {
    const NOT_A_ZIP: &str = "a ZIP is five digits in quotes";
    let services = Service::ALL.map(Service::code);
    let defaults = HospitalDefaults {
        zip: file.parsed(&mut section, "zip", |_| NOT_A_ZIP.to_owned()),
        service: file.parsed(&mut section, "service", |typed| file::unknown("service", typed, &services)),
        coverage: file.text(&mut section, "coverage"),
    };
    file.deny_unknown(&section, &["zip", "service", "coverage"]);
    defaults
}

fn interests(file: &mut HospitalFile<'_>, top: &mut file::TomlTable<'_>) -> Vec<FinancialInterest> {
    let none = file.place(top, "no_interests");
    let says_none = file.optional_flag(top, "no_interests");
    let mut interests: Vec<FinancialInterest> = Vec::new();
    let mut seen = BTreeSet::new();
    let sections = file.sections(top, "interest");
    if says_none && !sections.is_empty() {
        file.push_error(&none, "is true, and below stands an [[interest]]: one of the two is wrong");
    }
    for mut section in sections {
        let place = file.place(&section, "provider");
        let provider: Option<ProviderId> = file.required(&mut section, "provider", not_a_provider);
        let says = file.required(&mut section, "says", |_: &str| String::new());
        file.deny_unknown(&section, &["provider", "says"]);
        if let Some(provider) = &provider
            && !seen.insert(provider.clone())
        {
            file.push_error(&place, &format!("{provider} is told twice; say all of it once"));
        }
        interests.extend(provider.zip(says).map(|(provider, says)| FinancialInterest { provider, says }));
    }
    interests
}

fn asked_to_be_listed(file: &mut HospitalFile<'_>, top: &mut file::TomlTable<'_>) -> Option<Vec<ProviderId>> {
    let agencies = file.texts(top, "asked_to_be_listed")?;
    let mut seen: Vec<ProviderId> = Vec::new();
    for (place, typed) in agencies {
        match typed.parse::<ProviderId>() {
            Ok(id) if seen.contains(&id) => file.push_error(&place, &format!("{id} is given twice")),
            Ok(id) => seen.push(id),
            Err(_) => file.push_error(&place, &not_a_provider(&typed)),
        }
    }
    Some(seen)
}

fn not_a_provider(typed: &str) -> String {
    format!("\"{typed}\" is no id of a provider, such as \"ccn:425003\" or \"npi:1234567893\"")
}
