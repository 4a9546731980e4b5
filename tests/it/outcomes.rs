//! Referral outcomes: reported without anything about the patient, counted, and shown if enough are
//! known.

use std::fs;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::api::{Api, changed, question};
use crate::pages::{get, post};
use crate::statements::{desk, found};

/// A provider in the answer to [`question`].
async fn somebody(api: &Api) -> String {
    let report = api.post("/v1/matches", question()).await.json();
    report["matches"][0]["provider"]["id"].as_str().unwrap().to_owned()
}

async fn tell(api: &Api, id: &str, reply: &str) -> Value {
    let body = json!({"provider": id, "service": "skilled_nursing", "asked_on": "2026-11-20", "reply": reply});
    let answer = api.post("/v1/outcomes", body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.json()
}

#[tokio::test]
async fn from_five_outcomes_on_it_is_told_how_many_were_taken() {
    let (api, _folder) = desk().await;
    let id = somebody(&api).await;
    for reply in ["accepted", "accepted", "declined", "no_reply"] {
        assert_eq!(tell(&api, &id, reply).await["outcomes"], Value::Null, "four say nothing");
    }
    let report = api.post("/v1/matches", question()).await.json();
    assert_eq!(found(&report, &id).unwrap()["outcomes"], Value::Null);
    let told = tell(&api, &id, "accepted").await;
    let counted = json!({"took": 3, "asked": 5, "days": 90});
    assert_eq!(
        told,
        json!({"provider": id, "service": "skilled_nursing", "asked_on": "2026-11-20", "reply": "accepted", "why": null,
            "outcomes": counted})
    );
    let report = api.post("/v1/matches", question()).await.json();
    let one = found(&report, &id).unwrap();
    assert_eq!(one["outcomes"], counted);
    assert!(one["parts"].as_array().unwrap().iter().all(|part| part["part"] != "outcomes"), "the default weighs none");
    let why = api.post("/v1/explain", json!({"discharge": question(), "provider": id})).await.json();
    assert_eq!(why["match"]["outcomes"], counted);
    let fields = [("near", "64108"), ("service", "skilled_nursing"), ("coverage", "medicare"), ("limit", "100")];
    let says = "Accepted 3 of 5 referrals (90 days)";
    let page = get(&api, &format!("/providers/{id}")).await.text();
    assert!(page.contains(says), "{page}");
    let answer = post(&api, "/", &fields).await.text();
    assert!(answer.contains(says), "{answer}");
    let sheet: Vec<(&str, &str)> = fields.into_iter().chain([("pick", id.as_str())]).collect();
    let sheet = post(&api, "/call-sheet", &sheet).await.text();
    assert!(sheet.contains(says), "{sheet}");
    let about: Vec<(&str, &str)> = fields.into_iter().chain([("provider", id.as_str())]).collect();
    let about = post(&api, "/what-about", &about).await.text();
    assert!(about.contains(says), "{about}");
}

#[tokio::test]
async fn only_a_profile_that_says_so_counts_them_and_never_above_the_cap() {
    let (api, _folder) = desk().await;
    let id = somebody(&api).await;
    for _ in 0..4 {
        tell(&api, &id, "accepted").await;
    }
    tell(&api, &id, "no_reply").await;
    let by_record = changed(&json!({"profile": "track_record", "limit": 1000}));
    let report = api.post("/v1/matches", by_record).await.json();
    assert_eq!(report["question"]["profile"], "track_record@2");
    let part = |found: &Value| {
        let parts = found["parts"].as_array().unwrap();
        parts.iter().find(|part| part["part"] == "outcomes").unwrap().clone()
    };
    let told = json!({"part": "outcomes", "value": 0.8, "weight": 0.1, "points": 8.0, "unknown": false,
        "why": "accepted 4 of 5 referrals (90 days)"});
    assert_eq!(part(found(&report, &id).unwrap()), told);
    let others: Vec<&Value> = report["matches"].as_array().unwrap().iter().collect();
    let other = others.into_iter().find(|found| found["provider"]["id"] != id.as_str()).unwrap();
    let unknown = json!({"part": "outcomes", "value": 0.5, "weight": 0.1, "points": 5.0, "unknown": true,
        "why": "too few referrals known"});
    assert_eq!(part(other), unknown);

    let own =
        |outcomes: f64| changed(&json!({"profile": {"patient_travels": {"quality": 1.0 - outcomes, "outcomes": outcomes}}}));
    assert_eq!(api.post("/v1/matches", own(0.1)).await.status, StatusCode::OK);
    let refused = api.post("/v1/matches", own(0.2)).await;
    assert_eq!(refused.faults(), [("/profile/patient_travels/outcomes".to_owned(), "wrong_weights".to_owned())]);
    let unknown = api.post("/v1/matches", changed(&json!({"profile": "best"}))).await.json();
    let hint = unknown["errors"][0]["hint"].as_str().unwrap().to_owned();
    assert!(hint.contains("default") && hint.contains("track_record"), "{hint}");
}

#[tokio::test]
async fn a_word_about_a_patient_is_refused_and_stands_nowhere() {
    let (api, folder) = desk().await;
    let id = somebody(&api).await;
    let good = json!({"provider": id, "service": "skilled_nursing", "reply": "declined", "why": "limit:size.max_lb"});
    let answer = api.post("/v1/outcomes", &good).await;
    assert_eq!((answer.status, &answer.json()["why"]), (StatusCode::CREATED, &json!("limit:size.max_lb")));
    for (field, value) in [
        ("patient", json!({"name": "Zebulon Quagmire"})),
        ("name", json!("Zebulon Quagmire")),
        ("mrn", json!("77889900")),
        ("birth_date", json!("1931-02-03")),
        ("ssn", json!("078-05-1120")),
        ("address", json!("12 Quagmire Lane")),
        ("note", json!("Zebulon in room 4")),
        ("discharge", question()),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let answer = api.post("/v1/outcomes", &body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert_eq!(answer.faults(), [(format!("/{field}"), "unknown_field".to_owned())]);
    }
    let mut body = good;
    body["why"] = json!("Zebulon Quagmire smokes");
    assert_eq!(api.post("/v1/outcomes", &body).await.faults(), [("/why".to_owned(), "no_such_reason".to_owned())]);
    for file in fs::read_dir(folder.path()).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        for word in ["Zebulon", "Quagmire", "77889900", "1931-02-03", "078-05-1120", "smokes"] {
            assert!(!text.contains(word), "{word}");
        }
    }
}

#[tokio::test]
async fn nobody_is_told_of_who_was_not_asked() {
    let (api, _folder) = desk().await;
    let id = somebody(&api).await;
    for (changes, pointer, code) in [
        (json!({"provider": "ccn:999999"}), "/provider", "no_such_provider"),
        (json!({"service": "hospice"}), "/service", "does_not_apply"),
        (json!({"asked_on": "2026-11-22"}), "/asked_on", "in_the_future"),
        (json!({"asked_on": "2026-08-22"}), "/asked_on", "out_of_range"),
        (json!({"reply": "perhaps"}), "/reply", "no_such_reply"),
        (json!({"why": "no_room"}), "/why", "does_not_apply"),
    ] {
        let mut body = json!({"provider": id, "service": "skilled_nursing", "asked_on": "2026-08-23", "reply": "accepted"});
        for (name, value) in changes.as_object().unwrap() {
            body[name] = value.clone();
        }
        assert_eq!(api.post("/v1/outcomes", &body).await.faults(), [(pointer.to_owned(), code.to_owned())]);
    }
}
