//! Tokens of identity providers: accepted signatures, and how the keys to verify them are updated.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use placement::api_keys::Scope;
use placement::config::server::{AccessConfig, IssuerConfig};
use placement::oidc::{TokenAudience, TokenVerifier};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PKCS_RSA_SHA256};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::access::now;
use crate::scripted_server::Upstream;

/// A signer of tokens.
pub(crate) struct Signer {
    id: String,
    algorithm: Algorithm,
    key: EncodingKey,
    pair: KeyPair,
}

impl Signer {
    pub(crate) fn new(id: &str, algorithm: Algorithm) -> Self {
        let kind = match algorithm {
            Algorithm::ES256 => &PKCS_ECDSA_P256_SHA256,
            Algorithm::ES384 => &PKCS_ECDSA_P384_SHA384,
            Algorithm::EdDSA => &PKCS_ED25519,
            _ => &PKCS_RSA_SHA256,
        };
        let pair = KeyPair::generate_for(kind).unwrap();
        let der = pair.serialized_der();
        let key = match algorithm {
            Algorithm::ES256 | Algorithm::ES384 => EncodingKey::from_ec_der(der),
            Algorithm::EdDSA => EncodingKey::from_ed_der(der),
            // The key without the PKCS #8 header of a 2048-bit key.
            _ => EncodingKey::from_rsa_der(&der[26..]),
        };
        Self { id: id.to_owned(), algorithm, key, pair }
    }

    pub(crate) fn es256(id: &str) -> Self {
        Self::new(id, Algorithm::ES256)
    }

