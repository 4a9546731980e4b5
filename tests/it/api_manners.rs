//! What programs rely on in every HTTP API: requests that may be sent again, versions of what is
//! replaced, lists page by page, limits that are told, and mistakes that are made good.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::num::NonZeroU32;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use placement::api_keys::Scope;
use placement::config::server;
use placement::serve::http::throttle::Throttle;
use placement::serve::state::AppState;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::access::{bearer, drawn, guarded_app};
use crate::api::{Answer, Api, question};
use crate::cli::Server;
use crate::statements::desk;

const UUID: &str = "0b3ad6ea-7a5b-4b0e-9c0d-0f6a5e1c2d3e";
const OTHER_UUID: &str = "c2f1b7a4-55c1-4b58-8d40-6a9e1d7f2b90";

async fn send(api: &Api, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    api.send(request.body(Body::from(body.to_string())).unwrap()).await
}

fn key(key: &str) -> [(&str, &str); 1] {
    [("idempotency-key", key)]
}

fn code(answer: &Answer) -> String {
    answer.json()["code"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_choice_list_that_is_asked_for_again_with_its_key_is_the_same_list() {
    let (api, _folder) = desk().await;
    let wish = json!({"discharge": question()});
    let first = send(&api, "POST", "/v1/choice-lists", &key(UUID), &wish).await;
    let again = send(&api, "POST", "/v1/choice-lists", &key(UUID), &wish).await;
    assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::CREATED), "{}", again.text);
    assert_eq!((first.text == again.text, first.header("location")), (true, again.header("location")));
    let read = api.get(first.header("location")).await;
    assert!(read.text == first.text, "it can be read by its number");

    let other = send(&api, "POST", "/v1/choice-lists", &key(OTHER_UUID), &wish).await;
    assert_ne!(other.header("location"), first.header("location"));
    let spanish = json!({"discharge": question(), "language": "es"});
    assert_eq!(code(&send(&api, "POST", "/v1/choice-lists", &key(UUID), &spanish).await), "key_reused");
    let short = send(&api, "POST", "/v1/choice-lists", &key("order-7"), &wish).await;
    assert_eq!(short.faults(), [("Idempotency-Key".to_owned(), "not_a_key".to_owned())]);
    // A request that is refused does not use its key up.
    let wrong = json!({"discharge": question(), "language": "xx"});
    let fresh = "7d7a7f0e-2b8c-4e5b-9a8d-3f3d0c1b2a99";
    assert_eq!(code(&send(&api, "POST", "/v1/choice-lists", &key(fresh), &wrong).await), "invalid");
    assert_eq!(send(&api, "POST", "/v1/choice-lists", &key(fresh), &wish).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn an_invite_that_is_made_again_with_its_key_is_the_same_and_is_revoked_once() {
    let (api, _folder) = desk().await;
    let path = "/v1/providers/ccn:173027/invites";
    let first = send(&api, "POST", path, &key(UUID), &json!({"days": 7})).await;
    let again = send(&api, "POST", path, &key(UUID), &json!({"days": 7})).await;
    assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::CREATED), "{}", again.text);
    assert_eq!(first.json(), again.json());
    assert_eq!(api.get(path).await.json()["invites"].as_array().unwrap().len(), 1);
    assert_eq!(api.get(first.json()["path"].as_str().unwrap()).await.status, StatusCode::OK);
    assert_eq!(code(&send(&api, "POST", path, &key(UUID), &json!({"days": 30})).await), "key_reused");

    let revoke = format!("{path}/{}/revoke", first.json()["invite"]["id"].as_str().unwrap());
    for _ in 0..2 {
        let revoked = send(&api, "POST", &revoke, &key("revoke-1"), &json!({"revoke": true})).await;
        assert_eq!((revoked.status, &revoked.json()["state"]), (StatusCode::OK, &json!("revoked")), "{}", revoked.text);
    }
    let versioned = send(&api, "POST", &revoke, &[("if-match", "\"none\"")], &json!({"revoke": true})).await;
    assert_eq!(versioned.faults(), [("If-Match".to_owned(), "does_not_apply".to_owned())]);
}

