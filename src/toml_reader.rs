//! Strict TOML reader for all settings files. Reports every unknown key and every value of the
//! wrong type at once, each with its line, its key and a fix.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue, Error, ValueDeserializer};

use crate::fuzzy::{did_you_mean, nearest};

/// A location in the file.
#[derive(Debug, Clone, Default)]
pub(crate) struct TomlLocation {
    /// Byte offset.
    at: usize,
    /// The keys that lead there, joined by dots.
    path: String,
}

impl TomlLocation {
    /// A location at byte `at`, under the keys of `path`.
    pub(crate) fn new(at: usize, path: &str) -> Self {
        Self { at, path: path.to_owned() }
    }

    /// The location of `key` in a table; the start of the table if the key is missing.
    pub(crate) fn of(table: &DeTable<'_>, path: &str, key: &str) -> Self {
        let found = table.keys().find(|known| known.get_ref() == key);
        let first = table.keys().map(|known| known.span().start).min();
        Self { at: found.map_or(first.unwrap_or(0), |key| key.span().start), path: below(path, key) }
    }
}

impl TomlLocation {
    /// The location of an item, at byte `at`, of the list at this location.
    pub(crate) fn item(&self, at: usize) -> Self {
        Self { at, path: self.path.clone() }
    }
}

/// A text being read and the faults found so far.
pub(crate) struct TomlReader<'a> {
    text: &'a str,
    /// Location and message of each fault.
    faults: Vec<(TomlLocation, String)>,
}

impl<'a> TomlReader<'a> {
    /// Creates a reader.
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, faults: Vec::new() }
    }

    /// Parses the whole document, recovering from syntax errors.
    pub(crate) fn document(&mut self) -> DeTable<'a> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            let at = error.span().map_or(0, |span| span.start);
            self.fault(&TomlLocation { at, path: String::new() }, error.message());
        }
        table.into_inner()
    }

    /// Removes and returns the section of this name, if present.
    pub(crate) fn section(&mut self, table: &mut DeTable<'a>, name: &str) -> Option<DeTable<'a>> {
        let (place, value) = take(table, name)?;
        if let DeValue::Table(section) = value.into_inner() {
            return Some(section);
        }
        self.fault(&place, &format!("expected a section, written [{name}] with its keys below it"));
        None
    }

    /// Removes and returns all sections of this name.
    pub(crate) fn sections(&mut self, table: &mut DeTable<'a>, name: &str) -> Vec<DeTable<'a>> {
        let Some((place, value)) = take(table, name) else { return Vec::new() };
        let items: Vec<DeValue<'a>> = match value.into_inner() {
            DeValue::Array(items) => items.into_iter().map(Spanned::into_inner).collect(),
            other => vec![other],
        };
        let mut sections = Vec::new();
        for item in items {
            match item {
                DeValue::Table(section) => sections.push(section),
                _ => self.fault(&place, &format!("expected sections, each written [[{name}]] with its keys below it")),
            }
        }
        sections
    }

    /// Reports each of `keys` that the table lacks.
    pub(crate) fn require(&mut self, path: &str, table: &DeTable<'_>, keys: &[&str]) {
        for key in keys.iter().filter(|key| !table.keys().any(|known| known.get_ref() == **key)) {
            self.fault(&TomlLocation::of(table, path, key), MISSING);
        }
    }

    /// Deserializes the whole text as a `T`.
    ///
    /// # Errors
    /// The faults, formatted as in [`TomlReader::finish`].
    pub(crate) fn read_whole<T: DeserializeOwned>(mut self) -> Result<T, String> {
        let table = self.document();
        let read = self.read("", table);
        self.finish(read)
    }

    /// Deserializes a table as a `T`. Reports each fault, removes its entry and tries again until
    /// all faults are found.
    pub(crate) fn read<T: DeserializeOwned>(&mut self, path: &str, mut table: DeTable<'_>) -> Option<T> {
        let mut left_out: Vec<String> = Vec::new();
        loop {
            let value = Spanned::new(0..0, DeValue::Table(table.clone()));
            let error = match T::deserialize(ValueDeserializer::from(value)) {
                Ok(read) => return Some(read),
                Err(error) => error,
            };
            let found = error.span().and_then(|span| remove(&mut table, &span));
            // A missing field that was removed for its own fault is not reported again.
            let lacks = |key: &String| error.message() == format!("missing field `{key}`");
            if left_out.iter().any(lacks) {
                if found.is_some() {
                    continue;
                }
                return None;
            }
            let Some((at, keys)) = found else {
                let at = table.keys().map(|key| key.span().start).min().unwrap_or(0);
                self.fault_of(at, path, &error);
                return None;
            };
            self.fault_of(at, &below(path, &keys), &error);
            left_out.extend(keys.rsplit('.').next().map(str::to_owned));
        }
    }

    /// Reports a deserialization error at `path`.
    fn fault_of(&mut self, at: usize, path: &str, error: &Error) {
        let lacking = error.message().strip_prefix("missing field `").and_then(|field| field.strip_suffix('`'));
        match lacking {
            Some(key) => self.fault(&TomlLocation { at, path: below(path, key) }, MISSING),
            None => self.fault(&TomlLocation { at, path: path.to_owned() }, &words(error)),
        }
    }

    /// Reports a fault.
    pub(crate) fn fault(&mut self, place: &TomlLocation, what: &str) {
        self.faults.push((place.clone(), what.to_owned()));
    }

    /// The number of faults so far.
    pub(crate) fn faults(&self) -> usize {
        self.faults.len()
    }

    /// Returns `read` if there are no faults.
    ///
    /// # Errors
    /// All faults, one per line, in text order.
    pub(crate) fn finish<T>(self, read: Option<T>) -> Result<T, String> {
        let line_of = |at: usize| self.text.get(..at).unwrap_or(self.text).matches('\n').count() + 1;
        let shown = |(place, what): &(TomlLocation, String)| {
            let path = if place.path.is_empty() { String::new() } else { format!("{}: ", place.path) };
            (place.at, format!("line {}: {path}{what}", line_of(place.at)))
        };
        let mut faults: Vec<(usize, String)> = self.faults.iter().map(shown).collect();
        faults.sort();
        let lines: Vec<String> = faults.into_iter().map(|(_, line)| line).collect();
        read.filter(|_| lines.is_empty()).ok_or(lines.join("\n"))
    }
}

