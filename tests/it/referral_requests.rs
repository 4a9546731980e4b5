//! Referral requests: several providers are asked, their states, answer links, and what the
//! directory learns from the replies.

use std::fs;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use jiff::{Span, Zoned};
use placement::hospital::Hospital;
use placement::ledger::sqlite::SqliteLedger;
use placement::serve::state::AppState;
use serde_json::{Value, json};
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tempfile::TempDir;

use crate::api::{Answer, Api, changed, question, sample_app};
use crate::pages::{Page, get, post};

/// A unit's desk with its server.
pub(crate) struct Desk {
    pub(crate) api: Api,
    pub(crate) folder: TempDir,
}

pub(crate) fn noon() -> Zoned {
    "2026-11-21T13:00:00-06:00[America/Chicago]".parse().unwrap()
}

pub(crate) async fn app(folder: &TempDir, now: fn() -> Zoned) -> AppState {
    let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).await.unwrap();
    let hospital = Hospital::parse("id = \"mercy\"\nname = \"Mercy\"\nunits = [\"4 West\", \"ICU\"]\n").unwrap();
    AppState { ledger: Some(Arc::new(ledger)), hospital, now, ..sample_app() }
}

impl Desk {
    pub(crate) async fn open() -> Self {
        Self::at(noon).await
    }

    pub(crate) async fn at(now: fn() -> Zoned) -> Self {
        let folder = TempDir::new().unwrap();
        Self { api: Api::new(app(&folder, now).await), folder }
    }

