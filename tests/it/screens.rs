//! The rules about the right level of care: golden cases, what never happens, and every surface that shows them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use axum::http::StatusCode;
use jiff::civil::Date;
use jiff::{ToSpan, Zoned};
use placement::discharge::parse::parse;
use placement::discharge::{Notice, ParseContext, Question};
use placement::matching::rank;
use placement::place::ZipTable;
use placement::screens::screen_question;
use placement::serve::json::report::{AnswerContext, AnswerJson};
use placement::serve::state::AppState;
use serde_json::{Map, Value, json};

use crate::api::{Api, sample_app};
use crate::cli::{Server, run_in};
use crate::full_size::times;
use crate::pages::post;
use crate::pages_ask::asked;
use crate::questions;
use crate::random_town::{self, TODAY};
use crate::seeded_random::SeededRandom;
use crate::small_directory::{SmallDirectory, manifest};

const NOT_REVIEWED: &str = "not reviewed by a person";

fn read(asked: &Value, today: Date) -> Result<(Question, Vec<Notice>), Vec<String>> {
    let words = ParseContext { zips: ZipTable::curated(), plans: random_town::plans(), generation: "shelf" };
    parse(asked, &words, today)
        .map_err(|errors| errors.iter().map(|error| format!("{} {}", error.pointer, error.code)).collect())
}

/// The answer as JSON text.
fn answer(question: &Question, remarks: &[Notice], shelf: &SmallDirectory) -> String {
    let reports: Vec<_> = question.discharges.iter().map(|discharge| rank(discharge, shelf, remarks)).collect();
    let manifest = manifest();
    let ground = AnswerContext { manifest: &manifest, plans: random_town::plans(), told: None };
    let screens = screen_question(question);
    serde_json::to_string(&AnswerJson::new(&reports, question.bundle, ground).with_screens(screens.as_deref())).unwrap()
}

/// The entries for a question about one service, by rule.
fn entries(asked: &Value, today: Date) -> BTreeMap<String, Value> {
    let (question, remarks) = read(asked, today).unwrap_or_else(|faults| panic!("{asked}: {faults:?}"));
    let shelf = SmallDirectory::new(Vec::new(), random_town::plans().clone());
    let answer: Value = serde_json::from_str(&answer(&question, &remarks, &shelf)).unwrap();
    let entries = answer["screens"].as_array().unwrap_or_else(|| panic!("no screens for {asked}"));
    entries.iter().map(|entry| (entry["rule"].as_str().unwrap().to_owned(), entry.clone())).collect()
}

fn result(entry: &Value) -> String {
    format!("{} {}", entry["status"].as_str().unwrap(), entry["reason"].as_str().unwrap())
}

fn curated(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/curated").join(path)).unwrap()
}

/// The golden cases.
static CASES: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let file: Value = serde_json::from_str(&curated("quality/screens/cases.json")).unwrap();
    file["cases"].as_array().unwrap().clone()
});

/// The rules as the tables have them.
static RULES: LazyLock<Vec<toml::Table>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/curated/screens");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let tables = paths.filter(|path| path.extension().is_some_and(|end| end == "toml") && !path.ends_with("inputs.toml"));
    let rules = tables.flat_map(|path| {
        let file: toml::Table = fs::read_to_string(path).unwrap().parse().unwrap();
        file["rule"].as_array().unwrap().iter().map(|rule| rule.as_table().unwrap().clone()).collect::<Vec<_>>()
    });
    rules.collect()
});

