//! Provider profiles, version 1, as JSON: a list of objects, an object with such a list in `profiles`, or a single profile.

use std::io;
use std::io::{BufRead, Read};

use serde_json::{Map, Value};

use crate::input::place::escape;
use crate::refresh::csv_cell;
use crate::refresh::input::read_budget::ReadBudget;
use crate::refresh::json_pointer::JsonPointerIndex;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::profile;
use crate::refresh::profile::{ProfileEntry, SeenProfiles};
use crate::refresh::read::stats::ReadStats;
use crate::refresh::schema::{FieldType, PROFILE, unknown};
use crate::refresh::source_record::{RowError, RowOutcome};
use crate::run_report::rejects::{RejectedRow, RejectedRows};

/// Maximum file size in bytes, because the file is held in memory. Our choice.
const LARGEST: u64 = 64 << 20;

/// Maximum depth of the values that faults point to: `/profiles/0/needs_yes/0`.
const DEPTH: usize = 4;

/// Reads a file of profiles.
///
/// # Errors
/// A disk error or a truncated compressed file.
pub(crate) fn read(
    text: &mut dyn BufRead,
    within: &ReadBudget,
    file: &str,
    parsed: &mut ParsedInput,
    rejects: &mut RejectedRows,
) -> io::Result<ReadStats> {
    let mut bytes = Vec::new();
    within.renew(2 * LARGEST);
    text.take(LARGEST + 1).read_to_end(&mut bytes)?;
    let mut reading =
        ProfileJsonReader { file, rejects, counts: ReadStats::default(), pointers: JsonPointerIndex::default() };
    match parse_json(&bytes) {
        Ok((text, value)) => reading.document(text, &value, parsed),
        Err((line, reason)) => reading.refuse_all(line, &reason),
    }
    Ok(reading.counts)
}

/// The bytes as text and as JSON, or the line and the error.
fn parse_json(bytes: &[u8]) -> Result<(&str, Value), (u64, String)> {
    if bytes.len() as u64 > LARGEST {
        return Err((1, format!("it is larger than {} MB", LARGEST >> 20)));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| (1, "it is not UTF-8".to_owned()))?;
    let value = serde_json::from_str(text).map_err(|error| (error.line() as u64, format!("it is not JSON: {error}")))?;
    Ok((text, value))
}

/// State while reading a file.
struct ProfileJsonReader<'a> {
    file: &'a str,
    rejects: &'a mut RejectedRows,
    counts: ReadStats,
    pointers: JsonPointerIndex,
}

impl ProfileJsonReader<'_> {
    fn document(&mut self, text: &str, value: &Value, parsed: &mut ParsedInput) {
        self.pointers = JsonPointerIndex::of(text, DEPTH);
        let mut entered = SeenProfiles::default();
        let (list, at) = match value {
            Value::Object(object) if !object.contains_key("profiles") && is_profile(object) => {
                return self.profile(value, "", &mut entered, parsed);
            }
            Value::Object(object) => {
                for name in object.keys().filter(|name| *name != "profiles") {
                    let fault = RowError::whole("", &format!("unknown field \"{name}\" beside \"profiles\""));
                    self.note(&format!("/{}", escape(name)), fault);
                }
                (object.get("profiles"), "/profiles")
            }
            other => (Some(other), ""),
        };
        let Some(Value::Array(profiles)) = list else {
            self.refuse_all(self.pointers.line(at), "there is no list of profiles");
            return;
        };
        for pointer in self.pointers.repeated.clone() {
            let within = pointer.strip_prefix(at).is_some_and(|rest| rest.matches('/').count() > 1);
            if !within {
                self.note(&pointer, RowError::whole("", "this field is given more than once; the last one is used"));
            }
        }
        for (place, profile) in profiles.iter().enumerate() {
            self.profile(profile, &format!("{at}/{place}"), &mut entered, parsed);
        }
    }

    fn profile(&mut self, value: &Value, at: &str, entered: &mut SeenProfiles, parsed: &mut ParsedInput) {
        self.counts.rows += 1;
        let Value::Object(object) = value else {
            let fault = RowError::whole(&shown(value), "a profile must be an object");
            self.report_faults(at, [(String::new(), fault)].into(), true);
            return;
        };
        let (entry, mut told) = entry(object);
        let mut faults = Vec::new();
        let read = profile::read(&entry, parsed.records.current_file(), parsed.today, &mut faults);
        let line = self.pointers.line(at);
        let below_at = |pointer: &String| pointer.strip_prefix(at).filter(|rest| rest.starts_with('/')).map(str::to_owned);
        let again: Vec<String> = self.pointers.repeated.iter().filter_map(below_at).collect();
        let read = read.filter(|_| again.is_empty());
        let twice = "this field is given more than once, so the profile is not used";
        told.extend(again.into_iter().map(|pointer| (pointer, RowError::whole("", twice))));
        let taken = read.map(|profile| entered.enter(profile, line, &mut parsed.records, &mut faults));
        let refused = !matches!(taken, Some(Ok(_)));
        match taken {
            Some(Err(refusal)) => faults.push(refusal),
            Some(Ok(RowOutcome::Again)) => self.counts.duplicates += 1,
            Some(Ok(RowOutcome::Used | RowOutcome::PassedOver)) | None => {}
        }
        told.extend(faults.into_iter().map(|fault| (below(&fault), fault)));
        self.report_faults(at, told, refused);
    }

    /// Reports the faults of one profile, each with its pointer below `at`.
    fn report_faults(&mut self, at: &str, faults: Vec<(String, RowError)>, refused: bool) {
        let reject = |(below, fault): (String, RowError)| {
            let pointer = format!("{at}{below}");
            RejectedRow::at(self.file, self.pointers.line(&pointer), pointer, fault, !refused)
        };
        let rejects: Vec<RejectedRow> = faults.into_iter().map(reject).collect();
        if refused {
            self.counts.rejected += 1;
            self.rejects.push_row(rejects);
        } else {
            self.counts.faulty += u64::from(rejects.iter().any(|reject| !reject.doubt));
            for reject in rejects {
                self.rejects.push(reject);
            }
        }
    }

    /// Reports a fault outside the profiles.
    fn note(&mut self, pointer: &str, fault: RowError) {
        let line = self.pointers.line(pointer);
        self.rejects.push(RejectedRow::at(self.file, line, pointer.to_owned(), fault, true));
    }

    fn refuse_all(&mut self, line: u64, reason: &str) {
        self.counts.rejected += 1;
        let fault = RowError::whole("", reason);
        self.rejects.push_row([RejectedRow::at(self.file, line, String::new(), fault, false)]);
    }
}

