//! The id of a network-gap packet, printed on the packet and not stored in the ledger.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use crate::ledger::list_id::{ListId, ParseListIdError};

/// The id printed on a packet. It looks like that of a choice list, but the packet is sealed under another id derived from it,
/// so that the number of a packet opens no list and that of a list no packet.
///
/// Anyone who has it can open the packet, so it is never logged, and [`fmt::Debug`] hides it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PacketId(ListId);

impl PacketId {
    /// Creates an id from a digest of the packet's inputs and of the random bytes `chance`.
    pub fn draw(made_from: &[&str], chance: [u8; 16]) -> Self {
        Self(ListId::draw(made_from, chance))
    }

    /// The id under which the ledger seals the packet.
    pub fn sealed_under(self) -> ListId {
        let digest = Sha256::new_with_prefix(b"placement: seal of a gap packet\0").chain_update(self.0.0).finalize();
        let mut id = [0; 16];
        for (byte, derived) in id.iter_mut().zip(digest) {
            *byte = derived;
        }
        ListId(id)
    }
}

impl fmt::Display for PacketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for PacketId {
    type Err = ParseListIdError;

    /// Accepts what the id of a list accepts.
    fn from_str(text: &str) -> Result<Self, ParseListIdError> {
        text.parse().map(Self)
    }
}

/// Hides the id.
impl fmt::Debug for PacketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PacketId(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_is_sealed_under_another_id_than_it_shows() {
        let id = PacketId::draw(&["what it is made from"], [7; 16]);
        let shown: ListId = id.to_string().parse().unwrap();
        assert_eq!(id.to_string().to_lowercase().parse(), Ok(id));
        assert_ne!(id.sealed_under(), shown);
        assert_ne!(id.sealed_under(), PacketId::draw(&["what it is made from"], [8; 16]).sealed_under());
        assert_eq!(format!("{id:?}"), "PacketId(…)");
    }
}
