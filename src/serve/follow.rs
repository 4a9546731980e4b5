//! Keeping what was told at hand: read from the ledger when somebody tells something, and by the clock.
//!
//! A question is answered from [`App::live`] and never waits for the database. While the ledger cannot be read, what was told before
//! stays. One reads at a time and lays what is new over the directory, on a thread that answers nothing.
//!
//! Each look compares the ledger with the place it was read up to. A database that has come back from a backup, or a standby that had
//! not yet received the last entries, no longer has that place or has another entry there: that is said, and everything is read anew.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::{MissedTickBehavior, timeout};

use super::App;
use super::auth::audit;
use super::problem::Problem;
use crate::ledger::told::{Lost, Told};
use crate::ledger::{Entry, Ledger, LedgerError, Place, Reading, Sequence};
use crate::live::shared::SharedLive;
use crate::statement::OUTCOME_DAYS;

/// How often the ledger is looked at though nobody says that there is something new: the most by which one server is behind another
/// while no word gets through. A look costs one small query.
const EVERY: Duration = Duration::from_secs(1);

/// How long the first request waits for what was told: a database that says nothing must not keep a server from starting. Our choice.
const FIRST: Duration = Duration::from_secs(5);

/// For how long readiness says that the ledger has lost entries: until somebody has been on duty. Our choice.
const LOSS_HOURS: i64 = 24;

/// How far the following is.
#[derive(Debug, Default)]
pub struct Following {
    /// Who reads next lays it over what the one before has read. With it the day on which what no longer counts was last forgotten.
    turn: Arc<Mutex<Option<Date>>>,
    /// The ledger cannot be read, and the log has it.
    failing: AtomicBool,
    /// What the ledger has last lost.
    loss: Arc<ArcSwapOption<Loss>>,
}

/// That the ledger has lost entries that had been read.
#[derive(Debug)]
struct Loss {
    found_at: Timestamp,
    /// How far it had been read.
    read_up_to: Sequence,
    /// How far it reached then.
    reach: Sequence,
    lost: Lost,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (found_at, Sequence(read_up_to), Sequence(reach)) = (self.found_at, self.read_up_to, self.reach);
        let Lost { availability, statements, outcomes, keys } = self.lost;
        write!(
            f,
            "the ledger has lost entries: it had been read up to place {read_up_to}, and at {found_at} it reached place {reach} without what \
             was read. Everything was read anew. No longer as it was read: the room of {availability} providers, the statements of \
             {statements}, {outcomes} outcomes, {keys} keys and sessions"
        )
    }
}

/// How it stands with the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// There is none, or it could not be opened, and why.
    NotOpen(Option<String>),
    /// It could last not be written or read, has lost something, or something in it cannot be read, and why.
    Failing(String),
    /// All is well.
    Open,
}

impl App {
    /// How it stands with the ledger at this moment.
    pub(super) fn ledger_standing(&self) -> Standing {
        let Some(ledger) = &self.ledger else { return Standing::NotOpen(None) };
        let failure = ledger.failure();
        if !ledger.is_open() {
            return Standing::NotOpen(failure);
        }
        let unread = || self.told().unread.get_min().map(ToString::to_string);
        failure.or_else(|| self.loss()).or_else(unread).map_or(Standing::Open, Standing::Failing)
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
    pub async fn tell(&self, entry: &Entry) -> Result<Sequence, Problem> {
        let ledger = self.ledger.as_ref().ok_or(Problem::NoLedger)?;
        let told = ledger.tell(entry).await.map_err(|error| {
            tracing::error!(%error, "the ledger could not be written");
            Problem::from(&error)
        });
        let sequence = told?;
        // It is kept, so whoever told it must not be asked to tell it again; the next look finds it.
        self.look(ledger.as_ref()).await;
        Ok(sequence)
    }

    /// Reads what was told since the last look, and answers hold it when this ends. A failure is logged when it begins, and its end too.
    async fn look(&self, ledger: &dyn Ledger) {
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
    async fn read(&self, ledger: &dyn Ledger, last: Option<Date>) -> Result<Option<News>, LedgerError> {
        let (told, today, now) = (self.told(), self.today(), (self.now)().timestamp());
        let outcomes_from = today.saturating_sub(OUTCOME_DAYS.days());
        let mut reading = ledger.read(told.place(), outcomes_from).await?;
        let is_lost = !reading.continues(told.place());
        // On an earlier day than before, what was left aside as outdated by a wrong clock counts again.
        let is_anew = is_lost || last.is_some_and(|last| today < last);
        if is_anew {
            reading = ledger.read(Place::default(), outcomes_from).await?;
        } else if reading.changes.is_empty() && reading.reach == told.place() && last == Some(today) {
            return Ok(None);
        }
        if is_lost {
            self.metrics.lost_entries();
        }
        if last.is_some() {
            // The first reading tells what was done before this server was there.
            audit::keys(&told.keys, &reading.changes);
        }
        for change in &reading.changes {
            if let Entry::Unread(unread) = &change.entry {
                tracing::error!(%unread, "a later version told something; what it replaces no longer holds here");
            }
        }
        let loss = is_lost.then(|| Arc::clone(&self.following.loss));
        Ok(Some(News { told, reading, is_anew, loss, today, outcomes_from, now }))
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
struct News {
    told: Arc<Told>,
    reading: Reading,
    /// It is all that stands in the ledger, and takes the place of what was known.
    is_anew: bool,
    /// Where it is said that the ledger has lost entries, if it has.
    loss: Option<Arc<ArcSwapOption<Loss>>>,
    today: Date,
    outcomes_from: Date,
    now: Timestamp,
}

impl News {
    /// Lays it over what was known, for answers and for access, all at once: until then what was known holds.
    fn lay_over(self, live: &SharedLive, mut turn: OwnedMutexGuard<Option<Date>>) {
        let Self { told: before, reading, is_anew, loss, today, outcomes_from, now } = self;
        let losses = before.losses + u32::from(loss.is_some());
        let told = if is_anew { Told { losses, ..Told::default() } } else { Told::clone(&before) };
        let mut told = told.with(reading.changes);
        // An outcome asked too long ago has a place and is not read.
        (told.sequence, told.mark) = (reading.reach.sequence, reading.reach.mark);
        told.said = told.said.max(reading.said);
        if is_anew || *turn != Some(today) {
            told = told.without(outcomes_from, now);
        }
        if let Some(loss) = loss {
            let lost = before.lost_in(&told);
            let found = Loss { found_at: now, read_up_to: before.sequence, reach: reading.reach.sequence, lost };
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
/// one that says nothing is left to [`follow`].
pub async fn first(app: &App) {
    if let Some(ledger) = &app.ledger {
        let _read_or_slow = timeout(FIRST, app.look(ledger.as_ref())).await;
    }
}

/// Follows the ledger for as long as the program runs.
pub async fn follow(app: Arc<App>) {
    let Some(ledger) = app.ledger.clone() else { return };
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = woken(ledger.as_ref()) => {}
        }
        app.look(ledger.as_ref()).await;
    }
}

/// Ends when the ledger says so; one that cannot say leaves it to the clock.
async fn woken(ledger: &dyn Ledger) {
    if ledger.woken().await.is_err() {
        std::future::pending::<()>().await;
    }
}
