//! Access control: every route of the table with every kind of caller.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use jiff::{SignedDuration, Timestamp};
use placement::api_keys::secret::{Secret, SecretKind};
use placement::api_keys::{KeyRecord, Scope};
use placement::config::server::{AccessConfig, IssuerConfig, ProxyConfig, RateLimitConfig, ServerConfig};
use placement::ledger::state::LedgerState;
use placement::oidc::TokenVerifier;
use placement::serve::http::listen::ClientIp;
use placement::serve::http::route::{Route, RouteAccess, RouteAudience, RouteMethod};
use placement::serve::http::throttle::Throttle;
use placement::serve::routes;
use placement::serve::state::AppState;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::access_tokens::{Signer, claims, forged, unsigned};
use crate::api::{Answer, Api, sample_app};

/// The current time in all tests of the sample.
pub(crate) fn now() -> Timestamp {
    "2026-11-21T19:00:00Z".parse().unwrap()
}

pub(crate) fn hours(hours: i64) -> Timestamp {
    now().checked_add(SignedDuration::from_hours(hours)).unwrap()
}

/// A key with those scopes that is valid for a day.
pub(crate) fn key(secret: &Secret, scopes: &[Scope]) -> KeyRecord {
    KeyRecord {
        id: secret.id().clone(),
        digest: secret.digest(),
        label: "a test".to_owned(),
        scopes: scopes.iter().copied().collect(),
        providers: None,
        created_at: hours(-1),
        expires_at: hours(24),
        revoked_at: None,
        parent: None,
        hospital: None,
    }
}

/// A key and its secret.
pub(crate) fn drawn(scopes: &[Scope]) -> (Secret, KeyRecord) {
    let secret = Secret::draw(SecretKind::Key).unwrap();
    let key = key(&secret, scopes);
    (secret, key)
}

/// An application with the sample and access control.
pub(crate) fn guarded_app(access: AccessConfig, keys: impl IntoIterator<Item = KeyRecord>) -> AppState {
    let public_url = Some("http://placement.mercy.example".to_owned());
    let tokens = TokenVerifier::new(&access, public_url.as_deref()).unwrap();
    let app = AppState {
        edge: ServerConfig { access: Some(access), public_url, ..ServerConfig::default() },
        // Some tests send a request to every route as one caller.
        limits: Arc::new(Throttle::new(&RateLimitConfig {
            burst: NonZeroU32::new(1000).unwrap(),
            ..RateLimitConfig::default()
        })),
        tokens: Arc::new(tokens),
        ..sample_app()
    };
    let keys = keys.into_iter().map(|key| (key.id.clone(), Arc::new(key))).collect();
    app.live.set_ledger_state(LedgerState { keys, ..LedgerState::default() });
    app
}

/// The credentials of a request, and its address.
#[derive(Clone, Default)]
pub(crate) struct Shown {
    headers: Vec<(&'static str, String)>,
    peer: Option<IpAddr>,
}

pub(crate) fn nothing() -> Shown {
    Shown::default()
}

pub(crate) fn bearer(sent: impl std::fmt::Display) -> Shown {
    nothing().and("authorization", &format!("Bearer {sent}"))
}

pub(crate) fn cookie(session: &Secret) -> Shown {
    nothing().and("cookie", &format!("placement={}", session.reveal()))
}

impl Shown {
    pub(crate) fn and(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Sets the address to `peer`, unless it is set already.
    pub(crate) fn from(mut self, peer: &str) -> Self {
        self.peer.get_or_insert(peer.parse().unwrap());
        self
    }

    /// The request to send.
    pub(crate) fn request(&self, method: &str, path: &str, content_type: &str, body: String) -> Request<Body> {
        let request = Request::builder().method(method).uri(path).header("content-type", content_type);
        let request = self.headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
        let mut request = request.body(Body::from(body)).unwrap();
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(ClientIp(peer));
        }
        request
    }

