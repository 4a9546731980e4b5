//! The snapshot that every request is answered from, rebuilt in the background and swapped as a whole.
//!
//! A request takes the current snapshot and never builds one. Today and tomorrow are both prepared, so that the first request
//! after midnight is answered for its own day. A slow change is built in the background; statements recorded meanwhile are
//! applied when it is swapped in.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, ArcSwapOption};
use jiff::civil::Date;

use crate::catalog::Catalog;
use crate::ledger::state::LedgerState;
use crate::overlay::LiveDirectory;

/// The current [`LiveSnapshot`]. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct LiveDirectoryCache {
    newest: Arc<ArcSwap<LiveSnapshot>>,
    previous: Arc<ArcSwapOption<PreviousDirectory>>,
}

/// How long the generation before the one served is kept for cursors made from it: a person turns the pages of an answer within
/// minutes. Our choice.
pub(crate) const KEPT: Duration = Duration::from_mins(10);

/// The generation before the one served.
#[derive(Debug)]
struct PreviousDirectory {
    live: Arc<LiveDirectory>,
    replaced_at: Instant,
}

/// Everything that answers depend on, at one moment.
#[derive(Debug, Default)]
struct LiveSnapshot {
    ledger_state: Arc<LedgerState>,
    /// `None` before the first directory.
    days: Option<DirectoryDays>,
}

/// One generation with one ledger state, for two days.
#[derive(Debug, Clone)]
struct DirectoryDays {
    today: Arc<LiveDirectory>,
    tomorrow: Arc<LiveDirectory>,
}

impl DirectoryDays {
    /// Prepares `today` and the day after it.
    fn from(today: Arc<LiveDirectory>) -> Self {
        let day = today.today.tomorrow().unwrap_or(today.today);
        let tomorrow = Arc::new(today.with_state_and_day(&today.ledger_state, day));
        Self { today, tomorrow }
    }

    fn on(&self, day: Date) -> Option<&Arc<LiveDirectory>> {
        [&self.today, &self.tomorrow].into_iter().find(|live| live.today == day)
    }

    /// The same days with `ledger_state` instead.
    fn with_ledger_state(&self, ledger_state: &Arc<LedgerState>) -> Self {
        let telling = |live: &Arc<LiveDirectory>| {
            if Arc::ptr_eq(&live.ledger_state, ledger_state) {
                Arc::clone(live)
            } else {
                Arc::new(live.with_state_and_day(ledger_state, live.today))
            }
        };
        Self { today: telling(&self.today), tomorrow: telling(&self.tomorrow) }
    }
}

impl LiveDirectoryCache {
    /// The ledger state.
    pub fn ledger_state(&self) -> Arc<LedgerState> {
        Arc::clone(&self.newest.load().ledger_state)
    }

    /// The generation that answers come from; `None` before the first.
    pub fn catalog(&self) -> Option<Arc<Catalog>> {
        self.newest.load().days.as_ref().map(|days| Arc::clone(&days.today.base))
    }

    /// The directory for `day`; `None` if there is no directory yet, or `day` is neither the day of the last
    /// [`LiveDirectoryCache::turn_to`] or [`LiveDirectoryCache::serve`], nor the day after it.
    pub fn on(&self, day: Date) -> Option<Arc<LiveDirectory>> {
        self.newest.load().days.as_ref()?.on(day).cloned()
    }

    /// The generation before the one served, for `day` and with the present ledger state; `None` if it was replaced more than ten
    /// minutes ago.
    pub fn previous(&self, day: Date) -> Option<LiveDirectory> {
        let previous = self.previous.load_full().filter(|previous| previous.replaced_at.elapsed() < KEPT)?;
        Some(previous.live.with_state_and_day(&self.ledger_state(), day))
    }

    /// The generation before the one served, without statements; `None` if it was replaced more than ten minutes ago.
    pub fn previous_catalog(&self) -> Option<Arc<Catalog>> {
        let previous = self.previous.load_full().filter(|previous| previous.replaced_at.elapsed() < KEPT)?;
        Some(Arc::clone(&previous.live.base))
    }

    /// Keeps `catalog`, which was replaced so long `ago`, for the rest of the ten minutes: a server that starts again keeps what it
    /// had before. Does nothing if another one is kept.
    pub(crate) fn restore_previous(&self, catalog: Arc<Catalog>, ago: Duration, today: Date) {
        let Some(replaced_at) = Instant::now().checked_sub(ago) else { return };
        let live = Arc::new(LiveDirectory::new(catalog, &self.ledger_state(), today));
        let restored = Arc::new(PreviousDirectory { live, replaced_at });
        self.previous.rcu(|kept| kept.clone().or_else(|| Some(Arc::clone(&restored))));
    }

    /// Frees the generation before the one served once nobody may ask for it. Call it from time to time.
    pub fn free_previous(&self) {
        if self.previous.load().as_ref().is_some_and(|previous| previous.replaced_at.elapsed() >= KEPT) {
            self.previous.store(None);
        }
    }

    /// Applies `ledger_state` to the directory in place of the previous ledger state.
    pub fn set_ledger_state(&self, ledger_state: LedgerState) {
        let ledger_state = Arc::new(ledger_state);
        self.newest.rcu(|newest| {
            let days = newest.days.as_ref().map(|days| days.with_ledger_state(&ledger_state));
            LiveSnapshot { ledger_state: Arc::clone(&ledger_state), days }
        });
    }

    /// Answers from `catalog` from now on. Applies the ledger state first, which takes a while if it is large, and applies
    /// entries recorded meanwhile when swapping in.
    pub fn serve(&self, catalog: Arc<Catalog>, today: Date) {
        let days = DirectoryDays::from(Arc::new(LiveDirectory::new(catalog, &self.ledger_state(), today)));
        let before = self.newest.load().days.as_ref().map(|days| Arc::clone(&days.today));
        let is_other = |live: &Arc<LiveDirectory>| !Arc::ptr_eq(&live.base, &days.today.base);
        let previous = before.filter(is_other).map(|live| PreviousDirectory { live, replaced_at: Instant::now() });
        self.previous.store(previous.map(Arc::new));
        self.newest.rcu(|newest| {
            let days = Some(days.with_ledger_state(&newest.ledger_state));
            LiveSnapshot { ledger_state: Arc::clone(&newest.ledger_state), days }
        });
    }

    /// Turns to `today` and prepares the day after it, unless already done.
    pub fn turn_to(&self, today: Date) {
        while let Some(before) = self.newest.load().days.clone().filter(|days| days.today.today != today) {
            let live = before.on(today).cloned();
            let live = live.unwrap_or_else(|| Arc::new(before.today.with_state_and_day(&before.today.ledger_state, today)));
            let days = DirectoryDays::from(live);
            self.newest.rcu(|newest| {
                // A generation swapped in meanwhile is turned in the next iteration.
                let is_of = |now: &&DirectoryDays| Arc::ptr_eq(&now.today.base, &days.today.base);
                let days = newest.days.as_ref().map(|now| {
                    Some(now).filter(is_of).map_or_else(|| now.clone(), |_| days.with_ledger_state(&newest.ledger_state))
                });
                LiveSnapshot { ledger_state: Arc::clone(&newest.ledger_state), days }
            });
        }
    }
}
