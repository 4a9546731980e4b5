//! Sharing arrangements under TEAM and an ACO: what they add to a list, and what they never change.

use std::fs;

use axum::http::StatusCode;
use jiff::civil::date;
use placement::hospital::Hospital;
use placement::hospital::recommendation::HospitalRecommendation;
use placement::hospital::sharing::{SharingArrangement, SharingModel};
use placement::sample;
use placement::serve::state::AppState;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::{Api, TODAY, publish, question, sample_app};
use crate::choice_lists::{Desk, home_health, made, names, text_of};

const SAYS: &str = "We plan your care together with these places.";

fn nursing() -> Value {
    json!({"service": "skilled_nursing", "near": {"zip": "64108"}, "coverage": {"program": "medicare"}})
}

fn arrangement(provider: &str, model: SharingModel) -> SharingArrangement {
    SharingArrangement { provider: provider.parse().unwrap(), model, since: date(2026, 1, 1), until: None }
}

fn recommended() -> HospitalRecommendation {
    let (says, reviewed_by) = (SAYS.to_owned(), "B. Reviewer".to_owned());
    HospitalRecommendation { says, reviewed_by, reviewed_on: date(2026, 10, 1) }
}

fn ids(list: &Value) -> Vec<String> {
    let providers = list["providers"].as_array().unwrap();
    providers.iter().map(|listed| listed["provider"]["id"].as_str().unwrap().to_owned()).collect()
}

fn section<'a>(list: &'a Value, kind: &str) -> Option<(usize, &'a Value)> {
    let sections = list["printed"]["sections"].as_array().unwrap();
    sections.iter().enumerate().find(|(_, section)| section["kind"] == kind)
}

