//! The terms on which each line is listed, as collected by a refresh.

use std::collections::BTreeMap;

use crate::coverage::TermsId;
use crate::provider::ProviderId;
use crate::service::Service;

/// The terms of each line, by provider and service.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NetworkBitmap(BTreeMap<ProviderId, BTreeMap<Service, Vec<TermsId>>>);

impl NetworkBitmap {
    /// Adds terms to those of a line.
    pub fn add(&mut self, provider: &ProviderId, service: Service, terms: impl IntoIterator<Item = TermsId>) {
        let mut terms: Vec<TermsId> = terms.into_iter().collect();
        if terms.is_empty() {
            return;
        }
        let known = self.0.entry(provider.clone()).or_default().entry(service).or_default();
        if known.is_empty() {
            *known = terms;
        } else {
            known.append(&mut terms);
        }
    }

    /// The terms of a line.
    pub fn of(&self, provider: &ProviderId, service: Service) -> &[TermsId] {
        self.0.get(provider).and_then(|lines| lines.get(&service)).map(Vec::as_slice).unwrap_or_default()
    }

    /// Number of terms over all lines.
    pub fn count(&self) -> u64 {
        self.0.values().flat_map(BTreeMap::values).map(|terms| terms.len() as u64).sum()
    }
}
