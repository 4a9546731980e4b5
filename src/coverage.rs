//! Coverage: payers, their plans, the networks of a plan, and the terms on which a provider belongs to a network.

use jiff::civil::Date;

use crate::evidence::{Evidence, Tristate};
use crate::place::State;

pub mod county_standards;
pub(crate) mod names;
pub mod payer_class;
pub(crate) mod payer_words;
pub(crate) mod plan_spelling;

/// A network by its index in [`PlanDirectory::networks`]. Valid within one directory only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetworkId(pub u32);

/// The terms of an affiliation by their index in [`PlanDirectory::terms`]. Valid within one directory only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TermsId(pub u32);

/// An organization that pays: an insurer or a program it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payer {
    /// The name in the payer's own directory; unique among payers.
    pub name: String,
}

/// An insurance product. Users know its name, not its networks' names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The name on the card; unique among plans of one payer.
    pub name: String,
    /// The payer's index in [`PlanDirectory::payers`].
    pub payer: Option<u32>,
    /// The networks the plan uses.
    pub networks: Vec<NetworkId>,
}

/// A payer's list of providers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// The network's name; unique among networks.
    pub name: String,
    /// The payer's index in [`PlanDirectory::payers`].
    pub payer: Option<u32>,
    /// Whether the list is complete, so that absence from it means out of network.
    pub whole: bool,
    /// The directory the list comes from.
    pub evidence: Evidence,
}

/// Confidence that the provider the payer lists is this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdentityConfidence {
    /// By identifier.
    Sure,
    /// By identifier, but the payer lists it at another address only.
    OtherLocation,
    /// By name and address only.
    Probable,
}

impl IdentityConfidence {
    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Sure => "sure",
            Self::OtherLocation => "other_location",
            Self::Probable => "probable",
        }
    }
}

/// The terms of an affiliation (provider, service, network); many affiliations share the same terms.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AffiliationTerms {
    /// The network.
    pub network: NetworkId,
    /// The network's tier for this provider, if the payer has tiers.
    pub tier: Option<String>,
    /// The first day in force; `None` is "no beginning stated".
    pub begin: Option<Date>,
    /// The last day in force; `None` is "no end stated".
    pub end: Option<Date>,
    /// Confidence in the identity.
    pub link: IdentityConfidence,
    /// Whether it accepts new patients in this network, according to the payer's directory; usually unknown.
    pub new_patients: Tristate,
    /// Whether the source is known to lag behind the payer's own directory, as the marketplace's provider files do.
    pub low_confidence: bool,
    /// The payer's directory, and its date.
    pub evidence: Evidence,
}

impl AffiliationTerms {
    /// Whether the terms are in force on a day: neither ended before it nor begun after it.
    pub fn in_force(&self, on: Date) -> bool {
        self.begin.is_none_or(|begin| begin <= on) && self.end.is_none_or(|end| on <= end)
    }
}

/// All payers, plans and networks of one directory, and the terms of its affiliations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlanDirectory {
    /// Payers, by name.
    pub payers: Vec<Payer>,
    /// Plans, by payer and name.
    pub plans: Vec<Plan>,
    /// Networks, by name.
    pub networks: Vec<Network>,
    /// The distinct terms, in their own order.
    pub terms: Vec<AffiliationTerms>,
}

impl PlanDirectory {
    /// The network with this key, if the key is valid.
    pub fn network(&self, key: NetworkId) -> Option<&Network> {
        self.networks.get(key.0 as usize)
    }

    /// The terms with this key, if the key is valid.
    pub fn terms(&self, key: TermsId) -> Option<&AffiliationTerms> {
        self.terms.get(key.0 as usize)
    }

    /// The networks of a payer, whichever plan uses them.
    pub fn networks_of(&self, payer: u32) -> Vec<NetworkId> {
        let owned = |(_, network): &(u32, &Network)| network.payer == Some(payer);
        (0..).zip(&self.networks).filter(owned).map(|(at, _)| NetworkId(at)).collect()
    }
}

/// Who pays for the patient of a discharge.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Coverage {
    /// A plan, a network or a payer, resolved to its networks; the best status among them counts.
    Networks {
        /// The field in which the caller named it: `plan`, `network` or `payer`.
        named_by: &'static str,
        /// The name as in the directory.
        name: String,
        /// Its networks; empty if the plan is known but its directory was not loaded.
        networks: Vec<NetworkId>,
    },
    /// Original Medicare: certification decides.
    Medicare,
    /// The Medicaid program of a state: certification decides.
    Medicaid(State),
    /// The patient pays; no network matters.
    SelfPay,
    /// A plan the directory does not hold, by the name it was given. Whether any provider is in its network must be asked.
    UnknownPlan {
        /// The name as typed.
        name: String,
    },
}

impl Coverage {
    /// The coverage in one fixed spelling, used in digests of questions. It is independent of names in the code, so that
    /// renaming a type changes neither tie-breaks nor list numbers. ties are drawn and what lists are called.
    pub(crate) fn canonical(&self) -> String {
        match self {
            Self::Networks { named_by, name, networks } => {
                let networks: Vec<String> = networks.iter().map(|network| format!("NetworkKey({})", network.0)).collect();
                let networks = networks.join(", ");
                format!("Networks {{ named_by: {named_by:?}, name: {name:?}, networks: [{networks}] }}")
            }
            Self::Medicare => "Medicare".to_owned(),
            Self::Medicaid(state) => format!("Medicaid({state:?})"),
            Self::SelfPay => "SelfPay".to_owned(),
            Self::UnknownPlan { name } => format!("UnknownPlan({name:?})"),
        }
    }

    /// What people read.
    pub fn name(&self) -> String {
        match self {
            Self::Networks { name, .. } | Self::UnknownPlan { name } => name.clone(),
            Self::Medicare => "Original Medicare".to_owned(),
            Self::Medicaid(state) => format!("{} Medicaid", state.name()),
            Self::SelfPay => "Self-pay".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spelling_that_ties_are_drawn_by_stays() {
        let networks = Coverage::Networks {
            named_by: "plan",
            name: "Gold \"1\"".to_owned(),
            networks: vec![NetworkId(3), NetworkId(7)],
        };
        for (coverage, spelled) in [
            (networks, "Networks { named_by: \"plan\", name: \"Gold \\\"1\\\"\", networks: [NetworkKey(3), NetworkKey(7)] }"),
            (Coverage::Medicare, "Medicare"),
            (Coverage::Medicaid("SC".parse().unwrap()), "Medicaid(SC)"),
            (Coverage::SelfPay, "SelfPay"),
        ] {
            assert_eq!(coverage.canonical(), spelled);
        }
    }
}
