//! From the card of an EHR to the ranked answer: the link opens once, for the person who is signed in, on any server
//! of the ledger, and shows nothing of the question.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use jiff::{SignedDuration, Zoned};
use placement::api_keys::Scope;
use placement::api_keys::secret::Secret;
use placement::config::server::{AccessConfig, ServerConfig};
use placement::hospital::Hospital;
use placement::ledger::Ledger;
use placement::ledger::event::LedgerEvent;
use placement::ledger::sqlite::SqliteLedger;
use placement::serve::ledger_sync::load_initial;
use placement::serve::state::AppState;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::access::{Shown, bearer, drawn, guarded_app, nothing};
use crate::api::{Answer, Api, sample_app};
use crate::cds_hooks::{HCPCS, HL7, SCT, bundle, card, coded, goes, hook, hospital, insured, nursing, order};

/// The hospital of the tests, with what it taught the program.
fn taught() -> Hospital {
    let text = "[defaults]\nzip = \"64108\"\n[cds]\nsuggest_task = true\n[cds.codes]\n\"urn:mercy|REF-HH-PT\" = \"home_health, rehab.pt\"\n\
                XR = \"none\"\n[cds.payers]\n\"AETNA MCR\" = \"Larkwater Choice HMO (Larkwater Mutual)\"\n\"60054\" = \"Medicare\"\n";
    Hospital::parse(text).unwrap()
}

/// Two servers of one ledger, behind access control.
struct Ward {
    one: Api,
    other: Api,
    secret: Secret,
    ehr: Secret,
    ledger: Arc<dyn Ledger>,
    _folder: TempDir,
}

impl Ward {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let ledger: Arc<dyn Ledger> = Arc::new(SqliteLedger::open(&folder.path().join("l.sqlite")).await.unwrap());
        let ((secret, pages), (ehr, programs)) = (drawn(&[Scope::Pages]), drawn(&[Scope::Match]));
        for key in [pages, programs] {
            ledger.tell(&LedgerEvent::Key(key)).await.unwrap();
        }
        let (one, other) = (server(&ledger, |app| app).await, server(&ledger, |app| app).await);
        Self { one, other, secret, ehr, ledger, _folder: folder }
    }

    async fn sign_in(&self, api: &Api, to: &str) -> Answer {
        nothing().post_form(api, "/sign-in", format!("key={}&to={to}", self.secret.reveal())).await
    }

    /// The fragment of the link of a new card.
    async fn handle(&self, prefetch: Value) -> String {
        let request = bearer(self.ehr.reveal()).and("host", "placement.mercy.example");
        let request = request.request("POST", "/cds-services/placement", "application/json", hook(prefetch).to_string());
        fragment(&card(&self.one.send(request).await))
    }
}

async fn server(ledger: &Arc<dyn Ledger>, change: impl FnOnce(AppState) -> AppState) -> Api {
    let app = AppState {
        ledger: Some(Arc::clone(ledger)),
        hospital: taught(),
        edge: ServerConfig {
            access: Some(AccessConfig::default()),
            public_url: Some("http://placement.mercy.example".to_owned()),
            ..ServerConfig::default()
        },
        ..guarded_app(AccessConfig::default(), [])
    };
    load_initial(&app).await;
    Api::new(change(app))
}

/// The fragment of the only link of a card.
fn fragment(card: &Value) -> String {
    let url = card["links"][0]["url"].as_str().unwrap();
    let (page, fragment) = url.split_once('#').unwrap();
    assert_eq!(page, "http://placement.mercy.example/open");
    assert_eq!(fragment.len(), 43);
    fragment.to_owned()
}

/// The cookies that a browser sends back.
fn browser(answer: &Answer) -> Shown {
    let set = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let kept: Vec<&str> =
        set.filter(|pair| !pair.contains("Max-Age=0")).map(|pair| pair.split(';').next().unwrap()).collect();
    if kept.is_empty() { nothing() } else { nothing().and("cookie", &kept.join("; ")) }
}

async fn open(api: &Api, shown: &Shown, handle: &str) -> Answer {
    api.send(shown.request("POST", "/open", "application/x-www-form-urlencoded", format!("handle={handle}"))).await
}

