//! The index opened: every line by its number, found by place, area or affiliation and judged from columns alone.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use smallvec::SmallVec;
use tantivy::columnar::ColumnValues;
use tantivy::index::{InvertedIndexReader, SegmentReader};
use tantivy::postings::{SegmentPostings, TermInfo};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocSet, Index, TERMINATED, TantivyError, Term};

use crate::care::{NeedSet, Service};
use crate::catalog::affiliations::{Affiliations, ByLine, Run};
use crate::catalog::grid::{BLOCKS, Bounds, PlaceKey, blocks_of};
use crate::catalog::memory::Memory;
use crate::catalog::schema::{self, area_term};
use crate::catalog::told::Told;
use crate::coverage::TermsKey;
use crate::matching::{Candidate, LineKey, Search, Serves};
use crate::place::{Miles, Point, State, Zip};

type Column = Arc<dyn ColumnValues<u64>>;

/// Every line of a generation.
pub struct Lines {
    place: Column,
    lot: Column,
    yes: [Column; 2],
    no: [Column; 2],
    told: Column,
    record: Column,
    of_records: OfRecords,
    /// The first line of each block, and after the last block the number of lines.
    blocks: Vec<u32>,
    ids: Terms,
    /// The words of names.
    pub(super) words: Terms,
    areas: Terms,
    affiliations: Affiliations,
    states: Vec<State>,
}

/// The terms of one field.
pub(super) struct Terms {
    pub(super) field: Field,
    pub(super) reader: Arc<InvertedIndexReader>,
}

impl Terms {
    fn open(segment: &SegmentReader, field: Field) -> tantivy::Result<Self> {
        Ok(Self { field, reader: segment.inverted_index(field)? })
    }

    /// The lines of `term`; none when no line has it.
    fn lines(&self, term: &Term) -> SegmentPostings {
        self.reader.get_term_info(term).ok().flatten().map_or_else(SegmentPostings::empty, |info| self.lines_at(&info))
    }

    /// The lines the index keeps at `info`.
    ///
    /// Reading fails only on bytes that tantivy did not write, and every byte was verified when the generation was opened.
    pub(super) fn lines_at(&self, info: &TermInfo) -> SegmentPostings {
        let read = self.reader.read_postings_from_terminfo(info, IndexRecordOption::Basic);
        read.unwrap_or_else(|_| SegmentPostings::empty())
    }
}

/// Where the provider of a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whereabouts {
    /// The provider's record.
    pub record: u32,
    /// The state it lies in; `None` where no source gives an address.
    pub state: Option<State>,
    /// Whether it has a place that a search by distance finds.
    pub placed: bool,
}

/// A line in reach of a search.
#[derive(Debug, Clone, Copy)]
struct Found {
    line: u32,
    distance: Option<Miles>,
    in_area: bool,
    listed: bool,
}

impl Found {
    fn new(line: u32, distance: Option<Miles>, in_area: bool) -> Self {
        Self { line, distance, in_area, listed: false }
    }
}

impl Lines {
    /// Opens the index in `files`, with the packed `affiliations` of its lines to networks of these `runs`; there are
    /// so many `records` of providers.
    ///
    /// # Errors
    /// The files are not an index of this schema with one segment, or the affiliations are not of as many lines.
    pub fn open(files: Memory, affiliations: Vec<u8>, runs: &[Run], records: usize) -> tantivy::Result<Self> {
        let index = Index::open(files)?;
        let segments = index.searchable_segments()?;
        let [segment] = segments.as_slice() else {
            return Err(TantivyError::SystemError(format!("{} segments, one expected", segments.len())));
        };
        let segment = SegmentReader::open(segment)?;
        let (_, fields) = schema::schema();
        let column = |name: &str| column(&segment, name);
        let place = column(schema::PLACE)?;
        let affiliations = Affiliations::open(affiliations, place.num_vals(), runs);
        let affiliations =
            affiliations.ok_or_else(|| TantivyError::SystemError("the affiliations are of other lines".to_owned()))?;
        let record = column(schema::RECORD)?;
        Ok(Self {
            blocks: first_of_blocks(&place),
            of_records: OfRecords::new(&record, records),
            place,
            lot: column(schema::LOT)?,
            yes: [column(schema::YES[0])?, column(schema::YES[1])?],
            no: [column(schema::NO[0])?, column(schema::NO[1])?],
            told: column(schema::TOLD)?,
            record,
            ids: Terms::open(&segment, fields.id)?,
            words: Terms::open(&segment, fields.name)?,
            areas: Terms::open(&segment, fields.area)?,
            affiliations,
            states: State::all().collect(),
        })
    }

