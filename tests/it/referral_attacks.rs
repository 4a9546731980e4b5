//! Answer links and event streams as strangers and machines meet them.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use placement::config::server::RateLimitConfig;
use placement::ledger::sqlite::SqliteLedger;
use placement::serve::http::throttle::Throttle;
use placement::serve::state::AppState;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::{Api, question, sample_app};
use crate::cli::Server;
use crate::pages::get;

async fn app(folder: &TempDir) -> AppState {
    let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).await.unwrap();
    AppState { ledger: Some(Arc::new(ledger)), ..sample_app() }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// A request, and the path of its first provider.
async fn made(api: &Api) -> (String, String) {
    let report = api.post("/v1/matches", question()).await.json();
    let provider = text(&report["matches"][0]["provider"]["id"]).to_owned();
    let body = json!({"service": "skilled_nursing", "providers": [provider], "needs": ["inf.abx"], "patient_agreed": true});
    let request = api.post("/v1/referral-requests", body).await.json();
    let path = format!("/v1/referral-requests/{}", text(&request["id"]));
    let asked = format!("{path}/providers/{provider}");
    (path, asked)
}

async fn linked(api: &Api, asked: &str) -> String {
    text(&api.post(&format!("{asked}/link"), json!({})).await.json()["path"]).to_owned()
}

/// Letters of a token.
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A guess: neighbors of a link and others.
fn guessed(number: usize, link: &str) -> String {
    let mut token = link.trim_start_matches("/r/").as_bytes().to_vec();
    let at = number % token.len();
    token[at] = LETTERS[(number / token.len()) % 64];
    if number % 2 == 1 {
        token.rotate_left(1 + number % 20);
    }
    format!("/r/{}", String::from_utf8(token).unwrap())
}

/// Guesses `count` links; none opens, and almost all are refused without being looked at.
pub(crate) async fn guess_links(count: usize) {
    let folder = TempDir::new().unwrap();
    let (one, burst) = (NonZeroU32::new(1).unwrap(), NonZeroU32::new(20).unwrap());
    let limits = Throttle::new(&RateLimitConfig { per_second: one, burst, ..RateLimitConfig::default() });
    let api = Api::new(AppState { limits: limits.into(), ..app(&folder).await });
    let (path, asked) = made(&api).await;
    let link = linked(&api, &asked).await;
    let before = api.get(&path).await.text;
    let (mut closed, mut refused) = (0, 0);
    for number in 0..count {
        let guess = guessed(number, &link);
        if guess == link {
            continue;
        }
        let sent = if number % 3 == 0 {
            Request::post(&guess)
                .header("content-type", "application/x-www-form-urlencoded")
                .body(Body::from("answer=accept"))
        } else {
            Request::get(&guess).body(Body::empty())
        };
        match api.open(sent.unwrap()).await.status() {
            StatusCode::NOT_FOUND => closed += 1,
            StatusCode::TOO_MANY_REQUESTS => refused += 1,
            other => panic!("{other} for guess {number}"),
        }
    }
    assert!(closed >= 1 && refused > closed, "{closed} looked at, {refused} refused");
    assert_eq!(get(&api, &link).await.status, StatusCode::OK, "the link still opens");
    let now = api.get(&path).await;
    assert!(now.status == StatusCode::TOO_MANY_REQUESTS || now.text == before, "no guess changed anything: {}", now.text);
}

#[tokio::test]
async fn no_guess_finds_a_link() {
    guess_links(5_000).await;
}

#[tokio::test]
async fn a_mail_scanner_changes_nothing() {
    let folder = TempDir::new().unwrap();
    let api = Api::new(app(&folder).await);
    let (path, asked) = made(&api).await;
    let link = linked(&api, &asked).await;
    let before = api.get(&path).await.text;
    let agents = ["Mozilla/5.0", "Microsoft Office Protocol Discovery", "Barracuda Sentinel (EE)"];
    for (number, agent) in agents.into_iter().cycle().take(30).enumerate() {
        for method in [Method::GET, Method::HEAD] {
            // Scanners add parameters of their own and follow what they find.
            for at in [link.clone(), format!("{link}?answer=accept&pin=1"), format!("{link}/"), link.to_uppercase()] {
                let sent = Request::builder().method(&method).uri(&at).header("user-agent", agent).header("accept", "*/*");
                let answer = api.send(sent.body(Body::empty()).unwrap()).await;
                assert!(answer.status.is_success() || answer.status.is_client_error(), "{number} {method} {at}");
            }
        }
    }
    for method in ["OPTIONS", "PUT", "DELETE", "PROPFIND"] {
        let sent = Request::builder().method(method).uri(&link).body(Body::empty()).unwrap();
        assert!(!api.send(sent).await.status.is_success() || method == "OPTIONS", "{method}");
    }
    assert_eq!(api.get(&path).await.text, before);
}

#[tokio::test]
async fn streams_have_a_cap_of_a_principal_and_hold_no_slot_of_a_question() {
    let folder = TempDir::new().unwrap();
    let limits = RateLimitConfig { requests: NonZeroUsize::new(1).unwrap(), ..RateLimitConfig::default() };
    let api = Api::new(AppState { limits: Arc::new(Throttle::new(&limits)), ..app(&folder).await });
    let (path, _) = made(&api).await;
    let follow = async || api.open(Request::get(format!("{path}/events")).body(Body::empty()).unwrap()).await;
    let mut streams = Vec::new();
    for _ in 0..16 {
        let stream = follow().await;
        assert_eq!(stream.status(), StatusCode::OK);
        streams.push(stream);
    }
    let beyond = follow().await;
    assert_eq!(beyond.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(beyond.headers().contains_key("retry-after"));
    assert_eq!(
        api.post("/v1/matches", question()).await.status,
        StatusCode::OK,
        "one question at a time, and it has its slot"
    );
    streams.pop();
    assert_eq!(follow().await.status(), StatusCode::OK, "a stream that ended gives its place back");
}

#[test]
fn a_stream_ends_when_the_server_stops() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(folder.path(), "serve --sample");
    server.wait_for("/readyz", "\"ready\"");
    let json_of = |answer: String| -> Value { serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap() };
    let report = json_of(server.ask("POST", "/v1/matches", &question().to_string()));
    let provider = text(&report["matches"][0]["provider"]["id"]);
    let body = json!({"service": "skilled_nursing", "providers": [provider], "patient_agreed": true});
    let request = json_of(server.ask("POST", "/v1/referral-requests", &body.to_string()));
    let mut stream = TcpStream::connect(&server.address).unwrap();
    let path = format!("/v1/referral-requests/{}/events", text(&request["id"]));
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    assert!(lines.by_ref().any(|line| line == "event: request"), "the request is sent at once");
    assert_eq!(server.end(), Some(0));
    // It ends by itself: otherwise this would wait for the next event.
    assert_eq!(lines.filter(|line| line == "event: request").count(), 0);
}
