//! The teaching sheets: alone and behind a choice list, one page each, in plain words, with the rules of law behind them.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use placement::hospital::Hospital;
use placement::service::Service;
use serde_json::{Value, json};

use crate::api::question;
use crate::choice_list_words::{FAIRLY_EASY, FAIRLY_EASY_INFLESZ, HIGHEST_GRADE, ease, grade, plain};
use crate::choice_lists::{Desk, made};

async fn sheet(desk: &Desk, service: Service, language: &str) -> Value {
    let path = format!("/v1/teaching-sheets/{service}?language={language}");
    let answer = desk.get(&path, "application/json").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.json()
}

/// The blocks of the one section of a sheet.
fn blocks(sheet: &Value) -> &Vec<Value> {
    let sections = sheet["printed"]["sections"].as_array().unwrap();
    assert_eq!((sections.len(), &sections[0]["kind"]), (1, &json!("teaching_sheet")));
    sections[0]["blocks"].as_array().unwrap()
}

/// The sentences of a sheet for readers: without the citations at its end.
fn sentences(sheet: &Value) -> BTreeSet<String> {
    let mut texts: Vec<&str> = Vec::new();
    let (_, read) = blocks(sheet).split_last().unwrap();
    for block in read {
        texts.extend(block["text"].as_str());
        texts.extend(block["points"].as_array().into_iter().flatten().map(|point| point.as_str().unwrap()));
    }
    let without_marks = |text: &str| {
        let mut text = text.replace("medicare.gov", "website");
        for number in 1..20 {
            text = text.replace(&format!(" [{number}]"), "");
        }
        text
    };
    texts.into_iter().flat_map(|text| plain(&without_marks(text))).collect()
}

#[tokio::test]
async fn every_sheet_is_one_page_that_a_sixth_grader_can_read() {
    let desk = Desk::new(Hospital { phone: Some("816-555-0100".to_owned()), ..Hospital::default() }).await;
    for service in Service::ALL {
        let english = sheet(&desk, service, "en").await;
        assert_eq!(english["pages"], 1, "{service}");
        let said = sentences(&english);
        assert!(said.len() > 15, "{service}: {said:?}");
        let level = grade(&said);
        println!("{service}: grade {level:.1}");
        assert!(level <= HIGHEST_GRADE, "{service}: {level}");
        for sentence in said.iter().filter(|sentence| sentence.split(' ').count() > 5) {
            let level = grade(&BTreeSet::from([sentence.clone()]));
            assert!(level <= 9.5, "{service}, {level:.1}: {sentence}");
        }
        let spanish = sheet(&desk, service, "es").await;
        assert_eq!(spanish["pages"], 1, "{service}, Spanish");
        let (huerta, inflesz) = ease(&sentences(&spanish));
        println!("{service}: {huerta:.0}, {inflesz:.0}");
        assert!(huerta >= FAIRLY_EASY && inflesz >= FAIRLY_EASY_INFLESZ, "{service}: {huerta}, {inflesz}");
        assert_ne!(english["title"], spanish["title"]);
    }
}

#[tokio::test]
async fn a_sheet_prints_each_citation_with_its_day_and_that_nobody_reviewed_it() {
    let desk = Desk::new(Hospital::default()).await;
    for (language, not_reviewed) in [("en", "not reviewed"), ("es", "sin revisar")] {
        for service in Service::ALL {
            let sheet = sheet(&desk, service, language).await;
            assert_eq!((&sheet["reviewed"], &sheet["reviewed_on"]), (&json!(false), &Value::Null));
            assert!(sheet["printed"]["watermark"].is_string(), "a text for patients that nobody reviewed is a draft");
            let cited = blocks(&sheet).last().unwrap()["text"].as_str().unwrap();
            assert!(cited.contains(not_reviewed) && cited.contains("2026"), "{service}: {cited}");
            let all = blocks(&sheet).iter().map(Value::to_string).collect::<String>();
            for (at, rule) in sheet["rules"].as_array().unwrap().iter().enumerate() {
                let citation = rule["citation"].as_str().unwrap();
                assert!(cited.contains(&format!("[{}] {citation}", at + 1)), "{service}: {citation}");
                assert!(all.matches(&format!(" [{}]", at + 1)).count() >= 1, "{service}: {citation} marks no sentence");
                assert!(rule["effective"].is_string() && rule["review_by"].is_string() && rule["reviewed_on"].is_null());
            }
        }
    }
}

