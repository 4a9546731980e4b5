//! Keys as administrators create them, allowed listen addresses, and the audit log.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use jiff::civil::Date;
use placement::api_keys::secret::{Secret, SecretKind};
use placement::api_keys::{KeyRecord, Scope};
use placement::config::server::AccessConfig;
use placement::ledger::event::{LedgerBatch, LedgerEvent, LedgerPosition};
use placement::ledger::list_id::ListId;
use placement::ledger::recorded_list::RecordedList;
use placement::ledger::sqlite::SqliteLedger;
use placement::ledger::write::{LedgerReceipt, LedgerWrite};
use placement::ledger::{Ledger, LedgerFuture};
use placement::serve::ledger_sync::load_initial;
use placement::serve::state::AppState;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::Notify;

use crate::access::{bearer, drawn, guarded_app, nothing, now};
use crate::api::Api;
use crate::api_misuse::{heard, listen_to_the_log};
use crate::cli::{Ended, Server, placement, run_in};

/// Runs `placement key` with these arguments.
fn key(folder: &Path, words: &[&str]) -> Ended {
    let output = placement(folder).arg("key").args(words).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

/// The id of a key that was printed.
fn id_of(printed: &str) -> String {
    printed.trim().parse::<Secret>().unwrap().id().to_string()
}

#[test]
fn a_key_is_shown_once_and_listed_without_its_secret() {
    let folder = TempDir::new().unwrap();
    let here = folder.path();
    let made = key(here, &["create", "--label", "Mercy EHR, test", "--scope", "match", "--scope", "directory:read"]);
    assert_eq!(made.code, 0, "{}", made.err);
    assert_eq!(made.out.lines().count(), 1, "nothing but the key: {}", made.out);
    let id = id_of(&made.out);
    for says in [&id, "Mercy EHR, test", "directory:read, match", "data/ledger.sqlite", "not shown again", "key.create"] {
        assert!(made.err.contains(says), "{says}: {}", made.err);
    }
    assert!(made.err.contains("created a new ledger, data/ledger.sqlite"), "{}", made.err);
    let bound =
        ["create", "--label", "a facility", "--scope", "provider:write", "--provider", "ccn:265015", "--expires", "30"];
    assert_eq!(key(here, &bound).code, 0);

    let listed = key(here, &["list", "--json"]).out;
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let newest_first: Vec<_> = listed["keys"].as_array().unwrap().iter().map(|key| key["label"].clone()).collect();
    assert_eq!(newest_first, ["a facility", "Mercy EHR, test"]);
    let days = |key: &Value| {
        let at = |name: &str| key[name].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        at("expires_at").duration_since(at("created_at")).as_hours() / 24
    };
    assert_eq!((days(&listed["keys"][0]), days(&listed["keys"][1])), (30, 365));
    assert_eq!(listed["keys"][0]["providers"], json!(["ccn:265015"]));
    assert_eq!(listed["keys"][1]["providers"], Value::Null);
    assert_eq!(listed["keys"][1]["state"], "open");
    let page = key(here, &["list"]).out;
    assert!(
        page.contains(&id) && page.contains("writes for ccn:265015") && page.lines().all(|line| line.len() <= 100),
        "{page}"
    );
    let secret = made.out.trim().rsplit_once(&id).unwrap().1;
    for kept in [&listed.to_string(), &page, &made.err] {
        assert!(!kept.contains(secret));
    }
    for file in fs::read_dir(here.join("data")).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "only its digest is kept");
    }

    let revoked = key(here, &["revoke", &id]);
    assert_eq!((revoked.code, revoked.out.as_str()), (0, ""));
    let whole = key(here, &["revoke", made.out.trim()]);
    assert!(whole.code == 0 && whole.err.contains("already") && !whole.err.contains(secret), "{}", whole.err);
    assert!(revoked.err.contains(": revoked;") && revoked.err.contains("key.revoke"), "{}", revoked.err);
    let again = key(here, &["revoke", &id]);
    assert!(again.code == 0 && again.err.contains("already"), "{}", again.err);
    let listed: Value = serde_json::from_str(&key(here, &["list", "--json"]).out).unwrap();
    assert_eq!((&listed["keys"][1]["state"], listed["keys"][1]["revoked_at"].is_string()), (&json!("revoked"), true));
}

