//! `/v1/referral-requests/{id}/providers/{provider}`: the state of one provider, and its answer link.

use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use crate::api_keys::Principal;
use crate::ledger::write::RepeatKey;
use crate::provider::ProviderId;
use crate::serve::api::referral_requests::{answered, with_directory, with_version};
use crate::serve::http::body::{json_body, rendered};
use crate::serve::http::extract::{CurrentPrincipal, StrictJson, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::http::write_conditions::{SecretRequest, WriteConditions};
use crate::serve::json::referral_request::{NewLinkJson, ReferralRequestJson};
use crate::serve::observation_records::hospital_of;
use crate::serve::random_bytes::random;
use crate::serve::referral_records::{ReferralRecorder, find, record_link, record_step};
use crate::serve::state::AppState;
use crate::statements::referral_request::answer_link::{AnswerLink, AnswerToken, LinkPin, SaltedPin};
use crate::statements::referral_request::body::{AnswerLinkBody, ReferralStepBody, RevokeLinkBody};
use crate::statements::referral_request::change::ReferralAction;
use crate::statements::referral_request::record::ReferralRequest;
use crate::statements::referral_request::{ReferralId, ReferralParty, ReferralState, parse};

/// The request and the provider in a path.
#[derive(Debug)]
pub(crate) struct AskedPath(pub(crate) ReferralId, pub(crate) ProviderId);

impl<S: Send + Sync> FromRequestParts<S> for AskedPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        #[expect(clippy::disallowed_types, reason = "wrapped here, so that its rejection never reaches a caller")]
        let texts = axum::extract::Path::<(String, String)>::from_request_parts(parts, state).await;
        let read = texts.ok().and_then(|texts| Some(Self(texts.0.0.parse().ok()?, texts.0.1.parse().ok()?)));
        read.ok_or(Problem::NoSuchReferral)
    }
}

/// Record the state of one provider
///
/// What a provider answered by telephone, that the request to it is withdrawn, or that the patient
/// chose it. A reply gives an outcome and answers about the provider by itself. Send `If-Match` with
/// the ETag of the request, so that nothing that another desk recorded meanwhile is replaced unseen.
#[utoipa::path(
    post,
    path = "/v1/referral-requests/{id}/providers/{provider}",
    operation_id = "record_referral_state",
    tag = "referrals",
    params(
        ("id" = String, Path, description = "The id of a request."),
        ("provider" = String, Path, description = "The id of a provider of the request."),
        ("If-Match" = Option<String>, Header, description = "The version that the caller has seen."),
        ("Idempotency-Key" = Option<String>, Header, description = "Identifies the call for 24 hours: the same call with the same key is recorded once."),
    ),
    request_body = ReferralStepBody,
    responses((
        status = 200,
        description = "The request as it is now",
        body = ReferralRequestJson,
        headers(("ETag" = String, description = "The new version.")),
    )),
)]
pub(crate) async fn step(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    AskedPath(id, provider): AskedPath,
    conditions: WriteConditions,
    body: StrictJson,
) -> Result<Response, Problem> {
    let request = find(&*app.served()?, id)?;
    let now = (app.now)().timestamp();
    let requested = parse::step(&body.read()?, &request, now).map_err(Problem::Invalid)?;
    let operation = format!("referral-requests {id} {provider}");
    let repeat = conditions.repeat(hospital_of(&app, &caller), &caller, &operation, &body.0, now.as_second());
    let who = ReferralRecorder::desk(&caller);
    let request = record_step(&app, who, (id, &provider), requested, &conditions, repeat).await?;
    answered(&app, &request, StatusCode::OK)
}

/// Make an answer link
///
/// A one-use link by which the provider answers without an account. The token is in this answer
/// alone; the server keeps a digest of it. It ends an earlier link of this provider; where one is
/// open, send `If-Match` with the ETag of the request, so that no link of another desk ends unseen.
#[utoipa::path(
    post,
    path = "/v1/referral-requests/{id}/providers/{provider}/link",
    operation_id = "make_answer_link",
    tag = "referrals",
    params(
        ("id" = String, Path, description = "The id of a request."),
        ("provider" = String, Path, description = "The id of a provider of the request."),
        ("If-Match" = Option<String>, Header, description = "The version that the caller has seen. Required where a link is open."),
        ("Idempotency-Key" = Option<String>, Header, description = "Identifies the request for 24 hours: the same request with the same key is recorded once, and gets the same secret. A UUID, or at least 20 characters."),
    ),
    request_body = AnswerLinkBody,
    responses((
        status = 201,
        description = "The link",
        body = NewLinkJson,
        headers(("ETag" = String, description = "The new version of the request.")),
    )),
)]
pub(crate) async fn make_link(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    AskedPath(id, provider): AskedPath,
    conditions: WriteConditions,
    body: StrictJson,
) -> Result<Response, Problem> {
    let now = (app.now)().timestamp();
    let (expires_at, pin) = parse::link(&body.read()?, now).map_err(Problem::Invalid)?;
    let (hospital, operation) = (hospital_of(&app, &caller), format!("link {id} {provider}"));
    let once = conditions.with_secret(hospital, &caller, &operation, &body.0, now.as_second())?;
    let made = new_link(&app, &caller, (id, &provider), (expires_at, pin.as_ref()), &conditions, once).await?;
    let NewLink { token, request } = made;
    // Of a call that is repeated, the link has the end of the first.
    let recorded = request.asked(&provider).and_then(|asked| asked.open_link(now));
    let recorded = recorded.filter(|link| link.digest == token.digest());
    let expires_at = recorded.map_or(expires_at, |link| link.expires_at);
    let path = format!("/r/{token}");
    let url = app.edge.public_url.as_ref().map(|own| format!("{}{path}", own.trim_end_matches('/')));
    let wire = NewLinkJson { path, url, expires_at, has_pin: pin.is_some() };
    let mut response = ([(CACHE_CONTROL, "no-store")], json_body(rendered(&wire)?)).into_response();
    *response.status_mut() = StatusCode::CREATED;
    Ok(with_directory(&*app.served()?, with_version(&request, response)))
}

