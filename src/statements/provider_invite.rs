//! Invites: a hospital gives the staff of one provider a link to a page where they state what the
//! provider takes, without an account.
//!
//! The link works until it ends or is revoked, so that the staff can keep their statements current.
//! Its token and PIN are those of an answer link: the ledger has only their digests.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::hospital_id::HospitalId;
use crate::provider::ProviderId;
use crate::statements::referral_request::answer_link::{AnswerLink, MOST_WRONG_PINS};

pub(crate) mod body;

/// The days for which an invite may be valid. Our choice.
pub const INVITE_DAYS: [u32; 3] = [7, 30, 90];
/// How many days it is valid if the hospital does not say. Our choice.
pub const USUAL_INVITE_DAYS: u32 = 30;

/// 128 random bits that name an invite, or one change of it. It opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InviteId(pub [u8; 16]);

impl InviteId {
    /// The name under which the holder of the invite stands in the audit log.
    pub fn principal_name(self) -> String {
        format!("invite:{}", self.to_string().split_at(8).0)
    }
}

impl fmt::Display for InviteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl FromStr for InviteId {
    type Err = ParseInviteIdError;

    fn from_str(text: &str) -> Result<Self, ParseInviteIdError> {
        let is_plain = text.len() == 32 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let number = u128::from_str_radix(text, 16).ok().filter(|_| is_plain).ok_or(ParseInviteIdError)?;
        Ok(Self(number.to_be_bytes()))
    }
}

/// The text is not the id of an invite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the id of an invite is 32 hexadecimal digits")]
pub struct ParseInviteIdError;

/// A change of an invite, as the ledger keeps it. The newest one is the version of the invite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InviteChange {
    /// Its random id.
    pub id: InviteId,
    /// The invite.
    pub invite: InviteId,
    /// The hospital it belongs to.
    pub hospital: HospitalId,
    /// The provider that is invited, by its id in the directory.
    pub provider: ProviderId,
    /// Who recorded it, as in the audit log.
    pub principal: String,
    /// The day the invite was made: all changes of an invite are read for the same days.
    pub made_on: Date,
    /// When it was recorded.
    pub at: Timestamp,
    /// What changed.
    pub what: InviteAction,
}

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InviteAction {
    /// The invite was made.
    Made(AnswerLink),
    /// The provider saved its statements by the invite.
    Saved,
    /// A wrong PIN was sent.
    PinMissed,
    /// The hospital revoked the invite.
    Revoked,
}

/// Whether an invite can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InviteState {
    /// It can.
    Open,
    /// Its time is over.
    Expired,
    /// The hospital revoked it.
    Revoked,
    /// Too many wrong PINs were sent.
    Locked,
}

impl InviteState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Open, Self::Expired, Self::Revoked, Self::Locked];

    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Locked => "locked",
        }
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Expired => "Expired",
            Self::Revoked => "Revoked",
            Self::Locked => "Locked after wrong PINs",
        }
    }
}

/// An invite as the sum of its changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderInvite {
    /// Its id.
    pub id: InviteId,
    /// The hospital it belongs to.
    pub hospital: HospitalId,
    /// The provider that is invited.
    pub provider: ProviderId,
    /// The day it was made.
    pub made_on: Date,
    /// When it was made.
    pub made_at: Timestamp,
    /// The digests of its token and PIN, and when it ends.
    pub link: AnswerLink,
    /// How many wrong PINs were sent since something was last saved by it.
    pub wrong_pins: u8,
    /// Whether the hospital revoked it.
    pub is_revoked: bool,
    /// When the provider last saved something by it.
    pub saved_at: Option<Timestamp>,
    /// The id of its newest change.
    pub version: InviteId,
}

impl ProviderInvite {
    /// The invite that `change` makes; `None` if it makes none.
    pub fn made(change: &InviteChange) -> Option<Self> {
        let InviteAction::Made(link) = change.what else { return None };
        Some(Self {
            id: change.invite,
            hospital: change.hospital.clone(),
            provider: change.provider.clone(),
            made_on: change.made_on,
            made_at: change.at,
            link,
            wrong_pins: 0,
            is_revoked: false,
            saved_at: None,
            version: change.id,
        })
    }

    /// Applies a later change.
    pub fn apply(&mut self, change: &InviteChange) {
        self.version = change.id;
        match change.what {
            InviteAction::Made(_) => {}
            InviteAction::Saved => (self.saved_at, self.wrong_pins) = (Some(change.at), 0),
            InviteAction::PinMissed => self.wrong_pins = self.wrong_pins.saturating_add(1),
            InviteAction::Revoked => self.is_revoked = true,
        }
    }

    /// Whether it can be used at `now`.
    pub fn state(&self, now: Timestamp) -> InviteState {
        if self.is_revoked {
            InviteState::Revoked
        } else if self.link.expires_at <= now {
            InviteState::Expired
        } else if self.wrong_pins >= MOST_WRONG_PINS {
            InviteState::Locked
        } else {
            InviteState::Open
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::*;

    fn at(days: i64) -> Timestamp {
        "2026-11-21T12:00:00Z".parse::<Timestamp>().unwrap().checked_add((days * 24).hours()).unwrap()
    }

    fn change(number: u8, days: i64, what: InviteAction) -> InviteChange {
        InviteChange {
            id: InviteId([number; 16]),
            invite: InviteId([1; 16]),
            hospital: HospitalId::default(),
            provider: "ccn:265001".parse().unwrap(),
            principal: "key:7f3kq9m2".to_owned(),
            made_on: jiff::civil::date(2026, 11, 21),
            at: at(days),
            what,
        }
    }

    #[test]
    fn an_invite_ends_by_time_wrong_pins_and_the_hospital() {
        let link = AnswerLink { digest: [3; 32], expires_at: at(30), pin: None };
        let fresh = ProviderInvite::made(&change(1, 0, InviteAction::Made(link))).unwrap();
        assert_eq!((fresh.state(at(29)), fresh.state(at(30))), (InviteState::Open, InviteState::Expired));
        let mut guessed = fresh.clone();
        for number in 0..MOST_WRONG_PINS {
            assert_eq!(guessed.state(at(1)), InviteState::Open, "{number}");
            guessed.apply(&change(2 + number, 1, InviteAction::PinMissed));
        }
        assert_eq!(guessed.state(at(1)), InviteState::Locked);
        let mut used = fresh.clone();
        for _ in 0..20 {
            used.apply(&change(2, 1, InviteAction::PinMissed));
            used.apply(&change(3, 1, InviteAction::Saved));
        }
        assert_eq!((used.state(at(1)), used.saved_at), (InviteState::Open, Some(at(1))), "a save starts the count anew");
        used.apply(&change(4, 2, InviteAction::Revoked));
        assert_eq!((used.state(at(2)), used.version), (InviteState::Revoked, InviteId([4; 16])));
    }

    #[test]
    fn an_id_is_read_as_it_is_written() {
        let id = InviteId([7; 16]);
        assert_eq!((id.to_string().parse(), id.principal_name()), (Ok(id), "invite:07070707".to_owned()));
        for text in ["", "7", "+7070707070707070707070707070707", "0707070707070707070707070707070G"] {
            assert!(text.parse::<InviteId>().is_err(), "{text}");
        }
    }
}
