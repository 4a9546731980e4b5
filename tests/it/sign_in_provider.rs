//! Signing in at the hospital's identity provider: as it should be, and every way it should not.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use placement::api_keys::Scope;
use placement::config::server::{AccessConfig, SignInConfig};
use placement::ledger::Ledger;
use placement::ledger::sqlite::SqliteLedger;
use placement::oidc::sign_in::SignInProvider;
use placement::serve::state::AppState;
use reqwest::Url;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::access::{Shown, drawn, guarded_app, nothing, now};
use crate::api::{Answer, Api};
use crate::authorization_double::{AuthorizationDouble, CLIENT, Misbehavior, SECRET};

/// A server whose people sign in at a double of the hospital's provider.
pub(crate) struct Desk {
    pub(crate) api: Api,
    pub(crate) double: AuthorizationDouble,
    _folder: TempDir,
}

fn settings(double: &AuthorizationDouble, folder: &TempDir) -> SignInConfig {
    let secret = folder.path().join("secret");
    std::fs::write(&secret, format!("{SECRET}\n")).unwrap();
    SignInConfig {
        issuer: double.origin.clone(),
        client_id: CLIENT.to_owned(),
        client_secret_file: Some(secret),
        label: Some("Sign in with Mercy".to_owned()),
        roles_claim: None,
        roles: serde_json::from_value(json!({"case-manager": ["pages"], "manager": ["pages", "reports"]})).unwrap(),
        request_scopes: Some(vec!["profile".to_owned()]),
    }
}

impl Desk {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut SignInConfig)) -> Self {
        let (folder, double) = (TempDir::new().unwrap(), AuthorizationDouble::start().await);
        let ledger: Arc<dyn Ledger> = Arc::new(SqliteLedger::open(&folder.path().join("l.sqlite")).await.unwrap());
        let mut sign_in = settings(&double, &folder);
        change(&mut sign_in);
        let provider = SignInProvider::new(&sign_in).unwrap();
        let access = AccessConfig { sign_in: Some(sign_in), ..AccessConfig::default() };
        let app = AppState { ledger: Some(ledger), sign_in: Some(Arc::new(provider)), ..guarded_app(access, []) };
        Self { api: Api::new(app), double, _folder: folder }
    }

    /// The answer that sends the browser to the provider.
    pub(crate) async fn begin(&self, to: &str) -> Answer {
        let started = nothing().get(&self.api, &format!("/sign-in/start?to={to}")).await;
        assert_eq!(started.status, StatusCode::SEE_OTHER, "{}", started.text);
        started
    }

    /// Signs in and comes back to `to`.
    pub(crate) async fn sign_in(&self, to: &str) -> Answer {
        let started = self.begin(to).await;
        let query = self.double.authorize(started.header("location"), &[]);
        browser(&started).get(&self.api, &format!("/sign-in/return?{query}")).await
    }
}

/// The first cookie that a browser sends back.
pub(crate) fn browser(answer: &Answer) -> Shown {
    let pairs = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let pair = pairs.filter(|pair| !pair.contains("Max-Age=0")).map(|pair| pair.split(';').next().unwrap()).next();
    nothing().and("cookie", pair.unwrap_or_else(|| panic!("{} {}", answer.status, answer.text)))
}

fn object(value: Value) -> Map<String, Value> {
    serde_json::from_value(value).unwrap()
}

