//! The OpenAPI document: the stored copy is current, it describes every route correctly, and its
//! examples are answered.
//!
//! `UPDATE=1 cargo test --test it openapi` rewrites the stored answers of the examples and the
//! document.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use placement::ledger::sqlite::SqliteLedger;
use placement::serve::http::problem::ProblemKind;
use placement::serve::http::route::{Route, RouteAudience};
use placement::serve::openapi::examples;
use placement::serve::routes;
use placement::serve::routes::{document_text, pages_document_text};
use placement::serve::state::AppState;
use placement::service::Need;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::api::{Answer, Api, sample_app};
use crate::{pages, strict_markup};

/// How to rewrite the stored files.
const RENEW: &str = "write it anew with: UPDATE=1 cargo test --test it openapi";

/// The path of the document.
const DOCUMENT: &str = "docs/openapi.json";

/// The path of the document of the pages.
const PAGES_DOCUMENT: &str = "docs/openapi-pages.json";

fn is_update() -> bool {
    std::env::var_os("UPDATE").is_some()
}

fn kept(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn document() -> Value {
    serde_json::from_str(&document_text(&examples::all())).unwrap()
}

/// The document of the pages.
fn pages_document() -> Value {
    serde_json::from_str(&pages_document_text()).unwrap()
}

/// `node`, or what it refers to.
fn resolved<'a>(document: &'a Value, node: &'a Value) -> &'a Value {
    match node["$ref"].as_str() {
        Some(name) => document.pointer(name.trim_start_matches('#')).unwrap_or_else(|| panic!("{name} is nowhere")),
        None => node,
    }
}

/// Every operation with its path and method.
fn operations(document: &Value) -> impl Iterator<Item = (&str, String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, item)| {
        item.as_object().unwrap().iter().map(|(method, it)| (path.as_str(), method.to_uppercase(), it))
    })
}

fn operation<'a>(document: &'a Value, id: &str) -> (&'a str, String, &'a Value) {
    let found = operations(document).find(|(_, _, operation)| operation["operationId"] == id);
    found.unwrap_or_else(|| panic!("there is no operation {id}"))
}

/// A server of the sample that records lists in `folder`.
async fn desk(folder: &TempDir) -> Api {
    let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).await.unwrap();
    Api::new(AppState { ledger: Some(Arc::new(ledger)), ..sample_app() })
}

#[test]
fn the_documents_are_those_that_are_kept() {
    if is_update() {
        std::fs::write(kept(PAGES_DOCUMENT), pages_document_text()).unwrap();
    }
    for (path, says) in [(DOCUMENT, document_text(&examples::all())), (PAGES_DOCUMENT, pages_document_text())] {
        let found = std::fs::read_to_string(kept(path)).unwrap_or_default();
        assert!(found == says || is_update(), "{path} is not what the program says; {RENEW}");
    }
}

#[tokio::test]
async fn the_documents_are_sent_and_not_sent_twice() {
    let api = Api::sample();
    for (path, says) in [("/openapi.json", document_text(&examples::all())), ("/openapi-pages.json", pages_document_text())] {
        let sent = api.get(path).await;
        assert_eq!((sent.status.as_u16(), sent.text == says), (200, true), "{path}");
        assert_eq!(sent.header("content-type"), "application/json");
        assert!(sent.header("cache-control").contains("public"));
        let again = Request::get(path).header("if-none-match", sent.header("etag"));
        assert_eq!(api.send(again.body(Body::empty()).unwrap()).await.status.as_u16(), 304);
        let unknown = api.get(&format!("{path}?x=1")).await;
        assert_eq!(unknown.faults(), [("?x".to_owned(), "unknown_parameter".to_owned())]);
    }
}

