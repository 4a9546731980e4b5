//! Requests of FHIR clients: chains, `_has`, searches by a form, `_summary`, `_elements`, `_sort`, `_pretty` and lenient
//! handling; and the elements that the profiles want and the directory has.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::api::{Answer, Api};
use crate::cases_files::files_of;
use crate::fhir::{PLAN_NET, TYPES, entries, everything, found, link, list};
use crate::fhir_search::{coded, encoded, leads, text};

fn ids(found: &[Value]) -> Vec<&str> {
    found.iter().map(|one| one["id"].as_str().unwrap()).collect()
}

fn sorted(found: &[Value]) -> BTreeSet<&str> {
    ids(found).into_iter().collect()
}

/// The codes of an OperationOutcome with their severity.
fn codes(outcome: &Value) -> Vec<(&str, &str)> {
    let code = |issue: &'_ Value| issue["details"]["coding"][0]["code"].as_str().unwrap().to_owned();
    assert!(list(outcome, "issue").iter().all(|issue| !code(issue).is_empty()), "{outcome:#}");
    list(outcome, "issue").iter().map(|issue| (text(issue, "/severity"), text(issue, "/details/coding/0/code"))).collect()
}

#[tokio::test]
async fn chains_go_through_several_links_and_in_both_directions() {
    let api = Api::sample();
    let all = everything(&api).await;
    let services = &all["HealthcareService"];
    let affiliation = all["OrganizationAffiliation"].values().nth(3).unwrap();
    let (service, network) = (text(affiliation, "/healthcareService/0/reference"), text(affiliation, "/network/0/reference"));
    let provider = text(affiliation, "/participatingOrganization/reference");
    let name = text(&all["Organization"][provider.split_once('/').unwrap().1], "/name").to_owned();

    let two =
        found(&api, &format!("OrganizationAffiliation?service.organization.name:exact={}&_count=500", encoded(&name))).await;
    let expected = all["OrganizationAffiliation"].values().filter(|one| {
        let of = |reference: &str| text(&all["Organization"][reference.split_once('/').unwrap().1], "/name") == name;
        of(text(one, "/participatingOrganization/reference"))
    });
    assert_eq!(sorted(&two), expected.map(|one| one["id"].as_str().unwrap()).collect());

    let back = format!("_has:HealthcareService:organization:_has:OrganizationAffiliation:service:network={network}");
    let in_network = found(&api, &format!("Organization?{back}&_count=500")).await;
    let expected = all["OrganizationAffiliation"].values().filter(|one| leads(one, "network", network));
    let expected: BTreeSet<&str> =
        expected.map(|one| text(one, "/participatingOrganization/reference").split_once('/').unwrap().1).collect();
    assert_eq!(sorted(&in_network), expected);
    let typed = found(&api, &format!("Organization?{back}&type=prvgrp&_count=500")).await;
    assert!(typed.len() < in_network.len() && typed.iter().all(|one| coded(one, "type", "prvgrp")));

    let near = found(&api, "HealthcareService?location.near=39.0837|-94.5868|10|mi&_count=500").await;
    let places = found(&api, "Location?near=39.0837|-94.5868|10|mi&_count=500").await;
    let places = sorted(&places);
    let at = |one: &Value| places.contains(text(one, "/location/0/reference").split_once('/').unwrap_or_default().1);
    assert_eq!(sorted(&near), services.iter().filter(|(_, one)| at(one)).map(|(id, _)| id.as_str()).collect());
    assert!(!near.is_empty());

    // An area is reached by the link of a service, too.
    let area = services.values().find_map(|one| list(one, "coverageArea").first()).unwrap();
    let zip = text(area, "/reference").rsplit('-').next().unwrap().to_owned();
    let serving = found(&api, &format!("HealthcareService?coverage-area.address-postalcode={zip}&_count=500")).await;
    let direct = found(&api, &format!("HealthcareService?coverage-area=Location/zip-{zip}&_count=500")).await;
    assert_eq!((sorted(&serving), serving.is_empty()), (sorted(&direct), false));
    let none =
        found(&api, &format!("Organization?_has:HealthcareService:organization:_id={}&name=zzzz", &service[18..])).await;
    assert_eq!(none, Vec::<Value>::new());
    let one = found(&api, &format!("Organization?_has:HealthcareService:organization:_id={}", &service[18..])).await;
    assert_eq!(ids(&one), [provider.split_once('/').unwrap().1]);
}

