//! The content of payers' directories: networks, their plans, and members with terms. Stored
//! compactly, because a national directory has tens of millions of provider-network pairs.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::evidence::Tristate;
use crate::refresh::external_provider::ExternalProvider;
use crate::refresh::name_spellings::{NameInterner, NameSpellings, NamedThing};
use crate::refresh::source_record::{ProviderKey, SourceId};
use crate::service::Service;
use crate::text::name_key::name_key;

/// Interns texts under numbers.
#[derive(Debug, Default)]
pub(crate) struct StringInterner {
    numbers: FxHashMap<String, u32>,
    texts: Vec<String>,
}

impl StringInterner {
    /// The number of a text; assigns one if needed.
    pub(crate) fn number(&mut self, text: &str) -> u32 {
        if let Some(known) = self.numbers.get(text) {
            return *known;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.numbers.insert(text.to_owned(), number);
        self.texts.push(text.to_owned());
        number
    }

    /// All texts in number order.
    pub(crate) fn texts(&self) -> &[String] {
        &self.texts
    }

    /// The text of a number.
    pub(crate) fn text(&self, number: u32) -> &str {
        self.texts.get(number as usize).map_or("", String::as_str)
    }
}

/// The terms of a membership, as numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ListedTerms {
    /// Index of the network in [`PayerListings::networks`].
    pub network: u32,
    /// Index of the tier in [`PayerListings::tiers`].
    pub tier: Option<u32>,
    /// The first day.
    pub begin: Option<Date>,
    /// The last day.
    pub end: Option<Date>,
    /// The day on which the payer checked the membership.
    pub verified_at: Option<Date>,
    /// The file.
    pub source: SourceId,
    /// Whether the provider accepts new patients of the network.
    pub new_patients: Tristate,
    /// Whether the source is known to be less current than the payer itself.
    pub low_confidence: bool,
}

impl ListedTerms {
    /// Terms without limits.
    pub(crate) fn of(network: u32, source: SourceId) -> Self {
        let new_patients = Tristate::Unknown;
        Self { network, tier: None, begin: None, end: None, verified_at: None, source, new_patients, low_confidence: false }
    }
}

/// The membership of a party in a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NetworkMembership {
    /// Index of the party in [`PayerListings::parties`].
    pub party: u32,
    /// The service; `None` for all services.
    pub service: Option<Service>,
    /// Index of the terms in [`PayerListings::terms`].
    pub terms: u32,
}

/// A network of a roster or directory.
#[derive(Debug, Clone)]
pub(crate) struct ListedNetwork {
    /// Display name; unique after [`PayerListings::name_networks`].
    pub name: String,
    /// Index of its payer in [`PayerListings::payers`].
    pub payer: Option<u32>,
    /// The directory it comes from; `None` for rosters, which identify networks only by name and
    /// payer.
    origin: Option<String>,
    /// Whether it was merged into another network and is no longer used.
    pub united: bool,
}

/// The content of all payers' directories.
#[derive(Debug, Default)]
pub(crate) struct PayerListings {
    /// The networks.
    pub networks: Vec<ListedNetwork>,
    /// Networks whose list is known to be incomplete, so that absence from it means nothing.
    pub partial: FxHashSet<u32>,
    /// Payer names.
    pub payers: NameInterner,
    /// How rosters spell the names of payers, plans and networks.
    pub spellings: NameSpellings,
    /// Tier names.
    pub tiers: StringInterner,
    /// Combinations of payer, plan and network.
    pub plans: FxHashSet<(Option<u32>, String, u32)>,
    /// Plans without a loaded network, with their payer.
    pub bare_plans: FxHashSet<(Option<u32>, String)>,
    /// The distinct terms.
    pub terms: Vec<ListedTerms>,
    /// The listed parties.
    pub parties: Vec<ExternalProvider>,
    /// The memberships.
    pub members: Vec<NetworkMembership>,
    terms_numbers: FxHashMap<ListedTerms, u32>,
    known: FxHashMap<ProviderKey, u32>,
    /// Roster networks by the key of their name and by payer.
    rosters: BTreeMap<(String, Option<u32>), u32>,
}

impl PayerListings {
    /// The number of these terms; assigns one if needed.
    pub(crate) fn terms(&mut self, terms: ListedTerms) -> u32 {
        let next = u32::try_from(self.terms.len()).unwrap_or(u32::MAX);
        *self.terms_numbers.entry(terms).or_insert_with(|| {
            self.terms.push(terms);
            next
        })
    }

    /// The number of a party known only by an identifier.
    pub(crate) fn known_as(&mut self, who: ProviderKey) -> u32 {
        let next = u32::try_from(self.parties.len()).unwrap_or(u32::MAX);
        *self.known.entry(who).or_insert_with_key(|who| {
            self.parties.push(ExternalProvider::known_as(who));
            next
        })
    }

