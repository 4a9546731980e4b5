//! Whether what a night built may replace what is served: guards over the counts of both, each with its figures.
//!
//! Pure: counts in, checks out. Every warning and every refusal is a check of its own; what is as it should be is one check a guard.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::care::Service;
use crate::catalog::census::{Census, SourceCount};
use crate::refresh::dataset::Dataset;
use crate::refresh::fetch::nightly::{Fetched, Outcome};
use crate::refresh::report::{counted, thousands};

pub mod files;
pub mod limits;

use limits::{Counted, Limits, Percent};

/// How far a directory may shrink from one night to the next, and what one must have in any case.
///
/// The defaults are guesses at what a night of public files may lose by itself, wide enough for a bad survey month and narrow
/// enough for a file cut off in the middle.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Guards {
    /// How many fewer providers: 5 % warns, 10 % refuses.
    pub providers: Limits,
    /// How many fewer lines of one service: 10 % warns, 20 % refuses.
    pub service: Limits,
    /// How many fewer providers of one state: as a service.
    pub state: Limits,
    /// How many fewer lines one network lists, or lists on terms in force: as a service.
    pub network: Limits,
    /// How many fewer rows of one source: as a service.
    pub source: Limits,
    /// Which share of the rows is rejected, of all and of each source: 0.5 % warns, 2 % refuses.
    pub rejected_rows: Limits,
    /// Which share of the providers has no usable place: 0.5 % warns, 1 % refuses.
    pub without_place: Limits,
    /// How many more of anything warns: 100 %, a doubling. More is never refused.
    pub growth: Percent,
    /// A share that stands for fewer than so many warns and does not refuse: 5, our choice, so that a network of three may lose one and a
    /// roster of fifty may have two bad rows. Nothing left of something refuses all the same.
    pub few: u64,
    /// The least there must be, whatever was there before: `providers`, or a service by its code.
    pub minimum: BTreeMap<Counted, u64>,
    /// The folder of the hospital's own canary questions.
    pub canaries: Option<PathBuf>,
}

impl Default for Guards {
    fn default() -> Self {
        let part = Limits::hundredths(1_000, 2_000);
        Self {
            providers: Limits::hundredths(500, 1_000),
            service: part,
            state: part,
            network: part,
            source: part,
            rejected_rows: Limits::hundredths(50, 200),
            without_place: Limits::hundredths(50, 100),
            growth: Percent::ALL,
            few: 5,
            minimum: BTreeMap::new(),
            canaries: None,
        }
    }
}

/// What a guard found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Good,
    /// Worth a look; the directory is published.
    Warn,
    /// The directory is not published unless by force.
    Refuse,
}

/// One guard's finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// The guard: `first_run`, `synthetic`, `minimum`, `providers`, `service`, `state`, `network`, `source`, `older_source`,
    /// `rejected_rows`, `without_place`, `undeclared`, `read_together` or `canary`.
    pub guard: &'static str,
    /// What it is about: a service, a state, a network, a source, a question; empty for the whole directory.
    pub subject: String,
    /// What it found.
    pub verdict: Verdict,
    /// The finding in a sentence, with its figures and its limit.
    pub words: String,
}

/// Weighs what was built against the last good generation, if there is one.
pub fn judge(before: Option<&Census>, now: &Census, guards: &Guards) -> Vec<Check> {
    let mut checks = Vec::new();
    minimum(now, guards, &mut checks);
    rejected_rows(now, guards, &mut checks);
    without_place(now, guards, &mut checks);
    match before {
        Some(before) => against(before, now, guards, &mut checks),
        None => checks.push(Check {
            guard: "first_run",
            subject: String::new(),
            verdict: Verdict::Good,
            words: "there is no directory to compare with: minimums, shares and canary questions alone decide"
                .to_owned(),
        }),
    }
    checks
}

/// What is served, or would be, cannot be read by this program: this night is weighed as a first one.
pub fn nothing_to_compare(error: &impl fmt::Display) -> Check {
    Check {
        guard: "first_run",
        subject: String::new(),
        verdict: Verdict::Warn,
        words: format!("what is published cannot be compared with: {error}"),
    }
}

