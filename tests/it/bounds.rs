//! Limits of a single request: lists, texts and reported errors are bounded, so that no request
//! takes long to reject.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::access::nothing;
use crate::api::{Answer, Api, question};

/// Number of errors that are reported.
const TOLD: usize = 50;

/// The sample question with `field` set to `value`.
fn asking(field: &str, value: impl Into<Value>) -> Value {
    let mut question = question();
    question[field] = value.into();
    question
}

async fn refused(api: &Api, question: &Value) -> Vec<(String, String)> {
    let answer = api.post("/v1/matches", question).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{:.300}", answer.text);
    answer.faults()
}

/// Asserts that the first of `count` errors are reported with the number of the rest, in an answer
/// of bounded length.
fn tells_the_first(answer: &Answer, count: usize) {
    let told = answer.json();
    assert_eq!(told["errors"].as_array().unwrap().len(), TOLD, "{:.300}", answer.text);
    assert_eq!(told["more_errors"], count - TOLD);
    assert!(told["detail"].as_str().unwrap().contains(&count.to_string()), "{}", told["detail"]);
    assert!(answer.bytes.len() < 40_000, "{} bytes", answer.bytes.len());
}

#[tokio::test]
async fn a_list_longer_than_its_bound_is_refused_whole() {
    let api = Api::sample();
    let many = |count: usize, item: &'static str| vec![item; count];
    for (field, most, item) in [("needs", 100, "x"), ("services", 10, "hospice"), ("include", 10, "left_out")] {
        let mut asked = asking(field, many(most + 1, item));
        if field == "services" {
            asked.as_object_mut().unwrap().remove("service");
        }
        assert_eq!(refused(&api, &asked).await, [(format!("/{field}"), "too_many".to_owned())], "{field}");
        asked[field] = many(most, item).into();
        let answer = api.post("/v1/matches", &asked).await;
        assert!(!answer.text.contains("too_many"), "{field}: as many as may be are read");
    }
    let languages = |count: usize| asking("patient", json!({"languages": many(count, "es")}));
    let too_many = ("/patient/languages".to_owned(), "too_many".to_owned());
    assert_eq!(refused(&api, &languages(21)).await, std::slice::from_ref(&too_many));
    assert_eq!(api.post("/v1/matches", languages(20)).await.status, StatusCode::OK);
    let beyond = asking("needs", many(16_000, "x"));
    let answer = api.post("/v1/matches", &beyond).await;
    assert!(answer.text.contains("at most 100") && answer.text.contains("16000"), "{}", answer.text);
    assert!(answer.bytes.len() < 1_000, "{}", answer.text);
}

#[tokio::test]
async fn a_text_longer_than_its_bound_is_refused_and_not_compared() {
    let api = Api::sample();
    let long = |count: usize| "x".repeat(count);
    for (field, value, pointer) in [
        ("service", json!(long(301)), "/service"),
        ("coverage", json!({"plan": long(301)}), "/coverage/plan"),
        ("coverage", json!({"network": long(60_000)}), "/coverage/network"),
        ("coverage", json!({"payer": long(301)}), "/coverage/payer"),
        ("coverage", json!({"program": long(301)}), "/coverage/program"),
        ("near", json!({"zip": long(301)}), "/near/zip"),
        ("needs", json!([long(301)]), "/needs/0"),
        ("cursor", json!(long(301)), "/cursor"),
        ("discharge_on", json!(long(301)), "/discharge_on"),
    ] {
        let answer = api.post("/v1/matches", asking(field, value)).await;
        let faults = answer.faults();
        assert_eq!(faults, [(pointer.to_owned(), "too_long".to_owned())], "{field}");
        assert!(answer.text.contains("at most 300") && answer.bytes.len() < 1_000, "{}", answer.text);
    }
    let explain = json!({"discharge": question(), "provider": long(201)});
    let faults = api.post("/v1/explain", explain).await.faults();
    assert_eq!(faults, [("/provider".to_owned(), "too_long".to_owned())]);
    // One character more than a typo can have, and there is no hint.
    for (typed, offered) in [(format!("wound.npw{}", " ".repeat(55)), true), (format!("wound.npw{}", " ".repeat(56)), false)]
    {
        let answer = api.post("/v1/matches", asking("needs", json!([typed]))).await.json();
        assert_eq!(answer["errors"][0]["hint"].is_string(), offered, "{}", typed.len());
    }
}

