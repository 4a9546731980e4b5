//! Words of people and of files that were once misread: names, cities, plans, ZIP codes, and what a list says of a home. The inputs lie
//! beside the project.

use axum::http::StatusCode;
use placement::provider::ServiceArea;
use placement::refresh::validate::validate;
use placement::sample::FILES;
use placement::service::Service;
use serde_json::{Value, json};

use crate::api::Api;
use crate::cases_files::{case, files_of, lines_of, read_case};
use crate::catalog_search::catalog_of;
use crate::catalog_world::providers;
use crate::folder::read;
use crate::pages::{Page, post};
use crate::pages_ask::asked;
use crate::seeded_random::SeededRandom;

/// The names of the homes that the case looks for.
const HOMES: [(&str, &str); 7] = [
    ("ccn:225306", "MT GREYLOCK EXTENDED CARE"),
    ("ccn:045313", "ST ANDREWS HEALTHCARE"),
    ("ccn:145546", "MT ZION HEALTH & REHAB"),
    ("ccn:265452", "MT VERNON NURSING"),
    ("ccn:015014", "EASTVIEW REHABILITATION & HEALTHCARE CENTER"),
    ("ccn:015031", "MITCHELL-HOLLINGSWORTH NURSING"),
    ("ccn:676026", "WILL-O-BELL"),
];

#[test]
fn a_home_is_found_by_the_words_that_people_use() {
    let mut all = providers(HOMES.len(), &mut SeededRandom::seeded(4));
    for (provider, (_, name)) in all.iter_mut().zip(HOMES) {
        provider.name.value = name.to_owned();
        provider.lines.truncate(1);
    }
    let catalog = catalog_of(all);
    let own = [
        ("Mt. Greylock", "ccn:225306"),
        ("ST. ANDREW'S HEALTH CARE", "ccn:045313"),
        ("mount zion", "ccn:145546"),
        ("Eastview Rehab & Healthcare Ctr", "ccn:015014"),
        ("Will O Bell", "ccn:676026"),
    ];
    let own = own.map(|(typed, id)| format!("{typed} -> {id}"));
    for line in lines_of("payer-and-input-18").into_iter().flatten().chain(own).filter(|line| !line.is_empty()) {
        let (typed, id) = line.split_once(" -> ").unwrap();
        let expected = HOMES.iter().find(|(home, _)| *home == id).unwrap().1;
        let found: Vec<String> = catalog.search_names(typed, 5).into_iter().map(|hit| hit.name).collect();
        assert_eq!(found.first().map(String::as_str), Some(expected), "{typed}: {found:?}");
    }
}

async fn near(typed: &str) -> Page {
    post(&Api::sample(), "/", &asked(&[("near", typed)])).await
}

#[tokio::test]
async fn a_city_is_read_as_people_write_it() {
    let known = [
        ("Lee's Summit MO", "Lees Summit MO"),
        ("King's Mountain NC", "Kings Mountain NC"),
        ("Devil's Lake ND", "Devils Lake ND"),
        ("Bailey's Harbor WI", "Baileys Harbor WI"),
        ("St. Mary's GA", "Saint Marys GA"),
        ("Nashville Tenn", "Nashville TN"),
        ("Nashville, Tenn.", "Nashville TN"),
        ("Los Angeles, Calif.", "Los Angeles CA"),
        ("Miami Fla", "Miami FL"),
        // Neighbors.
        ("Coeur d'Alene, Idaho", "Coeur D Alene ID"),
        ("Lee\u{2019}s Summit, Mo.", "Lees Summit MO"),
        ("saint louis, missouri", "Saint Louis MO"),
        ("Ft. Worth Tex", "Fort Worth TX"),
        ("Mt. Pleasant, S.C.", "Mount Pleasant SC"),
    ];
    for (typed, city) in known {
        let page = near(typed).await;
        assert_eq!(page.status, StatusCode::OK, "{typed}: {:.600}", page.text());
        page.says(city);
    }
    for (typed, first) in
        [("Pittsburg PA", "Pittsburgh, PA"), ("Nashvile Tenn", "Nashville, TN"), ("Kansas Citty MO", "Kansas City, MO")]
    {
        let page = near(typed).await;
        let offered = page.part("near-fault");
        assert!(page.status == StatusCode::UNPROCESSABLE_ENTITY || page.text().contains(&first.replace(',', "")), "{typed}");
        assert!(page.status == StatusCode::OK || page.text().contains(first), "{typed}: {offered}");
    }
    for typed in ["payer-and-input-19", "payer-and-input-20"].iter().filter_map(|name| lines_of(name)).flatten() {
        assert!(
            typed.is_empty() || typed == "Pittsburg PA" || known.iter().any(|(ours, _)| *ours == typed),
            "{typed} is new"
        );
    }
}

