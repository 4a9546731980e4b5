//! Organizations in the NPI registry.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::evidence::Evidence;
use crate::provider::Npi;
use crate::refresh::external_provider::ExternalProvider;
use crate::refresh::source_record::{ProviderKey, RowOutcome, SourceId, SourceRecords};

/// The organizations of the registry.
#[derive(Debug, Default)]
pub(crate) struct NpiRegistry {
    /// Organizations by NPI, with the day of their last change: of two rows, as in a weekly file,
    /// the newer is used.
    pub parties: BTreeMap<Npi, (Option<Date>, ExternalProvider)>,
    /// Deactivated NPIs, with the day and the file.
    pub deactivated: BTreeMap<Npi, (Option<Date>, SourceId)>,
    /// Reactivated NPIs.
    pub reactivated: BTreeMap<Npi, Date>,
}

impl NpiRegistry {
    /// The organizations with active NPIs.
    pub(crate) fn parties(&self) -> impl Iterator<Item = &ExternalProvider> {
        self.parties.iter().filter(|(npi, _)| self.out_of_use(**npi).is_none()).map(|(_, (_, party))| party)
    }

    /// The organization of an active NPI.
    pub(crate) fn party(&self, npi: Npi) -> Option<&ExternalProvider> {
        self.parties.get(&npi).filter(|_| self.out_of_use(npi).is_none()).map(|(_, party)| party)
    }

    pub(crate) fn out_of_use(&self, npi: Npi) -> Option<&(Option<Date>, SourceId)> {
        let back = self.reactivated.get(&npi).copied();
        self.deactivated.get(&npi).filter(|(gone, _)| back.is_none() || back < *gone)
    }

    /// The source and date of the deactivation; `None` if the NPI is active or the key is not an
    /// NPI.
    pub(crate) fn deactivation(&self, who: &ProviderKey, accounts: &SourceRecords) -> Option<Evidence> {
        let ProviderKey::Npi(npi) = who else { return None };
        let (day, source) = self.out_of_use(*npi)?;
        let source = accounts.sources.get(source.0)?;
        Some(Evidence::new(source.name.clone(), day.or(source.as_of)))
    }

    pub(crate) fn add(&mut self, npi: Npi, changed: Option<Date>, party: ExternalProvider) -> RowOutcome {
        match self.parties.get(&npi) {
            Some((known, _)) if *known > changed => RowOutcome::Again,
            _ => {
                self.parties.insert(npi, (changed, party));
                RowOutcome::Used
            }
        }
    }
}
