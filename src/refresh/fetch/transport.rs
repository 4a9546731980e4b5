//! A bounded GET: one server, so many bytes, so much time, so many tries. It knows HTTP and not what is carried.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};
use tokio::time::timeout;

use crate::refresh::fetch::{FetchError, at};

/// The most redirects followed for one answer; all lead to the same server.
const REDIRECTS: usize = 5;

/// How long the server may take to hear that its files are needed no more.
const FAREWELL: Duration = Duration::from_secs(10);

/// How much of a refusal is kept, for what it says.
const REFUSAL: usize = 64 * 1024;

/// The longest cause told, in characters.
const LONGEST: usize = 300;

/// What a fetch may cost at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one answer that is held in memory.
    pub answer_bytes: u64,
    /// Bytes of all answers together.
    pub total_bytes: u64,
    /// How many pages one list may have.
    pub pages: usize,
    /// How long one answer may take, its body included; of a file that is saved, each piece of it.
    pub answer_time: Duration,
    /// How long the whole fetch may take.
    pub whole_time: Duration,
    /// How often a thing is asked for when the fault may pass.
    pub tries: usize,
    /// The pause before the second try; it doubles with each.
    pub pause: Duration,
    /// The longest pause, whatever the server asks for.
    pub longest_pause: Duration,
}

impl Default for Limits {
    /// A large payer's directory fits well; a server that never ends does not.
    fn default() -> Self {
        Self {
            answer_bytes: 64 << 20,
            total_bytes: 20 << 30,
            pages: 200_000,
            answer_time: Duration::from_mins(1),
            whole_time: Duration::from_hours(6),
            tries: 3,
            pause: Duration::from_secs(1),
            longest_pause: Duration::from_mins(2),
        }
    }
}

/// A bearer token. Nothing prints it.
#[derive(Clone)]
pub struct Token {
    text: String,
    header: HeaderValue,
}

impl Token {
    /// The token in a text; space around it is dropped. `None` when no header could carry it.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let mut header = HeaderValue::from_str(&format!("Bearer {text}")).ok().filter(|_| !text.is_empty())?;
        header.set_sensitive(true);
        Some(Self { text: text.to_owned(), header })
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

/// What a server did wrong, in one line.
#[derive(Debug, thiserror::Error)]
#[error("{url}: {cause}")]
pub struct Fault {
    /// What was asked for, without query, name and password.
    pub url: String,
    /// What is wrong with the answer.
    pub cause: String,
    /// The status, where there was an answer.
    pub status: Option<u16>,
    /// The beginning of a refusal, which may say more.
    pub body: Vec<u8>,
    again: Again,
}

/// Whether to ask again after a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Again {
    Never,
    Soon,
    After(Duration),
}

impl Fault {
    /// A fault that asking again will not mend.
    pub fn lasting(url: &Url, cause: impl Into<String>) -> Self {
        Self { url: shown(url), cause: one_line(&cause.into()), status: None, body: Vec::new(), again: Again::Never }
    }

    /// A fault that may pass.
    fn passing(url: &Url, cause: impl Into<String>) -> Self {
        Self { again: Again::Soon, ..Self::lasting(url, cause) }
    }
}

