//! Properties of every answer: security headers, compression, CORS, limits and metrics.

use std::collections::BTreeSet;
use std::io::Read;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use flate2::read::GzDecoder;
use placement::config::server;
use placement::config::server::ServerConfig;
use placement::serve::http::listen::ClientIp;
use placement::serve::http::route::{RouteAudience, RouteSlot};
use placement::serve::http::throttle::Throttle;
use placement::serve::routes;
use placement::serve::state::AppState;
use serde_json::json;

use crate::api::{Answer, Api, changed, question, sample_app};

/// A path of the route with its parameters filled in.
fn filled(path: &str) -> String {
    let path = path.replace("/{type}/{id}", "/Location/none").replace("{type}", "Location");
    path.replace("{id}", "ccn:425003").replace("{name}", "placement.css")
}

fn asking(method: &str, path: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let request = Request::builder().method(Method::from_bytes(method.as_bytes()).unwrap()).uri(path);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.body(Body::empty()).unwrap()
}

fn sample_with(edge: ServerConfig) -> Api {
    Api::new(AppState { edge, ..sample_app() })
}

fn unzipped(answer: &Answer) -> String {
    let mut plain = String::new();
    GzDecoder::new(answer.bytes.as_slice()).read_to_string(&mut plain).unwrap();
    plain
}

#[tokio::test]
async fn every_route_says_what_a_browser_may_do_with_its_answer() {
    let api = Api::sample();
    let mut asked = 0;
    for row in routes::all() {
        for method in [row.method.name(), "DELETE", "OPTIONS"] {
            let answer = api.send(asking(method, &filled(&row.path), &[])).await;
            let at = format!("{method} {} ({})", row.path, answer.status);
            for (name, value) in [
                ("x-content-type-options", "nosniff"),
                ("x-frame-options", "DENY"),
                ("cross-origin-opener-policy", "same-origin"),
                ("cross-origin-resource-policy", "same-origin"),
                ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=()"),
            ] {
                assert_eq!(answer.header(name), value, "{at}");
            }
            assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{at}");
            assert!(["no-referrer", "same-origin"].contains(&answer.header("referrer-policy")), "{at}");
            let kept = ["no-store", "no-cache", "public, no-cache"];
            assert!(kept.contains(&answer.header("cache-control")), "{at}");
            assert!(!answer.header("x-request-id").is_empty(), "{at}");
            assert_eq!(answer.header("strict-transport-security"), "", "{at}: nobody said there is TLS");
            assert_eq!(answer.header("access-control-allow-origin"), "", "{at}");
            assert_eq!(answer.status == StatusCode::METHOD_NOT_ALLOWED, method != row.method.name(), "{at}");
            asked += 1;
        }
    }
    assert_eq!(asked, 3 * routes::all().count());
}

#[tokio::test]
async fn a_path_says_which_methods_it_takes_and_head_is_get_without_a_body() {
    let api = Api::sample();
    for (path, allowed) in [("/v1/services", "GET,HEAD"), ("/v1/matches", "POST"), ("/", "GET,HEAD,POST")] {
        let refused = api.send(asking("DELETE", path, &[])).await;
        let mut said: Vec<&str> = refused.header("allow").split(',').collect();
        said.sort_unstable();
        assert_eq!((refused.status, said.join(",").as_str()), (StatusCode::METHOD_NOT_ALLOWED, allowed), "{path}");
    }
    let (get, head) = (api.get("/v1/services").await, api.send(asking("HEAD", "/v1/services", &[])).await);
    assert_eq!((head.status, head.text.as_str()), (StatusCode::OK, ""));
    for name in ["content-type", "etag", "cache-control", "vary", "content-security-policy"] {
        assert_eq!(head.header(name), get.header(name), "{name}");
    }
}

