//! The request bodies of invites, and their parsing.

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use crate::input::declare::input;
use crate::input::errors::FieldErrors;
use crate::input::field::InputType;
use crate::input::place::FieldPlace;
use crate::input::schema::NamedSchema;
use crate::statements::provider_invite::{INVITE_DAYS, USUAL_INVITE_DAYS};
use crate::statements::referral_request::answer_link::LinkPin;

input! {
    /// An invite for one provider.
    pub(crate) struct InviteBody as "ProviderInviteMade" {
        /// How many days it is valid.
        days: InviteDays, usual(USUAL_INVITE_DAYS);
        /// A PIN of 4 to 6 digits that the staff must type. Tell it by another channel than the link.
        pin: LinkPin;
    }
}

input! {
    /// Revokes an invite.
    pub(crate) struct RevokeInviteBody as "ProviderInviteRevoked" {
        /// Must be true.
        revoke: bool, required("revoke the invite?", || Some("true".to_owned()));
    }
}

/// One of [`INVITE_DAYS`].
#[derive(Debug)]
pub(crate) struct InviteDays;

impl InputType for InviteDays {
    type Value = u32;

    fn read(value: &Value, at: FieldPlace, faults: &mut FieldErrors) -> Option<u32> {
        let days = INVITE_DAYS.into_iter().find(|days| value.as_f64() == Some(f64::from(*days)));
        if days.is_none() {
            let code = if value.is_number() { "out_of_range" } else { "wrong_type" };
            let known = INVITE_DAYS.map(|days| days.to_string()).join(", ");
            faults.add(at, code, format!("expected one of {known}"), None);
        }
        days
    }

    fn describe(_: &mut Vec<NamedSchema>) -> Value {
        json!({"type": "integer", "enum": INVITE_DAYS})
    }
}

/// Parses when an invite made at `now` ends, and its PIN.
///
/// # Errors
/// Every field that is wrong.
pub(crate) fn parse_invite(raw: &Value, now: Timestamp) -> Result<(Timestamp, Option<LinkPin>), FieldErrors> {
    let mut faults = FieldErrors::default();
    let body = InviteBody::read(raw, FieldPlace::ROOT, &mut faults);
    match body.and_then(|body| Some((*body.days.given()?, body.pin.given().cloned()))) {
        Some((days, pin)) => faults.or((now.saturating_add((i64::from(days) * 24).hours()).unwrap_or(now), pin)),
        None => Err(faults),
    }
}

/// Parses the order to revoke an invite.
///
/// # Errors
/// It is not one.
pub(crate) fn parse_revocation(raw: &Value) -> Result<(), FieldErrors> {
    let mut faults = FieldErrors::default();
    let body = RevokeInviteBody::read(raw, FieldPlace::ROOT, &mut faults);
    if let Some(field) = body.map(|body| body.revoke).filter(|field| field.given() == Some(&false)) {
        faults.add(field.at, "does_not_apply", "an invite that is not revoked needs no request", None);
    }
    faults.or(())
}
