//! How the program meets the world: who is asked to show who they are, TLS, limits, and which other sites may ask.

use std::net::IpAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use serde::Deserialize;

/// The settings of `placement serve` that only the file has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerConfig {
    /// Where browsers and EHRs reach the program, such as `https://placement.mercy.example`: for links in answers, and the audience
    /// of tokens. Without it the address of the request is used.
    pub public_url: Option<String>,
    /// A proxy in front of the program takes TLS off and is the only one that can reach the address.
    pub behind_proxy: bool,
    /// The certificate, when the program does TLS itself.
    pub tls: Option<TlsConfig>,
    /// Who is asked to show who they are; without it everybody who reaches the address may do everything.
    pub access: Option<AccessConfig>,
    /// How much is taken at once.
    pub limits: RateLimitConfig,
    /// Other sites whose scripts may call the API, such as `https://portal.mercy.example`; none by default.
    pub cors_origins: Vec<String>,
}

/// A certificate and its key, as PEM files.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// The chain, the server's own certificate first.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// How somebody shows who they are. API keys of the ledger are always taken.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccessConfig {
    /// Identity providers whose bearer tokens are taken.
    pub oidc: Vec<IssuerConfig>,
    /// EHRs that sign their CDS Hooks calls.
    pub ehr: Vec<IssuerConfig>,
    /// A proxy that has asked the person in front of the browser who they are.
    pub proxy: Option<ProxyConfig>,
}

/// Who signs tokens.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerConfig {
    /// The `iss` of its tokens, to the letter.
    pub issuer: String,
    /// The `aud` its tokens must name; of an EHR the address of the CDS service, by default that of `public_url`.
    pub audience: Option<String>,
    /// Where its public keys are: an `https` address, or a file.
    pub jwks: String,
    /// The scopes of its tokens, whatever they say; without it those their `scope` or `scp` names.
    pub scopes: Option<Vec<String>>,
}

/// A proxy whose word is taken.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProxyConfig {
    /// The header in which it names the person it has signed in, such as `x-forwarded-user`. It must strip it from what comes in.
    pub user_header: String,
    /// The addresses it calls from; nobody else's header is believed.
    pub from: Vec<IpAddr>,
}

/// How much is taken at once. The defaults are our choice; docs/edges.md has what they mean.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimitConfig {
    /// Connections open at once; one address has at most half of them.
    pub connections: NonZeroUsize,
    /// Requests worked on at once; more are told to come again with 503.
    pub requests: NonZeroUsize,
    /// Requests a second that one principal may make, over time; whoever is on this machine has no limit.
    pub per_second: NonZeroU32,
    /// How many it may make at once before that holds.
    pub burst: NonZeroU32,
    /// Megabytes of choice lists that one principal may put into the ledger in a day; whoever is on this machine ten times as much.
    pub list_megabytes_per_day: NonZeroU32,
    /// Statements and outcomes that it may put there in a day; whoever is on this machine ten times as many.
    pub entries_per_day: NonZeroU32,
}

impl Default for RateLimitConfig {
    fn default() -> Self {
        const CONNECTIONS: NonZeroUsize = NonZeroUsize::new(1024).unwrap();
        const REQUESTS: NonZeroUsize = NonZeroUsize::new(256).unwrap();
        const PER_SECOND: NonZeroU32 = NonZeroU32::new(100).unwrap();
        const BURST: NonZeroU32 = NonZeroU32::new(400).unwrap();
        const LIST_MEGABYTES_PER_DAY: NonZeroU32 = NonZeroU32::new(1024).unwrap();
        const ENTRIES_PER_DAY: NonZeroU32 = NonZeroU32::new(20_000).unwrap();
        Self {
            connections: CONNECTIONS,
            requests: REQUESTS,
            per_second: PER_SECOND,
            burst: BURST,
            list_megabytes_per_day: LIST_MEGABYTES_PER_DAY,
            entries_per_day: ENTRIES_PER_DAY,
        }
    }
}
