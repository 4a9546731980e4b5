//! Cookies of the pages: their names, which say over TLS that they are of this host alone, and how they are
//! set.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;

use crate::config::server::ServerConfig;

/// A cookie of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PageCookie {
    /// The session.
    Session,
    /// The link of a card, while the user signs in.
    CardLink,
    /// A sign-in at the hospital's identity provider that has begun.
    SignIn,
    /// The ID token of a session that began there, sealed, with which it ends there too.
    IdToken,
    /// A launch from the EHR that has begun.
    Launch,
}

impl PageCookie {
    /// Its name. Browsers accept the prefix from this host and over TLS alone (RFC 6265bis, 4.1.3.2).
    pub(crate) fn name(self, edge: &ServerConfig) -> &'static str {
        match (self, is_over_tls(edge)) {
            (Self::Session, true) => "__Host-placement",
            (Self::Session, false) => "placement",
            (Self::CardLink, true) => "__Host-placement-open",
            (Self::CardLink, false) => "placement-open",
            (Self::SignIn, true) => "__Host-placement-sign-in",
            (Self::SignIn, false) => "placement-sign-in",
            (Self::IdToken, true) => "__Host-placement-id",
            (Self::IdToken, false) => "placement-id",
            (Self::Launch, true) => "__Host-placement-launch",
            (Self::Launch, false) => "placement-launch",
        }
    }

    /// With which requests of other sites browsers send it.
    fn same_site(self) -> &'static str {
        match self {
            Self::Session | Self::CardLink | Self::IdToken => "Strict",
            // The identity provider and the EHR lead back here.
            Self::SignIn | Self::Launch => "Lax",
        }
    }

    /// Its values in a request.
    pub(crate) fn values<'a>(self, edge: &ServerConfig, headers: &'a HeaderMap) -> impl Iterator<Item = &'a str> {
        cookies(headers, self.name(edge))
    }

    /// Its value, if it is sent once.
    pub(crate) fn value<'a>(self, edge: &ServerConfig, headers: &'a HeaderMap) -> Option<&'a str> {
        let mut values = self.values(edge, headers);
        values.next().filter(|value| !value.is_empty() && values.next().is_none())
    }

    /// Sets it for `seconds`, not readable by scripts.
    pub(crate) fn set(self, edge: &ServerConfig, value: &str, seconds: i64, response: &mut Response) {
        let secure = if is_over_tls(edge) { "; Secure" } else { "" };
        let (name, same_site) = (self.name(edge), self.same_site());
        let cookie = format!("{name}={value}; Max-Age={seconds}; Path=/; HttpOnly; SameSite={same_site}{secure}");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
    }

    /// Deletes it.
    pub(crate) fn forget(self, edge: &ServerConfig, response: &mut Response) {
        self.set(edge, "", 0, response);
    }
}

/// The values of the cookies with that name.
fn cookies<'a>(headers: &'a HeaderMap, name: &'static str) -> impl Iterator<Item = &'a str> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(move |(known, _)| *known == name).map(|(_, value)| value)
}

/// Whether browsers reach the pages over TLS, terminated here or by a proxy.
pub(crate) fn is_over_tls(edge: &ServerConfig) -> bool {
    let public = edge.public_url.as_ref();
    edge.tls.is_some() || public.map_or(edge.behind_proxy, |url| url.starts_with("https:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others() {
        let sent = ["a=1; placement=x; b=2", "placement=y;placements=z; placement-open=q"];
        let sent: HeaderMap = sent.iter().map(|&value| (COOKIE, HeaderValue::from_static(value))).collect();
        let (plain, guarded) = (
            ServerConfig::default(),
            ServerConfig { public_url: Some("https://placement.mercy.example".to_owned()), ..ServerConfig::default() },
        );
        assert_eq!(PageCookie::Session.values(&plain, &sent).collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(PageCookie::Session.value(&plain, &sent), None, "of two, none counts");
        assert_eq!(PageCookie::CardLink.value(&plain, &sent), Some("q"));
        assert_eq!(PageCookie::Session.values(&guarded, &sent).count(), 0);
    }
}
