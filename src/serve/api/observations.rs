//! `GET` and `POST /v1/observations`: what units of the hospital heard from providers by telephone.
//!
//! An answer counts as soon as it is recorded. A later answer to the same question replaces it, and
//! a withdrawal ends it; both stay in the history.

use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use axum::http::header::{CACHE_CONTROL, ETAG};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::input::errors::FieldErrors;
use crate::overlay::LiveDirectory;
use crate::provider::ProviderId;
use crate::serve::http::answer_metadata::AnswerMetadata;
use crate::serve::http::body::{json_body, rendered};
use crate::serve::http::extract::{CurrentPrincipal, QueryParams, StrictJson, StrictQuery, field_error};
use crate::serve::http::problem::Problem;
use crate::serve::http::write_conditions::WriteConditions;
use crate::serve::json::observation::ObservationJson;
use crate::serve::list_page::ListPage;
use crate::serve::observation_records::{
    find_repeated, heard_of, hospital_of, read_heard, record, version_of, withdrawal_of,
};
use crate::serve::state::AppState;
use crate::statements::observation::{Observation, ObservationId};
use crate::statements::observation_parse;
use crate::statements::observation_request::{ObservationsRequest, WithdrawRequest};

/// The provider whose observations are read, and where the page begins.
#[derive(Debug)]
pub(crate) struct ObservedProvider {
    id: Option<ProviderId>,
    cursor: Option<String>,
}

impl QueryParams for ObservedProvider {
    const KNOWN: &'static [&'static str] = &["provider", "cursor"];

    fn read(value: impl Fn(&str) -> Option<String>, faults: &mut FieldErrors) -> Self {
        let Some(typed) = value("provider") else {
            let hint = Some("its id, such as ccn:425003".to_owned());
            faults.push(field_error("?provider", "missing", "which provider?", hint));
            return Self { id: None, cursor: None };
        };
        let id = typed.parse().map_err(|error: crate::provider::ParseProviderIdError| {
            faults.push(field_error("?provider", "not_an_id", &error.to_string(), None));
        });
        Self { id: id.ok(), cursor: value("cursor") }
    }
}

/// The id of an observation in a path.
#[derive(Debug)]
pub(crate) struct ObservationPath(ObservationId);

impl<S: Send + Sync> FromRequestParts<S> for ObservationPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        #[expect(clippy::disallowed_types, reason = "wrapped here, so that its rejection never reaches a caller")]
        let text = axum::extract::Path::<String>::from_request_parts(parts, state).await;
        let id = text.ok().and_then(|text| text.0.parse().ok());
        id.map(Self).ok_or(Problem::NoSuchObservation)
    }
}

/// Read what was heard of a provider
///
/// The hospital's observations of a provider, newest first, with those that no longer count. At
/// most 100 at a time; send `next_cursor` as `cursor` for the next page. The ETag is their version,
/// for `If-Match`.
#[utoipa::path(
    get,
    path = "/v1/observations",
    operation_id = "read_observations",
    tag = "statements",
    params(
        ("provider" = String, Query, description = "A provider's id."),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before."),
    ),
    responses((
        status = 200,
        description = "The observations",
        body = ObservationsJson,
        headers(("ETag" = String, description = "The version of the observations of the provider.")),
    )),
)]
pub(crate) async fn read(
    State(app): State<Arc<AppState>>,
    StrictQuery(ObservedProvider { id, cursor }): StrictQuery<ObservedProvider>,
) -> Result<Response, Problem> {
    let served = app.served()?;
    let id = id.ok_or(Problem::NoSuchProvider)?;
    let own = served.base().provider_of(&id).ok_or(Problem::NoSuchProvider)?.id.clone();
    let page = heard_of(&served, &own, cursor.as_deref())?;
    answered(&served, Some(&own), page, StatusCode::OK)
}

