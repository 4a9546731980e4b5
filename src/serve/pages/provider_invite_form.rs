//! Makes and revokes invites on the page of a provider.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value};

use crate::api_keys::Principal;
use crate::provider::ProviderId;
use crate::serve::api::provider_invites::address_of;
use crate::serve::http::extract::{CurrentPrincipal, ProviderPath, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::http::write_conditions::SecretRequest;
use crate::serve::invite_records::{make_invite, revoke_invite};
use crate::serve::own_address::CopiedLink;
use crate::serve::pages::coded_form::CodedForm;
use crate::serve::pages::provider::invites::MadeInvite;
use crate::serve::pages::provider::provider_page;
use crate::serve::pages::session::see_other;
use crate::serve::state::AppState;
use crate::statements::provider_invite::body::parse_invite;
use crate::text::us_date::us_time;

/// The fields of the forms.
const FIELDS: [&str; 4] = ["record", "invite", "days", "pin"];

/// The fields of the forms of invites.
#[derive(Debug, utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the fields; the form is read by name")]
pub(crate) struct InviteForm {
    /// `make` or `revoke`.
    record: String,
    /// The id of the invite to revoke.
    invite: Option<String>,
    /// How many days the new invite is valid.
    days: Option<u32>,
    /// The PIN of the new invite.
    pin: Option<String>,
}

/// Invite a provider, or revoke an invite
#[utoipa::path(
    post,
    path = "/providers/{id}/invites",
    operation_id = "page_invite_provider",
    params(("id" = String, Path, description = "A provider's id.")),
    request_body(content = InviteForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303, description = "An invite was revoked; the browser goes back to the page of the provider.")),
)]
pub(crate) async fn change(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    ProviderPath(id): ProviderPath,
    headers: HeaderMap,
    form: CodedForm,
) -> Result<Response, Problem> {
    form.check(&FIELDS)?;
    let own = app.served()?.base().provider_of(&id).ok_or(Problem::NoSuchProvider)?.id.clone();
    if form.one("record") == "revoke" {
        let invite = form.one("invite").parse().map_err(|_| Problem::NoSuchInvite)?;
        revoke_invite(&app, &caller, &own, invite, None).await?;
        return Ok(see_other(&format!("/providers/{id}#statements")));
    }
    make(&app, &caller, &own, &headers, &form).await
}

async fn make(
    app: &AppState,
    caller: &Principal,
    own: &ProviderId,
    headers: &HeaderMap,
    form: &CodedForm,
) -> Result<Response, Problem> {
    let now = (app.now)();
    let mut body = Map::new();
    let days = form.one("days");
    if !days.is_empty() {
        body.insert("days".to_owned(), days.parse::<u32>().map_or_else(|_| Value::from(days), Value::from));
    }
    if !form.one("pin").is_empty() {
        body.insert("pin".to_owned(), form.one("pin").into());
    }
    let (expires_at, pin) = match parse_invite(&Value::Object(body), now.timestamp()) {
        Ok(read) => read,
        Err(faults) => {
            let note = faults.iter().map(|fault| fault.detail.clone()).collect::<Vec<_>>().join("; ");
            return provider_page(app, StatusCode::UNPROCESSABLE_ENTITY, own, None, Some(note));
        }
    };
    let (token, _) = make_invite(app, caller, own, (expires_at, pin.as_ref()), SecretRequest::random()?).await?;
    let (path, _) = address_of(app, &token);
    let made = MadeInvite {
        link: CopiedLink::new(&app.edge, headers, &path),
        until: us_time(expires_at, &now),
        has_pin: pin.is_some(),
    };
    provider_page(app, StatusCode::OK, own, Some(made), None)
}
