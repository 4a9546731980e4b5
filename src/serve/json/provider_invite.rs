//! Invites of a provider as JSON.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::serve::openapi::enums;
use crate::statements::provider_invite::{InviteState, ProviderInvite};

/// An invite. Its token is not in it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProviderInvite)]
pub(crate) struct InviteJson {
    /// Its random id. It does not open the page.
    id: String,
    /// The provider that is invited, by its id in the directory.
    provider: String,
    /// When it was made.
    made_at: Timestamp,
    /// When it ends.
    expires_at: Timestamp,
    /// Whether it requires a PIN.
    has_pin: bool,
    /// Whether it can be used.
    #[schema(value_type = enums::InviteState)]
    state: &'static str,
    /// When the provider last saved its statements by it; null if never.
    #[schema(required)]
    saved_at: Option<Timestamp>,
}

impl InviteJson {
    /// `invite` as it is at `now`.
    pub(crate) fn new(invite: &ProviderInvite, now: Timestamp) -> Self {
        Self {
            id: invite.id.to_string(),
            provider: invite.provider.to_string(),
            made_at: invite.made_at,
            expires_at: invite.link.expires_at,
            has_pin: invite.link.pin.is_some(),
            state: InviteState::code(invite.state(now)),
            saved_at: invite.saved_at,
        }
    }
}

/// The invites of a provider.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProviderInviteList)]
pub(crate) struct InviteListJson {
    /// Each invite of the last 90 days, newest first.
    pub(crate) invites: Vec<InviteJson>,
}

/// A new invite. Its token is shown this once and stored nowhere.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewProviderInvite)]
pub(crate) struct NewInviteJson {
    /// The invite.
    pub(crate) invite: InviteJson,
    /// The path of the page, to append to the address of the server.
    pub(crate) path: String,
    /// The whole address, if the server knows its own.
    #[schema(required)]
    pub(crate) url: Option<String>,
}