    /// How many lines there are in all.
    pub fn total(&self) -> u32 {
        self.place.num_vals()
    }

    /// How many lines of `service` there are.
    pub fn count(&self, service: Service) -> u32 {
        let blocks = blocks_of(service);
        self.blocks[blocks.end() + 1] - self.blocks[*blocks.start()]
    }

    /// The record of the provider a line belongs to.
    pub fn record(&self, line: u32) -> Option<u32> {
        (line < self.total()).then(|| self.record.get_val(line)).and_then(|record| u32::try_from(record).ok())
    }

    /// The service a line is of.
    pub fn service(&self, line: u32) -> Option<Service> {
        (line < self.total()).then(|| PlaceKey::from_number(self.place.get_val(line))).and_then(PlaceKey::service)
    }

    /// The lines of the provider of a record, in order.
    pub fn of_record(&self, record: u32) -> &[u32] {
        self.of_records.of(record)
    }

    /// Where the provider of every line is, line by line.
    pub fn whereabouts(&self) -> impl Iterator<Item = Whereabouts> {
        (0..self.total()).filter_map(|line| {
            let placed = PlaceKey::from_number(self.place.get_val(line)).point().is_some();
            let state = Told::unpack(self.told.get_val(line), &self.states).state;
            Some(Whereabouts { record: self.record(line)?, state, placed })
        })
    }

    /// How many lines each network lists, in the order of their `runs`.
    pub fn members(&self, runs: &[Run], counts: impl Fn(TermsKey) -> bool) -> Vec<u64> {
        self.affiliations.members(runs, counts)
    }

    /// The lines of every provider known by `id`, be it its id, its CCN or one of its NPIs.
    pub fn with_id(&self, id: &str) -> Vec<u32> {
        all(self.ids.lines(&Term::from_field_text(self.ids.field, id)))
    }

    /// What `search` asks for, in the order of the lines, with those terms each has that lie in `runs`, which are in order.
    pub fn candidates(&self, search: &Search<'_>, runs: &[Run]) -> Vec<Candidate> {
        let near = if search.listed_only {
            self.listed_within(search, runs)
        } else {
            self.within(search.service, search.center, search.horizon, search.beyond)
        };
        let mut found = self.with_area(near, self.serving(search.service, search.zip), search.center);
        if let Some(beyond) = search.beyond {
            found.retain(|found| found.distance.is_none_or(|miles| miles > beyond));
        }
        if search.listed_only {
            self.keep_listed(runs, &mut found);
        }
        let mut candidates: Vec<Candidate> = found.into_iter().map(|found| self.candidate(found)).collect();
        self.affiliations.lay_over(runs, &mut candidates, |it| it.line.0, |it, key| it.terms.push(key));
        candidates
    }

    /// The lines of any service with `zip` in their published area.
    pub fn with_zip(&self, zip: Zip) -> Vec<u32> {
        Service::ALL.into_iter().flat_map(|service| all(self.serving(service, zip))).collect()
    }

    /// Every line whose position lies within `horizon` of `center`, with how far that is.
    pub fn around(&self, center: Point, horizon: Miles) -> impl Iterator<Item = (u32, Miles)> {
        let found = Service::ALL.into_iter().flat_map(move |service| self.within(service, center, horizon, None));
        found.filter_map(|found| Some((found.line, found.distance?)))
    }

    /// The terms of some lines that lie in `runs`, which are in order.
    pub fn affiliations(&self, runs: &[Run], lines: Range<u32>) -> ByLine {
        self.affiliations.by_line(runs, lines)
    }

