//! Weighs counts against thresholds, and collects the checks of one guard.

use std::collections::BTreeMap;

use crate::refresh::gate::limits::{GateThresholds, Percent};
use crate::run_report::gate_check::{CheckVerdict, GateCheck};
use crate::text::count_text::{counted, thousands};
use crate::text::name_key::name_key;

/// The counts of networks by the key of their names: a payer may write the name of its network otherwise than last month.
pub(crate) fn by_key(counts: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
    let mut of_keys = BTreeMap::new();
    for (name, count) in counts {
        *of_keys.entry(name_key(name)).or_default() += count;
    }
    of_keys
}

/// What is tolerated whatever the percentage.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tolerance {
    /// Findings about fewer items warn at most.
    pub few: u64,
    /// Growth from which a count warns.
    pub growth: Percent,
}

/// The checks of one guard: good results are counted, all others are separate checks.
pub(crate) struct CheckBuilder<'a> {
    name: &'static str,
    good: u64,
    checks: &'a mut Vec<GateCheck>,
}

impl<'a> CheckBuilder<'a> {
    /// A guard that adds its checks to `checks`.
    pub(crate) fn new(name: &'static str, checks: &'a mut Vec<GateCheck>) -> Self {
        Self { name, good: 0, checks }
    }

    /// Adds one result.
    pub(crate) fn find(&mut self, verdict: CheckVerdict, subject: &str, words: impl FnOnce() -> String) {
        match verdict {
            CheckVerdict::Good => self.good += 1,
            CheckVerdict::Warn | CheckVerdict::Refuse => {
                self.checks.push(GateCheck { guard: self.name, subject: subject.to_owned(), verdict, words: words() });
            }
        }
    }

    /// Compares a subject's count with the previous one.
    pub(crate) fn moved(
        &mut self,
        (subject, name, unit): (&str, &str, &str),
        counts: (u64, u64),
        limits: GateThresholds,
        tolerance: Tolerance,
    ) {
        let (verdict, words) = moved((name, unit), counts, limits, tolerance);
        self.find(verdict, subject, || words);
    }

    /// Adds one check for all good results; `words` gets their number.
    pub(crate) fn end(self, words: impl FnOnce(u64) -> String) {
        if self.good > 0 {
            let (subject, verdict) = (String::new(), CheckVerdict::Good);
            self.checks.push(GateCheck { guard: self.name, subject, verdict, words: words(self.good) });
        }
    }
}

/// The verdict on an undesired share, with its value and limit.
pub(crate) fn share(what: &str, part: u64, whole: u64, limits: GateThresholds, few: u64) -> (CheckVerdict, String) {
    let verdict = reached(part, whole, limits, few);
    (verdict, format!("{}{what}; {}", Percent::of(part, whole), limit(verdict, part, whole, limits, few)))
}

/// The same, but fewer than `few` items are good: of many small files, each may differ in some values.
pub(crate) fn share_of_many(what: &str, part: u64, whole: u64, limits: GateThresholds, few: u64) -> (CheckVerdict, String) {
    if part < few { (CheckVerdict::Good, String::new()) } else { share(what, part, whole, limits, few) }
}

/// The verdict on a share; fewer than `few` items warn at most.
fn reached(part: u64, whole: u64, limits: GateThresholds, few: u64) -> CheckVerdict {
    if part == 0 || !limits.warn().reached(part, whole) {
        CheckVerdict::Good
    } else if part < few || !limits.refuse().reached(part, whole) {
        CheckVerdict::Warn
    } else {
        CheckVerdict::Refuse
    }
}

/// The limit that a share reached.
fn limit(verdict: CheckVerdict, part: u64, whole: u64, limits: GateThresholds, few: u64) -> String {
    match verdict {
        CheckVerdict::Refuse => format!("refused at {} or more", limits.refuse()),
        CheckVerdict::Warn if limits.refuse().reached(part, whole) => {
            format!("refused at {} or more, but not for fewer than {few}", limits.refuse())
        }
        CheckVerdict::Warn | CheckVerdict::Good => format!("warned at {} or more", limits.warn()),
    }
}

/// The verdict on a count compared with the previous one.
pub(crate) fn moved(
    (name, unit): (&str, &str),
    (was, is): (u64, u64),
    limits: GateThresholds,
    tolerance: Tolerance,
) -> (CheckVerdict, String) {
    let Tolerance { few, growth } = tolerance;
    let (lost, gained) = (was.saturating_sub(is), is.saturating_sub(was));
    let figures = format!("{name}: {}, {} now", counted(was, unit), thousands(is));
    if was > 0 && is == 0 {
        (CheckVerdict::Refuse, format!("{name}: {}, none now; a drop to zero is always refused", counted(was, unit)))
    } else if was > 0 && gained >= few && growth.reached(gained, was) {
        let more = Percent::of(gained, was);
        (CheckVerdict::Warn, format!("{figures}: {more} more; warned at {growth} or more"))
    } else {
        let (verdict, share) = share(" fewer", lost, was, limits, few);
        (verdict, format!("{figures}: {share}"))
    }
}
