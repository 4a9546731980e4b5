//! `/v1/referral-requests`: makes and reads referral requests, and follows them.

use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use axum::http::header::{CACHE_CONTROL, ETAG};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::input::errors::FieldErrors;
use crate::overlay::LiveDirectory;
use crate::serve::board::check_unit;
use crate::serve::http::answer_metadata::AnswerMetadata;
use crate::serve::http::body::{json_body, rendered};
use crate::serve::http::extract::{CurrentPrincipal, QueryParams, StrictJson, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::http::write_conditions::WriteConditions;
use crate::serve::json::referral_request::{ReferralListJson, ReferralRequestJson, ReferralView};
use crate::serve::list_page::ListPage;
use crate::serve::observation_records::{hospital_of, read_heard};
use crate::serve::referral_records::{find, make, open_requests_page};
use crate::serve::referral_streams;
use crate::serve::state::AppState;
use crate::statements::referral_request::body::ReferralBody;
use crate::statements::referral_request::record::ReferralRequest;
use crate::statements::referral_request::{ReferralId, parse};

/// The id of a request in a path.
#[derive(Debug)]
pub(crate) struct ReferralPath(pub(crate) ReferralId);

impl<S: Send + Sync> FromRequestParts<S> for ReferralPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        #[expect(clippy::disallowed_types, reason = "wrapped here, so that its rejection never reaches a caller")]
        let text = axum::extract::Path::<String>::from_request_parts(parts, state).await;
        let id = text.ok().and_then(|text| text.0.parse().ok());
        id.map(Self).ok_or(Problem::NoSuchReferral)
    }
}

/// The unit whose requests are listed, and where the page begins.
#[derive(Debug)]
pub(crate) struct ListedUnit {
    unit: Option<String>,
    cursor: Option<String>,
}

impl QueryParams for ListedUnit {
    const KNOWN: &'static [&'static str] = &["unit", "cursor"];

    fn read(value: impl Fn(&str) -> Option<String>, _: &mut FieldErrors) -> Self {
        Self { unit: value("unit"), cursor: value("cursor") }
    }
}

/// Ask several providers
///
/// A referral request with reason codes, without anything that identifies the patient. It is sent
/// only with `patient_agreed`. The caller keeps its id.
#[utoipa::path(
    post,
    path = "/v1/referral-requests",
    operation_id = "make_referral_request",
    tag = "referrals",
    params((
        "Idempotency-Key" = Option<String>,
        Header,
        description = "Identifies the call for 24 hours: the same call with the same key makes one request.",
    )),
    request_body = ReferralBody,
    responses((
        status = 201,
        description = "The request is recorded",
        body = ReferralRequestJson,
        headers(("ETag" = String, description = "The version of the request, for `If-Match`.")),
    )),
)]
pub(crate) async fn create(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    conditions: WriteConditions,
    body: StrictJson,
) -> Result<Response, Problem> {
    let served = app.served()?;
    let raw = body.read()?;
    let now = (app.now)().timestamp();
    let details = read_heard(&app, &served, |context| parse::request(&raw, context, now)).map_err(Problem::Invalid)?;
    conditions.without_version()?;
    let hospital = hospital_of(&app, &caller);
    let repeat = conditions.repeat(hospital, &caller, "referral-requests", &body.0, now.as_second());
    let request = make(&app, &caller, details, repeat).await?;
    answered(&app, &request, StatusCode::CREATED)
}

/// List the open requests
///
/// Requests by which a patient still needs a place, oldest first: of one unit, or of the hospital. At
/// most 100 at a time; send `next_cursor` as `cursor` for the next page.
#[utoipa::path(
    get,
    path = "/v1/referral-requests",
    operation_id = "list_referral_requests",
    tag = "referrals",
    params(
        ("unit" = Option<String>, Query, description = "A unit from the list in `hospital.toml`."),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before."),
    ),
    responses((status = 200, description = "The open requests", body = ReferralListJson)),
)]
pub(crate) async fn list(
    State(app): State<Arc<AppState>>,
    StrictQuery(ListedUnit { unit, cursor }): StrictQuery<ListedUnit>,
) -> Result<Response, Problem> {
    let served = app.served()?;
    check_unit(&app, unit.as_ref())?;
    let ListPage { items: requests, next_cursor } = open_requests_page(&served, unit.as_deref(), cursor.as_deref())?;
    let view = ReferralView { served: &served, now: (app.now)().timestamp() };
    let requests = requests.iter().map(|request| ReferralRequestJson::new(view, request)).collect();
    let wire = ReferralListJson { requests, next_cursor };
    let response = ([(CACHE_CONTROL, "no-store")], json_body(rendered(&wire)?)).into_response();
    Ok(with_directory(&served, response))
}

/// Read a request
///
/// Its providers with their states and clocks. The ETag is its version.
#[utoipa::path(
    get,
    path = "/v1/referral-requests/{id}",
    operation_id = "read_referral_request",
    tag = "referrals",
    params(("id" = String, Path, description = "The id of a request.")),
    responses((
        status = 200,
        description = "The request",
        body = ReferralRequestJson,
        headers(("ETag" = String, description = "The version of the request, for `If-Match`.")),
    )),
)]
pub(crate) async fn read(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    ReferralPath(id): ReferralPath,
) -> Result<Response, Problem> {
    let request = find(&*app.served()?, id)?;
    answered(&app, &request, StatusCode::OK)
}

/// Follow a request
///
/// Server-sent events: the event `request` has the whole request as JSON, at once and after each
/// change. A comment is sent every 15 seconds. The stream ends after ten minutes and when the
/// server stops; an `EventSource` then opens the next one.
#[utoipa::path(
    get,
    path = "/v1/referral-requests/{id}/events",
    operation_id = "follow_referral_request",
    tag = "referrals",
    params(("id" = String, Path, description = "The id of a request.")),
    responses((status = 200, description = "The events", body = String, content_type = "text/event-stream")),
)]
pub(crate) async fn events(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    ReferralPath(id): ReferralPath,
) -> Result<Response, Problem> {
    referral_streams::events(app, &caller, id)
}

/// `request` as it is now, with its version.
pub(crate) fn answered(app: &AppState, request: &ReferralRequest, status: StatusCode) -> Result<Response, Problem> {
    let served = app.served()?;
    let view = ReferralView { served: &served, now: (app.now)().timestamp() };
    let wire = ReferralRequestJson::new(view, request);
    let mut response = ([(CACHE_CONTROL, "no-store")], json_body(rendered(&wire)?)).into_response();
    *response.status_mut() = status;
    Ok(with_directory(&served, with_version(request, response)))
}

/// `response` with the version of `request`.
pub(crate) fn with_version(request: &ReferralRequest, mut response: Response) -> Response {
    if let Ok(version) = HeaderValue::from_str(&format!("\"{}\"", request.version)) {
        response.headers_mut().insert(ETAG, version);
    }
    response
}

/// `response` with the age of the directory that names its providers.
pub(crate) fn with_directory(served: &LiveDirectory, mut response: Response) -> Response {
    response.extensions_mut().insert(AnswerMetadata::of(served.base().manifest()));
    response
}
