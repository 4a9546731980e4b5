//! Words that must not appear in texts, comments and help: British spellings and private language.
//! Each has a replacement, which the failure names with file and line.
//!
//! The tests read the templates, the curated texts, the docs, the CLI help, and the comments and
//! string literals of `src/`. Inline code in backticks, string literals without a space in lower case, and
//! tests in `src/` are code and may contain anything.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::architecture::{string_length, without_tests};
use crate::cli::run_in;

/// Words to avoid, with their replacement. A phrase matches across line breaks, but not across
/// punctuation; `*` at the end matches any continuation.
const WORDS: &[(&str, &str)] = &[
    // British spellings.
    ("programme", "program"),
    ("programmes", "programs"),
    ("behaviour*", "behavior"),
    ("recognise*", "recognize"),
    ("recognising", "recognizing"),
    ("organisation*", "organization"),
    ("organise*", "organize"),
    ("summarise*", "summarize"),
    ("normalise*", "normalize"),
    ("minimise*", "minimize"),
    ("optimise*", "optimize"),
    ("initialise*", "initialize"),
    ("serialise*", "serialize"),
    ("authorise*", "authorize"),
    ("analyse", "analyze"),
    ("analysed", "analyzed"),
    ("licence*", "license"),
    ("defence", "defense"),
    ("colour*", "color"),
    ("favour*", "favor"),
    ("neighbour*", "neighbor"),
    ("honour*", "honor"),
    ("centre*", "center"),
    ("metre*", "meter"),
    ("kilometre*", "kilometer"),
    ("litre*", "liter"),
    ("fibre*", "fiber"),
    ("catalogue*", "catalog"),
    ("cancelled", "canceled"),
    ("cancelling", "canceling"),
    ("labelled", "labeled"),
    ("labelling", "labeling"),
    ("travelled", "traveled"),
    ("travelling", "traveling"),
    ("tunnelled", "tunneled"),
    ("fluidised", "fluidized"),
    ("dialled", "dialed"),
    ("haemo*", "hemo-"),
    ("anaemi*", "anemia"),
    ("oedema", "edema"),
    ("diarrhoea", "diarrhea"),
    ("paediatric*", "pediatric"),
    ("orthopaedic*", "orthopedic"),
    ("grey", "gray"),
    ("mould*", "mold"),
    ("towards", "toward"),
    ("whilst", "while"),
    ("amongst", "among"),
    ("spelt", "spelled"),
    ("misspelt", "misspelled"),
    ("ageing", "aging"),
    // Private language.
    ("whoever", "a caller that, anyone who"),
    ("whomever", "anyone"),
    ("whither", "where"),
    ("whence", "from which"),
    ("whereabouts", "location"),
    ("for ever", "forever"),
    ("what was told", "live statements, ledger events"),
    ("what is told", "what is reported"),
    ("was told", "was reported"),
    ("is told", "is reported"),
    ("are told", "are reported"),
    ("told since", "reported since"),
    ("told apart", "distinguished"),
    ("what stands", "what is in"),
    ("nothing left refuses", "it refuses if nothing is left"),
    ("refuses all the same", "still refuses"),
    ("at hand", "cached, available"),
    ("laid over", "applied to"),
    ("lays over", "applies to"),
    ("what lies over", "overlay"),
    ("lies over", "is applied to"),
    ("the ward", "the case manager, the department"),
    ("a ward", "a case manager, a department"),
    ("wards", "case managers, departments"),
    ("slips forgiven", "with typos"),
    ("a slip", "a typo, an error"),
    ("as the crow flies", "in straight-line miles"),
    ("nobody within reach", "no provider in the search area"),
    ("the inside", "the internal network"),
    ("the night", "the refresh run"),
    ("that night", "that refresh run"),
    ("the night's", "the refresh run's"),
    ("the door", "access control, the entry point"),
    ("deed", "action"),
    ("deeds", "actions"),
    ("misdeed*", "misbehavior"),
    ("a way out", "a hint"),
    ("the way out", "the hint"),
    ("mend", "correct, repair"),
    ("mends", "corrects, repairs"),
    ("mended", "corrected, repaired"),
    ("passed over", "skipped"),
    ("passes over", "skips"),
    ("by chance", "random"),
];

