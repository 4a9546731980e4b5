//! What every question is answered from, changed beside the questions and swapped whole.
//!
//! A question takes what is there and never makes anything. Today and tomorrow both stand ready, so that the first question after
//! midnight is answered of its own day; a change that takes long is made beside the questions and what was told meanwhile is laid over
//! it when it is swapped in.

use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::civil::Date;

use super::Live;
use crate::catalog::Catalog;
use crate::ledger::told::Told;

/// The newest [`Snapshot`]. Copies are of the same.
#[derive(Debug, Clone, Default)]
pub struct SharedLive {
    newest: Arc<ArcSwap<Snapshot>>,
}

/// Everything answers depend on, of one moment.
#[derive(Debug, Default)]
struct Snapshot {
    told: Arc<Told>,
    /// None before the first directory.
    days: Option<Days>,
}

/// One generation with one state of what was told, as it holds on two days.
#[derive(Debug, Clone)]
struct Days {
    today: Arc<Live>,
    tomorrow: Arc<Live>,
}

impl Days {
    /// Those that begin with `today`.
    fn from(today: Arc<Live>) -> Self {
        let day = today.today.tomorrow().unwrap_or(today.today);
        let tomorrow = Arc::new(today.moved(&today.told, day));
        Self { today, tomorrow }
    }

    fn on(&self, day: Date) -> Option<&Arc<Live>> {
        [&self.today, &self.tomorrow].into_iter().find(|live| live.today == day)
    }

    /// The same with `told` instead.
    fn telling(&self, told: &Arc<Told>) -> Self {
        let telling = |live: &Arc<Live>| {
            if Arc::ptr_eq(&live.told, told) { Arc::clone(live) } else { Arc::new(live.moved(told, live.today)) }
        };
        Self { today: telling(&self.today), tomorrow: telling(&self.tomorrow) }
    }
}

impl SharedLive {
    /// What was told.
    pub fn told(&self) -> Arc<Told> {
        Arc::clone(&self.newest.load().told)
    }

    /// The generation that answers come from; `None` before the first.
    pub fn catalog(&self) -> Option<Arc<Catalog>> {
        self.newest.load().days.as_ref().map(|days| Arc::clone(&days.today.base))
    }

    /// What to answer from on `day`; `None` where there is no directory yet, or `day` is neither the day this was last turned to nor the
    /// one after.
    pub fn on(&self, day: Date) -> Option<Arc<Live>> {
        self.newest.load().days.as_ref()?.on(day).cloned()
    }

    /// Lays `told` over the directory instead of what was told before.
    pub fn tell(&self, told: Told) {
        let told = Arc::new(told);
        self.newest.rcu(|newest| {
            let days = newest.days.as_ref().map(|days| days.telling(&told));
            Snapshot { told: Arc::clone(&told), days }
        });
    }

    /// Answers from `catalog` from now on. All that was told is laid over it first, which takes a while where much was told, and what is
    /// told meanwhile when it is swapped in.
    pub fn serve(&self, catalog: Arc<Catalog>, today: Date) {
        let days = Days::from(Arc::new(Live::new(catalog, &self.told(), today)));
        self.newest.rcu(|newest| {
            let days = Some(days.telling(&newest.told));
            Snapshot { told: Arc::clone(&newest.told), days }
        });
    }

    /// Turns to `today` and prepares the day after it, if that is not done yet.
    pub fn turn_to(&self, today: Date) {
        while let Some(before) = self.newest.load().days.clone().filter(|days| days.today.today != today) {
            let live = before.on(today).cloned();
            let live = live.unwrap_or_else(|| Arc::new(before.today.moved(&before.today.told, today)));
            let days = Days::from(live);
            self.newest.rcu(|newest| {
                // A generation that came meanwhile is turned in another round.
                let is_of = |now: &&Days| Arc::ptr_eq(&now.today.base, &days.today.base);
                let days = newest
                    .days
                    .as_ref()
                    .map(|now| Some(now).filter(is_of).map_or_else(|| now.clone(), |_| days.telling(&newest.told)));
                Snapshot { told: Arc::clone(&newest.told), days }
            });
        }
    }
}
