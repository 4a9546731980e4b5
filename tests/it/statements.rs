//! Provider statements: sent by a program, and shown in answers.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use jiff::Zoned;
use placement::api_keys::secret::{Secret, SecretKind};
use placement::api_keys::{KeyRecord, Scope};
use placement::catalog::SharedCatalog;
use placement::config::server::{AccessConfig, ServerConfig};
use placement::ledger::event::LedgerEvent;
use placement::ledger::sqlite::SqliteLedger;
use placement::sample;
use placement::serve::ledger_sync::load_initial;
use placement::serve::state::AppState;
use placement::service::Service;
use placement::statements::stated_details::StatedDetails;
use placement::statements::{Statement, StatementValue, Statements};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::{Answer, Api, TODAY, changed, publish, sample_app};
use crate::overlay_equals_rebuild::told;
use crate::pages::{get, post};

/// A server with a ledger in `folder`.
pub(crate) async fn app(folder: &Path) -> AppState {
    let ledger = SqliteLedger::open(&folder.join("ledger.sqlite")).await.unwrap();
    AppState { ledger: Some(Arc::new(ledger)), ..sample_app() }
}

/// The same, with its ledger loaded.
async fn reading(folder: &Path) -> AppState {
    let app = app(folder).await;
    load_initial(&app).await;
    app
}

pub(crate) async fn desk() -> (Api, TempDir) {
    let folder = TempDir::new().unwrap();
    (Api::new(app(folder.path()).await), folder)
}

async fn asked(api: &Api, question: &Value) -> Value {
    let answer = api.post("/v1/matches", question).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.json()
}

/// The first match that is ready, by its id.
fn first_ready(report: &Value) -> String {
    let ready = report["matches"]
        .as_array()
        .unwrap()
        .iter()
        .find(|found| found["fit"] == "ready" || found["fit"] == "meets")
        .unwrap();
    ready["provider"]["id"].as_str().unwrap().to_owned()
}

pub(crate) fn found<'a>(report: &'a Value, id: &str) -> Option<&'a Value> {
    report["matches"].as_array().unwrap().iter().find(|found| found["provider"]["id"] == id)
}

/// A question to which some nursing facilities of the sample answer yes.
fn asking() -> Value {
    changed(&json!({"needs": ["resp.vent"]}))
}

/// The same with `changes`.
fn asking_with(changes: &Value) -> Value {
    let mut asked = asking();
    for (name, value) in changes.as_object().unwrap() {
        asked[name] = value.clone();
    }
    asked
}

/// A statement that the provider does or does not accept the need of [`asking`].
fn says(answer: bool) -> Value {
    json!({"statements": [{"service": "skilled_nursing", "need": "resp.vent", "answer": answer}]})
}

fn done(answer: &Answer) -> Value {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.json()
}

#[tokio::test]
async fn the_next_answer_holds_what_a_provider_says_and_shows_what_it_said_before() {
    let (api, _folder) = desk().await;
    let before = asked(&api, &asking()).await;
    let id = first_ready(&before);
    let network = found(&before, &id).unwrap()["network"].clone();
    assert_eq!(before["directory"].get("told"), None, "nothing was told");

    done(&api.put(&format!("/v1/providers/{id}/statements"), says(false)).await);
    let after = asked(&api, &asking()).await;
    assert!(found(&after, &id).is_none());
    let count = |report: &Value, pointer: &str| report.pointer(pointer).and_then(Value::as_i64).unwrap_or(0);
    assert_eq!(count(&after, "/counts/meets"), count(&before, "/counts/meets") - 1);
    let declines = "/left_out/by_reason/declines:resp.vent";
    assert_eq!(count(&after, declines), count(&before, declines) + 1);
    assert_eq!(after["directory"]["told"], 1);
    assert_ne!(after["list_id"], before["list_id"]);

    let body = json!({"discharge": asking(), "provider": id});
    let why = api.post("/v1/explain", body).await.json();
    let bar = &why["bars"][0];
    assert_eq!((&bar["reason"], &bar["source"]), (&json!("declines:resp.vent"), &json!("the provider's own statement")));
    assert_eq!((&bar["as_of"], &bar["holds_until"]), (&json!("2026-11-21"), &json!("2027-02-19")));
    assert_eq!(why["network"], network, "a provider's word is never of its network");

    let provider = api.get(&format!("/v1/providers/{id}")).await.json();
    let lines = provider["provider"]["services"].as_array().unwrap();
    let line = lines.iter().find(|line| line["service"] == "skilled_nursing").unwrap();
    let answers = line["answers"].as_array().unwrap();
    let told = answers.iter().find(|answer| answer["need"] == "resp.vent").unwrap();
    assert_eq!((&told["answer"], &told["others"][0]["value"]), (&json!("no"), &json!(true)), "{told}");
}

