//! Compares a saved answer with the answer of now. Nothing of it is stored.
//!
//! A saved answer is the file of the page, or an answer of `POST /v1/matches`; its question is asked again. Or it comes beside
//! its question.

use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::discharge::{Discharge, MOST_SHOWN, Notice, Question};
use crate::input::errors::{FieldError, FieldErrors, too_many};
use crate::matching::differences::{Difference, differences};
use crate::matching::listed_answer::{ComparedMatch, ListedAnswer};
use crate::matching::report::Report;
use crate::overlay::LiveDirectory;
use crate::query;
use crate::serve::answer_summary::AnswerSummary;
use crate::serve::json::saved_answer::{SavedExclusionsJson, SavedMatchJson, VERSION};
use crate::service::Service;
use crate::text::count_text::thousands;

/// The hint for a file that cannot be read.
const SAVE_AGAIN: &str = "ask the question again and save its answer";
/// What can be compared.
const WHAT_TO_SEND: &str = "send a file of \"Save this question and its answer\", an answer of POST /v1/matches, or \
                            {\"question\": …, \"answer\": …}";
/// The longest error of the JSON reader that is passed on, in characters.
const LONGEST_ERROR: usize = 120;

/// A comparison of a saved answer with the answer of now.
#[derive(Debug)]
pub(crate) struct SavedComparison {
    /// One for each service of the question.
    pub services: Vec<ServiceComparison>,
    /// Notes on how the question was read.
    pub remarks: Vec<Notice>,
    /// A summary of the answer of now, for the log.
    pub tally: AnswerSummary,
}

/// The comparison of one service.
#[derive(Debug)]
pub(crate) struct ServiceComparison {
    /// The question of now.
    pub discharge: Discharge,
    /// The generation of the saved answer, if it names one.
    pub generation: Option<String>,
    /// How many matches the saved answer has.
    pub listed: usize,
    /// Whether these are all.
    pub is_complete: bool,
    /// How many there are now.
    pub listed_now: u32,
    /// What differs.
    pub differences: Vec<Difference>,
}

/// One report of a saved answer.
struct SavedReport {
    listed: ListedAnswer,
    generation: Option<String>,
    /// Its question as it was understood, if the report has it, and where.
    question: Option<(Value, String)>,
}

