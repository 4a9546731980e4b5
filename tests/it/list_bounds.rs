//! Maximum length of a choice list, and the daily limit per caller: refused with a hint, never cut
//! short.

use std::fmt::Write as _;
use std::num::NonZeroU32;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use jiff::Timestamp;
use placement::config::server::RateLimitConfig;
use placement::hospital::Hospital;
use placement::ledger::sqlite::SqliteLedger;
use placement::refresh::options::RefreshOptions;
use placement::refresh::run;
use placement::serve::http::daily_limits::DailyLimits;
use placement::serve::state::AppState;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::{Api, sample_app};
use crate::choice_lists::{Desk, home_health, made};
use crate::folder::write;
use crate::gate_nights::{HOMES, home};

/// A directory of `count` homes, each `step` degrees of latitude north of the previous one.
fn homes(count: u32, step: f64) -> TempDir {
    let folder = TempDir::new().unwrap();
    let mut rows = HOMES.to_owned();
    for at in 0..count {
        // The center of ZIP 29401 is at about 32.78.
        write!(rows, "{}", home(at, 32.79 + step * f64::from(at))).unwrap();
    }
    write(&folder.path().join("in"), &[("homes.csv", rows)]);
    let now = Timestamp::constant(1_790_000_000, 0);
    run(&RefreshOptions::new(folder.path().join("in"), folder.path().join("index"), now), &mut |_| ()).unwrap();
    folder
}

fn wish(within_miles: u32) -> Value {
    json!({"discharge": {"service": "skilled_nursing", "near": {"zip": "29401"}, "within_miles": within_miles}})
}

const FORMS: [&str; 3] = ["application/json", "text/html", "application/pdf"];

#[tokio::test]
async fn a_list_that_would_be_too_long_is_refused_with_the_radius_that_fits_and_that_list_is_whole() {
    // Seventy per mile.
    let folder = homes(400, 0.0002);
    let desk = Desk::of(&folder.path().join("index"), Hospital::default()).await;
    for accept in FORMS {
        let refused = desk.make(accept, &wish(500)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{accept}");
        assert!(accept == "text/html" || refused.text.contains("list_too_long"), "{accept}: {}", refused.text);
        assert!(refused.text.contains("400 places fit") && refused.text.contains("at most 250"), "{}", refused.text);
    }
    let refused = desk.make("application/json", &wish(500)).await.json();
    assert_eq!((&refused["code"], &refused["status"]), (&json!("list_too_long"), &json!(422)));
    let miles = u32::try_from(refused["within_miles"].as_u64().unwrap()).unwrap();
    assert!(refused["detail"].as_str().unwrap().contains(&format!("within_miles: {miles}")), "{refused}");
    let list = made(&desk, &wish(miles)).await;
    let listed = list["providers"].as_array().unwrap().len();
    assert_eq!((&list["complete"], list["matched"].as_u64()), (&json!(true), Some(listed as u64)));
    assert!((100..=250).contains(&listed), "{listed}");
    let wider = desk.make("application/json", &wish(miles + 1)).await;
    assert_eq!(wider.status, StatusCode::UNPROCESSABLE_ENTITY, "it is the widest");
    // Only the created list was recorded.
    let page =
        desk.page(&[("service", "skilled_nursing"), ("near", "29401"), ("within", "500"), ("coverage", "medicare")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.text.contains(&format!("Search within {miles} miles")) && !page.text.contains("within_miles"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn where_no_radius_helps_other_ways_are_told_and_those_that_were_picked_are_listed() {
    let folder = homes(300, 0.0);
    let desk = Desk::of(&folder.path().join("index"), Hospital::default()).await;
    let refused = desk.make("application/json", &wish(25)).await.json();
    assert_eq!((&refused["code"], refused.get("within_miles")), (&json!("list_too_long"), None), "{refused}");
    let detail = refused["detail"].as_str().unwrap();
    assert!(detail.contains("300 places fit") && detail.contains("providers"), "{detail}");

    let picks = |count: u32| (0..count).map(|at| format!("ccn:{}", 425_000 + at)).collect::<Vec<_>>();
    let mut wish = wish(25);
    wish["providers"] = json!(picks(3));
    let list = made(&desk, &wish).await;
    assert_eq!((&list["complete"], &list["matched"]), (&json!(false), &json!(300)));
    assert_eq!(list["providers"].as_array().unwrap().len(), 3);
    let draft = list["draft"].as_array().unwrap();
    assert!(draft.contains(&json!("selection_only")), "a list without the full list cannot be filed: {draft:?}");
    wish["providers"] = json!(picks(251));
    let refused = desk.make("application/json", &wish).await.json();
    assert_eq!((&refused["errors"][0]["pointer"], &refused["errors"][0]["code"]), (&json!("/providers"), &json!("too_many")));
    // Field errors are reported first.
    wish["providers"] = Value::Null;
    wish["order"] = json!("score");
    let wrong = desk.make("application/json", &wish).await.json();
    assert_eq!((&wrong["code"], &wrong["errors"][0]["pointer"]), (&json!("invalid"), &json!("/order")));
}

/// A server with daily limits.
async fn limited(folder: &TempDir, list_megabytes: u32, entries: u32) -> Api {
    let number = |number| NonZeroU32::new(number).unwrap();
    let limits = RateLimitConfig {
        list_megabytes_per_day: number(list_megabytes),
        entries_per_day: number(entries),
        ..RateLimitConfig::default()
    };
    let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).await.unwrap();
    Api::new(AppState { daily: Arc::new(DailyLimits::new(&limits)), ledger: Some(Arc::new(ledger)), ..sample_app() })
}

#[tokio::test]
async fn what_one_caller_records_in_a_day_is_bounded_on_this_machine_too() {
    let folder = TempDir::new().unwrap();
    let api = limited(&folder, 1, 1).await;
    let send = async |method: &str, path: &str, body: &Value| {
        let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        api.send(request.body(Body::from(body.to_string())).unwrap()).await
    };
    let outcome = json!({"provider": "ccn:265001", "service": "skilled_nursing", "reply": "no_reply"});
    for _ in 0..10 {
        assert_eq!(send("POST", "/v1/outcomes", &outcome).await.status, StatusCode::CREATED);
    }
    let room = json!({"availability": []});
    for refused in [
        send("POST", "/v1/outcomes", &outcome).await,
        send("PUT", "/v1/providers/ccn:265001/availability", &room).await,
        send("PUT", "/v1/providers/ccn:265001/statements", &json!({"statements": []})).await,
    ] {
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "{}", refused.text);
        assert_eq!(refused.json()["code"], "daily_limit");
        let seconds: u32 = refused.header("retry-after").parse().unwrap();
        assert!((1..=25 * 3600).contains(&seconds));
    }
    // Ten megabytes: 160 of the shortest lists, fewer longer ones.
    let list = json!({"discharge": home_health()});
    let mut made = 0;
    let refused = loop {
        let answer = send("POST", "/v1/choice-lists", &list).await;
        if answer.status != StatusCode::CREATED {
            break answer;
        }
        made += 1;
        assert!(made <= 160, "never refused");
    };
    assert!(made >= 20, "{made}");
    assert_eq!((refused.status, refused.json()["code"].as_str()), (StatusCode::TOO_MANY_REQUESTS, Some("daily_limit")));
    let question = json!({"service": "home_health", "near": {"zip": "64108"}});
    assert_eq!(send("POST", "/v1/matches", &question).await.status, StatusCode::OK, "questions go on");
}
