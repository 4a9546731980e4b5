//! The payers, networks and plans of a directory. Only references link them; a display text may be wrong.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::refresh::parsed::medicare_advantage::{PlanNames, plan_id};
use crate::refresh::parsed::plan_net::PlanNetResources;
use crate::refresh::payer_listings::{ListedTerms, PayerListings};
use crate::refresh::read::plan_net::references;
use crate::refresh::read::plan_net::resources::{InsuranceProduct, OrganizationKind, PlanNetOrganization, ResourceKey};
use crate::refresh::source_record::SourceId;

/// Maximum steps up from a network to its payer; a network may be part of a network, and a cycle would not end.
const STEPS: usize = 8;

/// Remarks with their counts.
pub(crate) type CountedRemarks = Vec<(String, u64)>;

/// The networks of a directory by key, with their indexes in the listings.
#[derive(Debug, Default)]
pub(crate) struct NetworkNumbers {
    pub numbers: BTreeMap<ResourceKey, u32>,
    /// Networks that plans use but that are missing: their members are unknown.
    absent: BTreeMap<ResourceKey, u32>,
    /// Remarks on networks and plans that are not used.
    pub told: CountedRemarks,
}

/// Adds the networks and plans that are active on `today`; all of them if the directory has no date.
///
/// A network is identified by its id within the directory `label`; the same name in another directory is another network.
pub(crate) fn name(
    directory: &PlanNetResources,
    label: &str,
    source: SourceId,
    today: Option<Date>,
    names: &PlanNames,
    listings: &mut PayerListings,
) -> NetworkNumbers {
    let mut named = NetworkNumbers::default();
    let meant = meant(directory);
    let (active, gone): (Vec<&ResourceKey>, Vec<&ResourceKey>) =
        meant.iter().partition(|link| directory.organization(link).is_some_and(|organization| organization.active));
    let payers = PayerNames::of(directory);
    let called = |link: &ResourceKey| (title(directory.organization(link), link), payers.name(link));
    let mut times: BTreeMap<(String, Option<String>), usize> = BTreeMap::new();
    for link in &active {
        *times.entry(called(link)).or_default() += 1;
    }
    for link in active {
        let (mut name, payer) = called(link);
        if times.get(&(name.clone(), payer.clone())).is_some_and(|times| *times > 1) {
            name = format!("{name} ({})", short(link));
        }
        let payer = payer.map(|payer| listings.payers.number(&payer));
        let number = listings.network_apart(&name, payer, label);
        // Records the source of the list even for a network without members of ours.
        listings.terms(ListedTerms::of(number, source));
        named.numbers.insert(link.clone(), number);
    }
    named.told.push(("networks are no longer active and not used".to_owned(), gone.len() as u64));
    absent(directory, label, source, &mut named, listings);
    products(directory, (today, names), &mut named, listings);
    named
}

/// The keys of all networks: those declared as networks and those used as one.
fn meant(directory: &PlanNetResources) -> BTreeSet<ResourceKey> {
    let typed = directory.organizations.iter().filter(|(_, organization)| organization.kind == OrganizationKind::Network);
    let listed = directory.listings.values().flat_map(|listing| &listing.networks);
    let used = directory.products.values().flat_map(|product| product.networks.iter().chain(product.part_networks()));
    let known = |link: &&ResourceKey| directory.organization(link).is_some();
    let used = listed.chain(used).filter(known).map(|link| directory.key(link));
    // A network that an affiliation contains is one of the others, or it is not known which.
    let stands = |key: &&str| directory.key(key) == *key && (!key.contains('#') || references::is_in_plan(key));
    typed.map(|(link, _)| link.as_str()).chain(used).filter(stands).map(str::to_owned).collect()
}

/// Adds an incomplete network for each that a plan uses but is missing, so that no provider counts as out of it.
fn absent(
    directory: &PlanNetResources,
    label: &str,
    source: SourceId,
    named: &mut NetworkNumbers,
    listings: &mut PayerListings,
) {
    for product in directory.products.values() {
        let missing = product.networks.iter().chain(product.part_networks());
        for link in missing.filter(|link| directory.organization(link).is_none()) {
            named.absent.entry(link.clone()).or_insert_with(|| {
                let number = listings.network_apart(name_of_missing(link), None, label);
                listings.terms(ListedTerms::of(number, source));
                listings.partial.insert(number);
                number
            });
        }
    }
}

/// Adds the plans that are active.
fn products(
    directory: &PlanNetResources,
    (today, names): (Option<Date>, &PlanNames),
    named: &mut NetworkNumbers,
    listings: &mut PayerListings,
) {
    let mut times: BTreeMap<(String, Option<String>), usize> = BTreeMap::new();
    let (used, gone): (Vec<_>, Vec<_>) = directory.products.iter().partition(|(_, product)| {
        let ended = product.end.zip(today).is_some_and(|(end, today)| end < today);
        product.active && product.title(names).is_some() && !ended
    });
    let called = |product: &InsuranceProduct| {
        let payer = product.payer.as_ref().and_then(|link| directory.organization(link)?.name.clone());
        let of_contract = || Some(names.payer(&product.plan_id()?)?.to_owned());
        (product.title(names).unwrap_or_default(), payer.or_else(of_contract))
    };
    for (_, product) in &used {
        *times.entry(called(product)).or_default() += 1;
    }
    for (link, product) in used {
        let (mut name, payer) = called(product);
        if times.get(&(name.clone(), payer.clone())).is_some_and(|times| *times > 1) {
            name = format!("{name} ({})", short(link));
        }
        let payer = payer.map(|payer| listings.payers.number(&payer));
        for (name, networks) in product.plans(&name) {
            let numbers = networks.iter().filter_map(|link| named.numbers.get(directory.key(link)));
            let absent = networks.iter().filter_map(|link| named.absent.get(*link));
            let mut numbers = numbers.chain(absent).copied().peekable();
            if numbers.peek().is_none() {
                listings.bare_plans.insert((payer, name.clone()));
            }
            listings.plans.extend(numbers.map(|number| (payer, name.clone(), number)));
        }
    }
    named.told.push(("plans are retired, ended or unnamed and not used".to_owned(), gone.len() as u64));
}