#[tokio::test]
async fn tls_of_its_own_or_of_a_proxy_is_for_good() {
    let tls = server::TlsConfig { certificate: "none".into(), key: "none".into() };
    for (edge, only_tls) in [
        (ServerConfig { public_url: Some("https://placement.mercy.example".to_owned()), ..ServerConfig::default() }, true),
        (ServerConfig { tls: Some(tls), ..ServerConfig::default() }, true),
        (ServerConfig { public_url: Some("http://placement.mercy.example".to_owned()), ..ServerConfig::default() }, false),
    ] {
        let said = sample_with(edge).get("/livez").await.header("strict-transport-security").to_owned();
        assert_eq!(said, if only_tls { "max-age=31536000" } else { "" });
    }
}

#[tokio::test]
async fn a_large_answer_comes_packed_to_who_takes_it() {
    let api = Api::sample();
    let gzip = [("accept-encoding", "gzip, deflate, br")];
    for path in ["/v1/needs", "/assets/placement.css", "/", "/directory"] {
        let (plain, packed) = (api.get(path).await, api.send(asking("GET", path, &gzip)).await);
        assert_eq!((plain.header("content-encoding"), packed.header("content-encoding")), ("", "gzip"), "{path}");
        for answer in [&plain, &packed] {
            assert!(answer.header("vary").contains("Accept-Encoding"), "{path}: {:?}", answer.headers);
        }
        assert!(packed.bytes.len() < plain.bytes.len() / 2, "{path}");
        assert_eq!(unzipped(&packed), plain.text, "{path}");

        // The weak tag identifies the answer, not its bytes; either form gives 304.
        let (tag, weak) = (plain.header("etag").to_owned(), packed.header("etag").to_owned());
        assert_eq!(weak, if tag.is_empty() { String::new() } else { format!("W/{tag}") }, "{path}");
        for held in [tag, weak].iter().filter(|tag| !tag.is_empty()) {
            let again = api.send(asking("GET", path, &[gzip[0], ("if-none-match", held)])).await;
            assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""), "{path} {held}");
        }
    }
    for path in ["/livez", "/readyz", "/nowhere"] {
        let small = api.send(asking("GET", path, &gzip)).await;
        assert_eq!((small.header("content-encoding"), small.header("vary")), ("", ""), "{path}");
    }
    let refused = api.send(asking("GET", "/v1/needs", &[("accept-encoding", "gzip;q=0, *")])).await;
    assert_eq!(refused.header("content-encoding"), "");
}

#[tokio::test]
async fn no_other_site_may_ask_unless_it_is_listed() {
    let listed = "https://portal.mercy.example";
    let api = sample_with(ServerConfig { cors_origins: vec![format!("{listed}/")], ..ServerConfig::default() });
    let may = |headers: &HeaderMap| headers.get("access-control-allow-origin").cloned();
    for (origin, path, shared) in [
        (listed, "/v1/services", true),
        (listed, "/fhir/metadata", true),
        (listed, "/", false),
        (listed, "/sign-in", false),
        ("https://portal.mercy.example.evil.example", "/v1/services", false),
        ("http://portal.mercy.example", "/v1/services", false),
        ("null", "/v1/services", false),
    ] {
        let answer = api.send(asking("GET", path, &[("origin", origin)])).await;
        assert_eq!(may(&answer.headers).is_some(), shared, "{origin} {path}");
        assert!(may(&answer.headers).is_none_or(|said| said == listed));
        assert_eq!(answer.header("access-control-allow-credentials"), "", "{origin} {path}");
        let before = [("origin", origin), ("access-control-request-method", "GET")];
        let before = api.send(asking("OPTIONS", path, &before)).await;
        let status = if shared { StatusCode::NO_CONTENT } else { StatusCode::METHOD_NOT_ALLOWED };
        assert_eq!((before.status, may(&before.headers).is_some()), (status, shared), "{origin} {path}");
    }
    // No cache may give one site's answer to another.
    let varies = |answer: &Answer| answer.headers.get_all("vary").iter().any(|name| name == "Origin");
    assert!(varies(&api.get("/v1/services").await) && !varies(&api.get("/").await));
    let before = [("origin", listed), ("access-control-request-method", "POST")];
    let before = api.send(asking("OPTIONS", "/v1/matches", &before)).await;
    assert_eq!(before.header("access-control-allow-methods"), "POST");
    assert!(before.header("access-control-allow-headers").contains("authorization"));
    let unlisted = [("origin", listed), ("access-control-request-method", "POST")];
    let closed = Api::sample().send(asking("OPTIONS", "/v1/matches", &unlisted)).await;
    assert_eq!((closed.status, may(&closed.headers)), (StatusCode::METHOD_NOT_ALLOWED, None));
}

