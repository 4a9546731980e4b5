//! The lines that each network lists and on what terms, packed: the members of a network are stored in line order, so that
//! those among some candidates are found by walking through both lists at once.
//!
//! The file holds little-endian numbers: the number of lines and of networks; the end of each network's members in each block
//! of 65,536 lines, counted over all networks; then for each network the lower half of each member's line number, followed by
//! its terms as an index among the network's terms, in as many bytes as needed. A line listed on several terms occurs once
//! for each. The file is searched in place; nothing is unpacked.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::ops::Range;

use crate::catalog::manifest::CatalogError;
use crate::coverage::{NetworkId, PlanDirectory, TermsId};

/// The keys of the terms of one network. Terms are sorted by network, so the keys are contiguous.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NetworkTermRange {
    /// The network.
    pub network: NetworkId,
    /// Its keys.
    pub keys: Range<TermsId>,
}

/// The members of every network of a generation.
#[derive(Debug)]
pub(crate) struct AffiliationTable {
    bytes: Vec<u8>,
    lines: u32,
    networks: Vec<TermsPlace>,
}

/// The location of a network's members in the file.
#[derive(Debug)]
struct TermsPlace {
    /// Offset of their lines.
    lines: usize,
    /// Offset of their terms.
    terms: usize,
    /// Number of members before the first.
    before: u32,
    width: BitWidth,
    /// The first of its terms.
    first: u32,
}

/// Lines per block: two bytes distinguish as many.
const BLOCK: u32 = 1 << 16;

/// Number of bytes before the ends of the members.
const HEAD: usize = 8;

/// Bytes per member for the index of its terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BitWidth {
    None = 0,
    One = 1,
    Two = 2,
    Four = 4,
}

impl BitWidth {
    fn of(run: &NetworkTermRange) -> Self {
        match run.numbers().len() {
            0..=1 => Self::None,
            2..=0x100 => Self::One,
            0x101..=0x1_0000 => Self::Two,
            _ => Self::Four,
        }
    }
}

impl NetworkTermRange {
    fn numbers(&self) -> Range<u32> {
        self.keys.start.0..self.keys.end.0
    }
}

fn blocks_of(lines: u32) -> usize {
    lines.div_ceil(BLOCK) as usize
}

fn block_of(line: u32) -> usize {
    (line / BLOCK) as usize
}

/// Packs the keys of every line, in line order, and the `runs` of every network.
///
/// # Errors
/// A generation cannot hold as many, or a key belongs to no network.
pub(crate) fn pack<'a>(
    lines: impl ExactSizeIterator<Item = &'a [TermsId]> + Clone,
    runs: &[NetworkTermRange],
) -> Result<Vec<u8>, CatalogError> {
    let too_many = || CatalogError::Index("more affiliations than a generation can hold".to_owned());
    let count = u32::try_from(lines.len()).map_err(|_| too_many())?;
    let network_of: Vec<usize> = (0..).zip(runs).flat_map(|(at, run)| run.numbers().map(move |_| at)).collect();
    let blocks = blocks_of(count);
    let mut ends = vec![0_u32; runs.len() * blocks];
    for (line, given) in (0..).zip(lines.clone()) {
        for key in in_order(given).iter() {
            let strange = || CatalogError::Index(format!("the terms {} belong to no network", key.0));
            let network = network_of.get(key.0 as usize).ok_or_else(strange)?;
            ends[network * blocks + block_of(line)] += 1;
        }
    }
    let mut total = 0_u32;
    for end in &mut ends {
        total = total.checked_add(*end).ok_or_else(too_many)?;
        *end = total;
    }
    let places = places(&ends, blocks, runs);
    let mut bytes = vec![0; size(&places, total)];
    put(&mut bytes, 0, count);
    put(&mut bytes, 4, u32::try_from(runs.len()).map_err(|_| too_many())?);
    for (at, end) in ends.iter().enumerate() {
        put(&mut bytes, HEAD + 4 * at, *end);
    }
    let mut met = vec![0_usize; runs.len()];
    for (line, given) in (0_u32..).zip(lines) {
        for key in in_order(given).iter() {
            let network = network_of[key.0 as usize];
            let (place, at) = (&places[network], met[network]);
            let [low, high, ..] = line.to_le_bytes();
            bytes[place.lines + 2 * at..][..2].copy_from_slice(&[low, high]);
            let width = place.width as usize;
            let term = (key.0 - place.first).to_le_bytes();
            bytes[place.terms + width * at..][..width].copy_from_slice(&term[..width]);
            met[network] += 1;
        }
    }
    Ok(bytes)
}

