//! Data that changes between refresh runs and must not be lost: recorded choice lists, provider
//! statements, hospital observations, referral requests and outcomes, and API keys.
//!
//! The ledger holds nothing about a patient in readable form. A choice list is encrypted under
//! its id, which is printed on the list and not stored in the ledger, so that only the holder of
//! the printed list can retrieve it. Everything else is a [`event::SequencedEvent`] with a
//! [`Sequence`] number and is loaded into [`state::LedgerState`], so that no request waits for the
//! database.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use jiff::civil::Date;

use crate::ledger::error::LedgerError;
use crate::ledger::event::{LedgerBatch, LedgerEvent, LedgerPosition, Sequence, SequencedEvent};
use crate::ledger::list_id::ListId;
use crate::ledger::recorded_list::{ListCount, RecordedList};
use crate::ledger::sealed_page::SealedPage;
use crate::ledger::write::{LedgerReceipt, LedgerWrite};

pub(crate) mod conditional_sql;
pub(crate) mod connect;
pub(crate) mod encryption;
pub mod error;
pub mod event;
pub(crate) mod health;
pub mod hospital_states;
pub mod invite_book;
pub mod lazy;
pub(crate) mod list_count_sql;
pub mod list_id;
pub(crate) mod migrations;
pub mod observation_log;
pub mod packet_id;
pub mod page_token;
#[cfg(feature = "postgres")]
pub mod postgres;
pub mod recorded_list;
pub mod referral_book;
pub(crate) mod referral_sql;
pub(crate) mod rows;
pub mod sealed_page;
pub(crate) mod sql;
pub mod sqlite;
pub(crate) mod sqlite_file;
pub mod state;
pub(crate) mod stored_details;
pub(crate) mod stored_invite;
pub(crate) mod stored_observation;
pub(crate) mod stored_referral;
pub mod write;
pub(crate) mod written_rows;

/// The future that a ledger method returns.
pub type LedgerFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, LedgerError>> + Send + 'a>>;

/// A ledger, independent of its database.
pub trait Ledger: fmt::Debug + Send + Sync {
    /// Records a list. The list is durable when this returns.
    fn record<'a>(&'a self, id: ListId, list: &'a RecordedList) -> LedgerFuture<'a, ()>;

    /// The list of that id as it was recorded; `None` if there is none.
    fn list(&self, id: ListId) -> LedgerFuture<'_, Option<RecordedList>>;

    /// Deletes some of the lists made more than `days` days before the last confirmed day, and
    /// returns how many; 0 if none are left. A day is confirmed by [`DAYS_TO_TRUST`] later days on
    /// which lists were made; the system clock is not used. The default deletes nothing.
    fn forget_lists(&self, _days: u32) -> LedgerFuture<'_, u64> {
        Box::pin(async { Ok(0) })
    }

    /// How many lists were made on each day, the oldest day first. The default counts none.
    fn count_lists(&self) -> LedgerFuture<'_, Vec<ListCount>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// Records that a server of this ledger runs on `day`, for [`Ledger::forget_requests`]. The
    /// default records nothing.
    fn note_day(&self, _day: Date) -> LedgerFuture<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    /// Deletes the referral requests and invites made more than `days` days before the last confirmed
    /// day, with their changes, and returns how many rows. A day is confirmed by [`DAYS_TO_TRUST`] later days
    /// of [`Ledger::note_day`]. The default deletes nothing.
    fn forget_requests(&self, _days: u32) -> LedgerFuture<'_, u64> {
        Box::pin(async { Ok(0) })
    }

    /// Keeps the question of an answer page until its end, so that every server of the ledger can
    /// show the page, and deletes those that have ended by `now`. The default keeps nothing.
    fn keep_page<'a>(&'a self, _page: &'a SealedPage, _now: i64) -> LedgerFuture<'a, ()> {
        Box::pin(async { Err(LedgerError::NotOpen("it keeps no pages".to_owned())) })
    }

    /// The question stored under `row`; `None` if there is none.
    fn page(&self, _row: [u8; 32]) -> LedgerFuture<'_, Option<SealedPage>> {
        Box::pin(async { Ok(None) })
    }

    /// Deletes the question stored under `row` and keeps only that it was used, until its end.
    /// Returns whether it had not been used before: of several callers, on any server, one gets
    /// true. The default uses nothing.
    fn use_page(&self, _row: [u8; 32]) -> LedgerFuture<'_, bool> {
        Box::pin(async { Ok(false) })
    }

    /// Appends events together, if their conditions hold. They are durable when this returns. A
    /// later event gets a higher number, and no reader sees an event without those before it.
    fn append<'a>(&'a self, write: &'a LedgerWrite<'a>) -> LedgerFuture<'a, LedgerReceipt>;

    /// Appends one event without conditions.
    fn tell<'a>(&'a self, entry: &'a LedgerEvent) -> LedgerFuture<'a, Sequence> {
        Box::pin(async move {
            match self.append(&LedgerWrite::one(entry)).await? {
                LedgerReceipt::Written(sequences) | LedgerReceipt::Repeated(sequences) => {
                    Ok(sequences.last().copied().unwrap_or_default())
                }
                // Nothing was asked of the ledger that it could object to.
                LedgerReceipt::Changed | LedgerReceipt::KeyReused => Err(LedgerError::Recorded),
            }
        })
    }

    /// Reads the events after `before`; outcomes only if asked on `outcomes_from` or later. A later
    /// start returns the same final position. Never waits for writers.
    fn read(&self, before: LedgerPosition, outcomes_from: Date) -> LedgerFuture<'_, LedgerBatch>;

    /// The events of [`Ledger::read`] after `sequence`, for a caller that reads once.
    fn since(&self, sequence: Sequence, outcomes_from: Date) -> LedgerFuture<'_, Vec<SequencedEvent>> {
        Box::pin(async move { Ok(self.read(LedgerPosition { sequence, mark: None }, outcomes_from).await?.changes) })
    }

    /// Completes when an event may have been appended. Spurious and missed wake-ups are possible,
    /// so callers must also poll.
    fn woken(&self) -> LedgerFuture<'_, ()>;

    /// Why the last write or read failed; `None` after a success.
    fn failure(&self) -> Option<String>;

    /// Whether the ledger is open.
    fn is_open(&self) -> bool {
        true
    }

    /// Closes the database. Nothing is lost if the program exits without it.
    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// Number of later days that confirm a day: days with recorded lists for lists, days on which a
/// server ran for referral requests. A clock that was wrong for fewer days therefore deletes
/// nothing. Our choice: a little more than a month of working days.
pub const DAYS_TO_TRUST: u32 = 30;

/// Number of lists deleted at once, so that writers do not wait long.
const TAKEN_AT_ONCE: u32 = 100;

/// The first day whose lists are kept, for a retention of `days` days before `confirmed`.
fn first_kept(confirmed: &str, days: u32) -> Option<Date> {
    confirmed.parse::<Date>().ok()?.checked_sub(jiff::Span::new().days(days)).ok()
}
