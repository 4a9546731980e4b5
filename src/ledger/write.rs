//! Writes that depend on what the ledger already has: records that must not overwrite those of
//! another desk, and requests that a caller may repeat. Every kind of record can use both.

use std::slice;

use crate::hospital_id::HospitalId;
use crate::ledger::event::{LedgerEvent, Sequence};

/// Events to append together, with their conditions. Either all of them are recorded or none.
#[derive(Debug, Clone)]
pub struct LedgerWrite<'a> {
    /// The hospital that writes; `None` for one without, such as a provider about itself. Then the events say it.
    pub hospital: Option<&'a HospitalId>,
    /// The events.
    pub entries: &'a [LedgerEvent],
    /// What the caller has seen; `None` if it does not matter.
    pub expected: Option<ExpectedRecord>,
    /// Makes a repetition of the request harmless.
    pub repeat: Option<RepeatKey>,
}

impl<'a> LedgerWrite<'a> {
    /// One event without conditions.
    pub fn one(entry: &'a LedgerEvent) -> Self {
        Self { hospital: None, entries: slice::from_ref(entry), expected: None, repeat: None }
    }

    /// The hospital whose records are written.
    pub fn written_for(&self) -> Option<&HospitalId> {
        self.hospital.or_else(|| self.entries.iter().find_map(LedgerEvent::hospital))
    }

    /// Whether every event is of the hospital that writes, or of none.
    pub fn is_of_one_hospital(&self) -> bool {
        let own = self.written_for();
        self.entries.iter().filter_map(LedgerEvent::hospital).all(|hospital| Some(hospital) == own)
    }
}

/// What the writer has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpectedRecord {
    /// The newest record of a group of records that are only added.
    Newest {
        /// The group: the `about` of its rows.
        about: String,
        /// The subject of its newest record; `None` if there was none.
        newest: Option<String>,
    },
    /// A record that the next one replaces.
    Content {
        /// The kind of its row.
        kind: &'static str,
        /// The subject of its row.
        subject: String,
        /// Its [`content_version`](crate::ledger::rows::content_version); `None` if there was none.
        version: Option<String>,
    },
    /// Several at once.
    All(Vec<Self>),
}

impl ExpectedRecord {
    /// The records that it names, one by one.
    pub(crate) fn each(&self) -> Vec<&Self> {
        match self {
            Self::All(several) => several.iter().flat_map(Self::each).collect(),
            one => vec![one],
        }
    }
}

/// Identifies a request that may be repeated. The key as sent is not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RepeatKey {
    /// Hash of the key, with its hospital, caller and operation.
    pub key: [u8; 32],
    /// Hash of the body.
    pub request: [u8; 32],
    /// The time of the request, in Unix seconds.
    pub now: i64,
    /// Until when the key is kept.
    pub ends_at: i64,
}

/// What became of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LedgerReceipt {
    /// The events are recorded under these numbers.
    Written(Vec<Sequence>),
    /// The same request had been recorded before, under these numbers. Nothing was written.
    Repeated(Vec<Sequence>),
    /// The group has a newer record than expected. Nothing was written.
    Changed,
    /// The key was used for another request. Nothing was written.
    KeyReused,
}

/// The numbers as a text, for a column.
pub(crate) fn sequences_text(sequences: &[Sequence]) -> String {
    sequences.iter().map(|sequence| sequence.0.to_string()).collect::<Vec<_>>().join(",")
}

/// Reads [`sequences_text`].
pub(crate) fn read_sequences(text: &str) -> Vec<Sequence> {
    text.split(',').filter_map(|number| number.parse().ok()).map(Sequence).collect()
}
