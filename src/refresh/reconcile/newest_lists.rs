//! Who is not in the newest list of CMS. Where a folder holds lists of different days, a provider that only an older one names may have
//! closed or lost its certification.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::evidence::Evidence;
use crate::place::State;
use crate::refresh::source_record::{Source, SourceId, SourceRecord, SourceRecords};
use crate::refresh::trust_tier::TrustTier;
use crate::service::Service;

/// How many providers of each state the lists of CMS name.
#[derive(Debug, Default)]
pub(crate) struct NewestLists(BTreeMap<(Service, State, SourceId), u32>);

impl NewestLists {
    /// Counts what the lists say.
    pub(crate) fn of(source_records: &SourceRecords) -> Self {
        let mut counts = BTreeMap::new();
        for (who, said) in &source_records.of {
            for source_record in said
                .iter()
                .filter(|source_record| list(source_records, source_record.source, source_record.service).is_some())
            {
                // Form CMS-671 gives no address.
                let written = source_record.address.as_ref().and_then(|address| address.state);
                if let Some(state) = written.or_else(|| who.ccn_state()) {
                    *counts.entry((source_record.service, state, source_record.source)).or_default() += 1;
                }
            }
        }
        Self(counts)
    }

    /// The newest complete list of the provider's state, where only older lists of CMS name the provider.
    ///
    /// A list that names less than half as many providers of the state as the older one is a part of a list, and says nothing: our
    /// choice. So does a list without a day.
    pub(crate) fn without(
        &self,
        source_records: &SourceRecords,
        said: &[SourceRecord],
        service: Service,
        state: State,
    ) -> Option<Evidence> {
        let naming: Vec<(SourceId, &Source)> = said
            .iter()
            .filter(|source_record| source_record.service == service)
            .filter_map(|source_record| Some((source_record.source, list(source_records, source_record.source, service)?)))
            .collect();
        let days: Option<Vec<Date>> = naming.iter().map(|(_, source)| source.as_of).collect();
        let last_named = days?.into_iter().max()?;
        let count = |source: SourceId| self.0.get(&(service, state, source)).copied().unwrap_or(0);
        let most = naming.iter().map(|(source, _)| count(*source)).max().unwrap_or(0);
        let all = (0..source_records.sources.len()).map(SourceId);
        let newer = all.filter_map(|id| {
            let source = list(source_records, id, service).filter(|source| source.complete)?;
            let day = source.as_of.filter(|day| *day > last_named)?;
            (count(id) > 0 && count(id).saturating_mul(2) >= most).then_some((day, source))
        });
        let (day, source) = newer.max_by_key(|(day, _)| *day)?;
        Some(Evidence::new(source.name.clone(), Some(day)))
    }
}

/// The source, where it is a list of CMS of the service.
fn list(source_records: &SourceRecords, id: SourceId, service: Service) -> Option<&Source> {
    let of_cms = |source: &&Source| matches!(source.trust, TrustTier::Cms | TrustTier::CmsCut | TrustTier::Form671);
    source_records.sources.get(id.0).filter(|source| source.lists == Some(service)).filter(of_cms)
}
