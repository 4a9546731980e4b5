//! Answers a request: an id, the headers of every answer, gzip, problems in the reader's format,
//! the counts, and one line in the log without user input.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::header::CONNECTION;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use tokio::runtime::Handle;
use uuid::Uuid;

use crate::api_keys::Principal;
use crate::hospital_id::HospitalId;
use crate::serve::http::answer_metadata::{AnswerMetadata, AuditedAction};
use crate::serve::http::listen::ConnectionRef;
use crate::serve::http::middleware::admit::{Admission, admit};
use crate::serve::http::middleware::pipeline_state::{PipelineState, PipelineTarget};
use crate::serve::http::middleware::render_problem::{ToldProblem, guess_audience, render_problem};
use crate::serve::http::problem::Problem;
use crate::serve::http::route::{Route, RouteAudience, RouteBody, RouteWork};
use crate::serve::http::site_handler::call_with_state;
use crate::serve::http::throttle::RateLeft;
use crate::serve::http::{auth, compress, headers};
use crate::serve::metrics::counters::method_label;
use crate::serve::pages;
use crate::serve::state::AppState;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// What one caller may send, and what it may still send (draft-ietf-httpapi-ratelimit-headers).
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// Seconds since the directory was built. In a header, because equal answers have equal bodies.
const DIRECTORY_AGE: HeaderName = HeaderName::from_static("x-directory-age-seconds");

/// An answer, and what the audit needs to know of it.
pub(crate) struct AnsweredRequest {
    pub response: Response,
    /// The caller after the request: signing in changes it.
    pub principal: Principal,
    /// Its hospital, if the server has several.
    pub hospital: Option<HospitalId>,
    /// What it did, if the route alone does not say it.
    pub action: Option<AuditedAction>,
    /// The id of the request in the log.
    pub request_id: String,
}

/// Answers `request`.
pub(crate) async fn answer(state: &PipelineState, mut request: Request, next: Next) -> AnsweredRequest {
    let started = Instant::now();
    let route = state.route();
    let context = RequestContext::new(state, &request);
    let method = request.method().clone();
    let preflight = preflight(state, &request);
    let Admission { principal, app: site, place, has_unread_body } = admit(&state.app, route, &mut request).await;
    let app = &*site;
    let rate = request.extensions().get::<RateLeft>().and_then(|left| app.limits.rate_headers(*left));
    if let Some(line) = request.extensions().get::<ConnectionRef>() {
        line.mark_working();
    }
    let answering = async {
        let answered = match (place, preflight) {
            (Ok(_), Some(allowed)) => allowed,
            (Ok(_place), None) => call_handler(state, &site, &principal, context.is_session, request, next).await,
            (Err(problem), _) => refuse(problem, &context, &method, request.uri().path(), request.headers()),
        };
        with_problem_rendered(state, app, &context, answered)
    };
    let mut response = pages::in_session(context.is_session, answering).await;
    let principal = response.extensions_mut().remove().unwrap_or(principal);
    let action = response.extensions_mut().remove();
    let mut metadata = response.extensions_mut().remove::<AnswerMetadata>();
    if let Some(told) = metadata.as_mut().filter(|_| app.hospital.counts_unmet_needs) {
        app.unmet.note(&principal, std::mem::take(&mut told.unmet));
    }
    add_response_headers(app, response.headers_mut(), metadata.as_ref(), &context);
    if let Some([policy, state]) = rate {
        response.headers_mut().insert(RATE_LIMIT_POLICY, policy);
        response.headers_mut().insert(RATE_LIMIT, state);
    }
    // A handler of a streamed body keeps reading while it answers successfully.
    let reads_on = route.is_some_and(|route| route.policy.body == RouteBody::Streamed) && response.status().is_success();
    // The connections of a server that stops end with their next answer, so that none is cut while a request is on its way.
    if (has_unread_body && !reads_on) || app.is_stopping.load(Ordering::Relaxed) {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    let response = compress::gzip_response(response, context.takes_gzip).await;
    record(app, route, &method, &response, metadata, &context, started);
    AnsweredRequest { response, principal, hospital: app.one_of_several().cloned(), action, request_id: context.id }
}

/// What the head of a request decides about its answer.
struct RequestContext {
    /// The id of the request in the log.
    id: String,
    audience: RouteAudience,
    is_session: bool,
    takes_gzip: bool,
    /// The site whose script sends the request, if it is listed.
    origin: Option<HeaderValue>,
    /// The target of the request, to find similar ones. It is user input and never shown.
    uri: Uri,
    /// The path as the router spells it, if the path does not take the method: never the path of
    /// the request, which is user input.
    other_path: Option<MatchedPath>,
}

impl RequestContext {
    fn new(state: &PipelineState, request: &Request) -> Self {
        let headers = request.headers();
        let guess = || guess_audience(request.uri().path(), headers);
        let audience = state.route().map_or_else(guess, |route| route.policy.audience);
        Self {
            id: request_id(headers),
            audience,
            is_session: audience == RouteAudience::Person && pages::is_session(&state.app, headers),
            takes_gzip: compress::takes_gzip(headers),
            origin: state.route().and_then(|route| headers::listed_origin(&state.app.edge, route, headers)),
            uri: request.uri().clone(),
            other_path: state.route().is_none().then(|| request.extensions().get().cloned()).flatten(),
        }
    }
}

/// The caller's id if it is 1 to 64 letters, digits, dots, hyphens and underscores, otherwise a new
/// one: the log must not hold user input.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get(&REQUEST_ID).and_then(|value| value.to_str().ok());
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let well_formed = |id: &&str| (1..=64).contains(&id.len()) && id.bytes().all(plain);
    given.filter(well_formed).map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}

