//! The safety notices of a line: by topic, the newest of the sources that speak about it decides.

use crate::evidence::Fact;
use crate::provider::safety::SafetyFact;
use crate::refresh::reconcile::ProviderMerge;
use crate::refresh::reconcile::precedence::{ConflictField, FieldClaim, pick_fact};
use crate::refresh::safety_claims::SafetyTopic;
use crate::service::Service;

impl ProviderMerge<'_> {
    /// The safety notices of a line, in the order of [`SafetyFact`].
    pub(crate) fn safety(&mut self, service: Service) -> Vec<Fact<SafetyFact>> {
        let mut facts: Vec<Fact<SafetyFact>> =
            SafetyTopic::ALL.into_iter().filter_map(|topic| self.safety_fact(service, topic)).collect();
        facts.sort_by_key(|fact| fact.value);
        facts
    }

    /// What the newest source that speaks about a topic found, where it found something.
    fn safety_fact(&mut self, service: Service, topic: SafetyTopic) -> Option<Fact<SafetyFact>> {
        let claims = self.claims(ConflictField::Safety, |a| a.safety.get(&topic).copied().filter(|_| a.service == service));
        claims.first()?.value?;
        let found = |FieldClaim { rank, value, evidence }: FieldClaim<Option<SafetyFact>>| {
            Some(FieldClaim { value: value?, rank, evidence })
        };
        pick_fact(claims.into_iter().filter_map(found).collect(), PartialEq::eq)
    }
}
