//! Limits on load: how many requests one principal may send in a second, and how many the program
//! works on at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::http::HeaderValue;
use governor::clock::{Clock, DefaultClock};
use governor::middleware::{StateInformationMiddleware, StateSnapshot};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::api_keys::Principal;
use crate::config::server;
use crate::serve::http::problem::Problem;
use crate::serve::http::route::{RouteRate, RouteSlot};

/// After how many requests the principals that have long been idle are dropped. A principal that is
/// remembered has been active lately, so there are no more than this and the active ones.
const FORGET_EVERY: u32 = 4096;
/// How many requests that wait on the ledger are in progress at once. Our choice: a ledger does one
/// thing at a time, and a slow one must not hold up questions.
const LEDGER_PLACES: usize = 16;

/// What a principal may still send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLeft {
    /// How many requests at once.
    pub requests: u32,
    /// In how many seconds it may send as many at once as ever.
    pub seconds: u64,
}

/// Rate limits, and slots for requests in progress.
#[derive(Debug)]
pub struct Throttle {
    rates: DefaultKeyedRateLimiter<String, StateInformationMiddleware>,
    per_second: u32,
    burst: u32,
    counted: AtomicU32,
    clock: DefaultClock,
    places: Arc<Semaphore>,
    ledger_places: Arc<Semaphore>,
}

impl Throttle {
    /// Limits from the settings.
    pub fn new(limits: &server::RateLimitConfig) -> Self {
        let quota = Quota::per_second(limits.per_second).allow_burst(limits.burst);
        let places = limits.requests.get().min(Semaphore::MAX_PERMITS);
        Self {
            rates: RateLimiter::keyed(quota).with_middleware(),
            per_second: limits.per_second.get(),
            burst: limits.burst.get(),
            counted: AtomicU32::new(0),
            clock: DefaultClock::default(),
            places: Arc::new(Semaphore::new(places)),
            ledger_places: Arc::new(Semaphore::new(LEDGER_PLACES)),
        }
    }

    /// Charges one request to `principal`, if `rate` says so. Local callers are exempt. Of sign-ins
    /// only failures count, with [`Self::count_failure`].
    ///
    /// # Errors
    /// It has sent too many requests; with the seconds until it may send the next.
    pub fn check_rate(&self, principal: &Principal, rate: RouteRate) -> Result<Option<RateLeft>, Problem> {
        match rate {
            RouteRate::Counted if !principal.is_local() => {
                let state = self.within(rate_key(&principal.name))?;
                let requests = state.remaining_burst_capacity();
                let spent = self.burst.saturating_sub(requests);
                Ok(Some(RateLeft { requests, seconds: u64::from(spent.div_ceil(self.per_second)) }))
            }
            RouteRate::Counted | RouteRate::Uncounted => Ok(None),
        }
    }

    /// The values of the headers `RateLimit-Policy` and `RateLimit` for a principal that has `left`.
    pub(crate) fn rate_headers(&self, left: RateLeft) -> Option<[HeaderValue; 2]> {
        let window = self.burst.div_ceil(self.per_second);
        let policy = HeaderValue::from_str(&format!("\"requests\";q={};w={window}", self.burst));
        let state = HeaderValue::from_str(&format!("\"requests\";r={};t={}", left.requests, left.seconds));
        Some([policy.ok()?, state.ok()?])
    }

    /// Charges a failed authentication to `whom`: the key it names, or its address. Valid
    /// credentials are never affected.
    ///
    /// # Errors
    /// There were too many failures; with the seconds until the next attempt.
    pub fn count_failure(&self, whom: &str) -> Result<(), Problem> {
        self.within(&format!("in vain:{whom}")).map(|_| ())
    }

    fn within(&self, counted: &str) -> Result<StateSnapshot, Problem> {
        self.charge(counted).map_err(|wait| {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            Problem::TooMany { seconds: seconds.max(1) }
        })
    }

    /// Waits until a line of a batch of `principal` is within its rate limit, and charges it. A
    /// batch that is longer than the burst is answered at the rate of single questions, and is not
    /// aborted.
    pub async fn wait_for_rate(&self, principal: &Principal) {
        if principal.is_local() {
            return;
        }
        while let Err(wait) = self.charge(rate_key(&principal.name)) {
            tokio::time::sleep(wait).await;
        }
    }

    /// Charges one request to `counted`, or returns how long to wait if it exceeds the limit.
    fn charge(&self, counted: &str) -> Result<StateSnapshot, Duration> {
        if self.counted.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            self.rates.retain_recent();
            self.rates.shrink_to_fit();
        }
        self.rates.check_key(&counted.to_owned()).map_err(|early| early.wait_time_from(self.clock.now()))
    }

    /// A slot for one request, held until it is answered.
    ///
    /// # Errors
    /// The program is busy.
    pub fn acquire_slot(&self, slot: RouteSlot) -> Result<Option<OwnedSemaphorePermit>, Problem> {
        match slot {
            RouteSlot::Unlimited => Ok(None),
            RouteSlot::Ledger => self.ledger_slot().map(Some),
            RouteSlot::Question => Arc::clone(&self.places).try_acquire_owned().map(Some).map_err(|_| Problem::Busy),
        }
    }

    /// A slot for one thing that waits on the ledger, held until it is done.
    ///
    /// # Errors
    /// All of them are taken.
    pub(crate) fn ledger_slot(&self) -> Result<OwnedSemaphorePermit, Problem> {
        Arc::clone(&self.ledger_places).try_acquire_owned().map_err(|_| Problem::Busy)
    }
}

