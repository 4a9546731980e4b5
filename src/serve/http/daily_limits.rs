//! How much one principal may record in the ledger in a day, so that a loop does not fill its disk.
//!
//! Counted in memory, by each server for itself: a count in the ledger would reveal who made how
//! many lists on which day, and callers cannot cause the restart that resets the count. A day is
//! one where the server runs.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Zoned;
use jiff::civil::Date;

use crate::api_keys::Principal;
use crate::config::server::RateLimitConfig;
use crate::serve::http::problem::Problem;
use crate::serve::http::throttle::rate_key;

/// How many times the limits of others a local caller has, if callers need not authenticate. It is
/// still a bound, because a local script can loop as well.
const LOCAL_TIMES: u64 = 10;

/// What has been recorded in the ledger today.
#[derive(Debug)]
pub struct DailyLimits {
    list_bytes: u64,
    entries: u64,
    today: Mutex<DailyCounts>,
}

/// The counts of one day.
#[derive(Debug, Default)]
struct DailyCounts {
    day: Date,
    by_principal: HashMap<String, PrincipalCount>,
}

/// What one principal has recorded.
#[derive(Debug, Default, Clone, Copy)]
struct PrincipalCount {
    list_bytes: u64,
    entries: u64,
}

impl DailyLimits {
    /// Limits from the settings.
    pub fn new(limits: &RateLimitConfig) -> Self {
        Self {
            list_bytes: u64::from(limits.list_megabytes_per_day.get()) << 20,
            entries: limits.entries_per_day.get().into(),
            today: Mutex::default(),
        }
    }

    /// Checks that `principal` may record another list. The list that reaches the limit is still
    /// recorded.
    ///
    /// # Errors
    /// It has recorded as much as it may today.
    pub fn may_record(&self, principal: &Principal, now: &Zoned) -> Result<(), Problem> {
        let used = self.count(principal, now, |count| count.list_bytes);
        if used < self.list_bytes * times(principal) { Ok(()) } else { Err(reached("choice lists and gap packets", now)) }
    }

    /// Counts a list of `principal` that takes this many bytes in the ledger.
    pub fn recorded(&self, principal: &Principal, now: &Zoned, bytes: u64) {
        self.count(principal, now, |count| count.list_bytes += bytes);
    }

    /// Counts entries that `principal` is about to record together, if it may record so many. They
    /// are given back unless they are kept: what is refused does not count.
    ///
    /// # Errors
    /// It would have recorded more than it may today.
    pub fn count_entries(&self, principal: &Principal, now: &Zoned, entries: usize) -> Result<CountedEntries<'_>, Problem> {
        let (most, entries) = (self.entries * times(principal), entries as u64);
        let counted = self.count(principal, now, |count| {
            let is_free = count.entries + entries <= most;
            count.entries += if is_free { entries } else { 0 };
            is_free
        });
        if !counted {
            return Err(reached("statements, observations and outcomes", now));
        }
        let name = rate_key(&principal.name).to_owned();
        Ok(CountedEntries { limits: self, day: now.date(), name, entries })
    }

    /// Reads or changes the count of `principal`; counts of earlier days are dropped.
    fn count<T>(&self, principal: &Principal, now: &Zoned, change: impl FnOnce(&mut PrincipalCount) -> T) -> T {
        // A count is valid even if another thread panicked while it held the lock.
        let mut today = self.today.lock().unwrap_or_else(PoisonError::into_inner);
        if today.day != now.date() {
            *today = DailyCounts { day: now.date(), ..DailyCounts::default() };
        }
        change(today.by_principal.entry(rate_key(&principal.name).to_owned()).or_default())
    }
}

/// Entries that count against the limit of a principal, and no longer once this is dropped.
#[derive(Debug)]
#[must_use = "they no longer count once this is dropped"]
pub struct CountedEntries<'a> {
    limits: &'a DailyLimits,
    day: Date,
    name: String,
    entries: u64,
}

impl CountedEntries<'_> {
    /// They are recorded, so they go on counting.
    pub fn keep(mut self) {
        self.entries = 0;
    }
}

