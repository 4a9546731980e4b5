//! The HTTP validators of a file (RFC 9110, 8.8): the `ETag` and `Last-Modified` by which an unchanged file is recognized.
//! [`crate::refresh::fetch::transport::download`] uses them to skip an unchanged file and to resume an interrupted one.

use jiff::civil::Date;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use reqwest::header::{ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use serde::{Deserialize, Serialize};

/// The validators a server gives for a file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CacheValidators {
    /// Its `ETag`.
    pub etag: Option<String>,
    /// Its `Last-Modified`.
    pub last_modified: Option<String>,
}

impl CacheValidators {
    pub fn of(headers: &HeaderMap) -> Self {
        let text = |name: HeaderName| Some(headers.get(name)?.to_str().ok()?.to_owned());
        Self { etag: text(ETAG), last_modified: text(LAST_MODIFIED) }
    }

    /// The strong validator that shows two parts belong to the same file. A weak one does not
    /// qualify (RFC 9110, 13.1.5).
    pub fn strong(&self) -> Option<&str> {
        let etag = self.etag.as_deref().filter(|etag| !etag.starts_with("W/"));
        etag.or(self.last_modified.as_deref().filter(|_| self.etag.is_none()))
    }

    /// The day of its `Last-Modified`, in UTC.
    pub fn day(&self) -> Option<Date> {
        let then = rfc2822::DateTimeParser::new().parse_timestamp(self.last_modified.as_deref()?).ok()?;
        Some(then.to_zoned(TimeZone::UTC).date())
    }

    /// Headers that request the file only if it changed.
    pub fn conditions(&self) -> HeaderMap {
        header_of([(IF_NONE_MATCH, self.etag.as_deref()), (IF_MODIFIED_SINCE, self.last_modified.as_deref())])
    }
}

pub(crate) fn header_of<const N: usize>(pairs: [(HeaderName, Option<&str>); N]) -> HeaderMap {
    let value = |text: Option<&str>| HeaderValue::from_str(text?).ok();
    pairs.into_iter().filter_map(|(name, text)| Some((name, value(text)?))).collect()
}
