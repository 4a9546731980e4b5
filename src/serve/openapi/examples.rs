//! Examples: requests with the answers that the built-in sample gives, which a test checks.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::content::Content;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};

use crate::serve::openapi::forms::FORM;

/// A request and its answer.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentExample {
    /// The id of its operation.
    pub operation: String,
    /// Its name among the examples of its operation.
    pub name: String,
    /// What it shows.
    pub summary: String,
    /// Where it is sent, with its query.
    pub path: String,
    /// The media type of the body, if it is not JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// The body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// The status of the answer.
    pub status: u16,
    /// The members of the answer that vary, as JSON pointers; the empty pointer is the whole
    /// answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub varies: Vec<String>,
    /// The lists of the answer of which only the beginning is shown, as JSON pointers, and how many
    /// items of each; the empty pointer is for the lines of an answer that is text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub first: BTreeMap<String, usize>,
    /// The answer, if it is JSON.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub answer: Value,
}

/// The files; a test writes the answers into them.
pub const FILES: [(&str, &str); 8] = [
    ("questions", include_str!("examples/questions.json")),
    ("service_plans", include_str!("examples/service_plans.json")),
    ("coverage", include_str!("examples/coverage.json")),
    ("lists", include_str!("examples/lists.json")),
    ("directory", include_str!("examples/directory.json")),
    ("statements", include_str!("examples/statements.json")),
    ("doors", include_str!("examples/doors.json")),
    ("operations", include_str!("examples/operations.json")),
];

/// Every example; none of a file that cannot be read, which a test checks for.
pub fn all() -> Vec<DocumentExample> {
    FILES.iter().flat_map(|(_, text)| serde_json::from_str::<Vec<DocumentExample>>(text).unwrap_or_default()).collect()
}

impl DocumentExample {
    /// The value in the path of the example for `{name}` in `template`.
    fn path_value(&self, template: &str, name: &str) -> Option<String> {
        let path = self.path.split('?').next()?;
        let steps = template.split('/').zip(path.split('/'));
        let placeholder = format!("{{{name}}}");
        steps.filter(|(step, _)| *step == placeholder).map(|(_, value)| value.to_owned()).next()
    }

    /// The value of `name` in its query.
    fn query_value(&self, name: &str) -> Option<String> {
        let (_, query) = self.path.split_once('?')?;
        let pairs = form_urlencoded::parse(query.as_bytes());
        pairs.into_iter().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }
}

/// The examples of an operation.
pub(crate) fn of<'a>(examples: &'a [DocumentExample], operation: &str) -> impl Iterator<Item = &'a DocumentExample> {
    examples.iter().filter(move |example| example.operation == operation)
}

/// Adds the examples to the `operation` of the path `template`.
pub(crate) fn add(examples: &[DocumentExample], template: &str, operation: &mut Operation) {
    let id = operation.operation_id.clone().unwrap_or_default();
    for example in of(examples, &id) {
        for parameter in operation.parameters.iter_mut().flatten() {
            let RefOr::T(parameter) = parameter else { continue };
            show_parameter(example, template, parameter);
        }
        show_body(example, operation);
        show_answer(example, operation);
    }
}

/// Shows the first example of a parameter.
fn show_parameter(example: &DocumentExample, template: &str, parameter: &mut Parameter) {
    let value = match parameter.parameter_in {
        ParameterIn::Path => example.path_value(template, &parameter.name),
        ParameterIn::Query => example.query_value(&parameter.name),
        _ => None,
    };
    let number = value.as_deref().and_then(|value| value.parse::<u64>().ok()).filter(|_| parameter.name == "limit");
    if let Some(value) = number.map(Value::from).or(value.map(Value::from)).filter(|_| example.status < 400)
        && parameter.extensions.is_none()
    {
        parameter.extensions = Some(Extensions::from_iter([("example", value)]));
    }
}

fn show_body(example: &DocumentExample, operation: &mut Operation) {
    let media_type = example.media_type.as_deref().unwrap_or("application/json");
    if let (Some(body), Some(RefOr::T(known))) = (&example.body, &mut operation.request_body)
        && let Some(RefOr::T(content)) = known.content.get_mut(media_type)
        && example.status < 400
    {
        match body {
            Value::String(fields) if media_type == FORM => show(example, &fields_of_form(fields), content),
            body => show(example, body, content),
        }
    }
}

/// The fields of a form as an object, as its schema describes them.
fn fields_of_form(text: &str) -> Value {
    let fields = form_urlencoded::parse(text.as_bytes());
    Value::Object(fields.map(|(name, value)| (name.into_owned(), Value::from(value.into_owned()))).collect())
}

fn show_answer(example: &DocumentExample, operation: &mut Operation) {
    let Some(RefOr::T(response)) = operation.responses.responses.get_mut(&example.status.to_string()) else { return };
    let kind = SHOWN.into_iter().find(|kind| response.content.contains_key(*kind)).filter(|_| !example.answer.is_null());
    if let Some(RefOr::T(content)) = kind.and_then(|kind| response.content.get_mut(kind)) {
        show(example, &example.answer, content);
    }
}

/// The media types of answers that have examples.
const SHOWN: [&str; 4] =
    ["application/json", "application/fhir+json", "application/x-ndjson", "application/openmetrics-text"];

fn show(example: &DocumentExample, value: &Value, content: &mut Content) {
    let shown = ExampleBuilder::new().summary(&example.summary).value(Some(value.clone())).build();
    content.examples.insert(example.name.clone(), RefOr::T(shown));
}
