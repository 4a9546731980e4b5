//! Compares a new directory with the best of the last published ones too: a loss of one percent in each refresh is small
//! each time and large in a month.

use std::collections::BTreeMap;

use crate::catalog::stats::CatalogStats;
use crate::refresh::gate::fact_words::{ADVICE, of_fact, of_source};
use crate::refresh::gate::limits::GateThresholds;
use crate::refresh::gate::weighing::{CheckBuilder, by_key, share, share_of_many};
use crate::refresh::gate::{GateConfig, facts, source_rows};
use crate::refresh::gate_history::PastCounts;
use crate::run_report::gate_check::{CheckVerdict, GateCheck};
use crate::service::Service;
use crate::text::count_text::{counted, thousands};
use crate::text::name_key::name_key;

/// The guard.
const SLOW_LOSS: &str = "slow_loss";

/// Compares the counts of `now` with the best of each in `past`. What the comparison with the directory `before` finds as
/// bad is not reported again.
pub(crate) fn evaluate(
    past: &[PastCounts],
    before: &CatalogStats,
    now: &CatalogStats,
    guards: &GateConfig,
    checks: &mut Vec<GateCheck>,
) {
    let past: Vec<&PastCounts> = past.iter().filter(|past| past.counts.synthetic == now.synthetic).collect();
    if past.is_empty() {
        return;
    }
    let guard = CheckBuilder::new(SLOW_LOSS, checks);
    let mut slow = SlowLossCheck { past: &past, before, now, few: guards.few, guard };
    slow.count(("", "the directory", "provider"), guards.providers, |counts| counts.providers);
    for code in before.services.keys() {
        let label = code.parse().map_or(code.clone(), |service: Service| service.label().to_owned());
        slow.count((code, &label, "line"), guards.service, |counts| counts.services.get(code).copied().unwrap_or_default());
    }
    for state in before.states.keys() {
        let providers = |counts: &CatalogStats| counts.states.get(state).copied().unwrap_or_default();
        slow.count((state, &format!("state {state}"), "provider"), guards.state, providers);
    }
    slow.networks(guards.network);
    for (name, source) in &before.sources {
        let rows = |counts: &CatalogStats| counts.sources.get(name).map(source_rows::of).unwrap_or_default();
        slow.count((name, name, "row"), guards.source, rows);
        source.facts.keys().for_each(|fact| slow.fact(name, fact, guards.fact));
    }
    slow.guard.end(|good| format!("{}: no slow loss in the last {}", counted(good, "count"), past.len()));
}

/// The counts of networks by the key of their names.
struct NetworkHistory {
    before: BTreeMap<String, u64>,
    now: BTreeMap<String, u64>,
    past: Vec<BTreeMap<String, u64>>,
}

/// The comparison with the best of the past.
struct SlowLossCheck<'a> {
    past: &'a [&'a PastCounts],
    before: &'a CatalogStats,
    now: &'a CatalogStats,
    few: u64,
    guard: CheckBuilder<'a>,
}

impl SlowLossCheck<'_> {
    /// Compares one count.
    fn count(
        &mut self,
        (subject, label, unit): (&str, &str, &str),
        limits: GateThresholds,
        of: impl Fn(&CatalogStats) -> u64,
    ) {
        let past = self.past.iter().map(|past| of(&past.counts));
        let (verdict, words) = self.weigh((label, unit), limits, (of(self.before), of(self.now)), past);
        self.guard.find(verdict, subject, || words);
    }

    /// Compares the lines of every network, both all listed and those whose terms are in force; reports the worse result.
    fn networks(&mut self, limits: GateThresholds) {
        let (listed, in_force) = (self.history(|counts| &counts.networks), self.history(|counts| &counts.in_force));
        for name in self.before.networks.keys() {
            let key = name_key(name);
            let weigh = |label: String, history: &NetworkHistory| {
                let of = |counts: &BTreeMap<String, u64>| counts.get(&key).copied().unwrap_or_default();
                let since_last = (of(&history.before), of(&history.now));
                self.weigh((&label, "line"), limits, since_last, history.past.iter().map(of))
            };
            let listed = weigh(format!("network {name}"), &listed);
            let in_force = weigh(format!("network {name}, terms in force"), &in_force);
            let (verdict, words) = if in_force.0 > listed.0 { in_force } else { listed };
            self.guard.find(verdict, name, || words);
        }
    }

    fn history(&self, counts: fn(&CatalogStats) -> &BTreeMap<String, u64>) -> NetworkHistory {
        NetworkHistory {
            before: by_key(counts(self.before)),
            now: by_key(counts(self.now)),
            past: self.past.iter().map(|past| by_key(counts(&past.counts))).collect(),
        }
    }

    /// The verdict on a count, given that of each past directory.
    fn weigh(
        &self,
        (label, unit): (&str, &str),
        limits: GateThresholds,
        (was, is): (u64, u64),
        past: impl Iterator<Item = u64>,
    ) -> (CheckVerdict, String) {
        let Some((best, past)) = past.zip(self.past).max_by_key(|(count, _)| *count) else {
            return (CheckVerdict::Good, String::new());
        };
        let (verdict, share) = share(" fewer than then", best.saturating_sub(is), best, limits, self.few);
        let verdict = self.beyond(verdict, (was.saturating_sub(is), was), limits);
        let (best, day) = (counted(best, unit), day_of(&past.generation));
        (verdict, format!("{label}: {best} on {day}, {} now: slow loss of {share}", thousands(is)))
    }

    /// Compares the share of rows that yield a fact.
    fn fact(&mut self, source: &str, fact: &str, limits: GateThresholds) {
        let in_source = |counts: &CatalogStats| counts.sources.get(source).map(|source| facts::count_in(source, fact));
        let Some((was, is)) = in_source(self.before).zip(in_source(self.now)) else { return };
        let known = self.past.iter().filter_map(|past| Some((in_source(&past.counts)?, past)));
        let best = known.max_by(|(a, _), (b, _)| {
            let weight = |of: u64, records: u64| u128::from(of) * u128::from(records.max(1));
            weight(a.known, b.records).cmp(&weight(b.known, a.records))
        });
        let Some((best, past)) = best else { return };
        let (expected, lost) = facts::lost(&best, &is);
        let (verdict, share) = share_of_many(" fewer than then", lost, expected, limits, self.few);
        let (expected_before, lost_before) = facts::lost(&was, &is);
        let verdict = self.beyond(verdict, (lost_before, expected_before), limits);
        self.guard.find(verdict, &facts::subject(source, fact), || {
            let (of, day) = (counted(best.records, "row"), day_of(&past.generation));
            let (then, now) = (thousands(best.known), thousands(is.known));
            let name = of_source(source, self.now.sources.get(source));
            let words = format!("{then} of {of} on {day}, {now} of {} now", thousands(is.records));
            format!("{name}, {}: {words}: slow loss of {share}; {ADVICE}", of_fact(fact))
        });
    }

    /// The verdict, unless the loss since the last directory is as bad: that is reported by another guard.
    fn beyond(&self, verdict: CheckVerdict, (lost, was): (u64, u64), limits: GateThresholds) -> CheckVerdict {
        let (since_last, _) = share("", lost, was, limits, self.few);
        if verdict > since_last { verdict } else { CheckVerdict::Good }
    }
}

/// The day in the id of a generation: "2026-11-21".
fn day_of(generation: &str) -> String {
    match (generation.get(..4), generation.get(4..6), generation.get(6..8)) {
        (Some(year), Some(month), Some(day)) => format!("{year}-{month}-{day}"),
        _ => generation.to_owned(),
    }
}
