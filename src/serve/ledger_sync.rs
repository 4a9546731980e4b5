//! Keeps the state of the ledger in memory: reads the ledger when it signals a change, and every
//! second.
//!
//! A question is answered from [`AppState::live`] and never waits for the database. While the
//! ledger cannot be read, the last state stays in effect. One reader at a time applies new entries
//! to the directory, on a thread that answers no requests.
//!
//! Each poll compares the ledger with the position it was read up to. A database restored from a
//! backup, or a standby that had not received the last entries, no longer has that position or has
//! another entry there. That is reported, and everything is read again.

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
use crate::ledger::hospital_states::{HospitalStates, LedgerStep};
use crate::ledger::write::{LedgerReceipt, LedgerWrite};
use crate::overlay::shared::LiveDirectoryCache;
use crate::serve::audit_log;
use crate::serve::http::problem::Problem;
use crate::serve::ledger_health::{LOSS_HOURS, LedgerLoss, LedgerStatus};
use crate::serve::state::AppState;
use crate::statements::RECORD_DAYS;
use crate::statements::referral_request::REQUEST_DAYS;

/// How often the ledger is polled without a signal: the most by which one server lags behind
/// another when no notification arrives. A poll costs one small query.
const EVERY: Duration = Duration::from_secs(1);

/// How long startup waits for the ledger: a database that does not answer must not keep a server
/// from starting. Our choice.
const FIRST: Duration = Duration::from_secs(5);

impl AppState {
    /// The current status of the ledger.
    pub(crate) fn ledger_standing(&self) -> LedgerStatus {
        let Some(ledger) = &self.ledger else { return LedgerStatus::NotOpen(None) };
        let failure = ledger.failure();
        if !ledger.is_open() {
            return LedgerStatus::NotOpen(failure);
        }
        let unread = || self.ledger_state().unread.get_min().map(ToString::to_string);
        failure.or_else(|| self.loss()).or_else(unread).map_or(LedgerStatus::Open, LedgerStatus::Failing)
    }

    /// The loss of entries, if it was found less than [`LOSS_HOURS`] ago.
    fn loss(&self) -> Option<String> {
        let loss = self.following.loss.load_full()?;
        let hours = (self.now)().timestamp().duration_since(loss.found_at).as_hours();
        (0..LOSS_HOURS).contains(&hours).then(|| loss.to_string())
    }

    /// Appends `entry` and reads the ledger up to it: requests to this server after this are
    /// answered with it.
    ///
    /// # Errors
    /// There is no ledger, or the write failed. The entry may be stored nevertheless, if only the
    /// confirmation failed.
    pub async fn append_event(&self, entry: &LedgerEvent) -> Result<Sequence, Problem> {
        match self.append(&LedgerWrite::one(entry)).await? {
            LedgerReceipt::Written(sequences) | LedgerReceipt::Repeated(sequences) => {
                sequences.last().copied().ok_or(Problem::Internal)
            }
            LedgerReceipt::Changed | LedgerReceipt::KeyReused => Err(Problem::Internal),
        }
    }

    /// The same for several entries, with conditions.
    ///
    /// # Errors
    /// There is no ledger, or the write failed.
    pub(crate) async fn append(&self, write: &LedgerWrite<'_>) -> Result<LedgerReceipt, Problem> {
        let ledger = self.ledger.as_ref().ok_or(Problem::NoLedger)?;
        let hospital = self.one_of_several().or(write.hospital);
        let write = LedgerWrite { hospital, ..write.clone() };
        let written = ledger.append(&write).await.map_err(|error| {
            tracing::error!(%error, "the ledger could not be written");
            Problem::from(&error)
        });
        let receipt = written?;
        // The entries are stored, so the caller must not be asked to send them again; the next poll
        // finds them.
        self.poll(ledger.as_ref()).await;
        Ok(receipt)
    }

    /// Reads what is new since the last poll and applies it; answers reflect it when this
    /// completes. Logs when reading starts to fail and when it works again.
    async fn poll(&self, ledger: &dyn Ledger) {
        let turn = Arc::clone(&self.following.turn).lock_owned().await;
        let read = self.read(ledger, *turn).await;
        self.log(&read);
        let Ok(Some(news)) = read else { return };
        let live = self.live.clone();
        // The lock moves with the work, because the caller may be gone before it ends.
        if let Err(error) = tokio::task::spawn_blocking(move || news.lay_over(&live, turn)).await {
            tracing::error!(%error, "ledger entries could not be applied to the directory; retrying in a second");
        }
    }

