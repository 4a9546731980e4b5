//! How it stands with the ledger.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arc_swap::ArcSwapOption;
use jiff::Timestamp;
use jiff::civil::Date;
use tokio::sync::Mutex;

use crate::ledger::event::Sequence;
use crate::ledger::state::LostEntries;

/// For how long readiness says that the ledger has lost entries: until somebody has been on duty. Our choice.
pub(crate) const LOSS_HOURS: i64 = 24;

/// How far the following is.
#[derive(Debug, Default)]
pub struct LedgerFollower {
    /// Who reads next lays it over what the one before has read. With it the day on which what no longer counts was last forgotten.
    pub turn: Arc<Mutex<Option<Date>>>,
    /// The ledger cannot be read, and the log has it.
    pub failing: AtomicBool,
    /// What the ledger has last lost.
    pub loss: Arc<ArcSwapOption<LedgerLoss>>,
}

/// That the ledger has lost entries that had been read.
#[derive(Debug)]
pub struct LedgerLoss {
    pub found_at: Timestamp,
    /// How far it had been read.
    pub read_up_to: Sequence,
    /// How far it reached then.
    pub reach: Sequence,
    pub lost: LostEntries,
}

impl fmt::Display for LedgerLoss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (found_at, Sequence(read_up_to), Sequence(reach)) = (self.found_at, self.read_up_to, self.reach);
        let LostEntries { availability, statements, outcomes, keys } = self.lost;
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
pub(crate) enum LedgerStatus {
    /// There is none, or it could not be opened, and why.
    NotOpen(Option<String>),
    /// It could last not be written or read, has lost something, or something in it cannot be read, and why.
    Failing(String),
    /// All is well.
    Open,
}
