//! Resolves each party of an external file to a provider of the directory: sure, probable, or a new provider.
//!
//! [`identity`](crate::refresh::identity) compares two records; this module feeds it every record of the refresh in order of
//! dependency: first the providers that CMS lists, then the NPI registry, which says whose an NPI is, then the sources that
//! name providers by NPI, name or address. Decisions in the same-as table take precedence.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use crate::coverage::IdentityConfidence;
use crate::provider::{Npi, Phone, ProviderId};
use crate::refresh::external_provider::ExternalProvider;
use crate::refresh::identity::{
    IdentityIndex, IdentityMatch, IdentityTraits, MatchEvidence, NormalizedName, NormalizedStreet,
};
use crate::refresh::parsed::npi_registry::NpiRegistry;
use crate::refresh::parsed::same_as::SameAsDecisions;
use crate::refresh::source_record::{ProviderKey, SourceRecord, SourceRecords};
use crate::service::Service;
use crate::text::count_text::counted;
use crate::text::list_text::first_few;

/// A record that may be a provider, for human review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnresolvedIdentity {
    /// The record.
    pub party: ExternalProvider,
    /// The provider it may be.
    pub who: ProviderKey,
    /// The evidence they share.
    pub ground: MatchEvidence,
    /// What the decision affects.
    pub used_for: String,
}

/// The known providers and their identities.
#[derive(Debug)]
pub(crate) struct IdentityResolver {
    index: IdentityIndex,
    whos: Vec<ProviderKey>,
    places: FxHashMap<ProviderKey, usize>,
    /// The providers that are in the directory only because a payer lists them.
    listed_only: BTreeSet<usize>,
    /// NPIs that probably belong to a provider.
    perhaps: BTreeMap<Npi, Vec<(usize, MatchEvidence)>>,
    decisions: SameAsDecisions,
    /// Deactivated NPIs: none of them matches for certain.
    deactivated: BTreeSet<Npi>,
    /// Deactivated NPIs that a file uses.
    used_deactivated: BTreeSet<Npi>,
    /// Services for which a list of certified providers was loaded: no other provider is added to these.
    certified: BTreeSet<Service>,
    /// Records for human review.
    pub doubts: Vec<UnresolvedIdentity>,
}

impl IdentityResolver {
    /// Indexes the providers of the records, and their NPIs from the registry. Records under an NPI of a provider with a
    /// certification number are moved to that provider.
    pub(crate) fn of(source_records: &mut SourceRecords, registry: &NpiRegistry, decisions: SameAsDecisions) -> Self {
        let mut known = Self {
            index: IdentityIndex::default(),
            whos: Vec::new(),
            places: FxHashMap::default(),
            listed_only: BTreeSet::new(),
            perhaps: BTreeMap::new(),
            decisions,
            deactivated: registry.all_out_of_use().collect(),
            used_deactivated: BTreeSet::new(),
            certified: certified(source_records),
            doubts: Vec::new(),
        };
        let (by_ccn, others): (Vec<ProviderKey>, Vec<ProviderKey>) =
            source_records.of.keys().cloned().partition(|who| matches!(who, ProviderKey::Ccn(_)));
        for who in by_ccn {
            known.add_provider(who, source_records);
        }
        known.learn_numbers(source_records);
        for who in others {
            known.resolve_npi_only(who, source_records, registry);
        }
        for party in registry.parties() {
            known.add_registry_party(party, source_records);
        }
        known
    }

    /// Adds a provider that has records.
    fn add_provider(&mut self, who: ProviderKey, source_records: &SourceRecords) -> usize {
        let traits = traits_of(&who, source_records);
        let at = self.index.add(traits);
        self.places.insert(who.clone(), at);
        self.whos.push(who);
        at
    }

    /// Adds the NPIs that a roster gives with a CCN or that a person decided on.
    fn learn_numbers(&mut self, source_records: &SourceRecords) {
        for (npi, ccns) in &source_records.npis {
            for ccn in ccns {
                let Some(at) = self.places.get(&ProviderKey::Ccn(ccn.clone())).copied() else { continue };
                if self.deactivated.contains(npi) {
                    self.used_deactivated.insert(*npi);
                    self.perhaps.entry(*npi).or_default().push((at, MatchEvidence::Npi));
                } else {
                    self.index.learn(at, *npi);
                }
            }
        }
        let decided: Vec<(ProviderId, Npi)> = self.decisions.numbers().collect();
        for (provider, npi) in decided {
            if let Some(at) = self.place_of(&provider) {
                self.index.learn(at, npi);
            }
        }
    }

