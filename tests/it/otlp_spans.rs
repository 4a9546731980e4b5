//! Spans reach an OpenTelemetry collector and contain nothing of the question. Only with the
//! feature `otlp`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use tempfile::TempDir;

use crate::cli::{Server, placement};

/// A collector on loopback that accepts and stores everything.
struct Collector {
    address: String,
    heads: Arc<Mutex<String>>,
    bodies: Arc<Mutex<Vec<u8>>>,
}

impl Collector {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (heads, bodies) = (Arc::default(), Arc::default());
        let collector = Self { address, heads: Arc::clone(&heads), bodies: Arc::clone(&bodies) };
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (heads, bodies) = (Arc::clone(&heads), Arc::clone(&bodies));
                std::thread::spawn(move || take(stream.unwrap(), &heads, &bodies));
            }
        });
        collector
    }
}

/// Accepts every request of one connection.
fn take(stream: TcpStream, heads: &Mutex<String>, bodies: &Mutex<Vec<u8>>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let (mut length, mut line) = (0, String::new());
        while line.trim_end() != "" || line.is_empty() {
            line.clear();
            if stream.read_line(&mut line).ok()? == 0 {
                return None;
            }
            heads.lock().unwrap().push_str(&line);
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).ok()?;
        bodies.lock().unwrap().extend(body);
        stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").ok()?;
    }
}

#[test]
fn a_span_tells_what_was_called_and_nothing_that_was_asked() {
    let (folder, collector) = (TempDir::new().unwrap(), Collector::start());
    let mut command = placement(folder.path());
    command.args(["serve", "--sample"]).env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{}", collector.address));
    let server = Server::of(command);
    server.wait_for("/readyz", "\"ready\"");
    let question = r#"{"service": "skilled_nursing", "near": {"zip": "64108"}, "needs": ["inf.abx"], "canary": "canary"}"#;
    for body in [question, &question.replace(", \"canary\": \"canary\"", "")] {
        server.ask("POST", "/v1/matches", body);
    }
    server.ask("GET", "/v1/providers?name=canary", "");
    server.ask("GET", "/canary", "");
    let ready = server.ask("GET", "/readyz", "");
    let generation = ready.split("\"generation\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    // Shutdown flushes the remaining spans.
    assert_eq!(server.end(), Some(0));

    let heads = collector.heads.lock().unwrap().clone();
    assert!(heads.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{heads}");
    let sent = String::from_utf8_lossy(&collector.bodies.lock().unwrap()).into_owned();
    for told in ["POST /v1/matches", "GET /v1/providers", "GET none", "http.route", "placement", &generation] {
        assert!(sent.contains(told), "{told} in {sent}");
    }
    for asked in ["canary", "64108", "skilled_nursing", "inf.abx"] {
        assert!(!sent.contains(asked) && !heads.contains(asked), "{asked} in {sent}");
    }
}
