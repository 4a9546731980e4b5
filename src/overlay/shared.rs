//! What every question is answered from, changed beside the questions and swapped whole.
//!
//! A question takes what is there and never makes anything. Today and tomorrow both stand ready, so that the first question after
//! midnight is answered of its own day; a change that takes long is made beside the questions and what was told meanwhile is laid over
//! it when it is swapped in.

use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::civil::Date;

use crate::catalog::Catalog;
use crate::ledger::state::LedgerState;
use crate::overlay::LiveDirectory;

/// The newest [`LiveSnapshot`]. Copies are of the same.
#[derive(Debug, Clone, Default)]
pub struct LiveDirectoryCache {
    newest: Arc<ArcSwap<LiveSnapshot>>,
}

/// Everything answers depend on, of one moment.
#[derive(Debug, Default)]
struct LiveSnapshot {
    told: Arc<LedgerState>,
    /// None before the first directory.
    days: Option<DirectoryDays>,
}

/// One generation with one state of what was told, as it holds on two days.
#[derive(Debug, Clone)]
struct DirectoryDays {
    today: Arc<LiveDirectory>,
    tomorrow: Arc<LiveDirectory>,
}

impl DirectoryDays {
    /// Those that begin with `today`.
    fn from(today: Arc<LiveDirectory>) -> Self {
        let day = today.today.tomorrow().unwrap_or(today.today);
        let tomorrow = Arc::new(today.moved(&today.told, day));
        Self { today, tomorrow }
    }

    fn on(&self, day: Date) -> Option<&Arc<LiveDirectory>> {
        [&self.today, &self.tomorrow].into_iter().find(|live| live.today == day)
    }

    /// The same with `told` instead.
    fn telling(&self, told: &Arc<LedgerState>) -> Self {
        let telling = |live: &Arc<LiveDirectory>| {
            if Arc::ptr_eq(&live.told, told) { Arc::clone(live) } else { Arc::new(live.moved(told, live.today)) }
        };
        Self { today: telling(&self.today), tomorrow: telling(&self.tomorrow) }
    }
}

impl LiveDirectoryCache {
    /// What was told.
    pub fn told(&self) -> Arc<LedgerState> {
        Arc::clone(&self.newest.load().told)
    }

    /// The generation that answers come from; `None` before the first.
    pub fn catalog(&self) -> Option<Arc<Catalog>> {
        self.newest.load().days.as_ref().map(|days| Arc::clone(&days.today.base))
    }

    /// What to answer from on `day`; `None` where there is no directory yet, or `day` is neither the day this was last turned to nor the
    /// one after.
    pub fn on(&self, day: Date) -> Option<Arc<LiveDirectory>> {
        self.newest.load().days.as_ref()?.on(day).cloned()
    }

    /// Lays `told` over the directory instead of what was told before.
    pub fn tell(&self, told: LedgerState) {
        let told = Arc::new(told);
        self.newest.rcu(|newest| {
            let days = newest.days.as_ref().map(|days| days.telling(&told));
            LiveSnapshot { told: Arc::clone(&told), days }
        });
    }

    /// Answers from `catalog` from now on. All that was told is laid over it first, which takes a while where much was told, and what is
    /// told meanwhile when it is swapped in.
    pub fn serve(&self, catalog: Arc<Catalog>, today: Date) {
        let days = DirectoryDays::from(Arc::new(LiveDirectory::new(catalog, &self.told(), today)));
        self.newest.rcu(|newest| {
            let days = Some(days.telling(&newest.told));
            LiveSnapshot { told: Arc::clone(&newest.told), days }
        });
    }

    /// Turns to `today` and prepares the day after it, if that is not done yet.
    pub fn turn_to(&self, today: Date) {
        while let Some(before) = self.newest.load().days.clone().filter(|days| days.today.today != today) {
            let live = before.on(today).cloned();
            let live = live.unwrap_or_else(|| Arc::new(before.today.moved(&before.today.told, today)));
            let days = DirectoryDays::from(live);
            self.newest.rcu(|newest| {
                // A generation that came meanwhile is turned in another round.
                let is_of = |now: &&DirectoryDays| Arc::ptr_eq(&now.today.base, &days.today.base);
                let days = newest
                    .days
                    .as_ref()
                    .map(|now| Some(now).filter(is_of).map_or_else(|| now.clone(), |_| days.telling(&newest.told)));
                LiveSnapshot { told: Arc::clone(&newest.told), days }
            });
        }
    }
}
