//! What is kept of a list, sealed under its id.
//!
//! The id has 128 bits nobody can guess, so digests of it need no stretching. The key and the name of the row are digests of different
//! domains: who reads the ledger has the names, and gets from them neither the id nor a key.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use sha2::{Digest, Sha256};

use super::{Document, LedgerError, ListId, RecordedList};

/// Under what name the ledger keeps a list.
pub(super) fn row(id: ListId) -> [u8; 32] {
    digest(b"placement ledger: row of a list\0", id)
}

fn key(id: ListId) -> Key {
    digest(b"placement ledger: key of a list\0", id).into()
}

fn digest(domain: &[u8; 32], id: ListId) -> [u8; 32] {
    Sha256::new_with_prefix(domain).chain_update(id.0).finalize().into()
}

/// One document of a list as it is kept: what stands in clear, and the sealed bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sealed {
    /// Its media type.
    pub media_type: String,
    /// Its bytes, sealed.
    pub bytes: Vec<u8>,
}

/// Every document of `list`, sealed.
pub(super) fn seal(id: ListId, list: &RecordedList) -> Result<Vec<Sealed>, LedgerError> {
    let cipher = ChaCha20Poly1305::new(&key(id));
    let count = list.documents.len();
    let sealed = |(at, document): (u32, &Document)| {
        let beside = beside(&list.made_on.to_string(), count, &document.media_type);
        let payload = Payload { msg: &document.bytes, aad: &beside };
        let bytes = cipher.encrypt(&nonce(at), payload).map_err(|_| LedgerError::Damaged)?;
        Ok(Sealed { media_type: document.media_type.clone(), bytes })
    };
    (0..).zip(&list.documents).map(sealed).collect()
}

/// Opens what [`seal`] made, if not a bit of it has changed and no document is missing or in another's place.
pub(super) fn open(id: ListId, made_on: &str, sealed: Vec<Sealed>) -> Result<RecordedList, LedgerError> {
    let cipher = ChaCha20Poly1305::new(&key(id));
    let count = sealed.len();
    let opened = |(at, sealed): (u32, Sealed)| {
        let beside = beside(made_on, count, &sealed.media_type);
        let payload = Payload { msg: &sealed.bytes, aad: &beside };
        let bytes = cipher.decrypt(&nonce(at), payload).map_err(|_| LedgerError::Damaged)?;
        Ok(Document { media_type: sealed.media_type, bytes })
    };
    let documents: Vec<Document> = (0..).zip(sealed).map(opened).collect::<Result<_, LedgerError>>()?;
    let made_on = made_on.parse().map_err(|_| LedgerError::Damaged)?;
    // A list without a document is never recorded: its documents are lost.
    if documents.is_empty() { Err(LedgerError::Damaged) } else { Ok(RecordedList { made_on, documents }) }
}

/// The key is used for one list only and a list is recorded once, so the place of a document is a number used once.
fn nonce(at: u32) -> Nonce {
    let mut nonce = [0; 12];
    nonce[..4].copy_from_slice(&at.to_be_bytes());
    nonce.into()
}

/// What stands in clear and must not be changed either.
fn beside(made_on: &str, count: usize, media_type: &str) -> Vec<u8> {
    format!("{made_on}\0{count}\0{media_type}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> RecordedList {
        let document = |media_type: &str, text: &str| Document { media_type: media_type.into(), bytes: text.into() };
        RecordedList {
            made_on: jiff::civil::date(2026, 11, 21),
            documents: vec![document("application/json", "{}"), document("text/html", "<p>")],
        }
    }

    #[test]
    fn only_what_was_sealed_opens() {
        let (id, other) = (ListId([1; 16]), ListId([2; 16]));
        let sealed = seal(id, &list()).unwrap();
        assert_eq!(open(id, "2026-11-21", sealed.clone()).unwrap(), list());
        let changed = |change: fn(&mut Vec<Sealed>)| {
            let mut sealed = sealed.clone();
            change(&mut sealed);
            sealed
        };
        for (id, made_on, sealed) in [
            (other, "2026-11-21", sealed.clone()),
            (id, "2026-11-22", sealed.clone()),
            (id, "2026-11-21", changed(|sealed| sealed.swap(0, 1))),
            (id, "2026-11-21", changed(|sealed| sealed.truncate(1))),
            (id, "2026-11-21", changed(Vec::clear)),
            (id, "2026-11-21", changed(|sealed| sealed[0].bytes[0] ^= 1)),
            (id, "2026-11-21", changed(|sealed| sealed[1].bytes.truncate(3))),
            (id, "2026-11-21", changed(|sealed| sealed[1].media_type.make_ascii_uppercase())),
        ] {
            assert!(matches!(open(id, made_on, sealed), Err(LedgerError::Damaged)));
        }
    }

    #[test]
    fn neither_the_row_nor_the_key_tells_the_other() {
        let id = ListId([3; 16]);
        assert_ne!(row(id)[..], key(id)[..]);
        assert_ne!(row(id)[..16], id.0);
    }
}
