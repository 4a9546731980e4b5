//! The business behind a provider: of each kind of fact, the newest of the most trusted files that has one decides.

use crate::evidence::Fact;
use crate::provider::business::BusinessFact;
use crate::refresh::reconcile::precedence::{ConflictField, FieldClaim};
use crate::refresh::reconcile::{ProviderMerge, same_words};
use crate::refresh::source_record::SourceRecord;

impl ProviderMerge<'_> {
    /// What is published about the business of a provider that is shown as `name`, in the order of [`BusinessFact::CODES`].
    pub(crate) fn business(&self, name: &str) -> Vec<Fact<BusinessFact>> {
        let shown = |fact: &Fact<BusinessFact>| match &fact.value {
            BusinessFact::BusinessName(business) => !same_words(business, &name.to_owned()),
            BusinessFact::LegalName(legal) => !same_words(legal, &name.to_owned()) || !fact.others.is_empty(),
            _ => true,
        };
        BusinessFact::CODES.into_iter().flat_map(|code| self.business_facts(code)).filter(shown).collect()
    }

    /// The facts of one kind. A file may have several, such as owners; of names and chains, what other files have is kept beside.
    fn business_facts(&self, code: &str) -> Vec<Fact<BusinessFact>> {
        let of_kind = |record: &SourceRecord| {
            let facts: Vec<BusinessFact> = record.business.iter().filter(|fact| fact.code() == code).cloned().collect();
            (!facts.is_empty()).then_some(facts)
        };
        let claims = self.claims(ConflictField::Ownership, of_kind);
        let Some(first) = claims.first() else { return Vec::new() };
        let (newest, older): (Vec<_>, Vec<_>) = claims.iter().partition(|claim| claim.rank == first.rank);
        let mut facts: Vec<Fact<BusinessFact>> = Vec::new();
        for FieldClaim { value, evidence, .. } in newest {
            for fact in value {
                if !facts.iter().any(|known| is_same(&known.value, fact)) {
                    facts.push(Fact::new(fact.clone(), evidence.clone()));
                }
            }
        }
        facts.sort_by_key(|fact| std::cmp::Reverse(fact.value.day()));
        if let [Fact { value: BusinessFact::LegalName(_) | BusinessFact::Chain { .. }, .. }] = &facts[..] {
            for FieldClaim { value, evidence, .. } in older {
                for fact in value {
                    let others = facts[0].others.iter().map(|(other, _)| other);
                    if !others.chain([&facts[0].value]).any(|known| is_same(known, fact)) {
                        facts[0].others.push((fact.clone(), evidence.clone()));
                    }
                }
            }
        }
        facts
    }
}

/// Whether two facts of one kind are the same; names that differ in case, spaces and punctuation only are.
fn is_same(a: &BusinessFact, b: &BusinessFact) -> bool {
    a == b
        || (a.code() == b.code()
            && !matches!(a, BusinessFact::OtherLocation(_))
            && same_words(&a.to_string(), &b.to_string()))
}
