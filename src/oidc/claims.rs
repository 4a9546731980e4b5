//! The claims of a token and their validity times.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::errors::ErrorKind;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::api_keys::Scope;
use crate::oidc::rejection::TokenRejection;

/// Tolerated clock difference between two machines. Our choice.
pub(crate) const LEEWAY: SignedDuration = SignedDuration::from_secs(60);
/// Longest lifetime of an EHR's token (CDS Hooks 2.0, Trusting CDS Clients).
const LONGEST_CALL: SignedDuration = SignedDuration::from_mins(5);
/// Longest lifetime of an access token. Our choice: identity providers give them minutes to hours.
const LONGEST_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// The claims that are read; all others are ignored.
#[derive(Debug, Deserialize)]
pub(crate) struct TokenClaims {
    /// Expiration time.
    #[serde(deserialize_with = "seconds")]
    pub(crate) exp: Timestamp,
    /// Start of validity.
    #[serde(default, deserialize_with = "seconds_if_any")]
    nbf: Option<Timestamp>,
    /// Time of issue.
    #[serde(default, deserialize_with = "seconds_if_any")]
    iat: Option<Timestamp>,
    /// Unique token ID.
    jti: Option<String>,
    /// Subject.
    pub(crate) sub: Option<String>,
    /// Scopes, separated by spaces (RFC 8693).
    scope: Option<SpaceSeparatedList>,
    /// Scopes under the name that some identity providers use.
    scp: Option<SpaceSeparatedList>,
    /// Claims that only ID tokens have (OpenID Connect Core 1.0, 2 and 3.3.2.11).
    nonce: Option<IgnoredAny>,
    at_hash: Option<IgnoredAny>,
    c_hash: Option<IgnoredAny>,
    /// The kind of the token, as one identity provider says it beside the header.
    typ: Option<String>,
}

/// A string of words separated by spaces, or a list of words.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum SpaceSeparatedList {
    One(String),
    List(Vec<String>),
}

impl SpaceSeparatedList {
    fn each(&self) -> impl Iterator<Item = &str> {
        let (one, list) = match self {
            Self::One(text) => (Some(text.as_str()), [].as_slice()),
            Self::List(list) => (None, list.as_slice()),
        };
        one.into_iter().flat_map(str::split_whitespace).chain(list.iter().map(String::as_str))
    }
}

impl TokenClaims {
    /// Checks that the token is valid at `now`.
    ///
    /// # Errors
    /// It has expired or is not valid yet.
    pub(crate) fn stand_at(&self, now: Timestamp) -> Result<(), TokenRejection> {
        if now.duration_since(self.exp) >= LEEWAY {
            return Err(TokenRejection("The token has expired."));
        }
        let begins = self.nbf.into_iter().chain(self.iat).max();
        if begins.is_some_and(|begins| begins.duration_since(now) > LEEWAY) {
            return Err(TokenRejection("The token is not valid yet."));
        }
        Ok(())
    }

    /// Checks that it is an access token, by its header's `typ` or by its claims: an ID token is for the
    /// program that a person signed in to, and opens nothing here.
    ///
    /// # Errors
    /// It is a token of another kind.
    pub(crate) fn for_access(&self, header_type: Option<&str>) -> Result<(), TokenRejection> {
        let kind = header_type.map(str::to_ascii_lowercase);
        match kind.as_deref().map(|kind| kind.strip_prefix("application/").unwrap_or(kind)) {
            Some("at+jwt") => return Ok(()),
            None | Some("jwt") => {}
            Some(_) => return Err(TokenRejection("The token is not an access token: its typ is neither at+jwt nor JWT.")),
        }
        let is_id_token = self.nonce.is_some() || self.at_hash.is_some() || self.c_hash.is_some();
        let says_id = self.typ.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("ID"));
        if is_id_token || says_id {
            return Err(TokenRejection("The token is an ID token; send an access token."));
        }
        Ok(())
    }

    /// Checks that its life is bounded.
    ///
    /// # Errors
    /// It is valid for more than 24 hours.
    pub(crate) fn life_is_bounded(&self, now: Timestamp) -> Result<(), TokenRejection> {
        let begins = self.iat.unwrap_or(now).min(now);
        if self.exp.duration_since(begins) > LONGEST_LIFE + LEEWAY {
            return Err(TokenRejection("The token is valid for more than 24 hours; let the issuer bound its life."));
        }
        Ok(())
    }

    /// The unique ID of an EHR's call.
    ///
    /// # Errors
    /// The token has no time of issue, a lifetime over five minutes, or no ID.
    pub(crate) fn of_a_call(&self) -> Result<&str, TokenRejection> {
        let made = self.iat.ok_or(TokenRejection("The token has no iat."))?;
        if self.exp.duration_since(made) > LONGEST_CALL {
            return Err(TokenRejection("The token of a CDS Hooks call must expire within five minutes of its iat."));
        }
        self.jti.as_deref().filter(|id| !id.is_empty()).ok_or(TokenRejection("The token has no jti."))
    }

    /// The scopes. Unknown words, such as `openid` or `profile`, belong to other systems and are
    /// ignored.
    pub(crate) fn scopes(&self) -> BTreeSet<Scope> {
        let words = self.scope.iter().chain(&self.scp).flat_map(SpaceSeparatedList::each);
        words.filter_map(|word| word.parse().ok()).collect()
    }
}

