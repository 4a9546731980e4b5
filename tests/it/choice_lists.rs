//! The patient's choice list over HTTP: its content, its order, and retrieval of the same bytes.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use placement::catalog::SharedCatalog;
use placement::hospital::{FinancialInterest, Hospital};
use placement::ledger::sqlite::SqliteLedger;
use placement::serve::state::AppState;
use placement::text::proper_case::proper_case;
use serde_json::{Value, json};
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tempfile::TempDir;

use crate::api::{Answer, Api, question, sample_app};

/// A server of the sample with a ledger in a temporary folder.
pub(crate) struct Desk {
    folder: TempDir,
    pub api: Api,
}

impl Desk {
    pub(crate) async fn new(hospital: Hospital) -> Self {
        let folder = TempDir::new().unwrap();
        let api = Self::api(&folder, hospital).await;
        Self { folder, api }
    }

    /// The same with the directory in `index`.
    pub(crate) async fn of(index: &Path, hospital: Hospital) -> Self {
        let folder = TempDir::new().unwrap();
        let catalog = SharedCatalog::new(index);
        catalog.reload().unwrap();
        let api = Self::serving(AppState { catalog: Arc::new(catalog), ..sample_app() }, &folder, hospital).await;
        Self { folder, api }
    }

    async fn api(folder: &TempDir, hospital: Hospital) -> Api {
        Self::serving(sample_app(), folder, hospital).await
    }

    async fn serving(app: AppState, folder: &TempDir, hospital: Hospital) -> Api {
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).await.unwrap();
        Api::new(AppState { hospital, ledger: Some(Arc::new(ledger)), ..app })
    }

    pub(crate) async fn make(&self, accept: &str, body: &Value) -> Answer {
        let request = Request::post("/v1/choice-lists").header("content-type", "application/json");
        self.api.send(request.header("accept", accept).body(Body::from(body.to_string())).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str, accept: &str) -> Answer {
        self.api.send(Request::get(path).header("accept", accept).body(Body::empty()).unwrap()).await
    }

    /// A list created by the page.
    pub(crate) async fn page(&self, fields: &[(&str, &str)]) -> Answer {
        self.form("/choice-list", fields).await
    }

    async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut body = form_urlencoded::Serializer::new(String::new());
        let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        self.api.send(request.body(Body::from(body.extend_pairs(fields).finish())).unwrap()).await
    }
}

