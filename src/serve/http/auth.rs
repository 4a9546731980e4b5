//! Who sends a request, and whether they may.
//!
//! A request carries at most one credential: an API key or a token in `Authorization`, the session
//! cookie of the pages, or the user that a trusted proxy names. An invalid credential is rejected
//! even on public routes, so that a caller with an expired key finds out at once. Only an ended
//! session counts as no credential, since a browser keeps sending its cookie.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::http::header::{AUTHORIZATION, HOST};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, Uri};
use jiff::Timestamp;

use crate::api_keys::secret::{Secret, SecretKind};
use crate::api_keys::{KeyRecord, KeyRejection, Principal, Scope, digest_of};
use crate::config::server::{ProxyConfig, ServerConfig};
use crate::hospital::recognition::HospitalLookup;
use crate::ledger::state::LedgerState;
use crate::oidc::TokenAudience;
use crate::serve::http::cookies::PageCookie;
use crate::serve::http::problem::Problem;
use crate::serve::http::route::RouteAccess;
use crate::serve::state::AppState;

pub(crate) mod settings;

/// Why a request without a credential is rejected: a browser is then sent to sign in.
pub(crate) const NOBODY: &str = "No credentials were sent.";

/// Who sends a request with `headers` from `peer` to a route that accepts `tokens`.
///
/// # Errors
/// The credential is not accepted, or the request is for a host that is not served.
pub(crate) fn authenticate(
    app: &AppState,
    tokens: TokenAudience,
    headers: &HeaderMap,
    peer: Option<IpAddr>,
) -> Result<Principal, Problem> {
    if app.edge.access.is_none() && !is_for_here(headers, app.edge.public_url.as_deref(), app.hospital_lookup()) {
        return Err(Problem::Misdirected);
    }
    let bearer = bearer(headers)?;
    let session = session(app, headers)?.map(|session| session.principal());
    let named = proxied(app, headers, peer)?;
    match (bearer, session, named) {
        (None, None, None) if app.edge.access.is_none() => Ok(Principal::local()),
        (None, None, None) => Ok(anonymous(origin(app, headers, peer))),
        (Some(sent), None, None) => bearing(app, tokens, sent),
        (None, Some(shown), None) | (None, None, Some(shown)) => Ok(shown),
        _ => refused("More than one credential was sent. Send an API key or token, or a session, or a user of the proxy."),
    }
}

/// Checks that `principal` may call a route of that `access`.
///
/// # Errors
/// It may not; a caller without a credential is asked for one.
pub(crate) fn authorize(principal: &Principal, access: RouteAccess) -> Result<(), Problem> {
    let scope = match access {
        RouteAccess::Open => return Ok(()),
        RouteAccess::Scope(scope) => scope,
        // The tokens of EHRs are accepted for CDS Hooks alone, and carry this scope there.
        RouteAccess::Ehr => Scope::Match,
    };
    has_scope(principal, scope)
}

/// Checks that `principal` holds `scope`.
///
/// # Errors
/// It does not; a caller without a credential is asked for one.
pub(crate) fn has_scope(principal: &Principal, scope: Scope) -> Result<(), Problem> {
    if principal.scopes.contains(&scope) {
        Ok(())
    } else if principal.name.starts_with("anyone") {
        refused(NOBODY)
    } else {
        Err(Problem::Forbidden { needs: format!("the scope {}", scope.code()).into() })
    }
}

/// The address of the client that sends `headers` from `peer`. Behind a proxy it is the last
/// address in the proxy's header, which the proxy itself adds. A proxy without that header counts
/// as the client.
pub(crate) fn origin(app: &AppState, headers: &HeaderMap, peer: Option<IpAddr>) -> Option<IpAddr> {
    let proxies = app.edge.access.as_ref().and_then(|access| access.proxy.as_ref()).map(|proxy| &proxy.from[..]);
    let is_proxy = |peer: IpAddr| proxies.unwrap_or_default().iter().any(|known| known.to_canonical() == peer.to_canonical());
    if !app.edge.behind_proxy && !peer.is_some_and(is_proxy) {
        return peer;
    }
    let told = headers.get_all(FORWARDED_FOR).iter().next_back().and_then(|value| value.to_str().ok());
    let last = told.and_then(|told| told.rsplit(',').next()).map(str::trim);
    // Some proxies add the port.
    let address = |text: &str| text.parse().or_else(|_| text.parse::<SocketAddr>().map(|from| from.ip())).ok();
    last.and_then(address).or(peer)
}

