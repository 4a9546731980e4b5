//! Dependencies between the files of `src/` have no cycles, and type names are unique.

use std::collections::{BTreeMap, BTreeSet};

use crate::architecture::{Source, paths, sources};

/// The path of a file's module from the crate root; empty for `lib.rs`.
type Module = Vec<String>;

/// Allowed duplicate type names, each with its reason.
const TWINS: [(&str, &str); 0] = [];

/// Prefixes and suffixes of type names that must not be used, and their replacement.
const WORN: [(&str, &str); 9] = [
    ("…Wire", "…Json for a body of HTTP, Stored… for what lies in a file or a row"),
    ("…Piece", "…Json for a part of a body of HTTP"),
    ("…Dto", "…Json for a body of HTTP"),
    ("NotA…", "Parse…Error"),
    ("NoSuch…", "Parse…Error"),
    ("Wrong…", "…Error"),
    ("Cannot…", "…Error"),
    ("…Manager", "what it does"),
    ("…Helper", "what it does"),
];

/// The files that each file refers to.
fn arrows(sources: &[(String, Source)]) -> BTreeMap<Module, BTreeSet<Module>> {
    let modules: BTreeSet<&[String]> = sources.iter().map(|(_, source)| source.module.as_slice()).collect();
    let arrows_of = |source: &Source| {
        let imports = imports(&source.code);
        let leads_to = |path: String| {
            // A path that begins with an imported name continues from the import.
            let (first, rest) = path.split_once("::").unwrap_or((&path, ""));
            let path = imports.get(first).map_or(path.clone(), |import| format!("{import}::{rest}"));
            target(&path, &source.module, &modules).filter(|to| *to != source.module)
        };
        paths(&source.code).into_iter().filter_map(leads_to).collect()
    };
    sources.iter().map(|(_, source)| (source.module.clone(), arrows_of(source))).collect()
}

/// The imports of a file, by local name.
fn imports(code: &str) -> BTreeMap<String, String> {
    let import = |statement: &str| {
        let statement = statement.trim_start();
        let rest = statement.strip_prefix("pub(crate) ").or_else(|| statement.strip_prefix("pub ")).unwrap_or(statement);
        rest.strip_prefix("use ").map(paths)
    };
    let named = |path: String| {
        let path = path.trim_end_matches("::self").to_owned();
        Some((path.rsplit("::").next()?.to_owned(), path)).filter(|(name, path)| name != path)
    };
    code.split(';').filter_map(import).flatten().filter_map(named).collect()
}

/// The file that a path of the file `here` refers to: the longest prefix that is a module.
fn target(path: &str, here: &[String], modules: &BTreeSet<&[String]>) -> Option<Module> {
    let steps: Vec<String> = path.split("::").map(str::to_owned).collect();
    let ups = steps.iter().take_while(|step| *step == "super").count();
    let full: Vec<String> = match steps[0].as_str() {
        "crate" => steps[1..].to_vec(),
        "self" => [here, &steps[1..]].concat(),
        "super" => [&here[..here.len().checked_sub(ups)?], &steps[ups..]].concat(),
        child if modules.contains([here, &[child.to_owned()]].concat().as_slice()) => [here, &steps].concat(),
        _ => return None,
    };
    (0..=full.len()).rev().map(|length| &full[..length]).find(|start| modules.contains(start)).map(<[String]>::to_vec)
}

/// The files in cycles or between two cycles: the rest after repeatedly removing files without
/// outgoing or incoming edges.
fn circles(mut arrows: BTreeMap<Module, BTreeSet<Module>>) -> Vec<String> {
    loop {
        let targets: BTreeSet<Module> = arrows.values().flatten().cloned().collect();
        let before = arrows.len();
        arrows.retain(|module, leads_to| !leads_to.is_empty() && targets.contains(module));
        let left: BTreeSet<Module> = arrows.keys().cloned().collect();
        for leads_to in arrows.values_mut() {
            leads_to.retain(|to| left.contains(to));
        }
        if arrows.len() == before {
            let line = |(module, to): (Module, BTreeSet<Module>)| {
                let to: Vec<String> = to.iter().map(|module| module.join("/")).collect();
                format!("{} -> {}", module.join("/"), to.join(", "))
            };
            return arrows.into_iter().map(line).collect();
        }
    }
}

