//! A sign-in that has begun: what the browser must bring back, sealed in a cookie, so that nobody else can
//! end it and any server with the same settings can.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// How long a sign-in may take. Our choice: a second factor, and a forgotten password.
pub(crate) const SIGN_IN_MINUTES: i64 = 10;

/// The longest sealed ID token, in characters: browsers keep cookies of 4,096 bytes with name and attributes (RFC 6265, 6.1).
const LONGEST_ID_TOKEN: usize = 3_900;

/// Bytes of a nonce of the cipher.
const CIPHER_NONCE: usize = 12;

/// What is remembered of a sign-in between its beginning and its end.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BegunSignIn {
    /// The `state` that must come back.
    pub(crate) state: String,
    /// The `nonce` that the ID token must have.
    pub(crate) nonce: String,
    /// The PKCE verifier (RFC 7636).
    pub(crate) verifier: String,
    /// The page to go on to; for a launch the FHIR server that launches.
    pub(crate) to: String,
    /// When it ends, in Unix seconds.
    pub(crate) ends_at: i64,
}

/// Hides everything: anyone who knows it can end the sign-in.
impl std::fmt::Debug for BegunSignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BegunSignIn(…)")
    }
}

impl BegunSignIn {
    /// A sign-in that goes on to `to`.
    ///
    /// # Errors
    /// The operating system has no random numbers.
    pub(crate) fn draw(to: &str, now: Timestamp) -> Result<Self, getrandom::Error> {
        let ends_at = now.as_second() + SIGN_IN_MINUTES * 60;
        Ok(Self { state: random()?, nonce: random()?, verifier: random()?, to: to.to_owned(), ends_at })
    }

    /// The PKCE challenge: the digest of the verifier (method S256).
    pub(crate) fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.as_bytes()))
    }

    /// Whether `state` came back, compared in constant time.
    pub(crate) fn is_state(&self, state: &str) -> bool {
        self.state.as_bytes().ct_eq(state.as_bytes()).into()
    }
}

/// 256 random bits as base64url.
fn random() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Seals sign-ins that have begun.
pub(crate) struct SignInSeal {
    cipher: ChaCha20Poly1305,
    purpose: &'static str,
}

/// Hides the key.
impl std::fmt::Debug for SignInSeal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignInSeal(…)")
    }
}

impl SignInSeal {
    /// A seal for `purpose`. Its key is made from the client's secret, so that servers with the same settings
    /// open each other's cookies; without a secret it is random, and a sign-in ends where it began.
    ///
    /// # Errors
    /// The operating system has no random numbers.
    pub(crate) fn new(purpose: &'static str, client: &str, secret: Option<&str>) -> Result<Self, getrandom::Error> {
        let mut own = [0; 32];
        getrandom::fill(&mut own)?;
        let secret = secret.map_or(&own[..], str::as_bytes);
        let mut key = Sha256::new_with_prefix(b"placement: seal of a sign-in\0");
        for part in [purpose.as_bytes(), client.as_bytes(), secret] {
            key.update((part.len() as u64).to_be_bytes());
            key.update(part);
        }
        let key: [u8; 32] = key.finalize().into();
        Ok(Self { cipher: ChaCha20Poly1305::new(&Key::from(key)), purpose })
    }

    /// The sealed form of `begun`, for a cookie.
    pub(crate) fn seal(&self, begun: &BegunSignIn) -> Option<String> {
        self.sealed(&serde_json::to_vec(begun).ok()?, self.purpose.as_bytes())
    }

    /// The sealed form of the ID token of the person `name`, for a cookie; `None` if it is too long for one.
    pub(crate) fn seal_id_token(&self, token: &str, name: &str) -> Option<String> {
        self.sealed(token.as_bytes(), &self.token_of(name)).filter(|sealed| sealed.len() <= LONGEST_ID_TOKEN)
    }

    /// The ID token of the person `name` that `cookie` seals.
    pub(crate) fn open_id_token(&self, cookie: &str, name: &str) -> Option<String> {
        String::from_utf8(self.opened(cookie, &self.token_of(name))?).ok()
    }

    /// What distinguishes an ID token from a sign-in that has begun, and that of one person from another's.
    fn token_of(&self, name: &str) -> Vec<u8> {
        format!("{}: ID token of {name}", self.purpose).into_bytes()
    }

