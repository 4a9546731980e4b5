//! A client of an authorization server, by the authorization code flow with PKCE (RFC 6749, RFC 7636,
//! OpenID Connect Core 1.0): shared by the sign-in of people and by launches from the EHR.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use reqwest::Url;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::oidc::begun::{BegunSignIn, SignInSeal};
use crate::oidc::id_token::{ExpectedIdToken, VerifiedIdToken, key_of, verify};
use crate::oidc::keys::KeySet;
use crate::oidc::outgoing::{OutgoingClient, guarded_url};
use crate::regular_file;

/// How long what a server publishes about itself is used before it is read again.
const FRESH: Duration = Duration::from_hours(1);
/// How long a failure is remembered, so that nobody waits for a server that is away.
const AWAY: Duration = Duration::from_secs(5);
/// Shortest time between two readings of the keys for a token with an unknown one.
const KEYS_EVERY: Duration = Duration::from_mins(1);
/// Longest `code`, `state` and token that is read. Our choice.
pub(crate) const LONGEST_SENT: usize = 8 * 1024;
/// Largest file with a secret, in bytes.
const LARGEST_SECRET: u64 = 4 * 1024;

/// Why a sign-in does not go on, in words for the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SignInFailure(pub &'static str);

/// The server cannot be used now.
pub(crate) const UNREACHABLE: SignInFailure =
    SignInFailure("The hospital's sign-in server cannot be reached now. Try again, or sign in with an access key.");
/// The browser does not bring back what it took along.
pub(crate) const NOT_BEGUN: SignInFailure =
    SignInFailure("This sign-in was not begun in this browser, or took more than 10 minutes. Sign in again.");
/// The server refuses.
pub(crate) const REFUSED: SignInFailure = SignInFailure("The sign-in was not accepted. Sign in again.");

/// What came back from the authorization server, in the query of the address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReturnedQuery {
    /// The authorization code.
    pub code: Option<String>,
    /// The state.
    pub state: Option<String>,
    /// The issuer (RFC 9207).
    pub issuer: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
}

/// What a server publishes about itself, as far as it is used.
#[derive(Debug)]
pub(crate) struct ServerEndpoints {
    pub(crate) issuer: String,
    pub(crate) authorization: Url,
    pub(crate) token: Url,
    pub(crate) end_session: Option<Url>,
    /// Whether an EHR knows only the scopes of SMART App Launch 1: `.read` in place of `.rs`.
    pub(crate) has_old_scopes_only: bool,
    keys: KeySet,
    keys_read: std::sync::Mutex<Instant>,
}

/// The last reading of a server's endpoints.
#[derive(Debug, Default)]
struct LastReading {
    found: Option<(Instant, Arc<ServerEndpoints>)>,
    failed_at: Option<Instant>,
}

/// The client.
#[derive(Debug)]
pub(crate) struct ProviderClient {
    /// Where the server describes itself.
    described_at: Url,
    /// The issuer it must say it is; `None` takes the one it says.
    issuer: Option<String>,
    pub(crate) client_id: String,
    secret: Option<String>,
    pub(crate) web: OutgoingClient,
    pub(crate) seal: SignInSeal,
    reading: Mutex<LastReading>,
}

impl ProviderClient {
    /// A client for `purpose` of the server that describes itself at `described_at`.
    ///
    /// # Errors
    /// Every setting that is wrong.
    pub(crate) fn new(
        purpose: &'static str,
        described_at: &str,
        issuer: Option<&str>,
        client_id: &str,
        secret_file: Option<&Path>,
    ) -> Result<Self, Vec<String>> {
        let mut faults = Vec::new();
        let described_at = guarded_url(described_at).map_err(|wrong| faults.push(wrong)).ok();
        if client_id.trim().is_empty() {
            faults.push("client_id is empty".to_owned());
        }
        let secret = secret_file.map(read_secret).transpose().map_err(|wrong| faults.push(wrong)).ok().flatten();
        let web = OutgoingClient::new().map_err(|wrong| faults.push(wrong)).ok();
        let seal = SignInSeal::new(purpose, client_id, secret.as_deref());
        let seal = seal.map_err(|error| faults.push(format!("no random numbers: {error}"))).ok();
        match (described_at, web, seal) {
            (Some(described_at), Some(web), Some(seal)) if faults.is_empty() => Ok(Self {
                described_at,
                issuer: issuer.map(str::to_owned),
                client_id: client_id.to_owned(),
                secret,
                web,
                seal,
                reading: Mutex::default(),
            }),
            _ => Err(faults),
        }
    }

