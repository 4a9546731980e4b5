//! ID tokens (OpenID Connect Core 1.0, 3.1.3.7): who signed in, said by an issuer to this client alone.

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::Value;
use subtle::ConstantTimeEq;

use crate::oidc::claims::{LEEWAY, seconds};
use crate::oidc::keys::KeySet;
use crate::oidc::rejection::{ALGORITHMS, TokenRejection};

/// The longest time since an ID token was made. Our choice: it comes from the issuer itself, moments ago.
const OLDEST: SignedDuration = SignedDuration::from_mins(10);

/// What an ID token must be for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ExpectedIdToken<'a> {
    /// Its issuer.
    pub(crate) issuer: &'a str,
    /// The client that asked for it.
    pub(crate) client: &'a str,
    /// The nonce of the sign-in.
    pub(crate) nonce: &'a str,
}

/// The claims that are read of every ID token.
#[derive(Debug, Deserialize)]
struct IdClaims {
    #[serde(deserialize_with = "seconds")]
    exp: Timestamp,
    #[serde(deserialize_with = "seconds")]
    iat: Timestamp,
    sub: String,
    nonce: String,
    aud: Value,
    azp: Option<String>,
}

/// Who signed in.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct VerifiedIdToken {
    /// The subject, unique for the issuer.
    pub(crate) subject: String,
    /// Every claim.
    pub(crate) claims: Value,
}

/// The key that `token` names, if its algorithm is accepted. `Ok(None)` if the set does not have it.
///
/// # Errors
/// The token cannot be an ID token.
pub(crate) fn key_of(token: &str, keys: &KeySet) -> Result<Option<DecodingKey>, TokenRejection> {
    let header = decode_header(token).map_err(|_| TokenRejection("The ID token is not a signed JWT."))?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err(TokenRejection("The ID token's signature algorithm is not accepted."));
    }
    if header.crit.is_some() {
        return Err(TokenRejection("The ID token requires an unknown extension."));
    }
    let is_jwt = header.typ.as_deref().is_none_or(|kind| kind.eq_ignore_ascii_case("JWT"));
    if !is_jwt {
        return Err(TokenRejection("The ID token is a token of another kind."));
    }
    Ok(keys.find(header.kid.as_deref(), header.alg))
}

/// Verifies `token` with `key`, which [`key_of`] found for it.
///
/// # Errors
/// It is not valid, or not for this sign-in.
pub(crate) fn verify(
    token: &str,
    key: &DecodingKey,
    expected: ExpectedIdToken<'_>,
    now: Timestamp,
) -> Result<VerifiedIdToken, TokenRejection> {
    let header = decode_header(token).map_err(|_| TokenRejection("The ID token is not a signed JWT."))?;
    let mut validation = Validation::new(header.alg);
    validation.set_issuer(&[expected.issuer]);
    validation.set_audience(&[expected.client]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.validate_exp = false;
    let verified = decode::<Value>(token, key, &validation);
    let claims = verified.map_err(|_| TokenRejection("The ID token is not valid for this program."))?.claims;
    let read = IdClaims::deserialize(&claims).map_err(|_| TokenRejection("The ID token lacks a claim."))?;
    if now.duration_since(read.exp) >= LEEWAY {
        return Err(TokenRejection("The ID token has expired."));
    }
    let age = now.duration_since(read.iat);
    if age > OLDEST || age < -LEEWAY {
        return Err(TokenRejection("The ID token was not made now."));
    }
    let is_of_sign_in: bool = read.nonce.as_bytes().ct_eq(expected.nonce.as_bytes()).into();
    if !is_of_sign_in {
        return Err(TokenRejection("The ID token is of another sign-in."));
    }
    let has_others = read.aud.as_array().is_some_and(|audiences| audiences.len() > 1);
    let is_ours = read.azp.as_deref().map_or(!has_others, |authorized| authorized == expected.client);
    if !is_ours {
        return Err(TokenRejection("The ID token was made for another program."));
    }
    if read.sub.trim().is_empty() {
        return Err(TokenRejection("The ID token names nobody."));
    }
    Ok(VerifiedIdToken { subject: read.sub, claims })
}
