//! The directory as FHIR: resources, ids, and errors.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use placement::catalog::SharedCatalog;
use placement::catalog::generation::GenerationStore;
use placement::config::server::AccessConfig;
use placement::provider::ProviderId;
use placement::sample;
use placement::serve::state::AppState;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::{Answer, Api, TODAY, publish, sample_app};
use crate::statements::desk;

/// The resource types.
pub(crate) const TYPES: [&str; 5] =
    ["Organization", "Location", "HealthcareService", "OrganizationAffiliation", "InsurancePlan"];

/// The base URL of the Plan-Net definitions.
pub(crate) const PLAN_NET: &str = "http://hl7.org/fhir/us/davinci-pdex-plan-net";

/// All resources of a view, by type and id.
pub(crate) type All = BTreeMap<String, BTreeMap<String, Value>>;

/// The pages of a search.
pub(crate) async fn pages(api: &Api, search: &str) -> Vec<Value> {
    sent(api, search).await.iter().map(Answer::json).collect()
}

/// The pages of a search, as sent.
pub(crate) async fn sent(api: &Api, search: &str) -> Vec<Answer> {
    let mut pages: Vec<Answer> = Vec::new();
    let mut next = Some(format!("/fhir/{search}"));
    while let Some(path) = next {
        let answer = api.get(&path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        assert_eq!(answer.header("content-type"), "application/fhir+json");
        assert_eq!(answer.header("cache-control"), "no-store");
        let page = answer.json();
        next = link(&page, "next").map(|url| url.strip_prefix("http://localhost").unwrap().to_owned());
        pages.push(answer);
        assert!(pages.len() < 5000, "{search} never ends");
    }
    pages
}

/// A link of a bundle.
pub(crate) fn link<'a>(page: &'a Value, relation: &str) -> Option<&'a str> {
    let links = page["link"].as_array().unwrap();
    links.iter().find(|link| link["relation"] == relation).map(|link| link["url"].as_str().unwrap())
}

/// The entries of a bundle with that search mode.
pub(crate) fn entries<'a>(page: &'a Value, mode: &'static str) -> impl Iterator<Item = &'a Value> {
    let all = page["entry"].as_array().map_or(&[][..], Vec::as_slice);
    all.iter().filter(move |entry| entry["search"]["mode"] == mode)
}

/// The resources found by a search, over all pages.
pub(crate) async fn found(api: &Api, search: &str) -> Vec<Value> {
    let pages = pages(api, search).await;
    let found: Vec<Value> =
        pages.iter().flat_map(|page| entries(page, "match")).map(|entry| entry["resource"].clone()).collect();
    for page in &pages {
        assert_eq!(page["total"], found.len(), "{search}");
    }
    found
}

/// All resources.
pub(crate) async fn everything(api: &Api) -> All {
    let mut all = All::new();
    for kind in TYPES {
        let found = found(api, &format!("{kind}?_count=500")).await;
        let count = found.len();
        let named: BTreeMap<String, Value> =
            found.into_iter().map(|resource| (resource["id"].as_str().unwrap().to_owned(), resource)).collect();
        assert_eq!(named.len(), count, "every {kind} has an id of its own");
        assert!(count > 2, "{kind}: {count}");
        all.insert(kind.to_owned(), named);
    }
    all
}

/// A list in a resource; empty if missing.
pub(crate) fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

/// The issues of an OperationOutcome: code and parameter.
fn issues(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(answer.header("content-type"), "application/fhir+json", "{}", answer.text);
    let outcome = answer.json();
    assert_eq!(outcome["resourceType"], "OperationOutcome", "{outcome:#}");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let issue = |issue: &Value| {
        assert!(issue["severity"] == "error" && issue["diagnostics"].is_string(), "{issue:#}");
        (text(&issue["code"]), text(&issue["location"][0]))
    };
    let issues: Vec<_> = list(&outcome, "issue").iter().map(issue).collect();
    assert!(!issues.is_empty(), "{outcome:#}");
    issues
}

