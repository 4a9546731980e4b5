//! Midnight and wrong clocks: answers use the day on which they are asked, and nothing is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::http::StatusCode;
use jiff::civil::Date;
use jiff::{SignedDuration, Zoned};
use placement::hospital_id::HospitalId;
use placement::ledger::event::LedgerEvent;
use placement::provider::ProviderId;
use placement::serve::ledger_sync::load_initial;
use placement::serve::reload::turn_days;
use placement::serve::state::AppState;
use placement::service::Service;
use placement::statements::outcome_origin::OutcomeOrigin;
use placement::statements::{Outcome, ReferralReply};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::{Api, changed, sample_app};
use crate::statements::{self, found};

/// A tenth of a second before midnight, plus `seconds`.
fn at(seconds: i64) -> Zoned {
    let evening: Zoned = "2026-11-21T23:59:59.9-06:00[America/Chicago]".parse().unwrap();
    evening.checked_add(SignedDuration::from_secs(seconds)).unwrap()
}

const DAY: i64 = 24 * 3600;

fn asking() -> Value {
    changed(&json!({"needs": ["resp.vent"], "limit": 100}))
}

/// The first provider for [`asking`] that meets the requirements.
async fn ready(api: &Api) -> ProviderId {
    let report = api.post("/v1/matches", asking()).await.json();
    let ready = report["matches"]
        .as_array()
        .unwrap()
        .iter()
        .find(|found| found["fit"] == "ready" || found["fit"] == "meets")
        .unwrap();
    ready["provider"]["id"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn the_first_question_after_midnight_is_answered_of_its_own_day_though_nothing_has_noticed_yet() {
    static LATER: AtomicI64 = AtomicI64::new(0);
    let folder = TempDir::new().unwrap();
    let app = Arc::new(AppState { now: || at(LATER.load(Ordering::SeqCst)), ..statements::app(folder.path()).await });
    let api = Api::over(&app);
    let id = ready(&api).await;
    let path = format!("/v1/providers/{id}/statements");
    let says = json!({"service": "skilled_nursing", "need": "resp.vent", "answer": false, "expires_on": "2026-11-21"});
    let told = api.put(&path, json!({"statements": [says]})).await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.text);
    let is_found = async || {
        let answer = api.post("/v1/matches", asking()).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        found(&answer.json(), id.as_str()).is_some()
    };
    assert!(!is_found().await, "it says no until midnight");

    LATER.store(1, Ordering::SeqCst);
    assert!(is_found().await, "its word is over, and nobody has turned to the day");
    assert_eq!(api.get(&path).await.json()["statements"][0]["state"], "over");
    // Statements before the day is prepared count too.
    let until_now = json!({"statements": [{"service": "skilled_nursing", "need": "resp.vent", "answer": false}]});
    assert_eq!(api.put(&path, &until_now).await.status, StatusCode::OK);
    assert!(!is_found().await);

    // An unexpected day is not prepared, and yesterday's state does not replace it.
    LATER.store(5 * DAY, Ordering::SeqCst);
    let refused = api.post("/v1/matches", asking()).await;
    assert_eq!((refused.status, refused.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "1"));
    app.live.turn_to(at(5 * DAY).date());
    assert!(!is_found().await);
    LATER.store(5 * DAY + 1, Ordering::SeqCst);
    assert!(!is_found().await, "and the day after is ready again");
}

#[tokio::test]
async fn a_server_turns_to_another_day_though_nobody_asks() {
    static LATER: AtomicI64 = AtomicI64::new(0);
    let app = Arc::new(AppState { now: || at(LATER.load(Ordering::SeqCst)), ..sample_app() });
    app.serve_newest();
    let live = app.live.clone();
    let turning = tokio::spawn(turn_days(app));
    let is_ready = async |day: Date| {
        while live.on(day).is_none() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    for days in [0, 1, 7, 3] {
        LATER.store(days * DAY, Ordering::SeqCst);
        let today = at(days * DAY).date();
        for day in [today, today.tomorrow().unwrap()] {
            let waiting = tokio::time::timeout(std::time::Duration::from_mins(2), is_ready(day)).await;
            assert!(waiting.is_ok(), "never: {day} is ready");
        }
    }
    turning.abort();
}

#[tokio::test]
async fn a_clock_that_was_wrong_for_a_while_loses_nothing() {
    static LATER: AtomicI64 = AtomicI64::new(0);
    let folder = TempDir::new().unwrap();
    let app = Arc::new(AppState { now: || at(LATER.load(Ordering::SeqCst)), ..statements::app(folder.path()).await });
    let api = Api::over(&app);
    let id = ready(&api).await;
    let outcome = |days: i64| {
        let (provider, service, asked_on) = (id.clone(), Service::SkilledNursing, at(days * DAY).date());
        LedgerEvent::Outcome(Outcome {
            hospital: HospitalId::default(),
            provider,
            service,
            asked_on,
            reply: ReferralReply::Accepted,
            payer_class: None,
            origin: OutcomeOrigin::Reported,
        })
    };
    for _ in 0..7 {
        app.append_event(&outcome(0)).await.unwrap();
    }
    assert_eq!(asked_of(&api, &id).await, Some(json!(7)));

    let wrong = 558;
    LATER.store(wrong * DAY, Ordering::SeqCst);
    app.live.turn_to((app.now)().date());
    for _ in 0..3 {
        app.append_event(&outcome(wrong)).await.unwrap();
    }
    assert_eq!(asked_of(&api, &id).await, None, "by that clock all are long ago, or too few");

    LATER.store(1, Ordering::SeqCst);
    app.live.turn_to((app.now)().date());
    app.append_event(&outcome(0)).await.unwrap();
    assert_eq!(asked_of(&api, &id).await, Some(json!(8)), "those of the wrong day are yet to come");

    // Nothing is missing in the file either.
    let other = Arc::new(AppState { now: app.now, ..statements::app(folder.path()).await });
    load_initial(&other).await;
    assert_eq!(asked_of(&Api::over(&other), &id).await, Some(json!(8)));
}

/// Number of outcomes on the provider's page.
async fn asked_of(api: &Api, id: &ProviderId) -> Option<Value> {
    let provider = api.get(&format!("/v1/providers/{id}")).await.json();
    let mut lines = provider["provider"]["services"].as_array().unwrap().iter();
    lines.find_map(|line| Some(line["outcomes"]["asked"].clone()).filter(|asked| !asked.is_null()))
}