    pub(crate) async fn get(&self, api: &Api, path: &str) -> Answer {
        api.send(self.request("GET", path, "text/plain", String::new())).await
    }

    /// Sends a form, and goes on to the page of the answer like a browser.
    pub(crate) async fn post_form(&self, api: &Api, path: &str, body: impl Into<String>) -> Answer {
        let answer = api.send(self.request("POST", path, "application/x-www-form-urlencoded", body.into())).await;
        let place = answer.header("location").to_owned();
        let is_kept = ["/answer/", "/compare/", "/call-sheet/", "/look-up/", "/batch/", "/service-plan/"]
            .iter()
            .any(|kept| place.starts_with(kept));
        if is_kept { self.get(api, &place).await } else { answer }
    }
}

/// The expected result of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Door {
    /// The handler answers, with any status.
    In,
    /// A browser is redirected to sign-in.
    SignIn,
    /// 401.
    NotKnown,
    /// 403.
    NotAllowed,
}

/// The caller that a request is attributed to.
#[derive(Debug, Clone)]
enum Known {
    /// No credential.
    Nobody,
    /// An invalid credential.
    Wrong,
    /// A holder of these scopes.
    Holder(BTreeSet<Scope>),
    /// An EHR on its own routes.
    Ehr,
}

fn holder(scopes: &[Scope]) -> Known {
    Known::Holder(scopes.iter().copied().collect())
}

/// The result expected by the table for a route and a caller.
#[expect(clippy::match_same_arms, reason = "the order is that of the doors")]
fn expected(row: &Route, known: &Known) -> Door {
    let is_open = row.policy.access == RouteAccess::Open;
    let is_page = row.policy.audience == RouteAudience::Person && row.method == RouteMethod::Get;
    match known {
        Known::Wrong => Door::NotKnown,
        Known::Ehr if row.path.starts_with("/cds-services") => Door::In,
        Known::Ehr => Door::NotKnown,
        _ if is_open => Door::In,
        Known::Nobody if is_page => Door::SignIn,
        Known::Nobody => Door::NotKnown,
        Known::Holder(scopes) => {
            let needed = match row.policy.access {
                RouteAccess::Open => return Door::In,
                RouteAccess::Scope(scope) => scope,
                RouteAccess::Ehr => Scope::Match,
            };
            if scopes.contains(&needed) { Door::In } else { Door::NotAllowed }
        }
    }
}

/// The result of a request.
fn became(row: &Route, answer: &Answer) -> Door {
    let to_sign_in = answer.status == StatusCode::SEE_OTHER && answer.header("location").starts_with("/sign-in");
    match answer.status {
        StatusCode::UNAUTHORIZED => Door::NotKnown,
        StatusCode::FORBIDDEN => Door::NotAllowed,
        // Signing out redirects there too.
        _ if to_sign_in && row.policy.access != RouteAccess::Open => Door::SignIn,
        _ => Door::In,
    }
}

/// The identity providers, the EHR and the proxy of the tests, with their signing keys.
struct World {
    _folder: TempDir,
    access: AccessConfig,
    oidc: Signer,
    fixed: Signer,
    ehr: Signer,
}

const PROXY: &str = "192.0.2.1";

impl World {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let (oidc, fixed, ehr) = (Signer::es256("a"), Signer::es256("b"), Signer::es256("c"));
        let issuer = |name: &str, signer: &Signer, audience: Option<&str>, scopes: Option<&[&str]>| IssuerConfig {
            issuer: format!("https://{name}.example"),
            audience: audience.map(str::to_owned),
            jwks: signer.publish(&folder.path().join(name)),
            scopes: scopes.map(|scopes| scopes.iter().map(|&scope| scope.to_owned()).collect()),
        };
        let access = AccessConfig {
            oidc: vec![
                issuer("oidc", &oidc, Some("placement"), None),
                issuer("fixed", &fixed, Some("placement"), Some(&["list", "metrics"])),
            ],
            ehr: vec![issuer("ehr", &ehr, None, None)],
            proxy: Some(ProxyConfig { user_header: "x-forwarded-user".to_owned(), from: vec![PROXY.parse().unwrap()] }),
            ..AccessConfig::default()
        };
        Self { _folder: folder, access, oidc, fixed, ehr }
    }
}

