//! The question of an answer page, encrypted under the token in its address.
//!
//! The token is not stored, so neither the ledger nor the memory of the program shows what was
//! asked. The owner, who is the principal that asked, is part of the key: the token of one
//! principal opens nothing for another.

use chacha20poly1305::aead::{Aead, AeadInOut, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use sha2::{Digest, Sha256};

use crate::ledger::error::LedgerError;
use crate::ledger::page_token::PageToken;

/// Minimum padded length in bytes. Our choice: more than a usual question, so that its length says
/// nothing of it.
const LEAST: usize = 1024;

/// Bytes before the content: its length.
const PREFIX: usize = 4;

/// A question at rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedPage {
    /// The name under which it is stored: a digest of the token and its owner.
    pub row: [u8; 32],
    /// When it ends, in Unix seconds.
    pub ends_at: i64,
    /// The encrypted question.
    pub sealed: Vec<u8>,
}

impl SealedPage {
    /// Encrypts `content` for `owner` until `ends_at`.
    ///
    /// # Errors
    /// It is too large to encrypt.
    pub fn seal(token: PageToken, owner: &str, ends_at: i64, content: &[u8]) -> Result<Self, LedgerError> {
        let length = u32::try_from(content.len()).map_err(|_| LedgerError::NotSealed)?;
        let mut sealed = length.to_be_bytes().to_vec();
        sealed.extend_from_slice(content);
        // Padded to a power of two: the exact length could reveal the question to somebody who
        // tries others.
        sealed.resize(sealed.len().max(LEAST).next_power_of_two(), 0);
        let about = ends_at.to_be_bytes();
        cipher(token, owner).encrypt_in_place(&once(), &about, &mut sealed).map_err(|_| LedgerError::NotSealed)?;
        Ok(Self { row: Self::row(token, owner), ends_at, sealed })
    }

    /// Decrypts it. `None` if the token is not its own, or if a bit of it has changed.
    pub fn open(&self, token: PageToken, owner: &str) -> Option<Vec<u8>> {
        let about = self.ends_at.to_be_bytes();
        let mut content = cipher(token, owner).decrypt(&once(), Payload { msg: &self.sealed, aad: &about }).ok()?;
        let length = u32::from_be_bytes(content.get(..PREFIX)?.try_into().ok()?);
        content.truncate(PREFIX + usize::try_from(length).ok()?);
        Some(content.split_off(PREFIX))
    }

    /// Whether it could be opened once and was: only that is left of it.
    pub fn is_used(&self) -> bool {
        self.sealed.is_empty()
    }

    /// What is left of it once it was used.
    #[must_use]
    pub fn used(&self) -> Self {
        Self { sealed: Vec::new(), ..self.clone() }
    }

    /// The name under which the question of `token` is stored.
    pub fn row(token: PageToken, owner: &str) -> [u8; 32] {
        digest(b"placement ledger: row of a page\0", token, owner)
    }
}

fn digest(domain: &[u8; 32], token: PageToken, owner: &str) -> [u8; 32] {
    Sha256::new_with_prefix(domain).chain_update(token.0).chain_update(owner).finalize().into()
}

fn cipher(token: PageToken, owner: &str) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(&Key::from(digest(b"placement ledger: key of a page\0", token, owner)))
}

/// Each key encrypts exactly one message, so a constant nonce is never reused with a key.
fn once() -> Nonce {
    [0; 12].into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_and_its_owner_open_a_page() {
        let (token, other) = (PageToken::new([1; 32]), PageToken::new([2; 32]));
        let page = SealedPage::seal(token, "key:a", 900, b"near=64108").unwrap();
        assert_eq!(page.open(token, "key:a").unwrap(), b"near=64108");
        assert_eq!(page.row, SealedPage::row(token, "key:a"));
        assert!(page.row != SealedPage::row(token, "key:b") && page.row != SealedPage::row(other, "key:a"));
        assert_eq!(page.open(token, "key:b"), None, "another principal");
        assert_eq!(page.open(other, "key:a"), None, "another token");
        let later = SealedPage { ends_at: 901, ..page.clone() };
        assert_eq!(later.open(token, "key:a"), None, "its end cannot be moved");
        let mut damaged = page.clone();
        damaged.sealed[9] ^= 1;
        assert_eq!(damaged.open(token, "key:a"), None);
    }

    #[test]
    fn what_is_stored_shows_neither_the_question_nor_its_length() {
        let token = PageToken::new([1; 32]);
        let sealed = |content: &[u8]| SealedPage::seal(token, "local", 900, content).unwrap().sealed;
        assert!(!sealed(b"near=64108").windows(5).any(|part| part == b"64108"));
        assert_eq!(sealed(b"").len(), sealed(&[b'x'; 1000]).len());
        assert_eq!(sealed(&[b'x'; 1100]).len(), 2048 + 16);
    }
}