#[tokio::test]
async fn a_zip_of_a_military_post_office_has_no_place() {
    let case = files_of("payer-and-input-21").map(|files| serde_json::from_slice::<Value>(&files[0].1).unwrap());
    let own = ["09012", "96266", "34002", "09999"].map(|zip| json!({"service": "skilled_nursing", "near": {"zip": zip}}));
    for asked in case.into_iter().chain(own) {
        let answer = Api::sample().post("/v1/matches", &asked).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{asked}");
        assert_eq!(answer.faults()[0].0, "/near/zip", "{asked}");
        assert!(answer.text.contains("military") && !answer.text.contains("did you mean"), "{asked}: {}", answer.text);
    }
    let in_use = json!({"service": "skilled_nursing", "near": {"zip": "64108"}});
    assert_eq!(Api::sample().post("/v1/matches", in_use).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_plan_is_taken_or_offered_however_its_name_is_marked() {
    let own = [
        "Larkwater Choice H.M.O.",
        "Larkwater Choice HMO - 2026",
        "Larkwater Choice HMO/POS",
        "Lark Water Choice HMO",
        "LARKWATER CHOICE (HMO)",
        "larkwater-choice hmo",
        "Larkwater  Choice, HMO",
    ];
    let own = own.map(str::to_owned);
    for typed in lines_of("payer-and-input-31").into_iter().flatten().chain(own).filter(|typed| !typed.is_empty()) {
        let page = post(&Api::sample(), "/", &asked(&[("coverage", &typed)])).await;
        page.says("Larkwater Choice HMO");
        let is_asked = page.status == StatusCode::UNPROCESSABLE_ENTITY;
        assert!(page.status == StatusCode::OK || (is_asked && typed.ends_with("/POS")), "{typed}: {:.600}", page.text());
    }
}

#[test]
fn a_former_name_is_not_the_name_over_the_entrance() {
    const NPPES: &str = "NPI,Entity Type Code,Provider Organization Name (Legal Business Name),Provider Other Organization Name,Provider Other Organization Name Type Code,Provider First Line Business Practice Location Address,Provider Business Practice Location Address City Name,Provider Business Practice Location Address State Name,Provider Business Practice Location Address Postal Code,Healthcare Provider Taxonomy Code_1\n";
    let row = lines_of("payer-and-input-24").map_or_else(|| {
        "NPI 1999991015, 251F00000X, legal NEW INFUSION LLC, other name OLD NAME INFUSION, type code 4, 10 MAIN ST, KANSAS CITY, MO 64108"
            .to_owned()
    }, |lines| lines[0].clone());
    let part = |at: usize, before: &str| row.split(", ").nth(at).unwrap().trim_start_matches(before).to_owned();
    let (npi, legal, other) = (part(0, "NPI "), part(2, "legal "), part(3, "other name "));
    for (code, shown) in
        [(part(4, "type code "), &legal), ("5".to_owned(), &legal), ("3".to_owned(), &other), (String::new(), &legal)]
    {
        let cells = format!("{npi},2,{legal},{other},{code},10 MAIN ST,KANSAS CITY,MO,64108,{}", part(1, ""));
        let read = read(&[("npi.csv", format!("{NPPES}{cells}\n"))]);
        assert_eq!(&read.provider(&format!("npi:{npi}")).name.value, shown, "{code:?}");
    }
}

/// A file of the sample.
fn sample(name: &str) -> &'static [u8] {
    FILES.iter().find(|(file, _)| *file == name).unwrap().1
}

#[test]
fn half_a_service_area_excludes_nobody() {
    const ZIPS: &str = "State,CMS Certification Number (CCN),ZIP Code\n";
    let own = |row: &str| format!("{ZIPS}MO,267044,64106\n{row}\n").into_bytes();
    let (both, none) = (Some(vec!["64106", "64108"]), None);
    let case = files_of("payer-and-input-25").map(|files| files[0].1.clone());
    let own = [
        (own("MO,267044,64108.0"), both.clone()),
        (own("MO,267044,641O8"), none.clone()),
        (own("MO,267044,"), none.clone()),
        (own("MO,267044,#REF!"), none.clone()),
        (own("MO,2.67E+05,64108"), none.clone()),
        (own("MO,267044"), none.clone()),
        (own("MO,,64108"), none),
    ];
    for (zips, expected) in case.map(|bytes| (bytes, both)).into_iter().chain(own) {
        let agencies = sample("home_health_agencies.csv");
        let read = read(&[("agencies.csv", agencies), ("zips.csv", zips.as_slice())]);
        let area = match &read.line("ccn:267044", Service::HomeHealth).area {
            ServiceArea::Zips(zips) => Some(zips.value.iter().map(ToString::to_string).collect::<Vec<_>>()),
            ServiceArea::NotPublished => None,
        };
        let expected = expected.map(|zips| zips.into_iter().map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(area, expected, "{}", String::from_utf8_lossy(&zips));
    }
}

#[test]
fn a_state_and_a_zip_that_disagree_are_to_be_looked_at() {
    let row = lines_of("payer-and-input-27")
        .map_or_else(|| "city Springfield, state MO, zip 01103".to_owned(), |lines| lines[0].clone());
    let part = |before: &str| row.split(", ").find_map(|part| part.strip_prefix(before)).unwrap();
    let (city, state, zip) = (part("city "), part("state "), part("zip "));
    for (state, zip, doubts) in
        [(state, zip, 1), ("MO", "65806", 0), ("KS", "64108", 1), ("Missouri", "01103", 1), ("", "01103", 0)]
    {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("home.csv");
        let text = format!("ccn,service,name,city,state,zip,needs_yes\n267001,home_health,A,{city},{state},{zip},inf.abx\n");
        std::fs::write(&path, text).unwrap();
        let found = validate(&path, "home.csv", jiff::civil::date(2026, 11, 21)).unwrap();
        let of_zip = found.doubts.iter().filter(|doubt| doubt.field == "zip").count();
        assert_eq!((of_zip, found.faults.len()), (doubts, 0), "{state} {zip}: {:?}", found.doubts);
    }
}

/// Every schema within a document.
fn schemas<'a>(node: &'a Value, found: &mut Vec<&'a Value>) {
    found.push(node);
    match node {
        Value::Object(fields) => fields.values().for_each(|value| schemas(value, found)),
        Value::Array(items) => items.iter().for_each(|item| schemas(item, found)),
        _ => {}
    }
}

/// What a generator of clients stumbles over.
fn is_hard_to_generate(schema: &Value) -> bool {
    let has_forms = |part: &Value| part.get("oneOf").is_some() || part.get("anyOf").is_some();
    let is_list = schema["type"] == "array" && schema.get("items").is_none() && schema.get("prefixItems").is_none();
    is_list || schema["allOf"].as_array().is_some_and(|parts| parts.iter().any(has_forms))
}

#[test]
fn the_openapi_document_can_be_read_by_client_generators() {
    let document: Value = serde_json::from_slice(&std::fs::read("docs/openapi.json").unwrap()).unwrap();
    let mut all = Vec::new();
    schemas(&document, &mut all);
    let hard: Vec<&&Value> = all.iter().filter(|schema| is_hard_to_generate(schema)).collect();
    assert!(hard.is_empty(), "{hard:?}");
    for bad in [json!({"type": "array"}), json!({"allOf": [{"oneOf": []}]}), json!({"allOf": [{"anyOf": []}]})] {
        assert!(is_hard_to_generate(&bad), "{bad}");
    }
    let Some(case) = case("payer-and-input-29") else { return };
    let part: Value = serde_json::from_slice(&std::fs::read(case.join("part.json")).unwrap()).unwrap();
    let mut parts = Vec::new();
    schemas(&part, &mut parts);
    assert!(parts.iter().any(|schema| is_hard_to_generate(schema)), "the case is what failed");
}

/// The safety notices of a home.
fn notices(read: &crate::folder::Read, id: &str) -> Vec<&'static str> {
    read.line(id, Service::SkilledNursing).safety.iter().map(|fact| fact.value.code()).collect()
}