/// A token of the first identity provider with changed claims.
fn oidc(world: &World, changes: &Value) -> Shown {
    let said = claims(
        now(),
        &json!({"iss": "https://oidc.example", "aud": "placement", "sub": "u", "scope": "match directory:read"}),
    );
    bearer(world.oidc.sign(&with(said, changes)))
}

fn with(mut said: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        said[name] = value.clone();
    }
    said
}

/// A call of the EHR, with a new id each time.
fn ehr(world: &World, changes: &Value) -> Shown {
    let jti = uuid::Uuid::new_v4().to_string();
    let aud = "http://placement.mercy.example/cds-services/placement";
    let said = claims(now(), &json!({"iss": "https://ehr.example", "aud": aud, "jti": jti}));
    bearer(world.ehr.sign(&with(said, changes)))
}

/// One kind of caller: how to make its credential for each request, and who it is.
type Caller<'a> = (&'static str, Box<dyn Fn() -> Shown + 'a>, Known);

fn caller<'a>(name: &'static str, shows: impl Fn() -> Shown + 'a, known: Known) -> Caller<'a> {
    (name, Box::new(shows), known)
}

fn by_key(keys: &mut Vec<KeyRecord>) -> Vec<Caller<'static>> {
    let seconds = |seconds: i64| now().checked_add(SignedDuration::from_secs(seconds)).unwrap();
    let mut callers = vec![caller("nothing", nothing, Known::Nobody)];
    let mut add = |name: &'static str, known: Known, change: &dyn Fn(KeyRecord) -> KeyRecord| {
        let scopes: Vec<Scope> = match &known {
            Known::Holder(scopes) => scopes.iter().copied().collect(),
            _ => Scope::ALL.to_vec(),
        };
        let (secret, key) = drawn(&scopes);
        keys.push(change(key));
        callers.push(caller(name, move || bearer(secret.reveal()), known));
    };
    for scope in Scope::ALL {
        add(scope.code(), holder(&[scope]), &|key| key);
    }
    add("every scope", holder(&Scope::ALL), &|key| key);
    add("no scope", holder(&[]), &|key| key);
    add("its last second", holder(&Scope::ALL), &|key| KeyRecord { expires_at: seconds(1), ..key });
    add("expired", Known::Wrong, &|key| KeyRecord { expires_at: now(), ..key });
    add("revoked", Known::Wrong, &|key| KeyRecord { revoked_at: Some(hours(-1)), ..key });
    add("another secret of that id", Known::Wrong, &|key| KeyRecord { digest: [0; 32], ..key });
    let unknown = Secret::draw(SecretKind::Key).unwrap();
    callers.push(caller("unknown key", move || bearer(unknown.reveal()), Known::Wrong));
    let (one, other) = (drawn(&Scope::ALL), drawn(&Scope::ALL));
    keys.extend([one.1, other.1]);
    let twice = bearer(one.0.reveal()).and("authorization", &format!("Bearer {}", other.0.reveal()));
    callers.push(caller("two keys", move || twice.clone(), Known::Wrong));
    callers.push(caller("key as a cookie", move || cookie(&one.0), Known::Nobody));
    for (name, sent) in [("no key", "Bearer"), ("basic", "Basic YTpi"), ("nonsense", "Bearer a b c")] {
        callers.push(caller(name, move || nothing().and("authorization", sent), Known::Wrong));
    }
    callers
}

