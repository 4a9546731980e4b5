//! A ledger that comes back with fewer events than were read: an incomplete standby, or a restored
//! backup.

use std::sync::Arc;

use axum::http::StatusCode;
use jiff::civil::date;
use placement::api_keys::secret::Secret;
use placement::api_keys::{KeyRecord, Scope};
use placement::config::server::AccessConfig;
use placement::ledger::Ledger;
use placement::ledger::event::LedgerEvent;
use placement::serve::ledger_sync::{follow_ledger, load_initial};
use placement::serve::state::AppState;
use serde_json::json;
use tokio::task::JoinSet;

use super::event_conformance::{outcome, room};
use super::postgres::{Database, server};
use super::{File, LedgerStorage, until};
use crate::access::{bearer, drawn, guarded_app, now};
use crate::api::{Api, question, sample_app};

/// A server with access control, and its ledger as another program writes it.
struct Hospital {
    app: Arc<AppState>,
    api: Api,
    beside: Arc<dyn Ledger>,
    /// A key that may read the metrics.
    keeper: Secret,
}

impl Hospital {
    async fn new(shelf: &impl LedgerStorage) -> Self {
        let app = Arc::new(AppState { ledger: Some(shelf.open().await), ..guarded_app(AccessConfig::default(), []) });
        let (keeper, key) = drawn(&[Scope::Metrics]);
        let beside = shelf.open().await;
        beside.tell(&LedgerEvent::Key(key)).await.unwrap();
        Self { api: Api::over(&app), app, beside, keeper }
    }

    /// A key created by another program.
    async fn made(&self) -> (Secret, KeyRecord) {
        let (secret, key) = drawn(&[Scope::Match]);
        self.beside.tell(&LedgerEvent::Key(key.clone())).await.unwrap();
        (secret, key)
    }

    /// Revokes a key, also by another program.
    async fn take_back(&self, key: &KeyRecord) {
        self.beside.tell(&LedgerEvent::Key(KeyRecord { revoked_at: Some(now()), ..key.clone() })).await.unwrap();
    }

    /// Whether the key works.
    async fn opens(&self, secret: &Secret) -> bool {
        let request = bearer(secret.reveal()).request("POST", "/v1/matches", "application/json", question().to_string());
        match self.api.send(request).await.status {
            StatusCode::OK => true,
            StatusCode::UNAUTHORIZED => false,
            other => panic!("{other}"),
        }
    }

    /// The reported ledger state and the loss metric.
    async fn says(&self) -> (String, String, String) {
        let shown = bearer(self.keeper.reveal());
        let ready = shown.get(&self.api, "/readyz?verbose").await.json();
        let figures = shown.get(&self.api, "/metrics").await.text;
        let losses = figures.lines().find_map(|line| line.strip_prefix("placement_ledger_losses_total "));
        let text = |name: &str| ready[name].as_str().unwrap_or_default().to_owned();
        (text("ledger"), text("ledger_failure"), losses.unwrap().to_owned())
    }
}

/// `more` events are written after the ledger comes back: fewer than were lost, as many, and more.
async fn what_was_lost_is_said_and_everything_is_read_anew(shelf: &impl LedgerStorage, more: u32) {
    let hospital = Hospital::new(shelf).await;
    let ((revoked, to_revoke), (kept, _), (shut, shut_key)) =
        (hospital.made().await, hospital.made().await, hospital.made().await);
    hospital.app.append_event(&room(1, 1)).await.unwrap();
    shelf.back_up().await;

    let (lost, _) = hospital.made().await;
    hospital.take_back(&shut_key).await;
    hospital.app.append_event(&room(1, 9)).await.unwrap();
    hospital.app.append_event(&room(2, 7)).await.unwrap();
    hospital.app.append_event(&outcome(1, date(2026, 11, 20))).await.unwrap();
    for (secret, opens) in [(&revoked, true), (&kept, true), (&lost, true), (&shut, false)] {
        assert_eq!(hospital.opens(secret).await, opens);
    }
    assert_eq!(hospital.says().await, ("open".to_owned(), String::new(), "0".to_owned()));

    shelf.put_back().await;
    hospital.take_back(&to_revoke).await;
    let (made_since, _) = hospital.made().await;
    for at in 2..more {
        hospital.beside.tell(&room(3, at)).await.unwrap();
    }
    load_initial(&hospital.app).await;
    assert!(!hospital.opens(&revoked).await, "it was taken back after the ledger came back");
    assert!(!hospital.opens(&lost).await, "nobody can take back what the ledger does not have");
    assert!(!hospital.opens(&shut).await, "this server knows that it was taken back, and opens nothing for it");
    assert!(hospital.opens(&kept).await && hospital.opens(&made_since).await);
    let told = hospital.app.ledger_state();
    let beds =
        |number: usize| told.availability.get(&super::event_conformance::provider(number)).map(|said| said.rooms[0].beds);
    assert_eq!((beds(1), beds(2), told.outcomes.len()), (Some(Some(1)), None, 0));
    assert_eq!(beds(3), (more > 2).then(|| Some(more - 1)));
    let (standing, failure, losses) = hospital.says().await;
    assert_eq!((standing.as_str(), losses.as_str()), ("failing", "1"));
    assert!(failure.contains("the availability of 2 providers") && failure.contains("1 outcomes"), "{failure}");

    // After that it works normally.
    hospital.app.append_event(&room(2, 5)).await.unwrap();
    assert_eq!(hospital.app.ledger_state().availability[&super::event_conformance::provider(2)].rooms[0].beds, Some(5));
    assert_eq!(hospital.says().await.2, "1");
}