#[test]
fn every_route_is_in_one_of_them_and_nothing_else() {
    let (document, pages) = (document(), pages_document());
    let all: Vec<(String, String)> =
        operations(&document).chain(operations(&pages)).map(|(path, method, _)| (method, path.to_owned())).collect();
    let documented: BTreeSet<(String, String)> = all.iter().cloned().collect();
    assert_eq!(documented.len(), all.len(), "none is in both");
    for (path, method, operation) in operations(&document) {
        assert_ne!(operation["tags"][0], "pages", "{method} {path}: clients are generated from this document");
    }
    let routes: BTreeSet<(String, String)> =
        routes::all().map(|row| (row.method.name().to_owned(), row.path.clone())).collect();
    assert_eq!(documented, routes);
}

#[test]
fn every_operation_has_a_name_of_its_own_a_summary_and_a_heading() {
    let (document, pages) = (document(), pages_document());
    let tags = [&document, &pages].into_iter().flat_map(|document| document["tags"].as_array().unwrap());
    let tags: Vec<&Value> = tags.map(|tag| &tag["name"]).collect();
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&document).chain(operations(&pages)) {
        let row = routes::all().find(|row| row.path == path && row.method.name() == method).unwrap();
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{method} {path} has another's id");
        let summary = operation["summary"].as_str().unwrap_or_default();
        assert!(!summary.is_empty(), "{method} {path} has no summary");
        assert!(tags.contains(&&operation["tags"][0]), "{method} {path} stands under no heading");
        let is_described = operation["description"].as_str().is_some_and(|says| !says.is_empty());
        assert!(is_described || operation["tags"][0] == "pages", "{method} {path} has no description");
        if row.policy.audience != RouteAudience::Person {
            assert_ne!(operation["tags"][0], "pages", "{method} {path} is for programs");
        }
    }
}

#[test]
fn every_problem_is_told() {
    let about = document()["info"]["description"].as_str().unwrap().to_owned();
    let told = about.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(told, ProblemKind::ALL.len());
}

#[test]
fn what_is_named_is_there_and_what_is_there_is_named() {
    for document in [document(), pages_document()] {
        names_what_it_has(&document);
    }
}

fn names_what_it_has(document: &Value) {
    let text = document.to_string();
    for (kind, components) in document["components"].as_object().unwrap() {
        for name in components.as_object().unwrap().keys() {
            let used = match kind.as_str() {
                "securitySchemes" => text.contains(&format!("{{\"{name}\":[")),
                _ => text.contains(&format!("\"#/components/{kind}/{name}\"")),
            };
            assert!(used, "nothing names {kind}/{name}");
        }
    }
    for reference in text.split("\"$ref\":\"").skip(1) {
        let pointer = reference.split('"').next().unwrap().trim_start_matches('#');
        assert!(document.pointer(pointer).is_some(), "{pointer} is nowhere");
    }
}

/// All source files of the server.
fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            sources(&entry, found);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            found.push(std::fs::read_to_string(entry).unwrap());
        }
    }
}

/// The schema names declared in a source file: renamed types, lines of the macros for words, facts
/// and bodies, requests and vocabularies, and the forms of requests.
fn declared_schemas<'a>(text: &'a str, is_ours: impl Fn(&&str) -> bool) -> Vec<&'a str> {
    let quoted = |line: &'a str| line.split_once(" as \"").and_then(|(_, rest)| rest.split('"').next());
    let of_line = |line: &'a str| {
        let renamed = line.split("schema(as = ").nth(1).and_then(|rest| rest.split([',', ')']).next());
        // Text constants, such as column names, are not schemas.
        let declared = line.strip_prefix("    ").and_then(|line| line.split_once(": "));
        let declared = declared.filter(|(_, value)| !value.starts_with('"')).map(|(name, _)| name);
        let declared =
            declared.filter(|name| name.starts_with(char::is_uppercase) && name.chars().all(char::is_alphanumeric));
        renamed.or(quoted(line).or(declared).filter(&is_ours))
    };
    let forms = text.split("    one of {\n").skip(1).filter_map(|rest| rest.split("\n    }").next());
    let forms = forms.flat_map(str::lines).filter(|line| !line.trim_start().starts_with("///"));
    let forms = forms.filter_map(|line| line.trim_start().split_once(" {")).map(|(name, _)| name);
    text.lines().filter_map(of_line).chain(forms).collect()
}

