//! What a synthetic directory is to be like.

use jiff::civil::Date;

use crate::place::{Miles, Zip};

/// The day the built-in sample is of.
pub const DAY: Date = jiff::civil::date(2026, 11, 21);

/// What to invent.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleOptions {
    /// How many providers, of all services together.
    pub providers: u32,
    /// How many networks payers have.
    pub networks: u32,
    /// Same plan, same seed: same bytes.
    pub seed: u64,
    /// Only ZIPs this near to one; `None` is the whole country.
    pub around: Option<(Zip, Miles)>,
    /// The day the files are of; each source is some days older.
    pub day: Date,
}

impl SampleOptions {
    /// The plan of the built-in sample: `placement sample --near 64108 --within-miles 60 --providers 400 --networks 6 --seed 1`.
    pub fn built_in() -> Self {
        let around = Zip::from_number(64_108).zip(Miles::new(60.0));
        Self { providers: 400, networks: 6, seed: 1, around, day: DAY }
    }
}