/// All references in a value.
fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("reference").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[tokio::test]
async fn every_resource_is_read_by_its_id_and_every_link_leads_to_one() {
    let api = Api::sample();
    let all = everything(&api).await;
    for (kind, resources) in &all {
        for (id, resource) in resources {
            let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
            assert!((1..=64).contains(&id.len()) && id.bytes().all(fits), "{id}");
            assert_eq!(resource["resourceType"], **kind);
            assert_eq!(resource["meta"]["lastUpdated"], "2026-11-21T12:00:00Z");
            assert_eq!(resource["meta"]["tag"][0]["code"], "HTEST", "invented providers say so");
            let mut links = Vec::new();
            references(resource, &mut links);
            for link in links {
                let (kind, id) = link.split_once('/').unwrap();
                assert!(all[kind].contains_key(id), "{link} of {resource:#}");
            }
        }
        // Reading each by itself repeats the same code a thousand times; every twentieth and the
        // last are enough.
        for (id, resource) in resources.iter().step_by(20).chain(resources.last_key_value()) {
            let read = api.get(&format!("/fhir/{kind}/{id}")).await;
            assert_eq!(read.status, StatusCode::OK, "{}", read.text);
            assert_eq!(read.json(), *resource);
        }
    }
}

#[tokio::test]
async fn ids_are_those_of_the_directory() {
    let api = Api::sample();
    let catalog = sample_app().catalog.current().unwrap();
    let all = everything(&api).await;
    let providers: Vec<&Value> = all["Organization"].values().filter(|one| !list(one, "identifier").is_empty()).collect();
    assert_eq!(providers.len(), catalog.manifest().providers as usize);
    for resource in providers {
        let own = list(resource, "identifier").iter().find(|one| one["system"] == "urn:placement:provider").unwrap();
        let id: ProviderId = own["value"].as_str().unwrap().parse().unwrap();
        assert_eq!(resource["id"], id.as_str().replacen(':', "-", 1));
        let provider = catalog.provider_of(&id).unwrap();
        assert_eq!(provider.id, id);
        assert_eq!(resource["name"], provider.name.value);
        let phone = provider.phone.as_ref().map(|phone| json!(phone.value.to_string())).unwrap_or_default();
        assert_eq!(resource["telecom"][0]["value"], phone);
        for line in &provider.lines {
            let service = format!("{}.{}", resource["id"].as_str().unwrap(), line.service.code().replace('_', "-"));
            assert!(all["HealthcareService"].contains_key(&service), "{service}");
        }
    }
    let networks = all["Organization"].values().filter(|one| one["id"].as_str().unwrap().starts_with("network-"));
    assert_eq!(networks.count(), catalog.manifest().networks as usize);
}

#[tokio::test]
async fn ids_stay_from_night_to_night() {
    let folder = TempDir::new().unwrap();
    let (files, index) = (folder.path().join("files"), folder.path().join("index"));
    sample::unpack(&files, TODAY).unwrap();
    publish(&files, &index, "2026-11-20T12:00:00Z");
    let before = everything(&Api::of(&index)).await;
    publish(&files, &index, "2026-11-21T12:00:00Z");
    let after = everything(&Api::of(&index)).await;
    for kind in TYPES {
        assert!(before[kind].keys().eq(after[kind].keys()), "{kind}");
    }
    assert_ne!(before["Organization"], after["Organization"], "they say when they were published");
}

#[tokio::test]
async fn resources_have_what_the_profiles_insist_on() {
    let all = everything(&Api::sample()).await;
    let has = |kind: &str, names: &[&str]| {
        for (id, resource) in &all[kind] {
            for name in names {
                assert!(resource.get(name).is_some(), "{kind}/{id} has no {name}");
            }
            assert!(resource.get("text").is_none());
            let in_use = resource["active"] != false && resource["status"] != "inactive";
            let profile = resource["meta"]["profile"][0].as_str().unwrap_or_default();
            let claimed = profile.starts_with(&format!("{PLAN_NET}/StructureDefinition/plannet-"));
            assert_eq!(claimed, in_use, "{kind}/{id}: {profile}");
        }
    };
    has("Location", &["status", "name", "address"]);
    has("HealthcareService", &["active", "providedBy", "category", "type", "specialty", "name"]);
    has("OrganizationAffiliation", &["active", "organization", "participatingOrganization", "network", "code", "specialty"]);
    has("InsurancePlan", &["status", "type", "name", "ownedBy", "administeredBy", "network"]);
    has("Organization", &["active", "type", "name"]);
    for (id, resource) in &all["Organization"] {
        let kind = resource["type"][0]["coding"][0]["code"].as_str().unwrap();
        let (needed, profile) = if kind == "ntwk" { ("partOf", "Network") } else { ("address", "Organization") };
        assert!(resource.get(needed).is_some(), "{id} has no {needed}");
        if let Some(claimed) = resource["meta"]["profile"][0].as_str() {
            assert!(claimed.ends_with(&format!("plannet-{profile}")), "{id}: {claimed}");
        }
    }
}

