//! The conditions of a write in its headers, for every kind of record: `If-Match`, so that two desks
//! never overwrite each other, and `Idempotency-Key`, so that a request that is sent again is
//! recorded once.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::IF_MATCH;
use axum::http::request::Parts;
use sha2::{Digest, Sha256};

use crate::api_keys::Principal;
use crate::hospital_id::HospitalId;
use crate::input::errors::FieldErrors;
use crate::ledger::write::{ExpectedRecord, RepeatKey};
use crate::serve::http::extract::field_error;
use crate::serve::http::problem::Problem;
use crate::serve::http::throttle::rate_key;
use crate::serve::random_bytes::random;

/// How long a key is kept, in seconds. Our choice: longer than any client retries.
pub(crate) const REPEAT_SECONDS: i64 = 24 * 3600;
/// Longest key, in characters. Our choice: a UUID with a prefix.
const LONGEST_KEY: usize = 100;
/// Shortest key, in characters, of a request whose answer has a secret that is made of the key. Our
/// choice: a UUID has 36.
const SHORTEST_SECRET_KEY: usize = 20;

/// The version of a group of records without any.
pub(crate) const NO_RECORDS: &str = "none";

/// The conditions of a write.
#[derive(Debug, Default)]
pub(crate) struct WriteConditions {
    /// The version that the caller has seen, without quotes.
    pub(crate) seen: Option<String>,
    /// The key as sent. It may be anything, so only its hash is kept.
    key: Option<String>,
}

impl WriteConditions {
    /// A write on condition that the version is still `seen`.
    pub(crate) fn after(seen: String) -> Self {
        Self { seen: Some(seen), key: None }
    }

    /// A write that the same page may send again with this key.
    pub(crate) fn repeated(key: &str) -> Self {
        Self { seen: None, key: Some(key.to_owned()).filter(|key| !key.is_empty()) }
    }

    /// The newest record of the group `about` that the caller has seen, if that is a condition.
    pub(crate) fn expected(&self, about: impl FnOnce() -> String) -> Option<ExpectedRecord> {
        let seen = self.seen.clone()?;
        Some(ExpectedRecord::Newest { about: about(), newest: Some(seen).filter(|seen| seen != NO_RECORDS) })
    }

    /// For records that are only ever added, which have no version.
    ///
    /// # Errors
    /// The caller sent one.
    pub(crate) fn without_version(&self) -> Result<(), Problem> {
        if self.seen.is_none() {
            return Ok(());
        }
        let fault = field_error("If-Match", "does_not_apply", "these records are only added and have no version", None);
        Err(Problem::Invalid(fault.into()))
    }

    /// For a request whose answer has a secret, the number of a list or the token of a link: the same
    /// request with the same key makes the same secret, because the ledger has none that it could
    /// repeat.
    ///
    /// # Errors
    /// The key could be guessed, and with it the secret.
    pub(crate) fn with_secret(
        &self,
        hospital: &HospitalId,
        caller: &Principal,
        operation: &str,
        body: &[u8],
        now: i64,
    ) -> Result<SecretRequest, Problem> {
        let Some(key) = &self.key else { return SecretRequest::random() };
        if key.len() < SHORTEST_SECRET_KEY {
            let detail =
                format!("expected at least {SHORTEST_SECRET_KEY} characters: the answer has a secret made of the key");
            let hint = Some("send a new UUID with each new request".to_owned());
            return Err(Problem::Invalid(field_error("Idempotency-Key", "not_a_key", &detail, hint).into()));
        }
        let parts = ["secret", hospital.as_str(), rate_key(&caller.name), operation, key].map(str::as_bytes);
        let mut secret = [0; 16];
        for (byte, made) in secret.iter_mut().zip(hash_of(&[&parts[..], &[body]].concat())) {
            *byte = made;
        }
        Ok(SecretRequest { secret, repeat: self.repeat(hospital, caller, operation, body, now) })
    }

    /// What identifies the request, if it may be repeated.
    pub(crate) fn repeat(
        &self,
        hospital: &HospitalId,
        caller: &Principal,
        operation: &str,
        body: &[u8],
        now: i64,
    ) -> Option<RepeatKey> {
        let key = self.key.as_ref()?;
        let parts = [hospital.as_str(), rate_key(&caller.name), operation, key].map(str::as_bytes);
        Some(RepeatKey { key: hash_of(&parts), request: hash_of(&[body]), now, ends_at: now + REPEAT_SECONDS })
    }
}

/// The random bytes of a request whose answer has a secret, and what identifies it if it may be
/// repeated.
pub(crate) struct SecretRequest {
    /// 128 bits, random or made of the key of the caller.
    pub(crate) secret: [u8; 16],
    /// Identifies the request.
    pub(crate) repeat: Option<RepeatKey>,
}