/// The keys in order, each once. Most are given so.
fn in_order(keys: &[TermsId]) -> Cow<'_, [TermsId]> {
    if keys.is_sorted_by(|a, b| a < b) {
        return Cow::Borrowed(keys);
    }
    let mut keys = keys.to_vec();
    keys.sort_unstable();
    keys.dedup();
    Cow::Owned(keys)
}

fn put(bytes: &mut [u8], at: usize, number: u32) {
    bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
}

/// Locates the members of each network from their ends.
fn places(ends: &[u32], blocks: usize, runs: &[NetworkTermRange]) -> Vec<TermsPlace> {
    let (mut at, mut before) = (HEAD + 4 * ends.len(), 0);
    let place = |(network, run): (usize, &NetworkTermRange)| {
        let end = ((network + 1) * blocks).checked_sub(1).and_then(|last| ends.get(last)).copied().unwrap_or(before);
        let members = end.saturating_sub(before) as usize;
        let place =
            TermsPlace { lines: at, terms: at + 2 * members, before, width: BitWidth::of(run), first: run.keys.start.0 };
        at = place.terms + place.width as usize * members;
        before = end;
        place
    };
    runs.iter().enumerate().map(place).collect()
}

/// Size of the file in bytes, for a total number of members.
fn size(places: &[TermsPlace], total: u32) -> usize {
    places.last().map_or(HEAD, |last| last.terms + last.width as usize * (total - last.before) as usize)
}

/// The members of one network in one block of lines.
#[derive(Clone, Copy)]
struct NetworkMembers<'a> {
    /// The number of the first line of the block.
    block: u32,
    /// The lower half of each line, in order.
    lines: &'a [[u8; 2]],
    terms: &'a [u8],
    width: BitWidth,
    first: u32,
}

impl NetworkMembers<'_> {
    fn line(&self, at: usize) -> u32 {
        self.lines.get(at).map_or(u32::MAX, |bytes| self.block + u32::from(u16::from_le_bytes(*bytes)))
    }

    fn key(&self, at: usize) -> TermsId {
        let byte = |at: usize| u32::from(self.terms.get(at).copied().unwrap_or_default());
        let pair = |at: usize| byte(at) | byte(at + 1) << 8;
        let term = match self.width {
            BitWidth::None => 0,
            BitWidth::One => byte(at),
            BitWidth::Two => pair(2 * at),
            BitWidth::Four => pair(4 * at) | pair(4 * at + 2) << 16,
        };
        TermsId(self.first.saturating_add(term))
    }

    /// The first member from `start` on whose line is `line` or later.
    fn first_from(&self, start: usize, line: u32) -> usize {
        start + leading(&self.lines[start..], |bytes| self.block + u32::from(u16::from_le_bytes(*bytes)) < line)
    }
}

/// Number of leading items that are `before` something. Checks nearby items first, because the target is usually near.
fn leading<T>(items: &[T], before: impl Fn(&T) -> bool) -> usize {
    let (mut low, mut step) = (0, 1);
    while items.get(low + step - 1).is_some_and(&before) {
        low += step;
        step *= 2;
    }
    let high = (low + step - 1).min(items.len());
    low + items[low..high].partition_point(before)
}

/// The terms of a range of lines.
#[derive(Debug)]
pub struct ByLine {
    first: u32,
    /// Where the keys of each line end.
    ends: Vec<usize>,
    keys: Vec<TermsId>,
}

impl ByLine {
    /// The terms of a line, in order; empty for a line outside the range.
    pub fn of(&self, line: u32) -> &[TermsId] {
        let end = |at: usize| self.ends.get(at).copied();
        let Some(at) = line.checked_sub(self.first) else { return &[] };
        let start = (at as usize).checked_sub(1).map_or(Some(0), end);
        start.zip(end(at as usize)).and_then(|(start, end)| self.keys.get(start..end)).unwrap_or_default()
    }
}

impl AffiliationTable {
    /// Opens the file of a generation with `lines` lines and these `runs`; `None` if it is inconsistent with them or itself.
    pub(crate) fn open(bytes: Vec<u8>, lines: u32, runs: &[NetworkTermRange]) -> Option<Self> {
        let (numbers, _) = bytes.as_chunks();
        let number = |at: usize| numbers.get(at).copied().map(u32::from_le_bytes);
        if number(0)? != lines || number(1)? as usize != runs.len() {
            return None;
        }
        let blocks = blocks_of(lines);
        let ends = numbers.get(2..)?.get(..runs.len().checked_mul(blocks)?)?;
        let ends: Vec<u32> = ends.iter().copied().map(u32::from_le_bytes).collect();
        let networks = places(&ends, blocks, runs);
        let fits = ends.is_sorted() && size(&networks, ends.last().copied().unwrap_or_default()) == bytes.len();
        let affiliations = Self { bytes, lines, networks };
        (fits && runs.iter().all(|run| affiliations.is_in_order(run))).then_some(affiliations)
    }

