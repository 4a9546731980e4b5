//! The row of a change of an invite. The format is fixed, as for every event: see
//! [`crate::ledger::rows`].

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::ledger::stored_referral::{from_hex, read_optional};
use crate::statements::provider_invite::{InviteAction, InviteChange, InviteId};
use crate::statements::referral_request::answer_link::{AnswerLink, SaltedPin};
use crate::text::hex::to_hex;

/// The group of the changes of one invite of `hospital`, in the order of their numbers.
pub(crate) fn changes_of_invite(hospital: &impl ToString, invite: InviteId) -> String {
    format!("{} invite {invite}", hospital.to_string())
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredInviteChange {
    id: String,
    invite: String,
    hospital: String,
    provider: String,
    principal: String,
    made_on: Date,
    at: Timestamp,
    what: StoredInviteAction,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum StoredInviteAction {
    Made { digest: String, expires_at: Timestamp, pin: Option<(String, String)> },
    Saved,
    PinMissed,
    Revoked,
}

impl From<&InviteChange> for StoredInviteChange {
    fn from(change: &InviteChange) -> Self {
        Self {
            id: change.id.to_string(),
            invite: change.invite.to_string(),
            hospital: change.hospital.to_string(),
            provider: change.provider.to_string(),
            principal: change.principal.clone(),
            made_on: change.made_on,
            at: change.at,
            what: match change.what {
                InviteAction::Made(link) => StoredInviteAction::Made {
                    digest: to_hex(&link.digest),
                    expires_at: link.expires_at,
                    pin: link.pin.map(|pin| (to_hex(&pin.salt), to_hex(&pin.digest))),
                },
                InviteAction::Saved => StoredInviteAction::Saved,
                InviteAction::PinMissed => StoredInviteAction::PinMissed,
                InviteAction::Revoked => StoredInviteAction::Revoked,
            },
        }
    }
}

impl StoredInviteChange {
    pub(crate) fn read(self) -> Option<InviteChange> {
        Some(InviteChange {
            id: self.id.parse().ok()?,
            invite: self.invite.parse().ok()?,
            hospital: self.hospital.parse().ok()?,
            provider: self.provider.parse().ok()?,
            principal: self.principal,
            made_on: self.made_on,
            at: self.at,
            what: self.what.read()?,
        })
    }
}

impl StoredInviteAction {
    fn read(self) -> Option<InviteAction> {
        Some(match self {
            Self::Made { digest, expires_at, pin } => {
                let pin = read_optional(pin, |(salt, digest)| {
                    Some(SaltedPin { salt: from_hex(&salt)?, digest: from_hex(&digest)? })
                })?;
                InviteAction::Made(AnswerLink { digest: from_hex(&digest)?, expires_at, pin })
            }
            Self::Saved => InviteAction::Saved,
            Self::PinMissed => InviteAction::PinMissed,
            Self::Revoked => InviteAction::Revoked,
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// Rows outlive the version that wrote them, so the format must not change.
    #[test]
    fn every_change_reads_back_and_the_format_stays() {
        let change = |what| InviteChange {
            id: InviteId([1; 16]),
            invite: InviteId([2; 16]),
            hospital: "mercy".parse().unwrap(),
            provider: "ccn:265001".parse().unwrap(),
            principal: "key:7f3kq9m2".to_owned(),
            made_on: date(2026, 11, 21),
            at: "2026-11-21T12:00:00Z".parse().unwrap(),
            what,
        };
        let expires_at = "2026-12-21T12:00:00Z".parse().unwrap();
        let pin = Some(SaltedPin { salt: [4; 16], digest: [5; 32] });
        let links = [pin, None].map(|pin| InviteAction::Made(AnswerLink { digest: [3; 32], expires_at, pin }));
        for what in links.into_iter().chain([InviteAction::Saved, InviteAction::PinMissed, InviteAction::Revoked]) {
            let body = serde_json::to_string(&StoredInviteChange::from(&change(what))).unwrap();
            let read: StoredInviteChange = serde_json::from_str(&body).unwrap();
            assert_eq!(read.read(), Some(change(what)), "{body}");
        }
        let body = serde_json::to_string(&StoredInviteChange::from(&change(InviteAction::Revoked))).unwrap();
        let form = r#"{"id":"01010101010101010101010101010101","invite":"02020202020202020202020202020202","hospital":"mercy","provider":"ccn:265001","principal":"key:7f3kq9m2","made_on":"2026-11-21","at":"2026-11-21T12:00:00Z","what":"revoked"}"#;
        assert_eq!(body, form);
    }
}