impl From<Fault> for FetchError {
    fn from(fault: Fault) -> Self {
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
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut line: String = words.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    if words.chars().count() > LONGEST {
        line.push('…');
    }
    line
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Where.
    pub url: Url,
    /// The media type wanted.
    pub accept: &'static str,
    /// What the `Prefer` header says.
    pub prefer: Option<&'static str>,
    /// Show the token, if there is one.
    pub signed: bool,
}

impl Ask {
    /// Asks for `url` with the token.
    pub fn for_a(url: Url, accept: &'static str) -> Self {
        Self { url, accept, prefer: None, signed: true }
    }
}

/// A good answer, held in memory.
#[derive(Debug)]
pub struct Answer {
    /// Where it came from in the end.
    pub url: Url,
    /// Its status, 200 to 299.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

/// Asks one server, within limits.
#[derive(Debug)]
pub struct Transport {
    client: Client,
    base: Url,
    token: Option<Token>,
    limits: Limits,
    began: Instant,
    spent: Cell<u64>,
}

impl Transport {
    /// A transport to the server of `base`. Without `allow_http` the server must speak HTTPS, unless it is this machine.
    ///
    /// # Errors
    /// The address is not one of HTTP, would send what is secret in the clear, or the system has no TLS.
    pub fn to(base: &Url, token: Option<Token>, limits: Limits, allow_http: bool) -> Result<Self, FetchError> {
        let here = is_loopback(base);
        if !matches!(base.scheme(), "http" | "https") || base.host().is_none() {
            return Err(FetchError::Asked(format!("{} is not an address of HTTP", shown(base))));
        }
        if base.scheme() == "http" && !here && !allow_http {
            let words = format!("{} is not encrypted: use https, or --allow-http where the way is safe", shown(base));
            return Err(FetchError::Asked(words));
        }
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
        let client = if here { client.no_proxy() } else { client };
        let client = client.build().map_err(|error| FetchError::Asked(innermost(&error)))?;
        Ok(Self { client, base: base.clone(), token, limits, began: Instant::now(), spent: Cell::new(0) })
    }

    /// The address all others must share scheme, host and port with.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// What the fetch may cost.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Bytes that came so far.
    pub fn spent(&self) -> u64 {
        self.spent.get()
    }

    /// An address the server gave, which must be on the same server.
    ///
    /// # Errors
    /// It is no address, or leads elsewhere. `what` names the link, `from` is where it stood.
    pub fn link(&self, from: &Url, link: &str, what: &str) -> Result<Url, FetchError> {
        let url = from.join(link).map_err(|_| Fault::lasting(from, format!("{what} is not an address")))?;
        if url.origin() == self.base.origin() {
            return Ok(url);
        }
        let elsewhere = url.origin().ascii_serialization();
        Err(Fault::lasting(from, format!("{what} leads to another server, {elsewhere}")).into())
    }

    /// Gets an answer into memory.
    ///
    /// # Errors
    /// What was wrong at the last try.
    pub async fn get(&self, ask: &Ask) -> Result<Answer, FetchError> {
        self.tried(ask, async || self.within(&ask.url, self.limits.answer_time, self.answer(ask)).await).await
    }

    /// Gets an answer into a file, in pieces.
    ///
    /// # Errors
    /// What was wrong at the last try, or the disk failed.
    pub async fn save(&self, ask: &Ask, path: &Path) -> Result<(), FetchError> {
        self.tried(ask, async || self.pieces(ask, path).await).await
    }

    /// Tells the server that what is at `url` is needed no more, also when the time for the fetch is over. It may refuse; nothing
    /// depends on it.
    pub async fn delete(&self, url: &Url) {
        let mut request = self.client.delete(url.clone());
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, token.header.clone());
        }
        let _ = timeout(self.limits.answer_time.min(FAREWELL), request.send()).await;
    }

