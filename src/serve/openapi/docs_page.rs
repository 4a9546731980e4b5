//! `GET /docs`: the document as a page, by headings, operations and schemas. It works without
//! scripts and loads nothing from other hosts.

use askama::Template;
use utoipa::openapi::content::Content;
use utoipa::openapi::path::{Operation as Described, Parameter};
use utoipa::openapi::{OpenApi, RefOr, Response};

use crate::serve::http::registered_route::RegisteredRoute;
use crate::serve::http::route::{Route, RouteAccess, RouteMethod};
use crate::serve::openapi::document::method;
use crate::serve::openapi::examples::DocumentExample;
use crate::serve::openapi::prose::{ProseBlock, ProseSpan, blocks, spans};
use crate::serve::openapi::schemas::{SchemaField, SchemaView, TypeLabel, as_json, field, holds};
use crate::serve::openapi::{examples, schemas};
use crate::serve::pages::layout::PageFrame;

/// The page.
#[derive(Debug, Template)]
#[template(path = "docs.html", config = "src/serve/askama.toml")]
pub(crate) struct DocsPage<'a> {
    pub(crate) frame: PageFrame,
    pub(crate) body: &'a DocsBody,
}

/// What the document says, ready to print.
#[derive(Debug)]
pub(crate) struct DocsBody {
    about: Vec<ProseBlock>,
    headings: Vec<DocsHeading>,
    schemas: Vec<SchemaView>,
}

/// The operations under one heading.
#[derive(Debug)]
struct DocsHeading {
    name: String,
    says: Vec<ProseSpan>,
    operations: Vec<DocsOperation>,
}

/// One operation.
#[derive(Debug)]
struct DocsOperation {
    id: String,
    heading: String,
    verb: &'static str,
    path: String,
    summary: String,
    says: Vec<ProseBlock>,
    needs: String,
    parameters: Vec<SchemaField>,
    body: Vec<DocsForm>,
    answers: Vec<DocsAnswer>,
    examples: Vec<DocsExample>,
}

/// A body of one media type.
#[derive(Debug)]
struct DocsForm {
    media_type: String,
    holds: Vec<TypeLabel>,
}

/// The answer of an operation with one status.
#[derive(Debug)]
struct DocsAnswer {
    status: String,
    says: Vec<ProseSpan>,
    body: Vec<DocsForm>,
    headers: String,
}

/// An example as a curl command, and its answer.
#[derive(Debug)]
struct DocsExample {
    summary: String,
    curl: String,
    answer: Option<String>,
}

/// Builds the content of the page.
pub(crate) fn body(routes: &[RegisteredRoute], document: &OpenApi, examples: &[DocumentExample]) -> DocsBody {
    let described = |RegisteredRoute { route, .. }: &RegisteredRoute| {
        let described = document.paths.get_path_operation(&route.path, method(route.method))?;
        Some(DocsOperation::new(route, described, document, examples))
    };
    let operations: Vec<DocsOperation> = routes.iter().filter_map(described).collect();
    let mut headings: Vec<DocsHeading> = document.tags.iter().flatten().map(DocsHeading::of).collect();
    for operation in operations {
        if let Some(heading) = headings.iter_mut().find(|heading| heading.name == operation.heading) {
            heading.operations.push(operation);
        }
    }
    let about = blocks(document.info.description.as_deref().unwrap_or_default());
    DocsBody { about, headings, schemas: schemas::shown(document) }
}

impl DocsHeading {
    fn of(tag: &utoipa::openapi::Tag) -> Self {
        let says = spans(tag.description.as_deref().unwrap_or_default());
        Self { name: tag.name.clone(), says, operations: Vec::new() }
    }
}

impl DocsOperation {
    fn new(route: &Route, described: &Described, document: &OpenApi, examples: &[DocumentExample]) -> Self {
        let id = described.operation_id.clone().unwrap_or_default();
        let body = match &described.request_body {
            Some(RefOr::T(body)) => body.content.iter().filter_map(DocsForm::of).collect(),
            _ => Vec::new(),
        };
        let answers = described.responses.responses.iter();
        Self {
            heading: described.tags.iter().flatten().next().cloned().unwrap_or_default(),
            verb: route.method.name(),
            path: route.path.clone(),
            summary: described.summary.clone().unwrap_or_default(),
            says: blocks(described.description.as_deref().unwrap_or_default()),
            needs: needs(route),
            parameters: described.parameters.iter().flatten().filter_map(parameter).collect(),
            body,
            answers: answers.filter_map(|(status, answer)| DocsAnswer::new(status, answer, document)).collect(),
            examples: examples::of(examples, &id).map(|example| DocsExample::new(route, example)).collect(),
            id,
        }
    }
}

fn needs(route: &Route) -> String {
    match route.policy.access {
        RouteAccess::Open => "Open to anybody.".to_owned(),
        RouteAccess::Scope(scope) => format!("Needs the scope {}.", scope.code()),
        RouteAccess::Ehr => "For an EHR that signs its calls, or the scope match.".to_owned(),
    }
}

fn parameter(parameter: &RefOr<Parameter>) -> Option<SchemaField> {
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

impl DocsForm {
    fn of((media_type, content): (&String, &RefOr<Content>)) -> Option<Self> {
        let RefOr::T(content) = content else { return None };
        let holds = content.schema.as_ref().map(|schema| holds(&as_json(schema))).unwrap_or_default();
        Some(Self { media_type: media_type.clone(), holds })
    }
}

impl DocsAnswer {
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
            body: answer.content.iter().filter_map(DocsForm::of).collect(),
            headers: headers.join(", "),
        })
    }
}

impl DocsExample {
    fn new(route: &Route, example: &DocumentExample) -> Self {
        let text = || example.answer.as_str().map_or_else(|| format!("{:#}", example.answer), str::to_owned);
        let answer = (!example.answer.is_null()).then(text);
        Self { summary: format!("{} ({})", example.summary, example.status), curl: curl(route, example), answer }
    }
}

/// The curl command for a server on this machine.
fn curl(route: &Route, example: &DocumentExample) -> String {
    let put = if route.method == RouteMethod::Put { " -X PUT" } else { "" };
    let body = example.body.as_ref().map(|body| {
        let media_type = example.media_type.as_deref().unwrap_or("application/json");
        let text = body.as_str().map_or_else(|| format!("{body:#}"), str::to_owned).replace('\'', "'\\''");
        format!(" \\\n  -H 'Content-Type: {media_type}' --data-binary '{text}'")
    });
    format!("curl{put} 'http://127.0.0.1:8080{}'{}", example.path, body.unwrap_or_default())
}
