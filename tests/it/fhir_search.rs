//! Searches of the FHIR view, compared with the resources themselves.

#![expect(clippy::many_single_char_names, reason = "each row of a table owns its copy of a word")]

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::api::Api;
use crate::fhir::{All, PLAN_NET, entries, everything, found, link, list, pages};

const NUCC: &str = "http://nucc.org/provider-taxonomy";

/// A search, and its meaning for a resource.
struct Row {
    query: String,
    /// Whether the sample has any match.
    hits: bool,
    means: Box<dyn Fn(&Value) -> bool>,
}

fn row(query: impl Into<String>, hits: bool, means: impl Fn(&Value) -> bool + 'static) -> Row {
    Row { query: query.into(), hits, means: Box::new(means) }
}

pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Whether a list of concepts has the code.
pub(crate) fn coded(value: &Value, name: &str, code: &str) -> bool {
    list(value, name).iter().flat_map(|concept| list(concept, "coding")).any(|coding| coding["code"] == code)
}

/// Whether a reference, or one of a list, points to `to`.
pub(crate) fn leads(value: &Value, name: &str, to: &str) -> bool {
    let one = |value: &Value| value["reference"] == to;
    one(&value[name]) || list(value, name).iter().any(one)
}

/// A value encoded for a query; its commas do not separate values.
pub(crate) fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.replace(',', "\\,").as_bytes()).collect()
}

pub(crate) fn begins(text: &str, with: &str) -> bool {
    text.to_lowercase().starts_with(&with.to_lowercase())
}

/// The name and the aliases of a resource.
fn names(value: &Value) -> impl Iterator<Item = &str> {
    std::iter::once(text(value, "/name")).chain(list(value, "alias").iter().filter_map(Value::as_str))
}

/// The texts of an address, wherever the resource has it.
fn address(value: &Value) -> Vec<String> {
    let address = value.pointer("/address/0").unwrap_or(&value["address"]);
    let lines = list(address, "line").iter().map(|line| line.as_str().unwrap().to_owned());
    let rest = ["city", "state", "postalCode", "country"].map(|name| text(address, &format!("/{name}")).to_owned());
    lines.chain(rest).filter(|text| !text.is_empty()).collect()
}

fn identified(value: &Value, system: &str, code: &str) -> bool {
    list(value, "identifier").iter().any(|one| one["system"] == system && (code.is_empty() || one["value"] == code))
}

/// Sends every search page by page and asserts that it finds exactly the matching resources.
async fn check(api: &Api, all: &All, kind: &str, rows: Vec<Row>) {
    for Row { query, hits, means } in rows {
        let expected: BTreeSet<&str> =
            all[kind].iter().filter(|(_, resource)| means(resource)).map(|(id, _)| id.as_str()).collect();
        let found = found(api, &format!("{kind}?{query}&_count=97")).await;
        let ids: BTreeSet<&str> = found.iter().map(|resource| resource["id"].as_str().unwrap()).collect();
        assert_eq!(ids, expected, "{kind}?{query}");
        assert_eq!(ids.len(), found.len(), "{kind}?{query} finds each once");
        assert_eq!(!ids.is_empty(), hits, "{kind}?{query}");
    }
}

/// The rows for all types: `id` is one of its ids.
fn common(id: &str) -> Vec<Row> {
    let (own, other, third) = (id.to_owned(), id.to_owned(), id.to_owned());
    vec![
        row(format!("_id={id}"), true, move |one| one["id"] == *own),
        row(format!("_id=nobody,{id}"), true, move |one| one["id"] == *other),
        row(format!("_id={id}&_id=nobody"), false, |_| false),
        row(format!("_id={id}&_lastUpdated=ge2026-11-21"), true, move |one| one["id"] == *third),
        row("_id=nobody", false, |_| false),
        row("_lastUpdated=2026-11-21", true, |_| true),
        row("_lastUpdated=gt2026-11-21,lt2026-11-22", true, |_| true),
        row("_lastUpdated=gt2026-11-20&_lastUpdated=lt2026-11-21", false, |_| false),
        row("_lastUpdated=lt2026-11-21T12:00:00Z", false, |_| false),
        row("_lastUpdated=2026-11-21T07:00:00-05:00", true, |_| true),
    ]
}

