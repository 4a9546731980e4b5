//! Checks what counts do not show: the same providers with other values, other providers in place of the ones before, other
//! lines in a network, and plans that are gone or use other networks.

use crate::catalog::diff::changes::{CatalogDiff, NetworkPresence, PlanChange};
use crate::catalog::stats::CatalogStats;
use crate::refresh::gate::GateConfig;
use crate::refresh::gate::fact_words::{ADVICE, of_fact, of_source};
use crate::refresh::gate::facts::subject;
use crate::refresh::gate::weighing::{CheckBuilder, by_key, share, share_of_many};
use crate::run_report::gate_check::{CheckVerdict, GateCheck};
use crate::text::count_text::{counted, thousands};
use crate::text::name_key::name_key;

/// The guard for values that are others than before.
const CHANGED: &str = "changed";

/// The guard for providers and lines in whose place others came.
const EXCHANGED: &str = "exchanged";

/// The guard for plans.
const PLAN: &str = "plan";

/// Checks the changes from the directory `before` to the one `now`.
pub(crate) fn evaluate(
    changes: &CatalogDiff,
    before: &CatalogStats,
    now: &CatalogStats,
    guards: &GateConfig,
    checks: &mut Vec<GateCheck>,
) {
    changed(changes, now, guards, checks);
    exchanged(changes, before, now, guards, checks);
    plans(changes, guards, checks);
}

/// Facts of which many providers have another value.
fn changed(changes: &CatalogDiff, now: &CatalogStats, guards: &GateConfig, checks: &mut Vec<GateCheck>) {
    let mut guard = CheckBuilder::new(CHANGED, checks);
    for (source, turnover) in &changes.turnover {
        for (fact, counts) in &turnover.facts {
            let (verdict, share) = share_of_many("", counts.changed, counts.known, guards.changed, guards.few);
            guard.find(verdict, &subject(source, fact), || {
                let (source, fact) = (of_source(source, now.sources.get(source)), of_fact(fact));
                let (changed, known) = (thousands(counts.changed), counted(counts.known, "provider"));
                format!("{source}, {fact}: another value than before for {changed} of {known}, {share}; {ADVICE}")
            });
        }
    }
    guard.end(|good| format!("{}: less than {} have another value", counted(good, "fact"), guards.changed.warn()));
}

/// Providers of a source and lines of a network in whose place others came. What was only lost or only came is found by the
/// counts.
fn exchanged(
    changes: &CatalogDiff,
    before: &CatalogStats,
    now: &CatalogStats,
    guards: &GateConfig,
    checks: &mut Vec<GateCheck>,
) {
    let mut guard = CheckBuilder::new(EXCHANGED, checks);
    for (source, turnover) in &changes.turnover {
        let part = turnover.gone.min(turnover.came);
        let (verdict, share) = share_of_many("", part, turnover.before, guards.exchanged, guards.few);
        guard.find(verdict, source, || {
            let (source, of) = (of_source(source, now.sources.get(source)), counted(turnover.before, "provider"));
            format!("{source}: {} of {of} are gone and others came in their place, {share}", thousands(part))
        });
    }
    let in_force = by_key(&before.in_force);
    for (network, turnover) in &changes.networks {
        let was = in_force.get(&name_key(network)).copied().unwrap_or_default();
        let part = turnover.begun.min(turnover.ended);
        let (verdict, share) = share_of_many("", part, was, guards.exchanged, guards.few);
        guard.find(verdict, network, || {
            let of = counted(was, "line");
            format!("network {network}: {} of {of} left and others joined in their place, {share}", thousands(part))
        });
    }
    let least = guards.exchanged.warn();
    guard.end(|good| format!("{}: less than {least} exchanged", counted(good, "source or network")));
}

/// Plans that are gone, and plans that use other networks. A plan whose networks are gone themselves is found by those.
fn plans(changes: &CatalogDiff, guards: &GateConfig, checks: &mut Vec<GateCheck>) {
    let mut guard = CheckBuilder::new(PLAN, checks);
    let is_gone = |plan: &PlanChange| plan.known == NetworkPresence::Gone && (plan.networks == 0 || plan.still_listed > 0);
    for (payer, was) in &changes.plans_before {
        let gone = || changes.plans.iter().filter(|(_, plan)| is_gone(plan) && plan.payer == *payer);
        let lost = gone().count() as u64;
        let (verdict, share) = weigh_plans(lost, *was, guards);
        let name = if payer.is_empty() { "no payer" } else { payer };
        guard.find(verdict, payer, || {
            let named: Vec<String> = gone().take(NAMED).map(|(name, plan)| format!("{name}: {plan}")).collect();
            let of = counted(*was, "plan");
            format!("payer {name}: {} of {of} gone, {share}: {}", thousands(lost), named.join("; "))
        });
    }
    for (name, plan) in changes.plans.iter().filter(|(_, plan)| plan.known == NetworkPresence::InBoth) {
        let (verdict, share) = weigh_plans(plan.still_listed, plan.networks, guards);
        guard.find(verdict, name, || {
            let (lost, of) = (thousands(plan.still_listed), counted(plan.networks, "network"));
            format!("plan {name}: {lost} of {of} no longer used, {share}: {plan}")
        });
    }
    guard.end(|good| {
        let least = guards.plan.warn();
        format!("{}: less than {least} of the plans or networks gone", counted(good, "payer or plan"))
    });
}

/// The verdict on lost plans or networks; that none is left is always refused.
fn weigh_plans(lost: u64, of: u64, guards: &GateConfig) -> (CheckVerdict, String) {
    match share("", lost, of, guards.plan, guards.few) {
        (_, _) if lost > 0 && lost == of => (CheckVerdict::Refuse, "none is left, which is always refused".to_owned()),
        weighed => weighed,
    }
}

/// Most plans that a check names.
const NAMED: usize = 5;
