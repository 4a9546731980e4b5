//! What a case manager sees of tiers, room and safety on every surface.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use placement::hospital::Hospital;
use placement::serve::state::AppState;
use placement::{catalog::SharedCatalog, text::proper_case::proper_case};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::{Api, publish, sample_app};
use crate::folder::write;
use crate::pages::{Page, get, post};
use crate::pages_ask::asked;
use crate::statements::desk;

const HOMES: &str = "CMS Certification Number (CCN),Provider Name,Provider Address,City/Town,State,ZIP Code,Telephone Number,Provider Type,Legal Business Name,Date First Approved to Provide Medicare and Medicaid Services,Special Focus Status,Abuse Icon,Overall Rating,Overall Rating Footnote,Number of Fines,Total Amount of Fines in Dollars,Processing Date\n";

/// Nursing homes of one town: a Special Focus Facility, one cited for abuse, and two without a notice.
fn homes() -> (TempDir, Api) {
    let row = |ccn: &str, name: &str, cells: &str| {
        format!("{ccn},{name},1 A ST,CHARLESTON,SC,29401,8435550{},Medicare,L,1978-07-01,{cells},2026-11-01\n", &ccn[3..])
    };
    let rows = [
        row("425101", "WATCHED MANOR", "SFF,N,,18,3,182968"),
        row("425102", "CITED MANOR", ",Y,4,,0,0"),
        row("425103", "PLAIN MANOR", ",N,3,,0,0"),
        row("425104", "OTHER MANOR", ",N,2,,0,0"),
    ];
    let folder = TempDir::new().unwrap();
    write(&folder.path().join("files"), &[("nh.csv", format!("{HOMES}{}", rows.concat()))]);
    let index = folder.path().join("index");
    publish(&folder.path().join("files"), &index, "2026-11-21T12:00:00Z");
    let catalog = SharedCatalog::new(&index);
    catalog.reload().unwrap();
    let hospital = Hospital::parse("[defaults]\nzip = \"29401\"\n").unwrap();
    (folder, Api::new(AppState { catalog: catalog.into(), hospital, ..sample_app() }))
}

const QUESTION: [(&str, &str); 3] = [("near", "29401"), ("service", "skilled_nursing"), ("coverage", "medicare")];

const WATCHED: &str = "Special Focus Facility: CMS found a pattern of serious quality problems. \
                       (CMS Nursing Home Provider Information, Nov 1, 2026)";

/// The part of a page that no fold hides.
fn unfolded(page: &Page) -> String {
    let mut shown = String::new();
    for (at, part) in page.html.split("<details").enumerate() {
        shown += if at == 0 { part } else { part.split_once("</details>").map_or("", |(_, rest)| rest) };
    }
    shown
}

#[tokio::test]
async fn safety_notices_stand_in_the_row_and_on_every_surface() {
    let (_folder, api) = homes();
    let page = post(&api, "/", &QUESTION).await;
    assert_eq!(page.status, StatusCode::OK, "{:.400}", page.text());
    page.says("Skilled nursing facility: 4 meet the requirements, of 4 found");
    page.says("✓ Medicare-certified");
    let shown = unfolded(&page);
    for flag in ["Special Focus Facility", "3 fines in three years: $182,968", "Cited for abuse"] {
        assert!(shown.contains(&format!("<span aria-hidden=\"true\">⚠</span> {flag}</span>")), "{flag} is folded or missing");
    }
    assert!(shown.contains("Withheld"), "why there are no stars is in the row");
    page.says(WATCHED);
    let place = |name: &str| page.html.find(name).unwrap();
    assert!(place("Other Manor") < place("Watched Manor"), "a Special Focus Facility is last in its tier");

    get(&api, "/providers/ccn:425101").await.says(WATCHED);
    let form = page.form("Compare").and("pick", "ccn:425101").and("pick", "ccn:425103");
    let compared = form.press(&api, "Compare").await;
    compared.says(WATCHED);
    compared.says("Safety notices: Watched Manor (");
    form.press(&api, "Call sheet").await.says(WATCHED);
    let about = page.form("Check provider").with("provider", "watched manor").press(&api, "Check provider").await;
    about.says(WATCHED);
    let csv = post(&api, "/export/csv", &QUESTION).await;
    assert!(csv.html.contains("Special Focus Facility: CMS found"), "{}", csv.html);
}

