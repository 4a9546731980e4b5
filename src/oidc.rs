//! Verifies signed tokens: of identity providers for users and programs, and of EHRs that call the
//! CDS Hooks service.
//!
//! A token is a JWT (RFC 7519) signed with a key of its issuer's published set (RFC 7517). Key sets
//! are fetched in the background; no request waits for a fetch, and a failed fetch keeps the last
//! good set. The accepted algorithms are fixed here and never chosen by a token; none of them uses
//! a shared secret.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use jsonwebtoken::dangerous::insecure_decode_claims;
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::api_keys::{Principal, Scope, digest_of};
use crate::config::server;
use crate::hospital::recognition::HospitalLookup;
use crate::hospital_id::HospitalId;
use crate::oidc::claims::TokenClaims;
use crate::oidc::keys::KeySet;
use crate::oidc::rejection::{ALGORITHMS, TokenRejection};
use crate::oidc::replay::ReplayGuard;

pub(crate) mod begun;
pub(crate) mod claims;
pub(crate) mod id_token;
pub(crate) mod keys;
pub mod launch;
pub(crate) mod outgoing;
pub(crate) mod provider_client;
pub(crate) mod rejection;
pub(crate) mod replay;
pub mod sign_in;

/// The paths of the CDS service. The audience of an EHR's token is one of them, after the URL of
/// the program.
const CDS_PATHS: [&str; 7] = [
    "/cds-services",
    "/cds-services/placement",
    "/cds-services/placement/feedback",
    "/cds-services/placement-order-select",
    "/cds-services/placement-order-select/feedback",
    "/cds-services/placement-order-sign",
    "/cds-services/placement-order-sign/feedback",
];

/// The kind of endpoint that receives a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenAudience {
    /// Any endpoint: accepts tokens of identity providers.
    Usual,
    /// The CDS service: also accepts tokens of EHRs.
    Ehr,
}

/// Verifies the tokens of all trusted issuers.
#[derive(Debug, Default)]
pub struct TokenVerifier {
    issuers: Vec<Arc<TrustedIssuer>>,
    replay: ReplayGuard,
    /// The hospitals of a server with several.
    hospitals: Option<Arc<HospitalLookup>>,
}

/// A trusted issuer of tokens.
#[derive(Debug)]
struct TrustedIssuer {
    name: String,
    audiences: Vec<String>,
    /// The issuer is an EHR, not an identity provider.
    is_ehr: bool,
    /// The scopes of its tokens; `None` uses the scopes in the token.
    scopes: Option<BTreeSet<Scope>>,
    keys: KeySet,
}

/// The claim read before the token is verified.
#[derive(Deserialize)]
struct UnverifiedHeader {
    iss: String,
}

impl TokenVerifier {
    /// Creates a verifier from the settings. Reads key files; other keys are fetched by
    /// [`Self::keep`].
    ///
    /// # Errors
    /// Every error in the settings.
    pub fn new(access: &server::AccessConfig, public_url: Option<&str>) -> Result<Self, Vec<String>> {
        let mut faults = Vec::new();
        let mut issuers: Vec<Arc<TrustedIssuer>> = Vec::new();
        let oidc = access.oidc.iter().map(|issuer| ("oidc", issuer));
        let ehr = access.ehr.iter().map(|issuer| ("ehr", issuer));
        for (kind, settings) in oidc.chain(ehr) {
            let place = format!("[[access.{kind}]] {}", settings.issuer);
            let known = |issuer: &Arc<TrustedIssuer>| issuer.name == settings.issuer && issuer.is_ehr == (kind == "ehr");
            if issuers.iter().any(known) {
                faults.push(format!("{place}: this issuer is listed twice"));
            }
            match TrustedIssuer::new(settings, kind == "ehr", public_url) {
                Ok(issuer) => issuers.push(Arc::new(issuer)),
                Err(wrong) => faults.extend(wrong.into_iter().map(|wrong| format!("{place}: {wrong}"))),
            }
        }
        if faults.is_empty() { Ok(Self { issuers, replay: ReplayGuard::default(), hospitals: None }) } else { Err(faults) }
    }

    /// The same verifier for a server with several hospitals: tokens name theirs.
    #[must_use]
    pub fn of_hospitals(self, hospitals: Arc<HospitalLookup>) -> Self {
        Self { hospitals: Some(hospitals), ..self }
    }