fn discharge() -> Value {
    json!({"serviceRequest": nursing(), "coverage": insured("Medicare")})
}

#[tokio::test]
async fn the_link_opens_the_ranked_answer_once_on_any_server() {
    let ward = Ward::new().await;
    let (here, there) = (browser(&ward.sign_in(&ward.one, "").await), browser(&ward.sign_in(&ward.other, "").await));
    let handle = ward.handle(discharge()).await;
    let opened = open(&ward.other, &there, &handle).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.text);
    let place = opened.header("location").to_owned();
    assert!(place.starts_with("/answer/") && !place.contains(&handle), "{place}");
    let answer = there.get(&ward.other, &place).await;
    assert_eq!(answer.status, StatusCode::OK);
    for says in ["64108", "Original Medicare", "Skilled nursing", "filled in from the EHR"] {
        assert!(answer.text.contains(says), "{says}");
    }
    for (api, shown) in [(&ward.other, &there), (&ward.one, &here)] {
        let again = open(api, shown, &handle).await;
        assert_eq!(again.status, StatusCode::GONE);
        assert!(again.text.contains("already used"), "{}", again.text);
    }
}

#[tokio::test]
async fn of_several_at_once_one_opens_it() {
    let ward = Ward::new().await;
    let (here, there) = (browser(&ward.sign_in(&ward.one, "").await), browser(&ward.sign_in(&ward.other, "").await));
    for _ in 0..10 {
        let handle = ward.handle(discharge()).await;
        let (a, b, c) = tokio::join!(
            open(&ward.one, &here, &handle),
            open(&ward.other, &there, &handle),
            open(&ward.one, &here, &handle)
        );
        let opened = [a, b, c].iter().filter(|answer| answer.status == StatusCode::SEE_OTHER).count();
        assert_eq!(opened, 1);
    }
}

#[tokio::test]
async fn who_is_not_signed_in_signs_in_first_and_goes_on() {
    let ward = Ward::new().await;
    let handle = ward.handle(discharge()).await;
    let page = nothing().and("sec-fetch-site", "cross-site").get(&ward.one, "/open").await;
    assert_eq!(page.status, StatusCode::OK, "the page itself needs no sign-in");
    assert!(!page.text.contains("data-resumes"));
    let sent = open(&ward.one, &nothing(), &handle).await;
    assert_eq!((sent.status, sent.header("location")), (StatusCode::SEE_OTHER, "/sign-in?to=/open"));
    let cookie = sent.header("set-cookie").to_owned();
    let says = format!("placement-open={handle}; Max-Age=300; Path=/; HttpOnly; SameSite=Strict");
    assert_eq!(cookie, says);

    let signed_in = ward.sign_in(&ward.one, "/open").await;
    assert_eq!(signed_in.header("location"), "/open");
    let session = signed_in.header("set-cookie").split(';').next().unwrap().to_owned();
    let shown = nothing().and("cookie", &format!("{session}; placement-open={handle}"));
    assert!(shown.get(&ward.one, "/open").await.text.contains("data-resumes"), "the page goes on by itself");
    let opened = open(&ward.one, &shown, "").await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.text);
    assert!(opened.header("location").starts_with("/answer/") && opened.header("set-cookie").contains("Max-Age=0"));
}

/// What is not the link of a card, or comes from where it must not. Returns how many were tried; each was refused.
pub(crate) async fn try_wrong_links() -> usize {
    let mut tried = 0;
    let ward = Ward::new().await;
    let here = browser(&ward.sign_in(&ward.one, "").await);
    let handle = ward.handle(discharge()).await;
    let program = bearer(ward.ehr.reveal());
    assert_eq!(open(&ward.one, &program, &handle).await.status, StatusCode::FORBIDDEN, "a program opens no page");
    let elsewhere = here.clone().and("sec-fetch-site", "cross-site");
    assert_eq!(open(&ward.one, &elsewhere, &handle).await.status, StatusCode::FORBIDDEN, "another site");
    let other = if handle.starts_with('A') { "B" } else { "A" };
    let changed = format!("{other}{}", &handle[1..]);
    for wrong in ["", "x", &handle[1..], &changed, &format!("{handle}A")] {
        tried += 1;
        let refused = open(&ward.one, &here, wrong).await;
        assert_eq!(refused.status, StatusCode::GONE, "{wrong}");
        assert!(refused.text.contains("Open the card in the EHR again"), "{}", refused.text);
    }
    assert_eq!(here.get(&ward.one, &format!("/answer/{handle}")).await.status, StatusCode::GONE, "it is no address");
    assert_eq!(open(&ward.one, &here, &handle).await.status, StatusCode::SEE_OTHER, "and is still unused");
    tried += 3;
    tried
}

