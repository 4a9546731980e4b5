//! Builds plans, networks and the affiliations of each line from roster rows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use crate::catalog::network_bitmap::NetworkBitmap;
use crate::coverage::{AffiliationTerms, IdentityConfidence, Network, NetworkId, Payer, Plan, PlanDirectory, TermsId};
use crate::evidence::Evidence;
use crate::provider::Provider;
use crate::refresh::external_provider::ExternalProvider;
use crate::refresh::name_spellings::NamedThing;
use crate::refresh::payer_listings::{ListedTerms, NetworkMembership, PayerListings};
use crate::refresh::reconcile::findings::ReconcileFindings;
use crate::refresh::source_record::{ProviderKey, Source, SourceId, SourceRecords};
use crate::service::Service;
use crate::text::name_key::name_key;

/// A plan's payer, and its name without case and punctuation.
type PlanKey = (Option<u32>, String);
/// The spellings of a plan's name, and its networks.
type PlanParts<'a> = (BTreeSet<&'a str>, BTreeSet<NetworkId>);

/// The providers of each party with the confidence; empty if none is in the directory.
pub(crate) type ResolvedParties = Vec<Vec<(ProviderKey, IdentityConfidence)>>;

/// Builds the plans of a refresh and finds the terms on which networks list each line.
pub(crate) fn join(
    listings: &PayerListings,
    resolved: &ResolvedParties,
    source_records: &SourceRecords,
    providers: &[Provider],
    findings: &mut ReconcileFindings,
) -> (PlanDirectory, NetworkBitmap) {
    let rosters = NetworkRosters::of(listings, source_records);
    rosters.remark_on_older_files(findings);
    let places = places(resolved, providers);
    let (terms, keys) = rosters.terms(&used(listings, &places));
    let listed = affiliate(listings, &places, &keys, providers, findings);
    (PlanDirectory { payers: rosters.payers(), plans: rosters.plans(), networks: rosters.networks(), terms }, listed)
}

/// The parties by the index of their providers.
type PartiesByZip = Vec<SmallVec<[(u32, IdentityConfidence); 1]>>;

fn places(resolved: &ResolvedParties, providers: &[Provider]) -> PartiesByZip {
    let ids: HashMap<&str, u32> = providers.iter().map(|provider| provider.id.as_str()).zip(0..).collect();
    let place = |(who, link): &(ProviderKey, IdentityConfidence)| Some((*ids.get(who.id().as_str())?, *link));
    resolved.iter().map(|found| found.iter().filter_map(place).collect()).collect()
}

/// Every confidence, in order.
const LINKS: [IdentityConfidence; 3] =
    [IdentityConfidence::Sure, IdentityConfidence::OtherLocation, IdentityConfidence::Probable];

/// Whether some provider is listed on terms, by their index and the confidence of its identity.
type UsedTerms = Vec<[bool; LINKS.len()]>;

/// The key of the terms, by their index and the confidence of the identity; none for terms of older files.
type TermsKeys = Vec<[Option<TermsId>; LINKS.len()]>;

fn used(listings: &PayerListings, places: &PartiesByZip) -> UsedTerms {
    let mut used = vec![[false; LINKS.len()]; listings.terms.len()];
    for member in &listings.members {
        for (_, link) in &places[member.party as usize] {
            used[member.terms as usize][*link as usize] = true;
        }
    }
    used
}

/// The rosters, with the indexes of their names in the directory.
struct NetworkRosters<'a> {
    listings: &'a PayerListings,
    source_records: &'a SourceRecords,
    network_order: NameOrder,
    payer_order: NameOrder,
    /// The day of the newest file of each network. The newest file defines the network: members that left are missing from
    /// it.
    newest: Vec<Option<Date>>,
}

impl<'a> NetworkRosters<'a> {
    fn of(listings: &'a PayerListings, source_records: &'a SourceRecords) -> Self {
        let mut newest = vec![None; listings.networks.len()];
        for terms in &listings.terms {
            let newest = &mut newest[terms.network as usize];
            *newest = (*newest).max(day_of(source_records, terms.source));
        }
        let networks = (0..).zip(&listings.networks).filter(|(_, network)| !network.united);
        let network_order = NameOrder::of(networks.map(|(number, network)| (number, network.name.as_str())));
        let payer_order = NameOrder::of((0..).zip(listings.payers.texts().iter().map(String::as_str)));
        Self { listings, source_records, network_order, payer_order, newest }
    }

    fn source(&self, key: SourceId) -> Option<&Source> {
        self.source_records.sources.get(key.0)
    }

    fn is_newest(&self, terms: &ListedTerms) -> bool {
        day_of(self.source_records, terms.source) == self.newest[terms.network as usize]
    }

