//! Invalid use of the API: errors have hints, no error is a server error, and typed text is never
//! logged.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Once;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::{Api, changed, question};
use crate::seeded_random::SeededRandom;
use crate::{directories, pages, questions};

/// A value that is invalid anywhere in a question.
fn nonsense(random: &mut SeededRandom) -> Value {
    let deep = (0..100).fold(json!(0), |inner, _| json!([inner]));
    random
        .pick(&[
            json!(null),
            json!(true),
            json!(-1),
            json!(1e308),
            json!(u64::MAX),
            json!(0.000_1),
            json!(""),
            json!("\u{0}\u{202e}'; --"),
            json!("é".repeat(300)),
            json!([]),
            json!({}),
            json!([null, [], {"": ""}]),
            json!({"zip": {"zip": "zip"}}),
            deep,
        ])
        .clone()
}

/// Inserts an invalid value somewhere into `value`.
fn spoil(value: &mut Value, random: &mut SeededRandom) {
    let deeper = random.happens(60);
    match value {
        Value::Object(fields) if !fields.is_empty() && deeper => {
            let at = random.below(fields.len());
            fields.values_mut().nth(at).into_iter().for_each(|field| spoil(field, random));
        }
        Value::Array(items) if !items.is_empty() && deeper => {
            let at = random.below(items.len());
            spoil(&mut items[at], random);
        }
        Value::Object(fields) if random.happens(30) => {
            fields.insert(random.pick(&["zip", "a/b~c", "", "include", "cursor"]).to_string(), nonsense(random));
        }
        spoilt => *spoilt = nonsense(random),
    }
}

