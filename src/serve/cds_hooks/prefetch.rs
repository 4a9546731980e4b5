//! What is read of the FHIR resources an EHR sends, and nothing else: codes, who pays, and the
//! postal code of a place.
//!
//! The structs have no field for the name, number or birth date of a person, nor for free text;
//! everything else is dropped while it is read. The data comes from outside, so any field may be
//! absent or malformed, and a malformed one counts as absent.

use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// The value of one key of the prefetch.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum PrefetchValue<T> {
    /// Nothing was sent, or the EHR says that it could not get it.
    Not,
    /// These; none if the EHR says that there are none.
    These(Vec<T>),
}

impl<T> PrefetchValue<T> {
    /// What was sent, if anything.
    pub(crate) fn all(&self) -> &[T] {
        match self {
            Self::Not => &[],
            Self::These(resources) => resources,
        }
    }

    /// Whether nothing was sent.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Not)
    }
}

/// A type of resource that is read.
pub(crate) trait PrefetchResource: DeserializeOwned {
    /// Its `resourceType`.
    const TYPE: &'static str;
}

/// The value of `prefetch` under `key`: a resource, a searchset of them, `null` for none, or an
/// `OperationOutcome` that says why it could not be had.
pub(crate) fn sent<T: PrefetchResource>(prefetch: &Map<String, Value>, key: &str) -> PrefetchValue<T> {
    match prefetch.get(key) {
        Some(Value::Null) => PrefetchValue::These(Vec::new()),
        Some(value) if is(value, "Bundle") => {
            let entries = value.get("entry").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let resources = || entries.iter().filter_map(|entry| entry.get("resource"));
            let read: Vec<T> = resources().filter_map(resource).collect();
            if read.is_empty() && resources().any(|resource| is(resource, "OperationOutcome")) {
                return PrefetchValue::Not;
            }
            PrefetchValue::These(read)
        }
        Some(value) => resource(value).map_or(PrefetchValue::Not, |resource| PrefetchValue::These(vec![resource])),
        None => PrefetchValue::Not,
    }
}

fn is(value: &Value, kind: &str) -> bool {
    value.get("resourceType").and_then(Value::as_str) == Some(kind)
}

fn resource<T: PrefetchResource>(value: &Value) -> Option<T> {
    if is(value, T::TYPE) { T::deserialize(value).ok() } else { None }
}

/// An Encounter: the discharge disposition.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub(crate) struct HookEncounter {
    #[serde(deserialize_with = "lenient")]
    hospitalization: HookHospitalization,
    /// The same in FHIR R5.
    #[serde(deserialize_with = "lenient")]
    admission: HookHospitalization,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct HookHospitalization {
    #[serde(deserialize_with = "lenient")]
    discharge_disposition: HookConcept,
}

impl PrefetchResource for HookEncounter {
    const TYPE: &'static str = "Encounter";
}

impl HookEncounter {
    /// The discharge disposition.
    pub(crate) fn disposition(&self) -> &HookConcept {
        let (r4, r5) = (&self.hospitalization.discharge_disposition, &self.admission.discharge_disposition);
        if r4.coding.is_empty() { r5 } else { r4 }
    }
}

/// A ServiceRequest: what was ordered.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ServiceRequest {
    #[serde(deserialize_with = "lenient")]
    status: Option<String>,
    #[serde(deserialize_with = "lenient")]
    do_not_perform: bool,
    #[serde(deserialize_with = "lenient")]
    code: HookConcept,
    #[serde(deserialize_with = "each")]
    category: Vec<HookConcept>,
    #[serde(deserialize_with = "lenient")]
    performer_type: HookConcept,
    /// The encounter it belongs to. It is compared with that of the call and never shown.
    #[serde(deserialize_with = "lenient")]
    encounter: HookReference,
}

impl PrefetchResource for ServiceRequest {
    const TYPE: &'static str = "ServiceRequest";
}

impl ServiceRequest {
    /// Whether it is to be carried out: neither completed, nor revoked, nor an order to leave
    /// something undone.
    pub(crate) fn stands(&self) -> bool {
        let status = self.status.as_deref();
        !self.do_not_perform && status.is_none_or(|status| ["draft", "active"].contains(&status))
    }

