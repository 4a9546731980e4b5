//! The opened index: every line by its number, found by place, area or affiliation, and decided on from columns alone.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use smallvec::SmallVec;
use tantivy::index::{InvertedIndexReader, SegmentReader};
use tantivy::postings::{SegmentPostings, TermInfo};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocSet, Index, TERMINATED, TantivyError, Term};

use crate::catalog::affiliations::{AffiliationTable, ByLine, NetworkTermRange};
use crate::catalog::in_memory_directory::InMemoryDirectory;
use crate::catalog::index_fields::area_term;
use crate::catalog::line_flags::PackedLineFlags;
use crate::catalog::line_table::{LineColumns, LineTable};
use crate::catalog::spatial::{BLOCKS, BoundingBox, SpatialKey, blocks_of};
use crate::catalog::{index_fields, published_flags};
use crate::coverage::TermsId;
use crate::matching::candidate::{AreaMatch, Candidate, CandidateQuery, LineId};
use crate::place::center::Center;
use crate::place::{Miles, Point, State, Zip};
use crate::service::Service;

/// Every line of a generation.
pub(crate) struct LineIndex {
    table: LineTable,
    of_records: OfRecords,
    /// The first line of each block, followed by the number of lines.
    blocks: Vec<u32>,
    ids: FieldTerms,
    /// The words of names.
    pub(crate) words: FieldTerms,
    areas: FieldTerms,
    affiliations: AffiliationTable,
    states: Vec<State>,
}

/// The terms of one field.
pub(crate) struct FieldTerms {
    pub(crate) field: Field,
    pub(crate) reader: Arc<InvertedIndexReader>,
}

impl FieldTerms {
    fn open(segment: &SegmentReader, field: Field) -> tantivy::Result<Self> {
        Ok(Self { field, reader: segment.inverted_index(field)? })
    }

    /// The lines of `term`; empty if no line has it.
    fn lines(&self, term: &Term) -> SegmentPostings {
        self.reader.get_term_info(term).ok().flatten().map_or_else(SegmentPostings::empty, |info| self.lines_at(&info))
    }

    /// The lines stored at `info`.
    ///
    /// Reading fails only on bytes that tantivy did not write, and every byte is verified when the generation is opened.
    pub(crate) fn lines_at(&self, info: &TermInfo) -> SegmentPostings {
        let read = self.reader.read_postings_from_terminfo(info, IndexRecordOption::Basic);
        read.unwrap_or_else(|_| SegmentPostings::empty())
    }
}

/// The location of a line's provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LineLocation {
    /// The provider's record.
    pub record: u32,
    /// Its state; `None` if no source gives an address.
    pub state: Option<State>,
    /// Whether it has a position that distance searches find.
    pub placed: bool,
}

/// A line in reach of a search.
#[derive(Debug, Clone)]
struct SpatialHit {
    line: u32,
    distance: Option<Miles>,
    in_area: bool,
    /// Its terms with the networks searched for.
    terms: SmallVec<[TermsId; 2]>,
}

impl SpatialHit {
    fn new(line: u32, distance: Option<Miles>, in_area: bool) -> Self {
        Self { line, distance, in_area, terms: SmallVec::new() }
    }
}

impl LineIndex {
    /// Opens the index in `files`, with the packed `affiliations` of its lines to the networks of `runs`; `records` is the
    /// number of providers.
    ///
    /// # Errors
    /// The files are not a single-segment index of this schema, or the affiliations have another number of lines.
    pub(crate) fn open(
        files: InMemoryDirectory,
        affiliations: Vec<u8>,
        runs: &[NetworkTermRange],
        records: usize,
    ) -> tantivy::Result<Self> {
        let index = Index::open(files)?;
        let segments = index.searchable_segments()?;
        let [segment] = segments.as_slice() else {
            return Err(TantivyError::SystemError(format!("{} segments, but one is expected", segments.len())));
        };
        let segment = SegmentReader::open(segment)?;
        let (_, fields) = index_fields::schema();
        let table = LineTable::read(&segment)?;
        let lines = u32::try_from(table.rows.len()).unwrap_or(u32::MAX);
        let affiliations = AffiliationTable::open(affiliations, lines, runs);
        let affiliations =
            affiliations.ok_or_else(|| TantivyError::SystemError("the affiliations do not match the lines".to_owned()))?;
        Ok(Self {
            blocks: first_of_blocks(&table.places),
            of_records: OfRecords::new(&table.rows, records),
            table,
            ids: FieldTerms::open(&segment, fields.id)?,
            words: FieldTerms::open(&segment, fields.name)?,
            areas: FieldTerms::open(&segment, fields.area)?,
            affiliations,
            states: State::all().collect(),
        })
    }