#[test]
fn what_cannot_be_a_key_is_said_clearly() {
    let folder = TempDir::new().unwrap();
    let here = folder.path();
    fs::write(here.join("text"), "not a ledger").unwrap();
    let long = "x".repeat(101);
    for (words, code, says) in [
        (&["list"][..], 66, "there is no ledger data/ledger.sqlite"),
        (&["revoke", "7f3kq9m2"], 66, "there is no ledger"),
        (&["create", "--label", "a"], 2, "--scope <SCOPE>"),
        (&["create", "--scope", "match"], 2, "--label <TEXT>"),
        (&["create", "--label", "a", "--scope", "matches"], 2, "one of directory:read, match, list"),
        (&["create", "--label", " ", "--scope", "match"], 2, "1 to 100 characters"),
        (&["create", "--label", &long, "--scope", "match"], 2, "1 to 100 characters"),
        (&["create", "--label", "a", "--scope", "match", "--expires", "0"], 2, "0 is not in 1..=730"),
        (&["create", "--label", "a", "--scope", "match", "--expires", "731"], 2, "731 is not in 1..=730"),
        (&["create", "--label", "a", "--scope", "provider:write", "--provider", "265015"], 2, "a provider id is ccn:"),
        (&["create", "--label", "a", "--scope", "match", "--provider", "ccn:265015"], 2, "needs --scope provider:write"),
        (&["list", "--ledger", "text"], 65, "is not a ledger"),
    ] {
        let ended = key(here, words);
        assert_eq!(ended.code, code, "{words:?}: {}", ended.err);
        assert!(ended.err.contains(says) && ended.out.is_empty(), "{words:?}: {}", ended.err);
    }
    assert_eq!(key(here, &["create", "--label", "a", "--scope", "pages"]).code, 0);
    let (secret, _) = drawn(&[]);
    let whole = key(here, &["revoke", secret.reveal()]);
    assert!(whole.code == 66 && whole.err.contains(&secret.id().0), "{}", whole.err);
    assert!(!whole.err.contains(&secret.reveal()[13..]), "{}", whole.err);
    let nowhere = key(here, &["create", "--label", "a", "--scope", "pages", "--ledger", "/proc/x/ledger.sqlite"]);
    assert!(nowhere.code != 0 && nowhere.err.contains("/proc/x"), "{}", nowhere.err);
    let unknown = key(here, &["revoke", "00000000"]);
    assert!(unknown.code == 66 && unknown.err.contains("placement key list"), "{}", unknown.err);
}

