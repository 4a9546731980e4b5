//! The board of a unit: open requests with their labels, clocks and next steps, further providers,
//! the end of a request without a place, and the share of the most used places.

use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use jiff::{Span, Zoned};
use serde_json::{Value, json};

use crate::api::Answer;
use crate::pages::get;
use crate::referral_requests::{Desk, noon, prepared, text};

/// The requests of a board: label, next step, and for each provider its state.
async fn rows(desk: &Desk, query: &str) -> Vec<(Value, String, Vec<String>)> {
    let answer = desk.api.get(&format!("/v1/board{query}")).await;
    assert_eq!((answer.status, answer.header("cache-control")), (StatusCode::OK, "no-store"), "{}", answer.text);
    let board = answer.json();
    let row = |row: &Value| {
        let states = row["request"]["providers"].as_array().unwrap().iter().map(|asked| text(&asked["state"]).to_owned());
        (row["request"]["label"].clone(), text(&row["next_step"]).to_owned(), states.collect())
    };
    board["requests"].as_array().unwrap().iter().map(row).collect()
}

async fn next_step(desk: &Desk) -> Option<String> {
    rows(desk, "").await.into_iter().next().map(|(_, next, _)| next)
}

async fn add(desk: &Desk, request: &Value, body: Value, headers: &[(&str, &str)]) -> Answer {
    let path = format!("/v1/referral-requests/{}/providers", text(&request["id"]));
    let sent = Request::post(path).header("content-type", "application/json");
    let sent = headers.iter().fold(sent, |sent, (name, value)| sent.header(*name, *value));
    desk.api.send(sent.body(Body::from(body.to_string())).unwrap()).await
}

async fn close(desk: &Desk, request: &Value) -> Answer {
    desk.api.post(&format!("/v1/referral-requests/{}/close", text(&request["id"])), json!({"close": true})).await
}

#[tokio::test]
async fn a_label_is_the_unit_and_a_number_and_never_a_name_a_date_or_a_record_number() {
    let desk = Desk::open().await;
    let request = desk.made(json!({"label": "4W-3"})).await;
    assert_eq!(request["label"], "4W-3");
    assert_eq!(desk.made(json!({})).await["label"], Value::Null);
    for (label, code) in [
        ("Quagmire 3", "looks_like_a_name"),
        ("Z. Q.", "label_character"),
        ("11-23", "looks_like_a_date"),
        ("Nov 23", "looks_like_a_date"),
        ("W 4711890", "looks_like_a_record_number"),
        ("WEST", "label_without_number"),
        ("4 West number 3", "too_long"),
    ] {
        let mut body = desk.body().await;
        body["label"] = json!(label);
        let refused = desk.api.post("/v1/referral-requests", &body).await;
        assert_eq!(refused.faults(), [("/label".to_owned(), code.to_owned())], "{label}");
        assert!(!refused.text.contains(label), "what was typed is not repeated: {}", refused.text);
        assert!(code == "too_long" || refused.text.contains("4 West 1"), "it says what to type: {}", refused.text);
    }
    assert!(!desk.ledger_text().contains("Quagmire"));
}