    /// Whether the terms count. An issuer publishes many files for one plan, and none supersedes the others.
    fn is_used(&self, terms: &ListedTerms) -> bool {
        terms.low_confidence || self.is_newest(terms)
    }

    fn evidence(&self, key: SourceId) -> Evidence {
        let source = self.source(key);
        Evidence::new(source.map_or("".into(), |source| source.name.clone()), source.and_then(|source| source.as_of))
    }

    fn remark_on_older_files(&self, findings: &mut ReconcileFindings) {
        let older = self.listings.terms.iter().filter(|terms| !self.is_used(terms));
        let files: BTreeSet<(&str, &str)> = older
            .filter_map(|terms| {
                let network = self.listings.networks.get(terms.network as usize)?;
                Some((network.name.as_str(), self.source(terms.source)?.file.as_str()))
            })
            .collect();
        let remark = |(network, file)| {
            format!("{file}: its rows of the network \"{network}\" are older than another file's and not used")
        };
        findings.remarks.extend(files.into_iter().map(remark));
    }

    /// The distinct terms in order, and the key of each one used.
    fn terms(&self, used: &UsedTerms) -> (Vec<AffiliationTerms>, TermsKeys) {
        let mut all: Vec<(AffiliationTerms, usize, IdentityConfidence)> = Vec::new();
        let listed = self.listings.terms.iter().zip(used).enumerate();
        for (at, (listed, used)) in listed.filter(|(_, (listed, _))| self.is_used(listed)) {
            let links = LINKS.into_iter().filter(|link| used[*link as usize]);
            all.extend(links.map(|link| (self.in_words(listed, link), at, link)));
        }
        all.sort_unstable_by(|(a, ..), (b, ..)| a.cmp(b));
        let mut keys = vec![[None; LINKS.len()]; self.listings.terms.len()];
        let mut distinct: Vec<AffiliationTerms> = Vec::new();
        for (terms, at, link) in all {
            if distinct.last() != Some(&terms) {
                distinct.push(terms);
            }
            keys[at][link as usize] = u32::try_from(distinct.len() - 1).ok().map(TermsId);
        }
        (distinct, keys)
    }

    fn in_words(&self, terms: &ListedTerms, link: IdentityConfidence) -> AffiliationTerms {
        AffiliationTerms {
            network: NetworkId(self.network_order.place(terms.network)),
            tier: terms.tier.map(|tier| self.listings.tiers.text(tier).to_owned()),
            begin: terms.begin,
            end: terms.end,
            link,
            new_patients: terms.new_patients,
            low_confidence: terms.low_confidence,
            evidence: Evidence { verified_at: terms.verified_at, ..self.evidence(terms.source) },
        }
    }

    fn payers(&self) -> Vec<Payer> {
        self.payer_order.numbers.iter().map(|payer| Payer { name: self.listings.payers.text(*payer).to_owned() }).collect()
    }

    fn networks(&self) -> Vec<Network> {
        // One pass over the terms: there may be 100,000 networks, each with terms.
        let mut newest: FxHashMap<u32, SourceId> = FxHashMap::default();
        for terms in self.listings.terms.iter().filter(|terms| self.is_newest(terms)) {
            let source = newest.entry(terms.network).or_insert(terms.source);
            *source = terms.source.min(*source);
        }
        let network = |number: &u32| Network {
            name: self.listings.networks[*number as usize].name.clone(),
            payer: self.listings.networks[*number as usize].payer.map(|payer| self.payer_order.place(payer)),
            // A roster lists every member of its networks, so absence from it means not a member.
            whole: !self.listings.partial.contains(number),
            evidence: self.evidence(newest.get(number).copied().unwrap_or_default()),
        };
        self.network_order.numbers.iter().map(network).collect()
    }

    fn plans(&self) -> Vec<Plan> {
        let listings = self.listings;
        // A row may omit the payer that another row of the network gives.
        let of_network = |payer: Option<u32>, network: u32| payer.or(listings.networks[network as usize].payer);
        let linked = listings.plans.iter().map(|(payer, plan, network)| {
            (of_network(*payer, *network), *payer, plan, Some(NetworkId(self.network_order.place(*network))))
        });
        let bare = listings.bare_plans.iter().map(|(payer, plan)| (*payer, *payer, plan, None));
        // Spellings of one name are one plan.
        let mut plans: BTreeMap<PlanKey, PlanParts<'_>> = BTreeMap::new();
        for (payer, stated, plan, network) in linked.chain(bare) {
            let shown = listings.spellings.shown(NamedThing::Plan(stated), plan).unwrap_or(plan);
            let payer = payer.map(|payer| self.payer_order.place(payer));
            let (names, networks) = plans.entry((payer, name_key(plan))).or_default();
            names.insert(shown);
            networks.extend(network);
        }
        let plan = |((payer, _), (names, networks)): (PlanKey, PlanParts<'_>)| Plan {
            name: names.first().copied().unwrap_or_default().to_owned(),
            payer,
            networks: networks.into_iter().collect(),
        };
        let mut plans: Vec<Plan> = plans.into_iter().map(plan).collect();
        plans.sort_unstable_by(|a, b| (a.payer, &a.name).cmp(&(b.payer, &b.name)));
        plans
    }
}

