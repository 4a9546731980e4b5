//! Facts about the business behind a provider as they are stored.

use serde::{Deserialize, Serialize};

use crate::catalog::stored_day::{day_number, day_of};
use crate::place::Zip;
use crate::provider::Address;
use crate::provider::business::BusinessFact;

/// A [`BusinessFact`] on the wire.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum StoredBusinessFact {
    LegalName(String),
    BusinessName(String),
    Chain(String, Option<u32>),
    ChainCounts(u32, u32, u32, u32),
    Owner(String, String, Option<u32>),
    OwnershipChange(i32, Option<String>),
    OtherLocation(String, String, Option<String>, Option<u32>),
    StayWaiver(i32, i32),
}

impl StoredBusinessFact {
    pub(crate) fn pack(fact: &BusinessFact) -> Self {
        let number = |day| day_number(Some(day)).unwrap_or_default();
        match fact.clone() {
            BusinessFact::LegalName(name) => Self::LegalName(name),
            BusinessFact::BusinessName(name) => Self::BusinessName(name),
            BusinessFact::Chain { name, id } => Self::Chain(name, id),
            BusinessFact::ChainCounts { homes, special_focus, candidates, abuse_icons } => {
                Self::ChainCounts(homes, special_focus, candidates, abuse_icons)
            }
            BusinessFact::Owner { name, role, percent } => Self::Owner(name, role, percent),
            BusinessFact::OwnershipChange { on, seller } => Self::OwnershipChange(number(on), seller),
            BusinessFact::StayWaiver { from, until } => Self::StayWaiver(number(from), number(until)),
            BusinessFact::OtherLocation(Address { street, city, state, zip }) => {
                Self::OtherLocation(street, city, state.map(|state| state.to_string()), zip.map(Zip::number))
            }
        }
    }

    /// The fact, or `None` if this program did not write it.
    pub(crate) fn unpack(self) -> Option<BusinessFact> {
        Some(match self {
            Self::LegalName(name) => BusinessFact::LegalName(name),
            Self::BusinessName(name) => BusinessFact::BusinessName(name),
            Self::Chain(name, id) => BusinessFact::Chain { name, id },
            Self::ChainCounts(homes, special_focus, candidates, abuse_icons) => {
                BusinessFact::ChainCounts { homes, special_focus, candidates, abuse_icons }
            }
            Self::Owner(name, role, percent) => BusinessFact::Owner { name, role, percent },
            Self::OwnershipChange(on, seller) => BusinessFact::OwnershipChange { on: day_of(Some(on))?, seller },
            Self::StayWaiver(from, until) => {
                BusinessFact::StayWaiver { from: day_of(Some(from))?, until: day_of(Some(until))? }
            }
            Self::OtherLocation(street, city, state, zip) => BusinessFact::OtherLocation(Address {
                street,
                city,
                state: state.map(|state| state.parse()).transpose().ok()?,
                zip: match zip {
                    Some(zip) => Some(Zip::from_number(zip)?),
                    None => None,
                },
            }),
        })
    }
}