/// Compares the saved answer `raw` with what `served` answers now.
///
/// # Errors
/// Everything that is wrong with the saved answer or its question, with what to do.
pub(crate) fn compare(served: &LiveDirectory, raw: &Value) -> Result<SavedComparison, FieldErrors> {
    let mut faults = FieldErrors::default();
    let (own_question, saved) = read(raw, &mut faults);
    if !faults.is_empty() {
        return Err(faults);
    }
    let asked: Vec<(Value, String)> = match own_question {
        Some(question) => vec![(question, "/question".to_owned())],
        None => saved.iter().filter_map(|report| report.question.clone()).collect(),
    };
    let mut remarks: Vec<Notice> = Vec::new();
    let mut discharges = Vec::new();
    for (question, at) in asked {
        let (question, moved) = on_no_past_day(question, served.today());
        match query::read(served.base(), &question, served.today()) {
            Ok((Question { discharges: read, .. }, notes)) => {
                discharges.extend(read);
                remarks.extend(moved.into_iter().chain(notes).filter(|note| !remarks.contains(note)).collect::<Vec<_>>());
            }
            Err(errors) => errors.into_iter().for_each(|error| {
                faults.push(FieldError { pointer: format!("{at}{}", error.pointer), ..error });
            }),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let pairs = pair(discharges, saved, &mut faults);
    if !faults.is_empty() {
        return Err(faults);
    }
    let reports: Vec<(Report, SavedReport)> = pairs
        .into_iter()
        .map(|(discharge, saved)| {
            let whole = Discharge { limit: MOST_SHOWN, offset: 0, list_left_out: true, ..discharge };
            (query::report(served, &whole, &[]), saved)
        })
        .collect();
    remarks.extend(reports.iter().filter_map(|(report, _)| compared_in_part(report)));
    let services = reports.iter().map(|(report, saved)| ServiceComparison {
        discharge: report.discharge.clone(),
        generation: saved.generation.clone(),
        listed: saved.listed.listed.len(),
        is_complete: saved.listed.is_complete,
        listed_now: report.matched(),
        differences: differences(&saved.listed, &ListedAnswer::from(report)),
    });
    let services = services.collect();
    let reports: Vec<Report> = reports.into_iter().map(|(report, _)| report).collect();
    Ok(SavedComparison { services, remarks, tally: AnswerSummary::of(&reports) })
}

/// The note that only the first matches of now are compared, if there are more.
fn compared_in_part(report: &Report) -> Option<Notice> {
    let (most, matched) = (u64::from(MOST_SHOWN), u64::from(report.matched()));
    let service = report.discharge.service.label();
    let text = format!(
        "{service}: {} providers match now; only the first {} are compared. Narrow the question to compare all.",
        thousands(matched),
        thousands(most)
    );
    (matched > most).then_some(Notice { code: "compared_in_part", text })
}

/// Each discharge with the saved report of its service.
fn pair(discharges: Vec<Discharge>, mut saved: Vec<SavedReport>, faults: &mut FieldErrors) -> Vec<(Discharge, SavedReport)> {
    let mut pairs = Vec::new();
    for discharge in discharges {
        match saved.iter().position(|report| report.listed.service == discharge.service) {
            Some(at) => pairs.push((discharge, saved.swap_remove(at))),
            None => other_question(discharge.service, faults),
        }
    }
    for report in &saved {
        other_question(report.listed.service, faults);
    }
    pairs
}

fn other_question(service: Service, faults: &mut FieldErrors) {
    let detail = format!("the question and the saved answer do not have the same services: {service} is in one only");
    faults.add("/answer", "other_question", detail, Some("send an answer to this question".to_owned()));
}

/// The question beside the saved answer, if it is given, and the reports of the answer. Every error is added to `faults`.
fn read(raw: &Value, faults: &mut FieldErrors) -> (Option<Value>, Vec<SavedReport>) {
    let Some(body) = raw.as_object() else {
        faults.add("", "not_a_saved_answer", "this is not a saved answer", Some(WHAT_TO_SEND.to_owned()));
        return (None, Vec::new());
    };
    let (question, answer, at) = match (body.get("question"), body.get("answer")) {
        (Some(question), Some(answer)) => {
            let others = body.keys().map(String::as_str).filter(|name| !["question", "answer"].contains(name));
            faults.unknown_fields("", others, |_| Some("beside an answer there is only its question".to_owned()));
            (Some(question.clone()), answer, "/answer")
        }
        _ => (None, raw, ""),
    };
    if let Some(version) = answer.get("saved_answer").filter(|version| version.as_u64() != Some(VERSION)) {
        let version = version.as_u64().map_or_else(|| "another version".to_owned(), |number| format!("version {number}"));
        let detail = format!("the saved answer has {version}; this program reads version {VERSION}");
        faults.add(format_args!("{at}/saved_answer"), "other_version", detail, Some(SAVE_AGAIN.to_owned()));
        return (question, Vec::new());
    }
    let one_or_more: Vec<(&Value, String)> = match answer.pointer("/bundle/reports").and_then(Value::as_array) {
        Some(reports) if reports.len() > Service::ALL.len() => {
            faults.push(too_many(format_args!("{at}/bundle/reports"), Service::ALL.len(), reports.len()));
            return (question, Vec::new());
        }
        Some(reports) => reports.iter().zip(0..).map(|(report, n)| (report, format!("{at}/bundle/reports/{n}"))).collect(),
        None => vec![(answer, at.to_owned())],
    };
    if one_or_more.is_empty() || one_or_more.iter().any(|(report, _)| report.get("matches").is_none()) {
        faults.add(at, "not_a_saved_answer", "this is not a saved answer: it has no matches", Some(WHAT_TO_SEND.to_owned()));
        return (question, Vec::new());
    }
    let is_asked = question.is_some();
    let reports = one_or_more.into_iter().filter_map(|(report, at)| read_report(report, &at, is_asked, faults)).collect();
    (question, reports)
}

fn read_report(report: &Value, at: &str, is_asked: bool, faults: &mut FieldErrors) -> Option<SavedReport> {
    let understood = report.get("question").and_then(Value::as_object);
    let service = understood.and_then(|question| question.get("service")).and_then(Value::as_str);
    let Some(service) = service.and_then(|code| Service::ALL.into_iter().find(|service| service.code() == code)) else {
        let detail = "the saved answer does not say for which service it is, or for one that this version does not know";
        faults.add(format_args!("{at}/question/service"), "damaged", detail, Some(SAVE_AGAIN.to_owned()));
        return None;
    };
    let listed = read_matches(report, at, faults)?;
    let excluded: SavedExclusionsJson = match report.get("left_out") {
        None => SavedExclusionsJson::default(),
        Some(left) => read_part(left, &format!("{at}/left_out"), faults)?,
    };
    let mut known = std::collections::BTreeMap::new();
    for (number, left) in excluded.list.into_iter().enumerate() {
        match left.read() {
            Ok((id, left)) => drop(known.insert(id, left)),
            Err(detail) => damaged(&format!("{at}/left_out/list/{number}"), detail, faults),
        }
    }
    let is_complete = report.get("next_cursor").is_some_and(Value::is_null);
    let question = match (is_asked, understood) {
        (false, Some(understood)) => Some((asked_again(understood, at, faults)?, format!("{at}/question"))),
        _ => None,
    };
    let generation = report.pointer("/directory/generation").and_then(Value::as_str).map(str::to_owned);
    Some(SavedReport { listed: ListedAnswer { service, is_complete, listed, excluded: known }, generation, question })
}

/// The matches, which must be the first ones of the list, each once.
fn read_matches(report: &Value, at: &str, faults: &mut FieldErrors) -> Option<Vec<ComparedMatch>> {
    let Some(raw) = report.get("matches").and_then(Value::as_array) else {
        damaged(&format!("{at}/matches"), "the matches are not a list".to_owned(), faults);
        return None;
    };
    if raw.len() > MOST_SHOWN as usize {
        faults.push(too_many(format_args!("{at}/matches"), MOST_SHOWN as usize, raw.len()));
        return None;
    }
    let before = faults.len();
    let mut listed: Vec<ComparedMatch> = Vec::with_capacity(raw.len());
    let mut known = std::collections::BTreeSet::new();
    for (number, one) in raw.iter().enumerate() {
        let place = format!("{at}/matches/{number}");
        let Some(found) = read_part::<SavedMatchJson>(one, &place, faults) else { continue };
        match found.read() {
            Err(detail) => damaged(&place, detail, faults),
            Ok(found) if number == 0 && found.rank > 1 => {
                let hint = Some("save the first page, or ask with limit 1000".to_owned());
                faults.add(&place, "not_the_first_page", "the list begins after rank 1", hint);
                return None;
            }
            Ok(found) if found.rank as usize != number + 1 => {
                damaged(&place, format!("rank {} is at place {}: matches are missing", found.rank, number + 1), faults);
                return None;
            }
            Ok(found) if !known.insert(found.id.clone()) => {
                damaged(&place, "this provider is on the list twice".to_owned(), faults);
            }
            Ok(found) => listed.push(found),
        }
    }
    (faults.len() == before).then_some(listed)
}

fn read_part<'a, T: Deserialize<'a>>(part: &'a Value, at: &str, faults: &mut FieldErrors) -> Option<T> {
    let read = T::deserialize(part);
    read.map_err(|error| damaged(at, error.to_string().chars().take(LONGEST_ERROR).collect(), faults)).ok()
}

fn damaged(at: &str, detail: String, faults: &mut FieldErrors) {
    faults.add(at, "damaged", detail, Some(format!("the file may be damaged, or from another version: {SAVE_AGAIN}")));
}

/// The request for the question that an answer returned as it was understood.
fn asked_again(understood: &Map<String, Value>, at: &str, faults: &mut FieldErrors) -> Option<Value> {
    let profile =
        understood.get("profile").and_then(Value::as_str).map(|profile| profile.split('@').next().unwrap_or(profile));
    if profile == Some("own") {
        let hint = Some("send {\"question\": …, \"answer\": …} with the question as it was asked".to_owned());
        faults.add(
            format_args!("{at}/question/profile"),
            "own_weights",
            "the answer does not hold the weights it was ranked with",
            hint,
        );
        return None;
    }
    let mut question = Map::new();
    for name in ["service", "within_miles", "needs", "discharge_on"] {
        let given = understood.get(name).filter(|value| !value.is_null());
        question.extend(given.map(|value| (name.to_owned(), value.clone())));
    }
    if let Some(near) = understood.get("near") {
        let is_zip = near["precision"] == "zip" || near["precision"] == "city";
        let point = || json!({"latitude": near["latitude"], "longitude": near["longitude"]});
        question.insert("near".to_owned(), if is_zip { json!({"zip": near["zip"]}) } else { point() });
    }
    if let Some(coverage) = understood.get("coverage").and_then(Value::as_object) {
        let named = coverage.iter().filter(|(name, _)| *name != "networks");
        question.insert("coverage".to_owned(), named.map(|(name, value)| (name.clone(), value.clone())).collect());
    }
    if let Some(patient) = understood.get("patient").and_then(Value::as_object) {
        let is_said = |value: &Value| !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty());
        let said = patient.iter().filter(|(_, value)| is_said(value));
        question.insert("patient".to_owned(), said.map(|(name, value)| (name.clone(), value.clone())).collect());
    }
    question.extend(profile.map(|profile| ("profile".to_owned(), json!(profile))));
    Some(question.into())
}

/// The question for today if its date has passed, and a note that says so.
fn on_no_past_day(mut question: Value, today: Date) -> (Value, Option<Notice>) {
    let day = question.get("discharge_on").and_then(Value::as_str).and_then(|day| day.parse::<Date>().ok());
    let Some(day) = day.filter(|day| *day < today) else { return (question, None) };
    if let Some(fields) = question.as_object_mut() {
        fields.insert("discharge_on".to_owned(), json!(today.to_string()));
    }
    let text = format!("The discharge date of the saved answer, {day}, has passed; the comparison is for today, {today}.");
    (question, Some(Notice { code: "date_moved", text }))
}
