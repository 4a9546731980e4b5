//! The public keys of an issuer: read from a file or fetched, and refreshed.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use serde_json::Value;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use crate::oidc::outgoing::{innermost, is_loopback};
use crate::oidc::rejection::ALGORITHMS;
use crate::regular_file;

/// Regular interval between fetches.
const EVERY: Duration = Duration::from_mins(10);
/// Shortest interval between fetches, however many tokens name an unknown key.
const AT_MOST_EVERY: Duration = Duration::from_mins(1);
/// Timeout of a whole fetch.
const SLOWEST: Duration = Duration::from_secs(10);
/// Largest key set in bytes; typical ones have under ten thousand.
const LARGEST: usize = 256 * 1024;
/// Most keys in a set; typical ones have under ten.
const MOST: usize = 100;

/// The location of a key set.
#[derive(Debug)]
enum KeySetLocation {
    File(PathBuf),
    At(Url, Client),
}

/// The keys of one issuer.
#[derive(Debug)]
pub(crate) struct KeySet {
    place: KeySetLocation,
    keys: ArcSwap<Vec<SigningKey>>,
    /// Signaled when a token names an unknown key.
    wanted: Notify,
    failing: AtomicBool,
}

/// One public key.
#[derive(Debug, Clone)]
struct SigningKey {
    id: Option<String>,
    /// The only algorithm the key may be used with, if stated.
    algorithm: Option<Algorithm>,
    decoding: DecodingKey,
}

impl KeySet {
    /// A key set at an `https` URL or in a file. A file is read at once.
    ///
    /// # Errors
    /// The URL is not allowed, or the file has no key set.
    pub(crate) fn new(place: &str) -> Result<Self, String> {
        let of = |place, keys| Self {
            place,
            keys: ArcSwap::from_pointee(keys),
            wanted: Notify::new(),
            failing: AtomicBool::new(false),
        };
        if !place.contains("://") {
            let keys = read(Path::new(place))?;
            return Ok(of(KeySetLocation::File(place.into()), keys));
        }
        let url = Url::parse(place).map_err(|error| format!("jwks {place}: {error}"))?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            _ => {
                return Err(format!(
                    "jwks {place}: must be an https URL or a file; over http anyone on the network could replace the keys"
                ));
            }
        }
        let client = Client::builder().no_proxy().redirect(Policy::none()).timeout(SLOWEST);
        let client = client.build().map_err(|error| format!("jwks {place}: {error}"))?;
        Ok(of(KeySetLocation::At(url, client), Vec::new()))
    }

    /// Finds the key with that ID and algorithm; without an ID, the only key that fits. Requests a
    /// fetch if there is none.
    pub(crate) fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<DecodingKey> {
        let keys = self.keys.load();
        let mut fitting = keys.iter().filter(|key| key.fits(algorithm) && (id.is_none() || key.id.as_deref() == id));
        let found = fitting.next();
        if found.is_none() {
            self.wanted.notify_one();
        }
        found.filter(|_| fitting.next().is_none()).map(|key| key.decoding.clone())
    }

    /// Refreshes the keys forever.
    pub(crate) async fn keep(&self, issuer: &str) {
        loop {
            self.refresh(issuer).await;
            sleep(AT_MOST_EVERY).await;
            // Continues on timeout or when a key is wanted.
            let _ = timeout(EVERY.saturating_sub(AT_MOST_EVERY), self.wanted.notified()).await;
        }
    }

    /// Fetches the keys once. On failure the last keys stay in use, and the failure is logged once.
    pub(crate) async fn refresh(&self, issuer: &str) {
        let fetched = match &self.place {
            KeySetLocation::File(path) => read(path),
            KeySetLocation::At(url, client) => fetch(client, url).await,
        };
        let failed = fetched.is_err();
        let failed_before = self.failing.swap(failed, Ordering::Relaxed);
        match fetched {
            Ok(keys) => {
                self.keys.store(Arc::new(keys));
                if failed_before {
                    tracing::info!(issuer, "the keys of this issuer can be fetched again");
                }
            }
            Err(error) if !failed_before => {
                tracing::warn!(issuer, error, "the keys of this issuer cannot be fetched; the last keys stay in use");
            }
            Err(_) => {}
        }
    }
}

impl SigningKey {
    /// Converts a key of a set; `None` if it is not usable for token signatures.
    fn of(jwk: &Jwk) -> Option<Self> {
        let common = &jwk.common;
        let signs = common.public_key_use.as_ref().is_none_or(|purpose| *purpose == PublicKeyUse::Signature);
        let verifies = common.key_operations.as_ref().is_none_or(|all| all.contains(&KeyOperations::Verify));
        let by_curve = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => None,
            AlgorithmParameters::EllipticCurve(parameters) => Some(of_curve(&parameters.curve)?),
            AlgorithmParameters::OctetKeyPair(parameters) => Some(of_curve(&parameters.curve)?),
            // Shared secrets and unknown key types.
            _ => return None,
        };
        let named = common.key_algorithm.map(Algorithm::try_from).transpose().ok()?;
        let algorithm = named.or(by_curve);
        let usable = algorithm.is_none_or(|algorithm| ALGORITHMS.contains(&algorithm));
        let key = DecodingKey::from_jwk(jwk).ok()?;
        (signs && verifies && usable).then(|| Self { id: common.key_id.clone(), algorithm, decoding: key })
    }

    fn fits(&self, algorithm: Algorithm) -> bool {
        self.decoding.family() == algorithm.family() && self.algorithm.is_none_or(|only| only == algorithm)
    }
}

