//! Referral requests and observations where something goes wrong: two desks at once, a call that is
//! sent again, a ledger that cannot be read, a provider with another id, and long lists.

use std::num::NonZeroU32;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use jiff::civil::{Date, date};
use placement::config::server::RateLimitConfig;
use placement::hospital::Hospital;
use placement::ledger::error::LedgerError;
use placement::ledger::event::{LedgerBatch, LedgerEvent, LedgerPosition};
use placement::ledger::list_id::ListId;
use placement::ledger::recorded_list::RecordedList;
use placement::ledger::sqlite::SqliteLedger;
use placement::ledger::write::{LedgerReceipt, LedgerWrite};
use placement::ledger::{Ledger, LedgerFuture};
use placement::serve::http::daily_limits::DailyLimits;
use placement::serve::ledger_sync::load_initial;
use placement::serve::state::AppState;
use placement::service::Service;
use placement::statements::referral_request::ReferralId;
use placement::statements::referral_request::change::{ReferralAction, ReferralChange, ReferralDetails};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::{Answer, Api, question, sample_app};
use crate::pages::{get, post};

/// A server of the hospital `id` with its ledger in `folder`.
async fn app_of(folder: &Path, id: &str) -> AppState {
    let ledger = SqliteLedger::open(&folder.join("ledger.sqlite")).await.unwrap();
    let hospital = Hospital { id: id.parse().unwrap(), units: vec!["ICU".to_owned()], ..Hospital::default() };
    let app = AppState { ledger: Some(Arc::new(ledger)), hospital, ..sample_app() };
    load_initial(&app).await;
    app
}

async fn desk() -> (Api, TempDir) {
    let folder = TempDir::new().unwrap();
    (Api::new(app_of(folder.path(), "mercy").await), folder)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

async fn send(api: &Api, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    let sent = Request::post(path).header("content-type", "application/json");
    let sent = headers.iter().fold(sent, |sent, (name, value)| sent.header(*name, *value));
    api.send(sent.body(Body::from(body.to_string())).unwrap()).await
}

async fn body(api: &Api) -> Value {
    let report = api.post("/v1/matches", question()).await.json();
    let matches = report["matches"].as_array().unwrap();
    let providers: Vec<&str> = matches.iter().take(2).map(|found| text(&found["provider"]["id"])).collect();
    json!({"service": "skilled_nursing", "providers": providers, "needs": ["inf.abx"], "patient_agreed": true})
}

async fn made(api: &Api) -> Value {
    let answer = api.post("/v1/referral-requests", body(api).await).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    answer.json()
}

fn path_of(request: &Value, at: usize) -> String {
    format!("/v1/referral-requests/{}/providers/{}", text(&request["id"]), text(&request["providers"][at]["provider"]))
}

async fn tag(api: &Api, request: &Value) -> String {
    api.get(&format!("/v1/referral-requests/{}", text(&request["id"]))).await.header("etag").to_owned()
}

#[tokio::test]
async fn a_new_link_ends_no_link_that_its_desk_has_not_seen() {
    let (api, _folder) = desk().await;
    let request = made(&api).await;
    let path = format!("{}/link", path_of(&request, 0));
    let seen = tag(&api, &request).await;
    let first = send(&api, &path, &[("if-match", &seen)], &json!({"hours": 2})).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text);
    let link = text(&first.json()["path"]).to_owned();
    let other_pin = json!({"hours": 3, "pin": "4711"});
    for headers in [vec![("if-match", seen.as_str())], Vec::new()] {
        let second = send(&api, &path, &headers, &other_pin).await;
        assert_eq!((second.status, &second.json()["code"]), (StatusCode::PRECONDITION_FAILED, &json!("changed")));
        let conflict = second.json()["conflict"].clone();
        assert_eq!(conflict["current"][0]["providers"][0]["link"]["has_pin"], false);
        assert_eq!(conflict["yours"][0]["link"], json!({"expires_at": "2026-11-21T22:00:00Z", "has_pin": true}));
        assert_eq!(format!("\"{}\"", text(&conflict["version"])), first.header("etag"));
        assert!(!second.text.contains("4711"));
    }
    assert_eq!(get(&api, &link).await.status, StatusCode::OK, "the first link still opens");
    let revoked = send(&api, &format!("{path}/revoke"), &[("if-match", &seen)], &json!({"revoke": true})).await;
    assert_eq!(revoked.status, StatusCode::PRECONDITION_FAILED, "{}", revoked.text);
    let third = send(&api, &path, &[("if-match", first.header("etag"))], &json!({})).await;
    assert_eq!(third.status, StatusCode::CREATED, "{}", third.text);
    assert_eq!(get(&api, &link).await.status, StatusCode::NOT_FOUND);
    assert_eq!(third.header("etag"), tag(&api, &request).await);
}

