//! The page of a provider: invites, what its staff save by them, how the next answer uses it, and
//! reminders before it expires.

use std::fs;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use jiff::{Span, Zoned};
use placement::api_keys::{KeyRecord, Scope};
use placement::config::server::AccessConfig;
use placement::hospital::Hospital;
use placement::ledger::Ledger;
use placement::ledger::event::LedgerEvent;
use placement::ledger::sqlite::SqliteLedger;
use placement::serve::ledger_sync::load_initial;
use placement::serve::state::AppState;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::access::{drawn, guarded_app, nothing};
use crate::api::{Api, changed, question, sample_app};
use crate::api_misuse::{heard, listen_to_the_log};
use crate::pages::{Page, PageForm, get, post};
use crate::statements::found;

/// A hospital with its server, and the first nursing facility of its answers.
struct Desk {
    api: Api,
    app: Arc<AppState>,
    folder: TempDir,
    provider: String,
}

fn noon() -> Zoned {
    "2026-11-21T13:00:00-06:00[America/Chicago]".parse().unwrap()
}

async fn app(folder: &TempDir, now: fn() -> Zoned) -> AppState {
    let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).await.unwrap();
    let hospital = Hospital::parse("id = \"mercy\"\nname = \"Mercy\"\n").unwrap();
    AppState { ledger: Some(Arc::new(ledger)), hospital, now, ..sample_app() }
}

impl Desk {
    async fn open() -> Self {
        Self::at(noon).await
    }

    async fn at(now: fn() -> Zoned) -> Self {
        let folder = TempDir::new().unwrap();
        let app = app(&folder, now).await;
        Self::of(app, folder).await
    }

    async fn of(app: AppState, folder: TempDir) -> Self {
        let app = Arc::new(app);
        let api = Api::shared(Arc::clone(&app));
        let report = api.post("/v1/matches", question()).await.json();
        let provider = text(&report["matches"][0]["provider"]["id"]).to_owned();
        Self { api, app, folder, provider }
    }

    /// Moves a clock of a test to `seconds` after noon, and the directory to that day.
    fn turn_to(&self, clock: &AtomicI64, seconds: i64) {
        clock.store(seconds, Ordering::Relaxed);
        self.app.live.turn_to((self.app.now)().date());
    }