#[tokio::test]
async fn an_answer_link_that_is_made_again_with_its_key_is_the_same() {
    let (api, _folder) = desk().await;
    let report = api.post("/v1/matches", question()).await.json();
    let provider = report["matches"][0]["provider"]["id"].as_str().unwrap().to_owned();
    let body = json!({"service": "skilled_nursing", "providers": [provider], "patient_agreed": true});
    let request = api.post("/v1/referral-requests", &body).await;
    assert_eq!(request.status, StatusCode::CREATED, "{}", request.text);
    let path = format!("/v1/referral-requests/{}/providers/{provider}/link", request.json()["id"].as_str().unwrap());
    let first = send(&api, "POST", &path, &key(UUID), &json!({})).await;
    let again = send(&api, "POST", &path, &key(UUID), &json!({})).await;
    assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::CREATED), "{}", again.text);
    assert_eq!(first.json(), again.json());
    let without = send(&api, "POST", &path, &[], &json!({})).await;
    assert_eq!(without.status, StatusCode::PRECONDITION_FAILED, "another call would end the open link");
    for _ in 0..2 {
        let revoked = send(&api, "POST", &format!("{path}/revoke"), &key("revoke-1"), &json!({"revoke": true})).await;
        assert_eq!(revoked.status, StatusCode::OK, "{}", revoked.text);
    }
    let last = api.get(&format!("/v1/referral-requests/{}", request.json()["id"].as_str().unwrap())).await;
    assert_eq!(last.json()["providers"][0]["link"], Value::Null);
}

#[tokio::test]
async fn what_a_put_replaces_is_what_its_sender_has_seen() {
    let (api, _folder) = desk().await;
    let room = |room: bool| json!({"availability": [{"service": "inpatient_rehab", "room": room}]});
    let takes =
        |takes: bool| json!({"statements": [{"service": "inpatient_rehab", "need": "rehab.stroke", "answer": takes}]});
    for (what, yes, no) in [("availability", room(true), room(false)), ("statements", takes(true), takes(false))] {
        let path = format!("/v1/providers/ccn:173027/{what}");
        let before = api.get(&path).await;
        assert_eq!(before.header("etag"), "\"none\"", "{what}");
        let first = send(&api, "PUT", &path, &[("if-match", "\"none\"")], &yes).await;
        assert_eq!(first.status, StatusCode::OK, "{}", first.text);
        assert_eq!(api.get(&path).await.header("etag"), first.header("etag"));

        let late = send(&api, "PUT", &path, &[("if-match", "\"none\"")], &no).await;
        assert_eq!((late.status, code(&late).as_str()), (StatusCode::PRECONDITION_FAILED, "changed"), "{}", late.text);
        let conflict = late.json()["conflict"].clone();
        assert_eq!(format!("\"{}\"", conflict["version"].as_str().unwrap()), first.header("etag"));
        assert_eq!((&conflict["current"][0], &conflict["yours"][0]), (&first.json(), &no));

        let seen = [("if-match", first.header("etag")), ("idempotency-key", "put-1")];
        for _ in 0..2 {
            let second = send(&api, "PUT", &path, &seen, &no).await;
            assert_eq!(second.status, StatusCode::OK, "{what}, also if it is sent again: {}", second.text);
            assert_ne!(second.header("etag"), first.header("etag"));
        }
        let unseen = send(&api, "PUT", &path, &[], &yes).await;
        assert_eq!((unseen.status, unseen.header("etag")), (StatusCode::OK, first.header("etag")), "equal content");
        let strange = send(&api, "PUT", &path, &[("if-match", "*")], &yes).await;
        assert_eq!(strange.faults(), [("If-Match".to_owned(), "not_a_version".to_owned())]);
    }
}

