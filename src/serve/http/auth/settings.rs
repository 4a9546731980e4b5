//! Checks whether the program may listen on its address, and whether its access settings can be
//! used.

use std::net::SocketAddr;

use axum::http::{HeaderName, Uri};

use crate::config::server::{AccessConfig, IssuerConfig, ProxyConfig, ServerConfig};
use crate::oidc::TokenVerifier;
use crate::oidc::launch::LaunchingEhrs;
use crate::oidc::sign_in::SignInProvider;

/// Headers that have another meaning, and that callers or the connection set.
const TAKEN: [&str; 34] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "access-control-request-headers",
    "access-control-request-method",
    "authorization",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "date",
    "expect",
    "forwarded",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "keep-alive",
    "origin",
    "pragma",
    "proxy-authorization",
    "range",
    "referer",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-forwarded-for",
    "x-request-id",
];

/// Everything that prevents the program from starting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n  "))]
pub struct AccessConfigError(pub Vec<String>);

/// What verifies callers, made from the settings.
#[derive(Debug, Default)]
pub(crate) struct AccessGuards {
    /// Verifies tokens.
    pub(crate) tokens: TokenVerifier,
    /// The identity provider at which people sign in.
    pub(crate) sign_in: Option<SignInProvider>,
    /// The EHRs that may launch the program.
    pub(crate) ehrs: LaunchingEhrs,
}

/// What verifies callers, after checking that only this machine can reach `address`, or that callers
/// must authenticate over an encrypted connection.
///
/// # Errors
/// Every setting that is missing or wrong.
pub(crate) fn guard(edge: &ServerConfig, address: SocketAddr) -> Result<AccessGuards, AccessConfigError> {
    let mut faults = missing(edge, address);
    if let Some(url) = &edge.public_url {
        faults.extend(wrong_url(url));
    }
    faults.extend(edge.cors_origins.iter().filter_map(|origin| wrong_origin(origin)));
    let access = edge.access.clone().unwrap_or_default();
    if let Some(proxy) = &access.proxy {
        faults.extend(wrong_proxy(proxy));
    }
    let tokens = TokenVerifier::new(&access, edge.public_url.as_deref()).map_err(|wrong| faults.extend(wrong)).ok();
    let sign_in = access.sign_in.as_ref().map(SignInProvider::new).transpose();
    let named = |wrong: Vec<String>| wrong.into_iter().map(|wrong| format!("[access.sign_in] {wrong}")).collect::<Vec<_>>();
    let sign_in = sign_in.map_err(|wrong| faults.extend(named(wrong))).ok().flatten();
    let ehrs = LaunchingEhrs::new(&access.smart).map_err(|wrong| faults.extend(wrong)).ok();
    faults.extend(wrong_sign_in(&access, edge.public_url.as_deref()));
    match (tokens, ehrs) {
        (Some(tokens), Some(ehrs)) if faults.is_empty() => Ok(AccessGuards { tokens, sign_in, ehrs }),
        _ => Err(AccessConfigError(faults)),
    }
}

/// What people who sign in elsewhere need besides.
fn wrong_sign_in(access: &AccessConfig, public_url: Option<&str>) -> Vec<String> {
    let mut wrong = Vec::new();
    if access.sign_in.is_some() && public_url.is_none() {
        wrong.push("[access.sign_in] needs public_url: the identity provider leads back there".to_owned());
    }
    if !access.smart.is_empty() && public_url.is_none() {
        wrong.push("[[access.smart]] needs public_url: the EHR leads back there".to_owned());
    }
    if let Some(sign_in) = &access.sign_in {
        let is_same = |issuer: &IssuerConfig| issuer.audience.as_ref() == Some(&sign_in.client_id);
        if access.oidc.iter().any(is_same) {
            wrong.push(format!(
                "[access.sign_in] client_id {}: is also the audience of [[access.oidc]]; register the API under a name of its own, so \
                 that an ID token is never an access token",
                sign_in.client_id
            ));
        }
    }
    wrong
}

