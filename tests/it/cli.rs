//! The command line for people and scripts.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use assert_cmd::cargo::cargo_bin;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The command without settings of this machine.
pub(crate) fn placement(folder: &Path) -> Command {
    let mut command = Command::new(cargo_bin("placement"));
    command.current_dir(folder).env_remove("NO_COLOR");
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PLACEMENT_")) {
        command.env_remove(name);
    }
    command
}

/// The result of a command.
#[derive(Debug)]
pub(crate) struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

pub(crate) fn run_in(folder: &Path, line: &str) -> Ended {
    run_with(folder, line, "")
}

/// Runs `placement` with the arguments in `line` and `input` on standard input.
pub(crate) fn run_with(folder: &Path, line: &str, input: &str) -> Ended {
    let mut command = placement(folder);
    command.args(line.split_whitespace()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that does not read its input may have ended already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

fn run(line: &str) -> Ended {
    run_in(TempDir::new().unwrap().path(), line)
}

const QUESTION: &str = "--service skilled_nursing --zip 64108 --within-miles 10 --medicare --need inf.abx";

#[test]
fn help_names_every_command_setting_and_exit_code() {
    insta::assert_snapshot!("help", run("--help").out);
    for command in ["demo", "refresh", "match", "explain", "serve", "key", "key create", "directory", "sample"] {
        let ended = run(&format!("{command} --help"));
        assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{command}");
        assert!(ended.out.lines().all(|line| line.chars().count() <= 100), "{command}");
    }
    insta::assert_snapshot!("help_match", run("match --help").out);
    insta::assert_snapshot!("help_refresh", run("refresh -h").out);
    insta::assert_snapshot!("help_serve", run("serve -h").out);
}

#[test]
fn shells_and_manual_readers_are_served() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ended = run(&format!("completions {shell}"));
        assert!(ended.code == 0 && ended.out.contains("placement") && ended.out.contains("rollback"), "{shell}");
    }
    let page = run("man").out;
    assert!(
        page.contains(".TH placement 1")
            && page.contains("Exit Codes")
            && page.contains("another refresh or fetch is running")
    );
    assert!(run("man match").out.contains("\\-\\-within\\-miles"));
    assert_eq!(run("man nothing").code, 2);
}

#[test]
fn each_failure_has_its_code_and_its_words() {
    let folder = TempDir::new().unwrap();
    let here = folder.path();
    std::fs::write(here.join("wrong.toml"), "indx = \"here\"\n").unwrap();
    std::fs::write(here.join("not.json"), "{\"service\": }").unwrap();
    std::fs::create_dir(here.join("empty")).unwrap();
    for (line, code, words) in [
        ("", 2, "Usage: placement"),
        ("matc", 2, "'match'"),
        ("match --zip", 2, "a value is required for '--zip <ZIP>'"),
        ("match --age old", 2, "invalid value 'old' for '--age <YEARS>'"),
        ("match --medicare --self-pay", 2, "cannot be used with"),
        ("match --zip 29401 --question q.json", 2, "not both"),
        ("match --sample --question not.json", 65, "not.json is not JSON: expected value at line 1 column 13"),
        ("match --question missing.json", 66, "missing.json: No such file"),
        ("match --sample --service snf --zip 64180 --need wound", 65, "--service: there is no service \"snf\""),
        ("match --sample --service hospice --near 09012", 65, "--near: ZIP 09012 is in use for military post"),
        ("match --sample --service hospice --near Pittsburg,PA", 65, "did you mean Pittsburgh, PA"),
        ("match --near 64108 --zip 64108", 2, "cannot be used with"),
        ("match --service hospice --zip 64108", 66, "no directory has been published in index"),
        ("explain --sample --service hospice --zip 64108 --provider nobody", 65, "--provider: the directory has no"),
        ("directory show nothing", 66, "there is no generation nothing"),
        ("directory rollback", 66, ""),
        ("refresh", 66, "there is no folder data/fetched"),
        ("refresh --from empty", 65, "no file in empty"),
        ("sample --near 99999 --within-miles 5 out", 65, "99999 is not a ZIP code in use"),
        ("sample --near 64108 --within-miles -5 out", 2, ""),
        ("serve --listen 0.0.0.0:8080", 78, "can be reached from other machines"),
        ("serve --listen 192.168.1.5:80", 78, "or listen on 127.0.0.1"),
        ("serve --listen nowhere", 2, "the address to listen on must be an IP address and a port"),
        ("--config wrong.toml directory list", 78, "there is no setting \"indx\"; did you mean index?"),
        ("--config missing.toml directory list", 78, "missing.toml"),
    ] {
        let ended = run_in(here, line);
        assert_eq!(ended.code, code, "{line}: {ended:?}");
        assert!(ended.err.contains(words), "{line}: {}", ended.err);
        assert_eq!(ended.out, "", "{line}: what failed has no result");
    }
}

