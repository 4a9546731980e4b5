//! Thousands of faulty requests, derived from valid ones: the pointers and codes of their errors
//! are in one snapshot.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use placement::ledger::sqlite::SqliteLedger;
use placement::serve::state::AppState;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::{Api, sample_app};

/// A valid body, and where it is sent.
struct GoodRequest {
    name: &'static str,
    method: &'static str,
    path: &'static str,
    body: Value,
}

fn request(name: &'static str, method: &'static str, path: &'static str, body: Value) -> GoodRequest {
    GoodRequest { name, method, path, body }
}

fn good_requests() -> Vec<GoodRequest> {
    let near = json!({"zip": "64108"});
    let nursing = json!({"service": "skilled_nursing", "near": near});
    let (room, statements) = ("/v1/providers/ccn:173027/availability", "/v1/providers/ccn:173027/statements");
    vec![
        request(
            "question",
            "POST",
            "/v1/matches",
            json!({
                "service": "skilled_nursing", "near": near, "within_miles": 25, "coverage": {"program": "medicaid", "state": "MO"},
                "needs": ["inf.abx", {"need": "wound.npwt", "importance": "preferred", "services": ["skilled_nursing"]}],
                "patient": {
                    "age": 80, "weight_lb": 200, "doses_a_day": 2, "start_within_hours": 24, "drug_cost_a_day": 350,
                    "eligible": ["veterans"], "sex": "female", "languages": ["es", "en"]
                },
                "discharge_on": "2026-11-22", "profile": "default", "limit": 5, "include": ["left_out"]
            }),
        ),
        request(
            "bundle",
            "POST",
            "/v1/matches",
            json!({
                "services": ["skilled_nursing", "hospice"], "near": {"latitude": 39.09, "longitude": -94.58},
                "coverage": {"program": "medicare"},
                "profile": {"patient_travels": {"closeness": 0.6, "quality": 0.4}, "provider_comes": {"quality": 1.0}}
            }),
        ),
        request(
            "plan_name",
            "POST",
            "/v1/matches",
            json!({"service": "hospice", "near": near, "coverage": {"plan_name": "Prairie Gold HMO", "known": false}}),
        ),
        request("plan", "POST", "/v1/matches", json!({"service": "hospice", "near": near, "coverage": {"plan": "gold"}})),
        request("explain", "POST", "/v1/explain", json!({"discharge": nursing, "provider": "ccn:265015"})),
        request(
            "list",
            "POST",
            "/v1/choice-lists",
            json!({"discharge": nursing, "providers": ["ccn:265015"], "order": "name", "language": "es"}),
        ),
        request(
            "room",
            "PUT",
            room,
            json!({"availability": [
                {"service": "inpatient_rehab", "from": "2026-11-21", "until": "2026-11-22", "room": true, "beds": 2},
                {"service": "inpatient_rehab", "from": "2026-11-23", "room": false}
            ]}),
        ),
        request(
            "statements",
            "PUT",
            statements,
            json!({"statements": [
                {"service": "inpatient_rehab", "need": "rehab.stroke", "answer": true, "expires_on": "2026-12-01"},
                {"service": "inpatient_rehab", "limit": "age.min", "value": 18}
            ]}),
        ),
        request(
            "outcome",
            "POST",
            "/v1/outcomes",
            json!({
                "provider": "ccn:173027", "service": "inpatient_rehab", "asked_on": "2026-11-20", "reply": "declined",
                "why": "declines:rehab.stroke"
            }),
        ),
    ]
}

/// All locations in `value`, as pointers.
fn places(value: &Value, pointer: &str, found: &mut Vec<String>) {
    found.push(pointer.to_owned());
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, field)| places(field, &format!("{pointer}/{name}"), found)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| places(item, &format!("{pointer}/{at}"), found));
        }
        _ => {}
    }
}

/// `body` without the value at `pointer`.
fn without(body: &Value, pointer: &str) -> Value {
    let mut body = body.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap_or_default();
    match body.pointer_mut(parent) {
        Some(Value::Object(fields)) => drop(fields.remove(name)),
        Some(Value::Array(items)) => drop(items.remove(name.parse().unwrap())),
        _ => {}
    }
    body
}

