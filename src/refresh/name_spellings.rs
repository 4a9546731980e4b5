//! The spellings of names that are one: payers, plans and networks, which files write in several
//! cases and with and without punctuation.

use rustc_hash::FxHashMap;

use crate::text::name_key::name_key;

/// Numbers names; spellings of one name have one number.
#[derive(Debug, Default)]
pub(crate) struct NameInterner {
    numbers: FxHashMap<String, u32>,
    texts: Vec<String>,
}

impl NameInterner {
    /// The number of a name; assigns one if needed.
    pub(crate) fn number(&mut self, name: &str) -> u32 {
        let next = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        *self.numbers.entry(name_key(name)).or_insert_with(|| {
            self.texts.push(name.to_owned());
            next
        })
    }

    /// All names in number order.
    pub(crate) fn texts(&self) -> &[String] {
        &self.texts
    }

    /// The name of a number.
    pub(crate) fn text(&self, number: u32) -> &str {
        self.texts.get(number as usize).map_or("", String::as_str)
    }

    /// Shows each name in its most frequent spelling.
    pub(crate) fn show(&mut self, spellings: &NameSpellings) {
        for (number, text) in (0..).zip(&mut self.texts) {
            if let Some(shown) = spellings.shown(NamedThing::Payer(number), text) {
                *text = shown.to_owned();
            }
        }
    }
}

/// What a name is the name of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum NamedThing {
    /// The payer with this number.
    Payer(u32),
    /// The network with this number.
    Network(u32),
    /// A plan of the payer with this number.
    Plan(Option<u32>),
}

/// How often each name is written how.
#[derive(Debug, Default)]
pub(crate) struct NameSpellings {
    counts: FxHashMap<(NamedThing, String), Vec<(String, u64)>>,
}

impl NameSpellings {
    /// Counts a spelling in so many rows.
    pub(crate) fn count(&mut self, thing: NamedThing, name: &str, rows: u64) {
        let counts = self.counts.entry((thing, name_key(name))).or_default();
        match counts.iter_mut().find(|(spelling, _)| spelling == name) {
            Some((_, count)) => *count += rows,
            None => counts.push((name.to_owned(), rows)),
        }
    }

    /// Counts the spellings of a network as those of another, into which it was merged.
    pub(crate) fn unite(&mut self, network: u32, into: u32) {
        let of = |(thing, _): &&(NamedThing, String)| *thing == NamedThing::Network(network);
        let keys: Vec<(NamedThing, String)> = self.counts.keys().filter(of).cloned().collect();
        for key in keys {
            for (name, rows) in self.counts.remove(&key).unwrap_or_default() {
                self.count(NamedThing::Network(into), &name, rows);
            }
        }
    }

    /// The most frequent spelling of a name, of equals the first; `None` if none was counted.
    pub(crate) fn shown(&self, thing: NamedThing, name: &str) -> Option<&str> {
        let counts = self.counts.get(&(thing, name_key(name)))?;
        counts.iter().rev().max_by_key(|(_, count)| *count).map(|(spelling, _)| spelling.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_spelling_is_shown_and_of_equals_the_first() {
        let mut spellings = NameSpellings::default();
        let network = NamedThing::Network(1);
        for (name, rows) in [("ACME NET", 1), ("Acme Net", 1)] {
            spellings.count(network, name, rows);
        }
        assert_eq!(spellings.shown(network, "acme-net"), Some("ACME NET"));
        spellings.count(network, "Acme Net", 1);
        assert_eq!(spellings.shown(network, "acme-net"), Some("Acme Net"));
        assert_eq!(spellings.shown(NamedThing::Network(2), "acme-net"), None);
    }
}
