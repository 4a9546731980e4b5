//! What the NPI registry says of organizations.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::evidence::Evidence;
use crate::provider::Npi;
use crate::refresh::external_provider::ExternalProvider;
use crate::refresh::source_record::{ProviderKey, RowOutcome, SourceId, SourceRecords};

/// The organisations of the registry.
#[derive(Debug, Default)]
pub(crate) struct NpiRegistry {
    /// Each by its number, with the day it was last changed: of two rows, as in a weekly file, the newer holds.
    pub parties: BTreeMap<Npi, (Option<Date>, ExternalProvider)>,
    /// The numbers taken out of use, with the day, and the file that says so.
    pub deactivated: BTreeMap<Npi, (Option<Date>, SourceId)>,
    /// The numbers taken into use again.
    pub reactivated: BTreeMap<Npi, Date>,
}

impl NpiRegistry {
    /// The organisations whose numbers are in use.
    pub(crate) fn parties(&self) -> impl Iterator<Item = &ExternalProvider> {
        self.parties.iter().filter(|(npi, _)| self.out_of_use(**npi).is_none()).map(|(_, (_, party))| party)
    }

    /// The organisation of a number that is in use.
    pub(crate) fn party(&self, npi: Npi) -> Option<&ExternalProvider> {
        self.parties.get(&npi).filter(|_| self.out_of_use(npi).is_none()).map(|(_, party)| party)
    }

    pub(crate) fn out_of_use(&self, npi: Npi) -> Option<&(Option<Date>, SourceId)> {
        let back = self.reactivated.get(&npi).copied();
        self.deactivated.get(&npi).filter(|(gone, _)| back.is_none() || back < *gone)
    }

    /// Who says that the number was taken out of use, and when; `None` while it is in use or is no NPI.
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
