//! Records the progress of a connection: bytes read, bytes written, waiting to write, answer sent.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, BodyDataStream, Bytes, HttpBody};
use axum::response::Response;
use futures_core::Stream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::serve::http::listen::connections::OpenConnection;

/// The stream of a connection.
#[derive(Debug)]
pub(crate) struct TrackedStream<S> {
    pub(crate) stream: S,
    pub(crate) connection: Arc<OpenConnection>,
}

impl<S: Unpin> TrackedStream<S> {
    fn stream(&mut self) -> Pin<&mut S> {
        Pin::new(&mut self.stream)
    }

    fn note(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &written {
            Poll::Ready(Ok(_)) => self.connection.has_written(),
            Poll::Pending => self.connection.waits_to_write(),
            Poll::Ready(Err(_)) => {}
        }
        written
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for TrackedStream<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let read = self.stream().poll_read(cx, into);
        if into.filled().len() > before {
            self.connection.has_read();
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for TrackedStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = self.stream().poll_write(cx, bytes);
        self.note(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = self.stream().poll_flush(cx);
        match &flushed {
            Poll::Pending => self.connection.waits_to_write(),
            // A flush of nothing succeeds on every poll, so it is no sign of activity.
            Poll::Ready(_) => self.connection.has_nothing_to_write(),
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let ended = self.stream().poll_shutdown(cx);
        if ended.is_pending() {
            self.connection.waits_to_write();
        }
        ended
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = self.stream().poll_write_vectored(cx, parts);
        self.note(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

/// Records `response` as answered: at once if its body is in memory, otherwise when its last piece
/// is handed over, because until then the rest of the request may still be arriving.
pub(crate) fn noted(response: Response, connection: Arc<OpenConnection>) -> Response {
    if response.body().size_hint().exact().is_some() {
        connection.has_answered();
        return response;
    }
    let (parts, body) = response.into_parts();
    Response::from_parts(parts, Body::from_stream(TrackedBody { pieces: body.into_data_stream(), connection }))
}

/// An answer that is handed over in pieces.
#[derive(Debug)]
struct TrackedBody {
    pieces: BodyDataStream,
    connection: Arc<OpenConnection>,
}

impl Stream for TrackedBody {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.pieces).poll_next(cx)
    }
}

impl Drop for TrackedBody {
    fn drop(&mut self) {
        self.connection.has_answered();
    }
}
