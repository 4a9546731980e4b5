//! The pages around an answer: one provider, a comparison, and the state of the directory.

use std::fs;
use std::path::Path;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use jiff::civil::Date;
use placement::matching::report::FitTier;
use placement::profile::Profile;
use placement::provider::Provider;
use placement::service::{Need, Service};
use placement::text::proper_case::proper_case;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::{Answer, Api, publish};
use crate::directories;
use crate::strict_markup::{Element, read};

/// The page of an answer, parsed strictly.
pub(crate) fn page(answer: &Answer) -> Element {
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

/// A date of the API as formatted on pages.
fn day(as_of: &Value) -> String {
    let day = as_of.as_str().map(|day| day.parse::<Date>().unwrap().strftime("%b %-d, %Y").to_string());
    day.unwrap_or_else(|| "undated".to_owned())
}

/// All facts in `value`, with their sources.
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
        assert_eq!(page.named("h1")[0].text(), proper_case(&provider.name.value));
        let words = page.words();
        let any_case = words.to_lowercase();
        let told = api.get(&format!("/v1/providers/{id}")).await.json();
        for fact in facts(&told["provider"]) {
            let source = fact["source"].as_str().unwrap();
            let as_of = day(&fact["as_of"]);
            assert!(words.contains(&format!("{source}, {as_of}")), "{id}: {fact}");
            if let Some(text) = fact["value"].as_str().filter(|text| *text != "female" && *text != "male") {
                let text = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
                assert!(any_case.contains(&text), "{id}: {text}");
            }
            for other in fact["others"].as_array().into_iter().flatten() {
                let loser = format!("({}, {}", other["source"].as_str().unwrap(), day(&other["as_of"]));
                assert!(words.contains("Another source says") && words.contains(&loser), "{id}: {other}");
                contradicted += 1;
            }
        }
        for line in told["provider"]["services"].as_array().unwrap() {
            let section =
                page.all().into_iter().find(|element| element.attribute("aria-labelledby") == line["service"].as_str());
            let said = line["answers"].as_array().unwrap().len();
            let section = section.unwrap_or_else(|| panic!("{id}: {}", line["service"]));
            let unknown = format!("{} needs not reported", Need::all().len() - said);
            assert!(section.words().contains(&unknown), "{id}: {unknown}");
            for zip in line["service_area"]["value"].as_array().into_iter().flatten() {
                assert!(section.text().contains(zip.as_str().unwrap()));
            }
        }
        assert_eq!(page.classed("drawing").len(), usize::from(provider.position.is_some()), "{id}");
    }
    assert!(contradicted > 0, "what lost is shown beside what won");
}

/// Whether it is a home health agency alone, with an area, a rating and a phone.
fn comes(provider: &Provider) -> bool {
    match &provider.lines[..] {
        [line] if line.service == Service::HomeHealth => {
            line.area.evidence().is_some() && line.rating.is_some() && provider.phone.is_some()
        }
        _ => false,
    }
}