    /// Number of lines.
    pub(crate) fn total(&self) -> u32 {
        u32::try_from(self.table.rows.len()).unwrap_or(u32::MAX)
    }

    /// Number of lines of `service`.
    pub(crate) fn count(&self, service: Service) -> u32 {
        let blocks = blocks_of(service);
        self.blocks[blocks.end() + 1] - self.blocks[*blocks.start()]
    }

    /// The record of a line's provider.
    pub(crate) fn record(&self, line: u32) -> Option<u32> {
        self.row(line).map(|row| row.record)
    }

    /// The service of a line.
    pub(crate) fn service(&self, line: u32) -> Option<Service> {
        self.key(line).and_then(SpatialKey::service)
    }

    fn row(&self, line: u32) -> Option<&LineColumns> {
        self.table.rows.get(line as usize)
    }

    fn key(&self, line: u32) -> Option<SpatialKey> {
        self.table.places.get(line as usize).copied().map(SpatialKey::from_number)
    }

    fn flags(&self, row: &LineColumns) -> PackedLineFlags {
        PackedLineFlags::unpack(row.flags, &self.states)
    }

    /// The lines of the provider in a record, in order.
    pub(crate) fn of_record(&self, record: u32) -> &[u32] {
        self.of_records.of(record)
    }

    /// The location of each line's provider, in line order.
    pub(crate) fn whereabouts(&self) -> impl Iterator<Item = LineLocation> {
        self.table.places.iter().zip(&self.table.rows).map(|(key, row)| {
            let placed = SpatialKey::from_number(*key).point().is_some();
            LineLocation { record: row.record, state: self.flags(row).state, placed }
        })
    }

    /// Number of lines each network lists, in the order of `runs`.
    pub(crate) fn members(&self, runs: &[NetworkTermRange], counts: impl Fn(TermsId) -> bool) -> Vec<u64> {
        self.affiliations.members(runs, counts)
    }

    /// The lines of every provider whose id, CCN or NPI is `id`.
    pub(crate) fn lines_by_id(&self, id: &str) -> Vec<u32> {
        collect_docs(self.ids.lines(&Term::from_field_text(self.ids.field, id)))
    }

    /// The lines that `search` asks for, in order, with those of their terms that are in `runs`, which are in order.
    pub(crate) fn candidates(&self, search: &CandidateQuery<'_>, runs: &[NetworkTermRange]) -> Vec<Candidate> {
        let near = if search.listed_only {
            self.listed_within(search, runs)
        } else {
            self.within(search.service, search.center, search.horizon, search.beyond)
        };
        let mut found = self.with_area(near, self.serving(search.service, search.zip), search.center);
        if let Some(beyond) = search.beyond {
            found.retain(|found| found.distance.is_none_or(|miles| miles > beyond));
        }
        self.affiliations.append_terms(runs, &mut found, |found| found.line, |found, key| found.terms.push(key));
        if search.listed_only {
            found.retain(|found| !found.terms.is_empty());
        }
        found.into_iter().filter_map(|found| self.candidate(found)).collect()
    }

    /// The lines of any service with `zip` in their published area.
    pub(crate) fn lines_by_service_zip(&self, zip: Zip) -> Vec<u32> {
        Service::ALL.into_iter().flat_map(|service| collect_docs(self.serving(service, zip))).collect()
    }