/// The status of an answer to a request with `shown` in the Authorization header.
fn status(address: &str, shown: &str) -> u16 {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = "GET /v1/services HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
    write!(stream, "{head}Authorization: Bearer {shown}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_running_server_follows_keys_as_they_come_and_go() {
    let folder = TempDir::new().unwrap();
    let here = folder.path();
    fs::write(here.join("placement.toml"), "[access]\n").unwrap();
    assert_eq!(run_in(here, "sample --near 64108 --within-miles 30 --providers 60 files").code, 0);
    assert_eq!(run_in(here, "refresh --from files").code, 0);
    let server = Server::start(here, "serve");
    server.wait_for("/readyz", "\"ready\"");
    assert!(server.ask("GET", "/v1/services", "").starts_with("HTTP/1.1 401"));

    let until = |key: &str, wanted: u16| {
        let began = Instant::now();
        while status(&server.address, key) != wanted {
            assert!(began.elapsed() < Duration::from_secs(20), "never {wanted}");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    let made = key(here, &["create", "--label", "a", "--scope", "directory:read"]).out;
    until(made.trim(), 200);
    assert_eq!(key(here, &["revoke", &id_of(&made)]).code, 0);
    until(made.trim(), 401);
}

#[test]
fn an_address_that_others_reach_needs_access_control_and_tls() {
    let folder = TempDir::new().unwrap();
    let here = folder.path();
    let issuer = "issuer = \"https://login.mercy.example\"\njwks = \"https://login.mercy.example/keys\"\n";
    for (settings, address, says) in [
        ("", "0.0.0.0:0", &["add [access]", "add [tls]"][..]),
        ("", "[::]:0", &["add [access]", "add [tls]"]),
        ("[access]\n", "0.0.0.0:0", &["add [tls]"]),
        ("behind_proxy = true\n", "0.0.0.0:0", &["add [access]"]),
        ("behind_proxy = true\n", "127.0.0.1:0", &["behind_proxy needs [access]"]),
        (
            "public_url = \"mercy\"\n[access.proxy]\nuser_header = \"no header\"\nfrom = []\n",
            "0.0.0.0:0",
            &["add [tls]", "public_url mercy", "not the name of a header", "from is empty"],
        ),
        (&format!("[[access.oidc]]\n{issuer}"), "127.0.0.1:0", &["audience is missing"]),
        (&format!("[[access.ehr]]\n{issuer}"), "127.0.0.1:0", &["there is no public_url to take it from"]),
        (
            &format!(
                "[[access.oidc]]\n{}audience = \"placement\"\nscopes = [\"all\"]\n",
                issuer.replace("keys", "none").replace("https://login.mercy.example/none", "none.json")
            ),
            "127.0.0.1:0",
            &["jwks none.json", "scope \"all\": there is no such scope"],
        ),
    ] {
        fs::write(here.join("placement.toml"), settings).unwrap();
        let ended = run_in(here, &format!("serve --listen {address}"));
        assert_eq!(ended.code, 78, "{settings}: {}", ended.err);
        assert!(says.iter().all(|part| ended.err.contains(part)), "{settings}: {}", ended.err);
        assert_eq!(ended.err.matches("\n  ").count(), says.len(), "each fault a line, and nothing else: {}", ended.err);
    }
}

/// The log lines of this thread since [`listen_to_the_log`].
fn logged() -> Vec<Value> {
    heard().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn a_key_of_a_provider_speaks_for_it_alone() {
    listen_to_the_log();
    let folder = TempDir::new().unwrap();
    let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).await.unwrap();
    let (secret, key) = drawn(&[Scope::ProviderWrite]);
    let (own, other) = ("ccn:265015", "ccn:267001");
    let bound = KeyRecord { providers: Some([own.parse().unwrap()].into()), ..key };
    let api = Api::new(AppState { ledger: Some(Arc::new(ledger)), ..guarded_app(AccessConfig::default(), [bound]) });
    for (provider, field, status) in [
        (own, "availability", StatusCode::OK),
        (own, "statements", StatusCode::OK),
        (other, "availability", StatusCode::FORBIDDEN),
        (other, "statements", StatusCode::FORBIDDEN),
        ("ccn:269999", "availability", StatusCode::NOT_FOUND),
    ] {
        let path = format!("/v1/providers/{provider}/{field}");
        let body = json!({field: []}).to_string();
        let answer = api.send(bearer(secret.reveal()).request("PUT", &path, "application/json", body)).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        if status == StatusCode::FORBIDDEN {
            assert!(answer.text.contains(&format!("a key that speaks for {other}")), "{}", answer.text);
        }
    }
    let audited = logged().into_iter().filter(|line| line["target"] == "audit");
    let told: Vec<Value> = audited.map(|line| json!([line["deed"], line["status"], line["provider"]])).collect();
    assert_eq!(
        told,
        [
            json!(["statement.availability", 200, own]),
            json!(["statement.accepts", 200, own]),
            json!(["statement.availability", 403, null]),
            json!(["statement.accepts", 403, null]),
            json!(["statement.availability", 404, null]),
        ]
    );
}

/// A ledger that blocks a write until it is released.
#[derive(Debug)]
struct Slow {
    ledger: SqliteLedger,
    has_begun: Notify,
    may_go_on: Notify,
}

impl Ledger for Slow {
    fn record<'a>(&'a self, id: ListId, list: &'a RecordedList) -> LedgerFuture<'a, ()> {
        self.ledger.record(id, list)
    }

    fn list(&self, id: ListId) -> LedgerFuture<'_, Option<RecordedList>> {
        self.ledger.list(id)
    }

    fn append<'a>(&'a self, write: &'a LedgerWrite<'a>) -> LedgerFuture<'a, LedgerReceipt> {
        Box::pin(async move {
            self.has_begun.notify_one();
            self.may_go_on.notified().await;
            self.ledger.append(write).await
        })
    }

    fn read(&self, before: LedgerPosition, outcomes_from: Date) -> LedgerFuture<'_, LedgerBatch> {
        self.ledger.read(before, outcomes_from)
    }

    fn woken(&self) -> LedgerFuture<'_, ()> {
        self.ledger.woken()
    }

    fn failure(&self) -> Option<String> {
        self.ledger.failure()
    }

    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.ledger.close()
    }
}

