//! Why a list is too long or a day's share of the ledger is used up, and the way out.

use std::borrow::Cow;

use crate::choice_list::{MOST_PLACES, TooLong};
use crate::phrases::counted;

/// How long a list would be, and why it is not cut short.
pub(crate) fn how_long(long: &TooLong) -> String {
    let what = if long.picked { "places were picked" } else { "places fit" };
    format!(
        "{} {what}, and a list that a patient is given holds at most {MOST_PLACES}; it must be complete, so none is left off.",
        long.places
    )
}

/// What a program can ask for instead of a list that would be too long.
pub(crate) fn way_out(long: &TooLong) -> Cow<'static, str> {
    match (long.picked, long.within_miles) {
        (true, _) => "Give fewer in providers, and the rest in another list.".into(),
        (false, Some(miles)) => {
            format!("Send within_miles: {miles}, the widest whole number of miles within which all that fit can be listed.")
                .into()
        }
        (false, None) => {
            "No radius in whole miles helps: name a plan or more needs, or the places themselves in providers.".into()
        }
    }
}

/// The same for a person.
pub(crate) fn way_out_for_people(long: &TooLong) -> Cow<'static, str> {
    match (long.picked, long.within_miles) {
        (true, _) => "Tick fewer, and the rest on another list.".into(),
        (false, Some(miles)) => {
            format!("Ask again within {miles} miles: that is the widest at which everybody who fits can be listed.").into()
        }
        (false, None) => "Narrow the question by a plan or by needs, or tick the places that are meant.".into(),
    }
}

/// That a caller has put as much into the ledger as it may in a day.
pub(crate) fn daily_limit(what: &str, seconds: u64) -> String {
    let then = until_then(seconds);
    format!(
        "This caller has put as many {what} into the ledger as it may in a day. It may again in {then}; Retry-After says so in seconds."
    )
}

/// The same for a person.
pub(crate) fn daily_limit_for_people(what: &str, seconds: u64) -> String {
    let then = until_then(seconds);
    format!(
        "As many {what} have been recorded today as may be. More can be in {then}. Tell whoever runs placement if that is too few."
    )
}

/// A time in hours and minutes, rounded up to a minute.
fn until_then(seconds: u64) -> String {
    let minutes = seconds.div_ceil(60);
    match (minutes / 60, minutes % 60) {
        (0, minutes) => counted(minutes, "minute"),
        (hours, 0) => counted(hours, "hour"),
        (hours, minutes) => format!("{} and {}", counted(hours, "hour"), counted(minutes, "minute")),
    }
}
