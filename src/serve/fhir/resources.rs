//! Resources as JSON, in the profiles of Plan-Net. What the directory does not know is absent; where a profile insists, the
//! reason stands in its place, as FHIR has it.

use serde_json::{Map, Value, json};

use super::codes::{self, Code};
use super::ground::{Ground, service_name};
use super::table::{FHIR, Field, PLAN_NET, profile};
use super::view::Item;
use crate::catalog::generation::Manifest;
use crate::coverage::{Link, Terms};
use crate::evidence::{Answer, Evidence};
use crate::provider::{Address, Phone, Provider, ServiceArea, ServiceLine, Standing};

/// Who said something, and when: `source`, `asOf`, `verifiedAt`.
pub const EVIDENCE: &str = "urn:placement:fhir:evidence";
/// How closely a position stands for the door: `address`, `approximate`, `zip` or `city`.
pub const PRECISION: &str = "urn:placement:fhir:precision";
/// Why a service may not be asked: `closed`, `not_certified` or `excluded_by_oig`.
pub const STANDING: &str = "urn:placement:fhir:standing";
/// What an affiliation says beyond Plan-Net: `tier`, `identity`, `lowConfidence`.
pub const TERMS: &str = "urn:placement:fhir:terms";
/// Whether the list of a network was loaded whole, so that absence from it means something.
pub const WHOLE: &str = "urn:placement:fhir:whole";

/// One resource.
pub fn resource(ground: Ground<'_>, item: Item) -> Option<Value> {
    let value = match item {
        Item::Provider(record) => provider(ground, record)?,
        Item::Payer(at) => payer(ground, at)?,
        Item::Network(at) => network(ground, at)?,
        Item::Place(record) => place(ground, record)?,
        Item::Area(at) => area(ground, at)?,
        Item::Line(line) => service(ground, line)?,
        Item::Membership(line, number) => affiliation(ground, line, number)?,
        Item::Plan(at) => plan(ground, at)?,
    };
    let mut value = tidy(value)?;
    let fields = value.as_object_mut()?;
    // The profiles are of what is in use.
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

/// The version of every resource of a generation: another program may word it in another way.
pub fn version(manifest: &Manifest) -> String {
    format!("{}-{}", manifest.generation, env!("CARGO_PKG_VERSION"))
}

fn profile_of(item: Item) -> &'static str {
    match item {
        Item::Network(_) => "plannet-Network",
        _ => item.kind().profiles()[0],
    }
}

fn provider(ground: Ground<'_>, record: u32) -> Option<Value> {
    let provider = ground.catalog.provider_at(record)?;
    let address = provider.address.as_ref().map(|fact| with_evidence(address(&fact.value), &fact.evidence));
    Some(json!({
        "extension": [evidence(provider.listed())],
        "identifier": identifiers(&provider, true),
        "active": ground.view.is_open(record),
        "type": concepts(ground, Item::Provider(record), Field::OrganizationType),
        "name": provider.name.value,
        "telecom": telecom(&provider),
        "address": [address.unwrap_or_else(unknown)],
    }))
}

fn payer(ground: Ground<'_>, at: u32) -> Option<Value> {
    let payer = ground.plans().payers.get(at as usize)?;
    Some(json!({
        "active": true,
        "type": concepts(ground, Item::Payer(at), Field::OrganizationType),
        "name": payer.name,
        "address": [unknown()],
    }))
}

fn network(ground: Ground<'_>, at: u32) -> Option<Value> {
    let network = ground.plans().networks.get(at as usize)?;
    let whole = json!({"url": WHOLE, "valueBoolean": network.whole});
    Some(json!({
        "extension": [evidence(&network.evidence), whole],
        "active": true,
        "type": concepts(ground, Item::Network(at), Field::OrganizationType),
        "name": network.name,
        "partOf": links(ground, Item::Network(at), Field::PartOf).pop().unwrap_or_else(unknown),
    }))
}

fn place(ground: Ground<'_>, record: u32) -> Option<Value> {
    let provider = ground.catalog.provider_at(record)?;
    let item = Item::Place(record);
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
        "extension": [evidence(provider.listed())],
        "identifier": identifiers(&provider, false),
        "status": if ground.view.is_open(record) { "active" } else { "inactive" },
        "name": provider.name.value,
        "type": concepts(ground, item, Field::PlaceType),
        "telecom": telecom(&provider),
        "address": provider.address.as_ref().map(|fact| with_evidence(address(&fact.value), &fact.evidence)),
        "position": position,
        "managingOrganization": links(ground, item, Field::ManagedBy).pop(),
    }))
}

/// A ZIP code somebody comes to. It has no position: it is an area, and never near anything.
fn area(ground: Ground<'_>, at: u32) -> Option<Value> {
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

fn service(ground: Ground<'_>, line: u32) -> Option<Value> {
    let row = ground.view.row(line)?;
    let provider = ground.catalog.provider_at(row.record)?;
    let told = provider.line(row.service)?;
    let item = Item::Line(line);
    let mut extensions = new_patients(ground, line);
    extensions.extend(standing(told));
    if let ServiceArea::Zips(zips) = &told.area {
        extensions.push(evidence(&zips.evidence));
    }
    let language = |code: &String| json!({"coding": [{"system": "urn:ietf:bcp:47", "code": code}]});
    let languages = told.languages.as_ref().map(|fact| fact.value.iter().map(language).collect::<Vec<_>>());
    Some(json!({
        "extension": extensions,
        "active": row.open,
        "providedBy": links(ground, item, Field::ProvidedBy).pop(),
        "category": concepts(ground, item, Field::Category),
        "type": concepts(ground, item, Field::ServiceType),
        "specialty": specialty(ground, item),
        "location": links(ground, item, Field::At),
        "name": service_name(&provider.name.value, row.service.label()),
        "coverageArea": links(ground, item, Field::ComesTo),
        "communication": languages,
    }))
}

/// What each network's directory says of new patients. A network that says both says no.
fn new_patients(ground: Ground<'_>, line: u32) -> Vec<Value> {
    let mut said: Vec<(u32, bool)> = Vec::new();
    for terms in ground.catalog.terms_of(line).into_iter().filter_map(|key| ground.plans().terms(key)) {
        let taken = match terms.new_patients {
            Answer::Yes => true,
            Answer::No => false,
            Answer::Unknown => continue,
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
                {"url": "fromNetwork", "valueReference": link(ground, Item::Network(network))},
            ],
        })
    };
    said.into_iter().map(one).collect()
}