#[tokio::test]
async fn chains_have_bounds_and_say_what_is_wrong() {
    let api = Api::sample();
    let many = ["organization.name=a"; 11].join("&");
    for (query, code) in [
        ("Location?partof.partof.partof.partof.name=a", "too_costly"),
        (&format!("Location?{many}"), "too_costly"),
        ("Location?organization.color=red", "unknown_parameter"),
        ("Location?color.name=red", "unknown_parameter"),
        ("Location?type.name=red", "no_such_link"),
        ("Location?organization:Location.name=a", "wrong_type"),
        ("Location?organization.name=", "empty"),
        ("Location?organization.name:fuzzy=a", "unknown_modifier"),
        ("Location?_has:Patient:location:name=a", "no_such_link"),
        ("Location?_has:HealthcareService:location=a", "no_such_link"),
        ("HealthcareService?location.near=north", "not_near"),
    ] {
        let answer = api.get(&format!("/fhir/{query}")).await;
        assert_eq!((answer.status, codes(&answer.json())), (StatusCode::BAD_REQUEST, vec![("error", code)]), "{query}");
    }
    let most = ["organization.name=a"; 10].join("&");
    assert_eq!(api.get(&format!("/fhir/Location?{most}")).await.status, StatusCode::OK);
}

async fn posted(api: &Api, path: &str, kind: &str, body: &str) -> Answer {
    api.send(Request::post(path).header("content-type", kind).body(Body::from(body.to_owned())).unwrap()).await
}

