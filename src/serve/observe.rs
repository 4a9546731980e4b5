//! What every request gets: an id, the headers of every answer, and one line in the log that holds nothing anybody typed.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use uuid::Uuid;

use super::extract::admits_json;
use super::problem::Problem;
use super::{App, pages};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Seconds since the directory was built. In a header, because an answer's body is the same bytes for as long as the directory is.
const DIRECTORY_AGE: HeaderName = HeaderName::from_static("x-directory-age-seconds");

/// What a handler tells the log of its answer.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// The generation answered from.
    pub generation: String,
    /// When it was built.
    pub built_at: Timestamp,
    /// Matches on all pages, and those left out; `None` where nothing was matched.
    pub counts: Option<(u32, u32)>,
    /// Whether the answer was at hand already.
    pub cached: bool,
}

/// Runs one request.
pub(super) async fn observe(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = request_id(request.headers());
    let method = request.method().clone();
    // The route's template, never the path: what a caller typed stands nowhere.
    let route = request.extensions().get::<MatchedPath>().cloned();

    let audience = Audience::of(route.as_ref(), request.headers());
    // A program that accepts no JSON is told so before any work is done for it.
    let refused = audience == Audience::Program && !admits_json(request.headers());
    let mut response = if refused { Problem::NotAcceptable.into_response() } else { next.run(request).await };
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = told_to(audience, &app, &problem, &id, response);
    }
    let told = response.extensions_mut().remove::<Told>();
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(told) = &told {
        let age = Timestamp::now().duration_since(told.built_at).as_secs().max(0);
        headers.insert(DIRECTORY_AGE, HeaderValue::from(age));
    }

    let told = told.unwrap_or_default();
    let (matched, left_out) = told.counts.unzip();
    tracing::info!(
        request_id = id,
        %method,
        route = route.as_ref().map_or("none", MatchedPath::as_str),
        status = response.status().as_u16(),
        matched,
        left_out,
        generation = told.generation,
        cached = told.cached,
        ms = started.elapsed().as_secs_f64() * 1000.0,
        "answered"
    );
    response
}

/// Who reads an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Audience {
    /// A program: answers and problems are JSON.
    Program,
    /// A person in a browser: a problem is a page.
    Person,
    /// Whoever asks for a document in one of several forms; the handler reads what is accepted.
    Either,
}

impl Audience {
    /// Who reads what `route` answers. Where there is no route, whoever accepts HTML is a person.
    fn of(route: Option<&MatchedPath>, headers: &HeaderMap) -> Self {
        match route.map(MatchedPath::as_str) {
            Some(route) if route.starts_with("/v1/choice-lists") => Self::Either,
            Some("/livez" | "/readyz") => Self::Program,
            Some(route) if route.starts_with("/v1/") => Self::Program,
            Some(_) => Self::Person,
            None if headers
                .get(ACCEPT)
                .is_some_and(|accept| accept.to_str().is_ok_and(|a| a.contains("text/html"))) =>
            {
                Self::Person
            }
            None => Self::Program,
        }
    }
}

/// `problem` as the audience reads it; what the router said of it, such as Allow, stays.
fn told_to(audience: Audience, app: &App, problem: &Problem, id: &str, mut bare: Response) -> Response {
    let page = match audience {
        Audience::Person => pages::problem_page(app, problem, id).ok(),
        Audience::Program | Audience::Either => None,
    };
    if let Some(page) = page {
        let (parts, body) = page.into_parts();
        bare.headers_mut().extend(parts.headers);
        *bare.body_mut() = body;
        return bare;
    }
    *bare.body_mut() = Body::from(problem.body(id));
    let headers = bare.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    bare
}

/// The caller's id where it is 1 to 128 visible ASCII characters, otherwise a new one.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get(&REQUEST_ID).and_then(|value| value.to_str().ok());
    let well_formed = |id: &&str| (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic());
    given.filter(well_formed).map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}