    /// Whether it belongs to the encounter `id`, as far as it says so.
    pub(crate) fn is_of_encounter(&self, id: Option<&str>) -> bool {
        let told = self.encounter.reference.as_deref().and_then(|reference| reference.split_once("Encounter/"));
        let told = told.and_then(|(_, rest)| rest.split('/').next()).filter(|told| !told.is_empty());
        told.zip(id).is_none_or(|(told, id)| told == id.trim_start_matches("Encounter/"))
    }

    /// What is ordered in words, if it is short enough to be a need. It is compared and never shown.
    pub(crate) fn words(&self) -> Option<&str> {
        self.code.text.as_deref().filter(is_a_name)
    }

    /// Its codes, the most direct first.
    pub(crate) fn concepts(&self) -> impl Iterator<Item = &HookConcept> {
        [&self.code].into_iter().chain(&self.category).chain([&self.performer_type])
    }
}

/// A Coverage: who pays.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub(crate) struct HookCoverage {
    #[serde(deserialize_with = "lenient")]
    status: Option<String>,
    /// Its order among several, from 1.
    #[serde(deserialize_with = "lenient")]
    pub(crate) order: Option<u32>,
    #[serde(deserialize_with = "lenient")]
    period: HookPeriod,
    /// The type of payer.
    #[serde(rename = "type", deserialize_with = "lenient")]
    pub(crate) kind: HookConcept,
    #[serde(deserialize_with = "each")]
    payor: Vec<HookPayor>,
    /// The payor in FHIR R5.
    #[serde(deserialize_with = "lenient")]
    insurer: Option<HookPayor>,
    #[serde(deserialize_with = "each")]
    class: Vec<HookCoverageClass>,
    #[serde(deserialize_with = "each")]
    contained: Vec<HookContained>,
}

/// A resource inside a Coverage: the organization that pays, or a person, of whom nothing is read.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct HookContained {
    #[serde(deserialize_with = "lenient")]
    resource_type: String,
    #[serde(deserialize_with = "lenient")]
    id: Option<String>,
    /// The name of an organization; that of a person is no text and counts as absent.
    #[serde(deserialize_with = "lenient")]
    name: Option<String>,
}

/// A reference to another resource.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
struct HookReference {
    #[serde(deserialize_with = "lenient")]
    reference: Option<String>,
}

/// An identifier of an organization.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
struct HookIdentifier {
    #[serde(deserialize_with = "lenient")]
    system: Option<String>,
    #[serde(deserialize_with = "lenient")]
    value: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
struct HookPeriod {
    #[serde(deserialize_with = "lenient")]
    start: Option<String>,
    #[serde(deserialize_with = "lenient")]
    end: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
struct HookPayor {
    #[serde(deserialize_with = "lenient")]
    reference: Option<String>,
    #[serde(deserialize_with = "lenient")]
    display: Option<String>,
    #[serde(rename = "type", deserialize_with = "lenient")]
    kind: Option<String>,
    #[serde(deserialize_with = "lenient")]
    identifier: HookIdentifier,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
struct HookCoverageClass {
    #[serde(rename = "type", deserialize_with = "lenient")]
    kind: HookConcept,
    #[serde(deserialize_with = "lenient")]
    value: Option<String>,
    #[serde(deserialize_with = "lenient")]
    name: Option<String>,
}

impl PrefetchResource for HookCoverage {
    const TYPE: &'static str = "Coverage";
}

impl HookCoverage {
    /// Whether it is active, whatever its dates.
    pub(crate) fn stands(&self) -> bool {
        self.status.as_deref().is_none_or(|status| status == "active")
    }

    /// Whether its last day is before `today`.
    pub(crate) fn has_ended(&self, today: Date) -> bool {
        self.period.end.as_deref().and_then(days).is_some_and(|(_, last)| last < today)
    }

    /// Whether its first day is not after `today`.
    pub(crate) fn has_begun(&self, today: Date) -> bool {
        self.period.start.as_deref().and_then(days).is_none_or(|(first, _)| first <= today)
    }

    /// The names of payers: as displayed, else of the contained organization, else an identifier
    /// that is a name. Names of persons are not read.
    pub(crate) fn payors(&self) -> impl Iterator<Item = &str> {
        self.organizations().filter_map(|payor| self.name_of(payor)).take(MOST_NAMES)
    }

    /// The identifiers of payers, with their systems.
    pub(crate) fn payor_identifiers(&self) -> impl Iterator<Item = (Option<&str>, &str)> {
        let identified = self.organizations().map(|payor| &payor.identifier);
        let read = identified.filter_map(|identifier| Some((identifier.system.as_deref(), identifier.value.as_deref()?)));
        read.filter(|(_, value)| is_a_name(value)).take(MOST_NAMES)
    }

