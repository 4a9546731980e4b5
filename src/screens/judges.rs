//! The judges: each decides one rule for one case.

use crate::discharge::screen_facts::ScreenFacts;
use crate::screens::judgment::{Judgment, ScreenCase};

pub(crate) mod home_care;
pub(crate) mod hospital_levels;
pub(crate) mod medicare_advantage;
pub(crate) mod skilled_nursing;

/// The answer to `input` decides.
pub(crate) fn yes_or_no(input: &str, case: &ScreenCase<'_>) -> Judgment {
    match case.facts.answer(input) {
        Some(true) => Judgment::met("yes"),
        Some(false) => Judgment::not_met("no"),
        None => Judgment::missing(static_name(input).into_iter().collect()),
    }
}

/// The name of an input that is yes or no.
fn static_name(input: &str) -> Option<&'static str> {
    ScreenFacts::YES_OR_NO.iter().copied().find(|name| *name == input)
}
