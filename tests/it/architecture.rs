//! Rules for the layout of `src/`: allowed imports between modules, side effects and file length.
//!
//! The order of modules is in `lib.rs`; these tests enforce it. Every rule is first tried on a
//! bad snippet, so that a rule that checks nothing fails.

use std::fs;
use std::path::{Path, PathBuf};

/// The root modules by rank. A module imports from lower ranks only.
const RANKS: [&[&str]; 13] = [
    &["regular_file", "text"],
    &["fuzzy"],
    &["evidence", "hospital_id", "place", "service", "toml_reader"],
    &["config", "coverage", "input", "languages", "profile"],
    &["provider"],
    &["discharge"],
    &["api_keys", "hospital", "matching", "need_words", "prior_authorization", "screens", "service_plan", "statements"],
    &["catalog", "ledger"],
    &["directory_bucket", "oidc", "overlay", "phrases", "run_report", "workbook"],
    &["choice_list", "query"],
    &["gap_packet"],
    &["refresh", "sample", "serve"],
    &["cli"],
];

/// Up to this rank no module uses a disk, a socket or a clock, except [`TOUCHES_DISK`].
const PURE: usize = 6;

/// Modules of a pure rank that read files: settings, and file opening itself.
const TOUCHES_DISK: [&str; 2] = ["config", "regular_file"];

/// Paths of functions with side effects.
const IMPURE: [&str; 16] = [
    "std::env",
    "std::fs",
    "std::io",
    "std::net",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "Instant::now",
    "SystemTime::now",
    "Timestamp::now",
    "Zoned::now",
    "reqwest",
    "tempfile",
    "tokio",
    "tracing",
];

/// Functions that open a file and wait if it is a named pipe. Only [`OPENER`] may use them.
const OPENING: [&str; 8] = [
    "File::open",
    "File::create",
    "File::options",
    "OpenOptions::new",
    "fs::copy",
    "fs::read",
    "fs::read_to_string",
    "fs::write",
];

/// The module through which files are opened.
const OPENER: &str = "regular_file";

/// Modules that may read from a pipe: questions named by a person on the command line.
const MAY_READ_PIPES: [&[&str]; 3] = [&["cli", "batch"], &["cli", "differences"], &["cli", "question"]];

