//! What a server did wrong, told in one line that holds no secret.

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

/// How much of a refusal is kept, for what it says.
const REFUSAL: usize = 64 * 1024;

/// The longest cause told, in characters.
const LONGEST: usize = 300;

/// The longest cause held until it is told, in characters. It is cut to what is told once what is secret has been taken out.
const HELD: usize = 64 * 1024;

/// What a server did wrong, in one line.
#[derive(Debug, thiserror::Error)]
#[error("{url}: {cause}")]
pub struct FetchFault {
    /// What was asked for, without query, name and password.
    pub url: String,
    /// What is wrong with the answer.
    pub cause: String,
    /// The status, where there was an answer.
    pub status: Option<u16>,
    /// The beginning of a refusal, which may say more.
    pub body: Vec<u8>,
    /// Whether asking again may mend it.
    pub again: RetryPolicy,
    /// Nothing came: the server cannot be reached, or keeps silent.
    pub silent: bool,
}

/// Whether to ask again after a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryPolicy {
    /// It would be the same.
    Never,
    /// It may be mended by then.
    Soon,
    /// The server says when.
    After(Duration),
}

impl FetchFault {
    /// A fault that asking again will not mend.
    pub fn lasting(url: &Url, cause: impl Into<String>) -> Self {
        let (url, cause) = (shown(url), flat(&cause.into(), HELD));
        Self { url, cause, status: None, body: Vec::new(), again: RetryPolicy::Never, silent: false }
    }

    /// That nothing came, which may pass.
    pub fn is_timeout(url: &Url, cause: impl Into<String>) -> Self {
        Self { silent: true, ..Self::passing(url, cause) }
    }

    /// A fault that may pass.
    pub fn passing(url: &Url, cause: impl Into<String>) -> Self {
        Self { again: RetryPolicy::Soon, ..Self::lasting(url, cause) }
    }
}

impl From<FetchFault> for FetchError {
    fn from(fault: FetchFault) -> Self {
        Self::Server(Box::new(fault))
    }
}

/// The address as it may be told: without query, fragment, name and password, which may hold secrets.
pub fn shown(url: &Url) -> String {
    let query = if url.query().is_some() { "?…" } else { "" };
    format!("{}{}{query}", url.origin().ascii_serialization(), url.path())
}

/// A text of others on one line of bounded length.
pub fn one_line(text: &str) -> String {
    flat(text, LONGEST)
}

/// The same without what is secret, which goes first: what is left of a word that is cut would be told.
pub fn to_log_line(text: &str, token: Option<&AccessToken>) -> String {
    let line = flat(text, HELD);
    one_line(&token.map_or_else(|| line.clone(), |token| token.hidden(&line)))
}

/// A text of others on one line that is yet to be told.
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
    /// The error as it is told: in a line, without what is secret.
    #[must_use]
    pub fn told(mut self, token: Option<&AccessToken>) -> Self {
        if let Self::Server(fault) = &mut self {
            fault.url = to_log_line(&fault.url, token);
            fault.cause = to_log_line(&fault.cause, token);
            fault.body = Vec::new();
        }
        self
    }

    /// Whether nothing came from the server at all.
    pub fn is_silence(&self) -> bool {
        matches!(self, Self::Server(fault) if fault.silent)
    }

    /// Whether asking again may mend it.
    pub fn again(&self) -> RetryPolicy {
        match self {
            Self::Server(fault) => fault.again,
            Self::Asked(_) | Self::NothingToUpdate(_) | Self::NotOurs { .. } | Self::Locked(_) | Self::Disk { .. } => {
                RetryPolicy::Never
            }
        }
    }
}

/// The pause a server asks for, as seconds or as a time of day.
pub fn asked_pause(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let until = |text: &str| {
        let then = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
        Duration::try_from(then.duration_since(Timestamp::now())).ok()
    };
    text.parse().ok().map(Duration::from_secs).or_else(|| until(text))
}

/// What a status that is not good means. Too many requests and faults of the server pass; other refusals do not.
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
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ": it wants a token, or another one",
        _ => "",
    };
    FetchFault {
        status: Some(status.as_u16()),
        body,
        again,
        ..FetchFault::lasting(asked, format!("it answered {status}{hint}"))
    }
}

/// Why a redirect was not followed.
fn redirect(response: &Response) -> String {
    let to = response.headers().get(LOCATION).and_then(|to| to.to_str().ok());
    match to.and_then(|to| response.url().join(to).ok()) {
        Some(to) if !matches!(to.scheme(), "http" | "https") => {
            format!("it redirects to an address of {} and not of HTTP", truncate_body(to.scheme()))
        }
        Some(to) if to.origin() != response.url().origin() => {
            format!("it redirects to another server, {}", to.origin().ascii_serialization())
        }
        Some(_) => format!("it redirects more than {REDIRECTS} times"),
        None => format!("it answered {} and says nowhere to go", response.status()),
    }
}

/// What went wrong on the way. An address that is barred stays so.
pub fn from_reqwest(url: &Url, error: &reqwest::Error) -> FetchFault {
    if let Some(barred) = BlockedHost::within(error) {
        return FetchFault::lasting(url, barred.to_string());
    }
    let what = if error.is_connect() {
        "it cannot be reached"
    } else if error.is_body() || error.is_decode() {
        "the answer broke off"
    } else {
        "the connection failed"
    };
    FetchFault { silent: error.is_connect(), ..FetchFault::passing(url, format!("{what}: {}", innermost(error))) }
}

/// Why a fetch brought nothing; the folder is as it was.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// What was asked for cannot be fetched at all.
    #[error("{0}")]
    Asked(String),
    /// The server cannot be reached, refuses, or does not do what it should.
    #[error(transparent)]
    Server(#[from] Box<FetchFault>),
    /// What a fetch of changes would change is not there.
    #[error("{} holds nothing to bring up to date: fetch the whole directory first", .0.display())]
    NothingToUpdate(PathBuf),
    /// The folder holds what no fetch brought, and would lose it.
    #[error("{} holds {what}, which no fetch brought: name a folder of its own", .folder.display())]
    NotOurs {
        /// The folder.
        folder: PathBuf,
        /// The name of what it holds.
        what: String,
    },
    /// Another fetch writes to the same folder.
    #[error("another fetch into {} is running; nothing was done", .0.display())]
    Locked(PathBuf),
    /// The disk failed.
    #[error("{}: {error}", .path.display())]
    Disk {
        /// Where.
        path: PathBuf,
        /// How.
        error: io::Error,
    },
}

/// Turns an error of the disk into one that says where.
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