    /// The public key as a set of one.
    pub(crate) fn set(&self) -> Value {
        let mut jwk = match self.algorithm {
            // The library supports only the shorter form of such a private key.
            Algorithm::EdDSA => {
                json!({"kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(self.pair.public_key_raw())})
            }
            algorithm => serde_json::to_value(Jwk::from_encoding_key(&self.key, algorithm).unwrap()).unwrap(),
        };
        jwk["kid"] = json!(self.id);
        json!({"keys": [jwk]})
    }

    /// Writes the key set to a file and returns its path.
    pub(crate) fn publish(&self, path: &Path) -> String {
        std::fs::write(path, self.set().to_string()).unwrap();
        path.display().to_string()
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_as(self.algorithm, claims)
    }

    fn sign_as(&self, algorithm: Algorithm, claims: &Value) -> String {
        let header = Header { kid: Some(self.id.clone()), ..Header::new(algorithm) };
        encode(&header, claims, &self.key).unwrap()
    }

    /// A token whose header has this type.
    pub(crate) fn sign_typed(&self, kind: Option<&str>, claims: &Value) -> String {
        let typ = kind.map(str::to_owned);
        let header = Header { kid: Some(self.id.clone()), typ, ..Header::new(self.algorithm) };
        encode(&header, claims, &self.key).unwrap()
    }

    /// An attack on servers that accept any algorithm named by a token: the public key used as a
    /// shared secret.
    pub(crate) fn sign_with_public_key(&self, claims: &Value) -> String {
        let header = Header { kid: Some(self.id.clone()), ..Header::new(Algorithm::HS256) };
        encode(&header, claims, &EncodingKey::from_secret(self.pair.public_key_pem().as_bytes())).unwrap()
    }
}

/// The claims of a token made at `now`, and `more`.
pub(crate) fn claims(now: Timestamp, more: &Value) -> Value {
    let mut claims = json!({"iat": now.as_second(), "exp": now.as_second() + 300});
    for (name, value) in more.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A token with the algorithm "none".
pub(crate) fn unsigned(claims: &Value) -> String {
    format!("{}.{}.", part(&json!({"alg": "none", "typ": "JWT"})), part(claims))
}

/// The token with its scope changed after signing.
pub(crate) fn forged(token: &str) -> String {
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    let said = URL_SAFE_NO_PAD.decode(&parts[1]).unwrap();
    let mut said: Value = serde_json::from_slice(&said).unwrap();
    said["scope"] = json!("match");
    parts[1] = part(&said);
    parts.join(".")
}

const ISSUER: &str = "https://login.mercy.example";

fn tokens(jwks: &str) -> TokenVerifier {
    let issuer = IssuerConfig {
        issuer: ISSUER.to_owned(),
        audience: Some("placement".to_owned()),
        jwks: jwks.to_owned(),
        scopes: None,
    };
    TokenVerifier::new(&AccessConfig { oidc: vec![issuer], ..AccessConfig::default() }, None).unwrap()
}

fn usual() -> Value {
    claims(now(), &json!({"iss": ISSUER, "aud": "placement", "sub": "somebody@mercy.example", "scope": "match"}))
}

#[test]
fn every_algorithm_with_a_public_key_is_taken() {
    let folder = TempDir::new().unwrap();
    let rsa = Signer::new("rsa", Algorithm::RS256);
    // An RSA key may be used for each of its algorithms, unless its set names one.
    let mut set = rsa.set();
    set["keys"][0].as_object_mut().unwrap().remove("alg");
    let file = folder.path().join("rsa");
    std::fs::write(&file, set.to_string()).unwrap();
    let any = tokens(&file.display().to_string());
    for algorithm in
        [Algorithm::RS256, Algorithm::RS384, Algorithm::RS512, Algorithm::PS256, Algorithm::PS384, Algorithm::PS512]
    {
        let shown = any.principal(&rsa.sign_as(algorithm, &usual()), TokenAudience::Usual, now());
        assert!(shown.is_ok(), "{algorithm:?}: {shown:?}");
    }
    let only = tokens(&rsa.publish(&file));
    assert!(only.principal(&rsa.sign_as(Algorithm::RS256, &usual()), TokenAudience::Usual, now()).is_ok());
    assert!(only.principal(&rsa.sign_as(Algorithm::PS256, &usual()), TokenAudience::Usual, now()).is_err());
    for algorithm in [Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA] {
        let signer = Signer::new("other", algorithm);
        let tokens = tokens(&signer.publish(&folder.path().join("other")));
        let shown = tokens.principal(&signer.sign(&usual()), TokenAudience::Usual, now());
        assert!(shown.is_ok(), "{algorithm:?}: {shown:?}");
        assert!(tokens.principal(&signer.sign_with_public_key(&usual()), TokenAudience::Usual, now()).is_err());
    }
}

#[test]
fn a_person_is_called_by_a_digest() {
    let folder = TempDir::new().unwrap();
    let signer = Signer::es256("a");
    let tokens = tokens(&signer.publish(&folder.path().join("jwks.json")));
    let shown = tokens.principal(&signer.sign(&usual()), TokenAudience::Usual, now()).unwrap();
    assert!(shown.name.starts_with("oidc:") && shown.name.len() == 17, "{}", shown.name);
    assert!(!shown.name.contains("somebody"));
    assert_eq!(shown.scopes, [Scope::Match].into());
    let again = tokens.principal(&signer.sign(&usual()), TokenAudience::Usual, now()).unwrap();
    assert_eq!(shown.name, again.name, "the audit can tell who is who");
    let other = claims(now(), &json!({"iss": ISSUER, "aud": "placement", "sub": "another"}));
    assert_ne!(tokens.principal(&signer.sign(&other), TokenAudience::Usual, now()).unwrap().name, shown.name);
}

#[test]
fn an_extension_that_must_be_understood_is_not() {
    let folder = TempDir::new().unwrap();
    let signer = Signer::es256("a");
    let tokens = tokens(&signer.publish(&folder.path().join("jwks.json")));
    let header = Header { crit: Some(vec!["b64".to_owned()]), ..Header::new(Algorithm::ES256) };
    let token = encode(&header, &usual(), &signer.key).unwrap();
    let refused = tokens.principal(&token, TokenAudience::Usual, now()).unwrap_err();
    assert!(refused.0.contains("extension"), "{refused}");
    // Without an id the only key is used.
    let token = encode(&Header::new(Algorithm::ES256), &usual(), &signer.key).unwrap();
    assert!(tokens.principal(&token, TokenAudience::Usual, now()).is_ok());
}

#[tokio::test]
async fn keys_are_fetched_and_the_last_good_ones_stay() {
    let (old, new) = (Signer::es256("old"), Signer::es256("new"));
    let (old_set, new_set) = (old.set().to_string(), new.set().to_string());
    let stage = Arc::new(AtomicUsize::new(0));
    let shown = Arc::clone(&stage);
    let upstream = Upstream::start(move |request, reply| match shown.load(Ordering::SeqCst) {
        _ if request.path == "/elsewhere" => reply.send("200 OK", &[], &new_set),
        0 => reply.send("200 OK", &[], &old_set),
        1 => reply.send("503 Service Unavailable", &[], "busy"),
        2 => reply.send("302 Found", &[("Location", "/elsewhere")], ""),
        3 => reply.send("200 OK", &[], "<html>"),
        4 => reply.send("200 OK", &[], "{\"keys\": []}"),
        5 => reply.half(&new_set),
        6 => reply.endless(),
        _ => reply.send("200 OK", &[], &new_set),
    });
    let tokens = tokens(&format!("{}/keys", upstream.origin));
    let taken = |signer: &Signer| tokens.principal(&signer.sign(&usual()), TokenAudience::Usual, now()).is_ok();
    assert!(!taken(&old), "nothing is fetched yet, and nobody waits for it");
    tokens.fetch().await;
    assert!(taken(&old) && !taken(&new));
    for wrong in 1..=6 {
        stage.store(wrong, Ordering::SeqCst);
        tokens.fetch().await;
        assert!(taken(&old) && !taken(&new), "stage {wrong}");
    }
    stage.store(7, Ordering::SeqCst);
    tokens.fetch().await;
    assert!(taken(&new) && !taken(&old), "a key that is published no longer is taken no longer");
    assert!(upstream.heard().iter().all(|request| request.path == "/keys"), "no redirect is followed");
}