    /// Waits, though no longer than the fetch has time left.
    pub async fn wait(&self, pause: Duration) {
        tokio::time::sleep(pause.min(self.longest_pause())).await;
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

    fn left(&self) -> Duration {
        self.limits.whole_time.saturating_sub(self.began.elapsed())
    }

    fn longest_pause(&self) -> Duration {
        self.limits.longest_pause.min(self.left())
    }

    /// Asks again while the fault may pass.
    async fn tried<T>(&self, ask: &Ask, once: impl AsyncFn() -> Result<T, FetchError>) -> Result<T, FetchError> {
        let pauses = ExponentialBuilder::default()
            .with_min_delay(self.limits.pause)
            .with_max_delay(self.limits.longest_pause)
            .with_max_times(self.limits.tries.saturating_sub(1))
            .with_jitter();
        let pause = |error: &FetchError, usual: Option<Duration>| match again(error) {
            Again::Never => None,
            Again::Soon => usual.map(|pause| pause.min(self.longest_pause())),
            Again::After(asked) => usual.map(|_| asked.min(self.longest_pause())),
        };
        let got = (|| once()).retry(pauses).sleep(tokio::time::sleep).when(|error| again(error) != Again::Never);
        got.adjust(pause).await.map_err(|error| self.told(ask, error))
    }

    /// The error as it is told: with the number of tries, and without the token should a server have repeated it.
    fn told(&self, ask: &Ask, error: FetchError) -> FetchError {
        let FetchError::Server(mut fault) = error else { return error };
        if fault.again != Again::Never && self.left().is_zero() {
            return self.too_slow(&ask.url).into();
        }
        if fault.again != Again::Never && self.limits.tries > 1 {
            fault.cause = format!("{}, at {} tries", fault.cause, self.limits.tries);
        }
        if let Some(Token { text, .. }) = &self.token {
            fault.cause = fault.cause.replace(text.as_str(), "…");
            fault.body = String::from_utf8_lossy(&fault.body).replace(text.as_str(), "…").into_bytes();
        }
        FetchError::Server(fault)
    }

    fn too_slow(&self, url: &Url) -> Fault {
        Fault::lasting(url, format!("the whole fetch takes longer than {:?}", self.limits.whole_time))
    }

    /// What `work` gives, if it gives it in time.
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
            Err(_) => Err(Fault::passing(url, format!("no whole answer within {time:?}")).into()),
        }
    }

    async fn answer(&self, ask: &Ask) -> Result<Answer, FetchError> {
        let mut response = self.response(ask).await?;
        let (url, status, headers) = (response.url().clone(), response.status(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(piece) = self.piece(&ask.url, &mut response).await? {
            body.extend_from_slice(&piece);
            if body.len() as u64 > self.limits.answer_bytes {
                let cause = format!("the answer is longer than {} bytes", self.limits.answer_bytes);
                return Err(Fault::lasting(&ask.url, cause).into());
            }
        }
        Ok(Answer { url, status, headers, body })
    }

    async fn pieces(&self, ask: &Ask, path: &Path) -> Result<(), FetchError> {
        let mut file = File::create(path).map_err(at(path))?;
        let time = self.limits.answer_time;
        let mut response = self.within(&ask.url, time, self.response(ask)).await?;
        while let Some(piece) = self.within(&ask.url, time, self.piece(&ask.url, &mut response)).await? {
            file.write_all(&piece).map_err(at(path))?;
        }
        Ok(())
    }

    /// The next piece of a body, counted.
    async fn piece(&self, url: &Url, response: &mut Response) -> Result<Option<Vec<u8>>, FetchError> {
        let piece = response.chunk().await.map_err(|error| wire_fault(url, &error))?;
        let spent = self.spent.get() + piece.as_ref().map_or(0, |piece| piece.len() as u64);
        self.spent.set(spent);
        if spent > self.limits.total_bytes {
            let cause = format!("the whole fetch is more than {} bytes", self.limits.total_bytes);
            return Err(Fault::lasting(url, cause).into());
        }
        Ok(piece.map(|piece| piece.to_vec()))
    }

    /// An answer whose status is good and whose body is yet to come.
    async fn response(&self, ask: &Ask) -> Result<Response, FetchError> {
        let mut request = self.client.get(ask.url.clone()).header(ACCEPT, ask.accept);
        if let Some(prefer) = ask.prefer {
            request = request.header(HeaderName::from_static("prefer"), prefer);
        }
        if let Some(token) = self.token.as_ref().filter(|_| ask.signed) {
            request = request.header(AUTHORIZATION, token.header.clone());
        }
        let response = request.send().await.map_err(|error| wire_fault(&ask.url, &error))?;
        if response.status().is_success() { Ok(response) } else { Err(refusal(ask, response).await.into()) }
    }
}

/// Whether an address is of this machine.
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn again(error: &FetchError) -> Again {
    match error {
        FetchError::Server(fault) => fault.again,
        FetchError::Asked(_)
        | FetchError::NothingToUpdate(_)
        | FetchError::NotOurs { .. }
        | FetchError::Locked(_)
        | FetchError::Disk { .. } => Again::Never,
    }
}

/// What a status that is not good means. Too many requests and faults of the server pass; other refusals do not.
async fn refusal(ask: &Ask, mut response: Response) -> Fault {
    let status = response.status();
    if status.is_redirection() {
        return Fault { status: Some(status.as_u16()), ..Fault::lasting(&ask.url, redirect(&response)) };
    }
    let again = match Transport::asked_pause(response.headers()) {
        _ if !(status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS) => Again::Never,
        Some(pause) => Again::After(pause),
        None => Again::Soon,
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
    Fault {
        status: Some(status.as_u16()),
        body,
        again,
        ..Fault::lasting(&ask.url, format!("it answered {status}{hint}"))
    }
}

/// Why a redirect was not followed.
fn redirect(response: &Response) -> String {
    let to = response.headers().get(LOCATION).and_then(|to| to.to_str().ok());
    match to.and_then(|to| response.url().join(to).ok()) {
        Some(to) if to.origin() != response.url().origin() => {
            format!("it redirects to another server, {}", to.origin().ascii_serialization())
        }
        Some(_) => format!("it redirects more than {REDIRECTS} times"),
        None => format!("it answered {} and says nowhere to go", response.status()),
    }
}

/// What went wrong on the way.
fn wire_fault(url: &Url, error: &reqwest::Error) -> Fault {
    let what = if error.is_connect() {
        "it cannot be reached"
    } else if error.is_body() || error.is_decode() {
        "the answer broke off"
    } else {
        "the connection failed"
    };
    Fault::passing(url, format!("{what}: {}", innermost(error)))
}

/// The cause at the bottom, which is what people understand. It names no address.
fn innermost(error: &dyn Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
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
            assert_eq!(Transport::to(&url(base), None, Limits::default(), false).is_ok(), good, "{base}");
        }
        assert!(Transport::to(&url("http://payer.example/"), None, Limits::default(), true).is_ok());
    }

    #[test]
    fn links_stay_on_the_server() {
        let base = url("https://payer.example/fhir/");
        let transport = Transport::to(&base, None, Limits::default(), false).unwrap();
        for (link, leads) in [
            ("https://payer.example/fhir?page=2", Some("https://payer.example/fhir?page=2")),
            ("Location?page=2", Some("https://payer.example/fhir/Location?page=2")),
            ("https://payer.example:443/x", Some("https://payer.example/x")),
            ("http://payer.example/fhir?page=2", None),
            ("https://payer.example:8443/fhir?page=2", None),
            ("https://elsewhere.example/fhir?page=2", None),
            ("//elsewhere.example/fhir?page=2", None),
            ("https://", None),
        ] {
            let followed = transport.link(&base, link, "a next link");
            assert_eq!(followed.ok().as_ref().map(Url::as_str), leads, "{link}");
        }
    }

    #[test]
    fn what_is_told_of_an_address_holds_no_secret() {
        let told = shown(&url("https://me:word@payer.example/fhir/Location?key=abc#def"));
        assert_eq!(told, "https://payer.example/fhir/Location?…");
        assert_eq!(format!("{:?}", Token::new(" abc\n").unwrap()), "Token(..)");
        assert!(Token::new(" \n").is_none() && Token::new("a\nb").is_none());
    }

    #[test]
    fn a_pause_is_asked_for_in_seconds_or_until_a_time() {
        let asked = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_str(text).unwrap());
            Transport::asked_pause(&headers)
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
