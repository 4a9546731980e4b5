//! Keeping what was told at hand: read from the ledger when somebody tells something, and by the clock.
//!
//! A question is answered from [`AppState::live`] and never waits for the database. While the ledger cannot be read, what was told before
//! stays. One reads at a time and lays what is new over the directory, on a thread that answers nothing.
//!
//! Each look compares the ledger with the place it was read up to. A database that has come back from a backup, or a standby that had
//! not yet received the last entries, no longer has that place or has another entry there: that is said, and everything is read anew.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use tokio::sync::OwnedMutexGuard;
use tokio::time::{MissedTickBehavior, timeout};

use crate::ledger::Ledger;
use crate::ledger::error::LedgerError;
use crate::ledger::event::{LedgerBatch, LedgerEvent, LedgerPosition, Sequence};
use crate::ledger::state::LedgerState;
use crate::overlay::shared::LiveDirectoryCache;
use crate::serve::audit_log;
use crate::serve::http::problem::Problem;
use crate::serve::ledger_health::{LOSS_HOURS, LedgerLoss, LedgerStatus};
use crate::serve::state::AppState;
use crate::statements::OUTCOME_DAYS;

/// How often the ledger is looked at though nobody says that there is something new: the most by which one server is behind another
/// while no word gets through. A look costs one small query.
const EVERY: Duration = Duration::from_secs(1);

/// How long the first request waits for what was told: a database that says nothing must not keep a server from starting. Our choice.
const FIRST: Duration = Duration::from_secs(5);

impl AppState {
    /// How it stands with the ledger at this moment.
    pub(crate) fn ledger_standing(&self) -> LedgerStatus {
        let Some(ledger) = &self.ledger else { return LedgerStatus::NotOpen(None) };
        let failure = ledger.failure();
        if !ledger.is_open() {
            return LedgerStatus::NotOpen(failure);
        }
        let unread = || self.told().unread.get_min().map(ToString::to_string);
        failure.or_else(|| self.loss()).or_else(unread).map_or(LedgerStatus::Open, LedgerStatus::Failing)
    }

    /// That it has lost entries, if that was found not long ago.
    fn loss(&self) -> Option<String> {
        let loss = self.following.loss.load_full()?;
        let hours = (self.now)().timestamp().duration_since(loss.found_at).as_hours();
        (0..LOSS_HOURS).contains(&hours).then(|| loss.to_string())
    }

    /// Keeps `entry`, and reads what was told up to it: whoever asks this server after this ends is answered by it.
    ///
    /// # Errors
    /// There is no ledger or it failed. It may have kept the entry all the same, when the failure was in saying so.
    pub async fn append_event(&self, entry: &LedgerEvent) -> Result<Sequence, Problem> {
        let ledger = self.ledger.as_ref().ok_or(Problem::NoLedger)?;
        let told = ledger.tell(entry).await.map_err(|error| {
            tracing::error!(%error, "the ledger could not be written");
            Problem::from(&error)
        });
        let sequence = told?;
        // It is kept, so whoever told it must not be asked to tell it again; the next look finds it.
        self.poll(ledger.as_ref()).await;
        Ok(sequence)
    }

    /// Reads what was told since the last look, and answers hold it when this ends. A failure is logged when it begins, and its end too.
    async fn poll(&self, ledger: &dyn Ledger) {
        let turn = Arc::clone(&self.following.turn).lock_owned().await;
        let read = self.read(ledger, *turn).await;
        self.log(&read);
        let Ok(Some(news)) = read else { return };
        let live = self.live.clone();
        // The turn goes with the work: whoever asked for it may be gone before it ends.
        if let Err(error) = tokio::task::spawn_blocking(move || news.lay_over(&live, turn)).await {
            tracing::error!(%error, "what was told could not be laid over the directory; it is tried again in a second");
        }
    }