    /// Whether the members of a network are existing lines, in order and without repeats, with terms of the network.
    fn is_in_order(&self, run: &NetworkTermRange) -> bool {
        let fits = |members: NetworkMembers<'_>| {
            let known = (0..members.lines.len()).map(|at| (members.line(at), members.key(at)));
            known.clone().is_sorted_by(|a, b| a < b)
                && known.clone().all(|(line, key)| line < self.lines && run.keys.contains(&key))
        };
        (0..blocks_of(self.lines)).all(|block| fits(self.members_in(run.network, block)))
    }

    /// The members of a network in a block of lines.
    fn members_in(&self, network: NetworkId, block: usize) -> NetworkMembers<'_> {
        let blocks = blocks_of(self.lines);
        let network = network.0 as usize;
        let members = self.networks.get(network).filter(|_| block < blocks).and_then(|place| {
            let (numbers, _) = self.bytes.as_chunks();
            let end = |at: usize| numbers.get(HEAD / 4 + at).map(|end| u32::from_le_bytes(*end));
            let at = network * blocks + block;
            let start = if block == 0 { place.before } else { end(at - 1)? };
            let range = (start - place.before) as usize..(end(at)? - place.before) as usize;
            let width = place.width as usize;
            let (lines, _) = self.bytes.get(place.lines..place.terms)?.as_chunks();
            Some(NetworkMembers {
                block: u32::try_from(block).ok()? * BLOCK,
                lines: lines.get(range.clone())?,
                terms: self.bytes.get(place.terms + width * range.start..place.terms + width * range.end)?,
                width: place.width,
                first: place.first,
            })
        });
        let none = NetworkMembers { block: 0, lines: &[], terms: &[], width: BitWidth::None, first: 0 };
        members.unwrap_or(none)
    }

    /// Number of lines each network lists on terms that count, in the order of the `runs`.
    pub(crate) fn members(&self, runs: &[NetworkTermRange], counts: impl Fn(TermsId) -> bool) -> Vec<u64> {
        let of_block = |members: NetworkMembers<'_>| {
            let counted = (0..members.lines.len()).filter(|at| counts(members.key(*at)));
            let mut lines: Vec<u32> = counted.map(|at| members.line(at)).collect();
            lines.dedup();
            lines.len() as u64
        };
        let of = |run: &NetworkTermRange| {
            (0..blocks_of(self.lines)).map(|block| of_block(self.members_in(run.network, block))).sum()
        };
        runs.iter().map(of).collect()
    }

    /// Appends to each of `items`, which are in line order, its terms in `runs`, in order.
    pub(crate) fn append_terms<T>(
        &self,
        runs: &[NetworkTermRange],
        items: &mut [T],
        line: impl Fn(&T) -> u32,
        mut take: impl FnMut(&mut T, TermsId),
    ) {
        for run in runs {
            let mut items = &mut *items;
            while let Some(block) = items.first().map(|first| block_of(line(first))) {
                let (of_block, others) = items.split_at_mut(items.partition_point(|item| block_of(line(item)) == block));
                items = others;
                let members = self.members_in(run.network, block);
                let (mut item, mut member) = (0, 0);
                while item < of_block.len() && member < members.lines.len() {
                    let (wanted, listed) = (line(&of_block[item]), members.line(member));
                    match listed.cmp(&wanted) {
                        Ordering::Less => member = members.first_from(member, wanted),
                        Ordering::Greater => item += leading(&of_block[item..], |item| line(item) < listed),
                        Ordering::Equal => {
                            take(&mut of_block[item], members.key(member));
                            member += 1;
                        }
                    }
                }
            }
        }
    }

    /// The terms of `lines` in `runs`, which are in order.
    pub(crate) fn by_line(&self, runs: &[NetworkTermRange], lines: Range<u32>) -> ByLine {
        let mut ends = vec![0; lines.len()];
        self.each(runs, &lines, |line, _| ends[(line - lines.start) as usize] += 1);
        let mut total = 0;
        for end in &mut ends {
            // The start of the line's keys until they are filled in.
            total += std::mem::replace(end, total);
        }
        let mut keys = vec![TermsId(0); total];
        self.each(runs, &lines, |line, key| {
            let end = &mut ends[(line - lines.start) as usize];
            keys[*end] = key;
            *end += 1;
        });
        ByLine { first: lines.start, ends, keys }
    }

    /// Calls `take` for every member of `runs` among `lines`: network by network, each in line order.
    pub(crate) fn each(&self, runs: &[NetworkTermRange], lines: &Range<u32>, mut take: impl FnMut(u32, TermsId)) {
        let Some(last) = lines.end.checked_sub(1) else { return };
        for run in runs {
            for block in block_of(lines.start)..=block_of(last) {
                let members = self.members_in(run.network, block);
                let mut at = members
                    .lines
                    .partition_point(|bytes| members.block + u32::from(u16::from_le_bytes(*bytes)) < lines.start);
                while at < members.lines.len() && members.line(at) < lines.end {
                    take(members.line(at), members.key(at));
                    at += 1;
                }
            }
        }
    }
}

