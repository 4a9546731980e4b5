//! The formats of a list, and content negotiation.

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};

use crate::fuzzy::list_alternatives;
use crate::serve::http::accept::preferred;
use crate::serve::http::problem::Problem;
use crate::serve::pages::html;

/// A format of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListFormat {
    /// For programs.
    Json,
    /// For browsers and printing from them.
    Html,
    /// For printing and sending.
    Pdf,
}

impl ListFormat {
    /// Every format of this build, the default first. Lists are recorded in all of them.
    pub(crate) const ALL: &[Self] =
        if cfg!(feature = "pdf") { &[Self::Json, Self::Html, Self::Pdf] } else { &[Self::Json, Self::Html] };

    /// The code used by the forms of the pages.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Html => "html",
            Self::Pdf => "pdf",
        }
    }

    /// Its media type.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Html => "text/html",
            Self::Pdf => "application/pdf",
        }
    }

    /// Adds the content headers to `headers`.
    pub(crate) fn describe(self, headers: &mut HeaderMap) {
        match self {
            Self::Json => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            }
            Self::Html => html::describe_html(headers),
            Self::Pdf => {
                const KEPT: &str = "attachment; filename=\"choice-list.pdf\"";
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/pdf"));
                headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static(KEPT));
            }
        }
    }

    /// The format that the Accept headers prefer; the first of equals (RFC 9110, 12.5.1).
    ///
    /// # Errors
    /// No format is accepted.
    pub(crate) fn requested(headers: &HeaderMap) -> Result<Self, Problem> {
        Self::accepted(headers).ok_or_else(|| no_such_format(Self::ALL.iter().map(|format| format.media_type())))
    }

    fn accepted(headers: &HeaderMap) -> Option<Self> {
        let offered: Vec<&str> = Self::ALL.iter().map(|format| format.media_type()).collect();
        Self::ALL.get(preferred(headers, &offered)?).copied()
    }
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
            assert_eq!(ListFormat::accepted(&headers), format, "{accept}");
        }
        assert_eq!(ListFormat::accepted(&HeaderMap::new()), Some(ListFormat::Json));
    }
}
