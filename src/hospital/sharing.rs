//! `[[sharing]]`: providers with which the hospital shares savings or costs under a Medicare model.
//!
//! A list marks them and keeps its order.

use jiff::civil::Date;
use serde::{Deserialize, Deserializer};
use toml::de::DeTable;

use crate::hospital::values::{choice, day, provider};
use crate::provider::ProviderId;
use crate::toml_reader::{TomlLocation, TomlReader};

/// The Medicare model of an arrangement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SharingModel {
    /// The Transforming Episode Accountability Model: a list must mark the provider (42 CFR
    /// 512.582(a)(3)(ii)).
    Team,
    /// An accountable care organization: marked because the hospital chose to.
    Aco,
}

impl SharingModel {
    /// Every model.
    pub const ALL: [Self; 2] = [Self::Team, Self::Aco];

    /// The word in `hospital.toml` and in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Team => "team",
            Self::Aco => "aco",
        }
    }
}

/// One arrangement of the hospital with a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharingArrangement {
    /// The provider, by any of its IDs.
    pub provider: ProviderId,
    /// The model.
    pub model: SharingModel,
    /// Its first day.
    pub since: Date,
    /// Its last day; `None` if it has no end yet.
    pub until: Option<Date>,
}

impl SharingArrangement {
    /// Whether it applies on `day`.
    pub fn applies_on(&self, day: Date) -> bool {
        self.since <= day && self.until.is_none_or(|until| day <= until)
    }
}

/// The keys of a section.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SharingSection {
    #[serde(deserialize_with = "provider")]
    provider: Option<ProviderId>,
    #[serde(deserialize_with = "model")]
    model: Option<SharingModel>,
    #[serde(deserialize_with = "day")]
    since: Option<Date>,
    #[serde(deserialize_with = "day")]
    until: Option<Date>,
}

fn model<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SharingModel>, D::Error> {
    choice(from, "model", SharingModel::ALL, SharingModel::code)
}

/// Reads all sections. `may_join_team` is false for a hospital that Medicare does not pay by case.
pub(crate) fn arrangements(
    reader: &mut TomlReader<'_>,
    sections: Vec<DeTable<'_>>,
    may_join_team: bool,
) -> Vec<SharingArrangement> {
    let mut found: Vec<SharingArrangement> = Vec::new();
    for section in sections {
        let place = |key| TomlLocation::of(&section, "sharing", key);
        let (at_provider, at_model, at_until) = (place("provider"), place("model"), place("until"));
        reader.require("sharing", &section, &["provider", "model", "since"]);
        let Some(SharingSection { provider, model, since, until }) = reader.read("sharing", section) else { continue };
        if model == Some(SharingModel::Team) && !may_join_team {
            reader
                .fault(&at_model, "a critical_access hospital cannot take part in TEAM; remove the section or correct kind");
        }
        if let (Some(since), Some(until)) = (since, until)
            && until < since
        {
            reader.fault(&at_until, &format!("{until} is before since, {since}"));
        }
        let (Some(provider), Some(model), Some(since)) = (provider, model, since) else { continue };
        if found.iter().any(|known| known.provider == provider && known.model == model) {
            let code = model.code();
            reader.fault(&at_provider, &format!("{provider} has two [[sharing]] sections of {code}; combine them into one"));
            continue;
        }
        found.push(SharingArrangement { provider, model, since, until });
    }
    found
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn an_arrangement_applies_from_its_first_day_to_its_last() {
        let mut arrangement = SharingArrangement {
            provider: "ccn:265001".parse().unwrap(),
            model: SharingModel::Team,
            since: date(2026, 1, 1),
            until: Some(date(2026, 12, 31)),
        };
        for (day, applies) in
            [(date(2025, 12, 31), false), (date(2026, 1, 1), true), (date(2026, 12, 31), true), (date(2027, 1, 1), false)]
        {
            assert_eq!(arrangement.applies_on(day), applies, "{day}");
        }
        arrangement.until = None;
        assert!(arrangement.applies_on(date(2030, 1, 1)));
    }
}
