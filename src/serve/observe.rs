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
use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

use super::extract::admits_json;
use super::listen::Peer;
use super::problem::Problem;
use super::surface::{self, Audience, Row};
use super::{App, auth, pages};

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
pub(super) async fn observe(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = request_id(request.headers());
    let method = request.method().clone();
    // The route's template, never the path: what a caller typed stands nowhere.
    let route = request.extensions().get::<MatchedPath>().cloned();

    let row = route.as_ref().and_then(|route| surface::row_of(&method, route.as_str()));
    let audience = row.map_or_else(|| audience_of(request.headers()), |row| row.audience);
    let mut response = match admit(&app, row, &mut request).await {
        Ok(_place) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
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

/// Lets a request in, with who sends it among its extensions; gives the place it holds while it is worked on.
async fn admit(app: &App, row: Option<&Row>, request: &mut Request) -> Result<Option<OwnedSemaphorePermit>, Problem> {
    // What is no route is told so by the router.
    let Some(row) = row else { return Ok(None) };
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
    let principal = auth::admit(app, row, request.headers(), peer).await?;
    let place = app.limits.admit(&principal, row)?;
    request.extensions_mut().insert(principal);
    // A program that accepts no JSON is told so before any work is done for it.
    if row.audience == Audience::Program && !admits_json(request.headers()) {
        return Err(Problem::NotAcceptable);
    }
    Ok(place)
}

/// Who reads an answer where there is no route: whoever accepts HTML is a person.
fn audience_of(headers: &HeaderMap) -> Audience {
    let accepted = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
    if accepted.is_some_and(|accept| accept.contains("text/html")) { Audience::Person } else { Audience::Program }
}

/// `problem` as the audience reads it; what the router said of it, such as Allow, stays.
fn told_to(audience: Audience, app: &App, problem: &Problem, id: &str, mut bare: Response) -> Response {
    let page = match audience {
        Audience::Person => pages::problem_page(app, problem, id).ok(),
        Audience::Program | Audience::Fhir | Audience::Either => None,
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
