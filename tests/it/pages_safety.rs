//! Browser security of every page: it loads nothing from other hosts, is not stored, and accepts
//! only its own forms.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use crate::api::Api;

fn form(path: &str, body: &'static str) -> axum::http::request::Builder {
    assert!(!body.is_empty());
    Request::post(path).header("content-type", "application/x-www-form-urlencoded")
}

const ASKED: &str = "near=64108&service=skilled_nursing&coverage=Medicare";

#[tokio::test]
async fn every_page_may_load_from_here_only_and_what_holds_a_question_is_kept_nowhere() {
    let api = Api::sample();
    let pages = [
        "/",
        "/choice-list",
        "/directory",
        "/how-ranking-works",
        "/teaching-sheets/hospice",
        "/docs",
        "/providers/ccn:265015",
        "/nowhere",
    ];
    for path in pages {
        let answer = api.send(Request::get(path).header("accept", "text/html").body(Body::empty()).unwrap()).await;
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"), "{path}: {policy}");
        assert!(!policy.contains("http") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert_eq!(answer.headers["referrer-policy"], "same-origin", "{path}");
    }
    for path in ["/", "/what-about", "/call-sheet", "/compare", "/choice-list", "/export/csv", "/suggest/plans"] {
        let answer = api.send(form(path, ASKED).body(Body::from(ASKED)).unwrap()).await;
        assert_eq!(answer.headers["cache-control"], "no-store", "{path}");
    }
}

#[tokio::test]
async fn a_form_that_another_site_sent_is_refused() {
    let api = Api::sample();
    for (site, origin, status) in [
        (Some("same-origin"), None, StatusCode::SEE_OTHER),
        (Some("none"), None, StatusCode::SEE_OTHER),
        (None, None, StatusCode::SEE_OTHER),
        (Some("same-site"), None, StatusCode::FORBIDDEN),
        (Some("cross-site"), None, StatusCode::FORBIDDEN),
        // Without TLS a browser sends only the origin.
        (None, Some("http://localhost:8080"), StatusCode::SEE_OTHER),
        (None, Some("http://LocalHost:8080"), StatusCode::SEE_OTHER),
        (None, Some("http://localhost"), StatusCode::FORBIDDEN),
        (None, Some("http://localhost:8081"), StatusCode::FORBIDDEN),
        (None, Some("http://localhost:8080.elsewhere.example"), StatusCode::FORBIDDEN),
        (None, Some("http://elsewhere.example"), StatusCode::FORBIDDEN),
        (None, Some("null"), StatusCode::FORBIDDEN),
        // With TLS, a proxy may have used another host name.
        (Some("same-origin"), Some("https://proxy.example"), StatusCode::SEE_OTHER),
        (Some("cross-site"), Some("http://localhost:8080"), StatusCode::FORBIDDEN),
    ] {
        let request = form("/", ASKED).header("host", "localhost:8080");
        let request = site.into_iter().fold(request, |request, site| request.header("sec-fetch-site", site));
        let request = origin.into_iter().fold(request, |request, origin| request.header("origin", origin));
        let answer = api.send(request.body(Body::from(ASKED)).unwrap()).await;
        assert_eq!(answer.status, status, "{site:?} {origin:?}");
        if status == StatusCode::FORBIDDEN {
            assert!(answer.text.contains("The form was sent by another site"), "{}", answer.text);
        }
    }
}