fn by_session(keys: &mut Vec<KeyRecord>) -> Vec<Caller<'static>> {
    let mut callers = Vec::new();
    let mut add = |name: &'static str, known: Known, parent: KeyRecord, change: &dyn Fn(KeyRecord) -> KeyRecord| {
        let secret = Secret::draw(SecretKind::Session).unwrap();
        keys.push(change(KeyRecord::session(&secret, &parent, now())));
        keys.push(parent);
        callers.push(caller(name, move || cookie(&secret), known));
    };
    let pages = holder(&[Scope::Pages, Scope::Reports]);
    let parent = || drawn(&Scope::ALL).1;
    add("session", pages.clone(), parent(), &|session| session);
    add("ended session", Known::Nobody, parent(), &|session| KeyRecord { revoked_at: Some(now()), ..session });
    add("session that is over", Known::Nobody, parent(), &|session| KeyRecord { expires_at: now(), ..session });
    let revoked = KeyRecord { revoked_at: Some(now()), ..parent() };
    add("session of a revoked key", Known::Nobody, revoked, &|session| session);
    let for_programs = drawn(&[Scope::Match]).1;
    add("session of a key that may not sign in any more", Known::Nobody, for_programs, &|session| session);

    let (key_secret, key) = drawn(&Scope::ALL);
    let secret = Secret::draw(SecretKind::Session).unwrap();
    keys.push(KeyRecord::session(&secret, &key, now()));
    keys.push(key);
    let (as_key, both, twice) = (secret.clone(), secret.clone(), secret);
    callers.push(caller("session as a key", move || bearer(as_key.reveal()), Known::Wrong));
    let other = key_secret.clone();
    let both = move || cookie(&both).and("authorization", &format!("Bearer {}", other.reveal()));
    callers.push(caller("session and key", both, Known::Wrong));
    // Nobody signs in elsewhere on this server, so such sessions open nothing.
    for (name, scopes) in
        [("session of a person", &[Scope::Pages][..]), ("session of a person for programs", &Scope::ALL[..])]
    {
        let secret = Secret::draw(SecretKind::Session).unwrap();
        let scopes = scopes.iter().copied().collect();
        keys.push(KeyRecord::session_of_person(&secret, "oidc:0123456789ab", scopes, now()));
        let as_key = secret.clone();
        callers.push(caller(name, move || cookie(&secret), Known::Nobody));
        callers.push(caller(name, move || bearer(as_key.reveal()), Known::Wrong));
    }
    let twice = move || cookie(&twice).and("cookie", "placement=another");
    callers.push(caller("two sessions", twice, Known::Wrong));
    callers
}

