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
use crate::hospital_id::HospitalId;
use crate::ledger::hospital_states::HospitalStates;
use crate::ledger::state::LedgerState;
use crate::overlay::LiveDirectory;
use crate::overlay::hospital_directories::HospitalDirectories;

/// The current [`LiveSnapshot`], as one hospital sees it. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct LiveDirectoryCache {
    newest: Arc<ArcSwap<LiveSnapshot>>,
    previous: Arc<ArcSwapOption<PreviousDirectory>>,
    /// The hospital, if there are several; without one what they share is seen.
    hospital: Option<HospitalId>,
}

/// How long the generation before the one served is kept for cursors made from it: a person turns the pages of an answer within
/// minutes. Our choice.
pub(crate) const KEPT: Duration = Duration::from_mins(10);

/// The generation before the one served.
#[derive(Debug)]
struct PreviousDirectory {
    live: HospitalDirectories,
    replaced_at: Instant,
}

/// Everything that answers depend on, at one moment.
#[derive(Debug, Default)]
struct LiveSnapshot {
    states: HospitalStates,
    /// `None` before the first directory.
    days: Option<DirectoryDays>,
}

/// One generation with the ledger state of every hospital, for two days.
#[derive(Debug, Clone)]
struct DirectoryDays {
    today: HospitalDirectories,
    tomorrow: HospitalDirectories,
}

impl DirectoryDays {
    /// Prepares `today` and the day after it.
    fn from(today: HospitalDirectories, states: &HospitalStates) -> Self {
        let day = today.day().tomorrow().unwrap_or(today.day());
        let tomorrow = today.with_states_and_day(states, day);
        Self { today, tomorrow }
    }

    fn on(&self, day: Date) -> Option<&HospitalDirectories> {
        [&self.today, &self.tomorrow].into_iter().find(|live| live.day() == day)
    }

    /// The same days with `states` instead.
    fn with_states(&self, states: &HospitalStates) -> Self {
        let next = |live: &HospitalDirectories| live.with_states_and_day(states, live.day());
        Self { today: next(&self.today), tomorrow: next(&self.tomorrow) }
    }
}

impl LiveDirectoryCache {
    /// The same cache as `hospital` sees it, one of several.
    #[must_use]
    pub fn of_hospital(&self, hospital: HospitalId) -> Self {
        Self { hospital: Some(hospital), ..self.clone() }
    }

    /// The ledger state of the hospital.
    pub fn ledger_state(&self) -> Arc<LedgerState> {
        Arc::clone(self.newest.load().states.of(self.hospital.as_ref()))
    }

    /// The ledger state of every hospital.
    pub fn states(&self) -> HospitalStates {
        self.newest.load().states.clone()
    }

    /// The generation that answers come from; `None` before the first.
    pub fn catalog(&self) -> Option<Arc<Catalog>> {
        self.newest.load().days.as_ref().map(|days| Arc::clone(days.today.base()))
    }

    /// The directory of the hospital for `day`; `None` if there is no directory yet, or `day` is neither the day of the last
    /// [`LiveDirectoryCache::turn_to`] or [`LiveDirectoryCache::serve`], nor the day after it.
    pub fn on(&self, day: Date) -> Option<Arc<LiveDirectory>> {
        Some(Arc::clone(self.newest.load().days.as_ref()?.on(day)?.of(self.hospital.as_ref())))
    }

    /// The generation before the one served, for `day` and with the present ledger state; `None` if it was replaced more than ten
    /// minutes ago.
    pub fn previous(&self, day: Date) -> Option<Arc<LiveDirectory>> {
        let previous = self.previous.load_full().filter(|previous| previous.replaced_at.elapsed() < KEPT)?;
        Some(previous.live.of_one(&self.states(), self.hospital.as_ref(), day))
    }

    /// The generation before the one served, without statements; `None` if it was replaced more than ten minutes ago.
    pub fn previous_catalog(&self) -> Option<Arc<Catalog>> {
        let previous = self.previous.load_full().filter(|previous| previous.replaced_at.elapsed() < KEPT)?;
        Some(Arc::clone(previous.live.base()))
    }

    /// Keeps `catalog`, which was replaced so long `ago`, for the rest of the ten minutes: a server that starts again keeps what it
    /// had before. Does nothing if another one is kept.
    pub(crate) fn restore_previous(&self, catalog: Arc<Catalog>, ago: Duration, today: Date) {
        let Some(replaced_at) = Instant::now().checked_sub(ago) else { return };
        let live = HospitalDirectories::new(catalog, &self.states(), today);
        let restored = Arc::new(PreviousDirectory { live, replaced_at });
        self.previous.rcu(|kept| kept.clone().or_else(|| Some(Arc::clone(&restored))));
    }

    /// Frees the generation before the one served once nobody may ask for it. Call it from time to time.
    pub fn free_previous(&self) {
        if self.previous.load().as_ref().is_some_and(|previous| previous.replaced_at.elapsed() >= KEPT) {
            self.previous.store(None);
        }
    }

    /// Applies `ledger_state` to the directory in place of the previous ledger state, for a server with one hospital.
    pub fn set_ledger_state(&self, ledger_state: LedgerState) {
        self.set_states(&HospitalStates::of_only(ledger_state));
    }

    /// Applies `states` to the directories in place of the previous ones.
    pub fn set_states(&self, states: &HospitalStates) {
        self.newest.rcu(|newest| {
            let days = newest.days.as_ref().map(|days| days.with_states(states));
            LiveSnapshot { states: states.clone(), days }
        });
    }

    /// Answers from `catalog` from now on. Applies the ledger state first, which takes a while if it is large, and applies
    /// entries recorded meanwhile when swapping in.
    pub fn serve(&self, catalog: Arc<Catalog>, today: Date) {
        let states = self.states();
        let days = DirectoryDays::from(HospitalDirectories::new(catalog, &states, today), &states);
        let before = self.newest.load().days.as_ref().map(|days| days.today.clone());
        let is_other = |live: &HospitalDirectories| !Arc::ptr_eq(live.base(), days.today.base());
        let previous = before.filter(is_other).map(|live| PreviousDirectory { live, replaced_at: Instant::now() });
        self.previous.store(previous.map(Arc::new));
        self.newest.rcu(|newest| {
            let days = Some(days.with_states(&newest.states));
            LiveSnapshot { states: newest.states.clone(), days }
        });
    }

    /// Turns to `today` and prepares the day after it, unless already done.
    pub fn turn_to(&self, today: Date) {
        loop {
            let newest = self.newest.load_full();
            let Some(before) = newest.days.clone().filter(|days| days.today.day() != today) else { return };
            let live = before.on(today).cloned();
            let live = live.unwrap_or_else(|| before.today.with_states_and_day(&newest.states, today));
            let days = DirectoryDays::from(live, &newest.states);
            self.newest.rcu(|newest| {
                // A generation swapped in meanwhile is turned in the next iteration.
                let is_of = |now: &&DirectoryDays| Arc::ptr_eq(now.today.base(), days.today.base());
                let days = newest
                    .days
                    .as_ref()
                    .map(|now| Some(now).filter(is_of).map_or_else(|| now.clone(), |_| days.with_states(&newest.states)));
                LiveSnapshot { states: newest.states.clone(), days }
            });
        }
    }
}
