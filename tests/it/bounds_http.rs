//! HTTP checks before the body is read: host, length, encoding; and access while others send
//! invalid credentials.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_core::Stream;
use placement::api_keys::Scope;
use placement::config::server::{AccessConfig, RateLimitConfig, ServerConfig};
use placement::ledger::Ledger;
use placement::ledger::event::LedgerEvent;
use placement::ledger::sqlite::SqliteLedger;
use placement::serve::ledger_sync::load_initial;
use placement::serve::state::AppState;
use tempfile::TempDir;
use tokio::time::timeout;

use crate::access::{bearer, drawn, guarded_app, nothing};
use crate::api::{Api, question};
use crate::cli::Server;

/// A body that never arrives.
struct Never;

impl Stream for Never {
    type Item = Result<Bytes, std::convert::Infallible>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Pending
    }
}

fn packed(body: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(body).unwrap();
    packer.finish().unwrap()
}

#[tokio::test]
async fn a_body_that_is_declared_too_large_is_refused_before_it_comes() {
    let api = Api::sample();
    for (path, kind, length) in [
        ("/v1/matches", "application/json", 64 * 1024 + 1),
        ("/", "application/x-www-form-urlencoded", 64 * 1024 + 1),
        ("/cds-services/placement", "application/json", 1024 * 1024 + 1),
    ] {
        let request = Request::post(path).header("content-type", kind).header("content-length", length);
        let answer = api.send(request.body(Body::from_stream(Never)).unwrap());
        let answer = timeout(Duration::from_secs(5), answer).await.expect("nothing is waited for");
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        assert_eq!(answer.header("connection"), "close");
    }
}

#[tokio::test]
async fn a_body_is_taken_as_gzip_and_unpacked_within_its_bound() {
    let api = Api::sample();
    let plain = api.post("/v1/matches", question()).await;
    let send = async |path: &str, kind: &str, encoding: &str, body: Vec<u8>| {
        let request = Request::post(path).header("content-type", kind).header("content-encoding", encoding);
        api.send(request.body(Body::from(body)).unwrap()).await
    };
    let json = "application/json";
    let asked = packed(question().to_string().as_bytes());
    for encoding in ["gzip", "GZIP", "x-gzip", "identity, gzip"] {
        let answer = send("/v1/matches", json, encoding, asked.clone()).await;
        assert_eq!((answer.status, &answer.text), (StatusCode::OK, &plain.text), "{encoding}");
    }
    let form = packed(b"service=skilled_nursing&near=64108");
    assert_eq!(send("/", "application/x-www-form-urlencoded", "gzip", form).await.status, StatusCode::SEE_OTHER);
    let bomb = send("/v1/matches", json, "gzip", packed(&vec![b' '; 50_000_000])).await;
    assert_eq!((bomb.status, bomb.json()["code"].as_str()), (StatusCode::PAYLOAD_TOO_LARGE, Some("too_large")));
    for body in [asked[..asked.len() - 4].to_vec(), question().to_string().into_bytes()] {
        let damaged = send("/v1/matches", json, "gzip", body).await;
        assert_eq!((damaged.status, damaged.json()["code"].as_str()), (StatusCode::BAD_REQUEST, Some("not_gzip")));
    }
    for (path, kind, encoding, taken) in [
        ("/v1/matches", json, "br", "gzip"),
        ("/v1/matches", json, "gzip, gzip", "gzip"),
        ("/v1/matches:batch", "application/x-ndjson", "gzip", "identity"),
    ] {
        let answer = send(path, kind, encoding, asked.clone()).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{path} {encoding}");
        assert_eq!(
            (answer.header("accept-encoding"), answer.json()["code"].as_str()),
            (taken, Some("wrong_content_encoding"))
        );
    }
}

#[tokio::test]
async fn a_byte_order_mark_before_json_is_passed_over() {
    let answer = Api::sample().post("/v1/matches", format!("\u{feff}{}", question())).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
}

#[test]
fn a_request_names_one_host() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(folder.path(), "serve --sample");
    server.wait_for("/readyz", "\"ready\"");
    let ask = |version: &str, hosts: &[&str]| {
        let mut stream = TcpStream::connect(&server.address).unwrap();
        let hosts = hosts.iter().map(|host| format!("Host: {host}\r\n")).collect::<Vec<_>>().concat();
        write!(stream, "GET /livez HTTP/{version}\r\n{hosts}Connection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        (answer[9..12].to_owned(), answer.contains("no_host"))
    };
    for (version, hosts, status) in [
        ("1.1", &["localhost"][..], "200"),
        ("1.1", &[], "400"),
        ("1.1", &["localhost", "localhost"], "400"),
        ("1.1", &["not a host"], "400"),
        ("1.1", &["evil.example"], "421"),
        ("1.0", &[], "200"),
    ] {
        assert_eq!(ask(version, hosts), (status.to_owned(), status == "400"), "{version} {hosts:?}");
    }
}