#[tokio::test]
async fn the_page_of_a_request_ends_no_link_of_another_desk_and_shows_both() {
    let (api, _folder) = desk().await;
    let request = made(&api).await;
    let path = format!("/referral-requests/{}", text(&request["id"]));
    let (one, other) = (get(&api, &path).await, get(&api, &path).await);
    let first = one.form("New link").press(&api, "New link").await;
    let link = first.attributes("value").into_iter().find(|value| value.starts_with("/r/")).unwrap();
    let second = other.form("New link").press(&api, "New link").await;
    assert_eq!(second.status, StatusCode::PRECONDITION_FAILED);
    second.says("Nothing of yours was saved: a new answer link, for");
    second.says("A link is open until");
    assert_eq!(get(&api, &link).await.status, StatusCode::OK);
    let third = second.form("New link").press(&api, "New link").await;
    assert_eq!((third.status, get(&api, &link).await.status), (StatusCode::OK, StatusCode::NOT_FOUND));
}

#[tokio::test]
async fn what_is_refused_does_not_count_against_the_daily_limit() {
    let folder = TempDir::new().unwrap();
    let limits = RateLimitConfig { entries_per_day: NonZeroU32::new(1).unwrap(), ..RateLimitConfig::default() };
    // The local caller has ten times as many.
    let app = AppState { daily: Arc::new(DailyLimits::new(&limits)), ..app_of(folder.path(), "mercy").await };
    let api = Api::new(app);
    let request = made(&api).await;
    let id = text(&request["providers"][0]["provider"]).to_owned();
    let heard = json!({"observations": [{"provider": id, "service": "skilled_nursing", "answer": "left_message"}]});
    for _ in 0..12 {
        let stale = send(&api, "/v1/observations", &[("if-match", "\"abc\"")], &heard).await;
        assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED, "{}", stale.text);
        let step = send(&api, &path_of(&request, 0), &[], &json!({"state": "confirmed", "patient_chose": true})).await;
        assert_eq!(step.status, StatusCode::CONFLICT, "{}", step.text);
        let stale = send(&api, &path_of(&request, 0), &[("if-match", "\"abc\"")], &json!({"state": "accepted"})).await;
        assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED, "{}", stale.text);
        let stale = send(&api, &format!("{}/link", path_of(&request, 0)), &[("if-match", "\"abc\"")], &json!({})).await;
        assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED, "{}", stale.text);
    }
    let key = [("idempotency-key", "a-1")];
    for _ in 0..12 {
        assert_eq!(send(&api, "/v1/observations", &key, &heard).await.status, StatusCode::CREATED, "it counts once");
    }
    for number in 0..8 {
        assert_eq!(send(&api, "/v1/observations", &[], &heard).await.status, StatusCode::CREATED, "{number}");
    }
    let beyond = send(&api, "/v1/observations", &[], &heard).await;
    assert_eq!((beyond.status, &beyond.json()["code"]), (StatusCode::TOO_MANY_REQUESTS, &json!("daily_limit")));
    let again = send(&api, "/v1/observations", &key, &heard).await;
    assert_eq!(again.status, StatusCode::CREATED, "a repetition is answered: {}", again.text);
}

