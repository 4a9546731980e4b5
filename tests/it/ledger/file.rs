//! A ledger file that is removed, replaced or emptied while the program has it open.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use jiff::civil::{Date, date};
use placement::ledger::Ledger;
use placement::ledger::error::LedgerError;
use placement::ledger::event::Sequence;
use placement::ledger::sqlite::SqliteLedger;
use serde_json::json;
use tempfile::TempDir;

use super::event_conformance::room;
use super::{File, LedgerStorage, id, list};
use crate::cli::{Server, run_in};

/// A change of the file, and whether restoring the old file undoes it.
type Happening = (&'static str, fn(&Path));

fn beside(path: &Path, ending: &str) -> std::path::PathBuf {
    format!("{}{ending}", path.display()).into()
}

fn another() -> Vec<u8> {
    let folder = TempDir::new().unwrap();
    assert_eq!(run_in(folder.path(), "key create --label x --scope match --ledger other.sqlite").code, 0);
    fs::read(folder.path().join("other.sqlite")).unwrap()
}

const HAPPENINGS: [Happening; 8] = [
    ("deleted", |path| fs::remove_file(path).unwrap()),
    ("moved away", |path| fs::rename(path, beside(path, ".old")).unwrap()),
    ("replaced by another ledger", |path| {
        fs::write(beside(path, ".new"), another()).unwrap();
        fs::rename(beside(path, ".new"), path).unwrap();
    }),
    ("replaced by a copy of itself", |path| {
        fs::copy(path, beside(path, ".copy")).unwrap();
        fs::rename(beside(path, ".copy"), path).unwrap();
    }),
    ("its folder moved", |path| {
        let folder = path.parent().unwrap();
        fs::rename(folder, beside(folder, ".old")).unwrap();
    }),
    ("its log deleted", |path| fs::remove_file(beside(path, "-wal")).unwrap()),
    ("the index of its log deleted", |path| fs::remove_file(beside(path, "-shm")).unwrap()),
    ("emptied", |path| drop(fs::OpenOptions::new().write(true).truncate(true).open(path).unwrap())),
];

#[tokio::test]
async fn nothing_is_acknowledged_that_is_written_into_a_file_that_is_gone() {
    for (what, happens) in HAPPENINGS {
        let file = File::new().await;
        let ledger = file.open().await;
        ledger.record(id(what, 0), &list("before")).await.unwrap();
        ledger.tell(&room(1, 1)).await.unwrap();
        happens(&file.path());
        assert!(matches!(ledger.record(id(what, 1), &list("lost")).await, Err(LedgerError::Gone { .. })), "{what}");
        assert!(matches!(ledger.tell(&room(2, 2)).await, Err(LedgerError::Gone { .. })), "{what}");
        assert!(ledger.failure().unwrap().contains("restart the program"), "{what}");
        // Readers notice it without writing.
        let followed = ledger.since(Sequence(0), Date::MAX).await;
        assert!(matches!(followed, Err(LedgerError::Gone { .. })), "{what}");
    }
}

#[tokio::test]
async fn a_file_that_is_put_back_is_written_again() {
    let file = File::new().await;
    let ledger = file.open().await;
    let aside = beside(&file.path(), ".aside");
    fs::rename(file.path(), &aside).unwrap();
    assert!(ledger.tell(&room(1, 1)).await.is_err());
    fs::rename(&aside, file.path()).unwrap();
    ledger.since(Sequence(0), date(2026, 1, 1)).await.unwrap();
    assert_eq!(ledger.failure(), None);
    ledger.tell(&room(1, 1)).await.unwrap();
    ledger.close().await;
    assert_eq!(file.open().await.since(Sequence(0), date(2026, 1, 1)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_ledger_that_others_open_and_close_or_that_lies_behind_a_link_is_in_place() {
    let file = File::new().await;
    let ledger = file.open().await;
    for at in 0..3 {
        let other = file.open().await;
        other.tell(&room(1, at)).await.unwrap();
        other.close().await;
        ledger.record(id("in place", at as usize), &list("x")).await.unwrap();
    }
    let folder = TempDir::new().unwrap();
    let link = folder.path().join("link.sqlite");
    symlink(file.path(), &link).unwrap();
    let linked = SqliteLedger::open(&link).await.unwrap();
    linked.record(id("linked", 0), &list("x")).await.unwrap();
    assert_eq!(ledger.list(id("linked", 0)).await.unwrap(), Some(list("x")));
    // A link with another target is another ledger.
    fs::remove_file(&link).unwrap();
    fs::write(&link, another()).unwrap();
    assert!(matches!(linked.record(id("linked", 1), &list("x")).await, Err(LedgerError::Gone { .. })));
}

#[test]
fn a_server_whose_ledger_is_gone_refuses_what_it_could_not_keep_and_says_so() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("ledger.sqlite");
    let server = Server::start(folder.path(), "serve --sample --ledger ledger.sqlite");
    server.wait_for("/readyz", "\"ready\"");
    server.wait_for("/readyz?verbose", "\"ledger\":\"open\"");
    let list = json!({"discharge": {"service": "home_health", "near": {"zip": "64108"}}}).to_string();
    assert!(server.ask("POST", "/v1/choice-lists", &list).starts_with("HTTP/1.1 201"));
    fs::remove_file(&path).unwrap();
    for (method, path, body) in [
        ("POST", "/v1/choice-lists", list.as_str()),
        ("PUT", "/v1/providers/ccn:265001/availability", "{\"availability\":[]}"),
        ("POST", "/v1/outcomes", "{\"provider\":\"ccn:265001\",\"service\":\"skilled_nursing\",\"reply\":\"no_reply\"}"),
    ] {
        let refused = server.ask(method, path, body);
        assert!(refused.starts_with("HTTP/1.1 503") && refused.contains("no_ledger"), "{path}: {refused}");
    }
    server.wait_for("/readyz?verbose", "\"ledger\":\"failing\"");
    server.wait_for("/metrics", "placement_ledger_failing 1");
    server.wait_for_log("was removed, replaced or emptied");
    let question = "{\"service\":\"home_health\",\"near\":{\"zip\":\"64108\"}}";
    assert!(server.ask("POST", "/v1/matches", question).starts_with("HTTP/1.1 200"), "questions go on");
}

#[tokio::test]
async fn an_empty_file_is_refused_and_left_as_it_is() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("ledger.sqlite");
    fs::write(&path, "").unwrap();
    assert!(matches!(SqliteLedger::open(&path).await, Err(LedgerError::Empty { .. })));
    assert_eq!(fs::metadata(&path).unwrap().len(), 0);
    let ended = run_in(folder.path(), "key create --label x --scope match --ledger ledger.sqlite");
    assert!(ended.code == 65 && ended.err.contains("is an empty file"), "{ended:?}");
    // A missing ledger is created complete; a partial one never has its name.
    fs::remove_file(&path).unwrap();
    drop(SqliteLedger::open(&path).await.unwrap());
    assert!(fs::metadata(&path).unwrap().len() > 0);
    let mut beside: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    beside.retain(|name| !name.to_string_lossy().starts_with("ledger.sqlite"));
    assert_eq!(beside, [""; 0]);
}

#[test]
fn servers_that_make_a_ledger_at_once_make_one() {
    let folder = TempDir::new().unwrap();
    let mut making: Vec<_> = (0..8)
        .map(|at| {
            let mut command = crate::cli::placement(folder.path());
            command.args(["key", "create", "--scope", "match", "--ledger", "ledger.sqlite", "--label"]);
            Command::arg(&mut command, at.to_string()).spawn().unwrap()
        })
        .collect();
    assert!(making.iter_mut().all(|child| child.wait().unwrap().success()));
    let listed = run_in(folder.path(), "key list --json --ledger ledger.sqlite").out;
    assert_eq!(listed.matches("\"label\"").count(), 8, "{listed}");
}