#[tokio::test]
async fn an_answer_is_the_same_to_the_byte_with_and_without_sharing() {
    let plain = Api::sample();
    let first = plain.post("/v1/matches", question()).await;
    let shared: Vec<SharingArrangement> = first.json()["matches"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .take(3)
        .map(|found| arrangement(found["provider"]["id"].as_str().unwrap(), SharingModel::Team))
        .collect();
    let hospital = Hospital { sharing: shared, recommendation: Some(recommended()), ..Hospital::default() };
    let shares = Api::new(AppState { hospital, ..sample_app() });
    for asked in [
        question(),
        nursing(),
        home_health(),
        json!({"services": ["skilled_nursing", "home_health"], "near": {"zip": "64108"}}),
    ] {
        let (with, without) = (shares.post("/v1/matches", &asked).await, plain.post("/v1/matches", &asked).await);
        assert_eq!(with.status, StatusCode::OK, "{}", with.text);
        assert!(with.bytes == without.bytes, "{asked}");
    }
}

#[tokio::test]
async fn a_recommendation_is_printed_only_if_switched_on_below_a_complete_list() {
    let off = Desk::new(Hospital::default()).await;
    let before = made(&off, &json!({"discharge": home_health()})).await;
    let id = &ids(&before)[1];
    let sharing = vec![arrangement(id, SharingModel::Aco)];
    let shares = Desk::new(Hospital { sharing: sharing.clone(), ..Hospital::default() }).await;
    assert!(
        section(&made(&shares, &json!({"discharge": home_health()})).await, "recommendation").is_none(),
        "off unless switched on"
    );

    let desk =
        Desk::new(Hospital { sharing: sharing.clone(), recommendation: Some(recommended()), ..Hospital::default() }).await;
    for language in ["en", "es"] {
        let body = json!({"discharge": home_health(), "language": language});
        let list = made(&desk, &body).await;
        assert_eq!(names(&list), names(&before), "neither the list nor its order changes");
        let (at, printed) = section(&list, "recommendation").unwrap();
        let last_places = ["in_network", "not_confirmed", "out_of_network"]
            .into_iter()
            .filter_map(|kind| section(&list, kind))
            .map(|(at, _)| at)
            .max();
        assert!(at > last_places.unwrap(), "below the list");
        let said = printed.to_string();
        assert!(said.contains(SAYS) && said.contains("B. Reviewer") && said.contains("2026"), "{said}");
        assert_eq!(text_of(&desk.make("text/html", &body).await.text).matches(SAYS).count(), 1);
        assert_eq!(desk.make("application/pdf", &body).await.status, StatusCode::CREATED);
    }
    // A service without such a provider has none.
    assert!(section(&made(&desk, &json!({"discharge": nursing()})).await, "recommendation").is_none());
}

#[test]
fn a_recommendation_has_a_reviewer_and_a_day_and_an_arrangement() {
    let sharing = "[[sharing]]\nprovider = \"ccn:265001\"\nmodel = \"aco\"\nsince = \"2026-01-01\"\n";
    let whole = "[recommendation]\nis_on = true\nsays = \"x\"\nreviewed_by = \"B. Reviewer\"\nreviewed_on = \"2026-10-01\"\n";
    assert!(Hospital::parse(&format!("{whole}{sharing}")).unwrap().recommendation.is_some());
    let off = whole.replace("true", "false");
    assert_eq!(Hospital::parse(&format!("{off}{sharing}")).unwrap().recommendation, None);
    for (text, says) in [
        (format!("[recommendation]\nis_on = true\nsays = \"x\"\n{sharing}"), "recommendation.reviewed_by: is missing"),
        (whole.to_owned(), "recommendation.is_on: is true, but the file has no [[sharing]]"),
        (format!("{whole}text = \"y\"\n{sharing}"), "there is no setting \"text\""),
    ] {
        let told = Hospital::parse(&text).unwrap_err();
        assert!(told.contains(says), "{told}");
    }
}

/// The sample, with the list of CMS if `listed` has facilities.
fn directory(folder: &TempDir, listed: &[&str]) -> std::path::PathBuf {
    let (files, index) = (folder.path().join("files"), folder.path().join("index"));
    sample::unpack(&files, TODAY).unwrap();
    if !listed.is_empty() {
        let rows: Vec<String> = listed.iter().map(|ccn| format!("{ccn},2026-10-01,2026-12-31\n")).collect();
        let rows = rows.concat();
        fs::write(files.join("team_snf_list.csv"), format!("CCN,SNF Waiver Start Date,SNF Waiver End Date\n{rows}")).unwrap();
    }
    publish(&files, &index, "2026-11-21T12:00:00Z");
    index
}

#[tokio::test]
async fn a_facility_on_the_list_for_the_waiver_is_shown_with_its_day_and_every_other_is_unknown() {
    let folders = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let team = || Hospital { sharing: vec![arrangement("ccn:265014", SharingModel::Team)], ..Hospital::default() };
    let plain = Desk::of(&directory(&folders[0], &[]), team()).await;
    let desk = Desk::of(&directory(&folders[1], &["265014", "265015"]), team()).await;

    let order = |answer: Value| {
        let found = answer["matches"].as_array().unwrap().clone();
        found
            .iter()
            .map(|found| {
                (found["provider"]["id"].clone(), found["fit"].clone(), found["score"].clone(), found["chance"].clone())
            })
            .collect::<Vec<_>>()
    };
    let (with, without) =
        (desk.api.post("/v1/matches", nursing()).await.json(), plain.api.post("/v1/matches", nursing()).await.json());
    assert_eq!(order(with.clone()), order(without.clone()), "neither fit nor order changes");
    assert_eq!(with["counts"], without["counts"]);

    let provider = desk.api.get("/v1/providers/ccn:265014").await.json();
    let fact = provider["provider"]["business"]
        .as_array()
        .unwrap()
        .iter()
        .find(|fact| fact["code"] == "team_stay_waiver")
        .unwrap()
        .clone();
    assert!(
        fact["value"].as_str().unwrap().contains("Dec 31, 2026") && fact["source"].as_str().unwrap().contains("TEAM"),
        "{fact}"
    );
    let page = desk.api.get("/providers/ccn:265014").await;
    assert!(page.text.contains("TEAM waiver of the three-day stay"), "the page of the provider");

    let list = made(&desk, &json!({"discharge": nursing()})).await;
    for listed in list["providers"].as_array().unwrap() {
        let is_listed = ["ccn:265014", "ccn:265015"].contains(&listed["provider"]["id"].as_str().unwrap());
        assert_eq!(listed["stay_waiver"].is_null(), !is_listed, "{}", listed["provider"]["id"]);
    }
    assert_eq!(names(&list), names(&made(&plain, &json!({"discharge": nursing()})).await));
    let printed = text_of(&desk.make("text/html", &json!({"discharge": nursing()})).await.text);
    assert_eq!(printed.matches("through December 31, 2026").count(), 2, "{printed}");
    // After the quarter, and for a hospital outside TEAM, nothing is printed.
    let mut later = nursing();
    later["discharge_on"] = json!("2027-01-04");
    let list = made(&desk, &json!({"discharge": later})).await;
    assert!(list["providers"].as_array().unwrap().iter().all(|listed| listed["stay_waiver"].is_null()));
    let outside = Desk::of(&folders[1].path().join("index"), Hospital::default()).await;
    assert!(
        !text_of(&outside.make("text/html", &json!({"discharge": nursing()})).await.text)
            .contains("through December 31, 2026")
    );
}

#[tokio::test]
async fn lists_are_counted_by_month_and_nothing_of_them_is_shown() {
    let desk = Desk::new(Hospital::default()).await;
    for _ in 0..3 {
        made(&desk, &json!({"discharge": home_health()})).await;
    }
    let counted = desk.api.get("/v1/lists-made").await.json();
    assert_eq!(counted["months"], json!([{"month": "2026-11", "lists": 3, "is_whole": false}]));
    let file = desk.get("/manager/lists-made.csv", "text/csv").await;
    assert_eq!(file.status, StatusCode::OK);
    assert_eq!(file.text.lines().nth(1), Some("2026-11,3,no,2026-11-21"));
    assert_eq!(Api::sample().get("/v1/lists-made").await.json()["code"], "no_ledger");
}
