//! Who pays: payers, their plans, the networks behind a plan, and on what terms a provider belongs to a network.

use jiff::civil::Date;

use crate::evidence::{Evidence, Tristate};
use crate::place::State;

pub(crate) mod names;

/// A network by its place in [`PlanDirectory::networks`]. Good within one directory only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetworkId(pub u32);

/// The terms of an affiliation by their place in [`PlanDirectory::terms`]. Good within one directory only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TermsId(pub u32);

/// An organisation that pays: an insurer or a programme it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payer {
    /// What the payer's own directory calls it; unique among payers.
    pub name: String,
}

/// A product people are insured under. Users know its name, not its networks'.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The name on the card; unique among plans of one payer.
    pub name: String,
    /// The payer's place in [`PlanDirectory::payers`].
    pub payer: Option<u32>,
    /// The networks the plan uses.
    pub networks: Vec<NetworkId>,
}

/// A payer's list of providers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// The network's name; unique among networks.
    pub name: String,
    /// The payer's place in [`PlanDirectory::payers`].
    pub payer: Option<u32>,
    /// Whether the list was loaded whole, so that absence from it means something.
    pub whole: bool,
    /// The directory the list comes from.
    pub evidence: Evidence,
}

/// How sure it is that the provider the payer lists is this one.
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
    /// As the API says it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Sure => "sure",
            Self::OtherLocation => "other_location",
            Self::Probable => "probable",
        }
    }
}

/// What an affiliation (provider, service, network) says; many affiliations share the same terms.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AffiliationTerms {
    /// The network.
    pub network: NetworkId,
    /// The network's tier for this provider, where the payer has tiers.
    pub tier: Option<String>,
    /// The first day it holds; `None` is "no beginning stated".
    pub begin: Option<Date>,
    /// The last day it holds; `None` is "no end stated".
    pub end: Option<Date>,
    /// How sure the identity is.
    pub link: IdentityConfidence,
    /// Whether it takes new patients in this network, as the payer's directory says; mostly unknown.
    pub new_patients: Tristate,
    /// The source is known to lag behind the payer's own directory, as the marketplace's provider files do.
    pub low_confidence: bool,
    /// The payer's directory, and its day.
    pub evidence: Evidence,
}

impl AffiliationTerms {
    /// Whether they hold on a day: neither ended before it nor begun after it.
    pub fn in_force(&self, on: Date) -> bool {
        self.begin.is_none_or(|begin| begin <= on) && self.end.is_none_or(|end| on <= end)
    }
}

/// Every payer, plan and network of one directory, and the terms its affiliations refer to.
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
    /// The network of `key`, if the key is of this directory.
    pub fn network(&self, key: NetworkId) -> Option<&Network> {
        self.networks.get(key.0 as usize)
    }

    /// The terms of `key`, if the key is of this directory.
    pub fn terms(&self, key: TermsId) -> Option<&AffiliationTerms> {
        self.terms.get(key.0 as usize)
    }

    /// The networks a payer runs, whichever plan uses them.
    pub fn networks_of(&self, payer: u32) -> Vec<NetworkId> {
        let owned = |(_, network): &(u32, &Network)| network.payer == Some(payer);
        (0..).zip(&self.networks).filter(owned).map(|(at, _)| NetworkId(at)).collect()
    }
}

/// Who pays for the patient of one discharge.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Coverage {
    /// A plan, a network or a payer, resolved to its networks; the best status among them counts.
    Networks {
        /// The field the caller named it by: `plan`, `network` or `payer`.
        named_by: &'static str,
        /// The name as the directory writes it.
        name: String,
        /// The networks behind the name; empty when the plan is known but its directory was not loaded.
        networks: Vec<NetworkId>,
    },
    /// Original Medicare: certification decides.
    Medicare,
    /// The Medicaid programme of a state: certification decides.
    Medicaid(State),
    /// The patient pays; no network matters.
    SelfPay,
}

impl Coverage {
    /// The coverage in one fixed spelling, which digests of questions are made of. It is written out so that no name in the code decides how
    /// ties are drawn and what lists are called.
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
