//! The elements that several resources have: identifiers, telephones, addresses, codes, links, and
//! the evidence of each.

use serde_json::{Map, Value, json};

use crate::evidence::Evidence;
use crate::place::{Precision, State};
use crate::provider::{Address, OperatingStatus, Phone, Position, Provider, ServiceLine};
use crate::serve::fhir::codes;
use crate::serve::fhir::codes::FhirCode;
use crate::serve::fhir::context::FhirContext;
use crate::serve::fhir::search_params::{FHIR, PLAN_NET, SearchField};
use crate::serve::fhir::view::{ResourceRef, aliases};

/// The source of a fact and its dates: `source`, `asOf`, `verifiedAt`.
pub(crate) const EVIDENCE: &str = "urn:placement:fhir:evidence";
/// The precision of a position: `address`, `approximate`, `zip` or `city`.
pub(crate) const PRECISION: &str = "urn:placement:fhir:precision";
/// Why a service may not be asked: `closed`, `not_certified` or `excluded_by_oig`.
pub(crate) const STANDING: &str = "urn:placement:fhir:standing";
/// What official sources publish about the safety of a service, with the parts of a Flag: `status`,
/// `category`, `code`, `period`; and `text`.
pub(crate) const SAFETY: &str = "urn:placement:fhir:safety";
/// A group of people that a service is for, to the exclusion of others: `code`.
pub(crate) const SERVES: &str = "urn:placement:fhir:serves";
/// The parts of an affiliation beyond Plan-Net: `tier`, `identity`, `lowConfidence`.
pub(crate) const TERMS: &str = "urn:placement:fhir:terms";
/// Whether the list of a network is complete, so that absence from it means something.
pub(crate) const WHOLE: &str = "urn:placement:fhir:whole";

/// The certification of a service by a program of the government: `medicare` or `medicaid`.
const QUALIFICATION: &str = "StructureDefinition/qualification";

/// In place of what a profile requires and the directory does not know.
pub(crate) fn unknown() -> Value {
    let url = format!("{FHIR}/StructureDefinition/data-absent-reason");
    json!({"extension": [{"url": url, "valueCode": "unknown"}]})
}

/// The identifiers of a provider; a place has those that belong to one place.
pub(crate) fn identifiers(provider: &Provider, with_npis: bool) -> Vec<Value> {
    let one = |system: &str, value: String| {
        let kind = json!({"coding": [coding(&codes::identifier_type(system))]});
        json!({"type": kind, "system": system, "value": value})
    };
    let npis = provider.npis.iter().filter(|_| with_npis).map(|npi| one(codes::NPI, npi.to_string()));
    let ccn = provider.ccn.iter().map(|ccn| one(codes::CCN, ccn.to_string()));
    npis.chain(ccn).chain([one(codes::PROVIDER, provider.id.to_string())]).collect()
}

/// The other names of a provider, and their evidence.
pub(crate) fn other_names(provider: &Provider) -> [Vec<Value>; 2] {
    let names = aliases(provider);
    let said = names.iter().map(|name| json!({"extension": [evidence(&name.evidence)]})).collect();
    [names.iter().map(|name| json!(name.value)).collect(), said]
}

/// The certifications of a provider. What is not certified, or of which that is not known, has none.
pub(crate) fn qualifications(provider: &Provider) -> Vec<Value> {
    let of_line = |line: &ServiceLine| {
        let certified = [("medicare", &line.medicare), ("medicaid", &line.medicaid)];
        let certified = certified.into_iter().filter_map(|(code, fact)| Some((code, fact.as_ref()?)));
        let label = line.service.label();
        let one = move |(code, by): (&'static str, &Evidence)| {
            let code = codes::certification(code);
            let text = format!("{}: {label}", code.display);
            let concept = json!({"extension": [evidence(by)], "coding": [coding(&code)], "text": text});
            let parts = json!([{"url": "code", "valueCodeableConcept": concept}, {"url": "status", "valueCode": "active"}]);
            json!({"url": format!("{PLAN_NET}/{QUALIFICATION}"), "extension": parts})
        };
        certified.filter(|(_, fact)| fact.value).map(|(code, fact)| one((code, &fact.evidence))).collect::<Vec<_>>()
    };
    let open = provider.lines.iter().filter(|line| line.standing == OperatingStatus::Open);
    open.flat_map(of_line).collect()
}

