//! A provider as somebody else's file describes it, before it is known which provider of the directory that is.

use crate::provider::{Address, Ccn, Npi, Phone, ProviderId};
use crate::refresh::identity::{IdentityTraits, NormalizedName, NormalizedStreet};
use crate::refresh::source_record::{ProviderKey, SourceRecord};
use crate::service::Service;

/// What a payer's directory, the NPI registry or the exclusion list says to tell a provider by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ExternalProvider {
    /// Its CMS Certification Number.
    pub ccn: Option<Ccn>,
    /// Its National Provider Identifiers.
    pub npis: Vec<Npi>,
    /// What the source itself calls it at this place: `fhir:<source>:<resource id>`.
    pub listed_as: Option<ProviderId>,
    /// Every name it goes by, as written.
    pub names: Vec<String>,
    /// Where the source says it is; one place only, so a provider listed at three places is three parties.
    pub address: Option<Address>,
    /// Its telephone.
    pub phone: Option<Phone>,
    /// What it is listed for; empty when the source does not say.
    pub services: Vec<Service>,
    /// What the source says of it beyond that, a service each. Added to the provider it turns out to be; where it is none of
    /// the directory and no list of the service is loaded, it becomes a provider by this alone.
    pub says: Vec<SourceRecord>,
}

impl ExternalProvider {
    /// A party known by identifier only, as in a roster.
    pub(crate) fn known_as(who: &ProviderKey) -> Self {
        match who {
            ProviderKey::Ccn(ccn) => Self { ccn: Some(ccn.clone()), ..Self::default() },
            ProviderKey::Npi(npi) => Self { npis: vec![*npi], ..Self::default() },
            ProviderKey::Listed(id) => Self { listed_as: Some(id.clone()), ..Self::default() },
        }
    }

    /// What the directory would call it, were it a provider of its own; `None` when nothing identifies it from night to night.
    pub(crate) fn provider_key(&self) -> Option<ProviderKey> {
        let ccn = self.ccn.clone().map(ProviderKey::Ccn);
        ccn.or_else(|| self.npis.first().copied().map(ProviderKey::Npi))
            .or_else(|| self.listed_as.clone().map(ProviderKey::Listed))
    }

    /// What the review file and the same-as table call it.
    pub(crate) fn record(&self) -> String {
        let id = self.listed_as.clone().or_else(|| self.provider_key().map(|who| who.id()));
        id.map_or_else(|| self.described(), |id| id.to_string())
    }

    /// "name:larkwater-home-health:29401": what stands for an identifier where there is none.
    fn described(&self) -> String {
        let name = self.names.first().map(String::as_str).unwrap_or_default().to_lowercase();
        let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let zip = self.address.as_ref().map(|address| address.zip.to_string()).unwrap_or_default();
        format!("name:{}:{zip}", words.join("-"))
    }

    /// What identity is decided by. `cut` is the length at which the source cuts names, where it does.
    pub(crate) fn traits(&self, cut: Option<usize>) -> IdentityTraits {
        let name =
            |text: &String| cut.map_or_else(|| NormalizedName::of(text), |length| NormalizedName::cut_at(text, length));
        IdentityTraits {
            ccns: self.ccn.iter().cloned().collect(),
            npis: self.npis.clone(),
            names: self.names.iter().map(name).collect(),
            street: self.address.as_ref().and_then(|address| NormalizedStreet::of(&address.street)),
            zip: self.address.as_ref().map(|address| address.zip),
            phone: self.phone,
            services: self.services.clone(),
        }
    }
}