#[test]
fn no_two_schemas_have_one_name() {
    let mut texts = Vec::new();
    sources(&kept("src"), &mut texts);
    let (document, pages) = (document(), pages_document());
    let all: BTreeSet<&str> = [&document, &pages]
        .into_iter()
        .flat_map(|document| document["components"]["schemas"].as_object().unwrap().keys().map(String::as_str))
        .collect();
    let is_ours = |name: &&str| all.contains(name);
    let mut names = BTreeSet::new();
    // Macro tests within a file are not in the document.
    for text in texts.iter().map(|text| text.split("\n#[cfg(test)]\nmod ").next().unwrap()) {
        for name in declared_schemas(text, is_ours) {
            assert!(names.insert(name), "two schemas are called {name}");
        }
    }
    assert!(names.len() > 100 && names.is_subset(&all), "{:?}", names.difference(&all));
}

/// The example files, each with its examples.
fn files() -> impl Iterator<Item = (&'static str, Vec<examples::DocumentExample>)> {
    examples::FILES.into_iter().map(|(name, text)| (name, serde_json::from_str(text).unwrap()))
}

async fn sent(api: &Api, method: &str, example: &examples::DocumentExample) -> Answer {
    let request = Request::builder().method(method).uri(&example.path);
    let media_type = example.media_type.as_deref().unwrap_or("application/json");
    let body = match &example.body {
        Some(Value::String(lines)) if media_type != "application/json" => lines.clone(),
        Some(body) => body.to_string(),
        None => String::new(),
    };
    api.send(request.header("content-type", media_type).body(Body::from(body)).unwrap()).await
}

/// The answer in the form of the example: lists truncated, variable values replaced.
fn as_shown(answer: &Answer, example: &examples::DocumentExample) -> Value {
    let Ok(mut shown) = serde_json::from_str::<Value>(&answer.text) else {
        if example.varies.iter().any(String::is_empty) && example.answer.is_string() {
            return example.answer.clone();
        }
        // Lines are shown unchanged, but limited in number and length.
        let most = example.first.get("").copied().unwrap_or(usize::MAX);
        let lines: Vec<String> = answer.text.lines().take(most).map(|line| line.chars().take(400).collect()).collect();
        return Value::from(lines.join("\n"));
    };
    for (pointer, count) in &example.first {
        let list = shown.pointer_mut(pointer).and_then(Value::as_array_mut);
        list.unwrap_or_else(|| panic!("{}: no list at {pointer}", example.name)).truncate(*count);
    }
    for pointer in &example.varies {
        let found = shown.pointer_mut(pointer).unwrap_or_else(|| panic!("{}: nothing at {pointer}", example.name));
        if let Some(was) = example.answer.pointer(pointer) {
            *found = was.clone();
        }
    }
    shown
}

#[tokio::test]
async fn every_example_is_answered_as_it_says() {
    let folder = TempDir::new().unwrap();
    let api = desk(&folder).await;
    let document = document();
    let (mut stale, mut answered) = (Vec::new(), Vec::new());
    for (file, mut examples) in files() {
        let mut is_stale = false;
        for example in &mut examples {
            let (_, method, operation) = operation(&document, &example.operation);
            let answer = sent(&api, &method, example).await;
            let said = format!("{file}/{} ({})", example.name, answer.text);
            assert_eq!(answer.status.as_u16(), example.status, "{said}");
            let known = &operation["responses"][example.status.to_string()];
            holds_what_is_told(&document, known, &answer, &said);
            let shown = as_shown(&answer, example);
            is_stale |= shown != example.answer;
            example.answer = shown;
        }
        if is_stale && is_update() {
            let path = kept(&format!("src/serve/openapi/examples/{file}.json"));
            std::fs::write(path, serde_json::to_string_pretty(&examples).unwrap() + "\n").unwrap();
        }
        stale.extend(is_stale.then_some(file));
        answered.extend(examples);
    }
    if is_update() {
        std::fs::write(kept(DOCUMENT), document_text(&answered)).unwrap();
    }
    assert!(stale.is_empty() || is_update(), "the answers of {stale:?} are not those of the sample; {RENEW}");
}

