//! What units of a hospital heard by telephone: recorded, used in the next answer, withdrawn, and
//! never overwritten by another desk.

use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use jiff::Zoned;
use placement::hospital::Hospital;
use placement::ledger::sqlite::SqliteLedger;
use placement::serve::ledger_sync::load_initial;
use placement::serve::state::AppState;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::{Answer, Api, changed, sample_app};
use crate::pages::{get, post};
use crate::statements::found;

pub(crate) const UNIT: &str = "4 West";

/// A server of the hospital `id` with its ledger in `folder`, at the time of `now`.
async fn app_of(folder: &Path, id: &str, now: Option<fn() -> Zoned>) -> AppState {
    let ledger = SqliteLedger::open(&folder.join("ledger.sqlite")).await.unwrap();
    let hospital = Hospital { id: id.parse().unwrap(), units: vec![UNIT.to_owned()], ..Hospital::default() };
    let app = sample_app();
    let app = AppState { ledger: Some(Arc::new(ledger)), hospital, now: now.unwrap_or(app.now), ..app };
    load_initial(&app).await;
    app
}

pub(crate) async fn desk() -> (Api, TempDir) {
    let folder = TempDir::new().unwrap();
    (Api::new(app_of(folder.path(), "default", None).await), folder)
}

/// A question to which the providers of the sample answer differently.
fn asking() -> Value {
    changed(&json!({"needs": ["resp.vent"], "limit": 100}))
}

async fn asked(api: &Api, question: &Value) -> Value {
    let answer = api.post("/v1/matches", question).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.json()
}

/// The first match of that fit, by its id.
fn first_of(report: &Value, fit: &str) -> String {
    let matches = report["matches"].as_array().unwrap();
    let one = matches.iter().find(|found| found["fit"] == fit).unwrap_or_else(|| panic!("no {fit}"));
    one["provider"]["id"].as_str().unwrap().to_owned()
}

fn heard(id: &str, more: &Value) -> Value {
    let mut item = json!({"provider": id, "service": "skilled_nursing", "said_by": "admissions", "unit": UNIT});
    item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    item
}

async fn sent(api: &Api, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    let request = Request::post(path).header("content-type", "application/json");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    api.send(request.body(Body::from(body.to_string())).unwrap()).await
}

async fn report(api: &Api, id: &str, more: &Value) -> Value {
    let answer = sent(api, "/v1/observations", &[], &json!({"observations": [heard(id, more)]})).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    answer.json()["observations"][0].clone()
}

async fn history(api: &Api, id: &str) -> (String, Vec<Value>) {
    let answer = api.get(&format!("/v1/observations?provider={id}")).await;
    assert_eq!((answer.status, answer.header("cache-control")), (StatusCode::OK, "no-store"), "{}", answer.text);
    (answer.header("etag").to_owned(), answer.json()["observations"].as_array().unwrap().clone())
}

fn fit(report: &Value, id: &str) -> Value {
    found(report, id).map_or(Value::Null, |found| found["fit"].clone())
}

fn need_answer(found: &Value) -> &Value {
    let answers = found["acceptance"]["answers"].as_array().unwrap();
    answers.iter().find(|answer| answer["need"] == "resp.vent").unwrap()
}

#[tokio::test]
async fn the_next_answer_has_what_was_heard_with_its_source_and_expiry() {
    let (api, _folder) = desk().await;
    let before = asked(&api, &asking()).await;
    let id = first_of(&before, "ask_provider");
    report(&api, &id, &json!({"need": "resp.vent", "answer": "yes"})).await;
    let after = asked(&api, &asking()).await;
    assert_eq!(fit(&after, &id), "meets");
    let answer = need_answer(found(&after, &id).unwrap()).clone();
    assert_eq!(
        json!([answer["answer"], answer["source"], answer["as_of"], answer["holds_until"]]),
        json!(["yes", "told to the hospital by telephone", "2026-11-21", "2027-02-19"])
    );
    report(&api, &id, &json!({"answer": "room"})).await;
    let after = asked(&api, &asking()).await;
    assert_eq!(fit(&after, &id), "ready");
    let room = &found(&after, &id).unwrap()["availability"];
    assert_eq!(json!([room["source"], room["holds_until"]]), json!(["told to 4 West by telephone", "2026-11-24"]));
    report(&api, &id, &json!({"need": "resp.vent", "answer": "no"})).await;
    let why = api.post("/v1/explain", json!({"discharge": asking(), "provider": id})).await.json();
    assert_eq!(why["bars"][0]["reason"], "declines:resp.vent");
    assert_eq!(why["bars"][0]["source"], "told to the hospital by telephone");
}