#[tokio::test]
async fn it_ends_after_five_minutes() {
    let ward = Ward::new().await;
    let here = browser(&ward.sign_in(&ward.one, "").await);
    let handle = ward.handle(discharge()).await;
    let later: fn() -> Zoned = || {
        let now: Zoned = "2026-11-21T13:00:00-06:00[America/Chicago]".parse().unwrap();
        now.checked_add(SignedDuration::from_mins(5)).unwrap()
    };
    let late = server(&ward.ledger, |app| AppState { now: later, ..app }).await;
    let ended = open(&late, &here, &handle).await;
    assert_eq!(ended.status, StatusCode::GONE);
    assert!(ended.text.contains("has ended: it lasts 5 minutes"), "{}", ended.text);
}

#[tokio::test]
async fn without_a_ledger_the_server_that_made_the_card_opens_it_once() {
    let app = AppState { hospital: taught(), ..sample_app() };
    let api = Api::new(app);
    let request = Request::post("/cds-services/placement").header("host", "127.0.0.1:8080");
    let request = request.header("content-type", "application/json").body(Body::from(hook(discharge()).to_string()));
    let found = card(&api.send(request.unwrap()).await);
    let url = found["links"][0]["url"].as_str().unwrap();
    let handle = url.strip_prefix("http://127.0.0.1:8080/open#").unwrap();
    assert_eq!(found["source"], json!({"label": "placement", "url": "http://127.0.0.1:8080/"}));
    assert_eq!(open(&api, &nothing(), handle).await.status, StatusCode::SEE_OTHER);
    assert!(open(&api, &nothing(), handle).await.text.contains("already used"));
    let nowhere = card(&api.post("/cds-services/placement", &hook(discharge())).await);
    assert_eq!((&nowhere["links"], nowhere["source"].get("url")), (&json!([]), None), "without a host there is no link");
}

#[tokio::test]
async fn what_was_not_understood_is_said_on_the_answer_and_nobody_is_ready() {
    let ward = Ward::new().await;
    let here = browser(&ward.sign_in(&ward.one, "").await);
    let orders = bundle(&[nursing(), order(HCPCS, "S9131"), order(SCT, "168537006")]);
    let handle = ward.handle(json!({"serviceRequest": orders, "coverage": insured("Aetna")})).await;
    let place = open(&ward.one, &here, &handle).await.header("location").to_owned();
    let answer = here.get(&ward.one, &place).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    for says in [
        "The plan in the EHR was not recognized",
        "Aetna",
        "Also ordered in the EHR, not searched here: Home health",
        "1 order of the EHR was not recognized",
    ] {
        assert!(answer.text.contains(says), "{says}");
    }
    assert!(!answer.text.contains("Meets requirements</"), "nobody is in a network that is not known");
    // A name that a person would be asked about: which state's Medicaid?
    let pending = ward.handle(json!({"serviceRequest": nursing(), "coverage": insured("Medicaid")})).await;
    let place = open(&ward.one, &here, &pending).await.header("location").to_owned();
    let answer = here.get(&ward.one, &place).await;
    assert!(answer.status == StatusCode::OK && answer.text.contains("Plan not recognized"), "{}", answer.text);
    let none = ward.handle(json!({"serviceRequest": nursing()})).await;
    let place = open(&ward.one, &here, &none).await.header("location").to_owned();
    assert!(here.get(&ward.one, &place).await.text.contains("The EHR sent no coverage"));
}

