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
                let renamed = is.iter().find(|(other, new)| {
                    !was.contains_key(*other) && new.payer == old.payer && new.networks.keys().eq(old.networks.keys())
                });
                let now_called = renamed.map(|(_, new)| new.name.clone());
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