/// Where a word is allowed: the beginning of a path, the word, and the reason.
const ALLOWED: &[(&str, &str, &str)] = &[
    ("src/refresh/identity/normalize.rs", "centre*", "a spelling in names of providers"),
    ("src/refresh/fetch/source_state.rs", "catalogue*", "the name of a key of refresh.toml"),
];

/// A text with its path. All characters that are not prose are blanked; line breaks stay.
struct Prose {
    path: String,
    text: String,
}

/// The end of prose: no phrase matches across it.
const BREAK: char = '\u{1}';

/// `text` with inline code in backticks blanked. Fences of code blocks are kept.
fn without_inline_code(text: &str) -> String {
    let mut prose = String::with_capacity(text.len());
    for paragraph in text.split_inclusive("\n\n") {
        let mut parts = paragraph.split('`').peekable();
        let mut is_code = false;
        while let Some(part) = parts.next() {
            // An unpaired backtick does not begin code.
            if is_code && parts.peek().is_some() {
                prose.push(BREAK);
                prose.extend(part.chars().filter(|c| *c == '\n'));
            } else {
                prose.push_str(part);
            }
            is_code = !is_code;
        }
    }
    prose
}

/// The comments and string literals of Rust code before its tests.
fn of_rust(text: &str) -> String {
    let (mut prose, mut rest) = (String::new(), without_tests(text));
    while let Some(c) = rest.chars().next() {
        let (length, kept) = if rest.starts_with("//") {
            let end = rest.find('\n').unwrap_or(rest.len());
            (end, Some(rest[..end].trim_start_matches(['/', '!']).to_owned()))
        } else if let Some(raw) = rest.strip_prefix("r#\"") {
            let end = raw.find("\"#").map_or(rest.len(), |at| at + 5);
            (end, Some(format!("{BREAK}{}{BREAK}", &rest[3..end.saturating_sub(2).max(3)])))
        } else if c == '"' {
            let end = string_length(rest);
            let literal = &rest[1..end.saturating_sub(1).max(1)];
            let is_prose = literal.contains(' ') || literal.starts_with(char::is_uppercase);
            let literal = literal.replace("\\n", "\u{1} ").replace('\\', " ");
            let lines = || literal.chars().filter(|c| *c == '\n').collect();
            (end, Some(if is_prose { format!("{BREAK}{literal}{BREAK}") } else { lines() }))
        } else if rest.starts_with("'\"'") {
            (3, None)
        } else if rest.starts_with("'\\") {
            (rest[3..].find('\'').map_or(rest.len(), |at| at + 4), None)
        } else {
            // Code between two comments ends a phrase; white space does not.
            let kept = if c.is_whitespace() { c } else { BREAK };
            (c.len_utf8(), Some(kept.to_string()))
        };
        prose.push_str(&kept.unwrap_or_default());
        rest = &rest[length..];
    }
    without_inline_code(&prose)
}

/// The prose of a file, by its kind; `None` for files without prose.
fn of_file(path: &str, text: &str) -> Option<String> {
    let ending = Path::new(path).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    match ending {
        "rs" => Some(of_rust(text)),
        "md" | "toml" | "txt" | "json" | "html" | "js" | "sql" | "yaml" | "service" | "timer" => {
            Some(without_inline_code(text))
        }
        "" => Some(text.to_owned()),
        _ => None,
    }
}

/// All files below `path` with prose.
fn below(root: &Path, path: &str, found: &mut Vec<Prose>) {
    let full = root.join(path);
    if full.is_dir() {
        let mut names: Vec<_> = fs::read_dir(full).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        for name in names {
            below(root, &format!("{path}/{}", name.to_str().unwrap()), found);
        }
    } else if let Some(text) = fs::read_to_string(full).ok().and_then(|text| of_file(path, &text)) {
        found.push(Prose { path: path.to_owned(), text });
    }
}

/// The help of a command and of its subcommands.
fn help(folder: &Path, command: &str, found: &mut Vec<Prose>) {
    let text = run_in(folder, &format!("{command} --help")).out;
    let commands = text.split("Commands:\n").nth(1).unwrap_or_default();
    let commands = commands.lines().take_while(|line| !line.is_empty());
    let names: Vec<String> = commands
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .filter(|name| name != "help")
        .collect();
    found.push(Prose { path: format!("placement {command} --help").replace("  ", " "), text });
    for name in names {
        help(folder, format!("{command} {name}").trim(), found);
    }
}

