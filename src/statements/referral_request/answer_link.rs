//! One-use answer links: a provider answers a request without an account.
//!
//! The ledger has only the digest of the token, and of a PIN only a digest that is salted with the
//! token, so that a reader of the ledger can neither open the page nor try PINs.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// How many hours a link may be valid.
pub const LONGEST_LINK_HOURS: u32 = 72;
/// How many hours it is valid if the desk does not say. Our choice.
pub const USUAL_LINK_HOURS: u32 = 24;
/// How many wrong PINs end a link. Our choice: with four digits, at most 1 in 2,000 guesses right.
pub const MOST_WRONG_PINS: u8 = 5;

/// The token in the address of a link: 128 random bits as 22 characters of base64url. It is stored
/// and logged nowhere, and [`fmt::Debug`] hides it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AnswerToken([u8; 16]);

impl AnswerToken {
    /// The token of `chance`, which must be random.
    pub fn new(chance: [u8; 16]) -> Self {
        Self(chance)
    }

    /// What the ledger stores of it.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::new_with_prefix(b"placement: answer link\0").chain_update(self.0).finalize().into()
    }

    /// What the ledger stores of a PIN: only someone who has the token can try PINs.
    pub fn pin_digest(&self, salt: &[u8; 16], pin: &LinkPin) -> [u8; 32] {
        let hasher = Sha256::new_with_prefix(b"placement: answer link PIN\0").chain_update(self.0);
        hasher.chain_update(salt).chain_update(pin.0.as_bytes()).finalize().into()
    }
}

impl fmt::Display for AnswerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl FromStr for AnswerToken {
    type Err = ParseAnswerTokenError;

    fn from_str(text: &str) -> Result<Self, ParseAnswerTokenError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| ParseAnswerTokenError)?;
        bytes.try_into().map(Self).map_err(|_| ParseAnswerTokenError)
    }
}

/// Hides the token.
impl fmt::Debug for AnswerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnswerToken(…)")
    }
}

/// The text is not a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a token has 22 characters of base64url")]
pub struct ParseAnswerTokenError;

/// A PIN of four to six digits that the desk chooses and tells the provider by another channel.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkPin(String);

impl FromStr for LinkPin {
    type Err = ParseLinkPinError;

    fn from_str(text: &str) -> Result<Self, ParseLinkPinError> {
        let is_plain = (4..=6).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_plain { Ok(Self(text.to_owned())) } else { Err(ParseLinkPinError) }
    }
}

/// Hides the PIN.
impl fmt::Debug for LinkPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkPin(…)")
    }
}

/// The text is not a PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a PIN has 4 to 6 digits")]
pub struct ParseLinkPinError;

/// A link as the ledger keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnswerLink {
    /// The digest of its token.
    pub digest: [u8; 32],
    /// When it ends.
    pub expires_at: Timestamp,
    /// The PIN, if one is required.
    pub pin: Option<SaltedPin>,
}

/// What is kept of a PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SaltedPin {
    /// Random bytes.
    pub salt: [u8; 16],
    /// The digest of token, salt and PIN.
    pub digest: [u8; 32],
}

impl SaltedPin {
    /// Whether `pin` is the one that was chosen.
    pub fn matches(&self, token: &AnswerToken, pin: &LinkPin) -> bool {
        self.digest.ct_eq(&token.pin_digest(&self.salt, pin)).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_as_it_is_written_and_is_never_shown() {
        let token = AnswerToken::new([7; 16]);
        let written = token.to_string();
        assert_eq!((written.len(), written.parse()), (22, Ok(token)));
        assert!(!format!("{token:?}").contains(&written[..5]));
        assert!(!format!("{:?}", "1234".parse::<LinkPin>()).contains("1234"));
        for wrong in ["", "a", &written[1..], &format!("{written}a"), "é"] {
            assert!(wrong.parse::<AnswerToken>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_pin_is_four_to_six_digits_and_is_tried_only_with_the_token() {
        for wrong in ["", "123", "1234567", "12a4", "+123", "１２３４"] {
            assert!(wrong.parse::<LinkPin>().is_err(), "{wrong}");
        }
        let (token, pin): (_, LinkPin) = (AnswerToken::new([7; 16]), "4711".parse().unwrap());
        let kept = SaltedPin { salt: [1; 16], digest: token.pin_digest(&[1; 16], &pin) };
        assert!(kept.matches(&token, &pin) && !kept.matches(&token, &"4712".parse().unwrap()));
        assert!(!kept.matches(&AnswerToken::new([8; 16]), &pin), "without the token the PIN cannot be tried");
        assert_ne!(token.digest(), AnswerToken::new([8; 16]).digest());
    }
}