#[tokio::test]
async fn the_own_word_of_a_provider_comes_first_and_then_the_telephone() {
    let (api, _folder) = desk().await;
    let before = asked(&api, &asking()).await;
    let id = first_of(&before, "meets");
    report(&api, &id, &json!({"need": "resp.vent", "answer": "no"})).await;
    assert_eq!(fit(&asked(&api, &asking()).await, &id), Value::Null, "above the files");
    let path = format!("/v1/providers/{id}/statements");
    let own = json!({"statements": [{"service": "skilled_nursing", "need": "resp.vent", "answer": true}]});
    assert_eq!(api.put(&path, own).await.status, StatusCode::OK);
    let after = asked(&api, &asking()).await;
    assert_eq!(need_answer(found(&after, &id).unwrap())["source"], "the provider's own statement");
    let provider = api.get(&format!("/v1/providers/{id}")).await.json();
    let lines = provider["provider"]["services"].as_array().unwrap();
    let line = lines.iter().find(|line| line["service"] == "skilled_nursing").unwrap();
    let answers = line["answers"].as_array().unwrap();
    let answer = answers.iter().find(|answer| answer["need"] == "resp.vent").unwrap();
    assert_eq!(answer["others"][0]["source"], "told to the hospital by telephone", "what did not win stays visible");

    report(&api, &id, &json!({"answer": "no_room"})).await;
    assert_eq!(fit(&asked(&api, &asking()).await, &id), "no_room");
    let rooms = json!({"availability": [{"service": "skilled_nursing", "room": true, "until": "2026-11-30"}]});
    assert_eq!(api.put(&format!("/v1/providers/{id}/availability"), rooms).await.status, StatusCode::OK);
    assert_eq!(fit(&asked(&api, &asking()).await, &id), "ready");
}

#[tokio::test]
async fn no_room_ranks_by_the_day_room_begins_however_far() {
    let (api, _folder) = desk().await;
    let id = first_of(&asked(&api, &asking()).await, "meets");
    report(&api, &id, &json!({"answer": "no_room", "through": "2027-06-01"})).await;
    let after = asked(&api, &asking()).await;
    assert_eq!(fit(&after, &id), "no_room");
    assert_eq!(found(&after, &id).unwrap()["availability"]["room_from"], "2027-06-02");
    report(&api, &id, &json!({"answer": "room", "from": "2026-11-23"})).await;
    for (day, expected) in
        [("2026-11-22", "no_room"), ("2026-11-23", "ready"), ("2026-11-24", "ready"), ("2026-11-25", "meets")]
    {
        let mut question = asking();
        question["discharge_on"] = json!(day);
        assert_eq!(fit(&asked(&api, &question).await, &id), expected, "{day}");
    }
}

#[tokio::test]
async fn an_acceptance_ends_a_room_that_was_said_before_it() {
    let (api, _folder) = desk().await;
    let id = first_of(&asked(&api, &asking()).await, "meets");
    report(&api, &id, &json!({"answer": "room"})).await;
    assert_eq!(fit(&asked(&api, &asking()).await, &id), "ready");
    let outcome = json!({"provider": id, "service": "skilled_nursing", "reply": "accepted"});
    assert_eq!(api.post("/v1/outcomes", outcome).await.status, StatusCode::CREATED);
    assert_eq!(fit(&asked(&api, &asking()).await, &id), "meets", "the bed is taken");
    assert_eq!(history(&api, &id).await.1[0]["state"], "over");
    report(&api, &id, &json!({"answer": "room"})).await;
    assert_eq!(fit(&asked(&api, &asking()).await, &id), "ready", "said after it");
}

#[tokio::test]
async fn nobody_answering_is_history_and_decides_nothing() {
    let (api, _folder) = desk().await;
    let before = asked(&api, &asking()).await;
    let id = first_of(&before, "meets");
    let call = json!({"provider": id, "service": "skilled_nursing", "answer": "left_message", "unit": UNIT});
    assert_eq!(sent(&api, "/v1/observations", &[], &json!({"observations": [call]})).await.status, StatusCode::CREATED);
    let mut after = asked(&api, &asking()).await;
    for part in ["directory", "list_id"] {
        after[part] = before[part].clone();
    }
    assert_eq!(after, before);
    let (_, records) = history(&api, &id).await;
    assert_eq!(json!([records[0]["answer"], records[0]["state"]]), json!(["left_message", "history_only"]));
}

