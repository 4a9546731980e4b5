//! A bounded HTTP GET: one server, with limits on bytes, time and tries. It knows nothing about the
//! content.

use std::cell::Cell;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderName};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};
use tokio::time::timeout;

use crate::refresh::fetch::blocked_host::innermost;
use crate::refresh::fetch::error;
use crate::refresh::fetch::error::{FetchError, FetchFault, RetryPolicy, at, shown};
use crate::refresh::fetch::limits::{FetchLimits, REDIRECTS};
use crate::refresh::fetch::outbound::{OutboundPolicy, is_loopback};
use crate::refresh::fetch::token::AccessToken;
use crate::regular_file;

pub(crate) mod download;
pub(crate) mod encoding;

/// The longest URL accepted from a server, in bytes. Web servers do not accept longer ones.
pub const LONGEST_LINK: usize = 8 << 10;

/// The media types accepted for files: public servers label theirs with many.
pub const ANY: &str = "*/*";

/// Time limit for telling the server to delete its export.
const FAREWELL: Duration = Duration::from_secs(10);

/// A request.
#[derive(Debug, Clone)]
pub struct RequestSpec {
    /// The URL.
    pub url: Url,
    /// The accepted media type.
    pub accept: &'static str,
    /// The `Prefer` header.
    pub prefer: Option<&'static str>,
    /// Send the token, if there is one.
    pub signed: bool,
}

impl RequestSpec {
    /// A request for `url` with the token.
    pub fn for_a(url: Url, accept: &'static str) -> Self {
        Self { url, accept, prefer: None, signed: true }
    }
}

/// A successful response held in memory.
#[derive(Debug)]
pub struct BufferedResponse {
    /// The URL after redirects.
    pub url: Url,
    /// Status, 200 to 299.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Vec<u8>,
}

/// Options of a transport.
#[derive(Debug, Clone, Default)]
pub struct TransportOptions {
    /// The token.
    pub token: Option<AccessToken>,
    /// Limits.
    pub limits: FetchLimits,
    /// Allow unencrypted HTTP to servers other than this machine.
    pub allow_http: bool,
    /// Which addresses may be connected to.
    pub outbound: OutboundPolicy,
}

/// Sends requests to one server, within limits.
#[derive(Debug)]
pub struct HttpTransport {
    client: Client,
    base: Url,
    token: Option<AccessToken>,
    limits: FetchLimits,
    began: Instant,
    spent: Cell<u64>,
}

/// Measures how fast a body arrives, over successive periods.
struct ThroughputMonitor {
    since: Instant,
    bytes: u64,
}

impl HttpTransport {
    /// A transport to the server of `base`. Without `allow_http` the server must use HTTPS, unless
    /// it is this machine.
    ///
    /// # Errors
    /// The address is not HTTP, is blocked or is unencrypted, or the system has no TLS.
    pub fn to(base: &Url, terms: TransportOptions) -> Result<Self, FetchError> {
        let TransportOptions { token, limits, allow_http, outbound } = terms;
        if !matches!(base.scheme(), "http" | "https") || base.host().is_none() {
            return Err(FetchError::Asked(format!("{} is not an HTTP address", shown(base))));
        }
        if base.scheme() == "http" && !is_loopback(base) && !allow_http {
            let words =
                format!("{} is not encrypted; use https, or --allow-http (allow_http = true) on a safe network", shown(base));
            return Err(FetchError::Asked(words));
        }
        outbound.admit(base).map_err(|barred| FetchError::Asked(format!("{}: {barred}", shown(base))))?;
        let origin = base.origin();
        let policy = Policy::custom(move |attempt| {
            if attempt.url().origin() == origin && attempt.previous().len() <= REDIRECTS {
                attempt.follow()
            } else {
                attempt.stop()
            }
        });
        let client = Client::builder()
            .user_agent(concat!("placement/", env!("CARGO_PKG_VERSION")))
            .redirect(policy)
            .referer(false)
            .connect_timeout(limits.answer_time);
        let client = outbound.guard(client)?.build().map_err(|error| FetchError::Asked(innermost(&error)))?;
        Ok(Self { client, base: base.clone(), token, limits, began: Instant::now(), spent: Cell::new(0) })
    }

    /// The base URL. All other URLs must have the same scheme, host and port.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// The limits.
    pub fn limits(&self) -> &FetchLimits {
        &self.limits
    }

    /// Bytes received so far.
    pub fn spent(&self) -> u64 {
        self.spent.get()
    }

    /// Removes the token from a server's text.
    pub fn hidden(&self, text: &str) -> String {
        self.token.as_ref().map_or_else(|| text.to_owned(), |token| token.hidden(text))
    }

