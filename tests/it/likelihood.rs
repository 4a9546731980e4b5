//! The chance that a referral succeeds comes from recorded answers and outcomes, and is shown with its counts to staff alone.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use placement::hospital::Hospital;
use placement::hospital_id::HospitalId;
use placement::ledger::event::LedgerEvent;
use placement::ledger::sqlite::SqliteLedger;
use placement::serve::ledger_sync::load_initial;
use placement::serve::state::AppState;
use placement::service::Service;
use placement::statements::observation::{Observation, ObservationId, ObservedAnswer, ObservedQuestion};
use placement::statements::outcome_origin::OutcomeOrigin;
use placement::statements::{Outcome, ReferralReply};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::{Api, changed, sample_app};
use crate::pages::{get, post};
use crate::statements::found;

const TODAY: Date = date(2026, 11, 21);
const FORM: [(&str, &str); 5] =
    [("near", "64108"), ("service", "skilled_nursing"), ("coverage", "medicare"), ("need", "resp.vent"), ("limit", "100")];

fn ago(days: i64) -> Date {
    TODAY.checked_sub(days.days()).unwrap()
}

fn heard(id: &str, days: i64, asked: ObservedQuestion, answer: ObservedAnswer) -> LedgerEvent {
    LedgerEvent::Observation(Observation {
        id: ObservationId((id.bytes().map(u128::from).sum::<u128>() * 1_000 + u128::try_from(days).unwrap()).to_be_bytes()),
        hospital: HospitalId::default(),
        unit: None,
        principal: "a test".to_owned(),
        provider: id.parse().unwrap(),
        service: Service::SkilledNursing,
        said_on: ago(days),
        said_by: None,
        asked,
        answer,
        counts_through: ago(days),
    })
}

fn of_vent(id: &str, days: i64, yes: bool) -> LedgerEvent {
    let answer = if yes { ObservedAnswer::Yes } else { ObservedAnswer::No };
    heard(id, days, ObservedQuestion::Need("resp.vent".parse().unwrap()), answer)
}

fn of_room(id: &str, days: i64, room: bool) -> LedgerEvent {
    let answer = if room { ObservedAnswer::Room(None) } else { ObservedAnswer::NoRoom(None) };
    heard(id, days, ObservedQuestion::Room, answer)
}

fn accepted(id: &str, days: i64) -> LedgerEvent {
    LedgerEvent::Outcome(Outcome {
        hospital: HospitalId::default(),
        provider: id.parse().unwrap(),
        service: Service::SkilledNursing,
        asked_on: ago(days),
        reply: ReferralReply::Accepted,
        payer_class: None,
        origin: OutcomeOrigin::Reported,
    })
}

struct Recorded {
    api: Api,
    app: Arc<AppState>,
    _folder: TempDir,
}

impl Recorded {
    async fn open() -> Self {
        let folder = TempDir::new().unwrap();
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).await.unwrap();
        let app = AppState { ledger: Some(Arc::new(ledger)), hospital: Hospital::default(), ..sample_app() };
        load_initial(&app).await;
        let app = Arc::new(app);
        Self { api: Api::over(&app), app, _folder: folder }
    }

    async fn record(&self, entries: impl IntoIterator<Item = LedgerEvent>) {
        for entry in entries {
            self.app.append_event(&entry).await.unwrap();
        }
    }

    async fn asked(&self) -> Value {
        let question = changed(&json!({"needs": ["resp.vent"], "limit": 100}));
        let answer = self.api.post("/v1/matches", question).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()
    }

    /// The first to call for the need.
    async fn first_to_call(&self) -> String {
        let report = self.asked().await;
        let matches = report["matches"].as_array().unwrap();
        let one = matches.iter().find(|found| found["fit"] == "ask_provider").unwrap();
        one["provider"]["id"].as_str().unwrap().to_owned()
    }

    async fn chance(&self, id: &str) -> Value {
        found(&self.asked().await, id).unwrap().clone()
    }

    async fn csv(&self) -> String {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(FORM).finish();
        let request = Request::post("/export/csv").header("content-type", "application/x-www-form-urlencoded");
        self.api.send(request.body(Body::from(body)).unwrap()).await.text
    }
}

/// The counts of a record as the API has them.
fn counted(yes: u32, asked: u32, old_yes: u32, old_asked: u32) -> Value {
    json!({"yes": yes, "asked": asked, "old_yes": old_yes, "old_asked": old_asked})
}

