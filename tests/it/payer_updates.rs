//! The update for a payer: what it says in every format, and what it never says.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::api::{Answer, Api};
use crate::pages::post;
use crate::pages_ask::asked;
use crate::referral_requests::Desk;

fn ask() -> Value {
    json!({
        "discharge": {"service": "skilled_nursing", "near": {"zip": "64108"}, "coverage": {"program": "medicare"}, "needs": ["inf.abx"],
            "discharge_on": "2026-11-23",
            "screens": {"inpatient_admitted_on": "2026-11-18", "discharged_on": "2026-11-23", "pasrr_done": true}},
        "request": "expedited",
    })
}

async fn write(api: &Api, accept: &str, body: &Value) -> Answer {
    let request = Request::post("/v1/payer-updates").header("content-type", "application/json").header("accept", accept);
    api.send(request.body(Body::from(body.to_string())).unwrap()).await
}

/// A desk with a request whose first provider declined with `why`, and the question with it.
async fn with_options(why: &str) -> (Desk, Value, Value) {
    let desk = Desk::open().await;
    let consent = why.starts_with("declines:sud");
    let needs = if consent { json!(["sud.methadone"]) } else { json!(["inf.abx"]) };
    let request = desk.made(json!({"needs": needs, "substance_use_consent": consent})).await;
    let declined = desk.step(&request, 0, json!({"state": "declined", "why": why})).await;
    assert_eq!(declined.status, StatusCode::OK, "{}", declined.text);
    let mut body = ask();
    body["referral_request"] = request["id"].clone();
    (desk, request, body)
}

#[tokio::test]
async fn an_update_says_what_the_rules_give_why_and_who_was_asked() {
    let (desk, request, body) = with_options("no_room").await;
    let update = write(&desk.api, "application/json", &body).await;
    assert_eq!(update.status, StatusCode::OK, "{}", update.text);
    assert_eq!((update.header("cache-control"), update.header("vary")), ("no-store", "accept"));
    let update = update.json();
    assert_eq!(
        (&update["service"], &update["payer_class"], &update["hospital"]),
        (&json!("skilled_nursing"), &json!("medicare"), &json!("Mercy"))
    );
    let rule = |name: &str| update["screens"].as_array().unwrap().iter().find(|entry| entry["rule"] == name).unwrap();
    assert_eq!(rule("snf_three_day_stay")["status"], "met");
    assert!(update["why"].as_array().unwrap().contains(&rule("snf_three_day_stay")["why"]));
    let options = update["options"].as_array().unwrap();
    assert_eq!(options.len(), request["providers"].as_array().unwrap().len());
    assert_eq!((&options[0]["state"], &options[0]["reason"]), (&json!("declined"), &json!("no_room")));
    assert_eq!((&options[1]["state"], &options[1]["reason"]), (&json!("asked"), &Value::Null));
    assert!(options[0]["asked_at"].is_string() && options[0]["name"].is_string());
}