    /// Resolves a URL the server gave, which must be on the same server.
    ///
    /// # Errors
    /// It is not a URL or leads to another server. `what` names the link; `from` is the page it was
    /// on.
    pub fn link(&self, from: &Url, link: &str, what: &str) -> Result<Url, FetchError> {
        if link.len() > LONGEST_LINK {
            return Err(FetchFault::lasting(from, format!("{what} is longer than {LONGEST_LINK} bytes")).into());
        }
        let url = from.join(link).map_err(|_| FetchFault::lasting(from, format!("{what} is not a valid address")))?;
        if url.origin() == self.base.origin() {
            return Ok(url);
        }
        let elsewhere = url.origin().ascii_serialization();
        Err(FetchFault::lasting(from, format!("{what} leads to another server, {elsewhere}")).into())
    }

    /// Fetches a response into memory.
    ///
    /// # Errors
    /// The fault of the last try.
    pub async fn get(&self, ask: &RequestSpec) -> Result<BufferedResponse, FetchError> {
        self.tried(ask, async || self.within(&ask.url, self.limits.answer_time, self.answer(ask)).await).await
    }

    /// Fetches a response into a file, in pieces.
    ///
    /// # Errors
    /// The fault of the last try, or an I/O error.
    pub async fn save(&self, ask: &RequestSpec, path: &Path) -> Result<(), FetchError> {
        self.tried(ask, async || self.pieces(ask, path).await).await
    }