/// The answer to a CORS preflight request to this path.
fn preflight(state: &PipelineState, request: &Request) -> Option<Response> {
    let PipelineTarget::Nowhere(known) = state.target else { return None };
    let path = request.extensions().get::<MatchedPath>()?;
    headers::preflight(&state.app.edge, request.method(), request.headers(), |method| (known.find)(method, path.as_str()))
}

/// Calls the handler, in the pool for long work if the route says so.
async fn call_handler(
    state: &PipelineState,
    app: &Arc<AppState>,
    principal: &Principal,
    is_session: bool,
    request: Request,
    next: Next,
) -> Response {
    let (handler, site) = (state.handler.filter(|_| app.one_of_several().is_some()), Arc::clone(app));
    let answer = async move {
        match handler {
            Some(handler) => call_with_state(handler, &site, request).await,
            None => next.run(request).await,
        }
    };
    if state.route().is_none_or(|route| route.policy.work != RouteWork::Heavy) {
        return answer.await;
    }
    let answer = pages::in_session(is_session, answer);
    let runtime = Handle::current();
    app.heavy.run(principal, move || runtime.block_on(answer)).await.unwrap_or_else(IntoResponse::into_response)
}

/// The answer to a rejected request: a browser without a credential is sent to sign in.
fn refuse(problem: Problem, context: &RequestContext, method: &Method, path: &str, headers: &HeaderMap) -> Response {
    let shows_nothing = matches!(problem, Problem::Unauthorized { why: auth::NOBODY });
    let reads = *method == Method::GET || *method == Method::HEAD;
    if shows_nothing && reads && context.audience == RouteAudience::Person {
        return pages::to_sign_in(path, headers).unwrap_or_else(IntoResponse::into_response);
    }
    problem.into_response()
}

/// `response`; if it is a problem, as the audience reads it.
fn with_problem_rendered(
    state: &PipelineState,
    app: &AppState,
    context: &RequestContext,
    mut response: Response,
) -> Response {
    let Some(problem) = response.extensions_mut().remove::<Problem>() else { return response };
    state.app.metrics.refused(&problem);
    let near = near_misses(state, &problem, context.uri.path());
    render_problem(context.audience, app, ToldProblem { problem: &problem, id: &context.id, near: &near }, response)
}

/// Paths and ids that exist and are similar to those of the request: never what was typed.
fn near_misses(state: &PipelineState, problem: &Problem, path: &str) -> Vec<String> {
    match (problem, state.target) {
        (Problem::NoSuchRoute, PipelineTarget::Nowhere(known)) => (known.near)(path),
        (Problem::NoSuchProvider, PipelineTarget::Route(_)) => {
            let mut parts = path.split('/').skip_while(|part| *part != "providers").skip(1);
            let typed = parts.next().unwrap_or_default().replace("%3A", ":").replace("%3a", ":");
            state.app.catalog.current().map(|catalog| catalog.ids_near(&typed)).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// The headers of every answer.
fn add_response_headers(
    app: &AppState,
    headers: &mut HeaderMap,
    metadata: Option<&AnswerMetadata>,
    context: &RequestContext,
) {
    // Room for all of them at once.
    headers.reserve(16);
    if let Ok(id) = HeaderValue::from_str(&context.id) {
        headers.insert(REQUEST_ID, id);
    }
    if let Some(metadata) = metadata {
        let age = Timestamp::now().duration_since(metadata.built_at).as_secs().max(0);
        headers.insert(DIRECTORY_AGE, HeaderValue::from(age));
    }
    headers::add_security_headers(headers, headers::uses_tls(&app.edge));
    if !app.edge.cors_origins.is_empty() && context.audience != RouteAudience::Person {
        headers::vary(headers, "Origin");
    }
    if let Some(origin) = &context.origin {
        headers::allow_origin(headers, origin);
    }
}

/// Counts an answer and logs it.
fn record(
    app: &AppState,
    route: Option<&'static Route>,
    method: &Method,
    response: &Response,
    metadata: Option<AnswerMetadata>,
    context: &RequestContext,
    started: Instant,
) {
    let (status, took) = (response.status(), started.elapsed());
    app.metrics.answered(route, method, status, took, metadata.as_ref());
    app.one_of_several().into_iter().for_each(|hospital| app.metrics.answered_for(hospital, status));
    let metadata = metadata.unwrap_or_default();
    #[cfg(feature = "otlp")]
    app.spans.iter().for_each(|spans| spans.note(route, method, status, took, &metadata));
    let (matched, left_out) = metadata.tally.map(|tally| (tally.matched, tally.left_out)).unzip();
    let path = route.map(|route| route.path.as_str()).or(context.other_path.as_ref().map(MatchedPath::as_str));
    tracing::info!(
        request_id = context.id,
        method = method_label(method),
        route = path.unwrap_or("none"),
        status = status.as_u16(),
        hospital = app.one_of_several().map(HospitalId::as_str),
        matched,
        left_out,
        generation = metadata.generation,
        cached = metadata.cached,
        ms = took.as_secs_f64() * 1000.0,
        "answered"
    );
}
