//! A small synthetic payer, in every form of its resources, with each possible error.

use base64::Engine;
use placement::coverage::{AffiliationTerms, IdentityConfidence};
use placement::evidence::Tristate;
use placement::provider::{Provider, ServiceArea, ServiceLine};
use placement::service::Service;
use serde_json::{Value, json};

use crate::folder::{Read, read};

const NUCC: &str = "http://nucc.org/provider-taxonomy";
const PLAN_NET: &str = "http://hl7.org/fhir/us/davinci-pdex-plan-net/StructureDefinition";

pub(crate) fn link(to: &str) -> Value {
    json!({"reference": to, "display": "what nobody reads"})
}

pub(crate) fn links(to: &[&str]) -> Value {
    to.iter().map(|to| link(to)).collect()
}

pub(crate) fn kind(code: &str) -> Value {
    json!([{"coding": [{"code": code}]}])
}

pub(crate) fn specialty(code: &str) -> Value {
    json!([{"coding": [{"system": NUCC, "code": code}]}])
}

pub(crate) fn new_patients(code: &str, network: Option<&str>) -> Value {
    let mut parts = vec![json!({"url": "acceptingPatients", "valueCodeableConcept": {"coding": [{"code": code}]}})];
    parts.extend(network.map(|to| json!({"url": "fromNetwork", "valueReference": link(to)})));
    json!({"url": format!("{PLAN_NET}/newpatients"), "extension": parts})
}

/// `{"resourceType": kind, "id": id}` with `more`.
pub(crate) fn resource(kind: &str, id: &str, more: Value) -> Value {
    let mut resource = more;
    resource["resourceType"] = json!(kind);
    resource["id"] = json!(id);
    resource
}

pub(crate) fn address(street: &str, zip: &str) -> Value {
    json!({"line": [street], "city": "Kansas City", "state": "MO", "postalCode": zip})
}

/// A payer with two networks, a plan for each, an agency at two locations and an affiliation to the
/// first network.
pub(crate) fn payer() -> Vec<Value> {
    vec![
        resource("Organization", "payer", json!({"type": kind("payer"), "name": "Larkwater"})),
        resource("Organization", "wide", json!({"type": kind("ntwk"), "name": "Wide", "partOf": link("Organization/payer")})),
        resource(
            "Organization",
            "narrow",
            json!({"type": kind("ntwk"), "name": "Narrow", "partOf": link("Organization/payer")}),
        ),
        resource(
            "InsurancePlan",
            "gold",
            json!({"status": "active", "name": "Larkwater Gold", "ownedBy": link("Organization/payer"),
            "identifier": [{"value": "H1234-001-001"}, {"value": "internal 7"}], "network": links(&["Organization/wide"])}),
        ),
        resource(
            "InsurancePlan",
            "old",
            json!({"status": "retired", "name": "Larkwater Tin", "network": links(&["Organization/wide"])}),
        ),
        resource(
            "Organization",
            "agency",
            json!({"type": kind("prvgrp"), "name": "Fennel Infusion",
            "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893"}]}),
        ),
        resource(
            "Location",
            "north",
            json!({"status": "active", "address": address("1 Oak St", "641081234"),
            "telecom": [{"system": "phone", "value": "(816) 555-0142 x9"}], "position": {"latitude": 39.08, "longitude": -94.58}}),
        ),
        resource("Location", "south", json!({"status": "active", "address": address("9 Elm St", "64114")})),
        resource(
            "HealthcareService",
            "infusion",
            json!({"active": true, "specialty": specialty("251F00000X"),
            "location": links(&["Location/north"]), "extension": [new_patients("newpt", None)],
            "communication": [{"coding": [{"code": "es-MX"}]}, {"coding": [{"code": "en"}]}]}),
        ),
        resource(
            "OrganizationAffiliation",
            "first",
            json!({"active": true, "organization": link("Organization/payer"),
            "participatingOrganization": link("Organization/agency"), "network": links(&["Organization/wide"]),
            "location": links(&["Location/north"]), "healthcareService": links(&["HealthcareService/infusion"])}),
        ),
    ]
}

/// The resource with that id, for changes.
pub(crate) fn with<'a>(all: &'a mut [Value], id: &str) -> &'a mut Value {
    all.iter_mut().find(|one| one["id"] == id).unwrap()
}