#[tokio::test]
async fn a_search_by_a_form_is_the_search_by_its_url() {
    const FORM: &str = "application/x-www-form-urlencoded";
    let api = Api::sample();
    let query = "specialty=251E00000X&organization.address-state=x&_count=7";
    let query = query.replace("organization.address-state=x", "location.address-state=MO");
    let by_url = api.get(&format!("/fhir/HealthcareService?{query}")).await;
    for (path, body) in [
        ("/fhir/HealthcareService/_search", query.as_str()),
        ("/fhir/HealthcareService/_search?specialty=251E00000X", "location.address-state=MO&_count=7"),
        (&format!("/fhir/HealthcareService/_search?{query}"), ""),
    ] {
        let by_form = posted(&api, path, FORM, body).await;
        assert_eq!((by_form.status, by_form.json()), (StatusCode::OK, by_url.json()), "{path}");
        assert_eq!(by_form.header("cache-control"), "no-store");
    }
    assert!(!list(&by_url.json(), "entry").is_empty());
    for (path, kind, body, status) in [
        ("/fhir/HealthcareService/_search", "application/json", "{}", StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("/fhir/HealthcareService/_search", FORM, "color=red", StatusCode::BAD_REQUEST),
        ("/fhir/HealthcareService/_search", FORM, "name=%FF", StatusCode::BAD_REQUEST),
        ("/fhir/HealthcareService/_search", FORM, "_format=xml", StatusCode::NOT_ACCEPTABLE),
        ("/fhir/Patient/_search", FORM, "name=a", StatusCode::NOT_FOUND),
    ] {
        let answer = posted(&api, path, kind, body).await;
        assert_eq!(
            (answer.status, answer.json()["resourceType"].as_str()),
            (status, Some("OperationOutcome")),
            "{path} {body}"
        );
    }
    let long = format!("name={}", "a".repeat(70_000));
    assert_eq!(posted(&api, "/fhir/Location/_search", FORM, &long).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn answers_have_the_elements_that_are_asked_for_and_say_that_others_are_missing() {
    let api = Api::sample();
    let whole = api.get("/fhir/Organization?type=fac&_count=3").await.json();
    let keys = |page: &Value| -> BTreeSet<String> {
        let resources = entries(page, "match").map(|entry| &entry["resource"]);
        resources.flat_map(|one| one.as_object().unwrap().keys().cloned()).collect()
    };
    let named = |names: &[&str]| -> BTreeSet<String> { names.iter().map(|name| (*name).to_owned()).collect() };
    for (more, expected) in [
        ("_summary=true", named(&["active", "id", "identifier", "meta", "name", "resourceType", "type"])),
        ("_summary=text", named(&["active", "id", "meta", "resourceType"])),
        ("_summary=data", keys(&whole)),
        ("_summary=false", keys(&whole)),
        ("_elements=name,telecom", named(&["active", "id", "meta", "name", "resourceType", "telecom"])),
        ("_elements=Organization.name,id,resourceType", named(&["active", "id", "meta", "name", "resourceType"])),
    ] {
        let page = api.get(&format!("/fhir/Organization?type=fac&_count=3&{more}")).await.json();
        assert_eq!(keys(&page), expected, "{more}");
        assert_eq!(page["total"], whole["total"]);
        let is_marked = page["entry"][0]["resource"]["meta"]["tag"].to_string().contains("SUBSETTED");
        assert_eq!(is_marked, expected != keys(&whole), "{more}");
        assert!(link(&page, "next").unwrap().contains(&more.replace(',', "%2C").replace("Organization.", "")), "{more}");
        let id = page["entry"][0]["resource"]["id"].as_str().unwrap();
        let read = api.get(&format!("/fhir/Organization/{id}?{more}")).await.json();
        assert_eq!(read, page["entry"][0]["resource"], "{more}");
    }
    let counted = api.get("/fhir/Organization?type=fac&_summary=count&_include=Organization:partof").await.json();
    assert_eq!((counted.get("entry"), &counted["total"], link(&counted, "next")), (None, &whole["total"], None));
    let included = api.get("/fhir/Organization?type=ntwk&_count=1&_elements=name&_include=Organization:partof").await.json();
    let payer = entries(&included, "include").next().unwrap();
    assert!(payer["resource"].get("type").is_some(), "only results are reduced: {payer:#}");

    let path = "/fhir/Organization?type=fac&_count=3";
    let pretty = api.get(&format!("{path}&_pretty=true")).await;
    assert!(pretty.text.starts_with("{\n  \"resourceType\""), "{:.60}", pretty.text);
    assert_eq!(pretty.json()["entry"], whole["entry"]);
    assert_eq!(api.get(&format!("{path}&_pretty=false")).await.json()["entry"], whole["entry"]);
    for path in ["/fhir/metadata?_pretty=true", "/fhir/Organization/ccn-26T001?_pretty=true"] {
        assert!(api.get(path).await.text.starts_with("{\n"), "{path}");
    }
    for (query, code) in [
        ("Organization?_summary=short", "not_a_word"),
        ("Organization?_pretty=yes", "not_a_word"),
        ("metadata?_pretty=yes", "not_a_word"),
        ("Organization?_elements=color", "no_such_element"),
        ("Organization?_elements=name&_summary=true", "not_together"),
        ("Organization?_summary=text&_include=Organization:partof", "not_together"),
        ("Organization?_summary=true&_summary=true", "repeated"),
        ("Organization/ccn-26T001?_summary=count", "not_a_word"),
        ("Organization/ccn-26T001?color=red", "unknown_parameter"),
        ("Organization/ccn-26T001?_elements=name&_summary=true", "not_together"),
    ] {
        let answer = api.get(&format!("/fhir/{query}")).await;
        assert_eq!((answer.status, codes(&answer.json())), (StatusCode::BAD_REQUEST, vec![("error", code)]), "{query}");
    }
}

#[tokio::test]
async fn results_are_in_the_order_that_is_asked_for_on_every_page() {
    let api = Api::sample();
    let names = |found: &[Value]| -> Vec<String> { found.iter().map(|one| text(one, "/name").to_lowercase()).collect() };
    let up = found(&api, "Organization?type=fac&_sort=name&_count=13").await;
    assert!(names(&up).is_sorted() && up.len() > 13);
    let down = found(&api, "Organization?type=fac&_sort=-name&_count=13").await;
    assert!(names(&down).iter().rev().is_sorted());
    assert_eq!(sorted(&up), sorted(&down));
    let cities = found(&api, "Location?_sort=address-state,-address-city,_id&_count=50").await;
    let key = |one: &Value| {
        let place = |name: &str| Some(text(one, name).to_lowercase()).filter(|text| !text.is_empty());
        (place("/address/state"), place("/address/city"), text(one, "/id").to_owned())
    };
    for pair in cities.windows(2) {
        let [(state, city, id), (next_state, next_city, next_id)] = [key(&pair[0]), key(&pair[1])];
        // Areas have no state and no city: they come last.
        let is_sorted = match (&state, &next_state) {
            (Some(state), Some(next)) if state == next && city == next_city => id <= next_id,
            (Some(state), Some(next)) if state == next => city >= next_city,
            (Some(state), Some(next)) => state <= next,
            (None, Some(_)) => false,
            (Some(_), None) => true,
            (None, None) => id <= next_id,
        };
        assert!(is_sorted, "{pair:#?}");
    }
    let coded = found(&api, "HealthcareService?_sort=service-type&_count=500").await;
    assert!(coded.iter().map(|one| text(one, "/type/0/coding/0/code")).is_sorted());
    let plain = found(&api, "InsurancePlan?_count=500").await;
    assert_eq!(found(&api, "InsurancePlan?_sort=_lastUpdated&_count=500").await, plain, "all are of one moment");
    for order in ["color", "near", "identifier", "organization", ""] {
        let answer = api.get(&format!("/fhir/Location?_sort={order}")).await;
        assert_eq!(codes(&answer.json()), [("error", "no_such_order")], "{order}");
    }
}

#[tokio::test]
async fn a_lenient_search_says_what_it_ignored() {
    let api = Api::sample();
    let asked = |prefer: &str, query: &str| {
        Request::get(format!("/fhir/{query}")).header("prefer", prefer).body(Body::empty()).unwrap()
    };
    let plain = api.get("/fhir/Organization?type=fac&_count=5").await.json();
    let query =
        "Organization?type=fac&color=red&_sort=color&_elements=color&partof.color=x&_include=Organization:color&_count=5";
    for prefer in ["handling=lenient", "respond-async, handling=lenient", "return=minimal; handling=\"lenient\""] {
        let answer = api.send(asked(prefer, &query.replace("&_elements=color", ""))).await;
        assert_eq!((answer.status, answer.header("preference-applied")), (StatusCode::OK, "handling=lenient"), "{prefer}");
        let page = answer.json();
        assert_eq!(entries(&page, "match").collect::<Vec<_>>(), entries(&plain, "match").collect::<Vec<_>>());
        let outcome = &entries(&page, "outcome").next().unwrap()["resource"];
        let expected = ["unknown_parameter", "no_such_order", "unknown_parameter", "no_such_link"];
        assert_eq!(codes(outcome), expected.map(|code| ("warning", code)));
        assert_eq!(page["total"], plain["total"], "the outcome is no result");
        let own = link(&page, "self").unwrap();
        assert!(own.ends_with("/fhir/Organization?type=fac&_count=5"), "{own}");
    }
    for prefer in ["handling=strict", "lenient", ""] {
        let answer = api.send(asked(prefer, query)).await;
        assert_eq!((answer.status, codes(&answer.json()).len()), (StatusCode::BAD_REQUEST, 5), "{prefer}");
    }
    let partly =
        api.send(asked("handling=lenient", "Organization?_sort=color,-name&_elements=name,color&_count=2")).await.json();
    assert_eq!(link(&partly, "self").unwrap().split_once('?').unwrap().1, "_sort=-name&_elements=name&_count=2");
    // What is supported and wrong stays wrong.
    for query in ["Organization?_count=many", "Organization?name:fuzzy=a", "Location?near=north", "Organization?name="] {
        let answer = api.send(asked("handling=lenient", query)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
    }
    let nothing = api.send(asked("handling=lenient", "Organization?type=fac&_count=5")).await.json();
    assert_eq!(nothing, plain, "nothing is ignored, so nothing is said");
}

#[tokio::test]
async fn the_parameters_that_clients_send_unasked_change_nothing() {
    let case = files_of("payer-and-input-30").and_then(|files| files.into_iter().find(|(name, _)| name == "url.txt"));
    let path = case.map(|(_, url)| String::from_utf8(url).unwrap().trim().to_owned());
    let path = path.unwrap_or_else(|| "/fhir/Organization?name=magnolia&_pretty=true".to_owned());
    let api = Api::sample();
    for more in ["", "&_summary=false", "&_sort=name", "&_total=accurate"] {
        let answer = api.get(&format!("{path}{more}")).await;
        let plain = api.get(&path.replace("&_pretty=true", "")).await.json();
        assert_eq!((answer.status, &answer.json()["total"]), (StatusCode::OK, &plain["total"]), "{more}");
    }
}

#[tokio::test]
async fn types_without_resources_answer_with_nothing_and_the_statement_says_why() {
    let api = Api::sample();
    let statement = api.get("/fhir/metadata").await.json();
    for kind in ["Practitioner", "PractitionerRole", "Endpoint"] {
        for query in ["", "?_id=1", "?_lastUpdated=2026-11-21", "?_count=3&_summary=count"] {
            let page = api.get(&format!("/fhir/{kind}{query}")).await.json();
            let found = (&page["type"], &page["total"], page.get("entry"), link(&page, "next"));
            assert_eq!(found, (&json!("searchset"), &json!(0), None, None), "{kind}{query}");
        }
        let said = list(&statement["rest"][0], "resource").iter().find(|one| one["type"] == kind).unwrap();
        assert!(text(said, "/documentation").contains("not known"), "{said:#}");
    }
    let roles = found(&api, "Organization?_has:PractitionerRole:organization:role=x").await;
    assert_eq!(roles, Vec::<Value>::new());
}

/// The extensions of a resource with that URL.
fn extensions<'a>(value: &'a Value, url: &'a str) -> impl Iterator<Item = &'a Value> {
    list(value, "extension").iter().filter(move |one| one["url"] == url)
}

#[tokio::test]
async fn resources_have_the_elements_of_the_profiles_that_the_directory_has() {
    let all = everything(&Api::sample()).await;
    for kind in ["Organization", "Location"] {
        for identifier in all[kind].values().flat_map(|one| list(one, "identifier")) {
            let code = match text(identifier, "/system") {
                "http://hl7.org/fhir/sid/us-npi" => "NPI",
                "urn:oid:2.16.840.1.113883.4.336" => "FI",
                _ => "RI",
            };
            assert_eq!(identifier["type"]["coding"][0]["code"], code, "{identifier:#}");
        }
    }
    let url = format!("{PLAN_NET}/StructureDefinition/delivery-method");
    for service in all["HealthcareService"].values() {
        let delivered: Vec<&Value> = extensions(service, &url).collect();
        let is_equipment = coded(service, "type", "medical_equipment");
        assert_eq!(delivered.len(), usize::from(!is_equipment), "{service:#}");
        assert!(delivered.iter().all(|one| text(one, "/extension/0/valueCodeableConcept/coding/0/code") == "physical"));
        let owner = &all["Organization"][text(service, "/providedBy/reference").split_once('/').unwrap().1];
        assert_eq!(service.get("telecom"), owner.get("telecom"));
    }
    let url = format!("{PLAN_NET}/StructureDefinition/qualification");
    let certified: Vec<&Value> = all["Organization"].values().flat_map(|one| extensions(one, &url)).collect();
    assert!(certified.len() > 50, "{}", certified.len());
    for one in certified {
        assert_eq!((text(one, "/extension/0/url"), text(one, "/extension/1/valueCode")), ("code", "active"));
        let concept = &one["extension"][0]["valueCodeableConcept"];
        assert!(["medicare", "medicaid"].contains(&text(concept, "/coding/0/code")), "{concept:#}");
        assert_eq!(extensions(concept, "urn:placement:fhir:evidence").count(), 1);
    }
    for one in all["Organization"].values().filter(|one| one.get("alias").is_some()) {
        assert_eq!(list(one, "alias").len(), list(one, "_alias").len(), "each has its evidence");
    }
    for plan in all["InsurancePlan"].values() {
        let code = &plan["type"][0]["coding"][0];
        assert_eq!((text(code, "/code"), text(code, "/system").ends_with("/data-absent-reason")), ("unknown", true));
    }
    let placed = all["Organization"]
        .values()
        .filter(|one| extensions(&one["address"][0], "http://hl7.org/fhir/StructureDefinition/geolocation").next().is_some());
    let exact = all["Location"].values().filter(|one| one["position"].to_string().contains("\"address\""));
    assert_eq!(placed.count(), exact.count(), "only where the position is that of the address");
    assert!(TYPES.iter().all(|kind| !all[*kind].is_empty()));
}

#[tokio::test]
async fn safety_notices_have_the_parts_of_a_flag() {
    let all = everything(&Api::sample()).await;
    let notices: Vec<&Value> =
        all["HealthcareService"].values().flat_map(|one| extensions(one, "urn:placement:fhir:safety")).collect();
    assert!(!notices.is_empty());
    for notice in notices {
        let part = |url: &str| list(notice, "extension").iter().find(|part| part["url"] == url);
        assert_eq!(part("status").unwrap()["valueCode"], "active");
        assert_eq!(text(part("category").unwrap(), "/valueCodeableConcept/coding/0/code"), "safety");
        let is_period = part("period").is_some_and(|part| part["valuePeriod"]["start"].is_string());
        assert_eq!(part("code").unwrap()["valueCode"] == "payment_denial", is_period, "{notice:#}");
        assert!(part("text").is_some() && part("source").is_some());
    }
}