async fn a_writer_is_answered_also_when_the_ledger_has_just_come_back(shelf: &impl LedgerStorage) {
    let hospital = Hospital::new(shelf).await;
    shelf.back_up().await;
    for at in 1..=5 {
        hospital.app.append_event(&room(1, at)).await.unwrap();
    }
    shelf.put_back().await;
    // Its number is below the last one read.
    hospital.app.append_event(&room(2, 3)).await.unwrap();
    let told = hospital.app.ledger_state();
    assert_eq!(told.availability.len(), 1);
    assert_eq!(told.availability[&super::event_conformance::provider(2)].rooms[0].beds, Some(3));
}

async fn who_follows_finds_it_by_itself(shelf: &impl LedgerStorage) {
    let (hospital, mut all) = (Hospital::new(shelf).await, JoinSet::new());
    all.spawn(follow_ledger(Arc::clone(&hospital.app)));
    shelf.back_up().await;
    hospital.app.append_event(&room(1, 1)).await.unwrap();
    let (secret, _) = hospital.made().await;
    until("the key is known", async || hospital.opens(&secret).await).await;
    shelf.put_back().await;
    until("it is shut", async || !hospital.opens(&secret).await).await;
    assert_eq!(hospital.says().await.0, "failing");
}

async fn no_answer_at_hand_outlives_what_it_was_made_of(shelf: &impl LedgerStorage) {
    let app = Arc::new(AppState { ledger: Some(shelf.open().await), ..sample_app() });
    let api = Api::over(&app);
    app.append_event(&room(1, 1)).await.unwrap();
    shelf.back_up().await;
    let id = "ccn:265015";
    let page = format!("/v1/providers/{id}");
    let body = json!({"availability": [{"service": "skilled_nursing", "room": true, "beds": 3}]});
    let told = api.put(&format!("{page}/availability"), &body).await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.text);
    let asked = async || {
        let report = api.post("/v1/matches", question()).await;
        let shown = api.get(&page).await;
        (report.json(), shown.json(), shown.header("etag").to_owned())
    };
    let before = asked().await;
    shelf.put_back().await;
    // The same number with another event: PostgreSQL uses two numbers if one provider writes again.
    app.append_event(&room(2, 2)).await.unwrap();
    let after = asked().await;
    assert_eq!(before.0["directory"]["told"], after.0["directory"]["told"]);
    assert!(before.1.to_string().contains("own statement") && !after.1.to_string().contains("own statement"));
    assert_ne!(before.2, after.2, "what somebody keeps of before is not taken for the same");
    assert_ne!(before.0["list_id"], after.0["list_id"]);
    assert_ne!(before.0["matches"], after.0["matches"]);
}

async fn conforms<S: LedgerStorage>() {
    for more in [2, 5, 9] {
        what_was_lost_is_said_and_everything_is_read_anew(&S::new().await, more).await;
    }
    a_writer_is_answered_also_when_the_ledger_has_just_come_back(&S::new().await).await;
    who_follows_finds_it_by_itself(&S::new().await).await;
    no_answer_at_hand_outlives_what_it_was_made_of(&S::new().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entries_that_a_file_has_lost_are_missed() {
    conforms::<File>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entries_that_a_database_has_lost_are_missed() {
    if server().is_some() {
        conforms::<Database>().await;
    }
}