/// Asserts that an answer has a documented media type and the documented headers.
fn holds_what_is_told(document: &Value, told: &Value, answer: &Answer, said: &str) {
    let told = resolved(document, told);
    assert!(told.is_object(), "the status is not in the document: {said}");
    for name in told["headers"].as_object().map(Map::keys).into_iter().flatten() {
        // Callers on this machine are not counted.
        let is_there = !answer.header(&name.to_lowercase()).is_empty();
        assert_eq!(is_there, !name.starts_with("RateLimit"), "{name}: {said}");
    }
    let media_type = answer.header("content-type").split(';').next().unwrap();
    let content = &told["content"][media_type];
    assert!(content.is_object(), "{media_type} is not in the document: {said}");
    if media_type == "application/problem+json" {
        let code = answer.json()["code"].as_str().unwrap().to_owned();
        assert!(told["description"].as_str().unwrap().contains(&format!("`{code}`")), "{code} is not told: {said}");
    }
}

#[tokio::test]
async fn every_word_of_the_document_is_a_word_of_a_question() {
    let (api, document) = (Api::sample(), document());
    let words = |schema: &str| document["components"]["schemas"][schema]["enum"].as_array().unwrap().clone();
    let needs = words("Need");
    assert_eq!(needs.len(), Need::all().len());
    let mut asked = json!({"services": words("Service"), "near": {"zip": "64108"}, "needs": needs, "limit": 1});
    for (pointer, schema) in [("/patient/sex", "Sex"), ("/coverage/program", "Program")] {
        for word in words(schema) {
            asked["patient"] = json!({});
            asked["coverage"] = json!({"program": "medicare"});
            *asked.pointer_mut(pointer).unwrap_or(&mut Value::Null) = word.clone();
            if pointer == "/patient/sex" {
                asked["patient"]["sex"] = word.clone();
            }
            if word == "medicaid" {
                asked["coverage"]["state"] = json!("MO");
            }
            let answer = api.post("/v1/matches", &asked).await;
            assert_eq!(answer.status.as_u16(), 200, "{word}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn the_bounds_of_parameters_are_those_of_their_reader() {
    let (api, document) = (Api::sample(), document());
    for path in ["/v1/providers", "/v1/plans"] {
        let parameters = document["paths"][path]["get"]["parameters"].as_array().unwrap();
        let limit = &parameters.iter().find(|parameter| parameter["name"] == "limit").unwrap()["schema"];
        let (low, high) = (limit["minimum"].as_u64().unwrap(), limit["maximum"].as_u64().unwrap());
        for (value, status) in [(low - 1, 422), (low, 200), (high, 200), (high + 1, 422)] {
            let answer = api.get(&format!("{path}?name=a&limit={value}")).await;
            assert_eq!(answer.status.as_u16(), status, "{path} {value}");
        }
    }
}

/// All parts of `schema`, following each reference once.
fn parts<'a>(document: &'a Value, schema: &'a Value, named: &mut BTreeSet<&'a str>, found: &mut Vec<&'a Value>) {
    found.push(schema);
    match schema {
        Value::Object(fields) => {
            if let Some(name) = fields.get("$ref").and_then(Value::as_str)
                && named.insert(name)
            {
                parts(document, resolved(document, schema), named, found);
            }
            // The parts of a `not` are not parts of the schema.
            let held = fields.iter().filter(|(keyword, _)| *keyword != "not");
            held.for_each(|(_, field)| parts(document, field, named, found));
        }
        Value::Array(items) => items.iter().for_each(|item| parts(document, item, named, found)),
        _ => {}
    }
}

#[test]
fn the_forms_of_a_request_have_names_and_null_is_none_of_them() {
    let document = document();
    let mut found = Vec::new();
    for (_, _, operation) in operations(&document) {
        let body = &operation["requestBody"]["content"]["application/json"]["schema"];
        parts(&document, body, &mut BTreeSet::new(), &mut found);
    }
    let forms: Vec<&Value> = found
        .iter()
        .flat_map(|part| ["oneOf", "anyOf"].map(|kind| &part[kind]))
        .filter_map(Value::as_array)
        .flatten()
        .collect();
    assert!(forms.len() > 15, "{} forms were found", forms.len());
    for form in forms {
        assert!(form["$ref"].is_string(), "{form} has no name");
    }
    for part in found {
        assert!(part["default"].is_null(), "generators require what has a default: {part}");
        assert!(part["not"].is_null(), "some generators cannot read it: {part}");
    }
}

#[tokio::test]
async fn null_is_the_same_as_left_out_of_what_is_told_and_a_whole_number_may_have_a_point() {
    let folder = TempDir::new().unwrap();
    let api = desk(&folder).await;
    for (kind, body) in [
        (
            "statements",
            json!({"service": "inpatient_rehab", "need": "rehab.stroke", "answer": true, "limit": null, "value": null}),
        ),
        (
            "statements",
            json!({"service": "inpatient_rehab", "limit": "size.max_lb", "value": 400.0, "need": null, "answer": null}),
        ),
        ("availability", json!({"service": "inpatient_rehab", "room": true, "beds": 2.0, "from": null, "until": null})),
    ] {
        let body = json!({kind: [body]}).to_string();
        let request = Request::put(format!("/v1/providers/ccn:173027/{kind}")).header("content-type", "application/json");
        let answer = api.send(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
    }
}

#[tokio::test]
async fn a_batch_is_given_as_lines_only_as_the_document_says() {
    let request = Request::post("/v1/matches:batch").header("content-type", "application/x-ndjson");
    let request = request.header("accept", "text/html").body(Body::from("{}\n")).unwrap();
    let (answer, document) = (Api::sample().send(request).await, document());
    assert_eq!(answer.status.as_u16(), 406, "{}", answer.text);
    let (_, _, batch) = operation(&document, "rank_batch");
    holds_what_is_told(&document, &batch["responses"]["406"], &answer, "text/html");
}

/// The successful answer is documented first.
#[test]
fn what_is_asked_with_a_body_and_what_is_read_has_an_example_that_is_answered() {
    // What is named by a random id or by a directory cannot be asked for again, and an export needs a header.
    const NAMED: [&str; 16] = [
        "fhir_export",
        "fhir_export_manifest",
        "fhir_export_file",
        "read_gap_packet",
        "withdraw_observation",
        "read_choice_list",
        "read_referral_request",
        "follow_referral_request",
        "record_referral_state",
        "add_referral_providers",
        "close_referral_request",
        "make_answer_link",
        "revoke_answer_link",
        "invite_provider",
        "list_provider_invites",
        "revoke_provider_invite",
    ];
    let examples = examples::all();
    for (path, method, operation) in operations(&document()) {
        // Pages have no examples; a list is read by a number that only its holder has, and an
        // observation has a random id; the document is its own example.
        let is_shown = operation["tags"][0] != "pages" && operation["tags"][0] != "document";
        let id = operation["operationId"].as_str().unwrap();
        let of_it = |example: &&examples::DocumentExample| example.operation == id && (200..300).contains(&example.status);
        let found = examples.iter().any(|example| of_it(&example));
        assert!(found || !is_shown || NAMED.contains(&id), "{method} {path} has no example");
    }
}

/// A date in a body expires, and the example would then be rejected.
#[test]
fn no_example_asks_for_a_day() {
    for (file, examples) in files() {
        for example in examples.iter().filter(|example| example.status < 400) {
            let body = example.body.as_ref().map(Value::to_string).unwrap_or_default();
            for name in ["from", "until", "expires_on", "asked_on", "discharge_on"] {
                assert!(!body.contains(&format!("\"{name}\"")), "{file}/{} says {name}", example.name);
            }
        }
    }
}

#[test]
fn every_field_of_a_form_is_described() {
    let document = pages_document();
    for (name, field) in document["components"]["schemas"]["Form"]["properties"].as_object().unwrap() {
        assert!(field["description"].as_str().is_some_and(|says| !says.is_empty()), "{name}");
    }
}

#[tokio::test]
async fn the_page_shows_every_operation_and_every_schema_and_every_link_leads_somewhere() {
    let (page, document) = (pages::get(&Api::sample(), "/docs").await, document());
    assert_eq!(page.status.as_u16(), 200, "{}", page.html);
    let html = strict_markup::read(&page.html).unwrap();
    let ids: Vec<&str> = html.all().into_iter().filter_map(|element| element.attribute("id")).collect();
    let known: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), known.len(), "an id is there twice");
    for (path, method, operation) in operations(&document) {
        assert!(known.contains(operation["operationId"].as_str().unwrap()), "{method} {path} is not shown");
    }
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(known.contains(format!("schema-{name}").as_str()), "{name} is not shown");
    }
    for link in html.named("a").into_iter().filter_map(|link| link.attribute("href")) {
        assert!(link.starts_with('/') || known.contains(&link[1..]), "{link} leads nowhere");
    }
    let text_of = |id: &str| {
        html.all().into_iter().find(|element| element.attribute("id") == Some(id)).map(crate::strict_markup::Element::words)
    };
    let mut landmarks = BTreeSet::new();
    for label in html.named("section").into_iter().filter_map(|section| section.attribute("aria-labelledby")) {
        let name = text_of(label).unwrap_or_default().to_lowercase();
        assert!(!name.is_empty() && landmarks.insert(name), "{label} names no section, or two");
    }
    for table in html.named("table") {
        assert!(!table.named("caption").is_empty(), "a table without a caption: {}", table.words());
    }
    page.says("Rank the providers for one discharge");
    page.says("Needs the scope match.");
    page.says("whole number or null (from 1, to 1000)");
}

