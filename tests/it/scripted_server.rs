//! A scripted server on loopback that can misbehave: it writes its answers byte by byte.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// A received request.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub method: String,
    /// The path without its query.
    pub path: String,
    pub query: BTreeMap<String, String>,
    /// Headers, with names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Number of equal requests before.
    pub before: usize,
    /// `http://` and the server's own address.
    pub origin: String,
}

/// The writer of an answer.
pub(crate) struct Reply(TcpStream);

impl Reply {
    /// A complete answer. Write errors are ignored, because the client is gone.
    pub(crate) fn send(&mut self, status: &str, headers: &[(&str, &str)], body: &str) {
        self.send_bytes(status, headers, body.as_bytes());
    }

    pub(crate) fn send_bytes(&mut self, status: &str, headers: &[(&str, &str)], body: &[u8]) {
        self.head(status, headers, body.len());
        let _ = self.0.write_all(body);
    }

    pub(crate) fn json(&mut self, value: &Value) {
        self.send("200 OK", &[("Content-Type", "application/fhir+json")], &value.to_string());
    }

    /// An answer that breaks off in the middle of its body.
    pub(crate) fn half(&mut self, body: &str) {
        self.head("200 OK", &[], body.len());
        let _ = self.0.write_all(&body.as_bytes()[..body.len() / 2]);
    }

    /// An answer with a content length that breaks off after `most` bytes.
    pub(crate) fn cut(&mut self, status: &str, headers: &[(&str, &str)], body: &str, most: usize) {
        self.head(status, headers, body.len());
        let _ = self.0.write_all(&body.as_bytes()[..body.len().min(most)]);
    }

    /// Raw bytes.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        let _ = self.0.write_all(bytes);
    }

    /// An answer with a body of bytes.
    pub(crate) fn bytes(&mut self, body: &[u8]) {
        self.send_bytes("200 OK", &[], body);
    }

    /// An answer whose body never ends.
    pub(crate) fn endless(&mut self) {
        let _ = self.0.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"resourceType\":\"Bundle\",\"x\":\"");
        let more = vec![b'x'; 64 * 1024];
        while self.0.write_all(&more).is_ok() {}
    }

    /// An answer that is sent one byte at a time.
    pub(crate) fn drip(&mut self) {
        self.head("200 OK", &[], 100_000);
        while self.0.write_all(b" ").is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn head(&mut self, status: &str, headers: &[(&str, &str)], length: usize) {
        let mut head = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n");
        for (name, value) in headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        head.push_str("\r\n");
        let _ = self.0.write_all(head.as_bytes());
    }
}

/// The server, until the test ends.
pub(crate) struct Upstream {
    pub origin: String,
    log: Arc<Mutex<Vec<Request>>>,
}

impl Upstream {
    /// Serves on a free port; every request is answered on its own thread.
    pub(crate) fn start(answer: impl Fn(&Request, &mut Reply) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let log = Arc::new(Mutex::new(Vec::new()));
        let (answer, noted, own) = (Arc::new(answer), Arc::clone(&log), origin.clone());
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (answer, noted, own) = (Arc::clone(&answer), Arc::clone(&noted), own.clone());
                thread::spawn(move || {
                    if let Some(request) = heard(&stream, &noted, own) {
                        answer(&request, &mut Reply(stream));
                    }
                });
            }
        });
        Self { origin, log }
    }

    /// All requests so far.
    pub(crate) fn heard(&self) -> Vec<Request> {
        self.log.lock().unwrap().clone()
    }
}

/// Reads a request and logs it; `None` if the client disconnected.
fn heard(stream: &TcpStream, log: &Mutex<Vec<Request>>, origin: String) -> Option<Request> {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let first = lines.next()?;
    let mut words = first.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let headers = lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned())))
        .collect();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let query = query.split('&').filter_map(|pair| pair.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned()));
    let (path, query) = (path.to_owned(), query.collect());
    let mut log = log.lock().unwrap();
    let same = |other: &&Request| (&other.method, &other.path, &other.query) == (&method, &path, &query);
    let before = log.iter().filter(same).count();
    let request = Request { method, path, query, headers, before, origin };
    log.push(request.clone());
    Some(request)
}