/// A declared source of which there is no file at all.
pub fn never_fetched(fetched: &Fetched) -> Option<Check> {
    let cause = fetched.cause.as_deref().unwrap_or("it did not come");
    (fetched.outcome == Outcome::Absent).then(|| Check {
        guard: "source",
        subject: fetched.source.clone(),
        verdict: if fetched.optional { Verdict::Warn } else { Verdict::Refuse },
        words: format!("{} could not be fetched and there is no earlier file: {cause}", fetched.source),
    })
}

/// The checks of one guard: what is good is counted, all else is told by itself.
struct Guard<'a> {
    name: &'static str,
    good: u64,
    checks: &'a mut Vec<Check>,
}

impl<'a> Guard<'a> {
    fn new(name: &'static str, checks: &'a mut Vec<Check>) -> Self {
        Self { name, good: 0, checks }
    }

    fn find(&mut self, verdict: Verdict, subject: &str, words: impl FnOnce() -> String) {
        match verdict {
            Verdict::Good => self.good += 1,
            Verdict::Warn | Verdict::Refuse => {
                self.checks.push(Check { guard: self.name, subject: subject.to_owned(), verdict, words: words() });
            }
        }
    }

    /// One check for everything that is good; `words` are told how many subjects that is.
    fn end(self, words: impl FnOnce(u64) -> String) {
        if self.good > 0 {
            let (subject, verdict) = (String::new(), Verdict::Good);
            self.checks.push(Check { guard: self.name, subject, verdict, words: words(self.good) });
        }
    }
}

/// What must be there whatever was there before: what the settings ask for, at least one provider, and something of every service
/// that a file of this night is about.
fn minimum(now: &Census, guards: &Guards, checks: &mut Vec<Check>) {
    let mut least: BTreeMap<Counted, (u64, String)> = BTreeMap::new();
    least.insert(Counted::Providers, (1, "any directory has".to_owned()));
    for source in now.sources.values() {
        if let Some(service) = Dataset::named(&source.dataset).and_then(Dataset::service) {
            least.insert(Counted::Lines(service), (1, format!("{} calls for", source.dataset)));
        }
    }
    for (what, count) in &guards.minimum {
        least.insert(*what, (*count, "the settings ask for".to_owned()));
    }
    let mut guard = Guard::new("minimum", checks);
    for (what, (least, by)) in least {
        let (name, code, count) = match what {
            Counted::Providers => ("the directory", "", counted(now.providers, "provider")),
            Counted::Lines(service) => (service.label(), service.code(), counted(lines(now, service), "line")),
        };
        let found = match what {
            Counted::Providers => now.providers,
            Counted::Lines(service) => lines(now, service),
        };
        let verdict = if found < least { Verdict::Refuse } else { Verdict::Good };
        guard.find(verdict, code, || format!("{name}: {count}; {by} at least {}", thousands(least)));
    }
    guard.end(|good| format!("{} reached", counted(good, "minimum")));
}

fn lines(census: &Census, service: Service) -> u64 {
    census.services.get(service.code()).copied().unwrap_or_default()
}

/// The share of rows that gave nothing, over all sources and of each.
fn rejected_rows(now: &Census, guards: &Guards, checks: &mut Vec<Check>) {
    let limits = guards.rejected_rows;
    let all = |count: fn(&SourceCount) -> u64| now.sources.values().map(count).sum::<u64>();
    let mut guard = Guard::new("rejected_rows", checks);
    let mut weigh = |subject: &str, rejected, rows| {
        let (verdict, share) = share("", rejected, rows, limits, guards);
        let name = if subject.is_empty() { "all sources together" } else { subject };
        guard.find(verdict, subject, || {
            format!("{name}: {} of {} rejected, {share}", thousands(rejected), counted(rows, "row"))
        });
    };
    weigh("", all(|source| source.rejected), all(|source| source.rows));
    for (name, source) in &now.sources {
        weigh(name, source.rejected, source.rows);
    }
    guard.end(|_| format!("less than {} of the rows rejected", limits.warn()));
}