fn with(body: &Value, pointer: &str, value: Value) -> Value {
    let mut body = body.clone();
    *body.pointer_mut(pointer).unwrap() = value;
    body
}

/// All faults for the value at `pointer`, each with its label.
fn spoilt(body: &Value, pointer: &str) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    let mut set = |what: &str, value: Value| found.push((format!("{pointer} {what}"), with(body, pointer, value)));
    for value in [json!(null), json!(true), json!(-1), json!(0.5), json!(1e9), json!(""), json!(" x "), json!([]), json!({})]
    {
        set(&format!("= {value}"), value);
    }
    set("= long text", json!("x".repeat(301)));
    let was = body.pointer(pointer).unwrap();
    if let Value::Object(fields) = was {
        let mut more = fields.clone();
        more.extend([("strange".to_owned(), json!(1)), ("a/b~c".to_owned(), json!(1)), ("y".repeat(70), json!(1))]);
        set("with unknown fields", more.into());
        let one_letter = |name: &String| format!("{name}x");
        set("with every name misspelled", fields.iter().map(|(name, field)| (one_letter(name), field.clone())).collect());
    }
    if let Value::Array(items) = was {
        set("twice", [items.clone(), items.clone()].concat().into());
        set("a thousand times", items.iter().cycle().take(1000).cloned().collect());
        set("of other kinds", json!([null, 1, "x", [], {}, {"service": 1, "need": 1}]));
    }
    if let Value::String(text) = was {
        set("misspelled", json!(format!("{text}x")));
    }
    if !pointer.is_empty() {
        found.push((format!("{pointer} left out"), without(body, pointer)));
    }
    found
}

/// Contradicting fields, and several faults at once.
fn contradictions(name: &str) -> Vec<Value> {
    match name {
        "question" => vec![
            json!({"service": "hospice", "services": ["hospice"], "near": {"zip": "64108", "latitude": 1}}),
            json!({"services": ["hospice", "hospice", "snf"], "near": {"latitude": 39.0}}),
            json!({"services": ["hospice", "home_health"], "near": {"latitude": 91, "longitude": 200}, "cursor": "20-0123456789abcdef"}),
            json!({"service": "hospice", "near": {"latitude": 0, "longitude": 0}, "within_miles": 10}),
            json!({"service": "snf", "near": {"zip": "64180", "city": "x"}, "coverage": {"plan": "x", "payer": "y", "state": "MO"}}),
            json!({"service": "hospice", "near": {"zip": "x"}, "coverage": {"payer": "x", "state": "MO"}}),
            json!({"service": "hospice", "near": {"zip": "64108"}, "coverage": {"program": "medicare", "state": "Missouri"}}),
            json!({"service": "hospice", "near": {"zip": "64108"}, "coverage": {"program": "medicade", "state": "MO"}}),
            json!({"service": "hospice", "near": {"zip": "64108"}, "coverage": {"program": "medicaid"}, "cursor": "21-0"}),
            json!({"service": "hospice", "near": {"zip": "64108"}, "needs": ["inf.abx", {"need": "inf.abx", "services": ["dialysis"]}, {"importance": "x"}]}),
            json!({"service": "dialysis", "near": {"zip": "64108"}, "discharge_on": "2028-01-01", "profile": {"patient_travels": {"closeness": 2, "x": 1}, "provider_comes": {"outcomes": 0.5, "quality": 0.5}}}),
            json!({"service": "dialysis", "near": {"zip": "64108"}, "profile": {"provider_comes": {"closeness": 1}, "patient_travels": {"quality": "x"}}}),
            json!({"service": "hospicee", "within_miles": -1, "needs": ["x", "inf.abx", "inf.abx"], "coverage": {"program": "medicaid"}, "patient": {"age": 97, "name": "x", "languages": ["spanish", 1]}, "discharge_on": "tomorrow", "colour": 1, "limit": 0, "include": ["x"], "profile": "x", "cursor": "x"}),
        ],
        "explain" => vec![
            json!({"service": "hospice"}),
            json!({"discharge": {"services": ["hospice"], "near": {"zip": "64108"}}, "provider": "manor", "why": 1}),
            json!({"discharge": {"service": "x", "near": {}}, "provider": " "}),
        ],
        "list" => vec![
            json!({"discharge": {"services": ["hospice", "dialysis"], "near": {"zip": "64108"}}}),
            json!({"discharge": {"service": "hospice", "near": {"zip": "64108"}}, "order": "distance", "language": "fr", "providers": ["x", "ccn:1", "ccn:265015", "ccn:265015"]}),
            json!({"discharge": {"service": "x", "near": {"zip": "1"}}, "providers": [1, null], "order": 1, "language": "", "lang": 1}),
        ],
        "room" => vec![
            json!({"availability": [{"service": "hospice", "from": "2026-11-20", "until": "2027-03-01", "room": true}, {"from": "2026-11-25", "until": "2026-11-24", "room": 1}]}),
            json!({"availability": [{"service": "hospice", "room": false, "beds": 0}, {"service": "hospice", "room": true, "from": "x"}]}),
        ],
        "statements" => vec![
            json!({"statements": [{"service": "hospice", "need": "resp.vent", "limit": "age.min", "value": 1, "answer": true}, {"service": "hospice", "need": "x", "value": 1}, {"service": "hospice", "limit": "x", "answer": true}]}),
            json!({"statements": [{"service": "hospice", "limit": "age.min", "value": 65}, {"service": "hospice", "limit": "age.max", "value": 64, "expires_on": "2026-11-20"}, {"service": "hospice", "limit": "size.max_lb", "value": 5000, "expires_on": "2027-11-20"}]}),
            json!({"statements": [{"service": "x", "limit": "age.min", "value": -1}, {}]}),
        ],
        "outcome" => vec![
            json!({"provider": "ccn:265015", "service": "hospice", "asked_on": "2026-08-01", "reply": "accepted", "why": "other"}),
            json!({"provider": "ccn:999999", "service": "x", "asked_on": "2026-12-01", "reply": "x", "why": "x"}),
            json!({"provider": "x", "reply": "declined", "why": "limit:x", "patient": "A. Smith"}),
            json!({"reply": "declined", "why": "declines:x"}),
            json!({"reply": "declined", "why": 1}),
            json!({"reply": 1, "why": 1}),
        ],
        _ => Vec::new(),
    }
}

