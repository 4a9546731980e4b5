//! Resources as JSON, in the profiles of Plan-Net. What the directory does not know is absent; if a
//! profile requires it, FHIR's reason for absent data takes its place.

use serde_json::{Map, Value, json};

use crate::catalog::manifest::Manifest;
use crate::coverage::{AffiliationTerms, IdentityConfidence};
use crate::evidence::{Fact, Tristate};
use crate::provider::safety::SafetyFact;
use crate::provider::{OperatingStatus, ServiceArea, ServiceLine};
use crate::serve::fhir::codes;
use crate::serve::fhir::context::{FhirContext, service_name};
use crate::serve::fhir::elements::{
    PRECISION, SAFETY, SERVES, STANDING, TERMS, WHOLE, address, coding, concepts, evidence, geolocation, identifiers, link,
    links, other_names, qualifications, said_by, specialty, telecom, tidy, unknown, with_evidence,
};
use crate::serve::fhir::search_params::{PLAN_NET, SearchField, profile};
use crate::serve::fhir::view::ResourceRef;

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
    let place = provider.position.as_ref().and_then(|fact| geolocation(&fact.value));
    let address = provider.address.as_ref().map(|fact| {
        let mut address = address(&fact.value);
        let extensions: Vec<Value> = std::iter::once(evidence(&fact.evidence)).chain(place).collect();
        address["extension"] = Value::Array(extensions);
        address
    });
    let mut extensions = vec![evidence(provider.name_evidence())];
    extensions.extend(qualifications(&provider));
    let [names, said] = other_names(&provider);
    Some(json!({
        "extension": extensions,
        "alias": names,
        "_alias": said,
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
    extensions.extend(codes::delivery(row.service).map(|code| {
        let kind = json!({"url": "type", "valueCodeableConcept": {"coding": [coding(&code)]}});
        json!({"url": format!("{PLAN_NET}/StructureDefinition/delivery-method"), "extension": [kind]})
    }));
    extensions.extend(standing(told));
    extensions.extend(told.safety.iter().map(safety));
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
        "telecom": telecom(&provider),
        "coverageArea": links(ground, item, SearchField::ComesTo),
        "communication": languages,
    }))
}

/// A safety notice, with the parts of a Flag.
fn safety(fact: &Fact<SafetyFact>) -> Value {
    let category = json!({"coding": [{
        "system": "http://terminology.hl7.org/CodeSystem/flag-category", "code": "safety", "display": "Safety"
    }]});
    let text = json!({"url": "text", "valueString": fact.value.sentence()});
    let period = match fact.value {
        SafetyFact::PaymentDenial { from, until } => {
            Some(json!({"url": "period", "valuePeriod": {"start": from.to_string(), "end": until.to_string()}}))
        }
        _ => None,
    };
    let flag =
        [json!({"url": "status", "valueCode": "active"}), json!({"url": "category", "valueCodeableConcept": category})];
    coded(SAFETY, fact.value.code(), flag.into_iter().chain([text]).chain(period).chain(said_by(&fact.evidence)))
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
        "type": concepts(ground, ResourceRef::Plan(at), SearchField::ProductType),
        "name": plan.name,
        "ownedBy": links(ground, ResourceRef::Plan(at), SearchField::OwnedBy).pop().unwrap_or_else(unknown),
        "administeredBy": unknown(),
        "network": networks,
    }))
}