    /// An invite as the API returns it.
    async fn invited(&self, provider: &str, body: Value) -> Value {
        let answer = self.api.post(&format!("/v1/providers/{provider}/invites"), body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        assert_eq!(answer.header("cache-control"), "no-store");
        answer.json()
    }

    /// The path of the page of an invite.
    async fn link(&self, body: Value) -> String {
        text(&self.invited(&self.provider, body).await["path"]).to_owned()
    }

    async fn invites(&self) -> Value {
        self.api.get(&format!("/v1/providers/{}/invites", self.provider)).await.json()["invites"].clone()
    }

    async fn stated(&self, what: &str) -> Value {
        self.api.get(&format!("/v1/providers/{}/{what}", self.provider)).await.json()
    }

    /// The match of the provider in the answer to `question`.
    async fn matched(&self, question: &Value) -> Value {
        let report = self.api.post("/v1/matches", question).await.json();
        found(&report, &self.provider).unwrap_or_else(|| panic!("{} is not in {report}", self.provider)).clone()
    }

    fn ledger_text(&self) -> String {
        let files = fs::read_dir(self.folder.path()).unwrap();
        files.map(|file| String::from_utf8_lossy(&fs::read(file.unwrap().path()).unwrap()).into_owned()).collect()
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// The name of a field of a nursing facility.
fn field(rest: &str) -> String {
    format!("skilled_nursing/{rest}")
}

fn with(form: PageForm, fields: &[(&str, &str)]) -> PageForm {
    fields.iter().fold(form, |form, (name, value)| form.with(&field(name), value))
}

/// The form of a page at `link` with that button. It is sent to the address of the page, which the page does not repeat.
fn form_at(link: &str, page: &Page, button: &str) -> PageForm {
    let mut form = page.form(button);
    assert_eq!(form.action, "");
    link.clone_into(&mut form.action);
    form
}

/// Opens the page at `link`, fills in its form and saves it.
async fn save(desk: &Desk, link: &str, fields: &[(&str, &str)]) -> Page {
    save_page(desk, link, &get(&desk.api, link).await, fields).await
}

async fn save_page(desk: &Desk, link: &str, page: &Page, fields: &[(&str, &str)]) -> Page {
    with(form_at(link, page, "Save"), fields).press(&desk.api, "Save").await
}

#[tokio::test]
async fn what_the_staff_save_on_the_page_is_in_the_next_answer() {
    let desk = Desk::open().await;
    let link = desk.link(json!({})).await;
    assert_eq!(link.len(), "/provider-update/".len() + 22);
    let page = get(&desk.api, &link).await;
    assert_eq!((page.status, page.headers["cache-control"].to_str().unwrap()), (StatusCode::OK, "no-store"));
    assert_eq!(page.headers["referrer-policy"], "no-referrer");
    let saved = save_page(
        &desk,
        &link,
        &page,
        &[
            ("room/2026-11-21", "yes"),
            ("room/2026-11-22", "yes"),
            ("room/2026-11-23", "no"),
            ("need/resp.vent", "yes"),
            ("need/wound.npwt", "no"),
            ("limit/size.max_lb", "480"),
            ("languages", "Spanish, vi"),
        ],
    )
    .await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.text());
    saved.says("Saved");
    saved.says("Room Nov 21 to Nov 22");
    saved.says("480 lb");
    let availability = desk.stated("availability").await;
    let rooms: Vec<_> =
        availability["availability"].as_array().unwrap().iter().map(|r| (&r["from"], &r["until"], &r["room"])).collect();
    let day = |day: &str| json!(day);
    assert_eq!(
        rooms,
        [(&day("2026-11-21"), &day("2026-11-22"), &json!(true)), (&day("2026-11-23"), &day("2026-11-23"), &json!(false))]
    );
    let said = desk.stated("statements").await;
    assert_eq!(said["services"][0]["languages"], json!(["es", "vi"]));
    assert_eq!(said["statements"].as_array().unwrap().len(), 3);

    let found = desk.matched(&changed(&json!({"needs": ["resp.vent"], "patient": {"weight_lb": 470}}))).await;
    assert_eq!((&found["fit"], &found["availability"]["answer"]), (&json!("ready"), &json!("yes")), "{found}");
    let answers = found["acceptance"]["answers"].as_array().unwrap();
    assert!(answers.iter().all(|answer| answer["source"] == "the provider's own statement"), "{answers:?}");
}

#[tokio::test]
async fn reading_the_page_changes_nothing() {
    let desk = Desk::open().await;
    for body in [json!({}), json!({"pin": "4711"})] {
        let link = desk.link(body).await;
        let before = (desk.invites().await, desk.stated("statements").await);
        for method in ["GET", "HEAD", "GET"] {
            let request = Request::builder().method(method).uri(&link).body(Body::empty()).unwrap();
            assert_eq!(desk.api.send(request).await.status, StatusCode::OK, "{method}");
        }
        post(&desk.api, &link, &[("do", "open"), ("pin", "4711")]).await;
        assert_eq!((desk.invites().await, desk.stated("statements").await), before);
    }
}

#[tokio::test]
async fn an_invite_can_be_used_again_and_shows_what_stands() {
    let desk = Desk::open().await;
    let link = desk.link(json!({})).await;
    save(&desk, &link, &[("need/resp.vent", "yes"), ("room/2026-11-25", "no"), ("limit/age.min", "65")]).await;
    let page = get(&desk.api, &link).await;
    let form = page.form("Save");
    for (name, value) in [("need/resp.vent", "yes"), ("room/2026-11-25", "no"), ("limit/age.min", "65"), ("need/inf.abx", "")]
    {
        assert_eq!(form.value(&field(name)), value, "{name}");
    }
    let saved = save_page(&desk, &link, &page, &[("need/resp.vent", "")]).await;
    assert_eq!(saved.status, StatusCode::OK);
    let said = desk.stated("statements").await["statements"].clone();
    assert_eq!(said.as_array().unwrap().len(), 1, "no answer withdraws the statement: {said}");
    assert_eq!(desk.invites().await[0]["state"], "open");
    assert_eq!(desk.invites().await[0]["saved_at"], "2026-11-21T19:00:00Z");
}

#[tokio::test]
async fn one_answer_fills_the_week() {
    let desk = Desk::open().await;
    let link = desk.link(json!({})).await;
    save(&desk, &link, &[("week", "yes"), ("room/2026-11-30", "no")]).await;
    let rooms = desk.stated("availability").await["availability"].clone();
    let rooms: Vec<_> =
        rooms.as_array().unwrap().iter().map(|r| (text(&r["from"]).to_owned(), text(&r["until"]).to_owned())).collect();
    let pair = |from: &str, until: &str| (from.to_owned(), until.to_owned());
    assert_eq!(rooms, [pair("2026-11-21", "2026-11-27"), pair("2026-11-30", "2026-11-30")]);
}

#[tokio::test]
async fn what_the_page_does_not_show_is_kept() {
    let desk = Desk::open().await;
    let path = format!("/v1/providers/{}/availability", desk.provider);
    let rooms = json!({"availability": [
        {"service": "skilled_nursing", "from": "2026-11-21", "until": "2026-12-10", "room": true, "beds": 3},
    ]});
    assert_eq!(desk.api.put(&path, rooms).await.status, StatusCode::OK);
    let link = desk.link(json!({})).await;
    save(&desk, &link, &[("room/2026-11-22", "no")]).await;
    let said = desk.stated("availability").await["availability"].clone();
    let said: Vec<_> =
        said.as_array().unwrap().iter().map(|r| json!([r["from"], r["until"], r["room"], r["beds"]])).collect();
    assert_eq!(
        said,
        [
            json!(["2026-11-21", "2026-11-21", true, 3]),
            json!(["2026-11-22", "2026-11-22", false, null]),
            json!(["2026-11-23", "2026-12-04", true, 3]),
            json!(["2026-12-05", "2026-12-10", true, 3]),
        ],
        "beds and the days after the two weeks stay"
    );
}

#[tokio::test]
async fn every_fault_stands_beside_its_field_and_nothing_is_saved() {
    let desk = Desk::open().await;
    let link = desk.link(json!({})).await;
    let page = get(&desk.api, &link).await;
    let faults = [
        ("limit/size.max_lb", "a lot"),
        ("limit/age.min", "70"),
        ("limit/age.max", "60"),
        ("languages", "Spanich"),
        ("need/resp.vent", "maybe"),
    ];
    let form = with(form_at(&link, &page, "Save"), &faults)
        .with("admissions", "ask Mrs. Quagmire")
        .with(&field("room/2026-11-21"), "yes");
    let refused = form.press(&desk.api, "Save").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for (id, says) in [
        ("skilled_nursing-limit-size-max_lb-fault", "whole number"),
        ("skilled_nursing-limit-age-max-fault", "below the minimum age"),
        ("skilled_nursing-languages-fault", "Spanish"),
        ("skilled_nursing-need-resp-vent-fault", "Choose"),
        ("admissions-fault", "telephone number"),
    ] {
        let part = refused.part(id);
        assert!(part.contains(says), "{id}: {part}");
    }
    assert_eq!(refused.form("Save").value(&field("limit/size.max_lb")), "a lot", "what was typed stays");
    assert_eq!(refused.form("Save").value(&field("room/2026-11-21")), "yes");
    assert_eq!(desk.stated("availability").await["availability"], json!([]));
    let unknown = post(&desk.api, &link, &[("do", "save"), ("note", "Mrs. Quagmire")]).await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY, "there is no field for free text");
    assert!(!desk.ledger_text().contains("Quagmire"));
}

#[tokio::test]
async fn the_admissions_line_is_the_number_that_the_answer_shows() {
    let desk = Desk::open().await;
    let before = desk.matched(&question()).await["provider"]["phone"].clone();
    let link = desk.link(json!({})).await;
    let form = form_at(&link, &get(&desk.api, &link).await, "Save").with("admissions", "(816) 555-0142 ext. 7");
    assert_eq!(form.press(&desk.api, "Save").await.status, StatusCode::OK);
    let after = desk.matched(&question()).await["provider"]["phone"].clone();
    assert_eq!(after, "816-555-0142 ext. 7", "before {before}");
    let provider = desk.api.get(&format!("/v1/providers/{}", desk.provider)).await.json();
    assert_eq!(provider["provider"]["phone"]["source"], "the provider's own statement", "{}", provider["provider"]["phone"]);
}

#[tokio::test]
async fn a_stated_service_area_decides_and_finds_an_agency_that_the_directory_alone_does_not() {
    let desk = Desk::open().await;
    let home =
        |zip: &str| changed(&json!({"service": "home_health", "within_miles": null, "needs": [], "near": {"zip": zip}}));
    let report = desk.api.post("/v1/matches", home("64108")).await.json();
    let id = text(&report["matches"][0]["provider"]["id"]).to_owned();
    let link = text(&desk.invited(&id, json!({})).await["path"]).to_owned();
    let page = get(&desk.api, &link).await;
    let wrong = form_at(&link, &page, "Save").with("home_health/zips", "6410 641088 99501").press(&desk.api, "Save").await;
    assert!(wrong.part("home_health-zips-fault").contains("6410, 641088"), "{}", wrong.text());
    let far = form_at(&link, &page, "Save").with("home_health/zips", "99501\n99502").with("home_health/languages", "Tagalog");
    assert_eq!(far.press(&desk.api, "Save").await.status, StatusCode::OK);
    let near = desk.api.post("/v1/matches", home("64108")).await.json();
    assert!(found(&near, &id).is_none(), "it no longer serves 64108");
    let there = desk.api.post("/v1/matches", home("99501")).await.json();
    let served = found(&there, &id).unwrap_or_else(|| panic!("{there}"));
    assert_eq!(served["service_area_by"]["source"], "the provider's own statement", "{served}");
    let why = desk.api.post("/v1/explain", json!({"discharge": home("64108"), "provider": id})).await.json();
    assert_eq!(why["bars"][0]["reason"], "outside_service_area", "{why}");
}

#[tokio::test]
async fn an_invite_of_one_provider_writes_nothing_of_another() {
    let desk = Desk::open().await;
    let report = desk.api.post("/v1/matches", question()).await.json();
    let other = text(&report["matches"][1]["provider"]["id"]).to_owned();
    let link = desk.link(json!({})).await;
    let form = with(form_at(&link, &get(&desk.api, &link).await, "Save"), &[("need/resp.vent", "yes")]);
    for stranger in ["provider", "id"] {
        let page = form.clone().with(stranger, &other).press(&desk.api, "Save").await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{stranger}");
    }
    assert_eq!(form.press(&desk.api, "Save").await.status, StatusCode::OK);
    let of_other = desk.api.get(&format!("/v1/providers/{other}/statements")).await.json();
    assert_eq!(of_other["statements"], json!([]));
    let invite = desk.invites().await[0]["id"].clone();
    let path = format!("/v1/providers/{other}/invites/{}/revoke", text(&invite));
    let refused = desk.api.post(&path, json!({"revoke": true})).await;
    assert_eq!((refused.status, &refused.json()["code"]), (StatusCode::NOT_FOUND, &json!("no_such_invite")));
}

/// Seconds that the clock of a test has moved on.
static LATER: AtomicI64 = AtomicI64::new(0);

fn later() -> Zoned {
    noon().checked_add(Span::new().seconds(LATER.load(Ordering::Relaxed))).unwrap()
}

const DAY: i64 = 24 * 3600;

#[tokio::test]
async fn an_invite_ends_by_time_and_by_the_hospital_and_every_closed_one_looks_alike() {
    let desk = Desk::at(later).await;
    let (short, revoked) = (desk.link(json!({"days": 7})).await, desk.link(json!({})).await);
    let id = desk
        .invites()
        .await
        .as_array()
        .unwrap()
        .iter()
        .map(|i| (text(&i["id"]).to_owned(), text(&i["expires_at"]).to_owned()))
        .max_by_key(|(_, end)| end.clone())
        .unwrap()
        .0;
    let done = desk.api.post(&format!("/v1/providers/{}/invites/{id}/revoke", desk.provider), json!({"revoke": true})).await;
    assert_eq!((done.status, &done.json()["state"]), (StatusCode::OK, &json!("revoked")));
    let unknown = get(&desk.api, "/provider-update/AAAAAAAAAAAAAAAAAAAAAA").await;
    desk.turn_to(&LATER, 7 * DAY - 1);
    let form = with(form_at(&short, &get(&desk.api, &short).await, "Save"), &[("need/resp.vent", "yes")]);
    desk.turn_to(&LATER, 7 * DAY);
    for page in [get(&desk.api, &short).await, get(&desk.api, &revoked).await, form.press(&desk.api, "Save").await] {
        assert_eq!((page.status, page.html == unknown.html), (StatusCode::NOT_FOUND, true), "{}", page.text());
    }
    assert_eq!(desk.stated("statements").await["statements"], json!([]));
    let states: Vec<String> = desk.invites().await.as_array().unwrap().iter().map(|i| text(&i["state"]).to_owned()).collect();
    assert!(states.contains(&"expired".to_owned()) && states.contains(&"revoked".to_owned()), "{states:?}");
    for days in [json!(0), json!(8), json!("30")] {
        let refused = desk.api.post(&format!("/v1/providers/{}/invites", desk.provider), json!({"days": days})).await;
        assert_eq!(refused.faults()[0].0, "/days");
    }
}

#[tokio::test]
async fn a_pin_opens_the_page_and_five_wrong_ones_lock_the_invite() {
    let desk = Desk::open().await;
    let link = desk.link(json!({"pin": "471123"})).await;
    assert!(!desk.ledger_text().contains("\"471123"));
    let page = get(&desk.api, &link).await;
    assert!(!page.text().contains("Skilled nursing"), "nothing is shown without the PIN");
    let opened = form_at(&link, &page, "Open").with("pin", "471123").press(&desk.api, "Open").await;
    opened.says("Skilled nursing");
    for _ in 0..4 {
        let missed = post(&desk.api, &link, &[("do", "open"), ("pin", "0000")]).await;
        assert_eq!(missed.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(
        save_page(&desk, &link, &opened, &[("need/resp.vent", "yes")]).await.status,
        StatusCode::OK,
        "the PIN goes with the form"
    );
    for attempt in 0..5 {
        let page = post(&desk.api, &link, &[("do", "save"), ("pin", "0000")]).await;
        let status = if attempt < 4 { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::NOT_FOUND };
        assert_eq!(page.status, status, "{attempt}");
    }
    let right = post(&desk.api, &link, &[("do", "open"), ("pin", "471123")]).await;
    assert_eq!((right.status, &desk.invites().await[0]["state"]), (StatusCode::NOT_FOUND, &json!("locked")));
}

#[tokio::test]
async fn guessing_invites_is_throttled_and_a_good_one_still_opens() {
    use placement::config::server::RateLimitConfig;
    use placement::serve::http::throttle::Throttle;

    let folder = TempDir::new().unwrap();
    let (one, burst) = (NonZeroU32::new(1).unwrap(), NonZeroU32::new(3).unwrap());
    let limits = Throttle::new(&RateLimitConfig { per_second: one, burst, ..RateLimitConfig::default() });
    let desk = Desk::of(AppState { limits: limits.into(), ..app(&folder, noon).await }, folder).await;
    let link = desk.link(json!({})).await;
    let mut statuses = Vec::new();
    for guess in 0..6 {
        statuses.push(get(&desk.api, &format!("/provider-update/AAAAAAAAAAAAAAAAAAAA{guess}Q")).await.status);
    }
    assert_eq!(statuses[0], StatusCode::NOT_FOUND);
    assert!(statuses.contains(&StatusCode::TOO_MANY_REQUESTS), "{statuses:?}");
    assert_eq!(get(&desk.api, &link).await.status, StatusCode::OK);
}

#[tokio::test]
async fn two_who_save_at_once_never_overwrite_each_other() {
    let desk = Desk::open().await;
    let link = desk.link(json!({})).await;
    let (one, other) = (get(&desk.api, &link).await, get(&desk.api, &link).await);
    assert_eq!(save_page(&desk, &link, &one, &[("need/resp.vent", "yes")]).await.status, StatusCode::OK);
    let refused = save_page(&desk, &link, &other, &[("need/resp.vent", "no"), ("room/2026-11-21", "yes")]).await;
    assert_eq!(refused.status, StatusCode::PRECONDITION_FAILED);
    refused.says("1 need accepted, 0 not accepted");
    assert_eq!(refused.form("Save").value(&field("need/resp.vent")), "no", "both are shown");
    assert_eq!(desk.stated("statements").await["statements"][0]["answer"], true);
    let again = form_at(&link, &refused, "Save").press(&desk.api, "Save").await;
    assert_eq!((again.status, &desk.stated("statements").await["statements"][0]["answer"]), (StatusCode::OK, &json!(false)));
}

#[tokio::test]
async fn two_forms_that_arrive_together_are_saved_one_after_the_other() {
    let desk = Desk::open().await;
    let link = desk.link(json!({})).await;
    let own = format!("/providers/{}/update", desk.provider);
    let (by_invite, by_key) = (get(&desk.api, &link).await, get(&desk.api, &own).await);
    assert_eq!(by_key.status, StatusCode::OK, "{}", by_key.text());
    let (one, other) = tokio::join!(
        save_page(&desk, &own, &by_key, &[("need/resp.vent", "yes")]),
        save_page(&desk, &link, &by_invite, &[("need/inf.abx", "yes")]),
    );
    let mut statuses = [one.status, other.status];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::OK, StatusCode::PRECONDITION_FAILED], "nothing is replaced unseen");
    assert_eq!(desk.stated("statements").await["statements"].as_array().unwrap().len(), 1);
}

/// Seconds that the clock of the test of a form over midnight has moved on.
static OVERNIGHT: AtomicI64 = AtomicI64::new(0);

fn overnight() -> Zoned {
    noon().checked_add(Span::new().seconds(OVERNIGHT.load(Ordering::Relaxed))).unwrap()
}

#[tokio::test]
async fn a_form_that_is_saved_after_midnight_keeps_the_day_that_it_did_not_show() {
    let desk = Desk::at(overnight).await;
    let path = format!("/v1/providers/{}/availability", desk.provider);
    let rooms = json!({"availability": [
        {"service": "skilled_nursing", "from": "2026-11-21", "until": "2026-12-10", "room": true},
    ]});
    assert_eq!(desk.api.put(&path, rooms).await.status, StatusCode::OK);
    let link = desk.link(json!({})).await;
    let page = get(&desk.api, &link).await;
    desk.turn_to(&OVERNIGHT, DAY);
    let refused = save_page(&desk, &link, &page, &[("limit/size.max_lb", "a lot")]).await;
    assert_eq!(refused.form("Save").value(&field("room/2026-12-05")), "yes", "the new day shows what stands");
    let saved = save_page(&desk, &link, &page, &[("room/2026-12-04", "")]).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.text());
    let said = desk.stated("availability").await["availability"].clone();
    let said: Vec<_> = said.as_array().unwrap().iter().map(|r| json!([r["from"], r["until"], r["room"]])).collect();
    assert_eq!(
        said,
        [
            json!(["2026-11-22", "2026-12-03", true]),
            json!(["2026-12-05", "2026-12-05", true]),
            json!(["2026-12-06", "2026-12-10", true]),
        ],
        "no answer withdraws Dec 4, which the page asked; Dec 5 was not asked"
    );
}

