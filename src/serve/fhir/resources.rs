//! Resources as JSON, in the profiles of Plan-Net. What the directory does not know is absent; if a
//! profile requires it, FHIR's reason for absent data takes its place.

use serde_json::{Map, Value, json};

use crate::catalog::manifest::Manifest;
use crate::coverage::{AffiliationTerms, IdentityConfidence};
use crate::evidence::{Evidence, Tristate};
use crate::place::State;
use crate::provider::{Address, OperatingStatus, Phone, Provider, ServiceArea, ServiceLine};
use crate::serve::fhir::codes;
use crate::serve::fhir::codes::FhirCode;
use crate::serve::fhir::context::{FhirContext, service_name};
use crate::serve::fhir::search_params::{FHIR, PLAN_NET, SearchField, profile};
use crate::serve::fhir::view::ResourceRef;

/// The source of a fact and its dates: `source`, `asOf`, `verifiedAt`.
pub(crate) const EVIDENCE: &str = "urn:placement:fhir:evidence";
/// The precision of a position: `address`, `approximate`, `zip` or `city`.
pub(crate) const PRECISION: &str = "urn:placement:fhir:precision";
/// Why a service may not be asked: `closed`, `not_certified` or `excluded_by_oig`.
pub(crate) const STANDING: &str = "urn:placement:fhir:standing";
/// What official sources publish about the safety of a service: `code`, `text`.
pub(crate) const SAFETY: &str = "urn:placement:fhir:safety";
/// A group of people that a service is for, to the exclusion of others: `code`.
pub(crate) const SERVES: &str = "urn:placement:fhir:serves";
/// The parts of an affiliation beyond Plan-Net: `tier`, `identity`, `lowConfidence`.
pub(crate) const TERMS: &str = "urn:placement:fhir:terms";
/// Whether the list of a network is complete, so that absence from it means something.
pub(crate) const WHOLE: &str = "urn:placement:fhir:whole";

/// One resource.
pub(crate) fn resource(ground: FhirContext<'_>, item: ResourceRef) -> Option<Value> {
    let value = match item {
        ResourceRef::Provider(record) => provider(ground, record)?,
        ResourceRef::Payer(at) => payer(ground, at)?,
        ResourceRef::Network(at) => network(ground, at)?,
        ResourceRef::Place(record) => place(ground, record)?,
        ResourceRef::Area(at) => area(ground, at)?,
        ResourceRef::Line(line) => service(ground, line)?,
        ResourceRef::Membership(line, number) => affiliation(ground, line, number)?,
        ResourceRef::Plan(at) => plan(ground, at)?,
    };
    let mut value = tidy(value)?;
    let fields = value.as_object_mut()?;
    // The profiles only apply to resources in use.
    let in_use = fields.get("active") != Some(&json!(false)) && fields.get("status") != Some(&json!("inactive"));
    let mut meta = Map::new();
    if in_use {
        meta.insert("profile".to_owned(), json!([profile(profile_of(item))]));
    }
    let manifest = ground.catalog.manifest();
    meta.insert("lastUpdated".to_owned(), json!(manifest.built_at.to_string()));
    meta.insert("versionId".to_owned(), json!(version(manifest)));
    if manifest.synthetic {
        let system = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
        meta.insert("tag".to_owned(), json!([{"system": system, "code": "HTEST", "display": "test health data"}]));
    }
    fields.insert("meta".to_owned(), Value::Object(meta));
    fields.insert("resourceType".to_owned(), json!(item.kind().name()));
    fields.insert("id".to_owned(), json!(ground.id(item)));
    Some(value)
}

/// The version of every resource of a generation: another version of the program may write it in
/// another way.
pub(crate) fn version(manifest: &Manifest) -> String {
    format!("{}-{}", manifest.generation, env!("CARGO_PKG_VERSION"))
}

fn profile_of(item: ResourceRef) -> &'static str {
    match item {
        ResourceRef::Network(_) => "plannet-Network",
        _ => item.kind().profiles()[0],
    }
}

