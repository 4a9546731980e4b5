//! Keeping what was told at hand: read from the ledger when somebody tells something, and by the clock.
//!
//! A question is answered from [`App::told`] and never waits for the database. While the ledger cannot be read, what was told before
//! stays.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::ToSpan;
use jiff::civil::Date;
use tokio::sync::Mutex;
use tokio::time::{MissedTickBehavior, timeout};

use super::App;
use super::auth::audit;
use super::problem::Problem;
use crate::ledger::told::Told;
use crate::ledger::{Change, Entry, Ledger, LedgerError, Reach, Sequence};
use crate::statement::OUTCOME_DAYS;

/// How often the ledger is looked at though nobody says that there is something new: the most by which one server is behind another
/// while no word gets through. A look costs one small query.
const EVERY: Duration = Duration::from_secs(1);

/// How long the first request waits for what was told: a database that says nothing must not keep a server from starting. Our choice.
const FIRST: Duration = Duration::from_secs(5);

/// How far the following is.
#[derive(Debug, Default)]
pub struct Following {
    /// Who reads next lays it over what the one before has read. With it the day on which what no longer counts was last forgotten.
    turn: Mutex<Option<Date>>,
    /// The ledger cannot be read, and the log has it.
    failing: AtomicBool,
}

/// How it stands with the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// There is none, or it could not be opened, and why.
    NotOpen(Option<String>),
    /// It could last not be written or read, or something in it cannot be read, and why.
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
        let unread = || self.told.load().unread.first().map(ToString::to_string);
        failure.or_else(unread).map_or(Standing::Open, Standing::Failing)
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
        let _read_or_logged = self.catch_up(ledger.as_ref(), Some(sequence)).await;
        Ok(sequence)
    }

    /// Reads what was told since the last look.
    async fn look(&self, ledger: &dyn Ledger) {
        let _read_or_logged = self.catch_up(ledger, None).await;
    }

    /// Reads what was told, unless it has been read up to `wanted`. A failure is logged when it begins, and its end too.
    async fn catch_up(&self, ledger: &dyn Ledger, wanted: Option<Sequence>) -> Result<(), LedgerError> {
        let mut forgotten_on = self.following.turn.lock().await;
        let told = self.told.load_full();
        if wanted.is_some_and(|wanted| wanted <= told.sequence) {
            return Ok(());
        }
        let (today, now) = (self.today(), (self.now)().timestamp());
        let outcomes_from = today.saturating_sub(OUTCOME_DAYS.days());
        let read = match *forgotten_on {
            Some(_) => ledger.since(told.sequence, outcomes_from).await.map(|changes| (changes, Reach::default())),
            // What is outdated has its place too, and was read by the servers that were there.
            None => from_the_start(ledger, told.sequence, outcomes_from).await,
        };
        self.log(&read);
        let (changes, reach) = read?;
        // The first reading tells what was done before this server was there.
        if forgotten_on.is_some() {
            audit::keys(&told.keys, &changes);
        }
        for change in &changes {
            if let Entry::Unread(unread) = &change.entry {
                tracing::error!(%unread, "a later version told something; what it replaces no longer holds here");
            }
        }
        let is_new_day = *forgotten_on != Some(today);
        let is_behind = wanted.is_some_and(|wanted| told.sequence < wanted);
        if changes.is_empty() && !is_new_day && !is_behind {
            return Ok(());
        }
        let mut told = Told::clone(&told).with(changes);
        if is_new_day {
            told = told.without(outcomes_from, now);
            *forgotten_on = Some(today);
        }
        // An outcome asked too long ago has a place and is not read.
        told.sequence = told.sequence.max(wanted.unwrap_or_default()).max(reach.sequence);
        told.said = told.said.max(reach.said);
        self.told.store(Arc::new(told));
        Ok(())
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

/// What was told after `place`, and how far the ledger reaches. That is asked first: nothing up to it is missed then.
async fn from_the_start(
    ledger: &dyn Ledger,
    place: Sequence,
    outcomes_from: Date,
) -> Result<(Vec<Change>, Reach), LedgerError> {
    let reach = ledger.reach().await?;
    Ok((ledger.since(place, outcomes_from).await?, reach))
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