#[tokio::test]
async fn answers_that_no_longer_hold_make_the_chance_with_the_published_rate() {
    let desk = Recorded::open().await;
    let id = desk.first_to_call().await;
    let before = desk.chance(&id).await;
    assert_eq!(before["open_questions"][0]["record"], counted(0, 0, 0, 0));
    desk.record([of_vent(&id, 300, true), of_vent(&id, 100, true), of_vent(&id, 95, false)]).await;
    let chance = desk.chance(&id).await;
    let question = &chance["open_questions"][0];
    assert_eq!((&question["asked"], &question["record"]), (&json!("resp.vent"), &counted(2, 3, 1, 1)));
    let page = get(&desk.api, &format!("/providers/{id}")).await.text();
    assert!(page.contains("asked 3 times, 2 yes (1 of them over 180 days ago: it counts half)"), "{page}");
    assert_eq!(question["usual"], 0.025, "the published rate, whatever was recorded");
    // (1 + 1/2 + 2 x 0.025) / (2 + 1/2 + 2): the answer of 300 days ago counts half.
    assert_eq!((&question["chance"], &chance["likelihood"]), (&json!(0.344_444), &json!(0.344_444)));
    desk.record([of_vent(&id, 366, true)]).await;
    assert_eq!(desk.chance(&id).await["open_questions"][0]["record"]["asked"], 3, "older than a year");
}