/// The share of providers that no search by distance finds.
fn without_place(now: &Census, guards: &Guards, checks: &mut Vec<Check>) {
    let limits = guards.without_place;
    let (verdict, share) = share("", now.without_place, now.providers, limits, guards);
    let (without, of) = (thousands(now.without_place), counted(now.providers, "provider"));
    let mut guard = Guard::new("without_place", checks);
    guard.find(verdict, "", || format!("{without} of {of} have no usable place, {share}"));
    guard.end(|_| format!("{without} of {of} without a usable place"));
}

/// What a share of what should not be means, with its figure and its limit.
fn share(what: &str, part: u64, whole: u64, limits: Limits, guards: &Guards) -> (Verdict, String) {
    let verdict = reached(part, whole, limits, guards);
    (verdict, format!("{}{what}; {}", Percent::of(part, whole), limit(verdict, part, whole, limits, guards)))
}

/// What has reached its limits; fewer than a few warn at most.
fn reached(part: u64, whole: u64, limits: Limits, guards: &Guards) -> Verdict {
    if part == 0 || !limits.warn().reached(part, whole) {
        Verdict::Good
    } else if part < guards.few || !limits.refuse().reached(part, whole) {
        Verdict::Warn
    } else {
        Verdict::Refuse
    }
}

/// Which limit a finding has met.
fn limit(verdict: Verdict, part: u64, whole: u64, limits: Limits, guards: &Guards) -> String {
    match verdict {
        Verdict::Refuse => format!("refused from {}", limits.refuse()),
        Verdict::Warn if limits.refuse().reached(part, whole) => {
            format!("refused from {}, but not for fewer than {}", limits.refuse(), guards.few)
        }
        Verdict::Warn | Verdict::Good => format!("warned from {}", limits.warn()),
    }
}

/// What is less, or suspiciously more, than in the directory before.
fn against(before: &Census, now: &Census, guards: &Guards, checks: &mut Vec<Check>) {
    synthetic(before, now, checks);
    let mut guard = Guard::new("providers", checks);
    guard.moved(("", "the directory", "provider"), (before.providers, now.providers), guards.providers, guards);
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
    let rows = |census: &Census| census.sources.iter().map(|(name, source)| (name.clone(), rows_of(source))).collect();
    each(("source", "row", guards.source), (&rows(before), &rows(now)), str::to_owned, guards, checks);
    older_source(before, now, checks);
}

/// The rows a source stands by. A roster is what its newest file says, so that an older one may be cleared away beside it; the files
/// of every other source add up.
fn rows_of(source: &SourceCount) -> u64 {
    match Dataset::named(&source.dataset) {
        Some(Dataset::PayerRoster) => source.newest_rows,
        _ => source.rows,
    }
}

/// An invented directory must not come in the place of a real one, nor the other way round.
fn synthetic(before: &Census, now: &Census, checks: &mut Vec<Check>) {
    let kind = |synthetic| if synthetic { "invented (synthetic)" } else { "real" };
    let verdict = if before.synthetic == now.synthetic { Verdict::Good } else { Verdict::Refuse };
    let (was, is) = (kind(before.synthetic), kind(now.synthetic));
    let mut guard = Guard::new("synthetic", checks);
    guard.find(verdict, "", || {
        format!("the directory served holds {was} providers, this one {is} ones; always refused")
    });
    guard.end(|_| format!("{is} providers, as before"));
}

/// What a guard counts: its name, what one of the things counted is called, and its limits.
type Kind = (&'static str, &'static str, Limits);

/// Weighs every subject that was counted before.
fn each(
    (guard, unit, limits): Kind,
    (before, now): (&BTreeMap<String, u64>, &BTreeMap<String, u64>),
    label: impl Fn(&str) -> String,
    guards: &Guards,
    checks: &mut Vec<Check>,
) {
    let mut found = Guard::new(guard, checks);
    for (subject, was) in before {
        let is = now.get(subject).copied().unwrap_or_default();
        found.moved((subject, &label(subject), unit), (*was, is), limits, guards);
    }
    found.end(|good| format!("{}: fewer than {} of the {unit}s lost", counted(good, guard), limits.warn()));
}