fn night(all: &[Value]) -> Read {
    let lines = all.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
    read(&[("directory.ndjson", lines.as_str()), ("roster.csv", ANYBODY)])
}

/// A refresh needs no provider of the payer, so that an empty result is an answer too.
const ANYBODY: &str = "network,npi\nElsewhere,1245319599\n";

/// The home infusion line of the provider at that street.
fn line<'a>(read: &'a Read, street: &str) -> (&'a Provider, &'a ServiceLine) {
    let there = |one: &&Provider| one.address.as_ref().is_some_and(|address| address.value.street == street);
    let provider = read.night.providers.iter().find(there).unwrap_or_else(|| panic!("nobody at {street}"));
    (provider, provider.line(Service::HomeInfusion).unwrap())
}

/// The memberships of the first location: network and terms.
pub(crate) fn terms(read: &Read) -> Vec<(&str, &AffiliationTerms)> {
    let plans = &read.night.plans;
    let (provider, line) = line(read, "1 Oak St");
    let terms = read.terms(provider.id.as_str(), line.service).into_iter();
    terms.map(|terms| (plans.network(terms.network).unwrap().name.as_str(), terms)).collect()
}

pub(crate) fn told(read: &Read, words: &str) -> bool {
    read.report.remarks.iter().any(|remark| remark.contains(words))
}

#[test]
fn one_directory_comes_in_many_forms() {
    let all = payer();
    let expected = night(&all);
    assert_eq!(terms(&expected).iter().map(|(network, _)| *network).collect::<Vec<_>>(), ["Wide"]);
    let lines = |all: &[Value]| all.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
    let text = Value::from(all.clone()).to_string();
    let absolute: Value =
        serde_json::from_str(&text.replace("\"reference\":\"", "\"reference\":\"https://payer.example/fhir/")).unwrap();
    let urn = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
    let by_urn = urn(&text.replace("\"reference\":\"Location/north\"", "\"reference\":\"urn:uuid:4d-2\""));
    let bundle = |kind: &str, all: &Value| {
        let entry = |one: &Value| {
            let url = if one["id"] == "north" {
                "urn:uuid:4d-2".to_owned()
            } else {
                format!(
                    "https://payer.example/fhir/{}/{}",
                    one["resourceType"].as_str().unwrap(),
                    one["id"].as_str().unwrap()
                )
            };
            json!({"fullUrl": url, "resource": one, "request": {"method": "PUT", "url": "x"}})
        };
        let entries: Vec<Value> = all.as_array().unwrap().iter().map(entry).collect();
        json!({"resourceType": "Bundle", "type": kind, "entry": entries})
    };
    let all_value = Value::from(all.clone());
    let singles: Vec<(String, String)> = all
        .iter()
        .map(|one| (format!("{}.json", one["id"].as_str().unwrap()), serde_json::to_string_pretty(one).unwrap()))
        .collect();
    let files = |texts: Vec<(&str, String)>| -> Vec<(String, String)> {
        texts.into_iter().map(|(name, text)| (name.to_owned(), text)).collect()
    };
    for (what, texts) in [
        ("a collection", files(vec![("a.json", bundle("collection", &all_value).to_string())])),
        ("a searchset", files(vec![("a.json", serde_json::to_string_pretty(&bundle("searchset", &all_value)).unwrap())])),
        ("a transaction", files(vec![("a.json", bundle("transaction", &by_urn).to_string())])),
        ("absolute references", files(vec![("a.ndjson", lines(absolute.as_array().unwrap()))])),
        ("a list", files(vec![("a.json", text.clone())])),
        ("single resources", singles),
        ("two files that overlap", files(vec![("a.ndjson", lines(&all[..8])), ("b.ndjson", lines(&all[2..]))])),
    ] {
        let mut texts: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        texts.push(("roster.csv", ANYBODY));
        let read = read(&texts);
        assert_eq!(read.night.providers, expected.night.providers, "{what}");
        assert_eq!(read.night.plans, expected.night.plans, "{what}");
        assert!(read.report.unread.is_empty() && read.report.rejects.rows == 0, "{what}: {:?}", read.rejects());
    }
}