#[test]
fn faults_of_flags_name_the_flags() {
    let ended = run("match --sample --service skilled_nursng --at 99,0 --need inf.abz --prefer wnd --plan Gould --sex f \
                     --language spanish --on soon --limit 2000");
    assert_eq!(ended.code, 65);
    let today = jiff::Zoned::now().date().to_string();
    insta::assert_snapshot!(ended.err.replace(&today, "[today]"));
    let ended = run_with(TempDir::new().unwrap().path(), "match --sample", "{\"service\": \"snf\", \"service\": 1}");
    assert_eq!(ended.code, 65);
    assert!(ended.err.contains("/service: this field is given more than once"), "{}", ended.err);
}

#[test]
fn typed_needs_are_taken_asked_about_or_kept_for_the_call_sheet() {
    let question = "--sample --service skilled_nursing --zip 64108 --medicare";
    let ended = run(&format!("match {question} --need bipap,trach --need service-dog"));
    assert_eq!((ended.code, ended.out.as_str()), (65, ""));
    assert!(ended.err.contains("--need: \"trach\" may mean resp.trach ("), "{}", ended.err);
    assert!(ended.err.contains("or --ask \"trach\" to ask by phone"), "{}", ended.err);
    let asked = "Can you meet this need: “service-dog”?";
    let ended = run(&format!("match {question} --need bipap,480lb --need service-dog --ask trach"));
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(ended.out.contains(asked) && ended.out.contains("“trach”?"), "{}", ended.out);
    assert!(ended.out.contains("\"480lb\" was read as weight 480 lb."), "{}", ended.out);
    let ended = run(&format!("match {question} --json --need bipap --need service-dog"));
    let answer: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(answer["question"]["needs"], json!(["resp.niv"]), "{}", answer["question"]);
    assert!(!answer["question"].to_string().contains("dog"), "the question holds no free text");
    let calls = answer["call_sheet"].as_array().unwrap();
    assert!(!calls.is_empty() && calls.iter().all(|call| call["questions"].as_array().unwrap().contains(&json!(asked))));
}

#[test]
fn a_plan_that_the_directory_does_not_have_is_searched_by_name() {
    let question = "match --sample --service skilled_nursing --zip 64108";
    let unknown = run(&format!("{question} --plan Gould"));
    assert_eq!(unknown.code, 65);
    assert!(unknown.err.contains("--plan-name searches anyway, with coverage to be verified"), "{}", unknown.err);
    for (flag, says) in [
        ("--plan-name Gould", "This directory has no plan \"Gould\". Verify coverage with the payer."),
        ("--plan TRICARE", "This directory has no plan \"TRICARE\". Verify coverage with the payer."),
        ("--plan KanCare", "\"KanCare\" was read as Kansas Medicaid."),
        ("--plan-name Medicare", "\"Medicare\" was read as Original Medicare."),
    ] {
        let ended = run(&format!("{question} {flag}"));
        assert_eq!(ended.code, 0, "{flag}: {}", ended.err);
        assert!(ended.out.split_whitespace().collect::<Vec<_>>().join(" ").contains(says), "{flag}: {}", ended.out);
    }
}

#[test]
fn flags_and_json_ask_the_same() {
    let folder = TempDir::new().unwrap();
    let question = json!({"service": "skilled_nursing", "near": {"zip": "64108"}, "within_miles": 10,
                          "coverage": {"program": "medicare"}, "needs": ["inf.abx"]});
    let answer = |ended: Ended| -> Value {
        assert_eq!((ended.code, ended.err.as_str()), (0, ""));
        let mut answer: Value = serde_json::from_str(&ended.out).unwrap();
        // Each run builds the sample again, and these values belong to one generation.
        for name in ["directory", "list_id", "next_cursor"] {
            answer[name] = Value::Null;
        }
        answer
    };
    let flags = answer(run_in(folder.path(), &format!("match --sample --json {QUESTION}")));
    let stdin = answer(run_with(folder.path(), "match --sample --json", &question.to_string()));
    std::fs::write(folder.path().join("q.json"), question.to_string()).unwrap();
    let file = answer(run_in(folder.path(), "match --sample --json --question q.json"));
    assert!(flags["matches"].as_array().unwrap().len() > 1);
    assert!(flags == stdin && flags == file, "{flags:#}\n{stdin:#}\n{file:#}");
}