    /// The number of a party described by a source; each call adds a new party.
    pub(crate) fn described(&mut self, party: ExternalProvider) -> u32 {
        let number = u32::try_from(self.parties.len()).unwrap_or(u32::MAX);
        self.parties.push(party);
        number
    }

    /// The number of a roster network with this name and payer; assigns one if needed.
    pub(crate) fn network(&mut self, name: &str, payer: Option<u32>) -> u32 {
        let key = (name_key(name), payer);
        if let Some(known) = self.rosters.get(&key) {
            return *known;
        }
        let number = self.add_network(name, payer, None);
        self.rosters.insert(key, number);
        number
    }

    /// Adds a network that the directory `origin` has an id for. It is never merged with another,
    /// even one of the same name.
    pub(crate) fn network_apart(&mut self, name: &str, payer: Option<u32>, origin: &str) -> u32 {
        self.add_network(name, payer, Some(origin.to_owned()))
    }

    fn add_network(&mut self, name: &str, payer: Option<u32>, origin: Option<String>) -> u32 {
        let number = u32::try_from(self.networks.len()).unwrap_or(u32::MAX);
        self.networks.push(ListedNetwork { name: name.to_owned(), payer, origin, united: false });
        number
    }

    /// Gives each network a unique name, after all are loaded. Roster rows without a payer are
    /// assigned to the only payer with a network of that name; if there are several, they form a
    /// separate network.
    pub(crate) fn name_networks(&mut self) {
        self.unite_rosters();
        self.payers.show(&self.spellings);
        for (number, network) in (0..).zip(&mut self.networks) {
            if let Some(shown) = self.spellings.shown(NamedThing::Network(number), &network.name) {
                network.name = shown.to_owned();
            }
        }
        let mut alike: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, network) in self.networks.iter().enumerate().filter(|(_, network)| !network.united) {
            alike.entry(name_key(&network.name)).or_default().push(at);
        }
        // Names written by a source take precedence over names made here.
        let mut taken: BTreeSet<String> = alike.keys().cloned().collect();
        for group in alike.into_values().filter(|group| group.len() > 1) {
            let rosters = group.iter().filter(|at| self.networks[**at].origin.is_none()).count();
            let mut of_payer: FxHashMap<Option<u32>, u32> = FxHashMap::default();
            for at in &group {
                *of_payer.entry(self.networks[*at].payer).or_default() += 1;
            }
            let mut next = 2;
            for at in group {
                let network = &self.networks[at];
                // A roster's only network of that name keeps it, as does one without a payer.
                if network.origin.is_some() || (rosters > 1 && network.payer.is_some()) {
                    let alone = of_payer.get(&network.payer).is_some_and(|same| *same == 1);
                    self.networks[at].name = self.apart(network, alone, &mut taken, &mut next);
                }
            }
        }
    }

    /// Makes a name unique by adding its payer, else its directory, else the `next` number. `taken` has
    /// the keys of all names.
    fn apart(&self, network: &ListedNetwork, by_payer: bool, taken: &mut BTreeSet<String>, next: &mut u32) -> String {
        let name = &network.name;
        let payer = network.payer.filter(|_| by_payer || network.origin.is_none());
        let payer = payer.map(|payer| self.payers.text(payer));
        let by = payer.into_iter().chain(network.origin.as_deref()).map(|by| format!("{name} ({by})"));
        let counted = std::iter::repeat_with(|| {
            let count = *next;
            *next += 1;
            format!("{name} ({count})")
        });
        let mut free = by.chain(counted).filter(|name| taken.insert(name_key(name)));
        free.next().unwrap_or_default()
    }

    fn unite_rosters(&mut self) {
        let mut same = FxHashMap::default();
        for ((name, payer), number) in &self.rosters {
            let of_name = |key: &&(String, Option<u32>)| key.0 == *name;
            let after = self.rosters.range((name.clone(), None)..).skip(1).take_while(|(key, _)| of_name(key));
            let payers: Vec<u32> = after.map(|(_, number)| *number).take(2).collect();
            if let (None, [only]) = (payer, payers.as_slice()) {
                same.insert(*number, *only);
            }
        }
        for terms in &mut self.terms {
            terms.network = *same.get(&terms.network).unwrap_or(&terms.network);
        }
        let plans = std::mem::take(&mut self.plans).into_iter();
        self.plans = plans.map(|(payer, plan, network)| (payer, plan, *same.get(&network).unwrap_or(&network))).collect();
        for (number, only) in &same {
            self.spellings.unite(*number, *only);
            // If one list is incomplete, so is the merged one.
            if self.partial.remove(number) {
                self.partial.insert(*only);
            }
            self.networks[*number as usize].united = true;
        }
    }
}
