//! The health of the ledger.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arc_swap::ArcSwapOption;
use jiff::Timestamp;
use jiff::civil::Date;
use tokio::sync::Mutex;

use crate::ledger::event::Sequence;
use crate::ledger::state::LostEntries;

/// How long readiness reports that the ledger has lost entries, in hours: until somebody has been
/// on duty. Our choice.
pub(crate) const LOSS_HOURS: i64 = 24;

/// The state of the task that follows the ledger.
#[derive(Debug, Default)]
pub struct LedgerFollower {
    /// Lets one reader at a time read and apply new entries. Holds the day on which expired entries
    /// were last dropped.
    pub turn: Arc<Mutex<Option<Date>>>,
    /// The ledger cannot be read, and that has been logged.
    pub failing: AtomicBool,
    /// The last loss of entries.
    pub loss: Arc<ArcSwapOption<LedgerLoss>>,
}

/// A loss of entries that had been read.
#[derive(Debug)]
pub struct LedgerLoss {
    pub found_at: Timestamp,
    /// The sequence number up to which it had been read.
    pub read_up_to: Sequence,
    /// The sequence number it reached when the loss was found.
    pub reach: Sequence,
    pub lost: LostEntries,
}

impl fmt::Display for LedgerLoss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (found_at, Sequence(read_up_to), Sequence(reach)) = (self.found_at, self.read_up_to, self.reach);
        let LostEntries { availability, statements, outcomes, observations, requests, keys } = self.lost;
        write!(
            f,
            "the ledger has lost entries: it had been read up to entry {read_up_to}, but at {found_at} \
             it reached entry {reach} without the entries read before. It was read again from the \
             start. Missing or different: the availability of {availability} providers, the statements \
             of {statements}, {outcomes} outcomes, {observations} observations, {requests} referral requests, {keys} keys and sessions"
        )
    }
}

/// The status of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LedgerStatus {
    /// There is none, or it could not be opened, and why.
    NotOpen(Option<String>),
    /// The last write or read failed, entries were lost, or an entry cannot be decoded; and why.
    Failing(String),
    /// It can be read and written.
    Open,
}