#[test]
fn a_provider_that_no_list_has_is_one_by_the_listing_alone() {
    let read = night(&payer());
    let (provider, line) = line(&read, "1 Oak St");
    assert_eq!((provider.id.as_str(), provider.name.value.as_str()), ("npi:1234567893", "Fennel Infusion"));
    assert_eq!(provider.phone.as_ref().unwrap().value.to_string(), "816-555-0142 ext. 9", "the number with its extension");
    assert_eq!(provider.address.as_ref().unwrap().value.zip.unwrap().to_string(), "64108");
    assert_eq!(&*provider.name.evidence.source, "FHIR Plan-Net directory");
    assert_eq!(line.languages.as_ref().unwrap().value, ["en", "es"]);
    assert_eq!(read.night.plans.plans[0].name, "Larkwater Gold H1234-001-001", "the card's number finds the plan");
    assert_eq!(read.night.plans.plans.len(), 1, "what is retired is none");
    assert!(told(&read, "1 plans are retired"));
    let payers: Vec<&str> = read.night.plans.payers.iter().map(|payer| payer.name.as_str()).collect();
    assert_eq!(payers, ["Larkwater"]);
}

#[test]
fn an_affiliation_says_who_is_in_which_network_from_when_to_when() {
    let terms_of = |change: &dyn Fn(&mut Vec<Value>)| {
        let mut all = payer();
        change(&mut all);
        let read = night(&all);
        terms(&read)
            .iter()
            .map(|(network, terms)| {
                let day = |day: Option<jiff::civil::Date>| day.map_or_else(String::new, |day| day.to_string());
                assert_eq!(terms.link, IdentityConfidence::Sure);
                format!("{network} {}..{} {:?}", day(terms.begin), day(terms.end), terms.new_patients)
            })
            .collect::<Vec<_>>()
    };
    let both = links(&["Organization/wide", "Organization/narrow"]);
    for (what, change, expected) in [
        ("as it is", &(|_: &mut Vec<Value>| {}) as &dyn Fn(&mut Vec<Value>), vec!["Wide .. Yes"]),
        (
            "a period",
            &|all: &mut Vec<Value>| {
                with(all, "first")["period"] = json!({"start": "2026-01", "end": "2026-12-31"});
            },
            vec!["Wide 2026-01-01..2026-12-31 Yes"],
        ),
        (
            "two networks",
            &|all: &mut Vec<Value>| with(all, "first")["network"] = both.clone(),
            vec!["Narrow .. Yes", "Wide .. Yes"],
        ),
        (
            "new patients in one of them only",
            &|all: &mut Vec<Value>| {
                with(all, "first")["network"] = both.clone();
                with(all, "infusion")["extension"] =
                    json!([new_patients("existptonly", Some("Organization/narrow")), new_patients("newpt", None)]);
            },
            vec!["Narrow .. No", "Wide .. Yes"],
        ),
        (
            "new patients of families only, at this place",
            &|all: &mut Vec<Value>| {
                with(all, "north")["extension"] = json!([new_patients("existptfam", None)]);
            },
            vec!["Wide .. No"],
        ),
        (
            "nothing said of new patients",
            &|all: &mut Vec<Value>| with(all, "infusion")["extension"] = json!([]),
            vec!["Wide .. Unknown"],
        ),
        (
            "organization where participatingOrganization is missing",
            &|all: &mut Vec<Value>| {
                with(all, "first").as_object_mut().unwrap().remove("participatingOrganization");
                with(all, "first")["organization"] = link("Organization/agency");
            },
            vec!["Wide .. Yes"],
        ),
        (
            "the code on the affiliation",
            &|all: &mut Vec<Value>| {
                with(all, "first")["specialty"] = specialty("251F00000X");
                with(all, "infusion")["specialty"] = json!([]);
            },
            vec!["Wide .. Yes"],
        ),
    ] {
        assert_eq!(terms_of(change), expected, "{what}");
    }
}

