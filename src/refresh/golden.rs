//! Golden questions: questions to a directory with their expected answers, as data.
//!
//! `data/curated/quality/README.md` describes their format and how answers are checked.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;
use serde::Deserialize;
use serde_json::Value;
use serde_json::error::Category;

use crate::discharge::parse::parse;
use crate::discharge::{Notice, ParseContext, Question};
use crate::input::errors::FieldError;
use crate::matching::bundle::weakest;
use crate::matching::candidate::Directory;
use crate::matching::rank;
use crate::matching::report::{FitTier, Match, Report, SuggestedChange, Suggestion};
use crate::place::ZipTable;
use crate::service::Service;

/// One file of questions to one directory.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with directory, questions and optionally asked_on")]
pub struct GoldenSuite {
    /// The directory they are for.
    pub directory: String,
    /// The date of the questions; `None` is the day the directory was built.
    #[serde(default)]
    pub asked_on: Option<Date>,
    /// The questions.
    pub questions: Vec<GoldenCase>,
}

/// One question and its expected answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a question: an object with story, checked, ask and expect")]
pub struct GoldenCase {
    /// The case manager's need, in one sentence.
    pub story: String,
    /// How the expected answer was determined from the files without this program.
    pub checked: String,
    /// Ask only if the directory has at least this many lines of each service, by code.
    #[serde(default)]
    pub if_at_least: BTreeMap<String, u32>,
    /// The question as sent to `POST /v1/matches`.
    pub ask: Value,
    /// The expected answer.
    pub expect: GoldenExpectation,
}

/// The expected answer. Anything not mentioned is not checked.
#[derive(Debug, Deserialize, Default)]
#[serde(deny_unknown_fields, default, expecting = "an object with the expected answer")]
pub struct GoldenExpectation {
    /// Numbers of matches in total, by fit, or excluded, each a number or bounds: `ready`,
    /// `ask_provider`, …, `matches`, `left_out`.
    counts: BTreeMap<String, GoldenCount>,
    /// The first ids, in order.
    first: Vec<String>,
    /// Ids on the list, each with codes its match must have: its fit, network status or verdict.
    among: BTreeMap<String, Vec<String>>,
    /// Ids not on the list.
    not_among: Vec<String>,
    /// Excluded ids with their reason.
    left_out: BTreeMap<String, String>,
    /// The number of exclusions by reason.
    reasons: BTreeMap<String, GoldenCount>,
    /// Codes of remarks.
    remarks: Vec<String>,
    /// Every suggestion with its gain: `within_miles:30 +4`, `discharge_on:2027-01-01 +1`,
    /// `confirm:resp.trach +7`.
    suggestions: Option<Vec<String>>,
    /// Whether a network gap is reported.
    gap: Option<bool>,
    /// For several services: the one that limits the discharge most.
    weakest: Option<String>,
    /// For several services: the expected answer for each.
    services: BTreeMap<String, GoldenExpectation>,
    /// The errors with which the question is rejected, exactly these.
    errors: Vec<ExpectedError>,
}

/// One expected error.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedError {
    pointer: String,
    code: String,
    /// Text its hint must contain.
    #[serde(default)]
    hint: String,
}

/// A number or bounds.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a count is a number, or an object with at_least or at_most")]
enum GoldenCount {
    Exactly(u32),
    Between(CountBounds),
}

/// Bounds of a number.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CountBounds {
    at_least: Option<u32>,
    at_most: Option<u32>,
}

impl GoldenCount {
    fn holds(&self, count: u32) -> bool {
        match self {
            Self::Exactly(expected) => count == *expected,
            Self::Between(CountBounds { at_least, at_most }) => {
                at_least.is_none_or(|least| count >= least) && at_most.is_none_or(|most| count <= most)
            }
        }
    }
}

impl fmt::Display for GoldenCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(count) => write!(f, "{count}"),
            Self::Between(CountBounds { at_least: Some(least), at_most: Some(most) }) => write!(f, "{least} to {most}"),
            Self::Between(CountBounds { at_least: Some(least), at_most: None }) => write!(f, "at least {least}"),
            Self::Between(CountBounds { at_least: None, at_most: Some(most) }) => write!(f, "at most {most}"),
            Self::Between(CountBounds { at_least: None, at_most: None }) => f.write_str("any number"),
        }
    }
}

/// Formats a JSON error with its line.
fn unread(error: &serde_json::Error) -> String {
    let words = error.to_string();
    let words = words.rsplit_once(" at line ").map_or(words.as_str(), |(words, _)| words);
    match error.classify() {
        Category::Eof => format!("line {}: the file is incomplete", error.line()),
        _ => format!("line {}: {words}", error.line()),
    }
}

