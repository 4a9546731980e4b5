//! The terms of every line, packed: for each line its keys in order, so that those of a network are a run found by binary search.
//!
//! The file holds numbers of four bytes, the little end first: for each line where its keys end, then the keys of all lines. It
//! is searched as it was read; nothing is unpacked. Which lines a network lists is noted beside it when it is opened: most lines
//! are of most networks not, and that is told without a look at their keys.

use std::ops::Range;

use smallvec::SmallVec;

use crate::catalog::generation::CatalogError;
use crate::coverage::{NetworkKey, Plans, TermsKey};

/// The keys of the terms of one network: terms are in the order of their networks, so they follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The network.
    pub network: NetworkKey,
    /// Its keys.
    pub keys: Range<TermsKey>,
}

/// The terms of every line of a generation.
#[derive(Debug)]
pub struct Affiliations {
    bytes: Vec<u8>,
    lines: usize,
    /// One more than the greatest key.
    terms: u32,
    /// Which lines each network lists; `None` where that would take more than [`LISTED_BYTES`].
    listed: Option<Listed>,
}

/// A bit for each line, one network after the other: those of a network that are asked for together lie together.
#[derive(Debug)]
struct Listed {
    words: Vec<u64>,
    /// The words of one network.
    width: usize,
}

/// The most memory the bits may take: 5,000 networks of 43,000 lines take 27 MB. Beyond it the keys alone are searched.
const LISTED_BYTES: usize = 64 << 20;

impl Listed {
    fn new(networks: usize, lines: usize) -> Option<Self> {
        let width = lines.div_ceil(64);
        let words = networks.checked_mul(width).filter(|words| words.saturating_mul(8) <= LISTED_BYTES)?;
        Some(Self { words: vec![0; words], width })
    }

    fn note(&mut self, network: usize, line: usize) {
        if let Some(word) = self.words.get_mut(network * self.width + line / 64) {
            *word |= 1 << (line % 64);
        }
    }

    fn holds(&self, network: usize, line: usize) -> bool {
        let word = self.words.get(network * self.width + line / 64).copied().unwrap_or_default();
        line / 64 < self.width && word >> (line % 64) & 1 == 1
    }
}

/// The file, for the keys of every line in the order of the lines.
///
/// # Errors
/// There are more than a generation can hold.
pub fn pack<'a>(lines: impl Iterator<Item = &'a [TermsKey]> + Clone) -> Result<Vec<u8>, CatalogError> {
    let mut bytes = Vec::new();
    let mut end = 0_u32;
    for keys in lines.clone() {
        let count = u32::try_from(keys.len()).ok();
        end = count.and_then(|count| end.checked_add(count)).ok_or_else(too_many)?;
        bytes.extend(end.to_le_bytes());
    }
    bytes.reserve_exact(4 * end as usize);
    for keys in lines {
        let from = bytes.len();
        bytes.extend(keys.iter().flat_map(|key| key.0.to_le_bytes()));
        if !keys.is_sorted() {
            let mut sorted = keys.to_vec();
            sorted.sort_unstable();
            bytes.truncate(from);
            bytes.extend(sorted.iter().flat_map(|key| key.0.to_le_bytes()));
        }
    }
    Ok(bytes)
}

fn too_many() -> CatalogError {
    CatalogError::Index("more affiliations than a generation can hold".to_owned())
}

impl Run {
    fn numbers(&self) -> Range<u32> {
        self.keys.start.0..self.keys.end.0
    }
}