#[tokio::test]
async fn the_card_comes_first_and_the_map_shows_the_service_area() {
    let api = Api::sample();
    let known = directories::sample();
    let provider = known.providers.iter().find(|provider| comes(provider)).unwrap();
    let page = page(&api.get(&format!("/providers/{}", provider.id)).await);
    let card = page.classed("card")[0].words();
    let told = api.get(&format!("/v1/providers/{}", provider.id)).await.json();
    let line = &told["provider"]["services"][0];
    let phone = provider.phone.as_ref().unwrap().value.to_string();
    for said in [&*phone, "Home health", " stars", "Availability? Not reported", "Medicare-certified", "CCN"] {
        assert!(card.contains(said), "{said}: {card}");
    }
    let map = page.classed("drawing")[0];
    let dots = map.classed("served")[0].attribute("d").unwrap().matches("h0").count();
    assert_eq!(dots, line["service_area"]["value"].as_array().unwrap().len());
    assert!(map.classed("town").len() > 2);
    let caption = page.named("figcaption")[0].words();
    assert!(caption.contains(&format!("{dots} ZIP codes that it serves")), "{caption}");
    for notices in page.classed("safety") {
        assert!(card.contains(&notices.words()), "a notice is on the card");
    }
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
    assert!(
        words.contains(&format!("Current version: {generation}, built Nov 21, 2026, 06:00 CST, 7 hours old.")),
        "{words}"
    );
    assert!(words.contains(&format!("Published {generation}, which is the current version.")), "{words}");
    for source in told["sources"].as_array().unwrap() {
        let row = page.named("tr").into_iter().rev().find(|row| row.text().contains(source["file"].as_str().unwrap()));
        let row = row.unwrap().words();
        assert!(row.contains(source["source"].as_str().unwrap()) && row.contains(&day(&source["as_of"])), "{row}");
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
        (Some(refused), "✗ Stopped by the safety checks. The previous version is still in use."),
        (Some(refused), "✗ Failed: 312 providers, 40 % fewer than 520"),
        (Some(failed), "✗ Failed. The previous version is still in use. nursing_homes.csv: the disk failed"),
        (Some("{\"outcome\":"), "? The report cannot be read: the file is not a report"),
        (Some("{\"rejects\":{\"rows\":3}}"), "? Details are not available:"),
        (None, "No refresh report."),
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
    assert!(words.contains("20991231T000000Z-00000000 cannot be loaded"), "{words}");
    assert!(words.contains("Current version: 20261121T120000Z"), "an older one is served: {words}");
}

#[tokio::test]
async fn how_ranking_works_shows_the_weights_and_rates_in_use() {
    let folder = TempDir::new().unwrap();
    for api in [Api::sample(), Api::of(folder.path())] {
        let answer = api.get("/how-ranking-works").await;
        assert_eq!(answer.status, StatusCode::OK, "also without a directory");
        let page = page(&answer);
        let words = page.words();
        for fit in FitTier::ALL {
            assert!(words.contains(fit.label()), "{}", fit.label());
        }
        let profile = Profile::standard();
        assert!(words.contains(&format!("(profile {profile})")), "{words}");
        for (part, weight) in profile.travel.iter().chain(profile.come.iter()) {
            let percent = format!("{}%", weight.value() * 100.0);
            assert!(words.contains(&percent), "{part:?} {percent}");
        }
        let rates: toml::Table = include_str!("../../data/curated/acceptance_rates.toml").parse().unwrap();
        let rates = rates["rate"].as_array().unwrap();
        for source in rates.iter().filter_map(|rate| rate.get("source")) {
            assert!(words.contains(source.as_str().unwrap()), "{source}");
        }
        assert!(words.contains("2.5%") && words.contains("Our choice; no rate is published"));
    }
}

#[tokio::test]
async fn every_page_links_to_how_ranking_works() {
    let api = Api::sample();
    for path in ["/", "/choice-list", "/directory", "/docs", "/providers/ccn:265015", "/how-ranking-works"] {
        let page = page(&api.get(path).await);
        let links = page.named("a");
        assert!(links.iter().any(|link| link.attribute("href") == Some("/how-ranking-works")), "{path}");
    }
}

async fn compare(api: &Api, fields: &[(&str, &str)]) -> Answer {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::post("/compare").header("content-type", "application/x-www-form-urlencoded");
    let sent = api.send(request.body(Body::from(body)).unwrap()).await;
    api.get(sent.header("location")).await
}

const ASKED: [(&str, &str); 3] = [("near", "64108"), ("service", "skilled_nursing"), ("need", "wound.npwt")];

/// The cells of the row with that heading.
fn row(page: &Element, heading: &str) -> Vec<String> {
    let rows = page.named("tr").into_iter();
    let mut found = rows.filter(|row| row.named("th").first().is_some_and(|cell| cell.words() == heading));
    found.next().unwrap_or_else(|| panic!("no row {heading}")).named("td").iter().map(|cell| cell.words()).collect()
}

/// The section with the differences.
fn differs(page: &Element) -> &Element {
    page.all().into_iter().find(|element| element.attribute("aria-labelledby") == Some("differs")).unwrap()
}

#[tokio::test]
async fn two_of_the_list_are_compared_as_the_list_has_them() {
    let api = Api::sample();
    let question = json!({"service": "skilled_nursing", "near": {"zip": "64108"}, "needs": ["wound.npwt"]});
    let report = api.post("/v1/matches", question).await.json();
    let (first, sixth) = (&report["matches"][0], &report["matches"][5]);
    let ids = [first, sixth].map(|found| found["provider"]["id"].as_str().unwrap().to_owned());
    let answer = compare(&api, &[&ASKED[..], &[("pick", &ids[0]), ("pick", &ids[1])]].concat()).await;
    assert_eq!((answer.status, answer.header("cache-control")), (StatusCode::OK, "no-store"));
    let page = page(&answer);
    let miles = |found: &Value| found["distance_miles"].as_f64().unwrap();
    let shown: Vec<f64> = row(&page, "Distance").iter().map(|cell| cell.replace(" miles", "").parse().unwrap()).collect();
    for (shown, found) in shown.iter().zip([first, sixth]) {
        assert!((shown - miles(found)).abs() < 0.051, "{shown} of {found:#}");
    }
    for (cell, rank) in row(&page, "Rank").iter().zip([1, 6]) {
        assert!(cell.starts_with(&format!("{rank} of ")), "{cell}");
    }
    let told: Vec<String> = differs(&page).named("li").iter().map(|sentence| sentence.words()).collect();
    let name = |found: &Value| found["provider"]["name"].as_str().unwrap().to_owned();
    let stands = format!("{} is ranked 1 of", proper_case(&name(first)));
    assert!(told.iter().any(|sentence| sentence.starts_with(&stands)), "{told:#?}");
    let kept: Vec<(Option<&str>, Option<&str>)> =
        page.named("input").iter().map(|input| (input.attribute("name"), input.attribute("value"))).collect();
    let picks = ids.iter().map(|id| (Some("pick"), Some(id.as_str())));
    let same: Vec<_> = ASKED.iter().map(|(name, value)| (Some(*name), Some(*value))).chain(picks).collect();
    assert_eq!(kept[..same.len()], same, "the way back asks the same");
}

#[tokio::test]
async fn one_that_is_left_out_says_why_beside_one_that_is_not() {
    let api = Api::sample();
    let report = api.post("/v1/matches", json!({"service": "skilled_nursing", "near": {"zip": "64108"}})).await.json();
    let listed = report["matches"][0]["provider"]["id"].as_str().unwrap().to_owned();
    let far = json!({"service": "skilled_nursing", "near": {"zip": "64108"}, "within_miles": 500, "limit": 1000});
    let far = api.post("/v1/matches", far).await.json();
    let found = far["matches"].as_array().unwrap().iter().find(|found| found["distance_miles"].as_f64() > Some(30.0));
    let far = found.unwrap()["provider"]["id"].as_str().unwrap().to_owned();
    let agency = directories::sample().providers.iter().find(|p| p.line(Service::HomeHealth).is_some()).unwrap();
    let picks = [("pick", listed.as_str()), ("pick", far.as_str()), ("pick", agency.id.as_str())];
    let page = page(&compare(&api, &[&ASKED[..], &picks].concat()).await);
    let cells = row(&page, "Rank");
    assert!(cells[1].starts_with("✗ Excluded:") && cells[1].contains("is beyond 25.0 miles"), "{cells:?}");
    assert_eq!(cells[2], "✗ Does not offer this level of care. Offers: home health");
    let told = differs(&page).words();
    assert!(told.contains("is excluded:") && told.contains("does not offer this level of care."), "{told}");
}

#[tokio::test]
async fn a_choice_of_too_few_or_too_many_keeps_the_question() {
    let api = Api::sample();
    let ids: Vec<String> = directories::sample().providers.iter().take(6).map(|p| p.id.to_string()).collect();
    let gone = ["ccn:999998".to_owned(), "ccn:999999".to_owned(), "nobody".to_owned()];
    for (picks, says) in [
        (&ids[..0], "No providers selected. Select 2 to 5 in the results."),
        (&ids[..1], "Only 1 provider selected. Select 2 to 5 in the results."),
        (&ids[..6], "6 providers selected. Select 2 to 5 in the results."),
        (&[ids[0].clone(), ids[0].clone()][..], "Only 1 provider selected"),
        (&gone[..], "Fewer than 2 of the selected providers are in the directory."),
    ] {
        let picks: Vec<(&str, &str)> = picks.iter().map(|id| ("pick", id.as_str())).collect();
        let answer = compare(&api, &[&ASKED[..], &picks].concat()).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{says}");
        let page = page(&answer);
        assert!(page.classed("errors")[0].words().contains(says), "{says}");
        assert_eq!(page.named("input").len(), ASKED.len() + picks.len(), "{says}: the way back keeps the selection");
        assert_eq!(page.named("form")[0].attribute("action"), Some("/"));
    }
    let wrong = [("near", "99999"), ("service", "skilled_nursing"), ("pick", &ids[0]), ("pick", &ids[1])];
    let answer = compare(&api, &wrong).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!page(&answer).classed("errors")[0].named("li").is_empty());
}