#[tokio::test]
async fn what_is_taken_back_leaves_the_directory_as_the_night_found_it() {
    let (api, _folder) = desk().await;
    let before = asked(&api, &asking()).await;
    let path = format!("/v1/providers/{}/statements", first_ready(&before));
    done(&api.put(&path, says(false)).await);
    let empty = done(&api.put(&path, json!({"statements": []})).await);
    assert_eq!((&empty["statements"], &empty["said_on"]), (&json!([]), &json!("2026-11-21")));
    let mut after = asked(&api, &asking()).await;
    assert_eq!(after["directory"]["told"], 2, "that nothing is said was told, too");
    for part in ["directory", "list_id"] {
        after[part] = before[part].clone();
    }
    assert_eq!(after, before);
}

#[tokio::test]
async fn the_last_word_replaces_the_one_before_and_is_read_back_as_it_stands() {
    let (api, _folder) = desk().await;
    let id = first_ready(&asked(&api, &asking()).await);
    let (statements, rooms) = (format!("/v1/providers/{id}/statements"), format!("/v1/providers/{id}/availability"));
    for path in [&statements, &rooms] {
        let nothing = done(&api.get(path).await);
        assert_eq!((&nothing["provider"], &nothing["said_on"]), (&json!(id), &Value::Null), "nothing said yet");
    }
    done(&api.put(&statements, says(false)).await);
    let told = done(
        &api.put(
            &statements,
            json!({"statements": [
                {"service": "skilled_nursing", "limit": "size.max_lb", "value": 420, "expires_on": "2026-12-01"},
                {"service": "hospice", "need": "resp.vent", "answer": true}
            ]}),
        )
        .await,
    );
    assert_eq!(
        told,
        json!({"provider": id, "in_directory": true, "said_on": "2026-11-21", "statements": [
            {"service": "skilled_nursing", "limit": "size.max_lb", "value": 420, "expires_on": "2026-12-01", "state": "holds"},
            {"service": "hospice", "need": "resp.vent", "answer": true, "expires_on": "2027-02-19", "state": "without_effect",
                "why": "the directory does not list this service of the provider"}
        ], "services": [], "admissions": null})
    );
    let told = done(&api.put(&rooms, json!({"availability": [{"service": "skilled_nursing", "room": true}]})).await);
    assert_eq!(
        told["availability"],
        json!([{"service": "skilled_nursing", "from": "2026-11-21", "until": "2026-11-21", "room": true, "beds": null,
            "state": "holds"}])
    );
    assert_eq!(done(&api.get(&rooms).await), told);
    let heavy = asking_with(&json!({"patient": {"weight_lb": 410}}));
    let found_heavy = asked(&api, &heavy).await;
    let answers = found(&found_heavy, &id).unwrap()["acceptance"]["answers"].as_array().unwrap().clone();
    let weight = answers.iter().find(|answer| answer["limit"] == "size.max_lb").unwrap();
    assert_eq!((&weight["answer"], &weight["note"]), (&json!("yes"), &json!("420 lb > 410 lb")));
}