#[test]
fn every_golden_case_has_its_results() {
    let mut faults = Vec::new();
    for case in CASES.iter() {
        let story = case["story"].as_str().unwrap();
        let found = entries(&case["ask"], case["asked_on"].as_str().unwrap().parse().unwrap());
        for (rule, expected) in case["expect"].as_object().unwrap() {
            let got = found.get(rule).map_or_else(|| "absent".to_owned(), result);
            if got != expected.as_str().unwrap() {
                faults.push(format!("{story}: {rule} is {got}, expected {expected}"));
            }
        }
        for rule in case["absent"].as_array().into_iter().flatten() {
            if found.contains_key(rule.as_str().unwrap()) {
                faults.push(format!("{story}: {rule} is listed"));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    assert!(CASES.len() >= 60, "{} cases", CASES.len());
}

#[test]
fn every_sentence_of_every_table_is_expected_by_a_golden_case() {
    let expected: BTreeSet<(String, String)> = CASES
        .iter()
        .flat_map(|case| case["expect"].as_object().unwrap())
        .map(|(rule, result)| (rule.clone(), result.as_str().unwrap().split_once(' ').unwrap().1.to_owned()))
        .collect();
    let mut missing = Vec::new();
    for rule in RULES.iter() {
        let id = rule["id"].as_str().unwrap();
        for reason in rule["reasons"].as_table().unwrap().keys() {
            if !expected.contains(&(id.to_owned(), reason.clone())) {
                missing.push(format!("{id} {reason}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_rule_of_law_has_its_citation_its_day_and_its_review() {
    for rule in RULES.iter() {
        let id = rule["id"].as_str().unwrap();
        let day = |field: &str| rule[field].as_str().unwrap().parse::<Date>();
        assert!(rule["citation"].as_str().unwrap().contains(char::is_numeric), "{id}");
        assert!(day("effective").unwrap() < day("review_by").unwrap(), "{id}");
        let is_reviewed = !rule["reviewed_by"].as_str().unwrap().is_empty();
        assert_eq!(day("reviewed_on").is_ok(), is_reviewed, "{id}: a review has a person and a day");
    }
    assert!(RULES.len() > 40, "{} rules", RULES.len());
}

/// The names of the facts.
static FACTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let inputs: toml::Table = curated("screens/inputs.toml").parse().unwrap();
    inputs["input"].as_array().unwrap().iter().map(|input| input["name"].as_str().unwrap().to_owned()).collect()
});

/// Facts that a person may enter; `percent` of them are known.
fn facts(percent: usize, random: &mut SeededRandom) -> Map<String, Value> {
    let mut facts = Map::new();
    for name in FACTS.iter().map(String::as_str) {
        if !random.happens(percent) {
            continue;
        }
        let payers = ["medicare", "medicare_advantage", "medicaid", "commercial", "pace", "veterans", "tricare", "unknown"];
        let value = match name {
            "payer_class" => json!(random.pick(&payers)),
            "skilled_need" => json!(random.pick(&["daily", "intermittent", "none"])),
            "therapies" => match random.some(40, &["physical", "occupational", "speech", "prosthetics"]) {
                none if none.is_empty() => json!(["none"]),
                some => json!(some),
            },
            "benefit_days_left" | "icu_days" => json!(random.below(6)),
            name if name.ends_with("_on") => {
                let ago = i64::try_from(random.below(120)).unwrap() - 10;
                json!(random_town::days_ago(ago).to_string())
            }
            _ => json!(random.happens(50)),
        };
        facts.insert(name.to_owned(), value);
    }
    facts
}

/// A random question, and the same with facts for the rules.
fn pair(percent: usize, random: &mut SeededRandom) -> (Value, Value) {
    let plain = questions::question(random_town::choices(), random);
    let mut screened = plain.clone();
    screened["screens"] = facts(percent, random).into();
    (plain, screened)
}

#[test]
fn screens_change_nothing_else_of_an_answer() {
    let shelf = random_town::shelf(&(0..12).collect::<Vec<_>>());
    let (mut compared, mut random) = (0, SeededRandom::seeded(20));
    while compared < times(1_000, 5_000) {
        let (plain, screened) = pair(30, &mut random);
        let (without, remarks) = read(&plain, TODAY).unwrap();
        let (with, remarks_with) = match read(&screened, TODAY) {
            Ok(read) => read,
            Err(faults) => {
                assert!(faults.iter().all(|fault| fault.starts_with("/screens/")), "{screened}: {faults:?}");
                continue;
            }
        };
        assert_eq!((&with.discharges, &remarks_with), (&without.discharges, &remarks), "{screened}");
        let (short, long) = (answer(&without, &remarks, &shelf), answer(&with, &remarks, &shelf));
        if without.bundle {
            let mut long: Value = serde_json::from_str(&long).unwrap();
            for report in long["bundle"]["reports"].as_array_mut().unwrap() {
                assert!(report.as_object_mut().unwrap().remove("screens").is_some());
            }
            assert_eq!(long.to_string(), serde_json::from_str::<Value>(&short).unwrap().to_string());
        } else {
            let begin = short.strip_suffix('}').unwrap();
            assert!(long.starts_with(begin) && long[begin.len()..].starts_with(",\"screens\":["), "{screened}");
        }
        compared += 1;
    }
}

#[test]
fn what_is_not_known_is_asked_and_never_counts_as_no() {
    let mut random = SeededRandom::seeded(7);
    for _ in 0..times(200, 500) {
        let (_, mut asked) = pair(0, &mut random);
        if asked.get("service").is_none() {
            continue;
        }
        for (rule, entry) in entries(&asked, TODAY) {
            assert!(
                ["unknown", "not_applicable"].contains(&entry["status"].as_str().unwrap()) || rule.starts_with("snf_within"),
                "{entry}"
            );
            assert_ne!(entry["status"], "not_met", "{entry}");
            let is_asked = !entry["ask"].as_array().unwrap().is_empty();
            assert!(is_asked || entry["reason"] != "input_missing", "{entry}");
        }
        asked["screens"] = facts(60, &mut random).into();
        let Ok(_) = read(&asked, TODAY) else { continue };
        let all = entries(&asked, TODAY);
        for entry in all.values() {
            let text = format!("{}{}{}{}", entry["why"], entry["would_change"], entry["ask"], entry["question"]);
            assert!(!text.contains(['{', '}']), "a placeholder is left: {entry}");
            assert_eq!(entry["review"]["says"], NOT_REVIEWED);
        }
        assert!(all.get("ltch_payment_rate").is_none_or(|entry| entry["status"] != "not_met"), "{asked}");
        // The payer and the hospital discharge have a value from the rest of the question if they are left out, and a stay that is long
        // enough makes a waiver unnecessary.
        let names: Vec<String> = asked["screens"].as_object().unwrap().keys().cloned().collect();
        for name in
            names.iter().filter(|name| !["payer_class", "discharged_on", "inpatient_admitted_on"].contains(&name.as_str()))
        {
            let mut fewer = asked.clone();
            fewer["screens"].as_object_mut().unwrap().remove(name);
            for (rule, entry) in entries(&fewer, TODAY) {
                let before = all.get(&rule).map(|entry| entry["status"].clone());
                assert!(
                    entry["status"] != "not_met" || before == Some(json!("not_met")),
                    "without {name}: {entry} of {asked}"
                );
            }
        }
    }
}

#[test]
fn no_waiver_is_met_by_one_list_alone() {
    let question = |facts: Value| {
        json!({"service": "skilled_nursing", "near": {"zip": "29401"}, "coverage": {"program": "medicare"},
               "discharge_on": "2026-11-21", "screens": facts})
    };
    for list in ["aco_snf_affiliate", "aco_patient_assigned", "aco_waiver_approved", "team_snf_listed", "team_episode"] {
        let found = entries(&question(json!({list: true})), TODAY);
        for waiver in ["snf_waiver_of_aco", "snf_waiver_of_team"] {
            assert_eq!(found[waiver]["status"], "unknown", "{list}");
        }
    }
}

#[test]
fn facts_that_contradict_each_other_are_errors_all_at_once() {
    let wrong = json!({"service": "skilled_nursing", "near": {"zip": "29401"}, "discharge_on": "2026-11-21", "screens": {
        "inpatient_admitted_on": "2026-11-20", "discharged_on": "2026-11-25", "observation_only": true, "therapies": ["none", "speech"],
        "face_to_face_on": "2023-01-01", "icu_days": 400, "payer_class": "medicaer", "pasrr_done": "yes", "names": "x"}});
    let faults = read(&wrong, TODAY).unwrap_err();
    for fault in [
        "/screens/discharged_on conflict",
        "/screens/observation_only conflict",
        "/screens/therapies conflict",
        "/screens/face_to_face_on out_of_range",
        "/screens/icu_days out_of_range",
        "/screens/payer_class no_such_payer_class",
        "/screens/pasrr_done wrong_type",
        "/screens/names unknown_field",
    ] {
        assert!(faults.contains(&fault.to_owned()), "{fault} is not in {faults:?}");
    }
    let before = json!({"service": "skilled_nursing", "near": {"zip": "29401"}, "discharge_on": "2026-11-19",
        "screens": {"inpatient_admitted_on": "2026-11-20"}});
    assert_eq!(read(&before, TODAY).unwrap_err(), ["/screens/inpatient_admitted_on conflict"]);
    let empty = json!({"service": "skilled_nursing", "near": {"zip": "29401"}, "screens": {"therapies": []}});
    assert_eq!(read(&empty, TODAY).unwrap_err(), ["/screens/therapies missing"]);
}

#[test]
fn a_review_date_that_has_passed_is_said_in_an_answer() {
    let asked =
        json!({"service": "home_health", "near": {"zip": "29401"}, "coverage": {"program": "medicare"}, "screens": {}});
    for (today, overdue) in [(TODAY, false), (jiff::civil::date(2031, 5, 1), true)] {
        let found = entries(&asked, today);
        assert!(!found.is_empty());
        for entry in found.values() {
            assert_eq!(entry["review"]["is_overdue"], overdue, "{entry}");
            assert!(entry["review"]["says"].as_str().unwrap().starts_with(NOT_REVIEWED), "{entry}");
            assert_eq!(entry["review"]["says"].as_str().unwrap().contains("has passed"), overdue, "{entry}");
            assert!(entry["review"]["reviewed_by"].is_null() && entry["citation"].is_string());
        }
    }
}

#[tokio::test]
async fn the_page_has_the_rules_if_they_are_asked_for_and_says_that_nobody_reviewed_them() {
    let api = Api::sample();
    let plain = post(&api, "/", &asked(&[])).await;
    assert_eq!(plain.status, StatusCode::OK);
    assert!(!plain.html.contains("data-rule"), "not asked for");
    let facts =
        [("coverage", "Medicare"), ("inpatient_admitted_on", "11/19"), ("discharged_on", "11/21"), ("pasrr_done", "yes")];
    let page = post(&api, "/", &asked(&facts)).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    let rows = page.html.matches("data-rule=").count();
    assert!(rows > 10, "{rows} rows");
    assert_eq!(page.text().matches(NOT_REVIEWED).count(), rows);
    assert!(page.html.contains("data-rule=\"snf_three_day_stay\" data-status=\"not_met\""));
    assert!(page.html.contains("data-rule=\"pasrr\" data-status=\"met\""));
    page.says("42 CFR 409.30(a)(1)");
    page.says("level of care checked");
    let ranked = |html: &str| {
        html.split("id=\"rank-").skip(1).map(|row| row.chars().take(300).collect::<String>()).collect::<Vec<_>>()
    };
    let unscreened = post(&api, "/", &asked(&[("coverage", "Medicare")])).await;
    assert_eq!(ranked(&page.html), ranked(&unscreened.html), "the order stays");

    let wrong = post(&api, "/", &asked(&[("icu_days", "many"), ("pasrr_done", "perhaps")])).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.html.contains("id=\"icu_days-fault\"") && wrong.html.contains("id=\"pasrr_done-fault\""));
}

#[tokio::test]
async fn a_review_date_that_has_passed_is_said_on_the_page() {
    let app = AppState { now: || "2031-05-01T12:00:00-05:00[America/Chicago]".parse().unwrap(), ..sample_app() };
    app.live.turn_to(jiff::civil::date(2031, 5, 1));
    let page = post(&Api::new(app), "/", &asked(&[("screens", "yes"), ("coverage", "Medicare")])).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    page.says("not reviewed by a person; the review date, ");
    page.says("has passed");
}

#[tokio::test]
async fn the_api_and_a_batch_line_answer_alike() {
    let api = Api::sample();
    let question = json!({"services": ["skilled_nursing", "hospice"], "near": {"zip": "64108"}, "coverage": {"program": "medicare"},
        "screens": {"icu_days": 3, "hospice_elected": true}});
    let one = api.post("/v1/matches", &question).await.json();
    let batch = api
        .send(
            axum::http::Request::post("/v1/matches:batch")
                .header("content-type", "application/x-ndjson")
                .body(axum::body::Body::from(question.to_string()))
                .unwrap(),
        )
        .await;
    let line: Value = serde_json::from_str(batch.text.lines().next().unwrap()).unwrap();
    assert_eq!(line["answer"], one);
    let rules = |at: usize| one["bundle"]["reports"][at]["screens"].as_array().unwrap().clone();
    assert!(rules(0).iter().any(|entry| entry["rule"] == "pasrr"));
    assert!(rules(1).iter().any(|entry| result(entry) == "met yes" && entry["rule"] == "hospice_election"));
}

#[test]
fn the_command_line_has_the_rules_and_names_the_fact_that_is_wrong() {
    let folder = tempfile::TempDir::new().unwrap();
    let question = "match --sample --service skilled_nursing --zip 64108 --medicare";
    let shown = run_in(folder.path(), &format!("{question} --screen observation_only=yes"));
    assert_eq!(shown.code, 0, "{}", shown.err);
    assert!(shown.out.contains("42 CFR 409.30(a)(1)") && shown.out.contains(NOT_REVIEWED), "{}", shown.out);
    assert!(!run_in(folder.path(), question).out.contains(NOT_REVIEWED));
    let wrong = run_in(folder.path(), &format!("{question} --screen icu_days=some --screen icu=3"));
    assert_ne!(wrong.code, 0);
    assert!(wrong.err.contains("--screen icu_days") && wrong.err.contains("--screen icu:"), "{}", wrong.err);
}

#[test]
fn facts_reach_no_log_no_figure_and_no_file() {
    let folder = tempfile::TempDir::new().unwrap();
    let server = Server::start(folder.path(), "serve --sample --log trace");
    server.wait_for("/readyz", "ready");
    // A day that nothing else of the program is likely to write, as files and as people write it.
    let day = Zoned::now().date().saturating_sub(611.days());
    let word = "kanarienvogel".to_owned();
    let marks = [day.to_string(), day.strftime("%b %-d, %Y").to_string().to_lowercase(), word.clone()];
    let question = json!({"service": "skilled_nursing", "near": {"zip": "64108"}, "coverage": {"program": "medicare"},
        "screens": {"inpatient_admitted_on": day, "face_to_face_on": day, "icu_days": 271}});
    let answered = server.ask("POST", "/v1/matches", &question.to_string());
    assert!(answered.contains("snf_three_day_stay"), "{answered}");
    let refused = json!({"service": "skilled_nursing", "near": {"zip": "64108"},
        "screens": {"inpatient_admitted_on": day, "discharged_on": day.yesterday().unwrap()}});
    assert!(server.ask("POST", "/v1/matches", &refused.to_string()).contains("conflict"));
    let words = json!({"service": "hospice", "near": {"zip": "64108"}, "screens": {"payer_class": word, "therapies": [word], word.as_str(): 1}});
    assert!(server.ask("POST", "/v1/matches", &words.to_string()).contains("no_such_payer_class"));
    let figures = server.ask("GET", "/metrics", "").to_lowercase();
    server.wait_for_log("\"route\":\"/metrics\"");
    let log = server.log().to_lowercase();
    for mark in &marks {
        assert!(!figures.contains(mark) && !log.contains(mark), "{mark}");
    }
    for entry in fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
        let text = fs::read(entry.path()).unwrap_or_default().to_ascii_lowercase();
        let is_found = marks.iter().any(|mark| text.windows(mark.len()).any(|window| window == mark.as_bytes()));
        assert!(!is_found, "{}", entry.path().display());
    }
    server.end();
}