/// The routes for programs that record something.
fn recording() -> impl Iterator<Item = &'static Route> {
    routes::all().filter(|route| route.policy.runs_to_end && route.policy.audience != RouteAudience::Person)
}

#[test]
fn every_request_that_records_takes_a_key_and_stands_in_the_table_of_the_docs() {
    let (document, docs) = (document(), std::fs::read_to_string(kept("docs/http_api.md")).unwrap());
    let mut rows: Vec<&str> = docs.lines().filter(|line| line.starts_with("| `P")).collect();
    for route in recording() {
        let operation = &document["paths"][&route.path][route.method.name().to_lowercase()];
        let takes = |name: &str| operation["parameters"].as_array().unwrap().iter().any(|known| known["name"] == name);
        let request = format!("`{} {}`", route.method.name(), route.path);
        assert!(takes("Idempotency-Key"), "{request}");
        let row = rows.iter().position(|row| row.contains(&request)).unwrap_or_else(|| panic!("no row for {request}"));
        let cells: Vec<&str> = rows.remove(row).split(" | ").collect();
        assert!(cells[1].starts_with("yes"), "{request}");
        assert_eq!(takes("If-Match"), cells[2] != "no |", "{request}");
    }
    assert!(rows.is_empty(), "{rows:?}");
}