/// A created list, as JSON.
pub(crate) async fn made(desk: &Desk, body: &Value) -> Value {
    let answer = desk.make("application/json", body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    answer.json()
}

/// A question for agencies that come to the patient, with a plan.
pub(crate) fn home_health() -> Value {
    json!({"service": "home_health", "near": {"zip": "64108"}, "coverage": {"plan": "Larkwater Choice HMO"}})
}

pub(crate) fn names(list: &Value) -> Vec<&str> {
    list["providers"].as_array().unwrap().iter().map(|listed| listed["provider"]["name"].as_str().unwrap()).collect()
}

/// The providers of a list by the printed groups of network status, as positions.
pub(crate) fn groups(list: &Value) -> Vec<Vec<usize>> {
    let (mut groups, mut next) = (Vec::new(), 0);
    for section in list["printed"]["sections"].as_array().unwrap() {
        let kinds = ["places", "in_network", "not_confirmed", "out_of_network"];
        if !kinds.contains(&section["kind"].as_str().unwrap()) {
            continue;
        }
        let blocks = section["blocks"].as_array().unwrap().iter();
        let count: usize = blocks.map(|block| block["places"].as_array().map_or(0, Vec::len)).sum();
        groups.push((next..next + count).collect());
        next += count;
    }
    assert_eq!(next, list["providers"].as_array().unwrap().len(), "each provider stands in one group");
    groups
}

/// The sort key of a name.
fn letters(name: &str) -> String {
    name.to_lowercase().chars().filter(|c| c.is_alphanumeric() || *c == ' ').collect()
}

const FORMS: [(&str, &str); 3] = [
    ("application/json", "application/json"),
    ("text/html", "text/html; charset=utf-8"),
    ("application/pdf", "application/pdf"),
];

#[tokio::test]
async fn a_list_comes_again_to_the_byte_in_every_form_after_a_restart() {
    let desk = Desk::new(Hospital::default()).await;
    let body = json!({"discharge": question()});
    for (accept, media_type) in FORMS {
        let first = desk.make(accept, &body).await;
        assert_eq!((first.status, first.header("content-type")), (StatusCode::CREATED, media_type), "{}", first.text);
        assert_eq!((first.header("cache-control"), first.header("vary")), ("no-store", "Accept"));
        let place = first.header("location").to_owned();
        let again = Desk::api(&desk.folder, Hospital::default()).await;
        let again = Desk { folder: TempDir::new().unwrap(), api: again };
        let same = again.get(&place, accept).await;
        assert_eq!((same.status, same.header("content-type")), (StatusCode::OK, media_type));
        assert_eq!(same.header("cache-control"), "no-store");
        assert!(same.bytes == first.bytes, "{accept}");
        let typed = place.to_lowercase().replace('-', "").replace("choicelists", "choice-lists");
        assert!(again.get(&typed, accept).await.bytes == first.bytes);
        let id = place.rsplit('/').next().unwrap();
        for (accept, _) in FORMS {
            let form = again.get(&place, accept).await;
            assert!(form.bytes.starts_with(b"%PDF") || form.text.contains(id), "{accept} has the number");
        }
    }
}

#[tokio::test]
async fn nothing_in_the_ledgers_files_can_be_read() {
    let desk = Desk::new(Hospital::default()).await;
    let mut asked = question();
    asked["coverage"] = json!({"plan": "Larkwater Choice HMO"});
    let list = made(&desk, &json!({"discharge": asked})).await;
    let id = list["id"].as_str().unwrap();
    let mut telling = vec!["64108", "Larkwater", "IV antibiotics", "inf.abx", "skilled", "Kansas City", "html", id];
    let plain = id.replace('-', "");
    telling.extend(names(&list));
    telling.push(&plain);
    let mut read = 0;
    for entry in fs::read_dir(desk.folder.path()).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        read += bytes.len();
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        for word in telling.iter().filter(|word| **word != "html") {
            assert!(!text.contains(&word.to_lowercase()), "{word}");
        }
    }
    assert!(read > 50_000, "the files hold the list");
}