/// The header in which proxies send the address of their client.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// A caller without a credential, identified by its address. An IPv6 network of 64 bits counts as
/// one caller, since a caller has many of its addresses.
pub(crate) fn anonymous(peer: Option<IpAddr>) -> Principal {
    match peer.map(|peer| peer.to_canonical()) {
        None => Principal::anyone(),
        Some(IpAddr::V4(address)) => Principal::stranger(&address.to_string()),
        Some(IpAddr::V6(address)) => Principal::stranger(&format!("{:?}", &address.segments()[..4])),
    }
}

fn refused<T>(why: &'static str) -> Result<T, Problem> {
    Err(Problem::Unauthorized { why })
}

/// The credential in `Authorization`.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let mut sent = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = sent.next() else { return Ok(None) };
    if sent.next().is_some() {
        return refused("Authorization is sent more than once.");
    }
    let borne = value.to_str().ok().and_then(|text| text.split_once(' '));
    match borne {
        Some((scheme, sent)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(sent.trim())),
        _ => refused("Authorization is not of the kind Bearer. A proxy that uses another kind must not pass it on."),
    }
}

/// The principal of `sent`, an API key or a token.
fn bearing(app: &AppState, tokens: TokenAudience, sent: &str) -> Result<Principal, Problem> {
    let now = (app.now)().timestamp();
    if let Ok(secret) = sent.parse::<Secret>() {
        return Ok(key(&app.ledger_state(), &secret, now)?.principal());
    }
    app.tokens.principal(sent, tokens, now).map_err(|refused| Problem::Unauthorized { why: refused.0 })
}

/// Finds the API key `sent`.
///
/// # Errors
/// There is none, or it has ended.
pub(crate) fn key<'a>(told: &'a LedgerState, sent: &Secret, now: Timestamp) -> Result<&'a KeyRecord, Problem> {
    let of_kind = sent.kind() == SecretKind::Key;
    let found = told.keys.get(sent.id()).filter(|key| of_kind && key.parent.is_none() && key.matches(sent));
    let Some(found) = found else { return refused("The API key is not known.") };
    match found.rejection_at(now) {
        None => Ok(found),
        Some(KeyRejection::Revoked) => refused("The API key was revoked."),
        Some(KeyRejection::Expired) => refused("The API key has expired."),
    }
}

/// The session of a browser. An ended session counts as none, and without access control there are
/// none.
///
/// # Errors
/// The browser sends more than one.
pub(crate) fn session(app: &AppState, headers: &HeaderMap) -> Result<Option<KeyRecord>, Problem> {
    if app.edge.access.is_none() {
        return Ok(None);
    }
    let mut sent = PageCookie::Session.values(&app.edge, headers);
    let Some(first) = sent.next() else { return Ok(None) };
    if sent.next().is_some() {
        return refused("The session cookie is sent more than once.");
    }
    let (told, now) = (app.ledger_state(), (app.now)().timestamp());
    let stands = |key: &&Arc<KeyRecord>| key.rejection_at(now).is_none();
    let found = first.parse::<Secret>().ok().filter(|secret| secret.kind() == SecretKind::Session).and_then(|secret| {
        let session = told.keys.get(secret.id()).filter(|session| session.matches(&secret)).filter(stands)?;
        // What an identity provider confirmed ends with the session, or when none is set up any more.
        if session.is_of_person() {
            let is_for_people = session.scopes.iter().all(|scope| [Scope::Pages, Scope::Reports].contains(scope));
            return (is_for_people && app.people_sign_in()).then(|| KeyRecord::clone(session));
        }
        // It ends with the key that began it, and when that key loses the scope for pages.
        let parent = told.keys.get(session.parent.as_ref()?).filter(stands)?;
        (parent.opens_pages() && session.scopes.is_subset(&parent.scopes)).then(|| KeyRecord::clone(session))
    });
    Ok(found)
}

/// Whether a session cookie is sent, valid or not.
pub(crate) fn sends_session(edge: &ServerConfig, headers: &HeaderMap) -> bool {
    PageCookie::Session.values(edge, headers).next().is_some()
}