#[tokio::test]
async fn a_withdrawal_ends_an_answer_and_the_history_stays() {
    let (api, _folder) = desk().await;
    let before = asked(&api, &asking()).await;
    let id = first_of(&before, "meets");
    report(&api, &id, &json!({"need": "resp.vent", "answer": "yes"})).await;
    let no = report(&api, &id, &json!({"need": "resp.vent", "answer": "no"})).await;
    let path = format!("/v1/observations/{}/withdraw", no["id"].as_str().unwrap());
    let (version, _) = history(&api, &id).await;
    let answer = sent(&api, &path, &[("if-match", &version)], &json!({})).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let after = asked(&api, &asking()).await;
    assert_eq!(need_answer(found(&after, &id).unwrap()), need_answer(found(&before, &id).unwrap()), "the files again");
    let (now, records) = history(&api, &id).await;
    let states: Vec<_> = records.iter().map(|record| json!([record["answer"], record["state"]])).collect();
    assert_eq!(states, [json!(["withdrawn", "history_only"]), json!(["no", "withdrawn"]), json!(["yes", "replaced"])]);
    assert_ne!(now, version);
    let again = sent(&api, &path, &[], &json!({})).await;
    assert_eq!((again.status, &again.json()["code"]), (StatusCode::PRECONDITION_FAILED, &json!("changed")));
    let none = sent(&api, "/v1/observations/0123456789abcdef0123456789abcdef/withdraw", &[], &json!({})).await;
    assert_eq!((none.status, &none.json()["code"]), (StatusCode::NOT_FOUND, &json!("no_such_observation")));
}

#[tokio::test]
async fn a_desk_that_has_not_seen_the_newest_record_gets_both() {
    let (api, _folder) = desk().await;
    let id = first_of(&asked(&api, &asking()).await, "meets");
    let (version, records) = history(&api, &id).await;
    assert_eq!((version.as_str(), records.len()), ("\"none\"", 0));
    let body = |answer: &str| json!({"observations": [heard(&id, &json!({"need": "resp.vent", "answer": answer}))]});
    let first = sent(&api, "/v1/observations", &[("if-match", &version)], &body("no")).await;
    assert_eq!(first.status, StatusCode::CREATED);
    let second = sent(&api, "/v1/observations", &[("if-match", &version)], &body("yes")).await;
    assert_eq!(second.status, StatusCode::PRECONDITION_FAILED, "{}", second.text);
    let conflict = second.json()["conflict"].clone();
    assert_eq!(json!([conflict["current"][0]["answer"], conflict["yours"][0]["answer"]]), json!(["no", "yes"]));
    assert_eq!(first.header("etag"), format!("\"{}\"", conflict["version"].as_str().unwrap()));
    let third = sent(&api, "/v1/observations", &[("if-match", first.header("etag"))], &body("yes")).await;
    assert_eq!(third.status, StatusCode::CREATED, "{}", third.text);
    for (sent_tag, code) in [("none", "not_a_version"), ("*", "not_a_version")] {
        let refused = sent(&api, "/v1/observations", &[("if-match", sent_tag)], &body("yes")).await;
        assert_eq!(refused.faults(), [("If-Match".to_owned(), code.to_owned())]);
    }
}