/// The term range of each network; `None` if the terms are not sorted by network.
pub(crate) fn runs(plans: &PlanDirectory) -> Option<Vec<NetworkTermRange>> {
    if !plans.terms.is_sorted_by_key(|terms| terms.network) {
        return None;
    }
    let mut start = 0;
    let run = |network: u32| {
        let terms = plans.terms.get(start..).unwrap_or_default();
        let from = start;
        start += terms.partition_point(|terms| terms.network <= NetworkId(network));
        let keys = TermsId(u32::try_from(from).ok()?)..TermsId(u32::try_from(start).ok()?);
        Some(NetworkTermRange { network: NetworkId(network), keys })
    };
    (0..).take(plans.networks.len()).map(run).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn keys(keys: &[u32]) -> Vec<TermsId> {
        keys.iter().copied().map(TermsId).collect()
    }

    fn packed(lines: &[Vec<TermsId>], runs: &[NetworkTermRange]) -> AffiliationTable {
        let bytes = pack(lines.iter().map(Vec::as_slice), runs).unwrap();
        AffiliationTable::open(bytes, u32::try_from(lines.len()).unwrap(), runs).unwrap()
    }

    /// Networks with these numbers of terms.
    fn networks(terms: &[u32]) -> Vec<NetworkTermRange> {
        let mut start = 0;
        let run = |(at, count): (u32, &u32)| {
            let from = start;
            start += count;
            NetworkTermRange { network: NetworkId(at), keys: TermsId(from)..TermsId(start) }
        };
        (0..).zip(terms).map(run).collect()
    }

    /// Four networks with the terms 0 to 2, 3 and 4, none, and 5 to 9.
    fn four() -> Vec<NetworkTermRange> {
        networks(&[3, 2, 0, 5])
    }

    fn chosen(runs: &[NetworkTermRange], wanted: &[usize]) -> Vec<NetworkTermRange> {
        wanted.iter().map(|at| runs[*at].clone()).collect()
    }

    /// The terms found for these lines, by line.
    fn laid(affiliations: &AffiliationTable, runs: &[NetworkTermRange], lines: &[u32]) -> Vec<(u32, Vec<TermsId>)> {
        let mut items: Vec<_> = lines.iter().map(|line| (*line, Vec::new())).collect();
        affiliations.append_terms(runs, &mut items, |(line, _)| *line, |(_, terms), key| terms.push(key));
        items
    }

    #[test]
    fn candidates_get_their_terms_with_some_networks() {
        let affiliations = packed(&[keys(&[0, 3, 4, 9]), keys(&[]), keys(&[7, 2])], &four());
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
            let runs = chosen(&four(), wanted);
            assert_eq!(laid(&affiliations, &runs, &[line]), [(line, keys(expected))], "line {line}, {wanted:?}");
            let by_line = affiliations.by_line(&runs, line..line + 1);
            assert_eq!(by_line.of(line), keys(expected), "line {line}, {wanted:?}");
        }
        assert_eq!(affiliations.members(&four(), |_| true), [2, 1, 0, 2], "a line with two terms of a network is one member");
        assert_eq!(affiliations.members(&four(), |key| key.0 > 2), [0, 1, 0, 2], "only terms that count");
        assert!(packed(&[], &four()).by_line(&four(), 0..1).of(0).is_empty());
    }

    #[test]
    fn lines_of_several_blocks_and_terms_of_every_width_are_found_again() {
        let runs = networks(&[1, 300, 70_000, 2]);
        let last = 2 * BLOCK + 5;
        let mut lines = vec![Vec::new(); last as usize + 1];
        let listed = [
            (0, keys(&[0, 256, 300, 70_300])),
            (BLOCK - 1, keys(&[0])),
            (BLOCK, keys(&[0, 44, 65_837, 70_301])),
            (BLOCK + 1, keys(&[0])),
            (last, keys(&[0, 1, 301, 302, 70_301, 70_302])),
        ];
        for (line, keys) in &listed {
            lines[*line as usize].clone_from(keys);
        }
        let affiliations = packed(&lines, &runs);
        let mut asked = listed.to_vec();
        asked.insert(3, (BLOCK + 7, Vec::new()));
        asked.sort();
        let numbers: Vec<u32> = asked.iter().map(|(line, _)| *line).collect();
        assert_eq!(laid(&affiliations, &runs, &numbers), asked);
        let by_line = affiliations.by_line(&runs, BLOCK - 3..BLOCK + 3);
        for line in BLOCK - 4..BLOCK + 4 {
            let expected = if line == BLOCK - 4 || line == BLOCK + 3 { &[][..] } else { &lines[line as usize] };
            assert_eq!(by_line.of(line), expected, "line {line}");
        }
        assert_eq!(affiliations.members(&runs, |_| true), [5, 3, 3, 2], "a line counts once for a network");
    }

    proptest! {
        #[test]
        fn each_line_has_the_terms_it_was_packed_with(
            lines in proptest::collection::vec(proptest::collection::btree_set(0_u32..10, 0..6), 0..40),
            asked in proptest::collection::btree_set(0_u32..45, 0..45),
            wanted in proptest::collection::btree_set(0_usize..4, 0..4),
        ) {
            let lines: Vec<Vec<TermsId>> =
                lines.into_iter().map(|keys| keys.into_iter().map(TermsId).collect()).collect();
            let wanted: Vec<usize> = wanted.into_iter().collect();
            let runs = chosen(&four(), &wanted);
            let affiliations = packed(&lines, &four());
            let asked: Vec<u32> = asked.into_iter().collect();
            for (line, found) in laid(&affiliations, &runs, &asked) {
                let all = lines.get(line as usize).cloned().unwrap_or_default();
                let expected: Vec<TermsId> =
                    all.into_iter().filter(|key| runs.iter().any(|run| run.keys.contains(key))).collect();
                prop_assert_eq!(&found, &expected);
            }
            let count = u32::try_from(lines.len()).unwrap();
            let by_line = affiliations.by_line(&four(), 0..count);
            for (line, expected) in (0..).zip(&lines) {
                prop_assert_eq!(by_line.of(line), expected);
            }
        }
    }

    #[test]
    fn a_file_that_does_not_fit_its_lines_or_networks_is_refused() {
        let bytes = pack([keys(&[1]), keys(&[2])].iter().map(Vec::as_slice), &four()).unwrap();
        assert!(AffiliationTable::open(bytes.clone(), 2, &four()).is_some());
        let changed = |at: usize, byte: u8| {
            let mut bytes = bytes.clone();
            bytes[at] = byte;
            bytes
        };
        let (first_end, first_line, first_term) = (HEAD, HEAD + 16, HEAD + 20);
        for (what, bytes, lines) in [
            ("a line more", bytes.clone(), 3),
            ("a line less", bytes.clone(), 1),
            ("nothing", Vec::new(), 2),
            ("cut", bytes[..bytes.len() - 1].to_vec(), 2),
            ("longer", [bytes.as_slice(), &[0]].concat(), 2),
            ("a line there is not", changed(first_line + 2, 2), 2),
            ("a member twice", changed(first_line + 2, 0), 2),
            ("lines that fall", [&changed(first_line, 1)[..first_line + 2], &[0], &bytes[first_line + 3..]].concat(), 2),
            ("terms the network has not", changed(first_term, 3), 2),
            ("ends that fall", changed(first_end, 3), 2),
        ] {
            // A repeated member on the same terms is an error; on different terms it is valid.
            let bytes = if what == "a member twice" { [&bytes[..first_term], &[1, 1]].concat() } else { bytes };
            assert!(AffiliationTable::open(bytes, lines, &four()).is_none(), "{what}");
        }
        assert!(AffiliationTable::open(bytes, 2, &four()[..3]).is_none(), "a network less");
        assert!(pack([keys(&[10])].iter().map(Vec::as_slice), &four()).is_err(), "terms of no network");
    }
}
