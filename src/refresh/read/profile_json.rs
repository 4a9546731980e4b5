//! Provider profiles, version 1, as JSON: a list of objects, an object whose `profiles` is such a list, or a single profile.

use std::io::{self, BufRead, Read};

use serde_json::{Map, Value};

use crate::refresh::account::{Refusal, Taken};
use crate::refresh::input::bounds::Allowance;
use crate::refresh::pointer::{Pointers, step};
use crate::refresh::profile::{self, Entered, Entry};
use crate::refresh::read::{Books, Counts};
use crate::refresh::report::{Reject, Rejects};
use crate::refresh::schema::{Kind, PROFILE, unknown};

/// The largest file that is read, in bytes: it is read whole. Our choice.
const LARGEST: u64 = 64 << 20;

/// How deep the values stand that faults are told of: `/profiles/0/needs_yes/0`.
const DEPTH: usize = 4;

/// Reads a file of profiles.
///
/// # Errors
/// The disk failed or a packed file is broken off.
pub fn read(
    text: &mut dyn BufRead,
    within: &Allowance,
    file: &str,
    books: &mut Books,
    rejects: &mut Rejects,
) -> io::Result<Counts> {
    let mut bytes = Vec::new();
    within.renew(2 * LARGEST);
    text.take(LARGEST + 1).read_to_end(&mut bytes)?;
    let mut reading = Reading { file, rejects, counts: Counts::default(), pointers: Pointers::default() };
    match parsed(&bytes) {
        Ok((text, value)) => reading.document(text, &value, books),
        Err((line, reason)) => reading.refuse_all(line, &reason),
    }
    Ok(reading.counts)
}

/// The bytes as text and as JSON, or the line and what is wrong with them.
fn parsed(bytes: &[u8]) -> Result<(&str, Value), (u64, String)> {
    if bytes.len() as u64 > LARGEST {
        return Err((1, format!("it is larger than {} MB", LARGEST >> 20)));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| (1, "it is not UTF-8".to_owned()))?;
    let value =
        serde_json::from_str(text).map_err(|error| (error.line() as u64, format!("it is not JSON: {error}")))?;
    Ok((text, value))
}

/// A file while it is read.
struct Reading<'a> {
    file: &'a str,
    rejects: &'a mut Rejects,
    counts: Counts,
    pointers: Pointers,
}

