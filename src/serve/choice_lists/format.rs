//! The formats of a list and of a packet, and content negotiation.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::fuzzy::list_alternatives;
use crate::serve::http::accept::preferred;
use crate::serve::http::problem::Problem;
use crate::serve::pages::html;

/// A format of a recorded document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListFormat {
    /// For programs.
    Json,
    /// For browsers and printing from them.
    Html,
    /// For printing and sending.
    Pdf,
    /// For spreadsheets: the table of a packet.
    Csv,
}

impl ListFormat {
    /// Every format of a list in this build, the default first. Lists are recorded in all of them.
    pub(crate) const ALL: &[Self] =
        if cfg!(feature = "pdf") { &[Self::Json, Self::Html, Self::Pdf] } else { &[Self::Json, Self::Html] };

    /// Every format of a packet in this build, the default first.
    pub(crate) const OF_PACKET: &[Self] = if cfg!(feature = "pdf") {
        &[Self::Json, Self::Html, Self::Pdf, Self::Csv]
    } else {
        &[Self::Json, Self::Html, Self::Csv]
    };

    /// The code used by the forms of the pages.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Html => "html",
            Self::Pdf => "pdf",
            Self::Csv => "csv",
        }
    }

    /// Its media type.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Html => "text/html",
            Self::Pdf => "application/pdf",
            Self::Csv => "text/csv",
        }
    }

    /// Adds the content headers of a document that is saved as `name` to `headers`.
    pub(crate) fn describe(self, headers: &mut HeaderMap, name: &str) {
        match self {
            Self::Json => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            }
            Self::Html => html::describe_html(headers),
            Self::Pdf => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/pdf"));
                headers.extend(saved_as(name, "pdf"));
            }
            Self::Csv => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
                headers.extend(saved_as(name, "csv"));
            }
        }
    }

    /// The format of those `offered` that the Accept headers prefer; the first of equals (RFC 9110, 12.5.1).
    ///
    /// # Errors
    /// No format is accepted.
    pub(crate) fn requested(headers: &HeaderMap, offered: &[Self]) -> Result<Self, Problem> {
        let refused = || no_such_format(offered.iter().map(|format| format.media_type()));
        Self::accepted(headers, offered).ok_or_else(refused)
    }

    fn accepted(headers: &HeaderMap, offered: &[Self]) -> Option<Self> {
        preferred(headers, offered, Self::media_type)
    }
}

/// The header that lets a browser save a document under `name`.
fn saved_as(name: &str, extension: &str) -> Option<(HeaderName, HeaderValue)> {
    let value = HeaderValue::from_str(&format!("attachment; filename=\"{name}.{extension}\"")).ok()?;
    Some((CONTENT_DISPOSITION, value))
}

/// The problem that a document exists only in `media_types`.
pub(crate) fn no_such_format<'a>(media_types: impl Iterator<Item = &'a str>) -> Problem {
    let there_are: Vec<&str> = media_types.collect();
    Problem::NoSuchFormat { there_are: list_alternatives(&there_are).unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use axum::http::header::ACCEPT;

    use super::*;

    #[test]
    fn the_form_with_the_best_quality_is_given() {
        let pdf = cfg!(feature = "pdf").then_some(ListFormat::Pdf);
        for (accept, format) in [
            ("application/json", Some(ListFormat::Json)),
            ("text/html", Some(ListFormat::Html)),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Some(ListFormat::Html)),
            ("*/*", Some(ListFormat::Json)),
            ("text/*", Some(ListFormat::Html)),
            ("application/json;q=0.2, text/html;q=0.9", Some(ListFormat::Html)),
            ("application/json;q=0.25, text/html;q=0.205", Some(ListFormat::Json)),
            ("application/json;q=0, */*;q=0.1", Some(ListFormat::Html)),
            ("application/pdf", pdf),
            ("application/*;q=0.5, application/json;q=0", pdf),
            ("application/json;q=0.0001", Some(ListFormat::Json)),
            ("application/json;q=nan, text/html;q=0.9", Some(ListFormat::Json)),
            ("application/json;q=0.5, text/html;q=7", Some(ListFormat::Html)),
            ("image/png", None),
            ("text/html;q=0, application/json;q=0.000", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(accept));
            assert_eq!(ListFormat::accepted(&headers, ListFormat::ALL), format, "{accept}");
        }
        assert_eq!(ListFormat::accepted(&HeaderMap::new(), ListFormat::ALL), Some(ListFormat::Json));
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("text/csv"));
        assert_eq!(ListFormat::accepted(&headers, ListFormat::ALL), None, "a list has no table");
        assert_eq!(ListFormat::accepted(&headers, ListFormat::OF_PACKET), Some(ListFormat::Csv));
    }
}