#[tokio::test]
async fn the_hospital_teaches_its_own_codes_and_payers() {
    let api = Api::new(AppState { hospital: taught(), ..sample_app() });
    let by_number = json!({"resourceType": "Coverage", "status": "active", "payor": [{"identifier": {"value": "60054"}}]});
    for (orders, coverage, says) in [
        (
            order("urn:mercy", "REF-HH-PT"),
            insured("aetna mcr"),
            "Home health for 64108 Kansas City MO · Larkwater Choice HMO (Larkwater Mutual) · ",
        ),
        (nursing(), by_number, "· Original Medicare**"),
    ] {
        let prefetch = json!({"serviceRequest": orders, "coverage": coverage});
        let found = card(&api.post("/cds-services/placement", &hook(prefetch)).await);
        assert!(found["detail"].as_str().unwrap().contains(says), "{found}");
    }
    let none = hook(json!({"encounter": null, "serviceRequest": order("urn:other", "XR")}));
    assert_eq!(api.post("/cds-services/placement", &none).await.json(), json!({"cards": []}));
    let codes = api.get("/v1/ehr-codes").await.json();
    assert_eq!(codes["codes"], json!([]), "what was taught is understood");
}

#[tokio::test]
async fn codes_that_were_not_understood_are_listed_and_texts_are_not() {
    let api = hospital();
    let typed = json!({"resourceType": "ServiceRequest", "code": {"coding": [{"system": "urn:mercy", "code": "CANARY with words"}], "text": "CANARY"}});
    let coverage = json!({"resourceType": "Coverage", "payor": [{"display": "CANARY Health", "identifier": {"system": "urn:naic", "value": "60054"}}],
        "type": coded("urn:payers", "77"), "class": [{"type": coded("x", "plan"), "name": "CANARY", "value": "CANARY"}], "subscriberId": "CANARY"});
    for _ in 0..2 {
        let orders = bundle(&[order("urn:mercy", "REF-1"), typed.clone()]);
        let call = hook(json!({"encounter": goes(HL7, "home"), "serviceRequest": orders, "coverage": coverage}));
        assert_eq!(api.post("/cds-services/placement", &call).await.json(), json!({"cards": []}));
    }
    let listed = api.get("/v1/ehr-codes").await;
    let codes: Vec<(String, String, u64)> = listed.json()["codes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|code| {
            let text = |name: &str| code[name].as_str().unwrap().to_owned();
            (text("kind"), format!("{}|{}", text("system"), text("code")), code["calls"].as_u64().unwrap())
        })
        .collect();
    let line = |kind: &str, code: &str| (kind.to_owned(), code.to_owned(), 2);
    assert_eq!(codes, [line("order", "urn:mercy|REF-1"), line("payer", "urn:naic|60054"), line("payer", "urn:payers|77")]);
    let (page, metrics) = (api.get("/ehr-codes").await, api.get("/metrics").await);
    assert!(page.text.contains("urn:mercy|REF-1") && page.text.contains("[cds.codes]"), "{}", page.text);
    assert!(metrics.text.contains("placement_ehr_codes_not_understood_total{kind=\"order\"} 2"), "{}", metrics.text);
    for text in [listed.text, page.text, metrics.text] {
        assert!(!text.contains("CANARY"), "{text}");
    }
}

/// A call of an order hook with these draft orders.
fn drafting(hook: &str, orders: &[Value], selections: Option<Value>) -> Value {
    let drafts: Vec<Value> = orders
        .iter()
        .enumerate()
        .map(|(at, order)| {
            let mut order = order.clone();
            order["id"] = at.to_string().into();
            order["status"] = "draft".into();
            order
        })
        .collect();
    let mut context = json!({"userId": "Practitioner/1", "patientId": "2", "draftOrders": bundle(&drafts)});
    if let Some(selections) = selections {
        context["selections"] = selections;
    }
    json!({"hook": hook, "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "context": context,
           "prefetch": {"coverage": insured("Medicare")}})
}

