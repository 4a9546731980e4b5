//! A server beside refreshes: what it serves, what it reports, and when it checks again.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::json;

use super::{Ground, body, ready};
use crate::api::Api;
use crate::cli::Server;
use crate::full_size::{in_full, times};

#[tokio::test]
async fn readiness_in_full_tells_ages_and_sources() {
    let told = Api::sample().get("/readyz?verbose").await.json();
    assert_eq!((&told["status"], &told["built_at"]), (&json!("ready"), &json!("2026-11-21T12:00:00Z")));
    assert_eq!(told["age_seconds"], 7 * 3600, "{told:#}");
    assert_eq!((&told["loading"], &told["failed"], &told["forced"]), (&json!(null), &json!([]), &json!(null)));
    let sources = told["sources"].as_array().unwrap();
    assert!(sources.len() > 8 && sources.iter().all(|source| source["status"] == "current"), "{told:#}");
    assert!(sources.iter().any(|source| source["source"] == "CMS Nursing Home Provider Information"), "{told:#}");
    assert!(sources.iter().all(|source| source["as_of"].is_string() && source["age_days"].is_u64()), "{told:#}");
}

#[tokio::test]
async fn readiness_takes_one_parameter_and_no_value() {
    let api = Api::sample();
    for (path, pointer, code) in
        [("/readyz?verbos", "?verbos", "unknown_parameter"), ("/readyz?verbose=no", "?verbose", "not_a_value")]
    {
        let answer = api.get(path).await;
        assert_eq!(answer.status, 422, "{path}: {}", answer.text);
        assert_eq!(answer.faults(), [(pointer.to_owned(), code.to_owned())]);
    }
}

#[tokio::test]
async fn the_directory_names_what_facts_call_their_source() {
    let told = Api::sample().get("/v1/directory").await.json();
    assert_eq!(told["forced"], json!(null));
    let rosters = told["sources"].as_array().unwrap().iter().filter(|s| s["dataset"] == "payer roster");
    assert!(rosters.clone().count() > 0 && rosters.clone().all(|s| s["source"] != s["dataset"]), "{told:#}");
}

#[test]
fn a_server_notices_a_new_directory_within_seconds_and_says_how_old_the_old_one_was() {
    let ground = Ground::new(2);
    let server = Server::start(ground.path(), "serve");
    server.wait_for("/readyz", &ground.current());
    assert!(ready(&server)["age_seconds"].as_i64().unwrap() >= 3600, "built an hour ago");
    let mut slowest = Duration::ZERO;
    for _ in 0..times(1, 20) {
        assert_eq!(ground.refresh().code, 0);
        let (published, current) = (Instant::now(), ground.current());
        server.wait_for("/readyz", &current);
        slowest = slowest.max(published.elapsed());
    }
    println!("a new directory was served at most {:.1} s after it was published", slowest.as_secs_f64());
    let promised = Duration::from_secs(if in_full() { 5 } else { 15 });
    assert!(slowest < promised, "{slowest:?}; promised are 5 s, and 15 s are given where all tests run at once");
}

#[test]
fn what_is_damaged_is_told_and_read_again_only_when_asked() {
    let ground = Ground::new(2);
    let ids = ground.ids();
    assert_eq!(ground.run(&format!("directory rollback {}", ids[1])).code, 0);
    let server = Server::start(ground.path(), "serve");
    server.wait_for("/readyz", &ids[1]);

    // The newer one becomes current and is damaged at the same moment: the served one stays.
    let file = ground.of(&ids[0]).join("providers.bin");
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[1..]).unwrap();
    fs::write(ground.index().join("current"), format!("{}\n", ids[0])).unwrap();
    server.wait_for("/readyz?verbose", " expected");
    let told = ready(&server);
    assert_eq!((&told["status"], &told["generation"]), (&json!("ready"), &json!(ids[1])));
    assert_eq!((&told["failed"][0]["generation"], told["failed"].as_array().unwrap().len()), (&json!(ids[0]), 1));

    // Repaired in place: it is not read every two seconds, so nothing happens until SIGHUP.
    fs::write(&file, whole).unwrap();
    std::thread::sleep(Duration::from_secs(5));
    assert_eq!(ready(&server)["generation"], ids[1]);
    server.signal("HUP");
    server.wait_for("/readyz", &ids[0]);
    assert_eq!(ready(&server)["failed"], json!([]));
}

#[test]
fn a_damaged_directory_is_tried_again_when_current_is_written_anew() {
    let ground = Ground::new(2);
    let ids = ground.ids();
    let file = ground.of(&ids[0]).join("tables.bin");
    let whole = fs::read(&file).unwrap();
    fs::write(&file, "").unwrap();
    let server = Server::start(ground.path(), "serve");
    server.wait_for("/readyz", &ids[1]);
    fs::write(&file, whole).unwrap();
    // To the same one as before.
    assert_eq!(ground.run(&format!("directory rollback {}", ids[0])).code, 0);
    server.wait_for("/readyz", &ids[0]);
    let told = body(&server.ask("GET", "/v1/directory", ""));
    assert_eq!(told["generation"], ids[0]);
}