impl GoldenSuite {
    /// Parses the text of a file.
    ///
    /// # Errors
    /// The JSON error, or all faults of the questions, one per line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim_start_matches('\u{feff}');
        let golden: Self = serde_json::from_str(text).map_err(|error| unread(&error))?;
        let mut faults: Vec<String> = golden.questions.iter().flat_map(GoldenCase::slips).collect();
        if golden.questions.is_empty() {
            faults.push("it contains no questions".to_owned());
        }
        if faults.is_empty() { Ok(golden) } else { Err(faults.join("\n")) }
    }
}

impl GoldenCase {
    /// The faults of the question itself, one sentence each.
    fn slips(&self) -> Vec<String> {
        let mut slips = Vec::new();
        if self.checked.trim().is_empty() {
            slips.push("checked is empty; describe how the answer was found without this program".to_owned());
        }
        if self.expect.is_empty() {
            slips.push("expect is empty, so the question checks nothing".to_owned());
        }
        for service in self.if_at_least.keys().chain(self.expect.services.keys()) {
            if service.parse::<Service>().is_err() {
                slips.push(format!("{service} is not a service; use one of {}", Service::ALL.map(Service::code).join(", ")));
            }
        }
        for expected in [&self.expect].into_iter().chain(self.expect.services.values()) {
            let unknown = expected.counts.keys().filter(|what| CountSubject::named(what).is_none());
            slips.extend(unknown.map(|what| format!("counts.{what} is not matches, left_out or a fit")));
        }
        slips.into_iter().map(|slip| format!("\"{}\": {slip}", self.story)).collect()
    }

    /// Asks the question and returns each difference from the expected answer, one sentence each.
    pub fn mismatches(&self, directory: &dyn Directory, asked_on: Date) -> Vec<String> {
        let mut faults = Mismatches(Vec::new());
        let zips = ZipTable::curated();
        let words = ParseContext { zips, plans: directory.plans(), generation: directory.generation() };
        match parse(&self.ask, &words, asked_on) {
            Err(errors) => check_errors(&self.expect.errors, errors.reported(), &mut faults),
            Ok(_) if !self.expect.errors.is_empty() => faults.0.push("the question is not rejected".to_owned()),
            Ok((question, remarks)) => check_answer(&self.expect, &question, &remarks, directory, &mut faults),
        }
        faults.0
    }
}

impl GoldenExpectation {
    /// Whether nothing is expected.
    fn is_empty(&self) -> bool {
        let Self { counts, first, among, not_among, left_out, reasons, remarks, suggestions, gap, weakest, services, errors } =
            self;
        let lists = [first, not_among, remarks].iter().all(|list| list.is_empty());
        let counted = counts.is_empty() && reasons.is_empty() && among.is_empty() && left_out.is_empty();
        let told = suggestions.is_none() && gap.is_none() && weakest.is_none() && errors.is_empty();
        lists && counted && told && services.values().all(Self::is_empty)
    }
}

/// Collects differences from the expected answer.
struct Mismatches(Vec<String>);

impl Mismatches {
    fn unless(&mut self, good: bool, fault: impl FnOnce() -> String) {
        if !good {
            self.0.push(fault());
        }
    }
}

/// What is counted in a report.
enum CountSubject {
    Matches,
    LeftOut,
    Fit(FitTier),
}

impl CountSubject {
    fn named(name: &str) -> Option<Self> {
        match name {
            "matches" => Some(Self::Matches),
            "left_out" => Some(Self::LeftOut),
            fit => FitTier::ALL.into_iter().find(|known| known.code() == fit).map(Self::Fit),
        }
    }

    fn of(&self, report: &Report) -> u32 {
        match self {
            Self::Matches => report.matched(),
            Self::LeftOut => report.left_out.values().sum(),
            Self::Fit(fit) => report.count(*fit),
        }
    }
}

fn id(found: &Match) -> &str {
    found.provider.id.as_str()
}

fn check_report(expected: &GoldenExpectation, report: &Report, faults: &mut Mismatches) {
    for (what, count) in &expected.counts {
        let actual = CountSubject::named(what).map_or(0, |counted| counted.of(report));
        faults.unless(count.holds(actual), || format!("{what}: {count} expected, {actual} found"));
    }
    let first: Vec<&str> = report.matches.iter().take(expected.first.len()).map(id).collect();
    faults.unless(first == expected.first, || {
        format!("first: {} expected, but found {}", listed(&expected.first), listed(first))
    });
    for (wanted, words) in &expected.among {
        let Some(found) = report.matches.iter().find(|found| id(found) == wanted) else {
            faults.0.push(format!("{wanted} is expected on the list but is missing"));
            continue;
        };
        let has = said(found);
        let missing: Vec<&String> = words.iter().filter(|word| !has.contains(word)).collect();
        faults.unless(missing.is_empty(), || format!("{wanted}: {} expected, but found {}", listed(missing), listed(&has)));
    }
    for unwanted in &expected.not_among {
        let found = report.matches.iter().any(|found| id(found) == unwanted);
        faults.unless(!found, || format!("{unwanted} is on the list but should not be"));
    }
    check_left_out(expected, report, faults);
    check_advice(expected, report, faults);
}

