//! Every nursing home that a public file marks as a Special Focus Facility, a candidate for one, or cited for abuse carries the
//! notice on every surface; and one without stars is never first for its own ZIP.

use std::fs;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use placement::hospital::Hospital;
use serde_json::{Value, json};

use crate::api::Api;
use crate::choice_lists::{Desk, made};
use crate::directories::{real, real_folder};

/// A marked home: its CCN, its ZIP, and the codes that the file gives.
struct MarkedHome {
    ccn: String,
    zip: String,
    codes: Vec<&'static str>,
}

/// The marked homes, read from the file by its own words.
fn marked_homes() -> Option<Vec<MarkedHome>> {
    let path = real_folder()?.join("cms/nh_provider_info_SC_2024-06.csv");
    let mut rows = csv::Reader::from_reader(fs::File::open(path).unwrap());
    let heads = rows.headers().unwrap().clone();
    let column = |name: &str| heads.iter().position(|head| head.contains(name)).unwrap();
    let (ccn, zip) = (column("CCN"), column("ZIP"));
    let (focus, abuse) = (column("Special Focus Status"), column("Abuse Icon"));
    let homes = rows.records().map(Result::unwrap).filter_map(|row| {
        let mut codes = match &row[focus] {
            "SFF" => vec!["special_focus_facility"],
            "SFF Candidate" => vec!["special_focus_candidate"],
            "" => vec![],
            other => panic!("{other} is no status"),
        };
        codes.extend((&row[abuse] == "Y").then_some("abuse_icon"));
        (!codes.is_empty()).then(|| MarkedHome { ccn: row[ccn].to_owned(), zip: row[zip].to_owned(), codes })
    });
    Some(homes.collect())
}

fn question(zip: &str, within_miles: u32) -> Value {
    json!({"service": "skilled_nursing", "near": {"zip": zip}, "within_miles": within_miles, "coverage": {"program": "medicare"}})
}

/// The entry of a home on a list.
fn of_home<'a>(list: &'a Value, id: &str) -> &'a Value {
    let mut listed = list["providers"].as_array().unwrap().iter();
    listed.find(|listed| listed["provider"]["id"] == id).unwrap_or_else(|| panic!("{id} is not on {list}"))
}

async fn exported(api: &Api, zip: &str) -> String {
    let form = [("near", zip), ("service", "skilled_nursing"), ("within", "15"), ("coverage", "medicare")];
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = Request::post("/export/csv").header("content-type", "application/x-www-form-urlencoded");
    let answer = api.send(request.body(Body::from(body)).unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.text
}

#[tokio::test]
async fn every_marked_home_carries_its_notice_on_every_surface() {
    let (Some(homes), Some(directory)) = (marked_homes(), real()) else { return };
    assert!(homes.len() > 20, "{} homes", homes.len());
    let (api, desk) = (Api::of(&directory.index), Desk::of(&directory.index, Hospital::default()).await);
    for home in &homes {
        let (id, codes) = (format!("ccn:{}", home.ccn), &home.codes);
        let provider = api.get(&format!("/v1/providers/{id}")).await.json();
        let line =
            provider["provider"]["services"].as_array().unwrap().iter().find(|line| line["service"] == "skilled_nursing");
        let facts = line.unwrap()["safety"].as_array().unwrap().clone();
        let page = api.get(&format!("/providers/{id}")).await.text;
        let rows = exported(&api, &home.zip).await;
        let row = rows.split("\r\n").find(|row| row.contains(&id)).unwrap_or_else(|| panic!("{id} is not in {rows}"));
        let list = made(&desk, &json!({"discharge": question(&home.zip, 15), "providers": [id]})).await;
        let listed: Vec<&str> =
            of_home(&list, &id)["safety"].as_array().unwrap().iter().map(|fact| fact["code"].as_str().unwrap()).collect();
        for code in codes {
            let fact = facts.iter().find(|fact| fact["code"] == *code).unwrap_or_else(|| panic!("{id}: {code} in {facts:?}"));
            let sentence = fact["value"].as_str().unwrap();
            assert!(page.contains(sentence), "{id}: the page says {sentence}");
            assert!(row.contains(sentence), "{id}: the export says {sentence}: {row}");
            assert!(listed.contains(code), "{id}: the list says {code}: {listed:?}");
        }
    }
}

#[tokio::test]
async fn no_special_focus_home_without_a_star_is_first_for_its_own_zip() {
    let (Some(homes), Some(directory)) = (marked_homes(), real()) else { return };
    let api = Api::of(&directory.index);
    let focus: Vec<&MarkedHome> = homes.iter().filter(|home| home.codes.contains(&"special_focus_facility")).collect();
    assert!(!focus.is_empty());
    for home in focus {
        let answer = api.post("/v1/matches", &question(&home.zip, 25)).await.json();
        let matches = answer["matches"].as_array().unwrap();
        let first = &matches[0];
        let others = matches.iter().filter(|found| found["fit"] == first["fit"]).count();
        assert!(others == 1 || first["provider"]["id"] != format!("ccn:{}", home.ccn), "{} is first", home.ccn);
    }
}