#[tokio::test]
async fn beyond_the_places_everybody_is_told_to_come_again_but_not_who_asks_whether_it_lives() {
    let app = sample_app();
    let requests = NonZeroUsize::new(1).unwrap();
    let app = AppState {
        limits: Arc::new(Throttle::new(&server::RateLimitConfig { requests, ..server::RateLimitConfig::default() })),
        ..app
    };
    let held = app.limits.acquire_slot(RouteSlot::Question).unwrap();
    let api = Api::new(app);
    for row in routes::all().filter(|row| row.policy.audience == RouteAudience::Program && row.method.name() == "GET") {
        let answer = api.get(&filled(&row.path)).await;
        if ["/livez", "/readyz"].contains(&row.path.as_str()) {
            assert_eq!(answer.status, StatusCode::OK, "{}", row.path);
        } else if row.policy.slot == RouteSlot::Ledger {
            // The ledger has slots of its own; there is none here.
            assert_eq!(answer.json()["code"], "no_ledger", "{}", row.path);
        } else {
            assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "1"), "{}", row.path);
            assert_eq!(answer.json()["code"], "busy", "{}", row.path);
        }
    }
    let asked = api.post("/v1/matches", question()).await;
    assert_eq!(asked.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(figure(&api.get("/metrics").await.text, "placement_requests_shed_total").unwrap() > 5.0);
    drop(held);
    assert_eq!(api.post("/v1/matches", question()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn who_asks_too_much_is_told_when_to_come_again_and_nobody_else_is() {
    let number = |number| NonZeroU32::new(number).unwrap();
    let limits = server::RateLimitConfig { per_second: number(1), burst: number(3), ..server::RateLimitConfig::default() };
    let edge = ServerConfig { access: Some(server::AccessConfig::default()), ..ServerConfig::default() };
    let api = Api::new(AppState { edge, limits: Arc::new(Throttle::new(&limits)), ..sample_app() });
    let asked_from = async |address: [u8; 4], path: &str| {
        let mut request = asking("GET", path, &[]);
        request.extensions_mut().insert(ClientIp(address.into()));
        api.send(request).await
    };
    let (one, other) = ([192, 0, 2, 7], [192, 0, 2, 8]);
    // Requests rejected without a key count too, to prevent guessing. So do unknown routes; health
    // checks do not.
    for (path, status) in [("/livez", 200), ("/v1/services", 401), ("/v1/none", 404), ("/v1/services", 401)] {
        assert_eq!(asked_from(one, path).await.status.as_u16(), status, "{path}");
    }
    for path in ["/v1/none", "/v1/services"] {
        let refused = asked_from(one, path).await;
        assert_eq!((refused.status, refused.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "1"), "{path}");
        assert_eq!(refused.json()["code"], "too_many_requests", "{path}");
    }
    // Callers from the same address can still sign in and use health checks.
    for path in ["/livez", "/readyz", "/sign-in"] {
        assert_eq!(asked_from(one, path).await.status, StatusCode::OK, "{path}");
    }
    assert_eq!(asked_from(other, "/v1/services").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_is_answered_before_its_body_was_read_ends_the_connection_and_says_so() {
    let open = Api::sample();
    let guarded = sample_with(ServerConfig { access: Some(server::AccessConfig::default()), ..ServerConfig::default() });
    let large = "x".repeat(70_000);
    let right = question().to_string();
    for (api, method, path, body, status, said) in [
        (&open, "POST", "/v1/matches", right.as_str(), 200, ""),
        (&open, "POST", "/v1/matches", "{}", 422, ""),
        (&open, "POST", "/v1/matches:batch", "{}", 415, "close"),
        (&open, "POST", "/v1/matches", large.as_str(), 413, "close"),
        (&open, "POST", "/v1/none", "{}", 404, "close"),
        (&open, "DELETE", "/v1/matches", "{}", 405, "close"),
        (&guarded, "POST", "/v1/matches", right.as_str(), 401, "close"),
        (&guarded, "POST", "/v1/matches", "", 401, ""),
        (&guarded, "GET", "/v1/services", "", 401, ""),
    ] {
        let mut request = asking(method, path, &[]);
        if !path.ends_with(":batch") {
            request.headers_mut().insert("content-type", "application/json".parse().unwrap());
        }
        if !body.is_empty() {
            *request.body_mut() = Body::from(body.to_owned());
        }
        let answer = api.send(request).await;
        let case = format!("{method} {path} {status}");
        assert_eq!((answer.status.as_u16(), answer.header("connection")), (status, said), "{case}");
    }
}

#[tokio::test]
async fn who_is_on_this_machine_is_not_counted() {
    let number = |number| NonZeroU32::new(number).unwrap();
    let limits = server::RateLimitConfig { per_second: number(1), burst: number(1), ..server::RateLimitConfig::default() };
    let api = Api::new(AppState { limits: Arc::new(Throttle::new(&limits)), ..sample_app() });
    for _ in 0..20 {
        assert_eq!(api.get("/v1/services").await.status, StatusCode::OK);
    }
}

#[test]
fn limits_of_nothing_are_refused() {
    for key in ["connections", "requests", "per_second", "burst"] {
        let error = toml::from_str::<server::RateLimitConfig>(&format!("{key} = 0")).unwrap_err().to_string();
        assert!(error.contains("expected a nonzero"), "{key}: {error}");
    }
    let set = toml::from_str::<server::RateLimitConfig>("burst = 7").unwrap();
    assert_eq!(set, server::RateLimitConfig { burst: NonZeroU32::new(7).unwrap(), ..server::RateLimitConfig::default() });
}

#[tokio::test]
async fn json_in_another_encoding_and_a_name_without_end_are_refused() {
    let api = Api::sample();
    for (kind, status) in [("application/json; charset=utf-16", 415), ("application/json; charset=utf-8", 200)] {
        let request = Request::post("/v1/matches").header("content-type", kind);
        let answer = api.send(request.body(Body::from(question().to_string())).unwrap()).await;
        assert_eq!(answer.status.as_u16(), status, "{kind}");
    }
    for path in ["/v1/providers", "/v1/plans"] {
        let named = |length: usize| format!("{path}?name={}", "n".repeat(length));
        assert_eq!(api.get(&named(200)).await.status, StatusCode::OK);
        assert_eq!(api.get(&named(201)).await.faults(), [("?name".to_owned(), "too_long".to_owned())]);
    }
}

/// The value of a metric with its labels.
fn figure(text: &str, name: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

#[tokio::test]
async fn known_traffic_gives_known_figures() {
    let api = Api::sample();
    for body in [
        question(),
        question(),
        changed(&json!({"needs": []})),
        changed(&json!({"near": {"zip": "99723"}, "within_miles": 5, "include": []})),
        changed(&json!({"near": {"zip": "canary"}})),
    ] {
        api.post("/v1/matches", body).await;
    }
    api.get("/v1/providers?name=canary").await;
    api.get("/canary").await;
    api.send(asking("CANARY", "/v1/services", &[("x-request-id", "canary canary")])).await;
    let answer = api.get("/metrics").await;
    assert_eq!(answer.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    let text = &answer.text;
    assert!(text.ends_with("# EOF\n") && !text.contains("canary"), "{text}");
    let requests = |route: &str, method: &str, status: &str| {
        figure(text, &format!("placement_http_requests_total{{route=\"{route}\",method=\"{method}\",status=\"{status}\"}}"))
    };
    assert_eq!(requests("/v1/matches", "POST", "2xx"), Some(4.0), "{text}");
    assert_eq!(requests("/v1/matches", "POST", "4xx"), Some(1.0));
    assert_eq!(requests("/v1/providers", "GET", "2xx"), Some(1.0));
    assert_eq!(requests("none", "GET", "4xx"), Some(1.0));
    assert_eq!(requests("none", "other", "4xx"), Some(1.0));
    for (name, value) in [
        ("http_request_duration_seconds_count{route=\"/v1/matches\",method=\"POST\"}", 5.0),
        ("questions_total", 5.0),
        ("match_reports_total{result=\"meets\"}", 1.0),
        ("match_reports_total{result=\"none_meets\"}", 2.0),
        ("match_reports_total{result=\"none\"}", 1.0),
        ("match_reports_without_meets_total{reason=\"nobody_in_reach\"}", 1.0),
        ("answer_cache_hits_total", 1.0),
        ("answer_cache_misses_total", 4.0),
        ("answer_cache_entries", 3.0),
        ("requests_rate_limited_total", 0.0),
        ("requests_shed_total", 0.0),
        ("ready", 1.0),
        ("directory_age_seconds", 7.0 * 3600.0),
        ("directories_failed", 0.0),
        ("directory_swaps_total", 0.0),
        ("ledger_open", 0.0),
        ("ledger_failing", 0.0),
        ("ledger_sequence", 0.0),
        ("connections_open", 0.0),
        ("connections_cut_total{reason=\"slow_head\"}", 0.0),
        (concat!("build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"}"), 1.0),
    ] {
        assert_eq!(figure(text, &format!("placement_{name}")), Some(value), "{name}:\n{text}");
    }
    let generation = api.get("/readyz").await.json()["generation"].as_str().unwrap().to_owned();
    let info = format!("placement_directory_info{{generation=\"{generation}\",synthetic=\"true\"}}");
    assert_eq!(figure(text, &info), Some(1.0));

    // Every source of the directory with a date, by the name that facts use.
    let sources = api.get("/v1/directory").await.json();
    let sources = sources["sources"].as_array().unwrap().iter().filter(|source| !source["age_days"].is_null());
    let sources: BTreeSet<&str> = sources.clone().map(|source| source["source"].as_str().unwrap()).collect();
    assert!(!sources.is_empty());
    for source in sources {
        assert!(figure(text, &format!("placement_source_age_days{{source=\"{source}\"}}")).is_some(), "{source}");
    }
}

#[tokio::test]
async fn before_the_first_directory_the_figures_say_so() {
    let folder = tempfile::TempDir::new().unwrap();
    let text = Api::of(folder.path()).get("/metrics").await.text;
    assert_eq!(figure(&text, "placement_ready"), Some(0.0), "{text}");
    assert_eq!(figure(&text, "placement_directory_age_seconds"), None);
}

#[tokio::test]
async fn how_the_last_refresh_ended_is_a_figure() {
    let folder = tempfile::TempDir::new().unwrap();
    let reports = folder.path().join("reports");
    std::fs::create_dir(&reports).unwrap();
    let began = "2026-11-21T02:30:00Z".parse::<jiff::Timestamp>().unwrap();
    for (report, outcome, is_dated) in [
        (json!({"began": began.to_string(), "outcome": "refused", "checks": [{"later": true}]}).to_string(), "refused", true),
        (json!({"began": began.to_string(), "outcome": "published"}).to_string(), "published", true),
        (json!({"outcome": "postponed"}).to_string(), "unknown", false),
        ("no report".to_owned(), "unknown", false),
    ] {
        std::fs::write(reports.join("last.json"), &report).unwrap();
        let text = Api::of(folder.path()).get("/metrics").await.text;
        assert_eq!(
            figure(&text, &format!("placement_last_refresh_info{{outcome=\"{outcome}\"}}")),
            Some(1.0),
            "{report}: {text}"
        );
        assert_eq!(text.matches("placement_last_refresh_info{").count(), 1, "{text}");
        let expected = is_dated.then(|| f64::from(u32::try_from(began.as_second()).unwrap()));
        assert_eq!(figure(&text, "placement_last_refresh_begin_timestamp_seconds"), expected, "{report}");
    }
    std::fs::remove_file(reports.join("last.json")).unwrap();
    assert!(
        !Api::of(folder.path()).get("/metrics").await.text.contains("placement_last_refresh"),
        "nothing before the first"
    );
}