#[tokio::test]
async fn a_sheet_is_served_as_a_page_a_document_and_a_pdf() {
    let desk = Desk::new(Hospital { name: Some("Mercy".to_owned()), ..Hospital::default() }).await;
    let pdf = desk.get("/v1/teaching-sheets/hospice", "application/pdf").await;
    assert!(pdf.status == StatusCode::OK && pdf.bytes.starts_with(b"%PDF-"));
    let html = desk.get("/v1/teaching-sheets/hospice?language=es", "text/html").await;
    assert!(html.text.contains("<html lang=\"es\">") && html.text.contains("Cuidados de hospicio"), "{}", html.text);
    let page = desk.get("/teaching-sheets/hospice?language=es", "text/html").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert!(page.text.contains("href=\"/teaching-sheets/hospice?language=en\""), "{}", page.text);
    assert!(page.text.contains("<article class=\"list draft\" lang=\"es\"") && page.text.contains("Mercy"));
    let alone = desk.get("/teaching-sheets/hospice?as=pdf", "text/html").await;
    assert!(alone.bytes.starts_with(b"%PDF-"));
    let find = desk.get("/choice-list", "text/html").await.text;
    for service in Service::ALL {
        assert!(find.contains(&format!("/teaching-sheets/{service}\"")), "{service}");
    }
    for (path, status, words) in [
        ("/v1/teaching-sheets/hospices", StatusCode::NOT_FOUND, "no_such_sheet"),
        ("/v1/teaching-sheets/hospice?language=fr", StatusCode::UNPROCESSABLE_ENTITY, "?language"),
        ("/v1/teaching-sheets/hospice?lang=es", StatusCode::UNPROCESSABLE_ENTITY, "did you mean language"),
    ] {
        let answer = desk.get(path, "application/json").await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        assert!(answer.text.contains(words), "{path}: {}", answer.text);
    }
    assert_eq!(desk.get("/v1/teaching-sheets/hospice", "image/png").await.status, StatusCode::NOT_ACCEPTABLE);
}

#[tokio::test]
async fn a_list_prints_a_sheet_for_each_service_and_replays_it_byte_for_byte() {
    let desk = Desk::new(Hospital::default()).await;
    for language in ["en", "es"] {
        let mut discharge = question();
        discharge.as_object_mut().unwrap().remove("service");
        discharge.as_object_mut().unwrap().remove("within_miles");
        discharge["services"] = json!(["skilled_nursing", "home_health"]);
        let mut body = json!({"discharge": discharge, "language": language});
        let without = made(&desk, &body).await;
        assert_eq!(without["teaching_sheets"], json!([]));
        body["teaching_sheets"] = json!(true);
        let with = made(&desk, &body).await;
        let named = [("skilled_nursing", 1), ("home_health", 1)]
            .map(|(service, version)| json!({"service": service, "version": version, "reviewed": false}));
        assert_eq!(with["teaching_sheets"], json!(named));
        let pages = |list: &Value| list["pages"].as_u64().unwrap();
        // The reason for the draft may take the list itself to another page.
        assert!((2..=3).contains(&(pages(&with) - pages(&without))), "one page a sheet");
        let kinds = |list: &Value| -> Vec<String> {
            let sections = list["printed"]["sections"].as_array().unwrap().iter();
            sections.map(|section| format!("{} {}", section["kind"], section["service"])).collect()
        };
        let sheets = ["\"teaching_sheet\" \"skilled_nursing\"", "\"teaching_sheet\" \"home_health\""];
        assert_eq!(kinds(&with), [kinds(&without), sheets.map(str::to_owned).to_vec()].concat());
        assert!(with["draft"].as_array().unwrap().contains(&json!("sheet_not_reviewed")));
        assert!(!without["draft"].as_array().unwrap().contains(&json!("sheet_not_reviewed")));

        let path = format!("/v1/choice-lists/{}", with["id"].as_str().unwrap());
        for accept in ["application/json", "text/html", "application/pdf"] {
            let (first, second) = (desk.get(&path, accept).await, desk.get(&path, accept).await);
            assert!(first.status == StatusCode::OK && first.bytes == second.bytes, "{accept}");
        }
        assert_eq!(
            desk.get(&path, "application/json").await.json(),
            with,
            "the sheets of the list are those it was made with"
        );
        let html = desk.get(&path, "text/html").await.text;
        assert_eq!(html.matches("<section class=\"teaching_sheet\">").count(), 2);
    }
}

#[tokio::test]
async fn the_page_prints_sheets_where_they_are_ticked_and_keeps_them_for_the_other_language() {
    let desk = Desk::new(Hospital::default()).await;
    let asked = [("service", "hospice"), ("near", "64108"), ("coverage", "Medicare")];
    let without = desk.page(&asked).await;
    assert!(without.status == StatusCode::OK && !without.text.contains("class=\"teaching_sheet\""), "{}", without.text);
    let ticked: Vec<(&str, &str)> = asked.into_iter().chain([("teaching_sheets", "yes")]).collect();
    let with = desk.page(&ticked).await.text;
    assert!(with.contains("<section class=\"teaching_sheet\">"), "{with}");
    assert!(with.contains("name=\"teaching_sheets\" value=\"yes\""), "the button for Spanish asks for it too");
    let wrong: Vec<(&str, &str)> = asked.into_iter().chain([("teaching_sheets", "maybe")]).collect();
    assert_eq!(desk.page(&wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let answer = desk.api.get("/").await.text;
    assert!(!answer.contains("teaching_sheets"), "the question has no such field");
}
