//! What payers' directories say: networks, the plans that use them, and who is in them on what terms. Packed, because a big
//! country has tens of millions of provider-network pairs.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::evidence::Tristate;
use crate::refresh::external_provider::ExternalProvider;
use crate::refresh::source_record::{ProviderKey, SourceId};
use crate::service::Service;

/// Texts, each once, by the number it was given.
#[derive(Debug, Default)]
pub(crate) struct StringInterner {
    numbers: FxHashMap<String, u32>,
    texts: Vec<String>,
}

impl StringInterner {
    /// The number of a text, given now if it has none.
    pub(crate) fn number(&mut self, text: &str) -> u32 {
        if let Some(known) = self.numbers.get(text) {
            return *known;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.numbers.insert(text.to_owned(), number);
        self.texts.push(text.to_owned());
        number
    }

    /// The texts by their numbers.
    pub(crate) fn texts(&self) -> &[String] {
        &self.texts
    }

    /// The text of a number.
    pub(crate) fn text(&self, number: u32) -> &str {
        self.texts.get(number as usize).map_or("", String::as_str)
    }
}

/// The terms of a membership, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ListedTerms {
    /// The network, among [`PayerListings::networks`].
    pub network: u32,
    /// The tier, among [`PayerListings::tiers`].
    pub tier: Option<u32>,
    /// The first day.
    pub begin: Option<Date>,
    /// The last day.
    pub end: Option<Date>,
    /// The file that says so.
    pub source: SourceId,
    /// Whether new patients of the network are taken.
    pub new_patients: Tristate,
    /// The source is known to lag behind what the payer would say.
    pub low_confidence: bool,
}

impl ListedTerms {
    /// Terms that `source` states no bounds of.
    pub(crate) fn of(network: u32, source: SourceId) -> Self {
        let new_patients = Tristate::Unknown;
        Self { network, tier: None, begin: None, end: None, source, new_patients, low_confidence: false }
    }
}

/// A party is in a network on some terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NetworkMembership {
    /// The party, among [`PayerListings::parties`].
    pub party: u32,
    /// The line; `None` is every line.
    pub service: Option<Service>,
    /// The terms, among [`PayerListings::terms`].
    pub terms: u32,
}

/// A network of a roster or of a directory.
#[derive(Debug, Clone)]
pub(crate) struct ListedNetwork {
    /// What people call it; no other network has that name once [`PayerListings::name_networks`] was called.
    pub name: String,
    /// Its payer, among [`PayerListings::payers`].
    pub payer: Option<u32>,
    /// The directory whose own it is; `None` for rosters, which know networks by name and payer only.
    origin: Option<String>,
    /// It turned out to be another one, and nothing leads to it any more.
    pub united: bool,
}

/// Everything payers' directories say.
#[derive(Debug, Default)]
pub(crate) struct PayerListings {
    /// The networks.
    pub networks: Vec<ListedNetwork>,
    /// The networks whose list is known to have gaps, so that absence from it means nothing.
    pub partial: FxHashSet<u32>,
    /// Payer names.
    pub payers: StringInterner,
    /// Tier names.
    pub tiers: StringInterner,
    /// Payer, plan and network as they occur together.
    pub plans: FxHashSet<(Option<u32>, String, u32)>,
    /// Plans of which no network was loaded, with their payer.
    pub bare_plans: FxHashSet<(Option<u32>, String)>,
    /// The distinct terms.
    pub terms: Vec<ListedTerms>,
    /// Who is listed.
    pub parties: Vec<ExternalProvider>,
    /// Who is in what.
    pub members: Vec<NetworkMembership>,
    terms_numbers: FxHashMap<ListedTerms, u32>,
    known: FxHashMap<ProviderKey, u32>,
    /// The networks of rosters by name and payer.
    rosters: BTreeMap<(String, Option<u32>), u32>,
}

impl PayerListings {
    /// The number of these terms, given now if they have none.
    pub(crate) fn terms(&mut self, terms: ListedTerms) -> u32 {
        let next = u32::try_from(self.terms.len()).unwrap_or(u32::MAX);
        *self.terms_numbers.entry(terms).or_insert_with(|| {
            self.terms.push(terms);
            next
        })
    }

