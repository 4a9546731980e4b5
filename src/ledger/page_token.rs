//! The token in the address of an answer page.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// 256 random bits as 43 characters of base64url. With its owner it is the encryption key of a
/// question, which is stored nowhere else, so the token is never logged, and [`fmt::Debug`] hides
/// it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PageToken(pub(crate) [u8; 32]);

impl PageToken {
    /// The token of `chance`, which must be random.
    pub fn new(chance: [u8; 32]) -> Self {
        Self(chance)
    }
}

impl fmt::Display for PageToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl FromStr for PageToken {
    type Err = ParsePageTokenError;

    fn from_str(text: &str) -> Result<Self, ParsePageTokenError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| ParsePageTokenError)?;
        bytes.try_into().map(Self).map_err(|_| ParsePageTokenError)
    }
}

/// Hides the token.
impl fmt::Debug for PageToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PageToken(…)")
    }
}

/// The text is not a page token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a page token has 43 characters of base64url")]
pub struct ParsePageTokenError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_as_it_is_written_and_is_never_shown() {
        let token = PageToken::new([7; 32]);
        let written = token.to_string();
        assert_eq!((written.len(), written.parse()), (43, Ok(token)));
        assert!(!format!("{token:?}").contains(&written[..5]));
        for wrong in ["", "a", &written[1..], &format!("{written}a"), &written.replace('c', "+"), "é"] {
            assert_eq!(wrong.parse::<PageToken>(), Err(ParsePageTokenError), "{wrong}");
        }
    }
}