    /// Resolves a provider that files name only by NPI: it may be one known by its certification number.
    fn resolve_npi_only(&mut self, who: ProviderKey, source_records: &mut SourceRecords, registry: &NpiRegistry) {
        let mut party = ExternalProvider {
            says: source_records.of.get(&who).cloned().unwrap_or_default(),
            ..ExternalProvider::known_as(&who)
        };
        party.names = party.says.iter().filter_map(|source_record| source_record.name.clone()).collect();
        party.address = party.says.iter().find_map(|source_record| source_record.address.clone());
        party.phone = party.says.iter().find_map(|source_record| source_record.phone);
        party.services = services(&party.says);
        if let Some(registered) = party.npis.first().and_then(|npi| registry.party(*npi)) {
            party.names.extend(registered.names.iter().cloned());
            party.ccn = party.ccn.or_else(|| registered.ccn.clone());
            party.address = party.address.or_else(|| registered.address.clone());
            party.phone = party.phone.or(registered.phone);
        }
        match self.find(&party, &party.traits(None)) {
            IdentityMatch::Sure(at, _) => {
                let same = self.whos[at].clone();
                let moved = source_records.of.remove(&who).unwrap_or_default();
                source_records.of.entry(same).or_default().extend(moved);
                party.npis.iter().for_each(|npi| self.index.learn(at, *npi));
            }
            IdentityMatch::Probable(likely) => {
                // A license list adds no second provider of a service that CMS lists whole.
                let is_doubtful = |service: &Service| self.certified.contains(service);
                if matches!(who, ProviderKey::Listed(_)) && party.services.iter().all(is_doubtful) {
                    self.doubt(&party, &likely, "what a license list says");
                    source_records.of.remove(&who);
                    return;
                }
                self.doubt(&party, &likely, "what is stated under its NPI");
                self.add_provider(who, source_records);
            }
            IdentityMatch::No => {
                self.add_provider(who, source_records);
            }
        }
    }

    /// Adds an organization of the registry: the owner of an NPI, or a provider that no other source lists.
    fn add_registry_party(&mut self, party: &ExternalProvider, source_records: &mut SourceRecords) {
        let traits = party.traits(None);
        match self.find(party, &traits) {
            IdentityMatch::Sure(at, MatchEvidence::Npi)
                if self.decided(party).is_none() && self.contradicts(at, party, &traits) => {}
            IdentityMatch::Sure(at, _) => {
                party.npis.iter().for_each(|npi| self.index.learn(at, *npi));
                self.say(at, party, source_records);
            }
            IdentityMatch::Probable(likely) => {
                for npi in &party.npis {
                    self.perhaps.entry(*npi).or_default().extend(likely.iter().copied());
                }
                self.doubt(party, &likely, "whose NPI it is");
            }
            IdentityMatch::No => {
                self.found(party, source_records);
            }
        }
    }

    /// Whether the registry describes another provider than the one a file gives the number to. Then the number is sure for
    /// neither.
    fn contradicts(&mut self, at: usize, party: &ExternalProvider, traits: &IdentityTraits) -> bool {
        let described = IdentityTraits { npis: Vec::new(), ..traits.clone() };
        let IdentityMatch::Sure(other, _) = self.find(party, &described) else { return false };
        if other == at {
            return false;
        }
        let both = [(at, MatchEvidence::Contested), (other, MatchEvidence::Contested)];
        for npi in &party.npis {
            self.index.forget(at, *npi);
            self.perhaps.entry(*npi).or_default().extend(both);
        }
        self.doubt(party, &both, "whose NPI it is");
        true
    }

    /// The remark about deactivated NPIs that files use.
    pub(crate) fn remark_on_deactivated(&self) -> Option<String> {
        const SHOWN: usize = 10;
        let count = self.used_deactivated.len();
        let listed = first_few(self.used_deactivated.iter(), SHOWN);
        (count > 0).then(|| {
            let words = if count == 1 { "it matches" } else { "they match" };
            let of = counted(count as u64, "NPI");
            format!("{of} in payers' lists or enrollments, but deactivated: {words} no provider for certain ({listed})")
        })
    }

    /// Decisions that name a provider the directory does not have.
    pub(crate) fn idle_decisions(&self) -> Vec<String> {
        let unknown = |(record, provider): (&String, &ProviderId)| {
            let idle = self.place_of(provider).is_none();
            idle.then(|| format!("the same-as table says that {record} is {provider}, which is not in the directory"))
        };
        self.decisions.all().filter_map(unknown).collect()
    }

