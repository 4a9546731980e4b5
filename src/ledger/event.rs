//! What is told between nights, and its place in one sequence.

use std::fmt;

use crate::api_keys::KeyRecord;
use crate::statements::{Availability, Outcome, Statements};

/// The place of a change in the ledger: one that is read after another is never placed before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Sequence(pub i64);

/// Something told between nights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LedgerEvent {
    /// What a provider says of its room; replaces what it said before.
    Availability(Availability),
    /// What a provider says that it takes; replaces what it said before.
    Statements(Statements),
    /// What became of one referral; stands beside the others.
    Outcome(Outcome),
    /// An API key or a session, new or changed; replaces what it was before.
    Key(KeyRecord),
    /// Something this version cannot read. It replaces what was told before of the same, because that no longer holds.
    Unread(UndecodableEvent),
}

/// What an entry is of that this version cannot read: a later version told it, or it is damaged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UndecodableEvent {
    /// What it is: `availability`, `statements`, `outcome`, `key`, or a word of a later version.
    pub kind: String,
    /// Of which provider or key, where it is the newest of one.
    pub subject: Option<String>,
}

impl fmt::Display for UndecodableEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "what was told as {}", self.kind)?;
        if let Some(subject) = &self.subject {
            write!(f, " of {subject}")?;
        }
        f.write_str(" cannot be read by this version of the program")
    }
}

/// What tells an entry from another that was given the same number: drawn by chance when it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SequenceMark(pub [u8; 16]);

/// A place that a ledger has been read up to. A ledger that has come back from a backup may have no such place, or another entry there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LedgerPosition {
    /// Its number.
    pub sequence: Sequence,
    /// The mark of the entry there; none where nothing was read, and none of an entry that was told before there were marks.
    pub mark: Option<SequenceMark>,
}

/// An entry and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SequencedEvent {
    /// The place.
    pub sequence: Sequence,
    /// What was told.
    pub entry: LedgerEvent,
}

/// What one look at a ledger finds, all of one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LedgerBatch {
    /// Every entry that stands and was told after the place asked for, in order; of outcomes those asked on the day asked for and later.
    pub changes: Vec<SequencedEvent>,
    /// How far the ledger reaches: the place of its last entry, read or not.
    pub reach: LedgerPosition,
    /// The place of the last entry that answers depend on, read or not; only for who reads from the start.
    pub said: Sequence,
    /// The mark that the ledger has now at the place asked for.
    pub mark_before: Option<SequenceMark>,
}

impl LedgerBatch {
    /// Whether the ledger is the one that was read up to `before`, and has not lost anything of it.
    pub fn continues(&self, before: LedgerPosition) -> bool {
        before.sequence <= self.reach.sequence && before.mark == self.mark_before
    }
}
