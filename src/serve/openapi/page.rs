//! `GET /docs`: the document as a page, by headings, operations and schemas. It works without scripts and asks nobody for anything.

use std::sync::LazyLock;

use askama::Template;
use utoipa::openapi::content::Content;
use utoipa::openapi::path::{Operation as Described, Parameter};
use utoipa::openapi::{OpenApi, RefOr, Response};

use super::examples::{self, Example};
use super::prose::{Block, Span, blocks, spans};
use super::schemas::{self, Field, Holds, Shown, as_json, field, holds};
use crate::serve::pages::frame::Frame;
use crate::serve::surface::{self, Needs, Row, Verb};

/// The page.
#[derive(Debug, Template)]
#[template(path = "docs.html", config = "src/serve/askama.toml")]
pub(super) struct DocsPage {
    pub(super) frame: Frame,
    pub(super) body: &'static Body,
}

/// What the document says, ready to print.
#[derive(Debug)]
pub(super) struct Body {
    about: Vec<Block>,
    headings: Vec<Heading>,
    schemas: Vec<Shown>,
}

/// Operations of one kind.
#[derive(Debug)]
struct Heading {
    name: String,
    says: Vec<Span>,
    operations: Vec<Operation>,
}

/// One operation.
#[derive(Debug)]
struct Operation {
    id: String,
    heading: String,
    verb: &'static str,
    path: &'static str,
    summary: String,
    says: Vec<Block>,
    needs: String,
    parameters: Vec<Field>,
    body: Vec<Form>,
    answers: Vec<Answer>,
    examples: Vec<Asked>,
}

/// A body of one media type.
#[derive(Debug)]
struct Form {
    media_type: String,
    holds: Vec<Holds>,
}

/// What an operation answers with one status.
#[derive(Debug)]
struct Answer {
    status: String,
    says: Vec<Span>,
    body: Vec<Form>,
    headers: String,
}

/// An example as it is asked with curl, and what comes back.
#[derive(Debug)]
struct Asked {
    summary: String,
    curl: String,
    answer: Option<String>,
}

/// The body of the page, made once.
pub(super) static BODY: LazyLock<Body> = LazyLock::new(|| {
    let examples = examples::all();
    let document = super::written(&examples);
    let described = |row: &'static Row| {
        let described = document.paths.get_path_operation(row.path, super::method(row.method))?;
        Some(Operation::new(row, described, &document, &examples))
    };
    let operations: Vec<Operation> = surface::TABLE.iter().filter_map(described).collect();
    let mut headings: Vec<Heading> = document.tags.iter().flatten().map(Heading::of).collect();
    for operation in operations {
        if let Some(heading) = headings.iter_mut().find(|heading| heading.name == operation.heading) {
            heading.operations.push(operation);
        }
    }
    let about = blocks(document.info.description.as_deref().unwrap_or_default());
    Body { about, headings, schemas: schemas::shown(&document) }
});

impl Heading {
    fn of(tag: &utoipa::openapi::Tag) -> Self {
        let says = spans(tag.description.as_deref().unwrap_or_default());
        Self { name: tag.name.clone(), says, operations: Vec::new() }
    }
}

impl Operation {
    fn new(row: &Row, described: &Described, document: &OpenApi, examples: &[Example]) -> Self {
        let id = described.operation_id.clone().unwrap_or_default();
        let body = match &described.request_body {
            Some(RefOr::T(body)) => body.content.iter().filter_map(Form::of).collect(),
            _ => Vec::new(),
        };
        let answers = described.responses.responses.iter();
        Self {
            heading: described.tags.iter().flatten().next().cloned().unwrap_or_default(),
            verb: row.method.name(),
            path: row.path,
            summary: described.summary.clone().unwrap_or_default(),
            says: blocks(described.description.as_deref().unwrap_or_default()),
            needs: needs(row),
            parameters: described.parameters.iter().flatten().filter_map(parameter).collect(),
            body,
            answers: answers.filter_map(|(status, answer)| Answer::new(status, answer, document)).collect(),
            examples: examples::of(examples, &id).map(|example| Asked::new(row, example)).collect(),
            id,
        }
    }
}

fn needs(row: &Row) -> String {
    match row.needs {
        Needs::Nothing => "Open to anybody.".to_owned(),
        Needs::Scope(scope) => format!("Needs the scope {}.", scope.code()),
        Needs::Ehr => "For an EHR that signs its calls, or the scope match.".to_owned(),
    }
}

fn parameter(parameter: &RefOr<Parameter>) -> Option<Field> {
    let RefOr::T(parameter) = parameter else { return None };
    let place = match as_json(&parameter.parameter_in).as_str() {
        Some(place) => format!("{} ({place})", parameter.name),
        None => parameter.name.clone(),
    };
    let is_required = as_json(&parameter.required) == true;
    let mut field = field(&place, &as_json(parameter.schema.as_ref()?), is_required);
    field.says = spans(parameter.description.as_deref().unwrap_or_default());
    Some(field)
}

impl Form {
    fn of((media_type, content): (&String, &RefOr<Content>)) -> Option<Self> {
        let RefOr::T(content) = content else { return None };
        let holds = content.schema.as_ref().map(|schema| holds(&as_json(schema))).unwrap_or_default();
        Some(Self { media_type: media_type.clone(), holds })
    }
}

impl Answer {
    fn new(status: &str, answer: &RefOr<Response>, document: &OpenApi) -> Option<Self> {
        let answer = match answer {
            RefOr::T(answer) => answer,
            RefOr::Ref(named) => {
                let name = named.ref_location.rsplit('/').next()?;
                match document.components.as_ref()?.responses.get(name)? {
                    RefOr::T(answer) => answer,
                    RefOr::Ref(_) => return None,
                }
            }
        };
        let headers: Vec<&str> = answer.headers.keys().map(String::as_str).collect();
        Some(Self {
            status: status.to_owned(),
            says: spans(&answer.description),
            body: answer.content.iter().filter_map(Form::of).collect(),
            headers: headers.join(", "),
        })
    }
}

impl Asked {
    fn new(row: &Row, example: &Example) -> Self {
        let text = || example.answer.as_str().map_or_else(|| format!("{:#}", example.answer), str::to_owned);
        let answer = (!example.answer.is_null()).then(text);
        Self { summary: format!("{} ({})", example.summary, example.status), curl: curl(row, example), answer }
    }
}

/// The command that asks it of a server on this machine.
fn curl(row: &Row, example: &Example) -> String {
    let put = if row.method == Verb::Put { " -X PUT" } else { "" };
    let body = example.body.as_ref().map(|body| {
        let media_type = example.media_type.as_deref().unwrap_or("application/json");
        let text = body.as_str().map_or_else(|| format!("{body:#}"), str::to_owned).replace('\'', "'\\''");
        format!(" \\\n  -H 'Content-Type: {media_type}' --data-binary '{text}'")
    });
    format!("curl{put} 'http://127.0.0.1:8080{}'{}", example.path, body.unwrap_or_default())
}
