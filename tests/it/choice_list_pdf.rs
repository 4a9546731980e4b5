//! The list as PDF, read with the poppler tools like a screen reader or a printer.

use std::process::Command;
use std::{env, fs};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use placement::hospital::logo::HospitalLogo;
use placement::hospital::{FinancialInterest, Hospital};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::question;
use crate::choice_lists::{Desk, home_health};

/// A list's PDF and JSON; both belong to one list because they are retrieved by its number.
async fn list(hospital: Hospital, body: &Value) -> (Vec<u8>, Value) {
    let desk = Desk::new(hospital).await;
    let made = desk.make("application/json", body).await;
    let again = desk.get(made.header("location"), "application/pdf").await;
    (again.bytes, made.json())
}

/// The output of the poppler `tool` for `pdf`; `None` if it is not installed, which fails if `CI`
/// is set.
pub(crate) fn poppler(tool: &str, arguments: &[&str], pdf: &[u8]) -> Option<String> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("list.pdf");
    fs::write(&path, pdf).unwrap();
    let mut command = Command::new(tool);
    command.args(arguments).arg(&path);
    if tool == "pdftotext" {
        command.arg("-");
    }
    match command.output() {
        Ok(output) => Some(String::from_utf8_lossy(&output.stdout).into_owned()),
        Err(error) if env::var_os("CI").is_none() => {
            println!("skipped: {tool}: {error}");
            None
        }
        Err(error) => panic!("{tool}: {error}"),
    }
}

fn hospital() -> Hospital {
    let says = "Its owner also owns this hospital, ".repeat(3) + "as people in 北京 and Łódź know.";
    Hospital {
        name: Some("Peña General".to_owned()),
        interests: vec![FinancialInterest { provider: "ccn:267001".parse().unwrap(), says }],
        asked_to_be_listed: Some(vec!["ccn:267001".parse().unwrap(), "ccn:177001".parse().unwrap()]),
        ..Hospital::default()
    }
}

pub(crate) fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// All texts of the JSON in order.
pub(crate) fn printed(list: &Value) -> Vec<String> {
    fn walk(value: &Value, texts: &mut Vec<String>) {
        match value {
            Value::String(text) => texts.push(text.clone()),
            Value::Array(items) => items.iter().for_each(|item| walk(item, texts)),
            Value::Object(fields) => {
                // A name and a title come before their texts.
                let first = ["title", "name", "text"];
                first.iter().filter_map(|name| fields.get(*name)).for_each(|value| walk(value, texts));
                let codes = ["language", "kind", "service"];
                let printed = |name: &str| !first.contains(&name) && !codes.contains(&name);
                let rest = fields.iter().filter(|(name, _)| printed(name.as_str()));
                rest.for_each(|(_, value)| walk(value, texts));
            }
            _ => {}
        }
    }
    let mut texts = Vec::new();
    let printed = &list["printed"];
    for part in ["title", "notices", "head", "sections"] {
        walk(&printed[part], &mut texts);
    }
    texts
}

#[tokio::test]
async fn the_pdf_says_what_the_other_forms_say_in_the_same_order() {
    for language in ["en", "es"] {
        let body = json!({"discharge": home_health(), "language": language});
        let (pdf, json) = list(hospital(), &body).await;
        let Some(structure) = poppler("pdfinfo", &["-struct-text"], &pdf) else { return };
        let text: String = structure
            .lines()
            .filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix('"').map(str::to_owned))
            .collect();
        let text = squeezed(&text);
        let mut at = 0;
        for said in printed(&json) {
            let said = squeezed(&said.replace("北京", "Bei Jing"));
            let found = text[at..].find(&said);
            assert!(found.is_some(), "{language}: {said} after {}", &text[..at].chars().rev().take(80).collect::<String>());
            at += found.unwrap() + said.len();
        }
    }
}

