//! The meaning of codes in a call: `data/curated/cds/orders.toml`, read once, and the NUCC codes of
//! the services.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::hospital::ehr_words::{CodeMapping, EhrWords};
use crate::serve::cds_hooks::prefetch::{HookCoding, HookConcept, key};
use crate::service::Service;

/// The meaning of an order with any of `concepts`: that of the first known code.
///
/// The hospital's own meaning of a code goes before ours.
pub(crate) fn order<'a, 'w>(
    concepts: impl IntoIterator<Item = &'a HookConcept>,
    taught: &'w EhrWords,
) -> Option<&'w CodeMapping> {
    first(concepts, |coding| {
        let own = taught.order(coding.system.as_deref(), coding.code.as_deref()?);
        own.or_else(|| TABLE.orders.get(&coding.key()?)).or_else(|| taxonomy(coding))
    })
}

/// The meaning of a discharge disposition.
pub(crate) fn disposition<'w>(concept: &HookConcept, taught: &'w EhrWords) -> Option<&'w CodeMapping> {
    first([concept], |coding| {
        // A code that the hospital taught as asking for nothing does not say that the patient has left.
        let own = taught.order(coding.system.as_deref(), coding.code.as_deref()?).filter(|own| own.service.is_some());
        own.or_else(|| TABLE.dispositions.get(&coding.key()?))
    })
}

/// The payer that a type of coverage names by itself, as a user would type it.
pub(crate) fn payer(concept: &HookConcept) -> Option<&'static str> {
    first([concept], |coding| TABLE.payers.get(&coding.key()?)).map(String::as_str)
}

fn first<'a, 'w, T>(
    concepts: impl IntoIterator<Item = &'a HookConcept>,
    known: impl Fn(&HookCoding) -> Option<&'w T>,
) -> Option<&'w T> {
    concepts.into_iter().flat_map(|concept| &concept.coding).find_map(known)
}

/// The names of the NUCC provider taxonomy in FHIR.
const NUCC: [&str; 2] = ["http://nucc.org/provider-taxonomy", "urn:oid:2.16.840.1.113883.6.101"];

/// The service whose providers have that taxonomy code.
fn taxonomy(coding: &HookCoding) -> Option<&'static CodeMapping> {
    static SERVICES: LazyLock<Vec<(Service, CodeMapping)>> = LazyLock::new(|| {
        let meaning = |service: Service| CodeMapping {
            label: format!("provider type: {}", service.label().to_lowercase()),
            service: Some(service),
            needs: Vec::new(),
            note: None,
        };
        Service::ALL.map(|service| (service, meaning(service))).into()
    });
    let (system, code) = (coding.system.as_deref()?, coding.code.as_deref()?);
    let known = SERVICES.iter().find(|(service, _)| service.taxonomy().contains(&code));
    known.filter(|_| NUCC.contains(&system)).map(|(_, meaning)| meaning)
}

/// The table by [`HookCoding::key`].
#[derive(Debug, Default)]
struct CodeTable {
    orders: HashMap<String, CodeMapping>,
    dispositions: HashMap<String, CodeMapping>,
    payers: HashMap<String, String>,
}

static TABLE: LazyLock<CodeTable> = LazyLock::new(|| {
    // A test reads the same text and fails if it is wrong, so no release uses the empty table.
    FILE.as_ref().map(OrderCodesFile::table).unwrap_or_default()
});

static FILE: LazyLock<Result<OrderCodesFile, toml::de::Error>> = LazyLock::new(|| toml::from_str(ORDERS));