/// The top-level types of a file.
fn types(code: &str) -> Vec<&str> {
    let declared = |line: &str| -> Option<usize> {
        let rest = line.strip_prefix("pub(crate) ").or_else(|| line.strip_prefix("pub ")).unwrap_or(line);
        let kinds = ["struct ", "enum ", "union ", "trait ", "type "];
        let name = kinds.iter().find_map(|kind| rest.strip_prefix(kind))?;
        Some(line.len() - name.len())
    };
    let name = |line| {
        let name: &str = &line[declared(line)?..];
        Some(&name[..name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len())])
    };
    code.lines().filter_map(name).collect()
}

/// Violations in the type names of all files.
fn faults_of_names(sources: &[(String, Source)]) -> Vec<String> {
    let mut places: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (file, source) in sources {
        for name in types(&source.code) {
            places.entry(name).or_default().push(file);
        }
    }
    let is_twin = |name: &str| TWINS.iter().any(|(twin, _)| *twin == name);
    let twice = places.iter().filter(|(name, files)| files.len() > 1 && !is_twin(name));
    let mut faults: Vec<String> = twice.map(|(name, files)| format!("{name} stands in {}", files.join(" and "))).collect();
    for (name, files) in &places {
        let wears = |worn: &str| match worn.strip_prefix('…') {
            Some(end) => name.ends_with(end),
            None => name.starts_with(worn.trim_end_matches('…')),
        };
        if let Some((worn, instead)) = WORN.iter().find(|(worn, _)| wears(worn)) {
            faults.push(format!("{name} in {}: {worn} is {instead}", files[0]));
        }
    }
    faults
}

/// Synthetic files for a test: module path and text.
fn made_up(files: &[(&str, &str)]) -> Vec<(String, Source)> {
    let source = |(module, text): &(&str, &str)| {
        let path: Vec<&str> = module.split('/').filter(|part| !part.is_empty()).collect();
        ((*module).to_owned(), Source::new(&path, text))
    };
    files.iter().map(source).collect()
}

#[test]
fn no_files_stand_in_a_circle() {
    let sources = sources();
    let arrows = arrows(&sources);
    assert!(arrows.values().map(BTreeSet::len).sum::<usize>() > 500, "hardly any arrow was found");
    assert_eq!(circles(arrows), Vec::<String>::new());
}

#[test]
fn a_circle_of_files_is_found_however_it_is_written() {
    let straight = [("", ""), ("a", "use crate::b::B;"), ("b", "use child::C;"), ("b/child", "pub struct C;")];
    assert_eq!(circles(arrows(&made_up(&straight))), Vec::<String>::new());
    for back in ["use super::B;", "use crate::b::{self, B};", "fn f() -> super::super::a::A {}", "use super::super::b::B;"] {
        let files = [straight[0], straight[1], straight[2], ("b/child", back)];
        assert!(!circles(arrows(&made_up(&files))).is_empty(), "{back}");
    }
    let through_an_import = [
        ("", ""),
        ("a", "use crate::b;\n\nfn f() -> b::child::C {}"),
        ("b", ""),
        ("b/child", "use crate::{a, b as other};\n\nfn g() -> a::A {}"),
    ];
    assert!(!circles(arrows(&made_up(&through_an_import))).is_empty());
    let three = made_up(&[("", ""), ("a", "use crate::b::B;"), ("b", "use crate::c::C;"), ("c", "use crate::a::A;")]);
    assert_eq!(circles(arrows(&three)), ["a -> b", "b -> c", "c -> a"]);
}

#[test]
fn one_name_has_one_meaning() {
    assert_eq!(faults_of_names(&sources()), Vec::<String>::new());
}

#[test]
fn twins_and_worn_names_are_found() {
    let twins = [("a", "pub(crate) struct Line<'a> {"), ("b", "enum Line {\n    Other,\n}"), ("c", "    struct Line;")];
    assert_eq!(faults_of_names(&made_up(&twins)), ["Line stands in a and b"]);
    let worn = [("a", "pub struct ListWire;\npub struct NotAZip;\nstruct WrongWeights(u8);\nstruct Notary;")];
    assert_eq!(faults_of_names(&made_up(&worn)).len(), 3);
}
