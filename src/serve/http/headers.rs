//! Headers that tell browsers what an answer may do, and which other sites' scripts may read it.
//! A content policy, referrer policy or cache rule that a handler has set is kept: that of pages is in
//! `serve/pages/html.rs`, of pages opened by a link in `serve/pages/link_page.rs`, of the logo in `serve/pages/logo.rs`.

use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
    ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    IF_NONE_MATCH, ORIGIN, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::config::server::ServerConfig;
use crate::serve::http::route::{Route, RouteAudience};

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// For an answer that is not a page: it may load nothing and not be shown within another page.
const NO_PAGE: &str = "default-src 'none'; frame-ancestors 'none'";
/// For a PDF, whose viewer is a page of the browser itself and needs its styles.
const PDF: &str = "frame-ancestors 'none'";
/// A year, this host only: we do not decide about other services under the hospital's name.
const ONLY_TLS: &str = "max-age=31536000";

/// Adds the headers of every answer; `only_tls` if the program is reached by TLS.
pub(crate) fn add_security_headers(headers: &mut HeaderMap, only_tls: bool) {
    let policy = headers.get(CONTENT_TYPE).is_some_and(|kind| kind == "application/pdf");
    let policy = if policy { PDF } else { NO_PAGE };
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(OPENER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(PERMISSIONS_POLICY, HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=()"));
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(policy));
    headers.entry(REFERRER_POLICY).or_insert(HeaderValue::from_static("no-referrer"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if only_tls {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(ONLY_TLS));
    }
}

/// Whether clients reach the program by TLS, its own or that of a proxy.
pub(crate) fn uses_tls(edge: &ServerConfig) -> bool {
    edge.tls.is_some() || edge.public_url.as_ref().is_some_and(|url| url.starts_with("https://"))
}

/// The origin of the site whose script sends a request with `headers`, if it may call `route`: the
/// site must be listed, and the answer must be for programs. Pages are never allowed, because no
/// script may use a browser's own credentials.
pub(crate) fn listed_origin(edge: &ServerConfig, route: &Route, headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(ORIGIN).filter(|_| route.policy.audience != RouteAudience::Person)?;
    edge.cors_origins.iter().any(|listed| origin == listed.trim_end_matches('/')).then(|| origin.clone())
}

/// The answer to a CORS preflight request, if the request it announces is allowed. `route_of` finds
/// the route of the announced method.
pub(crate) fn preflight(
    edge: &ServerConfig,
    method: &Method,
    headers: &HeaderMap,
    route_of: impl Fn(&Method) -> Option<&'static Route>,
) -> Option<Response> {
    if edge.cors_origins.is_empty() || *method != Method::OPTIONS {
        return None;
    }
    let wanted = Method::from_bytes(headers.get(ACCESS_CONTROL_REQUEST_METHOD)?.as_bytes()).ok()?;
    let route = route_of(&wanted)?;
    let origin = listed_origin(edge, route, headers)?;
    let said = [
        (ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(route.method.name())),
        (
            ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static("authorization, content-type, idempotency-key, if-match, if-none-match, x-request-id"),
        ),
        (ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600")),
        (ACCESS_CONTROL_ALLOW_ORIGIN, origin),
    ];
    let mut response = (StatusCode::NO_CONTENT, said).into_response();
    vary(response.headers_mut(), "Origin");
    Some(response)
}

/// Lets scripts of `origin` read the answer.
pub(crate) fn allow_origin(headers: &mut HeaderMap, origin: &HeaderValue) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    let read = "etag, link, location, ratelimit, ratelimit-policy, retry-after, x-directory-age-seconds, x-request-id";
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(read));
}

/// Adds the header `name` to those that the answer depends on.
pub(crate) fn vary(headers: &mut HeaderMap, name: &'static str) {
    headers.append(VARY, HeaderValue::from_static(name));
}

/// Whether the caller has the answer with that `tag` (RFC 9110, 13.1.2: weak comparison).
pub(crate) fn if_none_match(headers: &HeaderMap, tag: &str) -> bool {
    let given = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    given.flat_map(|value| value.split(',')).map(str::trim).any(|held| held == "*" || held.trim_start_matches("W/") == tag)
}