#[tokio::test]
async fn no_nonsense_is_ever_our_fault() {
    let (api, choices, random) = (Api::sample(), directories::sample().choices(), &mut SeededRandom::seeded(11));
    let mut seen = BTreeMap::new();
    for _ in 0..1500 {
        let mut body = questions::question(&choices, random);
        let explained = random.happens(30);
        if explained {
            body = json!({"discharge": body, "provider": random.pick(&["ccn:265015", "265015", "manor", "", "\u{1b}"])});
        }
        for _ in 0..=random.below(2) {
            spoil(&mut body, random);
        }
        let mut text = body.to_string();
        if random.happens(10) {
            let end = (0..=random.below(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
            text.truncate(end);
        }
        let answer = api.post(if explained { "/v1/explain" } else { "/v1/matches" }, &text).await;
        assert!([200, 400, 422].contains(&answer.status.as_u16()), "{} for {text}", answer.status);
        assert!(answer.status == StatusCode::OK || !answer.json()["detail"].as_str().unwrap().is_empty());
        *seen.entry(answer.status.as_u16()).or_insert(0) += 1;
    }
    assert!(seen.len() == 3 && seen[&422] > 500, "{seen:?}");
}

#[tokio::test]
async fn every_wrong_field_is_told_at_once_with_a_way_out() {
    let wrong = json!({
        "service": "skilled_nursng",
        "near": {"zip": "64180", "city": "Kansas City"},
        "needs": ["inf.abx", "wound vac"],
        "coverage": {"program": "medicade"},
        "patient": {"age": 200},
        "nmae": "Jane"
    });
    let answer = Api::sample()
        .send(
            Request::post("/v1/matches")
                .header("content-type", "application/json")
                .header("x-request-id", "ward-7")
                .body(Body::from(wrong.to_string()))
                .unwrap(),
        )
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    insta::assert_json_snapshot!(answer.json());
}

#[tokio::test]
async fn each_misuse_has_its_status_and_says_how_to_mend_it() {
    let api = Api::sample();
    let json_type = [("content-type", "application/json")];
    let large = format!("{{\"service\": \"{}\"}}", "x".repeat(70_000));
    for (method, path, headers, body, status, code) in [
        (Method::POST, "/v1/matches", &json_type[..], "{\"service\": ", 400, "not_json"),
        (Method::POST, "/v1/matches", &json_type, "", 400, "not_json"),
        (Method::POST, "/v1/matches", &json_type, "\u{0}", 400, "not_json"),
        (Method::POST, "/v1/matches", &json_type, "[]", 422, "invalid"),
        (Method::POST, "/v1/matches", &json_type, "{\"service\":\"hospice\",\"service\":\"hospice\"}", 422, "invalid"),
        (Method::POST, "/v1/matches", &json_type, large.as_str(), 413, "too_large"),
        (Method::POST, "/v1/matches", &[], "{}", 415, "wrong_content_type"),
        (Method::POST, "/v1/matches", &[("content-type", "text/plain")], "{}", 415, "wrong_content_type"),
        (Method::POST, "/v1/matches?zip=29401", &json_type, "{}", 422, "invalid"),
        (Method::POST, "/v1/explain", &json_type, "{}", 422, "invalid"),
        (Method::GET, "/v1/matches", &[], "", 405, "wrong_method"),
        (Method::DELETE, "/v1/providers", &[], "", 405, "wrong_method"),
        (Method::GET, "/v1/services", &[("accept", "text/html")], "", 406, "not_acceptable"),
        (Method::GET, "/v2/matches", &[], "", 404, "no_such_route"),
        (Method::GET, "/v1/providers/ccn:999999", &[], "", 404, "no_such_provider"),
        (Method::GET, "/v1/providers/%FF", &[], "", 404, "no_such_provider"),
        (Method::GET, "/v1/plans", &[], "", 422, "invalid"),
        (Method::GET, "/v1/providers?name=a&limit=0", &[], "", 422, "invalid"),
        (Method::GET, "/v1/providers?name=a&name=b", &[], "", 422, "invalid"),
    ] {
        let mut request = Request::builder().method(method.clone()).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = api.send(request.body(Body::from(body.to_owned())).unwrap()).await;
        let told = answer.json();
        assert_eq!((answer.status.as_u16(), &told["code"]), (status, &json!(code)), "{method} {path} {told:#}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(told["status"], status);
        assert_eq!(told["request_id"], answer.header("x-request-id"));
        assert!(told["title"].is_string() && told["detail"].is_string() && told["type"].is_string());
        assert_eq!(told["errors"].as_array().unwrap().is_empty(), status != 422, "{told:#}");
        assert_eq!(answer.header("allow").is_empty(), status != 405, "{:?}", answer.headers);
    }
    let told = api.post("/v1/matches", "{\n  \"service\": oops}").await.json();
    assert!(told["detail"].as_str().unwrap().ends_with("at line 2 column 14"), "{told:#}");
}

#[tokio::test]
async fn a_parameter_that_is_not_known_is_refused_on_every_path() {
    let api = Api::sample();
    for path in
        ["/v1/providers/ccn:425003", "/v1/services", "/v1/needs", "/v1/networks", "/v1/directory", "/livez", "/readyz"]
    {
        let answer = api.get(&format!("{path}?limt=3")).await;
        assert_eq!(answer.faults(), [("?limt".to_owned(), "unknown_parameter".to_owned())], "{path}");
    }
    let told = api.get("/v1/plans?name=gold&limt=3").await.json();
    assert_eq!(told["errors"][0]["hint"], "did you mean limit?");
}

#[tokio::test]
async fn a_provider_that_is_not_one_is_told_with_the_nearest() {
    let api = Api::sample();
    let found = api.post("/v1/matches", question()).await.json();
    let name = found["matches"][0]["provider"]["name"].as_str().unwrap();
    let half = name.split(' ').next().unwrap();
    let mut wrong = question();
    wrong["needs"] = json!(["nothing"]);
    let answer = api.post("/v1/explain", json!({"discharge": wrong, "provider": half})).await;
    let pointers: Vec<String> = answer.faults().into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(pointers, ["/discharge/needs/0", "/provider"]);
    assert!(answer.json()["errors"][1]["hint"].as_str().unwrap().starts_with("did you mean "), "{}", answer.text);

    let mut several = question();
    several["services"] = json!(["hospice"]);
    several.as_object_mut().unwrap().retain(|name, _| !["service", "within_miles"].contains(&name.as_str()));
    let answer = api.post("/v1/explain", json!({"discharge": several, "provider": name, "why": 1})).await;
    let wrong = [("/why", "unknown_field"), ("/discharge/services", "does_not_apply")];
    assert_eq!(answer.faults(), wrong.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())));
}

#[tokio::test]
async fn before_the_first_directory_it_lives_but_is_not_ready() {
    let folder = TempDir::new().unwrap();
    let api = Api::of(&folder.path().join("index"));
    assert_eq!(api.get("/livez").await.status, StatusCode::OK);
    for answer in [api.get("/readyz").await, api.get("/v1/services").await, api.post("/v1/matches", question()).await] {
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.json()["code"], "no_directory");
        assert!(answer.json()["detail"].as_str().unwrap().contains("placement refresh"));
    }
    assert_eq!(Api::sample().get("/readyz").await.json()["status"], "ready");
}

