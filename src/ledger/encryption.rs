//! What is kept of a list, sealed under its id.
//!
//! The id is a digest of 122 bits nobody can guess, so digests of it need no stretching. The key and the name of the row are digests of
//! different domains: who reads the ledger has the names, and gets from them neither the id nor a key.
//!
//! The exact length of a list would tell what was asked to whoever asks the same of the same directory. So all forms are sealed as one,
//! filled up to a power of two.

use chacha20poly1305::aead::{Aead, AeadInOut, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use sha2::{Digest, Sha256};

use crate::ledger::error::LedgerError;
use crate::ledger::list_id::ListId;
use crate::ledger::recorded_list::{ListRendition, RecordedList};

/// The least a list is filled up to: our choice, the size of a short list in its three forms.
const LEAST: usize = 64 * 1024;

/// What the seal itself adds.
const TAG: usize = 16;

/// Under what name the ledger keeps a list.
pub(crate) fn row(id: ListId) -> [u8; 32] {
    digest(b"placement ledger: row of a list\0", id)
}

fn key(id: ListId) -> Key {
    digest(b"placement ledger: key of a list\0", id).into()
}

fn digest(domain: &[u8; 32], id: ListId) -> [u8; 32] {
    Sha256::new_with_prefix(domain).chain_update(id.0).finalize().into()
}

/// Every form of `list`, sealed as one.
pub(crate) fn seal(id: ListId, list: &RecordedList) -> Result<Vec<u8>, LedgerError> {
    // All of it is written and sealed in one piece of memory: with large lists, each copy would be a megabyte.
    let forms = Vec::with_capacity(filled(list) + TAG);
    // The form postcard writes is fixed, so that a later version reads it, and says where it ends.
    let mut forms = postcard::to_extend(&list.documents, forms).map_err(|_| LedgerError::NotSealed)?;
    forms.resize(filled(list).max(forms.len()), 0);
    let made_on = list.made_on.to_string();
    cipher(id).encrypt_in_place(&once(), made_on.as_bytes(), &mut forms).map_err(|_| LedgerError::NotSealed)?;
    Ok(forms)
}

impl RecordedList {
    /// How many bytes the ledger keeps of it.
    pub fn kept_bytes(&self) -> u64 {
        (filled(self) + TAG) as u64
    }
}

/// The length a list is filled up to.
fn filled(list: &RecordedList) -> usize {
    // Lengths are written in at most ten bytes each.
    const LENGTHS: usize = 20;
    let length = |document: &ListRendition| document.media_type.len() + document.bytes.len() + LENGTHS;
    let forms: usize = list.documents.iter().map(length).sum();
    forms.max(LEAST).next_power_of_two()
}

/// Opens what [`seal`] made, if not a bit of it or of the day beside it has changed.
pub(crate) fn open(id: ListId, made_on: &str, sealed: &[u8]) -> Result<RecordedList, LedgerError> {
    let payload = Payload { msg: sealed, aad: made_on.as_bytes() };
    let forms = cipher(id).decrypt(&once(), payload).map_err(|_| LedgerError::Damaged)?;
    let (documents, _filling) = postcard::take_from_bytes::<Vec<ListRendition>>(&forms).map_err(|_| LedgerError::Damaged)?;
    Ok(RecordedList { made_on: made_on.parse().map_err(|_| LedgerError::Damaged)?, documents })
}

fn cipher(id: ListId) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(&key(id))
}

/// A list is recorded once and its key seals nothing else, so the one number it is used with is never used again.
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
