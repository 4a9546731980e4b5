//! The address of this server as its users know it, for links that others open.

use std::net::IpAddr;

use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::http::uri::Authority;

use crate::config::server::ServerConfig;

/// The address under which this server is reached, without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OwnAddress {
    /// `https://placement.mercy.example`.
    pub(crate) url: String,
    /// How sure it is that others reach the server there.
    pub(crate) reach: AddressReach,
}

/// How sure it is that others reach an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AddressReach {
    /// The administrator has set `public_url`.
    Public,
    /// The caller has reached the server there. Whether others do is not known.
    Caller,
    /// It is an address of this machine for itself.
    ThisMachine,
}

/// A link to a page of this server, as a person copies it.
#[derive(Debug)]
pub(crate) struct CopiedLink {
    /// The whole address.
    pub(crate) address: String,
    /// What the person must know before the link is sent; `None` if nothing.
    pub(crate) warning: Option<&'static str>,
}

impl CopiedLink {
    /// The link to `path` for a caller who has sent `headers`.
    pub(crate) fn new(edge: &ServerConfig, headers: &HeaderMap, path: &str) -> Self {
        let own = own_address(edge, headers);
        let warning = match own.as_ref().map(|own| own.reach) {
            Some(AddressReach::Public) => None,
            Some(AddressReach::Caller) => Some(
                "The administrator has not set public_url, so the link has the address of your own browser. Ask whether \
                 providers can open it before you send it.",
            ),
            Some(AddressReach::ThisMachine) => Some(
                "The administrator has not set public_url, so this link works on this computer only. Nobody else can open it.",
            ),
            None => Some("The administrator has not set public_url. Put the address of this server before the link."),
        };
        Self { address: format!("{}{path}", own.map(|own| own.url).unwrap_or_default()), warning }
    }
}

/// `public_url` if it is set, else the host that the caller has named; `None` if that is no host.
pub(crate) fn own_address(edge: &ServerConfig, headers: &HeaderMap) -> Option<OwnAddress> {
    if let Some(url) = &edge.public_url {
        return Some(OwnAddress { url: url.trim_end_matches('/').to_owned(), reach: AddressReach::Public });
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || b".-_:[]".contains(&b);
    let named = headers.get(HOST)?.to_str().ok()?;
    let host: Authority = Some(named).filter(|host| host.bytes().all(plain))?.parse().ok()?;
    let name = host.host();
    let is_loopback = |address: IpAddr| address.to_canonical().is_loopback();
    let is_local = name.eq_ignore_ascii_case("localhost") || name.trim_matches(['[', ']']).parse().is_ok_and(is_loopback);
    let scheme = if edge.tls.is_some() || edge.behind_proxy { "https" } else { "http" };
    let reach = if is_local { AddressReach::ThisMachine } else { AddressReach::Caller };
    Some(OwnAddress { url: format!("{scheme}://{host}"), reach })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_address_is_the_public_one_or_the_host_that_was_called() {
        use AddressReach::{Caller, Public, ThisMachine};
        let public = |url: &str| ServerConfig { public_url: Some(url.to_owned()), ..ServerConfig::default() };
        let proxied = ServerConfig { behind_proxy: true, ..ServerConfig::default() };
        for (edge, host, expected) in [
            (public("https://placement.mercy.example"), Some("10.0.0.1"), Some(("https://placement.mercy.example", Public))),
            (public("https://mercy.example/placement/"), None, Some(("https://mercy.example/placement", Public))),
            (ServerConfig::default(), Some("127.0.0.1:8080"), Some(("http://127.0.0.1:8080", ThisMachine))),
            (ServerConfig::default(), Some("[::1]:8080"), Some(("http://[::1]:8080", ThisMachine))),
            (ServerConfig::default(), Some("localhost"), Some(("http://localhost", ThisMachine))),
            (
                ServerConfig::default(),
                Some("placement.mercy.example:8080"),
                Some(("http://placement.mercy.example:8080", Caller)),
            ),
            (proxied, Some("placement.mercy.example"), Some(("https://placement.mercy.example", Caller))),
            (ServerConfig::default(), Some("a b"), None),
            (ServerConfig::default(), Some("x/?y"), None),
            (ServerConfig::default(), Some("placement@example.com"), None),
            (ServerConfig::default(), Some(""), None),
            (ServerConfig::default(), None, None),
        ] {
            let headers = host.map(|host| (HOST, HeaderValue::from_str(host).unwrap())).into_iter().collect();
            let address = own_address(&edge, &headers);
            assert_eq!(address.as_ref().map(|own| (own.url.as_str(), own.reach)), expected, "{host:?}");
        }
    }
}
