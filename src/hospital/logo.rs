//! The logo of the hospital: a small PNG, JPEG or SVG file that `hospital.toml` names.

use std::sync::Arc;

/// The largest file, in bytes. Our choice: every page loads it.
pub(crate) const LARGEST: usize = 256 * 1024;

/// The longest side of a picture, in pixels. Our choice.
const LONGEST_SIDE: u32 = 4_000;

/// A logo whose content is what its kind says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HospitalLogo {
    /// Its media type.
    pub media_type: &'static str,
    /// Its content.
    pub bytes: Arc<[u8]>,
}

impl HospitalLogo {
    /// What is wrong with a larger file, and what to do.
    pub(crate) fn too_large() -> String {
        format!("is too large; a logo has at most {LARGEST} bytes. Save a smaller picture")
    }

    /// Checks the content of a file.
    ///
    /// # Errors
    /// What is wrong with it, and what to do.
    pub fn of(bytes: Vec<u8>) -> Result<Self, String> {
        if bytes.len() > LARGEST {
            return Err(Self::too_large());
        }
        let media_type = if let Some(side) = png_side(&bytes) {
            is_small(side).map(|()| "image/png")?
        } else if let Some(side) = jpeg_side(&bytes) {
            is_small(side).map(|()| "image/jpeg")?
        } else {
            let text = std::str::from_utf8(&bytes).ok().filter(|text| text.contains("<svg"));
            let text = text.ok_or_else(|| "is not a PNG, JPEG or SVG picture".to_owned())?;
            is_still(text).map(|()| "image/svg+xml")?
        };
        Ok(Self { media_type, bytes: bytes.into() })
    }
}

fn is_small(side: u32) -> Result<(), String> {
    match side {
        0 => Err("is a damaged picture. Save it again".to_owned()),
        1..=LONGEST_SIDE => Ok(()),
        _ => Err(format!("has a side of {side} pixels; the longest is {LONGEST_SIDE}. Save a smaller picture")),
    }
}

/// The longer side of a PNG picture; 0 where it has no area; `None` if it is none.
fn png_side(bytes: &[u8]) -> Option<u32> {
    let header = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")?;
    let (width, rest) = header.split_first_chunk::<4>()?;
    let height = rest.first_chunk::<4>()?;
    let sides = [u32::from_be_bytes(*width), u32::from_be_bytes(*height)];
    Some(longer(sides))
}

/// The longer side of a JPEG picture, by its frame; 0 where it has no frame; `None` if it is none.
fn jpeg_side(bytes: &[u8]) -> Option<u32> {
    let mut left = bytes.strip_prefix(b"\xff\xd8")?;
    // Each segment has a mark, and its length with the two bytes of the length.
    while let [0xff, mark, high, low, rest @ ..] = left {
        // Any number of such bytes may stand before a mark.
        if *mark == 0xff {
            left = &left[1..];
            continue;
        }
        let is_frame = (0xc0..=0xcf).contains(mark) && ![0xc4, 0xc8, 0xcc].contains(mark);
        if is_frame && let [_, h0, h1, w0, w1, ..] = rest {
            return Some(longer([u32::from(u16::from_be_bytes([*h0, *h1])), u32::from(u16::from_be_bytes([*w0, *w1]))]));
        }
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        left = length.checked_sub(2).and_then(|length| rest.get(length..)).unwrap_or_default();
    }
    Some(0)
}

fn longer([a, b]: [u32; 2]) -> u32 {
    if a == 0 || b == 0 { 0 } else { a.max(b) }
}

/// Checks that an SVG file only draws. Pages show it as a picture, in which browsers run nothing, and its own address is served with a
/// policy that runs nothing; this finds the mistake earlier.
fn is_still(text: &str) -> Result<(), String> {
    let lower = text.to_lowercase();
    let active =
        ["<script", "<foreignobject", "<iframe", "<!entity", "<!doctype", "javascript:", "@import", "<?xml-stylesheet"];
    let refused = active.into_iter().find(|part| lower.contains(part));
    if let Some(part) = refused {
        return Err(format!("contains \"{part}\". Save it as a plain SVG, without scripts"));
    }
    if has_handler(&lower) {
        return Err("contains an event handler (on…=). Save it as a plain SVG, without scripts".to_owned());
    }
    let outside = ["href=\"http", "href='http", "href=\"//", "href='//", "url(http", "url(\"http", "url('http", "url(//"];
    if outside.into_iter().any(|part| lower.contains(part)) {
        return Err("refers to another host. Save it with everything inside".to_owned());
    }
    Ok(())
}

/// Whether an attribute such as `onload=` is in the text.
fn has_handler(lower: &str) -> bool {
    let at = |(at, _): (usize, &str)| {
        let before = lower[..at].chars().next_back();
        let rest = lower[at + 2..].trim_start_matches(|c: char| c.is_ascii_lowercase()).trim_start();
        before.is_some_and(|c| c.is_whitespace() || c == '"' || c == '\'' || c == '/') && rest.starts_with('=')
    };
    lower.match_indices("on").any(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes
    }

    fn jpeg(width: u16, height: u16) -> Vec<u8> {
        let mut bytes = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc2\0\x0b\x08".to_vec();
        bytes.extend(height.to_be_bytes());
        bytes.extend(width.to_be_bytes());
        bytes
    }

    #[test]
    fn pictures_are_recognized_by_their_content() {
        let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><path d=\"M0 0h9\" style=\"fill:red\"/></svg>".to_vec();
        for (bytes, kind) in [(png(200, 60), "image/png"), (jpeg(200, 60), "image/jpeg"), (svg, "image/svg+xml")] {
            assert_eq!(HospitalLogo::of(bytes).map(|logo| logo.media_type), Ok(kind));
        }
    }

    #[test]
    fn what_is_no_logo_is_refused_with_the_reason() {
        let svg = |inside: &str| format!("<svg xmlns=\"http://www.w3.org/2000/svg\">{inside}</svg>").into_bytes();
        for (bytes, reason) in [
            (b"GIF89a".to_vec(), "not a PNG, JPEG or SVG"),
            (Vec::new(), "not a PNG, JPEG or SVG"),
            (vec![b'a'; LARGEST + 1], "at most 262144"),
            (png(5_000, 10), "5000 pixels"),
            (png(0, 10), "damaged"),
            (jpeg(10, 4_001), "4001 pixels"),
            (b"\xff\xd8\xff".to_vec(), "damaged"),
            (svg("<SCRIPT>alert(1)</SCRIPT>"), "<script"),
            (svg("<rect onload = 'alert(1)'/>"), "event handler"),
            (svg("<a href=\"javascript:alert(1)\"/>"), "javascript:"),
            (svg("<image href=\"https://tracker.example/a.png\"/>"), "another host"),
            (svg("<foreignObject/>"), "foreignobject"),
        ] {
            let told = HospitalLogo::of(bytes).unwrap_err();
            assert!(told.contains(reason), "{reason}: {told}");
        }
    }

    #[test]
    fn text_that_only_looks_like_a_handler_is_allowed() {
        let svg = "<svg><title>Mission on = hill</title><path class=\"icon\" d=\"M0 0\"/></svg>";
        assert!(HospitalLogo::of(svg.replace(" = hill", " hill").into_bytes()).is_ok());
    }
}