#[tokio::test]
async fn a_card_counts_safety_notices_and_names_nobody() {
    let (_folder, api) = homes();
    let call = json!({
        "hook": "encounter-discharge",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/1", "patientId": "2", "encounterId": "3"},
        "prefetch": {
            "serviceRequest": {"resourceType": "ServiceRequest", "status": "active",
                "code": {"coding": [{"system": "http://snomed.info/sct", "code": "449411000124106"}]}},
            "coverage": {"resourceType": "Coverage", "status": "active", "payor": [{"display": "Medicare"}]}
        }
    });
    let request = Request::post("/cds-services/placement").header("content-type", "application/json");
    let card: Value = api.send(request.body(Body::from(call.to_string())).unwrap()).await.json()["cards"][0].clone();
    assert_eq!(card["summary"], "Skilled nursing facility near 29401: 4 meet the requirements");
    let detail = card["detail"].as_str().unwrap();
    assert!(detail.contains("2 have a safety notice: 1 in the Special Focus Facility program"), "{detail}");
    assert!(detail.contains("1 cited for abuse") && !detail.contains("MANOR"), "{detail}");
}

#[tokio::test]
async fn a_place_without_room_says_until_when_and_stays_on_the_patients_list() {
    let (api, _folder) = desk().await;
    let question = asked(&[("coverage", "medicare"), ("need_words", "")]);
    let discharge = json!({"service": "skilled_nursing", "near": {"zip": "64108"}, "coverage": {"program": "medicare"}});
    let first = api.post("/v1/matches", &discharge).await.json()["matches"][0]["provider"].clone();
    let (id, name) = (first["id"].as_str().unwrap(), proper_case(first["name"].as_str().unwrap()));
    let full = json!({"availability": [{"service": "skilled_nursing", "until": "2026-12-10", "room": false}]});
    let told = api.put(&format!("/v1/providers/{id}/availability"), full).await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.text);

    let page = post(&api, "/", &question).await;
    page.says("1 No room on that date");
    let whole: Vec<(&str, &str)> = question.iter().copied().chain([("limit", "1000")]).collect();
    let page = post(&api, "/", &whole).await;
    page.says("No room on that date 1: no beds available on that date; the earliest with room first");
    page.says("✕ No room through Dec 10, 2026 : ask about room from Dec 11, 2026");
    let sheet = page.form("Compare").and("pick", id).press(&api, "Call sheet").await;
    sheet.says("You stated no room on Nov 21, 2026. Will you have room from Dec 11, 2026?");

    let list = api.post("/v1/choice-lists", json!({"discharge": discharge})).await;
    assert_eq!(list.status, StatusCode::CREATED, "{}", list.text);
    assert!(
        list.text.contains(&name) || list.text.contains(first["name"].as_str().unwrap()),
        "the patient's list is complete"
    );

    let room = json!({"availability": [{"service": "skilled_nursing", "until": "2026-12-10", "room": true, "beds": 2}]});
    assert_eq!(api.put(&format!("/v1/providers/{id}/availability"), room).await.status, StatusCode::OK);
    let page = post(&api, "/", &question).await;
    page.says("Skilled nursing facility: 1 ready, of");
    page.says("✓ Ready 1: Medicare-certified; nothing is required; beds available on that date 1");
}

#[tokio::test]
async fn a_home_that_most_likely_says_yes_is_shown_under_the_words_it_keeps() {
    let (_folder, api) = homes();
    for (tier, rows) in [("meets", 0), ("ask_provider", 4)] {
        let fields: Vec<(&str, &str)> = QUESTION.into_iter().chain([("weight_lb", "380"), ("tier", tier)]).collect();
        let page = post(&api, "/", &fields).await;
        page.says("4 Call to confirm");
        assert_eq!(page.html.matches("data-row").count(), rows, "shown under {tier}");
    }
}
