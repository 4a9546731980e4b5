//! Server settings: authentication, TLS, limits and CORS.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use serde::Deserialize;

/// Settings of `placement serve` that exist only in the settings file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerConfig {
    /// The URL at which browsers and EHRs reach the program, such as
    /// `https://placement.mercy.example`. Used for links in answers and as the audience of tokens;
    /// without it the address of the request is used.
    pub public_url: Option<String>,
    /// A proxy terminates TLS and is the only client that can reach the address.
    pub behind_proxy: bool,
    /// How many seconds a server that is told to stop goes on taking requests, while `/readyz` says 503 so that a proxy sends new ones
    /// elsewhere; 0 by default.
    pub drain_seconds: u16,
    /// The certificate, if the program terminates TLS itself.
    pub tls: Option<TlsConfig>,
    /// Authentication. Without it, everyone who can reach the address may do everything.
    pub access: Option<AccessConfig>,
    /// Connection and rate limits.
    pub limits: RateLimitConfig,
    /// Origins whose scripts may call the API, such as `https://portal.mercy.example`; none by
    /// default.
    pub cors_origins: Vec<String>,
}

/// A certificate and its key, as PEM files.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// The certificate chain, the server's own certificate first.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// Authentication methods. API keys in the ledger are always accepted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccessConfig {
    /// Identity providers whose bearer tokens are accepted.
    pub oidc: Vec<IssuerConfig>,
    /// EHRs that sign their CDS Hooks calls.
    pub ehr: Vec<IssuerConfig>,
    /// A proxy that authenticates the user of the browser.
    pub proxy: Option<ProxyConfig>,
    /// The identity provider at which people sign in to the pages.
    pub sign_in: Option<SignInConfig>,
    /// EHRs that may launch this program (SMART App Launch).
    pub smart: Vec<SmartConfig>,
    /// The claim of a token that names its hospital, on a server with several; `hospital` by default.
    pub hospital_claim: Option<String>,
}

/// The identity provider at which people sign in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInConfig {
    /// The exact `iss` of its tokens; it describes itself under this address.
    pub issuer: String,
    /// The id under which this program is registered there.
    pub client_id: String,
    /// A file with the client's secret; without it the client is public and protected by PKCE alone.
    pub client_secret_file: Option<PathBuf>,
    /// The text of the button.
    pub label: Option<String>,
    /// The claim with the roles of a person, with dots between steps; `roles` by default.
    pub roles_claim: Option<String>,
    /// The scopes of each role: `pages` and `reports`.
    pub roles: BTreeMap<String, Vec<String>>,
    /// Scopes to ask for besides `openid`, if the claim with the roles needs one.
    pub request_scopes: Option<Vec<String>>,
}

/// An EHR that may launch this program.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmartConfig {
    /// The address of its FHIR server: the `iss` of a launch.
    pub fhir: String,
    /// The id under which this program is registered there.
    pub client_id: String,
    /// A file with the client's secret; without it the client is public and protected by PKCE alone.
    pub client_secret_file: Option<PathBuf>,
}

/// An issuer of tokens.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerConfig {
    /// The exact `iss` of its tokens.
    pub issuer: String,
    /// The `aud` its tokens must contain; for an EHR the URL of the CDS service, derived from
    /// `public_url` by default.
    pub audience: Option<String>,
    /// The location of its public keys: an `https` URL or a file.
    pub jwks: String,
    /// The scopes of its tokens, instead of those in their `scope` or `scp` claim.
    pub scopes: Option<Vec<String>>,
}

/// A trusted proxy.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProxyConfig {
    /// The header with the signed-in user, such as `x-forwarded-user`. The proxy must remove this
    /// header from incoming requests.
    pub user_header: String,
    /// The addresses of the proxy. The header is ignored from other addresses.
    pub from: Vec<IpAddr>,
}

/// Connection and rate limits. The defaults are our choice; docs/server_limits.md explains them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimitConfig {
    /// Open connections; one address may hold at most half of them.
    pub connections: NonZeroUsize,
    /// Requests processed at once; further requests get 503.
    pub requests: NonZeroUsize,
    /// Sustained requests per second of one principal; the local user has no limit.
    pub per_second: NonZeroU32,
    /// Requests that one principal may make at once before `per_second` applies.
    pub burst: NonZeroU32,
    /// Megabytes of choice lists that one principal may record per day; ten times as much for the
    /// local user.
    pub list_megabytes_per_day: NonZeroU32,
    /// Statements and outcomes that one principal may record per day; ten times as many for the
    /// local user.
    pub entries_per_day: NonZeroU32,
}

impl AccessConfig {
    /// Whether nothing but API keys lets a caller in.
    pub(crate) fn is_by_keys_alone(&self) -> bool {
        *self == Self::default()
    }
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
