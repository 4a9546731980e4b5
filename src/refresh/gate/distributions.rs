//! Checks that the values of each fact are distributed as before: stars, beds, yes and no. If all ratings became five stars,
//! as many rows have a rating as before.

use crate::catalog::fact_counts::FactCount;
use crate::catalog::stats::CatalogStats;
use crate::refresh::gate::fact_words::{ADVICE, of_fact, of_source};
use crate::refresh::gate::facts::subject;
use crate::refresh::gate::limits::{GateThresholds, Percent};
use crate::refresh::gate::weighing::{CheckBuilder, share_of_many};
use crate::run_report::gate_check::GateCheck;
use crate::text::count_text::counted;

/// The guard.
const DISTRIBUTION: &str = "distribution";

/// Compares the values of every fact of every source that is in both.
pub(crate) fn evaluate(
    before: &CatalogStats,
    now: &CatalogStats,
    limits: GateThresholds,
    few: u64,
    checks: &mut Vec<GateCheck>,
) {
    let mut guard = CheckBuilder::new(DISTRIBUTION, checks);
    for (name, was) in &before.sources {
        let Some(is) = now.sources.get(name) else { continue };
        for (fact, was) in &was.facts {
            let Some(count) = is.facts.get(fact) else { continue };
            let Some((moved, value)) = moved(was, count) else { continue };
            let (verdict, share) = share_of_many(" of the values changed", moved, count.known, limits, few);
            guard.find(verdict, &subject(name, fact), || {
                format!("{}, {}: {share}; {value}; {ADVICE}", of_source(name, Some(is)), of_fact(fact))
            });
        }
    }
    guard.end(|good| format!("{}: less than {} of the values changed", counted(good, "distribution"), limits.warn()));
}

/// How many records would have to have another value for the distribution to be as before, and the value that grew most.
/// `None` if not every value was counted on both sides: a fact with too many values is no distribution.
fn moved(was: &FactCount, is: &FactCount) -> Option<(u64, String)> {
    let is_counted = |count: &FactCount| count.known > 0 && count.values.values().sum::<u64>() == count.known;
    if !is_counted(was) || !is_counted(is) {
        return None;
    }
    let before = |value: &String| was.values.get(value).copied().unwrap_or_default();
    // How many more records have this value than before, of as many records as now; times `was.known`, to round only once.
    let gained = |(value, count): (&String, &u64)| {
        let expected = u128::from(before(value)) * u128::from(is.known);
        (u128::from(*count) * u128::from(was.known)).saturating_sub(expected)
    };
    let total = is.values.iter().map(gained).sum::<u128>() / u128::from(was.known);
    let total = u64::try_from(total).unwrap_or(u64::MAX);
    let (value, count) = is.values.iter().max_by_key(|entry| gained(*entry))?;
    let (then, now) = (Percent::of(before(value), was.known), Percent::of(*count, is.known));
    Some((total, format!("\"{value}\" in {then} before, in {now} now")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(values: &[(&str, u64)]) -> FactCount {
        let known = values.iter().map(|(_, count)| count).sum();
        let values = values.iter().map(|(value, count)| ((*value).to_owned(), *count)).collect();
        FactCount { records: known, known, values }
    }

    #[test]
    fn as_many_have_moved_as_would_have_to_move_back() {
        let stars = count(&[("1", 20), ("3", 50), ("5", 30)]);
        for (now, expected) in [
            (count(&[("1", 20), ("3", 50), ("5", 30)]), 0),
            (count(&[("1", 40), ("3", 100), ("5", 60)]), 0),
            (count(&[("1", 30), ("3", 50), ("5", 20)]), 10),
            (count(&[("5", 100)]), 70),
            (count(&[("4", 100)]), 100),
        ] {
            assert_eq!(moved(&stars, &now).map(|(moved, _)| moved), Some(expected), "{now:?}");
        }
        assert_eq!(moved(&stars, &count(&[])), None, "no value at all is found by the share of rows");
        let uncounted = FactCount { known: 90, ..stars.clone() };
        assert_eq!((moved(&stars, &uncounted), moved(&uncounted, &stars)), (None, None), "a file has too many values");
    }

    #[test]
    fn of_many_rare_values_only_what_is_too_many_has_moved() {
        let names: Vec<String> = (0..20).map(|at| at.to_string()).collect();
        let of = |count_of: fn(usize) -> u64| {
            count(&names.iter().enumerate().map(|(at, name)| (name.as_str(), count_of(at))).collect::<Vec<_>>())
        };
        let (before, now) = (of(|_| 1), of(|at| if at < 10 { 2 } else { 1 }));
        // Ten of the thirty records have two where one and a half is expected.
        assert_eq!(moved(&before, &now).map(|(moved, _)| moved), Some(5));
    }
}