/// The rows for a parameter without data in the directory.
fn unknown(name: &str, value: &str) -> Vec<Row> {
    vec![
        row(format!("{name}={value}"), false, |_| false),
        row(format!("{name}:missing=true"), true, |_| true),
        row(format!("{name}:missing=false"), false, |_| false),
    ]
}

#[tokio::test]
async fn organizations_are_found_by_every_parameter() {
    let api = Api::sample();
    let all = everything(&api).await;
    let of = |kind: &str| {
        let kind = kind.to_owned();
        all["Organization"].values().find(move |one| coded(one, "type", &kind)).unwrap()
    };
    let (provider, payer, network) = (of("fac"), of("payer"), of("ntwk"));
    let ccn = list(provider, "identifier").iter().find(|one| one["system"] == "urn:oid:2.16.840.1.113883.4.336").unwrap();
    let ccn = ccn["value"].as_str().unwrap().to_owned();
    let name = text(provider, "/name").to_owned();
    let beginning = name.chars().take(4).collect::<String>().trim().to_owned();
    let middle = name.chars().skip(2).take(5).collect::<String>().trim().to_lowercase();
    let city = text(provider, "/address/0/city").to_owned();
    let zip = text(provider, "/address/0/postalCode").to_owned();
    let above = text(network, "/partOf/reference").to_owned();
    let bare = above.strip_prefix("Organization/").unwrap().to_owned();
    let mut rows = common(provider["id"].as_str().unwrap());
    let (a, b, c, d, e) = (ccn.clone(), ccn.clone(), beginning.clone(), middle.clone(), name.clone());
    rows.extend([
        row(format!("identifier={ccn}"), true, move |one| identified(one, "urn:oid:2.16.840.1.113883.4.336", &a)),
        row(format!("identifier=urn:oid:2.16.840.1.113883.4.336|{ccn}"), true, {
            let ccn = ccn.clone();
            move |one| identified(one, "urn:oid:2.16.840.1.113883.4.336", &ccn)
        }),
        row(format!("identifier=urn:placement:provider|ccn:{ccn}"), true, move |one| {
            identified(one, "urn:placement:provider", &format!("ccn:{b}"))
        }),
        row("identifier=urn:oid:2.16.840.1.113883.4.336|", true, |one| {
            identified(one, "urn:oid:2.16.840.1.113883.4.336", "")
        }),
        row(format!("identifier=http://hl7.org/fhir/sid/us-npi|{ccn}"), false, |_| false),
        row("identifier:missing=true", true, |one| one.get("identifier").is_none()),
        row(format!("name={}", encoded(&beginning.to_uppercase())), true, move |one| names(one).any(|name| begins(name, &c))),
        row(format!("name:contains={}", encoded(&middle)), true, move |one| {
            names(one).any(|name| name.to_lowercase().contains(&d))
        }),
        row(format!("name:exact={}", encoded(&name)), true, move |one| names(one).any(|name| name == e)),
        row(format!("name:exact={}", encoded(&name.to_lowercase())), false, |_| false),
        row("name=zzzzzz", false, |_| false),
        row(format!("name=zzzzzz,{}", encoded(text(payer, "/name"))), true, {
            let name = text(payer, "/name").to_owned();
            move |one| names(one).any(|one| begins(one, &name))
        }),
        row(format!("address={}", encoded(&city)), true, {
            let city = city.clone();
            move |one| address(one).iter().any(|part| begins(part, &city))
        }),
        row(format!("address={zip}"), true, {
            let zip = zip.clone();
            move |one| address(one).iter().any(|part| begins(part, &zip))
        }),
        row(format!("address={zip}&address={}", encoded(&city)), true, move |one| {
            let parts = address(one);
            parts.iter().any(|part| begins(part, &zip)) && parts.iter().any(|part| begins(part, &city))
        }),
        row("address=Nowhere", false, |_| false),
        row("type=ntwk", true, |one| coded(one, "type", "ntwk")),
        row(format!("type={PLAN_NET}/CodeSystem/OrgTypeCS|payer,fac"), true, |one| {
            coded(one, "type", "payer") || coded(one, "type", "fac")
        }),
        row("type=|payer", false, |_| false),
        row("type=bus", false, |_| false),
        row("type:missing=true", false, |_| false),
    ]);
    for value in [above.clone(), bare.clone(), format!("http://localhost/fhir/{above}")] {
        let above = above.clone();
        rows.push(row(format!("partof={value}"), true, move |one| leads(one, "partOf", &above)));
    }
    let typed = above.clone();
    rows.push(row(format!("partof:Organization={bare}"), true, move |one| leads(one, "partOf", &typed)));
    rows.push(row(format!("partof={}", network["id"].as_str().unwrap()), false, |_| false));
    rows.push(row("partof:missing=false", true, |one| one["partOf"].get("reference").is_some()));
    rows.extend(unknown("endpoint", "Endpoint/1"));
    rows.extend(unknown("coverage-area", "Location/zip-64108"));
    check(&api, &all, "Organization", rows).await;
}