#[tokio::test]
async fn room_is_counted_from_calls_and_referrals_and_shown_wherever_staff_look() {
    let desk = Recorded::open().await;
    let id = desk.first_to_call().await;
    let rooms = [(91, true), (60, true), (30, false), (10, true)].map(|(days, room)| of_room(&id, days, room));
    desk.record(rooms.into_iter().chain([of_vent(&id, 100, true), accepted(&id, 5), accepted(&id, 4)])).await;
    let chance = desk.chance(&id).await;
    assert_eq!(chance["room_record"], counted(4, 5, 0, 0));
    let room = chance["room_chance"].as_f64().unwrap();
    let usual = chance["usual_room"].as_f64().unwrap();
    assert!((room - (4.0 + 2.0 * usual) / 7.0).abs() < 1e-5, "{chance}");
    // The directory was built today: what was recorded before is usual.
    assert_eq!(chance["usual_room_record"], counted(4, 5, 0, 0));
    assert!((usual - 5.0 / 7.0).abs() < 1e-5, "{chance}");

    let (said, vent) = ("asked 5 times, had room 4", "asked 1 time, 1 yes");
    let answer = post(&desk.api, "/", &FORM).await.text();
    assert!(answer.contains(said) && answer.contains(vent), "{answer}");
    let csv = desk.csv().await;
    assert!(csv.contains(said) && csv.contains(vent), "{csv}");
    let page = get(&desk.api, &format!("/providers/{id}")).await.text();
    assert!(page.contains(said) && page.contains(vent), "{page}");
    let with = |name: &'static str| FORM.into_iter().chain([(name, id.as_str())]).collect::<Vec<_>>();
    let sheet = post(&desk.api, "/call-sheet", &with("pick")).await.text();
    assert!(sheet.contains(said) && !sheet.contains("may be quicker"), "{sheet}");
    let about = post(&desk.api, "/what-about", &with("provider")).await.text();
    assert!(about.contains(said) && about.contains(vent), "{about}");
    let other = desk.asked().await["matches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| found["provider"]["id"].clone())
        .find(|other| *other != json!(id))
        .unwrap();
    let pair: Vec<_> = with("pick").into_iter().chain([("pick", other.as_str().unwrap())]).collect();
    let compared = post(&desk.api, "/compare", &pair).await.text();
    assert!(compared.contains(said) && compared.contains(vent), "{compared}");
    let provider = desk.api.get(&format!("/v1/providers/{id}")).await.json();
    let lines = provider["provider"]["services"].as_array().unwrap();
    let line = lines.iter().find(|line| line["service"] == "skilled_nursing").unwrap();
    assert_eq!(line["room_record"], counted(4, 5, 0, 0));
    assert_eq!(line["need_records"], json!([{"need": "resp.vent", "yes": 1, "asked": 1, "old_yes": 0, "old_asked": 0}]));

    let list = json!({"discharge": changed(&json!({})), "financial_interests": []});
    let list = desk.api.post("/v1/choice-lists", list).await;
    for word in ["asked 5 times", "had room", "room_record", "need_records", "usual yes"] {
        assert!(!list.text.contains(word), "{word} is for staff");
    }
    // With the need known, what is left is room.
    desk.record([of_vent(&id, 0, true)]).await;
    let sheet = post(&desk.api, "/call-sheet", &with("pick")).await.text();
    assert!(sheet.contains("Chance 77.6%: a referral without a call first may be quicker"), "{sheet}");
    // A need that only a call can ask is open.
    let fields: Vec<_> = with("pick").into_iter().chain([("need_words", "service dog")]).collect();
    let sheet = post(&desk.api, "/call-sheet", &fields).await.text();
    assert!(sheet.contains("service dog") && !sheet.contains("may be quicker"), "{sheet}");
}

#[tokio::test]
async fn ten_answers_are_as_good_as_a_published_rate() {
    let desk = Recorded::open().await;
    let asked = async || {
        let question = changed(&json!({"needs": ["inf.abx"], "limit": 1000}));
        desk.api.post("/v1/matches", question).await.json()["matches"].as_array().unwrap().clone()
    };
    let to_call: Vec<String> = {
        let matches = asked().await;
        let to_call = matches.iter().filter(|found| found["fit"] == "ask_provider");
        to_call.map(|found| found["provider"]["id"].as_str().unwrap().to_owned()).collect()
    };
    let (id, least) = (to_call.first().unwrap(), to_call.last().unwrap());
    // The last of those to call meets the requirement now.
    desk.record([heard(least, 1, ObservedQuestion::Need("inf.abx".parse().unwrap()), ObservedAnswer::Yes)]).await;
    let yes = |days| heard(id, days, ObservedQuestion::Need("inf.abx".parse().unwrap()), ObservedAnswer::Yes);
    let place = async || {
        let matches = asked().await;
        let last = matches.iter().rposition(|found| found["fit"] == "meets").unwrap();
        let own = matches.iter().position(|found| found["provider"]["id"] == id.as_str()).unwrap();
        (matches[own]["fit"].clone(), matches[own]["likelihood"].as_f64().unwrap(), own < last)
    };
    // No rate is published, and nothing is usual yet: (9 + 1) / (9 + 2).
    desk.record((91..100).map(yes)).await;
    let (fit, likelihood, stands_among) = place().await;
    assert!(fit == "ask_provider" && likelihood > 0.8 && !stands_among, "nine are too few: {likelihood}");
    desk.record([yes(100)]).await;
    let (fit, _, stands_among) = place().await;
    assert!(fit == "ask_provider" && stands_among, "it keeps its words and stands among those that meet the requirements");
}

#[tokio::test]
async fn a_class_of_payers_is_shown_by_itself_from_ten_referrals_on() {
    let desk = Recorded::open().await;
    let id = desk.first_to_call().await;
    let tell = async |reply: &str, class: &str| {
        let body = json!({"provider": id, "service": "skilled_nursing", "reply": reply, "payer_class": class});
        desk.api.post("/v1/outcomes", body).await
    };
    for number in 0..9 {
        let reply = if number % 3 == 0 { "declined" } else { "accepted" };
        let answer = tell(reply, "medicare_advantage").await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        assert_eq!(answer.json()["outcomes"]["by_payer_class"], Value::Null, "nine say nothing");
    }
    let tenth = tell("no_reply", "medicare_advantage").await.json();
    let class = json!([{"payer_class": "medicare_advantage", "took": 6, "asked": 10}]);
    assert_eq!(tenth["outcomes"], json!({"took": 6, "asked": 10, "days": 90, "by_payer_class": class}));
    assert_eq!(found(&desk.asked().await, &id).unwrap()["outcomes"]["by_payer_class"], class);
    let says = "Accepted 6 of 10 referrals (90 days); Medicare Advantage 6 of 10";
    assert!(get(&desk.api, &format!("/providers/{id}")).await.text().contains(says));
    assert!(desk.csv().await.contains(says));
    assert_eq!(tell("accepted", "rich").await.faults(), [("/payer_class".to_owned(), "no_such_payer_class".to_owned())]);
}

#[tokio::test]
async fn the_call_sheet_asks_for_the_plan_then_for_open_needs_and_last_for_room() {
    let desk = Recorded::open().await;
    let unknown = json!({"plan_name": "Evergreen Choice HMO", "known": false});
    let question = changed(&json!({"needs": ["resp.vent"], "coverage": unknown, "limit": 100}));
    let report = desk.api.post("/v1/matches", question).await.json();
    let calls = report["call_sheet"].as_array().unwrap();
    let starts = ["Are you in network for Evergreen", "Will you take a patient who needs", "Will you have a bed"];
    let asks_all = |call: &&Value| {
        let questions = call["questions"].as_array().unwrap();
        questions.len() == 3 && questions[1].as_str().unwrap().starts_with(starts[1])
    };
    let call = calls.iter().find(asks_all).unwrap_or_else(|| panic!("{calls:?}"));
    for (question, start) in call["questions"].as_array().unwrap().iter().zip(starts) {
        assert!(question.as_str().unwrap().starts_with(start), "{call}");
    }
    let ranks: Vec<u64> = calls.iter().map(|call| call["rank"].as_u64().unwrap()).collect();
    assert!(ranks.is_sorted(), "in the order of the answer: {ranks:?}");
}
