//! Content negotiation: the format of an answer that the Accept headers prefer.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

/// The one of `formats` that the Accept headers prefer, by its media type; the first of equals (RFC 9110, 12.5.1). `None` if none is
/// accepted.
pub(crate) fn preferred<T: Copy>(headers: &HeaderMap, formats: &[T], media_type: fn(T) -> &'static str) -> Option<T> {
    let mut accepts = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).peekable();
    if accepts.peek().is_none() {
        return formats.first().copied();
    }
    let ranges: Vec<(String, f32)> = accepts.flat_map(|value| value.split(',')).map(range).collect();
    let mut best = None;
    for &format in formats {
        let quality = quality(media_type(format), &ranges);
        if quality > best.map_or(0.0, |(_, quality)| quality) {
            best = Some((format, quality));
        }
    }
    best.map(|(format, _)| format)
}

/// The quality of the most specific range that includes the media type; 0 if none does.
fn quality(whole: &str, ranges: &[(String, f32)]) -> f32 {
    let kind = whole.split('/').next().unwrap_or_default();
    let covering = [whole.to_owned(), format!("{kind}/*"), "*/*".to_owned()];
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
