//! The desk's pages of a referral request: what is recorded by which control, what was sent and what was not, links that
//! others can open, what the request does not have, and corrections.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use placement::config::server::ServerConfig;
use placement::hospital::Hospital;
use placement::serve::state::AppState;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::{Api, changed};
use crate::pages::{Page, get, post};
use crate::referral_requests::{Desk, SEARCH, app, noon, prepared, text};

async fn page_of(desk: &Desk, request: &Value) -> Page {
    get(&desk.api, &format!("/referral-requests/{}", text(&request["id"]))).await
}

async fn state(desk: &Desk, request: &Value, at: usize) -> String {
    text(&desk.asked(request, at).await["state"]).to_owned()
}

#[tokio::test]
async fn the_tick_that_the_patient_chose_confirms_and_never_declines() {
    let desk = Desk::open().await;
    let request = desk.made(json!({})).await;
    desk.step(&request, 0, json!({"state": "accepted"})).await;
    let page = page_of(&desk, &request).await;
    assert!(page.html.contains("name=\"state\"><option value=\"\">"), "no state is chosen beforehand");
    let nothing = page.form("Save").press(&desk.api, "Save").await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    nothing.says("choose a state");
    let both = page.form("Save").with("patient_chose", "yes").with("state", "declined").press(&desk.api, "Save").await;
    assert_eq!(both.status, StatusCode::UNPROCESSABLE_ENTITY);
    both.says("Nothing was saved");
    assert_eq!(state(&desk, &request, 0).await, "accepted");
    let ticked = page.form("Save").with("patient_chose", "yes").press(&desk.api, "Save").await;
    assert_eq!(ticked.status, StatusCode::OK, "{}", ticked.text());
    assert_eq!(state(&desk, &request, 0).await, "confirmed");
}

#[tokio::test]
async fn a_reason_beside_another_state_is_refused_and_not_dropped() {
    let desk = Desk::open().await;
    let request = desk.made(json!({})).await;
    let page = page_of(&desk, &request).await;
    for (state, field, value) in [("accepted", "why", "no_room"), ("accepted", "missing", "call"), ("", "why", "no_room")] {
        let refused = page.form("Save").with("state", state).with(field, value).press(&desk.api, "Save").await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{state} {field}");
    }
    assert_eq!(state(&desk, &request, 0).await, "asked");
    assert_eq!(page.html.matches("No reason given").count(), 3, "once for each of the three providers");
}

#[tokio::test]
async fn a_request_that_reached_nobody_says_so_until_a_link_is_made_or_a_call_recorded() {
    let desk = Desk::open().await;
    let request = desk.made(json!({})).await;
    let page = page_of(&desk, &request).await;
    assert!(page.part("unsent").contains("Nothing has been sent."), "{}", page.text());
    page.says("Not sent yet");
    assert!(!page.text().contains("reply due"), "nobody was asked for a reply");
    assert!(page.attributes("href").iter().any(|link| link.starts_with("tel:+1")), "its phone is in the row");
    let board = get(&desk.api, "/board").await;
    board.says("Not sent yet: make links, or call");
    assert!(!board.text().contains("Wait for replies") && !board.text().contains("reply due"));
    assert_eq!(desk.asked(&request, 0).await["is_sent"], false);

    let called = page.form("Save").with("state", "seen").press(&desk.api, "Save").await;
    assert!(called.part("unsent").contains("2 of 3 providers"), "{}", called.text());
    let linked = called.form("Make links for all 3").press(&desk.api, "Make links").await;
    assert_eq!(linked.status, StatusCode::OK, "{}", linked.text());
    let links: Vec<String> = linked.attributes("value").into_iter().filter(|value| value.contains("/r/")).collect();
    assert_eq!(links.len(), 3, "{links:?}");
    for link in &links {
        assert_eq!(get(&desk.api, link).await.status, StatusCode::OK);
    }
    assert!(!linked.html.contains("id=\"unsent\""));
    get(&desk.api, "/board").await.says("Wait for replies");
    assert_eq!(desk.asked(&request, 2).await["is_sent"], true);
}

/// Makes a link for the first provider as a browser does that has opened the page at `host`.
async fn link_at(desk: &Desk, host: &str) -> Page {
    let request = desk.made(json!({})).await;
    let page = page_of(desk, &request).await;
    let form = page.form("New link");
    let mut fields = form_urlencoded::Serializer::new(String::new());
    fields.extend_pairs(form.fields.iter().map(|(name, value)| (&**name, &**value))).append_pair("record", "link");
    let sent = Request::post(form.action.as_str()).header("content-type", "application/x-www-form-urlencoded");
    let answer = desk.api.send(sent.header("host", host).body(Body::from(fields.finish())).unwrap()).await;
    Page { status: answer.status, headers: answer.headers, html: answer.text }
}

