//! Every surface tells what official sources publish about the safety and the quality of a place, each with its source and day.

use std::fs;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use placement::catalog::Catalog;
use placement::catalog::diff::compare;
use placement::catalog::generation::GenerationStore;
use placement::hospital::Hospital;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::{Api, publish};
use crate::choice_lists::{Desk, made};
use crate::folder::write;
use crate::safety_notices::{HOMES, PENALTIES};

const FACILITIES: &str = "CMS Certification Number (CCN),Provider Name,Address Line 1,Address Line 2,City/Town,State,ZIP Code,County/Parish,Telephone Number,CMS Region,Ownership Type,Certification Date\n\
    263025,LARKWATER REHAB,3 A ST,,KANSAS CITY,MO,64108,Jackson,(816) 555-0103,7,For profit,01/01/1990\n";
const MEASURES: &str = "CMS Certification Number (CCN),Provider Name,Address Line 1,Address Line 2,City/Town,State,ZIP Code,County/Parish,Telephone Number,CMS Region,Measure Code,Score,Footnote,Start Date,End Date,Measure Date Range\n\
    263025,LARKWATER REHAB,3 A ST,,KANSAS CITY,MO,64108,Jackson,(816) 555-0103,7,I_019_02_DTC_COMP_PERF,Better than the National Rate,-,01/01/2023,12/31/2024,-\n\
    263025,LARKWATER REHAB,3 A ST,,KANSAS CITY,MO,64108,Jackson,(816) 555-0103,7,I_026_01_OBS_RATE,61.04,-,01/01/2024,12/31/2024,-\n";
const EXCLUSIONS: &str = "LASTNAME,FIRSTNAME,MIDNAME,BUSNAME,GENERAL,SPECIALTY,UPIN,NPI,DOB,ADDRESS,CITY,STATE,ZIP,EXCLTYPE,EXCLDATE,REINDATE,WAIVERDATE,WVRSTATE\n\
    ,,,Bramble Manor,OTHER BUSINESS,NURSING HOME,,0000000000,,1 A ST,KANSAS CITY,MO,64108,1128b8,20160320,00000000,00000000,\n";

/// A row of Provider Information in Kansas City.
fn home(ccn: &str, name: &str, cells: &str, day: &str) -> String {
    format!("{ccn},{name},1 A ST,KANSAS CITY,MO,64108,Medicare,L,{cells},{day}\n")
}

/// A folder whose newest list has a Special Focus Facility, which the night before had not been one.
pub(crate) fn two_nights() -> TempDir {
    let folder = TempDir::new().unwrap();
    let (files, index) = (folder.path().join("files"), folder.path().join("index"));
    let veterans = home("265002", "BRAMBLE STATE VETERANS HOME", "1978-07-01,,N,4,,0,0", "2026-10-01");
    let before = home("265001", "Bramble Manor", "1978-07-01,,N,2,,0,0", "2026-10-01");
    let after = home("265001", "Bramble Manor", "1978-07-01,SFF,Y,,18,4,64075", "2026-11-01");
    let denial = "265001,2026-10-05,Payment Denial,,,2026-11-10,30,2026-11-01\n";
    let lists = [
        ("irf.csv", FACILITIES.to_owned()),
        ("irf_measures.csv", MEASURES.to_owned()),
        ("leie.csv", EXCLUSIONS.to_owned()),
        ("sources.toml", "[files.\"leie.csv\"]\nas_of = \"2026-11-10\"\n".to_owned()),
        ("nh.csv", format!("{HOMES}{before}{veterans}")),
    ];
    write(&files, &lists);
    publish(&files, &index, "2026-11-20T12:00:00Z");
    write(&files, &[("nh.csv", format!("{HOMES}{after}{veterans}")), ("penalties.csv", format!("{PENALTIES}{denial}"))]);
    publish(&files, &index, "2026-11-21T12:00:00Z");
    folder
}

fn question(service: &str) -> Value {
    json!({"service": service, "near": {"zip": "64108"}, "coverage": {"program": "medicare"}})
}

const SENTENCE: &str = "Special Focus Facility: CMS found a pattern of serious quality problems.";

