//! The release script, in a small repository and with a compiler that only records its arguments.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Stands in for cargo: makes the files that it would make, and writes its arguments into `calls`.
const CARGO: &str = r##"#!/usr/bin/env bash
set -e
printf '%s | %s\n' "$*" "$RUSTFLAGS" >>"$CALLS"
case "$1" in
    build)
        mkdir -p target/release
        printf '#!/bin/sh\ncase $1 in --version) echo "placement %s" ;; man) echo .TH ;; esac\n' "$BUILT" >target/release/placement
        [ -z "${LEAK:-}" ] || echo "# $PWD/src" >>target/release/placement
        chmod 755 target/release/placement ;;
    deb) echo deb >"${@: -1}/placement_$BUILT-1_amd64.deb" ;;
    cyclonedx) echo '{}' >"${@: -1}.json" ;;
esac
"##;

struct Repository {
    folder: TempDir,
}

impl Repository {
    /// The files that the script reads, with a changelog of this version, in one commit.
    fn new() -> Self {
        let repository = Self { folder: TempDir::new().unwrap() };
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for path in [
            "Cargo.toml",
            "LICENSE",
            "README.md",
            "SECURITY.md",
            "docs/openapi.json",
            "docs/refresh.example.toml",
            "docs/release/release",
            "docs/release/set_version",
            "docs/schedule/kustomize/base/kustomization.yaml",
            "docs/monitoring/alerts.yaml",
        ] {
            let copy = repository.path(path);
            fs::create_dir_all(copy.parent().unwrap()).unwrap();
            fs::copy(root.join(path), copy).unwrap();
        }
        fs::write(repository.path(".gitignore"), "/target\n/stubs\n/calls\n").unwrap();
        fs::write(repository.path("CHANGELOG.md"), format!("# Changelog\n\n## [{VERSION}] - 2026-12-01\n")).unwrap();
        for (name, text) in [
            ("cargo", CARGO),
            ("rustc", "#!/bin/sh\ncase $1 in --print) echo /toolchain ;; *) echo 'host: x86_64-unknown-linux-gnu' ;; esac\n"),
        ] {
            let stub = repository.path("stubs").join(name);
            fs::create_dir_all(stub.parent().unwrap()).unwrap();
            fs::write(&stub, text).unwrap();
            fs::set_permissions(&stub, fs::Permissions::from_mode(0o755)).unwrap();
        }
        repository.git(&["init", "--quiet"]);
        repository.git(&["add", "--all"]);
        repository.git(&["commit", "--quiet", "--message", "begin"]);
        repository
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        let path = format!("{}:{}", self.path("stubs").display(), std::env::var("PATH").unwrap());
        command.current_dir(self.folder.path()).env("PATH", path).env("CALLS", self.path("calls")).env("BUILT", VERSION);
        // The settings of this machine's user play no part.
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "A").env(format!("GIT_{role}_EMAIL"), "a@example.org");
        }
        command
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = self.command("git").args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn release(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        self.command(self.path("docs/release/release")).args(arguments).envs(variables.iter().copied()).output().unwrap()
    }

    /// Whether every file of the release has its checksum, and their number.
    fn checksums(&self) -> usize {
        let folder = self.path(&format!("target/release-{VERSION}"));
        let output = self.command("sha256sum").args(["-c", "SHA256SUMS"]).current_dir(&folder).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), fs::read_dir(folder).unwrap().count() - 1);
        fs::read_to_string(self.path(&format!("target/release-{VERSION}/SHA256SUMS"))).unwrap().lines().count()
    }
}

