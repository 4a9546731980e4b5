//! Bodies of requests: received once, before a request takes a slot, and passed to the handler
//! whole.

use std::io::Read;
use std::time::Duration;

use axum::RequestExt;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{DefaultBodyLimit, FromRequestParts, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use axum::http::request::Parts;
use flate2::read::MultiGzDecoder;

use crate::serve::http::problem::Problem;
use crate::serve::http::route::RouteBody;
use crate::serve::http::strict_json::BYTE_ORDER_MARK;

/// How long a body may take to arrive.
const SLOWEST_BODY: Duration = Duration::from_secs(10);

/// The body of a request as it has arrived; decompressed, if it was sent as gzip.
#[derive(Debug, Clone)]
pub(crate) struct ArrivedBody(pub Bytes);

impl ArrivedBody {
    /// The body as a form, without the byte order mark that some programs write before it.
    pub(crate) fn form(&self) -> &[u8] {
        self.0.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&self.0)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ArrivedBody {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // A route whose policy has no body has nothing to read.
        parts.extensions.remove::<Self>().ok_or(Problem::Internal)
    }
}

/// Receives the body of `request` as `policy` says, before a slot is taken, so that slow clients do
/// not occupy slots.
///
/// # Errors
/// The body is too large, which its declared length shows at once; or too slow, incomplete, or in
/// an unsupported encoding.
pub(crate) async fn receive(request: &mut Request, policy: RouteBody) -> Result<(), Problem> {
    match policy {
        RouteBody::Empty => Ok(()),
        RouteBody::Streamed => refuse_encoding(request.headers()),
        RouteBody::Whole(largest) => {
            let body = receive_whole(request, largest).await?;
            request.extensions_mut().insert(ArrivedBody(body));
            Ok(())
        }
    }
}

async fn receive_whole(request: &mut Request, largest: usize) -> Result<Bytes, Problem> {
    let declared = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| length > largest as u64) {
        return Err(Problem::TooLarge);
    }
    let is_packed = is_gzip(request.headers())?;
    let mut arriving = Request::new(std::mem::take(request.body_mut()));
    DefaultBodyLimit::max(largest).apply(&mut arriving);
    let arriving = tokio::time::timeout(SLOWEST_BODY, arriving.extract::<Bytes, _>());
    let body = arriving.await.map_err(|_| Problem::TooSlow)?.map_err(|rejection| match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => Problem::TooLarge,
        _ => Problem::NotJson { what: "The body is incomplete.".to_owned() },
    })?;
    if is_packed { unpack(&body, largest) } else { Ok(body) }
}

/// Whether the body is sent as gzip.
///
/// # Errors
/// The encoding is another one, or there are several.
fn is_gzip(headers: &HeaderMap) -> Result<bool, Problem> {
    let encodings = headers.get_all(CONTENT_ENCODING).iter().map(|value| value.to_str().unwrap_or("?"));
    let encodings = encodings.flat_map(|value| value.split(',')).map(str::trim);
    let is = |known: &str, given: &str| known.eq_ignore_ascii_case(given);
    match encodings.filter(|encoding| !is("identity", encoding)).collect::<Vec<_>>()[..] {
        [] => Ok(false),
        [one] if is("gzip", one) || is("x-gzip", one) => Ok(true),
        _ => Err(Problem::WrongEncoding { taken: "gzip" }),
    }
}

/// Rejects an encoded body, for a route that reads it as it arrives.
fn refuse_encoding(headers: &HeaderMap) -> Result<(), Problem> {
    match is_gzip(headers) {
        Ok(false) => Ok(()),
        Ok(true) | Err(_) => Err(Problem::WrongEncoding { taken: "identity" }),
    }
}

/// Decompresses `packed`, to no more than `largest` bytes.
fn unpack(packed: &[u8], largest: usize) -> Result<Bytes, Problem> {
    let mut body = Vec::new();
    let reader = MultiGzDecoder::new(packed).take(largest as u64 + 1).read_to_end(&mut body);
    match reader {
        Ok(length) if length > largest => Err(Problem::TooLarge),
        Ok(_) => Ok(body.into()),
        Err(_) => Err(Problem::NotGzip),
    }
}