    /// Tells the server to delete `url`, even after the time limit of the fetch. The answer is
    /// ignored.
    pub async fn delete(&self, url: &Url) {
        let mut request = self.client.delete(url.clone());
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, token.header());
        }
        let _ = timeout(self.limits.answer_time.min(FAREWELL), request.send()).await;
    }

    /// Waits for `pause`, but no longer than the fetch has time left.
    pub async fn wait(&self, pause: Duration) {
        tokio::time::sleep(pause.min(self.longest_pause())).await;
    }

    fn left(&self) -> Duration {
        self.limits.whole_time.saturating_sub(self.began.elapsed())
    }

    fn longest_pause(&self) -> Duration {
        self.limits.longest_pause.min(self.left())
    }

    /// Retries while the fault may pass.
    async fn tried<T>(&self, ask: &RequestSpec, once: impl AsyncFn() -> Result<T, FetchError>) -> Result<T, FetchError> {
        let pauses = ExponentialBuilder::default()
            .with_min_delay(self.limits.pause)
            .with_max_delay(self.limits.longest_pause)
            .with_max_times(self.limits.tries.saturating_sub(1))
            .with_jitter();
        let pause = |error: &FetchError, usual: Option<Duration>| match error.retry_policy() {
            RetryPolicy::Never => None,
            RetryPolicy::Soon => usual.map(|pause| pause.min(self.longest_pause())),
            RetryPolicy::After(asked) => usual.map(|_| asked.min(self.longest_pause())),
        };
        let got =
            (|| once()).retry(pauses).sleep(tokio::time::sleep).when(|error| error.retry_policy() != RetryPolicy::Never);
        got.adjust(pause).await.map_err(|error| self.with_request(ask, error))
    }

    /// Prepares an error for display: adds the number of tries and removes the token.
    fn with_request(&self, ask: &RequestSpec, error: FetchError) -> FetchError {
        let FetchError::Server(mut fault) = error else { return error };
        if fault.again != RetryPolicy::Never && self.left().is_zero() {
            return self.too_slow(&ask.url).into();
        }
        if fault.again != RetryPolicy::Never && self.limits.tries > 1 {
            fault.cause = format!("{} (after {} tries)", fault.cause, self.limits.tries);
        }
        if let Some(token) = &self.token {
            fault.cause = token.hidden(&fault.cause);
            fault.body = token.hidden(&String::from_utf8_lossy(&fault.body)).into_bytes();
        }
        FetchError::Server(fault)
    }

    fn too_slow(&self, url: &Url) -> FetchFault {
        FetchFault::lasting(url, format!("the fetch took longer than {:?}", self.limits.whole_time))
    }

    /// Runs `work` with a time limit.
    async fn within<T>(
        &self,
        url: &Url,
        time: Duration,
        work: impl Future<Output = Result<T, FetchError>>,
    ) -> Result<T, FetchError> {
        let left = self.left();
        match timeout(time.min(left), work).await {
            Ok(done) => done,
            Err(_) if left <= time => Err(self.too_slow(url).into()),
            Err(_) => Err(FetchFault::is_timeout(url, format!("no complete answer within {time:?}")).into()),
        }
    }

    async fn answer(&self, ask: &RequestSpec) -> Result<BufferedResponse, FetchError> {
        let mut response = self.response(ask).await?;
        let (url, status, headers) = (response.url().clone(), response.status(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(piece) = self.piece(&ask.url, &mut response).await? {
            body.extend_from_slice(&piece);
            if body.len() as u64 > self.limits.answer_bytes {
                let cause = format!("the answer is longer than {} bytes", self.limits.answer_bytes);
                return Err(FetchFault::lasting(&ask.url, cause).into());
            }
        }
        let lasting = |cause| FetchFault::lasting(&ask.url, cause);
        let body = encoding::body(&headers, body, self.limits.answer_bytes).map_err(lasting)?;
        Ok(BufferedResponse { url, status, headers, body })
    }

    async fn pieces(&self, ask: &RequestSpec, path: &Path) -> Result<(), FetchError> {
        let file = regular_file::create(path).map_err(at(path))?;
        let response = self.within(&ask.url, self.limits.answer_time, self.response(ask)).await?;
        self.pour(&ask.url, response, file, path).await?;
        Ok(())
    }

    /// Writes a body to a file; fails if it arrives too slowly.
    async fn pour(&self, url: &Url, mut response: Response, mut file: File, path: &Path) -> Result<File, FetchError> {
        let mut pace = ThroughputMonitor { since: Instant::now(), bytes: 0 };
        while let Some(piece) = self.within(url, self.limits.answer_time, self.piece(url, &mut response)).await? {
            file.write_all(&piece).map_err(at(path))?;
            pace.bytes += piece.len() as u64;
            if pace.since.elapsed() >= self.limits.answer_time {
                if pace.bytes < self.limits.answer_least {
                    let (came, time) = (pace.bytes, self.limits.answer_time);
                    return Err(FetchFault::passing(url, format!("only {came} bytes were received within {time:?}")).into());
                }
                pace = ThroughputMonitor { since: Instant::now(), bytes: 0 };
            }
        }
        Ok(file)
    }

    /// Reads the next piece of a body and counts its bytes.
    async fn piece(&self, url: &Url, response: &mut Response) -> Result<Option<Vec<u8>>, FetchError> {
        let piece = response.chunk().await.map_err(|error| error::from_reqwest(url, &error))?;
        let spent = self.spent.get() + piece.as_ref().map_or(0, |piece| piece.len() as u64);
        self.spent.set(spent);
        if spent > self.limits.total_bytes {
            let cause = format!("the fetch exceeds {} bytes", self.limits.total_bytes);
            return Err(FetchFault::lasting(url, cause).into());
        }
        Ok(piece.map(|piece| piece.to_vec()))
    }

    /// A successful response whose body has not been read.
    async fn response(&self, ask: &RequestSpec) -> Result<Response, FetchError> {
        let response = self.send(ask, HeaderMap::new()).await?;
        if response.status().is_success() { Ok(response) } else { Err(error::refusal(&ask.url, response).await.into()) }
    }

    /// A response of any status whose body has not been read.
    async fn send(&self, ask: &RequestSpec, conditions: HeaderMap) -> Result<Response, FetchError> {
        let mut request = self.client.get(ask.url.clone()).header(ACCEPT, ask.accept).headers(conditions);
        if let Some(prefer) = ask.prefer {
            request = request.header(HeaderName::from_static("prefer"), prefer);
        }
        if let Some(token) = self.token.as_ref().filter(|_| ask.signed) {
            request = request.header(AUTHORIZATION, token.header());
        }
        Ok(request.send().await.map_err(|error| error::from_reqwest(&ask.url, &error))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    fn here() -> TransportOptions {
        let allow = ["127.0.0.0/8", "::1/128", "10.0.0.0/8"].map(|net| net.parse().unwrap()).to_vec();
        TransportOptions { outbound: OutboundPolicy { allow, ..OutboundPolicy::default() }, ..TransportOptions::default() }
    }

    #[test]
    fn only_this_machine_is_asked_in_the_clear() {
        for (base, good) in [
            ("https://payer.example/fhir", true),
            ("http://payer.example/fhir", false),
            ("http://localhost:8080/fhir", true),
            ("http://127.0.0.1/", true),
            ("http://[::1]:80/", true),
            ("http://localhost.example/", false),
            ("http://10.0.0.1/", false),
            ("ftp://127.0.0.1/", false),
        ] {
            assert_eq!(HttpTransport::to(&url(base), here()).is_ok(), good, "{base}");
        }
        assert!(HttpTransport::to(&url("http://payer.example/"), TransportOptions { allow_http: true, ..here() }).is_ok());
    }

    #[test]
    fn links_stay_on_the_server() {
        let base = url("https://payer.example/fhir/");
        let transport = HttpTransport::to(&base, TransportOptions::default()).unwrap();
        for (link, leads) in [
            ("https://payer.example/fhir?page=2", Some("https://payer.example/fhir?page=2")),
            ("Location?page=2", Some("https://payer.example/fhir/Location?page=2")),
            ("https://payer.example:443/x", Some("https://payer.example/x")),
            ("http://payer.example/fhir?page=2", None),
            ("https://payer.example:8443/fhir?page=2", None),
            ("https://elsewhere.example/fhir?page=2", None),
            ("//elsewhere.example/fhir?page=2", None),
            ("https://", None),
            (&format!("?page={}", "x".repeat(LONGEST_LINK)), None),
        ] {
            let followed = transport.link(&base, link, "a next link");
            assert_eq!(followed.ok().as_ref().map(Url::as_str), leads, "{link}");
        }
    }
}