#[tokio::test]
async fn many_errors_are_told_as_the_first_fifty_and_a_count() {
    let api = Api::sample();
    let unknown = |count: usize| (0..count).map(|at| (format!("f{at}"), json!(0))).collect::<serde_json::Map<_, _>>();
    for path in ["/v1/matches", "/v1/explain", "/v1/choice-lists", "/v1/outcomes", "/cds-services/placement/feedback"] {
        let answer = api.post(path, Value::Object(unknown(5_000))).await;
        let told = answer.json();
        assert_eq!(told["errors"].as_array().unwrap().len(), TOLD, "{path}");
        assert!(told["more_errors"].as_u64().unwrap() >= 4_950, "{path}: {}", told["more_errors"]);
        assert!(answer.bytes.len() < 40_000, "{path}: {} bytes", answer.bytes.len());
    }
    let mut asked = question();
    asked.as_object_mut().unwrap().extend(unknown(5_000));
    tells_the_first(&api.post("/v1/matches", &asked).await, 5_000);
    tells_the_first(&api.post("/v1/matches", format!("{{{}\"a\":1}}", "\"a\":0,".repeat(9_000))).await, 9_000);
    let said = json!({"statements": vec![json!({"service": "hospice", "need": "x", "answer": true}); 700]});
    tells_the_first(&api.put("/v1/providers/ccn:265015/statements", said).await, 700);
    let query = (0..4_000).map(|at| format!("f{at}=")).collect::<Vec<_>>().join("&");
    tells_the_first(&api.get(&format!("/v1/providers?name=a&{query}")).await, 4_000);
    // With few errors none is only counted, and there is no count.
    let few = api.post("/v1/matches", asking("needs", json!(["x", "y"]))).await;
    assert_eq!((few.faults().len(), few.json().get("more_errors")), (2, None));

    let line = Value::Object(unknown(5_000)).to_string();
    let batch = Request::post("/v1/matches:batch").header("content-type", "application/x-ndjson");
    let answer = api.send(batch.body(Body::from(line)).unwrap()).await.json();
    assert!(answer["problem"]["more_errors"].as_u64().unwrap() >= 4_950, "{answer}");

    let outcome = api.get(&format!("/fhir/Organization?{query}")).await.json();
    let issues = outcome["issue"].as_array().unwrap();
    let codes: Vec<&str> = issues.iter().map(|issue| issue["details"]["coding"][0]["code"].as_str().unwrap()).collect();
    assert_eq!((codes.len(), codes.last()), (TOLD + 1, Some(&"more_errors")), "{codes:?}");
}

#[tokio::test]
async fn a_place_that_lies_deep_or_has_a_long_name_is_told_by_what_lies_around_it() {
    let api = Api::sample();
    let long = "x".repeat(60_000);
    let answer = api.post("/v1/matches", asking(&long, 1)).await;
    assert_eq!(answer.faults(), [(String::new(), "unknown_field".to_owned())]);
    assert!(answer.text.contains("60000") && answer.bytes.len() < 1_000, "{:.300}", answer.text);
    let deep = format!("{}{{\"a\":1,\"a\":2}}{}", "{\"abcdefghijklmnopqrstuvwxyz\":".repeat(100), "}".repeat(100));
    for (body, starts) in [
        (format!("{{\"needs\":[{{\"{long}\":{{\"a\":1,\"a\":2}}}}]}}"), "/needs/0"),
        (deep, "/abcdefghijklmnopqrstuvwxyz/abc"),
    ] {
        let answer = api.post("/v1/matches", body).await;
        let faults = answer.faults();
        let [(pointer, code)] = &faults[..] else { panic!("{faults:?}") };
        assert!(pointer.starts_with(starts) && pointer.len() <= 256 && code == "repeated", "{pointer}");
    }
}

#[tokio::test]
async fn a_form_longer_than_its_bounds_is_refused_and_not_compared() {
    let api = Api::sample();
    let send = async |path: &str, form: String| nothing().post_form(&api, path, form).await;
    let near = send("/", format!("service=skilled_nursing&near={}", "x".repeat(20_000))).await;
    assert_eq!(near.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(near.text.contains("near: at most 300 characters; there are 20000"), "{}", near.text);
    assert!(near.bytes.len() < 10_000, "what was typed is not sent back");
    // Unknown fields are reported even without a hint.
    let unknown = send("/", format!("service=skilled_nursing&near={}", "x".repeat(200))).await;
    assert!(unknown.text.contains("City not found."), "{}", unknown.text);
    for path in ["/", "/what-about", "/call-sheet", "/export/csv", "/compare", "/choice-list", "/suggest/plans"] {
        let long = send(path, format!("coverage={}", "x".repeat(301))).await;
        assert!(long.text.contains("coverage: at most 300"), "{path}: {}", long.text);
        let ticks = send(path, "pick=ccn%3A265015&".repeat(1_001)).await;
        assert!(ticks.text.contains("pick: at most 1000"), "{path}: {}", ticks.text);
    }
    let fields: Vec<String> = (0..5_000).map(|at| format!("f{at}=")).collect();
    let many = send("/", fields.join("&")).await;
    assert!(many.text.contains("5000 fields are wrong; the first 50 are listed"), "{:.3000}", many.text);
    assert!(many.bytes.len() < 40_000, "{} bytes", many.bytes.len());
    let needs: Vec<String> = (0..70).map(|at| format!("qqq{at}")).collect();
    let needs = send("/", format!("service=skilled_nursing&near=64108&need_words={}", needs.join(","))).await;
    assert!(needs.text.contains("There are 60 problems") && needs.text.contains("And 10 more."), "{:.3000}", needs.text);
    let languages = send("/", format!("service=skilled_nursing&near=64108&language={}", "qq,".repeat(21))).await;
    assert!(languages.text.contains("You entered 21 languages. The most is 20."), "{:.3000}", languages.text);
}

#[tokio::test]
async fn a_search_names_so_many_parameters_and_values_and_no_more() {
    let api = Api::sample();
    let codes = async |query: String| {
        let answer = api.get(&format!("/fhir/Organization?{query}")).await;
        let issues = answer.json()["issue"].as_array().cloned().unwrap_or_default();
        let code = |issue: &Value| issue["details"]["coding"][0]["code"].as_str().unwrap_or_default().to_owned();
        (answer.status, issues.iter().map(code).collect::<Vec<_>>())
    };
    let name = "name=a&";
    assert_eq!(codes(name.repeat(100)).await.0, StatusCode::OK);
    assert_eq!(codes(name.repeat(101)).await, (StatusCode::BAD_REQUEST, vec!["too_many_values".to_owned()]));
    let long = codes(format!("name={}", "x".repeat(17_000))).await;
    assert_eq!(long, (StatusCode::BAD_REQUEST, vec!["too_long".to_owned()]));
}
