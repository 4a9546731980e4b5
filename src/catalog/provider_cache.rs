//! A cache of providers, bounded in memory, because the same ones are shown again and again.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::{Cache, DefaultLifecycle};
use rustc_hash::FxBuildHasher;

use crate::evidence::{Evidence, Fact};
use crate::provider::{Provider, ServiceArea, ServiceLine};

/// The approximate memory of a provider in bytes.
const USUAL: usize = 1_600;

/// Providers by a key: the record they are decoded from, or what is applied to them.
pub(crate) struct ProviderCache<K>(Cache<K, KeptProvider, ProviderWeight, FxBuildHasher>);

/// A provider and its memory size in bytes.
#[derive(Clone)]
struct KeptProvider {
    provider: Arc<Provider>,
    bytes: u64,
}

/// Weighs cache entries in bytes.
#[derive(Clone)]
struct ProviderWeight;

impl<K> Weighter<K, KeptProvider> for ProviderWeight {
    fn weight(&self, _: &K, kept: &KeptProvider) -> u64 {
        kept.bytes
    }
}

impl<K: Hash + Eq + Clone> ProviderCache<K> {
    /// An empty cache of at most `most` bytes.
    pub(crate) fn new(most: usize) -> Self {
        Self(Cache::with(most / USUAL, most as u64, ProviderWeight, FxBuildHasher, DefaultLifecycle::default()))
    }

    /// The cached provider of `key`, or the one that `make` returns.
    pub(crate) fn of(&self, key: K, make: impl FnOnce() -> Option<Provider>) -> Option<Arc<Provider>> {
        if let Some(kept) = self.0.get(&key) {
            return Some(kept.provider);
        }
        let provider = Arc::new(make()?);
        let bytes = bytes(&provider) as u64;
        self.0.insert(key, KeptProvider { provider: Arc::clone(&provider), bytes });
        Some(provider)
    }
}

impl<K: Hash + Eq + Clone> fmt::Debug for ProviderCache<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderCache").field("providers", &self.0.len()).finish_non_exhaustive()
    }
}

/// Approximate overhead of the cache per provider, in bytes.
const OVERHEAD: usize = 200;

/// Approximate memory size of a provider in bytes. Source names are shared and not counted.
fn bytes(provider: &Provider) -> usize {
    let text = |fact: &Fact<String>| others(fact) + fact.value.capacity() + of_others(fact, String::capacity);
    let address = provider.address.as_ref().map_or(0, |fact| {
        others(fact)
            + fact.value.street.capacity()
            + fact.value.city.capacity()
            + of_others(fact, |address| address.street.capacity() + address.city.capacity())
    });
    let suspected = &provider.suspected_exclusions;
    OVERHEAD
        + size_of::<Provider>()
        + provider.id.as_str().len()
        + provider.ccn.as_ref().map_or(0, |_| 6)
        + size_of_val(provider.npis.as_slice())
        + text(&provider.name)
        + address
        + provider.phone.as_ref().map_or(0, others)
        + provider.position.as_ref().map_or(0, others)
        + provider.ownership.as_ref().map_or(0, text)
        + size_of_val(suspected.as_slice())
        + suspected.iter().map(text).sum::<usize>()
        + provider.lines.iter().map(bytes_of_line).sum::<usize>()
}

fn bytes_of_line(line: &ServiceLine) -> usize {
    let zips = match &line.area {
        ServiceArea::Zips(fact) => {
            let zips = |zips: &Vec<_>| size_of_val(zips.as_slice());
            others(fact) + zips(&fact.value) + of_others(fact, zips)
        }
        ServiceArea::NotPublished => 0,
    };
    let languages = line.languages.as_ref().map_or(0, |fact| {
        let codes = |codes: &Vec<String>| codes.iter().map(|code| size_of::<String>() + code.capacity()).sum();
        others(fact) + codes(&fact.value) + of_others(fact, codes)
    });
    let flags = [&line.medicare, &line.medicaid, &line.availability].into_iter().flatten();
    size_of::<ServiceLine>()
        + zips
        + languages
        + flags.map(others).sum::<usize>()
        + tree(&line.answers)
        + line.answers.values().map(others).sum::<usize>()
        + tree(&line.limits)
        + line.limits.values().map(others).sum::<usize>()
        + line.rating.as_ref().map_or(0, others)
        + line.beds.as_ref().map_or(0, others)
}

/// Size of the differing values, without what they point to.
fn others<T>(fact: &Fact<T>) -> usize {
    fact.others.capacity() * size_of::<(T, Evidence)>()
}

fn of_others<T>(fact: &Fact<T>, bytes: impl Fn(&T) -> usize) -> usize {
    fact.others.iter().map(|(value, _)| bytes(value)).sum()
}

/// Size of the nodes. A node has room for eleven entries; if filled in order, all but the last hold six.
fn tree<K, V>(map: &BTreeMap<K, V>) -> usize {
    map.len().div_ceil(6) * (11 * size_of::<(K, V)>() + 16)
}
