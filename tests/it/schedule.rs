//! The files of `docs/schedule`, compared with the program: every command line, every variable and
//! every exit code in them is valid.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use placement::cli::exit::ExitStatus;
use placement::config::{Config, GlobalArgs};

use crate::cli::run_in;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schedule")
}

/// All files with their names, also those in folders.
fn files() -> Vec<(String, String)> {
    let (mut files, mut folders) = (Vec::new(), vec![folder()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                files.push((entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// The arguments after `placement` of every command line in a file, in the syntax of each kind of
/// file.
fn commands(text: &str) -> Vec<Vec<String>> {
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let mut found = Vec::new();
    for line in text.lines() {
        let run = ["/usr/local/bin/placement ", "ExecStart=placement "].iter().find_map(|run| line.split_once(run));
        if let Some((_, command)) = run {
            found.push(words(command.split([';', '|', ')']).next().unwrap().trim_end().trim_end_matches("2>&1")));
        } else if let Some((_, list)) = line.split_once("command: ") {
            let list: Vec<String> = serde_json::from_str(list).unwrap();
            assert_eq!(list[0], "placement", "{line}");
            found.push(list[1..].to_vec());
        } else if let Some(list) = line.strip_prefix("CMD ") {
            found.push(serde_json::from_str(list).unwrap());
        } else if let Some(command) = typed(line) {
            found.push(words(command.split(['>', '|']).next().unwrap()));
        }
        if let Some((_, list)) = line.split_once(r#""value": ["placement", "#) {
            found.push(serde_json::from_str(&format!("[{}]", list.split(']').next().unwrap())).unwrap());
        }
        // In prose.
        found.extend(line.split('`').skip(1).step_by(2).filter_map(|code| code.strip_prefix("placement ")).map(words));
    }
    found
}

/// The arguments after the program's name in an example line.
fn typed(line: &str) -> Option<&str> {
    let line = line.strip_prefix("    ")?;
    let runs = ["docker run ", "sudo -u placement env ", "kubectl exec "];
    match runs.iter().find_map(|run| line.strip_prefix(run)) {
        Some(rest) => rest.split_once(" placement ").map(|(_, command)| command),
        None => line.strip_prefix("placement "),
    }
}

#[test]
fn every_command_line_is_one_the_program_takes() {
    let (here, mut seen) = (tempfile::tempdir().unwrap(), BTreeSet::new());
    let others = ["refresh.md", "runbook.md", "upgrade.md", "monitoring/README.md"];
    let others = others.map(|name| (name.to_owned(), fs::read_to_string(folder().join("..").join(name)).unwrap()));
    for (name, text) in files().into_iter().chain(others) {
        for command in commands(&text) {
            // A quoted text is one argument.
            let parts = command.join(" ");
            let parts = parts.split('"').enumerate().map(|(at, part)| if at % 2 == 0 { part } else { "reason" });
            let line = parts.collect::<String>().replace(" ID", " 20261121T213000Z-1a2b3c4d");
            // Flags are parsed before help is printed, so an unknown one is an error.
            let ended = run_in(here.path(), &format!("{line} --help"));
            assert!(ended.code == 0 || line == "help", "{name}: placement {line}: {}", ended.err);
            seen.insert(format!("{name} {}", command[0]));
        }
    }
    for wanted in [
        "Dockerfile serve",
        "README.md directory",
        "README.md template",
        "crontab refresh",
        "refresh.md directory",
        "placement-refresh.service refresh",
        "placement.service serve",
        "refresh.yaml refresh",
        "runbook.md refresh",
        "serve.yaml serve",
        "upgrade.md directory",
    ] {
        assert!(seen.contains(wanted), "{wanted} is not among {seen:?}");
    }
    let unknown = run_in(here.path(), "refresh --nightly --help");
    assert_eq!(unknown.code, 2, "what is not known would be found");
}

#[test]
fn every_variable_is_one_the_program_reads() {
    let (here, mut count) = (tempfile::tempdir().unwrap(), 0);
    let help: String = ["refresh --help", "serve --help"].map(|line| run_in(here.path(), line).out).concat();
    for (name, text) in files() {
        for (at, _) in text.match_indices("PLACEMENT_") {
            let variable: String = text[at..].chars().take_while(|c| c.is_ascii_uppercase() || *c == '_').collect();
            assert!(["=", "]"].iter().any(|end| help.contains(&format!("[env: {variable}{end}"))), "{name}: {variable}");
            count += 1;
        }
    }
    assert!(count > 8, "{count}");
}

#[test]
fn what_the_night_ends_with_is_explained_and_acted_on_alike() {
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    let table = readme.split("## Exit codes of a refresh").nth(1).unwrap().split("\n## ").next().unwrap();
    let explained: BTreeSet<u8> =
        table.lines().filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse().ok()).collect();
    let known: BTreeSet<u8> = ExitStatus::ALL.into_iter().map(|exit| exit as u8).collect();
    // 2 is a usage error, which cannot occur in these files.
    assert_eq!(explained, known.into_iter().filter(|code| *code != ExitStatus::Usage as u8).collect(), "{table}");

    let hopeless = [ExitStatus::Usage, ExitStatus::Refused, ExitStatus::WrongData, ExitStatus::Config].map(|exit| exit as u8);
    let unit = fs::read_to_string(folder().join("placement-refresh.service")).unwrap();
    let said = |key: &str| -> Vec<u8> {
        let line = unit.lines().find_map(|line| line.strip_prefix(key)).unwrap();
        line.split_whitespace().map(|code| code.parse().unwrap()).collect()
    };
    assert_eq!(said("RestartPreventExitStatus="), hopeless);
    assert_eq!(said("SuccessExitStatus="), [ExitStatus::Busy as u8]);
    let job = fs::read_to_string(folder().join("kustomize/base/refresh.yaml")).unwrap();
    let values = job.split("values: ").nth(1).unwrap().split('}').next().unwrap();
    assert_eq!(serde_json::from_str::<Vec<u8>>(values).unwrap(), hopeless);
}

/// The minutes of `20h`, `4h` or `20min`.
fn minutes(span: &str) -> u32 {
    match span.strip_suffix('h') {
        Some(hours) => hours.parse::<u32>().unwrap() * 60,
        None => span.strip_suffix("min").unwrap().parse().unwrap(),
    }
}

#[test]
fn a_night_may_take_its_time_and_still_ends_as_failed_before_the_next() {
    // Time limit for fetching, unless refresh.toml changes it, and time for the other stages.
    const FETCHING: u32 = 120;
    const THE_REST: u32 = 60;
    let unit = fs::read_to_string(folder().join("placement-refresh.service")).unwrap();
    let said = |key: &str| unit.lines().find_map(|line| line.strip_prefix(key)).unwrap();
    let (timeout, restart) = (minutes(said("TimeoutStartSec=")), minutes(said("RestartSec=")));
    assert!(timeout > FETCHING + THE_REST, "{timeout}");

    // If the interval is shorter than the tries take, the limit is never reached, and nobody is
    // notified.
    let (burst, interval) = (said("StartLimitBurst=").parse::<u32>().unwrap(), minutes(said("StartLimitIntervalSec=")));
    assert!(interval > burst * (timeout + restart), "{interval} against {burst} x ({timeout} + {restart})");
    // The next run begins after 23 hours at the earliest, and must not count among the tries of
    // this one.
    assert!(interval < 22 * 60, "{interval}");

    let job = fs::read_to_string(folder().join("kustomize/base/refresh.yaml")).unwrap();
    let deadline = job.split("activeDeadlineSeconds: ").nth(1).unwrap().lines().next().unwrap();
    assert_eq!(deadline.parse::<u32>().unwrap(), timeout * 60);
    let table = fs::read_to_string(folder().join("crontab")).unwrap();
    let bound = table.split("timeout ").nth(1).unwrap().split(' ').next().unwrap();
    assert_eq!(minutes(bound), timeout);
}

#[test]
fn the_server_has_the_settings_without_which_it_would_not_start() {
    for name in ["base", "example"] {
        let file = folder().join("kustomize").join(name).join("placement.toml");
        let typed = GlobalArgs { config: Some(file), ..GlobalArgs::default() };
        let edge = Config::resolve(&typed, None).unwrap().edge;
        assert!(edge.access.is_some() && edge.tls.is_some() && edge.public_url.is_some(), "{edge:?}");
    }
}

#[test]
fn cron_is_given_a_time_a_user_and_a_command() {
    let table = fs::read_to_string(folder().join("crontab")).unwrap();
    let jobs: Vec<&str> = table
        .lines()
        .filter(|line| {
            !line.is_empty() && !line.starts_with('#') && !line.starts_with("PLACEMENT_") && !line.starts_with("MAILTO=")
        })
        .collect();
    let [job] = jobs.as_slice() else { panic!("{jobs:?}") };
    let words: Vec<&str> = job.split_whitespace().collect();
    let (minute, hour): (u8, u8) = (words[0].parse().unwrap(), words[1].parse().unwrap());
    assert!(minute < 60 && hour < 24 && words[2..5] == ["*", "*", "*"] && words[5] == "placement", "{job}");
    assert!(!job.contains('%'), "cron takes a per cent sign for the end of the line");
}

#[test]
fn the_image_is_built_from_all_that_the_program_is_made_of() {
    let ignored = fs::read_to_string(folder().join("Dockerfile.dockerignore")).unwrap();
    let admitted: Vec<&str> = ignored.lines().filter_map(|line| line.strip_prefix('!')).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert!(admitted.iter().all(|path| root.join(path).exists()), "{admitted:?}");
    let (mut sources, mut folders) = (Vec::new(), vec![root.join("src")]);
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() { folders.push(path) } else { sources.push(path) }
        }
    }
    let mut count = 0;
    for source in sources.iter().filter(|path| path.extension().is_some_and(|end| end == "rs")) {
        let text = fs::read_to_string(source).unwrap();
        for included in ["include_str!(", "include_bytes!("].iter().flat_map(|macro_| text.split(macro_).skip(1)) {
            let Some(named) = included.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next()) else {
                continue;
            };
            let path = source.parent().unwrap().join(named).canonicalize().unwrap();
            let path = path.strip_prefix(root.canonicalize().unwrap()).unwrap().to_owned();
            assert!(admitted.iter().any(|admitted| path.starts_with(admitted)), "{} is kept out", path.display());
            count += 1;
        }
    }
    assert!(count > 5, "{count} files are built into the program");
}

/// The program in a folder with nothing but the files of the image, where it must find its libraries, certificates and time zones.
#[test]
fn the_image_has_all_that_the_program_needs_to_run() {
    let temporary = tempfile::tempdir().unwrap();
    let image = temporary.path().join("image");
    let program = assert_cmd::cargo::cargo_bin("placement");
    let copied = Command::new(folder().join("image_files")).arg(&program).arg(&image).output().unwrap();
    assert!(copied.status.success(), "{copied:?}");
    for (path, mode) in [("tmp", 0o1777), ("var/lib/placement", 0o750), ("var/lib/placement-lists", 0o700)] {
        assert_eq!(fs::metadata(image.join(path)).unwrap().permissions().mode() & 0o7777, mode, "{path}");
    }
    assert!(!image.join("bin/sh").exists() && !image.join("usr/bin").exists(), "no shell");
    let inside = |arguments: &[&str]| {
        // Without being root a user namespace allows it; a machine that forbids both cannot try this.
        let mut command = Command::new("/usr/bin/unshare");
        if fs::metadata(temporary.path()).unwrap().uid() != 0 {
            command.arg("--map-root-user");
        }
        command.arg("--root").arg(&image).arg("/usr/local/bin/placement").args(arguments);
        command.env_clear().env("TZ", "America/Chicago").output().unwrap()
    };
    let version = inside(&["--version"]);
    if !version.status.success() && String::from_utf8_lossy(&version.stderr).contains("ermitted") {
        assert!(std::env::var_os("CI").is_none(), "{version:?}");
        println!("skipped: this machine lets no program run in a folder of its own");
        return;
    }
    assert!(version.status.success(), "{version:?}");
    let found =
        inside(&["match", "--sample", "--service", "skilled_nursing", "--zip", "64108", "--medicare", "--limit", "1"]);
    let said = String::from_utf8_lossy(&found.stdout);
    assert!(found.status.success() && said.contains("64108 Kansas City MO"), "{found:?}");
}