#[tokio::test]
async fn locations_are_found_by_every_parameter() {
    let api = Api::sample();
    let all = everything(&api).await;
    let place = all["Location"].values().find(|one| coded(one, "type", "SNF")).unwrap();
    let (city, state, zip) =
        (text(place, "/address/city"), text(place, "/address/state"), text(place, "/address/postalCode"));
    let owner = text(place, "/managingOrganization/reference").to_owned();
    let ccn = owner.strip_prefix("Organization/ccn-").unwrap().to_owned();
    let area = all["Location"].keys().find(|id| id.starts_with("zip-")).unwrap();
    let own = |text: &str| text.to_owned();
    let mut rows = common(place["id"].as_str().unwrap());
    rows.extend(common(area));
    let (c, c2, s, z, z3) = (own(city), own(city), own(state), own(zip), own(&zip[..3]));
    let (o, n) = (owner.clone(), ccn.clone());
    rows.extend([
        row(format!("address-city={}", encoded(&city.to_lowercase())), true, move |one| {
            begins(text(one, "/address/city"), &c)
        }),
        row(format!("address-city:exact={}", encoded(city)), true, move |one| text(one, "/address/city") == c2),
        row("address-city=Nowhere", false, |_| false),
        row(format!("address-state={state}"), true, move |one| text(one, "/address/state") == s),
        row("address-state=ZZ", false, |_| false),
        row("address-state:missing=true", true, |one| one["address"].get("state").is_none()),
        row(format!("address-postalcode={zip}"), true, move |one| text(one, "/address/postalCode") == z),
        row(format!("address-postalcode={z3}"), true, {
            let z3 = z3.clone();
            move |one| text(one, "/address/postalCode").starts_with(&z3)
        }),
        row("address-postalcode=00000", false, |_| false),
        row(format!("address:contains={z3}"), true, move |one| address(one).iter().any(|part| part.contains(&z3))),
        row("address=Nowhere", false, |_| false),
        row(format!("organization={owner}"), true, move |one| leads(one, "managingOrganization", &o)),
        row("organization=Organization/nobody", false, |_| false),
        row("organization:missing=true", true, |one| one.get("managingOrganization").is_none()),
        row(format!("identifier=urn:placement:provider|ccn:{ccn}"), true, move |one| {
            identified(one, "urn:placement:provider", &format!("ccn:{n}"))
        }),
        row("identifier=nobody", false, |_| false),
        row("type=SNF", true, |one| coded(one, "type", "SNF")),
        row("type=HOSP", false, |_| false),
    ]);
    rows.extend(unknown("partof", "Location/1"));
    rows.extend(unknown("endpoint", "1"));
    check(&api, &all, "Location", rows).await;
}