impl SecretRequest {
    /// A request that cannot be repeated.
    ///
    /// # Errors
    /// The operating system gives no random bytes.
    pub(crate) fn random() -> Result<Self, Problem> {
        Ok(Self { secret: random()?, repeat: None })
    }
}

fn hash_of(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new_with_prefix(b"placement: repeated request\0");
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// `"…"` without its quotes; only one tag is a version of records. A compressed answer has a weak tag, which means the same.
fn read_tag(headers: &HeaderMap) -> Result<Option<String>, ()> {
    let Some(value) = headers.get(IF_MATCH) else { return Ok(None) };
    let tag = value.to_str().ok().and_then(|text| text.trim().trim_start_matches("W/").strip_prefix('"')?.strip_suffix('"'));
    let is_plain = |tag: &&str| (1..=64).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric());
    tag.filter(is_plain).map(|tag| Some(tag.to_owned())).ok_or(())
}

fn read_key(headers: &HeaderMap) -> Result<Option<String>, ()> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().ok().map(str::trim).filter(|key| (1..=LONGEST_KEY).contains(&key.len()));
    key.map(|key| Some(key.to_owned())).ok_or(())
}

impl<S: Send + Sync> FromRequestParts<S> for WriteConditions {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut faults = FieldErrors::default();
        let seen = read_tag(&parts.headers).unwrap_or_else(|()| {
            let hint = Some("send the ETag of the records, such as \"none\"".to_owned());
            faults.push(field_error("If-Match", "not_a_version", "expected one ETag in quotes", hint));
            None
        });
        let key = read_key(&parts.headers).unwrap_or_else(|()| {
            let detail = format!("expected 1 to {LONGEST_KEY} visible characters");
            faults.push(field_error("Idempotency-Key", "not_a_key", &detail, None));
            None
        });
        if faults.is_empty() { Ok(Self { seen, key }) } else { Err(Problem::Invalid(faults)) }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_version_is_one_tag_in_quotes() {
        for (sent, read) in [
            ("\"none\"", Ok(Some("none".to_owned()))),
            ("\"07ab\"", Ok(Some("07ab".to_owned()))),
            ("07ab", Err(())),
            ("W/\"07ab\"", Ok(Some("07ab".to_owned()))),
            ("*", Err(())),
            ("\"a\", \"b\"", Err(())),
        ] {
            let headers = HeaderMap::from_iter([(IF_MATCH, HeaderValue::from_static(sent))]);
            assert_eq!(read_tag(&headers), read, "{sent}");
        }
        assert_eq!(read_tag(&HeaderMap::new()), Ok(None));
    }

    #[test]
    fn a_secret_is_of_a_key_that_nobody_guesses_and_is_not_what_the_ledger_keeps() {
        let of = |key: &str, body: &[u8]| {
            let conditions = WriteConditions { seen: None, key: Some(key.to_owned()) };
            conditions.with_secret(&HospitalId::default(), &Principal::anyone(), "lists", body, 100)
        };
        let uuid = "5f0c6f0e-6d6e-4f49-9f2a-0d4f3c0b7a11";
        let first = of(uuid, b"{}").unwrap();
        assert_eq!(first.secret, of(uuid, b"{}").unwrap().secret);
        assert_ne!(first.secret, of(uuid, b"{ }").unwrap().secret);
        let kept = first.repeat.unwrap();
        assert!(!kept.key.starts_with(&first.secret) && !kept.request.starts_with(&first.secret));
        assert!(matches!(of("order-7", b"{}"), Err(Problem::Invalid(_))));
    }

    #[test]
    fn a_key_is_of_its_caller_and_operation_and_is_not_kept_itself() {
        let conditions = WriteConditions { seen: None, key: Some("Mrs. Smith".to_owned()) };
        let named = |name: &str| Principal { name: name.to_owned(), ..Principal::anyone() };
        let of = |caller: &str, operation: &str, body: &[u8]| {
            conditions.repeat(&HospitalId::default(), &named(caller), operation, body, 100).unwrap()
        };
        let first = of("key:a", "outcome", b"{}");
        assert_eq!(first, of("key:a/session", "outcome", b"{}"), "a session is its key");
        assert_eq!((first.key, first.ends_at), (of("key:a", "outcome", b"{ }").key, 100 + REPEAT_SECONDS));
        assert_ne!(first.request, of("key:a", "outcome", b"{ }").request);
        assert_ne!(first.key, of("key:b", "outcome", b"{}").key);
        assert_ne!(first.key, of("key:a", "observation", b"{}").key);
    }
}
