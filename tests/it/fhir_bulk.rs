//! The export of all resources: the requests of Bulk Data Access, the bytes of the files, and what our own Plan-Net reader
//! finds in them.

use std::fs;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use placement::config::server::AccessConfig;
use placement::matching::candidate::Directory;
use placement::provider::OperatingStatus;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::{Answer, Api, sample_app};
use crate::fhir::{TYPES, found, list};
use crate::fhir_round_trip::{affiliations, networks, plans, providers, published, zips};
use crate::fhir_search::text;

async fn kicked_off(api: &Api, query: &str, prefer: &str) -> Answer {
    let request = Request::get(format!("/fhir/$export{query}")).header("prefer", prefer);
    api.send(request.header("accept", "application/fhir+json").body(Body::empty()).unwrap()).await
}

fn local(url: &str) -> &str {
    url.strip_prefix("http://localhost").unwrap()
}

/// The manifest of an export.
async fn exported(api: &Api, query: &str) -> Value {
    let answer = kicked_off(api, query, "respond-async").await;
    assert_eq!((answer.status, answer.text.as_str()), (StatusCode::ACCEPTED, ""), "{query}");
    let manifest = api.get(local(answer.header("content-location"))).await;
    assert_eq!((manifest.status, manifest.header("content-type")), (StatusCode::OK, "application/json"), "{}", manifest.text);
    manifest.json()
}

/// The files of a manifest: name and content.
async fn files(api: &Api, manifest: &Value) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for file in list(manifest, "output") {
        let url = text(file, "/url");
        let answer = api.get(local(url)).await;
        assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, "application/fhir+ndjson"));
        assert_eq!(file["count"], answer.text.lines().count(), "{url}");
        files.push((url.rsplit('/').next().unwrap().to_owned(), answer.text));
    }
    files
}