#[tokio::test]
async fn room_counts_on_its_days_and_says_which() {
    let (api, _folder) = desk().await;
    let id = first_ready(&asked(&api, &asking()).await);
    let path = format!("/v1/providers/{id}/availability");
    let body = json!({"availability": [
        {"service": "skilled_nursing", "from": "2026-11-22", "until": "2026-11-24", "room": true, "beds": 2},
        {"service": "skilled_nursing", "from": "2026-11-25", "until": "2026-11-25", "room": false}
    ]});
    done(&api.put(&path, body).await);
    for (day, answer, why) in [
        ("2026-11-21", "unknown", "bed availability not reported"),
        ("2026-11-22", "yes", "beds available Nov 22 to Nov 24, 2 beds"),
        ("2026-11-24", "yes", "beds available Nov 22 to Nov 24, 2 beds"),
        ("2026-11-25", "no", "no room on Nov 25"),
        ("2026-11-26", "unknown", "bed availability not reported"),
    ] {
        let report = asked(&api, &asking_with(&json!({"discharge_on": day, "limit": 100}))).await;
        let one = found(&report, &id).unwrap();
        assert_eq!(one["availability"]["answer"], answer, "{day}");
        let part = one["parts"].as_array().unwrap().iter().find(|part| part["part"] == "availability").unwrap();
        assert_eq!(part["why"], why, "{day}");
        if answer == "yes" {
            let said = json!({"answer": "yes", "source": "the provider's own statement", "as_of": "2026-11-21",
                "verified_at": null, "holds_until": "2026-11-24", "room_from": null, "from": "2026-11-22", "until": "2026-11-24", "beds": 2});
            assert_eq!(one["availability"], said);
        }
    }
}

