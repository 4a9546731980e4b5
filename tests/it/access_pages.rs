//! Signing in to the pages and out again, as a browser does.

use std::sync::Arc;

use axum::http::StatusCode;
use placement::api_keys::secret::Secret;
use placement::api_keys::{KeyRecord, Scope};
use placement::config::server::{AccessConfig, ServerConfig};
use placement::ledger::Ledger;
use placement::ledger::event::LedgerEvent;
use placement::ledger::sqlite::SqliteLedger;
use placement::serve::ledger_sync::load_initial;
use placement::serve::state::AppState;
use tempfile::TempDir;

use crate::access::{Shown, drawn, guarded_app, hours, nothing, now};
use crate::api::{Answer, Api};

/// Two servers with one ledger, and a key in it.
struct Ward {
    ledger: Arc<dyn Ledger>,
    api: Api,
    secret: Secret,
    key: KeyRecord,
    _folder: TempDir,
}

impl Ward {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let ledger: Arc<dyn Ledger> = Arc::new(SqliteLedger::open(&folder.path().join("l.sqlite")).await.unwrap());
        let (secret, key) = drawn(&[Scope::Pages, Scope::Match]);
        ledger.tell(&LedgerEvent::Key(key.clone())).await.unwrap();
        let api = Api::new(
            server(&ledger, ServerConfig { access: Some(AccessConfig::default()), ..ServerConfig::default() }).await,
        );
        Self { ledger, api, secret, key, _folder: folder }
    }

    async fn sign_in(&self, more: &str) -> Answer {
        nothing().post_form(&self.api, "/sign-in", format!("key={}{more}", self.secret.reveal())).await
    }
}

/// A server that has loaded the ledger.
async fn server(ledger: &Arc<dyn Ledger>, edge: ServerConfig) -> AppState {
    let app = AppState { ledger: Some(Arc::clone(ledger)), edge, ..guarded_app(AccessConfig::default(), []) };
    load_initial(&app).await;
    app
}

/// The cookie that a browser sends back.
fn browser(answer: &Answer) -> Shown {
    let pair = answer.header("set-cookie").split(';').next().unwrap();
    assert!(!pair.is_empty(), "{} {}", answer.status, answer.text);
    nothing().and("cookie", pair)
}