#[tokio::test]
async fn the_board_of_a_unit_has_its_open_requests() {
    let desk = Desk::open().await;
    desk.made(json!({"label": "4W-1"})).await;
    let request = desk.made(json!({"unit": "ICU", "label": "ICU 2"})).await;
    for at in 0..3 {
        desk.link(&request, at, json!({})).await;
    }
    let labels = async |query: &str| rows(&desk, query).await.into_iter().map(|(label, _, _)| label).collect::<Vec<_>>();
    let all = labels("").await;
    // Both were made in the same moment, so their order is that of their random ids.
    assert!(all.len() == 2 && ["4W-1", "ICU 2"].iter().all(|label| all.contains(&Value::from(*label))), "{all:?}");
    assert_eq!(labels("?unit=ICU").await, ["ICU 2"]);
    let unknown = desk.api.get("/v1/board?unit=Quagmire").await;
    assert_eq!(unknown.faults(), [("?unit".to_owned(), "no_such_unit".to_owned())]);
    let page = get(&desk.api, "/board?unit=ICU").await;
    page.says("ICU 2");
    page.says("Nov 23, 2026 (in 2 days)");
    page.says("asked Nov 21, 2026, 13:00 CST, less than an hour ago; reply due Nov 21, 2026, 17:00 CST");
    page.says("Wait for replies");
    assert!(!page.text().contains("4W-1"));
    assert_eq!(get(&desk.api, "/board?unit=Quagmire").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(get(&desk.api, "/board?unit=").await.status, StatusCode::OK, "the form sends an empty unit for all");
}

/// Hours that the clock of a test has moved on.
static HOURS: AtomicI64 = AtomicI64::new(0);

fn later() -> Zoned {
    noon().checked_add(Span::new().hours(HOURS.load(Ordering::Relaxed))).unwrap()
}

#[tokio::test]
async fn the_next_step_is_the_most_urgent_one_and_a_declined_request_stays_until_it_ends() {
    let desk = Desk::at(later).await;
    let request = desk.made(json!({})).await;
    let next = async || next_step(&desk).await.unwrap();
    assert_eq!(next().await, "send_request");
    for at in 0..3 {
        desk.link(&request, at, json!({})).await;
    }
    assert_eq!(next().await, "wait");
    HOURS.store(4, Ordering::Relaxed);
    assert_eq!(next().await, "call_provider");
    get(&desk.api, "/board").await.says("4 hours ago; reply was due Nov 21, 2026, 17:00 CST");
    desk.step(&request, 0, json!({"state": "need_more", "missing": "medications"})).await;
    assert_eq!(next().await, "send_information");
    desk.step(&request, 1, json!({"state": "accepted"})).await;
    assert_eq!(next().await, "record_choice");
    for at in 0..3 {
        desk.step(&request, at, json!({"state": "declined", "why": "no_room"})).await;
    }
    assert_eq!(next().await, "ask_more", "the patient still has no place");
    assert_eq!(close(&desk, &request).await.status, StatusCode::OK);
    assert_eq!(next_step(&desk).await, None);
    assert_eq!(
        (close(&desk, &request).await.status, desk.read(&request).await.json()["is_open"].clone()),
        (StatusCode::CONFLICT, json!(false))
    );
    desk.step(&request, 0, json!({"state": "asked"})).await;
    assert_eq!(next().await, "send_request", "asking again opens it");
    desk.step(&request, 0, json!({"state": "accepted"})).await;
    desk.step(&request, 0, json!({"state": "confirmed", "patient_chose": true})).await;
    assert_eq!(next_step(&desk).await, None);
}

#[tokio::test]
async fn closing_withdraws_those_that_are_asked_and_ends_their_links() {
    let desk = Desk::open().await;
    let request = desk.made(json!({})).await;
    let link = desk.link(&request, 0, json!({})).await;
    desk.step(&request, 1, json!({"state": "declined", "why": "no_room"})).await;
    let closed = close(&desk, &request).await.json();
    let states: Vec<&Value> = closed["providers"].as_array().unwrap().iter().map(|asked| &asked["state"]).collect();
    assert_eq!(states, ["withdrawn", "declined", "withdrawn"]);
    assert_eq!(get(&desk.api, &link).await.status, StatusCode::NOT_FOUND);
    let late = desk.step(&request, 1, json!({"state": "need_more", "missing": "call"})).await;
    assert_eq!(late.json()["code"], "step_refused");
    let refused =
        desk.api.post(&format!("/v1/referral-requests/{}/close", text(&request["id"])), json!({"close": false})).await;
    assert_eq!(refused.faults(), [("/close".to_owned(), "does_not_apply".to_owned())]);
}

/// Hours that the clock of the next test has moved on.
static ADDED: AtomicI64 = AtomicI64::new(0);

fn added() -> Zoned {
    noon().checked_add(Span::new().hours(ADDED.load(Ordering::Relaxed))).unwrap()
}

#[tokio::test]
async fn further_providers_are_asked_later_with_a_clock_of_their_own() {
    let desk = Desk::at(added).await;
    let all = desk.providers().await;
    let request = desk.made(json!({"providers": [all[0]]})).await;
    let version = desk.read(&request).await.header("etag").to_owned();
    ADDED.store(3, Ordering::Relaxed);
    let body = |ids: &[&String], agreed: bool| json!({"providers": ids, "patient_agreed": agreed, "reply_hours": 2});
    let refused = add(&desk, &request, body(&[&all[1]], false), &[]).await;
    assert_eq!(refused.faults(), [("/patient_agreed".to_owned(), "not_agreed".to_owned())]);
    let sent = body(&[&all[1], &all[2]], true);
    let headers = [("if-match", version.as_str()), ("idempotency-key", "once")];
    let answer = add(&desk, &request, sent.clone(), &headers).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let clocks: Vec<Value> =
        answer.json()["providers"].as_array().unwrap().iter().map(|asked| asked["reply_due"].clone()).collect();
    assert_eq!(clocks, ["2026-11-21T23:00:00Z", "2026-11-22T00:00:00Z", "2026-11-22T00:00:00Z"]);
    let asked = answer.json();
    let again = add(&desk, &request, sent, &headers).await;
    assert_eq!((again.status, again.json()), (StatusCode::OK, answer.json()), "the same call is recorded once");
    let stale = add(&desk, &request, body(&[&all[1]], true), &[("if-match", version.as_str())]).await;
    assert_eq!((stale.status, &stale.json()["code"]), (StatusCode::PRECONDITION_FAILED, &json!("changed")));
    let twice = add(&desk, &request, body(&[&all[1]], true), &[]).await;
    assert_eq!((twice.status, &twice.json()["code"]), (StatusCode::CONFLICT, &json!("step_refused")));
    let nobody = add(&desk, &request, body(&[&"ccn:999999".to_owned()], true), &[]).await;
    assert_eq!(nobody.faults(), [("/providers/0".to_owned(), "no_such_provider".to_owned())]);
    desk.step(&asked, 2, json!({"state": "accepted"})).await;
    desk.step(&asked, 2, json!({"state": "confirmed", "patient_chose": true})).await;
    let after = add(&desk, &request, body(&[&all[1]], true), &[]).await;
    assert_eq!(after.json()["code"], "step_refused", "another provider is confirmed");
}

#[tokio::test]
async fn the_desk_adds_providers_of_an_answer_to_an_open_request() {
    let desk = Desk::open().await;
    let all = desk.providers().await;
    let request = desk.made(json!({"providers": [all[2]], "label": "4W-3"})).await;
    let form = prepared(&desk).await;
    form.says("4W-3, 4 West, discharge Nov 23, 2026");
    let form = form.form("Make the request").with("request", text(&request["id"]));
    let refused = form.press(&desk.api, "Make the request").await;
    refused.says("the patient has the list and agreed");
    let page = refused.form("Make the request").with("patient_agreed", "yes").press(&desk.api, "Make the request").await;
    page.says("4W-3");
    let asked = desk.read(&request).await.json();
    let ids: Vec<&str> = asked["providers"].as_array().unwrap().iter().map(|asked| text(&asked["provider"])).collect();
    assert_eq!(ids, [&all[2], &all[0], &all[1]]);
    let closed = page.form("Close without a place").press(&desk.api, "Close").await;
    assert_eq!(closed.status, StatusCode::OK);
    get(&desk.api, "/board").await.says("No referral request is open");
}

#[tokio::test]
async fn a_label_is_refused_on_the_page_with_what_to_type() {
    let desk = Desk::open().await;
    let form = prepared(&desk).await.form("Make the request").with("patient_agreed", "yes").with("unit", "4 West");
    let refused = form.with("label", "Quagmire 3").press(&desk.api, "Make the request").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.says("it may be a name");
    refused.says("4 West 1");
}

#[tokio::test]
async fn the_share_of_the_five_most_used_places_counts_accepted_referrals() {
    let desk = Desk::open().await;
    let ids = desk.providers().await;
    let outcome = async |provider: &str, day: &str, reply: &str| {
        let body = json!({"provider": provider, "service": "skilled_nursing", "asked_on": day, "reply": reply});
        assert_eq!(desk.api.post("/v1/outcomes", body).await.status, StatusCode::CREATED);
    };
    for (at, day, reply) in [
        (0, "2026-11-20", "accepted"),
        (0, "2026-11-19", "accepted"),
        (1, "2026-11-18", "accepted"),
        (1, "2026-11-18", "no_reply"),
        (2, "2026-09-10", "accepted"),
    ] {
        outcome(&ids[at], day, reply).await;
    }
    let board = desk.api.get("/v1/board").await.json();
    let uses = board["most_used"].as_array().unwrap();
    let shown: Vec<_> =
        uses.iter().map(|used| (used["days"].clone(), used["accepted"].clone(), used["percent"].clone())).collect();
    assert_eq!(shown, [(json!(30), json!(3), json!(100)), (json!(90), json!(4), json!(100))]);
    assert_eq!((&uses[0]["places"][0]["provider"], &uses[0]["places"][0]["accepted"]), (&json!(ids[0]), &json!(2)));
    get(&desk.api, "/board").await.says("100% of 3 accepted referrals");
}

#[tokio::test]
async fn the_stream_of_a_board_says_when_it_changes() {
    let desk = Desk::open().await;
    let page = get(&desk.api, "/board?unit=4%20West").await;
    assert!(page.html.contains("data-events=\"/board/events?unit=4+West\""), "{}", page.html);
    let version = page.attributes("data-version");
    let response = desk
        .api
        .open(Request::get("/board/events?unit=4+West").header("accept", "text/event-stream").body(Body::empty()).unwrap())
        .await;
    assert_eq!(response.headers()["content-type"], "text/event-stream; charset=utf-8");
    let mut body = response.into_body().into_data_stream();
    let mut next = async || {
        let bytes = std::future::poll_fn(|context| futures_core::Stream::poll_next(Pin::new(&mut body), context)).await;
        String::from_utf8(bytes.unwrap().unwrap().to_vec()).unwrap()
    };
    let first = next().await;
    assert!(first.starts_with(&format!("id: {}\nevent: board\n", version[0])), "{first}: the page does not reload for it");
    desk.made(json!({"unit": "ICU"})).await;
    desk.made(json!({})).await;
    let second = next().await;
    assert!(second.contains("event: board\n") && !second.contains(&version[0]), "{second}");
    let once = desk.api.get("/board/events").await;
    assert!(once.text.starts_with("id: ") && once.text.matches("event: board").count() == 1, "{}", once.text);
    assert_eq!(desk.api.get("/board/events?unit=Quagmire").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}