#[tokio::test]
async fn the_order_is_neutral_and_the_list_complete() {
    let desk = Desk::new(Hospital::default()).await;
    let mut whole = question();
    whole["limit"] = json!(1000);
    let report = desk.api.post("/v1/matches", &whole).await.json();
    let by_distance = made(&desk, &json!({"discharge": question()})).await;
    let matched = report["matches"].as_array().unwrap().len();
    assert!(matched > 20, "more than a page: {matched}");
    assert_eq!(by_distance["providers"].as_array().unwrap().len(), matched);
    assert_eq!((by_distance["matched"].as_u64(), by_distance["complete"].as_bool()), (Some(matched as u64), Some(true)));
    let miles: Vec<f64> = by_distance["providers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|listed| listed["distance_miles"].as_f64().unwrap())
        .collect();
    let groups = groups(&by_distance);
    assert!(groups.len() > 1, "{groups:?}");
    for of_group in &groups {
        let miles: Vec<f64> = of_group.iter().map(|at| miles[*at]).collect();
        assert!(miles.is_sorted(), "{miles:?}");
    }

    let by_name = made(&desk, &json!({"discharge": question(), "order": "name"})).await;
    let agencies = made(&desk, &json!({"discharge": home_health()})).await;
    assert_eq!(agencies["order"], "name");
    for list in [&by_name, &agencies] {
        for of_group in self::groups(list) {
            let names: Vec<&str> = of_group.iter().map(|at| names(list)[*at]).collect();
            assert!(names.is_sorted_by_key(|name| letters(name)), "{names:?}");
        }
    }

    let mut other_profile = question();
    other_profile["profile"] = json!({"patient_travels": {"closeness": 0.1, "quality": 0.9}});
    let other = made(&desk, &json!({"discharge": other_profile})).await;
    assert_eq!(names(&other), names(&by_distance), "how matches are weighed does not move anybody");
    let page = text_of(&desk.make("text/html", &json!({"discharge": question()})).await.text).to_lowercase();
    let words: Vec<&str> = page.split(|c: char| !c.is_alphabetic()).collect();
    let json = desk.make("application/json", &json!({"discharge": question()})).await.text;
    for member in ["score", "rank", "likelihood", "worth", "fit"] {
        assert!(!json.contains(&format!("\"{member}\":")), "{member} is for staff");
    }
    for telling in [
        "score",
        "scores",
        "rank",
        "ranked",
        "recommend",
        "recommended",
        "ready",
        "suggested",
        "likelihood",
        "chance",
        "worth",
    ] {
        assert!(!words.contains(&telling), "{telling}");
    }
}

#[tokio::test]
async fn of_the_patient_only_the_zip_and_the_plan_are_printed() {
    let desk = Desk::new(Hospital::default()).await;
    let asked = json!({
        "service": "skilled_nursing",
        "near": {"zip": "64108"},
        "coverage": {"plan": "Larkwater Choice HMO"},
        "needs": ["inf.abx", "resp.vent"],
        "patient": {"age": 47, "weight_lb": 391, "sex": "female", "languages": ["es"]}
    });
    for accept in ["application/json", "text/html"] {
        let text = desk.make(accept, &json!({"discharge": asked})).await.text.to_lowercase();
        assert!(text.contains("64108") && text.contains("larkwater choice hmo"), "{accept}");
        for telling in ["antibiotic", "inf.abx", "ventilator", "resp.vent", "391", "female", "spanish"] {
            assert!(!text.contains(telling), "{accept} tells {telling}");
        }
    }
}

#[tokio::test]
async fn the_selected_come_first_and_the_full_list_is_always_printed_with_them() {
    let desk = Desk::new(Hospital::default()).await;
    let whole = made(&desk, &json!({"discharge": question()})).await;
    let id = |at: usize| whole["providers"][at]["provider"]["id"].as_str().unwrap();
    let few = json!({"discharge": question(), "providers": [id(5), id(2)]});
    let list = made(&desk, &few).await;
    assert_eq!(names(&list), names(&whole), "a selection leaves nobody off and moves nobody");
    assert_eq!(list["complete"], true);
    let listed = list["providers"].as_array().unwrap().iter().enumerate();
    let selected: Vec<usize> = listed.filter(|(_, listed)| listed["selected"] == true).map(|(at, _)| at).collect();
    assert_eq!(selected, [2, 5]);
    let sections = list["printed"]["sections"].as_array().unwrap();
    let first = sections.iter().find(|section| section["kind"] == "selected").unwrap();
    let entries = |section: &Value| {
        let blocks = section["blocks"].as_array().unwrap().clone();
        blocks.iter().find_map(|block| block["places"].as_array()).unwrap().len()
    };
    assert_eq!(entries(first), 2);
    assert!(whole["printed"]["sections"].as_array().unwrap().iter().all(|section| section["kind"] != "selected"));
    let page = desk.make("text/html", &few).await.text;
    assert!(page.contains("You asked to see 2 of these first.") && page.contains("Only you may ask for fewer places."));
    assert!(page.contains("The order does not show which one is best."));
}

#[tokio::test]
async fn every_fault_of_a_body_is_told_at_once() {
    let desk = Desk::new(Hospital::default()).await;
    let body = json!({
        "discharge": {"service": "skilled_nursng", "near": {"zip": "00000"}},
        "providers": ["425003", 7],
        "order": "score",
        "lang": "es"
    });
    let answer = desk.make("application/json", &body).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let pointers: Vec<String> = answer.faults().into_iter().map(|(pointer, _)| pointer).collect();
    for pointer in ["/lang", "/providers/1", "/discharge/service", "/discharge/near/zip"] {
        assert!(pointers.iter().any(|told| told == pointer), "{pointer} of {pointers:?}");
    }
    for (body, fault) in [
        (json!([]), ("", "wrong_type")),
        (json!({}), ("/discharge", "missing")),
        (json!({"discharge": question(), "order": "score"}), ("/order", "not_a_choice")),
        (json!({"discharge": home_health(), "order": "distance"}), ("/order", "does_not_apply")),
        (json!({"discharge": question(), "language": "fr"}), ("/language", "not_a_choice")),
        (json!({"discharge": question(), "providers": []}), ("/providers", "wrong_type")),
        (json!({"discharge": question(), "providers": ["ccn:999999"]}), ("/providers/0", "not_a_match")),
        (json!({"discharge": question(), "providers": ["Harbor"]}), ("/providers/0", "not_an_id")),
    ] {
        let answer = desk.make("application/json", &body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert_eq!(answer.faults(), [(fault.0.to_owned(), fault.1.to_owned())], "{body}");
    }
}

#[tokio::test]
async fn what_cannot_be_had_says_so() {
    let desk = Desk::new(Hospital::default()).await;
    let body = json!({"discharge": question()});
    let refused = desk.make("image/png", &body).await;
    assert_eq!((refused.status, refused.json()["code"].as_str()), (StatusCode::NOT_ACCEPTABLE, Some("not_acceptable")));
    for id in ["7F3KQ-M8XPA-3ZRTN-09VWB-4HCDEF", "nonsense"] {
        let answer = desk.get(&format!("/v1/choice-lists/{id}"), "text/html").await;
        assert_eq!((answer.status, answer.json()["code"].as_str()), (StatusCode::NOT_FOUND, Some("no_such_list")));
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    let without = Api::sample();
    let answer = without.post("/v1/choice-lists", &body).await;
    assert_eq!((answer.status, answer.json()["code"].as_str()), (StatusCode::SERVICE_UNAVAILABLE, Some("no_ledger")));
    assert_eq!(without.get("/readyz?verbose").await.json()["ledger"], "not_open");
    assert_eq!(desk.api.get("/readyz?verbose").await.json()["ledger"], "open");
}

#[tokio::test]
async fn a_ledger_that_fails_says_which_of_the_two_it_could_not_do() {
    let desk = Desk::new(Hospital::default()).await;
    let made = desk.make("text/html", &json!({"discharge": home_health()})).await;
    let place = made.header("location");
    let options = SqliteConnectOptions::new().filename(desk.folder.path().join("ledger.sqlite"));
    let mut other = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql("UPDATE lists SET made_on = '2026-11-20'").execute(&mut other).await.unwrap();
    let damaged = desk.get(place, "text/html").await;
    sqlx::raw_sql("DROP TABLE lists").execute(&mut other).await.unwrap();
    let failed = desk.get(place, "text/html").await;
    for answer in [damaged, failed] {
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(answer.json()["code"], "list_not_read");
        assert_eq!(answer.json()["title"], "The list could not be read");
    }
    let id = place.rsplit('/').next().unwrap();
    let page = desk.form("/choice-list/again", &[("id", id)]).await;
    assert!(page.text.contains("The list could not be read") && !page.text.contains(id), "{}", page.text);

    let refused = desk.make("text/html", &json!({"discharge": home_health()})).await;
    assert_eq!((refused.status, refused.json()["code"].as_str()), (StatusCode::SERVICE_UNAVAILABLE, Some("no_ledger")));
    let ready = desk.api.get("/readyz?verbose").await.json();
    assert_eq!((&ready["status"], &ready["ledger"]), (&json!("ready"), &json!("failing")));
    assert!(ready["ledger_failure"].as_str().unwrap().contains("no such table"), "{ready}");
}

/// The text of a page without markup.
pub(crate) fn text_of(html: &str) -> String {
    let parts = html.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    parts.collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ").replace("&#39;", "'")
}

#[tokio::test]
async fn what_the_hospital_owes_its_patients_is_always_printed() {
    let silent = Desk::new(Hospital::default()).await;
    let list = made(&silent, &json!({"discharge": home_health()})).await;
    let listed: Vec<&Value> = list["providers"].as_array().unwrap().iter().collect();
    let id = |at: usize| listed[at]["provider"]["id"].as_str().unwrap().parse().unwrap();
    let name = |at: usize| listed[at]["provider"]["name"].as_str().unwrap();
    let telling = Hospital {
        name: Some("St. <b>Luke".to_owned()),
        phone: Some("816-555-0100".to_owned()),
        interests: vec![FinancialInterest { provider: id(1), says: "This hospital owns half of it.".to_owned() }],
        asked_to_be_listed: Some(vec![id(0), "ccn:999999".parse().unwrap()]),
        ..Hospital::default()
    };
    let none = Hospital { no_interests: true, asked_to_be_listed: Some(Vec::new()), ..Hospital::default() };
    for (hospital, says) in [
        (
            Hospital::default(),
            vec![
                "The hospital has not said. Ask your case manager.".to_owned(),
                "The hospital does not keep track of which home health agencies asked".to_owned(),
            ],
        ),
        (
            none,
            vec![
                "The hospital says that it and these places have no financial interest in each other.".to_owned(),
                "No home health agency that comes".to_owned(),
            ],
        ),
        (
            telling,
            vec![
                "St. &#60;b&#62;Luke".to_owned(),
                "Call 816-555-0100.".to_owned(),
                format!("{}: This hospital owns half of it.", proper_case(name(1))),
                "The hospital and this place share a financial interest: This hospital owns half of it.".to_owned(),
                "It asked to be on this list.".to_owned(),
                format!("and they come to your home: {}", proper_case(name(0))),
            ],
        ),
    ] {
        let desk = Desk::new(hospital).await;
        let page = text_of(&desk.make("text/html", &json!({"discharge": home_health()})).await.text);
        for words in says {
            assert!(page.to_lowercase().contains(&words.to_lowercase()), "{words} in {page}");
        }
        for always in ["42 CFR 482.43(c)", "medicare.gov/care-compare", "Check with your plan before you choose.", "Initials"]
        {
            assert!(page.contains(always), "{always}");
        }
    }
}

#[tokio::test]
async fn an_unreviewed_list_says_so_in_its_own_language_and_in_english() {
    let desk = Desk::new(Hospital::default()).await;
    let body = json!({"discharge": question(), "language": "es"});
    let page = desk.make("text/html", &body).await.text;
    assert!(page.starts_with("<!doctype html>\n<html lang=\"es\">"), "{page}");
    assert!(page.contains("lang=\"es\"><strong>BORRADOR: "));
    assert!(page.contains("lang=\"en\"><strong>DRAFT: "));
    assert!(page.contains("<h2>Usted elige</h2>") && page.contains("21 de noviembre de 2026"));
    assert!(!page.contains("You choose"));
    // The footer is printed on each page and repeats this.
    let foot = page.split_once("<div class=\"foot\">").unwrap().1;
    for again in ["BORRADOR: ", "DRAFT: ", "This list is only a test."] {
        assert!(foot.contains(again), "{again} in {foot}");
    }
    let id = page.split_once("Número de la lista: ").unwrap().1.split('<').next().unwrap();
    assert!(foot.contains(id), "{foot}");
    let sheet = desk.api.get("/assets/list.css").await.text;
    assert!(sheet.contains("display: table-footer-group") && sheet.contains("counter(page)"));
    let english = desk.make("text/html", &json!({"discharge": question()})).await.text;
    assert!(english.contains("lang=\"en\"><strong>DRAFT: ") && english.contains("This list is only a test."));
    assert!(!english.contains("BORRADOR"));
    for language in ["en", "es"] {
        let list = made(&desk, &json!({"discharge": question(), "language": language})).await;
        assert_eq!(list["reviewed"], false, "{language}");
    }
}

#[tokio::test]
async fn a_selection_counts_only_if_the_patient_asked_for_it() {
    let desk = Desk::new(Hospital::default()).await;
    let question = [("near", "64108"), ("service", "skilled_nursing")];
    let first = made(&desk, &json!({"discharge": {"near": {"zip": "64108"}, "service": "skilled_nursing"}})).await;
    let id = first["providers"][1]["provider"]["id"].as_str().unwrap_or_else(|| panic!("{first}")).to_owned();
    let selected: Vec<_> = question.into_iter().chain([("pick", id.as_str())]).collect();
    let page = desk.form("/choice-list", &selected).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert!(!page.text.contains("You asked to see") && page.text.contains("Your selection does not change the list"));
    let asked: Vec<_> = selected.iter().copied().chain([("patient_asked", "yes")]).collect();
    let page = desk.form("/choice-list", &asked).await.text;
    assert!(page.contains("You asked to see 1 of these first") && !page.contains("Your selection does not"), "{page}");
    assert!(page.contains("name=\"patient_asked\" value=\"yes\""), "the list in Spanish is the same list");
    let spanish: Vec<_> = asked.iter().copied().chain([("list_language", "es")]).collect();
    assert!(desk.form("/choice-list", &spanish).await.text.contains("Usted pidió ver primero 1"));
    for wrong in [&[("patient_asked", "yes")][..], &[("pick", id.as_str()), ("patient_asked", "on")]] {
        let fields: Vec<_> = question.iter().chain(wrong).copied().collect();
        assert_eq!(desk.form("/choice-list", &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong:?}");
    }
}

#[tokio::test]
async fn a_case_manager_makes_prints_and_finds_a_list() {
    let desk = Desk::new(Hospital::default()).await;
    let asked = [("near", "64108"), ("service", "skilled_nursing"), ("need", "inf.abx")];
    let page = desk.form("/choice-list", &asked).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert_eq!(page.header("cache-control"), "no-store");
    let id = page.text.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let sheet = desk.form("/choice-list/again", &[("id", &id), ("as", "html")]).await;
    let article = sheet.text.split_once("<article").unwrap().1.split_once("</article>").unwrap().0;
    assert!(page.text.contains(article), "the screen shows what is recorded");
    assert!(page.text.contains("name=\"need\" value=\"inf.abx\"") && page.text.contains("value=\"es\""));
    let spanish: Vec<_> = asked.into_iter().chain([("list_language", "es"), ("order", "name")]).collect();
    let spanish = desk.form("/choice-list", &spanish).await.text;
    assert!(
        spanish.contains("Usted elige")
            && spanish.contains("value=\"en\"")
            && spanish.contains("name=\"order\" value=\"name\"")
    );

    assert!(
        spanish.contains("<html lang=\"es\">")
            && spanish.contains("<title>Sus opciones: centros de enfermería especializada · ")
    );
    assert!(spanish.contains("<body lang=\"en\">"), "what stands around the list is English");

    let again = desk.form("/choice-list/again", &[("id", &id.to_lowercase())]).await;
    assert!(again.status == StatusCode::OK && again.text.contains(article) && !again.text.contains("list_language"));
    assert_eq!(desk.api.get("/choice-list").await.status, StatusCode::OK);
    for (id, status, says) in [
        ("", StatusCode::UNPROCESSABLE_ENTITY, "Enter the list number printed on the list."),
        ("123", StatusCode::UNPROCESSABLE_ENTITY, "26 letters and digits"),
        ("7F3KQ-M8XPA-3ZRTN-09VWB-4HCDEF", StatusCode::NOT_FOUND, "No list has that number"),
    ] {
        let page = desk.form("/choice-list/again", &[("id", id)]).await;
        assert_eq!(page.status, status, "{id}");
        assert!(page.text.contains(says) && page.text.contains(&format!("value=\"{id}\"")), "{id}: {}", page.text);
    }
    let pdf = desk.form("/choice-list/again", &[("id", &id), ("as", "pdf")]).await;
    assert!(pdf.bytes.starts_with(b"%PDF-1.7") && pdf.header("content-disposition").starts_with("attachment"));
    let wrong = desk.form("/choice-list/again", &[("id", &id), ("as", "docx")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
}
