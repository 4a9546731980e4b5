//! `[cds]`: what the EHR's own codes of orders and its own names of payers mean, and what its cards
//! offer. Read with the rest of `hospital.toml`, so that every error is reported at once.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::de::{DeTable, DeValue};

use crate::coverage::PlanDirectory;
use crate::coverage::payer_words::{PayerReading, read_payer};
use crate::coverage::plan_spelling::plan_words;
use crate::fuzzy::{did_you_mean, nearest};
use crate::service::{Need, Service};
use crate::text::squeeze_spaces;
use crate::toml_reader::{TomlLocation, TomlReader};

/// Most entries of each table. Our choice: more than the order catalog of a hospital has referrals.
const MOST: usize = 5_000;
/// Most characters of a code or name. Our choice.
const LONGEST: usize = 200;
/// The word for a code that asks for no post-acute service.
const NOTHING: &str = "none";

/// The meaning that one or several codes share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeMapping {
    /// The meaning in our words.
    pub label: String,
    /// The service they ask for; `None` for a code that asks for none.
    pub service: Option<Service>,
    /// The needs they imply.
    pub needs: Vec<Need>,
    /// What to know if the code can be read otherwise; without a note the reading is certain.
    pub note: Option<String>,
}

/// What the hospital taught the program about its EHR.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EhrWords {
    /// By `system|code`, or by the code alone for any system.
    codes: BTreeMap<String, CodeMapping>,
    /// As a user would type the coverage, by the words of the EHR's name.
    payers: BTreeMap<String, String>,
    /// Whether a card offers a draft task.
    pub suggests_task: bool,
}

/// The keys of `[cds]` besides its tables.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct CdsKeys {
    suggest_task: bool,
    #[serde(rename = "codes")]
    _codes: Option<serde::de::IgnoredAny>,
    #[serde(rename = "payers")]
    _payers: Option<serde::de::IgnoredAny>,
}

impl EhrWords {
    /// The meaning of a code, as the hospital taught it.
    pub(crate) fn order(&self, system: Option<&str>, code: &str) -> Option<&CodeMapping> {
        let of_system = system.and_then(|system| self.codes.get(&format!("{}|{}", system.trim(), code.trim())));
        of_system.or_else(|| self.codes.get(code.trim()))
    }

    /// What a user would type for the payer that the EHR calls `name`.
    pub(crate) fn payer(&self, name: &str) -> Option<&str> {
        if self.payers.is_empty() { None } else { self.payers.get(&spelled(name)).map(String::as_str) }
    }
}

/// A name as it is compared: in words, whatever their case and marks.
fn spelled(name: &str) -> String {
    plan_words(name).join(" ")
}

/// Reads the section `[cds]` of `table`.
pub(crate) fn ehr_words<'a>(reader: &mut TomlReader<'a>, table: &mut DeTable<'a>) -> EhrWords {
    let Some(mut section) = reader.section(table, "cds") else { return EhrWords::default() };
    let codes = reader.section(&mut section, "codes");
    let payers = reader.section(&mut section, "payers");
    let keys: CdsKeys = reader.read("cds", section).unwrap_or_default();
    let mut words = EhrWords { suggests_task: keys.suggest_task, ..EhrWords::default() };
    for (place, name, value) in texts(reader, codes, "cds.codes") {
        match mapping(&value) {
            Ok(meaning) => drop(words.codes.insert(name, meaning)),
            Err(what) => reader.fault(&place, &what),
        }
    }
    for (place, name, value) in texts(reader, payers, "cds.payers") {
        match payer(&name, &value) {
            Ok((name, _)) if words.payers.contains_key(&name) => {
                reader.fault(&place, "is given twice, in another spelling");
            }
            Ok((name, value)) => drop(words.payers.insert(name, value)),
            Err(what) => reader.fault(&place, &what),
        }
    }
    words
}

/// The entries of a table of texts.
fn texts(reader: &mut TomlReader<'_>, table: Option<DeTable<'_>>, path: &str) -> Vec<(TomlLocation, String, String)> {
    let mut read = Vec::new();
    let Some(table) = table else { return read };
    if table.len() > MOST {
        let at = table.keys().map(|key| key.span().start).min().unwrap_or_default();
        reader.fault(&TomlLocation::new(at, path), &format!("has {} entries; at most {MOST} are read", table.len()));
        return read;
    }
    for (key, value) in &table {
        let name = squeeze_spaces(key.get_ref());
        let place = TomlLocation::new(key.span().start, &format!("{path}.\"{name}\""));
        match value.get_ref() {
            _ if name.is_empty() || name.chars().count() > LONGEST => {
                reader.fault(&place, &format!("a code or name has 1 to {LONGEST} characters"));
            }
            DeValue::String(text) => read.push((place, name, squeeze_spaces(text))),
            _ => reader.fault(&place, "expected a text in quotes"),
        }
    }
    read
}