fn provider(ground: FhirContext<'_>, record: u32) -> Option<Value> {
    let provider = ground.catalog.provider_at(record)?;
    let address = provider.address.as_ref().map(|fact| with_evidence(address(&fact.value), &fact.evidence));
    Some(json!({
        "extension": [evidence(provider.name_evidence())],
        "identifier": identifiers(&provider, true),
        "active": ground.view.is_open(record),
        "type": concepts(ground, ResourceRef::Provider(record), SearchField::OrganizationType),
        "name": provider.name.value,
        "telecom": telecom(&provider),
        "address": [address.unwrap_or_else(unknown)],
    }))
}

fn payer(ground: FhirContext<'_>, at: u32) -> Option<Value> {
    let payer = ground.plans().payers.get(at as usize)?;
    Some(json!({
        "active": true,
        "type": concepts(ground, ResourceRef::Payer(at), SearchField::OrganizationType),
        "name": payer.name,
        "address": [unknown()],
    }))
}

fn network(ground: FhirContext<'_>, at: u32) -> Option<Value> {
    let network = ground.plans().networks.get(at as usize)?;
    let whole = json!({"url": WHOLE, "valueBoolean": network.whole});
    Some(json!({
        "extension": [evidence(&network.evidence), whole],
        "active": true,
        "type": concepts(ground, ResourceRef::Network(at), SearchField::OrganizationType),
        "name": network.name,
        "partOf": links(ground, ResourceRef::Network(at), SearchField::PartOf).pop().unwrap_or_else(unknown),
    }))
}

fn place(ground: FhirContext<'_>, record: u32) -> Option<Value> {
    let provider = ground.catalog.provider_at(record)?;
    let item = ResourceRef::Place(record);
    let position = provider.position.as_ref().map(|fact| {
        let precision = json!({"url": PRECISION, "valueCode": fact.value.precision.code()});
        let point = fact.value.point;
        json!({
            "extension": [precision, evidence(&fact.evidence)],
            "longitude": point.longitude(),
            "latitude": point.latitude(),
        })
    });
    Some(json!({
        "extension": [evidence(provider.name_evidence())],
        "identifier": identifiers(&provider, false),
        "status": if ground.view.is_open(record) { "active" } else { "inactive" },
        "name": provider.name.value,
        "type": concepts(ground, item, SearchField::PlaceType),
        "telecom": telecom(&provider),
        "address": provider.address.as_ref().map(|fact| with_evidence(address(&fact.value), &fact.evidence)),
        "position": position,
        "managingOrganization": links(ground, item, SearchField::ManagedBy).pop(),
    }))
}

/// A ZIP code of a service area. It has no position: it is an area, and never near anything.
fn area(ground: FhirContext<'_>, at: u32) -> Option<Value> {
    let zip = ground.view.areas().get(at as usize)?;
    let area = json!({
        "system": "http://terminology.hl7.org/CodeSystem/location-physical-type", "code": "area", "display": "Area"
    });
    Some(json!({
        "status": "active",
        "name": format!("ZIP code {zip}"),
        "physicalType": {"coding": [area]},
        "address": {"postalCode": zip.to_string(), "country": "US"},
    }))
}

fn service(ground: FhirContext<'_>, line: u32) -> Option<Value> {
    let row = ground.view.row(line)?;
    let provider = ground.catalog.provider_at(row.record)?;
    let told = provider.line(row.service)?;
    let item = ResourceRef::Line(line);
    let mut extensions = new_patients(ground, line);
    extensions.extend(standing(told));
    extensions.extend(told.safety.iter().map(|fact| {
        let text = json!({"url": "text", "valueString": fact.value.sentence()});
        coded(SAFETY, fact.value.code(), [text].into_iter().chain(said_by(&fact.evidence)))
    }));
    extensions.extend(told.serves.iter().map(|fact| coded(SERVES, fact.value.code(), said_by(&fact.evidence))));
    if let ServiceArea::Zips(zips) = &told.area {
        extensions.push(evidence(&zips.evidence));
    }
    let language = |code: &String| json!({"coding": [{"system": "urn:ietf:bcp:47", "code": code}]});
    let languages = told.languages.as_ref().map(|fact| fact.value.iter().map(language).collect::<Vec<_>>());
    Some(json!({
        "extension": extensions,
        "active": row.open,
        "providedBy": links(ground, item, SearchField::ProvidedBy).pop(),
        "category": concepts(ground, item, SearchField::Category),
        "type": concepts(ground, item, SearchField::ServiceType),
        "specialty": specialty(ground, item),
        "location": links(ground, item, SearchField::At),
        "name": service_name(&provider.name.value, row.service.label()),
        "coverageArea": links(ground, item, SearchField::ComesTo),
        "communication": languages,
    }))
}

