//! Who pays: payers, their plans, the networks behind a plan, and on what terms a provider belongs to a network.

use jiff::civil::Date;

use crate::evidence::{Answer, Evidence};
use crate::place::State;

pub mod names;

/// A network by its place in [`Plans::networks`]. Good within one directory only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetworkKey(pub u32);

/// The terms of an affiliation by their place in [`Plans::terms`]. Good within one directory only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TermsKey(pub u32);

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
    /// The payer's place in [`Plans::payers`].
    pub payer: Option<u32>,
    /// The networks the plan uses.
    pub networks: Vec<NetworkKey>,
}

/// A payer's list of providers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// The network's name; unique among networks.
    pub name: String,
    /// The payer's place in [`Plans::payers`].
    pub payer: Option<u32>,
    /// Whether the list was loaded whole, so that absence from it means something.
    pub whole: bool,
    /// The directory the list comes from.
    pub evidence: Evidence,
}

/// How sure it is that the provider the payer lists is this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Link {
    /// By identifier.
    Sure,
    /// By identifier, but the payer lists it at another address only.
    OtherLocation,
    /// By name and address only.
    Probable,
}

/// What an affiliation (provider, service, network) says; many affiliations share the same terms.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Terms {
    /// The network.
    pub network: NetworkKey,
    /// The network's tier for this provider, where the payer has tiers.
    pub tier: Option<String>,
    /// The first day it holds; `None` is "no beginning stated".
    pub begin: Option<Date>,
    /// The last day it holds; `None` is "no end stated".
    pub end: Option<Date>,
    /// How sure the identity is.
    pub link: Link,
    /// Whether it takes new patients in this network, as the payer's directory says; mostly unknown.
    pub new_patients: Answer,
    /// The source is known to lag behind the payer's own directory, as the marketplace's provider files do.
    pub low_confidence: bool,
    /// The payer's directory, and its day.
    pub evidence: Evidence,
}

impl Terms {
    /// Whether they hold on a day: neither ended before it nor begun after it.
    pub fn in_force(&self, on: Date) -> bool {
        self.begin.is_none_or(|begin| begin <= on) && self.end.is_none_or(|end| on <= end)
    }
}

/// Every payer, plan and network of one directory, and the terms its affiliations refer to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plans {
    /// Payers, by name.
    pub payers: Vec<Payer>,
    /// Plans, by payer and name.
    pub plans: Vec<Plan>,
    /// Networks, by name.
    pub networks: Vec<Network>,
    /// The distinct terms, in their own order.
    pub terms: Vec<Terms>,
}

impl Plans {
    /// The network of `key`, if the key is of this directory.
    pub fn network(&self, key: NetworkKey) -> Option<&Network> {
        self.networks.get(key.0 as usize)
    }

    /// The terms of `key`, if the key is of this directory.
    pub fn terms(&self, key: TermsKey) -> Option<&Terms> {
        self.terms.get(key.0 as usize)
    }

    /// The networks a payer runs, whichever plan uses them.
    pub fn networks_of(&self, payer: u32) -> Vec<NetworkKey> {
        let owned = |(_, network): &(u32, &Network)| network.payer == Some(payer);
        (0..).zip(&self.networks).filter(owned).map(|(at, _)| NetworkKey(at)).collect()
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
        networks: Vec<NetworkKey>,
    },
    /// Original Medicare: certification decides.
    Medicare,
    /// The Medicaid programme of a state: certification decides.
    Medicaid(State),
    /// The patient pays; no network matters.
    SelfPay,
}