/// The settings without which the program may not listen on `address`.
fn missing(edge: &ServerConfig, address: SocketAddr) -> Vec<String> {
    let is_open = !address.ip().to_canonical().is_loopback();
    let mut missing = Vec::new();
    if is_open && edge.access.is_none() {
        missing.push(format!(
            "{address} can be reached from other machines, so callers must authenticate: add [access] to the settings \
             (create keys with placement key create), or listen on 127.0.0.1"
        ));
    }
    if is_open && edge.tls.is_none() && !edge.behind_proxy {
        missing.push(format!(
            "{address} can be reached from other machines, so connections must be encrypted: add [tls] with certificate and key, or \
             behind_proxy = true if a proxy terminates TLS and nothing else reaches the address, or listen on 127.0.0.1"
        ));
    }
    if !is_open && edge.behind_proxy && edge.access.is_none() {
        missing.push("behind_proxy needs [access]: everybody who reaches the proxy reaches the program".to_owned());
    }
    missing
}

/// Whether `url` is a scheme and a host, with an optional port.
fn is_scheme_and_host(url: &str) -> bool {
    let Ok(url) = url.parse::<Uri>() else { return false };
    let scheme = url.scheme_str().is_some_and(|scheme| ["http", "https"].contains(&scheme));
    // The parser ignores text after the host that is not a port, so the authority is compared
    // whole.
    let plain = url.authority().is_some_and(|authority| {
        let port = authority.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
        !authority.host().is_empty() && authority.as_str() == format!("{}{port}", authority.host())
    });
    scheme && plain && ["", "/"].contains(&url.path()) && url.query().is_none()
}

fn wrong_origin(origin: &str) -> Option<String> {
    // A browser sends its origin in lowercase and without the default port; nothing else ever
    // matches.
    let usual = [("https://", ":443"), ("http://", ":80")];
    let bare = origin.trim_end_matches('/');
    let is_sent = is_scheme_and_host(origin)
        && !origin.contains(|letter: char| letter.is_ascii_uppercase() || letter == '*')
        && !usual.iter().any(|(scheme, port)| bare.starts_with(scheme) && bare.ends_with(port));
    let wrong = format!(
        "cors_origins {origin}: expected the scheme and host of a site as browsers send it, such as https://portal.mercy.example"
    );
    (!is_sent).then_some(wrong)
}

fn wrong_url(url: &str) -> Option<String> {
    let is_right = is_scheme_and_host(url);
    let wrong = format!("public_url {url}: expected a scheme and a host, such as https://placement.mercy.example");
    (!is_right).then_some(wrong)
}

