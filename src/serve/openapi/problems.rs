//! Problems as responses: which ones a route can give, each with its code, its status and an
//! example.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

#[cfg(feature = "fhir")]
use crate::serve::fhir::format;
use crate::serve::http::problem::problem_json::ProblemJson;
use crate::serve::http::problem::{Problem, ProblemKind};
use crate::serve::http::route::{DirectoryUse, Route, RouteAccess, RouteAudience, RouteBody, RoutePolicy, RouteSlot};
#[cfg(feature = "fhir")]
use crate::serve::openapi::fhir_schemas::OperationOutcome;
use crate::serve::openapi::forms;
use crate::serve::openapi::forms::{FORM, UPLOAD};
use crate::serve::openapi::header_docs::{RATE_LIMIT, RATE_LIMIT_POLICY, header, request_id};

/// The media type of a problem.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// A route, and its operation so far.
#[derive(Clone, Copy)]
pub(crate) struct DocumentedRoute<'a> {
    pub(crate) route: &'a Route,
    pub(crate) operation: &'a Operation,
}

impl DocumentedRoute<'_> {
    /// Whether its body has that media type.
    fn takes(self, media_type: &str) -> bool {
        let body = self.operation.request_body.as_ref();
        body.is_some_and(|body| matches!(body, RefOr::T(body) if body.content.contains_key(media_type)))
    }

    /// Whether it can answer with a problem of `kind`.
    fn can_give(self, kind: ProblemKind) -> bool {
        let RoutePolicy { access, audience, slot, body, directory, checks_query, problems, .. } = self.route.policy;
        let (is_fhir, is_streamed) = (audience == RouteAudience::Fhir, body == RouteBody::Streamed);
        match kind {
            ProblemKind::NotJson => self.takes("application/json"),
            ProblemKind::WrongType => self.takes("application/json") || is_streamed,
            ProblemKind::NotAForm => self.takes(FORM) || self.takes(UPLOAD),
            ProblemKind::FromElsewhere => !is_fhir && (self.takes(FORM) || self.takes(UPLOAD)),
            ProblemKind::WrongEncoding => body != RouteBody::Empty,
            // A batch reports them in the line that is late or too large.
            ProblemKind::TooSlow | ProblemKind::TooLarge | ProblemKind::NotGzip => matches!(body, RouteBody::Whole(_)),
            // Reported in a line of a batch, or for a path with a method that the document does not
            // list.
            ProblemKind::TooMuch | ProblemKind::ReadTooSlowly | ProblemKind::WrongMethod => false,
            ProblemKind::Invalid => checks_query && !is_fhir,
            ProblemKind::NotASearch | ProblemKind::NotFhirJson => is_fhir,
            // A batch is for programs too, though its answers have more than one format: it has no
            // page.
            ProblemKind::NotAcceptable => audience == RouteAudience::Program || is_streamed,
            ProblemKind::NoSuchProvider => self.route.path.contains("/providers/{id}") || problems.contains(&kind),
            // Invalid credentials are rejected on open routes too.
            ProblemKind::Unauthorized | ProblemKind::Misdirected | ProblemKind::NoHost | ProblemKind::TooMany => true,
            ProblemKind::Forbidden => access != RouteAccess::Open || problems.contains(&kind),
            ProblemKind::NoDirectory => directory != DirectoryUse::Unused,
            ProblemKind::Busy => slot != RouteSlot::Unlimited,
            // Among open routes without a slot and a directory only `/livez` is left, which cannot
            // fail.
            ProblemKind::Internal => {
                access != RouteAccess::Open || slot != RouteSlot::Unlimited || directory != DirectoryUse::Unused
            }
            ProblemKind::NoSuchRoute
            | ProblemKind::NoSuchList
            | ProblemKind::NoSuchPacket
            | ProblemKind::NoSource
            | ProblemKind::PlanNotLoaded
            | ProblemKind::NothingChecked
            | ProblemKind::NetworkMeets
            | ProblemKind::DirectoryOld
            | ProblemKind::DirectoryIncomplete
            | ProblemKind::PacketNotRead
            | ProblemKind::NoSuchSheet
            | ProblemKind::NoSuchResource
            | ProblemKind::NoSuchType
            | ProblemKind::NoSuchFormat
            | ProblemKind::PageGone
            | ProblemKind::ExportGone
            | ProblemKind::NoPrefetch
            | ProblemKind::NoLedger
            | ProblemKind::Stopping
            | ProblemKind::NoKeys
            | ProblemKind::DailyLimit
            | ProblemKind::Changed
            | ProblemKind::KeyReused
            | ProblemKind::NoSuchObservation
            | ProblemKind::NoSuchReferral
            | ProblemKind::NoSuchInvite
            | ProblemKind::StepRefused
            | ProblemKind::ListTooLong
            | ProblemKind::ListNotRead => problems.contains(&kind),
        }
    }
}

/// The problem responses of `route`, by status; each has a name, under which equal ones are stored
/// once.
pub(crate) fn responses(route: DocumentedRoute<'_>) -> BTreeMap<String, (String, Response)> {
    let mut by_status: BTreeMap<StatusCode, Vec<Problem>> = BTreeMap::new();
    for problem in ProblemKind::ALL.iter().filter(|kind| route.can_give(**kind)).map(|kind| kind.example()) {
        by_status.entry(problem.status()).or_default().push(problem);
    }
    let named = |(status, problems): (StatusCode, Vec<Problem>)| {
        let audience = route.route.policy.audience;
        let response = response(&problems, audience);
        (status.as_str().to_owned(), (name(&problems, audience), response))
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
    let response =
        problems.iter().flat_map(own_headers).fold(response, |response, name| response.header_ref(name, header(name)));
    match audience {
        RouteAudience::Person => response.content("text/html", ContentBuilder::new().schema(Some(forms::html())).build()),
        #[cfg(feature = "fhir")]
        RouteAudience::Fhir => {
            let schema = Ref::from_schema_name(OperationOutcome::name());
            response.content(format::CONTENT, ContentBuilder::new().schema(Some(schema)).build())
        }
        _ => response.content(MEDIA_TYPE, content(problems)),
    }
    .build()
}

/// The headers that are sent with one problem.
fn own_headers(problem: &Problem) -> impl Iterator<Item = &'static str> {
    let sent = problem.clone().into_response();
    let counted: &[&str] = if matches!(problem, Problem::TooMany { .. }) { &[RATE_LIMIT_POLICY, RATE_LIMIT] } else { &[] };
    let own = ["Retry-After", "Accept-Encoding", "WWW-Authenticate"];
    own.into_iter().filter(move |name| sent.headers().contains_key(*name)).chain(counted.iter().copied())
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
    serde_json::from_slice(&problem.body("019a4c1e-7d1b-7c55-9f0e-3c1f0a8d2b11", &[])).unwrap_or_default()
}
