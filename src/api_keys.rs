//! Who may do what: scopes, the principals that hold them, and API keys.
//!
//! A key is 256 bits from the system. Only its SHA-256 is kept; who loses it makes a new one.

use std::collections::BTreeSet;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::api_keys::key_id::KeyId;
use crate::api_keys::secret::Secret;
use crate::provider::ProviderId;

pub mod key_id;
pub mod secret;

/// One thing a principal may be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Read the directory: providers, plans, vocabularies, the FHIR view.
    DirectoryRead,
    /// Ask questions: matches, explanations, batches, discharge cards.
    Match,
    /// Make and read choice lists.
    List,
    /// Say what a provider has room for and what it takes.
    ProviderWrite,
    /// Say what became of a referral.
    OutcomeWrite,
    /// Use the pages, as a person does.
    Pages,
    /// Read the figures of the running program.
    Metrics,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 7] =
        [Self::DirectoryRead, Self::Match, Self::List, Self::ProviderWrite, Self::OutcomeWrite, Self::Pages, Self::Metrics];

    /// What it is called in a key, in a token and in the documents.
    pub fn code(self) -> &'static str {
        match self {
            Self::DirectoryRead => "directory:read",
            Self::Match => "match",
            Self::List => "list",
            Self::ProviderWrite => "provider:write",
            Self::OutcomeWrite => "outcome:write",
            Self::Pages => "pages",
            Self::Metrics => "metrics",
        }
    }
}

impl FromStr for Scope {
    type Err = ParseScopeError;

    fn from_str(code: &str) -> Result<Self, ParseScopeError> {
        Self::ALL.into_iter().find(|scope| scope.code() == code).ok_or(ParseScopeError)
    }
}

/// There is no such scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such scope; one of directory:read, match, list, provider:write, outcome:write, pages, metrics")]
pub struct ParseScopeError;

/// What whoever is on this machine is called.
const LOCAL: &str = "local";

/// Whoever sends a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// What the log and the audit call it: `key:7f3kq9m2`, `key:7f3kq9m2/x4d5e6f7` of a session, `oidc:`, `ehr:`, `proxy:` or `anyone:`
    /// and a digest, `local`. Never a person's name. Limits are counted by it.
    pub name: String,
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
    /// The only providers it may speak for; `None` is any.
    pub providers: Option<BTreeSet<ProviderId>>,
}

impl Principal {
    /// Whoever is on this machine, where no access control is set up: may do everything.
    pub fn local() -> Self {
        Self { name: LOCAL.to_owned(), scopes: Scope::ALL.into_iter().collect(), providers: None }
    }

    /// Whether this is whoever is on this machine, where nobody need show who they are.
    pub fn is_local(&self) -> bool {
        self.name == LOCAL
    }

    /// Whoever has shown nothing.
    pub fn anyone() -> Self {
        Self { name: "anyone".to_owned(), scopes: BTreeSet::new(), providers: None }
    }

    /// Whoever has shown nothing, told apart from others by `from`, which stands in the name as a digest.
    pub fn stranger(from: &str) -> Self {
        Self { name: format!("anyone:{}", digest_of(&[from.as_bytes()])), ..Self::anyone() }
    }

    /// Whether it may speak for `provider`.
    pub fn speaks_for(&self, provider: &ProviderId) -> bool {
        self.scopes.contains(&Scope::ProviderWrite)
            && self.providers.as_ref().is_none_or(|providers| providers.contains(provider))
    }
}

/// Twelve hexadecimal digits that tell `parts` apart from others without saying them: what somebody is called in the log. Who has a list
/// of names can find the one it is of, which is what an audit is for.
pub fn digest_of(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().iter().take(6).fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// What is kept of an API key, and of a session of the pages, which is a short-lived key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// Its public half.
    pub id: KeyId,
    /// The SHA-256 of the whole key as it is sent.
    pub digest: [u8; 32],
    /// What it is for, in the words of who made it: "Mercy EHR, test".
    pub label: String,
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
    /// The only providers it may speak for; `None` is any.
    pub providers: Option<BTreeSet<ProviderId>>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends; every key does.
    pub expires_at: Timestamp,
    /// When it was taken back, if it was.
    pub revoked_at: Option<Timestamp>,
    /// Of a session: the key that signed in, without which it ends too.
    pub parent: Option<KeyId>,
}

/// How many days a key holds when nobody says how many. Our choice.
pub const USUAL_DAYS: i32 = 365;
/// How many days a key holds at most. Our choice: two years, after which whoever uses it must be asked again.
pub const MOST_DAYS: i32 = 730;
/// How many sessions of one key may be open at once: more people than share a ward's key in one shift. Our choice.
pub const MOST_SESSIONS: usize = 50;
/// How many hours a session holds: a shift. Our choice.
pub const SESSION_HOURS: i64 = 12;
/// The most characters of a label. Our choice.
pub const LONGEST_LABEL: usize = 100;