/// All prose that is checked.
fn everything() -> Vec<Prose> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for path in [
        "src",
        "docs",
        "data/curated",
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "benches/README.md",
        "data/README.md",
        "index/README.md",
    ] {
        below(root, path, &mut found);
    }
    help(TempDir::new().unwrap().path(), "", &mut found);
    found
}

/// The words of a text in lower case with their lines; `None` where a phrase ends.
fn words(text: &str) -> Vec<(usize, Option<String>)> {
    let (mut words, mut word, mut line) = (Vec::new(), String::new(), 1);
    for c in text.chars().chain(['\n']) {
        if c.is_alphanumeric() || c == '_' || (c == '\'' && !word.is_empty()) {
            word.extend(c.to_lowercase());
            continue;
        }
        if !word.is_empty() {
            words.push((line, Some(std::mem::take(&mut word))));
        }
        if c == '\n' {
            line += 1;
        } else if !c.is_whitespace() && c != '/' {
            words.push((line, None));
        }
    }
    words
}

/// Whether `word` is `wanted`, or begins with it if that ends in `*`.
fn is(word: &str, wanted: &str) -> bool {
    wanted.strip_suffix('*').map_or_else(|| word == wanted, |beginning| word.starts_with(beginning))
}

/// The words to avoid in a text: line, entry of [`WORDS`]. "is told to" and the like are allowed.
fn avoided(text: &str) -> Vec<(usize, &'static (&'static str, &'static str))> {
    let mut by_letter: BTreeMap<char, Vec<_>> = BTreeMap::new();
    for entry in WORDS {
        by_letter.entry(entry.0.chars().next().unwrap()).or_default().push(entry);
    }
    let words = words(text);
    let word_at = |at: usize| words.get(at).and_then(|(_, word)| word.as_deref());
    let mut found = Vec::new();
    for (at, (line, word)) in words.iter().enumerate() {
        let Some(letter) = word.as_deref().and_then(|word| word.chars().next()) else { continue };
        for entry in by_letter.get(&letter).into_iter().flatten() {
            let matches = |(next, wanted)| word_at(at + next).is_some_and(|word| is(word, wanted));
            let after = at + entry.0.split(' ').count();
            let is_order = entry.0.ends_with(" told") && word_at(after) == Some("to");
            if !is_order && entry.0.split(' ').enumerate().all(matches) {
                found.push((*line, *entry));
            }
        }
    }
    found
}

#[test]
fn no_text_uses_a_word_to_avoid() {
    let (mut faults, mut used) = (Vec::new(), BTreeSet::new());
    for Prose { path, text } in everything() {
        for (line, (word, instead)) in avoided(&text) {
            let allowed =
                ALLOWED.iter().position(|(at, allowed, _)| path.starts_with(at) && (*allowed == "*" || allowed == word));
            match allowed {
                Some(allowed) => drop(used.insert(allowed)),
                None => faults.push(format!("{path}:{line}: \"{word}\"; use: {instead}")),
            }
        }
    }
    assert!(faults.is_empty(), "{} words to avoid:\n{}", faults.len(), faults.join("\n"));
    let unused: Vec<_> = (0..ALLOWED.len()).filter(|at| !used.contains(at)).map(|at| ALLOWED[at]).collect();
    assert!(unused.is_empty(), "exceptions that are not needed: {unused:?}");
}

#[test]
fn words_are_found_in_prose_and_not_in_code() {
    let rust =
        "//! It was\n//! told. `colour` is code.\nfn f() { g(\"catalogue\", \"the catalogue of A\", whoever); }\n// grey";
    let found = |path: &str, text: &str| -> Vec<(usize, &str)> {
        avoided(&of_file(path, text).unwrap()).into_iter().map(|(line, entry)| (line, entry.0)).collect()
    };
    assert_eq!(found("a.rs", rust), [(1, "was told"), (3, "catalogue*"), (4, "grey")]);
    assert_eq!(
        found("a.md", "Haemodialysis `centre`.\n\nIt was. Told the\nNight's colour"),
        [(1, "haemo*"), (3, "the night's"), (4, "colour*"),]
    );
    assert_eq!(found("a.rs", "const A: &str = \"greyhound\"; // toward and, was; told, is told to"), []);
    let mut commands = Vec::new();
    help(TempDir::new().unwrap().path(), "", &mut commands);
    let names: BTreeSet<&str> = commands.iter().map(|prose| prose.path.as_str()).collect();
    assert!(names.contains("placement key create --help"), "{names:?}");
}