#[tokio::test]
async fn who_hangs_up_is_audited_with_what_was_kept() {
    listen_to_the_log();
    let folder = TempDir::new().unwrap();
    let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).await.unwrap();
    let slow = Arc::new(Slow { ledger, has_begun: Notify::new(), may_go_on: Notify::new() });
    let (secret, key) = drawn(&[Scope::ProviderWrite]);
    let ledger: Arc<dyn Ledger> = Arc::<Slow>::clone(&slow);
    let app = Arc::new(AppState { ledger: Some(ledger), ..guarded_app(AccessConfig::default(), [key]) });
    let api = Api::over(&app);
    let path = "/v1/providers/ccn:265015/availability";
    let request = bearer(secret.reveal()).request("PUT", path, "application/json", r#"{"availability":[]}"#.to_owned());
    tokio::select! {
        _ = api.send(request) => panic!("it waits for the ledger"),
        () = slow.has_begun.notified() => {}
    }
    assert!(!logged().iter().any(|line| line["target"] == "audit"));
    slow.may_go_on.notify_one();
    let is_done = || logged().iter().any(|line| line["message"] == "answered");
    while !is_done() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let audited = logged().into_iter().find(|line| line["target"] == "audit").unwrap();
    assert_eq!(
        json!([audited["deed"], audited["status"], audited["provider"]]),
        json!(["statement.availability", 200, "ccn:265015"])
    );
    assert_eq!(app.ledger_state().availability.len(), 1, "what is kept is what is audited");
}

#[tokio::test]
async fn servers_audit_keys_that_are_made_and_taken_back_beside_them() {
    listen_to_the_log();
    let folder = TempDir::new().unwrap();
    let ledger = Arc::new(SqliteLedger::open(&folder.path().join("ledger.sqlite")).await.unwrap());
    let ((_, old), (_, new)) = (drawn(&[Scope::Match]), drawn(&[Scope::Match]));
    ledger.tell(&LedgerEvent::Key(old.clone())).await.unwrap();
    let app = AppState { ledger: Some(Arc::<SqliteLedger>::clone(&ledger)), ..guarded_app(AccessConfig::default(), []) };
    load_initial(&app).await;
    let audited = || -> Vec<Value> {
        let lines = logged().into_iter().filter(|line| line["target"] == "audit");
        lines.map(|line| json!([line["principal"], line["deed"], line["key"]])).collect()
    };
    assert_eq!(audited(), Vec::<Value>::new(), "what was there before is no deed of now");
    ledger.tell(&LedgerEvent::Key(new.clone())).await.unwrap();
    load_initial(&app).await;
    let session = KeyRecord::session(&Secret::draw(SecretKind::Session).unwrap(), &new, now());
    let revoked = KeyRecord { revoked_at: Some(now()), ..old.clone() };
    for entry in [session, revoked] {
        ledger.tell(&LedgerEvent::Key(entry)).await.unwrap();
    }
    load_initial(&app).await;
    assert_eq!(audited(), [json!(["ledger", "key.create", new.id.0]), json!(["ledger", "key.revoke", old.id.0])]);
}

#[tokio::test]
async fn strangers_are_told_whether_questions_are_answered_and_no_more() {
    let ((metrics, may), (other, may_not)) = (drawn(&[Scope::Metrics]), drawn(&[Scope::Match]));
    let api = Api::new(guarded_app(AccessConfig::default(), [may, may_not]));
    for (shown, path, status) in [
        (nothing(), "/readyz", StatusCode::OK),
        (nothing(), "/readyz?verbose", StatusCode::UNAUTHORIZED),
        (bearer(other.reveal()), "/readyz", StatusCode::OK),
        (bearer(other.reveal()), "/readyz?verbose", StatusCode::FORBIDDEN),
        (bearer(metrics.reveal()), "/readyz?verbose", StatusCode::OK),
    ] {
        let answer = shown.get(&api, path).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        assert_eq!(answer.text.contains("ledger"), status == StatusCode::OK && path.ends_with("verbose"), "{}", answer.text);
    }
}

