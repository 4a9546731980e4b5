//! Per-line flags packed into one `u64` column, so that one read yields all of them.

use crate::evidence::Tristate;
use crate::matching::candidate::{AreaMatch, StatedTermsId};
use crate::place::State;
use crate::provider::OperatingStatus;

/// The flags of a line, besides the needs.
///
/// From the top: 32 bits stated key, 8 bits state, 8 bits rating, then two bits each for standing, Medicare, Medicaid,
/// availability and the service area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PackedLineFlags {
    /// Its index among the distinct statements of the generation.
    pub stated: StatedTermsId,
    /// The state it is in.
    pub state: Option<State>,
    /// Its rating in tenths.
    pub rating: Option<u8>,
    /// Its standing: whether it may be asked.
    pub standing: OperatingStatus,
    /// Whether it is Medicare-certified.
    pub medicare: Tristate,
    /// Whether it is Medicaid-certified.
    pub medicaid: Tristate,
    /// Whether it has room.
    pub availability: Tristate,
    /// [`AreaMatch::No`] stands for "an area is published"; the index terms hold the area.
    pub area: AreaMatch,
}

/// No rating: no scale reaches 25.5.
const NO_RATING: u8 = u8::MAX;

impl PackedLineFlags {
    /// Packs the flags; `states` are those of [`State::all`].
    pub(crate) fn pack(self, states: &[State]) -> u64 {
        let state = self.state.and_then(|state| states.iter().position(|known| *known == state));
        let state = state.and_then(|at| u8::try_from(at + 1).ok()).unwrap_or(0);
        let standing = match self.standing {
            OperatingStatus::Open => 0,
            OperatingStatus::Closed => 1,
            OperatingStatus::NotCertified => 2,
            OperatingStatus::ExcludedByOig => 3,
        };
        let area = match self.area {
            AreaMatch::NotPublished => 0,
            AreaMatch::No => 1,
            AreaMatch::Yes => 2,
        };
        let flags = standing
            | answer_bits(self.medicare) << 2
            | answer_bits(self.medicaid) << 4
            | answer_bits(self.availability) << 6
            | area << 8;
        u64::from(self.stated.0) << 32 | u64::from(state) << 24 | u64::from(self.rating.unwrap_or(NO_RATING)) << 16 | flags
    }

    /// Unpacks the flags; `states` are those of [`State::all`].
    pub(crate) fn unpack(number: u64, states: &[State]) -> Self {
        let [_, flags_high, rating, state, stated @ ..] = number.to_le_bytes();
        let [flags, ..] = number.to_le_bytes();
        Self {
            stated: StatedTermsId(u32::from_le_bytes(stated)),
            state: usize::from(state).checked_sub(1).and_then(|at| states.get(at)).copied(),
            rating: (rating != NO_RATING).then_some(rating),
            standing: match flags & 3 {
                0 => OperatingStatus::Open,
                1 => OperatingStatus::Closed,
                2 => OperatingStatus::NotCertified,
                _ => OperatingStatus::ExcludedByOig,
            },
            medicare: answer(flags >> 2),
            medicaid: answer(flags >> 4),
            availability: answer(flags >> 6),
            area: match flags_high & 3 {
                0 => AreaMatch::NotPublished,
                1 => AreaMatch::No,
                _ => AreaMatch::Yes,
            },
        }
    }
}

fn answer_bits(answer: Tristate) -> u64 {
    match answer {
        Tristate::Unknown => 0,
        Tristate::Yes => 1,
        Tristate::No => 2,
    }
}

fn answer(bits: u8) -> Tristate {
    match bits & 3 {
        1 => Tristate::Yes,
        2 => Tristate::No,
        _ => Tristate::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_comes_back_as_it_was_told() {
        let states: Vec<State> = State::all().collect();
        let nothing = PackedLineFlags {
            stated: StatedTermsId(0),
            state: None,
            rating: None,
            standing: OperatingStatus::Open,
            medicare: Tristate::Unknown,
            medicaid: Tristate::Unknown,
            availability: Tristate::Unknown,
            area: AreaMatch::NotPublished,
        };
        for flags in [
            nothing,
            PackedLineFlags { stated: StatedTermsId(u32::MAX), ..nothing },
            PackedLineFlags { state: states.first().copied(), rating: Some(0), ..nothing },
            PackedLineFlags { state: states.last().copied(), rating: Some(100), ..nothing },
            PackedLineFlags { standing: OperatingStatus::Closed, medicare: Tristate::Yes, area: AreaMatch::No, ..nothing },
            PackedLineFlags {
                standing: OperatingStatus::NotCertified,
                medicaid: Tristate::No,
                area: AreaMatch::Yes,
                ..nothing
            },
            PackedLineFlags {
                standing: OperatingStatus::ExcludedByOig,
                availability: Tristate::Yes,
                medicare: Tristate::No,
                ..nothing
            },
        ] {
            assert_eq!(PackedLineFlags::unpack(flags.pack(&states), &states), flags);
        }
    }
}
