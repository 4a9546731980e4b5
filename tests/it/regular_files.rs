//! Paths that are not regular files where the program expects one: reported at once, without
//! waiting.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use tempfile::TempDir;

use crate::cli::{Ended, Server, placement, run_in};
use crate::folder::{read_folder, write};
use crate::gate_nights::{HOMES, home};
use crate::tls::pair;

/// Longer than any step takes on the slowest machine; a program that waits for a pipe never ends.
const LONG: Duration = Duration::from_mins(1);

fn pipe(path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// Runs a command that must end by itself.
fn ends(folder: &Path, line: &str) -> Ended {
    let mut command = placement(folder);
    command.args(line.split_whitespace()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > LONG {
            child.kill().unwrap();
            panic!("{line} waits");
        }
        thread::sleep(Duration::from_millis(20));
    }
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

#[test]
fn a_pipe_a_folder_a_device_or_a_link_to_itself_ends_a_command_with_its_name() {
    let folder = TempDir::new().unwrap();
    let here = folder.path();
    pipe(&here.join("pipe"));
    symlink("loop", here.join("loop")).unwrap();
    fs::create_dir(here.join("folder")).unwrap();
    let toml = |name: &str, text: &str| fs::write(here.join(name), text).unwrap();
    toml("key.toml", "[tls]\ncertificate = \"pipe\"\nkey = \"pipe\"\n");
    toml("jwks.toml", "[access]\n[[access.oidc]]\nissuer = \"https://a.example\"\naudience = \"b\"\njwks = \"pipe\"\n");
    toml("night.toml", "settings = \"pipe\"\n");
    toml("hospital.toml", "hospital = \"pipe\"\n");
    for (line, code, says) in [
        ("--config pipe serve --sample", 78, "pipe: it is a named pipe, not a file"),
        ("--config loop serve --sample", 78, "loop: it is a link to itself"),
        ("--config folder serve --sample", 78, "folder: it is a folder, not a file"),
        ("--config /dev/zero serve --sample", 78, "/dev/zero: it is a device, not a file"),
        ("--config key.toml serve --sample", 78, "pipe: it is a named pipe, not a file"),
        ("--config jwks.toml serve --sample", 78, "jwks pipe: it is a named pipe, not a file"),
        ("--config hospital.toml serve --sample", 78, "pipe: it is a named pipe, not a file"),
        ("serve --sample --hospital loop", 78, "loop: it is a link to itself"),
        ("--config night.toml refresh --from folder", 78, "pipe: it is a named pipe, not a file"),
        ("fetch plan-net https://a.example --into new --token-file pipe", 65, "pipe: it is a named pipe, not a file"),
        ("key list --ledger pipe", 65, "the ledger pipe: it is a named pipe, not a file"),
        ("key create --label x --scope match --ledger loop", 65, "the ledger loop: it is a link to itself"),
        ("key list --ledger folder", 66, "the ledger folder: it is a folder, not a file"),
        ("validate pipe", 65, "pipe: it is a named pipe, not a file"),
    ] {
        let ended = ends(here, line);
        assert!(ended.code == code && ended.err.contains(says), "{line}: {ended:?}");
    }
}

#[test]
fn a_server_starts_beside_a_pipe_and_says_what_it_is() {
    for name in ["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm", "ledger.sqlite-journal"] {
        let folder = TempDir::new().unwrap();
        if name != "ledger.sqlite" {
            assert_eq!(run_in(folder.path(), "key create --label x --scope match --ledger ledger.sqlite").code, 0);
        }
        pipe(&folder.path().join(name));
        let server = Server::start(folder.path(), "serve --sample --ledger ledger.sqlite");
        server.wait_for("/readyz?verbose", "it is a named pipe, not a file");
        server.wait_for("/readyz?verbose", "\"ledger\":\"not_open\"");
    }
    let folder = TempDir::new().unwrap();
    pipe(&folder.path().join("index/current"));
    let server = Server::start(folder.path(), "serve");
    server.wait_for("/readyz?verbose", "it is a named pipe, not a file");
}

#[test]
fn what_cannot_be_read_in_the_folder_of_a_night_is_listed_and_the_night_goes_on() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    write(folder.path(), &[("homes.csv", format!("{HOMES}{}", home(1, 32.78)))]);
    symlink("itself.csv", at("itself.csv")).unwrap();
    symlink("there.csv", at("here.csv")).unwrap();
    symlink("here.csv", at("there.csv")).unwrap();
    symlink("nowhere.csv", at("dangling.csv")).unwrap();
    symlink("homes.csv/below.csv", at("through_a_file.csv")).unwrap();
    pipe(&at("pipe.csv"));
    let read = read_folder(folder.path()).unwrap();
    let unread: Vec<&str> = read.report.unread.iter().map(|unread| unread.file.as_str()).collect();
    let listed = ["dangling.csv", "here.csv", "itself.csv", "pipe.csv", "there.csv", "through_a_file.csv"];
    assert_eq!((read.night.providers.len(), unread), (1, listed.to_vec()));
}

#[test]
fn days_that_stand_in_no_regular_file_refuse_the_night_with_its_name() {
    let folder = TempDir::new().unwrap();
    write(folder.path(), &[("homes.csv", format!("{HOMES}{}", home(1, 32.78)))]);
    pipe(&folder.path().join("sources.toml"));
    let ended = ends(folder.path(), "refresh --from . --dry-run");
    assert!(ended.code == 65 && ended.err.contains("sources.toml: it is a named pipe"), "{ended:?}");
}

#[test]
fn who_else_can_read_a_private_key_or_a_password_is_told_at_the_start() {
    let pair = pair(2099);
    for (mode, level, says) in [
        (0o644, "WARN", "everyone on this machine can read the private key of the certificate"),
        (0o604, "WARN", "everyone on this machine can read the private key of the certificate"),
        (0o640, "INFO", "the members of the file's group can read the private key of the certificate"),
        (0o600, "", ""),
    ] {
        let folder = TempDir::new().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("c.pem"), &pair.0).unwrap();
        fs::write(at("k.pem"), &pair.1).unwrap();
        fs::set_permissions(at("k.pem"), fs::Permissions::from_mode(mode)).unwrap();
        fs::write(at("placement.toml"), "[tls]\ncertificate = \"c.pem\"\nkey = \"k.pem\"\n").unwrap();
        let log = Server::start(folder.path(), "serve --sample").log();
        let told: Vec<&str> = log.lines().filter(|line| line.contains("can read")).collect();
        assert_eq!(told.len(), usize::from(!says.is_empty()), "{mode:o}: {log}");
        assert!(told.iter().all(|line| line.contains(says) && line.contains(level) && line.contains("k.pem")), "{log}");
    }
    let folder = TempDir::new().unwrap();
    let settings = folder.path().join("placement.toml");
    fs::write(&settings, "ledger = \"postgres://placement:s3cret@127.0.0.1:1/db\"\n").unwrap();
    fs::set_permissions(&settings, fs::Permissions::from_mode(0o644)).unwrap();
    let log = Server::start(folder.path(), "serve --sample").log();
    assert!(log.contains("everyone on this machine can read the password") && !log.contains("s3cret"), "{log}");
}