#[test]
fn what_is_over_or_for_others_makes_nobody_a_member() {
    for (what, change, words) in [
        (
            "affiliation",
            &(|all: &mut Vec<Value>| with(all, "first")["active"] = json!(false)) as &dyn Fn(&mut Vec<Value>),
            "1 affiliations are no longer active",
        ),
        (
            "network",
            &|all: &mut Vec<Value>| with(all, "wide")["active"] = json!(false),
            "1 affiliations name no active network",
        ),
        (
            "organization",
            &|all: &mut Vec<Value>| with(all, "agency")["active"] = json!(false),
            "1 affiliations name organizations that are closed",
        ),
        (
            "place",
            &|all: &mut Vec<Value>| with(all, "north")["status"] = json!("inactive"),
            "1 locations of affiliations are no longer active",
        ),
        (
            "service",
            &|all: &mut Vec<Value>| with(all, "infusion")["specialty"] = specialty("207Q00000X"),
            "1 affiliations are for other services",
        ),
        (
            "missing organization",
            &|all: &mut Vec<Value>| with(all, "agency")["id"] = json!("nobody"),
            "1 references name a missing Organization",
        ),
    ] {
        let mut all = payer();
        change(&mut all);
        let read = night(&all);
        assert!(read.night.providers.iter().all(|one| one.id.as_str() != "npi:1234567893"), "{what}");
        assert!(told(&read, words), "{what}: {:?}", read.report.remarks);
        let wide = read.night.plans.networks.iter().find(|network| network.name == "Wide");
        // A directory that lost a link, or lists no facility of ours, is not believed to list everybody.
        let complete = !matches!(what, "missing organization" | "service");
        assert_eq!(wide.map(|wide| wide.whole), (what != "network").then_some(complete), "{what}");
    }
}

#[test]
fn a_listing_without_a_code_is_for_whatever_the_provider_does_and_adds_nobody() {
    let mut all = payer();
    with(&mut all, "infusion")["specialty"] = json!([]);
    let read = night(&all);
    assert!(read.night.providers.iter().all(|one| one.id.as_str() != "npi:1234567893"));
    assert!(read.report.unknown_members.iter().any(|who| who.contains("agency")), "{:?}", read.report.unknown_members);
}

#[test]
fn places_are_providers_of_their_own_and_each_has_its_own_networks() {
    let mut all = payer();
    all.push(resource("OrganizationAffiliation", "second", json!({"participatingOrganization": link("Organization/agency"),
        "network": links(&["Organization/narrow"]), "specialty": specialty("251F00000X"), "location": links(&["Location/south"])})));
    let read = night(&all);
    let network = |street: &str| {
        let (provider, line) = line(&read, street);
        let terms = read.terms(provider.id.as_str(), line.service).into_iter();
        terms.map(|terms| read.night.plans.network(terms.network).unwrap().name.clone()).collect::<Vec<_>>()
    };
    assert_eq!((network("1 Oak St"), network("9 Elm St")), (vec!["Wide".to_owned()], vec!["Narrow".to_owned()]));
}

#[test]
fn areas_are_zips_or_outlines_and_one_that_cannot_be_read_is_none() {
    let square = json!({"type": "Polygon", "coordinates": [[[-94.8, 38.9], [-94.3, 38.9], [-94.3, 39.3], [-94.8, 39.3], [-94.8, 38.9]]]});
    let packed = base64::engine::general_purpose::STANDARD.encode(square.to_string());
    let outline =
        |data: &str| json!([{"url": format!("{PLAN_NET}/location-boundary-geojson"), "valueAttachment": {"data": data}}]);
    for (what, area, holds, count) in [
        (
            "ZIPs",
            vec![json!({"address": {"postalCode": "64108"}}), json!({"address": {"postalCode": "29401-1234"}})],
            Some("29401"),
            2..3,
        ),
        ("an outline", vec![json!({"extension": outline(&packed)})], Some("64155"), 50..1000),
        (
            "an outline that is none",
            vec![json!({"extension": outline("!")}), json!({"address": {"postalCode": "64108"}})],
            None,
            0..1,
        ),
        ("a state", vec![json!({"address": {"state": "MO"}})], None, 0..1),
    ] {
        let mut all = payer();
        let contained: Vec<Value> =
            (0..).zip(&area).map(|(n, area)| resource("Location", &format!("area-{n}"), area.clone())).collect();
        let inside: Vec<Value> = (0..area.len()).map(|n| link(&format!("#area-{n}"))).collect();
        with(&mut all, "infusion")["contained"] = json!(contained);
        with(&mut all, "infusion")["coverageArea"] = json!(inside);
        let read = night(&all);
        let zips = match &line(&read, "1 Oak St").1.area {
            ServiceArea::Zips(fact) => fact.value.clone(),
            ServiceArea::NotPublished => Vec::new(),
        };
        assert!(count.contains(&zips.len()), "{what}: {}", zips.len());
        assert!(holds.is_none_or(|zip| zips.contains(&zip.parse().unwrap())), "{what}");
        assert_eq!(told(&read, "coverage areas have neither"), holds.is_none(), "{what}");
    }
}