#[test]
fn the_demonstration_shows_a_worked_match_and_says_it_is_invented() {
    let ended = run("demo --once");
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
    for words in
        ["SYNTHETIC", "64108", "Ventilator", "Meets requirements (", "curl --json '{", "http://127.0.0.1:8080/v1/matches"]
    {
        assert!(ended.out.contains(words), "{words}:\n{}", ended.out);
    }
    assert!(!ended.out.contains('\u{1b}'), "no color where the output is no terminal");
}

#[test]
fn an_explanation_is_given_by_name_and_by_number() {
    let folder = TempDir::new().unwrap();
    let ended = run_in(folder.path(), &format!("match --sample --json {QUESTION}"));
    let report: Value = serde_json::from_str(&ended.out).unwrap();
    let id = report["matches"][0]["provider"]["id"].as_str().unwrap();
    let ended = run_in(folder.path(), &format!("explain --sample --provider {id} {QUESTION}"));
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert!(ended.out.contains("rank 1 of ") && ended.out.contains("closeness"), "{}", ended.out);
    let json = run_in(folder.path(), &format!("explain --sample --json --provider {id} {QUESTION}")).out;
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap()["match"]["score"], report["matches"][0]["score"]);
}

#[test]
fn a_directory_is_made_listed_checked_and_rolled_back() {
    let folder = TempDir::new().unwrap();
    let here = folder.path();
    let made = run_in(here, "sample --near 64108 --within-miles 30 --providers 120 --networks 2 --seed 7 files");
    assert_eq!(made.code, 0, "{}", made.err);
    assert!(made.out.contains("every provider in them is invented"), "{}", made.out);

    let dry = run_in(here, "refresh --from files --dry-run");
    assert_eq!(dry.code, 0, "{}", dry.err);
    assert_eq!(run_in(here, "directory list").out, "", "a dry run publishes nothing");

    let first = run_in(here, "refresh --from files --json");
    assert_eq!(first.code, 0, "{}", first.err);
    assert!(first.err.lines().count() >= 3, "a line a stage: {}", first.err);
    let first: Value = serde_json::from_str(&first.out).unwrap();
    let first = first["manifest"]["generation"].as_str().unwrap().to_owned();
    assert_eq!(run_in(here, "refresh --from files").code, 0);

    let listed = run_in(here, "directory list").out;
    let lines: Vec<&str> = listed.lines().collect();
    assert!(lines.len() == 2 && lines[0].starts_with("* ") && lines[1].contains(&first), "{listed}");
    assert!(listed.contains("synthetic"), "{listed}");
    assert_eq!(run_in(here, "directory rollback").out, format!("{first} is now the current directory\n"));
    assert!(run_in(here, "directory list").out.lines().nth(1).unwrap().starts_with("* "));
    assert!(run_in(here, "directory verify").out.starts_with(&first));
    let shown = run_in(here, "directory show");
    assert!(shown.out.contains("SYNTHETIC") && shown.out.contains("as of"), "{}", shown.out);
    let json: Value = serde_json::from_str(&run_in(here, "directory show --json").out).unwrap();
    assert_eq!(json["generation"], first);

    assert_eq!(run_in(here, &format!("match {QUESTION}")).code, 0);
    let manifest = here.join("index").join(&first).join("manifest.json");
    let damaged = std::fs::read_to_string(&manifest).unwrap().replacen("providers", "provjders", 1);
    std::fs::write(&manifest, damaged).unwrap();
    let ended = run_in(here, &format!("match {QUESTION}"));
    assert!(ended.code == 65 && ended.out.is_empty(), "{ended:?}");
}

#[test]
fn a_flag_wins_over_a_variable_and_that_over_the_file() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("placement.toml"), "index = \"from-file\"\n").unwrap();
    let asked = |variable: Option<&str>, flag: &str| {
        let mut command = placement(folder.path());
        command.args(["directory", "show"]).args(flag.split_whitespace());
        command.envs(variable.map(|index| ("PLACEMENT_INDEX", index)));
        String::from_utf8(command.output().unwrap().stderr).unwrap()
    };
    assert!(asked(None, "").contains("in from-file"));
    assert!(asked(Some("from-variable"), "").contains("in from-variable"));
    assert!(asked(Some("from-variable"), "--index from-flag").contains("in from-flag"));
}