impl Affiliations {
    /// The file of a generation of `lines` lines and networks with these `runs`; `None` when its ends and its keys do not fit
    /// each other or the runs.
    pub fn open(bytes: Vec<u8>, lines: u32, runs: &[Run]) -> Option<Self> {
        let lines = usize::try_from(lines).ok()?;
        let (numbers, rest) = bytes.as_chunks();
        let (ends, keys) = numbers.split_at_checked(lines)?;
        let whole = ends.last().map_or(0, |end| u32::from_le_bytes(*end) as usize) == keys.len();
        let rising = ends.is_sorted_by_key(|end| u32::from_le_bytes(*end));
        let terms = keys.iter().map(|bytes| key(*bytes).0).max().map_or(0, |greatest| greatest.saturating_add(1));
        if !(rest.is_empty() && whole && rising) {
            return None;
        }
        let network_of = network_of(runs);
        if terms as usize > network_of.len() {
            return None;
        }
        let mut affiliations = Self { bytes, lines, terms, listed: None };
        affiliations.listed = affiliations.listed(runs.len(), &network_of);
        Some(affiliations)
    }

    /// Notes which lines each network lists, by the network of each key.
    fn listed(&self, networks: usize, network_of: &[usize]) -> Option<Listed> {
        let mut listed = Listed::new(networks, self.lines)?;
        for line in 0..self.lines {
            for bytes in self.keys(u32::try_from(line).ok()?) {
                listed.note(*network_of.get(key(*bytes).0 as usize)?, line);
            }
        }
        Some(listed)
    }

    /// How many lines each network lists on terms that count, in the order of the `runs` this was opened with.
    pub fn members(&self, runs: &[Run], counts: impl Fn(TermsKey) -> bool) -> Vec<u64> {
        let network_of = network_of(runs);
        let mut members = vec![0; runs.len()];
        for line in (0..).take(self.lines) {
            let counted = self.keys(line).iter().copied().map(key).filter(|key| counts(*key));
            let networks = counted.filter_map(|key| network_of.get(key.0 as usize));
            // The keys are in order, so that those of one network follow each other.
            let mut last = None;
            for network in networks {
                if last.replace(*network) != Some(*network) {
                    members[*network] += 1;
                }
            }
        }
        members
    }

    /// Every key of a line, in order.
    pub fn of(&self, line: u32) -> Vec<TermsKey> {
        self.keys(line).iter().copied().map(key).collect()
    }

    /// Those of a line that lie in `runs`, which are in order.
    pub fn within(&self, line: u32, runs: &[Run]) -> SmallVec<[TermsKey; 2]> {
        let mut found = SmallVec::new();
        let (bits, at) = (self.listed.as_ref(), line as usize);
        let lists = |run: &&Run| bits.is_none_or(|bits| bits.holds(run.network.0 as usize, at));
        for run in runs.iter().filter(lists) {
            let keys = self.keys(line);
            let inside = keys[self.first_from(keys, run.keys.start)..].iter().copied().map(key);
            found.extend(inside.take_while(|known| *known < run.keys.end));
        }
        found
    }

    /// Where the keys of a line from `wanted` on begin. Looked for around where it would be if they were spread evenly: near
    /// enough to touch one or two lines of cache, where halving would touch four that nothing has warmed.
    fn first_from(&self, keys: &[[u8; 4]], wanted: TermsKey) -> usize {
        let is_before = |at: usize| keys.get(at).is_some_and(|known| key(*known) < wanted);
        let share = keys.len() as u64 * u64::from(wanted.0) / u64::from(self.terms.max(1));
        let guess = usize::try_from(share).map_or(keys.len(), |guess| guess.min(keys.len()));
        let (mut low, mut high, mut step) = (guess, guess, 8);
        while low > 0 && !is_before(low - 1) {
            low = low.saturating_sub(step);
            step *= 2;
        }
        step = 8;
        while is_before(high) {
            high = (high + step).min(keys.len());
            step *= 2;
        }
        low + keys[low..high].partition_point(|known| key(*known) < wanted)
    }

    fn keys(&self, line: u32) -> &[[u8; 4]] {
        let (numbers, _) = self.bytes.as_chunks();
        let (ends, keys) = numbers.split_at(self.lines);
        let end = |line: usize| ends.get(line).map(|end| u32::from_le_bytes(*end) as usize);
        let line = line as usize;
        let start = line.checked_sub(1).map_or(Some(0), end);
        start.zip(end(line)).and_then(|(start, end)| keys.get(start..end)).unwrap_or_default()
    }
}