#[tokio::test]
async fn a_key_opens_fifty_sessions_and_one_that_ends_makes_room() {
    let ward = Ward::new().await;
    let first = browser(&ward.sign_in("").await);
    for _ in 1..50 {
        assert_eq!(ward.sign_in("").await.status, StatusCode::SEE_OTHER);
    }
    let refused = ward.sign_in("").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.text.contains("50 open sessions"), "{}", refused.text);
    first.post_form(&ward.api, "/sign-out", "").await;
    assert_eq!(ward.sign_in("").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_person_signs_in_with_a_key_and_goes_on_where_they_were() {
    let ward = Ward::new().await;
    for (path, place) in [
        ("/", "/sign-in"),
        ("/directory", "/sign-in?to=/directory"),
        ("/providers/ccn:265015", "/sign-in?to=/providers/ccn:265015"),
        ("/providers/a%2f%2fb", "/sign-in"),
        ("/answer/00000000000000000000000000", "/sign-in"),
    ] {
        let sent = nothing().get(&ward.api, path).await;
        assert_eq!((sent.status, sent.header("location")), (StatusCode::SEE_OTHER, place), "{path}");
    }
    let form = nothing().get(&ward.api, "/sign-in?to=/directory").await;
    assert_eq!(form.status, StatusCode::OK);
    assert!(form.text.contains("name=\"to\" value=\"/directory\"") && form.text.contains("type=\"password\""));
    assert!(!form.text.contains("action=\"/sign-out\"") && form.header("cache-control") == "no-store");

    let signed_in = ward.sign_in("&to=/directory").await;
    assert_eq!((signed_in.status, signed_in.header("location")), (StatusCode::SEE_OTHER, "/directory"));
    let cookie = signed_in.header("set-cookie");
    assert!(cookie.starts_with("placement=pls_"), "{cookie}");
    assert!(cookie.ends_with("; Max-Age=43200; Path=/; HttpOnly; SameSite=Strict"), "{cookie}");
    assert!(!cookie.contains(&ward.secret.reveal()[13..]), "the key itself is not kept");

    let browser = browser(&signed_in);
    for path in ["/", "/directory", "/choice-list"] {
        let page = browser.get(&ward.api, path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(page.text.contains("action=\"/sign-out\""), "{path}");
    }
    assert_eq!(browser.get(&ward.api, "/sign-in?to=/directory").await.header("location"), "/directory");
    let wrong = browser.post_form(&ward.api, "/", "nearby=1").await;
    assert!(wrong.status.is_client_error() && wrong.text.contains("action=\"/sign-out\""), "a page of a problem too");
    // A session is only valid for the pages; programs use keys.
    assert_eq!(browser.get(&ward.api, "/v1/services").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn every_server_of_the_ledger_knows_the_session_and_its_end() {
    let ward = Ward::new().await;
    let browser = browser(&ward.sign_in("").await);
    let edge = || ServerConfig { access: Some(AccessConfig::default()), ..ServerConfig::default() };
    let other = Api::new(server(&ward.ledger, edge()).await);
    assert_eq!(browser.get(&other, "/").await.status, StatusCode::OK);

    let out = browser.post_form(&ward.api, "/sign-out", "").await;
    assert_eq!((out.status, out.header("location")), (StatusCode::SEE_OTHER, "/sign-in"));
    assert!(out.header("set-cookie").starts_with("placement=; Max-Age=0; Path=/"), "{}", out.header("set-cookie"));
    assert_eq!(browser.get(&ward.api, "/directory").await.header("location"), "/sign-in?to=/directory");
    let form = browser.get(&ward.api, "/sign-in").await;
    assert!(form.text.contains("Your session has ended") && form.header("set-cookie").contains("Max-Age=0"));
    let later = Api::new(server(&ward.ledger, edge()).await);
    assert_eq!(browser.get(&later, "/").await.header("location"), "/sign-in");
    // Signing out again, or without a session, does no harm.
    assert_eq!(browser.post_form(&ward.api, "/sign-out", "").await.status, StatusCode::SEE_OTHER);
    assert_eq!(nothing().post_form(&ward.api, "/sign-out", "").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_session_ends_with_its_key() {
    let ward = Ward::new().await;
    let browser = browser(&ward.sign_in("").await);
    assert_eq!(browser.get(&ward.api, "/").await.status, StatusCode::OK);
    ward.ledger.tell(&LedgerEvent::Key(KeyRecord { revoked_at: Some(now()), ..ward.key.clone() })).await.unwrap();
    let api = Api::new(
        server(&ward.ledger, ServerConfig { access: Some(AccessConfig::default()), ..ServerConfig::default() }).await,
    );
    assert_eq!(browser.get(&api, "/").await.header("location"), "/sign-in");
}

/// Keys that open no session. Returns how many were tried; each was refused.
pub(crate) async fn try_wrong_keys_at_sign_in() -> usize {
    let mut tried = 0;
    let ward = Ward::new().await;
    let (for_programs, key) = drawn(&[Scope::Match]);
    let (expired, expired_key) = drawn(&[Scope::Pages]);
    let unknown = drawn(&[]).0;
    for key in [key, KeyRecord { expires_at: hours(-1), ..expired_key }] {
        ward.ledger.tell(&LedgerEvent::Key(key)).await.unwrap();
    }
    let api = Api::new(
        server(&ward.ledger, ServerConfig { access: Some(AccessConfig::default()), ..ServerConfig::default() }).await,
    );
    let session = browser(&ward.sign_in("").await);
    assert_eq!(session.get(&ward.api, "/").await.status, StatusCode::OK);
    for (typed, status, says) in [
        ("", StatusCode::UNAUTHORIZED, "not complete"),
        ("secret", StatusCode::UNAUTHORIZED, "not complete"),
        (unknown.reveal(), StatusCode::UNAUTHORIZED, "The API key is not known."),
        (expired.reveal(), StatusCode::UNAUTHORIZED, "The API key has expired."),
        (for_programs.reveal(), StatusCode::FORBIDDEN, "for programs only"),
    ] {
        tried += 1;
        let page = nothing().post_form(&api, "/sign-in", format!("key={typed}")).await;
        assert_eq!(page.status, status, "{says}");
        assert!(page.text.contains(says) && page.header("set-cookie").is_empty(), "{}", page.text);
        assert!(typed.is_empty() || !page.text.contains(typed), "what was typed is not shown again");
    }
    tried
}

/// Forms of another site, and addresses of other sites at sign-in. Returns how many were tried; each was refused.
pub(crate) async fn try_from_another_site() -> usize {
    let mut tried = 0;
    let ward = Ward::new().await;
    let elsewhere = nothing().and("sec-fetch-site", "cross-site");
    let body = format!("key={}", ward.secret.reveal());
    assert_eq!(elsewhere.post_form(&ward.api, "/sign-in", body).await.status, StatusCode::FORBIDDEN);
    let browser = browser(&ward.sign_in("").await);
    let lured = browser.clone().and("sec-fetch-site", "cross-site").post_form(&ward.api, "/sign-out", "").await;
    assert_eq!(lured.status, StatusCode::FORBIDDEN);
    assert_eq!(browser.get(&ward.api, "/").await.status, StatusCode::OK);
    for to in ["https://evil.example", "//evil.example", "/\\evil.example", "evil", "/a?b=c"] {
        tried += 1;
        let to: String = form_urlencoded::byte_serialize(to.as_bytes()).collect();
        let answer = ward.sign_in(&format!("&to={to}")).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::UNPROCESSABLE_ENTITY, ""), "{to}");
        assert_eq!(nothing().get(&ward.api, &format!("/sign-in?to={to}")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    tried += 2;
    tried
}

#[tokio::test]
async fn a_link_from_another_site_finds_who_is_signed_in() {
    let ward = Ward::new().await;
    // The browser sends no cookie with it, and requests it again from a page of this server.
    let followed = nothing().and("sec-fetch-site", "cross-site").get(&ward.api, "/providers/ccn:265015").await;
    assert_eq!(followed.status, StatusCode::UNAUTHORIZED);
    assert!(followed.text.contains("http-equiv=\"refresh\" content=\"0; url=/providers/ccn:265015\""), "{}", followed.text);
    let again = nothing().and("sec-fetch-site", "same-origin").get(&ward.api, "/providers/ccn:265015").await;
    assert_eq!(again.header("location"), "/sign-in?to=/providers/ccn:265015");
}

#[tokio::test]
async fn what_was_typed_before_the_session_ended_can_be_sent_again() {
    let ward = Ward::new().await;
    let asked = "near=64108&service=skilled_nursing&coverage=Medicare";
    let page = nothing().post_form(&ward.api, "/", asked).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.text.contains("href=\"/sign-in\" target=\"_blank\"") && page.text.contains("reload it"), "{}", page.text);
    let browser = browser(&ward.sign_in("").await);
    assert_eq!(browser.post_form(&ward.api, "/", asked).await.status, StatusCode::OK);
}

#[tokio::test]
async fn over_tls_the_cookie_is_of_this_host_alone() {
    let ward = Ward::new().await;
    let public_url = Some("https://placement.mercy.example".to_owned());
    let api = Api::new(
        server(&ward.ledger, ServerConfig { access: Some(AccessConfig::default()), public_url, ..ServerConfig::default() })
            .await,
    );
    let signed_in = nothing().post_form(&api, "/sign-in", format!("key={}", ward.secret.reveal())).await;
    let cookie = signed_in.header("set-cookie");
    assert!(cookie.starts_with("__Host-placement=pls_") && cookie.ends_with("; SameSite=Strict; Secure"), "{cookie}");
    assert_eq!(browser(&signed_in).get(&api, "/").await.status, StatusCode::OK);
    // A cookie that a page without TLS could have set is ignored.
    let plain = browser(&ward.sign_in("").await);
    assert_eq!(plain.get(&api, "/").await.header("location"), "/sign-in");
}

#[tokio::test]
async fn without_a_ledger_nobody_signs_in_and_without_access_control_nobody_need() {
    let (secret, key) = drawn(&[Scope::Pages]);
    let api = Api::new(guarded_app(AccessConfig::default(), [key]));
    let page = nothing().post_form(&api, "/sign-in", format!("key={}", secret.reveal())).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.text.contains("Sign-in is not available now") && page.header("set-cookie").is_empty());
    let api = Api::sample();
    assert_eq!(nothing().get(&api, "/sign-in").await.header("location"), "/");
    assert!(!nothing().get(&api, "/").await.text.contains("Sign out"));
}

#[tokio::test]
async fn the_address_of_one_user_opens_nothing_for_another() {
    let ward = Ward::new().await;
    let (one, other) = (browser(&ward.sign_in("").await), browser(&ward.sign_in("").await));
    let question = "near=64108&service=skilled_nursing".to_owned();
    let sent = ward.api.send(one.request("POST", "/", "application/x-www-form-urlencoded", question)).await;
    let address = sent.header("location").to_owned();
    assert_eq!(one.get(&ward.api, &address).await.status, StatusCode::OK);
    assert_eq!(other.get(&ward.api, &address).await.status, StatusCode::GONE);
    let nobody = nothing().get(&ward.api, &address).await;
    assert!(nobody.header("location").starts_with("/sign-in"), "{}", nobody.status);
}