fn by_token(world: &World) -> Vec<Caller<'_>> {
    let now = now().as_second();
    let usual = holder(&[Scope::Match, Scope::DirectoryRead]);
    let of = |name, changes: Value, known| caller(name, move || oidc(world, &changes), known);
    let typed = |name, kind: Option<&'static str>, known| {
        let said = claims(
            self::now(),
            &json!({"iss": "https://oidc.example", "aud": "placement", "sub": "u", "scope": "match directory:read"}),
        );
        caller(name, move || bearer(world.oidc.sign_typed(kind, &said)), known)
    };
    let ehr_of = |name, changes: Value| caller(name, move || ehr(world, &changes), Known::Wrong);
    let said = |iss: &str| claims(self::now(), &json!({"iss": iss, "aud": "placement", "sub": "u", "scope": "match"}));
    let usual_claims = said("https://oidc.example");
    let (none, symmetric, stolen) = (usual_claims.clone(), usual_claims.clone(), usual_claims);
    vec![
        of("token", json!({}), usual.clone()),
        of("token for several", json!({"aud": ["others", "placement"]}), usual.clone()),
        of("token of other scopes", json!({"scope": "openid profile"}), holder(&[])),
        of("token that asks for pages", json!({"scope": "pages"}), holder(&[Scope::Pages])),
        caller(
            "token of fixed scopes",
            move || bearer(world.fixed.sign(&said("https://fixed.example"))),
            holder(&[Scope::List, Scope::Metrics]),
        ),
        of("expired token", json!({"exp": now - 61}), Known::Wrong),
        of("token of tomorrow", json!({"nbf": now + 86_400}), Known::Wrong),
        of("token for another", json!({"aud": "others"}), Known::Wrong),
        of("token for nobody", json!({"aud": null}), Known::Wrong),
        of("token of another issuer", json!({"iss": "https://evil.example"}), Known::Wrong),
        of("token of the fixed issuer, signed by the first", json!({"iss": "https://fixed.example"}), Known::Wrong),
        of("token without end", json!({"exp": null}), Known::Wrong),
        typed("token that says it is for access", Some("at+jwt"), usual.clone()),
        typed("token without a type", None, usual.clone()),
        typed("token to sign out", Some("logout+jwt"), Known::Wrong),
        typed("proof of possession", Some("dpop+jwt"), Known::Wrong),
        typed("token of an unknown type", Some("x"), Known::Wrong),
        of("token that lives for two days", json!({"exp": now + 2 * 86_400}), Known::Wrong),
        of("token that has lived for two days", json!({"iat": now - 2 * 86_400}), Known::Wrong),
        of("ID token with a nonce", json!({"nonce": "n"}), Known::Wrong),
        of("ID token with the digest of an access token", json!({"at_hash": "h"}), Known::Wrong),
        of("ID token that says so", json!({"typ": "ID"}), Known::Wrong),
        of("token of nobody", json!({"sub": null}), Known::Wrong),
        of("token of an empty name", json!({"sub": ""}), Known::Wrong),
        caller("token without signature", move || bearer(unsigned(&none)), Known::Wrong),
        caller(
            "token signed with the public key as a secret",
            move || bearer(world.oidc.sign_with_public_key(&symmetric)),
            Known::Wrong,
        ),
        caller("token signed by a stranger", move || bearer(Signer::es256("a").sign(&stolen)), Known::Wrong),
        caller(
            "token that was changed",
            || {
                bearer(forged(&world.oidc.sign(&claims(
                    self::now(),
                    &json!({"iss": "https://oidc.example", "aud": "placement", "sub": "u", "scope": "list"}),
                ))))
            },
            Known::Wrong,
        ),
        caller("call of the EHR", || ehr(world, &json!({})), Known::Ehr),
        ehr_of("old call of the EHR", json!({"iat": now - 400, "exp": now - 100})),
        ehr_of("long call of the EHR", json!({"exp": now + 301})),
        ehr_of("call of the EHR for another", json!({"aud": "https://others.example/cds-services/placement"})),
        ehr_of("call of the EHR without a mark", json!({"jti": null})),
    ]
}

fn by_proxy() -> Vec<Caller<'static>> {
    let named = || nothing().and("x-forwarded-user", "somebody@mercy.example");
    vec![
        caller("user of the proxy", move || named().from(PROXY), holder(&[Scope::Pages])),
        caller("user of the proxy over IPv6", move || named().from(&format!("::ffff:{PROXY}")), holder(&[Scope::Pages])),
        caller("the proxy without a user", || nothing().from(PROXY), Known::Nobody),
        caller("the proxy with an empty user", || nothing().and("x-forwarded-user", "").from(PROXY), Known::Wrong),
        caller("José", || nothing().and("x-forwarded-user", "José").from(PROXY), holder(&[Scope::Pages])),
        caller("two users in one header", || nothing().and("x-forwarded-user", "a, b").from(PROXY), Known::Wrong),
        caller("two users of the proxy", move || named().and("x-forwarded-user", "b").from(PROXY), Known::Wrong),
        caller("user of nobody's proxy", move || named().from("192.0.2.2"), Known::Wrong),
        caller("user from nowhere", named, Known::Wrong),
    ]
}

