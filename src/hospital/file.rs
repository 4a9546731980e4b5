//! `hospital.toml` being read: each key taken out once, what is left over is not known, and every fault is told with its line.

use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::fuzzy::{did_you_mean, nearest};
use crate::text::squeeze_spaces;

/// A section, and the keys that lead to it.
pub(crate) struct TomlTable<'a> {
    path: String,
    at: usize,
    entries: DeTable<'a>,
}

/// Where in the text something stands.
#[derive(Debug, Clone)]
pub(crate) struct TomlPlace {
    at: usize,
    path: String,
}

/// A text being read, and what is wrong with it so far.
pub(crate) struct HospitalFile<'a> {
    text: &'a str,
    faults: Vec<(usize, String)>,
}

impl<'a> HospitalFile<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, faults: Vec::new() }
    }

    /// The whole document, as far as it is TOML.
    pub(crate) fn document(&mut self) -> TomlTable<'a> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            let at = error.span().map_or(0, |span| span.start);
            self.push_error(&TomlPlace { at, path: String::new() }, error.message());
        }
        TomlTable { path: String::new(), at: 0, entries: table.into_inner() }
    }

    /// Where `key` stands in `table`; where it does not, the beginning of the table.
    #[expect(clippy::unused_self, reason = "reads as the other questions to a file do")]
    pub(crate) fn place(&self, table: &TomlTable<'_>, key: &str) -> TomlPlace {
        let found = table.entries.keys().find(|known| known.get_ref() == key);
        TomlPlace { at: found.map_or(table.at, |key| key.span().start), path: below(&table.path, key) }
    }

    /// Notes that something is wrong.
    pub(crate) fn push_error(&mut self, place: &TomlPlace, what: &str) {
        let line = self.text.get(..place.at).unwrap_or(self.text).matches('\n').count() + 1;
        let path = if place.path.is_empty() { String::new() } else { format!("{}: ", place.path) };
        self.faults.push((place.at, format!("line {line}: {path}{what}")));
    }

    /// A text that is not blank.
    pub(crate) fn text(&mut self, table: &mut TomlTable<'_>, key: &str) -> Option<String> {
        self.parsed(table, key, |_| String::new())
    }

    /// A text that means something; `wrong` says what to do about one that does not.
    pub(crate) fn parsed<T: FromStr>(
        &mut self,
        table: &mut TomlTable<'_>,
        key: &str,
        wrong: impl Fn(&str) -> String,
    ) -> Option<T> {
        let (place, value) = self.take(table, key)?;
        let text = self.words(&place, value)?;
        let parsed = text.parse().ok();
        if parsed.is_none() {
            self.push_error(&place, &wrong(&text));
        }
        parsed
    }

    /// The same of a key that must be there.
    pub(crate) fn required<T: FromStr>(
        &mut self,
        table: &mut TomlTable<'_>,
        key: &str,
        wrong: impl Fn(&str) -> String,
    ) -> Option<T> {
        if !table.entries.keys().any(|known| known.get_ref() == key) {
            let place = self.place(table, key);
            self.push_error(&place, "is missing");
        }
        self.parsed(table, key, wrong)
    }

    /// True or false.
    pub(crate) fn flag(&mut self, table: &mut TomlTable<'_>, key: &str) -> Option<bool> {
        let (place, value) = self.take(table, key)?;
        if let DeValue::Boolean(yes) = value {
            return Some(yes);
        }
        self.push_error(&place, "expected true or false");
        None
    }

    /// Whether `key` is there and true.
    #[expect(clippy::unused_self, reason = "reads as the other questions to a file do")]
    pub(crate) fn optional_flag(&self, table: &TomlTable<'_>, key: &str) -> bool {
        let said = table.entries.iter().find(|(known, _)| known.get_ref() == key);
        said.is_some_and(|(_, value)| matches!(value.get_ref(), DeValue::Boolean(true)))
    }

    /// A list of texts, each with its place.
    pub(crate) fn texts(&mut self, table: &mut TomlTable<'_>, key: &str) -> Option<Vec<(TomlPlace, String)>> {
        let (place, value) = self.take(table, key)?;
        let DeValue::Array(items) = value else {
            self.push_error(&place, "expected a list, written [\"…\", \"…\"]");
            return None;
        };
        let mut texts = Vec::new();
        for item in items {
            let place = TomlPlace { at: item.span().start, ..place.clone() };
            let text = self.words(&place, item.into_inner());
            texts.extend(text.map(|text| (place, text)));
        }
        Some(texts)
    }

    /// The section of that name.
    pub(crate) fn section<'t>(&mut self, table: &mut TomlTable<'t>, key: &str) -> Option<TomlTable<'t>> {
        let (place, value) = self.take(table, key)?;
        if let DeValue::Table(entries) = value {
            return Some(TomlTable { path: place.path, at: place.at, entries });
        }
        self.push_error(&place, &format!("expected a section, written [{key}] with its keys below it"));
        None
    }

    /// Every section of that name.
    pub(crate) fn sections<'t>(&mut self, table: &mut TomlTable<'t>, key: &str) -> Vec<TomlTable<'t>> {
        let Some((place, value)) = self.take(table, key) else { return Vec::new() };
        let items = match value {
            DeValue::Array(items) => items.into_iter().collect(),
            other => vec![Spanned::new(place.at..place.at, other)],
        };
        let mut sections = Vec::new();
        for item in items {
            let at = item.span().start;
            match item.into_inner() {
                DeValue::Table(entries) => {
                    let at = entries.keys().map(|key| key.span().start).min().unwrap_or(at);
                    sections.push(TomlTable { path: place.path.clone(), at, entries });
                }
                _ => self.push_error(&place, &format!("expected sections, each written [[{key}]] with its keys below it")),
            }
        }
        sections
    }

    /// Tells what nobody has taken out of `table`.
    pub(crate) fn deny_unknown(&mut self, table: &TomlTable<'_>, known: &[&str]) {
        for key in table.entries.keys() {
            let what = unknown("setting", key.get_ref(), known);
            self.push_error(&TomlPlace { at: key.span().start, path: table.path.clone() }, &what);
        }
    }

    /// What was found wrong, in the order of the text.
    pub(crate) fn into_result(mut self) -> Result<(), String> {
        self.faults.sort();
        let lines: Vec<String> = self.faults.into_iter().map(|(_, words)| words).collect();
        if lines.is_empty() { Ok(()) } else { Err(lines.join("\n")) }
    }

    fn take<'t>(&mut self, table: &mut TomlTable<'t>, key: &str) -> Option<(TomlPlace, DeValue<'t>)> {
        let place = self.place(table, key);
        let key = table.entries.keys().find(|known| known.get_ref() == key)?.clone();
        let value = table.entries.remove(&key)?;
        Some((place, value.into_inner()))
    }

    fn words(&mut self, place: &TomlPlace, value: DeValue<'_>) -> Option<String> {
        let DeValue::String(text) = value else {
            self.push_error(place, "expected a text in quotes");
            return None;
        };
        let text = squeeze_spaces(&text);
        if text.is_empty() {
            self.push_error(place, "is empty; leave it away or fill it in");
            return None;
        }
        Some(text)
    }
}

/// That there is no such name, with the nearest that there is.
pub(crate) fn unknown(what: &str, typed: &str, known: &[&str]) -> String {
    let hint = did_you_mean(&nearest(typed, known.iter().copied(), 2));
    format!("there is no {what} \"{typed}\"; {}", hint.unwrap_or_else(|| format!("there are {}", known.join(", "))))
}

fn below(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