const ORDERS: &str = include_str!("../../../data/curated/cds/orders.toml");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OrderCodesFile {
    #[expect(dead_code, reason = "for people, and to tell tables apart")]
    version: u32,
    system: Vec<CodeSystem>,
    order: Vec<CodeLine>,
    disposition: Vec<CodeLine>,
    payer: Vec<PayerLine>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeSystem {
    name: String,
    #[expect(dead_code, reason = "for people who read the table")]
    label: String,
    uris: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeLine {
    system: String,
    codes: Vec<String>,
    label: String,
    service: Option<String>,
    #[serde(default)]
    needs: Vec<String>,
    note: Option<String>,
    #[serde(default)]
    ends: bool,
    #[expect(dead_code, reason = "who defines the code, for people")]
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PayerLine {
    system: String,
    codes: Vec<String>,
    #[expect(dead_code, reason = "for people who read the table")]
    label: String,
    means: String,
    #[expect(dead_code, reason = "who defines the code, for people")]
    source: String,
}

impl OrderCodesFile {
    fn table(&self) -> CodeTable {
        let mut table = CodeTable::default();
        for (lines, into) in [(&self.order, &mut table.orders), (&self.disposition, &mut table.dispositions)] {
            for line in lines {
                let Some(meaning) = line.meaning() else { continue };
                into.extend(self.keys(&line.system, &line.codes).into_iter().map(|key| (key, meaning.clone())));
            }
        }
        for line in &self.payer {
            let keys = self.keys(&line.system, &line.codes);
            table.payers.extend(keys.into_iter().map(|key| (key, line.means.clone())));
        }
        table
    }

    /// Every code under every name of its system.
    fn keys(&self, system: &str, codes: &[String]) -> Vec<String> {
        let uris = self.system.iter().filter(|known| known.name == system).flat_map(|known| &known.uris);
        uris.flat_map(|uri| codes.iter().map(move |code| key(uri, code))).collect()
    }
}

impl CodeLine {
    /// `None` if the line has a code that the program does not know; a test checks that none does.
    fn meaning(&self) -> Option<CodeMapping> {
        let service = self.service.as_ref().map(|code| code.parse()).transpose().ok()?;
        let needs = self.needs.iter().map(|code| code.parse()).collect::<Result<_, _>>().ok()?;
        let says_one_thing = service.is_some() != self.ends;
        says_one_thing.then(|| CodeMapping { label: self.label.clone(), service, needs, note: self.note.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coded(system: &str, code: &str) -> HookConcept {
        serde_json::from_value(serde_json::json!({"coding": [{"system": system, "code": code}]})).unwrap()
    }

    #[test]
    fn every_line_of_the_table_is_understood_and_no_code_stands_twice() {
        let file = FILE.as_ref().unwrap();
        for line in file.order.iter().chain(&file.disposition) {
            assert!(line.meaning().is_some(), "{line:?}");
        }
        let lines = file.order.iter().chain(&file.disposition).map(|line| &line.system);
        for system in lines.chain(file.payer.iter().map(|line| &line.system)) {
            assert!(file.system.iter().any(|known| known.name == *system), "there is no system {system}");
        }
        for lines in [&file.order, &file.disposition] {
            let codes = || lines.iter().flat_map(|line| line.codes.iter().map(|code| (&line.system, code)));
            let distinct: std::collections::BTreeSet<_> = codes().collect();
            assert_eq!(distinct.len(), codes().count());
        }
    }

    #[test]
    fn codes_are_read_by_system_and_the_first_known_one_counts() {
        let (sct, none) = ("http://snomed.info/sct", EhrWords::default());
        for (system, code, service) in [
            (sct, "449411000124106", Some(Service::SkilledNursing)),
            ("urn:oid:2.16.840.1.113883.6.96", "449411000124106", Some(Service::SkilledNursing)),
            ("http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets", "S9131", Some(Service::HomeHealth)),
            ("http://nucc.org/provider-taxonomy", "283X00000X", Some(Service::InpatientRehab)),
            ("http://nucc.org/provider-taxonomy", "261QE0700X", Some(Service::Dialysis)),
            ("http://example.org/local", "449411000124106", None),
            (sct, "34068001", None),
            (sct, "", None),
        ] {
            let read = order([&coded(system, code)], &none).and_then(|meaning| meaning.service);
            assert_eq!(read, service, "{system} {code}");
        }
        let several = [coded(sct, "34068001"), coded(sct, "417511005"), coded(sct, "449411000124106")];
        assert_eq!(order(&several, &none).unwrap().service, Some(Service::HomeHealth));
    }

    #[test]
    fn dispositions_that_name_no_service_say_nothing_and_some_end_the_matter() {
        let (hl7, none) = ("http://terminology.hl7.org/CodeSystem/discharge-disposition", EhrWords::default());
        for (code, service) in [
            ("snf", Some(Some(Service::SkilledNursing))),
            ("exp", Some(None)),
            ("aadvice", Some(None)),
            ("home", None),
            ("long", None),
            ("psy", None),
            ("oth", None),
        ] {
            assert_eq!(disposition(&coded(hl7, code), &none).map(|meaning| meaning.service), service, "{code}");
        }
    }
}