/// A request that reaches the handler of a route, with any answer.
fn request(row: &Route, shown: &Shown, sign_in: &Secret) -> Request<Body> {
    let path = row.path.replace("{id}", "ccn:265015").replace("{type}", "Location").replace("{name}", "placement.css");
    let (content_type, body) = match (row.policy.audience, row.path.as_str()) {
        // With a valid key, because the handler answers an invalid one like the middleware.
        (_, "/sign-in") => ("application/x-www-form-urlencoded", format!("key={}", sign_in.reveal())),
        (RouteAudience::Person, _) => ("application/x-www-form-urlencoded", String::new()),
        _ => ("application/json", "{}".to_owned()),
    };
    let body = if row.method == RouteMethod::Get { String::new() } else { body };
    shown.request(row.method.name(), &path, content_type, body)
}

#[tokio::test]
async fn every_route_is_open_to_whom_the_table_says() {
    let world = World::new();
    let mut keys = Vec::new();
    let mut callers = by_key(&mut keys);
    callers.extend(by_session(&mut keys));
    callers.extend(by_token(&world));
    callers.extend(by_proxy());
    let (sign_in, pages) = drawn(&[Scope::Pages]);
    keys.push(pages);
    // Without a ledger, so that no request affects the next one.
    let api = Api::new(guarded_app(world.access.clone(), keys));

    let mut met = BTreeMap::new();
    for (at, (name, shows, known)) in callers.iter().enumerate() {
        // Each from a different address, so that they do not share rate limits.
        let peer = format!("198.51.100.{at}");
        for row in routes::all() {
            let answer = api.send(request(row, &shows().from(&peer), &sign_in)).await;
            let (became, expected) = (became(row, &answer), expected(row, known));
            assert_eq!(became, expected, "{name}: {} {}: {} {}", row.method.name(), row.path, answer.status, answer.text);
            if answer.status == StatusCode::UNAUTHORIZED {
                assert!(answer.header("www-authenticate").starts_with("Bearer"), "{name}: {}", row.path);
            }
            *met.entry(became).or_insert(0) += 1;
        }
    }
    assert_eq!(met.values().sum::<usize>(), callers.len() * routes::all().count());
    assert!(callers.len() >= 50 && met.len() == 4, "{}: {met:?}", callers.len());
}

/// Every caller of the table that is not known or has a wrong credential, at a page and at an operation of the API. Returns how many were
/// tried; each was refused.
pub(crate) async fn try_wrong_callers() -> usize {
    let (world, mut keys) = (World::new(), Vec::new());
    let mut callers = by_key(&mut keys);
    callers.extend(by_session(&mut keys));
    callers.extend(by_token(&world));
    callers.extend(by_proxy());
    let api = Api::new(guarded_app(world.access.clone(), keys));
    callers.retain(|(_, _, known)| matches!(known, Known::Nobody | Known::Wrong));
    for (at, (name, shows, _)) in callers.iter().enumerate() {
        let shown = shows().from(&format!("203.0.113.{at}"));
        let page = shown.get(&api, "/").await;
        let to_sign_in = page.status == StatusCode::SEE_OTHER && page.header("location").starts_with("/sign-in");
        assert!(page.status == StatusCode::UNAUTHORIZED || to_sign_in, "{name}: {}", page.status);
        let asked =
            shows().from(&format!("203.0.113.{at}")).request("POST", "/v1/matches", "application/json", "{}".to_owned());
        assert_eq!(api.send(asked).await.status, StatusCode::UNAUTHORIZED, "{name}");
    }
    callers.len()
}

/// Keys and tokens with each scope but the one that is needed. Returns how many were tried; each was refused.
pub(crate) async fn try_without_the_scope() -> usize {
    let mut tried = 0;
    let scoped = |row: &'static Route| match row.policy.access {
        RouteAccess::Scope(scope) => Some((scope, row)),
        RouteAccess::Open | RouteAccess::Ehr => None,
    };
    let needing: BTreeMap<Scope, &Route> = routes::all().filter_map(scoped).collect();
    let sign_in = Secret::draw(SecretKind::Key).unwrap();
    for (needed, row) in needing {
        let others: Vec<Scope> = Scope::ALL.into_iter().filter(|scope| *scope != needed).collect();
        let (secret, key) = drawn(&others);
        let api = Api::new(guarded_app(AccessConfig::default(), [key]));
        let refused = api.send(request(row, &bearer(secret.reveal()), &sign_in)).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}: {}", row.path, refused.text);
        tried += 1;
    }
    tried
}