#[tokio::test]
async fn services_are_found_by_every_parameter() {
    let api = Api::sample();
    let all = everything(&api).await;
    let service = all["HealthcareService"].values().find(|one| one.get("coverageArea").is_some()).unwrap();
    let (owner, place) = (text(service, "/providedBy/reference"), text(service, "/location/0/reference"));
    let area = text(service, "/coverageArea/0/reference").to_owned();
    let second = text(service, "/coverageArea/1/reference").to_owned();
    let name = text(service, "/name").to_owned();
    let mut rows = common(service["id"].as_str().unwrap());
    let (o, p, a, n) = (owner.to_owned(), place.to_owned(), area.clone(), name.clone());
    rows.extend([
        row(format!("name={}", encoded(&name)), true, move |one| begins(text(one, "/name"), &n)),
        row("name:contains=skilled+nursing", true, |one| text(one, "/name").to_lowercase().contains("skilled nursing")),
        row("name:exact=Nobody", false, |_| false),
        row(format!("organization={owner}"), true, move |one| leads(one, "providedBy", &o)),
        row("organization=nobody", false, |_| false),
        row(format!("location={place}"), true, move |one| leads(one, "location", &p)),
        row(format!("location={area}"), false, |_| false),
        row(format!("coverage-area={area}"), true, move |one| leads(one, "coverageArea", &a)),
        row(format!("coverage-area={area}&coverage-area={second}"), true, move |one| {
            leads(one, "coverageArea", &area) && leads(one, "coverageArea", &second)
        }),
        row("coverage-area=Location/zip-00000", false, |_| false),
        row("coverage-area:missing=false", true, |one| one.get("coverageArea").is_some()),
        row("service-category=home", true, |one| coded(one, "category", "home")),
        row(format!("service-category={PLAN_NET}/CodeSystem/HealthcareServiceCategoryCS|"), true, |_| true),
        row("service-category=dent", false, |_| false),
        row("service-type=urn:placement:service|skilled_nursing", true, |one| coded(one, "type", "skilled_nursing")),
        row("service-type=dentist", false, |_| false),
        row("specialty=251E00000X,251G00000X", true, |one| {
            coded(one, "specialty", "251E00000X") || coded(one, "specialty", "251G00000X")
        }),
        row(format!("specialty={NUCC}|273Y00000X"), true, |one| coded(one, "specialty", "273Y00000X")),
        row("specialty=urn:other|251E00000X", false, |_| false),
        row("specialty=207R00000X", false, |_| false),
    ]);
    rows.extend(unknown("endpoint", "Endpoint/1"));
    check(&api, &all, "HealthcareService", rows).await;
}