    /// The endpoints of the server. The last ones stay in use while it is away.
    ///
    /// # Errors
    /// They were never read, and cannot be read now.
    pub(crate) async fn endpoints(&self) -> Result<Arc<ServerEndpoints>, SignInFailure> {
        let mut reading = self.reading.lock().await;
        let fresh = reading.found.as_ref().filter(|(at, _)| at.elapsed() < FRESH);
        if let Some((_, endpoints)) = fresh {
            return Ok(Arc::clone(endpoints));
        }
        let known = reading.found.as_ref().map(|(_, endpoints)| Arc::clone(endpoints));
        if reading.failed_at.is_some_and(|at| at.elapsed() < AWAY) {
            return known.ok_or(UNREACHABLE);
        }
        match self.read_endpoints().await {
            Ok(endpoints) => {
                let endpoints = Arc::new(endpoints);
                *reading = LastReading { found: Some((Instant::now(), Arc::clone(&endpoints))), failed_at: None };
                Ok(endpoints)
            }
            Err(error) => {
                tracing::warn!(server = %self.described_at, error, "a sign-in server cannot be used now");
                reading.failed_at = Some(Instant::now());
                known.ok_or(UNREACHABLE)
            }
        }
    }

    async fn read_endpoints(&self) -> Result<ServerEndpoints, String> {
        let told = self.web.get(&self.described_at, None).await.map_err(|error| error.to_string())?;
        let text = |name: &str| told.get(name).and_then(Value::as_str);
        let needed = |name: &str| text(name).ok_or_else(|| format!("it does not say its {name}"));
        let issuer = needed("issuer")?.to_owned();
        if self.issuer.as_ref().is_some_and(|expected| *expected != issuer) {
            return Err("it says that it is another issuer than the settings".to_owned());
        }
        let methods = told.get("code_challenge_methods_supported").and_then(Value::as_array);
        if methods.is_some_and(|methods| !methods.iter().any(|method| method == "S256")) {
            return Err("it does not support PKCE with S256".to_owned());
        }
        let jwks = guarded_url(needed("jwks_uri")?)?;
        let capabilities = told.get("capabilities").and_then(Value::as_array);
        let can = |name: &str| capabilities.is_some_and(|all| all.iter().any(|capability| capability == name));
        let endpoints = ServerEndpoints {
            issuer,
            authorization: guarded_url(needed("authorization_endpoint")?)?,
            token: guarded_url(needed("token_endpoint")?)?,
            has_old_scopes_only: can("permission-v1") && !can("permission-v2"),
            end_session: text("end_session_endpoint").map(guarded_url).transpose()?,
            keys: KeySet::new(jwks.as_str())?,
            keys_read: std::sync::Mutex::new(Instant::now()),
        };
        endpoints.keys.refresh(&endpoints.issuer).await;
        Ok(endpoints)
    }