#[test]
fn a_release_has_archive_package_list_of_libraries_checksums_and_a_tag() {
    let repository = Repository::new();
    let ended = repository.release(&["--dry-run"], &[]);
    assert!(ended.status.success(), "{ended:?}");
    assert_eq!((repository.checksums(), repository.git(&["tag"]).as_str()), (3, ""), "a dry run creates no tag");
    let archive = format!("target/release-{VERSION}/placement-{VERSION}-x86_64-unknown-linux-gnu.tar.gz");
    let first = fs::read(repository.path(&archive)).unwrap();

    let ended = repository.release(&[], &[]);
    assert!(ended.status.success(), "{ended:?}");
    assert_eq!((repository.checksums(), repository.git(&["tag"]).trim()), (3, format!("v{VERSION}").as_str()));
    assert_eq!(fs::read(repository.path(&archive)).unwrap(), first, "the same bytes again");
    let calls = fs::read_to_string(repository.path("calls")).unwrap();
    let build = calls.lines().find(|call| call.starts_with("build")).unwrap();
    let root = repository.folder.path().canonicalize().unwrap();
    assert!(
        build.contains("--release --locked") && build.contains(&format!("--remap-path-prefix={}=", root.display())),
        "{build}"
    );
    assert!(build.contains("--remap-path-prefix=/toolchain=/rust"), "{build}");

    let again = repository.release(&[], &[]);
    assert_eq!(again.status.code(), Some(65), "a tag is never moved");
}

#[test]
fn nothing_is_released_that_is_not_committed_described_and_free_of_paths() {
    /// What is wrong, the change that makes it so, variables of the script, and its exit code.
    type Case = (&'static str, fn(&Repository), &'static [(&'static str, &'static str)], i32);
    let cases: [Case; 5] = [
        ("uncommitted", |at| fs::write(at.path("LICENSE"), "x").unwrap(), &[], 65),
        (
            "no section",
            |at| {
                fs::write(at.path("CHANGELOG.md"), "# Changelog\n\n## [Unreleased]\n").unwrap();
                at.git(&["commit", "--quiet", "--all", "--message", "undo"]);
            },
            &[],
            65,
        ),
        (
            "an old document",
            |at| {
                fs::write(at.path("docs/openapi.json"), "{\"version\": \"0.0.1\"}").unwrap();
                at.git(&["commit", "--quiet", "--all", "--message", "old"]);
            },
            &[],
            65,
        ),
        ("a path in the program", |_| {}, &[("LEAK", "1")], 65),
        ("another version was built", |_| {}, &[("BUILT", "9.9.9")], 70),
    ];
    for (what, change, variables, code) in cases {
        let repository = Repository::new();
        change(&repository);
        let ended = repository.release(&[], variables);
        assert_eq!(ended.status.code(), Some(code), "{what}: {ended:?}");
        assert_eq!(repository.git(&["tag"]), "", "{what}");
    }
    assert_eq!(Repository::new().release(&["--now"], &[]).status.code(), Some(64));
}

#[test]
fn a_new_version_is_written_wherever_the_old_one_stands() {
    const FILES: [&str; 8] = [
        "Cargo.lock",
        "Cargo.toml",
        "docs/accessibility_report.md",
        "docs/first_hour.md",
        "docs/schedule/README.md",
        "docs/schedule/kustomize/base/kustomization.yaml",
        "docs/schedule/kustomize/example/kustomization.yaml",
        "docs/upgrade.md",
    ];
    let (repository, root) = (Repository::new(), Path::new(env!("CARGO_MANIFEST_DIR")));
    for file in FILES {
        fs::create_dir_all(repository.path(file).parent().unwrap()).unwrap();
        fs::copy(root.join(file), repository.path(file)).unwrap();
    }
    let set = |version: &str| {
        let ended = repository.command(repository.path("docs/release/set_version")).arg(version).output().unwrap();
        ended.status.code().unwrap()
    };
    assert_eq!((set("9.8"), set("9.8.7")), (64, 0));
    for file in FILES {
        let (before, now) =
            (fs::read_to_string(root.join(file)).unwrap(), fs::read_to_string(repository.path(file)).unwrap());
        assert_eq!(now.matches("9.8.7").count(), 1, "{file}");
        assert_eq!(now.replace("9.8.7", VERSION), before, "{file}: nothing else changes");
    }
}
