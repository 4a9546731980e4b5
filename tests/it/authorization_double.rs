//! An authorization server on loopback that keeps the specifications: discovery, keys, the authorization
//! code flow with PKCE, ID tokens, and, as an EHR, launches and FHIR reads. It can also misbehave.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::Url;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;

use crate::access::now;
use crate::access_tokens::{Signer, claims, unsigned};

pub(crate) const CLIENT: &str = "placement";
pub(crate) const SECRET: &str = "s3cret of the client";

/// How an ID token is made wrongly: claims that differ, and how it is signed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Misbehavior {
    /// Claims of the ID token that differ; null removes one.
    pub(crate) claims: Map<String, Value>,
    /// Members of the token answer that differ; null removes one.
    pub(crate) answer: Map<String, Value>,
    /// Members of the published description that differ.
    pub(crate) described: Map<String, Value>,
    /// `none`, `public key` or `stranger`.
    pub(crate) signed: Option<&'static str>,
    /// The status of the token endpoint.
    pub(crate) token_status: Option<u16>,
}

/// What the server remembers of an authorization.
#[derive(Debug, Clone)]
struct Authorization {
    nonce: String,
    challenge: String,
    redirect: String,
}

#[derive(Debug, Default)]
struct Memory {
    codes: HashMap<String, Authorization>,
    misbehaves: Misbehavior,
    /// Paths with queries that were asked for with a token.
    read: Vec<String>,
    resources: HashMap<String, Value>,
}

/// The server.
pub(crate) struct AuthorizationDouble {
    pub(crate) origin: String,
    memory: Arc<Mutex<Memory>>,
}

struct Shared {
    origin: String,
    signer: Signer,
    stranger: Signer,
    memory: Arc<Mutex<Memory>>,
}

