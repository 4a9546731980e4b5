//! `near`: a point and a distance from it, as FHIR writes it.

use crate::place::{Miles, Point};
use crate::serve::fhir::escapes::split;

/// Kilometers in one mile, by definition.
const KILOMETRES_PER_MILE: f64 = 1.609_344;

/// The distance if the request has none. FHIR leaves it to the server.
const USUAL_MILES: f64 = 25.0;

/// Half the circumference of the earth: nothing is farther away.
const FARTHEST_MILES: f64 = 12_500.0;

/// The unit of the distances in answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DistanceUnit {
    /// Kilometers.
    Kilometres,
    /// Statute miles.
    Miles,
}

impl DistanceUnit {
    /// The code of the Unified Code for Units of Measure.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Kilometres => "km",
            Self::Miles => "[mi_i]",
        }
    }

    /// The text for people.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Kilometres => "km",
            Self::Miles => "mi",
        }
    }

    /// A distance in this unit, to the thousandth.
    pub(crate) fn of(self, miles: Miles) -> f64 {
        let value = match self {
            Self::Kilometres => miles.value() * KILOMETRES_PER_MILE,
            Self::Miles => miles.value(),
        };
        (value * 1000.0).round() / 1000.0
    }
}

/// A point and a distance from it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct NearFilter {
    /// The point.
    pub center: Point,
    /// The distance.
    pub horizon: Miles,
    /// The unit of the distances in answers.
    pub unit: DistanceUnit,
}

impl NearFilter {
    /// Parses `latitude|longitude|distance|units`. The last one or two may be missing: the default
    /// is 25 miles, answered in kilometers, and a distance without a unit is in kilometers, as FHIR
    /// requires.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let parts = split(text, '|');
        let (latitude, longitude, distance, unit) = match parts.as_slice() {
            [latitude, longitude] => (latitude, longitude, "", ""),
            [latitude, longitude, distance] => (latitude, longitude, distance.as_str(), ""),
            [latitude, longitude, distance, unit] => (latitude, longitude, distance.as_str(), unit.as_str()),
            _ => return Err("expected latitude|longitude|distance|units"),
        };
        let degrees = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
        let center = degrees(latitude).zip(degrees(longitude));
        let center = center.and_then(|(latitude, longitude)| Point::from_degrees(latitude, longitude));
        let center = center.ok_or("expected degrees north and degrees east, such as 32.7765|-79.9311")?;
        let unit = match unit {
            "" | "km" => DistanceUnit::Kilometres,
            "mi" | "[mi_i]" | "[mi_us]" => DistanceUnit::Miles,
            _ => return Err("distances are in km or mi ([mi_i])"),
        };
        let miles = match distance {
            "" => USUAL_MILES,
            distance => {
                let distance = degrees(distance).ok_or("the distance is not a number")?;
                if unit == DistanceUnit::Kilometres { distance / KILOMETRES_PER_MILE } else { distance }
            }
        };
        let horizon = Miles::new(miles.min(FARTHEST_MILES)).ok_or("the distance is negative")?;
        Ok(Self { center, horizon, unit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_with_a_distance_and_a_unit() {
        for (text, expected) in [
            ("32.7765|-79.9311|10|mi", Some((10.0, "[mi_i]"))),
            ("32.7765|-79.9311|10|[mi_i]", Some((10.0, "[mi_i]"))),
            ("32.7765|-79.9311|16.09344|km", Some((10.0, "km"))),
            ("32.7765|-79.9311|16.09344", Some((10.0, "km"))),
            ("32.7765|-79.9311", Some((25.0, "km"))),
            ("32.7765|-79.9311||mi", Some((25.0, "[mi_i]"))),
            ("32.7765|-79.9311|1e300|mi", Some((12_500.0, "[mi_i]"))),
            ("32.7765", None),
            ("91|0", None),
            ("NaN|0", None),
            ("32.7765|-79.9311|-1|mi", None),
            ("32.7765|-79.9311|inf|mi", None),
            ("32.7765|-79.9311|10|furlongs", None),
            ("32.7765|-79.9311|10|mi|more", None),
        ] {
            let near = NearFilter::parse(text).ok();
            let read = near.map(|near| ((near.horizon.value() * 1e6).round() / 1e6, near.unit.code()));
            assert_eq!(read, expected, "{text}");
        }
    }
}