#[tokio::test]
async fn a_person_signs_in_at_the_hospital_and_comes_back_to_where_they_were() {
    let desk = Desk::new().await;
    let form = nothing().get(&desk.api, "/sign-in?to=/directory").await;
    assert!(form.text.contains("href=\"/sign-in/start?to=/directory\"") && form.text.contains("Sign in with Mercy"));

    let started = desk.begin("/directory").await;
    let cookie = started.header("set-cookie").to_owned();
    assert!(cookie.contains("Max-Age=600") && cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    assert!(!cookie.contains("directory"), "what it holds is sealed");
    let back = "http://placement.mercy.example/sign-in/return";
    let query = desk.double.authorize(started.header("location"), &[("redirect_uri", back), ("scope", "openid profile")]);
    let returned = browser(&started).get(&desk.api, &format!("/sign-in/return?{query}&session_state=x")).await;
    assert_eq!(returned.status, StatusCode::OK, "{}", returned.text);
    assert!(returned.text.contains("content=\"0; url=/directory\""), "a page of this server goes on: {}", returned.text);
    let cookies: Vec<&str> = returned.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
    assert!(cookies.iter().any(|cookie| cookie.starts_with("placement=pls_") && cookie.contains("SameSite=Strict")));
    assert!(cookies.iter().any(|cookie| cookie.starts_with("placement-sign-in=;") && cookie.contains("Max-Age=0")));

    let signed_in = browser(&returned);
    for (path, status) in [
        ("/", StatusCode::OK),
        ("/directory", StatusCode::OK),
        ("/v1/services", StatusCode::FORBIDDEN),
        ("/manager", StatusCode::FORBIDDEN),
    ] {
        assert_eq!(signed_in.get(&desk.api, path).await.status, status, "{path}");
    }
    // With the cookie of the ID token, which only this server reads, the provider need not ask who signs out.
    let of_token = cookies.iter().find(|cookie| cookie.starts_with("placement-id=")).unwrap();
    assert!(of_token.contains("HttpOnly") && of_token.contains("SameSite=Strict"), "{of_token}");
    let with_token = signed_in.clone().and("cookie", of_token.split(';').next().unwrap());
    let out = with_token.post_form(&desk.api, "/sign-out", "").await;
    assert_eq!(out.status, StatusCode::OK);
    let address = left_for(&out);
    assert!(address.as_str().starts_with(&format!("{}/logout?", desk.double.origin)), "{address}");
    let said: BTreeMap<String, String> = address.query_pairs().into_owned().collect();
    assert_eq!(
        (said["client_id"].as_str(), said["post_logout_redirect_uri"].as_str()),
        (CLIENT, "http://placement.mercy.example/sign-in")
    );
    let claims = said["id_token_hint"].split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok()).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&claims).unwrap()["sub"], "somebody@mercy.example");
    let forgotten = out.headers.get_all("set-cookie").iter().filter(|cookie| cookie.to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(forgotten.count(), 2, "the session and the ID token");
    assert_eq!(signed_in.get(&desk.api, "/").await.header("location"), "/sign-in");
}

/// The address to which the page of sign-out leads.
fn left_for(out: &Answer) -> Url {
    let refresh = out.text.split("content=\"0; url=").nth(1).unwrap().split('"').next().unwrap();
    Url::parse(&refresh.replace("&#38;", "&").replace("&amp;", "&")).unwrap()
}

#[tokio::test]
async fn a_hint_is_given_only_of_the_person_who_signs_out() {
    let desk = Desk::new().await;
    let cookie_of = |answer: &Answer| {
        let mut cookies = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap().to_owned());
        cookies.find(|cookie| cookie.starts_with("placement-id=")).map(|cookie| cookie.split(';').next().unwrap().to_owned())
    };
    desk.double.misbehave(Misbehavior { claims: object(json!({"sub": "another"})), ..Misbehavior::default() });
    let foreign = cookie_of(&desk.sign_in("/").await).unwrap();
    desk.double.misbehave(Misbehavior::default());
    for (what, cookie) in [
        ("no cookie", None),
        ("another person's", Some(foreign.as_str())),
        ("one that was changed", Some("placement-id=AAAA")),
    ] {
        let shown = cookie.into_iter().fold(browser(&desk.sign_in("/").await), |shown, cookie| shown.and("cookie", cookie));
        let out = shown.post_form(&desk.api, "/sign-out", "").await;
        assert_eq!(out.status, StatusCode::OK, "{what}");
        assert!(!left_for(&out).query_pairs().any(|(name, _)| name == "id_token_hint"), "{what}");
    }
    // A token too long for a cookie gives no hint, and the session begins as ever.
    desk.double.misbehave(Misbehavior { claims: object(json!({"groups": "x".repeat(4_000)})), ..Misbehavior::default() });
    let long = desk.sign_in("/").await;
    assert_eq!((long.status, cookie_of(&long).as_deref()), (StatusCode::OK, Some("placement-id=")));
}

#[tokio::test]
async fn a_manager_opens_the_managers_page_and_each_sign_in_is_one_session() {
    let desk = Desk::new().await;
    desk.double.misbehave(Misbehavior { claims: object(json!({"roles": ["manager"]})), ..Misbehavior::default() });
    let (one, other) = (browser(&desk.sign_in("/").await), browser(&desk.sign_in("/").await));
    assert_eq!(one.get(&desk.api, "/manager").await.status, StatusCode::OK);
    one.post_form(&desk.api, "/sign-out", "").await;
    assert_eq!(one.get(&desk.api, "/manager").await.status, StatusCode::SEE_OTHER);
    assert_eq!(other.get(&desk.api, "/manager").await.status, StatusCode::OK, "the other session goes on");
}

#[tokio::test]
async fn a_session_ends_when_nobody_signs_in_there_any_more() {
    let desk = Desk::new().await;
    let signed_in = desk.sign_in("/").await;
    let (_, key) = drawn(&[Scope::Pages]);
    let without = guarded_app(AccessConfig::default(), [key]);
    assert_eq!(browser(&signed_in).get(&Api::new(without), "/").await.header("location"), "/sign-in");
}

