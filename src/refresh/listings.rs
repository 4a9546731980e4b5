//! What payers' directories say: networks, the plans that use them, and who is in them on what terms. Packed, because a big
//! country has tens of millions of provider-network pairs.

use jiff::civil::Date;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::care::Service;
use crate::evidence::Answer;
use crate::refresh::account::{SourceKey, Who};
use crate::refresh::party::Party;

/// Texts, each once, by the number it was given.
#[derive(Debug, Default)]
pub struct Names {
    numbers: FxHashMap<String, u32>,
    texts: Vec<String>,
}

impl Names {
    /// The number of a text, given now if it has none.
    pub fn number(&mut self, text: &str) -> u32 {
        if let Some(known) = self.numbers.get(text) {
            return *known;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.numbers.insert(text.to_owned(), number);
        self.texts.push(text.to_owned());
        number
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// The texts by their numbers.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// The text of a number.
    pub fn text(&self, number: u32) -> &str {
        self.texts.get(number as usize).map_or("", String::as_str)
    }
}

/// The terms of a membership, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListedTerms {
    /// The network, among [`Listings::networks`].
    pub network: u32,
    /// The tier, among [`Listings::tiers`].
    pub tier: Option<u32>,
    /// The first day.
    pub begin: Option<Date>,
    /// The last day.
    pub end: Option<Date>,
    /// The file that says so.
    pub source: SourceKey,
    /// Whether new patients of the network are taken.
    pub new_patients: Answer,
    /// The source is known to lag behind what the payer would say.
    pub low_confidence: bool,
}

impl ListedTerms {
    /// Terms that `source` states no bounds of.
    pub fn of(network: u32, source: SourceKey) -> Self {
        let new_patients = Answer::Unknown;
        Self { network, tier: None, begin: None, end: None, source, new_patients, low_confidence: false }
    }
}

/// A party is in a network on some terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// The party, among [`Listings::parties`].
    pub party: u32,
    /// The line; `None` is every line.
    pub service: Option<Service>,
    /// The terms, among [`Listings::terms`].
    pub terms: u32,
}

/// Everything payers' directories say.
#[derive(Debug, Default)]
pub struct Listings {
    /// Network names.
    pub networks: Names,
    /// The payer of each network, among [`Listings::payers`].
    pub payer_of: Vec<Option<u32>>,
    /// The networks whose list is known to have gaps, so that absence from it means nothing.
    pub partial: FxHashSet<u32>,
    /// Payer names.
    pub payers: Names,
    /// Tier names.
    pub tiers: Names,
    /// Payer, plan and network as they occur together.
    pub plans: FxHashSet<(Option<u32>, String, u32)>,
    /// Plans of which no network was loaded, with their payer.
    pub bare_plans: FxHashSet<(Option<u32>, String)>,
    /// The distinct terms.
    pub terms: Vec<ListedTerms>,
    /// Who is listed.
    pub parties: Vec<Party>,
    /// Who is in what.
    pub members: Vec<Member>,
    terms_numbers: FxHashMap<ListedTerms, u32>,
    known: FxHashMap<Who, u32>,
}

impl Listings {
    /// The number of these terms, given now if they have none.
    pub fn terms(&mut self, terms: ListedTerms) -> u32 {
        let next = u32::try_from(self.terms.len()).unwrap_or(u32::MAX);
        *self.terms_numbers.entry(terms).or_insert_with(|| {
            self.terms.push(terms);
            next
        })
    }

    /// The number of a party that an identifier is all that is known of.
    pub fn known_as(&mut self, who: Who) -> u32 {
        let next = u32::try_from(self.parties.len()).unwrap_or(u32::MAX);
        *self.known.entry(who).or_insert_with_key(|who| {
            self.parties.push(Party::known_as(who));
            next
        })
    }

    /// The number of a party that a source describes; each call is a party of its own.
    pub fn described(&mut self, party: Party) -> u32 {
        let number = u32::try_from(self.parties.len()).unwrap_or(u32::MAX);
        self.parties.push(party);
        number
    }

    /// The number of a network.
    ///
    /// # Errors
    /// It was given to another payer before; the name of that.
    pub fn network(&mut self, name: &str, payer: Option<u32>) -> Result<u32, &str> {
        let number = self.networks.number(name);
        let place = number as usize;
        if place == self.payer_of.len() {
            self.payer_of.push(payer);
        }
        match (self.payer_of[place], payer) {
            (Some(earlier), Some(payer)) if earlier != payer => Err(self.payers.text(earlier)),
            (earlier, payer) => {
                self.payer_of[place] = earlier.or(payer);
                Ok(number)
            }
        }
    }

    /// The number of a network whose source has ids for networks: where another payer has one of the same name, the payer's
    /// name is put behind it.
    pub fn network_apart(&mut self, name: &str, payer: Option<u32>) -> u32 {
        if let Ok(number) = self.network(name, payer) {
            return number;
        }
        let payer_name = payer.map(|payer| self.payers.text(payer).to_owned()).unwrap_or_default();
        let apart = format!("{name} ({payer_name})");
        let number = self.networks.number(&apart);
        if number as usize == self.payer_of.len() {
            self.payer_of.push(payer);
        }
        number
    }
}
