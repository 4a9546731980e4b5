//! The server: start time, memory, and answers per second.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Request, Response, Uri};
use axum::routing::post;
use jiff::tz::TimeZone;
use placement::catalog::SharedCatalog;
use placement::ledger::sqlite::SqliteLedger;
use placement::serve;
use placement::serve::http::listen;
use placement::serve::state::AppState;
use serde_json::Value;
use tower::ServiceExt;

use crate::nation::{Nation, child, end, memory_mb};
use crate::questions::{self, TODAY};
use crate::timing::{Figure, median};

/// Concurrent connections: enough to keep two cores busy.
pub(crate) const CONNECTIONS: usize = 4;
/// Number of questions with cached answers, whose bytes are also served unranked.
const KNOWN: usize = 200;

/// Starts the server on the nation and prints its start time and its memory after many questions.
pub(crate) fn measure_process(nation: &Nation, questions: usize) {
    let catalog = nation.catalog();
    let bodies: Vec<String> = questions::bodies(&catalog, questions, 11).iter().map(Value::to_string).collect();
    drop(catalog);
    let start = Instant::now();
    let (server, address) = started(child("serve", &[&nation.index]));
    let mut connection = Connection::open(&address);
    while connection.ask("GET", "/readyz", "").0 != 200 {
        std::thread::sleep(Duration::from_millis(1));
    }
    let ready = start.elapsed().as_secs_f64();
    let opened = memory_mb(&server.id().to_string(), "VmRSS");
    for body in &bodies {
        assert_eq!(connection.ask("POST", "/v1/matches", body).0, 200, "{body}");
    }
    let resident = memory_mb(&server.id().to_string(), "VmRSS");
    end(server);
    Figure {
        what: "start to ready, national size".to_owned(),
        ours: format!("{ready:.2} s"),
        limit: String::new(),
        ratio: None,
        aim: Some(("at most 1 s".to_owned(), ready <= 1.0)),
    }
    .print();
    Figure {
        what: format!("memory of a server, national size, after {questions} questions ({opened:.0} MB when ready)"),
        ours: format!("{resident:.0} MB"),
        limit: String::new(),
        ratio: None,
        aim: Some(("at most 300 MB".to_owned(), resident <= 300.0)),
    }
    .print();
}

/// Prints answers per second, ranked anew and from the cache, compared with the same bytes without
/// ranking.
pub(crate) fn measure_http(nation: &Nation, rounds: usize, each: Duration) {
    let catalog = nation.catalog();
    let bodies: Vec<String> = questions::bodies(&catalog, 60_000, 13).iter().map(Value::to_string).collect();
    drop(catalog);
    let (known, fresh) = bodies.split_at(KNOWN);
    let (server, address) = started(child("serve-bytes", &[&nation.index]));
    let next_fresh = AtomicUsize::new(0);
    let mut rates: [Vec<f64>; 3] = Default::default();
    for _ in 0..rounds {
        let unranked = rate(&address, each, |at| Some((format!("/unranked/{}", at % KNOWN), known[at % KNOWN].as_str())));
        let uncached = rate(&address, each, |_| {
            let body = fresh.get(next_fresh.fetch_add(1, Ordering::Relaxed))?;
            Some(("/v1/matches".to_owned(), body.as_str()))
        });
        let cached = rate(&address, each, |at| Some(("/v1/matches".to_owned(), known[at % KNOWN].as_str())));
        for (rates, rate) in rates.iter_mut().zip([unranked, uncached, cached]) {
            rates.push(rate);
        }
    }
    end(server);
    let [unranked, uncached, cached] = rates.map(median);
    for (what, rate, least) in [("ranked anew", uncached, 0.16), ("from the cache", cached, 0.8)] {
        let ratio = rate / unranked;
        Figure {
            what: format!("HTTP answers per second, {what}, national size, {CONNECTIONS} connections"),
            ours: format!("{rate:.0}"),
            limit: format!("the same bytes unranked: {unranked:.0}"),
            ratio: Some(ratio),
            aim: Some((format!("at least {least:.2}"), ratio >= least)),
        }
        .print();
    }
}