/// What each network's directory says about new patients. If it says both, the answer is no.
fn new_patients(ground: FhirContext<'_>, line: u32) -> Vec<Value> {
    let mut said: Vec<(u32, bool)> = Vec::new();
    for terms in ground.catalog.line_terms(line).into_iter().filter_map(|key| ground.plans().terms(key)) {
        let taken = match terms.new_patients {
            Tristate::Yes => true,
            Tristate::No => false,
            Tristate::Unknown => continue,
        };
        match said.last_mut() {
            Some((network, earlier)) if *network == terms.network.0 => *earlier &= taken,
            _ => said.push((terms.network.0, taken)),
        }
    }
    let one = |(network, taken)| {
        json!({
            "url": format!("{PLAN_NET}/StructureDefinition/newpatients"),
            "extension": [
                {"url": "acceptingPatients", "valueCodeableConcept": {"coding": [coding(&codes::new_patients(taken))]}},
                {"url": "fromNetwork", "valueReference": link(ground, ResourceRef::Network(network))},
            ],
        })
    };
    said.into_iter().map(one).collect()
}

fn standing(line: &ServiceLine) -> Option<Value> {
    let code = match line.standing {
        OperatingStatus::Open => return None,
        OperatingStatus::Closed => "closed",
        OperatingStatus::NotCertified => "not_certified",
        OperatingStatus::ExcludedByOig => "excluded_by_oig",
    };
    Some(coded(STANDING, code, line.standing_by.as_ref().map(said_by).unwrap_or_default()))
}

/// An extension of a code and what belongs to it.
fn coded(url: &str, code: &str, rest: impl IntoIterator<Item = Value>) -> Value {
    let parts: Vec<Value> = std::iter::once(json!({"url": "code", "valueCode": code})).chain(rest).collect();
    json!({"url": url, "extension": parts})
}

fn affiliation(ground: FhirContext<'_>, line: u32, number: u32) -> Option<Value> {
    let row = ground.view.row(line)?;
    let terms = latest(ground, line, number)?;
    let item = ResourceRef::Membership(line, number);
    Some(json!({
        "extension": [terms_of(terms), evidence(&terms.evidence)],
        "active": row.open,
        "period": {
            "start": terms.begin.map(|day| day.to_string()),
            "end": terms.end.map(|day| day.to_string()),
        },
        "organization": links(ground, item, SearchField::Primary).pop(),
        "participatingOrganization": links(ground, item, SearchField::Participating).pop(),
        "network": links(ground, item, SearchField::Network),
        "code": concepts(ground, item, SearchField::Role),
        "specialty": specialty(ground, item),
        "location": links(ground, item, SearchField::AffiliatedAt),
        "healthcareService": links(ground, item, SearchField::Service),
    }))
}

/// The terms of the newest file among those of a line that are one affiliation.
fn latest(ground: FhirContext<'_>, line: u32, number: u32) -> Option<&AffiliationTerms> {
    let wanted = ground.catalog.network_filter(&[ground.terms(number)?.network]);
    let listed = ground.catalog.terms_with(line..line + 1, &wanted);
    let keys = listed.of(line).iter().filter(|key| ground.view.number(**key) == Some(number));
    keys.filter_map(|key| ground.plans().terms(*key)).max_by_key(|terms| terms.evidence.as_of)
}

fn terms_of(terms: &AffiliationTerms) -> Value {
    let identity = match terms.link {
        IdentityConfidence::Sure => "sure",
        IdentityConfidence::OtherLocation => "other_location",
        IdentityConfidence::Probable => "probable",
    };
    let tier = terms.tier.as_ref().map(|tier| json!({"url": "tier", "valueString": tier}));
    let identity = json!({"url": "identity", "valueCode": identity});
    let low = terms.low_confidence.then(|| json!({"url": "lowConfidence", "valueBoolean": true}));
    let parts: Vec<Value> = tier.into_iter().chain([identity]).chain(low).collect();
    json!({"url": TERMS, "extension": parts})
}

