//! Sends answers as gzip to clients that accept it (RFC 9110, 8.4.1.3).

use std::io::Write;

use axum::body::{Body, HttpBody, to_bytes};
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::serve::http::extract::media_range;
use crate::serve::http::headers::vary;

/// The smallest body worth compressing, in bytes: one that fits into a packet arrives no sooner if
/// it is smaller.
const SMALLEST: u64 = 1400;

/// The content types that become much smaller; workbooks and PDF are compressed already.
const KINDS: [&str; 9] = [
    "application/json",
    "application/problem+json",
    "application/fhir+json",
    "application/openmetrics-text",
    "image/svg+xml",
    "text/css",
    "text/csv",
    "text/html",
    "text/javascript",
];

/// Whether a client accepts gzip.
pub(crate) fn takes_gzip(headers: &HeaderMap) -> bool {
    let given = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let offered: Vec<(String, bool)> = given.flat_map(|value| value.split(',')).map(media_range).collect();
    let taken = |name: &str| offered.iter().find(|(offered, _)| offered == name).map(|(_, taken)| *taken);
    taken("gzip").or_else(|| taken("*")).unwrap_or(false)
}

/// Compresses `response` if that is worthwhile and the client accepts it. Streamed answers are left
/// as they are, so that every piece arrives as soon as there is one.
pub(crate) async fn gzip_response(mut response: Response, taken: bool) -> Response {
    if !should_compress(&response) {
        return response;
    }
    vary(response.headers_mut(), "Accept-Encoding");
    if !taken {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    // The body has a length, so it is in memory and cannot fail.
    let Ok(plain) = to_bytes(body, usize::MAX).await else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let mut packed = GzEncoder::new(Vec::with_capacity(plain.len() / 4), Compression::fast());
    let packed = packed.write_all(&plain).and_then(|()| packed.finish());
    let Ok(packed) = packed else { return Response::from_parts(parts, Body::from(plain)) };
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    // The bytes differ, so the tag becomes a weak one (RFC 9110, 8.8.1).
    if let Some(tag) = parts.headers.get(ETAG).and_then(|tag| tag.to_str().ok()).filter(|tag| !tag.starts_with("W/"))
        && let Ok(weak) = HeaderValue::from_str(&format!("W/{tag}"))
    {
        parts.headers.insert(ETAG, weak);
    }
    Response::from_parts(parts, Body::from(packed))
}

fn should_compress(response: &Response) -> bool {
    let headers = response.headers();
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).and_then(|kind| kind.split(';').next());
    response.body().size_hint().exact().is_some_and(|length| length >= SMALLEST)
        && kind.is_some_and(|kind| KINDS.contains(&kind.trim()))
        && !headers.contains_key(CONTENT_ENCODING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_taken_where_it_is_named_and_not_refused() {
        for (accepted, taken) in [
            ("gzip", true),
            ("gzip, deflate, br, zstd", true),
            ("br;q=1.0, GZIP;q=0.5", true),
            ("*", true),
            ("identity", false),
            ("gzip;q=0", false),
            ("gzip;q=0, *", false),
            ("*;q=0", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(accepted));
            assert_eq!(takes_gzip(&headers), taken, "{accepted}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