#[tokio::test]
async fn a_line_of_a_batch_gets_its_id_back() {
    let api = Api::sample();
    let with = |id: Value| {
        let mut line = question();
        line["id"] = id;
        line.to_string()
    };
    let lines = [
        with(json!("row 7")),
        with(json!(8)),
        question().to_string(),
        r#"{"id": "wrong", "service": "hospic"}"#.to_owned(),
        with(json!(["no id"])),
        r#"{"id": "twice", "limit": 1, "limit": 2}"#.to_owned(),
        "{".to_owned(),
    ];
    let request = Request::post("/v1/matches:batch").header("content-type", "application/x-ndjson");
    let answer = api.send(request.body(Body::from(lines.join("\n"))).unwrap()).await;
    let answers: Vec<Value> = answer.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ids: Vec<Value> = answers.iter().map(|answer| answer["id"].clone()).collect();
    assert_eq!(ids, [json!("row 7"), json!(8), Value::Null, json!("wrong"), Value::Null, json!("twice"), Value::Null]);
    let statuses: Vec<u64> = answers.iter().map(|answer| answer["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [200, 200, 200, 422, 422, 422, 400]);
    assert_eq!(answers[4]["problem"]["errors"][0]["pointer"], "/id");
    assert_eq!(answers[0]["answer"], answers[2]["answer"], "it is no part of the question");
    let single = api.post("/v1/matches", with(json!(1))).await;
    assert_eq!(single.faults(), [("/id".to_owned(), "unknown_field".to_owned())]);
}

#[tokio::test]
async fn a_byte_order_mark_is_passed_over_in_forms_and_on_blank_lines() {
    let api = Api::sample();
    let form = "\u{feff}near=64108&service=hospice&need_words=";
    let request = Request::post("/").header("content-type", "application/x-www-form-urlencoded");
    let sent = api.send(request.body(Body::from(form)).unwrap()).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    assert_eq!(api.get(sent.header("location")).await.status, StatusCode::OK);
    let request = Request::post("/v1/matches:batch").header("content-type", "application/x-ndjson");
    let lines = format!("\u{feff}\r\n\u{feff}{}\n", question());
    let answer = api.send(request.body(Body::from(lines)).unwrap()).await;
    let line: Value = serde_json::from_str(&answer.text).unwrap();
    assert_eq!((&line["line"], &line["status"]), (&json!(2), &json!(200)), "{}", answer.text);
}

/// All ids of a list, following `next_cursor`.
async fn listed(api: &Api, filters: &str, limit: usize) -> Vec<String> {
    let (mut ids, mut address) = (Vec::new(), format!("/v1/providers?{filters}limit={limit}"));
    loop {
        let answer = api.get(&address).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let page = answer.json();
        let providers = page["providers"].as_array().unwrap();
        assert!(providers.len() <= limit);
        ids.extend(providers.iter().map(|provider| provider["id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else {
            assert_eq!(answer.header("link"), "");
            return ids;
        };
        let next = format!("/v1/providers?{filters}limit={limit}&cursor={cursor}");
        assert_eq!(answer.header("link"), format!("<{next}>; rel=\"next\""));
        address = next;
    }
}

#[tokio::test]
async fn every_provider_is_listed_once_whatever_the_size_of_the_pages() {
    let api = Api::sample();
    let all = listed(&api, "", 100).await;
    assert_eq!(all.len(), all.iter().collect::<BTreeSet<_>>().len(), "none twice");
    assert_eq!(all.len() as u64, api.get("/v1/directory").await.json()["providers"].as_u64().unwrap());
    assert_eq!(listed(&api, "", 7).await, all);
    let hospices = listed(&api, "service=hospice&", 3).await;
    let in_missouri = listed(&api, "service=hospice&state=MO&", 3).await;
    assert!(!in_missouri.is_empty() && in_missouri.len() < hospices.len() && hospices.len() < all.len());
    for id in &in_missouri {
        let provider = api.get(&format!("/v1/providers/{id}")).await.json()["provider"].clone();
        assert_eq!(provider["address"]["value"]["state"], "MO", "{id}");
        assert!(provider["services"].as_array().unwrap().iter().any(|line| line["service"] == "hospice"), "{id}");
        assert!(hospices.contains(id));
    }
    let zip = api.get(&format!("/v1/providers/{}", all[0])).await.json()["provider"]["address"]["value"]["zip"].clone();
    let there = listed(&api, &format!("zip={}&", zip.as_str().unwrap()), 50).await;
    assert!(there.contains(&all[0]) && there.len() < all.len());
}

#[tokio::test]
async fn a_page_of_another_list_is_none_and_wrong_filters_are_all_told() {
    let api = Api::sample();
    let cursor = api.get("/v1/providers?service=hospice&limit=1").await.json()["next_cursor"].clone();
    let cursor = cursor.as_str().unwrap();
    for query in [format!("cursor={cursor}"), format!("service=home_health&cursor={cursor}"), "cursor=0".to_owned()] {
        let stale = api.get(&format!("/v1/providers?{query}")).await;
        assert_eq!(stale.faults(), [("?cursor".to_owned(), "stale_cursor".to_owned())], "{query}");
    }
    let wrong = api.get("/v1/providers?service=hospic&state=Missuri&zip=6410&limit=0").await;
    let mut pointers: Vec<String> = wrong.faults().into_iter().map(|(pointer, _)| pointer).collect();
    pointers.sort();
    assert_eq!(pointers, ["?limit", "?service", "?state", "?zip"]);
    assert!(wrong.text.contains("did you mean hospice"), "{}", wrong.text);
    let both = api.get("/v1/providers?name=rehab&state=MO").await;
    assert_eq!(both.faults(), [("?state".to_owned(), "does_not_apply".to_owned())]);
}

#[tokio::test]
async fn a_slash_at_the_end_and_capitals_in_an_id_change_nothing() {
    let api = Api::sample();
    for (typed, meant) in [
        ("/v1/services/", "/v1/services"),
        ("/v1/providers/ccn:173027/", "/v1/providers/ccn:173027"),
        ("/v1/providers/CCN:173027", "/v1/providers/ccn:173027"),
        ("/v1/providers/?name=rehab", "/v1/providers?name=rehab"),
        ("/fhir/metadata/", "/fhir/metadata"),
    ] {
        let (typed, meant) = (api.get(typed).await, api.get(meant).await);
        assert_eq!((typed.status, typed.text == meant.text), (StatusCode::OK, true), "{}", typed.text);
    }
    assert_eq!(api.post("/v1/matches/", question()).await.status, StatusCode::OK);
    assert_eq!(api.get("/v1/services//").await.status, StatusCode::NOT_FOUND);
    let wrong = api.get("/v1/matches/").await;
    assert_eq!((wrong.status, wrong.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "POST"));
}

#[tokio::test]
async fn what_does_not_exist_comes_with_what_is_similar() {
    let api = Api::sample();
    for (path, near) in [
        ("/v1/match", json!(["/v1/matches", "/v1/matches:batch"])),
        ("/api/v1/services", json!(["/v1/services"])),
        ("/v1/providers/ccn:173O27", json!(["ccn:173027"])),
        ("/v1/providers/173027", json!(["ccn:173027"])),
        ("/v1/providers/ccn:17327/availability", json!(["ccn:173027"])),
    ] {
        let answer = api.get(path).await;
        assert_eq!((answer.status, &answer.json()["near"]), (StatusCode::NOT_FOUND, &near), "{path}: {}", answer.text);
    }
    for path in ["/v1/providers/ccn:999999", "/nothing-like-it", "/v1/observations/x/withdraw"] {
        let answer = api.get(path).await;
        assert!(answer.json().get("near").is_none(), "{path}: {}", answer.text);
    }
}

#[tokio::test]
async fn who_is_counted_reads_in_each_answer_what_is_left() {
    let number = |number| NonZeroU32::new(number).unwrap();
    let limits = server::RateLimitConfig { per_second: number(1), burst: number(3), ..server::RateLimitConfig::default() };
    let (secret, record) = drawn(&[Scope::DirectoryRead]);
    let app = guarded_app(server::AccessConfig::default(), [record]);
    let api = Api::new(AppState { limits: Arc::new(Throttle::new(&limits)), ..app });
    let caller = bearer(secret.reveal());
    let get = async |path: &str| caller.get(&api, path).await;
    for (path, status, left) in [
        ("/v1/services", StatusCode::OK, "\"requests\";r=2;t=1"),
        ("/v1/providers/none", StatusCode::NOT_FOUND, "\"requests\";r=1;t=2"),
        ("/v1/nothing", StatusCode::NOT_FOUND, "\"requests\";r=0;t=3"),
        ("/v1/services", StatusCode::TOO_MANY_REQUESTS, "\"requests\";r=0;t=1"),
    ] {
        let answer = get(path).await;
        assert_eq!((answer.status, answer.header("ratelimit")), (status, left), "{path}");
        assert_eq!(answer.header("ratelimit-policy"), "\"requests\";q=3;w=3", "{path}");
    }
    assert_eq!(get("/livez").await.header("ratelimit"), "", "it is not counted");
    assert_eq!(Api::sample().get("/v1/services").await.header("ratelimit"), "", "nor is who is on this machine");
}

#[test]
fn the_host_of_an_absolute_target_counts_and_the_field_does_not() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(folder.path(), "serve --sample");
    server.wait_for("/readyz", "\"ready\"");
    let status = |target: &str, host: &str| {
        let mut stream = TcpStream::connect(&server.address).unwrap();
        write!(stream, "GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer[9..12].to_owned()
    };
    for (target, host, expected) in [
        ("http://localhost/livez", "localhost", "200"),
        ("http://localhost:8080/livez", "evil.example", "200"),
        ("http://evil.example/livez", "localhost", "421"),
        ("http://evil.example/v1/services", "localhost", "421"),
        ("http://localhost@evil.example/livez", "localhost", "421"),
        ("http://localhost/livez", "not a host", "400"),
    ] {
        assert_eq!(status(target, host), expected, "{target} {host}");
    }
}

#[test]
fn a_server_with_access_control_warns_that_it_has_no_address_of_its_own() {
    for (settings, warns) in
        [("[access]\n", true), ("public_url = \"https://placement.mercy.example\"\n[access]\n", false), ("", false)]
    {
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("placement.toml"), settings).unwrap();
        let server = Server::start(folder.path(), "serve --sample");
        let log = server.log();
        assert_eq!(log.contains("public_url is not set"), warns, "{settings}: {log}");
    }
}
