//! Decides whether a new generation may replace the published one, by comparing the counts of both.
//!
//! Pure: counts in, checks out. Every warning and every refusal is a separate check; the good
//! results of a guard are one check.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use jiff::civil::Date;
use serde::Deserialize;

use crate::catalog::stats::{CatalogStats, SourceStats};
use crate::refresh::gate::limits::{GateThresholds, MinimumSubject, Percent};
use crate::refresh::gate::weighing::{CheckBuilder, Tolerance, by_key, moved, share};
use crate::refresh::read::dataset_named;
use crate::run_report::fetched::{FetchOutcome, FetchReport};
use crate::run_report::gate_check::{CheckVerdict, GateCheck};
use crate::service::Service;
use crate::text::count_text::{counted, thousands};
use crate::text::name_key::name_key;

pub(crate) mod distributions;
pub(crate) mod fact_words;
pub(crate) mod facts;
pub(crate) mod files;
pub(crate) mod limits;
pub(crate) mod slow_loss;
pub(crate) mod source_rows;
pub(crate) mod turnover;
pub(crate) mod unreadable_exclusions;
pub(crate) mod weighing;

/// How much a directory may shrink from one refresh to the next, and what it must contain.
///
/// The defaults are guesses at what public files may lose between two nights, wide enough for a bad
/// survey month and narrow enough for a file cut off in the middle.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GateConfig {
    /// Fewer providers: 5 % warns, 10 % refuses.
    pub providers: GateThresholds,
    /// Fewer lines of one service: 10 % warns, 20 % refuses.
    pub service: GateThresholds,
    /// Fewer providers in one state: same limits as `service`.
    pub state: GateThresholds,
    /// Fewer lines listed in one network, or listed with terms in force: same limits as `service`.
    pub network: GateThresholds,
    /// Fewer rows of one source: same limits as `service`.
    pub source: GateThresholds,
    /// Share of rejected rows and of rows with an unreadable cell, overall and per source: 0.5 % warns, 2 % refuses.
    pub rejected_rows: GateThresholds,
    /// Smaller share of the rows of a source that yield a fact: 10 % warns, 20 % refuses.
    pub fact: GateThresholds,
    /// Share of the values of a fact that are others than before in total, such as other stars or yes in place of no: same
    /// limits as `fact`.
    pub distribution: GateThresholds,
    /// Share of a source's providers that have another value of a fact than before: same limits as `fact`.
    pub changed: GateThresholds,
    /// Share of a source's providers, or of a network's lines, in whose place others came: same limits as `fact`.
    pub exchanged: GateThresholds,
    /// Share of a payer's plans, or of a plan's networks, that are gone: same limits as `fact`.
    pub plan: GateThresholds,
    /// The number of published directories with whose best counts a new one is compared too: 30.
    pub history: usize,
    /// Share of providers without a usable location: 0.5 % warns, 1 % refuses.
    pub without_place: GateThresholds,
    /// Growth of any count: 100 %, a doubling, warns. Growth never refuses.
    pub growth: Percent,
    /// Findings about fewer items than this warn but do not refuse: 5, our choice, so that a
    /// network of three may lose one and a roster of fifty may have two bad rows. A count that
    /// drops to zero always refuses.
    pub few: u64,
    /// Minimum counts: for `providers` or for a service code.
    pub minimum: BTreeMap<MinimumSubject, u64>,
    /// The folder of the hospital's own canary questions.
    pub canaries: Option<PathBuf>,
}

impl Default for GateConfig {
    fn default() -> Self {
        let part = GateThresholds::hundredths(1_000, 2_000);
        Self {
            providers: GateThresholds::hundredths(500, 1_000),
            service: part,
            state: part,
            network: part,
            source: part,
            fact: part,
            distribution: part,
            changed: part,
            exchanged: part,
            plan: part,
            history: 30,
            rejected_rows: GateThresholds::hundredths(50, 200),
            without_place: GateThresholds::hundredths(50, 100),
            growth: Percent::ALL,
            few: 5,
            minimum: BTreeMap::new(),
            canaries: None,
        }
    }
}