/// Why a key opens nothing any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRejection {
    /// Somebody took it back.
    Revoked,
    /// Its time is over.
    Expired,
}

impl KeyRecord {
    /// What is kept of the session that `secret` opens, begun with the key `parent` at `now`: it opens the pages and nothing else.
    pub fn session(secret: &Secret, parent: &Self, now: Timestamp) -> Self {
        let shift = now.saturating_add(SignedDuration::from_hours(SESSION_HOURS)).unwrap_or(parent.expires_at);
        Self {
            id: secret.id().clone(),
            digest: secret.digest(),
            label: "session".to_owned(),
            scopes: BTreeSet::from([Scope::Pages]),
            providers: None,
            created_at: now,
            expires_at: shift.min(parent.expires_at),
            revoked_at: None,
            parent: Some(parent.id.clone()),
        }
    }

    /// Whether `sent` is this key. Takes as long whether it nearly is or not at all.
    pub fn matches(&self, sent: &Secret) -> bool {
        self.digest.ct_eq(&sent.digest()).into()
    }

    /// Why it opens nothing at `now`; `None` while it does.
    pub fn rejection_at(&self, now: Timestamp) -> Option<KeyRejection> {
        if self.revoked_at.is_some() {
            return Some(KeyRejection::Revoked);
        }
        (now >= self.expires_at).then_some(KeyRejection::Expired)
    }

    /// Who shows it.
    pub fn principal(&self) -> Principal {
        let name = match &self.parent {
            Some(parent) => format!("key:{parent}/{}", self.id),
            None => format!("key:{}", self.id),
        };
        Principal { name, scopes: self.scopes.clone(), providers: self.providers.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api_keys::secret::SecretKind;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn key(secret: &Secret) -> KeyRecord {
        KeyRecord {
            id: secret.id().clone(),
            digest: secret.digest(),
            label: "a ward".to_owned(),
            scopes: BTreeSet::from(Scope::ALL),
            providers: None,
            created_at: at("2026-11-21T00:00:00Z"),
            expires_at: at("2026-11-22T00:00:00Z"),
            revoked_at: None,
            parent: None,
        }
    }

    #[test]
    fn a_scope_reads_as_it_is_written() {
        for scope in Scope::ALL {
            assert_eq!(scope.code().parse(), Ok(scope));
            assert!(ParseScopeError.to_string().contains(scope.code()));
        }
        assert_eq!("Match".parse::<Scope>(), Err(ParseScopeError));
    }

    #[test]
    fn a_key_ends_when_it_is_taken_back_or_over() {
        let (secret, other) = (Secret::draw(SecretKind::Key).unwrap(), Secret::draw(SecretKind::Key).unwrap());
        let key = key(&secret);
        assert!(key.matches(&secret) && !key.matches(&other));
        assert_eq!(key.rejection_at(at("2026-11-21T23:59:59Z")), None);
        assert_eq!(key.rejection_at(at("2026-11-22T00:00:00Z")), Some(KeyRejection::Expired));
        let revoked = KeyRecord { revoked_at: Some(key.created_at), ..key };
        assert_eq!(revoked.rejection_at(at("2026-11-21T00:00:00Z")), Some(KeyRejection::Revoked));
    }

    #[test]
    fn a_session_opens_the_pages_no_longer_than_a_shift_and_than_its_key() {
        let parent = key(&Secret::draw(SecretKind::Key).unwrap());
        let secret = Secret::draw(SecretKind::Session).unwrap();
        for (begins, ends) in
            [("2026-11-21T06:00:00Z", "2026-11-21T18:00:00Z"), ("2026-11-21T20:00:00Z", "2026-11-22T00:00:00Z")]
        {
            let session = KeyRecord::session(&secret, &parent, at(begins));
            assert_eq!((session.expires_at, session.parent.as_ref()), (at(ends), Some(&parent.id)));
            assert_eq!(session.principal().scopes, BTreeSet::from([Scope::Pages]));
            assert_eq!(session.principal().name, format!("key:{}/{}", parent.id, secret.id()));
        }
    }

    #[test]
    fn strangers_are_told_apart_and_not_named() {
        let (one, other) = (Principal::stranger("192.0.2.7"), Principal::stranger("192.0.2.8"));
        assert!(one.name != other.name && one.name.starts_with("anyone:") && !one.name.contains("192"));
        assert_ne!(digest_of(&[b"a", b"bc"]), digest_of(&[b"ab", b"c"]));
    }
}