    /// The provider that a payer lists, with the confidence; `None` if it is not in the directory.
    pub(crate) fn resolve(
        &mut self,
        party: &ExternalProvider,
        source_records: &mut SourceRecords,
    ) -> Vec<(ProviderKey, IdentityConfidence)> {
        let gone: Vec<Npi> = party.npis.iter().copied().filter(|npi| self.deactivated.contains(npi)).collect();
        self.used_deactivated.extend(&gone);
        if let Some(decided) = self.decided(party) {
            return vec![(decided.clone(), IdentityConfidence::Sure)];
        }
        if party.names.is_empty() {
            return self.by_identifier(party);
        }
        let mut traits = party.traits(None);
        traits.npis.retain(|npi| !gone.contains(npi));
        match self.find(party, &traits) {
            IdentityMatch::Sure(at, ground) => self.listed(party, &traits, (at, ground), source_records),
            IdentityMatch::Probable(likely) => {
                self.doubt(party, &likely, "network membership");
                likely.iter().map(|(at, _)| (self.whos[*at].clone(), IdentityConfidence::Probable)).collect()
            }
            IdentityMatch::No => {
                let perhaps = self.perhaps(party);
                if !perhaps.is_empty() {
                    return perhaps;
                }
                let new = self.found(party, source_records);
                new.map(|at| {
                    self.listed_only.insert(at);
                    (self.whos[at].clone(), IdentityConfidence::Sure)
                })
                .into_iter()
                .collect()
            }
        }
    }

    /// A listing that is surely a provider's. By NPI it may be another location of the same organization.
    fn listed(
        &mut self,
        party: &ExternalProvider,
        traits: &IdentityTraits,
        (at, ground): (usize, MatchEvidence),
        source_records: &mut SourceRecords,
    ) -> Vec<(ProviderKey, IdentityConfidence)> {
        let elsewhere =
            ground == MatchEvidence::Npi && self.index.record(at).is_some_and(|record| record.is_elsewhere(traits));
        if !elsewhere {
            self.say(at, party, source_records);
            return vec![(self.whos[at].clone(), IdentityConfidence::Sure)];
        }
        let described = IdentityTraits { npis: Vec::new(), ..traits.clone() };
        if let IdentityMatch::Sure(there, _) = self.find(party, &described) {
            self.say(there, party, source_records);
            return vec![(self.whos[there].clone(), IdentityConfidence::Sure)];
        }
        // If only payers list the organization, each of its locations is a provider.
        if self.listed_only.contains(&at)
            && let Some(there) = self.found(party, source_records)
        {
            self.listed_only.insert(there);
            return vec![(self.whos[there].clone(), IdentityConfidence::Sure)];
        }
        vec![(self.whos[at].clone(), IdentityConfidence::OtherLocation)]
    }

    /// Resolves a party that has only an identifier. An NPI shared by several providers resolves to all of them.
    fn by_identifier(&self, party: &ExternalProvider) -> Vec<(ProviderKey, IdentityConfidence)> {
        let ccn = party.ccn.iter().flat_map(|ccn| self.index.with_ccn(ccn));
        let npi = party.npis.iter().flat_map(|npi| self.index.with_npi(*npi));
        let listed = party.listed_as.iter().filter_map(|id| self.places.get(&ProviderKey::Listed(id.clone())));
        let found: Vec<(ProviderKey, IdentityConfidence)> =
            ccn.chain(npi).chain(listed).map(|at| (self.whos[*at].clone(), IdentityConfidence::Sure)).collect();
        if found.is_empty() { self.perhaps(party) } else { found }
    }

    fn perhaps(&self, party: &ExternalProvider) -> Vec<(ProviderKey, IdentityConfidence)> {
        self.likely(party).into_iter().map(|(at, _)| (self.whos[at].clone(), IdentityConfidence::Probable)).collect()
    }

    /// The providers that an NPI of the party probably belongs to.
    pub(crate) fn likely(&self, party: &ExternalProvider) -> Vec<(usize, MatchEvidence)> {
        party.npis.iter().filter_map(|npi| self.perhaps.get(npi)).flatten().copied().collect()
    }

    /// The record of the same provider, except those that a person ruled out.
    pub(crate) fn find(&self, party: &ExternalProvider, traits: &IdentityTraits) -> IdentityMatch {
        if self.decisions.is_empty() {
            return self.index.find(traits);
        }
        let record = party.record();
        self.index.find_among(traits, |at| !self.decisions.apart(&record, &self.whos[at].id()))
    }