impl Reading<'_> {
    fn document(&mut self, text: &str, value: &Value, books: &mut Books) {
        self.pointers = Pointers::of(text, DEPTH);
        let mut entered = Entered::default();
        let (list, at) = match value {
            Value::Object(object) if !object.contains_key("profiles") && is_profile(object) => {
                return self.profile(value, "", &mut entered, books);
            }
            Value::Object(object) => {
                for name in object.keys().filter(|name| *name != "profiles") {
                    let fault = Refusal::whole("", &format!("there is no field \"{name}\" beside \"profiles\""));
                    self.note(&format!("/{}", step(name)), fault);
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
                self.note(&pointer, Refusal::whole("", "this field is given more than once; the last one is read"));
            }
        }
        for (place, profile) in profiles.iter().enumerate() {
            self.profile(profile, &format!("{at}/{place}"), &mut entered, books);
        }
    }

    fn profile(&mut self, value: &Value, at: &str, entered: &mut Entered, books: &mut Books) {
        self.counts.rows += 1;
        let Value::Object(object) = value else {
            let fault = Refusal::whole(&shown(value), "a profile is an object");
            self.told(at, [(String::new(), fault)].into(), true);
            return;
        };
        let (entry, mut told) = entry(object);
        let mut faults = Vec::new();
        let read = profile::read(&entry, books.accounts.current_file(), books.today, &mut faults);
        let line = self.pointers.line(at);
        let below_at =
            |pointer: &String| pointer.strip_prefix(at).filter(|rest| rest.starts_with('/')).map(str::to_owned);
        let again: Vec<String> = self.pointers.repeated.iter().filter_map(below_at).collect();
        let read = read.filter(|_| again.is_empty());
        let twice = "this field is given more than once, so the profile is not used";
        told.extend(again.into_iter().map(|pointer| (pointer, Refusal::whole("", twice))));
        let taken = read.map(|profile| entered.enter(profile, line, &mut books.accounts, &mut faults));
        let refused = !matches!(taken, Some(Ok(_)));
        match taken {
            Some(Err(refusal)) => faults.push(refusal),
            Some(Ok(Taken::Again)) => self.counts.duplicates += 1,
            Some(Ok(Taken::Used | Taken::PassedOver)) | None => {}
        }
        told.extend(faults.into_iter().map(|fault| (below(&fault), fault)));
        self.told(at, told, refused);
    }

    /// Tells what is wrong with one profile, each fault with its pointer below `at`.
    fn told(&mut self, at: &str, faults: Vec<(String, Refusal)>, refused: bool) {
        let reject = |(below, fault): (String, Refusal)| {
            let pointer = format!("{at}{below}");
            Reject::at(self.file, self.pointers.line(&pointer), pointer, fault, !refused)
        };
        let rejects: Vec<Reject> = faults.into_iter().map(reject).collect();
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

    /// Notes what is wrong beside the profiles.
    fn note(&mut self, pointer: &str, fault: Refusal) {
        let line = self.pointers.line(pointer);
        self.rejects.push(Reject::at(self.file, line, pointer.to_owned(), fault, true));
    }

    fn refuse_all(&mut self, line: u64, reason: &str) {
        self.counts.rejected += 1;
        let fault = Refusal::whole("", reason);
        self.rejects.push_row([Reject::at(self.file, line, String::new(), fault, false)]);
    }
}

/// Whether an object has a field of a profile.
fn is_profile(object: &Map<String, Value>) -> bool {
    PROFILE.iter().any(|field| object.contains_key(field.name))
}

/// Where in its profile a fault lies, as the end of a pointer.
fn below(fault: &Refusal) -> String {
    let field = fault.column.and_then(|column| PROFILE.iter().find(|field| field.column == column));
    let name = field.map(|field| format!("/{}", field.name)).unwrap_or_default();
    let part = fault.part.filter(|_| field.is_some_and(|field| field.kind == Kind::Texts));
    part.map(|part| format!("{name}/{part}")).unwrap_or(name)
}

/// The fields of a profile that say something, and what is wrong with the others.
fn entry(object: &Map<String, Value>) -> (Entry<'_>, Vec<(String, Refusal)>) {
    let mut entry = Entry::default();
    let mut faults = Vec::new();
    for (name, value) in object {
        let pointer = format!("/{}", step(name));
        let Some(field) = PROFILE.iter().find(|field| field.name == name) else {
            faults.push((pointer, unknown("field", name, &PROFILE)));
            continue;
        };
        match (field.kind, value) {
            (_, Value::Null) => {}
            (Kind::Area, Value::Object(_)) => entry.area = Some(value.clone()),
            (Kind::Texts, Value::Array(items)) => {
                let wrong = items.iter().enumerate().filter(|(_, item)| !item.is_string());
                let told = wrong.map(|(place, item)| (format!("{pointer}/{place}"), wrong_type(item, Kind::Text)));
                faults.extend(told);
                let texts = items.iter().enumerate().filter_map(|(place, item)| Some((place, item.as_str()?.into())));
                entry.texts.insert(field.column, texts.collect());
            }
            (Kind::Text, Value::String(text)) if text.trim().is_empty() => {}
            (Kind::Text, Value::String(text)) => {
                entry.texts.insert(field.column, vec![(0, text.trim().into())]);
            }
            (Kind::Number, Value::Number(number)) => {
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

fn wrong_type(value: &Value, kind: Kind) -> Refusal {
    let (reason, advice) = match kind {
        Kind::Text => ("it should be a text", "put it into double quotes, so that leading zeros stay"),
        Kind::Texts => ("it should be a list of texts", "write it as [\"…\", \"…\"]"),
        Kind::Number => ("it should be a number", "write digits without quotes and without a unit"),
        Kind::Area => ("it should be a GeoJSON object", "write it as {\"type\": \"Polygon\", …}"),
    };
    Refusal::whole(&shown(value), reason).advised(advice.to_owned())
}

/// A value as it is shown where it is wrong: a text without its quotes.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