#[test]
fn a_special_focus_candidate_that_is_cited_for_abuse_has_both_notices() {
    const HOMES: &str = "CMS Certification Number (CCN),Provider Name,Provider Address,City/Town,State,ZIP Code,Provider Type,Legal Business Name,Special Focus Status,Abuse Icon,Overall Rating,Processing Date\n";
    for (focus, abuse, expected) in [
        ("SFF Candidate", "Y", &["special_focus_candidate", "abuse_icon"][..]),
        ("sff candidate", "yes", &["special_focus_candidate", "abuse_icon"]),
        ("SFF", "N", &["special_focus_facility"]),
        ("", "Y", &["abuse_icon"]),
        ("", "N", &[]),
    ] {
        let row = format!("425003,A,1 A ST,CHARLESTON,SC,29401,Medicare,L,{focus},{abuse},3,2026-07-01\n");
        assert_eq!(notices(&read(&[("nh.csv", format!("{HOMES}{row}"))]), "ccn:425003"), expected, "{focus} {abuse}");
    }
    let Some(read) = read_case("file-11", &[]) else { return };
    let found = notices(&read, "ccn:015019");
    assert!(found.starts_with(&["special_focus_candidate", "abuse_icon"]), "{found:?}");
    assert!(!notices(&read, "ccn:015009").contains(&"abuse_icon"));
}
