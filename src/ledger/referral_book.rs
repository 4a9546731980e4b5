//! The referral requests of the hospital in memory, with their answer links.

use std::sync::Arc;

use imbl::OrdMap;
use jiff::civil::Date;

use crate::ledger::event::Sequence;
use crate::provider::ProviderId;
use crate::statements::referral_request::ReferralId;
use crate::statements::referral_request::change::{ReferralAction, ReferralChange};
use crate::statements::referral_request::record::ReferralRequest;

/// The requests that are kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReferralBook {
    requests: OrdMap<ReferralId, Arc<ReferralRequest>>,
    /// The request and the provider of each link, by the digest of its token.
    links: OrdMap<[u8; 32], (ReferralId, ProviderId)>,
    /// The request that was made under a number.
    made: OrdMap<Sequence, ReferralId>,
}

impl ReferralBook {
    /// Applies a change. A change of a request that is not known has no effect.
    pub fn apply(&mut self, sequence: Sequence, change: &ReferralChange) {
        if let Some(request) = ReferralRequest::made(change) {
            self.made.insert(sequence, request.id);
            self.requests.insert(request.id, Arc::new(request));
            return;
        }
        let Some(request) = self.requests.get_mut(&change.request) else { return };
        Arc::make_mut(request).apply(change);
        if let ReferralAction::LinkMade { provider, link } = &change.what {
            self.links.insert(link.digest, (change.request, provider.clone()));
        }
    }

    /// The request with that id.
    pub fn get(&self, id: ReferralId) -> Option<&Arc<ReferralRequest>> {
        self.requests.get(&id)
    }

    /// Every request.
    pub fn all(&self) -> impl Iterator<Item = &Arc<ReferralRequest>> {
        self.requests.values()
    }

    /// The request and the provider of a link, by the digest of its token.
    pub fn by_link(&self, digest: &[u8; 32]) -> Option<(&Arc<ReferralRequest>, &ProviderId)> {
        let (id, provider) = self.links.get(digest)?;
        Some((self.requests.get(id)?, provider))
    }

    /// The request that was made under one of these numbers.
    pub fn made_under(&self, sequences: &[Sequence]) -> Option<&Arc<ReferralRequest>> {
        sequences.iter().filter_map(|sequence| self.made.get(sequence)).find_map(|id| self.requests.get(id))
    }

    /// Drops the requests that were made before `first`.
    pub fn expire(&mut self, first: Date) {
        let over: Vec<ReferralId> =
            self.requests.values().filter(|request| request.made_on < first).map(|request| request.id).collect();
        if over.is_empty() {
            return;
        }
        for id in &over {
            self.requests.remove(id);
        }
        self.links = self.links.clone().into_iter().filter(|(_, (id, _))| self.requests.contains_key(id)).collect();
        self.made = self.made.clone().into_iter().filter(|(_, id)| self.requests.contains_key(id)).collect();
    }

    /// How many requests are missing or different in `later`.
    pub fn lost_in(&self, later: &Self) -> usize {
        self.requests.values().filter(|request| later.get(request.id) != Some(request)).count()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::hospital_id::HospitalId;
    use crate::service::Service;
    use crate::statements::referral_request::answer_link::AnswerLink;
    use crate::statements::referral_request::change::ReferralDetails;

    fn change(number: u8, request: u8, day: i8, what: ReferralAction) -> ReferralChange {
        ReferralChange {
            id: ReferralId([number; 16]),
            request: ReferralId([request; 16]),
            hospital: HospitalId::default(),
            principal: "key:a".to_owned(),
            made_on: date(2026, 11, day),
            at: "2026-11-21T12:00:00Z".parse().unwrap(),
            what,
        }
    }

    fn made(number: u8, request: u8, day: i8) -> ReferralChange {
        let details = ReferralDetails {
            unit: None,
            label: None,
            service: Service::SkilledNursing,
            needs: Vec::new(),
            limits: Vec::new(),
            payer_class: None,
            coverage: None,
            discharge_on: date(2026, 11, 23),
            region: None,
            has_substance_use_consent: false,
            weight: None,
            reply_due: "2026-11-21T16:00:00Z".parse().unwrap(),
            providers: vec!["ccn:265001".parse().unwrap()],
        };
        change(number, request, day, ReferralAction::Made(details))
    }

    #[test]
    fn requests_and_their_links_go_together() {
        let link = AnswerLink { digest: [3; 32], expires_at: "2026-11-22T12:00:00Z".parse().unwrap(), pin: None };
        let linked = ReferralAction::LinkMade { provider: "ccn:265001".parse().unwrap(), link };
        let mut book = ReferralBook::default();
        let changes = [made(1, 1, 20), made(2, 2, 21), change(3, 1, 20, linked)];
        for (number, change) in (1..).zip(&changes) {
            book.apply(Sequence(number), change);
        }
        assert_eq!(book.get(ReferralId([1; 16])).map(|request| request.version), Some(ReferralId([3; 16])));
        assert_eq!(book.made_under(&[Sequence(2)]).map(|request| request.id), Some(ReferralId([2; 16])));
        assert!(book.by_link(&[3; 32]).is_some() && book.by_link(&[4; 32]).is_none());
        let mut later = book.clone();
        later.expire(date(2026, 11, 21));
        assert_eq!((later.all().count(), book.lost_in(&later), later.lost_in(&book)), (1, 1, 0));
        assert!(later.by_link(&[3; 32]).is_none() && later.made_under(&[Sequence(1)]).is_none());
    }
}
