//! Content negotiation: which of several media types a caller prefers.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

/// The index of the media type among `offered` that the Accept headers prefer; the first of equals, and of all without such a header
/// (RFC 9110, 12.5.1).
pub(crate) fn preferred(headers: &HeaderMap, offered: &[&str]) -> Option<usize> {
    let mut accepts = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).peekable();
    if accepts.peek().is_none() {
        return (!offered.is_empty()).then_some(0);
    }
    let ranges: Vec<(String, f32)> = accepts.flat_map(|value| value.split(',')).map(range).collect();
    let mut best = None;
    for (at, media_type) in offered.iter().enumerate() {
        let quality = quality(media_type, &ranges);
        if quality > best.map_or(0.0, |(_, quality)| quality) {
            best = Some((at, quality));
        }
    }
    best.map(|(at, _)| at)
}

/// The quality of the most specific range that includes `media_type`; 0 if none does.
fn quality(media_type: &str, ranges: &[(String, f32)]) -> f32 {
    let kind = media_type.split('/').next().unwrap_or_default();
    let covering = [media_type.to_owned(), format!("{kind}/*"), "*/*".to_owned()];
    let of = |covering: &String| ranges.iter().find(|(name, _)| name == covering).map(|(_, quality)| *quality);
    covering.iter().find_map(of).unwrap_or(0.0)
}

/// Parses a media range and its quality. A quality that is not a number from 0 to 1 counts as 1.
fn range(text: &str) -> (String, f32) {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default().to_ascii_lowercase();
    let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    let quality = quality.and_then(|text| text.parse().ok()).filter(|quality| (0.0..=1.0).contains(quality));
    (name, quality.unwrap_or(1.0))
}