    /// Whether the patient or a related person pays.
    pub(crate) fn is_paid_by_a_person(&self) -> bool {
        let mut payors = self.all_payors().peekable();
        payors.peek().is_some() && payors.all(|payor| self.is_person(payor))
    }

    /// Whether an organization pays, whatever its name.
    pub(crate) fn is_paid_by_an_organisation(&self) -> bool {
        let told = |payor: &&HookPayor| {
            payor.reference.is_some() || payor.display.is_some() || payor.kind.is_some() || payor.identifier.value.is_some()
        };
        self.organizations().any(|payor| told(&payor))
    }

    fn all_payors(&self) -> impl Iterator<Item = &HookPayor> {
        self.payor.iter().chain(&self.insurer)
    }

    fn organizations(&self) -> impl Iterator<Item = &HookPayor> {
        self.all_payors().filter(|payor| !self.is_person(payor))
    }

    fn name_of<'a>(&'a self, payor: &'a HookPayor) -> Option<&'a str> {
        let contained = || self.contained_of(payor).and_then(|inside| inside.name.as_deref());
        let identifier = || payor.identifier.value.as_deref().filter(|value| value.contains(char::is_alphabetic));
        [payor.display.as_deref(), contained(), identifier()].into_iter().flatten().find(is_a_name)
    }

    fn contained_of(&self, payor: &HookPayor) -> Option<&HookContained> {
        let id = payor.reference.as_deref()?.strip_prefix('#')?;
        self.contained.iter().find(|inside| inside.id.as_deref() == Some(id))
    }

    fn is_person(&self, payor: &HookPayor) -> bool {
        payor.is_person() || self.contained_of(payor).is_some_and(|inside| PERSONS.contains(&inside.resource_type.as_str()))
    }

    /// The plan, by name or number.
    pub(crate) fn plans(&self) -> impl Iterator<Item = &str> {
        let plan = |class: &&HookCoverageClass| {
            let mut codes = class.kind.coding.iter().filter_map(|coding| coding.code.as_deref());
            codes.any(|code| ["plan", "subplan"].contains(&code))
        };
        let classes = self.class.iter().filter(plan);
        let called = classes.flat_map(|class| [class.name.as_deref(), class.value.as_deref()]).flatten();
        called.filter(is_a_name).take(MOST_NAMES)
    }
}

/// The first and the last day of a FHIR `dateTime`: a year, a month, a day, or a day with a time.
fn days(text: &str) -> Option<(Date, Date)> {
    let day = |text: &str| text.parse::<Date>().ok();
    match text.len() {
        4 => Some((day(&format!("{text}-01-01"))?, day(&format!("{text}-12-31"))?)),
        7 => day(&format!("{text}-01")).map(|first| (first, first.last_of_month())),
        _ => text.get(..10).and_then(day).map(|day| (day, day)),
    }
}

/// How many names of a coverage are read: each lookup takes a moment, and a call may have
/// thousands.
const MOST_NAMES: usize = 4;
/// The longest name that is read, in bytes: no plan's is longer.
const LONGEST_NAME: usize = 200;

fn is_a_name(text: &&str) -> bool {
    text.len() <= LONGEST_NAME && !text.trim().is_empty()
}

/// The types of resources that are persons.
const PERSONS: [&str; 2] = ["Patient", "RelatedPerson"];

impl HookPayor {
    fn is_person(&self) -> bool {
        let steps = self.reference.as_deref().unwrap_or_default();
        self.kind.as_deref().is_some_and(|kind| PERSONS.contains(&kind))
            || steps.split('/').any(|step| PERSONS.contains(&step))
    }
}

/// A Condition: what it is called, compared with the words for needs and never shown.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub(crate) struct HookCondition {
    #[serde(deserialize_with = "lenient")]
    code: HookConcept,
}

impl PrefetchResource for HookCondition {
    const TYPE: &'static str = "Condition";
}

impl HookCondition {
    /// What it is called, if that is short enough to be a need.
    pub(crate) fn words(&self) -> Option<&str> {
        self.code.text.as_deref().filter(is_a_name)
    }
}

/// A Location: where the hospital is.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub(crate) struct HookLocation {
    #[serde(deserialize_with = "lenient")]
    address: HookAddress,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct HookAddress {
    #[serde(deserialize_with = "lenient")]
    postal_code: Option<String>,
}

impl PrefetchResource for HookLocation {
    const TYPE: &'static str = "Location";
}

impl HookLocation {
    /// Its postal code.
    pub(crate) fn postal_code(&self) -> Option<&str> {
        self.address.postal_code.as_deref().map(str::trim)
    }
}

/// A concept by its codes and its text. The text is read for orders only; display texts of codes are
/// not read.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub(crate) struct HookConcept {
    #[serde(deserialize_with = "each")]
    pub(crate) coding: Vec<HookCoding>,
    #[serde(deserialize_with = "lenient")]
    text: Option<String>,
}

/// A code of a system.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub(crate) struct HookCoding {
    #[serde(deserialize_with = "lenient")]
    pub(crate) system: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) code: Option<String>,
}

