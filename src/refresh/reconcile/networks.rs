//! From roster rows to plans, networks and the affiliations of each line.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;

use crate::coverage::{Link, Network, NetworkKey, Payer, Plan, Plans, Terms, TermsKey};
use crate::evidence::{Answer, Evidence};
use crate::provider::Provider;
use crate::refresh::account::{Accounts, Source, SourceKey, Who};
use crate::refresh::listings::{ListedTerms, Listings, Member, Names};
use crate::refresh::party::Party;
use crate::refresh::reconcile::Findings;

/// Makes the plans of a night and writes its affiliations into the providers' lines.
pub fn join(mut listings: Listings, accounts: &Accounts, providers: &mut [Provider], findings: &mut Findings) -> Plans {
    let members = std::mem::take(&mut listings.members);
    let rosters = Rosters::of(&listings, accounts);
    rosters.remark_on_older_files(findings);
    let (terms, terms_keys) = rosters.terms();
    let joined = rosters.resolved(members, &terms_keys, providers, findings);
    affiliate(&joined, providers, findings);
    Plans { payers: rosters.payers(), plans: rosters.plans(), networks: rosters.networks(), terms }
}

/// The rosters with the numbers their names have in the directory.
struct Rosters<'a> {
    listings: &'a Listings,
    accounts: &'a Accounts,
    network_order: Order,
    payer_order: Order,
    /// The day of the newest file of each network. A network is what its newest file says: whoever left is missing there.
    newest: Vec<Option<Date>>,
}

impl<'a> Rosters<'a> {
    fn of(listings: &'a Listings, accounts: &'a Accounts) -> Self {
        let mut newest = vec![None; listings.networks.len()];
        for terms in &listings.terms {
            let newest = &mut newest[terms.network as usize];
            *newest = (*newest).max(day_of(accounts, terms.source));
        }
        let (network_order, payer_order) = (Order::of(&listings.networks), Order::of(&listings.payers));
        Self { listings, accounts, network_order, payer_order, newest }
    }

    fn source(&self, key: SourceKey) -> Option<&Source> {
        self.accounts.sources.get(key.0)
    }

    fn is_newest(&self, terms: &ListedTerms) -> bool {
        day_of(self.accounts, terms.source) == self.newest[terms.network as usize]
    }

    fn evidence(&self, key: SourceKey) -> Evidence {
        let source = self.source(key);
        Evidence::new(source.map_or("".into(), |source| source.name.clone()), source.and_then(|source| source.as_of))
    }

    fn remark_on_older_files(&self, findings: &mut Findings) {
        let older = self.listings.terms.iter().filter(|terms| !self.is_newest(terms));
        let files: BTreeSet<(&str, &str)> = older
            .filter_map(|terms| {
                Some((self.listings.networks.text(terms.network), self.source(terms.source)?.file.as_str()))
            })
            .collect();
        let remark = |(network, file)| {
            format!("{file}: its rows of the network \"{network}\" are older than another file's and not used")
        };
        findings.remarks.extend(files.into_iter().map(remark));
    }

    /// The distinct terms in order, and for each of the roster's terms its key; none for those of older files.
    fn terms(&self) -> (Vec<Terms>, Vec<Option<TermsKey>>) {
        let plain = |terms: &ListedTerms| Terms {
            network: NetworkKey(self.network_order.place(terms.network)),
            tier: terms.tier.map(|tier| self.listings.tiers.text(tier).to_owned()),
            begin: terms.begin,
            end: terms.end,
            link: Link::Sure,
            new_patients: Answer::Unknown,
            low_confidence: false,
            evidence: self.evidence(terms.source),
        };
        let all: Vec<Option<Terms>> =
            self.listings.terms.iter().map(|terms| self.is_newest(terms).then(|| plain(terms))).collect();
        let mut distinct: Vec<Terms> = all.iter().flatten().cloned().collect();
        distinct.sort_unstable();
        distinct.dedup();
        let key =
            |terms: &Terms| distinct.binary_search(terms).ok().and_then(|at| u32::try_from(at).ok()).map(TermsKey);
        let keys = all.iter().map(|terms| terms.as_ref().and_then(key)).collect();
        (distinct, keys)
    }

