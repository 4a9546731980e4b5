//! Errors of a fetch: one line each, without secrets.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::{HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Response, StatusCode, Url};

use crate::refresh::fetch::blocked_host::{BlockedHost, innermost};
use crate::refresh::fetch::limits::REDIRECTS;
use crate::refresh::fetch::token::AccessToken;
use crate::text::{is_steering, squeeze_spaces};

/// Bytes kept of the body of an error response.
const REFUSAL: usize = 64 * 1024;

/// The longest cause shown, in characters.
const LONGEST: usize = 300;

/// The longest cause kept, in characters. It is cut to [`LONGEST`] after secrets have been removed.
const HELD: usize = 64 * 1024;

/// A server fault, in one line.
#[derive(Debug, thiserror::Error)]
#[error("{url}: {cause}")]
pub struct FetchFault {
    /// The URL, without query, user name and password.
    pub url: String,
    /// What went wrong.
    pub cause: String,
    /// The HTTP status, if there was a response.
    pub status: Option<u16>,
    /// The beginning of the error response's body.
    pub body: Vec<u8>,
    /// Whether a retry may help.
    pub again: RetryPolicy,
    /// Whether the server could not be reached or did not answer.
    pub silent: bool,
}

/// Whether to retry after a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryPolicy {
    /// A retry would fail the same way.
    Never,
    /// A retry may succeed.
    Soon,
    /// The server says when to retry.
    After(Duration),
}

impl FetchFault {
    /// A fault that a retry does not fix.
    pub fn lasting(url: &Url, cause: impl Into<String>) -> Self {
        let (url, cause) = (shown(url), flat(&cause.into(), HELD));
        Self { url, cause, status: None, body: Vec::new(), again: RetryPolicy::Never, silent: false }
    }

    /// A server that did not answer, which may pass.
    pub fn is_timeout(url: &Url, cause: impl Into<String>) -> Self {
        Self { silent: true, ..Self::passing(url, cause) }
    }

    /// A fault that may pass on retry.
    pub fn passing(url: &Url, cause: impl Into<String>) -> Self {
        Self { again: RetryPolicy::Soon, ..Self::lasting(url, cause) }
    }
}

impl From<FetchFault> for FetchError {
    fn from(fault: FetchFault) -> Self {
        Self::Server(Box::new(fault))
    }
}

/// The URL without query, fragment, user name and password, which may be secret.
pub fn shown(url: &Url) -> String {
    let query = if url.query().is_some() { "?…" } else { "" };
    format!("{}{}{query}", url.origin().ascii_serialization(), url.path())
}

/// External text on one line of limited length.
pub fn one_line(text: &str) -> String {
    flat(text, LONGEST)
}

/// Same with the token removed. The token is removed before the text is cut, because a cut token
/// would not be recognized.
pub fn to_log_line(text: &str, token: Option<&AccessToken>) -> String {
    let line = flat(text, HELD);
    one_line(&token.map_or_else(|| line.clone(), |token| token.hidden(&line)))
}

/// External text on one line, not yet shortened for display.
pub fn truncate_body(text: &str) -> String {
    flat(text, HELD)
}

fn flat(text: &str, longest: usize) -> String {
    let words = squeeze_spaces(text);
    let mut line: String = words.chars().filter(|c| !is_steering(*c)).take(longest).collect();
    if words.chars().count() > longest {
        line.push('…');
    }
    line
}

impl FetchError {
    /// The error as it may be shown: one line, without secrets.
    #[must_use]
    pub fn told(mut self, token: Option<&AccessToken>) -> Self {
        if let Self::Server(fault) = &mut self {
            fault.url = to_log_line(&fault.url, token);
            fault.cause = to_log_line(&fault.cause, token);
            fault.body = Vec::new();
        }
        self
    }

    /// Whether the server could not be reached or did not answer.
    pub fn is_silence(&self) -> bool {
        matches!(self, Self::Server(fault) if fault.silent)
    }

    /// Whether a retry may help.
    pub fn retry_policy(&self) -> RetryPolicy {
        match self {
            Self::Server(fault) => fault.again,
            Self::Asked(_) | Self::NothingToUpdate(_) | Self::NotOurs { .. } | Self::Locked(_) | Self::Disk { .. } => {
                RetryPolicy::Never
            }
        }
    }
}

/// The pause of a `Retry-After` header, given in seconds or as a date.
pub fn asked_pause(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let until = |text: &str| {
        let then = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
        Duration::try_from(then.duration_since(Timestamp::now())).ok()
    };
    text.parse().ok().map(Duration::from_secs).or_else(|| until(text))
}