impl Drop for CountedEntries<'_> {
    fn drop(&mut self) {
        let mut today = self.limits.today.lock().unwrap_or_else(PoisonError::into_inner);
        if today.day == self.day
            && let Some(count) = today.by_principal.get_mut(&self.name)
        {
            count.entries = count.entries.saturating_sub(self.entries);
        }
    }
}

fn times(principal: &Principal) -> u64 {
    if principal.is_local() { LOCAL_TIMES } else { 1 }
}

/// The problem that the limit on `what` is reached, with the time until the day ends.
fn reached(what: &'static str, now: &Zoned) -> Problem {
    let midnight = now.tomorrow().and_then(|tomorrow| tomorrow.start_of_day()).ok();
    let seconds = midnight.map_or(0, |midnight| midnight.duration_since(now).as_secs());
    Problem::DailyLimit { what, seconds: u64::try_from(seconds).unwrap_or_default() + 1 }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    fn limits(megabytes: u32, entries: u32) -> DailyLimits {
        let number = |number| NonZeroU32::new(number).unwrap();
        DailyLimits::new(&RateLimitConfig {
            list_megabytes_per_day: number(megabytes),
            entries_per_day: number(entries),
            ..RateLimitConfig::default()
        })
    }

    fn named(name: &str) -> Principal {
        Principal { name: name.to_owned(), ..Principal::anyone() }
    }

    fn at(time: &str) -> Zoned {
        format!("{time}[America/Chicago]").parse().unwrap()
    }

    #[test]
    fn a_limit_holds_for_a_principal_and_its_sessions_until_midnight() {
        let (limits, noon) = (limits(1, 2), at("2026-11-21T12:00:00"));
        let [one, session, other] = ["key:one", "key:one/a", "key:two"].map(named);
        let record = |principal: &Principal, at: &Zoned| limits.count_entries(principal, at, 1).map(CountedEntries::keep);
        assert!(record(&one, &noon).is_ok() && record(&session, &noon).is_ok());
        let refused = record(&one, &noon).unwrap_err();
        assert_eq!(refused, Problem::DailyLimit { what: "statements, observations and outcomes", seconds: 12 * 3600 + 1 });
        assert!(record(&other, &noon).is_ok());
        assert!(limits.may_record(&one, &noon).is_ok(), "lists are counted apart");
        assert!(record(&one, &at("2026-11-22T00:00:00")).is_ok());
    }

    #[test]
    fn what_is_not_recorded_is_given_back_on_its_own_day_only() {
        let (limits, noon, one) = (limits(1, 3), at("2026-11-21T12:00:00"), named("key:one"));
        for _ in 0..9 {
            drop(limits.count_entries(&one, &noon, 3).unwrap());
        }
        limits.count_entries(&one, &noon, 2).unwrap().keep();
        assert!(limits.count_entries(&one, &noon, 2).is_err(), "all or none");
        let open = limits.count_entries(&one, &noon, 1).unwrap();
        assert!(limits.count_entries(&one, &noon, 1).is_err(), "what is being recorded counts");
        let next = at("2026-11-22T00:00:00");
        limits.count_entries(&one, &next, 3).unwrap().keep();
        drop(open);
        assert!(limits.count_entries(&one, &next, 1).is_err(), "it was of the day before");
    }

    #[test]
    fn lists_are_counted_by_what_they_take_and_the_local_caller_has_ten_times_as_much() {
        let (limits, noon) = (limits(1, 1), at("2026-11-21T12:00:00"));
        for (principal, most) in [(named("key:one"), 2), (Principal::local(), 20)] {
            for _ in 0..most {
                assert_eq!(limits.may_record(&principal, &noon), Ok(()));
                limits.recorded(&principal, &noon, 1 << 19);
            }
            assert!(matches!(
                limits.may_record(&principal, &noon),
                Err(Problem::DailyLimit { what: "choice lists and gap packets", .. })
            ));
        }
        limits.count_entries(&Principal::local(), &noon, 10).unwrap().keep();
        assert!(limits.count_entries(&Principal::local(), &noon, 1).is_err());
    }
}
