//! Canary questions asked of a new generation before it is served: counts alone do not show that
//! searches work.

use std::path::{Path, PathBuf};
use std::{fs, io};

use jiff::civil::Date;

use crate::catalog::Catalog;
use crate::refresh::gate::GateConfig;
use crate::refresh::golden::{GoldenCase, GoldenSuite};
use crate::regular_file;
use crate::run_report::gate_check::{CheckVerdict, GateCheck};
use crate::text::count_text::counted;

/// The questions every national directory of CMS files must answer. Each states the number of lines
/// from which a directory counts as national in its service.
const NATIONAL: &str = include_str!("../../data/curated/quality/canaries.json");

/// The name of [`NATIONAL`] in messages.
const NATIONAL_FILE: &str = "canaries.json";

/// The guard name of these checks.
const GUARD: &str = "canary";

/// Asks the canary questions that apply to this directory. A wrong answer is a check that refuses;
/// so is an unreadable folder or file. The built-in questions are about real providers and are not
/// asked of a synthetic directory.
pub fn ask(catalog: &Catalog, guards: &GateConfig) -> Vec<GateCheck> {
    let mut asked = CanaryRun { catalog, checks: Vec::new(), answered: 0, not_meant: 0 };
    if !catalog.manifest().synthetic {
        asked.file(NATIONAL_FILE, NATIONAL);
    }
    if let Some(folder) = &guards.canaries {
        own(folder, &mut asked);
    }
    asked.end()
}

/// Asks the questions of every `.json` file in the hospital's folder, in name order.
fn own(folder: &Path, asked: &mut CanaryRun<'_>) {
    let shown = folder.display();
    let paths = match paths_in(folder) {
        Ok(paths) => paths,
        Err(error) => {
            let way_out = "create the folder, or correct or remove the key";
            asked.refuse("", format!("the folder {shown}, set as canaries in [gate], cannot be read: {error}; {way_out}"));
            return;
        }
    };
    let ends_in = |path: &Path, good: fn(&str) -> bool| path.extension().and_then(|ending| ending.to_str()).is_some_and(good);
    let (files, others): (Vec<PathBuf>, Vec<PathBuf>) =
        paths.into_iter().partition(|path| !path.is_dir() && ends_in(path, |ending| ending == "json"));
    if files.is_empty() {
        asked.refuse("", format!("{shown} contains no .json file of canary questions"));
    }
    for path in &files {
        let name = name_of(path);
        match regular_file::read_to_string(path) {
            Ok(text) => asked.file(&name, &text),
            Err(error) => asked.refuse(&name, format!("{} cannot be read: {error}", path.display())),
        }
    }
    for path in &others {
        if path.is_dir() {
            asked.warn(&name_of(path), format!("{} is a folder; its questions are not asked", path.display()));
        } else if ends_in(path, |ending| ending.eq_ignore_ascii_case("json")) {
            asked.warn(&name_of(path), format!("{} is ignored because its name does not end in .json", path.display()));
        }
    }
}

/// The entries of the folder in name order, without hidden ones, which the system creates.
fn paths_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| !name_of(path).starts_with('.'));
    paths.sort();
    Ok(paths)
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The checks so far and counts of questions.
struct CanaryRun<'a> {
    catalog: &'a Catalog,
    checks: Vec<GateCheck>,
    answered: u64,
    not_meant: u64,
}

impl CanaryRun<'_> {
    fn file(&mut self, name: &str, text: &str) {
        match GoldenSuite::parse(text) {
            Err(faults) => {
                let faults = faults.replace('\n', "; ");
                self.refuse(name, format!("{name} is not a valid file of canary questions: {faults}"));
            }
            Ok(golden) => {
                let asked_on = golden.asked_on.unwrap_or_else(|| self.catalog.manifest().built_on());
                golden.questions.iter().for_each(|case| self.question(name, case, asked_on));
            }
        }
    }

    fn question(&mut self, file: &str, case: &GoldenCase, asked_on: Date) {
        let lines = &self.catalog.manifest().lines;
        let meant = case.if_at_least.iter().all(|(service, least)| lines.get(service).copied().unwrap_or(0) >= *least);
        if !meant {
            self.not_meant += 1;
            return;
        }
        let misses = case.mismatches(self.catalog, asked_on);
        if misses.is_empty() {
            self.answered += 1;
        } else {
            self.refuse(&case.story, format!("{file}: \"{}\": {}", case.story, misses.join("; ")));
        }
    }

    fn refuse(&mut self, subject: &str, words: String) {
        self.checks.push(GateCheck { guard: GUARD, subject: subject.to_owned(), verdict: CheckVerdict::Refuse, words });
    }

    fn warn(&mut self, subject: &str, words: String) {
        self.checks.push(GateCheck { guard: GUARD, subject: subject.to_owned(), verdict: CheckVerdict::Warn, words });
    }

    /// The checks, plus a summary of the correct answers.
    fn end(self) -> Vec<GateCheck> {
        let mut checks = self.checks;
        if self.answered + self.not_meant > 0 {
            let answered = counted(self.answered, "canary question");
            let words = format!("{answered} answered as expected, {} skipped for a small directory", self.not_meant);
            checks.push(GateCheck { guard: GUARD, subject: String::new(), verdict: CheckVerdict::Good, words });
        }
        checks
    }
}