    /// The number of a party that an identifier is all that is known of.
    pub(crate) fn known_as(&mut self, who: ProviderKey) -> u32 {
        let next = u32::try_from(self.parties.len()).unwrap_or(u32::MAX);
        *self.known.entry(who).or_insert_with_key(|who| {
            self.parties.push(ExternalProvider::known_as(who));
            next
        })
    }

    /// The number of a party that a source describes; each call is a party of its own.
    pub(crate) fn described(&mut self, party: ExternalProvider) -> u32 {
        let number = u32::try_from(self.parties.len()).unwrap_or(u32::MAX);
        self.parties.push(party);
        number
    }

    /// The number of a roster's network: rosters know it by its name and payer, given now if it has none.
    pub(crate) fn network(&mut self, name: &str, payer: Option<u32>) -> u32 {
        let key = (name.to_owned(), payer);
        if let Some(known) = self.rosters.get(&key) {
            return *known;
        }
        let number = self.add_network(name, payer, None);
        self.rosters.insert(key, number);
        number
    }

    /// The number of a network that a directory, called `origin`, has an id for. It is never another's, whatever its name.
    pub(crate) fn network_apart(&mut self, name: &str, payer: Option<u32>, origin: &str) -> u32 {
        self.add_network(name, payer, Some(origin.to_owned()))
    }

    fn add_network(&mut self, name: &str, payer: Option<u32>, origin: Option<String>) -> u32 {
        let number = u32::try_from(self.networks.len()).unwrap_or(u32::MAX);
        self.networks.push(ListedNetwork { name: name.to_owned(), payer, origin, united: false });
        number
    }

    /// Gives each network a name of its own, once all are there. Rows of a roster that leave out the payer are of the only
    /// payer with a network of that name; where there are several, they are a network apart.
    pub(crate) fn name_networks(&mut self) {
        self.unite_rosters();
        let mut alike: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, network) in self.networks.iter().enumerate().filter(|(_, network)| !network.united) {
            alike.entry(network.name.clone()).or_default().push(at);
        }
        // What a source itself writes goes before what is made here.
        let mut taken: BTreeSet<String> = alike.keys().cloned().collect();
        for (name, group) in alike.into_iter().filter(|(_, group)| group.len() > 1) {
            let rosters = group.iter().filter(|at| self.networks[**at].origin.is_none()).count();
            let mut of_payer: FxHashMap<Option<u32>, u32> = FxHashMap::default();
            for at in &group {
                *of_payer.entry(self.networks[*at].payer).or_default() += 1;
            }
            let mut next = 2;
            for at in group {
                let network = &self.networks[at];
                // A roster's only network of the name keeps it, and so does one that no payer tells from the others.
                if network.origin.is_some() || (rosters > 1 && network.payer.is_some()) {
                    let alone = of_payer.get(&network.payer).is_some_and(|same| *same == 1);
                    self.networks[at].name = self.apart(&name, network, alone, &mut taken, &mut next);
                }
            }
        }
    }

    /// The name with what tells the network from others: its payer where that does, else its directory, else the `next` number.
    fn apart(
        &self,
        name: &str,
        network: &ListedNetwork,
        by_payer: bool,
        taken: &mut BTreeSet<String>,
        next: &mut u32,
    ) -> String {
        let payer = network.payer.filter(|_| by_payer || network.origin.is_none());
        let payer = payer.map(|payer| self.payers.text(payer));
        let by = payer.into_iter().chain(network.origin.as_deref()).map(|by| format!("{name} ({by})"));
        let counted = std::iter::repeat_with(|| {
            let count = *next;
            *next += 1;
            format!("{name} ({count})")
        });
        let mut free = by.chain(counted).filter(|name| taken.insert(name.clone()));
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
            // What is missing from the one is missing from the other.
            if self.partial.remove(number) {
                self.partial.insert(*only);
            }
            self.networks[*number as usize].united = true;
        }
    }
}
