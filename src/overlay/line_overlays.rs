//! The overlays of all lines, fast to look up by line number and cheap to change one at a time.

use std::sync::Arc;

use crate::matching::candidate::{AreaMatch, Candidate, LineId, LineReports, StatedRoom, StatedTerms};
use crate::overlay::line_record::LineRecord;
use crate::overlay::line_statements::CandidatePatch;
use crate::place::Zip;
use crate::provider::ReferralStats;
use crate::service::NeedSet;

/// Lines per chunk: the bits of a number. A change copies one chunk and the pointers to all others.
const PIECE: usize = 128;

/// The overlays of up to [`PIECE`] lines. Lines without one take no memory, because each of many hospitals has its own few.
#[derive(Debug, Clone, Default)]
struct LineChunk {
    /// A bit for each line with an overlay.
    filled: u128,
    /// Their overlays, in the order of the lines.
    overlays: Vec<LineOverlay>,
}

impl LineChunk {
    /// Where the overlay of a line is, or would be inserted.
    fn place(&self, within: usize) -> Result<usize, usize> {
        let bit = 1_u128 << within;
        let at = (self.filled & (bit - 1)).count_ones() as usize;
        if self.filled & bit == 0 { Err(at) } else { Ok(at) }
    }

    fn set(&mut self, within: usize, over: Option<LineOverlay>) {
        match (self.place(within), over) {
            (Ok(at), Some(over)) => {
                if let Some(place) = self.overlays.get_mut(at) {
                    *place = over;
                }
            }
            (Ok(at), None) => {
                self.overlays.remove(at);
                self.filled &= !(1 << within);
            }
            (Err(at), Some(over)) => {
                self.overlays.insert(at, over);
                self.filled |= 1 << within;
            }
            (Err(_), None) => {}
        }
    }
}

/// The overlay of each line. Copies share unchanged chunks.
#[derive(Debug, Clone, Default)]
pub(crate) struct LineOverlays {
    /// Indexed by line number divided by [`PIECE`]; a chunk that has never had an overlay is `None`.
    pieces: Vec<Option<Arc<LineChunk>>>,
}

impl LineOverlays {
    /// Whether no line has ever had an overlay.
    pub(crate) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The overlay of `line`.
    pub(crate) fn get(&self, line: LineId) -> Option<&LineOverlay> {
        let line = line.0 as usize;
        let chunk = self.pieces.get(line / PIECE)?.as_ref()?;
        chunk.overlays.get(chunk.place(line % PIECE).ok()?)
    }

    /// Sets the overlay of `line`; does nothing without a line.
    pub(crate) fn set(&mut self, line: Option<LineId>, over: Option<LineOverlay>) {
        let Some(LineId(line)) = line else { return };
        let (at, within) = (line as usize / PIECE, line as usize % PIECE);
        if self.pieces.len() <= at {
            self.pieces.resize(at + 1, None);
        }
        if let Some(piece) = self.pieces.get_mut(at) {
            Arc::make_mut(piece.get_or_insert_default()).set(within, over);
        }
    }
}

/// The overlay of one line, as the numbers and bits used for matching.
#[derive(Debug, Clone)]
pub(crate) struct LineOverlay {
    /// The line's stated terms with the statements applied; `None` if no statement is about what it takes.
    pub stated: Option<Arc<StatedTerms>>,
    yes: NeedSet,
    no: NeedSet,
    /// The ZIP codes that it states it serves, in order.
    area: Option<Arc<[Zip]>>,
    /// What a candidate has of it, shared by all candidates of the line.
    reports: Arc<LineReports>,
}

impl LineOverlay {
    /// Builds the overlay from `patch`, `outcomes` and `record`.
    pub(crate) fn of(patch: &CandidatePatch, outcomes: Option<ReferralStats>, record: &LineRecord) -> Self {
        let (yes, no) = patch.word.needs();
        let rooms = patch.word.rooms();
        let reports = LineReports {
            rooms: rooms.map(|stated| StatedRoom { from: stated.from, until: stated.until, room: stated.room }).collect(),
            coverage: patch.word.coverage_reports(),
            outcomes,
            record: record.shown(),
        };
        Self {
            stated: patch.stated.clone(),
            yes,
            no,
            area: patch.word.stated_area().map(Arc::from),
            reports: Arc::new(reports),
        }
    }

    /// Whether it states that it serves `zip`; `None` if it states no service area.
    pub(crate) fn serves(&self, zip: Zip) -> Option<bool> {
        self.area.as_ref().map(|area| area.binary_search(&zip).is_ok())
    }

    /// Applies it to the bits of its line, for a patient in `zip`.
    pub(crate) fn onto(&self, candidate: &mut Candidate, zip: Zip) {
        if let Some(serves) = self.serves(zip) {
            candidate.serves = if serves { AreaMatch::Yes } else { AreaMatch::No };
        }
        candidate.yes = candidate.yes.without(self.no) | self.yes;
        candidate.no = candidate.no.without(self.yes) | self.no;
        candidate.reports = Some(Arc::clone(&self.reports));
    }
}
