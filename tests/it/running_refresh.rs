//! The directory page while a refresh runs, and after one that died.

use std::fs;
use std::path::Path;

use placement::refresh;
use placement::refresh::options::{RefreshOptions, RefreshProgress};
use placement::run_report::running::RunningRefresh;
use tempfile::TempDir;

use crate::api::Api;
use crate::provider_pages::page;

/// The part of the directory page about a running refresh; `None` if it has none.
async fn running(index: &Path) -> Option<String> {
    let page = page(&Api::of(index).get("/directory").await);
    let part = page.all().into_iter().find(|element| element.attribute("id") == Some("running"));
    part.map(super::strict_markup::Element::words)
}

#[tokio::test]
async fn a_refresh_writes_its_stages_while_it_runs_and_removes_them() {
    let folder = TempDir::new().unwrap();
    let (files, index) = (folder.path().join("files"), folder.path().join("index"));
    fs::create_dir(&files).unwrap();
    fs::write(files.join("roster.csv"), "payer,plan,network,ccn\nAcme,Gold,Gold Net,265001\n").unwrap();
    let state = index.join("reports").join("running.json");
    let mut seen: Vec<RunningRefresh> = Vec::new();
    let options = RefreshOptions::new(&files, &index, "2026-11-21T06:00:00-06:00".parse().unwrap());
    // The state is written before the caller hears of a stage. A roster alone makes no directory, so the refresh fails in the end.
    let (_, ended) = refresh::run_with_report(&options, &mut |told| {
        if matches!(told, RefreshProgress::Done { .. } | RefreshProgress::Reading { .. }) {
            seen.push(serde_json::from_slice(&fs::read(&state).unwrap()).unwrap());
        }
    });
    assert!(!seen.is_empty(), "{ended:?}");
    assert!(seen.iter().all(|state| state.began == options.built_at));
    assert!(!state.exists(), "the state is removed however the refresh ends: {ended:?}");
    assert_eq!(running(&index).await, None);
    assert_eq!(options.row_counter.get(), 2, "the header and the row of the roster");
}

#[tokio::test]
async fn a_running_refresh_and_one_that_died_are_distinguished() {
    let folder = TempDir::new().unwrap();
    let reports = folder.path().join("reports");
    fs::create_dir(&reports).unwrap();
    let state = serde_json::json!({
        "began": "2026-11-21T18:40:00Z", "updated": "2026-11-21T18:58:00Z", "now": "Reading <b>hh.csv", "file": [3, 12], "rows": 1_204_518,
        "done": [{"stage": "fetch", "what": "9 files received"}, {"stage": "read", "what": "52,310 rows"}],
    });
    fs::write(reports.join("running.json"), state.to_string()).unwrap();
    let died = running(folder.path()).await.unwrap();
    assert!(died.contains("A refresh ended without finishing"), "{died}");
    // As the process does for as long as it lives.
    let alive = fs::File::create(reports.join("running.lock")).unwrap();
    alive.lock().unwrap();
    let told = running(folder.path()).await.unwrap();
    for said in [
        "A refresh is running.",
        "Started Nov 21, 2026, 12:40 CST. Last update 2 minutes ago.",
        "File 3 of 12",
        "1,204,518 rows read",
        "Reading <b>hh.csv",
        "52,310 rows",
    ] {
        assert!(told.contains(said), "{said}: {told}");
    }
    drop(alive);
    assert!(running(folder.path()).await.unwrap().contains("ended without finishing"));
    fs::write(reports.join("running.json"), "{").unwrap();
    assert!(running(folder.path()).await.unwrap().contains("cannot be read"));
}