#[tokio::test]
async fn affiliations_are_found_by_every_parameter() {
    let api = Api::sample();
    let all = everything(&api).await;
    let one = all["OrganizationAffiliation"].values().nth(7).unwrap();
    let of = |pointer: &str| text(one, pointer).to_owned();
    let (payer, network) = (of("/organization/reference"), of("/network/0/reference"));
    let (provider, place) = (of("/participatingOrganization/reference"), of("/location/0/reference"));
    let service = of("/healthcareService/0/reference");
    let other = all["OrganizationAffiliation"].values().map(|other| text(other, "/network/0/reference"));
    let other = other.into_iter().find(|other| *other != network).unwrap().to_owned();
    let mut rows = common(one["id"].as_str().unwrap());
    let (n, n2, n3, o, y, p) =
        (network.clone(), network.clone(), network.clone(), other.clone(), payer.clone(), provider.clone());
    let (p2, l, s) = (provider.clone(), place.clone(), service.clone());
    rows.extend([
        row(format!("network={network}"), true, move |one| leads(one, "network", &n)),
        row(format!("network={network},{other}"), true, move |one| leads(one, "network", &n2) || leads(one, "network", &o)),
        row(format!("network={network}&network={other}"), false, |_| false),
        row("network=Organization/network-0000000000000000", false, |_| false),
        row("network:missing=true", false, |_| false),
        row(format!("primary-organization={payer}"), true, move |one| leads(one, "organization", &y)),
        row(format!("primary-organization={provider}"), false, |_| false),
        row("primary-organization:missing=false", true, |_| true),
        row(format!("participating-organization={provider}"), true, move |one| leads(one, "participatingOrganization", &p)),
        row(format!("participating-organization={provider}&network={network}"), true, move |one| {
            leads(one, "participatingOrganization", &p2) && leads(one, "network", &n3)
        }),
        row("participating-organization=nobody", false, |_| false),
        row(format!("location={place}"), true, move |one| leads(one, "location", &l)),
        row("location=Location/zip-64108", false, |_| false),
        row(format!("service={service}"), true, move |one| leads(one, "healthcareService", &s)),
        row("service=HealthcareService/nobody.home-health", false, |_| false),
        row("role=nurseCustodial", true, |one| coded(one, "code", "nurseCustodial")),
        row("role=laboratory", false, |_| false),
        row("specialty=314000000X&role=nurseCustodial", true, |one| coded(one, "specialty", "314000000X")),
        row("specialty=207R00000X", false, |_| false),
    ]);
    rows.extend(unknown("endpoint", "Endpoint/1"));
    check(&api, &all, "OrganizationAffiliation", rows).await;
}

#[tokio::test]
async fn plans_are_found_by_every_parameter() {
    let api = Api::sample();
    let all = everything(&api).await;
    let plan = all["InsurancePlan"].values().next().unwrap();
    let (name, owner) = (text(plan, "/name").to_owned(), text(plan, "/ownedBy/reference").to_owned());
    let mut rows = common(plan["id"].as_str().unwrap());
    let (n, o) = (name.clone(), owner.clone());
    rows.extend([
        row(format!("name={}", encoded(&name)), true, move |one| begins(text(one, "/name"), &n)),
        row("name:contains=hmo", true, |one| text(one, "/name").to_lowercase().contains("hmo")),
        row("name=Nothing", false, |_| false),
        row(format!("owned-by={owner}"), true, move |one| leads(one, "ownedBy", &o)),
        row("owned-by=nobody", false, |_| false),
        row("owned-by:missing=false", true, |one| one["ownedBy"].get("reference").is_some()),
    ]);
    rows.extend(unknown("administered-by", "Organization/1"));
    rows.extend(unknown("coverage-area", "Location/1"));
    rows.extend(unknown("plan-type", "gold"));
    rows.extend([
        row("type=unknown", true, |_| true),
        row("type=commppo", false, |_| false),
        row("type:missing=true", false, |_| false),
    ]);
    rows.extend(unknown("identifier", "H1234"));
    rows.extend(unknown("identifier", "http://cms.gov/medicare/ma-plan-id|H1234"));
    check(&api, &all, "InsurancePlan", rows).await;
}