/// The status, or the locations and codes of errors, with equal ones at many locations merged.
async fn answer(api: &Api, good: &GoodRequest, body: &Value) -> String {
    let request = Request::builder().method(good.method).uri(good.path).header("content-type", "application/json");
    let answer = api.send(request.body(Body::from(body.to_string())).unwrap()).await;
    if answer.status != 422 {
        return answer.status.as_u16().to_string();
    }
    let mut faults: Vec<String> =
        answer.faults().into_iter().map(|(pointer, code)| format!("{code} {pointer}").trim().to_owned()).collect();
    faults.sort();
    let count = faults.len();
    faults.truncate(12);
    let more = answer.json()["more_errors"].as_u64().unwrap_or_default();
    let rest = if count > 12 || more > 0 { format!(" … {count} and {more} more") } else { String::new() };
    faults.join(", ") + &rest
}

#[tokio::test]
async fn every_fault_of_a_request_is_told_at_its_place() {
    let folder = TempDir::new().unwrap();
    let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).await.unwrap();
    let api = Api::new(AppState { ledger: Some(Arc::new(ledger)), ..sample_app() });
    let mut told = String::new();
    for good in good_requests() {
        writeln!(told, "{}: {}", good.name, answer(&api, &good, &good.body).await).unwrap();
        let mut pointers = Vec::new();
        places(&good.body, "", &mut pointers);
        for (what, body) in pointers.iter().flat_map(|pointer| spoilt(&good.body, pointer)) {
            writeln!(told, "{} {}: {}", good.name, what.trim(), answer(&api, &good, &body).await).unwrap();
        }
        for body in contradictions(good.name) {
            writeln!(told, "{} {body}: {}", good.name, answer(&api, &good, &body).await).unwrap();
        }
    }
    insta::assert_snapshot!(told);
}
