//! What every request gets: an id, the headers of every answer, and one line in the log that holds nothing anybody typed.

use std::sync::Arc;
use std::time::Instant;

use axum::RequestExt;
use axum::body::Body;
use axum::extract::{MatchedPath, RawPathParams, Request, State};
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HOST};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit as Place;
use uuid::Uuid;

use crate::api_keys::Principal;
use crate::provider::ProviderId;
use crate::serve::fhir::format;
use crate::serve::http::answer_metadata::AnswerMetadata;
use crate::serve::http::extract::{LARGEST_BODY, LARGEST_CALL, admits_json, buffer_body, unencoded};
use crate::serve::http::listen::{ClientIp, ConnectionRef, has_body};
use crate::serve::http::problem::Problem;
use crate::serve::http::routes::{Route, RouteAudience, RouteMethod, RouteWork};
use crate::serve::http::work_pool::to_its_end;
use crate::serve::http::{auth, compress, headers, routes};
use crate::serve::metrics::counters::method_label;
use crate::serve::state::AppState;
use crate::serve::{fhir, pages};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Seconds since the directory was built. In a header, because an answer's body is the same bytes for as long as the directory is.
const DIRECTORY_AGE: HeaderName = HeaderName::from_static("x-directory-age-seconds");

/// Runs one request.
///
/// Whoever hangs up has this dropped, while what was begun in the ledger may be kept. So what is audited runs to its end: what is kept is
/// audited, logged and counted.
pub(crate) async fn observe(State(app): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>();
    let row = route.and_then(|route| routes::find_route(request.method(), route.as_str()));
    if !row.is_some_and(auth::audit::is_audited) {
        return handle(app, request, next).await;
    }
    to_its_end(handle(app, request, next)).await.unwrap_or_else(|_| Problem::Internal.into_response())
}

