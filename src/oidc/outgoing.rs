//! Requests to an identity provider or an EHR: only over TLS or on this machine, without redirects or a
//! proxy, and bounded in time and size. No address or body of them is logged.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use serde_json::Value;

/// Timeout of one request: a person waits for it. Our choice.
const SLOWEST: Duration = Duration::from_secs(8);
/// Largest answer in bytes. Our choice: more than a patient's orders in force.
const LARGEST: usize = 1024 * 1024;

/// Why a request failed, in words for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct OutgoingFailure(pub(crate) String);

/// A client for such requests.
#[derive(Debug, Clone)]
pub(crate) struct OutgoingClient(Client);

impl OutgoingClient {
    /// # Errors
    /// TLS cannot be used.
    pub(crate) fn new() -> Result<Self, String> {
        let client = Client::builder().no_proxy().redirect(Policy::none()).timeout(SLOWEST);
        client.build().map(Self).map_err(|error| error.to_string())
    }

    /// The JSON at `url`, with a token if there is one.
    ///
    /// # Errors
    /// There is no such answer.
    pub(crate) async fn get(&self, url: &Url, token: Option<&str>) -> Result<Value, OutgoingFailure> {
        let request = self.0.get(url.clone()).header(ACCEPT, "application/fhir+json, application/json");
        let request = match token {
            Some(token) => request.header(AUTHORIZATION, format!("Bearer {token}")),
            None => request,
        };
        answered(request).await
    }

    /// The JSON answer to a form.
    ///
    /// # Errors
    /// There is no such answer.
    pub(crate) async fn post(
        &self,
        url: &Url,
        fields: &[(&str, &str)],
        authorization: Option<String>,
    ) -> Result<Value, OutgoingFailure> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.0.post(url.clone()).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        let request = request.header(ACCEPT, "application/json");
        answered(match authorization {
            Some(authorization) => request.header(AUTHORIZATION, authorization),
            None => request,
        })
        .await
    }
}

async fn answered(request: RequestBuilder) -> Result<Value, OutgoingFailure> {
    let failed = |error: reqwest::Error| OutgoingFailure(innermost(&error.without_url()));
    let mut response = request.send().await.map_err(failed)?;
    if response.status() != StatusCode::OK {
        return Err(OutgoingFailure(format!("it answers {}", response.status().as_u16())));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if bytes.len() + chunk.len() > LARGEST {
            return Err(OutgoingFailure(format!("its answer is larger than {LARGEST} bytes")));
        }
        bytes.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&bytes).map_err(|_| OutgoingFailure("its answer is not JSON".to_owned()))
}

/// `text` as a URL that nobody on the network can answer in another's name.
///
/// # Errors
/// It is none.
pub(crate) fn guarded_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("{text}: {error}"))?;
    let is_guarded = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    if is_guarded && is_plain { Ok(url) } else { Err(format!("{text}: must be an https URL without a user")) }
}

/// The innermost cause of an error, which is the most specific.
pub(crate) fn innermost(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// Whether a URL is of this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_guarded_by_tls_or_on_this_machine() {
        for good in ["https://login.mercy.example/a", "http://127.0.0.1:1/a", "http://[::1]:1/", "http://localhost:1"] {
            assert!(guarded_url(good).is_ok(), "{good}");
        }
        for wrong in [
            "http://login.mercy.example/a",
            "http://localhost.evil.example/",
            "ftp://127.0.0.1/",
            "https://user:secret@login.mercy.example",
            "https://login.mercy.example/#a",
            "file:///etc/passwd",
            "login.mercy.example",
            "",
        ] {
            assert!(guarded_url(wrong).is_err(), "{wrong}");
        }
    }
}
