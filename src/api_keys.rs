//! Authorization: scopes, the principals that hold them, and API keys.
//!
//! A key is 256 random bits. Only its SHA-256 is stored, so a lost key must be replaced.

use std::collections::BTreeSet;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::api_keys::key_id::KeyId;
use crate::api_keys::secret::Secret;
use crate::hospital_id::HospitalId;
use crate::provider::ProviderId;
use crate::text::hex::to_hex;

pub mod key_id;
pub mod secret;

/// A permission of a principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Read the directory: providers, plans, vocabularies, the FHIR view.
    DirectoryRead,
    /// Ask for matches, explanations, batches and discharge cards.
    Match,
    /// Create and read choice lists.
    List,
    /// Report a provider's availability, needs and limits.
    ProviderWrite,
    /// Report the outcome of a referral.
    OutcomeWrite,
    /// Report what providers said by telephone.
    ObservationWrite,
    /// Make and read referral requests.
    Referral,
    /// Read the reports of a manager: counts over many patients.
    Reports,
    /// Use the pages in a browser.
    Pages,
    /// Read the metrics of the server.
    Metrics,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 10] = [
        Self::DirectoryRead,
        Self::Match,
        Self::List,
        Self::ProviderWrite,
        Self::OutcomeWrite,
        Self::ObservationWrite,
        Self::Referral,
        Self::Reports,
        Self::Pages,
        Self::Metrics,
    ];

    /// The name of the scope in keys, tokens and documentation.
    pub fn code(self) -> &'static str {
        match self {
            Self::DirectoryRead => "directory:read",
            Self::Match => "match",
            Self::List => "list",
            Self::ProviderWrite => "provider:write",
            Self::OutcomeWrite => "outcome:write",
            Self::ObservationWrite => "observation:write",
            Self::Referral => "referral",
            Self::Reports => "reports",
            Self::Pages => "pages",
            Self::Metrics => "metrics",
        }
    }

    /// What a principal with the scope may do, in a few words.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::DirectoryRead => "Read the directory",
            Self::Match => "Ask for matches and explanations",
            Self::List => "Make and read choice lists",
            Self::ProviderWrite => "Report what a provider takes and when it has room",
            Self::OutcomeWrite => "Report outcomes of referrals",
            Self::ObservationWrite => "Report what providers said by telephone",
            Self::Referral => "Make and read referral requests",
            Self::Reports => "Read the reports of a manager",
            Self::Pages => "Sign in to the pages",
            Self::Metrics => "Read the metrics",
        }
    }
}

impl FromStr for Scope {
    type Err = ParseScopeError;

    fn from_str(code: &str) -> Result<Self, ParseScopeError> {
        Self::ALL.into_iter().find(|scope| scope.code() == code).ok_or(ParseScopeError)
    }
}

/// The scope does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no such scope; use one of directory:read, match, list, provider:write, outcome:write, observation:write, referral, reports, pages, metrics"
)]
pub struct ParseScopeError;

/// Name of the local user.
const LOCAL: &str = "local";

/// The sender of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Name in the log and the audit log: `key:7f3kq9m2`, `key:7f3kq9m2/x4d5e6f7` for a session,
    /// `oidc:`, `smart:`, `ehr:`, `proxy:` or `anyone:` with a digest, or `local`. Never a person's name.
    /// Rate limits are counted by it.
    pub name: String,
    /// Its permissions.
    pub scopes: BTreeSet<Scope>,
    /// The providers it may write for; `None` means any.
    pub providers: Option<BTreeSet<ProviderId>>,
    /// The hospital that its credential names, if it names one.
    pub hospital: Option<HospitalId>,
}

impl Principal {
    /// The local user, used on loopback without authentication. It has every scope.
    pub fn local() -> Self {
        Self { name: LOCAL.to_owned(), scopes: Scope::ALL.into_iter().collect(), providers: None, hospital: None }
    }

    /// Whether this is the local user.
    pub fn is_local(&self) -> bool {
        self.name.split('@').next() == Some(LOCAL)
    }

    /// A sender without credentials.
    pub fn anyone() -> Self {
        Self { name: "anyone".to_owned(), scopes: BTreeSet::new(), providers: None, hospital: None }
    }

    /// A sender without credentials, distinguished from others by a digest of `from`.
    pub fn stranger(from: &str) -> Self {
        Self { name: format!("anyone:{}", digest_of(&[from.as_bytes()])), ..Self::anyone() }
    }

    /// The same sender at `hospital`, one of several of a server: under its name nothing of another hospital is counted or found.
    #[must_use]
    pub fn at(mut self, hospital: &HospitalId) -> Self {
        let (who, session) = self.name.split_once('/').map_or((&*self.name, None), |(who, session)| (who, Some(session)));
        let session = session.map(|session| format!("/{session}")).unwrap_or_default();
        self.name = format!("{who}@{hospital}{session}");
        self.hospital = Some(hospital.clone());
        self
    }

    /// Whether it may write for `provider`.
    pub fn speaks_for(&self, provider: &ProviderId) -> bool {
        self.scopes.contains(&Scope::ProviderWrite)
            && self.providers.as_ref().is_none_or(|providers| providers.contains(provider))
    }
}

/// The first twelve hexadecimal digits of a digest of `parts`, used as a pseudonym in the log. An
/// auditor with a list of names can find the matching one.
pub fn digest_of(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let mut digest = to_hex(&hasher.finalize());
    digest.truncate(12);
    digest
}