fn standing(line: &ServiceLine) -> Option<Value> {
    let code = match line.standing {
        Standing::Open => return None,
        Standing::Closed => "closed",
        Standing::NotCertified => "not_certified",
        Standing::ExcludedByOig => "excluded_by_oig",
    };
    let by = line.standing_by.as_ref().map(said_by).unwrap_or_default();
    let parts: Vec<Value> = std::iter::once(json!({"url": "code", "valueCode": code})).chain(by).collect();
    Some(json!({"url": STANDING, "extension": parts}))
}

fn affiliation(ground: Ground<'_>, line: u32, number: u32) -> Option<Value> {
    let row = ground.view.row(line)?;
    let terms = latest(ground, line, number)?;
    let item = Item::Membership(line, number);
    Some(json!({
        "extension": [terms_of(terms), evidence(&terms.evidence)],
        "active": row.open,
        "period": {
            "start": terms.begin.map(|day| day.to_string()),
            "end": terms.end.map(|day| day.to_string()),
        },
        "organization": links(ground, item, Field::Primary).pop(),
        "participatingOrganization": links(ground, item, Field::Participating).pop(),
        "network": links(ground, item, Field::Network),
        "code": concepts(ground, item, Field::Role),
        "specialty": specialty(ground, item),
        "location": links(ground, item, Field::AffiliatedAt),
        "healthcareService": links(ground, item, Field::Service),
    }))
}

/// Of the terms of a line that are one affiliation, those of the newest file.
fn latest(ground: Ground<'_>, line: u32, number: u32) -> Option<&Terms> {
    let wanted = ground.catalog.wanted(&[ground.terms(number)?.network]);
    let listed = ground.catalog.terms_with(line..line + 1, &wanted);
    let keys = listed.of(line).iter().filter(|key| ground.view.number(**key) == Some(number));
    keys.filter_map(|key| ground.plans().terms(*key)).max_by_key(|terms| terms.evidence.as_of)
}

fn terms_of(terms: &Terms) -> Value {
    let identity = match terms.link {
        Link::Sure => "sure",
        Link::OtherLocation => "other_location",
        Link::Probable => "probable",
    };
    let tier = terms.tier.as_ref().map(|tier| json!({"url": "tier", "valueString": tier}));
    let identity = json!({"url": "identity", "valueCode": identity});
    let low = terms.low_confidence.then(|| json!({"url": "lowConfidence", "valueBoolean": true}));
    let parts: Vec<Value> = tier.into_iter().chain([identity]).chain(low).collect();
    json!({"url": TERMS, "extension": parts})
}

fn plan(ground: Ground<'_>, at: u32) -> Option<Value> {
    let plan = ground.plans().plans.get(at as usize)?;
    let mut networks: Vec<Value> = plan.networks.iter().map(|network| link(ground, Item::Network(network.0))).collect();
    if networks.is_empty() {
        networks.push(unknown());
    }
    Some(json!({
        "status": "active",
        "type": [unknown()],
        "name": plan.name,
        "ownedBy": links(ground, Item::Plan(at), Field::OwnedBy).pop().unwrap_or_else(unknown),
        "administeredBy": unknown(),
        "network": networks,
    }))
}

/// In the place of what a profile insists on and the directory does not know.
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
        "state": address.state.as_str(),
        "postalCode": address.zip.to_string(),
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
    let day =
        |name: &str, day: Option<jiff::civil::Date>| day.map(|day| json!({"url": name, "valueDate": day.to_string()}));
    let source = json!({"url": "source", "valueString": &*by.source});
    [Some(source), day("asOf", by.as_of), day("verifiedAt", by.verified_at)].into_iter().flatten().collect()
}

/// A link to a resource.
pub fn link(ground: Ground<'_>, item: Item) -> Value {
    json!({"reference": format!("{}/{}", item.kind().name(), ground.id(item))})
}

fn links(ground: Ground<'_>, item: Item, field: Field) -> Vec<Value> {
    ground.links(item, field).into_iter().map(|item| link(ground, item)).collect()
}

fn coding(code: &Code) -> Value {
    json!({"system": code.system, "code": code.code, "display": code.display})
}

fn concepts(ground: Ground<'_>, item: Item, field: Field) -> Vec<Value> {
    ground.codes(item, field).iter().map(|code| json!({"coding": [coding(code)]})).collect()
}

/// One specialty, in every code that means it: which of them a provider goes by is not known.
fn specialty(ground: Ground<'_>, item: Item) -> Value {
    json!([{"coding": ground.codes(item, Field::Specialty).iter().map(coding).collect::<Vec<_>>()}])
}

/// The value without nulls and without lists and objects that hold nothing; `None` where nothing is left.
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