#[tokio::test]
async fn pages_show_what_is_said_with_its_source_and_its_day() {
    let (api, _folder) = desk().await;
    let fields =
        [("near", "64108"), ("service", "skilled_nursing"), ("coverage", "medicare"), ("on", "2026-11-22"), ("limit", "100")];
    let report = asked(&api, &asking()).await;
    let id = first_ready(&report);
    let body = json!({"availability": [
        {"service": "skilled_nursing", "from": "2026-11-22", "until": "2026-11-24", "room": true, "beds": 2}
    ]});
    done(&api.put(&format!("/v1/providers/{id}/availability"), body).await);
    done(&api.put(&format!("/v1/providers/{id}/statements"), says(false)).await);
    let answer = post(&api, "/", &fields).await;
    let text = answer.text();
    assert!(text.contains("Beds available : Nov 22 to Nov 24, 2 beds"), "{text}");
    let by = "the provider's own statement, Nov 21, 2026; holds until Nov 24, 2026";
    assert!(text.contains(&format!("Beds available Nov 22 to Nov 24, 2 beds ({by}).")), "{text}");
    let page = get(&api, &format!("/providers/{id}")).await.text();
    for told in [
        "the provider's own statement, Nov 21, 2026; holds until Feb 19, 2027",
        "Another source says Yes",
        "Bed availability later",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let other = report["matches"].as_array().unwrap().iter().map(|found| found["provider"]["id"].as_str().unwrap());
    let other = other.into_iter().find(|other| *other != id).unwrap().to_owned();
    let picked: Vec<(&str, &str)> = fields.into_iter().chain([("pick", id.as_str()), ("pick", &other)]).collect();
    let compared = post(&api, "/compare", &picked).await.text();
    assert!(compared.contains("Yes, Nov 22 to Nov 24, 2 beds"), "{compared}");
    let sheet = post(&api, "/call-sheet", &picked).await.text();
    assert!(sheet.contains(&format!("Beds available Nov 22 to Nov 24, 2 beds ({by})")), "{sheet}");
}

#[tokio::test]
async fn no_answer_at_hand_outlives_what_was_told() {
    let (api, _folder) = desk().await;
    let first = api.post("/v1/matches", asking()).await;
    assert_eq!(api.post("/v1/matches", asking()).await.bytes, first.bytes);
    let id = first_ready(&first.json());
    let path = format!("/v1/providers/{id}");
    let tag = api.get(&path).await.header("etag").to_owned();
    done(&api.put(&format!("{path}/statements"), says(false)).await);
    let second = api.post("/v1/matches", asking()).await;
    assert_ne!(second.bytes, first.bytes);
    assert_eq!(api.post("/v1/matches", asking()).await.bytes, second.bytes);
    let again = Request::get(&path).header("if-none-match", &tag).body(Body::empty()).unwrap();
    let again = api.send(again).await;
    assert_eq!(again.status, StatusCode::OK, "what the caller holds is stale");
    let tag = again.header("etag").to_owned();
    let held = Request::get(&path).header("if-none-match", tag).body(Body::empty()).unwrap();
    assert_eq!(api.send(held).await.status, StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn the_next_page_can_be_had_after_something_was_told() {
    let (api, _folder) = desk().await;
    let asked_for = |cursor: Option<&Value>| asking_with(&json!({"limit": 1, "cursor": cursor}));
    let first = asked(&api, &asked_for(None)).await;
    let id = first["matches"][0]["provider"]["id"].as_str().unwrap();
    done(&api.put(&format!("/v1/providers/{id}/availability"), json!({"availability": []})).await);
    let next = asked(&api, &asked_for(Some(&first["next_cursor"]))).await;
    assert_eq!(next["matches"][0]["rank"], 2);
}

#[tokio::test]
async fn two_servers_with_one_ledger_say_the_same() {
    let folder = TempDir::new().unwrap();
    let one = Api::new(app(folder.path()).await);
    let report = asked(&one, &asking()).await;
    let id = first_ready(&report);
    done(&one.put(&format!("/v1/providers/{id}/statements"), says(false)).await);
    let other = Api::new(reading(folder.path()).await);
    let (here, there) = (one.post("/v1/matches", asking()).await, other.post("/v1/matches", asking()).await);
    assert_eq!(here.bytes, there.bytes);
    assert!(found(&there.json(), &id).is_none());
    // A write to the other server comes after that of this one, and both are current.
    done(&other.put(&format!("/v1/providers/{id}/availability"), json!({"availability": []})).await);
    assert_eq!(asked(&other, &asking()).await["directory"]["told"], 2);
}

#[tokio::test]
async fn a_statement_that_has_ended_is_told_as_over_and_the_directory_speaks_again() {
    let folder = TempDir::new().unwrap();
    let now = Api::new(app(folder.path()).await);
    let id = first_ready(&asked(&now, &asking()).await);
    let path = format!("/v1/providers/{id}/statements");
    let mut body = says(false);
    body["statements"][0]["expires_on"] = json!("2026-11-23");
    done(&now.put(&path, body).await);
    for (on, holds) in [("2026-11-23", true), ("2026-11-24", false)] {
        fn at(on: &str) -> Zoned {
            format!("{on}T13:00:00-06:00[America/Chicago]").parse().unwrap()
        }
        let now: fn() -> Zoned = if holds { || at("2026-11-23") } else { || at("2026-11-24") };
        let later = Api::new(AppState { now, ..reading(folder.path()).await });
        assert_eq!(found(&asked(&later, &asking()).await, &id).is_none(), holds, "{on}");
        let state = if holds { "holds" } else { "over" };
        assert_eq!(done(&later.get(&path).await)["statements"][0]["state"], state);
    }
}

#[tokio::test]
async fn whatever_id_it_is_told_by_a_provider_speaks_under_its_own() {
    let folder = TempDir::new().unwrap();
    let (files, index) = (folder.path().join("files"), folder.path().join("index"));
    sample::unpack(&files, TODAY).unwrap();
    let roster = fs::read_to_string(files.join("payer_roster.csv")).unwrap();
    let numbered = roster.replace(",265001,,skilled_nursing", ",265001,1234567893,skilled_nursing");
    assert_ne!(numbered, roster);
    fs::write(files.join("payer_roster.csv"), numbered).unwrap();
    publish(&files, &index, "2026-11-21T12:00:00Z");
    let catalog = SharedCatalog::new(&index);
    catalog.reload().unwrap();
    let api = Api::new(AppState { catalog: Arc::new(catalog), ..app(folder.path()).await });
    let body = json!({"availability": [{"service": "skilled_nursing", "room": true}]});
    let told = done(&api.put("/v1/providers/npi:1234567893/availability", body).await);
    assert_eq!(told["provider"], "ccn:265001");
    assert_eq!(done(&api.get("/v1/providers/ccn:265001/availability").await), told);
    assert_eq!(done(&api.get("/v1/providers/npi:1234567893/availability").await), told);
}

#[tokio::test]
async fn the_word_of_one_who_has_left_the_directory_is_kept_and_without_effect() {
    let says_so = StatementValue::Need("resp.vent".parse().unwrap(), true);
    let statements = vec![Statement { service: Service::SkilledNursing, says: says_so, expires_on: TODAY }];
    let gone =
        Statements { provider: "ccn:999999".parse().unwrap(), said_on: TODAY, statements, details: StatedDetails::default() };
    let app = sample_app();
    app.live.set_ledger_state(told([LedgerEvent::Statements(gone)]));
    let api = Api::new(app);
    let kept = done(&api.get("/v1/providers/ccn:999999/statements").await);
    assert_eq!(kept["in_directory"], false);
    assert_eq!(kept["statements"][0]["why"], "the directory has no such provider");
    for path in ["/v1/providers/ccn:999999/availability", "/v1/providers/ccn:888888/statements"] {
        assert_eq!(api.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let answer = api.put("/v1/providers/ccn:999999/statements", says(true)).await;
    assert_eq!((answer.status, &answer.json()["code"]), (StatusCode::NOT_FOUND, &json!("no_such_provider")));
}

#[tokio::test]
async fn what_is_wrong_is_told_at_once_and_changes_nothing() {
    let (api, _folder) = desk().await;
    let id = first_ready(&asked(&api, &asking()).await);
    let path = format!("/v1/providers/{id}/statements");
    done(&api.put(&path, says(false)).await);
    let wrong = json!({"statements": [
        {"service": "skilled_nursing", "need": "wound vac", "answer": "yes"},
        {"service": "skilled_nursing", "need": "resp.vent", "answer": true, "expires_on": "2026-11-20", "mrn": "123"}
    ]});
    let answer = api.put(&path, wrong).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let expected = [
        ("/statements/0/need", "no_such_need"),
        ("/statements/0/answer", "wrong_type"),
        ("/statements/1/mrn", "unknown_field"),
        ("/statements/1/expires_on", "in_the_past"),
    ];
    assert_eq!(answer.faults(), expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())));
    assert_eq!(done(&api.get(&path).await)["statements"][0]["answer"], false, "the word before still stands");
    let answer = api.put(&format!("{path}?when=now"), says(true)).await;
    assert_eq!(answer.faults(), [("?when".to_owned(), "unknown_parameter".to_owned())]);
    let nowhere = Api::sample();
    let answer = nowhere.put(&path, says(true)).await;
    assert_eq!((answer.status, &answer.json()["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("no_ledger")));
}

#[tokio::test]
async fn a_key_of_one_provider_does_not_speak_for_another() {
    let folder = TempDir::new().unwrap();
    let open = Api::new(app(folder.path()).await);
    let report = asked(&open, &asking()).await;
    let id = |at: usize| report["matches"][at]["provider"]["id"].as_str().unwrap().to_owned();
    let secret = Secret::draw(SecretKind::Key).unwrap();
    let key = KeyRecord {
        id: secret.id().clone(),
        digest: secret.digest(),
        label: "the first of them".to_owned(),
        scopes: [Scope::ProviderWrite].into(),
        providers: Some([id(0).parse().unwrap()].into()),
        created_at: "2026-11-01T00:00:00Z".parse().unwrap(),
        expires_at: "2027-11-01T00:00:00Z".parse().unwrap(),
        revoked_at: None,
        parent: None,
        hospital: None,
    };
    let app = app(folder.path()).await;
    app.ledger.clone().unwrap().tell(&LedgerEvent::Key(key)).await.unwrap();
    load_initial(&app).await;
    let edge = ServerConfig { access: Some(AccessConfig::default()), ..ServerConfig::default() };
    let api = Api::new(AppState { edge, ..app });
    for (at, status) in [(0, StatusCode::OK), (1, StatusCode::FORBIDDEN)] {
        let path = format!("/v1/providers/{}/statements", id(at));
        let request = Request::put(&path).header("content-type", "application/json");
        let request = request.header("authorization", format!("Bearer {}", secret.reveal()));
        let answer = api.send(request.body(Body::from(says(true).to_string())).unwrap()).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        if status == StatusCode::FORBIDDEN {
            assert!(answer.json()["detail"].as_str().unwrap().contains(&id(at)), "{}", answer.text);
        }
    }
}