    /// Every line whose position is within `horizon` of `center`, with its distance.
    pub(crate) fn lines_within(&self, center: Point, horizon: Miles) -> impl Iterator<Item = (u32, Miles)> {
        let found = Service::ALL.into_iter().flat_map(move |service| self.within(service, center, horizon, None));
        found.filter_map(|found| Some((found.line, found.distance?)))
    }

    /// How far the nearest line of `service` is from `center`, and its state. Looks at every line of the service.
    pub(crate) fn nearest(&self, service: Service, center: Point) -> Option<(Miles, Option<State>)> {
        let blocks = blocks_of(service);
        let lines = self.blocks[*blocks.start()]..self.blocks[blocks.end() + 1];
        let center = Center::from(center);
        let nearest = lines.filter_map(|line| Some((self.distance(line, center)?, line))).min()?;
        Some((nearest.0, self.row(nearest.1).and_then(|row| self.flags(row).state)))
    }

    /// The terms of some lines that are in `runs`, which are in order.
    pub(crate) fn affiliations(&self, runs: &[NetworkTermRange], lines: Range<u32>) -> ByLine {
        self.affiliations.by_line(runs, lines)
    }

    /// One line as a candidate, wherever it is.
    pub(crate) fn candidate_at(&self, line: u32, center: Point, zip: Zip, runs: &[NetworkTermRange]) -> Option<Candidate> {
        let service = self.service(line)?;
        let mut serving = self.serving(service, zip);
        let in_area = seek_to(&mut serving, line) == line;
        let terms = self.affiliations.by_line(runs, line..line + 1).of(line).into();
        self.candidate(SpatialHit { terms, ..SpatialHit::new(line, self.distance(line, center.into()), in_area) })
    }

    /// The lines of `service` whose position is within `horizon` of `center`, in order. Most of those that are not `beyond`
    /// the given distance are skipped.
    fn within(&self, service: Service, center: Point, horizon: Miles, beyond: Option<Miles>) -> Vec<SpatialHit> {
        let bounds = BoundingBox::ring(center, horizon, beyond);
        let center = Center::from(center);
        let mut found = Vec::with_capacity(256);
        for (block, wanted) in bounds.runs(service) {
            let lines = self.key_range_to_lines(block, wanted.start().number()..wanted.end().number() + 1);
            for (line, key) in lines.clone().zip(self.keys_of(lines)) {
                let Some(point) = SpatialKey::from_number(*key).point() else { continue };
                if bounds.holds_latitude(point) {
                    let distance = center.miles_to(point);
                    if distance <= horizon {
                        found.push(SpatialHit::new(line, Some(distance), false));
                    }
                }
            }
        }
        found
    }

    /// Like [`LineIndex::within`], but only lines with terms in `runs`, which are found among the members: around a city
    /// there are many others.
    fn listed_within(&self, search: &CandidateQuery<'_>, runs: &[NetworkTermRange]) -> Vec<SpatialHit> {
        let bounds = BoundingBox::ring(search.center, search.horizon, search.beyond);
        let mut listed = Vec::new();
        for (block, keys) in bounds.runs(search.service) {
            let lines = self.key_range_to_lines(block, keys.start().number()..keys.end().number() + 1);
            self.affiliations.each(runs, &lines, |line, _| listed.push(line));
        }
        listed.sort_unstable();
        listed.dedup();
        let center = Center::from(search.center);
        let found = listed.into_iter().map(|line| SpatialHit::new(line, self.distance(line, center), false));
        found.filter(|found| found.distance.is_some_and(|miles| miles <= search.horizon)).collect()
    }

    /// The lines of a block whose place keys are in `keys`, by binary search.
    fn key_range_to_lines(&self, block: usize, keys: Range<u64>) -> Range<u32> {
        let (first, end) = (self.blocks[block], self.blocks[block + 1]);
        let start = self.first_from(keys.start, first..end);
        start..self.first_from(keys.end, start..end)
    }

