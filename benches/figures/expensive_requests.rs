//! The most expensive requests: every route with every field of maximum size, the time on a worker
//! thread and in total, and the answer time of `/livez` beside clients that send nothing else.

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use placement::serve;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

use crate::maximum_requests::{Shape, shapes};
use crate::nation::{Nation, child, end};
use crate::service::{self, Connection, new_ledger, started};
use crate::timing::{Figure, show};

/// Maximum time of one request on a worker thread.
const ON_A_WORKER: Duration = Duration::from_millis(50);
/// Maximum total time of one request.
const IN_ALL: Duration = Duration::from_secs(2);
/// Maximum time of `/livez` beside them.
const LIVEZ: Duration = Duration::from_millis(20);
/// Number of concurrent clients.
const CLIENTS: usize = 8;
/// How often each is sent alone; the shortest time counts.
const PASSES: usize = 3;
/// Number of most expensive requests printed.
const PRINTED: usize = 10;

/// The cost of one shape.
struct Took<'a> {
    shape: &'a Shape,
    status: u16,
    bytes: usize,
    worker: Duration,
    whole: Duration,
}

/// Prints the most expensive of all shapes, and `/livez` beside them for about `each`.
pub(crate) fn measure(nation: &Nation, each: Duration) {
    let shapes = shapes(&nation.catalog());
    // One worker, so that the time of its thread is the time on a worker; the work pool has threads
    // of its own.
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let app = runtime.block_on(service::app_with_ledger(&nation.index, &new_ledger(&nation.index)));
    app.catalog.reload().expect("a generation");
    let router = serve::router(Arc::new(app));
    let mut took: Vec<Took<'_>> = shapes.iter().map(|shape| sent(&runtime, &router, shape)).collect();
    took.sort_by_key(|took| std::cmp::Reverse(took.worker));
    print(&took, "on a worker thread", |took| took.worker, ON_A_WORKER);
    took.sort_by_key(|took| std::cmp::Reverse(took.whole));
    print(&took, "total", |took| took.whole, IN_ALL);
    for failed in took.iter().filter(|took| took.status >= 500) {
        eprintln!("  {} is answered with {}", failed.shape.name, failed.status);
    }
    beside(nation, &shapes, each);
}

fn print(took: &[Took<'_>], what: &str, time: impl Fn(&Took<'_>) -> Duration, aim: Duration) {
    for worst in took.iter().take(PRINTED) {
        eprintln!("  {} {what}: {} -> {} ({} bytes)", show(time(worst)), worst.shape.name, worst.status, worst.bytes);
    }
    let Some(worst) = took.first() else { return };
    Figure {
        what: format!("the most expensive of {} requests, {what}: {}", took.len(), worst.shape.name),
        ours: show(time(worst)),
        limit: String::new(),
        ratio: None,
        aim: Some((format!("at most {}", show(aim)), time(worst) <= aim)),
    }
    .print();
}

fn sent<'a>(runtime: &Runtime, router: &Router, shape: &'a Shape) -> Took<'a> {
    let mut least = Took { shape, status: 0, bytes: 0, worker: Duration::MAX, whole: Duration::MAX };
    for _ in 0..PASSES {
        let (start, on_cpu) = (Instant::now(), on_cpu());
        let (status, bytes) = runtime.block_on(async {
            let mut request = Request::builder().method(shape.method).uri(&shape.path);
            for (name, value) in &shape.headers {
                request = request.header(*name, value);
            }
            let request = request.body(Body::from(shape.body.clone())).expect("a request");
            let answer = router.clone().oneshot(request).await.expect("an answer");
            let status = answer.status().as_u16();
            (status, to_bytes(answer.into_body(), usize::MAX).await.map_or(0, |body| body.len()))
        });
        least.worker = least.worker.min(self::on_cpu().saturating_sub(on_cpu));
        least.whole = least.whole.min(start.elapsed());
        (least.status, least.bytes) = (status, bytes);
    }
    least
}

/// CPU time of this thread, without other work of the machine.
fn on_cpu() -> Duration {
    let told = fs::read_to_string("/proc/thread-self/schedstat").expect("Linux tells what threads take");
    Duration::from_nanos(told.split(' ').next().and_then(|nanos| nanos.parse().ok()).expect("nanoseconds"))
}

/// Prints the answer time of `/livez` beside [`CLIENTS`] clients that send the shapes one after the
/// other.
fn beside(nation: &Nation, shapes: &[Shape], each: Duration) {
    let (server, address) = started(child("serve", &[&nation.index, &new_ledger(&nation.index)]));
    let mut connection = Connection::open(&address);
    while connection.ask("GET", "/readyz", "").0 != 200 {
        std::thread::sleep(Duration::from_millis(1));
    }
    let (next, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let mut times = Vec::new();
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    send(&address, &shapes[next.fetch_add(1, Ordering::Relaxed) % shapes.len()]);
                }
            });
        }
        let start = Instant::now();
        while start.elapsed() < each {
            let asked = Instant::now();
            assert_eq!(connection.ask("GET", "/livez", "").0, 200);
            times.push(asked.elapsed());
            std::thread::sleep(Duration::from_millis(5));
        }
        is_over.store(true, Ordering::Relaxed);
    });
    end(server);
    times.sort_unstable();
    let at = |share: usize| times.get((times.len() * share / 1000).min(times.len() - 1)).copied().unwrap_or_default();
    for (name, time) in [("p99", at(990)), ("maximum", at(1000))] {
        Figure {
            what: format!("/livez beside {CLIENTS} clients that send them ({} sent), {name}", next.load(Ordering::Relaxed)),
            ours: show(time),
            limit: format!("p50 {}", show(at(500))),
            ratio: None,
            aim: Some((format!("at most {}", show(LIVEZ)), time <= LIVEZ)),
        }
        .print();
    }
}

/// Sends one request and reads the answer; a closed connection is an answer too.
fn send(address: &str, shape: &Shape) {
    let Ok(mut stream) = TcpStream::connect(address) else { return };
    let mut head = format!("{} {} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n", shape.method, shape.path);
    for (name, value) in &shape.headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    head.extend(["content-length: ", &shape.body.len().to_string(), "\r\n\r\n"]);
    let sent = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&shape.body));
    let _ = sent.and_then(|()| std::io::copy(&mut stream, &mut std::io::sink()));
}