impl GateConfig {
    /// What is tolerated whatever the percentage.
    pub(crate) fn tolerance(&self) -> Tolerance {
        Tolerance { few: self.few, growth: self.growth }
    }
}

/// Compares the new counts with those of the published generation, if there is one.
pub fn evaluate(before: Option<&CatalogStats>, now: &CatalogStats, guards: &GateConfig) -> Vec<GateCheck> {
    let mut checks = Vec::new();
    minimum(now, guards, &mut checks);
    rejected_rows(now, guards, &mut checks);
    without_place(now, guards, &mut checks);
    match before {
        Some(before) => against(before, now, guards, &mut checks),
        None => checks.push(GateCheck {
            guard: "first_run",
            subject: String::new(),
            verdict: CheckVerdict::Good,
            words: "there is no previous directory: only minimums, shares and canary questions are checked".to_owned(),
        }),
    }
    checks
}

/// The check when the published generation cannot be read: this refresh is checked like a first
/// one.
pub fn nothing_to_compare(error: &impl fmt::Display) -> GateCheck {
    GateCheck {
        guard: "first_run",
        subject: String::new(),
        verdict: CheckVerdict::Warn,
        words: format!("the published directory cannot be compared: {error}"),
    }
}

/// The check when the counts of earlier directories cannot be read.
pub(crate) fn no_history(error: &impl fmt::Display) -> GateCheck {
    GateCheck {
        guard: "slow_loss",
        subject: String::new(),
        verdict: CheckVerdict::Warn,
        words: format!("the counts of earlier directories cannot be read, so a slow loss is not found: {error}"),
    }
}

/// The check for a declared source without any file.
pub fn never_fetched(fetched: &FetchReport) -> Option<GateCheck> {
    let cause = fetched.cause.as_deref().unwrap_or("no cause given");
    (fetched.outcome == FetchOutcome::Absent).then(|| GateCheck {
        guard: "source",
        subject: fetched.source.clone(),
        verdict: if fetched.optional { CheckVerdict::Warn } else { CheckVerdict::Refuse },
        words: format!("{} could not be fetched and there is no earlier file: {cause}", fetched.source),
    })
}

/// Minimum counts: those in the settings, at least one provider, and at least one line of every
/// service that a file of this refresh is about.
fn minimum(now: &CatalogStats, guards: &GateConfig, checks: &mut Vec<GateCheck>) {
    let mut least: BTreeMap<MinimumSubject, (u64, String)> = BTreeMap::new();
    least.insert(MinimumSubject::Providers, (1, "every directory needs".to_owned()));
    for source in now.sources.values() {
        if let Some(service) = dataset_named(&source.dataset).and_then(|dataset| dataset.subject.service()) {
            least.insert(MinimumSubject::Lines(service), (1, format!("{} requires", source.dataset)));
        }
    }
    for (what, count) in &guards.minimum {
        least.insert(*what, (*count, "the settings require".to_owned()));
    }
    let mut guard = CheckBuilder::new("minimum", checks);
    for (what, (least, by)) in least {
        let (name, code, count) = match what {
            MinimumSubject::Providers => ("the directory", "", counted(now.providers, "provider")),
            MinimumSubject::Lines(service) => (service.label(), service.code(), counted(lines(now, service), "line")),
        };
        let found = match what {
            MinimumSubject::Providers => now.providers,
            MinimumSubject::Lines(service) => lines(now, service),
        };
        let verdict = if found < least { CheckVerdict::Refuse } else { CheckVerdict::Good };
        guard.find(verdict, code, || format!("{name}: {count}; {by} at least {}", thousands(least)));
    }
    guard.end(|good| format!("{} reached", counted(good, "minimum")));
}

fn lines(census: &CatalogStats, service: Service) -> u64 {
    census.services.get(service.code()).copied().unwrap_or_default()
}