#[tokio::test]
async fn the_same_request_with_the_same_key_is_recorded_once() {
    let (api, folder) = desk().await;
    let id = first_of(&asked(&api, &asking()).await, "meets");
    let body = json!({"observations": [heard(&id, &json!({"answer": "room"}))]});
    let key = [("idempotency-key", "call-Kanarienvogel")];
    let first = sent(&api, "/v1/observations", &key, &body).await;
    let again = sent(&api, "/v1/observations", &key, &body).await;
    assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::CREATED), "{}", again.text);
    assert_eq!(first.json()["observations"][0]["id"], again.json()["observations"][0]["id"]);
    assert_eq!(history(&api, &id).await.1.len(), 1);
    let other = json!({"observations": [heard(&id, &json!({"answer": "no_room"}))]});
    let reused = sent(&api, "/v1/observations", &key, &other).await;
    assert_eq!((reused.status, &reused.json()["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("key_reused")));

    let withdrawal = format!("/v1/observations/{}/withdraw", first.json()["observations"][0]["id"].as_str().unwrap());
    let withdrawn = sent(&api, &withdrawal, &key, &json!({})).await;
    let again = sent(&api, &withdrawal, &key, &json!({})).await;
    assert_eq!((withdrawn.status, again.status), (StatusCode::CREATED, StatusCode::CREATED), "{}", again.text);
    assert_eq!(withdrawn.json()["observations"][0]["id"], again.json()["observations"][0]["id"]);
    let other = sent(&api, &withdrawal, &[("idempotency-key", "another")], &json!({})).await;
    assert_eq!(other.status, StatusCode::PRECONDITION_FAILED, "it is withdrawn already");

    let outcome = json!({"provider": id, "service": "skilled_nursing", "reply": "declined"});
    for _ in 0..7 {
        let answer = sent(&api, "/v1/outcomes", &key, &outcome).await;
        assert_eq!((answer.status, &answer.json()["outcomes"]), (StatusCode::CREATED, &Value::Null), "counted once");
    }
    drop(api);
    let kept = std::fs::read(folder.path().join("ledger.sqlite")).unwrap();
    assert!(!kept.windows(13).any(|window| window == b"Kanarienvogel"), "the key as sent is not kept");
}

#[tokio::test]
async fn a_unit_is_named_for_a_need_once_it_has_asked_often_enough() {
    let (api, _folder) = desk().await;
    let report_of = asked(&api, &asking()).await;
    let matches = report_of["matches"].as_array().unwrap();
    let ids: Vec<String> = matches.iter().take(5).map(|found| found["provider"]["id"].as_str().unwrap().to_owned()).collect();
    for (at, id) in ids.iter().enumerate() {
        let record = report(&api, id, &json!({"need": "resp.vent", "answer": "yes"})).await;
        assert_eq!(record["unit"], if at < 4 { Value::Null } else { json!(UNIT) }, "{at}");
    }
    let after = asked(&api, &asking()).await;
    for id in &ids {
        assert_eq!(need_answer(found(&after, id).unwrap())["source"], "told to 4 West by telephone", "the first too");
    }
}

#[tokio::test]
async fn corrections_of_one_call_do_not_name_the_unit() {
    let (api, _folder) = desk().await;
    let id = first_of(&asked(&api, &asking()).await, "meets");
    for answer in ["yes", "no", "yes", "no", "yes", "no"] {
        let record = report(&api, &id, &json!({"need": "resp.vent", "answer": answer})).await;
        assert_eq!(record["unit"], Value::Null, "one patient could be told by it");
    }
}

#[tokio::test]
async fn what_was_heard_of_a_plan_counts_against_an_older_directory() {
    let (api, _folder) = desk().await;
    let plan = "Larkwater Choice HMO";
    let question = changed(&json!({"coverage": {"plan": plan}, "limit": 100}));
    let before = asked(&api, &question).await;
    let listed: Vec<&Value> =
        before["matches"].as_array().unwrap().iter().filter(|found| found["network"]["status"] == "in_network").collect();
    let id = listed.first().unwrap_or_else(|| panic!("{}", before["counts"]))["provider"]["id"].as_str().unwrap().to_owned();
    report(&api, &id, &json!({"plan": plan, "answer": "no"})).await;
    let after = asked(&api, &question).await;
    let network = &found(&after, &id).unwrap()["network"];
    assert_eq!(
        json!([network["status"], network["source"], network["as_of"]]),
        json!(["out_of_network", "told to 4 West by telephone", "2026-11-21"])
    );
    assert_eq!(fit(&after, &id), "out_of_network");
    report(&api, &id, &json!({"plan": plan, "answer": "yes"})).await;
    assert_eq!(found(&asked(&api, &question).await, &id).unwrap()["network"]["status"], "in_network");
}

#[tokio::test]
async fn every_surface_shows_what_was_heard_with_its_source() {
    let (api, _folder) = desk().await;
    let before = asked(&api, &asking()).await;
    let (id, other) = (first_of(&before, "ask_provider"), first_of(&before, "meets"));
    report(&api, &id, &json!({"need": "resp.vent", "answer": "yes"})).await;
    report(&api, &id, &json!({"answer": "room"})).await;
    let fields = [
        ("near", "64108"),
        ("service", "skilled_nursing"),
        ("coverage", "medicare"),
        ("need", "resp.vent"),
        ("limit", "100"),
        ("pick", id.as_str()),
        ("pick", other.as_str()),
    ];
    let (need, room) = ("told to the hospital by telephone", "told to 4 West by telephone");
    let answer = post(&api, "/", &fields).await.text();
    assert!(answer.contains(need) && answer.contains(room), "{answer}");
    let why = post(&api, "/what-about", &[&fields[..], &[("provider", id.as_str())]].concat()).await.text();
    assert!(why.contains(need) && why.contains(room), "{why}");
    let page = get(&api, &format!("/providers/{id}")).await.text();
    assert!(page.contains(need) && page.contains(room), "{page}");
    let sheet = post(&api, "/call-sheet", &fields).await.text();
    assert!(sheet.contains(room), "{sheet}");
    let compared = post(&api, "/compare", &fields).await.html;
    let table = post(&api, "/export/csv", &fields).await.html;
    assert!(compared.contains(need) && compared.contains(room), "{compared}");
    assert!(table.contains(room), "{table}");
    let provider = api.get(&format!("/v1/providers/{id}")).await.text;
    assert!(provider.contains(need) && provider.contains(room), "{provider}");
}

fn in_four_days() -> Zoned {
    "2026-11-25T09:00:00-06:00[America/Chicago]".parse().unwrap()
}

fn in_ninety_one_days() -> Zoned {
    "2027-02-20T09:00:00-06:00[America/Chicago]".parse().unwrap()
}

#[tokio::test]
async fn answers_end_by_themselves() {
    let (api, folder) = desk().await;
    let id = first_of(&asked(&api, &asking()).await, "ask_provider");
    report(&api, &id, &json!({"need": "resp.vent", "answer": "yes"})).await;
    report(&api, &id, &json!({"answer": "room"})).await;
    assert_eq!(fit(&asked(&api, &asking()).await, &id), "ready");
    let later = Api::new(app_of(folder.path(), "default", Some(in_four_days)).await);
    let mut question = asking();
    question["discharge_on"] = json!("2026-11-25");
    assert_eq!(fit(&asked(&later, &question).await, &id), "meets", "room counts three days");
    let states: Vec<Value> = history(&later, &id).await.1.iter().map(|record| record["state"].clone()).collect();
    assert_eq!(states, ["over", "holds"]);
    let later = Api::new(app_of(folder.path(), "default", Some(in_ninety_one_days)).await);
    question["discharge_on"] = json!("2027-02-20");
    assert_eq!(fit(&asked(&later, &question).await, &id), "ask_provider", "a need counts ninety days");
}

#[tokio::test]
async fn hospitals_that_share_a_ledger_see_their_own_records_alone() {
    let folder = TempDir::new().unwrap();
    let mercy = Api::new(app_of(folder.path(), "mercy", None).await);
    let id = first_of(&asked(&mercy, &asking()).await, "meets");
    let no = report(&mercy, &id, &json!({"need": "resp.vent", "answer": "no"})).await;
    for _ in 0..5 {
        let outcome = json!({"provider": id, "service": "skilled_nursing", "reply": "accepted"});
        assert_eq!(mercy.post("/v1/outcomes", outcome).await.status, StatusCode::CREATED);
    }
    let other = Api::new(app_of(folder.path(), "other", None).await);
    let after = asked(&other, &asking()).await;
    assert_eq!((fit(&after, &id), &found(&after, &id).unwrap()["outcomes"]), (json!("meets"), &Value::Null));
    assert_eq!(history(&other, &id).await, ("\"none\"".to_owned(), Vec::new()));
    let path = format!("/v1/observations/{}/withdraw", no["id"].as_str().unwrap());
    assert_eq!(sent(&other, &path, &[], &json!({})).await.status, StatusCode::NOT_FOUND);
    let version = [("if-match", "\"none\"")];
    let body = json!({"observations": [heard(&id, &json!({"answer": "room"}))]});
    assert_eq!(sent(&other, "/v1/observations", &version, &body).await.status, StatusCode::CREATED, "its own version");
}

#[tokio::test]
async fn nothing_about_a_patient_and_no_free_text_is_taken() {
    let (api, _folder) = desk().await;
    let id = first_of(&asked(&api, &asking()).await, "meets");
    for (field, value) in [
        ("patient", json!("Zebulon Quagmire")),
        ("note", json!("Zebulon in room 4")),
        ("zip", json!("64108")),
        ("question", asking()),
        ("said_by", json!("Mrs. Quagmire")),
        ("unit", json!("room 4, Zebulon")),
        ("plan", json!("the plan of Zebulon")),
    ] {
        let mut item = heard(&id, &json!({"answer": "yes"}));
        item[field] = value;
        let answer = sent(&api, "/v1/observations", &[], &json!({"observations": [item]})).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}: {}", answer.text);
        assert!(answer.faults().iter().any(|(at, _)| at == &format!("/observations/0/{field}")), "{}", answer.text);
        assert!(!answer.text.contains("Zebulon") && !answer.text.contains("Quagmire"), "{}", answer.text);
    }
    assert!(history(&api, &id).await.1.is_empty());
}