#[tokio::test]
async fn what_is_said_has_who_said_it_and_where_a_place_is_how_closely() {
    let all = everything(&Api::sample()).await;
    let says = |value: &Value, url: &str| list(value, "extension").iter().any(|one| one["url"] == url);
    let mut places = 0;
    for place in all["Location"].values().filter(|place| place.get("position").is_some()) {
        assert!(says(&place["position"], "urn:placement:fhir:precision"), "{place:#}");
        assert!(says(&place["position"], "urn:placement:fhir:evidence"), "{place:#}");
        places += 1;
    }
    assert!(places > 100, "{places}");
    for affiliation in all["OrganizationAffiliation"].values() {
        assert!(says(affiliation, "urn:placement:fhir:evidence") && says(affiliation, "urn:placement:fhir:terms"));
    }
    let tiers = all["OrganizationAffiliation"].values().filter(|one| one.to_string().contains("\"url\":\"tier\""));
    assert!(tiers.count() > 0);
}

#[tokio::test]
async fn a_resource_is_not_sent_twice() {
    let api = Api::sample();
    let all = everything(&api).await;
    for kind in TYPES {
        let path = format!("/fhir/{kind}/{}", all[kind].keys().next().unwrap());
        let first = api.get(&path).await;
        let tag = first.header("etag").to_owned();
        assert_eq!(tag, format!("W/\"{}\"", first.json()["meta"]["versionId"].as_str().unwrap()));
        assert_eq!(first.header("cache-control"), "no-cache");
        for (held, status) in [
            (tag.as_str(), StatusCode::NOT_MODIFIED),
            (tag.trim_start_matches("W/"), StatusCode::NOT_MODIFIED),
            ("*", StatusCode::NOT_MODIFIED),
            ("W/\"other\"", StatusCode::OK),
        ] {
            let again = Request::get(&path).header("if-none-match", held).body(Body::empty()).unwrap();
            let again = api.send(again).await;
            assert_eq!(again.status, status, "{path} {held}");
            assert_eq!(again.header("etag"), tag);
            assert_eq!(again.text.is_empty(), status == StatusCode::NOT_MODIFIED);
        }
    }
}

#[tokio::test]
async fn only_clients_that_accept_json_get_it() {
    let api = Api::sample();
    for path in ["/fhir/metadata", "/fhir/InsurancePlan", "/fhir/InsurancePlan?_count=1", "/fhir/Organization/nobody"] {
        for (accept, format, taken) in [
            (Some("application/fhir+json"), None, true),
            (Some("application/json"), None, true),
            (Some("application/fhir+json; fhirVersion=4.0"), None, true),
            (Some("*/*"), None, true),
            (None, None, true),
            (Some("application/fhir+xml"), None, false),
            (Some("text/html"), None, false),
            (Some("application/fhir+xml, */*;q=0.1"), None, true),
            (Some("application/fhir+xml"), Some("json"), true),
            (Some("application/fhir+json"), Some("xml"), false),
            (None, Some("application/fhir%2Bjson"), true),
            (None, Some("application/fhir+json"), true),
            (None, Some("ttl"), false),
        ] {
            let sign = if path.contains('?') { '&' } else { '?' };
            let path = format.map_or(path.to_owned(), |format| format!("{path}{sign}_format={format}"));
            let mut request = Request::get(&path);
            if let Some(accept) = accept {
                request = request.header("accept", accept);
            }
            let answer = api.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status != StatusCode::NOT_ACCEPTABLE, taken, "{path} {accept:?}: {}", answer.text);
            assert_eq!(answer.header("content-type"), "application/fhir+json");
            if !taken {
                assert_eq!(issues(&answer)[0].0, "not-supported");
            }
        }
    }
}

