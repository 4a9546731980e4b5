//! TOML read strictly, for every file of settings: each key that is not known and each value that is not of its kind, all at once, with
//! its line, its key and a way out.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue, Error, ValueDeserializer};

use crate::fuzzy::{did_you_mean, nearest};

/// Where in the file something stands.
#[derive(Debug, Clone, Default)]
pub(crate) struct TomlLocation {
    /// The byte it begins at.
    at: usize,
    /// The keys that lead there, with full stops between.
    path: String,
}

impl TomlLocation {
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

impl TomlLocation {
    /// Where an item of the list that stands here begins.
    pub(crate) fn item(&self, at: usize) -> Self {
        Self { at, path: self.path.clone() }
    }
}

/// A text being read, and what is wrong with it so far.
pub(crate) struct TomlReader<'a> {
    text: &'a str,
    /// What is wrong, where it begins and with which keys.
    faults: Vec<(TomlLocation, String)>,
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
            self.fault(&TomlLocation { at, path: String::new() }, error.message());
        }
        table.into_inner()
    }

    /// Takes the section of that name out, if there is one.
    pub(crate) fn section(&mut self, table: &mut DeTable<'a>, name: &str) -> Option<DeTable<'a>> {
        let (place, value) = take(table, name)?;
        if let DeValue::Table(section) = value.into_inner() {
            return Some(section);
        }
        self.fault(&place, &format!("expected a section, written [{name}] with its keys below it"));
        None
    }

    /// Takes every section of that name out.
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

    /// Notes which of the keys that a table must have it lacks.
    pub(crate) fn require(&mut self, path: &str, table: &DeTable<'_>, keys: &[&str]) {
        for key in keys.iter().filter(|key| !table.keys().any(|known| known.get_ref() == **key)) {
            self.fault(&TomlLocation::of(table, path, key), MISSING);
        }
    }

    /// The whole text as a `T`.
    ///
    /// # Errors
    /// What is wrong with it, as [`TomlReader::finish`] says it.
    pub(crate) fn read_whole<T: DeserializeOwned>(mut self) -> Result<T, String> {
        let table = self.document();
        let read = self.read("", table);
        self.finish(read)
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
                self.fault_of(at, path, &error);
                return None;
            };
            self.fault_of(at, &below(path, &keys), &error);
            left_out.extend(keys.rsplit('.').next().map(str::to_owned));
        }
    }

    /// Notes an error about what stands at `path`.
    fn fault_of(&mut self, at: usize, path: &str, error: &Error) {
        let lacking = error.message().strip_prefix("missing field `").and_then(|field| field.strip_suffix('`'));
        match lacking {
            Some(key) => self.fault(&TomlLocation { at, path: below(path, key) }, MISSING),
            None => self.fault(&TomlLocation { at, path: path.to_owned() }, &words(error)),
        }
    }

    /// Notes that something is wrong.
    pub(crate) fn fault(&mut self, place: &TomlLocation, what: &str) {
        self.faults.push((place.clone(), what.to_owned()));
    }

    /// How many faults there are so far.
    pub(crate) fn faults(&self) -> usize {
        self.faults.len()
    }

    /// What was read, if nothing was wrong with the text.
    ///
    /// # Errors
    /// What was found wrong, a line each, in the order of the text.
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

/// What is said of a key that must be there.
const MISSING: &str = "is missing";

/// The faults of a file as one text, a line each below its name.
pub(crate) fn faults_of_file(name: &str, faults: &str) -> String {
    let lines: Vec<String> = faults.lines().map(|fault| format!("\n  {fault}")).collect();
    format!("{name}:{}", lines.concat())
}

/// Takes the entry of that name out, with where it stands.
fn take<'a>(table: &mut DeTable<'a>, name: &str) -> Option<(TomlLocation, Spanned<DeValue<'a>>)> {
    let place = TomlLocation::of(table, "", name);
    let key = table.keys().find(|key| key.get_ref() == name)?.clone();
    Some((place, table.remove(&key)?))
}

fn below(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Removes the entry an error is about, or the item of a list; gives where it began and the keys that lead to it.
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

/// The same in a list, of which all but the item is kept; a table in it loses the entry only.
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

/// That there is no such name, with the nearest that there is.
pub(crate) fn unknown(what: &str, typed: &str, known: &[&str]) -> String {
    let hint = did_you_mean(&nearest(typed, known.iter().copied(), 2));
    let all = || if known.is_empty() { "there are none here".to_owned() } else { format!("there are {}", known.join(", ")) };
    format!("there is no {what} \"{typed}\"; {}", hint.unwrap_or_else(all))
}

/// An error of the reader, with the nearest known name where one was not known.
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
