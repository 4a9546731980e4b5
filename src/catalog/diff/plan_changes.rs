//! Plans that were added or removed, or that use other networks.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::catalog::diff::changes::{NetworkPresence, PlanChange};
use crate::coverage::names::{network_in_full, plan_with_payer};
use crate::text::name_key::name_key;

/// A plan of one generation.
struct NamedPlan {
    /// Its name with the payer's.
    name: String,
    payer: String,
    /// The names of its networks by their key: a network that is spelled otherwise is the same.
    networks: BTreeMap<String, String>,
}

/// The key of a plan's payer, and the keys of its networks.
type PlanNetworks<'a> = (String, Vec<&'a String>);

impl NamedPlan {
    fn by_networks(&self) -> PlanNetworks<'_> {
        (name_key(&self.payer), self.networks.keys().collect())
    }
}

/// The plans of a generation by the key of their names.
fn plans_of(catalog: &Catalog) -> BTreeMap<String, NamedPlan> {
    let directory = &catalog.plans;
    let mut plans: BTreeMap<String, NamedPlan> = BTreeMap::new();
    for plan in &directory.plans {
        let name = plan_with_payer(plan, directory);
        let payer = plan.payer.and_then(|payer| directory.payers.get(payer as usize));
        let payer = payer.map(|payer| payer.name.clone()).unwrap_or_default();
        let named = plans.entry(name_key(&name)).or_insert_with(|| NamedPlan { name, payer, networks: BTreeMap::new() });
        let networks = plan.networks.iter().filter_map(|network| directory.network(*network));
        let networks = networks.map(|network| network_in_full(network, directory));
        named.networks.extend(networks.map(|name| (name_key(&name), name)));
    }
    plans
}

/// The changed plans by name, and for each payer the number of its plans before.
pub(crate) fn plan_changes(before: &Catalog, after: &Catalog) -> (BTreeMap<String, PlanChange>, BTreeMap<String, u64>) {
    let (was, is) = (plans_of(before), plans_of(after));
    let listed: BTreeSet<String> =
        after.plans.networks.iter().map(|network| name_key(&network_in_full(network, &after.plans))).collect();
    let renamed = new_plans(&was, &is);
    let mut changes = BTreeMap::new();
    let mut payers: BTreeMap<String, u64> = BTreeMap::new();
    let keys: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    for key in keys {
        let change = match (was.get(key), is.get(key)) {
            (Some(old), Some(new)) => {
                *payers.entry(old.payer.clone()).or_default() += 1;
                let networks = old.networks.len() as u64;
                PlanChange { networks, ..change(NetworkPresence::InBoth, old, &old.networks, &new.networks) }
            }
            (Some(old), None) => {
                *payers.entry(old.payer.clone()).or_default() += 1;
                let now_called = renamed.get(&old.by_networks()).map(|new| new.name.clone());
                let networks = old.networks.len() as u64;
                let gone = change(NetworkPresence::Gone, old, &old.networks, &BTreeMap::new());
                PlanChange { networks, now_called, ..gone }
            }
            (None, Some(new)) => change(NetworkPresence::New, new, &BTreeMap::new(), &new.networks),
            (None, None) => continue,
        };
        let is_changed = change.known != NetworkPresence::InBoth || !change.begun.is_empty() || !change.ended.is_empty();
        let still_listed = change.ended.iter().filter(|network| listed.contains(&name_key(network))).count() as u64;
        let change = PlanChange { still_listed, ..change };
        if let Some(plan) = was.get(key).or_else(|| is.get(key)).filter(|_| is_changed) {
            changes.insert(plan.name.clone(), change);
        }
    }
    (changes, payers)
}

/// The new plans by payer and networks; the first of several. A plan without networks is like any other without.
fn new_plans<'a>(
    was: &BTreeMap<String, NamedPlan>,
    is: &'a BTreeMap<String, NamedPlan>,
) -> BTreeMap<PlanNetworks<'a>, &'a NamedPlan> {
    let mut plans = BTreeMap::new();
    for (key, plan) in is {
        if !was.contains_key(key) && !plan.networks.is_empty() {
            plans.entry(plan.by_networks()).or_insert(plan);
        }
    }
    plans
}

fn change(
    known: NetworkPresence,
    plan: &NamedPlan,
    was: &BTreeMap<String, String>,
    is: &BTreeMap<String, String>,
) -> PlanChange {
    let beyond = |of: &BTreeMap<String, String>, other: &BTreeMap<String, String>| {
        of.iter().filter(|(key, _)| !other.contains_key(*key)).map(|(_, name)| name.clone()).collect()
    };
    let payer = plan.payer.clone();
    PlanChange { known, payer, begun: beyond(is, was), ended: beyond(was, is), ..PlanChange::default() }
}