#[tokio::test]
async fn a_link_has_the_public_address_or_the_host_of_the_page_with_a_warning() {
    let desk = Desk::open().await;
    let local = link_at(&desk, "localhost:8080").await;
    assert!(local.attributes("value").iter().any(|value| value.starts_with("http://localhost:8080/r/")), "{}", local.html);
    local.says("this link works on this computer only");
    let folder = TempDir::new().unwrap();
    let public_url = Some("https://placement.mercy.example/".to_owned());
    let edge = ServerConfig { public_url, ..ServerConfig::default() };
    let public = AppState { edge, ..app(&folder, noon).await };
    let desk = Desk { api: Api::new(public), folder };
    let public = link_at(&desk, "localhost:8080").await;
    let link = public.attributes("value").into_iter().find(|value| value.contains("/r/")).unwrap();
    assert!(link.starts_with("https://placement.mercy.example/r/"), "{link}");
    assert!(!public.text().contains("public_url"));
    // An invite is a link of the same kind.
    let provider = desk.providers().await.swap_remove(0);
    let made = get(&desk.api, &format!("/providers/{provider}")).await.form("Make an invite");
    let made = made.press(&desk.api, "Make an invite").await;
    assert!(made.html.contains("https://placement.mercy.example/provider-update/"), "{}", made.text());
}

#[tokio::test]
async fn needs_that_providers_do_not_see_are_named_apart() {
    let desk = Desk::open().await;
    let needs = json!(["inf.abx", "sud.methadone"]);
    let request = desk.made(json!({"needs": needs})).await;
    assert_eq!(request["withheld_needs"], json!(["sud.methadone"]));
    let page = page_of(&desk, &request).await;
    let withheld = page.part("withheld");
    assert!(withheld.contains("Not shown to providers (no consent)") && withheld.contains("Methadone"), "{withheld}");
    let shown = page.text();
    let shown = &shown[shown.find("Needs and limits shown to providers").unwrap()..shown.find("Not shown").unwrap()];
    assert!(shown.contains("IV antibiotics") && !shown.contains("Methadone"), "{shown}");
    let consented = desk.made(json!({"needs": needs, "substance_use_consent": true})).await;
    assert_eq!(consented["withheld_needs"], json!([]));
    assert!(!page_of(&desk, &consented).await.html.contains("id=\"withheld\""));
}

#[tokio::test]
async fn what_the_request_has_no_field_for_is_named_and_kept_nowhere() {
    let desk = Desk::open().await;
    let picks = desk.providers().await;
    let more = [("need_words", "zzaphasia"), ("language", "es"), ("pick", picks[0].as_str())];
    let fields: Vec<(&str, &str)> = SEARCH.into_iter().chain(more).collect();
    let form = post(&desk.api, "/referral-requests/new", &fields).await;
    for part in ["ask by phone", "zzaphasia", "speaks Spanish"] {
        assert!(form.part("left-out").contains(part), "{part}: {}", form.text());
    }
    let refused = form.form("Make the request").press(&desk.api, "Make the request").await;
    assert!(refused.part("left-out").contains("zzaphasia"), "an error does not lose it");
    let made = refused.form("Make the request").with("patient_agreed", "yes").press(&desk.api, "Make the request").await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text());
    assert!(!desk.ledger_text().contains("zzaphasia") && !made.html.contains("zzaphasia"));
    assert!(!prepared(&desk).await.html.contains("id=\"left-out\""), "nothing is said where nothing is left out");
}

/// The label that the hint of the form shows.
fn shown_label(form: &Page) -> String {
    let hint = form.part("label-hint");
    hint.split_once("such as ").unwrap().1.split('.').next().unwrap().to_owned()
}

#[tokio::test]
async fn the_example_of_a_label_is_accepted_and_an_error_keeps_the_ticks() {
    let folder = TempDir::new().unwrap();
    let without_units = AppState { hospital: Hospital::default(), ..app(&folder, noon).await };
    for desk in [Desk::open().await, Desk { api: Api::new(without_units), folder }] {
        let form = prepared(&desk).await;
        let label = shown_label(&form);
        let form = form.form("Make the request").with("patient_agreed", "yes").with("substance_use_consent", "yes");
        let refused = form.clone().with("label", "Quagmire 3").press(&desk.api, "Make the request").await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        refused.says("may be a name. Type ");
        assert_eq!(refused.form("Make the request").value("patient_agreed"), "yes");
        let made = form.with("label", &label).press(&desk.api, "Make the request").await;
        assert_eq!(made.status, StatusCode::OK, "{label}: {}", made.text());
        made.says(&label);
    }
    let desk = Desk::open().await;
    let request = desk.made(json!({"unit": null, "label": "4W-3"})).await;
    assert_eq!(request["label"], "4W-3", "it is made of a unit of the hospital, also if that is not named");
}