/// The share of rejected rows and of rows with an unreadable cell, overall and per source. The cells of a payer's directory do not
/// count: they lose no provider, and its completeness and facts are checked by themselves.
fn rejected_rows(now: &CatalogStats, guards: &GateConfig, checks: &mut Vec<GateCheck>) {
    let limits = guards.rejected_rows;
    let all = |count: fn(&SourceStats) -> u64| now.sources.values().map(count).sum::<u64>();
    let mut guard = CheckBuilder::new("rejected_rows", checks);
    let mut weigh = |subject: &str, [rejected, faulty]: [u64; 2], rows| {
        let (verdict, share) = share("", rejected + faulty, rows, limits, guards.few);
        let name = if subject.is_empty() { "all sources together" } else { subject };
        let rows = counted(rows, "row");
        guard.find(verdict, subject, || match faulty {
            0 => format!("{name}: {} of {rows} rejected, {share}", thousands(rejected)),
            _ => format!(
                "{name}: of {rows}, {} rejected and {} with a cell that cannot be read, {share}",
                thousands(rejected),
                thousands(faulty)
            ),
        });
    };
    let faulty = |source: &SourceStats| if source.is_payer_directory { 0 } else { source.faulty };
    weigh("", [all(|source| source.rejected), now.sources.values().map(faulty).sum()], all(|source| source.rows));
    for (name, source) in &now.sources {
        weigh(name, [source.rejected, faulty(source)], source.rows);
    }
    guard.end(|_| format!("less than {} of the rows rejected", limits.warn()));
}

/// The share of providers that no distance search finds.
fn without_place(now: &CatalogStats, guards: &GateConfig, checks: &mut Vec<GateCheck>) {
    let limits = guards.without_place;
    let (verdict, share) = share("", now.without_place, now.providers, limits, guards.few);
    let (without, of) = (thousands(now.without_place), counted(now.providers, "provider"));
    let mut guard = CheckBuilder::new("without_place", checks);
    guard.find(verdict, "", || format!("{without} of {of} have no usable location, {share}"));
    guard.end(|_| format!("{without} of {of} without a usable location"));
}

/// Checks what shrank, or grew suspiciously, since the previous directory.
fn against(before: &CatalogStats, now: &CatalogStats, guards: &GateConfig, checks: &mut Vec<GateCheck>) {
    synthetic(before, now, checks);
    let mut guard = CheckBuilder::new("providers", checks);
    guard.moved(("", "the directory", "provider"), (before.providers, now.providers), guards.providers, guards.tolerance());
    guard.end(|_| format!("{} before, {} now", counted(before.providers, "provider"), thousands(now.providers)));
    let label = |code: &str| code.parse().map_or(code.to_owned(), |service: Service| service.label().to_owned());
    each(("service", "line", guards.service), (&before.services, &now.services), label, guards, checks);
    each(
        ("state", "provider", guards.state),
        (&before.states, &now.states),
        |state| format!("state {state}"),
        guards,
        checks,
    );
    networks(before, now, guards, checks);
    let rows =
        |census: &CatalogStats| census.sources.iter().map(|(name, source)| (name.clone(), source_rows::of(source))).collect();
    each(("source", "row", guards.source), (&rows(before), &rows(now)), str::to_owned, guards, checks);
    older_source(before, now, checks);
    facts::evaluate(before, now, guards.fact, guards.few, checks);
    distributions::evaluate(before, now, guards.distribution, guards.few, checks);
}

/// A synthetic directory must not replace a real one or the reverse.
fn synthetic(before: &CatalogStats, now: &CatalogStats, checks: &mut Vec<GateCheck>) {
    let kind = |synthetic| if synthetic { "synthetic" } else { "real" };
    let verdict = if before.synthetic == now.synthetic { CheckVerdict::Good } else { CheckVerdict::Refuse };
    let (was, is) = (kind(before.synthetic), kind(now.synthetic));
    let mut guard = CheckBuilder::new("synthetic", checks);
    guard.find(verdict, "", || format!("the published directory has {was} providers, this one {is} ones; always refused"));
    guard.end(|_| format!("{is} providers, as before"));
}