/// The rejection for an error of the JWT library.
pub(crate) fn refused(error: &ErrorKind) -> TokenRejection {
    TokenRejection(match error {
        ErrorKind::InvalidSignature => "The token's signature is not valid.",
        ErrorKind::InvalidAudience => "The token is for another audience: its aud is not this program.",
        ErrorKind::InvalidIssuer => "The token's issuer is not trusted.",
        ErrorKind::MissingRequiredClaim(_) => "The token lacks exp, iss or aud.",
        ErrorKind::Json(_) => "A claim of the token is not valid.",
        _ => "The token is malformed or its signature is not valid.",
    })
}

/// Seconds since 1970, whole or with a fraction (RFC 7519, 2).
pub(crate) fn seconds<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    let seconds = f64::deserialize(from)?;
    let whole = SignedDuration::try_from_secs_f64(seconds).map_err(serde::de::Error::custom)?;
    Timestamp::from_duration(whole).map_err(serde::de::Error::custom)
}

fn seconds_if_any<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    seconds(from).map(Some)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn claims(changes: &Value) -> TokenClaims {
        let mut claims = json!({"exp": NOW + 300});
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        serde_json::from_value(claims).unwrap()
    }

    #[test]
    fn a_token_holds_between_its_times_and_a_minute_more() {
        let now = Timestamp::from_second(NOW).unwrap();
        for (changes, holds) in [
            (json!({}), true),
            (json!({"exp": NOW - 59}), true),
            (json!({"exp": 1_799_999_941.5}), true),
            (json!({"exp": NOW - 60}), false),
            (json!({"nbf": NOW + 60}), true),
            (json!({"nbf": NOW + 61}), false),
            (json!({"iat": NOW + 61}), false),
            (json!({"nbf": NOW - 5, "iat": NOW - 5}), true),
        ] {
            assert_eq!(claims(&changes).stand_at(now).is_ok(), holds, "{changes}");
        }
    }

    #[test]
    fn times_that_are_none_are_not_read() {
        for wrong in
            [json!({}), json!({"exp": null}), json!({"exp": "soon"}), json!({"exp": 1e300}), json!({"exp": NOW, "nbf": null})]
        {
            assert!(serde_json::from_value::<TokenClaims>(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_call_of_an_ehr_is_short_and_marked() {
        for (changes, taken) in [
            (json!({"iat": NOW, "jti": "a"}), true),
            (json!({"iat": NOW - 1, "jti": "a"}), false),
            (json!({"iat": NOW, "jti": ""}), false),
            (json!({"iat": NOW}), false),
            (json!({"jti": "a"}), false),
        ] {
            assert_eq!(claims(&changes).of_a_call().is_ok(), taken, "{changes}");
        }
    }

    #[test]
    fn scopes_are_read_in_every_form_and_words_of_others_left() {
        let both = BTreeSet::from([Scope::Match, Scope::DirectoryRead]);
        for said in [
            json!({"scope": "openid match directory:read"}),
            json!({"scp": "match directory:read"}),
            json!({"scp": ["directory:read", "profile", "match"]}),
            json!({"scope": "match", "scp": ["directory:read"]}),
        ] {
            assert_eq!(claims(&said).scopes(), both, "{said}");
        }
        for nothing in [json!({}), json!({"scope": "Match matches"}), json!({"scp": ["match list"]})] {
            assert_eq!(claims(&nothing).scopes(), BTreeSet::new(), "{nothing}");
        }
    }

    #[test]
    fn an_access_token_says_so_or_has_no_claim_of_an_id_token() {
        for (kind, changes, taken) in [
            (Some("at+jwt"), json!({}), true),
            (Some("application/AT+JWT"), json!({"nonce": "n"}), true),
            (Some("JWT"), json!({}), true),
            (None, json!({}), true),
            (None, json!({"typ": "Bearer"}), true),
            (Some("JWT"), json!({"nonce": "n"}), false),
            (None, json!({"at_hash": "h"}), false),
            (None, json!({"c_hash": "h"}), false),
            (Some("JWT"), json!({"typ": "ID"}), false),
            (Some("logout+jwt"), json!({}), false),
            (Some("dpop+jwt"), json!({}), false),
            (Some(""), json!({}), false),
        ] {
            assert_eq!(claims(&changes).for_access(kind).is_ok(), taken, "{kind:?} {changes}");
        }
    }

    #[test]
    fn a_token_lives_a_day_at_most() {
        let now = Timestamp::from_second(NOW).unwrap();
        for (changes, bounded) in [
            (json!({"exp": NOW + 86_400}), true),
            (json!({"exp": NOW + 86_461}), false),
            (json!({"exp": NOW + 3_600, "iat": NOW - 80_000}), true),
            (json!({"exp": NOW + 3_600, "iat": NOW - 90_000}), false),
            (json!({"exp": NOW + 90_000, "iat": NOW + 30}), false),
        ] {
            assert_eq!(claims(&changes).life_is_bounded(now).is_ok(), bounded, "{changes}");
        }
    }
}
