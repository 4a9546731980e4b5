//! A date with a time of day as it is typed: in the time zone of the request, or with an offset from UTC.

use jiff::civil::{DateTime, Time};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{Timestamp, Zoned};
use serde_json::{Value, json};

use crate::input::errors::FieldErrors;
use crate::input::field::InputType;
use crate::input::place::FieldPlace;
use crate::input::schema::NamedSchema;
use crate::input::values::{read_day, text};

/// A moment as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TypedMoment {
    /// A time of day in the time zone of the request.
    Local(DateTime),
    /// A time with its offset from UTC.
    Exact(Timestamp),
}

impl InputType for TypedMoment {
    type Value = Self;

    fn read(value: &Value, at: FieldPlace, faults: &mut FieldErrors) -> Option<Self> {
        let moment = parse(text(value, at, faults)?);
        if moment.is_none() {
            let hint = "write it as 2026-11-30T14:20, or with an offset as 2026-11-30T14:20-06:00".to_owned();
            faults.add(at, "not_a_time", "a time consists of a date, T, hours and minutes", Some(hint));
        }
        moment
    }

    fn describe(_: &mut Vec<NamedSchema>) -> Value {
        const PATTERN: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?$";
        json!({"type": "string", "pattern": PATTERN, "examples": ["2026-11-30T14:20", "2026-11-30T14:20:00-06:00"]})
    }
}

/// Parses `2026-11-30T14:20`, with seconds and an offset if they are given.
fn parse(typed: &str) -> Option<TypedMoment> {
    let (date, rest) = typed.split_once('T')?;
    let date = read_day(date)?;
    let zone = rest.find(['Z', '+', '-']).unwrap_or(rest.len());
    let (time, zone) = rest.split_at(zone);
    let local = date.to_datetime(time_of_day(time)?);
    if zone.is_empty() {
        return Some(TypedMoment::Local(local));
    }
    let offset = if zone == "Z" { Offset::UTC } else { offset(zone)? };
    offset.to_timestamp(local).ok().map(TypedMoment::Exact)
}

/// "14:20" or "14:20:00".
fn time_of_day(typed: &str) -> Option<Time> {
    let parts: Option<Vec<i8>> = typed.split(':').map(two_digits).collect();
    match parts?[..] {
        [hour, minute] => Time::new(hour, minute, 0, 0).ok(),
        [hour, minute, second] => Time::new(hour, minute, second, 0).ok(),
        _ => None,
    }
}

/// "-06:00".
fn offset(typed: &str) -> Option<Offset> {
    let (sign, hours) = typed.split_at_checked(1)?;
    let (hours, minutes) = hours.split_once(':')?;
    let (hours, minutes) = (i32::from(two_digits(hours)?), i32::from(two_digits(minutes)?));
    let seconds = (hours * 60 + minutes) * 60;
    let is_valid = minutes < 60 && hours <= 14;
    Offset::from_seconds(if sign == "-" { -seconds } else { seconds }).ok().filter(|_| is_valid)
}

fn two_digits(typed: &str) -> Option<i8> {
    typed.parse().ok().filter(|_| typed.len() == 2 && typed.bytes().all(|byte| byte.is_ascii_digit()))
}

impl TypedMoment {
    /// The moment in `zone`. A time that does not occur there, or occurs twice, is a fault at `at`.
    pub(crate) fn in_zone(self, zone: &TimeZone, at: FieldPlace, faults: &mut FieldErrors) -> Option<Zoned> {
        let local = match self {
            Self::Exact(moment) => return Some(moment.to_zoned(zone.clone())),
            Self::Local(local) => local,
        };
        match zone.to_ambiguous_zoned(local).offset() {
            AmbiguousOffset::Unambiguous { .. } => local.to_zoned(zone.clone()).ok(),
            AmbiguousOffset::Gap { .. } => {
                let hint = "the clocks are set forward over it; write the time that the clock showed".to_owned();
                faults.add(at, "no_such_time", "this time does not occur in the time zone", Some(hint));
                None
            }
            AmbiguousOffset::Fold { before, after } => {
                let hint = format!("add the offset: {} for the first time, {} for the second", hours(before), hours(after));
                faults.add(at, "ambiguous_time", "the clocks are set back, so this time occurs twice", Some(hint));
                None
            }
        }
    }
}

/// `typed` with the offset of its first or second occurrence, if it occurs twice in `zone`.
pub(crate) fn with_offset_of_fold(typed: &str, zone: &TimeZone, is_second: bool) -> Option<String> {
    let Some(TypedMoment::Local(local)) = parse(typed) else { return None };
    match zone.to_ambiguous_zoned(local).offset() {
        AmbiguousOffset::Fold { before, after } => Some(format!("{typed}{}", hours(if is_second { after } else { before }))),
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Gap { .. } => None,
    }
}

/// An offset as it is typed: "-06:00".
fn hours(offset: Offset) -> String {
    let seconds = offset.seconds();
    let minutes = seconds.abs() / 60;
    format!("{}{:02}:{:02}", if seconds < 0 { '-' } else { '+' }, minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_moment_is_a_date_and_a_time_of_day_and_perhaps_an_offset() {
        let local = date(2026, 11, 30).at(14, 20, 0, 0);
        let exact = |text: &str| Some(TypedMoment::Exact(text.parse().unwrap()));
        for (typed, read) in [
            ("2026-11-30T14:20", Some(TypedMoment::Local(local))),
            ("2026-11-30T14:20:00", Some(TypedMoment::Local(local))),
            ("2026-11-30T14:20-06:00", exact("2026-11-30T20:20:00Z")),
            ("2026-11-30T14:20:30Z", exact("2026-11-30T14:20:30Z")),
            ("2026-11-30T14:20+05:30", exact("2026-11-30T08:50:00Z")),
            ("2026-11-30", None),
            ("2026-11-30 14:20", None),
            ("2026-11-30T14", None),
            ("2026-11-30T24:00", None),
            ("2026-11-30T14:20:60", None),
            ("2026-11-30T1:20", None),
            ("2026-11-30T14:20-6:00", None),
            ("2026-11-30T14:20+15:00", None),
            ("2026-11-30T14:20+00:60", None),
            ("2026-02-30T14:20", None),
            ("2026-11-30T14:20[America/Chicago]", None),
            ("", None),
        ] {
            assert_eq!(parse(typed), read, "{typed}");
        }
    }
}