/// A guard's name, the unit it counts, and its limits.
type CheckKind = (&'static str, &'static str, GateThresholds);

/// Checks every subject of the previous directory.
fn each(
    (guard, unit, limits): CheckKind,
    (before, now): (&BTreeMap<String, u64>, &BTreeMap<String, u64>),
    label: impl Fn(&str) -> String,
    guards: &GateConfig,
    checks: &mut Vec<GateCheck>,
) {
    let mut found = CheckBuilder::new(guard, checks);
    for (subject, was) in before {
        let is = now.get(subject).copied().unwrap_or_default();
        found.moved((subject, &label(subject), unit), (*was, is), limits, guards.tolerance());
    }
    found.end(|good| format!("{}: less than {} of the {unit}s lost", counted(good, guard), limits.warn()));
}

/// Checks the lines of every network, both all listed and those whose terms are in force; reports
/// the worse result.
fn networks(before: &CatalogStats, now: &CatalogStats, guards: &GateConfig, checks: &mut Vec<GateCheck>) {
    let mut guard = CheckBuilder::new("network", checks);
    let all_listed = [before, now].map(|census| by_key(&census.networks));
    let all_in_force = [before, now].map(|census| by_key(&census.in_force));
    for name in before.networks.keys() {
        let key = name_key(name);
        let weigh = |label: String, counts: &[BTreeMap<String, u64>; 2]| {
            let [was, is] = [&counts[0], &counts[1]].map(|counts| counts.get(&key).copied().unwrap_or_default());
            moved((&label, "line"), (was, is), guards.network, guards.tolerance())
        };
        let listed = weigh(format!("network {name}"), &all_listed);
        let in_force = weigh(format!("network {name}, terms in force"), &all_in_force);
        let (verdict, words) = if in_force.0 > listed.0 { in_force } else { listed };
        guard.find(verdict, name, || words);
    }
    guard.end(|good| {
        let (networks, from) = (counted(good, "network"), guards.network.warn());
        format!("{networks}: less than {from} of the lines lost, listed and in force")
    });
}

/// Checks for sources whose newest date is earlier than in the published directory.
fn older_source(before: &CatalogStats, now: &CatalogStats, checks: &mut Vec<GateCheck>) {
    let mut guard = CheckBuilder::new("older_source", checks);
    for (name, was) in &before.sources {
        if let Some((is, day)) = now.sources.get(name).zip(was.as_of) {
            let (verdict, words) = aged(was, day, is);
            guard.find(verdict, name, || format!("{name}: {words}"));
        }
    }
    guard.end(|good| format!("{}: no date is earlier than before", counted(good, "source")));
}

/// The verdict on a source's date compared with its previous date. The same bytes always have the
/// same date; dates are comparable only if they have the same origin; a future date is ignored.
fn aged(was: &SourceStats, before: Date, is: &SourceStats) -> (CheckVerdict, String) {
    if was.sha256s == is.sha256s {
        return (CheckVerdict::Good, String::new());
    }
    let Some(now) = is.as_of else {
        return (CheckVerdict::Warn, format!("dated {before} before, date unknown now"));
    };
    if is.ahead {
        (CheckVerdict::Warn, format!("dated {now}, which is in the future and counts as unknown; previously {before}"))
    } else if now >= before {
        (CheckVerdict::Good, String::new())
    } else if was.ahead {
        (CheckVerdict::Warn, format!("dated {now}; previously {before}, which was in the future and counts as unknown"))
    } else if was.as_of_from != is.as_of_from {
        let (by, by_then) = (&is.as_of_from, &was.as_of_from);
        let words = format!("dated {now} by its {by}, previously {before} by its {by_then}; check whether the file is older");
        (CheckVerdict::Warn, words)
    } else {
        (CheckVerdict::Refuse, format!("dated {now}, previously {before}; an older file is always refused"))
    }
}