#[tokio::test]
async fn pages_hold_each_resource_once_and_say_what_was_asked() {
    let api = Api::sample();
    for search in [
        "Organization?type=fac",
        "Location",
        "HealthcareService?service-category=home",
        "OrganizationAffiliation",
        "InsurancePlan",
    ] {
        let sign = if search.contains('?') { '&' } else { '?' };
        let whole = pages(&api, &format!("{search}{sign}_count=500")).await;
        let ids = |pages: &[Value]| -> Vec<String> {
            let entries = pages.iter().flat_map(|page| entries(page, "match"));
            entries.map(|entry| entry["fullUrl"].as_str().unwrap().to_owned()).collect()
        };
        let small = pages(&api, &format!("{search}{sign}_count=13")).await;
        assert_eq!(ids(&small), ids(&whole), "{search}");
        let unique: BTreeSet<String> = ids(&small).into_iter().collect();
        assert_eq!((&small[0]["total"], ids(&small).len()), (&json!(unique.len()), unique.len()));
        for (at, page) in small.iter().enumerate() {
            let last = at + 1 == small.len();
            assert_eq!(link(page, "next").is_none(), last);
            assert_eq!(entries(page, "match").count() == 13, !last || unique.len().is_multiple_of(13));
            let own = link(page, "self").unwrap();
            let again = api.get(own.strip_prefix("http://localhost").unwrap()).await;
            assert_eq!(again.json(), *page, "the link to a page leads to it");
        }
        let asked = api.get(&format!("/fhir/{search}{sign}_count=100000&_total=none&_format=json")).await.json();
        assert!(link(&asked, "self").unwrap().ends_with(&format!("{search}{sign}_count=500")), "{:?}", link(&asked, "self"));
        let none = api.get(&format!("/fhir/{search}{sign}_count=0")).await.json();
        assert_eq!((none.get("entry"), &none["total"], link(&none, "next")), (None, &whole[0]["total"], None));
        let usual = api.get(&format!("/fhir/{search}")).await.json();
        assert_eq!(entries(&usual, "match").count(), unique.len().min(50));
    }
}

#[tokio::test]
async fn what_links_lead_to_and_what_leads_here_comes_along() {
    let api = Api::sample();
    let all = everything(&api).await;
    let included = |page: &Value| -> BTreeSet<String> {
        entries(page, "include")
            .map(|entry| entry["fullUrl"].as_str().unwrap().rsplit_once("/fhir/").unwrap().1.to_owned())
            .collect()
    };
    let affiliations = "OrganizationAffiliation?_count=20&_include=OrganizationAffiliation:network\
                        &_include=OrganizationAffiliation:participating-organization:Organization&_include=OrganizationAffiliation:endpoint";
    let page = api.get(&format!("/fhir/{affiliations}")).await.json();
    let expected: BTreeSet<String> = entries(&page, "match")
        .flat_map(|entry| {
            ["/resource/network/0/reference", "/resource/participatingOrganization/reference"]
                .map(|at| text(entry, at).to_owned())
        })
        .collect();
    assert_eq!(included(&page), expected);
    assert_eq!(entries(&page, "match").count(), 20, "what comes along is not counted");
    assert_eq!(page["total"], all["OrganizationAffiliation"].len());

    let provider = all["Organization"].values().find(|one| coded(one, "type", "prvgrp")).unwrap()["id"].as_str().unwrap();
    let owner = format!("Organization/{provider}");
    let path = format!(
        "/fhir/Organization?_id={provider}&_revinclude=HealthcareService:organization&_revinclude=OrganizationAffiliation:participating-organization"
    );
    let page = api.get(&path).await.json();
    let of = |kind: &str, name: &str| -> Vec<String> {
        let leading = all[kind].iter().filter(|(_, one)| leads(one, name, &owner));
        leading.map(|(id, _)| format!("{kind}/{id}")).collect()
    };
    let mut expected: BTreeSet<String> = of("HealthcareService", "providedBy").into_iter().collect();
    expected.extend(of("OrganizationAffiliation", "participatingOrganization"));
    assert_eq!(included(&page), expected);
    assert!(!expected.is_empty());

    let area = all["Location"].keys().find(|id| id.starts_with("zip-")).unwrap();
    let page = api.get(&format!("/fhir/Location?_id={area}&_revinclude=HealthcareService:coverage-area")).await.json();
    let to = format!("Location/{area}");
    let coming = all["HealthcareService"].iter().filter(|(_, one)| leads(one, "coverageArea", &to));
    assert_eq!(included(&page), coming.map(|(id, _)| format!("HealthcareService/{id}")).collect());

    let other = api.get("/fhir/Organization?_revinclude=Patient:organization").await;
    assert_eq!(other.status, StatusCode::BAD_REQUEST, "{}", other.text);
}

