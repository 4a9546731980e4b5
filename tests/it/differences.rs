//! A saved answer compared with the answer of now: on the page, by the API and on the command line.

use std::fs;
use std::path::Path;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use placement::discharge::ParseContext;
use placement::discharge::parse::parse;
use placement::matching::candidate::Directory;
use placement::matching::differences::differences;
use placement::matching::listed_answer::ListedAnswer;
use placement::matching::rank;
use placement::place::ZipTable;
use placement::sample;
use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::{Answer, Api, TODAY, changed, publish, question};
use crate::cli::{run_in, run_with};
use crate::full_size::times;
use crate::pages::{Page, get, post};
use crate::pages_ask::{ASKED, asked};
use crate::seeded_random::SeededRandom;
use crate::statements::desk;
use crate::{directories, questions, random_town};

const PATH: &str = "/v1/differences";

async fn answer(api: &Api, question: &Value) -> Value {
    let answer = api.post("/v1/matches", question).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.json()
}

async fn compared(api: &Api, body: &Value) -> Value {
    let answer = api.post(PATH, body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.json()
}

/// Each difference as provider, kind, and the values of then and of now.
fn short(compared: &Value) -> Vec<String> {
    let services = compared["services"].as_array().unwrap();
    let all: Vec<&Value> = services.iter().flat_map(|service| service["differences"].as_array().unwrap()).collect();
    assert_eq!(compared["count"], all.len());
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let side = |one: &Value, name: &str| word(&one[name]["value"]);
    all.iter()
        .map(|one| {
            let (id, kind) = (word(&one["provider"]["id"]), word(&one["kind"]));
            format!("{id} {kind} {}>{}", side(one, "then"), side(one, "now"))
        })
        .collect()
}

/// A question about every match, so that its answer is complete.
fn whole() -> Value {
    changed(&json!({"limit": 1000}))
}

fn id_at(report: &Value, rank: usize) -> String {
    report["matches"][rank - 1]["provider"]["id"].as_str().unwrap().to_owned()
}

proptest! {
    #![proptest_config(random_town::cases(times(2_000, 10_000).try_into().unwrap()))]

    #[test]
    fn an_answer_does_not_differ_from_itself(seed in any::<u64>()) {
        let known = directories::sample();
        let words =
            ParseContext { zips: ZipTable::curated(), plans: known.catalog.plans(), generation: known.catalog.generation() };
        let mut raw = questions::question(&known.choices(), &mut SeededRandom::seeded(seed));
        // The whole list now and then, and otherwise less of it, to ask more questions in the time.
        raw["limit"] = json!(if seed % 10 == 0 { 1000 } else { 40 });
        let (question, _) = parse(&raw, &words, TODAY).unwrap();
        for discharge in &question.discharges {
            let report = rank(discharge, known.catalog.as_ref(), &[]);
            let listed = ListedAnswer::from(&report);
            prop_assert_eq!(differences(&listed, &listed), vec![], "{}", raw);
            // The first page alone says nothing of the rest.
            let first = ListedAnswer {
                is_complete: false,
                listed: listed.listed.iter().take(usize::try_from(seed % 20).unwrap()).cloned().collect(),
                ..listed.clone()
            };
            prop_assert_eq!(differences(&first, &listed), vec![], "{}", raw);
        }
    }
}

#[tokio::test]
async fn any_question_is_asked_again_as_it_was_asked() {
    let (api, choices, random) = (Api::sample(), directories::sample().choices(), &mut SeededRandom::seeded(11));
    let mut compared_alone = 0;
    for _ in 0..150 {
        let mut asked = questions::question(&choices, random);
        if asked["discharge_on"].as_str().is_some_and(|day| day < "2026-11-21") {
            asked["discharge_on"] = json!("2026-11-21");
        }
        if random.happens(50) {
            asked["limit"] = json!(5);
        }
        let saved = answer(&api, &asked).await;
        let beside = compared(&api, &json!({"question": asked, "answer": saved})).await;
        assert_eq!(short(&beside), [] as [String; 0], "{asked}");
        let alone = api.post(PATH, &saved).await;
        if asked["profile"].is_object() {
            assert!(alone.faults().iter().all(|(_, code)| code == "own_weights"), "{}", alone.text);
            continue;
        }
        assert_eq!(alone.status, StatusCode::OK, "{asked} {}", alone.text);
        assert_eq!(short(&alone.json()), [] as [String; 0], "{asked}");
        compared_alone += 1;
    }
    assert!(compared_alone > 80, "{compared_alone}");
}

#[tokio::test]
async fn a_statement_is_exactly_the_difference_and_its_withdrawal_none() {
    let (api, _folder) = desk().await;
    let saved = answer(&api, &whole()).await;
    let open = saved["matches"].as_array().unwrap().iter().find(|found| found["fit"] == "ask_provider").unwrap();
    let (id, full) = (open["provider"]["id"].as_str().unwrap().to_owned(), id_at(&saved, 3));
    assert_ne!(id, full);
    let says = json!({"statements": [{"service": "skilled_nursing", "need": "inf.abx", "answer": true}]});
    let no_room = json!({"availability": [{"service": "skilled_nursing", "room": false}]});
    assert_eq!(api.put(&format!("/v1/providers/{id}/statements"), &says).await.status, StatusCode::OK);
    assert_eq!(api.put(&format!("/v1/providers/{full}/availability"), &no_room).await.status, StatusCode::OK);
    let now = compared(&api, &saved).await;
    let fit = saved["matches"][2]["fit"].as_str().unwrap();
    let mut found = short(&now);
    found.sort();
    let mut expected = vec![
        format!("{id} acceptance unknown>yes"),
        format!("{id} fit ask_provider>meets"),
        format!("{full} fit {fit}>no_room"),
        format!("{full} room unknown>no"),
    ];
    expected.sort();
    assert_eq!(found, expected);
    let all = now["services"][0]["differences"].as_array().unwrap();
    let one = |kind: &str| all.iter().find(|one| one["kind"] == kind).unwrap();
    let said = &one("acceptance")["now"]["evidence"][0];
    assert_eq!((&said["source"], &said["as_of"]), (&json!("the provider's own statement"), &json!("2026-11-21")));
    assert_eq!(one("acceptance")["asked"], "inf.abx");
    assert_eq!(one("room")["then"]["evidence"][0]["source"], Value::Null);
    for path in ["statements", "availability"] {
        let of = if path == "statements" { &id } else { &full };
        api.put(&format!("/v1/providers/{of}/{path}"), json!({path: []})).await;
    }
    assert_eq!(short(&compared(&api, &saved).await), [] as [String; 0]);
}

/// Publishes the sample with each file changed by `change`.
fn directory(folder: &Path, name: &str, built_at: &str, change: impl Fn(&str, String) -> String) -> Api {
    let (files, index) = (folder.join(format!("{name}-files")), folder.join("index"));
    sample::unpack(&files, TODAY).unwrap();
    for file in ["nursing_homes.csv", "payer_roster.csv"] {
        let text = fs::read_to_string(files.join(file)).unwrap();
        fs::write(files.join(file), change(file, text)).unwrap();
    }
    publish(&files, &index, built_at);
    Api::of(&index)
}

#[tokio::test]
async fn a_refresh_is_exactly_the_difference_and_a_rollback_none() {
    let folder = TempDir::new().unwrap();
    let before = directory(folder.path(), "then", "2026-11-20T12:00:00Z", |_, text| text);
    let asked = changed(&json!({"limit": 1000, "coverage": {"plan": "Larkwater Choice HMO"}, "needs": []}));
    let saved = answer(&before, &asked).await;
    let (gone, unlisted) = (id_at(&saved, 1), id_at(&saved, 2));
    assert_eq!(saved["matches"][1]["network"]["status"], "in_network");
    let without = |ccn: &str, text: &str, of: &str| -> String {
        text.lines().filter(|line| !line.contains(&of.replace("CCN", ccn))).flat_map(|line| [line, "\n"]).collect()
    };
    let ccn = |id: &str| id.trim_start_matches("ccn:").to_owned();
    let (home, member) = (ccn(&gone), ccn(&unlisted));
    let after = directory(folder.path(), "now", "2026-11-21T12:00:00Z", |file, text| match file {
        "nursing_homes.csv" => without(&home, &text, "CCN,"),
        _ => without(&home, &without(&member, &text, "Larkwater Choice Core,CCN,"), ",CCN,"),
    });
    let now = short(&compared(&after, &saved).await);
    assert!(now.contains(&format!("{gone} gone meets>not_listed")), "{now:?}");
    assert!(now.contains(&format!("{unlisted} network in_network>out_of_network")), "{now:?}");
    assert!(now.contains(&format!("{unlisted} fit meets>out_of_network")), "{now:?}");
    assert_eq!(now.len(), 3, "{now:?}");
    let back = short(&compared(&before, &answer(&after, &asked).await).await);
    assert!(back.contains(&format!("{gone} new not_listed>meets")) && back.len() == 3, "{back:?}");
    let store = run_in(folder.path(), "directory rollback --index index");
    assert_eq!(store.code, 0, "{}", store.err);
    let rolled_back = Api::of(&folder.path().join("index"));
    assert_eq!(short(&compared(&rolled_back, &saved).await), [] as [String; 0]);
}

#[tokio::test]
async fn a_date_that_has_passed_is_moved_and_said() {
    let api = Api::sample();
    let saved = answer(&api, &changed(&json!({"discharge_on": "2026-11-15"}))).await;
    let now = compared(&api, &saved).await;
    assert_eq!(now["remarks"][0]["code"], "date_moved");
    assert_eq!(now["services"][0]["question"]["discharge_on"], "2026-11-21");
}

fn faults(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text);
    answer.faults().into_iter().map(|(pointer, code)| format!("{pointer} {code}")).collect()
}

