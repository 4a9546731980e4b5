//! The small answers of a line in one number, so that one look at one column gives them all.

use crate::evidence::Answer;
use crate::matching::{Serves, StatedKey};
use crate::place::State;
use crate::provider::Standing;

/// What a line has told, beyond the needs.
///
/// From the top: 32 bits stated key, 8 bits state, 8 bits rating, then two bits each for standing, Medicare, Medicaid,
/// availability and the service area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// What it has stated, among the distinct statements of the generation.
    pub stated: StatedKey,
    /// The state it lies in.
    pub state: Option<State>,
    /// Its rating in tenths.
    pub rating: Option<u8>,
    /// Whether it may be asked at all.
    pub standing: Standing,
    /// Whether Medicare pays it.
    pub medicare: Answer,
    /// Whether Medicaid pays it.
    pub medicaid: Answer,
    /// Whether there is room.
    pub availability: Answer,
    /// [`Serves::No`] stands for "an area is published"; the terms of the index say what is in it.
    pub area: Serves,
}

/// No rating: no scale reaches 25.5.
const NO_RATING: u8 = u8::MAX;

impl Told {
    /// The answers as one number; `states` are those of [`State::all`].
    pub fn pack(self, states: &[State]) -> u64 {
        let state = self.state.and_then(|state| states.iter().position(|known| *known == state));
        let state = state.and_then(|at| u8::try_from(at + 1).ok()).unwrap_or(0);
        let standing = match self.standing {
            Standing::Open => 0,
            Standing::Closed => 1,
            Standing::NotCertified => 2,
            Standing::ExcludedByOig => 3,
        };
        let area = match self.area {
            Serves::NotPublished => 0,
            Serves::No => 1,
            Serves::Yes => 2,
        };
        let flags = standing
            | answer_bits(self.medicare) << 2
            | answer_bits(self.medicaid) << 4
            | answer_bits(self.availability) << 6
            | area << 8;
        u64::from(self.stated.0) << 32
            | u64::from(state) << 24
            | u64::from(self.rating.unwrap_or(NO_RATING)) << 16
            | flags
    }

    /// The answers a number stands for; `states` are those of [`State::all`].
    pub fn unpack(number: u64, states: &[State]) -> Self {
        let [_, flags_high, rating, state, stated @ ..] = number.to_le_bytes();
        let [flags, ..] = number.to_le_bytes();
        Self {
            stated: StatedKey(u32::from_le_bytes(stated)),
            state: usize::from(state).checked_sub(1).and_then(|at| states.get(at)).copied(),
            rating: (rating != NO_RATING).then_some(rating),
            standing: match flags & 3 {
                0 => Standing::Open,
                1 => Standing::Closed,
                2 => Standing::NotCertified,
                _ => Standing::ExcludedByOig,
            },
            medicare: answer(flags >> 2),
            medicaid: answer(flags >> 4),
            availability: answer(flags >> 6),
            area: match flags_high & 3 {
                0 => Serves::NotPublished,
                1 => Serves::No,
                _ => Serves::Yes,
            },
        }
    }
}

fn answer_bits(answer: Answer) -> u64 {
    match answer {
        Answer::Unknown => 0,
        Answer::Yes => 1,
        Answer::No => 2,
    }
}

fn answer(bits: u8) -> Answer {
    match bits & 3 {
        1 => Answer::Yes,
        2 => Answer::No,
        _ => Answer::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_comes_back_as_it_was_told() {
        let states: Vec<State> = State::all().collect();
        let nothing = Told {
            stated: StatedKey(0),
            state: None,
            rating: None,
            standing: Standing::Open,
            medicare: Answer::Unknown,
            medicaid: Answer::Unknown,
            availability: Answer::Unknown,
            area: Serves::NotPublished,
        };
        for told in [
            nothing,
            Told { stated: StatedKey(u32::MAX), ..nothing },
            Told { state: states.first().copied(), rating: Some(0), ..nothing },
            Told { state: states.last().copied(), rating: Some(100), ..nothing },
            Told { standing: Standing::Closed, medicare: Answer::Yes, area: Serves::No, ..nothing },
            Told { standing: Standing::NotCertified, medicaid: Answer::No, area: Serves::Yes, ..nothing },
            Told { standing: Standing::ExcludedByOig, availability: Answer::Yes, medicare: Answer::No, ..nothing },
        ] {
            assert_eq!(Told::unpack(told.pack(&states), &states), told);
        }
    }
}