/// The user that a trusted proxy has signed in.
fn proxied(app: &AppState, headers: &HeaderMap, peer: Option<IpAddr>) -> Result<Option<Principal>, Problem> {
    let Some(ProxyConfig { user_header, from }) = app.edge.access.as_ref().and_then(|access| access.proxy.as_ref()) else {
        return Ok(None);
    };
    let Ok(name) = user_header.parse::<HeaderName>() else { return Ok(None) };
    let mut named = headers.get_all(name).iter();
    let Some(user) = named.next() else { return Ok(None) };
    let is_trusted = peer.is_some_and(|peer| from.iter().any(|known| known.to_canonical() == peer.to_canonical()));
    if !is_trusted {
        return refused("The user header is only accepted from the proxy.");
    }
    if named.next().is_some() {
        return refused("The proxy names more than one user.");
    }
    // Names may be UTF-8, which header text is not.
    let user = user.as_bytes().trim_ascii();
    if user.is_empty() {
        return refused("The proxy names no user.");
    }
    // Proxies join two headers of one name with a comma, so one of them may be the caller's own.
    if user.contains(&b',') {
        return refused("The proxy names more than one user: the name has a comma.");
    }
    let name = format!("proxy:{}", digest_of(&[user]));
    Ok(Some(Principal { name, scopes: [Scope::Pages].into(), providers: None, hospital: None }))
}

/// Whether a request is for this machine or the host of `public_url`. A page of another site can
/// make its own name resolve to this machine and read the answers, but the browser still sends that
/// name (DNS rebinding).
fn is_for_here(headers: &HeaderMap, public_url: Option<&str>, hospitals: Option<&HospitalLookup>) -> bool {
    let public = public_url.and_then(|url| url.parse::<Uri>().ok()).and_then(|url| url.host().map(str::to_owned));
    // No browser omits it.
    headers.get_all(HOST).iter().all(|host| {
        let host = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
        let Some(host) = host.as_ref().map(Authority::host) else { return false };
        let is_loopback = |address: IpAddr| address.to_canonical().is_loopback();
        let literal = host.trim_matches(['[', ']']).parse().is_ok_and(is_loopback);
        let is_of_hospital = hospitals.is_some_and(|hospitals| hospitals.of_host(host).is_some());
        literal
            || is_of_hospital
            || host.eq_ignore_ascii_case("localhost")
            || public.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(host))
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(name: &HeaderName, values: &[&'static str]) -> HeaderMap {
        values.iter().map(|value| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn a_request_for_another_name_is_not_for_here() {
        let public = Some("https://placement.mercy.example");
        for (host, public_url, here) in [
            (&["localhost:8080"][..], None, true),
            (&["LOCALHOST"], None, true),
            (&["127.0.0.1:8080"], None, true),
            (&["127.9.9.9"], None, true),
            (&["[::1]:8080"], None, true),
            (&[], None, true),
            (&["placement.mercy.example"], None, false),
            (&["placement.mercy.example"], public, true),
            (&["Placement.Mercy.Example:443"], public, true),
            (&["evil.example"], public, false),
            (&["localhost.evil.example"], public, false),
            (&["127.0.0.1.evil.example"], public, false),
            (&["192.168.1.5"], public, false),
            (&["localhost", "evil.example"], public, false),
            (&["not a host"], public, false),
        ] {
            assert_eq!(is_for_here(&headers(&HOST, host), public_url, None), here, "{host:?}");
        }
    }

    #[test]
    fn authorization_bears_one_thing() {
        for (sent, borne) in [
            (&[][..], Ok(None)),
            (&["Bearer abc"], Ok(Some("abc"))),
            (&["bearer  abc "], Ok(Some("abc"))),
            (&["Basic abc"], Err(())),
            (&["Bearer"], Err(())),
            (&["Bearer a", "Bearer a"], Err(())),
        ] {
            assert_eq!(bearer(&headers(&AUTHORIZATION, sent)).map_err(|_| ()), borne, "{sent:?}");
        }
    }

    #[test]
    fn strangers_are_told_apart_by_their_network() {
        let name = |text: &str| anonymous(Some(text.parse().unwrap())).name;
        assert_eq!(name("192.0.2.7"), name("::ffff:192.0.2.7"));
        assert_ne!(name("192.0.2.7"), name("192.0.2.8"));
        assert_eq!(name("2001:db8:1:2::3"), name("2001:db8:1:2:ffff::4"));
        assert_ne!(name("2001:db8:1:2::3"), name("2001:db8:1:3::3"));
    }
}
