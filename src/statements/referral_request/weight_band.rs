//! The patient's weight as a provider needs it to decide: a band of 50 lb, never the number.

use std::fmt;

/// How wide a band is, in pounds. Our choice: beds, lifts and scales are rated in steps of 50 lb or more.
pub const BAND_LB: u32 = 50;
/// The upper end of the last band, the same as the heaviest patient of a question.
pub const HEAVIEST_LB: u32 = 1_500;

/// A band of weights: 451 to 500 lb.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WeightBand(u32);

impl WeightBand {
    /// The band that a weight is in; `None` if it is not one of a patient.
    pub fn of(weight_lb: u32) -> Option<Self> {
        Self::up_to(weight_lb.div_ceil(BAND_LB) * BAND_LB)
    }

    /// The band with that upper end, in pounds; `None` if no band ends there.
    pub fn up_to(end_lb: u32) -> Option<Self> {
        let is_end = (BAND_LB..=HEAVIEST_LB).contains(&end_lb) && end_lb.is_multiple_of(BAND_LB);
        is_end.then_some(Self(end_lb))
    }

    /// Its upper end, in pounds.
    pub fn end_lb(self) -> u32 {
        self.0
    }
}

impl fmt::Display for WeightBand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {} lb", self.0 - BAND_LB + 1, self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_is_in_the_band_that_ends_at_or_above_it() {
        for (weight, band) in [
            (450, Some("401 to 450 lb")),
            (451, Some("451 to 500 lb")),
            (480, Some("451 to 500 lb")),
            (500, Some("451 to 500 lb")),
            (1_500, Some("1451 to 1500 lb")),
            (1_501, None),
            (0, None),
        ] {
            assert_eq!(WeightBand::of(weight).map(|band| band.to_string()).as_deref(), band, "{weight}");
        }
        assert_eq!((WeightBand::up_to(480), WeightBand::up_to(500).map(WeightBand::end_lb)), (None, Some(500)));
    }
}