    /// Verifies `token` and returns its principal.
    ///
    /// # Errors
    /// The token is rejected.
    pub fn principal(&self, token: &str, door: TokenAudience, now: Timestamp) -> Result<Principal, TokenRejection> {
        let header = decode_header(token).map_err(|_| TokenRejection("The token is neither an API key nor a signed JWT."))?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(TokenRejection("The token's signature algorithm is not accepted."));
        }
        if header.crit.is_some() {
            return Err(TokenRejection("The token requires an unknown extension."));
        }
        let named: UnverifiedHeader =
            insecure_decode_claims(token).map_err(|_| TokenRejection("The token has no issuer."))?;
        let issuer = self.issuer(&named.iss, door).ok_or(TokenRejection("The token's issuer is not trusted."))?;
        let key = issuer.keys.find(header.kid.as_deref(), header.alg);
        let key = key.ok_or(TokenRejection("The token is signed with an unknown key."))?;
        let verified = decode::<TokenClaims>(token, &key, &issuer.validation(header.alg));
        let claims = verified.map_err(|error| claims::refused(error.kind()))?.claims;
        claims.stand_at(now)?;
        let hospital = self.hospital_of(issuer, token)?;
        if issuer.is_ehr {
            let id = claims.of_a_call()?;
            self.replay.first(&issuer.name, id, claims.exp, now)?;
            return Ok(Principal { hospital, ..issuer.ehr(&claims) });
        }
        claims.for_access(header.typ.as_deref())?;
        claims.life_is_bounded(now)?;
        Ok(Principal { hospital, ..issuer.person_or_program(&claims)? })
    }

    /// The hospital of a token that was verified.
    fn hospital_of(&self, issuer: &TrustedIssuer, token: &str) -> Result<Option<HospitalId>, TokenRejection> {
        let Some(hospitals) = &self.hospitals else { return Ok(None) };
        let claims: Value = insecure_decode_claims(token).map_err(|_| TokenRejection("The token has no claims."))?;
        let named = hospitals.of_token(&issuer.name, &claims);
        named.map_err(|_| TokenRejection("The token names no hospital of this server, or another one than its issuer."))
    }

    /// The issuer with that name for this kind of endpoint. If it is both an EHR and an identity
    /// provider, the kind decides.
    fn issuer(&self, name: &str, door: TokenAudience) -> Option<&TrustedIssuer> {
        let mut named = self.issuers.iter().filter(|issuer| issuer.name == name);
        match door {
            TokenAudience::Usual => named.find(|issuer| !issuer.is_ehr),
            TokenAudience::Ehr => named.max_by_key(|issuer| issuer.is_ehr),
        }
        .map(Arc::as_ref)
    }

    /// Fetches every key set once.
    pub async fn fetch(&self) {
        for issuer in &self.issuers {
            issuer.keys.refresh(&issuer.name).await;
        }
    }

    /// Refreshes every key set until the program ends.
    pub async fn keep(&self) {
        let mut keeping = JoinSet::new();
        for issuer in self.issuers.iter().cloned() {
            keeping.spawn(async move { issuer.keys.keep(&issuer.name).await });
        }
        while keeping.join_next().await.is_some() {}
    }
}

impl TrustedIssuer {
    fn new(settings: &server::IssuerConfig, is_ehr: bool, public_url: Option<&str>) -> Result<Self, Vec<String>> {
        let mut faults = Vec::new();
        if settings.issuer.is_empty() {
            faults.push("issuer is empty".to_owned());
        }
        let audiences = match (&settings.audience, public_url) {
            (Some(audience), _) if audience.is_empty() => Err("audience is empty"),
            (Some(audience), _) => Ok(vec![audience.clone()]),
            (None, Some(url)) if is_ehr => Ok(CDS_PATHS.map(|path| format!("{}{path}", url.trim_end_matches('/'))).into()),
            (None, None) if is_ehr => Err("audience is missing, and there is no public_url to take it from"),
            (None, _) => Err("audience is missing; set it to the aud of tokens for this program"),
        };
        let audiences = audiences.map_err(|wrong| faults.push(wrong.to_owned())).unwrap_or_default();
        let scopes = settings.scopes.as_ref().map(|codes| scopes(codes, &mut faults));
        if is_ehr && scopes.is_some() {
            faults.push("scopes are not allowed for an EHR; its tokens are valid for the CDS services only".to_owned());
        }
        let keys = KeySet::new(&settings.jwks).map_err(|wrong| faults.push(wrong)).ok();
        match keys {
            Some(keys) if faults.is_empty() => Ok(Self { name: settings.issuer.clone(), audiences, is_ehr, scopes, keys }),
            _ => Err(faults),
        }
    }

    /// The checks of a token except its times, which [`TokenClaims`] checks.
    fn validation(&self, algorithm: Algorithm) -> Validation {
        let mut validation = Validation::new(algorithm);
        validation.set_issuer(&[&self.name]);
        validation.set_audience(&self.audiences);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation.validate_exp = false;
        validation
    }

    fn person_or_program(&self, claims: &TokenClaims) -> Result<Principal, TokenRejection> {
        let subject = claims.sub.as_deref().filter(|sub| !sub.trim().is_empty());
        let subject = subject.ok_or(TokenRejection("The token has no sub."))?;
        let name = format!("oidc:{}", digest_of(&[self.name.as_bytes(), subject.as_bytes()]));
        let scopes = self.scopes.clone().unwrap_or_else(|| claims.scopes());
        Ok(Principal { name, scopes, providers: None, hospital: None })
    }

    /// The principal of an EHR: may request cards only.
    fn ehr(&self, claims: &TokenClaims) -> Principal {
        let name =
            format!("ehr:{}", digest_of(&[self.name.as_bytes(), claims.sub.as_deref().unwrap_or_default().as_bytes()]));
        Principal { name, scopes: BTreeSet::from([Scope::Match]), providers: None, hospital: None }
    }
}

/// Parses scope codes; unknown codes are added to `faults`.
fn scopes(codes: &[String], faults: &mut Vec<String>) -> BTreeSet<Scope> {
    if codes.is_empty() {
        faults.push("scopes is empty, so its tokens have no permissions; list scopes or remove the setting".to_owned());
    }
    let mut read = BTreeSet::new();
    for code in codes {
        match code.parse() {
            Ok(scope) => drop(read.insert(scope)),
            Err(error) => faults.push(format!("scope \"{code}\": {error}")),
        }
    }
    read
}
