//! The terms of every line, packed: for each line its keys in order, so that those of a network are a run found by binary search.
//!
//! The file holds numbers of four bytes, the little end first: for each line where its keys end, then the keys of all lines. It
//! is searched as it was read; nothing is unpacked.

use std::ops::Range;

use smallvec::SmallVec;

use crate::catalog::generation::CatalogError;
use crate::coverage::{NetworkKey, Plans, TermsKey};

/// The keys of the terms of one network: terms are in the order of their networks, so they follow each other.
pub type Run = Range<TermsKey>;

/// The terms of every line of a generation.
#[derive(Debug)]
pub struct Affiliations {
    bytes: Vec<u8>,
    lines: usize,
    /// One more than the greatest key.
    terms: u32,
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

impl Affiliations {
    /// The file of a generation of `lines` lines; `None` when its ends and its keys do not fit each other.
    pub fn open(bytes: Vec<u8>, lines: u32) -> Option<Self> {
        let lines = usize::try_from(lines).ok()?;
        let (numbers, rest) = bytes.as_chunks();
        let (ends, keys) = numbers.split_at_checked(lines)?;
        let whole = ends.last().map_or(0, |end| u32::from_le_bytes(*end) as usize) == keys.len();
        let rising = ends.is_sorted_by_key(|end| u32::from_le_bytes(*end));
        let terms = keys.iter().map(|bytes| key(*bytes).0).max().map_or(0, |greatest| greatest.saturating_add(1));
        (rest.is_empty() && whole && rising).then_some(Self { bytes, lines, terms })
    }

    /// Every key of a line, in order.
    pub fn of(&self, line: u32) -> Vec<TermsKey> {
        self.keys(line).iter().copied().map(key).collect()
    }

    /// Those of a line that lie in `runs`, which are in order.
    pub fn within(&self, line: u32, runs: &[Run]) -> SmallVec<[TermsKey; 2]> {
        let keys = self.keys(line);
        let mut found = SmallVec::new();
        for run in runs {
            let inside =
                keys[self.first_from(keys, run.start)..].iter().copied().map(key).take_while(|known| *known < run.end);
            found.extend(inside);
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
        Some(TermsKey(u32::try_from(from).ok()?)..TermsKey(u32::try_from(start).ok()?))
    };
    (0..).take(plans.networks.len()).map(run).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(lines: &[&[u32]]) -> Affiliations {
        let keys: Vec<Vec<TermsKey>> = lines.iter().map(|keys| keys.iter().copied().map(TermsKey).collect()).collect();
        let bytes = pack(keys.iter().map(Vec::as_slice)).unwrap();
        Affiliations::open(bytes, u32::try_from(lines.len()).unwrap()).unwrap()
    }

    #[test]
    fn a_line_is_asked_for_the_terms_of_some_networks() {
        let affiliations = packed(&[&[0, 3, 4, 9], &[], &[7, 2]]);
        for (line, runs, expected) in [
            (0, &[(0, 1)][..], &[0][..]),
            (0, &[(0, 4), (9, 10)], &[0, 3, 9]),
            (0, &[(5, 9)], &[]),
            (0, &[(3, 3), (3, 5)], &[3, 4]),
            (1, &[(0, 10)], &[]),
            (2, &[(0, 10)], &[2, 7]),
            (3, &[(0, 10)], &[]),
        ] {
            let runs: Vec<Run> = runs.iter().map(|(start, end)| TermsKey(*start)..TermsKey(*end)).collect();
            let found: Vec<u32> = affiliations.within(line, &runs).iter().map(|key| key.0).collect();
            assert_eq!(found, expected, "line {line}, {runs:?}");
        }
        assert_eq!(affiliations.of(2), [TermsKey(2), TermsKey(7)]);
        assert_eq!(packed(&[]).of(0), []);
    }

    #[test]
    fn a_file_that_does_not_fit_its_lines_is_refused() {
        let bytes = pack([[TermsKey(1)].as_slice(), &[TermsKey(2)]].into_iter()).unwrap();
        assert!(Affiliations::open(bytes.clone(), 2).is_some());
        for (what, bytes, lines) in [
            ("a line more", bytes.clone(), 3),
            ("a line less", bytes.clone(), 1),
            ("cut", bytes[..15].to_vec(), 2),
            ("a key less", bytes[..12].to_vec(), 2),
            ("ends that fall", [3_u32, 2, 1, 1].iter().flat_map(|number| number.to_le_bytes()).collect(), 2),
        ] {
            assert!(Affiliations::open(bytes, lines).is_none(), "{what}");
        }
    }
}
