//! Options of a synthetic directory.

use jiff::civil::Date;

use crate::place::{Miles, Zip};

/// The date of the built-in sample.
pub const DAY: Date = jiff::civil::date(2026, 11, 21);

/// What to generate.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleOptions {
    /// Total number of providers of all services.
    pub providers: u32,
    /// Number of networks.
    pub networks: u32,
    /// Random seed: equal options and seed give equal bytes.
    pub seed: u64,
    /// Only ZIPs within this distance of one; `None` is the whole country.
    pub around: Option<(Zip, Miles)>,
    /// The date of the sample; each file is some days older.
    pub day: Date,
}

impl SampleOptions {
    /// The options of the built-in sample: `placement sample --near 64108 --within-miles 60
    /// --providers 400 --networks 6 --seed 1`.
    pub fn built_in() -> Self {
        let around = Zip::from_number(64_108).zip(Miles::new(60.0));
        Self { providers: 400, networks: 6, seed: 1, around, day: DAY }
    }
}