#[tokio::test]
async fn the_audit_tells_which_key_began_a_session() {
    listen_to_the_log();
    let folder = TempDir::new().unwrap();
    let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).await.unwrap();
    let (secret, key) = drawn(&[Scope::Pages]);
    let begins = format!("key:{}/", key.id);
    let api = Api::new(AppState { ledger: Some(Arc::new(ledger)), ..guarded_app(AccessConfig::default(), [key]) });
    let answer = nothing().post_form(&api, "/sign-in", format!("key={}", secret.reveal())).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let session = answer.header("set-cookie").split(';').next().unwrap().to_owned();
    nothing().and("cookie", &session).post_form(&api, "/sign-out", "").await;
    let audited: Vec<Value> = logged().into_iter().filter(|line| line["target"] == "audit").collect();
    let deeds: Vec<&str> = audited.iter().map(|line| line["deed"].as_str().unwrap()).collect();
    assert_eq!(deeds, ["session.begin", "session.end"]);
    assert_eq!(audited[0]["principal"], audited[1]["principal"]);
    assert!(audited[0]["principal"].as_str().unwrap().starts_with(&begins), "{}", audited[0]);
    assert!(!logged().iter().any(|line| line.to_string().contains("pls_")));
}

#[tokio::test]
async fn the_audit_tells_who_did_what_and_never_what_was_asked() {
    listen_to_the_log();
    let (secret, key) = drawn(&[Scope::Match, Scope::DirectoryRead]);
    let name = format!("key:{}", key.id);
    let api = Api::new(guarded_app(AccessConfig::default(), [key]));
    let shown = bearer(secret.reveal()).from("192.0.2.9").and("x-request-id", "ward-7");
    let question = json!({
        "service": "skilled_nursing", "near": {"city": "Zyxwtown"}, "needs": ["inf.abx"],
        "coverage": {"plan": "Zyxwplan"}, "patient": {"age": 87}
    });
    api.send(shown.request("POST", "/v1/matches", "application/json", question.to_string())).await;
    shown.get(&api, "/v1/providers?name=Zyxwname").await;
    shown.get(&api, "/v1/providers/fhir:zyxw:zyxw").await;
    shown.get(&api, "/directory").await;
    let said = shown.request("PUT", "/v1/providers/fhir:zyxw:zyxw/availability", "application/json", "{}".to_owned());
    api.send(said).await;
    nothing().from("192.0.2.9").post_form(&api, "/", "near=Zyxwtown").await;
    for quiet in ["/", "/livez", "/readyz", "/assets/placement.css", "/sign-in", "/metrics", "/nowhere"] {
        shown.get(&api, quiet).await;
    }

    let audited: Vec<Value> = logged().into_iter().filter(|line| line["target"] == "audit").collect();
    let told: Vec<(&str, &str, u64)> = audited
        .iter()
        .map(|line| (line["principal"].as_str().unwrap(), line["deed"].as_str().unwrap(), line["status"].as_u64().unwrap()))
        .collect();
    let stranger = told.last().unwrap().0;
    assert!(stranger.starts_with("anyone:") && !stranger.contains("192"), "{stranger}");
    assert_eq!(
        told,
        [
            (name.as_str(), "match", 422),
            (&name, "directory.read", 200),
            (&name, "directory.read", 404),
            (&name, "directory.read", 403),
            (&name, "statement.availability", 403),
            (stranger, "match.ask", 401),
        ]
    );
    for line in &audited {
        let fields = line.as_object().unwrap().keys().map(String::as_str);
        let known = ["timestamp", "level", "target", "message", "principal", "deed", "status", "request_id"];
        assert!(fields.clone().all(|field| known.contains(&field)), "{line}");
    }
    assert_eq!(audited[0]["request_id"], "ward-7");
    let all = logged().iter().map(Value::to_string).collect::<String>().to_lowercase();
    for typed in ["zyxw", "inf.abx", &secret.reveal()[13..].to_lowercase(), "somebody"] {
        assert!(!all.contains(typed), "{typed}: {all}");
    }
}