/// What a token, an answer or a description may have wrong, and nobody is signed in.
fn wrong_answers() -> Vec<(&'static str, Misbehavior)> {
    let of_claims = |name, claims: Value| (name, Misbehavior { claims: object(claims), ..Misbehavior::default() });
    let of_answer = |name, answer: Value| (name, Misbehavior { answer: object(answer), ..Misbehavior::default() });
    let signed = |how| (how, Misbehavior { signed: Some(how), ..Misbehavior::default() });
    let now = now().as_second();
    vec![
        of_claims("another issuer", json!({"iss": "https://evil.example"})),
        of_claims("no issuer", json!({"iss": null})),
        of_claims("another audience", json!({"aud": "another"})),
        of_claims("no audience", json!({"aud": null})),
        of_claims("several audiences and no authorized party", json!({"aud": ["placement", "another"]})),
        of_claims("another authorized party", json!({"azp": "another"})),
        of_claims("several audiences, another authorized party", json!({"aud": ["placement", "b"], "azp": "b"})),
        of_claims("expired", json!({"exp": now - 61})),
        of_claims("no end", json!({"exp": null})),
        of_claims("made an hour ago", json!({"iat": now - 3_600})),
        of_claims("made tomorrow", json!({"iat": now + 86_400, "exp": now + 90_000})),
        of_claims("no time of issue", json!({"iat": null})),
        of_claims("another nonce", json!({"nonce": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})),
        of_claims("no nonce", json!({"nonce": null})),
        of_claims("an empty nonce", json!({"nonce": ""})),
        of_claims("nobody", json!({"sub": null})),
        of_claims("an empty name", json!({"sub": " "})),
        of_claims("a list of names", json!({"sub": ["a"]})),
        of_claims("no role", json!({"roles": []})),
        of_claims("another role", json!({"roles": ["surgeon"]})),
        of_claims("no claim with roles", json!({"roles": null})),
        of_claims("a scope as a role", json!({"roles": ["pages", "reports"]})),
        signed("none"),
        signed("public key"),
        signed("stranger"),
        of_answer("no ID token", json!({"id_token": null})),
        of_answer("an ID token that is none", json!({"id_token": "a.b.c"})),
        of_answer("an ID token that is a number", json!({"id_token": 7})),
        of_answer("an access token as ID token", json!({"id_token": "token-of-the-ehr"})),
        ("the token endpoint fails", Misbehavior { token_status: Some(500), ..Misbehavior::default() }),
        ("the token endpoint redirects", Misbehavior { token_status: Some(302), ..Misbehavior::default() }),
    ]
}

/// Answers of the provider that are wrong. Returns how many were tried; each was refused.
pub(crate) async fn try_wrong_answers_of_the_provider() -> usize {
    let mut tried = 0;
    let desk = Desk::new().await;
    for (name, how) in wrong_answers() {
        tried += 1;
        desk.double.misbehave(how);
        let refused = desk.sign_in("/").await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{name}: {}", refused.text);
        let cookies = refused.headers.get_all("set-cookie");
        assert!(cookies.iter().all(|cookie| !cookie.to_str().unwrap().contains("pls_")), "{name}");
        assert!(refused.text.contains("role=\"alert\""), "{name}: {}", refused.text);
    }
    desk.double.misbehave(Misbehavior::default());
    assert_eq!(desk.sign_in("/").await.status, StatusCode::OK);
    tried
}