    /// One line as a candidate, wherever it is.
    pub fn one(&self, line: u32, center: Point, zip: Zip, runs: &[Run]) -> Option<Candidate> {
        let service = self.service(line)?;
        let mut serving = self.serving(service, zip);
        let in_area = seek(&mut serving, line) == line;
        let mut one = self.candidate(Found::new(line, self.distance(line, center), in_area));
        one.terms.extend_from_slice(self.affiliations.by_line(runs, line..line + 1).of(line));
        Some(one)
    }

    /// The lines of `service` whose position lies within `horizon` of `center`, in order. Most of those that do not lie `beyond`
    /// a distance are not among them.
    fn within(&self, service: Service, center: Point, horizon: Miles, beyond: Option<Miles>) -> Vec<Found> {
        let bounds = Bounds::ring(center, horizon, beyond);
        let mut found = Vec::with_capacity(256);
        let mut keys = Vec::new();
        for (block, wanted) in bounds.runs(service) {
            let lines = self.run(block, wanted.start().number()..wanted.end().number() + 1);
            keys.resize(lines.len(), 0);
            self.place.get_range(u64::from(lines.start), &mut keys);
            for (line, key) in lines.zip(&keys) {
                let Some(point) = PlaceKey::from_number(*key).point() else { continue };
                if bounds.holds_latitude(point) {
                    let distance = center.miles_to(point);
                    if distance <= horizon {
                        found.push(Found::new(line, Some(distance), false));
                    }
                }
            }
        }
        found
    }

    /// What [`Lines::within`] finds, but only lines with terms that lie in `runs`. How far away the others are is not worked out: around a
    /// city they are many.
    fn listed_within(&self, search: &Search<'_>, runs: &[Run]) -> Vec<Found> {
        let bounds = Bounds::ring(search.center, search.horizon, search.beyond);
        let blocks = bounds.runs(search.service);
        let lines = blocks.flat_map(|(block, keys)| self.run(block, keys.start().number()..keys.end().number() + 1));
        let mut found: Vec<Found> = lines.map(|line| Found::new(line, None, false)).collect();
        self.keep_listed(runs, &mut found);
        for found in &mut found {
            found.distance = self.distance(found.line, search.center);
        }
        found.retain(|found| found.distance.is_some_and(|miles| miles <= search.horizon));
        found
    }

    /// Keeps those of `found` that have terms in `runs`.
    fn keep_listed(&self, runs: &[Run], found: &mut Vec<Found>) {
        self.affiliations.lay_over(runs, found, |found| found.line, |found, _| found.listed = true);
        found.retain(|found| found.listed);
    }

    /// The lines of a block whose place keys lie in `keys`, by binary search.
    fn run(&self, block: usize, keys: Range<u64>) -> Range<u32> {
        let (first, end) = (self.blocks[block], self.blocks[block + 1]);
        let start = self.first_from(keys.start, first..end);
        start..self.first_from(keys.end, start..end)
    }

    /// The first line within `lines` whose place key is at least `key`.
    fn first_from(&self, key: u64, mut lines: Range<u32>) -> u32 {
        while !lines.is_empty() {
            let middle = lines.start + (lines.end - lines.start) / 2;
            if self.place.get_val(middle) < key {
                lines.start = middle + 1;
            } else {
                lines.end = middle;
            }
        }
        lines.start
    }

    /// The lines of `service` with `zip` in their published area.
    fn serving(&self, service: Service, zip: Zip) -> SegmentPostings {
        self.areas.lines(&Term::from_field_u64(self.areas.field, area_term(service, zip)))
    }

    /// `near` and `serving` as one list in order, each line once.
    fn with_area(&self, near: Vec<Found>, mut serving: SegmentPostings, center: Point) -> Vec<Found> {
        let far = |line| Found::new(line, self.distance(line, center), true);
        let mut found = Vec::with_capacity(near.len() + serving.doc_freq() as usize);
        for mut near in near {
            while serving.doc() < near.line {
                found.push(far(serving.doc()));
                serving.advance();
            }
            if serving.doc() == near.line {
                near.in_area = true;
                serving.advance();
            }
            found.push(near);
        }
        found.extend(all(serving).into_iter().map(far));
        found
    }

