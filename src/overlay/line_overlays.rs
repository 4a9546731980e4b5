//! What lies over each line, found by its number in a step or two, and cheap to change in one place.

use std::sync::Arc;

use jiff::civil::Date;
use smallvec::SmallVec;

use crate::evidence::Tristate;
use crate::matching::candidate::{Candidate, LineId, StatedTerms};
use crate::overlay::line_statements::CandidatePatch;
use crate::provider::ReferralStats;
use crate::service::NeedSet;

/// How many lines share one piece: a change copies one piece, and one pointer for each of the others. Our choice; with 60,000 lines
/// both take about as long.
const PIECE: usize = 128;

type LineChunk = [Option<LineOverlay>; PIECE];

/// What lies over each line. A copy shares the pieces that do not change.
#[derive(Debug, Clone, Default)]
pub(crate) struct LineOverlays {
    /// By the number of the line; a piece over which nothing ever lay is not there.
    pieces: Vec<Option<Arc<LineChunk>>>,
}

impl LineOverlays {
    /// Whether nothing ever lay over any line.
    pub(crate) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// What lies over `line`.
    pub(crate) fn get(&self, line: LineId) -> Option<&LineOverlay> {
        let line = line.0 as usize;
        self.pieces.get(line / PIECE)?.as_ref()?.get(line % PIECE)?.as_ref()
    }

    /// Lays `over` over `line`; nothing where there is no such line.
    pub(crate) fn set(&mut self, line: Option<LineId>, over: Option<LineOverlay>) {
        let Some(LineId(line)) = line else { return };
        let (at, within) = (line as usize / PIECE, line as usize % PIECE);
        if self.pieces.len() <= at {
            self.pieces.resize(at + 1, None);
        }
        if let Some(piece) = self.pieces.get_mut(at) {
            let piece = piece.get_or_insert_with(|| Arc::new([const { None }; PIECE]));
            if let Some(place) = Arc::make_mut(piece).get_mut(within) {
                *place = over;
            }
        }
    }
}

/// What lies over one line, in the numbers and bits that judging needs.
#[derive(Debug, Clone)]
pub(crate) struct LineOverlay {
    /// What the line has stated with what is said now; `None` where nothing is said of what it takes.
    pub stated: Option<Arc<StatedTerms>>,
    yes: NeedSet,
    no: NeedSet,
    /// From which day to which it says that there is room, or none.
    rooms: SmallVec<[(Date, Date, bool); 1]>,
    outcomes: Option<ReferralStats>,
}

impl LineOverlay {
    /// What `patch` and `outcomes` lay over their line.
    pub(crate) fn of(patch: &CandidatePatch, outcomes: Option<ReferralStats>) -> Self {
        Self {
            stated: patch.stated.clone(),
            yes: patch.word.needs(true),
            no: patch.word.needs(false),
            rooms: patch.word.rooms().map(|room| (room.from, room.until, room.room)).collect(),
            outcomes,
        }
    }

    /// Lays it over the bits of its line, as they are for a discharge on `day`.
    pub(crate) fn onto(&self, candidate: &mut Candidate, day: Date) {
        candidate.yes = candidate.yes.without(self.no) | self.yes;
        candidate.no = candidate.no.without(self.yes) | self.no;
        candidate.outcomes = self.outcomes;
        if let Some((.., room)) = self.rooms.iter().find(|(from, until, _)| *from <= day && day <= *until) {
            candidate.availability = Tristate::from(*room);
        }
    }
}