    fn sealed(&self, content: &[u8], purpose: &[u8]) -> Option<String> {
        let mut nonce = [0; CIPHER_NONCE];
        getrandom::fill(&mut nonce).ok()?;
        let sealed = self.cipher.encrypt(&nonce.into(), Payload { msg: content, aad: purpose }).ok()?;
        Some(URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat()))
    }

    fn opened(&self, cookie: &str, purpose: &[u8]) -> Option<Vec<u8>> {
        let bytes = URL_SAFE_NO_PAD.decode(cookie).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(CIPHER_NONCE)?;
        let nonce: [u8; CIPHER_NONCE] = nonce.try_into().ok()?;
        self.cipher.decrypt(&nonce.into(), Payload { msg: sealed, aad: purpose }).ok()
    }

    /// The sign-in that `cookie` seals, if it has not ended.
    pub(crate) fn open(&self, cookie: &str, now: Timestamp) -> Option<BegunSignIn> {
        let content = self.opened(cookie, self.purpose.as_bytes())?;
        let begun: BegunSignIn = serde_json::from_slice(&content).ok()?;
        (begun.ends_at > now.as_second()).then_some(begun)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn only_the_seal_of_that_purpose_and_client_opens_a_cookie_and_only_for_ten_minutes() {
        let seal = |purpose, client, secret| SignInSeal::new(purpose, client, secret).unwrap();
        let begun = BegunSignIn::draw("/directory", at(1_000)).unwrap();
        let ours = seal("sign-in", "placement", Some("s"));
        let cookie = ours.seal(&begun).unwrap();
        assert!(!cookie.contains(&begun.state) && cookie.len() < 1_000, "{cookie}");
        assert_eq!(seal("sign-in", "placement", Some("s")).open(&cookie, at(1_599)), Some(begun.clone()));
        assert_eq!(ours.open(&cookie, at(1_600)), None, "it has ended");
        for (what, other) in [
            ("purpose", seal("launch", "placement", Some("s"))),
            ("client", seal("sign-in", "another", Some("s"))),
            ("secret", seal("sign-in", "placement", Some("t"))),
            ("no secret", seal("sign-in", "placement", None)),
        ] {
            assert_eq!(other.open(&cookie, at(1_000)), None, "{what}");
        }
        for damaged in ["", "a", &cookie[1..], &format!("{cookie}AAAA"), "é"] {
            assert_eq!(ours.open(damaged, at(1_000)), None, "{damaged}");
        }
        assert_ne!(ours.seal(&begun), ours.seal(&begun), "each is sealed under a nonce of its own");
    }

    #[test]
    fn an_id_token_is_sealed_for_its_person_and_for_nothing_else() {
        let seal = SignInSeal::new("sign-in", "placement", Some("s")).unwrap();
        let cookie = seal.seal_id_token("head.claims.signature", "oidc:1").unwrap();
        assert!(!cookie.contains("claims"));
        assert_eq!(seal.open_id_token(&cookie, "oidc:1").as_deref(), Some("head.claims.signature"));
        assert_eq!(seal.open_id_token(&cookie, "oidc:2"), None, "another person");
        assert_eq!(seal.open(&cookie, at(0)), None, "no sign-in that has begun");
        let begun = seal.seal(&BegunSignIn::draw("/", at(0)).unwrap()).unwrap();
        assert_eq!(seal.open_id_token(&begun, "oidc:1"), None);
        assert_eq!(seal.seal_id_token(&"x".repeat(4_000), "oidc:1"), None, "too long for a cookie");
    }

    #[test]
    fn state_nonce_and_verifier_are_random_and_the_challenge_is_the_digest() {
        let (one, other) = (BegunSignIn::draw("/", at(0)).unwrap(), BegunSignIn::draw("/", at(0)).unwrap());
        let all = [&one.state, &one.nonce, &one.verifier, &other.state, &other.nonce, &other.verifier];
        assert_eq!(all.iter().collect::<std::collections::HashSet<_>>().len(), 6);
        assert!(one.is_state(&one.state) && !one.is_state(&other.state) && !one.is_state(""));
        // RFC 7636, appendix B.
        let known = BegunSignIn { verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned(), ..one };
        assert_eq!(known.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
