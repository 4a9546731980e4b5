//! The network-gap packet over HTTP: its table compared with a count from the files, the same bytes again, and why one is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use jiff::Zoned;
use placement::hospital::Hospital;
use placement::place::ZipTable;
use placement::serve::state::AppState;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::{Answer, Api, publish, sample_app};
use crate::choice_list_pdf::{poppler, printed, squeezed};
use crate::choice_lists::{Desk, text_of};
use crate::pages;

const PLAN: &str = "Larkwater Choice HMO";

/// The formats of a packet.
const FORMATS: [&str; 4] = ["application/json", "text/html", "application/pdf", "text/csv"];

/// The question: a nursing facility for a patient on parenteral nutrition, within 15 miles.
pub(crate) fn nutrition() -> Value {
    json!({"service": "skilled_nursing", "near": {"zip": "64108"}, "within_miles": 15, "coverage": {"plan": PLAN}, "needs": ["nut.tpn"]})
}

/// A CSV file of the sample as rows by column.
fn sample_rows(file: &str) -> Vec<BTreeMap<String, String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/sample").join(file);
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

/// Miles between two points: the haversine on a sphere of the mean radius of the Earth.
fn miles(from: (f64, f64), to: (f64, f64)) -> f64 {
    let half = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin().powi(2);
    let across = from.0.to_radians().cos() * to.0.to_radians().cos() * half(from.1, to.1);
    2.0 * 6371.0088 / 1.609_344 * (half(from.0, to.0) + across).sqrt().asin()
}

/// Every nursing facility of the sample by its CCN, with its point, or that of its ZIP code where the file has none, or one far off.
fn homes() -> BTreeMap<String, (f64, f64)> {
    let of_zip = |zip: &str| {
        let point = ZipTable::curated().get(zip.parse().ok()?)?.point;
        Some((point.latitude(), point.longitude()))
    };
    let row = |row: BTreeMap<String, String>| {
        let (own, of_zip) = (row["Latitude"].parse().ok().zip(row["Longitude"].parse().ok()), of_zip(&row["ZIP Code"]));
        let is_far = |own: &(f64, f64)| of_zip.is_some_and(|of_zip| miles(*own, of_zip) > 50.0);
        let point = own.filter(|own| !is_far(own)).or(of_zip)?;
        Some((row["CMS Certification Number (CCN)"].clone(), point))
    };
    sample_rows("nursing_homes.csv").into_iter().filter_map(row).collect()
}

/// The nursing facilities that the plan lists, by CCN, straight from its roster.
fn listed() -> BTreeSet<String> {
    let of_plan = |row: &BTreeMap<String, String>| row["plan"] == PLAN && row["service"] == "skilled_nursing";
    sample_rows("payer_roster.csv").into_iter().filter(of_plan).map(|row| row["ccn"].clone()).collect()
}

/// What the profiles of [`TOWN`] say of a listed home about parenteral nutrition: every third declines, every third has a limit of 300 lb, the
/// others say nothing.
fn says_of(at: usize) -> (&'static str, &'static str) {
    [("nut.tpn", ""), ("", "300"), ("", "")][at % 3]
}

/// The sample with profiles of nursing facilities, none of which in network gives parenteral nutrition; every sixth out of network does.
static TOWN: LazyLock<TempDir> = LazyLock::new(|| town(|_, text| text));