/// Modules that may use a dependency; other dependencies may be used anywhere.
const ONLY: [(&str, &[&str]); 37] = [
    ("askama", &["serve"]),
    ("axum", &["serve"]),
    ("hyper", &["serve"]),
    ("hyper_util", &["serve"]),
    ("chacha20poly1305", &["ledger", "oidc"]),
    ("clap", &["cli", "config"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("calamine", &["workbook"]),
    ("csv", &["refresh", "sample", "serve"]),
    ("deunicode", &["serve", "text"]),
    ("futures_core", &["serve"]),
    ("encoding_rs", &["refresh", "sample", "serve"]),
    ("flate2", &["refresh", "sample", "serve"]),
    ("getrandom", &["api_keys", "oidc", "serve", "cli"]),
    ("governor", &["serve"]),
    ("jsonwebtoken", &["oidc"]),
    ("multer", &["serve"]),
    ("object_store", &["directory_bucket"]),
    ("opentelemetry", &["serve"]),
    ("opentelemetry_otlp", &["serve"]),
    ("opentelemetry_sdk", &["serve"]),
    ("prometheus_client", &["serve"]),
    ("form_urlencoded", &["oidc", "serve"]),
    ("indicatif", &["cli"]),
    ("krilla", &["serve"]),
    ("quick_cache", &["catalog", "serve"]),
    ("reqwest", &["refresh", "oidc"]),
    ("rust_xlsxwriter", &["serve"]),
    ("sqlx", &["ledger"]),
    ("tantivy", &["catalog"]),
    ("tokio_rustls", &["serve"]),
    ("tower", &["serve"]),
    ("tower_http", &["serve"]),
    ("ttf_parser", &["serve"]),
    ("utoipa", &["input", "serve"]),
    ("utoipa_axum", &["serve"]),
];

/// Names without meaning.
const EMPTY_NAMES: [&str; 8] = ["common", "core", "helpers", "misc", "models", "mod", "services", "utils"];

/// Maximum number of lines of a file, without its tests.
const LONGEST: usize = 500;

/// One parsed file of `src/`.
pub(crate) struct Source {
    /// The path of its module from the crate root: `["matching", "report"]`; empty for `lib.rs`.
    pub module: Vec<String>,
    /// The text without comments, string contents and the tests at its end.
    pub code: String,
    /// Lines before the tests.
    lines: usize,
}

impl Source {
    pub(crate) fn new(module: &[&str], text: &str) -> Self {
        let text = without_tests(text);
        let module = module.iter().map(|&name| name.to_owned()).collect();
        Self { module, code: without_prose(text), lines: text.lines().count() }
    }

    /// The root module that it belongs to; `lib` and `main` are their own roots.
    fn root(&self) -> &str {
        self.module.first().map_or("lib", String::as_str)
    }

    /// All rule violations of the file, as sentences.
    fn faults(&self) -> Vec<String> {
        let mut faults = self.wrong_imports();
        faults.extend(self.touches());
        if self.lines > LONGEST {
            faults.push(format!("{} lines, at most {LONGEST}", self.lines));
        }
        if let Some(name) = self.module.iter().find(|name| EMPTY_NAMES.contains(&name.as_str())) {
            faults.push(format!("the name {name} says nothing"));
        }
        let squeezed = self.code.split_whitespace().collect::<Vec<_>>().join(" ");
        if squeezed.contains("use super::*") {
            faults.push("`use super::*` outside tests".to_owned());
        }
        if squeezed.contains("pub use crate::") {
            faults.push("`pub use crate::` gives one thing two names".to_owned());
        }
        faults
    }

    /// Imports of other root modules that the ranks forbid.
    fn wrong_imports(&self) -> Vec<String> {
        let Some(rank) = rank(self.root()) else { return Vec::new() };
        let allowed = |other: &str| {
            let lower = super_rank(other) < rank;
            lower || other == self.root()
        };
        let mut faults: Vec<String> = paths(&self.code)
            .iter()
            .filter_map(|path| self.root_module_of(path))
            .filter(|other| !allowed(other))
            .map(|other| format!("imports {other}"))
            .collect();
        faults.dedup();
        faults
    }

    /// The root module that a path of this file refers to, if it is in the crate.
    fn root_module_of(&self, path: &str) -> Option<String> {
        let mut steps = path.split("::");
        let mut here = self.module.len();
        let first = steps.next()?;
        match first {
            "crate" => return steps.next().map(str::to_owned),
            "super" => here = here.checked_sub(1)?,
            _ => return None,
        }
        let next = steps.find(|step| {
            let up = *step == "super";
            here -= usize::from(up && here > 0);
            !up
        });
        if here == 0 { next.map(str::to_owned) } else { self.module.first().cloned() }
    }

    /// Side effects, or dependencies of other modules, that are not allowed here.
    fn touches(&self) -> Vec<String> {
        let pure = rank(self.root()).is_some_and(|rank| rank <= PURE) && !TOUCHES_DISK.contains(&self.root());
        let may_open = self.root() == OPENER || MAY_READ_PIPES.iter().any(|module| self.module == *module);
        let mut faults = Vec::new();
        for path in paths(&self.code) {
            if !may_open && OPENING.iter().any(|opening| leads_to(&path, opening)) {
                faults.push(format!("opens a file by {path}, not by {OPENER}"));
            }
            let first = path.split("::").next().unwrap_or_default();
            if let Some((name, owners)) = ONLY.iter().find(|(name, _)| *name == first)
                && !owners.contains(&self.root())
            {
                faults.push(format!("uses {name}, which only {} may", owners.join(" and ")));
            }
            if let Some(touched) = IMPURE.iter().find(|touched| pure && leads_to(&path, touched)) {
                faults.push(format!("touches the world by {touched}"));
            }
        }
        faults.dedup();
        faults
    }
}

/// Whether `path` begins with `what`, or ends with it where `what` is a call such as
/// `Timestamp::now`.
fn leads_to(path: &str, what: &str) -> bool {
    path == what || path.starts_with(&format!("{what}::")) || path.ends_with(&format!("::{what}"))
}

fn rank(root: &str) -> Option<usize> {
    RANKS.iter().position(|modules| modules.contains(&root))
}

/// The rank of an imported module; an unranked one is above all.
fn super_rank(root: &str) -> usize {
    rank(root).unwrap_or(usize::MAX)
}

/// The text before its tests, which are last by convention.
pub(crate) fn without_tests(text: &str) -> &str {
    text.find("\n#[cfg(test)]\nmod ").map_or(text, |at| &text[..=at])
}

/// The text without comments and string contents.
fn without_prose(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skip = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |at| at + 2)
        } else if let Some(raw) = rest.strip_prefix("r#\"") {
            raw.find("\"#").map_or(rest.len(), |at| at + 5)
        } else if c == '"' {
            string_length(rest)
        } else if rest.starts_with("'\"'") {
            3
        } else if rest.starts_with("'\\") {
            rest[3..].find('\'').map_or(rest.len(), |at| at + 4)
        } else {
            code.push(c);
            c.len_utf8()
        };
        rest = &rest[skip..];
    }
    code
}

