//! Providers in the order of their records, page by page; and ids that are similar to an unknown one.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, NameMatch};
use crate::place::{State, Zip};
use crate::provider::{Provider, ProviderId};
use crate::service::Service;

/// Which providers are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProviderFilter {
    /// Those that offer this service.
    pub service: Option<Service>,
    /// Those with an address in this state.
    pub state: Option<State>,
    /// Those with an address in this ZIP code.
    pub zip: Option<Zip>,
}

/// A page of the list.
#[derive(Debug)]
pub struct ProviderListPage {
    /// The providers.
    pub providers: Vec<NameMatch>,
    /// The record where the next page begins; `None` if this is the last.
    pub next: Option<u32>,
}

/// The most records that are decoded for one page, which is shorter then. Our choice: a page takes
/// less than a tenth of a second.
const MOST_DECODED: usize = 10_000;

/// How many similar ids are offered.
const MOST_IDS: usize = 3;

impl ProviderFilter {
    fn admits(&self, provider: &Provider) -> bool {
        let address = provider.address.as_ref().map(|fact| &fact.value);
        self.state.is_none_or(|state| address.is_some_and(|address| address.state == Some(state)))
            && self.zip.is_none_or(|zip| address.is_some_and(|address| address.zip == Some(zip)))
    }
}

impl Catalog {
    /// Up to `limit` providers that `filter` admits, from the record `first` on.
    pub fn list_providers(&self, filter: &ProviderFilter, first: u32, limit: usize) -> ProviderListPage {
        let (mut providers, mut decoded) = (Vec::new(), 0);
        for record in first..self.record_count() {
            let offers = |service| self.lines_of(record).iter().any(|line| self.lines.service(*line) == Some(service));
            if !filter.service.is_none_or(offers) {
                continue;
            }
            if providers.len() == limit || decoded == MOST_DECODED {
                return ProviderListPage { providers, next: Some(record) };
            }
            decoded += 1;
            let provider = self.provider_at(record).filter(|provider| filter.admits(provider));
            providers.extend(provider.map(NameMatch::of));
        }
        ProviderListPage { providers, next: None }
    }

    /// Ids of the directory that `typed` may have been meant for: another character in one place, two
    /// changed places, one too few or too many, or without the kind of id.
    pub fn ids_near(&self, typed: &str) -> Vec<String> {
        let (kind, number) = typed.split_once(':').unwrap_or(("", typed));
        let kind = kind.trim().to_ascii_lowercase();
        let number: String = number.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase();
        let kinds = ["ccn", "npi"].into_iter().filter(|known| kind.is_empty() || kind == *known);
        let known = |id: String| {
            let id = id.parse::<ProviderId>().ok()?;
            (!self.records_with(&id).is_empty()).then(|| id.to_string())
        };
        // The number may be right, and only its kind missing.
        let exact: Vec<String> = kinds.clone().filter_map(|kind| known(format!("{kind}:{number}"))).collect();
        if !exact.is_empty() {
            return exact;
        }
        let mut found = BTreeSet::new();
        for kind in kinds {
            let (length, letters) = if kind == "ccn" { (6, LETTERS) } else { (10, DIGITS) };
            found.extend(variants(&number, length, letters).iter().filter_map(|number| known(format!("{kind}:{number}"))));
        }
        found.into_iter().take(MOST_IDS).collect()
    }
}

const DIGITS: &str = "0123456789";
const LETTERS: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// The texts of `length` characters that differ from `number` by one mistake, and itself.
fn variants(number: &str, length: usize, letters: &str) -> BTreeSet<String> {
    let typed: Vec<char> = number.chars().collect();
    let mut found = BTreeSet::new();
    if typed.len() + 1 < length || typed.len() > length + 1 {
        return found;
    }
    let mut add = |changed: Vec<char>| {
        if changed.len() == length {
            found.insert(changed.into_iter().collect::<String>());
        }
    };
    add(typed.clone());
    for at in 0..=typed.len() {
        let (before, after) = typed.split_at(at);
        for letter in letters.chars() {
            add([before, &[letter], after].concat());
            if let Some((_, rest)) = after.split_first() {
                add([before, &[letter], rest].concat());
            }
        }
        if let Some((first, rest)) = after.split_first() {
            add([before, rest].concat());
            if let Some((second, rest)) = rest.split_first() {
                add([before, &[*second, *first], rest].concat());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mistake_is_made_good() {
        for typed in ["425003", "425O03", "42503", "4250003", "425030", "245003"] {
            assert!(variants(typed, 6, LETTERS).contains("425003"), "{typed}");
        }
        for typed in ["425114", "4253", "42500333", ""] {
            assert!(!variants(typed, 6, LETTERS).contains("425003"), "{typed}");
        }
    }
}