/// Returns to a sign-in that another browser began. Returns how many were tried; each was refused.
pub(crate) async fn try_what_another_browser_began() -> usize {
    let mut tried = 0;
    let desk = Desk::new().await;
    let (one, other) = (desk.begin("/").await, desk.begin("/").await);
    let (query, foreign) =
        (desk.double.authorize(one.header("location"), &[]), desk.double.authorize(other.header("location"), &[]));
    let state = query.split("state=").nth(1).unwrap().to_owned();
    let code = query.split("code=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let cookie = one.header("set-cookie").split(';').next().unwrap().to_owned();
    let with = |cookie: &str| nothing().and("cookie", cookie);
    // Another first letter of the state, and of the sealed part of the cookie.
    let changed = |text: &str| format!("{}{}", if text.starts_with('A') { 'B' } else { 'A' }, &text[1..]);
    let (name, sealed) = cookie.split_once('=').unwrap();
    let forged = format!("{name}={}", changed(sealed));
    for (name, shown, query) in [
        ("no cookie", nothing(), query.clone()),
        ("the code of another browser", browser(&one), foreign.clone()),
        ("the cookie of another browser", browser(&other), query.clone()),
        ("an empty cookie", with("placement-sign-in="), query.clone()),
        ("a cookie that was changed", with(&forged), query.clone()),
        ("two cookies", with(&format!("{cookie}; {cookie}")), query.clone()),
        ("the cookie under another name", with(&cookie.replace("placement-sign-in", "placement-launch")), query.clone()),
        ("no state", browser(&one), format!("code={code}")),
        ("an empty state", browser(&one), format!("code={code}&state=")),
        ("another state", browser(&one), format!("code={code}&state={}", changed(&state))),
        ("the state twice", browser(&one), format!("{query}&state={state}")),
        ("no code", browser(&one), format!("state={state}")),
        ("the code twice", browser(&one), format!("{query}&code={code}")),
        ("a code that is none", browser(&one), format!("code=x&state={state}")),
        ("a long code", browser(&one), format!("code={}&state={state}", "x".repeat(9_000))),
        ("another issuer", browser(&one), format!("{query}&iss=https%3A%2F%2Fevil.example")),
        ("an error", browser(&one), format!("{query}&error=access_denied")),
        ("an error alone", browser(&one), format!("error=access_denied&state={state}")),
        ("nothing", browser(&one), String::new()),
    ] {
        let refused = shown.get(&desk.api, &format!("/sign-in/return?{query}")).await;
        tried += 1;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{name}: {}", refused.text);
        assert!(!refused.text.contains(&code) && !refused.text.contains("evil"), "{name}");
        let cookies = refused.headers.get_all("set-cookie");
        assert!(cookies.iter().all(|cookie| !cookie.to_str().unwrap().contains("pls_")), "{name}");
    }
    let own = format!("{query}&iss={}", form_urlencoded::byte_serialize(desk.double.origin.as_bytes()).collect::<String>());
    assert_eq!(browser(&one).get(&desk.api, &format!("/sign-in/return?{own}")).await.status, StatusCode::OK);
    let again = browser(&one).get(&desk.api, &format!("/sign-in/return?{query}")).await;
    assert_eq!(again.status, StatusCode::UNAUTHORIZED, "a code is used once");
    tried += 1;
    tried
}

/// Addresses of other sites, and descriptions of a provider that lead there. Returns how many were tried; each was refused.
pub(crate) async fn try_to_lead_to_another_site() -> usize {
    let mut tried = 0;
    let desk = Desk::new().await;
    for to in ["https://evil.example", "//evil.example", "/\\evil.example", "evil", "/a?b=c", "/%0d%0aSet-Cookie:a"] {
        tried += 1;
        let to: String = form_urlencoded::byte_serialize(to.as_bytes()).collect();
        let refused = nothing().get(&desk.api, &format!("/sign-in/start?to={to}")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{to}");
    }
    for (what, described) in [
        ("another issuer", json!({"issuer": "https://evil.example"})),
        ("no PKCE", json!({"code_challenge_methods_supported": ["plain"]})),
        ("a token endpoint without TLS", json!({"token_endpoint": "http://evil.example/token"})),
        ("keys without TLS", json!({"jwks_uri": "http://evil.example/jwks"})),
        ("a sign-in page without TLS", json!({"authorization_endpoint": "http://evil.example/"})),
        ("a script as sign-in page", json!({"authorization_endpoint": "javascript:alert(1)"})),
        ("no token endpoint", json!({"token_endpoint": null})),
    ] {
        tried += 1;
        let desk = Desk::new().await;
        desk.double.misbehave(Misbehavior { described: object(described), ..Misbehavior::default() });
        let refused = nothing().get(&desk.api, "/sign-in/start").await;
        assert_eq!((refused.status, refused.header("location")), (StatusCode::UNAUTHORIZED, ""), "{what}");
        assert!(refused.text.contains("cannot be reached"), "{what}: {}", refused.text);
    }
    tried
}

#[tokio::test]
async fn without_a_provider_there_is_nothing_to_go_to() {
    let (_, key) = drawn(&[Scope::Pages]);
    let api = Api::new(guarded_app(AccessConfig::default(), [key]));
    for path in
        ["/sign-in/start", "/sign-in/return?code=a&state=b", "/launch?iss=a&launch=b", "/launch/return?code=a&state=b"]
    {
        assert_eq!(nothing().get(&api, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let desk = Desk::with(|settings| settings.issuer.push_str("/elsewhere")).await;
    let away = nothing().get(&desk.api, "/sign-in/start").await;
    assert_eq!(away.status, StatusCode::UNAUTHORIZED);
    assert!(away.text.contains("cannot be reached"), "{}", away.text);
}