    /// Begins a sign-in that goes on to `to`: where the browser goes, and the cookie it takes along.
    /// `more` are further parameters of the request.
    ///
    /// # Errors
    /// The server cannot be used now.
    pub(crate) async fn begin(
        &self,
        to: &str,
        return_url: &str,
        more: &[(&str, &str)],
        now: Timestamp,
    ) -> Result<(String, String), SignInFailure> {
        let endpoints = self.endpoints().await?;
        let begun = BegunSignIn::draw(to, now).map_err(|_| UNREACHABLE)?;
        let cookie = self.seal.seal(&begun).ok_or(UNREACHABLE)?;
        let mut address = endpoints.authorization.clone();
        address
            .query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.client_id)
            .append_pair("redirect_uri", return_url)
            .append_pair("state", &begun.state)
            .append_pair("nonce", &begun.nonce)
            .append_pair("code_challenge", &begun.challenge())
            .append_pair("code_challenge_method", "S256")
            .extend_pairs(more);
        Ok((address.into(), cookie))
    }

    /// The sign-in that `cookie` seals, if `query` ends it.
    ///
    /// # Errors
    /// It was not begun in this browser, or the server refused it.
    pub(crate) fn begun(
        &self,
        query: &ReturnedQuery,
        cookie: Option<&str>,
        now: Timestamp,
    ) -> Result<BegunSignIn, SignInFailure> {
        let begun = cookie.and_then(|cookie| self.seal.open(cookie, now)).ok_or(NOT_BEGUN)?;
        let state = query.state.as_deref().unwrap_or_default();
        if begun.is_state(state) { Ok(begun) } else { Err(NOT_BEGUN) }
    }

    /// The answer of the token endpoint for the code of `query`.
    ///
    /// # Errors
    /// There is no code, or the server does not accept it.
    pub(crate) async fn exchange(
        &self,
        query: &ReturnedQuery,
        begun: &BegunSignIn,
        return_url: &str,
    ) -> Result<(Arc<ServerEndpoints>, Value), SignInFailure> {
        let endpoints = self.endpoints().await?;
        // Another server may not answer in the name of this one (RFC 9207).
        if query.issuer.as_ref().is_some_and(|issuer| *issuer != endpoints.issuer) {
            return Err(REFUSED);
        }
        if query.error.is_some() {
            return Err(REFUSED);
        }
        let code = query.code.as_deref().filter(|code| (1..=LONGEST_SENT).contains(&code.len())).ok_or(REFUSED)?;
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", return_url),
            ("code_verifier", begun.verifier.as_str()),
            ("client_id", self.client_id.as_str()),
        ];
        let authorization = self.secret.as_ref().map(|secret| basic(&self.client_id, secret));
        let answer = self.web.post(&endpoints.token, &fields, authorization).await.map_err(|error| {
            tracing::warn!(server = %self.described_at, %error, "a sign-in server did not accept a code");
            REFUSED
        })?;
        Ok((endpoints, answer))
    }

    /// Who signed in, by the ID token of the answer.
    ///
    /// # Errors
    /// There is none, or it is not valid for this sign-in.
    pub(crate) async fn person(
        &self,
        endpoints: &ServerEndpoints,
        answer: &Value,
        nonce: &str,
        now: Timestamp,
    ) -> Result<VerifiedIdToken, SignInFailure> {
        let token = answer.get("id_token").and_then(Value::as_str).unwrap_or_default();
        let refused = |error: crate::oidc::rejection::TokenRejection| {
            tracing::warn!(server = %self.described_at, %error, "an ID token was not accepted");
            REFUSED
        };
        let mut key = key_of(token, &endpoints.keys).map_err(refused)?;
        if key.is_none() && endpoints.may_read_keys() {
            endpoints.keys.refresh(&endpoints.issuer).await;
            key = key_of(token, &endpoints.keys).map_err(refused)?;
        }
        let unknown = crate::oidc::rejection::TokenRejection("The ID token is signed with an unknown key.");
        let key = key.ok_or_else(|| refused(unknown))?;
        let expected = ExpectedIdToken { issuer: &endpoints.issuer, client: &self.client_id, nonce };
        verify(token, &key, expected, now).map_err(refused)
    }
}

impl ServerEndpoints {
    /// Whether the keys may be read again for a token with an unknown one.
    fn may_read_keys(&self) -> bool {
        let mut read = self.keys_read.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let may = read.elapsed() >= KEYS_EVERY;
        if may {
            *read = Instant::now();
        }
        may
    }
}

/// The credentials of a client in a header (RFC 6749, 2.3.1).
fn basic(client: &str, secret: &str) -> String {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(client), encoded(secret))))
}

fn read_secret(path: &Path) -> Result<String, String> {
    let named = |wrong: &str| format!("client_secret_file {}: {wrong}", path.display());
    let bytes = regular_file::read_at_most(path, LARGEST_SECRET).map_err(|error| named(&error.to_string()))?;
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| named("is no text of at most 4 KB"))?;
    regular_file::tell_readers(path, "the client's secret");
    let secret = text.trim();
    if secret.is_empty() { Err(named("is empty")) } else { Ok(secret.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clients_name_and_secret_are_encoded_before_they_are_joined() {
        assert_eq!(basic("placement", "a:b c"), format!("Basic {}", STANDARD.encode("placement:a%3Ab+c")));
    }
}