/// A ledger that cannot be read for a while.
#[derive(Debug)]
struct Unreadable {
    ledger: SqliteLedger,
    is_away: AtomicBool,
}

impl Ledger for Unreadable {
    fn record<'a>(&'a self, id: ListId, list: &'a RecordedList) -> LedgerFuture<'a, ()> {
        self.ledger.record(id, list)
    }

    fn list(&self, id: ListId) -> LedgerFuture<'_, Option<RecordedList>> {
        self.ledger.list(id)
    }

    fn append<'a>(&'a self, write: &'a LedgerWrite<'a>) -> LedgerFuture<'a, LedgerReceipt> {
        self.ledger.append(write)
    }

    fn read(&self, before: LedgerPosition, outcomes_from: Date) -> LedgerFuture<'_, LedgerBatch> {
        Box::pin(async move {
            if self.is_away.load(Ordering::Relaxed) {
                return Err(LedgerError::NotOpen("a read was lost".to_owned()));
            }
            self.ledger.read(before, outcomes_from).await
        })
    }

    fn woken(&self) -> LedgerFuture<'_, ()> {
        self.ledger.woken()
    }

    fn failure(&self) -> Option<String> {
        self.ledger.failure()
    }

    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.ledger.close()
    }
}

#[tokio::test]
async fn what_was_recorded_is_answered_although_the_ledger_could_not_be_read_after_it() {
    let folder = TempDir::new().unwrap();
    let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).await.unwrap();
    let lost = Arc::new(Unreadable { ledger, is_away: AtomicBool::new(false) });
    let ledger: Arc<dyn Ledger> = Arc::<Unreadable>::clone(&lost);
    let app = Arc::new(AppState { ledger: Some(ledger), ..sample_app() });
    load_initial(&app).await;
    let (api, away) = (Api::over(&app), |is_away| lost.is_away.store(is_away, Ordering::Relaxed));
    let body = body(&api).await;
    let key = [("idempotency-key", "a-1")];

    away(true);
    let first = send(&api, "/v1/referral-requests", &key, &body).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text);
    let early = send(&api, "/v1/referral-requests", &key, &body).await;
    assert_eq!((early.status, &early.json()["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("no_ledger")), "not 404");
    away(false);
    let again = send(&api, "/v1/referral-requests", &key, &body).await;
    assert_eq!((again.status, again.json()), (StatusCode::CREATED, first.json()));

    let request = first.json();
    away(true);
    let step = [("idempotency-key", "b-1")];
    let accepted = send(&api, &path_of(&request, 0), &step, &json!({"state": "accepted"})).await;
    assert_eq!((accepted.status, &accepted.json()["providers"][0]["state"]), (StatusCode::OK, &json!("accepted")));
    let link = send(&api, &format!("{}/link", path_of(&request, 1)), &[], &json!({})).await;
    assert_eq!(link.status, StatusCode::SERVICE_UNAVAILABLE, "the version is not known: {}", link.text);
    let heard = json!({"observations": [{"provider": request["providers"][1]["provider"], "service": "skilled_nursing",
        "answer": "room", "said_by": "admissions"}]});
    let observed = [("idempotency-key", "c-1")];
    let first_heard = send(&api, "/v1/observations", &observed, &heard).await;
    assert_eq!(first_heard.status, StatusCode::CREATED, "{}", first_heard.text);
    assert_eq!(send(&api, "/v1/observations", &observed, &heard).await.status, StatusCode::SERVICE_UNAVAILABLE);
    away(false);
    let again = send(&api, "/v1/observations", &observed, &heard).await;
    assert_eq!(again.json()["observations"][0]["id"], first_heard.json()["observations"][0]["id"]);
    let again = send(&api, &path_of(&request, 0), &step, &json!({"state": "accepted"})).await;
    assert_eq!((again.status, again.header("etag")), (StatusCode::OK, accepted.header("etag")));
}

#[tokio::test]
async fn the_form_of_a_request_that_is_sent_twice_makes_one() {
    let (api, _folder) = desk().await;
    let body = body(&api).await;
    let search = [("near", "64108"), ("service", "skilled_nursing"), ("coverage", "medicare"), ("need", "inf.abx")];
    let pick = ("pick", text(&body["providers"][0]));
    let fields: Vec<(&str, &str)> = search.into_iter().chain([pick]).collect();
    let page = post(&api, "/referral-requests/new", &fields).await;
    let form = page.form("Make the request").with("patient_agreed", "yes");
    let id_of = |page: &crate::pages::Page| page.attributes("data-events").first().cloned().unwrap_or_default();
    let (first, again) = (form.press(&api, "Make the request").await, form.press(&api, "Make the request").await);
    assert_eq!((first.status, again.status), (StatusCode::OK, StatusCode::OK));
    assert!(!id_of(&first).is_empty() && id_of(&first) == id_of(&again), "{} {}", id_of(&first), id_of(&again));
    let open = async || api.get("/v1/referral-requests").await.json()["requests"].as_array().unwrap().len();
    assert_eq!(open().await, 1);
    let other = form.clone().with("unit", "ICU").press(&api, "Make the request").await;
    assert_eq!((other.status, open().await), (StatusCode::OK, 2), "a form that was changed makes another");
    let refused = page.form("Make the request").press(&api, "Make the request").await;
    let corrected = refused.form("Make the request").with("patient_agreed", "yes").press(&api, "Make the request").await;
    assert_eq!((corrected.status, open().await), (StatusCode::OK, 2), "also after a fault");
}

/// A change that makes a request to `providers` of the hospital `hospital`.
fn making(number: u64, hospital: &str, providers: Vec<&str>) -> LedgerEvent {
    let id = ReferralId(u128::from(number).to_be_bytes());
    let details = ReferralDetails {
        unit: None,
        label: None,
        service: Service::SkilledNursing,
        needs: vec!["inf.abx".parse().unwrap()],
        limits: Vec::new(),
        payer_class: None,
        coverage: None,
        discharge_on: date(2026, 11, 23),
        region: None,
        has_substance_use_consent: false,
        weight: None,
        reply_due: "2026-11-21T23:00:00Z".parse().unwrap(),
        providers: providers.into_iter().map(|id| id.parse().unwrap()).collect(),
    };
    LedgerEvent::Referral(ReferralChange {
        id,
        request: id,
        hospital: hospital.parse().unwrap(),
        principal: "key:a".to_owned(),
        made_on: date(2026, 11, 21),
        at: "2026-11-21T12:00:00Z".parse().unwrap(),
        what: ReferralAction::Made(details),
    })
}

/// A folder with a ledger that has `entries`.
async fn recorded(entries: &[LedgerEvent]) -> TempDir {
    let folder = TempDir::new().unwrap();
    let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).await.unwrap();
    ledger.append(&LedgerWrite { hospital: None, entries, expected: None, repeat: None }).await.unwrap();
    ledger.close().await;
    folder
}

/// Every page of a list, as the number of records on each and all their ids.
async fn pages(api: &Api, path: &str, list: &str) -> (Vec<usize>, Vec<String>) {
    let (mut sizes, mut ids, mut cursor) = (Vec::new(), Vec::new(), String::new());
    loop {
        let page = api.get(&format!("{path}{cursor}")).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        let page = page.json();
        let records = page[list].as_array().unwrap();
        sizes.push(records.len());
        ids.extend(records.iter().map(|record| text(&record["id"]).to_owned()));
        let Some(next) = page["next_cursor"].as_str() else { return (sizes, ids) };
        cursor = format!("{}cursor={next}", if path.contains('?') { "&" } else { "?" });
    }
}

fn distinct(ids: &[String]) -> usize {
    ids.iter().collect::<std::collections::BTreeSet<_>>().len()
}

#[tokio::test]
async fn long_lists_come_in_pages() {
    let entries: Vec<LedgerEvent> = (1..=201).map(|number| making(number, "mercy", vec!["ccn:265001"])).collect();
    let folder = recorded(&entries).await;
    let api = Api::new(app_of(folder.path(), "mercy").await);
    let (sizes, ids) = pages(&api, "/v1/referral-requests", "requests").await;
    assert_eq!((sizes, distinct(&ids)), (vec![100, 100, 1], 201));
    assert_eq!(ids[0], format!("{:032x}", 1), "oldest first");
    // The request of a cursor may end before the next page is read.
    let withdrawn = json!({"state": "withdrawn"});
    let path = format!("/v1/referral-requests/{}/providers/ccn:265001", ids[99]);
    assert_eq!(send(&api, &path, &[], &withdrawn).await.status, StatusCode::OK);
    let second = api.get(&format!("/v1/referral-requests?cursor={}", ids[99])).await.json();
    assert_eq!(second["requests"][0]["id"], ids[100]);
    for cursor in ["x", "00000000000000000000000000000000"] {
        let refused = api.get(&format!("/v1/referral-requests?cursor={cursor}")).await;
        assert_eq!(refused.faults(), [("?cursor".to_owned(), "stale_cursor".to_owned())]);
    }

    let item = json!({"provider": "ccn:265001", "service": "skilled_nursing", "answer": "left_message"});
    let heard = json!({"observations": [item]});
    for _ in 0..150 {
        let recorded = send(&api, "/v1/observations", &[], &heard).await;
        assert_eq!(recorded.status, StatusCode::CREATED, "{}", recorded.text);
    }
    let path = "/v1/observations?provider=ccn:265001";
    let (sizes, ids) = pages(&api, path, "observations").await;
    assert_eq!((sizes, distinct(&ids)), (vec![100, 50], 150));
    let refused = api.get(&format!("{path}&cursor=x")).await;
    assert_eq!(refused.faults(), [("?cursor".to_owned(), "stale_cursor".to_owned())]);
    let stale = send(&api, "/v1/observations", &[("if-match", "\"none\"")], &heard).await;
    assert_eq!(stale.json()["conflict"]["current"].as_array().unwrap().len(), 100);
    get(&api, "/providers/ccn:265001").await.says("The newest 100 of 150 answers");
}

#[tokio::test]
async fn hospitals_that_share_a_ledger_see_their_own_requests_alone() {
    let folder = TempDir::new().unwrap();
    let mercy = Api::new(app_of(folder.path(), "mercy").await);
    let request = made(&mercy).await;
    let link = send(&mercy, &format!("{}/link", path_of(&request, 0)), &[], &json!({})).await.json();
    let other = Api::new(app_of(folder.path(), "other").await);
    assert_eq!(other.get("/v1/referral-requests").await.json()["requests"], json!([]));
    get(&other, "/board").await.says("No referral request is open");
    let id = text(&request["id"]);
    for path in ["/v1/referral-requests/", "/referral-requests/"].map(|path| format!("{path}{id}")) {
        assert_eq!(other.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(other.get(&format!("{path}/events")).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["", "/link", "/link/revoke"].map(|more| format!("{}{more}", path_of(&request, 0))) {
        let body = if path.ends_with("revoke") { json!({"revoke": true}) } else { json!({}) };
        let body = if path == path_of(&request, 0) { json!({"state": "accepted"}) } else { body };
        assert_eq!(send(&other, &path, &[], &body).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(get(&other, text(&link["path"])).await.status, StatusCode::NOT_FOUND, "the link is of the other hospital");
    assert_eq!(get(&mercy, text(&link["path"])).await.status, StatusCode::OK);
}
