//! Ledger events and their sequence numbers.

use std::collections::BTreeMap;
use std::fmt;

use crate::api_keys::KeyRecord;
use crate::hospital_id::HospitalId;
use crate::statements::observation::Observation;
use crate::statements::provider_invite::InviteChange;
use crate::statements::referral_request::change::ReferralChange;
use crate::statements::{Availability, Outcome, Statements};

/// Sequence number of an event. Events are read in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Sequence(pub i64);

/// A change recorded between refresh runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LedgerEvent {
    /// Bed availability stated by a provider; replaces its earlier one.
    Availability(Availability),
    /// What a provider states that it accepts; replaces its earlier statements.
    Statements(Statements),
    /// The outcome of one referral; added to the earlier ones.
    Outcome(Outcome),
    /// What a hospital unit heard from a provider by telephone; added to the earlier ones.
    Observation(Observation),
    /// A change of a referral request; added to the earlier ones.
    Referral(ReferralChange),
    /// A change of an invite of a provider; added to the earlier ones.
    Invite(InviteChange),
    /// An API key or session, new or changed; replaces its earlier record.
    Key(KeyRecord),
    /// An event that this version cannot decode. It still cancels the earlier event about the same
    /// subject, which is no longer valid.
    Unread(UndecodableEvent),
}

impl LedgerEvent {
    /// The hospital it belongs to; `None` if it is of no hospital.
    pub fn hospital(&self) -> Option<&HospitalId> {
        match self {
            Self::Outcome(outcome) => Some(&outcome.hospital),
            Self::Observation(heard) => Some(&heard.hospital),
            Self::Referral(change) => Some(&change.hospital),
            Self::Invite(change) => Some(&change.hospital),
            Self::Availability(_) | Self::Statements(_) | Self::Key(_) | Self::Unread(_) => None,
        }
    }
}

/// Identifies an event that this version cannot decode, because a later version wrote it or it is
/// damaged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UndecodableEvent {
    /// The kind: `availability`, `statements`, `outcome`, `observation`, `referral_request`,
    /// `provider_invite`, `key`, or one of a later version.
    pub kind: String,
    /// The provider or key, for kinds that keep only the newest event of each.
    pub subject: Option<String>,
}

impl fmt::Display for UndecodableEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} event", self.kind)?;
        if let Some(subject) = &self.subject {
            write!(f, " of {subject}")?;
        }
        f.write_str(" in the ledger cannot be read by this version of the program")
    }
}

/// Random mark, drawn when an event is written. Tells it apart from another event with the same
/// number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SequenceMark(pub [u8; 16]);

/// Position up to which a ledger was read. A ledger restored from a backup may lack that position
/// or hold another event there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LedgerPosition {
    /// Sequence number.
    pub sequence: Sequence,
    /// Mark of the event at that number; `None` if nothing was read or the event is older than
    /// marks.
    pub mark: Option<SequenceMark>,
}

/// An event with its sequence number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SequencedEvent {
    /// The sequence number.
    pub sequence: Sequence,
    /// The event.
    pub entry: LedgerEvent,
}

/// Sequence number of the last event that affects answers, of each hospital and of none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SaidPositions(pub BTreeMap<Option<HospitalId>, Sequence>);

impl SaidPositions {
    /// Reads `hospital sequence` pairs, separated by commas; one without a hospital has nothing before the space.
    pub(crate) fn read(text: &str) -> Self {
        let position = |part: &str| {
            let (hospital, sequence) = part.split_once(' ')?;
            Some((hospital.parse().ok(), Sequence(sequence.parse().ok()?)))
        };
        Self(text.split(',').filter_map(position).collect())
    }

    /// The last one of the hospitals that count.
    pub fn newest(&self, counts: impl Fn(Option<&HospitalId>) -> bool) -> Sequence {
        let counted = self.0.iter().filter(|(hospital, _)| counts(hospital.as_ref()));
        counted.map(|(_, sequence)| *sequence).max().unwrap_or_default()
    }
}

/// The result of one read of a ledger, consistent at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LedgerBatch {
    /// The current events after the requested position, in order; outcomes only if asked on or
    /// after the requested day.
    pub changes: Vec<SequencedEvent>,
    /// Position of the last event in the ledger, whether or not it was read.
    pub reach: LedgerPosition,
    /// The last events that affect answers, whether or not they were read. Only when reading from the start.
    pub said: SaidPositions,
    /// The mark that the ledger now has at the requested position.
    pub mark_before: Option<SequenceMark>,
}

impl LedgerBatch {
    /// Whether the ledger still contains everything that was read up to `before`.
    pub fn continues(&self, before: LedgerPosition) -> bool {
        before.sequence <= self.reach.sequence && before.mark == self.mark_before
    }
}