/// Joins words with commas for display.
fn listed<T: fmt::Display>(words: impl IntoIterator<Item = T>) -> String {
    let words: Vec<String> = words.into_iter().map(|word| word.to_string()).collect();
    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
}

/// Codes of a match: fit, network status, verdict, notices, and the basis of its network status as
/// `network:`, `tier:` and `why:`.
fn said(found: &Match) -> Vec<String> {
    let network = &found.network;
    let codes = [found.fit.code(), network.status.code(), found.acceptance.verdict.code()].map(str::to_owned);
    let notices = found.notices.iter().map(|notice| notice.code.to_owned());
    let name = network.network.iter().map(|name| format!("network:{name}"));
    let tier = network.tier.iter().map(|tier| format!("tier:{tier}"));
    codes.into_iter().chain(notices).chain(name).chain(tier).chain([format!("why:{}", network.why)]).collect()
}

fn check_left_out(expected: &GoldenExpectation, report: &Report, faults: &mut Mismatches) {
    let listed = report.left_out_list.as_deref().unwrap_or_default();
    for (wanted, reason) in &expected.left_out {
        let found = listed.iter().find(|left_out| left_out.provider.id.as_str() == wanted);
        let actual = found.map_or_else(|| "not left out".to_owned(), |left_out| left_out.bar.reason.code());
        faults.unless(actual == *reason, || format!("{wanted}: left out for {reason} expected, {actual} found"));
    }
    for (reason, count) in &expected.reasons {
        let actual = report.left_out.iter().find(|(known, _)| known.code() == *reason).map_or(0, |(_, count)| *count);
        faults.unless(count.holds(actual), || format!("left out for {reason}: {count} expected, {actual} found"));
    }
}

fn check_advice(expected: &GoldenExpectation, report: &Report, faults: &mut Mismatches) {
    check_remarks(&expected.remarks, &report.remarks, faults);
    if let Some(wanted) = &expected.suggestions {
        let suggested: Vec<String> = report.suggestions.iter().map(in_short).collect();
        faults.unless(*wanted == suggested, || {
            format!("suggestions: {} expected, but found {}", listed(wanted), listed(&suggested))
        });
    }
    let gap = report.network_gap.is_some();
    let told = |gap| if gap { "a network gap" } else { "no network gap" };
    let wanted = expected.gap.unwrap_or(gap);
    faults.unless(wanted == gap, || format!("{} expected, {} found", told(wanted), told(gap)));
}

fn check_remarks(expected: &[String], remarks: &[Notice], faults: &mut Mismatches) {
    let told: Vec<&str> = remarks.iter().map(|remark| remark.code).collect();
    for code in expected {
        faults.unless(told.contains(&code.as_str()), || format!("remark {code} expected, but found {}", listed(&told)));
    }
}

fn in_short(suggestion: &Suggestion) -> String {
    let change = match suggestion.change {
        SuggestedChange::WithinMiles(miles) => format!("within_miles:{miles}"),
        SuggestedChange::DischargeOn(day) => format!("discharge_on:{day}"),
        SuggestedChange::Confirm(asked) => format!("confirm:{}", asked.code()),
    };
    format!("{change} +{}", suggestion.providers.len())
}

fn check_errors(expected: &[ExpectedError], errors: &[FieldError], faults: &mut Mismatches) {
    let told: Vec<_> = errors.iter().map(|error| (error.pointer.as_str(), error.code)).collect();
    let wanted: Vec<_> = expected.iter().map(|error| (error.pointer.as_str(), error.code.as_str())).collect();
    let refused = |errors: &[(&str, &str)]| match errors {
        [] => "an answer".to_owned(),
        errors => {
            format!("a refusal for {}", listed(errors.iter().map(|(pointer, code)| format!("{code} at {pointer}"))))
        }
    };
    let why = || errors.iter().flat_map(|error| [" (", error.detail.as_str(), ")"]).collect::<String>();
    faults.unless(told == wanted, || format!("{} expected, {} found{}", refused(&wanted), refused(&told), why()));
    for (wanted, error) in expected.iter().zip(errors) {
        let hint = error.hint.as_deref().unwrap_or_default();
        faults.unless(hint.contains(&wanted.hint), || format!("hint: \"{}\" expected, \"{hint}\" found", wanted.hint));
    }
}

fn check_answer(
    expected: &GoldenExpectation,
    question: &Question,
    remarks: &[Notice],
    directory: &dyn Directory,
    faults: &mut Mismatches,
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
    faults.unless(strangers.is_empty(), || format!("expected of services not asked for: {}", listed(strangers)));
    if let Some(service) = &expected.weakest {
        let actual = weakest(&reports).map_or("none", Service::code);
        faults.unless(actual == service, || format!("weakest: {service} expected, {actual} found"));
    }
}
