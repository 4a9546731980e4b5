//! What no provider near meets: counted only if the hospital says so, in codes, and shown only from
//! eleven on.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::http::StatusCode;
use jiff::{Span, Zoned};
use placement::hospital::Hospital;
use placement::serve::state::AppState;
use serde_json::{Value, json};

use crate::api::{Api, sample_app};
use crate::pages::get;
use crate::referral_requests::noon;

/// Days that the clock of the tests has moved on; each test has its own.
static FIRST: AtomicI64 = AtomicI64::new(0);
static SECOND: AtomicI64 = AtomicI64::new(0);

fn moved(days: &AtomicI64) -> Zoned {
    noon().checked_add(Span::new().days(days.load(Ordering::Relaxed))).unwrap()
}

fn api(setting: &str, now: fn() -> Zoned) -> (Api, Arc<AppState>) {
    let hospital = Hospital::parse(setting).unwrap();
    let app = Arc::new(AppState { hospital, now, ..sample_app() });
    (Api::shared(Arc::clone(&app)), app)
}

/// A question that nobody meets: no long-term hospital is within five miles.
fn nobody(zip: &str, needs: &[&str]) -> Value {
    json!({"service": "long_term_acute", "near": {"zip": zip}, "within_miles": 5, "needs": needs, "coverage": {"program": "medicare"}})
}

/// The cells as region, need and count.
async fn cells(api: &Api) -> Vec<(Value, Value, Value)> {
    let answer = api.get("/v1/unmet-needs").await;
    assert_eq!((answer.status, answer.header("cache-control")), (StatusCode::OK, "no-store"), "{}", answer.text);
    let cell = |cell: &Value| (cell["region"].clone(), cell["need"].clone(), cell["questions"].clone());
    answer.json()["cells"].as_array().unwrap().iter().map(cell).collect()
}

/// Asks the question once on each of so many days. The generation stays the same, so the answer of
/// each day is a new one.
async fn ask_on_days((api, app): (&Api, &AppState), clock: &AtomicI64, days: i64, question: &Value) {
    for _ in 0..days {
        let answer = api.post("/v1/matches", question).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        // The same question again on the same day, by another page size, counts once.
        let mut again = question.clone();
        again["limit"] = json!(5);
        assert_eq!(api.post("/v1/matches", &again).await.status, StatusCode::OK);
        clock.fetch_add(1, Ordering::Relaxed);
        app.live.turn_to((app.now)().date());
    }
}

#[tokio::test]
async fn nothing_is_counted_unless_the_hospital_says_so() {
    let (api, _) = api("name = \"Mercy\"\n", noon);
    assert_eq!(api.post("/v1/matches", nobody("59801", &[])).await.status, StatusCode::OK);
    let report = api.get("/v1/unmet-needs").await.json();
    assert_eq!((&report["is_counted"], &report["cells"]), (&json!(false), &json!([])));
    get(&api, "/manager").await.says("Not counted");
}

#[tokio::test]
async fn only_eleven_or_more_are_shown_and_only_regions_of_more_than_20_000_people() {
    let clock = || moved(&FIRST);
    let (api, app) = api("count_unmet_needs = true\n", clock);
    ask_on_days((&api, &app), &FIRST, 10, &nobody("59801", &["resp.vent"])).await;
    assert_eq!(cells(&api).await, [(json!("598"), json!("resp.vent"), Value::Null)], "ten are fewer than eleven");
    get(&api, "/manager").await.says("fewer than 11");
    ask_on_days((&api, &app), &FIRST, 1, &nobody("59801", &["resp.vent"])).await;
    assert_eq!(cells(&api).await, [(json!("598"), json!("resp.vent"), json!(11))]);
    // Few people live where ZIP codes begin with 821.
    ask_on_days((&api, &app), &FIRST, 1, &nobody("82190", &["resp.vent"])).await;
    let shown = cells(&api).await;
    assert_eq!(shown[1], (Value::Null, json!("resp.vent"), Value::Null), "{shown:?}");
    let csv = api.get("/manager/unmet-needs.csv").await.text;
    assert!(csv.contains(",11,") && csv.contains("fewer than 11") && !csv.contains("598,,"), "{csv}");
    assert!(!csv.contains("59801") && !csv.to_lowercase().contains("total"), "no ZIP and no sum: {csv}");
    FIRST.fetch_add(31, Ordering::Relaxed);
    app.live.turn_to((app.now)().date());
    assert_eq!(cells(&api).await, [], "days before the last 30 are dropped");
}

#[tokio::test]
async fn today_is_not_shown_and_substance_use_only_from_eleven_on() {
    let clock = || moved(&SECOND);
    let (api, app) = api("count_unmet_needs = true\n", clock);
    assert_eq!(api.post("/v1/matches", nobody("59801", &["resp.vent"])).await.status, StatusCode::OK);
    assert_eq!(cells(&api).await, [], "a count that grows while one watches would tell of one patient");
    ask_on_days((&api, &app), &SECOND, 10, &nobody("59801", &["sud.methadone"])).await;
    let named = |cells: &[(Value, Value, Value)]| cells.iter().any(|(_, need, _)| need == "sud.methadone");
    assert!(!named(&cells(&api).await));
    ask_on_days((&api, &app), &SECOND, 1, &nobody("59801", &["sud.methadone"])).await;
    assert!(named(&cells(&api).await));
}