impl HookCoding {
    /// System and code as one text; `None` if either is absent.
    pub(crate) fn key(&self) -> Option<String> {
        Some(key(self.system.as_deref()?, self.code.as_deref()?))
    }
}

/// A code of a system as one text, as FHIR searches write it.
pub(crate) fn key(system: &str, code: &str) -> String {
    format!("{system}|{code}")
}

/// The value, or the default if it is malformed.
fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(reader: D) -> Result<T, D::Error> {
    Ok(T::deserialize(Value::deserialize(reader)?).unwrap_or_default())
}

/// The items that are not malformed; a single item is a list of one.
fn each<'de, D: Deserializer<'de>, T: DeserializeOwned>(reader: D) -> Result<Vec<T>, D::Error> {
    let items = match Value::deserialize(reader)? {
        Value::Array(items) => items,
        Value::Null => Vec::new(),
        lone => vec![lone],
    };
    Ok(items.into_iter().filter_map(|item| T::deserialize(item).ok()).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn under(value: Value) -> PrefetchValue<ServiceRequest> {
        sent(&Map::from_iter([("serviceRequest".to_owned(), value)]), "serviceRequest")
    }

    #[test]
    fn a_key_holds_one_several_none_or_nothing_that_can_be_used() {
        let order = json!({"resourceType": "ServiceRequest", "status": "active"});
        let bundle = |entries: Value| json!({"resourceType": "Bundle", "type": "searchset", "entry": entries});
        for (value, count) in [
            (order.clone(), Some(1)),
            (bundle(json!([{"resource": order}, {"resource": order}])), Some(2)),
            (bundle(json!([{"resource": {"resourceType": "OperationOutcome"}}, {"resource": order}, {}, 3])), Some(1)),
            (bundle(json!([{"resource": {"resourceType": "OperationOutcome"}}])), None),
            (bundle(json!([])), Some(0)),
            (bundle(json!("no list")), Some(0)),
            (json!({"resourceType": "Bundle", "total": 0}), Some(0)),
            (Value::Null, Some(0)),
            (json!({"resourceType": "OperationOutcome", "issue": []}), None),
            (json!({"resourceType": "Patient"}), None),
            (json!([order]), None),
            (json!("ServiceRequest"), None),
        ] {
            let found = under(value.clone());
            assert_eq!((!found.is_missing()).then(|| found.all().len()), count, "{value}");
        }
        assert!(sent::<ServiceRequest>(&Map::new(), "serviceRequest").is_missing());
    }

    #[test]
    fn what_has_another_shape_is_as_if_it_were_not_there() {
        for order in [
            json!({"resourceType": "ServiceRequest", "status": 3, "code": "x", "category": 7, "performerType": [1]}),
            json!({"resourceType": "ServiceRequest", "code": {"coding": {"system": "s", "code": 1}}, "doNotPerform": "no"}),
            json!({"resourceType": "ServiceRequest", "code": {"coding": [null, 1, {"code": ["a"]}]}}),
        ] {
            let found = under(order.clone());
            let [read] = found.all() else { panic!("{order}") };
            assert!(read.stands() && read.concepts().all(|concept| concept.coding.iter().all(|c| c.key().is_none())));
        }
    }

    #[test]
    fn orders_that_are_over_do_not_stand() {
        for (order, stands) in [
            (json!({"status": "active"}), true),
            (json!({"status": "draft"}), true),
            (json!({}), true),
            (json!({"status": "completed"}), false),
            (json!({"status": "revoked"}), false),
            (json!({"status": "active", "doNotPerform": true}), false),
        ] {
            assert_eq!(ServiceRequest::deserialize(&order).unwrap().stands(), stands, "{order}");
        }
    }

    #[test]
    fn a_day_may_be_told_by_its_month_or_its_year() {
        for (told, first_and_last) in [
            ("2026", Some(("2026-01-01", "2026-12-31"))),
            ("2028-02", Some(("2028-02-01", "2028-02-29"))),
            ("2026-11-21", Some(("2026-11-21", "2026-11-21"))),
            ("2026-11-21T23:59:59-06:00", Some(("2026-11-21", "2026-11-21"))),
            ("2026-13", None),
            ("soon", None),
            ("", None),
        ] {
            let expected = first_and_last.map(|(first, last)| (first.parse().unwrap(), last.parse().unwrap()));
            assert_eq!(days(told), expected, "{told}");
        }
    }

    #[test]
    fn persons_who_pay_are_never_read_by_name() {
        let paid = |payor: Value| HookCoverage::deserialize(&json!({ "payor": payor })).unwrap();
        for payor in [
            json!([{"reference": "Patient/1", "display": "CANARY"}]),
            json!([{"reference": "https://ehr.example/r4/RelatedPerson/7/_history/1", "display": "CANARY"}]),
            json!([{"type": "Patient", "display": "CANARY"}]),
        ] {
            let coverage = paid(payor);
            assert!(coverage.is_paid_by_a_person() && coverage.payors().next().is_none());
        }
        let organization = paid(json!([{"reference": "Organization/1", "display": "Larkwater"}, {"display": " "}]));
        assert_eq!(organization.payors().collect::<Vec<_>>(), ["Larkwater"]);
        assert!(!organization.is_paid_by_a_person());
    }

    #[test]
    fn a_payer_is_read_where_it_is_named() {
        let coverage = |value: Value| HookCoverage::deserialize(&value).unwrap();
        let contained = json!([{"resourceType": "Organization", "id": "o", "name": "Larkwater Mutual"},
                               {"resourceType": "Patient", "id": "p", "name": [{"text": "CANARY"}]}]);
        for (value, named) in [
            (json!({"payor": [{"reference": "#o"}], "contained": contained}), &["Larkwater Mutual"][..]),
            (json!({"payor": [{"reference": "#o", "display": "Larkwater"}], "contained": contained}), &["Larkwater"]),
            (json!({"payor": [{"reference": "#x"}], "contained": contained}), &[]),
            (
                json!({"payor": [{"identifier": {"value": "Centers for Medicare and Medicaid Services"}}]}),
                &["Centers for Medicare and Medicaid Services"],
            ),
            (json!({"payor": [{"identifier": {"value": "60054"}}]}), &[]),
            (json!({"insurer": {"display": "Larkwater"}}), &["Larkwater"]),
        ] {
            assert_eq!(coverage(value.clone()).payors().collect::<Vec<_>>(), named, "{value}");
        }
        let by_patient = coverage(json!({"payor": [{"reference": "#p", "display": "CANARY"}], "contained": contained}));
        assert!(by_patient.is_paid_by_a_person() && by_patient.payors().next().is_none());
        let numbered = coverage(json!({"payor": [{"identifier": {"system": "urn:naic", "value": "60054"}}]}));
        assert_eq!(numbered.payor_identifiers().collect::<Vec<_>>(), [(Some("urn:naic"), "60054")]);
    }

    #[test]
    fn the_disposition_is_read_in_r4_and_in_r5_and_orders_of_another_encounter_are_told_apart() {
        let goes = json!({"dischargeDisposition": {"coding": [{"system": "x", "code": "snf"}]}});
        for name in ["hospitalization", "admission"] {
            let encounter = HookEncounter::deserialize(&json!({ name: goes })).unwrap();
            assert_eq!(encounter.disposition().coding[0].code.as_deref(), Some("snf"), "{name}");
        }
        let order = |reference: &str| ServiceRequest::deserialize(&json!({"encounter": {"reference": reference}})).unwrap();
        for (reference, of_it) in [
            ("Encounter/3", true),
            ("https://ehr.example/r4/Encounter/3/_history/1", true),
            ("Encounter/4", false),
            ("", true),
        ] {
            assert_eq!(order(reference).is_of_encounter(Some("3")), of_it, "{reference}");
            assert!(order(reference).is_of_encounter(None));
        }
    }
}