impl InsuranceProduct {
    /// The networks of its parts.
    pub(crate) fn part_networks(&self) -> impl Iterator<Item = &ResourceKey> {
        self.parts.iter().flat_map(|(_, networks)| networks)
    }

    /// The id of the Medicare Advantage plan that it is, if it is one.
    fn plan_id(&self) -> Option<String> {
        self.identifiers.iter().find_map(|number| plan_id(number))
    }

    /// The display name: the product's name, or that of its Medicare Advantage plan in another file, followed by the contract
    /// number if the name lacks it. `None` if it has neither.
    fn title(&self, names: &PlanNames) -> Option<String> {
        let is_name = |name: &&String| plan_id(name).is_none();
        let of_plan = || Some(names.plan(&self.plan_id()?)?.to_owned());
        let name = self.name.as_ref().filter(is_name).cloned().or_else(of_plan).or_else(|| self.name.clone());
        let name = name.unwrap_or_default();
        let numbers = self.identifiers.iter().filter(|number| is_contract(number) && !name.contains(number.as_str()));
        let words: Vec<&str> = std::iter::once(&name).chain(numbers).map(String::as_str).collect();
        Some(words.join(" ").trim().to_owned()).filter(|title| !title.is_empty())
    }

    /// The plans of the product with their networks: one plan, or one for each part if parts use different networks.
    fn plans<'a>(&'a self, name: &str) -> Vec<(String, Vec<&'a ResourceKey>)> {
        let sets: BTreeSet<BTreeSet<&ResourceKey>> =
            self.parts.iter().map(|(_, networks)| networks.iter().collect()).collect();
        if sets.len() < 2 {
            return vec![(name.to_owned(), self.networks.iter().chain(self.part_networks()).collect())];
        }
        let part = |(at, (label, networks)): (usize, &'a (Option<String>, Vec<ResourceKey>))| {
            let label = label.clone().unwrap_or_else(|| (at + 1).to_string());
            (format!("{name}, {label}"), self.networks.iter().chain(networks).collect())
        };
        self.parts.iter().enumerate().map(part).collect()
    }
}

/// Whether it is the number of a Medicare contract (`H1234-001-001`) or of a marketplace plan (`12345SC0010001`), as printed
/// on member cards. Other numbers are internal to the directory.
fn is_contract(number: &str) -> bool {
    let shape: String = number
        .chars()
        .map(|c| {
            if c.is_ascii_digit() {
                '9'
            } else if c.is_ascii_uppercase() {
                'A'
            } else {
                c
            }
        })
        .collect();
    matches!(shape.as_str(), "A9999" | "A9999-999" | "A9999-999-999" | "99999AA9999999" | "99999AA9999999-99")
}

/// The payers of networks.
struct PayerNames<'a> {
    directory: &'a PlanNetResources,
    /// The owner of a plan that uses the network, or else of an affiliation to it.
    owners: BTreeMap<&'a str, &'a str>,
}

impl<'a> PayerNames<'a> {
    fn of(directory: &'a PlanNetResources) -> Self {
        let mut owners = BTreeMap::new();
        for product in directory.products.values() {
            for network in product.networks.iter().chain(product.part_networks()) {
                owners.extend(product.payer.as_ref().map(|payer| (directory.key(network), payer.as_str())));
            }
        }
        for listing in directory.listings.values() {
            let payer = listing.owner.as_ref().filter(|owner| {
                directory.organization(owner).is_some_and(|organization| organization.kind == OrganizationKind::Payer)
            });
            for (network, payer) in listing.networks.iter().zip(payer.into_iter().cycle()) {
                owners.entry(directory.key(network)).or_insert(payer.as_str());
            }
        }
        Self { directory, owners }
    }

    fn name(&self, network: &str) -> Option<String> {
        let above = self.above(network).or_else(|| self.owners.get(network).copied())?;
        self.directory.organization(above)?.name.clone()
    }

    /// The organization that contains the network and is not a network itself.
    fn above(&self, network: &str) -> Option<&'a str> {
        let mut link = self.directory.organization(network)?.part_of.as_deref()?;
        for _ in 0..STEPS {
            let organization = self.directory.organization(link)?;
            if organization.kind != OrganizationKind::Network {
                return Some(link);
            }
            link = organization.part_of.as_deref()?;
        }
        None
    }
}

fn title(organization: Option<&PlanNetOrganization>, link: &str) -> String {
    organization.and_then(|organization| organization.name.clone()).unwrap_or_else(|| short(link).to_owned())
}

/// The name of a network that is missing: its id, or what a link says instead of one.
fn name_of_missing(link: &str) -> &str {
    let Some((_, said)) = link.split_once('?') else { return short(link) };
    said.strip_prefix("display=").or_else(|| said.rsplit('|').next()).unwrap_or(said)
}

/// The id of a resource without its type.
pub(crate) fn short(link: &str) -> &str {
    link.rsplit(['/', ':']).next().unwrap_or(link)
}
