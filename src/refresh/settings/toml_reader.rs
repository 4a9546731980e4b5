//! TOML read strictly: every key that is not known and every value that is not of its kind, all at once, each with its line and a way out.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Error, ValueDeserializer};

use crate::fuzzy::{did_you_mean, nearest};

/// Where in the file something stands.
#[derive(Debug, Clone, Default)]
pub(crate) struct SourceLocation {
    /// The byte it begins at.
    at: usize,
    /// The keys that lead there, with full stops between.
    path: String,
}

impl SourceLocation {
    /// The byte `at`, below the keys of `path`.
    pub(crate) fn new(at: usize, path: &str) -> Self {
        Self { at, path: path.to_owned() }
    }

    /// Where `key` of a table stands; where there is none, the beginning of the table.
    pub(crate) fn of(table: &DeTable<'_>, path: &str, key: &str) -> Self {
        let found = table.keys().find(|known| known.get_ref() == key);
        let first = table.keys().map(|known| known.span().start).min();
        Self { at: found.map_or(first.unwrap_or(0), |key| key.span().start), path: below(path, key) }
    }
}

/// A text being read, and what is wrong with it so far.
pub(crate) struct TomlReader<'a> {
    text: &'a str,
    faults: Vec<(usize, String)>,
}

impl<'a> TomlReader<'a> {
    /// Begins to read.
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, faults: Vec::new() }
    }

    /// The whole document, as far as it is TOML.
    pub(crate) fn document(&mut self) -> DeTable<'a> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            let at = error.span().map_or(0, |span| span.start);
            self.fault(&SourceLocation { at, path: String::new() }, error.message());
        }
        table.into_inner()
    }

    /// Takes the table of that name out, if there is one.
    pub(crate) fn section(&mut self, table: &mut DeTable<'a>, name: &str) -> Option<DeTable<'a>> {
        let place = SourceLocation::of(table, "", name);
        let key = table.keys().find(|key| key.get_ref() == name)?.clone();
        if let DeValue::Table(section) = table.remove(&key)?.into_inner() {
            return Some(section);
        }
        self.fault(&place, "a section, written [name] with its keys below it");
        None
    }

    /// A table as a `T`. What is at fault is told and left out, and the rest read again, until all faults are known.
    pub(crate) fn read<T: DeserializeOwned>(&mut self, path: &str, mut table: DeTable<'_>) -> Option<T> {
        let mut left_out: Vec<String> = Vec::new();
        loop {
            let value = Spanned::new(0..0, DeValue::Table(table.clone()));
            let error = match T::deserialize(ValueDeserializer::from(value)) {
                Ok(read) => return Some(read),
                Err(error) => error,
            };
            let found = error.span().and_then(|span| remove(&mut table, &span));
            // What lacks only what was at fault, and has been told, is not told again.
            let lacks = |key: &String| error.message() == format!("missing field `{key}`");
            if left_out.iter().any(lacks) {
                if found.is_some() {
                    continue;
                }
                return None;
            }
            let Some((at, keys)) = found else {
                let at = table.keys().map(|key| key.span().start).min().unwrap_or(0);
                self.fault(&SourceLocation { at, path: path.to_owned() }, &words(&error));
                return None;
            };
            self.fault(&SourceLocation { at, path: below(path, &keys) }, &words(&error));
            left_out.extend(keys.rsplit('.').next().map(str::to_owned));
        }
    }

    /// Notes that something is wrong.
    pub(crate) fn fault(&mut self, place: &SourceLocation, what: &str) {
        let line = self.text.get(..place.at).unwrap_or(self.text).matches('\n').count() + 1;
        let path = if place.path.is_empty() { String::new() } else { format!("{}: ", place.path) };
        self.faults.push((place.at, format!("line {line}: {path}{what}")));
    }

    /// How many faults there are so far.
    pub(crate) fn faults(&self) -> usize {
        self.faults.len()
    }

    /// What was found wrong, in the order of the text.
    ///
    /// # Errors
    /// Something was.
    pub(crate) fn told(mut self) -> Result<(), String> {
        self.faults.sort();
        let lines: Vec<String> = self.faults.into_iter().map(|(_, words)| words).collect();
        if lines.is_empty() { Ok(()) } else { Err(lines.join("\n")) }
    }
}

fn below(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Removes the entry an error is about; gives where it began and the keys that lead to it.
fn remove(table: &mut DeTable<'_>, span: &Range<usize>) -> Option<(usize, String)> {
    let holds = |outer: Range<usize>| outer.start <= span.start && span.end <= outer.end;
    for (key, value) in table.iter_mut() {
        let name = key.get_ref().to_string();
        if !holds(key.span())
            && let DeValue::Table(inner) = value.get_mut()
            && let Some((at, rest)) = remove(inner, span)
        {
            return Some((at, below(&name, &rest)));
        }
    }
    let key = table.iter().find(|(key, value)| holds(key.span()) || holds(value.span()))?.0.clone();
    table.remove(&key);
    Some((key.span().start, key.into_inner().into_owned()))
}

/// An error of the reader, with the nearest known name where one was not known.
fn words(error: &Error) -> String {
    let message = error.message();
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    match quoted.split_first() {
        Some((typed, known)) if message.starts_with("unknown ") => {
            let what = if message.starts_with("unknown field") { "setting" } else { "value" };
            let hint = did_you_mean(&nearest(typed, known.iter().copied(), 2));
            let all = || {
                if known.is_empty() { "there are none here".to_owned() } else { format!("there are {}", known.join(", ")) }
            };
            format!("there is no {what} \"{typed}\"; {}", hint.unwrap_or_else(all))
        }
        _ => match message.rsplit_once("expected ") {
            Some((found, "u16" | "u32" | "u64" | "usize")) => format!("{found}expected a whole number"),
            Some((found, "a boolean")) => format!("{found}expected true or false"),
            Some((found, "a string" | "path string")) => format!("{found}expected a text in quotes"),
            Some((found, "a sequence")) => format!("{found}expected a list, written [\"…\", \"…\"]"),
            Some((found, what)) if what == "a map" || what.starts_with("struct ") => {
                format!("{found}expected keys of its own, written {{ key = value }}")
            }
            _ => message.to_owned(),
        },
    }
}