    /// What is new since the last look; `None` where nothing is.
    async fn read(&self, ledger: &dyn Ledger, last: Option<Date>) -> Result<Option<LedgerNews>, LedgerError> {
        let (told, today, now) = (self.told(), self.today(), (self.now)().timestamp());
        let outcomes_from = today.saturating_sub(OUTCOME_DAYS.days());
        let mut reading = ledger.read(told.place(), outcomes_from).await?;
        let is_lost = !reading.continues(told.place());
        // On an earlier day than before, what was left aside as outdated by a wrong clock counts again.
        let is_anew = is_lost || last.is_some_and(|last| today < last);
        if is_anew {
            reading = ledger.read(LedgerPosition::default(), outcomes_from).await?;
        } else if reading.changes.is_empty() && reading.reach == told.place() && last == Some(today) {
            return Ok(None);
        }
        if is_lost {
            self.metrics.lost_entries();
        }
        if last.is_some() {
            // The first reading tells what was done before this server was there.
            audit_log::keys(&told.keys, &reading.changes);
        }
        for change in &reading.changes {
            if let LedgerEvent::Unread(unread) = &change.entry {
                tracing::error!(%unread, "a later version told something; what it replaces no longer holds here");
            }
        }
        let loss = is_lost.then(|| Arc::clone(&self.following.loss));
        Ok(Some(LedgerNews { told, reading, is_anew, loss, today, outcomes_from, now }))
    }

    fn log<T>(&self, read: &Result<T, LedgerError>) {
        let was_failing = self.following.failing.swap(read.is_err(), Ordering::Relaxed);
        match read {
            Err(error) if !was_failing => {
                tracing::error!(%error, "the ledger cannot be read; what was told before holds, and it is tried every second");
            }
            Ok(_) if was_failing => tracing::info!("the ledger is read again"),
            _ => {}
        }
    }
}

/// What one look has found, to be laid over what was known.
#[derive(Debug)]
struct LedgerNews {
    told: Arc<LedgerState>,
    reading: LedgerBatch,
    /// It is all that stands in the ledger, and takes the place of what was known.
    is_anew: bool,
    /// Where it is said that the ledger has lost entries, if it has.
    loss: Option<Arc<ArcSwapOption<LedgerLoss>>>,
    today: Date,
    outcomes_from: Date,
    now: Timestamp,
}

impl LedgerNews {
    /// Lays it over what was known, for answers and for access, all at once: until then what was known holds.
    fn lay_over(self, live: &LiveDirectoryCache, mut turn: OwnedMutexGuard<Option<Date>>) {
        let Self { told: before, reading, is_anew, loss, today, outcomes_from, now } = self;
        let losses = before.losses + u32::from(loss.is_some());
        let told = if is_anew { LedgerState { losses, ..LedgerState::default() } } else { LedgerState::clone(&before) };
        let mut told = told.apply(reading.changes);
        // An outcome asked too long ago has a place and is not read.
        (told.sequence, told.mark) = (reading.reach.sequence, reading.reach.mark);
        told.said = told.said.max(reading.said);
        if is_anew || *turn != Some(today) {
            told = told.expire(outcomes_from, now);
        }
        if let Some(loss) = loss {
            let lost = before.lost_in(&told);
            let found = LedgerLoss { found_at: now, read_up_to: before.sequence, reach: reading.reach.sequence, lost };
            tracing::error!("{found}");
            for key in told.keep_shut(&before) {
                tracing::error!(%key, "the ledger has lost why this key opens nothing; it stays shut here until this server ends: revoke it again");
            }
            loss.store(Some(Arc::new(found)));
        }
        live.tell(told);
        *turn = Some(today);
    }
}

/// Reads everything that was told, before the first request is answered. A ledger that cannot be opened or read is told in the log, and
/// one that says nothing is left to [`follow_ledger`].
pub async fn load_initial(app: &AppState) {
    if let Some(ledger) = &app.ledger {
        let _read_or_slow = timeout(FIRST, app.poll(ledger.as_ref())).await;
    }
}

/// Follows the ledger for as long as the program runs.
pub async fn follow_ledger(app: Arc<AppState>) {
    let Some(ledger) = app.ledger.clone() else { return };
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = wait_for_notify(ledger.as_ref()) => {}
        }
        app.poll(ledger.as_ref()).await;
    }
}

/// Ends when the ledger says so; one that cannot say leaves it to the clock.
async fn wait_for_notify(ledger: &dyn Ledger) {
    if ledger.woken().await.is_err() {
        std::future::pending::<()>().await;
    }
}
