//! Time zones by their IANA names, from the data that is built into the program, so that every machine computes the same times.

use std::fmt;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde_json::{Value, json};

use crate::fuzzy::{did_you_mean, nearest};
use crate::input::errors::FieldErrors;
use crate::input::field::InputType;
use crate::input::place::FieldPlace;
use crate::input::schema::NamedSchema;
use crate::input::values::text;

/// The time zones of the United States, with what people call them, from east to west.
pub(crate) const US_ZONES: [(&str, &str); 12] = [
    ("America/Puerto_Rico", "Atlantic (Puerto Rico, Virgin Islands)"),
    ("America/New_York", "Eastern"),
    ("America/Indiana/Indianapolis", "Eastern (Indiana)"),
    ("America/Chicago", "Central"),
    ("America/Denver", "Mountain"),
    ("America/Phoenix", "Mountain without daylight saving (Arizona)"),
    ("America/Los_Angeles", "Pacific"),
    ("America/Anchorage", "Alaska"),
    ("America/Adak", "Aleutian Islands"),
    ("Pacific/Honolulu", "Hawaii"),
    ("Pacific/Guam", "Guam, Northern Mariana Islands"),
    ("Pacific/Pago_Pago", "American Samoa"),
];

/// A time zone.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct NamedZone {
    /// Its IANA name.
    pub(crate) name: String,
    /// Its rules.
    pub(crate) zone: TimeZone,
}

impl fmt::Debug for NamedZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl NamedZone {
    /// The zone with that IANA name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        // Only names with a place: "EST" and the like do not follow daylight saving as people expect.
        let is_known = name.contains('/') || name == "UTC";
        let zone = TimeZoneDatabase::bundled().get(name).ok().filter(|_| is_known)?;
        Some(Self { name: zone.iana_name()?.to_owned(), zone })
    }
}

impl InputType for NamedZone {
    type Value = Self;

    fn read(value: &Value, at: FieldPlace, faults: &mut FieldErrors) -> Option<Self> {
        let typed = text(value, at, faults)?;
        let zone = Self::named(typed);
        if zone.is_none() {
            let known = US_ZONES.map(|(name, _)| name);
            let hint = did_you_mean(&nearest(typed, known.iter().copied(), 3));
            let hint = hint.unwrap_or_else(|| "a name of the IANA time zones, such as America/Chicago".to_owned());
            faults.add(at, "no_such_time_zone", format!("there is no time zone \"{typed}\""), Some(hint));
        }
        zone
    }

    fn describe(_: &mut Vec<NamedSchema>) -> Value {
        json!({"type": "string", "pattern": "^[A-Za-z]", "maxLength": 64, "examples": ["America/Chicago"]})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_of_the_form_is_known_and_an_abbreviation_is_not() {
        for (name, _) in US_ZONES {
            assert_eq!(NamedZone::named(name).unwrap().name, name);
        }
        for name in ["EST", "CST6CDT", "Central", "America/Chicagoo", ""] {
            assert_eq!(NamedZone::named(name), None, "{name}");
        }
    }
}