/// The length of the string literal that `text` begins with, quotes included.
pub(crate) fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// Every path with at least two names, with braces expanded: `a::{b, c::d}` gives `a::b` and
/// `a::c::d`.
pub(crate) fn paths(code: &str) -> Vec<String> {
    let tokens = tokens(code);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let starts = is_name(tokens[at]) && tokens.get(at + 1) == Some(&"::") && (at == 0 || tokens[at - 1] != "::");
        at = if starts { path_from(&tokens, at, "", &mut found) } else { at + 1 };
    }
    found
}

/// Expands the path that begins at `at` after `prefix`; returns the end position.
fn path_from(tokens: &[&str], mut at: usize, prefix: &str, found: &mut Vec<String>) -> usize {
    let mut path = prefix.to_owned();
    while let Some(token) = tokens.get(at) {
        match *token {
            "{" => {
                at += 1;
                while let Some(token) = tokens.get(at).filter(|token| **token != "}") {
                    at = if *token == "," { at + 1 } else { path_from(tokens, at, &path, found) };
                }
                return at + 1;
            }
            name if is_name(name) || name == "*" => {
                if !path.is_empty() {
                    path.push_str("::");
                }
                path.push_str(name);
                at += 1;
            }
            _ => break,
        }
        if tokens.get(at) != Some(&"::") {
            break;
        }
        at += 1;
    }
    found.push(path);
    // `a::{b as c}`: the alias adds no path.
    if tokens.get(at) == Some(&"as") { at + 2 } else { at }
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Names, `::` and single characters.
fn tokens(code: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = code.trim_start();
    while let Some(c) = rest.chars().next() {
        let name = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let length = if rest.starts_with("::") { 2 } else { name.max(c.len_utf8()) };
        tokens.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    tokens
}

/// The root modules declared in `lib.rs`, in order.
fn declared(lib: &str) -> Vec<String> {
    let declaration = |line: &str| {
        let line = line.trim();
        let name = line.strip_prefix("pub mod ").or_else(|| line.strip_prefix("pub(crate) mod "))?;
        name.strip_suffix(';').map(str::to_owned)
    };
    lib.lines().filter_map(declaration).collect()
}

/// Violations of the module order in `lib.rs`.
fn faults_of_map(declared: &[String]) -> Vec<String> {
    let mut faults: Vec<String> =
        declared.iter().filter(|name| rank(name).is_none()).map(|name| format!("{name} has no rank")).collect();
    let backwards = declared.windows(2).filter(|pair| super_rank(&pair[0]) > super_rank(&pair[1]));
    faults.extend(backwards.map(|pair| format!("{} is declared after {}, which builds on it", pair[1], pair[0])));
    faults
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Every Rust file under `folder`.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// All files of `src/` with their relative paths.
pub(crate) fn sources() -> Vec<(String, Source)> {
    let read = |path: PathBuf| {
        let name = path.strip_prefix(src()).unwrap().to_str().unwrap().to_owned();
        let module: Vec<&str> = name.trim_end_matches(".rs").split('/').filter(|part| *part != "lib").collect();
        let source = Source::new(&module, &fs::read_to_string(&path).unwrap());
        (name, source)
    };
    rust_files(&src()).into_iter().map(read).collect()
}

#[test]
fn every_file_keeps_to_its_rank_and_its_size() {
    let sources = sources();
    assert!(sources.len() > 20, "only {} files were found", sources.len());
    let faults: Vec<String> = sources
        .iter()
        .flat_map(|(name, source)| source.faults().into_iter().map(move |fault| format!("src/{name}: {fault}")))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn lib_rs_is_the_map_and_declares_every_module_in_reading_order() {
    let declared = declared(&fs::read_to_string(src().join("lib.rs")).unwrap());
    assert_eq!(faults_of_map(&declared), Vec::<String>::new());
    for (name, source) in sources() {
        let root = source.root();
        assert!(["lib", "main"].contains(&root) || declared.iter().any(|d| d == root), "src/{name} is not on the map");
    }
}

#[test]
fn main_only_turns_a_result_into_an_exit_code() {
    let main = fs::read_to_string(src().join("main.rs")).unwrap();
    assert!(main.lines().count() <= 20, "main.rs has {} lines", main.lines().count());
}

#[test]
fn imports_against_the_ranks_are_found() {
    for (module, code, fault) in [
        (&["place"][..], "use crate::service::Need;", Some("imports service")),
        (&["coverage"], "use crate::profile::Fraction;", Some("imports profile")),
        (&["provider"], "use crate::discharge::SearchOrigin;", Some("imports discharge")),
        (&["discharge", "parse"], "use crate::provider::Sex;", None),
        (&["matching", "geography"], "fn f() -> crate::catalog::Catalog {}", Some("imports catalog")),
        (&["matching", "geography"], "use super::super::catalog::Catalog;", Some("imports catalog")),
        (&["matching", "geography"], "use super::report::Report;", None),
        (&["service"], "use super::place::Zip;", Some("imports place")),
        (&["refresh"], "use crate::{place::Zip, serve::Router};", Some("imports serve")),
        (&["serve"], "use crate::sample::Nation;", Some("imports sample")),
        (&["cli", "refresh"], "use crate::{refresh, serve};", None),
        (&["catalog"], "use crate::refresh;", Some("imports refresh")),
        (&["toml_reader"], "use crate::place::Zip;", Some("imports place")),
        (&["config"], "use crate::profile::Fraction;", Some("imports profile")),
        (&["place"], "use crate::ledger::Ledger;", Some("imports ledger")),
        (&["place"], "//! See [`crate::service`].\nconst A: &str = \"crate::service::X\";", None),
        (&["place"], "fn f() {}\n\n#[cfg(test)]\nmod tests { use crate::service::Need; }\n", None),
    ] {
        let faults = Source::new(module, code).faults();
        assert_eq!(faults.first().map(String::as_str), fault, "{module:?} {code}");
        assert!(faults.len() <= 1, "{faults:?}");
    }
}

#[test]
fn touching_the_world_and_borrowed_dependencies_are_found() {
    for (module, code, found) in [
        ("matching", "use std::fs;", true),
        ("matching", "use std::{collections::BTreeMap, fs::File};", true),
        ("matching", "let today = jiff::Zoned::now();", true),
        ("discharge", "use jiff::Timestamp; let t = Timestamp::now();", true),
        ("discharge", "use jiff::Timestamp; let t = Timestamp::UNIX_EPOCH;", false),
        ("place", "use std::time::{Duration, Instant};", true),
        ("place", "use std::time::Duration;", false),
        ("service", "tracing::info!(\"x\");", true),
        ("config", "use std::fs;", false),
        ("catalog", "let text = fs::read(path)?;", true),
        ("catalog", "let text = std::fs::read_to_string(path)?;", true),
        ("refresh", "let file = File::open(path)?;", true),
        ("refresh", "let file = regular_file::open(path)?; let text = regular_file::read(path)?;", false),
        ("regular_file", "let text = std::fs::read(path)?;", false),
        ("catalog", "use std::fs; use tantivy::Index;", false),
        ("matching", "use tantivy::Index;", true),
        ("catalog", "use axum::Router;", true),
        ("serve", "use axum::Router; use tower_http::trace;", false),
        ("catalog", "use csv::Reader;", true),
        ("sample", "use csv::Writer;", false),
        ("serve", "#[derive(clap::Parser)] struct A;", true),
        ("cli", "#[derive(clap::Parser)] struct A;", false),
    ] {
        assert_eq!(!Source::new(&[module], code).faults().is_empty(), found, "{module}: {code}");
    }
}

#[test]
fn long_files_empty_names_and_hidden_imports_are_found() {
    let long = "fn f() {}\n".repeat(LONGEST + 1);
    let tested = format!("{}\n#[cfg(test)]\nmod tests {{\n{long}}}\n", "fn f() {}\n".repeat(LONGEST - 1));
    for (module, code, fault) in [
        (&["service"][..], long.as_str(), Some("501 lines, at most 500")),
        (&["service"], tested.as_str(), None),
        (&["serve", "utils"], "", Some("the name utils says nothing")),
        (&["serve", "api"], "use super::*;", Some("`use super::*` outside tests")),
        (&["serve", "api"], "#[cfg(test)]\nmod tests {\n    use super::*;\n}\n", Some("`use super::*` outside tests")),
        (&["serve", "api"], "fn f() {}\n#[cfg(test)]\nmod tests {\n    use super::*;\n}\n", None),
        (&["serve"], "pub use crate::place::Zip;", Some("`pub use crate::` gives one thing two names")),
    ] {
        assert_eq!(Source::new(module, code).faults().first().map(String::as_str), fault, "{module:?}");
    }
}

#[test]
fn a_map_out_of_order_is_found() {
    let map = |text: &str| faults_of_map(&declared(text));
    assert_eq!(map("pub mod service;\n\npub mod matching;\n"), Vec::<String>::new());
    assert_eq!(map("pub mod matching;\npub mod service;\n"), ["service is declared after matching, which builds on it"]);
    assert_eq!(map("pub mod things;\n"), ["things has no rank"]);
}

#[test]
fn strings_and_comments_are_not_code() {
    let code = without_prose("a /* b */ \"c \\\" d\" 'e' '\"' '\\'' r#\"f \" g\"# // h\ni");
    assert_eq!(code.split_whitespace().collect::<Vec<_>>(), ["a", "'e'", "i"]);
    assert_eq!(paths("use a::{b, c::{d, e}}; f::g::<h::i>()"), ["a::b", "a::c::d", "a::c::e", "f::g", "h::i"]);
}
