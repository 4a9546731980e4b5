//! The socket: TLS, connections limited in number and time, and draining when the program stops.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::HttpBody;
use axum::http::Request;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use crate::serve::http::listen::certificate::Certificate;
use crate::serve::http::listen::connections::{ConnectionSlot, ConnectionTable, OpenConnection};
use crate::serve::http::listen::tracked_stream::{TrackedStream, noted};

pub mod certificate;
pub(crate) mod connections;
pub(crate) mod expiry;
pub(crate) mod tracked_stream;

/// The largest head of a request, in bytes; a larger one is answered with 431.
const LARGEST_HEAD: usize = 64 * 1024;
/// A generous estimate of the file descriptors for the ledger, the directory and downloads.
const OTHER_DESCRIPTORS: u64 = 128;
/// How long requests in progress may take to finish after the program is told to stop.
const DRAIN: Duration = Duration::from_secs(20);
/// The pause after the system refused a connection, such as for lack of file descriptors.
const BREATH: Duration = Duration::from_millis(100);

/// The address of the client: an extension of each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientIp(pub IpAddr);

/// The connection of a request: an extension of each request that arrives over one.
#[derive(Debug, Clone)]
pub(crate) struct ConnectionRef(Arc<OpenConnection>);

impl ConnectionRef {
    /// The request has arrived as far as needed: it is being worked on from now.
    pub(crate) fn mark_working(&self) {
        self.0.works();
    }
}

/// Whether a body follows the head of `request`.
pub(crate) fn has_body<B: HttpBody>(request: &Request<B>) -> bool {
    !request.body().is_end_stream()
}

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The address is in use, or not of this machine.
    #[error("cannot listen on {address}: {error}")]
    Refused {
        /// The address.
        address: SocketAddr,
        /// The error of the system.
        error: std::io::Error,
    },
}

/// Binds the address. [`crate::serve::http::auth::settings::guard`] decides whether it may be used.
///
/// # Errors
/// The system refuses it.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, ListenError> {
    TcpListener::bind(address).await.map_err(|error| ListenError::Refused { address, error })
}

/// Raises the limit of file descriptors to one for each of `connections`, as far as the system
/// allows.
pub fn allow_descriptors(connections: usize) {
    let needed = u64::try_from(connections).unwrap_or(u64::MAX).saturating_add(OTHER_DESCRIPTORS);
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_none_or(|current| current >= needed) {
        return;
    }
    let given = maximum.map_or(needed, |maximum| maximum.min(needed));
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(given), maximum });
    if raised.is_err() || given < needed {
        tracing::warn!(needed, "the system allows fewer file descriptors than limits.connections needs; raise ulimit -n");
    }
}

/// Where connections are accepted.
#[derive(Debug)]
pub struct ServerListener {
    /// The bound socket.
    pub listener: TcpListener,
    /// The open connections.
    pub connections: Arc<ConnectionTable>,
    /// The TLS certificate, if the program terminates TLS.
    pub certificate: Option<Arc<Certificate>>,
}

/// Serves until `stop` completes, then lets requests in progress finish.
pub async fn serve(door: ServerListener, router: Router, stop: impl Future<Output = ()>) {
    let ServerListener { listener, connections, certificate } = door;
    let acceptor = match certificate.clone().map(Certificate::acceptor).transpose() {
        Ok(acceptor) => acceptor,
        Err(error) => return tracing::error!(%error, "TLS cannot be set up; nothing is served"),
    };
    let looking = tokio::spawn(Arc::clone(&connections).watch());
    let following = certificate.map(|certificate| tokio::spawn(certificate.follow()));
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let next = async {
            let (stream, address) = listener.accept().await?;
            let address = address.ip().to_canonical();
            Ok::<_, io::Error>((stream, address, connections.admit(address).await))
        };
        let accepted = tokio::select! {
            accepted = next => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, address, Some(place))) => {
                let caller = ConnectionTask { peer: ClientIp(address), place, watcher: graceful.watcher() };
                tokio::spawn(caller.run(stream, acceptor.clone(), router.clone()));
            }
            // Closed at once: its address holds too many.
            Ok((_, _, None)) => {}
            // Out of file descriptors: the connection that keeps the program waiting longest is
            // closed.
            Err(_) => {
                connections.evict_one();
                tokio::time::sleep(BREATH).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(DRAIN, graceful.shutdown()).await.is_err() {
        tracing::warn!(seconds = DRAIN.as_secs(), "stopped with requests still in progress");
    }
    looking.abort();
    following.inspect(JoinHandle::abort);
}

/// The task that serves one connection.
struct ConnectionTask {
    peer: ClientIp,
    place: ConnectionSlot,
    watcher: Watcher,
}

impl ConnectionTask {
    /// Answers the requests on `stream` until either side closes it. Broken connections are
    /// ignored; requests are logged where they are answered.
    async fn run(self, stream: TcpStream, acceptor: Option<TlsAcceptor>, router: Router) {
        let _ = stream.set_nodelay(true);
        let connection = Arc::clone(&self.place.connection);
        let answered = async {
            match acceptor {
                None => self.answer(stream, router).await,
                Some(acceptor) => match acceptor.accept(stream).await {
                    Ok(stream) => self.answer(stream, router).await,
                    Err(error) => tracing::debug!(%error, "the TLS handshake failed"),
                },
            }
        };
        tokio::select! {
            biased;
            () = answered => {}
            () = connection.ended() => {}
        }
    }

    async fn answer<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(self, stream: S, router: Router) {
        let Self { peer, place, watcher } = self;
        let (working, answering) = (Arc::clone(&place.connection), Arc::clone(&place.connection));
        let service = router.map_request(move |mut request: Request<_>| {
            if has_body(&request) {
                working.waits_for_body();
            } else {
                working.works();
            }
            request.extensions_mut().insert(peer);
            request.extensions_mut().insert(ConnectionRef(Arc::clone(&working)));
            request
        });
        let service = service.map_response(move |response| noted(response, Arc::clone(&answering)));
        let mut builder = http1::Builder::new();
        // `ConnectionTable` limits the time of heads, because it tells a slow head from an idle
        // connection.
        builder.header_read_timeout(None).max_buf_size(LARGEST_HEAD);
        let stream = TokioIo::new(TrackedStream { stream, connection: Arc::clone(&place.connection) });
        let connection = builder.serve_connection(stream, TowerToHyperService::new(service));
        let _ = watcher.watch(connection).await;
    }
}
