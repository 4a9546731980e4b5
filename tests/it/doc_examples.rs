//! The requests in README and docs are examples of the API, which another test sends and compares.
//! The commands in the README and the tutorials print what they show, dates aside.

use std::fs;
use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use placement::serve::openapi::examples;
use serde_json::{Deserializer, Value};
use tempfile::TempDir;

use crate::cli::placement as command;

/// Fields that only a request has.
const REQUESTS: [&str; 6] = ["availability", "discharge", "near", "reply", "service", "statements"];

/// The requests in a text: JSON objects at the beginning of a line or of a quoted shell argument.
fn requests(text: &str) -> Vec<Value> {
    let begins = |at: &usize| text[..*at].ends_with(['\n', '\'']);
    let objects = text.match_indices('{').map(|(at, _)| at).filter(begins);
    let parsed = objects.filter_map(|at| Deserializer::from_str(&text[at..]).into_iter::<Value>().next()?.ok());
    parsed.filter(|shown| REQUESTS.iter().any(|member| shown.get(member).is_some())).collect()
}

/// The JSON bodies of the examples; for a batch each line. A form is none.
fn bodies() -> Vec<Value> {
    let is_form =
        |example: &examples::DocumentExample| example.media_type.as_deref() == Some("application/x-www-form-urlencoded");
    let body = |example: examples::DocumentExample| match example.body {
        Some(Value::String(lines)) => lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
        body => body.into_iter().collect::<Vec<Value>>(),
    };
    examples::all().into_iter().filter(|example| !is_form(example)).flat_map(body).collect()
}

#[test]
fn every_request_that_the_docs_show_is_an_example_of_the_api() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    // `first_hour` sends the requests of the tutorial.
    let docs = docs.filter(|path| path.extension().is_some_and(|ending| ending == "md") && !path.ends_with("first_hour.md"));
    let (bodies, mut count) = (bodies(), 0);
    for path in docs.chain([root.join("README.md")]) {
        for shown in requests(&fs::read_to_string(&path).unwrap()) {
            assert!(bodies.contains(&shown), "{} shows {shown}, which is no example of the API", path.display());
            count += 1;
        }
    }
    assert!(count >= 7, "{count} requests were found");
}

#[test]
fn a_request_is_found_wherever_it_is_shown() {
    let text = "```json\n{\"service\": \"hospice\"}\n{\"status\": 200}\n```\n    curl -d '{\n  \"discharge\": {}\n}'\nas `{\"near\": 1}`";
    let found: Vec<String> = requests(text).iter().map(Value::to_string).collect();
    assert_eq!(found, ["{\"service\":\"hospice\"}", "{\"discharge\":{}}"]);
}

/// The commands of a text that print something, with what the text shows of it.
fn shown_commands(text: &str) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for (before, after) in text.match_indices("\n```text\n").map(|(at, fence)| (&text[..at], &text[at + fence.len()..])) {
        let lines: Vec<&str> = before.trim_end().lines().rev().take_while(|line| line.starts_with("    ")).collect();
        let command: String = lines.iter().rev().map(|line| line.trim_end_matches('\\')).collect();
        if let Some(arguments) = command.trim().strip_prefix("placement ") {
            let shown = after.split("\n```").next().unwrap();
            found.push((arguments.to_owned(), shown.split("\n\n").map(one_line).collect()));
        }
    }
    found
}

/// The text in one line with dates such as "Nov 24, 2026" left out: their length decides where lines
/// break, and they move with the day.
fn one_line(text: &str) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words: Vec<&str> = text.split_whitespace().collect();
    while let Some(at) = words.iter().position(|word| MONTHS.contains(&word.trim_start_matches('('))) {
        words.drain(at..(at + 3).min(words.len()));
    }
    words.join(" ")
}

/// Arguments as a shell splits them, with double quotes alone.
fn split(arguments: &str) -> Vec<String> {
    let quoted = arguments.split('"').enumerate();
    quoted
        .flat_map(|(at, part)| match at % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        })
        .collect()
}

/// The program as it answers at noon of the day on which the tutorials were run: which of several equal providers comes
/// first is drawn anew each day. `None` without `faketime`, which must be there in CI.
fn on_the_day_of_the_tutorials() -> Option<Command> {
    let installed = Command::new("faketime").arg("--version").output().is_ok_and(|output| output.status.success());
    if !installed {
        assert!(std::env::var_os("CI").is_none(), "faketime is not installed, which tests/run installs");
        eprintln!("skipped: faketime is not installed");
        return None;
    }
    let mut faked = Command::new("faketime");
    faked.env("TZ", "UTC").args(["2026-11-30 12:00:00"]).arg(cargo_bin("placement"));
    Some(faked)
}

/// Runs the commands that the page at `path` shows with `program`, compares what they print, and returns how many there are.
fn run_commands_of(path: &Path, program: impl Fn() -> Command) -> usize {
    let commands = shown_commands(&fs::read_to_string(path).unwrap());
    for (arguments, shown) in &commands {
        let folder = TempDir::new().unwrap();
        let output = program().current_dir(folder.path()).args(split(arguments)).output().unwrap();
        let printed = one_line(&String::from_utf8(output.stdout).unwrap());
        assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
        for paragraph in shown {
            assert!(printed.contains(paragraph), "{arguments}\nshown: {paragraph}\nprinted: {printed}");
        }
    }
    commands.len()
}

#[test]
fn the_commands_of_the_readme_print_what_it_shows() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    assert_eq!(run_commands_of(&readme, || command(Path::new("."))), 2);
}

#[test]
fn the_commands_of_the_tutorials_print_what_they_show() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/tutorials");
    let mut pages: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.retain(|path| path.file_name().is_some_and(|name| name != "README.md"));
    assert_eq!(pages.len(), 12);
    for page in pages {
        if on_the_day_of_the_tutorials().is_some() {
            assert!(run_commands_of(&page, || on_the_day_of_the_tutorials().unwrap()) >= 1, "{}", page.display());
        }
        let text = fs::read_to_string(&page).unwrap();
        for part in ["## What was asked", "## What the program said", "## What it leaves to a person"] {
            assert!(text.contains(part), "{}: {part}", page.display());
        }
    }
}
