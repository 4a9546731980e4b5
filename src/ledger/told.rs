//! Everything told between nights, in memory as of one place in the ledger: what questions and access are decided by.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{Change, Entry, Sequence};
use crate::access::{KeyId, KeyRecord};
use crate::care::Service;
use crate::provider::ProviderId;
use crate::statement::{Availability, Outcome, Reply, Statements};

/// What has been told, up to one place. A change makes a new one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// The place of the last change in it.
    pub sequence: Sequence,
    /// What providers say of their room.
    pub availability: BTreeMap<ProviderId, Availability>,
    /// What providers say that they take.
    pub statements: BTreeMap<ProviderId, Statements>,
    /// What became of referrals: the day each was asked, and the reply.
    pub outcomes: BTreeMap<(ProviderId, Service), Vec<(Date, Reply)>>,
    /// The keys.
    pub keys: BTreeMap<KeyId, KeyRecord>,
}

impl Told {
    /// This and `changes`, which come after it.
    #[must_use]
    pub fn with(mut self, changes: Vec<Change>) -> Self {
        for Change { sequence, entry } in changes {
            self.sequence = self.sequence.max(sequence);
            match entry {
                Entry::Availability(said) => {
                    self.availability.insert(said.provider.clone(), said);
                }
                Entry::Statements(said) => {
                    self.statements.insert(said.provider.clone(), said);
                }
                Entry::Outcome(Outcome { provider, service, asked_on, reply }) => {
                    self.outcomes.entry((provider, service)).or_default().push((asked_on, reply));
                }
                Entry::Key(key) => {
                    self.keys.insert(key.id.clone(), key);
                }
            }
        }
        self
    }
}