#[tokio::test]
async fn every_format_says_the_same_and_names_no_patient() {
    let (desk, request, body) = with_options("no_room").await;
    let name = write(&desk.api, "application/json", &body).await.json()["options"][0]["name"].as_str().unwrap().to_owned();
    for (accept, content_type) in [
        ("application/json", "application/json"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("application/pdf", "application/pdf"),
        ("application/fhir+json", "application/fhir+json"),
    ] {
        let update = write(&desk.api, accept, &body).await;
        assert_eq!((update.status, update.header("content-type")), (StatusCode::OK, content_type), "{}", update.text);
        let again = write(&desk.api, accept, &body).await;
        assert!(update.bytes == again.bytes, "{accept} is not the same again");
        if accept == "application/pdf" {
            assert!(update.bytes.starts_with(b"%PDF"));
            continue;
        }
        for said in ["42 CFR 409.30(a)(1)", "not reviewed by a person", &name, "no_room"] {
            assert!(update.text.contains(said), "{accept} does not say {said}");
        }
        for private in ["64108", "641", "inf.abx", "antibiotics", request["id"].as_str().unwrap(), "4 West"] {
            assert!(!update.text.contains(private), "{accept} says {private}");
        }
    }
    assert_eq!(write(&desk.api, "text/html", &body).await.status, StatusCode::NOT_ACCEPTABLE);
}

#[tokio::test]
async fn the_claim_is_a_draft_without_a_patient() {
    let (desk, _, body) = with_options("coverage").await;
    let claim = write(&desk.api, "application/fhir+json", &body).await.json();
    assert_eq!(
        (&claim["resourceType"], &claim["status"], &claim["use"]),
        (&json!("Claim"), &json!("draft"), &json!("preauthorization"))
    );
    let absent =
        json!({"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}]});
    assert_eq!((&claim["patient"], &claim["insurance"][0]["coverage"]), (&absent, &absent));
    assert!(claim["meta"].is_null(), "it claims no profile");
    assert_eq!(claim["priority"]["coding"][0]["code"], "stat");
    let supporting = claim["supportingInfo"].as_array().unwrap();
    let numbers: Vec<u64> = supporting.iter().map(|info| info["sequence"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=supporting.len() as u64).collect::<Vec<_>>());
    assert!(supporting.iter().all(|info| !info["valueString"].as_str().unwrap().is_empty()));
    assert!(
        supporting
            .iter()
            .any(|info| info["timingDate"] == "2026-11-21" && info["valueString"].as_str().unwrap().contains("[coverage]"))
    );
}

#[tokio::test]
async fn a_need_about_substance_use_is_not_named() {
    let (desk, _, body) = with_options("declines:sud.methadone").await;
    for accept in ["application/json", "text/csv", "application/fhir+json"] {
        let update = write(&desk.api, accept, &body).await;
        let text = update.text.to_lowercase();
        assert!(text.contains("cannot provide a need") && !text.contains("sud.") && !text.contains("methadone"), "{text}");
    }
}

#[tokio::test]
async fn every_fault_is_reported_at_once() {
    let desk = Desk::open().await;
    let wrong = json!({"discharge": {"services": ["skilled_nursing", "hospice"], "near": {"zip": "641"}},
        "referral_request": "0".repeat(32), "request": "fast", "patient": "x"});
    let faults = write(&desk.api, "application/json", &wrong).await.faults();
    for (place, code) in
        [("/patient", "unknown_field"), ("/request", "no_such_request"), ("/referral_request", "no_such_referral")]
    {
        assert!(faults.contains(&(place.to_owned(), code.to_owned())), "{place} {code}: {faults:?}");
    }
    assert!(faults.iter().any(|(place, _)| place.starts_with("/discharge/near")), "{faults:?}");
    let mut plain = ask();
    plain["discharge"].as_object_mut().unwrap().remove("screens");
    assert_eq!(write(&desk.api, "*/*", &plain).await.faults(), [("/discharge/screens".to_owned(), "missing".to_owned())]);
    let (desk, _, mut other) = with_options("no_room").await;
    other["discharge"]["service"] = json!("hospice");
    assert_eq!(write(&desk.api, "*/*", &other).await.faults(), [("/referral_request".to_owned(), "conflict".to_owned())]);
}

#[tokio::test]
async fn the_page_saves_the_update_of_an_answer_with_the_rules() {
    let api = Api::sample();
    let answer = post(&api, "/", &asked(&[("coverage", "Medicare"), ("screens", "yes")])).await;
    assert!(answer.html.contains("formaction=\"/export/payer-update\""));
    let update = post(&api, "/export/payer-update", &asked(&[("coverage", "Medicare"), ("screens", "yes")])).await;
    assert_eq!(update.status, StatusCode::OK, "{}", update.html);
    assert_eq!(update.headers["content-type"], "application/pdf");
    let plain = post(&api, "/export/payer-update", &asked(&[("coverage", "Medicare")])).await;
    assert_eq!(plain.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!post(&api, "/", &asked(&[("coverage", "Medicare")])).await.html.contains("/export/payer-update"));
}