/// The stored record of an API key or of a session of the pages, which is a short-lived key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// The key ID, which is public.
    pub id: KeyId,
    /// The SHA-256 of the whole key as sent.
    pub digest: [u8; 32],
    /// The purpose, entered by its creator: "Mercy EHR, test".
    pub label: String,
    /// Its permissions.
    pub scopes: BTreeSet<Scope>,
    /// The providers it may write for; `None` means any.
    pub providers: Option<BTreeSet<ProviderId>>,
    /// Creation time.
    pub created_at: Timestamp,
    /// Expiration time; every key expires.
    pub expires_at: Timestamp,
    /// Revocation time, if revoked.
    pub revoked_at: Option<Timestamp>,
    /// For a session: the key that signed in. The session ends with it.
    pub parent: Option<KeyId>,
    /// The hospital it is for, where a server has several.
    pub hospital: Option<HospitalId>,
}

/// Default lifetime of a key in days. Our choice.
pub const USUAL_DAYS: i32 = 365;
/// Longest lifetime of a key in days. Our choice: two years, then its use must be confirmed again.
pub const MOST_DAYS: i32 = 730;
/// Most open sessions of one key: more than the people who share one key in a shift. Our choice.
pub const MOST_SESSIONS: usize = 50;
/// Lifetime of a session in hours: one shift. Our choice.
pub const SESSION_HOURS: i64 = 12;
/// Most characters of a label. Our choice.
pub const LONGEST_LABEL: usize = 100;

/// Why a key is no longer valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRejection {
    /// The key was revoked.
    Revoked,
    /// The key has expired.
    Expired,
}

impl KeyRecord {
    /// The record of a session with `secret`, started with the key `parent` at `now`. It is valid
    /// for the pages only, for those of a manager if the key is, or for the page of the providers of the key.
    pub fn session(secret: &Secret, parent: &Self, now: Timestamp) -> Self {
        let shift = now.saturating_add(SignedDuration::from_hours(SESSION_HOURS)).unwrap_or(parent.expires_at);
        Self {
            id: secret.id().clone(),
            digest: secret.digest(),
            label: "session".to_owned(),
            scopes: if parent.opens_own_page() {
                BTreeSet::from([Scope::ProviderWrite])
            } else {
                [Scope::Pages, Scope::Reports].into_iter().filter(|scope| parent.scopes.contains(scope)).collect()
            },
            providers: parent.providers.clone().filter(|_| parent.opens_own_page()),
            created_at: now,
            expires_at: shift.min(parent.expires_at),
            revoked_at: None,
            parent: Some(parent.id.clone()),
            hospital: parent.hospital.clone(),
        }
    }

    /// The record of a session with `secret`, started at `now` by the person `name`, whom an identity provider
    /// or an EHR confirmed. `name` is `oidc:` or `smart:` and a digest.
    pub fn session_of_person(secret: &Secret, name: &str, scopes: BTreeSet<Scope>, now: Timestamp) -> Self {
        Self {
            id: secret.id().clone(),
            digest: secret.digest(),
            label: name.to_owned(),
            scopes,
            providers: None,
            created_at: now,
            expires_at: now.saturating_add(SignedDuration::from_hours(SESSION_HOURS)).unwrap_or(now),
            revoked_at: None,
            parent: Some(KeyId(KeyId::PERSON.to_owned())),
            hospital: None,
        }
    }

    /// Whether it is the session of a person who signed in elsewhere.
    pub fn is_of_person(&self) -> bool {
        self.parent.as_ref().is_some_and(KeyId::is_person)
    }

    /// Whether it is a key of providers, with which their staff open the page of their own provider
    /// and no other page.
    pub fn opens_own_page(&self) -> bool {
        let is_of_providers = self.providers.as_ref().is_some_and(|providers| !providers.is_empty());
        is_of_providers && self.scopes.contains(&Scope::ProviderWrite) && !self.scopes.contains(&Scope::Pages)
    }

    /// Whether somebody can sign in with it in a browser.
    pub fn opens_pages(&self) -> bool {
        self.scopes.contains(&Scope::Pages) || self.opens_own_page()
    }

    /// Whether `sent` is this key. Compares in constant time.
    pub fn matches(&self, sent: &Secret) -> bool {
        self.digest.ct_eq(&sent.digest()).into()
    }

    /// Why the key is not valid at `now`; `None` if it is.
    pub fn rejection_at(&self, now: Timestamp) -> Option<KeyRejection> {
        if self.revoked_at.is_some() {
            return Some(KeyRejection::Revoked);
        }
        (now >= self.expires_at).then_some(KeyRejection::Expired)
    }

    /// The principal of the key.
    pub fn principal(&self) -> Principal {
        let name = match &self.parent {
            Some(parent) if parent.is_person() => format!("{}/{}", self.label, self.id),
            Some(parent) => format!("key:{parent}/{}", self.id),
            None => format!("key:{}", self.id),
        };
        Principal { name, scopes: self.scopes.clone(), providers: self.providers.clone(), hospital: self.hospital.clone() }
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
            label: "a unit".to_owned(),
            scopes: BTreeSet::from(Scope::ALL),
            providers: None,
            created_at: at("2026-11-21T00:00:00Z"),
            expires_at: at("2026-11-22T00:00:00Z"),
            revoked_at: None,
            parent: None,
            hospital: None,
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
            assert_eq!(session.principal().scopes, BTreeSet::from([Scope::Pages, Scope::Reports]));
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