thread_local! {
    /// What this thread has logged.
    static LOGGED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Collects log lines per thread, because tests run in parallel and a process has one log.
struct Log;

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOGGED.with_borrow_mut(|logged| logged.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Starts collecting the log of this thread, at every level.
pub(crate) fn listen_to_the_log() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).json().flatten_event(true).with_writer(|| Log).init();
    });
    LOGGED.take();
}

/// What this thread has logged since [`listen_to_the_log`].
pub(crate) fn heard() -> String {
    String::from_utf8(LOGGED.with_borrow(Clone::clone)).unwrap()
}

#[tokio::test]
async fn nothing_anybody_typed_is_logged() {
    listen_to_the_log();
    let api = Api::sample();
    for body in [
        changed(&json!({"patient": {"weight_lb": 487, "languages": ["es"]}})).to_string(),
        changed(&json!({"canary": "canary"})).to_string(),
        changed(&json!({"near": {"zip": "canary"}})).to_string(),
        "{\"canary\"".to_owned(),
        json!({"discharge": question(), "provider": "canary"}).to_string(),
    ] {
        api.post("/v1/matches", &body).await;
        api.post("/v1/explain", &body).await;
    }
    for path in [
        "/v1/providers?name=canary",
        "/v1/providers/canary",
        "/canary",
        "/v1/plans?canary=canary",
        "/fhir/HealthcareService?location.address=canary",
        "/fhir/Organization?canary=canary",
        "/fhir/bulk/canary/canary",
    ] {
        api.get(path).await;
    }
    let form = [
        ("near", "64108"),
        ("service", "skilled_nursing"),
        ("coverage", "canary"),
        ("need_words", "canary"),
        ("need", "inf.abx"),
        ("weight_lb", "487"),
    ];
    // A need that is not in the vocabulary becomes a question of the call sheet and is never logged.
    let answered = [form[0], form[1], form[3], form[4], form[5], ("coverage", "medicare"), ("provider", "canary")];
    for (path, fields) in [
        ("/", &form[..]),
        ("/", &answered),
        ("/what-about", &answered),
        ("/call-sheet", &answered),
        ("/export/csv", &answered),
        ("/suggest/plans", &form),
        ("/suggest/providers", &answered),
        ("/fhir/Location/_search", &answered),
    ] {
        pages::post(&api, path, fields).await;
    }
    let text = heard();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let answered: Vec<&Value> = lines.iter().filter(|line| line["message"] == "answered").collect();
    assert_eq!(answered.len(), 28, "one line a request:\n{text}");
    assert_eq!(answered[0]["route"], "/v1/matches");
    assert!(answered[0]["matched"].as_u64() > Some(0) && answered[0]["ms"].is_f64());
    // Numbers that the server generates or measures may contain any digits.
    let told = lines.into_iter().map(|mut line| {
        line["timestamp"].take();
        for own in ["request_id", "generation", "ms"] {
            line[own].take();
        }
        line.to_string()
    });
    let told: String = told.collect();
    for typed in ["canary", "487", "64108", "inf.abx", "wound.npwt", "skilled_nursing"] {
        assert!(!told.contains(typed), "{typed} was logged:\n{told}");
    }
}