/// Seconds that the clock of the test of reminders has moved on.
static PASSED: AtomicI64 = AtomicI64::new(0);

fn passing() -> Zoned {
    noon().checked_add(Span::new().seconds(PASSED.load(Ordering::Relaxed))).unwrap()
}

#[tokio::test]
async fn the_hospital_is_reminded_and_one_tap_confirms_everything() {
    let desk = Desk::at(passing).await;
    let path = format!("/v1/providers/{}/statements", desk.provider);
    let said = json!({"statements": [{"service": "skilled_nursing", "need": "resp.vent", "answer": true, "expires_on": "2026-12-10"}]});
    assert_eq!(desk.api.put(&path, said).await.status, StatusCode::OK);
    let term = async || desk.api.get(&format!("/v1/providers/{}", desk.provider)).await.json()["own_statements"].clone();
    assert_eq!((&term().await["state"], &term().await["ends_on"]), (&json!("current"), &json!("2026-12-10")));
    let link = desk.link(json!({})).await;
    for (days, state, says) in [(7, "ends_soon", "Expires soon"), (20, "expired", "Expired")] {
        desk.turn_to(&PASSED, days * DAY);
        assert_eq!(term().await["state"], state, "{days}");
        let list = get(&desk.api, "/provider-statements").await;
        assert_eq!(list.status, StatusCode::OK);
        list.says(says);
        let shown = get(&desk.api, &format!("/providers/{}", desk.provider)).await;
        shown.says(says);
        shown.says("Open until");
    }
    let page = get(&desk.api, &link).await;
    page.says("Expired Dec 10, 2026");
    let confirmed = form_at(&link, &page, "Confirm").press(&desk.api, "Confirm").await;
    assert_eq!(confirmed.status, StatusCode::OK, "{}", confirmed.text());
    assert_eq!((&term().await["state"], &term().await["said_on"]), (&json!("current"), &json!("2026-12-11")));
    assert_eq!(desk.stated("statements").await["statements"][0]["expires_on"], "2027-03-11");
}