/// Answers per second over [`CONNECTIONS`] connections for about `each`; `question` returns path
/// and body of the next question, or `None` at the end.
fn rate<'a>(address: &str, each: Duration, question: impl Fn(usize) -> Option<(String, &'a str)> + Sync) -> f64 {
    let (asked, answered) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..CONNECTIONS {
            scope.spawn(|| {
                let mut connection = Connection::open(address);
                while start.elapsed() < each {
                    let Some((path, body)) = question(asked.fetch_add(1, Ordering::Relaxed)) else { break };
                    assert_eq!(connection.ask("POST", &path, body).0, 200, "{body}");
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    answered.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64()
}

/// One persistent connection with one question at a time.
pub(crate) struct Connection(BufReader<TcpStream>);

impl Connection {
    /// Connects to the server at `address`.
    pub(crate) fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_nodelay(true).expect("no delay");
        Self(BufReader::with_capacity(1 << 16, stream))
    }

    /// Returns status and body of the answer; one that leads elsewhere (303) is followed, as a browser does.
    pub(crate) fn ask(&mut self, method: &str, path: &str, body: &str) -> (u16, Vec<u8>) {
        self.try_to_ask(method, path, body).expect("an answer")
    }

    /// The same, for callers that handle connection errors.
    pub(crate) fn try_to_ask(&mut self, method: &str, path: &str, body: &str) -> io::Result<(u16, Vec<u8>)> {
        let is_form = !body.is_empty() && !body.starts_with('{');
        let kind = if is_form { "application/x-www-form-urlencoded" } else { "application/json" };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.0.get_mut().write_all(request.as_bytes())?;
        let (mut status, mut length, mut line, mut location) = (0, 0, String::new(), None);
        loop {
            line.clear();
            if self.0.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            match line.trim_end().split_once(": ") {
                Some(("content-length", bytes)) => length = bytes.parse().expect("a length"),
                Some(("location", path)) => location = Some(path.to_owned()),
                None if line.trim_end().is_empty() => break,
                None => status = line.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status"),
                Some(_) => {}
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        match location {
            Some(path) if status == 303 => self.try_to_ask("GET", &path, ""),
            _ => Ok((status, body)),
        }
    }
}

/// A server started as a child process, with the address it prints.
pub(crate) fn started(mut command: std::process::Command) -> (Child, String) {
    let mut server = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().expect("a server");
    let mut line = String::new();
    BufReader::new(server.stdout.take().expect("its stdout")).read_line(&mut line).expect("its address");
    (server, line.trim().to_owned())
}

/// In the child: serves the index, with a ledger in that file if one is named.
pub(crate) fn serve_here(index: &Path, ledger: Option<&Path>) {
    runtime().block_on(async {
        let app = match ledger {
            Some(file) => app_with_ledger(index, file).await,
            None => app(index),
        };
        let listener = listen::bind("127.0.0.1:0".parse().expect("an address")).await.expect("a port");
        println!("{}", serve::address_of(&listener).expect("its address"));
        serve::run(app, listener).await;
    });
}

/// The application with a ledger in `file`.
pub(crate) async fn app_with_ledger(index: &Path, file: &Path) -> AppState {
    let ledger = SqliteLedger::open(file).await.expect("a ledger");
    AppState { ledger: Some(Arc::new(ledger)), ..app(index) }
}

/// The path of a ledger that does not exist yet, beside the index.
pub(crate) fn new_ledger(index: &Path) -> PathBuf {
    let ledger = index.with_file_name(format!("ledger-{}.sqlite", std::process::id()));
    for ending in ["sqlite", "sqlite-wal", "sqlite-shm"] {
        let _ = std::fs::remove_file(ledger.with_extension(ending));
    }
    ledger
}

/// In the child: serves the index, and the answers to the first [`KNOWN`] questions also unranked
/// at `/unranked/<n>`.
///
/// The unranked route reads the body like the ranked one and uses the same connections, but none
/// of the middleware of our routes, so the cost of the middleware counts against us.
pub(crate) fn serve_bytes_here(index: &Path) {
    let app = app(index);
    app.catalog.reload().expect("a generation");
    let catalog = app.catalog.current().expect("a generation to serve");
    let known = questions::bodies(&catalog, KNOWN, 13);
    let connections = Arc::clone(&app.connections);
    let router = serve::router(Arc::new(app));
    runtime().block_on(async {
        let mut answers = Vec::new();
        for body in known {
            answers.push(answer(&router, &body).await);
        }
        let unranked = Router::new().route("/unranked/{at}", post(unranked)).with_state(Arc::new(answers));
        let listener = listen::bind("127.0.0.1:0".parse().expect("an address")).await.expect("a port");
        println!("{}", serve::address_of(&listener).expect("its address"));
        let door = listen::ServerListener { listener, connections, certificate: None };
        listen::serve(door, router.merge(unranked), std::future::pending()).await;
    });
}

async fn unranked(State(answers): State<Arc<Vec<Bytes>>>, uri: Uri, _body: Bytes) -> Response<Body> {
    let at: usize = uri.path().rsplit('/').next().and_then(|at| at.parse().ok()).expect("a number");
    let response = Response::builder().header(CONTENT_TYPE, "application/json");
    response.body(Body::from(answers[at].clone())).expect("a response")
}

async fn answer(router: &Router, body: &Value) -> Bytes {
    let request = Request::post("/v1/matches").header(CONTENT_TYPE, "application/json");
    let request = request.body(Body::from(body.to_string())).expect("a request");
    let response = router.clone().oneshot(request).await.expect("an answer");
    axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("its body")
}

/// The application for the index at [`TODAY`], with nothing loaded yet.
pub(crate) fn app(index: &Path) -> AppState {
    let now = || TODAY.to_zoned(TimeZone::UTC).expect("a day");
    AppState { now, ..AppState::new(SharedCatalog::new(index)) }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime")
}