/// Report what was heard by telephone
///
/// Answers about needs, limits, coverage and room. The next question is answered with them, below
/// the provider's own statements. Send `If-Match` with the ETag of the observations of a provider,
/// so that nothing that another desk recorded meanwhile is replaced unseen; send `Idempotency-Key`
/// with a new value for each request, so that it can be sent again.
#[utoipa::path(
    post,
    path = "/v1/observations",
    operation_id = "report_observations",
    tag = "statements",
    params(
        ("If-Match" = Option<String>, Header, description = "The version that the caller has seen; for answers of one provider only."),
        ("Idempotency-Key" = Option<String>, Header, description = "Identifies the request for 24 hours: the same request with the same key is recorded once."),
    ),
    request_body = ObservationsRequest,
    responses((
        status = 201,
        description = "The observations are recorded",
        body = ObservationsJson,
        headers(("ETag" = String, description = "The new version, if all are of one provider.")),
    )),
)]
pub(crate) async fn report(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    conditions: WriteConditions,
    body: StrictJson,
) -> Result<Response, Problem> {
    let served = app.served()?;
    let raw = body.read()?;
    let heard = read_heard(&app, &served, |context| observation_parse::observations(&raw, context));
    let heard = heard.map_err(Problem::Invalid)?;
    let now = (app.now)().timestamp().as_second();
    let repeat = conditions.repeat(hospital_of(&app, &caller), &caller, "observations", &body.0, now);
    let records = record(&app, &caller, heard, &conditions, repeat).await?;
    recorded(&app, &records)
}

/// Withdraw an observation
///
/// It no longer counts, nor does an earlier answer to the same question. It stays in the history.
#[utoipa::path(
    post,
    path = "/v1/observations/{id}/withdraw",
    operation_id = "withdraw_observation",
    tag = "statements",
    params(
        ("id" = String, Path, description = "The id of an observation."),
        ("If-Match" = Option<String>, Header, description = "The version that the caller has seen."),
        ("Idempotency-Key" = Option<String>, Header, description = "Identifies the request for 24 hours: the same request with the same key is recorded once."),
    ),
    request_body = WithdrawRequest,
    responses((
        status = 201,
        description = "The withdrawal is recorded",
        body = ObservationsJson,
        headers(("ETag" = String, description = "The new version.")),
    )),
)]
pub(crate) async fn withdraw(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    ObservationPath(id): ObservationPath,
    conditions: WriteConditions,
    body: StrictJson,
) -> Result<Response, Problem> {
    let served = app.served()?;
    let unit = observation_parse::withdrawal(&body.read()?, &app.hospital.units).map_err(Problem::Invalid)?;
    let now = (app.now)().timestamp().as_second();
    let operation = format!("withdraw {id}");
    let repeat = conditions.repeat(hospital_of(&app, &caller), &caller, &operation, &body.0, now);
    let records = match withdrawal_of(&served, id, unit) {
        Ok(heard) => record(&app, &caller, vec![heard], &conditions, repeat).await?,
        // The first request has withdrawn it, if this is a repetition.
        Err(refused) => find_repeated(&app, repeat).await?.ok_or(refused)?,
    };
    recorded(&app, &records)
}

/// What was recorded, as it counts now.
fn recorded(app: &AppState, records: &[Arc<Observation>]) -> Result<Response, Problem> {
    let served = app.served()?;
    let first = records.first().map(|heard| &heard.provider);
    let only = first.filter(|provider| records.iter().all(|heard| heard.provider == **provider));
    let items: Vec<&Observation> = records.iter().map(Arc::as_ref).collect();
    answered(&served, only, ListPage { items, next_cursor: None }, StatusCode::CREATED)
}

fn answered(
    served: &LiveDirectory,
    own: Option<&ProviderId>,
    page: ListPage<&Observation>,
    status: StatusCode,
) -> Result<Response, Problem> {
    let observations = page.items.into_iter().map(|heard| ObservationJson::new(served, heard)).collect();
    let wire = ObservationsJson { observations, next_cursor: page.next_cursor };
    let mut response = ([(CACHE_CONTROL, "no-store")], json_body(rendered(&wire)?)).into_response();
    *response.status_mut() = status;
    let version = own.and_then(|own| HeaderValue::from_str(&format!("\"{}\"", version_of(served, own))).ok());
    if let Some(version) = version {
        response.headers_mut().insert(ETAG, version);
    }
    response.extensions_mut().insert(AnswerMetadata::of(served.base().manifest()));
    Ok(response)
}

/// Observations of a provider.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ObservationsAnswer)]
struct ObservationsJson<'a> {
    /// Each observation.
    observations: Vec<ObservationJson<'a>>,
    /// Send it as `cursor` for the next page; null on the last.
    #[schema(required)]
    next_cursor: Option<String>,
}
