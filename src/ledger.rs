//! What changes between nights and must not be lost: the choice lists that patients were given, what providers say of themselves, what
//! became of referrals, and the API keys.
//!
//! Nothing about a patient can be read from it. A list is sealed under its id, which stands on the paper and nowhere in the ledger:
//! only who holds the paper can have it again, to the byte. Everything else is a [`event::SequencedEvent`] with its place in one [`Sequence`], and is
//! read into [`state::LedgerState`], so that no question ever waits for the database.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use jiff::civil::Date;

use crate::ledger::error::LedgerError;
use crate::ledger::event::{LedgerBatch, LedgerEvent, LedgerPosition, Sequence, SequencedEvent};
use crate::ledger::list_id::ListId;
use crate::ledger::recorded_list::RecordedList;

pub(crate) mod connect;
pub(crate) mod encryption;
pub mod error;
pub mod event;
pub(crate) mod health;
pub mod lazy;
pub mod list_id;
pub(crate) mod migrations;
#[cfg(feature = "postgres")]
pub mod postgres;
pub mod recorded_list;
pub(crate) mod rows;
pub(crate) mod sql;
pub mod sqlite;
pub(crate) mod sqlite_file;
pub mod state;

/// What the ledger is about to give.
pub type LedgerFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, LedgerError>> + Send + 'a>>;

/// The ledger, whatever database it stands on.
pub trait Ledger: fmt::Debug + Send + Sync {
    /// Records a list; once this is done, it is kept.
    fn record<'a>(&'a self, id: ListId, list: &'a RecordedList) -> LedgerFuture<'a, ()>;

    /// The list of that id as it was recorded; `None` when there is none.
    fn list(&self, id: ListId) -> LedgerFuture<'_, Option<RecordedList>>;

    /// Takes away some of the lists made more than `days` days before the day that [`DAYS_TO_TRUST`] later days of lists have confirmed;
    /// how many, and 0 once there are no more. No clock is asked. A ledger that keeps everything takes none.
    fn forget_lists(&self, _days: u32) -> LedgerFuture<'_, u64> {
        Box::pin(async { Ok(0) })
    }

    /// Keeps an entry; once this is done, it is kept. One that is told later is given a higher place, and nobody reads it without
    /// those before it.
    fn tell<'a>(&'a self, entry: &'a LedgerEvent) -> LedgerFuture<'a, Sequence>;

    /// Reads what was told after `before`; of outcomes those asked on `outcomes_from` and later. Whoever starts later is at the same place
    /// then. Never waits for who writes.
    fn read(&self, before: LedgerPosition, outcomes_from: Date) -> LedgerFuture<'_, LedgerBatch>;

    /// The entries of [`Ledger::read`] after `sequence`, for who reads once.
    fn since(&self, sequence: Sequence, outcomes_from: Date) -> LedgerFuture<'_, Vec<SequencedEvent>> {
        Box::pin(async move { Ok(self.read(LedgerPosition { sequence, mark: None }, outcomes_from).await?.changes) })
    }

    /// Ends when somebody may have told something. It may end for nothing and may miss something: who waits looks by the clock too.
    fn woken(&self) -> LedgerFuture<'_, ()>;

    /// Why the last writing or reading failed; `None` once one could be done.
    fn failure(&self) -> Option<String>;

    /// Whether it could be opened.
    fn is_open(&self) -> bool {
        true
    }

    /// Lets go of the database; a program that ends without loses nothing either.
    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// How many days on which lists were made must follow a day before it counts as come, so that a clock that was wrong for fewer takes no
/// list away. Our choice: a month of working days and more.
pub const DAYS_TO_TRUST: u32 = 30;

/// How many lists are taken away at once, so that nobody who writes waits long.
const TAKEN_AT_ONCE: u32 = 100;

/// The first day of which lists are kept, where they are kept so many days and `confirmed` is a day that has come.
fn first_kept(confirmed: &str, days: u32) -> Option<Date> {
    confirmed.parse::<Date>().ok()?.checked_sub(jiff::Span::new().days(days)).ok()
}