fn town(change: impl Fn(&str, String) -> String) -> TempDir {
    let (root, folder) = (Path::new(env!("CARGO_MANIFEST_DIR")), TempDir::new().unwrap());
    let files = folder.path().join("files");
    fs::create_dir(&files).unwrap();
    for entry in fs::read_dir(root.join("data/sample")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        match fs::read_to_string(&path) {
            Ok(text) => fs::write(files.join(&name), change(&name, text)).unwrap(),
            Err(_) => {
                fs::copy(&path, files.join(&name)).unwrap();
            }
        }
    }
    let mut profiles = "ccn,npi,service,name,needs_yes,needs_no,max_weight_lb,as_of,stated_by\n".to_owned();
    let listed = listed();
    let refuses = |(at, ccn): (usize, &String)| {
        let (no, weight) = says_of(at);
        format!("{ccn},,skilled_nursing,,,{no},{weight},2026-11-10,intake desk\n")
    };
    profiles.extend(listed.iter().enumerate().map(refuses));
    profiles
        .extend(capable().into_iter().map(|ccn| format!("{ccn},,skilled_nursing,,nut.tpn,,500,2026-11-10,intake desk\n")));
    fs::write(files.join("gap_profiles.csv"), profiles).unwrap();
    publish(&files, &folder.path().join("index"), "2026-11-21T12:00:00Z");
    folder
}

/// The homes out of network that give it.
fn capable() -> Vec<String> {
    homes().into_keys().filter(|ccn| !listed().contains(ccn)).step_by(6).collect()
}

async fn desk() -> Desk {
    Desk::of(&TOWN.path().join("index"), Hospital { name: Some("Peña General".to_owned()), ..Hospital::default() }).await
}

async fn make(api: &Api, accept: &str, body: &Value) -> Answer {
    let request = Request::post("/v1/gap-packets").header("content-type", "application/json");
    api.send(request.header("accept", accept).body(Body::from(body.to_string())).unwrap()).await
}