/// A server behind a proxy with a low rate limit, and a key in its ledger.
async fn behind_a_proxy(folder: &TempDir) -> (Api, String) {
    let ledger: Arc<dyn Ledger> = Arc::new(SqliteLedger::open(&folder.path().join("l.sqlite")).await.unwrap());
    let (secret, key) = drawn(&[Scope::Pages, Scope::Match]);
    ledger.tell(&LedgerEvent::Key(key.clone())).await.unwrap();
    let limits =
        RateLimitConfig { per_second: 1.try_into().unwrap(), burst: 5.try_into().unwrap(), ..RateLimitConfig::default() };
    let edge = ServerConfig { access: Some(AccessConfig::default()), behind_proxy: true, limits, ..ServerConfig::default() };
    let app = guarded_app(AccessConfig::default(), []);
    let limits = placement::serve::http::throttle::Throttle::new(&edge.limits);
    let app = AppState { ledger: Some(Arc::clone(&ledger)), edge, limits: limits.into(), ..app };
    load_initial(&app).await;
    (Api::new(app), secret.reveal().to_owned())
}

#[tokio::test]
async fn who_has_a_right_key_signs_in_whatever_strangers_try() {
    let folder = TempDir::new().unwrap();
    let (api, key) = behind_a_proxy(&folder).await;
    let proxy = || nothing().from("10.0.0.1");
    let wrong = format!("{}{}", &key[..key.len() - 1], if key.ends_with('A') { 'B' } else { 'A' });
    for typed in ["nonsense", &wrong] {
        let mut statuses = Vec::new();
        for _ in 0..20 {
            statuses.push(proxy().post_form(&api, "/sign-in", format!("key={typed}")).await.status);
        }
        assert_eq!(statuses[..5], [StatusCode::UNAUTHORIZED; 5], "{typed}");
        assert!(statuses.contains(&StatusCode::TOO_MANY_REQUESTS), "failures are bounded: {statuses:?}");
        // The form, its static files, and the key.
        assert_eq!(proxy().get(&api, "/sign-in").await.status, StatusCode::OK);
        assert_eq!(proxy().get(&api, "/assets/placement.css").await.status, StatusCode::OK);
        let signed_in = proxy().post_form(&api, "/sign-in", format!("key={key}")).await;
        assert_eq!(signed_in.status, StatusCode::SEE_OTHER, "{}", signed_in.text);
    }
}

#[tokio::test]
async fn wrong_keys_keep_out_neither_right_ones_nor_who_shows_nothing() {
    let folder = TempDir::new().unwrap();
    let (api, key) = behind_a_proxy(&folder).await;
    let mut statuses = Vec::new();
    for _ in 0..20 {
        statuses.push(bearer("plc_nonsense").from("10.0.0.1").get(&api, "/v1/services").await.status);
    }
    assert!(statuses.contains(&StatusCode::TOO_MANY_REQUESTS), "{statuses:?}");
    assert_eq!(nothing().from("10.0.0.1").get(&api, "/cds-services").await.status, StatusCode::OK);
    let asked = bearer(&key).from("10.0.0.1").request("POST", "/v1/matches", "application/json", question().to_string());
    assert_eq!(api.send(asked).await.status, StatusCode::OK);
}

#[tokio::test]
async fn strangers_behind_a_proxy_are_told_apart_by_the_address_it_adds() {
    let folder = TempDir::new().unwrap();
    let (api, _) = behind_a_proxy(&folder).await;
    let from = |addresses: &str| nothing().from("10.0.0.1").and("x-forwarded-for", addresses);
    // An entry written by the client comes before the proxy's entry and is ignored.
    for at in 0..5 {
        assert_eq!(from(&format!("198.51.100.{at}, 192.0.2.7")).get(&api, "/cds-services").await.status, StatusCode::OK);
    }
    for again in ["192.0.2.7", "198.51.100.9,192.0.2.7:4711"] {
        assert_eq!(from(again).get(&api, "/cds-services").await.status, StatusCode::TOO_MANY_REQUESTS, "{again}");
    }
    assert_eq!(from("192.0.2.8").get(&api, "/cds-services").await.status, StatusCode::OK);
}

#[tokio::test]
async fn one_principal_has_half_of_the_batches_there_may_be() {
    let [one, other] = [(); 2].map(|()| drawn(&[Scope::Match]));
    let api = Api::new(guarded_app(AccessConfig::default(), [one.1.clone(), other.1.clone()]));
    let begin = async |key: &str| {
        let mut request = bearer(key).request("POST", "/v1/matches:batch", "application/x-ndjson", String::new());
        *request.body_mut() = Body::from_stream(Never);
        api.open(request).await
    };
    let mut held = vec![begin(one.0.reveal()).await, begin(one.0.reveal()).await];
    assert!(held.iter().all(|answer| answer.status() == StatusCode::OK));
    assert_eq!(begin(one.0.reveal()).await.status(), StatusCode::SERVICE_UNAVAILABLE, "it has its share");
    held.extend([begin(other.0.reveal()).await, begin(other.0.reveal()).await]);
    assert!(held.iter().all(|answer| answer.status() == StatusCode::OK), "the other has its own");
    held.remove(0);
    let again = async {
        while begin(one.0.reveal()).await.status() != StatusCode::OK {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_mins(1), again).await.expect("a place that is left is free");
}