#[tokio::test]
async fn a_refusal_says_what_would_be_needed() {
    let (secret, key) = drawn(&[Scope::DirectoryRead]);
    let (expired, expired_key) = drawn(&Scope::ALL);
    let keys = [key, KeyRecord { expires_at: hours(-1), ..expired_key }];
    let api = Api::new(guarded_app(AccessConfig::default(), keys));
    let asked = |shown: Shown| shown.request("POST", "/v1/matches", "application/json", "{}".to_owned());
    for (shown, status, code, says) in [
        (nothing(), 401, "unauthorized", "No credentials were sent."),
        (bearer(expired.reveal()), 401, "unauthorized", "The API key has expired."),
        (bearer("plc_"), 401, "unauthorized", "neither an API key nor a signed JWT"),
        (bearer(secret.reveal()), 403, "forbidden", "the scope match"),
    ] {
        let answer = api.send(asked(shown)).await;
        let problem = answer.json();
        assert_eq!((answer.status.as_u16(), problem["code"].as_str().unwrap()), (status, code));
        assert!(problem["detail"].as_str().unwrap().contains(says), "{problem}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    assert_eq!(bearer(secret.reveal()).get(&api, "/v1/services").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_call_of_an_ehr_is_taken_once() {
    let world = World::new();
    let api = Api::new(guarded_app(world.access.clone(), []));
    let shown = ehr(&world, &json!({}));
    let called = || shown.request("POST", "/cds-services/placement", "application/json", "{}".to_owned());
    assert_ne!(api.send(called()).await.status, StatusCode::UNAUTHORIZED);
    let again = api.send(called()).await;
    assert_eq!(again.status, StatusCode::UNAUTHORIZED);
    assert!(again.text.contains("was used before"), "{}", again.text);
}

#[tokio::test]
async fn on_loopback_nothing_need_be_shown_but_the_host_must_be_this_one() {
    let api = Api::sample();
    let sign_in = Secret::draw(SecretKind::Key).unwrap();
    for row in routes::all() {
        let answer = api.send(request(row, &nothing(), &sign_in)).await;
        assert_eq!(became(row, &answer), Door::In, "{} {}", row.method.name(), row.path);
    }
    for (host, status) in [
        (None, StatusCode::OK),
        (Some("localhost:8080"), StatusCode::OK),
        (Some("127.0.0.1:8080"), StatusCode::OK),
        (Some("[::1]"), StatusCode::OK),
        (Some("placement.mercy.example"), StatusCode::MISDIRECTED_REQUEST),
        (Some("rebound.evil.example:8080"), StatusCode::MISDIRECTED_REQUEST),
    ] {
        let shown = host.into_iter().fold(nothing(), |shown, host| shown.and("host", host));
        for path in ["/v1/services", "/livez", "/"] {
            assert_eq!(shown.get(&api, path).await.status, status, "{host:?} {path}");
        }
    }
    let public_url = Some("https://placement.mercy.example".to_owned());
    let api = Api::new(AppState { edge: ServerConfig { public_url, ..ServerConfig::default() }, ..sample_app() });
    let shown = |host| nothing().and("host", host);
    assert_eq!(shown("placement.mercy.example").get(&api, "/v1/services").await.status, StatusCode::OK);
    assert_eq!(shown("evil.example").get(&api, "/v1/services").await.status, StatusCode::MISDIRECTED_REQUEST);
    // A credential is checked even on public routes.
    let unknown = Secret::draw(SecretKind::Key).unwrap();
    assert_eq!(bearer(unknown.reveal()).get(&api, "/v1/services").await.status, StatusCode::UNAUTHORIZED);
}