/// A made packet, as JSON.
pub(crate) async fn made(desk: &Desk, body: &Value) -> Value {
    let answer = make(&desk.api, "application/json", body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    answer.json()
}

fn ccn_of(id: &str) -> String {
    id.strip_prefix("ccn:").unwrap().to_owned()
}

#[tokio::test]
async fn the_table_agrees_with_a_count_from_the_files() {
    let desk = desk().await;
    let asked = desk.api.post("/v1/matches", &nutrition()).await.json();
    let near = &asked["question"]["near"];
    let center = (near["latitude"].as_f64().unwrap(), near["longitude"].as_f64().unwrap());
    let packet = made(&desk, &json!({"discharge": {
        "service": "skilled_nursing", "near": {"zip": "64108"}, "within_miles": 15, "coverage": {"plan": PLAN}, "needs": ["nut.tpn"],
        "patient": {"weight_lb": 391},
    }}))
    .await;

    let (homes, listed) = (homes(), listed());
    let within: BTreeMap<&String, f64> =
        homes.iter().map(|(ccn, point)| (ccn, miles(center, *point))).filter(|(_, miles)| *miles <= 15.0).collect();
    let mut expected: BTreeMap<String, &str> = BTreeMap::new();
    for (at, ccn) in listed.iter().enumerate().filter(|(_, ccn)| within.contains_key(ccn)) {
        let reason = match says_of(at) {
            ("", "") => "unanswered",
            ("", _) => "limit:size.max_lb",
            _ => "declines:nut.tpn",
        };
        expected.insert(ccn.clone(), reason);
    }
    assert!(expected.len() > 20, "{}", expected.len());
    let row = |row: &Value| {
        let code = row["reasons"][0]["code"].as_str().unwrap();
        let reason = if code.starts_with("unanswered:") || code == "unconfirmed" { "unanswered" } else { code };
        (ccn_of(row["provider"]["id"].as_str().unwrap()), reason.to_owned())
    };
    let rows: BTreeMap<String, String> = packet["in_network"].as_array().unwrap().iter().map(row).collect();
    assert_eq!(rows, expected.into_iter().map(|(ccn, reason)| (ccn, reason.to_owned())).collect());
    let failing = packet["failing"].as_object().unwrap();
    let count: u64 = failing.values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!((count, packet["checked"].as_u64()), (within.len() as u64, Some(count)));

    let mut nearest: Vec<(f64, String)> = capable().into_iter().filter_map(|ccn| Some((*within.get(&ccn)?, ccn))).collect();
    nearest.sort_by(|a, b| a.partial_cmp(b).unwrap());
    let nearest: Vec<String> = nearest.into_iter().take(5).map(|(_, ccn)| ccn).collect();
    assert!(!nearest.is_empty());
    let out = packet["out_of_network"].as_array().unwrap();
    assert_eq!(out.iter().map(|row| ccn_of(row["provider"]["id"].as_str().unwrap())).collect::<Vec<_>>(), nearest);

    // The CSV is the same table.
    let place = format!("/v1/gap-packets/{}", packet["id"].as_str().unwrap());
    let csv = desk.get(&place, "text/csv").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let mut reader = csv::Reader::from_reader(csv.bytes.strip_prefix("\u{feff}".as_bytes()).unwrap());
    let cells: Vec<BTreeMap<String, String>> = reader.deserialize().map(Result::unwrap).collect();
    assert_eq!(cells.len(), rows.len() + nearest.len());
    for row in &cells {
        let ccn = ccn_of(&row["Provider id"]);
        assert_eq!(row["Part"].starts_with("in network"), rows.contains_key(&ccn), "{row:?}");
        assert_eq!(row["Why it does not meet"].is_empty(), nearest.contains(&ccn), "{row:?}");
        assert!((row["Miles"].parse::<f64>().unwrap() - within[&ccn]).abs() < 0.1, "{row:?}");
    }
}

#[tokio::test]
async fn nobody_near_who_takes_the_patient_is_looked_for_farther() {
    let desk = desk().await;
    let mut asked = nutrition();
    asked["within_miles"] = json!(3);
    let packet = made(&desk, &json!({"discharge": asked})).await;
    let out = packet["out_of_network"].as_array().unwrap();
    let within = packet["out_of_network_within_miles"].as_f64().unwrap();
    assert!(!out.is_empty() && within > 3.0, "{within}");
    let miles: Vec<f64> = out.iter().map(|row| row["distance_miles"].as_f64().unwrap()).collect();
    assert!(miles.is_sorted() && miles[0] > within / 2.0, "{miles:?} within {within}");
    assert_eq!(packet["failing"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum::<u64>(), packet["checked"]);
}

#[tokio::test]
async fn a_packet_comes_again_to_the_byte_in_every_format() {
    let desk = desk().await;
    let body = json!({"discharge": nutrition(), "plan_kind": "medicare_advantage"});
    for accept in FORMATS {
        let first = make(&desk.api, accept, &body).await;
        assert_eq!(first.status, StatusCode::CREATED, "{}", first.text);
        assert_eq!((first.header("cache-control"), first.header("vary")), ("no-store", "Accept"));
        let place = first.header("location").to_owned();
        for typed in [place.clone(), place.to_lowercase().replace('-', "").replace("gappackets", "gap-packets")] {
            assert!(desk.get(&typed, accept).await.bytes == first.bytes, "{accept} at {typed}");
        }
        let id = place.rsplit('/').next().unwrap();
        for other in FORMATS {
            let same = desk.get(&place, other).await;
            assert!(same.bytes.starts_with(b"%PDF") || same.text.contains(id), "{other} has the number");
        }
        let as_list = desk.get(&format!("/v1/choice-lists/{id}"), "application/json").await;
        assert_eq!((as_list.status, as_list.json()["code"].as_str()), (StatusCode::NOT_FOUND, Some("no_such_list")));
    }
    let list = desk.make("application/json", &json!({"discharge": nutrition()})).await.json();
    let place = format!("/v1/gap-packets/{}", list["id"].as_str().unwrap());
    assert_eq!(
        desk.get(&place, "application/json").await.json()["code"],
        "no_such_packet",
        "the number of a list opens no packet"
    );
    assert_eq!(make(&desk.api, "image/png", &body).await.status, StatusCode::NOT_ACCEPTABLE);
}

#[tokio::test]
async fn the_same_inputs_give_the_same_bytes_but_the_number() {
    let desk = desk().await;
    let body = json!({"discharge": nutrition()});
    let (one, two) = (made(&desk, &body).await, made(&desk, &body).await);
    let (one, two) = (one["id"].as_str().unwrap(), two["id"].as_str().unwrap());
    assert_ne!(one, two);
    for accept in ["application/json", "text/html", "text/csv"] {
        let text = async |id: &str| desk.get(&format!("/v1/gap-packets/{id}"), accept).await.text.replace(id, "");
        assert!(text(one).await == text(two).await, "{accept}");
    }
    let pdf = async |id: &str| desk.get(&format!("/v1/gap-packets/{id}"), "application/pdf").await.bytes;
    let texts = [one, two].map(|id| (id, pdf(id)));
    let mut read = Vec::new();
    for (id, pdf) in texts {
        read.extend(poppler("pdftotext", &["-layout"], &pdf.await).map(|text| squeezed(&text.replace(id, ""))));
    }
    assert!(read.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn the_same_question_number_and_time_give_the_same_bytes_in_every_format() {
    let body = json!({"discharge": nutrition(), "plan_kind": "medicare_advantage"});
    let server = async |now: fn() -> Zoned, key: &str| {
        let ledger = TempDir::new().unwrap();
        let sqlite = placement::ledger::sqlite::SqliteLedger::open(&ledger.path().join("ledger.sqlite")).await.unwrap();
        let catalog = placement::catalog::SharedCatalog::new(TOWN.path().join("index"));
        catalog.reload().unwrap();
        let api =
            Api::new(AppState { catalog: catalog.into(), now, ledger: Some(std::sync::Arc::new(sqlite)), ..sample_app() });
        let request = Request::post("/v1/gap-packets").header("content-type", "application/json");
        let request = request.header("idempotency-key", key).body(Body::from(body.to_string())).unwrap();
        let made = api.send(request).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
        let path = made.header("location").to_owned();
        let mut forms = Vec::new();
        for accept in FORMATS {
            let again = Request::get(&path).header("accept", accept).body(Body::empty()).unwrap();
            forms.push(api.send(again).await.bytes);
        }
        (path, forms)
    };
    let noon = || -> Zoned { "2026-11-21T13:00:00-06:00[America/Chicago]".parse().unwrap() };
    let tomorrow = || -> Zoned { "2026-11-22T13:00:00-06:00[America/Chicago]".parse().unwrap() };
    let (key, other) = ("5f0c6f0e-6d6e-4f49-9f2a-0d4f3c0b7a11", "5f0c6f0e-6d6e-4f49-9f2a-0d4f3c0b7a12");
    let (path, forms) = server(noon, key).await;
    let (same_path, same_forms) = server(noon, key).await;
    assert_eq!(path, same_path, "the key gives the number");
    for ((accept, one), two) in FORMATS.iter().zip(&forms).zip(&same_forms) {
        assert!(one == two, "{accept} differs");
    }
    for (what, now, key) in [("another number", noon as fn() -> Zoned, other), ("another day", tomorrow, key)] {
        let (_, others) = server(now, key).await;
        for ((accept, one), two) in FORMATS.iter().zip(&forms).zip(&others).filter(|((accept, _), _)| **accept != "text/csv")
        {
            assert!(one != two, "{accept}: {what}");
        }
    }
}

#[tokio::test]
async fn the_pdf_says_what_the_letter_says_in_the_same_order_and_is_tagged() {
    let desk = desk().await;
    let packet = made(&desk, &json!({"discharge": nutrition(), "plan_kind": "medicaid_managed"})).await;
    let pdf = desk.get(&format!("/v1/gap-packets/{}", packet["id"].as_str().unwrap()), "application/pdf").await.bytes;
    let Some(structure) = poppler("pdfinfo", &["-struct-text"], &pdf) else { return };
    let quoted = |line: &str| line.trim().strip_prefix('"')?.strip_suffix('"').map(str::to_owned);
    let text = squeezed(&structure.lines().filter_map(quoted).collect::<String>());
    let mut at = 0;
    for said in printed(&packet) {
        let said = squeezed(&said);
        let found = text[at..].find(&said);
        assert!(found.is_some(), "{said}");
        at += found.unwrap() + said.len();
    }
    let about = poppler("pdfinfo", &[], &pdf).unwrap();
    assert!(about.contains("Tagged:          yes"), "{about}");
    let tags: Vec<&str> = structure.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let count = |tag: &str| tags.iter().filter(|found| **found == tag).count();
    let entries = packet["in_network"].as_array().unwrap().len() + packet["out_of_network"].as_array().unwrap().len();
    assert_eq!((count("H1"), count("H3")), (1, entries));
    let plain = poppler("pdftotext", &["-layout"], &pdf).unwrap();
    assert_eq!(packet["pages"].as_u64().unwrap(), plain.trim_end_matches('\u{c}').split('\u{c}').count() as u64);
}

#[tokio::test]
async fn nothing_of_the_patient_but_the_zip_the_plan_the_needs_and_the_day_is_in_a_packet() {
    let desk = desk().await;
    let mut asked = nutrition();
    asked["patient"] = json!({"age": 47, "weight_lb": 391, "sex": "female", "languages": ["es"]});
    let packet = made(&desk, &json!({"discharge": asked})).await;
    let codes: Vec<&str> =
        packet["in_network"].as_array().unwrap().iter().filter_map(|row| row["reasons"][0]["code"].as_str()).collect();
    assert!(codes.contains(&"limit:size.max_lb"), "a limit excludes some: {codes:?}");
    for accept in ["application/json", "text/html", "text/csv"] {
        let text = desk.get(&format!("/v1/gap-packets/{}", packet["id"].as_str().unwrap()), accept).await.text;
        let words: BTreeSet<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
        for telling in ["391", "female", "Spanish", "\"es\""] {
            assert!(!words.contains(telling), "{accept} tells {telling}");
        }
        assert!(text.contains("beyond its limit: ") || accept == "text/csv", "{accept}");
    }
    assert!(!packet.to_string().contains("weight_lb"));
}

#[tokio::test]
async fn the_letter_cites_the_rules_of_the_kind_of_plan_and_says_what_is_not_reviewed() {
    let desk = desk().await;
    for (kind, citations, standards) in [
        (json!("medicare_advantage"), &["42 CFR 422.112(a)(1)(iii)", "42 CFR 422.116(b)"][..], json!("not_loaded")),
        (json!("medicaid_managed"), &["42 CFR 438.206(b)(4)"], Value::Null),
        (json!("marketplace"), &["45 CFR 156.230"], Value::Null),
        (json!("other"), &[], Value::Null),
        (Value::Null, &["42 CFR 422.112(a)(1)(iii)", "42 CFR 438.206(b)(4)", "45 CFR 156.230"], Value::Null),
    ] {
        let packet = made(&desk, &json!({"discharge": nutrition(), "plan_kind": kind})).await;
        let cited: Vec<&str> =
            packet["rules"].as_array().unwrap().iter().map(|rule| rule["citation"].as_str().unwrap()).collect();
        assert_eq!(
            (cited.as_slice(), packet["standards"].get("status").unwrap_or(&Value::Null)),
            (citations, &standards),
            "{kind}"
        );
        let letter = desk.get(&format!("/v1/gap-packets/{}", packet["id"].as_str().unwrap()), "text/html").await.text;
        let letter = text_of(&letter);
        assert!(packet["unanswered"].as_u64() > Some(0) && packet["printed"]["watermark"] == "DRAFT", "call them first");
        assert_eq!(letter.matches("not reviewed by a person").count(), citations.len(), "{kind}");
        assert!(citations.iter().all(|citation| letter.contains(citation)), "{kind}: {letter}");
        assert!(letter.contains("Do not send this") && !letter.contains("has passed"), "{letter}");
    }
    let mut rehab = nutrition();
    rehab["service"] = json!("inpatient_rehab");
    rehab["within_miles"] = json!(50);
    let packet = made(&desk, &json!({"discharge": rehab, "plan_kind": "medicare_advantage"})).await;
    assert_eq!(packet["standards"]["status"], "none_for_service");
}

#[tokio::test]
async fn a_review_date_that_has_passed_is_said() {
    let later = || -> Zoned { "2027-01-15T13:00:00-06:00[America/Chicago]".parse().unwrap() };
    let folder = TempDir::new().unwrap();
    let ledger = placement::ledger::sqlite::SqliteLedger::open(&folder.path().join("ledger.sqlite")).await.unwrap();
    let app = AppState { now: later, ledger: Some(std::sync::Arc::new(ledger)), ..sample_app() };
    let answer = make(&Api::new(app), "application/json", &json!({"discharge": nutrition()})).await;
    let packet = answer.json();
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    assert!(packet["rules"].as_array().unwrap().iter().all(|rule| rule["review_overdue"] == true));
    assert!(packet["printed"].to_string().contains("the review date, Dec 31, 2026, has passed"));
    // The terms of some providers have ended by then, which is why these do not meet.
    assert!(packet["in_network"].to_string().contains("\"unconfirmed\""));
}

/// The code of a refused packet, with its words.
async fn refused(api: &Api, discharge: &Value) -> (u16, String, String) {
    let answer = make(api, "application/json", &json!({"discharge": discharge})).await;
    let json = answer.json();
    (answer.status.as_u16(), json["code"].as_str().unwrap().to_owned(), json["detail"].as_str().unwrap().to_owned())
}

fn with(changes: &Value) -> Value {
    let mut asked = nutrition();
    asked.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    asked
}

#[tokio::test]
async fn a_packet_without_evidence_is_refused_in_words() {
    let desk = desk().await;
    for (asked, code, says) in [
        (with(&json!({"near": {"zip": "59801"}})), "no_source", "not evidence"),
        (
            with(&json!({"coverage": {"plan_name": "Nobody's Plan", "known": false}})),
            "plan_not_loaded",
            "Load the plan's directory",
        ),
        (with(&json!({"near": {"zip": "65240"}, "within_miles": 1})), "nothing_checked", "Search a wider area"),
        (with(&json!({"needs": []})), "network_meets", "no gap"),
    ] {
        let (status, found, detail) = refused(&desk.api, &asked).await;
        assert_eq!((status, found.as_str()), (409, code), "{asked}: {detail}");
        assert!(detail.contains(says), "{detail}");
        assert!(!detail.contains("Nobody"), "what was typed is not repeated: {detail}");
    }
    for (asked, pointer, code) in [
        (with(&json!({"coverage": null})), "/discharge/coverage", "missing"),
        (with(&json!({"coverage": {"program": "medicare"}})), "/discharge/coverage", "does_not_apply"),
        (with(&json!({"service": "hospice", "within_miles": null, "needs": []})), "/discharge/coverage", "does_not_apply"),
        (
            with(&json!({"service": null, "services": ["skilled_nursing", "inpatient_rehab"]})),
            "/discharge/services",
            "does_not_apply",
        ),
    ] {
        let answer = make(&desk.api, "application/json", &json!({"discharge": asked})).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text);
        assert_eq!(answer.faults(), [(pointer.to_owned(), code.to_owned())], "{asked}");
    }
    let answer = make(&desk.api, "application/json", &json!({"plan_kind": "hmo", "patient": 1})).await;
    let pointers: BTreeSet<String> = answer.faults().into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(pointers, ["/discharge", "/patient", "/plan_kind"].map(str::to_owned).into());
    let without = make(&Api::sample(), "application/json", &json!({"discharge": nutrition()})).await;
    assert_eq!((without.status, without.json()["code"].as_str()), (StatusCode::SERVICE_UNAVAILABLE, Some("no_ledger")));
}

#[tokio::test]
async fn an_old_or_incomplete_directory_is_no_evidence() {
    let old = town(|name, text| match name {
        "sources.toml" => text.replace("2026-11-15", "2026-08-01"),
        _ => text,
    });
    let incomplete = town(|name, text| match name {
        "payer_roster.csv" => text + "Larkwater Mutual,Larkwater Choice HMO,Larkwater Choice Core,26X,,skilled_nursing,,,\n",
        _ => text,
    });
    for (folder, code, says) in
        [(old, "directory_old", "Aug 1, 2026"), (incomplete, "directory_incomplete", "Larkwater Choice Core")]
    {
        let desk = Desk::of(&folder.path().join("index"), Hospital::default()).await;
        let (status, found, detail) = refused(&desk.api, &nutrition()).await;
        assert_eq!((status, found.as_str()), (409, code), "{detail}");
        assert!(detail.contains(says), "{detail}");
    }
}

#[tokio::test]
async fn a_case_manager_makes_the_letter_from_the_answer_and_prints_it_again() {
    let desk = desk().await;
    let asked =
        [("near", "64108"), ("service", "skilled_nursing"), ("coverage", PLAN), ("need_words", "tpn"), ("within", "15")];
    let answer = pages::post(&desk.api, "/", &[&asked[..3], &[("need", "nut.tpn"), ("within", "15")]].concat()).await;
    assert!(answer.text().contains("Ask the plan for an exception"));
    let form = answer.forms().into_iter().find(|form| form.action == "/gap-packet/new").unwrap();
    let fields: Vec<(&str, &str)> = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let page = pages::post(&desk.api, "/gap-packet/new", &fields).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("a yes closes the gap"), "{}", page.text());
    let form = page.forms().into_iter().find(|form| form.action == "/gap-packet").unwrap();
    let mut fields: Vec<(&str, &str)> = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.retain(|(name, _)| *name != "plan_kind");
    fields.push(("plan_kind", "medicare_advantage"));
    let letter = pages::post(&desk.api, "/gap-packet", &fields).await;
    assert_eq!(letter.status, StatusCode::OK, "{}", letter.text());
    assert!(letter.text().contains("The request rests on 42 CFR 422.112(a)(1)(iii)."), "{}", letter.text());
    let again = letter.forms().into_iter().find(|form| form.action == "/gap-packet/again").unwrap();
    let (_, id) = again.fields.iter().find(|(name, _)| name == "id").unwrap();
    for (format, starts) in [("pdf", "%PDF"), ("csv", "\u{feff}Part,"), ("html", "<!doctype html>"), ("json", "{")] {
        let file = pages::post(&desk.api, "/gap-packet/again", &[("id", id), ("as", format)]).await;
        assert!(file.html.starts_with(starts), "{format}: {}", &file.html[..40.min(file.html.len())]);
    }
    let shown = pages::post(&desk.api, "/gap-packet/again", &[("id", id)]).await;
    assert!(shown.text().contains(id.as_str()));
    let unknown = pages::post(&desk.api, "/gap-packet/again", &[("id", "7F3KQ-M8XPA-3ZRTN-09VWB-4HCDEF")]).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert!(unknown.text().contains("No packet has that number"));
    assert_eq!(pages::get(&desk.api, "/gap-packet").await.status, StatusCode::OK);

    let meets = [("near", "64108"), ("service", "skilled_nursing"), ("coverage", PLAN), ("within", "15")];
    assert!(!pages::post(&desk.api, "/", &meets).await.text().contains("Ask the plan for an exception"));
    let refused = pages::post(&desk.api, "/gap-packet", &meets).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text().contains("There is no gap to show"), "{}", refused.text());
}
