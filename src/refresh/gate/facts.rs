//! Checks that every source yields each fact for as large a share of its rows as before, so that a column that became empty
//! or unreadable is found although every row is there.

use crate::catalog::fact_counts::FactCount;
use crate::catalog::stats::{CatalogStats, SourceStats};
use crate::refresh::gate::fact_words::{ADVICE, of_fact, of_source};
use crate::refresh::gate::limits::GateThresholds;
use crate::refresh::gate::weighing::{CheckBuilder, share_of_many};
use crate::run_report::gate_check::{CheckVerdict, GateCheck};
use crate::text::count_text::{counted, thousands};

/// The guard.
const FACT: &str = "fact";

/// Compares every fact of every source that is in both.
pub(crate) fn evaluate(
    before: &CatalogStats,
    now: &CatalogStats,
    limits: GateThresholds,
    few: u64,
    checks: &mut Vec<GateCheck>,
) {
    let mut guard = CheckBuilder::new(FACT, checks);
    for (name, was) in &before.sources {
        let Some(is) = now.sources.get(name) else { continue };
        for (fact, count) in &was.facts {
            let (verdict, words) = compare(count, &count_in(is, fact), limits, few);
            guard.find(verdict, &subject(name, fact), || {
                format!("{}, {}: {words}; {ADVICE}", of_source(name, Some(is)), of_fact(fact))
            });
        }
    }
    guard.end(|good| format!("{}: less than {} of the values lost", counted(good, "fact"), limits.warn()));
}

/// The subject of a check of one fact of one source.
pub(crate) fn subject(source: &str, fact: &str) -> String {
    format!("{source}: {fact}")
}

/// The count of a fact in a source; none known of all records if no record yields it.
pub(crate) fn count_in(source: &SourceStats, fact: &str) -> FactCount {
    source.facts.get(fact).cloned().unwrap_or_else(|| {
        let records = source.facts.values().map(|count| count.records).max().unwrap_or(source.rows);
        FactCount { records, ..FactCount::default() }
    })
}

/// The verdict on a fact compared with the previous share of records that had it.
fn compare(was: &FactCount, is: &FactCount, limits: GateThresholds, few: u64) -> (CheckVerdict, String) {
    let (expected, lost) = lost(was, is);
    let figures = format!("{} of {} before, ", thousands(was.known), counted(was.records, "row"));
    if is.known == 0 && expected > 0 {
        let (verdict, limit) = match expected {
            expected if expected < few => (CheckVerdict::Warn, format!("warned, because fewer than {few} are expected")),
            _ => (CheckVerdict::Refuse, "a drop to zero is always refused".to_owned()),
        };
        return (verdict, format!("{figures}none of {} now; {limit}", thousands(is.records)));
    }
    let (verdict, share) = share_of_many(" fewer", lost, expected, limits, few);
    (verdict, format!("{figures}{} of {} now: {share}", thousands(is.known), thousands(is.records)))
}

/// How many of the records now are expected to have the fact, by the share before, and how many of those do not have it.
pub(crate) fn lost(was: &FactCount, is: &FactCount) -> (u64, u64) {
    let expected = u128::from(was.known) * u128::from(is.records) / u128::from(was.records.max(1));
    let expected = u64::try_from(expected).unwrap_or(u64::MAX);
    (expected, expected.saturating_sub(is.known))
}