fn day_of(source_records: &SourceRecords, source: SourceId) -> Option<Date> {
    source_records.sources.get(source.0).and_then(|source| source.as_of)
}

/// Numbered names in alphabetical order.
struct NameOrder {
    /// The numbers in the order of their names.
    numbers: Vec<u32>,
    /// The position of each number in that order.
    places: FxHashMap<u32, u32>,
}

impl NameOrder {
    fn of<'a>(names: impl Iterator<Item = (u32, &'a str)>) -> Self {
        let mut named: Vec<(&str, u32)> = names.map(|(number, name)| (name, number)).collect();
        named.sort_unstable();
        let numbers: Vec<u32> = named.into_iter().map(|(_, number)| number).collect();
        let places = numbers.iter().copied().zip(0..).collect();
        Self { numbers, places }
    }

    fn place(&self, number: u32) -> u32 {
        self.places.get(&number).copied().unwrap_or_default()
    }
}

/// The services of every line, provider by provider: a compact copy, because it is searched for each of millions of members.
struct LineServices {
    /// Where the lines of each provider begin, and where the last ones end.
    starts: Vec<usize>,
    services: Vec<Service>,
}

impl LineServices {
    fn of(providers: &[Provider]) -> Self {
        let (mut starts, mut services) = (vec![0], Vec::with_capacity(providers.len()));
        for provider in providers {
            services.extend(provider.lines.iter().map(|line| line.service));
            starts.push(services.len());
        }
        Self { starts, services }
    }

    /// Calls `take` for each line that a member stands for; one without a service stands for every line.
    fn each(&self, places: &PartiesByZip, member: &NetworkMembership, mut take: impl FnMut(usize, IdentityConfidence)) {
        for (place, link) in &places[member.party as usize] {
            let place = *place as usize;
            let lines = self.starts[place]..self.starts[place + 1];
            let is_meant = |line: &usize| member.service.is_none_or(|service| service == self.services[*line]);
            lines.filter(is_meant).for_each(|line| take(line, *link));
        }
    }
}

/// The terms of each line.
fn affiliate(
    listings: &PayerListings,
    places: &PartiesByZip,
    keys: &TermsKeys,
    providers: &[Provider],
    findings: &mut ReconcileFindings,
) -> NetworkBitmap {
    let lines = LineServices::of(providers);
    let (mut ends, mut strangers) = (vec![0_usize; lines.services.len()], FxHashSet::default());
    for member in &listings.members {
        let mut found = false;
        lines.each(places, member, |line, link| {
            found = true;
            ends[line] += usize::from(keys[member.terms as usize][link as usize].is_some());
        });
        if !found && strangers.insert((member.party, member.service)) {
            findings.unknown_members.push(stranger(listings, member, places));
        }
    }
    findings.unknown_members.sort_unstable();
    findings.unknown_members.dedup();
    let mut total = 0;
    for end in &mut ends {
        // The start of the line's terms until they are filled in.
        total += std::mem::replace(end, total);
    }
    let mut terms = vec![TermsId(0); total];
    for member in &listings.members {
        lines.each(places, member, |line, link| {
            if let Some(key) = keys[member.terms as usize][link as usize] {
                terms[ends[line]] = key;
                ends[line] += 1;
            }
        });
    }
    let (mut listed, mut ends, mut start) = (NetworkBitmap::default(), ends.into_iter(), 0);
    for (provider, line) in providers.iter().flat_map(|provider| provider.lines.iter().map(move |line| (provider, line))) {
        let end = ends.next().unwrap_or(start);
        let mut own = terms[start..end].to_vec();
        start = end;
        own.sort_unstable();
        own.dedup();
        own.shrink_to_fit();
        listed.add(&provider.id, line.service, own);
    }
    listed
}

/// A member that resolves to no line, by the name in its source, with the service if only the service is missing.
fn stranger(listings: &PayerListings, member: &NetworkMembership, places: &PartiesByZip) -> String {
    let record = listings.parties.get(member.party as usize).map(ExternalProvider::record).unwrap_or_default();
    match member.service.filter(|_| !places[member.party as usize].is_empty()) {
        Some(service) => format!("{record} as {service}"),
        None => record,
    }
}
