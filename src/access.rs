//! Who may do what: scopes, the principals that hold them, and API keys.
//!
//! A key is 256 bits from the system. Only its SHA-256 is kept; who loses it makes a new one.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use crate::provider::ProviderId;

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
    pub const ALL: [Self; 7] = [
        Self::DirectoryRead,
        Self::Match,
        Self::List,
        Self::ProviderWrite,
        Self::OutcomeWrite,
        Self::Pages,
        Self::Metrics,
    ];

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
    type Err = NoSuchScope;

    fn from_str(code: &str) -> Result<Self, NoSuchScope> {
        Self::ALL.into_iter().find(|scope| scope.code() == code).ok_or(NoSuchScope)
    }
}

/// There is no such scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such scope; one of directory:read, match, list, provider:write, outcome:write, pages, metrics")]
pub struct NoSuchScope;

/// Whoever sends a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// What the log and the audit call it: `key:7f3kq9m2`, `oidc:` and a digest, `proxy:` and a digest, `local`, `anyone`. Never a
    /// person's name.
    pub name: String,
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
    /// The only providers it may speak for; `None` is any.
    pub providers: Option<BTreeSet<ProviderId>>,
}

impl Principal {
    /// Whoever is on this machine, where no access control is set up: may do everything.
    pub fn local() -> Self {
        Self { name: "local".to_owned(), scopes: Scope::ALL.into_iter().collect(), providers: None }
    }

    /// Whoever has shown nothing.
    pub fn anyone() -> Self {
        Self { name: "anyone".to_owned(), scopes: BTreeSet::new(), providers: None }
    }

    /// Whether it may speak for `provider`.
    pub fn speaks_for(&self, provider: &ProviderId) -> bool {
        self.scopes.contains(&Scope::ProviderWrite)
            && self.providers.as_ref().is_none_or(|providers| providers.contains(provider))
    }
}

/// The public half of a key: what it is listed and logged by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub String);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
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
