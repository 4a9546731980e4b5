//! What to do next: single changes to the question, and what each gains.

use jiff::civil::Date;

use super::report::Asked;

/// A single change to the question or to what is known.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Look farther.
    WithinMiles(f64),
    /// Start later.
    DischargeOn(Date),
    /// Have the providers that are silent on one thing only say yes to it. A required need is never relaxed, only confirmed.
    Confirm(Asked),
}

/// A change and what it gains: applying it gives exactly this.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    /// The change.
    pub change: Change,
    /// How many more providers would be ready.
    pub ready: u32,
    /// The change and its gain as a sentence: "+10 miles: 4 more ready".
    pub text: String,
}
