//! The review file: each record that may be a provider, with both sides' evidence.

use crate::provider::Provider;
use crate::refresh::reconcile::identities::UnresolvedIdentity;
use crate::refresh::source_record::ProviderKey;
use crate::run_report::ReviewRow;

/// The unresolved identities with the evidence of both sides, by record.
pub(crate) fn review(doubts: Vec<UnresolvedIdentity>, providers: &[Provider]) -> Vec<ReviewRow> {
    let mut rows: Vec<ReviewRow> = doubts
        .into_iter()
        .filter_map(|doubt| {
            let id = doubt.who.id();
            let at = providers.binary_search_by(|provider| provider.id.cmp(&id)).ok()?;
            Some(row(&doubt, &providers[at]))
        })
        .collect();
    rows.sort_unstable();
    rows.dedup();
    rows
}

fn row(doubt: &UnresolvedIdentity, provider: &Provider) -> ReviewRow {
    let UnresolvedIdentity { party, ground, used_for, .. } = doubt;
    let text = |value: Option<String>| value.unwrap_or_default();
    let identifiers = |who: Vec<ProviderKey>| who.iter().map(|who| who.id().to_string()).collect::<Vec<_>>().join(" ");
    let ccn = party.ccn.iter().cloned().map(ProviderKey::Ccn);
    let known = provider.ccn.iter().cloned().map(ProviderKey::Ccn);
    ReviewRow {
        record: party.record(),
        provider: provider.id.to_string(),
        agrees: ground.label().to_owned(),
        used_for: used_for.clone(),
        record_name: party.names.join(" / "),
        provider_name: provider.name.value.clone(),
        record_address: text(party.address.as_ref().map(ToString::to_string)),
        provider_address: text(provider.address.as_ref().map(|fact| fact.value.to_string())),
        record_phone: text(party.phone.map(|phone| phone.to_string())),
        provider_phone: text(provider.phone.as_ref().map(|fact| fact.value.to_string())),
        record_ids: identifiers(ccn.chain(party.npis.iter().copied().map(ProviderKey::Npi)).collect()),
        provider_ids: identifiers(known.chain(provider.npis.iter().copied().map(ProviderKey::Npi)).collect()),
    }
}
