//! The directory of one of several hospitals: what providers state of themselves is shared, and what the hospital recorded is applied to it.
//!
//! The layer holds the providers of which the hospital has records, and nothing else. A record of one hospital therefore neither shows in
//! the directory of another nor costs it anything; a provider's own statement is applied once, and again in the few layers that
//! have records of that provider.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use imbl::{OrdMap, OrdSet};

use crate::ledger::state::LedgerState;
use crate::matching::candidate::LineId;
use crate::overlay::line_overlays::{LineOverlay, LineOverlays};
use crate::overlay::provider_directory::ProviderDirectory;
use crate::overlay::{LiveDirectory, ProviderOverlay, ServiceOverlay};
use crate::provider::ProviderId;
use crate::service::Service;

impl<R: ProviderDirectory> LiveDirectory<R> {
    /// The directory of a hospital without records, over what is `shared`.
    pub fn layer_over(shared: &Arc<Self>) -> Self {
        Self {
            base: Arc::clone(&shared.base),
            ledger_state: Arc::clone(&shared.ledger_state),
            today: shared.today,
            own: OrdMap::new(),
            of_provider: OrdMap::new(),
            of_line: LineOverlays::default(),
            stated_areas: OrdSet::new(),
            everywhere: Arc::clone(&shared.everywhere),
            below: Some(Arc::clone(shared)),
            shown: Arc::clone(&shared.shown),
        }
    }

    /// The next directory of the same hospital: with `ledger_state`, over `shared`, on its day. Only the providers of the layer that differ
    /// are processed; all of them if the day changes.
    #[must_use]
    pub fn over(&self, shared: &Arc<Self>, ledger_state: &Arc<LedgerState>) -> Self {
        let mut next = Self {
            ledger_state: Arc::clone(ledger_state),
            today: shared.today,
            below: Some(Arc::clone(shared)),
            ..self.clone()
        };
        let mut touched: BTreeMap<ProviderId, BTreeSet<ProviderId>> = BTreeMap::new();
        for id in self.ledger_state.differing(ledger_state) {
            let is_recorded = ledger_state.hospital_tells_of(&id);
            let own = if is_recorded || self.own.contains_key(&id) {
                next.name(&id)
            } else {
                shared.own.get(&id).cloned().flatten()
            };
            if let Some(own) = own.filter(|own| is_recorded || self.of_provider.contains_key(own)) {
                touched.entry(own).or_default().insert(id);
            }
        }
        if shared.today != self.today {
            for own in self.of_provider.keys() {
                touched.entry(own.clone()).or_default();
            }
        }
        let is_as_usual_before = self.below.as_ref().is_some_and(|below| Arc::ptr_eq(&below.everywhere, &shared.everywhere));
        let is_recounted = !touched.is_empty() || !is_as_usual_before;
        for (own, ids) in touched {
            next.insert_overlay(own, ids);
        }
        if is_recounted {
            next.everywhere = next.count_over(shared);
        }
        next
    }

    /// The directory ids of the providers of which the ledger has entries.
    pub fn overlaid_providers(&self) -> BTreeSet<&ProviderId> {
        let below = self.below.iter().flat_map(|below| below.of_provider.keys());
        self.of_provider.keys().chain(below).collect()
    }

    /// Like [`Self::told_tag`], and different for two hospitals that have records: each has its own. Those without share theirs.
    pub fn layer_tag(&self) -> Option<String> {
        let tag = self.told_tag()?;
        let has_records = self.below.is_some() && !self.of_provider.is_empty();
        Some(if has_records { format!("{tag}@{}", self.ledger_state.hospital) } else { tag })
    }

    /// The ids under which the directory below has entries about the provider `own`.
    pub(super) fn ids_below(&self, own: &ProviderId) -> BTreeSet<ProviderId> {
        let below = self.below.as_ref().and_then(|below| below.of_provider.get(own));
        below.map(|over| over.ids.clone()).unwrap_or_default()
    }

    /// Whether the overlay of a provider with `ids` belongs here: a layer holds only those of which its hospital has records.
    pub(super) fn is_laid_here(&self, ids: &BTreeSet<ProviderId>) -> bool {
        self.below.is_none() || ids.iter().any(|id| self.ledger_state.hospital_tells_of(id))
    }

    /// The overlay of the provider `own`.
    pub(super) fn overlay_of(&self, own: &ProviderId) -> Option<&Arc<ProviderOverlay>> {
        self.of_provider.get(own).or_else(|| self.below.as_ref()?.of_provider.get(own))
    }

    /// The overlay of `line`.
    pub(super) fn line_overlay(&self, line: LineId) -> Option<&LineOverlay> {
        self.of_line.get(line).or_else(|| self.below.as_ref()?.of_line.get(line))
    }

    /// Whether any line has an overlay.
    pub(super) fn has_overlays(&self) -> bool {
        !self.of_line.is_empty() || self.below.as_ref().is_some_and(|below| !below.of_line.is_empty())
    }

    /// The lines of `service` that may have a stated service area.
    pub(super) fn lines_with_stated_area(&self, service: Service) -> BTreeSet<LineId> {
        let of = |live: &Self| -> Vec<LineId> {
            let all = (service, LineId(0))..=(service, LineId(u32::MAX));
            live.stated_areas.range(all).map(|(_, line)| *line).collect()
        };
        of(self).into_iter().chain(self.below.iter().flat_map(|below| of(below))).collect()
    }

    /// What is usual among all lines: as below, with the overlays of this layer instead of those of the same providers below.
    fn count_over(&self, shared: &Arc<Self>) -> Arc<BTreeMap<Service, crate::provider::answer_record::AnswerRecord>> {
        if self.of_provider.is_empty() {
            return Arc::clone(&shared.everywhere);
        }
        let is_counted = |of: &&ServiceOverlay| of.patch.line.is_some() && !of.record.before_release.is_empty();
        let mut everywhere = BTreeMap::clone(&shared.everywhere);
        for of in self.of_provider.values().flat_map(|over| &over.services).filter(is_counted) {
            everywhere.entry(of.service).or_default().join(&of.record.before_release);
        }
        let instead = self.of_provider.keys().filter_map(|own| shared.of_provider.get(own));
        for of in instead.flat_map(|over| &over.services).filter(is_counted) {
            everywhere.entry(of.service).or_default().part_from(&of.record.before_release);
        }
        Arc::new(everywhere)
    }
}
