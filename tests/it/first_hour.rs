//! The tutorial, command by command, as a reader would type it.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;
use tempfile::TempDir;

fn tutorial() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/first_hour.md")).unwrap()
}

/// The commands of a page: the blocks marked `sh`, with the heading above each.
fn blocks(text: &str) -> Vec<(String, String)> {
    let (mut blocks, mut heading) = (Vec::new(), String::new());
    let mut block: Option<String> = None;
    for line in text.lines() {
        match &mut block {
            Some(commands) if line == "```" => {
                blocks.push((heading.clone(), std::mem::take(commands)));
                block = None;
            }
            Some(commands) => commands.extend([line, "\n"]),
            None if line == "```sh" => block = Some(String::new()),
            None => {
                if let Some(title) = line.strip_prefix("## ") {
                    title.clone_into(&mut heading);
                }
            }
        }
    }
    blocks
}

/// What each block printed, in the order of the page, and the folder in which they ran.
fn typed(blocks: &[(String, String)]) -> (Vec<String>, TempDir) {
    let folder = TempDir::new().unwrap();
    // Another program may use 8080 here.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let mut script = "set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n".to_owned();
    for (at, (_, commands)) in blocks.iter().enumerate() {
        // Of a command in the background nothing is waited for.
        script.extend([&format!("exec >\"$PRINTED/{at}\" 2>&1\n"), commands.as_str()]);
    }
    let program = cargo_bin("placement");
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("bash");
    command.current_dir(folder.path()).env("PATH", path).env("PRINTED", folder.path()).env("NO_COLOR", "1");
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PLACEMENT_")) {
        command.env_remove(name);
    }
    let ended = command.args(["-c", &script.replace("8080", &port)]).status().unwrap();
    let printed: Vec<String> = (0..blocks.len())
        .map(|at| fs::read_to_string(folder.path().join(at.to_string())).unwrap_or_else(|_| "was not run".to_owned()))
        .collect();
    assert!(ended.success(), "{}", printed.join("\n----\n"));
    (printed, folder)
}

#[test]
fn every_command_of_the_first_hour_works_and_ends_with_a_list() {
    let blocks = blocks(&tutorial());
    assert!(blocks.len() >= 9, "{blocks:?}");
    let (printed, folder) = typed(&blocks);
    let of = |step: &str| {
        let shown = blocks.iter().zip(&printed).filter(|((heading, _), _)| heading.starts_with(step));
        shown.map(|(_, printed)| printed.as_str()).collect::<String>()
    };
    assert!(of("2.").contains("64108 Kansas City MO"), "{}", of("2."));
    let listed = of("3.");
    assert!(
        listed.contains("3 meet the requirements") && listed.contains("in network (listed, Larkwater Choice Core"),
        "{listed}"
    );
    let known = of("4.");
    assert!(known.contains("1 meets the requirements") && known.contains("1 to call"), "{known}");
    assert!(known.contains("declines:resp.vent") && known.contains("intake desk"), "{known}");
    assert!(of("6.").contains("EHR, test") && of("6.").contains("Case management"), "{}", of("6."));

    let here = folder.path().join("first-hour");
    let answer: Value = serde_json::from_slice(&fs::read(here.join("answer.json")).unwrap()).unwrap();
    let best = &answer["matches"][0];
    assert_eq!((&best["provider"]["id"], &best["fit"]), (&"ccn:265016".into(), &"meets".into()), "{answer}");
    assert!(fs::read(here.join("list.pdf")).unwrap().starts_with(b"%PDF-"));
    let headers = fs::read_to_string(here.join("list.headers")).unwrap();
    assert!(headers.starts_with("HTTP/1.1 201") && headers.contains("\nlocation: /v1/choice-lists/"), "{headers}");
}

/// Commands that cannot be run here are of the installation alone.
#[test]
fn only_the_installation_has_commands_that_are_not_tried() {
    let text = tutorial();
    let indented: Vec<&str> = text.lines().filter(|line| line.starts_with("    ")).map(str::trim).collect();
    let inside = blocks(&text);
    let not_tried: Vec<&&str> =
        indented.iter().filter(|line| !inside.iter().any(|(_, commands)| commands.contains(**line))).collect();
    let version = env!("CARGO_PKG_VERSION");
    let package = format!("sudo apt install ./placement_{version}-1_amd64.deb");
    assert_eq!(not_tried, [&package.as_str(), &"cargo install --locked --path ."]);
}
