//! Why a list is too long or a daily limit is reached, and what to do.

use std::borrow::Cow;

use crate::choice_list::{MOST_PLACES, TooLong};
use crate::text::count_text::counted;

/// How long the list would be, and why it is not cut short.
pub(crate) fn how_long(long: &TooLong) -> String {
    let what = if long.picked { "places were selected" } else { "places fit" };
    format!(
        "{} {what}, but a choice list holds at most {MOST_PLACES}. A list must be complete, so none is left off.",
        long.places
    )
}

/// What a program can request instead of a list that would be too long.
pub(crate) fn way_out(long: &TooLong) -> Cow<'static, str> {
    match (long.picked, long.within_miles) {
        _ if long.services > 1 => "Request one list per service, a smaller within_miles, a plan or more needs.".into(),
        (true, _) => "Send fewer in providers, and the rest in another list.".into(),
        (false, Some(miles)) => {
            format!("Send within_miles: {miles}, the largest whole number of miles at which all that fit can be listed.")
                .into()
        }
        (false, None) => "No radius in whole miles helps. Name a plan or more needs, or select places in providers, which gives a draft with only these.".into(),
    }
}

/// The same for a person.
pub(crate) fn way_out_for_people(long: &TooLong) -> Cow<'static, str> {
    match (long.picked, long.within_miles) {
        _ if long.services > 1 => {
            "Make one list per level of care, or narrow the search by a radius, a plan or needs.".into()
        }
        (true, _) => "Select fewer, and put the rest on another list.".into(),
        (false, Some(miles)) => {
            format!("Search within {miles} miles: that is the largest radius at which all providers that fit can be listed.")
                .into()
        }
        (false, None) => "Narrow the search by a plan or by needs, or select the places that the patient asks to see first, for a draft with only these.".into(),
    }
}

/// The text for a caller that has reached a daily limit.
pub(crate) fn daily_limit(what: &str, seconds: u64) -> String {
    let then = until_then(seconds);
    format!(
        "This caller has recorded as many {what} as it may in a day. It may record more in {then}; Retry-After has the seconds."
    )
}

/// The same for a person.
pub(crate) fn daily_limit_for_people(what: &str, seconds: u64) -> String {
    let then = until_then(seconds);
    format!(
        "No more {what} can be recorded today. More can be recorded in {then}. Tell your administrator if the limit is too low."
    )
}

/// A duration in hours and minutes, rounded up to a minute.
fn until_then(seconds: u64) -> String {
    let minutes = seconds.div_ceil(60);
    match (minutes / 60, minutes % 60) {
        (0, minutes) => counted(minutes, "minute"),
        (hours, 0) => counted(hours, "hour"),
        (hours, minutes) => format!("{} and {}", counted(hours, "hour"), counted(minutes, "minute")),
    }
}