/// What a code means: a service with the needs that come with it, or none.
fn mapping(typed: &str) -> Result<CodeMapping, String> {
    let (mut services, mut needs, mut is_none) = (Vec::new(), Vec::new(), false);
    for word in typed.split([',', ' ']).filter(|word| !word.is_empty()) {
        if let Ok(service) = word.parse::<Service>() {
            services.push(service);
        } else if let Ok(need) = word.parse::<Need>() {
            needs.push(need);
        } else if word == NOTHING {
            is_none = true;
        } else {
            let known = Service::ALL.into_iter().map(Service::code).chain(Need::all().map(Need::code)).chain([NOTHING]);
            let hint = did_you_mean(&nearest(word, known, 1)).map(|hint| format!("; {hint}")).unwrap_or_default();
            return Err(format!("there is no service or need \"{word}\"{hint}"));
        }
    }
    let service = match (&services[..], is_none) {
        ([service], false) => Some(*service),
        ([], true) if needs.is_empty() => None,
        _ => {
            return Err("expected one service, such as \"home_health\", and needs after it; or \"none\"".to_owned());
        }
    };
    let label = service.map_or("nothing after the hospital", Service::label).to_lowercase();
    Ok(CodeMapping { label: format!("the hospital's own code: {label}"), service, needs, note: None })
}

/// The name as it is compared, and the coverage as a user would type it.
fn payer(name: &str, typed: &str) -> Result<(String, String), String> {
    let wrong = match read_payer(typed, &PlanDirectory::default()) {
        PayerReading::NotAsked => Some("is empty; write a plan of the directory, Medicare, Medicaid MO or self pay"),
        PayerReading::WhichState { .. } => Some("Medicaid needs its state: write Medicaid MO"),
        PayerReading::NotAState(_) => Some("Medicaid is followed by a state: write Medicaid MO"),
        PayerReading::MedicareAndMedicaid => Some("names two programs; write the one that pays first"),
        _ => None,
    };
    match (wrong, spelled(name)) {
        (Some(wrong), _) => Err(wrong.to_owned()),
        (None, name) if name.is_empty() => Err("the name has no letters or digits".to_owned()),
        (None, name) => Ok((name, typed.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hospital::Hospital;

    #[test]
    fn the_ehrs_own_codes_and_payers_are_read() {
        let text = "[cds]\nsuggest_task = true\n[cds.codes]\n\"urn:mercy|REF-HH\" = \"home_health, rehab.pt\"\nXR = \"none\"\n\
                    [cds.payers]\n\"AETNA  Mcr Adv\" = \"Choice HMO (Larkwater Health)\"\n\"60054\" = \"Medicare\"\n";
        let words = Hospital::parse(text).unwrap().ehr_words;
        let order = words.order(Some("urn:mercy"), "REF-HH").unwrap();
        assert_eq!((order.service, order.needs.len()), (Some(Service::HomeHealth), 1));
        assert_eq!(words.order(Some("urn:other"), "REF-HH"), None);
        assert_eq!(words.order(Some("urn:any"), "XR").map(|order| order.service), Some(None));
        assert_eq!(words.order(None, "XR").map(|order| order.service), Some(None));
        assert_eq!(words.payer("Aetna MCR-adv"), Some("Choice HMO (Larkwater Health)"));
        assert_eq!((words.payer("60054"), words.payer("Aetna")), (Some("Medicare"), None));
        assert!(words.suggests_task && !EhrWords::default().suggests_task);
    }

    #[test]
    fn everything_wrong_is_told_at_once_with_its_line() {
        let text = "[cds]\nsugest_task = true\n[cds.codes]\na = \"home_helth\"\nb = \"home_health hospice\"\nc = 3\nd = \"none rehab.pt\"\n\
                    [cds.payers]\ne = \"medicaid\"\nf = \"\"\n\"A-B\" = \"x\"\n\"a b\" = \"y\"\n";
        let faults = Hospital::parse(text).unwrap_err();
        let lines: Vec<&str> = faults.lines().filter_map(|line| line.split(':').next()).collect();
        assert_eq!(lines, ["line 2", "line 4", "line 5", "line 6", "line 7", "line 9", "line 10", "line 12"], "{faults}");
        assert!(faults.contains("did you mean home_health"), "{faults}");
    }
}