#[test]
fn a_role_lists_its_agency_and_never_the_person() {
    let mut all = payer();
    all.retain(|one| one["resourceType"] != "OrganizationAffiliation");
    let role = |id: &str, code: &str| {
        resource(
            "PractitionerRole",
            id,
            json!({"organization": link("Organization/agency"),
        "practitioner": {"reference": "Practitioner/17", "display": "Quincy Gibson"}, "location": links(&["Location/north"]),
        "specialty": specialty(code), "extension": [
            {"url": format!("{PLAN_NET}/network-reference"), "valueReference": link("Organization/narrow")}, new_patients("nopt", None)]}),
        )
    };
    all.push(role("nurse", "251F00000X"));
    all.push(role("physician", "207Q00000X"));
    all.push(resource("Practitioner", "17", json!({"name": [{"family": "Gibson"}]})));
    let read = night(&all);
    let listed: Vec<(&str, Tristate)> = terms(&read).iter().map(|(network, terms)| (*network, terms.new_patients)).collect();
    assert_eq!(listed, [("Narrow", Tristate::No)]);
    assert!(told(&read, "1 resources of type PractitionerRole of other services are not used"), "{:?}", read.report.remarks);
    let everything = format!("{:?}{}", read.night.providers, read.report.json().unwrap());
    assert!(!everything.contains("Gibson"));
}

#[test]
fn a_plan_whose_parts_use_different_networks_is_a_plan_for_each() {
    let mut all = payer();
    with(&mut all, "gold")["network"] = json!([]);
    with(&mut all, "gold")["plan"] = json!([
        {"type": {"text": "HMO"}, "network": links(&["Organization/narrow"])},
        {"type": {"text": "PPO"}, "network": links(&["Organization/narrow", "Organization/wide"])}]);
    let read = night(&all);
    let plans = &read.night.plans;
    let named = |plan: &placement::coverage::Plan| {
        let networks = plan.networks.iter().map(|key| plans.network(*key).unwrap().name.clone()).collect::<Vec<_>>();
        (plan.name.clone(), networks.join(" "))
    };
    let expected = [("Larkwater Gold H1234-001-001, HMO", "Narrow"), ("Larkwater Gold H1234-001-001, PPO", "Narrow Wide")];
    assert_eq!(plans.plans.iter().map(named).collect::<Vec<_>>(), expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
}

#[test]
fn networks_of_one_name_stay_apart() {
    let mut all = payer();
    with(&mut all, "narrow")["name"] = json!("Wide");
    let read = night(&all);
    let names: Vec<&str> = read.night.plans.networks.iter().map(|network| network.name.as_str()).collect();
    assert_eq!(names, ["Elsewhere", "Wide (narrow)", "Wide (wide)"]);
    assert_eq!(terms(&read)[0].0, "Wide (wide)");
}

#[test]
fn numbers_that_are_none_are_told_with_their_place() {
    let mut all = payer();
    with(&mut all, "agency")["identifier"] = json!([
        {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567890"},
        {"system": "http://hl7.org/fhir/sid/us-npi", "value": 1_234_567_893_u64},
        {"system": "urn:oid:2.16.840.1.113883.4.336", "value": "26-7001"}]);
    with(&mut all, "south")["telecom"] = json!([{"system": "phone", "value": "ask at the door"}]);
    all.push(json!({"resourceType": "Organization", "name": "nameless"}));
    all.push(resource("Location", "odd", json!({"telecom": "816-555-0100"})));
    let read = night(&all);
    let (provider, _) = line(&read, "1 Oak St");
    assert_eq!(provider.id.as_str(), "ccn:267001");
    assert_eq!(provider.npis.iter().map(ToString::to_string).collect::<Vec<_>>(), ["1234567893"]);
    let rejects = read.rejects();
    for expected in [
        "directory.ndjson:6 identifier (NPI): an NPI is ten digits, the last a check digit",
        "directory.ndjson:8 telecom: it is not a North American telephone number",
        "directory.ndjson:11 id: the resource has no id",
        "directory.ndjson:12 : its structure is not FHIR",
    ] {
        assert!(rejects.iter().any(|reject| reject.starts_with(expected)), "{expected}: {rejects:#?}");
    }
    assert!(read.night.plans.networks.iter().filter(|network| network.name != "Elsewhere").all(|network| !network.whole));
}
