//! What every request gets: an id, the headers of every answer, and one line in the log that holds nothing anybody typed.

use std::sync::Arc;
use std::time::Instant;

use axum::RequestExt;
use axum::body::Body;
use axum::extract::{MatchedPath, RawPathParams, Request, State};
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

use super::extract::admits_json;
use super::listen::Peer;
use super::problem::Problem;
use super::surface::{self, Audience, Row, Verb};
use super::{App, auth, pages};
use crate::access::Principal;
use crate::provider::ProviderId;

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
    let is_session = audience == Audience::Person && pages::is_session(&app, request.headers());
    let (principal, admitted) = admit(&app, row, &mut request).await;
    let spoken_for = spoken_for(row, &mut request).await;
    let answering = async {
        let mut response = match admitted {
            Ok(_place) => next.run(request).await,
            Err(Problem::Unauthorized { why: auth::NOBODY }) if audience == Audience::Person && reads(&method) => {
                pages::to_sign_in(request.uri().path())
            }
            Err(problem) => problem.into_response(),
        };
        match response.extensions_mut().remove::<Problem>() {
            Some(problem) => told_to(audience, &app, &problem, &id, response),
            None => response,
        }
    };
    let mut response = pages::in_session(is_session, answering).await;
    if let Some(row) = row {
        let spoken_for = spoken_for.filter(|_| response.status().is_success());
        auth::audit::note(&principal, row, response.status(), &id, spoken_for.as_ref());
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

/// Who sends a request, and the place it holds while it is worked on, if it is let in. Whoever sends it is among its extensions.
async fn admit(
    app: &App,
    row: Option<&Row>,
    request: &mut Request,
) -> (Principal, Result<Option<OwnedSemaphorePermit>, Problem>) {
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
    // What is no route is told so by the router.
    let Some(row) = row else { return (auth::stranger(peer), Ok(None)) };
    let who = auth::who(app, row, request.headers(), peer);
    // What is shown in vain counts as asked by a stranger.
    let principal = who.clone().unwrap_or_else(|_| auth::stranger(peer));
    request.extensions_mut().insert(principal.clone());
    let admitted = app.limits.admit(&principal, row).and_then(|place| {
        auth::may(&who?, row)?;
        // A program that accepts no JSON is told so before any work is done for it.
        if row.audience == Audience::Program && !admits_json(request.headers()) {
            return Err(Problem::NotAcceptable);
        }
        Ok(place)
    });
    (principal, admitted)
}

/// The provider that a request says something of, for the audit.
async fn spoken_for(row: Option<&Row>, request: &mut Request) -> Option<ProviderId> {
    row.filter(|row| row.method == Verb::Put)?;
    let params = request.extract_parts::<RawPathParams>().await.ok()?;
    params.iter().find(|(name, _)| *name == "id").and_then(|(_, value)| value.parse().ok())
}

fn reads(method: &Method) -> bool {
    *method == Method::GET || *method == Method::HEAD
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