async fn handle(app: Arc<AppState>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = request_id(request.headers());
    let method = request.method().clone();
    // The route's template, never the path: what a caller typed stands nowhere.
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map(MatchedPath::as_str);
    let row = route.and_then(|route| routes::find_route(&method, route));
    let asker = RequestContext::of(&app, row, &request);

    let comes_with_body = has_body(&request);
    let (principal, admitted) = admit(&app, row, &mut request).await;
    let is_unread = comes_with_body && !has_arrived(row, &admitted);
    if let Some(line) = request.extensions().get::<ConnectionRef>() {
        line.mark_working();
    }
    let spoken_for = target_provider(row, &mut request).await;
    let preflight = headers::preflight(&app.edge, &method, route, request.headers());
    let answering = async {
        let mut response = match (admitted, preflight) {
            (Ok(_), Some(allowed)) => allowed,
            (Ok(_place), None) if row.is_some_and(|row| row.work == RouteWork::Heavy) => {
                let answer = pages::in_session(asker.is_session, next.run(request));
                let runtime = Handle::current();
                let answered = app.heavy.run(&principal, move || runtime.block_on(answer)).await;
                answered.unwrap_or_else(IntoResponse::into_response)
            }
            (Ok(_place), None) => next.run(request).await,
            (Err(Problem::Unauthorized { why: auth::NOBODY }), _)
                if asker.audience == RouteAudience::Person && reads(&method) =>
            {
                pages::to_sign_in(request.uri().path(), request.headers()).unwrap_or_else(IntoResponse::into_response)
            }
            (Err(problem), _) => problem.into_response(),
        };
        match response.extensions_mut().remove::<Problem>() {
            Some(problem) => {
                app.metrics.refused(&problem);
                render_problem(asker.audience, &app, &problem, &id, response)
            }
            None => response,
        }
    };
    let mut response = pages::in_session(asker.is_session, answering).await;
    if let Some(row) = row {
        let principal = response.extensions_mut().remove().unwrap_or(principal);
        let spoken_for = spoken_for.filter(|_| response.status().is_success());
        auth::audit::note(&principal, row, response.status(), &id, spoken_for.as_ref());
    }
    let told = response.extensions_mut().remove::<AnswerMetadata>();
    add_response_headers(&app, response.headers_mut(), &id, told.as_ref(), &asker);
    // What answers as the body arrives reads on while it answers well.
    if is_unread && !(row.is_some_and(streams_body) && response.status().is_success()) {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    let response = compress::gzip_response(response, asker.takes_gzip).await;

    let (status, took) = (response.status(), started.elapsed());
    app.metrics.answered(row, &method, status, took, told.as_ref());
    let told = told.unwrap_or_default();
    #[cfg(feature = "otlp")]
    app.spans.iter().for_each(|spans| spans.note(row, &method, status, took, &told));
    let (matched, left_out) = told.tally.map(|tally| (tally.matched, tally.left_out)).unzip();
    tracing::info!(
        request_id = id,
        method = method_label(&method),
        route = route.unwrap_or("none"),
        status = status.as_u16(),
        matched,
        left_out,
        generation = told.generation,
        cached = told.cached,
        ms = took.as_secs_f64() * 1000.0,
        "answered"
    );
    response
}

/// What the headers of a request say of whom the answer is for.
struct RequestContext {
    audience: RouteAudience,
    is_session: bool,
    takes_gzip: bool,
    /// The site whose script asks, where it is listed.
    origin: Option<HeaderValue>,
}

impl RequestContext {
    fn of(app: &AppState, row: Option<&Route>, request: &Request) -> Self {
        let headers = request.headers();
        let audience = row.map_or_else(|| audience_of(request.uri().path(), headers), |row| row.audience);
        Self {
            audience,
            is_session: audience == RouteAudience::Person && pages::is_session(app, headers),
            takes_gzip: compress::takes_gzip(headers),
            origin: row.and_then(|row| headers::listed_origin(&app.edge, row, headers)),
        }
    }
}

/// The headers of every answer.
fn add_response_headers(
    app: &AppState,
    headers: &mut HeaderMap,
    id: &str,
    told: Option<&AnswerMetadata>,
    asker: &RequestContext,
) {
    // Room for all of them at once.
    headers.reserve(16);
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    if let Some(told) = told {
        let age = Timestamp::now().duration_since(told.built_at).as_secs().max(0);
        headers.insert(DIRECTORY_AGE, HeaderValue::from(age));
    }
    headers::add_security_headers(headers, headers::uses_tls(&app.edge));
    if !app.edge.cors_origins.is_empty() && asker.audience != RouteAudience::Person {
        headers::vary(headers, "Origin");
    }
    if let Some(origin) = &asker.origin {
        headers::allow_origin(headers, origin);
    }
}

/// Who sends a request, and the place it holds while it is worked on, if it is let in. Whoever sends it is among its extensions.
async fn admit(app: &AppState, row: Option<&Route>, request: &mut Request) -> (Principal, Result<Option<Place>, Problem>) {
    if !names_one_host(request) {
        return (Principal::anyone(), Err(Problem::NoHost));
    }
    let peer = request.extensions().get::<ClientIp>().map(|peer| peer.0);
    let who = auth::authenticate(app, row, request.headers(), peer);
    let principal = who.clone().unwrap_or_else(|_| auth::anonymous(auth::origin(app, request.headers(), peer)));
    // What is no route counts, and is told so by the router.
    let Some(row) = row else {
        let counted = app.limits.check_rate(&principal, None);
        return (principal, counted.map(|()| None));
    };
    request.extensions_mut().insert(principal.clone());
    let admitted = match who {
        Ok(_) => admit_authenticated(app, row, &principal, request).await,
        // What is shown in vain is counted by itself, so that it keeps nobody out who comes from the same place.
        Err(problem) => Err(app.limits.count_failure(&principal.name).err().unwrap_or(problem)),
    };
    (principal, admitted)
}

/// Whether a request names the host it is for as HTTP wants it, in one field (RFC 9112, 3.2). HTTP/1.0 knows no such field, and what does not
/// come over a connection is for nobody else.
fn names_one_host(request: &Request) -> bool {
    let mut hosts = request.headers().get_all(HOST).iter();
    let is_host = |host: &HeaderValue| host.to_str().is_ok_and(|host| host.is_empty() || host.parse::<Authority>().is_ok());
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => is_host(host),
        (Some(_), Some(_)) => false,
        (None, _) => request.version() != Version::HTTP_11 || request.extensions().get::<ConnectionRef>().is_none(),
    }
}