/// Great-circle miles by the spherical law of cosines, on a sphere of the mean radius.
fn miles(from: (f64, f64), to: (f64, f64)) -> f64 {
    let [a, b] = [from, to].map(|(latitude, longitude)| (latitude.to_radians(), longitude.to_radians()));
    let cosine = a.0.sin() * b.0.sin() + a.0.cos() * b.0.cos() * (b.1 - a.1).cos();
    cosine.clamp(-1.0, 1.0).acos() * 6371.0088 / 1.609_344
}

#[tokio::test]
async fn the_nearest_come_first_and_say_how_far_they_are() {
    let api = Api::sample();
    let all = everything(&api).await;
    let places = all["Location"].values().filter_map(|place| {
        let (latitude, longitude) = (place.pointer("/position/latitude")?, place.pointer("/position/longitude")?);
        Some((place, (latitude.as_f64()?, longitude.as_f64()?)))
    });
    let places: Vec<(&Value, (f64, f64))> = places.collect();
    for (center, reach, unit, code, per_mile) in [
        ((39.0837, -94.5868), 15.0, "|mi", "[mi_i]", 1.0),
        ((39.0837, -94.5868), 15.0, "|[mi_i]", "[mi_i]", 1.0),
        ((39.0837, -94.5868), 60.0, "|km", "km", 1.609_344),
        ((39.0837, -94.5868), 60.0, "", "km", 1.609_344),
        ((40.8, -96.7), 3000.0, "|mi", "[mi_i]", 1.0),
    ] {
        for (more, state) in [("", None), ("&address-state=KS", Some("KS"))] {
            let near = format!("Location?near={}|{}|{reach}{unit}{more}&_count=11", center.0, center.1);
            let pages = pages(&api, &near).await;
            let mut told: Vec<(f64, String)> = Vec::new();
            for entry in pages.iter().flat_map(|page| entries(page, "match")) {
                let extension = &entry["search"]["extension"][0];
                assert_eq!(extension["url"], "http://hl7.org/fhir/StructureDefinition/location-distance");
                let distance = &extension["valueDistance"];
                assert_eq!(
                    (distance["code"].as_str(), distance["system"].as_str()),
                    (Some(code), Some("http://unitsofmeasure.org"))
                );
                told.push((distance["value"].as_f64().unwrap(), entry["resource"]["id"].as_str().unwrap().to_owned()));
            }
            assert!(told.is_sorted_by(|a, b| a.0 <= b.0), "{near}");
            let mut expected = BTreeSet::new();
            for (place, at) in &places {
                let far = miles(center, *at) * per_mile;
                if far <= reach && state.is_none_or(|state| text(place, "/address/state") == state) {
                    let id = place["id"].as_str().unwrap();
                    let (said, _) = told.iter().find(|(_, told)| told == id).unwrap_or_else(|| panic!("{near}: {id}, {far}"));
                    assert!((said - far).abs() < 0.01, "{near}: {id} is {far} away, told as {said}");
                    expected.insert(id);
                }
            }
            assert_eq!(expected.len(), told.len(), "{near}");
            assert_eq!(pages[0]["total"], told.len());
            assert!(!told.is_empty(), "{near}");
        }
    }
    let usual = found(&api, "Location?near=39.0837|-94.5868").await;
    let within = places.iter().filter(|(_, at)| miles((39.0837, -94.5868), *at) <= 25.0).count();
    assert_eq!(usual.len(), within, "25 miles where nothing is said");
    assert_eq!(found(&api, "Location?near=0|0|10|mi").await.len(), 0);
}