#[tokio::test]
async fn every_problem_is_an_operation_outcome() {
    let api = Api::sample();
    for (path, status, kind) in [
        ("/fhir", StatusCode::NOT_FOUND, "not-found"),
        ("/fhir/", StatusCode::NOT_FOUND, "not-found"),
        ("/fhir/Organization/a/b", StatusCode::NOT_FOUND, "not-found"),
        ("/fhir/Organization/nobody", StatusCode::NOT_FOUND, "not-found"),
        ("/fhir/Organization/ccn-999999", StatusCode::NOT_FOUND, "not-found"),
        ("/fhir/Organization/ccn-42%2F", StatusCode::NOT_FOUND, "not-found"),
        ("/fhir/Location/zip-00000", StatusCode::NOT_FOUND, "not-found"),
        ("/fhir/HealthcareService/ccn-999999.home-health", StatusCode::NOT_FOUND, "not-found"),
        ("/fhir/OrganizationAffiliation/x.y.000000000000", StatusCode::NOT_FOUND, "not-found"),
        ("/fhir/Patient", StatusCode::NOT_FOUND, "not-supported"),
        ("/fhir/Practitioner/1", StatusCode::NOT_FOUND, "not-found"),
        ("/fhir/Endpoint/1", StatusCode::NOT_FOUND, "not-found"),
        ("/fhir/Organization/nobody?_summary=count", StatusCode::BAD_REQUEST, "value"),
        ("/fhir/organization", StatusCode::NOT_FOUND, "not-supported"),
        ("/fhir/metadata?mode=full", StatusCode::BAD_REQUEST, "not-supported"),
        ("/fhir/Organization?color=red", StatusCode::BAD_REQUEST, "not-supported"),
    ] {
        let answer = api.get(path).await;
        assert_eq!((answer.status, issues(&answer)[0].0.as_str()), (status, kind), "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
    let posted = Request::post("/fhir/Organization").header("accept", "text/html").body(Body::empty()).unwrap();
    let posted = api.send(posted).await;
    assert_eq!((posted.status, issues(&posted)[0].0.as_str()), (StatusCode::METHOD_NOT_ALLOWED, "not-supported"));
    assert!(posted.header("allow").contains("GET"));

    let mut app = sample_app();
    app.edge.access = Some(AccessConfig::default());
    let guarded = Api::new(app);
    let answer = guarded.get("/fhir/Organization").await;
    assert_eq!((answer.status, issues(&answer)[0].0.as_str()), (StatusCode::UNAUTHORIZED, "login"));
    assert_eq!(guarded.get("/fhir/metadata").await.status, StatusCode::OK);

    let empty = TempDir::new().unwrap();
    let none = Api::of(empty.path());
    for path in ["/fhir/Organization", "/fhir/Organization/ccn-425003"] {
        let answer = none.get(path).await;
        assert_eq!((answer.status, issues(&answer)[0].0.as_str()), (StatusCode::SERVICE_UNAVAILABLE, "transient"));
    }
    assert_eq!(none.get("/fhir/metadata").await.status, StatusCode::OK, "what can be done needs no directory");
}

#[tokio::test]
async fn pages_are_good_for_one_directory_only() {
    let folder = TempDir::new().unwrap();
    let (files, index) = (folder.path().join("files"), folder.path().join("index"));
    sample::unpack(&files, TODAY).unwrap();
    publish(&files, &index, "2026-11-20T12:00:00Z");
    publish(&files, &index, "2026-11-21T12:00:00Z");
    let store = GenerationStore::new(&index);
    let generations: Vec<String> = store.list().unwrap().into_iter().map(|listed| listed.generation).collect();
    let (served, other) = (store.current().unwrap(), generations.iter());
    let other = other.clone().find(|one| **one != served).unwrap();
    let app = AppState::new(SharedCatalog::new(&index));
    app.catalog.reload().unwrap();
    store.set_current(other).unwrap();
    let swapped = AppState::new(SharedCatalog::new(&index));
    swapped.catalog.reload().unwrap();
    let (api, swapped) = (Api::new(app), Api::new(swapped));
    let first = api.get("/fhir/HealthcareService?_count=3").await.json();
    let next = link(&first, "next").unwrap().strip_prefix("http://localhost").unwrap().to_owned();
    assert_eq!(api.get(&next).await.status, StatusCode::OK);
    let answer = swapped.get(&next).await;
    assert_eq!((answer.status, issues(&answer)[0].0.as_str()), (StatusCode::GONE, "conflict"));
    assert!(answer.text.contains("Start again"), "{}", answer.text);
}

#[tokio::test]
async fn addresses_are_those_the_server_is_reached_at() {
    let mut app = sample_app();
    app.edge.public_url = Some("https://placement.mercy.example/".to_owned());
    let (set, plain) = (Api::new(app), Api::sample());
    let of = |answer: Answer| answer.json()["entry"][0]["fullUrl"].as_str().unwrap().to_owned();
    let path = "/fhir/InsurancePlan?_count=1";
    assert!(of(set.get(path).await).starts_with("https://placement.mercy.example/fhir/InsurancePlan/plan-"));
    let asked = |host: &str| Request::get(path).header("host", host).body(Body::empty()).unwrap();
    assert!(of(plain.send(asked("127.0.0.1:8080")).await).starts_with("http://127.0.0.1:8080/fhir/InsurancePlan/"));
    let elsewhere = plain.send(asked("evil.example")).await;
    assert_eq!((elsewhere.status, issues(&elsewhere).len()), (StatusCode::MISDIRECTED_REQUEST, 1));
}

/// The search parameters required by Plan-Net, and those we added.
const WANTED: [(&str, &[&str]); 8] = [
    (
        "Organization",
        &["_id", "_lastUpdated", "address", "coverage-area", "endpoint", "identifier", "name", "partof", "type"],
    ),
    (
        "Location",
        &[
            "_id",
            "_lastUpdated",
            "address",
            "address-city",
            "address-postalcode",
            "address-state",
            "endpoint",
            "identifier",
            "near",
            "organization",
            "partof",
            "type",
        ],
    ),
    (
        "HealthcareService",
        &[
            "_id",
            "_lastUpdated",
            "coverage-area",
            "endpoint",
            "location",
            "name",
            "organization",
            "service-category",
            "service-type",
            "specialty",
        ],
    ),
    (
        "OrganizationAffiliation",
        &[
            "_id",
            "_lastUpdated",
            "endpoint",
            "location",
            "network",
            "participating-organization",
            "primary-organization",
            "role",
            "service",
            "specialty",
        ],
    ),
    (
        "InsurancePlan",
        &["_id", "_lastUpdated", "administered-by", "coverage-area", "identifier", "name", "owned-by", "plan-type", "type"],
    ),
    ("Practitioner", &["_id", "_lastUpdated", "family", "given", "name"]),
    (
        "PractitionerRole",
        &[
            "_id",
            "_lastUpdated",
            "endpoint",
            "location",
            "network",
            "organization",
            "practitioner",
            "role",
            "service",
            "specialty",
        ],
    ),
    ("Endpoint", &["_id", "_lastUpdated", "organization"]),
];

#[tokio::test]
async fn the_statement_lists_what_is_done_and_what_is_listed_is_done() {
    let api = Api::sample();
    let statement = api.get("/fhir/metadata").await.json();
    assert_eq!((&statement["resourceType"], &statement["fhirVersion"]), (&json!("CapabilityStatement"), &json!("4.0.1")));
    let resources = list(&statement["rest"][0], "resource");
    let listed: BTreeMap<&str, BTreeSet<&str>> = resources
        .iter()
        .map(|one| {
            let params = list(one, "searchParam").iter().map(|param| param["name"].as_str().unwrap());
            (one["type"].as_str().unwrap(), params.collect())
        })
        .collect();
    let wanted: BTreeMap<&str, BTreeSet<&str>> =
        WANTED.iter().map(|(kind, params)| (*kind, params.iter().copied().collect())).collect();
    assert_eq!(listed, wanted);
    let every: BTreeSet<&str> = wanted.values().flatten().copied().collect();
    for resource in resources {
        let kind = resource["type"].as_str().unwrap();
        for param in list(resource, "searchParam") {
            let name = param["name"].as_str().unwrap();
            assert!(param["definition"].as_str().unwrap().contains("/SearchParameter/"), "{param:#}");
            let query = if name == "near" { "near=39.1|-94.6|5|mi".to_owned() } else { format!("{name}:missing=false") };
            assert_eq!(api.get(&format!("/fhir/{kind}?{query}&_count=0")).await.status, StatusCode::OK, "{kind} {name}");
        }
        for other in every.iter().filter(|name| !listed[kind].contains(*name)) {
            let answer = api.get(&format!("/fhir/{kind}?{other}=x")).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{kind} {other}");
            assert_eq!(issues(&answer), [("not-supported".to_owned(), format!("http.{other}"))]);
        }
        for (control, names) in [("_include", "searchInclude"), ("_revinclude", "searchRevInclude")] {
            for include in list(resource, names) {
                let path = format!("/fhir/{kind}?{control}={}&_count=1", include.as_str().unwrap());
                assert_eq!(api.get(&path).await.status, StatusCode::OK, "{path}");
            }
        }
        assert_eq!(resource["interaction"], json!([{"code": "read"}, {"code": "search-type"}]));
    }
}

#[tokio::test]
async fn what_providers_say_between_nights_is_no_part_of_it() {
    let (api, _folder) = desk().await;
    let search = "HealthcareService?service-type=skilled_nursing&_count=500";
    let before = found(&api, search).await;
    let id = before[0]["providedBy"]["reference"].as_str().unwrap().strip_prefix("Organization/").unwrap();
    let path = format!("/v1/providers/{}/statements", id.replacen('-', ":", 1));
    let said = json!({"statements": [{"service": "skilled_nursing", "need": "inf.abx", "answer": false}]});
    assert_eq!(api.put(&path, said).await.status, StatusCode::OK, "{path}");
    assert_eq!(found(&api, search).await, before);
}

#[tokio::test]
async fn everything_wrong_with_a_search_is_told_at_once() {
    let api = Api::sample();
    let path = "/fhir/Location?nam=x&address:fuzzy=y&near=north&_count=many&_sort=name&address-city=&_include=Location:network\
                &_lastUpdated=soon&organization=Location/1&_cursor=zzz&organization.nam=x&_has:HealthcareService:location=x&name.x=y&_total=all&type=SNF,";
    let answer = api.get(path).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let told: Vec<String> = issues(&answer).into_iter().map(|(kind, place)| format!("{kind} {place}")).collect();
    assert_eq!(
        told,
        [
            "not-supported http.nam",
            "not-supported http.address:fuzzy",
            "value http.near",
            "value http._count",
            "not-supported http._sort",
            "value http.address-city",
            "not-supported http._include",
            "value http._lastUpdated",
            "value http.organization",
            "value http._cursor",
            "not-supported http.organization.nam",
            "not-supported http._has:HealthcareService:location",
            "not-supported http.name.x",
            "value http._total",
            "value http.type",
        ]
    );
}

#[tokio::test]
async fn hostile_values_find_nothing_and_break_nothing() {
    let api = Api::sample();
    let long = "a".repeat(20_000);
    let many = vec!["x"; 101].join(",");
    for (query, status) in [
        ("Organization?name=%00", StatusCode::OK),
        ("Organization?name=%25%27%22%3Cscript%3E", StatusCode::OK),
        ("Organization?name=%FF", StatusCode::BAD_REQUEST),
        ("Organization?name=\\", StatusCode::OK),
        ("Organization?identifier=|||", StatusCode::OK),
        ("Organization?identifier=urn:nobody|", StatusCode::OK),
        ("Organization?name=%20", StatusCode::BAD_REQUEST),
        ("Organization?partof=../../etc/passwd", StatusCode::OK),
        ("Organization?partof=http://elsewhere.example/Organization/1", StatusCode::OK),
        ("Organization?_id=ccn-%C3%A9", StatusCode::OK),
        ("Location?near=39|-94|1e999|mi", StatusCode::BAD_REQUEST),
        ("Location?near=39|-94|-0|km", StatusCode::OK),
        ("Location?near=90|180|20000|km&_count=1&address=zzzz", StatusCode::OK),
        ("Location?_count=18446744073709551616", StatusCode::BAD_REQUEST),
        ("Location?_count=-1", StatusCode::BAD_REQUEST),
        ("Location?_lastUpdated=99999-01-01", StatusCode::BAD_REQUEST),
        ("Location?_lastUpdated=9999", StatusCode::BAD_REQUEST),
        ("HealthcareService?coverage-area=zip-99999999", StatusCode::OK),
        (&format!("Organization?name={long}"), StatusCode::BAD_REQUEST),
        (&format!("Organization?name={many}"), StatusCode::BAD_REQUEST),
    ] {
        let answer = api.get(&format!("/fhir/{query}")).await;
        assert_eq!(answer.status, status, "{query}: {}", answer.text);
        match status {
            StatusCode::OK => assert_eq!(answer.json()["total"], 0, "{query}"),
            _ => assert!(!issues(&answer).is_empty()),
        }
    }
    // The offset of a cursor is arbitrary.
    let first = api.get("/fhir/Location?_count=1").await.json();
    let next = link(&first, "next").unwrap().strip_prefix("http://localhost").unwrap().to_owned();
    let (before, cursor) = next.split_once("_cursor=").unwrap();
    for broken in [&cursor[..cursor.len() - 2], "AAAA", "%00", ""] {
        assert_eq!(api.get(&format!("{before}_cursor={broken}")).await.status, StatusCode::BAD_REQUEST, "{broken}");
    }
}