    /// What is new since the last poll; `None` if nothing is.
    async fn read(&self, ledger: &dyn Ledger, last: Option<Date>) -> Result<Option<LedgerNews>, LedgerError> {
        let (state, today, now) = (self.ledger_state(), self.today(), (self.now)().timestamp());
        let records_from = today.saturating_sub(RECORD_DAYS.days());
        let mut reading = ledger.read(state.place(), records_from).await?;
        let is_lost = !reading.continues(state.place());
        // On an earlier day than before, entries that a wrong clock dropped as expired count again.
        let is_anew = is_lost || last.is_some_and(|last| today < last);
        if is_anew {
            reading = ledger.read(LedgerPosition::default(), records_from).await?;
        } else if reading.changes.is_empty() && reading.reach == state.place() && last == Some(today) {
            return Ok(None);
        }
        if is_lost {
            self.metrics.lost_entries();
        }
        if last.is_some() {
            // The first read also returns changes from before this server started.
            audit_log::keys(&state.keys, &reading.changes);
        }
        for change in &reading.changes {
            if let LedgerEvent::Unread(unread) = &change.entry {
                tracing::error!(%unread, "a later version wrote an entry that cannot be decoded; what it replaces no longer applies here");
            }
        }
        let loss = is_lost.then(|| Arc::clone(&self.following.loss));
        let states = self.live.states().of_only_hospital(&self.hospital.id);
        Ok(Some(LedgerNews { states, reading, is_anew, loss, today, records_from, now }))
    }

    fn log<T>(&self, read: &Result<T, LedgerError>) {
        let was_failing = self.following.failing.swap(read.is_err(), Ordering::Relaxed);
        match read {
            Err(error) if !was_failing => {
                tracing::error!(%error, "the ledger cannot be read; the last state stays in effect; retrying every second");
            }
            Ok(_) if was_failing => tracing::info!("the ledger can be read again"),
            _ => {}
        }
    }
}

/// What one poll has found, to be applied to the state before.
#[derive(Debug)]
struct LedgerNews {
    states: HospitalStates,
    reading: LedgerBatch,
    /// `reading` is the whole ledger and replaces the state before.
    is_anew: bool,
    /// Where a loss of entries is recorded, if there is one.
    loss: Option<Arc<ArcSwapOption<LedgerLoss>>>,
    today: Date,
    records_from: Date,
    now: Timestamp,
}

impl LedgerNews {
    /// Applies the entries for answers and access at once; until then the state before is in
    /// effect.
    fn lay_over(self, live: &LiveDirectoryCache, mut turn: OwnedMutexGuard<Option<Date>>) {
        let Self { states: before, reading, is_anew, loss, today, records_from, now } = self;
        let (reach, read_up_to) = (reading.reach, before.of(None).sequence);
        let losses = before.of(None).losses + u32::from(loss.is_some());
        let requests_from = today.saturating_sub(REQUEST_DAYS.days());
        let expiry = (is_anew || *turn != Some(today)).then_some((records_from, requests_from, now));
        let step = LedgerStep { changes: reading.changes, reach, said: reading.said, is_anew, losses, expiry };
        let mut states = before.after(step);
        if let Some(loss) = loss {
            let lost = before.lost_in(&states);
            let found = LedgerLoss { found_at: now, read_up_to, reach: reach.sequence, lost };
            tracing::error!("{found}");
            for key in states.keep_shut(&before) {
                tracing::error!(%key, "the ledger has lost the entry that made this key invalid; this server rejects the key until it stops; revoke it again");
            }
            loss.store(Some(Arc::new(found)));
        }
        live.set_states(&states);
        *turn = Some(today);
    }
}

/// Reads the whole ledger before the first request is answered. A failure is logged; a ledger that
/// does not answer in time is left to [`follow_ledger`].
pub async fn load_initial(app: &AppState) {
    if let Some(ledger) = &app.ledger {
        let _read_or_slow = timeout(FIRST, app.poll(ledger.as_ref())).await;
    }
}

/// Polls the ledger for as long as the program runs.
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

/// Completes when the ledger signals a change; never, if it cannot signal.
async fn wait_for_notify(ledger: &dyn Ledger) {
    if ledger.woken().await.is_err() {
        std::future::pending::<()>().await;
    }
}
