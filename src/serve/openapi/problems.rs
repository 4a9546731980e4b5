//! What can go wrong, as responses: which problems a route can give, each with its code, its status and an example.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

use crate::serve::fhir::format;
use crate::serve::http::problem::Problem;
use crate::serve::http::problem::kinds::each;
use crate::serve::http::problem::problem_json::ProblemJson;
use crate::serve::http::routes::{Route, RouteAccess, RouteAudience, RouteMethod};
use crate::serve::openapi::fhir_schemas::OperationOutcome;
use crate::serve::openapi::forms;
use crate::serve::openapi::forms::FORM;
use crate::serve::openapi::header_docs::{header, request_id};

/// The media type of a problem.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// A route, and what its document says so far.
#[derive(Clone, Copy)]
pub(crate) struct DocumentedRoute<'a> {
    pub(crate) row: &'a Route,
    pub(crate) operation: &'a Operation,
}

impl DocumentedRoute<'_> {
    /// Whether its body is of that media type.
    fn takes(self, media_type: &str) -> bool {
        let body = self.operation.request_body.as_ref();
        body.is_some_and(|body| matches!(body, RefOr::T(body) if body.content.contains_key(media_type)))
    }

    fn takes_a_body(self) -> bool {
        self.operation.request_body.is_some()
    }

    fn does(self, deeds: &[&str]) -> bool {
        deeds.contains(&self.row.deed)
    }
}

/// What works while no directory is loaded.
const WITHOUT_DIRECTORY: [&str; 11] = [
    "list.read",
    "cds.discover",
    "cds.feedback",
    "fhir.capabilities",
    "document",
    "metrics",
    "session.form",
    "session.begin",
    "session.end",
    "asset",
    "health",
];
/// What writes to the ledger, or reads what only it has.
const WITH_LEDGER: [&str; 5] = ["list.make", "list.read", "statement.availability", "statement.accepts", "outcome"];

/// Whether `route` can give `problem`.
fn gives(route: DocumentedRoute<'_>, problem: &Problem) -> bool {
    let row = route.row;
    let is_fhir = row.audience == RouteAudience::Fhir;
    match problem {
        Problem::NotJson { .. } => route.takes("application/json"),
        Problem::WrongType => route.takes("application/json") || row.deed == "match.batch",
        Problem::NotAForm | Problem::FromElsewhere => route.takes(FORM),
        Problem::WrongEncoding { .. } => route.takes_a_body(),
        // A batch tells them in the line that is late or too large.
        Problem::TooSlow | Problem::TooLarge | Problem::NotGzip => route.takes_a_body() && row.deed != "match.batch",
        // In a line of a batch, or of a path with a method the document does not give it.
        Problem::TooMuch | Problem::ReadTooSlowly | Problem::WrongMethod => false,
        Problem::Invalid(_) => row.deed != "asset" && !is_fhir,
        Problem::NotASearch(_) | Problem::NotFhirJson => is_fhir,
        Problem::NoSuchType => route.does(&["fhir.search", "fhir.read"]),
        Problem::NoSuchResource => row.deed == "fhir.read",
        Problem::PageGone => row.deed == "fhir.search",
        // A batch is for programs too, though its row is for either: it has no page.
        Problem::NotAcceptable => row.audience == RouteAudience::Program || row.deed == "match.batch",
        Problem::NoSuchFormat => route.does(&["list.make", "list.read"]) && row.audience == RouteAudience::Either,
        // Of any path that is no route, which is no path of the document; and of a name no file has.
        Problem::NoSuchRoute => row.deed == "asset",
        Problem::NoSuchProvider => row.path.contains("/providers/{id}"),
        Problem::NoSuchList | Problem::ListNotRead => row.deed == "list.read",
        // What is shown and wrong is refused on open routes too.
        Problem::Unauthorized { .. } | Problem::Misdirected | Problem::NoHost | Problem::TooMany { .. } => true,
        Problem::Forbidden { .. } => row.needs != RouteAccess::Nothing || row.path == "/readyz",
        Problem::NoPrefetch { .. } => row.deed == "cds.card",
        Problem::NoDirectory => !route.does(&WITHOUT_DIRECTORY) || row.path == "/readyz",
        Problem::NoLedger => route.does(&WITH_LEDGER),
        Problem::DailyLimit { .. } => route.does(&WITH_LEDGER) && row.deed != "list.read" && row.method != RouteMethod::Get,
        Problem::ListTooLong(_) => row.deed == "list.make",
        Problem::Busy => !route.does(&["health", "metrics"]),
        Problem::Internal => row.path != "/livez",
    }
}