    /// The ids of the first providers of an answer.
    pub(crate) async fn providers(&self) -> Vec<String> {
        let report = self.api.post("/v1/matches", question()).await.json();
        let matches = report["matches"].as_array().unwrap();
        matches.iter().take(3).map(|found| found["provider"]["id"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) async fn body(&self) -> Value {
        json!({
            "service": "skilled_nursing",
            "providers": self.providers().await,
            "needs": ["inf.abx"],
            "discharge_on": "2026-11-23",
            "region": "641",
            "unit": "4 West",
            "payer_class": "medicare",
            "patient_agreed": true,
        })
    }

    pub(crate) async fn made(&self, changes: Value) -> Value {
        let mut body = self.body().await;
        for (name, value) in changes.as_object().unwrap() {
            body[name] = value.clone();
        }
        let answer = self.api.post("/v1/referral-requests", &body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        assert_eq!(answer.header("cache-control"), "no-store");
        answer.json()
    }

    pub(crate) async fn read(&self, request: &Value) -> Answer {
        self.api.get(&format!("/v1/referral-requests/{}", text(&request["id"]))).await
    }

    /// The entry of the provider at that place.
    pub(crate) async fn asked(&self, request: &Value, at: usize) -> Value {
        self.read(request).await.json()["providers"][at].clone()
    }

    pub(crate) async fn step(&self, request: &Value, at: usize, body: Value) -> Answer {
        self.step_with(request, at, body, &[]).await
    }

    pub(crate) async fn step_with(&self, request: &Value, at: usize, body: Value, headers: &[(&str, &str)]) -> Answer {
        let sent = Request::post(path_of(request, at)).header("content-type", "application/json");
        let sent = headers.iter().fold(sent, |sent, (name, value)| sent.header(*name, *value));
        self.api.send(sent.body(Body::from(body.to_string())).unwrap()).await
    }

    pub(crate) async fn link(&self, request: &Value, at: usize, body: Value) -> String {
        let answer = self.api.post(&format!("{}/link", path_of(request, at)), body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        text(&answer.json()["path"]).to_owned()
    }

    /// A link in place of the one that is open.
    async fn next_link(&self, request: &Value, at: usize, body: Value) -> String {
        let tag = self.read(request).await.header("etag").to_owned();
        let sent = Request::post(format!("{}/link", path_of(request, at))).header("content-type", "application/json");
        let answer = self.api.send(sent.header("if-match", tag).body(Body::from(body.to_string())).unwrap()).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        text(&answer.json()["path"]).to_owned()
    }

    async fn outcomes(&self, of: &str) -> Vec<String> {
        let options = SqliteConnectOptions::new().filename(self.folder.path().join("ledger.sqlite")).read_only(true);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        let reading = sqlx::query_scalar::<_, String>("SELECT body FROM told WHERE kind = 'outcome' ORDER BY sequence");
        let bodies = reading.fetch_all(&mut connection).await.unwrap();
        bodies.into_iter().filter(|body| body.contains(&format!("\"{of}\""))).collect()
    }

    /// Everything in the files of the ledger.
    pub(crate) fn ledger_text(&self) -> String {
        let files = fs::read_dir(self.folder.path()).unwrap();
        files.map(|file| String::from_utf8_lossy(&fs::read(file.unwrap().path()).unwrap()).into_owned()).collect()
    }
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

pub(crate) fn path_of(request: &Value, at: usize) -> String {
    format!("/v1/referral-requests/{}/providers/{}", text(&request["id"]), text(&request["providers"][at]["provider"]))
}

#[tokio::test]
async fn a_request_asks_each_provider_and_keeps_its_clock() {
    let desk = Desk::open().await;
    let request = desk.made(json!({})).await;
    assert_eq!(text(&request["id"]).len(), 32);
    assert_eq!((&request["region"], &request["unit"], &request["is_open"]), (&json!("641"), &json!("4 West"), &json!(true)));
    let asked = &request["providers"][0];
    assert_eq!((&asked["state"], &asked["reply_due"]), (&json!("asked"), &json!("2026-11-21T23:00:00Z")));
    let read = desk.read(&request).await;
    assert_eq!((read.status, read.json()), (StatusCode::OK, request.clone()));
    assert_eq!(read.header("etag").len(), 34);
    let open = desk.api.get("/v1/referral-requests?unit=4%20West").await.json();
    assert_eq!(open["requests"], json!([request]));
    assert_eq!(desk.api.get("/v1/referral-requests?unit=ICU").await.json()["requests"], json!([]));
    assert_eq!(desk.api.get("/v1/referral-requests?unit=5").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let unknown = desk.api.get("/v1/referral-requests/00000000000000000000000000000000").await;
    assert_eq!((unknown.status, &unknown.json()["code"]), (StatusCode::NOT_FOUND, &json!("no_such_request")));
}

#[tokio::test]
async fn nothing_is_sent_before_the_patient_agreed_and_every_fault_is_named() {
    let desk = Desk::open().await;
    let mut body = desk.body().await;
    body["patient_agreed"] = json!(false);
    let refused = desk.api.post("/v1/referral-requests", &body).await;
    assert_eq!(refused.faults(), [("/patient_agreed".to_owned(), "not_agreed".to_owned())]);
    body.as_object_mut().unwrap().remove("patient_agreed");
    let twice = body["providers"][0].clone();
    body["providers"].as_array_mut().unwrap().push(twice);
    for (field, value) in [
        ("region", json!("64108")),
        ("unit", json!("5 East")),
        ("discharge_on", json!("2026-11-20")),
        ("note", json!("Mrs. Smith")),
        ("patient", json!({"name": "Zebulon Quagmire"})),
    ] {
        body[field] = value;
    }
    let refused = desk.api.post("/v1/referral-requests", &body).await;
    let faults: Vec<String> = refused.faults().into_iter().map(|(at, code)| format!("{at} {code}")).collect();
    for fault in [
        "/providers/3 repeated",
        "/discharge_on in_the_past",
        "/region not_a_region",
        "/unit no_such_unit",
        "/patient_agreed missing",
        "/note unknown_field",
        "/patient unknown_field",
    ] {
        assert!(faults.iter().any(|told| told == fault), "{fault} is not in {faults:?}");
    }
    assert!(!desk.ledger_text().contains("referral_request"), "nothing was recorded");
}

#[tokio::test]
async fn a_region_is_three_digits_and_only_where_enough_people_live() {
    let desk = Desk::open().await;
    assert_eq!(desk.made(json!({"region": "036"})).await["region"], Value::Null, "20,000 people or fewer");
    assert_eq!(desk.made(json!({"region": null})).await["region"], Value::Null);
    assert_eq!(desk.made(json!({"region": "641"})).await["region"], "641");
}

#[tokio::test]
async fn states_follow_the_table_and_only_the_patient_confirms() {
    let desk = Desk::open().await;
    let request = desk.made(json!({})).await;
    let early = desk.step(&request, 0, json!({"state": "no_reply"})).await;
    assert_eq!((early.status, &early.json()["code"]), (StatusCode::CONFLICT, &json!("step_refused")));
    let refused = desk.step(&request, 0, json!({"state": "confirmed"})).await;
    assert_eq!(refused.faults(), [("/patient_chose".to_owned(), "missing".to_owned())]);
    let refused = desk.step(&request, 0, json!({"state": "confirmed", "patient_chose": true})).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "it has not accepted");
    let more = desk.step(&request, 0, json!({"state": "need_more", "missing": "medications"})).await.json();
    assert_eq!(
        (&more["providers"][0]["state"], &more["providers"][0]["missing"]),
        (&json!("need_more"), &json!("medications"))
    );
    for (at, state) in [(0, "accepted"), (1, "accepted")] {
        assert_eq!(desk.step(&request, at, json!({"state": state})).await.status, StatusCode::OK);
    }
    let confirmed = desk.step(&request, 0, json!({"state": "confirmed", "patient_chose": true})).await.json();
    let states: Vec<&str> = confirmed["providers"].as_array().unwrap().iter().map(|asked| text(&asked["state"])).collect();
    assert_eq!((states, &confirmed["is_open"]), (vec!["confirmed", "withdrawn", "withdrawn"], &json!(false)));
    assert_eq!(desk.api.get("/v1/referral-requests").await.json()["requests"], json!([]));
    let late = desk.step(&request, 1, json!({"state": "asked"})).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "the patient has chosen");
}

#[tokio::test]
async fn two_desks_at_once_never_overwrite_each_other() {
    let desk = Desk::open().await;
    let request = desk.made(json!({})).await;
    let tag = desk.read(&request).await.header("etag").to_owned();
    let accepted = json!({"state": "accepted"});
    let first = desk.step_with(&request, 0, accepted, &[("if-match", tag.as_str())]).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.text);
    let second =
        desk.step_with(&request, 0, json!({"state": "declined", "why": "no_room"}), &[("if-match", tag.as_str())]).await;
    assert_eq!(second.status, StatusCode::PRECONDITION_FAILED, "{}", second.text);
    let conflict = second.json()["conflict"].clone();
    assert_eq!(conflict["current"][0]["providers"][0]["state"], "accepted");
    assert_eq!(conflict["yours"], json!([{"state": "declined", "why": "no_room", "missing": null}]));
    assert_eq!(format!("\"{}\"", text(&conflict["version"])), first.header("etag"));
    assert_eq!(desk.asked(&request, 0).await["state"], "accepted");
}

#[tokio::test]
async fn a_call_that_is_sent_again_is_recorded_once() {
    let desk = Desk::open().await;
    let body = desk.body().await;
    let send = async |body: &Value| {
        let sent = Request::post("/v1/referral-requests").header("content-type", "application/json");
        desk.api.send(sent.header("idempotency-key", "a-1").body(Body::from(body.to_string())).unwrap()).await
    };
    let (first, again) = (send(&body).await, send(&body).await);
    assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::CREATED), "{}", again.text);
    assert_eq!(first.json()["id"], again.json()["id"]);
    let mut other = body.clone();
    other["needs"] = json!([]);
    assert_eq!(send(&other).await.json()["code"], "key_reused");

    let request = first.json();
    let key = [("idempotency-key", "b-1")];
    let accepted = json!({"state": "accepted"});
    let first = desk.step_with(&request, 0, accepted.clone(), &key).await;
    let again = desk.step_with(&request, 0, accepted.clone(), &key).await;
    assert_eq!((first.status, again.status), (StatusCode::OK, StatusCode::OK), "{}", again.text);
    assert_eq!(first.header("etag"), again.header("etag"));
    let without = desk.step(&request, 0, accepted).await;
    assert_eq!(without.status, StatusCode::CONFLICT, "without a key it is a new call");
    assert_eq!(desk.outcomes(text(&request["providers"][0]["provider"])).await.len(), 1);
}

#[tokio::test]
async fn replies_become_outcomes_and_answers_by_themselves() {
    let desk = Desk::open().await;
    let request = desk.made(json!({"needs": ["inf.abx", "wound.npwt"]})).await;
    desk.step(&request, 0, json!({"state": "accepted"})).await;
    desk.step(&request, 1, json!({"state": "declined", "why": "declines:wound.npwt"})).await;
    desk.step(&request, 2, json!({"state": "declined", "why": "no_room"})).await;
    let heard = async |at: usize| {
        let id = text(&request["providers"][at]["provider"]).to_owned();
        let answer = desk.api.get(&format!("/v1/observations?provider={id}")).await.json();
        let answers = answer["observations"].as_array().unwrap().clone();
        let mut said: Vec<String> = answers
            .iter()
            .map(|heard| format!("{} {}", heard["need"].as_str().unwrap_or("room"), text(&heard["answer"])))
            .collect();
        said.sort();
        said
    };
    assert_eq!(heard(0).await, ["inf.abx yes", "wound.npwt yes"]);
    assert_eq!(heard(1).await, ["wound.npwt no"]);
    assert_eq!(heard(2).await, ["room no_room"]);
    for at in 0..3 {
        assert_eq!(desk.outcomes(text(&request["providers"][at]["provider"])).await.len(), 1, "{at}");
    }
    // The next question is answered with it.
    let report = desk.api.post("/v1/matches", changed(&json!({"limit": 100}))).await.json();
    let last = text(&request["providers"][2]["provider"]);
    let found = report["matches"].as_array().unwrap().iter().find(|found| found["provider"]["id"] == last).unwrap();
    assert_eq!(found["fit"], "no_room");
}

#[tokio::test]
async fn an_answer_about_another_need_is_refused_and_a_protected_reason_goes_to_compliance() {
    let desk = Desk::open().await;
    let request = desk.made(json!({"needs": ["sud.methadone"]})).await;
    let other = desk.step(&request, 0, json!({"state": "declined", "why": "declines:resp.vent"})).await;
    assert_eq!(other.faults(), [("/why".to_owned(), "does_not_apply".to_owned())]);
    let declined = desk.step(&request, 0, json!({"state": "declined", "why": "declines:sud.methadone"})).await.json();
    assert_eq!(declined["providers"][0]["for_compliance"], true);
}

#[tokio::test]
async fn reading_a_link_changes_nothing_and_an_answer_uses_it_up() {
    let desk = Desk::open().await;
    let request = desk.made(json!({})).await;
    let link = desk.link(&request, 0, json!({"hours": 1})).await;
    assert!(!desk.ledger_text().contains(link.trim_start_matches("/r/")), "only a digest is kept");
    let before = desk.read(&request).await.text;
    for _ in 0..3 {
        let page = get(&desk.api, &link).await;
        assert_eq!(page.status, StatusCode::OK);
        page.says("Skilled nursing");
        page.says("ZIP codes that begin with 641");
        assert!(!page.html.contains("<script"), "it works without scripts");
        for (name, value) in [("cache-control", "no-store"), ("referrer-policy", "no-referrer")] {
            assert_eq!(page.headers[name], value);
        }
        assert!(page.headers["x-robots-tag"].to_str().unwrap().contains("noindex"));
        assert!(!page.headers["content-security-policy"].to_str().unwrap().contains("script-src"));
        let head = desk.api.send(Request::head(&link).body(Body::empty()).unwrap()).await;
        assert_eq!(head.status, StatusCode::OK);
    }
    assert_eq!(desk.read(&request).await.text, before, "GET and HEAD change nothing");
    let thanks = post(&desk.api, &link, &[("answer", "accept")]).await;
    thanks.says("You accepted");
    let asked = desk.asked(&request, 0).await;
    assert_eq!(
        (&asked["state"], &asked["changed_by"], &asked["link"]),
        (&json!("accepted"), &json!("provider"), &Value::Null)
    );
    let (again, unknown) = (get(&desk.api, &link).await, get(&desk.api, "/r/AAAAAAAAAAAAAAAAAAAAAA").await);
    assert_eq!((again.status, unknown.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
    assert_eq!(again.html, unknown.html, "a used link and one that never was are not told apart");
    let second = post(&desk.api, &link, &[("answer", "decline"), ("why", "no_room")]).await;
    assert_eq!((second.status, &second.html), (StatusCode::NOT_FOUND, &unknown.html));
    assert_eq!(desk.asked(&request, 0).await["state"], "accepted");
}

#[tokio::test]
async fn a_provider_declines_with_a_reason_of_the_request_or_asks_for_more() {
    let desk = Desk::open().await;
    let request = desk.made(json!({})).await;
    let link = desk.link(&request, 0, json!({})).await;
    for why in ["", "declines:resp.vent", "she is too heavy"] {
        let page = post(&desk.api, &link, &[("answer", "decline"), ("why", why)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{why}");
    }
    let seen = post(&desk.api, &link, &[("answer", "seen")]).await;
    assert_eq!((seen.status, desk.asked(&request, 0).await["state"].clone()), (StatusCode::OK, json!("seen")));
    post(&desk.api, &link, &[("answer", "decline"), ("why", "declines:inf.abx")]).await.says("You declined");
    assert_eq!(desk.asked(&request, 0).await["why"], "declines:inf.abx");
    let other = desk.link(&request, 1, json!({})).await;
    post(&desk.api, &other, &[("answer", "more"), ("missing", "wounds")]).await.says("more information");
    assert_eq!(desk.asked(&request, 1).await["missing"], "wounds");
    assert!(!desk.ledger_text().contains("too heavy"));
}

/// Seconds that the clock of a test has moved on.
static LATER: AtomicI64 = AtomicI64::new(0);

fn later() -> Zoned {
    noon().checked_add(Span::new().seconds(LATER.load(Ordering::Relaxed))).unwrap()
}

#[tokio::test]
async fn a_link_ends_by_time_and_when_it_is_revoked_or_replaced() {
    let desk = Desk::at(later).await;
    let request = desk.made(json!({})).await;
    let status = async |link: &str| get(&desk.api, link).await.status;
    let first = desk.link(&request, 0, json!({"hours": 2})).await;
    let second = desk.next_link(&request, 0, json!({"hours": 2})).await;
    assert_eq!((status(&first).await, status(&second).await), (StatusCode::NOT_FOUND, StatusCode::OK));
    let revoked = desk.api.post(&format!("{}/link/revoke", path_of(&request, 0)), json!({"revoke": true})).await;
    assert_eq!((revoked.status, status(&second).await), (StatusCode::OK, StatusCode::NOT_FOUND));
    let third = desk.link(&request, 0, json!({"hours": 2})).await;
    LATER.store(7_199, Ordering::Relaxed);
    assert_eq!(status(&third).await, StatusCode::OK);
    LATER.store(7_200, Ordering::Relaxed);
    assert_eq!(status(&third).await, StatusCode::NOT_FOUND);
    let late = post(&desk.api, &third, &[("answer", "accept")]).await;
    assert_eq!((late.status, desk.asked(&request, 0).await["state"].clone()), (StatusCode::NOT_FOUND, json!("asked")));
    for hours in [0, 73] {
        let refused = desk.api.post(&format!("{}/link", path_of(&request, 0)), json!({"hours": hours})).await;
        assert_eq!(refused.faults(), [("/hours".to_owned(), "out_of_range".to_owned())]);
    }
    // The reply is overdue now, so that it may be recorded as none.
    LATER.store(4 * 3600, Ordering::Relaxed);
    assert_eq!(desk.asked(&request, 0).await["is_overdue"], true);
    assert_eq!(desk.step(&request, 0, json!({"state": "no_reply"})).await.status, StatusCode::OK);
}

/// Seconds that the clock of another test has moved on.
static OVERDUE: AtomicI64 = AtomicI64::new(0);

fn overdue() -> Zoned {
    noon().checked_add(Span::new().seconds(OVERDUE.load(Ordering::Relaxed))).unwrap()
}

#[tokio::test]
async fn an_acceptance_after_no_reply_takes_the_room_and_counts() {
    let desk = Desk::at(overdue).await;
    let request = desk.made(json!({"needs": []})).await;
    let id = text(&request["providers"][0]["provider"]).to_owned();
    OVERDUE.store(4 * 3600 + 1, Ordering::Relaxed);
    let state = async |body: Value| assert_eq!(desk.step(&request, 0, body).await.status, StatusCode::OK);
    state(json!({"state": "no_reply"})).await;
    let heard = json!({"observations": [{"provider": id, "service": "skilled_nursing", "answer": "room",
        "said_by": "admissions"}]});
    assert_eq!(desk.api.post("/v1/observations", heard).await.status, StatusCode::CREATED);
    let record = async || {
        let report = desk.api.post("/v1/matches", changed(&json!({"limit": 100}))).await.json();
        let matches = report["matches"].as_array().unwrap().clone();
        let one = matches.into_iter().find(|found| found["provider"]["id"] == id.as_str()).unwrap();
        (one["availability"]["answer"].clone(), one["room_record"].clone())
    };
    assert_eq!(
        record().await,
        (json!("yes"), json!({"yes": 1, "asked": 1, "old_yes": 0, "old_asked": 0})),
        "no reply says nothing of room"
    );
    state(json!({"state": "accepted"})).await;
    assert_eq!(
        record().await,
        (json!("unknown"), json!({"yes": 2, "asked": 2, "old_yes": 0, "old_asked": 0})),
        "the bed is taken"
    );
    let outcomes = desk.outcomes(&id).await;
    assert!(outcomes.len() == 2 && outcomes[1].contains("\"origin\":\"late_reply\""), "{outcomes:?}");
    assert!(outcomes[1].contains("\"payer_class\":\"medicare\""), "{outcomes:?}");
}

#[tokio::test]
async fn a_pin_opens_the_request_and_five_wrong_ones_end_the_link() {
    let desk = Desk::open().await;
    let request = desk.made(json!({})).await;
    let refused = desk.api.post(&format!("{}/link", path_of(&request, 0)), json!({"pin": "12a4"})).await;
    assert_eq!(refused.faults(), [("/pin".to_owned(), "not_a_pin".to_owned())]);
    let link = desk.link(&request, 0, json!({"pin": "471123"})).await;
    assert!(!desk.ledger_text().contains("\"471123"));
    let page = get(&desk.api, &link).await;
    assert!(!page.text().contains("Skilled nursing"), "nothing is shown without the PIN");
    let opened = post(&desk.api, &link, &[("answer", "open"), ("pin", "471123")]).await;
    opened.says("Skilled nursing");
    assert_eq!(desk.asked(&request, 0).await["state"], "seen");
    let pin = opened.form("Accept").fields.clone();
    assert_eq!(pin, [("pin".to_owned(), "471123".to_owned())], "the PIN goes with the answer");
    post(&desk.api, &link, &[("answer", "accept"), ("pin", "471123")]).await.says("You accepted");

    let guessed = desk.link(&request, 1, json!({"pin": "471123"})).await;
    for attempt in 0..5 {
        let page = post(&desk.api, &guessed, &[("answer", "accept"), ("pin", "0000")]).await;
        let status = if attempt < 4 { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::NOT_FOUND };
        assert_eq!(page.status, status, "{attempt}");
    }
    let right = post(&desk.api, &guessed, &[("answer", "accept"), ("pin", "471123")]).await;
    assert_eq!((right.status, desk.asked(&request, 1).await["state"].clone()), (StatusCode::NOT_FOUND, json!("asked")));
}

#[tokio::test]
async fn guessing_links_is_throttled_and_a_good_link_still_opens() {
    use placement::config::server::RateLimitConfig;
    use placement::serve::http::throttle::Throttle;

    let folder = TempDir::new().unwrap();
    let (one, burst) = (NonZeroU32::new(1).unwrap(), NonZeroU32::new(3).unwrap());
    let limits = Throttle::new(&RateLimitConfig { per_second: one, burst, ..RateLimitConfig::default() });
    let desk = Desk { api: Api::new(AppState { limits: limits.into(), ..app(&folder, noon).await }), folder };
    let request = desk.made(json!({})).await;
    let link = desk.link(&request, 0, json!({})).await;
    let mut statuses = Vec::new();
    for guess in 0..6 {
        statuses.push(get(&desk.api, &format!("/r/AAAAAAAAAAAAAAAAAAAA{guess}Q")).await.status);
    }
    assert_eq!(statuses[0], StatusCode::NOT_FOUND);
    assert!(statuses.contains(&StatusCode::TOO_MANY_REQUESTS), "{statuses:?}");
    assert_eq!(get(&desk.api, &link).await.status, StatusCode::OK, "a good link is never refused for the guesses of others");
}

#[tokio::test]
async fn substance_use_is_shown_only_with_written_consent_and_then_with_the_notice() {
    let desk = Desk::open().await;
    for consent in [false, true] {
        let changes = json!({"needs": ["inf.abx", "sud.methadone"], "substance_use_consent": consent});
        let request = desk.made(changes).await;
        let link = desk.link(&request, 0, json!({})).await;
        let page = get(&desk.api, &link).await;
        assert_eq!(page.html.to_lowercase().contains("methadone"), consent, "also not as a reason to decline");
        assert_eq!(page.html.contains("42 CFR part 2 prohibits"), consent);
        post(&desk.api, &link, &[("answer", "accept")]).await;
        let id = text(&request["providers"][0]["provider"]);
        let heard = desk.api.get(&format!("/v1/observations?provider={id}")).await.text;
        assert_eq!(heard.contains("sud.methadone"), consent, "what was not shown was not answered");
    }
}

#[tokio::test]
async fn the_stream_sends_the_request_at_once_and_again_when_it_changes() {
    let desk = Desk::open().await;
    let request = desk.made(json!({})).await;
    let path = format!("/v1/referral-requests/{}/events", text(&request["id"]));
    let response = desk.api.open(Request::get(&path).body(Body::empty()).unwrap()).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream; charset=utf-8");
    let mut body = response.into_body().into_data_stream();
    let mut next = async || {
        use std::pin::Pin;
        let bytes = std::future::poll_fn(|context| futures_core::Stream::poll_next(Pin::new(&mut body), context)).await;
        String::from_utf8(bytes.unwrap().unwrap().to_vec()).unwrap()
    };
    let first = next().await;
    assert!(first.contains("event: request\n") && first.contains("\"state\":\"asked\""), "{first}");
    desk.step(&request, 0, json!({"state": "accepted"})).await;
    let second = next().await;
    assert!(second.contains("\"state\":\"accepted\""), "{second}");
    let unknown = desk.api.get("/v1/referral-requests/00000000000000000000000000000000/events").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

/// The fields of a search, as the search form sends them.
pub(crate) const SEARCH: [(&str, &str); 4] =
    [("near", "64108"), ("service", "skilled_nursing"), ("coverage", "medicare"), ("need", "inf.abx")];

pub(crate) async fn prepared(desk: &Desk) -> Page {
    let picks = desk.providers().await;
    let picks = picks.iter().take(2).map(|id| ("pick", id.as_str()));
    let fields: Vec<(&str, &str)> = SEARCH.into_iter().chain(picks).collect();
    post(&desk.api, "/referral-requests/new", &fields).await
}

#[tokio::test]
async fn the_desk_makes_a_request_from_the_answer_and_records_what_happens() {
    let desk = Desk::open().await;
    let form = prepared(&desk).await;
    form.says("ZIP codes that begin with 641");
    assert!(!form.html.contains("64108"), "the whole ZIP goes nowhere");
    let refused = form.form("Make the request").press(&desk.api, "Make the request").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.says("the patient has the list and agreed");
    let ticked = form.form("Make the request").with("patient_agreed", "yes").with("unit", "4 West");
    let page = ticked.press(&desk.api, "Make the request").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    page.says("Referral request");
    page.says("4 West");

    let linked = page.form("New link").press(&desk.api, "New link").await;
    let address = linked.attributes("value").into_iter().find(|value| value.starts_with("/r/")).unwrap();
    post(&desk.api, &address, &[("answer", "accept")]).await.says("You accepted");
    let stale = page.form("Save").with("state", "declined").press(&desk.api, "Save").await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED, "the provider was faster");
    stale.says("Somebody else has changed this request");
    let untold = stale.form("Save").with("state", "confirmed").press(&desk.api, "Save").await;
    assert_eq!(untold.status, StatusCode::UNPROCESSABLE_ENTITY, "the patient has not chosen");
    let confirmed = stale.form("Save").with("state", "confirmed").with("patient_chose", "yes").press(&desk.api, "Save").await;
    assert_eq!(confirmed.status, StatusCode::OK);
    confirmed.says("Confirmed");
    get(&desk.api, "/board").await.says("No referral request is open");
}

#[tokio::test]
async fn nothing_about_a_patient_reaches_the_ledger() {
    let desk = Desk::open().await;
    let request = desk.made(json!({})).await;
    let link = desk.link(&request, 0, json!({})).await;
    let marker = "Quagmire";
    for fields in [
        vec![("answer", marker)],
        vec![("answer", "decline"), ("why", marker)],
        vec![("answer", "more"), ("missing", marker)],
        vec![("answer", "accept"), ("note", marker)],
    ] {
        post(&desk.api, &link, &fields).await;
    }
    for body in [
        json!({"state": "declined", "why": marker}),
        json!({"state": "need_more", "missing": marker}),
        json!({"state": marker}),
        json!({"state": "accepted", "note": marker}),
    ] {
        assert_eq!(desk.step(&request, 1, body).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let mut body = desk.body().await;
    for (field, value) in [("plan", marker), ("unit", marker), ("region", "64108"), ("payer_class", marker)] {
        body[field] = json!(value);
    }
    let refused = desk.api.post("/v1/referral-requests", &body).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let kept = desk.ledger_text();
    assert!(!kept.contains(marker) && !kept.contains("\"64108"));
    let metrics = desk.api.get("/metrics").await.text;
    assert!(!metrics.contains(marker) && !metrics.contains(link.trim_start_matches("/r/")) && metrics.contains("/r/{token}"));
}
