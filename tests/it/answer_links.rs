//! The address of an answer: it opens the answer again, for the user who asked, for fifteen minutes, and
//! contains nothing of the question.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use jiff::{ToSpan, Zoned};
use placement::ledger::Ledger;
use placement::ledger::sqlite::SqliteLedger;
use placement::serve::state::AppState;
use tempfile::TempDir;

use crate::api::{Answer, Api, sample_app};
use crate::pages::Page;
use crate::pages_ask::{ASKED, asked};

/// Sends a question and does not go on to its answer.
async fn submit(api: &Api, fields: &[(&str, &str)]) -> Answer {
    submit_to(api, "/", fields).await
}

async fn submit_to(api: &Api, path: &str, fields: &[(&str, &str)]) -> Answer {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    api.send(request.body(Body::from(body)).unwrap()).await
}

async fn open(api: &Api, path: &str) -> Page {
    let answer = api.get(path).await;
    Page { status: answer.status, headers: answer.headers, html: answer.text }
}

#[tokio::test]
async fn an_answer_is_opened_again_by_an_address_that_says_nothing() {
    let api = Api::sample();
    let sent = submit(&api, &ASKED).await;
    assert_eq!((sent.status, sent.header("cache-control")), (StatusCode::SEE_OTHER, "no-store"));
    let address = sent.header("location");
    assert_eq!(address.len(), "/answer/".len() + 43);
    for typed in ["64108", "skilled", "hmo", "vent"] {
        assert!(!address.contains(typed), "{address}");
    }
    let (first, again) = (open(&api, address).await, open(&api, address).await);
    assert_eq!(first.status, StatusCode::OK);
    assert!(first.html == again.html, "a reload or a second tab shows the same");
    assert_eq!(first.headers["cache-control"], "no-store");
    assert!(!first.html.contains(&address["/answer/".len()..]), "the page does not repeat its token");
    let twice = submit(&api, &ASKED).await;
    assert!(twice.header("location") != address, "a question sent twice has two addresses");
    assert!(open(&api, twice.header("location")).await.html == first.html);
}

#[tokio::test]
async fn errors_have_an_address_too_and_keep_what_was_typed() {
    let api = Api::sample();
    let sent = submit(&api, &asked(&[("near", "6410")])).await;
    let page = open(&api, sent.header("location")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let form = page.form("Find providers");
    assert_eq!((form.value("near"), form.value("need_words")), ("6410", "vent l"));
}

#[tokio::test]
async fn a_comparison_and_a_call_sheet_have_addresses_too() {
    let api = Api::sample();
    let picked = asked(&[("pick", "ccn:265015"), ("need_words", "")]);
    let picked: Vec<(&str, &str)> = picked.into_iter().chain([("pick", "ccn:265001")]).collect();
    for (path, says) in [("/compare", "Differences"), ("/call-sheet", "What to ask")] {
        let sent = submit_to(&api, path, &picked).await;
        assert_eq!((sent.status, sent.header("cache-control")), (StatusCode::SEE_OTHER, "no-store"), "{path}");
        let address = sent.header("location");
        assert_eq!(address.len(), path.len() + 1 + 43, "{address}");
        assert!(address.starts_with(path) && !address.contains("265015"), "{address}");
        let (first, again) = (open(&api, address).await, open(&api, address).await);
        assert_eq!(first.status, StatusCode::OK, "{path}");
        assert_eq!(first.headers["cache-control"], "no-store", "{path}");
        assert!(first.html == again.html, "{path}: a reload shows the same");
        first.says(says);
        let gone = open(&api, &format!("{path}/{}", "A".repeat(43))).await;
        assert_eq!(gone.status, StatusCode::GONE, "{path}");
        gone.says("This search was deleted 15 minutes after it was asked");
    }
    let too_few = submit_to(&api, "/compare", &ASKED).await;
    let page = open(&api, too_few.header("location")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.says("No providers selected. Select 2 to 5 in the results.");
}

static SECONDS: AtomicI64 = AtomicI64::new(0);

fn moving_clock() -> Zoned {
    let start: Zoned = "2026-11-21T13:00:00-06:00[America/Chicago]".parse().unwrap();
    start.checked_add(SECONDS.load(Ordering::Relaxed).seconds()).unwrap()
}

#[tokio::test]
async fn after_fifteen_minutes_the_address_leads_to_the_empty_form() {
    let api = Api::new(AppState { now: moving_clock, ..sample_app() });
    let sent = submit(&api, &ASKED).await;
    let unknown = format!("/answer/{}", "A".repeat(43));
    for (seconds, address, status) in [
        (899, sent.header("location"), StatusCode::OK),
        (901, sent.header("location"), StatusCode::GONE),
        (901, &unknown, StatusCode::GONE),
        (901, "/answer/x", StatusCode::GONE),
    ] {
        SECONDS.store(seconds, Ordering::Relaxed);
        let page = open(&api, address).await;
        assert_eq!(page.status, status, "{seconds} {address}");
        if status == StatusCode::GONE {
            assert!(page.part("expired").contains("15 minutes"), "{}", page.text());
            assert_eq!((page.form("Find providers").value("near"), page.form("Find providers").action), ("", "/".to_owned()));
        }
    }
}

#[tokio::test]
async fn every_server_of_a_ledger_opens_it_and_the_ledger_does_not_show_it() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("ledger.sqlite");
    let server = async || {
        let ledger: Arc<dyn Ledger> = Arc::new(SqliteLedger::open(&file).await.unwrap());
        Api::new(AppState { ledger: Some(ledger), ..sample_app() })
    };
    let (one, other) = (server().await, server().await);
    let sent = submit(&one, &asked(&[("need_words", "vent l, zzservicedog")])).await;
    let page = open(&other, sent.header("location")).await;
    assert_eq!(page.status, StatusCode::OK);
    page.says("zzservicedog");
    let mut stored = Vec::new();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        stored.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    let token = &sent.header("location")["/answer/".len()..];
    assert!(stored.len() > 4096);
    for secret in ["zzservicedog", token] {
        assert!(!stored.windows(secret.len()).any(|part| part == secret.as_bytes()), "{secret} is readable in the ledger");
    }
}