/// The responses of `route` when something goes wrong, by status; each by a name under which equal ones are kept once.
pub(crate) fn responses(route: DocumentedRoute<'_>) -> BTreeMap<String, (String, Response)> {
    let mut by_status: BTreeMap<StatusCode, Vec<Problem>> = BTreeMap::new();
    for problem in each().into_iter().filter(|problem| gives(route, problem)) {
        by_status.entry(problem.status()).or_default().push(problem);
    }
    let named = |(status, problems): (StatusCode, Vec<Problem>)| {
        let response = response(&problems, route.row.audience);
        (status.as_str().to_owned(), (name(&problems, route.row.audience), response))
    };
    by_status.into_iter().map(named).collect()
}

/// `NoDirectoryOrBusy`, and for pages `NoDirectoryOrBusyPage`.
fn name(problems: &[Problem], audience: RouteAudience) -> String {
    let mut codes: Vec<String> = problems.iter().map(|problem| in_capitals(problem.code())).collect();
    codes.dedup();
    let kind = match audience {
        RouteAudience::Person => "Page",
        RouteAudience::Fhir => "Outcome",
        RouteAudience::Program | RouteAudience::Either => "",
    };
    codes.join("Or") + kind
}

/// `no_directory` as `NoDirectory`.
fn in_capitals(code: &str) -> String {
    let capital = |word: &str| word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect();
    code.split('_').map(capital).collect::<Vec<String>>().concat()
}

fn response(problems: &[Problem], audience: RouteAudience) -> Response {
    let says: Vec<String> = problems.iter().map(|p| format!("`{}`: {}.", p.code(), p.title())).collect();
    let response = ResponseBuilder::new().description(says.join(" ")).header_ref("X-Request-Id", request_id());
    let response = problems
        .iter()
        .flat_map(own_headers)
        .fold(response, |response, (name, component)| response.header_ref(name, header(component)));
    match audience {
        RouteAudience::Person => response.content("text/html", ContentBuilder::new().schema(Some(forms::html())).build()),
        RouteAudience::Fhir => {
            let schema = Ref::from_schema_name(OperationOutcome::name());
            response.content(format::CONTENT, ContentBuilder::new().schema(Some(schema)).build())
        }
        RouteAudience::Program | RouteAudience::Either => response.content(MEDIA_TYPE, content(problems)),
    }
    .build()
}

/// The headers that come with one problem, each by its name and its component.
fn own_headers(problem: &Problem) -> Vec<(&'static str, &'static str)> {
    match problem {
        Problem::TooMany { .. } | Problem::DailyLimit { .. } | Problem::Busy => vec![("Retry-After", "Retry-After")],
        Problem::WrongEncoding { .. } => vec![("Accept-Encoding", "Accept-Encoding")],
        Problem::Unauthorized { .. } => vec![("WWW-Authenticate", "WWW-Authenticate")],
        _ => Vec::new(),
    }
}

/// Problems as JSON, with an example of each.
pub(crate) fn content(problems: &[Problem]) -> utoipa::openapi::Content {
    let schema = Ref::from_schema_name(ProblemJson::name());
    problems
        .iter()
        .fold(ContentBuilder::new().schema(Some(schema)), |content, problem| {
            let example = ExampleBuilder::new().summary(problem.title()).value(Some(example(problem)));
            content.examples_from_iter([(in_capitals(problem.code()), example)])
        })
        .build()
}

/// `problem` as it is sent.
fn example(problem: &Problem) -> Value {
    serde_json::from_slice(&problem.body("019a4c1e-7d1b-7c55-9f0e-3c1f0a8d2b11")).unwrap_or_default()
}