#[tokio::test]
async fn a_referral_that_is_being_ordered_gets_a_card_with_a_draft_task() {
    let api = Api::new(AppState { hospital: taught(), ..sample_app() });
    let orders = [order(SCT, "168537006"), nursing(), order(HCPCS, "S9131")];
    for (selected, says) in [
        (json!(["ServiceRequest/1"]), Some("Skilled nursing facility near 64108")),
        (json!(["ServiceRequest/2"]), Some("Home health for 64108")),
        (json!(["ServiceRequest/0"]), None),
        (json!(["MedicationRequest/1"]), None),
        (json!([]), None),
    ] {
        let call = drafting("order-select", &orders, Some(selected.clone()));
        let answer = api.post("/cds-services/placement-order-select", &call).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let summary = answer.json()["cards"][0]["summary"].as_str().map(|text| text.split(':').next().unwrap().to_owned());
        assert_eq!(summary.as_deref(), says, "{selected}");
    }
    let signing = drafting("order-sign", &orders, None);
    let found = card(&api.post("/cds-services/placement-order-sign", &signing).await);
    assert!(found["summary"].as_str().unwrap().contains("meet the requirements"), "{found}");
    assert_eq!(found["selectionBehavior"], "at-most-one");
    let action = &found["suggestions"][0]["actions"][0];
    let task = &action["resource"];
    assert_eq!(
        (&action["type"], &task["resourceType"], &task["status"], &task["intent"]),
        (&json!("create"), &json!("Task"), &json!("draft"), &json!("proposal"))
    );
    assert_eq!(task.get("for"), None, "the EHR adds the patient");
    let untaught = card(&hospital().post("/cds-services/placement-order-sign", &signing).await);
    assert!(untaught.get("suggestions").is_none() && untaught.get("selectionBehavior").is_none());
}

#[tokio::test]
async fn a_wrong_call_of_an_order_hook_says_what_is_wrong() {
    let api = hospital();
    let good = drafting("order-select", &[nursing()], Some(json!([])));
    let changed = |name: &str, value: Value| {
        let mut call = good.clone();
        call["context"][name] = value;
        call
    };
    for (path, call, faults) in [
        ("placement-order-select", changed("selections", Value::Null), vec![("/context/selections", "missing")]),
        ("placement-order-select", changed("selections", json!("x")), vec![("/context/selections", "wrong_type")]),
        ("placement-order-select", changed("selections", json!([7, null])), vec![("/context/selections", "wrong_type")]),
        ("placement-order-select", changed("draftOrders", json!([])), vec![("/context/draftOrders", "wrong_type")]),
        ("placement-order-select", changed("patientId", Value::Null), vec![("/context/patientId", "missing")]),
        ("placement-order-sign", good.clone(), vec![("/hook", "does_not_apply")]),
        ("placement", good.clone(), vec![("/hook", "does_not_apply"), ("/context/encounterId", "missing")]),
    ] {
        let answer = api.post(&format!("/cds-services/{path}"), &call).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {}", answer.text);
        let told = answer.faults();
        let told: Vec<(&str, &str)> = told.iter().map(|(at, code)| (at.as_str(), code.as_str())).collect();
        assert_eq!(told, faults, "{path} {call}");
    }
    for service in ["placement", "placement-order-select", "placement-order-sign"] {
        let body = json!({"feedback": [{"card": "4e0a3a1e-3283-4575-ab82-028d55fe2719", "outcome": "accepted",
                                        "outcomeTimestamp": "2026-11-21T13:00:00Z"}]});
        let answer = api.post(&format!("/cds-services/{service}/feedback"), &body).await;
        assert_eq!(answer.json(), json!({"counted": 1}), "{service}");
    }
}

#[tokio::test]
async fn orders_of_another_encounter_are_not_used_and_r5_is_read() {
    let api = hospital();
    let of = |id: &str| {
        let mut order = nursing();
        order["encounter"] = json!({"reference": format!("Encounter/{id}")});
        order
    };
    for (order, cards) in [(of("3"), 1), (of("2"), 0)] {
        let call = hook(json!({"encounter": goes(HL7, "home"), "serviceRequest": order}));
        let answer = api.post("/cds-services/placement", &call).await;
        assert_eq!(answer.json()["cards"].as_array().unwrap().len(), cards, "{order}");
    }
    let r5 = json!({"resourceType": "Encounter", "admission": {"dischargeDisposition": coded(HL7, "snf")}});
    let found = card(&api.post("/cds-services/placement", &hook(json!({"encounter": r5}))).await);
    assert!(found["summary"].as_str().unwrap().starts_with("Skilled nursing facility near 64108: "), "{found}");
}
