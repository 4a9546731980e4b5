//! A provider as an external file describes it, before it is matched to a provider of the
//! directory.

use crate::provider::{Address, Ccn, Npi, Phone, ProviderId};
use crate::refresh::identity::{IdentityTraits, NormalizedName, NormalizedStreet};
use crate::refresh::source_record::{ProviderKey, SourceRecord};
use crate::service::Service;

/// A provider's identifying data in a payer's directory, the NPI registry or the exclusion list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ExternalProvider {
    /// Its CMS Certification Number.
    pub ccn: Option<Ccn>,
    /// Its National Provider Identifiers.
    pub npis: Vec<Npi>,
    /// The source's own id for it: `fhir:<source>:<resource id>`.
    pub listed_as: Option<ProviderId>,
    /// All its names, as written.
    pub names: Vec<String>,
    /// Its address. A provider listed at three addresses is three external providers.
    pub address: Option<Address>,
    /// Its telephone number.
    pub phone: Option<Phone>,
    /// The services it is listed for; empty if the source does not say.
    pub services: Vec<Service>,
    /// Whether it is also listed for something that is not understood, so that it may offer other services too.
    pub more_services: bool,
    /// Further records from the source, one per service. They are added to the matching provider.
    /// Without a match, and if no list of the service is loaded, they create a provider.
    pub says: Vec<SourceRecord>,
}

impl ExternalProvider {
    /// An external provider known only by identifier, as in a roster.
    pub(crate) fn known_as(who: &ProviderKey) -> Self {
        match who {
            ProviderKey::Ccn(ccn) => Self { ccn: Some(ccn.clone()), ..Self::default() },
            ProviderKey::Npi(npi) => Self { npis: vec![*npi], ..Self::default() },
            ProviderKey::Listed(id) => Self { listed_as: Some(id.clone()), ..Self::default() },
        }
    }

    /// The key it would have as a provider of its own; `None` if it has no stable identifier.
    pub(crate) fn provider_key(&self) -> Option<ProviderKey> {
        let ccn = self.ccn.clone().map(ProviderKey::Ccn);
        ccn.or_else(|| self.npis.first().copied().map(ProviderKey::Npi))
            .or_else(|| self.listed_as.clone().map(ProviderKey::Listed))
    }

    /// Its identifier in the review file and the same-as table.
    pub(crate) fn record(&self) -> String {
        let id = self.listed_as.clone().or_else(|| self.provider_key().map(|who| who.id()));
        id.map_or_else(|| self.described(), |id| id.to_string())
    }

    /// A replacement for a missing identifier: "name:larkwater-home-health:29401".
    fn described(&self) -> String {
        let name = self.names.first().map(String::as_str).unwrap_or_default().to_lowercase();
        let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let zip = self.address.as_ref().and_then(|address| address.zip).map(|zip| zip.to_string()).unwrap_or_default();
        format!("name:{}:{zip}", words.join("-"))
    }

    /// The traits that identity matching uses. `cut` is the length at which the source cuts names,
    /// if it does.
    pub(crate) fn traits(&self, cut: Option<usize>) -> IdentityTraits {
        let name =
            |text: &String| cut.map_or_else(|| NormalizedName::of(text), |length| NormalizedName::cut_at(text, length));
        IdentityTraits {
            ccns: self.ccn.iter().cloned().collect(),
            npis: self.npis.clone(),
            names: self.names.iter().map(name).collect(),
            street: self.address.as_ref().and_then(|address| NormalizedStreet::of(&address.street)),
            zip: self.address.as_ref().and_then(|address| address.zip),
            phone: self.phone.map(Phone::without_extension),
            services: self.services.clone(),
            more_services: self.more_services,
        }
    }
}