/// Where an address is, if the position is that of the address itself.
pub(crate) fn geolocation(position: &Position) -> Option<Value> {
    let point = position.point;
    let url = format!("{FHIR}/StructureDefinition/geolocation");
    let parts = json!([
        {"url": "latitude", "valueDecimal": point.latitude()}, {"url": "longitude", "valueDecimal": point.longitude()}
    ]);
    (position.precision == Precision::Address).then(|| json!({"url": url, "extension": parts}))
}

/// The telephone of a provider.
pub(crate) fn telecom(provider: &Provider) -> Option<Value> {
    let phone = provider.phone.as_ref()?;
    let value: &Phone = &phone.value;
    Some(json!([with_evidence(json!({"system": "phone", "value": value.to_string()}), &phone.evidence)]))
}

/// An address.
pub(crate) fn address(address: &Address) -> Value {
    let filled = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    json!({
        "line": filled(&address.street).into_iter().collect::<Vec<_>>(),
        "city": filled(&address.city),
        "state": address.state.as_ref().map(State::as_str),
        "postalCode": address.zip.map(|zip| zip.to_string()),
        "country": "US",
    })
}

/// A value with its evidence.
pub(crate) fn with_evidence(mut value: Value, by: &Evidence) -> Value {
    if let Some(fields) = value.as_object_mut() {
        fields.insert("extension".to_owned(), json!([evidence(by)]));
    }
    value
}

/// The evidence of a resource or an element.
pub(crate) fn evidence(by: &Evidence) -> Value {
    json!({"url": EVIDENCE, "extension": said_by(by)})
}

/// The parts of evidence.
pub(crate) fn said_by(by: &Evidence) -> Vec<Value> {
    let day = |name: &str, day: Option<jiff::civil::Date>| day.map(|day| json!({"url": name, "valueDate": day.to_string()}));
    let source = json!({"url": "source", "valueString": &*by.source});
    [Some(source), day("asOf", by.as_of), day("verifiedAt", by.verified_at)].into_iter().flatten().collect()
}

/// A reference to a resource.
pub(crate) fn link(ground: FhirContext<'_>, item: ResourceRef) -> Value {
    json!({"reference": format!("{}/{}", item.kind().name(), ground.id(item))})
}

/// References to the resources that `item` links to by `field`.
pub(crate) fn links(ground: FhirContext<'_>, item: ResourceRef, field: SearchField) -> Vec<Value> {
    ground.links(item, field).into_iter().map(|item| link(ground, item)).collect()
}

/// A code.
pub(crate) fn coding(code: &FhirCode) -> Value {
    json!({"system": code.system, "code": code.code, "display": code.display})
}

/// The codes of a field, each a concept.
pub(crate) fn concepts(ground: FhirContext<'_>, item: ResourceRef, field: SearchField) -> Vec<Value> {
    ground.codes(item, field).iter().map(|code| json!({"coding": [coding(code)]})).collect()
}

/// One specialty, with every code for it: which of them a provider uses is not known.
pub(crate) fn specialty(ground: FhirContext<'_>, item: ResourceRef) -> Value {
    json!([{"coding": ground.codes(item, SearchField::Specialty).iter().map(coding).collect::<Vec<_>>()}])
}

/// The value without nulls and without empty lists and objects; `None` if nothing is left.
pub(crate) fn tidy(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Array(list) => {
            let list: Vec<Value> = list.into_iter().filter_map(tidy).collect();
            (!list.is_empty()).then_some(Value::Array(list))
        }
        Value::Object(fields) => {
            let fields: Map<String, Value> =
                fields.into_iter().filter_map(|(name, value)| Some((name, tidy(value)?))).collect();
            (!fields.is_empty()).then_some(Value::Object(fields))
        }
        plain => Some(plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_leaves_no_trace() {
        let value = json!({"a": null, "b": [], "c": {"d": null}, "e": [{"f": null}, 1], "g": false, "h": ""});
        assert_eq!(tidy(value), Some(json!({"e": [1], "g": false, "h": ""})));
    }
}
