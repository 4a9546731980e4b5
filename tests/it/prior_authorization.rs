//! The times of a prior authorization: golden cases, the tables, and every surface that shows them.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use axum::http::StatusCode;
use jiff::Zoned;
use jiff::civil::Date;
use placement::catalog::SharedCatalog;
use placement::serve::state::AppState;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::{Api, sample_app};
use crate::cli::{Server, run_in};
use crate::pages::{get, post};

const NOT_REVIEWED: &str = "not reviewed by a person";

thread_local! {
    /// The moment of an answer.
    static NOW: RefCell<Zoned> = RefCell::new("2026-11-30T14:30:00-06:00[America/Chicago]".parse().unwrap());
}

fn now() -> Zoned {
    NOW.with_borrow(Clone::clone)
}

/// A server at the moment `at`, without a directory: none is needed.
fn api_at(at: &str) -> Api {
    let moment: jiff::Timestamp = at.parse().unwrap();
    NOW.set(moment.to_zoned(jiff::tz::TimeZone::UTC));
    let folder = TempDir::new().unwrap();
    Api::new(AppState { now, ..AppState::new(SharedCatalog::new(folder.path())) })
}

fn curated(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/curated").join(path)).unwrap()
}

fn cases() -> Vec<Value> {
    let file: Value = serde_json::from_str(&curated("quality/prior_authorizations/cases.json")).unwrap();
    file["cases"].as_array().unwrap().clone()
}

/// The rules as the tables have them.
fn rules() -> Vec<toml::Table> {
    let tables = ["decisions", "extensions", "denial_reasons", "denial", "hospital_discharge", "end_of_services"];
    let rules = tables.iter().flat_map(|table| {
        let file: toml::Table = curated(&format!("prior_authorizations/{table}.toml")).parse().unwrap();
        file["rule"].as_array().unwrap().iter().map(|rule| rule.as_table().unwrap().clone()).collect::<Vec<_>>()
    });
    rules.collect()
}

/// Every entry of an answer.
fn entries(answer: &Value) -> Vec<Value> {
    let steps = answer["paths"].as_array().unwrap().iter().map(|path| &path["steps"]);
    let lists = [&answer["decisions"], &answer["denial_reasons"]].into_iter().chain(steps);
    lists.flat_map(|list| list.as_array().unwrap().clone()).collect()
}

/// "running 2026-12-03T14:20:00-06:00", the day alone without an hour, the result alone without a time.
fn result(entry: &Value) -> String {
    let due = entry["due_at"].as_str().or(entry["due_on"].as_str()).unwrap_or_default();
    format!("{} {due}", entry["status"].as_str().unwrap()).trim().to_owned()
}

async fn answer(api: &Api, ask: &Value) -> Value {
    let answer = api.post("/v1/prior-authorizations/deadlines", ask).await;
    assert_eq!(answer.status, StatusCode::OK, "{ask}: {}", answer.text);
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.json()
}