/// The network of each key, as its place among the runs.
fn network_of(runs: &[Run]) -> Vec<usize> {
    (0..).zip(runs).flat_map(|(at, run)| run.numbers().map(move |_| at)).collect()
}

fn key(bytes: [u8; 4]) -> TermsKey {
    TermsKey(u32::from_le_bytes(bytes))
}

/// The run of each network; `None` when the terms are not in the order of their networks.
pub fn runs(plans: &Plans) -> Option<Vec<Run>> {
    if !plans.terms.is_sorted_by_key(|terms| terms.network) {
        return None;
    }
    let mut start = 0;
    let run = |network: u32| {
        let terms = plans.terms.get(start..).unwrap_or_default();
        let from = start;
        start += terms.partition_point(|terms| terms.network <= NetworkKey(network));
        let keys = TermsKey(u32::try_from(from).ok()?)..TermsKey(u32::try_from(start).ok()?);
        Some(Run { network: NetworkKey(network), keys })
    };
    (0..).take(plans.networks.len()).map(run).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(lines: &[&[u32]]) -> Affiliations {
        let keys: Vec<Vec<TermsKey>> = lines.iter().map(|keys| keys.iter().copied().map(TermsKey).collect()).collect();
        let bytes = pack(keys.iter().map(Vec::as_slice)).unwrap();
        Affiliations::open(bytes, u32::try_from(lines.len()).unwrap(), &networks()).unwrap()
    }

    /// Four networks with the terms 0 to 2, 3 and 4, none, and 5 to 9.
    fn networks() -> Vec<Run> {
        let run = |(at, (start, end))| Run { network: NetworkKey(at), keys: TermsKey(start)..TermsKey(end) };
        (0..).zip([(0, 3), (3, 5), (5, 5), (5, 10)]).map(run).collect()
    }

    #[test]
    fn a_line_is_asked_for_the_terms_of_some_networks() {
        let affiliations = packed(&[&[0, 3, 4, 9], &[], &[7, 2]]);
        for (line, wanted, expected) in [
            (0, &[0][..], &[0][..]),
            (0, &[0, 1, 3], &[0, 3, 4, 9]),
            (0, &[2], &[]),
            (0, &[1, 2], &[3, 4]),
            (1, &[0, 1, 2, 3], &[]),
            (2, &[0, 1, 3], &[2, 7]),
            (2, &[1], &[]),
            (3, &[0, 3], &[]),
        ] {
            let runs: Vec<Run> = wanted.iter().map(|at: &usize| networks()[*at].clone()).collect();
            let found: Vec<u32> = affiliations.within(line, &runs).iter().map(|key| key.0).collect();
            assert_eq!(found, expected, "line {line}, {wanted:?}");
        }
        assert_eq!(affiliations.of(2), [TermsKey(2), TermsKey(7)]);
        assert_eq!(
            affiliations.members(&networks(), |_| true),
            [2, 1, 0, 2],
            "a line with two terms of a network is one member"
        );
        assert_eq!(packed(&[]).of(0), []);
    }

    #[test]
    fn a_file_that_does_not_fit_its_lines_is_refused() {
        let bytes = pack([[TermsKey(1)].as_slice(), &[TermsKey(2)]].into_iter()).unwrap();
        assert!(Affiliations::open(bytes.clone(), 2, &networks()).is_some());
        for (what, bytes, lines) in [
            ("a line more", bytes.clone(), 3),
            ("a line less", bytes.clone(), 1),
            ("cut", bytes[..15].to_vec(), 2),
            ("a key less", bytes[..12].to_vec(), 2),
            ("a key of no network", [1_u32, 2, 1, 99].iter().flat_map(|number| number.to_le_bytes()).collect(), 2),
            ("ends that fall", [3_u32, 2, 1, 1].iter().flat_map(|number| number.to_le_bytes()).collect(), 2),
        ] {
            assert!(Affiliations::open(bytes, lines, &networks()).is_none(), "{what}");
        }
    }
}