    /// The provider that a person decided the party is.
    pub(crate) fn decided(&self, party: &ExternalProvider) -> Option<&ProviderKey> {
        let at = self.place_of(self.decisions.same(&party.record())?)?;
        self.whos.get(at)
    }

    /// The provider at an index of the found records.
    pub(crate) fn who(&self, at: usize) -> &ProviderKey {
        &self.whos[at]
    }

    /// The NPIs that surely belong to a provider.
    pub(crate) fn npis(&self, who: &ProviderKey) -> Vec<Npi> {
        let record = self.places.get(who).and_then(|at| self.index.record(*at));
        let mut npis = record.map(|record| record.npis.clone()).unwrap_or_default();
        npis.sort_unstable();
        npis
    }

    /// Leaves the decision to human review.
    pub(crate) fn doubt(&mut self, party: &ExternalProvider, likely: &[(usize, MatchEvidence)], used_for: &str) {
        for (at, ground) in likely {
            let party = ExternalProvider { says: Vec::new(), ..party.clone() };
            let who = self.whos[*at].clone();
            self.doubts.push(UnresolvedIdentity { party, who, ground: *ground, used_for: used_for.to_owned() });
        }
    }

    fn place_of(&self, provider: &ProviderId) -> Option<usize> {
        self.places.get(&ProviderKey::of(provider)).copied()
    }

    /// Adds the source's records for a known provider: for services it offers, and for services without a certified list.
    fn say(&self, at: usize, party: &ExternalProvider, source_records: &mut SourceRecords) {
        let known = source_records.of.entry(self.whos[at].clone()).or_default();
        for source_record in &party.says {
            let offered = known.iter().any(|known| known.service == source_record.service);
            if (offered || !self.certified.contains(&source_record.service)) && !known.contains(source_record) {
                known.push(source_record.clone());
            }
        }
    }

    /// Adds a new provider for an unknown party that offers a service for which no CMS list is loaded.
    fn found(&mut self, party: &ExternalProvider, source_records: &mut SourceRecords) -> Option<usize> {
        let says: Vec<SourceRecord> =
            party.says.iter().filter(|source_record| !self.certified.contains(&source_record.service)).cloned().collect();
        if says.is_empty() {
            return None;
        }
        let taken = |who: &ProviderKey| self.places.contains_key(who);
        let who =
            party.provider_key().filter(|who| !taken(who)).or_else(|| party.listed_as.clone().map(ProviderKey::Listed))?;
        if let Some(at) = self.places.get(&who).copied() {
            self.say(at, party, source_records);
            return Some(at);
        }
        source_records.of.entry(who.clone()).or_default().extend(says);
        let at = self.add_provider(who, source_records);
        party.npis.iter().for_each(|npi| self.index.learn(at, *npi));
        Some(at)
    }
}

/// The services for which a list of providers was loaded, not only facts about some.
fn certified(source_records: &SourceRecords) -> BTreeSet<Service> {
    source_records.sources.iter().filter_map(|source| source.lists).collect()
}

fn services(said: &[SourceRecord]) -> Vec<Service> {
    let services: BTreeSet<Service> = said.iter().map(|source_record| source_record.service).collect();
    services.into_iter().collect()
}

/// The identity traits of a provider with records: every name, and the address and telephone number of the most trusted.
fn traits_of(who: &ProviderKey, source_records: &SourceRecords) -> IdentityTraits {
    let mut said: Vec<&SourceRecord> = source_records.of.get(who).into_iter().flatten().collect();
    said.sort_by_key(|source_record| source_records.sources.get(source_record.source.0).map(|source| source.trust));
    let names: BTreeSet<&String> =
        said.iter().flat_map(|source_record| source_record.name.iter().chain(&source_record.other_names)).collect();
    let address = said.iter().find_map(|source_record| source_record.address.as_ref());
    let known = ExternalProvider::known_as(who);
    IdentityTraits {
        ccns: known.ccn.into_iter().collect(),
        npis: known.npis,
        names: names.into_iter().map(|name| NormalizedName::of(name)).collect(),
        street: address.and_then(|address| NormalizedStreet::of(&address.street)),
        zip: address.and_then(|address| address.zip),
        phone: said.iter().find_map(|source_record| source_record.phone).map(Phone::without_extension),
        services: said.iter().map(|source_record| source_record.service).collect::<BTreeSet<_>>().into_iter().collect(),
        more_services: false,
    }
}
