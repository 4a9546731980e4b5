//! Encryption of recorded lists under their ids.
//!
//! An id is a digest with 122 bits of randomness, so it needs no key stretching. The encryption
//! key and the row name are digests of the id under different domains: a reader of the ledger sees
//! the row names, and can derive neither the id nor a key from them.
//!
//! The exact length of a list could reveal the question to anyone who asks the same question of
//! the same directory. Therefore all renditions are encrypted together and padded to a power of
//! two.

use chacha20poly1305::aead::{Aead, AeadInOut, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use sha2::{Digest, Sha256};

use crate::ledger::error::LedgerError;
use crate::ledger::list_id::ListId;
use crate::ledger::recorded_list::{ListRendition, RecordedList};

/// Minimum padded length in bytes. Our choice: the size of a short list in its three renditions.
const LEAST: usize = 64 * 1024;

/// Length of the authentication tag in bytes.
const TAG: usize = 16;

/// The name under which the ledger stores a list.
pub(crate) fn row(id: ListId) -> [u8; 32] {
    digest(b"placement ledger: row of a list\0", id)
}

fn key(id: ListId) -> Key {
    digest(b"placement ledger: key of a list\0", id).into()
}

fn digest(domain: &[u8; 32], id: ListId) -> [u8; 32] {
    Sha256::new_with_prefix(domain).chain_update(id.0).finalize().into()
}

/// Encrypts all renditions of `list` as one message.
pub(crate) fn seal(id: ListId, list: &RecordedList) -> Result<Vec<u8>, LedgerError> {
    // Serialized and encrypted in place: with large lists each copy would be a megabyte.
    let forms = Vec::with_capacity(filled(list) + TAG);
    // The postcard format is stable, so later versions can read it, and it marks its own end.
    let mut forms = postcard::to_extend(&list.documents, forms).map_err(|_| LedgerError::NotSealed)?;
    forms.resize(filled(list).max(forms.len()), 0);
    let made_on = list.made_on.to_string();
    cipher(id).encrypt_in_place(&once(), made_on.as_bytes(), &mut forms).map_err(|_| LedgerError::NotSealed)?;
    Ok(forms)
}

impl RecordedList {
    /// Number of bytes stored in the ledger for this list.
    pub fn kept_bytes(&self) -> u64 {
        (filled(self) + TAG) as u64
    }
}

/// The padded length.
fn filled(list: &RecordedList) -> usize {
    // Each length prefix takes at most ten bytes.
    const LENGTHS: usize = 20;
    let length = |document: &ListRendition| document.media_type.len() + document.bytes.len() + LENGTHS;
    let forms: usize = list.documents.iter().map(length).sum();
    forms.max(LEAST).next_power_of_two()
}

/// Decrypts the output of [`seal`]. Fails if any bit of it or of `made_on` has changed.
pub(crate) fn open(id: ListId, made_on: &str, sealed: &[u8]) -> Result<RecordedList, LedgerError> {
    let payload = Payload { msg: sealed, aad: made_on.as_bytes() };
    let forms = cipher(id).decrypt(&once(), payload).map_err(|_| LedgerError::Damaged)?;
    let (documents, _filling) = postcard::take_from_bytes::<Vec<ListRendition>>(&forms).map_err(|_| LedgerError::Damaged)?;
    Ok(RecordedList { made_on: made_on.parse().map_err(|_| LedgerError::Damaged)?, hospital: None, documents })
}

fn cipher(id: ListId) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(&key(id))
}

/// Each key encrypts exactly one message, so a constant nonce is never reused with a key.
fn once() -> Nonce {
    [0; 12].into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(length: usize) -> RecordedList {
        let document = |media_type: &str, bytes: Vec<u8>| ListRendition { media_type: media_type.into(), bytes };
        RecordedList {
            made_on: jiff::civil::date(2026, 11, 21),
            hospital: None,
            documents: vec![document("application/json", b"{}".to_vec()), document("text/html", vec![b'x'; length])],
        }
    }

    #[test]
    fn only_what_was_sealed_opens() {
        let (id, other) = (ListId([1; 16]), ListId([2; 16]));
        let sealed = seal(id, &list(3)).unwrap();
        assert_eq!(open(id, "2026-11-21", &sealed).unwrap(), list(3));
        let changed = |change: fn(&mut Vec<u8>)| {
            let mut sealed = sealed.clone();
            change(&mut sealed);
            sealed
        };
        for (id, made_on, sealed) in [
            (other, "2026-11-21", sealed.clone()),
            (id, "2026-11-22", sealed.clone()),
            (id, "2026-11-21", changed(|sealed| sealed[0] ^= 1)),
            (id, "2026-11-21", changed(|sealed| sealed[LEAST] ^= 1)),
            (id, "2026-11-21", changed(|sealed| sealed.truncate(LEAST))),
            (id, "2026-11-21", changed(Vec::clear)),
        ] {
            assert!(matches!(open(id, made_on, &sealed), Err(LedgerError::Damaged)));
        }
    }

    #[test]
    fn a_length_tells_only_between_which_powers_of_two_it_is() {
        const SEAL: usize = 16;
        let id = ListId([1; 16]);
        for (length, kept) in
            [(0, 64 * 1024), (1_000, 64 * 1024), (60_000, 64 * 1024), (66_000, 128 * 1024), (300_000, 512 * 1024)]
        {
            let sealed = seal(id, &list(length)).unwrap();
            assert_eq!(sealed.len(), kept + SEAL, "{length}");
            assert_eq!(open(id, "2026-11-21", &sealed).unwrap(), list(length), "{length}");
        }
    }

    #[test]
    fn neither_the_row_nor_the_key_tells_the_other() {
        let id = ListId([3; 16]);
        assert_ne!(row(id)[..], key(id)[..]);
        assert_ne!(row(id)[..16], id.0);
    }
}