/// The name that requests of a principal are counted under: all sessions of a key count as the key.
pub(crate) fn rate_key(name: &str) -> &str {
    name.split('/').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use std::num::{NonZeroU32, NonZeroUsize};

    use RouteRate::{Counted, Uncounted};

    use super::*;

    fn named(name: &str) -> Principal {
        Principal { name: name.to_owned(), ..Principal::anyone() }
    }

    fn limits(per_second: u32, burst: u32, requests: usize) -> Throttle {
        let number = |number| NonZeroU32::new(number).unwrap();
        let requests = NonZeroUsize::new(requests).unwrap();
        let (per_second, burst) = (number(per_second), number(burst));
        Throttle::new(&server::RateLimitConfig { requests, per_second, burst, ..server::RateLimitConfig::default() })
    }

    #[test]
    fn each_principal_has_its_own_burst_and_the_local_one_no_end() {
        let limits = limits(1, 3, 1);
        for principal in ["key:one", "key:two"].map(named) {
            for left in (0..3).rev() {
                assert_eq!(limits.check_rate(&principal, Counted).unwrap().map(|left| left.requests), Some(left));
            }
            assert_eq!(limits.check_rate(&principal, Counted), Err(Problem::TooMany { seconds: 1 }), "rounded up");
        }
        assert!((0..100).all(|_| limits.check_rate(&Principal::local(), Counted).is_ok()));
    }

    #[test]
    fn what_is_left_is_told_with_the_limit_and_the_time_until_all_is_there_again() {
        let limits = limits(2, 5, 1);
        let left = limits.check_rate(&named("key:one"), Counted).unwrap().unwrap();
        assert_eq!(left, RateLeft { requests: 4, seconds: 1 });
        let told = limits.rate_headers(left).unwrap();
        assert_eq!(told, ["\"requests\";q=5;w=3", "\"requests\";r=4;t=1"]);
        assert_eq!(limits.check_rate(&Principal::local(), Counted), Ok(None));
    }

    #[test]
    fn all_sessions_of_a_key_are_one_and_signing_in_and_health_are_apart() {
        let limits = limits(1, 2, 1);
        let [one, other] = ["key:one/a", "key:one/b"].map(named);
        assert!(limits.check_rate(&one, Counted).is_ok() && limits.check_rate(&other, Counted).is_ok());
        assert!(limits.check_rate(&one, Counted).is_err() && limits.check_rate(&named("key:one"), Counted).is_err());
        assert!((0..9).all(|_| limits.check_rate(&one, Uncounted).is_ok()), "of signing in only failures count");
        assert!((0..2).all(|_| limits.count_failure(&one.name).is_ok()));
        assert!(limits.count_failure(&one.name).is_err() && limits.count_failure("key:two").is_ok());
    }

    #[test]
    fn what_waits_on_the_ledger_takes_no_place_of_a_question() {
        let limits = limits(1, 1, 1);
        let outcome = || limits.acquire_slot(RouteSlot::Ledger);
        let held: Vec<_> = (0..LEDGER_PLACES).map(|_| outcome().unwrap()).collect();
        assert_eq!(outcome().unwrap_err(), Problem::Busy);
        assert!(limits.acquire_slot(RouteSlot::Question).unwrap().is_some());
        drop(held);
        assert!(outcome().unwrap().is_some());
    }

    #[test]
    fn those_that_asked_once_are_forgotten() {
        // Each is remembered for two microseconds.
        let limits = limits(1_000_000, 1_000_000, 1);
        for number in 0..3 * FORGET_EVERY {
            limits.check_rate(&named(&format!("address:{number}")), Counted).unwrap();
        }
        assert!(limits.rates.len() <= 2 * FORGET_EVERY as usize, "{}", limits.rates.len());
    }

    #[test]
    fn what_comes_beyond_the_places_is_told_so_but_not_who_asks_whether_it_lives() {
        let limits = limits(1, 1, 2);
        let held = [RouteSlot::Question; 2].map(|slot| limits.acquire_slot(slot).unwrap());
        assert_eq!(limits.acquire_slot(RouteSlot::Question).unwrap_err(), Problem::Busy);
        assert!(limits.acquire_slot(RouteSlot::Unlimited).unwrap().is_none());
        drop(held);
        assert!(limits.acquire_slot(RouteSlot::Question).unwrap().is_some());
    }
}
