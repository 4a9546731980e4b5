//! The pages around an answer: one provider, several side by side, and the state of the directory.

use std::fs;
use std::path::Path;

use axum::http::StatusCode;
use serde_json::Value;
use tempfile::TempDir;

use crate::api::{Answer, Api, publish};
use crate::directories;
use crate::markup::{Element, read};

/// The page of an answer, read strictly.
pub fn page(answer: &Answer) -> Element {
    let page = read(&answer.text).unwrap_or_else(|fault| panic!("{fault}\n{}", answer.text));
    assert_eq!(page.named("h1").len(), 1, "one h1");
    for table in page.named("table") {
        assert_eq!(table.named("caption").len(), 1, "a table says what it is");
        assert!(table.named("th").iter().all(|cell| cell.attribute("scope").is_some()));
    }
    let mut ids: Vec<&str> = page.all().iter().filter_map(|element| element.attribute("id")).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "ids are unique");
    page
}

/// Every fact anywhere in `value`: what is said and by whom.
fn facts(value: &Value) -> Vec<&Value> {
    match value {
        Value::Object(fields) => {
            let this = fields.contains_key("source").then_some(value);
            this.into_iter().chain(fields.values().flat_map(facts)).collect()
        }
        Value::Array(items) => items.iter().flat_map(facts).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn every_fact_of_every_provider_is_shown_with_who_said_it() {
    let known = directories::profiled();
    let api = Api::of(&known.index);
    let mut contradicted = 0;
    for provider in &known.providers {
        let id = &provider.id;
        let answer = api.get(&format!("/providers/{id}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{id}");
        assert_eq!(answer.header("cache-control"), "no-cache");
        let page = page(&answer);
        assert_eq!(page.named("h1")[0].text(), provider.name.value);
        let words = page.words();
        let told = api.get(&format!("/v1/providers/{id}")).await.json();
        for fact in facts(&told["provider"]) {
            let source = fact["source"].as_str().unwrap();
            let as_of = fact["as_of"].as_str().unwrap_or("undated");
            assert!(words.contains(&format!("{source}, {as_of}")), "{id}: {fact}");
            if let Some(text) = fact["value"].as_str().filter(|text| *text != "female" && *text != "male") {
                assert!(words.contains(text.split_whitespace().collect::<Vec<_>>().join(" ").as_str()), "{id}: {text}");
            }
            for other in fact["others"].as_array().into_iter().flatten() {
                let day = other["as_of"].as_str().unwrap_or("undated");
                let loser = format!("({}, {day}", other["source"].as_str().unwrap());
                let lists = page.classed("others").iter().map(|list| list.words()).collect::<String>();
                assert!(lists.contains("Another source says") && lists.contains(&loser), "{id}: {other}");
                contradicted += 1;
            }
        }
        for line in told["provider"]["services"].as_array().unwrap() {
            let section =
                page.all().into_iter().find(|element| element.attribute("aria-labelledby") == line["service"].as_str());
            let said = line["answers"].as_array().unwrap().len();
            let section = section.unwrap_or_else(|| panic!("{id}: {}", line["service"]));
            let unknown = format!("{} needs nobody says anything about", 70 - said);
            assert!(section.words().contains(&unknown), "{id}: {unknown}");
            for zip in line["service_area"]["value"].as_array().into_iter().flatten() {
                assert!(section.text().contains(zip.as_str().unwrap()));
            }
        }
        assert_eq!(page.named("svg").len(), usize::from(provider.position.is_some()), "{id}");
    }
    assert!(contradicted > 0, "what lost is shown beside what won");
}

#[tokio::test]
async fn a_telephone_is_a_link_and_an_unknown_id_a_page() {
    let api = Api::sample();
    let provider = directories::sample().providers.iter().find(|provider| provider.phone.is_some()).unwrap();
    let page_of = page(&api.get(&format!("/providers/{}", provider.id)).await);
    let phone = provider.phone.as_ref().unwrap().value;
    let links = page_of.named("a");
    assert!(links.iter().any(|link| link.attribute("href") == Some(&format!("tel:+1-{phone}"))));
    for id in ["ccn:999999", "npi:1", "nobody", "%3Cscript%3E"] {
        let answer = api.get(&format!("/providers/{id}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{id}");
        assert!(page(&answer).words().contains("The directory has no such provider"), "{id}");
    }
}

#[tokio::test]
async fn the_directory_tells_its_sources_and_its_last_night() {
    let answer = Api::sample().get("/directory").await;
    assert_eq!(answer.status, StatusCode::OK);
    let page = page(&answer);
    let words = page.words();
    let told = Api::sample().get("/v1/directory").await.json();
    let generation = told["generation"].as_str().unwrap();
    assert!(words.contains(&format!("Served now: {generation}, built 2026-11-21 06:00, 7 hours old.")), "{words}");
    assert!(words.contains(&format!("Published {generation}, which is served.")), "{words}");
    for source in told["sources"].as_array().unwrap() {
        let row = page.named("tr").into_iter().rev().find(|row| row.text().contains(source["file"].as_str().unwrap()));
        let row = row.unwrap().words();
        for part in ["source", "as_of"] {
            assert!(row.contains(source[part].as_str().unwrap()), "{row}");
        }
        assert!(row.contains("✓ Current"), "{row}");
    }
}

/// An index folder with the sample in it.
fn index() -> TempDir {
    let folder = TempDir::new().unwrap();
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/sample");
    publish(&files, &folder.path().join("index"), "2026-11-21T12:00:00Z");
    folder
}

#[tokio::test]
async fn a_report_that_is_missing_damaged_or_bad_news_is_told() {
    let folder = index();
    let index = folder.path().join("index");
    let last = index.join("reports/last.json");
    let refused = r#"{"outcome":"refused","began":"2026-11-21T11:00:00Z","checks":[
        {"guard":"providers","subject":"","verdict":"refuse","words":"312 providers, 40 % fewer than 520"}]}"#;
    let failed = r#"{"outcome":"failed","cause":"nursing_homes.csv: the disk failed"}"#;
    for (report, says) in [
        (Some(refused), "✗ Refused by the gate: what was served before stays."),
        (Some(refused), "✗ Against: 312 providers, 40 % fewer than 520"),
        (Some(failed), "✗ Failed: what was served before stays. nursing_homes.csv: the disk failed"),
        (Some("{\"outcome\":"), "? Its report cannot be read: it is not a report"),
        (Some("{\"rejects\":{\"rows\":3}}"), "? They cannot be listed:"),
        (None, "No refresh has left a report here"),
    ] {
        match report {
            Some(report) => fs::write(&last, report).unwrap(),
            None => fs::remove_file(&last).unwrap(),
        }
        let answer = Api::of(&index).get("/directory").await;
        assert_eq!(answer.status, StatusCode::OK, "{says}");
        let words = page(&answer).words();
        assert!(words.contains(says), "{says}: {words}");
    }
}

#[tokio::test]
async fn without_a_directory_the_page_says_what_is_in_the_way() {
    let folder = TempDir::new().unwrap();
    let answer = Api::of(folder.path()).get("/directory").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    let words = page(&answer).words();
    assert!(words.contains("No directory is loaded.") && words.contains("no directory has been published"), "{words}");

    let folder = index();
    let index = folder.path().join("index");
    fs::write(index.join("current"), "20991231T000000Z-00000000\n").unwrap();
    let words = page(&Api::of(&index).get("/directory").await).words();
    assert!(words.contains("20991231T000000Z-00000000 should be served and cannot be"), "{words}");
    assert!(words.contains("Served now: 20261121T120000Z"), "an older one is served: {words}");
}
