//! A key as sent: its public ID and 256 secret bits.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::api_keys::key_id::KeyId;

/// A credential: `plc_7f3kq9m2_` and 43 characters of base64url. The fixed prefix lets secret
/// scanners find it in files.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    kind: SecretKind,
    id: KeyId,
    text: String,
}

/// The kind of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretKind {
    /// An API key with its scopes.
    Key,
    /// A browser session, valid for the pages for some hours.
    Session,
}

impl SecretKind {
    const ALL: [Self; 2] = [Self::Key, Self::Session];

    fn prefix(self) -> &'static str {
        match self {
            Self::Key => "plc_",
            Self::Session => "pls_",
        }
    }
}

/// The 32 characters of an ID: without i, l, o and u, which are misread easily.
const CHARACTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Characters of an ID: 40 bits, enough to be unique within a hospital.
const ID_LENGTH: usize = 8;
/// 256 bits as base64url.
const SECRET_LENGTH: usize = 43;

impl Secret {
    /// Draws a new secret from the operating system's random numbers.
    ///
    /// # Errors
    /// The operating system has no random numbers.
    pub fn draw(kind: SecretKind) -> Result<Self, getrandom::Error> {
        let (mut id, mut secret) = ([0; ID_LENGTH], [0; 32]);
        getrandom::fill(&mut id)?;
        getrandom::fill(&mut secret)?;
        let id: String = id.iter().map(|byte| char::from(CHARACTERS[usize::from(byte & 31)])).collect();
        let text = format!("{}{id}_{}", kind.prefix(), URL_SAFE_NO_PAD.encode(secret));
        Ok(Self { kind, id: KeyId(id), text })
    }

    /// Its kind.
    pub fn kind(&self) -> SecretKind {
        self.kind
    }

    /// Its public ID.
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// The SHA-256 that is stored.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.text.as_bytes()).into()
    }

    /// The whole secret, to be shown once or set as a cookie.
    pub fn reveal(&self) -> &str {
        &self.text
    }
}

impl FromStr for Secret {
    type Err = ParseSecretError;

    fn from_str(text: &str) -> Result<Self, ParseSecretError> {
        let of_kind = |kind: SecretKind| Some((kind, text.strip_prefix(kind.prefix())?));
        let (kind, rest) = SecretKind::ALL.into_iter().find_map(of_kind).ok_or(ParseSecretError)?;
        let (id, secret) = rest.split_once('_').ok_or(ParseSecretError)?;
        let is_id = id.len() == ID_LENGTH && id.bytes().all(|byte| CHARACTERS.contains(&byte));
        let of_base64 = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if is_id && secret.len() == SECRET_LENGTH && secret.bytes().all(of_base64) {
            Ok(Self { kind, id: KeyId(id.to_owned()), text: text.to_owned() })
        } else {
            Err(ParseSecretError)
        }
    }
}

/// Shows the public ID only.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({}…)", self.id)
    }
}

/// The text is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key is plc_, eight letters and digits, _ and 43 more characters")]
pub struct ParseSecretError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_reads_as_it_is_shown_and_no_two_are_the_same() {
        for kind in SecretKind::ALL {
            let (one, other) = (Secret::draw(kind).unwrap(), Secret::draw(kind).unwrap());
            assert_eq!(one.reveal().parse(), Ok(one.clone()));
            assert_eq!(one.reveal().len(), 4 + 8 + 1 + 43);
            assert!(one.id() != other.id() && one.digest() != other.digest());
            let hidden = format!("{one:?}");
            assert!(hidden.contains(&one.id().0) && !hidden.contains(&one.reveal()[13..20]), "{hidden}");
        }
    }

    #[test]
    fn what_is_not_a_secret_is_refused() {
        let good = Secret::draw(SecretKind::Key).unwrap().reveal().to_owned();
        for wrong in [
            String::new(),
            "plc_".to_owned(),
            good[..good.len() - 1].to_owned(),
            format!("{good}a"),
            good.replacen("plc_", "pld_", 1),
            good.to_uppercase(),
            format!("plc_ILOUilou_{}", &good[13..]),
            format!("{}é{}", &good[..13], &good[15..]),
            format!("{} {}", &good[..20], &good[21..]),
        ] {
            assert_eq!(wrong.parse::<Secret>(), Err(ParseSecretError), "{wrong}");
        }
    }
}
