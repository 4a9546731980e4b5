//! The requests in README and docs are examples of the API, which another test sends and compares.

use std::fs;
use std::path::Path;

use placement::serve::openapi::examples;
use serde_json::{Deserializer, Value};

/// Fields that only a request has.
const REQUESTS: [&str; 6] = ["availability", "discharge", "near", "reply", "service", "statements"];

/// The requests in a text: JSON objects at the beginning of a line or of a quoted shell argument.
fn requests(text: &str) -> Vec<Value> {
    let begins = |at: &usize| text[..*at].ends_with(['\n', '\'']);
    let objects = text.match_indices('{').map(|(at, _)| at).filter(begins);
    let parsed = objects.filter_map(|at| Deserializer::from_str(&text[at..]).into_iter::<Value>().next()?.ok());
    parsed.filter(|shown| REQUESTS.iter().any(|member| shown.get(member).is_some())).collect()
}

/// The bodies of the examples; for a batch each line.
fn bodies() -> Vec<Value> {
    let body = |example: examples::DocumentExample| match example.body {
        Some(Value::String(lines)) => lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
        body => body.into_iter().collect::<Vec<Value>>(),
    };
    examples::all().into_iter().flat_map(body).collect()
}

#[test]
fn every_request_that_the_docs_show_is_an_example_of_the_api() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let docs = docs.filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    let (bodies, mut count) = (bodies(), 0);
    for path in docs.chain([root.join("README.md")]) {
        for shown in requests(&fs::read_to_string(&path).unwrap()) {
            assert!(bodies.contains(&shown), "{} shows {shown}, which is no example of the API", path.display());
            count += 1;
        }
    }
    assert!(count >= 7, "{count} requests were found");
}

#[test]
fn a_request_is_found_wherever_it_is_shown() {
    let text = "```json\n{\"service\": \"hospice\"}\n{\"status\": 200}\n```\n    curl -d '{\n  \"discharge\": {}\n}'\nas `{\"near\": 1}`";
    let found: Vec<String> = requests(text).iter().map(Value::to_string).collect();
    assert_eq!(found, ["{\"service\":\"hospice\"}", "{\"discharge\":{}}"]);
}