fn wrong_proxy(proxy: &ProxyConfig) -> Vec<String> {
    let mut wrong = Vec::new();
    match proxy.user_header.parse::<HeaderName>() {
        Ok(name) if TAKEN.contains(&name.as_str()) || name.as_str().starts_with("sec-") => {
            wrong.push(format!("[access.proxy] user_header {name}: this header already has another meaning; choose another"));
        }
        Ok(_) => {}
        Err(_) => {
            wrong.push(format!("[access.proxy] user_header {}: not the name of a header", proxy.user_header));
        }
    }
    if proxy.from.is_empty() {
        wrong.push("[access.proxy] from is empty: list the addresses the proxy connects from".to_owned());
    }
    if let Some(any) = proxy.from.iter().find(|address| address.is_unspecified()) {
        wrong.push(format!("[access.proxy] from {any}: nobody connects from this address; list those of the proxy"));
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::server::TlsConfig;

    fn tls() -> TlsConfig {
        TlsConfig { certificate: "c.pem".into(), key: "k.pem".into() }
    }

    #[test]
    fn who_may_listen_where_is_one_table() {
        for (address, access, tls_here, behind_proxy, missing) in [
            ("127.0.0.1:80", false, false, false, &[][..]),
            ("[::1]:80", false, false, false, &[]),
            ("[::ffff:127.0.0.1]:80", false, false, false, &[]),
            ("127.0.0.1:80", true, false, false, &[]),
            ("127.0.0.1:80", false, true, false, &[]),
            ("127.0.0.1:80", false, false, true, &["behind_proxy needs [access]"]),
            ("127.0.0.1:80", true, false, true, &[]),
            ("0.0.0.0:80", false, false, false, &["add [access]", "add [tls]"]),
            ("[::]:80", false, false, false, &["add [access]", "add [tls]"]),
            ("192.168.1.5:80", true, false, false, &["add [tls]"]),
            ("192.168.1.5:80", false, true, false, &["add [access]"]),
            ("192.168.1.5:80", false, false, true, &["add [access]"]),
            ("192.168.1.5:80", true, true, false, &[]),
            ("192.168.1.5:80", true, false, true, &[]),
        ] {
            let edge = ServerConfig {
                access: access.then(AccessConfig::default),
                tls: tls_here.then(tls),
                behind_proxy,
                ..ServerConfig::default()
            };
            let faults = guard(&edge, address.parse().unwrap()).err().map(|error| error.0).unwrap_or_default();
            assert_eq!(faults.len(), missing.len(), "{address}: {faults:?}");
            assert!(faults.iter().zip(missing).all(|(fault, part)| fault.contains(part)), "{address}: {faults:?}");
        }
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let issuer = |audience: Option<&str>, jwks: &str, scopes: Option<Vec<String>>| IssuerConfig {
            issuer: "https://login.mercy.example".to_owned(),
            audience: audience.map(str::to_owned),
            jwks: jwks.to_owned(),
            scopes,
        };
        let jwks = "https://login.mercy.example/keys";
        let access = AccessConfig {
            oidc: vec![
                issuer(None, "http://login.mercy.example/keys", Some(vec!["matches".to_owned()])),
                issuer(Some("placement"), jwks, None),
                issuer(Some("placement"), jwks, None),
            ],
            ehr: vec![issuer(None, jwks, Some(vec!["match".to_owned()]))],
            proxy: Some(ProxyConfig { user_header: "x user".to_owned(), from: Vec::new() }),
            ..AccessConfig::default()
        };
        let edge = ServerConfig {
            access: Some(access),
            public_url: Some("mercy.example/placement".to_owned()),
            ..ServerConfig::default()
        };
        let faults = guard(&edge, "10.0.0.1:443".parse().unwrap()).unwrap_err().0;
        for says in [
            "add [tls]",
            "public_url mercy.example/placement",
            "not the name of a header",
            "from is empty",
            "audience is missing; set",
            "no such scope",
            "an https URL or a file",
            "listed twice",
            "scopes are not allowed for an EHR",
        ] {
            assert_eq!(faults.iter().filter(|fault| fault.contains(says)).count(), 1, "{says}: {faults:#?}");
        }
        assert_eq!(faults.len(), 9, "{faults:#?}");
    }

    #[test]
    fn the_user_is_named_by_a_header_that_says_nothing_else() {
        for (user_header, right) in [
            ("x-forwarded-user", true),
            ("Remote-User", true),
            ("Authorization", false),
            ("content-length", false),
            ("cookie", false),
            ("Host", false),
            ("sec-fetch-site", false),
            ("X-Request-Id", false),
            ("no header", false),
        ] {
            let proxy = ProxyConfig { user_header: user_header.to_owned(), from: vec!["10.0.0.5".parse().unwrap()] };
            assert_eq!(wrong_proxy(&proxy).is_empty(), right, "{user_header}");
        }
    }

    #[test]
    fn an_address_for_links_is_a_scheme_and_a_host() {
        for (url, right) in [
            ("https://placement.mercy.example", true),
            ("https://placement.mercy.example:8443/", true),
            ("http://localhost:8080", true),
            ("placement.mercy.example", false),
            ("ftp://placement.mercy.example", false),
            ("https://placement.mercy.example/pages", false),
            ("https://placement.mercy.example/?a=b", false),
            ("https://user@placement.mercy.example", false),
            ("https://placement.mercy.example:99999", false),
            ("https://placement.mercy.example:", false),
            ("", false),
        ] {
            assert_eq!(wrong_url(url).is_none(), right, "{url}");
        }
    }

    #[test]
    fn a_listed_site_is_one_that_a_browser_can_name() {
        for (origin, right) in [
            ("https://portal.mercy.example", true),
            ("https://portal.mercy.example/", true),
            ("http://localhost:3000", true),
            ("*", false),
            ("null", false),
            ("portal.mercy.example", false),
            ("https://portal.mercy.example/app", false),
            ("https://*.mercy.example", false),
            ("https://portal.mercy.example:443", false),
            ("https://portal.mercy.example:99999", false),
            ("https://Portal.mercy.example", false),
        ] {
            let edge = ServerConfig { cors_origins: vec![origin.to_owned()], ..ServerConfig::default() };
            let told = guard(&edge, "127.0.0.1:80".parse().unwrap()).err().map(|error| error.0).unwrap_or_default();
            assert_eq!(told.is_empty(), right, "{origin}: {told:?}");
            assert!(told.iter().all(|fault| fault.contains(&format!("cors_origins {origin}"))), "{told:?}");
        }
    }
}
