//! `/v1/providers/{id}/invites`: invites for the staff of a provider to state what it takes.

use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::overlay::LiveDirectory;
use crate::provider::ProviderId;
use crate::serve::api::referral_requests::with_directory;
use crate::serve::http::body::{json_body, rendered};
use crate::serve::http::extract::{CurrentPrincipal, ProviderPath, StrictJson, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::http::write_conditions::WriteConditions;
use crate::serve::invite_records::{invites_of, make_invite, revoke_invite};
use crate::serve::json::provider_invite::{InviteJson, InviteListJson, NewInviteJson};
use crate::serve::observation_records::hospital_of;
use crate::serve::state::AppState;
use crate::statements::provider_invite::InviteId;
use crate::statements::provider_invite::body::{InviteBody, RevokeInviteBody, parse_invite, parse_revocation};
use crate::statements::referral_request::answer_link::AnswerToken;

/// The provider and the invite in a path.
#[derive(Debug)]
pub(crate) struct InvitePath(ProviderId, InviteId);

impl<S: Send + Sync> FromRequestParts<S> for InvitePath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        #[expect(clippy::disallowed_types, reason = "wrapped here, so that its rejection never reaches a caller")]
        let texts = axum::extract::Path::<(String, String)>::from_request_parts(parts, state).await;
        let read = texts.ok().and_then(|texts| Some(Self(texts.0.0.parse().ok()?, texts.0.1.parse().ok()?)));
        read.ok_or(Problem::NoSuchInvite)
    }
}

/// List the invites of a provider
///
/// Those of this hospital of the last 90 days. Their tokens are not stored.
#[utoipa::path(
    get,
    path = "/v1/providers/{id}/invites",
    operation_id = "list_provider_invites",
    tag = "statements",
    params(("id" = String, Path, description = "A provider's id.")),
    responses((status = 200, description = "The invites", body = InviteListJson)),
)]
pub(crate) async fn list(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    ProviderPath(id): ProviderPath,
) -> Result<Response, Problem> {
    let (served, now) = (app.served()?, (app.now)().timestamp());
    let own = own_id(&served, &id)?;
    let invites = invites_of(&served, &own).into_iter().map(|invite| InviteJson::new(invite, now)).collect();
    answered(&served, StatusCode::OK, &InviteListJson { invites })
}

/// Invite a provider
///
/// A link to a page where the staff of the provider state room, needs, limits, service area,
/// languages and the admissions line. It can be used until it ends or is revoked. The token is in
/// this answer alone; the server keeps a digest of it.
#[utoipa::path(
    post,
    path = "/v1/providers/{id}/invites",
    operation_id = "invite_provider",
    tag = "statements",
    params(
        ("id" = String, Path, description = "A provider's id."),
        ("Idempotency-Key" = Option<String>, Header, description = "Identifies the request for 24 hours: the same request with the same key is recorded once, and gets the same secret. A UUID, or at least 20 characters."),
    ),
    request_body = InviteBody,
    responses((status = 201, description = "The invite", body = NewInviteJson)),
)]
pub(crate) async fn create(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    ProviderPath(id): ProviderPath,
    CurrentPrincipal(caller): CurrentPrincipal,
    conditions: WriteConditions,
    body: StrictJson,
) -> Result<Response, Problem> {
    let now = (app.now)().timestamp();
    let (expires_at, pin) = parse_invite(&body.read()?, now).map_err(Problem::Invalid)?;
    conditions.without_version()?;
    let (hospital, operation) = (hospital_of(&app, &caller), format!("invites {id}"));
    let once = conditions.with_secret(hospital, &caller, &operation, &body.0, now.as_second())?;
    let (token, invite) = make_invite(&app, &caller, &id, (expires_at, pin.as_ref()), once).await?;
    let (path, url) = address_of(&app, &token);
    let wire = NewInviteJson { invite: InviteJson::new(&invite, now), path, url };
    answered(&*app.served()?, StatusCode::CREATED, &wire)
}

/// Revoke an invite
///
/// Its link no longer works. What was saved by it stays.
#[utoipa::path(
    post,
    path = "/v1/providers/{id}/invites/{invite}/revoke",
    operation_id = "revoke_provider_invite",
    tag = "statements",
    params(
        ("id" = String, Path, description = "A provider's id."),
        ("invite" = String, Path, description = "The id of an invite."),
        ("Idempotency-Key" = Option<String>, Header, description = "Identifies the request for 24 hours: the same request with the same key is recorded once."),
    ),
    request_body = RevokeInviteBody,
    responses((status = 200, description = "The invite as it is now", body = InviteJson)),
)]
pub(crate) async fn revoke(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    InvitePath(id, invite): InvitePath,
    CurrentPrincipal(caller): CurrentPrincipal,
    conditions: WriteConditions,
    body: StrictJson,
) -> Result<Response, Problem> {
    parse_revocation(&body.read()?).map_err(Problem::Invalid)?;
    // An invite can be revoked after its provider has left the directory.
    conditions.without_version()?;
    let (operation, now) = (format!("revoke invite {invite}"), (app.now)().timestamp().as_second());
    let repeat = conditions.repeat(hospital_of(&app, &caller), &caller, &operation, &body.0, now);
    let invite = revoke_invite(&app, &caller, &id, invite, repeat).await?;
    answered(&*app.served()?, StatusCode::OK, &InviteJson::new(&invite, (app.now)().timestamp()))
}

/// The path of the page that `token` opens, and its whole address.
pub(crate) fn address_of(app: &AppState, token: &AnswerToken) -> (String, Option<String>) {
    let path = format!("/provider-update/{token}");
    let url = app.edge.public_url.as_ref().map(|own| format!("{}{path}", own.trim_end_matches('/')));
    (path, url)
}

fn own_id(served: &LiveDirectory, id: &ProviderId) -> Result<ProviderId, Problem> {
    served.base().provider_of(id).map(|provider| provider.id.clone()).ok_or(Problem::NoSuchProvider)
}

fn answered(served: &LiveDirectory, status: StatusCode, wire: &impl Serialize) -> Result<Response, Problem> {
    let mut response = ([(CACHE_CONTROL, "no-store")], json_body(rendered(wire)?)).into_response();
    *response.status_mut() = status;
    Ok(with_directory(served, response))
}
