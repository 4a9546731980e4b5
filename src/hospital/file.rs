//! `hospital.toml` being read: each key taken out once, what is left over is not known, and every fault is told with its line.

use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::likeness::{did_you_mean, nearest};

/// A section, and the keys that lead to it.
pub(super) struct Table<'a> {
    path: String,
    at: usize,
    entries: DeTable<'a>,
}

/// Where in the text something stands.
#[derive(Debug, Clone)]
pub(super) struct Place {
    at: usize,
    path: String,
}

/// A text being read, and what is wrong with it so far.
pub(super) struct File<'a> {
    text: &'a str,
    faults: Vec<(usize, String)>,
}

impl<'a> File<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, faults: Vec::new() }
    }

    /// The whole document, as far as it is TOML.
    pub(super) fn document(&mut self) -> Table<'a> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            let at = error.span().map_or(0, |span| span.start);
            self.fault(&Place { at, path: String::new() }, error.message());
        }
        Table { path: String::new(), at: 0, entries: table.into_inner() }
    }

    /// Where `key` stands in `table`; where it does not, the beginning of the table.
    #[expect(clippy::unused_self, reason = "reads as the other questions to a file do")]
    pub(super) fn place(&self, table: &Table<'_>, key: &str) -> Place {
        let found = table.entries.keys().find(|known| known.get_ref() == key);
        Place { at: found.map_or(table.at, |key| key.span().start), path: below(&table.path, key) }
    }

    /// Notes that something is wrong.
    pub(super) fn fault(&mut self, place: &Place, what: &str) {
        let line = self.text.get(..place.at).unwrap_or(self.text).matches('\n').count() + 1;
        let path = if place.path.is_empty() { String::new() } else { format!("{}: ", place.path) };
        self.faults.push((place.at, format!("line {line}: {path}{what}")));
    }

    /// A text that is not blank.
    pub(super) fn text(&mut self, table: &mut Table<'_>, key: &str) -> Option<String> {
        self.parsed(table, key, |_| String::new())
    }

    /// A text that means something; `wrong` says what to do about one that does not.
    pub(super) fn parsed<T: FromStr>(
        &mut self,
        table: &mut Table<'_>,
        key: &str,
        wrong: impl Fn(&str) -> String,
    ) -> Option<T> {
        let (place, value) = self.take(table, key)?;
        let text = self.words(&place, value)?;
        let parsed = text.parse().ok();
        if parsed.is_none() {
            self.fault(&place, &wrong(&text));
        }
        parsed
    }

    /// The same of a key that must be there.
    pub(super) fn required<T: FromStr>(
        &mut self,
        table: &mut Table<'_>,
        key: &str,
        wrong: impl Fn(&str) -> String,
    ) -> Option<T> {
        if !table.entries.keys().any(|known| known.get_ref() == key) {
            let place = self.place(table, key);
            self.fault(&place, "is missing");
        }
        self.parsed(table, key, wrong)
    }

    /// True or false.
    pub(super) fn yes(&mut self, table: &mut Table<'_>, key: &str) -> Option<bool> {
        let (place, value) = self.take(table, key)?;
        if let DeValue::Boolean(yes) = value {
            return Some(yes);
        }
        self.fault(&place, "expected true or false");
        None
    }

    /// Whether `key` is there and true.
    #[expect(clippy::unused_self, reason = "reads as the other questions to a file do")]
    pub(super) fn says_yes(&self, table: &Table<'_>, key: &str) -> bool {
        let said = table.entries.iter().find(|(known, _)| known.get_ref() == key);
        said.is_some_and(|(_, value)| matches!(value.get_ref(), DeValue::Boolean(true)))
    }

    /// A list of texts, each with its place.
    pub(super) fn texts(&mut self, table: &mut Table<'_>, key: &str) -> Option<Vec<(Place, String)>> {
        let (place, value) = self.take(table, key)?;
        let DeValue::Array(items) = value else {
            self.fault(&place, "expected a list, written [\"…\", \"…\"]");
            return None;
        };
        let mut texts = Vec::new();
        for item in items {
            let place = Place { at: item.span().start, ..place.clone() };
            let text = self.words(&place, item.into_inner());
            texts.extend(text.map(|text| (place, text)));
        }
        Some(texts)
    }

    /// The section of that name.
    pub(super) fn section<'t>(&mut self, table: &mut Table<'t>, key: &str) -> Option<Table<'t>> {
        let (place, value) = self.take(table, key)?;
        if let DeValue::Table(entries) = value {
            return Some(Table { path: place.path, at: place.at, entries });
        }
        self.fault(&place, &format!("expected a section, written [{key}] with its keys below it"));
        None
    }

    /// Every section of that name.
    pub(super) fn sections<'t>(&mut self, table: &mut Table<'t>, key: &str) -> Vec<Table<'t>> {
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
                    sections.push(Table { path: place.path.clone(), at, entries });
                }
                _ => self.fault(&place, &format!("expected sections, each written [[{key}]] with its keys below it")),
            }
        }
        sections
    }

    /// Tells what nobody has taken out of `table`.
    pub(super) fn nothing_else(&mut self, table: &Table<'_>, known: &[&str]) {
        for key in table.entries.keys() {
            let what = unknown("setting", key.get_ref(), known);
            self.fault(&Place { at: key.span().start, path: table.path.clone() }, &what);
        }
    }

    /// What was found wrong, in the order of the text.
    pub(super) fn told(mut self) -> Result<(), String> {
        self.faults.sort();
        let lines: Vec<String> = self.faults.into_iter().map(|(_, words)| words).collect();
        if lines.is_empty() { Ok(()) } else { Err(lines.join("\n")) }
    }

    fn take<'t>(&mut self, table: &mut Table<'t>, key: &str) -> Option<(Place, DeValue<'t>)> {
        let place = self.place(table, key);
        let key = table.entries.keys().find(|known| known.get_ref() == key)?.clone();
        let value = table.entries.remove(&key)?;
        Some((place, value.into_inner()))
    }

    fn words(&mut self, place: &Place, value: DeValue<'_>) -> Option<String> {
        let DeValue::String(text) = value else {
            self.fault(place, "expected a text in quotes");
            return None;
        };
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() {
            self.fault(place, "is empty; leave it away or fill it in");
            return None;
        }
        Some(text)
    }
}

/// That there is no such name, with the nearest that there is.
pub(super) fn unknown(what: &str, typed: &str, known: &[&str]) -> String {
    let hint = did_you_mean(&nearest(typed, known.iter().copied(), 2));
    format!("there is no {what} \"{typed}\"; {}", hint.unwrap_or_else(|| format!("there are {}", known.join(", "))))
}

fn below(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
