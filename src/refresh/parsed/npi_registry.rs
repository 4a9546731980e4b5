//! Organizations in the NPI registry.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::evidence::Evidence;
use crate::provider::business::BusinessFact;
use crate::provider::{Address, Npi};
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
    /// Other names, and whether the organization does business under them; the rest only match.
    other_names: BTreeMap<Npi, Vec<(String, bool)>>,
    /// Secondary practice locations.
    locations: BTreeMap<Npi, Vec<Address>>,
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

    /// Adds another name of an NPI.
    pub(crate) fn add_name(&mut self, npi: Npi, name: String, is_business_name: bool) {
        self.other_names.entry(npi).or_default().push((name, is_business_name));
    }

    /// Adds a secondary practice location of an NPI.
    pub(crate) fn add_location(&mut self, npi: Npi, location: Address) {
        self.locations.entry(npi).or_default().push(location);
    }

    /// Adds other names and locations to their organizations, once every file is read. An organization that is shown by its
    /// legal name is shown by the first name that it does business under.
    pub(crate) fn add_details(&mut self) {
        for (npi, names) in std::mem::take(&mut self.other_names) {
            let Some((_, party)) = self.parties.get_mut(&npi) else { continue };
            let legal = party.names.first().cloned();
            for (name, is_business_name) in names {
                for record in party.says.iter_mut().filter(|_| is_business_name) {
                    if record.name == legal {
                        record.name = Some(name.clone());
                    }
                    record.business.push(BusinessFact::BusinessName(name.clone()));
                }
                if !party.names.contains(&name) {
                    party.names.push(name);
                }
            }
        }
        for (npi, locations) in std::mem::take(&mut self.locations) {
            let Some((_, party)) = self.parties.get_mut(&npi) else { continue };
            for record in &mut party.says {
                record.business.extend(locations.iter().cloned().map(BusinessFact::OtherLocation));
            }
        }
    }

    pub(crate) fn out_of_use(&self, npi: Npi) -> Option<&(Option<Date>, SourceId)> {
        let back = self.reactivated.get(&npi).copied();
        self.deactivated.get(&npi).filter(|(gone, _)| back.is_none() || back < *gone)
    }

    /// Every NPI that is deactivated and not reactivated.
    pub(crate) fn all_out_of_use(&self) -> impl Iterator<Item = Npi> {
        self.deactivated.keys().copied().filter(|npi| self.out_of_use(*npi).is_some())
    }

    /// The source and date of the deactivation; `None` if the NPI is active or the key is not an
    /// NPI.
    pub(crate) fn deactivation(&self, who: &ProviderKey, source_records: &SourceRecords) -> Option<Evidence> {
        let ProviderKey::Npi(npi) = who else { return None };
        let (day, source) = self.out_of_use(*npi)?;
        let source = source_records.sources.get(source.0)?;
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