/// Revoke an answer link
///
/// The link of this provider no longer works.
#[utoipa::path(
    post,
    path = "/v1/referral-requests/{id}/providers/{provider}/link/revoke",
    operation_id = "revoke_answer_link",
    tag = "referrals",
    params(
        ("id" = String, Path, description = "The id of a request."),
        ("provider" = String, Path, description = "The id of a provider of the request."),
        ("If-Match" = Option<String>, Header, description = "The version that the caller has seen."),
        ("Idempotency-Key" = Option<String>, Header, description = "Identifies the request for 24 hours: the same request with the same key is recorded once."),
    ),
    request_body = RevokeLinkBody,
    responses((
        status = 200,
        description = "The request as it is now",
        body = ReferralRequestJson,
        headers(("ETag" = String, description = "The new version.")),
    )),
)]
pub(crate) async fn revoke_link(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    AskedPath(id, provider): AskedPath,
    conditions: WriteConditions,
    body: StrictJson,
) -> Result<Response, Problem> {
    parse::revocation(&body.read()?).map_err(Problem::Invalid)?;
    let (operation, now) = (format!("revoke link {id} {provider}"), (app.now)().timestamp().as_second());
    let repeat = conditions.repeat(hospital_of(&app, &caller), &caller, &operation, &body.0, now);
    let request = revoke(&app, &caller, (id, &provider), &conditions, repeat).await?;
    answered(&app, &request, StatusCode::OK)
}

/// A new link.
pub(crate) struct NewLink {
    /// Its token, which is stored nowhere.
    pub(crate) token: AnswerToken,
    /// The request with the link.
    pub(crate) request: Arc<ReferralRequest>,
}

/// Makes a link, with its end and its PIN.
///
/// # Errors
/// The provider can no longer answer, another desk was faster, or the ledger is missing or failed.
pub(crate) async fn new_link(
    app: &AppState,
    caller: &Principal,
    (id, provider): (ReferralId, &ProviderId),
    (expires_at, pin): (Timestamp, Option<&LinkPin>),
    conditions: &WriteConditions,
    SecretRequest { secret, repeat }: SecretRequest,
) -> Result<NewLink, Problem> {
    let token = AnswerToken::new(secret);
    let salt = random()?;
    let pin = pin.map(|pin| SaltedPin { salt, digest: token.pin_digest(&salt, pin) });
    let link = AnswerLink { digest: token.digest(), expires_at, pin };
    let request = record_link(app, ReferralRecorder::desk(caller), id, (conditions, repeat), |request, now| {
        let asked = request.asked(provider).ok_or(Problem::NoSuchReferral)?;
        let may_answer = request.check(provider, ReferralState::Accepted, ReferralParty::Provider, now);
        may_answer.map_err(|_| {
            let why = format!("a provider does not answer in the state {}", asked.step.to.code());
            Problem::StepRefused { why }
        })?;
        Ok(ReferralAction::LinkMade { provider: provider.clone(), link })
    })
    .await?;
    Ok(NewLink { token, request })
}

/// Revokes the link of one provider.
///
/// # Errors
/// The request was not sent to it, another desk was faster, or the ledger is missing or failed.
pub(crate) async fn revoke(
    app: &AppState,
    caller: &Principal,
    (id, provider): (ReferralId, &ProviderId),
    conditions: &WriteConditions,
    repeat: Option<RepeatKey>,
) -> Result<Arc<ReferralRequest>, Problem> {
    record_link(app, ReferralRecorder::desk(caller), id, (conditions, repeat), |request, _| {
        request.asked(provider).ok_or(Problem::NoSuchReferral)?;
        Ok(ReferralAction::LinkRevoked { provider: provider.clone() })
    })
    .await
}