#[tokio::test]
async fn the_desk_invites_from_the_page_of_the_provider_and_revokes_there() {
    let desk = Desk::open().await;
    let path = format!("/providers/{}", desk.provider);
    let page = get(&desk.api, &path).await;
    let refused = page.form("Make an invite").with("pin", "12").press(&desk.api, "Make an invite").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let made = page.form("Make an invite").press(&desk.api, "Make an invite").await;
    assert_eq!((made.status, made.headers["cache-control"].to_str().unwrap()), (StatusCode::OK, "no-store"));
    let address = made.attributes("value").into_iter().find(|value| value.starts_with("/provider-update/")).unwrap();
    assert_eq!(get(&desk.api, &address).await.status, StatusCode::OK);
    let shown = get(&desk.api, &path).await;
    assert!(!shown.html.contains(&address), "the address is shown once");
    shown.form("Revoke").press(&desk.api, "Revoke").await;
    assert_eq!(get(&desk.api, &address).await.status, StatusCode::NOT_FOUND);
    get(&desk.api, &path).await.says("Revoked");
}

#[tokio::test]
async fn staff_sign_in_with_the_key_of_their_provider_and_open_its_page_alone() {
    let desk = Desk::open().await;
    let report = desk.api.post("/v1/matches", question()).await.json();
    let other = text(&report["matches"][1]["provider"]["id"]).to_owned();
    let ledger: Arc<dyn Ledger> = Arc::new(SqliteLedger::open(&desk.folder.path().join("ledger.sqlite")).await.unwrap());
    let (secret, key) = drawn(&[Scope::ProviderWrite]);
    let key = KeyRecord { providers: Some([desk.provider.parse().unwrap()].into()), ..key };
    ledger.tell(&LedgerEvent::Key(key)).await.unwrap();
    let guarded = AppState { ledger: Some(ledger), ..guarded_app(AccessConfig::default(), []) };
    load_initial(&guarded).await;
    let api = Api::new(guarded);
    let signed_in = nothing().post_form(&api, "/sign-in", format!("key={}", secret.reveal())).await;
    let own = format!("/providers/{}/update", desk.provider);
    assert_eq!((signed_in.status, signed_in.header("location")), (StatusCode::SEE_OTHER, own.as_str()), "{}", signed_in.text);
    let browser = nothing().and("cookie", signed_in.header("set-cookie").split(';').next().unwrap());
    let page = browser.get(&api, &own).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert!(page.text.contains("action=\"/sign-out\""));
    for path in ["/", "/directory", &format!("/providers/{}", desk.provider), &format!("/providers/{other}/update")] {
        assert_eq!(browser.get(&api, path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let page = Page { status: page.status, headers: page.headers, html: page.text };
    let form = with(page.form("Save"), &[("need/resp.vent", "no")]);
    let fields = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain([("do", "save")]);
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let refused = browser.post_form(&api, &format!("/providers/{other}/update"), body.clone()).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let saved = browser.post_form(&api, &own, body).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.text);
    assert!(desk.ledger_text().contains("resp.vent"));
}

#[tokio::test]
async fn the_token_is_nowhere_but_in_its_address() {
    let desk = Desk::open().await;
    let link = desk.link(json!({"pin": "471123"})).await;
    listen_to_the_log();
    let token = link.trim_start_matches("/provider-update/");
    let missed = post(&desk.api, &link, &[("do", "open"), ("pin", "0000")]).await;
    assert_eq!(missed.status, StatusCode::UNPROCESSABLE_ENTITY);
    let opened = post(&desk.api, &link, &[("do", "open"), ("pin", "471123")]).await;
    assert!(!opened.html.contains(token), "the page does not repeat its token");
    save_page(&desk, &link, &opened, &[("need/resp.vent", "yes")]).await;
    let log = heard();
    assert!(!log.contains(token) && !log.contains("471123"), "{log}");
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let audited: Vec<Value> = lines
        .filter(|line| line["target"] == "audit")
        .map(|line| json!([line["principal"], line["deed"], line["status"]]))
        .collect();
    let name = format!("invite:{}", &text(&desk.invites().await[0]["id"])[..8]);
    let deed = |what: &str, status: u16| json!([name, format!("provider_update.{what}"), status]);
    assert_eq!(audited, [deed("open", 422), deed("open", 200), deed("save", 200)], "a wrong PIN is of its invite too");
    let metrics = desk.api.get("/metrics").await.text;
    assert!(!metrics.contains(token) && metrics.contains("/provider-update/{token}"));
    assert!(!desk.ledger_text().contains(token));
    assert!(!desk.invites().await.to_string().contains(token));
}