/// Whether an object has a field of a profile.
fn is_profile(object: &Map<String, Value>) -> bool {
    PROFILE.iter().any(|field| object.contains_key(field.name))
}

/// The position of a fault in its profile, as the end of a pointer.
fn below(fault: &RowError) -> String {
    let field = fault.column.and_then(|column| PROFILE.iter().find(|field| field.column == column));
    let name = field.map(|field| format!("/{}", field.name)).unwrap_or_default();
    let part = fault.part.filter(|_| field.is_some_and(|field| field.kind == FieldType::Texts));
    part.map(|part| format!("{name}/{part}")).unwrap_or(name)
}

/// The non-empty fields of a profile, and the faults of the others.
fn entry(object: &Map<String, Value>) -> (ProfileEntry<'_>, Vec<(String, RowError)>) {
    let mut entry = ProfileEntry::default();
    let mut faults = Vec::new();
    for (name, value) in object {
        let pointer = format!("/{}", escape(name));
        let Some(field) = PROFILE.iter().find(|field| field.name == name) else {
            faults.push((pointer, unknown("field", name, &PROFILE)));
            continue;
        };
        match (field.kind, value) {
            (_, Value::Null) => {}
            (FieldType::Area, Value::Object(_)) => entry.area = Some(value.clone()),
            (FieldType::Texts, Value::Array(items)) => {
                let wrong = items.iter().enumerate().filter(|(_, item)| !item.is_string());
                let told = wrong.map(|(place, item)| (format!("{pointer}/{place}"), wrong_type(item, FieldType::Text)));
                faults.extend(told);
                let texts = items.iter().enumerate().filter_map(|(place, item)| Some((place, item.as_str()?.into())));
                entry.texts.insert(field.column, texts.collect());
            }
            (FieldType::Text, Value::String(text)) => {
                let text = csv_cell::non_empty(text).map(|text| csv_cell::clean_text(text).0);
                entry.texts.extend(text.map(|text| (field.column, vec![(0, text)])));
            }
            (FieldType::Number, Value::Number(number)) => {
                entry.texts.insert(field.column, vec![(0, number.to_string().into())]);
            }
            (kind, other) => {
                entry.unreadable.push(field.column);
                faults.push((pointer, wrong_type(other, kind)));
            }
        }
    }
    (entry, faults)
}

fn wrong_type(value: &Value, kind: FieldType) -> RowError {
    let (reason, advice) = match kind {
        FieldType::Text => ("it should be a text", "put it in double quotes to keep leading zeros"),
        FieldType::Texts => ("it should be a list of texts", "write it as [\"…\", \"…\"]"),
        FieldType::Number => ("it should be a number", "write digits without quotes and without a unit"),
        FieldType::Area => ("it should be a GeoJSON object", "write it as {\"type\": \"Polygon\", …}"),
    };
    RowError::whole(&shown(value), reason).with_hint(advice.to_owned())
}

/// A value as it appears in messages: a text without its quotes.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