    /// The members by their places among the providers and the keys of their terms.
    fn resolved(
        &self,
        mut members: Vec<Member>,
        terms: &[Option<TermsKey>],
        providers: &[Provider],
        findings: &mut Findings,
    ) -> Vec<Member> {
        let mut places = HashMap::new();
        for (place, provider) in (0..).zip(providers) {
            places.extend(provider.ccn.iter().map(|ccn| (Who::Ccn(ccn.clone()), place)));
            if provider.ccn.is_none() {
                places.extend(provider.npis.iter().map(|npi| (Who::Npi(*npi), place)));
            }
        }
        let place = |who: &Who| places.get(who).or_else(|| places.get(&self.one_ccn_of(who)?)).copied();
        let whos: Vec<Option<Who>> = self.listings.parties.iter().map(Party::who).collect();
        let resolved: Vec<Option<u32>> = whos.iter().map(|who| who.as_ref().and_then(place)).collect();
        let unknown = whos.iter().zip(&resolved).filter(|(_, place)| place.is_none());
        findings.unknown_members.extend(unknown.filter_map(|(who, _)| Some(who.as_ref()?.id().to_string())));
        members.retain_mut(|member| {
            let place = resolved[member.party as usize].zip(terms[member.terms as usize]);
            if let Some((provider, terms)) = place {
                (member.party, member.terms) = (provider, terms.0);
            }
            place.is_some()
        });
        members
    }

    /// The provider that holds an NPI, where some roster row names both and no second CCN shares it.
    fn one_ccn_of(&self, who: &Who) -> Option<Who> {
        let Who::Npi(npi) = who else { return None };
        let ccns = self.accounts.npis.get(npi).filter(|ccns| ccns.len() == 1)?;
        ccns.first().cloned().map(Who::Ccn)
    }

    fn payers(&self) -> Vec<Payer> {
        self.payer_order
            .numbers
            .iter()
            .map(|payer| Payer { name: self.listings.payers.text(*payer).to_owned() })
            .collect()
    }

    fn networks(&self) -> Vec<Network> {
        let newest_source = |network: u32| {
            let terms = self.listings.terms.iter().filter(|terms| terms.network == network && self.is_newest(terms));
            terms.map(|terms| terms.source).min().unwrap_or_default()
        };
        let network = |number: &u32| Network {
            name: self.listings.networks.text(*number).to_owned(),
            payer: self.listings.payer_of[*number as usize].map(|payer| self.payer_order.place(payer)),
            // A roster lists every member of its networks, so absence from it means something.
            whole: !self.listings.partial.contains(number),
            evidence: self.evidence(newest_source(*number)),
        };
        self.network_order.numbers.iter().map(network).collect()
    }

    fn plans(&self) -> Vec<Plan> {
        let mut plans: BTreeMap<(Option<u32>, &str), BTreeSet<NetworkKey>> = BTreeMap::new();
        for (payer, plan, network) in &self.listings.plans {
            // A row may leave out the payer that another row of the network gives.
            let payer = payer.or(self.listings.payer_of[*network as usize]).map(|payer| self.payer_order.place(payer));
            plans.entry((payer, plan)).or_default().insert(NetworkKey(self.network_order.place(*network)));
        }
        for (payer, plan) in &self.listings.bare_plans {
            plans.entry((payer.map(|payer| self.payer_order.place(payer)), plan)).or_default();
        }
        let plan = |((payer, name), networks): ((Option<u32>, &str), BTreeSet<NetworkKey>)| Plan {
            name: name.to_owned(),
            payer,
            networks: networks.into_iter().collect(),
        };
        plans.into_iter().map(plan).collect()
    }
}

fn day_of(accounts: &Accounts, source: SourceKey) -> Option<Date> {
    accounts.sources.get(source.0).and_then(|source| source.as_of)
}

/// Numbered names in alphabetical order.
struct Order {
    /// The numbers in the order of their names.
    numbers: Vec<u32>,
    /// The place of each number in that order.
    places: Vec<u32>,
}

impl Order {
    fn of(names: &Names) -> Self {
        let mut numbers: Vec<u32> = (0..).take(names.len()).collect();
        numbers.sort_unstable_by_key(|number| names.text(*number));
        let mut places = vec![0; numbers.len()];
        for (place, number) in (0..).zip(&numbers) {
            places[*number as usize] = place;
        }
        Self { numbers, places }
    }

    fn place(&self, number: u32) -> u32 {
        self.places.get(number as usize).copied().unwrap_or_default()
    }
}

/// Writes the members into the lines; a member without a service belongs with every line.
fn affiliate(members: &[Member], providers: &mut [Provider], findings: &mut Findings) {
    for member in members {
        let Some(provider) = providers.get_mut(member.party as usize) else { continue };
        let mut lines = provider
            .lines
            .iter_mut()
            .filter(|line| member.service.is_none_or(|service| service == line.service))
            .peekable();
        if lines.peek().is_none() {
            let service = member.service.map_or("", |service| service.code());
            findings.unknown_members.push(format!("{} as {service}", provider.id));
        }
        lines.for_each(|line| line.affiliations.push(TermsKey(member.terms)));
    }
    for line in providers.iter_mut().flat_map(|provider| &mut provider.lines) {
        line.affiliations.sort_unstable();
        line.affiliations.dedup();
        line.affiliations.shrink_to_fit();
    }
    findings.unknown_members.sort_unstable();
    findings.unknown_members.dedup();
}