#[tokio::test]
async fn a_program_reads_each_notice_with_its_source_and_day() {
    let folder = two_nights();
    let api = Api::of(&folder.path().join("index"));
    let line = |json: &Value| json["provider"]["services"][0].clone();
    let home = line(&api.get("/v1/providers/ccn:265001").await.json());
    let codes: Vec<&str> = home["safety"].as_array().unwrap().iter().map(|fact| fact["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["special_focus_facility", "abuse_icon", "payment_denial", "payment_denials", "fines"]);
    for fact in home["safety"].as_array().unwrap() {
        let source = fact["source"].as_str().unwrap();
        assert!(source.starts_with("CMS Nursing Home") && fact["as_of"] == "2026-11-01", "{fact:#}");
    }
    let denial = &home["safety"][2];
    assert_eq!((&denial["from"], &denial["until"]), (&json!("2026-11-10"), &json!("2026-12-09")));
    assert_eq!((&home["safety"][4]["count"], &home["safety"][4]["dollars"]), (&json!(4), &json!(64_075)));
    assert_eq!((&home["rating"], &home["quality"]["rating_gap"]["reason"]), (&Value::Null, &json!("withheld")));
    let veterans = line(&api.get("/v1/providers/ccn:265002").await.json());
    assert_eq!(veterans["serves"][0]["group"], "veterans");
    assert_eq!(veterans["serves"][0]["source"], "its name suggests");
    let rehab = line(&api.get("/v1/providers/ccn:263025").await.json());
    assert_eq!(rehab["rating"]["measure"], "discharge_to_community");
    assert_eq!(rehab["quality"]["measures"][0]["number"], 61.04);

    let services = api.get("/fhir/HealthcareService").await.json();
    let extensions: Vec<&Value> = services["entry"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|entry| entry["resource"]["extension"].as_array().into_iter().flatten())
        .filter(|extension| extension["url"] == "urn:placement:fhir:safety")
        .collect();
    assert_eq!(extensions.len(), codes.len());
    assert!(extensions[0].to_string().contains(SENTENCE), "{}", extensions[0]);
}

#[tokio::test]
async fn a_person_reads_notices_first_and_why_there_are_no_stars() {
    let folder = two_nights();
    let api = Api::of(&folder.path().join("index"));
    let page = api.get("/providers/ccn:265001").await.text;
    let (notice, standing) = (page.find(SENTENCE).unwrap(), page.find(">Status<").unwrap());
    assert!(notice < standing, "notices come before anything else");
    assert!(page.contains("CMS withholds the star rating because of serious quality problems"));

    let form = [
        ("near", "64108"),
        ("service", "skilled_nursing"),
        ("coverage", "medicare"),
        ("pick", "ccn:265001"),
        ("pick", "ccn:265002"),
    ];
    let post = async |path: &str| {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        let sent = api.send(request.body(Body::from(body)).unwrap()).await;
        let answer = if sent.status == StatusCode::SEE_OTHER { api.get(sent.header("location")).await } else { sent };
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.text
    };
    let compared = post("/compare").await;
    for said in [SENTENCE, "its name suggests", "Withheld"] {
        assert!(compared.contains(said), "{said}: {compared}");
    }
    let csv = post("/export/csv").await;
    for said in [SENTENCE, "Withheld", "veterans (its name suggests, 2026-11-01)"] {
        assert!(csv.contains(said), "{said}: {csv}");
    }
}

#[tokio::test]
async fn a_patient_reads_notices_in_plain_words_and_no_suspicion() {
    let folder = two_nights();
    let desk = Desk::of(&folder.path().join("index"), Hospital::default()).await;
    for (language, words) in [
        ("en", ["Medicare found serious problems with the care here.", "Medicare holds back its stars", "cited for abuse"]),
        ("es", ["Medicare halló problemas graves en el cuidado", "Medicare no da sus estrellas", "citado por abuso"]),
    ] {
        let list = made(&desk, &json!({"discharge": question("skilled_nursing"), "language": language})).await;
        let text = list["printed"].to_string();
        for said in words {
            assert!(text.contains(said), "{said}: {text}");
        }
        assert!(!text.to_lowercase().contains("exclu"), "who may be on the exclusion list is for staff to look into: {text}");
        let listed = list["providers"].as_array().unwrap();
        let focus = listed.iter().find(|listed| listed["provider"]["id"] == "ccn:265001").unwrap();
        assert_eq!(focus["safety"][0]["code"], "special_focus_facility");
    }
    let list = made(&desk, &json!({"discharge": question("inpatient_rehab")})).await;
    assert!(list["printed"].to_string().contains("It does better than most at getting people back home."), "{list}");
}

#[test]
fn the_difference_between_two_nights_tells_notices_that_began() {
    let folder = two_nights();
    let store = GenerationStore::new(folder.path().join("index"));
    let mut nights: Vec<String> = fs::read_dir(folder.path().join("index"))
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .filter(|name| name.starts_with("2026"))
        .collect();
    nights.sort();
    let [before, after] = [&nights[0], &nights[1]].map(|name| Catalog::open(&store.generation_path(name).unwrap()).unwrap());
    let changes = compare(&before, &after);
    assert_eq!(changes.safety.count, 1);
    assert_eq!(
        changes.safety.listed[0].to_string(),
        "ccn:265001 Bramble Manor: skilled_nursing now special focus facility, abuse icon, payment denial, payment denials, fines"
    );
    assert!(compare(&after, &before).safety.listed[0].in_words().starts_with("no longer special focus facility"));
}