/// The message for a missing required key.
const MISSING: &str = "is missing";

/// Formats the faults of a file: its name, then one fault per line.
pub(crate) fn faults_of_file(name: &str, faults: &str) -> String {
    let lines: Vec<String> = faults.lines().map(|fault| format!("\n  {fault}")).collect();
    format!("{name}:{}", lines.concat())
}

/// Removes an entry; returns its location and value.
fn take<'a>(table: &mut DeTable<'a>, name: &str) -> Option<(TomlLocation, Spanned<DeValue<'a>>)> {
    let place = TomlLocation::of(table, "", name);
    let key = table.keys().find(|key| key.get_ref() == name)?.clone();
    Some((place, table.remove(&key)?))
}

fn below(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Removes the entry or list item an error is about; returns its offset and the keys that lead to
/// it.
fn remove(table: &mut DeTable<'_>, span: &Range<usize>) -> Option<(usize, String)> {
    let holds = |outer: &Range<usize>| outer.start <= span.start && span.end <= outer.end;
    for (key, value) in table.iter_mut().filter(|(key, _)| !holds(&key.span())) {
        let (name, within) = (key.get_ref().to_string(), value.span());
        let removed = match value.get_mut() {
            DeValue::Table(inner) => remove(inner, span),
            DeValue::Array(items) if holds(&within) => remove_item(items, span),
            _ => None,
        };
        if let Some((at, rest)) = removed {
            return Some((at, if rest.is_empty() { name } else { below(&name, &rest) }));
        }
    }
    let key = table.iter().find(|(key, value)| holds(&key.span()) || holds(&value.span()))?.0.clone();
    table.remove(&key);
    Some((key.span().start, key.into_inner().into_owned()))
}

/// Same for a list: only the item is removed, or the entry of a table in it.
fn remove_item(items: &mut DeArray<'_>, span: &Range<usize>) -> Option<(usize, String)> {
    let mut removed = None;
    for mut item in std::mem::replace(items, DeArray::new()) {
        let within = item.span();
        if removed.is_none()
            && let DeValue::Table(inner) = item.get_mut()
        {
            removed = remove(inner, span);
        }
        if removed.is_none() && within.start <= span.start && span.end <= within.end {
            removed = Some((within.start, String::new()));
        } else {
            items.push(item);
        }
    }
    removed
}

/// The message for an unknown name, with the nearest known names or all of them.
pub(crate) fn unknown(what: &str, typed: &str, known: &[&str]) -> String {
    let hint = did_you_mean(&nearest(typed, known.iter().copied(), 2));
    let all = || if known.is_empty() { "there are none here".to_owned() } else { format!("there are {}", known.join(", ")) };
    format!("there is no {what} \"{typed}\"; {}", hint.unwrap_or_else(all))
}

/// Rewords a deserialization error for users, with a suggestion for an unknown name.
fn words(error: &Error) -> String {
    let message = error.message();
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    match quoted.split_first() {
        Some((typed, known)) if message.starts_with("unknown ") => {
            unknown(if message.starts_with("unknown field") { "setting" } else { "value" }, typed, known)
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
