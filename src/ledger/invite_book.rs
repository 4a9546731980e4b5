//! The hospital's invites of providers in memory.

use std::sync::Arc;

use imbl::OrdMap;
use jiff::civil::Date;

use crate::statements::provider_invite::{InviteChange, InviteId, ProviderInvite};

/// The invites that are kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InviteBook {
    invites: OrdMap<InviteId, Arc<ProviderInvite>>,
    /// The invite of each token, by the digest of the token.
    by_digest: OrdMap<[u8; 32], InviteId>,
}

impl InviteBook {
    /// Applies a change. A change of an invite that is not known has no effect.
    pub fn apply(&mut self, change: &InviteChange) {
        if let Some(invite) = ProviderInvite::made(change) {
            self.by_digest.insert(invite.link.digest, invite.id);
            self.invites.insert(invite.id, Arc::new(invite));
        } else if let Some(invite) = self.invites.get_mut(&change.invite) {
            Arc::make_mut(invite).apply(change);
        }
    }

    /// The invite with that id.
    pub fn get(&self, id: InviteId) -> Option<&Arc<ProviderInvite>> {
        self.invites.get(&id)
    }

    /// Every invite.
    pub fn all(&self) -> impl Iterator<Item = &Arc<ProviderInvite>> {
        self.invites.values()
    }

    /// The invites that are `wanted`, newest first.
    pub fn newest_first(&self, wanted: impl Fn(&ProviderInvite) -> bool) -> Vec<&Arc<ProviderInvite>> {
        let mut found: Vec<_> = self.all().filter(|invite| wanted(invite)).collect();
        found.sort_by_key(|invite| (std::cmp::Reverse(invite.made_at), invite.id));
        found
    }

    /// The invite whose token has this digest.
    pub fn by_token(&self, digest: &[u8; 32]) -> Option<&Arc<ProviderInvite>> {
        self.invites.get(self.by_digest.get(digest)?)
    }

    /// Drops the invites that were made before `first`.
    pub fn expire(&mut self, first: Date) {
        let over: Vec<(InviteId, [u8; 32])> =
            self.all().filter(|invite| invite.made_on < first).map(|invite| (invite.id, invite.link.digest)).collect();
        for (id, digest) in over {
            self.invites.remove(&id);
            self.by_digest.remove(&digest);
        }
    }

    /// Keeps the invites revoked that were revoked `before`, and the wrong PINs counted, if the ledger
    /// has lost that.
    pub fn keep_shut(&mut self, before: &Self) {
        for known in before.all().filter(|known| known.is_revoked || known.wrong_pins > 0) {
            if let Some(invite) = self.invites.get_mut(&known.id) {
                let invite = Arc::make_mut(invite);
                invite.is_revoked |= known.is_revoked;
                invite.wrong_pins = invite.wrong_pins.max(known.wrong_pins);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::statements::provider_invite::InviteAction;
    use crate::statements::referral_request::answer_link::AnswerLink;

    fn change(number: u8, invite: u8, day: i8, what: InviteAction) -> InviteChange {
        InviteChange {
            id: InviteId([number; 16]),
            invite: InviteId([invite; 16]),
            hospital: "mercy".parse().unwrap(),
            provider: "ccn:265001".parse().unwrap(),
            principal: "key:a".to_owned(),
            made_on: date(2026, 11, day),
            at: "2026-11-21T12:00:00Z".parse().unwrap(),
            what,
        }
    }

    fn made(number: u8, day: i8) -> InviteChange {
        let expires_at = "2026-12-21T12:00:00Z".parse().unwrap();
        change(number, number, day, InviteAction::Made(AnswerLink { digest: [number; 32], expires_at, pin: None }))
    }

    #[test]
    fn an_invite_is_found_by_its_token_until_it_is_dropped_and_stays_revoked() {
        let mut book = InviteBook::default();
        for change in [made(1, 20), made(2, 21), change(3, 9, 21, InviteAction::Revoked)] {
            book.apply(&change);
        }
        let restored = book.clone();
        book.apply(&change(4, 2, 21, InviteAction::Revoked));
        book.apply(&change(5, 1, 21, InviteAction::PinMissed));
        assert_eq!(book.by_token(&[2; 32]).map(|invite| (invite.id, invite.is_revoked)), Some((InviteId([2; 16]), true)));
        let newest: Vec<InviteId> =
            book.newest_first(|invite| invite.made_on > date(2026, 11, 20)).iter().map(|i| i.id).collect();
        assert_eq!(newest, [InviteId([2; 16])]);
        let mut after_loss = restored;
        after_loss.keep_shut(&book);
        assert!(
            after_loss.get(InviteId([2; 16])).unwrap().is_revoked && !after_loss.get(InviteId([1; 16])).unwrap().is_revoked
        );
        assert_eq!(after_loss.get(InviteId([1; 16])).unwrap().wrong_pins, 1, "a wrong PIN stays counted");
        book.expire(date(2026, 11, 21));
        assert_eq!((book.all().count(), book.by_token(&[1; 32])), (1, None));
    }
}