impl AuthorizationDouble {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let memory = Arc::new(Mutex::new(Memory::default()));
        let shared = Shared {
            origin: origin.clone(),
            signer: Signer::es256("login"),
            stranger: Signer::es256("login"),
            memory: Arc::clone(&memory),
        };
        let router = Router::new().fallback(answer).with_state(Arc::new(shared));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { origin, memory }
    }

    /// The FHIR server of the EHR.
    pub(crate) fn fhir(&self) -> String {
        format!("{}/fhir", self.origin)
    }

    pub(crate) fn misbehave(&self, how: Misbehavior) {
        self.memory.lock().unwrap().misbehaves = how;
    }

    /// What `GET /fhir/{path}` answers.
    pub(crate) fn hold(&self, path: &str, resource: Value) {
        self.memory.lock().unwrap().resources.insert(path.to_owned(), resource);
    }

    pub(crate) fn read(&self) -> Vec<String> {
        self.memory.lock().unwrap().read.clone()
    }

    /// A person signs in at `address`, where the browser was sent; the query that the browser brings back.
    /// Checks every parameter of the request.
    pub(crate) fn authorize(&self, address: &str, expected: &[(&str, &str)]) -> String {
        let url = Url::parse(address).unwrap();
        assert!(address.starts_with(&format!("{}/authorize?", self.origin)), "{address}");
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let asked: BTreeMap<String, String> = pairs.iter().cloned().collect();
        assert_eq!(asked.len(), pairs.len(), "no parameter is sent twice (RFC 6749, 3.1)");
        for (name, value) in [("response_type", "code"), ("client_id", CLIENT), ("code_challenge_method", "S256")] {
            assert_eq!(asked[name], value, "{address}");
        }
        for (name, value) in expected {
            assert_eq!(asked[*name], *value, "{address}");
        }
        assert!(asked["scope"].split(' ').any(|scope| scope == "openid"));
        assert_eq!((asked["state"].len(), asked["nonce"].len(), asked["code_challenge"].len()), (43, 43, 43));
        let code = uuid::Uuid::new_v4().to_string();
        let kept = Authorization {
            nonce: asked["nonce"].clone(),
            challenge: asked["code_challenge"].clone(),
            redirect: asked["redirect_uri"].clone(),
        };
        self.memory.lock().unwrap().codes.insert(code.clone(), kept);
        form_urlencoded::Serializer::new(String::new()).extend_pairs([("code", &code), ("state", &asked["state"])]).finish()
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 64 * 1024).await.unwrap();
    let path = parts.uri.path().to_owned();
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    match (&parts.method, path.as_str()) {
        (&Method::GET, "/.well-known/openid-configuration" | "/fhir/.well-known/smart-configuration") => {
            json_answer(&shared.description())
        }
        (&Method::GET, "/jwks") => json_answer(&shared.signer.set()),
        (&Method::POST, "/token") => shared.token(&header("authorization"), &body),
        (&Method::GET, _) if path.starts_with("/fhir/") => {
            let asked = parts.uri.path_and_query().unwrap().as_str().trim_start_matches("/fhir/").to_owned();
            shared.resource(&asked, &header("authorization"))
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn json_answer(value: &Value) -> Response {
    ([("content-type", "application/json")], value.to_string()).into_response()
}

fn changed(mut value: Value, changes: &Map<String, Value>) -> Value {
    let fields = value.as_object_mut().unwrap();
    for (name, change) in changes {
        match change {
            Value::Null => drop(fields.remove(name)),
            change => drop(fields.insert(name.clone(), change.clone())),
        }
    }
    value
}

impl Shared {
    fn description(&self) -> Value {
        let at = |path: &str| format!("{}{path}", self.origin);
        let described = json!({
            "issuer": self.origin, "authorization_endpoint": at("/authorize"), "token_endpoint": at("/token"),
            "jwks_uri": at("/jwks"), "end_session_endpoint": at("/logout"), "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"], "id_token_signing_alg_values_supported": ["ES256"],
            "capabilities": ["launch-ehr", "client-confidential-symmetric", "context-ehr-patient", "context-ehr-encounter"],
        });
        changed(described, &self.memory.lock().unwrap().misbehaves.described)
    }

    /// The token endpoint: the client is known, the code is used once, and the verifier fits.
    fn token(&self, authorization: &str, body: &Bytes) -> Response {
        let refused = |why: &str| (StatusCode::BAD_REQUEST, json!({"error": why}).to_string()).into_response();
        let expected = format!("placement:{}", SECRET.replace(' ', "+"));
        if authorization != format!("Basic {}", STANDARD.encode(expected)) {
            return refused("invalid_client");
        }
        let sent: HashMap<String, String> = form_urlencoded::parse(body).into_owned().collect();
        let mut memory = self.memory.lock().unwrap();
        let Some(known) = sent.get("code").and_then(|code| memory.codes.remove(code)) else {
            return refused("invalid_grant");
        };
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(sent["code_verifier"].as_bytes()));
        if sent["grant_type"] != "authorization_code"
            || sent["redirect_uri"] != known.redirect
            || challenge != known.challenge
        {
            return refused("invalid_grant");
        }
        let how = memory.misbehaves.clone();
        if let Some(status) = how.token_status {
            return StatusCode::from_u16(status).unwrap().into_response();
        }
        let said = json!({"iss": self.origin, "aud": CLIENT, "sub": "somebody@mercy.example", "nonce": known.nonce,
                          "roles": ["case-manager"], "fhirUser": "Practitioner/7"});
        let said = changed(claims(now(), &said), &how.claims);
        let id_token = match how.signed {
            Some("none") => unsigned(&said),
            Some("public key") => self.signer.sign_with_public_key(&said),
            Some(_) => self.stranger.sign(&said),
            None => self.signer.sign(&said),
        };
        let answer = json!({"access_token": "token-of-the-ehr", "token_type": "Bearer", "expires_in": 300, "id_token": id_token,
                            "patient": "pat-1", "encounter": "enc-1", "scope": "openid"});
        json_answer(&changed(answer, &how.answer))
    }

    fn resource(&self, asked: &str, authorization: &str) -> Response {
        let mut memory = self.memory.lock().unwrap();
        if authorization != "Bearer token-of-the-ehr" {
            return StatusCode::UNAUTHORIZED.into_response();
        }
        memory.read.push(asked.to_owned());
        memory.resources.get(asked).map_or_else(|| StatusCode::FORBIDDEN.into_response(), json_answer)
    }
}
