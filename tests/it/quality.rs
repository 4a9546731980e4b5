//! Golden questions: what a case manager would expect of the directory, kept as data in `data/curated/quality/`.
//!
//! The README there says how a question is written and how its answer was checked.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jiff::civil::Date;
use placement::discharge::{FieldError, Question, Remark, Vocabulary, parse};
use placement::matching::bundle::weakest;
use placement::matching::report::{Fit, Match, Report};
use placement::matching::suggest::{Change, Suggestion};
use placement::matching::{Directory, rank};
use placement::place::ZipTable;
use serde::Deserialize;
use serde_json::Value;

use crate::directories::{self, Known};

/// One file: questions to one directory on one day.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Golden {
    directory: String,
    asked_on: Date,
    questions: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What the ward wants, in a sentence.
    story: String,
    /// How the expectation was found in the files, without this program.
    checked: String,
    ask: Value,
    expect: Expected,
}

/// What is expected; whatever is not named may be anything.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Expected {
    /// Matches in all, by fit, or left out, each a number or bounds: `ready`, `ask_provider`, …, `matches`, `left_out`.
    counts: BTreeMap<String, Count>,
    /// The first ids, in order.
    first: Vec<String>,
    /// Ids that stand on the list, each with words of its match that must hold: its fit, network status or verdict.
    among: BTreeMap<String, Vec<String>>,
    /// Ids that do not.
    not_among: Vec<String>,
    /// Ids left out, with the reason.
    left_out: BTreeMap<String, String>,
    /// How many are left out for a reason.
    reasons: BTreeMap<String, Count>,
    /// Codes of remarks.
    remarks: Vec<String>,
    /// Every suggestion with its gain: `within_miles:30 +4`, `discharge_on:2027-01-01 +1`, `confirm:resp.trach +7`.
    suggestions: Option<Vec<String>>,
    /// Whether a network gap is told.
    gap: Option<bool>,
    /// For several services: the one that will hold the patient up.
    weakest: Option<String>,
    /// For several services: what is expected of each.
    services: BTreeMap<String, Expected>,
    /// The question is refused, for exactly these reasons.
    errors: Vec<ExpectedError>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedError {
    pointer: String,
    code: String,
    /// Words its hint must hold.
    #[serde(default)]
    hint: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Count {
    Exactly(u32),
    Between {
        #[serde(default)]
        at_least: u32,
        #[serde(default = "no_bound")]
        at_most: u32,
    },
}

fn no_bound() -> u32 {
    u32::MAX
}

impl Count {
    fn holds(&self, count: u32) -> bool {
        match self {
            Self::Exactly(expected) => count == *expected,
            Self::Between { at_least, at_most } => (*at_least..=*at_most).contains(&count),
        }
    }
}

/// Collects what is not as expected.
struct Faults(Vec<String>);

impl Faults {
    fn unless(&mut self, good: bool, fault: impl FnOnce() -> String) {
        if !good {
            self.0.push(fault());
        }
    }
}

fn id(found: &Match) -> &str {
    found.provider.id.as_str()
}

fn check_report(expected: &Expected, report: &Report, faults: &mut Faults) {
    for (what, count) in &expected.counts {
        let actual = counted(report, what);
        faults.unless(count.holds(actual), || format!("{actual} {what}"));
    }
    let first: Vec<&str> = report.matches.iter().take(expected.first.len()).map(id).collect();
    faults.unless(first == expected.first, || format!("first are {first:?}"));
    for (wanted, words) in &expected.among {
        let Some(found) = report.matches.iter().find(|found| id(found) == wanted) else {
            faults.0.push(format!("{wanted} is not on the list"));
            continue;
        };
        let has = said(found);
        let missing = words.iter().filter(|word| !has.contains(word) && !notices(found).contains(*word));
        let missing: Vec<&String> = missing.collect();
        faults.unless(missing.is_empty(), || format!("{wanted} is {has:?} {:?}, not {missing:?}", notices(found)));
    }
    for unwanted in &expected.not_among {
        faults
            .unless(!report.matches.iter().any(|found| id(found) == unwanted), || format!("{unwanted} is on the list"));
    }
    check_left_out(expected, report, faults);
    check_advice(expected, report, faults);
}

/// Fit, network status and verdict, and what the network answer rests on: `network:`, `tier:` and `why:`.
fn said(found: &Match) -> Vec<String> {
    let network = &found.network;
    let codes = [found.fit.code(), network.status.code(), found.acceptance.verdict.code()].map(str::to_owned);
    let name = network.network.iter().map(|name| format!("network:{name}"));
    let tier = network.tier.iter().map(|tier| format!("tier:{tier}"));
    codes.into_iter().chain(name).chain(tier).chain([format!("why:{}", network.why)]).collect()
}

fn notices(found: &Match) -> Vec<String> {
    found.notices.iter().map(|notice| notice.code.to_owned()).collect()
}

fn counted(report: &Report, what: &str) -> u32 {
    match what {
        "matches" => report.matched(),
        "left_out" => report.left_out.values().sum(),
        fit => report.count(Fit::ALL.into_iter().find(|known| known.code() == fit).unwrap_or_else(|| panic!("{fit}?"))),
    }
}

fn check_left_out(expected: &Expected, report: &Report, faults: &mut Faults) {
    let listed = report.left_out_list.as_deref().unwrap_or_default();
    for (wanted, reason) in &expected.left_out {
        let found = listed.iter().find(|left_out| left_out.provider.id.as_str() == wanted);
        let actual = found.map(|left_out| left_out.bar.reason.code());
        faults.unless(actual.as_ref() == Some(reason), || format!("{wanted} is left out for {actual:?}"));
    }
    for (reason, count) in &expected.reasons {
        let actual = report.left_out.iter().find(|(known, _)| known.code() == *reason).map_or(0, |(_, count)| *count);
        faults.unless(count.holds(actual), || format!("{actual} left out for {reason}"));
    }
}

fn check_advice(expected: &Expected, report: &Report, faults: &mut Faults) {
    check_remarks(&expected.remarks, &report.remarks, faults);
    let suggested: Vec<String> = report.suggestions.iter().map(in_short).collect();
    let as_expected = expected.suggestions.as_ref().is_none_or(|expected| *expected == suggested);
    faults.unless(as_expected, || format!("suggested are {suggested:?}"));
    let gap = report.network_gap.is_some();
    faults.unless(expected.gap.is_none_or(|expected| expected == gap), || format!("a network gap: {gap}"));
}

fn check_remarks(expected: &[String], remarks: &[Remark], faults: &mut Faults) {
    for code in expected {
        faults.unless(remarks.iter().any(|remark| remark.code == code), || format!("no remark {code}: {remarks:?}"));
    }
}

fn in_short(suggestion: &Suggestion) -> String {
    let change = match suggestion.change {
        Change::WithinMiles(miles) => format!("within_miles:{miles}"),
        Change::DischargeOn(day) => format!("discharge_on:{day}"),
        Change::Confirm(asked) => format!("confirm:{}", asked.code()),
    };
    format!("{change} +{}", suggestion.ready)
}

fn check_errors(expected: &[ExpectedError], errors: &[FieldError], faults: &mut Faults) {
    let told: Vec<_> = errors.iter().map(|error| (error.pointer.as_str(), error.code)).collect();
    let wanted: Vec<_> = expected.iter().map(|error| (error.pointer.as_str(), error.code.as_str())).collect();
    faults.unless(told == wanted, || format!("refused for {told:?}"));
    for (wanted, error) in expected.iter().zip(errors) {
        let hint = error.hint.as_deref().unwrap_or_default();
        faults.unless(hint.contains(&wanted.hint), || format!("the hint is \"{hint}\""));
    }
}

/// What is wrong with the answer to one story.
fn check(story: &Case, known: &Known, asked_on: Date) -> Vec<String> {
    let mut faults = Faults(Vec::new());
    let directory = known.catalog.as_ref();
    let words = Vocabulary { zips: ZipTable::curated(), plans: directory.plans(), generation: directory.generation() };
    match parse(&story.ask, &words, asked_on) {
        Err(errors) => check_errors(&story.expect.errors, &errors, &mut faults),
        Ok(_) if !story.expect.errors.is_empty() => faults.0.push("it is not refused".to_owned()),
        Ok((question, remarks)) => check_answer(&story.expect, &question, &remarks, directory, &mut faults),
    }
    faults.0
}

fn check_answer(
    expected: &Expected,
    question: &Question,
    remarks: &[Remark],
    directory: &dyn Directory,
    faults: &mut Faults,
) {
    let reports: Vec<Report> = question.discharges.iter().map(|asked| rank(asked, directory, remarks)).collect();
    if let [report] = &reports[..] {
        check_report(expected, report, faults);
    }
    for report in &reports {
        if let Some(expected) = expected.services.get(report.discharge.service.code()) {
            check_report(expected, report, faults);
        }
    }
    let asked: Vec<&str> = reports.iter().map(|report| report.discharge.service.code()).collect();
    let strangers: Vec<&String> = expected.services.keys().filter(|code| !asked.contains(&code.as_str())).collect();
    faults.unless(strangers.is_empty(), || format!("{strangers:?} were not asked for"));
    if let Some(service) = &expected.weakest {
        let actual = weakest(&reports).map(placement::care::Service::code);
        faults.unless(actual == Some(service), || format!("the weakest is {actual:?}"));
    }
}

/// The golden questions of every file, with the name of the file.
fn golden() -> Vec<(String, Golden)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/curated/quality");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let read = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let golden = serde_json::from_str(&fs::read_to_string(path).unwrap());
        (name.clone(), golden.unwrap_or_else(|error| panic!("{name}: {error}")))
    };
    files.iter().map(read).collect()
}

/// Asks every golden question of `directory`.
fn ask_all(directory: &str, known: &Known) {
    let mut faults = Vec::new();
    for (file, golden) in golden().iter().filter(|(_, golden)| golden.directory == directory) {
        for story in &golden.questions {
            let wrong = check(story, known, golden.asked_on);
            faults.extend(wrong.into_iter().map(|fault| format!("{file}: {}\n    {fault}", story.story)));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn golden_questions_are_many_each_checked_by_hand_and_each_expecting_something() {
    let mut stories = 0;
    for (file, golden) in golden() {
        assert!(["sample", "profiled", "real"].contains(&golden.directory.as_str()), "{file}: {}", golden.directory);
        for story in golden.questions {
            let Expected { counts, first, among, left_out, remarks, services, errors, .. } = &story.expect;
            let some = !(counts.is_empty() && first.is_empty() && among.is_empty() && left_out.is_empty())
                || !(remarks.is_empty() && services.is_empty() && errors.is_empty());
            assert!(some, "{file}: {} expects nothing", story.story);
            assert!(!story.checked.is_empty(), "{file}: {} was not checked", story.story);
            stories += 1;
        }
    }
    assert!(stories >= 100, "{stories} golden questions");
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
