//! What is counted for one hospital of many: outcomes of referrals, and needs that nobody near meets.

use std::sync::atomic::{AtomicI64, Ordering};

use axum::http::StatusCode;
use jiff::{Span, Zoned};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::many_hospitals::{Service, hospital, to_ask};
use crate::referral_requests::noon;
use crate::statements::found;

#[tokio::test]
async fn outcomes_of_one_hospital_count_there_alone() {
    let folder = TempDir::new().unwrap();
    let service = Service::in_file(&folder, vec![hospital(0, ""), hospital(1, "")]).await;
    let before = service.matches(1).await;
    let id = to_ask(&before);
    for number in 0..10 {
        let reply = if number % 2 == 0 { "accepted" } else { "declined" };
        let outcome = json!({"provider": id, "service": "skilled_nursing", "reply": reply});
        let answer = service.post(0, "/v1/outcomes", &outcome).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    }
    let own = found(&service.matches(0).await, &id).unwrap()["outcomes"].clone();
    assert_eq!((&own["took"], &own["asked"]), (&json!(5), &json!(10)));
    assert_eq!(service.matches(1).await, before, "neither its counts, nor a chance or an order");
    let page = service.get(1, &format!("/providers/{id}")).await.text;
    assert!(service.get(0, &format!("/providers/{id}")).await.text.contains("5 of 10 referrals"));
    assert!(!page.contains("of 10 referrals"), "{page}");
}

/// Days that the clock has moved on.
static DAYS: AtomicI64 = AtomicI64::new(0);

fn clock() -> Zoned {
    noon().checked_add(Span::new().days(DAYS.load(Ordering::Relaxed))).unwrap()
}

#[tokio::test]
async fn needs_that_nobody_near_meets_are_counted_for_the_hospital_that_asked_and_wants_it() {
    let folder = TempDir::new().unwrap();
    let counts = "count_unmet_needs = true\n";
    let hospitals = vec![hospital(0, counts), hospital(1, counts), hospital(2, "")];
    let service = Service::in_file_at(clock, &folder, hospitals).await;
    // No long-term hospital is within five miles.
    let nobody = json!({"service": "long_term_acute", "near": {"zip": "59801"}, "within_miles": 5, "needs": ["resp.vent"],
        "coverage": {"program": "medicare"}});
    for _ in 0..11 {
        // The one that does not count asks first, and the other gets its cached answer.
        for hospital in [2, 0] {
            assert_eq!(service.post(hospital, "/v1/matches", &nobody).await.status, StatusCode::OK);
        }
        DAYS.fetch_add(1, Ordering::Relaxed);
        service.app.live.turn_to(clock().date());
    }
    let mut cells = Vec::new();
    for hospital in 0..3 {
        let report = service.get(hospital, "/v1/unmet-needs").await.json();
        let counted = report["cells"].as_array().unwrap().iter().map(|cell| cell["questions"].clone());
        cells.push((report["is_counted"].clone(), counted.collect::<Vec<Value>>()));
    }
    assert_eq!(cells, [(json!(true), vec![json!(11)]), (json!(true), vec![]), (json!(false), vec![])]);
}