    fn distance(&self, line: u32, center: Point) -> Option<Miles> {
        PlaceKey::from_number(self.place.get_val(line)).point().map(|point| center.miles_to(point))
    }

    /// A line as a candidate whose terms are not looked up yet.
    fn candidate(&self, found: Found) -> Candidate {
        let Found { line, distance, in_area, listed: _ } = found;
        let told = Told::unpack(self.told.get_val(line), &self.states);
        Candidate {
            line: LineKey(line),
            lot: self.lot.get_val(line),
            distance,
            serves: if in_area { Serves::Yes } else { told.area },
            standing: told.standing,
            state: told.state,
            medicare: told.medicare,
            medicaid: told.medicaid,
            yes: needs(&self.yes, line),
            no: needs(&self.no, line),
            rating: told.rating,
            availability: told.availability,
            outcomes: None,
            stated: told.stated,
            terms: SmallVec::new(),
        }
    }
}

impl fmt::Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lines").field("total", &self.total()).finish_non_exhaustive()
    }
}

/// A column that has a value for every line, without the layer that would look whether it has.
fn column(segment: &SegmentReader, name: &str) -> tantivy::Result<Column> {
    let column = segment.fast_fields().u64(name)?;
    if column.values.num_vals() == segment.max_doc() {
        Ok(column.values)
    } else {
        Err(TantivyError::SchemaError(format!("some lines have no {name}")))
    }
}

fn needs([low, high]: &[Column; 2], line: u32) -> NeedSet {
    NeedSet::from_bits(u128::from(high.get_val(line)) << 64 | u128::from(low.get_val(line)))
}

/// The first line of `lines` that is `line` or after it; [`TERMINATED`], which is after every line, when there is none.
fn seek(lines: &mut SegmentPostings, line: u32) -> u32 {
    if lines.doc() < line { lines.seek(line) } else { lines.doc() }
}

fn all(mut lines: SegmentPostings) -> Vec<u32> {
    let mut all = Vec::with_capacity(lines.doc_freq() as usize);
    while lines.doc() != TERMINATED {
        all.push(lines.doc());
        lines.advance();
    }
    all
}

/// The lines of the provider of each record.
struct OfRecords {
    /// Where the lines of each record end.
    ends: Vec<u32>,
    lines: Vec<u32>,
}

impl OfRecords {
    fn new(record: &Column, records: usize) -> Self {
        let of = |line| usize::try_from(record.get_val(line)).ok().filter(|record| *record < records);
        let lines = 0..record.num_vals();
        let mut ends = vec![0; records];
        lines.clone().filter_map(of).for_each(|record| ends[record] += 1);
        let mut total = 0;
        for end in &mut ends {
            // Where the lines of the record begin, until they are put there.
            total += std::mem::replace(end, total);
        }
        let mut placed = vec![0; total as usize];
        for (record, line) in lines.filter_map(|line| Some((of(line)?, line))) {
            placed[ends[record] as usize] = line;
            ends[record] += 1;
        }
        Self { ends, lines: placed }
    }

    fn of(&self, record: u32) -> &[u32] {
        let end = |record: usize| self.ends.get(record).map(|end| *end as usize);
        let record = record as usize;
        let start = record.checked_sub(1).map_or(Some(0), end);
        start.zip(end(record)).and_then(|(start, end)| self.lines.get(start..end)).unwrap_or_default()
    }
}

/// The first line of each block, and after the last block the number of lines.
fn first_of_blocks(place: &Column) -> Vec<u32> {
    let mut first = vec![0; BLOCKS + 1];
    for key in place.iter() {
        first[PlaceKey::from_number(key).block() + 1] += 1;
    }
    let mut lines = 0;
    for count in &mut first {
        lines += *count;
        *count = lines;
    }
    first
}