#[tokio::test]
async fn an_export_is_accepted_listed_and_read() {
    let api = Api::sample();
    let manifest = exported(&api, "").await;
    assert_eq!(manifest["transactionTime"], "2026-11-21T12:00:00Z");
    assert_eq!(manifest["request"], "http://localhost/fhir/$export");
    assert_eq!((&manifest["requiresAccessToken"], &manifest["error"]), (&json!(false), &json!([])));
    let kinds: Vec<&str> = list(&manifest, "output").iter().map(|file| text(file, "/type")).collect();
    assert_eq!(kinds, TYPES, "types without resources have no file");
    for (kind, (name, lines)) in TYPES.into_iter().zip(files(&api, &manifest).await) {
        assert_eq!(name, format!("{kind}-1.ndjson"));
        let resources: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(resources, found(&api, &format!("{kind}?_count=500")).await, "{kind}: as the search finds them");
    }
    let some = exported(&api, "?_type=Location,InsurancePlan&_outputFormat=ndjson&_since=2026-11-21T11:59:59Z").await;
    let kinds: Vec<&str> = list(&some, "output").iter().map(|file| text(file, "/type")).collect();
    assert_eq!(kinds, ["Location", "InsurancePlan"]);
    for nothing in ["?_since=2026-11-21T12:00:00Z", "?_type=Practitioner,Endpoint"] {
        assert_eq!(exported(&api, nothing).await["output"], json!([]), "{nothing}");
    }
    let is_published = api.get("/fhir/$bulk-publish").await.json();
    assert_eq!(
        (&is_published["output"], &is_published["outputFormat"]),
        (&manifest["output"], &json!("application/fhir+ndjson"))
    );

    let mut app = sample_app();
    app.edge.access = Some(AccessConfig::default());
    let guarded = Api::new(app);
    let path = local(text(&manifest, "/output/0/url"));
    for path in ["/fhir/$export", "/fhir/$bulk-publish", path] {
        assert_eq!(guarded.get(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_an_export_is_said() {
    let api = Api::sample();
    for (query, prefer, expected) in [
        ("", "", vec!["not_async"]),
        ("?_type=Patient,Locaton", "respond-async", vec!["no_such_type", "no_such_type"]),
        ("?_since=soon&_outputFormat=csv&color=red", "respond-async", vec!["not_a_date", "not_a_word", "unknown_parameter"]),
        ("?_since=soon", "", vec!["not_a_date", "not_async"]),
    ] {
        let answer = kicked_off(&api, query, prefer).await;
        let outcome = answer.json();
        let code = |issue: &Value| text(issue, "/details/coding/0/code").to_owned();
        let codes: Vec<String> = list(&outcome, "issue").iter().map(code).collect();
        assert_eq!(
            (answer.status, codes),
            (StatusCode::BAD_REQUEST, expected.into_iter().map(str::to_owned).collect()),
            "{query}"
        );
    }
    let generation = sample_app().catalog.current().unwrap().manifest().generation.clone();
    for (path, status) in [
        ("/fhir/export/other".to_owned(), StatusCode::GONE),
        ("/fhir/bulk/other/Location-1.ndjson".to_owned(), StatusCode::GONE),
        (format!("/fhir/bulk/{generation}/Location-2.ndjson"), StatusCode::NOT_FOUND),
        (format!("/fhir/bulk/{generation}/Location-01.ndjson"), StatusCode::NOT_FOUND),
        (format!("/fhir/bulk/{generation}/Endpoint-1.ndjson"), StatusCode::NOT_FOUND),
        (format!("/fhir/bulk/{generation}/Patient-1.ndjson"), StatusCode::NOT_FOUND),
        (format!("/fhir/bulk/{generation}/Location-1.ndjson?x=1"), StatusCode::BAD_REQUEST),
    ] {
        let answer = api.get(&path).await;
        assert_eq!((answer.status, answer.json()["resourceType"].as_str()), (status, Some("OperationOutcome")), "{path}");
    }
}

#[tokio::test]
async fn two_servers_send_the_same_bytes_and_none_sends_them_twice() {
    let (one, other) = (Api::sample(), Api::sample());
    let manifest = exported(&one, "").await;
    assert_eq!(manifest, exported(&other, "").await);
    assert_eq!(files(&one, &manifest).await, files(&other, &manifest).await);
    let path = local(text(&manifest, "/output/0/url"));
    let tag = one.get(path).await.header("etag").to_owned();
    let again = Request::get(path).header("if-none-match", &tag).body(Body::empty()).unwrap();
    assert_eq!(other.send(again).await.status, StatusCode::NOT_MODIFIED);
}

/// Read back are: networks and plans with their payers; and of every provider that can be asked and is in a network its
/// identifiers, name, address, phone, service areas and affiliations. Not read back, so that another export is not the same
/// bytes: the sources and their dates, tiers, the certainty of identities, and providers in no network.
#[tokio::test]
async fn our_own_reader_finds_the_same_networks_and_members_in_the_files() {
    let api = Api::sample();
    let (folder, index) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let directory = folder.path().join("view");
    fs::create_dir_all(&directory).unwrap();
    let mut sources = String::new();
    for (name, lines) in files(&api, &exported(&api, "").await).await {
        fs::write(directory.join(&name), lines).unwrap();
        sources.extend(["[files.\"", &name, "\"]\nas_of = \"2026-11-21\"\n"]);
    }
    fs::write(directory.join("sources.toml"), sources).unwrap();
    let (after, report) = published(folder.path(), index.path());
    assert_eq!((report.rejects.rows, report.rejects.listed.len()), (0, 0), "{:?}", report.rejects.listed);
    let before = sample_app().catalog.current().unwrap();
    assert_eq!(networks(after.plans()), networks(before.plans()));
    assert_eq!(plans(after.plans()), plans(before.plans()));
    let (was, is) = (providers(&before), providers(&after));
    let mut compared = 0;
    for (id, provider) in &was {
        let members = affiliations(provider, &before);
        let read = is.get(id).map(|provider| affiliations(provider, &after)).unwrap_or_default();
        assert_eq!(read, members, "{id}");
        compared += members.len();
        let is_open = provider.lines.iter().any(|line| line.standing == OperatingStatus::Open);
        assert!(!is_open || members.is_empty() || is.contains_key(id), "{id}");
    }
    for (id, again) in &is {
        let provider = &was[id];
        assert_eq!((&again.ccn, &again.npis, &again.name.value), (&provider.ccn, &provider.npis, &provider.name.value));
        let [a, b] = [again, provider].map(|one| one.address.as_ref().map(|address| &address.value));
        assert_eq!(a, b, "{id}");
        for line in &again.lines {
            assert_eq!(zips(&line.area), zips(&provider.line(line.service).unwrap().area), "{id} {}", line.service);
        }
    }
    assert!(compared > 500, "{compared}");
}