/// The lines that every network lists, and those of them for which its terms hold; of the two, what is worse is told.
fn networks(before: &Census, now: &Census, guards: &Guards, checks: &mut Vec<Check>) {
    let mut guard = Guard::new("network", checks);
    for name in before.networks.keys() {
        let weigh = |label: String, counts: fn(&Census) -> &BTreeMap<String, u64>| {
            let [was, is] = [before, now].map(|census| counts(census).get(name).copied().unwrap_or_default());
            moved((&label, "line"), (was, is), guards.network, guards)
        };
        let listed = weigh(format!("network {name}"), |census| &census.networks);
        let in_force = weigh(format!("network {name}, on terms in force"), |census| &census.in_force);
        let (verdict, words) = if in_force.0 > listed.0 { in_force } else { listed };
        guard.find(verdict, name, || words);
    }
    guard.end(|good| {
        let (networks, from) = (counted(good, "network"), guards.network.warn());
        format!("{networks}: fewer than {from} of the lines lost, listed and in force")
    });
}

impl Guard<'_> {
    /// Weighs a count of a subject against the one before.
    fn moved(
        &mut self,
        (subject, name, unit): (&str, &str, &str),
        counts: (u64, u64),
        limits: Limits,
        guards: &Guards,
    ) {
        let (verdict, words) = moved((name, unit), counts, limits, guards);
        self.find(verdict, subject, || words);
    }
}

/// What a count means beside the one before.
fn moved((name, unit): (&str, &str), (was, is): (u64, u64), limits: Limits, guards: &Guards) -> (Verdict, String) {
    let (lost, gained) = (was.saturating_sub(is), is.saturating_sub(was));
    let figures = format!("{name}: {}, {} now", counted(was, unit), thousands(is));
    if was > 0 && is == 0 {
        (Verdict::Refuse, format!("{name}: {}, none now; nothing left is always refused", counted(was, unit)))
    } else if was > 0 && gained >= guards.few && guards.growth.reached(gained, was) {
        let growth = Percent::of(gained, was);
        (Verdict::Warn, format!("{figures}: {growth} more; warned from {}", guards.growth))
    } else {
        let (verdict, share) = share(" fewer", lost, was, limits, guards);
        (verdict, format!("{figures}: {share}"))
    }
}

/// A source whose newest day lies before the one that is published.
fn older_source(before: &Census, now: &Census, checks: &mut Vec<Check>) {
    let mut guard = Guard::new("older_source", checks);
    for (name, was) in &before.sources {
        if let Some((is, day)) = now.sources.get(name).zip(was.as_of) {
            let (verdict, words) = aged(was, day, is);
            guard.find(verdict, name, || format!("{name}: {words}"));
        }
    }
    guard.end(|good| format!("{}: no day is older than before", counted(good, "source")));
}

/// What the day of a source means beside its day before. The same bytes are of the same day, whatever is said of them; only days of one
/// origin are sure to be comparable; and a day that was yet to come is none.
fn aged(was: &SourceCount, before: Date, is: &SourceCount) -> (Verdict, String) {
    if was.sha256s == is.sha256s {
        return (Verdict::Good, String::new());
    }
    let Some(now) = is.as_of else {
        return (Verdict::Warn, format!("of {before} before, of an unknown day now"));
    };
    if is.ahead {
        (Verdict::Warn, format!("of {now}, a day yet to come, which counts as unknown; before it was of {before}"))
    } else if now >= before {
        (Verdict::Good, String::new())
    } else if was.ahead {
        (Verdict::Warn, format!("of {now}; before it was of {before}, a day yet to come, which counts as unknown"))
    } else if was.as_of_from != is.as_of_from {
        let (by, by_then) = (&is.as_of_from, &was.as_of_from);
        let words =
            format!("of {now} by its {by}, before it was of {before} by its {by_then}; see whether it is older");
        (Verdict::Warn, words)
    } else {
        (Verdict::Refuse, format!("of {now}, before it was of {before}; an older file is always refused"))
    }
}
