//! What the hospital disclosed, resolved to the providers of one directory.

use jiff::civil::Date;

use crate::hospital::sharing::SharingArrangement;
use crate::hospital::{FinancialInterest, Hospital};
use crate::provider::ProviderId;
use crate::text::printable;

/// The hospital's disclosures, resolved to the providers of one directory.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HospitalDisclosures {
    /// `hospital.toml`, with every provider by its ID in the directory.
    pub hospital: Hospital,
    /// Providers with a stated interest that the directory does not have.
    pub interests_elsewhere: Vec<ProviderId>,
    /// Providers that asked to be listed and that the directory does not have.
    pub asked_elsewhere: Vec<ProviderId>,
    /// Providers with a current sharing arrangement that the directory does not have.
    pub sharing_elsewhere: Vec<ProviderId>,
}

impl HospitalDisclosures {
    /// Resolves the providers of `hospital`; `known` maps any ID of a provider to its ID in the
    /// directory. Only sharing arrangements that apply on `day` are kept.
    pub fn new(hospital: &Hospital, day: Date, known: impl Fn(&ProviderId) -> Option<ProviderId>) -> Self {
        let mut told = Self {
            hospital: Hospital {
                name: hospital.name.as_deref().map(printable).filter(|name| !name.is_empty()),
                interests: Vec::new(),
                asked_to_be_listed: None,
                sharing: Vec::new(),
                ..hospital.clone()
            },
            ..Self::default()
        };
        for interest in &hospital.interests {
            match known(&interest.provider) {
                Some(provider) => told.interest(provider, &interest.says),
                None => told.interests_elsewhere.push(interest.provider.clone()),
            }
        }
        told.hospital.asked_to_be_listed = hospital.asked_to_be_listed.as_ref().map(|asked| {
            let (here, elsewhere): (Vec<_>, Vec<_>) = asked.iter().partition(|id| known(id).is_some());
            told.asked_elsewhere = elsewhere.into_iter().cloned().collect();
            here.into_iter().filter_map(&known).collect()
        });
        for arrangement in hospital.sharing.iter().filter(|arrangement| arrangement.applies_on(day)) {
            match known(&arrangement.provider) {
                Some(provider) => told.hospital.sharing.push(SharingArrangement { provider, ..arrangement.clone() }),
                None => told.sharing_elsewhere.push(arrangement.provider.clone()),
            }
        }
        told
    }

    /// Adds an interest. Two interests under different IDs of one provider are joined.
    fn interest(&mut self, provider: ProviderId, says: &str) {
        let says = printable(says);
        let interests = &mut self.hospital.interests;
        match interests.iter_mut().find(|interest| interest.provider == provider) {
            Some(interest) => interest.says = format!("{} {says}", interest.says),
            None => interests.push(FinancialInterest { provider, says }),
        }
    }
}