/// Turns an error response into a fault. 429 and server errors may be retried; other refusals may
/// not.
pub async fn refusal(asked: &Url, mut response: Response) -> FetchFault {
    let status = response.status();
    if status.is_redirection() {
        return FetchFault { status: Some(status.as_u16()), ..FetchFault::lasting(asked, redirect(&response)) };
    }
    let again = match asked_pause(response.headers()) {
        _ if !(status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS) => RetryPolicy::Never,
        Some(pause) => RetryPolicy::After(pause),
        None => RetryPolicy::Soon,
    };
    let mut body = Vec::new();
    while body.len() < REFUSAL
        && let Ok(Some(piece)) = response.chunk().await
    {
        body.extend_from_slice(&piece);
    }
    let hint = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ": it needs a token, or rejects the one it got",
        _ => "",
    };
    FetchFault {
        status: Some(status.as_u16()),
        body,
        again,
        ..FetchFault::lasting(asked, format!("the server answered {status}{hint}"))
    }
}

/// Why a redirect was not followed.
fn redirect(response: &Response) -> String {
    let to = response.headers().get(LOCATION).and_then(|to| to.to_str().ok());
    match to.and_then(|to| response.url().join(to).ok()) {
        Some(to) if !matches!(to.scheme(), "http" | "https") => {
            format!("the server redirects to a {} address, not to HTTP", truncate_body(to.scheme()))
        }
        Some(to) if to.origin() != response.url().origin() => {
            format!("the server redirects to another server, {}", to.origin().ascii_serialization())
        }
        Some(_) => format!("the server redirects more than {REDIRECTS} times"),
        None => format!("the server answered {} without a usable location", response.status()),
    }
}

/// Turns a client error into a fault. A blocked address is not retried.
pub fn from_reqwest(url: &Url, error: &reqwest::Error) -> FetchFault {
    if let Some(barred) = BlockedHost::within(error) {
        return FetchFault::lasting(url, barred.to_string());
    }
    let what = if error.is_connect() {
        "the server cannot be reached"
    } else if error.is_body() || error.is_decode() {
        "the answer broke off"
    } else {
        "the connection failed"
    };
    FetchFault { silent: error.is_connect(), ..FetchFault::passing(url, format!("{what}: {}", innermost(error))) }
}

/// Why a fetch failed; the folder is unchanged.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The request cannot be carried out.
    #[error("{0}")]
    Asked(String),
    /// The server cannot be reached, refuses, or answers wrongly.
    #[error(transparent)]
    Server(#[from] Box<FetchFault>),
    /// An incremental fetch has no earlier fetch to update.
    #[error("{} has nothing to update; fetch the whole directory first", .0.display())]
    NothingToUpdate(PathBuf),
    /// The folder has a file that no fetch wrote, and a fetch would delete it.
    #[error("{} has {what}, which no fetch wrote; use a separate folder", .folder.display())]
    NotOurs {
        /// The folder.
        folder: PathBuf,
        /// The name of that file.
        what: String,
    },
    /// Another fetch is writing to the same folder.
    #[error("another fetch into {} is running; wait for it to end", .0.display())]
    Locked(PathBuf),
    /// An I/O error.
    #[error("{}: {error}", .path.display())]
    Disk {
        /// The path.
        path: PathBuf,
        /// The cause.
        error: io::Error,
    },
}

/// Adds the path to an I/O error.
pub fn at(path: &Path) -> impl FnOnce(io::Error) -> FetchError {
    let path = path.to_path_buf();
    |error| FetchError::Disk { path, error }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn what_is_told_of_an_address_holds_no_secret() {
        let told = shown(&"https://me:word@payer.example/fhir/Location?key=abc#def".parse().unwrap());
        assert_eq!(told, "https://payer.example/fhir/Location?…");
    }

    #[test]
    fn a_pause_is_asked_for_in_seconds_or_until_a_time() {
        let asked = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_str(text).unwrap());
            asked_pause(&headers)
        };
        assert_eq!(asked("7"), Some(Duration::from_secs(7)));
        assert_eq!(asked("soon"), None);
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:37 GMT"), None, "that time has passed");
        assert!(asked("Wed, 06 Nov 2999 08:49:37 GMT").unwrap() > Duration::from_secs(1000));
    }

    #[test]
    fn words_of_others_stay_on_one_line() {
        assert_eq!(one_line("a\r\n\tb\u{1b}[31m"), "a b[31m");
        assert_eq!(one_line(&"x".repeat(1000)).chars().count(), LONGEST + 1);
    }
}