fn plan(ground: FhirContext<'_>, at: u32) -> Option<Value> {
    let plan = ground.plans().plans.get(at as usize)?;
    let mut networks: Vec<Value> =
        plan.networks.iter().map(|network| link(ground, ResourceRef::Network(network.0))).collect();
    if networks.is_empty() {
        networks.push(unknown());
    }
    Some(json!({
        "status": "active",
        "type": [unknown()],
        "name": plan.name,
        "ownedBy": links(ground, ResourceRef::Plan(at), SearchField::OwnedBy).pop().unwrap_or_else(unknown),
        "administeredBy": unknown(),
        "network": networks,
    }))
}

/// In place of what a profile requires and the directory does not know.
fn unknown() -> Value {
    let url = format!("{FHIR}/StructureDefinition/data-absent-reason");
    json!({"extension": [{"url": url, "valueCode": "unknown"}]})
}

fn identifiers(provider: &Provider, with_npis: bool) -> Vec<Value> {
    let one = |system: &str, value: String| json!({"system": system, "value": value});
    let npis = provider.npis.iter().filter(|_| with_npis).map(|npi| one(codes::NPI, npi.to_string()));
    let ccn = provider.ccn.iter().map(|ccn| one(codes::CCN, ccn.to_string()));
    npis.chain(ccn).chain([one(codes::PROVIDER, provider.id.to_string())]).collect()
}

fn telecom(provider: &Provider) -> Option<Value> {
    let phone = provider.phone.as_ref()?;
    let value: &Phone = &phone.value;
    Some(json!([with_evidence(json!({"system": "phone", "value": value.to_string()}), &phone.evidence)]))
}

fn address(address: &Address) -> Value {
    let filled = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    json!({
        "line": filled(&address.street).into_iter().collect::<Vec<_>>(),
        "city": filled(&address.city),
        "state": address.state.as_ref().map(State::as_str),
        "postalCode": address.zip.map(|zip| zip.to_string()),
        "country": "US",
    })
}

fn with_evidence(mut value: Value, by: &Evidence) -> Value {
    if let Some(fields) = value.as_object_mut() {
        fields.insert("extension".to_owned(), json!([evidence(by)]));
    }
    value
}

fn evidence(by: &Evidence) -> Value {
    json!({"url": EVIDENCE, "extension": said_by(by)})
}

fn said_by(by: &Evidence) -> Vec<Value> {
    let day = |name: &str, day: Option<jiff::civil::Date>| day.map(|day| json!({"url": name, "valueDate": day.to_string()}));
    let source = json!({"url": "source", "valueString": &*by.source});
    [Some(source), day("asOf", by.as_of), day("verifiedAt", by.verified_at)].into_iter().flatten().collect()
}

/// A reference to a resource.
pub(crate) fn link(ground: FhirContext<'_>, item: ResourceRef) -> Value {
    json!({"reference": format!("{}/{}", item.kind().name(), ground.id(item))})
}

fn links(ground: FhirContext<'_>, item: ResourceRef, field: SearchField) -> Vec<Value> {
    ground.links(item, field).into_iter().map(|item| link(ground, item)).collect()
}

fn coding(code: &FhirCode) -> Value {
    json!({"system": code.system, "code": code.code, "display": code.display})
}

fn concepts(ground: FhirContext<'_>, item: ResourceRef, field: SearchField) -> Vec<Value> {
    ground.codes(item, field).iter().map(|code| json!({"coding": [coding(code)]})).collect()
}

/// One specialty, with every code for it: which of them a provider uses is not known.
fn specialty(ground: FhirContext<'_>, item: ResourceRef) -> Value {
    json!([{"coding": ground.codes(item, SearchField::Specialty).iter().map(coding).collect::<Vec<_>>()}])
}

/// The value without nulls and without empty lists and objects; `None` if nothing is left.
fn tidy(value: Value) -> Option<Value> {
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