/// What was heard of the first provider: needs and plan with the answers, oldest first, and how many count.
async fn heard(desk: &Desk, request: &Value) -> Vec<String> {
    let id = text(&request["providers"][0]["provider"]);
    let answer = desk.api.get(&format!("/v1/observations?provider={id}")).await.json();
    let heard = |heard: &Value| {
        let about = heard["need"].as_str().or(heard["plan"].as_str()).unwrap_or("room");
        format!("{about} {} {}", text(&heard["answer"]), text(&heard["state"]))
    };
    let mut said: Vec<String> = answer["observations"].as_array().unwrap().iter().map(heard).collect();
    said.sort();
    said
}

#[tokio::test]
async fn a_corrected_acceptance_no_longer_counts() {
    let desk = Desk::open().await;
    let request = desk.made(json!({"needs": ["inf.abx", "wound.npwt"]})).await;
    desk.step(&request, 0, json!({"state": "accepted"})).await;
    assert_eq!(heard(&desk, &request).await, ["inf.abx yes holds", "wound.npwt yes holds"]);
    desk.step(&request, 0, json!({"state": "declined", "why": "declines:wound.npwt"})).await;
    let after = heard(&desk, &request).await;
    let holds: Vec<&String> = after.iter().filter(|said| said.ends_with(" holds")).collect();
    assert_eq!(holds, ["wound.npwt no holds"], "{after:?}");
}

#[tokio::test]
async fn an_answer_by_link_is_shown_as_one_and_is_no_word_of_the_plan() {
    let desk = Desk::open().await;
    let plan = "Larkwater Choice HMO";
    let question = changed(&json!({"coverage": {"plan": plan}, "limit": 100}));
    let report = desk.api.post("/v1/matches", &question).await.json();
    let listed = report["matches"].as_array().unwrap().iter().find(|found| found["network"]["status"] == "in_network");
    let id = text(&listed.unwrap()["provider"]["id"]).to_owned();
    let request = desk.made(json!({"providers": [id], "plan": plan, "payer_class": null})).await;
    let link = desk.link(&request, 0, json!({})).await;
    post(&desk.api, &link, &[("answer", "accept")]).await.says("You accepted");
    let provider = get(&desk.api, &format!("/providers/{id}")).await;
    provider.says("told to the hospital by answer link");
    provider.says("Answer link, to");
    assert!(!provider.text().contains("by telephone"), "{}", provider.text());
    let made = desk.api.post("/v1/choice-lists", json!({"discharge": question})).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let entries = made.text;
    assert!(entries.contains("In network (the place told the hospital on November 21, 2026"), "{entries}");
}

#[tokio::test]
async fn a_provider_reads_the_band_of_the_weight_and_never_the_number() {
    let desk = Desk::open().await;
    let picks = desk.providers().await;
    let more = [("weight_lb", "480"), ("pick", picks[0].as_str())];
    let fields: Vec<(&str, &str)> = SEARCH.into_iter().chain(more).collect();
    let form = post(&desk.api, "/referral-requests/new", &fields).await;
    form.says("451 to 500 lb");
    assert!(!form.text().contains("480"), "{}", form.text());
    let made = form.form("Make the request").with("patient_agreed", "yes").press(&desk.api, "Make the request").await;
    made.says("Maximum weight (patient: 451 to 500 lb)");
    let linked = made.form("New link").press(&desk.api, "New link").await;
    let link = linked.attributes("value").into_iter().find(|value| value.contains("/r/")).unwrap();
    get(&desk.api, &link).await.says("Maximum weight (patient: 451 to 500 lb)");
    for (limits, end, code) in [(json!(["size.max_lb"]), 480, "not_a_band"), (json!([]), 500, "does_not_apply")] {
        let mut body = desk.body().await;
        (body["limits"], body["weight_up_to"]) = (limits, json!(end));
        let refused = desk.api.post("/v1/referral-requests", &body).await;
        assert_eq!(refused.faults(), [("/weight_up_to".to_owned(), code.to_owned())]);
    }
}