    /// The first line within `lines` whose place key is at least `key`.
    fn first_from(&self, key: u64, lines: Range<u32>) -> u32 {
        let before = self.keys_of(lines.clone()).partition_point(|place| *place < key);
        lines.start + u32::try_from(before).unwrap_or(u32::MAX)
    }

    /// The place keys of some lines.
    fn keys_of(&self, lines: Range<u32>) -> &[u64] {
        self.table.places.get(lines.start as usize..lines.end as usize).unwrap_or_default()
    }

    /// The lines of `service` with `zip` in their published area.
    fn serving(&self, service: Service, zip: Zip) -> SegmentPostings {
        self.areas.lines(&Term::from_field_u64(self.areas.field, area_term(service, zip)))
    }

    /// Merges `near` and `serving` into one ordered list, each line once.
    fn with_area(&self, near: Vec<SpatialHit>, mut serving: SegmentPostings, center: Point) -> Vec<SpatialHit> {
        let center = Center::from(center);
        let far = |line| SpatialHit::new(line, self.distance(line, center), true);
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
        found.extend(collect_docs(serving).into_iter().map(far));
        found
    }

    fn distance(&self, line: u32, center: Center) -> Option<Miles> {
        self.key(line).and_then(SpatialKey::point).map(|point| center.miles_to(point))
    }

    /// A line as a candidate; `None` if there is no such line.
    fn candidate(&self, found: SpatialHit) -> Option<Candidate> {
        let SpatialHit { line, distance, in_area, terms } = found;
        let row = self.row(line)?;
        let flags = self.flags(row);
        Some(Candidate {
            line: LineId(line),
            lot: row.lot,
            distance,
            serves: if in_area { AreaMatch::Yes } else { flags.area },
            standing: flags.standing,
            state: flags.state,
            medicare: flags.medicare,
            medicaid: flags.medicaid,
            yes: row.yes,
            no: row.no,
            rating: flags.rating,
            published: published_flags::unpack(row.published),
            availability: flags.availability,
            reports: None,
            stated: flags.stated,
            terms,
        })
    }
}

impl fmt::Debug for LineIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lines").field("total", &self.total()).finish_non_exhaustive()
    }
}

/// The first line of `lines` that is `line` or later; [`TERMINATED`], which is after every line, if there is none.
fn seek_to(lines: &mut SegmentPostings, line: u32) -> u32 {
    if lines.doc() < line { lines.seek(line) } else { lines.doc() }
}

fn collect_docs(mut lines: SegmentPostings) -> Vec<u32> {
    let mut all = Vec::with_capacity(lines.doc_freq() as usize);
    while lines.doc() != TERMINATED {
        all.push(lines.doc());
        lines.advance();
    }
    all
}

/// The lines of each record's provider.
struct OfRecords {
    /// Where the lines of each record end.
    ends: Vec<u32>,
    lines: Vec<u32>,
}

impl OfRecords {
    fn new(rows: &[LineColumns], records: usize) -> Self {
        let of = |row: &LineColumns| Some(row.record as usize).filter(|record| *record < records);
        let mut ends = vec![0; records];
        rows.iter().filter_map(of).for_each(|record| ends[record] += 1);
        let mut total = 0;
        for end in &mut ends {
            // The start of the record's lines until they are filled in.
            total += std::mem::replace(end, total);
        }
        let mut placed = vec![0; total as usize];
        for (record, line) in (0..).zip(rows).filter_map(|(line, row)| Some((of(row)?, line))) {
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

/// The first line of each block, followed by the number of lines.
fn first_of_blocks(places: &[u64]) -> Vec<u32> {
    let mut first = vec![0; BLOCKS + 1];
    for key in places {
        first[SpatialKey::from_number(*key).block() + 1] += 1;
    }
    let mut lines = 0;
    for count in &mut first {
        lines += *count;
        *count = lines;
    }
    first
}