#[tokio::test]
async fn every_golden_case_has_its_times() {
    let (mut faults, mut timed) = (Vec::new(), 0);
    for case in cases() {
        let answer = answer(&api_at(case["now"].as_str().unwrap()), &case["ask"]).await;
        let found = entries(&answer);
        for (rule, expected) in case["expect"].as_object().unwrap() {
            let got: Vec<String> = found.iter().filter(|entry| entry["rule"] == **rule).map(result).collect();
            timed += usize::from(expected.as_str().unwrap().contains('T'));
            if !got.contains(&expected.as_str().unwrap().to_owned()) {
                faults.push(format!("{}: {rule} is {got:?}, expected {expected}", case["story"]));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    assert!(cases().len() >= 40 && timed >= 60, "{} cases, {timed} times", cases().len());
}

#[test]
fn every_rule_of_every_table_is_expected_by_a_golden_case() {
    let cases = cases();
    let expected: BTreeSet<&str> =
        cases.iter().flat_map(|case| case["expect"].as_object().unwrap().keys().map(String::as_str)).collect();
    let rules = rules();
    let missing: Vec<&str> =
        rules.iter().map(|rule| rule["id"].as_str().unwrap()).filter(|id| !expected.contains(id)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_rule_of_law_has_its_citation_its_day_and_its_review() {
    let rules = rules();
    for rule in &rules {
        let id = rule["id"].as_str().unwrap();
        let day = |field: &str| rule[field].as_str().unwrap().parse::<Date>();
        assert!(rule["citation"].as_str().unwrap().contains(char::is_numeric), "{id}");
        assert!(day("effective").unwrap() < day("review_by").unwrap(), "{id}");
        let is_reviewed = !rule["reviewed_by"].as_str().unwrap().is_empty();
        assert_eq!(day("reviewed_on").is_ok(), is_reviewed, "{id}: a review has a person and a day");
    }
    assert!(rules.len() > 80, "{} rules", rules.len());
}

/// A question that every part answers.
fn whole() -> Value {
    json!({"payer_class": "medicare_advantage", "time_zone": "America/Chicago", "request": "standard",
        "received_at": "2026-11-30T14:20", "valid_through": "2026-12-04", "next_review_on": "2026-11-29",
        "paths": ["denial", "hospital_discharge", "end_of_services"]})
}

#[tokio::test]
async fn every_entry_says_whether_a_person_reviewed_it_and_that_its_review_date_has_passed() {
    for (at, overdue) in [("2026-12-31T23:00:00-06:00", false), ("2027-01-01T00:00:00-06:00", true)] {
        let answer = answer(&api_at(at), &whole()).await;
        let entries = entries(&answer);
        assert!(entries.len() > 20, "{}", entries.len());
        for entry in entries {
            assert_eq!(entry["review"]["is_overdue"], overdue, "{entry}");
            let says = entry["review"]["says"].as_str().unwrap();
            assert!(says.starts_with(NOT_REVIEWED) && says.contains("has passed") == overdue, "{entry}");
            assert!(entry["review"]["reviewed_by"].is_null() && !entry["citation"].as_str().unwrap().is_empty());
        }
    }
}

#[tokio::test]
async fn an_approval_says_what_is_left() {
    let answer = answer(&api_at("2026-11-30T14:30:00-06:00"), &whole()).await;
    assert_eq!(answer["valid_through"], json!({"on": "2026-12-04", "days_left": 4, "left_says": "4 days left"}));
    assert_eq!(answer["next_review_on"]["days_left"], -1);
    let due = &answer["decisions"][0];
    assert_eq!((&due["minutes_left"], &due["counted"]), (&json!(7 * 1440 - 10), &json!("same_hour")));
    assert_eq!(due["due_says"], "Mon, Dec 7, 2026, 14:20 CST");
}

#[tokio::test]
async fn every_fault_is_reported_at_once() {
    let wrong = json!({"payer_class": "medicaer", "time_zone": "America/Chicagoo", "received_at": "yesterday", "request": "fast",
        "paths": ["denail"], "name": "x"});
    let answer = api_at("2026-11-30T14:30:00Z").post("/v1/prior-authorizations/deadlines", wrong).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let faults = answer.faults();
    for (place, code) in [
        ("/name", "unknown_field"),
        ("/payer_class", "no_such_payer_class"),
        ("/time_zone", "no_such_time_zone"),
        ("/received_at", "not_a_time"),
        ("/request", "no_such_request"),
        ("/paths/0", "no_such_path"),
    ] {
        assert!(faults.contains(&(place.to_owned(), code.to_owned())), "{place} {code}: {faults:?}");
    }
}

#[tokio::test]
async fn the_page_shows_the_times_and_the_steps_and_names_what_is_wrong() {
    let app = AppState { now: || "2027-01-02T12:00:00-06:00[America/Chicago]".parse().unwrap(), ..sample_app() };
    app.live.turn_to(jiff::civil::date(2027, 1, 2));
    let api = Api::new(app);
    let empty = get(&api, "/prior-authorizations").await;
    assert_eq!(empty.status, StatusCode::OK);
    assert!(empty.html.contains("value=\"America/Chicago\" selected") && !empty.html.contains("data-rule"));

    let asked = [
        ("payer_class", "medicare_advantage"),
        ("request", "standard"),
        ("time_zone", "America/Chicago"),
        ("received_at", "2026-12-30T14:20"),
        ("denied_at", "2026-12-31T09:00"),
        ("discharge_on", "2027-01-03"),
        ("extended", "yes"),
    ];
    let page = post(&api, "/prior-authorizations", &asked).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    page.says("Wed, Jan 6, 2027, 14:20 CST");
    page.says("42 CFR 422.568(b)(1), 89 FR 8758");
    assert!(page.html.contains("data-rule=\"ma_extension\" data-status=\"running\""));
    assert!(page.html.contains("id=\"hospital_discharge\"") && !page.html.contains("id=\"end_of_services\""));
    let rows = page.html.matches("data-rule=").count();
    assert!(rows > 15, "{rows}");
    assert_eq!(page.text().matches(NOT_REVIEWED).count(), rows);
    assert_eq!(page.text().matches("has passed").count(), rows);

    let wrong =
        post(&api, "/prior-authorizations", &[("received_at", "2026-12-30T14:20"), ("time_zone", "America/Chicago")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.html.contains("href=\"#payer_class\"") && wrong.html.contains("href=\"#request\""));
    assert!(wrong.html.contains("value=\"2026-12-30T14:20\""), "what was entered stays");
}

#[tokio::test]
async fn the_page_asks_which_of_two_equal_hours_is_meant() {
    let api = api_at("2026-11-01T08:00:00-06:00");
    let asked = [
        ("payer_class", "medicare_advantage"),
        ("request", "expedited"),
        ("time_zone", "America/Chicago"),
        ("received_at", "2026-11-01T01:30"),
    ];
    let page = post(&api, "/prior-authorizations", &asked).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.html.contains("id=\"equal_hour\""));
    for (which, due) in [("first", "Wed, Nov 4, 2026, 00:30 CST"), ("second", "Wed, Nov 4, 2026, 01:30 CST")] {
        let asked: Vec<_> = asked.into_iter().chain([("equal_hour", which)]).collect();
        let page = post(&api, "/prior-authorizations", &asked).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text());
        page.says(due);
    }
}

#[test]
fn the_command_line_shows_the_times_and_names_the_flag_that_is_wrong() {
    let folder = TempDir::new().unwrap();
    let question = "prior-authorization --payer-class medicare_advantage --time-zone America/Chicago --request standard \
                    --received-at 2026-10-30T10:00 --path denial";
    let shown = run_in(folder.path(), question);
    assert_eq!(shown.code, 0, "{}", shown.err);
    assert!(shown.out.contains("Fri, Nov 6, 2026, 10:00 CST") && shown.out.contains(NOT_REVIEWED), "{}", shown.out);
    let json: Value = serde_json::from_str(&run_in(folder.path(), &format!("{question} --json")).out).unwrap();
    assert_eq!(json["decisions"][0]["due_at"], "2026-11-06T10:00:00-06:00");
    let wrong = run_in(folder.path(), "prior-authorization --payer-class plan --received-at monday");
    assert_eq!(wrong.code, 2, "{}", wrong.err);
    assert!(wrong.err.contains("--payer-class:") && wrong.err.contains("--received-at:"), "{}", wrong.err);
}

#[test]
fn what_is_entered_reaches_no_log_no_figure_and_no_file() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(folder.path(), "serve --sample --log trace");
    server.wait_for("/readyz", "ready");
    let ask = json!({"payer_class": "commercial", "time_zone": "Pacific/Pago_Pago", "request": "standard",
        "received_at": "2019-03-17T04:51", "valid_through": "2019-05-23"});
    assert!(server.ask("POST", "/v1/prior-authorizations/deadlines", &ask.to_string()).contains("2019-04-01"));
    let words = json!({"payer_class": "kanarienvogel", "time_zone": "kanarienvogel", "kanarienvogel": 1});
    assert!(server.ask("POST", "/v1/prior-authorizations/deadlines", &words.to_string()).contains("no_such_payer_class"));
    let figures = server.ask("GET", "/metrics", "").to_lowercase();
    server.wait_for_log("\"route\":\"/metrics\"");
    let log = server.log().to_lowercase();
    for mark in ["2019-03-17", "2019-05-23", "04:51", "pago_pago", "kanarienvogel"] {
        assert!(!figures.contains(mark) && !log.contains(mark), "{mark}");
        for entry in fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
            let text = fs::read(entry.path()).unwrap_or_default().to_ascii_lowercase();
            assert!(!text.windows(mark.len()).any(|window| window == mark.as_bytes()), "{mark}: {}", entry.path().display());
        }
    }
    server.end();
}
