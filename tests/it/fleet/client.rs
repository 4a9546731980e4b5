//! A client that keeps its connection, as programs and browsers do. It never sends a request again.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// One persistent connection to an address, with a key.
pub(crate) struct Client {
    address: String,
    key: String,
    stream: Option<BufReader<TcpStream>>,
    /// The cookie of the proxy, if cookies are kept.
    cookie: Option<String>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    head: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.head.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The error that this is not an answer with `status`.
    pub(crate) fn expect(self, status: u16) -> io::Result<Self> {
        let start: String = self.body.chars().take(300).collect();
        if self.status == status { Ok(self) } else { Err(io::Error::other(format!("{}: {start}", self.status))) }
    }
}

impl Client {
    pub(crate) fn new(address: &str, key: &str) -> Self {
        Self { address: address.to_owned(), key: key.to_owned(), stream: None, cookie: None }
    }

    /// One that keeps the cookie of the proxy, as a browser does.
    pub(crate) fn browser(address: &str, key: &str) -> Self {
        Self { cookie: Some(String::new()), ..Self::new(address, key) }
    }

    pub(crate) fn get(&mut self, path: &str) -> io::Result<Reply> {
        self.send("GET", path, "", "")
    }

    pub(crate) fn post(&mut self, path: &str, body: &str) -> io::Result<Reply> {
        self.send("POST", path, "Content-Type: application/json\r\n", body)
    }

    /// Sends a request with further `headers`, each with its line end.
    pub(crate) fn send(&mut self, method: &str, path: &str, headers: &str, body: &str) -> io::Result<Reply> {
        let answered = self.exchange(method, path, headers, body);
        let closes = answered.as_ref().is_ok_and(|reply| reply.header("connection").eq_ignore_ascii_case("close"));
        if closes || answered.is_err() {
            self.stream = None;
        }
        if let (Some(cookie), Ok(reply)) = (&mut self.cookie, &answered)
            && let Some(pair) =
                reply.header("set-cookie").split(';').next().filter(|pair| pair.starts_with("placement_server="))
        {
            *cookie = format!("Cookie: {pair}\r\n");
        }
        answered
    }

    fn exchange(&mut self, method: &str, path: &str, headers: &str, body: &str) -> io::Result<Reply> {
        if self.stream.is_none() {
            let stream = TcpStream::connect(&self.address)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(Duration::from_secs(30)))?;
            self.stream = Some(BufReader::new(stream));
        }
        let stream = self.stream.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        let (address, key, cookie, length) =
            (&self.address, &self.key, self.cookie.as_deref().unwrap_or_default(), body.len());
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\n{cookie}{headers}Content-Length: {length}\r\n\r\n{body}"
        );
        stream.get_mut().write_all(request.as_bytes())?;
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_owned()),
            }
        }
        let status =
            lines.first().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok()).unwrap_or(599);
        let head: Vec<(String, String)> = lines
            .iter()
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let mut reply = Reply { status, head, body: String::new() };
        reply.body = match reply.header("content-length").parse() {
            Ok(length) => {
                let mut body = vec![0; length];
                stream.read_exact(&mut body)?;
                String::from_utf8_lossy(&body).into_owned()
            }
            // Only the proxy's own answers have no length; they end with the connection.
            Err(_) if status == 303 || status == 304 => String::new(),
            Err(_) => {
                let mut body = String::new();
                stream.read_to_string(&mut body)?;
                self.stream = None;
                body
            }
        };
        Ok(reply)
    }
}
