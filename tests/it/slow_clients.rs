//! Slow clients: partial headers and bodies, unread answers, too many connections. A normal client
//! meanwhile gets no error, and the server closes the others.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::cli::Server;

/// Time limit of each step: far longer than the server takes.
const PATIENCE: Duration = Duration::from_secs(90);

const HALF_A_HEAD: &str = "GET /v1/services HTTP/1.1\r\nHost:";

/// A server of the sample with these settings.
fn server(settings: &str) -> (TempDir, Server) {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("placement.toml"), settings).unwrap();
    let server = Server::start(folder.path(), "serve --sample");
    server.wait_for("/readyz", "\"ready\"");
    (folder, server)
}

/// A connection over which only `text` was sent.
fn sent(server: &Server, text: &str) -> TcpStream {
    let mut stream = TcpStream::connect(&server.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    stream
}

/// The output of a server that closes the connection.
fn end_of(mut stream: TcpStream) -> String {
    let mut said = Vec::new();
    match stream.read_to_end(&mut said) {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "the server did not end it"),
    }
    String::from_utf8(said).unwrap()
}

/// Sends normal requests, each over a new connection.
fn asks_undisturbed(server: &Server, times: usize) {
    let question = r#"{"service": "skilled_nursing", "near": {"zip": "64108"}, "coverage": {"program": "medicare"}}"#;
    for time in 0..times {
        let answer = match time % 3 {
            0 => server.ask("POST", "/v1/matches", question),
            1 => server.ask("GET", "/v1/services", ""),
            _ => server.ask("GET", "/", ""),
        };
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer:.200}");
    }
}

/// The value of a metric.
fn figure(server: &Server, name: &str) -> usize {
    let text = server.ask("GET", "/metrics", "");
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.and_then(|value| value.trim().parse().ok()).unwrap_or_else(|| panic!("no {name} in {text}"))
}

#[test]
fn half_sent_heads_disturb_nobody_and_are_ended() {
    let (_folder, server) = server("");
    let half: Vec<TcpStream> = (0..512).map(|_| sent(&server, HALF_A_HEAD)).collect();
    let silent: Vec<TcpStream> = (0..32).map(|_| sent(&server, "")).collect();
    asks_undisturbed(&server, 120);
    for stream in half.into_iter().chain(silent) {
        assert_eq!(end_of(stream), "");
    }
    assert_eq!(figure(&server, "placement_connections_cut_total{reason=\"slow_head\"}"), 544);
    // The asking connection is open, and the previous one may be for a moment.
    let began = Instant::now();
    while figure(&server, "placement_connections_open") != 1 {
        assert!(began.elapsed() < PATIENCE, "places are not given back");
    }
}

#[test]
fn more_connections_than_there_is_room_for_keep_nobody_out() {
    let (_folder, server) = server("[limits]\nconnections = 16\n");
    let half: Vec<TcpStream> = (0..64).map(|_| sent(&server, HALF_A_HEAD)).collect();
    asks_undisturbed(&server, 60);
    assert!(figure(&server, "placement_connections_open") <= 16);
    assert!(figure(&server, "placement_connections_cut_total{reason=\"displaced\"}") >= 48);
    for stream in half {
        assert_eq!(end_of(stream), "");
    }
}

#[test]
fn more_half_sent_bodies_than_there_is_room_for_keep_nobody_out() {
    let (_folder, server) = server("[limits]\nconnections = 16\n");
    let head = "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    let half = || sent(&server, &format!("{head}Content-Length: 100\r\n\r\nkey="));
    let mut slow: Vec<TcpStream> = Vec::new();
    // New ones keep coming while others ask.
    for _ in 0..3 {
        slow.extend((0..24).map(|_| half()));
        asks_undisturbed(&server, 12);
    }
    assert!(figure(&server, "placement_connections_open") <= 16);
    assert!(figure(&server, "placement_connections_cut_total{reason=\"displaced\"}") > 0);
    for stream in slow {
        let said = end_of(stream);
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 408 "), "{said:.200}");
    }
}

#[test]
fn a_connection_whose_body_was_not_read_is_ended_once_it_is_told() {
    let (_folder, server) = server("");
    let said = end_of(sent(&server, "POST /v1/none HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"));
    assert!(said.starts_with("HTTP/1.1 404 "), "{said:.200}");
    assert!(said.to_lowercase().contains("\r\nconnection: close\r\n"), "{said:.900}");
}

#[test]
fn slow_and_large_bodies_disturb_nobody() {
    let (_folder, server) = server("");
    let head = |path: &str, length: usize| {
        let kind = if path == "/" { "application/x-www-form-urlencoded" } else { "application/json" };
        format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n")
    };
    // More than the maximum number of concurrent requests.
    let slow: Vec<TcpStream> =
        (0..400).map(|at| sent(&server, &format!("{}{{", head(["/v1/matches", "/v1/explain", "/"][at % 3], 100)))).collect();
    let large: Vec<TcpStream> = (0..8)
        .map(|_| {
            let mut stream = sent(&server, &head("/v1/matches", 64 << 20));
            // The server may have rejected it already.
            let _ = stream.write_all(&vec![b' '; 100_000]);
            stream
        })
        .collect();
    asks_undisturbed(&server, 120);
    assert_eq!(figure(&server, "placement_requests_shed_total"), 0);
    for stream in large {
        let said = end_of(stream);
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 413 "), "{said:.200}");
    }
    for stream in slow {
        let said = end_of(stream);
        assert!(said.starts_with("HTTP/1.1 408 "), "{said:.200}");
    }
}

#[test]
fn who_never_reads_is_ended_and_holds_up_nobody() {
    let (_folder, server) = server("");
    let request = "GET /v1/needs HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let mut deaf: Vec<TcpStream> = (0..8)
        .map(|_| {
            let mut stream = TcpStream::connect(&server.address).unwrap();
            stream.set_write_timeout(Some(Duration::from_secs(1))).unwrap();
            // More answers than all buffers on the way hold; the server stops reading when it
            // cannot write.
            let _ = stream.write_all(request.repeat(4000).as_bytes());
            stream
        })
        .collect();
    let began = Instant::now();
    while !deaf.is_empty() {
        asks_undisturbed(&server, 3);
        assert!(began.elapsed() < PATIENCE, "{} connections are still open", deaf.len());
        std::thread::sleep(Duration::from_millis(200));
        deaf.retain_mut(|stream| match stream.write(b"G") {
            Ok(_) => true,
            Err(error) => [std::io::ErrorKind::WouldBlock, std::io::ErrorKind::TimedOut].contains(&error.kind()),
        });
    }
    assert_eq!(figure(&server, "placement_connections_cut_total{reason=\"unread\"}"), 8);
}