#[tokio::test]
async fn what_cannot_be_compared_says_why_and_what_to_do() {
    let api = Api::sample();
    let saved = answer(&api, &question()).await;
    let with = |pointer: &str, value: Value| {
        let mut changed = saved.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        changed
    };
    let mut later = saved.clone();
    later["saved_answer"] = json!(7);
    let mut no_fit = saved.clone();
    no_fit["matches"][2].as_object_mut().unwrap().remove("fit");
    let mut missing = saved.clone();
    missing["matches"].as_array_mut().unwrap().remove(3);
    let mut second_page = saved.clone();
    second_page["matches"].as_array_mut().unwrap().remove(0);
    for (body, expected) in [
        (json!([1, 2]), " not_a_saved_answer"),
        (question(), " not_a_saved_answer"),
        (json!({"bundle": {"reports": []}}), " not_a_saved_answer"),
        (json!({"question": question(), "answer": {"greeting": "hello"}}), "/answer not_a_saved_answer"),
        (later, "/saved_answer other_version"),
        (no_fit, "/matches/2 damaged"),
        (missing, "/matches/3 damaged"),
        (second_page, "/matches/0 not_the_first_page"),
        (with("/matches/1/fit", json!("splendid")), "/matches/1 damaged"),
        (with("/matches/1/provider/id", json!("Jane Doe")), "/matches/1 damaged"),
        (with("/matches/1/provider/id", saved["matches"][0]["provider"]["id"].clone()), "/matches/1 damaged"),
        (with("/matches/1/worth", json!(1e300)), "/matches/1 damaged"),
        (with("/question/service", json!("hotel")), "/question/service damaged"),
        (with("/question/coverage", json!({"plan": "No Such Plan"})), "/question/coverage/plan no_such_coverage"),
        (json!({"question": {"service": "hospice", "near": {"zip": "64108"}}, "answer": saved}), "/answer other_question"),
    ] {
        let answer = api.post(PATH, &body).await;
        assert_eq!(faults(&answer)[0], expected, "{}", answer.text);
        assert!(answer.json()["errors"][0]["hint"].is_string(), "{}", answer.text);
    }
    let cut = saved.to_string();
    let answer = api.post(PATH, &cut[..cut.len() / 2]).await;
    assert_eq!((answer.status, answer.json()["code"].as_str()), (StatusCode::BAD_REQUEST, Some("not_json")));
    let large = format!("{{\"warning\": \"{}\"}}", "x".repeat(5 * 1024 * 1024));
    assert_eq!(api.post(PATH, large).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn each_line_of_a_batch_is_compared_as_the_single_call_compares_it() {
    let api = Api::sample();
    let saved = [answer(&api, &question()).await, answer(&api, &whole()).await];
    let lines = format!("{}\n{{\"no\": 1}}\n{}\n", saved[0], saved[1]);
    let request = Request::post("/v1/differences:batch").header("content-type", "application/x-ndjson");
    let batch = api.send(request.body(Body::from(lines.clone())).unwrap()).await;
    let answers: Vec<Value> = batch.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let statuses: Vec<_> = answers.iter().map(|answer| (answer["line"].as_u64(), answer["status"].as_u64())).collect();
    assert_eq!(statuses, [(Some(1), Some(200)), (Some(2), Some(422)), (Some(3), Some(200))]);
    assert_eq!(answers[0]["answer"], compared(&api, &saved[0]).await);
    assert_eq!(answers[1]["problem"]["errors"][0]["code"], "not_a_saved_answer");
    let folder = TempDir::new().unwrap();
    let asked = run_with(folder.path(), "match --sample --json --question -", &question().to_string()).out;
    let cli = run_with(folder.path(), "match --sample --against-batch -", &format!("{asked}{{\"no\": 1}}\n"));
    assert_eq!(cli.code, 65, "{}", cli.err);
    let first: Value = serde_json::from_str(cli.out.lines().next().unwrap()).unwrap();
    assert_eq!((&first["status"], &first["answer"]["count"]), (&json!(200), &json!(0)), "{first}");
}

#[test]
fn the_command_line_compares_a_file_and_says_what_is_wrong_with_one() {
    let folder = TempDir::new().unwrap();
    let flags = "--service skilled_nursing --zip 64108 --medicare --need inf.abx --limit 1000";
    let saved = run_in(folder.path(), &format!("match --sample --json {flags}")).out;
    fs::write(folder.path().join("saved.json"), &saved).unwrap();
    let same = run_in(folder.path(), "match --sample --against saved.json");
    assert!(same.code == 0 && same.out.contains("Nothing changed."), "{} {}", same.out, same.err);
    let other =
        run_in(folder.path(), &format!("match --sample --against saved.json {}", flags.replace("inf.abx", "resp.vent")));
    assert!(
        other.out.contains("Fit changed") && other.out.contains("then: ") && other.out.contains("now: "),
        "{}",
        other.out
    );
    let mut report: Value = serde_json::from_str(&saved).unwrap();
    report["matches"][0]["fit"] = json!("splendid");
    for (text, code, says) in [
        (saved[..saved.len() / 2].to_owned(), 65, "damaged or not a saved answer"),
        (report.to_string(), 65, "/matches/0: this version knows no such fit"),
        ("{\"saved_answer\": 2, \"bundle\": {}}".to_owned(), 65, "this program reads version 1"),
    ] {
        fs::write(folder.path().join("wrong.json"), text).unwrap();
        let wrong = run_in(folder.path(), "match --sample --against wrong.json");
        assert!(wrong.code == code && wrong.err.contains(says), "{} {}", wrong.code, wrong.err);
    }
    assert_eq!(run_in(folder.path(), "match --sample --against none.json").code, 66);
    assert_eq!(run_in(folder.path(), &format!("match --sample --against-batch saved.json {flags}")).code, 2);
}

/// Uploads `file` like a browser.
async fn upload(api: &Api, file: &str, from: Option<&str>) -> Page {
    let body = format!(
        "--XX\r\ncontent-disposition: form-data; name=\"saved_answer\"; filename=\"Jane Doe.json\"\r\n\
         content-type: application/json\r\n\r\n{file}\r\n--XX--\r\n"
    );
    let request = Request::post("/differences").header("content-type", "multipart/form-data; boundary=XX");
    let request = from.into_iter().fold(request, |request, site| request.header("sec-fetch-site", site));
    let answer = api.send(request.body(Body::from(body)).unwrap()).await;
    Page { status: answer.status, headers: answer.headers, html: answer.text }
}

#[tokio::test]
async fn the_page_saves_a_question_with_its_answer_and_compares_it() {
    let (api, _folder) = desk().await;
    let several = asked(&[("service", "skilled_nursing"), ("service", "home_health"), ("coverage", "medicare")]);
    for fields in [&ASKED[..], &several] {
        let page = post(&api, "/", fields).await;
        let form = page.form("Save this question and its answer");
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&form.fields).finish();
        let request = Request::post("/export/answer").header("content-type", "application/x-www-form-urlencoded");
        let file = api.send(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(file.status, StatusCode::OK, "{}", file.text);
        let name = "attachment; filename=\"placement-question-and-answer.json\"";
        assert_eq!((file.header("content-disposition"), file.header("cache-control")), (name, "no-store"));
        assert!(file.json()["warning"].as_str().unwrap().contains("may tell of a patient"));
        let same = upload(&api, &file.text, None).await;
        assert_eq!(same.status, StatusCode::OK);
        same.says("Nothing changed");
        same.says("Saved: all");
        let first = file.json()["bundle"]["reports"][0].clone();
        let id = id_at(&first, 1);
        let full = json!({"availability": [{"service": "skilled_nursing", "room": false}]});
        api.put(&format!("/v1/providers/{id}/availability"), full).await;
        let changed = upload(&api, &file.text, Some("same-origin")).await;
        changed.says("2 differences");
        changed.says("Room changed");
        changed.says("the provider's own statement");
        assert_eq!(changed.headers["cache-control"], "no-store");
        assert!(!changed.html.contains("Jane Doe"), "the name of the file is not read");
        api.put(&format!("/v1/providers/{id}/availability"), json!({"availability": []})).await;
    }
}

#[tokio::test]
async fn the_page_says_what_is_wrong_with_a_file_and_takes_none_from_elsewhere() {
    let api = Api::sample();
    get(&api, "/differences").await.says("may tell of a patient");
    for (file, says) in [
        ("", "No file was chosen"),
        ("{\"matches\": [", "damaged or not a saved answer"),
        ("{\"saved_answer\": 9}", "ask the question again"),
        ("{\"hello\": 1}", "this is not a saved answer"),
    ] {
        let page = upload(&api, file, None).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        page.says(says);
        page.says("Choose a file");
    }
    assert_eq!(upload(&api, "{}", Some("cross-site")).await.status, StatusCode::FORBIDDEN);
    let plain = post(&api, "/differences", &[("saved_answer", "{}")]).await;
    assert_eq!(plain.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}
