//! The example clients, run against the program with a key.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cli::{Ended, Server, placement, run_in};

/// A server with access control, a small sample, and a key with the scopes that the examples need.
struct Guarded {
    folder: TempDir,
    server: Server,
    key: String,
}

impl Guarded {
    fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let here = folder.path();
        std::fs::write(here.join("placement.toml"), "[access]\n").unwrap();
        assert_eq!(run_in(here, "sample --near 64108 --within-miles 30 --providers 60 files").code, 0);
        assert_eq!(run_in(here, "refresh --from files").code, 0);
        let scopes = "--scope match --scope directory:read --scope list --scope provider:write --scope outcome:write";
        let made = placement(here).args(["key", "create", "--label", "examples"]).args(scopes.split(' ')).output();
        let key = String::from_utf8(made.unwrap().stdout).unwrap().trim().to_owned();
        let server = Server::start(here, "serve");
        server.wait_for("/readyz", "\"ready\"");
        Self { folder, server, key }
    }

    /// Runs an example with arguments.
    fn run(&self, program: &str, example: &str, words: &[&str]) -> Ended {
        self.run_as(&self.key, program, example, words)
    }

    fn run_as(&self, key: &str, program: &str, example: &str, words: &[&str]) -> Ended {
        let mut command = Command::new(program);
        command.arg(examples().join(example)).args(words).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env("PLACEMENT_URL", format!("http://{}", self.server.address)).env("PLACEMENT_KEY", key);
        command.env("PYTHONDONTWRITEBYTECODE", "1").env("NO_PROXY", "*");
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ended { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/examples")
}

/// Whether `programs` are installed; if `CI` is set, they must be.
fn have(programs: &[&str]) -> bool {
    let runs = |program: &&str| Command::new(program).arg("--version").output().is_ok_and(|ran| ran.status.success());
    let missing: Vec<&&str> = programs.iter().filter(|program| !runs(program)).collect();
    assert!(missing.is_empty() || std::env::var_os("CI").is_none(), "{missing:?} is not there");
    if !missing.is_empty() {
        println!("skipped: {missing:?} is not there");
    }
    missing.is_empty()
}

fn question() -> Value {
    json!({"service": "skilled_nursing", "near": {"zip": "64108"}, "coverage": {"program": "medicare"}})
}

#[test]
fn the_python_client_asks_tells_and_says_what_is_wrong() {
    if !have(&["python3"]) {
        return;
    }
    let guarded = Guarded::start();
    let python = |words: &[&str]| guarded.run("python3", "placement.py", words);

    let matched = python(&["match", &question().to_string()]);
    assert_eq!((matched.code, matched.err.as_str()), (0, ""));
    let [counts, first] = [0, 1].map(|at| matched.out.lines().nth(at).unwrap());
    let provider = first.split_whitespace().nth(2).unwrap();
    assert!(counts.contains(" meets") && provider.starts_with("ccn:"), "{}", matched.out);

    let lines = format!("{}\n\n{{\"service\": \"snf\"}}\n{}\n", question(), question());
    std::fs::write(guarded.folder.path().join("questions.ndjson"), lines).unwrap();
    let batch = python(&["batch", "questions.ndjson"]);
    let answers: Vec<Value> = batch.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<(u64, u64)> =
        answers.iter().map(|a| (a["line"].as_u64().unwrap(), a["status"].as_u64().unwrap())).collect();
    assert_eq!((batch.code, told), (65, vec![(1, 200), (3, 422), (4, 200)]), "{}", batch.err);

    let tomorrow = jiff::Zoned::now().date().tomorrow().unwrap().to_string();
    let room = python(&["room", provider, "skilled_nursing", &tomorrow, &tomorrow, "4"]);
    assert_eq!((room.code, room.err.as_str()), (0, ""));
    let said: Value = serde_json::from_str(&room.out).unwrap();
    assert_eq!((&said["availability"][0]["room"], &said["availability"][0]["beds"]), (&json!(true), &json!(4)));

    let outcome = python(&["outcome", provider, "skilled_nursing", "declined", "no_room"]);
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
    assert_eq!(serde_json::from_str::<Value>(&outcome.out).unwrap()["reply"], "declined");

    let wrong = python(&["match", r#"{"service": "snf", "near": {"zip": "64108"}}"#]);
    assert_eq!((wrong.code, wrong.out.as_str()), (65, ""));
    assert!(wrong.err.contains("/service: ") && wrong.err.contains("did you mean skilled_nursing?"), "{}", wrong.err);
    assert_eq!(python(&["match", "{"]).code, 65);
    let bundle = json!({"services": ["skilled_nursing", "home_health"], "near": {"zip": "64108"}});
    let both = python(&["match", &bundle.to_string()]);
    assert_eq!((both.code, both.err.as_str()), (0, ""));
    // Each level of care has a list of its own that begins with rank 1.
    let firsts = both.out.lines().filter(|line| line.starts_with("  1 ")).count();
    assert_eq!(firsts, 2, "{}", both.out);
    let no_file = python(&["batch", "missing.ndjson"]);
    assert_eq!(no_file.code, 66);
    assert!(no_file.err.starts_with("cannot read or write: ") && no_file.err.contains("missing.ndjson"), "{}", no_file.err);
    assert_eq!(python(&["dance"]).code, 2);
    let stranger = guarded.run_as("", "python3", "placement.py", &["match", &question().to_string()]);
    assert!(stranger.code == 65 && stranger.err.starts_with("401"), "{}", stranger.err);

    let Guarded { folder, server, key } = guarded;
    let mut gone = Command::new("python3");
    gone.arg(examples().join("placement.py")).args(["match", "{}"]).env("PLACEMENT_KEY", key).env("NO_PROXY", "*");
    gone.env("PYTHONDONTWRITEBYTECODE", "1").env("PLACEMENT_URL", format!("http://{}", server.address));
    server.end();
    let ended = gone.current_dir(folder.path()).output().unwrap();
    assert_eq!(ended.status.code(), Some(69));
    assert!(String::from_utf8(ended.stderr).unwrap().starts_with("no answer: "));
}

#[test]
fn every_call_of_the_shell_example_is_answered() {
    if !have(&["bash", "curl"]) {
        return;
    }
    let guarded = Guarded::start();
    let began = Instant::now();
    let mut ran = guarded.run("bash", "curl.sh", &[]);
    // The server reads new keys from the ledger within seconds.
    while ran.code != 0 && ran.out.contains("\"unauthorized\"") && began.elapsed() < Duration::from_secs(20) {
        ran = guarded.run("bash", "curl.sh", &[]);
    }
    assert_eq!((ran.code, ran.err.lines().filter(|line| !line.contains("error: 422")).count()), (0, 0), "{ran:?}");
    let headings = ran.out.lines().filter(|line| line.starts_with("# ")).count();
    let script = std::fs::read_to_string(examples().join("curl.sh")).unwrap();
    assert_eq!(headings, script.matches("\necho '# ").count());
    for answered in [
        "\"status\":\"ready\"",
        "\"matches\":[{",
        "{\"line\":2,\"status\":422,\"problem\":{",
        "{\"line\":3,\"status\":200,\"answer\":{",
        "\"beds\":2",
        "\"reply\":\"accepted\"",
        "<!doctype html>",
        "\"cards\":[{\"uuid\":",
        "\"code\":\"invalid\"",
    ] {
        assert!(ran.out.to_lowercase().contains(answered), "{answered}: {}", ran.out);
    }
}