/// The place of a request that is let in: what it shows is taken, it does not ask too much, and its body has arrived.
async fn admit_authenticated(
    app: &AppState,
    row: &Route,
    principal: &Principal,
    request: &mut Request,
) -> Result<Option<Place>, Problem> {
    app.limits.check_rate(principal, Some(row))?;
    auth::authorize(principal, row)?;
    // A program that accepts no JSON is told so before any work is done for it.
    if row.audience == RouteAudience::Program && !admits_json(request.headers()) {
        return Err(Problem::NotAcceptable);
    }
    match largest_body(row) {
        Some(largest) => buffer_body(request, largest).await?,
        None if row.method != RouteMethod::Get => unencoded(request.headers())?,
        None => {}
    }
    app.limits.acquire_slot(row)
}

/// The most bytes of a body that is waited for before a request takes its place; `None` where there is none, or where it is answered as
/// it arrives and bounds itself.
fn largest_body(row: &Route) -> Option<usize> {
    match (row.method, row.path) {
        (RouteMethod::Get, _) => None,
        _ if streams_body(row) => None,
        (_, path) if path.starts_with("/cds-services") => Some(LARGEST_CALL),
        _ => Some(LARGEST_BODY),
    }
}

/// Whether a body is answered as it arrives.
fn streams_body(row: &Route) -> bool {
    row.path == "/v1/matches:batch"
}

/// Whether the body of a request that was `admitted` so has been taken off the wire. Where it has not, the connection cannot go on.
fn has_arrived(row: Option<&Route>, admitted: &Result<Option<Place>, Problem>) -> bool {
    // There may be no place once the body has arrived, or what it is encoded in is damaged; every other refusal comes before.
    row.and_then(largest_body).is_some() && matches!(admitted, Ok(_) | Err(Problem::Busy | Problem::NotGzip))
}

/// The provider that a request says something of, for the audit.
async fn target_provider(row: Option<&Route>, request: &mut Request) -> Option<ProviderId> {
    row.filter(|row| row.method == RouteMethod::Put)?;
    let params = request.extract_parts::<RawPathParams>().await.ok()?;
    params.iter().find(|(name, _)| *name == "id").and_then(|(_, value)| value.parse().ok())
}

fn reads(method: &Method) -> bool {
    *method == Method::GET || *method == Method::HEAD
}

/// Who reads an answer where there is no route: whoever accepts HTML is a person, but for what is asked of FHIR.
fn audience_of(path: &str, headers: &HeaderMap) -> RouteAudience {
    if fhir::is_at(path) {
        return RouteAudience::Fhir;
    }
    let accepted = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
    if accepted.is_some_and(|accept| accept.contains("text/html")) { RouteAudience::Person } else { RouteAudience::Program }
}

/// `problem` as the audience reads it; what the router said of it, such as Allow, stays.
fn render_problem(audience: RouteAudience, app: &AppState, problem: &Problem, id: &str, mut bare: Response) -> Response {
    let page = match audience {
        RouteAudience::Person => pages::problem_page(app, problem, id).ok(),
        RouteAudience::Program | RouteAudience::Fhir | RouteAudience::Either => None,
    };
    if let Some(page) = page {
        let (parts, body) = page.into_parts();
        bare.headers_mut().extend(parts.headers);
        *bare.body_mut() = body;
        return bare;
    }
    let (body, content) = match audience {
        RouteAudience::Fhir => (fhir::problem_body(problem, id), format::CONTENT),
        _ => (problem.body(id), "application/problem+json"),
    };
    *bare.body_mut() = Body::from(body);
    let headers = bare.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    bare
}

/// The caller's id where it is 1 to 64 letters, digits, dots, hyphens and underscores, otherwise a new one: what is logged must not
/// hold anything that somebody typed.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get(&REQUEST_ID).and_then(|value| value.to_str().ok());
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let well_formed = |id: &&str| (1..=64).contains(&id.len()) && id.bytes().all(plain);
    given.filter(well_formed).map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}