#[test]
fn a_reader_that_has_seen_enough_ends_the_command_quietly() {
    let folder = TempDir::new().unwrap();
    let mut command = placement(folder.path());
    command.args(["man", "match"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

/// A server process, stopped when the test ends.
pub(crate) struct Server {
    child: Child,
    pub address: String,
    /// Its log so far.
    log: Arc<Mutex<String>>,
}

impl Server {
    pub(crate) fn start(folder: &Path, line: &str) -> Self {
        let mut command = placement(folder);
        command.args(line.split_whitespace());
        Self::of(command)
    }

    /// Starts `command`.
    pub(crate) fn of(command: Command) -> Self {
        Self::at(command, "127.0.0.1:0")
    }

    /// Starts `command` on `address`.
    pub(crate) fn at(mut command: Command, address: &str) -> Self {
        command.args(["--listen", address]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log = Arc::new(Mutex::new(String::new()));
        let keep = |line: &str, log: &Mutex<String>| log.lock().unwrap().extend([line, "\n"]);
        // Messages before listening come before the line with the address.
        let address = loop {
            let line = lines.next().unwrap().unwrap();
            if let Some(at) = line.strip_prefix("listening on ") {
                break at.split("://").nth(1).unwrap().split(';').next().unwrap().to_owned();
            }
            keep(&line, &log);
        };
        // The log must be read, or the server blocks on the pipe.
        let kept = Arc::clone(&log);
        std::thread::spawn(move || lines.for_each(|line| keep(&line.unwrap(), &kept)));
        Self { child, address, log }
    }

    /// Its log so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Waits until the log contains `words`.
    pub(crate) fn wait_for_log(&self, words: &str) {
        let began = Instant::now();
        while !self.log().contains(words) {
            assert!(began.elapsed() < Duration::from_secs(20), "the log never said {words}: {}", self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The complete answer to one request.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &str) -> String {
        self.ask_with(method, path, body, "X-Of: a test")
    }

    /// The complete answer to one request with a further header.
    pub(crate) fn ask_with(&self, method: &str, path: &str, body: &str, header: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n{header}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Waits until the answer of `path` contains `words`.
    pub(crate) fn wait_for(&self, path: &str, words: &str) {
        let began = Instant::now();
        while !self.ask("GET", path, "").contains(words) {
            assert!(began.elapsed() < Duration::from_secs(20), "{path} never said {words}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Stops the server, waits for it, and returns its exit code.
    pub(crate) fn end(self) -> Option<i32> {
        self.signal("TERM");
        self.wait()
    }

    /// Waits until the server has ended, and returns its exit code.
    pub(crate) fn wait(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_server_follows_the_newest_directory_and_drains_when_told_to_stop() {
    let folder = TempDir::new().unwrap();
    let here = folder.path();
    assert_eq!(run_in(here, "sample --near 64108 --within-miles 30 --providers 60 files").code, 0);
    let server = Server::start(here, "serve");
    assert!(server.ask("GET", "/livez", "").starts_with("HTTP/1.1 200"));
    assert!(server.ask("GET", "/readyz", "").starts_with("HTTP/1.1 503"), "nothing is published yet");

    assert_eq!(run_in(here, "refresh --from files").code, 0);
    server.wait_for("/readyz", "\"ready\"");
    let question = json!({"service": "skilled_nursing", "near": {"zip": "64108"}}).to_string();
    assert!(server.ask("POST", "/v1/matches", &question).starts_with("HTTP/1.1 200"));

    let ready = server.ask("GET", "/readyz", "");
    let first = ready.split("\"generation\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let second: Value = serde_json::from_str(&run_in(here, "refresh --from files --json").out).unwrap();
    let second = second["manifest"]["generation"].as_str().unwrap();
    server.signal("HUP");
    server.wait_for("/readyz", second);
    assert_eq!(run_in(here, "directory rollback").code, 0);
    server.wait_for("/readyz", &first);

    // A request in progress at shutdown is answered.
    let mut under_way = TcpStream::connect(&server.address).unwrap();
    let length = question.len();
    write!(
        under_way,
        "POST /v1/matches HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    )
    .unwrap();
    std::thread::sleep(Duration::from_millis(200));
    server.signal("TERM");
    std::thread::sleep(Duration::from_millis(200));
    under_way.write_all(question.as_bytes()).unwrap();
    let mut answer = String::new();
    under_way.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(server.end(), Some(0));
}

#[test]
fn a_half_sent_request_holds_no_connection() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(folder.path(), "serve");
    let mut half = TcpStream::connect(&server.address).unwrap();
    half.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    half.write_all(b"GET /livez HTTP/1.1\r\nHost:").unwrap();
    let began = Instant::now();
    let mut rest = Vec::new();
    let _ = half.read_to_end(&mut rest);
    assert!(began.elapsed() < Duration::from_secs(15), "still open after {:?}", began.elapsed());
}