#[tokio::test]
async fn a_screen_reader_finds_headings_lists_and_the_language() {
    let body = json!({"discharge": home_health(), "language": "es"});
    let (pdf, json) = list(hospital(), &body).await;
    let Some(structure) = poppler("pdfinfo", &["-struct-text"], &pdf) else { return };
    let tags: Vec<&str> = structure.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let count = |tag: &str| tags.iter().filter(|found| **found == tag).count();
    let providers = json["providers"].as_array().unwrap().len();
    assert_eq!((count("Document"), count("H1"), count("H2")), (1, 1, json["printed"]["sections"].as_array().unwrap().len()));
    assert_eq!(count("H3"), providers);
    // The providers, the interest, at least the two that asked to be listed, and ten fields.
    let sections = json["printed"]["sections"].as_array().unwrap();
    let blocks = sections.iter().flat_map(|section| section["blocks"].as_array().unwrap());
    let lists = blocks.filter(|block| ["places", "points", "blanks"].iter().any(|kind| block.get(kind).is_some())).count();
    assert!(count("LI") > providers + 10 && count("LBody") == count("LI") && count("L") == lists, "{structure}");
    assert!(count("P") > providers * 3 && count("Lbl") > 0);
    let raw = String::from_utf8_lossy(&pdf);
    assert!(raw.contains("/Lang(es)") || raw.contains("/Lang (es)"));
    assert!(raw.contains("pdfuaid:part") && raw.contains("/MarkInfo"));
    let about = poppler("pdfinfo", &[], &pdf).unwrap();
    for line in ["Tagged:          yes", "Page size:       612 x 792 pts (letter)", "PDF version:     1.7"] {
        assert!(about.contains(line), "{about}");
    }
    assert!(about.contains(json["printed"]["title"].as_str().unwrap()), "{about}");
}

#[tokio::test]
async fn every_page_has_its_number_the_lists_and_what_must_be_known() {
    let body = json!({"discharge": question(), "language": "es"});
    let (pdf, json) = list(Hospital::default(), &body).await;
    let Some(text) = poppler("pdftotext", &["-layout"], &pdf) else { return };
    let pages: Vec<&str> = text.trim_end_matches('\u{c}').split('\u{c}').collect();
    assert!(pages.len() > 3, "{} pages", pages.len());
    assert_eq!(json["pages"], pages.len(), "the number of pages is known before printing");
    // Each place has its name and three lines or more, and at least five stand on a page.
    let places = json["providers"].as_array().unwrap().len();
    assert!(pages.len() <= 5 + places.div_ceil(4), "{} pages for {places} places", pages.len());
    for (at, page) in pages.iter().enumerate() {
        for said in [
            format!("{} / {}", at + 1, pages.len()),
            json["id"].as_str().unwrap().to_owned(),
            "BORRADOR: ".to_owned(),
            "DRAFT: ".to_owned(),
            "This list is only a test.".to_owned(),
        ] {
            assert!(page.contains(&said), "page {}: {said}", at + 1);
        }
    }
}

#[tokio::test]
async fn the_faces_are_inside_the_file() {
    let body = json!({"discharge": question()});
    let (pdf, _) = list(Hospital::default(), &body).await;
    let Some(fonts) = poppler("pdffonts", &[], &pdf) else { return };
    let faces: Vec<&str> = fonts.lines().skip(2).collect();
    assert_eq!(faces.len(), 2, "{fonts}");
    for face in faces {
        assert!(face.contains("AtkinsonHyperlegibleNext") && face.contains("yes yes yes"), "{fonts}");
    }
}

/// A PNG of 30 by 10 pixels.
const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAB4AAAAKCAIAAAAsFXl4AAAAF0lEQVR42mM4o6REI8QwavSo0aNGk4IAcz8+0OKwnTwAAAAASUVORK5CYII=";

#[tokio::test]
async fn the_logo_is_above_the_text_if_a_pdf_can_show_it_and_changes_no_text() {
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><path d=\"M0 0h9v9z\"/></svg>".to_vec();
    let png = STANDARD.decode(PNG).unwrap();
    let mut texts = Vec::new();
    for (logo, pictures) in [(None, 0), (Some(png), 1), (Some(svg), 0)] {
        let logo = logo.map(|bytes| HospitalLogo::of(bytes).unwrap());
        let (pdf, made) = list(Hospital { logo, ..hospital() }, &json!({"discharge": home_health()})).await;
        let plain = squeezed(&String::from_utf8_lossy(&pdf));
        assert_eq!(plain.matches("/Subtype/Image").count(), pictures);
        let id = made["id"].as_str().unwrap_or_default().to_owned();
        texts.extend(poppler("pdftotext", &["-enc", "UTF-8"], &pdf).map(|text| text.replace(&id, "")));
    }
    assert!(texts.iter().all(|text| text.lines().count() == texts[0].lines().count()), "the picture is no text");
}
