//! Golden questions: what a case manager expects of the directory, stored in
//! `data/curated/quality/`.
//!
//! The README there explains how a question is written and how its answer was checked.

use std::fs;
use std::path::Path;

use placement::refresh::canary;
use placement::refresh::gate::GateConfig;
use placement::refresh::golden::GoldenSuite;
use placement::run_report::gate_check::CheckVerdict;

use crate::directories::{self, Known};

/// The golden questions of every file, with the file name.
fn golden() -> Vec<(String, GoldenSuite)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/curated/quality");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let read = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let golden = GoldenSuite::parse(&fs::read_to_string(path).unwrap());
        (name.clone(), golden.unwrap_or_else(|error| panic!("{name}: {error}")))
    };
    files.iter().map(read).collect()
}

/// Asks all golden questions for `directory`.
fn ask_all(directory: &str, known: &Known) {
    let mut faults = Vec::new();
    for (file, golden) in golden().iter().filter(|(_, golden)| golden.directory == directory) {
        for story in &golden.questions {
            let wrong = story.mismatches(known.catalog.as_ref(), golden.asked_on.unwrap());
            faults.extend(wrong.into_iter().map(|fault| format!("{file}: {}\n    {fault}", story.story)));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn golden_questions_are_many_and_each_file_says_of_which_directory_and_day() {
    let mut stories = 0;
    for (file, golden) in golden() {
        let asked_any_day = golden.directory == "national";
        let known = asked_any_day || ["sample", "profiled", "real"].contains(&golden.directory.as_str());
        assert!(known, "{file}: {}", golden.directory);
        assert_eq!(golden.asked_on.is_none(), asked_any_day, "{file}");
        stories += golden.questions.len();
    }
    assert!(stories >= 140, "{stories} golden questions");
}

#[test]
fn the_sample_answers_the_golden_questions() {
    ask_all("sample", directories::sample());
}

#[test]
fn the_sample_with_profiles_answers_the_golden_questions() {
    ask_all("profiled", directories::profiled());
}

#[test]
fn the_real_directory_answers_the_golden_questions() {
    if let Some(known) = directories::real() {
        ask_all("real", known);
    }
}

#[test]
fn the_real_directory_is_asked_the_canary_questions_and_answers_them() {
    if let Some(known) = directories::real() {
        let checks = canary::ask(&known.catalog, &GateConfig::default());
        let missed: Vec<&str> =
            checks.iter().filter(|check| check.verdict == CheckVerdict::Refuse).map(|check| check.words.as_str()).collect();
        assert!(missed.is_empty(), "\n{}", missed.join("\n"));
        assert_eq!(checks[0].words, "19 canary questions answered as expected, 0 skipped for a small directory");
    }
}

#[test]
fn an_invented_directory_is_not_asked_about_real_towns() {
    assert_eq!(canary::ask(&directories::sample().catalog, &GateConfig::default()), []);
}