fn of_curve(curve: &EllipticCurve) -> Option<Algorithm> {
    match curve {
        EllipticCurve::P256 => Some(Algorithm::ES256),
        EllipticCurve::P384 => Some(Algorithm::ES384),
        EllipticCurve::Ed25519 => Some(Algorithm::EdDSA),
        _ => None,
    }
}

/// Parses a key set (RFC 7517, 5); unknown kinds of keys are skipped, and so is a byte order mark.
fn parse(bytes: &[u8]) -> Result<Vec<SigningKey>, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let set: Value = serde_json::from_slice(bytes).map_err(|error| format!("it is not JSON: {error}"))?;
    let listed = set.get("keys").and_then(Value::as_array).ok_or("it is not a key set: it has no list \"keys\"")?;
    if listed.len() > MOST {
        return Err(format!("it has {} keys; at most {MOST} are allowed", listed.len()));
    }
    let read = |jwk: &Value| serde_json::from_value(jwk.clone()).ok();
    let keys: Vec<SigningKey> = listed.iter().filter_map(read).filter_map(|jwk| SigningKey::of(&jwk)).collect();
    if keys.is_empty() { Err("it has no public key for token signatures".to_owned()) } else { Ok(keys) }
}

fn read(path: &Path) -> Result<Vec<SigningKey>, String> {
    let named = |wrong: String| format!("jwks {}: {wrong}", path.display());
    let mut bytes = Vec::new();
    let file = regular_file::open(path).map_err(|error| named(error.to_string()))?;
    file.take(LARGEST as u64 + 1).read_to_end(&mut bytes).map_err(|error| named(error.to_string()))?;
    if bytes.len() > LARGEST {
        return Err(named(format!("it is larger than {LARGEST} bytes")));
    }
    parse(&bytes).map_err(named)
}

async fn fetch(client: &Client, url: &Url) -> Result<Vec<SigningKey>, String> {
    let failed = |error: reqwest::Error| format!("{url}: {}", innermost(&error));
    let mut response = client.get(url.clone()).send().await.map_err(failed)?;
    if response.status() != StatusCode::OK {
        return Err(format!("{url}: it answers {}", response.status()));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if bytes.len() + chunk.len() > LARGEST {
            return Err(format!("{url}: it is larger than {LARGEST} bytes"));
        }
        bytes.extend_from_slice(&chunk);
    }
    parse(&bytes).map_err(|wrong| format!("{url}: {wrong}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_from_an_https_address_or_this_machine() {
        for good in ["https://login.mercy.example/keys", "http://127.0.0.1:1/keys", "http://[::1]:1/", "http://localhost:1"] {
            assert!(KeySet::new(good).is_ok(), "{good}");
        }
        for wrong in
            ["http://login.mercy.example/keys", "http://localhost.example/", "ftp://127.0.0.1/", "https://", "no/such/file"]
        {
            assert!(KeySet::new(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_set_without_a_key_to_hold_a_signature_against_is_refused() {
        for (set, says) in [
            ("", "not JSON"),
            ("[]", "no list"),
            ("{\"keys\": {}}", "no list"),
            ("{\"keys\": []}", "no public key"),
            (r#"{"keys": [{"kty": "oct", "k": "c2VjcmV0", "alg": "HS256"}]}"#, "no public key"),
            (r#"{"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB", "use": "enc"}]}"#, "no public key"),
            (r#"{"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB", "alg": "RSA-OAEP"}]}"#, "no public key"),
            (r#"{"keys": [{"kty": "EC", "crv": "P-521", "x": "AQAB", "y": "AQAB"}]}"#, "no public key"),
            (r#"{"keys": [{"kty": "new"}, 3]}"#, "no public key"),
        ] {
            let error = parse(set.as_bytes()).unwrap_err();
            assert!(error.contains(says), "{set}: {error}");
        }
    }

    #[test]
    fn a_key_is_found_by_its_id_and_used_for_its_kind() {
        let set = r#"{"keys": [
            {"kty": "RSA", "kid": "a", "n": "AQAB", "e": "AQAB"},
            {"kty": "RSA", "kid": "b", "n": "AQAB", "e": "AQAB", "alg": "PS256", "use": "sig"},
            {"kty": "OKP", "kid": "c", "crv": "Ed25519", "x": "AQAB"}]}"#;
        let keys = KeySet::new("https://login.mercy.example/keys").unwrap();
        keys.keys.store(Arc::new(parse(set.as_bytes()).unwrap()));
        for (id, algorithm, found) in [
            (Some("a"), Algorithm::RS256, true),
            (Some("a"), Algorithm::PS384, true),
            (Some("b"), Algorithm::PS256, true),
            (Some("b"), Algorithm::RS256, false),
            (Some("c"), Algorithm::EdDSA, true),
            (Some("c"), Algorithm::ES256, false),
            (Some("d"), Algorithm::RS256, false),
            (None, Algorithm::EdDSA, true),
            (None, Algorithm::RS256, true),
            (None, Algorithm::PS256, false),
            (Some("a"), Algorithm::HS256, false),
        ] {
            assert_eq!(keys.find(id, algorithm).is_some(), found, "{id:?} {algorithm:?}");
        }
    }
}
